//! Appliances of both ways: one that keeps sessions has to see both.

use crate::engine::decision::{Comparison, Device};
use crate::network::Network;

/// What parts the appliances of a packet and of its answer; `None` where all that may keep sessions see both. One that
/// surely does counts before one of which nobody says it.
pub(super) fn device_difference(network: &Network, out: &[Device], back: &[Device]) -> Option<Comparison> {
    let may_drop = |device: &Device| match device.is_stateful(network) {
        Some(false) => None,
        known => Some(known.is_some()),
    };
    let missed = out
        .iter()
        .filter(|device| !back.contains(device))
        .filter_map(|device| Some(Comparison::DeviceMissed { device: *device, stateful: may_drop(device)? }));
    let unseen = back
        .iter()
        .filter(|device| !out.contains(device))
        .filter_map(|device| Some(Comparison::DeviceUnseen { device: *device, stateful: may_drop(device)? }));
    // The answer meets the one that did not see the packet before the next packet meets the other.
    unseen.chain(missed).min_by_key(|reason| std::cmp::Reverse(reason.verdict()))
}
