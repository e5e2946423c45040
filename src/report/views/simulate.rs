//! The views of a simulation.

mod flows;
mod links;
mod services;
mod variants;

use crate::report::{Cell, Column, ColumnKind, View};
use crate::sim::{End, Fate, PathLabel, SimResult, Tally, Volume};

/// The meaning of the direction of a link.
pub(super) const DIRECTION_MEANING: &str = "`out` from the company to Microsoft and the internet, `in` to the company; on \
     a link between sites, `out` in the order of its `sites`; at an appliance and on `SITE/wan`, `out` from the client";
/// The kinds of links.
pub(super) const LINK_MEANING: &str = "internet edge, connection, circuit (the limit that its connections share), gateway, \
     link of a site to the company's network, tunnel, link between sites, or appliance";
pub(super) const VARIANT: Column =
    Column::new("variant", ColumnKind::Text, "the network or scenario that was replayed");
const PATH: Column = Column::new("path", ColumnKind::Text, "the path from the client to the remote end");
const VIA: Column = Column::new("via", ColumnKind::Text, "the session over which packets leave");
const PACKETS: Column = Column::new("packets", ColumnKind::Integer, "packets");
const FRAME_BYTES: Column =
    Column::new("frame_bytes", ColumnKind::Bytes, "bytes of whole frames on the wire");
const IP_BYTES: Column =
    Column::new("ip_bytes", ColumnKind::Bytes, "bytes according to the IP header, including the header");
const FLOWS: Column = Column::new(
    "flows",
    ColumnKind::Integer,
    "conversations (both directions of a five-tuple) with a packet on the path",
);

/// The outcomes of packets, with one column for each.
const ENDS: [Column; 7] = [
    Column::new("delivered_ip_bytes", ColumnKind::Bytes, "of ip_bytes, those that arrived"),
    Column::new("congested_ip_bytes", ColumnKind::Bytes, "of ip_bytes, those that a full queue dropped"),
    Column::new(
        "black_holed_ip_bytes",
        ColumnKind::Bytes,
        "of ip_bytes, those lost on a dead link before its failure was detected",
    ),
    Column::new(
        "asymmetric_ip_bytes",
        ColumnKind::Bytes,
        "of ip_bytes, replies that return over another path and are dropped there, or have no return path",
    ),
    Column::new("discarded_ip_bytes", ColumnKind::Bytes, "of ip_bytes, those that a route discarded"),
    Column::new("no_route_ip_bytes", ColumnKind::Bytes, "of ip_bytes, those without a matching route"),
    Column::new(
        "unknown_ip_bytes",
        ColumnKind::Bytes,
        "of ip_bytes, those with an unknown path, and replies for which it is unknown whether they arrive",
    ),
];

/// The views, by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SimView {
    /// The variants side by side.
    Variants,
    /// The traffic by epoch and path.
    Timeline,
    /// Delivered and lost traffic by path over time, as a line of blocks.
    Shape,
    /// The traffic by link and direction.
    Links,
    /// The traffic by link, direction and time bucket.
    LinkSeries,
    /// The traffic by path and time bucket.
    PathSeries,
    /// The traffic by fate.
    Fates,
    /// The traffic by service of the remote end.
    Services,
    /// Conversations with a fate other than `kept`.
    FlowsChanged,
    /// The events with their times.
    Events,
    /// The traffic in the compliance scope by path.
    Compliance,
    /// The offered traffic and its outcome.
    Conservation,
}

impl SimView {
    /// All views, in the order of reports.
    pub const ALL: [Self; 12] = [
        Self::Variants,
        Self::Fates,
        Self::Compliance,
        Self::Events,
        Self::Timeline,
        Self::Shape,
        Self::PathSeries,
        Self::Services,
        Self::FlowsChanged,
        Self::Links,
        Self::LinkSeries,
        Self::Conservation,
    ];
}

impl SimView {
    /// Returns the name of the view in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Variants => "variants",
            Self::Timeline => "timeline",
            Self::Shape => "shape",
            Self::PathSeries => "path_series",
            Self::Links => "links",
            Self::LinkSeries => "link_series",
            Self::Fates => "fates",
            Self::Services => "services",
            Self::FlowsChanged => "flows_changed",
            Self::Events => "events",
            Self::Compliance => "compliance",
            Self::Conservation => "conservation",
        }
    }
}

/// The result of a variant with its name in reports.
pub type Named<'r> = (&'r str, &'r SimResult);

/// Returns a view of the results of variants. The services and the changed flows of each are cut to `top` rows (0 for all).
pub fn view(results: &[Named<'_>], which: SimView, top: usize) -> View {
    match which {
        SimView::Variants => variants::variants(results),
        SimView::Timeline => timeline(results),
        SimView::Shape => shape(results),
        SimView::PathSeries => path_series(results),
        SimView::Links => links::links(results),
        SimView::LinkSeries => links::series(results),
        SimView::Fates => fates(results),
        SimView::Services => cut(services::services(results), top),
        SimView::FlowsChanged => cut(flows::changed(results), top),
        SimView::Events => events(results),
        SimView::Compliance => compliance(results),
        SimView::Conservation => conservation(results),
    }
}

/// Keeps the first `top` rows of each variant (0 for all). The rows of a variant must be consecutive.
fn cut(mut view: View, top: usize) -> View {
    let (mut variant, mut seen) = (None, 0);
    view.rows.retain(|row| {
        if row.first() != variant.as_ref() {
            variant = row.first().cloned();
            seen = 0;
        }
        seen += 1;
        top == 0 || seen <= top
    });
    view
}

fn timeline(results: &[Named<'_>]) -> View {
    let mut columns = vec![
        VARIANT,
        Column::new("epoch", ColumnKind::Integer, "the number of the epoch, a period without changes"),
        Column::new("start", ColumnKind::Time, "the start of the epoch, in the time of the replay"),
        Column::new(
            "end",
            ColumnKind::Time,
            "the start of the next epoch; for the last epoch, its last packet",
        ),
        PATH,
        VIA,
        FLOWS,
        PACKETS,
        IP_BYTES,
        Column::new("sent_ip_bytes", ColumnKind::Bytes, "of ip_bytes, those from the client"),
    ];
    columns.extend(ENDS);
    let mut view = View::new("timeline", &columns);
    for (name, result) in results {
        let mut rows: Vec<_> = result.rows.iter().collect();
        rows.sort_by_key(|row| (row.epoch, std::cmp::Reverse(row.tally.offered.ip_bytes), row.path.clone()));
        for row in rows {
            let start = result.epochs.get(row.epoch).copied().unwrap_or(0);
            let end = result.epochs.get(row.epoch + 1).copied().unwrap_or(result.ended_ns);
            let mut cells = vec![
                Cell::from(*name),
                Cell::from(row.epoch as u64),
                moment(result, start),
                moment(result, end),
            ];
            cells.extend(path_cells(&row.path));
            cells.extend([
                Cell::from(row.flows),
                Cell::from(row.tally.offered.packets),
                Cell::from(row.tally.offered.ip_bytes),
                Cell::from(row.tally.sent.ip_bytes),
            ]);
            cells.extend(ends(&row.tally));
            view.push(cells);
        }
    }
    view
}

fn path_series(results: &[Named<'_>]) -> View {
    let columns = [
        VARIANT,
        Column::new("time", ColumnKind::Time, "the start of the time bucket, in the time of the replay"),
        Column::new("bucket_ns", ColumnKind::Integer, "the width of the bucket in nanoseconds"),
        PATH,
        VIA,
    ];
    let mut view = View::new("path_series", &[&columns[..], &ENDS[..]].concat());
    for (name, result) in results {
        for ((bucket, path), tally) in &result.series {
            let offset = bucket.saturating_mul(result.series_bucket_ns);
            let mut cells =
                vec![Cell::from(*name), moment(result, offset), Cell::from(result.series_bucket_ns)];
            cells.extend(path_cells(path));
            cells.extend(ends(tally));
            view.push(cells);
        }
    }
    view
}

/// The maximum number of blocks in a line of [`SimView::Shape`].
const BLOCKS: u64 = 60;

fn shape(results: &[Named<'_>]) -> View {
    let columns = [
        VARIANT,
        PATH,
        VIA,
        Column::new("delivered_ip_bytes", ColumnKind::Bytes, "bytes that arrived"),
        Column::new("lost_ip_bytes", ColumnKind::Bytes, "bytes that were lost"),
        Column::new(
            "delivered_over_time",
            ColumnKind::Text,
            "delivered bytes from the first packet to the last, with a block for each period whose height is relative to the \
             variant's maximum",
        ),
        Column::new("lost_over_time", ColumnKind::Text, "the same for lost bytes, on the same scale"),
    ];
    let mut view = View::new("shape", &columns);
    for (name, result) in results {
        let buckets = result.ended_ns / result.series_bucket_ns + 1;
        let per_block = buckets.div_ceil(BLOCKS);
        let length = usize::try_from(buckets.div_ceil(per_block)).unwrap_or(0);
        let mut paths: std::collections::BTreeMap<&PathLabel, [Vec<u64>; 2]> =
            std::collections::BTreeMap::new();
        for ((bucket, path), tally) in &result.series {
            let lines = paths.entry(path).or_insert_with(|| [vec![0; length], vec![0; length]]);
            let at = usize::try_from(bucket / per_block).unwrap_or(usize::MAX).min(length.saturating_sub(1));
            let amounts = [tally.get(End::Delivered).ip_bytes, tally.lost().ip_bytes];
            for (line, amount) in lines.iter_mut().zip(amounts) {
                if let Some(sum) = line.get_mut(at) {
                    *sum += amount;
                }
            }
        }
        let highest = paths.values().flatten().flatten().copied().max().unwrap_or(0);
        for (path, [delivered, lost]) in paths {
            let mut cells = vec![Cell::from(*name)];
            cells.extend(path_cells(path));
            cells.extend([
                Cell::from(delivered.iter().sum::<u64>()),
                Cell::from(lost.iter().sum::<u64>()),
                Cell::from(sparkline(&delivered, highest)),
                Cell::from(sparkline(&lost, highest)),
            ]);
            view.push(cells);
        }
    }
    view
}

/// Returns numbers as blocks. A number above zero is never blank.
fn sparkline(amounts: &[u64], highest: u64) -> String {
    const LEVELS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let block = |amount: &u64| {
        let level = (u128::from(*amount) * 8).div_ceil(u128::from(highest.max(1)));
        let level = usize::try_from(level).unwrap_or(0).checked_sub(1);
        level.map_or('·', |level| LEVELS.get(level).copied().unwrap_or('█'))
    };
    amounts.iter().map(block).collect()
}

fn fates(results: &[Named<'_>]) -> View {
    let columns = [
        VARIANT,
        Column::new("fate", ColumnKind::Text, "the fate of conversations"),
        Column::new("flows", ColumnKind::Integer, "conversations with this fate, perhaps among others"),
        Column::new(
            "gravest",
            ColumnKind::Integer,
            "conversations with this as their most severe fate; the sum over all fates is all conversations",
        ),
        PACKETS,
        Column::new(
            "ip_bytes",
            ColumnKind::Bytes,
            "bytes with this fate: for `moved` and `reset`, those after the first such change; for `kept`, all",
        ),
        Column::new(
            "longest_outage_ns",
            ColumnKind::Integer,
            "the longest time for which one of them lost packets on dead links, in nanoseconds",
        ),
    ];
    let mut view = View::new("fates", &columns);
    for (name, result) in results {
        for fate in Fate::ALL.into_iter().rev() {
            let Some(sum) = result.fates.get(&fate) else { continue };
            view.push(vec![
                Cell::from(*name),
                Cell::from(fate.word()),
                Cell::from(sum.flows),
                Cell::from(sum.gravest),
                Cell::from(sum.volume.packets),
                Cell::from(sum.volume.ip_bytes),
                Cell::Duration(sum.longest_outage_ns),
            ]);
        }
    }
    view
}

fn events(results: &[Named<'_>]) -> View {
    let text = |name, meaning| Column::new(name, ColumnKind::Text, meaning);
    let columns = [
        VARIANT,
        Column::new("time", ColumnKind::Time, "the time, in the time of the replay"),
        Column::new(
            "offset_ns",
            ColumnKind::Integer,
            "the same in nanoseconds after the first packet; empty if before it",
        ),
        text(
            "kind",
            "`event` as written, `detected` when a failure is detected, `restored` when a session provides routes again, \
             `maintenance` when maintenance by Microsoft starts or ends",
        ),
        text("action", "the action of an event"),
        text("subject", "the subject of the action"),
        Column::new("line", ColumnKind::Integer, "the line of the event in the scenario file, from 1"),
    ];
    let mut view = View::new("events", &columns);
    for (name, result) in results {
        for one in &result.happenings {
            let at = i128::from(result.first_ns) + i128::from(one.at_ns);
            view.push(vec![
                Cell::from(*name),
                Cell::Time(u64::try_from(at.max(0)).unwrap_or(u64::MAX)),
                u64::try_from(one.at_ns).map_or(Cell::Empty, Cell::Duration),
                Cell::from(one.kind),
                Cell::from(Some(one.action).filter(|action| !action.is_empty())),
                Cell::from(one.subject.as_str()),
                Cell::from(one.line as u64),
            ]);
        }
    }
    view
}

fn compliance(results: &[Named<'_>]) -> View {
    let leaks = Column::new(
        "leaks",
        ColumnKind::Flag,
        "whether the path violates the scope because it uses the internet",
    );
    let flows =
        Column { meaning: "conversations, counted once for each epoch in which they have a packet", ..FLOWS };
    let mut view = View::new("compliance", &[VARIANT, PATH, VIA, leaks, flows, PACKETS, IP_BYTES]);
    for (name, result) in results {
        for row in &result.compliance {
            let mut cells = vec![Cell::from(*name)];
            cells.extend(path_cells(&row.path));
            cells.extend([
                Cell::from(row.leaks()),
                Cell::from(row.flows),
                Cell::from(row.volume.packets),
                Cell::from(row.volume.ip_bytes),
            ]);
            view.push(cells);
        }
    }
    view
}

fn conservation(results: &[Named<'_>]) -> View {
    let account = Column::new(
        "account",
        ColumnKind::Text,
        "`captured` (decoded), `skipped` (not decoded), `offered` (captured times the scale), then the outcomes of `offered`",
    );
    let mut view = View::new("conservation", &[VARIANT, account, PACKETS, FRAME_BYTES, IP_BYTES]);
    for (name, result) in results {
        let total = result.total();
        let mut push = |account: &str, volume: Volume, known: bool| {
            view.push(vec![
                Cell::from(*name),
                Cell::from(account),
                Cell::from(volume.packets),
                Cell::from(volume.frame_bytes),
                Cell::from(known.then_some(volume.ip_bytes)),
            ]);
        };
        push("captured", result.captured, true);
        if result.untimed.packets > 0 {
            push("no-time", result.untimed, true);
        }
        push("skipped", result.skipped, false);
        push("offered", result.offered, true);
        for end in End::ALL {
            push(end.word(), total.get(end), true);
        }
    }
    view
}

fn moment(result: &SimResult, offset_ns: u64) -> Cell {
    Cell::Time(result.first_ns.saturating_add(offset_ns))
}

fn path_cells(path: &PathLabel) -> [Cell; 2] {
    [Cell::from(path.disposition.word()), Cell::from(path.via.as_ref().map(ToString::to_string))]
}

fn ends(tally: &Tally) -> [Cell; 7] {
    End::ALL.map(|end| Cell::from(tally.get(end).ip_bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_above_zero_are_visible() {
        assert_eq!(sparkline(&[0, 1, 500, 1_000], 1_000), "·▁▄█");
        assert_eq!(sparkline(&[0], 0), "·");
    }
}
