//! Floor 6: from a capture to frames, packets with five-tuples, and flows.
//!
//! ```text
//! file, stdin, gzip, zstd ─▶ CaptureReader ─▶ Frame ─▶ decode ─▶ Packet ─▶ flow table
//!                                │                       │
//!                             Damage                 DecodeSkip
//! ```
//!
//! A capture is streamed: memory grows with the longest packet and the number of flows, but not with the size
//! of the file. Nothing is lost silently: a frame without a five-tuple is counted as a named [`DecodeSkip`],
//! and a part of a file that cannot be read is recorded as damage with its reason and offset. This module
//! imports only floor 0, so that the floors above treat every source of flows the same way.
//!
//! ```
//! use std::path::Path;
//!
//! use peerpath::diag::Silent;
//! use peerpath::flow::{CaptureSource, FlowTable, FlowTableOptions, Layer, Readers};
//!
//! let mut table = FlowTable::new(FlowTableOptions::default());
//! let capture = CaptureSource::File(Path::new("examples/demo/capture.pcap"));
//! let intakes = Readers { layer: Layer::Outer, threads: 1, progress: &Silent }.read(vec![capture], &mut table)?;
//! let packets: u64 = table.finish().records.iter().map(|flow| flow.packets).sum();
//! let skipped: u64 = intakes.iter().map(|intake| intake.skips.total().packets).sum();
//! assert_eq!(packets + skipped, intakes.iter().map(|intake| intake.summary.frames).sum::<u64>());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod capture;
mod decode;
pub mod dns;
pub mod filter;
mod frame;
mod packet;
mod parallel;
mod pipeline;
mod records;
mod stats;
pub mod synth;
pub mod table;
pub mod tcp;
mod time;

pub use capture::damage::{Damage, DamageReason};
pub use capture::{CaptureError, CaptureFormat, CaptureReader, CaptureSummary, Compression};
#[doc(hidden)]
pub use capture::{MAX_ANNOUNCED_PACKET, MAX_DAMAGE, MAX_PACKET};
pub use decode::decode;
pub use filter::{Filter, FilterError, OurTerm};
pub use frame::{Frame, LinkType};
#[doc(hidden)]
pub use packet::{KeyV4, KeyV6, PacketKey};
pub use packet::{Layer, Packet, TimedPacket};
pub use parallel::{CaptureSource, Readers};
#[doc(hidden)]
pub use pipeline::{FlowIntake, Intake, read_capture};
#[doc(hidden)]
pub use records::EvenPackets;
#[cfg(feature = "parquet")]
pub use records::parquet::read_parquet_records;
pub use records::{RECORD_COLUMNS, RecordError, RecordFile, is_parquet, is_records, read_records};
pub use stats::{DecodeSkip, Encapsulation, SkipCount, SkipCounts, TunnelSkip};
#[doc(hidden)]
pub use table::EvictionCounts;
pub(crate) use table::Index;
pub use table::{BucketVolume, EvictedFlows, FlowRecord, FlowTable, FlowTableOptions, Flows};
pub use time::PacketTime;
