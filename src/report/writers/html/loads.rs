//! The load on each part of the network, if the views contain it.

use std::collections::BTreeMap;

use crate::report::writers::html::data::{Row, rows};
use crate::report::{CircuitNode, Report, Topology};

/// Bytes by link and by peering; `None` if no view contains it.
#[derive(Debug, Default)]
pub(super) struct Loads {
    /// By link name, both directions together.
    links: Option<BTreeMap<String, u64>>,
    /// By circuit and peering name; replies are counted on the outbound path.
    peerings: BTreeMap<(String, &'static str), u64>,
    /// Total of all internet edges.
    internet: Option<u64>,
}

impl Loads {
    /// Reads a simulation's views `links` and `timeline`, a sweep's views of the network without failures, or else
    /// the view `path`.
    pub(super) fn of(report: &Report, variant: &str) -> Self {
        let written = |name| {
            let rows = rows(report, name, variant).into_iter();
            rows.filter(|row| row.text("outage") == "none").collect::<Vec<_>>()
        };
        let links = either(rows(report, "links", variant), written("sweep_links"));
        let paths = either(rows(report, "timeline", variant), rows(report, "path", variant));
        let paths = either(paths, written("sweep_paths"));
        let mut loads = Self::default();
        if !links.is_empty() {
            let mut sums = BTreeMap::new();
            for row in &links {
                // A simulation reports the offered bytes.
                let amount = row.number("offered_ip_bytes").unwrap_or_else(|| row.amount("ip_bytes"));
                *sums.entry(row.text("link").to_owned()).or_default() += amount;
            }
            loads.links = Some(sums);
        }
        for row in &paths {
            let amount = row.amount("ip_bytes");
            let peering = match row.text("path") {
                "microsoft-peering" => "microsoft",
                "private-peering" => "private",
                "internet" => {
                    *loads.internet.get_or_insert(0) += amount;
                    continue;
                }
                _ => continue,
            };
            if let Some(circuit) = circuit(row) {
                *loads.peerings.entry((circuit, peering)).or_default() += amount;
            }
        }
        if !paths.is_empty() {
            loads.internet.get_or_insert(0);
        }
        loads
    }

    /// Returns the load of a link; 0 if no row has it.
    pub(super) fn link(&self, name: &str) -> Option<u64> {
        self.links.as_ref().map(|links| links.get(name).copied().unwrap_or(0))
    }

    /// Returns the load of a peering.
    pub(super) fn peering(&self, circuit: &str, peering: &'static str) -> Option<u64> {
        self.internet?;
        Some(self.peerings.get(&(circuit.to_owned(), peering)).copied().unwrap_or(0))
    }

    /// Returns the load of all internet edges together.
    pub(super) fn internet(&self) -> Option<u64> {
        self.internet
    }

    /// Returns the load between a site and a circuit. The load is known only if no other site uses the circuit.
    pub(super) fn attachment(&self, topology: &Topology, circuit: &CircuitNode) -> Option<u64> {
        let sites = topology.sites.iter().filter(|site| site.circuits.contains(&circuit.name));
        if sites.count() != 1 {
            return None;
        }
        let connections =
            ["primary", "secondary"].map(|connection| self.link(&format!("{}/{connection}", circuit.name)));
        match connections {
            [Some(primary), Some(secondary)] => Some(primary + secondary),
            _ => Some(self.peering(&circuit.name, "microsoft")? + self.peering(&circuit.name, "private")?),
        }
    }

    /// Returns the load between a circuit's private peering and a virtual network. The load is known only if at least one of
    /// the two has no other neighbour.
    pub(super) fn gateway(&self, topology: &Topology, circuit: &CircuitNode, vnet: &str) -> Option<u64> {
        let reached = circuit.private_peering.as_deref().unwrap_or_default();
        if reached.len() == 1 {
            return self.peering(&circuit.name, "private");
        }
        let leads = |circuit: &&CircuitNode| {
            circuit.private_peering.as_ref().is_some_and(|reached| reached.iter().any(|name| name == vnet))
        };
        if topology.circuits.iter().filter(leads).count() == 1 {
            self.link(&format!("{vnet}/gateway"))
        } else {
            None
        }
    }
}

/// Returns the first list of rows, or the second if the first is empty.
fn either<'r>(first: Vec<Row<'r>>, second: Vec<Row<'r>>) -> Vec<Row<'r>> {
    if first.is_empty() { second } else { first }
}

/// Returns the circuit of a row's path, if it has one.
fn circuit(row: &Row<'_>) -> Option<String> {
    match (row.text("via"), row.list("circuits")) {
        ("", [one]) => Some(one.clone()),
        ("", _) => None,
        // `er-ams/microsoft/primary`: a circuit's name may contain a slash, the other parts do not.
        (via, _) => via.rsplitn(3, '/').nth(2).map(str::to_owned),
    }
}
