//! One JSON document, and the JSON structures that it shares with ndjson and Parquet's metadata.

use std::io::{self, Write};

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use crate::report::text::{is_unsafe, timestamp};
use crate::report::{CatalogSource, Cell, Column, Format, Input, Note, Render, Report, SkippedPackets, View};

/// Writes a report as one JSON document, one row per line.
///
/// All keys are always present; an unknown value is `null`. Counts of addresses are strings of digits, since they
/// exceed 2^53, beyond which many readers lose precision; other numbers are JSON numbers.
#[derive(Clone, Copy, Debug, Default)]
pub struct JsonRenderer;

impl Render for JsonRenderer {
    fn render(&self, report: &Report, out: &mut dyn Write) -> io::Result<()> {
        Format::Json.check(report)?;
        let head = Head::of(report);
        out.write_all(b"{\n  \"schema\":")?;
        value(&head.schema, out)?;
        out.write_all(b",\n  \"tool\":")?;
        value(&head.tool, out)?;
        out.write_all(b",\n  \"catalog\":")?;
        list(&head.catalog, "  ", out)?;
        out.write_all(b",\n  \"inputs\":")?;
        list(&head.inputs, "  ", out)?;
        out.write_all(b",\n  \"notes\":")?;
        list(report.notes.iter().map(NoteImage::of), "  ", out)?;
        out.write_all(b",\n  \"skipped\":")?;
        list(report.skipped.iter().map(SkipImage::of), "  ", out)?;
        out.write_all(b",\n  \"views\":[")?;
        for (index, view) in report.views.iter().enumerate() {
            out.write_all(if index > 0 { b"," } else { b"" })?;
            write_view(view, out)?;
        }
        out.write_all(if report.views.is_empty() { b"]\n}\n" } else { b"\n  ]\n}\n" })
    }
}

/// Formats a JSON document without views: the head of `report`, then `targets`, and `notes` if there are any. It ends
/// with a newline.
pub fn document(report: &Report, targets: Vec<serde_json::Value>) -> String {
    let head = Head::of(report);
    let mut document = serde_json::json!({
        "schema": head.schema,
        "tool": head.tool,
        "catalog": head.catalog,
        "inputs": head.inputs,
        "targets": targets,
    });
    if let (false, Some(keys)) = (report.notes.is_empty(), document.as_object_mut()) {
        let notes: Vec<NoteImage<'_>> = report.notes.iter().map(NoteImage::of).collect();
        keys.insert("notes".to_owned(), serde_json::json!(notes));
    }
    format!("{document:#}\n")
}

fn write_view(view: &View, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(b"\n    {\n      \"name\":")?;
    value(&view.name, out)?;
    out.write_all(b",\n      \"columns\":")?;
    list(view.columns.iter().map(ColumnImage::of), "      ", out)?;
    out.write_all(b",\n      \"rows\":")?;
    let rows = view.rows.iter().map(|cells| RowImage { view: None, columns: &view.columns, cells });
    list(rows, "      ", out)?;
    out.write_all(b",\n      \"total_rows\":")?;
    value(&view.total_rows, out)?;
    out.write_all(b"\n    }")
}

/// Writes a list with one element per line, each two spaces deeper than `indent`.
pub(super) fn list<T: Serialize>(
    elements: impl IntoIterator<Item = T>,
    indent: &str,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut empty = true;
    for element in elements {
        let comma = if empty { "[" } else { "," };
        write!(out, "{comma}\n{indent}  ")?;
        value(&element, out)?;
        empty = false;
    }
    if empty { out.write_all(b"[]") } else { write!(out, "\n{indent}]") }
}

pub(super) fn value(value: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(&to_vec(value)?)
}

/// Returns compact JSON without characters that could control a terminal.
pub(super) fn to_vec(value: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    value.serialize(&mut serde_json::Serializer::with_formatter(&mut text, Visible))?;
    Ok(text)
}

/// serde_json's compact form, with DEL, C1 controls and bidirectional marks as `\u` and four digits.
struct Visible;

impl serde_json::ser::Formatter for Visible {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, out: &mut W, text: &str) -> io::Result<()> {
        let mut rest = text;
        while let Some((at, character)) = rest.char_indices().find(|(_, c)| is_unsafe(*c)) {
            let (before, after) = rest.split_at_checked(at).unwrap_or((rest, ""));
            out.write_all(before.as_bytes())?;
            for unit in character.encode_utf16(&mut [0; 2]) {
                write!(out, "\\u{unit:04x}")?;
            }
            rest = after.strip_prefix(character).unwrap_or("");
        }
        out.write_all(rest.as_bytes())
    }
}

/// The part of every machine format that states the origin of its rows.
#[derive(Serialize)]
pub(super) struct Head<'a> {
    pub(super) schema: &'a str,
    pub(super) tool: ToolImage<'a>,
    pub(super) catalog: Vec<CatalogImage<'a>>,
    pub(super) inputs: Vec<InputImage<'a>>,
}

impl<'a> Head<'a> {
    pub(super) fn of(report: &'a Report) -> Self {
        Self {
            schema: report.schema,
            tool: ToolImage { name: "peerpath", version: report.tool_version },
            catalog: report.catalog.iter().map(CatalogImage::of).collect(),
            inputs: report.inputs.iter().map(InputImage::of).collect(),
        }
    }
}

#[derive(Serialize)]
pub(super) struct ToolImage<'a> {
    name: &'a str,
    version: &'a str,
}

#[derive(Serialize)]
pub(super) struct CatalogImage<'a> {
    kind: &'a str,
    cloud: &'a str,
    name: &'a str,
    edition: &'a str,
    date: Option<&'a str>,
    sha256: &'a str,
    origin: &'a str,
}

impl<'a> CatalogImage<'a> {
    fn of(source: &'a CatalogSource) -> Self {
        let CatalogSource { kind, cloud, name, edition, date, sha256, origin } = source;
        Self { kind, cloud, name, edition, date: date.as_deref(), sha256, origin }
    }
}

#[derive(Serialize)]
pub(super) struct InputImage<'a> {
    kind: &'a str,
    name: &'a str,
    bytes: Option<u64>,
    sha256: Option<&'a str>,
}

impl<'a> InputImage<'a> {
    fn of(input: &'a Input) -> Self {
        let Input { kind, name, bytes, sha256 } = input;
        Self { kind, name, bytes: *bytes, sha256: sha256.as_deref() }
    }
}

#[derive(Serialize)]
pub(super) struct NoteImage<'a> {
    severity: String,
    text: &'a str,
}

impl<'a> NoteImage<'a> {
    pub(super) fn of(note: &'a Note) -> Self {
        Self { severity: note.severity.to_string(), text: &note.text }
    }
}

#[derive(Serialize)]
pub(super) struct SkipImage<'a> {
    reason: &'a str,
    packets: u64,
    frame_bytes: u64,
}

impl<'a> SkipImage<'a> {
    pub(super) fn of(skip: &'a SkippedPackets) -> Self {
        Self { reason: &skip.reason, packets: skip.packets, frame_bytes: skip.frame_bytes }
    }
}

#[derive(Serialize)]
pub(super) struct ColumnImage {
    name: &'static str,
    kind: &'static str,
    meaning: &'static str,
}

impl ColumnImage {
    pub(super) fn of(column: &Column) -> Self {
        Self { name: column.name, kind: column.kind.name(), meaning: column.meaning }
    }
}

/// A row as an object keyed by column name; the view's name comes first if it is given.
pub(super) struct RowImage<'a> {
    pub(super) view: Option<&'a str>,
    pub(super) columns: &'a [Column],
    pub(super) cells: &'a [Cell],
}

impl Serialize for RowImage<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(None)?;
        if let Some(view) = self.view {
            object.serialize_entry("view", view)?;
        }
        for (column, cell) in self.columns.iter().zip(self.cells) {
            object.serialize_entry(column.name, &CellImage(cell))?;
        }
        object.end()
    }
}

struct CellImage<'a>(&'a Cell);

impl Serialize for CellImage<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Cell::Empty => serializer.serialize_none(),
            Cell::Text(text) => serializer.serialize_str(text),
            Cell::Integer(number) | Cell::Duration(number) => serializer.serialize_u64(*number),
            Cell::Count(count) => serializer.serialize_str(&count.to_string()),
            Cell::Flag(flag) => serializer.serialize_bool(*flag),
            Cell::List(items) => items.serialize(serializer),
            Cell::Time(nanoseconds) => serializer.serialize_str(&timestamp(*nanoseconds)),
        }
    }
}
