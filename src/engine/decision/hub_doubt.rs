//! Virtual hubs: behaviour that is not documented.

/// Behaviour of a virtual hub that is not documented.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HubDoubt {
    /// A site advertises, over a circuit or a tunnel, a prefix that is equal to or inside that of a connected virtual
    /// network.
    InsideNetwork,
    /// Private traffic passes a firewall, and the prefix is neither in RFC 1918 space nor among `private_prefixes`.
    NotPrivate,
    /// Internet traffic passes the firewall for private traffic, and half of the default route was learned. Forced
    /// tunnelling accepts 0.0.0.0/0 only.
    HalfDefault,
    /// Several hubs share the flows.
    SharedHubs,
    /// The hubs' routes for the prefix do not converge.
    NotSettled,
    /// A site's route covers a prefix that the gateway of a virtual network advertises on the same circuit: it is
    /// unknown whether the packet turns at Microsoft's edge.
    Turned,
    /// Routes of a third hub that another hub of the same circuit readvertises.
    ThirdHub,
    /// A local route whose AS path is at least two ASNs longer than that of a remote one. Microsoft lists as a known
    /// issue that the local route may lose.
    LongerLocal,
    /// A user route sends packets to the gateway, and the virtual network is connected to a hub.
    UserRoute,
}
