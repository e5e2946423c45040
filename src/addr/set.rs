//! Sets of addresses: unions of prefixes with exact algebra.

use super::{Address, AddressCount, AddressRange, Partition, Prefix};

/// A set of addresses of one family. Equal sets are equal values, regardless of how they were constructed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddressSet<A>(Partition<A, bool>);

impl<A: Address> AddressSet<A> {
    /// Returns the empty set.
    pub fn empty() -> Self {
        Self(Partition::uniform(false))
    }

    /// Returns the union of prefixes, which may overlap.
    pub fn from_prefixes(prefixes: impl IntoIterator<Item = Prefix<A>>) -> Self {
        Self(Partition::from_lpm(prefixes.into_iter().map(|prefix| (prefix, true)), false))
    }

    /// Returns whether `address` is in the set.
    pub fn contains(&self, address: A) -> bool {
        *self.0.get(address)
    }

    /// Returns whether every address of `prefix` is in the set.
    pub fn covers(&self, prefix: Prefix<A>) -> bool {
        let (range, member) = self.0.range_at(prefix.first());
        *member && range.contains(prefix.last())
    }

    /// Returns whether no address is in the set.
    pub fn is_empty(&self) -> bool {
        self.ranges().next().is_none()
    }

    /// Returns the number of addresses in the set.
    pub fn count(&self) -> AddressCount {
        self.0.count_where(|member| *member)
    }

    /// Returns the addresses that are in either set.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        Self(self.0.zip_with(&other.0, |left, right| *left || *right))
    }

    /// Returns the addresses that are in both sets.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        Self(self.0.zip_with(&other.0, |left, right| *left && *right))
    }

    /// Returns the addresses that are in this set but not in the other.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        Self(self.0.zip_with(&other.0, |left, right| *left && !*right))
    }

    /// Returns the maximal ranges of the set, ascending.
    pub fn ranges(&self) -> impl Iterator<Item = AddressRange<A>> {
        self.0.iter().filter(|(_, member)| **member).map(|(range, _)| range)
    }

    /// Returns the smallest list of prefixes that contain exactly this set, ascending.
    pub fn prefixes(&self) -> impl Iterator<Item = Prefix<A>> {
        self.ranges().flat_map(AddressRange::prefixes)
    }

    /// Returns the parts of `range` that are in the set, ascending.
    pub fn within(&self, range: AddressRange<A>) -> impl Iterator<Item = AddressRange<A>> {
        self.0.within(range).filter(|(_, member)| **member).map(|(part, _)| part)
    }
}

impl<A: Address> FromIterator<Prefix<A>> for AddressSet<A> {
    fn from_iter<I: IntoIterator<Item = Prefix<A>>>(prefixes: I) -> Self {
        Self::from_prefixes(prefixes)
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    fn set(texts: &[&str]) -> AddressSet<Ipv4Addr> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn algebra_is_exact() {
        let left = set(&["10.0.0.0/24", "10.0.1.0/24"]);
        let right = set(&["10.0.1.128/25", "10.0.2.0/24"]);
        assert_eq!(left, set(&["10.0.0.0/23"]));
        assert_eq!(left.union(&right).count(), AddressCount::from(768));
        assert_eq!(left.intersection(&right), set(&["10.0.1.128/25"]));
        assert_eq!(left.difference(&right).to_string_list(), ["10.0.0.0/24", "10.0.1.0/25"]);
        assert!(left.difference(&left).is_empty());
    }

    #[test]
    fn parts_within_a_range() {
        let set = set(&["10.0.0.0/24", "10.0.2.0/24"]);
        let range = AddressRange::new("10.0.0.128".parse().unwrap(), "10.0.2.3".parse().unwrap()).unwrap();
        let parts: Vec<String> = set.within(range).map(|part| part.to_string()).collect();
        assert_eq!(parts, ["10.0.0.128-10.0.0.255", "10.0.2.0-10.0.2.3"]);
    }

    impl AddressSet<Ipv4Addr> {
        fn to_string_list(&self) -> Vec<String> {
            self.prefixes().map(|prefix| prefix.to_string()).collect()
        }
    }
}
