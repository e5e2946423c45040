//! Events: one action each, with the options of the action.

use std::collections::BTreeMap;

use super::read::Reading;
use super::{EventAction, LinkName, SessionName, Target, keys};
use crate::addr::IpPrefix;
use crate::diag::{Code, Span, Spanned};
use crate::yaml::fields::{Fields, quoted};

/// The kinds of targets that have sessions of their own, listed in messages.
const WITH_SESSIONS: &str = "circuit, connection, peering, session, internet edge or tunnel";

/// The kinds of targets that can fail, listed in messages.
const ANY: &str =
    "circuit, connection, peering, session, internet edge, tunnel, link between sites or appliance";

/// Returns the option keys of an action.
fn takes(action: &str) -> &'static [&'static str] {
    match action {
        "down" => &["detection"],
        "reset" | "maintenance" => &["for"],
        "route_filter" | "rate" | "metric" | "nat" => &["to"],
        "announce" | "withdraw" => &["on"],
        _ => &[],
    }
}

impl Reading<'_> {
    /// Reads the action of an event.
    pub(super) fn action(&mut self, fields: &Fields<'_>, place: Span) -> Option<EventAction> {
        let mut actions = keys::ACTIONS.iter().copied().filter(|action| fields.get(action).is_some());
        let Some(action) = actions.next() else {
            if keys::ACTIONS.iter().any(|action| fields.is_misspelt(action)) {
                return None;
            }
            let message = "the event has no action";
            let help = format!("add one of {}", quoted(keys::ACTIONS));
            self.reader.error(Code::SCENARIO_ACTION, place, message, help);
            return None;
        };
        if let Some(second) = actions.next().and_then(|second| fields.get(second)) {
            let message = format!("the event has two actions: `{action}` and `{}`", second.key.value);
            self.reader.error(Code::SCENARIO_ACTION, second.key.span, message, "split it into two events");
            return None;
        }
        for other in ["for", "detection", "to", "on"] {
            if let Some(entry) = fields.get(other).filter(|_| !takes(action).contains(&other)) {
                let message = format!("`{other}` has no meaning together with `{action}`");
                self.reader.error(Code::SCENARIO_ACTION, entry.key.span, message, "remove the key");
            }
        }
        let text = self.reader.required_text(fields, action, "er-ams");
        match action {
            "down" => {
                let detection_ns = self.duration(fields, "detection");
                let target = self.target(&text?, ANY, |_| true)?;
                let is_appliance = matches!(target, Target::Session(SessionName::Appliance(_)));
                if let Some(entry) = fields.get("detection").filter(|_| is_appliance) {
                    let message = "`detection` has no meaning for the failure of an appliance";
                    let help = "remove the key: user routes to an appliance stay in place when it goes down, so packets are lost until the appliance is `up` again";
                    self.reader.error(Code::SCENARIO_ACTION, entry.key.span, message, help);
                }
                Some(EventAction::Down { target, detection_ns })
            }
            "up" => Some(EventAction::Up { target: self.target(&text?, ANY, |_| true)? }),
            "reset" => {
                let for_ns = self.required_duration(fields);
                let target = self.target(&text?, WITH_SESSIONS, Target::has_sessions)?;
                Some(EventAction::Reset { target, for_ns: for_ns? })
            }
            "maintenance" => {
                let for_ns = self.required_duration(fields);
                let circuit = self.circuit(&text?, false)?;
                Some(EventAction::Maintenance { circuit, for_ns: for_ns? })
            }
            "route_filter" => {
                let to = self.reader.required(fields, "to", "[12076:51002]");
                let texts = self.texts(to, "[12076:51002]", "a community");
                let circuit = text.and_then(|text| self.circuit(&text, true));
                let communities = texts.iter().flat_map(|text| self.community(text)).collect();
                Some(EventAction::RouteFilter { circuit: circuit?, communities })
            }
            "network" => {
                let unread = &self.unread.networks;
                Some(EventAction::Network { file: self.file(text?, unread, "a network file")? })
            }
            "catalog" => {
                let unread = &self.unread.catalogs;
                Some(EventAction::Catalog {
                    file: self.file(text?, unread, "a feed file or a folder of feed files")?,
                })
            }
            "rate" => {
                let to = self.reader.required_text(fields, "to", "200 Mbps");
                let rate = to.and_then(|text| self.rate(&text));
                let link = self.link_name(&text?)?;
                Some(EventAction::Rate { link, rate: rate? })
            }
            "metric" => {
                self.reader.required(fields, "to", "50");
                let metric = self.reader.optional_number(fields, "to", &(0..=u32::MAX));
                let link = self.wan_link(&text?)?;
                Some(EventAction::Metric { link, metric: metric?.value })
            }
            "nat" => {
                let to = self.reader.required(fields, "to", "[203.0.113.0/28]");
                let pool: Vec<_> = self.reader.prefixes(to).into_iter().map(|prefix| prefix.value).collect();
                let at = self.pool_owner(&text?)?;
                Some(EventAction::Nat { at, pool })
            }
            _ => self.advertising(fields, action, &text?),
        }
    }

    fn advertising(
        &mut self,
        fields: &Fields<'_>,
        action: &str,
        text: &Spanned<String>,
    ) -> Option<EventAction> {
        let on = self.reader.required_text(fields, "on", "er-ams/microsoft");
        let prefix: Option<Spanned<IpPrefix>> = self.reader.prefix(text);
        let on = on.and_then(|on| self.target(&on, WITH_SESSIONS, Target::has_sessions));
        let (prefix, on) = (prefix?.value, on?);
        Some(if action == "announce" {
            EventAction::Announce { prefix, on }
        } else {
            EventAction::Withdraw { prefix, on }
        })
    }

    /// Reads the name of a file that must have been loaded.
    fn file(
        &mut self,
        text: Spanned<String>,
        unread: &BTreeMap<String, String>,
        what: &str,
    ) -> Option<Spanned<String>> {
        let Some(why) = unread.get(&text.value) else { return Some(text) };
        let help = format!("write the path of {what}, relative to the folder of the scenario file");
        self.reader.error(Code::SCENARIO_FILE, text.span, why.as_str(), help);
        None
    }

    fn required_duration(&mut self, fields: &Fields<'_>) -> Option<u64> {
        self.reader.required(fields, "for", "10m")?;
        self.duration(fields, "for")
    }

    /// Reads the name of a target in one of the networks. `wanted` selects the allowed targets, and `what` describes them.
    fn target(
        &mut self,
        text: &Spanned<String>,
        what: &str,
        wanted: impl Fn(&Target) -> bool,
    ) -> Option<Target> {
        let known = self.networks.iter().flat_map(|network| Target::all(network));
        let known: Vec<Target> = known.filter(wanted).collect();
        let words: Vec<String> = known.iter().map(ToString::to_string).collect();
        let found = words.iter().position(|word| *word == text.value).and_then(|at| known.get(at));
        if found.is_none() {
            self.no_such(what, text, &words);
        }
        found.cloned()
    }

    /// Reads the name of a link between sites.
    fn wan_link(&mut self, text: &Spanned<String>) -> Option<String> {
        let links = self.networks.iter().flat_map(|network| network.wan_links_with_ids());
        let words: Vec<String> = links.map(|(_, link)| link.name.clone()).collect();
        if words.contains(&text.value) {
            return Some(text.value.clone());
        }
        self.no_such("link between sites", text, &words);
        None
    }

    /// Reads the name of a circuit, which must have Microsoft peering if `filtered`.
    fn circuit(&mut self, text: &Spanned<String>, filtered: bool) -> Option<String> {
        let circuits = self.networks.iter().flat_map(|network| &network.circuits);
        let words: Vec<String> = circuits.clone().map(|circuit| circuit.name.clone()).collect();
        let mut named = circuits.filter(|circuit| circuit.name == text.value).peekable();
        if named.peek().is_none() {
            self.no_such("circuit", text, &words);
            return None;
        }
        if filtered && named.all(|circuit| circuit.microsoft_peering.is_none()) {
            let message = format!("the circuit `{}` has no Microsoft peering", text.value);
            let help = "a route filter belongs to Microsoft peering";
            self.reader.error(Code::SCENARIO_REFERENCE, text.span, message, help);
            return None;
        }
        Some(text.value.clone())
    }

    /// Reads the name of an edge, circuit or connection that translates clients.
    fn pool_owner(&mut self, text: &Spanned<String>) -> Option<Target> {
        let mut known = Vec::new();
        for network in self.networks {
            for target in Target::all(network) {
                let name = match &target {
                    Target::Circuit(name) | Target::Connection(name, _) => name,
                    Target::Internet(_) => {
                        known.push(target);
                        continue;
                    }
                    _ => continue,
                };
                let circuit = network.circuit_named(name);
                if circuit.is_some_and(|(_, circuit)| circuit.microsoft_peering.is_some()) {
                    known.push(target);
                }
            }
        }
        let words: Vec<String> = known.iter().map(ToString::to_string).collect();
        let found = words.iter().position(|word| *word == text.value).and_then(|at| known.get(at));
        if found.is_none() {
            self.no_such(
                "internet edge, circuit with Microsoft peering, or connection of such a circuit",
                text,
                &words,
            );
        }
        found.cloned()
    }
}

/// Returns the link that is specific to a session, which is the first link that the session's packets use.
impl From<&SessionName> for LinkName {
    fn from(session: &SessionName) -> Self {
        match session {
            SessionName::Circuit(circuit, _, connection) => Self::Connection(circuit.clone(), *connection),
            SessionName::Internet(edge) => Self::Internet(edge.clone()),
            SessionName::Vpn(tunnel) => Self::Vpn(tunnel.clone()),
            SessionName::Wan(link) => Self::WanLink(link.clone()),
            SessionName::Appliance(name) => Self::Appliance(name.clone()),
        }
    }
}
