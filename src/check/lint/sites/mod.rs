//! Rules about the edges of sites, their tunnels and the prefixes that they advertise.

pub(super) mod addresses;
pub(super) mod edges;
pub(super) mod published;
pub(super) mod static_routes;
pub(super) mod tunnels;
