//! What each part of the network carried, as far as the views tell it.

use std::collections::BTreeMap;

use crate::report::writers::html::data::{Row, rows};
use crate::report::{CircuitNode, Report, Topology};

/// Bytes by link and by peering; `None` where no view tells it.
#[derive(Debug, Default)]
pub(super) struct Loads {
    /// By the names of links: both directions together.
    links: Option<BTreeMap<String, u64>>,
    /// By circuit and peering's name; answers count to the way out.
    peerings: BTreeMap<(String, &'static str), u64>,
    /// Over all internet edges.
    internet: Option<u64>,
}

impl Loads {
    /// Of a simulation by the views `links` and `timeline`, of a sweep of the network as it is written, else of the view `path`.
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
                // A simulation tells what was offered.
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

    /// Of a link; one that is in no row carried nothing.
    pub(super) fn link(&self, name: &str) -> Option<u64> {
        self.links.as_ref().map(|links| links.get(name).copied().unwrap_or(0))
    }

    /// Of a peering.
    pub(super) fn peering(&self, circuit: &str, peering: &'static str) -> Option<u64> {
        self.internet?;
        Some(self.peerings.get(&(circuit.to_owned(), peering)).copied().unwrap_or(0))
    }

    /// Over all internet edges together.
    pub(super) fn internet(&self) -> Option<u64> {
        self.internet
    }

    /// Between a site and a circuit: known where no other site uses the circuit.
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

    /// Between a circuit's private peering and a virtual network: known where either leads nowhere else.
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

/// The first, or the second where that has no row.
fn either<'r>(first: Vec<Row<'r>>, second: Vec<Row<'r>>) -> Vec<Row<'r>> {
    if first.is_empty() { second } else { first }
}

/// The circuit that carries a row's path, where it is one.
fn circuit(row: &Row<'_>) -> Option<String> {
    match (row.text("via"), row.list("circuits")) {
        ("", [one]) => Some(one.clone()),
        ("", _) => None,
        // `er-ams/microsoft/primary`: a circuit's name may have a slash, the rest has not.
        (via, _) => via.rsplitn(3, '/').nth(2).map(str::to_owned),
    }
}
