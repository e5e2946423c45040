//! The columns that views of a difference share.

use crate::addr::AddressCount;
use crate::check::diff::{CapturedVolume, CarriedPath, Cause, ChangeKind, Diff, Group, HostVolume};
use crate::report::columns::Columns;
use crate::report::views::shared::{family, vantage};

/// A row about a group of changes, or about a part of it.
pub(super) struct GroupRow<'d, T> {
    /// The difference, which has the names of vantage points.
    pub(super) diff: &'d Diff,
    /// The group.
    pub(super) group: &'d Group,
    /// The data of the row.
    pub(super) of: T,
}

/// Returns the columns with the vantage point and family of a group, which come first.
pub(super) fn place<'d, T: 'd>() -> Columns<'d, GroupRow<'d, T>> {
    Columns::<GroupRow<'_, T>>::new()
        .group(|row| row.diff.vantage(row.group.vantage), vantage())
        .group(|row| &row.group.family, family())
}

/// Returns the same columns and those with the kind of change, the paths and the cause.
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
        "the change that causes it on its own: policy, feed, either, only-both, or untold if it was not evaluated",
        |cause| cause.word(),
    )
}

/// A number of addresses.
pub(super) fn addresses<'c>() -> Columns<'c, AddressCount> {
    Columns::<AddressCount>::new().count("addresses", "the number of addresses", |addresses| *addresses)
}

/// A number of addresses and that of their prefixes.
pub(super) fn size<'c>() -> Columns<'c, (AddressCount, u64)> {
    Columns::<(AddressCount, u64)>::new().group(|(count, _)| count, addresses()).integer(
        "prefixes",
        "the size of the smallest set of prefixes that contains exactly these addresses",
        |(_, prefixes)| *prefixes,
    )
}

/// Captured traffic.
pub(super) fn captured<'c>() -> Columns<'c, CapturedVolume> {
    Columns::<CapturedVolume>::new()
        .integer(
            "flows",
            "captured unidirectional flows to and from these addresses; empty without a capture",
            |volume| volume.flows,
        )
        .integer("packets", "their packets", |volume| volume.packets)
        .bytes("ip_bytes", "their bytes according to the IP header", |volume| volume.bytes)
}

/// Returns the traffic of all hosts.
pub(super) fn total(hosts: &[HostVolume]) -> CapturedVolume {
    let mut sum = CapturedVolume::default();
    for host in hosts {
        sum += host.volume;
    }
    sum
}

/// Returns a word even for an empty text, so that the entries of lists stay aligned.
pub(in crate::report::views) fn or_none(text: &str) -> String {
    if text.is_empty() { "none".to_owned() } else { text.to_owned() }
}
