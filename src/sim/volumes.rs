//! Amounts of traffic, and what became of them.

use std::ops::{AddAssign, Mul};

/// An amount of traffic.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Volume {
    /// Packets.
    pub packets: u64,
    /// Bytes of whole frames on the wire.
    pub frame_bytes: u64,
    /// Bytes by the IP header: what links carry.
    pub ip_bytes: u64,
}

impl AddAssign for Volume {
    fn add_assign(&mut self, other: Self) {
        self.packets += other.packets;
        self.frame_bytes += other.frame_bytes;
        self.ip_bytes += other.ip_bytes;
    }
}

impl Mul<u64> for Volume {
    type Output = Self;

    fn mul(self, times: u64) -> Self {
        Self {
            packets: self.packets * times,
            frame_bytes: self.frame_bytes * times,
            ip_bytes: self.ip_bytes * times,
        }
    }
}

/// Conversations and what they carried.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Conversations.
    pub flows: u64,
    /// Both directions.
    pub volume: Volume,
}

impl Count {
    pub(super) fn add(&mut self, volume: Volume) {
        self.flows += 1;
        self.volume += volume;
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.flows += other.flows;
        self.volume += other.volume;
    }
}

/// What becomes of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum End {
    /// It arrives.
    Delivered,
    /// A full queue drops it.
    Congested,
    /// It enters a wire that is dead, while nobody has noticed, or an appliance that is down.
    BlackHoled,
    /// It is an answer that a stateful device drops since it comes another way, or that has no way back.
    Asymmetric,
    /// A route leads to where it is dropped.
    Discarded,
    /// Nothing leads there.
    NoRoute,
    /// Which way it goes is not known, or of an answer whether it arrives: an input is missing, or the sources conflict.
    Unknown,
}

impl End {
    /// All of them, in the order of reports.
    pub const ALL: [Self; 7] = [
        Self::Delivered,
        Self::Congested,
        Self::BlackHoled,
        Self::Asymmetric,
        Self::Discarded,
        Self::NoRoute,
        Self::Unknown,
    ];

    /// The word used in every output.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Congested => "congested",
            Self::BlackHoled => "black-holed",
            Self::Asymmetric => "dropped-by-asymmetry",
            Self::Discarded => "discarded",
            Self::NoRoute => "no-route",
            Self::Unknown => "unknown",
        }
    }

    const fn index(self) -> usize {
        self as usize
    }
}

/// What went in, and what became of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// What went in.
    pub offered: Volume,
    /// Of `offered`, what clients sent.
    pub sent: Volume,
    ends: [Volume; 7],
}

impl Tally {
    /// What had this end.
    pub fn get(&self, end: End) -> Volume {
        self.ends.get(end.index()).copied().unwrap_or_default()
    }

    /// Counts an end.
    pub(super) fn end(&mut self, end: End, volume: Volume) {
        if let Some(sum) = self.ends.get_mut(end.index()) {
            *sum += volume;
        }
    }

    /// The sum of all ends; in the end it is `offered`.
    pub fn accounted(&self) -> Volume {
        let mut sum = Volume::default();
        for end in self.ends {
            sum += end;
        }
        sum
    }

    /// What did not arrive: everything but what was delivered and what is not known.
    pub fn lost(&self) -> Volume {
        let mut sum = Volume::default();
        for end in [End::Congested, End::BlackHoled, End::Asymmetric, End::Discarded, End::NoRoute] {
            sum += self.get(end);
        }
        sum
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.offered += other.offered;
        self.sent += other.sent;
        for (sum, more) in self.ends.iter_mut().zip(other.ends) {
            *sum += more;
        }
    }
}
