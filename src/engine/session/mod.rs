//! The sessions of a site's edge: over what it learns routes, and whether each is up.

mod peer;
pub(in crate::engine) mod prefix_limit;

use peer::hears_circuits;
pub(crate) use peer::neighbors_towards;
pub(in crate::engine) use peer::{Brought, Peer, leads_to, other_edge, peers};
pub(in crate::engine) use prefix_limit::gateway;
pub use prefix_limit::{Exceeded, Limit};

use crate::addr::{Family, IpPrefix};
use crate::diag::{Span, Spanned};
use crate::engine::decision::{Carrier, Disposition};
use crate::engine::state::{Link, LinkState};
use crate::network::{
    Attachment, Circuit, CircuitId, Connection, Network, PeeringKind, Site, SiteId, State, Underlay,
    VirtualNetworkId, Vpn,
};
use crate::rib::SessionId;

/// A session of a site's edge, or what stands in for one.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Session {
    /// Its index among the site's.
    pub id: SessionId,
    /// What it is.
    pub kind: SessionKind,
    /// What route maps and reports call it: `er-ams/microsoft/primary`, `edge-ams`, a tunnel's name.
    pub name: String,
    /// Whether it is up, for IPv4 and for IPv6: BGP has a session of its own for each family of a peering.
    pub(super) states: [SessionState; 2],
    /// Where it stands in the network file.
    pub span: Span,
}

/// What a session is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SessionKind {
    /// The company's own network: connected prefixes and those of other sites.
    OnPremises,
    /// Static routes that lead nowhere.
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
    /// Where packets over it go: of another edge, which decides about them again, no farther than there.
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

/// Whether a session is up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SessionState {
    /// Routes are learned over it.
    Up,
    /// It brings no route, and why.
    Down(DownReason),
}

/// Why a session brings no route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DownReason {
    /// The link state that the engine was compiled with says so.
    LinkDown,
    /// The network file says that it is down.
    Down {
        /// Where.
        span: Span,
    },
    /// The network file says that it, or its peering, is disabled.
    Disabled {
        /// Where.
        span: Span,
    },
    /// The peering has no session of this family: the network file has addresses of the other family only.
    NoSession {
        /// The family.
        family: Family,
        /// The first of the addresses.
        span: Span,
    },
    /// No link between sites that is up leads to the other edge.
    NoLink,
    /// The gateway of Azure at which the tunnel ends carries no IPv6, or the file does not say that it does.
    NotDualStack {
        /// Whether the file says it; else nothing does.
        said: bool,
        /// Where, or the tunnel.
        span: Span,
    },
    /// Microsoft drops it: too many prefixes are advertised.
    OverLimit(Exceeded),
}

impl Session {
    /// As a carrier of decisions.
    pub(super) fn carrier(&self) -> Carrier {
        let circuit = match self.kind {
            SessionKind::Circuit(circuit, _, connection) => Some((circuit, connection)),
            _ => None,
        };
        Carrier { session: self.id, circuit }
    }

    /// Whether it brings routes of a family, and if not, why.
    pub fn state(&self, family: Family) -> SessionState {
        let [v4, v6] = self.states;
        match family {
            Family::V4 => v4,
            Family::V6 => v6,
        }
    }

    /// Whether it brings routes of any family.
    pub fn is_up(&self) -> bool {
        self.states.contains(&SessionState::Up)
    }
}

/// The sessions of a site, in a fixed order: its own network, what it discards, its internet edge, its circuits in
/// the file's order (Microsoft peering before private peering, primary before secondary), its tunnels, other edges.
pub(super) fn sessions(network: &Network, links: &LinkState, id: SiteId) -> Vec<Session> {
    sessions_with(network, links, id, &peers(network, links, id))
}

/// As [`sessions`], of a site whose [`peers`] are known.
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
            // A connection that ends at another site's edge has its sessions there.
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

/// The attachment of a site to a circuit.
pub(super) fn attachment(site: &Site, circuit: CircuitId) -> Option<&Attachment> {
    site.attachments.iter().find(|attachment| attachment.circuit == circuit)
}

/// Whether the sessions of a connection are up, for IPv4 and for IPv6.
pub(super) fn connection_states(
    links: &LinkState,
    id: CircuitId,
    circuit: &Circuit,
    peering: PeeringKind,
    connection: Connection,
) -> [SessionState; 2] {
    [Family::V4, Family::V6].map(|family| connection_state(links, id, circuit, peering, connection, family))
}

/// Whether the session of a family on a connection is up: whether there is one at all, by link state, by the network
/// file and by Microsoft's limits. Too many prefixes of one family leave the other's session alone.
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
    let said = links.session(id, peering, connection);
    let enabled = match peering {
        PeeringKind::Microsoft => circuit.microsoft_peering.as_ref().map(|peering| peering.enabled),
        PeeringKind::Private => circuit.private_peering.as_ref().map(|peering| peering.enabled),
    };
    if let (None, Some(Spanned { value: false, span })) = (said, enabled) {
        return SessionState::Down(DownReason::Disabled { span });
    }
    let written = circuit.settings(peering, connection).map(|own| own.state).unwrap_or_default();
    match state_of(said, written) {
        SessionState::Up => match prefix_limit::session(circuit, peering, connection, family) {
            Some(exceeded) => SessionState::Down(DownReason::OverLimit(exceeded)),
            None => SessionState::Up,
        },
        down @ SessionState::Down(_) => down,
    }
}

/// Whether a tunnel is up, for IPv4 and for IPv6.
///
/// A gateway of Azure carries IPv6 only where it was deployed as dual stack (Microsoft, *configure IPv6 for VPN Gateway*,
/// preview; editions before it have IPv4 alone).
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
            Some(Spanned { span, .. }) => Some(DownReason::NotDualStack { said: true, span }),
            None => Some(DownReason::NotDualStack { said: false, span: vpn.span }),
        }
    };
    let at_hub = vpn.virtual_hub.map(|_| DownReason::NotDualStack { said: true, span: vpn.span });
    let lacking =
        vpn.virtual_networks.iter().find_map(lacks).or(at_hub).filter(|_| state == SessionState::Up);
    [state, lacking.map_or(state, SessionState::Down)]
}

/// Whether a tunnel is up: the tunnel itself, and what its packets travel over, of a peering either connection (its
/// packets are of IPv4).
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
            // A connection that ends at the edge beside this one serves as long as a link leads there.
            let split = attachment(site, circuit).filter(|own| own.is_split());
            let serves = |connection: &Connection| {
                let beside = || network.edge_of(circuit, *connection);
                split.is_none_or(|own| own.ends(*connection))
                    || beside().is_some_and(|edge| hears_circuits(network, links, id, edge))
            };
            let states: Vec<SessionState> = Connection::ALL.into_iter().filter(serves).map(on).collect();
            let up = states.iter().find(|state| **state == SessionState::Up);
            // One of the circuit's connections ends here, so that there is a state of one.
            let under = up.or(states.first()).copied();
            under.unwrap_or_else(|| on(Connection::Primary))
        }
    };
    if own == SessionState::Up { under } else { own }
}

/// What is advertised on private peering of a circuit over a connection that is up, each prefix once: what Global Reach
/// passes on to the circuits that it joins with it.
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

/// What is advertised on private peering of a circuit over one of its connections, if that is up.
pub(in crate::engine) fn advertised_over<'n>(
    network: &'n Network,
    links: &LinkState,
    id: CircuitId,
    connection: Connection,
) -> impl Iterator<Item = Spanned<IpPrefix>> + use<'n> {
    let circuit = network.circuit(id);
    let peering = circuit.and_then(|own| Some((own, own.private_peering.as_ref()?)));
    let heard = peering.map(|(circuit, peering)| {
        let [v4, v6] = connection_states(links, id, circuit, PeeringKind::Private, connection);
        let is_up = move |prefix: &&Spanned<IpPrefix>| {
            let state = if prefix.value.family() == Family::V4 { v4 } else { v6 };
            state == SessionState::Up
        };
        peering.advertised_on(connection).iter().filter(is_up).copied()
    });
    heard.into_iter().flatten()
}

/// What is said of a link, else what the network file says.
pub(super) fn state_of(said: Option<bool>, written: Spanned<State>) -> SessionState {
    let span = written.span;
    match (said, written.value) {
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

/// Sessions that get their ids as they come.
#[derive(Default)]
struct Sessions(Vec<Session>);

impl Sessions {
    fn push(&mut self, kind: SessionKind, name: String, states: [SessionState; 2], span: Span) {
        let id = SessionId::new(u32::try_from(self.0.len()).unwrap_or(u32::MAX));
        self.0.push(Session { id, kind, name, states, span });
    }
}
