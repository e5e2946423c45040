//! What of a capture could not be read, why and where.

use std::fmt;

/// A part of a capture that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// Where it starts, in bytes of the file (of a compressed one: of what it holds).
    pub offset: u64,
    /// Why.
    pub reason: DamageReason,
}

/// Why a part of a capture could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DamageReason {
    /// The file ends inside a packet or block.
    Cut {
        /// How many bytes it should have.
        expected: u64,
        /// How many there are.
        found: u64,
    },
    /// A packet claims more than it can have; nothing behind it can be found.
    PacketTooLong {
        /// What it claims.
        length: u32,
        /// The longest that is read.
        limit: u32,
    },
    /// A pcapng block has an impossible length; nothing behind it can be found.
    BlockLength(u32),
    /// A pcapng block says one length at its start and another at its end; nothing behind it can be
    /// found.
    BlockTrailer {
        /// The length at the start.
        start: u32,
        /// The length at the end.
        end: u32,
    },
    /// A pcapng section says its byte order by an unknown number; nothing behind it can be found.
    ByteOrder(u32),
    /// A pcapng block is shorter than its own fields; it was passed over.
    BlockBody {
        /// The type of the block.
        block_type: u32,
    },
    /// A pcapng packet names an interface that its section does not describe; it was passed over.
    UnknownInterface(u32),
    /// A pcapng section describes more interfaces than are kept; it was passed over.
    TooManyInterfaces,
    /// A snoop record is shorter than its own fields; nothing behind it can be found.
    RecordLength(u32),
    /// The compressed data is broken; nothing behind it can be found.
    Compressed(String),
}

impl fmt::Display for Damage {
    /// `at byte 1234: the file ends inside a packet or block: 16 of 60 bytes are there`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at byte {}: {}", self.offset, self.reason)
    }
}

impl fmt::Display for DamageReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cut { expected, found } => {
                write!(f, "the file ends inside a packet or block: {found} of {expected} bytes are there")
            }
            Self::PacketTooLong { length, limit } => {
                write!(f, "a packet claims {length} bytes, more than {limit}; the rest is not read")
            }
            Self::BlockLength(length) => {
                write!(f, "a block claims the impossible length {length}; the rest is not read")
            }
            Self::BlockTrailer { start, end } => {
                write!(
                    f,
                    "a block is {start} bytes long by its start and {end} by its end; the rest is not read"
                )
            }
            Self::ByteOrder(magic) => {
                write!(f, "a section has the unknown byte order {magic:#010x}; the rest is not read")
            }
            Self::BlockBody { block_type } => {
                write!(f, "a block of type {block_type:#x} is shorter than its fields; it was passed over")
            }
            Self::UnknownInterface(number) => {
                write!(f, "a packet names interface {number}, which is not described; it was passed over")
            }
            Self::TooManyInterfaces => {
                f.write_str("a section describes too many interfaces; this one was passed over")
            }
            Self::RecordLength(length) => {
                write!(f, "a record claims the impossible length {length}; the rest is not read")
            }
            Self::Compressed(message) => {
                write!(f, "decompression failed: {message}; the rest is not read")
            }
        }
    }
}
