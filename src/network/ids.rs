//! Indexes of the entries of a network, in file order.

/// Index of a [`Site`](super::Site) in [`Network::sites`](super::Network::sites).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SiteId(pub u32);

impl SiteId {
    /// Returns the index.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// Index of a [`Circuit`](super::Circuit) in [`Network::circuits`](super::Network::circuits).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CircuitId(pub u32);

impl CircuitId {
    /// Returns the index.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// Index of a [`WanLink`](super::WanLink) among the links of its network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WanLinkId(pub u32);

impl WanLinkId {
    /// Returns the index.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// Index of a [`VirtualNetwork`](super::VirtualNetwork) in
/// [`Network::virtual_networks`](super::Network::virtual_networks).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VirtualNetworkId(pub u32);

impl VirtualNetworkId {
    /// Returns the index.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// Index of a [`Subnet`](super::Subnet) in its [`VirtualNetwork::subnets`](super::VirtualNetwork::subnets).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubnetId(pub u32);

impl SubnetId {
    /// Returns the index.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// Index of an [`Appliance`](super::Appliance) in its [`VirtualNetwork::appliances`](super::VirtualNetwork::appliances).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ApplianceId(pub u32);

impl ApplianceId {
    /// Returns the index.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// Index of a [`RouteTable`](super::RouteTable) in [`Network::route_tables`](super::Network::route_tables).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RouteTableId(pub u32);

impl RouteTableId {
    /// Returns the index.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// Index of a [`VirtualHub`](super::VirtualHub) in [`Network::virtual_hubs`](super::Network::virtual_hubs).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VirtualHubId(pub u32);

impl VirtualHubId {
    /// Returns the index.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// Index of a [`HubRouteTable`](super::HubRouteTable) in its
/// [`VirtualHub::route_tables`](super::VirtualHub::route_tables).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HubTableId(pub u32);

impl HubTableId {
    /// The Default table, which every hub has. All branches are associated with it.
    pub const DEFAULT: Self = Self(0);

    /// Returns the index.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// Index of a firewall in its [`VirtualHub::firewalls`](super::VirtualHub::firewalls).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HubFirewallId(pub u32);

impl HubFirewallId {
    /// Returns the index.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// Index of a [`RouteMapDefinition`](super::RouteMapDefinition) in [`Network::route_maps`](super::Network::route_maps).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RouteMapId(pub u32);

impl RouteMapId {
    /// Returns the index.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// Index of a [`PrefixListDefinition`](super::PrefixListDefinition) in [`Network::prefix_lists`](super::Network::prefix_lists).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PrefixListId(pub u32);

impl PrefixListId {
    /// Returns the index.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// The position of a [`Published`](super::Published) server in its network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PublishedId {
    /// The site.
    pub site: SiteId,
    /// The server's index in [`Site::published`](super::Site::published).
    pub index: u32,
}
