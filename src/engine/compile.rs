//! Lists and network to one exact function per family, and that to the table that forwards.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::addr::special::{self, SpecialBlock};
use crate::addr::{Address, IpPrefix, Partition, Prefix};
use crate::catalog::Catalog;
use crate::fib::{CompiledFib, CompiledV4, CompiledV6, CoverTable, NextHopId};
use crate::network::{Network, SiteId};

use super::candidates::{Candidate, candidates};
use super::decision::{Decision, DecisionId};
use super::eligibility::eligibility;
use super::select::{apply_block, select};

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
        Self::finish(interner, v4, v6)
    }

    /// What a site's edge does: longest-prefix match over its candidates.
    ///
    /// # Complexity
    ///
    /// `O(n log n)` in the number of routes.
    pub fn compile(network: &Network, catalog: &Catalog, site: SiteId) -> Self {
        let span = tracing::info_span!("compile", site = site.index()).entered();
        let all = candidates(network, catalog, site);
        let (mut routes4, mut routes6) = (Vec::new(), Vec::new());
        for candidate in all {
            match candidate.prefix {
                IpPrefix::V4(prefix) => routes4.push((prefix, candidate)),
                IpPrefix::V6(prefix) => routes6.push((prefix, candidate)),
            }
        }
        let mut interner = Interner::default();
        let v4 = route_partition(site, CoverTable::build(routes4), &mut interner);
        let v6 = route_partition(site, CoverTable::build(routes6), &mut interner);
        let engine = Self::finish(interner, v4, v6);
        tracing::info!(
            ranges_v4 = engine.v4.len(),
            ranges_v6 = engine.v6.len(),
            decisions = engine.decisions.len(),
            "compiled"
        );
        drop(span);
        engine
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
    ) -> Self {
        let next_hop = |id: &DecisionId| NextHopId::new(id.0);
        let fib = CompiledFib {
            v4: CompiledV4::from_partition(&v4.map(next_hop)),
            v6: CompiledV6::from_partition(&v6.map(next_hop)),
        };
        Self { decisions: interner.decisions, v4, v6, fib }
    }
}

/// Gives equal decisions equal ids.
#[derive(Default)]
struct Interner {
    decisions: Vec<Decision>,
    ids: HashMap<Decision, DecisionId>,
}

impl Interner {
    fn intern(&mut self, decision: Decision) -> DecisionId {
        if let Some(id) = self.ids.get(&decision) {
            return *id;
        }
        let id = DecisionId(u32::try_from(self.decisions.len()).unwrap_or(u32::MAX - 1));
        self.decisions.push(decision.clone());
        self.ids.insert(decision, id);
        id
    }
}

/// The special-purpose blocks of a family as a function.
fn blocks<A: Address>(of: impl Fn(IpPrefix) -> Option<Prefix<A>>) -> Partition<A, Option<usize>> {
    let routes = special::blocks()
        .iter()
        .enumerate()
        .filter_map(|(index, block)| Some((of(block.prefix)?, Some(index))));
    Partition::from_lpm(routes, None)
}

/// Which half of [`IpPrefix`] a family is.
trait FamilyParts: Address + Into<IpAddr> {
    fn of(prefix: IpPrefix) -> Option<Prefix<Self>>;
    fn wrap(prefix: Prefix<Self>) -> IpPrefix;
}

impl FamilyParts for Ipv4Addr {
    fn of(prefix: IpPrefix) -> Option<Prefix<Self>> {
        match prefix {
            IpPrefix::V4(prefix) => Some(prefix),
            IpPrefix::V6(_) => None,
        }
    }
    fn wrap(prefix: Prefix<Self>) -> IpPrefix {
        IpPrefix::V4(prefix)
    }
}

impl FamilyParts for Ipv6Addr {
    fn of(prefix: IpPrefix) -> Option<Prefix<Self>> {
        match prefix {
            IpPrefix::V4(_) => None,
            IpPrefix::V6(prefix) => Some(prefix),
        }
    }
    fn wrap(prefix: Prefix<Self>) -> IpPrefix {
        IpPrefix::V6(prefix)
    }
}

fn block_at(index: usize) -> Option<&'static SpecialBlock> {
    special::blocks().get(index)
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
    let blocks = blocks(A::of);
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
    site: SiteId,
    cover: CoverTable<A, Candidate>,
    interner: &mut Interner,
) -> Partition<A, DecisionId> {
    let routed = cover.partition().map(|node| match node {
        Some(node) => {
            let chain = cover.chain(*node).map(|(prefix, group)| (A::wrap(prefix), group));
            interner.intern(select(site, chain))
        }
        None => interner.intern(select(site, std::iter::empty())),
    });
    routed.zip_with(&blocks(A::of), |id, block| match block.and_then(block_at) {
        Some(block) => match interner.decisions.get(id.0 as usize).cloned() {
            Some(decision) => interner.intern(apply_block(block, decision)),
            None => *id,
        },
        None => *id,
    })
}
