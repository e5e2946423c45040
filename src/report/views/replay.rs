//! The views of a replay.

mod latency;

use std::net::IpAddr;

use latency::by_latency;

use crate::engine::SupportVerdict;
use crate::flow::FlowRecord;
use crate::report::View;
use crate::report::columns::Columns;
use crate::report::views::shared::{
    TO_REMOTE_END, communities, endpoint_sets, evidence, frame_bytes, ip_bytes, list_prefix, packets,
    path_name, product, protocol, support, tags,
};
use crate::sim::{Facts, FlowRow, GroupBy, Outcome, PathName, Placer, Ranked, Totals};

/// Returns the view of a grouping, cut to its first `top` rows (0 for all).
pub fn view(outcome: &Outcome, placer: &Placer<'_>, group: GroupBy, top: usize) -> View {
    // Rows that are not shown are not created, because there may be millions.
    let shown = if top == 0 { usize::MAX } else { top };
    let mut view = match group {
        GroupBy::Path => by_path(outcome, placer),
        GroupBy::Service => by_service(outcome, placer),
        GroupBy::Product => by_product(outcome, placer),
        GroupBy::Destination => by_destination(outcome, placer, shown),
        GroupBy::Flow => by_flow(outcome, placer, shown),
        GroupBy::Community => by_community(outcome, placer),
        GroupBy::Time => by_time(outcome, placer),
        GroupBy::Latency => by_latency(outcome, placer),
    };
    if top > 0 && group != GroupBy::Time {
        view.rows.truncate(top);
    }
    view
}

fn by_path(outcome: &Outcome, placer: &Placer<'_>) -> View {
    let rows = outcome.paths().into_iter().map(|(path, totals)| (placer.path_name(path), totals));
    Columns::<(&PathName, Totals)>::new()
        .group(|(path, _)| path, path_name(TO_REMOTE_END))
        .group(|(_, totals)| totals, all_totals())
        .view("path", rows)
}

fn by_service(outcome: &Outcome, placer: &Placer<'_>) -> View {
    let rows = outcome.by_facts(placer, |facts| (facts.service.as_str(), facts.support));
    let rows = rows.into_iter().map(|(facts, path, totals)| (facts, placer.path_name(path), totals));
    Columns::<((&str, SupportVerdict), &PathName, Totals)>::new()
        .group(|((service, _), ..)| service, service())
        .group(|(_, path, _)| path, path_name(TO_REMOTE_END))
        .group(|((_, support), ..)| support, support())
        .group(|(.., totals)| totals, all_totals())
        .view("service", rows)
}

fn by_product(outcome: &Outcome, placer: &Placer<'_>) -> View {
    let rows = outcome.by_facts(placer, |facts| (facts.product.as_str(), facts.support));
    let rows = rows.into_iter().map(|(facts, path, totals)| (facts, placer.path_name(path), totals));
    Columns::<((&str, SupportVerdict), &PathName, Totals)>::new()
        .group(|((product, _), ..)| product, product())
        .group(|(_, path, _)| path, path_name(TO_REMOTE_END))
        .group(|((_, support), ..)| support, support())
        .group(|(.., totals)| totals, all_totals())
        .view("product", rows)
}

fn by_community(outcome: &Outcome, placer: &Placer<'_>) -> View {
    let rows = outcome.by_facts(placer, |facts| (facts.communities.as_slice(), facts.evidence.as_slice()));
    let rows = rows.into_iter().map(|(facts, path, totals)| (facts, placer.path_name(path), totals));
    Columns::<((&[String], &[String]), &PathName, Totals)>::new()
        .group(|((communities, _), ..)| communities, communities())
        .group(|((_, evidence), ..)| evidence, evidence())
        .group(|(_, path, _)| path, path_name(TO_REMOTE_END))
        .group(|(.., totals)| totals, all_totals())
        .view("community", rows)
}

/// A row in a grouping of bounded size.
struct Bounded<T> {
    /// `None` in the last row, which contains the sums of the traffic that did not fit.
    key: Option<T>,
    totals: Totals,
}

/// Returns the rows, followed by a row with an empty key if some traffic did not fit.
fn bounded<T>(rows: impl Iterator<Item = (T, Totals)>, overflow: Totals) -> impl Iterator<Item = Bounded<T>> {
    let last = (overflow != Totals::default()).then_some(Bounded { key: None, totals: overflow });
    rows.map(|(key, totals)| Bounded { key: Some(key), totals }).chain(last)
}

/// A destination address with the path to it.
struct Destination<'p> {
    address: IpAddr,
    path: &'p PathName,
    facts: Facts,
}

fn by_destination(outcome: &Outcome, placer: &Placer<'_>, shown: usize) -> View {
    let (Ranked { rows, left_off }, overflow) = outcome.destinations(shown);
    let rows = rows.into_iter().map(|&(address, path, totals)| {
        let (path, facts) = (placer.path_name(path), placer.known_facts(address));
        (Destination { address, path, facts }, totals)
    });
    let mut view = Columns::<Bounded<Destination<'_>>>::new()
        .group_if(
            |row| row.key.as_ref(),
            Columns::<Destination<'_>>::new().text(
                "destination",
                "the destination address of the packets",
                |destination| destination.address.to_string(),
            ),
        )
        .group(|row| &row.totals, packet_totals())
        .group_if(|row| row.key.as_ref(), destination_facts())
        .view("destination", bounded(rows, overflow));
    view.total_rows += left_off;
    view
}

fn destination_facts<'p>() -> Columns<'p, Destination<'p>> {
    Columns::<Destination<'_>>::new()
        .group(
            |destination| destination.path,
            path_name("the path to the destination from the site with the source address"),
        )
        .group_if(|destination| destination.facts.prefix.as_ref(), list_prefix())
        .group(|destination| destination.facts.service.as_str(), service())
        .group(|destination| &destination.facts, tags())
        .group(|destination| &destination.facts, endpoint_sets())
        .text(
            "m365_prefix",
            "the most specific prefix in an endpoint set that contains the destination",
            |destination| destination.facts.set_prefix.map(|prefix| prefix.to_string()),
        )
        .group(|destination| destination.facts.communities.as_slice(), communities())
        .group(|destination| destination.facts.evidence.as_slice(), evidence())
        .group(|destination| &destination.facts.support, support())
}

/// A flow with its path.
struct Flow<'p> {
    row: &'p FlowRow,
    path: &'p PathName,
    facts: &'p Facts,
}

fn by_flow(outcome: &Outcome, placer: &Placer<'_>, shown: usize) -> View {
    let (Ranked { rows, left_off }, overflow) = outcome.flows(shown);
    let rows = rows.into_iter().map(|row| {
        let (path, facts) = (placer.path_name(row.place.path), placer.facts(row.place.facts));
        let FlowRecord { packets, frame_bytes, ip_bytes, .. } = row.record;
        (Flow { row, path, facts }, Totals { packets, frame_bytes, ip_bytes, ..Totals::default() })
    });
    let mut view = Columns::<Bounded<Flow<'_>>>::new()
        .group_if(|row| row.key.as_ref(), five_tuple())
        .group(|row| &row.totals, packet_totals())
        .group_if(|row| row.key.as_ref(), flow_place())
        .view("flow", bounded(rows, overflow));
    view.total_rows += left_off;
    view
}

fn five_tuple<'p>() -> Columns<'p, Flow<'p>> {
    Columns::<Flow<'_>>::new()
        .group(|flow| &flow.row.record.key.protocol, protocol())
        .text("source", "the source address", |flow| flow.row.record.key.source.to_string())
        .integer("source_port", "the source port; 0 if there is none", |flow| {
            u64::from(flow.row.record.key.source_port)
        })
        .text("destination", "the destination address", |flow| flow.row.record.key.destination.to_string())
        .integer("destination_port", "the destination port; 0 if there is none", |flow| {
            u64::from(flow.row.record.key.destination_port)
        })
}

/// The times of a flow, its remote end, and the path to this end.
fn flow_place<'p>() -> Columns<'p, Flow<'p>> {
    Columns::<Flow<'_>>::new()
        // Empty if the capture has no timestamps.
        .time("first", "the capture time of the first packet", |flow| flow.row.record.first.ns())
        .time("last", "the capture time of the last packet", |flow| flow.row.record.last.ns())
        .text("remote", "the end that is not the client; the path to this end is reported", |flow| {
            flow.row.place.remote(&flow.row.record.key).to_string()
        })
        .text("client_by", "how the client was identified", |flow| flow.row.place.orientation.by.word())
        .group(|flow| flow.path, path_name(TO_REMOTE_END))
        .group(|flow| flow.facts.service.as_str(), service())
        .group(|flow| flow.facts.communities.as_slice(), communities())
        .group(|flow| &flow.facts.support, support())
}

fn by_time(outcome: &Outcome, placer: &Placer<'_>) -> View {
    let rows = outcome.times().into_iter();
    let rows = rows.map(|row| (row.start_ns, placer.path_name(row.path), row.totals));
    Columns::<(Option<u64>, &PathName, Totals)>::new()
        .time("time", "the start of the time bucket", |(start_ns, ..)| *start_ns)
        .group(|(_, path, _)| path, path_name(TO_REMOTE_END))
        .integer("flows", "the number of unidirectional flows with a packet in the bucket", |(.., totals)| {
            totals.flows
        })
        .group(|(.., totals)| totals, packet_totals())
        .group(|(.., totals)| totals, bytes_by_sender())
        .view("time", rows)
}

fn service<'c>() -> Columns<'c, str> {
    Columns::<str>::new().text(
        "service",
        "the service under which the address is counted; each address has only one",
        str::to_owned,
    )
}

fn all_totals<'c>() -> Columns<'c, Totals> {
    Columns::<Totals>::new()
        .integer("flows", "the number of unidirectional flows", |totals| totals.flows)
        .group(|totals| totals, packet_totals())
        .group(|totals| totals, bytes_by_sender())
}

fn packet_totals<'c>() -> Columns<'c, Totals> {
    Columns::<Totals>::new()
        .group(|totals| &totals.packets, packets())
        .group(|totals| &totals.frame_bytes, frame_bytes())
        .group(|totals| &totals.ip_bytes, ip_bytes())
}

fn bytes_by_sender<'c>() -> Columns<'c, Totals> {
    Columns::<Totals>::new()
        .bytes("sent_ip_bytes", "the part of ip_bytes from the client to the remote end", |totals| {
            totals.sent_ip_bytes
        })
        .bytes("received_ip_bytes", "the part of ip_bytes from the remote end to the client", |totals| {
            totals.received_ip_bytes()
        })
}
