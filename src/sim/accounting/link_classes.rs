//! The traffic on links by class and critical scope.

use std::collections::HashMap;

use crate::sim::accounting::distribution::Distribution;
use crate::sim::flight::ScopeIndex;
use crate::sim::link::{Direction, LinkIndex, Links};
use crate::sim::percentiles::Percentiles;
use crate::sim::scenario::{CriticalScope, LinkName};
use crate::sim::volumes::Volume;

/// The traffic of a class and a critical scope in one direction of a link, in an epoch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkClassRow {
    /// The number of the epoch, from 0.
    pub epoch: usize,
    /// The link.
    pub link: LinkName,
    /// The direction on the link.
    pub direction: Direction,
    /// The name of the class; `None` if the link has one queue.
    pub class: Option<String>,
    /// The name of the critical scope; `None` for all other traffic.
    pub scope: Option<String>,
    /// The traffic, and its outcome on the link.
    pub sum: ClassVolumes,
    /// The waits of delivered packets; `None` without any.
    pub wait: Option<Percentiles>,
}

/// The traffic of a class on a link, and its outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClassVolumes {
    /// The traffic that arrived at the link.
    pub offered: Volume,
    /// The traffic that left the link at its other end.
    pub delivered: Volume,
    /// The traffic that a full buffer dropped.
    pub dropped: Volume,
    /// The traffic that was dropped because it exceeded the rate of its class.
    pub limited: Volume,
    /// The traffic that was lost while the link was dead.
    pub black_holed: Volume,
}

impl ClassVolumes {
    /// Returns the traffic that is accounted for. After the replay, it equals `offered`, because nothing waits any more.
    pub fn accounted(&self) -> Volume {
        let mut sum = self.delivered;
        sum += self.dropped;
        sum += self.limited;
        sum += self.black_holed;
        sum
    }
}

/// The key of a row: the epoch, the link with the direction, the index of the class, and the scope.
pub(in crate::sim) type ClassKey = (usize, (LinkIndex, Direction), usize, ScopeIndex);

/// What happens to a packet at a link.
#[derive(Clone, Copy, Debug)]
pub(in crate::sim) enum AtLink {
    Offered,
    Sent { waited_ns: u64 },
    Dropped,
    Limited,
    BlackHoled,
}

/// The sums of all rows.
#[derive(Debug, Default)]
pub(in crate::sim) struct ClassSums {
    sums: HashMap<ClassKey, (ClassVolumes, Distribution), foldhash::fast::FixedState>,
}

impl ClassSums {
    /// Counts what happens to a packet.
    pub(in crate::sim) fn count(&mut self, key: ClassKey, volume: Volume, what: AtLink) {
        let (sum, waits) = self.sums.entry(key).or_default();
        match what {
            AtLink::Offered => sum.offered += volume,
            AtLink::Sent { waited_ns } => {
                sum.delivered += volume;
                waits.add(waited_ns);
            }
            AtLink::Dropped => sum.dropped += volume,
            AtLink::Limited => sum.limited += volume,
            AtLink::BlackHoled => sum.black_holed += volume,
        }
    }

    /// Returns the rows, ordered by epoch, link, direction, class and scope. `class` names a class of a link's direction.
    pub(in crate::sim) fn rows(
        self,
        links: &Links,
        scopes: &[CriticalScope],
        class: impl Fn((LinkIndex, Direction), usize) -> Option<String>,
    ) -> Vec<LinkClassRow> {
        let rows = self.sums.into_iter().filter_map(|((epoch, at, index, scope), (sum, waits))| {
            let row = LinkClassRow {
                epoch,
                link: links.names.get(at.0 as usize)?.clone(),
                direction: at.1,
                class: class(at, index),
                scope: scopes.get(usize::from(scope)).map(|scope| scope.name.clone()),
                sum,
                wait: waits.percentiles(),
            };
            Some(((epoch, row.link.clone(), at.1, index, scope), row))
        });
        let mut rows: Vec<_> = rows.collect();
        rows.sort_unstable_by(|(left, _), (right, _)| left.cmp(right));
        rows.into_iter().map(|(_, row)| row).collect()
    }
}
