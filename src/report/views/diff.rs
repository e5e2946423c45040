//! The views of a difference.

mod remarks;

use crate::addr::{AddressCount, IpRange};
use crate::check::diff::{
    Aspect, Cause, ChangeKind, Diff, DiffVerdict, Group, HostVolume, ListKind, Lists, Membership, Volume,
    Weighed, WhatIf,
};
use crate::check::{CheckKind, CheckOutcome, Status};
use crate::diag::Severity;
use crate::engine::Disposition;
use crate::report::{Cell, Column, ColumnKind, View};
pub use remarks::{remarks, unseen};

pub(super) const fn text(name: &'static str, meaning: &'static str) -> Column {
    Column::new(name, ColumnKind::Text, meaning)
}

pub(super) const fn list(name: &'static str, meaning: &'static str) -> Column {
    Column::new(name, ColumnKind::List, meaning)
}

const fn count(name: &'static str, meaning: &'static str) -> Column {
    Column::new(name, ColumnKind::Count, meaning)
}

const fn integer(name: &'static str, meaning: &'static str) -> Column {
    Column::new(name, ColumnKind::Integer, meaning)
}

pub(super) const VANTAGE: Column = text("vantage", "where packets start: a site, or VIRTUAL-NETWORK/SUBNET");
const FAMILY: Column = text("family", "IPv4 or IPv6");
pub(super) const KIND: Column = text("kind", "what became of the addresses");
pub(super) const FROM: Column = text("from", "the path in the base, with its circuits");
pub(super) const TO: Column = text("to", "the path in the head, with its circuits");
const CAUSE: Column = text(
    "cause",
    "which change alone brings it: policy, feed, either, only-both, untold where it was not evaluated",
);
const ADDRESSES: Column = count("addresses", "how many addresses");
const PREFIXES: Column = integer("prefixes", "the fewest prefixes that hold exactly these addresses");
const FLOWS: Column =
    integer("flows", "captured one-way flows to and from these addresses; empty without a capture");
const PACKETS: Column = integer("packets", "their packets");
const BYTES: Column = Column::new("ip_bytes", ColumnKind::Bytes, "their bytes by the IP header");

/// Everything that the views are written from.
#[derive(Debug)]
pub struct Found<'a> {
    /// The difference.
    pub diff: &'a Diff,
    /// Its groups.
    pub groups: &'a [Group],
    /// The captured traffic, where captures were given.
    pub weighed: Option<&'a Weighed>,
    /// Each single failure, where it was asked for.
    pub what_if: Option<&'a [WhatIf]>,
    /// Prefixes, lists and hosts that are told of each group; 0 for all.
    pub top: usize,
}

/// All views, in the order that they are shown.
pub fn views(found: &Found<'_>, lists: &mut Lists<'_>) -> Vec<View> {
    let mut views = vec![summary(found.diff), moves(found), reasons(found), causes(found)];
    views.push(prefixes(found, lists));
    views.push(memberships(found, lists));
    views.extend(found.weighed.map(|weighed| weights(found, weighed)));
    views.extend(found.what_if.map(what_if));
    // A person looks for what moves; what follows from it, and what is empty, only where it is asked for.
    for view in &mut views {
        let follows = ["causes", "lists"].contains(&view.name.as_str());
        view.is_detail = follows || view.rows.is_empty() && view.name != "summary";
    }
    views
}

/// The names of [`views`], known before anything is compared.
pub fn view_names(weighed: bool, what_if: bool) -> Vec<&'static str> {
    let mut names = vec!["summary", "moves", "reasons", "causes", "prefixes", "lists"];
    names.extend(weighed.then_some("weights"));
    names.extend(what_if.then_some("what_if"));
    names
}

/// The sums of each matrix as checks that passed; a sum that fails ends the program instead.
pub fn sums(diff: &Diff) -> Vec<CheckOutcome> {
    let outcome = |matrix: &crate::check::diff::Matrix| {
        let vantage = diff.vantage(matrix.vantage);
        let (sum, family) = (matrix.sum(), matrix.family);
        CheckOutcome {
            id: format!("sum/{vantage}/{family}"),
            kind: CheckKind::Sum,
            title: "every address is counted once".to_owned(),
            severity: Severity::Error,
            status: Status::Passed,
            message: format!("from `{vantage}` the {family} transition matrix adds up to {sum:#} addresses"),
            remedy: None,
            explanation: None,
            place: None,
            witness: None,
            waiver: None,
        }
    };
    diff.matrices.iter().map(outcome).collect()
}

/// What a comparison comes to where nothing declares what the change is meant to move; nothing where nothing differs.
pub fn undeclared(diff: &Diff) -> Option<CheckOutcome> {
    let (status, message) = match diff.verdict() {
        DiffVerdict::Same => return None,
        DiffVerdict::Differs => (Status::Warned, "paths change, and no intent declares it"),
        DiffVerdict::CannotJudge => {
            (Status::CannotJudge, "the path of some addresses is unknown on both sides")
        }
    };
    Some(CheckOutcome {
        id: "undeclared-changes".to_owned(),
        kind: CheckKind::Intent,
        title: "what the change moves is declared".to_owned(),
        severity: Severity::Warning,
        status,
        message: message.to_owned(),
        remedy: Some("declare what it is meant to move, with `--intent FILE`".to_owned()),
        explanation: None,
        place: None,
        witness: None,
        waiver: None,
    })
}

fn summary(diff: &Diff) -> View {
    let from = text("from", "the path in the base; empty where the base has no such vantage point");
    let to = text("to", "the path in the head; empty where the head has no such vantage point");
    let mut view = View::new("summary", &[VANTAGE, FAMILY, KIND, from, to, ADDRESSES]);
    for matrix in &diff.matrices {
        for cell in &matrix.cells {
            view.push(vec![
                Cell::from(diff.vantage(matrix.vantage)),
                Cell::from(matrix.family.to_string()),
                Cell::from(cell.kind.word()),
                Cell::from(cell.from.map(Disposition::word)),
                Cell::from(cell.to.map(Disposition::word)),
                Cell::from(cell.addresses),
            ]);
        }
    }
    view
}

/// The columns that place a group.
fn placed(diff: &Diff, group: &Group) -> [Cell; 2] {
    [Cell::from(diff.vantage(group.vantage)), Cell::from(group.family.to_string())]
}

fn moves(found: &Found<'_>) -> View {
    let columns = [VANTAGE, FAMILY, FROM, TO, CAUSE, ADDRESSES, PREFIXES, FLOWS, PACKETS, BYTES];
    let mut view = View::new("moves", &columns);
    for group in found.groups.iter().filter(|group| group.kind == ChangeKind::Move) {
        let mut row = placed(found.diff, group).to_vec();
        row.extend([Cell::from(group.from.to_string()), Cell::from(group.to.to_string())]);
        row.extend(sizes(found, group));
        view.push(row);
    }
    view
}

fn reasons(found: &Found<'_>) -> View {
    let columns = [
        VANTAGE,
        FAMILY,
        KIND,
        FROM,
        TO,
        list(
            "differs",
            "in what the sides differ: circuit, connection, hops (gateways and appliances), ends, route, prefix, return, support",
        ),
        list("was", "what the base says of it, in the order of differs; a route's prefix is left out"),
        list("is", "what the head says of it, likewise"),
        CAUSE,
        ADDRESSES,
        PREFIXES,
        FLOWS,
        PACKETS,
        BYTES,
    ];
    let mut view = View::new("reasons", &columns);
    for group in found.groups.iter().filter(|group| group.kind != ChangeKind::Move) {
        let mut row = placed(found.diff, group).to_vec();
        row.push(Cell::from(group.kind.word()));
        row.extend([Cell::from(group.from.to_string()), Cell::from(group.to.to_string())]);
        let told = || group.differs.iter().filter(|(aspect, ..)| *aspect != Aspect::Prefix);
        let differs: Vec<String> =
            group.differs.iter().map(|(aspect, ..)| aspect.word().to_owned()).collect();
        row.push(Cell::from(differs));
        row.push(Cell::from(told().map(|(_, was, _)| said(was)).collect::<Vec<_>>()));
        row.push(Cell::from(told().map(|(_, _, is)| said(is)).collect::<Vec<_>>()));
        row.extend(sizes(found, group));
        view.push(row);
    }
    view
}

/// A word even where a side says nothing, so that lists keep their places.
pub(super) fn said(text: &str) -> String {
    if text.is_empty() { "none".to_owned() } else { text.to_owned() }
}

/// Cause, addresses, prefixes and traffic of a group.
fn sizes(found: &Found<'_>, group: &Group) -> [Cell; 6] {
    let [flows, packets, bytes] = volume(found.weighed.map(|weighed| total(&weighed.hosts(group))));
    [
        Cell::from(group.cause.word()),
        Cell::from(group.addresses),
        Cell::from(group.prefixes.len() as u64),
        flows,
        packets,
        bytes,
    ]
}

fn total(hosts: &[HostVolume]) -> Volume {
    let mut sum = Volume::default();
    for host in hosts {
        sum += host.volume;
    }
    sum
}

fn volume(volume: Option<Volume>) -> [Cell; 3] {
    [
        Cell::from(volume.map(|volume| volume.flows)),
        Cell::from(volume.map(|volume| volume.packets)),
        Cell::from(volume.map(|volume| volume.bytes)),
    ]
}

fn causes(found: &Found<'_>) -> View {
    let mut view = View::new("causes", &[VANTAGE, FAMILY, KIND, CAUSE, ADDRESSES, PREFIXES]);
    let mut sums: std::collections::BTreeMap<_, (AddressCount, u64)> = std::collections::BTreeMap::new();
    for group in found.groups.iter().filter(|group| group.cause != Cause::Nothing) {
        let sum = sums.entry((group.vantage, group.family, group.kind, group.cause)).or_default();
        *sum = (sum.0 + group.addresses, sum.1 + group.prefixes.len() as u64);
    }
    for ((vantage, family, kind, cause), (addresses, prefixes)) in sums {
        view.push(vec![
            Cell::from(found.diff.vantage(vantage)),
            Cell::from(family.to_string()),
            Cell::from(kind.word()),
            Cell::from(cause.word()),
            Cell::from(addresses),
            Cell::from(prefixes),
        ]);
    }
    view
}

fn prefixes(found: &Found<'_>, lists: &mut Lists<'_>) -> View {
    let columns = [
        VANTAGE,
        FAMILY,
        KIND,
        FROM,
        TO,
        CAUSE,
        text("prefix", "one of the fewest prefixes that hold exactly the group's addresses"),
        ADDRESSES,
        list("tags", "the service tags that hold any of them, on either side"),
        list("endpoint_sets", "the Microsoft 365 endpoint sets that hold any of them"),
        list("communities", "the communities that hold any of them, of whatever evidence"),
        list("regions", "the Azure regions that they belong to"),
        FLOWS,
        PACKETS,
        BYTES,
    ];
    let mut view = View::new("prefixes", &columns);
    for group in found.groups {
        let hosts = found.weighed.map(|weighed| weighed.hosts(group));
        let shown = if found.top == 0 { group.prefixes.len() } else { found.top };
        for prefix in group.prefixes.iter().take(shown) {
            let range = IpRange::from(*prefix);
            let held = lists.of(&[range]);
            let mut row = placed(found.diff, group).to_vec();
            row.push(Cell::from(group.kind.word()));
            row.extend([Cell::from(group.from.to_string()), Cell::from(group.to.to_string())]);
            row.extend([Cell::from(group.cause.word()), Cell::from(prefix.to_string())]);
            row.push(Cell::from(range.count()));
            let kinds = [ListKind::Tag, ListKind::EndpointSet, ListKind::Community, ListKind::Region];
            row.extend(kinds.map(|kind| Cell::from(names(&held, kind))));
            row.extend(volume(hosts.as_deref().map(|hosts| total(inside(hosts, range)))));
            view.rows.push(row);
        }
        view.total_rows += group.prefixes.len() as u64;
    }
    view
}

fn names(held: &[Membership], kind: ListKind) -> Vec<String> {
    held.iter()
        .filter(|membership| membership.kind == kind)
        .map(|membership| membership.name.clone())
        .collect()
}

/// Of hosts in the order of their addresses, those in a range.
fn inside(hosts: &[HostVolume], range: IpRange) -> &[HostVolume] {
    let from = hosts.partition_point(|host| host.remote < range.first());
    let to = hosts.partition_point(|host| host.remote <= range.last());
    hosts.get(from..to).unwrap_or_default()
}

fn memberships(found: &Found<'_>, lists: &mut Lists<'_>) -> View {
    let columns = [
        VANTAGE,
        FAMILY,
        KIND,
        FROM,
        TO,
        CAUSE,
        text("list_kind", "tag, endpoint-set, community or region"),
        text("list", "the list's name"),
        count("base_addresses", "of the group's addresses, those that the base's edition of the list holds"),
        count("head_addresses", "of the group's addresses, those that the head's edition of the list holds"),
    ];
    let mut view = View::new("lists", &columns);
    for group in found.groups {
        let mut held = lists.of(&found.diff.ranges(group));
        held.sort_by(|left, right| {
            let key = |one: &Membership| std::cmp::Reverse(one.head.max(one.base));
            (left.kind, key(left), &left.name).cmp(&(right.kind, key(right), &right.name))
        });
        let mut told = 0;
        let mut last = None;
        for membership in &held {
            told = if last == Some(membership.kind) { told + 1 } else { 1 };
            last = Some(membership.kind);
            view.total_rows += 1;
            if found.top > 0 && told > found.top {
                continue;
            }
            let mut row = placed(found.diff, group).to_vec();
            row.push(Cell::from(group.kind.word()));
            row.extend([Cell::from(group.from.to_string()), Cell::from(group.to.to_string())]);
            row.extend([Cell::from(group.cause.word()), Cell::from(membership.kind.word())]);
            row.push(Cell::from(membership.name.as_str()));
            row.extend([Cell::from(membership.base), Cell::from(membership.head)]);
            view.rows.push(row);
        }
    }
    view
}

fn weights(found: &Found<'_>, weighed: &Weighed) -> View {
    let columns = [
        VANTAGE,
        FAMILY,
        KIND,
        FROM,
        TO,
        CAUSE,
        FLOWS,
        PACKETS,
        BYTES,
        list("hosts", "the remote ends with the most bytes, as address=bytes"),
        integer("untouched_prefixes", "prefixes that no captured flow touches"),
        count("untouched_addresses", "how many addresses these hold"),
    ];
    let mut view = View::new("weights", &columns);
    for group in found.groups {
        let mut hosts = weighed.hosts(group);
        let sum = total(&hosts);
        let untouched = group.prefixes.iter().map(|prefix| IpRange::from(*prefix));
        let untouched: Vec<IpRange> = untouched.filter(|range| inside(&hosts, *range).is_empty()).collect();
        hosts.sort_by_key(|host| (std::cmp::Reverse(host.volume.bytes), host.remote));
        let shown = if found.top == 0 { hosts.len() } else { found.top };
        let top = hosts.iter().take(shown).map(|host| format!("{}={}", host.remote, host.volume.bytes));
        let mut row = placed(found.diff, group).to_vec();
        row.push(Cell::from(group.kind.word()));
        row.extend([Cell::from(group.from.to_string()), Cell::from(group.to.to_string())]);
        row.push(Cell::from(group.cause.word()));
        row.extend(volume(Some(sum)));
        row.push(Cell::from(top.collect::<Vec<_>>()));
        row.push(Cell::from(untouched.len() as u64));
        row.push(Cell::from(untouched.iter().map(|range| range.count()).sum::<AddressCount>()));
        view.push(row);
    }
    view
}

fn what_if(all: &[WhatIf]) -> View {
    let columns = [
        text("failure", "what is down on both sides"),
        Column::new("worse", ColumnKind::Flag, "whether addresses move that do not while everything is up"),
        count("ipv4_moved", "IPv4 addresses that move while it is down, summed over vantage points"),
        count("ipv4_beyond", "of these, those that do not move while everything is up"),
        count("ipv6_moved", "IPv6 addresses that move while it is down, summed over vantage points"),
        count("ipv6_beyond", "of these, those that do not move while everything is up"),
    ];
    let mut view = View::new("what_if", &columns);
    for one in all {
        let [moved4, moved6] = one.moved;
        let [beyond4, beyond6] = one.beyond;
        view.push(vec![
            Cell::from(one.failure.as_str()),
            Cell::from(one.is_worse()),
            Cell::from(moved4),
            Cell::from(beyond4),
            Cell::from(moved6),
            Cell::from(beyond6),
        ]);
    }
    view
}
