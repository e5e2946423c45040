//! Assigns parts to threads, and limits the number of flows in all their tables.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender};
use std::sync::{Mutex, PoisonError};

use super::PartRead;

/// The number of flows that all tables together may still add.
pub(super) struct Room {
    left: AtomicUsize,
    /// Whether everything from here on is read in order.
    closed: AtomicBool,
}

impl Room {
    /// Creates room for `flows` flows.
    pub(super) fn new(flows: usize) -> Self {
        Self { left: AtomicUsize::new(flows), closed: AtomicBool::new(false) }
    }

    /// Reserves room for `flows`, if that much is left.
    pub(super) fn take(&self, flows: usize) -> bool {
        let take = |left: usize| left.checked_sub(flows);
        self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok()
    }

    /// Returns reserved room that was not used.
    pub(super) fn give(&self, flows: usize) {
        self.left.fetch_add(flows, Ordering::Relaxed);
    }

    /// Ends reading by parts.
    pub(super) fn close(&self) {
        self.closed.store(true, Ordering::Relaxed);
    }

    /// Returns whether reading by parts has ended.
    pub(super) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Relaxed)
    }
}

/// Reads parts as they are requested, until there are no more requests or nobody waits for results.
pub(super) fn worker(
    to_do: &Mutex<Receiver<usize>>,
    done: &Sender<(usize, PartRead)>,
    work: impl Fn(usize) -> PartRead,
) {
    loop {
        let next = to_do.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(part) = next else { return };
        if done.send((part, work(part))).is_err() {
            return;
        }
    }
}

/// Requests parts in order, and returns them in order even if they arrive in another order.
pub(super) struct Feed {
    orders: Sender<usize>,
    next: usize,
    results: Receiver<(usize, PartRead)>,
    early: BTreeMap<usize, PartRead>,
}

impl Feed {
    /// Requests the first `ahead` parts.
    pub(super) fn new(orders: Sender<usize>, results: Receiver<(usize, PartRead)>, ahead: usize) -> Self {
        let mut feed = Self { orders, next: 0, results, early: BTreeMap::new() };
        (0..ahead).for_each(|_| feed.order());
        feed
    }

    fn order(&mut self) {
        // Fails only if there are no workers, which `take` then detects.
        let _ = self.orders.send(self.next);
        self.next += 1;
    }

    /// Waits for a part. If a worker panicked, no part arrives, and the scope in which the worker ran
    /// propagates the panic.
    pub(super) fn take(&mut self, part: usize) -> PartRead {
        self.order();
        loop {
            if let Some(read) = self.early.remove(&part) {
                return read;
            }
            match self.results.recv() {
                Ok((number, read)) => self.early.insert(number, read),
                Err(_) => return Ok(None),
            };
        }
    }
}
