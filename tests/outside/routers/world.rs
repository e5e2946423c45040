//! One network, said twice: as the network file that peerpath reads, and as BIRD's configurations for
//! the routers around the edge. What Microsoft advertises comes from the catalog's routes alone, so
//! that the engine's own computing of it is under test.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use peerpath::addr::{Family, IpPrefix};
use peerpath::catalog::{Catalog, Evidence};
use peerpath::rib::Community;

use super::lab::Neighbor;

pub(crate) const EDGE: u32 = 65010;
pub(crate) const MICROSOFT: u32 = 12076;
pub(crate) const PROVIDER: u32 = 64500;

/// The routers around the edge.
pub(crate) const NEIGHBORS: [Neighbor; 3] = [
    Neighbor {
        name: "primary",
        v4: ["192.0.2.1", "192.0.2.2"],
        v6: ["2001:db8:ffff:1::1", "2001:db8:ffff:1::2"],
    },
    Neighbor {
        name: "secondary",
        v4: ["192.0.2.5", "192.0.2.6"],
        v6: ["2001:db8:ffff:2::1", "2001:db8:ffff:2::2"],
    },
    Neighbor {
        name: "provider",
        v4: ["192.0.2.9", "192.0.2.10"],
        v6: ["2001:db8:ffff:3::1", "2001:db8:ffff:3::2"],
    },
];

/// The clients behind the edge.
pub(crate) const LAN: [&str; 2] = ["10.10.0.0/16", "fd10::/48"];

/// Less specific prefixes of Microsoft's on the internet.
pub(crate) const AGGREGATES: [&str; 12] = [
    "13.64.0.0/11",
    "20.0.0.0/8",
    "23.96.0.0/13",
    "40.64.0.0/10",
    "51.104.0.0/14",
    "52.96.0.0/11",
    "52.128.0.0/9",
    "104.40.0.0/13",
    "168.61.0.0/16",
    "2603:1000::/24",
    "2620:1ec::/36",
    "2a01:110::/31",
];

/// A route that the provider has, with what stands behind its own number in the path.
#[derive(Clone, Debug)]
pub(crate) struct InternetRoute {
    pub(crate) prefix: IpPrefix,
    pub(crate) path: Vec<u32>,
}

/// What is so in a situation; the rest is the same in all.
#[derive(Clone, Debug)]
pub(crate) struct World {
    pub(crate) filter: Vec<&'static str>,
    pub(crate) up: [bool; 2],
    pub(crate) internet: Vec<InternetRoute>,
    /// Route maps of the primary, the secondary and the internet edge.
    pub(crate) imports: [Option<&'static str>; 3],
    /// What the file says of multipath; nothing leaves it to the default.
    pub(crate) max_paths: Option<u32>,
    /// Lines under `static_routes`.
    pub(crate) static_routes: &'static [&'static str],
}

/// Lists and maps that situations choose from.
const POLICIES: &str = r#"
prefix_lists:
  - name: never
    entries: [0.0.0.0/0, "::/0", 10.0.0.0/8 le 32, "fc00::/7 le 128"]
  - name: big
    entries: [deny 40.64.0.0/10 ge 11 le 14, 0.0.0.0/0 le 16, "::/0 le 40"]
  - name: small
    entries: [0.0.0.0/0 ge 24 le 32, "::/0 ge 48"]
route_maps:
  - name: microsoft
    clauses:
      - { match: { prefix_list: never }, action: deny }
      - { match: { communities: ["12076:51*"] }, set: { local_preference: 200 }, action: continue }
      - { match: { communities: ["12076:5030"] }, set: { local_preference: 300 } }
      - {}
  - name: microsoft-moved
    clauses:
      - { match: { prefix_list: never }, action: deny }
      - { match: { communities: ["12076:51002", "12076:5030"] }, set: { local_preference: 90 } }
      - { match: { communities: ["12076:51*"] }, set: { local_preference: 400 }, action: continue }
      - { match: { prefix_list: big }, set: { local_preference: 150 } }
      - { set: { add_communities: ["12076:5999"] } }
  - name: prepended
    clauses:
      - { set: { prepend: [12076, 12076, 12076] } }
  - name: selective
    clauses:
      - { match: { prefix_list: small, as_paths: ["^12076$"] }, action: deny }
      - { match: { communities: ["12076:5010"] }, set: { weight: 50 } }
      - { match: { communities: ["12076:51003"] }, action: deny }
      - { match: { origin: igp } }
  - name: internet
    clauses:
      - { match: { prefix_list: big, as_paths: ["_8075$"] }, set: { local_preference: 250 } }
      - { match: { as_paths: ["^64500 .* 8068$"] }, set: { weight: 10 } }
      - { match: { as_paths: ["64511"] }, action: deny }
      - {}
"#;

impl World {
    /// The network file.
    pub(crate) fn network(&self) -> String {
        let [primary, secondary, provider] = &NEIGHBORS;
        let quoted = |addresses: &Neighbor| format!("[{}, \"{}\"]", addresses.v4[1], addresses.v6[1]);
        let import =
            |name: Option<&str>| name.map(|name| format!("\n      import: {name}")).unwrap_or_default();
        let connection = |name: &str, neighbor: &Neighbor, up: bool, map: Option<&str>| {
            let state = if up { "up" } else { "down" };
            let map = map.map(|map| format!("\n        import: {map}")).unwrap_or_default();
            format!(
                "      {name}:\n        state: {state}\n        peer_addresses: {}{map}\n",
                quoted(neighbor)
            )
        };
        let filter: Vec<String> = self.filter.iter().map(|value| format!("\"{value}\"")).collect();
        // The age of a route must not decide: it differs from run to run.
        let paths = self.max_paths.map(|paths| format!(", max_paths: {paths}")).unwrap_or_default();
        let decision = format!("    decision_process: {{ compare_router_id: true{paths} }}\n");
        let mut statics = String::new();
        if !self.static_routes.is_empty() {
            statics.push_str("    static_routes:\n");
            statics.extend(self.static_routes.iter().map(|line| format!("      - {line}\n")));
        }
        format!(
            "version: 1
name: routers
cloud: public
sites:
  - name: edge
    prefixes: [10.10.0.0/16, \"fd10::/48\"]
    autonomous_system: {EDGE}
    internet:
      name: provider
      nat: [203.0.113.0/28, \"2001:db8:113::/64\"]
      default_route: both
      provider_autonomous_system: {PROVIDER}
      peer_addresses: {}
      routes: internet.csv{}
{decision}{statics}circuits:
  - name: er
    peering_location: Amsterdam
    sku: premium
    bandwidth: 1 Gbps
    microsoft_peering:
      route_filter: [{}]
      advertised: [198.51.100.0/28, \"2001:db8:100::/64\"]
      nat: [198.51.100.0/28, \"2001:db8:100::/64\"]
{}{}{POLICIES}",
            quoted(provider),
            import(self.imports[2]),
            filter.join(", "),
            connection("primary", primary, self.up[0], self.imports[0]),
            connection("secondary", secondary, self.up[1], self.imports[1]),
        )
    }

    /// The table of the internet edge, which the network file names.
    pub(crate) fn internet_csv(&self) -> String {
        let mut text = String::from("prefix,as_path\n");
        for route in &self.internet {
            let path: Vec<String> = [PROVIDER].iter().chain(&route.path).map(u32::to_string).collect();
            let _ = writeln!(text, "{},{}", route.prefix, path.join(" "));
        }
        text
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

    /// BIRD's configuration of a neighbour, and how many routes of each family it advertises.
    pub(crate) fn bird(&self, catalog: &Catalog, neighbor: &Neighbor) -> (String, [usize; 2]) {
        let mut routes = [String::new(), String::new()];
        let mut counts = [0, 0];
        let mut add = |prefix: IpPrefix, attributes: String| {
            let index = usize::from(prefix.family() == Family::V6);
            counts[index] += 1;
            let _ = writeln!(routes[index], "  route {prefix} blackhole {{ {attributes} }};");
        };
        let number = if neighbor.name == "provider" {
            add("0.0.0.0/0".parse().unwrap(), String::new());
            add("::/0".parse().unwrap(), String::new());
            for route in &self.internet {
                let path: Vec<u32> = route.path.iter().rev().copied().collect();
                add(route.prefix, each(&path, |asn| format!("bgp_path.prepend({asn}); ")));
            }
            PROVIDER
        } else {
            for (prefix, communities) in self.microsoft(catalog) {
                let text = |one: &Community| format!("bgp_community.add(({},{})); ", one.asn(), one.value());
                add(prefix, each(&communities, text));
            }
            MICROSOFT
        };
        let [here4, there4] = neighbor.v4;
        let [here6, there6] = neighbor.v6;
        let timers = "connect delay time 1; connect retry time 2; error wait time 1, 2; hold time 60;";
        let [v4, v6] = routes;
        let config = format!(
            "log stderr all;
router id {there4};
protocol device {{ scan time 1; }}
protocol static static4 {{ ipv4;
{v4}}}
protocol static static6 {{ ipv6;
{v6}}}
protocol bgp edge4 {{
  local {there4} as {number}; neighbor {here4} as {EDGE}; {timers}
  ipv4 {{ import all; export all; }};
}}
protocol bgp edge6 {{
  local {there6} as {number}; neighbor {here6} as {EDGE}; {timers}
  ipv6 {{ import all; export all; }};
}}
"
        );
        (config, counts)
    }
}

fn each<T>(all: impl IntoIterator<Item = T>, text: impl Fn(T) -> String) -> String {
    all.into_iter().map(text).collect::<Vec<_>>().concat()
}
