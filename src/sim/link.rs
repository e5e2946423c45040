//! Links: their queues, and the traffic that they carried.

use std::collections::BTreeMap;
use std::ops::AddAssign;

use super::queueing::{LinkFigures, Offer, Queue};
use super::scenario::LinkName;
use crate::sim::time_buckets::Buckets;
use crate::sim::volumes::Volume;

/// The direction of a packet. In a conversation: from the client, or to the client. On a link: from the company's
/// sites, or to them. On a link between sites: in the order of the link's sites, or against it. At an appliance: from
/// clients, or to them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// From the client or the company.
    Out,
    /// To the client or the company.
    In,
}

impl Direction {
    /// Both directions.
    pub const ALL: [Self; 2] = [Self::Out, Self::In];

    /// Returns the opposite direction.
    pub(super) const fn other(self) -> Self {
        match self {
            Self::Out => Self::In,
            Self::In => Self::Out,
        }
    }

    /// Returns the word used in every output.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Out => "out",
            Self::In => "in",
        }
    }
}

/// The traffic in one direction of a link, over the whole run or in a time bucket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Carried {
    /// The traffic that arrived at the link.
    pub offered: Volume,
    /// The traffic that left the link at its other end.
    pub delivered: Volume,
    /// The traffic that a full queue of the link dropped, or that exceeded the rate of its class.
    pub dropped: Volume,
    /// The traffic that was lost while the link was dead.
    pub black_holed: Volume,
    /// The longest wait before a packet's first bit was sent, in nanoseconds.
    pub max_wait_ns: u64,
    /// The sum of all waits, in nanoseconds.
    pub sum_wait_ns: u128,
}

impl AddAssign for Carried {
    fn add_assign(&mut self, other: Self) {
        self.offered += other.offered;
        self.delivered += other.delivered;
        self.dropped += other.dropped;
        self.black_holed += other.black_holed;
        self.max_wait_ns = self.max_wait_ns.max(other.max_wait_ns);
        self.sum_wait_ns += other.sum_wait_ns;
    }
}

impl Carried {
    /// Returns the outcome of a packet that was sent after waiting.
    pub(super) fn sent(volume: Volume, waited_ns: u64) -> Self {
        let sum_wait_ns = u128::from(waited_ns);
        Self { delivered: volume, max_wait_ns: waited_ns, sum_wait_ns, ..Self::default() }
    }

    /// Returns the mean wait of delivered packets in nanoseconds, rounded down.
    pub fn mean_wait_ns(&self) -> u64 {
        let packets = u128::from(self.delivered.packets.max(1));
        u64::try_from(self.sum_wait_ns / packets).unwrap_or(u64::MAX)
    }

    /// Returns the bytes that are accounted for. After the replay, they equal `offered`.
    pub fn accounted(&self) -> u64 {
        self.delivered.ip_bytes + self.dropped.ip_bytes + self.black_holed.ip_bytes
    }
}

/// What a link with one queue does with a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Carry {
    /// The packet is sent.
    Sent {
        /// The time at which the packet arrives at the other end.
        arrives_ns: u64,
        /// The time that the packet waited.
        waited_ns: u64,
    },
    /// The full queue dropped the packet.
    Dropped,
}

/// The index of a link in its [`Links`].
pub(super) type LinkIndex = u32;

/// Returns the key of a link and direction in [`Links::buckets`].
pub(super) fn bucket_key(link: LinkIndex, direction: Direction) -> u32 {
    link.saturating_mul(2).saturating_add(direction as u32)
}

/// All links in a run, by name. A link that several networks have in common is a single link.
#[derive(Clone, Debug)]
pub(super) struct Links {
    pub(super) names: Vec<LinkName>,
    index: BTreeMap<LinkName, LinkIndex>,
    queues: Vec<[Queue; 2]>,
    pub(super) totals: Vec<[Carried; 2]>,
    /// The buckets by [`bucket_key`].
    pub(super) buckets: Buckets<Carried>,
}

impl Links {
    pub(super) fn new(bucket_ns: u64) -> Self {
        Self {
            names: Vec::new(),
            index: BTreeMap::new(),
            queues: Vec::new(),
            totals: Vec::new(),
            buckets: Buckets::new(bucket_ns),
        }
    }

    /// Returns the index of a link, adding the link if it is new.
    pub(super) fn index(&mut self, name: &LinkName) -> LinkIndex {
        if let Some(known) = self.index.get(name) {
            return *known;
        }
        let index = LinkIndex::try_from(self.names.len()).unwrap_or(LinkIndex::MAX);
        self.names.push(name.clone());
        self.queues.push([Queue::default(); 2]);
        self.totals.push([Carried::default(); 2]);
        self.index.insert(name.clone(), index);
        index
    }

    /// Changes the figures of a link at a moment.
    pub(super) fn change(&mut self, now_ns: u64, name: &LinkName, figures: LinkFigures) {
        let index = self.index(name);
        for queue in self.queues.get_mut(index as usize).into_iter().flatten() {
            queue.change(now_ns, figures);
        }
    }

    /// Sends a packet over a link with one queue, and counts it.
    pub(super) fn carry(&mut self, now_ns: u64, at: (LinkIndex, Direction), volume: Volume) -> Carry {
        let (link, direction) = at;
        let queue = self.queues.get_mut(link as usize).and_then(|both| both.get_mut(direction as usize));
        let Some(queue) = queue else { return Carry::Sent { arrives_ns: now_ns, waited_ns: 0 } };
        let mut one = Carried { offered: volume, ..Carried::default() };
        let result = match queue.offer(now_ns, volume.ip_bytes) {
            Offer::Taken { leaves_ns, waited_ns } => {
                one += Carried::sent(volume, waited_ns);
                Carry::Sent { arrives_ns: leaves_ns.saturating_add(queue.delay_ns()), waited_ns }
            }
            Offer::Dropped => {
                one.dropped = volume;
                Carry::Dropped
            }
        };
        self.count(now_ns, at, one);
        result
    }

    /// Counts traffic that arrived at a link at a moment.
    pub(super) fn count(&mut self, now_ns: u64, (link, direction): (LinkIndex, Direction), one: Carried) {
        let total = self.totals.get_mut(link as usize).and_then(|both| both.get_mut(direction as usize));
        if let Some(total) = total {
            *total += one;
        }
        if let Some(sum) = self.buckets.at(bucket_key(link, direction), now_ns) {
            *sum += one;
        }
    }
}
