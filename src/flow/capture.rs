//! Opens a capture in any supported format, and summarizes what was read.

pub(super) mod bytes;
pub(super) mod counts;
pub(super) mod damage;
mod pcap;
mod pcapng;
mod read_ahead;
mod snoop;

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::{self, BufReader, Cursor, Read};
use std::ops::ControlFlow;
use std::path::Path;

use super::frame::{Frame, LinkType};
use super::stats::SkipCount;
use super::time::PacketTime;
use crate::flow::capture::bytes::Bytes;
use crate::flow::capture::counts::{Stop, Tally};
use crate::flow::capture::damage::{Damage, DamageReason};
use crate::flow::capture::pcap::Pcap;
use crate::flow::capture::pcapng::Section;
use crate::flow::capture::read_ahead::Ahead;
use crate::flow::capture::snoop::Snoop;

/// The maximum packet length unless the file announces longer packets: 256 KiB, the limit of libpcap and
/// Wireshark.
pub const MAX_PACKET: u32 = 256 << 10;
/// The maximum packet length even if the file announces longer packets: 64 MiB. Memory for a packet is
/// allocated only as its bytes arrive.
pub const MAX_ANNOUNCED_PACKET: u32 = 64 << 20;
/// The maximum number of damaged places that are recorded individually.
pub const MAX_DAMAGE: usize = 64;

/// How a capture stores its frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum CaptureFormat {
    /// Classic pcap.
    Pcap,
    /// pcapng.
    Pcapng,
    /// snoop (RFC 1761).
    Snoop,
}

/// How a capture was compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Compression {
    /// gzip, any number of members.
    Gzip,
    /// Zstandard, any number of frames.
    Zstd,
}

/// A capture that is read once, from start to end.
pub struct CaptureReader {
    name: String,
    bytes: Bytes,
    state: State,
    compression: Option<Compression>,
    /// Whether nothing is left to read.
    ended: bool,
}

/// The state of a reader after the part of the file before its current position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum State {
    Pcap(Pcap),
    Pcapng(Section),
    Snoop(Snoop),
}

/// A place in a plain file where a packet starts, or may start, with the reader's state there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// Bytes from the start of the file.
    pub(super) offset: u64,
    pub(super) state: State,
}

/// What a capture contained.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaptureSummary {
    /// The file's name as given.
    pub name: String,
    /// How the capture stores frames.
    pub format: CaptureFormat,
    /// The compression of the file, if any.
    pub compression: Option<Compression>,
    /// The number of frames read. A frame whose last bytes are missing counts as damage, not as a frame.
    pub frames: u64,
    /// The total length of these frames on the wire.
    pub frame_bytes: u64,
    /// The earliest time of a frame, if any frame has one.
    pub first: PacketTime,
    /// The latest time of a frame, if any frame has one.
    pub last: PacketTime,
    /// The number and length of frames without a time.
    pub untimed: SkipCount,
    /// The number of frames of each link type.
    pub link_types: BTreeMap<LinkType, u64>,
    /// The damaged places, in file order, at most [`MAX_DAMAGE`].
    pub damage: Vec<Damage>,
    /// The number of damaged places that are not listed in `damage`.
    pub damage_left_off: u64,
}

/// The reason why a capture could not be read at all.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CaptureError {
    /// The file could not be opened.
    #[error("`{name}` cannot be opened")]
    Open {
        /// The file.
        name: String,
        /// The cause.
        source: io::Error,
    },
    /// Reading failed.
    #[error("`{name}` cannot be read at byte {offset}")]
    Read {
        /// The file.
        name: String,
        /// The position in the file.
        offset: u64,
        /// The cause.
        source: io::Error,
    },
    /// The file is empty.
    #[error("`{name}` is empty: a capture has at least a header")]
    Empty {
        /// The file.
        name: String,
    },
    /// The file ends inside its header.
    #[error("`{name}` ends inside its header, after {length} bytes")]
    HeaderCut {
        /// The file.
        name: String,
        /// Its length in bytes.
        length: u64,
    },
    /// The file has none of the supported formats.
    #[error(
        "`{name}` is not a capture: it starts with {magic}; supported formats are pcap, pcapng and snoop, also compressed with gzip or zstd"
    )]
    UnknownFormat {
        /// The file.
        name: String,
        /// Its first bytes in hexadecimal.
        magic: String,
    },
    /// The file's compression is not supported by this build.
    #[error(
        "`{name}` is compressed with zstd, which this build does not support: build with the feature `zstd`, or decompress the file first"
    )]
    NoZstd {
        /// The file.
        name: String,
    },
    /// The file has an unsupported version of its format.
    #[error("`{name}` is snoop version {version}: only version 2 is supported")]
    SnoopVersion {
        /// The file.
        name: String,
        /// Its version.
        version: u32,
    },
}

impl CaptureReader {
    /// Opens a file.
    ///
    /// # Errors
    /// Returns the errors of [`Self::from_read`], and an error if the file cannot be opened.
    pub fn open(path: &Path) -> Result<Self, CaptureError> {
        let name = path.display().to_string();
        match File::open(path) {
            Ok(file) => Self::from_read(name, file),
            Err(source) => Err(CaptureError::Open { name, source }),
        }
    }

    /// Opens an uncompressed file at the given place.
    ///
    /// # Errors
    /// Returns an error if the file cannot be opened or read there.
    pub(super) fn open_at(path: &Path, place: &Place) -> Result<Self, CaptureError> {
        let name = path.display().to_string();
        let file = File::open(path).map_err(|source| CaptureError::Open { name: name.clone(), source })?;
        match Bytes::plain_from(file, place.offset) {
            Ok(bytes) => {
                Ok(Self { name, bytes, state: place.state.clone(), compression: None, ended: false })
            }
            Err(source) => Err(CaptureError::Read { name, offset: place.offset, source }),
        }
    }

    /// Reads from a pipe, standard input or memory. Messages refer to the input as `name`.
    ///
    /// # Errors
    /// Returns an error if the input does not start like a supported capture, or if reading fails.
    pub fn from_read(
        name: impl Into<String>,
        input: impl Read + Send + 'static,
    ) -> Result<Self, CaptureError> {
        let name = name.into();
        let mut bytes = Bytes::plain(Box::new(input));
        let mut compression = None;
        let broken = |source| CaptureError::Read { name: name.clone(), offset: 0, source };
        bytes.refill(24).map_err(broken)?;
        if let Some(found) = compression_of(bytes.filled()) {
            bytes = decompress(found, bytes, &name)?;
            bytes.refill(24).map_err(broken)?;
            compression = Some(found);
        }
        let state = match bytes.filled() {
            [] if bytes.failure().is_none() => return Err(CaptureError::Empty { name }),
            [0xa1, 0xb2, 0xc3, 0xd4, ..]
            | [0xa1, 0xb2, 0x3c, 0x4d, ..]
            | [0xd4, 0xc3, 0xb2, 0xa1, ..]
            | [0x4d, 0x3c, 0xb2, 0xa1, ..] => State::Pcap(Pcap::default()),
            [0x0a, 0x0d, 0x0d, 0x0a, ..] => State::Pcapng(Section::default()),
            start if start.starts_with(b"snoop\0\0\0") => State::Snoop(Snoop::default()),
            start => {
                let magic: Vec<String> = start.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
                let magic = magic.concat();
                return Err(CaptureError::UnknownFormat { name, magic });
            }
        };
        Ok(Self { name, bytes, state, compression, ended: false })
    }

    /// Returns the format of the capture.
    pub fn format(&self) -> CaptureFormat {
        match &self.state {
            State::Pcap(_) => CaptureFormat::Pcap,
            State::Pcapng(_) => CaptureFormat::Pcapng,
            State::Snoop(_) => CaptureFormat::Snoop,
        }
    }

    /// Returns the compression of the capture.
    pub fn compression(&self) -> Option<Compression> {
        self.compression
    }

    /// Passes every frame to `f`, in file order, and returns a summary. A second call passes no frames.
    ///
    /// # Errors
    /// Returns an error if reading fails or the header is unusable. A damaged capture is not an error: the
    /// damage is recorded in [`CaptureSummary::damage`], and every frame before it is passed on.
    pub fn for_each(&mut self, mut f: impl FnMut(Frame<'_>)) -> Result<CaptureSummary, CaptureError> {
        let mut tally = Tally::default();
        self.read(u64::MAX, &mut tally, |frame| {
            f(frame);
            ControlFlow::Continue(())
        })?;
        Ok(self.summary(tally))
    }

    /// Passes the frames that start before the offset `until` to `f`, until `f` stops. A later call resumes
    /// where this one stopped.
    ///
    /// # Errors
    /// Returns the errors of [`Self::for_each`].
    #[inline]
    pub(super) fn read(
        &mut self,
        until: u64,
        tally: &mut Tally,
        f: impl FnMut(Frame<'_>) -> ControlFlow<()>,
    ) -> Result<Stop, CaptureError> {
        if self.ended {
            return Ok(Stop::End);
        }
        let read = match &mut self.state {
            State::Pcap(pcap) => pcap.read(&mut self.bytes, tally, until, f),
            State::Pcapng(section) => section.read(&mut self.bytes, tally, until, f),
            State::Snoop(snoop) => snoop.read(&mut self.bytes, tally, f),
        };
        let stop = read.map_err(|error| error.named(&self.name, self.bytes.position()))?;
        if stop == Stop::End {
            self.ended = true;
            if let Some(message) = self.bytes.failure() {
                tally.damage(self.bytes.position(), DamageReason::Compressed(message.to_owned()));
            }
        }
        Ok(stop)
    }

    /// Converts the tally to a summary of the capture.
    pub(super) fn summary(&self, tally: Tally) -> CaptureSummary {
        let summary = tally.into_summary(self.name.clone(), self.format(), self.compression);
        tracing::debug!(
            name = summary.name,
            frames = summary.frames,
            frame_bytes = summary.frame_bytes,
            damage = summary.damage.len(),
            "capture read"
        );
        summary
    }

    /// Returns whether there is nothing left to read.
    pub(super) fn has_ended(&self) -> bool {
        self.ended
    }

    /// Returns the current position and state.
    pub(super) fn place(&self) -> Place {
        Place { offset: self.bytes.position(), state: self.state.clone() }
    }
}

impl fmt::Debug for CaptureReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CaptureReader")
            .field("name", &self.name)
            .field("format", &self.format())
            .field("compression", &self.compression)
            .finish_non_exhaustive()
    }
}

/// Detects the compression from a file's first bytes (RFC 1952, RFC 8878).
fn compression_of(start: &[u8]) -> Option<Compression> {
    match start {
        [0x1f, 0x8b, ..] => Some(Compression::Gzip),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Some(Compression::Zstd),
        _ => None,
    }
}

/// Returns a window over the decompressed bytes, which another thread produces.
fn decompress(compression: Compression, bytes: Bytes, name: &str) -> Result<Bytes, CaptureError> {
    let (head, input) = bytes.into_parts();
    let whole = BufReader::with_capacity(64 << 10, Cursor::new(head).chain(input));
    let decoder: Box<dyn Read + Send> = match compression {
        Compression::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(whole)),
        #[cfg(feature = "zstd")]
        Compression::Zstd => match zstd::Decoder::with_buffer(whole) {
            Ok(decoder) => Box::new(decoder),
            Err(source) => return Err(CaptureError::Read { name: name.to_owned(), offset: 0, source }),
        },
        #[cfg(not(feature = "zstd"))]
        Compression::Zstd => return Err(CaptureError::NoZstd { name: name.to_owned() }),
    };
    let ahead = Ahead::new(decoder);
    let ahead = ahead.map_err(|source| CaptureError::Read { name: name.to_owned(), offset: 0, source })?;
    Ok(Bytes::decompressed(Box::new(ahead)))
}

impl fmt::Display for CaptureFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Pcap => "pcap",
            Self::Pcapng => "pcapng",
            Self::Snoop => "snoop",
        })
    }
}

impl fmt::Display for Compression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        })
    }
}
