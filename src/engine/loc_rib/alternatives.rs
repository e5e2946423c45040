//! Chooses among routes for which a route map matches on an unknown attribute, by evaluating every case.
//!
//! A case assigns one possible outcome to each such route. If all cases result in the same path, that path is certain.
//! Otherwise the path is unknown. Routes are assumed to vary independently, even if they share attributes.

use crate::engine::adj_rib_in::{Edge, Entry, RouteOrigin};
use crate::engine::decision::{Disposition, Reason, Why};
use crate::rib::{Attributes, Missing};

use super::{Best, Possibly, Resolved, Settled, best, best_of, resolved, uncertain, way};

/// The maximum number of cases that are evaluated.
const MOST: usize = 256;

/// Compares all routes to one prefix. Certain routes are compared only with each other, doubtful routes with all
/// routes.
pub(in crate::engine) fn settle(edge: &Edge<'_>, group: &[Entry]) -> Settled {
    let (doubtful, certain): (Vec<Entry>, Vec<Entry>) =
        group.iter().partition(|entry| is_doubtful(edge, **entry));
    if is_open(edge, &certain) {
        return settle_open(edge, &certain, &doubtful);
    }
    let resolved = best(edge, &certain).and_then(|best| resolved(edge, &certain, &best));
    if doubtful.is_empty() {
        return Settled { certain: resolved, ..Settled::default() };
    }
    let all: Vec<Entry> = certain.iter().chain(&doubtful).copied().collect();
    let doubt = best(edge, &all).and_then(|best| uncertain(edge, &all, &best));
    Settled { certain: resolved, doubt, possibly: None }
}

/// Returns whether any of these routes has more than one possible outcome.
pub(in crate::engine) fn is_open(edge: &Edge<'_>, group: &[Entry]) -> bool {
    group.iter().any(|entry| open(edge, *entry).is_some())
}

fn open(edge: &Edge<'_>, entry: Entry) -> Option<Missing> {
    edge.attributes.get(entry.attributes)?.unsettled.as_ref().map(|unsettled| unsettled.missing)
}

/// One case: the routes that exist, by their index in the group, and their attributes.
struct Case<'e> {
    places: Vec<usize>,
    group: Vec<Entry>,
    sets: Vec<&'e Attributes>,
}

/// Lists every case; `None` if there are too many.
fn all_cases<'e>(edge: &'e Edge<'_>, group: &[Entry]) -> Option<Vec<Case<'e>>> {
    let mut fates: Vec<Vec<Option<&'e Attributes>>> = Vec::with_capacity(group.len());
    let mut count = 1_usize;
    for entry in group {
        let set = edge.attributes.get(entry.attributes)?;
        let mut of_one = vec![Some(set)];
        if let Some(unsettled) = &set.unsettled {
            if unsettled.more {
                return None;
            }
            of_one.extend(unsettled.others.iter().map(Some));
            of_one.extend(unsettled.denied.then_some(None));
        }
        count = count.checked_mul(of_one.len()).filter(|count| *count <= MOST)?;
        fates.push(of_one);
    }
    let case = |number: usize| {
        let mut case = Case { places: Vec::new(), group: Vec::new(), sets: Vec::new() };
        let mut rest = number;
        for (place, (entry, of_one)) in group.iter().zip(&fates).enumerate() {
            let fate = of_one.get(rest % of_one.len().max(1)).copied().flatten();
            rest /= of_one.len().max(1);
            if let Some(set) = fate {
                case.places.push(place);
                case.group.push(*entry);
                case.sets.push(set);
            }
        }
        case
    };
    Some((0..count).map(case).collect())
}

impl Case<'_> {
    fn best(&self, edge: &Edge<'_>) -> Option<Best> {
        best_of(edge, &self.group, |index| self.sets.get(index).copied())
    }
}

/// Determines the result for a group in which a route that is certain to be advertised has more than one possible
/// outcome.
fn settle_open(edge: &Edge<'_>, certain: &[Entry], doubtful: &[Entry]) -> Settled {
    let all: Vec<Entry> = certain.iter().chain(doubtful).copied().collect();
    let missing = certain.iter().filter_map(|entry| open(edge, *entry)).reduce(Missing::and);
    let first = certain.iter().find(|entry| open(edge, **entry).is_some());
    let span = first.and_then(|entry| edge.source(*entry)).map(|source| source.span);
    let (Some(missing), Some(span)) = (missing, span) else { return Settled::default() };
    let doubt = if doubtful.is_empty() {
        None
    } else {
        let cases = all_cases(edge, &all).unwrap_or_default();
        cases.iter().find_map(|case| uncertain(edge, &case.group, &case.best(edge)?))
    };
    let Some(cases) = all_cases(edge, certain) else {
        let mut ways = ways(edge, certain);
        ways.push(Disposition::Unreachable);
        let certain = Some(undecided(&ways, missing, span));
        return Settled { certain, doubt, possibly: None };
    };
    let mut found: Vec<Resolved> = Vec::new();
    let mut absent = false;
    for case in &cases {
        match case.best(edge).and_then(|best| resolved(edge, &case.group, &best)) {
            // A path that is unknown for another reason stays unknown.
            Some(other) if other.disposition == Disposition::Unknown => {
                return Settled { certain: Some(other), doubt, possibly: None };
            }
            Some(other) if found.iter().any(|known| known.disposition == other.disposition) => {}
            Some(other) => found.push(other),
            None => absent = true,
        }
    }
    let ways: Vec<Disposition> = found.iter().map(|resolved| resolved.disposition).collect();
    match (found.pop(), ways.len()) {
        (Some(resolved), 1) if absent => {
            Settled { certain: None, doubt, possibly: Some(Possibly { resolved, missing, span }) }
        }
        (only, 0 | 1) => Settled { certain: only, doubt, possibly: None },
        _ => Settled { certain: Some(undecided(&ways, missing, span)), doubt, possibly: None },
    }
}

/// Returns the paths of the sessions over which some routes were learned, each path once.
fn ways(edge: &Edge<'_>, group: &[Entry]) -> Vec<Disposition> {
    let mut ways: Vec<Disposition> = group.iter().filter_map(|entry| way(edge, *entry)).collect();
    ways.sort_unstable();
    ways.dedup();
    ways
}

/// Returns the result if cases lead to different paths. The result names the first two paths.
pub(in crate::engine) fn undecided(
    ways: &[Disposition],
    missing: Missing,
    span: crate::diag::Span,
) -> Resolved {
    let mut ways = ways.to_vec();
    ways.sort_unstable();
    ways.dedup();
    let one = ways.first().copied().unwrap_or(Disposition::Unreachable);
    let other = ways.get(1).copied().unwrap_or(Disposition::Unreachable);
    let reason = Reason::UnknownPolicy { ways: [one, other], missing, span };
    let why = std::sync::Arc::new(Why::new(reason, Vec::new(), None));
    Resolved { disposition: Disposition::Unknown, why }
}

/// Returns the indexes of the routes in a group that are best paths in some case. Returns all indexes if there are too
/// many cases.
pub(in crate::engine) fn rivals(edge: &Edge<'_>, group: &[Entry]) -> Vec<usize> {
    let Some(cases) = all_cases(edge, group) else { return (0..group.len()).collect() };
    let mut all: Vec<usize> = Vec::new();
    for case in &cases {
        let next_hops = case.best(edge).map(|best| best.next_hops).unwrap_or_default();
        all.extend(next_hops.iter().filter_map(|index| case.places.get(*index)));
    }
    all.sort_unstable();
    all.dedup();
    all
}

fn is_doubtful(edge: &Edge<'_>, entry: Entry) -> bool {
    edge.source(entry).is_some_and(|source| matches!(source.origin, RouteOrigin::Doubtful(..)))
}
