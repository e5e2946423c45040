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
pub(super) const KIND: Column = text("kind", "the kind of change");
pub(super) const FROM: Column = text("from", "the path in the base, with its circuits");
pub(super) const TO: Column = text("to", "the path in the head, with its circuits");
const CAUSE: Column = text(
    "cause",
    "the change that causes it on its own: policy, feed, either, only-both, or untold if it was not evaluated",
);
const ADDRESSES: Column = count("addresses", "the number of addresses");
const PREFIXES: Column =
    integer("prefixes", "the size of the smallest set of prefixes that contains exactly these addresses");
const FLOWS: Column =
    integer("flows", "captured unidirectional flows to and from these addresses; empty without a capture");
const PACKETS: Column = integer("packets", "their packets");
const BYTES: Column = Column::new("ip_bytes", ColumnKind::Bytes, "their bytes according to the IP header");

/// The data from which the views are built.
#[derive(Debug)]
pub struct Found<'a> {
    /// The difference.
    pub diff: &'a Diff,
    /// Its groups.
    pub groups: &'a [Group],
    /// The captured traffic, if captures were given.
    pub weighed: Option<&'a Weighed>,
    /// Each single failure, if requested.
    pub what_if: Option<&'a [WhatIf]>,
    /// The maximum number of prefixes, lists and hosts reported for each group; 0 for all.
    pub top: usize,
}

/// Returns all views in the order of reports.
pub fn views(found: &Found<'_>, lists: &mut Lists<'_>) -> Vec<View> {
    let mut views = vec![summary(found.diff), moves(found), reasons(found), causes(found)];
    views.push(prefixes(found, lists));
    views.push(memberships(found, lists));
    views.extend(found.weighed.map(|weighed| weights(found, weighed)));
    views.extend(found.what_if.map(what_if));
    // People mainly look for moves. Derived and empty views are shown only on request.
    for view in &mut views {
        let follows = ["causes", "lists"].contains(&view.name.as_str());
        view.is_detail = follows || view.rows.is_empty() && view.name != "summary";
    }
    views
}

/// Returns the names of [`views`], which are known before anything is compared.
pub fn view_names(weighed: bool, what_if: bool) -> Vec<&'static str> {
    let mut names = vec!["summary", "moves", "reasons", "causes", "prefixes", "lists"];
    names.extend(weighed.then_some("weights"));
    names.extend(what_if.then_some("what_if"));
    names
}

/// Returns the sums of all matrices as passed checks. A sum that does not match ends the program instead.
pub fn sums(diff: &Diff) -> Vec<CheckOutcome> {
    let outcome = |matrix: &crate::check::diff::Matrix| {
        let vantage = diff.vantage(matrix.vantage);
        let (sum, family) = (matrix.sum(), matrix.family);
        CheckOutcome {
            id: format!("sum/{vantage}/{family}"),
            kind: CheckKind::Sum,
            title: "every address is counted exactly once".to_owned(),
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

/// Returns the outcome of a comparison without an intent, or `None` if nothing differs.
pub fn undeclared(diff: &Diff) -> Option<CheckOutcome> {
    let (status, message) = match diff.verdict() {
        DiffVerdict::Same => return None,
        DiffVerdict::Differs => (Status::Warned, "paths change without a declared intent"),
        DiffVerdict::CannotJudge => {
            (Status::CannotJudge, "the path of some addresses is unknown on both sides")
        }
    };
    Some(CheckOutcome {
        id: "undeclared-changes".to_owned(),
        kind: CheckKind::Intent,
        title: "moved addresses are declared in an intent".to_owned(),
        severity: Severity::Warning,
        status,
        message: message.to_owned(),
        remedy: Some("declare the intended moves with `--intent FILE`".to_owned()),
        explanation: None,
        place: None,
        witness: None,
        waiver: None,
    })
}

fn summary(diff: &Diff) -> View {
    let from = text("from", "the path in the base; empty if the base has no such vantage point");
    let to = text("to", "the path in the head; empty if the head has no such vantage point");
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

/// Returns the cells with the vantage point and family of a group.
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
            "the properties that differ: circuit, connection, hops (gateways and appliances), ends, route, prefix, return, support",
        ),
        list("was", "their values in the base, in the order of differs; the prefix of a route is omitted"),
        list("is", "their values in the head, in the same order"),
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
        let shown = || group.differs.iter().filter(|(aspect, ..)| *aspect != Aspect::Prefix);
        let differs: Vec<String> =
            group.differs.iter().map(|(aspect, ..)| aspect.word().to_owned()).collect();
        row.push(Cell::from(differs));
        row.push(Cell::from(shown().map(|(_, was, _)| or_none(was)).collect::<Vec<_>>()));
        row.push(Cell::from(shown().map(|(_, _, is)| or_none(is)).collect::<Vec<_>>()));
        row.extend(sizes(found, group));
        view.push(row);
    }
    view
}

/// Returns a word even for an empty text, so that the entries of lists stay aligned.
pub(super) fn or_none(text: &str) -> String {
    if text.is_empty() { "none".to_owned() } else { text.to_owned() }
}

/// Returns the cells with the cause, addresses, prefixes and traffic of a group.
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
        text("prefix", "a prefix in the smallest set that contains exactly the addresses of the group"),
        ADDRESSES,
        list("tags", "the service tags that contain any of them, on either side"),
        list("endpoint_sets", "the Microsoft 365 endpoint sets that contain any of them"),
        list("communities", "the communities that contain any of them, with any evidence"),
        list("regions", "the Azure regions to which they belong"),
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

/// Returns the hosts in a range. `hosts` must be ordered by address.
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
        text("list", "the name of the list"),
        count(
            "base_addresses",
            "the number of addresses of the group that the list contains in the base's edition",
        ),
        count(
            "head_addresses",
            "the number of addresses of the group that the list contains in the head's edition",
        ),
    ];
    let mut view = View::new("lists", &columns);
    for group in found.groups {
        let mut held = lists.of(&found.diff.ranges(group));
        held.sort_by(|left, right| {
            let key = |one: &Membership| std::cmp::Reverse(one.head.max(one.base));
            (left.kind, key(left), &left.name).cmp(&(right.kind, key(right), &right.name))
        });
        let mut shown = 0;
        let mut last = None;
        for membership in &held {
            shown = if last == Some(membership.kind) { shown + 1 } else { 1 };
            last = Some(membership.kind);
            view.total_rows += 1;
            if found.top > 0 && shown > found.top {
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
        integer("untouched_prefixes", "the number of prefixes without any captured flow"),
        count("untouched_addresses", "the number of addresses in these prefixes"),
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
        text("failure", "the failure, on both sides"),
        Column::new("worse", ColumnKind::Flag, "whether addresses move that do not move without the failure"),
        count("ipv4_moved", "IPv4 addresses that move during the failure, summed over vantage points"),
        count("ipv4_beyond", "of these, those that do not move without the failure"),
        count("ipv6_moved", "IPv6 addresses that move during the failure, summed over vantage points"),
        count("ipv6_beyond", "of these, those that do not move without the failure"),
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
