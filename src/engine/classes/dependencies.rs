//! The links on which an engine and its return paths may depend.
//!
//! Only this module determines the dependencies. It includes too many links rather than too few: recompiling a vantage
//! point without need is harmless, but failing to recompile one gives a wrong result. `tests.rs` in this folder
//! compares the results with compiling everything from scratch under every failure.
//!
//! | vantage point | engine | return paths, in addition |
//! |---|---|---|
//! | site | its internet edge, its tunnels with their underlays, and its circuits; the same links of each site at the end of a circuit that it reaches over the company's network, and of the sites that those sites reach and of their proxies' sites; gateways, if any gateway has a user route table | gateways, every circuit, the internet edges that announce prefixes overlapping its sources |
//! | subnet | gateways, and the links of the sites at whose edges packets from the gateways arrive | everything |
//!
//! Where the file has links between sites, Global Reach, virtual hubs or Route Servers, everything depends on every link.
//!
//! *Gateways* are all circuits and tunnels that lead to any gateway of a virtual network, with the underlays of
//! the tunnels.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::addr::{Family, IpPrefix};
use crate::engine::state::Link;
use crate::engine::vantage::Vantage;
use crate::network::{CircuitId, Network, Site, SiteId, Underlay, WanLinkId};

/// A part of the network that fails independently. Dependencies do not distinguish smaller parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Part {
    /// Everything on a circuit.
    Circuit(CircuitId),
    Internet(SiteId),
    Tunnel(SiteId, u32),
    /// A link between sites.
    Wan(WanLinkId),
}

impl Part {
    const fn of(link: Link) -> Self {
        match link {
            Link::Internet(site) => Self::Internet(site),
            Link::Circuit(circuit)
            | Link::Connection(circuit, _)
            | Link::Peering(circuit, _)
            | Link::Session(circuit, ..)
            | Link::RouteFilter(circuit) => Self::Circuit(circuit),
            Link::Vpn(site, index) => Self::Tunnel(site, index),
            Link::Wan(link) => Self::Wan(link),
        }
    }
}

/// Links on which something may depend.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Dependencies {
    own: BTreeSet<Part>,
    /// Whether the links of all gateways are included.
    gateways: bool,
    /// Whether the links of the edges beyond the gateways are included.
    beyond: bool,
    /// Whether every link is included.
    everything: bool,
}

/// The connectivity of a network, reduced to the facts that dependencies require.
#[derive(Debug)]
pub(super) struct Graph<'a> {
    network: &'a Network,
    gateways: BTreeSet<Part>,
    /// The parts on which edges that receive packets from gateways depend.
    beyond: BTreeSet<Part>,
    /// Whether packets from sites may pass a gateway that has a user route table.
    is_passed: bool,
    /// Whether links between sites, Global Reach, virtual hubs or Route Servers join parts that are otherwise separate.
    /// In that case, every link is included.
    is_joined: bool,
    /// The sites at which each circuit ends.
    ends: HashMap<CircuitId, Vec<SiteId>>,
}

impl<'a> Graph<'a> {
    pub(super) fn of(network: &'a Network) -> Self {
        let mut gateways = BTreeSet::new();
        let mut is_passed = false;
        for own in &network.virtual_networks {
            let Some(gateway) = &own.gateway else { continue };
            is_passed |=
                own.subnets.iter().any(|subnet| subnet.is_for_gateways() && subnet.route_table.is_some());
            gateways.extend(gateway.circuits.iter().map(|link| Part::Circuit(link.circuit)));
            for end in &gateway.vpn {
                gateways.insert(Part::Tunnel(end.site, end.vpn));
                if let Some(site) = network.site(end.site) {
                    underlays(end.site, site, &mut gateways);
                }
            }
        }
        let mut ends: HashMap<CircuitId, Vec<SiteId>> = HashMap::new();
        for (id, site) in network.sites_with_ids() {
            for attached in site.attachments.iter().filter(|attached| attached.metric.is_none()) {
                ends.entry(attached.circuit).or_default().push(id);
            }
        }
        let is_joined =
            network.wan.is_some() || network.circuits.iter().any(|circuit| !circuit.global_reach.is_empty());
        // Virtual hubs and Route Servers join parts as well.
        let is_joined = is_joined || !network.virtual_hubs.is_empty() || network.has_route_server();
        let mut graph = Self { network, gateways, beyond: BTreeSet::new(), is_passed, is_joined, ends };
        graph.beyond = graph.past_gateways();
        graph
    }

    fn past_gateways(&self) -> BTreeSet<Part> {
        let sites = self.gateways.iter().flat_map(|part| match part {
            Part::Circuit(circuit) => self.ends.get(circuit).cloned().unwrap_or_default(),
            Part::Tunnel(site, _) => vec![*site],
            Part::Internet(_) | Part::Wan(_) => Vec::new(),
        });
        let sites: BTreeSet<SiteId> = sites.collect();
        sites.into_iter().flat_map(|site| self.of_edges(site)).collect()
    }

    /// Returns the parts on which the edges that packets from a site may pass depend.
    fn of_edges(&self, site: SiteId) -> BTreeSet<Part> {
        let mut own = BTreeSet::new();
        for id in self.edges(site) {
            let Some(site) = self.network.site(id) else { continue };
            own.extend(site.circuits.iter().map(|circuit| Part::Circuit(*circuit)));
            own.insert(Part::Internet(id));
            own.extend((0..).zip(&site.vpn).map(|(index, _)| Part::Tunnel(id, index)));
            underlays(id, site, &mut own);
        }
        own
    }

    /// Returns the links on which the engine of a vantage point may depend.
    pub(super) fn of_engine(&self, vantage: Vantage) -> Dependencies {
        if self.is_joined {
            return Dependencies { everything: true, ..Dependencies::default() };
        }
        let Vantage::Site(site) = vantage else {
            return Dependencies { gateways: true, beyond: true, ..Dependencies::default() };
        };
        Dependencies { own: self.of_edges(site), gateways: self.is_passed, ..Dependencies::default() }
    }

    /// Returns the links on which the engine of a vantage point and the return paths to it may depend.
    fn of_returns(&self, vantage: Vantage, announced: &Announced) -> Dependencies {
        let Vantage::Site(site) = vantage else {
            return Dependencies { everything: true, ..Dependencies::default() };
        };
        let mut all = self.of_engine(vantage);
        all.gateways = true;
        all.own.extend(self.network.circuits_with_ids().map(|(id, _)| Part::Circuit(id)));
        let sites = self.edges(site).into_iter().filter_map(|id| self.network.site(id));
        let of_sites = sites.flat_map(|site| {
            let nat = site.internet.iter().flat_map(|edge| &edge.nat);
            site.prefixes.iter().chain(nat).map(|prefix| prefix.value)
        });
        let sources = of_sites.chain(announced.pools.iter().copied());
        for source in sources {
            all.own.extend(announced.near(source).map(Part::Internet));
        }
        all
    }

    /// Returns the sites whose edges packets from a site may pass, including the site itself and the sites of proxies.
    fn edges(&self, site: SiteId) -> Vec<SiteId> {
        let mut edges = vec![site];
        let mut next = 0;
        while let Some(site) = edges.get(next).and_then(|id| self.network.site(*id)) {
            for attached in site.attachments.iter().filter(|attached| attached.metric.is_some()) {
                for end in self.ends.get(&attached.circuit).into_iter().flatten() {
                    if !edges.contains(end) {
                        edges.push(*end);
                    }
                }
            }
            if let Some(proxy) = site.proxy.as_ref().filter(|proxy| !edges.contains(&proxy.site)) {
                edges.push(proxy.site);
            }
            next += 1;
        }
        edges
    }

    /// Returns whether `dependencies` include a link.
    pub(super) fn holds(&self, dependencies: &Dependencies, link: Link) -> bool {
        let part = Part::of(link);
        dependencies.everything
            || dependencies.own.contains(&part)
            || dependencies.gateways && self.gateways.contains(&part)
            || dependencies.beyond && self.beyond.contains(&part)
    }

    /// Returns, for each link, the `vantages` that may depend on it. If the flag of a vantage point is set, the links
    /// of its return paths are included.
    pub(super) fn dependents(&self, vantages: impl Iterator<Item = (Vantage, bool)>) -> Dependents {
        let mut all = Dependents {
            on_gateways: self.gateways.clone(),
            on_beyond: self.beyond.clone(),
            ..Dependents::default()
        };
        let mut announced = None;
        for (vantage, returns) in vantages {
            let dependencies = if returns {
                let announced = announced.get_or_insert_with(|| Announced::of(self.network));
                self.of_returns(vantage, announced)
            } else {
                self.of_engine(vantage)
            };
            all.add(vantage, dependencies);
        }
        all
    }
}

/// Adds the underlays of a site's tunnels.
fn underlays(id: SiteId, site: &Site, all: &mut BTreeSet<Part>) {
    all.extend(site.vpn.iter().map(|vpn| match vpn.over {
        Underlay::Internet => Part::Internet(id),
        Underlay::Peering(circuit, _) => Part::Circuit(circuit),
    }));
}

/// Vantage points, keyed by the links on which they may depend.
#[derive(Debug, Default)]
pub(crate) struct Dependents {
    by_part: HashMap<Part, Vec<Vantage>>,
    on_gateways: BTreeSet<Part>,
    of_gateways: Vec<Vantage>,
    on_beyond: BTreeSet<Part>,
    of_beyond: Vec<Vantage>,
    of_everything: Vec<Vantage>,
}

impl Dependents {
    fn add(&mut self, vantage: Vantage, dependencies: Dependencies) {
        if dependencies.everything {
            self.of_everything.push(vantage);
            return;
        }
        if dependencies.gateways {
            self.of_gateways.push(vantage);
        }
        if dependencies.beyond {
            self.of_beyond.push(vantage);
        }
        for part in dependencies.own {
            self.by_part.entry(part).or_default().push(vantage);
        }
    }

    /// Returns the vantage points that may depend on any of some links, ascending.
    pub(crate) fn on(&self, links: &[Link]) -> BTreeSet<Vantage> {
        let mut all = BTreeSet::new();
        for part in links.iter().map(|link| Part::of(*link)) {
            all.extend(self.by_part.get(&part).into_iter().flatten().copied());
            if self.on_gateways.contains(&part) {
                all.extend(self.of_gateways.iter().copied());
            }
            if self.on_beyond.contains(&part) {
                all.extend(self.of_beyond.iter().copied());
            }
            all.extend(self.of_everything.iter().copied());
        }
        all
    }
}

/// The prefixes that internet edges announce, and the NAT pools of circuits.
struct Announced {
    by_prefix: BTreeMap<IpPrefix, Vec<SiteId>>,
    pools: Vec<IpPrefix>,
}

impl Announced {
    fn of(network: &Network) -> Self {
        let mut by_prefix: BTreeMap<IpPrefix, Vec<SiteId>> = BTreeMap::new();
        for (id, site) in network.sites_with_ids() {
            let both = site.announced(Family::V4).chain(site.announced(Family::V6));
            for prefix in both {
                by_prefix.entry(prefix.value).or_default().push(id);
            }
        }
        let peerings = network.circuits.iter().filter_map(|circuit| circuit.microsoft_peering.as_ref());
        let pools = peerings.flat_map(|peering| {
            crate::network::Connection::ALL.into_iter().flat_map(|connection| peering.nat_on(connection))
        });
        let mut pools: Vec<IpPrefix> = pools.map(|prefix| prefix.value).collect();
        pools.sort_unstable();
        pools.dedup();
        Self { by_prefix, pools }
    }

    /// Returns the sites that announce a prefix that covers a source or lies within it.
    fn near(&self, source: IpPrefix) -> impl Iterator<Item = SiteId> {
        crate::engine::covering_prefixes::overlapping(&self.by_prefix, source)
            .flat_map(|(_, sites)| sites.iter().copied())
    }
}
