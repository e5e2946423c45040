//! The return path between two sites that reach each other through a virtual hub. The other site's edge decides about
//! the reply.

use crate::catalog::Lookup;
use crate::diag::Spanned;
use crate::engine::decision::{
    At, Chooser, Comparison, Crossing, Decision, Device, Disposition, Hop, NoRoute, ReplyStart, ReplyTrace,
    Router, Tunnel, UnknownInput,
};
use crate::engine::forwarding::{Followed, Forwarding, Started, crosses};
use crate::engine::session::{Session, leads_to};
use crate::engine::site_routes::SiteRoutes;
use crate::network::SiteId;

use crate::addr::IpPrefix;
use crate::engine::return_path::circuit_devices::{chosen_at, worse};
use crate::engine::return_path::crossings::{connections, crossings, lead_back};
use crate::engine::return_path::reply::{Reply, away_from_site};
use crate::engine::return_path::source_parts::{near, parts_with_address};
use crate::engine::return_path::stateful_devices::device_difference;

/// Returns whether the trace passes a virtual hub, or a gateway that exchanges routes over a Route Server, that
/// forwards the packet to a site.
pub(super) fn is_through_hub(trace: &[Hop]) -> bool {
    let sends_on = |last: &Hop| {
        matches!(last.router, Router::Gateway(_)) || matches!(last.router.at(), Some(At::Hub(_)))
    };
    trace.last().is_some_and(|last| sends_on(last) && crosses(&last.decision))
}

fn tunnel(crossing: Crossing) -> Option<Tunnel> {
    match crossing {
        Crossing::Tunnel(tunnel) => Some(tunnel),
        Crossing::Circuit(_) | Crossing::Internet(_) | Crossing::OnPremises => None,
    }
}

/// Returns the replies to parts of a site's `sources`. Their packets left according to `decision` and passed a hub on
/// the path to other sites.
pub(super) fn answers(
    forwarding: &Forwarding<'_>,
    site: SiteId,
    sources: &[Spanned<IpPrefix>],
    (decision, sessions): (&Decision, &[Session]),
) -> Vec<(Spanned<IpPrefix>, Reply)> {
    let out = crossings(sessions, decision);
    let devices: Vec<Device> = decision.devices().collect();
    let mut ends: Vec<Option<SiteId>> = Vec::new();
    for last in decision.traces().filter_map(<[Hop]>::last) {
        let theirs = forwarding.sessions_of(last.router);
        let over = connections(&last.decision).into_iter();
        ends.extend(over.map(|(circuit, connection)| forwarding.network().edge_of(circuit, connection)));
        let tunnels = crossings(&theirs, &last.decision).into_iter().filter_map(tunnel);
        ends.extend(tunnels.map(|tunnel| Some(tunnel.site)));
    }
    ends.sort_unstable();
    ends.dedup();
    let near = near(sources);
    let mut all = Vec::new();
    for end in ends {
        let Some((end, routes)) = end.and_then(|end| Some((end, forwarding.routes_of(end, false, &near)?)))
        else {
            let unsaid = Comparison::Unknown(UnknownInput::Site);
            all.extend(sources.iter().map(|source| (*source, unsaid.clone().into())));
            continue;
        };
        let mut known: Vec<IpPrefix> = routes.prefixes().collect();
        for passed in forwarding.edges_behind(end) {
            known.extend(forwarding.routes_of(passed, false, &near).iter().flat_map(SiteRoutes::prefixes));
        }
        known.extend(forwarding.prefixes(&near));
        for source in sources {
            for (part, address) in parts_with_address(source.value, known.iter().copied()) {
                let first = routes.decision(address, false);
                let lookup = Lookup::default();
                let of = Followed { started: Started::Answer(None), address, lookup: &lookup };
                let traces = forwarding.traces_from_site(end, &first, &routes.edge.sessions, of);
                let found = traces.into_iter().map(|hops| {
                    let (comparison, over) = evaluate(forwarding, site, &first, &hops, (&out, &devices));
                    let (start, first) = (ReplyStart::Site(end), Some(first.clone()));
                    Reply {
                        comparison,
                        trace: ReplyTrace { start, first, hops, over, ..ReplyTrace::default() },
                    }
                });
                let worst = found.max_by_key(|answer| answer.comparison.outcome());
                let worst = worst.unwrap_or_else(|| Comparison::Unknown(UnknownInput::SiteChoice).into());
                all.push((Spanned::new(part, source.span), worst));
            }
        }
    }
    all
}

/// Compares the packet with a reply from the other site that passes these routers. Also returns the links over which
/// the reply arrives.
fn evaluate(
    forwarding: &Forwarding<'_>,
    site: SiteId,
    first: &Decision,
    trace: &[Hop],
    (out, devices): (&[Crossing], &[Device]),
) -> (Comparison, Vec<Crossing>) {
    let last = trace.last().map_or(first, |last| &last.decision);
    let hop = match (last.disposition, trace.last()) {
        (Disposition::Unknown | Disposition::Ambiguous, _) => {
            return (Comparison::Unknown(UnknownInput::SiteChoice), Vec::new());
        }
        (Disposition::OnPremises, _) => {
            let (packet, answer) = (out.to_vec(), vec![Crossing::OnPremises]);
            return (Comparison::OtherLinks { packet, answer: answer.clone(), by: Chooser::Site }, answer);
        }
        (_, Some(hop)) if is_through_hub(trace) => hop,
        (way, _) => return (away_from_site(way), Vec::new()),
    };
    let back = crossings(&forwarding.sessions_of(hop.router), &hop.decision);
    let inputs = forwarding.inputs();
    let leads = |edge: SiteId| leads_to(inputs.network, inputs.links, edge, site);
    let by_tunnel = back.iter().copied().filter_map(tunnel).any(|tunnel| leads(tunnel.site));
    if !by_tunnel && !lead_back(inputs, site, &connections(&hop.decision)) {
        return (Comparison::NoRoute(NoRoute::Links), back);
    }
    let theirs: Vec<Device> = trace.iter().filter_map(Hop::device).collect();
    let difference = device_difference(inputs.network, devices, &theirs);
    let links = chosen_at(inputs.network, site, (out.to_vec(), back.clone()), Chooser::VirtualNetwork);
    (worse(difference, links), back)
}
