//! A FIFO queue in front of one direction of a link, in exact integer arithmetic.
//!
//! A packet of `b` bytes occupies a link with rate `r` for `8 × b / r` seconds. This time is rarely a whole number of
//! nanoseconds, so a queue counts in nanosecond × bit/s, in which the time is always a whole number. The backlog
//! includes the unsent part of the packet that is being transmitted. A packet that finds the link busy is dropped if
//! the backlog and its own bytes exceed the buffer. A packet that finds the link idle is always accepted. A packet
//! leaves at the first whole nanosecond at which its last bit has been sent, and arrives `delay` later.
//!
//! A changed rate applies to packets that arrive after the change. Packets that are already waiting leave at the same
//! time as they would have left without the change.

const NS: u128 = 1_000_000_000;
/// The default buffer of a link with a known rate: the bytes that the link sends in this many milliseconds, about one
/// round trip across a continent.
pub const DEFAULT_BUFFER_MS: u64 = 50;

/// The figures of a link, which are the same in both directions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LinkFigures {
    /// Bits per second; `None` if unknown, in which case the link never fills.
    pub rate: Option<u64>,
    /// Bytes that may wait; `None` for the default buffer, see [`DEFAULT_BUFFER_MS`].
    pub buffer: Option<u64>,
    /// The one-way delay in nanoseconds; `None` if unknown, in which case it counts as 0.
    pub delay_ns: Option<u64>,
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
        self.figures.delay_ns.unwrap_or(0)
    }
}

/// Returns the maximum backlog in nanoseconds × bit/s.
fn room(figures: LinkFigures) -> Option<u128> {
    figures.buffer_bytes().map(|bytes| u128::from(bytes) * 8 * NS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue(rate: u64, buffer: u64) -> Queue {
        Queue::new(LinkFigures { rate: Some(rate), buffer: Some(buffer), delay_ns: None })
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
        queue
            .change(500_000, LinkFigures { rate: Some(80_000_000), buffer: Some(10_000), delay_ns: Some(5) });
        // The waiting packet leaves at 1 ms as before, followed by 1,000 bytes at ten times the rate.
        assert_eq!(queue.offer(500_000, 1_000), taken(1_100_000, 500_000));
        queue.change(600_000, LinkFigures::default());
        assert_eq!(queue.offer(600_000, 1_000), taken(600_000, 0));
        assert_eq!(LinkFigures { rate: Some(8_000_000), ..Default::default() }.buffer_bytes(), Some(50_000));
    }
}
