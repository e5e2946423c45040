//! The traffic of links, over the whole replay and over time.

use crate::network::Connection;
use crate::report::views::simulate::{
    Cell, Column, ColumnKind, DIRECTION_MEANING, LINK_MEANING, Named, PACKETS, VARIANT, View,
};
use crate::sim::scenario::LinkName;
use crate::sim::{Carried, Direction, LinkFigures, LinkResult, SimResult, per_second};

const LINK: Column = Column::new("link", ColumnKind::Text, LINK_MEANING);
const DIRECTION: Column = Column::new("direction", ColumnKind::Text, DIRECTION_MEANING);
const OFFERED: Column = Column::new("offered_ip_bytes", ColumnKind::Bytes, "bytes that arrived at the link");
const DELIVERED: Column =
    Column::new("delivered_ip_bytes", ColumnKind::Bytes, "of these, those that left it at its other end");
const DROPPED: Column =
    Column::new("dropped_ip_bytes", ColumnKind::Bytes, "of these, those that its full queue dropped");
const BLACK_HOLED: Column =
    Column::new("black_holed_ip_bytes", ColumnKind::Bytes, "of these, those lost while the link was dead");
const MAX_WAIT: Column = Column::new(
    "max_wait_ns",
    ColumnKind::Integer,
    "the longest time for which a packet waited before its first bit was sent, in nanoseconds",
);
const MEAN_WAIT: Column = Column::new(
    "mean_wait_ns",
    ColumnKind::Integer,
    "the mean wait of delivered packets, in nanoseconds, rounded down",
);

pub(super) fn links(results: &[Named<'_>]) -> View {
    let columns = [
        VARIANT,
        LINK,
        DIRECTION,
        Column::new(
            "rate_bits_per_second",
            ColumnKind::Integer,
            "the rate at the end of the replay; empty if unknown, in which case the link never fills",
        ),
        Column::new("buffer_bytes", ColumnKind::Bytes, "the size of the buffer"),
        Column::new("delay_ns", ColumnKind::Integer, "the one-way propagation delay, in nanoseconds"),
        PACKETS,
        OFFERED,
        DELIVERED,
        DROPPED,
        BLACK_HOLED,
        Column::new(
            "peak_bits_per_second",
            ColumnKind::Integer,
            "the traffic offered in the busiest time bucket, rounded down",
        ),
        Column::new(
            "peak_permille",
            ColumnKind::Integer,
            "the same in thousandths of the rate; above 1,000 it exceeds the rate",
        ),
        Column::new(
            "n_minus_1_bits_per_second",
            ColumnKind::Integer,
            "for a connection: the traffic offered to both connections of its circuit together in their busiest bucket, rounded down",
        ),
        Column::new("n_minus_1_permille", ColumnKind::Integer, "the same in thousandths of this link's rate"),
        MAX_WAIT,
        MEAN_WAIT,
    ];
    let mut view = View::new("links", &columns);
    for (name, result) in results {
        for link in &result.links {
            for (direction, carried) in Direction::ALL.into_iter().zip(&link.totals) {
                if carried.offered.packets == 0 {
                    continue;
                }
                let LinkFigures { rate, delay_ns, .. } = link.figures;
                let peak = link.peak_bits_per_second(direction);
                let alone = n_minus_1(result, link, direction);
                let mut cells = vec![Cell::from(*name)];
                cells.extend(link_cells(link, direction));
                cells.extend([
                    Cell::from(rate),
                    Cell::from(link.figures.buffer_bytes()),
                    Cell::Duration(delay_ns),
                    Cell::from(carried.offered.packets),
                ]);
                cells.extend(amounts(carried));
                cells.extend([
                    Cell::from(peak),
                    Cell::from(rate.map(|rate| permille(peak, rate))),
                    Cell::from(alone),
                    Cell::from(rate.zip(alone).map(|(rate, alone)| permille(alone, rate))),
                    Cell::Duration(carried.max_wait_ns),
                    Cell::Duration(carried.mean_wait_ns()),
                ]);
                view.push(cells);
            }
        }
    }
    view
}

pub(super) fn series(results: &[Named<'_>]) -> View {
    let columns = [
        VARIANT,
        LINK,
        DIRECTION,
        Column::new("time", ColumnKind::Time, "the start of the time bucket, in the time of the replay"),
        Column::new("bucket_ns", ColumnKind::Integer, "the width of the bucket in nanoseconds"),
        PACKETS,
        OFFERED,
        DELIVERED,
        DROPPED,
        BLACK_HOLED,
        Column::new(
            "offered_permille",
            ColumnKind::Integer,
            "the traffic offered in the bucket, in thousandths of the rate at the end of the replay",
        ),
        MAX_WAIT,
        MEAN_WAIT,
    ];
    let mut view = View::new("link_series", &columns);
    for (name, result) in results {
        for link in &result.links {
            for ((direction, bucket), carried) in &link.buckets {
                let offset = bucket.saturating_mul(link.bucket_ns);
                let offered = per_second(carried.offered.ip_bytes, link.bucket_ns);
                let mut cells = vec![Cell::from(*name)];
                cells.extend(link_cells(link, *direction));
                cells.extend([
                    crate::report::views::simulate::moment(result, offset),
                    Cell::Duration(link.bucket_ns),
                    Cell::from(carried.offered.packets),
                ]);
                cells.extend(amounts(carried));
                cells.extend([
                    Cell::from(link.figures.rate.map(|rate| permille(offered, rate))),
                    Cell::Duration(carried.max_wait_ns),
                    Cell::Duration(carried.mean_wait_ns()),
                ]);
                view.push(cells);
            }
        }
    }
    view
}

/// Returns the load that one connection would have without the other, in bits per second, in the busiest bucket of both.
fn n_minus_1(result: &SimResult, link: &LinkResult, direction: Direction) -> Option<u64> {
    let LinkName::Connection(circuit, _) = &link.name else { return None };
    let both: Vec<&LinkResult> = Connection::ALL
        .into_iter()
        .filter_map(|connection| {
            let name = LinkName::Connection(circuit.clone(), connection);
            result.links.iter().find(|other| other.name == name)
        })
        .collect();
    let buckets = both.iter().flat_map(|one| one.buckets.keys()).filter(|(own, _)| *own == direction);
    let together = buckets.map(|key| {
        let bytes = both.iter().filter_map(|one| one.buckets.get(key)).map(|one| one.offered.ip_bytes).sum();
        per_second(bytes, link.bucket_ns)
    });
    together.max()
}

fn link_cells(link: &LinkResult, direction: Direction) -> [Cell; 2] {
    [Cell::from(link.name.to_string()), Cell::from(direction.word())]
}

fn amounts(carried: &Carried) -> [Cell; 4] {
    [carried.offered, carried.delivered, carried.dropped, carried.black_holed]
        .map(|volume| Cell::from(volume.ip_bytes))
}

/// Returns a part in thousandths of a whole, rounded down.
pub(super) fn permille(part: u64, whole: u64) -> u64 {
    u64::try_from(u128::from(part) * 1_000 / u128::from(whole.max(1))).unwrap_or(u64::MAX)
}
