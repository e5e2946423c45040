//! Eligibility: the best path that Microsoft's lists allow, without a network file.

use std::net::IpAddr;

use crate::addr::special::{self, SpecialScope};
use crate::catalog::{Evidence, Lookup};
use crate::engine::decision::{Decision, Disposition, Reason};
use crate::engine::support::about_addresses;

/// Returns the path that Microsoft's lists allow for `address`, given its entries in the catalog, `lookup`.
///
/// Every address has a result.
///
/// 1. Loopback, link-local, multicast and reserved blocks never follow routes: on-premises.
/// 2. Private-use and shared blocks: private. Only a network file can refine this result.
/// 3. A community contains it (exported or derived): Microsoft peering.
/// 4. Only communities about which the sources conflict: ambiguous.
/// 5. One of Microsoft's lists contains it: internet where a document says that ExpressRoute does not carry it,
///    otherwise unknown, because the built-in export is older than the tags.
/// 6. In no list: internet.
pub fn eligibility(address: IpAddr, lookup: &Lookup<'_>) -> Decision {
    if let Some(block) = special::block_of(address) {
        let disposition = match block.scope {
            SpecialScope::Link | SpecialScope::Multicast | SpecialScope::Reserved => Disposition::OnPremises,
            SpecialScope::Private | SpecialScope::Shared => Disposition::Private,
            SpecialScope::Translated => Disposition::Unknown,
        };
        return Decision::plain(disposition, Some(block.prefix), Reason::SpecialPurpose { block });
    }
    let certain: Vec<_> =
        lookup.communities.iter().filter(|entry| entry.evidence != Evidence::Ambiguous).collect();
    if let Some(best) = certain.iter().max_by_key(|entry| entry.prefix.length()) {
        let communities = certain.iter().map(|entry| (entry.community, entry.evidence)).collect();
        let reason = Reason::Carried { communities };
        return Decision::plain(Disposition::MicrosoftPeering, Some(best.prefix), reason);
    }
    if let Some(first) = lookup.communities.first() {
        let communities = lookup.communities.iter().map(|entry| entry.community).collect();
        let reason = Reason::PossiblyCarried { communities };
        return Decision::plain(Disposition::Ambiguous, Some(first.prefix), reason);
    }
    without_community(lookup)
}

fn without_community(lookup: &Lookup<'_>) -> Decision {
    let documented = lookup.tags.iter().find_map(|entry| {
        let product = entry.product?;
        let statement = about_addresses(product).find(|statement| !statement.supported)?;
        Some((entry.prefix, Reason::DocumentedInternet { product: product.name, statement }))
    });
    if let Some((prefix, reason)) = documented {
        return Decision::plain(Disposition::Internet, Some(prefix), reason);
    }
    match lookup.prefix() {
        Some(prefix) => Decision::plain(Disposition::Unknown, Some(prefix), Reason::NoKnownCommunity),
        None => Decision::plain(Disposition::Internet, None, Reason::NotListed),
    }
}
