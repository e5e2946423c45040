//! `peerpath classify`

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, BufWriter, Read, Write as _};
use std::net::IpAddr;
use std::path::Path;

use super::super::args::{ClassifyArgs, ClassifyBy, Global, RowFormat};
use super::super::console::{self, Shape};
use super::super::error::CliError;
use super::super::exit::Exit;
use super::super::inputs::Inputs;
use crate::addr::EmbeddedV4;
use crate::cli::inputs::opened;
use crate::cli::output;
use crate::diag::{InputError, NotUtf8, wide_encoding};
use crate::engine::{SupportVerdict, Vantage};
use crate::report::views::classify::{Classified, Counted, columns, counted_columns};
use crate::report::{Format, Report, RowWriter};
use crate::sim::{FactsId, PathId, Placer, VantageEngines};

/// The schema of the rows and its version.
const SCHEMA: &str = "peerpath.classify/1";

/// The maximum number of bytes read from a line. A longer line cannot be an address.
const LONGEST_LINE: u64 = 4096;

pub(super) fn run(global: &Global, args: &ClassifyArgs) -> Result<Exit, CliError> {
    let inputs = Inputs::load(global, args.vantage.network.as_deref())?;
    let vantage = inputs.vantage(&args.vantage, false)?;
    let engines = VantageEngines::new(&inputs.catalog, inputs.engine_inputs())?;
    let mut placer = Placer::new(&engines);
    let vantage = vantage.map(|(_, site)| Vantage::Site(site));
    let lines = open(&args.file)?;
    let format = match args.format {
        RowFormat::Csv => Format::Csv,
        RowFormat::Ndjson => Format::Ndjson,
        RowFormat::Table => Format::Table,
    };
    let mut report = Report::new(SCHEMA, env!("CARGO_PKG_VERSION"));
    report.catalog = crate::report::catalog_sources(&inputs.catalog);
    output::print_age(&report, global);
    let mut out = BufWriter::new(console::stdout(Shape::from(format)));
    let terminal = output::terminal(global.color);
    let counts = match args.by {
        None => {
            let columns = columns();
            let mut rows = RowWriter::new(format, terminal, &report, "address", &columns.columns(), &mut out)
                .map_err(CliError::stdout)?;
            let counts = each_address(&args.file, lines, |address| {
                rows.row(columns.row(&classified(&mut placer, vantage, address))).map_err(CliError::stdout)
            })?;
            rows.finish().map_err(CliError::stdout)?;
            counts
        }
        Some(ClassifyBy::Product) => {
            let columns = counted_columns();
            let mut rows = RowWriter::new(format, terminal, &report, "product", &columns.columns(), &mut out)
                .map_err(CliError::stdout)?;
            let (counted, counts) = counted(&args.file, lines, &mut placer, vantage)?;
            for row in &counted {
                rows.row(columns.row(row)).map_err(CliError::stdout)?;
            }
            rows.finish().map_err(CliError::stdout)?;
            counts
        }
    };
    out.flush().map_err(CliError::stdout)?;
    finish(global, &args.file, &counts)
}

/// Counts the addresses of a list by product, path and support, the most frequent first.
fn counted(
    file: &Path,
    lines: Box<dyn BufRead>,
    placer: &mut Placer<'_>,
    vantage: Option<Vantage>,
) -> Result<(Vec<Counted>, LineCounts), CliError> {
    let mut sums: BTreeMap<(FactsId, PathId), u64> = BTreeMap::new();
    let counts = each_address(file, lines, |address| {
        let asked = placer.translated(vantage, address);
        *sums.entry((placer.facts_of(asked), placer.path(vantage, asked))).or_default() += 1;
        Ok(())
    })?;
    // Records with different facts may belong to the same product.
    let mut by_name: BTreeMap<(&str, PathId, SupportVerdict), u64> = BTreeMap::new();
    for ((facts, path), addresses) in sums {
        let facts = placer.facts(facts);
        *by_name.entry((&facts.product, path, facts.support)).or_default() += addresses;
    }
    let mut rows: Vec<Counted> = by_name
        .into_iter()
        .map(|((product, path, support), addresses)| {
            let (product, path) = (product.to_owned(), placer.path_name(path).clone());
            Counted { product, path, support, addresses }
        })
        .collect();
    rows.sort_by_key(|row| Reverse(row.addresses));
    Ok((rows, counts))
}

/// Opens a file, or standard input for `-`, to be read line by line.
fn open(file: &Path) -> Result<Box<dyn BufRead>, CliError> {
    let mut lines: Box<dyn BufRead> = if file.as_os_str() == "-" {
        Box::new(BufReader::new(opened::stdin()))
    } else {
        Box::new(BufReader::new(opened::stream(file)?))
    };
    match wide_encoding(lines.fill_buf().map_err(CliError::read(file))?) {
        Some(encoding) => {
            let wide = NotUtf8 { encoding, offset: 0, line: 1, column: 1, byte: 0 };
            Err(CliError::read(file)(InputError::NotUtf8(wide).into()))
        }
        None => Ok(lines),
    }
}

/// Counts of lines by content.
#[derive(Debug, Default)]
struct LineCounts {
    all: u64,
    addresses: u64,
    /// How many of the addresses are IPv4-mapped. These are read as IPv4.
    mapped: u64,
    /// Lines that contain neither an address nor a comment.
    bad: u64,
}

/// Calls `found` for each address. Other lines are reported and counted, except blank lines and comments.
fn each_address(
    file: &Path,
    mut lines: Box<dyn BufRead>,
    mut found: impl FnMut(IpAddr) -> Result<(), CliError>,
) -> Result<LineCounts, CliError> {
    let mut counts = LineCounts::default();
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = lines.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line);
        if read.map_err(CliError::read(file))? == 0 {
            return Ok(counts);
        }
        counts.all += 1;
        if line.len() as u64 == LONGEST_LINE && line.last() != Some(&b'\n') {
            lines.skip_until(b'\n').map_err(CliError::read(file))?;
        }
        let text = match str::from_utf8(&line) {
            Ok(text) => text.trim_start_matches('\u{feff}').trim(),
            // The encoding of a comment does not matter.
            Err(_) if line.trim_ascii_start().starts_with(b"#") => continue,
            Err(error) => {
                counts.bad += 1;
                not_utf8(file, counts.all, &line, error.valid_up_to());
                continue;
            }
        };
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        if let Ok(address) = text.parse::<IpAddr>() {
            counts.addresses += 1;
            let (address, was_mapped) = address.read_as_v4();
            counts.mapped += u64::from(was_mapped);
            found(address)?;
        } else {
            counts.bad += 1;
            bad_line(file, counts.all, text);
        }
    }
}

/// Reports how many lines were read as IPv4 or contain no address, and returns the exit code.
fn finish(global: &Global, file: &Path, counts: &LineCounts) -> Result<Exit, CliError> {
    let LineCounts { all, addresses, mapped, bad } = *counts;
    if mapped > 0 && !global.quiet {
        console::note(&format!("{}: {mapped} IPv4-mapped addresses were read as IPv4", file.display()));
    }
    if bad > 0 && !global.quiet {
        console::note(&format!("{}: {bad} of {all} lines contain no address", file.display()));
    }
    if addresses == 0 && bad > 0 {
        return Err(CliError::NoAddress { path: file.to_owned() });
    }
    if bad > 0 && global.strict {
        return Err(CliError::Strict { what: format!("{bad} lines contain no address") });
    }
    Ok(Exit::Success)
}

fn classified(placer: &mut Placer<'_>, vantage: Option<Vantage>, address: IpAddr) -> Classified {
    let asked = placer.translated(vantage, address);
    let (path, facts) = (placer.path(vantage, asked), placer.facts_of(asked));
    Classified { address, path: placer.path_name(path).clone(), facts: placer.facts(facts).clone() }
}

/// Reports a line that is not UTF-8.
fn not_utf8(file: &Path, number: u64, line: &[u8], at: usize) {
    let column = line.get(..at).map_or(0, |before| String::from_utf8_lossy(before).chars().count()) + 1;
    let byte = line.get(at).copied().unwrap_or_default();
    console::note(&format!(
        "{}:{number}: column {column} is not UTF-8 (0x{byte:02X}), and the file may be Latin-1 or Windows-1252: save the \
        file as UTF-8",
        file.display()
    ));
}

/// Reports a line that contains no address.
fn bad_line(file: &Path, number: u64, text: &str) {
    let shown: String = text.chars().take(60).flat_map(char::escape_debug).collect();
    console::note(&format!(
        "{}:{number}: `{shown}` is not an IPv4 or IPv6 address: write one address per line",
        file.display()
    ));
}
