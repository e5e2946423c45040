//! Who reads which part, and how much all of them may hold.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender};
use std::sync::{Mutex, PoisonError};

use super::PartRead;

/// The flows that all tables together may still take up.
pub(super) struct Room {
    left: AtomicUsize,
    /// From here on everything is read in order.
    closed: AtomicBool,
}

impl Room {
    /// Room for so many flows.
    pub(super) fn new(flows: usize) -> Self {
        Self { left: AtomicUsize::new(flows), closed: AtomicBool::new(false) }
    }

    /// Takes room for `flows`, if there is as much.
    pub(super) fn take(&self, flows: usize) -> bool {
        let take = |left: usize| left.checked_sub(flows);
        self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok()
    }

    /// Gives back room that was taken and not used.
    pub(super) fn give(&self, flows: usize) {
        self.left.fetch_add(flows, Ordering::Relaxed);
    }

    /// Ends reading by parts.
    pub(super) fn close(&self) {
        self.closed.store(true, Ordering::Relaxed);
    }

    /// Whether that has ended.
    pub(super) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Relaxed)
    }
}

/// Reads parts as they are ordered, until there are no more orders or nobody waits for results.
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

/// Orders parts in turn and gives them in turn, however they come back.
pub(super) struct Feed {
    orders: Sender<usize>,
    next: usize,
    results: Receiver<(usize, PartRead)>,
    early: BTreeMap<usize, PartRead>,
}

impl Feed {
    /// Orders the first `ahead` parts.
    pub(super) fn new(orders: Sender<usize>, results: Receiver<(usize, PartRead)>, ahead: usize) -> Self {
        let mut feed = Self { orders, next: 0, results, early: BTreeMap::new() };
        (0..ahead).for_each(|_| feed.order());
        feed
    }

    fn order(&mut self) {
        // Fails only without workers, which `take` then finds.
        let _ = self.orders.send(self.next);
        self.next += 1;
    }

    /// Waits for a part. Where a worker broke off, nothing comes; the scope that it ran in passes its panic on.
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
