//! What was measured of TCP connections, by site, product and path.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::addr::FlowKey;
use crate::engine::{Conversation, Vantage};
use crate::flow::tcp::{TcpConversation, TcpCounts, Unmeasured};

use crate::sim::counting::hash::HashMap;
use crate::sim::counting::place::{FactsId, FlowPlace, PathId, Placer};
use crate::sim::percentiles::Percentiles;

/// A handshake that was measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Sample {
    rtt_ns: u64,
    remote_rtt_ns: u64,
}

/// What was measured of a group of TCP connections.
///
/// Invariant: each connection has a sample, or a reason why it has none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LatencySums {
    samples: Vec<Sample>,
    unmeasured: BTreeMap<Unmeasured, u64>,
    /// Handshakes beyond the maximum number of samples.
    pub over_limit: u64,
    /// Segments from the client to the remote end.
    pub sent: TcpCounts,
    /// Segments from the remote end to the client.
    pub received: TcpCounts,
}

impl LatencySums {
    /// Returns the number of connections.
    pub fn connections(&self) -> u64 {
        self.measured() + self.over_limit + self.unmeasured.values().sum::<u64>()
    }

    /// Returns the number of connections whose handshake was measured.
    pub fn measured(&self) -> u64 {
        self.samples.len() as u64
    }

    /// Returns the number of connections without a measured handshake for this reason.
    pub fn unmeasured(&self, why: Unmeasured) -> u64 {
        self.unmeasured.get(&why).copied().unwrap_or(0)
    }

    /// Returns the percentiles of the handshake's round-trip time between both ends, in nanoseconds.
    pub fn rtt_ns(&self) -> Option<Percentiles> {
        Percentiles::of(self.samples.iter().map(|sample| sample.rtt_ns).collect())
    }

    /// Returns the percentiles of its part from the capture to the remote end and back, in nanoseconds.
    pub fn remote_rtt_ns(&self) -> Option<Percentiles> {
        Percentiles::of(self.samples.iter().map(|sample| sample.remote_rtt_ns).collect())
    }

    fn merge(&mut self, other: &Self) {
        self.samples.extend_from_slice(&other.samples);
        for (why, count) in &other.unmeasured {
            *self.unmeasured.entry(*why).or_default() += count;
        }
        self.over_limit += other.over_limit;
        self.sent.add(&other.sent);
        self.received.add(&other.received);
    }
}

/// The connections of a site to a product on a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LatencyRow<'p> {
    /// The site or subnet of the clients; `None` without a network file, and for clients outside every site and subnet.
    pub vantage: Option<Vantage>,
    /// The products of the remote ends, or their service.
    pub product: &'p str,
    /// The path to the remote ends.
    pub path: PathId,
    /// What was measured.
    pub sums: LatencySums,
}

/// Measures by site, remote end and path. Memory: 16 bytes per sample, of which there is a maximum number.
#[derive(Debug, Default)]
pub(in crate::sim) struct Latency {
    rows: HashMap<(Option<Vantage>, FactsId, PathId), LatencySums>,
    samples: usize,
}

impl Latency {
    /// Adds a connection if `keep` accepts one of its directions. It keeps at most `most` samples.
    pub(in crate::sim) fn add(
        &mut self,
        placer: &mut Placer<'_>,
        connection: &TcpConversation,
        most: usize,
        keep: &mut dyn FnMut(&FlowKey, &FlowPlace, &Placer<'_>) -> bool,
    ) {
        let TcpConversation { first, opened: [opened, opened_back], handshake, counts } = connection;
        let seen = Conversation { first, opened_by_source: *opened, opened_by_destination: *opened_back };
        let place = placer.place(first, seen);
        let reverse = first.reversed();
        if !keep(first, &place, placer) && !keep(&reverse, &place.of_reverse(&reverse), placer) {
            return;
        }
        let vantage = place.vantage.filter(|_| place.is_there);
        let sums = self.rows.entry((vantage, place.facts, place.path)).or_default();
        match handshake {
            Err(why) => *sums.unmeasured.entry(*why).or_default() += 1,
            Ok(_) if self.samples >= most => sums.over_limit += 1,
            Ok(times) => {
                self.samples += 1;
                let client_opened = times.opened_by_first == place.sent;
                let remote_rtt_ns = if client_opened { times.to_acceptor_ns } else { times.to_opener_ns };
                sums.samples.push(Sample { rtt_ns: times.total_ns(), remote_rtt_ns });
            }
        }
        let [there, back] = counts;
        let (sent, received) = if place.sent { (there, back) } else { (back, there) };
        sums.sent.add(sent);
        sums.received.add(received);
    }

    /// Returns the rows, those with most connections first.
    pub(in crate::sim) fn rows<'p>(&self, placer: &'p Placer<'_>) -> Vec<LatencyRow<'p>> {
        let mut merged: BTreeMap<(&'p str, PathId, Option<Vantage>), LatencySums> = BTreeMap::new();
        for ((vantage, facts, path), sums) in &self.rows {
            let key = (placer.facts(*facts).product.as_str(), *path, *vantage);
            merged.entry(key).or_default().merge(sums);
        }
        let rows = merged.into_iter();
        let mut rows: Vec<_> = rows
            .map(|((product, path, vantage), sums)| LatencyRow { vantage, product, path, sums })
            .collect();
        rows.sort_by_key(|row| Reverse(row.sums.connections()));
        rows
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn percentiles_are_values_by_nearest_rank() {
        let of = |values: &[u64]| {
            Percentiles::of(values.to_vec())
                .map(|found| [found.p50_ns, found.p95_ns, found.p99_ns, found.max_ns])
        };
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[7]), Some([7, 7, 7, 7]));
        assert_eq!(of(&[2, 1]), Some([1, 2, 2, 2]));
        assert_eq!(of(&(1..=100).rev().collect::<Vec<_>>()), Some([50, 95, 99, 100]));
        assert_eq!(of(&(1..=101).collect::<Vec<_>>()), Some([51, 96, 100, 101]));
    }

    proptest! {
        /// The definition, by counting.
        #[test]
        fn percentiles_agree_with_counting(values in prop::collection::vec(0_u64..40, 1..300)) {
            let least = |percent: usize| {
                let enough = |value: &u64| {
                    100 * values.iter().filter(|other| *other <= value).count() >= percent * values.len()
                };
                values.iter().copied().filter(enough).min().unwrap()
            };
            let found = Percentiles::of(values.clone()).unwrap();
            prop_assert_eq!([found.p50_ns, found.p95_ns, found.p99_ns, found.max_ns], [50, 95, 99, 100].map(least));
        }
    }
}
