//! A circuit in the picture of the network.

use crate::report::CircuitNode;
use crate::report::writers::html::figures::bytes;
use crate::report::writers::html::picture::{Plan, Scene, load_words};
use crate::report::writers::html::shapes::{Node, Stroke, node, short};

/// A peering of a circuit.
#[derive(Clone, Copy)]
enum Kind {
    Microsoft,
    Private,
}

impl Scene<'_> {
    /// Adds a circuit: partner edge, both connections, peerings and their networks.
    pub(super) fn circuit(
        &self,
        circuit: &CircuitNode,
        y: i64,
        plan: &Plan<'_>,
        nodes: &mut Vec<Node>,
        strokes: &mut Vec<Stroke>,
    ) {
        nodes.push(partner_edge(circuit, y));
        strokes.extend(self.connections(circuit, y));
        let peerings = [
            (Kind::Microsoft, circuit.microsoft_peering),
            (Kind::Private, circuit.private_peering.is_some()),
        ];
        let there: Vec<Kind> =
            peerings.into_iter().filter(|(_, there)| *there).map(|(kind, _)| kind).collect();
        for (place, kind) in there.iter().enumerate() {
            let centre = match (there.len(), place) {
                (1, _) => y,
                (_, 0) => y - 35,
                _ => y + 35,
            };
            let (node, beyond) = self.peering(circuit, *kind, centre, plan);
            nodes.push(node);
            strokes.extend(beyond);
        }
    }

    /// Returns the links for both connections of a circuit.
    fn connections(&self, circuit: &CircuitNode, y: i64) -> Vec<Stroke> {
        let name = &circuit.name;
        let stroke = |(connection, (up, offset)): (&str, (bool, i64))| {
            let link = format!("{name}/{connection}");
            let amount = self.loads.link(&link);
            let (off, briefly) = if up { ("", "") } else { (", down in the network file", ", down") };
            Stroke {
                class: "s-circuit",
                ends: [(464, y + offset), (680, y + offset)],
                amount,
                outages: self.down(&[name, &link]),
                words: format!("{name}, {connection} connection{off}: {}", load_words(amount)),
                label: Some(amount.map_or(format!("{connection}{briefly}"), |amount| {
                    format!("{connection}: {}{briefly}", bytes(amount))
                })),
            }
        };
        let both = circuit.connections_up.into_iter().zip([-28, 28]);
        ["primary", "secondary"].into_iter().zip(both).map(stroke).collect()
    }

    /// Returns a peering of a circuit, and the links from the peering to the networks behind it.
    fn peering(
        &self,
        circuit: &CircuitNode,
        kind: Kind,
        centre: i64,
        plan: &Plan<'_>,
    ) -> (Node, Vec<Stroke>) {
        let name = &circuit.name;
        let (class, word, title) = match kind {
            Kind::Microsoft => ("n-microsoft", "microsoft", "Microsoft peering"),
            Kind::Private => ("n-private", "private", "Private peering"),
        };
        let amount = self.loads.peering(name, word);
        let mut lines = vec![
            title.to_owned(),
            amount
                .map_or_else(|| short(name, 20), |amount| format!("{}: {}", short(name, 11), bytes(amount))),
        ];
        let sessions = self.down(&[&format!("{name}/{word}")]);
        lines.extend(sessions.first().map(|outage| format!("✕ {}", outage.words())));
        let failed = !sessions.is_empty();
        let node = Node { failed, ..node(class, (680, centre - 31), (180, 62), lines) };
        let stroke = |class, to: i64, amount, words| Stroke {
            class,
            ends: [(860, centre), (940, to)],
            amount,
            outages: sessions.clone(),
            words,
            label: None,
        };
        let beyond = match kind {
            Kind::Microsoft => {
                let words = format!("Microsoft peering of {name} to public services: {}", load_words(amount));
                vec![stroke("s-microsoft", plan.services(), amount, words)]
            }
            Kind::Private => {
                let vnets = circuit.private_peering.iter().flatten();
                let to = vnets.map(|vnet| {
                    let amount = self.loads.gateway(self.topology, circuit, vnet);
                    let words = format!("private peering of {name} to {vnet}: {}", load_words(amount));
                    stroke("s-private", plan.virtual_network(vnet), amount, words)
                });
                to.collect()
            }
        };
        (node, beyond)
    }
}

/// Returns the partner edge, at which a circuit starts.
fn partner_edge(circuit: &CircuitNode, y: i64) -> Node {
    let provider = circuit.provider.as_deref().unwrap_or("unnamed partner");
    let lines = vec![
        short(&circuit.name, 15),
        short(provider, 17),
        format!("{}, {}", short(&circuit.peering_location, 9), circuit.bandwidth),
    ];
    node("n-partner", (312, y - 40), (152, 80), lines)
}
