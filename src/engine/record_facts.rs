//! What the lists add to a decision, for all list records at once.

use std::collections::HashMap;

use crate::addr::{Address, Partition};
use crate::catalog::{Catalog, CatalogEntry, Evidence};
use crate::fib::{CoverTable, NodeId};
use crate::rib::Community;

use super::return_destination::{ReturnDestination, is_regional};
use super::statements::Statements;
use super::support::SupportVerdict;

/// What the lists add to a decision about an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct RecordFact {
    /// What the documents say of it; [`support`](super::support) tells why.
    pub(crate) support: SupportVerdict,
    /// What the way back depends on.
    pub(crate) destination: ReturnDestination,
}

/// What each record of the lists says by itself, by its index: the same for both families.
pub(crate) struct RecordSayings {
    tags: Vec<Statements>,
    sets: Vec<Statements>,
    /// Of each route, where its community carries everything of a region.
    regional: Vec<Option<(Evidence, Community)>>,
}

impl RecordSayings {
    /// Of all records; linear in them.
    pub(crate) fn of(catalog: &Catalog) -> Self {
        let tags = catalog.tags().iter().map(|tag| Statements::of_tag(&tag.name)).collect();
        let sets = catalog.endpoint_sets().iter().map(Statements::of_set).collect();
        let mut regional = Vec::with_capacity(catalog.all_routes().len());
        for same in catalog.all_routes().chunk_by(|left, right| left.community == right.community) {
            let counts = same.first().is_some_and(|route| is_regional(catalog, route.community));
            regional.extend(same.iter().map(|route| counts.then_some((route.evidence, route.community))));
        }
        Self { tags, sets, regional }
    }
}

/// What the lists add at every address of a family, each distinct fact once: there are some hundreds.
#[derive(Clone, Debug)]
pub(crate) struct RecordFacts<A> {
    facts: Vec<RecordFact>,
    places: Partition<A, u32>,
    unlisted: RecordFact,
}

impl<A: Address> RecordFacts<A> {
    /// Of the lists of a family. What holds a record holds all that lies in it, so each adds only its own entries to
    /// what its parent has.
    ///
    /// # Complexity
    ///
    /// Linear in the entries of the family and in the lists.
    pub(crate) fn of(records: &RecordSayings, cover: &CoverTable<A, CatalogEntry>) -> Self {
        let RecordSayings { tags, sets, regional } = records;
        let unlisted = Held::default();
        let mut places =
            Places { facts: vec![unlisted.fact::<A>()], known: HashMap::default(), recent: [None; RECENT] };
        let mut of_node: Vec<(Held, u32)> = Vec::with_capacity(cover.len());
        for (node, (prefix, entries)) in cover.ids().zip(cover.entries()) {
            let parent = cover.nodes(node).nth(1).and_then(|parent| of_node.get(parent.index()));
            let (above, place) = parent.copied().unwrap_or((unlisted, 0));
            let mut own = above;
            for entry in entries {
                let at = |index: u32| usize::try_from(index).unwrap_or(usize::MAX);
                let says = match *entry {
                    CatalogEntry::Tag(index) => tags.get(at(index)).copied(),
                    CatalogEntry::EndpointSet(index) => sets.get(at(index)).copied(),
                    CatalogEntry::Route(index) => {
                        let region = regional.get(at(index)).copied().flatten();
                        let region = region
                            .map(|(evidence, community)| (evidence, u8::MAX - prefix.length(), community));
                        own.regional = own.regional.into_iter().chain(region).min();
                        Some(Statements::of_community())
                    }
                };
                own.says = own.says.and(says.unwrap_or_default());
            }
            let place = if own == above { place } else { places.of(own.fact::<A>()) };
            of_node.push((own, place));
        }
        let place = |node: &Option<NodeId>| {
            node.and_then(|node| of_node.get(node.index())).map_or(0, |(_, place)| *place)
        };
        Self { facts: places.facts, places: cover.partition().map(place), unlisted: unlisted.fact::<A>() }
    }

    /// The place of the fact of every address; equal facts have equal places.
    pub(crate) fn places(&self) -> &Partition<A, u32> {
        &self.places
    }

    /// The fact of a place.
    pub(crate) fn fact(&self, place: u32) -> RecordFact {
        let place = usize::try_from(place).unwrap_or(usize::MAX);
        self.facts.get(place).copied().unwrap_or(self.unlisted)
    }
}

/// Distinct facts by place.
struct Places {
    facts: Vec<RecordFact>,
    known: HashMap<RecordFact, u32, foldhash::fast::FixedState>,
    /// Facts that were asked for of late, each where its community tells: neighbours mostly alternate between a few.
    recent: [Option<(RecordFact, u32)>; RECENT],
}

const RECENT: usize = 64;

impl Places {
    fn of(&mut self, fact: RecordFact) -> u32 {
        let community = fact.destination.regional.map_or(0, Community::value);
        let recent = self.recent.get_mut(usize::from(community) % RECENT);
        if let Some(Some((known, place))) = recent.as_deref()
            && *known == fact
        {
            return *place;
        }
        let place = *self.known.entry(fact).or_insert_with(|| {
            self.facts.push(fact);
            u32::try_from(self.facts.len() - 1).unwrap_or(u32::MAX)
        });
        if let Some(recent) = recent {
            *recent = Some((fact, place));
        }
        place
    }
}

/// What holds a record, as far as it counts here.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Held {
    says: Statements,
    /// The regional community of the best evidence, then of the longest prefix (by what its length lacks), then of the
    /// lowest value.
    regional: Option<(Evidence, u8, Community)>,
}

impl Held {
    fn fact<A: Address>(self) -> RecordFact {
        let regional = self.regional.map(|(.., community)| community);
        let destination =
            ReturnDestination { family: A::FAMILY, listed: self.says.is_listed(), regional, owner: None };
        RecordFact { support: self.says.verdict(), destination }
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr};

    use super::super::support::support;
    use super::*;
    use crate::catalog::{Cloud, Lookup, RecordId};

    /// Holds every address of a family to what looking it up says.
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
            // A range of one fact may be of several records: each of them has it.
            for (_, node) in cover.partition().within(range) {
                let lookup = node.map(|node| catalog.lookup_record(record(node))).unwrap_or_default();
                assert_eq!(facts.fact(*place), slow(&lookup), "{range}");
                asked += 1;
            }
        }
        assert!(asked >= cover.partition().len() && facts.facts.len() > 3, "{asked}, {}", facts.facts.len());
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
