//! The prefixes that a subnet drops by default: Azure's system routes with next hop `None`.
//!
//! Sources: Microsoft, *Virtual network traffic routing* (the four prefixes in RFC 1918 and RFC 6598; they are removed
//! if 0.0.0.0/0 is overridden, or if the address space of the virtual network includes them); effective route tables of
//! network interfaces from 2023 and 2026: all tables without an overridden default route list the same 21 IPv4
//! prefixes, and tables with an overridden default route list none of them. No document and no table contains such a
//! route for IPv6. The prefixes for unique local addresses and for local-use translation are assumed to be treated like
//! private IPv4 addresses.

use std::sync::LazyLock;

use crate::engine::decision::SystemPrefix;

/// Returns all prefixes that a subnet drops by default, for both families.
pub(in crate::engine) fn reserved() -> &'static [SystemPrefix] {
    static ALL: LazyLock<Vec<SystemPrefix>> = LazyLock::new(|| {
        let special = SPECIAL.iter().copied();
        let kept = RESERVED_BY_AZURE
            .iter()
            .map(|prefix| (*prefix, "addresses that Azure reserves for itself", EFFECTIVE));
        special
            .chain(kept)
            // Every row parses; a test checks this.
            .filter_map(|(prefix, name, reference)| {
                Some(SystemPrefix { prefix: prefix.parse().ok()?, name, reference })
            })
            .collect()
    });
    &ALL
}

const EFFECTIVE: &str = "effective routes";

/// The dropped prefixes that are special-purpose blocks.
const SPECIAL: &[(&str, &str, &str)] = &[
    ("10.0.0.0/8", "private use", "RFC 1918"),
    ("100.64.0.0/10", "shared address space", "RFC 6598"),
    ("127.0.0.0/8", "loopback", "RFC 1122"),
    ("172.16.0.0/12", "private use", "RFC 1918"),
    ("192.168.0.0/16", "private use", "RFC 1918"),
    ("198.18.0.0/15", "benchmarking", "RFC 2544"),
    ("64:ff9b:1::/48", "local-use translation", "RFC 8215"),
    ("fc00::/7", "unique local", "RFC 4193"),
];

/// The dropped prefixes that appear only in effective route tables.
const RESERVED_BY_AZURE: &[&str] = &[
    "20.35.252.0/22",
    "23.103.0.0/18",
    "25.4.0.0/14",
    "25.148.0.0/15",
    "25.150.0.0/16",
    "25.152.0.0/14",
    "25.156.0.0/16",
    "25.159.0.0/16",
    "25.176.0.0/13",
    "25.184.0.0/14",
    "40.108.0.0/17",
    "40.109.0.0/16",
    "104.146.0.0/17",
    "104.147.0.0/16",
    "157.59.0.0/16",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::addr::Family;

    #[test]
    fn every_row_is_a_prefix() {
        assert_eq!(reserved().len(), SPECIAL.len() + RESERVED_BY_AZURE.len());
        // The effective route tables list the same number of IPv4 prefixes.
        assert_eq!(reserved().iter().filter(|one| one.prefix.family() == Family::V4).count(), 21);
    }
}
