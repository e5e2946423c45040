//! Reasons why an outcome is unknown: on a circuit, at Microsoft's edge or at a Route Server.

/// Why it is unknown whether a route exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Doubt {
    /// The sources conflict about whether the community contains the prefix.
    Conflict,
    /// No document states whether a circuit with this SKU reaches the community's region.
    Reach,
    /// The documents contradict each other about whether a Government circuit advertises the endpoints of Microsoft
    /// 365 GCC.
    Gcc,
}

/// Why it is unknown whether a packet turns at Microsoft's edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TurnDoubt {
    /// The packet followed a site's route, and the virtual network has another gateway. No document states whether the
    /// settings that isolate such networks also stop this packet.
    OtherGateway,
    /// Flows are shared among circuits that forward the packet differently.
    Circuits,
    /// A site or another gateway advertises the same prefix.
    SamePrefix,
}

/// Undocumented behavior of a Route Server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RouteServerDoubt {
    /// Appliances and a circuit or a tunnel advertise the same prefix, and the routing preference does not decide
    /// between them.
    Tie,
    /// The gateway of another virtual network advertises routes from its Route Server on the circuit, and this virtual
    /// network has no Route Server that would reject them.
    OtherGateway,
}
