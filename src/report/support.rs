//! Documented support in explanations: for the port that was asked for, of the flow, of a host name.

use std::net::IpAddr;

use serde_json::{Value, json};

use super::page::Page;
use super::reason::session_name;
use crate::addr::FlowKey;
use crate::catalog::{EndpointSet, HostMatch};
use crate::engine::ports::Port;
use crate::engine::{Disposition, Explanation, Ignored, Support};

/// What was asked beside the address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// The destination port.
    pub port: Option<Port>,
    /// Where the flow comes from, with its port where that was said.
    pub source: Option<(IpAddr, Option<u16>)>,
}

impl Asked {
    /// The flow to an address; its source port is 0 where none was said.
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

    /// The session that carries the flow; without a source port only where one session carries all.
    fn carrier(self, explanation: &Explanation<'_>) -> Option<String> {
        let decision = &explanation.decision;
        let settled = self.source.is_some_and(|(_, port)| port.is_some()) || decision.carriers().len() == 1;
        let flow = self.flow(explanation.address).filter(|_| settled)?;
        Some(session_name(&explanation.sessions, decision.carrier_of(&flow)?.session))
    }
}

/// What the documents say of a host name, as text; ends with a newline.
pub fn host_text(host: &str, sets: &[HostMatch<'_>], said: &Support, asked: Asked) -> String {
    let mut page = Page::default();
    page.line(host);
    page.field("path", said.documented_path().word());
    page.field("why", host_reason(said));
    support(&mut page, said, asked);
    page.heading("Microsoft 365 endpoint sets, the most specific pattern first");
    for HostMatch { set, pattern } in sets {
        let support = if set.express_route { "ExpressRoute supported" } else { "ExpressRoute not supported" };
        let addresses = if set.prefixes.is_empty() { "no address published" } else { "addresses published" };
        page.line(&format!(
            "    {pattern:<22} {} {}, {}, {}, {support}, {addresses}",
            set.id,
            set.display_name,
            set.category,
            set.ports()
        ));
    }
    page.none_if(sets.is_empty());
    page.text()
}

/// What the documents say of a host name, as JSON.
pub fn host_json(host: &str, sets: &[HostMatch<'_>], said: &Support, asked: Asked) -> Value {
    json!({
        "host": host,
        "documented_path": said.documented_path().word(),
        "why": host_reason(said),
        "port": asked.port.map(|port| port.to_string()),
        "support": support_json(said),
        "m365_sets": sets.iter().map(|HostMatch { set, pattern }| {
            let mut set_json = set_json(set);
            if let Value::Object(map) = &mut set_json {
                map.insert("pattern".to_owned(), json!(pattern));
                map.insert("addresses_published".to_owned(), json!(!set.prefixes.is_empty()));
            }
            set_json
        }).collect::<Vec<_>>(),
    })
}

/// Why a host name has its path.
fn host_reason(said: &Support) -> &'static str {
    match said.documented_path() {
        Disposition::Internet => "by document alone: names are not resolved, and routes go by address",
        _ => "names are not resolved: ask for the addresses that it resolves to",
    }
}

pub(super) fn flow_json(explanation: &Explanation<'_>, asked: Asked) -> Option<Value> {
    let flow = asked.flow(explanation.address)?;
    Some(json!({
        "source": flow.source.to_string(),
        "source_port": asked.source.and_then(|(_, port)| port),
        "carrier": asked.carrier(explanation),
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
            "ignored": note.ignored.map(Ignored::word),
        })).collect::<Vec<_>>(),
    })
}

pub(super) fn flow(page: &mut Page, explanation: &Explanation<'_>, asked: Asked) {
    let Some(flow) = asked.flow(explanation.address) else { return };
    let carriers = explanation.decision.carriers().len();
    let text = match asked.carrier(explanation) {
        Some(carrier) if carriers == 1 => format!("{flow} takes {carrier}"),
        Some(carrier) => {
            format!("{flow} takes {carrier}, by this program's hash; a router's own may pick another")
        }
        None if carriers > 1 => format!("{flow} takes one of {carriers} sessions, by its source port"),
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
            Some(Ignored::WiderPattern) => " by a wider pattern",
        };
        page.item(&format!("{}{mark}: {} [{}]", note.verdict, note.text, note.source));
    }
}
