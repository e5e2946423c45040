//! The return path to a subnet: the decision of the site at the other end about the reply.
//!
//! Sources: Microsoft, *S2S VPN as a backup for ExpressRoute private peering* (a site replies over ExpressRoute only if
//! it prefers the routes that it learns there), *disaster recovery with ExpressRoute private peering* (local preference
//! at the site prevents asymmetric flows), *default outbound access in Azure* (packets that leave for the internet have
//! one of Azure's public addresses as their source).

use std::net::IpAddr;
use std::sync::Arc;

use crate::addr::{Family, IpPrefix};
use crate::catalog::Lookup;
use crate::diag::{Span, Spanned};
use crate::engine::decision::{
    At, Chooser, Comparison, Crossing, Decision, Device, Disposition, Hop, Reason, ReplyStart, ReplyTrace,
    ReturnVerdict, Router, UnknownInput,
};
use crate::engine::effective_routes::from_subnet;
use crate::engine::forwarding::{Followed, Forwarding, Start, Started};
use crate::engine::peering_crossing::past_gateway;
use crate::engine::session::{Session, attachment};
use crate::engine::site_routes::SiteRoutes;
use crate::network::{CircuitId, Connection, Network, SiteId, SubnetId, VirtualNetworkId};

use crate::engine::return_path::appliance_nat::{Behind, addresses_of, from_translator, lost};
use crate::engine::return_path::appliance_tunnels::{is_beyond, to_subnet, translator, ways_in};
use crate::engine::return_path::circuit_devices::chosen_at;
use crate::engine::return_path::common::ReturnCommon;
use crate::engine::return_path::crossings::{connections, crossings};
use crate::engine::return_path::destination::ReturnDestination;
use crate::engine::return_path::reply::{Reply, ReturnPath, SourceReturn, away_from_site};
use crate::engine::return_path::responder::Responder;
use crate::engine::return_path::shared_flows::{combined, flows, follow_all};
use crate::engine::return_path::source_parts::{is_public, near, parts_with_address};
use crate::engine::return_path::stateful_devices::device_difference;
use crate::engine::return_path::to_site::ReturnPaths;

/// The targets of replies: the sources, or the addresses of the appliance that translated the packets, with the hops
/// after that appliance.
type Aims<'a> = (&'a [Spanned<IpPrefix>], &'a [Behind]);

/// Returns the return path for a subnet's decision, for each prefix of the subnet; `None` if no packet leaves the
/// virtual network for a site or the internet, or if the link over which it leaves is unknown.
pub(in crate::engine) fn return_to_subnet(
    common: &Arc<ReturnCommon<'_>>,
    from: (VirtualNetworkId, SubnetId),
    destination: ReturnDestination,
    decision: &Decision,
    sessions: &[Session],
) -> Option<ReturnPath> {
    let forwarding = &common.forwarding;
    let inputs = forwarding.inputs();
    let subnet = inputs.network.virtual_network(from.0)?.subnets.get(from.1.index())?;
    let sources = subnet
        .prefixes
        .iter()
        .filter(|own| own.value.first().is_ipv4() == (destination.family == Family::V4));
    let sources: Vec<Spanned<IpPrefix>> = sources.copied().collect();
    // Replies return to the address to which an appliance translated the source, and from there to the source.
    let (aims, beyond) = match decision.translator() {
        Some(device) => (
            addresses_of(inputs.network, device, destination.family),
            from_translator(forwarding, device, &sources),
        ),
        None => (sources.clone(), Vec::new()),
    };
    let found: Vec<SourceReturn> = match decision.disposition {
        Disposition::Internet => from_public(forwarding, (&aims, &beyond), decision),
        Disposition::PrivatePeering if decision.turns() => {
            from_virtual_network(forwarding, destination, (&aims, &beyond), decision)
        }
        Disposition::Vpn if is_beyond(decision) => from_beyond(forwarding, destination, &sources, decision),
        Disposition::PrivatePeering | Disposition::Vpn
            if !matches!(destination.responder, None | Some(Responder::Site(_))) =>
        {
            by_part(None, &sources, &[], |_, _| Comparison::Unknown(UnknownInput::Turn).into())
        }
        Disposition::PrivatePeering | Disposition::Vpn => {
            let out = (crossings(sessions, decision), decision.devices().collect::<Vec<_>>());
            from_sites(common, destination, decision, &sources, (&aims, &beyond), (&out.0, &out.1))
        }
        Disposition::AzureBackbone => {
            let found = from_virtual_network(forwarding, destination, (&aims, &beyond), decision);
            let passes = decision.devices().next().is_some();
            // A reply that returns directly, without appliances in between, is not reported.
            if !passes && found.iter().all(|one| one.reason == Comparison::SameLinks) {
                return None;
            }
            found
        }
        _ => return None,
    };
    // A private endpoint starts no flow.
    let endpoints: Vec<IpPrefix> =
        subnet.private_endpoints.iter().map(|endpoint| IpPrefix::host(endpoint.address.value)).collect();
    let mut found = found;
    found.retain(|one| !endpoints.contains(&one.source));
    let verdict = found.iter().map(|source| source.verdict).max()?;
    Some(ReturnPath { verdict, sources: found })
}

/// Evaluates the replies from sites to packets that leave Azure over circuits or tunnels. Sites that forward the packet
/// to other sites are included.
fn from_sites(
    common: &Arc<ReturnCommon<'_>>,
    destination: ReturnDestination,
    decision: &Decision,
    sources: &[Spanned<IpPrefix>],
    (aims, beyond): Aims<'_>,
    (out, devices): (&[Crossing], &[Device]),
) -> Vec<SourceReturn> {
    let forwarding = &common.forwarding;
    let sites = sites(forwarding, destination, (out, &connections(decision)));
    let exits = decision.exits_past_azure();
    if !exits.is_empty() {
        let back = |(site, exit): (SiteId, &Decision)| {
            let mut found = to_guests(common, site, exit, destination, aims);
            found.extend(from_site(forwarding, site, (aims, beyond), out, devices));
            found
        };
        exits.into_iter().flat_map(back).collect()
    } else if sites.is_empty() {
        by_part(None, sources, &[], |_, _| Comparison::Unknown(UnknownInput::Site).into())
    } else {
        let back = |site: SiteId| from_site(forwarding, site, (aims, beyond), out, devices);
        sites.into_iter().flat_map(back).collect()
    }
}

/// Evaluates replies from a network that an appliance reaches over a tunnel of its own.
fn from_beyond(
    forwarding: &Forwarding<'_>,
    destination: ReturnDestination,
    sources: &[Spanned<IpPrefix>],
    decision: &Decision,
) -> Vec<SourceReturn> {
    if matches!(destination.responder, Some(Responder::Site(_))) {
        // The file contains the site, but not the site's end of the tunnel.
        return by_part(None, sources, &[], |_, _| Comparison::Unknown(UnknownInput::SiteChoice).into());
    }
    let outs = flows(decision);
    let ways_in = ways_in(forwarding, decision);
    let known = forwarding.prefixes(&near(sources));
    // Replies to an address to which an appliance translated the source return over that appliance.
    let translators: Vec<Option<Device>> = decision.traces().map(translator).collect();
    by_part(None, sources, &known, |part, address| {
        let to_own =
            |device: Device| from_translator(forwarding, device, &[Spanned::new(part, Span::default())]);
        let mut found: Vec<(Option<Comparison>, Vec<Hop>)> = Vec::new();
        let mut plain: Vec<Vec<Device>> = Vec::new();
        for (out, translator) in outs.iter().zip(&translators) {
            match translator {
                Some(device) => found.push(compare_hops(forwarding, None, &[], out, &to_own(*device))),
                None => plain.push(out.clone()),
            }
        }
        if !plain.is_empty() {
            let (difference, trace) = to_subnet(forwarding, &ways_in, &plain, address);
            found.push((difference, trace.hops));
        }
        let (difference, hops) = combined(found, outs.iter().flatten().copied());
        let trace = ReplyTrace { hops, ..ReplyTrace::default() };
        Reply { comparison: difference.unwrap_or(Comparison::SameLinks), trace }
    })
}

/// Evaluates replies to packets from Azure that leave the company at the edge of a site according to `exit`. Does
/// nothing for replies that return over the packet's path.
fn to_guests(
    common: &Arc<ReturnCommon<'_>>,
    site: SiteId,
    exit: &Decision,
    destination: ReturnDestination,
    sources: &[Spanned<IpPrefix>],
) -> Vec<SourceReturn> {
    let ways = ReturnPaths::of(common, site);
    let found = ways.and_then(|ways| ways.return_path_to(sources, destination, exit, &[]));
    let found = found.into_iter().flat_map(|found| found.sources);
    found
        .filter(|one| one.reason != Comparison::SameLinks)
        .map(|one| SourceReturn { site: Some(site), ..one })
        .collect()
}

/// Returns the sites that send replies: the owner of the address or, if the address has no owner, all sites at the
/// other end of the packet's links that have a route for the packet.
fn sites(
    forwarding: &Forwarding<'_>,
    destination: ReturnDestination,
    (out, over): (&[Crossing], &[(CircuitId, Connection)]),
) -> Vec<SiteId> {
    if let Some(Responder::Site(owner)) = destination.responder {
        return vec![owner];
    }
    let network = forwarding.network();
    let goes_on = |site: SiteId| {
        let default = |prefix: IpPrefix| prefix.length() == 0 && prefix.family() == destination.family;
        let table = network
            .site(site)
            .and_then(|site| site.internet.as_ref())
            .is_some_and(|edge| edge.routes.is_some());
        table || forwarding.routes_of(site, false, &default).is_some_and(|routes| !routes.groups.is_empty())
    };
    let ends = network.sites_with_ids().filter(|(id, site)| {
        out.iter().any(|crossing| match crossing {
            Crossing::Circuit(circuit) => attachment(site, *circuit).is_some_and(|own| {
                let mut over = over.iter().filter(|(id, _)| id == circuit);
                !own.is_split() || over.any(|(_, connection)| own.ends(*connection))
            }),
            Crossing::Tunnel(tunnel) => tunnel.site == *id,
            Crossing::Internet(_) | Crossing::OnPremises => false,
        })
    });
    ends.map(|(id, _)| id).filter(|id| goes_on(*id)).collect()
}

fn from_site(
    forwarding: &Forwarding<'_>,
    id: SiteId,
    (sources, beyond): Aims<'_>,
    out: &[Crossing],
    devices: &[Device],
) -> Vec<SourceReturn> {
    let near = near(sources);
    let Some(routes) = forwarding.routes_of(id, false, &near) else { return Vec::new() };
    let mut known: Vec<IpPrefix> = routes.prefixes().collect();
    for passed in forwarding.edges_behind(id) {
        known.extend(forwarding.routes_of(passed, false, &near).iter().flat_map(SiteRoutes::prefixes));
    }
    known.extend(forwarding.prefixes(&near));
    let lookup = Lookup::default();
    by_part(Some(id), sources, &known, |_, address| {
        let first = routes.decision(address, false);
        let of = Followed { started: Started::Answer(None), address, lookup: &lookup };
        let traces = forwarding.traces_from_site(id, &first, &routes.edge.sessions, of);
        // The packet crosses to Azure at the last edge. If no hop follows that edge, the packet is delivered directly.
        let (mut edges, mut behind) = (Vec::new(), Vec::new());
        for mut trace in traces {
            let last = trace.iter().rposition(|hop| hop.edge().is_some()).map_or(0, |last| last + 1);
            behind.push(trace.split_off(last));
            edges.push(trace);
        }
        let mut sessions = routes.edge.sessions.clone();
        let crossing = forwarding.summary(Start::Site, &first, edges.clone(), &mut sessions);
        let over = crossings(&sessions, &crossing);
        let comparison = evaluate((forwarding.network(), id), &crossing, &over, out);
        let start = ReplyStart::Site(id);
        let trace =
            |hops| ReplyTrace { start, first: Some(first.clone()), hops, over, ..ReplyTrace::default() };
        if comparison.verdict() == ReturnVerdict::Dropped || comparison.is_unknown() {
            let hops = edges.into_iter().next().unwrap_or_default();
            return Reply { comparison, trace: trace(hops) };
        }
        let network = forwarding.network();
        let found = edges.into_iter().zip(behind).map(|(mut edges, hops)| {
            let hops = past_gateway(network, crossing.next_hops(), hops);
            let (difference, onward) = compare_hops(forwarding, None, &hops, devices, beyond);
            edges.extend(hops.into_iter().chain(onward));
            (difference, edges)
        });
        let worst = found.max_by_key(|(difference, _)| difference.as_ref().map(Comparison::outcome));
        let (difference, hops) = worst.unwrap_or_default();
        Reply { comparison: difference.unwrap_or(comparison), trace: trace(hops) }
    })
}

/// Evaluates replies from public addresses. They return to the address to which the last appliance, or Azure,
/// translated the source. From an appliance, they follow the routes of the appliance's own subnet.
fn from_public(
    forwarding: &Forwarding<'_>,
    (sources, beyond): Aims<'_>,
    decision: &Decision,
) -> Vec<SourceReturn> {
    let out: Vec<Device> = decision.devices().collect();
    let known = if out.is_empty() { Vec::new() } else { forwarding.prefixes(&near(sources)) };
    by_part(None, sources, &known, |source, address| {
        let hops = follow(forwarding, None, out.last().copied().map(Router::Device), address);
        let (difference, onward) = compare_hops(forwarding, None, &hops, &out, beyond);
        let comparison = difference.unwrap_or_else(|| match out.last() {
            Some(device) if decision.disposition == Disposition::Internet && !is_public(source) => {
                translated_at(forwarding.network(), *device, source.family())
            }
            _ => Comparison::AzureTranslates,
        });
        let hops = hops.into_iter().chain(onward).collect();
        Reply { comparison, trace: ReplyTrace { hops, ..ReplyTrace::default() } }
    })
}

/// Returns how an appliance that forwards to the internet treats a private source according to the file. An Azure
/// Firewall translates the source, unless it preserves every source (Microsoft, *Azure Firewall SNAT private IP address
/// ranges*).
fn translated_at(network: &Network, device: Device, family: Family) -> Comparison {
    match device.kept_sources(network) {
        None => Comparison::NotTranslated { device },
        Some(kept) if kept.iter().any(|kept| kept.length() == 0 && kept.family() == family) => {
            Comparison::PrivateSource
        }
        Some(_) => Comparison::AzureTranslates,
    }
}

/// Evaluates replies from another subnet, or from another address in the same subnet.
fn from_virtual_network(
    forwarding: &Forwarding<'_>,
    destination: ReturnDestination,
    (sources, beyond): Aims<'_>,
    decision: &Decision,
) -> Vec<SourceReturn> {
    let out: Vec<Device> = decision.devices().collect();
    let all = |comparison: Comparison| by_part(None, sources, &[], |_, _| comparison.clone().into());
    let (id, place) = match (destination.responder, out.first()) {
        (Some(Responder::VirtualNetwork(id, Some(place))), _) => (id, place),
        // Microsoft's services reply to the address to which the last appliance translated the source, so the reply
        // returns to that appliance.
        (None | Some(Responder::Site(_)), Some(_)) => {
            return from_public(forwarding, (sources, beyond), decision);
        }
        // The endpoint replies to the address to which an appliance translated the source, so the reply passes that
        // appliance.
        (Some(Responder::PrivateEndpoint(_)), Some(_)) if !beyond.is_empty() => {
            let (difference, _) = compare_hops(forwarding, None, &[], &out, beyond);
            return all(difference.unwrap_or(Comparison::SameLinks));
        }
        (Some(Responder::PrivateEndpoint(_)), Some(device)) => {
            return all(Comparison::EndpointAnswers { device: *device });
        }
        (Some(Responder::VirtualNetwork(_, None)), Some(_)) => {
            return all(Comparison::Unknown(UnknownInput::Subnet));
        }
        (Some(Responder::VirtualNetwork(_, None)), None) if decision.turns() => {
            return all(Comparison::Unknown(UnknownInput::Subnet));
        }
        (_, None) if decision.turns() => return all(Comparison::Unknown(UnknownInput::Turn)),
        (_, None) => return Vec::new(),
    };
    let Some(subnet) = forwarding.subnet(id, place) else { return Vec::new() };
    let outs = flows(decision);
    let near = near(sources);
    let mut known: Vec<IpPrefix> = subnet.routes(&near).iter().map(|route| route.prefix).collect();
    known.extend(forwarding.prefixes(&near));
    by_part(None, sources, &known, |_, address| {
        let first = from_subnet(&subnet, address, &Lookup::default()).map(|found| found.decision);
        let onward = first.as_ref().map(|first| forwarding.onward(At::Network(id), first));
        let ways = follow_all(forwarding, Some(id), &onward.unwrap_or_default(), address);
        let pairs = ways.iter().flat_map(|hops| outs.iter().map(move |out| (hops, out)));
        let found = pairs.map(|(hops, out)| {
            let (difference, onward) = compare_hops(forwarding, first.as_ref(), hops, out, beyond);
            (difference, hops.iter().cloned().chain(onward).collect::<Vec<Hop>>())
        });
        let devices = ways.iter().flatten().filter_map(Hop::device).chain(outs.iter().flatten().copied());
        let (difference, hops) = combined(found.collect(), devices);
        let trace = ReplyTrace { start: ReplyStart::Subnet(id, place), first, hops, ..ReplyTrace::default() };
        Reply { comparison: difference.unwrap_or(Comparison::SameLinks), trace }
    })
}

/// Evaluates the reply to each part into which `known` prefixes split the sources. `explain` receives the part and an
/// address in the part.
fn by_part(
    site: Option<SiteId>,
    sources: &[Spanned<IpPrefix>],
    known: &[IpPrefix],
    explain: impl Fn(IpPrefix, IpAddr) -> Reply,
) -> Vec<SourceReturn> {
    let parts = sources.iter().flat_map(|source| {
        let parts = parts_with_address(source.value, known.iter().copied());
        parts.into_iter().map(move |(part, address)| (Spanned::new(part, source.span), address))
    });
    parts.map(|(part, address)| explain(part.value, address).to(site, part)).collect()
}

/// Returns the hops of a reply that starts in `origin`, starting with the given router; empty without a router.
fn follow(
    forwarding: &Forwarding<'_>,
    origin: Option<VirtualNetworkId>,
    router: Option<Router>,
    address: IpAddr,
) -> Vec<Hop> {
    let lookup = Lookup::default();
    let of = Followed { started: Started::Answer(origin), address, lookup: &lookup };
    router.map(|router| forwarding.follow(router, of)).unwrap_or_default()
}

/// Returns how the routers on the path of a reply affect it: the reply does not arrive, or it passes other appliances
/// than the packet. `first` is the subnet's own decision, if there is one. `beyond` lists, for each part of the
/// sources, the hops after the appliance that translated the packet. The worst part is returned, with its hops.
fn compare_hops(
    forwarding: &Forwarding<'_>,
    first: Option<&Decision>,
    hops: &[Hop],
    out: &[Device],
    beyond: &[Behind],
) -> (Option<Comparison>, Vec<Hop>) {
    if let Some(lost) = lost(first, hops) {
        return (Some(lost), Vec::new());
    }
    let back: Vec<Device> = hops.iter().filter_map(Hop::device).collect();
    if beyond.is_empty() {
        return (device_difference(forwarding.network(), out, &back), Vec::new());
    }
    let found = beyond.iter().map(|Behind { hops, lost }| {
        let theirs = hops.iter().filter_map(Hop::device);
        let passed: Vec<Device> = back.iter().copied().chain(theirs).collect();
        let difference = lost.clone().or_else(|| device_difference(forwarding.network(), out, &passed));
        (difference, hops)
    });
    let worst = found.max_by_key(|(difference, _)| difference.as_ref().map(Comparison::outcome));
    worst.map(|(difference, hops)| (difference, hops.clone())).unwrap_or_default()
}

/// Compares replies that the site sends according to `back`, over these circuits or tunnels, with packets that arrived
/// over `out`.
fn evaluate(
    (network, site): (&Network, SiteId),
    back: &Decision,
    over: &[Crossing],
    out: &[Crossing],
) -> Comparison {
    let by_links = || chosen_at(network, site, (out.to_vec(), over.to_vec()), Chooser::Site);
    let to_network = matches!(
        back.exit_reason(),
        Reason::VirtualNetwork { .. }
            | Reason::Tunnel { .. }
            | Reason::Learned { .. }
            | Reason::VirtualHub { .. }
            | Reason::Static { .. }
    );
    match back.disposition {
        Disposition::PrivatePeering if to_network => by_links(),
        Disposition::Vpn => by_links(),
        Disposition::Unknown if ties_towards_azure(back.exit_reason()) => Comparison::SiteTie,
        Disposition::Ambiguous | Disposition::Unknown => Comparison::Unknown(UnknownInput::SiteChoice),
        way => away_from_site(way),
    }
}

/// Returns whether a site's paths are equal in all known attributes, and all of them lead to Azure.
fn ties_towards_azure(reason: &Reason) -> bool {
    let to_azure = |way: &Disposition| matches!(way, Disposition::PrivatePeering | Disposition::Vpn);
    matches!(reason, Reason::UnknownTie { ways, .. } if ways.iter().all(to_azure))
}
