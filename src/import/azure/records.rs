//! What exports say, typed; nothing is joined yet.

use std::net::IpAddr;

use super::arm::ArmId;
use super::finding::Finding;
use crate::addr::IpPrefix;
use crate::import::learned::LearnedRoutes;
use crate::network::{Connection, PeeringKind};
use crate::rib::Community;

/// One thing that an export holds.
#[derive(Clone, Debug)]
pub(super) enum Record {
    Circuit(Box<Circuit>),
    Peering(Box<Peering>),
    RouteFilter(RouteFilter),
    VirtualNetwork(VirtualNetwork),
    RouteTable(RouteTable),
    Gateway(Gateway),
    Connection(GatewayConnection),
    Tunnel(Tunnel),
    Routes(LearnedRoutes),
    /// Something to know that has no place of its own among the records.
    Finding(Finding),
}

/// Which peering, as Azure names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum PeeringType {
    Private,
    Microsoft,
    /// Public peering, which Microsoft retired; no network file has it.
    Public,
}

impl PeeringType {
    /// From `AzurePrivatePeering`, `MicrosoftPeering`, `AzureMicrosoftPeering`, `AzurePublicPeering`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.trim().to_ascii_lowercase();
        let bare = text.strip_prefix("azure").unwrap_or(&text);
        match bare.strip_suffix("peering").unwrap_or(bare) {
            "private" => Some(Self::Private),
            "microsoft" => Some(Self::Microsoft),
            "public" => Some(Self::Public),
            _ => None,
        }
    }
}

impl PeeringType {
    /// The peering in a network file.
    pub(super) fn kind(self) -> Option<PeeringKind> {
        match self {
            Self::Private => Some(PeeringKind::Private),
            Self::Microsoft => Some(PeeringKind::Microsoft),
            Self::Public => None,
        }
    }
}

#[derive(Clone, Debug)]
pub(super) struct Circuit {
    pub(super) id: Option<ArmId>,
    pub(super) name: String,
    pub(super) peering_location: Option<String>,
    pub(super) tier: Option<String>,
    /// Whether the SKU's name begins with another tier than the one it has.
    pub(super) tier_differs: bool,
    pub(super) bandwidth_mbps: Option<u64>,
    pub(super) provider: Option<String>,
    pub(super) direct: bool,
    /// Whether both sides say that it is in service; `None` where neither says anything.
    pub(super) in_service: Option<bool>,
    pub(super) peerings: Vec<Peering>,
}

#[derive(Clone, Debug)]
pub(super) struct Peering {
    pub(super) kind: PeeringType,
    pub(super) circuit: Option<ArmId>,
    /// The circuit's name where no id tells it.
    pub(super) circuit_name: Option<String>,
    pub(super) enabled: bool,
    pub(super) peer_asn: Option<u32>,
    /// The networks of the primary and of the secondary sessions, of both families.
    pub(super) primary: Vec<IpPrefix>,
    pub(super) secondary: Vec<IpPrefix>,
    pub(super) advertised: Vec<IpPrefix>,
    /// Whether Microsoft has still to validate what is advertised.
    pub(super) validation_needed: bool,
    pub(super) route_filter: Option<ArmId>,
}

#[derive(Clone, Debug)]
pub(super) struct RouteFilter {
    pub(super) id: Option<ArmId>,
    pub(super) name: String,
    pub(super) communities: Vec<Community>,
    /// The peerings that it is attached to.
    pub(super) peerings: Vec<ArmId>,
}

#[derive(Clone, Debug)]
pub(super) struct VirtualNetwork {
    pub(super) id: Option<ArmId>,
    pub(super) name: String,
    pub(super) region: Option<String>,
    pub(super) prefixes: Vec<IpPrefix>,
    pub(super) subnets: Vec<Subnet>,
    pub(super) peerings: Vec<VirtualNetworkPeering>,
    pub(super) community: Option<Community>,
    /// What its gateway announces in place of address spaces.
    pub(super) summarized: Vec<IpPrefix>,
    /// The gateways whose addresses lie in its gateway subnet.
    pub(super) gateways: Vec<ArmId>,
}

#[derive(Clone, Debug)]
pub(super) struct Subnet {
    pub(super) name: String,
    pub(super) prefixes: Vec<IpPrefix>,
    pub(super) route_table: Option<ArmId>,
    pub(super) service_endpoints: Vec<String>,
    pub(super) network_policies: bool,
    /// Whether what leaves for the internet gets a public address by default, where that is said.
    pub(super) default_outbound_access: Option<bool>,
    pub(super) nat_gateway: bool,
    /// Addresses that stand for services, each with the name of its private endpoint.
    pub(super) private_endpoints: Vec<(String, IpAddr)>,
}

#[derive(Clone, Debug)]
pub(super) struct VirtualNetworkPeering {
    pub(super) remote: Option<ArmId>,
    pub(super) connected: bool,
    pub(super) allow_gateway_transit: bool,
    pub(super) use_remote_gateways: bool,
    /// Whether the two reach each other.
    pub(super) allow_virtual_network_access: bool,
    /// Whether packets that an appliance of the other side forwards are let in.
    pub(super) allow_forwarded_traffic: bool,
    /// The subnets of both sides that it joins, where it does not join all.
    pub(super) subnets: Option<[Vec<String>; 2]>,
    pub(super) name: String,
    /// Where it stands: a file, or its address in a plan or a template.
    pub(super) source: String,
}

#[derive(Clone, Debug)]
pub(super) struct RouteTable {
    pub(super) id: Option<ArmId>,
    pub(super) name: String,
    pub(super) disable_bgp_route_propagation: bool,
    pub(super) routes: Vec<UserRoute>,
}

#[derive(Clone, Debug)]
pub(super) struct UserRoute {
    /// A prefix or a service tag.
    pub(super) destination: Destination,
    /// As Azure writes it: `VirtualAppliance`, `Internet`, …
    pub(super) next_hop_type: String,
    pub(super) next_hop: Option<IpAddr>,
}

#[derive(Clone, Debug)]
pub(super) enum Destination {
    Prefix(IpPrefix),
    Tag(String),
}

#[derive(Clone, Debug)]
pub(super) struct Gateway {
    pub(super) id: Option<ArmId>,
    pub(super) name: String,
    pub(super) express_route: bool,
    /// Whether its tunnels are what it is for.
    pub(super) vpn: bool,
    pub(super) sku: Option<String>,
    /// Whether it takes what other virtual networks announce on a circuit, where that is said.
    pub(super) remote_traffic: Option<bool>,
    /// Whether it takes what a virtual WAN announces on a circuit, where that is said.
    pub(super) wan_traffic: Option<bool>,
    /// The virtual networks of its gateway subnets.
    pub(super) virtual_networks: Vec<ArmId>,
}

/// A gateway's connection to a circuit.
#[derive(Clone, Debug)]
pub(super) struct GatewayConnection {
    pub(super) name: String,
    /// A virtual network's gateway, or a virtual hub's.
    pub(super) gateway: Option<ArmId>,
    pub(super) hub: bool,
    pub(super) circuit: Option<ArmId>,
    pub(super) weight: u32,
    /// Whether packets from on-premises go past the gateway.
    pub(super) fast_path: bool,
}

/// A gateway's connection to something else than a circuit: another end of a tunnel.
#[derive(Clone, Debug)]
pub(super) struct Tunnel {
    pub(super) name: String,
    /// Whether a site is at its other end.
    pub(super) to_site: bool,
    pub(super) gateway: Option<ArmId>,
}

/// What a table of routes is of, as far as an export or its command tells.
#[derive(Clone, Debug, Default)]
pub(super) struct TableHints {
    pub(super) circuit: Option<String>,
    pub(super) peering: Option<PeeringType>,
    pub(super) connection: Option<Connection>,
    pub(super) owner: Option<String>,
}
