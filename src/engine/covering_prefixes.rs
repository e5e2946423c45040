//! Finds the prefixes that cover a given prefix, and the prefixes within it.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::addr::{IpPrefix, Prefix};

/// Returns the entries whose prefixes equal a given prefix or lie within it, ascending.
///
/// # Complexity
///
/// `O(log n)`, and linear in the number of results.
pub(super) fn within<T>(
    all: &BTreeMap<IpPrefix, T>,
    prefix: IpPrefix,
) -> impl Iterator<Item = (IpPrefix, &T)> {
    // Prefixes are ordered by their first address, then by length, so the prefixes within a prefix follow it.
    let within = all.range(prefix..=IpPrefix::host(prefix.last()));
    within.map(|(inner, value)| (*inner, value)).filter(move |(inner, _)| prefix.covers(*inner))
}

/// Returns the entries whose prefixes equal a given prefix or cover it, longest first.
///
/// # Complexity
///
/// One search for each length.
pub(super) fn covering<T>(
    all: &BTreeMap<IpPrefix, T>,
    prefix: IpPrefix,
) -> impl Iterator<Item = (IpPrefix, &T)> {
    let first = prefix.first();
    // Most maps are small or empty, and an IPv6 prefix has many possible lengths.
    let lengths = if all.is_empty() { 0 } else { prefix.length() + 1 };
    (0..lengths).rev().filter_map(move |length| {
        let outer = shortened(first, length);
        all.get(&outer).map(|value| (outer, value))
    })
}

/// Returns the entries whose prefixes overlap a given prefix.
pub(super) fn overlapping<T>(
    all: &BTreeMap<IpPrefix, T>,
    prefix: IpPrefix,
) -> impl Iterator<Item = (IpPrefix, &T)> {
    within(all, prefix).chain(covering(all, prefix).filter(move |(outer, _)| *outer != prefix))
}

/// Returns the prefix of a given length that contains an address.
fn shortened(address: IpAddr, length: u8) -> IpPrefix {
    match address {
        IpAddr::V4(address) => IpPrefix::V4(Prefix::containing(address, length).unwrap_or(Prefix::ALL)),
        IpAddr::V6(address) => IpPrefix::V6(Prefix::containing(address, length).unwrap_or(Prefix::ALL)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_overlaps_is_what_looking_at_all_finds() {
        let all: Vec<IpPrefix> =
            "0.0.0.0/0 10.0.0.0/8 10.0.0.0/16 10.0.0.0/32 10.0.255.255/32 10.1.0.0/16 ::/0 fd00::/8 \
            fd00::/64 fd00::1/128"
                .split_whitespace()
                .map(|one| one.parse().unwrap())
                .collect();
        let map: BTreeMap<IpPrefix, u8> = all.iter().map(|one| (*one, one.length())).collect();
        for asked in all.iter().copied().chain(["10.0.0.0/24".parse().unwrap(), "fd00::/96".parse().unwrap()])
        {
            let covers = |one: &&IpPrefix| one.covers(asked);
            let mut slow: Vec<IpPrefix> = all.iter().filter(covers).copied().collect();
            slow.sort_unstable_by_key(|one| std::cmp::Reverse(one.length()));
            assert!(covering(&map, asked).map(|(one, _)| one).eq(slow), "{asked}");
            let inside = all.iter().filter(|one| asked.covers(**one)).copied();
            let inside: std::collections::BTreeSet<IpPrefix> = inside.collect();
            assert!(within(&map, asked).map(|(one, _)| one).eq(inside), "{asked}");
            let both = all.iter().filter(|one| asked.covers(**one) || one.covers(asked)).count();
            assert_eq!(overlapping(&map, asked).count(), both, "{asked}");
        }
    }
}
