//! Why it cannot be told what becomes of a packet: on a circuit, at Microsoft's edge, at a Route Server.

/// Why it cannot be told whether a route is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Doubt {
    /// The sources conflict about whether the community carries the prefix.
    Conflict,
    /// No document tells whether the SKU reaches the community's region.
    Reach,
    /// The documents contradict each other about whether a Government circuit brings the endpoints of Microsoft 365 GCC.
    Gcc,
}

/// Why it cannot be told whether a packet turns at Microsoft's edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TurnDoubt {
    /// It followed a site's route, and the virtual network is behind another gateway: whether the switches that keep such
    /// networks apart stop it too is not documented.
    OtherGateway,
    /// The circuits among which its flow is shared lead on differently.
    Circuits,
    /// A site announces the same prefix.
    SamePrefix,
}

/// What no document tells of a Route Server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RouteServerDoubt {
    /// Appliances and a circuit or a tunnel bring one prefix, and what is preferred does not part them.
    Tie,
    /// The gateway of another virtual network announces on the circuit what its Route Server was told, and this one has no Route
    /// Server, which would refuse it.
    OtherGateway,
}
