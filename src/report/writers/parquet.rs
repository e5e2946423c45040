//! Apache Parquet, with the low-level column writers: typed columns, all of them optional.

use std::io::{self, Write};
use std::sync::Arc;

use parquet::basic::{LogicalType, Repetition, TimeUnit, Type as Physical};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, Int64Type};
use parquet::errors::Result;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::{Type, TypePtr};
use serde::Serialize;

use crate::report::writers::json;
use crate::report::writers::json::{ColumnImage, Head, NoteImage, SkipImage};
use crate::report::{Cell, Column, ColumnKind, Format, Render, Report, View};

/// Rows per row group: a few MiB of typical rows, the unit in which readers work in parallel.
const ROW_GROUP: usize = 1 << 17;

/// Writes the only view of a report as an Apache Parquet file.
///
/// Integers and bytes are unsigned 64-bit, times `TIMESTAMP(NANOS, UTC)`, texts UTF-8, flags booleans, lists Parquet
/// lists. Counts of addresses are decimal text, since no integer type can represent 2^128. The file's key-value
/// metadata contains the rest of the report. Pages are dictionary-encoded and not compressed. The file is built in
/// memory before it is written, since column chunks must be complete.
#[derive(Clone, Copy, Debug, Default)]
pub struct ParquetRenderer;

impl Render for ParquetRenderer {
    fn render(&self, report: &Report, out: &mut dyn Write) -> io::Result<()> {
        Format::Parquet.check(report)?;
        for view in &report.views {
            out.write_all(&file(report, view)?)?;
        }
        Ok(())
    }
}

fn file(report: &Report, view: &View) -> io::Result<Vec<u8>> {
    let properties = WriterProperties::builder()
        .set_created_by(format!("peerpath version {}", report.tool_version))
        .set_key_value_metadata(Some(metadata(report, view)?))
        .build();
    let mut writer = SerializedFileWriter::new(Vec::new(), schema(view)?, Arc::new(properties))?;
    for rows in view.rows.chunks(ROW_GROUP) {
        let mut group = writer.next_row_group()?;
        for (index, column) in view.columns.iter().enumerate() {
            if let Some(chunk) = group.next_column()? {
                write_column(chunk, column, rows.iter().map(|row| row.get(index)))?;
            }
        }
        group.close()?;
    }
    Ok(writer.into_inner()?)
}

fn metadata(report: &Report, view: &View) -> io::Result<Vec<KeyValue>> {
    let head = Head::of(report);
    let entries = [
        ("peerpath.schema", report.schema.to_owned()),
        ("peerpath.tool", as_json(&head.tool)?),
        ("peerpath.catalog", as_json(&head.catalog)?),
        ("peerpath.inputs", as_json(&head.inputs)?),
        ("peerpath.notes", as_json(&report.notes.iter().map(NoteImage::of).collect::<Vec<_>>())?),
        ("peerpath.skipped", as_json(&report.skipped.iter().map(SkipImage::of).collect::<Vec<_>>())?),
        ("peerpath.view", view.name.clone()),
        ("peerpath.columns", as_json(&view.columns.iter().map(ColumnImage::of).collect::<Vec<_>>())?),
        ("peerpath.total_rows", view.total_rows.to_string()),
    ];
    Ok(entries.map(|(key, value)| KeyValue::new(key.to_owned(), Some(value))).to_vec())
}

fn as_json(value: &impl Serialize) -> io::Result<String> {
    String::from_utf8(json::to_vec(value)?).map_err(io::Error::other)
}

fn schema(view: &View) -> Result<TypePtr> {
    let fields = view.columns.iter().map(field).collect::<Result<Vec<_>>>()?;
    Ok(Arc::new(Type::group_type_builder("peerpath").with_fields(fields).build()?))
}

fn field(column: &Column) -> Result<TypePtr> {
    let (physical, logical) = match column.kind {
        ColumnKind::Text | ColumnKind::Count => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
        ColumnKind::Integer | ColumnKind::Bytes => (Physical::INT64, Some(LogicalType::integer(64, false))),
        ColumnKind::Flag => (Physical::BOOLEAN, None),
        ColumnKind::Time => (Physical::INT64, Some(LogicalType::timestamp(true, TimeUnit::NANOS))),
        ColumnKind::List => return list_field(column.name),
    };
    let leaf = Type::primitive_type_builder(column.name, physical)
        .with_repetition(Repetition::OPTIONAL)
        .with_logical_type(logical);
    Ok(Arc::new(leaf.build()?))
}

/// Returns the three-level list of the Parquet format: optional list, repeated entry, required element.
fn list_field(name: &str) -> Result<TypePtr> {
    let element = Type::primitive_type_builder("element", Physical::BYTE_ARRAY)
        .with_repetition(Repetition::REQUIRED)
        .with_logical_type(Some(LogicalType::String))
        .build()?;
    let entry = Type::group_type_builder("list")
        .with_repetition(Repetition::REPEATED)
        .with_fields(vec![Arc::new(element)])
        .build()?;
    let list = Type::group_type_builder(name)
        .with_repetition(Repetition::OPTIONAL)
        .with_logical_type(Some(LogicalType::List))
        .with_fields(vec![Arc::new(entry)])
        .build()?;
    Ok(Arc::new(list))
}

/// Writes one column chunk. A missing cell, or a cell of the wrong kind, becomes null; rows with a cell of the wrong kind
/// were rejected before the file was created.
fn write_column<'a>(
    mut chunk: SerializedColumnWriter<'_>,
    column: &Column,
    cells: impl Iterator<Item = Option<&'a Cell>>,
) -> Result<()> {
    match column.kind {
        ColumnKind::Text | ColumnKind::Count => {
            let (values, levels) = optional(cells, |cell| match cell {
                Cell::Text(text) => Some(ByteArray::from(text.as_str())),
                Cell::Count(count) => Some(ByteArray::from(count.to_string().as_str())),
                _ => None,
            });
            chunk.typed::<ByteArrayType>().write_batch(&values, Some(&levels), None)?;
        }
        ColumnKind::Integer | ColumnKind::Bytes | ColumnKind::Time => {
            let (values, levels) = optional(cells, |cell| match cell {
                Cell::Integer(number) | Cell::Duration(number) | Cell::Time(number) => {
                    Some(number.cast_signed())
                }
                _ => None,
            });
            chunk.typed::<Int64Type>().write_batch(&values, Some(&levels), None)?;
        }
        ColumnKind::Flag => {
            let (values, levels) = optional(cells, |cell| match cell {
                Cell::Flag(flag) => Some(*flag),
                _ => None,
            });
            chunk.typed::<BoolType>().write_batch(&values, Some(&levels), None)?;
        }
        ColumnKind::List => {
            let lists = Lists::gather(cells);
            let writer = chunk.typed::<ByteArrayType>();
            writer.write_batch(&lists.values, Some(&lists.definition), Some(&lists.repetition))?;
        }
    }
    chunk.close()
}

/// Returns the present values, and for every row whether it has one (1) or not (0).
fn optional<'a, T>(
    cells: impl Iterator<Item = Option<&'a Cell>>,
    value: impl Fn(&Cell) -> Option<T>,
) -> (Vec<T>, Vec<i16>) {
    let (mut values, mut levels) = (Vec::new(), Vec::new());
    for cell in cells {
        let found = cell.and_then(&value);
        levels.push(i16::from(found.is_some()));
        values.extend(found);
    }
    (values, levels)
}

/// A column of lists in Dremel encoding. Definition level: 0 no list, 1 an empty list, 2 an item.
/// Repetition level: 0 the first entry of a row, 1 a further one.
#[derive(Default)]
struct Lists {
    values: Vec<ByteArray>,
    definition: Vec<i16>,
    repetition: Vec<i16>,
}

impl Lists {
    fn gather<'a>(cells: impl Iterator<Item = Option<&'a Cell>>) -> Self {
        let mut lists = Self::default();
        for cell in cells {
            match cell {
                Some(Cell::List(items)) if !items.is_empty() => {
                    for (index, item) in items.iter().enumerate() {
                        lists.values.push(ByteArray::from(item.as_str()));
                        lists.definition.push(2);
                        lists.repetition.push(i16::from(index > 0));
                    }
                }
                other => {
                    lists.definition.push(i16::from(matches!(other, Some(Cell::List(_)))));
                    lists.repetition.push(0);
                }
            }
        }
        lists
    }
}
