//! Replies to packets that an appliance translated: the replies arrive at the appliance's own address, and the
//! appliance forwards them to the source.
//!
//! Source: Microsoft, *Azure Firewall SNAT private IP address ranges*.

use std::net::IpAddr;

use crate::addr::{Family, IpPrefix};
use crate::catalog::Lookup;
use crate::diag::{Span, Spanned};
use crate::engine::decision::{
    At, Chooser, Comparison, Decision, Device, Disposition, Hop, NoRoute, ReplyStart, ReplyTrace, Router,
    UnknownInput,
};
use crate::engine::effective_routes::{Subnet, from_subnet};
use crate::engine::forwarding::{Followed, Forwarding, Started, crosses, is_delivered};
use crate::engine::session::Session;
use crate::network::{Network, SiteId, SubnetId, VirtualNetworkId};

use crate::engine::return_path::circuit_devices::{chosen_at, worse};
use crate::engine::return_path::crossings::crossings;
use crate::engine::return_path::reply::Reply;
use crate::engine::return_path::shared_flows::follow_all;
use crate::engine::return_path::source_parts::{near, parts_with_address};
use crate::engine::return_path::stateful_devices::device_difference;

/// Returns the prefixes of an appliance's subnet, for one family. The appliance translates to an address in these
/// prefixes.
pub(super) fn addresses_of(network: &Network, device: Device, family: Family) -> Vec<Spanned<IpPrefix>> {
    let of_subnet = device.subnet(network).into_iter().flat_map(|subnet| &subnet.prefixes);
    let of_hub = match device {
        Device::InHub { hub, .. } => network.virtual_hub(hub).map(|hub| &hub.prefix),
        Device::InSubnet { .. } => None,
    };
    of_subnet.chain(of_hub).filter(|prefix| prefix.value.family() == family).copied().collect()
}

/// Returns an address of one family in the subnet of an appliance.
pub(super) fn address_of(network: &Network, device: Device, family: Family) -> Option<IpAddr> {
    addresses_of(network, device, family).first().map(|prefix| prefix.value.first())
}

/// The path of a reply up to the appliance that translated the original packet.
pub(super) struct Before {
    /// The start of the reply, and the hops before the appliance.
    pub(super) up_to: ReplyTrace,
    /// The appliance.
    pub(super) device: Device,
}

impl Before {
    /// Returns the appliances that the reply passes, including the translating appliance at the end.
    pub(super) fn devices(&self) -> impl Iterator<Item = Device> {
        self.up_to.hops.iter().filter_map(Hop::device).chain(std::iter::once(self.device))
    }
}

/// Returns the trace of a reply from a subnet to an address in Azure, or why the reply does not arrive at that address.
pub(super) fn answers_to(
    forwarding: &Forwarding<'_>,
    (id, place, subnet): (VirtualNetworkId, SubnetId, &Subnet<'_>),
    address: IpAddr,
) -> Result<ReplyTrace, Box<Reply>> {
    let lookup = Lookup::default();
    let first = from_subnet(subnet, address, &lookup).map(|found| found.decision);
    let onward = first.as_ref().map(|first| forwarding.onward(At::Network(id), first)).unwrap_or_default();
    let mut ways = follow_all(forwarding, Some(id), &onward, address);
    // If there are several flows, a flow that does not arrive is preferred.
    let found = ways.iter().position(|hops| lost(first.as_ref(), hops).is_some());
    let hops = ways.swap_remove(found.unwrap_or(0));
    let devices = |hops: &[Hop]| hops.iter().filter_map(Hop::device).collect::<Vec<Device>>();
    let passed = devices(&hops);
    let shared = ways.iter().any(|other| devices(other) != passed).then(|| {
        let mut all: Vec<Device> = ways.iter().flat_map(|other| devices(other)).chain(passed).collect();
        all.sort_unstable();
        all.dedup();
        Comparison::AnyDevice { devices: all }
    });
    let comparison = lost(first.as_ref(), &hops).or(shared);
    let start = ReplyStart::Subnet(id, place);
    let trace = ReplyTrace { start, first, hops, ..ReplyTrace::default() };
    match comparison {
        Some(comparison) => Err(Box::new(Reply { comparison, trace })),
        None => Ok(trace),
    }
}

/// The path of a reply after the appliance that translated the original packet.
pub(super) struct Behind {
    /// The hops, starting with the appliance.
    pub(super) hops: Vec<Hop>,
    /// Why the reply does not arrive.
    pub(super) lost: Option<Comparison>,
}

/// Evaluates replies that the appliance forwards to each part of the sources. The appliance translated the original
/// packets.
pub(super) fn from_translator(
    forwarding: &Forwarding<'_>,
    device: Device,
    sources: &[Spanned<IpPrefix>],
) -> Vec<Behind> {
    let near = near(sources);
    let known = forwarding.prefixes(&near);
    let lookup = Lookup::default();
    let parts = sources.iter().flat_map(|source| parts_with_address(source.value, known.iter().copied()));
    let found = parts.map(|(_, address)| {
        let router = Router::Device(device);
        let of = Followed { started: Started::Answer(None), address, lookup: &lookup };
        let hops = forwarding.follow(router, of);
        Behind { lost: lost(None, &hops), hops }
    });
    found.collect()
}

/// Evaluates replies from outside to packets from a site that were sent according to `decision` and that an appliance
/// translated. The appliance forwards the replies to each part of the sources.
pub(super) fn from_device(
    forwarding: &Forwarding<'_>,
    (site, device): (SiteId, Device),
    sources: &[Spanned<IpPrefix>],
    (decision, sessions): (&Decision, &[Session]),
) -> Vec<(Spanned<IpPrefix>, Reply)> {
    let near = near(sources);
    let known = forwarding.prefixes(&near);
    let lookup = Lookup::default();
    let out: Vec<Device> = decision.devices().collect();
    let mut all = Vec::new();
    for source in sources {
        for (part, address) in parts_with_address(source.value, known.iter().copied()) {
            let of = Followed { started: Started::Answer(None), address, lookup: &lookup };
            let hops = forwarding.follow(Router::Device(device), of);
            let crossing = hops.last().filter(|last| crosses(&last.decision));
            let over = crossing
                .map(|last| crossings(&forwarding.sessions_of(last.router), &last.decision))
                .unwrap_or_default();
            let back: Vec<Device> = hops.iter().filter_map(Hop::device).collect();
            let comparison = match crossing {
                Some(_) => {
                    let network = forwarding.network();
                    let links = (crossings(sessions, decision), over.clone());
                    let links = chosen_at(network, site, links, Chooser::VirtualNetwork);
                    worse(device_difference(network, &out, &back), links)
                }
                None => lost(None, &hops).unwrap_or(Comparison::NoRoute(NoRoute::Gateway)),
            };
            let trace = ReplyTrace { hops, over, ..ReplyTrace::default() };
            all.push((Spanned::new(part, source.span), Reply { comparison, trace }));
        }
    }
    all
}

/// Returns why a reply that passes these routers does not arrive in Azure; `None` if it arrives. `first` is the
/// decision of the subnet where the reply starts, if there is one.
pub(super) fn lost(first: Option<&Decision>, hops: &[Hop]) -> Option<Comparison> {
    let passed: Vec<&Decision> = first.into_iter().chain(hops.iter().map(|hop| &hop.decision)).collect();
    let last = passed.last()?;
    let route: Option<Span> = passed.iter().rev().find_map(|decision| decision.reason().span());
    match (last.disposition, route) {
        _ if is_delivered(last) => None,
        _ if crosses(last) => Some(Comparison::Unknown(UnknownInput::Turn)),
        (Disposition::Unknown | Disposition::Ambiguous, Some(route)) => {
            Some(Comparison::of_open_hop(last, route))
        }
        (_, route) => Some(Comparison::of_lost_hop(last, route)),
    }
}
