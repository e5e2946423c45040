//! The outcome of the traffic to and from each service.

use std::cmp::Reverse;

use crate::report::View;
use crate::report::views::shared::{conversations, sent, volume};
use crate::report::views::simulate::Named;
use crate::report::views::simulate::variant::{changed_flows, outcomes, rows, variant};
use crate::sim::{ServiceSum, SimResult};

pub(super) fn services(results: &[Named<'_>]) -> View {
    variant::<(&str, &ServiceSum)>()
        .text("service", "the service under which the remote end is counted; each remote end has only one", |row| row.of.0.to_owned())
        .group(|row| &row.of.1.flows, conversations())
        .group(|row| &row.of.1.changed, changed_flows())
        .group(|row| &row.of.1.tally.offered, volume())
        .group(|row| &row.of.1.tally.sent, sent())
        .group(|row| &row.of.1.tally, outcomes())
        .bytes(
            "lost_ip_bytes",
            "the part of ip_bytes lost in a queue, on a dead link or through routing: the sum of `congested_ip_bytes` and the next \
             four columns",
            |row| row.of.1.tally.lost().ip_bytes,
        )
        .bytes("moved_ip_bytes", "the part of ip_bytes in conversations after their first move", |row| {
            row.of.1.moved.ip_bytes
        })
        .bytes(
            "doubtful_ip_bytes",
            "the part of ip_bytes in conversations, on a known path, after it first became unknown whether they continue or \
             whether replies arrive",
            |row| row.of.1.doubtful.ip_bytes,
        )
        .bytes("reset_ip_bytes", "the part of ip_bytes in conversations after their first reset", |row| {
            row.of.1.reset.ip_bytes
        })
        .bytes(
            "leaked_ip_bytes",
            "the part of ip_bytes in the compliance scope that used the internet",
            |row| row.of.1.leaked.ip_bytes,
        )
        .view("services", rows(results, by_harm))
}

fn by_harm(result: &SimResult) -> Vec<(&str, &ServiceSum)> {
    let mut rows: Vec<_> = result.services.iter().map(|(service, sum)| (service.as_str(), sum)).collect();
    rows.sort_by_key(|(service, sum)| (Reverse(harm(sum)), Reverse(sum.tally.offered.ip_bytes), *service));
    rows
}

/// Returns the bytes lost or leaked, by which the rows are ordered.
fn harm(sum: &ServiceSum) -> u64 {
    sum.tally.lost().ip_bytes + sum.leaked.ip_bytes
}
