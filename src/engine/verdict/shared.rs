//! Flows that appliances share: a packet may pass one and its answer another.
//!
//! Source: Microsoft, *Azure Route Server FAQ* (equal paths of two appliances share the flows, so that no appliance sees both
//! directions for sure unless it translates).

use std::net::IpAddr;

use crate::catalog::Lookup;
use crate::engine::decision::{Comparison, Decision, Device, Hop, ReturnVerdict, Router};
use crate::engine::forwarding::{Followed, Forwarding, Started};
use crate::network::VirtualNetworkId;

/// The appliances of each flow of a decision.
pub(super) fn flows(decision: &Decision) -> Vec<Vec<Device>> {
    decision.traces().map(|trace| trace.iter().filter_map(Hop::device).collect()).collect()
}

/// What each flow of an answer passes that starts in `origin` and is handed to these routers, of which `None` stands for flows
/// that pass none; at least one.
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

/// What the comparisons of all pairs of a packet's flow and an answer's come to, `None` standing for a pair that nothing parts,
/// with what is told of the answer of that pair; `devices` are those on any of them.
pub(super) fn combined<T: Default>(
    mut told: Vec<(Option<Comparison>, T)>,
    devices: impl Iterator<Item = Device>,
) -> (Option<Comparison>, T) {
    let verdict = |(difference, _): &(Option<Comparison>, T)| difference.as_ref().map(Comparison::verdict);
    if told.iter().all(|one| verdict(one).is_none()) {
        return told.into_iter().next().unwrap_or_default();
    }
    let alike = told.iter().all(|(difference, _)| told.first().is_some_and(|(first, _)| first == difference));
    if alike || told.iter().all(|one| verdict(one) == Some(ReturnVerdict::Dropped)) {
        return told.into_iter().max_by_key(verdict).unwrap_or_default();
    }
    let mut all: Vec<Device> = devices.collect();
    all.sort_unstable();
    all.dedup();
    let any = Comparison::AnyDevice { devices: all };
    // Of what is as bad as that it counts last.
    told.sort_by_key(|(difference, _)| difference.as_ref().and_then(Comparison::device).is_some());
    let told = told.into_iter().map(|(difference, trace)| match difference {
        Some(one) if one.device().is_some() => (Some(any.clone()), trace),
        other => (other, trace),
    });
    told.max_by_key(verdict).unwrap_or_default()
}
