//! Builds a frozen catalog from feeds.

use super::cover::Cover;
use super::snapshot::SnapshotError;
use super::{
    Cloud, CommunityEntry, CommunityRoute, EndpointSet, Feed, FeedKind, FeedOrigin, Provenance, Records,
    ServiceTag,
};
use crate::catalog::derived_routes;
use crate::catalog::derived_routes::{Export, Input};
use crate::catalog::documented_tables::Meaning;
use crate::catalog::products::Owners;
use crate::catalog::{Catalog, community_names, documented_tables, shipped, snapshot};

/// The reason why feeds do not form a catalog.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CatalogError {
    /// A file of the embedded snapshot is damaged.
    #[error("the shipped file `prefixes/{path}` is damaged: {error}; restore it and rebuild the program")]
    Shipped {
        /// The path under `prefixes/`.
        path: &'static str,
        /// The problem.
        error: SnapshotError,
    },
    /// A feed belongs to another cloud.
    #[error(
        "`{name}` belongs to the {found} cloud, but the catalog is for the {expected} cloud; use `--cloud {found}`"
    )]
    OtherCloud {
        /// The feed's file name.
        name: String,
        /// The feed's cloud.
        found: Cloud,
        /// The catalog's cloud.
        expected: Cloud,
    },
    /// Two feeds would replace each other.
    #[error(
        "`{first}` and `{second}` both contain {kind} for the same cloud and instance; use only one of the two files"
    )]
    TwoFeeds {
        /// The file name of the first feed.
        first: String,
        /// The file name of the second feed.
        second: String,
        /// The kind of both feeds.
        kind: FeedKind,
    },
    /// Two catalogs to compare have no list in common.
    #[error(
        "the two sides have no list in common: the old side has {old} and the new side has {new}; compare editions of the same list"
    )]
    NothingInCommon {
        /// The lists of the old catalog.
        old: String,
        /// The lists of the new catalog.
        new: String,
    },
    /// There are more records than an index can number.
    #[error("the feeds contain more than 4294967295 {what}; use smaller feeds")]
    TooMany {
        /// The kind of records.
        what: &'static str,
    },
}

/// Collects feeds; [`Self::build`] freezes them into a [`Catalog`].
#[derive(Clone, Debug)]
pub struct CatalogBuilder {
    cloud: Cloud,
    with_shipped: bool,
    feeds: Vec<Feed>,
}

impl CatalogBuilder {
    pub(super) fn new(cloud: Cloud) -> Self {
        Self { cloud, with_shipped: true, feeds: Vec::new() }
    }

    /// Omits the shipped snapshot: only added feeds and the documented communities count.
    pub fn without_shipped(mut self) -> Self {
        self.with_shipped = false;
        self
    }

    /// Adds a user's feed. It replaces the shipped feed of the same kind and, for endpoint sets, of the same
    /// instance. Endpoint sets that include Intune's also replace the shipped list of Intune. An export of communities replaces individual communities: for each community that it lists,
    /// only its prefixes count, without derivation. For all other communities, the shipped export still
    /// applies.
    #[expect(clippy::should_implement_trait, reason = "a feed is added to a catalog, not summed with it")]
    pub fn add(mut self, feed: Feed) -> Self {
        self.feeds.push(feed);
        self
    }

    /// Freezes the catalog.
    ///
    /// # Errors
    ///
    /// Returns a [`CatalogError`] if the feeds cannot be combined.
    ///
    /// # Complexity
    ///
    /// `O(n log n)` in the number of prefixes.
    pub fn build(self) -> Result<Catalog, CatalogError> {
        let cloud = self.cloud;
        let (mut feeds, documented) = self.chosen()?;
        feeds.sort_by_key(|feed| {
            let provenance = &feed.provenance;
            (provenance.kind, provenance.instance, provenance.origin == FeedOrigin::Shipped)
        });
        let mut sources: Vec<Provenance> = Vec::with_capacity(feeds.len());
        let (mut tags, mut sets) = (Vec::<ServiceTag>::new(), Vec::<EndpointSet>::new());
        let mut entries: Vec<(Vec<CommunityEntry>, usize, bool)> = Vec::new();
        for feed in feeds {
            let source = sources.len();
            match feed.records {
                Records::ServiceTags(more) => {
                    tags.extend(more.into_iter().map(|tag| ServiceTag { source, ..tag }));
                }
                Records::Endpoints(more) => {
                    sets.extend(more.into_iter().map(|set| EndpointSet { source, ..set }));
                }
                Records::Communities(more) => {
                    entries.push((more, source, feed.provenance.origin == FeedOrigin::User));
                }
            }
            sources.push(feed.provenance);
        }
        let exports: Vec<Export<'_>> = entries
            .iter()
            .map(|(entries, source, authoritative)| Export {
                entries,
                source: *source,
                authoritative: *authoritative,
            })
            .collect();
        let communities = community_names::join(cloud, &exports, &documented);
        let routes = derived_routes::routes(&Input {
            cloud,
            tags: &tags,
            sets: &sets,
            exports: &exports,
            communities: &communities,
        });
        let prefixes = prefix_count(&tags, &sets, &routes)?;
        tracing::debug!(
            %cloud,
            sources = sources.len(),
            tags = tags.len(),
            endpoint_sets = sets.len(),
            communities = communities.len(),
            routes = routes.len(),
            prefixes,
            "catalog built"
        );
        let (v4, v6) = (Cover::default(), Cover::default());
        let path = shipped::PRODUCTS_PATH;
        let products =
            Owners::of(cloud, &tags, &sets).map_err(|error| CatalogError::Shipped { path, error })?;
        Ok(Catalog { cloud, sources, tags, sets, communities, routes, products, v4, v6 })
    }

    /// Returns the user's feeds, the shipped feeds that no user feed replaces, and the meanings of
    /// communities.
    fn chosen(self) -> Result<(Vec<Feed>, Vec<Meaning>), CatalogError> {
        let mut feeds = self.feeds;
        for (index, feed) in feeds.iter().enumerate() {
            let provenance = &feed.provenance;
            if provenance.cloud != self.cloud {
                return Err(CatalogError::OtherCloud {
                    name: provenance.name.clone(),
                    found: provenance.cloud,
                    expected: self.cloud,
                });
            }
            let own = slots(feed);
            let same = |other: &&Feed| slots(other).iter().any(|slot| own.contains(slot));
            if let Some(second) = feeds.iter().skip(index + 1).find(same) {
                return Err(CatalogError::TwoFeeds {
                    first: provenance.name.clone(),
                    second: second.provenance.name.clone(),
                    kind: provenance.kind,
                });
            }
        }
        let mut wanted = Vec::new();
        if self.with_shipped {
            let taken: Vec<Slot> = feeds.iter().flat_map(slots).collect();
            for shipped in shipped::FEEDS.iter().filter(|shipped| shipped.cloud == self.cloud) {
                let provenance = snapshot::read_provenance(shipped.text)
                    .map_err(|error| CatalogError::Shipped { path: shipped.path, error })?;
                let slot = (provenance.kind, provenance.instance);
                if provenance.kind == FeedKind::Communities || !taken.contains(&slot) {
                    wanted.push(shipped);
                }
            }
        }
        let (read, documented) = read_together(wanted);
        for feed in read {
            feeds.push(feed?);
        }
        Ok((feeds, documented?))
    }
}

/// The key by which feeds replace one another. A catalog has one feed for each key.
type Slot = (FeedKind, Option<super::Instance>);

/// Returns the keys of a feed: that of its kind, and that of Intune if its endpoint sets include Intune's.
fn slots(feed: &Feed) -> Vec<Slot> {
    let Provenance { kind, instance, .. } = feed.provenance;
    let mut slots = vec![(kind, instance)];
    if let Records::Endpoints(sets) = &feed.records
        && kind == FeedKind::Endpoints
        && sets.iter().any(|set| set.kind() == FeedKind::Intune)
    {
        slots.push((FeedKind::Intune, instance));
    }
    slots
}

type Read = (Vec<Result<Feed, CatalogError>>, Result<Vec<Meaning>, CatalogError>);

/// Reads feeds and the meanings of communities. Every start of the program waits for this, so the longest
/// feed is read by two threads, one of which reads everything else as well.
fn read_together(mut wanted: Vec<&shipped::ShippedFeed>) -> Read {
    let meanings = || {
        let path = "communities/documented.txt";
        documented_tables::meanings().map_err(|error| CatalogError::Shipped { path, error })
    };
    wanted.sort_by_key(|shipped| shipped.text.len());
    let Some(longest) = wanted.pop() else { return (Vec::new(), meanings()) };
    let bytes = wanted.iter().map(|shipped| shipped.text.len()).sum();
    let (longest_read, (mut all, meanings)) = snapshot::read_beside(longest.text, bytes, || {
        let others: Vec<_> =
            wanted.iter().map(|shipped| of_shipped(shipped, snapshot::read(shipped.text))).collect();
        (others, meanings())
    });
    all.push(of_shipped(longest, longest_read));
    (all, meanings)
}

fn of_shipped(
    shipped: &shipped::ShippedFeed,
    read: Result<Feed, SnapshotError>,
) -> Result<Feed, CatalogError> {
    let mut feed = read.map_err(|error| CatalogError::Shipped { path: shipped.path, error })?;
    feed.provenance.origin = FeedOrigin::Shipped;
    Ok(feed)
}

/// Returns the number of prefixes in both families, counting repetitions: the size of the cover tables.
fn prefix_count(
    tags: &[ServiceTag],
    sets: &[EndpointSet],
    routes: &[CommunityRoute],
) -> Result<usize, CatalogError> {
    let of_tags: usize = tags.iter().map(|tag| tag.prefixes.len()).sum();
    let of_sets: usize = sets.iter().map(|set| set.prefixes.len()).sum();
    let count = of_tags + of_sets + routes.len();
    if u32::try_from(count).is_ok_and(|count| count < u32::MAX) {
        Ok(count)
    } else {
        Err(CatalogError::TooMany { what: "prefixes" })
    }
}
