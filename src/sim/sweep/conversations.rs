//! Conversations in a capture, built from the flows in a flow table.

use std::ops::Range;

use crate::addr::{FlowKey, IpPrefix};
use crate::catalog::Catalog;
use crate::engine::orient;
use crate::flow::{BucketVolume, EvictedFlows, FlowRecord};
use crate::network::Network;
use crate::sim::accounting::scope::Scope;
use crate::sim::counting::outcome::conversation;
use crate::sim::counting::pairs::Pairs;
use crate::sim::link::Direction;
use crate::sim::volumes::Volume;

/// A conversation, which consists of both directions of a five-tuple.
#[derive(Clone, Debug)]
pub(super) struct Talk {
    /// The five-tuple, seen from the client.
    pub(super) key: FlowKey,
    pub(super) sent: Volume,
    pub(super) received: Volume,
    /// The entry in the compliance scope that contains the remote end of the conversation.
    pub(super) scoped: Option<usize>,
    /// The range in [`Conversations::series`] that belongs to the conversation.
    pub(super) series: Range<usize>,
}

/// The traffic that a conversation sent and received in a time bucket.
#[derive(Clone, Copy, Debug)]
pub(super) struct Burst {
    pub(super) bucket: u64,
    pub(super) direction: Direction,
    pub(super) ip_bytes: u64,
}

/// Conversations that have not been evaluated yet.
#[derive(Debug, Default)]
pub(super) struct Conversations {
    pub(super) list: Vec<Talk>,
    pub(super) series: Vec<Burst>,
    /// The width of a bucket in nanoseconds; 0 before the first bucket.
    pub(super) bucket_ns: u64,
    /// The traffic in packets without a timestamp, which is not evaluated. This sum is kept when the conversations are
    /// cleared.
    pub(super) untimed: Volume,
}

/// The data with which the client of a conversation and its entry in the compliance scope are identified.
pub(super) struct Classifier<'t> {
    pub(super) clients: &'t [IpPrefix],
    pub(super) scope: &'t mut Scope,
    pub(super) catalog: &'t Catalog,
    pub(super) network: &'t Network,
}

impl Conversations {
    /// Adds flows that left a flow table together. The two directions of a conversation are matched among these flows.
    pub(super) fn add(&mut self, flows: &EvictedFlows, classifier: &mut Classifier<'_>) {
        self.widen(flows.bucket_ns.unwrap_or(1).max(1));
        let pairs = Pairs::of(&flows.records);
        let parts = parts(flows);
        for (own, record) in flows.records.iter().enumerate() {
            let other = pairs.partner(own).filter(|other| *other != own);
            if other.is_some_and(|other| other < own) {
                continue;
            }
            let reverse = other.and_then(|other| flows.records.get(other));
            let seen = conversation(record, reverse);
            let first = *seen.first;
            let key =
                if orient(seen, classifier.clients).client_is_source { first } else { first.reversed() };
            let begin = self.series.len();
            let (mut sent, mut received) = (Volume::default(), Volume::default());
            for (at, one) in [(Some(own), Some(record)), (other, reverse)] {
                let (Some(at), Some(one)) = (at, one) else { continue };
                let direction = if one.key == key { Direction::Out } else { Direction::In };
                let part = parts.get(at).cloned().and_then(|part| flows.series.get(part)).unwrap_or_default();
                let timed = sum(part);
                *if direction == Direction::Out { &mut sent } else { &mut received } += timed;
                self.untimed += rest(one, timed);
                self.series.extend(part.iter().map(|volume| Burst {
                    bucket: volume.bucket,
                    direction,
                    ip_bytes: volume.ip_bytes,
                }));
            }
            if self.series.len() == begin {
                continue;
            }
            let listed = classifier.network.stands_for(key.destination);
            let scoped = classifier.scope.entry(classifier.catalog, listed);
            self.list.push(Talk { key, sent, received, scoped, series: begin..self.series.len() });
        }
    }

    /// Widens the buckets if the buckets of a flow table are wider. The factor is a power of two, so no bucket is
    /// split.
    fn widen(&mut self, bucket_ns: u64) {
        if let Some(factor) = bucket_ns.checked_div(self.bucket_ns).filter(|factor| *factor > 1) {
            for burst in &mut self.series {
                burst.bucket /= factor;
            }
        }
        self.bucket_ns = self.bucket_ns.max(bucket_ns);
    }

    /// Removes conversations that have been evaluated.
    pub(super) fn clear(&mut self) {
        self.list.clear();
        self.series.clear();
    }
}

/// Returns the range in the series that belongs to each record. The series is ordered by record.
fn parts(flows: &EvictedFlows) -> Vec<Range<usize>> {
    let mut at = 0;
    let mut part = |flow: usize| {
        let begin = at;
        while flows.series.get(at).is_some_and(|volume| volume.flow as usize == flow) {
            at += 1;
        }
        begin..at
    };
    (0..flows.records.len()).map(&mut part).collect()
}

fn sum(series: &[BucketVolume]) -> Volume {
    let mut sum = Volume::default();
    for one in series {
        sum += Volume { packets: one.packets, frame_bytes: one.frame_bytes, ip_bytes: one.ip_bytes };
    }
    sum
}

/// Returns the traffic of a flow that is in no time bucket.
fn rest(record: &FlowRecord, timed: Volume) -> Volume {
    Volume {
        packets: record.packets.saturating_sub(timed.packets),
        frame_bytes: record.frame_bytes.saturating_sub(timed.frame_bytes),
        ip_bytes: record.ip_bytes.saturating_sub(timed.ip_bytes),
    }
}
