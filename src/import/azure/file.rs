//! Reads one file: its responses, their kinds, and errors.

use std::collections::BTreeMap;

use serde_json::Value;

use super::command::Command;
use super::document::{self, Document};
use super::finding::Finding;
use super::kind::ExportKind;
use super::notes::{ExportTolerance, ReadNotes};
use super::object::Object;
use super::records::{PeeringType, Record, TableHints};
use super::settings::{Evaluated, Place};
use super::{ExportRefusal, answer, resources, settings, tables};
use crate::catalog::import as text;
use crate::import::azure::redact::redact;
use crate::import::learned::LearnedRoutes;
use crate::network::Connection;

/// The contents of a file.
#[derive(Debug, Default)]
pub(super) struct Content {
    pub(super) records: Vec<Record>,
    pub(super) counts: BTreeMap<ExportKind, u64>,
    pub(super) notes: ReadNotes,
    /// The result of evaluating the settings of its resources.
    pub(super) evaluated: Evaluated,
}

/// Reads a file; `name` is its name without folders.
pub(super) fn read(name: &str, bytes: &[u8]) -> Result<Content, ExportRefusal> {
    let mut feed_notes = text::FeedNotes::default();
    let text = text::decode(bytes, &mut feed_notes).map_err(|undecoded| match undecoded {
        text::Undecoded::NotUtf8(error) => ExportRefusal::NotText(error),
        text::Undecoded::BrokenUtf16 { offset } => ExportRefusal::BrokenUtf16 { offset },
    })?;
    let split = document::split(&text);
    let mut content = Content::default();
    let mut refused: Vec<(usize, ExportRefusal)> = Vec::new();
    for document in &split.documents {
        let before = content.records.len();
        if let Err(refusal) = read_document(name, document, &mut content) {
            refused.push((document.line, refusal));
        } else if content.records.len() == before {
            refused.push((document.line, ExportRefusal::Empty));
        }
    }
    refused.extend(split.broken.map(|broken| (split.lines, broken)));
    if content.records.is_empty() {
        let stated = error_in_text(text.lines());
        return Err(match refused.into_iter().next() {
            Some((_, ExportRefusal::Unrecognised)) => stated.unwrap_or(ExportRefusal::Unrecognised),
            Some((_, refusal)) => refusal,
            None => stated.unwrap_or(ExportRefusal::NoJson),
        });
    }
    content.notes.add_many(ExportTolerance::TextAround, split.text_lines, "");
    for (line, refusal) in refused {
        content.notes.add(ExportTolerance::PartRefused, &format!("at line {line}, {refusal}"));
    }
    Ok(content)
}

/// Reads resources with Azure types, and marks resources that a network file cannot represent. `address` returns the
/// address of the resource with a given id.
pub(super) fn read_resources(resources: &[Value], address: &dyn Fn(&str) -> Option<String>) -> Content {
    let mut content = Content::default();
    for object in resources.iter().filter_map(Object::of) {
        let source = object.raw_text("id").and_then(address).unwrap_or_default();
        settings_of(object, &source, address, &mut content);
        if let Some(kind) = ExportKind::of(object).filter(|kind| kind.no_place().is_none()) {
            resource(kind, object, &source, address, &TableHints::default(), &mut content);
        }
    }
    content
}

/// Evaluates the settings of a resource; returns whether its type is known.
fn settings_of(
    object: Object<'_>,
    source: &str,
    address: &dyn Fn(&str) -> Option<String>,
    content: &mut Content,
) -> bool {
    let Some((kind, name)) = type_and_name(object) else { return false };
    settings::evaluate(&kind, object, Place { name: &name, source }, address, &mut content.evaluated);
    settings::effect_of(&kind).is_some()
}

/// Returns the type, without the provider `Microsoft.Network`, and the names of a resource, from its id, or else from
/// its type or fields.
fn type_and_name(object: Object<'_>) -> Option<(String, String)> {
    if let Some(id) = object.id()
        && let Some((provider, kind, name)) = id.kind_and_name()
    {
        let network = provider.eq_ignore_ascii_case("Microsoft.Network");
        return Some((if network { kind } else { format!("{provider}/{kind}") }, name));
    }
    let name = object.text("name").unwrap_or_default();
    let typed = object.raw_text("type").filter(|kind| kind.contains('/'));
    let kind = match typed {
        Some(kind) => kind.strip_prefix("Microsoft.Network/").unwrap_or(kind).to_owned(),
        None => ExportKind::of(object)?.azure()?.to_owned(),
    };
    Some((kind, name))
}

/// Returns why a file without a usable response is rejected, based on its lines of text.
fn error_in_text<'t>(mut lines: impl Iterator<Item = &'t str> + Clone) -> Option<ExportRefusal> {
    if lines.clone().any(|line| line.contains("gcloud ") || line.contains("# aws ")) {
        return Some(ExportRefusal::OtherProvider);
    }
    if lines.clone().any(|line| line.starts_with("BIRD ") || line.trim_start().starts_with("BGP.as_path")) {
        return Some(ExportRefusal::Router { router: "BIRD" });
    }
    if lines.clone().any(|line| line.starts_with("BGP table version")) {
        return Some(ExportRefusal::Router { router: "FRR or IOS" });
    }
    let error = lines.find_map(|line| line.trim().strip_prefix("ERROR:"))?;
    Some(ExportRefusal::CommandError { code: error_code(error.trim()) })
}

/// Returns the code in an error message such as `(NicMustBeAttached…) A network interface must …`.
fn error_code(error: &str) -> String {
    let code = error.strip_prefix('(').and_then(|rest| rest.split_once(')')).map(|(code, _)| code);
    let fits = |code: &&str| code.len() <= 80 && code.bytes().all(|byte| byte.is_ascii_alphanumeric());
    match code.filter(fits) {
        Some(code) => redact(code),
        None if error.starts_with("unrecognized arguments") => "unrecognized arguments".to_owned(),
        None => "unknown error".to_owned(),
    }
}

/// Reads the response in a document.
fn read_document(file: &str, document: &Document<'_>, content: &mut Content) -> Result<(), ExportRefusal> {
    let (body, parameters) = answer::body(&document.value)?;
    if let Some(object) = Object::of(body) {
        if let Some(code) = answer::error_code(object) {
            return Err(ExportRefusal::ErrorAnswer { code });
        }
        if object.raw_text("nextLink").is_some() {
            content.notes.add(ExportTolerance::MorePages, "nextLink");
        }
    }
    let hints = hints(file, document, parameters);
    let rows = answer::rows(body);
    if rows.is_empty() {
        return Err(ExportRefusal::Empty);
    }
    let mut response = Response { file, hints, content, tables: Vec::new(), refusal: None };
    for (group, row) in rows {
        response.row(group, row);
    }
    response.finish(document.line)
}

/// A response while its objects are read.
struct Response<'a> {
    file: &'a str,
    hints: TableHints,
    content: &'a mut Content,
    /// The routes read from rows, by kind of table.
    tables: Vec<(ExportKind, LearnedRoutes)>,
    /// Why the first unusable object was rejected.
    refusal: Option<ExportRefusal>,
}

impl Response<'_> {
    /// Reads an object; `group` is the key of its list.
    fn row(&mut self, group: &str, row: Object<'_>) {
        let unsupported = settings_of(row, self.file, &|_| None, self.content);
        let Some(kind) = kind_to_read(group, row, unsupported) else {
            return self.unread(unsupported);
        };
        if kind == ExportKind::OtherProvider {
            self.refusal.get_or_insert(ExportRefusal::OtherProvider);
        } else if let Some(remedy) = kind.no_place() {
            self.no_place(kind, remedy, unsupported);
        } else if is_table(kind) {
            self.table_row(kind, row);
        } else {
            resource(kind, row, self.file, &|_| None, &self.hints, self.content);
        }
    }

    /// Counts an object of a type that is marked as a whole; rejects an object of an unknown type.
    fn unread(&mut self, unsupported: bool) {
        if !unsupported {
            self.refusal.get_or_insert(ExportRefusal::Unrecognised);
            return;
        }
        let Content { records, counts, evaluated, .. } = &mut *self.content;
        *counts.entry(ExportKind::Unsupported).or_default() += 1;
        records.extend(evaluated.marked.drain(..).map(Record::Finding));
    }

    /// Rejects an object that a network file cannot represent, and marks the object if it affects routing.
    fn no_place(&mut self, kind: ExportKind, remedy: &'static str, unsupported: bool) {
        if let Some(effect) = kind.affects().filter(|_| !unsupported) {
            self.content.evaluated.marked.push(Finding::Unsupported {
                resource: kind.to_string(),
                setting: None,
                effect: effect.to_owned(),
                at: self.file.to_owned(),
            });
        }
        self.refusal.get_or_insert(ExportRefusal::NoPlace { kind, remedy });
    }

    /// Adds the routes of a row to its table.
    fn table_row(&mut self, kind: ExportKind, row: Object<'_>) {
        let routes = tables::row(kind, row, &mut self.content.notes);
        if let Some((_, table)) = self.tables.iter_mut().find(|(known, _)| *known == kind) {
            table.routes.extend(routes);
        } else {
            let table = LearnedRoutes::new(tables::table(kind, &self.hints), routes, self.file);
            self.tables.push((kind, table));
        }
    }

    /// Adds the tables. Returns a refusal as an error if nothing else was read; otherwise, only notes it.
    fn finish(self, line: usize) -> Result<(), ExportRefusal> {
        let Self { content, tables, refusal, .. } = self;
        for (kind, table) in tables {
            let count = u64::try_from(table.routes.len()).unwrap_or(u64::MAX);
            if count > 0 {
                *content.counts.entry(kind).or_default() += count;
                content.records.push(Record::Routes(table));
            }
        }
        match refusal {
            Some(refusal) if content.records.is_empty() => Err(refusal),
            Some(refusal) => {
                content.notes.add(ExportTolerance::PartRefused, &format!("at line {line}, {refusal}"));
                Ok(())
            }
            None => Ok(()),
        }
    }
}

/// Returns the kind as which an object is read; `None` if it is not read. A hub's gateway and its connections are both
/// marked and read.
fn kind_to_read(group: &str, row: Object<'_>, unsupported: bool) -> Option<ExportKind> {
    let is_read = |kind: &ExportKind| {
        !unsupported
            || matches!(kind, ExportKind::Gateway | ExportKind::Connection)
            || kind.no_place().is_some()
    };
    match ExportKind::of(row).filter(is_read)? {
        ExportKind::GatewayRoutes if group.starts_with("RouteServiceRole") => {
            Some(ExportKind::RouteServerRoutes)
        }
        kind => Some(kind),
    }
}

fn is_table(kind: ExportKind) -> bool {
    matches!(
        kind,
        ExportKind::CircuitRoutes
            | ExportKind::GatewayRoutes
            | ExportKind::RouteServerRoutes
            | ExportKind::EffectiveRoutes
            | ExportKind::HubRoutes
    )
}

/// Reads a resource; a resource without a name is counted as unreadable.
fn resource(
    kind: ExportKind,
    object: Object<'_>,
    source: &str,
    address: &dyn Fn(&str) -> Option<String>,
    hints: &TableHints,
    content: &mut Content,
) {
    let notes = &mut content.notes;
    let records = match kind {
        ExportKind::Circuit => {
            resources::circuit(object, notes).map(|circuit| vec![Record::Circuit(Box::new(circuit))])
        }
        ExportKind::Peering => {
            resources::peering(object, hints, notes).map(|peering| vec![Record::Peering(Box::new(peering))])
        }
        ExportKind::RouteFilter => {
            resources::route_filter(object, notes).map(|filter| vec![Record::RouteFilter(filter)])
        }
        ExportKind::VirtualNetwork => resources::virtual_network(object, source, address, notes)
            .map(|network| vec![Record::VirtualNetwork(network)]),
        ExportKind::RouteTable => {
            resources::route_table(object, notes).map(|table| vec![Record::RouteTable(table)])
        }
        ExportKind::Gateway => resources::gateway(object).map(|(gateway, connections)| {
            let connections = connections.into_iter().map(Record::Connection);
            std::iter::once(Record::Gateway(gateway)).chain(connections).collect()
        }),
        ExportKind::Connection => {
            let to_circuit = || resources::connection(object).map(Record::Connection);
            resources::tunnel(object).map(Record::Tunnel).or_else(to_circuit).map(|record| vec![record])
        }
        _ => None,
    };
    match records {
        Some(records) => {
            *content.counts.entry(kind).or_default() += 1;
            content.records.extend(records);
        }
        None => content.notes.add(ExportTolerance::OddValue, kind.name()),
    }
}

/// Identifies the owner of a table from the command in the heading, or else from the parameters of a REST example. If
/// neither names the connection, it is identified from the file's name.
fn hints(file: &str, document: &Document<'_>, parameters: Option<answer::Parameters<'_>>) -> TableHints {
    let command = Command::in_lines(document.heading.iter().copied()).unwrap_or_default();
    let option = |names: &[&str]| command.option(names).map(redact);
    let parameter = |name: &str| parameters?.get(name)?.as_str().map(redact);
    let is_circuit =
        command.words.contains("express-route list") || command.words.contains("express-route show");
    let own_name = || option(&["n", "name"]);
    let circuit = option(&["circuit-name", "expressroutecircuitname"])
        .or_else(|| is_circuit.then(own_name).flatten())
        .or_else(|| parameter("circuitName"));
    let peering = option(&["peering-name", "peeringtype"]).or_else(|| parameter("peeringName"));
    let path = option(&["path", "devicepath"]).or_else(|| parameter("devicePath"));
    let owner = option(&["routeserver", "routeservername", "vhub-name"])
        .or_else(own_name)
        .or_else(|| option(&["networkinterfacename", "virtualnetworkgatewayname"]))
        .or_else(|| parameter("virtualNetworkGatewayName"))
        .or_else(|| parameter("networkInterfaceName"));
    TableHints {
        circuit,
        peering: peering.as_deref().and_then(PeeringType::parse),
        connection: path.as_deref().and_then(side).or_else(|| side(file)),
        owner,
    }
}

/// Returns the connection that a word or a file name contains; `None` if it contains both or neither.
fn side(text: &str) -> Option<Connection> {
    let text = text.to_ascii_lowercase();
    match (text.contains("primary"), text.contains("secondary")) {
        (true, false) => Some(Connection::Primary),
        (false, true) => Some(Connection::Secondary),
        _ => None,
    }
}
