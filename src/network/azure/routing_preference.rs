//! What is preferred of routes that circuits, tunnels and appliances bring.

/// What a virtual hub or a Route Server prefers of the routes to one prefix.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum RoutingPreference {
    /// Circuits before tunnels, and before appliances of a Route Server.
    #[default]
    ExpressRoute,
    /// Tunnels, and appliances of a Route Server, before circuits.
    Vpn,
    /// The shortest AS path first.
    AsPath,
}

impl RoutingPreference {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::ExpressRoute, Self::Vpn, Self::AsPath];

    /// The name in the network file.
    pub fn name(self) -> &'static str {
        match self {
            Self::ExpressRoute => "expressroute",
            Self::Vpn => "vpn",
            Self::AsPath => "as-path",
        }
    }
}
