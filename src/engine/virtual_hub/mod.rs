//! Virtual hubs: the routes that each hub learns from circuits, tunnels, appliances and other hubs, the routes that it
//! selects, and the routes that it announces.
//!
//! ```text
//! learn ─▶ candidates of each hub ─▶ choice, advertised to the other hubs until nothing changes ─▶ rows of its tables
//!                                                                                                └▶ what sites learn
//! ```
//!
//! Sources: Microsoft, *about virtual hub routing* (association and propagation, labels, static routes, routes that are
//! not advertised to other hubs), *virtual hub routing preference* (the choice), *how to configure Virtual WAN hub
//! routing intent and routing policies*, *Virtual WAN FAQ* (transit between circuits and tunnels, but not among
//! circuits; IPv4 only).

mod announce;
mod choice;
mod learn;
mod rows;

pub(super) use announce::Announced;

use std::collections::BTreeMap;

use crate::addr::IpPrefix;
use crate::diag::{Span, Spanned};
use crate::engine::decision::{Decision, NextHop};
use crate::engine::inputs::Inputs;
use crate::engine::session::Session;
use crate::network::{CircuitId, HubFirewallId, HubTableId, Network, SiteId, VirtualHubId, VirtualNetworkId};

/// A route in a table, used for longest-prefix match.
pub(super) type Row = (IpPrefix, Decision);

/// A prefix at Microsoft's edges, with the hubs through which packets to it enter, by circuit.
pub(super) type Entry = (IpPrefix, Vec<(CircuitId, Vec<VirtualHubId>)>);

/// The routes of a network's virtual hubs in one state of its links.
#[derive(Debug, Default)]
pub(super) struct Hubs {
    ribs: Vec<Rib>,
    /// The announcements of hubs, by circuit and by tunnel.
    on_circuits: BTreeMap<CircuitId, Vec<Announced>>,
    over_tunnels: BTreeMap<(SiteId, u32), Vec<Announced>>,
    entries: Vec<Entry>,
    /// The IPv6 prefixes that hubs would learn.
    ipv6: Vec<Spanned<IpPrefix>>,
}

/// The routes of one hub.
#[derive(Debug, Default)]
struct Rib {
    sessions: Vec<Session>,
    /// The rows of each route table.
    tables: Vec<Vec<Row>>,
    /// The rows of each firewall.
    firewalls: Vec<Vec<Row>>,
    /// The routes that virtual networks learn, by the table with which the virtual networks are associated.
    learned: Vec<Vec<Row>>,
    /// The routes on which packets turn back to another hub at Microsoft's edge of a circuit.
    turned: Vec<Row>,
}

/// A route of a hub.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Route {
    /// The source of the route.
    origin: Origin,
    /// The other hub that learned the route and advertised it; `None` if this hub learned the route itself.
    through: Option<VirtualHubId>,
    /// The other hub that announces the route on a circuit, if this hub learns the route from that circuit. In that
    /// case, packets turn back at Microsoft's edge.
    turned: Option<VirtualHubId>,
    /// The length of the route's AS path at this hub.
    length: usize,
    /// The ASNs of the site in the path, nearest first.
    numbers: Vec<u32>,
    /// The connections and tunnels to which the route points.
    next_hops: Vec<NextHop>,
    circuits: Vec<CircuitId>,
    /// The tables that learn the route.
    tables: Vec<(VirtualHubId, HubTableId)>,
    /// Whether the hub that learned the route sends private traffic through a firewall. In that case, other hubs learn
    /// the route regardless of propagation settings.
    inspected: bool,
    span: Span,
}

/// The source of a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Origin {
    /// The addresses of the hub itself.
    Hub,
    /// The prefix of a connected virtual network.
    Network(VirtualNetworkId),
    /// A static route of a connection, to an appliance.
    Static(std::net::IpAddr),
    /// A BGP route from an appliance.
    Peer(std::net::IpAddr),
    Circuit,
    Tunnel(SiteId, u32),
}

impl Hubs {
    /// Evaluates the hubs of a network in a state of its links; empty if the network has no hubs.
    ///
    /// # Complexity
    ///
    /// `O(n log n)` in the prefixes that are advertised to hubs, times the number of hubs.
    pub(super) fn of(inputs: Inputs<'_>) -> Self {
        let network = inputs.network;
        if network.virtual_hubs.is_empty() {
            return Self::default();
        }
        let (all, sessions) = learn::candidates(inputs);
        let known = choice::settled(network, &all, &sessions);
        let ribs = network.virtual_hubs_with_ids().zip(sessions);
        let ribs = ribs.map(|((id, hub), sessions)| rows::rib(inputs, (id, hub), &known, sessions)).collect();
        let (on_circuits, over_tunnels) = announce::announced(network, &known);
        let entries = announce::entries(network, &on_circuits);
        Self { ribs, on_circuits, over_tunnels, entries, ipv6: learn::ipv6(network) }
    }

    fn rib(&self, hub: VirtualHubId) -> Option<&Rib> {
        self.ribs.get(hub.index())
    }

    /// Returns the sessions to which the carriers of a hub's decisions refer.
    pub(super) fn sessions(&self, hub: VirtualHubId) -> &[Session] {
        self.rib(hub).map_or(&[], |rib| &rib.sessions)
    }

    /// Returns the decisions of a hub according to one of its tables.
    pub(super) fn table(&self, hub: VirtualHubId, table: HubTableId) -> &[Row] {
        self.rib(hub).and_then(|rib| rib.tables.get(table.index())).map_or(&[], Vec::as_slice)
    }

    /// Returns the decisions of a hub's firewall.
    pub(super) fn firewall(&self, hub: VirtualHubId, firewall: HubFirewallId) -> &[Row] {
        self.rib(hub).and_then(|rib| rib.firewalls.get(firewall.index())).map_or(&[], Vec::as_slice)
    }

    /// Returns the routes that a virtual network learns when it is connected to a hub and associated with a
    /// table.
    pub(super) fn learned(&self, hub: VirtualHubId, table: HubTableId) -> &[Row] {
        self.rib(hub).and_then(|rib| rib.learned.get(table.index())).map_or(&[], Vec::as_slice)
    }

    /// Returns the routes of a hub over circuits on which packets turn back to other hubs at Microsoft's edge.
    pub(super) fn turned(&self, hub: VirtualHubId) -> &[Row] {
        self.rib(hub).map_or(&[], |rib| &rib.turned)
    }

    /// Returns the announcements of hubs on a circuit, each prefix once.
    pub(super) fn on_circuit(&self, circuit: CircuitId) -> &[Announced] {
        self.on_circuits.get(&circuit).map_or(&[], Vec::as_slice)
    }

    /// Returns the announcements of hubs over a tunnel, each prefix once.
    pub(super) fn over_tunnel(&self, site: SiteId, vpn: u32) -> &[Announced] {
        self.over_tunnels.get(&(site, vpn)).map_or(&[], Vec::as_slice)
    }

    /// Returns the hubs through which packets from sites enter over circuits, by destination; empty if no circuit leads
    /// to a hub.
    pub(super) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Returns the IPv6 prefixes of connected virtual networks and of sites. No hub carries IPv6 (Microsoft, *Virtual
    /// WAN FAQ*).
    pub(super) fn ipv6(&self) -> &[Spanned<IpPrefix>] {
        &self.ipv6
    }

    /// Lists every prefix that any hub, or any edge in front of a hub, distinguishes.
    pub(super) fn prefixes(&self) -> impl Iterator<Item = IpPrefix> {
        let ribs = self.ribs.iter().flat_map(|rib| {
            let tables = rib.tables.iter().chain(&rib.firewalls).chain(&rib.learned);
            tables.flatten().chain(&rib.turned).map(|(prefix, _)| *prefix)
        });
        ribs.chain(self.entries.iter().map(|(prefix, _)| *prefix))
    }
}

/// Returns the entry with the longest prefix that equals or covers the given prefix. `all` must be sorted by prefix.
fn longest<T>(all: &[(IpPrefix, T)], prefix: IpPrefix) -> Option<&(IpPrefix, T)> {
    if let Ok(index) = all.binary_search_by_key(&prefix, |(own, _)| *own) {
        return all.get(index);
    }
    let covering = all.iter().filter(|(own, _)| own.covers(prefix));
    covering.max_by_key(|(own, _)| own.length())
}

/// Returns whether a hub sends private traffic through a firewall.
fn inspects(network: &Network, hub: VirtualHubId) -> bool {
    network.virtual_hub(hub).is_some_and(|hub| hub.routing_intent.private.is_some())
}
