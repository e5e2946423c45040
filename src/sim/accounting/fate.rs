//! The fates of conversations, as words and figures.

use std::net::IpAddr;

use crate::addr::FlowKey;
use crate::engine::{Disposition, ReturnVerdict};
use crate::sim::paths::conversation::Route;
use crate::sim::scenario::SessionName;
use crate::sim::volumes::{End, Tally, Volume};

/// The fate of a conversation, from the mildest to the most severe. A conversation may have several fates, and is
/// counted once, under the most severe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fate {
    /// The path did not change, and everything arrived.
    Kept,
    /// The path, circuit, connection or return path changed, but not the source address or the stateful device.
    Moved,
    /// The path of some packets is unknown, or it is unknown whether replies arrive or whether the conversation
    /// survives a change.
    Unknown,
    /// A full queue dropped some packets.
    Congested,
    /// The public source address or the stateful device on the path changed, so open sessions are interrupted.
    Reset,
    /// Some packets were lost on a dead link, or in an appliance that was down.
    BlackHoled,
    /// Replies were dropped because they return over another path, or have no return path.
    Asymmetric,
    /// For some time, the packets were dropped where their route points, for example by a discard route.
    Discarded,
    /// For some time, no route matched the packets.
    NoRoute,
    /// The conversation is in the compliance scope and used the internet.
    Leaked,
}

impl Fate {
    /// All fates, the mildest first.
    pub const ALL: [Self; 10] = [
        Self::Kept,
        Self::Moved,
        Self::Unknown,
        Self::Congested,
        Self::Reset,
        Self::BlackHoled,
        Self::Asymmetric,
        Self::Discarded,
        Self::NoRoute,
        Self::Leaked,
    ];

    /// Returns the word used in every output.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Unknown => "unknown",
            Self::Moved => "moved",
            Self::Congested => "congested",
            Self::Reset => "reset",
            Self::BlackHoled => "black-holed",
            Self::Asymmetric => "dropped-by-asymmetry",
            Self::Discarded => "discarded",
            Self::NoRoute => "no-route",
            Self::Leaked => "leaked",
        }
    }
}

/// A path as named in reports: the disposition and the session.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PathLabel {
    /// The path.
    pub disposition: Disposition,
    /// The session, if the path uses one.
    pub via: Option<SessionName>,
}

impl From<&Route> for PathLabel {
    fn from(route: &Route) -> Self {
        Self { disposition: route.disposition, via: route.via.clone() }
    }
}

/// The fates of one conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlowFate {
    /// The five-tuple, seen from the client.
    pub key: FlowKey,
    /// The time of the conversation's first packet, in nanoseconds after the first packet of the replay.
    pub first_ns: u64,
    /// The time of the conversation's last packet, in nanoseconds after the first packet of the replay.
    pub last_ns: u64,
    /// All fates of the conversation, the most severe first.
    pub fates: Vec<Fate>,
    /// The number of path changes that the conversation survived.
    pub moves: u32,
    /// The number of path changes for which it is unknown whether the conversation survived; at least 1 if it is unknown
    /// whether replies arrive.
    pub doubts: u32,
    /// The number of path changes that the conversation did not survive.
    pub resets: u32,
    /// The offered traffic and its outcome.
    pub tally: Tally,
    /// The traffic offered after the first move.
    pub after_move: Volume,
    /// The traffic offered on a known path after it first became unknown whether the conversation continues or whether
    /// replies arrive.
    pub after_doubt: Volume,
    /// The traffic offered after the first reset.
    pub after_reset: Volume,
    /// The traffic in the compliance scope that used the internet.
    pub leaked: Volume,
    /// The total duration of the conversation's outages. An outage lasts from the first packet lost on a dead link to
    /// the next packet that was not lost, or to the last lost packet.
    pub outage_ns: u64,
    /// The first path of the conversation.
    pub first_path: Option<PathLabel>,
    /// The last path of the conversation.
    pub last_path: Option<PathLabel>,
    /// The session over which the last replies arrived.
    pub back: Option<SessionName>,
    /// The verdict on the last replies, if known.
    pub verdict: Option<ReturnVerdict>,
    /// The first source address after translation.
    pub first_source: Option<IpAddr>,
    /// The last source address after translation.
    pub last_source: Option<IpAddr>,
}

impl FlowFate {
    /// Returns how much of the conversation's traffic had this fate; for `kept`, all of it.
    pub fn amount(&self, fate: Fate) -> Volume {
        match fate {
            Fate::Kept => self.tally.offered,
            Fate::Moved => self.after_move,
            Fate::Unknown => {
                let mut sum = self.tally.get(End::Unknown);
                sum += self.after_doubt;
                sum
            }
            Fate::Congested => self.tally.get(End::Congested),
            Fate::Reset => self.after_reset,
            Fate::BlackHoled => self.tally.get(End::BlackHoled),
            Fate::Asymmetric => self.tally.get(End::Asymmetric),
            Fate::Discarded => self.tally.get(End::Discarded),
            Fate::NoRoute => self.tally.get(End::NoRoute),
            Fate::Leaked => self.leaked,
        }
    }
}

/// The traffic with a fate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FateSum {
    /// The number of conversations with this fate.
    pub flows: u64,
    /// The number of conversations for which this fate was the most severe.
    pub gravest: u64,
    /// The traffic that had this fate.
    pub volume: Volume,
    /// The longest outage of any conversation with this fate, in nanoseconds.
    pub longest_outage_ns: u64,
}
