//! The network in the layout of Microsoft's overview: customer, partner edge, Microsoft's edge, the networks behind
//! it, and the internet below. The width of a link shows its load.

mod circuit;

use maud::{Markup, html};

use crate::report::writers::html::data::Row;
use crate::report::writers::html::events::{Outage, outages};
use crate::report::writers::html::figures::bytes;
use crate::report::writers::html::loads::Loads;
use crate::report::writers::html::shapes::{Node, Stroke, boxed, drawn, node, short};
use crate::report::{SiteNode, Topology};

/// The columns: name, left edge, width.
const ZONES: [(&str, i64, i64); 5] = [
    ("Customer network", 8, 236),
    ("Partner edge", 300, 176),
    ("Microsoft edge", 668, 204),
    ("Microsoft", 928, 184),
    ("Spokes", 1_172, 184),
];
/// The widths of the picture without and with spokes.
const WIDTHS: (i64, i64) = (1_120, 1_364);
/// Height above the first row, for the names of the columns.
const TOP: i64 = 44;
/// Height of a circuit.
const CIRCUIT: i64 = 168;

/// Vertical positions.
struct Plan<'t> {
    topology: &'t Topology,
    /// The height of the columns below their names.
    inner: i64,
    /// The height of the picture.
    height: i64,
    /// The upper edge of the internet.
    internet: i64,
}

impl<'t> Plan<'t> {
    /// Returns the plan for sites with these heights.
    fn of(topology: &'t Topology, sites: &[i64]) -> Self {
        let appliances = topology.virtual_networks.iter().map(|own| own.appliances.len());
        let appliances = appliances.max().map_or(0, whole);
        let behind = topology.spokes.iter().map(|own| own.appliances.len()).max().map_or(0, whole);
        let needed = [
            sites.iter().map(|height| height + 20).sum(),
            whole(topology.circuits.len()) * CIRCUIT,
            (whole(topology.virtual_networks.len()) + 1) * (74 + 17 * appliances),
            whole(topology.spokes.len()) * (74 + 17 * behind),
        ];
        let inner = needed.into_iter().max().unwrap_or(0).max(120);
        let height = TOP + inner + 124;
        Self { topology, inner, height, internet: height - 64 }
    }

    /// Returns the vertical middle of a circuit.
    fn circuit(&self, index: usize) -> i64 {
        TOP + spread(index, self.topology.circuits.len(), self.inner)
    }

    /// Returns the vertical middle of the public services.
    fn services(&self) -> i64 {
        TOP + spread(0, self.topology.virtual_networks.len() + 1, self.inner)
    }

    /// Returns the vertical middle of a virtual network.
    fn virtual_network(&self, name: &str) -> i64 {
        let all = &self.topology.virtual_networks;
        let index = all.iter().position(|own| own.name == name).unwrap_or(0);
        TOP + spread(index + 1, all.len() + 1, self.inner)
    }
}

impl Plan<'_> {
    /// Returns the vertical middle of a spoke.
    fn spoke(&self, index: usize) -> i64 {
        TOP + spread(index, self.topology.spokes.len(), self.inner)
    }

    fn has_spokes(&self) -> bool {
        !self.topology.spokes.is_empty()
    }
}

/// The inputs of the picture.
pub(super) struct Scene<'s> {
    /// The network.
    pub(super) topology: &'s Topology,
    /// The load on its links.
    pub(super) loads: &'s Loads,
    /// The events.
    pub(super) events: &'s [Row<'s>],
    /// The time of the first packet.
    pub(super) start_ns: u64,
}

impl Scene<'_> {
    /// Returns the picture and its description as text.
    pub(super) fn markup(&self, id: &str) -> Markup {
        let (height, nodes, strokes) = self.laid_out();
        let spokes = !self.topology.spokes.is_empty();
        let width = if spokes { WIDTHS.1 } else { WIDTHS.0 };
        let most = strokes.iter().filter_map(|stroke| stroke.amount).max().unwrap_or(0);
        let name = &self.topology.name;
        html! {
            figure .topology {
                div .scroll role="region" tabindex="0" aria-label={ "Picture of the network " (name) } {
                    svg role="img" viewBox={ "0 0 " (width) " " (height) } aria-labelledby={ (id) "-t " (id) "-d" } {
                        title #{ (id) "-t" } { "The network " (name) " and its load" }
                        desc #{ (id) "-d" } { "From left to right: sites, the partner edge of each circuit, its peerings at Microsoft's edge, public services and virtual networks, and the spokes behind them. The internet is below. The list after the picture contains the same information." }
                        @for (zone, x, width) in ZONES.into_iter().filter(|(zone, ..)| spokes || *zone != "Spokes") {
                            rect .zone x=(x) y="4" width=(width) height=(height - 112) rx="8" {}
                            text .zone-name x=(x + 12) y="26" { (zone) }
                        }
                        @for stroke in &strokes { (drawn(stroke, most)) }
                        @for node in &nodes { (boxed(node)) }
                    }
                }
                figcaption {
                    @if most > 0 { "The width of a solid link shows its bytes in both directions. A thin dotted link has no load, or its load is unknown." }
                    @else { "The links have no load, or their load is unknown." }
                    span .narrow { "Scroll sideways to see the whole picture." }
                }
                details {
                    summary { "Text description" }
                    ul .words { @for stroke in &strokes { li { (stroke.words) } } }
                }
            }
        }
    }

    /// Returns the height, the boxes and the links.
    fn laid_out(&self) -> (i64, Vec<Node>, Vec<Stroke>) {
        let heights: Vec<i64> =
            self.topology.sites.iter().map(|site| 32 + 17 * whole(self.site_lines(site).len())).collect();
        let plan = Plan::of(self.topology, &heights);
        let (mut nodes, mut strokes) = (Vec::new(), Vec::new());
        let gap = (plan.inner - heights.iter().sum::<i64>()) / (whole(heights.len()) + 1);
        let mut y = TOP + gap;
        let mut middles = Vec::new();
        for (site, tall) in self.topology.sites.iter().zip(&heights) {
            nodes.push(self.site(site, y, *tall));
            strokes.extend(self.attachments(site, y + tall / 2, &plan));
            strokes.extend(self.ways_out(site, y + tall / 2, &plan));
            middles.push((site.name.as_str(), y + tall / 2));
            y += tall + gap;
        }
        strokes.extend(self.wan(&middles));
        for (index, circuit) in self.topology.circuits.iter().enumerate() {
            self.circuit(circuit, plan.circuit(index), &plan, &mut nodes, &mut strokes);
        }
        nodes.extend(self.beyond(&plan));
        if plan.has_spokes() {
            self.spokes(&plan, &mut nodes, &mut strokes);
        }
        (plan.height, nodes, strokes)
    }

    /// Returns the links from a site to the partner edges of its circuits.
    fn attachments(&self, site: &SiteNode, centre: i64, plan: &Plan<'_>) -> Vec<Stroke> {
        let circuits = self.topology.circuits.iter().enumerate();
        let own = circuits.filter(|(_, circuit)| site.circuits.contains(&circuit.name));
        own.map(|(index, circuit)| {
            let amount = self.loads.attachment(self.topology, circuit);
            Stroke {
                class: "s-circuit",
                ends: [(232, centre - 8), (312, plan.circuit(index))],
                amount,
                outages: Vec::new(),
                words: format!(
                    "{} to the partner edge of {}: {}",
                    site.name,
                    circuit.name,
                    load_words(amount)
                ),
                label: None,
            }
        })
        .collect()
    }

    /// Returns the public services, the virtual networks and the internet.
    fn beyond(&self, plan: &Plan<'_>) -> Vec<Node> {
        let mut nodes = Vec::new();
        if self.topology.circuits.iter().any(|circuit| circuit.microsoft_peering) {
            let lines = vec!["Public services".to_owned(), "Azure, Microsoft 365".to_owned()];
            nodes.push(node("n-microsoft", (940, plan.services() - 29), (160, 58), lines));
        }
        for own in &self.topology.virtual_networks {
            let carried = self.loads.link(&format!("{}/gateway", own.name)).filter(|_| !own.is_hub);
            let kind = if own.is_hub { "virtual hub" } else { "virtual network" };
            let second = carried.map_or(kind.to_owned(), |carried| format!("gateway: {}", bytes(carried)));
            let mut lines = vec![short(&own.name, 16), second];
            lines.extend(self.appliance_lines(&own.appliances));
            let tall = 24 + 17 * whole(lines.len());
            nodes.push(node(
                "n-private",
                (940, plan.virtual_network(&own.name) - tall / 2),
                (160, tall),
                lines,
            ));
        }
        let internet = self.loads.internet().map_or(String::new(), |amount| format!(": {}", bytes(amount)));
        let words = "Microsoft's public services and everything else".to_owned();
        let lines = vec![format!("Internet{internet}"), words];
        nodes.push(node("n-internet", (300, plan.internet), (812, 56), lines));
        nodes
    }

    fn appliance_lines(&self, all: &[String]) -> Vec<String> {
        let line = |name: &String| {
            let own = name.rsplit_once('/').map_or(name.as_str(), |(_, own)| own);
            let carried = self.loads.link(name).filter(|amount| *amount > 0);
            match carried {
                Some(amount) => format!("{}: {}", short(own, 9), bytes(amount)),
                None => short(own, 19),
            }
        };
        all.iter().map(line).collect()
    }

    /// Adds the spokes and their peerings.
    fn spokes(&self, plan: &Plan<'_>, nodes: &mut Vec<Node>, strokes: &mut Vec<Stroke>) {
        for (index, spoke) in self.topology.spokes.iter().enumerate() {
            let y = plan.spoke(index);
            let subnets = match spoke.subnets.as_slice() {
                [] => "virtual network".to_owned(),
                [only] => format!("subnet {}", short(only, 12)),
                more => format!("{} subnets", more.len()),
            };
            let mut lines = vec![short(&spoke.name, 16), subnets];
            lines.extend(self.appliance_lines(&spoke.appliances));
            let tall = 24 + 17 * whole(lines.len());
            nodes.push(node("n-private", (1_184, y - tall / 2), (160, tall), lines));
            strokes.extend(spoke.hubs.iter().map(|hub| Stroke {
                class: "s-peering",
                ends: [(1_100, plan.virtual_network(hub)), (1_184, y)],
                amount: None,
                outages: Vec::new(),
                words: format!("{hub} to {}: load unknown", spoke.name),
                label: None,
            }));
        }
    }

    /// Returns the links between sites. `middles` contains the vertical middle of each site.
    fn wan(&self, middles: &[(&str, i64)]) -> Vec<Stroke> {
        let middle = |name: &str| middles.iter().find(|(own, _)| *own == name).map(|(_, y)| *y);
        let links = self.topology.wan.iter().flat_map(|link| {
            link.sites.windows(2).filter_map(move |pair| {
                let [one, other] = pair else { return None };
                let amount = self.loads.link(&link.name);
                Some(Stroke {
                    class: "s-wan",
                    ends: [(20, middle(one)?), (20, middle(other)?)],
                    amount,
                    outages: self.down(&[&link.name]),
                    words: format!("{one} to {other} over {}: {}", link.name, load_words(amount)),
                    label: None,
                })
            })
        });
        links.collect()
    }

    fn site_lines(&self, site: &SiteNode) -> Vec<String> {
        let load_suffix =
            |name: &str| self.loads.link(name).map_or(String::new(), |amount| format!(": {}", bytes(amount)));
        let mut lines = vec![short(&site.name, 22)];
        lines.extend(site.internet.as_ref().map(|edge| format!("{}{}", short(edge, 16), load_suffix(edge))));
        lines.extend(
            site.tunnels
                .iter()
                .map(|tunnel| format!("{}{}", short(&tunnel.name, 16), load_suffix(&tunnel.name))),
        );
        let wan = format!("{}/wan", site.name);
        lines.extend(
            self.loads
                .link(&wan)
                .filter(|amount| *amount > 0)
                .map(|amount| format!("to other sites: {}", bytes(amount))),
        );
        let edge = site.internet.as_deref().unwrap_or_default();
        lines.extend(self.down(&[edge]).first().map(|outage| format!("✕ internet {}", outage.words())));
        lines
    }

    fn site(&self, site: &SiteNode, y: i64, height: i64) -> Node {
        let lines = self.site_lines(site);
        let failed = lines.last().is_some_and(|line| line.starts_with('✕'));
        Node { failed, ..node("n-site", (20, y), (212, height), lines) }
    }

    /// Returns a site's links to the internet and its tunnels.
    fn ways_out(&self, site: &SiteNode, centre: i64, plan: &Plan<'_>) -> Vec<Stroke> {
        let mut strokes = Vec::new();
        if let Some(edge) = &site.internet {
            // With a single site, all internet traffic belongs to that site.
            let alone = self.topology.sites.len() == 1;
            let amount = self.loads.link(edge).or_else(|| self.loads.internet().filter(|_| alone));
            strokes.push(Stroke {
                class: "s-internet",
                ends: [(232, centre + 12), (300, plan.internet + 28)],
                amount,
                outages: self.down(&[edge]),
                words: format!("{} to the internet over {edge}: {}", site.name, load_words(amount)),
                label: None,
            });
        }
        for tunnel in &site.tunnels {
            for vnet in &tunnel.virtual_networks {
                let amount = self.loads.link(&tunnel.name).filter(|_| tunnel.virtual_networks.len() == 1);
                strokes.push(Stroke {
                    class: "s-vpn",
                    ends: [(896, plan.internet), (940, plan.virtual_network(vnet) + 16)],
                    amount,
                    outages: self.down(&[&tunnel.name]),
                    words: format!(
                        "{} to {vnet} over the tunnel {}: {}",
                        site.name,
                        tunnel.name,
                        load_words(amount)
                    ),
                    label: None,
                });
            }
        }
        strokes
    }

    fn down(&self, subjects: &[&str]) -> Vec<Outage> {
        outages(self.events, self.start_ns, subjects)
    }
}

/// Returns the middle of one of `number` equal parts of a length.
fn spread(index: usize, number: usize, length: i64) -> i64 {
    length * (2 * whole(index) + 1) / (2 * whole(number).max(1))
}

fn whole(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::from(u16::MAX))
}

fn load_words(amount: Option<u64>) -> String {
    amount.map_or("load unknown".to_owned(), bytes)
}
