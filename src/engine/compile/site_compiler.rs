//! Compiles many vantage points of one network. Data that they have in common is computed once.

use std::collections::HashMap;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};

use crate::addr::{Address, IpPrefix, IpSet, Partition, Prefix};
use crate::engine::adj_rib_in::{Admission, Edge};
use crate::engine::decision::{At, Decision, DecisionId, Router};
use crate::engine::effective_routes::{OutwardRoutes, SubnetRoute};
use crate::engine::forwarding::{Entered, Forwarding, Outward, Start, past_reach};
use crate::engine::inputs::Inputs;
use crate::engine::loc_rib::{apply_denial, denials, select, translations};
use crate::engine::session::Session;
use crate::network::{PeeringEnd, Proxy, SiteId, SubnetId, VirtualNetworkId};

use super::compose::{Caches, Composer, Handed, Local, Tables};
use super::interner::Interner;
use super::subnet::{subnet_partition, subnet_within};
use super::{Engine, id_of, route_partition};

/// The common data of vantage points that are compiled one at a time: Microsoft's advertisements, the
/// advertisements between edges, and the tables of the routers on the paths are computed once.
pub(crate) struct SiteCompiler<'a> {
    pub(super) forwarding: Forwarding<'a>,
    /// The sites whose edges are on the paths from other sites.
    sites: Mutex<HashMap<SiteId, Arc<SiteTable>>>,
    caches: Caches,
}

impl std::fmt::Debug for SiteCompiler<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SiteCompiler").finish_non_exhaustive()
    }
}

/// The decisions of a site's edge, without the routers that follow. Each range records where its packets enter Azure,
/// if they do, and whether its addresses belong to a site.
struct SiteTable {
    decisions: Arc<[Decision]>,
    sessions: Vec<Session>,
    v4: Partition<Ipv4Addr, (DecisionId, (Entered, bool))>,
    v6: Partition<Ipv6Addr, (DecisionId, (Entered, bool))>,
}

impl<'a> SiteCompiler<'a> {
    /// Creates a compiler for inputs that were checked.
    pub(crate) fn new(inputs: Inputs<'a>) -> Self {
        Self { forwarding: Forwarding::new(inputs), sites: Mutex::default(), caches: Caches::default() }
    }

    /// Limits evaluation to a part of the address space. Outside of it, the engines are undefined.
    #[must_use]
    pub(in crate::engine) fn within(self, part: Option<&'a IpSet>) -> Self {
        Self { forwarding: self.forwarding.within(part), ..self }
    }

    /// Returns the engine of a site, like [`Engine::compile`].
    pub(crate) fn compile(&self, site: SiteId) -> Engine {
        let engine = self.site(site);
        engine.log(site);
        engine.ready()
    }

    /// Returns the engine of a site. Its lookup table is built on first use. If the site's clients use a proxy, the
    /// addresses for which they do overlay the decisions of the site's edge.
    pub(in crate::engine) fn site(&self, site: SiteId) -> Engine {
        let edge = self.edge(site);
        match self.forwarding.network().site(site).and_then(|site| site.proxy.as_ref()) {
            Some(proxy) => self.proxied(site, proxy, &edge),
            None => edge,
        }
    }

    /// Returns the engine of a site whose clients use a proxy. `edge` is that of the site's edge.
    fn proxied(&self, site: SiteId, proxy: &Proxy, edge: &Engine) -> Engine {
        let mut decisions = Interner::default();
        let first = decisions.intern(self.forwarding.to_proxy(site, proxy));
        let Inputs { network, catalog, .. } = self.forwarding.inputs();
        let served = proxy.served(network, catalog);
        let mut sessions = edge.sessions().to_vec();
        let mut composer = Composer {
            forwarding: &self.forwarding,
            start: Start::Site,
            edge: Some(Router::Edge(site)),
            decisions: &mut decisions,
            sessions: &mut sessions,
        };
        let v4 = composer.proxied(site, &within(&served, first), self);
        let v6 = composer.proxied(site, &within(&served, first), self);
        edge.overlaid((v4, v6), decisions, sessions)
    }

    /// Returns the engine of a site's edge, which decides about packets of other sites too.
    fn edge(&self, site: SiteId) -> Engine {
        let (mut decisions, v4, v6, mut sessions) = self.local(site);
        self.forwarding.add_sessions_behind(site, &mut sessions);
        let goes_on =
            |decision: &Decision| !self.forwarding.other_edges(site, decision, &sessions).is_empty();
        let reaches = |decision: &Decision| !self.forwarding.past_global_reach(decision).edges.is_empty();
        let alone = self.forwarding.inbound().prefixes.is_empty()
            && self.forwarding.network().virtual_hubs.is_empty();
        if alone && !decisions.decisions.iter().any(|one| goes_on(one) || reaches(one)) {
            return Engine::finish(decisions, v4, v6, sessions);
        }
        let mut composer = Composer {
            forwarding: &self.forwarding,
            start: Start::Site,
            edge: Some(Router::Edge(site)),
            decisions: &mut decisions,
            sessions: &mut sessions,
        };
        let v4 = composer.site(site, &entered(&v4, &self.forwarding), self);
        let v6 = composer.site(site, &entered(&v6, &self.forwarding), self);
        Engine::finish(decisions, v4, v6, sessions)
    }

    /// Returns the decisions of a site's edge, without the routers that follow.
    fn local(
        &self,
        site: SiteId,
    ) -> (Interner, Partition<Ipv4Addr, DecisionId>, Partition<Ipv6Addr, DecisionId>, Vec<Session>) {
        let inputs = self.forwarding.inputs();
        let (mut routes4, mut routes6) = (Vec::new(), Vec::new());
        let mut edge = Edge::new(inputs, site).map(|edge| {
            let mut edge = edge.deferring();
            let found = self.forwarding.neighbors();
            let counts = |prefix: IpPrefix| self.forwarding.counts(prefix);
            edge.learn(found, false, &counts, &mut |prefix, entry, fate| match (prefix, fate) {
                (IpPrefix::V4(prefix), Admission::Accepted) => routes4.push((prefix, entry)),
                (IpPrefix::V6(prefix), Admission::Accepted) => routes6.push((prefix, entry)),
                (_, Admission::Missing(_)) => {}
            });
            edge
        });
        let mut decisions = Interner::default();
        let v4 = route_partition(edge.as_mut(), routes4, inputs.catalog.cover4(), &mut decisions);
        let v6 = route_partition(edge.as_mut(), routes6, inputs.catalog.cover6(), &mut decisions);
        let v4 = under_rules(v4, edge.as_ref(), &mut decisions);
        let v6 = under_rules(v6, edge.as_ref(), &mut decisions);
        let v6 = over_translators(v6, translations(inputs.network), &mut decisions);
        (decisions, v4, v6, edge.map(|edge| edge.sessions).unwrap_or_default())
    }

    /// Returns the table of a site whose edge is on the paths from other sites.
    fn passed(&self, site: SiteId) -> Arc<SiteTable> {
        let known = || self.sites.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known().get(&site) {
            return Arc::clone(known);
        }
        let (decisions, v4, v6, sessions) = self.local(site);
        let forwarding = &self.forwarding;
        let table = Arc::new(SiteTable {
            decisions: decisions.decisions.into(),
            sessions,
            v4: self.owned(&entered(&v4, forwarding)),
            v6: self.owned(&entered(&v6, forwarding)),
        });
        Arc::clone(known().entry(site).or_insert(table))
    }

    /// Records for each range whether it belongs to a site.
    fn owned<A: Address, T: Copy + Eq>(
        &self,
        local: &Partition<A, (DecisionId, T)>,
    ) -> Partition<A, (DecisionId, (T, bool))> {
        let sites = &self.forwarding.network().sites;
        let prefixes = sites.iter().flat_map(|site| &site.prefixes);
        let owned = prefixes.filter_map(|prefix| Some((prefix.value.of_family::<A>()?, true)));
        local.zip_with(&Partition::from_lpm(owned, false), |(id, other), owned| (*id, (*other, *owned)))
    }

    /// Returns the table for packets that a proxy at a site sends. If the site's own clients use another proxy, so does
    /// this one.
    fn local_of_proxy<A: Address>(
        &self,
        site: SiteId,
        of: impl Fn(&SiteTable) -> &Partition<A, (DecisionId, (Entered, bool))>,
    ) -> Local<A> {
        let Inputs { network, catalog, .. } = self.forwarding.inputs();
        let Some(proxy) = network.site(site).and_then(|site| site.proxy.as_ref()) else {
            return self.local_of((site, false), of);
        };
        let table = self.passed(site);
        let next = DecisionId(id_of(table.decisions.len()));
        let decisions: Vec<Decision> =
            table.decisions.iter().cloned().chain([self.forwarding.to_proxy(site, proxy)]).collect();
        let served = within(&proxy.served(network, catalog), next);
        let local = of(&table).overlaid(&served, |(_, other), proxied| (*proxied, *other));
        self.local_with((site, false), decisions.into(), &local, &table.sessions)
    }

    fn local_of<A: Address>(
        &self,
        (site, is_past_reach): (SiteId, bool),
        of: impl Fn(&SiteTable) -> &Partition<A, (DecisionId, (Entered, bool))>,
    ) -> Local<A> {
        let table = self.passed(site);
        self.local_with((site, is_past_reach), Arc::clone(&table.decisions), of(&table), &table.sessions)
    }

    fn local_with<A: Address>(
        &self,
        (site, is_past_reach): (SiteId, bool),
        decisions: Arc<[Decision]>,
        local: &Partition<A, (DecisionId, (Entered, bool))>,
        sessions: &[Session],
    ) -> Local<A> {
        let onward = |decision: &Decision, (entered, owned): (Entered, bool)| {
            let onward = self.forwarding.after_edge(site, decision, sessions, entered);
            let onward = if is_past_reach { past_reach(onward) } else { onward };
            let ingress = self.forwarding.past_global_reach(decision);
            Handed { onward, ingress, owned, ..Handed::default() }
        };
        Local::new(decisions, local, onward)
    }

    pub(in crate::engine) fn subnet(&self, network: VirtualNetworkId, id: SubnetId) -> Engine {
        let mut decisions = Interner::default();
        let forwarding = &self.forwarding;
        let Some(subnet) = forwarding.subnet(network, id) else {
            let nothing = decisions.intern(select(std::iter::empty()));
            let (v4, v6) = (Partition::uniform(nothing), Partition::uniform(nothing));
            return Engine::finish(decisions, v4, v6, Vec::new());
        };
        let counts = |prefix: IpPrefix| forwarding.counts(prefix);
        let (routes, tunnels) = (subnet.routes(&counts), subnet.tunnel_routes(&counts));
        self.of_routes((network, id), &routes, &tunnels, subnet.sessions())
    }

    /// Returns the engine for some routes of a subnet.
    fn of_routes(
        &self,
        (network, id): (VirtualNetworkId, SubnetId),
        routes: &[SubnetRoute],
        tunnels: &[SubnetRoute],
        sessions: &[Session],
    ) -> Engine {
        let forwarding = &self.forwarding;
        let catalog = forwarding.inputs().catalog;
        let mut decisions = Interner::default();
        let v4 = subnet_partition(routes, tunnels, catalog.cover4(), &mut decisions);
        let v6 = subnet_partition(routes, tunnels, catalog.cover6(), &mut decisions);
        let mut sessions = sessions.to_vec();
        let end = PeeringEnd::Subnet(id);
        let handed = |decision: &Decision| {
            let ingress = || forwarding.ingress(At::Network(network), end, decision);
            forwarding.onward(At::Network(network), decision).iter().any(Option::is_some)
                || !ingress().edges.is_empty()
        };
        if !decisions.decisions.iter().any(handed) {
            return Engine::finish(decisions, v4, v6, sessions);
        }
        let mut composer = Composer {
            forwarding,
            start: Start::Subnet(network),
            edge: None,
            decisions: &mut decisions,
            sessions: &mut sessions,
        };
        let v4 = composer.subnet((network, id), &v4, self);
        let v6 = composer.subnet((network, id), &v6, self);
        Engine::finish(decisions, v4, v6, sessions)
    }

    /// Returns the properties that determine a subnet's decisions outside of its virtual network.
    pub(in crate::engine) fn outward_of(
        &self,
        network: VirtualNetworkId,
        subnet: SubnetId,
    ) -> Option<Outward> {
        self.forwarding.outward(network, subnet)
    }

    /// Returns the engine that subnets share if they make the same decisions outside of the address spaces of their own
    /// virtual networks. It is compiled for one of these subnets.
    pub(in crate::engine) fn outward(
        &self,
        network: VirtualNetworkId,
        subnet: SubnetId,
        of: &Outward,
    ) -> Option<Engine> {
        let settings = self.forwarding.subnet(network, subnet)?;
        let OutwardRoutes { routes, tunnels } = &of.routes;
        Some(self.of_routes((network, subnet), routes, tunnels, settings.sessions()))
    }

    /// Returns the engine of a subnet that shares `common` with others. Only the address space of the subnet's own
    /// virtual network is compiled.
    pub(in crate::engine) fn inside(
        &self,
        network: VirtualNetworkId,
        id: SubnetId,
        common: &Engine,
    ) -> Option<Engine> {
        let subnet = self.forwarding.subnet(network, id)?;
        let catalog = self.forwarding.inputs().catalog;
        let near = |prefix: IpPrefix| subnet.is_near(prefix) && self.forwarding.counts(prefix);
        let space = subnet.space();
        let (routes, tunnels) = (subnet.routes(&near), subnet.tunnel_routes(&near));
        let mut decisions = Interner::default();
        let v4 = subnet_within(&space.v4, &routes, &tunnels, catalog.cover4(), &mut decisions);
        let v6 = subnet_within(&space.v6, &routes, &tunnels, catalog.cover6(), &mut decisions);
        let mut sessions = common.sessions().to_vec();
        let mut composer = Composer {
            forwarding: &self.forwarding,
            start: Start::Subnet(network),
            edge: None,
            decisions: &mut decisions,
            sessions: &mut sessions,
        };
        let v4 = composer.within_subnet((network, id), &v4, self);
        let v6 = composer.within_subnet((network, id), &v6, self);
        Some(common.overlaid((v4, v6), decisions, sessions))
    }
}

impl Tables<Ipv4Addr> for SiteCompiler<'_> {
    fn table(&self, router: Router) -> Option<Arc<Local<Ipv4Addr>>> {
        self.caches.v4.get(router, || match router {
            Router::Edge(site) => Some(self.local_of((site, false), |table| &table.v4)),
            Router::EdgePastGlobalReach(site) => Some(self.local_of((site, true), |table| &table.v4)),
            Router::Proxy(site) => Some(self.local_of_proxy(site, |table| &table.v4)),
            _ => Local::in_azure(&self.forwarding, router, self.forwarding.inputs().catalog.cover4()),
        })
    }
}

impl Tables<Ipv6Addr> for SiteCompiler<'_> {
    fn table(&self, router: Router) -> Option<Arc<Local<Ipv6Addr>>> {
        self.caches.v6.get(router, || match router {
            Router::Edge(site) => Some(self.local_of((site, false), |table| &table.v6)),
            Router::EdgePastGlobalReach(site) => Some(self.local_of((site, true), |table| &table.v6)),
            Router::Proxy(site) => Some(self.local_of_proxy(site, |table| &table.v6)),
            _ => Local::in_azure(&self.forwarding, router, self.forwarding.inputs().catalog.cover6()),
        })
    }
}

/// Returns the value for the addresses of a set; `None` for all others.
fn within<A: Address>(set: &IpSet, value: DecisionId) -> Partition<A, Option<DecisionId>> {
    let prefixes = set.of_family::<A>().prefixes().map(|prefix| (prefix, Some(value)));
    Partition::from_lpm(prefixes, None)
}

/// Applies the rules with which an internet edge denies packets to the edge's decisions.
fn under_rules<A: Address>(
    routed: Partition<A, DecisionId>,
    edge: Option<&Edge<'_>>,
    interner: &mut Interner,
) -> Partition<A, DecisionId> {
    let Some((edge, denials)) = edge.and_then(|edge| Some((edge, denials::<A>(edge)?))) else {
        return routed;
    };
    let mut known: HashMap<(DecisionId, usize), DecisionId> = HashMap::new();
    routed.overlaid(&denials, |id, rule| {
        *known.entry((*id, *rule)).or_insert_with(|| {
            let Some(decision) = interner.get(*id).cloned() else { return *id };
            let applied = apply_denial(edge, *rule, decision.clone());
            if applied == decision { *id } else { interner.intern(applied) }
        })
    })
}

/// Replaces a site's decisions for the prefixes of NAT64 translators.
fn over_translators(
    routed: Partition<Ipv6Addr, DecisionId>,
    translations: Vec<(Prefix<Ipv6Addr>, Decision)>,
    interner: &mut Interner,
) -> Partition<Ipv6Addr, DecisionId> {
    if translations.is_empty() {
        return routed;
    }
    let translations = translations.into_iter().map(|(prefix, one)| (prefix, Some(interner.intern(one))));
    routed.overlaid(&Partition::from_lpm(translations, None), |_, translated| *translated)
}

/// Records where packets to each range enter Azure, based on the longest prefix.
fn entered<A: Address>(
    local: &Partition<A, DecisionId>,
    forwarding: &Forwarding<'_>,
) -> Partition<A, (DecisionId, Entered)> {
    let inbound = forwarding.inbound().prefixes.iter();
    let gateways = inbound.filter_map(|(prefix, index)| Some((prefix.of_family::<A>()?, Some(*index))));
    let hubs = (0_u32..).zip(forwarding.hubs().entries());
    let hubs = hubs.filter_map(|(index, (prefix, _))| Some((prefix.of_family::<A>()?, Some(index))));
    let (gateways, hubs) = (Partition::from_lpm(gateways, None), Partition::from_lpm(hubs, None));
    let entered = gateways.zip_with(&hubs, |gateways, hubs| Entered { gateways: *gateways, hubs: *hubs });
    local.zip_with(&entered, |id, entered| (*id, *entered))
}
