//! The way back to a subnet: what the site at the other end does with the answer.
//!
//! Sources: Microsoft, *S2S VPN as a backup for ExpressRoute private peering* (a site answers over ExpressRoute only if
//! it prefers what it learns there), *disaster recovery with ExpressRoute private peering* (local preference at the
//! site against asymmetric flows), *default outbound access in Azure* (what leaves for the internet has a public
//! address of Azure's as its source).

use crate::addr::{Family, IpPrefix};
use crate::diag::Spanned;
use crate::engine::adj_rib_in::{Advertisements, Edge, Entry, Fate};
use crate::engine::decision::{Decision, Disposition, Reason, ReturnReason};
use crate::engine::inputs::Inputs;
use crate::engine::loc_rib::{select, settle, special_purpose};
use crate::engine::session::Session;
use crate::network::{Network, SiteId, SubnetId, VirtualNetworkId};

use super::destination::ReturnDestination;
use super::far_end::FarEnd;
use super::interconnect::{Meeting, Road, circuits, meeting, roads, tunnels};
use super::source_parts::parts;
use super::{ReturnPath, SourceReturn};

/// The way back of a subnet's decision, for each of its prefixes; `None` where no packet leaves the
/// virtual network for a site or the internet, or where it cannot be told over what.
pub(in crate::engine) fn return_to_subnet(
    inputs: Inputs<'_>,
    from: (VirtualNetworkId, SubnetId),
    destination: ReturnDestination,
    decision: &Decision,
    sessions: &[Session],
) -> Option<ReturnPath> {
    let subnet = inputs.network.virtual_network(from.0)?.subnets.get(from.1.index())?;
    let sources = subnet
        .prefixes
        .iter()
        .filter(|own| own.value.first().is_ipv4() == (destination.family == Family::V4));
    let sources: Vec<Spanned<IpPrefix>> = sources.copied().collect();
    let told: Vec<SourceReturn> = match decision.disposition {
        Disposition::Internet => {
            sources.iter().map(|source| source_return(None, *source, ReturnReason::AzureTranslates)).collect()
        }
        Disposition::PrivatePeering | Disposition::Vpn => {
            let out = roads(inputs.network, sessions, decision);
            let sites = sites(inputs.network, destination, &out);
            if sites.is_empty() {
                let no_site = |source: &Spanned<IpPrefix>| source_return(None, *source, ReturnReason::NoSite);
                sources.iter().map(no_site).collect()
            } else {
                let back = |site: SiteId| from_site(inputs, site, &sources, &out);
                sites.into_iter().flat_map(back).collect()
            }
        }
        _ => return None,
    };
    let verdict = told.iter().map(|source| source.verdict).max()?;
    Some(ReturnPath { verdict, sources: told })
}

/// The sites that answer: the one whose address it is, else all at the other end of what carries the packet.
fn sites(network: &Network, destination: ReturnDestination, out: &[Road]) -> Vec<SiteId> {
    if let Some(FarEnd::Site(owner)) = destination.far_end {
        return vec![owner];
    }
    let ends = network.sites_with_ids().filter(|(id, site)| {
        out.iter().any(|road| match road {
            Road::Circuit(circuit) => site.circuits.contains(circuit),
            Road::Tunnel(tunnel) => tunnel.site == *id,
        })
    });
    ends.map(|(id, _)| id).collect()
}

fn from_site(
    inputs: Inputs<'_>,
    id: SiteId,
    sources: &[Spanned<IpPrefix>],
    out: &[Road],
) -> Vec<SourceReturn> {
    let Some(mut edge) = Edge::new(inputs, id) else { return Vec::new() };
    let mut taken: Vec<(IpPrefix, Entry)> = Vec::new();
    let near = |prefix: IpPrefix| {
        sources.iter().any(|source| prefix.covers(source.value) || source.value.covers(prefix))
    };
    edge.learn(&Advertisements::of(inputs), false, &near, &mut |prefix, entry, fate| {
        if matches!(fate, Fate::Taken) {
            taken.push((prefix, entry));
        }
    });
    taken.sort_by_key(|(prefix, _)| (u8::MAX - prefix.length(), *prefix));
    let groups = taken.chunk_by(|left, right| left.0 == right.0).filter_map(|group| {
        let entries: Vec<Entry> = group.iter().map(|(_, entry)| *entry).collect();
        Some((group.first()?.0, settle(&edge, &entries)))
    });
    let settled: Vec<_> = groups.collect();
    let mut told = Vec::new();
    for source in sources {
        for part in parts(source.value, settled.iter().map(|(prefix, _)| *prefix)) {
            let chain = settled.iter().filter(|(prefix, _)| prefix.covers(part));
            let routed = select(chain.map(|(prefix, settled)| (*prefix, settled)));
            let decision = special_purpose(part.first(), routed);
            let reason = judge(&decision, &roads(inputs.network, &edge.sessions, &decision), out);
            told.push(source_return(Some(id), Spanned::new(part, source.span), reason));
        }
    }
    told
}

/// What it means that the site sends answers by `back`, over these roads, to what came over `out`.
fn judge(back: &Decision, roads: &[Road], out: &[Road]) -> ReturnReason {
    let to_network = matches!(
        back.reason(),
        Reason::VirtualNetwork { .. }
            | Reason::Tunnel { .. }
            | Reason::Learned { .. }
            | Reason::Static { .. }
    );
    match (back.disposition, meeting(out, roads)) {
        (Disposition::PrivatePeering, meeting) if to_network => match meeting {
            Meeting::Same => ReturnReason::SameWay,
            Meeting::Some => ReturnReason::SiteAnyCircuit { circuits: circuits(roads) },
            Meeting::None => ReturnReason::SiteOtherCircuit { circuits: circuits(roads) },
        },
        (Disposition::Vpn, Meeting::Same) => ReturnReason::SameWay,
        (Disposition::Vpn, Meeting::Some) => ReturnReason::SiteAnyTunnel { tunnels: tunnels(roads) },
        (Disposition::Vpn, Meeting::None) if circuits(out).is_empty() => {
            ReturnReason::SiteOtherTunnel { tunnels: tunnels(roads) }
        }
        (Disposition::Vpn, Meeting::None) => ReturnReason::SiteOverTunnel { tunnels: tunnels(roads) },
        (Disposition::Ambiguous | Disposition::Unknown, _) => ReturnReason::SiteUnknown,
        (way, _) => ReturnReason::SiteAway { way },
    }
}

fn source_return(site: Option<SiteId>, source: Spanned<IpPrefix>, reason: ReturnReason) -> SourceReturn {
    let Spanned { value, span } = source;
    SourceReturn { over: None, site, source: value, span, verdict: reason.verdict(), reason }
}
