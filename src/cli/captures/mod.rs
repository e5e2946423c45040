//! Captures as commands read them: opened, hashed, told as inputs of a report; in [`flows`] counted to flows, in
//! [`packets`] packet by packet, flow records in their place among them.

pub(super) mod flows;
pub(super) mod packets;

use std::num::NonZeroUsize;
use std::path::Path;

use super::args::LayerArg;
use super::error::CliError;
use crate::cli::inputs::opened;
use crate::flow::{CaptureReader, CaptureSource, CaptureSummary, Layer, SkipCounts};
use crate::report::Input;

/// Where a capture comes from.
#[derive(Clone, Copy, Debug)]
pub(super) enum Capture<'a> {
    /// A file, or standard input for `-`.
    File(&'a Path),
    /// Built in.
    Memory {
        /// Its name in reports.
        name: &'a str,
        /// Its bytes.
        bytes: &'static [u8],
    },
}

impl<'a> Capture<'a> {
    /// Opens it.
    fn open(self) -> Result<CaptureReader, CliError> {
        Ok(match self {
            Self::File(path) => opened::capture(path)?,
            Self::Memory { name, bytes } => CaptureReader::from_read(name, bytes)?,
        })
    }

    fn source(self) -> CaptureSource<'a> {
        match self {
            Self::File(path) => opened::capture_source(path),
            Self::Memory { name, bytes } => {
                CaptureSource::Read { name: name.to_owned(), input: Box::new(bytes) }
            }
        }
    }

    /// Its hash, where a format carries it; a pipe cannot be read twice.
    fn sha256(self, wanted: bool) -> Result<Option<String>, CliError> {
        match self {
            _ if !wanted => Ok(None),
            Self::Memory { bytes, .. } => Ok(Some(crate::catalog::sha256_hex(bytes))),
            Self::File(path) if !is_regular(path) => Ok(None),
            Self::File(path) => {
                let file = opened::open(path)?;
                Ok(Some(crate::catalog::sha256_of(file).map_err(CliError::read(path))?))
            }
        }
    }

    /// It as an input of a report.
    fn input(self, summary: &CaptureSummary, sha256: Option<String>) -> Result<Input, CliError> {
        let bytes = match self {
            Self::Memory { bytes, .. } => Some(bytes.len() as u64),
            Self::File(path) if is_regular(path) => {
                Some(std::fs::metadata(path).map_err(CliError::read(path))?.len())
            }
            Self::File(_) => None,
        };
        Ok(Input { kind: "capture".to_owned(), name: summary.name.clone(), bytes, sha256 })
    }

    /// How many bytes its reader will give, where that is known beforehand.
    fn plain_size(self, reader: &CaptureReader) -> Option<u64> {
        match self {
            Self::File(path) if reader.compression().is_none() && path.as_os_str() != "-" => {
                std::fs::metadata(path).ok().map(|metadata| metadata.len())
            }
            _ => None,
        }
    }
}

/// What was read of captures, whatever becomes of their packets.
#[derive(Default)]
pub(super) struct CapturesRead {
    pub(super) inputs: Vec<Input>,
    pub(super) skips: SkipCounts,
    /// Places that could not be read, each with its capture.
    pub(super) damage: Vec<String>,
    /// Packets that were read, decoded or not.
    pub(super) frames: u64,
}

impl CapturesRead {
    /// Why nothing can be told, where the captures have packets and not one was decoded: all that were read were skipped, or
    /// damage left none to read. `None` of captures that are empty.
    pub(super) fn nothing_decoded(&self) -> Option<String> {
        let Self { skips, damage, frames, .. } = self;
        if *frames == 0 {
            return damage.first().map(|first| format!("no packet could be read: {first}"));
        }
        let reasons = skips.iter().map(|(skip, count)| format!("{skip}: {}", count.packets));
        let reasons = reasons.collect::<Vec<_>>().join(", ");
        (skips.total().packets >= *frames)
            .then(|| format!("of {frames} packets none was decoded ({reasons})"))
    }

    /// What could not be read, if anything, for `--strict`.
    pub(super) fn lost(&self) -> Option<String> {
        let lost = self.skips.iter().filter(|(skip, _)| skip.is_loss()).map(|(_, count)| count.packets);
        let (lost, damaged) = (lost.sum::<u64>(), self.damage.len());
        (lost > 0 || damaged > 0).then(|| {
            format!(
                "packets that could not be decoded: {lost}; places in captures that could not be read: {damaged}"
            )
        })
    }

    /// Adds what was read of a capture.
    fn add(&mut self, input: Input, summary: &CaptureSummary, skips: &SkipCounts) {
        self.inputs.push(input);
        self.skips.merge(skips);
        self.frames += summary.frames;
        self.damage.extend(damage(summary));
    }
}

/// As many threads as were asked for, or as the machine has for us.
pub(super) fn threads(asked: Option<NonZeroUsize>) -> usize {
    asked.or_else(|| std::thread::available_parallelism().ok()).map_or(1, NonZeroUsize::get)
}

/// What of a capture could not be read, each place with the capture's name.
fn damage(summary: &CaptureSummary) -> Vec<String> {
    let name = &summary.name;
    let mut told: Vec<String> = summary.damage.iter().map(|damage| format!("{name}: {damage}")).collect();
    if summary.damage_left_off > 0 {
        told.push(format!("{name}: {} places more", summary.damage_left_off));
    }
    told
}

/// Which IP header counts, as meant.
fn layer(arg: LayerArg) -> Layer {
    match arg {
        LayerArg::Outer => Layer::Outer,
        LayerArg::Inner => Layer::Inner,
    }
}

/// Whether a path names a file that can be read again: not standard input, a pipe or a device.
fn is_regular(path: &Path) -> bool {
    path.as_os_str() != "-" && std::fs::metadata(path).is_ok_and(|metadata| metadata.is_file())
}
