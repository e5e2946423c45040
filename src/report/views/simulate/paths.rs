//! The traffic on paths, by epoch and over time, and the traffic in the compliance scope.

use std::cmp::Reverse;

use crate::report::View;
use crate::report::views::shared::{path_label, sent, volume};
use crate::report::views::simulate::Named;
use crate::report::views::simulate::variant::{Bucket, bucket, outcomes, rows, variant};
use crate::sim::{ComplianceRow, PathLabel, SimResult, Tally, TimelineRow};

pub(super) fn timeline(results: &[Named<'_>]) -> View {
    variant::<&TimelineRow>()
        .integer("epoch", "the number of the epoch, a period without changes", |row| row.of.epoch as u64)
        .time("start", "the start of the epoch, in replay time", |row| {
            row.at(row.result.epochs.get(row.of.epoch).copied().unwrap_or(0))
        })
        .time(
            "end",
            "the start of the next epoch or, for the last epoch, the time of the last packet",
            |row| row.at(row.result.epochs.get(row.of.epoch + 1).copied().unwrap_or(row.result.ended_ns)),
        )
        .group(|row| &row.of.path, path_label())
        .integer(
            "flows",
            "the number of conversations (both directions of a five-tuple) with a packet on the path",
            |row| row.of.flows,
        )
        .group(|row| &row.of.tally.offered, volume())
        .group(|row| &row.of.tally.sent, sent())
        .group(|row| &row.of.tally, outcomes())
        .view("timeline", rows(results, by_epoch))
}

fn by_epoch(result: &SimResult) -> Vec<&TimelineRow> {
    let mut rows: Vec<_> = result.rows.iter().collect();
    rows.sort_by_key(|row| (row.epoch, Reverse(row.tally.offered.ip_bytes), row.path.clone()));
    rows
}

pub(super) fn series(results: &[Named<'_>]) -> View {
    variant::<(Bucket, &PathLabel, &Tally)>()
        .group(|row| &row.of.0, bucket())
        .group(|row| row.of.1, path_label())
        .group(|row| row.of.2, outcomes())
        .view("path_series", rows(results, by_bucket))
}

fn by_bucket(result: &SimResult) -> impl Iterator<Item = (Bucket, &PathLabel, &Tally)> {
    result
        .series
        .iter()
        .map(|((index, path), tally)| (Bucket::new(result, *index, result.series_bucket_ns), path, tally))
}

pub(super) fn compliance(results: &[Named<'_>]) -> View {
    variant::<&ComplianceRow>()
        .group(|row| &row.of.path, path_label())
        .flag("leaks", "whether the path violates the scope because it uses the internet", |row| {
            row.of.leaks()
        })
        .integer(
            "flows",
            "the number of conversations, each counted once for every epoch in which it has a packet",
            |row| row.of.flows,
        )
        .group(|row| &row.of.volume, volume())
        .view("compliance", rows(results, |result| &result.compliance))
}
