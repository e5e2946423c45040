//! An explanation in a few sentences, for readers of a failed check.

use crate::engine::Explanation;
use crate::report::explain::reason::Names;

/// The maximum number of missing routes to report. The most specific routes are reported.
const SHOWN_ABSENT: usize = 2;

/// Returns the reasons for the path to an address, for missing routes and for the return path, as sentences without a
/// full stop.
pub fn sentences(explanation: &Explanation<'_>, names: Names<'_>) -> Vec<String> {
    let decision = &explanation.decision;
    let mut found = vec![format!("{}: {}", decision.disposition, names.reason(decision))];
    for absent in explanation.absent.iter().take(SHOWN_ABSENT) {
        let session = explanation.sessions.iter().find(|session| Some(session.id) == absent.session);
        let over = session.map(|session| session.name.clone());
        let over = over.or_else(|| absent.circuit.map(|circuit| names.circuits(&[circuit])));
        let carried =
            absent.community.map(|community| format!(" with community {}", names.community(community)));
        found.push(format!(
            "no route to {}{} on {}: {}",
            absent.prefix,
            carried.unwrap_or_default(),
            over.unwrap_or_default(),
            names.absence(&absent.absence)
        ));
    }
    if let Some(back) = &explanation.return_path
        && let Some(worst) = back.sources.iter().max_by_key(|source| source.verdict)
    {
        let place = names
            .place(worst.reason.span().unwrap_or(worst.span))
            .map(|place| format!(" [{place}]"))
            .unwrap_or_default();
        found.push(format!("{}: {} ({}){place}", back.verdict, worst.reason.sentence(), worst.source));
    }
    found
}
