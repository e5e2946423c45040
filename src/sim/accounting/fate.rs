//! What became of conversations: the words and figures of it.

use std::net::IpAddr;

use crate::addr::FlowKey;
use crate::engine::{Disposition, ReturnVerdict};
use crate::sim::paths::conversation::Route;
use crate::sim::scenario::SessionName;
use crate::sim::volumes::{End, Tally, Volume};

/// What became of a conversation, the mildest first. It may have several; it counts once by the gravest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fate {
    /// It went one way, and everything arrived.
    Kept,
    /// Its path, circuit, connection or way back changed; its source and stateful device did not.
    Moved,
    /// A part of it has no known path, or it cannot be told whether its answers arrive, or whether it lives through a
    /// change.
    Unknown,
    /// A full queue dropped some of it.
    Congested,
    /// Its public source, or the stateful device before it, changed: what was open breaks.
    Reset,
    /// Some of it was lost on a dead wire, or in an appliance that was down.
    BlackHoled,
    /// Answers were dropped since they come another way, or have none.
    Asymmetric,
    /// For some time its packets were dropped where they arrived.
    Discarded,
    /// For some time nothing led to it.
    NoRoute,
    /// It is in the compliance scope and went over the internet.
    Leaked,
}

impl Fate {
    /// All of them, the mildest first.
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

    /// The word used in every output.
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

/// A path as reports name it: where packets go, and over which session.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PathLabel {
    /// The path.
    pub disposition: Disposition,
    /// The session, where one carries it.
    pub via: Option<SessionName>,
}

impl From<&Route> for PathLabel {
    fn from(route: &Route) -> Self {
        Self { disposition: route.disposition, via: route.via.clone() }
    }
}

/// What became of one conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlowFate {
    /// The five-tuple from the client's side.
    pub key: FlowKey,
    /// Its first packet, in nanoseconds after the first of the replay.
    pub first_ns: u64,
    /// Its last packet.
    pub last_ns: u64,
    /// All of its fates, the gravest first.
    pub fates: Vec<Fate>,
    /// How often its way changed and it could go on.
    pub moves: u32,
    /// How often it cannot be told.
    pub doubts: u32,
    /// How often it could not.
    pub resets: u32,
    /// What it offered, and what became of it.
    pub tally: Tally,
    /// What it offered after its first move.
    pub after_move: Volume,
    /// What it offered on a known path after it could first not be told whether it goes on.
    pub after_doubt: Volume,
    /// What it offered after its first reset.
    pub after_reset: Volume,
    /// What of the compliance scope went over the internet.
    pub leaked: Volume,
    /// From the first packet lost on a dead wire to the next that was not, or to the last lost one; summed.
    pub outage_ns: u64,
    /// Its first path.
    pub first_path: Option<PathLabel>,
    /// Its last path.
    pub last_path: Option<PathLabel>,
    /// The session that its last answers came over.
    pub back: Option<SessionName>,
    /// What became of answers in the end, where the engine can tell.
    pub verdict: Option<ReturnVerdict>,
    /// The source after translation at first.
    pub first_source: Option<IpAddr>,
    /// The source after translation in the end.
    pub last_source: Option<IpAddr>,
}

impl FlowFate {
    /// How much of it had this fate; of `kept` all of it.
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

/// How much had a fate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FateSum {
    /// Conversations that had it.
    pub flows: u64,
    /// Of these, those whose gravest it was.
    pub gravest: u64,
    /// How much of them had it.
    pub volume: Volume,
    /// The longest outage of one of them, in nanoseconds.
    pub longest_outage_ns: u64,
}
