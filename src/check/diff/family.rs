//! A common interface for both address families.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::addr::{Address, AddressRange, IpRange, Partition};
use crate::catalog::{Catalog, CatalogEntry, RecordId};
use crate::engine::{DecisionId, Engine, RecordFacts, Responder, ResponderPartitions};
use crate::fib::{CoverTable, NodeId};

/// The facts from one edition of the lists, by family.
pub(super) struct OfLists {
    pub(super) v4: RecordFacts<Ipv4Addr>,
    pub(super) v6: RecordFacts<Ipv6Addr>,
}

/// Operations that differ by address family.
pub(super) trait InFamily: Address + Into<IpAddr> {
    fn decisions(engine: &Engine) -> &Partition<Self, DecisionId>;
    /// The ranges that the engine shares with others.
    fn common(engine: &Engine) -> &Partition<Self, DecisionId>;
    /// The own ranges that override the shared ones.
    fn own(engine: &Engine) -> Option<&Partition<Self, Option<DecisionId>>>;
    fn cover(catalog: &Catalog) -> &CoverTable<Self, CatalogEntry>;
    fn record(node: NodeId) -> RecordId;
    fn facts(lists: &OfLists) -> &RecordFacts<Self>;
    fn responders(both: &ResponderPartitions) -> &Partition<Self, Option<Responder>>;
    fn range(range: AddressRange<Self>) -> IpRange;
}

impl InFamily for Ipv4Addr {
    fn decisions(engine: &Engine) -> &Partition<Self, DecisionId> {
        engine.partition4()
    }
    fn common(engine: &Engine) -> &Partition<Self, DecisionId> {
        engine.common4()
    }
    fn own(engine: &Engine) -> Option<&Partition<Self, Option<DecisionId>>> {
        engine.own4()
    }
    fn cover(catalog: &Catalog) -> &CoverTable<Self, CatalogEntry> {
        catalog.cover4()
    }
    fn record(node: NodeId) -> RecordId {
        RecordId::v4(node)
    }
    fn facts(lists: &OfLists) -> &RecordFacts<Self> {
        &lists.v4
    }
    fn responders((v4, _): &ResponderPartitions) -> &Partition<Self, Option<Responder>> {
        v4
    }
    fn range(range: AddressRange<Self>) -> IpRange {
        IpRange::V4(range)
    }
}

impl InFamily for Ipv6Addr {
    fn decisions(engine: &Engine) -> &Partition<Self, DecisionId> {
        engine.partition6()
    }
    fn common(engine: &Engine) -> &Partition<Self, DecisionId> {
        engine.common6()
    }
    fn own(engine: &Engine) -> Option<&Partition<Self, Option<DecisionId>>> {
        engine.own6()
    }
    fn cover(catalog: &Catalog) -> &CoverTable<Self, CatalogEntry> {
        catalog.cover6()
    }
    fn record(node: NodeId) -> RecordId {
        RecordId::v6(node)
    }
    fn facts(lists: &OfLists) -> &RecordFacts<Self> {
        &lists.v6
    }
    fn responders((_, v6): &ResponderPartitions) -> &Partition<Self, Option<Responder>> {
        v6
    }
    fn range(range: AddressRange<Self>) -> IpRange {
        IpRange::V6(range)
    }
}
