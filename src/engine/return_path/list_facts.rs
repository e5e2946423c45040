//! Facts that the lists add to a decision, computed for all list records at the same time.

use std::collections::HashMap;

use crate::addr::{Address, Partition};
use crate::catalog::{Catalog, CatalogEntry, CommunityRoute, Evidence};
use crate::engine::support::{Statements, SupportVerdict};
use crate::fib::{CoverTable, NodeId};
use crate::rib::Community;

use crate::engine::return_path::destination::{ReturnDestination, is_regional};

/// The facts that the lists add to a decision about an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct RecordFact {
    /// The verdict about documented support. [`support`](crate::engine::support()) gives the reason.
    pub(crate) support: SupportVerdict,
    /// The attributes on which the return path depends.
    pub(crate) destination: ReturnDestination,
}

/// The statements of each list record, by the record's index. Both families share them.
pub(crate) struct RecordSayings {
    tags: Vec<Statements>,
    sets: Vec<Statements>,
    /// The regional community of each community route.
    regional: Vec<Regional>,
}

impl RecordSayings {
    /// Collects the statements of all records, in linear time.
    pub(crate) fn of(catalog: &Catalog) -> Self {
        let tags = catalog.tags().iter().enumerate();
        let tags = tags.map(|(at, tag)| Statements::of_tag(tag, catalog.product_of_tag(at))).collect();
        let sets = catalog.endpoint_sets().iter().map(Statements::of_set).collect();
        let mut regional = Vec::with_capacity(catalog.all_routes().len());
        for same in catalog.all_routes().chunk_by(|left, right| left.community == right.community) {
            let counts = same.first().is_some_and(|route| is_regional(catalog, route.community));
            let of_route = |route: &CommunityRoute| {
                if counts { Regional::of(route.evidence, route.community) } else { Regional::NONE }
            };
            regional.extend(same.iter().map(of_route));
        }
        Self { tags, sets, regional }
    }
}

/// The facts that the lists add at every address of a family. Each distinct fact is stored once; there are a few
/// hundred.
#[derive(Clone, Debug)]
pub(crate) struct RecordFacts<A> {
    facts: Vec<RecordFact>,
    places: Partition<A, u32>,
    unlisted: RecordFact,
}

impl<A: Address> RecordFacts<A> {
    /// Collects the facts of a family. Every address inside a record is also in the record's parents, so each record
    /// only adds its own entries to its parent's entries.
    ///
    /// # Complexity
    ///
    /// Linear in the entries of the family and in the lists.
    pub(crate) fn of(records: &RecordSayings, cover: &CoverTable<A, CatalogEntry>) -> Self {
        let RecordSayings { tags, sets, regional } = records;
        let unlisted = Held::default();
        let mut places = Places::beginning_with(unlisted.fact::<A>());
        let mut of_node: Vec<(Held, u32)> = Vec::with_capacity(cover.len());
        for (node, (prefix, entries)) in cover.ids().zip(cover.entries()) {
            let parent = cover.parent(node).and_then(|parent| of_node.get(parent.index()));
            let (above, place) = parent.copied().unwrap_or((unlisted, 0));
            let mut own = above;
            for entry in entries {
                let at = |index: u32| usize::try_from(index).unwrap_or(usize::MAX);
                let says = match *entry {
                    CatalogEntry::Tag(index) => tags.get(at(index)).copied(),
                    CatalogEntry::EndpointSet(index) => sets.get(at(index)).copied(),
                    CatalogEntry::Route(index) => {
                        let region = regional.get(at(index)).copied().unwrap_or(Regional::NONE);
                        own.regional = own.regional.min(region.at_length(prefix.length()));
                        Some(Statements::of_community())
                    }
                };
                own.says = own.says.and(says.unwrap_or_default());
            }
            let place = if own == above { place } else { places.of::<A>(own) };
            of_node.push((own, place));
        }
        let place = |node: &Option<NodeId>| {
            node.and_then(|node| of_node.get(node.index())).map_or(0, |(_, place)| *place)
        };
        Self { facts: places.facts, places: cover.partition().map(place), unlisted: unlisted.fact::<A>() }
    }

    /// Returns the index of the fact for every address. Equal facts have equal indexes.
    pub(crate) fn places(&self) -> &Partition<A, u32> {
        &self.places
    }

    /// Returns the fact at an index.
    pub(crate) fn fact(&self, place: u32) -> RecordFact {
        let place = usize::try_from(place).unwrap_or(usize::MAX);
        self.facts.get(place).copied().unwrap_or(self.unlisted)
    }
}

/// Distinct facts by index.
struct Places {
    facts: Vec<RecordFact>,
    known: HashMap<RecordFact, u32, foldhash::fast::FixedState>,
    /// Recent lookups, each in the slot given by its hash. Neighboring addresses usually alternate between a few facts.
    recent: [(Held, u32); RECENT],
}

const RECENT: usize = 256;

impl Places {
    /// Creates the collection with the fact for unlisted addresses at index 0.
    fn beginning_with(unlisted: RecordFact) -> Self {
        let known = std::iter::once((unlisted, 0)).collect();
        Self { facts: vec![unlisted], known, recent: [(Held::default(), 0); RECENT] }
    }

    fn of<A: Address>(&mut self, held: Held) -> u32 {
        let recent = held.hash() % RECENT;
        if let Some((known, place)) = self.recent.get(recent)
            && *known == held
        {
            return *place;
        }
        let fact = held.fact::<A>();
        let place = *self.known.entry(fact).or_insert_with(|| {
            self.facts.push(fact);
            u32::try_from(self.facts.len() - 1).unwrap_or(u32::MAX)
        });
        if let Some(recent) = self.recent.get_mut(recent) {
            *recent = (held, place);
        }
        place
    }
}

/// The relevant properties of the list entries that contain a record; no entries by default.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Held {
    says: Statements,
    regional: Regional,
}

impl Held {
    fn fact<A: Address>(self) -> RecordFact {
        let regional = self.regional.community();
        let destination =
            ReturnDestination { family: A::FAMILY, listed: self.says.is_listed(), regional, responder: None };
        RecordFact { support: self.says.verdict(), destination }
    }

    /// Returns a hash. Nearby communities have nearby hashes, and different statements have distant hashes.
    fn hash(self) -> usize {
        let says = usize::from(self.says.bits());
        let community = self.regional.community().map_or(0, Community::value);
        usize::from(community) ^ says.wrapping_mul(37)
    }
}

/// A regional community that contains a record. The order is best evidence, then longest prefix, then lowest value. It
/// is stored as a single number because hundreds of thousands of records are compared: 16 bits for the evidence, 16
/// bits for the inverse of the length, and 32 bits for the community.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Regional(u64);

impl Regional {
    /// Sorts after all communities.
    const NONE: Self = Self(u64::MAX);

    /// Creates the entry for a prefix of the maximum length.
    fn of(evidence: Evidence, community: Community) -> Self {
        let evidence: u64 = match evidence {
            Evidence::Exported => 0,
            Evidence::Derived => 1,
            Evidence::Ambiguous => 2,
        };
        Self(evidence << 48 | u64::from(community.to_bits()))
    }

    /// Returns the entry for a prefix of the given length.
    fn at_length(self, length: u8) -> Self {
        Self(self.0 | u64::from(u8::MAX - length) << 32)
    }

    fn community(self) -> Option<Community> {
        let number = u32::try_from(self.0 & u64::from(u32::MAX)).unwrap_or(u32::MAX);
        (self != Self::NONE).then(|| Community::from_bits(number))
    }
}

impl Default for Regional {
    fn default() -> Self {
        Self::NONE
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr};

    use super::*;
    use crate::catalog::{Cloud, Lookup, RecordId};
    use crate::engine::support;

    /// Compares the fact at every address of a family with a lookup of that address.
    fn agree<A: Address + Into<std::net::IpAddr>>(
        catalog: &Catalog,
        cover: &CoverTable<A, CatalogEntry>,
        record: impl Fn(NodeId) -> RecordId,
    ) {
        let facts = RecordFacts::of(&RecordSayings::of(catalog), cover);
        let slow = |lookup: &Lookup<'_>| RecordFact {
            support: support(lookup).verdict,
            destination: ReturnDestination::of(catalog, A::MIN.into(), lookup),
        };
        let mut asked = 0;
        for (range, place) in facts.places().iter() {
            // A range with one fact may contain several records. Each of these records has the fact.
            for (_, node) in cover.partition().within(range) {
                let lookup = node.map(|node| catalog.lookup_record(record(node))).unwrap_or_default();
                assert_eq!(facts.fact(*place), slow(&lookup), "{range}");
                asked += 1;
            }
        }
        assert!(asked >= cover.partition().len() && facts.facts.len() > 3, "{asked}, {}", facts.facts.len());
    }

    /// The current lists contain no case that depends on the length, so this test checks the order separately.
    #[test]
    fn regions_stand_by_evidence_then_length_then_value() {
        let of =
            |evidence, value, length| Regional::of(evidence, Community::microsoft(value)).at_length(length);
        let in_order = [
            of(Evidence::Exported, 51002, 24),
            of(Evidence::Exported, 51003, 24),
            of(Evidence::Exported, 51001, 16),
            of(Evidence::Derived, 51001, 128),
            of(Evidence::Ambiguous, 51001, 128),
            Regional::NONE.at_length(32),
        ];
        assert!(in_order.is_sorted(), "{:?}", in_order.map(Regional::community));
        let values = in_order.map(|one| one.community().map(Community::value));
        assert_eq!(values, [Some(51002), Some(51003), Some(51001), Some(51001), Some(51001), None]);
    }

    #[test]
    fn both_ways_agree_on_every_record() {
        for cloud in Cloud::ALL {
            let catalog = Catalog::shipped(cloud).unwrap();
            agree::<Ipv4Addr>(&catalog, catalog.cover4(), RecordId::v4);
            agree::<Ipv6Addr>(&catalog, catalog.cover6(), RecordId::v6);
        }
    }
}
