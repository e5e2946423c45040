//! Best-path selection: the routes to one prefix that are used (Loc-RIB), and the resulting path.

mod administrative_distance;
mod alternatives;
mod deny;
mod lpm;
mod nat64;

pub(in crate::engine) use administrative_distance::is_learned;
pub(in crate::engine) use alternatives::{is_open, rivals, settle};
pub(in crate::engine) use deny::{apply_denial, denials, denials_of, denied};
pub(in crate::engine) use lpm::{
    PLATFORM, apply_block, beyond_lists, is_static_to_microsoft, platform, select, special_purpose,
};
pub(in crate::engine) use nat64::{translated, translations};

use std::net::IpAddr;
use std::sync::Arc;

use crate::engine::adj_rib_in::{Edge, Entry, Internal, RouteOrigin};
use crate::engine::decision::{Disposition, Doubt, NextHop, Reason, SelectionStep, Tie, Why};
use crate::engine::session::{Brought, SessionKind};
use crate::network::CircuitId;
use crate::rib::{Attributes, Community, DecisionStep, Learned, Missing, Selection};

use administrative_distance::{Contest, LEARNED, distance, is_static};

/// The choice among the routes to one prefix. Routes are given by their index in the compared group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Best {
    /// The best paths, best first; never empty.
    pub(super) next_hops: Vec<usize>,
    /// The deciding step.
    pub(super) step: SelectionStep,
    /// The other routes, each with the step at which it lost, in order.
    pub(super) lost: Vec<(usize, SelectionStep)>,
    /// Routes over another path that could be better: the length of an AS path is unknown, or only their age or an
    /// unknown peer address separates them from the best route.
    pub(super) undetermined: Vec<usize>,
}

/// The result for the routes to one prefix.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Settled {
    /// The result for routes that are certain to exist; `None` if there are no such routes.
    pub(super) certain: Option<Resolved>,
    /// A route that would win if it exists.
    pub(super) doubt: Option<Uncertain>,
    /// The result for a group in which a route map may have rejected every route. In that case, `certain` is `None`.
    pub(super) possibly: Option<Possibly>,
}

/// A path and the reason for it. The caller adds the prefix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Resolved {
    pub(super) disposition: Disposition,
    pub(super) why: Arc<Why>,
}

/// A route that may or may not exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Uncertain {
    pub(super) doubt: Doubt,
    pub(super) community: Community,
    pub(super) circuits: Vec<CircuitId>,
    pub(super) next_hops: Vec<NextHop>,
    pub(super) step: SelectionStep,
    pub(super) span: crate::diag::Span,
}

/// The result for routes to one prefix if they exist, and why they may not exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Possibly {
    pub(super) resolved: Resolved,
    pub(super) missing: Missing,
    pub(super) span: crate::diag::Span,
}

/// Returns the result of a choice.
pub(super) fn resolved(edge: &Edge<'_>, group: &[Entry], best: &Best) -> Option<Resolved> {
    undetermined(edge, group, best).or_else(|| resolve(edge, group, best))
}

/// Selects the best routes to one prefix, first by administrative distance, then by the decision process.
pub(super) fn best(edge: &Edge<'_>, group: &[Entry]) -> Option<Best> {
    best_of(edge, group, |index| edge.attributes.get(group.get(index)?.attributes))
}

/// As [`best`]. `set` returns the attributes of a route, given its index in the group.
pub(super) fn best_of<'e>(
    edge: &Edge<'_>,
    group: &[Entry],
    set: impl Fn(usize) -> Option<&'e Attributes>,
) -> Option<Best> {
    let is_static = |index: &usize| group.get(*index).is_some_and(|entry| is_static(edge, *entry));
    let (fixed, routed): (Vec<usize>, Vec<usize>) = (0..group.len()).partition(is_static);
    if fixed.is_empty() || routed.is_empty() {
        return best_among(edge, group, &set, fixed.into_iter().chain(routed));
    }
    let fixed = best_among(edge, group, &set, fixed.into_iter())?;
    let routed = best_among(edge, group, &set, routed.into_iter())?;
    Contest { edge, group, set }.between(fixed, routed)
}

/// As [`best_of`], for some routes of the group: either static routes only, or none.
fn best_among<'e>(
    edge: &Edge<'_>,
    group: &[Entry],
    set: impl Fn(usize) -> Option<&'e Attributes>,
    members: impl Iterator<Item = usize> + Clone,
) -> Option<Best> {
    let distance = |index: usize| group.get(index).map(|entry| distance(edge, *entry));
    let nearest = members.clone().filter_map(distance).min()?;
    let (remaining, lost): (Vec<usize>, Vec<usize>) =
        members.clone().partition(|index| distance(*index) == Some(nearest));
    let mut lost: Vec<_> = lost.into_iter().map(|index| (index, SelectionStep::Distance)).collect();
    let attributes: Vec<&Attributes> = remaining.iter().filter_map(|index| set(*index)).collect();
    let selection = edge.process.select(&attributes)?;
    let at = |index: usize| remaining.get(index).copied();
    let kind = |index: usize| way(edge, *group.get(index)?);
    let first = at(selection.best)?;
    // Routes are used with equal cost only if they lead to the same path.
    let next_hops: Vec<usize> = selection
        .multipath
        .iter()
        .filter_map(|index| at(*index))
        .filter(|index| kind(*index) == kind(first))
        .collect();
    let eliminated: Vec<(usize, SelectionStep)> = selection
        .eliminated
        .iter()
        .filter_map(|(index, step)| Some((at(*index)?, SelectionStep::Step(*step))))
        .filter(|(index, _)| !next_hops.contains(index))
        .collect();
    let step = if eliminated.is_empty() && next_hops.len() > 1 {
        SelectionStep::Shared
    } else if let Some(last) = last_step(edge, &eliminated) {
        last
    } else if lost.is_empty() {
        SelectionStep::Step(selection.step)
    } else {
        SelectionStep::Distance
    };
    lost.extend(eliminated);
    lost.sort_unstable_by_key(|(index, _)| *index);
    let doubtful = doubtful(edge, &selection, nearest == LEARNED, |index| set(*remaining.get(index)?));
    let undetermined = doubtful.into_iter().filter_map(at);
    // A site can be reached over the company's links or over Global Reach.
    let reached = |index: &usize| {
        let origin = group.get(*index).and_then(|entry| edge.source(*entry)).map(|source| &source.origin);
        matches!(origin, Some(RouteOrigin::GlobalReach(_)))
    };
    let own = group.get(first).and_then(|entry| edge.source(*entry)).and_then(|source| source.internal);
    let over_links = own.is_some_and(|own| own.brought == Brought::Own);
    let beside = members.filter(|index| over_links && reached(index));
    let undetermined = undetermined.chain(beside);
    let mut undetermined: Vec<usize> = undetermined.filter(|index| kind(*index) != kind(first)).collect();
    undetermined.sort_unstable();
    undetermined.dedup();
    Some(Best { next_hops, step, lost, undetermined })
}

/// Returns the routes that may win instead of the best route: routes with unknown attributes, and routes that lost by
/// age or by a placeholder peer address. Indexes are those of `set`.
fn doubtful<'e>(
    edge: &Edge<'_>,
    selection: &Selection,
    by_process: bool,
    set: impl Fn(usize) -> Option<&'e Attributes>,
) -> Vec<usize> {
    let best = selection.best;
    let guessed = |index: usize| set(index).is_some_and(|set| is_stand_in(set.peer_address));
    let is_external = |index: usize| set(index).is_some_and(|set| set.learned == Learned::Ebgp);
    let by_age = |index: usize| !edge.process.compare_router_id && is_external(index) && is_external(best);
    let by_guess = |index: usize, step: DecisionStep| {
        matches!(step, DecisionStep::PeerAddress | DecisionStep::CandidateOrder)
            && (guessed(index) || guessed(best))
    };
    let tied = selection.eliminated.iter().filter(|(_, step)| by_process && step.is_tie_break());
    let tied =
        tied.filter(|(index, step)| by_age(*index) || by_guess(*index, *step)).map(|(index, _)| *index);
    selection.undetermined.iter().copied().chain(tied).collect()
}

/// Returns the step that eliminated the last remaining rival.
fn last_step(edge: &Edge<'_>, eliminated: &[(usize, SelectionStep)]) -> Option<SelectionStep> {
    let position = |deciding: &SelectionStep| match deciding {
        SelectionStep::Step(step) => {
            edge.process.steps.iter().position(|one| one == step).unwrap_or(usize::MAX)
        }
        _ => 0,
    };
    eliminated.iter().map(|(_, deciding)| *deciding).max_by_key(position)
}

/// Returns the path of a route: the path over its session, or the path on which the advertising edge forwards packets.
pub(super) fn way(edge: &Edge<'_>, entry: Entry) -> Option<Disposition> {
    match edge.source(entry)?.internal {
        Some(internal) => Some(internal.way),
        None => Some(edge.session(entry.session)?.kind.disposition()),
    }
}

/// Returns whether an address is a placeholder for a peer address that the file does not give. Placeholders are in
/// 0.0.0.0/8 or ::/112, where no peer has an address.
fn is_stand_in(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.octets().first() == Some(&0),
        IpAddr::V6(address) => address.to_bits() >> 16 == 0,
    }
}

fn next_hops(edge: &Edge<'_>, group: &[Entry], best: &Best) -> Vec<NextHop> {
    let session = |index: &usize| Some(edge.session(group.get(*index)?.session)?.next_hop());
    best.next_hops.iter().filter_map(session).collect()
}

/// Returns the circuits of the best paths to a prefix, at this edge or at other edges, ascending.
fn circuits(edge: &Edge<'_>, group: &[Entry], best: &Best) -> Vec<CircuitId> {
    let circuit = |index: &usize| {
        let entry = *group.get(*index)?;
        let own = || Some(edge.session(entry.session)?.next_hop().circuit?.0);
        match edge.source(entry)?.internal {
            Some(internal) => internal.circuit(),
            None => own(),
        }
    };
    let mut circuits: Vec<CircuitId> = best.next_hops.iter().filter_map(circuit).collect();
    circuits.sort_unstable();
    circuits.dedup();
    circuits
}

/// Returns the result if an unknown value decides between two paths: the length of an AS path, the age of a route or a
/// peer's address.
fn undetermined(edge: &Edge<'_>, group: &[Entry], best: &Best) -> Option<Resolved> {
    let rival = *group.get(*best.undetermined.first()?)?;
    let first = *group.get(*best.next_hops.first()?)?;
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
            edge.source(*entry).is_some_and(|source| matches!(source.origin, RouteOrigin::GlobalReach(_)))
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
    let step = step.map(SelectionStep::Undetermined);
    let why = Arc::new(Why::new(reason, Vec::new(), step));
    Some(Resolved { disposition: Disposition::Unknown, why })
}

fn resolve(edge: &Edge<'_>, group: &[Entry], best: &Best) -> Option<Resolved> {
    let first = *group.get(*best.next_hops.first()?)?;
    let source = edge.source(first)?;
    let next_hops = next_hops(edge, group, best);
    let disposition = way(edge, first)?;
    let reason = match source.internal {
        Some(Internal { site, brought, .. }) if brought != Brought::Own => {
            Reason::OtherEdge { site, span: source.span }
        }
        _ => reason(edge, group, best, &source.origin, source.span)?,
    };
    let next_hops = if disposition == Disposition::Discarded { Vec::new() } else { next_hops };
    let why = Arc::new(Why::new(reason, next_hops, Some(best.step)));
    Some(Resolved { disposition, why })
}

fn reason(
    edge: &Edge<'_>,
    group: &[Entry],
    best: &Best,
    origin: &RouteOrigin,
    span: crate::diag::Span,
) -> Option<Reason> {
    let (site, circuits) = (edge.id, circuits(edge, group, best));
    let tunnel = || match edge.session(group.get(*best.next_hops.first()?)?.session)?.kind {
        SessionKind::Vpn(_, index) => Some(index),
        _ => None,
    };
    Some(match origin {
        RouteOrigin::Site(owner) => Reason::Site { site: *owner, span },
        RouteOrigin::VirtualNetwork(network) => match tunnel() {
            Some(vpn) => Reason::Tunnel { vpn, network: Some(*network), span },
            None => Reason::VirtualNetwork { network: *network, circuits, span },
        },
        RouteOrigin::VirtualHub(hub) => Reason::VirtualHub { hub: *hub, circuits, span },
        RouteOrigin::RouteServer(network) => Reason::RouteServer { network: *network, circuits, span },
        RouteOrigin::Microsoft(_) => {
            // Circuits that share the prefix may have different communities for it, so the community with the best
            // evidence is used.
            let known = best.next_hops.iter().filter_map(|index| {
                let source = edge.source(*group.get(*index)?)?;
                match &source.origin {
                    RouteOrigin::Microsoft(all) => all.first().map(|first| (*first, source.span)),
                    _ => None,
                }
            });
            let ((evidence, community), span) = known.min_by_key(|(known, _)| *known)?;
            Reason::Advertised { circuits, community, evidence, span }
        }
        RouteOrigin::Learned => Reason::Learned { circuits, span },
        RouteOrigin::GlobalReach(partner) => Reason::GlobalReach { circuits, partner: *partner, span },
        RouteOrigin::TunnelPrefix => Reason::Tunnel { vpn: tunnel()?, network: None, span },
        RouteOrigin::Static { .. } => Reason::Static { circuits, span },
        RouteOrigin::InternetTable => Reason::InternetRoute { site, span },
        RouteOrigin::Default => Reason::DefaultRoute { site, span },
        // Not reached: doubtful routes were removed from this group.
        RouteOrigin::Doubtful(..) => return None,
        RouteOrigin::Azure(reason) => (**reason).clone(),
    })
}

/// Returns the doubt if a doubtful route would win.
pub(super) fn uncertain(edge: &Edge<'_>, group: &[Entry], best: &Best) -> Option<Uncertain> {
    let rivals = best.next_hops.iter().chain(&best.undetermined);
    let doubts = rivals.filter_map(|index| {
        let source = edge.source(*group.get(*index)?)?;
        match &source.origin {
            RouteOrigin::Doubtful(doubt, all) => {
                all.first().map(|community| (*doubt, *community, source.span))
            }
            _ => None,
        }
    });
    // A tie with a route that is certain to exist does not change the path.
    let doubts: Vec<_> = doubts.collect();
    if best.undetermined.is_empty() && doubts.len() < best.next_hops.len() {
        return None;
    }
    let (doubt, community, span) =
        doubts.into_iter().min_by_key(|(doubt, community, _)| (*doubt, *community))?;
    let next_hops = next_hops(edge, group, best);
    let circuits = circuits(edge, group, best);
    Some(Uncertain { doubt, community, circuits, next_hops, step: best.step, span })
}
