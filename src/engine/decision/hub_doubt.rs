//! Undocumented behavior of virtual hubs.

/// Undocumented behavior of a virtual hub.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HubDoubt {
    /// A site advertises, over a circuit or a tunnel, a prefix that equals or lies within a prefix of a connected
    /// virtual network.
    InsideNetwork,
    /// Private traffic passes a firewall, and the prefix is neither in RFC 1918 address space nor in
    /// `private_prefixes`.
    NotPrivate,
    /// Internet traffic passes the firewall for private traffic, and the hub learned only half of the default route
    /// (0.0.0.0/1 or 128.0.0.0/1). Forced tunneling accepts only 0.0.0.0/0.
    HalfDefault,
    /// Flows are shared among several hubs.
    SharedHubs,
    /// The hubs' routes for the prefix do not converge, or a hub's best routes differ in type or next hop.
    NotSettled,
    /// A site's route covers a prefix that the gateway of a virtual network advertises on the same circuit. It is
    /// unknown whether the packet turns at Microsoft's edge.
    Turned,
    /// Another hub on the same circuit readvertises routes from a third hub.
    ThirdHub,
    /// The AS path of a local route is at least two ASNs longer than that of a remote route. According to Microsoft's
    /// list of known issues, the local route may lose.
    LongerLocal,
    /// A user route sends packets to the gateway, and the virtual network is connected to a hub.
    UserRoute,
}
