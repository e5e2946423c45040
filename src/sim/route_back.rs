//! The way of answers: over which session they come in, by what the engine says of the way back.

use std::net::IpAddr;

use super::equal_cost::member;
use super::timeline::Epoch;
use crate::addr::{Family, FlowKey};
use crate::engine::{
    Decision, Disposition, ReturnPath, ReturnReason, ReturnVerdict, SessionKind, SessionState,
};
use crate::network::{CircuitId, Connection, Network, PeeringKind, Site};

/// A conversation whose answers' way is asked.
pub(super) struct Back<'b, 'a> {
    pub(super) epoch: &'b Epoch<'a>,
    pub(super) site: &'b Site,
    /// What its packets leave over.
    pub(super) kind: SessionKind,
    /// Their source after translation.
    pub(super) source: IpAddr,
    pub(super) seed: u64,
    /// Its five-tuple from the remote end's side.
    pub(super) reversed: FlowKey,
}

/// The way of answers.
pub(super) struct Told<'b> {
    /// The session, and the site whose session it is; `None` where there is no way.
    pub(super) over: Option<(&'b Site, SessionKind)>,
    /// What becomes of them; `None` where nobody can tell, so that they come as packets go.
    pub(super) verdict: Option<ReturnVerdict>,
    /// What it depends on beside the decision.
    pub(super) rests: Rests,
}

/// What the way of answers rests on: whatever else fails, it stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Rests {
    /// Circuits that attract them.
    pub(super) circuits: Vec<CircuitId>,
    /// What internet edges and tunnels announce.
    pub(super) edges: bool,
}

impl<'b> Back<'b, '_> {
    /// By the way back of the decision: the part of the pool that holds the source.
    pub(super) fn tell(&self, path: Option<&ReturnPath>, decision: &Decision) -> Told<'b> {
        let out = match self.kind {
            SessionKind::Circuit(id, PeeringKind::Microsoft, connection) => Some((id, connection)),
            _ => None,
        };
        let holding = path.into_iter().flat_map(|path| &path.sources);
        let holding = holding.filter(|source| source.over == out && source.source.contains(self.source));
        let Some(found) = holding.max_by_key(|source| source.source.length()) else {
            return Told { over: Some((self.site, self.kind)), verdict: None, rests: Rests::default() };
        };
        let rests = self.rests(&found.reason);
        Told { over: self.over(&found.reason, decision), verdict: Some(found.verdict), rests }
    }

    fn rests(&self, reason: &ReturnReason) -> Rests {
        let circuits = match (reason, self.kind) {
            (ReturnReason::SameWay, SessionKind::Circuit(id, ..)) => vec![id],
            (
                ReturnReason::AnyCircuit { circuits }
                | ReturnReason::OtherCircuit { circuits }
                | ReturnReason::GatewayOtherCircuit { circuits }
                | ReturnReason::GatewayAnyCircuit { circuits }
                | ReturnReason::OverExpressRoute { circuits }
                | ReturnReason::CircuitAttracts { circuits }
                | ReturnReason::CircuitMayAttract { circuits },
                _,
            ) => circuits.clone(),
            _ => Vec::new(),
        };
        let edges = circuits.is_empty() && *reason != ReturnReason::SameWay;
        Rests { circuits, edges }
    }

    fn over(&self, reason: &ReturnReason, decision: &Decision) -> Option<(&'b Site, SessionKind)> {
        let here = |kind| Some((self.site, kind));
        match reason {
            ReturnReason::SameWay => match self.kind {
                SessionKind::Circuit(id, peering, _) => {
                    here(SessionKind::Circuit(id, peering, self.connection(id, peering)?))
                }
                kind => here(kind),
            },
            ReturnReason::AnyCircuit { circuits }
            | ReturnReason::OtherCircuit { circuits }
            | ReturnReason::GatewayOtherCircuit { circuits }
            | ReturnReason::GatewayAnyCircuit { circuits }
            | ReturnReason::OverExpressRoute { circuits }
            | ReturnReason::CircuitAttracts { circuits }
            | ReturnReason::CircuitMayAttract { circuits } => {
                let peering = match decision.disposition {
                    Disposition::PrivatePeering | Disposition::Vpn => PeeringKind::Private,
                    _ => PeeringKind::Microsoft,
                };
                let id = *circuits.get(member(&self.reversed, self.seed, circuits.len())?)?;
                here(SessionKind::Circuit(id, peering, self.connection(id, peering)?))
            }
            ReturnReason::OnlyOnInternet { .. } | ReturnReason::LongerOnInternet { .. } => {
                here(SessionKind::Internet)
            }
            ReturnReason::OtherSite => self.announcing().map(|site| (site, SessionKind::Internet)),
            ReturnReason::OverTunnel { tunnels }
            | ReturnReason::GatewayOtherTunnel { tunnels }
            | ReturnReason::GatewayAnyTunnel { tunnels } => {
                let tunnel = *tunnels.get(member(&self.reversed, self.seed, tunnels.len())?)?;
                let site = self.epoch.state.network.site(tunnel.site)?;
                Some((site, SessionKind::Vpn(tunnel.vpn)))
            }
            ReturnReason::NotAdvertised
            | ReturnReason::NotAnnounced
            | ReturnReason::PrivateSource
            | ReturnReason::GatewayHasNone
            | ReturnReason::UserRouteAway { .. }
            | ReturnReason::NotPropagated { .. }
            | ReturnReason::StaysInAzure => None,
            // Where nobody can tell they come as packets go; the others are of packets that begin in a virtual network,
            // and so at no site.
            ReturnReason::UserRouteUnknown { .. }
            | ReturnReason::FarEndUnknown
            | ReturnReason::AzureTranslates
            | ReturnReason::NoSite
            | ReturnReason::SiteOtherCircuit { .. }
            | ReturnReason::SiteAnyCircuit { .. }
            | ReturnReason::SiteOverTunnel { .. }
            | ReturnReason::SiteOtherTunnel { .. }
            | ReturnReason::SiteAnyTunnel { .. }
            | ReturnReason::SiteAway { .. }
            | ReturnReason::SiteUnknown => here(self.kind),
        }
    }

    /// The site whose internet edge announces the longest prefix of the source.
    fn announcing(&self) -> Option<&'b Site> {
        let epoch: &'b Epoch<'_> = self.epoch;
        let family = if self.source.is_ipv4() { Family::V4 } else { Family::V6 };
        let network: &'b Network = &epoch.state.network;
        let sites = network.sites.iter().filter_map(|site| {
            let holding = site.announced(family).filter(|prefix| prefix.value.contains(self.source));
            Some((site, holding.map(|prefix| prefix.value.length()).max()?))
        });
        sites.max_by_key(|(_, length)| *length).map(|(site, _)| site)
    }

    /// The connection of a circuit that answers come over: of those that are up the longest advertised prefix of the
    /// source, then the shortest AS path, then by the hash of the flow.
    fn connection(&self, id: CircuitId, peering: PeeringKind) -> Option<Connection> {
        let circuit = self.epoch.state.network.circuit(id)?;
        let family = if self.source.is_ipv4() { Family::V4 } else { Family::V6 };
        let sessions = || self.epoch.engines.iter().flat_map(crate::engine::Engine::sessions);
        let up = |connection| {
            let kind = SessionKind::Circuit(id, peering, connection);
            sessions().any(|session| session.kind == kind && session.state(family) == SessionState::Up)
        };
        let rank = |connection: Connection| {
            let (advertised, prepended) = match peering {
                PeeringKind::Microsoft => {
                    let own = circuit.microsoft_peering.as_ref()?;
                    (own.advertised_on(connection), own.lengthened_on(connection))
                }
                PeeringKind::Private => {
                    let own = circuit.private_peering.as_ref()?;
                    (own.advertised_on(connection), own.prepend_on(connection).len())
                }
            };
            let holding = advertised.iter().filter(|prefix| prefix.value.contains(self.source));
            let longest = holding.map(|prefix| prefix.value.length()).max();
            let theirs = usize::from(self.epoch.links.prepended(id, connection));
            Some((u8::MAX - longest.unwrap_or(0), prepended + theirs))
        };
        let ranked: Vec<_> = Connection::ALL
            .into_iter()
            .filter(|connection| up(*connection))
            .filter_map(|connection| Some((rank(connection)?, connection)))
            .collect();
        let best = ranked.iter().map(|(rank, _)| *rank).min()?;
        let equal: Vec<Connection> =
            ranked.into_iter().filter(|(rank, _)| *rank == best).map(|(_, connection)| connection).collect();
        equal.get(member(&self.reversed, self.seed, equal.len())?).copied()
    }
}
