//! Rows about variants, and the columns shared by the views of a simulation.

use crate::report::columns::Columns;
use crate::report::views::simulate::Named;
use crate::sim::{End, SimResult, Tally};

/// A row about a part of the result of a variant.
pub(super) struct VariantRow<'r, T> {
    name: &'r str,
    /// The whole result.
    pub(super) result: &'r SimResult,
    /// The part.
    pub(super) of: T,
}

impl<T> VariantRow<'_, T> {
    /// Converts an offset from the first packet to nanoseconds since 1970.
    pub(super) fn at(&self, offset_ns: u64) -> u64 {
        self.result.first_ns.saturating_add(offset_ns)
    }
}

/// Returns the rows of all variants. The rows of each variant are consecutive.
pub(super) fn rows<'r, T, I: IntoIterator<Item = T>>(
    results: &[Named<'r>],
    parts: impl Fn(&'r SimResult) -> I,
) -> impl Iterator<Item = VariantRow<'r, T>> {
    results.iter().flat_map(move |&(name, result)| {
        parts(result).into_iter().map(move |of| VariantRow { name, result, of })
    })
}

/// Returns the first column of every view.
pub(super) fn variant<'r, T: 'r>() -> Columns<'r, VariantRow<'r, T>> {
    Columns::<VariantRow<'_, T>>::new()
        .text("variant", "the network or scenario that was replayed", |row| row.name.to_owned())
}

/// A time bucket.
pub(super) struct Bucket {
    start_ns: u64,
    width_ns: u64,
}

impl Bucket {
    /// Returns the bucket with this index. Bucket 0 starts at the first packet.
    pub(super) fn new(result: &SimResult, index: u64, width_ns: u64) -> Self {
        Self { start_ns: result.first_ns.saturating_add(index.saturating_mul(width_ns)), width_ns }
    }
}

pub(super) fn bucket<'c>() -> Columns<'c, Bucket> {
    Columns::<Bucket>::new()
        .time("time", "the start of the time bucket, in replay time", |bucket| bucket.start_ns)
        .duration("bucket_ns", "the width of the time bucket in nanoseconds", |bucket| bucket.width_ns)
}

/// Returns a column for each outcome of packets.
pub(super) fn outcomes<'c>() -> Columns<'c, Tally> {
    End::ALL.into_iter().fold(Columns::new(), |columns, end| columns.group(|tally| tally, outcome(end)))
}

/// Returns the column of one outcome.
pub(super) fn outcome<'c>(end: End) -> Columns<'c, Tally> {
    let (name, meaning) = match end {
        End::Delivered => ("delivered_ip_bytes", "bytes that arrived"),
        End::Congested => ("congested_ip_bytes", "bytes that a full queue dropped"),
        End::BlackHoled => (
            "black_holed_ip_bytes",
            "bytes lost on a dead link before its failure was detected, or in an appliance that was down",
        ),
        End::Asymmetric => (
            "asymmetric_ip_bytes",
            "bytes in replies that return over another path and are dropped there, or that have no return path",
        ),
        End::Discarded => {
            ("discarded_ip_bytes", "bytes dropped where their route points, for example by a discard route")
        }
        End::NoRoute => ("no_route_ip_bytes", "bytes without a matching route"),
        End::Unknown => (
            "unknown_ip_bytes",
            "bytes with an unknown path, or in replies for which it is unknown whether they arrive",
        ),
    };
    Columns::<Tally>::new().bytes(name, meaning, move |tally| tally.get(end).ip_bytes)
}

/// Returns the column of the longest outage of conversations, in nanoseconds.
pub(super) fn longest_outage<'c>() -> Columns<'c, u64> {
    Columns::<u64>::new().duration(
        "longest_outage_ns",
        "the longest time for which one of the conversations lost packets on dead links, in nanoseconds",
        |outage_ns| *outage_ns,
    )
}

/// Returns the column of the number of conversations with a fate other than `kept`.
pub(super) fn changed_flows<'c>() -> Columns<'c, u64> {
    Columns::<u64>::new().integer(
        "changed_flows",
        "the number of conversations with a fate other than `kept`",
        |flows| *flows,
    )
}
