//! Critical traffic: what it is, and what is expected of its delay and loss.

use std::ops::RangeInclusive;

use super::RemoteEnds;
use crate::diag::Span;

/// Traffic that a company depends on. All conditions that are given must hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CriticalScope {
    /// The name.
    pub name: String,
    /// The remote ends; if there are no entries, any remote end.
    pub remote_ends: RemoteEnds,
    /// The IANA protocol number.
    pub protocol: Option<u8>,
    /// The ports of the remote end; if there are none, any port.
    pub ports: Vec<RangeInclusive<u16>>,
    /// The marks of packets; if there are none, any mark.
    pub dscp: DscpSet,
    /// What is expected; `None` to measure only.
    pub expect: Option<Expectation>,
    /// The place of the entry in the file.
    pub span: Span,
}

/// What is expected of critical traffic in each direction, on each path and in each epoch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expectation {
    /// Each bound, with the highest figure that keeps it.
    pub bounds: Vec<(Bound, u64)>,
    /// Whether the bounds must also be kept in the network after each single failure.
    pub survives_each_single: bool,
    /// The place of the expectation in the file.
    pub span: Span,
}

/// A figure that an expectation bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Bound {
    /// The median of the one-way delay, in nanoseconds.
    DelayP50,
    /// The 95th percentile of the one-way delay, in nanoseconds.
    DelayP95,
    /// The 99th percentile of the one-way delay, in nanoseconds.
    DelayP99,
    /// The longest one-way delay, in nanoseconds.
    DelayMax,
    /// The mean difference between the delays of consecutive packets of a conversation, in nanoseconds.
    Jitter,
    /// The lost packets, in millionths of the sent packets.
    Loss,
}

impl Bound {
    /// All figures, in the order of reports.
    pub const ALL: [Self; 6] =
        [Self::Loss, Self::DelayP50, Self::DelayP95, Self::DelayP99, Self::DelayMax, Self::Jitter];

    /// Returns the key in the scenario file.
    pub const fn key(self) -> &'static str {
        match self {
            Self::DelayP50 => "delay_p50",
            Self::DelayP95 => "delay_p95",
            Self::DelayP99 => "delay_p99",
            Self::DelayMax => "delay_max",
            Self::Jitter => "jitter",
            Self::Loss => "loss",
        }
    }
}

/// A set of values of the DSCP field (RFC 2474), each from 0 to 63.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DscpSet(u64);

impl DscpSet {
    /// The values that Microsoft peering keeps: EF, AF41, AF21, AF11 and CS0 (Microsoft, *ExpressRoute QoS requirements*,
    /// 2023-06-30). Packets with any other value must be rewritten to 0 before they are sent to Microsoft.
    pub const MICROSOFT: Self = Self(1 << 46 | 1 << 34 | 1 << 18 | 1 << 10 | 1);

    /// Adds a value. Only the lowest six bits count.
    pub const fn insert(&mut self, dscp: u8) {
        self.0 |= 1 << (dscp & 63);
    }

    /// Returns whether the set contains a value.
    pub const fn contains(self, dscp: u8) -> bool {
        self.0 & (1 << (dscp & 63)) != 0
    }

    /// Returns whether the set has no values.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Returns the values, in ascending order.
    pub fn values(self) -> impl Iterator<Item = u8> {
        (0..64).filter(move |dscp| self.contains(*dscp))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_of_marks() {
        let mut set = DscpSet::default();
        assert!(set.is_empty());
        for dscp in [46, 0, 63, 46] {
            set.insert(dscp);
        }
        assert_eq!(set.values().collect::<Vec<_>>(), [0, 46, 63]);
        assert_eq!(DscpSet::MICROSOFT.values().collect::<Vec<_>>(), [0, 10, 18, 34, 46]);
    }
}
