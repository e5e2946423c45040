//! The meaning of each community: combines exports and documentation.

use std::collections::BTreeMap;

use crate::catalog::derived_routes::Export;
use crate::catalog::documented_tables::Meaning;
use crate::catalog::regions;
use crate::catalog::{Cloud, CommunityKind, ServiceCommunity};
use crate::rib::Community;

/// Returns all communities that an export or the documentation lists for a cloud, ordered by value.
pub(super) fn join(cloud: Cloud, exports: &[Export<'_>], documented: &[Meaning]) -> Vec<ServiceCommunity> {
    let mut found: BTreeMap<Community, ServiceCommunity> = BTreeMap::new();
    for export in exports {
        for entry in export.entries {
            let community = found.entry(entry.value).or_insert_with(|| blank(entry.value));
            community.exported = true;
            if *community.source.get_or_insert(export.source) != export.source {
                continue;
            }
            add_name(community, &entry.name);
            if community.service_group.is_none() && !entry.group.is_empty() {
                community.service_group = Some(entry.group.clone());
            }
            // The authorization in the shipped export applies to a subscription other than the user's.
            let authorized = entry.authorized.filter(|_| export.authoritative);
            community.authorized = match (community.authorized, authorized) {
                (Some(known), Some(new)) => Some(known && new),
                (known, new) => known.or(new),
            };
            if let Some(region) = region_of(community.kind, &entry.name) {
                add_region(community, region);
            }
        }
    }
    for meaning in documented.iter().filter(|meaning| meaning.cloud == cloud) {
        let community = found.entry(meaning.value).or_insert_with(|| blank(meaning.value));
        community.documented = true;
        add_name(community, &meaning.name);
        if let Some(region) = &meaning.region {
            add_region(community, region.clone());
        }
    }
    found.into_values().collect()
}

fn blank(value: Community) -> ServiceCommunity {
    ServiceCommunity {
        value,
        names: Vec::new(),
        service_group: None,
        kind: CommunityKind::of(value),
        region: None,
        other_regions: Vec::new(),
        documented: false,
        exported: false,
        authorized: None,
        source: None,
    }
}

fn add_name(community: &mut ServiceCommunity, name: &str) {
    if !community.names.iter().any(|known| known == name) {
        community.names.push(name.to_owned());
    }
}

/// Adds a region. The first region that is not a canary region (`…euap`) becomes the community's region. All
/// other regions are recorded as sharing its value.
fn add_region(community: &mut ServiceCommunity, region: String) {
    if community.region.as_ref() == Some(&region) || community.other_regions.contains(&region) {
        return;
    }
    match &mut community.region {
        none @ None => *none = Some(region),
        Some(known) if known.ends_with("euap") && !region.ends_with("euap") => {
            community.other_regions.push(std::mem::replace(known, region));
        }
        Some(_) => community.other_regions.push(region),
    }
}

/// Returns the region in an exported name such as `Azure Storage West Europe IPv6`: `westeurope`.
fn region_of(kind: CommunityKind, name: &str) -> Option<String> {
    let service = match kind {
        CommunityKind::Service => return None,
        CommunityKind::Regional | CommunityKind::RegionalPrivate => "",
        CommunityKind::Storage => "storage",
        CommunityKind::Sql => "sql",
        CommunityKind::CosmosDb => "cosmosdb",
        CommunityKind::Backup => "backup",
    };
    let name = regions::key(name);
    let name = name.strip_suffix("ipv6").unwrap_or(&name);
    let region = name.strip_prefix("azure").unwrap_or(name).strip_prefix(service)?;
    (!region.is_empty()).then(|| region.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_in_exported_names() {
        let region = |kind, name| region_of(kind, name).unwrap_or_default();
        assert_eq!(region(CommunityKind::Regional, "Azure West Europe IPv6"), "westeurope");
        assert_eq!(region(CommunityKind::CosmosDb, "Azure Cosmos DB East US 2 EUAP"), "eastus2euap");
        assert_eq!(region(CommunityKind::Service, "Exchange"), "");
    }

    #[test]
    fn a_canary_region_comes_second() {
        let mut community = blank(Community::microsoft(51005));
        for region in ["eastus2euap", "eastus2", "eastus2"] {
            add_region(&mut community, region.to_owned());
        }
        assert_eq!(community.region.as_deref(), Some("eastus2"));
        assert_eq!(community.other_regions, ["eastus2euap"]);
    }
}
