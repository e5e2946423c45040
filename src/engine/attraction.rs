//! Determines the edge of the company at which packets from outside arrive.
//!
//! The return paths of packets, the inbound paths of connections, the simulator and the lints all use this module, so
//! their results cannot contradict each other.
//!
//! Sources: Microsoft, *Asymmetric routing with ExpressRoute* (longest match among the prefixes advertised on
//! ExpressRoute and on the internet; if both advertise the same prefix, always ExpressRoute), *Optimize ExpressRoute
//! routing* and *routing requirements* (among several circuits, the shorter AS path, not counting private ASNs; among
//! circuits with equal paths Microsoft picks one), *ExpressRoute FAQ* (Microsoft prepends on a connection that it
//! maintains).

use std::collections::BTreeMap;

use crate::addr::{Family, IpPrefix};
use crate::diag::Spanned;
use crate::engine::covering_prefixes::{covering, within};
use crate::engine::inputs::Inputs;
use crate::engine::session::{SessionState, connection_states};
use crate::engine::state::Link;
use crate::network::{CircuitId, Connection, PeeringKind, SiteId, State};

/// A prefix that is advertised to Microsoft over a connection of a circuit, while the connection is up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OnCircuit {
    /// The circuit.
    pub circuit: CircuitId,
    /// The connection.
    pub connection: Connection,
    /// The prefix, with its position in the network file.
    pub prefix: Spanned<IpPrefix>,
    /// The length of the prefix's AS path as Microsoft compares it, at least 1: without private ASNs, but with the ASNs
    /// that Microsoft prepends while it maintains the connection.
    pub path_length: usize,
}

/// A prefix that an internet edge announces, while the edge is up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OnInternet {
    /// The site to which the edge belongs.
    pub site: SiteId,
    /// The prefix, with its position in the network file.
    pub prefix: Spanned<IpPrefix>,
}

/// How packets from Microsoft to an address of the company arrive. Entries that tie are all listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attracted<'t> {
    /// Over the Microsoft peering of circuits: all circuits that tie, at least one, in the order of the network file.
    Circuits(Vec<&'t OnCircuit>),
    /// Over internet edges: all edges that tie, at least one, in the order of the network file.
    Internet(Vec<&'t OnInternet>),
    /// No link that is up leads to the address.
    Nowhere,
}

/// All prefixes that are advertised to Microsoft or announced on the internet.
#[derive(Clone, Debug, Default)]
pub struct Attractions {
    circuits: Indexed<OnCircuit>,
    internet: Indexed<OnInternet>,
}

/// Advertised prefixes in the order of the network file, indexed by prefix.
#[derive(Clone, Debug)]
struct Indexed<T> {
    all: Vec<T>,
    by_prefix: BTreeMap<IpPrefix, Vec<usize>>,
}

impl<T> Default for Indexed<T> {
    fn default() -> Self {
        Self { all: Vec::new(), by_prefix: BTreeMap::new() }
    }
}

impl<T> Indexed<T> {
    fn of(all: Vec<T>, prefix: impl Fn(&T) -> IpPrefix) -> Self {
        let mut by_prefix: BTreeMap<IpPrefix, Vec<usize>> = BTreeMap::new();
        for (index, one) in all.iter().enumerate() {
            by_prefix.entry(prefix(one)).or_default().push(index);
        }
        Self { all, by_prefix }
    }

    /// Returns the entries with the longest prefix that covers `ours`, among the entries for which `wanted` is true.
    fn longest(&self, ours: IpPrefix, wanted: impl Fn(&T) -> bool) -> Vec<&T> {
        let wanted = |index: &usize| self.all.get(*index).filter(|one| wanted(one));
        let mut covering = covering(&self.by_prefix, ours).map(|(_, all)| all);
        let found = covering.find_map(|all| {
            let found: Vec<&T> = all.iter().filter_map(wanted).collect();
            (!found.is_empty()).then_some(found)
        });
        found.unwrap_or_default()
    }

    /// Returns the entries whose prefixes lie within `ours`, in the order of the prefixes.
    fn within(&self, ours: IpPrefix) -> impl Iterator<Item = &T> {
        within(&self.by_prefix, ours).flat_map(|(_, all)| all).filter_map(|index| self.all.get(*index))
    }
}

impl Attractions {
    /// Collects the advertisements of a network in a state of its links.
    pub fn of(inputs: Inputs<'_>) -> Self {
        Self {
            circuits: Indexed::of(on_circuits(inputs), |one| one.prefix.value),
            internet: Indexed::of(on_internet(inputs), |one| one.prefix.value),
        }
    }

    /// Returns how packets from Microsoft to `ours` arrive. Only circuits for which `reaches` is true attract packets,
    /// because a circuit whose SKU does not reach a region attracts no packets from it.
    ///
    /// The longest prefix decides. At equal length, circuits come before the internet.
    ///
    /// # Complexity
    ///
    /// One search for each shorter prefix.
    pub fn microsoft(&self, ours: IpPrefix, reaches: impl Fn(CircuitId) -> bool) -> Attracted<'_> {
        let (circuits, internet) = (self.circuits(ours, reaches), self.internet(ours));
        let length = |prefix: Option<Spanned<IpPrefix>>| prefix.map(|prefix| prefix.value.length());
        let on_circuits = length(circuits.first().map(|one| one.prefix));
        let on_internet = length(internet.first().map(|one| one.prefix));
        match (on_circuits, on_internet) {
            (None, None) => Attracted::Nowhere,
            (Some(circuit), internet) if internet.is_none_or(|internet| circuit >= internet) => {
                Attracted::Circuits(circuits)
            }
            _ => Attracted::Internet(internet),
        }
    }

    /// Returns the circuits among which Microsoft may choose for `ours`. Only circuits for which `reaches` is true take
    /// part. The longest prefix that covers `ours` wins, then the shortest AS path. All circuits that tie are returned,
    /// one entry for each connection, in the order of the network file. Empty if no circuit advertises `ours`.
    pub fn circuits(&self, ours: IpPrefix, reaches: impl Fn(CircuitId) -> bool) -> Vec<&OnCircuit> {
        let mut all = self.circuits.longest(ours, |one| reaches(one.circuit));
        let shortest = all.iter().map(|one| one.path_length).min();
        all.retain(|one| Some(one.path_length) == shortest);
        all
    }

    /// Returns the internet edges at which packets from the internet to `ours` may arrive: the edges with the longest
    /// prefix that covers `ours`. All edges that tie are returned, in the order of the network file, because the
    /// lengths of their providers' AS paths are unknown.
    pub fn internet(&self, ours: IpPrefix) -> Vec<&OnInternet> {
        self.internet.longest(ours, |_| true)
    }

    /// Returns every prefix within `ours` that is advertised on a circuit for which `reaches` is true, or
    /// announced on the internet.
    pub(super) fn prefixes(
        &self,
        ours: IpPrefix,
        reaches: impl Fn(CircuitId) -> bool,
    ) -> impl Iterator<Item = IpPrefix> {
        let circuits = self.circuits.within(ours).filter(move |one| reaches(one.circuit));
        let circuits = circuits.map(|one| one.prefix.value);
        circuits.chain(self.internet.within(ours).map(|one| one.prefix.value))
    }
}

fn on_circuits(inputs: Inputs<'_>) -> Vec<OnCircuit> {
    let mut all = Vec::new();
    for (id, circuit) in inputs.network.circuits_with_ids() {
        let Some(peering) = &circuit.microsoft_peering else { continue };
        for connection in Connection::ALL {
            let [v4, v6] = connection_states(inputs.links, id, circuit, PeeringKind::Microsoft, connection);
            let own = peering.prepended_on(connection);
            let path_length = 1 + own + usize::from(inputs.links.prepended(id, connection));
            let is_up = |prefix: &&Spanned<IpPrefix>| {
                let state = if prefix.value.family() == Family::V4 { v4 } else { v6 };
                state == SessionState::Up
            };
            let advertised = peering.advertised_on(connection).iter().filter(is_up);
            all.extend(advertised.map(|prefix| OnCircuit {
                circuit: id,
                connection,
                prefix: *prefix,
                path_length,
            }));
        }
    }
    all
}

fn on_internet(inputs: Inputs<'_>) -> Vec<OnInternet> {
    let mut all = Vec::new();
    for (id, site) in inputs.network.sites_with_ids() {
        let Some(edge) = &site.internet else { continue };
        if inputs.links.get(Link::Internet(id)).unwrap_or(edge.state.value == State::Up) {
            let both = site.announced(Family::V4).chain(site.announced(Family::V6));
            all.extend(both.map(|prefix| OnInternet { site: id, prefix }));
        }
    }
    all
}
