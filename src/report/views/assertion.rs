//! The view of all prefixes that do not meet a check.

use crate::addr::IpPrefix;
use crate::check::{CheckOutcome, Judged, JudgedPart, Judgement};
use crate::report::explain::reason::Names;
use crate::report::{Cell, Column, ColumnKind, View};

/// Returns every prefix that does not meet a check, with the reason, the deciding line and the line of the check.
pub fn check_parts(judged: &Judged, names: Names<'_>) -> View {
    let text = |name, meaning| Column::new(name, ColumnKind::Text, meaning);
    let columns = [
        text("check", "the name of the check"),
        text("result", "fails, waived, or cannot-tell"),
        text(
            "expected",
            "the property that does not meet the check: path, circuit, connection, hops, return or support",
        ),
        text("failure", "the failure under which it does not; empty for the network as written"),
        text("vantage", "where packets start: a site, or VIRTUAL-NETWORK/SUBNET"),
        text(
            "prefix",
            "the addresses, as the smallest set of prefixes that contains exactly those of each part",
        ),
        Column::new("addresses", ColumnKind::Count, "the number of addresses in the prefix"),
        text("path", "the path of packets to them"),
        text("circuits", "the circuits of the path"),
        text("return", "the verdict on replies, if the check requires one"),
        text("support", "the documented support, if the check requires it"),
        text("why", "the reason for the path"),
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
