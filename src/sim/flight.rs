//! A packet on its way.

use super::link::{Direction, LinkIndex};
use super::volumes::Volume;

/// The index of a critical scope in its scenario, or [`OTHER`].
pub(super) type ScopeIndex = u8;

/// The index of traffic in no critical scope.
pub(super) const OTHER: ScopeIndex = u8::MAX;

/// A packet on its way over links, ordered by its arrival at the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Flight {
    /// The time at which the packet arrives at its next link or, after the last link, arrived there.
    pub(super) at_ns: u64,
    pub(super) sequence: u64,
    pub(super) ids: Ids,
    /// The number of links behind the packet.
    pub(super) hop: u32,
    pub(super) direction: Direction,
    pub(super) volume: Volume,
    pub(super) scope: ScopeIndex,
    pub(super) dscp: u8,
    /// The time at which the packet was sent.
    pub(super) sent_ns: u64,
    /// The time at which the packet arrived at the other end of the last link behind it.
    pub(super) reached_ns: u64,
    /// The sum of its waits in queues, in nanoseconds.
    pub(super) waited_ns: u64,
    /// The first link on its way with an unknown rate.
    pub(super) unrated: Option<LinkIndex>,
    /// The first link on its way with an unknown propagation delay.
    pub(super) undelayed: Option<LinkIndex>,
}

/// What a packet belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Ids {
    pub(super) conversation: u32,
    /// The row of the timeline in which the packet is counted.
    pub(super) row: u32,
    pub(super) route: u32,
}

impl Flight {
    /// Returns a packet that is sent at a moment, with its critical scope and mark.
    pub(super) fn sent(
        now_ns: u64,
        ids: Ids,
        direction: Direction,
        volume: Volume,
        (scope, dscp): (ScopeIndex, u8),
    ) -> Self {
        Self {
            at_ns: now_ns,
            sequence: 0,
            ids,
            hop: 0,
            direction,
            volume,
            scope,
            dscp,
            sent_ns: now_ns,
            reached_ns: now_ns,
            waited_ns: 0,
            unrated: None,
            undelayed: None,
        }
    }

    /// Returns the time from sending to arrival at the end of the last link, in nanoseconds.
    pub(super) fn delay_ns(&self) -> u64 {
        self.reached_ns.saturating_sub(self.sent_ns)
    }
}
