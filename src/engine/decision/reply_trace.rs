//! The trace of a reply, hop by hop.

use crate::addr::IpPrefix;
use crate::diag::Spanned;
use crate::network::{Connection, SiteId, SubnetId, VirtualNetworkId};

use super::Decision;
use super::comparison::Crossing;
use super::hop::Hop;

/// The start of a reply.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ReplyStart {
    /// In Microsoft's network, or on the internet. The advertisements that attract the reply determine its path.
    #[default]
    Outside,
    /// In a subnet.
    Subnet(VirtualNetworkId, SubnetId),
    /// In a virtual network, at a private endpoint or in address space without a declared subnet.
    VirtualNetwork(VirtualNetworkId),
    /// At a site.
    Site(SiteId),
}

/// An advertisement that attracts a reply from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attracting {
    /// The prefix, and its position in the network file.
    pub prefix: Spanned<IpPrefix>,
    /// The link over which the prefix is advertised.
    pub over: Crossing,
    /// The connection of the circuit; `None` if the link is not a circuit.
    pub connection: Option<Connection>,
}

/// The trace of a reply, up to where it arrives or is lost.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReplyTrace {
    /// Where the reply starts.
    pub start: ReplyStart,
    /// The advertisements that attract the reply, if it starts outside. If there are several, flows are shared among
    /// them.
    pub attracting: Vec<Attracting>,
    /// The decision of the router at which the reply starts; `None` if the reply starts outside, or if that router is
    /// unknown.
    pub first: Option<Decision>,
    /// The routers that the reply passes after the first decision.
    pub hops: Vec<Hop>,
    /// The links over which the reply reaches the site or the virtual network from which the packet came, ascending.
    /// Empty if the reply does not leave Azure, or does not arrive.
    pub over: Vec<Crossing>,
}
