//! Typed contents of exports, before they are joined.

use std::net::IpAddr;

use super::arm::ArmId;
use super::finding::Finding;
use crate::addr::IpPrefix;
use crate::import::learned::LearnedRoutes;
use crate::network::{Billing, Connection, PeeringKind};
use crate::rib::Community;

/// One item of an export.
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
    /// A finding that concerns no other record.
    Finding(Finding),
}

/// A peering type as named by Azure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum PeeringType {
    Private,
    Microsoft,
    /// Public peering, which Microsoft retired; a network file cannot contain it.
    Public,
}

impl PeeringType {
    /// Parses `AzurePrivatePeering`, `MicrosoftPeering`, `AzureMicrosoftPeering`, `AzurePublicPeering`.
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
    /// Returns the corresponding peering in a network file; `None` for public peering.
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
    /// Whether the name and the tier of the SKU differ.
    pub(super) tier_differs: bool,
    pub(super) bandwidth_mbps: Option<u64>,
    pub(super) provider: Option<String>,
    pub(super) direct: bool,
    pub(super) billing: Option<Billing>,
    /// Whether Microsoft and the provider report that the circuit is in service; `None` if neither reports a state.
    pub(super) in_service: Option<bool>,
    pub(super) peerings: Vec<Peering>,
}

#[derive(Clone, Debug)]
pub(super) struct Peering {
    pub(super) kind: PeeringType,
    pub(super) circuit: Option<ArmId>,
    /// The circuit's name if no id contains it.
    pub(super) circuit_name: Option<String>,
    pub(super) enabled: bool,
    pub(super) peer_asn: Option<u32>,
    /// The networks of the BGP sessions on the primary connection, for both address families.
    pub(super) primary: Vec<IpPrefix>,
    pub(super) secondary: Vec<IpPrefix>,
    pub(super) advertised: Vec<IpPrefix>,
    /// Whether Microsoft has not yet validated the advertised prefixes.
    pub(super) validation_needed: bool,
    pub(super) route_filter: Option<ArmId>,
}

#[derive(Clone, Debug)]
pub(super) struct RouteFilter {
    pub(super) id: Option<ArmId>,
    pub(super) name: String,
    pub(super) communities: Vec<Community>,
    /// The peerings to which the filter is attached.
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
    /// The prefixes that its gateway advertises instead of the address space.
    pub(super) summarized: Vec<IpPrefix>,
    /// The gateways with addresses in its gateway subnet.
    pub(super) gateways: Vec<ArmId>,
}

#[derive(Clone, Debug)]
pub(super) struct Subnet {
    pub(super) name: String,
    pub(super) prefixes: Vec<IpPrefix>,
    pub(super) route_table: Option<ArmId>,
    pub(super) service_endpoints: Vec<String>,
    pub(super) network_policies: bool,
    /// Whether outbound internet traffic gets a public address by default, if specified.
    pub(super) default_outbound_access: Option<bool>,
    pub(super) nat_gateway: bool,
    /// The addresses of private endpoints, each with the name of its endpoint.
    pub(super) private_endpoints: Vec<(String, IpAddr)>,
}

#[derive(Clone, Debug)]
pub(super) struct VirtualNetworkPeering {
    pub(super) remote: Option<ArmId>,
    pub(super) connected: bool,
    pub(super) allow_gateway_transit: bool,
    pub(super) use_remote_gateways: bool,
    /// Whether the two virtual networks can reach each other.
    pub(super) allow_virtual_network_access: bool,
    /// Whether packets forwarded by an appliance on the other side are accepted.
    pub(super) allow_forwarded_traffic: bool,
    /// The local and the remote subnets that the peering connects; `None` if it connects all subnets.
    pub(super) subnets: Option<[Vec<String>; 2]>,
    pub(super) name: String,
    /// Its source: a file, or its address in a plan or a template.
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
    /// As written by Azure: `VirtualAppliance`, `Internet`, …
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
    /// Whether it is a VPN gateway.
    pub(super) vpn: bool,
    pub(super) sku: Option<String>,
    /// Whether it accepts routes from other virtual networks on a circuit, if specified.
    pub(super) remote_traffic: Option<bool>,
    /// Whether it accepts routes from a virtual WAN on a circuit, if specified.
    pub(super) wan_traffic: Option<bool>,
    /// The virtual networks that contain its gateway subnets.
    pub(super) virtual_networks: Vec<ArmId>,
}

/// A gateway's connection to a circuit.
#[derive(Clone, Debug)]
pub(super) struct GatewayConnection {
    pub(super) name: String,
    /// The gateway of a virtual network or of a virtual hub.
    pub(super) gateway: Option<ArmId>,
    pub(super) hub: bool,
    pub(super) circuit: Option<ArmId>,
    pub(super) weight: u32,
    /// Whether packets from on-premises bypass the gateway.
    pub(super) fast_path: bool,
}

/// A gateway's connection through a tunnel instead of a circuit.
#[derive(Clone, Debug)]
pub(super) struct Tunnel {
    pub(super) name: String,
    /// Whether its remote end is a site.
    pub(super) to_site: bool,
    pub(super) gateway: Option<ArmId>,
}

/// The owner of a route table. Values that neither the export nor its command identifies are missing.
#[derive(Clone, Debug, Default)]
pub(super) struct TableHints {
    pub(super) circuit: Option<String>,
    pub(super) peering: Option<PeeringType>,
    pub(super) connection: Option<Connection>,
    pub(super) owner: Option<String>,
}
