//! Reads captures into flows.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use super::super::args::{Global, LayerArg};
use super::super::error::CliError;
use super::super::progress;
use super::packets::no_capture;
use super::{Capture, CapturesRead, layer, threads};
use crate::addr::FlowKey;
use crate::diag::Progress;
use crate::flow::tcp::TcpTable;
use crate::flow::{EvictedFlows, FlowIntake, FlowTable, FlowTableOptions, Flows, Intake, Readers, SkipCount};
use crate::sim::{FlowPlace, GroupBy, Outcome, OutcomeOptions, Placer};

/// Settings for reading captures into flows, in a single pass.
pub(in crate::cli) struct FlowReading<'a> {
    pub(in crate::cli) layer: LayerArg,
    /// The number of threads; `None` for one per processor.
    pub(in crate::cli) threads: Option<NonZeroUsize>,
    pub(in crate::cli) table: FlowTableOptions,
    /// Whether inputs are hashed.
    pub(in crate::cli) hash: bool,
    pub(in crate::cli) progress: &'a dyn Progress,
}

/// Returns whether a flow counts.
type Keep<'k> = dyn FnMut(&FlowKey, &FlowPlace, &Placer<'_>) -> bool + Send + 'k;

/// The result of reading captures into flows.
#[derive(Default)]
pub(in crate::cli) struct FlowsRead {
    pub(in crate::cli) captures: CapturesRead,
    /// Packets without a timestamp.
    pub(in crate::cli) untimed: SkipCount,
    /// Flows that were evicted from the table.
    pub(in crate::cli) evicted_flows: u64,
    /// TCP connections that were evicted while they were measured.
    pub(in crate::cli) evicted_connections: u64,
}

/// Returns options for a table of at most `max_flows` flows, optionally with time buckets of this many seconds.
pub(in crate::cli) fn table_options(max_flows: u64, bucket: Option<u64>) -> FlowTableOptions {
    FlowTableOptions {
        max_flows: usize::try_from(max_flows).unwrap_or(usize::MAX),
        bucket_ns: bucket.map(|seconds| seconds.saturating_mul(1_000_000_000)),
        seed: seed(),
        ..FlowTableOptions::default()
    }
}

/// Reads all flows from captures, each with its direction, vantage point and path.
pub(in crate::cli) fn read_flows(
    global: &Global,
    captures: &[PathBuf],
    placer: &mut Placer<'_>,
) -> Result<(Outcome, CapturesRead), CliError> {
    // Evicted flows must not be lost: the caller needs the remote end of every flow.
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
    /// Adds the flows that `keep` accepts to `outcome`, each with its direction, vantage point and path.
    pub(in crate::cli) fn place(
        &self,
        captures: &[Capture<'_>],
        placer: &mut Placer<'_>,
        outcome: &mut Outcome,
        keep: &mut Keep<'_>,
    ) -> Result<FlowsRead, CliError> {
        let engines = placer.engines();
        // The engines are needed when flows leave the table, usually after the last packet.
        let (flows, read) = std::thread::scope(|scope| {
            scope.spawn(|| engines.prepare());
            self.flows(captures, |evicted| outcome.add_flows(placer, evicted, keep))
        })?;
        outcome.add_flows(placer, flows.into(), keep);
        Ok(read)
    }

    /// Works like [`Self::place`], and also adds TCP connections that `keep` accepts. It takes several times as long.
    pub(in crate::cli) fn measure(
        &self,
        captures: &[Capture<'_>],
        placer: &mut Placer<'_>,
        outcome: &mut Outcome,
        keep: &mut Keep<'_>,
    ) -> Result<FlowsRead, CliError> {
        let mut read = FlowsRead::default();
        // Both tables pass on what they evict while they are filled.
        let all = Mutex::new((placer, outcome, keep));
        let add_flows = |evicted: EvictedFlows| {
            let (placer, outcome, keep) = &mut *all.lock().unwrap_or_else(PoisonError::into_inner);
            outcome.add_flows(placer, evicted, *keep);
        };
        let mut table = FlowTable::new(self.table.clone()).on_evict(add_flows);
        // A connection takes as much memory as eight flows or more.
        let mut connections = TcpTable::new(self.table.max_flows.div_ceil(8), |connection| {
            let (placer, outcome, keep) = &mut *all.lock().unwrap_or_else(PoisonError::into_inner);
            outcome.add_connection(placer, &connection, *keep);
        });
        for capture in captures {
            let mut reader = capture.open()?;
            let task = self.progress.begin(&capture.name(), capture.plain_size(&reader));
            let intake = Intake { layer: layer(self.layer), progress: self.progress, task };
            let intake = intake.read_measured(&mut reader, &mut table, &mut connections);
            self.progress.end(task);
            let FlowIntake { summary, skips } = intake.map_err(no_capture)?;
            read.untimed.add(summary.untimed);
            read.captures.add(capture.input(&summary, capture.sha256(self.hash)?)?, &summary, &skips);
        }
        read.evicted_connections = connections.finish();
        let flows = table.finish();
        read.evicted_flows = flows.evicted.flows;
        add_flows(flows.into());
        Ok(read)
    }

    /// Reads the flows from captures and passes evicted flows to `evict`.
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
        // Files are hashed while they are read, so that both use the page cache.
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

/// Returns a seed that the author of a capture cannot guess. It does not affect results.
fn seed() -> u64 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one(0_u8)
}
