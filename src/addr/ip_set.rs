//! Sets of addresses of both families.

use std::marker::PhantomData;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::address::PerFamily;
use super::{Address, AddressCount, AddressSet, Family, IpPrefix, IpRange, Prefix};

/// A set of IPv4 and IPv6 addresses. Equal sets are equal values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IpSet {
    /// The IPv4 addresses.
    pub v4: AddressSet<Ipv4Addr>,
    /// The IPv6 addresses.
    pub v6: AddressSet<Ipv6Addr>,
}

/// A reference to a set of addresses in one family.
struct Sets<'s>(PhantomData<&'s ()>);

impl<'s> PerFamily for Sets<'s> {
    type Of<A: Address> = &'s AddressSet<A>;
}

impl IpSet {
    /// Returns the empty set.
    pub fn empty() -> Self {
        Self { v4: AddressSet::empty(), v6: AddressSet::empty() }
    }

    /// Returns the addresses in a family.
    pub fn of_family<A: Address>(&self) -> &AddressSet<A> {
        A::choose::<Sets<'_>>(&self.v4, &self.v6)
    }

    /// Returns every address of both families.
    pub fn all() -> Self {
        Self { v4: AddressSet::from_prefixes([Prefix::ALL]), v6: AddressSet::from_prefixes([Prefix::ALL]) }
    }

    /// Returns the union of prefixes, which may overlap.
    pub fn from_prefixes(prefixes: impl IntoIterator<Item = IpPrefix>) -> Self {
        let (mut v4, mut v6) = (Vec::new(), Vec::new());
        for prefix in prefixes {
            match prefix {
                IpPrefix::V4(prefix) => v4.push(prefix),
                IpPrefix::V6(prefix) => v6.push(prefix),
            }
        }
        Self { v4: AddressSet::from_prefixes(v4), v6: AddressSet::from_prefixes(v6) }
    }

    /// Returns the union of ranges, which may overlap.
    pub fn from_ranges(ranges: impl IntoIterator<Item = IpRange>) -> Self {
        Self::from_prefixes(ranges.into_iter().flat_map(IpRange::prefixes))
    }

    /// Returns whether no address is in the set.
    pub fn is_empty(&self) -> bool {
        self.v4.is_empty() && self.v6.is_empty()
    }

    /// Returns whether `address` is in the set.
    pub fn contains(&self, address: IpAddr) -> bool {
        match address {
            IpAddr::V4(address) => self.v4.contains(address),
            IpAddr::V6(address) => self.v6.contains(address),
        }
    }

    /// Returns whether any address of `prefix` is in the set.
    pub fn overlaps(&self, prefix: IpPrefix) -> bool {
        match prefix {
            IpPrefix::V4(prefix) => self.v4.within(prefix.range()).next().is_some(),
            IpPrefix::V6(prefix) => self.v6.within(prefix.range()).next().is_some(),
        }
    }

    /// Returns whether every address of `prefix` is in the set.
    pub fn covers(&self, prefix: IpPrefix) -> bool {
        match prefix {
            IpPrefix::V4(prefix) => self.v4.covers(prefix),
            IpPrefix::V6(prefix) => self.v6.covers(prefix),
        }
    }

    /// Returns the number of addresses in the set that belong to a family.
    pub fn count(&self, family: Family) -> AddressCount {
        match family {
            Family::V4 => self.v4.count(),
            Family::V6 => self.v6.count(),
        }
    }

    /// Returns the addresses that are in either set.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        Self { v4: self.v4.union(&other.v4), v6: self.v6.union(&other.v6) }
    }

    /// Returns the addresses that are in both sets.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        Self { v4: self.v4.intersection(&other.v4), v6: self.v6.intersection(&other.v6) }
    }

    /// Returns the addresses that are in this set but not in the other.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        Self { v4: self.v4.difference(&other.v4), v6: self.v6.difference(&other.v6) }
    }

    /// Returns the maximal ranges of the set, IPv4 first, ascending.
    pub fn ranges(&self) -> impl Iterator<Item = IpRange> {
        self.v4.ranges().map(IpRange::V4).chain(self.v6.ranges().map(IpRange::V6))
    }

    /// Returns the smallest list of prefixes that contain exactly this set, IPv4 first, ascending.
    pub fn prefixes(&self) -> impl Iterator<Item = IpPrefix> {
        self.ranges().flat_map(IpRange::prefixes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(texts: &[&str]) -> IpSet {
        IpSet::from_prefixes(texts.iter().map(|text| text.parse().unwrap()))
    }

    #[test]
    fn prefixes_are_covered_by_all_of_the_set_together() {
        let all = set(&["10.0.0.0/9", "10.128.0.0/9", "192.0.2.0/25", "2001:db8::/33", "2001:db8:8000::/33"]);
        for (prefix, covered) in [
            ("10.0.0.0/8", true),
            ("10.127.0.0/16", true),
            ("8.0.0.0/6", false),
            ("192.0.2.0/24", false),
            ("192.0.2.127/32", true),
            ("192.0.2.128/32", false),
            ("2001:db8::/32", true),
            ("2001:db8::/31", false),
            ("::/0", false),
        ] {
            assert_eq!(all.covers(prefix.parse().unwrap()), covered, "{prefix}");
        }
        assert!(IpSet::all().covers("0.0.0.0/0".parse().unwrap()));
        assert!(IpSet::all().covers("::/0".parse().unwrap()));
        assert!(!IpSet::empty().covers("::/0".parse().unwrap()));
    }

    #[test]
    fn families_stay_apart() {
        let left = set(&["10.0.0.0/8", "2001:db8::/32"]);
        let right = set(&["10.0.0.0/9", "2001:db8:8000::/33"]);
        assert_eq!(left.difference(&right), set(&["10.128.0.0/9", "2001:db8::/33"]));
        assert_eq!(left.intersection(&right), right);
        assert_eq!(left.union(&right), left);
        assert_eq!(IpSet::from_ranges(left.ranges()), left);
        assert!(left.contains("2001:db8::1".parse().unwrap()) && !left.contains("::1".parse().unwrap()));
        assert_eq!(IpSet::all().count(Family::V6), AddressCount::power_of_two(128));
        assert_eq!(IpSet::all().difference(&IpSet::all()), IpSet::empty());
        assert_eq!(
            left.prefixes().map(|one| one.to_string()).collect::<Vec<_>>(),
            ["10.0.0.0/8", "2001:db8::/32"]
        );
    }
}
