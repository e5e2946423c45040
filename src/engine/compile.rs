//! Lists and network to one exact function per family, and that to the table that forwards.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::addr::{IpPrefix, Partition};
use crate::catalog::Catalog;
use crate::fib::{CompiledFib, CompiledV4, CompiledV6, CoverTable, NextHopId};
use crate::network::{SiteId, SubnetId, VirtualNetworkId};

use super::best::{Settled, settle};
use super::decision::{Decision, DecisionId};
use super::edge::{Advertisements, Edge, Entry, Fate};
use super::eligibility::eligibility;
use super::family::{FamilyParts, Interner, block_at, blocks};
use super::inputs::{CompileError, Inputs};
use super::select::{apply_block, select};
use super::session::Session;
use super::subnet_partition::subnet_partition;
use super::subnet_routes::Subnet;
use super::vantage::Vantage;

/// Decides every address of both families: compiled once, immutable, shared by readers.
///
/// Memory: the partitions (kept for exact comparison of engines) and the compiled tables; decisions
/// are interned, so an answer is a small index.
#[derive(Debug)]
pub struct Engine {
    decisions: Vec<Decision>,
    v4: Partition<Ipv4Addr, DecisionId>,
    v6: Partition<Ipv6Addr, DecisionId>,
    fib: CompiledFib,
    sessions: Vec<Session>,
}

impl Engine {
    /// What the lists alone allow: the engine without a network file.
    ///
    /// # Complexity
    ///
    /// `O(n log n)` in the number of list entries.
    pub fn eligibility(catalog: &Catalog) -> Self {
        let mut interner = Interner::default();
        let v4 = list_partition(catalog, catalog.cover4(), &mut interner);
        let v6 = list_partition(catalog, catalog.cover6(), &mut interner);
        Self::finish(interner, v4, v6, Vec::new())
    }

    /// What a site's edge does: best path among the routes to each prefix, longest-prefix match over these.
    ///
    /// # Complexity
    ///
    /// `O(n log n)` in the number of routes.
    ///
    /// # Errors
    ///
    /// [`CompileError::MissingTable`] where the network names a table of routes that is not in the inputs.
    pub fn compile(inputs: Inputs<'_>, site: SiteId) -> Result<Self, CompileError> {
        inputs.check()?;
        let engine = Self::of_edge(inputs, &Advertisements::of(inputs), site);
        engine.log(site);
        Ok(engine)
    }

    /// As [`Self::compile`], for every site in the network's order; what Microsoft advertises is computed
    /// once, and sites are compiled side by side, as many as the machine has processors.
    ///
    /// # Errors
    ///
    /// As [`Self::compile`].
    pub fn compile_sites(inputs: Inputs<'_>) -> Result<Vec<Self>, CompileError> {
        inputs.check()?;
        let advertisements = Advertisements::of(inputs);
        let sites: Vec<SiteId> = inputs.network.sites_with_ids().map(|(site, _)| site).collect();
        let engines = side_by_side(&sites, |site| Self::of_edge(inputs, &advertisements, *site));
        for (engine, site) in engines.iter().zip(sites) {
            engine.log(site);
        }
        Ok(engines)
    }

    /// What is decided from a vantage point: a site's edge, or a subnet of a virtual network.
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
                Ok(Self::of_subnet(inputs, network, subnet))
            }
        }
    }

    fn of_subnet(inputs: Inputs<'_>, network: VirtualNetworkId, subnet: SubnetId) -> Self {
        let mut decisions = Interner::default();
        let Some(subnet) = Subnet::new(inputs, network, subnet) else {
            let nothing = decisions.intern(select(std::iter::empty()));
            return Self::finish(
                decisions,
                Partition::uniform(nothing),
                Partition::uniform(nothing),
                Vec::new(),
            );
        };
        let routes = subnet.routes(&|_| true);
        let v4 = subnet_partition(&routes, inputs.catalog.cover4(), &mut decisions);
        let v6 = subnet_partition(&routes, inputs.catalog.cover6(), &mut decisions);
        Self::finish(decisions, v4, v6, subnet.sessions().to_vec())
    }

    fn of_edge(inputs: Inputs<'_>, advertisements: &Advertisements, site: SiteId) -> Self {
        let (mut routes4, mut routes6) = (Vec::new(), Vec::new());
        let edge = Edge::new(inputs, site).map(|mut edge| {
            edge.learn(advertisements, false, &|_| true, &mut |prefix, entry, fate| match (prefix, fate) {
                (IpPrefix::V4(prefix), Fate::Taken) => routes4.push((prefix, entry)),
                (IpPrefix::V6(prefix), Fate::Taken) => routes6.push((prefix, entry)),
                (_, Fate::Absent(_)) => {}
            });
            edge
        });
        let mut decisions = Interner::default();
        let v4 = route_partition(edge.as_ref(), CoverTable::build(routes4), &mut decisions);
        let v6 = route_partition(edge.as_ref(), CoverTable::build(routes6), &mut decisions);
        let sessions = edge.map(|edge| edge.sessions).unwrap_or_default();
        Self::finish(decisions, v4, v6, sessions)
    }

    /// Says how large a site's engine became; apart from compiling, so that threads say nothing out of order.
    fn log(&self, site: SiteId) {
        tracing::info!(
            site = site.index(),
            sessions = self.sessions.len(),
            ranges_v4 = self.v4.len(),
            ranges_v6 = self.v6.len(),
            decisions = self.decisions.len(),
            "compiled"
        );
    }

    /// The sessions of the site's edge, which carriers of decisions refer to; none without a network file.
    pub fn sessions(&self) -> &[Session] {
        &self.sessions
    }

    /// The decision for an address.
    pub fn decide(&self, address: IpAddr) -> DecisionId {
        match self.fib.lookup(address) {
            Some(next_hop) => DecisionId(next_hop.index()),
            // The partition is total, so the table always has an answer; 0 is its first decision.
            None => DecisionId(0),
        }
    }

    /// What a decision says.
    ///
    /// # Panics
    ///
    /// Where `id` comes from another engine.
    #[expect(clippy::indexing_slicing, reason = "ids come from this engine; another one's is a caller's bug")]
    pub fn decision(&self, id: DecisionId) -> &Decision {
        &self.decisions[id.0 as usize]
    }

    /// All decisions, in the order of their ids.
    pub fn decisions(&self) -> &[Decision] {
        &self.decisions
    }

    /// The IPv4 space as a function.
    pub fn partition4(&self) -> &Partition<Ipv4Addr, DecisionId> {
        &self.v4
    }

    /// The IPv6 space as a function.
    pub fn partition6(&self) -> &Partition<Ipv6Addr, DecisionId> {
        &self.v6
    }

    fn finish(
        interner: Interner,
        v4: Partition<Ipv4Addr, DecisionId>,
        v6: Partition<Ipv6Addr, DecisionId>,
        sessions: Vec<Session>,
    ) -> Self {
        let next_hop = |id: &DecisionId| NextHopId::new(id.0);
        let fib = thread::scope(|scope| {
            let v6 = scope.spawn(|| CompiledV6::from_partition(&v6.map(next_hop)));
            let v4 = CompiledV4::from_partition(&v4.map(next_hop));
            let v6 = v6.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            CompiledFib { v4, v6 }
        });
        Self { decisions: interner.decisions, v4, v6, fib, sessions }
    }
}

/// The results of `make` in the order of `items`, made by as many threads as the machine has processors: more would
/// hold more half-made engines at once, and be no faster.
pub(crate) fn side_by_side<T: Sync, R: Send>(items: &[T], make: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let threads = thread::available_parallelism().map_or(1, NonZero::get).min(items.len());
    if threads <= 1 {
        return items.iter().map(make).collect();
    }
    let next = AtomicUsize::new(0);
    let work = || {
        let mut made = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            match items.get(index) {
                Some(item) => made.push((index, make(item))),
                None => return made,
            }
        }
    };
    let mut all: Vec<(usize, R)> = thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let join = |worker: thread::ScopedJoinHandle<'_, _>| match worker.join() {
            Ok(made) => made,
            Err(panic) => std::panic::resume_unwind(panic),
        };
        workers.into_iter().flat_map(join).collect()
    });
    all.sort_unstable_by_key(|(index, _)| *index);
    all.into_iter().map(|(_, made)| made).collect()
}

/// Eligibility as a function: one answer per combination of list record and special-purpose block.
fn list_partition<A: FamilyParts, T>(
    catalog: &Catalog,
    cover: &CoverTable<A, T>,
    interner: &mut Interner,
) -> Partition<A, DecisionId> {
    // Both sides are constant on each range of the common refinement, so its first address speaks
    // for all of it; the answer per pair is remembered.
    let mut known = HashMap::new();
    let blocks = blocks::<A>();
    let pairs = cover.partition().zip_with(&blocks, |node, block| (*node, *block));
    let mut ids = Vec::with_capacity(pairs.len());
    for (range, pair) in pairs.iter() {
        let id = *known.entry(*pair).or_insert_with(|| {
            let address: IpAddr = range.first().into();
            interner.intern(eligibility(address, &catalog.lookup(address)))
        });
        ids.push(id);
    }
    let mut ids = ids.into_iter();
    pairs.map(|_| ids.next().unwrap_or(DecisionId(0)))
}

/// Routing as a function: the choice at every distinct prefix, then special-purpose blocks.
fn route_partition<A: FamilyParts>(
    edge: Option<&Edge<'_>>,
    cover: CoverTable<A, Entry>,
    interner: &mut Interner,
) -> Partition<A, DecisionId> {
    let Some(edge) = edge else {
        let nothing = interner.intern(select(std::iter::empty()));
        return Partition::uniform(nothing);
    };
    let mut choices = Choices { edge, settled: Vec::new(), known: HashMap::default() };
    let of_node: Vec<usize> = cover.entries().map(|(_, group)| choices.of(group)).collect();
    let settled =
        |node: crate::fib::NodeId| of_node.get(node.index()).and_then(|at| choices.settled.get(*at));
    // A prefix comes after all that cover it, so their decisions are there when they are asked for.
    let mut ids: Vec<DecisionId> = Vec::with_capacity(cover.len());
    for node in cover.ids() {
        let Some((prefix, _)) = cover.get(node) else { continue };
        let own = A::wrap(prefix);
        let chain = cover.nodes(node).filter_map(|node| {
            let (prefix, _) = cover.get(node)?;
            Some((A::wrap(prefix), settled(node)?))
        });
        let decision = select(chain);
        // Only a decision about its own prefix is new for sure.
        let id = if decision.prefix == Some(own) {
            interner.push(decision)
        } else {
            let above = decision.prefix.and_then(A::of).and_then(|prefix| cover.node_of(prefix));
            let above = above.and_then(|node| ids.get(node.index()).copied());
            match above {
                Some(id) if interner.get(id) == Some(&decision) => id,
                _ => interner.intern(decision),
            }
        };
        ids.push(id);
    }
    let none = interner.intern(select(std::iter::empty()));
    let routed =
        cover.partition().map(|node| node.and_then(|node| ids.get(node.index()).copied()).unwrap_or(none));
    routed.zip_with(&blocks::<A>(), |id, block| match block.and_then(block_at) {
        Some(block) => match interner.get(*id).cloned() {
            Some(decision) => {
                let applied = apply_block(block, decision.clone());
                if applied == decision { *id } else { interner.intern(applied) }
            }
            None => *id,
        },
        None => *id,
    })
}

/// What groups of routes come to, each distinct group settled once.
struct Choices<'e, 'a> {
    edge: &'e Edge<'a>,
    settled: Vec<Settled>,
    known: HashMap<Box<[Entry]>, usize, foldhash::fast::FixedState>,
}

impl Choices<'_, '_> {
    fn of(&mut self, group: &[Entry]) -> usize {
        // The attributes of a route that has no rival change nothing.
        let alone;
        let key: &[Entry] = match group {
            [one] => {
                alone = [Entry { attributes: self.edge.no_attributes, ..*one }];
                &alone
            }
            group => group,
        };
        if let Some(known) = self.known.get(key) {
            return *known;
        }
        self.settled.push(settle(self.edge, group));
        self.known.insert(key.into(), self.settled.len() - 1);
        self.settled.len() - 1
    }
}
