//! What happens to the company's network, one situation after the other.

use std::collections::BTreeMap;

use peerpath::addr::IpPrefix;
use peerpath::catalog::Catalog;

use super::plan::SITES;
use super::policy::{HIGH, LOW, Map, PREFERRED, PREPENDED, WEIGHED};
use super::world::{AGGREGATES, Announced, NextHop, Place, Table, World};

/// A state of the company's network with a name.
pub(crate) struct Situation {
    pub(crate) name: &'static str,
    pub(crate) what: &'static str,
    pub(crate) world: World,
    /// Whether connections are tried.
    pub(crate) opens: bool,
}

/// Regions and Microsoft 365; none of their prefixes is ambiguous.
const FILTER: [&str; 8] = [
    "12076:51044", // West US 3
    "12076:51054", // Italy North
    "12076:51051", // Poland Central
    "12076:51041", // Germany West Central
    "12076:5010",  // Exchange
    "12076:5020",  // SharePoint
    "12076:5030",  // Teams
    "12076:5040",  // Dynamics 365
];

/// All situations, in the order in which the machines go through them. What cuts a router off stands last: internal
/// sessions take their time to come back.
pub(crate) fn situations(catalog: &Catalog) -> Vec<Situation> {
    let mut course = Course { base: base(catalog), all: Vec::new() };
    tables(&mut course);
    failures(&mut course);
    policies(&mut course, catalog);
    ways(&mut course);
    course.all
}

/// Situations, one after the other, each a change of the first.
struct Course {
    base: World,
    all: Vec<Situation>,
}

impl Course {
    fn add(&mut self, name: &'static str, what: &'static str, change: &dyn Fn(&mut World)) {
        let mut world = self.base.clone();
        change(&mut world);
        let opens = OPENED.contains(&name);
        self.all.push(Situation { name, what, world, opens });
    }
}

fn down(all: &'static [&'static str]) -> impl Fn(&mut World) {
    move |world| world.down.extend(all)
}

fn import(at: &'static str, map: &'static Map) -> impl Fn(&mut World) {
    move |world| {
        world.imports.insert(at, map);
    }
}

fn cost(link: &'static str, cost: u32) -> impl Fn(&mut World) {
    move |world| {
        world.costs.insert(link, cost);
    }
}

fn without(all: &'static [Place]) -> impl Fn(&mut World) {
    move |world| world.tables.retain(|place, _| !all.contains(place))
}

/// What the route tables of Azure's subnets say.
fn tables(course: &mut Course) {
    course.add("all up", "what enters Azure and what leaves a spoke passes the firewall", &|_| {});
    course.add(
        "gateway without a table",
        "what enters Azure goes round the firewall, its answers do not",
        &without(&[Place::Gateway]),
    );
    course.add("spokes without a table", "what leaves a spoke goes round the firewall", &without(&SPOKES));
    course.add("no tables", "nothing passes the firewall", &|world| world.tables.clear());
    course.add("gateway drops a spoke", "the gateway's table leads one spoke nowhere", &|world| {
        let table = world.tables.get_mut(&Place::Gateway).unwrap();
        table.routes.retain(|(prefix, _)| !prefix.contains("110"));
        table.routes.extend([("10.110.0.0/16", NextHop::Nowhere), ("fd20:110::/48", NextHop::Nowhere)]);
    });
    course.add(
        "summary at the gateway",
        "the gateway's table has a shorter prefix than the peering's routes",
        &|world| {
            let routes = vec![("10.96.0.0/11", NextHop::Firewall), ("fd20::/16", NextHop::Firewall)];
            world.tables.insert(Place::Gateway, Table { is_closed: false, routes });
        },
    );
    course.add(
        "spokes learn from the gateway",
        "the spokes' tables let the gateway's routes in, which are longer",
        &|world| {
            for place in SPOKES {
                world.tables.get_mut(&place).unwrap().is_closed = false;
            }
        },
    );
    course.add(
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
    course.add(
        "half of a site through the firewall",
        "one spoke sends half of A over the firewall, and another nothing to C; the gateway sends half of it there",
        &|world| {
            let routes = vec![("10.10.0.0/17", NextHop::Firewall), ("fd10:10::/49", NextHop::Firewall)];
            world.tables.insert(Place::Workload("s1"), Table { is_closed: false, routes });
            let routes = vec![("10.12.0.0/16", NextHop::Nowhere), ("fd10:12::/48", NextHop::Nowhere)];
            world.tables.insert(Place::Workload("s2"), Table { is_closed: false, routes });
            let routes = vec![("10.110.0.0/17", NextHop::Firewall), ("fd20:110::/49", NextHop::Firewall)];
            world.tables.insert(Place::Gateway, Table { is_closed: false, routes });
        },
    );
}

/// Failures of circuits and providers.
fn failures(course: &mut Course) {
    course.add("primary of a down", "one connection of the circuit at A fails", &down(&["er-a/primary"]));
    course.add(
        "circuit at a down",
        "both connections of the circuit at A fail",
        &down(&["er-a/primary", "er-a/secondary"]),
    );
    course.add("secondary of b down", "one connection of the circuit at B fails", &down(&["er-b/secondary"]));
    course.add(
        "circuit at b down",
        "both connections of the circuit at B fail",
        &down(&["er-b/primary", "er-b/secondary"]),
    );
    course.add("provider at a down", "A has no internet of its own", &down(&["a"]));
    course.add("provider at c down", "C has no internet of its own", &down(&["c"]));
}

/// What routers prefer.
fn policies(course: &mut Course, catalog: &Catalog) {
    course.add("prepend at a", "the path over the circuit at A is two longer", &import("er-a", &PREPENDED));
    course.add(
        "preferred at b",
        "Teams and Exchange are preferred at B by local preference",
        &import("er-b", &PREFERRED),
    );
    course.add(
        "weight at a",
        "Teams is preferred at A by weight, which A keeps to itself, and at B by local preference",
        &|world| {
            world.imports.extend([("er-a", &WEIGHED), ("er-b", &PREFERRED)]);
        },
    );
    course.add(
        "provider preferred at b",
        "B prefers its provider, and tells the others nothing of its circuit",
        &import("b", &HIGH),
    );
    course.add(
        "provider preferred at b, circuit at a down",
        "B keeps its circuit to itself, and there is no other",
        &|world| {
            world.imports.insert("b", &HIGH);
            world.down.extend(["er-a/primary", "er-a/secondary"]);
        },
    );
    course.add(
        "weight at b against a",
        "Teams and Exchange are preferred at A by local preference, Teams at B by weight",
        &|world| world.imports.extend([("er-a", &PREFERRED), ("er-b", &WEIGHED)]),
    );
    course.add(
        "prepend at both",
        "the paths over both circuits are two longer: where a provider has the same prefix its path is shorter",
        &|world| world.imports.extend([("er-a", &PREPENDED), ("er-b", &PREPENDED)]),
    );
    course.add("circuit at a shunned", "the circuit at A is the last choice", &import("er-a", &LOW));
    course.add(
        "longer prefixes at b",
        "B's provider has halves of every ninth prefix of Microsoft's",
        &|world| {
            let microsoft: Vec<IpPrefix> = world.microsoft(catalog).into_keys().collect();
            let provider = world.internet.get_mut("b").unwrap();
            for prefix in microsoft.iter().step_by(9) {
                if let Ok(half) = format!("{}/{}", prefix.first(), prefix.length() + 1).parse() {
                    provider.insert(half, vec![8075]);
                }
            }
        },
    );
}

/// Costs and failures of the WAN.
fn ways(course: &mut Course) {
    course.add("c nearer to b", "C reaches A by way of B", &cost("ac", 50));
    course.add("c as near", "C reaches A directly and by way of B alike", &cost("ac", 20));
    course.add(
        "on the way through b",
        "C reaches A by way of B, where Teams goes by weight over the circuit at B, and not to A",
        &|world| {
            world.costs.insert("ac", 50);
            world.imports.extend([("er-a", &PREFERRED), ("er-b", &WEIGHED)]);
        },
    );
    course.add(
        "all circuits down, default of b",
        "A has no internet of its own, and hears of B's",
        &|world| {
            world.down.extend(["er-a/primary", "er-a/secondary", "er-b/primary", "er-b/secondary", "a"]);
            world.announces.insert("ab", vec![Announced::Own, Announced::Circuits, Announced::Default]);
        },
    );
    course.add("default of others", "C has no internet of its own, and hears of A's and B's", &|world| {
        world.down.insert("c");
        let all = vec![Announced::Own, Announced::Circuits, Announced::Default];
        world.announces.extend([("ac", all.clone()), ("bc", all)]);
    });
    course.add(
        "circuits kept from c",
        "the links to C tell prefixes of sites alone, but for B's, which tells C of circuits too, and of no prefix",
        &|world| {
            world.announces.extend([("ac", vec![Announced::Own]), ("bc", vec![Announced::Circuits])]);
        },
    );
    course.add(
        "circuits between a and c alone",
        "B and the others tell each other their prefixes alone",
        &|world| {
            world.announces.extend([("ab", vec![Announced::Own]), ("bc", vec![Announced::Own])]);
            world.down.extend(["er-a/primary", "c"]);
        },
    );
    course.add("wan a-b down", "A and B reach each other by way of C", &down(&["ab"]));
    course.add("wan b-c down", "B and C reach each other by way of A", &down(&["bc"]));
    course.add("b cut off", "B reaches no other site", &down(&["ab", "bc"]));
}

/// The situations in which connections are tried: a failure of one costs seconds.
const OPENED: [&str; 13] = [
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
    "half of a site through the firewall",
    "default of others",
    "b cut off",
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
