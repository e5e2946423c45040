//! All prefixes in a collection, the entries attached to them, and which prefix covers which.
//!
//! The distinct prefixes are sorted (a prefix before everything inside it), so the prefixes inside another
//! prefix form one contiguous run. Each prefix refers to the next less specific one, so a chain of covering
//! prefixes is a walk along parents.
//!
//! Each distinct prefix takes 5 bytes (IPv4) or 17 bytes (IPv6), 4 bytes for the parent and 4 bytes for the
//! offset, plus its entries. The [`Partition`] of the address space adds at most two ranges per prefix. A
//! range takes one address and 4 bytes. The total is at most 29 bytes (IPv4) or 65 bytes (IPv6) per prefix,
//! plus its entries.

use std::num::NonZeroU32;
use std::ops::Range;

use crate::addr::{Address, Partition, Prefix};
use crate::fib::prefix_order::{in_order, small};

/// The id of a distinct prefix in a [`CoverTable`]. Ids ascend in the order of the prefixes.
///
/// `Option<NodeId>` takes 4 bytes. An id is only valid for the table that it came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(NonZeroU32);

impl NodeId {
    /// Returns the position of the prefix in the table's order, from zero.
    pub const fn index(self) -> usize {
        self.0.get() as usize - 1
    }
}

/// A frozen collection of prefixes, each with one or more entries `T`, and their cover relation.
#[derive(Clone, Debug)]
pub struct CoverTable<A: Address, T> {
    prefixes: Vec<Prefix<A>>,
    // The most specific other prefix that covers the prefix at the same index.
    parents: Vec<Option<NodeId>>,
    // entries[offsets[i]..offsets[i + 1]] belong to prefixes[i]; there is one more offset than there are
    // prefixes.
    offsets: Vec<u32>,
    entries: Vec<T>,
    partition: Partition<A, Option<NodeId>>,
}

impl<A: Address, T> CoverTable<A, T> {
    /// Builds a table from all entries. Entries with the same prefix keep their order.
    ///
    /// # Complexity
    ///
    /// `O(n log n)` in the number of entries; linear if they are already sorted by prefix.
    ///
    /// # Panics
    ///
    /// Panics if there are 2^32 - 1 or more entries, because ids are 32 bits wide.
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

    /// Returns the number of distinct prefixes.
    pub fn len(&self) -> usize {
        self.prefixes.len()
    }

    /// Returns whether the table has no prefixes.
    pub fn is_empty(&self) -> bool {
        self.prefixes.is_empty()
    }

    /// Returns the number of entries; each prefix has at least one.
    pub fn entry_count(&self) -> usize {
        self.entries.len()
    }

    /// Returns all prefixes in order (by first address, then shorter length first), each with its entries.
    pub fn entries(&self) -> impl ExactSizeIterator<Item = (Prefix<A>, &[T])> {
        self.run(0..self.prefixes.len())
    }

    /// Returns the nodes of all prefixes, in order.
    pub fn ids(&self) -> impl ExactSizeIterator<Item = NodeId> + use<A, T> {
        (0..self.prefixes.len()).map(node)
    }

    /// Returns the most specific prefix that contains `address`.
    ///
    /// # Complexity
    ///
    /// `O(log n)`.
    pub fn node_at(&self, address: A) -> Option<NodeId> {
        *self.partition.get(address)
    }

    /// Returns the most specific prefix for every address: the results of [`Self::node_at`] as a partition.
    pub fn partition(&self) -> &Partition<A, Option<NodeId>> {
        &self.partition
    }

    /// Returns the node of exactly this prefix.
    pub fn node_of(&self, prefix: Prefix<A>) -> Option<NodeId> {
        self.prefixes.binary_search(&prefix).ok().map(node)
    }

    /// Returns a node's prefix and entries; `None` if the table has no such id.
    pub fn get(&self, id: NodeId) -> Option<(Prefix<A>, &[T])> {
        let prefix = self.prefixes.get(id.index())?;
        Some((*prefix, self.entries_of(id.index())))
    }

    /// Returns the most specific other prefix that covers the node's prefix.
    pub fn parent(&self, id: NodeId) -> Option<NodeId> {
        self.parents.get(id.index()).copied().flatten()
    }

    /// Returns the node and all nodes that cover it, most specific first.
    pub fn chain(&self, id: NodeId) -> impl Iterator<Item = (Prefix<A>, &[T])> {
        self.climb(Some(id)).filter_map(|id| self.get(id))
    }

    /// Returns the ids of the node and of all nodes that cover it, most specific first.
    pub fn nodes(&self, id: NodeId) -> impl Iterator<Item = NodeId> {
        self.climb(Some(id))
    }

    /// Returns all prefixes that contain `address`, most specific first.
    pub fn chain_at(&self, address: A) -> impl Iterator<Item = (Prefix<A>, &[T])> {
        self.climb(self.node_at(address)).filter_map(|id| self.get(id))
    }

    /// Returns all prefixes that cover `prefix`, itself included, most specific first.
    ///
    /// # Complexity
    ///
    /// `O(log n)` plus the depth of nesting.
    pub fn covering(&self, prefix: Prefix<A>) -> impl Iterator<Item = (Prefix<A>, &[T])> {
        // Every prefix that covers `prefix` sorts at or before it, and covers all prefixes in between.
        let behind = self.prefixes.partition_point(|other| *other <= prefix);
        let before = behind.checked_sub(1).map(node);
        self.climb(before).filter_map(|id| self.get(id)).skip_while(move |(cover, _)| !cover.covers(prefix))
    }

    /// Returns all prefixes inside `prefix`, itself excluded, ascending.
    ///
    /// # Complexity
    ///
    /// `O(log n)` plus the number of prefixes returned.
    pub fn inside(&self, prefix: Prefix<A>) -> impl ExactSizeIterator<Item = (Prefix<A>, &[T])> {
        let from = self.prefixes.partition_point(|other| *other <= prefix);
        let to = self.prefixes.partition_point(|other| other.first() <= prefix.last());
        self.run(from..to.max(from))
    }

    /// Returns the size on the heap in bytes, excluding data that the entries point to.
    pub fn memory_bytes(&self) -> usize {
        self.prefixes.capacity() * size_of::<Prefix<A>>()
            + self.parents.capacity() * size_of::<Option<NodeId>>()
            + self.offsets.capacity() * size_of::<u32>()
            + self.entries.capacity() * size_of::<T>()
            + self.partition.len() * (size_of::<A>() + size_of::<Option<NodeId>>())
    }

    /// Iterates over a node and its parents.
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

/// Returns the parent of each prefix in a sorted list without duplicates.
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
