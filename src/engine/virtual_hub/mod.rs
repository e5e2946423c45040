//! Virtual hubs: what each learns from circuits, tunnels, appliances and other hubs, what it chooses of it, and what it
//! announces.
//!
//! ```text
//! learn ─▶ candidates of each hub ─▶ choice among them, told to the other hubs until nothing changes ─▶ rows of its tables
//!                                                                                                     └▶ what sites hear
//! ```
//!
//! Sources: Microsoft, *about virtual hub routing* (association and propagation, labels, static routes, what is kept from
//! other hubs), *virtual hub routing preference* (the choice), *how to configure Virtual WAN hub routing intent and
//! routing policies*, *Virtual WAN FAQ* (transit between circuits and tunnels, and none among circuits; IPv4 alone).

mod announce;
mod choice;
mod learn;
mod rows;

pub(super) use announce::Announced;

use std::collections::BTreeMap;

use crate::addr::IpPrefix;
use crate::diag::{Span, Spanned};
use crate::engine::decision::{Carrier, Decision};
use crate::engine::inputs::Inputs;
use crate::engine::session::Session;
use crate::network::{CircuitId, HubFirewallId, HubTableId, Network, SiteId, VirtualHubId, VirtualNetworkId};

/// A route of a table, found by longest match.
pub(super) type Row = (IpPrefix, Decision);

/// At Microsoft's edges, the hubs to which what a prefix holds goes in, by circuit.
pub(super) type Entry = (IpPrefix, Vec<(CircuitId, Vec<VirtualHubId>)>);

/// What the virtual hubs of a network know in one state of its links.
#[derive(Debug, Default)]
pub(super) struct Hubs {
    ribs: Vec<Rib>,
    /// By circuit what hubs announce there, by tunnel as well.
    on_circuits: BTreeMap<CircuitId, Vec<Announced>>,
    over_tunnels: BTreeMap<(SiteId, u32), Vec<Announced>>,
    entries: Vec<Entry>,
    /// Prefixes of IPv6 that hubs would learn.
    ipv6: Vec<Spanned<IpPrefix>>,
}

/// What one hub knows.
#[derive(Debug, Default)]
struct Rib {
    sessions: Vec<Session>,
    /// By table.
    tables: Vec<Vec<Row>>,
    /// By firewall.
    firewalls: Vec<Vec<Row>>,
    /// What virtual networks learn, by the table that they are associated with.
    learned: Vec<Vec<Row>>,
    /// What turns at Microsoft's edge of a circuit to another hub.
    turned: Vec<Row>,
}

/// A route that a hub has.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Route {
    /// Where it comes from.
    origin: Origin,
    /// The hub that has it by itself, where that is another one.
    through: Option<VirtualHubId>,
    /// The hub that announces it on a circuit from which it is heard, where one does: packets turn at Microsoft's edge.
    turned: Option<VirtualHubId>,
    /// How many numbers its AS path has here.
    length: usize,
    /// The numbers of the path that are the site's, the nearest first.
    numbers: Vec<u32>,
    /// The connections and tunnels that it leads over.
    carriers: Vec<Carrier>,
    circuits: Vec<CircuitId>,
    /// The tables that learn it.
    tables: Vec<(VirtualHubId, HubTableId)>,
    /// Whether the hub that has it sends private traffic through a firewall: other hubs learn it whatever is propagated.
    inspected: bool,
    span: Span,
}

/// Where a route comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Origin {
    /// The addresses of the hub itself.
    Hub,
    /// The prefix of a virtual network that is connected.
    Network(VirtualNetworkId),
    /// A static route of its connection, to an appliance.
    Static(std::net::IpAddr),
    /// An appliance by BGP.
    Peer(std::net::IpAddr),
    Circuit,
    Tunnel(SiteId, u32),
}

impl Hubs {
    /// Of a network in a state of its links; empty where it has no hubs.
    ///
    /// # Complexity
    ///
    /// `O(n log n)` in the prefixes that are advertised to hubs, times the hubs.
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

    /// The sessions that carriers of a hub's decisions are among.
    pub(super) fn sessions(&self, hub: VirtualHubId) -> &[Session] {
        self.rib(hub).map_or(&[], |rib| &rib.sessions)
    }

    /// What a hub decides by one of its tables.
    pub(super) fn table(&self, hub: VirtualHubId, table: HubTableId) -> &[Row] {
        self.rib(hub).and_then(|rib| rib.tables.get(table.index())).map_or(&[], Vec::as_slice)
    }

    /// What a firewall of a hub decides by.
    pub(super) fn firewall(&self, hub: VirtualHubId, firewall: HubFirewallId) -> &[Row] {
        self.rib(hub).and_then(|rib| rib.firewalls.get(firewall.index())).map_or(&[], Vec::as_slice)
    }

    /// What a virtual network learns that is connected to a hub and associated with a table.
    pub(super) fn learned(&self, hub: VirtualHubId, table: HubTableId) -> &[Row] {
        self.rib(hub).and_then(|rib| rib.learned.get(table.index())).map_or(&[], Vec::as_slice)
    }

    /// What turns to other hubs at Microsoft's edge of what a hub sends over circuits.
    pub(super) fn turned(&self, hub: VirtualHubId) -> &[Row] {
        self.rib(hub).map_or(&[], |rib| &rib.turned)
    }

    /// What hubs announce on a circuit, each prefix once.
    pub(super) fn on_circuit(&self, circuit: CircuitId) -> &[Announced] {
        self.on_circuits.get(&circuit).map_or(&[], Vec::as_slice)
    }

    /// What hubs announce over a tunnel, each prefix once.
    pub(super) fn over_tunnel(&self, site: SiteId, vpn: u32) -> &[Announced] {
        self.over_tunnels.get(&(site, vpn)).map_or(&[], Vec::as_slice)
    }

    /// Where what comes from sites over circuits goes in, by destination; none where circuits lead to no hub.
    pub(super) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Prefixes of IPv6 of connected virtual networks and of sites, which no hub carries (Microsoft, *Virtual WAN FAQ*).
    pub(super) fn ipv6(&self) -> &[Spanned<IpPrefix>] {
        &self.ipv6
    }

    /// Every prefix that any hub, or any edge before one, tells apart.
    pub(super) fn prefixes(&self) -> impl Iterator<Item = IpPrefix> {
        let ribs = self.ribs.iter().flat_map(|rib| {
            let tables = rib.tables.iter().chain(&rib.firewalls).chain(&rib.learned);
            tables.flatten().chain(&rib.turned).map(|(prefix, _)| *prefix)
        });
        ribs.chain(self.entries.iter().map(|(prefix, _)| *prefix))
    }
}

/// The entry of the longest prefix among some that covers another one, itself if it is there; they are in the order of prefixes.
fn longest<T>(all: &[(IpPrefix, T)], prefix: IpPrefix) -> Option<&(IpPrefix, T)> {
    if let Ok(index) = all.binary_search_by_key(&prefix, |(own, _)| *own) {
        return all.get(index);
    }
    let covering = all.iter().filter(|(own, _)| own.covers(prefix));
    covering.max_by_key(|(own, _)| own.length())
}

/// Whether a hub sends private traffic through a firewall.
fn inspects(network: &Network, hub: VirtualHubId) -> bool {
    network.virtual_hub(hub).is_some_and(|hub| hub.routing_intent.private.is_some())
}
