//! The two address families behind one sealed trait.

use std::fmt::{Debug, Display};
use std::hash::Hash;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// An address family.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// IPv4, 32 bits.
    V4,
    /// IPv6, 128 bits.
    V6,
}

impl Display for Family {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::V4 => "IPv4",
            Self::V6 => "IPv6",
        })
    }
}

/// An IPv4 or IPv6 address that can be converted to a number. With this trait, prefixes, ranges, partitions and
/// tables need only one implementation for both families.
///
/// Sealed: [`Ipv4Addr`] and [`Ipv6Addr`] are the only implementors.
pub trait Address:
    Copy + Ord + Hash + Debug + Display + FromStr + Into<IpAddr> + Send + Sync + sealed::Sealed + 'static
{
    /// The number of bits in an address: 32 or 128.
    const WIDTH: u8;
    /// The family that this type belongs to.
    const FAMILY: Family;
    /// The lowest address (`0.0.0.0` or `::`).
    const MIN: Self;
    /// The highest address (all bits set).
    const MAX: Self;

    /// Returns the address as a number; the first octet is the most significant.
    fn to_u128(self) -> u128;

    /// Returns the address whose number is the low [`Self::WIDTH`] bits of `number`; higher bits are ignored.
    fn from_u128(number: u128) -> Self;

    /// Chooses the value for this family from a value for IPv4 and a value for IPv6.
    fn choose<P: PerFamily>(v4: P::Of<Ipv4Addr>, v6: P::Of<Ipv6Addr>) -> P::Of<Self>;

    /// Wraps a value for this family in the variant of [`EitherFamily`] for the family.
    fn resolve<P: PerFamily>(value: P::Of<Self>) -> EitherFamily<P::Of<Ipv4Addr>, P::Of<Ipv6Addr>>;

    /// Returns the next higher address, or `None` after [`Self::MAX`].
    fn next(self) -> Option<Self> {
        (self != Self::MAX).then(|| Self::from_u128(self.to_u128().wrapping_add(1)))
    }

    /// Returns the next lower address, or `None` before [`Self::MIN`].
    fn previous(self) -> Option<Self> {
        (self != Self::MIN).then(|| Self::from_u128(self.to_u128().wrapping_sub(1)))
    }
}

/// A type for each family. [`Address::choose`] and [`Address::resolve`] convert between these types.
///
/// ```
/// use std::net::{Ipv4Addr, Ipv6Addr};
///
/// use peerpath::addr::{Address, PerFamily, Prefix};
///
/// /// A list of prefixes.
/// struct Prefixes;
/// impl PerFamily for Prefixes {
///     type Of<A: Address> = Vec<Prefix<A>>;
/// }
///
/// let (v4, v6) = (vec!["10.0.0.0/8".parse().unwrap()], vec![]);
/// assert_eq!(Ipv4Addr::choose::<Prefixes>(v4.clone(), v6).len(), 1);
/// ```
pub trait PerFamily {
    /// The type for a family.
    type Of<A: Address>;
}

/// A value for one of the two families.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EitherFamily<V4, V6> {
    /// The value for IPv4.
    V4(V4),
    /// The value for IPv6.
    V6(V6),
}

impl Address for Ipv4Addr {
    const WIDTH: u8 = 32;
    const FAMILY: Family = Family::V4;
    const MIN: Self = Self::new(0, 0, 0, 0);
    const MAX: Self = Self::new(255, 255, 255, 255);

    fn to_u128(self) -> u128 {
        u128::from(self.to_bits())
    }

    fn from_u128(number: u128) -> Self {
        Self::from_bits((number & 0xffff_ffff) as u32)
    }

    fn choose<P: PerFamily>(v4: P::Of<Ipv4Addr>, _: P::Of<Ipv6Addr>) -> P::Of<Self> {
        v4
    }

    fn resolve<P: PerFamily>(value: P::Of<Self>) -> EitherFamily<P::Of<Ipv4Addr>, P::Of<Ipv6Addr>> {
        EitherFamily::V4(value)
    }
}

impl Address for Ipv6Addr {
    const WIDTH: u8 = 128;
    const FAMILY: Family = Family::V6;
    const MIN: Self = Self::from_bits(0);
    const MAX: Self = Self::from_bits(u128::MAX);

    fn to_u128(self) -> u128 {
        self.to_bits()
    }

    fn from_u128(number: u128) -> Self {
        Self::from_bits(number)
    }

    fn choose<P: PerFamily>(_: P::Of<Ipv4Addr>, v6: P::Of<Ipv6Addr>) -> P::Of<Self> {
        v6
    }

    fn resolve<P: PerFamily>(value: P::Of<Self>) -> EitherFamily<P::Of<Ipv4Addr>, P::Of<Ipv6Addr>> {
        EitherFamily::V6(value)
    }
}

mod sealed {
    /// Prevents implementations of [`super::Address`] for other types.
    pub trait Sealed {}
    impl Sealed for std::net::Ipv4Addr {}
    impl Sealed for std::net::Ipv6Addr {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_stop_at_both_ends_of_the_space() {
        assert_eq!(Ipv4Addr::MAX.next(), None);
        assert_eq!(Ipv4Addr::MIN.previous(), None);
        assert_eq!(Ipv6Addr::MAX.next(), None);
        assert_eq!(Ipv4Addr::new(10, 0, 0, 255).next(), Some(Ipv4Addr::new(10, 0, 1, 0)));
        assert_eq!(Ipv6Addr::MIN.next(), Some(Ipv6Addr::LOCALHOST));
    }
}
