//! The SKU whose reach contains the regions of the products.

use std::collections::BTreeSet;

use crate::catalog::ServiceCommunity;
use crate::check::advice::sources::{FAQ, GUIDE_ARCHITECTURE, LOCATIONS};
use crate::check::advice::subject::{Line, Subject};
use crate::check::advice::{Advice, AdviceState, AdviceTopic, SubjectKind};
use crate::network::Sku;
use crate::network::reach::{Reach, Receives};

/// The maximum number of peering locations named as examples.
const EXAMPLES: usize = 3;

/// The smallest SKU of each circuit that reaches everything; without a network, the SKU by peering location.
pub(super) fn sku(subject: &Subject<'_>, found: &mut Vec<Advice>) {
    let required = subject.wanted.iter().filter(|wanted| wanted.is_required);
    let needed: Vec<&ServiceCommunity> =
        required.filter_map(|wanted| subject.catalog.community(wanted.entry.value)).collect();
    if needed.is_empty() {
        return;
    }
    if subject.network.is_none() {
        by_location(subject, found);
    }
    found.extend(subject.lines.iter().map(|line| of_circuit(subject, line, &needed)));
}

/// Returns whether a SKU at a location reaches all communities; `None` if the documents do not state it.
fn reaches(subject: &Subject<'_>, sku: Sku, location: &str, needed: &[&ServiceCommunity]) -> Option<bool> {
    let reach = Reach::by_table(sku, location, subject.catalog.cloud(), subject.geography);
    let mut all = Some(true);
    for community in needed {
        match reach.receives(community) {
            Receives::Yes => {}
            Receives::No => return Some(false),
            Receives::Unknown(_) => all = None,
        }
    }
    all
}

fn of_circuit(subject: &Subject<'_>, line: &Line<'_>, needed: &[&ServiceCommunity]) -> Advice {
    let (circuit, location) = (line.circuit, line.circuit.peering_location.value.as_str());
    let own = circuit.sku.value;
    let least = if subject.asks_for_microsoft_365() {
        Some(Sku::Premium)
    } else {
        Sku::ALL.into_iter().find(|sku| reaches(subject, *sku, location, needed) == Some(true))
    };
    let (state, text) = match (reaches(subject, own, location, needed), least) {
        (Some(true), Some(least)) if least < own => (
            AdviceState::Superfluous,
            format!(
                "{own}: {least} at {location} already reaches the regions of the products; keep {own} only for other needs"
            ),
        ),
        (Some(true), Some(least)) if least > own => {
            (AdviceState::Missing, format!("{own} at {location} is not enough: order {least}"))
        }
        (Some(true), _) => (
            AdviceState::Present,
            format!("{own} at {location} reaches the regions of the products, and no smaller SKU does"),
        ),
        (Some(false), least) => {
            let least = least.unwrap_or(Sku::Premium);
            let out = needed.iter().filter(|one| reaches(subject, own, location, &[**one]) == Some(false));
            let out: Vec<String> = out.map(|one| subject.named(one.value).name).collect();
            (
                AdviceState::Missing,
                format!("{own} at {location} does not reach {}: order {least}", out.join(", ")),
            )
        }
        (None, _) => (
            AdviceState::People,
            format!(
                "no document states whether {own} at {location} reaches the regions: ask the provider, or order premium"
            ),
        ),
    };
    let advice = Advice::new(AdviceTopic::Sku, state, FAQ, text);
    advice.about(SubjectKind::Circuit, [&circuit.name]).at(circuit.sku.span)
}

/// Names the SKU for circuits that are not ordered yet.
fn by_location(subject: &Subject<'_>, found: &mut Vec<Advice>) {
    const TOPIC: AdviceTopic = AdviceTopic::Sku;
    if subject.asks_for_microsoft_365() {
        found.push(Advice::new(
            TOPIC,
            AdviceState::Needed,
            FAQ,
            "premium, at any peering location: Microsoft 365 requires it",
        ));
        return;
    }
    let required: Vec<&ServiceCommunity> = subject
        .wanted
        .iter()
        .filter(|wanted| wanted.is_required)
        .filter_map(|wanted| subject.catalog.community(wanted.entry.value))
        .collect();
    let locations: BTreeSet<&str> = subject
        .geography
        .iter()
        .filter(|record| record.cloud == subject.catalog.cloud())
        .filter_map(|record| record.peering_location.as_deref())
        .collect();
    let at = |sku: Sku| -> Vec<&str> {
        let reached = |location: &&&str| reaches(subject, sku, location, &required) == Some(true);
        locations.iter().filter(reached).copied().collect()
    };
    for (sku, terms) in [
        (Sku::Local, "no Global Reach, and no charge for outbound traffic"),
        (Sku::Standard, "the peering location counts, not the region of the circuit's resource"),
    ] {
        let all = at(sku);
        let text = match all.as_slice() {
            [] if sku == Sku::Standard => {
                "standard reaches the regions of the products at no peering location: order premium"
                    .to_owned()
            }
            [] => continue,
            some => {
                let examples = some.iter().take(EXAMPLES).copied().collect::<Vec<_>>().join(", ");
                let more = if some.len() > EXAMPLES { " and others" } else { "" };
                let plural = if some.len() == 1 { "" } else { "s" };
                format!("{sku} at {} peering location{plural} ({examples}{more}): {terms}", some.len())
            }
        };
        found.push(Advice::new(TOPIC, AdviceState::Needed, LOCATIONS, text));
    }
    let text = "premium at all other peering locations; the FAQ requires it only across geopolitical regions";
    found.push(Advice::new(TOPIC, AdviceState::Needed, FAQ, text));
    let text = "this page of the guide asks for a circuit in the environment's region; planning and FAQ allow Premium across geopolitical regions";
    found.push(Advice::new(TOPIC, AdviceState::People, GUIDE_ARCHITECTURE, text));
}
