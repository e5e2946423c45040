//! Ids of virtual hubs and of what belongs to one.

/// Index of a [`VirtualHub`](super::VirtualHub) in [`Network::virtual_hubs`](super::Network::virtual_hubs).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VirtualHubId(pub u32);

impl VirtualHubId {
    /// The index.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// Index of a [`HubRouteTable`](super::HubRouteTable) in its
/// [`VirtualHub::route_tables`](super::VirtualHub::route_tables).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HubTableId(pub u32);

impl HubTableId {
    /// The Default table, which every hub has: all branches are associated with it.
    pub const DEFAULT: Self = Self(0);

    /// The index.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// Index of a firewall in its [`VirtualHub::firewalls`](super::VirtualHub::firewalls).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HubFirewallId(pub u32);

impl HubFirewallId {
    /// The index.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}
