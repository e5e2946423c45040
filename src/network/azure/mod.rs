//! Virtual networks with their gateways, Route Servers and peerings, and virtual hubs.

mod peering;
mod route_server;
mod routing_preference;
mod virtual_hub;
mod vnet;

pub use peering::{Peer, PeeringEnd};
pub use route_server::{Exchange, InjectedRoute, RouteServer, RouteServerPeer, Through};
pub use routing_preference::RoutingPreference;
pub use virtual_hub::{
    HubBgpPeer, HubCircuit, HubConnection, HubRouteTable, HubStaticRoute, HubTableRoute, HubVpn,
    RoutingIntent, VirtualHub,
};
pub use vnet::{
    Appliance, Gateway, GatewayCircuit, GatewaySku, GatewayVpn, PeeredSubnets, PrivateEndpoint, RouteTable,
    ServiceEndpoint, Subnet, UserNextHop, UserRoute, UserRouteDestination, VirtualNetwork,
    VirtualNetworkPeering,
};
