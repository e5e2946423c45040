//! The view of all prefixes that do not satisfy a check.

use crate::addr::IpPrefix;
use crate::check::diff::Aspect;
use crate::check::{CheckOutcome, Evaluated, EvaluatedPart, Evaluation};
use crate::engine::{ReturnVerdict, SupportVerdict};
use crate::report::View;
use crate::report::columns::Columns;
use crate::report::explain::reason::Names;
use crate::report::views::shared::vantage;

/// Addresses that do not satisfy a check, all for the same reason.
struct Unmet<'j> {
    outcome: &'j CheckOutcome,
    part: &'j EvaluatedPart,
    vantage: Option<String>,
    why: String,
    caused_at: Option<String>,
    checked_at: String,
}

impl<'j> Unmet<'j> {
    fn new(outcome: &'j CheckOutcome, part: &'j EvaluatedPart, names: Names<'_>) -> Self {
        let (decision, check) = (&part.part.decision, &part.check);
        let (line, _) = check.source.position(check.span.start);
        Self {
            outcome,
            part,
            vantage: names.network.map(|network| part.part.vantage.name(network)),
            why: names.reason(decision),
            caused_at: decision.reason().span().and_then(|span| names.place(span)),
            checked_at: format!("{}:{line}", check.source.name()),
        }
    }

    fn result(&self) -> &'static str {
        match self.part.part.judgement {
            Evaluation::Fails(_) if self.part.waived => "waived",
            Evaluation::Fails(_) => "fails",
            Evaluation::CannotTell(_) => "cannot-tell",
            Evaluation::Holds => "holds",
        }
    }

    fn expected(&self) -> Option<&'static str> {
        match self.part.part.judgement {
            Evaluation::Fails(aspect) | Evaluation::CannotTell(aspect) => Some(Aspect::word(aspect)),
            Evaluation::Holds => None,
        }
    }
}

/// Returns a view of every prefix that does not satisfy a check, with the reason, the deciding line and the line of
/// the check.
pub fn check_parts(evaluated: &Evaluated, names: Names<'_>) -> View {
    let unmet = evaluated.parts.iter().filter_map(|part| {
        let outcome = evaluated.outcomes.get(part.outcome)?;
        Some(Unmet::new(outcome, part, names))
    });
    let unmet: Vec<Unmet<'_>> = unmet.collect();
    let rows = unmet.iter().flat_map(|unmet| {
        let prefixes = unmet.part.part.ranges.iter().flat_map(|range| range.prefixes());
        prefixes.map(move |prefix| (unmet, prefix))
    });
    Columns::<(&Unmet<'_>, IpPrefix)>::new()
        .group(|(unmet, _)| *unmet, failure())
        .text(
            "prefix",
            "a prefix in the smallest set that contains exactly the addresses with this result and reason",
            |(_, prefix)| prefix.to_string(),
        )
        .count("addresses", "the number of addresses in the prefix", |(_, prefix)| prefix.count())
        .text("path", "the path of packets to the prefix", |(unmet, _)| {
            unmet.part.part.decision.disposition.word()
        })
        .text("circuits", "the circuits on the path", |(unmet, _)| {
            names.circuits(unmet.part.part.decision.circuits())
        })
        .group(|(unmet, _)| *unmet, reasons())
        .view("check_parts", rows)
}

fn failure<'j>() -> Columns<'j, Unmet<'j>> {
    Columns::<Unmet<'_>>::new()
        .text("check", "the name of the check", |unmet| unmet.outcome.id.clone())
        .text("result", "the result: fails, waived or cannot-tell", Unmet::result)
        .text(
            "expected",
            "the property that does not satisfy the check: path, circuit, connection, hops, return or support",
            Unmet::expected,
        )
        .text("failure", "the failure under which the check is not satisfied; empty for the network as written", |unmet| {
            unmet.part.part.failure.clone()
        })
        .group_if(|unmet| unmet.vantage.as_deref(), vantage())
}

fn reasons<'j>() -> Columns<'j, Unmet<'j>> {
    Columns::<Unmet<'_>>::new()
        .text("return", "the verdict on replies, if the check tests replies", |unmet| {
            unmet.part.part.back.map(ReturnVerdict::word)
        })
        .text("support", "the documented support of the endpoint, if the check tests support", |unmet| {
            unmet.part.part.support.map(SupportVerdict::word)
        })
        .text("why", "the reason for the path", |unmet| unmet.why.clone())
        .text("caused_at", "the line in the network file that decides the path", |unmet| {
            unmet.caused_at.clone()
        })
        .text("checked_at", "the line of the check", |unmet| unmet.checked_at.clone())
}
