//! What reasons are about: faults of route tables, ties, and prefixes that Azure drops.

use crate::addr::IpPrefix;

/// What Azure does not take in the route table of a `GatewaySubnet` (Microsoft, *Virtual network traffic routing*).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TableFault {
    /// A default route.
    DefaultRoute,
    /// Routes of the gateway are not propagated.
    NoPropagation,
    /// A route leads the gateway's own addresses to an appliance, or drops them.
    OwnAddresses,
}

/// What would part two routes that are equal in all that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tie {
    /// The addresses of the peers (RFC 4271 section 9.1.2.2 g), which the network file does not give.
    PeerAddress,
    /// Their age: routers keep the older of equal external routes (RFC 5004), unless they are configured to compare
    /// router ids.
    Age,
    /// Whether the company's own links or Global Reach lead to another site: nothing on Microsoft's side decides it
    /// (Microsoft, *ExpressRoute Global Reach*).
    GlobalReach,
    /// By which edge they go: flows are shared among several, and these send them different ways.
    Edge,
}

/// A prefix to which Azure has a system route that drops.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Reserved {
    /// The prefix.
    pub prefix: IpPrefix,
    /// What its addresses are.
    pub name: &'static str,
    /// What tells of it.
    pub reference: &'static str,
}
