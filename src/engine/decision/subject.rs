//! Details of reasons: faults in route tables, ties, and prefixes that Azure drops.

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

/// The property that would decide between two routes that are equal in all known attributes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tie {
    /// The peers' addresses (RFC 4271 section 9.1.2.2 g). The network file does not give them.
    PeerAddress,
    /// The age of the routes: routers keep the older of two equal external routes (RFC 5004), unless they are
    /// configured to compare router IDs.
    Age,
    /// Whether another site is reached over the company's own links or over Global Reach. Microsoft does not decide
    /// this (Microsoft, *ExpressRoute Global Reach*).
    GlobalReach,
    /// The edge that the packets pass: flows are shared among several edges, and the edges send them over different
    /// paths.
    Edge,
}

/// A prefix for which Azure has a system route that drops packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SystemPrefix {
    /// The prefix.
    pub prefix: IpPrefix,
    /// The purpose of the addresses in the prefix.
    pub name: &'static str,
    /// The document that describes the prefix.
    pub reference: &'static str,
}
