//! When all routers are done, told by their state: every edge has what its neighbours tell, as its route maps leave
//! it; every two edges agree on what the one told the other; the metrics are those of the costs; and the kernels
//! forward as was chosen.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::thread;

use peerpath::catalog::Catalog;
use serde_json::Value;

use super::edges::{Kind, LOOPBACK6, outer};
use super::kernel::{Table, Tables, Way};
use super::neighbors::found;
use super::plan::{COVER, EDGES, loopback, on_cable, site_of};
use super::policy::Given;
use super::world::{Announced, World};
use crate::machines::{Machines, PATIENCE, wait};

const FAMILIES: [&str; 2] = ["ipv4", "ipv6"];
const DEFAULTS: [&str; 2] = ["0.0.0.0/0", "::/0"];

/// What a path is compared by.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Attributes {
    path: String,
    local_preference: u64,
}

/// A path as bgpd tells it.
#[derive(Debug)]
struct Path {
    peer: String,
    attributes: Attributes,
    weight: u64,
    is_valid: bool,
    is_best: bool,
    /// Whether packets take it.
    is_used: bool,
    is_internal: bool,
    is_first: bool,
}

/// Prefix to paths.
type Rib = BTreeMap<String, Vec<Path>>;

/// Waits until all of it holds, and stays.
pub(crate) fn converged(machines: &Machines, catalog: &Catalog, world: &World) -> Result<Tables, String> {
    let expected: Vec<Expected> = EDGES.iter().flat_map(|edge| Expected::of(edge, world, catalog)).collect();
    wait("convergence", PATIENCE, || {
        each(|edge| {
            machines.bgp_rests(edge)?;
            metrics(machines, edge, world)
        })?;
        let tables = each(|edge| Table::of(machines, edge))?;
        for (index, family) in FAMILIES.into_iter().enumerate() {
            let ribs = each(|edge| {
                let rib = rib(machines, edge, family)?;
                let own = expected.iter().filter(|one| one.edge == edge && one.family == index);
                own.into_iter().try_for_each(|one| one.holds(&rib))?;
                forwards(&rib, edge, index, &tables[edge], world)?;
                Ok(rib)
            })?;
            each(|edge| agree(&ribs, edge, index, world))?;
        }
        // The same again with nothing waiting: no choice was under way.
        each(|edge| {
            machines.bgp_rests(edge)?;
            if Table::of(machines, edge)? == tables[edge] {
                Ok(())
            } else {
                Err("the state is new".to_owned())
            }
        })?;
        Ok(tables)
    })
}

/// Waits until every edge knows the metrics to the others.
pub(crate) fn ways_found(machines: &Machines, world: &World) -> Result<(), String> {
    wait("ways between edges", PATIENCE, || each(|edge| metrics(machines, edge, world)).map(|_| ()))
}

/// What is asked of every edge, beside each other.
fn each<T: Send>(
    ask: impl Fn(&'static str) -> Result<T, String> + Sync,
) -> Result<BTreeMap<&'static str, T>, String> {
    thread::scope(|scope| {
        let all = EDGES.map(|edge| (edge, scope.spawn(|| ask(edge))));
        let joined =
            all.map(|(edge, one)| Ok((edge, one.join().map_err(|_| "a thread panicked".to_owned())??)));
        joined.into_iter().collect()
    })
}

/// What an edge must have of one of its neighbours, in a family.
struct Expected {
    edge: &'static str,
    family: usize,
    peer: String,
    routes: BTreeMap<String, (Attributes, u64)>,
}

impl Expected {
    fn of(edge: &'static str, world: &World, catalog: &Catalog) -> Vec<Self> {
        let mut all = Vec::new();
        for outer in outer(edge) {
            let site = site_of(edge).unwrap().name;
            let connection = super::plan::CONNECTIONS.iter().find(|own| own.peerings.contains(&outer.peer));
            let (of, is_up) = match connection {
                Some(own) => (own.circuit, world.is_up(&format!("{}/{}", own.circuit, own.name))),
                None => (site, world.is_up(site)),
            };
            let map = world.imports.get(of).filter(|_| outer.kind != Kind::Private);
            let routes = if is_up { found(world, catalog, edge, &outer) } else { BTreeMap::new() };
            let mut families = [BTreeMap::new(), BTreeMap::new()];
            for (prefix, found) in routes {
                let given = map.map_or(Given::default(), |map| map.gives(&found.communities));
                let numbers = [super::plan::MICROSOFT].repeat(given.prepend);
                let numbers = numbers.iter().chain([&outer.number]).chain(&found.path);
                let path: Vec<String> = numbers.map(u32::to_string).collect();
                let local_preference = given.local_preference.unwrap_or(100).into();
                let attributes = Attributes { path: path.join(" "), local_preference };
                let weight = given.weight.unwrap_or(0).into();
                let family = usize::from(prefix.first().is_ipv6());
                families[family].insert(prefix.to_string(), (attributes, weight));
            }
            for (family, routes) in families.into_iter().enumerate() {
                let peer = on_cable(outer.peer, edge)[family].to_string();
                all.push(Self { edge, family, peer, routes });
            }
        }
        all
    }

    fn holds(&self, rib: &Rib) -> Result<(), String> {
        let mut count = 0;
        for (prefix, paths) in rib {
            for path in paths.iter().filter(|path| path.peer == self.peer) {
                count += 1;
                let wanted = self.routes.get(prefix);
                if wanted.is_none_or(|(attributes, weight)| {
                    path.attributes != *attributes || path.weight != *weight
                }) {
                    return Err(format!(
                        "{}: {prefix} of {}: {path:?}, not {wanted:?}",
                        self.edge, self.peer
                    ));
                }
            }
        }
        if count == self.routes.len() {
            return Ok(());
        }
        Err(format!("{}: {count} routes of {}, not {}", self.edge, self.peer, self.routes.len()))
    }
}

/// Whether bgpd knows the metric to each other edge, by the costs.
fn metrics(machines: &Machines, edge: &'static str, world: &World) -> Result<(), String> {
    let words = machines.vtysh(edge, "bgpd", "show bgp nexthop")?;
    for other in EDGES.into_iter().filter(|other| *other != edge) {
        let cost = cost(world, edge, other);
        for address in loopback(other) {
            let wanted = match cost {
                Some(cost) => {
                    let cost = if address.is_ipv6() { cost + LOOPBACK6 } else { cost };
                    format!("{address} valid [IGP metric {cost}]")
                }
                None => format!("{address} invalid"),
            };
            let line = words.lines().find(|line| line.trim_start().starts_with(&format!("{address} ")));
            // Without a path over it bgpd does not ask.
            if line.is_some_and(|line| !line.contains(&wanted)) {
                return Err(format!("{edge}: {line:?}, not {wanted}"));
            }
        }
    }
    Ok(())
}

/// The metric between two edges.
fn cost(world: &World, here: &str, there: &str) -> Option<u32> {
    let [from, to] = [here, there].map(|edge| site_of(edge).unwrap().name);
    if from == to { Some(u32::from(here != there)) } else { world.cost(from, to) }
}

fn rib(machines: &Machines, edge: &'static str, family: &str) -> Result<Rib, String> {
    let table = machines.bgp_json(edge, &format!("show bgp {family} unicast json"))?;
    let mut all = Rib::new();
    for (prefix, paths) in table.get("routes").and_then(Value::as_object).into_iter().flatten() {
        let read = |path: &Value| {
            let is = |key: &str| path.get(key) == Some(&Value::Bool(true));
            let text = |key: &str| path.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
            let number = |key: &str| path.get(key).and_then(Value::as_u64);
            Path {
                peer: text("peerId"),
                attributes: Attributes {
                    path: text("path"),
                    local_preference: number("locPrf").unwrap_or(100),
                },
                weight: number("weight").unwrap_or(0),
                is_valid: is("valid"),
                is_best: is("bestpath"),
                is_used: is("bestpath") || is("multipath"),
                is_internal: text("pathFrom") == "internal",
                is_first: text("selectionReason") == "First path received",
            }
        };
        let paths: Vec<Path> = paths.as_array().into_iter().flatten().map(read).collect();
        // This reason tells that the other paths were not looked at yet.
        let valid = paths.iter().filter(|path| path.is_valid).count();
        if paths.iter().any(|path| path.is_first && path.is_best) && valid > 1 {
            return Err(format!("{edge}: {prefix}: only the first of its paths was looked at: {paths:?}"));
        }
        if valid > 0 && !paths.iter().any(|path| path.is_best) {
            return Err(format!("{edge}: {prefix}: not chosen yet"));
        }
        all.insert(plain(prefix)?, paths);
    }
    Ok(all)
}

/// Whether an edge has of every other one it reaches just what that one has chosen and may tell.
fn agree(
    ribs: &BTreeMap<&'static str, Rib>,
    edge: &'static str,
    index: usize,
    world: &World,
) -> Result<(), String> {
    let own = &ribs[edge];
    for (other, theirs) in ribs.iter().filter(|(other, _)| **other != edge) {
        let peer = loopback(other)[index].to_string();
        let is_reached = cost(world, edge, other).is_some();
        let (from, to) = (site_of(other).unwrap(), site_of(edge).unwrap());
        let tells = |prefix: &str, path: &Path| {
            let provider = path.attributes.path.split(' ').next() == Some(&from.number.to_string());
            let what = if from.prefixes[index] == prefix {
                Some(Announced::Own)
            } else if provider {
                (prefix == DEFAULTS[index]).then_some(Announced::Default)
            } else {
                (prefix != COVER[index]).then_some(Announced::Circuits)
            };
            let is_told = what.is_some_and(|what| world.tells(what, from.name, to.name));
            path.is_best && !path.is_internal && (from.name == to.name || is_told)
        };
        let mut found: BTreeMap<&str, &Attributes> = BTreeMap::new();
        for (prefix, paths) in theirs {
            found.extend(
                paths
                    .iter()
                    .filter(|path| tells(prefix, path))
                    .map(|path| (prefix.as_str(), &path.attributes)),
            );
        }
        let mut heard: BTreeMap<&str, &Attributes> = BTreeMap::new();
        for (prefix, paths) in own {
            for path in paths.iter().filter(|path| path.peer == peer) {
                if path.is_valid != is_reached {
                    return Err(format!("{edge}: {prefix}: {path:?}, and {other} is reached: {is_reached}"));
                }
                heard.insert(prefix, &path.attributes);
            }
        }
        if is_reached && found != heard {
            let differing = found.iter().find(|(prefix, found)| heard.get(*prefix) != Some(found));
            let more = heard.keys().find(|prefix| !found.contains_key(*prefix));
            return Err(format!("{other} told {edge} {differing:?}, and {more:?} is left"));
        }
    }
    Ok(())
}

/// Whether the kernel has just what bgpd chose.
fn forwards(rib: &Rib, edge: &'static str, index: usize, table: &Table, world: &World) -> Result<(), String> {
    let mut chosen: BTreeMap<String, BTreeSet<Way>> = BTreeMap::new();
    for (prefix, paths) in rib.iter().filter(|(prefix, _)| !table.nearer.contains(*prefix)) {
        let mut ways = BTreeSet::new();
        for path in paths.iter().filter(|path| path.is_used && path.is_valid) {
            if let Some(outer) =
                outer(edge).iter().find(|outer| on_cable(outer.peer, edge)[index].to_string() == path.peer)
            {
                ways.insert(Way::To(outer.peer));
            }
            let other = EDGES.into_iter().find(|other| loopback(other)[index].to_string() == path.peer);
            if let Some(other) = other.filter(|other| cost(world, edge, other).is_some()) {
                ways.extend(table.ways(loopback(other)[index]));
            }
        }
        // What the edge tells Azure itself leads nowhere here.
        if !ways.is_empty() {
            chosen.insert(prefix.clone(), ways);
        }
    }
    let family = |prefix: &&String| usize::from(prefix.contains(':')) == index;
    for (prefix, ways) in &chosen {
        if table.bgp.get(prefix) != Some(ways) {
            return Err(format!(
                "{edge}: {prefix}: bgpd has {ways:?}, the kernel {:?}",
                table.bgp.get(prefix)
            ));
        }
    }
    match table.bgp.keys().filter(family).find(|prefix| !chosen.contains_key(*prefix)) {
        Some(prefix) => Err(format!("{edge}: {prefix}: the kernel still has it")),
        None => Ok(()),
    }
}

/// A prefix as the kernel's table writes it.
fn plain(prefix: &str) -> Result<String, String> {
    let (address, length) = prefix.split_once('/').ok_or_else(|| prefix.to_owned())?;
    let address: IpAddr = address.parse().map_err(|_| prefix.to_owned())?;
    Ok(format!("{address}/{length}"))
}
