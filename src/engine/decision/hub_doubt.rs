//! Virtual hubs: what no document tells.

/// What no document tells of a virtual hub.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HubDoubt {
    /// A site advertises, over a circuit or a tunnel, a prefix that is a connected virtual network's or lies in it.
    InsideNetwork,
    /// Private traffic goes through a firewall, and the prefix is neither of RFC 1918 nor among `private_prefixes`.
    NotPrivate,
    /// Traffic for the internet goes through the firewall of private traffic, and a half of the default route was learned:
    /// forced tunnelling takes 0.0.0.0/0 alone.
    HalfDefault,
    /// Several hubs share the flows.
    SharedHubs,
    /// The routes of hubs for the prefix do not settle.
    NotSettled,
    /// A site's route covers what the gateway of a virtual network announces on the same circuit: whether the packet turns at
    /// Microsoft's edge.
    Turned,
    /// What another hub of the same circuit passes on of a third one.
    ThirdHub,
    /// A local route whose AS path is two or more longer than a remote one: Microsoft lists as a known issue that it may lose.
    LongerLocal,
    /// A user's route sends packets to the gateway, and the virtual network is connected to a hub.
    UserRoute,
}
