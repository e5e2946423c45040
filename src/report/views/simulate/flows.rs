//! Conversations with a fate other than `kept`.

use std::cmp::Reverse;

use crate::engine::ReturnVerdict;
use crate::report::View;
use crate::report::columns::Columns;
use crate::report::views::shared::{path_label_as, protocol, volume};
use crate::report::views::simulate::Named;
use crate::report::views::simulate::variant::{outcomes, rows, variant};
use crate::sim::{FlowFate, SimResult};

pub(super) fn changed(results: &[Named<'_>]) -> View {
    variant::<&FlowFate>()
        .group(|row| row.of, five_tuple())
        .time("first", "the time of the first packet, in replay time", |row| row.at(row.of.first_ns))
        .time("last", "the time of the last packet, in replay time", |row| row.at(row.of.last_ns))
        .list("fates", "all fates of the conversation, the most severe first", |row| {
            row.of.fates.iter().map(|fate| fate.word().to_owned()).collect::<Vec<_>>()
        })
        .group(|row| row.of, paths())
        .group(|row| row.of, changes())
        .group(|row| &row.of.tally.offered, volume())
        .group(|row| &row.of.tally, outcomes())
        .bytes("leaked_ip_bytes", "bytes in the compliance scope that used the internet", |row| {
            row.of.leaked.ip_bytes
        })
        .duration(
            "outage_ns",
            "the time for which the conversation lost packets on dead links, until its next packet that was not lost, in \
             nanoseconds",
            |row| row.of.outage_ns,
        )
        .view("flows_changed", rows(results, by_harm))
}

fn by_harm(result: &SimResult) -> Vec<&FlowFate> {
    let mut flows: Vec<&FlowFate> = result.changed.iter().collect();
    flows.sort_by_key(|flow| {
        let lost = flow.tally.lost().ip_bytes + flow.leaked.ip_bytes;
        (Reverse(flow.fates.first().copied()), Reverse(lost), flow.first_ns, flow.key)
    });
    flows
}

fn five_tuple<'c>() -> Columns<'c, FlowFate> {
    Columns::<FlowFate>::new()
        .group(|flow| &flow.key.protocol, protocol())
        .text("client", "the address of the client", |flow| flow.key.source.to_string())
        .integer("client_port", "the port of the client; 0 if there is none", |flow| {
            u64::from(flow.key.source_port)
        })
        .text("remote", "the address of the remote end", |flow| flow.key.destination.to_string())
        .integer("remote_port", "the port of the remote end; 0 if there is none", |flow| {
            u64::from(flow.key.destination_port)
        })
}

/// The first and last paths and source addresses, and the last return path.
fn paths<'c>() -> Columns<'c, FlowFate> {
    let first = path_label_as(
        ("first_path", "the first path of the conversation"),
        ("first_via", "the session over which packets left on the first path"),
    );
    let last = path_label_as(
        ("last_path", "the last path of the conversation"),
        ("last_via", "the session over which packets left on the last path"),
    );
    Columns::<FlowFate>::new()
        .group_if(|flow| flow.first_path.as_ref(), first)
        .group_if(|flow| flow.last_path.as_ref(), last)
        .text("last_back", "the session over which the last replies arrived", |flow| {
            flow.back.as_ref().map(ToString::to_string)
        })
        .text("return_verdict", "the verdict on the last replies, if known", |flow| {
            flow.verdict.map(ReturnVerdict::word)
        })
        .text("first_source", "the first source address after translation", |flow| {
            flow.first_source.map(|source| source.to_string())
        })
        .text("last_source", "the last source address after translation", |flow| {
            flow.last_source.map(|source| source.to_string())
        })
}

/// The numbers of changes.
fn changes<'c>() -> Columns<'c, FlowFate> {
    Columns::<FlowFate>::new()
        .integer("moves", "the number of path changes that the conversation survived", |flow| {
            u64::from(flow.moves)
        })
        .integer(
            "doubts",
            "the number of path changes for which it is unknown whether the conversation survived; at least 1 if it is unknown \
             whether replies arrive",
            |flow| u64::from(flow.doubts),
        )
        .integer("resets", "the number of path changes that the conversation did not survive", |flow| {
            u64::from(flow.resets)
        })
}
