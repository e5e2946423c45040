//! Learns the routes over one session of an edge: each route, or the reason why the route is missing.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::addr::{Family, IpPrefix};
use crate::diag::{Span, Spanned};
use crate::engine::inputs::Inputs;
use crate::engine::session::{
    Session, SessionKind, SessionState, advertised_on_private_peering, attachment, gateway,
};
use crate::network::{Circuit, CircuitId, Connection, PeeringKind, SiteId};
use crate::rib::{AsPath, Attributes, AttributesId, Communities, Community, Learned, Missing, Unsettled};

use super::advertisement::{Advertisement, Advertiser, Source};
use super::announcement::Announcements;
use super::origin::{Absence, RouteOrigin};
use super::{Admission, Advertisements, Edge, Entry, completed};

/// Microsoft's ASN.
pub(super) const MICROSOFT: u32 = Community::MICROSOFT as u32;

/// The default ASN of an Azure VPN gateway (Microsoft, *About BGP with VPN Gateway*). On a circuit, Microsoft's edge
/// removes this ASN because it is private. Over a tunnel the ASN is kept, so both paths have the same length
/// (*ExpressRoute and site-to-site VPN coexisting connections*).
const VPN_GATEWAY: u32 = 65_515;

impl Edge<'_> {
    /// Learns every route for which `wanted` is true and passes it to `take` with its outcome. Routes of sessions
    /// that are down, and routes that other edges do not advertise, are included only with `all`.
    pub(in crate::engine) fn learn(
        &mut self,
        neighbors: Neighbors<'_>,
        all: bool,
        wanted: &dyn Fn(IpPrefix) -> bool,
        take: &mut dyn FnMut(IpPrefix, Entry, Admission),
    ) {
        self.learn_over(&|_| true, neighbors, all, wanted, take);
    }

    /// As [`Self::learn`], limited to some kinds of sessions.
    pub(in crate::engine) fn learn_over(
        &mut self,
        kinds: &dyn Fn(SessionKind) -> bool,
        neighbors: Neighbors<'_>,
        all: bool,
        wanted: &dyn Fn(IpPrefix) -> bool,
        take: &mut dyn FnMut(IpPrefix, Entry, Admission),
    ) {
        let sessions = self.sessions.clone();
        for session in sessions.iter().filter(|session| kinds(session.kind)) {
            if !all && !session.is_up() {
                continue;
            }
            let mut learning = Learning { edge: self, session, wanted, take };
            match session.kind {
                SessionKind::OnPremises => learning.on_premises(),
                SessionKind::Discard => {}
                SessionKind::Internet(_) => learning.internet(),
                SessionKind::Circuit(id, peering, connection) => {
                    learning.circuit(neighbors.microsoft, id, peering, connection);
                }
                SessionKind::Vpn(_, index) => learning.vpn(neighbors.microsoft, index),
                SessionKind::Edge(site) => learning.other_edge(neighbors.edges, site, all),
            }
            learning.static_routes();
        }
    }
}

/// The routes that Microsoft and other edges advertise to an edge.
#[derive(Clone, Copy)]
pub(in crate::engine) struct Neighbors<'n> {
    /// Microsoft's advertisements on each circuit.
    pub(in crate::engine) microsoft: &'n Advertisements,
    /// The advertisements of the company's other edges.
    pub(in crate::engine) edges: &'n Announcements,
}

/// One session of an edge from which routes are learned.
pub(super) struct Learning<'h, 'a> {
    pub(super) edge: &'h mut Edge<'a>,
    pub(super) session: &'h Session,
    pub(super) wanted: &'h dyn Fn(IpPrefix) -> bool,
    pub(super) take: &'h mut dyn FnMut(IpPrefix, Entry, Admission),
}

impl<'a> Learning<'_, 'a> {
    fn on_premises(&mut self) {
        let network = self.edge.inputs.network;
        // Where the file has links between sites, the sites advertise prefixes to each other.
        let own = |id: &SiteId| network.wan.is_none() || *id == self.edge.id;
        for (id, site) in network.sites_with_ids().filter(|(id, _)| own(id)).collect::<Vec<_>>() {
            for prefix in &site.prefixes {
                self.learn(prefix.value, RouteOrigin::Site(id), prefix.span, local());
            }
        }
    }

    fn internet(&mut self) {
        let Some(edge) = &self.edge.site.internet else { return };
        let provider = edge.provider_autonomous_system.map(|number| number.value);
        for prefix in edge.default_route.prefixes() {
            let attributes = Attributes { as_path: AsPath::sequence(provider), ..self.base(prefix) };
            self.learn(prefix, RouteOrigin::Default, edge.span, attributes);
        }
        if let Some(written) = &edge.routes {
            let own = self.edge.site.autonomous_system.map(|number| number.value);
            self.table(written, RouteOrigin::InternetTable, own, None);
        }
    }

    fn circuit(
        &mut self,
        advertisements: &Advertisements,
        id: CircuitId,
        peering: PeeringKind,
        connection: Connection,
    ) {
        let Some(circuit) = self.edge.inputs.network.circuit(id) else { return };
        let own = circuit.settings(peering, connection);
        if let Some(written) = own.and_then(|own| own.learned.as_ref()) {
            self.learned(circuit, peering, written);
            return;
        }
        match peering {
            PeeringKind::Microsoft => {
                let Some(advertisement) = advertisements.get(id) else { return };
                self.advertised(advertisement);
            }
            PeeringKind::Private => {
                self.virtual_networks(advertisements, id, circuit, false);
                self.virtual_hubs(advertisements, id, circuit, false);
                self.global_reach(advertisements, id, circuit);
            }
        }
    }

    /// Learns the routes that Microsoft advertises, derived from the route filter, the reach of the SKU and Microsoft's
    /// lists.
    fn advertised(&mut self, advertisement: &Advertisement) {
        // One set of attributes for each source and family, created when it is first needed.
        let mut made = [Family::V4, Family::V6].map(|_| vec![None; advertisement.sources.len()]);
        for route in &advertisement.routes {
            if !(self.wanted)(route.prefix) {
                continue;
            }
            let [of_v4, of_v6] = &mut made;
            let of_family = if route.prefix.family() == Family::V4 { of_v4 } else { of_v6 };
            let index = usize::try_from(route.source).unwrap_or(usize::MAX);
            let Some((place, source)) = of_family.get_mut(index).zip(advertisement.sources.get(index)) else {
                continue;
            };
            let (source, attributes) = if let Some(known) = *place {
                known
            } else {
                let communities: Communities = match &source.origin {
                    RouteOrigin::Microsoft(all) => all.iter().map(|(_, community)| *community).collect(),
                    RouteOrigin::Doubtful(_, all) => all.iter().copied().collect(),
                    _ => Communities::default(),
                };
                let as_path = self.microsoft();
                let attributes = Attributes { as_path, communities, ..self.base(route.prefix) };
                let attributes = self.edge.attributes.intern(attributes);
                *place.insert((self.edge.source_id(source.clone()), attributes))
            };
            self.offer(route.prefix, source, attributes);
        }
    }

    /// Learns the routes that Microsoft's edge propagates from the circuits that Global Reach connects to this circuit:
    /// the routes advertised on those circuits and, because no document excludes it, possibly their virtual networks
    /// (Microsoft, *ExpressRoute Global Reach*).
    fn global_reach(&mut self, advertised: &Advertisements, id: CircuitId, circuit: &'a Circuit) {
        let Inputs { network, links, .. } = self.edge.inputs;
        let own = circuit.private_peering.as_ref().and_then(|peering| peering.autonomous_system);
        let own = own.or(self.edge.site.autonomous_system).map(|number| number.value);
        for partner in network.global_reach(id) {
            let Some(other) = network.circuit(partner.value) else { continue };
            let Some(peering) = &other.private_peering else { continue };
            // Microsoft removes private ASNs from the routes that it propagates.
            let theirs = peering.autonomous_system.map(|number| number.value);
            let theirs = theirs.filter(|number| !crate::rib::is_private_autonomous_system(*number));
            let absence = theirs.filter(|number| Some(*number) == own);
            let absence = absence.map(|number| Absence::Loop { number, span: partner.span });
            for prefix in advertised_on_private_peering(network, links, partner.value) {
                let path = [MICROSOFT, MICROSOFT].into_iter().chain(theirs);
                let attributes = Attributes { as_path: AsPath::sequence(path), ..self.base(prefix.value) };
                let origin = RouteOrigin::GlobalReach(partner.value);
                self.learn_unless(absence.clone(), prefix.value, origin, prefix.span, attributes);
            }
            self.virtual_networks(advertised, partner.value, other, true);
            self.virtual_hubs(advertised, partner.value, other, true);
        }
    }

    /// Learns the prefixes of virtual networks that their gateways advertise to the circuit. `possibly` is set if no
    /// document states whether Microsoft's edge propagates these prefixes.
    fn virtual_networks(
        &mut self,
        advertised: &Advertisements,
        circuit_id: CircuitId,
        circuit: &'a Circuit,
        possibly: bool,
    ) {
        let inputs = self.edge.inputs;
        let Some(peering) = &circuit.private_peering else { return };
        let advertiser = Advertiser::new(inputs.catalog, inputs.links, circuit_id, circuit);
        // Most spokes are in one region.
        let mut reached: Option<(&str, bool)> = None;
        for hub in &peering.of_kind.virtual_networks {
            let mut over = None;
            let wanted = inputs.network.announced_by(*hub).iter();
            let wanted = wanted.filter(|(_, prefix)| (self.wanted)(prefix.value)).collect::<Vec<_>>();
            for (id, prefix) in wanted {
                let Some(network) = inputs.network.virtual_network(*id) else { continue };
                let region = network.region.as_ref().map(|region| region.value.as_str());
                let over = *over.get_or_insert_with(|| gateway(inputs.network, circuit, *hub));
                let absence = over.map(Absence::GatewayOverLimit).or_else(|| {
                    let region = region?;
                    let known = reached.filter(|(known, _)| *known == region).map(|(_, reaches)| reaches);
                    let reaches = known.unwrap_or_else(|| advertiser.reaches_region(region));
                    reached = Some((region, reaches));
                    (!reaches).then_some(Absence::OutOfReach { span: circuit.sku.span })
                });
                let communities: Communities = network.bgp_community.iter().map(|own| own.value).collect();
                let as_path = self.microsoft();
                let unsettled = possibly.then(|| Box::new(possibly_there(Missing::GlobalReach)));
                let base = self.base(prefix.value);
                let attributes = Attributes { as_path, communities, unsettled, ..base };
                let origin = RouteOrigin::VirtualNetwork(*id);
                self.learn_unless(absence, prefix.value, origin, prefix.span, attributes);
            }
            self.route_server(advertised, (circuit_id, circuit), *hub, possibly);
        }
    }

    /// Returns the AS path of routes that Microsoft itself advertises over this session.
    fn microsoft(&self) -> AsPath {
        AsPath::sequence([MICROSOFT]).prepended(MICROSOFT, self.prepended())
    }

    /// Returns how often Microsoft prepends its ASN on this session's connection.
    pub(super) fn prepended(&self) -> u8 {
        match self.session.kind {
            SessionKind::Circuit(id, _, connection) => self.edge.inputs.links.prepended(id, connection),
            _ => 0,
        }
    }

    /// Learns the route table of a connection, as the user exported it. It is the table of Microsoft's edge router, so
    /// it also contains the company's own advertisements. The company does not accept these back.
    fn learned(&mut self, circuit: &'a Circuit, peering: PeeringKind, written: &'a Spanned<String>) {
        let own = match peering {
            PeeringKind::Microsoft => {
                circuit.microsoft_peering.as_ref().and_then(|one| one.autonomous_system)
            }
            PeeringKind::Private => circuit.private_peering.as_ref().and_then(|one| one.autonomous_system),
        };
        let own = own.or(self.edge.site.autonomous_system).map(|number| number.value);
        let microsoft = AsPath::sequence([MICROSOFT]);
        let prepended = self.prepended();
        let adapt = |mut attributes: Attributes| {
            // The path of a route that Microsoft's router advertises starts with Microsoft's ASN, even if the table
            // omits this ASN.
            if !attributes.as_path.is_known() {
                attributes.as_path = microsoft.clone();
            } else if attributes.as_path.neighbor() != microsoft.neighbor() {
                attributes.as_path = attributes.as_path.prepended(MICROSOFT, 1);
            }
            attributes.as_path = attributes.as_path.prepended(MICROSOFT, prepended);
            attributes
        };
        self.table(written, RouteOrigin::Learned, own, Some(&adapt));
    }

    /// Learns the routes in a file. Rejects routes with the ASN `own` in their path, because they already passed
    /// through this edge (RFC 4271 section 9.1.2, loops). `adapt` returns the attributes that apply at this edge where
    /// they differ from the file.
    fn table(
        &mut self,
        written: &'a Spanned<String>,
        origin: RouteOrigin,
        own: Option<u32>,
        adapt: Option<&dyn Fn(Attributes) -> Attributes>,
    ) {
        let Some(table) = self.edge.inputs.tables.get(&written.value) else { return };
        let source = self.edge.source_id(Source { origin, span: written.span, internal: None });
        let bases = [Family::V4, Family::V6].map(|family| self.base_of(family));
        let loop_of = |set: &Attributes| own.filter(|own| set.as_path.contains(*own));
        let as_written = adapt.is_none() && table.attributes().iter().all(|set| loop_of(set).is_none());
        if as_written && self.edge.defer(self.session, source, table.attributes(), &bases) {
            for (prefix, attributes) in table.iter().filter(|(prefix, _)| (self.wanted)(*prefix)) {
                self.take_unless_down(prefix, Entry { session: self.session.id, source, attributes });
            }
            return;
        }
        // Each set of attributes is adapted once per family, when a wanted route first uses it, because few tables
        // contain both families.
        let mut adapted: [Vec<Option<Adapted>>; 2] = Default::default();
        for (prefix, id) in table.iter().filter(|(prefix, _)| (self.wanted)(*prefix)) {
            let family = usize::from(prefix.family() == Family::V6);
            let (Some(base), Some(known)) = (bases.get(family), adapted.get_mut(family)) else { continue };
            if known.is_empty() {
                known.resize(table.attributes().len(), None);
            }
            let Some(place) = usize::try_from(id.index()).ok().and_then(|index| known.get_mut(index)) else {
                continue;
            };
            let Some(set) = table.attributes().get(id) else { continue };
            let (attributes, own) = *place.get_or_insert_with(|| {
                let here = completed(base, set);
                let here = match adapt {
                    Some(adapt) => adapt(here),
                    None => here,
                };
                (self.edge.attributes.intern(here), loop_of(set))
            });
            let entry = Entry { session: self.session.id, source, attributes };
            match own.filter(|_| self.session.state(prefix.family()) == SessionState::Up) {
                Some(number) => {
                    let absence = Absence::Loop { number, span: written.span };
                    (self.take)(prefix, entry, Admission::Missing(absence));
                }
                None => self.offer(prefix, source, attributes),
            }
        }
    }

    fn vpn(&mut self, advertised: &Advertisements, index: u32) {
        let network = self.edge.inputs.network;
        let Some(vpn) = usize::try_from(index).ok().and_then(|index| self.edge.site.vpn.get(index)) else {
            return;
        };
        let behind = vpn.virtual_networks.iter().flat_map(|hub| network.announced_by(*hub));
        let behind = behind.filter(|(_, prefix)| (self.wanted)(prefix.value));
        let behind: Vec<_> = behind.map(|(id, prefix)| (RouteOrigin::VirtualNetwork(*id), *prefix)).collect();
        self.over_tunnel(behind.into_iter());
        for hub in &vpn.virtual_networks {
            self.route_server_over_tunnel(advertised, *hub);
        }
        self.hub_of_tunnel(advertised, index, vpn);
        let prefixes: Vec<_> =
            vpn.prefixes.iter().map(|prefix| (RouteOrigin::TunnelPrefix, *prefix)).collect();
        self.over_tunnel(prefixes.into_iter());
    }

    /// Learns the routes that an Azure VPN gateway advertises.
    fn over_tunnel(&mut self, prefixes: impl Iterator<Item = (RouteOrigin, Spanned<IpPrefix>)>) {
        for (origin, prefix) in prefixes {
            let as_path = AsPath::sequence([VPN_GATEWAY]);
            let attributes = Attributes { as_path, ..self.base(prefix.value) };
            self.learn(prefix.value, origin, prefix.span, attributes);
        }
    }

    fn learn(&mut self, prefix: IpPrefix, origin: RouteOrigin, span: Span, attributes: Attributes) {
        self.learn_unless(None, prefix, origin, span, attributes);
    }

    pub(super) fn learn_unless(
        &mut self,
        absence: Option<Absence>,
        prefix: IpPrefix,
        origin: RouteOrigin,
        span: Span,
        attributes: Attributes,
    ) {
        if !(self.wanted)(prefix) {
            return;
        }
        let source = self.edge.source_id(Source { origin, span, internal: None });
        let attributes = self.edge.attributes.intern(attributes);
        match absence {
            Some(absence) => {
                let entry = Entry { session: self.session.id, source, attributes };
                (self.take)(prefix, entry, Admission::Missing(absence));
            }
            None => self.offer(prefix, source, attributes),
        }
    }

    /// Adds a wanted route, subject to the session's state and its route maps.
    pub(super) fn offer(&mut self, prefix: IpPrefix, source: u32, attributes: AttributesId) {
        let entry = Entry { session: self.session.id, source, attributes };
        // Import policy does not apply to static routes.
        let is_static =
            self.edge.source(entry).is_some_and(|source| matches!(source.origin, RouteOrigin::Static { .. }));
        if is_static || self.session.state(prefix.family()) != SessionState::Up {
            self.take_unless_down(prefix, entry);
            return;
        }
        let brought = self.edge.source(entry).and_then(|source| source.internal);
        let brought = brought.map(|internal| internal.brought);
        match self.edge.import(self.session, brought, prefix, attributes) {
            Ok(attributes) => (self.take)(prefix, Entry { attributes, ..entry }, Admission::Accepted),
            Err(denial) => (self.take)(prefix, entry, Admission::Missing(Absence::Denied(denial))),
        }
    }

    /// Adds a route to which no import policy applies.
    fn take_unless_down(&mut self, prefix: IpPrefix, entry: Entry) {
        let fate = match self.session.state(prefix.family()) {
            SessionState::Up => Admission::Accepted,
            SessionState::Down(reason) => Admission::Missing(Absence::SessionDown(reason)),
        };
        (self.take)(prefix, entry, fate);
    }

    pub(super) fn base(&self, prefix: IpPrefix) -> Attributes {
        self.base_of(prefix.family())
    }

    /// Returns the attributes of a route over this session for which the network file gives none.
    ///
    /// If the network file gives no address of the peer, the position of the session is used instead, so that the
    /// file's order breaks ties.
    fn base_of(&self, family: Family) -> Attributes {
        let site = self.edge.site;
        let (peers, metric) = match self.session.kind {
            SessionKind::Internet(_) => {
                (site.internet.as_ref().map(|edge| edge.peer_addresses.as_slice()), None)
            }
            SessionKind::Circuit(id, peering, connection) => {
                let circuit = self.edge.inputs.network.circuit(id);
                let own = circuit.and_then(|circuit| circuit.settings(peering, connection));
                let metric = attachment(site, id).and_then(|attachment| attachment.metric);
                (own.map(|own| own.peer_addresses.as_slice()), metric)
            }
            _ => (None, None),
        };
        let is_of = |address: &&Spanned<IpAddr>| address.value.is_ipv4() == (family == Family::V4);
        let peer = peers.unwrap_or_default().iter().find(is_of).map(|address| address.value);
        Attributes {
            learned: if metric.is_some() { Learned::Ibgp } else { Learned::Ebgp },
            igp_metric: metric.unwrap_or(0),
            next_hop: peer,
            peer_address: peer.unwrap_or(self.stand_in(family)),
            ..Attributes::default()
        }
    }

    /// Returns a placeholder for the address of a peer that the network file does not give.
    pub(super) fn stand_in(&self, family: Family) -> IpAddr {
        let index = self.session.id.index();
        match family {
            Family::V4 => IpAddr::V4(Ipv4Addr::from(index)),
            Family::V6 => IpAddr::V6(Ipv6Addr::from(u128::from(index))),
        }
    }
}

/// The attributes that apply at this edge, and the site's own ASN if the path contains it.
type Adapted = (AttributesId, Option<u32>);

/// Marks a route that may or may not exist, because no document states what is `missing`.
pub(super) const fn possibly_there(missing: Missing) -> Unsettled {
    Unsettled { denied: true, others: Vec::new(), more: false, missing }
}

/// Returns the attributes of connected and static routes.
pub(super) fn local() -> Attributes {
    Attributes { learned: Learned::Local, ..Attributes::default() }
}
