//! The views of a replay.

use crate::report::{Cell, Column, ColumnKind, View};
use crate::sim::{Facts, GroupBy, Outcome, PathId, Placer, Ranked, Totals};

const PATH: Column = Column::new("path", ColumnKind::Text, "the path to the remote end");
const CIRCUITS: Column =
    Column::new("circuits", ColumnKind::List, "the circuits of the path; several have equal cost");
const HOPS: Column =
    Column::new("hops", ColumnKind::List, "the gateways, appliances, hubs and other edges on the path");
const ENDS: Column = Column::new(
    "ends",
    ColumnKind::Text,
    "the end of its trace: delivered, exits-network, no-route, discarded, loop, unknown",
);
const FLOWS: Column = Column::new("flows", ColumnKind::Integer, "unidirectional flows");
const PACKETS: Column = Column::new("packets", ColumnKind::Integer, "packets");
const FRAME_BYTES: Column =
    Column::new("frame_bytes", ColumnKind::Bytes, "bytes of whole frames on the wire");
const IP_BYTES: Column =
    Column::new("ip_bytes", ColumnKind::Bytes, "bytes according to the IP header, including the header");
const SENT: Column =
    Column::new("sent_ip_bytes", ColumnKind::Bytes, "of ip_bytes, those from the client to the remote end");
const RECEIVED: Column = Column::new(
    "received_ip_bytes",
    ColumnKind::Bytes,
    "of ip_bytes, those from the remote end to the client",
);
const SERVICE: Column =
    Column::new("service", ColumnKind::Text, "the single name under which the address is counted");
const SUPPORT: Column = Column::new("support", ColumnKind::Text, "its documented support on ExpressRoute");
const COMMUNITIES: Column =
    Column::new("communities", ColumnKind::List, "the communities that contain the address");
const EVIDENCE: Column =
    Column::new("evidence", ColumnKind::List, "how it is known that each of the communities contains it");
const PREFIX: Column =
    Column::new("prefix", ColumnKind::Text, "the most specific prefix of any list that contains the address");
const TAGS: Column =
    Column::new("tags", ColumnKind::List, "all service tags, the most specific prefix first");
const SETS: Column = Column::new(
    "m365_sets",
    ColumnKind::List,
    "Microsoft 365 endpoint sets as id:area:category:er=true|false",
);
const SET_PREFIX: Column =
    Column::new("m365_prefix", ColumnKind::Text, "the most specific prefix of an endpoint set");

/// Returns the view of a grouping, cut to its `top` rows (0 for all).
pub fn view(outcome: &Outcome, placer: &Placer<'_>, group: GroupBy, top: usize) -> View {
    // Rows that are not shown are not created, because there may be millions.
    let shown = if top == 0 { usize::MAX } else { top };
    let mut view = match group {
        GroupBy::Path => by_path(outcome, placer),
        GroupBy::Service => by_service(outcome, placer),
        GroupBy::Destination => by_destination(outcome, placer, shown),
        GroupBy::Flow => by_flow(outcome, placer, shown),
        GroupBy::Community => by_community(outcome, placer),
        GroupBy::Time => by_time(outcome, placer),
    };
    if top > 0 && group != GroupBy::Time {
        view.rows.truncate(top);
    }
    view
}

fn by_path(outcome: &Outcome, placer: &Placer<'_>) -> View {
    let columns = [PATH, CIRCUITS, HOPS, ENDS, FLOWS, PACKETS, FRAME_BYTES, IP_BYTES, SENT, RECEIVED];
    let mut view = View::new("path", &columns);
    for (path, totals) in outcome.paths() {
        let mut row = path_cells(placer, path);
        row.extend(all_totals(&totals));
        view.push(row);
    }
    view
}

fn by_service(outcome: &Outcome, placer: &Placer<'_>) -> View {
    let columns =
        [SERVICE, PATH, CIRCUITS, HOPS, ENDS, SUPPORT, FLOWS, PACKETS, FRAME_BYTES, IP_BYTES, SENT, RECEIVED];
    let mut view = View::new("service", &columns);
    let rows = outcome.by_facts(placer, |facts| (facts.service.as_str(), facts.support));
    for ((service, support), path, totals) in rows {
        let mut row = vec![Cell::from(service)];
        row.extend(path_cells(placer, path));
        row.push(Cell::from(support.word()));
        row.extend(all_totals(&totals));
        view.push(row);
    }
    view
}

fn by_community(outcome: &Outcome, placer: &Placer<'_>) -> View {
    let columns = [
        COMMUNITIES,
        EVIDENCE,
        PATH,
        CIRCUITS,
        HOPS,
        ENDS,
        FLOWS,
        PACKETS,
        FRAME_BYTES,
        IP_BYTES,
        SENT,
        RECEIVED,
    ];
    let mut view = View::new("community", &columns);
    let rows = outcome.by_facts(placer, |facts| (facts.communities.as_slice(), facts.evidence.as_slice()));
    for ((communities, evidence), path, totals) in rows {
        let mut row = vec![Cell::List(communities.to_vec()), Cell::List(evidence.to_vec())];
        row.extend(path_cells(placer, path));
        row.extend(all_totals(&totals));
        view.push(row);
    }
    view
}

fn by_destination(outcome: &Outcome, placer: &Placer<'_>, shown: usize) -> View {
    let destination = Column::new("destination", ColumnKind::Text, "the destination address of the packets");
    let path =
        Column { meaning: "the path to the destination, from the site of the packets' source", ..PATH };
    let columns = [
        destination,
        PACKETS,
        FRAME_BYTES,
        IP_BYTES,
        path,
        CIRCUITS,
        HOPS,
        ENDS,
        PREFIX,
        SERVICE,
        TAGS,
        SETS,
        SET_PREFIX,
        COMMUNITIES,
        EVIDENCE,
        SUPPORT,
    ];
    let mut view = View::new("destination", &columns);
    let (Ranked { rows, left_off }, overflow) = outcome.destinations(shown);
    view.total_rows = left_off;
    for &(address, path, totals) in rows {
        let facts = placer.known_facts(address);
        let mut row = vec![Cell::from(address.to_string())];
        row.extend(packet_totals(&totals));
        row.extend(path_cells(placer, path));
        row.extend([
            Cell::from(facts.prefix.map(|prefix| prefix.to_string())),
            Cell::from(facts.service.as_str()),
            Cell::List(facts.tags.clone()),
            Cell::List(facts.sets.clone()),
            Cell::from(facts.set_prefix.map(|prefix| prefix.to_string())),
            Cell::List(facts.communities.clone()),
            Cell::List(facts.evidence.clone()),
            Cell::from(facts.support.word()),
        ]);
        view.push(row);
    }
    push_overflow(&mut view, overflow, 1);
    view
}

fn by_flow(outcome: &Outcome, placer: &Placer<'_>, shown: usize) -> View {
    let text = |name, meaning| Column::new(name, ColumnKind::Text, meaning);
    let columns = [
        text("protocol", "the name or number of the protocol"),
        text("source", "the source address"),
        Column::new("source_port", ColumnKind::Integer, "the source port; 0 if there is none"),
        text("destination", "the destination address"),
        Column::new("destination_port", ColumnKind::Integer, "the destination port; 0 if there is none"),
        PACKETS,
        FRAME_BYTES,
        IP_BYTES,
        Column::new("first", ColumnKind::Time, "the capture time of its first packet"),
        Column::new("last", ColumnKind::Time, "the capture time of its last packet"),
        text("remote", "the end to which the path is reported: the one that is not the client"),
        text("client_by", "how the client was identified"),
        PATH,
        CIRCUITS,
        HOPS,
        ENDS,
        SERVICE,
        COMMUNITIES,
        SUPPORT,
    ];
    let mut view = View::new("flow", &columns);
    let (Ranked { rows, left_off }, overflow) = outcome.flows(shown);
    view.total_rows = left_off;
    for flow in rows {
        let (key, facts) = (flow.record.key, placer.facts(flow.place.facts));
        let mut row = vec![
            Cell::from(crate::addr::Protocol(key.protocol).to_string()),
            Cell::from(key.source.to_string()),
            Cell::from(u64::from(key.source_port)),
            Cell::from(key.destination.to_string()),
            Cell::from(u64::from(key.destination_port)),
            Cell::from(flow.record.packets),
            Cell::from(flow.record.frame_bytes),
            Cell::from(flow.record.ip_bytes),
            time(flow.record.first.ns()),
            time(flow.record.last.ns()),
            Cell::from(flow.place.remote(&key).to_string()),
            Cell::from(flow.place.orientation.by.word()),
        ];
        row.extend(path_cells(placer, flow.place.path));
        row.extend(remote_cells(facts));
        view.push(row);
    }
    push_overflow(&mut view, overflow, 5);
    view
}

fn by_time(outcome: &Outcome, placer: &Placer<'_>) -> View {
    let columns = [
        Column::new("time", ColumnKind::Time, "the start of the time bucket"),
        PATH,
        CIRCUITS,
        HOPS,
        ENDS,
        Column::new("flows", ColumnKind::Integer, "unidirectional flows with a packet in the bucket"),
        PACKETS,
        FRAME_BYTES,
        IP_BYTES,
        SENT,
        RECEIVED,
    ];
    let mut view = View::new("time", &columns);
    for time in outcome.times() {
        let mut row = vec![self::time(time.start_ns)];
        row.extend(path_cells(placer, time.path));
        row.extend(all_totals(&time.totals));
        view.push(row);
    }
    view
}

/// Returns a time cell, which is empty if the capture has no timestamps.
fn time(nanoseconds: Option<u64>) -> Cell {
    nanoseconds.map_or(Cell::Empty, Cell::Time)
}

fn path_cells(placer: &Placer<'_>, path: PathId) -> Vec<Cell> {
    let name = placer.path_name(path);
    vec![
        Cell::from(name.disposition.word()),
        Cell::List(name.circuits.clone()),
        Cell::List(name.hops.clone()),
        Cell::from(name.ends.word()),
    ]
}

fn remote_cells(facts: &Facts) -> [Cell; 3] {
    [
        Cell::from(facts.service.as_str()),
        Cell::List(facts.communities.clone()),
        Cell::from(facts.support.word()),
    ]
}

fn packet_totals(totals: &Totals) -> [Cell; 3] {
    [Cell::from(totals.packets), Cell::from(totals.frame_bytes), Cell::from(totals.ip_bytes)]
}

fn all_totals(totals: &Totals) -> Vec<Cell> {
    let mut cells = vec![Cell::from(totals.flows)];
    cells.extend(packet_totals(totals));
    cells.extend([Cell::from(totals.sent_ip_bytes), Cell::from(totals.received_ip_bytes())]);
    cells
}

/// Adds a row with an empty key and the sums of the traffic that did not fit into a bounded grouping.
fn push_overflow(view: &mut View, overflow: Totals, sums_at: usize) {
    if overflow == Totals::default() {
        return;
    }
    let mut row = vec![Cell::Empty; view.columns.len()];
    for (cell, sum) in row.iter_mut().skip(sums_at).zip(packet_totals(&overflow)) {
        *cell = sum;
    }
    view.push(row);
}
