//! The trace of each answer beside that of its packet: comparing both gives the reason that the engine tells.

use std::collections::BTreeSet;

use peerpath::engine::{
    Comparison, Crossing, Decision, Device, Disposition, Explanation, Hop, LostAt, ReplyStart, ReplyTrace,
    SourceReturn, Vantage,
};
use peerpath::network::{Network, SiteId};

/// The answers of an explanation in words: the routers that decide about each part of the sources.
pub(super) fn answers(network: &Network, found: &Explanation<'_>) -> BTreeSet<String> {
    let sources = found.return_path.iter().flat_map(|back| &back.sources);
    sources.map(|one| format!("{}: {}", one.source, routers(network, &one.trace).join(", "))).collect()
}

fn routers(network: &Network, trace: &ReplyTrace) -> Vec<String> {
    let start = match trace.start {
        ReplyStart::Outside => None,
        ReplyStart::Subnet(id, subnet) => Some(Vantage::Subnet(id, subnet).name(network)),
        ReplyStart::VirtualNetwork(id) => network.virtual_network(id).map(|own| own.name.clone()),
        ReplyStart::Site(id) => Some(Vantage::Site(id).name(network)),
    };
    let attracting = trace.attracting.iter().map(|one| one.over.name(network).to_owned());
    let hops = trace.hops.iter().map(|hop| hop.router.name(network));
    attracting.chain(start).chain(hops).collect()
}

/// What contradicts the reasons of an explanation in its traces.
pub(super) fn contradictions(network: &Network, found: &Explanation<'_>) -> Vec<String> {
    let sources = found.return_path.iter().flat_map(|back| &back.sources);
    let contradicted = sources.filter(|source| !agrees(network, &found.decision, source));
    contradicted
        .map(|source| format!("{}: {:?} against {:?}", source.source, source.reason, source.trace))
        .collect()
}

fn agrees(network: &Network, packet: &Decision, source: &SourceReturn) -> bool {
    let trace = &source.trace;
    let keeps = |device: &Device| device.is_stateful(network) != Some(false);
    // Where appliances share the flows, the packet is of one of them.
    let outs: Vec<BTreeSet<Device>> =
        packet.traces().map(|trace| trace.iter().filter_map(Hop::device).filter(keeps).collect()).collect();
    let back: BTreeSet<Device> = trace.hops.iter().filter_map(Hop::device).filter(keeps).collect();
    let last = trace.hops.last().map(|hop| &hop.decision).or(trace.first.as_ref());
    let ends_as = |way: Disposition| last.is_none_or(|last| last.disposition == way);
    match &source.reason {
        Comparison::SameLinks => {
            // Of flows that are shared, each has an entry of its own.
            let own = source.over.map(|(circuit, _)| vec![circuit]);
            let circuits = own.unwrap_or_else(|| packet.circuits().to_vec());
            let circuits: BTreeSet<Crossing> = circuits.into_iter().map(Crossing::Circuit).collect();
            let over: BTreeSet<Crossing> = trace.over.iter().copied().collect();
            // To a private endpoint nothing is followed; what a tunnel carries has no circuit here.
            (trace == &ReplyTrace::default() || outs.contains(&back))
                && (circuits.is_empty() || over.is_subset(&circuits))
        }
        Comparison::AzureTranslates => outs.contains(&back),
        Comparison::OtherLinks { packet, answer, .. } => {
            answer == &trace.over && answer.iter().all(|link| !packet.contains(link))
        }
        Comparison::Shared { answer, .. } => answer == &trace.over,
        Comparison::OverInternet { .. } => {
            trace.over.iter().all(|link| matches!(link, Crossing::Internet(_))) && !trace.over.is_empty()
        }
        Comparison::OverCircuits { circuits, .. } => {
            trace.over.iter().copied().eq(circuits.iter().copied().map(Crossing::Circuit))
        }
        Comparison::OtherTranslator { circuit } => trace.over == [Crossing::Circuit(*circuit)],
        Comparison::DeviceMissed { device, .. } => {
            outs.iter().any(|out| out.contains(device)) && !back.contains(device)
        }
        Comparison::DeviceUnseen { device, .. } => {
            back.contains(device) && !outs.iter().all(|out| out.contains(device))
        }
        Comparison::SiteDevice { site, by_packet, always, answer, .. } => {
            let own = source.over.map(|(circuit, _)| vec![circuit]);
            let out = own.unwrap_or_else(|| packet.circuits().to_vec());
            let out: BTreeSet<Crossing> = out.into_iter().map(Crossing::Circuit).collect();
            let back: BTreeSet<Crossing> = answer.iter().copied().collect();
            let (passing, other) = if *by_packet { (&out, &back) } else { (&back, &out) };
            let behind = |link: &&Crossing| is_behind_device(network, *site, **link);
            answer == &trace.over
                && passing.iter().any(|link| behind(&link))
                && !other.iter().all(|link| behind(&link))
                && (!always || out.is_disjoint(&back))
        }
        Comparison::AnyDevice { devices } => {
            devices.len() > 1 && back.iter().all(|device| devices.contains(device))
        }
        Comparison::Loop { .. } => ends_as(Disposition::Discarded),
        Comparison::Lost { way, at: LostAt::Router | LostAt::Subnet | LostAt::Site, .. } => ends_as(*way),
        Comparison::NoRoute(_) => last.is_none_or(|last| last.disposition != Disposition::AzureBackbone),
        Comparison::Unknown(_)
        | Comparison::Denied { .. }
        | Comparison::NotTranslated { .. }
        | Comparison::Lost { .. }
        | Comparison::SiteTie
        | Comparison::EndpointAnswers { .. }
        | Comparison::PrivateSource => true,
        // A new comparison has to be added here.
        _ => false,
    }
}

/// Whether a circuit ends at a site by an entry that declares the site's device.
fn is_behind_device(network: &Network, site: SiteId, link: Crossing) -> bool {
    let Crossing::Circuit(id) = link else { return false };
    let entries = network.site(site).into_iter().flat_map(|own| &own.attachments);
    entries.into_iter().any(|own| own.circuit == id && own.metric.is_none() && own.stateful == Some(true))
}
