//! Amounts of traffic and their outcome.

use std::ops::{AddAssign, Mul};

/// An amount of traffic.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Volume {
    /// Packets.
    pub packets: u64,
    /// Bytes of whole frames on the wire.
    pub frame_bytes: u64,
    /// Bytes according to the IP header, which are the bytes that count on links.
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

/// Returns an amount times a factor in thousandths, rounded down, and limited to 2^64 - 1.
pub(super) fn scaled(amount: u64, thousandths: u64) -> u64 {
    let product = u128::from(amount) * u128::from(thousandths) / 1_000;
    u64::try_from(product).unwrap_or(u64::MAX)
}

impl Volume {
    /// Returns the traffic times a factor in thousandths. Each amount is rounded down.
    pub(super) fn scaled(self, thousandths: u64) -> Self {
        let [packets, frame_bytes, ip_bytes] =
            [self.packets, self.frame_bytes, self.ip_bytes].map(|amount| scaled(amount, thousandths));
        Self { packets, frame_bytes, ip_bytes }
    }
}

/// A number of conversations with their traffic.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Conversations.
    pub flows: u64,
    /// The traffic in both directions.
    pub volume: Volume,
}

impl Count {
    pub(super) fn add(&mut self, volume: Volume) {
        self.flows += 1;
        self.volume += volume;
    }

    /// Returns the same conversations with their traffic times a factor in thousandths.
    pub(super) fn scaled(self, thousandths: u64) -> Self {
        Self { volume: self.volume.scaled(thousandths), ..self }
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.flows += other.flows;
        self.volume += other.volume;
    }
}

/// The outcome of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum End {
    /// The packet arrives.
    Delivered,
    /// A full queue drops the packet.
    Congested,
    /// The packet is sent to a dead link whose failure has not been detected yet, or to an appliance that is down.
    BlackHoled,
    /// The packet is a reply that has no return path, or that a stateful device drops because it returns over another
    /// path.
    Asymmetric,
    /// The packet is dropped where its route points, for example by a discard route.
    Discarded,
    /// No route matches the packet.
    NoRoute,
    /// The path of the packet is unknown, or the packet is a reply and it is unknown whether it arrives. The reason is
    /// a missing input or conflicting sources.
    Unknown,
}

impl End {
    /// All outcomes, in the order of reports.
    pub const ALL: [Self; 7] = [
        Self::Delivered,
        Self::Congested,
        Self::BlackHoled,
        Self::Asymmetric,
        Self::Discarded,
        Self::NoRoute,
        Self::Unknown,
    ];

    /// Returns the word used in every output.
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

/// The offered traffic, and its outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// The offered traffic.
    pub offered: Volume,
    /// The traffic in `offered` that clients sent.
    pub sent: Volume,
    ends: [Volume; 7],
}

impl Tally {
    /// Returns the traffic with this outcome.
    pub fn get(&self, end: End) -> Volume {
        self.ends.get(end.index()).copied().unwrap_or_default()
    }

    /// Counts an outcome.
    pub(super) fn end(&mut self, end: End, volume: Volume) {
        if let Some(sum) = self.ends.get_mut(end.index()) {
            *sum += volume;
        }
    }

    /// Returns the traffic times a factor in thousandths.
    pub(super) fn scaled(self, thousandths: u64) -> Self {
        Self {
            offered: self.offered.scaled(thousandths),
            sent: self.sent.scaled(thousandths),
            ends: self.ends.map(|end| end.scaled(thousandths)),
        }
    }

    /// Returns the sum over all outcomes. After the replay, this sum equals `offered`.
    pub fn accounted(&self) -> Volume {
        let mut sum = Volume::default();
        for end in self.ends {
            sum += end;
        }
        sum
    }

    /// Returns the lost traffic, which is all traffic except delivered traffic and traffic with an unknown outcome.
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
