//! Opening a capture whatever it is, and what is told about it when it was read.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::{self, BufReader, Cursor, Read};
use std::path::Path;

use super::bytes::Bytes;
use super::damage::{Damage, DamageReason};
use super::frame::{Frame, LinkType};
use super::{pcap, pcapng, snoop};

/// The longest packet that is read where the file announces no longer one: 256 KiB, as libpcap and
/// Wireshark have it.
pub const MAX_PACKET: u32 = 256 << 10;
/// The longest packet that is read even if the file announces longer ones: 64 MiB. Memory for it is
/// taken only as its bytes arrive.
pub const MAX_ANNOUNCED_PACKET: u32 = 64 << 20;
/// How many places of damage are kept one by one.
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

/// A capture that is being read once, from its start to its end.
pub struct CaptureReader {
    name: String,
    bytes: Bytes,
    format: CaptureFormat,
    compression: Option<Compression>,
}

/// What a capture held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaptureSummary {
    /// The file's name as given.
    pub name: String,
    /// How it stores frames.
    pub format: CaptureFormat,
    /// How it was compressed.
    pub compression: Option<Compression>,
    /// How many frames were read. One whose last bytes are missing is damage, not a frame.
    pub frames: u64,
    /// The sum of their lengths on the wire.
    pub frame_bytes: u64,
    /// The earliest time of a frame, nanoseconds since 1970; `None` without frames that have one.
    pub first_ns: Option<u64>,
    /// The latest time of a frame.
    pub last_ns: Option<u64>,
    /// How many frames there were of each link type.
    pub link_types: BTreeMap<LinkType, u64>,
    /// What could not be read, in the order of the file, at most [`MAX_DAMAGE`] places.
    pub damage: Vec<Damage>,
    /// How many places more there were.
    pub damage_left_off: u64,
}

/// Why a capture could not be read at all.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CaptureError {
    /// The file could not be opened.
    #[error("`{name}` cannot be opened")]
    Open {
        /// The file.
        name: String,
        /// Why.
        source: io::Error,
    },
    /// Reading failed.
    #[error("`{name}` cannot be read at byte {offset}")]
    Read {
        /// The file.
        name: String,
        /// Where.
        offset: u64,
        /// Why.
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
        /// How long it is.
        length: u64,
    },
    /// The file is none of the known formats.
    #[error(
        "`{name}` is no capture: it starts with {magic}; pcap, pcapng and snoop are read, also in gzip or zstd"
    )]
    UnknownFormat {
        /// The file.
        name: String,
        /// Its first bytes in hexadecimal.
        magic: String,
    },
    /// The file's compression is not part of this build.
    #[error(
        "`{name}` is compressed with zstd, which this build leaves out: build with feature `zstd`, or decompress it first"
    )]
    NoZstd {
        /// The file.
        name: String,
    },
    /// A version of a format that is not read.
    #[error("`{name}` is snoop version {version}: only version 2 is read")]
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
    /// As [`Self::from_read`], and where the file cannot be opened.
    pub fn open(path: &Path) -> Result<Self, CaptureError> {
        let name = path.display().to_string();
        match File::open(path) {
            Ok(file) => Self::from_read(name, file),
            Err(source) => Err(CaptureError::Open { name, source }),
        }
    }

    /// Reads from a pipe, standard input or memory; `name` is what messages call it.
    ///
    /// # Errors
    /// Where the start is no capture that is known, or reading it fails.
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
        let format = match bytes.filled() {
            [] if bytes.failure().is_none() => return Err(CaptureError::Empty { name }),
            [0xa1, 0xb2, 0xc3, 0xd4, ..]
            | [0xa1, 0xb2, 0x3c, 0x4d, ..]
            | [0xd4, 0xc3, 0xb2, 0xa1, ..]
            | [0x4d, 0x3c, 0xb2, 0xa1, ..] => CaptureFormat::Pcap,
            [0x0a, 0x0d, 0x0d, 0x0a, ..] => CaptureFormat::Pcapng,
            start if start.starts_with(b"snoop\0\0\0") => CaptureFormat::Snoop,
            start => {
                let magic: Vec<String> = start.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
                let magic = magic.concat();
                return Err(CaptureError::UnknownFormat { name, magic });
            }
        };
        Ok(Self { name, bytes, format, compression })
    }

    /// How the capture stores its frames.
    pub fn format(&self) -> CaptureFormat {
        self.format
    }

    /// How the capture is compressed.
    pub fn compression(&self) -> Option<Compression> {
        self.compression
    }

    /// Hands every frame to `f`, in the order of the file, and tells what the file held. A second
    /// call finds nothing left.
    ///
    /// # Errors
    /// Where reading fails or the header is unusable; a damaged capture is no error but
    /// [`CaptureSummary::damage`], after every frame before it was handed over.
    pub fn for_each(&mut self, f: impl FnMut(Frame<'_>)) -> Result<CaptureSummary, CaptureError> {
        let mut tally = Tally::default();
        let read = match self.format {
            CaptureFormat::Pcap => pcap::for_each(&mut self.bytes, &mut tally, f),
            CaptureFormat::Pcapng => pcapng::for_each(&mut self.bytes, &mut tally, f),
            CaptureFormat::Snoop => snoop::for_each(&mut self.bytes, &mut tally, f),
        };
        read.map_err(|error| error.named(&self.name, self.bytes.position()))?;
        if let Some(message) = self.bytes.failure() {
            tally.damage(self.bytes.position(), DamageReason::Compressed(message.to_owned()));
        }
        let summary = tally.into_summary(self.name.clone(), self.format, self.compression);
        tracing::debug!(
            name = summary.name,
            frames = summary.frames,
            frame_bytes = summary.frame_bytes,
            damage = summary.damage.len(),
            "capture read"
        );
        Ok(summary)
    }
}

impl fmt::Debug for CaptureReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CaptureReader")
            .field("name", &self.name)
            .field("format", &self.format)
            .field("compression", &self.compression)
            .finish_non_exhaustive()
    }
}

/// The compression that a file's first bytes tell (RFC 1952, RFC 8878).
fn compression_of(start: &[u8]) -> Option<Compression> {
    match start {
        [0x1f, 0x8b, ..] => Some(Compression::Gzip),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Some(Compression::Zstd),
        _ => None,
    }
}

/// A window over the decompressed bytes.
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
    Ok(Bytes::decompressed(decoder))
}

/// Why a format's reader stopped with an error, still without the file's name.
#[derive(Debug)]
pub(super) enum ReadError {
    /// Reading failed.
    Io(io::Error),
    /// The file ends inside its header of this many bytes.
    HeaderCut(u64),
    /// Another version of snoop.
    SnoopVersion(u32),
}

impl From<io::Error> for ReadError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl ReadError {
    fn named(self, name: &str, offset: u64) -> CaptureError {
        let name = name.to_owned();
        match self {
            Self::Io(source) => CaptureError::Read { name, offset, source },
            Self::HeaderCut(length) => CaptureError::HeaderCut { name, length },
            Self::SnoopVersion(version) => CaptureError::SnoopVersion { name, version },
        }
    }
}

/// What is summed while a capture is read.
#[derive(Debug)]
pub(super) struct Tally {
    frames: u64,
    frame_bytes: u64,
    first_ns: u64,
    last_ns: u64,
    link_types: BTreeMap<LinkType, u64>,
    damage: Vec<Damage>,
    damage_left_off: u64,
}

impl Default for Tally {
    fn default() -> Self {
        Self {
            frames: 0,
            frame_bytes: 0,
            first_ns: u64::MAX,
            last_ns: 0,
            link_types: BTreeMap::new(),
            damage: Vec::new(),
            damage_left_off: 0,
        }
    }
}

impl Tally {
    /// Counts a frame, without its link type.
    #[inline]
    pub(super) fn frame(&mut self, original_length: u32) {
        self.frames += 1;
        self.frame_bytes = self.frame_bytes.wrapping_add(u64::from(original_length));
    }

    /// Counts a time.
    #[inline]
    pub(super) fn time(&mut self, timestamp_ns: u64) {
        self.first_ns = self.first_ns.min(timestamp_ns);
        self.last_ns = self.last_ns.max(timestamp_ns);
    }

    /// How many frames there were so far.
    pub(super) fn frames(&self) -> u64 {
        self.frames
    }

    /// Counts frames of a link type.
    pub(super) fn link_type(&mut self, link_type: LinkType, frames: u64) {
        if frames > 0 {
            *self.link_types.entry(link_type).or_default() += frames;
        }
    }

    /// Notes a place of damage.
    #[cold]
    pub(super) fn damage(&mut self, offset: u64, reason: DamageReason) {
        if self.damage.len() < MAX_DAMAGE {
            self.damage.push(Damage { offset, reason });
        } else {
            self.damage_left_off += 1;
        }
    }

    /// Notes that the input ended inside something of `expected` bytes, unless a decompressor broke
    /// off, which is told with its own reason.
    #[cold]
    pub(super) fn cut(&mut self, bytes: &Bytes, expected: u64) {
        let found = bytes.filled().len() as u64;
        if found > 0 && bytes.failure().is_none() {
            self.damage(bytes.position(), DamageReason::Cut { expected, found });
        }
    }

    fn into_summary(
        self,
        name: String,
        format: CaptureFormat,
        compression: Option<Compression>,
    ) -> CaptureSummary {
        let timed = self.first_ns <= self.last_ns;
        CaptureSummary {
            name,
            format,
            compression,
            frames: self.frames,
            frame_bytes: self.frame_bytes,
            first_ns: timed.then_some(self.first_ns),
            last_ns: timed.then_some(self.last_ns),
            link_types: self.link_types,
            damage: self.damage,
            damage_left_off: self.damage_left_off,
        }
    }
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
