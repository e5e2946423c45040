//! The names that a network file may use: communities, regions, peering locations.

use crate::catalog::{Catalog, Cloud, CommunityKind, GeographyRecord, ServiceCommunity, geography};
use crate::network::reach::city_of;
use crate::rib::Community;
use crate::yaml::suggest::squeeze;

/// The names in the catalog.
#[derive(Debug)]
pub(super) struct Names<'a> {
    pub(super) cloud: Cloud,
    catalog: &'a Catalog,
    /// Regions and peering locations of every cloud.
    geography: &'static [GeographyRecord],
}

/// A community and its first name.
#[derive(Clone, Copy, Debug)]
pub(super) struct Meaning<'a> {
    pub(super) value: Community,
    pub(super) name: &'a str,
    pub(super) kind: CommunityKind,
}

impl<'a> Names<'a> {
    /// Returns the names in a catalog. If the table of locations is missing, every location is reported as unknown.
    pub(super) fn new(catalog: &'a Catalog) -> Self {
        Self { cloud: catalog.cloud(), catalog, geography: geography().unwrap_or_default() }
    }

    /// Returns the catalog itself.
    pub(super) fn catalog(&self) -> &'a Catalog {
        self.catalog
    }

    /// Returns the community with this value.
    pub(super) fn community(&self, value: Community) -> Option<Meaning<'a>> {
        self.catalog.community(value).map(meaning)
    }

    /// Returns the communities with this exported or documented name, or the communities of the region with this name.
    pub(super) fn communities_named(&self, name: &str) -> Vec<Meaning<'a>> {
        let values = self.catalog.communities_named(name);
        values.into_iter().filter_map(|value| self.community(value)).collect()
    }

    /// Returns every name of a community, regions first.
    pub(super) fn community_names(&self) -> impl Iterator<Item = &str> {
        let names = self.catalog.communities().iter().flat_map(|community| &community.names);
        let regions = self.own_geography().filter_map(|record| record.region_name.as_deref());
        regions.chain(names.map(String::as_str))
    }

    /// Returns a region's name in Azure Resource Manager's spelling, from either spelling.
    pub(super) fn region(&self, name: &str) -> Option<&str> {
        let wanted = squeeze(name);
        self.regions().find(|region| *region == wanted)
    }

    /// Returns the regions of the cloud in Azure Resource Manager's spelling.
    pub(super) fn regions(&self) -> impl Iterator<Item = &str> {
        let records = self.own_geography().filter(|record| record.peering_location.is_none());
        let communities = self.catalog.communities().iter();
        let regional = communities.filter(|community| community.kind == CommunityKind::Regional);
        records
            .filter_map(|record| record.arm_region.as_deref())
            .chain(regional.filter_map(|community| community.region.as_deref()))
    }

    /// Returns whether a region with this name, in either spelling, has service tags but no community.
    pub(super) fn is_region_of_tags(&self, name: &str) -> bool {
        let wanted = squeeze(name);
        let regional = self.catalog.tags().iter().filter(|tag| tag.region_id != 0);
        let mut spellings = regional.flat_map(|tag| {
            let suffix = tag.name.rsplit_once('.').map(|(_, suffix)| suffix);
            suffix.into_iter().chain([tag.region.as_str()])
        });
        !wanted.is_empty() && spellings.any(|spelling| squeeze(spelling) == wanted)
    }

    /// Returns the clouds that have a peering location with this name.
    pub(super) fn clouds_of_location(&self, name: &str) -> Vec<Cloud> {
        let wanted = squeeze(city_of(name).0);
        let here = |record: &&GeographyRecord| {
            record.peering_location.as_deref().is_some_and(|location| squeeze(location) == wanted)
        };
        let mut clouds = self.geography.iter().filter(here).map(|record| record.cloud).collect::<Vec<_>>();
        clouds.dedup();
        clouds
    }

    /// Returns the first other cloud that has a region with this name.
    pub(super) fn other_cloud_of_region(&self, name: &str) -> Option<Cloud> {
        let wanted = squeeze(name);
        let of_region = |record: &&GeographyRecord| {
            let names = [record.arm_region.as_deref(), record.region_name.as_deref()];
            let known = names.into_iter().flatten().any(|own| squeeze(own) == wanted);
            record.peering_location.is_none() && record.cloud != self.cloud && known
        };
        self.geography.iter().find(of_region).map(|record| record.cloud)
    }

    /// Returns a peering location of the cloud in Microsoft's spelling.
    pub(super) fn location(&self, name: &str) -> Option<String> {
        let (city, is_metro) = city_of(name);
        let wanted = squeeze(city);
        let known = self.locations().find(|location| squeeze(location) == wanted)?;
        Some(if is_metro { format!("{known} Metro") } else { known.to_owned() })
    }

    /// Returns the peering locations of the cloud.
    pub(super) fn locations(&self) -> impl Iterator<Item = &str> {
        self.own_geography().filter_map(|record| record.peering_location.as_deref())
    }

    /// Returns a service tag in the catalog's spelling.
    pub(super) fn tag(&self, name: &str) -> Option<&'a str> {
        self.catalog.tag(name).map(|tag| tag.name.as_str())
    }

    /// Returns every service tag.
    pub(super) fn tags(&self) -> impl Iterator<Item = &'a str> {
        self.catalog.tags().iter().map(|tag| tag.name.as_str())
    }

    fn own_geography(&self) -> impl Iterator<Item = &GeographyRecord> {
        self.geography.iter().filter(|record| record.cloud == self.cloud)
    }
}

fn meaning(community: &ServiceCommunity) -> Meaning<'_> {
    Meaning {
        value: community.value,
        name: community.names.first().map_or("no name", String::as_str),
        kind: community.kind,
    }
}
