//! Subjects of reasons: faults of route tables, ties, and prefixes that Azure drops.

use crate::addr::IpPrefix;

/// A setting that Azure does not accept in the route table of a `GatewaySubnet` (Microsoft, *Virtual network traffic
/// routing*).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TableFault {
    /// A default route.
    DefaultRoute,
    /// Gateway routes are not propagated.
    NoPropagation,
    /// A route sends the gateway's own addresses to an appliance, or drops them.
    OwnAddresses,
}

/// What would decide between two routes that are equal in all known attributes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tie {
    /// The addresses of the peers (RFC 4271 section 9.1.2.2 g), which the network file does not give.
    PeerAddress,
    /// Their age: routers keep the older of equal external routes (RFC 5004), unless they are configured to compare
    /// router IDs.
    Age,
    /// Whether the company's own links or Global Reach are used to reach another site: Microsoft's side does not
    /// decide this (Microsoft, *ExpressRoute Global Reach*).
    GlobalReach,
    /// The edge that they pass: flows are shared among several edges, which send them over different paths.
    Edge,
}

/// A prefix for which Azure has a system route that drops packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Reserved {
    /// The prefix.
    pub prefix: IpPrefix,
    /// What its addresses are for.
    pub name: &'static str,
    /// The document that describes it.
    pub reference: &'static str,
}
