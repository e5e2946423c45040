//! Follows whole address spaces beyond the first router: each range of the first router's table is passed through the
//! tables of the routers that follow.

use std::collections::HashMap;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};

use crate::addr::{Address, AddressRange, IpPrefix, IpSet, Partition};
use crate::engine::decision::{At, Decision, DecisionId, Device, Hop, Router};
use crate::engine::forwarding::{
    Entered, Forwarding, Ingress, OwnWay, Start, Table, at_device, denied_at, looped, onto_backbone,
    own_ways, since_proxy,
};
use crate::engine::inputs::Inputs;
use crate::engine::loc_rib::{denials_of, select};
use crate::engine::peering_crossing::let_across;
use crate::engine::session::Session;
use crate::fib::CoverTable;
use crate::network::{Network, PeeringEnd, SiteId, SubnetId, VirtualNetworkId};

use super::interner::Interner;
use super::subnet::subnet_partition;

/// The tables of the routers that packets pass, for one family.
pub(super) struct Cache<A>(Mutex<HashMap<Router, Arc<Local<A>>>>);

impl<A> Default for Cache<A> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

/// The table of a router as a function of the address.
pub(super) struct Local<A> {
    /// The index into `places`.
    partition: Partition<A, u32>,
    places: Vec<Place>,
    decisions: Arc<[Decision]>,
}

/// The behavior of a router for a set of addresses that it treats equally.
struct Place {
    id: DecisionId,
    /// Whether the router translates the source of packets.
    translates: bool,
    onward: Onward,
    /// Where packets that the router sends over circuits and tunnels arrive.
    ingress: Ingress,
    /// For an edge, whether the addresses belong to a site.
    owned: bool,
}

/// Stands for packets that Microsoft's edge forwards to a site without a decision of its own.
const TO_SITE: DecisionId = DecisionId(u32::MAX);

/// Stands for addresses outside of the compiled part of the address space.
const NOWHERE: DecisionId = DecisionId(u32::MAX);

/// A router on the path, with the id of its own decision, and whether it translates the source.
type Step = (Router, DecisionId, bool);

/// The routers to which a router passes packets. If there are several, they have equal cost. `None` stands for flows
/// that it passes to no router.
type Onward = Vec<Option<Router>>;

/// Where a router's decision sends packets.
#[derive(Clone, Default)]
pub(super) struct Handed {
    /// The routers to which the packets are passed.
    pub(super) onward: Onward,
    /// Where the packets arrive, if the router sends them out of Azure.
    pub(super) ingress: Ingress,
    /// Whether the router translates the source of the packets.
    pub(super) translates: bool,
    /// For an edge, whether the addresses belong to a site.
    pub(super) owned: bool,
}

/// The routers after a decision, each with the id of its own decision, and the router that is passed twice, if any.
#[derive(Clone, PartialEq, Eq, Hash, Default)]
struct Trace {
    path: Vec<Step>,
    again: Option<Router>,
}

/// Ranges, identified by their first address, each with the traces of its flows.
type Parts<A> = Vec<(A, Arc<[Trace]>)>;

/// Follows the ranges of one start, for both families.
pub(super) struct Composer<'c, 'a> {
    pub(super) forwarding: &'c Forwarding<'a>,
    pub(super) start: Start,
    /// The router at the start, if it is a site's edge.
    pub(super) edge: Option<Router>,
    pub(super) decisions: &'c mut Interner,
    pub(super) sessions: &'c mut Vec<Session>,
}

/// The tables of one family.
pub(super) trait Tables<A: Address> {
    /// Returns the table of a router; `None` for a router of another network.
    fn table(&self, router: Router) -> Option<Arc<Local<A>>>;
}

/// One family of a start.
struct Family<'f, 'c, 'a, A: Address> {
    of: &'f mut Composer<'c, 'a>,
    tables: &'f dyn Tables<A>,
    known: HashMap<(DecisionId, Arc<[Trace]>), DecisionId>,
    out: Vec<(A, DecisionId)>,
}

impl<A: Address> Cache<A> {
    /// Returns the table of a router. `make` creates it on first use.
    pub(super) fn get(
        &self,
        router: Router,
        make: impl FnOnce() -> Option<Local<A>>,
    ) -> Option<Arc<Local<A>>> {
        let known = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known().get(&router) {
            return Some(Arc::clone(known));
        }
        // Other threads need not wait. The first result is kept.
        let made = Arc::new(make()?);
        Some(Arc::clone(known().entry(router).or_insert(made)))
    }
}

impl<A: Address> Local<A> {
    /// Creates a table from decisions for all addresses. `onward` returns where each decision sends packets, based on
    /// the decision and the other properties of the addresses.
    pub(super) fn new<T: Copy + Eq + std::hash::Hash>(
        decisions: Arc<[Decision]>,
        local: &Partition<A, (DecisionId, T)>,
        onward: impl Fn(&Decision, T) -> Handed,
    ) -> Self {
        let (mut places, mut known) = (Vec::new(), HashMap::new());
        let partition = local.map(|(id, other)| {
            *known.entry((*id, *other)).or_insert_with(|| {
                let decision = decisions.get(id.0 as usize);
                let handed = decision.map(|decision| onward(decision, *other)).unwrap_or_default();
                let Handed { onward, ingress, translates, owned } = handed;
                places.push(Place { id: *id, translates, onward, ingress, owned });
                u32::try_from(places.len() - 1).unwrap_or(u32::MAX)
            })
        });
        Self { partition, places, decisions }
    }

    /// Creates the table of a router inside Azure.
    pub(super) fn in_azure<T>(
        forwarding: &Forwarding<'_>,
        router: Router,
        lists: &CoverTable<A, T>,
    ) -> Option<Self> {
        let place = router.at()?;
        let mut decisions = Interner::default();
        let partition = match forwarding.table(router)? {
            Table::Routes(subnet) => {
                let counts = |prefix: IpPrefix| forwarding.counts(prefix);
                let (routes, tunnels) = (subnet.routes(&counts), subnet.tunnel_routes(&counts));
                let by_subnet = subnet_partition(&routes, &tunnels, lists, &mut decisions);
                match router {
                    Router::Device(device) => by_own_ways(forwarding, device, &by_subnet, &mut decisions),
                    _ => by_subnet,
                }
            }
            Table::Always(decision) => Partition::uniform(decisions.intern(decision)),
            Table::MicrosoftEdge(rows) => {
                let rows = rows.into_iter().filter_map(|(prefix, decision)| {
                    Some((
                        prefix.of_family::<A>()?,
                        decision.map_or(TO_SITE, |decision| decisions.intern(decision)),
                    ))
                });
                Partition::from_lpm(rows.collect::<Vec<_>>(), TO_SITE)
            }
            Table::Hub(rows) => {
                let none = decisions.intern(select(std::iter::empty()));
                let mut listed = HashMap::new();
                let rows = rows.into_iter().filter_map(|(prefix, decision)| {
                    let own = decisions.intern(decision.clone());
                    listed.insert(own, decisions.intern(onto_backbone(decision)));
                    Some((prefix.of_family::<A>()?, own))
                });
                let rows = Partition::from_lpm(rows.collect::<Vec<_>>(), none);
                let by_list = |own: &DecisionId, record: &Option<_>| match record {
                    Some(_) => listed.get(own).copied().unwrap_or(*own),
                    None => *own,
                };
                rows.zip_with(lists.partition(), by_list)
            }
        };
        let partition = match router {
            Router::Device(device) => under_rules(forwarding, device, partition, &mut decisions),
            _ => partition,
        };
        let kept = kept_sources::<A>(router, forwarding.network());
        let onward = |decision: &Decision, kept: bool| Handed {
            onward: forwarding.onward(place, decision),
            ingress: forwarding.ingress(place, router.end(), decision),
            translates: !kept && Hop::translation_counts(decision),
            owned: false,
        };
        let places = partition.zip_with(&kept, |id, kept| (*id, *kept));
        Some(Self::new(decisions.decisions.into(), &places, onward))
    }
}

/// Returns for each destination whether a router preserves the source of packets.
fn kept_sources<A: Address>(router: Router, network: &Network) -> Partition<A, bool> {
    let kept = match router {
        Router::Device(device) => device.kept_sources(network),
        _ => None,
    };
    let Some(kept) = kept else { return Partition::uniform(true) };
    let kept = kept.into_iter().filter_map(|prefix| Some((prefix.of_family::<A>()?, true)));
    Partition::from_lpm(kept.collect::<Vec<_>>(), false)
}

/// Applies the rules with which an appliance denies packets to its decisions.
fn under_rules<A: Address>(
    forwarding: &Forwarding<'_>,
    device: Device,
    routed: Partition<A, DecisionId>,
    decisions: &mut Interner,
) -> Partition<A, DecisionId> {
    let Inputs { network, catalog, .. } = forwarding.inputs();
    let rules = device.deny_rules(network);
    let Some(denials) = denials_of(catalog, rules) else { return routed };
    let mut known: HashMap<(DecisionId, usize), DecisionId> = HashMap::new();
    routed.overlaid(&denials, |id, index| {
        *known.entry((*id, *index)).or_insert_with(|| {
            let denied = rules.get(*index).zip(decisions.get(*id));
            let denied = denied.map(|(rule, routed)| denied_at(device, rule, routed));
            denied.map_or(*id, |denied| decisions.intern(denied))
        })
    })
}

/// Adds an appliance's own routes to the choices of its subnet.
fn by_own_ways<A: Address>(
    forwarding: &Forwarding<'_>,
    device: Device,
    by_subnet: &Partition<A, DecisionId>,
    decisions: &mut Interner,
) -> Partition<A, DecisionId> {
    let ways = own_ways(forwarding.network(), device);
    if ways.is_empty() {
        return by_subnet.clone();
    }
    let indexed = ways
        .iter()
        .enumerate()
        .filter_map(|(index, (prefix, ..))| Some((prefix.of_family::<A>()?, Some(index))));
    let places = by_subnet.zip_with(&Partition::from_lpm(indexed, None), |id, way| (*id, *way));
    let mut known: HashMap<(DecisionId, Option<usize>), DecisionId> = HashMap::new();
    places.map(|(id, index)| {
        *known.entry((*id, *index)).or_insert_with(|| {
            let way: Option<OwnWay> = index.and_then(|index| ways.get(index)).copied();
            let own = decisions.get(*id).and_then(|own| at_device(forwarding.network(), device, own, way));
            own.map_or(*id, |own| decisions.intern(own))
        })
    })
}

impl Composer<'_, '_> {
    /// Follows the space of a subnet of a virtual network.
    pub(super) fn subnet<A: Address>(
        &mut self,
        (network, subnet): (VirtualNetworkId, SubnetId),
        local: &Partition<A, DecisionId>,
        tables: &dyn Tables<A>,
    ) -> Partition<A, DecisionId> {
        let mut known: HashMap<DecisionId, Handed> = HashMap::new();
        self.follow(local, tables, |composer, id| {
            let handed = known.entry(*id).or_insert_with(|| {
                let decision = composer.decisions.get(*id);
                let end = PeeringEnd::Subnet(subnet);
                decision.map_or_else(Handed::default, |decision| Handed {
                    onward: composer.forwarding.onward(At::Network(network), decision),
                    ingress: composer.forwarding.ingress(At::Network(network), end, decision),
                    ..Handed::default()
                })
            });
            (*id, handed.clone())
        })
    }

    /// As [`Self::subnet`], for a part of the address space; `None` outside of that part.
    pub(super) fn within_subnet<A: Address>(
        &mut self,
        place: (VirtualNetworkId, SubnetId),
        local: &Partition<A, Option<DecisionId>>,
        tables: &dyn Tables<A>,
    ) -> Partition<A, Option<DecisionId>> {
        let local = local.map(|id| id.unwrap_or(NOWHERE));
        let followed = self.subnet(place, &local, tables);
        followed.map(|id| Some(*id).filter(|id| *id != NOWHERE))
    }

    /// Follows packets from a site's clients to their proxy, for a part of the address space; `None` outside of that
    /// part.
    pub(super) fn proxied<A: Address>(
        &mut self,
        site: SiteId,
        local: &Partition<A, Option<DecisionId>>,
        tables: &dyn Tables<A>,
    ) -> Partition<A, Option<DecisionId>> {
        let local = local.map(|id| (id.unwrap_or(NOWHERE), Entered::default()));
        let followed = self.site(site, &local, tables);
        followed.map(|id| Some(*id).filter(|id| *id != NOWHERE))
    }

    /// Follows packets from a site to all destination addresses. Each resulting range also records where its packets
    /// enter Azure.
    pub(super) fn site<A: Address>(
        &mut self,
        site: SiteId,
        local: &Partition<A, (DecisionId, Entered)>,
        tables: &dyn Tables<A>,
    ) -> Partition<A, DecisionId> {
        self.follow(local, tables, |composer, (id, entered)| {
            let decision = composer.decisions.get(*id);
            let handed = decision.map(|decision| Handed {
                onward: composer.forwarding.after_edge(site, decision, composer.sessions, *entered),
                ingress: composer.forwarding.past_global_reach(decision),
                ..Handed::default()
            });
            (*id, handed.unwrap_or_default())
        })
    }

    /// Follows every range that `next` passes to a router, and returns the whole space.
    ///
    /// # Complexity
    ///
    /// Linear in the ranges of the routers on the paths.
    fn follow<A: Address, V: Clone + Eq>(
        &mut self,
        local: &Partition<A, V>,
        tables: &dyn Tables<A>,
        mut next: impl FnMut(&Self, &V) -> (DecisionId, Handed),
    ) -> Partition<A, DecisionId> {
        let edge = self.edge;
        let part = self.forwarding.part().map(IpSet::of_family);
        let mut family =
            Family { of: self, tables, known: HashMap::new(), out: Vec::with_capacity(local.len()) };
        for (range, value) in local.iter() {
            let (first, Handed { onward, ingress, .. }) = next(family.of, value);
            let counts = part.is_none_or(|part| part.within(range).next().is_some());
            if !counts || onward.iter().all(Option::is_none) && ingress.edges.is_empty() {
                family.out.push((range.first(), first));
                continue;
            }
            let mut path: Vec<Step> = edge.map(|router| (router, first, false)).into_iter().collect();
            for (start, traces) in family.all(range, &onward, &ingress, &mut path) {
                family.end(first, start, traces);
            }
        }
        Partition::from_starts(family.out)
    }
}

impl<A: Address> Family<'_, '_, '_, A> {
    /// Returns the traces of flows that are passed to these routers. Flows that are passed to no router arrive at the
    /// edges of `ingress`.
    fn all(
        &self,
        range: AddressRange<A>,
        onward: &Onward,
        ingress: &Ingress,
        path: &mut Vec<Step>,
    ) -> Parts<A> {
        let next = onward.iter().map(|next| (*next, None)).collect();
        self.each(range, next, ingress, path)
    }

    /// Returns the traces of flows that are passed to these routers. Some flows may cross to a site or to Azure first.
    fn each(
        &self,
        range: AddressRange<A>,
        onward: Vec<(Option<Router>, Option<&Ingress>)>,
        ingress: &Ingress,
        path: &mut Vec<Step>,
    ) -> Parts<A> {
        let mut parts: Option<Partition<A, Arc<[Trace]>>> = None;
        if let [one] = onward.as_slice() {
            return self.one(range, *one, ingress, path);
        }
        for next in onward {
            let mut own = self.one(range, next, ingress, path);
            // A partition covers the whole space. Values outside of the range are ignored.
            if let Some((start, _)) = own.first_mut() {
                *start = A::MIN;
            }
            let own = Partition::from_starts(own);
            parts = Some(match parts {
                None => own,
                Some(known) => {
                    known.zip_with(&own, |one, other| one.iter().chain(other.iter()).cloned().collect())
                }
            });
        }
        let parts = parts.iter().flat_map(|parts| parts.within(range));
        parts.map(|(part, traces)| (part.first(), Arc::clone(traces))).collect()
    }

    fn one(
        &self,
        range: AddressRange<A>,
        (next, crossed): (Option<Router>, Option<&Ingress>),
        ingress: &Ingress,
        path: &mut Vec<Step>,
    ) -> Parts<A> {
        let ends = |again: Option<Router>, path: &[Step]| {
            vec![(range.first(), Arc::from([Trace { path: path.to_vec(), again }]))]
        };
        let Some(router) = next else { return self.ingress(range, ingress, path) };
        if since_proxy(path, |(passed, ..)| *passed).iter().any(|(passed, ..)| passed.is_at(router)) {
            return ends(Some(router), path);
        }
        let Some(table) = self.tables.table(router) else { return ends(None, path) };
        let mut parts = Vec::new();
        for (part, place) in table.partition.within(range) {
            let Some(own) = table.places.get(*place as usize) else { continue };
            // For packets that continue to a site, the router before Microsoft's edge made the decision.
            if own.id == TO_SITE {
                parts.extend(self.ingress(part, ingress, path));
                continue;
            }
            let decision = table.decisions.get(own.id.0 as usize);
            if crossed
                .zip(decision)
                .is_some_and(|(crossed, decision)| !crossed.is_described(decision, own.owned))
            {
                parts.push((part.first(), Arc::from([Trace { path: path.clone(), again: None }])));
                continue;
            }
            path.push((router, own.id, own.translates));
            parts.extend(self.all(part, &own.onward, &own.ingress, path));
            path.pop();
        }
        parts
    }

    /// Like the walk, continues at the site edges at which a packet that started in Azure leaves Azure, or arrives over
    /// Global Reach.
    fn ingress(&self, range: AddressRange<A>, ingress: &Ingress, path: &mut Vec<Step>) -> Parts<A> {
        let past_edge =
            self.of.start == Start::Site || path.iter().any(|(router, ..)| router.site().is_some());
        let ends = past_edge && !ingress.is_reach;
        if ends || ingress.edges.is_empty() {
            return vec![(range.first(), Arc::from([Trace { path: path.clone(), again: None }]))];
        }
        let edges = ingress.edges.iter().map(|edge| (Some(*edge), Some(ingress))).collect();
        self.each(range, edges, &Ingress::default(), path)
    }

    fn end(&mut self, first: DecisionId, start: A, traces: Arc<[Trace]>) {
        let key = (first, traces);
        if let Some(known) = self.known.get(&key) {
            self.out.push((start, *known));
            return;
        }
        let Some(decision) = self.of.decisions.get(first).cloned() else { return };
        let hops = key.1.iter().map(|trace| self.hops(trace)).collect();
        let summary = self.of.forwarding.summary(self.of.start, &decision, hops, self.of.sessions);
        let id = self.of.decisions.intern(summary);
        self.known.insert(key, id);
        self.out.push((start, id));
    }

    fn hops(&self, trace: &Trace) -> Vec<Hop> {
        let start = usize::from(self.of.edge.is_some());
        let hop = |(router, id, translates): &Step| {
            let decision = self.tables.table(*router)?.decisions.get(id.0 as usize)?.clone();
            Some(Hop { router: *router, translates: *translates, decision })
        };
        let mut hops: Vec<Hop> = trace.path.iter().skip(start).filter_map(hop).collect();
        if let Some(again) = trace.again {
            hops.extend(looped(again, hops.last()));
        }
        let_across(self.of.forwarding.network(), self.of.start.origin(), hops)
    }
}

/// The caches of both families.
#[derive(Default)]
pub(super) struct Caches {
    pub(super) v4: Cache<Ipv4Addr>,
    pub(super) v6: Cache<Ipv6Addr>,
}
