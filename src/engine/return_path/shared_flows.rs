//! Flows that are shared among appliances: a packet may pass one appliance and its reply another.
//!
//! Source: Microsoft, *Azure Route Server FAQ* (flows are shared among equal paths through two appliances, so no
//! appliance is certain to see both directions unless it translates).

use std::net::IpAddr;

use crate::catalog::Lookup;
use crate::engine::decision::{Comparison, Decision, Device, Hop, ReplyArrival, Router};
use crate::engine::forwarding::{Followed, Forwarding, Started};
use crate::network::VirtualNetworkId;

/// Returns the appliances of each flow of a decision.
pub(super) fn flows(decision: &Decision) -> Vec<Vec<Device>> {
    decision.traces().map(|trace| trace.iter().filter_map(Hop::device).collect()).collect()
}

/// Returns the hops of each flow of a reply that starts in `origin` and is forwarded to these routers; `None` stands
/// for flows that pass no router. At least one entry.
pub(super) fn follow_all(
    forwarding: &Forwarding<'_>,
    origin: Option<VirtualNetworkId>,
    routers: &[Option<Router>],
    address: IpAddr,
) -> Vec<Vec<Hop>> {
    let lookup = Lookup::default();
    let of = Followed { started: Started::Answer(origin), address, lookup: &lookup };
    let mut ways = Vec::new();
    for router in routers {
        match router {
            Some(router) => ways.extend(forwarding.follow_all(*router, of)),
            None => ways.push(Vec::new()),
        }
    }
    if ways.is_empty() { vec![Vec::new()] } else { ways }
}

/// Combines the comparisons of all pairs of a packet's flow and a reply's flow, and returns the reply's value from the
/// resulting pair. `None` stands for a pair without a difference. `devices` are all appliances on these flows.
pub(super) fn combined<T: Default>(
    mut found: Vec<(Option<Comparison>, T)>,
    devices: impl Iterator<Item = Device>,
) -> (Option<Comparison>, T) {
    let outcome = |(difference, _): &(Option<Comparison>, T)| difference.as_ref().map(Comparison::outcome);
    if found.iter().all(|one| outcome(one).is_none()) {
        return found.into_iter().next().unwrap_or_default();
    }
    let alike =
        found.iter().all(|(difference, _)| found.first().is_some_and(|(first, _)| first == difference));
    let lost = |one| outcome(one).is_some_and(|outcome| outcome.arrival == ReplyArrival::Lost);
    if alike || found.iter().all(lost) {
        return found.into_iter().max_by_key(outcome).unwrap_or_default();
    }
    let mut all: Vec<Device> = devices.collect();
    all.sort_unstable();
    all.dedup();
    let any = Comparison::AnyDevice { devices: all };
    // Among equally bad differences, those that name an appliance have the lowest priority.
    found.sort_by_key(|(difference, _)| difference.as_ref().and_then(Comparison::device).is_some());
    let found = found.into_iter().map(|(difference, trace)| match difference {
        Some(one) if one.device().is_some() => (Some(any.clone()), trace),
        other => (other, trace),
    });
    found.max_by_key(outcome).unwrap_or_default()
}
