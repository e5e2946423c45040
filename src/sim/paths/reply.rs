//! The path of replies: the session over which they arrive, according to the trace of the engine.

use std::net::IpAddr;

use crate::addr::{Family, FlowKey, IpPrefix};
use crate::diag::Span;
use crate::engine::{
    Attractions, Comparison, Crossing, Decision, Device, Disposition, Hop, LostAt, NoRoute, ReturnPath,
    ReturnVerdict, SessionKind, SessionState, SourceReturn, UnknownInput, is_one_sided,
};
use crate::network::{CircuitId, Connection, Network, PeeringKind, SiteId};
use crate::sim::clock::timeline::Epoch;
use crate::sim::paths::equal_cost::member;

/// A conversation whose path of replies is to be determined.
pub(in crate::sim) struct ReturnContext<'b, 'a> {
    pub(in crate::sim) epoch: &'b Epoch<'a>,
    /// The site that sends the packets.
    pub(in crate::sim) site: SiteId,
    /// The session over which the conversation's packets leave.
    pub(in crate::sim) kind: SessionKind,
    /// The source address of the packets after translation.
    pub(in crate::sim) source: IpAddr,
    pub(in crate::sim) seed: u64,
    /// The five-tuple of the conversation, seen from the remote end.
    pub(in crate::sim) reversed: FlowKey,
    /// The advertisements that draw packets from outside in this epoch.
    pub(in crate::sim) attractions: &'b Attractions,
}

/// The path of replies.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::sim) struct Reply {
    /// The session; `None` if there is no path.
    pub(in crate::sim) over: Option<SessionKind>,
    /// The appliances that the replies pass, in order.
    pub(in crate::sim) devices: Vec<Device>,
    /// The verdict on the replies; `None` if the engine has none.
    pub(in crate::sim) verdict: Option<ReturnVerdict>,
    /// The missing information, if it is unknown whether the replies arrive.
    pub(in crate::sim) unanswered: Option<Unanswered>,
    /// The dependencies of the path of replies, apart from the decision.
    pub(in crate::sim) rests: Rests,
}

/// The dependencies of the path of replies. The failure of anything else does not change this path.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(in crate::sim) struct Rests {
    /// Circuits that draw the replies.
    pub(in crate::sim) circuits: Vec<CircuitId>,
    /// Whether the path depends on the advertisements of internet edges and tunnels.
    pub(in crate::sim) edges: bool,
    /// Whether the path depends on any route learned by any gateway.
    pub(in crate::sim) gateways: bool,
}

/// The reason why it is unknown whether replies arrive: information that is missing from the network file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Unanswered {
    /// The reason, as a sentence without a full stop.
    pub why: &'static str,
    /// The line in the network file that determines this path, such as `network.yaml:12`.
    pub place: Option<String>,
    /// The remedy.
    pub remedy: &'static str,
}

impl std::fmt::Display for Unanswered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { why, place, remedy } = self;
        match place {
            Some(place) => write!(f, "{why} [{place}]; {remedy}"),
            None => write!(f, "{why}; {remedy}"),
        }
    }
}

/// Returns the missing information on which the return path depends, if any.
pub(in crate::sim) fn unanswered(network: &Network, reason: &Comparison) -> Option<Unanswered> {
    let source = &network.source;
    let place = |span: Span| format!("{}:{}", source.name(), source.position(span.start).0);
    reason.is_unknown().then(|| Unanswered {
        why: reason.sentence(),
        place: reason.span().map(place),
        remedy: reason.remedy(),
    })
}

/// Returns the verdict on the replies of one flow. If flows are shared among circuits, the stateful devices of sites
/// drop only replies that do not return over the circuit of the packets. `site` is the site that sends the packets, or
/// the replies to packets from Azure; `sessions` are those of the packets and of the replies.
pub(in crate::sim) fn verdict_of_flow(
    network: &Network,
    found: &SourceReturn,
    site: SiteId,
    (out, back): (Option<SessionKind>, Option<SessionKind>),
) -> ReturnVerdict {
    let shared = matches!(found.reason, Comparison::SiteDevice { always: false, .. });
    let circuit = |kind: Option<SessionKind>| match kind {
        Some(SessionKind::Circuit(id, _, connection)) => Some((id, connection)),
        _ => None,
    };
    match circuit(out).zip(circuit(back)) {
        Some((out, back)) if shared && is_one_sided(network, site, out, back) => ReturnVerdict::Dropped,
        _ => found.verdict,
    }
}

/// Returns the dependencies of a reply.
fn rests(found: &SourceReturn) -> Rests {
    let circuit = |crossing: &Crossing| match crossing {
        Crossing::Circuit(id) => Some(*id),
        _ => None,
    };
    let circuits: Vec<CircuitId> = found.trace.over.iter().filter_map(circuit).collect();
    let same = found.reason == Comparison::SameLinks;
    let by_links = matches!(
        found.reason,
        Comparison::OtherLinks { .. }
            | Comparison::Shared { .. }
            | Comparison::SiteDevice { .. }
            | Comparison::OverCircuits { .. }
            | Comparison::OtherTranslator { .. }
    );
    let edges = !same && (!by_links || circuits.is_empty());
    let gateways = !found.trace.hops.is_empty()
        || matches!(
            found.reason,
            Comparison::Unknown(UnknownInput::NextHop { .. } | UnknownInput::Subnet | UnknownInput::Turn)
                | Comparison::NoRoute(NoRoute::PastRoute { .. })
                | Comparison::Lost { at: LostAt::Router, .. }
                | Comparison::Loop { .. }
                | Comparison::Denied { .. }
                | Comparison::EndpointAnswers { .. }
                | Comparison::DeviceMissed { .. }
                | Comparison::DeviceUnseen { .. }
                | Comparison::AnyDevice { .. }
        );
    Rests { circuits, edges, gateways }
}

impl ReturnContext<'_, '_> {
    /// Returns the path of replies according to the return path of the decision, for the part of the pool that contains
    /// the source address.
    pub(in crate::sim) fn reply(&self, path: Option<&ReturnPath>, decision: &Decision) -> Reply {
        let out = match self.kind {
            SessionKind::Circuit(id, PeeringKind::Microsoft, connection) => Some((id, connection)),
            _ => None,
        };
        let holding = path.into_iter().flat_map(|path| &path.sources);
        let holding = holding.filter(|source| source.over == out && source.source.contains(self.source));
        let Some(found) = holding.max_by_key(|source| source.source.length()) else {
            let unanswered = path.is_some().then_some(Unanswered {
                why: "the client's address is not in the prefixes of any site, so no return route is known",
                place: None,
                remedy: "add the client's prefix to a site",
            });
            let over = Some(self.kind).filter(|_| unanswered.is_none());
            let mut devices: Vec<Device> = decision.devices().collect();
            devices.reverse();
            return Reply { over, devices, verdict: None, unanswered, rests: Rests::default() };
        };
        let over = self.over(found, decision);
        let network = &self.epoch.state.network;
        Reply {
            over,
            devices: found.trace.hops.iter().filter_map(Hop::device).collect(),
            verdict: Some(verdict_of_flow(network, found, self.site, (Some(self.kind), over))),
            unanswered: unanswered(&self.epoch.state.network, &found.reason),
            rests: rests(found),
        }
    }

    /// Returns the session over which replies arrive at the company, or at the device that drops them; `None` if
    /// replies arrive at neither, or if the session is unknown.
    fn over(&self, found: &SourceReturn, decision: &Decision) -> Option<SessionKind> {
        let comes = match found.reason {
            Comparison::PrivateSource
            | Comparison::NotTranslated { .. }
            | Comparison::NoRoute(_)
            | Comparison::Lost { .. }
            | Comparison::Loop { .. }
            | Comparison::Denied { .. }
            | Comparison::Unknown(_) => return None,
            _ => &found.trace.over,
        };
        let crossing = *comes.get(member(&self.reversed, self.seed, comes.len())?)?;
        Some(match crossing {
            Crossing::Circuit(id) => {
                let peering = match decision.disposition {
                    Disposition::PrivatePeering | Disposition::Vpn => PeeringKind::Private,
                    _ => PeeringKind::Microsoft,
                };
                SessionKind::Circuit(id, peering, self.connection(id, peering)?)
            }
            Crossing::Tunnel(tunnel) => SessionKind::Vpn(tunnel.site, tunnel.vpn),
            Crossing::Internet(site) => SessionKind::Internet(site),
            Crossing::OnPremises => SessionKind::OnPremises,
        })
    }

    /// Returns the connection of a circuit that replies use. If several connections are equal, the hash of the flow
    /// selects one.
    fn connection(&self, id: CircuitId, peering: PeeringKind) -> Option<Connection> {
        let equal = match peering {
            PeeringKind::Microsoft => {
                let tied = self.attractions.circuits(IpPrefix::host(self.source), |circuit| circuit == id);
                tied.iter().map(|one| one.connection).collect()
            }
            PeeringKind::Private => self.private_connections(id)?,
        };
        equal.get(member(&self.reversed, self.seed, equal.len())?).copied()
    }

    /// Returns the connections of a circuit over which a gateway may reply. These are the connections that are up and
    /// have the longest advertised prefix for the source address, and among them those with the shortest AS path.
    fn private_connections(&self, id: CircuitId) -> Option<Vec<Connection>> {
        let circuit = self.epoch.state.network.circuit(id)?;
        let own = circuit.private_peering.as_ref()?;
        let family = if self.source.is_ipv4() { Family::V4 } else { Family::V6 };
        let sessions = || self.epoch.engines.sites().iter().flat_map(crate::engine::Engine::sessions);
        let up = |connection| {
            let kind = SessionKind::Circuit(id, PeeringKind::Private, connection);
            sessions().any(|session| session.kind == kind && session.state(family) == SessionState::Up)
        };
        let rank = |connection: Connection| {
            let advertised = own.advertised_on(connection).iter();
            let holding = advertised.filter(|prefix| prefix.value.contains(self.source));
            let longest = holding.map(|prefix| prefix.value.length()).max();
            let theirs = usize::from(self.epoch.links.prepended(id, connection));
            (u8::MAX - longest.unwrap_or(0), own.prepend_on(connection).len() + theirs)
        };
        let ranked: Vec<_> = Connection::ALL
            .into_iter()
            .filter(|connection| up(*connection))
            .map(|connection| (rank(connection), connection))
            .collect();
        let best = ranked.iter().map(|(rank, _)| *rank).min()?;
        let equal = ranked.into_iter().filter(|(rank, _)| *rank == best);
        Some(equal.map(|(_, connection)| connection).collect())
    }
}
