//! The intent file: the declared moves of a change.

use crate::addr::IpSet;
use crate::catalog::Catalog;
use crate::check::FindingPlace;
use crate::check::assertion::values::{self, place, texts, words};
use crate::check::assertion::{Reading, Scope};
use crate::diag::{Code, Diagnostic, Diagnostics, Source, Span, Spanned};
use crate::engine::{Disposition, Vantage};
use crate::network::Network;
use crate::yaml::dialect::Dialect;
use crate::yaml::fields::{Fields, quoted};
use crate::yaml::tree;
use crate::yaml::tree::Node;

use super::super::assertion::values::CHECKS_FILE;

/// The keys of each mapping of the format.
mod keys {
    pub(super) const INTENT: &[&str] =
        &["version", "ticket", "moves", "adds", "removes", "allow_reason_only"];
    pub(super) const MOVE: &[&str] = &["from", "to", "scope", "vantage"];
}

/// The name of an intent file. It uses the codes of checks.
const INTENT_FILE: Dialect = Dialect { file: "intent", ..CHECKS_FILE };

/// The declaration of a change.
#[derive(Clone, Debug)]
pub struct Intent {
    /// The ticket that requested the change, in the user's words.
    pub ticket: Option<String>,
    /// The declared moves.
    pub moves: Vec<DeclaredMove>,
    /// Vantage points that exist only in the head.
    pub adds: Vec<String>,
    /// Vantage points that exist only in the base.
    pub removes: Vec<String>,
    /// Whether addresses may keep their path with another circuit, connection, route, return path or support verdict.
    pub allow_reason_only: bool,
    /// The file.
    pub place: FindingPlace,
}

/// A declared move.
#[derive(Clone, Debug)]
pub struct DeclaredMove {
    /// The paths before the change; empty for any path.
    pub from: Vec<Disposition>,
    /// The paths after the change; empty for any path.
    pub to: Vec<Disposition>,
    /// The addresses.
    pub scope: Scope,
    /// The vantage points, by name; empty for all.
    pub vantages: Vec<String>,
    /// The place of the move in the file.
    pub place: FindingPlace,
}

impl DeclaredMove {
    /// Returns the addresses of `set` that are declared to move from one path to another, as seen from a vantage
    /// point.
    pub(super) fn declared(&self, vantage: &str, from: Disposition, to: Disposition, set: &IpSet) -> IpSet {
        let names = |paths: &[Disposition], path| paths.is_empty() || paths.contains(&path);
        let here = self.vantages.is_empty() || self.vantages.iter().any(|name| name == vantage);
        if here && names(&self.from, from) && names(&self.to, to) {
            set.intersection(&self.scope.set)
        } else {
            IpSet::empty()
        }
    }

    /// Formats the move, such as ``internet to microsoft-peering, tag `Storage` ``.
    pub(super) fn text(&self) -> String {
        let word = |paths: &[Disposition]| match paths {
            [] => "any path".to_owned(),
            some => some.iter().map(|path| path.word()).collect::<Vec<_>>().join(" or "),
        };
        let vantages = match self.vantages.as_slice() {
            [] => String::new(),
            some => format!(" from {}", quoted(some)),
        };
        format!("{} to {}, {}{vantages}", word(&self.from), word(&self.to), self.scope.text)
    }
}

/// Reads an intent file against both sides. All errors are reported together. If there is any error, no intent is
/// returned.
///
/// Scopes are resolved with the head's network and lists.
pub fn read_intent(
    source: &Source,
    base: &Network,
    head: &Network,
    catalog: &Catalog,
) -> (Option<Intent>, Diagnostics) {
    let (root, mut diagnostics) = tree::parse(source, &INTENT_FILE);
    let Some(root) = root else {
        if diagnostics.is_empty() {
            let empty = Diagnostic::error(Code::CHECK_MISSING_KEY, source, "the intent is empty");
            let help =
                "start with `version: 1` and a list of `moves`; without `moves`, any move is undeclared";
            diagnostics.push(empty.help(help));
        }
        return (None, diagnostics);
    };
    let mut reading = Reading::new(source, Some(head), catalog);
    reading.reader.dialect = &INTENT_FILE;
    let intent = intent(&mut reading, &root, base);
    diagnostics.extend(reading.reader.diagnostics);
    (intent.filter(|_| !diagnostics.has_errors()), diagnostics.sorted())
}

fn intent(reading: &mut Reading<'_>, root: &Node, base: &Network) -> Option<Intent> {
    let start = Span::new(root.span.start, 0);
    let fields = reading.reader.fields(root, "the intent", keys::INTENT, start)?;
    if !values::version(&mut reading.reader, &fields) {
        return None;
    }
    let ticket = reading.reader.optional_text(&fields, "ticket");
    let example = "[{from: internet, to: microsoft-peering, scope: {tag: Storage.WestEurope}}]";
    let moves = reading.reader.list(fields.get("moves"), example);
    let moves = moves.iter().filter_map(|node| declared_move(reading, node, base)).collect();
    let adds = vantages(reading, &fields, "adds", base);
    let removes = vantages(reading, &fields, "removes", base);
    let allow = reading.reader.optional_truth(&fields, "allow_reason_only");
    Some(Intent {
        ticket: ticket.map(|ticket| ticket.value),
        moves,
        adds,
        removes,
        allow_reason_only: allow.unwrap_or(false),
        place: place(reading.reader.source, Span::new(root.span.start, 0)),
    })
}

fn declared_move(reading: &mut Reading<'_>, node: &Node, base: &Network) -> Option<DeclaredMove> {
    let fields = reading.reader.fields(node, "a move", keys::MOVE, node.span)?;
    let paths: Vec<Disposition> =
        Disposition::ALL.into_iter().filter(|path| *path != Disposition::Private).collect();
    let from = words(&mut reading.reader, &fields, "from", &paths, Disposition::word);
    let to = words(&mut reading.reader, &fields, "to", &paths, Disposition::word);
    let vantages = vantages(reading, &fields, "vantage", base);
    let entry = reading.reader.required(&fields, "scope", "{tag: Storage.WestEurope}")?;
    let scope = reading.scope(&entry.value, entry.key.span)?;
    Some(DeclaredMove { from, to, scope, vantages, place: place(reading.reader.source, node.span) })
}

/// Reads names of vantage points that exist on either side.
fn vantages(reading: &mut Reading<'_>, fields: &Fields<'_>, key: &str, base: &Network) -> Vec<String> {
    let names = texts(&mut reading.reader, fields, key).unwrap_or_default();
    let sides: Vec<&Network> = reading.network.into_iter().chain([base]).collect();
    let known: Vec<String> =
        sides.iter().flat_map(|side| Vantage::all(side).map(|vantage| vantage.name(side))).collect();
    let there = |name: &Spanned<String>| known.contains(&name.value);
    for name in names.iter().filter(|name| !there(name)) {
        let otherwise = format!("the two files contain {}", quoted(&known));
        let known = known.iter().map(String::as_str);
        values::no_such(&mut reading.reader, "site or subnet", name, known, &otherwise);
    }
    names.into_iter().map(|name| name.value).collect()
}

#[cfg(all(test, feature = "schema"))]
mod tests {
    use super::keys;
    use crate::network::intent_schema;

    #[test]
    fn the_schema_has_the_readers_keys() {
        let schema: serde_json::Value = serde_json::from_str(&intent_schema()).unwrap();
        for (definition, keys) in [(&schema, keys::INTENT), (&schema["$defs"]["MoveEntry"], keys::MOVE)] {
            assert_eq!(definition["additionalProperties"], false);
            let mut properties: Vec<&str> =
                definition["properties"].as_object().unwrap().keys().map(String::as_str).collect();
            properties.sort_unstable();
            let mut keys = keys.to_vec();
            keys.sort_unstable();
            assert_eq!(properties, keys);
        }
    }
}
