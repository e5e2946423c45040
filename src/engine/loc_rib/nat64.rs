//! IPv6 addresses with an embedded IPv4 address that are handled by one of the company's translators (NAT64).

use std::net::{IpAddr, Ipv6Addr};

use crate::addr::special::SpecialBlock;
use crate::addr::{IpPrefix, Prefix};
use crate::engine::decision::{Decision, Disposition, Reason};
use crate::network::{Nat64, Network};

/// Returns a site's decision about an address in the prefix of a translator. At the translator's site, the embedded
/// address determines the path. If the translator rejects a packet, the packet's path ends there.
pub(in crate::engine) fn translated(network: &Network, address: IpAddr, routed: Decision) -> Decision {
    let Some(entry) = network.nat64_of(address) else { return routed };
    let refused = entry.refused().filter(|block| block.prefix.contains(address));
    at_translator(entry, refused.max_by_key(|block| block.prefix.length()))
}

/// As [`translated`], for whole prefixes. The longest prefix that contains an address decides. Among equal prefixes,
/// the last one decides.
pub(in crate::engine) fn translations(network: &Network) -> Vec<(Prefix<Ipv6Addr>, Decision)> {
    let mut entries: Vec<&Nat64> = network.nat64.iter().rev().collect();
    entries.sort_by_key(|entry| entry.prefix.length());
    let parts = entries.into_iter().flat_map(|entry| {
        let refused = entry.refused().filter_map(|block| match block.prefix {
            IpPrefix::V6(prefix) => Some((prefix, at_translator(entry, Some(block)))),
            IpPrefix::V4(_) => None,
        });
        std::iter::once((entry.prefix, at_translator(entry, None))).chain(refused)
    });
    parts.collect()
}

fn at_translator(entry: &Nat64, refused: Option<&'static SpecialBlock>) -> Decision {
    let span = entry.span;
    if let Some(block) = refused {
        let reason = Reason::NotTranslated { block, span };
        return Decision::plain(Disposition::Discarded, Some(block.prefix), reason);
    }
    Decision::plain(Disposition::Unknown, Some(IpPrefix::V6(entry.prefix)), Reason::Translated { span })
}
