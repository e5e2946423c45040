//! The way back between two sites that reach each other through a virtual hub: what the other site's edge does with the answer.

use crate::catalog::Lookup;
use crate::diag::Spanned;
use crate::engine::decision::{At, Decision, Device, Disposition, Hop, ReturnReason};
use crate::engine::forwarding::{Followed, Forwarding, Started, crosses};
use crate::engine::session::{Session, leads_to};
use crate::engine::site_routes::SiteRoutes;
use crate::network::SiteId;

use super::devices::device_difference;
use super::interconnect::{Meeting, Road, circuits, meeting, roads, tunnels};
use super::source_parts::{near, parts_with_address};
use crate::addr::IpPrefix;

/// Whether a virtual hub sends packets of a trace on to a site.
pub(super) fn is_through_hub(trace: &[Hop]) -> bool {
    trace.last().is_some_and(|last| matches!(last.router.at(), Some(At::Hub(_))) && crosses(&last.decision))
}

/// What becomes of the answers to parts of `sources`, which are of a site, to packets that left by `decision` and went through a
/// hub to other sites.
pub(super) fn answers(
    forwarding: &Forwarding<'_>,
    site: SiteId,
    sources: &[Spanned<IpPrefix>],
    (decision, sessions): (&Decision, &[Session]),
) -> Vec<(Spanned<IpPrefix>, ReturnReason)> {
    let out = roads(sessions, decision);
    let devices: Vec<Device> = decision.devices().collect();
    let mut ends: Vec<Option<SiteId>> = Vec::new();
    for last in decision.traces().filter_map(<[Hop]>::last) {
        let theirs = forwarding.sessions_of(last.router);
        ends.extend(roads(&theirs, &last.decision).into_iter().map(|road| match road {
            Road::Circuit(circuit) => forwarding.network().edge_of(circuit),
            Road::Tunnel(tunnel) => Some(tunnel.site),
        }));
    }
    ends.sort_unstable();
    ends.dedup();
    let near = near(sources);
    let mut all = Vec::new();
    for end in ends {
        let Some((end, routes)) = end.and_then(|end| Some((end, forwarding.routes_of(end, false, &near)?)))
        else {
            all.extend(sources.iter().map(|source| (*source, ReturnReason::NoSite)));
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
                let told = traces.iter().map(|trace| judge(forwarding, site, &first, trace, &out, &devices));
                let worst = told.max_by_key(ReturnReason::verdict).unwrap_or(ReturnReason::SiteUnknown);
                all.push((Spanned::new(part, source.span), worst));
            }
        }
    }
    all
}

/// What it means that the other site's answers pass these routers.
fn judge(
    forwarding: &Forwarding<'_>,
    site: SiteId,
    first: &Decision,
    trace: &[Hop],
    out: &[Road],
    devices: &[Device],
) -> ReturnReason {
    let last = trace.last().map_or(first, |last| &last.decision);
    if matches!(last.disposition, Disposition::Unknown | Disposition::Ambiguous) {
        return ReturnReason::SiteUnknown;
    }
    if last.disposition == Disposition::OnPremises {
        return ReturnReason::OverLinks;
    }
    if !is_through_hub(trace) {
        return ReturnReason::SiteAway { way: last.disposition };
    }
    let Some(hop) = trace.last() else { return ReturnReason::SiteUnknown };
    let back = roads(&forwarding.sessions_of(hop.router), &hop.decision);
    let inputs = forwarding.inputs();
    let arrives = |road: &Road| match road {
        Road::Circuit(circuit) => {
            let edge = inputs.network.edge_of(*circuit);
            edge.is_none_or(|edge| leads_to(inputs.network, inputs.links, edge, site))
        }
        Road::Tunnel(tunnel) => leads_to(inputs.network, inputs.links, tunnel.site, site),
    };
    if !back.iter().any(arrives) {
        return ReturnReason::CutOff;
    }
    let theirs: Vec<Device> = trace.iter().filter_map(Hop::device).collect();
    if let Some(difference) = device_difference(inputs.network, devices, &theirs) {
        return difference;
    }
    let (over_circuits, over_tunnels) = (circuits(&back), tunnels(&back));
    match meeting(out, &back) {
        Meeting::Same => ReturnReason::SameWay,
        Meeting::Some if over_circuits.is_empty() => ReturnReason::GatewayAnyTunnel { tunnels: over_tunnels },
        Meeting::Some => ReturnReason::GatewayAnyCircuit { circuits: over_circuits },
        Meeting::None if !over_circuits.is_empty() && circuits(out).is_empty() => {
            ReturnReason::OverExpressRoute { circuits: over_circuits }
        }
        Meeting::None if !over_circuits.is_empty() => {
            ReturnReason::GatewayOtherCircuit { circuits: over_circuits }
        }
        Meeting::None if circuits(out).is_empty() => {
            ReturnReason::GatewayOtherTunnel { tunnels: over_tunnels }
        }
        Meeting::None => ReturnReason::OverTunnel { tunnels: over_tunnels },
    }
}
