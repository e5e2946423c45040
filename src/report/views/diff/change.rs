//! The columns shared by the views of a difference.

use crate::addr::AddressCount;
use crate::check::diff::{CapturedVolume, CarriedPath, Cause, ChangeKind, Diff, Group, HostVolume};
use crate::report::columns::Columns;
use crate::report::views::shared::{family, vantage};

/// A row about a group of changes, or about a part of it.
pub(super) struct GroupRow<'d, T> {
    /// The difference, which contains the names of the vantage points.
    pub(super) diff: &'d Diff,
    /// The group.
    pub(super) group: &'d Group,
    /// The data of the row.
    pub(super) of: T,
}

/// Returns the first columns: the vantage point and the address family of a group.
pub(super) fn place<'d, T: 'd>() -> Columns<'d, GroupRow<'d, T>> {
    Columns::<GroupRow<'_, T>>::new()
        .group(|row| row.diff.vantage(row.group.vantage), vantage())
        .group(|row| &row.group.family, family())
}

/// Returns the columns of [`place`], followed by the kind of change, the paths and the cause.
pub(super) fn whole_change<'d, T: 'd>() -> Columns<'d, GroupRow<'d, T>> {
    place()
        .group(|row: &GroupRow<'_, T>| &row.group.kind, kind())
        .group(|row| &row.group.from, from())
        .group(|row| &row.group.to, to())
        .group(|row| &row.group.cause, cause())
}

/// The kind of change.
pub(in crate::report::views) fn kind<'c>() -> Columns<'c, ChangeKind> {
    Columns::<ChangeKind>::new().text("kind", "the kind of change", |kind| kind.word())
}

/// The path before a change.
pub(in crate::report::views) fn from<'c>() -> Columns<'c, CarriedPath> {
    Columns::<CarriedPath>::new().text(
        "from",
        "the path in the base, with its circuits",
        CarriedPath::to_string,
    )
}

/// The path after a change.
pub(in crate::report::views) fn to<'c>() -> Columns<'c, CarriedPath> {
    Columns::<CarriedPath>::new().text(
        "to",
        "the path in the head, with its circuits",
        CarriedPath::to_string,
    )
}

/// The cause of a change.
pub(super) fn cause<'c>() -> Columns<'c, Cause> {
    Columns::<Cause>::new().text(
        "cause",
        "the cause of the change: policy or feed (sufficient on its own), either (each is sufficient), only-both (neither is \
         sufficient on its own) or untold (not evaluated)",
        |cause| cause.word(),
    )
}

/// A number of addresses.
pub(super) fn addresses<'c>() -> Columns<'c, AddressCount> {
    Columns::<AddressCount>::new().count("addresses", "the number of addresses", |addresses| *addresses)
}

/// A number of addresses, and the number of their prefixes.
pub(super) fn size<'c>() -> Columns<'c, (AddressCount, u64)> {
    Columns::<(AddressCount, u64)>::new().group(|(count, _)| count, addresses()).integer(
        "prefixes",
        "the number of prefixes in the smallest set that contains exactly the addresses in the row",
        |(_, prefixes)| *prefixes,
    )
}

/// Captured traffic.
pub(super) fn captured<'c>() -> Columns<'c, CapturedVolume> {
    Columns::<CapturedVolume>::new()
        .integer(
            "flows",
            "the number of captured unidirectional flows to and from the addresses in the row; empty without a capture",
            |volume| volume.flows,
        )
        .integer("packets", "the number of packets in the captured flows", |volume| volume.packets)
        .bytes("ip_bytes", "bytes in the captured flows, according to the IP header", |volume| volume.bytes)
}

/// Returns the sum of the traffic of all hosts.
pub(super) fn total(hosts: &[HostVolume]) -> CapturedVolume {
    let mut sum = CapturedVolume::default();
    for host in hosts {
        sum += host.volume;
    }
    sum
}

/// Returns `none` for an empty text, because the entries of parallel lists must stay aligned.
pub(in crate::report::views) fn or_none(text: &str) -> String {
    if text.is_empty() { "none".to_owned() } else { text.to_owned() }
}
