//! Captures read by several threads, as if by one.
//!
//! ```text
//! file ─ cut ─▶ parts ─▶ threads: reader ─▶ decode ─▶ a flow table of their own ─┐
//!                                                                                ├─▶ joined in order ─▶ FlowTable
//! file ─────────────▶ a thread: decompressor, reader, … ─────────────────────────┘
//! ```
//!
//! Every file is a part, a long plain one several. What a part gives is joined with what came before only where that is sure to be what
//! reading in order gives:
//!
//! - the part before it arrived at exactly the offset where this one began, knowing the same of the file (the interfaces of pcapng);
//! - the flows of both fit into the table, so that none would have been evicted.
//!
//! Otherwise the part is dropped and the file is read on in order. All threads draw on one room of
//! [`max_flows`](super::FlowTableOptions::max_flows) flows: a part that finds none left stops where it is, and from there everything is read in
//! order. So records, counts, damage, evictions are equal for any number of threads, and the tables together hold no more than
//! the one would (its slots may be those of twice as many, as while it grows).

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

/// Below this many bytes a part is not worth a thread.
const LEAST_PART: u64 = 8 << 20;
/// Bytes of a part for which there is room for one flow at the start.
const BYTES_PER_FLOW: u64 = 2 << 10;
/// Room for so many flows at most is made beforehand: addresses only, until flows fill it.
const MOST_EXPECTED: u64 = 1 << 18;

/// Where a capture comes from.
pub enum CaptureSource<'a> {
    /// A file, or a pipe by name.
    File(&'a Path),
    /// Bytes that can be had once.
    Read {
        /// What messages call it.
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
    /// How many threads read; 0 counts as 1. Decompression has one more for each compressed file that is being read.
    pub threads: usize,
    /// Is told of each capture, how far the reading is, in decompressed bytes.
    pub progress: &'p dyn Progress,
}

impl Readers<'_> {
    /// Reads whole captures into a table, one behind the other; tells what each held.
    ///
    /// # Errors
    ///
    /// The first of the captures' [`CaptureError`]s; what was read before stays in the table.
    pub fn read(
        self,
        sources: Vec<CaptureSource<'_>>,
        table: &mut FlowTable<'_>,
    ) -> Result<Vec<FlowIntake>, CaptureError> {
        let parts = self.threads as u64;
        self.read_cut(sources, table, |path| cut::places(path, parts, LEAST_PART))
    }

    /// As [`Self::read`], cut where `places` says; they need not be right.
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
            // Twice as many parts as threads wait to be joined at most.
            let mut feed = Feed::new(orders, results, 2 * threads);
            let joined = self.join(&captures, table, &room, |part| feed.take(part));
            room.close();
            joined
        })
    }

    /// Joins the parts of all captures in order; `take` gives each part by its number, or nothing where it was not read.
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

    /// Reads one part of a capture into a table of its own; nothing where it can be read once only, so that whoever joins must do it.
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

    /// Reads the rest of a capture into the table of all.
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

/// For how many flows there is room at the start of so many bytes.
fn expected(bytes: u64) -> usize {
    usize::try_from((bytes / BYTES_PER_FLOW).min(MOST_EXPECTED)).unwrap_or(0)
}

/// A capture with where it is to be cut.
struct Capture<'a> {
    name: String,
    /// The path of a file that can be read again.
    regular: Option<&'a Path>,
    /// Of a regular file; 0 otherwise.
    length: u64,
    cuts: Vec<Place>,
    source: Mutex<Option<CaptureSource<'a>>>,
    /// Begun by whoever reads first.
    task: OnceLock<TaskId>,
    /// What is read of it by other threads will not be used.
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

    /// Opens it at its start; what is no file by path can be opened once.
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

/// What a thread made of a part.
struct Part {
    reader: CaptureReader,
    sums: Sums,
    table: FlowTable<'static>,
    /// For how many flows it took room.
    held: usize,
}

/// A part, or nothing where it was not read.
type PartRead = Result<Option<Part>, CaptureError>;

#[cfg(test)]
mod tests;
