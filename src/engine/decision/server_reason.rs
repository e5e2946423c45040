//! The outcome of replies to a connection from outside, with its reason and remedy.

use crate::network::CircuitId;

use super::comparison::ReturnVerdict;

/// Why replies from a published server arrive or do not arrive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServerReason {
    /// The reply leaves over the link on which the packet arrived.
    SameWay,
    /// The edge at which the packet arrived translates the packet's source, so the server replies to that edge.
    SourceTranslated,
    /// The packet arrives over the internet, and the reply matches a route from a circuit.
    AnswerOverCircuit {
        /// The circuits.
        circuits: Vec<CircuitId>,
    },
    /// The packet arrives over a circuit, and the reply matches no route from any circuit.
    AnswerOverInternet {
        /// Whether the internet edge drops packets for which it has no session.
        stateful: bool,
    },
    /// The reply may leave over the packet's circuit, or over other circuits that tie with it.
    AnyCircuit {
        /// The circuits.
        circuits: Vec<CircuitId>,
    },
    /// The reply leaves over other circuits.
    OtherCircuit {
        /// The circuits.
        circuits: Vec<CircuitId>,
    },
    /// The packet arrives at another site's internet edge.
    OtherSite,
    /// The reply leaves over a path other than Microsoft peering or the internet.
    OtherPath,
    /// No route matches the remote end, or the reply is dropped after it leaves.
    NoWayOut,
    /// The link over which the reply leaves is unknown.
    AnswerUnknown,
    /// No session that is up advertises the server's address, so no packet arrives.
    NotAdvertised,
}

impl ServerReason {
    /// Returns the outcome for the connection.
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

    /// Returns the word used in every output. The words are those of [`Comparison::word`](super::Comparison::word).
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

    /// Returns the circuits over which the reply leaves, if the reason depends on them.
    pub fn circuits(&self) -> &[CircuitId] {
        match self {
            Self::AnswerOverCircuit { circuits }
            | Self::AnyCircuit { circuits }
            | Self::OtherCircuit { circuits } => circuits,
            _ => &[],
        }
    }

    /// Describes the reason in one sentence without a full stop.
    pub const fn sentence(&self) -> &'static str {
        match self {
            Self::SameWay => "the reply leaves over the link on which the packet arrived",
            Self::SourceTranslated => {
                "the edge translates the source of inbound packets, so the server replies to that edge"
            }
            Self::AnswerOverCircuit { .. } => {
                "the packet arrives over the internet, but the reply matches an ExpressRoute route and leaves over a circuit, whose \
                edge has no session for the reply"
            }
            Self::AnswerOverInternet { .. } => {
                "the packet arrives over a circuit, but the reply matches no ExpressRoute route and leaves over the internet, whose \
                edge has no session for the reply"
            }
            Self::AnyCircuit { .. } => {
                "the reply may leave over another circuit that ties with the packet's circuit"
            }
            Self::OtherCircuit { .. } => {
                "the reply leaves over a different circuit from the one on which the packet arrived"
            }
            Self::OtherSite => {
                "the packet arrives at the internet edge of one site, and the reply leaves over the internet edge of another site"
            }
            Self::OtherPath => {
                "the reply leaves over a different path from the one on which the packet arrived"
            }
            Self::NoWayOut => "no route for the reply matches the remote end",
            Self::AnswerUnknown => "the path of the reply is unknown",
            Self::NotAdvertised => {
                "no session that is up advertises the server's address, so no packet arrives"
            }
        }
    }

    /// Returns the remedy; empty if nothing is wrong.
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::SameWay | Self::SourceTranslated => "",
            Self::AnswerOverCircuit { .. } => {
                "translate the source of inbound packets at the internet edge (set `inbound_source_nat: true` on it), or \
                advertise the server's address on the Microsoft peering"
            }
            Self::AnswerOverInternet { .. } => {
                "translate the source of inbound packets at the circuit's edge (set `inbound_source_nat: true` on its Microsoft \
                peering), or advertise the server's address on the internet only"
            }
            Self::AnyCircuit { .. } | Self::OtherCircuit { .. } => {
                "translate the source of inbound packets at each circuit's edge, or use local preference \
                 to prefer the circuit that attracts the packets"
            }
            Self::OtherSite => {
                "advertise the server's address only from its own site, or translate the source at the edge where packets arrive"
            }
            Self::OtherPath | Self::AnswerUnknown => {
                "run `explain` from the site for the remote end to see the return path"
            }
            Self::NoWayOut => {
                "at the site, add a route to the remote end, or translate the source where packets arrive"
            }
            Self::NotAdvertised => {
                "advertise a prefix that contains the server's address, at the internet edge or on a Microsoft peering"
            }
        }
    }
}
