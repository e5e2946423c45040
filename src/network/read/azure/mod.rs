//! Virtual networks, route tables and virtual hubs in the file.

mod appliance;
pub(super) mod hub_links;
pub(super) mod links;
mod peering;
pub(super) mod route_server;
mod subnet;
mod user_route;
pub(super) mod virtual_hub;
mod vnet;
