//! The packets of captures, or of flow records in their place.

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

/// What takes packets in the order of the capture.
pub(in crate::cli) type Take<'t> = dyn FnMut(&[TimedPacket]) + 't;

/// What was read.
#[derive(Default)]
pub(in crate::cli) struct PacketsRead {
    /// Of captures; flow records are among the inputs and the damage alone.
    pub(in crate::cli) captures: CapturesRead,
    /// Flow records that were read in place of packets.
    pub(in crate::cli) records: usize,
    /// Addresses of theirs that are written IPv4-mapped, and were read as IPv4.
    pub(in crate::cli) mapped: u64,
    /// Bytes of the frames that they stand for.
    pub(in crate::cli) record_bytes: u64,
}

/// Whether files hold flow records; captures and records do not go together.
pub(in crate::cli) fn holds_records(paths: &[PathBuf]) -> Result<bool, CliError> {
    let records = paths.iter().map(|path| has_records(path)).collect::<Result<Vec<_>, _>>()?;
    if records.contains(&true) && records.contains(&false) {
        return Err(CliError::RecordsAndCaptures);
    }
    Ok(records.contains(&true))
}

/// Whether a file holds flow records. A pipe is taken for a capture, since it can be read only once.
fn has_records(path: &Path) -> Result<bool, CliError> {
    if !is_regular(path) {
        return Ok(false);
    }
    Ok(is_records(&beginning(path)?))
}

/// As much of a file as shows what it is.
fn beginning(path: &Path) -> Result<Vec<u8>, CliError> {
    let mut beginning = Vec::new();
    let file = opened::open(path)?;
    file.take(4_096).read_to_end(&mut beginning).map_err(CliError::read(path))?;
    Ok(beginning)
}

/// Why a capture cannot be read; of flow records where packets are asked for, what takes them.
pub(in crate::cli) fn no_capture(error: CaptureError) -> CliError {
    match error {
        CaptureError::UnknownFormat { name, .. } if is_whole_flow_view(Path::new(&name)) => {
            CliError::OnlyRecords { name }
        }
        error => error.into(),
    }
}

/// Whether a file begins as this program's flow view does, with all that flow records have.
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
    let source = std::io::Error::other("this build reads no Parquet: it lacks the feature `parquet`");
    Err(crate::flow::RecordError::Read { name: name.to_owned(), source }.into())
}

impl PacketsRead {
    /// Reads files of flow records; their packets come in the order of time, evenly spread.
    pub(in crate::cli) fn open_records(
        &mut self,
        paths: &[PathBuf],
        hash: bool,
    ) -> Result<EvenPackets, CliError> {
        let mut all = Vec::new();
        for path in paths {
            // As many as memory holds: nothing tells how many are too many.
            let bytes = opened::bytes(path, u64::MAX)?;
            let name = path.display().to_string();
            let file = if is_parquet(&bytes) {
                parquet_records(&name, path)?
            } else {
                read_records(&name, bytes.as_slice())?
            };
            for (column, rows) in &file.refused {
                let line = file.first_refused.unwrap_or(0);
                self.captures.damage.push(format!(
                    "{name}: {rows} rows whose `{column}` cannot be read, from line {line} on"
                ));
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

    /// Sends the packets of flow records.
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

    /// A note on addresses of flow records that were not taken as written.
    pub(in crate::cli) fn mapped(&self) -> Option<Note> {
        let note =
            || Note::advice(format!("{} IPv4-mapped addresses of flow records read as IPv4", self.mapped));
        (self.mapped > 0).then(note)
    }

    /// Why nothing can be told, where the captures have packets and not one was decoded.
    pub(in crate::cli) fn nothing_decoded(&self) -> Option<String> {
        if self.records > 0 { None } else { self.captures.nothing_decoded() }
    }

    /// Reads a capture once, for all variants.
    pub(in crate::cli) fn capture(
        &mut self,
        capture: Capture<'_>,
        asked: LayerArg,
        hash: bool,
        progress: &dyn Progress,
        take: &mut Take<'_>,
    ) -> Result<(), CliError> {
        // A file is hashed beside the reading: it is in the page cache for both.
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
    let name = match capture {
        Capture::File(path) => path.display().to_string(),
        Capture::Memory { name, .. } => name.to_owned(),
    };
    let task = progress.begin(&name, capture.plain_size(&reader));
    let intake = Intake { layer: layer(asked), progress, task };
    let read = intake.read(&mut reader, take);
    progress.end(task);
    Ok(read?)
}
