//! Packets to the variants: one after the other here, or on threads of their own while this one reads on.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use super::super::super::captures::packets::Take;
use super::super::super::error::CliError;
use crate::flow::TimedPacket;
use crate::sim::{SimError, Simulation};

/// Packets that go to another thread at once: enough that handing over costs nothing, little enough for a cache.
const BLOCK: usize = 4_096;
/// Blocks that wait for a variant at most.
const AHEAD: usize = 4;

/// Runs `read`, and takes every packet that it hands over through all simulations. With more than one thread, reading goes ahead
/// of them, and up to `threads` less one of them run side by side. Each takes the same packets in the same order, so nothing else differs.
///
/// # Errors
///
/// That of the first simulation that fails, else that of `read`.
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
        // Who failed takes no more; its error is told when it is joined.
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
