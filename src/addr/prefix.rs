//! Prefixes without host bits, by construction (RFC 4632).

use std::cmp::Ordering;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use ipnetwork::{IpNetwork, Ipv4Network, Ipv6Network};

use super::address::{EitherFamily, PerFamily};
use super::{Address, AddressCount, Family};

/// A prefix: an address and a length. All host bits of the address are zero.
///
/// Prefixes are ordered by first address, then by length, shortest first. A prefix sorts before all prefixes that it
/// covers.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Prefix<A> {
    address: A,
    length: u8,
}

/// The reason why a text, or a pair of address and length, is not a prefix.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PrefixError {
    /// The text before the slash is not an address.
    #[error("`{text}` is not an IPv4 or IPv6 address")]
    Address {
        /// The text.
        text: String,
    },
    /// The text after the slash is not a plain decimal number up to the family's width.
    #[error("`{text}` is not a prefix length from 0 to {width}")]
    Length {
        /// The text.
        text: String,
        /// The family's width in bits.
        width: u8,
    },
    /// Host bits are set.
    #[error("`{text}` has host bits set; the prefix is `{canonical}`")]
    HostBits {
        /// The text.
        text: String,
        /// The prefix without host bits.
        canonical: String,
    },
}

impl<A: Address> Prefix<A> {
    /// The whole address space of the family, of length 0.
    pub const ALL: Self = Self { address: A::MIN, length: 0 };

    /// Creates a prefix from its first address and length.
    ///
    /// # Errors
    ///
    /// Returns [`PrefixError::Length`] if the length exceeds the family's width, or [`PrefixError::HostBits`] if
    /// `address` has host bits set.
    pub fn new(address: A, length: u8) -> Result<Self, PrefixError> {
        let prefix = Self::containing(address, length)?;
        if prefix.address == address {
            Ok(prefix)
        } else {
            Err(PrefixError::HostBits { text: format!("{address}/{length}"), canonical: prefix.to_string() })
        }
    }

    /// Returns the prefix with this length that contains `address`. Host bits are cleared.
    ///
    /// # Errors
    /// Returns [`PrefixError::Length`] if the length exceeds the family's width.
    pub fn containing(address: A, length: u8) -> Result<Self, PrefixError> {
        if length > A::WIDTH {
            return Err(PrefixError::Length { text: length.to_string(), width: A::WIDTH });
        }
        Ok(Self::masked(address, length))
    }

    /// Returns the full-length prefix that contains only `address`.
    pub fn host(address: A) -> Self {
        Self { address, length: A::WIDTH }
    }

    /// Returns the first (lowest) address.
    pub fn first(self) -> A {
        self.address
    }

    /// Returns the last (highest) address, inclusive.
    pub fn last(self) -> A {
        A::from_u128(self.address.to_u128() | host_mask::<A>(self.length))
    }

    /// Returns the length in bits, `0..=A::WIDTH`.
    pub fn length(self) -> u8 {
        self.length
    }

    /// Returns the number of addresses in the prefix: `2^(WIDTH - length)`.
    pub fn count(self) -> AddressCount {
        AddressCount::power_of_two(A::WIDTH - self.length)
    }

    /// Returns whether the prefix contains `address`.
    pub fn contains(self, address: A) -> bool {
        (address.to_u128() ^ self.address.to_u128()) & !host_mask::<A>(self.length) == 0 || self.length == 0
    }

    /// Returns whether the prefix contains every address of `other`. A prefix covers itself.
    pub fn covers(self, other: Self) -> bool {
        self.length <= other.length && self.contains(other.address)
    }

    /// Returns the covering prefix that is one bit shorter, or `None` for the whole address space.
    pub fn parent(self) -> Option<Self> {
        self.length.checked_sub(1).map(|length| Self::masked(self.address, length))
    }

    fn masked(address: A, length: u8) -> Self {
        Self { address: A::from_u128(address.to_u128() & !host_mask::<A>(length)), length }
    }
}

impl<A: Address> Ord for Prefix<A> {
    // Compares addresses as numbers, because sorting prefixes dominates the cost of loading the lists, and comparing
    // octets is slower.
    fn cmp(&self, other: &Self) -> Ordering {
        (self.address.to_u128(), self.length).cmp(&(other.address.to_u128(), other.length))
    }
}

impl<A: Address> PartialOrd for Prefix<A> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Returns the mask of the host bits of a prefix with this length.
fn host_mask<A: Address>(length: u8) -> u128 {
    let host_bits = u32::from(A::WIDTH - length);
    if host_bits == 128 { u128::MAX } else { (1 << host_bits) - 1 }
}

impl<A: Address> fmt::Display for Prefix<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.length)
    }
}

impl<A: Address> fmt::Debug for Prefix<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<A: Address> FromStr for Prefix<A> {
    type Err = PrefixError;

    /// Parses `address/length`, or an address without a length as a full-length prefix. Host bits are an error.
    fn from_str(text: &str) -> Result<Self, PrefixError> {
        let (address, length) = parse_parts(text)?;
        Self::new(address, length).map_err(|error| with_text(error, text))
    }
}

/// A prefix of either family.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IpPrefix {
    /// An IPv4 prefix.
    V4(Prefix<Ipv4Addr>),
    /// An IPv6 prefix.
    V6(Prefix<Ipv6Addr>),
}

impl IpPrefix {
    /// Returns the full-length prefix that contains only `address`.
    pub fn host(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(address) => Self::V4(Prefix::host(address)),
            IpAddr::V6(address) => Self::V6(Prefix::host(address)),
        }
    }

    /// Parses a prefix and clears its host bits. The flag is true if any host bits were set.
    ///
    /// This function is for third-party feeds. Files that users write are parsed with the strict [`FromStr`].
    ///
    /// # Errors
    ///
    /// Those of [`FromStr`], except that host bits are not an error.
    pub fn parse_clearing_host_bits(text: &str) -> Result<(Self, bool), PrefixError> {
        if text.contains(':') {
            let (address, length) = parse_parts::<Ipv6Addr>(text)?;
            let prefix = Prefix::containing(address, length)?;
            Ok((Self::V6(prefix), prefix.first() != address))
        } else {
            let (address, length) = parse_parts::<Ipv4Addr>(text)?;
            let prefix = Prefix::containing(address, length)?;
            Ok((Self::V4(prefix), prefix.first() != address))
        }
    }

    /// Returns the family.
    pub fn family(self) -> Family {
        match self {
            Self::V4(_) => Family::V4,
            Self::V6(_) => Family::V6,
        }
    }

    /// Returns the first (lowest) address.
    pub fn first(self) -> IpAddr {
        match self {
            Self::V4(prefix) => prefix.first().into(),
            Self::V6(prefix) => prefix.first().into(),
        }
    }

    /// Returns the last (highest) address, inclusive.
    pub fn last(self) -> IpAddr {
        match self {
            Self::V4(prefix) => prefix.last().into(),
            Self::V6(prefix) => prefix.last().into(),
        }
    }

    /// Returns the length in bits.
    pub fn length(self) -> u8 {
        match self {
            Self::V4(prefix) => prefix.length(),
            Self::V6(prefix) => prefix.length(),
        }
    }

    /// Returns the number of addresses in the prefix.
    pub fn count(self) -> AddressCount {
        match self {
            Self::V4(prefix) => prefix.count(),
            Self::V6(prefix) => prefix.count(),
        }
    }

    /// Returns whether the prefix contains `address`; `false` for the other family.
    pub fn contains(self, address: IpAddr) -> bool {
        match (self, address) {
            (Self::V4(prefix), IpAddr::V4(address)) => prefix.contains(address),
            (Self::V6(prefix), IpAddr::V6(address)) => prefix.contains(address),
            _ => false,
        }
    }

    /// Returns whether the prefix contains every address of `other`; `false` for the other family.
    pub fn covers(self, other: Self) -> bool {
        match (self, other) {
            (Self::V4(prefix), Self::V4(other)) => prefix.covers(other),
            (Self::V6(prefix), Self::V6(other)) => prefix.covers(other),
            _ => false,
        }
    }

    /// Returns the prefix as a prefix of one family; `None` if it belongs to the other family.
    pub fn of_family<A: Address>(self) -> Option<Prefix<A>> {
        match self {
            Self::V4(prefix) => A::choose::<OptionalPrefixes>(Some(prefix), None),
            Self::V6(prefix) => A::choose::<OptionalPrefixes>(None, Some(prefix)),
        }
    }
}

impl fmt::Display for IpPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::V4(prefix) => fmt::Display::fmt(prefix, f),
            Self::V6(prefix) => fmt::Display::fmt(prefix, f),
        }
    }
}

impl fmt::Debug for IpPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for IpPrefix {
    type Err = PrefixError;

    /// Parses `address/length`, or an address without a length as a full-length prefix. Host bits are an error.
    fn from_str(text: &str) -> Result<Self, PrefixError> {
        if text.contains(':') { text.parse().map(Self::V6) } else { text.parse().map(Self::V4) }
    }
}

impl<A: Address> From<Prefix<A>> for IpPrefix {
    fn from(prefix: Prefix<A>) -> Self {
        match A::resolve::<Prefixes>(prefix) {
            EitherFamily::V4(prefix) => Self::V4(prefix),
            EitherFamily::V6(prefix) => Self::V6(prefix),
        }
    }
}

/// A prefix of either family.
struct Prefixes;

impl PerFamily for Prefixes {
    type Of<A: Address> = Prefix<A>;
}

/// A prefix, or `None` if it belongs to the other family.
struct OptionalPrefixes;

impl PerFamily for OptionalPrefixes {
    type Of<A: Address> = Option<Prefix<A>>;
}

impl From<IpNetwork> for IpPrefix {
    /// Clears host bits, which [`IpNetwork`] keeps.
    fn from(network: IpNetwork) -> Self {
        match network {
            IpNetwork::V4(network) => Self::V4(Prefix::masked(network.ip(), network.prefix().min(32))),
            IpNetwork::V6(network) => Self::V6(Prefix::masked(network.ip(), network.prefix().min(128))),
        }
    }
}

impl From<IpPrefix> for IpNetwork {
    fn from(prefix: IpPrefix) -> Self {
        match prefix {
            IpPrefix::V4(prefix) => Self::V4(prefix.into()),
            IpPrefix::V6(prefix) => Self::V6(prefix.into()),
        }
    }
}

impl From<Prefix<Ipv4Addr>> for Ipv4Network {
    fn from(prefix: Prefix<Ipv4Addr>) -> Self {
        // The length is valid by construction, so the fallback to a host prefix is never used.
        Self::new(prefix.first(), prefix.length()).unwrap_or_else(|_| Self::from(prefix.first()))
    }
}

impl From<Prefix<Ipv6Addr>> for Ipv6Network {
    fn from(prefix: Prefix<Ipv6Addr>) -> Self {
        Self::new(prefix.first(), prefix.length()).unwrap_or_else(|_| Self::from(prefix.first()))
    }
}

/// Splits `address/length`. The length must be plain decimal digits without a sign or leading zero.
fn parse_parts<A: Address>(text: &str) -> Result<(A, u8), PrefixError> {
    let (address_text, length_text) = match text.split_once('/') {
        Some((address, length)) => (address, Some(length)),
        None => (text, None),
    };
    let address = address_text.parse().map_err(|_| PrefixError::Address { text: address_text.to_owned() })?;
    let Some(length_text) = length_text else { return Ok((address, A::WIDTH)) };
    let canonical = length_text.bytes().all(|byte| byte.is_ascii_digit())
        && (length_text == "0" || !length_text.starts_with('0'));
    match length_text.parse::<u8>() {
        Ok(length) if canonical && length <= A::WIDTH => Ok((address, length)),
        _ => Err(PrefixError::Length { text: length_text.to_owned(), width: A::WIDTH }),
    }
}

/// Replaces the text in a host-bits error with the text that the user wrote.
fn with_text(error: PrefixError, text: &str) -> PrefixError {
    match error {
        PrefixError::HostBits { canonical, .. } => PrefixError::HostBits { text: text.to_owned(), canonical },
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_space_contains_everything() {
        let all = Prefix::<Ipv4Addr>::ALL;
        assert!(all.contains(Ipv4Addr::MAX) && all.contains(Ipv4Addr::MIN));
        assert_eq!(all.last(), Ipv4Addr::MAX);
        assert_eq!(Prefix::<Ipv6Addr>::ALL.count(), AddressCount::power_of_two(128));
        assert_eq!(all.parent(), None);
    }

    #[test]
    fn through_ipnetwork_and_back() {
        for text in ["0.0.0.0/0", "52.112.0.0/14", "10.0.0.1/32", "::/0", "2603:1061:2002::/48"] {
            let prefix: IpPrefix = text.parse().unwrap();
            assert_eq!(IpPrefix::from(IpNetwork::from(prefix)), prefix);
        }
        let with_host_bits: IpNetwork = "10.0.0.1/8".parse().unwrap();
        assert_eq!(IpPrefix::from(with_host_bits).to_string(), "10.0.0.0/8");
    }

    #[test]
    fn feeds_may_carry_host_bits() {
        let (prefix, had_host_bits) = IpPrefix::parse_clearing_host_bits("10.0.0.1/8").unwrap();
        assert_eq!((prefix.to_string().as_str(), had_host_bits), ("10.0.0.0/8", true));
        assert!(!IpPrefix::parse_clearing_host_bits("::1").unwrap().1);
    }
}
