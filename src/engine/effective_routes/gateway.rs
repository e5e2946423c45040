//! The routes that the gateway of a virtual network learned from circuits and tunnels, and those that its Route Server
//! learned from appliances.
//!
//! Sources: Microsoft, *Azure Route Server FAQ* and *route injection in virtual networks* (the routes that
//! appliances advertise).

use std::net::IpAddr;

use crate::addr::IpPrefix;
use crate::diag::{Span, Spanned};
use crate::engine::adj_rib_in::{Absence, AbsentRoute};
use crate::engine::decision::{Decision, Reason, RouteServerDoubt};
use crate::engine::inputs::Inputs;
use crate::engine::session::{
    DownReason, Session, SessionKind, SessionState, advertised_on_private_peering, connection_states,
    prefix_limit, tunnel_states,
};
use crate::engine::virtual_hub::{Announced, Hubs, Row};
use crate::network::{
    Circuit, CircuitId, Connection, Gateway, Network, PeeringKind, RouteServer, RoutingPreference,
    VirtualNetworkId,
};
use crate::rib::{AsPath, Community, SessionId};

use super::selection::{GatewayChoice, NextHopType, RouteSource, SubnetRoute};
use crate::engine::effective_routes::gateway_selection::{From, LearnedRoute, OF_CIRCUIT, settled};

/// All routes learned by the gateways that a virtual network uses.
#[derive(Debug, Default)]
pub(in crate::engine) struct Gateways {
    learned: Vec<LearnedRoute>,
    absent: Vec<AbsentRoute>,
    pub(in crate::engine) sessions: Vec<Session>,
    /// The routes of the virtual hub to which the virtual network is connected; `None` if it is connected to no hub.
    hub: Option<Vec<SubnetRoute>>,
    /// The routing preference of the Route Server, if there is one.
    preference: RoutingPreference,
    /// Whether the Route Server advertises the routes of appliances to the gateway.
    exchanges: bool,
}

impl Gateways {
    /// Learns the routes of the gateways of these virtual networks.
    pub(in crate::engine) fn at(inputs: Inputs<'_>, hubs: &[VirtualNetworkId], virtual_hubs: &Hubs) -> Self {
        let mut all = Self::default();
        let network = inputs.network;
        for hub in hubs.iter().copied() {
            let Some(own) = network.virtual_network(hub) else { continue };
            if let Some(gateway) = &own.gateway {
                all.circuits(inputs, hub, gateway, virtual_hubs);
                all.tunnels(inputs, hub, gateway);
            }
            if let Some(server) = &own.route_server {
                all.preference = server.routing_preference;
                all.exchanges = server.branch_to_branch;
                all.appliances(network, hub, server);
            }
        }
        all
    }

    /// As [`Self::at`], for a virtual network that is connected to a hub. Its routes come from the hub table with which
    /// it is associated.
    ///
    /// Hubs advertise no IPv6 prefixes.
    pub(in crate::engine) fn at_hub(mut self, network: &Network, id: VirtualNetworkId, hubs: &Hubs) -> Self {
        let Some((hub, connection)) = network.hub_of(id) else { return self };
        let rows = hubs.learned(hub, connection.associated).iter();
        let of_default = |decision: &Decision| matches!(decision.reason(), Reason::HubStorage { .. });
        let rows = rows.filter(|(prefix, decision)| {
            connection.internet_security || prefix.length() > 0 && !of_default(decision)
        });
        self.hub = Some(rows.map(of_hub).collect());
        // Sessions that carry packets beyond any hub, each once.
        for (hub, _) in network.virtual_hubs_with_ids() {
            for own in hubs.sessions(hub) {
                if !self.sessions.iter().any(|known| known.kind == own.kind) {
                    self.session(own.kind, own.name.clone(), own.states, own.span);
                }
            }
        }
        let own = network.virtual_network(id).map_or(&[][..], |own| &own.prefixes);
        let others = hubs.ipv6().iter().filter(|prefix| !own.iter().any(|own| own.value == prefix.value));
        self.absent.extend(others.map(|prefix| AbsentRoute {
            session: None,
            circuit: None,
            community: None,
            prefix: prefix.value,
            absence: Absence::NoIpv6AtHub { span: prefix.span },
        }));
        self
    }

    /// Returns whether the virtual network is connected to a hub.
    pub(in crate::engine) fn is_at_hub(&self) -> bool {
        self.hub.is_some()
    }

    /// Returns the routes to each prefix for which `wanted` is true: the routes that the gateway uses, then the routes
    /// that lost inside the gateway.
    ///
    /// For one prefix, circuits come before tunnels, then the highest connection weight, then the shortest AS
    /// path. Routes that are still equal have equal cost (ECMP).
    pub(in crate::engine) fn routes(&self, wanted: &dyn Fn(IpPrefix) -> bool) -> Vec<SubnetRoute> {
        let of_hub = self.hub.iter().flatten().filter(|route| wanted(route.prefix)).cloned();
        let learned = self.learned.iter().filter(|learned| wanted(learned.prefix));
        settled(self.preference, learned).into_iter().chain(of_hub).collect()
    }

    /// As [`Self::routes`], at the gateway itself. Without branch-to-branch exchange, the gateway has no routes from
    /// the Route Server.
    pub(in crate::engine) fn routes_at_gateway(&self, wanted: &dyn Fn(IpPrefix) -> bool) -> Vec<SubnetRoute> {
        if self.exchanges {
            return self.routes(wanted);
        }
        let of_hub = self.hub.iter().flatten().filter(|route| wanted(route.prefix)).cloned();
        let learned =
            self.learned.iter().filter(|learned| wanted(learned.prefix) && !learned.is_of_appliance());
        settled(RoutingPreference::ExpressRoute, learned).into_iter().chain(of_hub).collect()
    }

    /// Returns the routes that the gateway learned over tunnels to each prefix for which `wanted` is true, as if there
    /// were no circuits.
    pub(in crate::engine) fn tunnel_routes(&self, wanted: &dyn Fn(IpPrefix) -> bool) -> Vec<SubnetRoute> {
        let of_tunnels = self.learned.iter().filter(|learned| learned.is_of_tunnel());
        settled(self.preference, of_tunnels.filter(|learned| wanted(learned.prefix)))
    }

    /// Returns whether a tunnel that is up ends at the gateway.
    pub(in crate::engine) fn has_tunnel(&self) -> bool {
        let is_up = |session: &Session| matches!(session.kind, SessionKind::Vpn(..)) && session.is_up();
        self.hub.is_none() && self.sessions.iter().any(is_up)
    }

    /// Returns the rejected or missing routes to prefixes for which `wanted` is true.
    pub(in crate::engine) fn absent(&self, wanted: &dyn Fn(IpPrefix) -> bool) -> Vec<AbsentRoute> {
        self.absent.iter().filter(|absent| wanted(absent.prefix)).cloned().collect()
    }

    fn circuits(
        &mut self,
        inputs: Inputs<'_>,
        hub: VirtualNetworkId,
        gateway: &Gateway,
        virtual_hubs: &Hubs,
    ) {
        for link in &gateway.circuits {
            let Some(circuit) = inputs.network.circuit(link.circuit) else { continue };
            let Some(peering) = &circuit.private_peering else { continue };
            let cut = prefix_limit::gateway(inputs.network, circuit, hub);
            for connection in Connection::ALL {
                let kind = PeeringKind::Private;
                let states = connection_states(inputs.links, link.circuit, circuit, kind, connection);
                let name = circuit.connection_name(kind, connection);
                let kind = SessionKind::Circuit(link.circuit, kind, connection);
                let session = self.session(kind, name, states, link.span);
                let times = usize::from(inputs.links.prepended(link.circuit, connection));
                let theirs = std::iter::repeat_n(u32::from(Community::MICROSOFT), times);
                let prepend = theirs.chain(peering.prepend_on(connection).iter().map(|asn| asn.value));
                let own = peering.autonomous_system.map(|own| own.value);
                let prepend: Vec<u32> = prepend.collect();
                let (weight, absence) = (link.weight, cut.map(Absence::GatewayOverLimit));
                let via = Via { gateway: hub, weight, prepend, own, absence, doubt: None };
                self.learn(&session, &via, peering.advertised_on(connection).iter());
                self.global_reach(inputs, link.circuit, &session, &via);
                let prepend = vec![u32::from(Community::MICROSOFT); times];
                let via = Via { prepend, own: None, ..via };
                self.virtual_networks(inputs.network, circuit, (&session, gateway), &via);
                self.virtual_hubs(virtual_hubs.on_circuit(link.circuit), (&session, gateway), &via);
            }
        }
    }

    /// Learns the routes that Global Reach propagates. Their AS paths are longer.
    fn global_reach(&mut self, inputs: Inputs<'_>, circuit: CircuitId, session: &Session, via: &Via) {
        for partner in inputs.network.global_reach(circuit) {
            let Some(other) = inputs.network.circuit(partner.value) else { continue };
            let Some(theirs) = &other.private_peering else { continue };
            let passed = advertised_on_private_peering(inputs.network, inputs.links, partner.value);
            let longer = [u32::from(Community::MICROSOFT)].into_iter().chain(via.prepend.iter().copied());
            let longer = longer.chain(theirs.prepend_on(Connection::Primary).iter().map(|asn| asn.value));
            let own = theirs.autonomous_system.map(|own| own.value);
            let absence = via.absence.clone();
            let via = Via { prepend: longer.collect(), own, absence, ..*via };
            self.learn(session, &via, passed.iter());
        }
    }

    /// Learns the prefixes that the gateways of other virtual networks announce on the same circuit. This gateway
    /// accepts them only if its setting for remote virtual networks is on.
    fn virtual_networks(
        &mut self,
        network: &Network,
        circuit: &Circuit,
        (session, own): (&Session, &Gateway),
        via: &Via,
    ) {
        let peering = circuit.private_peering.as_ref();
        let hubs = peering.into_iter().flat_map(|peering| &peering.of_kind.virtual_networks);
        for other in hubs.filter(|other| **other != via.gateway) {
            let switch = own.allow_remote_virtual_network_traffic;
            let refused = || match switch {
                Some(Spanned { value: true, .. }) => None,
                switch => Some(Absence::RemoteVirtualNetworks { span: switch.map(|switch| switch.span) }),
            };
            let cut = || prefix_limit::gateway(network, circuit, *other).map(Absence::GatewayOverLimit);
            let absence = via.absence.clone().or_else(refused).or_else(cut);
            let via = Via { absence, prepend: via.prepend.clone(), ..*via };
            self.learn(session, &via, network.announced_by(*other).iter().map(|(_, prefix)| prefix));
            self.other_route_server(network, *other, session, via);
        }
    }

    /// Learns the Route Server routes that the gateway of another virtual network announces. A Route Server in this
    /// virtual network rejects them, because their path contains the ASN that all Route Servers share (Microsoft,
    /// *Azure Route Server FAQ*).
    fn other_route_server(
        &mut self,
        network: &Network,
        other: VirtualNetworkId,
        session: &Session,
        via: Via,
    ) {
        if !network.route_server(other).is_some_and(|server| server.branch_to_branch) {
            return;
        }
        let found: Vec<Spanned<IpPrefix>> = network
            .injected(other)
            .filter(|(_, route)| !route.no_advertise)
            .map(|(_, route)| route.prefix)
            .collect();
        let doubt = network.route_server(via.gateway).is_none().then_some(RouteServerDoubt::OtherGateway);
        let refused = || doubt.is_none().then_some(Absence::RouteServerLoop { network: other });
        let absence = via.absence.clone().or_else(refused);
        self.learn(session, &Via { absence, doubt, ..via }, found.iter());
    }

    /// Learns the routes that appliances advertise to the Route Server of a virtual network.
    fn appliances(&mut self, network: &Network, hub: VirtualNetworkId, server: &RouteServer) {
        let own = network.virtual_network(hub);
        for peer in &server.peers {
            let appliance = own.and_then(|own| own.appliances.get(peer.appliance.index()));
            let address = appliance.and_then(|appliance| {
                appliance.addresses.iter().map(|address| address.value).find(IpAddr::is_ipv4)
            });
            for route in &peer.advertised {
                let Spanned { value: prefix, span } = route.prefix;
                let held = network.held_around(hub, prefix);
                let absence = match (peer.down, held) {
                    (Some(span), _) => Some(Absence::SessionDown(DownReason::Down { span })),
                    (None, _) if peer.is_over_limit() => {
                        Some(Absence::RouteServerLimit { count: peer.advertised.len(), span: peer.span })
                    }
                    (None, _) if route.is_looped() => Some(Absence::RouteServerLoop { network: hub }),
                    (None, Some(held)) => Some(Absence::HeldByNetwork { span: held.span }),
                    (None, None) => None,
                };
                let next_hop = route.next_hop.map(|address| address.value).or(address);
                match (absence, next_hop) {
                    (Some(absence), _) => self.absent.push(AbsentRoute {
                        session: None,
                        circuit: None,
                        community: None,
                        prefix,
                        absence,
                    }),
                    (None, Some(next_hop)) => self.learned.push(LearnedRoute {
                        prefix,
                        gateway: hub,
                        from: From::Appliance(next_hop),
                        weight: 0,
                        path_length: route.path_length,
                        as_path: AsPath::sequence(route.as_path.iter().copied()),
                        span,
                    }),
                    (None, None) => {}
                }
            }
        }
    }

    /// Learns the routes that virtual hubs announce on the same circuit. The gateway accepts them only if its setting
    /// for Virtual WAN is on.
    fn virtual_hubs(&mut self, announced: &[Announced], (session, own): (&Session, &Gateway), via: &Via) {
        let switch = own.allow_virtual_wan_traffic;
        let refused = || match switch {
            Some(Spanned { value: true, .. }) => None,
            switch => Some(Absence::VirtualWan { span: switch.map(|switch| switch.span) }),
        };
        let absence = via.absence.clone().or_else(refused);
        for found in announced.iter().filter(|found| found.prefix.length() > 0) {
            let numbers = found.path.iter().skip(1).copied();
            let prepend = via.prepend.iter().copied().chain(numbers).collect();
            let via = Via { absence: absence.clone(), prepend, ..*via };
            self.learn(session, &via, [&Spanned::new(found.prefix, found.span)].into_iter());
        }
    }

    fn tunnels(&mut self, inputs: Inputs<'_>, hub: VirtualNetworkId, gateway: &Gateway) {
        for end in &gateway.vpn {
            let Some(site) = inputs.network.site(end.site) else { continue };
            let Some(vpn) = usize::try_from(end.vpn).ok().and_then(|index| site.vpn.get(index)) else {
                continue;
            };
            let states = tunnel_states(inputs.network, inputs.links, (end.site, site), (end.vpn, vpn));
            let kind = SessionKind::Vpn(end.site, end.vpn);
            let session = self.session(kind, vpn.name.clone(), states, vpn.span);
            let own = site.autonomous_system.map(|own| own.value);
            let via = Via { gateway: hub, weight: 0, prepend: Vec::new(), own, absence: None, doubt: None };
            self.learn(&session, &via, vpn.advertised.as_deref().unwrap_or(&site.prefixes).iter());
        }
    }

    fn session(&mut self, kind: SessionKind, name: String, states: [SessionState; 2], span: Span) -> Session {
        let id = SessionId::new(u32::try_from(self.sessions.len()).unwrap_or(u32::MAX));
        let session = Session { id, kind, name, states, span };
        self.sessions.push(session.clone());
        session
    }

    /// Learns the prefixes that are advertised over a session, or records why they are missing.
    fn learn<'p>(
        &mut self,
        session: &Session,
        via: &Via,
        advertised: impl Iterator<Item = &'p Spanned<IpPrefix>>,
    ) {
        let next_hop = session.next_hop();
        let microsoft = next_hop.circuit.map(|_| u32::from(Community::MICROSOFT));
        let path = microsoft.into_iter().chain(via.prepend.iter().copied()).chain(via.own);
        let as_path = AsPath::sequence(path);
        for prefix in advertised {
            let absence = via.absence.clone().or_else(|| match session.state(prefix.value.family()) {
                SessionState::Down(reason) => Some(Absence::SessionDown(reason)),
                SessionState::Up => None,
            });
            let Spanned { value: prefix, span } = *prefix;
            let gateway = via.gateway;
            match absence {
                Some(absence) => self.absent.push(AbsentRoute {
                    session: Some(session.id),
                    circuit: next_hop.circuit.map(|(circuit, _)| circuit),
                    community: None,
                    prefix,
                    absence,
                }),
                None => self.learned.push(LearnedRoute {
                    prefix,
                    gateway,
                    from: via.doubt.map_or(From::Session(next_hop), |doubt| From::Doubtful(next_hop, doubt)),
                    weight: via.weight,
                    path_length: via.prepend.len() + if next_hop.circuit.is_some() { OF_CIRCUIT } else { 1 },
                    as_path: as_path.clone(),
                    span,
                }),
            }
        }
    }
}

/// How routes arrive at a gateway over a session.
struct Via {
    gateway: VirtualNetworkId,
    weight: u32,
    prepend: Vec<u32>,
    /// The company's own ASN, if the file gives it.
    own: Option<u32>,
    /// Why the gateway has none of these routes, regardless of the session's state.
    absence: Option<Absence>,
    /// Why it is unknown whether the gateway uses these routes.
    doubt: Option<RouteServerDoubt>,
}

/// Converts a row of a hub to a route that a gateway learned.
fn of_hub((prefix, decision): &Row) -> SubnetRoute {
    SubnetRoute {
        prefix: *prefix,
        source: RouteSource::Gateway,
        way: NextHopType::To(decision.disposition),
        reason: decision.reason().clone(),
        next_hops: Vec::new(),
        choice: GatewayChoice::Alone,
        attributes: None,
        span: decision.reason().span().unwrap_or_default(),
    }
}
