//! Limits on packets that an appliance forwards from one virtual network to another, and on packets that bypass a
//! gateway on arrival.
//!
//! Source: Microsoft, *create, change or delete a virtual network peering* (traffic that is forwarded from the remote
//! virtual network). According to a public report from 2021, such packets pass with the setting off. According to a
//! report from 2026, they are dropped.

use std::sync::Arc;

use crate::addr::Family;
use crate::engine::decision::{Decision, Disposition, Hop, NextHop, Reason, Router, Why};
use crate::network::{Network, PortOwner, VirtualNetworkId};

/// Returns the hops of a packet that started in `origin`, up to an appliance that forwards the packet into a virtual
/// network whose peering does not allow forwarded traffic. Sources disagree on whether the packet passes this peering.
///
/// The setting does not apply to packets that gateways forward from sites.
pub(super) fn let_across(
    network: &Network,
    origin: Option<VirtualNetworkId>,
    mut hops: Vec<Hop>,
) -> Vec<Hop> {
    let crossing = |index: usize, hop: &Hop| {
        let Router::Device(_) = hop.router else { return None };
        // A packet that enters an appliance's tunnel starts at that appliance.
        if matches!(hop.decision.reason(), Reason::OwnTunnel { .. }) {
            return None;
        }
        let to = match hops.get(index + 1) {
            Some(Hop { router: Router::MicrosoftEdge(_), .. }) => return None,
            Some(next) => next.router.network()?,
            None => delivered_in(&hop.decision)?,
        };
        // A packet that an appliance translated starts at that appliance.
        let translated = hops.iter().take(index + 1).rev().find(|hop| hop.translates);
        let origin = translated.and_then(|hop| hop.router.network()).or(origin);
        let at = hop.router.network()?;
        if to == at || origin == Some(at) {
            return None;
        }
        let peering = network.virtual_network(to)?.peering_with(at)?;
        let refused = peering.allow_forwarded_traffic.filter(|allowed| !allowed.value)?;
        Some((index, Reason::ForwardedTraffic { network: to, span: refused.span }))
    };
    let Some((index, reason)) = hops.iter().enumerate().find_map(|(index, hop)| crossing(index, hop)) else {
        return hops;
    };
    hops.truncate(index + 1);
    if let Some(hop) = hops.last_mut() {
        let why = Why::new(reason, Vec::new(), hop.decision.step());
        let prefix = hop.decision.prefix;
        hop.decision = Decision { disposition: Disposition::Ambiguous, prefix, why: Arc::new(why) };
    }
    hops
}

/// Returns the hops of a packet that arrives from a site over `next_hops`. If the gateway is a hop, it comes first. If
/// FastPath bypasses the gateway and the gateway's route table would send the packet elsewhere, sources disagree on
/// whether that route table applies.
///
/// On circuits of ExpressRoute Direct the route table applies to IPv4 (Microsoft, *about ExpressRoute FastPath*, which
/// excepted IPv6 in 2023 and has not mentioned it since). On provider circuits, FastPath reaches only the gateway's own
/// virtual network. The FAQ mentions a firewall in that virtual network, but the page limits user routes to
/// ExpressRoute Direct.
pub(super) fn past_gateway(network: &Network, next_hops: &[NextHop], mut hops: Vec<Hop>) -> Vec<Hop> {
    let Some(Hop { router: Router::Gateway(hub), decision, .. }) = hops.first() else { return hops };
    let (Some(own), Some(prefix)) = (network.virtual_network(*hub), decision.prefix) else { return hops };
    let led_elsewhere = matches!(
        decision.reason(),
        Reason::Appliance { .. } | Reason::UserRoute { .. } | Reason::Injected { .. }
    );
    // A spoke in another region is reached through the gateway.
    let is_far = own.peerings.iter().any(|peering| {
        let spoke = network.virtual_network(peering.virtual_network);
        let holds = spoke.is_some_and(|spoke| spoke.prefixes.iter().any(|space| space.value.covers(prefix)));
        holds && network.is_global(*hub, peering) == Some(true)
    });
    let is_own = own.prefixes.iter().any(|space| space.value.covers(prefix));
    let doubtful = |next_hop: &NextHop| {
        let (circuit, _) = next_hop.circuit?;
        let gateway = own.gateway.as_ref()?;
        let span = gateway.circuits.iter().find(|link| link.circuit == circuit)?.fast_path?;
        let open = match network.circuit(circuit)?.port {
            PortOwner::Direct => prefix.family() == Family::V6 && !is_far,
            PortOwner::Provider => is_own,
        };
        open.then_some(span)
    };
    let Some(span) = next_hops.iter().find_map(doubtful).filter(|_| led_elsewhere) else { return hops };
    hops.truncate(1);
    if let Some(hop) = hops.first_mut() {
        hop.decision = Decision::plain(Disposition::Ambiguous, Some(prefix), Reason::FastPath { span });
    }
    hops
}

/// Returns the virtual network in which a decision delivers a packet.
fn delivered_in(decision: &Decision) -> Option<VirtualNetworkId> {
    match decision.reason() {
        Reason::VirtualNetworkLocal { network, .. } | Reason::PrivateEndpoint { network, .. } => {
            Some(*network)
        }
        _ => None,
    }
}
