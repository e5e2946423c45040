//! Rules about virtual networks: gateways, route tables, Route Servers, outbound access.

pub(super) mod fast_path;
pub(super) mod forced_tunnelling;
pub(super) mod gateways;
pub(super) mod outbound;
pub(super) mod route_servers;
pub(super) mod route_tables;
pub(super) mod routes;
pub(super) mod spokes;
pub(super) mod virtual_networks;
pub(super) mod zones;
