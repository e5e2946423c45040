//! The outcome of the traffic of each service.

use std::cmp::Reverse;

use crate::report::views::simulate::{
    Cell, Column, ColumnKind, ENDS, IP_BYTES, Named, PACKETS, VARIANT, View, ends,
};
use crate::sim::ServiceSum;

const fn bytes(name: &'static str, meaning: &'static str) -> Column {
    Column::new(name, ColumnKind::Bytes, meaning)
}

pub(super) fn services(results: &[Named<'_>]) -> View {
    let mut columns = vec![
        VARIANT,
        Column::new("service", ColumnKind::Text, "the single name under which the remote end is counted"),
        Column::new("flows", ColumnKind::Integer, "conversations (both directions of a five-tuple)"),
        Column::new("changed_flows", ColumnKind::Integer, "of these, those with a fate other than `kept`"),
        PACKETS,
        IP_BYTES,
        bytes("sent_ip_bytes", "of ip_bytes, those from the client"),
    ];
    columns.extend(ENDS);
    columns.extend([
        bytes("lost_ip_bytes", "of ip_bytes, those lost in a queue, on a dead link or by routing: the sum of the five columns from `congested_ip_bytes`"),
        bytes("moved_ip_bytes", "of ip_bytes, those of conversations after their first move"),
        bytes(
            "doubtful_ip_bytes",
            "of ip_bytes, those of conversations after the first change that they may not have survived",
        ),
        bytes("reset_ip_bytes", "of ip_bytes, those of conversations after their first reset"),
        bytes("leaked_ip_bytes", "of ip_bytes, those in the compliance scope that used the internet"),
    ]);
    let mut view = View::new("services", &columns);
    for (name, result) in results {
        let mut rows: Vec<_> = result.services.iter().collect();
        rows.sort_by_key(|(service, sum)| {
            (Reverse(harm(sum)), Reverse(sum.tally.offered.ip_bytes), *service)
        });
        for (service, sum) in rows {
            view.push(row(name, service, sum));
        }
    }
    view
}

/// Returns the bytes lost or leaked, by which the rows are ordered.
fn harm(sum: &ServiceSum) -> u64 {
    sum.tally.lost().ip_bytes + sum.leaked.ip_bytes
}

fn row(name: &str, service: &str, sum: &ServiceSum) -> Vec<Cell> {
    let mut cells = vec![
        Cell::from(name),
        Cell::from(service),
        Cell::from(sum.flows),
        Cell::from(sum.changed),
        Cell::from(sum.tally.offered.packets),
        Cell::from(sum.tally.offered.ip_bytes),
        Cell::from(sum.tally.sent.ip_bytes),
    ];
    cells.extend(ends(&sum.tally));
    let rest = [sum.tally.lost(), sum.moved, sum.doubtful, sum.reset, sum.leaked];
    cells.extend(rest.map(|volume| Cell::from(volume.ip_bytes)));
    cells
}
