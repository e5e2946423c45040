//! Reads `critical`.

use std::ops::RangeInclusive;

use super::critical::{Bound, CriticalScope, DscpSet, Expectation};
use super::read::Reading;
use super::values::{dscp, millionths, ports};
use super::{RemoteEnds, keys};
use crate::addr::Protocol;
use crate::diag::{Code, Span};
use crate::yaml::fields::Fields;
use crate::yaml::tree::{Entry, Kind, Node};

/// The maximum number of critical scopes.
const MOST_SCOPES: usize = 64;

impl Reading<'_> {
    /// Reads the list of critical scopes.
    pub(super) fn critical(&mut self, fields: &Fields<'_>) -> Vec<CriticalScope> {
        let entry = fields.get("critical");
        let nodes = self.reader.list(entry, "[{name: voice, dscp: [ef]}]");
        let mut scopes: Vec<CriticalScope> = Vec::new();
        for node in nodes {
            let Some((scope, name)) = self.critical_scope(node) else { continue };
            if scopes.iter().any(|known| known.name == scope.name) || scope.name == "other" {
                let message = format!("`critical` has the name `{}` twice", scope.name);
                let message = if scope.name == "other" {
                    "`other` is the rest of the traffic".to_owned()
                } else {
                    message
                };
                self.reader.error(Code::SCENARIO_VALUE, name, message, "choose another name");
            }
            scopes.push(scope);
        }
        if let Some(entry) = entry.filter(|_| scopes.len() > MOST_SCOPES) {
            let message = format!("`critical` has more than {MOST_SCOPES} entries");
            self.reader.error(Code::SCENARIO_VALUE, entry.key.span, message, "join entries");
        }
        scopes
    }

    /// Reads a critical scope, and returns it with the place of its name.
    fn critical_scope(&mut self, node: &Node) -> Option<(CriticalScope, Span)> {
        let fields = self.reader.fields(node, "a critical scope", keys::CRITICAL, node.span)?;
        let name = self.reader.required_text(&fields, "name", "voice");
        let name = name.inspect(|name| self.reader.name(name));
        let remote_ends = self.remote_ends(&fields);
        let protocol = self.protocol(&fields);
        let ports = self.ports(&fields);
        let dscp = self.dscp_set(&fields);
        let expect = fields.get("expect").and_then(|entry| self.expectation(entry));
        let conditions = ["products", "tags", "communities", "prefixes", "protocol", "ports", "dscp"];
        if conditions.iter().all(|key| fields.get(key).is_none()) && !fields.has_misspelt() {
            let message = "the critical scope does not say which traffic is critical";
            let help = "add `products`, `tags`, `communities`, `prefixes`, `protocol`, `ports` or `dscp`";
            self.reader.error(Code::SCENARIO_MISSING_KEY, node.span, message, help);
        }
        let name = name?;
        let scope =
            CriticalScope { name: name.value, remote_ends, protocol, ports, dscp, expect, span: node.span };
        Some((scope, name.span))
    }

    /// Reads the remote ends of `compliance` or of a critical scope.
    pub(super) fn remote_ends(&mut self, fields: &Fields<'_>) -> RemoteEnds {
        let mut ends = RemoteEnds { tags: self.tags(fields), ..RemoteEnds::default() };
        for text in self.texts(fields.get("communities"), "[12076:51002]", "a community") {
            ends.communities.extend(self.community(&text));
        }
        ends.products = self.products(fields);
        ends.prefixes =
            self.reader.prefixes(fields.get("prefixes")).into_iter().map(|prefix| prefix.value).collect();
        ends
    }

    fn protocol(&mut self, fields: &Fields<'_>) -> Option<u8> {
        let Entry { value, .. } = fields.get("protocol")?;
        let text = scalar(value).unwrap_or_default();
        let protocol = Protocol::parse(text);
        if protocol.is_none() {
            let message = format!("`{text}` is not a protocol");
            let help = "write `tcp`, `udp` or a number from 0 to 255";
            self.reader.error(Code::SCENARIO_VALUE, value.span, message, help);
        }
        protocol.map(|protocol| protocol.0)
    }

    fn ports(&mut self, fields: &Fields<'_>) -> Vec<RangeInclusive<u16>> {
        let nodes = self.reader.list(fields.get("ports"), "[443, 3478-3481]");
        let mut all = Vec::new();
        for node in nodes {
            let text = scalar(node).unwrap_or_default();
            if let Some(range) = ports(text) {
                all.push(range);
                continue;
            }
            let message = format!("`{text}` is not a port or a range of ports");
            let help = "write a port such as `443`, or a range such as `3478-3481`";
            self.reader.error(Code::SCENARIO_VALUE, node.span, message, help);
        }
        all
    }

    /// Reads `dscp` of a critical scope or a class.
    pub(super) fn dscp_set(&mut self, fields: &Fields<'_>) -> DscpSet {
        let entry = fields.get("dscp");
        let mut set = DscpSet::default();
        for node in self.reader.list(entry, "[ef, af41]") {
            let text = scalar(node).unwrap_or_default();
            if let Some(value) = dscp(text) {
                set.insert(value);
                continue;
            }
            let message = format!("`{text}` is not a DSCP");
            let help = "write a name such as `ef`, `af41`, `cs3` or `default`, or a number from 0 to 63";
            self.reader.error(Code::SCENARIO_VALUE, node.span, message, help);
        }
        if let Some(Entry { key, value }) =
            entry.filter(|entry| matches!(&entry.value.kind, Kind::List(nodes) if nodes.is_empty()))
        {
            let span = Span::new(key.span.start, value.span.start + value.span.length - key.span.start);
            self.reader.error(
                Code::SCENARIO_VALUE,
                span,
                "`dscp` is empty",
                "write `dscp: [ef]`, or remove the key",
            );
        }
        set
    }

    fn expectation(&mut self, entry: &Entry) -> Option<Expectation> {
        let fields = self.reader.fields(&entry.value, "`expect`", keys::EXPECT, entry.key.span)?;
        let mut bounds = Vec::new();
        for bound in Bound::ALL {
            let figure =
                if bound == Bound::Loss { self.share(&fields) } else { self.duration(&fields, bound.key()) };
            bounds.extend(figure.map(|figure| (bound, figure)));
        }
        let survives = self.reader.optional_text(&fields, "survives");
        if let Some(text) = survives.as_ref().filter(|text| text.value != "each-single") {
            let message = format!("`survives` cannot be `{}`", text.value);
            let help = "write `survives: each-single`, or remove the key";
            self.reader.error(Code::SCENARIO_VALUE, text.span, message, help);
        }
        let given = |bound: &Bound| fields.get(bound.key()).is_some();
        if !Bound::ALL.iter().any(given) && !fields.has_misspelt() {
            let message = "the expectation has no bound";
            let help = "add `delay_p99: 20ms`, `loss: 0.1 %` or another bound";
            self.reader.error(Code::SCENARIO_MISSING_KEY, entry.key.span, message, help);
        }
        Some(Expectation { bounds, survives_each_single: survives.is_some(), span: entry.key.span })
    }

    /// Reads `loss`, in millionths.
    fn share(&mut self, fields: &Fields<'_>) -> Option<u64> {
        let Entry { value, .. } = fields.get("loss")?;
        let text = scalar(value).unwrap_or_default();
        let share = millionths(text);
        if share.is_none() {
            let message = format!("`{text}` is not a share of packets");
            let help = "write the share as `0.1 %`, with at most four decimals, or as `0 %`";
            self.reader.error(Code::SCENARIO_VALUE, value.span, message, help);
        }
        share
    }
}

/// Returns the text of a number or text.
fn scalar(node: &Node) -> Option<&str> {
    match &node.kind {
        Kind::Scalar { text, .. } => Some(text),
        _ => None,
    }
}
