//! Rows written one by one.

use super::*;

#[test]
fn rows_one_by_one_equal_rows_at_once() {
    let report = one_view();
    let view = &report.views[0];
    assert_eq!(streamed(Format::Csv, RenderOptions::default(), &report), text(Format::Csv, &report));

    let found = streamed(Format::Ndjson, RenderOptions::default(), &report);
    let whole = text(Format::Ndjson, &report);
    assert_eq!(found.lines().skip(1).collect::<Vec<_>>(), whole.lines().skip(1).collect::<Vec<_>>());
    let header: Value = serde_json::from_str(found.lines().next().unwrap()).unwrap();
    assert_eq!(header["inputs"][0]["sha256"], "cd".repeat(32));

    let options = RenderOptions { width: Some(150), colour: false, room: None };
    let lines = rendered(Format::Table, options, &report);
    let body = lines.split_once('\n').unwrap().1.split_once("\n\n").unwrap().0;
    let table = streamed(Format::Table, options, &report);
    let (rows, lists) = table.split_once("\n\n").unwrap();
    assert_eq!(rows, body);
    assert!(lists.starts_with("lists: ") && lines.ends_with(lists), "{lists}");
    assert_eq!(view.rows.len(), 4);
}

#[test]
fn a_streamed_table_keeps_its_columns_from_block_to_block() {
    let mut out = Vec::new();
    let head = one_view();
    let options = RenderOptions::default();
    let mut rows = RowWriter::new(Format::Table, options, &head, "view", &COLUMNS[..2], &mut out).unwrap();
    let count = RowWriter::BLOCK * 2 + 1;
    for number in 0..count {
        let address = if number == 0 { "a long first address" } else { "::" };
        rows.row(vec![address.into(), 7.into()]).unwrap();
    }
    assert_eq!(rows.finish().unwrap(), count);
    let shown = String::from_utf8(out).unwrap();
    let shown = shown.split_once("\n\nlists: ").unwrap().0;
    assert_eq!(shown.lines().count(), count + 2);
    assert!(shown.lines().all(|line| line.chars().count() == "a long first address  packets".len()));
}

#[test]
fn a_stream_without_rows_has_its_header() {
    let mut report = one_view();
    report.views[0].rows.clear();
    let names = COLUMNS.map(|column| column.name);
    let options = RenderOptions::default();
    assert_eq!(streamed(Format::Csv, options, &report), format!("{}\n", names.join(",")));
    assert_eq!(streamed(Format::Ndjson, options, &report).lines().count(), 1);
    // Below it, the editions of the lists.
    assert_eq!(streamed(Format::Table, options, &report).lines().count(), 4);
}

#[test]
fn a_stream_refuses_what_it_cannot_write() {
    let head = one_view();
    let mut out = Vec::new();
    for format in [Format::Json, Format::Markdown, Format::Parquet] {
        let refusal =
            RowWriter::new(format, RenderOptions::default(), &head, "v", &COLUMNS, &mut out).unwrap_err();
        assert_eq!(
            refusal.to_string(),
            format!("{format} cannot be written row by row: use table, csv or ndjson")
        );
    }
    let mut rows =
        RowWriter::new(Format::Csv, RenderOptions::default(), &head, "v", &COLUMNS[..2], &mut out).unwrap();
    rows.row(vec!["::".into(), 1.into()]).unwrap();
    let refusal = rows.row(vec!["::".into()]).unwrap_err();
    assert_eq!(refusal.to_string(), "row 2 of view `v` has 1 cells for 2 columns");
    assert_eq!(rows.finish().unwrap(), 1);
    assert_eq!(out, b"address,packets\n::,1\n");
}

fn streamed(format: Format, options: RenderOptions, report: &Report) -> String {
    let mut out = Vec::new();
    let view = &report.views[0];
    let mut rows = RowWriter::new(format, options, report, &view.name, &view.columns, &mut out).unwrap();
    for row in &view.rows {
        rows.row(row.clone()).unwrap();
    }
    assert_eq!(rows.finish().unwrap(), view.rows.len());
    String::from_utf8(out).unwrap()
}
