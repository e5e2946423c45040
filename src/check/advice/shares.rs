//! Shares of products' addresses in communities, computed from the lists.

use crate::addr::{AddressCount, Family, IpSet};
use crate::catalog::{Catalog, Evidence, ProductPart};
use crate::rib::Community;

/// Returns the addresses of all parts together.
pub(super) fn union<'p>(parts: impl IntoIterator<Item = &'p ProductPart>) -> IpSet {
    parts.into_iter().fold(IpSet::empty(), |all, part| all.union(&part.addresses))
}

/// Returns the addresses that a list of communities contains for certain: those that an export names.
pub(super) fn exported(catalog: &Catalog, community: Community) -> IpSet {
    let routes = catalog.routes(community).iter().filter(|route| route.evidence == Evidence::Exported);
    IpSet::from_prefixes(routes.map(|route| route.prefix))
}

/// Returns a share in words, such as `57.6 %`; `none` for zero, and `None` if the whole is empty.
pub(super) fn percent(part: AddressCount, whole: AddressCount) -> Option<String> {
    Some(match part.permille_of(whole)? {
        0 => "none".to_owned(),
        1000 => "all".to_owned(),
        share => format!("{}.{} %", share / 10, share % 10),
    })
}

/// Returns the share of a set in another one by family, such as `57.6 % of the IPv4 and none of the IPv6 addresses`;
/// `None` if the set is empty.
pub(super) fn by_family(set: &IpSet, within: &IpSet) -> Option<String> {
    let both = set.intersection(within);
    let share = |family: Family, word: &str| {
        let share = percent(both.count(family), set.count(family))?;
        Some(format!("{share} of the {word}"))
    };
    let shares: Vec<String> = [Family::V4, Family::V6]
        .into_iter()
        .filter_map(|family| percent(both.count(family), set.count(family)))
        .collect();
    if let Some(first @ ("all" | "none")) = shares.first().map(String::as_str)
        && shares.iter().all(|share| share == first)
    {
        return Some(if first == "all" { "all addresses" } else { "none of the addresses" }.to_owned());
    }
    let shares = [share(Family::V4, "IPv4"), share(Family::V6, "IPv6")];
    let shares: Vec<String> = shares.into_iter().flatten().collect();
    (!shares.is_empty()).then(|| format!("{} addresses", shares.join(" and ")))
}

/// Returns the sizes of a set by family, such as `368 IPv4 addresses`.
pub(super) fn sizes(set: &IpSet) -> String {
    let size = |family: Family, word: &str| {
        let count = set.count(family);
        (!count.is_zero()).then(|| format!("{} {word}", count.short()))
    };
    let sizes: Vec<String> =
        [size(Family::V4, "IPv4"), size(Family::V6, "IPv6")].into_iter().flatten().collect();
    if sizes.is_empty() { "no addresses".to_owned() } else { format!("{} addresses", sizes.join(" and ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(prefixes: &[&str]) -> IpSet {
        IpSet::from_prefixes(prefixes.iter().map(|prefix| prefix.parse().unwrap()))
    }

    #[test]
    fn shares_are_in_words() {
        let whole = set(&["10.0.0.0/24", "2001:db8::/64"]);
        for (within, expected) in [
            (set(&["10.0.0.0/25"]), "50.0 % of the IPv4 and none of the IPv6 addresses"),
            (set(&["10.0.0.0/8", "2001:db8::/32"]), "all addresses"),
            (set(&["10.0.0.1/32"]), "0.4 % of the IPv4 and none of the IPv6 addresses"),
        ] {
            assert_eq!(by_family(&whole, &within).unwrap(), expected);
        }
        assert_eq!(by_family(&IpSet::empty(), &whole), None);
        assert_eq!(by_family(&set(&["10.0.0.0/24"]), &whole).unwrap(), "all addresses");
        assert_eq!(sizes(&whole), "256 IPv4 and 2^64 IPv6 addresses");
        assert_eq!(sizes(&IpSet::empty()), "no addresses");
    }
}
