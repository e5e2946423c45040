//! Weighs a difference with captured flows.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::ops::AddAssign;

use crate::check::diff::group::Group;
use crate::check::diff::model::Diff;

/// Captured traffic.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CapturedVolume {
    /// One-way flows.
    pub flows: u64,
    /// Packets.
    pub packets: u64,
    /// Bytes according to the IP header.
    pub bytes: u64,
}

impl AddAssign for CapturedVolume {
    fn add_assign(&mut self, other: Self) {
        self.flows += other.flows;
        self.packets += other.packets;
        self.bytes += other.bytes;
    }
}

/// A captured flow, used as the weight of an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Weight {
    /// The vantage point of the flow's client.
    pub vantage: String,
    /// The remote end of the flow.
    pub remote: IpAddr,
    /// The traffic of the flow in both directions.
    pub volume: CapturedVolume,
}

/// The traffic to and from a remote end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HostVolume {
    /// The remote end.
    pub remote: IpAddr,
    /// The traffic to and from the remote end.
    pub volume: CapturedVolume,
}

/// The captured traffic affected by each change.
#[derive(Clone, Debug, Default)]
pub struct Weighed {
    /// The total.
    pub total: CapturedVolume,
    /// Traffic to and from addresses that a change affects.
    pub changed: CapturedVolume,
    /// Traffic from vantage points that exist on one side only and so are not compared.
    pub not_compared: CapturedVolume,
    /// Traffic by index into [`Diff::changes`].
    hosts: HashMap<usize, BTreeMap<IpAddr, CapturedVolume>>,
}

impl Weighed {
    /// Returns the remote ends in a group with their traffic, by address.
    pub fn hosts(&self, group: &Group) -> Vec<HostVolume> {
        let hosts = group.changes.iter().filter_map(|change| self.hosts.get(change)).flatten();
        hosts.map(|(remote, volume)| HostVolume { remote: *remote, volume: *volume }).collect()
    }
}

/// Assigns each weight to the change that contains its remote end.
///
/// # Complexity
///
/// `O(w log n)` in the number of weights and of changes.
pub fn weigh(diff: &Diff, weights: impl IntoIterator<Item = Weight>) -> Weighed {
    let mut weighed = Weighed::default();
    for weight in weights {
        weighed.total += weight.volume;
        let compared = diff.vantages.iter().position(|vantage| vantage.name == weight.vantage);
        let compared = compared.filter(|index| diff.is_compared(*index));
        let Some(vantage) = compared else {
            weighed.not_compared += weight.volume;
            continue;
        };
        if let Some(index) = diff.index_at(vantage, weight.remote) {
            weighed.changed += weight.volume;
            *weighed.hosts.entry(index).or_default().entry(weight.remote).or_default() += weight.volume;
        }
    }
    weighed
}
