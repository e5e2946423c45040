//! The traffic on links, over the whole replay and over time.

use crate::network::Connection;
use crate::report::View;
use crate::report::columns::Columns;
use crate::report::views::shared::{link_and_direction, packets, peak_permille};
use crate::report::views::simulate::Named;
use crate::report::views::simulate::variant::{Bucket, bucket, rows, variant};
use crate::sim::scenario::LinkName;
use crate::sim::{Carried, Direction, LinkResult, SimResult, per_second};

/// The traffic on a link in one direction, with the figures that several columns need.
struct LinkTotal<'r> {
    at: (&'r LinkName, Direction),
    link: &'r LinkResult,
    carried: &'r Carried,
    /// The load in the busiest time bucket, in bits per second.
    peak: u64,
    peak_permille: Option<u64>,
    /// For a connection, the load on both connections of its circuit together in their busiest time bucket, in bits per
    /// second.
    alone: Option<u64>,
}

pub(super) fn links(results: &[Named<'_>]) -> View {
    variant::<LinkTotal<'_>>()
        .group(|row| &row.of.at, link_and_direction())
        .group(|row| row.of.link, figures())
        .group(|row| row.of.carried, amounts())
        .group(|row| &row.of, peaks())
        .group(|row| row.of.carried, waits())
        .view("links", rows(results, totals))
}

fn totals(result: &SimResult) -> impl Iterator<Item = LinkTotal<'_>> {
    let both = result.links.iter().flat_map(|link| {
        Direction::ALL
            .into_iter()
            .zip(&link.totals)
            .map(move |(direction, carried)| (link, direction, carried))
    });
    both.filter(|(.., carried)| carried.offered.packets > 0).map(|(link, direction, carried)| {
        let peak = link.peak_bits_per_second(direction);
        let peak_permille = link.figures.rate.map(|rate| permille(peak, rate));
        let alone = n_minus_1(result, link, direction);
        LinkTotal { at: (&link.name, direction), link, carried, peak, peak_permille, alone }
    })
}

fn figures<'c>() -> Columns<'c, LinkResult> {
    Columns::<LinkResult>::new()
        .integer(
            "rate_bits_per_second",
            "the rate at the end of the replay; empty if unknown, in which case the link never fills",
            |link| link.figures.rate,
        )
        .bytes("buffer_bytes", "the size of the buffer", |link| link.figures.buffer_bytes())
        .duration("delay_ns", "the one-way propagation delay, in nanoseconds", |link| link.figures.delay_ns)
}

fn peaks<'c>() -> Columns<'c, LinkTotal<'c>> {
    Columns::<LinkTotal<'_>>::new()
        .integer(
            "peak_bits_per_second",
            "the traffic offered in the busiest time bucket, rounded down",
            |total| total.peak,
        )
        .group_if(|total| total.peak_permille.as_ref(), peak_permille())
        .integer(
            "n_minus_1_bits_per_second",
            "for a connection: the traffic offered to both connections of its circuit together, in their busiest time bucket, \
             rounded down",
            |total| total.alone,
        )
        .integer("n_minus_1_permille", "n_minus_1_bits_per_second in thousandths of the link's rate", |total| {
            total.link.figures.rate.zip(total.alone).map(|(rate, alone)| permille(alone, rate))
        })
}

/// The traffic on a link in one direction and time bucket.
struct LinkBucket<'r> {
    at: (&'r LinkName, Direction),
    link: &'r LinkResult,
    bucket: Bucket,
    carried: &'r Carried,
}

pub(super) fn series(results: &[Named<'_>]) -> View {
    variant::<LinkBucket<'_>>()
        .group(|row| &row.of.at, link_and_direction())
        .group(|row| &row.of.bucket, bucket())
        .group(|row| row.of.carried, amounts())
        .integer(
            "offered_permille",
            "the traffic offered in the bucket, in thousandths of the rate at the end of the replay",
            |row| {
                let offered = per_second(row.of.carried.offered.ip_bytes, row.of.link.bucket_ns);
                row.of.link.figures.rate.map(|rate| permille(offered, rate))
            },
        )
        .group(|row| row.of.carried, waits())
        .view("link_series", rows(results, buckets))
}

fn buckets(result: &SimResult) -> impl Iterator<Item = LinkBucket<'_>> {
    result.links.iter().flat_map(|link| {
        link.buckets.iter().map(|((direction, index), carried)| LinkBucket {
            at: (&link.name, *direction),
            link,
            bucket: Bucket::new(result, *index, link.bucket_ns),
            carried,
        })
    })
}

/// The traffic that arrived at a link, and its outcome there.
fn amounts<'c>() -> Columns<'c, Carried> {
    Columns::<Carried>::new()
        .group(|carried| &carried.offered.packets, packets())
        .bytes("offered_ip_bytes", "bytes that arrived at the link", |carried| carried.offered.ip_bytes)
        .bytes(
            "delivered_ip_bytes",
            "the part of offered_ip_bytes that left the link at its other end",
            |carried| carried.delivered.ip_bytes,
        )
        .bytes(
            "dropped_ip_bytes",
            "the part of offered_ip_bytes that a full queue dropped, or that exceeded the rate of its class",
            |carried| carried.dropped.ip_bytes,
        )
        .bytes(
            "black_holed_ip_bytes",
            "the part of offered_ip_bytes that was lost while the link was dead",
            |carried| carried.black_holed.ip_bytes,
        )
}

/// The times for which packets waited.
fn waits<'c>() -> Columns<'c, Carried> {
    Columns::<Carried>::new()
        .duration(
            "max_wait_ns",
            "the longest time for which a packet waited before its first bit was sent, in nanoseconds",
            |carried| carried.max_wait_ns,
        )
        .duration(
            "mean_wait_ns",
            "the mean wait of delivered packets, in nanoseconds, rounded down",
            Carried::mean_wait_ns,
        )
}

/// Returns the load in bits per second that one connection would have without the other, in the busiest time bucket of
/// both together.
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

/// Returns a part in thousandths of a whole, rounded down.
pub(super) fn permille(part: u64, whole: u64) -> u64 {
    u64::try_from(u128::from(part) * 1_000 / u128::from(whole.max(1))).unwrap_or(u64::MAX)
}
