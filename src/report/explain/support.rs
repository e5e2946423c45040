//! Documented support in explanations, for a port and a flow.

use std::net::IpAddr;

use serde_json::{Value, json};

use crate::addr::FlowKey;
use crate::catalog::EndpointSet;
use crate::engine::ports::TransportPort;
use crate::engine::{Explanation, Ignored, Support};
use crate::report::explain::page::Page;
use crate::report::explain::reason::session_name;

/// The parts of a query other than the address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// The destination port.
    pub port: Option<TransportPort>,
    /// The source address of the flow, with the source port if one was given.
    pub source: Option<(IpAddr, Option<u16>)>,
}

impl Asked {
    /// Returns the query after a translator (NAT64) replaces the source address with `source`.
    #[must_use]
    pub fn translated(self, source: IpAddr) -> Self {
        Self { source: self.source.map(|(_, port)| (source, port)), ..self }
    }

    /// Returns the flow to an address. The source port is 0 if none was given.
    fn flow(self, destination: IpAddr) -> Option<FlowKey> {
        let (port, (source, source_port)) = self.port.zip(self.source)?;
        Some(FlowKey {
            source,
            destination,
            protocol: port.transport.number(),
            source_port: source_port.unwrap_or_default(),
            destination_port: port.number,
        })
    }

    /// Returns the session that carries the flow. Without a source port, it is known only if one session carries all
    /// flows.
    fn next_hop(self, explanation: &Explanation<'_>) -> Option<String> {
        let decision = &explanation.decision;
        let settled = self.source.is_some_and(|(_, port)| port.is_some()) || decision.next_hops().len() == 1;
        let flow = self.flow(explanation.address).filter(|_| settled)?;
        Some(session_name(&explanation.sessions, decision.carrier_of(&flow)?.session))
    }
}

pub(super) fn flow_json(explanation: &Explanation<'_>, asked: Asked) -> Option<Value> {
    let flow = asked.flow(explanation.address)?;
    Some(json!({
        "source": flow.source.to_string(),
        "source_port": asked.source.and_then(|(_, port)| port),
        "carrier": asked.next_hop(explanation),
    }))
}

pub(super) fn set_json(set: &EndpointSet) -> Value {
    json!({
        "id": set.id,
        "instance": set.instance.name(),
        "service_area": set.service_area,
        "name": set.display_name,
        "category": set.category.name(),
        "express_route": set.express_route,
        "required": set.required,
        "ports": set.ports(),
    })
}

pub(super) fn support_json(support: &Support) -> Value {
    json!({
        "verdict": support.verdict.word(),
        "notes": support.notes.iter().map(|note| json!({
            "verdict": note.verdict.word(),
            "subject": note.subject,
            "text": note.text,
            "source": note.source,
            "url": note.url,
            "ignored": note.ignored.map(Ignored::word),
        })).collect::<Vec<_>>(),
    })
}

pub(super) fn flow(page: &mut Page, explanation: &Explanation<'_>, asked: Asked) {
    let Some(flow) = asked.flow(explanation.address) else { return };
    let next_hops = explanation.decision.next_hops().len();
    let text = match asked.next_hop(explanation) {
        Some(next_hop) if next_hops == 1 => format!("{flow} uses {next_hop}"),
        Some(next_hop) => {
            format!(
                "{flow} uses {next_hop}, according to peerpath's hash; a router's own hash may select another session"
            )
        }
        None if next_hops > 1 => {
            format!("{flow} uses one of {next_hops} sessions, depending on the source port")
        }
        None => return,
    };
    page.field("flow", &text);
}

pub(super) fn support(page: &mut Page, support: &Support, asked: Asked) {
    let port = asked.port.map(|port| format!(" on {port}")).unwrap_or_default();
    page.field("support", &format!("{}{port}", support.verdict));
    for note in &support.notes {
        let mark = match note.ignored {
            None => "",
            Some(Ignored::OtherPorts) => " on other ports",
            Some(Ignored::WiderPattern) => " for a wider pattern",
        };
        page.item(&format!("{}{mark}: {} [{}]", note.verdict, note.text, note.source));
    }
}
