//! Groups of changes: moves, other changes, and their causes.

use std::collections::BTreeMap;

use crate::addr::{AddressCount, Family};
use crate::check::diff::{Aspect, CapturedVolume, Cause, ChangeKind, Group};
use crate::report::View;
use crate::report::columns::Columns;
use crate::report::views::diff::Found;
use crate::report::views::diff::change::{
    GroupRow, captured, cause, from, kind, or_none, place, size, to, total,
};
use crate::report::views::shared::{family, vantage};

/// The size of a group.
struct Size {
    /// The number of addresses and prefixes in the group.
    size: (AddressCount, u64),
    captured: Option<CapturedVolume>,
}

/// Returns a row for each group of moves if `is_move`, otherwise for each other group.
fn rows<'f>(found: &'f Found<'_>, is_move: bool) -> impl Iterator<Item = GroupRow<'f, Size>> {
    let groups = found.groups.iter().filter(move |group| (group.kind == ChangeKind::Move) == is_move);
    groups.map(|group| {
        let size = (group.addresses, group.prefixes.len() as u64);
        let captured = found.weighed.map(|weighed| total(&weighed.hosts(group)));
        GroupRow { diff: found.diff, group, of: Size { size, captured } }
    })
}

pub(super) fn moves(found: &Found<'_>) -> View {
    place::<Size>()
        .group(|row| &row.group.from, from())
        .group(|row| &row.group.to, to())
        .group(|row| row, sizes())
        .view("moves", rows(found, true))
}

pub(super) fn reasons(found: &Found<'_>) -> View {
    place::<Size>()
        .group(|row| &row.group.kind, kind())
        .group(|row| &row.group.from, from())
        .group(|row| &row.group.to, to())
        .list(
            "differs",
            "the properties that differ: circuit, connection, hops (gateways and appliances), ends, route, prefix, return, support",
            |row| row.group.differs.iter().map(|(aspect, ..)| aspect.word().to_owned()).collect::<Vec<_>>(),
        )
        .list(
            "was",
            "the values of the differing properties in the base, in the order of differs; the value of prefix is omitted",
            |row| shown(row.group).map(|(_, was, _)| or_none(was)).collect::<Vec<_>>(),
        )
        .list("is", "the values of the differing properties in the head, in the order of differs; the value of prefix is omitted", |row| {
            shown(row.group).map(|(_, _, is)| or_none(is)).collect::<Vec<_>>()
        })
        .group(|row| row, sizes())
        .view("reasons", rows(found, false))
}

/// Returns the differing properties whose values are shown.
fn shown(group: &Group) -> impl Iterator<Item = &(Aspect, String, String)> {
    group.differs.iter().filter(|(aspect, ..)| *aspect != Aspect::Prefix)
}

/// The cause, addresses, prefixes and traffic of a group.
fn sizes<'f>() -> Columns<'f, GroupRow<'f, Size>> {
    Columns::<GroupRow<'_, Size>>::new()
        .group(|row| &row.group.cause, cause())
        .group(|row| &row.of.size, size())
        .group_if(|row| row.of.captured.as_ref(), captured())
}

/// The key of a row in the view `causes`. Rows are in the order of their keys.
type CauseKey = (usize, Family, ChangeKind, Cause);

pub(super) fn causes(found: &Found<'_>) -> View {
    let mut sums: BTreeMap<CauseKey, (AddressCount, u64)> = BTreeMap::new();
    for group in found.groups.iter().filter(|group| group.cause != Cause::Nothing) {
        let sum = sums.entry((group.vantage, group.family, group.kind, group.cause)).or_default();
        *sum = (sum.0 + group.addresses, sum.1 + group.prefixes.len() as u64);
    }
    let rows = sums.into_iter().map(|(key, sum)| (found.diff.vantage(key.0), key, sum));
    Columns::<(&str, CauseKey, (AddressCount, u64))>::new()
        .group(|(point, ..)| *point, vantage())
        .group(|(_, (_, of, ..), _)| of, family())
        .group(|(_, (_, _, of, _), _)| of, kind())
        .group(|(_, (.., of), _)| of, cause())
        .group(|(.., sum)| sum, size())
        .view("causes", rows)
}
