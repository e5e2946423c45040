//! What every format makes of one small report that holds every kind of cell and awkward text.

#![cfg(all(feature = "cli", feature = "parquet", feature = "junit"))]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

mod parquet_files;
mod streams;

use std::io;
use std::path::Path;

use peerpath::addr::AddressCount;
use peerpath::check::{CheckKind, CheckOutcome, Status};
use peerpath::diag::Severity;
use peerpath::report::{
    CatalogSource, Cell, Column, ColumnKind, Format, FormatError, Input, Note, RenderOptions, Report,
    RowWriter, SkippedPackets, View,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::Value;

const COLUMNS: [Column; 7] = [
    Column::new("address", ColumnKind::Text, "the remote address"),
    Column::new("packets", ColumnKind::Integer, "packets"),
    Column::new("space", ColumnKind::Count, "addresses of the prefix"),
    Column::new("supported", ColumnKind::Flag, "whether ExpressRoute is supported"),
    Column::new("tags", ColumnKind::List, "service tags, most specific first"),
    Column::new("first_seen", ColumnKind::Time, "the first packet"),
    Column::new("frame_bytes", ColumnKind::Bytes, "bytes on the wire"),
];

#[test]
fn every_text_format_says_what_it_said_before() {
    for (format, report) in [
        (Format::Table, awkward()),
        (Format::Json, awkward()),
        (Format::Ndjson, awkward()),
        (Format::Csv, one_view()),
        (Format::Markdown, awkward()),
    ] {
        expect(&format!("awkward.{format}"), &text(format, &report));
    }
    let narrow = RenderOptions { width: Some(100), colour: false, room: None };
    expect("plain-100.table", &rendered(Format::Table, narrow, &plain()));
}

#[test]
fn a_report_that_says_nothing_is_still_whole() {
    let nothing = Report::new("peerpath.test/1", "0.1.0");
    assert_eq!(text(Format::Table, &nothing), "");
    assert_eq!(text(Format::Markdown, &nothing), "");
    let document: Value = serde_json::from_str(&text(Format::Json, &nothing)).unwrap();
    for key in ["catalog", "inputs", "notes", "skipped", "views"] {
        assert_eq!(document[key], Value::Array(Vec::new()), "{key}");
    }
    assert_eq!(text(Format::Ndjson, &nothing).lines().count(), 1);
}

#[test]
fn a_table_fits_its_terminal_where_words_can_be_broken() {
    for width in [72, 80, 100, 200, u16::MAX] {
        let shown = rendered(
            Format::Table,
            RenderOptions { width: Some(width), colour: false, room: None },
            &plain(),
        );
        for line in shown.lines() {
            assert!(line.chars().count() <= usize::from(width), "{width}: {line}");
        }
        // Numbers and moments are never broken.
        assert!(shown.contains("1,310,720") && shown.contains("2026-05-25T08:00:00.000000001Z"));
    }
}

#[test]
fn no_width_and_no_length_of_text_breaks_a_table() {
    let mut report = one_view();
    let mut view = View::new("long", &COLUMNS[..2]);
    view.push(vec![Cell::Text("long ".repeat(20_000)), 1.into()]);
    view.push(vec![Cell::Text("漢".repeat(300)), 2.into()]);
    view.push(vec![Cell::Text("\u{1b}".repeat(300)), 3.into()]);
    report.views.push(view);
    report.views.push(View::new("no_columns", &[]));
    for width in [None, Some(0), Some(1), Some(2), Some(13), Some(80), Some(u16::MAX)] {
        let shown = rendered(Format::Table, RenderOptions { width, colour: false, room: None }, &report);
        assert!(shown.contains("no_columns"));
        assert!(!shown.contains('\u{1b}'));
    }
}

#[test]
fn colour_is_only_where_asked() {
    let colour = rendered(Format::Table, RenderOptions { width: None, colour: true, room: None }, &awkward());
    assert!(colour.starts_with("\u{1b}[1mdestination"));
    let codes = ["\u{1b}[1m", "\u{1b}[0m", "\u{1b}[33m", "\u{1b}[36m"];
    let stripped = codes.iter().fold(colour, |text, code| text.replace(code, ""));
    assert_eq!(stripped, text(Format::Table, &awkward()));
}

#[test]
fn nothing_that_steers_a_terminal_gets_there() {
    for format in [Format::Table, Format::Json, Format::Ndjson, Format::Markdown] {
        let shown = text(format, &awkward());
        let steering = shown.chars().find(|c| (c.is_control() && *c != '\n') || *c == '\u{202e}');
        assert_eq!(steering, None, "{format}");
    }
}

#[test]
fn json_parses_back_and_its_columns_agree() {
    let report = awkward();
    let document: Value = serde_json::from_str(&text(Format::Json, &report)).unwrap();
    assert_eq!(document["schema"], "peerpath.replay/1");
    assert_eq!(document["inputs"][0]["name"], report.inputs[0].name.as_str());
    for (view, image) in report.views.iter().zip(document["views"].as_array().unwrap()) {
        let names: Vec<&str> = view.columns.iter().map(|column| column.name).collect();
        let found: Vec<&str> =
            image["columns"].as_array().unwrap().iter().map(|c| c["name"].as_str().unwrap()).collect();
        assert_eq!(found, names);
        let rows = image["rows"].as_array().unwrap();
        assert_eq!(rows.len(), view.rows.len());
        for (cells, object) in view.rows.iter().zip(rows) {
            assert_row(&view.columns, cells, object);
            assert_eq!(object.as_object().unwrap().len(), names.len());
        }
    }
}

#[test]
fn ndjson_has_a_header_and_then_rows() {
    let report = awkward();
    let shown = text(Format::Ndjson, &report);
    let mut lines = shown.lines();
    let header: Value = serde_json::from_str(lines.next().unwrap()).unwrap();
    assert_eq!(header["schema"], "peerpath.replay/1");
    assert_eq!(header["views"][0]["rows"], 4);
    let mut cells = report.views.iter().flat_map(|view| view.rows.iter().map(move |row| (view, row)));
    for line in lines {
        let (view, row) = cells.next().unwrap();
        assert!(line.starts_with(&format!("{{\"view\":\"{}\",", view.name)), "{line}");
        assert_row(&view.columns, row, &serde_json::from_str(line).unwrap());
    }
    assert_eq!(cells.next(), None);
}

#[test]
fn csv_is_read_back_by_another_reader() {
    let report = one_view();
    let records = read_csv(&text(Format::Csv, &report));
    let names: Vec<&str> = COLUMNS.iter().map(|column| column.name).collect();
    assert_eq!(records[0], names);
    assert_eq!(records.len(), 1 + report.views[0].rows.len());
    for (cells, record) in report.views[0].rows.iter().zip(&records[1..]) {
        let wanted: Vec<String> = cells.iter().map(plain_text).collect();
        assert_eq!(*record, wanted);
    }
}

#[test]
fn csv_of_one_column_has_no_blank_line() {
    let mut report = Report::new("peerpath.test/1", "0.1.0");
    let mut view = View::new("single", &COLUMNS[..1]);
    view.push(vec![Cell::Empty]);
    report.views.push(view);
    assert_eq!(text(Format::Csv, &report), "address\n\"\"\n");
}

#[test]
fn the_same_report_gives_the_same_bytes() {
    for format in Format::ALL {
        let options = RenderOptions { width: Some(120), colour: true, room: None };
        let first = bytes(format, options, &checked()).unwrap();
        assert_eq!(first, bytes(format, options, &checked()).unwrap(), "{format}");
    }
}

#[test]
fn formats_are_parsed_as_they_are_printed() {
    for format in Format::ALL {
        assert_eq!(format.to_string().parse(), Ok(format));
    }
    let refusal = "JSON".parse::<Format>().unwrap_err().to_string();
    assert!(refusal.starts_with("unknown output format `JSON`: use table, json,"), "{refusal}");
    for format in Format::ALL {
        assert!(refusal.contains(format.name()), "{format}");
    }
}

#[test]
fn a_format_for_one_view_refuses_more_and_tells_how_to_choose() {
    for format in [Format::Csv, Format::Parquet] {
        let refusal = bytes(format, RenderOptions::default(), &awkward()).unwrap_err();
        assert_eq!(refusal.kind(), io::ErrorKind::InvalidInput);
        let refusal: &FormatError = refusal.get_ref().unwrap().downcast_ref().unwrap();
        assert_eq!(
            refusal.to_string(),
            format!(
                "{format} contains exactly one view, and this report has 2 (`destination`, `path`): \
                 choose one with `--by NAME` or `--view NAME` if the command has that option, or use json, ndjson, markdown or table"
            )
        );
        let none = Report::new("peerpath.test/1", "0.1.0");
        assert_eq!(format.check(&none), Err(FormatError::ViewCount { format, views: Vec::new() }));
    }
}

#[test]
fn a_format_of_checks_refuses_a_report_without_them() {
    for format in Format::ALL.into_iter().filter(|format| format.holds_checks_only()) {
        assert_eq!(format.check(&one_view()), Err(FormatError::NoChecks { format }));
        assert_eq!(format.check(&checked()), Ok(()));
        let refusal = bytes(format, RenderOptions::default(), &one_view()).unwrap_err().to_string();
        assert!(refusal.starts_with(format.name()), "{refusal}");
    }
}

#[test]
fn a_report_that_breaks_its_promises_is_refused_before_a_byte_is_written() {
    type Harm = fn(&mut Report);
    let harms: [(Harm, &str); 5] = [
        (|r| drop(r.views[0].rows[1].pop()), "row 2 of view `destination` has 6 cells for 7 columns"),
        (
            |r| r.views[0].rows[2][1] = "many".into(),
            "row 3 of view `destination` does not contain a value of kind integer in column `packets`",
        ),
        (|r| r.views[1].name = "destination".to_owned(), "two views have the name `destination`"),
        (
            |r| r.views[1].columns[1].name = "path",
            "column `path` of view `path` needs another name: the name is duplicate or reserved",
        ),
        (
            |r| r.views[1].columns[1].name = "view",
            "column `view` of view `path` needs another name: the name is duplicate or reserved",
        ),
    ];
    for (harm, wanted) in harms {
        let mut report = awkward();
        harm(&mut report);
        for format in [Format::Table, Format::Json, Format::Ndjson, Format::Markdown] {
            let mut out = Vec::new();
            let refusal =
                format.renderer(RenderOptions::default()).unwrap().render(&report, &mut out).unwrap_err();
            assert_eq!(refusal.to_string(), wanted);
            assert!(out.is_empty());
        }
    }
}

#[test]
fn what_the_output_answers_comes_back() {
    struct Full;
    impl io::Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    for format in Format::ALL {
        let renderer = format.renderer(RenderOptions::default()).unwrap();
        let answer = renderer.render(&checked(), &mut Full).unwrap_err();
        assert_eq!(answer.kind(), io::ErrorKind::StorageFull, "{format}");
    }
}

proptest! {
    /// Any text survives CSV and JSON, and stays on its line and in its column elsewhere.
    #[test]
    fn any_text_is_carried_whole(texts in vec((any_text(), any_text()), 0..6)) {
        let mut report = Report::new("peerpath.test/1", "0.1.0");
        let columns = [COLUMNS[0], Column::new("other", ColumnKind::Text, "another text")];
        let mut view = View::new("texts", &columns);
        for (one, other) in &texts {
            view.push(vec![one.as_str().into(), other.as_str().into()]);
        }
        report.views.push(view);

        let records = read_csv(&text(Format::Csv, &report));
        prop_assert_eq!(records.len(), texts.len() + 1);
        let document: Value = serde_json::from_str(&text(Format::Json, &report)).unwrap();
        let rows = document["views"][0]["rows"].as_array().unwrap();
        for ((pair, record), row) in texts.iter().zip(&records[1..]).zip(rows) {
            prop_assert_eq!((&record[0], &record[1]), (&pair.0, &pair.1));
            prop_assert_eq!((row["address"].as_str(), row["other"].as_str()), (Some(&*pair.0), Some(&*pair.1)));
        }

        let shown = text(Format::Table, &report);
        prop_assert_eq!(shown.lines().count(), texts.len() + 3);
        let markdown = text(Format::Markdown, &report);
        for line in markdown.lines().skip(2) {
            prop_assert_eq!(bars(line), 3, "{}", line);
        }
        for shown in [shown, markdown, text(Format::Ndjson, &report)] {
            prop_assert!(!shown.chars().any(|c| c.is_control() && c != '\n'));
        }
    }
}

/// Text with more than its share of what the formats treat in a special way.
fn any_text() -> impl Strategy<Value = String> {
    vec(
        prop_oneof![
            any::<char>(),
            select("|\\,;\"\r\n\t <>&`*_~\u{1b}\u{9b}\u{202e}é漢".chars().collect::<Vec<_>>())
        ],
        0..12,
    )
    .prop_map(|characters| characters.into_iter().collect())
}

/// The bars of a Markdown line that divide cells: those not after an odd number of backslashes.
fn bars(line: &str) -> usize {
    let mut escaped = false;
    let mut bars = 0;
    for character in line.chars() {
        bars += usize::from(character == '|' && !escaped);
        escaped = character == '\\' && !escaped;
    }
    bars
}

/// What a cell must be in JSON, said again without the writers' code.
fn assert_row(columns: &[Column], cells: &[Cell], object: &Value) {
    for (column, cell) in columns.iter().zip(cells) {
        let found = &object[column.name];
        match cell {
            Cell::Empty => assert!(found.is_null()),
            Cell::Integer(number) | Cell::Duration(number) => assert_eq!(found.as_u64(), Some(*number)),
            Cell::Flag(flag) => assert_eq!(found.as_bool(), Some(*flag)),
            Cell::List(items) => {
                let found: Vec<&str> =
                    found.as_array().unwrap().iter().map(|item| item.as_str().unwrap()).collect();
                assert_eq!(found, *items);
            }
            Cell::Text(_) | Cell::Count(_) | Cell::Time(_) => {
                assert_eq!(found.as_str(), Some(plain_text(cell).as_str()));
            }
        }
    }
}

/// What a cell must be in CSV. Moments are given by hand: the report holds two.
fn plain_text(cell: &Cell) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Text(text) => text.clone(),
        Cell::Integer(number) | Cell::Duration(number) => number.to_string(),
        Cell::Count(count) => count.to_string(),
        Cell::Flag(flag) => flag.to_string(),
        Cell::List(items) => items.join(";"),
        Cell::Time(0) => "1970-01-01T00:00:00.000000000Z".to_owned(),
        Cell::Time(1_779_696_000_000_000_001) => "2026-05-25T08:00:00.000000001Z".to_owned(),
        Cell::Time(other) => panic!("no moment is given for {other}"),
    }
}

/// A reader of RFC 4180 that shares nothing with the writer.
fn read_csv(text: &str) -> Vec<Vec<String>> {
    let (mut records, mut record, mut field) = (Vec::new(), Vec::new(), String::new());
    let mut quoted = false;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match (quoted, character) {
            (true, '"') if characters.peek() == Some(&'"') => {
                characters.next();
                field.push('"');
            }
            (_, '"') => quoted = !quoted,
            (false, ',') => record.push(std::mem::take(&mut field)),
            (false, '\n') => {
                record.push(std::mem::take(&mut field));
                records.push(std::mem::take(&mut record));
            }
            (_, other) => field.push(other),
        }
    }
    assert!(!quoted && field.is_empty() && record.is_empty());
    records
}

/// Compares with `tests/report/<name>`; with `UPDATE_EXPECT=1` writes that file instead.
fn expect(name: &str, got: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/report").join(name);
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&path, got).unwrap();
    }
    let wanted = std::fs::read_to_string(&path).unwrap();
    assert_eq!(got, wanted, "`{name}` differs: look at it, then set UPDATE_EXPECT=1");
}

/// A report as people meet it.
fn plain() -> Report {
    let mut report = Report::new("peerpath.replay/1", "0.1.0");
    let mut view = View::new("destination", &[COLUMNS[0], COLUMNS[1], COLUMNS[4], COLUMNS[5]]);
    let tags = ["MicrosoftTeams.WestEurope", "AzureCloud.westeurope", "AzureCloud", "Internet"];
    view.push(vec![
        "2603:1030:20e:3::23c".into(),
        1_310_720.into(),
        Cell::List(tags.map(String::from).to_vec()),
        Cell::Time(1_779_696_000_000_000_001),
    ]);
    view.push(vec!["52.112.0.1".into(), 12.into(), Cell::List(Vec::new()), Cell::Time(0)]);
    report.views.push(view);
    report
}

/// Every kind of cell, every awkward text, two views (one cut, one without rows), notes and skips.
fn awkward() -> Report {
    let mut report = one_view();
    report.views.push(View::new(
        "path",
        &[
            Column::new("path", ColumnKind::Text, "the path"),
            Column::new("packets", ColumnKind::Integer, "packets"),
        ],
    ));
    report
}

/// One view and one check: what every format can hold.
fn checked() -> Report {
    let mut report = one_view();
    report.checks.push(CheckOutcome {
        id: "sql-on-private".to_owned(),
        kind: CheckKind::Assertion,
        title: "SQL stays private".to_owned(),
        severity: Severity::Error,
        status: Status::Failed,
        message: "4 addresses leave by `internet`".to_owned(),
        remedy: None,
        explanation: None,
        place: None,
        covered: None,
        witness: None,
        waiver: None,
    });
    report
}

fn one_view() -> Report {
    let mut report = Report::new("peerpath.replay/1", "0.1.0");
    report.catalog.push(CatalogSource {
        kind: "service-tags".to_owned(),
        cloud: "public".to_owned(),
        name: "ServiceTags_Public.json".to_owned(),
        edition: "406".to_owned(),
        date: Some("2026-05-25".to_owned()),
        sha256: "ab".repeat(32),
        origin: "shipped".to_owned(),
    });
    report.inputs.push(Input {
        kind: "capture".to_owned(),
        name: "evil\u{1b}[2J|_a_.pcap".to_owned(),
        bytes: Some(1024),
        sha256: Some("cd".repeat(32)),
    });
    report.inputs.push(Input { kind: "capture".to_owned(), name: "-".to_owned(), bytes: None, sha256: None });
    report.notes.push(Note::advice("read \"README.md\""));
    report.notes.push(Note::warning("cut\u{9b}in the middle"));
    report.skipped.push(SkippedPackets {
        reason: "arp".to_owned(),
        packets: 1,
        frame_bytes: 60,
        is_loss: false,
    });
    report.skipped.push(SkippedPackets {
        reason: "truncated".to_owned(),
        packets: 2048,
        frame_bytes: 1_310_720,
        is_loss: true,
    });
    let mut view = View::new("destination", &COLUMNS);
    let list = |items: &[&str]| Cell::List(items.iter().map(ToString::to_string).collect());
    view.push(vec![
        "52.112.0.1".into(),
        1_310_720.into(),
        AddressCount::power_of_two(128).into(),
        true.into(),
        list(&["Teams", "AzureCloud.westeurope", "AzureCloud", "Internet", "+1"]),
        Cell::Time(1_779_696_000_000_000_001),
        Cell::Integer(u64::MAX),
    ]);
    view.push(vec![
        "comma, \"quote\"\nline|pipe; Zürich 漢字 <b>*x*</b> \u{202e}".into(),
        0.into(),
        (AddressCount::power_of_two(128) + AddressCount::from(1)).into(),
        false.into(),
        list(&[]),
        Cell::Time(0),
        999.into(),
    ]);
    view.push(vec![Cell::Empty; 7]);
    view.push(vec![
        "".into(),
        1000.into(),
        AddressCount::ZERO.into(),
        Cell::Empty,
        list(&["one,\"two\""]),
        Cell::Empty,
        0.into(),
    ]);
    view.total_rows = 1312;
    report.views.push(view);
    report
}

fn rendered(format: Format, options: RenderOptions, report: &Report) -> String {
    String::from_utf8(bytes(format, options, report).unwrap()).unwrap()
}

fn text(format: Format, report: &Report) -> String {
    rendered(format, RenderOptions::default(), report)
}

fn bytes(format: Format, options: RenderOptions, report: &Report) -> io::Result<Vec<u8>> {
    let mut out = Vec::new();
    format.renderer(options).unwrap().render(report, &mut out)?;
    Ok(out)
}
