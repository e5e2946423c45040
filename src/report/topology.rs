//! The network of a report, with the details needed to draw it.

use crate::engine::{At, Router};
use crate::network::{CircuitId, Connection, Network, PeeringKind, VirtualHub, VirtualNetwork};

/// Sites, circuits and virtual networks by name, in the order of the network file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Topology {
    /// The name of the network.
    pub name: String,
    /// The sites of clients.
    pub sites: Vec<SiteNode>,
    /// The ExpressRoute circuits.
    pub circuits: Vec<CircuitNode>,
    /// The virtual networks and virtual hubs at which a circuit or a tunnel ends.
    pub virtual_networks: Vec<VirtualNetworkNode>,
    /// The virtual networks behind those with a gateway and behind virtual hubs.
    pub spokes: Vec<SpokeNode>,
    /// The company's links between sites.
    pub wan: Vec<WanNode>,
}

/// A virtual network with a gateway, or a virtual hub.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VirtualNetworkNode {
    /// Its name.
    pub name: String,
    /// Whether it is a hub of a Virtual WAN.
    pub is_hub: bool,
    /// Its appliances and firewalls, such as `hub/fw`.
    pub appliances: Vec<String>,
    /// Its subnets, except for those of gateways.
    pub subnets: Vec<String>,
}

/// A virtual network that is reached through others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpokeNode {
    /// Its name.
    pub name: String,
    /// The virtual networks with a gateway that it is peered with, and the virtual hubs that it is connected to.
    pub hubs: Vec<String>,
    /// Its appliances, such as `spoke/fw`.
    pub appliances: Vec<String>,
    /// Its subnets.
    pub subnets: Vec<String>,
}

/// A link between sites.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WanNode {
    /// Its name.
    pub name: String,
    /// The sites that it connects, at least two.
    pub sites: Vec<String>,
}

/// A site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteNode {
    /// Its name.
    pub name: String,
    /// Its internet edge.
    pub internet: Option<String>,
    /// The circuits that it learns routes from.
    pub circuits: Vec<String>,
    /// Its tunnels.
    pub tunnels: Vec<TunnelNode>,
}

/// A tunnel of a site over the internet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TunnelNode {
    /// Its name.
    pub name: String,
    /// The virtual networks, or the virtual hub, at which it ends.
    pub virtual_networks: Vec<String>,
}

/// A circuit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CircuitNode {
    /// Its name.
    pub name: String,
    /// The peering location.
    pub peering_location: String,
    /// The connectivity provider.
    pub provider: Option<String>,
    /// The bandwidth of the circuit, such as `1 Gbps`; each connection has the full bandwidth.
    pub bandwidth: String,
    /// Whether it has Microsoft peering.
    pub microsoft_peering: bool,
    /// The virtual networks and virtual hubs of its private peering; `None` if it has none.
    pub private_peering: Option<Vec<String>>,
    /// Whether the primary and the secondary connection are up in the network file, for any peering.
    pub connections_up: [bool; 2],
}

impl Topology {
    /// Returns the topology of a network.
    pub fn of(network: &Network) -> Self {
        let vnet = |id| network.virtual_network(id).map(|vnet| vnet.name.clone());
        let circuits = network.circuits_with_ids().map(|(id, circuit)| {
            let up = |connection: Connection| {
                let microsoft = circuit.microsoft_peering.as_ref().is_some_and(|one| one.is_up(connection));
                microsoft || circuit.private_peering.as_ref().is_some_and(|one| one.is_up(connection))
            };
            CircuitNode {
                name: circuit.name.clone(),
                peering_location: circuit.peering_location.value.clone(),
                provider: circuit.provider.clone(),
                bandwidth: circuit.bandwidth.value.to_string(),
                microsoft_peering: circuit.settings(PeeringKind::Microsoft, Connection::Primary).is_some(),
                private_peering: circuit.private_peering.as_ref().map(|peering| {
                    let networks = peering.of_kind.virtual_networks.iter().filter_map(|id| vnet(*id));
                    networks.chain(hubs_of(network, id)).collect()
                }),
                connections_up: Connection::ALL.map(up),
            }
        });
        let sites = network.sites.iter().map(|site| SiteNode {
            name: site.name.clone(),
            internet: site.internet.as_ref().map(|edge| edge.name.clone()),
            circuits: site
                .circuits
                .iter()
                .filter_map(|id| network.circuit(*id).map(|circuit| circuit.name.clone()))
                .collect(),
            tunnels: site
                .vpn
                .iter()
                .map(|vpn| TunnelNode {
                    name: vpn.name.clone(),
                    virtual_networks: {
                        let hub = vpn.virtual_hub.and_then(|id| network.virtual_hub(id));
                        let networks = vpn.virtual_networks.iter().filter_map(|id| vnet(*id));
                        networks.chain(hub.map(|hub| hub.name.clone())).collect()
                    },
                })
                .collect(),
        });
        Self {
            name: network.name.clone(),
            sites: sites.collect(),
            circuits: circuits.collect(),
            virtual_networks: reached(network),
            spokes: spokes(network),
            wan: wan(network),
        }
    }
}

/// Returns the virtual networks with a gateway, then the virtual hubs.
fn reached(network: &Network) -> Vec<VirtualNetworkNode> {
    let own = network.virtual_networks_with_ids().filter(|(_, own)| own.gateway.is_some());
    let own = own.map(|(id, own)| VirtualNetworkNode {
        name: own.name.clone(),
        is_hub: false,
        appliances: appliances(network, At::Network(id)),
        subnets: subnets(own),
    });
    let hubs = network.virtual_hubs_with_ids().map(|(id, hub)| VirtualNetworkNode {
        name: hub.name.clone(),
        is_hub: true,
        appliances: appliances(network, At::Hub(id)),
        subnets: Vec::new(),
    });
    own.chain(hubs).collect()
}

/// Returns the virtual networks without a gateway, each with the hubs that reach it.
fn spokes(network: &Network) -> Vec<SpokeNode> {
    let behind = network.virtual_networks_with_ids().filter(|(_, own)| own.gateway.is_none());
    let spokes = behind.map(|(id, own)| {
        let peered =
            own.peerings.iter().filter_map(|peering| network.virtual_network(peering.virtual_network));
        let peered = peered.filter(|hub| hub.gateway.is_some()).map(|hub| hub.name.clone());
        let connected = network.virtual_hubs.iter().filter(|hub| hub.connection(id).is_some());
        SpokeNode {
            name: own.name.clone(),
            hubs: peered.chain(connected.map(|hub| hub.name.clone())).collect(),
            appliances: appliances(network, At::Network(id)),
            subnets: subnets(own),
        }
    });
    spokes.filter(|spoke| !spoke.hubs.is_empty()).collect()
}

/// Returns the appliances and firewalls in a virtual network or hub, including Azure Firewalls inferred from their subnet.
fn appliances(network: &Network, at: At) -> Vec<String> {
    let here = Router::all(network).into_iter().filter(|router| router.at() == Some(at));
    here.filter(|router| matches!(router, Router::Device(_))).map(|router| router.name(network)).collect()
}

fn subnets(own: &VirtualNetwork) -> Vec<String> {
    let own = own.subnets.iter().filter(|subnet| !subnet.is_for_gateways());
    own.map(|subnet| subnet.name.clone()).collect()
}

fn wan(network: &Network) -> Vec<WanNode> {
    let links = network.wan_links_with_ids();
    let links = links.map(|(_, link)| WanNode {
        name: link.name.clone(),
        sites: link.sites.iter().filter_map(|id| Some(network.site(*id)?.name.clone())).collect(),
    });
    links.collect()
}

/// Returns the names of the virtual hubs that a circuit is connected to.
fn hubs_of(network: &Network, id: CircuitId) -> impl Iterator<Item = String> {
    let leads = move |hub: &&VirtualHub| hub.circuits.iter().any(|link| link.circuit == id);
    network.virtual_hubs.iter().filter(leads).map(|hub| hub.name.clone())
}
