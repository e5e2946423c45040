//! Connections from outside, as text for people and as JSON.

use serde_json::{Value, json};

use crate::engine::{IngressLink, ServerIngress, ToServer};
use crate::network::Network;
use crate::report::explain::address_json::decision_json;
use crate::report::explain::page::Page;
use crate::report::explain::reason::Names;
use crate::report::explain::trace;

/// Returns the outcome of one connection as text, with a final newline.
pub fn text(connection: &ToServer<'_>, names: Names<'_>) -> String {
    let ToServer { server, reply, .. } = connection;
    let mut page = Page::default();
    page.line(&format!("{} to {} ({})", reply.address, server.name, connection.address.value));
    page.field("verdict", connection.verdict.word());
    let from =
        if connection.microsoft { reply.service.as_str() } else { "not Microsoft, so over the internet" };
    page.field("from", from);
    for arrival in &connection.arrivals {
        page.heading(&match &arrival.over {
            Some(over) => format!("Arrives over {}: {}", link_names(over, names), arrival.verdict),
            None => format!("Does not arrive: {}", arrival.verdict),
        });
        let place = names.place(arrival.prefix.span).unwrap_or_default();
        page.row(arrival.prefix.value, &format!("{}   {place}", arrival.reason.sentence()));
        if !arrival.reason.circuits().is_empty() {
            page.line(&format!("        over {}", names.circuits(arrival.reason.circuits())));
        }
        if !arrival.reason.remedy().is_empty() {
            page.line(&format!("        {}", arrival.reason.remedy()));
        }
    }
    page.heading(&format!("Path of the reply: {}", reply.decision.disposition.word()));
    for trace in trace::forward(reply, names) {
        for line in trace::aligned(&trace) {
            page.line(&format!("    {line}"));
        }
    }
    page.text()
}

/// Returns the outcome of one connection as JSON. The keys are documented in `docs/reference/json.md`.
pub fn json(connection: &ToServer<'_>, names: Names<'_>) -> Value {
    let ToServer { server, reply, .. } = connection;
    let site = names.network.and_then(|network| network.site(connection.id.site));
    json!({
        "address": reply.address.to_string(),
        "to": {
            "server": server.name,
            "site": site.map(|site| site.name.as_str()),
            "address": connection.address.value.to_string(),
            "place": names.place(connection.address.span),
        },
        "microsoft": connection.microsoft,
        "service": reply.service,
        "verdict": connection.verdict.word(),
        "arrivals": connection.arrivals.iter().map(|arrival| arrival_json(arrival, names)).collect::<Vec<_>>(),
        "answer": decision_json(&reply.decision, &reply.sessions, names),
        "return": trace::forward_json(reply, names),
    })
}

fn arrival_json(arrival: &ServerIngress, names: Names<'_>) -> Value {
    json!({
        "path": arrival.over.as_ref().map(|over| over.disposition().word()),
        "sessions": arrival.over.iter().zip(names.network).flat_map(|(over, network)| over.names(network))
            .collect::<Vec<_>>(),
        "prefix": arrival.over.as_ref().map(|_| arrival.prefix.value.to_string()),
        "verdict": arrival.verdict.word(),
        "reason": arrival.reason.word(),
        "links": arrival.reason.circuits().iter().map(|id| names.circuits(&[*id])).collect::<Vec<_>>(),
        "why": arrival.reason.sentence(),
        "remedy": arrival.reason.remedy(),
        "place": names.place(arrival.prefix.span),
    })
}

fn link_names(over: &IngressLink, names: Names<'_>) -> String {
    let of = |network: &Network| over.names(network).join(", ");
    names.network.map(of).unwrap_or_default()
}
