//! A total function on the address space: an exact map from every address to a value.

use std::marker::PhantomData;
use std::net::{Ipv4Addr, Ipv6Addr};

use super::address::PerFamily;
use super::{Address, AddressCount, AddressRange, Prefix};

/// A total function on the address space of a family, stored as its breakpoints.
///
/// Canonical: neighbouring ranges differ in value, so equal functions are equal values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partition<A, V> {
    // starts[0] == A::MIN, strictly ascending; values[i] applies from starts[i] up to the next start.
    starts: Vec<A>,
    values: Vec<V>,
}

/// A reference to a function on the address space of one family.
struct Partitions<'p, V>(PhantomData<&'p V>);

impl<'p, V> PerFamily for Partitions<'p, V> {
    type Of<A: Address> = &'p Partition<A, V>;
}

impl<A: Address, V> Partition<A, V> {
    /// Chooses the function for this family.
    pub fn of_family<'p>(v4: &'p Partition<Ipv4Addr, V>, v6: &'p Partition<Ipv6Addr, V>) -> &'p Self {
        A::choose::<Partitions<'p, V>>(v4, v6)
    }
}

impl<A: Address, V: Clone + Eq> Partition<A, V> {
    /// Returns the function with the same `value` everywhere.
    pub fn uniform(value: V) -> Self {
        Self { starts: vec![A::MIN], values: vec![value] }
    }

    /// Returns the function computed by longest-prefix match over `routes`. Addresses that no route matches have the
    /// value `default`. If two routes have the same prefix, the later route wins.
    ///
    /// # Complexity
    ///
    /// `O(n log n)` time and `O(n)` memory in the number of routes.
    pub fn from_lpm(routes: impl IntoIterator<Item = (Prefix<A>, V)>, default: V) -> Self {
        let mut routes: Vec<_> = routes.into_iter().collect();
        // The sort is stable, so the later of two equal prefixes comes second and overwrites the first.
        routes.sort_by_key(|(prefix, _)| *prefix);
        Self::from_sorted(routes, default)
    }

    /// Works like [`Self::from_lpm`], but requires routes that are sorted by prefix.
    ///
    /// # Complexity
    ///
    /// `O(n)` in the number of routes.
    pub(crate) fn from_sorted(routes: impl IntoIterator<Item = (Prefix<A>, V)>, default: V) -> Self {
        let routes = routes.into_iter();
        // Each prefix starts a range, and another range usually starts after the end of the prefix.
        let mut builder = Builder::new(2 * routes.size_hint().0 + 1);
        let mut open: Vec<(A, V)> = Vec::new();
        builder.push(A::MIN, default.clone());
        for (prefix, value) in routes {
            close_before(&mut builder, &mut open, Some(prefix.first()), &default);
            builder.push(prefix.first(), value.clone());
            open.push((prefix.last(), value));
        }
        close_before(&mut builder, &mut open, None, &default);
        builder.finish()
    }

    /// Returns the function in which each value applies from its start address up to the next start address. The
    /// addresses must ascend, and the first address must be [`Address::MIN`].
    pub(crate) fn from_starts(ranges: impl IntoIterator<Item = (A, V)>) -> Self {
        let ranges = ranges.into_iter();
        let mut builder = Builder::new(ranges.size_hint().0);
        for (start, value) in ranges {
            debug_assert!(
                builder.starts.last().map_or(start == A::MIN, |last| *last < start),
                "starts ascend"
            );
            builder.push(start, value);
        }
        builder.finish()
    }

    /// Returns the value at `address`.
    ///
    /// # Complexity
    ///
    /// `O(log n)` in the number of ranges.
    #[expect(clippy::indexing_slicing, reason = "values and starts have the same length, at least one")]
    pub fn get(&self, address: A) -> &V {
        &self.values[self.index_at(address)]
    }

    /// Returns the range around `address` in which the value is constant, and the value.
    pub fn range_at(&self, address: A) -> (AddressRange<A>, &V) {
        self.range(self.index_at(address))
    }

    /// Returns the number of ranges, which is at least one.
    #[expect(clippy::len_without_is_empty, reason = "a total function is never empty")]
    pub fn len(&self) -> usize {
        self.starts.len()
    }

    /// Returns all ranges with their values, in ascending order. The values of neighbouring ranges differ.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (AddressRange<A>, &V)> {
        (0..self.starts.len()).map(|index| self.range(index))
    }

    /// Returns the first address of each range, ascending. The first address is [`Address::MIN`].
    pub fn starts(&self) -> &[A] {
        &self.starts
    }

    /// Returns the value of each range, in the order of [`Self::starts`].
    pub fn values(&self) -> &[V] {
        &self.values
    }

    /// Returns the function with `f` applied to every value. Neighbours that become equal are merged.
    pub fn map<W: Clone + Eq>(&self, mut f: impl FnMut(&V) -> W) -> Partition<A, W> {
        let mut builder = Builder::new(self.len());
        for (start, value) in self.starts.iter().zip(&self.values) {
            builder.push(*start, f(value));
        }
        builder.finish()
    }

    /// Returns the function whose value at each address is `f` applied to the values of `self` and `other` at that
    /// address.
    ///
    /// # Complexity
    ///
    /// One linear merge; `f` is called once for each range of the common refinement.
    pub fn zip_with<W: Clone + Eq, X: Clone + Eq>(
        &self,
        other: &Partition<A, W>,
        mut f: impl FnMut(&V, &W) -> X,
    ) -> Partition<A, X> {
        let mut builder = Builder::new(self.len() + other.len());
        for (range, left, right) in self.refine(other) {
            builder.push(range.first(), f(left, right));
        }
        builder.finish()
    }

    /// Returns the function whose value is `f(self, over)` at addresses for which `over` has a value, and the value
    /// of `self` at all other addresses.
    ///
    /// # Complexity
    ///
    /// Like [`Self::zip_with`], but ranges where `over` has no value are copied in bulk.
    pub(crate) fn overlaid<W: Clone + Eq>(
        &self,
        over: &Partition<A, Option<W>>,
        mut f: impl FnMut(&V, &W) -> V,
    ) -> Self {
        let mut builder = Builder::new(self.len() + 2 * over.len());
        for (range, over) in over.iter() {
            if let Some(over) = over {
                for (part, value) in self.within(range) {
                    builder.push(part.first(), f(value, over));
                }
                continue;
            }
            builder.push(range.first(), self.get(range.first()).clone());
            let from = self.starts.partition_point(|start| *start <= range.first());
            let to = self.starts.partition_point(|start| *start <= range.last());
            // These neighbouring values already differ, and the first of them differs from the last pushed value.
            builder.starts.extend_from_slice(self.starts.get(from..to).unwrap_or_default());
            builder.values.extend_from_slice(self.values.get(from..to).unwrap_or_default());
        }
        builder.finish()
    }

    /// Returns every maximal range with the same change between `self` and `new`, with the old and the new value.
    pub fn changes<'a>(&'a self, new: &'a Self) -> impl Iterator<Item = (AddressRange<A>, &'a V, &'a V)> {
        let mut refined = self.refine(new).filter(|(_, old, new)| old != new).peekable();
        std::iter::from_fn(move || {
            let (mut range, old, new) = refined.next()?;
            while let Some((next, ..)) = refined.next_if(|(next, next_old, next_new)| {
                range.last().next() == Some(next.first()) && *next_old == old && *next_new == new
            }) {
                range = AddressRange::new(range.first(), next.last()).unwrap_or(range);
            }
            Some((range, old, new))
        })
    }

    /// Returns the function as ascending, disjoint prefixes. Each range is split into the smallest possible number of
    /// prefixes.
    pub fn to_prefixes(&self) -> impl Iterator<Item = (Prefix<A>, &V)> {
        self.iter().flat_map(|(range, value)| range.prefixes().map(move |prefix| (prefix, value)))
    }

    /// Returns the ranges inside `range`, ascending, with their values.
    pub fn within(&self, range: AddressRange<A>) -> impl Iterator<Item = (AddressRange<A>, &V)> {
        let from = self.starts.partition_point(|start| *start <= range.first()).saturating_sub(1);
        (from..self.starts.len())
            .map(|index| self.range(index))
            .map_while(move |(part, value)| Some((part.overlap(range)?, value)))
    }

    /// Returns the number of addresses whose value satisfies `wanted`.
    pub fn count_where(&self, mut wanted: impl FnMut(&V) -> bool) -> AddressCount {
        self.iter().filter(|(_, value)| wanted(value)).map(|(range, _)| range.count()).sum()
    }

    /// Returns the common refinement of two functions.
    fn refine<'a, W: Clone + Eq>(
        &'a self,
        other: &'a Partition<A, W>,
    ) -> impl Iterator<Item = (AddressRange<A>, &'a V, &'a W)> {
        let mut left = self.iter().peekable();
        let mut right = other.iter().peekable();
        std::iter::from_fn(move || {
            let (left_range, left_value) = *left.peek()?;
            let (right_range, right_value) = *right.peek()?;
            let range = left_range.overlap(right_range)?;
            if range.last() == left_range.last() {
                left.next();
            }
            if range.last() == right_range.last() {
                right.next();
            }
            Some((range, left_value, right_value))
        })
    }

    /// Returns the index of the range that contains `address`.
    fn index_at(&self, address: A) -> usize {
        self.starts.partition_point(|start| *start <= address).saturating_sub(1)
    }

    #[expect(
        clippy::indexing_slicing,
        reason = "callers pass an index below len(), the length of both vectors"
    )]
    fn range(&self, index: usize) -> (AddressRange<A>, &V) {
        let first = self.starts[index];
        let last = self.starts.get(index + 1).and_then(|next| next.previous()).unwrap_or(A::MAX);
        (AddressRange::new(first, last).unwrap_or(AddressRange::ALL), &self.values[index])
    }
}

/// Collects breakpoints in ascending order and keeps the function canonical.
struct Builder<A, V> {
    starts: Vec<A>,
    values: Vec<V>,
}

impl<A: Address, V: Eq> Builder<A, V> {
    fn new(capacity: usize) -> Self {
        Self { starts: Vec::with_capacity(capacity), values: Vec::with_capacity(capacity) }
    }

    /// Sets `value` from `start` on. A second value for the same start replaces the first value.
    fn push(&mut self, start: A, value: V) {
        if self.starts.last() == Some(&start) {
            self.starts.pop();
            self.values.pop();
        }
        if self.values.last() != Some(&value) {
            self.starts.push(start);
            self.values.push(value);
        }
    }

    fn finish(mut self) -> Partition<A, V> {
        self.starts.shrink_to_fit();
        self.values.shrink_to_fit();
        Partition { starts: self.starts, values: self.values }
    }
}

/// Closes the open prefixes that end before `next`, innermost first. If `next` is `None`, closes all open prefixes.
/// After the end of a prefix, the value of the enclosing prefix applies again.
fn close_before<A: Address, V: Clone + Eq>(
    builder: &mut Builder<A, V>,
    open: &mut Vec<(A, V)>,
    next: Option<A>,
    default: &V,
) {
    while let Some((last, _)) = open.last() {
        let last = *last;
        if next.is_some_and(|next| last >= next) {
            break;
        }
        open.pop();
        if let Some(behind) = last.next() {
            let around = open.last().map_or(default, |(_, value)| value);
            builder.push(behind, around.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr};

    use super::*;

    fn partition(routes: &[(&str, u32)]) -> Partition<Ipv4Addr, u32> {
        Partition::from_lpm(routes.iter().map(|(text, value)| (text.parse().unwrap(), *value)), 0)
    }

    #[test]
    fn nested_prefixes_resume_the_outer_value() {
        let partition = partition(&[("10.0.0.0/8", 1), ("10.1.0.0/16", 2), ("10.1.255.0/24", 3)]);
        let at = |text: &str| *partition.get(text.parse().unwrap());
        assert_eq!([at("9.255.255.255"), at("10.0.0.0"), at("10.1.0.0")], [0, 1, 2]);
        assert_eq!([at("10.1.255.0"), at("10.2.0.0"), at("11.0.0.0")], [3, 1, 0]);
    }

    #[test]
    fn prefix_at_the_end_of_the_space() {
        let partition = partition(&[("255.0.0.0/8", 1), ("255.255.255.255/32", 2), ("0.0.0.0/0", 3)]);
        assert_eq!(*partition.get(Ipv4Addr::MAX), 2);
        assert_eq!(*partition.get(Ipv4Addr::MIN), 3);
        assert_eq!(partition.len(), 3);
        assert_eq!(partition.count_where(|_| true), AddressCount::power_of_two(32));
    }

    #[test]
    fn equal_neighbours_are_one_range_and_the_later_route_wins() {
        let merged = partition(&[("10.0.0.0/9", 1), ("10.128.0.0/9", 1), ("10.3.0.0/16", 1)]);
        assert_eq!(merged, partition(&[("10.0.0.0/8", 1)]));
        assert_eq!(partition(&[("10.0.0.0/8", 1), ("10.0.0.0/8", 2)]), partition(&[("10.0.0.0/8", 2)]));
    }

    #[test]
    fn changes_are_maximal_ranges() {
        let old = partition(&[("10.0.0.0/8", 1)]);
        let new = partition(&[("10.0.0.0/9", 1), ("10.128.0.0/10", 2), ("10.192.0.0/10", 2)]);
        let changes: Vec<_> = old.changes(&new).collect();
        assert_eq!(changes.len(), 1);
        let (range, was, is) = changes.first().unwrap();
        assert_eq!((range.to_string().as_str(), **was, **is), ("10.128.0.0-10.255.255.255", 1, 2));
        assert_eq!(old.changes(&old).count(), 0);
    }

    #[test]
    fn what_lies_over_a_function_is_as_if_both_were_merged() {
        let mut state = 7_u32;
        let mut random = move |below: u32| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) % below
        };
        for _ in 0..200 {
            let mut routes = |count: u32, values: u32| -> Vec<(Prefix<Ipv4Addr>, u32)> {
                let route = |_| {
                    let length = u8::try_from(random(33)).unwrap();
                    let address = Ipv4Addr::from(random(1 << 16).wrapping_mul(0x0001_0001));
                    (Prefix::containing(address, length).unwrap(), random(values))
                };
                (0..count).map(route).collect()
            };
            let below = Partition::from_lpm(routes(30, 3), 0);
            let over = routes(8, 3).into_iter().map(|(prefix, value)| (prefix, value.checked_sub(1)));
            let over = Partition::from_lpm(over, None);
            let put = |value: &u32, over: &u32| value * over % 3;
            let merged = below.zip_with(&over, |value, over| over.map_or(*value, |over| put(value, &over)));
            assert_eq!(below.overlaid(&over, put), merged);
        }
    }

    #[test]
    fn ipv6_space_is_exact() {
        let partition = Partition::from_lpm([(Prefix::<Ipv6Addr>::ALL, 1)], 0);
        assert_eq!(partition.count_where(|value| *value == 1), AddressCount::power_of_two(128));
    }
}
