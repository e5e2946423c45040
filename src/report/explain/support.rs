//! Documented support in explanations: for a port, a flow and a host name.

use std::net::IpAddr;

use serde_json::{Value, json};

use crate::addr::{AddressCount, FlowKey};
use crate::catalog::{EndpointSet, HostMatch};
use crate::engine::ports::TransportPort;
use crate::engine::{Disposition, Explanation, HostAddresses, Ignored, SharedPath, Support};
use crate::network::CircuitId;
use crate::report::explain::page::Page;
use crate::report::explain::reason::{Names, session_name};

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

/// The data about a host name.
#[derive(Clone, Copy, Debug)]
pub struct Host<'a> {
    /// The name.
    pub name: &'a str,
    /// The endpoint sets with a pattern that matches the name.
    pub sets: &'a [HostMatch<'a>],
    /// The documented support.
    pub support: &'a Support,
    /// The possible addresses of the name, with the paths from the vantage point to them. Without a network file, there
    /// are no paths.
    pub addresses: &'a [(HostAddresses, Vec<SharedPath>)],
}

/// The reason why a name has no path.
const NO_PATH: &str =
    "names are not resolved, and routes match addresses: explain the addresses that the name resolves to";

/// Returns a host name as text, with a final newline.
pub fn host_text(host: Host<'_>, asked: Asked, names: Names<'_>) -> String {
    let mut page = Page::default();
    page.line(host.name);
    page.field("path", Disposition::Unknown.word());
    page.field("why", NO_PATH);
    support(&mut page, host.support, asked);
    page.heading("Possible addresses");
    for (listed, paths) in host.addresses {
        let HostAddresses { list, addresses } = listed;
        page.line(&format!("    {list:<22} {}", counts([&addresses.v4.count(), &addresses.v6.count()])));
        for path in paths {
            let [v4, v6] = &path.counts;
            let circuits = names.circuits(&path.circuits);
            let over = if circuits.is_empty() { String::new() } else { format!(" over {circuits}") };
            page.line(&format!("        {:<18} {}{over}", path.disposition, counts([v4, v6])));
        }
    }
    if host.addresses.is_empty() {
        page.line("    none in the lists");
    }
    page.heading("Microsoft 365 endpoint sets, most specific pattern first");
    for HostMatch { set, pattern } in host.sets {
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
    page.none_if(host.sets.is_empty());
    page.text()
}

/// Returns the number of addresses of each family.
fn counts([v4, v6]: [&AddressCount; 2]) -> String {
    let found = [(v4, "IPv4"), (v6, "IPv6")];
    let found = found.into_iter().filter(|(count, _)| **count != AddressCount::ZERO);
    let found: Vec<String> = found.map(|(count, family)| format!("{count:#} {family}")).collect();
    format!("{} addresses", found.join(" and "))
}

/// Returns a host name as JSON.
pub fn host_json(host: Host<'_>, asked: Asked, names: Names<'_>) -> Value {
    let path = |path: &SharedPath| {
        let [v4, v6] = &path.counts;
        let name = |id: &CircuitId| Some(names.network?.circuit(*id)?.name.clone());
        json!({
            "path": path.disposition.word(),
            "circuits": path.circuits.iter().filter_map(name).collect::<Vec<_>>(),
            "ipv4_addresses": v4.to_string(),
            "ipv6_addresses": v6.to_string(),
        })
    };
    json!({
        "host": host.name,
        "path": Disposition::Unknown.word(),
        "documented_path": Disposition::Unknown.word(),
        "why": NO_PATH,
        "port": asked.port.map(|port| port.to_string()),
        "support": support_json(host.support),
        "addresses": host.addresses.iter().map(|(listed, paths)| json!({
            "list": listed.list,
            "ipv4_addresses": listed.addresses.v4.count().to_string(),
            "ipv6_addresses": listed.addresses.v6.count().to_string(),
            "paths": names.network.map(|_| paths.iter().map(path).collect::<Vec<_>>()),
        })).collect::<Vec<_>>(),
        "m365_sets": host.sets.iter().map(|HostMatch { set, pattern }| {
            let mut set_json = set_json(set);
            if let Value::Object(map) = &mut set_json {
                map.insert("pattern".to_owned(), json!(pattern));
                map.insert("addresses_published".to_owned(), json!(!set.prefixes.is_empty()));
            }
            set_json
        }).collect::<Vec<_>>(),
    })
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
