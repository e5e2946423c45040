//! The possible failures in a network, alone and in pairs. What-if questions are evaluated in these states.

use crate::network::{Connection, Network, PeeringKind, Underlay};

use super::link_state::{Link, LinkState};

/// A failure with its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outage {
    /// The name, such as `circuit er-ams`, `connection er-ams/primary`, `peering er-ams/microsoft`, `session
    /// er-ams/microsoft/primary`, `route-filter er-ams`, `internet edge-ams`, `vpn vpn-ams`, `wan mpls`; for two
    /// failures, both names, such as `circuit er-ams and internet edge-ams`.
    pub name: String,
    /// The links that are down.
    pub links: Vec<Link>,
}

impl Outage {
    /// Lists every single failure in the order of the network file: circuits with all their parts, then the edges and
    /// tunnels of sites, then the links between sites. The failure of an internet edge includes the tunnels over that
    /// edge.
    pub fn singles(network: &Network) -> Vec<Self> {
        let mut all = Vec::new();
        let mut push = |name: String, links: Vec<Link>| all.push(Self { name, links });
        for (id, circuit) in network.circuits_with_ids() {
            let name = &circuit.name;
            push(format!("circuit {name}"), vec![Link::Circuit(id)]);
            for connection in Connection::ALL {
                push(
                    format!("connection {name}/{}", connection.name()),
                    vec![Link::Connection(id, connection)],
                );
            }
            for kind in PeeringKind::ALL {
                if circuit.settings(kind, Connection::Primary).is_none() {
                    continue;
                }
                push(format!("peering {name}/{}", kind.name()), vec![Link::Peering(id, kind)]);
                for connection in Connection::ALL {
                    let session = format!("session {name}/{}/{}", kind.name(), connection.name());
                    push(session, vec![Link::Session(id, kind, connection)]);
                }
            }
            let filter = circuit.microsoft_peering.as_ref().and_then(|own| own.of_kind.route_filter.as_ref());
            if filter.is_some() {
                push(format!("route-filter {name}"), vec![Link::RouteFilter(id)]);
            }
        }
        for (id, site) in network.sites_with_ids() {
            let tunnels = (0..).zip(&site.vpn).map(|(index, vpn)| (Link::Vpn(id, index), vpn.name.clone()));
            if let Some(edge) = &site.internet {
                let over = (0..).zip(&site.vpn).filter(|(_, vpn)| vpn.over == Underlay::Internet);
                let over = over.map(|(index, _)| Link::Vpn(id, index));
                push(
                    format!("internet {}", edge.name),
                    std::iter::once(Link::Internet(id)).chain(over).collect(),
                );
            }
            for (link, name) in tunnels {
                push(format!("vpn {name}"), vec![link]);
            }
        }
        for (id, link) in network.wan_links_with_ids() {
            push(format!("wan {}", link.name), vec![Link::Wan(id)]);
        }
        all
    }

    /// Lists every pair of single failures, except pairs in which one failure contains the other.
    pub fn pairs(network: &Network) -> Vec<Self> {
        let singles = Self::singles(network);
        let mut all = Vec::new();
        for (index, first) in singles.iter().enumerate() {
            for second in singles.iter().skip(index + 1) {
                if !first.contains(second) && !second.contains(first) {
                    let name = format!("{} and {}", first.name, second.name);
                    let links = first.links.iter().chain(&second.links).copied().collect();
                    all.push(Self { name, links });
                }
            }
        }
        all
    }

    /// Returns a state with this failure added.
    #[must_use]
    pub fn applied_to(&self, state: &LinkState) -> LinkState {
        self.links.iter().fold(state.clone(), |state, link| state.with_down(*link))
    }

    /// Returns whether every link that `other` takes down is also down with this failure.
    fn contains(&self, other: &Self) -> bool {
        let part_of = |link: Link| self.links.iter().any(|own| *own == link || own.forwards(link));
        other.links.iter().all(|link| part_of(*link))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Catalog, Cloud};
    use crate::diag::Source;

    #[test]
    fn failures_of_the_demo_and_their_pairs() {
        let catalog = Catalog::shipped(Cloud::Public).unwrap();
        let source = Source::new("network.yaml", include_str!("../../../examples/demo/network.yaml"));
        let network = crate::network::read(&source, &catalog).0.unwrap();
        let names: Vec<String> = Outage::singles(&network).into_iter().map(|one| one.name).collect();
        assert_eq!(
            names,
            [
                "circuit er-ams",
                "connection er-ams/primary",
                "connection er-ams/secondary",
                "peering er-ams/microsoft",
                "session er-ams/microsoft/primary",
                "session er-ams/microsoft/secondary",
                "peering er-ams/private",
                "session er-ams/private/primary",
                "session er-ams/private/secondary",
                "route-filter er-ams",
                "internet edge-ams",
                "internet edge-utr",
            ]
        );
        let pairs: Vec<String> = Outage::pairs(&network).into_iter().map(|one| one.name).collect();
        assert!(pairs.contains(&"connection er-ams/primary and connection er-ams/secondary".to_owned()));
        assert!(pairs.contains(&"circuit er-ams and internet edge-ams".to_owned()));
        assert!(!pairs.contains(&"circuit er-ams and connection er-ams/primary".to_owned()));
        assert!(!pairs.contains(&"peering er-ams/microsoft and session er-ams/microsoft/primary".to_owned()));
    }
}
