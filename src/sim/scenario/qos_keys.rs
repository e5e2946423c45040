//! Reads `qos` of a link.

use super::critical::CriticalScope;
use super::qos::{ClassMatch, QosClass, RateLimit, Service};
use super::read::Reading;
use super::{LinkName, keys};
use crate::diag::{Code, Span, Spanned};
use crate::yaml::fields::Fields;
use crate::yaml::tree::{Entry, Node};

/// The maximum number of classes of a link without the last one. Routers have about eight.
const MOST_CLASSES: usize = 16;
/// The time for which a class may send at twice its rate, by default: it sets the size of the token bucket.
const BURST_MS: u64 = 50;
/// The smallest default size of a token bucket: a full packet of Ethernet.
const LEAST_BURST: u64 = 1_500;

impl Reading<'_> {
    /// Reads the classes of a link, and adds the last class if it is not written.
    pub(super) fn qos(
        &mut self,
        fields: &Fields<'_>,
        link: Option<&Spanned<LinkName>>,
        critical: &[CriticalScope],
    ) -> Vec<QosClass> {
        let Some(entry) = fields.get("qos") else { return Vec::new() };
        if let Some(link) = link.filter(|link| link.value.own_queues().is_none()) {
            let message = format!("the company does not decide the order of packets on `{}`", link.value);
            let help = "use `qos` on an internet edge, a connection such as `er-ams/primary`, a tunnel, `SITE/wan` or a link \
                        between sites";
            self.reader.error(Code::SCENARIO_VALUE, entry.key.span, message, help);
        }
        let mut classes: Vec<(QosClass, Span)> = Vec::new();
        for node in self.reader.list(Some(entry), "[{name: voice, dscp: [ef], priority: true}]") {
            classes.extend(self.class(node, critical));
        }
        if classes.len() > MOST_CLASSES {
            let message = format!("`qos` has more than {MOST_CLASSES} classes");
            self.reader.error(Code::SCENARIO_VALUE, entry.key.span, message, "join classes");
        }
        self.order(&classes, entry.key.span);
        let mut classes: Vec<QosClass> = classes.into_iter().map(|(class, _)| class).collect();
        if classes.last().is_none_or(|last| last.of != ClassMatch::Rest) {
            let service = Service::Weight(1);
            let name = QosClass::DEFAULT.to_owned();
            classes.push(QosClass { name, of: ClassMatch::Rest, service, buffer: None });
        }
        classes
    }

    /// Reports names that occur twice, classes behind the last one, and weights without one for the last class.
    fn order(&mut self, classes: &[(QosClass, Span)], place: Span) {
        for (index, (class, span)) in classes.iter().enumerate() {
            let before = classes.iter().take(index);
            if before.clone().any(|(known, _)| known.name == class.name) {
                let message = format!("the link has two classes `{}`", class.name);
                self.reader.error(Code::SCENARIO_VALUE, *span, message, "choose another name");
            } else if before.clone().any(|(known, _)| known.of == ClassMatch::Rest) {
                let message = format!("no packet is left for the class `{}`", class.name);
                let help = "move it before the class `default`, which takes the rest";
                self.reader.error(Code::SCENARIO_VALUE, *span, message, help);
            }
        }
        let weighted = classes.iter().any(|(class, _)| matches!(class.service, Service::Weight(_)));
        if weighted && classes.iter().all(|(class, _)| class.of != ClassMatch::Rest) {
            let message = "the classes share the link by weight, but the rest has no weight";
            let help = "add `{name: default, weight: 40}` as the last class";
            self.reader.error(Code::SCENARIO_MISSING_KEY, place, message, help);
        }
    }

    fn class(&mut self, node: &Node, critical: &[CriticalScope]) -> Option<(QosClass, Span)> {
        let fields = self.reader.fields(node, "a class", keys::CLASS, node.span)?;
        let name = self.reader.required_text(&fields, "name", "voice");
        let name = name.inspect(|name| self.reader.name(name));
        let rest = name.as_ref().is_some_and(|name| name.value == QosClass::DEFAULT);
        let of = self.class_match(&fields, node.span, rest, critical);
        let service = self.service(&fields, node.span, rest);
        let buffer = self.size(&fields, "buffer");
        Some((QosClass { name: name?.value, of: of?, service: service?, buffer }, node.span))
    }

    fn class_match(
        &mut self,
        fields: &Fields<'_>,
        place: Span,
        rest: bool,
        critical: &[CriticalScope],
    ) -> Option<ClassMatch> {
        let marks = self.dscp_set(fields);
        let scope = self.reader.optional_text(fields, "critical");
        match (scope, fields.get("dscp"), rest) {
            (Some(scope), None, false) => {
                let found = critical.iter().position(|known| known.name == scope.value);
                if found.is_none() {
                    let words: Vec<String> = critical.iter().map(|known| known.name.clone()).collect();
                    self.no_such_scope(&scope, &words);
                }
                found.map(ClassMatch::Critical)
            }
            (None, Some(_), false) => (!marks.is_empty()).then_some(ClassMatch::Dscp(marks)),
            (None, None, true) => Some(ClassMatch::Rest),
            (_, _, true) => {
                let message = "the class `default` contains the packets that no other class contains";
                let help = "remove `critical` and `dscp`, or choose another name";
                self.reader.error(Code::SCENARIO_VALUE, place, message, help);
                None
            }
            _ => {
                let message = "a class needs either `critical` or `dscp`";
                let help = "write `critical: NAME` with a name from the list `critical`, or `dscp: [ef]`";
                self.reader.error(Code::SCENARIO_MISSING_KEY, place, message, help);
                None
            }
        }
    }

    fn service(&mut self, fields: &Fields<'_>, place: Span, rest: bool) -> Option<Service> {
        let priority = self.reader.optional_truth(fields, "priority").unwrap_or(false);
        let weight = self.reader.optional_number(fields, "weight", &(1..=100));
        let limit = self.rate_limit(fields);
        for key in ["rate", "burst"] {
            if let Some(entry) = fields.get(key).filter(|_| !priority) {
                let message = format!("`{key}` has no meaning without `priority: true`");
                let help = "remove the key: a class with a weight may use what the others leave";
                self.reader.error(Code::SCENARIO_VALUE, entry.key.span, message, help);
            }
        }
        match (priority, fields.get("weight")) {
            (true, None) if rest => {
                let message = "the class `default` cannot have priority";
                self.reader.error(Code::SCENARIO_VALUE, place, message, "write `weight: 40` instead");
                None
            }
            (true, None) => Some(Service::Priority(limit)),
            (false, Some(_)) => weight.map(|weight| Service::Weight(weight.value)),
            (false, None) if rest => Some(Service::Weight(1)),
            _ => {
                let message = "a class needs either `priority: true` or `weight`";
                let help = "write `priority: true` for strict priority, or `weight: 30` for a share";
                self.reader.error(Code::SCENARIO_MISSING_KEY, place, message, help);
                None
            }
        }
    }

    fn rate_limit(&mut self, fields: &Fields<'_>) -> Option<RateLimit> {
        let rate = self.reader.optional_text(fields, "rate");
        let rate = rate.and_then(|text| self.rate(&text));
        let burst = self.size(fields, "burst");
        if let Some(Entry { key, .. }) = fields.get("burst").filter(|_| fields.get("rate").is_none()) {
            let help = "add `rate`, or remove the key";
            self.reader.error(Code::SCENARIO_VALUE, key.span, "`burst` has no meaning without `rate`", help);
        }
        let rate = rate?;
        let usual = (u128::from(rate) * u128::from(BURST_MS) / 8_000).max(u128::from(LEAST_BURST));
        Some(RateLimit { rate, burst: burst.unwrap_or_else(|| u64::try_from(usual).unwrap_or(u64::MAX)) })
    }
}
