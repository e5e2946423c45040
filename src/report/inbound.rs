//! Connections that begin outside, as text for people and as JSON.

use serde_json::{Value, json};

use super::explain::decision_json;
use super::page::Page;
use super::reason::Names;
use crate::engine::{Arrival, Inbound, WayIn};
use crate::network::Network;

/// What becomes of one connection as text; ends with a newline.
pub fn text(inbound: &Inbound<'_>, names: Names<'_>) -> String {
    let Inbound { server, reply, .. } = inbound;
    let mut page = Page::default();
    page.line(&format!("{} to {} ({})", reply.address, server.name, inbound.address.value));
    page.field("verdict", inbound.verdict.word());
    let from = if inbound.microsoft { reply.service.as_str() } else { "not Microsoft, so over the internet" };
    page.field("from", from);
    for arrival in &inbound.arrivals {
        page.heading(&match &arrival.over {
            Some(over) => format!("Comes in over {}: {}", way_in(over, names), arrival.verdict),
            None => format!("Comes in nowhere: {}", arrival.verdict),
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
    page.heading(&format!("The answer leaves: {}", reply.decision.disposition.word()));
    page.line(&format!("    {}", names.reason(&reply.decision)));
    page.text()
}

/// What becomes of one connection as JSON; the keys are pinned in `docs/formats.md`.
pub fn json(inbound: &Inbound<'_>, names: Names<'_>) -> Value {
    let Inbound { server, reply, .. } = inbound;
    let site = names.network.and_then(|network| network.site(inbound.id.site));
    json!({
        "address": reply.address.to_string(),
        "to": {
            "server": server.name,
            "site": site.map(|site| site.name.as_str()),
            "address": inbound.address.value.to_string(),
            "place": names.place(inbound.address.span),
        },
        "microsoft": inbound.microsoft,
        "service": reply.service,
        "verdict": inbound.verdict.word(),
        "arrivals": inbound.arrivals.iter().map(|arrival| arrival_json(arrival, names)).collect::<Vec<_>>(),
        "answer": decision_json(&reply.decision, &reply.sessions, names),
    })
}

fn arrival_json(arrival: &Arrival, names: Names<'_>) -> Value {
    json!({
        "path": arrival.over.as_ref().map(|over| over.disposition().word()),
        "sessions": arrival.over.iter().zip(names.network).flat_map(|(over, network)| over.names(network))
            .collect::<Vec<_>>(),
        "prefix": arrival.over.as_ref().map(|_| arrival.prefix.value.to_string()),
        "verdict": arrival.verdict.word(),
        "reason": arrival.reason.word(),
        "answers_over": names.circuits(arrival.reason.circuits()),
        "why": arrival.reason.sentence(),
        "remedy": arrival.reason.remedy(),
        "place": names.place(arrival.prefix.span),
    })
}

fn way_in(over: &WayIn, names: Names<'_>) -> String {
    let of = |network: &Network| over.names(network).join(", ");
    names.network.map(of).unwrap_or_default()
}
