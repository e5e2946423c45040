//! Reads captures with several threads, with the same result as one thread.
//!
//! ```text
//! file ─ cut ─▶ parts ─▶ threads: reader ─▶ decode ─▶ a flow table of each part ─┐
//!                                                                                ├─▶ joined in order ─▶ FlowTable
//! file ─────────────▶ a thread: decompressor, reader, … ─────────────────────────┘
//! ```
//!
//! Every file is one part, or several parts if it is long and plain. The result of a part is joined with the
//! results before it only if the outcome is certain to be the same as when reading in order:
//!
//! - the part before it ended at exactly the offset where this one started, in the same state (the interfaces
//!   of pcapng);
//! - the flows of both fit into the table, so that none would have been evicted.
//!
//! Otherwise the part is discarded and the file is read in order from there. All threads share a budget of
//! [`max_flows`](super::FlowTableOptions::max_flows) flows. When a part exhausts it, that part stops, and the
//! rest is read in order. So records, counts, damage and evictions are the same for any number of threads,
//! and all tables together contain no more flows than a single table would (they may have slots for twice as
//! many, as in a growing table).

mod cut;
mod feed;

use std::fs::Metadata;
use std::io::Read;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::{fmt, thread};

use feed::{Feed, Room, worker};

use super::capture::Place;
use super::pipeline::{Counting, Sums};
use super::table::{FlowTable, WAITING};
use crate::diag::{Progress, TaskId};
use crate::flow::{CaptureError, CaptureReader, FlowIntake, FlowTableOptions, Intake, Layer};

/// Parts smaller than this are not worth a thread.
const LEAST_PART: u64 = 8 << 20;
/// The table of a part has initial capacity for one flow per this many bytes.
const BYTES_PER_FLOW: u64 = 2 << 10;
/// The highest initial capacity in flows. It only reserves address space until flows fill it.
const MOST_EXPECTED: u64 = 1 << 18;

/// The source of a capture.
pub enum CaptureSource<'a> {
    /// A file, or a pipe by name.
    File(&'a Path),
    /// Bytes that can be read only once.
    Read {
        /// The name in messages.
        name: String,
        /// The bytes.
        input: Box<dyn Read + Send>,
    },
}

/// How captures are read.
#[derive(Clone, Copy)]
pub struct Readers<'p> {
    /// Which IP header counts.
    pub layer: Layer,
    /// How many threads read; 0 counts as 1. Each compressed file that is being read uses one more for
    /// decompression.
    pub threads: usize,
    /// Receives the progress of each capture, in decompressed bytes.
    pub progress: &'p dyn Progress,
}

impl Readers<'_> {
    /// Reads whole captures into a table, one after the other, and returns a summary of each.
    ///
    /// # Errors
    ///
    /// Returns the first [`CaptureError`]. Packets read before the error stay in the table.
    pub fn read(
        self,
        sources: Vec<CaptureSource<'_>>,
        table: &mut FlowTable<'_>,
    ) -> Result<Vec<FlowIntake>, CaptureError> {
        let parts = self.threads as u64;
        self.read_cut(sources, table, |path| cut::places(path, parts, LEAST_PART))
    }

    /// Works like [`Self::read`], but splits captures at `places`, which need not be correct.
    fn read_cut(
        self,
        sources: Vec<CaptureSource<'_>>,
        table: &mut FlowTable<'_>,
        places: impl Fn(&Path) -> Vec<Place>,
    ) -> Result<Vec<FlowIntake>, CaptureError> {
        let places = |source: &CaptureSource<'_>| match source {
            CaptureSource::File(path) if self.threads > 1 => places(path),
            _ => Vec::new(),
        };
        let captures: Vec<_> =
            sources.into_iter().map(|source| Capture::new(places(&source), source)).collect();
        let parts: Vec<(usize, usize)> = (0..)
            .zip(&captures)
            .flat_map(|(capture, planned)| (0..=planned.cuts.len()).map(move |part| (capture, part)))
            .collect();
        let threads = self.threads.min(parts.len());
        let room = Room::new(table.options().max_flows.saturating_sub(table.len()));
        if threads <= 1 {
            return self.join(&captures, table, &room, |_| Ok(None));
        }
        let options = table.options().clone();
        let work = |part: usize| match parts
            .get(part)
            .and_then(|(capture, part)| Some((captures.get(*capture)?, *part)))
        {
            Some((capture, part)) => self.part(capture, part, &options, &room),
            None => Ok(None),
        };
        let (orders, to_do) = channel();
        let to_do = Mutex::new(to_do);
        thread::scope(|scope| {
            let (done, results) = channel();
            for _ in 0..threads {
                let (done, to_do, work) = (done.clone(), &to_do, &work);
                scope.spawn(move || worker(to_do, &done, work));
            }
            drop(done);
            // At most twice as many parts as threads wait to be joined.
            let mut feed = Feed::new(orders, results, 2 * threads);
            let joined = self.join(&captures, table, &room, |part| feed.take(part));
            room.close();
            joined
        })
    }

    /// Joins the parts of all captures in order. `take` returns a part by its number, or `None` if the part
    /// was not read.
    fn join(
        self,
        captures: &[Capture<'_>],
        table: &mut FlowTable<'_>,
        room: &Room,
        mut take: impl FnMut(usize) -> PartRead,
    ) -> Result<Vec<FlowIntake>, CaptureError> {
        let mut intakes = Vec::with_capacity(captures.len());
        let mut number = 0;
        for capture in captures {
            let mut reader: Option<CaptureReader> = None;
            let mut sums = Sums::default();
            for part in 0..=capture.cuts.len() {
                let read = take(number);
                number += 1;
                let follows = match (&reader, part.checked_sub(1).and_then(|before| capture.cuts.get(before)))
                {
                    (None, before) => before.is_none(),
                    (Some(reader), Some(place)) => !reader.has_ended() && reader.place() == *place,
                    (Some(_), None) => false,
                };
                if !follows {
                    capture.dropped.store(true, Ordering::Relaxed);
                    room.give(read.ok().flatten().map_or(0, |part| part.held));
                    continue;
                }
                let Some(Part { reader: read_to, sums: more, table: later, held }) = read? else { continue };
                let before = table.len();
                if table.absorb(later) {
                    room.give(held.saturating_sub(table.len() - before));
                    sums.append(more);
                    reader = Some(read_to);
                } else {
                    room.close();
                }
            }
            let mut reader = match reader {
                Some(reader) => reader,
                None => capture.open()?,
            };
            if !reader.has_ended() {
                self.in_order(capture, &mut reader, &mut sums, table, room)?;
            }
            if let Some(task) = capture.task.get() {
                self.progress.end(*task);
            }
            intakes.push(sums.intake(&reader));
        }
        Ok(intakes)
    }

    /// Reads one part of a capture into its own table. Returns `None` if the input can be read only once. In
    /// that case, the joining thread must read it.
    fn part(self, capture: &Capture<'_>, part: usize, options: &FlowTableOptions, room: &Room) -> PartRead {
        let Some(path) = capture.regular else { return Ok(None) };
        if room.is_closed() || !room.take(WAITING) {
            return Ok(None);
        }
        let begin = part.checked_sub(1).and_then(|before| capture.cuts.get(before));
        let end = capture.cuts.get(part).map_or(u64::MAX, |place| place.offset);
        let mut reader = match begin {
            Some(place) => CaptureReader::open_at(path, place)?,
            None => capture.open()?,
        };
        let bytes = end.min(capture.length).saturating_sub(begin.map_or(0, |place| place.offset));
        let mut table =
            FlowTable::new(FlowTableOptions { expected_flows: expected(bytes), ..options.clone() });
        let mut sums = Sums::default();
        let mut held = WAITING;
        let behind = |table: &mut FlowTable<'static>| {
            let wanted = (table.len() + WAITING).saturating_sub(held);
            let has_room = wanted == 0 || room.take(wanted);
            held += if has_room { wanted } else { 0 };
            let volumes_fit = table.volumes().is_none_or(|(has, most)| has <= most / self.threads.max(1));
            if !has_room || !volumes_fit {
                room.close();
            }
            if room.is_closed() || capture.dropped.load(Ordering::Relaxed) {
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        };
        let mut counting = Counting { table: &mut table, behind };
        self.intake(capture, &reader).read_until(&mut reader, end, &mut sums, &mut counting)?;
        Ok(Some(Part { reader, sums, table, held }))
    }

    /// Reads the rest of a capture into the common table.
    fn in_order(
        self,
        capture: &Capture<'_>,
        reader: &mut CaptureReader,
        sums: &mut Sums,
        table: &mut FlowTable<'_>,
        room: &Room,
    ) -> Result<(), CaptureError> {
        if table.packets() == 0 {
            table.expect(expected(capture.length));
        }
        let mut counted = table.len();
        let behind = |table: &mut FlowTable<'_>| {
            if table.len() > counted && !room.is_closed() && !room.take(table.len() - counted) {
                room.close();
            }
            counted = table.len();
            ControlFlow::Continue(())
        };
        self.intake(capture, reader).read_until(reader, u64::MAX, sums, &mut Counting { table, behind })?;
        Ok(())
    }

    fn intake(&self, capture: &Capture<'_>, reader: &CaptureReader) -> Intake<'_> {
        let begin = || {
            let total =
                (reader.compression().is_none() && capture.regular.is_some()).then_some(capture.length);
            self.progress.begin(&capture.name, total)
        };
        Intake { layer: self.layer, progress: self.progress, task: *capture.task.get_or_init(begin) }
    }
}

impl fmt::Debug for CaptureSource<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
            Self::Read { name, .. } => f.debug_struct("Read").field("name", name).finish_non_exhaustive(),
        }
    }
}

impl fmt::Debug for Readers<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Readers");
        out.field("layer", &self.layer).field("threads", &self.threads).finish_non_exhaustive()
    }
}

/// Returns the initial capacity in flows for `bytes` bytes.
fn expected(bytes: u64) -> usize {
    usize::try_from((bytes / BYTES_PER_FLOW).min(MOST_EXPECTED)).unwrap_or(0)
}

/// A capture and the places where it is split.
struct Capture<'a> {
    name: String,
    /// The path, if it is a file that can be read again.
    regular: Option<&'a Path>,
    /// The length of a regular file; 0 otherwise.
    length: u64,
    cuts: Vec<Place>,
    source: Mutex<Option<CaptureSource<'a>>>,
    /// The progress task, started by the first thread that reads the capture.
    task: OnceLock<TaskId>,
    /// Set if the results of other threads for this capture will not be used.
    dropped: AtomicBool,
}

impl<'a> Capture<'a> {
    fn new(cuts: Vec<Place>, source: CaptureSource<'a>) -> Self {
        let (name, path) = match &source {
            CaptureSource::File(path) => (path.display().to_string(), Some(*path)),
            CaptureSource::Read { name, .. } => (name.clone(), None),
        };
        let metadata = path.and_then(|path| std::fs::metadata(path).ok()).filter(Metadata::is_file);
        let (task, dropped) = (OnceLock::new(), AtomicBool::new(false));
        let length = metadata.as_ref().map_or(0, Metadata::len);
        let regular = path.filter(|_| metadata.is_some());
        Self { name, regular, length, cuts, source: Mutex::new(Some(source)), task, dropped }
    }

    /// Opens the capture at its start. Anything but a regular file can be opened only once.
    fn open(&self) -> Result<CaptureReader, CaptureError> {
        let mut source = self.source.lock().unwrap_or_else(PoisonError::into_inner);
        match source.take() {
            Some(CaptureSource::File(path)) => {
                *source = Some(CaptureSource::File(path));
                CaptureReader::open(path)
            }
            Some(CaptureSource::Read { name, input }) => CaptureReader::from_read(name, input),
            None => Err(CaptureError::Empty { name: self.name.clone() }),
        }
    }
}

/// The result of reading a part.
struct Part {
    reader: CaptureReader,
    sums: Sums,
    table: FlowTable<'static>,
    /// The number of flows that the part reserved.
    held: usize,
}

/// A part, or `None` if it was not read.
type PartRead = Result<Option<Part>, CaptureError>;

#[cfg(test)]
mod tests;
