//! The paths of a set of addresses: how many addresses of each family take each path.

use serde_json::{Value, json};

use crate::addr::{AddressCount, IpSet};
use crate::engine::{Families, SharedPath};
use crate::network::CircuitId;
use crate::report::explain::page::Page;
use crate::report::explain::reason::Names;

/// Returns the number of addresses of each family, such as `9582 IPv4 and 2^73 IPv6 addresses`.
pub(super) fn counts([v4, v6]: [AddressCount; 2]) -> String {
    format!("{} addresses", by_family([v4, v6]).join(" and "))
}

/// Adds a line about the family that the paths do not cover.
pub(super) fn families(page: &mut Page, families: Families) {
    if let Some(missing) = families.missing() {
        page.item(&format!("{missing} is not counted: the vantage point has no {missing} prefix"));
    }
}

/// Returns the sizes of a set, one for each family.
pub(super) fn sizes(addresses: &IpSet) -> [AddressCount; 2] {
    [addresses.v4.count(), addresses.v6.count()]
}

fn by_family(counts: [AddressCount; 2]) -> Vec<String> {
    let found = counts.into_iter().zip(["IPv4", "IPv6"]).filter(|(count, _)| !count.is_zero());
    found.map(|(count, family)| format!("{} {family}", count.short())).collect()
}

/// Returns one line for each path: the path, the number and share of its addresses, and the circuits.
pub(super) fn lines(paths: &[SharedPath], names: Names<'_>) -> Vec<String> {
    let all = total(paths);
    let line = |path: &SharedPath| {
        let shares = path.counts.into_iter().zip(all).zip(["IPv4", "IPv6"]);
        let shares = shares.filter(|((count, _), _)| !count.is_zero()).map(|((count, all), family)| {
            match count.permille_of(all) {
                Some(share) if share < 1000 => {
                    format!("{} {family} ({}.{} %)", count.short(), share / 10, share % 10)
                }
                _ => format!("{} {family}", count.short()),
            }
        });
        let shares = shares.collect::<Vec<_>>().join(" and ");
        let circuits = names.circuits(&path.circuits);
        let over = if circuits.is_empty() { String::new() } else { format!(" over {circuits}") };
        format!("{:<18} {shares}{over}", path.disposition)
    };
    paths.iter().map(line).collect()
}

fn total(paths: &[SharedPath]) -> [AddressCount; 2] {
    let sum = |family: usize| paths.iter().filter_map(|path| path.counts.get(family).copied()).sum();
    [sum(0), sum(1)]
}

/// Returns paths as JSON; `null` without a network file, whose circuits they would name.
pub(super) fn paths_json(paths: &[SharedPath], names: Names<'_>) -> Value {
    let name = |id: &CircuitId| Some(names.network?.circuit(*id)?.name.clone());
    let path = |path: &SharedPath| {
        let [v4, v6] = path.counts;
        json!({
            "path": path.disposition.word(),
            "circuits": path.circuits.iter().filter_map(name).collect::<Vec<_>>(),
            "ipv4_addresses": v4.to_string(),
            "ipv6_addresses": v6.to_string(),
        })
    };
    paths.iter().map(path).collect()
}
