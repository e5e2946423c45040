//! The views of a sweep.

use crate::engine::Continuity;
use crate::report::views::simulate::{DIRECTION_MEANING, LINK_MEANING};
use crate::report::{Cell, Column, ColumnKind, View};
use crate::sim::{End, OutageResult, SweepResult};

const OUTAGE: Column = Column::new(
    "outage",
    ColumnKind::Text,
    "the failure; `none` for the network as written, which comes first",
);
const VERDICT: Column = Column::new(
    "verdict",
    ColumnKind::Text,
    "its most severe effect: `leaked`, `lost`, `congested`, `reset`, `unknown`, `moved`, `kept`",
);
const WORST_LINK: Column =
    Column::new("worst_link", ColumnKind::Text, "the link with the highest load relative to its rate");
const WORST_PERMILLE: Column =
    integer("worst_permille", "the load in its busiest time bucket in thousandths of its rate, rounded down");
const PATH: Column = Column::new("path", ColumnKind::Text, "the path from the client to the remote end");
const VIA: Column = Column::new("via", ColumnKind::Text, "the session over which packets leave");

const fn bytes(name: &'static str, meaning: &'static str) -> Column {
    Column::new(name, ColumnKind::Bytes, meaning)
}

const fn integer(name: &'static str, meaning: &'static str) -> Column {
    Column::new(name, ColumnKind::Integer, meaning)
}

/// The views, by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SweepView {
    /// The results by outage.
    Sweep,
    /// The traffic by outage and path.
    Paths,
    /// The load by outage, link and direction.
    Links,
    /// Traffic in the compliance scope that uses the internet, or may use it, by outage and path.
    Compliance,
    /// The effect on traffic by outage, as a line of blocks.
    Shape,
}

impl SweepView {
    /// All views, in the order of reports.
    pub const ALL: [Self; 5] = [Self::Shape, Self::Sweep, Self::Compliance, Self::Paths, Self::Links];

    /// Returns the name of the view in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Shape => "shape",
            Self::Sweep => "sweep",
            Self::Compliance => "compliance",
            Self::Paths => "sweep_paths",
            Self::Links => "sweep_links",
        }
    }
}

/// Returns a view of the network as written and of the first `top` outages (0 for all).
pub fn view(result: &SweepResult, which: SweepView, top: usize) -> View {
    let rows = result.rows().take(if top == 0 { usize::MAX } else { top.saturating_add(1) });
    let all = result.outages.len() as u64 + 1;
    match which {
        SweepView::Sweep => View { total_rows: all, ..outages(rows) },
        SweepView::Shape => View { total_rows: all, ..shape(rows) },
        SweepView::Paths => paths(rows),
        SweepView::Links => links(rows),
        SweepView::Compliance => compliance(rows),
    }
}

/// The number of blocks in a line of [`SweepView::Shape`].
const BLOCKS: u64 = 40;
/// The effects on flows with their blocks; `None` for flows that had no path before either.
const SHAPES: [(Option<Continuity>, char); 6] = [
    (Some(Continuity::Kept), '█'),
    (Some(Continuity::Moved), '▓'),
    (Some(Continuity::Unknown), '?'),
    (Some(Continuity::Reset), '▒'),
    (Some(Continuity::Lost), '░'),
    (None, '·'),
];

/// The legend of the blocks of [`SweepView::Shape`].
pub const SHAPE_LEGEND: &str = "`shape` shows all bytes of the capture as 40 blocks: █ kept, ▓ moved, ? unknown, ▒ reset, ░ lost, \
     · no path before either; every amount above zero has at least one block";

fn shape<'r>(rows: impl Iterator<Item = &'r OutageResult>) -> View {
    let columns = [
        OUTAGE,
        VERDICT,
        Column::new(
            "becomes",
            ColumnKind::Text,
            "all bytes as 40 blocks by effect on their flows: `█` kept, `▓` moved, `?` unknown, `▒` reset, `░` lost, `·` no path \
             before either; every amount above zero has at least one block",
        ),
        bytes("leaked_ip_bytes", "bytes in the compliance scope that use the internet"),
        WORST_LINK,
        WORST_PERMILLE,
    ];
    let mut view = View::new("shape", &columns);
    for row in rows {
        let worst = row.worst_link();
        view.push(vec![
            name(row),
            Cell::from(row.verdict().word()),
            Cell::from(blocks(&SHAPES.map(|(fate, block)| (row.bytes(fate), block)))),
            Cell::from(row.leaked()),
            Cell::from(worst.map(|(link, ..)| link.to_string())),
            Cell::from(worst.map(|(.., permille)| permille)),
        ]);
    }
    view
}

/// Returns amounts as [`BLOCKS`] blocks. Each amount above zero has at least one block, and the largest has the rest.
fn blocks(amounts: &[(u64, char)]) -> String {
    let all: u128 = amounts.iter().map(|(amount, _)| u128::from(*amount)).sum();
    let mut shares: Vec<u64> = amounts
        .iter()
        .map(|(amount, _)| {
            let share = u128::from(*amount) * u128::from(BLOCKS) / all.max(1);
            u64::try_from(share).unwrap_or(BLOCKS).max(u64::from(*amount > 0))
        })
        .collect();
    let others = |shares: &[u64], largest: usize| -> u64 {
        shares.iter().enumerate().filter(|(index, _)| *index != largest).map(|(_, share)| share).sum()
    };
    let largest = (0..).zip(amounts).max_by_key(|(_, (amount, _))| *amount).map_or(0, |(index, _)| index);
    let rest = BLOCKS.saturating_sub(others(&shares, largest));
    if let Some(share) = shares.get_mut(largest).filter(|share| **share > 0) {
        *share = rest;
    }
    let lines = shares.iter().zip(amounts);
    lines.flat_map(|(share, (_, block))| (0..*share).map(move |_| *block)).collect()
}

fn outages<'r>(rows: impl Iterator<Item = &'r OutageResult>) -> View {
    let columns = [
        OUTAGE,
        VERDICT,
        bytes(
            "kept_ip_bytes",
            "bytes of flows that continue unchanged; the sum of this and the next five columns is all bytes",
        ),
        bytes(
            "moved_ip_bytes",
            "bytes of flows that continue with the same source over another path, out or back",
        ),
        bytes(
            "unknown_ip_bytes",
            "bytes of flows for which it is unknown whether they continue, or whether their replies arrive",
        ),
        bytes("reset_ip_bytes", "bytes of flows that are interrupted and must be re-established"),
        bytes("lost_ip_bytes", "bytes of flows that are interrupted and cannot be re-established"),
        bytes("not_carried_ip_bytes", "bytes of flows that had no path before either"),
        bytes("leaked_ip_bytes", "bytes in the compliance scope that use the internet"),
        bytes("unjudged_ip_bytes", "bytes in the compliance scope whose path is unknown or ambiguous"),
        bytes(
            "asymmetric_ip_bytes",
            "bytes of replies that return over another path and are dropped, or have no return path",
        ),
        bytes("discarded_ip_bytes", "bytes that a route discards"),
        bytes("no_route_ip_bytes", "bytes without a matching route"),
        bytes(
            "black_holed_ip_bytes",
            "bytes lost on its dead links until the failure is detected, based on their mean over the capture",
        ),
        integer(
            "detection_ns",
            "the maximum time until the failure is detected, in nanoseconds; empty if both ends know immediately, or without \
             traffic",
        ),
        bytes(
            "over_capacity_ip_bytes",
            "bytes that exceed the rate of links in a time bucket, over all links and directions",
        ),
        WORST_LINK,
        Column::new("worst_direction", ColumnKind::Text, DIRECTION_MEANING),
        WORST_PERMILLE,
    ];
    let mut view = View::new("sweep", &columns);
    for row in rows {
        let fate = |fate| Cell::from(row.bytes(Some(fate)));
        let worst = row.worst_link();
        view.push(vec![
            name(row),
            Cell::from(row.verdict().word()),
            fate(Continuity::Kept),
            fate(Continuity::Moved),
            fate(Continuity::Unknown),
            fate(Continuity::Reset),
            fate(Continuity::Lost),
            Cell::from(row.bytes(None)),
            Cell::from(row.leaked()),
            Cell::from(row.unjudged()),
            Cell::from(row.ended(End::Asymmetric)),
            Cell::from(row.ended(End::Discarded)),
            Cell::from(row.ended(End::NoRoute)),
            Cell::from(row.black_holed_ip_bytes),
            row.detection_ns.map_or(Cell::Empty, Cell::Duration),
            Cell::from(row.over_capacity()),
            Cell::from(worst.map(|(link, ..)| link.to_string())),
            Cell::from(worst.map(|(_, direction, _)| direction.word())),
            Cell::from(worst.map(|(.., permille)| permille)),
        ]);
    }
    view
}

fn paths<'r>(rows: impl Iterator<Item = &'r OutageResult>) -> View {
    let columns = [
        OUTAGE,
        PATH,
        VIA,
        integer("flows", "conversations (both directions of a five-tuple)"),
        integer("packets", "packets"),
        bytes("ip_bytes", "bytes according to the IP header, including the header"),
        bytes("sent_ip_bytes", "of ip_bytes, those from the client"),
        bytes("delivered_ip_bytes", "of ip_bytes, those that arrive, if no link is overloaded"),
    ];
    let mut view = View::new("sweep_paths", &columns);
    for row in rows {
        let mut paths: Vec<_> = row.paths.iter().collect();
        paths.sort_by_key(|(path, sum)| (std::cmp::Reverse(sum.tally.offered.ip_bytes), (*path).clone()));
        for (path, sum) in paths {
            view.push(vec![
                name(row),
                Cell::from(path.disposition.word()),
                Cell::from(path.via.as_ref().map(ToString::to_string)),
                Cell::from(sum.flows),
                Cell::from(sum.tally.offered.packets),
                Cell::from(sum.tally.offered.ip_bytes),
                Cell::from(sum.tally.sent.ip_bytes),
                Cell::from(sum.tally.get(End::Delivered).ip_bytes),
            ]);
        }
    }
    view
}

fn links<'r>(rows: impl Iterator<Item = &'r OutageResult>) -> View {
    let columns = [
        OUTAGE,
        Column::new("link", ColumnKind::Text, LINK_MEANING),
        Column::new("direction", ColumnKind::Text, DIRECTION_MEANING),
        integer("rate_bits_per_second", "the rate; empty if unknown, in which case the link never fills"),
        bytes("ip_bytes", "bytes that arrive at the link"),
        integer("peak_bits_per_second", "the load in the busiest time bucket, rounded down"),
        integer("peak_permille", "the same in thousandths of the rate; above 1,000 it exceeds the rate"),
        bytes("over_ip_bytes", "of ip_bytes, those that exceed the rate in their time buckets"),
    ];
    let mut view = View::new("sweep_links", &columns);
    for row in rows {
        for ((link, direction), load) in &row.links {
            view.push(vec![
                name(row),
                Cell::from(link.to_string()),
                Cell::from(direction.word()),
                Cell::from(load.rate),
                Cell::from(load.ip_bytes),
                Cell::from(load.peak_bits_per_second),
                Cell::from(load.peak_permille()),
                Cell::from(load.over_ip_bytes),
            ]);
        }
    }
    view
}

fn compliance<'r>(rows: impl Iterator<Item = &'r OutageResult>) -> View {
    let columns = [
        OUTAGE,
        Column::new(
            "scope",
            ColumnKind::Text,
            "the prefix, tag or community of the scope; the first of several",
        ),
        PATH,
        VIA,
        Column::new("leaks", ColumnKind::Flag, "whether it uses the internet; otherwise this is unknown"),
        integer("flows", "conversations (both directions of a five-tuple) in the compliance scope"),
        integer("packets", "their packets"),
        bytes("ip_bytes", "their bytes according to the IP header, including the header"),
    ];
    let mut view = View::new("compliance", &columns);
    for row in rows {
        for ((path, entry), count) in &row.compliance {
            if !OutageResult::is_against(path) {
                continue;
            }
            view.push(vec![
                name(row),
                Cell::from(entry.as_str()),
                Cell::from(path.disposition.word()),
                Cell::from(path.via.as_ref().map(ToString::to_string)),
                Cell::from(path.disposition == crate::engine::Disposition::Internet),
                Cell::from(count.flows),
                Cell::from(count.volume.packets),
                Cell::from(count.volume.ip_bytes),
            ]);
        }
    }
    view
}

fn name(row: &OutageResult) -> Cell {
    Cell::from(row.outage.as_deref().unwrap_or("none"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_amount_above_zero_has_a_block() {
        let line = |amounts: [u64; 3]| blocks(&[(amounts[0], 'a'), (amounts[1], 'b'), (amounts[2], 'c')]);
        assert_eq!(line([1_000_000, 1, 0]), format!("{}b", "a".repeat(39)));
        assert_eq!(line([1, 1, 2]), format!("{}{}{}", "a".repeat(10), "b".repeat(10), "c".repeat(20)));
        assert_eq!(line([0, 0, 0]), "");
        assert_eq!(line([u64::MAX, u64::MAX, u64::MAX]).chars().count(), 40);
    }
}
