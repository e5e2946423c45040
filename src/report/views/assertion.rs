//! The view of what does not meet the checks, to the last prefix.

use crate::addr::IpPrefix;
use crate::check::{CheckOutcome, Judged, JudgedPart, Judgement};
use crate::report::explain::reason::Names;
use crate::report::{Cell, Column, ColumnKind, View};

/// Every prefix that does not meet a check, with its reason and the two lines it comes from.
pub fn check_parts(judged: &Judged, names: Names<'_>) -> View {
    let text = |name, meaning| Column::new(name, ColumnKind::Text, meaning);
    let columns = [
        text("check", "the name of the check"),
        text("result", "fails, waived, or cannot-tell"),
        text(
            "expected",
            "in what it does not meet the check: path, circuit, connection, hops, return or support",
        ),
        text("failure", "what is down meanwhile; empty where all is as written"),
        text("vantage", "where packets start: a site, or VIRTUAL-NETWORK/SUBNET"),
        text("prefix", "the addresses: of each part the fewest prefixes that hold exactly them"),
        Column::new("addresses", ColumnKind::Count, "how many addresses the prefix holds"),
        text("path", "the path that they take"),
        text("circuits", "the circuits that carry it"),
        text("return", "what becomes of answers, where the check asks for it"),
        text("support", "documented support, where the check asks for it"),
        text("why", "why they take the path"),
        text("caused_at", "the line of the network file that decides"),
        text("checked_at", "the line of the check"),
    ];
    let mut view = View::new("check_parts", &columns);
    for part in &judged.parts {
        let Some(outcome) = judged.outcomes.get(part.outcome) else { continue };
        let prefixes = part.part.ranges.iter().flat_map(|range| range.prefixes());
        for prefix in prefixes {
            view.push(row(part, outcome, prefix, names));
        }
    }
    view
}

fn row(judged: &JudgedPart, outcome: &CheckOutcome, prefix: IpPrefix, names: Names<'_>) -> Vec<Cell> {
    let JudgedPart { check, waived, part, .. } = judged;
    let (result, aspect) = match part.judgement {
        Judgement::Fails(aspect) if *waived => ("waived", Some(aspect)),
        Judgement::Fails(aspect) => ("fails", Some(aspect)),
        Judgement::CannotTell(aspect) => ("cannot-tell", Some(aspect)),
        Judgement::Holds => ("holds", None),
    };
    let vantage = names.network.map(|network| part.vantage.name(network));
    let (line, _) = check.source.position(check.span.start);
    vec![
        Cell::from(outcome.id.as_str()),
        Cell::from(result),
        Cell::from(aspect.map(crate::check::diff::Aspect::word)),
        Cell::from(part.failure.as_deref()),
        Cell::from(vantage),
        Cell::from(prefix.to_string()),
        Cell::from(prefix.count()),
        Cell::from(part.decision.disposition.word()),
        Cell::from(names.circuits(part.decision.circuits())),
        Cell::from(part.back.map(crate::engine::ReturnVerdict::word)),
        Cell::from(part.support.map(crate::engine::SupportVerdict::word)),
        Cell::from(names.reason(&part.decision)),
        Cell::from(part.decision.reason().span().and_then(|span| names.place(span))),
        Cell::from(format!("{}:{line}", check.source.name())),
    ]
}
