//! Traces of packets and replies, one hop per line.

use serde_json::{Value, json};

use crate::engine::{Attracting, Crossing, Decision, Explanation, Hop, ReplyStart, ReplyTrace, Vantage};
use crate::network::PeeringKind;
use crate::report::explain::reason::Names;

/// A hop in words.
pub(super) struct Line {
    /// The router that decides.
    router: String,
    /// The prefix of the deciding route.
    prefix: Option<String>,
    /// The reason for its decision.
    why: String,
    /// The position of the route in the network file.
    place: Option<String>,
}

impl Line {
    fn json(&self) -> Value {
        let Self { router, prefix, why, place } = self;
        json!({ "router": router, "prefix": prefix, "why": why, "place": place })
    }
}

/// Returns the traces of an explained packet. If there are several, they share the flows.
pub(super) fn forward(explanation: &Explanation<'_>, names: Names<'_>) -> Vec<Vec<Line>> {
    let Some((network, vantage)) = names.network.zip(explanation.vantage) else { return Vec::new() };
    let decision = &explanation.decision;
    let of = |trace: &[Hop]| lines(vantage.name(network), Some(decision), trace, names);
    decision.traces().map(of).collect()
}

/// Returns the trace of a reply.
pub(super) fn answer(trace: &ReplyTrace, names: Names<'_>) -> Vec<Line> {
    let start = match trace.start {
        ReplyStart::Outside => String::new(),
        ReplyStart::Subnet(id, subnet) => named(names, Vantage::Subnet(id, subnet)),
        ReplyStart::VirtualNetwork(id) => names.virtual_network(id).to_owned(),
        ReplyStart::Site(id) => named(names, Vantage::Site(id)),
    };
    let mut all: Vec<Line> = trace.attracting.iter().map(|one| attracting(one, names)).collect();
    all.extend(lines(start, trace.first.as_ref(), &trace.hops, names));
    all
}

/// Returns the traces of a packet as JSON.
pub(super) fn forward_json(explanation: &Explanation<'_>, names: Names<'_>) -> Value {
    let traces = forward(explanation, names);
    let traces: Vec<Value> = traces.iter().map(|trace| trace.iter().map(Line::json).collect()).collect();
    json!({ "ends": explanation.decision.end().word(), "traces": traces })
}

/// Returns the trace of a reply as JSON.
pub(super) fn answer_json(trace: &ReplyTrace, names: Names<'_>) -> Value {
    answer(trace, names).iter().map(Line::json).collect()
}

/// Returns a trace line by line, with the routers aligned in one column.
pub(super) fn aligned(trace: &[Line]) -> Vec<String> {
    let width = trace.iter().map(|line| line.router.chars().count()).max().unwrap_or_default();
    trace.iter().map(|Line { router, why, .. }| format!("{router:<width$}  {why}")).collect()
}

fn named(names: Names<'_>, vantage: Vantage) -> String {
    names.network.map(|network| vantage.name(network)).unwrap_or_default()
}

/// Returns the lines for the first router's decision and for the decisions after it.
fn lines(start: String, first: Option<&Decision>, hops: &[Hop], names: Names<'_>) -> Vec<Line> {
    let line = |router: String, decision: &Decision, why: String| Line {
        router,
        prefix: decision.prefix.map(|prefix| prefix.to_string()),
        why,
        place: decision.reason().span().and_then(|span| names.place(span)),
    };
    let first = first.map(|first| line(start, first, names.reason_of(first, hops.first())));
    let behind = hops.iter().zip(names.trace(hops));
    first.into_iter().chain(behind.map(|(hop, (router, why))| line(router, &hop.decision, why))).collect()
}

/// Returns the line for an advertisement that draws a reply from outside.
fn attracting(Attracting { prefix, over, connection }: &Attracting, names: Names<'_>) -> Line {
    let (router, how) = if let (Crossing::Circuit(id), Some(connection)) = (over, connection) {
        let circuit = names.network.and_then(|network| network.circuit(*id));
        let name = circuit.map(|own| own.connection_name(PeeringKind::Microsoft, *connection));
        ("Microsoft", format!("{} is advertised over {}", prefix.value, name.unwrap_or_default()))
    } else {
        let edge = names.network.map(|network| over.name(network)).unwrap_or_default();
        ("internet", format!("{} is advertised by `{edge}`", prefix.value))
    };
    Line {
        router: router.to_owned(),
        prefix: Some(prefix.value.to_string()),
        why: names.placed(how, prefix.span),
        place: names.place(prefix.span),
    }
}
