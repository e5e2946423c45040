//! Reads packets from captures, or from flow records.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::super::args::LayerArg;
use super::super::error::CliError;
use super::{Capture, CapturesRead, is_regular, layer};
use crate::cli::inputs::opened;
use crate::diag::Progress;
use crate::flow::table::BATCH;
use crate::flow::{
    CaptureError, EvenPackets, FlowIntake, Intake, RecordFile, TimedPacket, is_parquet, is_records,
    read_records,
};
use crate::report::{Input, Note};

/// A callback that receives packets in the order of the capture.
pub(in crate::cli) type Take<'t> = dyn FnMut(&[TimedPacket]) + 't;

/// The result of reading packets.
#[derive(Default)]
pub(in crate::cli) struct PacketsRead {
    /// The counts of captures. For flow records only `inputs` and `damage` are set.
    pub(in crate::cli) captures: CapturesRead,
    /// Flow records that were read in place of packets.
    pub(in crate::cli) records: usize,
    /// The number of IPv4-mapped addresses in flow records; they were read as IPv4.
    pub(in crate::cli) mapped: u64,
    /// Frame bytes that the flow records represent.
    pub(in crate::cli) record_bytes: u64,
}

/// Returns whether the files contain flow records. Captures and flow records cannot be mixed.
pub(in crate::cli) fn holds_records(paths: &[PathBuf]) -> Result<bool, CliError> {
    let records = paths.iter().map(|path| has_records(path)).collect::<Result<Vec<_>, _>>()?;
    if records.contains(&true) && records.contains(&false) {
        return Err(CliError::RecordsAndCaptures);
    }
    Ok(records.contains(&true))
}

/// Returns whether a file contains flow records. A pipe is assumed to be a capture, since it can be read only once.
fn has_records(path: &Path) -> Result<bool, CliError> {
    if !is_regular(path) {
        return Ok(false);
    }
    Ok(is_records(&beginning(path)?))
}

/// Reads enough of a file to detect its format.
fn beginning(path: &Path) -> Result<Vec<u8>, CliError> {
    let mut beginning = Vec::new();
    let file = opened::open(path)?;
    file.take(4_096).read_to_end(&mut beginning).map_err(CliError::read(path))?;
    Ok(beginning)
}

/// Converts an error from reading a capture. If the file contains flow records, the error names the commands that accept
/// them.
pub(in crate::cli) fn no_capture(error: CaptureError) -> CliError {
    match error {
        CaptureError::UnknownFormat { name, .. } if is_whole_flow_view(Path::new(&name)) => {
            CliError::OnlyRecords { name }
        }
        error => error.into(),
    }
}

/// Returns whether a file is a flow view written by peerpath, with all columns that flow records need.
fn is_whole_flow_view(path: &Path) -> bool {
    let Some(beginning) = is_regular(path).then(|| beginning(path).ok()).flatten() else { return false };
    let line = beginning.split(|byte| *byte == b'\n').next().unwrap_or_default();
    is_parquet(&beginning)
        || line.starts_with(b"{\"schema\":\"peerpath.replay/")
        || is_records(line) && !line.starts_with(b"{") && read_records("", line).is_ok()
}

#[cfg(feature = "parquet")]
fn parquet_records(name: &str, path: &Path) -> Result<RecordFile, CliError> {
    let file = opened::open(path)?;
    Ok(crate::flow::read_parquet_records(name, file)?)
}

#[cfg(not(feature = "parquet"))]
fn parquet_records(name: &str, _: &Path) -> Result<RecordFile, CliError> {
    let source = std::io::Error::other("this build cannot read Parquet: it lacks the feature `parquet`");
    Err(crate::flow::RecordError::Read { name: name.to_owned(), source }.into())
}

impl PacketsRead {
    /// Reads files of flow records. Their packets are spread evenly and returned in time order.
    pub(in crate::cli) fn open_records(
        &mut self,
        paths: &[PathBuf],
        hash: bool,
    ) -> Result<EvenPackets, CliError> {
        let mut all = Vec::new();
        for path in paths {
            // The size is limited only by memory: there is no natural limit.
            let bytes = opened::bytes(path, u64::MAX)?;
            let name = path.display().to_string();
            let file = if is_parquet(&bytes) {
                parquet_records(&name, path)?
            } else {
                read_records(&name, bytes.as_slice())?
            };
            for (column, rows) in &file.refused {
                let line = file.first_refused.unwrap_or(0);
                self.captures
                    .damage
                    .push(format!("{name}: `{column}` cannot be read in {rows} rows, from line {line} on"));
            }
            self.captures.inputs.push(Input {
                kind: "flows".to_owned(),
                name,
                bytes: Some(bytes.len() as u64),
                sha256: hash.then(|| crate::catalog::sha256_hex(&bytes)),
            });
            self.mapped += file.mapped;
            all.extend(file.records);
        }
        self.records = all.len();
        self.record_bytes = all.iter().fold(0, |sum: u64, record| sum.saturating_add(record.frame_bytes));
        Ok(EvenPackets::new(all))
    }

    /// Reads flow records and passes their packets to `take`.
    pub(in crate::cli) fn records(
        &mut self,
        paths: &[PathBuf],
        hash: bool,
        progress: &dyn Progress,
        take: &mut Take<'_>,
    ) -> Result<(), CliError> {
        let mut packets = self.open_records(paths, hash)?;
        let task = progress.begin("flow records", Some(self.record_bytes));
        let mut batch = Vec::with_capacity(BATCH);
        loop {
            batch.clear();
            batch.extend(packets.by_ref().take(BATCH));
            if batch.is_empty() {
                progress.end(task);
                return Ok(());
            }
            take(&batch);
            progress.advance(task, batch.iter().map(|packet| u64::from(packet.frame_bytes)).sum());
        }
    }

    /// Returns a note if IPv4-mapped addresses in flow records were read as IPv4.
    pub(in crate::cli) fn mapped(&self) -> Option<Note> {
        let note = || {
            Note::advice(format!("{} IPv4-mapped addresses in flow records were read as IPv4", self.mapped))
        };
        (self.mapped > 0).then(note)
    }

    /// Returns why no packet from the captures was decoded, like [`CapturesRead::nothing_decoded`].
    pub(in crate::cli) fn nothing_decoded(&self) -> Option<String> {
        if self.records > 0 { None } else { self.captures.nothing_decoded() }
    }

    /// Reads a capture once and passes its packets to `take`.
    pub(in crate::cli) fn capture(
        &mut self,
        capture: Capture<'_>,
        asked: LayerArg,
        hash: bool,
        progress: &dyn Progress,
        take: &mut Take<'_>,
    ) -> Result<(), CliError> {
        // The file is hashed while it is read, so that both use the page cache.
        let (read, hashed) = std::thread::scope(|scope| {
            let hashed = scope.spawn(|| capture.sha256(hash));
            let read = packets(capture, asked, progress, take);
            let hashed = hashed.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            (read, hashed)
        });
        let FlowIntake { summary, skips } = read?;
        self.captures.add(capture.input(&summary, hashed?)?, &summary, &skips);
        Ok(())
    }
}

fn packets(
    capture: Capture<'_>,
    asked: LayerArg,
    progress: &dyn Progress,
    take: &mut Take<'_>,
) -> Result<FlowIntake, CliError> {
    let mut reader = capture.open()?;
    let task = progress.begin(&capture.name(), capture.plain_size(&reader));
    let intake = Intake { layer: layer(asked), progress, task };
    let read = intake.read(&mut reader, take);
    progress.end(task);
    Ok(read?)
}
