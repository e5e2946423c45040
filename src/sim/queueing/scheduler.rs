//! The scheduler of one direction of a link.

use std::collections::VecDeque;

use super::fifo::LinkFigures;
use super::limit::TokenBucket;
use crate::sim::scenario::{QosClass, Service};

const NS: u128 = 1_000_000_000;

/// The result of offering a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sim) enum Admission<T> {
    /// The link is idle, and the packet is being sent.
    Started(Started<T>),
    /// The packet waits.
    Waits,
    /// The buffer of the class is full.
    Full,
    /// The packet exceeds the limit of the class.
    Limited,
}

/// A packet whose transmission starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sim) struct Started<T> {
    pub(in crate::sim) packet: T,
    /// The index of the class.
    pub(in crate::sim) class: usize,
    /// The time that the packet waited before its first bit was sent, in nanoseconds, rounded up.
    pub(in crate::sim) waited_ns: u64,
    /// The time at which the last bit has been sent, in nanoseconds, rounded up.
    pub(in crate::sim) leaves_ns: u64,
}

/// The queues of one direction of a link, and its transmitter.
#[derive(Clone, Debug)]
pub(in crate::sim) struct Scheduler<T> {
    figures: LinkFigures,
    /// The number of rates that the link had before the present one.
    era: u32,
    classes: Vec<ClassQueue<T>>,
    /// The least common multiple of the weights: the unit of tags is a byte divided by it.
    unit: u128,
    /// The tag of the last packet of a class with a weight that was started.
    tag: u128,
    sending: Option<Sending>,
}

/// The queue of a class.
#[derive(Clone, Debug)]
struct ClassQueue<T> {
    /// The weight, or `None` for strict priority.
    weight: Option<u32>,
    limit: Option<TokenBucket>,
    buffer: Option<u64>,
    waiting: VecDeque<Waiting<T>>,
    /// The bytes in `waiting`.
    bytes: u64,
    /// The tag of the last packet that arrived.
    last_tag: u128,
}

#[derive(Clone, Copy, Debug)]
struct Waiting<T> {
    packet: T,
    bytes: u64,
    arrived_ns: u64,
    tag: u128,
    /// The rate of the link when the packet arrived: a new rate applies to later packets.
    rate: u64,
    era: u32,
}

/// The packet that is being sent.
#[derive(Clone, Copy, Debug)]
struct Sending {
    class: usize,
    /// The end of the transmission in nanoseconds × `rate`, in which it is a whole number.
    ends: u128,
    rate: u64,
    era: u32,
}

impl Sending {
    /// Returns the first whole nanosecond at which the transmission has ended.
    fn ends_ns(&self) -> u64 {
        narrow(self.ends.div_ceil(u128::from(self.rate)))
    }
}

impl<T: Copy> Scheduler<T> {
    /// Creates an idle scheduler.
    pub(in crate::sim) fn new(figures: LinkFigures, classes: &[QosClass]) -> Self {
        let weights = classes.iter().filter_map(|class| match class.service {
            Service::Weight(weight) => Some(u128::from(weight.max(1))),
            Service::Priority(_) => None,
        });
        let queue = |class: &QosClass| {
            let (weight, limit) = match class.service {
                Service::Weight(weight) => (Some(weight.max(1)), None),
                Service::Priority(limit) => (None, limit.map(TokenBucket::new)),
            };
            let waiting = VecDeque::new();
            ClassQueue { weight, limit, buffer: class.buffer, waiting, bytes: 0, last_tag: 0 }
        };
        Self {
            figures,
            era: 0,
            unit: weights.fold(1, least_common_multiple),
            classes: classes.iter().map(queue).collect(),
            tag: 0,
            sending: None,
        }
    }

    /// Changes the figures of the link. A new rate applies to packets that arrive afterwards.
    pub(in crate::sim) fn change(&mut self, figures: LinkFigures) {
        self.era += u32::from(self.figures.rate != figures.rate);
        self.figures = figures;
    }

    /// Returns the one-way delay in nanoseconds.
    pub(in crate::sim) fn delay_ns(&self) -> u64 {
        self.figures.delay_ns.unwrap_or(0)
    }

    /// Returns the first whole nanosecond at which the present transmission has ended. [`Self::complete`] must be called
    /// then, before any packet is offered.
    pub(in crate::sim) fn completes_ns(&self) -> Option<u64> {
        self.sending.as_ref().map(Sending::ends_ns)
    }

    /// Offers a packet to a class. Moments must not go backwards. A link with an unknown rate sends each packet at once.
    ///
    /// # Complexity
    ///
    /// Constant.
    pub(in crate::sim) fn offer(&mut self, now_ns: u64, class: usize, bytes: u64, packet: T) -> Admission<T> {
        let rate = self.figures.rate.filter(|rate| *rate > 0);
        let (Some(rate), Some(queue)) = (rate, self.classes.get_mut(class)) else {
            return Admission::Started(Started { packet, class, waited_ns: 0, leaves_ns: now_ns });
        };
        if queue.limit.as_mut().is_some_and(|limit| !limit.take(now_ns, bytes)) {
            return Admission::Limited;
        }
        let room = queue.buffer.or_else(|| self.figures.buffer_bytes()).map(bits);
        if let Some(sending) = &self.sending {
            let own = sending.ends.saturating_sub(u128::from(now_ns) * u128::from(sending.rate));
            let unsent = if sending.class == class { own } else { 0 };
            if room.is_some_and(|room| bits(queue.bytes) + unsent + bits(bytes) > room) {
                return Admission::Full;
            }
        }
        if let Some(weight) = queue.weight {
            let share = self.unit / u128::from(weight);
            queue.last_tag = queue.last_tag.max(self.tag) + u128::from(bytes) * share;
        }
        let tag = queue.last_tag;
        let waiting = Waiting { packet, bytes, arrived_ns: now_ns, tag, rate, era: self.era };
        if self.sending.is_none() {
            let start = u128::from(now_ns) * u128::from(rate);
            return Admission::Started(self.start(class, waiting, start));
        }
        queue.bytes += bytes;
        queue.waiting.push_back(waiting);
        Admission::Waits
    }

    /// Ends the present transmission, and starts the next one if a packet waits.
    ///
    /// # Complexity
    ///
    /// Linear in the number of classes.
    pub(in crate::sim) fn complete(&mut self) -> Option<Started<T>> {
        let ended = self.sending.take()?;
        let class = self.next_class()?;
        let queue = self.classes.get_mut(class)?;
        let waiting = queue.waiting.pop_front()?;
        queue.bytes -= waiting.bytes;
        // Without a change of the rate, the next transmission starts between two nanoseconds if this one ends there.
        let start = if ended.era == waiting.era {
            ended.ends
        } else {
            u128::from(ended.ends_ns()) * u128::from(waiting.rate)
        };
        Some(self.start(class, waiting, start))
    }

    /// Returns the bytes that wait in all classes, without the packet that is being sent.
    #[cfg(test)]
    pub(super) fn waiting_bytes(&self) -> u64 {
        self.classes.iter().map(|queue| queue.bytes).sum()
    }

    /// Returns the class of the packet that is next.
    fn next_class(&self) -> Option<usize> {
        let heads = || {
            let heads = self.classes.iter().enumerate();
            heads.filter_map(|(index, queue)| Some((index, queue.weight, queue.waiting.front()?.tag)))
        };
        let first = heads().find(|(_, weight, _)| weight.is_none());
        let lowest = || heads().min_by_key(|(index, _, tag)| (*tag, *index));
        first.or_else(lowest).map(|(index, ..)| index)
    }

    /// Starts to send a packet at a moment in nanoseconds × rate.
    fn start(&mut self, class: usize, waiting: Waiting<T>, start: u128) -> Started<T> {
        let rate = u128::from(waiting.rate);
        if self.classes.get(class).is_some_and(|queue| queue.weight.is_some()) {
            self.tag = waiting.tag;
        }
        let sending =
            Sending { class, ends: start + bits(waiting.bytes), rate: waiting.rate, era: waiting.era };
        let waited = start.saturating_sub(u128::from(waiting.arrived_ns) * rate);
        self.sending = Some(sending);
        Started {
            packet: waiting.packet,
            class,
            waited_ns: narrow(waited.div_ceil(rate)),
            leaves_ns: sending.ends_ns(),
        }
    }
}

/// Returns the time that a link of 1 bit/s needs for these bytes, in nanoseconds.
fn bits(bytes: u64) -> u128 {
    u128::from(bytes) * 8 * NS
}

fn narrow(value: u128) -> u64 {
    u64::try_from(value).unwrap_or(u64::MAX)
}

fn least_common_multiple(left: u128, right: u128) -> u128 {
    let (mut divisor, mut rest) = (left, right);
    while rest > 0 {
        (divisor, rest) = (rest, divisor % rest);
    }
    left / divisor.max(1) * right
}
