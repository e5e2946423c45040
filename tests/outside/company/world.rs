//! One company, said twice: as the network file that peerpath reads, and, in `edges`, `neighbors` and `azure`, as
//! the configurations and tables of the machines.

use std::collections::{BTreeMap, BTreeSet};

use peerpath::addr::IpPrefix;
use peerpath::catalog::{Catalog, Evidence};
use peerpath::rib::Community;

use super::plan::{
    CIRCUITS, COMPANY, CONNECTIONS, COVER, FIREWALL, SITES, Site, VIRTUAL_NETWORKS, WAN, on_cable,
};
use super::policy::{MAPS, Map};

/// Less specific prefixes of Microsoft's, which every provider has.
pub(crate) const AGGREGATES: [&str; 9] = [
    "13.64.0.0/11",
    "20.0.0.0/8",
    "23.96.0.0/13",
    "40.64.0.0/10",
    "52.96.0.0/11",
    "52.128.0.0/9",
    "2603:1000::/24",
    "2620:1ec::/36",
    "2a01:110::/31",
];

/// A route of a route table: where to, and over what.
pub(crate) type UserRoute = (&'static str, NextHop);

/// The next hop of a user route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NextHop {
    Firewall,
    Nowhere,
    Internet,
}

/// What sites may tell each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Announced {
    Own,
    Circuits,
    Default,
}

/// What links usually tell.
const USUAL: [Announced; 2] = [Announced::Own, Announced::Circuits];

/// A route table of the user's own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Table {
    /// Whether the gateway's routes are kept away.
    pub(crate) is_closed: bool,
    pub(crate) routes: Vec<UserRoute>,
}

/// The subnets that may have one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place {
    Gateway,
    Firewall,
    /// The workload of a virtual network, by its name.
    Workload(&'static str),
}

/// What is so in a situation.
#[derive(Clone, Debug, Default)]
pub(crate) struct World {
    /// What is down: `er-a/primary`, a provider's site, a link of the WAN.
    pub(crate) down: BTreeSet<&'static str>,
    /// The costs of the WAN's links.
    pub(crate) costs: BTreeMap<&'static str, u32>,
    /// What sites tell each other over the links of the WAN that do not tell just what links usually do.
    pub(crate) announces: BTreeMap<&'static str, Vec<Announced>>,
    /// The communities of the route filters.
    pub(crate) filter: Vec<&'static str>,
    /// The route maps of circuits (Microsoft peering), by circuit, and of providers, by site.
    pub(crate) imports: BTreeMap<&'static str, &'static Map>,
    /// What each site's provider has beside a default route: prefix and path behind its own number.
    pub(crate) internet: BTreeMap<&'static str, BTreeMap<IpPrefix, Vec<u32>>>,
    pub(crate) tables: BTreeMap<Place, Table>,
}

impl World {
    pub(crate) fn is_up(&self, what: &str) -> bool {
        !self.down.contains(what)
    }

    /// What Microsoft's routers advertise: prefixes with the filter's communities that carry them.
    pub(crate) fn microsoft(&self, catalog: &Catalog) -> BTreeMap<IpPrefix, BTreeSet<Community>> {
        let mut all: BTreeMap<IpPrefix, BTreeSet<Community>> = BTreeMap::new();
        for value in &self.filter {
            let community: Community = value.parse().unwrap();
            for route in catalog.routes(community).iter().filter(|one| one.evidence != Evidence::Ambiguous) {
                all.entry(route.prefix).or_default().insert(community);
            }
        }
        all
    }

    /// The network file.
    pub(crate) fn network(&self) -> String {
        let mut text = String::from("version: 1\nname: company\ncloud: public\nsites:\n");
        for site in &SITES {
            text += &self.site(site);
        }
        text += "wan:\n";
        for (name, [here, there]) in WAN {
            let (state, cost) = (state(self.is_up(name)), self.costs[name]);
            let words = self.announced(name).iter().map(|one| match one {
                Announced::Own => "own",
                Announced::Circuits => "circuits",
                Announced::Default => "default",
            });
            let words = words.collect::<Vec<_>>().join(", ");
            text += &format!(
                "  - {{ name: {name}, sites: [{here}, {there}], metric: {cost}, state: {state}, \
                 announces: [{words}] }}\n"
            );
        }
        text += "circuits:\n";
        for circuit in CIRCUITS {
            text += &self.circuit(circuit);
        }
        text += "virtual_networks:\n";
        for index in 0..VIRTUAL_NETWORKS.len() {
            text += &self.virtual_network(index);
        }
        text += "route_maps:\n";
        text += &MAPS.map(Map::network).concat();
        if !self.tables.is_empty() {
            text += "route_tables:\n";
        }
        for (place, table) in &self.tables {
            text += &format!(
                "  - name: {}\n    disable_bgp_route_propagation: {}\n    routes:\n",
                name(*place),
                table.is_closed
            );
            for (prefix, next_hop) in &table.routes {
                let next_hop = match next_hop {
                    NextHop::Firewall if prefix.contains(':') => format!("virtual-appliance {}", FIREWALL[1]),
                    NextHop::Firewall => format!("virtual-appliance {}", FIREWALL[0]),
                    NextHop::Nowhere => "none".to_owned(),
                    NextHop::Internet => "internet".to_owned(),
                };
                text += &format!("      - {{ prefix: \"{prefix}\", next_hop: \"{next_hop}\" }}\n");
            }
        }
        text
    }

    fn site(&self, site: &Site) -> String {
        let own = CONNECTIONS.iter().filter(|one| one.site == site.name).map(|one| one.circuit);
        let circuits: BTreeSet<&str> = own.collect();
        let peers = on_cable(site.provider, site.edges[0]);
        format!(
            "  - name: {}
    prefixes: {}
    autonomous_system: {COMPANY}
    decision_process: {{ compare_router_id: true }}
    internet:
      name: internet-{}
      state: {}
      provider_autonomous_system: {}
      peer_addresses: [{}, \"{}\"]
      routes: {}.csv{}
    circuits: [{}]
",
            site.name,
            list(site.prefixes),
            site.name,
            state(self.is_up(site.name)),
            site.number,
            peers[0],
            peers[1],
            site.name,
            self.imports
                .get(site.name)
                .map(|map| format!("\n      import: {}", map.name))
                .unwrap_or_default(),
            circuits.into_iter().collect::<Vec<_>>().join(", "),
        )
    }

    /// The cost of the cheapest way between two sites; `None` where there is none.
    pub(crate) fn cost(&self, here: &str, there: &str) -> Option<u32> {
        self.cheapest(here, there, |name| self.is_up(name))
    }

    /// What is told over a link.
    fn announced(&self, link: &str) -> &[Announced] {
        self.announces.get(link).map_or(&USUAL, Vec::as_slice)
    }

    /// Whether one site tells the other such a thing: over links that do.
    pub(crate) fn tells(&self, what: Announced, here: &str, there: &str) -> bool {
        self.cheapest(here, there, |name| self.is_up(name) && self.announced(name).contains(&what)).is_some()
    }

    fn cheapest(&self, here: &str, there: &str, counts: impl Fn(&str) -> bool) -> Option<u32> {
        if here == there {
            return Some(0);
        }
        let link = |one: &str, other: &str| {
            let mut all = WAN.iter().filter(|(name, _)| counts(name));
            let found = all.find(|(_, ends)| ends.contains(&one) && ends.contains(&other));
            found.map(|(name, _)| self.costs[name])
        };
        let third = SITES.iter().find(|site| site.name != here && site.name != there).unwrap().name;
        let around = link(here, third).zip(link(third, there)).map(|(one, other)| one + other);
        link(here, there).into_iter().chain(around).min()
    }

    fn circuit(&self, circuit: &str) -> String {
        let site = CONNECTIONS.iter().find(|one| one.circuit == circuit).unwrap().site;
        let site = super::plan::site(site);
        let filter: Vec<String> = self.filter.iter().map(|value| format!("\"{value}\"")).collect();
        let advertised: Vec<&str> = site.prefixes.into_iter().chain(COVER).collect();
        let import = self.imports.get(circuit).map(|map| format!("      import: {}\n", map.name));
        let connections = |peering: usize| {
            let own = CONNECTIONS.iter().filter(|one| one.circuit == circuit);
            own.map(|one| {
                let up = state(self.is_up(&format!("{circuit}/{}", one.name)));
                let [v4, v6] = on_cable(one.peerings[peering], one.edge);
                format!("      {}: {{ state: {up}, peer_addresses: [{v4}, \"{v6}\"] }}\n", one.name)
            })
            .collect::<Vec<_>>()
            .concat()
        };
        format!(
            "  - name: {circuit}
    peering_location: {}
    sku: premium
    bandwidth: 1 Gbps
    microsoft_peering:
      route_filter: [{}]
      advertised: [198.51.100.0/28, \"2001:db8:100::/64\"]
      nat: [198.51.100.0/28, \"2001:db8:100::/64\"]
{}{}    private_peering:
      virtual_networks: [hub]
      advertised: {}
{}",
            if circuit == "er-a" { "Amsterdam" } else { "Dublin" },
            filter.join(", "),
            import.unwrap_or_default(),
            connections(0),
            list(advertised),
            connections(1),
        )
    }

    fn virtual_network(&self, index: usize) -> String {
        let own = &VIRTUAL_NETWORKS[index];
        let table = |place: Place| {
            let has = self.tables.contains_key(&place);
            if has { format!(", route_table: {}", name(place)) } else { String::new() }
        };
        let mut text =
            format!("  - name: {}\n    region: westeurope\n    prefixes: {}\n", own.name, list(own.prefixes));
        if index == 0 {
            text += "    gateway: { circuits: [{ circuit: er-a }, { circuit: er-b }] }\n    peerings:\n";
            for spoke in &VIRTUAL_NETWORKS[1..] {
                text +=
                    &format!("      - {{ virtual_network: {}, allow_gateway_transit: true }}\n", spoke.name);
            }
            text += &format!(
                "    appliances:\n      - {{ name: fw, addresses: {}, stateful: true }}\n",
                list(FIREWALL)
            );
        } else {
            text += "    peerings: [{ virtual_network: hub, use_remote_gateways: true }]\n";
        }
        let subnet = |name: &str, prefixes: [&str; 2], place: Place| {
            format!("      - {{ name: {name}, prefixes: {}{} }}\n", list(prefixes), table(place))
        };
        text += "    subnets:\n";
        text += &subnet("app", own.subnet, Place::Workload(own.name));
        if index == 0 {
            text += &subnet("inspect", ["10.100.1.0/26", "fd20:100:0:1::/64"], Place::Firewall);
            text += &subnet("GatewaySubnet", ["10.100.0.0/26", "fd20:100:0:255::/64"], Place::Gateway);
        }
        text
    }
}

fn state(is_up: bool) -> &'static str {
    if is_up { "up" } else { "down" }
}

fn name(place: Place) -> String {
    match place {
        Place::Gateway => "table-gateway".to_owned(),
        Place::Firewall => "table-firewall".to_owned(),
        Place::Workload(name) => format!("table-{name}"),
    }
}

fn list<'a>(all: impl IntoIterator<Item = &'a str>) -> String {
    let all: Vec<String> = all.into_iter().map(|one| format!("\"{one}\"")).collect();
    format!("[{}]", all.join(", "))
}
