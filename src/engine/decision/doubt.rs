//! Reasons why an outcome is unknown: on a circuit, at Microsoft's edge, at a Route Server.

/// Why it is unknown whether a route exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Doubt {
    /// The sources conflict about whether the community contains the prefix.
    Conflict,
    /// No document states whether the SKU includes the community's region.
    Reach,
    /// The documents contradict each other about whether a Government circuit advertises the endpoints of Microsoft
    /// 365 GCC.
    Gcc,
}

/// Why it is unknown whether a packet turns at Microsoft's edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TurnDoubt {
    /// The packet followed a site's route, and the virtual network has another gateway. Whether the settings that
    /// isolate such networks also stop this packet is not documented.
    OtherGateway,
    /// The circuits that share its flow forward it differently.
    Circuits,
    /// A site advertises the same prefix.
    SamePrefix,
}

/// Behaviour of a Route Server that is not documented.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RouteServerDoubt {
    /// Appliances and a circuit or a tunnel advertise one prefix, and the routing preference does not decide between
    /// them.
    Tie,
    /// The gateway of another virtual network advertises on the circuit what its Route Server learned, and this
    /// virtual network has no Route Server that would reject it.
    OtherGateway,
}
