//! Best path: of the routes to one prefix, those that carry its packets (Loc-RIB), and what they mean.

mod alternatives;
mod lpm;
mod nat64;

pub(in crate::engine) use alternatives::{is_open, rivals, settle};
pub(in crate::engine) use lpm::{
    PLATFORM, apply_block, beyond_lists, is_static_to_microsoft, platform, select, special_purpose,
};
pub(in crate::engine) use nat64::{translated, translations};

use std::net::IpAddr;
use std::sync::Arc;

use crate::engine::adj_rib_in::{Edge, Entry, Internal, Origin};
use crate::engine::decision::{Carrier, Deciding, Disposition, Doubt, Reason, Tie, Why};
use crate::engine::session::{Brought, SessionKind};
use crate::network::CircuitId;
use crate::rib::{Attributes, Community, DecisionStep, Learned, Missing};

/// The choice among the routes to one prefix, by index into the routes that were compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Best {
    /// Those that carry it, the best first; never empty.
    pub(super) carriers: Vec<usize>,
    /// What decided.
    pub(super) step: Deciding,
    /// The others, with what they lost at, in order.
    pub(super) lost: Vec<(usize, Deciding)>,
    /// Those that lead another way and might have been better: the length of an AS path is not known, or nothing but
    /// their age, or a peer address that nobody gave, parts them from the best.
    pub(super) undetermined: Vec<usize>,
}

/// What the routes to one prefix come to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Settled {
    /// What routes decide that are certainly there; `None` where there is none.
    pub(super) certain: Option<Resolved>,
    /// A route that would win, if it is there.
    pub(super) doubt: Option<Uncertain>,
    /// What routes decide that a route map may have refused, all of them; then there is nothing certain.
    pub(super) perhaps: Option<Perhaps>,
}

/// A path with its reason; the prefix is the caller's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Resolved {
    pub(super) disposition: Disposition,
    pub(super) why: Arc<Why>,
}

/// A route of which it cannot be told whether it is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Uncertain {
    pub(super) doubt: Doubt,
    pub(super) community: Community,
    pub(super) circuits: Vec<CircuitId>,
    pub(super) carriers: Vec<Carrier>,
    pub(super) step: Deciding,
    pub(super) span: crate::diag::Span,
}

/// What routes of one prefix come to if they are there, and why they may not be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Perhaps {
    pub(super) resolved: Resolved,
    pub(super) missing: Missing,
    pub(super) span: crate::diag::Span,
}

/// What a choice comes to.
pub(super) fn resolved(edge: &Edge<'_>, group: &[Entry], best: &Best) -> Option<Resolved> {
    undetermined(edge, group, best).or_else(|| resolve(edge, group, best))
}

/// The best of some routes to one prefix: by administrative distance, then by the decision process.
pub(super) fn best(edge: &Edge<'_>, group: &[Entry]) -> Option<Best> {
    best_of(edge, group, |index| edge.attributes.get(group.get(index)?.attributes))
}

/// As [`best`], of routes whose attributes `set` tells by their place in the group.
pub(super) fn best_of<'e>(
    edge: &Edge<'_>,
    group: &[Entry],
    set: impl Fn(usize) -> Option<&'e Attributes>,
) -> Option<Best> {
    let nearest = group.iter().map(|entry| distance(edge, *entry)).min()?;
    let (mut race, mut lost) = (Vec::new(), Vec::new());
    for (index, entry) in group.iter().enumerate() {
        if distance(edge, *entry) == nearest {
            race.push(index);
        } else {
            lost.push((index, Deciding::Distance));
        }
    }
    let attributes: Vec<&Attributes> = race.iter().filter_map(|index| set(*index)).collect();
    let selection = edge.process.select(&attributes)?;
    let at = |index: usize| race.get(index).copied();
    let kind = |index: usize| way(edge, *group.get(index)?);
    let first = at(selection.best)?;
    // Routes of equal worth share flows only where they lead the same way.
    let carriers: Vec<usize> = selection
        .multipath
        .iter()
        .filter_map(|index| at(*index))
        .filter(|index| kind(*index) == kind(first))
        .collect();
    let eliminated: Vec<(usize, Deciding)> = selection
        .eliminated
        .iter()
        .filter_map(|(index, step)| Some((at(*index)?, Deciding::Step(*step))))
        .filter(|(index, _)| !carriers.contains(index))
        .collect();
    let step = if eliminated.is_empty() && carriers.len() > 1 {
        Deciding::Shared
    } else if let Some(last) = last_step(edge, &eliminated) {
        last
    } else if lost.is_empty() {
        Deciding::Step(selection.step)
    } else {
        Deciding::Distance
    };
    lost.extend(eliminated);
    lost.sort_unstable_by_key(|(index, _)| *index);
    let by_process = nearest == LEARNED;
    let guessed = |index: usize| set(index).is_some_and(|set| is_stand_in(set.peer_address));
    let is_external = |index: usize| set(index).is_some_and(|set| set.learned == Learned::Ebgp);
    let by_age = |index: usize| !edge.process.compare_router_id && is_external(index) && is_external(first);
    let by_guess = |index: usize, step: DecisionStep| {
        matches!(step, DecisionStep::PeerAddress | DecisionStep::CandidateOrder)
            && (guessed(index) || guessed(first))
    };
    let tied = selection.eliminated.iter().filter(|(_, step)| by_process && step.is_tie_break());
    let tied = tied
        .filter_map(|(index, step)| Some((at(*index)?, *step)))
        .filter(|(index, step)| by_age(*index) || by_guess(*index, *step))
        .map(|(index, _)| index);
    let undetermined = selection.undetermined.iter().filter_map(|index| at(*index)).chain(tied);
    // A site that the company's links lead to, and Global Reach.
    let reached = |index: &usize| {
        let origin = group.get(*index).and_then(|entry| edge.source(*entry)).map(|source| &source.origin);
        matches!(origin, Some(Origin::GlobalReach(_)))
    };
    let own = group.get(first).and_then(|entry| edge.source(*entry)).and_then(|source| source.internal);
    let over_links = own.is_some_and(|own| own.brought == Brought::Own);
    let beside = (0..group.len()).filter(|index| over_links && reached(index));
    let undetermined = undetermined.chain(beside);
    let mut undetermined: Vec<usize> = undetermined.filter(|index| kind(*index) != kind(first)).collect();
    undetermined.sort_unstable();
    undetermined.dedup();
    Some(Best { carriers, step, lost, undetermined })
}

/// The step that removed the last of those that do not carry.
fn last_step(edge: &Edge<'_>, eliminated: &[(usize, Deciding)]) -> Option<Deciding> {
    let position = |deciding: &Deciding| match deciding {
        Deciding::Step(step) => edge.process.steps.iter().position(|one| one == step).unwrap_or(usize::MAX),
        _ => 0,
    };
    eliminated.iter().map(|(_, deciding)| *deciding).max_by_key(position)
}

/// Routers' order of trust: connected, static, of other sites over links, then learned.
fn distance(edge: &Edge<'_>, entry: Entry) -> u8 {
    match edge.source(entry).map(|source| (&source.origin, source.internal)) {
        Some((Origin::Site(_), None)) => 0,
        Some((Origin::Static, _)) => 1,
        // The company's own routing, which the file takes to be trusted more than what others tell.
        Some((Origin::Site(_), Some(_))) => 2,
        _ => LEARNED,
    }
}

/// The distance of what is learned from others.
const LEARNED: u8 = 20;

/// Whether a route was learned by BGP.
pub(super) fn is_learned(edge: &Edge<'_>, entry: Entry) -> bool {
    distance(edge, entry) == LEARNED
}

/// Where a route leads: its session's way, or what the edge that told it uses it for.
pub(super) fn way(edge: &Edge<'_>, entry: Entry) -> Option<Disposition> {
    match edge.source(entry)?.internal {
        Some(internal) => Some(internal.way),
        None => Some(edge.session(entry.session)?.kind.disposition()),
    }
}

/// Whether an address only stands in for a peer's that the file does not give: no peer has one of 0.0.0.0/8 or ::/112.
fn is_stand_in(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.octets().first() == Some(&0),
        IpAddr::V6(address) => address.to_bits() >> 16 == 0,
    }
}

fn carriers(edge: &Edge<'_>, group: &[Entry], best: &Best) -> Vec<Carrier> {
    let session = |index: &usize| Some(edge.session(group.get(*index)?.session)?.carrier());
    best.carriers.iter().filter_map(session).collect()
}

/// The circuits that bring the routes that carry a prefix, here or at other edges; ascending.
fn circuits(edge: &Edge<'_>, group: &[Entry], best: &Best) -> Vec<CircuitId> {
    let circuit = |index: &usize| {
        let entry = *group.get(*index)?;
        let own = || Some(edge.session(entry.session)?.carrier().circuit?.0);
        match edge.source(entry)?.internal {
            Some(internal) => internal.circuit(),
            None => own(),
        }
    };
    let mut circuits: Vec<CircuitId> = best.carriers.iter().filter_map(circuit).collect();
    circuits.sort_unstable();
    circuits.dedup();
    circuits
}

/// The answer where what is not known, the length of an AS path, the age of a route or a peer's address, would tell
/// which of two ways is used.
fn undetermined(edge: &Edge<'_>, group: &[Entry], best: &Best) -> Option<Resolved> {
    let rival = *group.get(*best.undetermined.first()?)?;
    let first = *group.get(*best.carriers.first()?)?;
    let mut both = [first, rival];
    both.sort_unstable_by_key(|entry| entry.session);
    let [one, other] = both;
    let is_unknown = |entry: &&Entry| {
        edge.attributes.get(entry.attributes).is_some_and(|attributes| !attributes.as_path.is_known())
    };
    let ways = [way(edge, one)?, way(edge, other)?];
    let (reason, step) = if let Some(unknown) = both.iter().find(is_unknown) {
        let span = edge.source(*unknown)?.span;
        (Reason::UnknownPath { ways, span }, Some(DecisionStep::AsPathLength))
    } else {
        let is_external = |entry: Entry| {
            edge.attributes.get(entry.attributes).is_some_and(|set| set.learned == Learned::Ebgp)
        };
        let by_age = !edge.process.compare_router_id && both.into_iter().all(is_external);
        let reached = |entry: &Entry| {
            edge.source(*entry).is_some_and(|source| matches!(source.origin, Origin::GlobalReach(_)))
        };
        let (tie, step) = if both.iter().any(reached) && ways.contains(&Disposition::OnPremises) {
            (Tie::GlobalReach, None)
        } else if by_age {
            (Tie::Age, Some(DecisionStep::RouterId))
        } else {
            (Tie::PeerAddress, Some(DecisionStep::PeerAddress))
        };
        (Reason::UnknownTie { ways, tie, span: edge.source(rival)?.span }, step)
    };
    let step = step.map(Deciding::Undetermined);
    let why = Arc::new(Why::new(reason, Vec::new(), step));
    Some(Resolved { disposition: Disposition::Unknown, why })
}

fn resolve(edge: &Edge<'_>, group: &[Entry], best: &Best) -> Option<Resolved> {
    let first = *group.get(*best.carriers.first()?)?;
    let source = edge.source(first)?;
    let carriers = carriers(edge, group, best);
    let disposition = way(edge, first)?;
    let reason = match source.internal {
        Some(Internal { site, brought, .. }) if brought != Brought::Own => {
            Reason::OtherEdge { site, span: source.span }
        }
        _ => reason(edge, group, best, &source.origin, source.span)?,
    };
    let carriers = if disposition == Disposition::Discarded { Vec::new() } else { carriers };
    let why = Arc::new(Why::new(reason, carriers, Some(best.step)));
    Some(Resolved { disposition, why })
}

fn reason(
    edge: &Edge<'_>,
    group: &[Entry],
    best: &Best,
    origin: &Origin,
    span: crate::diag::Span,
) -> Option<Reason> {
    let (site, circuits) = (edge.id, circuits(edge, group, best));
    let tunnel = || match edge.session(group.get(*best.carriers.first()?)?.session)?.kind {
        SessionKind::Vpn(_, index) => Some(index),
        _ => None,
    };
    Some(match origin {
        Origin::Site(owner) => Reason::Site { site: *owner, span },
        Origin::VirtualNetwork(network) => match tunnel() {
            Some(vpn) => Reason::Tunnel { vpn, network: Some(*network), span },
            None => Reason::VirtualNetwork { network: *network, circuits, span },
        },
        Origin::VirtualHub(hub) => Reason::VirtualHub { hub: *hub, circuits, span },
        Origin::RouteServer(network) => Reason::RouteServer { network: *network, circuits, span },
        Origin::Microsoft(_) => {
            // Circuits that share the prefix may hold different communities of it: the best known one.
            let known = best.carriers.iter().filter_map(|index| {
                let source = edge.source(*group.get(*index)?)?;
                match &source.origin {
                    Origin::Microsoft(all) => all.first().map(|first| (*first, source.span)),
                    _ => None,
                }
            });
            let ((evidence, community), span) = known.min_by_key(|(known, _)| *known)?;
            Reason::Advertised { circuits, community, evidence, span }
        }
        Origin::Learned => Reason::Learned { circuits, span },
        Origin::GlobalReach(partner) => Reason::GlobalReach { circuits, partner: *partner, span },
        Origin::TunnelPrefix => Reason::Tunnel { vpn: tunnel()?, network: None, span },
        Origin::Static => Reason::Static { circuits, span },
        Origin::InternetTable => Reason::InternetRoute { site, span },
        Origin::Default => Reason::DefaultRoute { site, span },
        // Never reached: doubtful routes were parted from these.
        Origin::Doubtful(..) => return None,
        Origin::Azure(reason) => (**reason).clone(),
    })
}

/// The doubt, where a doubtful route would win.
pub(super) fn uncertain(edge: &Edge<'_>, group: &[Entry], best: &Best) -> Option<Uncertain> {
    let rivals = best.carriers.iter().chain(&best.undetermined);
    let doubts = rivals.filter_map(|index| {
        let source = edge.source(*group.get(*index)?)?;
        match &source.origin {
            Origin::Doubtful(doubt, all) => all.first().map(|community| (*doubt, *community, source.span)),
            _ => None,
        }
    });
    // A tie with a route that is certainly there leaves the way as it is.
    let doubts: Vec<_> = doubts.collect();
    if best.undetermined.is_empty() && doubts.len() < best.carriers.len() {
        return None;
    }
    let (doubt, community, span) =
        doubts.into_iter().min_by_key(|(doubt, community, _)| (*doubt, *community))?;
    let carriers = carriers(edge, group, best);
    let circuits = circuits(edge, group, best);
    Some(Uncertain { doubt, community, circuits, carriers, step: best.step, span })
}
