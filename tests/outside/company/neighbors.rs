//! The configurations of the routers around the company, for BIRD, and what they tell.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use peerpath::addr::{Family, IpPrefix};
use peerpath::catalog::Catalog;
use peerpath::rib::Community;

use super::edges::{Kind, Outer};
use super::plan::{COMPANY, VIRTUAL_NETWORKS, on_cable, on_fabric, site_of};
use super::world::World;

/// A route that a neighbour tells.
#[derive(Clone, Debug, Default)]
pub(crate) struct Told {
    /// Behind the neighbour's own number.
    pub(crate) path: Vec<u32>,
    pub(crate) communities: BTreeSet<Community>,
}

/// What the other end of an outer session of an edge tells.
pub(crate) fn found(world: &World, catalog: &Catalog, edge: &str, outer: &Outer) -> BTreeMap<IpPrefix, Told> {
    match outer.kind {
        Kind::Internet => {
            let every = ["0.0.0.0/0", "::/0"].map(|prefix| (prefix.parse().unwrap(), Vec::new()));
            let more = world.internet[site_of(edge).unwrap().name].clone();
            let all = every.into_iter().chain(more);
            all.map(|(prefix, path)| (prefix, Told { path, ..Told::default() })).collect()
        }
        Kind::Microsoft => {
            let all = world.microsoft(catalog).into_iter();
            all.map(|(prefix, communities)| (prefix, Told { communities, ..Told::default() })).collect()
        }
        Kind::Private => {
            let all = VIRTUAL_NETWORKS.iter().flat_map(|own| own.prefixes);
            all.map(|prefix| (prefix.parse().unwrap(), Told::default())).collect()
        }
    }
}

/// The configuration of the machine at the other end of outer sessions: a provider may have several edges.
pub(crate) fn bird(world: &World, catalog: &Catalog, sessions: &[(&'static str, Outer)]) -> String {
    let (edge, outer) = &sessions[0];
    let mut routes = [String::new(), String::new()];
    for (prefix, found) in &found(world, catalog, edge, outer) {
        let index = usize::from(prefix.family() == Family::V6);
        let way = match outer.kind {
            // A packet from a site enters Azure over the gateway.
            Kind::Private => format!("via {}", on_fabric("gw")[index]),
            _ => "blackhole".to_owned(),
        };
        let mut attributes = String::new();
        for number in found.path.iter().rev() {
            let _ = write!(attributes, "bgp_path.prepend({number}); ");
        }
        for one in &found.communities {
            let _ = write!(attributes, "bgp_community.add(({},{})); ", one.asn(), one.value());
        }
        let attributes = if attributes.is_empty() { attributes } else { format!(" {{ {attributes} }}") };
        let _ = writeln!(routes[index], "  route {prefix} {way}{attributes};");
    }
    let timers = "connect delay time 1; connect retry time 1; error wait time 1, 2; hold time 60;";
    let mut text = format!(
        "log stderr all;\nrouter id {};\nprotocol device {{ scan time 1; }}\n",
        on_cable(outer.peer, edge)[0]
    );
    for (index, family) in ["ipv4", "ipv6"].into_iter().enumerate() {
        let _ = write!(text, "protocol static static-{family} {{ {family};\n{}}}\n", routes[index]);
        if outer.kind == Kind::Private {
            let channel = format!("{family} {{ import none; export all; }}");
            let _ = writeln!(text, "protocol kernel kernel-{family} {{ scan time 1; {channel}; }}");
        }
        for (edge, outer) in sessions {
            let (here, there) = (on_cable(outer.peer, edge)[index], on_cable(edge, outer.peer)[index]);
            let _ = write!(
                text,
                "protocol bgp {edge}-{family} {{\n  local {here} as {}; neighbor {there} as {COMPANY}; {timers}\n  \
                 {family} {{ import all; export where source = RTS_STATIC; next hop self; }};\n}}\n",
                outer.number
            );
        }
    }
    // A name of BIRD's is a word.
    text.replace("static-ipv", "static_ipv").replace("kernel-ipv", "kernel_ipv").replace("-ipv", "_ipv")
}
