//! The names that a network file may use: communities, regions, peering locations.

use super::suggest::squeeze;
use crate::catalog::{Cloud, CommunityKind, ServiceCommunity};
use crate::rib::Community;

/// What the catalog knows by name.
#[derive(Debug)]
pub(super) struct Names<'a> {
    pub(super) cloud: Cloud,
    communities: Vec<&'a ServiceCommunity>,
    /// Regions of the cloud: Azure Resource Manager's spelling and that of the documents.
    regions: Vec<(&'a str, &'a str)>,
    /// Peering locations of every cloud.
    locations: Vec<(Cloud, &'a str)>,
}

/// A community with the first of its names.
#[derive(Clone, Copy, Debug)]
pub(super) struct Meaning<'a> {
    pub(super) value: Community,
    pub(super) name: &'a str,
    pub(super) kind: CommunityKind,
}

impl<'a> Names<'a> {
    /// The names from their parts.
    pub(super) fn new(
        cloud: Cloud,
        communities: impl IntoIterator<Item = &'a ServiceCommunity>,
        regions: impl IntoIterator<Item = (&'a str, &'a str)>,
        locations: impl IntoIterator<Item = (Cloud, &'a str)>,
    ) -> Self {
        Self {
            cloud,
            communities: communities.into_iter().collect(),
            regions: regions.into_iter().collect(),
            locations: locations.into_iter().collect(),
        }
    }

    /// The community of this value.
    pub(super) fn community(&self, value: Community) -> Option<Meaning<'a>> {
        self.communities.iter().find(|community| community.value == value).map(|community| meaning(community))
    }

    /// The communities of this name, exported or documented, or else the community that carries the
    /// whole region of this name on Microsoft peering. Letter case and white space do not count.
    pub(super) fn communities_named(&self, name: &str) -> Vec<Meaning<'a>> {
        let wanted = squeeze(name);
        let named = self
            .communities
            .iter()
            .filter(|community| community.names.iter().any(|name| squeeze(name) == wanted))
            .map(|community| meaning(community))
            .collect::<Vec<_>>();
        if !named.is_empty() {
            return named;
        }
        let Some(region) = self.region(name) else { return Vec::new() };
        self.communities
            .iter()
            .filter(|community| community.kind == CommunityKind::Regional)
            .filter(|community| community.region.as_deref() == Some(region))
            .map(|community| meaning(community))
            .collect()
    }

    /// Every name that stands for communities.
    pub(super) fn community_names(&self) -> impl Iterator<Item = &'a str> {
        let names = self.communities.iter().flat_map(|community| &community.names).map(String::as_str);
        self.regions.iter().map(|(_, documented)| *documented).chain(names)
    }

    /// A region's name in Azure Resource Manager's spelling, from either spelling.
    pub(super) fn region(&self, name: &str) -> Option<&'a str> {
        let wanted = squeeze(name);
        self.regions
            .iter()
            .find(|(arm, documented)| squeeze(arm) == wanted || squeeze(documented) == wanted)
            .map(|(arm, _)| *arm)
    }

    /// The regions of the cloud in Azure Resource Manager's spelling.
    pub(super) fn regions(&self) -> impl Iterator<Item = &'a str> {
        self.regions.iter().map(|(arm, _)| *arm)
    }

    /// The clouds that have a peering location of this name.
    pub(super) fn clouds_of_location(&self, name: &str) -> Vec<Cloud> {
        let wanted = squeeze(name);
        let mut clouds = self
            .locations
            .iter()
            .filter(|(_, location)| squeeze(location) == wanted)
            .map(|(cloud, _)| *cloud)
            .collect::<Vec<_>>();
        clouds.dedup();
        clouds
    }

    /// A peering location of the cloud in Microsoft's spelling.
    pub(super) fn location(&self, name: &str) -> Option<&'a str> {
        let wanted = squeeze(name);
        self.locations().find(|location| squeeze(location) == wanted)
    }

    /// The peering locations of the cloud.
    pub(super) fn locations(&self) -> impl Iterator<Item = &'a str> {
        self.locations.iter().filter(|(cloud, _)| *cloud == self.cloud).map(|(_, location)| *location)
    }
}

fn meaning(community: &ServiceCommunity) -> Meaning<'_> {
    Meaning {
        value: community.value,
        name: community.names.first().map_or("no name", String::as_str),
        kind: community.kind,
    }
}
