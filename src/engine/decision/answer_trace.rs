//! The trace of an answer, hop by hop.

use crate::addr::IpPrefix;
use crate::diag::Spanned;
use crate::network::{Connection, SiteId, SubnetId, VirtualNetworkId};

use super::Decision;
use super::comparison::Crossing;
use super::hop::Hop;

/// Where an answer starts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum AnswerStart {
    /// In Microsoft's network, or on the internet: what attracts the answer decides.
    #[default]
    Outside,
    /// In a subnet.
    Subnet(VirtualNetworkId, SubnetId),
    /// In a virtual network, at a private endpoint or where no subnet is declared.
    VirtualNetwork(VirtualNetworkId),
    /// At a site.
    Site(SiteId),
}

/// What attracts an answer from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attracting {
    /// The prefix, and where it stands in the network file.
    pub prefix: Spanned<IpPrefix>,
    /// What advertises it.
    pub over: Crossing,
    /// The connection of the circuit, where it is one.
    pub connection: Option<Connection>,
}

/// The trace of an answer, up to where it comes in or is lost.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AnswerTrace {
    /// Where it starts.
    pub start: AnswerStart,
    /// What attracts it, where it starts outside; several share the flows.
    pub attracting: Vec<Attracting>,
    /// What is decided where it starts; `None` outside, and where nothing is known to decide.
    pub first: Option<Decision>,
    /// The routers that it passes behind that.
    pub hops: Vec<Hop>,
    /// Over what it comes to the site or the virtual network of the packet; ascending, empty where it does not leave Azure, or
    /// does not arrive.
    pub over: Vec<Crossing>,
}
