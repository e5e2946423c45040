//! Administrative distance: the choice between a static route and the routes of other sources to the same prefix.
//!
//! Sources: Cisco, *Describe administrative distance* and *Configure a floating static route*; FRRouting, *Zebra*.

use crate::engine::adj_rib_in::{Edge, Entry, RouteOrigin};
use crate::engine::decision::SelectionStep;
use crate::network::StaticRoute;
use crate::rib::{Attributes, DecisionStep, Learned};

use super::{Best, way};

/// Compares the best static route to a prefix with the best of the other routes.
pub(super) struct Contest<'r, 'a, S> {
    pub(super) edge: &'r Edge<'a>,
    pub(super) group: &'r [Entry],
    pub(super) set: S,
}

impl<'e, S: Fn(usize) -> Option<&'e Attributes>> Contest<'_, '_, S> {
    /// Returns the winner: the route with the lower administrative distance. BGP selects its best route first, and the
    /// distance of that route counts, which depends on whether it was learned over external or internal BGP.
    pub(super) fn between(&self, fixed: Best, routed: Best) -> Option<Best> {
        let at = |index: usize| self.group.get(index).copied();
        let (static_route, first) = (*fixed.next_hops.first()?, *routed.next_hops.first()?);
        let of_static = distance(self.edge, at(static_route)?);
        let overrides =
            |index: usize| at(index).is_some_and(|entry| of_static < self.of_routed(index, entry));
        let wins = overrides(first);
        let (mut winner, loser, open) = if wins {
            // A route that may be the best instead may have a lower distance.
            let open = routed.undetermined.iter().copied().filter(|index| !overrides(*index)).collect();
            (fixed, routed, open)
        } else {
            let open = routed.undetermined.iter().copied();
            let open = open.map(|index| if overrides(index) { static_route } else { index }).collect();
            (routed, fixed, open)
        };
        let best = *winner.next_hops.first()?;
        let kind = |index: usize| way(self.edge, at(index)?);
        winner.undetermined = Vec::into_iter(open).filter(|index| kind(*index) != kind(best)).collect();
        winner.undetermined.sort_unstable();
        winner.undetermined.dedup();
        let lost = loser.next_hops.into_iter().chain(loser.lost.into_iter().map(|(index, _)| index));
        winner.lost.extend(lost.map(|index| (index, SelectionStep::Distance)));
        winner.lost.sort_unstable_by_key(|(index, _)| *index);
        if winner.step == SelectionStep::Step(DecisionStep::Only) {
            winner.step = SelectionStep::Distance;
        }
        Some(winner)
    }

    /// Returns the administrative distance of a route that is not static, in comparison with static routes. Edges of
    /// other sites are peers over internal BGP.
    fn of_routed(&self, index: usize, entry: Entry) -> u8 {
        match (distance(self.edge, entry), (self.set)(index).map(|set| set.learned)) {
            (CONNECTED, _) => CONNECTED,
            (_, Some(Learned::Ibgp)) => StaticRoute::INTERNAL_BGP,
            _ => StaticRoute::EXTERNAL_BGP,
        }
    }
}

/// Returns the administrative distance of a static route, or the rank of another route among routes that are not
/// static: connected, other sites over links, then learned.
pub(super) fn distance(edge: &Edge<'_>, entry: Entry) -> u8 {
    match edge.source(entry).map(|source| (&source.origin, source.internal)) {
        Some((RouteOrigin::Static { distance }, _)) => *distance,
        Some((RouteOrigin::Site(_), None)) => CONNECTED,
        // The company's own internal routing is preferred to routes learned from others.
        Some((RouteOrigin::Site(_), Some(_))) => 2,
        _ => LEARNED,
    }
}

/// The administrative distance of connected routes.
const CONNECTED: u8 = 0;

/// The rank of learned routes.
pub(super) const LEARNED: u8 = 20;

pub(super) fn is_static(edge: &Edge<'_>, entry: Entry) -> bool {
    edge.source(entry).is_some_and(|source| matches!(source.origin, RouteOrigin::Static { .. }))
}

/// Returns whether a route was learned over BGP.
pub(in crate::engine) fn is_learned(edge: &Edge<'_>, entry: Entry) -> bool {
    !is_static(edge, entry) && distance(edge, entry) == LEARNED
}
