//! The names that a scenario can use: sessions, the circuits and edges to which they belong, and links.

use std::fmt;

use crate::engine::Router;
use crate::network::{Connection, Network, PeeringKind, Underlay, Vpn};

/// The target of an event, using names from the network file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// A whole circuit: `er-ams`.
    Circuit(String),
    /// A connection of a circuit, with its sessions on both peerings: `er-ams/primary`.
    Connection(String, Connection),
    /// A peering of a circuit, with both of its sessions: `er-ams/microsoft`.
    Peering(String, PeeringKind),
    /// A site's internet edge, with the tunnels over it: `edge-ams`.
    Internet(String),
    /// One session, such as `er-ams/microsoft/primary`, a tunnel, a link between sites, or an appliance.
    Session(SessionName),
}

/// A session, a link between sites or an appliance that can be up or down, using names from the network file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SessionName {
    /// A session of a circuit.
    Circuit(String, PeeringKind, Connection),
    /// The session of an internet edge.
    Internet(String),
    /// A tunnel.
    Vpn(String),
    /// A link between sites: `mpls`.
    Wan(String),
    /// An appliance: `hub/fw`. While it is down, it drops all packets, and routes do not avoid it.
    Appliance(String),
}

/// The name of a link.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LinkName {
    /// A site's internet edge: `edge-ams`.
    Internet(String),
    /// A connection of a circuit: `er-ams/primary`.
    Connection(String, Connection),
    /// The limit shared by both connections of a circuit: `er-ams`.
    Circuit(String),
    /// The gateway of a virtual network: `hub-weu/gateway`.
    Gateway(String),
    /// The link between a site and the rest of the company: `amsterdam/wan`.
    Wan(String),
    /// A tunnel, in addition to the internet edge or the circuit that it uses.
    Vpn(String),
    /// A link between sites: `mpls`.
    WanLink(String),
    /// An appliance: `hub/fw`.
    Appliance(String),
}

impl Target {
    /// Returns whether a failure of this target has to be detected. Otherwise, both ends know immediately.
    pub fn is_wire(&self) -> bool {
        !matches!(self, Self::Peering(..) | Self::Session(SessionName::Circuit(..)))
    }

    /// Returns whether the target has sessions of its own, which can be reset and over which prefixes are advertised.
    pub(super) fn has_sessions(&self) -> bool {
        !matches!(self, Self::Session(SessionName::Wan(_) | SessionName::Appliance(_)))
    }

    /// Returns the sessions in this network that fail with the target; none if the network does not contain the target.
    pub fn sessions(&self, network: &Network) -> Vec<SessionName> {
        all_sessions(network).into_iter().filter(|session| self.forwards(session, network)).collect()
    }

    fn forwards(&self, session: &SessionName, network: &Network) -> bool {
        match (self, session) {
            (Self::Circuit(name), SessionName::Circuit(of, ..)) => name == of,
            (Self::Connection(name, own), SessionName::Circuit(of, _, connection)) => {
                name == of && own == connection
            }
            (Self::Peering(name, own), SessionName::Circuit(of, peering, _)) => name == of && own == peering,
            (Self::Internet(name), SessionName::Internet(edge)) => name == edge,
            (Self::Internet(name), SessionName::Vpn(tunnel)) => network.sites.iter().any(|site| {
                site.internet.as_ref().is_some_and(|edge| edge.name == *name)
                    && site.vpn.iter().any(|vpn| vpn.name == *tunnel && vpn.over == Underlay::Internet)
            }),
            (Self::Circuit(_) | Self::Peering(..), SessionName::Vpn(tunnel)) => {
                let mut tunnels = network.sites.iter().flat_map(|site| &site.vpn);
                tunnels.any(|vpn| vpn.name == *tunnel && self.is_under(network, vpn))
            }
            (Self::Session(own), session) => own == session,
            _ => false,
        }
    }

    /// Returns whether a tunnel uses this circuit or peering.
    fn is_under(&self, network: &Network, tunnel: &Vpn) -> bool {
        let Underlay::Peering(id, kind) = tunnel.over else { return false };
        let Some(circuit) = network.circuit(id) else { return false };
        match self {
            Self::Circuit(name) => circuit.name == *name,
            Self::Peering(name, own) => circuit.name == *name && *own == kind,
            _ => false,
        }
    }

    /// Returns all targets in a network.
    pub(super) fn all(network: &Network) -> Vec<Self> {
        let mut all = Vec::new();
        for circuit in &network.circuits {
            all.push(Self::Circuit(circuit.name.clone()));
            all.extend(Connection::ALL.map(|connection| Self::Connection(circuit.name.clone(), connection)));
            let peerings = PeeringKind::ALL
                .into_iter()
                .filter(|kind| circuit.settings(*kind, Connection::Primary).is_some());
            all.extend(peerings.map(|kind| Self::Peering(circuit.name.clone(), kind)));
        }
        for session in all_sessions(network) {
            all.push(match session {
                SessionName::Internet(name) => Self::Internet(name),
                session => Self::Session(session),
            });
        }
        all
    }
}

/// Returns all sessions, links between sites and appliances in a network, in a fixed order.
pub(crate) fn all_sessions(network: &Network) -> Vec<SessionName> {
    let mut all = Vec::new();
    for circuit in &network.circuits {
        for kind in PeeringKind::ALL {
            if circuit.settings(kind, Connection::Primary).is_none() {
                continue;
            }
            let name = || circuit.name.clone();
            all.extend(Connection::ALL.map(|connection| SessionName::Circuit(name(), kind, connection)));
        }
    }
    for site in &network.sites {
        all.extend(site.internet.iter().map(|edge| SessionName::Internet(edge.name.clone())));
        all.extend(site.vpn.iter().map(|vpn| SessionName::Vpn(vpn.name.clone())));
    }
    all.extend(network.wan_links_with_ids().map(|(_, link)| SessionName::Wan(link.name.clone())));
    all.extend(appliances(network).map(SessionName::Appliance));
    all
}

/// Returns the names of a network's appliances, including Azure Firewalls that are not listed as appliances.
fn appliances(network: &Network) -> impl Iterator<Item = String> {
    let routers = Router::all(network).into_iter();
    routers.filter(|router| matches!(router, Router::Device(_))).map(|device| device.name(network))
}

impl LinkName {
    /// Returns all links in a network, in a fixed order.
    pub fn all(network: &Network) -> Vec<Self> {
        let mut all = Vec::new();
        for site in &network.sites {
            all.push(Self::Wan(site.name.clone()));
            all.extend(site.internet.iter().map(|edge| Self::Internet(edge.name.clone())));
            all.extend(site.vpn.iter().map(|vpn| Self::Vpn(vpn.name.clone())));
        }
        for circuit in &network.circuits {
            let name = || circuit.name.clone();
            all.extend(Connection::ALL.map(|connection| Self::Connection(name(), connection)));
            all.push(Self::Circuit(name()));
        }
        let gateways = network.virtual_networks.iter().filter(|one| one.gateway.is_some());
        all.extend(gateways.map(|one| Self::Gateway(one.name.clone())));
        all.extend(network.wan_links_with_ids().map(|(_, link)| Self::WanLink(link.name.clone())));
        all.extend(appliances(network).map(Self::Appliance));
        all
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Circuit(name) | Self::Internet(name) => f.write_str(name),
            Self::Connection(name, connection) => write!(f, "{name}/{}", connection.name()),
            Self::Peering(name, peering) => write!(f, "{name}/{}", peering.name()),
            Self::Session(session) => session.fmt(f),
        }
    }
}

impl fmt::Display for SessionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Circuit(name, peering, connection) => {
                write!(f, "{name}/{}/{}", peering.name(), connection.name())
            }
            Self::Internet(name) | Self::Vpn(name) | Self::Wan(name) | Self::Appliance(name) => {
                f.write_str(name)
            }
        }
    }
}

impl fmt::Display for LinkName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Internet(name)
            | Self::Circuit(name)
            | Self::Vpn(name)
            | Self::WanLink(name)
            | Self::Appliance(name) => f.write_str(name),
            Self::Connection(name, connection) => write!(f, "{name}/{}", connection.name()),
            Self::Gateway(name) => write!(f, "{name}/gateway"),
            Self::Wan(name) => write!(f, "{name}/wan"),
        }
    }
}
