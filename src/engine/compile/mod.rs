//! Compiles the lists and the network to one exact function per family, and compiles that function to the lookup table.

mod compose;
mod eligibility;
mod family;
mod interner;
mod overlay;
mod site_compiler;
mod subnet;

pub use eligibility::eligibility;
pub(crate) use site_compiler::SiteCompiler;

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::{Arc, OnceLock};

use crate::addr::{Address, Family, IpPrefix, Partition, Prefix};
use crate::catalog::{Catalog, RecordId};
use crate::engine::adj_rib_in::{Edge, Entry};
use crate::engine::decision::{Decision, DecisionId};
use crate::engine::inputs::{CompileError, Inputs};
use crate::engine::loc_rib::{
    PLATFORM, Settled, apply_block, beyond_lists, is_open, is_static_to_microsoft, platform, select, settle,
};
use crate::engine::session::Session;
use crate::engine::vantage::Vantage;
use crate::fib::{CompiledFib, CompiledV4, CompiledV6, CoverTable, NextHopId, in_order};
use crate::network::SiteId;
use crate::parallel::{both, side_by_side};

use family::{block_at, blocks};
use interner::Interner;
use overlay::Over;

/// Decides about every address of both families. It is compiled once, immutable, and shared by readers.
///
/// Memory: the partitions (kept for the exact comparison of engines) and the compiled tables. Decisions are interned,
/// so a result is a small index.
#[derive(Debug)]
pub struct Engine {
    shared: Arc<Shared>,
    /// The decisions that replace shared decisions, ascending: those with parts that are specific to the vantage point.
    own: Vec<(DecisionId, Decision)>,
    sessions: Vec<Session>,
    /// The ranges that overlay the shared ranges: the address space of a subnet's own virtual network.
    over: Option<Arc<Over>>,
}

/// The data that similar vantage points share.
#[derive(Debug)]
struct Shared {
    decisions: Vec<Decision>,
    v4: Partition<Ipv4Addr, DecisionId>,
    v6: Partition<Ipv6Addr, DecisionId>,
    /// Built at the first lookup, unless [`Engine::ready`] was called.
    fib: OnceLock<CompiledFib>,
}

impl Engine {
    /// Compiles the paths that Microsoft's lists allow: the engine without a network file.
    ///
    /// # Complexity
    ///
    /// `O(n log n)` in the number of list entries.
    pub fn eligibility(catalog: &Catalog) -> Self {
        let ((mut interner, v4), (other, v6)) =
            both(|| list_partition(catalog, catalog.cover4()), || list_partition(catalog, catalog.cover6()));
        let ids: Vec<DecisionId> = other.decisions.into_iter().map(|one| interner.intern(one)).collect();
        let v6 = v6.map(|id| ids.get(id.0 as usize).copied().unwrap_or(*id));
        Self::finish(interner, v4, v6, Vec::new())
    }

    /// Compiles the decisions of a site's edge: the best path among the routes to each prefix, then
    /// longest-prefix match.
    ///
    /// # Complexity
    ///
    /// `O(n log n)` in the number of routes.
    ///
    /// # Errors
    ///
    /// [`CompileError::MissingTable`] if the network file names a route table that is not in the inputs.
    pub fn compile(inputs: Inputs<'_>, site: SiteId) -> Result<Self, CompileError> {
        inputs.check()?;
        Ok(SiteCompiler::new(inputs).compile(site))
    }

    /// As [`Self::compile`], for every site in the network's order. Microsoft's advertisements are computed once. Sites
    /// are compiled in parallel, one per processor of the machine.
    ///
    /// # Errors
    ///
    /// As [`Self::compile`].
    pub fn compile_sites(inputs: Inputs<'_>) -> Result<Vec<Self>, CompileError> {
        inputs.check()?;
        Ok(Self::sites(inputs))
    }

    /// As [`Self::compile_sites`], for inputs that were checked.
    pub(crate) fn sites(inputs: Inputs<'_>) -> Vec<Self> {
        let compiler = SiteCompiler::new(inputs);
        // Data that all sites need is computed first, so that no site waits for it.
        compiler.forwarding.neighbors();
        let sites: Vec<SiteId> = inputs.network.sites_with_ids().map(|(site, _)| site).collect();
        let engines = side_by_side(&sites, |site| compiler.site(*site).ready());
        for (engine, site) in engines.iter().zip(sites) {
            engine.log(site);
        }
        engines
    }

    /// Compiles the decisions of a vantage point: a site's edge, or a subnet of a virtual network.
    ///
    /// # Complexity
    ///
    /// `O(n log n)` in the number of routes and list entries.
    ///
    /// # Errors
    ///
    /// As [`Self::compile`].
    pub fn compile_at(inputs: Inputs<'_>, vantage: Vantage) -> Result<Self, CompileError> {
        match vantage {
            Vantage::Site(site) => Self::compile(inputs, site),
            Vantage::Subnet(network, subnet) => {
                inputs.check()?;
                Ok(SiteCompiler::new(inputs).subnet(network, subnet).ready())
            }
        }
    }

    /// Logs the size of a site's engine. This is separate from compiling, so that parallel threads log nothing
    /// out of order.
    fn log(&self, site: SiteId) {
        tracing::info!(
            site = site.index(),
            sessions = self.sessions.len(),
            ranges_v4 = self.shared.v4.len(),
            ranges_v6 = self.shared.v6.len(),
            decisions = self.shared.decisions.len(),
            "compiled"
        );
    }

    /// Returns the sessions of the site's edge, to which carriers of decisions refer; empty without a network
    /// file.
    pub fn sessions(&self) -> &[Session] {
        &self.sessions
    }

    /// Returns the decision for an address.
    pub fn decide(&self, address: IpAddr) -> DecisionId {
        if let Some(own) = self.over.as_ref().and_then(|over| over.get(address)) {
            return own;
        }
        self.decide_as_edge(address)
    }

    /// Returns a site's decision for packets that do not come from its clients: those of its servers, of other sites and
    /// of Azure. Unlike clients, they use no proxy.
    pub fn decide_as_edge(&self, address: IpAddr) -> DecisionId {
        match self.shared.fib().lookup(address) {
            Some(next_hop) => DecisionId(next_hop.index()),
            // The partition is total, so the table always has a result; 0 is the id of the first decision.
            None => DecisionId(0),
        }
    }

    /// Returns the decision with an id.
    ///
    /// # Panics
    ///
    /// If `id` belongs to another engine.
    #[expect(
        clippy::indexing_slicing,
        reason = "ids come from this engine; an id of another is a caller's bug"
    )]
    pub fn decision(&self, id: DecisionId) -> &Decision {
        if !self.own.is_empty()
            && let Ok(index) = self.own.binary_search_by_key(&id, |(own, _)| *own)
        {
            return &self.own[index].1;
        }
        &self.shared.decisions[id.0 as usize]
    }

    /// Returns all decisions, in the order of their ids.
    pub fn decisions(&self) -> impl ExactSizeIterator<Item = &Decision> {
        let common = self.shared.decisions.len();
        let last = self.own.last().map_or(0, |(id, _)| id.0 as usize + 1);
        (0..common.max(last)).map(|index| self.decision(DecisionId(id_of(index))))
    }

    /// Returns the decisions for the IPv4 space, as a function of the address.
    pub fn partition4(&self) -> &Partition<Ipv4Addr, DecisionId> {
        self.partition()
    }

    /// Returns the decisions for the IPv6 space, as a function of the address.
    pub fn partition6(&self) -> &Partition<Ipv6Addr, DecisionId> {
        self.partition()
    }

    /// Returns the decisions for the space of a family, as a function of the address.
    pub fn partition<A: Address>(&self) -> &Partition<A, DecisionId> {
        let common = self.common();
        self.over.as_ref().map_or(common, |over| over.whole(common))
    }

    /// Returns the part that the engine has in common with others, which its own ranges overlay.
    pub(crate) fn common<A: Address>(&self) -> &Partition<A, DecisionId> {
        Partition::of_family(&self.shared.v4, &self.shared.v6)
    }

    /// Returns the engine's own ranges, which overlay the common part; `None` where the common part applies.
    pub(crate) fn own<A: Address>(&self) -> Option<&Partition<A, Option<DecisionId>>> {
        self.over.as_ref().map(|over| over.own())
    }

    fn finish(
        interner: Interner,
        v4: Partition<Ipv4Addr, DecisionId>,
        v6: Partition<Ipv6Addr, DecisionId>,
        sessions: Vec<Session>,
    ) -> Self {
        let shared = Shared { decisions: interner.decisions, v4, v6, fib: OnceLock::new() };
        Self { shared: Arc::new(shared), own: Vec::new(), sessions, over: None }
    }

    /// Returns the engine with its lookup table built.
    #[must_use]
    pub(crate) fn ready(self) -> Self {
        self.shared.fib();
        self
    }

    /// Returns the engine of a similar vantage point, with that vantage point's own sessions and `own` decisions,
    /// ascending. The rest is shared.
    pub(in crate::engine) fn like(&self, sessions: Vec<Session>, own: Vec<(DecisionId, Decision)>) -> Self {
        Self { shared: Arc::clone(&self.shared), own, sessions, over: self.over.clone() }
    }

    /// Returns the engine of a vantage point that has this engine in common with others, or with other packets of the
    /// same edge, and overlays ranges of its own with these decisions.
    fn overlaid(
        &self,
        (v4, v6): (Partition<Ipv4Addr, Option<DecisionId>>, Partition<Ipv6Addr, Option<DecisionId>>),
        decisions: Interner,
        sessions: Vec<Session>,
    ) -> Self {
        // The ids of the own decisions follow the ids of the common decisions.
        let first = id_of(self.decisions().len());
        let number = |id: &Option<DecisionId>| id.map(|id| DecisionId(first + id.0));
        let over = Some(Arc::new(Over::new(v4.map(number), v6.map(number))));
        let own = (first..).map(DecisionId).zip(decisions.decisions).collect();
        Self { shared: Arc::clone(&self.shared), own, sessions, over }
    }

    /// Returns the same engine again, with its own decisions. The rest is shared.
    pub(in crate::engine) fn again(&self) -> Self {
        self.like(self.sessions.clone(), self.own.clone())
    }

    /// Returns whether a decision is the same object for all vantage points that share the engine.
    pub(crate) fn is_shared(&self, id: DecisionId) -> bool {
        self.own.binary_search_by_key(&id, |(own, _)| *own).is_err()
    }

    /// Returns the part that the engine shares with others, without its own decisions.
    pub(in crate::engine) fn alike(&self) -> Self {
        self.like(Vec::new(), Vec::new())
    }

    /// Returns a number that identifies, during the engine's lifetime, everything that it shares with others: all its
    /// decisions, except its own.
    pub(crate) fn class(&self) -> usize {
        self.over.as_ref().map_or(self.common_class(), |over| Arc::as_ptr(over).addr())
    }

    /// Returns a number that identifies, during the engine's lifetime, everything that it has in common with others,
    /// without its own ranges.
    pub(crate) fn common_class(&self) -> usize {
        Arc::as_ptr(&self.shared).addr()
    }
}

impl Shared {
    fn fib(&self) -> &CompiledFib {
        self.fib.get_or_init(|| {
            let next_hop = |id: &DecisionId| NextHopId::new(id.0);
            let (v4, v6) = both(
                || CompiledV4::from_partition(&self.v4.map(next_hop)),
                || CompiledV6::from_partition(&self.v6.map(next_hop)),
            );
            CompiledFib { v4, v6 }
        })
    }
}

/// Converts an index of a decision to an id.
fn id_of(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

/// Returns eligibility as a function: one result per combination of list record and special-purpose block.
fn list_partition<A: Address, T>(
    catalog: &Catalog,
    cover: &CoverTable<A, T>,
) -> (Interner, Partition<A, DecisionId>) {
    let mut interner = Interner::default();
    // Both inputs are constant on each range of the common refinement, so the first address of a range represents the
    // whole range. The result of each pair is cached.
    let blocks = blocks::<A>();
    let mut known: HashMap<_, _, foldhash::fast::FixedState> =
        HashMap::with_capacity_and_hasher(cover.len() + blocks.len(), foldhash::fast::FixedState::default());
    let pairs = cover.partition().zip_with(&blocks, |node, block| (*node, *block));
    let mut ids = Vec::with_capacity(pairs.len());
    for (range, pair) in pairs.iter() {
        let id = *known.entry(*pair).or_insert_with(|| {
            let address: IpAddr = range.first().into();
            let (node, _) = pair;
            let lookup =
                node.map(|node| catalog.lookup_record(RecordId::of_family::<A>(node))).unwrap_or_default();
            interner.intern(eligibility(address, &lookup))
        });
        ids.push(id);
    }
    let mut ids = ids.into_iter();
    let decided = pairs.map(|_| ids.next().unwrap_or(DecisionId(0)));
    (interner, decided)
}

/// Returns routing as a function: the choice at every distinct prefix, then special-purpose blocks, then Microsoft's
/// `lists` where a static route sends packets to Microsoft regardless of its advertisements.
///
/// Sweeps the prefixes in order, with the covering prefixes on a stack.
fn route_partition<A: Address, T>(
    edge: Option<&mut Edge<'_>>,
    routes: Vec<(Prefix<A>, Entry)>,
    lists: &CoverTable<A, T>,
    interner: &mut Interner,
) -> Partition<A, DecisionId> {
    let none = interner.intern(select(std::iter::empty()));
    let Some(edge) = edge else { return Partition::uniform(none) };
    let policies = edge.sessions.iter().map(|one| edge.may_refuse(one));
    let policies = policies.collect();
    let mut choices = Choices {
        edge,
        settled: Vec::new(),
        known: HashMap::default(),
        last: None,
        rivals: Vec::new(),
        policies,
    };
    let mut around: Vec<(Prefix<A>, usize, DecisionId)> = Vec::new();
    let mut decided: Vec<(Prefix<A>, DecisionId)> = Vec::with_capacity(routes.len());
    interner.decisions.reserve_exact(routes.len());
    in_order(&routes, |prefix, group| {
        while around.pop_if(|(outer, ..)| !outer.covers(prefix)).is_some() {}
        let choice = choices.of(A::FAMILY, group);
        let chain = around.iter().rev().map(|(outer, choice, _)| (*outer, *choice));
        let chain = std::iter::once((prefix, choice))
            .chain(chain)
            .filter_map(|(prefix, choice)| Some((IpPrefix::from(prefix), choices.settled.get(choice)?)));
        let decision = select(chain);
        // Only a decision about the prefix itself is certain to be new.
        let id = if decision.prefix == Some(IpPrefix::from(prefix)) {
            interner.push(decision)
        } else {
            let above = around.iter().find(|(outer, ..)| decision.prefix == Some(IpPrefix::from(*outer)));
            match above {
                Some((.., id)) if interner.get(*id) == Some(&decision) => *id,
                _ => interner.intern(decision),
            }
        };
        around.push((prefix, choice, id));
        decided.push((prefix, id));
    });
    drop(routes);
    interner.decisions.shrink_to_fit();
    with_known_addresses(Partition::from_sorted(decided, none), lists, interner)
}

/// Overlays the decisions based on routes with the rules for special-purpose blocks, for Azure's platform address, and
/// for addresses that a static route sends to Microsoft although none of its lists contains them.
fn with_known_addresses<A: Address, T>(
    routed: Partition<A, DecisionId>,
    lists: &CoverTable<A, T>,
    interner: &mut Interner,
) -> Partition<A, DecisionId> {
    let routed = routed.overlaid(&blocks::<A>(), |id, block| {
        let (Some(block), Some(decision)) = (block_at(*block), interner.get(*id).cloned()) else {
            return *id;
        };
        let applied = apply_block(block, decision.clone());
        if applied == decision { *id } else { interner.intern(applied) }
    });
    let host = IpPrefix::host(PLATFORM.into()).of_family().map(|host| (host, Some(())));
    let routed =
        routed.overlaid(&Partition::from_lpm(host, None), |id, ()| match interner.get(*id).cloned() {
            Some(decision) => interner.intern(platform(decision)),
            None => *id,
        });
    if !interner.decisions.iter().any(is_static_to_microsoft) {
        return routed;
    }
    routed.zip_with(lists.partition(), |id, record| match (record, interner.get(*id)) {
        (None, Some(decision)) if is_static_to_microsoft(decision) => {
            interner.intern(beyond_lists(decision.clone()))
        }
        _ => *id,
    })
}

/// The results for groups of routes. Each distinct group is evaluated once.
struct Choices<'e, 'a> {
    edge: &'e mut Edge<'a>,
    settled: Vec<Settled>,
    known: HashMap<Box<[Entry]>, usize, foldhash::fast::FixedState>,
    /// The most recent route without a rival. Caching it pays off because most prefixes in a large table come from one
    /// session.
    last: Option<(Entry, usize)>,
    /// A buffer for one group.
    rivals: Vec<Entry>,
    /// For each session, whether route maps apply to its routes.
    policies: Vec<bool>,
}

impl Choices<'_, '_> {
    fn of(&mut self, family: Family, group: &[Entry]) -> usize {
        let [one] = group else {
            let mut rivals = std::mem::take(&mut self.rivals);
            rivals.clear();
            rivals.extend(group.iter().map(|entry| self.edge.looked_at(family, *entry)));
            let choice = self.settle(&rivals);
            self.rivals = rivals;
            return choice;
        };
        // A route map may have rejected the route. The attributes of a route that passed a route map were evaluated
        // when it was learned.
        let session = usize::try_from(one.session.index()).ok();
        let passes = session.and_then(|session| self.policies.get(session)).is_some_and(|passes| *passes);
        if passes && is_open(self.edge, group) {
            return self.settle(group);
        }
        // The attributes of a route without a rival do not affect the result.
        let alone = Entry { attributes: self.edge.no_attributes, ..*one };
        match self.last {
            Some((last, choice)) if last == alone => choice,
            _ => {
                let choice = self.settle(&[alone]);
                self.last = Some((alone, choice));
                choice
            }
        }
    }

    fn settle(&mut self, group: &[Entry]) -> usize {
        if let Some(known) = self.known.get(group) {
            return *known;
        }
        self.settled.push(settle(self.edge, group));
        self.known.insert(group.into(), self.settled.len() - 1);
        self.settled.len() - 1
    }
}
