//! The effective routes of Azure's subnets, by plain rules of Microsoft's documents: the test's own, so that the
//! kernels that forward by them say what is right.
//!
//! Sources: Microsoft, *Virtual network traffic routing* (the longest prefix; then user, gateway, system routes; the
//! system routes of the virtual network and its peerings before the gateway's, whatever their length; routes to
//! nowhere while 0.0.0.0/0 is the system's), *ExpressRoute FAQ* (a virtual machine sends to Microsoft's edge routers,
//! not to the gateway). IPv6 is taken to be alike.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use peerpath::addr::{Family, IpPrefix};

use super::plan::{CONNECTIONS, COVER, VIRTUAL_NETWORKS, on_fabric, site};
use super::world::{NextHop, Place, World};

/// The number of the protocol that the kernel knows these routes by.
pub(crate) const PROTOCOL: u8 = 200;

/// Addresses that a subnet drops while the default route is the system's, as tables of effective routes list them.
const NOWHERE: [&str; 23] = [
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "20.35.252.0/22",
    "23.103.0.0/18",
    "25.4.0.0/14",
    "25.148.0.0/15",
    "25.150.0.0/16",
    "25.152.0.0/14",
    "25.156.0.0/16",
    "25.159.0.0/16",
    "25.176.0.0/13",
    "25.184.0.0/14",
    "40.108.0.0/17",
    "40.109.0.0/16",
    "104.146.0.0/17",
    "104.147.0.0/16",
    "157.59.0.0/16",
    "64:ff9b:1::/48",
    "fc00::/7",
];

/// Where a route of Azure's leads.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Way {
    /// To its virtual network.
    Here,
    Nowhere,
    /// To machines on the segment; several share flows.
    To(Vec<&'static str>),
}

/// The machines that forward by effective routes, with the subnet that each stands for and its virtual network.
pub(crate) const SUBNETS: [(&str, Place, &str); 5] = [
    ("gw", Place::Gateway, "hub"),
    ("fw", Place::Firewall, "hub"),
    ("hub", Place::Workload("hub"), "hub"),
    ("s1", Place::Workload("s1"), "s1"),
    ("s2", Place::Workload("s2"), "s2"),
];

/// The effective routes of a subnet.
fn effective(world: &World, machine: &'static str, place: Place, network: &str) -> BTreeMap<IpPrefix, Way> {
    let prefix = |text: &str| -> IpPrefix { text.parse().unwrap() };
    // The virtual network's own and its peers': spokes are peers of the hub alone.
    let mut near: BTreeMap<IpPrefix, Way> = BTreeMap::new();
    for own in &VIRTUAL_NETWORKS {
        if own.name == network || own.name == "hub" || network == "hub" {
            let way = if own.name == machine { Way::Here } else { Way::To(vec![own.name]) };
            near.extend(own.prefixes.map(|text| (prefix(text), way.clone())));
        }
    }
    let table = world.tables.get(&place);
    let mut learned = BTreeMap::new();
    if !table.is_some_and(|table| table.is_closed) {
        learned = gateway(world);
        learned.retain(|prefix, _| near.keys().all(|own| !own.covers(*prefix)));
    }
    let mut user = BTreeMap::new();
    for (text, next_hop) in table.into_iter().flat_map(|table| &table.routes) {
        let way = match next_hop {
            NextHop::Firewall => Way::To(vec!["fw"]),
            NextHop::Nowhere => Way::Nowhere,
            NextHop::Internet => Way::To(vec!["net"]),
        };
        user.insert(prefix(text), way);
    }
    let mut all = BTreeMap::new();
    for (family, default) in [(Family::V4, "0.0.0.0/0"), (Family::V6, "::/0")] {
        let default = prefix(default);
        all.insert(default, Way::To(vec!["net"]));
        if !learned.contains_key(&default) && !user.contains_key(&default) {
            let nowhere = NOWHERE.map(prefix).into_iter().filter(|one| one.family() == family);
            all.extend(nowhere.map(|one| (one, Way::Nowhere)));
        }
    }
    // The later ones stand.
    all.extend(near);
    all.extend(learned);
    all.extend(user);
    all
}

/// What the gateway learned: what each circuit that is up was told by its site, over all its connections.
fn gateway(world: &World) -> BTreeMap<IpPrefix, Way> {
    let mut all: BTreeMap<IpPrefix, Vec<&'static str>> = BTreeMap::new();
    for connection in &CONNECTIONS {
        if world.is_up(&format!("{}/{}", connection.circuit, connection.name)) {
            for prefix in site(connection.site).prefixes.into_iter().chain(COVER) {
                all.entry(prefix.parse().unwrap()).or_default().push(connection.peerings[1]);
            }
        }
    }
    all.into_iter().map(|(prefix, to)| (prefix, Way::To(to))).collect()
}

/// The lines for `ip -batch` that give a machine its routes.
pub(crate) fn batch(world: &World, machine: &'static str, place: Place, network: &str) -> String {
    let mut text = String::new();
    for (prefix, way) in effective(world, machine, place, network) {
        let index = usize::from(prefix.family() == Family::V6);
        let hop = |to: &&str| {
            // The firewall alone has a cable to the internet, where it translates.
            let (address, device) = match (machine, *to) {
                ("fw", "net") => (super::plan::on_cable("net", "fw")[index], "to-net"),
                _ => (on_fabric(to)[index], "fabric"),
            };
            format!("via {address} dev {device}")
        };
        let (kind, rest) = match way {
            // All its addresses answer.
            Way::Here => ("local ", "dev lo table local".to_owned()),
            Way::Nowhere => ("blackhole ", String::new()),
            Way::To(one) if one.len() == 1 => ("", hop(&one[0])),
            Way::To(all) => {
                ("", all.iter().map(|one| format!("nexthop {}", hop(one))).collect::<Vec<_>>().join(" "))
            }
        };
        let _ = writeln!(text, "route add {kind}{prefix} proto {PROTOCOL} {}", rest.trim_end());
    }
    text
}
