//! Rules about hops that are not evaluated: what is told of packets that pass them may be wrong.

use crate::check::lint::Subject;
use crate::diag::{Code, Diagnostic};
use crate::engine::{Unevaluated, UnevaluatedHop, unevaluated};

/// Hops that forward by tables of their own: another edge, an appliance that is not described.
pub(in crate::check::lint) fn hops(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let hops = unevaluated(subject.network);
    found.extend(hops.iter().map(|one| finding(subject, one)));
}

fn finding(subject: &Subject<'_>, one: &Unevaluated) -> Diagnostic {
    let (code, label, help) = match one.hop {
        UnevaluatedHop::OtherEdge(_) => (
            Code::LINT_OTHER_EDGE,
            "reached over the company's network",
            "give the circuit to the one site at whose edge it ends without a `metric`, and that edge decides what crosses to it",
        ),
        UnevaluatedHop::Appliance(_) => (
            Code::LINT_APPLIANCE,
            "leads to it",
            "paths over it are `unknown`, and so are answers: describe it among the `appliances` of its virtual network",
        ),
    };
    Diagnostic::warning(code, &subject.network.source, one.sentence(subject.network))
        .at(one.span, label)
        .help(help)
}
