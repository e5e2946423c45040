//! The outcome for an existing flow, with its reason and remedy.

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
    /// The flow breaks, and a new flow would fail too.
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
    /// The same session carries the flow, from the same source address.
    SameSession,
    /// The other connection of the circuit carries the flow, from the same source address.
    OtherConnection,
    /// Another circuit carries the flow, from the client's own address.
    OtherCircuit,
    /// Another path carries the flow, from the same source address. The flow leaves through no stateful device other than
    /// the one that it used before.
    OtherPath,
    /// The new NAT pool contains only some of the source addresses that the flow may have had.
    SourceMayChange,
    /// Another circuit carries the flow, from the same NAT pool. It is unknown whether both circuits share one
    /// translation table.
    OtherTranslation,
    /// The path before or after is ambiguous or unknown.
    PathUnknown,
    /// It is unknown whether replies arrive, before the change or after it.
    ReturnUnknown,
    /// The flow is translated to another source address.
    SourceChanges,
    /// The flow keeps its source address, but passes a stateful device that has no session for it.
    OtherDevice,
    /// Packets of the flow leave, but the replies are dropped or have no return path.
    NoWayBack,
    /// Packets of the flow are dropped where they arrive.
    Discarded,
    /// No route leads to the flow's destination.
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

    /// Returns the outcome for the flow.
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

    /// Describes the reason in one sentence without a full stop.
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
                "another circuit with the same NAT pool, which may have a separate translation table"
            }
            Self::PathUnknown => "the path before or after is unknown",
            Self::ReturnUnknown => "it is unknown whether replies arrive, before the change or after it",
            Self::SourceChanges => {
                "the source address of the flow changes, so the flow must be re-established"
            }
            Self::OtherDevice => "the flow reaches a stateful device that has no session for it",
            Self::NoWayBack => "packets leave, but the replies do not arrive",
            Self::Discarded => "packets are dropped where they arrive",
            Self::NoRoute => "no route leads to the destination",
        }
    }

    /// Returns the remedy; empty if nothing is wrong, or if only the path can be repaired.
    pub const fn remedy(self) -> &'static str {
        match self {
            Self::SourceChanges | Self::SourceMayChange => {
                "if flows must survive a failure, translate to one NAT pool before the connections diverge"
            }
            Self::OtherTranslation => {
                "translate packets for both circuits in one place, or give each circuit its own NAT pool"
            }
            Self::OtherDevice => {
                "make both devices share their session state, or accept that flows must be re-established"
            }
            Self::NoWayBack | Self::ReturnUnknown => {
                "run `explain` for the destination after the change to see its return path"
            }
            _ => "",
        }
    }
}

impl fmt::Display for ContinuityReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}
