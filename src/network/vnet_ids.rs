//! Indexes of virtual networks and of what is in them.

/// Index of a [`VirtualNetwork`](super::VirtualNetwork) in
/// [`Network::virtual_networks`](super::Network::virtual_networks).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VirtualNetworkId(pub u32);

impl VirtualNetworkId {
    /// The index.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// Index of a [`Subnet`](super::Subnet) in its [`VirtualNetwork::subnets`](super::VirtualNetwork::subnets).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubnetId(pub u32);

impl SubnetId {
    /// The index.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// Index of an [`Appliance`](super::Appliance) in its [`VirtualNetwork::appliances`](super::VirtualNetwork::appliances).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ApplianceId(pub u32);

impl ApplianceId {
    /// The index.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// Index of a [`RouteTable`](super::RouteTable) in [`Network::route_tables`](super::Network::route_tables).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RouteTableId(pub u32);

impl RouteTableId {
    /// The index.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}
