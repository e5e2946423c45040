//! What happens to the company's network, one situation after the other.

use std::collections::BTreeMap;

use peerpath::addr::IpPrefix;
use peerpath::catalog::Catalog;

use super::plan::SITES;
use super::policy::{LOW, Map, PREFERRED, PREPENDED};
use super::world::{AGGREGATES, NextHop, Place, Table, World};

/// A state of the company's network with a name.
pub(crate) struct Situation {
    pub(crate) name: &'static str,
    pub(crate) what: &'static str,
    pub(crate) world: World,
    /// Whether connections are tried.
    pub(crate) opens: bool,
}

/// Two regions and Microsoft 365; none of their prefixes is ambiguous.
const FILTER: [&str; 6] = [
    "12076:51014", // Brazil South
    "12076:51017", // Central India
    "12076:5010",  // Exchange
    "12076:5020",  // SharePoint
    "12076:5030",  // Teams
    "12076:5040",  // Dynamics 365
];

/// All situations, in the order in which the machines go through them. What cuts a router off stands last: internal
/// sessions take their time to come back.
pub(crate) fn situations(catalog: &Catalog) -> Vec<Situation> {
    let base = base(catalog);
    let mut all = Vec::new();
    let mut add = |name, what, change: &dyn Fn(&mut World)| {
        let mut world = base.clone();
        change(&mut world);
        let opens = OPENED.contains(&name);
        all.push(Situation { name, what, world, opens });
    };
    let down = |all: &'static [&'static str]| move |world: &mut World| world.down.extend(all);
    let import = |at: &'static str, map: &'static Map| {
        move |world: &mut World| {
            world.imports.insert(at, map);
        }
    };
    let cost = |link: &'static str, cost: u32| {
        move |world: &mut World| {
            world.costs.insert(link, cost);
        }
    };
    let without =
        |all: &'static [Place]| move |world: &mut World| world.tables.retain(|place, _| !all.contains(place));

    add("all up", "what enters Azure and what leaves a spoke passes the firewall", &|_| {});
    add(
        "gateway without a table",
        "what enters Azure goes round the firewall, its answers do not",
        &without(&[Place::Gateway]),
    );
    add("spokes without a table", "what leaves a spoke goes round the firewall", &without(&SPOKES));
    add("no tables", "nothing passes the firewall", &|world| world.tables.clear());
    add("gateway drops a spoke", "the gateway's table leads one spoke nowhere", &|world| {
        let table = world.tables.get_mut(&Place::Gateway).unwrap();
        table.routes.retain(|(prefix, _)| !prefix.contains("110"));
        table.routes.extend([("10.110.0.0/16", NextHop::Nowhere), ("fd20:110::/48", NextHop::Nowhere)]);
    });
    add(
        "summary at the gateway",
        "the gateway's table has a shorter prefix than the peering's routes",
        &|world| {
            let routes = vec![("10.96.0.0/11", NextHop::Firewall), ("fd20::/16", NextHop::Firewall)];
            world.tables.insert(Place::Gateway, Table { is_closed: false, routes });
        },
    );
    add(
        "spokes learn from the gateway",
        "the spokes' tables let the gateway's routes in, which are longer",
        &|world| {
            for place in SPOKES {
                world.tables.get_mut(&place).unwrap().is_closed = false;
            }
        },
    );
    add(
        "firewall learns nothing",
        "the firewall's own subnet gets no routes from the gateway, and drops a part of the internet",
        &|world| {
            world.tables.insert(
                Place::Firewall,
                Table {
                    is_closed: true,
                    routes: vec![("20.0.0.0/8", NextHop::Nowhere), ("40.64.0.0/10", NextHop::Internet)],
                },
            );
        },
    );
    add("primary of a down", "one connection of the circuit at A fails", &down(&["er-a/primary"]));
    add(
        "circuit at a down",
        "both connections of the circuit at A fail",
        &down(&["er-a/primary", "er-a/secondary"]),
    );
    add("secondary of b down", "one connection of the circuit at B fails", &down(&["er-b/secondary"]));
    add(
        "circuit at b down",
        "both connections of the circuit at B fail",
        &down(&["er-b/primary", "er-b/secondary"]),
    );
    add("provider at a down", "A has no internet of its own", &down(&["a"]));
    add("provider at c down", "C has no internet of its own", &down(&["c"]));
    add("prepend at a", "the path over the circuit at A is two longer", &import("er-a", &PREPENDED));
    add(
        "preferred at b",
        "Teams and Exchange are preferred at B by local preference",
        &import("er-b", &PREFERRED),
    );
    add("circuit at a shunned", "the circuit at A is the last choice", &import("er-a", &LOW));
    add("c nearer to b", "C reaches A by way of B", &cost("ac", 50));
    add("wan a-b down", "A and B reach each other by way of C", &down(&["ab"]));
    add("wan b-c down", "B and C reach each other by way of A", &down(&["bc"]));
    all
}

/// The situations in which connections are tried: a failure of one costs seconds.
const OPENED: [&str; 10] = [
    "all up",
    "gateway without a table",
    "spokes without a table",
    "no tables",
    "gateway drops a spoke",
    "summary at the gateway",
    "spokes learn from the gateway",
    "firewall learns nothing",
    "circuit at a down",
    "circuit at b down",
];

const SPOKES: [Place; 3] = [Place::Workload("hub"), Place::Workload("s1"), Place::Workload("s2")];

fn base(catalog: &Catalog) -> World {
    let mut world = World { filter: FILTER.to_vec(), ..World::default() };
    world.costs.extend([("ab", 10), ("ac", 10), ("bc", 10)]);
    let microsoft: Vec<IpPrefix> = world.microsoft(catalog).into_keys().collect();
    for (shift, site) in SITES.iter().enumerate() {
        let mut routes: BTreeMap<IpPrefix, Vec<u32>> = BTreeMap::new();
        routes.extend(AGGREGATES.iter().map(|prefix| (prefix.parse().unwrap(), vec![8075])));
        // Just as Microsoft advertises them, with a longer path; each provider has others.
        let every = microsoft.iter().skip(shift).step_by(7);
        routes.extend(every.map(|prefix| (*prefix, vec![8075])));
        world.internet.insert(site.name, routes);
    }
    let through = |routes: &[&'static str], is_closed| Table {
        is_closed,
        routes: routes.iter().map(|prefix| (*prefix, NextHop::Firewall)).collect(),
    };
    let spokes = [
        "10.110.0.0/16",
        "10.120.0.0/16",
        "10.100.2.0/24",
        "fd20:110::/48",
        "fd20:120::/48",
        "fd20:100:0:2::/64",
    ];
    world.tables.insert(Place::Gateway, through(&spokes, false));
    for place in SPOKES {
        world.tables.insert(place, through(&["0.0.0.0/0", "::/0"], true));
    }
    world
}
