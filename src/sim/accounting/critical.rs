//! Delay, jitter and loss of critical traffic, and whether they are as expected.

use std::collections::HashMap;

use crate::sim::accounting::distribution::{Distribution, rank};
use crate::sim::accounting::fate::PathLabel;
use crate::sim::flight::{Flight, ScopeIndex};
use crate::sim::link::{Direction, LinkIndex, Links};
use crate::sim::percentiles::Percentiles;
use crate::sim::scenario::{Bound, CriticalScope, Expectation, LinkName};
use crate::sim::volumes::{End, Tally, Volume};

/// The traffic of a critical scope, or of none, in one direction of a path in an epoch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CriticalRow {
    /// The name of the scope; `None` for all other traffic.
    pub scope: Option<String>,
    /// The failures after which the network was replayed with this result; empty for the scenario itself.
    pub failures: Vec<String>,
    /// The number of the epoch, from 0.
    pub epoch: usize,
    /// The path from the client.
    pub path: PathLabel,
    /// From the client, or to it.
    pub direction: Direction,
    /// The traffic offered in the epoch, and its outcome.
    pub tally: Tally,
    /// The one-way delay of delivered packets: waiting, sending and propagation on all links of the path; `None` if no
    /// packet was delivered.
    pub delay: Option<Percentiles>,
    /// The time that delivered packets waited in queues.
    pub wait: Option<Percentiles>,
    /// The mean difference between the delays of a packet and of the previous packet of its conversation that arrived, in
    /// nanoseconds, rounded down; `None` if no conversation had two packets.
    pub jitter_ns: Option<u64>,
    /// A link of the path whose rate is unknown, so that it never fills.
    pub unrated: Option<LinkName>,
    /// A link of the path whose propagation delay is unknown, so that it counts as 0.
    pub undelayed: Option<LinkName>,
    /// Whether the traffic is as expected; `None` if nothing is expected.
    pub verdict: Option<BoundVerdict>,
    /// The bounds that are exceeded, in the order of [`Bound::ALL`].
    pub missed: Vec<Bound>,
}

/// Whether an expectation is met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BoundVerdict {
    /// All bounds are kept.
    Kept,
    /// It cannot be decided: the outcome of some packets is unknown, no packet was delivered that has a delay, or a link
    /// with an unknown rate is on the path, or one with an unknown propagation delay and a bound on the delay is to be kept.
    Unknown,
    /// A bound is exceeded.
    Missed,
}

impl BoundVerdict {
    /// Returns the word used in every output.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Unknown => "unknown",
            Self::Missed => "missed",
        }
    }
}

impl CriticalRow {
    /// Returns the sort key by which the worst row of a scope is found: it has the greatest key.
    fn rank(&self) -> (Option<BoundVerdict>, Option<u64>, Option<u64>) {
        (self.verdict, self.loss_millionths(), self.delay.map(|delay| delay.p99_ns))
    }

    /// Returns whether two rows differ in nothing but their failures.
    pub(in crate::sim) fn is_measured_as(&self, other: &Self) -> bool {
        *self == Self { failures: self.failures.clone(), ..other.clone() }
    }

    /// Returns the worst row of each scope, in the order of the rows: by verdict, then loss, then the 99th percentile of
    /// the delay. Of equal rows, the first counts.
    pub(in crate::sim) fn worst(rows: Vec<Self>) -> Vec<Self> {
        let mut worst: Vec<Self> = Vec::new();
        for row in rows {
            match worst.iter_mut().find(|known| known.scope == row.scope) {
                Some(known) if known.rank() < row.rank() => *known = row,
                Some(_) => {}
                None => worst.push(row),
            }
        }
        worst
    }

    /// Returns the lost packets in millionths of the packets with a known outcome, rounded up; `None` without any.
    pub fn loss_millionths(&self) -> Option<u64> {
        let (lost, known) = loss(&self.tally);
        (known > 0).then(|| {
            u64::try_from((u128::from(lost) * 1_000_000).div_ceil(u128::from(known))).unwrap_or(u64::MAX)
        })
    }
}

/// Returns the lost packets, and all packets with a known outcome.
fn loss(tally: &Tally) -> (u64, u64) {
    let lost = tally.lost().packets;
    (lost, lost + tally.get(End::Delivered).packets)
}

/// The arrival that the next one is compared with: the scope and the delay in nanoseconds.
pub(in crate::sim) type LastArrival = Option<(ScopeIndex, u64)>;

/// The sums of a row.
#[derive(Debug, Default)]
struct Sum {
    tally: Tally,
    delay: Distribution,
    wait: Distribution,
    /// The packets whose delay exceeds each bound of the expectation, in its order.
    over: Vec<u64>,
    /// The sum of all differences between delays in nanoseconds, and their number.
    jitter: (u128, u64),
    unrated: Option<LinkIndex>,
    undelayed: Option<LinkIndex>,
}

/// The sums of all rows, by row of the timeline, scope and direction.
#[derive(Debug, Default)]
pub(in crate::sim) struct CriticalSums {
    sums: HashMap<(u32, ScopeIndex, Direction), Sum, foldhash::fast::FixedState>,
}

impl CriticalSums {
    /// Counts offered traffic.
    pub(in crate::sim) fn offer(
        &mut self,
        row: u32,
        scope: ScopeIndex,
        direction: Direction,
        volume: Volume,
    ) {
        let sum = self.sums.entry((row, scope, direction)).or_default();
        sum.tally.offered += volume;
        if direction == Direction::Out {
            sum.tally.sent += volume;
        }
    }

    /// Counts the outcome of a packet. `last` is the previous arrival of its conversation in this direction.
    pub(in crate::sim) fn end(
        &mut self,
        flight: &Flight,
        end: End,
        expected: Option<&Expectation>,
        last: &mut LastArrival,
    ) {
        let sum = self.sums.entry((flight.ids.row, flight.scope, flight.direction)).or_default();
        sum.tally.end(end, flight.volume);
        sum.unrated = sum.unrated.or(flight.unrated);
        sum.undelayed = sum.undelayed.or(flight.undelayed);
        if end != End::Delivered {
            return;
        }
        let delay_ns = flight.delay_ns();
        sum.delay.add(delay_ns);
        sum.wait.add(flight.waited_ns);
        let bounds = expected.map_or(&[][..], |expected| &expected.bounds);
        sum.over.resize(bounds.len(), 0);
        for (over, (_, most)) in sum.over.iter_mut().zip(bounds) {
            *over += u64::from(delay_ns > *most);
        }
        if let Some((_, before)) = last.filter(|(scope, _)| *scope == flight.scope) {
            sum.jitter.0 += u128::from(before.abs_diff(delay_ns));
            sum.jitter.1 += 1;
        }
        *last = Some((flight.scope, delay_ns));
    }

    /// Returns the rows, ordered by scope, row of the timeline and direction. `place` returns the epoch and the path of a row
    /// of the timeline.
    pub(in crate::sim) fn rows(
        self,
        scopes: &[CriticalScope],
        links: &Links,
        place: impl Fn(u32) -> Option<(usize, PathLabel)>,
    ) -> Vec<CriticalRow> {
        let mut keys: Vec<_> = self.sums.into_iter().collect();
        keys.sort_unstable_by_key(|((row, scope, direction), _)| (*scope, *row, *direction));
        let name = |link: Option<LinkIndex>| link.and_then(|link| links.names.get(link as usize)).cloned();
        let rows = keys.into_iter().filter_map(|((row, scope, direction), sum)| {
            let (epoch, path) = place(row)?;
            let scope = scopes.get(usize::from(scope));
            let expected = scope.and_then(|scope| scope.expect.as_ref());
            let missed = expected.map(|expected| sum.missed(expected)).unwrap_or_default();
            let jitter_ns = sum.jitter.0.checked_div(u128::from(sum.jitter.1));
            Some(CriticalRow {
                scope: scope.map(|scope| scope.name.clone()),
                failures: Vec::new(),
                epoch,
                path,
                direction,
                tally: sum.tally,
                delay: sum.delay.percentiles(),
                wait: sum.wait.percentiles(),
                jitter_ns: jitter_ns.map(|mean| u64::try_from(mean).unwrap_or(u64::MAX)),
                unrated: name(sum.unrated),
                undelayed: name(sum.undelayed),
                verdict: expected.map(|expected| sum.verdict(expected, &missed)),
                missed,
            })
        });
        rows.collect()
    }
}

impl Sum {
    /// Returns the bounds that are exceeded. The decision is exact, unlike the percentiles in reports.
    fn missed(&self, expected: &Expectation) -> Vec<Bound> {
        let delivered = self.tally.get(End::Delivered).packets;
        let is_missed = |(index, (bound, most)): (usize, &(Bound, u64))| {
            let over = self.over.get(index).copied().unwrap_or(0);
            let missed = match bound {
                Bound::DelayP50 => over > delivered - rank(delivered, 50),
                Bound::DelayP95 => over > delivered - rank(delivered, 95),
                Bound::DelayP99 => over > delivered - rank(delivered, 99),
                Bound::DelayMax => over > 0,
                Bound::Jitter => self.jitter.0 > u128::from(*most) * u128::from(self.jitter.1),
                Bound::Loss => {
                    let (lost, known) = loss(&self.tally);
                    u128::from(lost) * 1_000_000 > u128::from(*most) * u128::from(known)
                }
            };
            missed.then_some(*bound)
        };
        expected.bounds.iter().enumerate().filter_map(is_missed).collect()
    }

    fn verdict(&self, expected: &Expectation, missed: &[Bound]) -> BoundVerdict {
        let no_delay = self.tally.get(End::Delivered).packets == 0
            && expected.bounds.iter().any(|(bound, _)| *bound != Bound::Loss);
        // A constant delay changes no jitter.
        let on_delay = |(bound, _): &(Bound, u64)| !matches!(bound, Bound::Loss | Bound::Jitter);
        let undelayed = self.undelayed.is_some() && expected.bounds.iter().any(on_delay);
        let unknown = self.tally.get(End::Unknown).packets > 0;
        if !missed.is_empty() {
            BoundVerdict::Missed
        } else if unknown || no_delay || undelayed || self.unrated.is_some() {
            BoundVerdict::Unknown
        } else {
            BoundVerdict::Kept
        }
    }
}
