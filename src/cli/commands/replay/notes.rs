//! Notes that are needed to interpret a simulation.

use std::collections::BTreeSet;

use super::super::super::captures::packets::PacketsRead;
use super::critical_notes::{needs_marks, of_critical};
use crate::cli::inputs::variant::Variant;
use crate::network::Billing;
use crate::report::views::simulate::Named;
use crate::report::{Note, duration};
use crate::sim::scenario::{LinkName, Scenario, When};
use crate::sim::{DEFAULT_BUFFER_MS, End, LinkResult, SimResult, TimelineEvent};

/// Returns the notes about the inputs, then those about each variant.
pub(super) fn notes(results: &[Named<'_>], variants: &[Variant], read: &PacketsRead) -> Vec<Note> {
    let mut notes = vec![Note::advice(
        "packets are sent at their capture times; TCP back-off and retransmission are not modelled",
    )];
    if read.records > 0 {
        notes.push(Note::warning(format!(
            "{} flow records have no per-packet timestamps: the packets are spread evenly from first to last (a \
            fluid model in whole packets), so bursts are missing, and queueing delays and drops are underestimated",
            read.records
        )));
    }
    if read.records > 0 && variants.iter().any(|variant| needs_marks(&variant.scenario)) {
        notes.push(Note::warning(
            "flow records have no marks: packets of them count as DSCP 0 where scopes and classes select by `dscp`",
        ));
    }
    notes.extend(read.mapped());
    notes.extend(
        read.captures
            .damage
            .iter()
            .map(|damage| Note::warning(format!("input not read completely: {damage}"))),
    );
    let found: Vec<Vec<Note>> =
        results.iter().zip(variants).map(|((_, result), variant)| of_variant(result, variant)).collect();
    for (index, ((name, _), own)) in results.iter().zip(&found).enumerate() {
        for note in own {
            // A note that applies to all variants is written once.
            if !found.iter().all(|other| other.contains(note)) {
                notes.push(Note { text: format!("{name}: {}", note.text), ..note.clone() });
            } else if index == 0 {
                notes.push(note.clone());
            }
        }
    }
    let watched = results.iter().any(|(_, result)| result.watched);
    for (name, _) in results.iter().filter(|(_, result)| watched && !result.watched) {
        notes.push(Note::warning(format!(
            "{name}: no compliance scope was given, so no traffic can leak: add `compliance` to its scenario, too"
        )));
    }
    notes
}

fn of_variant(result: &SimResult, variant: &Variant) -> Vec<Note> {
    let advice = of_scenario(&variant.scenario).into_iter().chain(of_links(result)).map(Note::advice);
    let late = [of_late_events(result, &variant.scenario), of_late_consequences(result, &variant.scenario)];
    let warnings = of_counts(result).into_iter().chain(of_unanswered(result)).chain(of_metering(result));
    let warnings = warnings.chain(result.unevaluated.iter().cloned()).chain(late.into_iter().flatten());
    let critical = of_critical(result, &variant.scenario);
    advice.chain(warnings.map(Note::warning)).chain(critical).collect()
}

/// Reports bytes that metering counts although it is unknown whether they take a metered circuit.
fn of_metering(result: &SimResult) -> Option<String> {
    let metered = result.metering.iter().any(|one| one.billing == Some(Billing::Metered));
    let unknown = result.total().get(End::Unknown).ip_bytes;
    (metered && unknown > 0).then(|| {
        format!(
            "the outcome of {unknown} IP bytes is unknown; `metering` counts them on the circuits that they may take, so \
             that its figures are upper bounds"
        )
    })
}

/// Reports events after the last packet: they are listed as events, but no packet tests their effect.
fn of_late_events(result: &SimResult, scenario: &Scenario) -> Option<String> {
    let late = after_the_last_packet(result)
        .filter(|one| one.kind == "event")
        .map(|one| format!("`{} {}` ({}:{})", one.action, one.subject, scenario.source.name(), one.line));
    let named = named(late.collect())?;
    let by_offset = |when: When| matches!(when, When::Offset(offset) if offset > result.ended_ns);
    let compressed = scenario.compress > 1 && scenario.events.iter().any(|event| by_offset(event.at));
    let smaller = if compressed { ", a smaller `compress`" } else { "" };
    Some(format!(
        "the last packet is {} after the first, so no packet tests {named}: use an earlier `at`{smaller} or a \
        longer capture",
        duration(result.ended_ns),
    ))
}

/// Reports events before the last packet whose consequences come after it, such as a failure that is detected later, or
/// maintenance that continues.
fn of_late_consequences(result: &SimResult, scenario: &Scenario) -> Option<String> {
    let is_event = |one: &&TimelineEvent| one.kind == "event";
    // Consequences of late events are omitted, since the event itself is already reported.
    let late_lines: BTreeSet<usize> =
        after_the_last_packet(result).filter(is_event).map(|one| one.line).collect();
    let late = after_the_last_packet(result)
        .filter(|one| !is_event(one) && !late_lines.contains(&one.line))
        .map(|one| {
            let after = duration(u64::try_from(one.at_ns).unwrap_or(0));
            format!("`{} {}` at {after} ({}:{})", one.kind, one.subject, scenario.source.name(), one.line)
        });
    let named = named(late.collect())?;
    Some(format!(
        "the last packet is {} after the first, so no packet tests {named}: the results are valid up to the last packet; use a \
        longer capture for the rest",
        duration(result.ended_ns),
    ))
}

fn after_the_last_packet(result: &SimResult) -> impl Iterator<Item = &TimelineEvent> {
    let last = i64::try_from(result.ended_ns).unwrap_or(i64::MAX);
    result.happenings.iter().filter(move |one| one.at_ns > last)
}

/// Returns the first few items of a list, or `None` if the list is empty.
fn named(all: Vec<String>) -> Option<String> {
    const NAMED: usize = 5;
    let named = all.get(..NAMED).unwrap_or(&all);
    let more = all.len() - named.len();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    (!all.is_empty()).then(|| format!("{}{more}", named.join(", ")))
}

fn of_scenario(scenario: &Scenario) -> Vec<String> {
    let Scenario { scale_thousandths: scale, compress, .. } = *scenario;
    let mut found = Vec::new();
    if scale != 1_000 {
        let (whole, rest) = (scale / 1_000, scale % 1_000);
        found.push(format!(
            "traffic is scaled to {whole}.{rest:03} times the capture: each packet is repeated back to back"
        ));
    }
    if compress > 1 {
        found.push(format!("the capture is replayed {compress} times faster; all times are replay times"));
    }
    found
}

fn of_links(result: &SimResult) -> Vec<String> {
    let is_shared = |link: &LinkResult| matches!(link.name, LinkName::Circuit(_));
    let is_used = |link: &&LinkResult| link.totals.iter().any(|carried| carried.offered.packets > 0);
    let (limited, free): (Vec<_>, Vec<_>) =
        result.links.iter().filter(is_used).partition(|link| link.figures.rate.is_some());
    let (shared, unknown): (Vec<_>, Vec<_>) = free.into_iter().partition(|link| is_shared(link));
    let mut found = Vec::new();
    if !unknown.is_empty() {
        let names: Vec<String> = unknown.iter().map(|link| format!("`{}`", link.name)).collect();
        let names = names.join(", ");
        found.push(format!(
            "the rate of {names} is unknown and is treated as unlimited: set it under `links`"
        ));
    }
    if !shared.is_empty() {
        found.push(
            "the connections of a circuit have no shared limit unless `links` sets one: each connection can carry the full bandwidth"
                .to_owned(),
        );
    }
    if limited.iter().any(|link| link.figures.buffer.is_none()) {
        found.push(format!(
            "links without a given buffer queue up to {DEFAULT_BUFFER_MS} ms of traffic at their rate"
        ));
    }
    if result.disordered > 0 {
        found.push(format!(
            "{} packets were captured out of order; they are sent together with the preceding packets",
            result.disordered
        ));
    }
    found
}

/// Reports conversations with unknown return paths, by the information that is missing in the network file.
fn of_unanswered(result: &SimResult) -> impl Iterator<Item = String> {
    result.unanswered.iter().map(|(why, count)| {
        format!(
            "for {} conversations ({} bytes, fate `unknown`), it is unknown whether replies arrive: {why}",
            count.flows, count.volume.ip_bytes
        )
    })
}

fn of_counts(result: &SimResult) -> Vec<String> {
    let counts = [
        (
            result.untimed.packets,
            "packets have no timestamp (Simple Packet Blocks in pcapng, flow records without `first` and `last`): they are not \
            simulated and are listed as `no-time` in the accounts",
        ),
        (result.leaked().ip_bytes, "bytes in the compliance scope went over the internet"),
        (
            result.outside_sites.packets,
            "packets belong to clients outside the prefixes of every site and subnet; these clients are assumed to be \
            at the first site: add their prefixes to a site",
        ),
        (
            result.evicted,
            "conversations were counted and evicted to stay within --max-flows: sums are exact, but a conversation may \
            count as two",
        ),
        (
            result.changed_left_off,
            "changed conversations have no row, because the limit of --max-flows was reached",
        ),
    ];
    counts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, text)| format!("{count} {text}"))
        .collect()
}
