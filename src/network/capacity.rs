//! The load on links at the busiest time, and the remaining headroom after a failure.
//!
//! The figures are from the file (`peak`, `bandwidth`). The arithmetic follows Microsoft's rules: each of the two
//! links of a circuit has the full bandwidth, so both together carry twice as much while both are up; both peerings
//! share that bandwidth; and a link drops the load above its bandwidth (expressroute-faqs,
//! expressroute-circuit-peerings). The simulator and `sweep` use the same rates. All figures are for the busier direction, because
//! links are duplex.

use crate::network::{
    Bandwidth, Circuit, CircuitId, Connection, GatewayCircuit, Network, PeeringKind, Site, SiteId, State,
    VirtualNetworkId, WanLink,
};

/// The headroom, in percent, below which the load on a link is considered too high
/// (network-planning-with-expressroute recommends 20 to 50 %).
pub const HEADROOM_PERCENT: u64 = 20;

/// A load and the capacity that is available for the load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offered {
    /// The offered load.
    pub load: Bandwidth,
    /// The capacity.
    pub capacity: Bandwidth,
}

impl Offered {
    /// Returns the load above the capacity, which is dropped.
    pub fn dropped(self) -> Bandwidth {
        let over = self.load.bits_per_second().saturating_sub(self.capacity.bits_per_second());
        Bandwidth::from_bits_per_second(over)
    }

    /// Returns the remaining capacity as a percentage of the capacity, rounded down; 0 if the link is full or
    /// overloaded.
    pub fn headroom_percent(self) -> u64 {
        let capacity = u128::from(self.capacity.bits_per_second());
        let left = capacity.saturating_sub(u128::from(self.load.bits_per_second()));
        u64::try_from((left * 100).checked_div(capacity).unwrap_or_default()).unwrap_or_default()
    }
}

/// Returns the load of a peering on one connection. `None` if the file contains the load of neither connection. If
/// the file contains the load of only one connection, the other connection is assumed to be idle.
pub fn peering_load(circuit: &Circuit, peering: PeeringKind, connection: Connection) -> Option<Bandwidth> {
    let enabled = match peering {
        PeeringKind::Microsoft => circuit.microsoft_peering.as_ref()?.enabled.value,
        PeeringKind::Private => circuit.private_peering.as_ref()?.enabled.value,
    };
    let peak = |connection| circuit.settings(peering, connection)?.peak;
    let known = Connection::ALL.into_iter().any(|connection| peak(connection).is_some());
    (enabled && known).then(|| peak(connection).map_or(Bandwidth::ZERO, |peak| peak.value))
}

/// Returns the load on one link of a circuit while both links are up: the sum of the loads of both peerings.
pub fn link(circuit: &Circuit, connection: Connection) -> Option<Offered> {
    let loads = PeeringKind::ALL.into_iter().map(|kind| peering_load(circuit, kind, connection));
    Some(Offered { load: sum(loads.flatten())?, capacity: circuit.bandwidth.value })
}

/// Returns the load on the remaining link of a circuit after the other link fails: the sum of the loads on both links.
pub fn after_connection(circuit: &Circuit) -> Option<Offered> {
    let loads = Connection::ALL.into_iter().filter_map(|connection| link(circuit, connection));
    Some(Offered { load: sum(loads.map(|offered| offered.load))?, capacity: circuit.bandwidth.value })
}

/// The circuits or edges that take over the load of a lost circuit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heir {
    /// The other circuits that the lost circuit's sites use, with the number of their links that are up.
    Circuits {
        /// The circuits.
        circuits: Vec<CircuitId>,
        /// The number of links of these circuits that are up.
        links: usize,
    },
    /// The internet edges of the lost circuit's sites. They take over only the load of Microsoft peering, because
    /// private peering cannot use the internet.
    Internet,
}

/// The load on the remaining links after a circuit is lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AfterCircuit {
    /// The circuits or edges that take over.
    pub heir: Heir,
    /// The load, and the capacity of all remaining links together.
    pub offered: Offered,
    /// The same after a second failure, of the remaining link with the most bandwidth; `None` for internet edges.
    pub second: Option<Offered>,
}

/// Returns the total load on the remaining circuits or internet edges after a circuit is lost. Both links of a remaining
/// circuit are up, and each has the full bandwidth, so the circuit carries twice its bandwidth until a link fails.
///
/// The distribution of the load over several links, circuits or edges is unknown, so the result is a lower bound: if
/// the sum does not fit, no distribution fits. `None` if no circuit or edge takes over, or if the file lacks the peak
/// load of the lost circuit or of any circuit or edge that takes over.
pub fn after_circuit(network: &Network, id: CircuitId) -> Option<AfterCircuit> {
    let circuit = network.circuit(id)?;
    let lost = after_connection(circuit)?.load;
    let sites: Vec<&Site> = network.sites.iter().filter(|site| site.circuits.contains(&id)).collect();
    let others = others(network, id, circuit);
    if others.is_empty() {
        let kind = PeeringKind::Microsoft;
        let lost = Connection::ALL.into_iter().map(|connection| peering_load(circuit, kind, connection));
        let lost = sum(lost.flatten())?;
        let edges: Vec<_> = sites.iter().filter_map(|site| site.internet.as_ref()).collect();
        let peaks: Vec<_> = edges.iter().map(|edge| Some(edge.peak?.value)).collect::<Option<_>>()?;
        let carried: Vec<_> = edges.iter().map(|edge| Some(edge.bandwidth?.value)).collect::<Option<_>>()?;
        let load = sum(peaks.into_iter().chain([lost]))?;
        let offered = Offered { load, capacity: sum(carried)? };
        return Some(AfterCircuit { heir: Heir::Internet, offered, second: None });
    }
    let heirs: Vec<&Circuit> = others.iter().filter_map(|other| network.circuit(*other)).collect();
    let loads = heirs.iter().map(|heir| Some(after_connection(heir)?.load)).collect::<Option<Vec<_>>>()?;
    let load = sum(loads.into_iter().chain([lost]))?;
    let rates: Vec<Bandwidth> = heirs.iter().flat_map(|heir| links_up(heir)).collect();
    let offered = Offered { load, capacity: sum(rates.iter().copied())? };
    let largest = rates.iter().max().copied().unwrap_or(Bandwidth::ZERO);
    let second = Offered { load, capacity: less(offered.capacity, largest) };
    let heir = Heir::Circuits { circuits: others, links: rates.len() };
    Some(AfterCircuit { heir, offered, second: Some(second) })
}

/// Returns the other circuits with a peering of the same kind that the sites of a circuit use, ascending: those that
/// the sites list, and those that other sites advertise to them over links.
fn others(network: &Network, id: CircuitId, circuit: &Circuit) -> Vec<CircuitId> {
    let sites = network.sites_with_ids().filter(|(_, site)| site.circuits.contains(&id));
    let joined = sites.flat_map(|(site, _)| network.joined(site, |_, link| link.announces.circuits));
    let used = joined.filter_map(|site| network.site(site)).flat_map(|site| &site.circuits);
    let replaces = |other: &CircuitId| {
        let kinds = |circuit: &Circuit| PeeringKind::ALL.map(|kind| is_enabled(circuit, kind));
        let theirs = network.circuit(*other).map(kinds).unwrap_or_default();
        *other != id && kinds(circuit).into_iter().zip(theirs).any(|(own, other)| own && other)
    };
    let mut others: Vec<CircuitId> = used.copied().filter(replaces).collect();
    others.sort_unstable();
    others.dedup();
    others
}

fn is_enabled(circuit: &Circuit, kind: PeeringKind) -> bool {
    match kind {
        PeeringKind::Microsoft => circuit.microsoft_peering.as_ref().is_some_and(|own| own.enabled.value),
        PeeringKind::Private => circuit.private_peering.as_ref().is_some_and(|own| own.enabled.value),
    }
}

/// Returns the bandwidth of each link of a circuit that is up: the session of any enabled peering on it is up.
fn links_up(circuit: &Circuit) -> Vec<Bandwidth> {
    let is_up = |connection: &Connection| {
        PeeringKind::ALL.into_iter().any(|kind| {
            let settings = circuit.settings(kind, *connection);
            is_enabled(circuit, kind) && settings.is_some_and(|own| own.state.value == State::Up)
        })
    };
    Connection::ALL.into_iter().filter(is_up).map(|_| circuit.bandwidth.value).collect()
}

/// Returns the load on a link between sites while everything is up; `None` if the file lacks its `peak` or `bandwidth`.
pub fn wan_link(link: &WanLink) -> Option<Offered> {
    Some(Offered { load: link.peak?.value, capacity: link.bandwidth?.value })
}

/// Returns the load on the links of a site to other sites after its circuit is lost, and the site. The load of the lost
/// circuit crosses these links, because only circuits at other sites take over.
///
/// The result is a lower bound like [`after_circuit`]. `None` unless it is certain that all of the load crosses the
/// links: the circuit ends at one site, no other circuit ends there, the site has no tunnel, and every other site that
/// the links reach has a circuit of its own, so it does not use the lost one. `None` also if the file lacks the load
/// of the circuit, or the load or the bandwidth of a link.
pub fn wan_after_circuit(network: &Network, id: CircuitId) -> Option<(SiteId, Offered)> {
    let lost = after_connection(network.circuit(id)?)?.load;
    let [Some(site)] = *network.edges_of(id).as_slice() else { return None };
    let ends = |at: SiteId| {
        let all = network.circuits_with_ids().map(|(circuit, _)| circuit);
        all.filter(move |circuit| network.edges_of(*circuit).contains(&Some(at)))
    };
    let carries = |link: &WanLink| link.announces.circuits && link.state.value == State::Up;
    let alone = ends(site).all(|circuit| circuit == id) && network.site(site)?.vpn.is_empty();
    let joined = network.joined(site, |_, link| carries(link));
    let others: Vec<SiteId> = joined.into_iter().filter(|one| *one != site).collect();
    if !alone || others.is_empty() || !others.iter().all(|other| ends(*other).next().is_some()) {
        return None;
    }
    let links = network.wan_links_with_ids().map(|(_, link)| link);
    let links: Vec<&WanLink> = links.filter(|link| carries(link) && link.sites.contains(&site)).collect();
    let loads = links.iter().map(|link| wan_link(link)).collect::<Option<Vec<_>>>()?;
    let load = sum(loads.iter().map(|offered| offered.load).chain([lost]))?;
    Some((site, Offered { load, capacity: sum(loads.iter().map(|offered| offered.capacity))? }))
}

/// Returns the load on the gateway of a virtual network: the load of private peering on all circuits that lead to this
/// gateway only. `None` if the throughput of the gateway's SKU is unknown, if a circuit also leads elsewhere or bypasses
/// the gateway (FastPath), or if the file lacks the load of a circuit.
pub fn gateway(network: &Network, id: VirtualNetworkId) -> Option<Offered> {
    let own = network.virtual_network(id)?.gateway.as_ref()?;
    let at_hub = |circuit| {
        network.virtual_hubs.iter().flat_map(|hub| &hub.circuits).any(|link| link.circuit == circuit)
    };
    let load = |link: &GatewayCircuit| {
        let circuit = network.circuit(link.circuit)?;
        let only = circuit.private_peering.as_ref()?.of_kind.virtual_networks == [id];
        let loads = Connection::ALL.map(|one| peering_load(circuit, PeeringKind::Private, one));
        sum(loads.into_iter().flatten()).filter(|_| only && link.fast_path.is_none() && !at_hub(link.circuit))
    };
    let loads = own.circuits.iter().map(load).collect::<Option<Vec<_>>>()?;
    Some(Offered { load: sum(loads)?, capacity: own.sku?.value.throughput()? })
}

fn less(from: Bandwidth, rate: Bandwidth) -> Bandwidth {
    Bandwidth::from_bits_per_second(from.bits_per_second().saturating_sub(rate.bits_per_second()))
}

/// Returns the sum of the rates, limited to 2^64 - 1 bits per second; `None` if there are no rates.
fn sum(rates: impl IntoIterator<Item = Bandwidth>) -> Option<Bandwidth> {
    let add = |left: Bandwidth, right: Bandwidth| {
        Bandwidth::from_bits_per_second(left.bits_per_second().saturating_add(right.bits_per_second()))
    };
    rates.into_iter().reduce(add)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mbps(figure: u64) -> Bandwidth {
        Bandwidth::from_bits_per_second(figure * 1_000_000)
    }

    #[test]
    fn headroom_and_what_is_dropped() {
        for (load, capacity, headroom, dropped) in [
            (1_200, 1_000, 0, 200),
            (1_000, 1_000, 0, 0),
            (801, 1_000, 19, 0),
            (800, 1_000, 20, 0),
            (0, 1_000, 100, 0),
            (1, 0, 0, 1),
        ] {
            let offered = Offered { load: mbps(load), capacity: mbps(capacity) };
            assert_eq!(
                (offered.headroom_percent(), offered.dropped()),
                (headroom, mbps(dropped)),
                "{load} on {capacity}"
            );
        }
    }

    #[test]
    fn rates_read_as_people_write_them() {
        for (bits, text) in [
            (1_200_000_000, "1.2 Gbps"),
            (200_000_000, "200 Mbps"),
            (1_000_000_000, "1 Gbps"),
            (1, "0.000001 Mbps"),
            (0, "0 Mbps"),
        ] {
            assert_eq!(Bandwidth::from_bits_per_second(bits).to_string(), text);
        }
    }
}
