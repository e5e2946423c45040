//! NAT64 translators (IPv6 to IPv4).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::addr::special::{SpecialBlock, SpecialScope, blocks};
use crate::addr::{IpPrefix, Prefix};
use crate::diag::Span;
use crate::network::{Network, SiteId};

/// The prefix lengths that allow IPv4 addresses to be embedded (RFC 6052 section 2.2).
pub(crate) const NAT64_LENGTHS: [u8; 6] = [32, 40, 48, 56, 64, 96];

/// The first bit of the octet that must be zero in an address with an embedded IPv4 address (RFC 6052 section 2.2).
const RESERVED_OCTET: u32 = 64;

/// A translator at a site. Packets to its prefix continue as IPv4, with a source address from its pool (RFC 6146).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Nat64 {
    /// The prefix whose addresses embed IPv4 addresses. Its length is one of those in RFC 6052 section 2.2.
    pub prefix: Prefix<Ipv6Addr>,
    /// The site of the translator.
    pub site: SiteId,
    /// The IPv4 prefix to which source addresses are translated: as configured, or the site's first IPv4 prefix.
    pub pool: Prefix<Ipv4Addr>,
    /// The position of the prefix in the file.
    pub span: Span,
}

/// A packet after its translation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Translated {
    /// The IPv4 address embedded in the destination.
    pub destination: IpAddr,
    /// A source address of the translator: the first address of its pool, which represents the whole pool.
    pub source: IpAddr,
    /// The position of the translator's prefix in the network file.
    pub span: Span,
}

impl Nat64 {
    /// Returns the IPv4 address embedded in an address of the prefix. `None` if the address is outside the prefix, if
    /// its reserved octet is not zero, or if translators [refuse](Self::refused) it.
    ///
    /// The bits after the embedded address are reserved and therefore ignored (RFC 6052 section 2.2).
    pub fn embedded(&self, address: Ipv6Addr) -> Option<Ipv4Addr> {
        let length = u32::from(self.prefix.length());
        if !self.prefix.contains(address) || self.refused().any(|block| block.prefix.contains(address.into()))
        {
            return None;
        }
        let bits = address.to_bits();
        if length == 96 {
            let [.., a, b, c, d] = address.octets();
            return Some(Ipv4Addr::new(a, b, c, d));
        }
        let has_octet = (bits >> (128 - RESERVED_OCTET - 8)) & 0xFF != 0;
        // After the reserved octet is removed, the embedded address directly follows the prefix.
        let front = (bits >> (128 - RESERVED_OCTET)) << (128 - RESERVED_OCTET);
        let without = front | ((bits << (RESERVED_OCTET + 8)) >> RESERVED_OCTET);
        let embedded = u32::try_from((without << length) >> 96).ok()?;
        (!has_octet).then_some(Ipv4Addr::from_bits(embedded))
    }

    /// Returns the blocks of embedded addresses that translators refuse: under the well-known prefix, all non-global
    /// addresses (RFC 6052 section 3.1).
    pub fn refused(&self) -> impl Iterator<Item = &'static SpecialBlock> {
        let prefix = IpPrefix::V6(self.prefix);
        blocks().iter().filter(move |block| {
            block.scope == SpecialScope::Reserved && prefix.covers(block.prefix) && prefix != block.prefix
        })
    }
}

impl Network {
    /// Returns the translator for an IPv6 address: the translator with the longest matching prefix, or the first such
    /// translator in the file.
    pub fn nat64_of(&self, address: IpAddr) -> Option<&Nat64> {
        let IpAddr::V6(address) = address else { return None };
        let holds = self.nat64.iter().rev().filter(|entry| entry.prefix.contains(address));
        holds.max_by_key(|entry| entry.prefix.length())
    }

    /// Returns the IPv4 address embedded in an address if any translator's prefix covers that address. Any other
    /// address is returned unchanged.
    pub fn stands_for(&self, address: IpAddr) -> IpAddr {
        let IpAddr::V6(written) = address else { return address };
        let embedded = self.nat64_of(address).and_then(|entry| entry.embedded(written));
        embedded.map_or(address, IpAddr::V4)
    }

    /// Translates a packet from a site. `None` if none of the site's own translators covers the destination address.
    pub fn translated(&self, site: SiteId, address: IpAddr) -> Option<Translated> {
        let IpAddr::V6(destination) = address else { return None };
        let here = self.nat64.iter().rev().filter(|entry| entry.site == site);
        let holds = here.filter(|entry| entry.prefix.contains(destination));
        let entry = holds.max_by_key(|entry| entry.prefix.length())?;
        let destination = entry.embedded(destination)?.into();
        Some(Translated { destination, source: entry.pool.first().into(), span: entry.span })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of RFC 6052 section 2.4, and edge cases.
    #[test]
    fn embedded_addresses_are_those_of_the_rfc() {
        for (prefix, address, expected) in [
            ("2001:db8::/32", "2001:db8:c000:221::", Some("192.0.2.33")),
            ("2001:db8:100::/40", "2001:db8:1c0:2:21::", Some("192.0.2.33")),
            ("2001:db8:122::/48", "2001:db8:122:c000:2:2100::", Some("192.0.2.33")),
            ("2001:db8:122:300::/56", "2001:db8:122:3c0:0:221::", Some("192.0.2.33")),
            ("2001:db8:122:344::/64", "2001:db8:122:344:c0:2:2100::", Some("192.0.2.33")),
            ("2001:db8:122:344::/96", "2001:db8:122:344::192.0.2.33", Some("192.0.2.33")),
            ("64:ff9b::/96", "64:ff9b::20.50.2.1", Some("20.50.2.1")),
            // The bits after the embedded address are ignored, but the reserved octet must be zero.
            ("2001:db8:122::/48", "2001:db8:122:c000:2:2100::7", Some("192.0.2.33")),
            ("2001:db8:122::/48", "2001:db8:122:c000:102:2100::", None),
            ("2001:db8:122::/48", "2001:db8:123:c000:2:2100::", None),
            // The well-known prefix may embed only global addresses; any other prefix may embed all addresses.
            ("64:ff9b::/96", "64:ff9b::10.120.1.4", None),
            ("64:ff9b:1::/96", "64:ff9b:1::10.120.1.4", Some("10.120.1.4")),
            ("2001:db8:64::/48", "2001:db8:64:a78:1:400::", Some("10.120.1.4")),
        ] {
            let Ok(IpPrefix::V6(prefix)) = prefix.parse() else { panic!("{prefix}") };
            let pool = Prefix::new(Ipv4Addr::new(10, 1, 0, 0), 16).unwrap();
            let nat64 = Nat64 { prefix, site: SiteId(0), pool, span: Span::default() };
            let expected = expected.map(|text| text.parse::<Ipv4Addr>().unwrap());
            assert_eq!(nat64.embedded(address.parse().unwrap()), expected, "{prefix}: {address}");
        }
    }
}
