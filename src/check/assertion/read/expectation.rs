//! Reads the expectation of a check.

use super::super::model::{Expectation, ReplyDemand, Survives};
use super::super::values::{self, words};
use super::{Reading, keys};
use crate::diag::{Code, Spanned};
use crate::engine::{Disposition, ReturnVerdict, Router, SupportVerdict, TraceEnd};
use crate::network::{CircuitId, Connection};
use crate::yaml::fields::{Fields, Reader, quoted};

/// The values of `return`; `None` is `any`.
const RETURNS: [Option<ReturnVerdict>; 5] = [
    Some(ReturnVerdict::Symmetric),
    Some(ReturnVerdict::Unspecified),
    Some(ReturnVerdict::AtRisk),
    Some(ReturnVerdict::Dropped),
    None,
];

const SUPPORT: [SupportVerdict; 5] = [
    SupportVerdict::Supported,
    SupportVerdict::Unsupported,
    SupportVerdict::Mixed,
    SupportVerdict::NotStated,
    SupportVerdict::NotApplicable,
];

impl Reading<'_> {
    /// Reads the expectation of a check, which is required.
    pub(super) fn expect(&mut self, fields: &Fields<'_>) -> Option<Expectation> {
        let entry = self.reader.required(fields, "expect", "{path: microsoft-peering}")?;
        let fields = self.reader.fields(&entry.value, "an expectation", keys::EXPECT, entry.key.span)?;
        // `private` only occurs without a network file.
        let paths: Vec<Disposition> =
            Disposition::ALL.into_iter().filter(|path| *path != Disposition::Private).collect();
        let reader = &mut self.reader;
        let mut expect = Expectation {
            paths: words(reader, &fields, "path", &paths, Disposition::word),
            not_paths: words(reader, &fields, "not_path", &paths, Disposition::word),
            connections: words(reader, &fields, "connection", &Connection::ALL, Connection::name),
            ends: words(reader, &fields, "ends", &TraceEnd::ALL, TraceEnd::word),
            returns: ReplyDemand::Any,
            support: words(reader, &fields, "support", &SUPPORT, SupportVerdict::word),
            survives: values::word(reader, &fields, "survives", &Survives::ALL, Survives::word),
            circuits: Vec::new(),
            via: Vec::new(),
            not_via: Vec::new(),
            text: String::new(),
        };
        expect.returns = replies(reader, &fields, expect.survives.is_some());
        let circuits = values::texts(reader, &fields, "circuit").unwrap_or_default();
        expect.circuits = circuits.iter().filter_map(|name| self.circuit(name)).collect();
        let via = values::texts(&mut self.reader, &fields, "via").unwrap_or_default();
        expect.via = via.iter().filter_map(|name| self.router(name)).collect();
        let not_via = values::texts(&mut self.reader, &fields, "not_via").unwrap_or_default();
        expect.not_via = not_via.iter().filter_map(|name| self.evaluated(name)).collect();
        let demands: Vec<&str> = keys::EXPECT
            .iter()
            .copied()
            .filter(|key| *key != "survives" && fields.get(key).is_some())
            .filter(|key| *key != "return" || expect.returns != ReplyDemand::Any)
            .collect();
        if demands.is_empty() && fields.has_misspelt() {
            return None;
        }
        if demands.is_empty() {
            let message = match expect.survives {
                Some(_) => "`survives` without an expectation",
                None => "the expectation is empty",
            };
            let help = "add an expectation, such as `path: microsoft-peering` or `not_path: internet`";
            self.reader.error(Code::CHECK_SHAPE, fields.span, message, help);
            return None;
        }
        let names = |all: &[Spanned<String>]| all.iter().map(|name| name.value.clone()).collect::<Vec<_>>();
        expect.text = text(&expect, [names(&circuits), names(&via), names(&not_via)]);
        Some(expect)
    }

    /// Finds a gateway or an appliance by its name, `hub/fw`, or by the part after the slash if that part is unique.
    fn router(&mut self, name: &Spanned<String>) -> Option<Router> {
        let network = self.network?;
        let all: Vec<(String, Router)> =
            Router::all(network).into_iter().map(|router| (router.name(network), router)).collect();
        let short = |known: &str| known.rsplit_once('/').is_some_and(|(_, short)| short == name.value);
        let mut found = all.iter().filter(|(known, _)| *known == name.value || short(known));
        if let (Some((_, router)), None) = (found.next(), found.next()) {
            return Some(*router);
        }
        let known = || all.iter().map(|(known, _)| known.as_str());
        let otherwise = if all.is_empty() {
            "the file has none: list appliances under `appliances` of their virtual network".to_owned()
        } else {
            format!("the file has {}", quoted(known()))
        };
        values::no_such(
            &mut self.reader,
            "appliance, gateway with a route table, or site that receives packets from other sites",
            name,
            known(),
            &otherwise,
        );
        None
    }

    /// Finds a router that appears as a hop whenever packets pass it. Only for such a router is its absence from a path
    /// conclusive.
    fn evaluated(&mut self, name: &Spanned<String>) -> Option<Router> {
        let (router, network) = (self.router(name)?, self.network?);
        if router.is_hop(network) {
            return Some(router);
        }
        let message = format!(
            "`{}` has no route table: packets pass it, but it does not appear in any path",
            name.value
        );
        let help = "remove the name: a gateway without a route table delivers inbound packets directly";
        self.reader.error(Code::CHECK_VALUE, name.span, message, help);
        None
    }

    fn circuit(&mut self, name: &Spanned<String>) -> Option<CircuitId> {
        let network = self.network?;
        let found = network.circuit_named(&name.value).map(|(id, _)| id);
        if found.is_none() {
            let known = || network.circuits.iter().map(|circuit| circuit.name.as_str());
            let otherwise = if network.circuits.is_empty() {
                "the file has no circuit".to_owned()
            } else {
                format!("the file has {}", quoted(known()))
            };
            values::no_such(&mut self.reader, "circuit", name, known(), &otherwise);
        }
        found
    }
}

/// Reads the requirement on replies. Without the key, a check that must survive failures requires that they arrive.
fn replies(reader: &mut Reader<'_>, fields: &Fields<'_>, survives: bool) -> ReplyDemand {
    let word = |verdict: Option<ReturnVerdict>| verdict.map_or("any", ReturnVerdict::word);
    let found = words(reader, fields, "return", &RETURNS, word);
    let Some(entry) = fields.get("return") else {
        return if survives { ReplyDemand::Arrive } else { ReplyDemand::Any };
    };
    let verdicts: Vec<ReturnVerdict> = found.iter().copied().flatten().collect();
    if verdicts.len() == found.len() {
        return ReplyDemand::OneOf(verdicts);
    }
    if !verdicts.is_empty() {
        let help = "remove `any`, or remove the other values";
        let message = "`any` includes the other values of `return`";
        reader.error(Code::CHECK_SHAPE, entry.key.span, message.to_owned(), help);
    }
    ReplyDemand::Any
}

/// Formats an expectation as text.
fn text(expect: &Expectation, [circuits, via, not_via]: [Vec<String>; 3]) -> String {
    let returns = match &expect.returns {
        ReplyDemand::OneOf(verdicts) => verdicts.iter().map(|verdict| verdict.word().to_owned()).collect(),
        ReplyDemand::Any | ReplyDemand::Arrive => Vec::new(),
    };
    let arrive = (expect.returns == ReplyDemand::Arrive).then(|| "replies arrive".to_owned());
    let lists = [
        ("path ", expect.paths.iter().map(|path| path.word().to_owned()).collect()),
        ("path not ", expect.not_paths.iter().map(|path| path.word().to_owned()).collect()),
        ("circuit ", circuits),
        ("connection ", expect.connections.iter().map(|connection| connection.name().to_owned()).collect()),
        ("via ", via),
        ("not via ", not_via),
        ("ends ", expect.ends.iter().map(|end| end.word().to_owned()).collect()),
        ("return ", returns),
        ("", arrive.into_iter().collect()),
        ("support ", expect.support.iter().map(|verdict| verdict.word().to_owned()).collect()),
        ("survives ", expect.survives.iter().map(|survives| survives.word().to_owned()).collect()),
    ];
    let parts = lists.iter().filter(|(_, words)| !words.is_empty());
    parts.map(|(key, words)| format!("{key}{}", words.join(" or "))).collect::<Vec<_>>().join(", ")
}
