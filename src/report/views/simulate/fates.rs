//! The outcomes of conversations and packets, and the events.

use crate::report::View;
use crate::report::views::shared::{frame_bytes, ip_bytes, packets};
use crate::report::views::simulate::Named;
use crate::report::views::simulate::variant::{longest_outage, rows, variant};
use crate::sim::{End, Fate, FateSum, SimResult, TimelineEvent, Volume};

pub(super) fn fates(results: &[Named<'_>]) -> View {
    variant::<(Fate, &FateSum)>()
        .text("fate", "the fate of the conversations", |row| row.of.0.word())
        .integer("flows", "the number of conversations with this fate; a conversation can have several fates", |row| row.of.1.flows)
        .integer(
            "gravest",
            "the number of conversations whose most severe fate is this one; these numbers add up to all conversations",
            |row| row.of.1.gravest,
        )
        .group(|row| &row.of.1.volume.packets, packets())
        .bytes(
            "ip_bytes",
            "bytes with this fate: for `moved` and `reset`, bytes after the first such change; for `kept`, all bytes",
            |row| row.of.1.volume.ip_bytes,
        )
        .group(|row| &row.of.1.longest_outage_ns, longest_outage())
        .view("fates", rows(results, by_fate))
}

fn by_fate(result: &SimResult) -> impl Iterator<Item = (Fate, &FateSum)> {
    Fate::ALL.into_iter().rev().filter_map(|fate| Some((fate, result.fates.get(&fate)?)))
}

pub(super) fn events(results: &[Named<'_>]) -> View {
    variant::<&TimelineEvent>()
        .time("time", "the time of the event, in replay time", |row| {
            let at = i128::from(row.result.first_ns) + i128::from(row.of.at_ns);
            u64::try_from(at.max(0)).unwrap_or(u64::MAX)
        })
        .duration(
            "offset_ns",
            "the time of the event in nanoseconds after the first packet; empty if the event is before that packet",
            |row| u64::try_from(row.of.at_ns).ok(),
        )
        .text(
            "kind",
            "the kind of entry: `event` as written in the scenario, `detected` when a failure is detected, `restored` when a session provides routes again, \
             `maintenance` when maintenance by Microsoft starts or ends",
            |row| row.of.kind,
        )
        .text("action", "the action of the event", |row| Some(row.of.action).filter(|action| !action.is_empty()))
        .text("subject", "the subject of the action", |row| row.of.subject.clone())
        .integer("line", "the line of the event in the scenario file, from 1", |row| row.of.line as u64)
        .view("events", rows(results, |result| &result.happenings))
}

/// An entry in the account of all packets.
struct Entry {
    account: &'static str,
    volume: Volume,
    /// Whether its IP bytes are known.
    is_decoded: bool,
}

pub(super) fn conservation(results: &[Named<'_>]) -> View {
    variant::<Entry>()
        .text(
            "account",
            "`captured` (decoded), `skipped` (not decoded), `offered` (captured times the scale), then the outcomes of the offered traffic",
            |row| row.of.account,
        )
        .group(|row| &row.of.volume.packets, packets())
        .group(|row| &row.of.volume.frame_bytes, frame_bytes())
        .group_if(|row| row.of.is_decoded.then_some(&row.of.volume.ip_bytes), ip_bytes())
        .view("conservation", rows(results, entries))
}

fn entries(result: &SimResult) -> Vec<Entry> {
    let decoded = |account, volume| Entry { account, volume, is_decoded: true };
    let mut all = vec![decoded("captured", result.captured)];
    if result.untimed.packets > 0 {
        all.push(decoded("no-time", result.untimed));
    }
    all.push(Entry { account: "skipped", volume: result.skipped, is_decoded: false });
    all.push(decoded("offered", result.offered));
    let total = result.total();
    all.extend(End::ALL.map(|end| decoded(end.word(), total.get(end))));
    all
}
