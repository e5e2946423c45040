//! What becomes of an existing flow, why, and what helps against it.

use std::fmt;

/// What becomes of an existing flow when a network changes; the best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Continuity {
    /// It goes on over the same session, from the same source.
    Kept,
    /// It goes on from the same source, over another session.
    Moved,
    /// It cannot be told.
    Unknown,
    /// It breaks and has to begin anew: its source changes, or a device does not know it.
    Reset,
    /// It breaks, and a new one fails too.
    Lost,
}

impl Continuity {
    /// All of them, the best first.
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

/// Why a flow goes on, or does not; in the order of [`Continuity`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ContinuityReason {
    /// The same session carries it, from the same source.
    SameSession,
    /// The other connection of the circuit carries it, from the same source.
    OtherConnection,
    /// Another circuit carries it, from the client's own address.
    OtherCircuit,
    /// Another path carries it, from the same source, past no device that has to know it.
    OtherPath,
    /// The pool that it is translated to afterwards holds some of the sources that it may have had.
    SourceMayChange,
    /// Another circuit carries it, from the same pool: whether the two translate by one table is not said.
    OtherTranslation,
    /// The path before or after is ambiguous or unknown.
    PathUnknown,
    /// Nobody can tell whether its answers arrive, before or after.
    ReturnUnknown,
    /// It is translated to another source.
    SourceChanges,
    /// It keeps its source, but leaves past a stateful device that saw no beginning of it.
    OtherDevice,
    /// Its packets leave, and answers are dropped or find no way back.
    NoWayBack,
    /// Its packets are dropped where they arrive.
    Discarded,
    /// Nothing leads to its destination.
    NoRoute,
}

impl ContinuityReason {
    /// All of them, the best first.
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

    /// What happens, as one sentence without a full stop.
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
                "another circuit, same NAT pool, perhaps with a translation table of its own"
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

    /// What helps; empty where nothing is wrong or only the path can be mended.
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
