//! Determines the router to which a decision passes a packet.
//!
//! Sources: Microsoft, *Virtual network traffic routing* (next hop virtual appliance), *Azure Route Server next hop IP
//! support* (a load balancer in front of appliances), *multi-region networking with Azure Route Server* (the
//! appliance's own subnet also learns a route that the appliance advertises to a Route Server, so packets loop unless
//! they leave over a tunnel).

use std::net::IpAddr;
use std::sync::Arc;

use crate::addr::IpPrefix;
use crate::diag::Span;
use crate::engine::decision::{At, Decision, Device, Disposition, MicrosoftEdge, Reason, Router, Why};
use crate::network::{HubTableId, Network, Through, VirtualNetworkId};

use crate::engine::forwarding::Forwarding;

/// A route of an appliance itself, in addition to the routes of its subnet: the appliance advertises the prefix to a
/// Route Server and forwards packets over a tunnel.
pub(in crate::engine) type OwnWay = (IpPrefix, Through, Span);

impl Forwarding<'_> {
    /// Returns the routers to which a decision in a virtual network, at a virtual hub or at Microsoft's edge passes a
    /// packet. If there are several, they have equal cost. `None` stands for flows that are passed to no router.
    pub(in crate::engine) fn onward(&self, at: At, decision: &Decision) -> Vec<Option<Router>> {
        match decision.reason() {
            Reason::HubLearned { hub, circuits, turned: Some(_), .. } => {
                vec![Some(Router::MicrosoftEdge(MicrosoftEdge::of(At::Hub(*hub), circuits)))]
            }
            Reason::Gateway { network, circuits, .. } => {
                vec![self.microsoft_edges().met(*network, circuits).map(Router::MicrosoftEdge)]
            }
            Reason::Turned { network, .. } => vec![Some(Router::Gateway(*network))],
            _ => self.handed(at, decision),
        }
    }

    /// Returns the appliances or the virtual hub to which a decision in a virtual network, or at a virtual hub,
    /// passes a packet.
    pub(in crate::engine) fn handed(&self, at: At, decision: &Decision) -> Vec<Option<Router>> {
        let network = self.inputs.network;
        if let (Reason::Injected { network: server, next_hops, .. }, At::Network(at), Disposition::Unknown) =
            (decision.reason(), at, decision.disposition)
        {
            let mut all: Vec<Option<Router>> = Vec::new();
            for next_hop in next_hops {
                let behind = behind(network, (*server, decision.prefix), at, *next_hop);
                let next = behind.into_iter().map(|device| Some(Router::Device(device)));
                let next: Vec<Option<Router>> = next.collect();
                all.extend(if next.is_empty() { vec![None] } else { next });
            }
            all.sort_unstable();
            all.dedup();
            return all;
        }
        vec![self.handed_to_one(at, decision)]
    }

    fn handed_to_one(&self, at: At, decision: &Decision) -> Option<Router> {
        let network = self.inputs.network;
        if decision.disposition != Disposition::Unknown {
            // This decision was made at Microsoft's edge.
            return match decision.reason() {
                Reason::OtherHub { hub, .. } => Some(Router::Hub(*hub, HubTableId::DEFAULT)),
                _ => None,
            };
        }
        match (decision.reason(), at) {
            (Reason::Appliance { address, .. }, At::Network(at)) => {
                Device::at(network, at, *address).map(Router::Device)
            }
            (Reason::Appliance { address, .. }, At::Hub(hub)) => {
                Device::at_hub(network, hub, *address).map(Router::Device)
            }
            (Reason::OwnTunnel { to: Some((other, appliance)), .. }, _) => {
                Device::listed(network, *other, *appliance).map(Router::Device)
            }
            (Reason::VirtualHub { hub, .. }, At::Network(at)) => {
                let connection = network.virtual_hub(*hub)?.connection(at)?;
                Some(Router::Hub(*hub, connection.associated))
            }
            (Reason::OtherHub { hub, .. }, _) => Some(Router::Hub(*hub, HubTableId::DEFAULT)),
            (Reason::HubFirewall { hub, firewall, .. }, _) => {
                Some(Router::Device(Device::InHub { hub: *hub, firewall: *firewall }))
            }
            _ => None,
        }
    }
}

/// Returns the appliances at an address that is the next hop of a Route Server's route: the appliance with that address
/// or, behind a load balancer, the appliances whose routes for the prefix name the load balancer.
fn behind(
    network: &Network,
    (server, prefix): (VirtualNetworkId, Option<IpPrefix>),
    at: VirtualNetworkId,
    next_hop: IpAddr,
) -> Vec<Device> {
    if let Some(device) = Device::at(network, at, next_hop) {
        return vec![device];
    }
    let names = network.injected(server).filter(|(_, route)| {
        Some(route.prefix.value) == prefix && route.next_hop.is_some_and(|address| address.value == next_hop)
    });
    names.filter_map(|(peer, _)| Device::listed(network, server, peer.appliance)).collect()
}

/// Returns an appliance's own routes, longest prefix first.
pub(in crate::engine) fn own_ways(network: &Network, device: Device) -> Vec<OwnWay> {
    let Device::InSubnet { network: id, appliance: Some(appliance), .. } = device else { return Vec::new() };
    let found = network.injected(id).filter(|(peer, _)| peer.appliance == appliance);
    let ways = found.map(|(_, route)| (route.prefix.value, network.way_of(route), route.prefix.span));
    let mut ways: Vec<OwnWay> = ways.filter(|(_, through, _)| *through != Through::Subnet).collect();
    ways.sort_by_key(|(prefix, ..)| (u8::MAX - prefix.length(), *prefix));
    ways
}

/// Returns an appliance's decision about a packet. `by_subnet` is the decision of the appliance's subnet, and `way` is
/// the longest of the appliance's own routes. Longer routes of the subnet take precedence, unless they point back to
/// the appliance.
pub(in crate::engine) fn at_device(
    network: &Network,
    device: Device,
    by_subnet: &Decision,
    way: Option<OwnWay>,
) -> Option<Decision> {
    let (prefix, through, span) = way?;
    let longer = by_subnet.prefix.is_some_and(|own| own.length() >= prefix.length());
    if longer && !leads_back(network, device, by_subnet) {
        return None;
    }
    let to = match through {
        Through::Appliance(network, appliance) => Some((network, appliance)),
        Through::Tunnel | Through::Subnet => None,
    };
    let disposition = if to.is_some() { Disposition::Unknown } else { Disposition::Vpn };
    let why = Why::new(Reason::OwnTunnel { to, span }, Vec::new(), None);
    Some(Decision { disposition, prefix: Some(prefix), why: Arc::new(why) })
}

/// Returns whether a decision of an appliance's subnet points to the appliance itself.
fn leads_back(network: &Network, device: Device, decision: &Decision) -> bool {
    let (Reason::Injected { network: server, next_hops, .. }, Device::InSubnet { network: at, .. }) =
        (decision.reason(), device)
    else {
        return false;
    };
    let mut devices =
        next_hops.iter().flat_map(|next_hop| behind(network, (*server, decision.prefix), at, *next_hop));
    devices.any(|own| own == device)
}
