//! Conversations with a fate other than `kept`.

use std::cmp::Reverse;

use crate::addr::Protocol;
use crate::report::views::simulate::{
    Cell, Column, ColumnKind, ENDS, IP_BYTES, Named, PACKETS, VARIANT, View, ends, moment, path_cells,
};
use crate::sim::{FlowFate, PathLabel, SimResult};

const fn text(name: &'static str, meaning: &'static str) -> Column {
    Column::new(name, ColumnKind::Text, meaning)
}

const fn integer(name: &'static str, meaning: &'static str) -> Column {
    Column::new(name, ColumnKind::Integer, meaning)
}

pub(super) fn changed(results: &[Named<'_>]) -> View {
    let mut columns = vec![
        VARIANT,
        text("protocol", "the name or number of the protocol"),
        text("client", "the address of the client"),
        integer("client_port", "the port of the client; 0 if there is none"),
        text("remote", "the address of the remote end"),
        integer("remote_port", "the port of the remote end; 0 if there is none"),
        Column::new("first", ColumnKind::Time, "the time of its first packet, in the time of the replay"),
        Column::new("last", ColumnKind::Time, "the time of its last packet, in the time of the replay"),
        Column::new("fates", ColumnKind::List, "all of its fates, the most severe first"),
        text("first_path", "its first path"),
        text("first_via", "the session over which its packets left at first"),
        text("last_path", "its last path"),
        text("last_via", "the session over which its packets left at last"),
        text("last_back", "the session over which its last replies arrived"),
        text("return_verdict", "the verdict on its last replies, if known"),
        text("first_source", "its first source address after translation"),
        text("last_source", "its last source address after translation"),
        integer("moves", "the number of path changes that it survived"),
        integer("doubts", "the number of changes for which it is unknown whether it survived"),
        integer("resets", "the number of changes that it did not survive"),
        PACKETS,
        IP_BYTES,
    ];
    columns.extend(ENDS);
    columns.extend([
        Column::new("leaked_ip_bytes", ColumnKind::Bytes, "bytes in the compliance scope that used the internet"),
        integer(
            "outage_ns",
            "the time for which it lost packets on dead links, until the next packet that was not lost, in nanoseconds",
        ),
    ]);
    let mut view = View::new("flows_changed", &columns);
    for (name, result) in results {
        let mut flows: Vec<&FlowFate> = result.changed.iter().collect();
        flows.sort_by_key(|flow| {
            let lost = flow.tally.lost().ip_bytes + flow.leaked.ip_bytes;
            (Reverse(flow.fates.first().copied()), Reverse(lost), flow.first_ns, flow.key)
        });
        for flow in flows {
            view.push(row(name, result, flow));
        }
    }
    view
}

fn row(name: &str, result: &SimResult, flow: &FlowFate) -> Vec<Cell> {
    let key = flow.key;
    let path = |label: &Option<PathLabel>| label.as_ref().map_or([Cell::Empty, Cell::Empty], path_cells);
    let mut cells = vec![
        Cell::from(name),
        Cell::from(Protocol(key.protocol).to_string()),
        Cell::from(key.source.to_string()),
        Cell::from(u64::from(key.source_port)),
        Cell::from(key.destination.to_string()),
        Cell::from(u64::from(key.destination_port)),
        moment(result, flow.first_ns),
        moment(result, flow.last_ns),
        Cell::List(flow.fates.iter().map(|fate| fate.word().to_owned()).collect()),
    ];
    cells.extend(path(&flow.first_path));
    cells.extend(path(&flow.last_path));
    cells.extend([
        Cell::from(flow.back.as_ref().map(ToString::to_string)),
        Cell::from(flow.verdict.map(crate::engine::ReturnVerdict::word)),
        Cell::from(flow.first_source.map(|source| source.to_string())),
        Cell::from(flow.last_source.map(|source| source.to_string())),
        Cell::from(u64::from(flow.moves)),
        Cell::from(u64::from(flow.doubts)),
        Cell::from(u64::from(flow.resets)),
        Cell::from(flow.tally.offered.packets),
        Cell::from(flow.tally.offered.ip_bytes),
    ]);
    cells.extend(ends(&flow.tally));
    cells.extend([Cell::from(flow.leaked.ip_bytes), Cell::Duration(flow.outage_ns)]);
    cells
}
