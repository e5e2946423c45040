//! Parts of a source prefix: replies to each part match a different prefix.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::addr::{Address, IpPrefix, Partition, Prefix};
use crate::diag::Spanned;

/// Splits a source prefix by longest-prefix match over `known`: into the known prefixes inside it, and the source
/// prefix itself for the remaining addresses. A prefix that longer prefixes cover completely is omitted.
///
/// # Complexity
///
/// `O(n log n)` in the number of known prefixes.
pub(super) fn parts(source: IpPrefix, known: impl Iterator<Item = IpPrefix>) -> Vec<IpPrefix> {
    match source {
        IpPrefix::V4(source) => parts_of::<Ipv4Addr>(source, known),
        IpPrefix::V6(source) => parts_of::<Ipv6Addr>(source, known),
    }
}

/// As [`parts`]. Each part has an address that no longer prefix in `known` contains.
pub(in crate::engine) fn parts_with_address(
    source: IpPrefix,
    known: impl Iterator<Item = IpPrefix>,
) -> Vec<(IpPrefix, IpAddr)> {
    match source {
        IpPrefix::V4(source) => with_address::<Ipv4Addr>(source, known),
        IpPrefix::V6(source) => with_address::<Ipv6Addr>(source, known),
    }
}

fn parts_of<A: Address>(source: Prefix<A>, known: impl Iterator<Item = IpPrefix>) -> Vec<IpPrefix> {
    with_address(source, known).into_iter().map(|(part, _)| part).collect()
}

fn with_address<A: Address>(
    source: Prefix<A>,
    known: impl Iterator<Item = IpPrefix>,
) -> Vec<(IpPrefix, IpAddr)> {
    let inside = known.filter_map(IpPrefix::of_family).filter(|one| source.covers(*one));
    let routes = std::iter::once(source).chain(inside).map(|one| (one, Some(one)));
    let found = Partition::from_lpm(routes, None);
    let mut parts: Vec<(Prefix<A>, A)> =
        found.iter().filter_map(|(range, part)| Some(((*part)?, range.first()))).collect();
    parts.sort_unstable();
    parts.dedup_by_key(|(part, _)| *part);
    parts.into_iter().map(|(part, address)| (IpPrefix::from(part), address.into())).collect()
}

/// Returns a function that checks whether a prefix overlaps any source.
pub(super) fn near(sources: &[Spanned<IpPrefix>]) -> impl Fn(IpPrefix) -> bool {
    |prefix| sources.iter().any(|source| prefix.covers(source.value) || source.value.covers(prefix))
}

/// Returns whether the internet can route the prefix. Documentation prefixes count as public, because examples use
/// them.
pub(super) fn is_public(prefix: IpPrefix) -> bool {
    use crate::addr::special::{SpecialScope, block_of};
    !block_of(prefix.first()).is_some_and(|block| !matches!(block.scope, SpecialScope::Reserved))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_falls_into_what_decides_about_it() {
        let all = |text: &str| -> Vec<IpPrefix> {
            text.split_whitespace().map(|one| one.parse().unwrap()).collect()
        };
        for (source, known, expected) in [
            ("10.0.0.0/28", "", "10.0.0.0/28"),
            // Prefixes that cover the source, are disjoint from it or belong to the other family do not split it.
            ("10.0.0.0/28", "10.0.0.0/8 10.0.0.0/28 10.0.0.16/28 ::/0", "10.0.0.0/28"),
            ("10.0.0.0/28", "10.0.0.0/29", "10.0.0.0/28 10.0.0.0/29"),
            // Both halves cover the whole source, and so do one half and the pieces of the other.
            ("10.0.0.0/28", "10.0.0.0/29 10.0.0.8/29", "10.0.0.0/29 10.0.0.8/29"),
            ("10.0.0.0/28", "10.0.0.8/30 10.0.0.0/29 10.0.0.12/30", "10.0.0.0/29 10.0.0.8/30 10.0.0.12/30"),
            (
                "10.0.0.0/28",
                "10.0.0.0/29 10.0.0.8/29 10.0.0.0/30 10.0.0.4/30",
                "10.0.0.0/30 10.0.0.4/30 10.0.0.8/29",
            ),
            ("0.0.0.0/0", "0.0.0.0/1 128.0.0.0/1", "0.0.0.0/1 128.0.0.0/1"),
            ("fd00::/127", "fd00::/128", "fd00::/127 fd00::/128"),
            ("fd00::/127", "fd00::/128 fd00::1/128", "fd00::/128 fd00::1/128"),
        ] {
            let parts = parts(source.parse().unwrap(), all(known).into_iter());
            assert_eq!(parts, all(expected), "{source} of {known}");
        }
    }
}
