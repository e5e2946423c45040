//! The traffic on paths and links by outage.

use std::cmp::Reverse;

use crate::engine::Disposition;
use crate::report::View;
use crate::report::views::shared::{
    conversations, link_and_direction, path_label, peak_permille, sent, volume,
};
use crate::report::views::sweep::{outage, rows};
use crate::sim::scenario::LinkName;
use crate::sim::{Count, Direction, End, LinkLoad, OutageResult, PathLabel, PathSum};

pub(super) fn paths<'r>(results: impl Iterator<Item = &'r OutageResult>) -> View {
    outage::<(&PathLabel, &PathSum)>()
        .group(|row| row.of.0, path_label())
        .group(|row| &row.of.1.flows, conversations())
        .group(|row| &row.of.1.tally.offered, volume())
        .group(|row| &row.of.1.tally.sent, sent())
        .bytes("delivered_ip_bytes", "the part of ip_bytes that arrives if no link is overloaded", |row| {
            row.of.1.tally.get(End::Delivered).ip_bytes
        })
        .view("sweep_paths", rows(results, by_size))
}

fn by_size(result: &OutageResult) -> Vec<(&PathLabel, &PathSum)> {
    let mut paths: Vec<_> = result.paths.iter().collect();
    paths.sort_by_key(|(path, sum)| (Reverse(sum.tally.offered.ip_bytes), *path));
    paths
}

/// The load on a link in one direction.
struct Loaded<'r> {
    at: (&'r LinkName, Direction),
    load: &'r LinkLoad,
    permille: Option<u64>,
}

pub(super) fn links<'r>(results: impl Iterator<Item = &'r OutageResult>) -> View {
    outage::<Loaded<'_>>()
        .group(|row| &row.of.at, link_and_direction())
        .integer(
            "rate_bits_per_second",
            "the rate of the link; empty if unknown, in which case the link never fills",
            |row| row.of.load.rate,
        )
        .bytes("ip_bytes", "bytes that arrive at the link", |row| row.of.load.ip_bytes)
        .integer("peak_bits_per_second", "the load in the busiest time bucket, rounded down", |row| {
            row.of.load.peak_bits_per_second
        })
        .group_if(|row| row.of.permille.as_ref(), peak_permille())
        .bytes("over_ip_bytes", "the part of ip_bytes that exceeds the rate in its time bucket", |row| {
            row.of.load.over_ip_bytes
        })
        .integer(
            "fits_thousandths",
            "the largest factor, in thousandths, by which the traffic of the capture can be multiplied so that no time bucket exceeds \
             the rate of the link; empty if the rate is unknown",
            |row| row.of.load.fits_thousandths,
        )
        .view("sweep_links", rows(results, loaded))
}

fn loaded(result: &OutageResult) -> impl Iterator<Item = Loaded<'_>> {
    result.links.iter().map(|((link, direction), load)| Loaded {
        at: (link, *direction),
        load,
        permille: load.peak_permille(),
    })
}

pub(super) fn compliance<'r>(results: impl Iterator<Item = &'r OutageResult>) -> View {
    outage::<(&PathLabel, &str, &Count)>()
        .text(
            "scope",
            "the prefix, tag or community in the compliance scope; the first if several match",
            |row| row.of.1.to_owned(),
        )
        .group(|row| row.of.0, path_label())
        .flag("leaks", "true if the path uses the internet, false if this is unknown", |row| {
            row.of.0.disposition == Disposition::Internet
        })
        .integer(
            "flows",
            "the number of conversations (both directions of a five-tuple) in the compliance scope",
            |row| row.of.2.flows,
        )
        .integer("packets", "the number of packets in the conversations", |row| row.of.2.volume.packets)
        .bytes(
            "ip_bytes",
            "bytes in the conversations according to the IP header, including the header",
            |row| row.of.2.volume.ip_bytes,
        )
        .view("compliance", rows(results, against))
}

/// Returns the traffic that violates the scope, or may violate it.
fn against(result: &OutageResult) -> impl Iterator<Item = (&PathLabel, &str, &Count)> {
    let all = result.compliance.iter().filter(|((path, _), _)| OutageResult::is_against(path));
    all.map(|((path, entry), count)| (path, entry.as_str(), count))
}
