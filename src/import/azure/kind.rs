//! What an export can hold, and how its kind is told.

use std::fmt;

use super::object::Object;

/// What an export holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ExportKind {
    /// ExpressRoute circuits, with their peerings.
    Circuit,
    /// Peerings of a circuit.
    Peering,
    /// Route filters.
    RouteFilter,
    /// The table of one connection of a circuit (`list-route-tables`).
    CircuitRoutes,
    /// Its summary (`list-route-tables-summary`).
    CircuitSummary,
    /// The ARP table of one connection.
    Arp,
    /// Virtual networks.
    VirtualNetwork,
    /// Route tables of the user's own.
    RouteTable,
    /// Virtual network gateways and ExpressRoute gateways of hubs.
    Gateway,
    /// Connections of gateways to circuits.
    Connection,
    /// Routes that a gateway learned or advertises.
    GatewayRoutes,
    /// Routes that a route server learned or advertises.
    RouteServerRoutes,
    /// The effective routes of a network interface.
    EffectiveRoutes,
    /// The effective routes of a virtual hub.
    HubRoutes,
    /// A route table of a virtual hub.
    HubRouteTable,
    /// A route map of a virtual hub.
    HubRouteMap,
    /// BGP peers of a gateway, with their state.
    BgpPeers,
    /// BGP peers of a route server, as configured.
    RouteServerPeers,
    /// Connectivity providers and where they offer circuits.
    ServiceProviders,
    /// BGP communities with their prefixes.
    ServiceCommunities,
    /// Resources that route and that a network file cannot hold: they are marked.
    Unsupported,
    /// An answer of another provider's cloud.
    OtherProvider,
}

impl ExportKind {
    /// A stable name for output: `circuit-routes`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Circuit => "circuit",
            Self::Peering => "peering",
            Self::RouteFilter => "route-filter",
            Self::CircuitRoutes => "circuit-routes",
            Self::CircuitSummary => "circuit-summary",
            Self::Arp => "arp",
            Self::VirtualNetwork => "virtual-network",
            Self::RouteTable => "route-table",
            Self::Gateway => "gateway",
            Self::Connection => "connection",
            Self::GatewayRoutes => "gateway-routes",
            Self::RouteServerRoutes => "route-server-routes",
            Self::EffectiveRoutes => "effective-routes",
            Self::HubRoutes => "hub-routes",
            Self::HubRouteTable => "hub-route-table",
            Self::HubRouteMap => "hub-route-map",
            Self::BgpPeers => "bgp-peers",
            Self::RouteServerPeers => "route-server-peers",
            Self::ServiceProviders => "service-providers",
            Self::ServiceCommunities => "service-communities",
            Self::Unsupported => "unsupported",
            Self::OtherProvider => "other-provider",
        }
    }

    /// What to do with an export that a network file has no place for; `None` where it has one.
    pub const fn no_place(self) -> Option<&'static str> {
        Some(match self {
            Self::CircuitSummary => "give the table itself, of `list-route-tables`",
            Self::Arp | Self::ServiceProviders => "leave it out",
            Self::BgpPeers => "give what the gateway learned, of `list-learned-routes`",
            Self::RouteServerPeers => "give what the server learned, of `list-learned-routes`",
            Self::HubRouteTable | Self::HubRouteMap => {
                "give what it leads to, of `az network vhub get-effective-routes`"
            }
            Self::ServiceCommunities => "give it with `--catalog FILE`, where it replaces the shipped list",
            _ => return None,
        })
    }

    /// What an export that has no place in a network file affects all the same; `None` where it decides no path.
    pub(super) const fn affects(self) -> Option<&'static str> {
        Some(match self {
            Self::RouteServerPeers => "the peers of a Route Server announce routes to its virtual network",
            Self::HubRouteTable => "the routes of a virtual hub decide what its connections reach",
            Self::HubRouteMap => "a route map changes or drops routes of a virtual hub",
            _ => return None,
        })
    }

    /// The resource type of a kind that a network file holds, without the provider.
    pub(super) const fn azure(self) -> Option<&'static str> {
        Some(match self {
            Self::Circuit => "expressRouteCircuits",
            Self::Peering => "expressRouteCircuits/peerings",
            Self::RouteFilter => "routeFilters",
            Self::VirtualNetwork => "virtualNetworks",
            Self::RouteTable => "routeTables",
            Self::Gateway => "virtualNetworkGateways",
            Self::Connection => "connections",
            _ => return None,
        })
    }

    /// The kind by the resource's type, or by the fields that only it has.
    pub(super) fn of(object: Object<'_>) -> Option<Self> {
        let kind = object.raw_text("type").unwrap_or_default().to_ascii_lowercase();
        let kind = kind.strip_prefix("microsoft.network/").unwrap_or_default();
        if let Some((_, kind)) = BY_TYPE.iter().find(|(name, _)| *name == kind) {
            return Some(*kind);
        }
        let has = |names: &[&str]| names.iter().all(|name| object.has(name));
        BY_FIELDS.iter().find(|(fields, _)| has(fields)).map(|(_, kind)| *kind)
    }
}

const BY_TYPE: [(&str, ExportKind); 13] = [
    ("expressroutecircuits", ExportKind::Circuit),
    ("expressroutecircuits/peerings", ExportKind::Peering),
    ("routefilters", ExportKind::RouteFilter),
    ("virtualnetworks", ExportKind::VirtualNetwork),
    ("routetables", ExportKind::RouteTable),
    ("virtualnetworkgateways", ExportKind::Gateway),
    ("expressroutegateways", ExportKind::Gateway),
    ("connections", ExportKind::Connection),
    ("expressroutegateways/expressrouteconnections", ExportKind::Connection),
    ("virtualhubs/hubroutetables", ExportKind::HubRouteTable),
    ("virtualhubs/routemaps", ExportKind::HubRouteMap),
    ("expressrouteserviceproviders", ExportKind::ServiceProviders),
    ("bgpservicecommunities", ExportKind::ServiceCommunities),
];

/// The first row whose fields are all there tells the kind.
const BY_FIELDS: [(&[&str], ExportKind); 27] = [
    (&["bgpPeerStatus"], ExportKind::OtherProvider),
    (&["routingConfig"], ExportKind::OtherProvider),
    (&["peeringType"], ExportKind::Peering),
    (&["serviceProviderProperties"], ExportKind::Circuit),
    (&["circuitProvisioningState"], ExportKind::Circuit),
    (&["serviceProviderProvisioningState"], ExportKind::Circuit),
    (&["network", "locPrf"], ExportKind::CircuitRoutes),
    (&["network", "path"], ExportKind::CircuitRoutes),
    (&["network", "asPath"], ExportKind::GatewayRoutes),
    (&["network", "sourcePeer"], ExportKind::GatewayRoutes),
    (&["neighbor", "statePfxRcd"], ExportKind::CircuitSummary),
    (&["neighbor", "routesReceived"], ExportKind::BgpPeers),
    (&["macAddress", "ipAddress"], ExportKind::Arp),
    (&["addressPrefix", "source", "nextHopType"], ExportKind::EffectiveRoutes),
    (&["addressPrefixes", "nextHops"], ExportKind::HubRoutes),
    (&["addressSpace", "subnets"], ExportKind::VirtualNetwork),
    (&["expressRouteConnections"], ExportKind::Gateway),
    (&["gatewayType"], ExportKind::Gateway),
    (&["virtualNetworkGateway1"], ExportKind::Connection),
    (&["expressRouteCircuitPeering", "routingConfiguration"], ExportKind::Connection),
    (&["expressRouteCircuitPeering", "routingWeight"], ExportKind::Connection),
    (&["peerAsn", "peerIp"], ExportKind::RouteServerPeers),
    (&["peeringLocations", "bandwidthsOffered"], ExportKind::ServiceProviders),
    (&["bgpCommunities", "serviceName"], ExportKind::ServiceCommunities),
    (&["associatedConnections", "routes"], ExportKind::HubRouteTable),
    (&["disableBgpRoutePropagation", "routes"], ExportKind::RouteTable),
    (&["peerings", "rules"], ExportKind::RouteFilter),
];

impl fmt::Display for ExportKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Circuit => "circuits",
            Self::Peering => "peerings",
            Self::RouteFilter => "route filters",
            Self::CircuitRoutes => "the routes of a circuit",
            Self::CircuitSummary => "the summary of a circuit's routes",
            Self::Arp => "an ARP table",
            Self::VirtualNetwork => "virtual networks",
            Self::RouteTable => "route tables",
            Self::Gateway => "gateways",
            Self::Connection => "connections of gateways",
            Self::GatewayRoutes => "the routes of a gateway",
            Self::RouteServerRoutes => "the routes of a route server",
            Self::EffectiveRoutes => "the effective routes of a network interface",
            Self::HubRoutes => "the effective routes of a virtual hub",
            Self::HubRouteTable => "a route table of a virtual hub",
            Self::HubRouteMap => "a route map of a virtual hub",
            Self::BgpPeers => "the BGP peers of a gateway",
            Self::RouteServerPeers => "the BGP peers of a route server",
            Self::ServiceProviders => "connectivity providers",
            Self::ServiceCommunities => "BGP communities",
            Self::Unsupported => "resources that a network file cannot hold",
            Self::OtherProvider => "an answer of another provider's cloud",
        })
    }
}
