//! The view of `advise`.

use crate::check::Advice;
use crate::diag::Source;
use crate::report::View;
use crate::report::columns::Columns;

/// Returns the view `advice`: one row for each advice, in the order of topics. `network` is the network file.
pub fn advice(all: &[Advice], network: Option<&Source>) -> View {
    Columns::<&Advice>::new()
        .text("topic", "what the advice is about", |advice| advice.topic.name())
        .text(
            "state",
            "missing, needed, superfluous, optional, people (only people can know), present",
            |advice| advice.state.name(),
        )
        .text(
            "kind",
            "the kind of the subjects: community, circuit, tag, host, product, site, prefix, network",
            |advice| advice.kind.name(),
        )
        .list("subjects", "what it names; empty for the network as a whole", |advice| advice.subjects.clone())
        .text("circuit", "the circuit whose settings it concerns", |advice| advice.circuit.clone())
        .text("advice", "what to do, and why", |advice| advice.text.clone())
        .text("source", "the document or list behind it", |advice| advice.source.title.clone())
        .text("source_date", "the date of the edition", |advice| advice.source.date.clone())
        .text("source_url", "the address of the document", |advice| advice.source.url.clone())
        .text("place", "the line of the network file, as `FILE:LINE`", |advice| place(advice, network))
        .view("advice", all)
}

/// Returns the line of the network file that an advice concerns, as `FILE:LINE`.
pub(in crate::report) fn place(advice: &Advice, network: Option<&Source>) -> Option<String> {
    let (source, span) = (network?, advice.place?);
    Some(format!("{}:{}", source.name(), source.position(span.start).0))
}
