//! What the reader of a simulation must know to read it right.

use std::collections::BTreeSet;

use super::super::super::captures::packets::PacketsRead;
use crate::cli::inputs::variant::Variant;
use crate::report::views::simulate::Named;
use crate::report::{Note, duration};
use crate::sim::scenario::{LinkName, Scenario, When};
use crate::sim::{DEFAULT_BUFFER_MS, Happening, LinkResult, SimResult};

/// All of it: about the reading, then about each variant.
pub(super) fn notes(results: &[Named<'_>], variants: &[Variant], read: &PacketsRead) -> Vec<Note> {
    let mut notes = vec![Note::advice(
        "packets are offered when they were captured: no TCP back-off or retransmission is modelled",
    )];
    if read.records > 0 {
        notes.push(Note::warning(format!(
            "{} flow records say nothing of when their packets came: these are spread evenly from first to last (a \
             fluid model in whole packets), so bursts are missing, and waits and drops are underestimated",
            read.records
        )));
    }
    notes.extend(read.mapped());
    notes.extend(
        read.captures.damage.iter().map(|damage| Note::warning(format!("not all could be read: {damage}"))),
    );
    let told: Vec<Vec<Note>> =
        results.iter().zip(variants).map(|((_, result), variant)| of_variant(result, variant)).collect();
    for (index, ((name, _), own)) in results.iter().zip(&told).enumerate() {
        for note in own {
            // What holds of all is said once.
            if !told.iter().all(|other| other.contains(note)) {
                notes.push(Note { text: format!("{name}: {}", note.text), ..note.clone() });
            } else if index == 0 {
                notes.push(note.clone());
            }
        }
    }
    let watched = results.iter().any(|(_, result)| result.watched);
    for (name, _) in results.iter().filter(|(_, result)| watched && !result.watched) {
        notes.push(Note::warning(format!(
            "{name}: no compliance scope was given, so no traffic can leak: its scenario needs `compliance` too"
        )));
    }
    notes
}

fn of_variant(result: &SimResult, variant: &Variant) -> Vec<Note> {
    let advice = of_scenario(&variant.scenario).into_iter().chain(of_links(result)).map(Note::advice);
    let late = [of_late_events(result, &variant.scenario), of_late_consequences(result, &variant.scenario)];
    let warnings = of_counts(result).into_iter().chain(of_unanswered(result));
    let warnings = warnings.chain(result.unevaluated.iter().cloned()).chain(late.into_iter().flatten());
    advice.chain(warnings.map(Note::warning)).collect()
}

/// Events after the last packet: they stand among what happened, and no packet tells what they do.
fn of_late_events(result: &SimResult, scenario: &Scenario) -> Option<String> {
    let late = after_the_last_packet(result)
        .filter(|one| one.kind == "event")
        .map(|one| format!("`{} {}` ({}:{})", one.action, one.subject, scenario.source.name(), one.line));
    let named = named(late.collect())?;
    let by_offset = |when: When| matches!(when, When::Offset(offset) if offset > result.ended_ns);
    let compressed = scenario.compress > 1 && scenario.events.iter().any(|event| by_offset(event.at));
    let smaller = if compressed { ", a smaller `compress`" } else { "" };
    Some(format!(
        "no packet comes later than {} after the first, so nothing is tested by {named}: give an earlier `at`{smaller} or a \
         longer capture",
        duration(result.ended_ns),
    ))
}

/// What events before the last packet bring about after it: a failure that no packet sees noticed, maintenance that goes on.
fn of_late_consequences(result: &SimResult, scenario: &Scenario) -> Option<String> {
    let is_event = |one: &&Happening| one.kind == "event";
    // What comes of a late event is late with it, and the event is named already.
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
        "no packet comes later than {} after the first, so what follows is not tested: {named}; until then the figures hold, a \
         longer capture tells the rest",
        duration(result.ended_ns),
    ))
}

fn after_the_last_packet(result: &SimResult) -> impl Iterator<Item = &Happening> {
    let last = i64::try_from(result.ended_ns).unwrap_or(i64::MAX);
    result.happenings.iter().filter(move |one| one.at_ns > last)
}

/// The first few of a list; nothing for an empty one.
fn named(all: Vec<String>) -> Option<String> {
    const NAMED: usize = 5;
    let named = all.get(..NAMED).unwrap_or(&all);
    let more = all.len() - named.len();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    (!all.is_empty()).then(|| format!("{}{more}", named.join(", ")))
}

fn of_scenario(scenario: &Scenario) -> Vec<String> {
    let Scenario { scale_thousandths: scale, compress, .. } = *scenario;
    let mut told = Vec::new();
    if scale != 1_000 {
        let (whole, rest) = (scale / 1_000, scale % 1_000);
        told.push(format!(
            "traffic is {whole}.{rest:03} times what was captured, each packet sent as often, back to back"
        ));
    }
    if compress > 1 {
        told.push(format!("the capture is replayed {compress} times faster; times are those of the replay"));
    }
    told
}

fn of_links(result: &SimResult) -> Vec<String> {
    let is_shared = |link: &LinkResult| matches!(link.name, LinkName::Circuit(_));
    let is_used = |link: &&LinkResult| link.totals.iter().any(|carried| carried.offered.packets > 0);
    let (limited, free): (Vec<_>, Vec<_>) =
        result.links.iter().filter(is_used).partition(|link| link.figures.rate.is_some());
    let (shared, unknown): (Vec<_>, Vec<_>) = free.into_iter().partition(|link| is_shared(link));
    let mut told = Vec::new();
    if !unknown.is_empty() {
        let names: Vec<String> = unknown.iter().map(|link| format!("`{}`", link.name)).collect();
        let names = names.join(", ");
        told.push(format!("the rate of {names} is not known, so it never fills: say it under `links`"));
    }
    if !shared.is_empty() {
        told.push(
            "a circuit's connections share no limit unless `links` gives one: each carries the full bandwidth"
                .to_owned(),
        );
    }
    if limited.iter().any(|link| link.figures.buffer.is_none()) {
        told.push(format!(
            "where no buffer is given, what {DEFAULT_BUFFER_MS} ms at the rate carry may wait"
        ));
    }
    if result.disordered > 0 {
        told.push(format!(
            "{} packets were captured out of order; they go with those before them",
            result.disordered
        ));
    }
    told
}

/// Conversations whose answers nobody can follow, by what the network file does not say.
fn of_unanswered(result: &SimResult) -> impl Iterator<Item = String> {
    result.unanswered.iter().map(|(why, count)| {
        format!(
            "{} conversations ({} bytes, fate `unknown`): it cannot be told whether their answers arrive: {why}",
            count.flows, count.volume.ip_bytes
        )
    })
}

fn of_counts(result: &SimResult) -> Vec<String> {
    let counts = [
        (
            result.untimed.packets,
            "packets have no time (Simple Packet Blocks of pcapng, flow records without `first` and `last`): nobody knows what they \
             met, so they are left out, as `no-time` among the accounts",
        ),
        (result.leaked().ip_bytes, "bytes of the compliance scope went over the internet"),
        (
            result.outside_sites.packets,
            "packets have a client outside the prefixes of every site and subnet: they went from the first site; give their prefixes to a \
             site",
        ),
        (
            result.evicted,
            "conversations were counted and let go to stay within --max-flows: sums are exact, but a conversation may \
             count as two",
        ),
        (result.changed_left_off, "changed conversations do not fit within --max-flows and have no row"),
    ];
    counts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, text)| format!("{count} {text}"))
        .collect()
}
