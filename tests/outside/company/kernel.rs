//! What the kernels forward by, and where a packet gets to by them, machine by machine.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use serde_json::Value;

use super::edges::circuit;
use super::plan::{CONNECTIONS, EDGES, FABRIC, SITES, cables, interface, on_fabric};
use crate::machines::Machines;
use crate::machines::longest::{Longest, destination};
use crate::machines::shell::{run, words};

/// Where a machine sends a packet.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Way {
    To(&'static str),
    /// It is the packet's destination.
    Here,
    Nowhere,
}

/// The routes of a machine.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Table {
    longest: Longest<(u64, BTreeSet<Way>)>,
    /// What BGP brought, as the kernel writes it.
    pub(crate) bgp: BTreeMap<String, BTreeSet<Way>>,
    /// What else the machine has.
    pub(crate) nearer: BTreeSet<String>,
}

/// Tables by machine.
pub(crate) type Tables = BTreeMap<&'static str, Table>;

/// The tables of all machines that forward.
#[derive(Debug, Default)]
pub(crate) struct Kernels(Tables);

/// The machines that forward by a table; the others are where packets end.
pub(crate) fn forwarding() -> Vec<&'static str> {
    let azure = ["gw", "fw", "hub", "s1", "s2"];
    EDGES.into_iter().chain(CONNECTIONS.iter().map(|own| own.peerings[1])).chain(azure).collect()
}

impl Table {
    /// Reads the tables of a machine.
    pub(crate) fn of(machines: &Machines, name: &'static str) -> Result<Self, String> {
        let mut table = Self::default();
        for (is_v6, family) in [(false, "-4"), (true, "-6")] {
            let full = machines.full(name);
            let answer = words(&format!("ip {family} -json -d -n {full} route show table all"))?;
            let routes: Value = serde_json::from_str(&answer).map_err(|error| error.to_string())?;
            for route in routes.as_array().into_iter().flatten() {
                table.add(name, is_v6, route)?;
            }
        }
        Ok(table)
    }

    fn add(&mut self, name: &'static str, is_v6: bool, route: &Value) -> Result<(), String> {
        let text = |key: &str| route.get(key).and_then(Value::as_str).unwrap_or_default();
        let kind = text("type");
        // The machine's own addresses and multicast are never asked for.
        let own = text("table") == "local" && text("protocol") != super::azure::PROTOCOL.to_string();
        if own || ["multicast", "broadcast", "anycast"].contains(&kind) {
            return Ok(());
        }
        let (address, length) = destination(text("dst"), is_v6)?;
        let mut ways = BTreeSet::new();
        if ["blackhole", "unreachable", "prohibit"].contains(&kind) {
            ways.insert(Way::Nowhere);
        } else if kind == "local" {
            ways.insert(Way::Here);
        } else {
            let several = route.get("nexthops").and_then(Value::as_array);
            for hop in several.map_or_else(|| vec![route], |all| all.iter().collect()) {
                let flags = hop.get("flags").and_then(Value::as_array).into_iter().flatten();
                if !flags.into_iter().any(|flag| flag == "dead" || flag == "linkdown") {
                    ways.extend(next(name, hop).map(Way::To));
                }
            }
        }
        let prefix = format!("{address}/{length}");
        if text("protocol") == "bgp" {
            // IPv6 may list the next hops of one prefix as routes of their own.
            self.bgp.entry(prefix).or_default().extend(ways.iter().cloned());
        } else {
            self.nearer.insert(prefix);
        }
        let metric = route.get("metric").and_then(Value::as_u64).unwrap_or(0);
        let known = self.longest.at(address, length);
        if known.1.is_empty() || metric < known.0 {
            *known = (metric, ways);
        } else if metric == known.0 {
            known.1.extend(ways);
        }
        Ok(())
    }

    /// The ways of the longest matching prefix; none without a match.
    pub(crate) fn ways(&self, address: IpAddr) -> BTreeSet<Way> {
        self.longest.of(address).map(|(_, ways)| ways.clone()).unwrap_or_default()
    }
}

/// The machine that a next hop of `ip` is; `None` for one that no packet of ours goes to.
fn next(name: &str, hop: &Value) -> Option<&'static str> {
    let device = hop.get("dev").and_then(Value::as_str)?;
    if device == "fabric" {
        let gateway = hop.get("gateway").and_then(Value::as_str)?.parse::<IpAddr>().ok()?;
        return FABRIC.into_iter().find(|other| on_fabric(other).contains(&gateway));
    }
    let others = cables().into_iter().filter(|ends| ends.contains(&name)).flatten();
    others.into_iter().find(|other| *other != name && interface(other) == device)
}

/// A way that a packet may take to where it ends.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Trace {
    /// The machines that decide, in their order.
    pub(crate) machines: Vec<&'static str>,
    pub(crate) end: End,
}

/// Where a packet ends.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum End {
    /// At a provider, one of Microsoft's routers, a site's clients, Azure's internet.
    At(&'static str),
    Lost,
    Loop,
}

impl Kernels {
    /// Takes the tables of the edges where they were read anew, and reads all others.
    pub(crate) fn read(&mut self, machines: &Machines, edges: Option<Tables>) -> Result<(), String> {
        self.0.extend(edges.into_iter().flatten());
        for name in forwarding().into_iter().filter(|name| !EDGES.contains(name)) {
            self.0.insert(name, Table::of(machines, name)?);
        }
        Ok(())
    }

    /// Every way of a packet from a machine.
    pub(crate) fn traces(&self, from: &'static str, address: IpAddr) -> BTreeSet<Trace> {
        let mut all = BTreeSet::new();
        self.follow(&mut Vec::new(), from, address, &mut all);
        all
    }

    fn follow(
        &self,
        passed: &mut Vec<&'static str>,
        at: &'static str,
        to: IpAddr,
        all: &mut BTreeSet<Trace>,
    ) {
        let mut end = |machines: &[&'static str], end| {
            all.insert(Trace { machines: machines.to_vec(), end });
        };
        let Some(table) = self.0.get(at) else { return end(passed, End::At(at)) };
        if passed.contains(&at) {
            return end(passed, End::Loop);
        }
        passed.push(at);
        let ways = table.ways(to);
        if ways.is_empty() {
            end(passed, End::Lost);
        }
        for way in ways {
            match way {
                Way::To(next) => self.follow(passed, next, to, all),
                Way::Here => {
                    all.insert(Trace { machines: passed.clone(), end: End::At(at) });
                }
                Way::Nowhere => {
                    all.insert(Trace { machines: passed.clone(), end: End::Lost });
                }
            }
        }
        passed.pop();
    }

    /// Asks a machine's kernel itself; the first address of which it says something else than its table.
    pub(crate) fn spot_check(
        &self,
        machines: &Machines,
        name: &'static str,
        addresses: &[IpAddr],
    ) -> Result<(), String> {
        let lines: Vec<String> = addresses.iter().map(|address| format!("route get {address}")).collect();
        let file = machines.write("asked", &(lines.join("\n") + "\n"))?;
        let script = format!("ip -n {} -o -force -batch {} 2>&1; true", machines.full(name), file.display());
        let stated = run("sh", &["-c", &script])?;
        let lines: Vec<&str> = stated.lines().filter(|line| !line.starts_with("Command failed")).collect();
        if lines.len() != addresses.len() {
            return Err(format!("{name}: {} answers for {} addresses", lines.len(), addresses.len()));
        }
        for (address, line) in addresses.iter().zip(lines) {
            let words: Vec<&str> = line.split_whitespace().collect();
            let after =
                |word: &str| words.iter().position(|one| *one == word).and_then(|at| words.get(at + 1));
            let way = if words.first() == Some(&"local") {
                Some(Way::Here)
            } else if line.starts_with("RTNETLINK") || words.first() == Some(&"unreachable") {
                None
            } else {
                let hop = serde_json::json!({ "dev": after("dev"), "gateway": after("via") });
                next(name, &hop).map(Way::To)
            };
            let ways = self.0[name].ways(*address);
            let fits = match &way {
                Some(way) => ways.contains(way),
                None => ways.is_empty() || ways.contains(&Way::Nowhere),
            };
            if !fits {
                return Err(format!("{name}: {address}: the table has {ways:?}, the kernel says {line}"));
            }
        }
        Ok(())
    }
}

/// The word for a machine where packets end.
pub(crate) fn word(machine: &'static str) -> String {
    if let Some(site) = SITES.iter().find(|site| site.provider == machine) {
        return format!("internet of {}", site.name);
    }
    if let Some(site) = SITES.iter().find(|site| site.clients == machine) {
        return format!("site {}", site.name);
    }
    let own = CONNECTIONS.iter().find(|own| own.peerings.contains(&machine));
    own.map_or(machine.to_owned(), |own| {
        let peering = if own.peerings[0] == machine { "microsoft" } else { "private" };
        format!("{}/{peering}/{}", circuit(machine), own.name)
    })
}
