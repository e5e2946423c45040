//! Connections, peering locations and capacity.

use std::collections::BTreeSet;

use crate::check::advice::sources::{FAQ, ROUTING};
use crate::check::advice::subject::{Line, Subject};
use crate::check::advice::{Advice, AdviceState, AdviceTopic, SubjectKind};
use crate::network::Connection;
use crate::network::reach::city_of;

const TOPIC: AdviceTopic = AdviceTopic::Redundancy;

/// Both connections of every circuit are up.
pub(super) fn connections(subject: &Subject<'_>, found: &mut Vec<Advice>) {
    if subject.network.is_none() {
        let text = "use both connections of each circuit: the availability agreement requires it, and each carries the full bandwidth, which both peerings share";
        found.push(Advice::new(TOPIC, AdviceState::Needed, ROUTING, text));
    }
    for line in &subject.lines {
        let down: Vec<&str> = Connection::ALL
            .into_iter()
            .filter(|side| !line.peering.is_up(*side))
            .map(Connection::name)
            .collect();
        let place = line.peering.connections.iter().find(|(side, _)| !line.peering.is_up(*side));
        let place = place.and_then(|(_, settings)| settings.span).unwrap_or(line.peering.span);
        let (state, text) = match down.as_slice() {
            [] => (AdviceState::Present, "both connections are up".to_owned()),
            down => {
                let text = format!(
                    "bring up the Microsoft peering on {}: the availability agreement requires both connections",
                    down.join(" and ")
                );
                (AdviceState::Missing, text)
            }
        };
        let advice = Advice::new(TOPIC, state, ROUTING, text);
        found.push(advice.about(SubjectKind::Circuit, [&line.circuit.name]).at(place));
    }
}

/// Circuits at two peering locations, or a Metro location.
pub(super) fn locations(subject: &Subject<'_>, found: &mut Vec<Advice>) {
    let wish = "circuits at two peering locations (maximum resiliency), or a Metro location (high resiliency, the recommended minimum)";
    if subject.network.is_none() {
        let text = format!("order {wish}; standard resiliency cannot be ordered everywhere any more");
        found.push(Advice::new(TOPIC, AdviceState::Needed, FAQ, text));
        return;
    }
    let up = |line: &&Line<'_>| Connection::ALL.into_iter().any(|side| line.peering.is_up(side));
    let up: Vec<&Line<'_>> = subject.lines.iter().filter(up).collect();
    let Some(first) = up.first() else { return };
    let places: BTreeSet<&str> = up.iter().map(|line| line.circuit.peering_location.value.as_str()).collect();
    let metro = places.iter().any(|location| city_of(location).1);
    let (state, text) = match (places.len(), metro) {
        (1, false) => {
            let only = &first.circuit.peering_location.value;
            (AdviceState::Missing, format!("all circuits end at {only}: order {wish}"))
        }
        (1, true) => (AdviceState::Present, "a Metro location: high resiliency".to_owned()),
        (count, _) => (AdviceState::Present, format!("{count} peering locations: maximum resiliency")),
    };
    let names: Vec<&String> = up.iter().map(|line| &line.circuit.name).collect();
    let advice = Advice::new(TOPIC, state, FAQ, text);
    found.push(advice.about(SubjectKind::Circuit, names).at(first.circuit.peering_location.span));
}
