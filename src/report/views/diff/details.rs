//! The prefixes, lists and hosts in groups of changes.

use std::cmp::Reverse;

use crate::addr::{AddressCount, IpPrefix, IpRange};
use crate::check::diff::{CapturedVolume, Group, HostVolume, ListKind, Lists, Membership, Weighed};
use crate::report::View;
use crate::report::views::diff::Found;
use crate::report::views::diff::change::{GroupRow, addresses, captured, total, whole_change};

/// A prefix in a group.
struct Part {
    prefix: IpPrefix,
    addresses: AddressCount,
    /// The lists that contain any of these addresses.
    held: Vec<Membership>,
    captured: Option<CapturedVolume>,
}

pub(super) fn prefixes(found: &Found<'_>, lists: &mut Lists<'_>) -> View {
    let columns = whole_change::<Part>()
        .text(
            "prefix",
            "a prefix in the smallest set that contains exactly the addresses in the group",
            |row| row.of.prefix.to_string(),
        )
        .group(|row| &row.of.addresses, addresses())
        .list("tags", "the service tags that contain any address in the prefix, on either side", |row| {
            names(&row.of.held, ListKind::Tag)
        })
        .list(
            "endpoint_sets",
            "the Microsoft 365 endpoint sets that contain any address in the prefix",
            |row| names(&row.of.held, ListKind::EndpointSet),
        )
        .list(
            "communities",
            "the communities that contain any address in the prefix, with any evidence",
            |row| names(&row.of.held, ListKind::Community),
        )
        .list("regions", "the Azure regions to which any address in the prefix belongs", |row| {
            names(&row.of.held, ListKind::Region)
        })
        .group_if(|row| row.of.captured.as_ref(), captured());
    let mut view = View::new("prefixes", &columns.columns());
    for group in found.groups {
        let hosts = found.weighed.map(|weighed| weighed.hosts(group));
        let shown = if found.top == 0 { group.prefixes.len() } else { found.top };
        for prefix in group.prefixes.iter().take(shown) {
            let range = IpRange::from(*prefix);
            let (addresses, held) = (range.count(), lists.of(&[range]));
            let captured = hosts.as_deref().map(|hosts| total(inside(hosts, range)));
            let of = Part { prefix: *prefix, addresses, held, captured };
            view.rows.push(columns.row(&GroupRow { diff: found.diff, group, of }));
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

pub(super) fn memberships(found: &Found<'_>, lists: &mut Lists<'_>) -> View {
    let columns = whole_change::<Membership>()
        .text("list_kind", "the kind of list: tag, endpoint-set, community or region", |row| {
            row.of.kind.word()
        })
        .text("list", "the name of the list", |row| row.of.name.clone())
        .count(
            "base_addresses",
            "the number of addresses in the group that the base's edition of the list contains",
            |row| row.of.base,
        )
        .count(
            "head_addresses",
            "the number of addresses in the group that the head's edition of the list contains",
            |row| row.of.head,
        );
    let mut view = View::new("lists", &columns.columns());
    for group in found.groups {
        let mut held = lists.of(&found.diff.ranges(group));
        held.sort_by(|left, right| {
            let key = |one: &Membership| Reverse(one.head.max(one.base));
            (left.kind, key(left), &left.name).cmp(&(right.kind, key(right), &right.name))
        });
        let mut shown = 0;
        let mut last = None;
        for of in held {
            shown = if last == Some(of.kind) { shown + 1 } else { 1 };
            last = Some(of.kind);
            view.total_rows += 1;
            if found.top == 0 || shown <= found.top {
                view.rows.push(columns.row(&GroupRow { diff: found.diff, group, of }));
            }
        }
    }
    view
}

/// The captured traffic to and from a group.
struct GroupWeight {
    sum: CapturedVolume,
    /// The hosts with the most bytes.
    top: Vec<String>,
    /// The prefixes without any captured flow.
    untouched: Vec<IpRange>,
}

impl GroupWeight {
    fn new(weighed: &Weighed, group: &Group, top: usize) -> Self {
        let mut hosts = weighed.hosts(group);
        let sum = total(&hosts);
        let ranges = group.prefixes.iter().map(|prefix| IpRange::from(*prefix));
        let untouched = ranges.filter(|range| inside(&hosts, *range).is_empty()).collect();
        hosts.sort_by_key(|host| (Reverse(host.volume.bytes), host.remote));
        let shown = if top == 0 { hosts.len() } else { top };
        let top = hosts.iter().take(shown).map(|host| format!("{}={}", host.remote, host.volume.bytes));
        Self { sum, top: top.collect(), untouched }
    }
}

pub(super) fn weights(found: &Found<'_>, weighed: &Weighed) -> View {
    let rows = found.groups.iter().map(|group| {
        let of = GroupWeight::new(weighed, group, found.top);
        GroupRow { diff: found.diff, group, of }
    });
    whole_change::<GroupWeight>()
        .group(|row| &row.of.sum, captured())
        .list("hosts", "the remote ends with the most bytes, as address=bytes", |row| row.of.top.clone())
        .integer(
            "untouched_prefixes",
            "the number of prefixes in the group without any captured flow",
            |row| row.of.untouched.len() as u64,
        )
        .count(
            "untouched_addresses",
            "the number of addresses in the prefixes without any captured flow",
            |row| row.of.untouched.iter().map(|range| range.count()).sum::<AddressCount>(),
        )
        .view("weights", rows)
}
