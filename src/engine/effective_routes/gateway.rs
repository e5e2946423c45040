//! What the gateway of a virtual network learned from circuits and tunnels, and what it uses.
//!
//! Sources: Microsoft, *optimize ExpressRoute routing* (connection weight, then AS path), *S2S VPN as a backup*
//! (ExpressRoute before VPN), *ExpressRoute FAQ* (what is equal shares the flows).

use crate::addr::IpPrefix;
use crate::diag::{Span, Spanned};
use crate::engine::adj_rib_in::{Absence, AbsentRoute};
use crate::engine::decision::{AzureRule, Carrier, Decision, Disposition, Reason};
use crate::engine::inputs::Inputs;
use crate::engine::session::{
    Session, SessionKind, SessionState, advertised_on_private_peering, connection_states, prefix_limit,
    tunnel_states,
};
use crate::engine::virtual_hub::{Announced, Hubs, Row};
use crate::network::{Circuit, CircuitId, Connection, Gateway, Network, PeeringKind, VirtualNetworkId};
use crate::rib::{AsPath, Attributes, Community, SessionId};

use super::selection::{Race, RouteSource, SubnetRoute, Way};

/// The most circuits that share flows (Microsoft, *ExpressRoute FAQ*).
const ECMP_CIRCUITS: usize = 4;

/// Everything that the gateways a virtual network uses have learned.
#[derive(Debug, Default)]
pub(in crate::engine) struct Gateways {
    heard: Vec<Heard>,
    absent: Vec<AbsentRoute>,
    pub(in crate::engine) sessions: Vec<Session>,
    /// What the virtual hub tells to which the place is connected, if it is to one.
    hub: Option<Vec<SubnetRoute>>,
}

/// A route of one session of a gateway.
#[derive(Clone, Debug)]
struct Heard {
    prefix: IpPrefix,
    gateway: VirtualNetworkId,
    carrier: Carrier,
    weight: u32,
    /// How many times the path was lengthened: all else in it is common to all.
    path_length: usize,
    as_path: AsPath,
    span: Span,
}

/// The steps inside a gateway, in their order; each keeps those with the least key.
type Step = (AzureRule, fn(&Heard) -> u64);

const STEPS: [Step; 3] = [
    (AzureRule::CircuitBeforeTunnel, |heard| u64::from(heard.carrier.circuit.is_none())),
    (AzureRule::ConnectionWeight, |heard| u64::from(u32::MAX - heard.weight)),
    (AzureRule::ShorterPath, |heard| u64::try_from(heard.path_length).unwrap_or(u64::MAX)),
];

impl Gateways {
    /// Of the gateways of these virtual networks.
    pub(in crate::engine) fn at(inputs: Inputs<'_>, hubs: &[VirtualNetworkId], virtual_hubs: &Hubs) -> Self {
        let mut all = Self::default();
        let network = inputs.network;
        for hub in hubs.iter().copied() {
            if let Some(gateway) = network.virtual_network(hub).and_then(|hub| hub.gateway.as_ref()) {
                all.circuits(inputs, hub, gateway, virtual_hubs);
                all.tunnels(inputs, hub, gateway);
            }
        }
        all
    }

    /// The same in a virtual network that is connected to a hub, by the table that it is associated with.
    ///
    /// A hub tells nothing about prefixes of IPv6.
    pub(in crate::engine) fn at_hub(mut self, network: &Network, id: VirtualNetworkId, hubs: &Hubs) -> Self {
        let Some((hub, connection)) = network.hub_of(id) else { return self };
        let rows = hubs.learned(hub, connection.associated).iter();
        let of_default = |decision: &Decision| matches!(decision.reason(), Reason::HubStorage { .. });
        let rows = rows.filter(|(prefix, decision)| {
            connection.internet_security || prefix.length() > 0 && !of_default(decision)
        });
        self.hub = Some(rows.map(of_hub).collect());
        // What carries packets past any hub, each once.
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

    /// Whether they are of a virtual network that is connected to a hub.
    pub(in crate::engine) fn is_at_hub(&self) -> bool {
        self.hub.is_some()
    }

    /// The routes to each prefix for which `wanted` holds: what the gateway uses, then what lost inside it.
    ///
    /// Of one prefix circuits before tunnels, the highest connection weight, the shortest AS path; what is equal
    /// shares the flows.
    pub(in crate::engine) fn routes(&self, wanted: &dyn Fn(IpPrefix) -> bool) -> Vec<SubnetRoute> {
        let of_hub = self.hub.iter().flatten().filter(|route| wanted(route.prefix)).cloned();
        settled(self.heard.iter().filter(|heard| wanted(heard.prefix))).into_iter().chain(of_hub).collect()
    }

    /// The routes that it learned over tunnels to each prefix for which `wanted` holds, as if there were no circuits.
    pub(in crate::engine) fn tunnel_routes(&self, wanted: &dyn Fn(IpPrefix) -> bool) -> Vec<SubnetRoute> {
        let of_tunnels = self.heard.iter().filter(|heard| heard.carrier.circuit.is_none());
        settled(of_tunnels.filter(|heard| wanted(heard.prefix)))
    }

    /// Whether a tunnel that is up ends there.
    pub(in crate::engine) fn has_tunnel(&self) -> bool {
        let is_up = |session: &Session| matches!(session.kind, SessionKind::Vpn(..)) && session.is_up();
        self.hub.is_none() && self.sessions.iter().any(is_up)
    }

    /// The routes to prefixes for which `wanted` holds that could be there and are not.
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
                let via = Via { gateway: hub, weight, prepend, own, absence };
                self.hear(&session, &via, peering.advertised_on(connection).iter());
                self.global_reach(inputs, link.circuit, &session, &via);
                let prepend = vec![u32::from(Community::MICROSOFT); times];
                let via = Via { prepend, own: None, ..via };
                self.virtual_networks(inputs.network, circuit, (&session, gateway), &via);
                self.virtual_hubs(virtual_hubs.on_circuit(link.circuit), (&session, gateway), &via);
            }
        }
    }

    /// What Global Reach passes on, which comes over a longer path.
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
            self.hear(session, &via, passed.iter());
        }
    }

    /// What the gateways of other virtual networks announce on the same circuit, which this one takes only where it is
    /// switched on.
    fn virtual_networks(
        &mut self,
        network: &Network,
        circuit: &Circuit,
        (session, own): (&Session, &Gateway),
        via: &Via,
    ) {
        let peering = circuit.private_peering.as_ref();
        let hubs = peering.into_iter().flat_map(|peering| &peering.virtual_networks);
        for other in hubs.filter(|other| **other != via.gateway) {
            let switch = own.allow_remote_virtual_network_traffic;
            let refused = || match switch {
                Some(Spanned { value: true, .. }) => None,
                switch => Some(Absence::RemoteVirtualNetworks { span: switch.map(|switch| switch.span) }),
            };
            let cut = || prefix_limit::gateway(network, circuit, *other).map(Absence::GatewayOverLimit);
            let absence = via.absence.clone().or_else(refused).or_else(cut);
            let via = Via { absence, prepend: via.prepend.clone(), ..*via };
            self.hear(session, &via, network.announced_by(*other).iter().map(|(_, prefix)| prefix));
        }
    }

    /// What virtual hubs announce on the same circuit, which the gateway takes only where it is switched on.
    fn virtual_hubs(&mut self, announced: &[Announced], (session, own): (&Session, &Gateway), via: &Via) {
        let switch = own.allow_virtual_wan_traffic;
        let refused = || match switch {
            Some(Spanned { value: true, .. }) => None,
            switch => Some(Absence::VirtualWan { span: switch.map(|switch| switch.span) }),
        };
        let absence = via.absence.clone().or_else(refused);
        for told in announced.iter().filter(|told| told.prefix.length() > 0) {
            let numbers = told.path.iter().skip(1).copied();
            let prepend = via.prepend.iter().copied().chain(numbers).collect();
            let via = Via { absence: absence.clone(), prepend, ..*via };
            self.hear(session, &via, [&Spanned::new(told.prefix, told.span)].into_iter());
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
            let via = Via { gateway: hub, weight: 0, prepend: Vec::new(), own, absence: None };
            self.hear(&session, &via, vpn.advertised.as_deref().unwrap_or(&site.prefixes).iter());
        }
    }

    fn session(&mut self, kind: SessionKind, name: String, states: [SessionState; 2], span: Span) -> Session {
        let id = SessionId::new(u32::try_from(self.sessions.len()).unwrap_or(u32::MAX));
        let session = Session { id, kind, name, states, span };
        self.sessions.push(session.clone());
        session
    }

    /// What is advertised over a session: heard, or why it is not.
    fn hear<'p>(
        &mut self,
        session: &Session,
        via: &Via,
        advertised: impl Iterator<Item = &'p Spanned<IpPrefix>>,
    ) {
        let carrier = session.carrier();
        let microsoft = carrier.circuit.map(|_| u32::from(Community::MICROSOFT));
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
                    circuit: carrier.circuit.map(|(circuit, _)| circuit),
                    community: None,
                    prefix,
                    absence,
                }),
                None => self.heard.push(Heard {
                    prefix,
                    gateway,
                    carrier,
                    weight: via.weight,
                    path_length: via.prepend.len(),
                    as_path: as_path.clone(),
                    span,
                }),
            }
        }
    }
}

/// How a session leads to a gateway.
struct Via {
    gateway: VirtualNetworkId,
    weight: u32,
    prepend: Vec<u32>,
    /// The company's own autonomous system, where the file says it.
    own: Option<u32>,
    /// Why the gateway has none of it, whatever the session's state.
    absence: Option<Absence>,
}

/// What a gateway makes of routes, prefix by prefix.
fn settled<'h>(heard: impl Iterator<Item = &'h Heard>) -> Vec<SubnetRoute> {
    let mut heard: Vec<&Heard> = heard.collect();
    heard.sort_by_key(|heard| heard.prefix);
    heard.chunk_by(|left, right| left.prefix == right.prefix).flat_map(settle).collect()
}

/// What a gateway makes of the routes to one prefix.
fn settle(group: &[&Heard]) -> Vec<SubnetRoute> {
    let mut race: Vec<&Heard> = group.to_vec();
    let mut lost: Vec<(AzureRule, Vec<&Heard>)> = Vec::new();
    for (rule, key) in STEPS {
        let least = race.iter().map(|heard| key(heard)).min();
        let (stay, go): (Vec<&Heard>, Vec<&Heard>) =
            race.into_iter().partition(|heard| Some(key(heard)) == least);
        race = stay;
        if !go.is_empty() {
            lost.push((rule, go));
        }
    }
    let mut circuits = circuits(&race);
    circuits.truncate(ECMP_CIRCUITS);
    let (used, beyond): (Vec<&Heard>, Vec<&Heard>) = race
        .into_iter()
        .partition(|heard| heard.carrier.circuit.is_none_or(|(circuit, _)| circuits.contains(&circuit)));
    if !beyond.is_empty() {
        lost.push((AzureRule::EqualCost, beyond));
    }
    let won = match lost.last() {
        Some((rule, _)) => Race::Won(*rule),
        // Both connections of one circuit are used together as a matter of course.
        None if !used.iter().all(|heard| circuit(heard).is_some_and(|own| circuits == [own]))
            && used.len() > 1 =>
        {
            Race::Won(AzureRule::EqualCost)
        }
        None => Race::Alone,
    };
    let mut all: Vec<SubnetRoute> = as_route(&used, won).into_iter().collect();
    for (rule, losers) in lost {
        let of_one =
            losers.chunk_by(|left, right| circuit(left).is_some() && circuit(left) == circuit(right));
        all.extend(of_one.filter_map(|losers| as_route(losers, Race::Lost(rule))));
    }
    all
}

/// Routes to one prefix that share its flows, as one route.
fn as_route(heard: &[&Heard], race: Race) -> Option<SubnetRoute> {
    let first = heard.first()?;
    let tunnel = first.carrier.circuit.is_none();
    let disposition = if tunnel { Disposition::Vpn } else { Disposition::PrivatePeering };
    Some(SubnetRoute {
        prefix: first.prefix,
        source: RouteSource::Gateway,
        way: Way::To(disposition),
        reason: Reason::Gateway { network: first.gateway, circuits: circuits(heard), span: first.span },
        carriers: heard.iter().map(|heard| heard.carrier).collect(),
        race,
        attributes: Some(Box::new(Attributes {
            weight: first.weight,
            as_path: first.as_path.clone(),
            ..Attributes::default()
        })),
        span: first.span,
    })
}

/// What a hub tells, as a route that a gateway learned.
fn of_hub((prefix, decision): &Row) -> SubnetRoute {
    SubnetRoute {
        prefix: *prefix,
        source: RouteSource::Gateway,
        way: Way::To(decision.disposition),
        reason: decision.reason().clone(),
        carriers: Vec::new(),
        race: Race::Alone,
        attributes: None,
        span: decision.reason().span().unwrap_or_default(),
    }
}

fn circuit(heard: &Heard) -> Option<CircuitId> {
    heard.carrier.circuit.map(|(circuit, _)| circuit)
}

/// The circuits of some routes, ascending.
fn circuits(heard: &[&Heard]) -> Vec<CircuitId> {
    let mut circuits: Vec<CircuitId> = heard.iter().filter_map(|heard| circuit(heard)).collect();
    circuits.sort_unstable();
    circuits.dedup();
    circuits
}
