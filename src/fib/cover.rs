//! Every prefix of a collection with what is attached to it, and who covers whom.
//!
//! The distinct prefixes are sorted (a prefix before everything in it), so what lies in a prefix is
//! one contiguous run, and each knows the next less specific one, so a chain is a walk along parents.
//!
//! Memory: a distinct prefix takes 5 (IPv4) or 17 (IPv6) bytes, 4 of parent and 4 of offset, plus its
//! entries, plus the [`Partition`] of the space, at most two ranges a prefix of an address and 4 bytes each:
//! 29 or 65 bytes a prefix at most, and what its entries take.

use std::num::NonZeroU32;
use std::ops::Range;

use crate::addr::{Address, Partition, Prefix};
use crate::fib::prefix_order::{in_order, small};

/// A distinct prefix of one [`CoverTable`]; ids ascend in the order of the prefixes.
///
/// `Option<NodeId>` takes 4 bytes. An id means nothing to another table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(NonZeroU32);

impl NodeId {
    /// The place of the prefix in the table's order, from zero.
    pub const fn index(self) -> usize {
        self.0.get() as usize - 1
    }
}

/// A frozen collection of prefixes, several entries `T` to each, with the cover relation.
#[derive(Clone, Debug)]
pub struct CoverTable<A: Address, T> {
    prefixes: Vec<Prefix<A>>,
    // The most specific other prefix that covers the one at the same place.
    parents: Vec<Option<NodeId>>,
    // entries[offsets[i]..offsets[i + 1]] belong to prefixes[i]; one offset more than prefixes.
    offsets: Vec<u32>,
    entries: Vec<T>,
    partition: Partition<A, Option<NodeId>>,
}

impl<A: Address, T> CoverTable<A, T> {
    /// A table of all entries. Entries of the same prefix keep their order.
    ///
    /// # Complexity
    ///
    /// `O(n log n)` in the number of entries; linear where they come sorted by prefix.
    ///
    /// # Panics
    ///
    /// From 2^32 - 1 entries on: ids are 32 bits wide.
    pub fn build(entries: impl IntoIterator<Item = (Prefix<A>, T)>) -> Self
    where
        T: Copy,
    {
        let unsorted: Vec<(Prefix<A>, T)> = entries.into_iter().collect();
        let mut prefixes: Vec<Prefix<A>> = Vec::new();
        let mut offsets = Vec::new();
        let mut entries = Vec::with_capacity(unsorted.len());
        in_order(&unsorted, |prefix, group| {
            prefixes.push(prefix);
            offsets.push(small(entries.len()));
            entries.extend_from_slice(group);
        });
        drop(unsorted);
        offsets.push(small(entries.len()));
        prefixes.shrink_to_fit();
        offsets.shrink_to_fit();
        let routes = prefixes.iter().enumerate().map(|(index, prefix)| (*prefix, Some(node(index))));
        let partition = Partition::from_sorted(routes, None);
        let parents = parents(&prefixes);
        Self { prefixes, parents, offsets, entries, partition }
    }

    /// How many distinct prefixes there are.
    pub fn len(&self) -> usize {
        self.prefixes.len()
    }

    /// Whether there is no prefix.
    pub fn is_empty(&self) -> bool {
        self.prefixes.is_empty()
    }

    /// How many entries there are; at least one to a prefix.
    pub fn entry_count(&self) -> usize {
        self.entries.len()
    }

    /// All prefixes in order (first address, then shorter length first), each with its entries.
    pub fn entries(&self) -> impl ExactSizeIterator<Item = (Prefix<A>, &[T])> {
        self.run(0..self.prefixes.len())
    }

    /// The nodes of all prefixes, in order.
    pub fn ids(&self) -> impl ExactSizeIterator<Item = NodeId> + use<A, T> {
        (0..self.prefixes.len()).map(node)
    }

    /// The most specific prefix that contains `address`.
    ///
    /// # Complexity
    ///
    /// `O(log n)`.
    pub fn node_at(&self, address: A) -> Option<NodeId> {
        *self.partition.get(address)
    }

    /// The most specific prefix at every address: what [`Self::node_at`] answers, as a whole.
    pub fn partition(&self) -> &Partition<A, Option<NodeId>> {
        &self.partition
    }

    /// The node of exactly this prefix.
    pub fn node_of(&self, prefix: Prefix<A>) -> Option<NodeId> {
        self.prefixes.binary_search(&prefix).ok().map(node)
    }

    /// A node's prefix and entries; `None` for an id of a larger table.
    pub fn get(&self, id: NodeId) -> Option<(Prefix<A>, &[T])> {
        let prefix = self.prefixes.get(id.index())?;
        Some((*prefix, self.entries_of(id.index())))
    }

    /// The most specific other prefix that covers a node's.
    pub fn parent(&self, id: NodeId) -> Option<NodeId> {
        self.parents.get(id.index()).copied().flatten()
    }

    /// The node and all that cover it, most specific first.
    pub fn chain(&self, id: NodeId) -> impl Iterator<Item = (Prefix<A>, &[T])> {
        self.climb(Some(id)).filter_map(|id| self.get(id))
    }

    /// The node and all that cover it, most specific first, by id.
    pub fn nodes(&self, id: NodeId) -> impl Iterator<Item = NodeId> {
        self.climb(Some(id))
    }

    /// All prefixes that contain `address`, most specific first.
    pub fn chain_at(&self, address: A) -> impl Iterator<Item = (Prefix<A>, &[T])> {
        self.climb(self.node_at(address)).filter_map(|id| self.get(id))
    }

    /// All prefixes that cover `prefix`, itself included, most specific first.
    ///
    /// # Complexity
    ///
    /// `O(log n)` and the depth of nesting.
    pub fn covering(&self, prefix: Prefix<A>) -> impl Iterator<Item = (Prefix<A>, &[T])> {
        // Whatever covers `prefix` sorts at or before it, and covers all that sorts in between.
        let behind = self.prefixes.partition_point(|other| *other <= prefix);
        let before = behind.checked_sub(1).map(node);
        self.climb(before).filter_map(|id| self.get(id)).skip_while(move |(cover, _)| !cover.covers(prefix))
    }

    /// All prefixes that lie in `prefix`, itself excluded, ascending.
    ///
    /// # Complexity
    ///
    /// `O(log n)` and the number of prefixes given.
    pub fn inside(&self, prefix: Prefix<A>) -> impl ExactSizeIterator<Item = (Prefix<A>, &[T])> {
        let from = self.prefixes.partition_point(|other| *other <= prefix);
        let to = self.prefixes.partition_point(|other| other.first() <= prefix.last());
        self.run(from..to.max(from))
    }

    /// Bytes on the heap, without what the entries themselves point to.
    pub fn memory_bytes(&self) -> usize {
        self.prefixes.capacity() * size_of::<Prefix<A>>()
            + self.parents.capacity() * size_of::<Option<NodeId>>()
            + self.offsets.capacity() * size_of::<u32>()
            + self.entries.capacity() * size_of::<T>()
            + self.partition.len() * (size_of::<A>() + size_of::<Option<NodeId>>())
    }

    /// A node and its parents.
    fn climb(&self, from: Option<NodeId>) -> impl Iterator<Item = NodeId> {
        std::iter::successors(from, |id| self.parent(*id))
    }

    fn run(&self, places: Range<usize>) -> impl ExactSizeIterator<Item = (Prefix<A>, &[T])> {
        let first = places.start;
        let prefixes = self.prefixes.get(places).unwrap_or_default();
        prefixes.iter().enumerate().map(move |(index, prefix)| (*prefix, self.entries_of(first + index)))
    }

    fn entries_of(&self, index: usize) -> &[T] {
        match (self.offsets.get(index), self.offsets.get(index + 1)) {
            (Some(from), Some(to)) => self.entries.get(*from as usize..*to as usize).unwrap_or_default(),
            _ => &[],
        }
    }
}

/// The parent of each prefix of a sorted list without duplicates.
fn parents<A: Address>(prefixes: &[Prefix<A>]) -> Vec<Option<NodeId>> {
    let mut open: Vec<(Prefix<A>, NodeId)> = Vec::new();
    let mut parents = Vec::with_capacity(prefixes.len());
    for (index, prefix) in prefixes.iter().enumerate() {
        while open.pop_if(|(around, _)| !around.covers(*prefix)).is_some() {}
        parents.push(open.last().map(|(_, id)| *id));
        open.push((*prefix, node(index)));
    }
    parents
}

fn node(index: usize) -> NodeId {
    NodeId(NonZeroU32::MIN.saturating_add(small(index)))
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    fn prefix(text: &str) -> Prefix<Ipv4Addr> {
        text.parse().unwrap()
    }

    fn table() -> CoverTable<Ipv4Addr, char> {
        CoverTable::build([
            (prefix("10.1.2.0/24"), 'd'),
            (prefix("10.0.0.0/8"), 'a'),
            (prefix("192.0.2.0/24"), 'f'),
            (prefix("10.1.0.0/16"), 'c'),
            (prefix("10.0.0.0/8"), 'b'),
            (prefix("10.9.0.0/16"), 'e'),
        ])
    }

    fn letters<'a>(found: impl Iterator<Item = (Prefix<Ipv4Addr>, &'a [char])>) -> String {
        found.flat_map(|(_, entries)| entries).collect()
    }

    #[test]
    fn chain_of_an_address_is_most_specific_first() {
        let table = table();
        assert_eq!(letters(table.chain_at(Ipv4Addr::new(10, 1, 2, 3))), "dcab");
        assert_eq!(letters(table.chain_at(Ipv4Addr::new(10, 2, 0, 0))), "ab");
        assert_eq!(letters(table.chain_at(Ipv4Addr::new(11, 0, 0, 0))), "");
        let id = table.node_at(Ipv4Addr::new(10, 1, 0, 0)).unwrap();
        assert_eq!(letters(table.chain(id)), "cab");
        assert_eq!(table.node_of(prefix("10.1.0.0/16")), Some(id));
    }

    #[test]
    fn what_covers_a_prefix_and_what_lies_in_it() {
        let table = table();
        assert_eq!(letters(table.covering(prefix("10.1.0.0/16"))), "cab");
        assert_eq!(letters(table.covering(prefix("10.1.0.0/17"))), "cab");
        assert_eq!(letters(table.covering(prefix("10.200.0.0/15"))), "ab");
        assert_eq!(letters(table.covering(prefix("0.0.0.0/0"))), "");
        assert_eq!(letters(table.inside(prefix("10.0.0.0/8"))), "cde");
        assert_eq!(letters(table.inside(prefix("10.1.2.0/24"))), "");
        assert_eq!(letters(table.inside(Prefix::ALL)), "abcdef");
        assert_eq!(letters(table.inside(prefix("12.0.0.0/6"))), "");
    }

    #[test]
    fn sizes_count_prefixes_and_entries() {
        let table = table();
        assert_eq!((table.len(), table.entry_count(), table.entries().len()), (5, 6, 5));
        let empty = CoverTable::<Ipv4Addr, ()>::build([]);
        assert!(empty.is_empty() && empty.node_at(Ipv4Addr::LOCALHOST).is_none());
        assert_eq!(empty.inside(Prefix::ALL).len(), 0);
    }
}
