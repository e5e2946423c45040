//! Links: a FIFO queue in each direction, in exact integer arithmetic.
//!
//! A packet of `b` bytes occupies a link with rate `r` for `8 × b / r` seconds. This time is rarely a whole number of
//! nanoseconds, so a queue counts in nanosecond × bit/s, in which the time is always a whole number. The backlog
//! includes the unsent part of the packet that is being transmitted. A packet that finds the link busy is dropped if
//! the backlog and its own bytes exceed the buffer. A packet that finds the link idle is always accepted. A packet
//! leaves at the first whole nanosecond at which its last bit has been sent, and arrives `delay` later.
//!
//! A changed rate applies to packets that arrive after the change. Packets that are already waiting leave at the same
//! time as they would have left without the change.

use std::collections::BTreeMap;
use std::ops::AddAssign;

use super::scenario::LinkName;
use crate::sim::time_buckets::Buckets;
use crate::sim::volumes::Volume;

const NS: u128 = 1_000_000_000;
/// The default buffer of a link with a known rate: the bytes that the link sends in this many milliseconds, about one
/// round trip across a continent.
pub const DEFAULT_BUFFER_MS: u64 = 50;

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

/// The figures of a link, which are the same in both directions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LinkFigures {
    /// Bits per second; `None` if unknown, in which case the link never fills.
    pub rate: Option<u64>,
    /// Bytes that may wait; `None` for the default buffer, see [`DEFAULT_BUFFER_MS`].
    pub buffer: Option<u64>,
    /// The one-way delay in nanoseconds.
    pub delay_ns: u64,
}

impl LinkFigures {
    /// Returns the number of bytes that may wait, or `None` if the rate is unknown.
    pub fn buffer_bytes(&self) -> Option<u64> {
        let rate = self.rate?;
        let default = u128::from(rate) * u128::from(DEFAULT_BUFFER_MS) / 8_000;
        self.buffer.or_else(|| u64::try_from(default).ok())
    }
}

/// The result of offering a packet to a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offer {
    /// The packet is sent.
    Taken {
        /// The time at which the last bit of the packet has been sent, in nanoseconds.
        leaves_ns: u64,
        /// The time that the packet waits before its first bit is sent, in nanoseconds, rounded up.
        waited_ns: u64,
    },
    /// The packet is dropped.
    Dropped,
}

/// A FIFO queue in front of one direction of a link.
#[derive(Clone, Copy, Debug, Default)]
pub struct Queue {
    figures: LinkFigures,
    /// The maximum backlog in the unit of `busy`; `None` for unlimited.
    room: Option<u128>,
    /// The time at which all accepted packets have been sent, in nanoseconds × bit/s.
    busy: u128,
}

impl Queue {
    /// Creates an empty queue.
    pub fn new(figures: LinkFigures) -> Self {
        Self { figures, room: room(figures), busy: 0 }
    }

    /// Changes the figures of the queue at a moment.
    pub fn change(&mut self, now_ns: u64, figures: LinkFigures) {
        if self.figures.rate != figures.rate {
            let left_ns = self.figures.rate.filter(|rate| *rate > 0).map_or(0, |rate| {
                let rate = u128::from(rate);
                self.busy.saturating_sub(u128::from(now_ns) * rate).div_ceil(rate)
            });
            self.busy = (u128::from(now_ns) + left_ns) * u128::from(figures.rate.unwrap_or(0));
        }
        (self.figures, self.room) = (figures, room(figures));
    }

    /// Offers a packet of `bytes` bytes at a moment, which must not be earlier than the moment of the previous packet.
    pub fn offer(&mut self, now_ns: u64, bytes: u64) -> Offer {
        let Some(rate) = self.figures.rate.filter(|rate| *rate > 0) else {
            return Offer::Taken { leaves_ns: now_ns, waited_ns: 0 };
        };
        let rate = u128::from(rate);
        let now = u128::from(now_ns) * rate;
        let backlog = self.busy.saturating_sub(now);
        let work = u128::from(bytes) * 8 * NS;
        if backlog > 0 && self.room.is_some_and(|room| backlog + work > room) {
            return Offer::Dropped;
        }
        self.busy = now + backlog + work;
        // `now` is a multiple of the rate. If it is left out, the dividend nearly always fits into 64 bits, which makes
        // the division several times faster.
        let leaves_ns = u128::from(now_ns) + (backlog + work).div_ceil(rate);
        let leaves_ns = u64::try_from(leaves_ns).unwrap_or(u64::MAX);
        let waited_ns = u64::try_from(backlog.div_ceil(rate)).unwrap_or(u64::MAX);
        Offer::Taken { leaves_ns, waited_ns }
    }

    /// Returns the one-way delay in nanoseconds.
    pub fn delay_ns(&self) -> u64 {
        self.figures.delay_ns
    }
}

/// Returns the maximum backlog in nanoseconds × bit/s.
fn room(figures: LinkFigures) -> Option<u128> {
    figures.buffer_bytes().map(|bytes| u128::from(bytes) * 8 * NS)
}

/// The traffic in one direction of a link, over the whole run or in a time bucket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Carried {
    /// The traffic that arrived at the link.
    pub offered: Volume,
    /// The traffic that left the link at its other end.
    pub delivered: Volume,
    /// The traffic that the link's full queue dropped.
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

    /// Sends a packet over a link. Returns the time at which the packet arrives at the other end, or an error if the
    /// packet is lost. The error is `true` if a full queue dropped the packet.
    pub(super) fn carry(
        &mut self,
        now_ns: u64,
        (link, direction): (LinkIndex, Direction),
        volume: Volume,
        dead: bool,
    ) -> Result<u64, bool> {
        let mut one = Carried { offered: volume, ..Carried::default() };
        let queue = self.queues.get_mut(link as usize).and_then(|both| both.get_mut(direction as usize));
        let result = match queue {
            Some(_) if dead => {
                one.black_holed = volume;
                Err(false)
            }
            Some(queue) => match queue.offer(now_ns, volume.ip_bytes) {
                Offer::Taken { leaves_ns, waited_ns } => {
                    one.delivered = volume;
                    one.max_wait_ns = waited_ns;
                    one.sum_wait_ns = u128::from(waited_ns);
                    Ok(leaves_ns.saturating_add(queue.delay_ns()))
                }
                Offer::Dropped => {
                    one.dropped = volume;
                    Err(true)
                }
            },
            None => return Ok(now_ns),
        };
        if let Some(total) =
            self.totals.get_mut(link as usize).and_then(|both| both.get_mut(direction as usize))
        {
            *total += one;
        }
        if let Some(sum) = self.buckets.at(bucket_key(link, direction), now_ns) {
            *sum += one;
        }
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue(rate: u64, buffer: u64) -> Queue {
        Queue::new(LinkFigures { rate: Some(rate), buffer: Some(buffer), delay_ns: 0 })
    }

    fn taken(leaves_ns: u64, waited_ns: u64) -> Offer {
        Offer::Taken { leaves_ns, waited_ns }
    }

    /// Tests cases calculated by hand: at 8 Mbit/s, a byte takes a microsecond.
    #[test]
    fn small_cases_by_hand() {
        let mut queue = queue(8_000_000, 2_500);
        assert_eq!(queue.offer(0, 1_000), taken(1_000_000, 0));
        // 500 bytes of the first packet are left.
        assert_eq!(queue.offer(500_000, 1_000), taken(2_000_000, 500_000));
        // The 1,500 bytes left and the 1,000 bytes of this packet fill the buffer exactly.
        assert_eq!(queue.offer(500_000, 1_000), taken(3_000_000, 1_500_000));
        assert_eq!(queue.offer(500_000, 1), Offer::Dropped);
        // A microsecond later, there is room for one byte.
        assert_eq!(queue.offer(501_000, 2), Offer::Dropped);
        assert_eq!(queue.offer(501_000, 1), taken(3_001_000, 2_499_000));
        // An idle link accepts even a packet that exceeds the buffer.
        assert_eq!(queue.offer(9_000_000, 5_000), taken(14_000_000, 0));
    }

    /// Tests that rounding errors do not accumulate: at 3 bit/s, a byte takes 2.666… s and three bytes take exactly 8
    /// s.
    #[test]
    fn rounding_errors_do_not_accumulate() {
        let mut queue = queue(3, 1_000);
        assert_eq!(queue.offer(0, 1), taken(2_666_666_667, 0));
        assert_eq!(queue.offer(0, 1), taken(5_333_333_334, 2_666_666_667));
        assert_eq!(queue.offer(0, 1), taken(8_000_000_000, 5_333_333_334));
    }

    #[test]
    fn a_new_rate_applies_to_later_packets() {
        let mut queue = queue(8_000_000, 10_000);
        queue.offer(0, 1_000);
        queue.change(500_000, LinkFigures { rate: Some(80_000_000), buffer: Some(10_000), delay_ns: 5 });
        // The waiting packet leaves at 1 ms as before, followed by 1,000 bytes at ten times the rate.
        assert_eq!(queue.offer(500_000, 1_000), taken(1_100_000, 500_000));
        queue.change(600_000, LinkFigures::default());
        assert_eq!(queue.offer(600_000, 1_000), taken(600_000, 0));
        assert_eq!(LinkFigures { rate: Some(8_000_000), ..Default::default() }.buffer_bytes(), Some(50_000));
    }
}
