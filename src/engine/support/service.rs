//! The single name under which traffic is counted, even if several tags contain an address.

use crate::addr::special::{self, SpecialScope};
use crate::catalog::Lookup;

/// Names for addresses that none of Microsoft's lists contains.
const PRIVATE: &str = "private address";
const LOCAL: &str = "local or reserved address";
const TRANSLATED: &str = "address for translation to IPv4";
const NOT_MICROSOFT: &str = "not Microsoft";

/// Returns the service under which `address` is counted.
///
/// 1. A Microsoft 365 endpoint set: the display name of the set's service area.
/// 2. Otherwise a service tag: any other tag before an `AzureCloud…` tag, then the longest matching
///    prefix, then a regional tag before a global one, then by name.
/// 3. Otherwise `private address`, `local or reserved address` or `not Microsoft`.
pub fn service_name(address: std::net::IpAddr, lookup: &Lookup<'_>) -> String {
    if let Some(entry) = lookup.endpoint_sets.first() {
        return entry.set.display_name.clone();
    }
    let best = lookup.tags.iter().min_by_key(|entry| {
        let name = entry.tag.name.as_str();
        let cloud = name == "AzureCloud" || name.starts_with("AzureCloud.");
        (cloud, u8::MAX - entry.prefix.length(), !name.contains('.'), name)
    });
    if let Some(entry) = best {
        return entry.tag.name.clone();
    }
    match special::block_of(address).map(|block| block.scope) {
        Some(SpecialScope::Private | SpecialScope::Shared) => PRIVATE.to_owned(),
        Some(SpecialScope::Link | SpecialScope::Multicast | SpecialScope::Reserved) => LOCAL.to_owned(),
        Some(SpecialScope::Translated) => TRANSLATED.to_owned(),
        None => NOT_MICROSOFT.to_owned(),
    }
}
