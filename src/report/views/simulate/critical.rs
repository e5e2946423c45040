//! Delay, jitter and loss of critical traffic, and the classes of links.

use crate::report::View;
use crate::report::columns::Columns;
use crate::report::views::shared::{link_and_direction, packets, path_label};
use crate::report::views::simulate::Named;
use crate::report::views::simulate::variant::{rows, variant};
use crate::sim::scenario::{Bound, LinkName};
use crate::sim::{BoundVerdict, CriticalRow, Direction, End, LinkClassRow, Percentiles, SimResult};

/// The name of traffic in no critical scope.
const OTHER: &str = "other";

pub(super) fn critical(results: &[Named<'_>]) -> View {
    variant::<&CriticalRow>()
        .text("scope", SCOPE, |row| scope(row.of.scope.as_ref()))
        .list(
            "failures",
            "the failures after which the network as written was replayed with this result; empty for the scenario itself. After a failure, a scope has one row: the path and direction with the worst verdict, loss and delay",
            |row| row.of.failures.clone(),
        )
        .integer("epoch", "the number of the epoch, a period without changes", |row| row.of.epoch as u64)
        .group(|row| &row.of.path, path_label())
        .text("direction", "the direction: `out` is from the client, `in` is to it", |row| row.of.direction.word())
        .group(|row| row.of, losses())
        .group_if(|row| row.of.delay.as_ref(), delays())
        .group_if(|row| row.of.wait.as_ref(), waits("the time that delivered packets waited in all queues of the path"))
        .duration(
            "jitter_ns",
            "the mean difference between the delays of consecutive packets of a conversation, in nanoseconds",
            |row| row.of.jitter_ns,
        )
        .text(
            "verdict",
            "`kept` if all bounds of `expect` are kept, `missed` if one is exceeded, `unknown` if that cannot be decided; empty \
             without `expect`",
            |row| row.of.verdict.map(BoundVerdict::word),
        )
        .list("missed", "the bounds that are exceeded", |row| {
            row.of.missed.iter().map(|bound: &Bound| bound.key().to_owned()).collect::<Vec<_>>()
        })
        .view("critical", rows(results, |result: &SimResult| &result.critical))
}

const SCOPE: &str = "the critical scope; `other` is all other traffic";

fn scope(name: Option<&String>) -> String {
    name.map_or(OTHER, String::as_str).to_owned()
}

fn losses<'c>() -> Columns<'c, CriticalRow> {
    Columns::<CriticalRow>::new()
        .group(|row| &row.tally.offered.packets, packets())
        .integer("lost_packets", "packets lost in a queue, on a dead link or through routing", |row| {
            row.tally.lost().packets
        })
        .integer(
            "unknown_packets",
            "packets with an unknown path, or replies for which it is unknown whether they arrive",
            |row| row.tally.get(End::Unknown).packets,
        )
        .integer(
            "loss_millionths",
            "lost packets in millionths of the packets with a known outcome, rounded up",
            CriticalRow::loss_millionths,
        )
}

fn delays<'c>() -> Columns<'c, Percentiles> {
    Columns::<Percentiles>::new()
        .duration(
            "delay_p50_ns",
            "the median one-way delay of delivered packets: waiting, sending and `delay` on all links of the path, in \
             nanoseconds; percentiles are rounded up by at most 0.1 %",
            |delay| delay.p50_ns,
        )
        .duration("delay_p95_ns", "the 95th percentile of the one-way delay", |delay| delay.p95_ns)
        .duration("delay_p99_ns", "the 99th percentile of the one-way delay", |delay| delay.p99_ns)
        .duration("delay_max_ns", "the longest one-way delay", |delay| delay.max_ns)
}

/// The percentiles of waits, the first with its meaning.
fn waits<'c>(meaning: &'static str) -> Columns<'c, Percentiles> {
    Columns::<Percentiles>::new()
        .duration("wait_p50_ns", meaning, |wait| wait.p50_ns)
        .duration("wait_p95_ns", "the 95th percentile of the wait", |wait| wait.p95_ns)
        .duration("wait_p99_ns", "the 99th percentile of the wait", |wait| wait.p99_ns)
        .duration("wait_max_ns", "the longest wait", |wait| wait.max_ns)
}

/// A class of a link, with the link and direction that several columns share.
struct Class<'r> {
    at: (&'r LinkName, Direction),
    row: &'r LinkClassRow,
}

pub(super) fn link_classes(results: &[Named<'_>]) -> View {
    variant::<Class<'_>>()
        .integer("epoch", "the number of the epoch in which the packets were sent", |row| row.of.row.epoch as u64)
        .group(|row| &row.of.at, link_and_direction())
        .text("class", "the class of the link's queues; empty if the link has one queue", |row| {
            row.of.row.class.clone()
        })
        .text("scope", SCOPE, |row| scope(row.of.row.scope.as_ref()))
        .group(|row| row.of.row, amounts())
        .group_if(
            |row| row.of.row.wait.as_ref(),
            waits(
                "the median time for which delivered packets waited before their first bit was sent, in nanoseconds; percentiles \
                 are rounded up by at most 0.1 %",
            ),
        )
        .view("link_classes", rows(results, classes))
}

fn classes(result: &SimResult) -> impl Iterator<Item = Class<'_>> {
    result.link_classes.iter().map(|row| Class { at: (&row.link, row.direction), row })
}

fn amounts<'c>() -> Columns<'c, LinkClassRow> {
    Columns::<LinkClassRow>::new()
        .group(|row| &row.sum.offered.packets, packets())
        .bytes("offered_ip_bytes", "bytes that arrived at the link", |row| row.sum.offered.ip_bytes)
        .bytes(
            "delivered_ip_bytes",
            "the part of offered_ip_bytes that left the link at its other end",
            |row| row.sum.delivered.ip_bytes,
        )
        .bytes("dropped_ip_bytes", "the part of offered_ip_bytes that a full buffer dropped", |row| {
            row.sum.dropped.ip_bytes
        })
        .bytes(
            "limited_ip_bytes",
            "the part of offered_ip_bytes that was dropped because it exceeded the rate of its class",
            |row| row.sum.limited.ip_bytes,
        )
        .bytes(
            "black_holed_ip_bytes",
            "the part of offered_ip_bytes that was lost while the link was dead",
            |row| row.sum.black_holed.ip_bytes,
        )
}
