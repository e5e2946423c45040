//! The kinds of exports, and how each kind is detected.

use std::fmt;

use super::object::Object;

/// The contents of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ExportKind {
    /// ExpressRoute circuits, with their peerings.
    Circuit,
    /// Peerings of a circuit.
    Peering,
    /// Route filters.
    RouteFilter,
    /// The route table of one connection of a circuit (`list-route-tables`).
    CircuitRoutes,
    /// The summary of a circuit's route table (`list-route-tables-summary`).
    CircuitSummary,
    /// The ARP table of one connection of a circuit.
    Arp,
    /// Virtual networks.
    VirtualNetwork,
    /// Route tables with user routes.
    RouteTable,
    /// Virtual network gateways, and ExpressRoute gateways in hubs.
    Gateway,
    /// Connections between gateways and circuits.
    Connection,
    /// Routes that a gateway learned or advertises.
    GatewayRoutes,
    /// Routes that a Route Server learned or advertises.
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
    /// BGP peers of a Route Server, as configured.
    RouteServerPeers,
    /// Connectivity providers and their locations.
    ServiceProviders,
    /// BGP communities with their prefixes.
    ServiceCommunities,
    /// Resources that affect routing but that a network file cannot represent. They are marked.
    Unsupported,
    /// A response from another cloud provider.
    OtherProvider,
}

impl ExportKind {
    /// Returns a stable name for output: `circuit-routes`.
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

    /// Returns the remedy for an export that a network file cannot represent; `None` if a network file can represent
    /// it.
    pub const fn no_place(self) -> Option<&'static str> {
        Some(match self {
            Self::CircuitSummary => "use the table itself, from `list-route-tables`",
            Self::Arp | Self::ServiceProviders => "omit the file",
            Self::BgpPeers => "use the routes that the gateway learned, from `list-learned-routes`",
            Self::RouteServerPeers => {
                "use the routes that the Route Server learned, from `list-learned-routes`"
            }
            Self::HubRouteTable | Self::HubRouteMap => {
                "use the resulting routes, from `az network vhub get-effective-routes`"
            }
            Self::ServiceCommunities => "use the file with `--catalog FILE`, which replaces the shipped list",
            _ => return None,
        })
    }

    /// Returns the effect of an export that affects routing but cannot be represented in a network file; `None` if the
    /// export does not affect paths.
    pub(super) const fn affects(self) -> Option<&'static str> {
        Some(match self {
            Self::RouteServerPeers => "the peers of a Route Server advertise routes to its virtual network",
            Self::HubRouteTable => {
                "the routes in a virtual hub determine which destinations its connections can reach"
            }
            Self::HubRouteMap => "a route map changes or drops routes in a virtual hub",
            _ => return None,
        })
    }

    /// Returns the resource type of a kind that a network file can represent, without the provider.
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

    /// Returns the kind of an object, based on the resource's type or on fields that only this kind has.
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

/// The first row whose fields are all present determines the kind.
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
            Self::RouteServerRoutes => "the routes of a Route Server",
            Self::EffectiveRoutes => "the effective routes of a network interface",
            Self::HubRoutes => "the effective routes of a virtual hub",
            Self::HubRouteTable => "a route table of a virtual hub",
            Self::HubRouteMap => "a route map of a virtual hub",
            Self::BgpPeers => "the BGP peers of a gateway",
            Self::RouteServerPeers => "the BGP peers of a Route Server",
            Self::ServiceProviders => "connectivity providers",
            Self::ServiceCommunities => "BGP communities",
            Self::Unsupported => "resources that a network file cannot represent",
            Self::OtherProvider => "a response from another cloud provider",
        })
    }
}
