//! The trace of a reply, hop by hop.

use crate::addr::IpPrefix;
use crate::diag::Spanned;
use crate::network::{Connection, SiteId, SubnetId, VirtualNetworkId};

use super::Decision;
use super::comparison::Crossing;
use super::hop::Hop;

/// The start of a reply.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum AnswerStart {
    /// In Microsoft's network, or on the internet. The advertisements that attract the reply decide.
    #[default]
    Outside,
    /// In a subnet.
    Subnet(VirtualNetworkId, SubnetId),
    /// In a virtual network, at a private endpoint or where no subnet is declared.
    VirtualNetwork(VirtualNetworkId),
    /// At a site.
    Site(SiteId),
}

/// An advertisement that attracts a reply from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attracting {
    /// The prefix, and its position in the network file.
    pub prefix: Spanned<IpPrefix>,
    /// What advertises it.
    pub over: Crossing,
    /// The connection of the circuit, for a circuit.
    pub connection: Option<Connection>,
}

/// The trace of a reply, up to where it arrives or is lost.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AnswerTrace {
    /// Where it starts.
    pub start: AnswerStart,
    /// The advertisements that attract it, if it starts outside. If there are several, they share the flows.
    pub attracting: Vec<Attracting>,
    /// The decision where it starts; `None` outside, and where the deciding router is unknown.
    pub first: Option<Decision>,
    /// The routers that it passes after that.
    pub hops: Vec<Hop>,
    /// The links over which it reaches the site or the virtual network of the packet, ascending. Empty where it does
    /// not leave Azure, or does not arrive.
    pub over: Vec<Crossing>,
}
