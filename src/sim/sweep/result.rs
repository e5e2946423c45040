//! The results of a sweep.

use std::collections::{BTreeMap, BTreeSet};

use super::super::error::SimError;
use super::super::link::Direction;
use super::super::scenario::LinkName;
use super::sums::PathSum;
use crate::engine::{Continuity, Disposition};
use crate::sim::accounting::fate::PathLabel;
use crate::sim::paths::reply::Unanswered;
use crate::sim::volumes::{Count, End, Volume, scaled};

/// The load of a link in one direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LinkLoad {
    /// The rate in bits per second; `None` if unknown, in which case the link never fills.
    pub rate: Option<u64>,
    /// Bytes over the whole capture.
    pub ip_bytes: u64,
    /// Bits per second in the busiest time bucket, rounded down.
    pub peak_bits_per_second: u64,
    /// The bytes in `ip_bytes` that exceed the rate in their time bucket.
    pub over_ip_bytes: u64,
    /// The largest factor, in thousandths, by which the traffic of the capture can be multiplied so that no time bucket
    /// exceeds the rate; `None` if the rate is unknown. It does not depend on the scale of the sweep.
    pub fits_thousandths: Option<u64>,
}

impl LinkLoad {
    /// Returns the load in the busiest bucket, in thousandths of the rate, rounded down.
    pub fn peak_permille(&self) -> Option<u64> {
        let permille = u128::from(self.peak_bits_per_second) * 1_000 / u128::from(self.rate?.max(1));
        Some(u64::try_from(permille).unwrap_or(u64::MAX))
    }
}

/// The most severe effect of an outage. The effects are ordered from the mildest to the most severe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SweepVerdict {
    /// All flows continue unchanged.
    Kept,
    /// Flows continue over another path.
    Moved,
    /// The effect on some flows, or the path of traffic in the compliance scope, is unknown.
    Unknown,
    /// Flows are interrupted, and continue after they are re-established.
    Reset,
    /// The load of a link exceeds its rate.
    Congested,
    /// Flows are interrupted, and new flows fail.
    Lost,
    /// Traffic in the compliance scope uses the internet.
    Leaked,
}

impl SweepVerdict {
    /// Returns the word used in every output.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Moved => "moved",
            Self::Unknown => "unknown",
            Self::Reset => "reset",
            Self::Congested => "congested",
            Self::Lost => "lost",
            Self::Leaked => "leaked",
        }
    }
}

/// The effect of an outage on the traffic of a capture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutageResult {
    /// The name of the outage; `None` for the network as written.
    pub outage: Option<String>,
    /// The traffic by effect on existing flows; `None` for flows whose packets or replies are lost in the network as
    /// written too.
    pub fates: BTreeMap<Option<Continuity>, Count>,
    /// The traffic by path after the failure has been detected.
    pub paths: BTreeMap<PathLabel, PathSum>,
    /// Flows for which it is unknown whether replies arrive, by reason. All of these flows count as unknown.
    pub unanswered: BTreeMap<Unanswered, Count>,
    /// The traffic in the compliance scope by path and entry (the first that contains the remote end).
    pub compliance: BTreeMap<(PathLabel, String), Count>,
    /// The load by link and direction, for all links with traffic.
    pub links: BTreeMap<(LinkName, Direction), LinkLoad>,
    /// The maximum time until the outage is detected in nanoseconds; `None` if both ends know immediately.
    pub detection_ns: Option<u64>,
    /// The traffic lost on dead links until the outage is detected, based on the mean traffic over the capture.
    pub black_holed_ip_bytes: u64,
}

impl OutageResult {
    /// Returns the bytes of flows with one effect.
    pub fn bytes(&self, fate: Option<Continuity>) -> u64 {
        self.fates.get(&fate).map_or(0, |count| count.volume.ip_bytes)
    }

    /// Returns the bytes of all flows.
    pub fn total(&self) -> u64 {
        self.fates.values().map(|count| count.volume.ip_bytes).sum()
    }

    /// Returns the bytes with an outcome after the failure has been detected.
    pub fn ended(&self, end: End) -> u64 {
        self.paths.values().map(|sum| sum.tally.get(end).ip_bytes).sum()
    }

    /// Returns the bytes in the compliance scope that use the internet.
    pub fn leaked(&self) -> u64 {
        self.scoped(|path| path == Disposition::Internet)
    }

    /// Returns the bytes in the compliance scope for which it is unknown whether they use the internet.
    pub fn undetermined(&self) -> u64 {
        self.scoped(is_doubtful)
    }

    /// Returns whether a path is forbidden for traffic in the compliance scope, or whether this is unknown.
    pub fn is_against(path: &PathLabel) -> bool {
        path.disposition == Disposition::Internet || is_doubtful(path.disposition)
    }

    fn scoped(&self, wanted: impl Fn(Disposition) -> bool) -> u64 {
        let rows = self.compliance.iter().filter(|((path, _), _)| wanted(path.disposition));
        rows.map(|(_, count)| count.volume.ip_bytes).sum()
    }

    /// Returns the bytes over capacity, summed over all links and directions.
    pub fn over_capacity(&self) -> u64 {
        self.links.values().map(|load| load.over_ip_bytes).sum()
    }

    /// Returns the link with the highest load relative to its rate, among links with a known rate.
    pub fn worst_link(&self) -> Option<(&LinkName, Direction, u64)> {
        let filled = self.links.iter();
        let filled =
            filled.filter_map(|((name, direction), load)| Some((name, *direction, load.peak_permille()?)));
        // The first of several equal links is returned.
        filled.rev().max_by_key(|(_, _, permille)| *permille)
    }

    /// Returns the largest factor, in thousandths, that fits on every link with a known rate; `None` if no such link has
    /// traffic.
    pub fn fits_thousandths(&self) -> Option<u64> {
        self.links.values().filter_map(|load| load.fits_thousandths).min()
    }

    /// Returns the result with the traffic of the capture times a factor in thousandths. The loads of links already are.
    pub(super) fn scaled(self, thousandths: u64) -> Self {
        fn each<K: Ord>(all: BTreeMap<K, Count>, thousandths: u64) -> BTreeMap<K, Count> {
            all.into_iter().map(|(key, count)| (key, count.scaled(thousandths))).collect()
        }
        let paths = self.paths.into_iter().map(|(path, sum)| (path, sum.scaled(thousandths)));
        Self {
            fates: each(self.fates, thousandths),
            paths: paths.collect(),
            unanswered: each(self.unanswered, thousandths),
            compliance: each(self.compliance, thousandths),
            black_holed_ip_bytes: scaled(self.black_holed_ip_bytes, thousandths),
            ..self
        }
    }

    /// Returns the most severe effect of the outage.
    pub fn verdict(&self) -> SweepVerdict {
        let effects = [
            (self.leaked(), SweepVerdict::Leaked),
            (self.bytes(Some(Continuity::Lost)), SweepVerdict::Lost),
            (self.over_capacity(), SweepVerdict::Congested),
            (self.bytes(Some(Continuity::Reset)), SweepVerdict::Reset),
            (self.bytes(Some(Continuity::Unknown)) + self.undetermined(), SweepVerdict::Unknown),
            (self.bytes(Some(Continuity::Moved)), SweepVerdict::Moved),
        ];
        effects.into_iter().find(|(bytes, _)| *bytes > 0).map_or(SweepVerdict::Kept, |(_, verdict)| verdict)
    }

    pub(super) fn check(&self) -> Result<(), SimError> {
        let name = self.outage.as_deref().unwrap_or("none");
        let total = self.total();
        let agree = |what: &str, accounted: u64| {
            let what = format!("outage {name}, {what}");
            if total == accounted {
                return Ok(());
            }
            Err(SimError::Conservation { what, offered: total, accounted })
        };
        agree("all paths", self.paths.values().map(|sum| sum.tally.offered.ip_bytes).sum())?;
        agree("all ends", End::ALL.iter().map(|end| self.ended(*end)).sum())
    }
}

/// The result of a sweep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SweepResult {
    /// The result for the network as written.
    pub written: OutageResult,
    /// The outages, the most severe first: by verdict, then by bytes leaked, lost, over capacity, reset, unknown, moved
    /// and black-holed, then in the order in which they were requested.
    pub outages: Vec<OutageResult>,
    /// The number of distinct states of the network that result from the outages.
    pub states: usize,
    /// A note for each hop that is not evaluated and is on the path of flows or their replies in the network as
    /// written.
    pub unevaluated: BTreeSet<String>,
    /// Whether there is a compliance scope.
    pub watched: bool,
    /// The number of conversations.
    pub flows: u64,
    /// The traffic of these conversations.
    pub volume: Volume,
    /// The traffic that was skipped because it has no timestamp.
    pub untimed: Volume,
    /// The traffic in `volume` from clients outside the prefixes of every site and subnet, which was evaluated from the
    /// first site.
    pub outside_sites: Volume,
    /// The width of a time bucket in nanoseconds.
    pub bucket_ns: u64,
    /// The time from the first to the last packet, in nanoseconds.
    pub span_ns: u64,
    /// The factor by which the traffic of the capture was multiplied, in thousandths.
    pub scale_thousandths: u64,
}

impl SweepResult {
    /// Returns the network as written, then the outages.
    pub fn rows(&self) -> impl Iterator<Item = &OutageResult> {
        std::iter::once(&self.written).chain(&self.outages)
    }
}

fn is_doubtful(path: Disposition) -> bool {
    matches!(path, Disposition::Unknown | Disposition::Ambiguous)
}
