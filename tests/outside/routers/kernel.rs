//! What the kernel forwards by: its routing tables, and a longest-prefix match of the test's own.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::IpAddr;

use serde_json::Value;

use super::lab::Lab;
use crate::machines::longest::{Longest, destination};
use crate::machines::shell::{run, words};

/// Interfaces that a packet may leave by; several where flows are shared. `-` where it is dropped.
pub(crate) type Ways = BTreeSet<String>;

/// What the kernel has.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Routes {
    table: Longest<Ways>,
    /// The prefixes that BGP brought, as the kernel writes them.
    pub(crate) bgp: BTreeMap<String, Ways>,
    /// The others, which the router trusts more: connected and static routes.
    pub(crate) nearer: BTreeSet<String>,
}

impl Routes {
    /// Reads the tables of the edge.
    pub(crate) fn of(lab: &Lab) -> Result<Self, String> {
        let mut all = Self::default();
        for (index, family) in ["-4", "-6"].into_iter().enumerate() {
            let answer =
                words(&format!("ip {family} -json -n {} route show table all", lab.machines.full("edge")))?;
            let routes: Value = serde_json::from_str(&answer).map_err(|error| error.to_string())?;
            for route in routes.as_array().into_iter().flatten() {
                all.add(index, route)?;
            }
        }
        Ok(all)
    }

    fn add(&mut self, family: usize, route: &Value) -> Result<(), String> {
        let text = |key: &str| route.get(key).and_then(Value::as_str).unwrap_or_default();
        // Addresses of the edge itself and multicast are never asked for.
        if text("table") == "local" || ["local", "multicast", "broadcast", "anycast"].contains(&text("type"))
        {
            return Ok(());
        }
        let (address, length) = destination(text("dst"), family == 1)?;
        let mut ways = Ways::new();
        let dropped = ["blackhole", "unreachable", "prohibit"].contains(&text("type"));
        if dropped {
            ways.insert("-".to_owned());
        }
        let several = route.get("nexthops").and_then(Value::as_array);
        for hop in several.map_or_else(|| vec![route], |all| all.iter().collect()) {
            let alive = !hop
                .get("flags")
                .and_then(Value::as_array)
                .is_some_and(|flags| flags.iter().any(|flag| flag == "dead" || flag == "linkdown"));
            if let Some(device) = hop.get("dev").and_then(Value::as_str).filter(|_| alive && !dropped) {
                ways.insert(device.to_owned());
            }
        }
        let name = format!("{address}/{length}");
        if text("protocol") == "bgp" {
            // IPv6 may list the next hops of one prefix as routes of their own.
            self.bgp.entry(name).or_default().extend(ways.iter().cloned());
        } else {
            self.nearer.insert(name);
        }
        self.table.at(address, length).extend(ways);
        Ok(())
    }

    /// The ways of the longest matching prefix; none without a match.
    pub(crate) fn ways(&self, address: IpAddr) -> Ways {
        self.table.of(address).cloned().unwrap_or_default()
    }
}

/// The kernel's own answer for each address: the interface it would send by, `-` where it would not.
pub(crate) fn route_get(lab: &Lab, addresses: &[IpAddr]) -> Result<Vec<String>, String> {
    let mut answers = Vec::new();
    for chunk in addresses.chunks(4000) {
        let lines: Vec<String> = chunk.iter().map(|address| format!("route get {address}")).collect();
        let batch = lines.join("\n") + "\n";
        let file = lab.machines.path("batch");
        fs::write(&file, batch).map_err(|error| error.to_string())?;
        let script =
            format!("ip -n {} -o -force -batch {} 2>&1; true", lab.machines.full("edge"), file.display());
        let stated = run("sh", &["-c", &script])?;
        for line in stated.lines().filter(|line| !line.starts_with("Command failed")) {
            let mut words = line.split_whitespace().skip_while(|word| *word != "dev");
            let device =
                words.nth(1).filter(|_| !line.starts_with("RTNETLINK") && !line.starts_with("unreachable"));
            answers.push(device.unwrap_or("-").to_owned());
        }
    }
    if answers.len() == addresses.len() {
        Ok(answers)
    } else {
        Err(format!("{} answers for {} addresses", answers.len(), addresses.len()))
    }
}
