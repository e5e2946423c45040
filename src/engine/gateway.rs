//! What the gateway of a virtual network learned from circuits and tunnels, and what it uses.

use std::cmp::Reverse;
use std::net::IpAddr;

use crate::addr::IpPrefix;
use crate::diag::Span;
use crate::network::{CircuitId, Connection, Gateway, PeeringKind, State, VirtualNetworkId};
use crate::rib::SessionId;

use super::decision::{Carrier, Disposition};
use super::inputs::Inputs;
use super::limits;
use super::links::Link;
use super::session::{Session, SessionKind, SessionState, connection_state};

/// The most circuits that share flows (Microsoft, *ExpressRoute FAQ*).
const ECMP_CIRCUITS: usize = 4;

/// A route that a gateway uses.
#[derive(Clone, Debug)]
pub(super) struct Learned {
    pub(super) prefix: IpPrefix,
    pub(super) gateway: VirtualNetworkId,
    pub(super) disposition: Disposition,
    pub(super) circuits: Vec<CircuitId>,
    pub(super) carriers: Vec<Carrier>,
    pub(super) span: Span,
}

/// Everything that the gateways a virtual network uses have learned.
#[derive(Debug, Default)]
pub(super) struct Gateways {
    routes: Vec<Heard>,
    pub(super) sessions: Vec<Session>,
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

    /// What is used for an address: the longest prefix; of the same, circuits before tunnels, the highest
    /// connection weight, the shortest AS path; what is equal shares the flows.
    pub(super) fn best(&self, address: IpAddr) -> Option<Learned> {
        let covering: Vec<&Heard> =
            self.routes.iter().filter(|heard| heard.prefix.contains(address)).collect();
        let key = |heard: &Heard| {
            let tunnel = heard.carrier.circuit.is_none();
            (Reverse(heard.prefix.length()), tunnel, Reverse(heard.weight), heard.path_length)
        };
        let first = covering.iter().min_by_key(|heard| key(heard))?;
        let equal: Vec<&&Heard> = covering.iter().filter(|heard| key(heard) == key(first)).collect();
        let mut circuits: Vec<CircuitId> =
            equal.iter().filter_map(|heard| heard.carrier.circuit).map(|(circuit, _)| circuit).collect();
        circuits.sort_unstable();
        circuits.dedup();
        circuits.truncate(ECMP_CIRCUITS);
        let used = |carrier: &Carrier| carrier.circuit.is_none_or(|(circuit, _)| circuits.contains(&circuit));
        let carriers = equal.iter().map(|heard| heard.carrier).filter(used).collect();
        let tunnel = first.carrier.circuit.is_none();
        Some(Learned {
            prefix: first.prefix,
            gateway: first.gateway,
            disposition: if tunnel { Disposition::Vpn } else { Disposition::PrivatePeering },
            circuits,
            carriers,
            span: first.span,
        })
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
                self.routes.extend(peering.advertised_on(connection).iter().map(|prefix| Heard {
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
            let advertised = vpn.advertised.as_deref().unwrap_or(&site.prefixes);
            self.routes.extend(advertised.iter().map(|prefix| Heard {
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
