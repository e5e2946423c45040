//! Parquet, read back by another reader.

use super::*;

#[test]
fn parquet_is_read_back_cell_by_cell() {
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::record::Field;

    let report = one_view();
    let view = &report.views[0];
    let file = bytes(Format::Parquet, RenderOptions::default(), &report).unwrap();
    let path = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(path.path(), file).unwrap();
    let reader = SerializedFileReader::new(path.reopen().unwrap()).unwrap();

    let mut rows = 0;
    for (cells, row) in view.rows.iter().zip(reader.get_row_iter(None).unwrap()) {
        for ((column, cell), (name, field)) in COLUMNS.iter().zip(cells).zip(row.unwrap().get_column_iter()) {
            assert_eq!(name, column.name);
            let wanted = match cell {
                Cell::Empty => Field::Null,
                Cell::Text(text) => Field::Str(text.clone()),
                Cell::Integer(number) | Cell::Duration(number) => Field::ULong(*number),
                Cell::Count(count) => Field::Str(count.to_string()),
                Cell::Flag(flag) => Field::Bool(*flag),
                Cell::Time(ns) => Field::Long(i64::try_from(*ns).unwrap()),
                Cell::List(items) => {
                    let Field::ListInternal(list) = field else { panic!("{field:?}") };
                    let found: Vec<String> = list
                        .elements()
                        .iter()
                        .map(|item| match item {
                            Field::Str(text) => text.clone(),
                            other => panic!("{other:?}"),
                        })
                        .collect();
                    assert_eq!(found, *items);
                    continue;
                }
            };
            assert_eq!(*field, wanted, "{name}");
        }
        rows += 1;
    }
    assert_eq!(rows, view.rows.len());

    let file = reader.metadata().file_metadata();
    assert_eq!(file.num_rows(), 4);
    let words = |key: &str| {
        let entries = file.key_value_metadata().unwrap();
        entries.iter().find(|entry| entry.key == key).and_then(|entry| entry.value.clone()).unwrap()
    };
    assert_eq!(words("peerpath.schema"), "peerpath.replay/1");
    assert_eq!(words("peerpath.view"), "destination");
    assert_eq!(words("peerpath.total_rows"), "1312");
    let catalog: Value = serde_json::from_str(&words("peerpath.catalog")).unwrap();
    assert_eq!(catalog[0]["edition"], "406");
    let inputs: Value = serde_json::from_str(&words("peerpath.inputs")).unwrap();
    assert_eq!(inputs[0]["sha256"], report.inputs[0].sha256.as_deref().unwrap());
}

#[test]
fn parquet_says_its_types_and_refuses_times_it_cannot_hold() {
    use parquet::file::reader::{FileReader, SerializedFileReader};

    let mut report = one_view();
    report.views[0].rows.clear();
    let file = bytes(Format::Parquet, RenderOptions::default(), &report).unwrap();
    let path = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(path.path(), file).unwrap();
    let reader = SerializedFileReader::new(path.reopen().unwrap()).unwrap();
    assert_eq!(reader.get_row_iter(None).unwrap().count(), 0);
    let mut schema = Vec::new();
    parquet::schema::printer::print_schema(&mut schema, reader.metadata().file_metadata().schema());
    expect("schema.parquet.txt", &String::from_utf8(schema).unwrap());

    let mut view = View::new("late", &COLUMNS[5..6]);
    view.push(vec![Cell::Time(u64::MAX)]);
    report.views = vec![view];
    let refusal = Format::Parquet.check(&report).unwrap_err();
    assert!(matches!(refusal, FormatError::TimeRange { row: 1, column: "first_seen", .. }), "{refusal}");
    assert_eq!(Format::Csv.check(&report), Ok(()));
}

#[test]
fn parquet_of_many_rows_has_several_row_groups() {
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::record::Field;

    let mut report = Report::new("peerpath.test/1", "0.1.0");
    let mut view = View::new("many", &COLUMNS[1..2]);
    for number in 0..=(1 << 17) {
        view.push(vec![Cell::Integer(number)]);
    }
    report.views.push(view);
    let path = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(path.path(), bytes(Format::Parquet, RenderOptions::default(), &report).unwrap()).unwrap();
    let reader = SerializedFileReader::new(path.reopen().unwrap()).unwrap();
    assert_eq!(reader.num_row_groups(), 2);
    let rows = reader.get_row_iter(None).unwrap();
    for (number, row) in (0..).zip(rows) {
        assert_eq!(row.unwrap().get_column_iter().next().unwrap().1, &Field::ULong(number));
    }
}
