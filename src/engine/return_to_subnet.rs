//! The way back to a subnet: what the site at the other end does with the answer.
//!
//! Sources: Microsoft, *S2S VPN as a backup for ExpressRoute private peering* (a site answers over ExpressRoute only if
//! it prefers what it learns there), *disaster recovery with ExpressRoute private peering* (local preference at the
//! site against asymmetric flows), *default outbound access in Azure* (what leaves for the internet has a public
//! address of Azure's as its source).

use crate::addr::{Family, IpPrefix};
use crate::diag::Spanned;
use crate::network::{CircuitId, Network, SiteId, SubnetId, VirtualNetworkId};

use super::best::settle;
use super::decision::{Decision, Disposition, Reason};
use super::edge::{Advertisements, Edge, Entry, Fate};
use super::inputs::Inputs;
use super::return_destination::ReturnDestination;
use super::return_parts::parts;
use super::return_path::{ReturnPath, SourceReturn};
use super::return_reason::ReturnReason;
use super::select::{select, special_purpose};
use super::session::{Session, SessionKind};

/// Over what a packet leaves a virtual network for a site.
#[derive(Debug)]
struct Out {
    circuits: Vec<CircuitId>,
    /// Each by its site and its index there.
    tunnels: Vec<(SiteId, u32)>,
}

/// The way back of a subnet's decision, for each of its prefixes; `None` where no packet leaves the
/// virtual network for a site or the internet, or where it cannot be told over what.
pub(super) fn return_to_subnet(
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
            let out = out(inputs.network, decision, sessions);
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

fn out(network: &Network, decision: &Decision, sessions: &[Session]) -> Out {
    let carried = |session: &&Session| decision.carriers().iter().any(|one| one.session == session.id);
    let tunnels = sessions.iter().filter(carried).filter(|one| matches!(one.kind, SessionKind::Vpn(_)));
    // No two ways out of a network share a name.
    let tunnels = tunnels.filter_map(|session| {
        network.sites_with_ids().find_map(|(id, site)| {
            let index = site.vpn.iter().position(|vpn| vpn.name == session.name)?;
            Some((id, u32::try_from(index).ok()?))
        })
    });
    Out { circuits: decision.circuits().to_vec(), tunnels: tunnels.collect() }
}

/// The sites that answer: the one whose address it is, else all at the other end of what carries the packet.
fn sites(network: &Network, destination: ReturnDestination, out: &Out) -> Vec<SiteId> {
    if let Some(owner) = destination.owner {
        return vec![owner];
    }
    let ends = network.sites_with_ids().filter(|(id, site)| {
        site.circuits.iter().any(|circuit| out.circuits.contains(circuit))
            || out.tunnels.iter().any(|(end, _)| end == id)
    });
    ends.map(|(id, _)| id).collect()
}

fn from_site(inputs: Inputs<'_>, id: SiteId, sources: &[Spanned<IpPrefix>], out: &Out) -> Vec<SourceReturn> {
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
            let reason = judge(id, &decision, &edge.sessions, out);
            told.push(source_return(Some(id), Spanned::new(part, source.span), reason));
        }
    }
    told
}

fn judge(site: SiteId, back: &Decision, sessions: &[Session], out: &Out) -> ReturnReason {
    let to_network = matches!(
        back.reason(),
        Reason::VirtualNetwork { .. }
            | Reason::Tunnel { .. }
            | Reason::Learned { .. }
            | Reason::Static { .. }
    );
    match back.disposition {
        Disposition::PrivatePeering if to_network => {
            let circuits = back.circuits().to_vec();
            match circuits.iter().filter(|circuit| out.circuits.contains(circuit)).count() {
                0 => ReturnReason::SiteOtherCircuit { circuits },
                1 if circuits.len() == 1 && out.circuits.len() == 1 => ReturnReason::SameWay,
                _ => ReturnReason::SiteAnyCircuit { circuits },
            }
        }
        Disposition::Vpn => {
            let over = |carrier: &super::decision::Carrier| {
                sessions.iter().find(|session| session.id == carrier.session).and_then(
                    |session| match session.kind {
                        SessionKind::Vpn(index) => Some((site, index)),
                        _ => None,
                    },
                )
            };
            let back: Vec<_> = back.carriers().iter().filter_map(over).collect();
            let shared = back.iter().all(|tunnel| out.tunnels.contains(tunnel));
            if shared && !back.is_empty() { ReturnReason::SameWay } else { ReturnReason::SiteOverTunnel }
        }
        Disposition::Ambiguous | Disposition::Unknown => ReturnReason::SiteUnknown,
        way => ReturnReason::SiteAway { way },
    }
}

fn source_return(site: Option<SiteId>, source: Spanned<IpPrefix>, reason: ReturnReason) -> SourceReturn {
    let Spanned { value, span } = source;
    SourceReturn { over: None, site, source: value, span, verdict: reason.verdict(), reason }
}
