//! Flow records from Apache Parquet: the flow view as peerpath writes it.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;

use jiff::Timestamp;
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::{Field, Row};

use crate::flow::records::{RecordError, RecordFile, lacking, record};

/// Reads a Parquet file with the columns of the flow view. A row that is not a valid record is counted. Its
/// row number, counted from 1, is reported in place of a line number.
///
/// # Errors
///
/// Returns [`RecordError`] if nothing can be read, or if reading fails later.
pub fn read_parquet_records(name: &str, file: File) -> Result<RecordFile, RecordError> {
    let fail =
        |error: ParquetError| RecordError::Read { name: name.to_owned(), source: io::Error::other(error) };
    let reader = SerializedFileReader::new(file).map_err(fail)?;
    let fields = reader.metadata().file_metadata().schema().get_fields();
    lacking(name, |column| fields.iter().any(|field| field.name() == column))?;
    let mut file = RecordFile::default();
    for (number, row) in (1..).zip(reader.get_row_iter(None).map_err(fail)?) {
        file.take(record(&texts(&row.map_err(fail)?)), number);
    }
    Ok(file)
}

/// Returns the cells of a row as CSV would contain them. A value of an unexpected type has no text, so the
/// row is rejected.
fn texts(row: &Row) -> BTreeMap<&str, String> {
    let text = |column: &str, field: &Field| {
        let moment = ["first", "last"].contains(&column);
        match field {
            Field::Str(text) => Some(text.clone()),
            Field::ULong(number) => Some(number.to_string()),
            // A Parquet row has no separate field type for nanoseconds.
            Field::Long(nanoseconds) if moment => {
                Timestamp::from_nanosecond(i128::from(*nanoseconds)).ok().map(|moment| moment.to_string())
            }
            Field::Long(number) => Some(number.to_string()),
            Field::Null => Some(String::new()),
            _ => None,
        }
    };
    let cells = row.get_column_iter();
    cells.filter_map(|(name, field)| Some((name.as_str(), text(name, field)?))).collect()
}
