//! Compares the appliances of both directions: a stateful appliance must see both directions.

use crate::engine::decision::{Comparison, Device};
use crate::network::Network;

/// Returns the first difference between the appliances of a packet and those of its reply; `None` if all appliances
/// that may be stateful see both directions. An appliance that is known to be stateful takes precedence over an
/// appliance that may be stateful.
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
    // The reply reaches the appliance that did not see the packet before the next packet reaches the appliance that the
    // reply bypassed.
    unseen.chain(missed).min_by_key(|reason| std::cmp::Reverse(reason.verdict()))
}
