//! The time when a packet was captured, if the file records it.

/// The capture time of a packet: nanoseconds since 1970-01-01 00:00 UTC, or none if the capture has no time
/// for it (a Simple Packet Block of pcapng, draft-ietf-opsawg-pcapng section 4.4).
///
/// Ordered by time; packets without a time sort last.
// One word, because every packet has one: times are 0..=i64::MAX, and "no time" has all bits set. Read as
// unsigned it is later than every time; read as signed it is earlier than all times. So neither the minimum
// nor the maximum time of a flow needs a check for a missing time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PacketTime(u64);

impl PacketTime {
    /// No time.
    pub const NONE: Self = Self(u64::MAX);
    /// The latest time, 2262-04-11 23:47:16.854775807 UTC: the largest number of nanoseconds in 63 bits.
    pub const MAX_NS: u64 = i64::MAX.cast_unsigned();

    /// Creates a time from nanoseconds since 1970; later times are clamped to [`Self::MAX_NS`].
    #[inline]
    pub const fn at(nanoseconds: u64) -> Self {
        if nanoseconds > Self::MAX_NS { Self(Self::MAX_NS) } else { Self(nanoseconds) }
    }

    /// Returns the nanoseconds since 1970; `None` if there is no time.
    #[inline]
    pub const fn ns(self) -> Option<u64> {
        if self.0 > Self::MAX_NS { None } else { Some(self.0) }
    }

    /// Returns whether there is a time.
    #[inline]
    pub const fn is_known(self) -> bool {
        self.0 <= Self::MAX_NS
    }

    /// Returns the earlier of two times, or the known one if the other is unknown.
    #[inline]
    #[must_use]
    pub fn earlier(self, other: Self) -> Self {
        Self(self.0.min(other.0))
    }

    /// Returns the later of two times, or the known one if the other is unknown.
    #[inline]
    #[must_use]
    pub fn later(self, other: Self) -> Self {
        Self(self.0.cast_signed().max(other.0.cast_signed()).cast_unsigned())
    }

    /// Works like [`Self::at`], for a time in a format that cannot exceed [`Self::MAX_NS`].
    #[inline]
    pub(super) fn in_range(nanoseconds: u64) -> Self {
        debug_assert!(nanoseconds <= Self::MAX_NS, "32 bits of seconds end in 2106");
        Self(nanoseconds)
    }

    /// Returns a number that grows with time and is smallest if there is no time.
    #[inline]
    pub(super) fn age(self) -> u64 {
        self.0.wrapping_add(1)
    }
}

impl Default for PacketTime {
    fn default() -> Self {
        Self::NONE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_time_is_no_moment_and_yields_to_every_time() {
        let none = PacketTime::NONE;
        assert_eq!((none.ns(), none.is_known(), none.age()), (None, false, 0));
        for ns in [0, 1, 1_700_000_000_000_000_000, PacketTime::MAX_NS - 1, PacketTime::MAX_NS] {
            let time = PacketTime::at(ns);
            assert_eq!((time.ns(), time.age()), (Some(ns), ns + 1));
            assert_eq!([time.earlier(none), none.earlier(time)], [time; 2]);
            assert_eq!([time.later(none), none.later(time)], [time; 2]);
            assert!(time < none);
        }
        let (early, late) = (PacketTime::at(7), PacketTime::at(9));
        assert_eq!((early.earlier(late), late.later(early)), (early, late));
        for ns in [PacketTime::MAX_NS + 1, u64::MAX] {
            assert_eq!(PacketTime::at(ns).ns(), Some(PacketTime::MAX_NS));
        }
    }
}
