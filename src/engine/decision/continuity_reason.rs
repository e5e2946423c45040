//! The outcome for an existing flow, with reason and remedy.

use std::fmt;

/// The outcome for an existing flow when a network changes, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Continuity {
    /// The flow continues over the same session, from the same source.
    Kept,
    /// The flow continues from the same source, over another session.
    Moved,
    /// The outcome is unknown.
    Unknown,
    /// The flow breaks and must be re-established: its source changes, or a device has no session for it.
    Reset,
    /// The flow breaks, and a new one fails too.
    Lost,
}

impl Continuity {
    /// All outcomes, best first.
    pub const ALL: [Self; 5] = [Self::Kept, Self::Moved, Self::Unknown, Self::Reset, Self::Lost];

    /// The word used in every output.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Moved => "moved",
            Self::Unknown => "unknown",
            Self::Reset => "reset",
            Self::Lost => "lost",
        }
    }
}

impl fmt::Display for Continuity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// Why a flow continues or breaks, in the order of [`Continuity`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ContinuityReason {
    /// The same session carries it, from the same source.
    SameSession,
    /// The other connection of the circuit carries it, from the same source.
    OtherConnection,
    /// Another circuit carries it, from the client's own address.
    OtherCircuit,
    /// Another path carries it, from the same source, without a stateful device that has no session for it.
    OtherPath,
    /// The new NAT pool contains some of the sources that the flow may have had.
    SourceMayChange,
    /// Another circuit carries it, from the same pool. Whether the two share one translation table is not stated.
    OtherTranslation,
    /// The path before or after is ambiguous or unknown.
    PathUnknown,
    /// It is unknown whether its replies arrive, before or after.
    ReturnUnknown,
    /// It is translated to another source.
    SourceChanges,
    /// It keeps its source, but passes a stateful device that has no session for it.
    OtherDevice,
    /// Its packets leave, but the replies are dropped or have no return path.
    NoWayBack,
    /// Its packets are dropped where they arrive.
    Discarded,
    /// No route leads to its destination.
    NoRoute,
}

impl ContinuityReason {
    /// All reasons, best first.
    pub const ALL: [Self; 13] = [
        Self::SameSession,
        Self::OtherConnection,
        Self::OtherCircuit,
        Self::OtherPath,
        Self::SourceMayChange,
        Self::OtherTranslation,
        Self::PathUnknown,
        Self::ReturnUnknown,
        Self::SourceChanges,
        Self::OtherDevice,
        Self::NoWayBack,
        Self::Discarded,
        Self::NoRoute,
    ];

    /// What it means for the flow.
    pub const fn continuity(self) -> Continuity {
        match self {
            Self::SameSession => Continuity::Kept,
            Self::OtherConnection | Self::OtherCircuit | Self::OtherPath => Continuity::Moved,
            Self::SourceMayChange | Self::OtherTranslation | Self::PathUnknown | Self::ReturnUnknown => {
                Continuity::Unknown
            }
            Self::SourceChanges | Self::OtherDevice => Continuity::Reset,
            Self::NoWayBack | Self::Discarded | Self::NoRoute => Continuity::Lost,
        }
    }

    /// The name used in JSON.
    pub const fn word(self) -> &'static str {
        match self {
            Self::SameSession => "same-session",
            Self::OtherConnection => "other-connection",
            Self::OtherCircuit => "other-circuit",
            Self::OtherPath => "other-path",
            Self::SourceMayChange => "source-may-change",
            Self::OtherTranslation => "other-translation",
            Self::PathUnknown => "path-unknown",
            Self::ReturnUnknown => "return-unknown",
            Self::SourceChanges => "source-changes",
            Self::OtherDevice => "other-device",
            Self::NoWayBack => "no-way-back",
            Self::Discarded => "discarded",
            Self::NoRoute => "no-route",
        }
    }

    /// Describes what happens in one sentence without a full stop.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::SameSession => "same session, same source",
            Self::OtherConnection => "other connection of the circuit, same source",
            Self::OtherCircuit => "another circuit, with the client's own address",
            Self::OtherPath => "another path, same source",
            Self::SourceMayChange => {
                "the NAT pools before and after overlap only in part, so the source may change"
            }
            Self::OtherTranslation => {
                "another circuit, same NAT pool, possibly with a translation table of its own"
            }
            Self::PathUnknown => "the path before or after is unknown",
            Self::ReturnUnknown => "it is unknown whether replies arrive, before or after",
            Self::SourceChanges => "the flow gets another source and must be re-established",
            Self::OtherDevice => "the flow reaches a stateful device that has no session for it",
            Self::NoWayBack => "packets leave, but their replies do not arrive",
            Self::Discarded => "packets are dropped where they arrive",
            Self::NoRoute => "no route leads to the destination",
        }
    }

    /// The remedy; empty where nothing is wrong or only the path can be repaired.
    pub const fn remedy(self) -> &'static str {
        match self {
            Self::SourceChanges | Self::SourceMayChange => {
                "translate to one pool before the connections diverge, if flows must survive a failure"
            }
            Self::OtherTranslation => "translate both circuits in one place, or give each its own pool",
            Self::OtherDevice => {
                "let both devices share their state, or accept that flows must be re-established"
            }
            Self::NoWayBack | Self::ReturnUnknown => "explain the destination's return path after the change",
            _ => "",
        }
    }
}

impl fmt::Display for ContinuityReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}
