//! Converts the tree of values to [`Checks`] and reports all errors.

mod expectation;
mod scope;

use std::collections::BTreeMap;

use super::model::{Assertion, Budget, Check, Checks, Demand, Example, WaiverRule};
use super::scope::Scope;
use super::values::{self, CHECKS_FILE, place};
use crate::addr::FlowKey;
use crate::catalog::Catalog;
use crate::check::{FindingPlace, Waiver};
use crate::diag::{Code, Diagnostic, Diagnostics, Severity, Source, Span, Spanned};
use crate::engine::Vantage;
use crate::network::Network;
use crate::yaml::fields::{Fields, Reader, quoted};
use crate::yaml::tree;
use crate::yaml::tree::{Entry, Node};

/// The keys of each mapping in the format.
pub(super) mod keys {
    pub(in super::super) const CHECKS: &[&str] = &["version", "checks"];
    pub(in super::super) const CHECK: &[&str] =
        &["id", "severity", "from", "scope", "flow", "expect", "budget", "waivers"];
    pub(in super::super) const SCOPE: &[&str] = &[
        "product",
        "tag",
        "service",
        "m365",
        "community",
        "region",
        "prefix",
        "site",
        "virtual_network",
        "subnet",
        "any",
        "not",
    ];
    pub(in super::super) const M365: &[&str] = &["id", "service_area", "category"];
    pub(in super::super) const FLOW: &[&str] = &["from", "to", "source", "source_port", "port", "protocol"];
    pub(in super::super) const EXPECT: &[&str] = &[
        "path",
        "not_path",
        "circuit",
        "connection",
        "via",
        "not_via",
        "ends",
        "return",
        "support",
        "survives",
    ];
    pub(in super::super) const BUDGET: &[&str] = &["changed_addresses", "moved_bytes"];
    pub(in super::super) const CHANGED: &[&str] = &["ipv4", "ipv6"];
    pub(in super::super) const WAIVER: &[&str] = &["reason", "expires", "scope"];
}

/// Reads the checks in a network file. A file without the key `checks` has none. All errors are reported together.
///
/// `network` is the content of the file. Without it (because the file has errors), the names of sites, circuits and
/// virtual networks are not verified, and the checks must not be used.
pub fn read_checks(source: &Source, network: Option<&Network>, catalog: &Catalog) -> (Checks, Diagnostics) {
    // The reader of the network reports syntax errors.
    let (root, _) = tree::parse(source, &CHECKS_FILE);
    let mut reading = Reading::new(source, network, catalog);
    let checks = match root.as_ref().and_then(|root| root.entry("checks")) {
        Some(entry) => reading.checks(entry),
        None => Checks::default(),
    };
    (checks, reading.reader.diagnostics.sorted())
}

/// Reads a separate file of checks, which contains `version: 1` and `checks:`.
pub fn read_checks_file(
    source: &Source,
    network: Option<&Network>,
    catalog: &Catalog,
) -> (Checks, Diagnostics) {
    let (root, mut diagnostics) = tree::parse(source, &CHECKS_FILE);
    let Some(root) = root else {
        if diagnostics.is_empty() {
            let help = "start with `version: 1` and a list of `checks`";
            let empty = Diagnostic::error(Code::CHECK_MISSING_KEY, source, "the file of checks is empty");
            diagnostics.push(empty.help(help));
        }
        return (Checks::default(), diagnostics);
    };
    let mut reading = Reading::new(source, network, catalog);
    let checks = reading.file(&root).unwrap_or_default();
    diagnostics.extend(reading.reader.diagnostics);
    (checks, diagnostics.sorted())
}

impl Checks {
    /// Adds the checks in another file. An id used in both files is an error, reported where the id is repeated.
    pub fn join(&mut self, other: Self) -> Diagnostics {
        let mut diagnostics = Diagnostics::new();
        for check in other.all {
            if self.all.iter().any(|known| known.id == check.id) {
                let FindingPlace { source, span } = &check.place;
                diagnostics.push(duplicate(source, &check.id, *span));
            } else {
                self.all.push(check);
            }
        }
        diagnostics
    }
}

fn duplicate(source: &Source, id: &str, span: Span) -> Diagnostic {
    Diagnostic::error(Code::CHECK_DUPLICATE_ID, source, format!("two checks have the id `{id}`"))
        .at(span, "again here")
        .help("give each check its own id: outcomes, waivers and reports refer to it")
}

/// Reads checks and files with a similar format.
pub(crate) struct Reading<'a> {
    pub(crate) reader: Reader<'a>,
    pub(crate) catalog: &'a Catalog,
    pub(crate) network: Option<&'a Network>,
}

impl<'a> Reading<'a> {
    pub(crate) fn new(source: &'a Source, network: Option<&'a Network>, catalog: &'a Catalog) -> Self {
        let reader = Reader { dialect: &CHECKS_FILE, source, diagnostics: Diagnostics::new() };
        Self { reader, catalog, network }
    }

    fn file(&mut self, root: &Node) -> Option<Checks> {
        let start = Span::new(root.span.start, 0);
        let fields = self.reader.fields(root, "the file of checks", keys::CHECKS, start)?;
        if !values::version(&mut self.reader, &fields) {
            return None;
        }
        let entry = self.reader.required(&fields, "checks", "[{id: …, scope: …, expect: …}]")?;
        Some(self.checks(entry))
    }

    fn checks(&mut self, entry: &Entry) -> Checks {
        let mut all: Vec<Check> = Vec::new();
        let mut ids: BTreeMap<String, Span> = BTreeMap::new();
        for node in self.reader.list(Some(entry), "[{id: …, scope: …, expect: …}]") {
            let Some(fields) = self.reader.fields(node, "a check", keys::CHECK, node.span) else { continue };
            let id = self.reader.required_text(&fields, "id", "teams-on-the-circuit");
            if let Some(id) = &id {
                self.reader.name(id);
                if let Some(first) = ids.get(&id.value) {
                    let diagnostic = duplicate(self.reader.source, &id.value, id.span);
                    self.reader.diagnostics.push(diagnostic.at(*first, "first here"));
                }
                ids.entry(id.value.clone()).or_insert(id.span);
            }
            let severity = self.severity(&fields);
            let demand = self.demand(&fields);
            let waivers = self.waivers(&fields);
            if let (Some(id), Some(demand)) = (id, demand) {
                let place = place(self.reader.source, id.span);
                all.push(Check { id: id.value, severity, place, demand, waivers });
            }
        }
        Checks { all }
    }

    fn severity(&mut self, fields: &Fields<'_>) -> Severity {
        let all = [Severity::Error, Severity::Warning, Severity::Advice];
        let name = |severity| match severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Advice => "advice",
        };
        values::word(&mut self.reader, fields, "severity", &all, name).unwrap_or(Severity::Error)
    }

    /// Reads the requirement of a check, which has one of three forms.
    fn demand(&mut self, fields: &Fields<'_>) -> Option<Demand> {
        let has = |key: &str| fields.get(key).is_some();
        let shapes = [("scope", has("scope")), ("flow", has("flow")), ("budget", has("budget"))];
        let present: Vec<&str> = shapes.iter().filter(|(_, there)| *there).map(|(key, _)| *key).collect();
        let shape = match present.as_slice() {
            [shape] => *shape,
            [] if fields.has_misspelt() => return None,
            several => {
                let message = match several {
                    [] => "the check has no `scope`, `flow` or `budget`".to_owned(),
                    several => format!("the check combines {}", quoted(several)),
                };
                let help = "use `scope` and `expect`, or `flow` and `expect`, or `budget`";
                self.reader.error(Code::CHECK_SHAPE, fields.span, message, help);
                return None;
            }
        };
        let unfit: &[&str] = match shape {
            "scope" => &[],
            "flow" => &["from"],
            _ => &["from", "expect", "waivers"],
        };
        for entry in unfit.iter().filter_map(|key| fields.get(key)) {
            let message = format!("`{}` has no effect together with `{shape}`", entry.key.value);
            let help = match shape {
                "flow" => "remove the key: the flow has its own `from`",
                _ => "remove the key: a budget limits a change as a whole, from all vantage points",
            };
            self.reader.error(Code::CHECK_SHAPE, entry.key.span, message, help);
        }
        if shape == "budget" {
            return self.budget(fields).map(Demand::Budget);
        }
        let expect = self.expect(fields);
        match fields.get("flow") {
            None => {
                let from = self.from(fields);
                let scope = self.scope(&fields.get("scope")?.value, fields.span);
                Some(Demand::Assertion(Assertion { from, scope: scope?, expect: expect? }))
            }
            Some(entry) => {
                let (from, to, flow) = self.flow(entry)?;
                Some(Demand::Example(Example { from, to, flow, expect: expect? }))
            }
        }
    }

    /// Returns the vantage points listed in `from`; if the key is missing, all sites with clients.
    pub(crate) fn from(&mut self, fields: &Fields<'_>) -> Vec<Vantage> {
        if let Some(names) = values::texts(&mut self.reader, fields, "from") {
            return names.iter().filter_map(|name| self.vantage(name)).collect();
        }
        let sites = self.network.into_iter().flat_map(Network::sites_with_ids);
        sites.filter(|(_, site)| !site.prefixes.is_empty()).map(|(id, _)| Vantage::Site(id)).collect()
    }

    fn vantage(&mut self, name: &Spanned<String>) -> Option<Vantage> {
        let network = self.network?;
        let found = Vantage::named(network, &name.value);
        if found.is_none() {
            let known: Vec<String> = Vantage::all(network).map(|vantage| vantage.name(network)).collect();
            let otherwise = format!("the file has {}", quoted(&known));
            let known = known.iter().map(String::as_str);
            values::no_such(&mut self.reader, "site or subnet", name, known, &otherwise);
        }
        found
    }

    fn flow(&mut self, entry: &Entry) -> Option<(Vantage, std::net::IpAddr, Option<FlowKey>)> {
        let fields = self.reader.fields(&entry.value, "a flow", keys::FLOW, entry.key.span)?;
        let from = self.reader.required_text(&fields, "from", "amsterdam");
        let from = from.and_then(|name| self.vantage(&name));
        let to = self.reader.required_text(&fields, "to", "52.112.0.1");
        let to = to.and_then(|text| self.reader.address(&text));
        let source = self.reader.optional_text(&fields, "source");
        let source = source.and_then(|text| self.reader.address(&text));
        let ports = 0..=u32::from(u16::MAX);
        let source_port = self.reader.optional_number(&fields, "source_port", &ports);
        let port = self.reader.optional_number(&fields, "port", &ports);
        let protocol = values::word(&mut self.reader, &fields, "protocol", &[6_u8, 17], |number| {
            if number == 6 { "tcp" } else { "udp" }
        });
        if let (Some(source), Some(to)) = (&source, &to)
            && source.value.is_ipv4() != to.value.is_ipv4()
        {
            let message =
                format!("`{}` and `{}` belong to different address families", source.value, to.value);
            let help = "use two IPv4 or two IPv6 addresses";
            self.reader.error(Code::CHECK_ADDRESS, source.span, message, help);
        }
        let port_of = |number: Option<Spanned<u32>>| u16::try_from(number?.value).ok();
        let flow = match (source, port_of(source_port), port_of(port), protocol, &to) {
            (Some(source), Some(source_port), Some(destination_port), Some(protocol), Some(to)) => {
                let (source, destination) = (source.value, to.value);
                Some(FlowKey { source, destination, protocol, source_port, destination_port })
            }
            _ => None,
        };
        Some((from?, to?.value, flow))
    }

    fn budget(&mut self, fields: &Fields<'_>) -> Option<Budget> {
        let entry = fields.get("budget")?;
        let fields = self.reader.fields(&entry.value, "a budget", keys::BUDGET, entry.key.span)?;
        let mut budget = Budget::default();
        if let Some(entry) = fields.get("changed_addresses") {
            let families =
                self.reader.fields(&entry.value, "`changed_addresses`", keys::CHANGED, entry.key.span)?;
            budget.ipv4 = families.get("ipv4").and_then(|entry| values::addresses(&mut self.reader, entry));
            budget.ipv6 = families.get("ipv6").and_then(|entry| values::addresses(&mut self.reader, entry));
        }
        let moved = self.reader.optional_text(&fields, "moved_bytes");
        budget.moved = moved.and_then(|text| values::moved(&mut self.reader, &text));
        let named = ["changed_addresses", "moved_bytes"].iter().any(|key| fields.get(key).is_some());
        if !named && !fields.has_misspelt() {
            let help = "add `changed_addresses: {ipv4: 4096}`, or `moved_bytes: 0.5%`";
            self.reader.error(Code::CHECK_SHAPE, fields.span, "the budget has no limit", help);
        }
        named.then_some(budget)
    }

    fn waivers(&mut self, fields: &Fields<'_>) -> Vec<WaiverRule> {
        let items = self.reader.list(fields.get("waivers"), "[{reason: …, expires: 2026-12-31}]");
        let mut waivers = Vec::new();
        for node in items {
            let Some(fields) = self.reader.fields(node, "a waiver", keys::WAIVER, node.span) else {
                continue;
            };
            let reason = self.reader.required_text(&fields, "reason", "migration, CHG-1234");
            let expires = self.reader.required_text(&fields, "expires", "2026-12-31");
            let expires = expires.and_then(|text| values::date(&mut self.reader, &text));
            let scope = fields.get("scope").map(|entry| self.scope(&entry.value, entry.key.span));
            if let (Some(reason), Some(expires)) = (reason, expires) {
                let waiver = Waiver { reason: reason.value, expires };
                // An invalid scope must not widen the waiver to the whole check.
                let Some(scope) = scope.map_or(Some(None), |scope: Option<Scope>| scope.map(Some)) else {
                    continue;
                };
                waivers.push(WaiverRule { waiver, scope, place: place(self.reader.source, node.span) });
            }
        }
        waivers
    }
}

#[cfg(all(test, feature = "schema"))]
mod tests {
    use super::keys;
    use crate::network::checks_schema;

    #[test]
    fn the_schema_has_the_readers_keys() {
        let schema: serde_json::Value = serde_json::from_str(&checks_schema()).unwrap();
        for (definition, keys) in [
            ("", keys::CHECKS),
            ("CheckEntry", keys::CHECK),
            ("ScopeKeys", keys::SCOPE),
            ("M365Entry", keys::M365),
            ("FlowEntry", keys::FLOW),
            ("ExpectEntry", keys::EXPECT),
            ("BudgetEntry", keys::BUDGET),
            ("ChangedEntry", keys::CHANGED),
            ("WaiverEntry", keys::WAIVER),
        ] {
            let at = if definition.is_empty() { &schema } else { &schema["$defs"][definition] };
            assert_eq!(at["additionalProperties"], false, "{definition}");
            let mut properties: Vec<&str> =
                at["properties"].as_object().unwrap().keys().map(String::as_str).collect();
            properties.sort_unstable();
            let mut keys = keys.to_vec();
            keys.sort_unstable();
            assert_eq!(properties, keys, "{definition}");
        }
    }
}
