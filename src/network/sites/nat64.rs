//! Translators of IPv6 to IPv4 (NAT64).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::addr::special::{Scope, SpecialBlock, blocks};
use crate::addr::{IpPrefix, Prefix};
use crate::diag::Span;
use crate::network::{Network, SiteId};

/// The lengths of prefixes that IPv4 addresses are embedded in (RFC 6052 section 2.2).
pub(crate) const NAT64_LENGTHS: [u8; 6] = [32, 40, 48, 56, 64, 96];

/// The first bit of the octet that is zero in every address with an embedded one (RFC 6052 section 2.2).
const RESERVED_OCTET: u32 = 64;

/// A translator of a site: packets to the addresses of its prefix go on as IPv4, with a source of its pool (RFC 6146).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Nat64 {
    /// The prefix whose addresses embed the IPv4 addresses; its length is one of RFC 6052 section 2.2.
    pub prefix: Prefix<Ipv6Addr>,
    /// Where the translator is.
    pub site: SiteId,
    /// The IPv4 addresses that it translates sources to: of the file, or the site's first IPv4 prefix.
    pub pool: Prefix<Ipv4Addr>,
    /// The prefix in the file.
    pub span: Span,
}

/// A packet as its translator sends it on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Translated {
    /// The IPv4 address that the destination embeds.
    pub destination: IpAddr,
    /// A source of the translator's: the first address of its pool, which stands for all.
    pub source: IpAddr,
    /// Where the translator's prefix stands in the network file.
    pub span: Span,
}

impl Nat64 {
    /// The IPv4 address that an address of the prefix embeds. `None` for an address of another prefix, for one whose reserved octet
    /// is not zero, and for one that a translator [refuses](Self::refused).
    ///
    /// Bits behind the embedded address are reserved and count for nothing (RFC 6052 section 2.2).
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
        // Without the octet the embedded address stands right behind the prefix.
        let front = (bits >> (128 - RESERVED_OCTET)) << (128 - RESERVED_OCTET);
        let without = front | ((bits << (RESERVED_OCTET + 8)) >> RESERVED_OCTET);
        let embedded = u32::try_from((without << length) >> 96).ok()?;
        (!has_octet).then_some(Ipv4Addr::from_bits(embedded))
    }

    /// The parts of the prefix that translators refuse: those of the well-known prefix that embed an address which is not global
    /// (RFC 6052 section 3.1).
    pub fn refused(&self) -> impl Iterator<Item = &'static SpecialBlock> {
        let prefix = IpPrefix::V6(self.prefix);
        blocks().iter().filter(move |block| {
            block.scope == Scope::Reserved && prefix.covers(block.prefix) && prefix != block.prefix
        })
    }
}

impl Network {
    /// The translator that decides about addresses of its prefix: the one with the longest prefix, the first of the file.
    pub fn nat64_of(&self, address: IpAddr) -> Option<&Nat64> {
        let IpAddr::V6(address) = address else { return None };
        let holds = self.nat64.iter().rev().filter(|entry| entry.prefix.contains(address));
        holds.max_by_key(|entry| entry.prefix.length())
    }

    /// The IPv4 address that an address of a translator's prefix embeds, wherever the translator is; others stand for themselves.
    pub fn stands_for(&self, address: IpAddr) -> IpAddr {
        let IpAddr::V6(written) = address else { return address };
        let embedded = self.nat64_of(address).and_then(|entry| entry.embedded(written));
        embedded.map_or(address, IpAddr::V4)
    }

    /// What becomes of a packet of a site to an address that a translator of the site's own translates; `None` elsewhere.
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

    /// The examples of RFC 6052 section 2.4, and what is beside them.
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
            // Bits behind it count for nothing, those of the reserved octet do.
            ("2001:db8:122::/48", "2001:db8:122:c000:2:2100::7", Some("192.0.2.33")),
            ("2001:db8:122::/48", "2001:db8:122:c000:102:2100::", None),
            ("2001:db8:122::/48", "2001:db8:123:c000:2:2100::", None),
            // The well-known prefix holds global addresses alone, others hold any.
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
