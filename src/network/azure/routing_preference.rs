//! The routing preference among routes from circuits, tunnels and appliances.

/// The routing preference of a virtual hub or a Route Server among routes to one prefix.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum RoutingPreference {
    /// Circuits are preferred over tunnels and over appliances that are peers of a Route Server.
    #[default]
    ExpressRoute,
    /// Tunnels and appliances that are peers of a Route Server are preferred over circuits.
    Vpn,
    /// The shortest AS path is preferred.
    AsPath,
}

impl RoutingPreference {
    /// Every variant.
    pub const ALL: [Self; 3] = [Self::ExpressRoute, Self::Vpn, Self::AsPath];

    /// Returns the name in the network file.
    pub fn name(self) -> &'static str {
        match self {
            Self::ExpressRoute => "expressroute",
            Self::Vpn => "vpn",
            Self::AsPath => "as-path",
        }
    }
}
