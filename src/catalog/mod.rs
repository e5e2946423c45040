//! Floor 3: Microsoft's ranges. Finds the service tags, Microsoft 365 endpoint sets and BGP communities that
//! contain an address, with the source and certainty of each.
//!
//! ```text
//! JSON, any shape ─ import ─▶ Feed ─ snapshot::write ─▶ prefixes/*.txt ─ snapshot::read ─▶ Feed ─┐
//!                                └────────────────────────────────────────────────────────────┤
//!                                    community meanings, derivation rules ─▶ CatalogBuilder ◀────┘
//!                                                                               │
//!                                              lookup, routes, diff, verify ◀─ Catalog
//! ```
//!
//! A [`Catalog`] is for one [`Cloud`] and frozen. It starts from the snapshot that is compiled into the
//! program; a user's feed replaces the shipped feed. Every record and route refers to its feed by an index
//! into [`Catalog::sources`].
//!
//! The prefixes that carry a community are partly *exported* by Microsoft and partly *derived* by peerpath.
//! The module `derived_routes` documents the rules and the reasons for them. Each [`CommunityRoute`] states
//! its [`Evidence`], so that the two are never mixed up.
//!
//! ```
//! use peerpath::catalog::{Catalog, Cloud};
//!
//! let catalog = Catalog::shipped(Cloud::Public)?;
//! let lookup = catalog.lookup("52.113.194.132".parse()?);
//! assert!(lookup.endpoint_sets.iter().any(|found| found.set.id == 11)); // Teams, media
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod builder;
mod community_names;
mod comparable;
mod cover;
mod derived_routes;
mod diff;
mod digest;
mod documented_tables;
#[cfg(feature = "fetch")]
pub mod fetch;
pub mod files;
mod guides;
mod hosts;
pub mod import;
mod lock;
mod lookup;
mod model;
mod other_cloud;
mod products;
mod provenance;
mod regions;
mod shipped;
pub mod snapshot;
mod verify;

use std::net::{Ipv4Addr, Ipv6Addr};

pub use builder::{CatalogBuilder, CatalogError};
pub use comparable::{EditionSide, NotCompared};
pub use diff::{
    Addresses, CatalogDiff, CommunityDiff, EndpointSetDiff, EntryChange, SpaceDiff, TagDiff, diff,
};
#[doc(hidden)]
pub use digest::{sha256_hex, sha256_of};
#[doc(hidden)]
pub use documented_tables::{GeographyRecord, PowerPlatformRegion, geography, power_platform};
#[doc(hidden)]
pub use guides::{GUIDES, Guide, GuideItem, guide_item};
pub use hosts::HostMatch;
#[doc(hidden)]
pub use lock::{LOCK_SCHEMA, Pin};
pub use lock::{Lock, LockError};
#[doc(hidden)]
pub use lookup::RecordId;
pub use lookup::{CatalogEntry, EndpointMatch, InsideMatch, Lookup, PrefixLookup, TagMatch};
pub use model::*;
#[doc(hidden)]
pub use other_cloud::gcc_prefixes;
pub use products::{
    Cited, Document, HostOwner, HostPattern, Initiates, Layer, Need, Product, ProductCommunity,
    ProductFinding, ProductPart, ProductTable, RegionError, Statement, TenantRegion, shipped_products,
    verify_products,
};
pub use provenance::*;
pub use verify::{Verification, VerifiedFile, VerifyFinding, verify_folder, verify_shipped};

use crate::rib::Community;
use cover::Cover;
use products::Owners;

/// Everything that is known about one cloud's addresses; frozen.
#[derive(Clone, Debug)]
pub struct Catalog {
    cloud: Cloud,
    sources: Vec<Provenance>,
    tags: Vec<ServiceTag>,
    sets: Vec<EndpointSet>,
    communities: Vec<ServiceCommunity>,
    // Ordered by community, then evidence, then prefix.
    routes: Vec<CommunityRoute>,
    products: Owners,
    v4: Cover<Ipv4Addr>,
    v6: Cover<Ipv6Addr>,
}

impl Catalog {
    /// Returns the catalog of the embedded snapshot.
    ///
    /// # Errors
    ///
    /// Returns [`CatalogError::Shipped`] if a file of the snapshot was damaged when the program was built.
    ///
    /// # Complexity
    ///
    /// `O(n log n)` in the number of prefixes, which is about 150,000 for the public cloud.
    pub fn shipped(cloud: Cloud) -> Result<Self, CatalogError> {
        Self::builder(cloud).build()
    }

    /// Returns a builder for a catalog from the shipped snapshot and the user's feeds.
    pub fn builder(cloud: Cloud) -> CatalogBuilder {
        CatalogBuilder::new(cloud)
    }

    /// Returns the catalog's cloud.
    pub fn cloud(&self) -> Cloud {
        self.cloud
    }

    /// Returns the feeds: service tags, endpoint sets ordered by instance, and community exports (the user's
    /// exports first).
    pub fn sources(&self) -> &[Provenance] {
        &self.sources
    }

    /// Returns all service tags, ordered by name.
    pub fn tags(&self) -> &[ServiceTag] {
        &self.tags
    }

    /// Returns all endpoint sets, ordered by instance, then id.
    pub fn endpoint_sets(&self) -> &[EndpointSet] {
        &self.sets
    }

    /// Returns all communities that an export or the documentation lists, ordered by value.
    pub fn communities(&self) -> &[ServiceCommunity] {
        &self.communities
    }

    /// Returns the tag with this name, ignoring case.
    pub fn tag(&self, name: &str) -> Option<&ServiceTag> {
        self.tags.iter().find(|tag| tag.name.eq_ignore_ascii_case(name))
    }

    /// Returns everything that is known about a community.
    pub fn community(&self, value: Community) -> Option<&ServiceCommunity> {
        let index = self.communities.binary_search_by_key(&value, |community| community.value).ok()?;
        self.communities.get(index)
    }

    /// Returns the communities with this exported or documented name, ascending by value. Case and spaces are
    /// ignored, so `Azure West Europe` equals `azurewesteurope`. A region's own name (`West Europe`) refers
    /// to its regional community. An ambiguous name gives several communities.
    pub fn communities_named(&self, name: &str) -> Vec<Community> {
        let wanted = regions::key(name);
        if wanted.is_empty() {
            return Vec::new();
        }
        let named = |community: &&ServiceCommunity| {
            community.names.iter().any(|name| regions::key(name) == wanted)
                || community.kind == CommunityKind::Regional
                    && (community.region.as_ref() == Some(&wanted)
                        || community.other_regions.contains(&wanted))
        };
        self.communities.iter().filter(named).map(|community| community.value).collect()
    }

    /// Returns the community for all prefixes of a region on Microsoft peering. The region's name may be in
    /// Azure Resource Manager's spelling or contain spaces. A value from an export takes precedence over a
    /// documented value.
    pub fn regional_community(&self, region: &str) -> Option<Community> {
        let wanted = regions::key(region);
        let of_region = |community: &&ServiceCommunity| {
            community.kind == CommunityKind::Regional
                && (community.region.as_ref() == Some(&wanted) || community.other_regions.contains(&wanted))
        };
        let mut found: Vec<_> = self.communities.iter().filter(of_region).collect();
        found.sort_by_key(|community| !community.exported);
        found.first().map(|community| community.value)
    }

    /// Returns the routes that are advertised with a community: exported routes, then derived routes, then
    /// ambiguous routes, each ordered by prefix. The result is empty for an unknown community. Each part of
    /// the address space appears only once per kind of evidence, unless the export itself repeats it.
    pub fn routes(&self, community: Community) -> &[CommunityRoute] {
        let from = self.routes.partition_point(|route| route.community < community);
        let to = self.routes.partition_point(|route| route.community <= community);
        self.routes.get(from..to).unwrap_or_default()
    }

    /// Returns all routes, ordered by community, evidence and prefix.
    pub fn all_routes(&self) -> &[CommunityRoute] {
        &self.routes
    }
}
