//! Whole spaces past the first router: each range of a start's table is followed through the tables of the routers that
//! it is handed to.

use std::collections::HashMap;
use std::rc::Rc;

use crate::addr::{AddressRange, IpPrefix, Partition};
use crate::engine::decision::{Decision, DecisionId, Hop, Router};
use crate::engine::forwarding::{Forwarding, Start, Table, looped};
use crate::engine::session::Session;
use crate::fib::CoverTable;
use crate::network::VirtualNetworkId;

use super::family::FamilyParts;
use super::interner::Interner;
use super::subnet::subnet_partition;

/// Follows the ranges of one start, of both families.
pub(super) struct Composer<'c, 'a> {
    pub(super) forwarding: &'c Forwarding<'a>,
    pub(super) start: Start,
    pub(super) decisions: &'c mut Interner,
    pub(super) sessions: &'c mut Vec<Session>,
}

/// The table of a router as a function.
struct Local<A> {
    partition: Partition<A, DecisionId>,
    decisions: Vec<Decision>,
}

/// The routers behind a decision, each with the id of its own decision there.
type Path = Vec<(Router, DecisionId)>;

/// One family of a start.
struct Family<'f, 'c, 'a, A: FamilyParts, T> {
    of: &'f mut Composer<'c, 'a>,
    lists: &'f CoverTable<A, T>,
    tables: HashMap<Router, Rc<Local<A>>>,
    known: HashMap<(DecisionId, Path), DecisionId>,
    out: Vec<(A, DecisionId)>,
}

impl Composer<'_, '_> {
    /// The space of a subnet of a virtual network.
    pub(super) fn subnet<A: FamilyParts, T>(
        &mut self,
        network: VirtualNetworkId,
        local: &Partition<A, DecisionId>,
        lists: &CoverTable<A, T>,
    ) -> Partition<A, DecisionId> {
        self.follow(local, lists, |composer, id| {
            let decision = composer.decisions.get(*id);
            (*id, decision.and_then(|decision| composer.forwarding.onward(network, decision)))
        })
    }

    /// The space of a site, of which `inbound` says what enters over which gateway.
    pub(super) fn site<A: FamilyParts, T>(
        &mut self,
        inbound: &[(IpPrefix, Router)],
        local: &Partition<A, DecisionId>,
        lists: &CoverTable<A, T>,
    ) -> Partition<A, DecisionId> {
        let entered = inbound.iter().filter_map(|(prefix, router)| Some((A::of(*prefix)?, Some(*router))));
        let entered = Partition::from_lpm(entered, None);
        let places = local.zip_with(&entered, |id, router| (*id, *router));
        self.follow(&places, lists, |composer, (id, router)| {
            let lets_in = |router: &Router| {
                let decision = composer.decisions.get(*id);
                decision.is_some_and(|decision| {
                    composer.forwarding.lets_in(router.network(), decision, composer.sessions)
                })
            };
            (*id, router.filter(lets_in))
        })
    }

    /// The space with every range followed that `next` hands to a router.
    ///
    /// # Complexity
    ///
    /// Linear in the ranges of the routers that are passed.
    fn follow<A: FamilyParts, T, V: Clone + Eq>(
        &mut self,
        local: &Partition<A, V>,
        lists: &CoverTable<A, T>,
        next: impl Fn(&Self, &V) -> (DecisionId, Option<Router>),
    ) -> Partition<A, DecisionId> {
        let (tables, known) = (HashMap::new(), HashMap::new());
        let mut family = Family { of: self, lists, tables, known, out: Vec::with_capacity(local.len()) };
        for (range, value) in local.iter() {
            match next(family.of, value) {
                (first, Some(router)) => family.walk(first, range, router, &mut Vec::new()),
                (first, None) => family.out.push((range.first(), first)),
            }
        }
        Partition::from_starts(family.out)
    }
}

impl<A: FamilyParts, T> Family<'_, '_, '_, A, T> {
    fn walk(&mut self, first: DecisionId, range: AddressRange<A>, router: Router, path: &mut Path) {
        let Some(table) = self.table(router) else {
            self.end(first, range, path, None);
            return;
        };
        for (part, id) in table.partition.within(range) {
            let Some(decision) = table.decisions.get(id.0 as usize) else { continue };
            path.push((router, *id));
            match self.of.forwarding.onward(router.network(), decision) {
                Some(next) if path.iter().any(|(passed, _)| *passed == next) => {
                    self.end(first, part, path, Some(next));
                }
                Some(next) => self.walk(first, part, next, path),
                None => self.end(first, part, path, None),
            }
            path.pop();
        }
    }

    fn end(&mut self, first: DecisionId, part: AddressRange<A>, path: &Path, again: Option<Router>) {
        let key = (first, path.clone());
        if let Some(known) = self.known.get(&key) {
            self.out.push((part.first(), *known));
            return;
        }
        let hop = |(router, id): &(Router, DecisionId)| {
            let decision = self.tables.get(router)?.decisions.get(id.0 as usize)?.clone();
            Some(Hop { router: *router, decision })
        };
        let mut hops: Vec<Hop> = path.iter().filter_map(hop).collect();
        if let Some(again) = again {
            hops.extend(looped(again, hops.last()));
        }
        let Some(decision) = self.of.decisions.get(first).cloned() else { return };
        let summary = self.of.forwarding.summary(self.of.start, &decision, hops, self.of.sessions);
        let id = self.of.decisions.intern(summary);
        self.known.insert(key, id);
        self.out.push((part.first(), id));
    }

    fn table(&mut self, router: Router) -> Option<Rc<Local<A>>> {
        if let Some(known) = self.tables.get(&router) {
            return Some(Rc::clone(known));
        }
        let mut decisions = Interner::default();
        let partition = match self.of.forwarding.table(router)? {
            Table::Routes(subnet) => {
                let (routes, tunnels) = (subnet.routes(&|_| true), subnet.tunnel_routes(&|_| true));
                subnet_partition(&routes, &tunnels, self.lists, &mut decisions)
            }
            Table::Always(decision) => Partition::uniform(decisions.intern(decision)),
        };
        let table = Rc::new(Local { partition, decisions: decisions.decisions });
        self.tables.insert(router, Rc::clone(&table));
        Some(table)
    }
}
