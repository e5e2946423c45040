//! Appliances of both ways: one that keeps sessions has to see both.

use crate::engine::decision::{Device, Hop, ReturnReason, Router};
use crate::network::Network;

/// What parts the appliances of a packet and of its answer; `None` where all that may keep sessions see both. One that
/// surely does counts before one of which nobody says it.
pub(super) fn device_difference(network: &Network, out: &[Device], back: &[Device]) -> Option<ReturnReason> {
    let may_drop = |device: &Device| {
        Some(device.is_stateful(network).unwrap_or(false))
            .filter(|_| device.is_stateful(network) != Some(false))
    };
    let missed = out.iter().filter(|device| !back.contains(device)).filter_map(|device| {
        Some(ReturnReason::DeviceMissed { device: *device, stateful: may_drop(device)? })
    });
    let unseen = back.iter().filter(|device| !out.contains(device)).filter_map(|device| {
        Some(ReturnReason::DeviceUnseen { device: *device, stateful: may_drop(device)? })
    });
    // The answer meets the one that did not see the packet before the next packet meets the other.
    unseen.chain(missed).min_by_key(|reason| std::cmp::Reverse(reason.verdict()))
}

/// The appliances among some hops, in their order.
pub(super) fn devices(hops: &[Hop]) -> Vec<Device> {
    let device = |hop: &Hop| match hop.router {
        Router::Device(device) => Some(device),
        Router::Gateway(_) => None,
    };
    hops.iter().filter_map(device).collect()
}
