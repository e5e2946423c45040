//! The variants side by side, with one row for each variant.

use std::collections::BTreeSet;

use crate::report::View;
use crate::report::columns::Columns;
use crate::report::views::shared::{
    LoadedLink, conversations, ip_bytes, worst_direction, worst_link, worst_permille,
};
use crate::report::views::simulate::Named;
use crate::report::views::simulate::links::permille;
use crate::report::views::simulate::variant::{changed_flows, longest_outage, outcome, rows, variant};
use crate::sim::{BoundVerdict, CriticalRow, Direction, End, Fate, FateSum, SimResult, Tally};

/// The sums of a variant.
struct Summary<'r> {
    total: Tally,
    leaked: Option<u64>,
    flows: u64,
    changed: u64,
    outage_ns: u64,
    worst: Option<LoadedLink<'r>>,
    critical: Critical,
}

/// The critical traffic of a variant, without failures.
struct Critical {
    verdict: Option<BoundVerdict>,
    missed: Vec<String>,
    delay_p99_ns: Option<u64>,
    loss_millionths: Option<u64>,
}

impl Critical {
    fn of(result: &SimResult) -> Self {
        let rows = || result.critical.iter().filter(|row| row.scope.is_some());
        let named = rows().flat_map(|row| row.missed.iter().map(|bound| (row.scope.as_deref(), *bound)));
        let missed: BTreeSet<_> = named.collect();
        let own = || rows().filter(|row| row.failures.is_empty());
        Self {
            verdict: result.verdict(),
            missed: missed
                .into_iter()
                .map(|(scope, bound)| format!("{} {}", scope.unwrap_or_default(), bound.key()))
                .collect(),
            delay_p99_ns: own().filter_map(|row| Some(row.delay?.p99_ns)).max(),
            loss_millionths: own().filter_map(CriticalRow::loss_millionths).max(),
        }
    }
}

impl<'r> Summary<'r> {
    fn of(result: &'r SimResult) -> Self {
        let flows: u64 = result.fates.values().map(|sum| sum.gravest).sum();
        Self {
            total: result.total(),
            leaked: result.watched.then(|| result.leaked().ip_bytes),
            flows,
            changed: flows - fate(result, Fate::Kept).gravest,
            outage_ns: result.fates.values().map(|sum| sum.longest_outage_ns).max().unwrap_or(0),
            worst: worst(result),
            critical: Critical::of(result),
        }
    }
}

fn fate(result: &SimResult, fate: Fate) -> FateSum {
    result.fates.get(&fate).copied().unwrap_or_default()
}

pub(super) fn variants(results: &[Named<'_>]) -> View {
    variant::<Summary<'_>>()
        .group(|row| &row.of.total.offered.ip_bytes, ip_bytes())
        .group(|row| &row.of.total, outcome(End::Delivered))
        .bytes(
            "lost_ip_bytes",
            "the part of ip_bytes lost in a queue, on a dead link or through routing",
            |row| row.of.total.lost().ip_bytes,
        )
        .group(|row| &row.of.total, outcome(End::Unknown))
        .bytes(
            "leaked_ip_bytes",
            "the part of ip_bytes in the compliance scope that used the internet; empty without a scope",
            |row| row.of.leaked,
        )
        .group(|row| &row.of.flows, conversations())
        .group(|row| &row.of.changed, changed_flows())
        .integer(
            "reset_flows",
            "the number of conversations that were reset, with or without other fates",
            |row| fate(row.result, Fate::Reset).flows,
        )
        .integer(
            "moved_flows",
            "the number of conversations that moved, with or without other fates",
            |row| fate(row.result, Fate::Moved).flows,
        )
        .group(|row| &row.of.outage_ns, longest_outage())
        .group_if(|row| row.of.worst.as_ref(), worst_link())
        .group_if(|row| row.of.worst.as_ref(), worst_direction())
        .group_if(|row| row.of.worst.as_ref(), worst_permille())
        .group(|row| &row.of.critical, critical())
        .view("variants", rows(results, |result| Some(Summary::of(result))))
}

fn critical<'c>() -> Columns<'c, Critical> {
    Columns::<Critical>::new()
        .text(
            "critical_verdict",
            "the worst verdict on critical traffic, also after failures: `kept`, `unknown` or `missed`; empty if nothing is expected",
            |critical| critical.verdict.map(BoundVerdict::word),
        )
        .list("critical_missed", "the critical scopes with the bounds that they exceed", |critical| {
            critical.missed.clone()
        })
        .duration(
            "critical_delay_p99_ns",
            "the highest 99th percentile of the one-way delay in any row of critical traffic, without failures of \
             `survives`, in nanoseconds",
            |critical| critical.delay_p99_ns,
        )
        .integer(
            "critical_loss_millionths",
            "the highest loss in any of these rows, in millionths of its packets, rounded up",
            |critical| critical.loss_millionths,
        )
}

/// Returns the link with the highest load relative to its rate, among links with a known rate. If several links are
/// equal, the first is returned.
fn worst(result: &SimResult) -> Option<LoadedLink<'_>> {
    let both = result.links.iter().flat_map(|link| Direction::ALL.map(|direction| (link, direction)));
    let filled = both.filter_map(|(link, direction)| {
        let peak = link.peak_bits_per_second(direction);
        let rate = link.figures.rate.filter(|_| peak > 0)?;
        Some((&link.name, direction, permille(peak, rate)))
    });
    filled.reduce(|first, next| if next.2 > first.2 { next } else { first })
}
