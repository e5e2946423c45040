//! What links are offered at the busiest time, and what is left of them when a part is lost.
//!
//! The figures are the file's own (`peak`, `bandwidth`); the arithmetic is Microsoft's rules: each of the
//! two links of a circuit carries the full bandwidth, both peerings share it, and a link that is offered
//! more drops the rest (expressroute-faqs, expressroute-circuit-peerings). All figures are of one
//! direction, the busier one: links are duplex.

use crate::network::{Bandwidth, Circuit, CircuitId, Connection, Network, PeeringKind, Site};

/// The headroom, in percent, under which a link is too full (network-planning-with-expressroute: 20 to
/// 50 % is the aim).
pub const HEADROOM_PERCENT: u64 = 20;

/// A load, and what is there to carry it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offered {
    /// What comes.
    pub load: Bandwidth,
    /// What is carried at most.
    pub capacity: Bandwidth,
}

impl Offered {
    /// What is over the capacity and so dropped.
    pub fn dropped(self) -> Bandwidth {
        let over = self.load.bits_per_second().saturating_sub(self.capacity.bits_per_second());
        Bandwidth::from_bits_per_second(over)
    }

    /// What is left of the capacity, in whole percent, rounded down; 0 where it is full or over.
    pub fn headroom_percent(self) -> u64 {
        let capacity = u128::from(self.capacity.bits_per_second());
        let left = capacity.saturating_sub(u128::from(self.load.bits_per_second()));
        u64::try_from((left * 100).checked_div(capacity).unwrap_or_default()).unwrap_or_default()
    }
}

/// The load of a peering over one connection; `None` where the file does not say it for either
/// connection. Said of one connection only, the other is idle.
pub fn peering_load(circuit: &Circuit, peering: PeeringKind, connection: Connection) -> Option<Bandwidth> {
    let enabled = match peering {
        PeeringKind::Microsoft => circuit.microsoft_peering.as_ref()?.enabled.value,
        PeeringKind::Private => circuit.private_peering.as_ref()?.enabled.value,
    };
    let peak = |connection| circuit.settings(peering, connection)?.peak;
    let said = Connection::ALL.into_iter().any(|connection| peak(connection).is_some());
    (enabled && said).then(|| peak(connection).map_or(Bandwidth::ZERO, |peak| peak.value))
}

/// What one link of a circuit is offered while both work: the load of both peerings.
pub fn link(circuit: &Circuit, connection: Connection) -> Option<Offered> {
    let loads = PeeringKind::ALL.into_iter().map(|kind| peering_load(circuit, kind, connection));
    Some(Offered { load: sum(loads.flatten())?, capacity: circuit.bandwidth.value })
}

/// What the one link of a circuit that is left is offered when the other is lost: the load of both.
pub fn after_connection(circuit: &Circuit) -> Option<Offered> {
    let loads = Connection::ALL.into_iter().filter_map(|connection| link(circuit, connection));
    Some(Offered { load: sum(loads.map(|offered| offered.load))?, capacity: circuit.bandwidth.value })
}

/// Who takes over when a circuit is lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heir {
    /// The other circuits of its sites. Each counts with one link: the second is for the loss of the first.
    Circuits(Vec<CircuitId>),
    /// The internet edges of its sites; Microsoft peering's load alone, since nothing of private peering
    /// can leave there.
    Internet,
}

/// What remains is offered, all together, when a circuit is lost.
///
/// How the load spreads over several heirs is not known, so this is the least that can be said: where
/// the sum does not fit, no spreading does. `None` where nobody takes over, or where the file does not say
/// the peak of the circuit or of an heir.
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

/// The sum, at most 2^64 - 1 bits per second; `None` of nothing.
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
