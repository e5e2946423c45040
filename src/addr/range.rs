//! Inclusive ranges of addresses, and the smallest lists of prefixes that contain exactly these addresses.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::address::{EitherFamily, PerFamily};
use super::{Address, AddressCount, Family, IpPrefix, Prefix};

/// A non-empty range of addresses; both ends are inclusive.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AddressRange<A> {
    first: A,
    last: A,
}

impl<A: Address> AddressRange<A> {
    /// The whole address space of the family.
    pub const ALL: Self = Self { first: A::MIN, last: A::MAX };

    /// Returns the range from `first` to `last`, or `None` if `last` is below `first`.
    pub fn new(first: A, last: A) -> Option<Self> {
        (first <= last).then_some(Self { first, last })
    }

    /// Returns the range of a prefix.
    pub fn of(prefix: Prefix<A>) -> Self {
        Self { first: prefix.first(), last: prefix.last() }
    }

    /// Returns the lowest address.
    pub fn first(self) -> A {
        self.first
    }

    /// Returns the highest address, inclusive.
    pub fn last(self) -> A {
        self.last
    }

    /// Returns whether the range contains `address`.
    pub fn contains(self, address: A) -> bool {
        self.first <= address && address <= self.last
    }

    /// Returns the number of addresses in the range.
    pub fn count(self) -> AddressCount {
        AddressCount::from(self.last.to_u128() - self.first.to_u128()) + AddressCount::from(1)
    }

    /// Returns the intersection of two ranges, or `None` if they are disjoint.
    pub fn overlap(self, other: Self) -> Option<Self> {
        Self::new(self.first.max(other.first), self.last.min(other.last))
    }

    /// Returns the parts of this range before and after `other`. If the ranges are disjoint, the result is
    /// `(Some(self), None)` or `(None, Some(self))`.
    pub fn subtract(self, other: Self) -> (Option<Self>, Option<Self>) {
        let before = other.first.previous().and_then(|last| Self::new(self.first, last.min(self.last)));
        let behind = other.last.next().and_then(|first| Self::new(first.max(self.first), self.last));
        (before, behind)
    }

    /// Returns the smallest list of prefixes that contain exactly these addresses, ascending.
    ///
    /// # Complexity
    ///
    /// At most `2 * WIDTH - 2` prefixes, each in constant time.
    pub fn prefixes(self) -> impl Iterator<Item = Prefix<A>> {
        let mut rest = Some(self);
        std::iter::from_fn(move || {
            let range = rest?;
            let prefix = range.first_prefix();
            rest = prefix.last().next().and_then(|first| Self::new(first, range.last));
            Some(prefix)
        })
    }

    /// Returns the largest prefix that starts at `first` and stays within the range.
    fn first_prefix(self) -> Prefix<A> {
        let (first, last) = (self.first.to_u128(), self.last.to_u128());
        let aligned = first.trailing_zeros();
        // The number of IPv6 addresses is one more than the integer can represent.
        let within = (last - first).checked_add(1).map_or(128, u128::ilog2);
        let free = u8::try_from(aligned.min(within)).unwrap_or(u8::MAX).min(A::WIDTH);
        Prefix::containing(self.first, A::WIDTH - free).unwrap_or(Prefix::host(self.first))
    }
}

impl<A: Address> Prefix<A> {
    /// Returns the addresses of this prefix as a range.
    pub fn range(self) -> AddressRange<A> {
        AddressRange::of(self)
    }
}

impl<A: Address> From<Prefix<A>> for AddressRange<A> {
    fn from(prefix: Prefix<A>) -> Self {
        Self::of(prefix)
    }
}

impl<A: Address> fmt::Display for AddressRange<A> {
    /// Formats the range as `first-last`, or as a single address if it contains only one.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.first == self.last {
            write!(f, "{}", self.first)
        } else {
            write!(f, "{}-{}", self.first, self.last)
        }
    }
}

impl<A: Address> fmt::Debug for AddressRange<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A range of addresses of either family.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IpRange {
    /// A range of IPv4 addresses.
    V4(AddressRange<Ipv4Addr>),
    /// A range of IPv6 addresses.
    V6(AddressRange<Ipv6Addr>),
}

impl IpRange {
    /// Returns the family.
    pub fn family(self) -> Family {
        match self {
            Self::V4(_) => Family::V4,
            Self::V6(_) => Family::V6,
        }
    }

    /// Returns the lowest address.
    pub fn first(self) -> IpAddr {
        match self {
            Self::V4(range) => range.first.into(),
            Self::V6(range) => range.first.into(),
        }
    }

    /// Returns the highest address, inclusive.
    pub fn last(self) -> IpAddr {
        match self {
            Self::V4(range) => range.last.into(),
            Self::V6(range) => range.last.into(),
        }
    }

    /// Returns the number of addresses in the range.
    pub fn count(self) -> AddressCount {
        match self {
            Self::V4(range) => range.count(),
            Self::V6(range) => range.count(),
        }
    }

    /// Returns whether the range contains `address`; `false` for the other family.
    pub fn contains(self, address: IpAddr) -> bool {
        match (self, address) {
            (Self::V4(range), IpAddr::V4(address)) => range.contains(address),
            (Self::V6(range), IpAddr::V6(address)) => range.contains(address),
            _ => false,
        }
    }

    /// Merges this range with `next` if `next` starts directly after the end of this range.
    pub fn joined(self, next: Self) -> Option<Self> {
        fn join<A: Address>(this: AddressRange<A>, next: AddressRange<A>) -> Option<AddressRange<A>> {
            (this.last.next()? == next.first).then_some(AddressRange { first: this.first, last: next.last })
        }
        match (self, next) {
            (Self::V4(this), Self::V4(next)) => join(this, next).map(Self::V4),
            (Self::V6(this), Self::V6(next)) => join(this, next).map(Self::V6),
            _ => None,
        }
    }

    /// Returns the smallest list of prefixes that contain exactly these addresses, ascending.
    pub fn prefixes(self) -> Vec<IpPrefix> {
        match self {
            Self::V4(range) => range.prefixes().map(IpPrefix::V4).collect(),
            Self::V6(range) => range.prefixes().map(IpPrefix::V6).collect(),
        }
    }
}

impl<A: Address> From<AddressRange<A>> for IpRange {
    fn from(range: AddressRange<A>) -> Self {
        match A::resolve::<Ranges>(range) {
            EitherFamily::V4(range) => Self::V4(range),
            EitherFamily::V6(range) => Self::V6(range),
        }
    }
}

/// A range of either family.
struct Ranges;

impl PerFamily for Ranges {
    type Of<A: Address> = AddressRange<A>;
}

impl From<IpPrefix> for IpRange {
    fn from(prefix: IpPrefix) -> Self {
        match prefix {
            IpPrefix::V4(prefix) => Self::V4(AddressRange::of(prefix)),
            IpPrefix::V6(prefix) => Self::V6(AddressRange::of(prefix)),
        }
    }
}

impl fmt::Display for IpRange {
    /// Formats the range as `first-last`, or as a single address if it contains only one.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::V4(range) => range.fmt(f),
            Self::V6(range) => range.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(first: &str, last: &str) -> AddressRange<Ipv4Addr> {
        AddressRange::new(first.parse().unwrap(), last.parse().unwrap()).unwrap()
    }

    /// The slow reference implementation: widens the prefix by one bit as long as it fits.
    fn by_widening<A: Address>(range: AddressRange<A>) -> Prefix<A> {
        let mut prefix = Prefix::host(range.first);
        while let Some(wider) = prefix.parent() {
            if wider.first() != range.first || wider.last() > range.last {
                break;
            }
            prefix = wider;
        }
        prefix
    }

    fn agree<A: Address>(one: u128, other: u128) {
        let (one, other) = (A::from_u128(one), A::from_u128(other));
        let range = AddressRange::new(one.min(other), one.max(other)).unwrap();
        assert_eq!(range.first_prefix(), by_widening(range));
    }

    proptest::proptest! {
        #[test]
        fn first_prefix_agrees_with_widening(one: u128, other: u128, zeros in 0_u32..128, ones in 0_u32..128) {
            // The interesting cases are at and near the ends of prefixes. Random addresses rarely hit them.
            for one in [one, one << zeros, 0] {
                for other in [other, u128::MAX, one | ((1 << ones) - 1), one.saturating_add(1 << ones)] {
                    agree::<Ipv4Addr>(one, other);
                    agree::<Ipv6Addr>(one, other);
                }
            }
        }
    }

    #[test]
    fn worst_case_has_62_prefixes() {
        let prefixes: Vec<_> = range("0.0.0.1", "255.255.255.254").prefixes().collect();
        assert_eq!(prefixes.len(), 62);
        let total: AddressCount = prefixes.iter().map(|prefix| prefix.count()).sum();
        assert_eq!(total, AddressCount::from((1_u128 << 32) - 2));
    }

    #[test]
    fn whole_space_is_one_prefix() {
        let prefixes: Vec<_> = AddressRange::<Ipv6Addr>::ALL.prefixes().collect();
        assert_eq!(prefixes, [Prefix::ALL]);
        assert_eq!(AddressRange::<Ipv6Addr>::ALL.count(), AddressCount::power_of_two(128));
    }

    #[test]
    fn subtracting_keeps_both_sides() {
        let whole = range("10.0.0.0", "10.0.0.9");
        let (before, behind) = whole.subtract(range("10.0.0.3", "10.0.0.5"));
        assert_eq!(before, Some(range("10.0.0.0", "10.0.0.2")));
        assert_eq!(behind, Some(range("10.0.0.6", "10.0.0.9")));
        assert_eq!(whole.subtract(AddressRange::ALL), (None, None));
        assert_eq!(whole.subtract(range("9.0.0.0", "9.0.0.1")), (None, Some(whole)));
        assert_eq!(whole.overlap(range("10.0.0.9", "10.1.0.0")), Some(range("10.0.0.9", "10.0.0.9")));
    }
}
