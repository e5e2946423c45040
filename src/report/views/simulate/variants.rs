//! The variants side by side, with one row for each.

use crate::report::views::simulate::{
    Cell, Column, ColumnKind, DIRECTION_MEANING, IP_BYTES, Named, VARIANT, View,
};
use crate::sim::{Direction, End, Fate, SimResult};

const fn integer(name: &'static str, meaning: &'static str) -> Column {
    Column::new(name, ColumnKind::Integer, meaning)
}

const fn bytes(name: &'static str, meaning: &'static str) -> Column {
    Column::new(name, ColumnKind::Bytes, meaning)
}

pub(super) fn variants(results: &[Named<'_>]) -> View {
    let columns = [
        VARIANT,
        IP_BYTES,
        bytes("delivered_ip_bytes", "of ip_bytes, those that arrived"),
        bytes("lost_ip_bytes", "of ip_bytes, those lost in a queue, on a dead link or by routing"),
        bytes(
            "unknown_ip_bytes",
            "of ip_bytes, those with an unknown path, and replies for which it is unknown whether they arrive",
        ),
        bytes(
            "leaked_ip_bytes",
            "of ip_bytes, those in the compliance scope that used the internet; empty without a scope",
        ),
        integer("flows", "conversations (both directions of a five-tuple)"),
        integer("changed_flows", "of these, those with a fate other than `kept`"),
        integer("reset_flows", "of these, those that were reset, perhaps among other fates"),
        integer("moved_flows", "of these, those that moved, perhaps among other fates"),
        integer(
            "longest_outage_ns",
            "the longest time for which one of them lost packets on dead links, in nanoseconds",
        ),
        Column::new("worst_link", ColumnKind::Text, "the link with the highest load relative to its rate"),
        Column::new("worst_direction", ColumnKind::Text, DIRECTION_MEANING),
        integer(
            "worst_permille",
            "the load in its busiest time bucket in thousandths of its rate, rounded down",
        ),
    ];
    let mut view = View::new("variants", &columns);
    for (name, result) in results {
        view.push(row(name, result));
    }
    view
}

fn row(name: &str, result: &SimResult) -> Vec<Cell> {
    let total = result.total();
    let fate = |fate: Fate| result.fates.get(&fate).copied().unwrap_or_default();
    let flows: u64 = result.fates.values().map(|sum| sum.gravest).sum();
    let outage = result.fates.values().map(|sum| sum.longest_outage_ns).max().unwrap_or(0);
    let worst = worst(result);
    vec![
        Cell::from(name),
        Cell::from(total.offered.ip_bytes),
        Cell::from(total.get(End::Delivered).ip_bytes),
        Cell::from(total.lost().ip_bytes),
        Cell::from(total.get(End::Unknown).ip_bytes),
        Cell::from(result.watched.then(|| result.leaked().ip_bytes)),
        Cell::from(flows),
        Cell::from(flows - fate(Fate::Kept).gravest),
        Cell::from(fate(Fate::Reset).flows),
        Cell::from(fate(Fate::Moved).flows),
        Cell::Duration(outage),
        Cell::from(worst.as_ref().map(|(link, ..)| link.as_str())),
        Cell::from(worst.as_ref().map(|(_, direction, _)| direction.word())),
        Cell::from(worst.as_ref().map(|(.., permille)| *permille)),
    ]
}

/// Returns the link with the highest load relative to its rate, the first of equal ones.
fn worst(result: &SimResult) -> Option<(String, Direction, u64)> {
    let both = result.links.iter().flat_map(|link| Direction::ALL.map(|direction| (link, direction)));
    let filled = both.filter_map(|(link, direction)| {
        let peak = link.peak_bits_per_second(direction);
        let rate = link.figures.rate.filter(|_| peak > 0)?;
        Some((link.name.to_string(), direction, crate::report::views::simulate::links::permille(peak, rate)))
    });
    filled.reduce(|first, next| if next.2 > first.2 { next } else { first })
}
