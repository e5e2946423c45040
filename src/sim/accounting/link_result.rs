//! The traffic on a link as plain data.

use std::collections::BTreeMap;

use crate::sim::link::{Carried, Direction, Links};
use crate::sim::queueing::LinkFigures;
use crate::sim::scenario::LinkName;

/// The traffic on a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkResult {
    /// The link.
    pub name: LinkName,
    /// The figures of the link at the end of the run.
    pub figures: LinkFigures,
    /// The totals of the two directions, out and in.
    pub totals: [Carried; 2],
    /// The traffic by direction and time bucket, ordered by both.
    pub buckets: BTreeMap<(Direction, u64), Carried>,
    /// The width of a bucket in nanoseconds.
    pub bucket_ns: u64,
}

impl LinkResult {
    /// Returns the results of all links in the networks of the run, ordered by name.
    pub(in crate::sim) fn of(links: Links, figures: &BTreeMap<LinkName, LinkFigures>) -> Vec<Self> {
        let Links { names, totals, buckets, .. } = links;
        let (buckets, bucket_ns) = buckets.finish();
        let mut all: Vec<Self> = names
            .into_iter()
            .zip(totals)
            .map(|(name, totals)| Self {
                figures: figures.get(&name).copied().unwrap_or_default(),
                name,
                totals,
                buckets: BTreeMap::new(),
                bucket_ns,
            })
            .collect();
        for ((key, bucket), carried) in buckets {
            // The inverse of `bucket_key`.
            let direction = if key % 2 == 0 { Direction::Out } else { Direction::In };
            if let Some(result) = all.get_mut(key as usize / 2) {
                result.buckets.insert((direction, bucket), carried);
            }
        }
        all.sort_by(|left, right| left.name.cmp(&right.name));
        all
    }

    /// Returns the offered bits per second in the busiest bucket of a direction, rounded down.
    pub fn peak_bits_per_second(&self, direction: Direction) -> u64 {
        let of = self.buckets.iter().filter(|((own, _), _)| *own == direction);
        of.map(|(_, carried)| per_second(carried.offered.ip_bytes, self.bucket_ns)).max().unwrap_or(0)
    }
}

/// Returns bytes over a period as bits per second, rounded down.
pub fn per_second(bytes: u64, nanoseconds: u64) -> u64 {
    let bits = u128::from(bytes) * 8 * 1_000_000_000;
    u64::try_from(bits / u128::from(nanoseconds.max(1))).unwrap_or(u64::MAX)
}
