//! Feeds packets to the simulations of all variants, in this thread or in worker threads while this one reads.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use super::super::super::captures::packets::Take;
use super::super::super::error::CliError;
use crate::flow::TimedPacket;
use crate::sim::{SimError, Simulation};

/// Packets per block for another thread: enough to make the handover cheap, few enough for the cache.
const BLOCK: usize = 4_096;
/// Maximum number of blocks that wait for a worker.
const AHEAD: usize = 4;

/// Runs `read` and passes every packet that it delivers to all simulations. With more than one thread, reading runs
/// ahead, and up to `threads - 1` simulations run in parallel. Each simulation gets the same packets in the same order, so
/// the results do not depend on the number of threads.
///
/// # Errors
///
/// The error of the first simulation that fails, otherwise that of `read`.
pub(super) fn fed(
    simulations: &mut [Simulation<'_>],
    threads: usize,
    read: impl FnOnce(&mut Take<'_>) -> Result<(), CliError>,
) -> Result<(), CliError> {
    if threads <= 1 || simulations.is_empty() {
        let mut failed = None;
        let read = read(&mut |packets| {
            for simulation in &mut *simulations {
                if failed.is_none() {
                    failed = simulation.take(packets).err();
                }
            }
        });
        return failed.map_or(read, |error: SimError| Err(error.into()));
    }
    let each = simulations.len().div_ceil(threads - 1);
    thread::scope(|scope| {
        let started = simulations.chunks_mut(each).map(|part| {
            let (feed, packets) = sync_channel(AHEAD);
            (feed, scope.spawn(move || take_all(part, &packets)))
        });
        let (feeds, workers): (Vec<Feed>, Vec<_>) = started.unzip();
        let mut block = Vec::with_capacity(BLOCK);
        let read = read(&mut |packets| {
            block.extend_from_slice(packets);
            if block.len() >= BLOCK {
                hand_over(std::mem::replace(&mut block, Vec::with_capacity(BLOCK)), &feeds);
            }
        });
        hand_over(block, &feeds);
        drop(feeds);
        for worker in workers {
            worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
        }
        read
    })
}

type Feed = SyncSender<Arc<Vec<TimedPacket>>>;

fn hand_over(block: Vec<TimedPacket>, feeds: &[Feed]) {
    let block = Arc::new(block);
    for feed in feeds {
        // A failed worker accepts no more packets; its error is returned when it is joined.
        let _ = feed.send(Arc::clone(&block));
    }
}

fn take_all(
    simulations: &mut [Simulation<'_>],
    packets: &Receiver<Arc<Vec<TimedPacket>>>,
) -> Result<(), SimError> {
    for block in packets {
        for simulation in &mut *simulations {
            simulation.take(&block)?;
        }
    }
    Ok(())
}
