//! The view of measured TCP connections.

use crate::flow::tcp::{TcpCounts, Unmeasured};
use crate::report::View;
use crate::report::columns::Columns;
use crate::report::views::shared::{TO_REMOTE_END, path_name, product};
use crate::sim::{LatencySums, Outcome, PathName, Percentiles, Placer};

/// The connections of a site to a product on a path.
struct Row<'p> {
    site: Option<String>,
    product: &'p str,
    path: &'p PathName,
    sums: LatencySums,
    rtt_ns: Option<Percentiles>,
    remote_rtt_ns: Option<Percentiles>,
}

/// Names and meanings of the columns of percentiles: p50, p95, p99 and the largest value.
type Texts = [(&'static str, &'static str); 4];

const RTT: Texts = [
    (
        "rtt_p50_ns",
        "the median round-trip time between client and remote end, from SYN to ACK, in nanoseconds",
    ),
    (
        "rtt_p95_ns",
        "its 95th percentile: the smallest value that at least 95 % of the connections do not exceed",
    ),
    ("rtt_p99_ns", "its 99th percentile"),
    ("rtt_max_ns", "its largest value"),
];
const REMOTE_RTT: Texts = [
    (
        "remote_rtt_p50_ns",
        "the median of the part from the place of the capture to the remote end and back, in nanoseconds",
    ),
    ("remote_rtt_p95_ns", "its 95th percentile"),
    ("remote_rtt_p99_ns", "its 99th percentile"),
    ("remote_rtt_max_ns", "its largest value"),
];

/// Why a handshake was not measured, with the column and its meaning.
const REASONS: [(Unmeasured, &str, &str); 7] = [
    (Unmeasured::NoSyn, "no_syn", "not measured: the SYN is not in the capture"),
    (
        Unmeasured::OneDirection,
        "one_direction",
        "not measured: the capture has no segment from the end that should accept",
    ),
    (Unmeasured::Refused, "refused", "not measured: RST in reply to the SYN"),
    (
        Unmeasured::Ambiguous,
        "ambiguous",
        "not measured: SYN or SYN-ACK was sent again, so it is unknown which copy was answered",
    ),
    (Unmeasured::Incomplete, "incomplete", "not measured: SYN-ACK or ACK is missing or out of order"),
    (Unmeasured::SimultaneousOpen, "simultaneous_open", "not measured: both ends sent a SYN"),
    (
        Unmeasured::Unreadable,
        "unreadable",
        "not measured: no TCP header could be read (snapshot length, fragments, no time)",
    ),
];

/// Names and meanings of the columns of one direction.
struct Direction {
    segments: (&'static str, &'static str),
    retransmitted: (&'static str, &'static str),
    spurious: (&'static str, &'static str),
    out_of_order: (&'static str, &'static str),
    unseen: (&'static str, &'static str),
    copies: (&'static str, &'static str),
    unreadable: (&'static str, &'static str),
}

const SENT: Direction = Direction {
    segments: ("sent_segments", "segments with data, SYN or FIN from the client to the remote end"),
    retransmitted: (
        "sent_retransmitted",
        "the part of sent_segments that was sent again; empty without sent_segments",
    ),
    spurious: ("sent_spurious", "the part of sent_retransmitted whose data had been acknowledged"),
    out_of_order: ("sent_out_of_order", "the part of sent_segments that a later segment overtook"),
    unseen: (
        "sent_unseen",
        "acknowledgments of sent data that the capture lacks; above 0, the counts of sent segments are minima",
    ),
    copies: ("sent_copies", "packets of the client that the capture has twice; only the first counts"),
    unreadable: (
        "sent_unreadable",
        "TCP packets of the client whose header could not be read; they are in no other count",
    ),
};
const RECEIVED: Direction = Direction {
    segments: ("received_segments", "segments with data, SYN or FIN from the remote end to the client"),
    retransmitted: (
        "received_retransmitted",
        "the part of received_segments that was sent again; empty without received_segments",
    ),
    spurious: ("received_spurious", "the part of received_retransmitted whose data had been acknowledged"),
    out_of_order: ("received_out_of_order", "the part of received_segments that a later segment overtook"),
    unseen: (
        "received_unseen",
        "acknowledgments of received data that the capture lacks; above 0, the counts of received segments are minima",
    ),
    copies: (
        "received_copies",
        "packets of the remote end that the capture has twice; only the first counts",
    ),
    unreadable: (
        "received_unreadable",
        "TCP packets of the remote end whose header could not be read; they are in no other count",
    ),
};

pub(super) fn by_latency(outcome: &Outcome, placer: &Placer<'_>) -> View {
    let network = placer.network();
    let rows = outcome.latency(placer).into_iter().map(|row| Row {
        site: row.vantage.zip(network).map(|(vantage, network)| vantage.name(network)),
        product: row.product,
        path: placer.path_name(row.path),
        rtt_ns: row.sums.rtt_ns(),
        remote_rtt_ns: row.sums.remote_rtt_ns(),
        sums: row.sums,
    });
    Columns::<Row<'_>>::new()
        .text("site", "the site or subnet of the clients; empty if it is unknown", |row| row.site.clone())
        .group(|row| row.product, product())
        .group(|row| row.path, path_name(TO_REMOTE_END))
        .integer("connections", "the number of TCP connections", |row| row.sums.connections())
        .integer("measured", "the part of connections whose handshake was measured", |row| {
            row.sums.measured()
        })
        .group_if(|row| row.rtt_ns.as_ref(), percentiles(RTT))
        .group_if(|row| row.remote_rtt_ns.as_ref(), percentiles(REMOTE_RTT))
        .group(|row| &row.sums.sent, direction(&SENT))
        .group(|row| &row.sums.received, direction(&RECEIVED))
        .group(|row| &row.sums, unmeasured())
        .view("latency", rows)
}

fn percentiles<'c>([p50, p95, p99, max]: Texts) -> Columns<'c, Percentiles> {
    Columns::<Percentiles>::new()
        .duration(p50.0, p50.1, |values| values.p50_ns)
        .duration(p95.0, p95.1, |values| values.p95_ns)
        .duration(p99.0, p99.1, |values| values.p99_ns)
        .duration(max.0, max.1, |values| values.max_ns)
}

/// The counts of one direction. Nothing is known of a direction without a segment, so its counts are empty, not 0.
fn direction<'c>(texts: &Direction) -> Columns<'c, TcpCounts> {
    let known = |counts: &TcpCounts, count: u64| (counts.segments > 0).then_some(count);
    Columns::<TcpCounts>::new()
        .integer(texts.segments.0, texts.segments.1, |counts| counts.segments)
        .integer(texts.retransmitted.0, texts.retransmitted.1, move |counts| {
            known(counts, counts.retransmitted)
        })
        .integer(texts.spurious.0, texts.spurious.1, move |counts| known(counts, counts.spurious))
        .integer(texts.out_of_order.0, texts.out_of_order.1, move |counts| known(counts, counts.out_of_order))
        .integer(texts.unseen.0, texts.unseen.1, move |counts| known(counts, counts.unseen))
        .integer(texts.copies.0, texts.copies.1, |counts| counts.copies)
        .integer(texts.unreadable.0, texts.unreadable.1, |counts| counts.unreadable)
}

fn unmeasured<'c>() -> Columns<'c, LatencySums> {
    let columns = REASONS.into_iter().fold(Columns::<LatencySums>::new(), |columns, (why, name, meaning)| {
        columns.integer(name, meaning, move |sums| sums.unmeasured(why))
    });
    columns.integer("over_limit", "not kept: handshakes beyond --max-flows", |sums| sums.over_limit)
}
