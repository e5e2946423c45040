//! What the gateway of a virtual network learned from circuits and tunnels, and what it uses.
//!
//! Sources: Microsoft, *optimize ExpressRoute routing* (connection weight, then AS path), *S2S VPN as a backup*
//! (ExpressRoute before VPN), *ExpressRoute FAQ* (what is equal shares the flows).

use crate::addr::IpPrefix;
use crate::diag::Span;
use crate::network::{CircuitId, Connection, Gateway, PeeringKind, State, VirtualNetworkId};
use crate::rib::SessionId;

use super::deciding::AzureRule;
use super::decision::{Carrier, Disposition, Reason};
use super::inputs::Inputs;
use super::limits;
use super::links::Link;
use super::session::{Session, SessionKind, SessionState, connection_state};
use super::subnet::{Race, RouteSource, SubnetRoute, Way};

/// The most circuits that share flows (Microsoft, *ExpressRoute FAQ*).
const ECMP_CIRCUITS: usize = 4;

/// Everything that the gateways a virtual network uses have learned.
#[derive(Debug, Default)]
pub(super) struct Gateways {
    heard: Vec<Heard>,
    pub(super) sessions: Vec<Session>,
    /// The tunnels that are up.
    pub(super) tunnels: Vec<Carrier>,
}

/// A route of one session of a gateway.
#[derive(Clone, Copy, Debug)]
struct Heard {
    prefix: IpPrefix,
    gateway: VirtualNetworkId,
    carrier: Carrier,
    weight: u32,
    path_length: usize,
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
    /// Of the virtual network's own gateway, or of the one that it uses in a peered virtual network.
    pub(super) fn of(inputs: Inputs<'_>, id: VirtualNetworkId) -> Self {
        let mut all = Self::default();
        let network = inputs.network;
        let remote = network.virtual_networks_with_ids().map(|(hub, _)| hub).filter(|hub| *hub != id);
        let remote = remote.filter(|hub| limits::behind_gateway(network, *hub).any(|(spoke, _)| spoke == id));
        for hub in std::iter::once(id).chain(remote) {
            if let Some(gateway) = network.virtual_network(hub).and_then(|hub| hub.gateway.as_ref()) {
                all.circuits(inputs, hub, gateway);
                all.tunnels(inputs, hub, gateway);
            }
        }
        all
    }

    /// The routes to each prefix for which `wanted` holds: what the gateway uses, then what lost inside it.
    ///
    /// Of one prefix circuits before tunnels, the highest connection weight, the shortest AS path; what is equal
    /// shares the flows.
    pub(super) fn routes(&self, wanted: &dyn Fn(IpPrefix) -> bool) -> Vec<SubnetRoute> {
        let mut heard: Vec<&Heard> = self.heard.iter().filter(|heard| wanted(heard.prefix)).collect();
        heard.sort_by_key(|heard| heard.prefix);
        heard.chunk_by(|left, right| left.prefix == right.prefix).flat_map(settle).collect()
    }

    fn circuits(&mut self, inputs: Inputs<'_>, hub: VirtualNetworkId, gateway: &Gateway) {
        for link in &gateway.circuits {
            let Some(circuit) = inputs.network.circuit(link.circuit) else { continue };
            let Some(peering) = &circuit.private_peering else { continue };
            if limits::gateway(inputs.network, circuit, hub).is_some() {
                continue;
            }
            for connection in Connection::ALL {
                let kind = PeeringKind::Private;
                let state = connection_state(inputs.links, link.circuit, circuit, kind, connection);
                let name = circuit.connection_name(kind, connection);
                let kind = SessionKind::Circuit(link.circuit, kind, connection);
                let carrier = self.session(kind, name, state, link.span);
                if state != SessionState::Up {
                    continue;
                }
                let path_length = 1 + peering.prepend_on(connection).len();
                self.heard.extend(peering.advertised_on(connection).iter().map(|prefix| Heard {
                    prefix: prefix.value,
                    gateway: hub,
                    carrier,
                    weight: link.weight,
                    path_length,
                    span: prefix.span,
                }));
            }
        }
    }

    fn tunnels(&mut self, inputs: Inputs<'_>, hub: VirtualNetworkId, gateway: &Gateway) {
        for end in &gateway.vpn {
            let Some(site) = inputs.network.site(end.site) else { continue };
            let Some(vpn) = usize::try_from(end.vpn).ok().and_then(|index| site.vpn.get(index)) else {
                continue;
            };
            let said = inputs.links.get(Link::Vpn(end.site, end.vpn));
            if !said.unwrap_or(vpn.state.value == State::Up) {
                continue;
            }
            let carrier =
                self.session(SessionKind::Vpn(end.vpn), vpn.name.clone(), SessionState::Up, vpn.span);
            self.tunnels.push(carrier);
            let advertised = vpn.advertised.as_deref().unwrap_or(&site.prefixes);
            self.heard.extend(advertised.iter().map(|prefix| Heard {
                prefix: prefix.value,
                gateway: hub,
                carrier,
                weight: 0,
                path_length: 1,
                span: prefix.span,
            }));
        }
    }

    fn session(&mut self, kind: SessionKind, name: String, state: SessionState, span: Span) -> Carrier {
        let id = SessionId::new(u32::try_from(self.sessions.len()).unwrap_or(u32::MAX));
        let session = Session { id, kind, name, state, span };
        let carrier = session.carrier();
        self.sessions.push(session);
        carrier
    }
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
        span: first.span,
    })
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
