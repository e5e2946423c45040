//! The classes of a link's queues.

use super::{DscpSet, LinkName};

/// A class of a link's queues.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QosClass {
    /// The name, unique on the link.
    pub name: String,
    /// The packets in the class.
    pub of: ClassMatch,
    /// How the class is served.
    pub service: Service,
    /// Bytes that may wait in the class; `None` for the buffer of the link.
    pub buffer: Option<u64>,
}

/// The packets in a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClassMatch {
    /// Packets in a critical scope, by its index in the scenario.
    Critical(usize),
    /// Packets with one of these marks.
    Dscp(DscpSet),
    /// Packets that no earlier class contains.
    Rest,
}

/// How a class is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// Before all later classes and all classes with a weight, up to a limit.
    Priority(Option<RateLimit>),
    /// A share of what classes with priority leave, from 1 to 100.
    Weight(u32),
}

/// A token bucket. Packets that exceed it are dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    /// Bits per second.
    pub rate: u64,
    /// The bytes that may arrive at once.
    pub burst: u64,
}

impl QosClass {
    /// The name of the last class, which contains the packets that no other class contains.
    pub const DEFAULT: &str = "default";

    /// Returns the index of the class of a packet with a critical scope and a mark. The first class that contains the
    /// packet counts.
    pub(in crate::sim) fn index_of(classes: &[Self], scope: Option<usize>, dscp: u8) -> usize {
        let contains = |class: &Self| match class.of {
            ClassMatch::Critical(critical) => scope == Some(critical),
            ClassMatch::Dscp(set) => set.contains(dscp),
            ClassMatch::Rest => true,
        };
        classes.iter().position(contains).unwrap_or(0)
    }
}

impl LinkName {
    /// Returns in which directions (out, in) of a link the company decides the order of packets, or `None` if it decides
    /// in neither. Towards the company, the provider sends over an internet edge and Microsoft over a connection.
    pub(in crate::sim) const fn own_queues(&self) -> Option<[bool; 2]> {
        match self {
            Self::Internet(_) | Self::Connection(..) | Self::Vpn(_) => Some([true, false]),
            Self::Wan(_) | Self::WanLink(_) => Some([true, true]),
            Self::Circuit(_) | Self::Gateway(_) | Self::Appliance(_) => None,
        }
    }
}
