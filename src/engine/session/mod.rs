//! The sessions over which a site's edge learns routes, and the state of each session.

mod peer;
pub(in crate::engine) mod prefix_limit;
mod proxy;

use peer::learns_circuits;
pub(crate) use peer::neighbors_towards;
pub(in crate::engine) use peer::{Brought, Peer, leads_to, other_edge, peers};
pub(in crate::engine) use prefix_limit::gateway;
pub use prefix_limit::{Exceeded, Limit};
pub(in crate::engine) use proxy::reaches_proxy;

use crate::addr::{Family, IpPrefix};
use crate::diag::{Span, Spanned};
use crate::engine::decision::{Disposition, NextHop};
use crate::engine::state::{Link, LinkState};
use crate::network::{
    Attachment, Circuit, CircuitId, Connection, Network, PeeringKind, Site, SiteId, State, Underlay,
    VirtualNetworkId, Vpn,
};
use crate::rib::SessionId;

/// A session of a site's edge, or a placeholder for one.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Session {
    /// The session's index among the site's sessions.
    pub id: SessionId,
    /// The kind of the session.
    pub kind: SessionKind,
    /// The session's name in route maps and reports: `er-ams/microsoft/primary`, `edge-ams`, or the name of a tunnel.
    pub name: String,
    /// Whether the session is up, for IPv4 and for IPv6. BGP has a separate session for each family of a peering.
    pub(super) states: [SessionState; 2],
    /// The session's position in the network file.
    pub span: Span,
}

/// The kind of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SessionKind {
    /// The company's own network: connected prefixes and the prefixes of other sites.
    OnPremises,
    /// Static routes that discard packets.
    Discard,
    /// The internet edge of a site.
    Internet(SiteId),
    /// A session of a circuit.
    Circuit(CircuitId, PeeringKind, Connection),
    /// A tunnel of a site, by its index in [`Site::vpn`].
    Vpn(SiteId, u32),
    /// Internal BGP with the edge of another site, over the company's network.
    Edge(SiteId),
}

impl SessionKind {
    /// Returns the path of packets over a session of this kind. A path over another edge ends there, because that edge
    /// evaluates the packets again.
    pub fn disposition(self) -> Disposition {
        match self {
            Self::OnPremises | Self::Edge(_) => Disposition::OnPremises,
            Self::Discard => Disposition::Discarded,
            Self::Internet(_) => Disposition::Internet,
            Self::Circuit(_, PeeringKind::Microsoft, _) => Disposition::MicrosoftPeering,
            Self::Circuit(_, PeeringKind::Private, _) => Disposition::PrivatePeering,
            Self::Vpn(..) => Disposition::Vpn,
        }
    }
}

/// The state of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SessionState {
    /// Routes are learned over the session.
    Up,
    /// The session provides no route, for this reason.
    Down(DownReason),
}

/// Why a session provides no route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DownReason {
    /// The session is down in the link state for which the engine was compiled.
    LinkDown,
    /// The session is down according to the network file.
    Down {
        /// The position in the network file.
        span: Span,
    },
    /// The session or its peering is disabled according to the network file.
    Disabled {
        /// The position in the network file.
        span: Span,
    },
    /// The peering has no session of this family: the network file contains only addresses of the other family.
    NoSession {
        /// The family.
        family: Family,
        /// The position of the first address.
        span: Span,
    },
    /// No link between sites that is up leads to the other edge.
    NoLink,
    /// The Azure gateway at which the tunnel ends does not carry IPv6, or the file does not state that it does.
    NotDualStack {
        /// Whether the file states that the gateway does not carry IPv6; `false` if the file states nothing.
        stated: bool,
        /// The position of the gateway's setting, or of the tunnel if there is no setting.
        span: Span,
    },
    /// Microsoft drops the session because too many prefixes are advertised.
    OverLimit(Exceeded),
}

impl Session {
    /// Returns the session as a carrier of decisions.
    pub(super) fn next_hop(&self) -> NextHop {
        let circuit = match self.kind {
            SessionKind::Circuit(circuit, _, connection) => Some((circuit, connection)),
            _ => None,
        };
        NextHop { session: self.id, circuit }
    }

    /// Returns whether the session provides routes of a family and, if not, why.
    pub fn state(&self, family: Family) -> SessionState {
        let [v4, v6] = self.states;
        match family {
            Family::V4 => v4,
            Family::V6 => v6,
        }
    }

    /// Returns whether the session provides routes of any family.
    pub fn is_up(&self) -> bool {
        self.states.contains(&SessionState::Up)
    }
}

/// Lists the sessions of a site in a fixed order: the site's own network, discarded prefixes, its internet edge, its
/// circuits in the file's order (Microsoft peering before private peering, primary before secondary), its tunnels, and
/// other edges.
pub(super) fn sessions(network: &Network, links: &LinkState, id: SiteId) -> Vec<Session> {
    sessions_with(network, links, id, &peers(network, links, id))
}

/// As [`sessions`], for a site whose [`peers`] are known.
pub(super) fn sessions_with(
    network: &Network,
    links: &LinkState,
    id: SiteId,
    peers: &[Peer],
) -> Vec<Session> {
    let Some(site) = network.site(id) else { return Vec::new() };
    let mut all = Sessions::default();
    all.push(SessionKind::OnPremises, "on-premises".to_owned(), [SessionState::Up; 2], site.span);
    all.push(SessionKind::Discard, "discard".to_owned(), [SessionState::Up; 2], site.span);
    if let Some(edge) = &site.internet {
        let state = state_of(links.get(Link::Internet(id)), edge.state);
        all.push(SessionKind::Internet(id), edge.name.clone(), [state; 2], edge.span);
    }
    for attached in &site.attachments {
        let circuit = &attached.circuit;
        let Some(entry) = network.circuit(*circuit) else { continue };
        for peering in PeeringKind::ALL {
            if !has_peering(entry, peering) {
                continue;
            }
            // If a connection ends at another site's edge, its sessions are listed at that site.
            let here = |connection: &&Connection| other_edge(network, attached, **connection).is_none();
            for connection in attached.connections.iter().filter(here).copied() {
                let name = format!("{}/{}/{}", entry.name, peering.name(), connection.name());
                let states = connection_states(links, *circuit, entry, peering, connection);
                let kind = SessionKind::Circuit(*circuit, peering, connection);
                let span = entry.settings(peering, connection).and_then(|own| own.span);
                all.push(kind, name, states, span.unwrap_or(entry.span));
            }
        }
    }
    for (index, vpn) in (0_u32..).zip(&site.vpn) {
        let states = tunnel_states(network, links, (id, site), (index, vpn));
        all.push(SessionKind::Vpn(id, index), vpn.name.clone(), states, vpn.span);
    }
    for peer in peers {
        let name = network.site(peer.site).map_or("", |other| &other.name);
        let state =
            if peer.next.is_empty() { SessionState::Down(DownReason::NoLink) } else { SessionState::Up };
        all.push(SessionKind::Edge(peer.site), format!("{name}/wan"), [state; 2], peer.span);
    }
    all.0
}

/// Returns the attachment of a site to a circuit.
pub(super) fn attachment(site: &Site, circuit: CircuitId) -> Option<&Attachment> {
    site.attachments.iter().find(|attachment| attachment.circuit == circuit)
}

/// Returns the states of the sessions of a connection, for IPv4 and for IPv6.
pub(super) fn connection_states(
    links: &LinkState,
    id: CircuitId,
    circuit: &Circuit,
    peering: PeeringKind,
    connection: Connection,
) -> [SessionState; 2] {
    [Family::V4, Family::V6].map(|family| connection_state(links, id, circuit, peering, connection, family))
}

/// Returns the state of the session of a family on a connection. The session must exist. Then the link state, the
/// network file and Microsoft's limits determine its state. Too many prefixes of one family do not affect the session
/// of the other family.
pub(super) fn connection_state(
    links: &LinkState,
    id: CircuitId,
    circuit: &Circuit,
    peering: PeeringKind,
    connection: Connection,
    family: Family,
) -> SessionState {
    if let Some(span) = circuit.lacks_session(peering, connection, family) {
        return SessionState::Down(DownReason::NoSession { family, span });
    }
    let stated = links.session(id, peering, connection);
    let enabled = match peering {
        PeeringKind::Microsoft => circuit.microsoft_peering.as_ref().map(|peering| peering.enabled),
        PeeringKind::Private => circuit.private_peering.as_ref().map(|peering| peering.enabled),
    };
    if let (None, Some(Spanned { value: false, span })) = (stated, enabled) {
        return SessionState::Down(DownReason::Disabled { span });
    }
    let written = circuit.settings(peering, connection).map(|own| own.state).unwrap_or_default();
    match state_of(stated, written) {
        SessionState::Up => match prefix_limit::session(circuit, peering, connection, family) {
            Some(exceeded) => SessionState::Down(DownReason::OverLimit(exceeded)),
            None => SessionState::Up,
        },
        down @ SessionState::Down(_) => down,
    }
}

/// Returns the state of a tunnel, for IPv4 and for IPv6.
///
/// An Azure gateway carries IPv6 only if it was deployed as dual stack (Microsoft, *configure IPv6 for VPN Gateway*,
/// preview; earlier editions of the page state support for IPv4 only).
pub(super) fn tunnel_states(
    network: &Network,
    links: &LinkState,
    (id, site): (SiteId, &Site),
    (index, vpn): (u32, &Vpn),
) -> [SessionState; 2] {
    let state = tunnel_state(network, links, (id, site), (index, vpn));
    let lacks = |hub: &VirtualNetworkId| {
        let gateway = network.virtual_network(*hub).and_then(|hub| hub.gateway.as_ref());
        let mut ends = gateway.into_iter().flat_map(|gateway| &gateway.vpn);
        let end = ends.find(|end| (end.site, end.vpn) == (id, index));
        match end.and_then(|end| end.dual_stack) {
            Some(Spanned { value: true, .. }) => None,
            Some(Spanned { span, .. }) => Some(DownReason::NotDualStack { stated: true, span }),
            None => Some(DownReason::NotDualStack { stated: false, span: vpn.span }),
        }
    };
    let at_hub = vpn.virtual_hub.map(|_| DownReason::NotDualStack { stated: true, span: vpn.span });
    let lacking =
        vpn.virtual_networks.iter().find_map(lacks).or(at_hub).filter(|_| state == SessionState::Up);
    [state, lacking.map_or(state, SessionState::Down)]
}

/// Returns the state of a tunnel. It depends on the tunnel itself and on its underlay. If the underlay is a peering,
/// one connection that is up suffices. The tunnel's own packets are IPv4.
fn tunnel_state(
    network: &Network,
    links: &LinkState,
    (id, site): (SiteId, &Site),
    (index, vpn): (u32, &Vpn),
) -> SessionState {
    let own = state_of(links.get(Link::Vpn(id, index)), vpn.state);
    let under = match vpn.over {
        Underlay::Internet => {
            let edge = site.internet.as_ref().map(|edge| state_of(links.get(Link::Internet(id)), edge.state));
            edge.unwrap_or(SessionState::Up)
        }
        Underlay::Peering(circuit, peering) => {
            let Some(entry) = network.circuit(circuit) else { return own };
            let on = |connection| connection_state(links, circuit, entry, peering, connection, Family::V4);
            // A connection that ends at a neighboring edge can be used as long as a link leads to that edge.
            let split = attachment(site, circuit).filter(|own| own.is_split());
            let serves = |connection: &Connection| {
                let beside = || network.edge_of(circuit, *connection);
                split.is_none_or(|own| own.ends(*connection))
                    || beside().is_some_and(|edge| learns_circuits(network, links, id, edge))
            };
            let states: Vec<SessionState> = Connection::ALL.into_iter().filter(serves).map(on).collect();
            let up = states.iter().find(|state| **state == SessionState::Up);
            // At least one of the circuit's connections ends at this site, so there is a state.
            let under = up.or(states.first()).copied();
            under.unwrap_or_else(|| on(Connection::Primary))
        }
    };
    if own == SessionState::Up { under } else { own }
}

/// Returns the prefixes that are advertised on the private peering of a circuit over a connection that is up, each
/// once. Global Reach propagates these prefixes to the circuits that it connects to this circuit.
pub(in crate::engine) fn advertised_on_private_peering(
    network: &Network,
    links: &LinkState,
    id: CircuitId,
) -> Vec<Spanned<IpPrefix>> {
    let over = |connection| advertised_over(network, links, id, connection);
    let mut all: Vec<Spanned<IpPrefix>> = Connection::ALL.into_iter().flat_map(over).collect();
    all.sort_by_key(|prefix| prefix.value);
    all.dedup_by_key(|prefix| prefix.value);
    all
}

/// Returns the prefixes that are advertised on the private peering of a circuit over one connection, if that connection
/// is up.
pub(in crate::engine) fn advertised_over<'n>(
    network: &'n Network,
    links: &LinkState,
    id: CircuitId,
    connection: Connection,
) -> impl Iterator<Item = Spanned<IpPrefix>> + use<'n> {
    let circuit = network.circuit(id);
    let peering = circuit.and_then(|own| Some((own, own.private_peering.as_ref()?)));
    let learned = peering.map(|(circuit, peering)| {
        let [v4, v6] = connection_states(links, id, circuit, PeeringKind::Private, connection);
        let is_up = move |prefix: &&Spanned<IpPrefix>| {
            let state = if prefix.value.family() == Family::V4 { v4 } else { v6 };
            state == SessionState::Up
        };
        peering.advertised_on(connection).iter().filter(is_up).copied()
    });
    learned.into_iter().flatten()
}

/// Returns the state that was set for a link. If none was set, returns the state in the network file.
pub(super) fn state_of(stated: Option<bool>, written: Spanned<State>) -> SessionState {
    let span = written.span;
    match (stated, written.value) {
        (Some(false), _) => SessionState::Down(DownReason::LinkDown),
        (Some(true), _) | (None, State::Up) => SessionState::Up,
        (None, State::Down) => SessionState::Down(DownReason::Down { span }),
        (None, State::Disabled) => SessionState::Down(DownReason::Disabled { span }),
    }
}

fn has_peering(circuit: &Circuit, peering: PeeringKind) -> bool {
    match peering {
        PeeringKind::Microsoft => circuit.microsoft_peering.is_some(),
        PeeringKind::Private => circuit.private_peering.is_some(),
    }
}

/// Sessions, numbered in the order in which they are added.
#[derive(Default)]
struct Sessions(Vec<Session>);

impl Sessions {
    fn push(&mut self, kind: SessionKind, name: String, states: [SessionState; 2], span: Span) {
        let id = SessionId::new(u32::try_from(self.0.len()).unwrap_or(u32::MAX));
        self.0.push(Session { id, kind, name, states, span });
    }
}
