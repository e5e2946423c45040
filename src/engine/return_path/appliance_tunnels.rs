//! The return path of packets that an appliance forwards over a tunnel of its own. The file does not describe the
//! network behind the tunnel, so the reply may arrive over any appliance with a route to that network.
//!
//! Source: Microsoft, *Azure Route Server FAQ* and *next hop IP support* (active-active appliances).

use std::net::IpAddr;

use crate::catalog::Lookup;
use crate::engine::decision::{
    Chooser, Comparison, Crossing, Decision, Device, Hop, LostAt, NoRoute, Reason, ReplyTrace, Router,
    UnknownInput,
};
use crate::engine::forwarding::{Followed, Forwarding, Started, crosses, own_ways};
use crate::network::{SiteId, Through};

use crate::engine::return_path::appliance_nat::lost;
use crate::engine::return_path::circuit_devices::{chosen_at, worse};
use crate::engine::return_path::crossings::crossings;
use crate::engine::return_path::shared_flows::combined;
use crate::engine::return_path::stateful_devices::device_difference;

/// The difference between a reply and its packet, if there is one, and the trace of the reply.
type TunnelAnswer = (Option<Comparison>, ReplyTrace);

/// Returns whether appliances forward all flows of a decision over tunnels of their own.
pub(super) fn is_beyond(decision: &Decision) -> bool {
    decision.traces().all(|trace| {
        let last = trace.last().map(|last| last.decision.reason());
        matches!(last, Some(Reason::OwnTunnel { to: None, .. }))
    })
}

/// Returns the appliances over which a reply may arrive, each once.
pub(super) fn ways_in(forwarding: &Forwarding<'_>, decision: &Decision) -> Vec<Device> {
    let network = forwarding.network();
    let aims = || decision.traces().filter_map(|trace| trace.last()?.decision.prefix);
    let leads_there = |device: Device| {
        let mut ways = own_ways(network, device).into_iter();
        ways.any(|(prefix, through, _)| through == Through::Tunnel && aims().any(|aim| prefix.covers(aim)))
    };
    let networks = network.virtual_networks_with_ids();
    let peers = networks.flat_map(|(id, own)| {
        let peers = own.route_server.iter().flat_map(|server| &server.peers);
        peers.filter_map(move |peer| Device::listed(network, id, peer.appliance))
    });
    let mut all: Vec<Device> = peers.filter(|device| leads_there(*device)).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// Returns the last appliance of a flow that translates the source to one of its own addresses. Replies reach this
/// appliance first.
pub(super) fn translator(trace: &[Hop]) -> Option<Device> {
    trace.iter().rev().find(|hop| hop.translates).and_then(Hop::device)
}

/// Compares replies to an address in Azure with their packets. The replies may arrive over any of `ways_in`.
pub(super) fn to_subnet(
    forwarding: &Forwarding<'_>,
    ways_in: &[Device],
    outs: &[Vec<Device>],
    address: IpAddr,
) -> TunnelAnswer {
    let compare = |out: &[Device], hops: &[Hop], devices: &[Device]| {
        let difference = lost(None, hops).or_else(|| device_difference(forwarding.network(), out, devices));
        (difference, Vec::new())
    };
    found(forwarding, ways_in, outs, address, &compare)
}

/// Compares replies to an address at a site with packets that left the site over these links. `leads_back` states whether the
/// company's network has a path back from the edges at which the replies of a decision arrive.
pub(super) fn to_site(
    forwarding: &Forwarding<'_>,
    ways_in: &[Device],
    out: &[Device],
    (site, address, packet): (SiteId, IpAddr, &[Crossing]),
    leads_back: &dyn Fn(&Decision) -> bool,
) -> TunnelAnswer {
    let compare = |out: &[Device], hops: &[Hop], devices: &[Device]| {
        let Some(last) = hops.last() else {
            return (Some(Comparison::NoRoute(NoRoute::Gateway)), Vec::new());
        };
        let way = last.decision.disposition;
        if !crosses(&last.decision) {
            let in_azure = Comparison::Lost { way, at: LostAt::Azure, route: None };
            return (lost(None, hops).or(Some(in_azure)), Vec::new());
        }
        let back = crossings(&forwarding.sessions_of(last.router), &last.decision);
        if back.is_empty() {
            // The reply leaves over an appliance's tunnel.
            let route = last.decision.reason().span().unwrap_or_default();
            return (Some(Comparison::Unknown(UnknownInput::NextHop { route, first: false })), back);
        }
        if !leads_back(&last.decision) {
            return (Some(Comparison::NoRoute(NoRoute::Links)), back);
        }
        let network = forwarding.network();
        let links = chosen_at(network, site, (packet.to_vec(), back.clone()), Chooser::VirtualNetwork);
        let comparison = worse(device_difference(network, out, devices), links);
        (Some(comparison).filter(|one| *one != Comparison::SameLinks), back)
    };
    found(forwarding, ways_in, &[out.to_vec()], address, &compare)
}

/// A function that compares a packet with its reply. Its arguments are the appliances of the packet, the routers of the
/// reply and the appliances of the reply. It also returns the links over which the reply leaves Azure.
type Compare<'t> = &'t dyn Fn(&[Device], &[Hop], &[Device]) -> (Option<Comparison>, Vec<Crossing>);

fn found(
    forwarding: &Forwarding<'_>,
    ways_in: &[Device],
    outs: &[Vec<Device>],
    address: IpAddr,
    compare: Compare<'_>,
) -> TunnelAnswer {
    let lookup = Lookup::default();
    let of = Followed { started: Started::Answer(None), address, lookup: &lookup };
    let mut pairs = Vec::new();
    let mut devices: Vec<Device> = outs.iter().flatten().copied().collect();
    for way_in in ways_in {
        for hops in forwarding.follow_all(Router::Device(*way_in), of) {
            let back: Vec<Device> = hops.iter().filter_map(Hop::device).collect();
            for out in outs {
                let (difference, over) = compare(out, &hops, &back);
                pairs.push((difference, ReplyTrace { hops: hops.clone(), over, ..ReplyTrace::default() }));
            }
            devices.extend(back);
        }
    }
    combined(pairs, devices.into_iter())
}
