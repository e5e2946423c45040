//! The views of a sweep.

use crate::engine::Continuity;
use crate::report::views::simulate::{DIRECTION_MEANING, LINK_MEANING};
use crate::report::{Cell, Column, ColumnKind, View};
use crate::sim::{End, OutageResult, SweepResult};

const OUTAGE: Column = Column::new(
    "outage",
    ColumnKind::Text,
    "what fails; `none` for the network as it is written, which comes first",
);
const VERDICT: Column = Column::new(
    "verdict",
    ColumnKind::Text,
    "the gravest of what it does: `leaked`, `lost`, `congested`, `reset`, `unknown`, `moved`, `kept`",
);
const WORST_LINK: Column =
    Column::new("worst_link", ColumnKind::Text, "the link that is filled most, of those with a known rate");
const WORST_PERMILLE: Column =
    integer("worst_permille", "its busiest bucket of time in thousandths of its rate, rounded down");
const PATH: Column = Column::new("path", ColumnKind::Text, "the path from the client to the remote end");
const VIA: Column = Column::new("via", ColumnKind::Text, "the session that packets leave over");

const fn bytes(name: &'static str, meaning: &'static str) -> Column {
    Column::new(name, ColumnKind::Bytes, meaning)
}

const fn integer(name: &'static str, meaning: &'static str) -> Column {
    Column::new(name, ColumnKind::Integer, meaning)
}

/// The views, by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SweepView {
    /// By outage.
    Sweep,
    /// By outage and path.
    Paths,
    /// By outage, link and direction.
    Links,
    /// What of the compliance scope touches the internet, or may, by outage and path.
    Compliance,
    /// By outage, what becomes of traffic as a line of blocks.
    Shape,
}

impl SweepView {
    /// All of them, in the order of reports.
    pub const ALL: [Self; 5] = [Self::Shape, Self::Sweep, Self::Compliance, Self::Paths, Self::Links];

    /// The name of the view in reports.
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

/// A view of the network as it is written and of the first `top` outages (0: of all).
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

/// Blocks of a line of [`SweepView::Shape`].
const BLOCKS: u64 = 40;
/// What becomes of flows, each by its block; `None`: nothing carried them before either.
const SHAPES: [(Option<Continuity>, char); 6] = [
    (Some(Continuity::Kept), '█'),
    (Some(Continuity::Moved), '▓'),
    (Some(Continuity::Unknown), '?'),
    (Some(Continuity::Reset), '▒'),
    (Some(Continuity::Lost), '░'),
    (None, '·'),
];

/// What the blocks of [`SweepView::Shape`] stand for.
pub const SHAPE_LEGEND: &str = "in `shape` all bytes of the capture are 40 blocks: █ kept, ▓ moved, ? unknown, ▒ reset, ░ lost, · not carried before either; what is not nothing has a block";

fn shape<'r>(rows: impl Iterator<Item = &'r OutageResult>) -> View {
    let columns = [
        OUTAGE,
        VERDICT,
        Column::new(
            "becomes",
            ColumnKind::Text,
            "all bytes as 40 blocks by what becomes of their flows: `█` kept, `▓` moved, `?` unknown, `▒` reset, `░` lost, `·` not carried before either; what is not nothing has a block",
        ),
        bytes("leaked_ip_bytes", "bytes of the compliance scope on the internet"),
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

/// Amounts as [`BLOCKS`] blocks: each that is not zero at least one, the largest what is left.
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
        bytes("kept_ip_bytes", "bytes of flows that go on as they did; with the next five all bytes"),
        bytes("moved_ip_bytes", "bytes of flows that go on another way, out or back, from the same source"),
        bytes(
            "unknown_ip_bytes",
            "bytes of flows of which it cannot be told whether they go on, or whether their answers arrive",
        ),
        bytes("reset_ip_bytes", "bytes of flows that break and have to begin anew"),
        bytes("lost_ip_bytes", "bytes of flows that break, where new ones fail too"),
        bytes("not_carried_ip_bytes", "bytes of flows that nothing carried before either"),
        bytes("leaked_ip_bytes", "bytes of the compliance scope on the internet"),
        bytes("unjudged_ip_bytes", "bytes of the compliance scope whose path is unknown or ambiguous"),
        bytes("asymmetric_ip_bytes", "answers that come another way and are dropped, or have no way back"),
        bytes("discarded_ip_bytes", "bytes that are dropped where a route leads"),
        bytes("no_route_ip_bytes", "bytes to which nothing leads"),
        bytes(
            "black_holed_ip_bytes",
            "bytes that its dead wires carry until it is noticed, by their mean over the capture",
        ),
        integer(
            "detection_ns",
            "how long it goes unnoticed at most, in nanoseconds; empty where both ends know at once, or no traffic is there",
        ),
        bytes(
            "over_capacity_ip_bytes",
            "bytes past what links carry in a bucket of time, over all links and directions",
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
        bytes("ip_bytes", "bytes by the IP header, header included"),
        bytes("sent_ip_bytes", "of ip_bytes, those from the client"),
        bytes("delivered_ip_bytes", "of ip_bytes, those that arrive, as far as links carry them"),
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
        integer("rate_bits_per_second", "the rate; empty: not known, so the link never fills"),
        bytes("ip_bytes", "bytes that come to the link"),
        integer("peak_bits_per_second", "the busiest bucket of time, rounded down"),
        integer("peak_permille", "the same in thousandths of the rate; past 1,000 it does not fit"),
        bytes("over_ip_bytes", "of ip_bytes, those past what the rate carries in their buckets"),
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
            "the prefix, tag or community of the scope; of several the first",
        ),
        PATH,
        VIA,
        Column::new("leaks", ColumnKind::Flag, "whether it touches the internet; else nobody can tell"),
        integer("flows", "conversations (both directions of a five-tuple) of the compliance scope"),
        integer("packets", "their packets"),
        bytes("ip_bytes", "their bytes by the IP header, header included"),
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
    fn what_is_not_nothing_has_a_block() {
        let line = |amounts: [u64; 3]| blocks(&[(amounts[0], 'a'), (amounts[1], 'b'), (amounts[2], 'c')]);
        assert_eq!(line([1_000_000, 1, 0]), format!("{}b", "a".repeat(39)));
        assert_eq!(line([1, 1, 2]), format!("{}{}{}", "a".repeat(10), "b".repeat(10), "c".repeat(20)));
        assert_eq!(line([0, 0, 0]), "");
        assert_eq!(line([u64::MAX, u64::MAX, u64::MAX]).chars().count(), 40);
    }
}
