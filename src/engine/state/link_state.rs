//! Link states that override the network file. They are one of the inputs of an engine.

use std::collections::BTreeMap;

use crate::network::{CircuitId, Connection, PeeringKind, SiteId, WanLinkId};

/// A link, or a part of one, that can fail or be repaired independently.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Link {
    /// The session of a site's internet edge.
    Internet(SiteId),
    /// A whole circuit, with every session on it.
    Circuit(CircuitId),
    /// A connection of a circuit, with its sessions of both peerings.
    Connection(CircuitId, Connection),
    /// A peering of a circuit, with both of its sessions.
    Peering(CircuitId, PeeringKind),
    /// One session.
    Session(CircuitId, PeeringKind, Connection),
    /// The route filter of a circuit's Microsoft peering. "Down" means that the route filter is detached.
    RouteFilter(CircuitId),
    /// A tunnel of a site, by its index in [`Site::vpn`](crate::network::Site::vpn).
    Vpn(SiteId, u32),
    /// A link between sites.
    Wan(WanLinkId),
}

impl Link {
    /// Returns whether another link goes down with this one.
    pub fn forwards(self, other: Self) -> bool {
        match (self, other) {
            // A route filter has no effect without sessions.
            (
                Self::Circuit(own),
                Self::Connection(of, _)
                | Self::Peering(of, _)
                | Self::Session(of, ..)
                | Self::RouteFilter(of),
            )
            | (Self::Peering(own, PeeringKind::Microsoft), Self::RouteFilter(of)) => own == of,
            (Self::Connection(own, connection), Self::Session(of, _, on)) => own == of && connection == on,
            (Self::Peering(own, kind), Self::Session(of, peering, _)) => own == of && kind == peering,
            _ => false,
        }
    }
}

/// The links whose state overrides the network file; none by default.
///
/// When a link is down, every link that it carries is down as well. A link that is set to up is up regardless of the
/// file, as long as no link that carries it is down.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct LinkState {
    known: BTreeMap<Link, bool>,
    prepended: BTreeMap<(CircuitId, Connection), u8>,
}

impl LinkState {
    /// Creates a state in which every link has its state in the network file.
    pub const fn as_written() -> Self {
        Self { known: BTreeMap::new(), prepended: BTreeMap::new() }
    }

    /// Sets a link up or down.
    pub fn set(&mut self, link: Link, up: bool) {
        self.known.insert(link, up);
    }

    /// Returns this state with one link down.
    #[must_use]
    pub fn with_down(mut self, link: Link) -> Self {
        self.set(link, false);
        self
    }

    /// Returns whether a link itself is set to up; `None` if the network file decides.
    pub fn get(&self, link: Link) -> Option<bool> {
        self.known.get(&link).copied()
    }

    /// Sets how often Microsoft prepends its ASN on a connection that it maintains (Microsoft, *ExpressRoute FAQ*).
    /// Microsoft prepends it to the routes that it advertises and to those within its own network.
    pub fn set_prepended(&mut self, circuit: CircuitId, connection: Connection, times: u8) {
        self.prepended.insert((circuit, connection), times);
    }

    /// Returns the part of this state for links for which `holds` is true. `named` returns the name under which each
    /// link is included.
    pub(in crate::engine) fn part(&self, holds: impl Fn(Link) -> bool, named: impl Fn(Link) -> Link) -> Self {
        let known = self.known.iter().filter(|(link, _)| holds(**link));
        let prepended = self
            .prepended
            .iter()
            .filter(|((circuit, _), times)| **times > 0 && holds(Link::Circuit(*circuit)));
        Self {
            known: known.map(|(link, up)| (named(*link), *up)).collect(),
            prepended: prepended.map(|(connection, times)| (*connection, *times)).collect(),
        }
    }

    /// Returns whether the state contains only the edge and the tunnels of a site.
    pub(in crate::engine) fn is_of_site(&self, site: SiteId) -> bool {
        let own = |link: &Link| matches!(link, Link::Internet(of) | Link::Vpn(of, _) if *of == site);
        self.prepended.is_empty() && self.known.keys().all(own)
    }

    /// Returns how often Microsoft prepends its ASN on a connection; 0 if no number was set.
    pub fn prepended(&self, circuit: CircuitId, connection: Connection) -> u8 {
        self.prepended.get(&(circuit, connection)).copied().unwrap_or_default()
    }

    /// Returns whether the session of a peering on a connection is up. The session is down if any link that carries it
    /// is down. Otherwise, its own state counts; `None` if the network file decides.
    pub fn session(&self, circuit: CircuitId, peering: PeeringKind, connection: Connection) -> Option<bool> {
        let next_hops =
            [Link::Circuit(circuit), Link::Connection(circuit, connection), Link::Peering(circuit, peering)];
        let down = next_hops.into_iter().any(|link| self.get(link) == Some(false));
        let session = self.get(Link::Session(circuit, peering, connection));
        if down { Some(false) } else { session }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_carries_a_session_takes_it_down() {
        let (circuit, primary) = (CircuitId(0), Connection::Primary);
        let session = |state: &LinkState| state.session(circuit, PeeringKind::Microsoft, primary);
        let mut state = LinkState::as_written();
        assert_eq!(session(&state), None);
        state.set(Link::Session(circuit, PeeringKind::Microsoft, primary), true);
        assert_eq!(session(&state), Some(true));
        for link in [Link::Circuit(circuit), Link::Connection(circuit, primary)] {
            assert_eq!(session(&state.clone().with_down(link)), Some(false));
        }
        let other = state.with_down(Link::Connection(circuit, Connection::Secondary));
        assert_eq!(session(&other), Some(true));
    }
}
