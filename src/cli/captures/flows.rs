//! The flows of captures.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use super::super::args::{Global, LayerArg};
use super::super::error::CliError;
use super::super::progress;
use super::packets::no_capture;
use super::{Capture, CapturesRead, layer, threads};
use crate::addr::FlowKey;
use crate::diag::Progress;
use crate::flow::{EvictedFlows, FlowIntake, FlowTable, FlowTableOptions, Flows, Readers, SkipCount};
use crate::sim::{GroupBy, Outcome, OutcomeOptions, Place, Placer};

/// How captures are read to flows, in one pass over them.
pub(in crate::cli) struct FlowReading<'a> {
    pub(in crate::cli) layer: LayerArg,
    /// As many as were asked for, or as the machine has.
    pub(in crate::cli) threads: Option<NonZeroUsize>,
    pub(in crate::cli) table: FlowTableOptions,
    /// Whether inputs are hashed.
    pub(in crate::cli) hash: bool,
    pub(in crate::cli) progress: &'a dyn Progress,
}

/// What was read.
#[derive(Default)]
pub(in crate::cli) struct FlowsRead {
    pub(in crate::cli) captures: CapturesRead,
    /// Packets without a time.
    pub(in crate::cli) untimed: SkipCount,
    /// Flows that left the table early.
    pub(in crate::cli) evicted_flows: u64,
}

/// A table of at most `max_flows`, in buckets of so many seconds where they are wanted.
pub(in crate::cli) fn table_options(max_flows: u64, bucket: Option<u64>) -> FlowTableOptions {
    FlowTableOptions {
        max_flows: usize::try_from(max_flows).unwrap_or(usize::MAX),
        bucket_ns: bucket.map(|seconds| seconds.saturating_mul(1_000_000_000)),
        seed: seed(),
        ..FlowTableOptions::default()
    }
}

/// Every flow of captures, with its place; and what was read.
pub(in crate::cli) fn read_flows(
    global: &Global,
    captures: &[PathBuf],
    placer: &mut Placer<'_>,
) -> Result<(Outcome, CapturesRead), CliError> {
    // What leaves the table early must not be lost: every flow needs its remote end.
    let mut outcome = Outcome::new(OutcomeOptions { groups: vec![GroupBy::Flow], max_rows: usize::MAX });
    let captures: Vec<Capture<'_>> = captures.iter().map(|path| Capture::File(path)).collect();
    let watcher = progress::watcher(global.quiet);
    let reading = FlowReading {
        layer: LayerArg::Outer,
        threads: None,
        table: FlowTableOptions { seed: seed(), ..FlowTableOptions::default() },
        hash: true,
        progress: watcher.as_ref(),
    };
    let read = reading.place(&captures, placer, &mut outcome, &mut |_, _, _| true)?;
    Ok((outcome, read.captures))
}

impl FlowReading<'_> {
    /// Adds the flows of captures that `keep` takes, each with its place.
    pub(in crate::cli) fn place(
        &self,
        captures: &[Capture<'_>],
        placer: &mut Placer<'_>,
        outcome: &mut Outcome,
        keep: &mut (dyn FnMut(&FlowKey, &Place, &Placer<'_>) -> bool + Send),
    ) -> Result<FlowsRead, CliError> {
        let engines = placer.engines();
        // Flows ask for the engines when they leave the table, mostly after the last packet.
        let (flows, read) = std::thread::scope(|scope| {
            scope.spawn(|| engines.prepare());
            self.flows(captures, |evicted| outcome.add_flows(placer, evicted, keep))
        })?;
        outcome.add_flows(placer, flows.into(), keep);
        Ok(read)
    }

    /// The flows of captures; those that leave the table early go to `evict`.
    pub(in crate::cli) fn flows(
        &self,
        captures: &[Capture<'_>],
        evict: impl FnMut(EvictedFlows) + Send,
    ) -> Result<(Flows, FlowsRead), CliError> {
        let mut read = FlowsRead::default();
        let mut table = FlowTable::new(self.table.clone()).on_evict(evict);
        let readers =
            Readers { layer: layer(self.layer), threads: threads(self.threads), progress: self.progress };
        let sources = captures.iter().map(|capture| capture.source()).collect();
        // Files are hashed beside the reading: they are in the page cache for both.
        let (intakes, hashes) = std::thread::scope(|scope| {
            let hashes = self.hash.then(|| scope.spawn(|| self.hashes(captures)));
            let intakes = readers.read(sources, &mut table);
            let hashes = hashes.map_or_else(
                || self.hashes(captures),
                |hashes| hashes.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            );
            (intakes, hashes)
        });
        for ((capture, intake), sha256) in captures.iter().zip(intakes.map_err(no_capture)?).zip(hashes?) {
            let FlowIntake { summary, skips } = intake;
            read.untimed.add(summary.untimed);
            read.captures.add(capture.input(&summary, sha256)?, &summary, &skips);
        }
        let flows = table.finish();
        read.evicted_flows = flows.evicted.flows;
        Ok((flows, read))
    }

    fn hashes(&self, captures: &[Capture<'_>]) -> Result<Vec<Option<String>>, CliError> {
        captures.iter().map(|capture| capture.sha256(self.hash)).collect()
    }
}

/// A seed that a capture's author cannot guess; it never changes a result.
fn seed() -> u64 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one(0_u8)
}
