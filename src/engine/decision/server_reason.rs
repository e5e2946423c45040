//! What becomes of the answers to a connection from outside, why, and what helps.

use crate::network::CircuitId;

use super::comparison::ReturnVerdict;

/// Why the answers of a published server arrive, or do not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServerReason {
    /// The answer leaves where the packet came in.
    SameWay,
    /// The edge that the packet came in at translates its source, so the server answers to that edge.
    SourceTranslated,
    /// The packet comes over the internet, and the answer matches a route of a circuit.
    AnswerOverCircuit {
        /// The circuits.
        circuits: Vec<CircuitId>,
    },
    /// The packet comes over a circuit, and the answer matches no route of one.
    AnswerOverInternet {
        /// Whether the internet edge drops what it saw no beginning of.
        stateful: bool,
    },
    /// The answer may leave over the packet's circuit, or over others that tie with it.
    AnyCircuit {
        /// The circuits.
        circuits: Vec<CircuitId>,
    },
    /// The answer leaves over other circuits.
    OtherCircuit {
        /// The circuits.
        circuits: Vec<CircuitId>,
    },
    /// The packet comes in at another site's internet edge.
    OtherSite,
    /// The answer leaves over another path than Microsoft peering or the internet.
    OtherPath,
    /// Nothing leads to the remote end, or the answer is dropped where it arrives.
    NoWayOut,
    /// Over what the answer leaves cannot be told.
    AnswerUnknown,
    /// Nothing that is up advertises the server's address: no packet comes in.
    NotAdvertised,
}

impl ServerReason {
    /// What it means for the connection.
    pub const fn verdict(&self) -> ReturnVerdict {
        match self {
            Self::SameWay | Self::SourceTranslated => ReturnVerdict::Symmetric,
            Self::AnyCircuit { .. } | Self::AnswerUnknown => ReturnVerdict::Unspecified,
            Self::AnswerOverInternet { stateful: false }
            | Self::OtherCircuit { .. }
            | Self::OtherSite
            | Self::OtherPath => ReturnVerdict::AtRisk,
            Self::AnswerOverCircuit { .. }
            | Self::AnswerOverInternet { stateful: true }
            | Self::NoWayOut
            | Self::NotAdvertised => ReturnVerdict::Dropped,
        }
    }

    /// The word used in every output, of the list of [`Comparison::word`](super::Comparison::word).
    pub const fn word(&self) -> &'static str {
        match self {
            Self::SameWay | Self::SourceTranslated => "same-links",
            Self::AnswerOverCircuit { .. } => "device-missed",
            Self::AnswerOverInternet { stateful: true } => "device-unseen",
            Self::AnyCircuit { .. } => "shared",
            Self::AnswerOverInternet { stateful: false }
            | Self::OtherCircuit { .. }
            | Self::OtherSite
            | Self::OtherPath => "other-links",
            Self::NoWayOut | Self::NotAdvertised => "no-route",
            Self::AnswerUnknown => "unknown",
        }
    }

    /// The circuits that the answer leaves over, where they are what matters.
    pub fn circuits(&self) -> &[CircuitId] {
        match self {
            Self::AnswerOverCircuit { circuits }
            | Self::AnyCircuit { circuits }
            | Self::OtherCircuit { circuits } => circuits,
            _ => &[],
        }
    }

    /// What happens, as one sentence without a full stop.
    pub const fn sentence(&self) -> &'static str {
        match self {
            Self::SameWay => "the answer leaves where the packet came in",
            Self::SourceTranslated => {
                "the edge translates the source of what comes in, so the server answers to that edge"
            }
            Self::AnswerOverCircuit { .. } => {
                "the packet comes over the internet, but the answer matches a route of ExpressRoute and leaves \
                 over a circuit, whose edge saw no beginning of it"
            }
            Self::AnswerOverInternet { .. } => {
                "the packet comes over a circuit, but the answer matches no route of ExpressRoute and leaves over \
                 the internet, whose edge saw no beginning of it"
            }
            Self::AnyCircuit { .. } => {
                "the answer may leave over another circuit, which ties with the packet's"
            }
            Self::OtherCircuit { .. } => "the answer leaves over another circuit than the packet came in",
            Self::OtherSite => "the packet comes in at another site's internet edge than the answer leaves",
            Self::OtherPath => "the answer leaves over another path than the packet came in",
            Self::NoWayOut => "no route leads the answer to the remote end",
            Self::AnswerUnknown => "it cannot be told over what the answer leaves",
            Self::NotAdvertised => {
                "nothing that is up advertises the server's address, so no packet comes in"
            }
        }
    }

    /// What helps; empty where nothing is wrong.
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::SameWay | Self::SourceTranslated => "",
            Self::AnswerOverCircuit { .. } => {
                "translate the source of what comes in at the internet edge (`inbound_source_nat: true` there), or \
                 advertise the server's address on the Microsoft peering"
            }
            Self::AnswerOverInternet { .. } => {
                "translate the source of what comes in at the circuit's edge (`inbound_source_nat: true` at its \
                 Microsoft peering), or advertise the server's address on the internet only"
            }
            Self::AnyCircuit { .. } | Self::OtherCircuit { .. } => {
                "translate the source of what comes in at each circuit's edge, or prefer by local preference the \
                 circuit that attracts the packets"
            }
            Self::OtherSite => {
                "announce the server's address from its own site only, or translate the source at the other edge"
            }
            Self::OtherPath | Self::AnswerUnknown => {
                "see the answer's way: `explain` the remote end from the site"
            }
            Self::NoWayOut => {
                "give the site a route to the remote end, or translate the source where packets come in"
            }
            Self::NotAdvertised => {
                "advertise a prefix that holds the address, on the internet edge or on a Microsoft peering"
            }
        }
    }
}
