//! The links that packets use, derived from the hops of a decision.
//!
//! ```text
//! site ─ WAN ─▶ edge of another site ─ connection ─ circuit ─ gateway ─▶ appliances            leave
//!                                    └ internet edge, or the circuit below ─ tunnel ─ gateway ─▶
//! ```
//!
//! Replies use the links in the opposite direction. `Out` is defined per link: from the company to Microsoft and the
//! internet; on a link between sites, in the order of its sites; at an appliance, away from the client.

use crate::addr::FlowKey;
use crate::engine::{At, Decision, Device, Reason, Router, SessionKind};
use crate::network::{CircuitId, Connection, Network, PeeringKind, SiteId, Underlay, VirtualNetworkId, Vpn};
use crate::sim::clock::timeline::Epoch;
use crate::sim::link::{Direction, LinkIndex, Links};
use crate::sim::paths::company::{Company, Passage};
use crate::sim::scenario::{LinkName, SessionName};

/// The index of a session's name in its [`Sessions`].
pub(in crate::sim) type SessionIndex = u32;

/// A link on a path, the direction in which packets use the link, and the session that runs over it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::sim) struct Hop {
    pub(in crate::sim) link: LinkIndex,
    pub(in crate::sim) direction: Direction,
    pub(in crate::sim) session: Option<SessionIndex>,
}

/// The names of sessions by index.
#[derive(Clone, Debug, Default)]
pub(in crate::sim) struct Sessions(Vec<SessionName>);

impl Sessions {
    /// Returns the index of a session's name, adding the name if it is new.
    pub(in crate::sim) fn index(&mut self, name: &SessionName) -> SessionIndex {
        let known = self.0.iter().position(|known| known == name);
        let index = known.unwrap_or_else(|| {
            self.0.push(name.clone());
            self.0.len() - 1
        });
        SessionIndex::try_from(index).unwrap_or(SessionIndex::MAX)
    }

    /// Returns the name with an index.
    pub(in crate::sim) fn name(&self, index: SessionIndex) -> Option<&SessionName> {
        self.0.get(index as usize)
    }
}

/// Finds the links of paths in one epoch.
pub(in crate::sim) struct Walk<'w, 'a> {
    pub(in crate::sim) epoch: &'w Epoch<'a>,
    pub(in crate::sim) links: &'w mut Links,
    pub(in crate::sim) sessions: &'w mut Sessions,
    pub(in crate::sim) seed: u64,
}

impl<'w> Walk<'w, '_> {
    fn network(&self) -> &'w Network {
        &self.epoch.state.network
    }

    /// Returns the links from a site over a session of its decision, to Azure, Microsoft, the internet or another site.
    /// Packets pass appliances `towards` the client or away from it.
    pub(in crate::sim) fn leave(
        &mut self,
        passage: &Passage,
        decision: &Decision,
        kind: Option<SessionKind>,
        towards: Direction,
    ) -> Vec<Hop> {
        let mut hops = self.cross(passage, Direction::Out);
        let Some(kind) = kind else { return hops };
        let gateway = gateway_of(self.network(), decision);
        hops.extend(self.carried(kind, gateway, Direction::Out));
        let devices: Vec<Device> = decision.devices().collect();
        hops.extend(self.appliances(&devices, towards));
        hops
    }

    /// Returns the links of replies to a client at a site. The replies arrive over a session and pass these appliances
    /// in order.
    pub(in crate::sim) fn enter(
        &mut self,
        kind: SessionKind,
        gateway: Option<String>,
        devices: &[Device],
        passage: &Passage,
    ) -> Vec<Hop> {
        let mut hops = self.appliances(devices, Direction::In);
        hops.extend(reversed(&self.carried(kind, gateway, Direction::In)));
        hops.extend(self.cross(passage, Direction::In));
        hops
    }

    /// Returns the links of packets from a subnet to a site over a session of its decision, up to the edge of the
    /// company, or to a destination inside Azure. Packets pass appliances `towards` the client or away from it.
    pub(in crate::sim) fn depart(
        &mut self,
        decision: &Decision,
        kind: Option<SessionKind>,
        towards: Direction,
    ) -> Vec<Hop> {
        let mut hops = Vec::new();
        let mut learned = gateway_named(decision.reason());
        for hop in decision.hops() {
            match (hop.router, hop.decision.reason()) {
                (Router::Device(device), _) => hops.extend(self.appliances(&[device], towards)),
                (Router::MicrosoftEdge(edge), Reason::Turned { network, .. }) => {
                    if let At::Network(from) = edge.from {
                        hops.extend(self.gateway(from, Direction::In));
                    }
                    hops.extend(self.gateway(*network, Direction::Out));
                }
                _ => {}
            }
            learned = gateway_named(hop.decision.reason()).or(learned);
        }
        // Packets that are hairpinned at Microsoft's edge use no connection, because connections lead to the company.
        if let Some(kind) = kind.filter(|_| !decision.turns()) {
            let gateway = learned.and_then(|id| self.network().virtual_network(id));
            let gateway = gateway.map(|own| own.name.clone());
            hops.extend(reversed(&self.carried(kind, gateway, Direction::In)));
        }
        hops
    }

    /// Returns the links over the company's network.
    pub(in crate::sim) fn cross(&mut self, passage: &Passage, direction: Direction) -> Vec<Hop> {
        let network = self.network();
        let mut hops = Vec::new();
        let mut site = |walk: &mut Self, id: Option<&SiteId>| {
            let site = id.and_then(|id| network.site(*id));
            hops.extend(site.map(|site| walk.hop(LinkName::Wan(site.name.clone()), direction, None)));
        };
        site(self, passage.sites.first());
        let after = |hops: &mut Vec<Hop>, walk: &mut Self| {
            for (id, direction) in &passage.links {
                let link = network.wan.iter().flatten().nth(id.index());
                let Some(name) = link.map(|link| link.name.clone()) else { continue };
                let session = SessionName::Wan(name.clone());
                hops.push(walk.hop(LinkName::WanLink(name), *direction, Some(&session)));
            }
        };
        after(&mut hops, self);
        let last = passage.sites.get(1).and_then(|id| network.site(*id));
        hops.extend(last.map(|site| self.hop(LinkName::Wan(site.name.clone()), direction, None)));
        hops
    }

    /// Returns the links between a site's edge and networks outside the company, starting at the edge. Packets use all
    /// of these links in the same direction.
    fn carried(&mut self, kind: SessionKind, gateway: Option<String>, direction: Direction) -> Vec<Hop> {
        let network = self.network();
        let mut hops = Vec::new();
        match kind {
            SessionKind::Internet(exit) => hops.extend(self.internet(exit, direction)),
            SessionKind::Vpn(exit, index) => {
                let Some(tunnel) = tunnel_of(network, exit, index) else { return hops };
                hops.extend(self.below(exit, tunnel, direction));
                let session = SessionName::Vpn(tunnel.name.clone());
                hops.push(self.hop(LinkName::Vpn(tunnel.name.clone()), direction, Some(&session)));
                hops.extend(gateway.map(|name| self.hop(LinkName::Gateway(name), direction, None)));
            }
            SessionKind::Circuit(id, peering, connection) => {
                hops.extend(self.circuit(id, peering, connection, direction));
                let gateway = gateway.filter(|_| peering == PeeringKind::Private);
                hops.extend(gateway.map(|name| self.hop(LinkName::Gateway(name), direction, None)));
            }
            SessionKind::OnPremises | SessionKind::Edge(_) | SessionKind::Discard => {}
        }
        hops
    }

    /// Returns the link of a site's internet edge.
    pub(in crate::sim) fn internet(&mut self, site: SiteId, direction: Direction) -> Option<Hop> {
        let edge = self.network().site(site)?.internet.as_ref()?.name.clone();
        let session = SessionName::Internet(edge.clone());
        Some(self.hop(LinkName::Internet(edge), direction, Some(&session)))
    }

    fn circuit(
        &mut self,
        id: CircuitId,
        peering: PeeringKind,
        connection: Connection,
        direction: Direction,
    ) -> Vec<Hop> {
        let Some(circuit) = self.network().circuit(id) else { return Vec::new() };
        let name = || circuit.name.clone();
        let session = SessionName::Circuit(name(), peering, connection);
        vec![
            self.hop(LinkName::Connection(name(), connection), direction, Some(&session)),
            self.hop(LinkName::Circuit(name()), direction, None),
        ]
    }

    /// Returns the links that the outer packets of a site's tunnel use.
    fn below(&mut self, exit: SiteId, tunnel: &Vpn, direction: Direction) -> Vec<Hop> {
        let Underlay::Peering(id, peering) = tunnel.over else {
            return self.internet(exit, direction).into_iter().collect();
        };
        let company = Company { epoch: self.epoch, seed: self.seed };
        let outer = outer(&tunnel.name);
        let Some(connection) = company.connection((id, peering), Some(exit), &outer, direction) else {
            return Vec::new();
        };
        let landing = company.landing((id, connection), Some(exit), &outer).filter(|edge| *edge != exit);
        let mut passage = landing.map(|edge| company.to_edge(exit, edge, &outer)).unwrap_or_default();
        if direction == Direction::In {
            passage.links.iter_mut().for_each(|(_, passed)| *passed = passed.other());
        }
        let mut hops = self.cross(&passage, direction);
        hops.extend(self.circuit(id, peering, connection, direction));
        hops
    }

    fn gateway(&mut self, network: VirtualNetworkId, direction: Direction) -> Option<Hop> {
        let name = self.network().virtual_network(network)?.name.clone();
        Some(self.hop(LinkName::Gateway(name), direction, None))
    }

    fn appliances(&mut self, devices: &[Device], direction: Direction) -> Vec<Hop> {
        let network = self.network();
        let names = devices.iter().map(|device| device.name(network));
        names
            .map(|name| {
                let session = SessionName::Appliance(name.clone());
                self.hop(LinkName::Appliance(name), direction, Some(&session))
            })
            .collect()
    }

    fn hop(&mut self, link: LinkName, direction: Direction, session: Option<&SessionName>) -> Hop {
        let session = session.map(|session| self.sessions.index(session));
        Hop { link: self.links.index(&link), direction, session }
    }
}

/// Returns the same links in reverse order.
pub(in crate::sim) fn reversed(hops: &[Hop]) -> Vec<Hop> {
    hops.iter().rev().copied().collect()
}

/// Returns the same links in reverse order, with their directions reversed.
pub(in crate::sim) fn back(hops: &[Hop]) -> Vec<Hop> {
    hops.iter().rev().map(|hop| Hop { direction: hop.direction.other(), ..*hop }).collect()
}

/// Returns a flow key for the outer packets of a tunnel. The addresses of these packets are not in the file, so the key
/// is derived from the name of the tunnel.
fn outer(tunnel: &str) -> FlowKey {
    const ESP: u8 = 50;
    let folded = |seed: u128| {
        let fold = |sum: u128, byte: u8| sum.wrapping_mul(0x0100_0193).wrapping_add(u128::from(byte));
        std::net::Ipv6Addr::from_bits(tunnel.bytes().fold(seed, fold)).into()
    };
    FlowKey { source: folded(1), destination: folded(2), protocol: ESP, source_port: 0, destination_port: 0 }
}

/// Returns a tunnel of a site.
pub(in crate::sim) fn tunnel_of(network: &Network, site: SiteId, index: u32) -> Option<&Vpn> {
    network.site(site)?.vpn.get(usize::try_from(index).ok()?)
}

/// Returns the virtual network over whose gateway a router inside Azure sends packets.
fn gateway_named(reason: &Reason) -> Option<VirtualNetworkId> {
    match reason {
        Reason::Gateway { network, .. } => Some(*network),
        _ => None,
    }
}

/// Returns the virtual network whose gateway serves the virtual network of a decision: that network itself, or a peered
/// one.
pub(in crate::sim) fn gateway_of(network: &Network, decision: &Decision) -> Option<String> {
    let id: VirtualNetworkId = match decision.exit_reason() {
        Reason::VirtualNetwork { network, .. }
        | Reason::Tunnel { network: Some(network), .. }
        | Reason::RouteServer { network, .. } => *network,
        _ => return None,
    };
    let own = network.virtual_network(id)?;
    if own.gateway.is_some() {
        return Some(own.name.clone());
    }
    let remote = own.peerings.iter().find(|peering| peering.use_remote_gateways)?;
    network.virtual_network(remote.virtual_network).map(|hub| hub.name.clone())
}
