//! The network as Microsoft's overview draws it: customer, partner edge, Microsoft's edge, what lies behind it; the
//! internet beside. Links are as wide as what they carried.

use maud::{Markup, html};

use super::super::{CircuitNode, SiteNode, Topology};
use super::data::{Row, along};
use super::events::{Outage, outages};
use super::figures::bytes;
use super::loads::Loads;

/// The columns: name, left edge, width.
const ZONES: [(&str, i64, i64); 4] = [
    ("Customer network", 8, 236),
    ("Partner edge", 300, 176),
    ("Microsoft edge", 668, 204),
    ("Microsoft", 928, 184),
];
const WIDTH: i64 = 1_120;
/// Above the first row, for the names of the columns.
const TOP: i64 = 44;
/// What a circuit takes of the height.
const CIRCUIT: i64 = 168;
/// The widest link.
const WIDEST: i64 = 22;

/// A link as drawn.
struct Stroke {
    class: &'static str,
    /// From and to.
    ends: [(i64, i64); 2],
    /// `None`: not known, or nothing.
    amount: Option<u64>,
    outages: Vec<Outage>,
    /// What it is, and what it carried.
    words: String,
    /// What stands above it, where there is room.
    label: Option<String>,
}

/// A box with lines of text; the first is its name.
struct Node {
    class: &'static str,
    at: (i64, i64),
    size: (i64, i64),
    lines: Vec<String>,
    /// Whether the last line tells a failure.
    failed: bool,
}

/// What is needed to draw.
pub(super) struct Scene<'s> {
    /// The network.
    pub(super) topology: &'s Topology,
    /// What it carried.
    pub(super) loads: &'s Loads,
    /// What happened.
    pub(super) events: &'s [Row<'s>],
    /// The first packet's time.
    pub(super) start_ns: u64,
}

impl Scene<'_> {
    /// The picture, and the same in words.
    pub(super) fn markup(&self, id: &str) -> Markup {
        let (height, nodes, strokes) = self.laid_out();
        let most = strokes.iter().filter_map(|stroke| stroke.amount).max().unwrap_or(0);
        let name = &self.topology.name;
        html! {
            figure .topology {
                div .scroll role="region" tabindex="0" aria-label={ "Picture of the network " (name) } {
                    svg role="img" viewBox={ "0 0 " (WIDTH) " " (height) } aria-labelledby={ (id) "-t " (id) "-d" } {
                        title #{ (id) "-t" } { "The network " (name) " and what it carried" }
                        desc #{ (id) "-d" } { "From left to right: sites, the partner edge of each circuit, its peerings at Microsoft's edge, public services and virtual networks; below, the internet. The list after the picture says the same." }
                        @for (zone, x, width) in ZONES {
                            rect .zone x=(x) y="4" width=(width) height=(height - 112) rx="8" {}
                            text .zone-name x=(x + 12) y="26" { (zone) }
                        }
                        @for stroke in &strokes { (drawn(stroke, most)) }
                        @for node in &nodes { (boxed(node)) }
                    }
                }
                figcaption {
                    @if most > 0 { "Solid links are as wide as the bytes they carried, both directions together; what thin dotted links carried is not known or nothing." }
                    @else { "What the links carried is not known." }
                }
                details {
                    summary { "The same in words" }
                    ul .words { @for stroke in &strokes { li { (stroke.words) } } }
                }
            }
        }
    }

    /// The height, the boxes and the links.
    fn laid_out(&self) -> (i64, Vec<Node>, Vec<Stroke>) {
        let Topology { sites, circuits, virtual_networks, .. } = self.topology;
        let tall = |number: usize| i64::try_from(number).unwrap_or(0);
        let site_heights: Vec<i64> =
            sites.iter().map(|site| 32 + 17 * tall(self.site_lines(site).len())).collect();
        let needed = [
            site_heights.iter().map(|height| height + 20).sum(),
            tall(circuits.len()) * CIRCUIT,
            (tall(virtual_networks.len()) + 1) * 74,
        ];
        let inner = needed.into_iter().max().unwrap_or(0).max(120);
        let height = TOP + inner + 124;
        let internet_y = height - 64;
        let mut nodes = Vec::new();
        let mut strokes = Vec::new();

        let circuit_y = |index: usize| TOP + spread(index, circuits.len(), inner);
        let services_y = TOP + spread(0, virtual_networks.len() + 1, inner);
        let vnet_y = |name: &str| {
            let index = virtual_networks.iter().position(|vnet| vnet == name).unwrap_or(0);
            TOP + spread(index + 1, virtual_networks.len() + 1, inner)
        };

        let gap = (inner - site_heights.iter().sum::<i64>()) / (tall(sites.len()).max(1) + 1);
        let mut y = TOP + gap;
        for (site, tall) in sites.iter().zip(&site_heights) {
            let centre = y + tall / 2;
            nodes.push(self.site(site, y, *tall));
            for (index, circuit) in
                circuits.iter().enumerate().filter(|(_, circuit)| site.circuits.contains(&circuit.name))
            {
                let amount = self.loads.attachment(self.topology, circuit);
                strokes.push(Stroke {
                    class: "s-circuit",
                    ends: [(232, centre - 8), (312, circuit_y(index))],
                    amount,
                    outages: Vec::new(),
                    words: format!("{} to the partner edge of {}: {}", site.name, circuit.name, said(amount)),
                    label: None,
                });
            }
            strokes.extend(self.ways_out(site, centre, internet_y, &vnet_y));
            y += tall + gap;
        }
        for (index, circuit) in circuits.iter().enumerate() {
            self.circuit(circuit, circuit_y(index), services_y, &vnet_y, &mut nodes, &mut strokes);
        }
        if circuits.iter().any(|circuit| circuit.microsoft_peering) {
            nodes.push(node(
                "n-microsoft",
                (940, services_y - 29),
                (160, 58),
                vec!["Public services".to_owned(), "Azure, Microsoft 365".to_owned()],
            ));
        }
        for name in virtual_networks {
            let carried = self.loads.link(&format!("{name}/gateway"));
            let second = carried
                .map_or("virtual network".to_owned(), |carried| format!("gateway: {}", bytes(carried)));
            nodes.push(node("n-private", (940, vnet_y(name) - 29), (160, 58), vec![short(name, 20), second]));
        }
        let internet = self.loads.internet().map_or(String::new(), |amount| format!(": {}", bytes(amount)));
        nodes.push(node(
            "n-internet",
            (300, internet_y),
            (812, 56),
            vec![
                format!("Internet{internet}"),
                "Microsoft's public services too, and everything else".to_owned(),
            ],
        ));
        (height, nodes, strokes)
    }

    fn site_lines(&self, site: &SiteNode) -> Vec<String> {
        let told =
            |name: &str| self.loads.link(name).map_or(String::new(), |amount| format!(": {}", bytes(amount)));
        let mut lines = vec![short(&site.name, 26)];
        lines.extend(site.internet.as_ref().map(|edge| format!("{}{}", short(edge, 18), told(edge))));
        lines.extend(
            site.tunnels.iter().map(|tunnel| format!("{}{}", short(&tunnel.name, 18), told(&tunnel.name))),
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

    /// A site's internet edge and its tunnels.
    fn ways_out(
        &self,
        site: &SiteNode,
        centre: i64,
        internet_y: i64,
        vnet_y: &dyn Fn(&str) -> i64,
    ) -> Vec<Stroke> {
        let mut strokes = Vec::new();
        if let Some(edge) = &site.internet {
            // Of one site alone all that is on the internet is its own.
            let alone = self.topology.sites.len() == 1;
            let amount = self.loads.link(edge).or_else(|| self.loads.internet().filter(|_| alone));
            strokes.push(Stroke {
                class: "s-internet",
                ends: [(232, centre + 12), (300, internet_y + 28)],
                amount,
                outages: self.down(&[edge]),
                words: format!("{} to the internet by {edge}: {}", site.name, said(amount)),
                label: None,
            });
        }
        for tunnel in &site.tunnels {
            for vnet in &tunnel.virtual_networks {
                let amount = self.loads.link(&tunnel.name).filter(|_| tunnel.virtual_networks.len() == 1);
                strokes.push(Stroke {
                    class: "s-vpn",
                    ends: [(896, internet_y), (940, vnet_y(vnet) + 16)],
                    amount,
                    outages: self.down(&[&tunnel.name]),
                    words: format!("{} to {vnet} by the tunnel {}: {}", site.name, tunnel.name, said(amount)),
                    label: None,
                });
            }
        }
        strokes
    }

    /// A circuit: partner edge, both connections, peerings, and where these lead.
    fn circuit(
        &self,
        circuit: &CircuitNode,
        y: i64,
        services_y: i64,
        vnet_y: &dyn Fn(&str) -> i64,
        nodes: &mut Vec<Node>,
        strokes: &mut Vec<Stroke>,
    ) {
        let name = &circuit.name;
        let provider = circuit.provider.as_deref().unwrap_or("partner not named");
        let lines = vec![
            short(name, 19),
            short(provider, 21),
            format!("{}, {}", short(&circuit.peering_location, 12), circuit.bandwidth),
        ];
        nodes.push(node("n-partner", (312, y - 40), (152, 80), lines));
        for (connection, (up, offset)) in
            ["primary", "secondary"].into_iter().zip(circuit.connections_up.into_iter().zip([-28, 28]))
        {
            let link = format!("{name}/{connection}");
            let amount = self.loads.link(&link);
            let off = if up { "" } else { ", down in the network file" };
            strokes.push(Stroke {
                class: "s-circuit",
                ends: [(464, y + offset), (680, y + offset)],
                amount,
                outages: self.down(&[name, &link]),
                words: format!("{name}, {connection} connection{off}: {}", said(amount)),
                label: Some(amount.map_or(format!("{connection}{off}"), |amount| {
                    format!("{connection}: {}{off}", bytes(amount))
                })),
            });
        }
        let vnets = circuit.private_peering.as_deref();
        let peerings = [
            ("microsoft", "Microsoft peering", circuit.microsoft_peering),
            ("private", "Private peering", vnets.is_some()),
        ];
        let there: Vec<_> = peerings.into_iter().filter(|(.., there)| *there).collect();
        let only = there.len() == 1;
        for (place, (kind, title, _)) in there.into_iter().enumerate() {
            let amount = self.loads.peering(name, kind);
            let centre = if only {
                y
            } else if place == 0 {
                y - 35
            } else {
                y + 35
            };
            let class = if kind == "microsoft" { "n-microsoft" } else { "n-private" };
            let mut lines = vec![
                title.to_owned(),
                amount.map_or_else(
                    || short(name, 22),
                    |amount| format!("{}: {}", short(name, 14), bytes(amount)),
                ),
            ];
            let sessions = self.down(&[&format!("{name}/{kind}")]);
            lines.extend(sessions.first().map(|outage| format!("✕ {}", outage.words())));
            let failed = !sessions.is_empty();
            nodes.push(Node { failed, ..node(class, (680, centre - 31), (180, 62), lines) });
            let stroke = |class, to: i64, amount, words| Stroke {
                class,
                ends: [(860, centre), (940, to)],
                amount,
                outages: sessions.clone(),
                words,
                label: None,
            };
            if kind == "microsoft" {
                strokes.push(stroke(
                    "s-microsoft",
                    services_y,
                    amount,
                    format!("Microsoft peering of {name} to public services: {}", said(amount)),
                ));
                continue;
            }
            for vnet in vnets.unwrap_or_default() {
                let amount = self.loads.gateway(self.topology, circuit, vnet);
                strokes.push(stroke(
                    "s-private",
                    vnet_y(vnet),
                    amount,
                    format!("private peering of {name} to {vnet}: {}", said(amount)),
                ));
            }
        }
    }

    fn down(&self, subjects: &[&str]) -> Vec<Outage> {
        outages(self.events, self.start_ns, subjects)
    }
}

fn node(class: &'static str, at: (i64, i64), size: (i64, i64), lines: Vec<String>) -> Node {
    Node { class, at, size, lines, failed: false }
}

/// The middle of one of `number` equal parts of a length.
fn spread(index: usize, number: usize, length: i64) -> i64 {
    let part = |index: usize| i64::try_from(index).unwrap_or(0);
    length * (2 * part(index) + 1) / (2 * part(number).max(1))
}

/// At most so many characters.
fn short(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let mut cut: String = text.chars().take(most.saturating_sub(1)).collect();
    cut.push('…');
    cut
}

fn said(amount: Option<u64>) -> String {
    amount.map_or("how much is not known".to_owned(), bytes)
}

fn drawn(stroke: &Stroke, most: u64) -> Markup {
    let [(x1, y1), (x2, y2)] = stroke.ends;
    let middle = i64::midpoint(x1, x2);
    let path = format!("M{x1} {y1}C{middle} {y1} {middle} {y2} {x2} {y2}");
    let amount = stroke.amount.unwrap_or(0);
    let width = if amount == 0 { 1 } else { along(amount, most, WIDEST).max(2) };
    // In the middle, or where a label leaves room.
    let (mark, mark_y) = if stroke.label.is_some() { (x2 - 18, y2) } else { (middle, i64::midpoint(y1, y2)) };
    let words = stroke.outages.iter().map(|outage| outage.words()).collect::<Vec<_>>().join(", ");
    html! {
        g {
            title { (stroke.words) @if !words.is_empty() { "; " (words) } }
            path .{ "stroke " (stroke.class) } .nothing[amount == 0] d=(path) stroke-width=(width) {}
            @if let Some(label) = &stroke.label {
                text .stroke-words x=(middle) y=(y1 - width / 2 - 6) text-anchor="middle" { (label) }
            }
            @if !words.is_empty() {
                circle .failure cx=(mark) cy=(mark_y) r="8" {}
                path .failure-cross d={ "M" (mark - 4) " " (mark_y - 4) "l8 8m0 -8l-8 8" } {}
                @if stroke.label.is_some() {
                    text .failure-words x=(middle) y=(y1 + width / 2 + 20) text-anchor="middle" { (words) }
                }
            }
        }
    }
}

fn boxed(node: &Node) -> Markup {
    let ((x, y), (width, height)) = (node.at, node.size);
    let lines = i64::try_from(node.lines.len()).unwrap_or(1);
    let first = y + (height - 17 * lines) / 2 + 13;
    html! {
        g {
            rect .{ "node " (node.class) } x=(x) y=(y) width=(width) height=(height) rx="6" {}
            @for (place, (index, line)) in (0_i64..).zip(node.lines.iter().enumerate()) {
                text .node-name[index == 0] .failure-words[node.failed && index + 1 == node.lines.len()]
                    x=(x + 12) y=(first + 17 * place) { (line) }
            }
        }
    }
}
