//! Which parts of a capture could not be read, why and where.

use std::fmt;

/// A part of a capture that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// Where it starts, as a byte offset in the file (in the decompressed content if the file is compressed).
    pub offset: u64,
    /// The reason.
    pub reason: DamageReason,
}

/// The reason why a part of a capture could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DamageReason {
    /// The file ends inside a packet or block.
    Cut {
        /// The number of bytes that the packet or block should have.
        expected: u64,
        /// The number of bytes present.
        found: u64,
    },
    /// A packet claims to be longer than is possible; the rest of the file cannot be parsed.
    PacketTooLong {
        /// The claimed length.
        length: u32,
        /// The maximum packet length.
        limit: u32,
    },
    /// A pcapng block has an impossible length; the rest of the file cannot be parsed.
    BlockLength(u32),
    /// A pcapng block states different lengths at its start and at its end; the rest of the file cannot be
    /// parsed.
    BlockTrailer {
        /// The length at the start.
        start: u32,
        /// The length at the end.
        end: u32,
    },
    /// A pcapng section has an unknown byte-order magic; the rest of the file cannot be parsed.
    ByteOrder(u32),
    /// A pcapng block is shorter than its own fields; the block was skipped.
    BlockBody {
        /// The type of the block.
        block_type: u32,
    },
    /// A pcapng packet refers to an interface that its section does not describe; the packet was skipped.
    UnknownInterface(u32),
    /// A pcapng section describes more interfaces than are kept; this interface was skipped.
    TooManyInterfaces,
    /// A snoop record is shorter than its own fields; the rest of the file cannot be parsed.
    RecordLength(u32),
    /// The compressed data is corrupt; the rest of the file cannot be decompressed.
    Compressed(String),
}

impl fmt::Display for Damage {
    /// Writes `at byte 1234: the file ends inside a packet or block: only 16 of 60 bytes are present`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at byte {}: {}", self.offset, self.reason)
    }
}

impl fmt::Display for DamageReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cut { expected, found } => {
                write!(
                    f,
                    "the file ends inside a packet or block: only {found} of {expected} bytes are present"
                )
            }
            Self::PacketTooLong { length, limit } => {
                write!(
                    f,
                    "a packet claims {length} bytes, more than the limit of {limit}; the rest of the file was not read"
                )
            }
            Self::BlockLength(length) => {
                write!(f, "a block claims the impossible length {length}; the rest of the file was not read")
            }
            Self::BlockTrailer { start, end } => {
                write!(
                    f,
                    "a block states a length of {start} bytes at its start and {end} at its end; the rest of the file was not read"
                )
            }
            Self::ByteOrder(magic) => {
                write!(
                    f,
                    "a section has the unknown byte order {magic:#010x}; the rest of the file was not read"
                )
            }
            Self::BlockBody { block_type } => {
                write!(f, "a block of type {block_type:#x} is shorter than its fields; the block was skipped")
            }
            Self::UnknownInterface(number) => {
                write!(
                    f,
                    "a packet refers to interface {number}, which its section does not describe; the packet was skipped"
                )
            }
            Self::TooManyInterfaces => {
                f.write_str("a section describes too many interfaces; this interface was skipped")
            }
            Self::RecordLength(length) => {
                write!(f, "a record claims the impossible length {length}; the rest of the file was not read")
            }
            Self::Compressed(message) => {
                write!(f, "decompression failed: {message}; the rest of the file was not read")
            }
        }
    }
}
