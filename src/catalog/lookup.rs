//! Finds everything that is known about an address or prefix.
//!
//! All addresses with the same most specific catalog prefix share one result. So a caller with many addresses
//! can first get the [`RecordId`] of each address (a binary search), and then create only one [`Lookup`] for
//! each record.

use std::net::IpAddr;

use super::Catalog;
use super::{CommunityRoute, EndpointSet, Product, ServiceTag};
use crate::addr::{Address, Family, IpPrefix, Prefix};
use crate::fib::{CoverTable, NodeId};

/// The record that a prefix of the cover tables belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CatalogEntry {
    /// An index into [`Catalog::tags`].
    Tag(u32),
    /// An index into [`Catalog::endpoint_sets`].
    EndpointSet(u32),
    /// An index into [`Catalog::all_routes`].
    Route(u32),
}

/// The most specific catalog prefix of an address; equal ids have equal [`Lookup`]s. An id is only valid for
/// the catalog that it came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordId(Node);

impl RecordId {
    /// Returns the id of a prefix in [`Catalog::cover4`].
    pub fn v4(node: NodeId) -> Self {
        Self(Node::V4(node))
    }

    /// Returns the id of a prefix in [`Catalog::cover6`].
    pub fn v6(node: NodeId) -> Self {
        Self(Node::V6(node))
    }

    /// Returns the id of a prefix in the cover table for the family of `A`.
    pub(crate) fn of_family<A: Address>(node: NodeId) -> Self {
        Self(match A::FAMILY {
            Family::V4 => Node::V4(node),
            Family::V6 => Node::V6(node),
        })
    }
}

impl RecordId {
    /// Returns a dense number for the record within its family, for tables indexed by family and record.
    pub fn index(self) -> usize {
        match self.0 {
            Node::V4(node) | Node::V6(node) => node.index(),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Node {
    V4(NodeId),
    V6(NodeId),
}

/// A tag that contains an address, and the tag's most specific prefix that contains the address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TagMatch<'a> {
    /// The tag.
    pub tag: &'a ServiceTag,
    /// Its prefix.
    pub prefix: IpPrefix,
    /// The product that owns the tag.
    pub product: Option<&'static Product<'static>>,
}

/// An endpoint set that contains an address, and the set's most specific prefix that contains the address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EndpointMatch<'a> {
    /// The set.
    pub set: &'a EndpointSet,
    /// Its prefix.
    pub prefix: IpPrefix,
    /// The product that owns the set.
    pub product: Option<&'static Product<'static>>,
}

/// Everything that contains an address (or the whole of a prefix).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lookup<'a> {
    /// All tags, most specific prefix first, then by name; each tag once.
    pub tags: Vec<TagMatch<'a>>,
    /// All endpoint sets, most specific prefix first, then by instance and id; each set once.
    pub endpoint_sets: Vec<EndpointMatch<'a>>,
    /// One route for each community: the most specific route with the best evidence. Ordered by evidence,
    /// then most specific first, then by value.
    pub communities: Vec<CommunityRoute>,
}

/// A more specific prefix inside the prefix that was looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InsideMatch<'a> {
    /// A more specific prefix.
    pub prefix: IpPrefix,
    /// The tags that list the more specific prefix.
    pub tags: Vec<&'a ServiceTag>,
    /// The endpoint sets that list the more specific prefix.
    pub endpoint_sets: Vec<&'a EndpointSet>,
    /// The community routes for the more specific prefix.
    pub routes: Vec<CommunityRoute>,
}

/// Everything that is known about a prefix.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PrefixLookup<'a> {
    /// The records that contain the whole prefix.
    pub covering: Lookup<'a>,
    /// The more specific prefixes inside the prefix, ascending. The prefix itself is excluded.
    pub inside: Vec<InsideMatch<'a>>,
}

impl Lookup<'_> {
    /// Returns the most specific prefix of any record that contains the address.
    pub fn prefix(&self) -> Option<IpPrefix> {
        let tags = self.tags.iter().map(|entry| entry.prefix);
        let sets = self.endpoint_sets.iter().map(|entry| entry.prefix);
        let routes = self.communities.iter().map(|entry| entry.prefix);
        tags.chain(sets).chain(routes).max_by_key(|prefix| prefix.length())
    }

    /// Returns whether nothing contains the address.
    pub fn is_empty(&self) -> bool {
        self.tags.is_empty() && self.endpoint_sets.is_empty() && self.communities.is_empty()
    }
}

impl Catalog {
    /// Returns the most specific catalog prefix that contains `address`; `None` if there is none.
    ///
    /// # Complexity
    ///
    /// `O(log n)`, without allocation.
    pub fn record(&self, address: IpAddr) -> Option<RecordId> {
        match address {
            IpAddr::V4(address) => self.cover4().node_at(address).map(Node::V4),
            IpAddr::V6(address) => self.cover6().node_at(address).map(Node::V6),
        }
        .map(RecordId)
    }

    /// Returns the number of records: the distinct prefixes of both families.
    pub fn record_count(&self) -> usize {
        self.cover4().len() + self.cover6().len()
    }

    /// Returns a dense number for a record, below [`Self::record_count`], for tables indexed by record.
    pub fn record_index(&self, record: RecordId) -> usize {
        match record.0 {
            Node::V4(node) => node.index(),
            Node::V6(node) => self.cover4().len() + node.index(),
        }
    }

    /// Returns the prefix of a record; `None` if the id came from another, larger catalog.
    pub fn record_prefix(&self, record: RecordId) -> Option<IpPrefix> {
        match record.0 {
            Node::V4(node) => self.cover4().get(node).map(|(prefix, _)| prefix.into()),
            Node::V6(node) => self.cover6().get(node).map(|(prefix, _)| prefix.into()),
        }
    }

    /// Returns everything that contains the prefix of a record.
    pub fn lookup_record(&self, record: RecordId) -> Lookup<'_> {
        match record.0 {
            Node::V4(node) => self.gather(self.cover4().chain(node)),
            Node::V6(node) => self.gather(self.cover6().chain(node)),
        }
    }

    /// Returns everything that contains the whole of `prefix`, and everything inside it.
    ///
    /// # Complexity
    ///
    /// `O(log n)` plus the size of the result, which for `0.0.0.0/0` is the whole catalog.
    pub fn lookup_prefix(&self, prefix: IpPrefix) -> PrefixLookup<'_> {
        match prefix {
            IpPrefix::V4(prefix) => self.around(self.cover4(), prefix),
            IpPrefix::V6(prefix) => self.around(self.cover6(), prefix),
        }
    }

    fn around<'a, A: Address>(
        &'a self,
        table: &'a CoverTable<A, CatalogEntry>,
        prefix: Prefix<A>,
    ) -> PrefixLookup<'a> {
        let inside = table.inside(prefix).map(|(prefix, entries)| {
            let mut found = InsideMatch {
                prefix: prefix.into(),
                tags: Vec::new(),
                endpoint_sets: Vec::new(),
                routes: Vec::new(),
            };
            for entry in entries {
                match *entry {
                    CatalogEntry::Tag(index) => found.tags.extend(at(&self.tags, index)),
                    CatalogEntry::EndpointSet(index) => found.endpoint_sets.extend(at(&self.sets, index)),
                    CatalogEntry::Route(index) => found.routes.extend(at(&self.routes, index)),
                }
            }
            found
        });
        PrefixLookup { covering: self.gather(table.covering(prefix)), inside: inside.collect() }
    }

    /// Collects the entries of a chain of prefixes, most specific first.
    pub(super) fn gather<'a, 'b, A: Address>(
        &'a self,
        chain: impl Iterator<Item = (Prefix<A>, &'b [CatalogEntry])>,
    ) -> Lookup<'a> {
        let mut lookup = Lookup::default();
        for (prefix, entries) in chain {
            let prefix = IpPrefix::from(prefix);
            for entry in entries {
                match *entry {
                    CatalogEntry::Tag(index) => {
                        let known =
                            |tag: &ServiceTag| lookup.tags.iter().any(|found| std::ptr::eq(found.tag, tag));
                        if let Some(tag) = at(&self.tags, index).filter(|tag| !known(tag)) {
                            let product = self.product_of_tag(usize::try_from(index).unwrap_or(usize::MAX));
                            lookup.tags.push(TagMatch { tag, prefix, product });
                        }
                    }
                    CatalogEntry::EndpointSet(index) => {
                        let known = |set: &EndpointSet| {
                            lookup.endpoint_sets.iter().any(|found| std::ptr::eq(found.set, set))
                        };
                        if let Some(set) = at(&self.sets, index).filter(|set| !known(set)) {
                            let product = self.product_of_set(usize::try_from(index).unwrap_or(usize::MAX));
                            lookup.endpoint_sets.push(EndpointMatch { set, prefix, product });
                        }
                    }
                    CatalogEntry::Route(index) => {
                        if let Some(route) = at(&self.routes, index) {
                            keep_best(&mut lookup.communities, *route);
                        }
                    }
                }
            }
        }
        lookup
            .communities
            .sort_by_key(|route| (route.evidence, u8::MAX - route.prefix.length(), route.community));
        lookup
    }
}

/// Keeps one route for each community: the route with the better evidence or, if the evidence is equal, the
/// earlier route, which is more specific.
fn keep_best(routes: &mut Vec<CommunityRoute>, route: CommunityRoute) {
    match routes.iter_mut().find(|known| known.community == route.community) {
        Some(known) if route.evidence < known.evidence => *known = route,
        Some(_) => {}
        None => routes.push(route),
    }
}

fn at<T>(records: &[T], index: u32) -> Option<&T> {
    records.get(usize::try_from(index).ok()?)
}
