//! The special-purpose address blocks in IANA's registries (RFC 6890 and its updates).

use std::net::IpAddr;
use std::sync::LazyLock;

use super::IpPrefix;

/// The reach of the addresses in a special-purpose block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SpecialScope {
    /// Addresses of packets that never leave the host or the link: loopback, link-local, unspecified, broadcast.
    Link,
    /// Multicast group addresses, which do not follow unicast routes.
    Multicast,
    /// Private-use addresses (RFC 1918, RFC 4193), routed only within an organisation.
    Private,
    /// Shared address space between a provider and its customers (RFC 6598).
    Shared,
    /// Documentation, benchmarking and reserved blocks. No real host has such an address.
    Reserved,
    /// Addresses that embed an IPv4 address (RFC 6052). A NAT64 translator receives packets to these addresses, and
    /// its location determines the path.
    Translated,
}

/// A special-purpose block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SpecialBlock {
    /// The block.
    pub prefix: IpPrefix,
    /// The name of the block in the registry.
    pub name: &'static str,
    /// The document that assigns the block.
    pub reference: &'static str,
    /// The reach of the addresses in the block.
    pub scope: SpecialScope,
}

/// Returns the most specific special-purpose block that contains `address`; `None` for global addresses. Only the
/// blocks that contain addresses with the same first byte are compared.
pub fn block_of(address: IpAddr) -> Option<&'static SpecialBlock> {
    static BY_FIRST_BYTE: LazyLock<Vec<Vec<&SpecialBlock>>> = LazyLock::new(|| {
        let sharing = |row| {
            blocks().iter().filter(move |block| {
                (row_of(block.prefix.first())..=row_of(block.prefix.last())).contains(&row)
            })
        };
        (0..512).map(|row| sharing(row).collect()).collect()
    });
    let sharing = BY_FIRST_BYTE.get(row_of(address))?;
    most_specific(sharing.iter().copied(), address)
}

/// Returns the index of the row for an address's family and first byte.
fn row_of(address: IpAddr) -> usize {
    match address {
        IpAddr::V4(address) => usize::from(address.octets()[0]),
        IpAddr::V6(address) => 256 + usize::from(address.octets()[0]),
    }
}

fn most_specific(
    blocks: impl Iterator<Item = &'static SpecialBlock>,
    address: IpAddr,
) -> Option<&'static SpecialBlock> {
    blocks.filter(|block| block.prefix.contains(address)).max_by_key(|block| block.prefix.length())
}

/// Returns all blocks, in the order of the registries.
pub fn blocks() -> &'static [SpecialBlock] {
    static BLOCKS: LazyLock<Vec<SpecialBlock>> = LazyLock::new(|| {
        TABLE
            .iter()
            .filter_map(|&(prefix, name, reference, scope)| {
                // Every row parses, which a test verifies.
                Some(SpecialBlock { prefix: prefix.parse().ok()?, name, reference, scope })
            })
            .collect()
    });
    &BLOCKS
}

/// The IANA IPv4 and IPv6 Special-Purpose Address Registries, without the globally reachable blocks (6to4 relay
/// anycast, AS112, Teredo, …), which follow ordinary routes.
const TABLE: &[(&str, &str, &str, SpecialScope)] = &[
    ("0.0.0.0/8", "this network", "RFC 791", SpecialScope::Link),
    ("10.0.0.0/8", "private use", "RFC 1918", SpecialScope::Private),
    ("100.64.0.0/10", "shared address space", "RFC 6598", SpecialScope::Shared),
    ("127.0.0.0/8", "loopback", "RFC 1122", SpecialScope::Link),
    ("169.254.0.0/16", "link local", "RFC 3927", SpecialScope::Link),
    ("172.16.0.0/12", "private use", "RFC 1918", SpecialScope::Private),
    ("192.0.0.0/24", "IETF protocol assignments", "RFC 6890", SpecialScope::Reserved),
    ("192.0.2.0/24", "documentation (TEST-NET-1)", "RFC 5737", SpecialScope::Reserved),
    ("192.168.0.0/16", "private use", "RFC 1918", SpecialScope::Private),
    ("198.18.0.0/15", "benchmarking", "RFC 2544", SpecialScope::Reserved),
    ("198.51.100.0/24", "documentation (TEST-NET-2)", "RFC 5737", SpecialScope::Reserved),
    ("203.0.113.0/24", "documentation (TEST-NET-3)", "RFC 5737", SpecialScope::Reserved),
    ("224.0.0.0/4", "multicast", "RFC 5771", SpecialScope::Multicast),
    ("240.0.0.0/4", "reserved", "RFC 1112", SpecialScope::Reserved),
    ("255.255.255.255/32", "limited broadcast", "RFC 8190", SpecialScope::Link),
    ("::/128", "unspecified address", "RFC 4291", SpecialScope::Link),
    ("::1/128", "loopback", "RFC 4291", SpecialScope::Link),
    ("::ffff:0:0/96", "IPv4-mapped address", "RFC 4291", SpecialScope::Reserved),
    ("64:ff9b::/96", "translation to IPv4", "RFC 6052", SpecialScope::Translated),
    // A translator refuses embedded IPv4 addresses that are not global.
    ("64:ff9b::/104", IN_TRANSLATION, SECTION, SpecialScope::Reserved),
    ("64:ff9b::a00:0/104", IN_TRANSLATION, SECTION, SpecialScope::Reserved),
    ("64:ff9b::6440:0/106", IN_TRANSLATION, SECTION, SpecialScope::Reserved),
    ("64:ff9b::7f00:0/104", IN_TRANSLATION, SECTION, SpecialScope::Reserved),
    ("64:ff9b::a9fe:0/112", IN_TRANSLATION, SECTION, SpecialScope::Reserved),
    ("64:ff9b::ac10:0/108", IN_TRANSLATION, SECTION, SpecialScope::Reserved),
    ("64:ff9b::c000:0/120", IN_TRANSLATION, SECTION, SpecialScope::Reserved),
    ("64:ff9b::c0a8:0/112", IN_TRANSLATION, SECTION, SpecialScope::Reserved),
    ("64:ff9b::c612:0/111", IN_TRANSLATION, SECTION, SpecialScope::Reserved),
    ("64:ff9b::e000:0/99", IN_TRANSLATION, SECTION, SpecialScope::Reserved),
    ("64:ff9b:1::/48", "local-use translation", "RFC 8215", SpecialScope::Private),
    ("100::/64", "discard only", "RFC 6666", SpecialScope::Reserved),
    ("2001:2::/48", "benchmarking", "RFC 5180", SpecialScope::Reserved),
    ("2001:db8::/32", "documentation", "RFC 3849", SpecialScope::Reserved),
    ("3fff::/20", "documentation", "RFC 9637", SpecialScope::Reserved),
    ("fc00::/7", "unique local", "RFC 4193", SpecialScope::Private),
    ("fe80::/10", "link local", "RFC 4291", SpecialScope::Link),
    ("ff00::/8", "multicast", "RFC 4291", SpecialScope::Multicast),
];

const IN_TRANSLATION: &str = "a non-global IPv4 address in the translation prefix";
const SECTION: &str = "RFC 6052 section 3.1";

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr};

    use super::*;

    #[test]
    fn every_row_of_the_table_is_a_block() {
        assert_eq!(blocks().len(), TABLE.len());
    }

    /// Compares the result with a scan of all blocks, at both ends of every block, at the addresses next to these
    /// ends, and at the first and last addresses for every first byte.
    #[test]
    fn the_first_byte_leaves_out_no_block() {
        let ends = blocks().iter().flat_map(|block| [block.prefix.first(), block.prefix.last()]);
        let around = |address: IpAddr| -> Vec<IpAddr> {
            match address {
                IpAddr::V4(v4) => {
                    let bits = v4.to_bits();
                    [bits.wrapping_sub(1), bits, bits.wrapping_add(1)]
                        .map(|bits| Ipv4Addr::from_bits(bits).into())
                        .into()
                }
                IpAddr::V6(v6) => {
                    let bits = v6.to_bits();
                    [bits.wrapping_sub(1), bits, bits.wrapping_add(1)]
                        .map(|bits| Ipv6Addr::from_bits(bits).into())
                        .into()
                }
            }
        };
        let first_bytes = (0..=u8::MAX).flat_map(|byte| {
            let v6 = Ipv6Addr::from_bits(u128::from(byte) << 120);
            [IpAddr::from([byte, 0, 0, 1]), IpAddr::from(v6)]
        });
        for address in ends.chain(first_bytes).flat_map(around) {
            assert_eq!(block_of(address), most_specific(blocks().iter(), address), "{address}");
        }
    }

    #[test]
    fn scopes() {
        let scope = |text: &str| block_of(text.parse().unwrap()).map(|block| block.scope);
        assert_eq!(scope("10.1.2.3"), Some(SpecialScope::Private));
        assert_eq!(scope("255.255.255.255"), Some(SpecialScope::Link));
        assert_eq!(scope("240.0.0.1"), Some(SpecialScope::Reserved));
        assert_eq!(scope("fd00::1"), Some(SpecialScope::Private));
        assert_eq!(scope("ff02::1"), Some(SpecialScope::Multicast));
        assert_eq!(scope("64:ff9b::3470:1"), Some(SpecialScope::Translated));
        assert_eq!(scope("64:ff9b::a78:104"), Some(SpecialScope::Reserved));
        assert_eq!(scope("64:ff9b::e000:1"), Some(SpecialScope::Reserved));
        assert_eq!(scope("64:ff9b::ffff:ffff"), Some(SpecialScope::Reserved));
        assert_eq!(scope("52.112.0.1"), None);
        assert_eq!(scope("2603:1061:2002::1"), None);
    }
}
