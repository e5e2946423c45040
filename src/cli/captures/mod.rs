//! Opens and hashes captures, and reports them as inputs. [`flows`] reads them into flows; [`packets`] reads them packet
//! by packet, and also reads flow records.

pub(super) mod flows;
pub(super) mod packets;

use std::num::NonZeroUsize;
use std::path::Path;

use super::args::LayerArg;
use super::error::CliError;
use crate::cli::inputs::opened;
use crate::flow::{CaptureReader, CaptureSource, CaptureSummary, Layer, SkipCounts};
use crate::report::Input;

/// The source of a capture.
#[derive(Clone, Copy, Debug)]
pub(super) enum Capture<'a> {
    /// A file, or standard input for `-`.
    File(&'a Path),
    /// A built-in capture.
    Memory {
        /// The name in reports.
        name: &'a str,
        /// The bytes of the capture.
        bytes: &'static [u8],
    },
}

impl<'a> Capture<'a> {
    /// Opens the capture.
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

    /// Returns the name in messages.
    fn name(self) -> String {
        match self {
            Self::File(path) => path.display().to_string(),
            Self::Memory { name, .. } => name.to_owned(),
        }
    }

    /// Returns the hash if an output format contains it. A pipe has none, since it cannot be read twice.
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

    /// Returns the capture as an input of a report.
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

    /// Returns the number of bytes to read, if it is known in advance.
    fn plain_size(self, reader: &CaptureReader) -> Option<u64> {
        match self {
            Self::File(path) if reader.compression().is_none() && path.as_os_str() != "-" => {
                std::fs::metadata(path).ok().map(|metadata| metadata.len())
            }
            _ => None,
        }
    }
}

/// Counts of what was read from captures.
#[derive(Default)]
pub(super) struct CapturesRead {
    pub(super) inputs: Vec<Input>,
    pub(super) skips: SkipCounts,
    /// Places that could not be read, each with the name of its capture.
    pub(super) damage: Vec<String>,
    /// Packets that were read, whether or not they were decoded.
    pub(super) frames: u64,
}

impl CapturesRead {
    /// Returns why no packet was decoded: all were skipped, or none could be read because of damage. `None` if some packet was
    /// decoded or the captures are empty.
    pub(super) fn nothing_decoded(&self) -> Option<String> {
        let Self { skips, damage, frames, .. } = self;
        if *frames == 0 {
            return damage.first().map(|first| format!("no packet could be read: {first}"));
        }
        let reasons = skips.iter().map(|(skip, count)| format!("{skip}: {}", count.packets));
        let reasons = reasons.collect::<Vec<_>>().join(", ");
        (skips.total().packets >= *frames)
            .then(|| format!("none of {frames} packets was decoded ({reasons})"))
    }

    /// Returns what could not be read, if anything, for `--strict`.
    pub(super) fn lost(&self) -> Option<String> {
        let lost = self.skips.iter().filter(|(skip, _)| skip.is_loss()).map(|(_, count)| count.packets);
        let (lost, damaged) = (lost.sum::<u64>(), self.damage.len());
        (lost > 0 || damaged > 0).then(|| {
            format!(
                "packets that could not be decoded: {lost}; places in captures that could not be read: {damaged}"
            )
        })
    }

    /// Adds the counts of one capture.
    fn add(&mut self, input: Input, summary: &CaptureSummary, skips: &SkipCounts) {
        self.inputs.push(input);
        self.skips.merge(skips);
        self.frames += summary.frames;
        self.damage.extend(damage(summary));
    }
}

/// Returns the requested number of threads, otherwise the number of available processors.
pub(super) fn threads(asked: Option<NonZeroUsize>) -> usize {
    asked.or_else(|| std::thread::available_parallelism().ok()).map_or(1, NonZeroUsize::get)
}

/// Returns the places in a capture that could not be read, each with the name of the capture.
fn damage(summary: &CaptureSummary) -> Vec<String> {
    let name = &summary.name;
    let mut places: Vec<String> = summary.damage.iter().map(|damage| format!("{name}: {damage}")).collect();
    if summary.damage_left_off > 0 {
        places.push(format!("{name}: {} more places", summary.damage_left_off));
    }
    places
}

/// Converts the argument to the layer of the IP header to use.
fn layer(arg: LayerArg) -> Layer {
    match arg {
        LayerArg::Outer => Layer::Outer,
        LayerArg::Inner => Layer::Inner,
    }
}

/// Returns whether a path names a file that can be read again: not standard input, a pipe or a device.
fn is_regular(path: &Path) -> bool {
    path.as_os_str() != "-" && std::fs::metadata(path).is_ok_and(|metadata| metadata.is_file())
}
