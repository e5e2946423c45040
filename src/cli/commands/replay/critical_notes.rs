//! Notes about critical traffic: expectations that are missed or cannot be decided, and marks.

use crate::report::{Note, duration};
use crate::sim::scenario::{Bound, ClassMatch, CriticalScope, LinkName, Scenario};
use crate::sim::{BoundVerdict, CriticalRow, End, LinkResult, SimResult};

/// The document that demands which marks are kept.
const QOS: &str = "Microsoft, ExpressRoute QoS requirements, 2023-06-30";

/// Returns the notes about the critical traffic of a variant.
pub(super) fn of_critical(result: &SimResult, scenario: &Scenario) -> Vec<Note> {
    let scopes = scenario.critical.iter().filter(|scope| scope.expect.is_some());
    let mut notes: Vec<Note> =
        scopes.filter_map(|scope| of_scope(result, scenario, scope)).map(Note::warning).collect();
    notes.extend(of_marks(result).map(Note::warning));
    if !result.critical.is_empty() {
        notes.extend(of_delays(result).map(Note::advice));
    }
    notes
}

/// Reports that the expectation of a scope is missed, or cannot be decided.
fn of_scope(result: &SimResult, scenario: &Scenario, scope: &CriticalScope) -> Option<String> {
    let span = scope.expect.as_ref()?.span;
    let place = format!("({}:{})", scenario.source.name(), scenario.source.position(span.start).0);
    let name = &scope.name;
    if result.unmeasured.contains(name) {
        return Some(format!(
            "the capture has no packet of `{name}`, so whether its expectation is met is unknown {place}: capture where its \
             packets pass, or correct the scope"
        ));
    }
    let rows = || result.critical.iter().filter(|row| row.scope.as_ref() == Some(name));
    let verdict = rows().filter_map(|row| row.verdict).max()?;
    let all: Vec<&CriticalRow> = rows().filter(|row| row.verdict == Some(verdict)).collect();
    let row = *all.first()?;
    let more = if all.len() > 1 {
        format!(" (and in {} more of the view `critical`)", all.len() - 1)
    } else {
        String::new()
    };
    let place_of_row = of_row(row);
    match verdict {
        BoundVerdict::Kept => None,
        BoundVerdict::Missed => {
            let missed: Vec<String> = row.missed.iter().map(|bound| excess(row, scope, *bound)).collect();
            Some(format!(
                "`{name}` misses {} {place_of_row}{more} {place}: the view `link-classes` shows where its packets wait; give \
                 them a class there, or raise the rate",
                missed.join(" and ")
            ))
        }
        BoundVerdict::Unknown => {
            let why = match (&row.unrated, &row.undelayed) {
                _ if row.tally.get(End::Unknown).packets > 0 => {
                    format!("the outcome of {} packets is unknown", row.tally.get(End::Unknown).packets)
                }
                (Some(link), _) => format!("the rate of `{link}` is unknown: set it under `links`"),
                (None, Some(link)) => {
                    format!("the propagation delay of `{link}` is unknown: set `delay` under `links`")
                }
                (None, None) => "no packet was delivered".to_owned(),
            };
            Some(format!(
                "whether the expectation of `{name}` is met is unknown {place_of_row}{more} {place}: {why}"
            ))
        }
    }
}

/// Describes where a row was measured.
fn of_row(row: &CriticalRow) -> String {
    let via = row.path.via.as_ref().map(|via| format!(" over {via}")).unwrap_or_default();
    let after = match row.failures.first() {
        Some(failure) => format!(" after the failure of {failure}"),
        None => format!(" in epoch {}", row.epoch),
    };
    format!("on {}{via}, {}{after}", row.path.disposition, row.direction.word())
}

/// Describes a figure that exceeds its bound.
fn excess(row: &CriticalRow, scope: &CriticalScope, bound: Bound) -> String {
    let bounds = scope.expect.iter().flat_map(|expect| &expect.bounds);
    let most = bounds.filter(|(own, _)| *own == bound).map(|(_, most)| *most).next().unwrap_or(0);
    let found = match bound {
        Bound::Loss => row.loss_millionths(),
        Bound::Jitter => row.jitter_ns,
        Bound::DelayP50 => row.delay.map(|delay| delay.p50_ns),
        Bound::DelayP95 => row.delay.map(|delay| delay.p95_ns),
        Bound::DelayP99 => row.delay.map(|delay| delay.p99_ns),
        Bound::DelayMax => row.delay.map(|delay| delay.max_ns),
    };
    let shown = |value: u64| match bound {
        Bound::Loss => {
            let share = format!("{}.{:04}", value / 10_000, value % 10_000);
            format!("{} %", share.trim_end_matches('0').trim_end_matches('.'))
        }
        _ => duration(value),
    };
    format!("`{}: {}` ({})", bound.key(), shown(most), shown(found.unwrap_or(0)))
}

/// Reports packets whose mark Microsoft does not keep.
fn of_marks(result: &SimResult) -> Option<String> {
    let marks: Vec<String> =
        result.lost_marks.iter().map(|(mark, packets)| format!("{mark} ({packets} packets)")).collect();
    (!marks.is_empty()).then(|| {
        format!(
            "packets to Microsoft over Microsoft peering have DSCP {}: Microsoft keeps only EF (46), AF41 (34), AF21 (18), \
             AF11 (10) and 0; rewrite other values to 0 at the edge [{QOS}]",
            marks.join(", ")
        )
    })
}

/// Reports links whose delay counts as none.
fn of_delays(result: &SimResult) -> Option<String> {
    let used = |link: &&LinkResult| link.totals.iter().any(|carried| carried.offered.packets > 0);
    let without =
        |link: &&LinkResult| link.figures.delay_ns.is_none() && !matches!(link.name, LinkName::Circuit(_));
    let links = result.links.iter().filter(used).filter(without);
    let names: Vec<String> = links.map(|link| format!("`{}`", link.name)).collect();
    (!names.is_empty()).then(|| {
        format!("the propagation delay of {} counts as 0: set `delay` under `links`", names.join(", "))
    })
}

/// Returns whether a scenario selects packets by their marks.
pub(super) fn needs_marks(scenario: &Scenario) -> bool {
    let mut classes = scenario.links.iter().flat_map(|link| &link.qos);
    scenario.critical.iter().any(|scope| !scope.dscp.is_empty())
        || classes.any(|class| matches!(class.of, ClassMatch::Dscp(_)))
}
