//! Advice as text for people, as a patch of the network file, as commands for the Azure CLI, and as Bicep.

mod azure_cli;
mod bicep;
mod diff;

pub use azure_cli::azure_cli;
pub use bicep::bicep;
pub use diff::unified_diff;

use std::fmt::Write as _;

use crate::check::{Advice, AdviceSheet, AdviceState, AdviceTopic, SubjectKind};
use crate::diag::Source;
use crate::report::views::advise::place;

/// The maximum number of subjects shown in a line of text.
const SUBJECTS: usize = 3;

/// Returns advice as text, by topic, with one line and one source each. With a network, what is missing comes first,
/// and without `all` the text has only what is missing, superfluous or optional, and what people must find out about
/// an entry of the file; the rest is counted.
pub fn advice_text(sheet: &AdviceSheet, network: Option<&Source>, all: bool) -> String {
    let shown = |advice: &&Advice| match advice.state {
        _ if all || network.is_none() => true,
        AdviceState::Missing | AdviceState::Superfluous | AdviceState::Optional => true,
        AdviceState::People => advice.place.is_some(),
        AdviceState::Needed | AdviceState::Present => false,
    };
    let mut topics: Vec<(AdviceTopic, Vec<&Advice>)> = Vec::new();
    for topic in AdviceTopic::ALL {
        let of_topic = sheet.advice.iter().filter(|advice| advice.topic == topic);
        let mut lines: Vec<&Advice> = of_topic.filter(shown).collect();
        lines.sort_by_key(|advice| advice.state);
        if !lines.is_empty() {
            topics.push((topic, lines));
        }
    }
    if network.is_some() {
        topics.sort_by_key(|(_, lines)| lines.first().map(|advice| advice.state));
    }
    let mut text = String::new();
    for (index, (topic, lines)) in topics.iter().enumerate() {
        let _ = writeln!(text, "{}{}", if index == 0 { "" } else { "\n" }, topic.title());
        for alike in groups(lines) {
            line(&mut text, &alike, network, all);
        }
    }
    if network.is_some() {
        let counts = AdviceState::ALL.map(|state| format!("{} {}", sheet.count(state), state.name()));
        let rest = if all { "" } else { "; `--all` shows all" };
        let _ = writeln!(text, "{}{}{rest}", if text.is_empty() { "" } else { "\n" }, counts.join(", "));
    }
    text
}

/// Groups advice that differs only in the circuit or site and its position.
fn groups<'a>(lines: &[&'a Advice]) -> Vec<Vec<&'a Advice>> {
    let subjects = |advice: &'a Advice| advice.circuit.is_some().then_some(&advice.subjects);
    let alike = |left: &Advice, right: &Advice| {
        (left.state, left.kind, &left.text, &left.source)
            == (right.state, right.kind, &right.text, &right.source)
    };
    let mut groups: Vec<Vec<&'a Advice>> = Vec::new();
    for advice in lines {
        let known = groups.iter_mut().find(|group| {
            group.first().is_some_and(|first| {
                let merges = advice.circuit.is_some()
                    || matches!(advice.kind, SubjectKind::Circuit | SubjectKind::Site);
                merges && alike(first, advice) && subjects(first) == subjects(advice)
            })
        });
        match known {
            Some(group) => group.push(advice),
            None => groups.push(vec![advice]),
        }
    }
    groups
}

fn line(text: &mut String, alike: &[&Advice], network: Option<&Source>, all: bool) {
    let Some(first) = alike.first() else { return };
    let circuits: Vec<&str> = alike.iter().filter_map(|advice| advice.circuit.as_deref()).collect();
    let subjects: Vec<&String> = if circuits.is_empty() {
        alike.iter().flat_map(|advice| &advice.subjects).collect()
    } else {
        first.subjects.iter().collect()
    };
    let most = if all { subjects.len() } else { SUBJECTS };
    let mut shown: Vec<String> = subjects.iter().take(most).map(|subject| (*subject).clone()).collect();
    if subjects.len() > most {
        shown.push(format!("and {} more", subjects.len() - most));
    }
    let on = if circuits.is_empty() { String::new() } else { format!(" on {}", circuits.join(", ")) };
    let head = if shown.is_empty() { String::new() } else { format!("{}{on}: ", shown.join(", ")) };
    let _ = write!(text, "  {:<11} {head}{} [{}]", first.state.name(), first.text, first.source);
    let mut places: Vec<String> = alike.iter().filter_map(|advice| place(advice, network)).collect();
    places.dedup();
    if !places.is_empty() {
        let _ = write!(text, " {}", places.join(", "));
    }
    text.push('\n');
}
