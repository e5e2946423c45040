//! Reads a capture through the decoder into a flow table.
//!
//! ```text
//! CaptureReader ─ Frame ─▶ decode ─ Packet ─▶ batch of 64 ─▶ FlowTable
//!                            └─ DecodeSkip ─▶ SkipCounts
//! ```
//!
//! Nothing is allocated per packet. Callers that need packets rather than flows (such as a replay through
//! queues) receive the batches from [`Intake::read`].

use std::ops::ControlFlow;

use super::decode::{Take, decode_into};
use super::table::{BATCH, FlowTable};
use super::tcp::{TcpTable, decode_tcp};
use super::{CaptureError, CaptureReader, CaptureSummary, Frame, Layer, Packet, SkipCounts, TimedPacket};
use crate::diag::{Progress, TaskId};
use crate::flow::capture::counts::{Stop, Tally};

/// Progress is reported after this many bytes.
const PROGRESS_BYTES: u64 = 1 << 20;

/// What a capture contained, and how much of it was not decoded.
///
/// Invariant: `summary.frames` is the number of packets passed on plus `skips.total().packets`, and likewise
/// for frame bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlowIntake {
    /// The reader's summary.
    pub summary: CaptureSummary,
    /// Frames without a five-tuple, by reason.
    pub skips: SkipCounts,
}

/// How captures are read: which IP header counts, and where progress is reported.
#[derive(Clone, Copy)]
pub struct Intake<'p> {
    /// Which IP header counts.
    pub layer: Layer,
    /// Receives the progress in decompressed bytes, about every MiB.
    pub progress: &'p dyn Progress,
    /// The progress task. The caller starts and ends it.
    pub task: TaskId,
}

/// Reads a whole capture into a table.
///
/// # Errors
///
/// Returns the errors of [`CaptureReader::for_each`]. Packets read before an error stay in the table.
pub fn read_capture(
    reader: &mut CaptureReader,
    table: &mut FlowTable<'_>,
    intake: Intake<'_>,
) -> Result<FlowIntake, CaptureError> {
    let mut sums = Sums::default();
    let mut counting = Counting { table, behind: |_: &mut FlowTable<'_>| ControlFlow::Continue(()) };
    intake.read_until(reader, u64::MAX, &mut sums, &mut counting)?;
    Ok(sums.intake(reader))
}

/// A consumer of packets from a capture.
pub(super) trait Sink {
    /// Accepts one packet and returns whether it fills a batch.
    fn push(&mut self, packet: &TimedPacket) -> bool;

    /// Processes a full batch and returns whether to continue.
    fn end_batch(&mut self) -> ControlFlow<()>;

    /// Processes all remaining packets. Called after the last packet.
    fn finish(&mut self);
}

/// A frame whose packet is passed to a sink.
struct Push<'s, 'f, S> {
    sink: &'s mut S,
    frame: &'s Frame<'f>,
}

impl<S: Sink> Take for Push<'_, '_, S> {
    /// Whether the packet filled a batch.
    type Taken = bool;

    #[expect(
        clippy::inline_always,
        reason = "a call would pass the packet through memory, which costs a tenth of the time for small packets"
    )]
    #[inline(always)]
    fn take(&mut self, packet: Packet) -> bool {
        let (time, frame_bytes) = (self.frame.time, self.frame.original_length);
        self.sink.push(&TimedPacket { packet, time, frame_bytes })
    }
}

/// Counts packets in a table, without a copy in between. `behind` is called after each batch and decides
/// whether to continue.
pub(super) struct Counting<'t, 'e, F> {
    pub(super) table: &'t mut FlowTable<'e>,
    pub(super) behind: F,
}

impl<'e, F: FnMut(&mut FlowTable<'e>) -> ControlFlow<()>> Sink for Counting<'_, 'e, F> {
    #[expect(
        clippy::inline_always,
        reason = "a call would pass the packet through memory, which costs a tenth of the time for small packets"
    )]
    #[inline(always)]
    fn push(&mut self, packet: &TimedPacket) -> bool {
        self.table.push(packet)
    }

    fn end_batch(&mut self) -> ControlFlow<()> {
        self.table.end_batch();
        (self.behind)(self.table)
    }

    /// Ends two batches, because two may be waiting. Whether to continue does not matter at the end.
    fn finish(&mut self) {
        let _ = self.end_batch();
        let _ = self.end_batch();
    }
}

/// Passes packets on in batches.
struct Batches<F> {
    batch: Vec<TimedPacket>,
    take: F,
}

impl<F: FnMut(&[TimedPacket])> Sink for Batches<F> {
    #[inline]
    fn push(&mut self, packet: &TimedPacket) -> bool {
        self.batch.push(*packet);
        self.batch.len() >= BATCH
    }

    fn end_batch(&mut self) -> ControlFlow<()> {
        (self.take)(&self.batch);
        self.batch.clear();
        ControlFlow::Continue(())
    }

    fn finish(&mut self) {
        let _ = self.end_batch();
    }
}

impl Intake<'_> {
    /// Reads a whole capture and passes every packet to `take`, in order, in batches of [`BATCH`] (the last
    /// one may be smaller).
    ///
    /// # Errors
    ///
    /// Returns the errors of [`CaptureReader::for_each`], after passing on every packet before the error.
    pub fn read(
        self,
        reader: &mut CaptureReader,
        take: impl FnMut(&[TimedPacket]),
    ) -> Result<FlowIntake, CaptureError> {
        let mut sums = Sums::default();
        let mut batches = Batches { batch: Vec::with_capacity(BATCH), take };
        self.read_until(reader, u64::MAX, &mut sums, &mut batches)?;
        Ok(sums.intake(reader))
    }

    /// Works like [`read_capture`], and measures TCP connections too. It takes several times as long.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`CaptureReader::for_each`]. Packets read before an error stay in the tables.
    pub fn read_measured(
        self,
        reader: &mut CaptureReader,
        table: &mut FlowTable<'_>,
        connections: &mut TcpTable<'_>,
    ) -> Result<FlowIntake, CaptureError> {
        let (mut sums, mut unreported) = (Sums::default(), 0);
        let Sums { tally, skips } = &mut sums;
        let mut counting = Counting { table, behind: |_: &mut FlowTable<'_>| ControlFlow::Continue(()) };
        connections.begin_capture();
        let read = reader.read(u64::MAX, tally, |frame| {
            unreported += 16 + frame.data.len() as u64;
            match decode_tcp(&frame, self.layer) {
                Err(skip) => skips.add(skip, frame.original_length),
                Ok((packet, tcp)) => {
                    connections.add(packet.key.into(), &tcp);
                    let (time, frame_bytes) = (frame.time, frame.original_length);
                    if counting.push(&TimedPacket { packet, time, frame_bytes }) {
                        let _ = counting.end_batch();
                    }
                }
            }
            if unreported >= PROGRESS_BYTES {
                self.progress.advance(self.task, std::mem::take(&mut unreported));
            }
            ControlFlow::Continue(())
        });
        counting.finish();
        self.progress.advance(self.task, unreported);
        read?;
        Ok(sums.intake(reader))
    }

    /// Reads the packets that start before the offset `until`, until the sink stops. After every full batch,
    /// the sink decides whether to continue. It receives every packet that was read.
    #[inline]
    pub(super) fn read_until(
        self,
        reader: &mut CaptureReader,
        until: u64,
        sums: &mut Sums,
        sink: &mut impl Sink,
    ) -> Result<Stop, CaptureError> {
        let mut unreported = 0;
        let Sums { tally, skips } = sums;
        let read = reader.read(until, tally, |frame| {
            // 16 bytes: the length of a record header in pcap, and approximately in other formats.
            unreported += 16 + frame.data.len() as u64;
            let full = decode_into(&frame, self.layer, &mut Push { sink, frame: &frame });
            let full = full.unwrap_or_else(|skip| {
                skips.add(skip, frame.original_length);
                false
            });
            if !full {
                return ControlFlow::Continue(());
            }
            if unreported >= PROGRESS_BYTES {
                self.progress.advance(self.task, std::mem::take(&mut unreported));
            }
            sink.end_batch()
        });
        sink.finish();
        self.progress.advance(self.task, unreported);
        read
    }
}

/// The totals of a capture, or of a part of it.
#[derive(Debug, Default)]
pub(super) struct Sums {
    /// The totals of the reader.
    pub(super) tally: Tally,
    /// Frames without a five-tuple, by reason.
    pub(super) skips: SkipCounts,
}

impl Sums {
    /// Adds the totals of the next part.
    pub(super) fn append(&mut self, later: Self) {
        self.tally.append(later.tally);
        self.skips.merge(&later.skips);
    }

    /// Converts the totals to the result for a capture. `reader` must be the reader of its last part.
    pub(super) fn intake(self, reader: &CaptureReader) -> FlowIntake {
        let Self { tally, skips } = self;
        let summary = reader.summary(tally);
        let skipped = skips.total().packets;
        tracing::debug!(frames = summary.frames, skipped, "capture decoded");
        FlowIntake { summary, skips }
    }
}

impl std::fmt::Debug for Intake<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Intake").field("layer", &self.layer).field("task", &self.task).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;
    use crate::flow::FlowTableOptions;
    use crate::flow::synth::{Profile, write_capture};

    #[derive(Default)]
    struct Watch(AtomicU64);

    impl Progress for Watch {
        fn begin(&self, _: &str, _: Option<u64>) -> TaskId {
            TaskId(3)
        }
        fn advance(&self, task: TaskId, amount: u64) {
            assert_eq!(task, TaskId(3));
            self.0.fetch_add(amount, Ordering::Relaxed);
        }
        fn end(&self, _: TaskId) {}
    }

    #[test]
    fn what_was_generated_is_what_is_counted() {
        for profile in
            [Profile::Demo, Profile::Mixed { bytes: 5_000_000 }, Profile::Small { bytes: 2_000_000 }]
        {
            let mut bytes = Vec::new();
            let written = write_capture(profile, 5, &mut bytes).unwrap();
            let mut reader = CaptureReader::from_read("generated", Cursor::new(bytes)).unwrap();
            let watch = Watch::default();
            let intake = Intake { layer: Layer::Outer, progress: &watch, task: watch.begin("read", None) };
            let mut table = FlowTable::new(FlowTableOptions::default());
            let read = read_capture(&mut reader, &mut table, intake).unwrap();
            assert!(read.skips.is_empty() && read.summary.damage.is_empty());
            assert_eq!(read.summary.frames, written.packets);
            assert_eq!(watch.0.into_inner(), written.file_bytes - 24);
            assert_eq!(table.packets(), written.packets);
            let flows = table.finish();
            assert_eq!(flows.records.len() as u64, written.flows);
            assert_eq!(
                flows.records.iter().map(|record| record.frame_bytes).sum::<u64>(),
                written.frame_bytes
            );
        }
    }

    /// Measuring counts the same flows and skips.
    #[test]
    fn measuring_changes_no_flow() {
        let mut bytes = Vec::new();
        write_capture(Profile::Mixed { bytes: 3_000_000 }, 5, &mut bytes).unwrap();
        for file in [bytes, std::fs::read("tests/captures/tunnels.pcap").unwrap()] {
            for layer in [Layer::Outer, Layer::Inner] {
                let reader = || CaptureReader::from_read("capture", Cursor::new(file.clone())).unwrap();
                let intake = Intake { layer, progress: &crate::diag::Silent, task: TaskId(3) };
                let mut tables = [(); 2].map(|()| FlowTable::new(FlowTableOptions::default()));
                let [plain, measured] = &mut tables;
                let mut connections = TcpTable::new(usize::MAX, |_| {});
                let expected = read_capture(&mut reader(), plain, intake).unwrap();
                let read = intake.read_measured(&mut reader(), measured, &mut connections).unwrap();
                assert_eq!(read, expected);
                let [plain, measured] = tables.map(FlowTable::finish);
                assert_eq!(measured, plain);
            }
        }
    }

    /// Frames that are not IP are counted, not lost.
    #[test]
    fn skips_are_counted() {
        let mut bytes = Vec::new();
        let written = write_capture(Profile::Demo, 5, &mut bytes).unwrap();
        // The first frame becomes ARP.
        bytes[24 + 16 + 12..24 + 16 + 14].copy_from_slice(&[0x08, 0x06]);
        let mut reader = CaptureReader::from_read("generated", Cursor::new(bytes)).unwrap();
        let watch = Watch::default();
        let intake = Intake { layer: Layer::Inner, progress: &watch, task: TaskId(3) };
        let mut packets = 0;
        let read = intake.read(&mut reader, |batch| packets += batch.len() as u64).unwrap();
        assert_eq!(packets + read.skips.total().packets, written.packets);
        assert_eq!(read.skips.total().packets, 1);
    }
}
