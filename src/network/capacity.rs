//! The load on links at the busiest time, and the remaining headroom after a failure.
//!
//! The figures are from the file (`peak`, `bandwidth`). The arithmetic follows Microsoft's rules: each of the two
//! links of a circuit has the full bandwidth, both peerings share that bandwidth, and a link drops the load above its
//! bandwidth (expressroute-faqs, expressroute-circuit-peerings). All figures are for the busier direction, because
//! links are duplex.

use crate::network::{Bandwidth, Circuit, CircuitId, Connection, Network, PeeringKind, Site};

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
    /// The other circuits of the lost circuit's sites. Each circuit counts as one link, because its second link is
    /// reserved for the failure of the first.
    Circuits(Vec<CircuitId>),
    /// The internet edges of the lost circuit's sites. They take over only the load of Microsoft peering, because
    /// private peering cannot use the internet.
    Internet,
}

/// Returns the total load on the remaining circuits or internet edges after a circuit is lost.
///
/// The distribution of the load over several circuits or edges is unknown, so the result is a lower bound: if the sum
/// does not fit, no distribution fits. `None` if no circuit or edge takes over, or if the file lacks the peak load of
/// the lost circuit or of any circuit or edge that takes over.
pub fn after_circuit(network: &Network, id: CircuitId) -> Option<(Heir, Offered)> {
    let circuit = network.circuit(id)?;
    let lost = after_connection(circuit)?.load;
    let sites: Vec<&Site> = network.sites.iter().filter(|site| site.circuits.contains(&id)).collect();
    let mut others: Vec<CircuitId> =
        sites.iter().flat_map(|site| &site.circuits).copied().filter(|other| *other != id).collect();
    others.sort_unstable();
    others.dedup();
    if others.is_empty() {
        let kind = PeeringKind::Microsoft;
        let lost = Connection::ALL.into_iter().map(|connection| peering_load(circuit, kind, connection));
        let lost = sum(lost.flatten())?;
        let edges: Vec<_> = sites.iter().filter_map(|site| site.internet.as_ref()).collect();
        let peaks: Vec<_> = edges.iter().map(|edge| Some(edge.peak?.value)).collect::<Option<_>>()?;
        let carried: Vec<_> = edges.iter().map(|edge| Some(edge.bandwidth?.value)).collect::<Option<_>>()?;
        let load = sum(peaks.into_iter().chain([lost]))?;
        return Some((Heir::Internet, Offered { load, capacity: sum(carried)? }));
    }
    let heirs: Vec<&Circuit> = others.iter().filter_map(|other| network.circuit(*other)).collect();
    let loads = heirs.iter().map(|heir| Some(after_connection(heir)?.load)).collect::<Option<Vec<_>>>()?;
    let load = sum(loads.into_iter().chain([lost]))?;
    let capacity = sum(heirs.iter().map(|heir| heir.bandwidth.value))?;
    Some((Heir::Circuits(others), Offered { load, capacity }))
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
