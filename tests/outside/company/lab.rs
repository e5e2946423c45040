//! The company's machines: made, and brought from one situation to the next.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::thread;

use peerpath::catalog::Catalog;

use super::azure::{self, SUBNETS};
use super::converge;
use super::edges::{self, DAEMONS, Outer, outer};
use super::kernel::Kernels;
use super::neighbors;
use super::plan::{
    CONNECTIONS, EDGES, FABRIC, SITES, WAN, cables, interface, loopback, machines, on_cable, on_fabric, wan,
};
use super::world::World;
use crate::machines::shell::words;
use crate::machines::{Machines, signal};

/// Of every machine: it forwards, shares flows by ports, believes no redirect, and keeps its addresses.
const SETTINGS: &str = "net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 net.ipv4.fib_multipath_hash_policy=1 \
    net.ipv6.fib_multipath_hash_policy=1 net.ipv6.ip_nonlocal_bind=1 net.ipv4.conf.all.send_redirects=0 net.ipv4.conf.default.send_redirects=0 \
    net.ipv4.conf.all.accept_redirects=0 net.ipv4.conf.default.accept_redirects=0 \
    net.ipv6.conf.all.accept_redirects=0 net.ipv6.conf.default.accept_redirects=0 \
    net.ipv6.conf.all.keep_addr_on_down=1 net.ipv6.conf.default.keep_addr_on_down=1";

/// Lets sessions through whose beginning it sees, and translates what leaves for the internet.
const FIREWALL: &str = "flush ruleset
table inet firewall {
  chain forward {
    type filter hook forward priority 0; policy drop;
    ct state established accept
    ct state new tcp flags & (fin | syn | rst | ack) == syn accept
    meta l4proto ipv6-icmp accept
  }
  chain out {
    type nat hook postrouting priority 100;
    oifname \"to-net\" masquerade
  }
}
";

pub(crate) struct Lab {
    pub(crate) machines: Machines,
    /// What stands at the moment, by machine: BIRD's configuration, an edge's route maps, a subnet's routes.
    now: BTreeMap<String, String>,
    before: Option<World>,
    pub(crate) kernels: Kernels,
}

impl Lab {
    /// Namespaces, cables, addresses, the firewall's rules; no daemon yet.
    pub(crate) fn new() -> Result<Self, String> {
        let mut all = Machines::new("all")?;
        for name in machines().into_iter().chain(["segment"]) {
            all.namespace(name)?;
        }
        let mut links = String::new();
        for [here, there] in cables() {
            let (to_there, to_here) = (interface(there), interface(here));
            let (here, there) = (all.full(here), all.full(there));
            let _ = writeln!(
                links,
                "link add {to_there} netns {here} type veth peer name {to_here} netns {there}"
            );
        }
        let segment = all.full("segment");
        for name in FABRIC {
            let full = all.full(name);
            let _ =
                writeln!(links, "link add fabric netns {full} type veth peer name {name} netns {segment}");
        }
        let lab = Self { machines: all, now: BTreeMap::new(), before: None, kernels: Kernels::default() };
        let file = lab.machines.write("links", &links)?;
        words(&format!("ip -batch {}", file.display()))?;
        let mut ports = String::from("link add bridge type bridge\nlink set bridge up\n");
        for name in FABRIC {
            let _ = writeln!(ports, "link set {name} master bridge\nlink set {name} up");
        }
        lab.batch("segment", &ports)?;
        for name in machines() {
            words(&format!("ip netns exec {} sysctl -q -w {SETTINGS}", lab.machines.full(name)))?;
            lab.batch(name, &addresses(name))?;
        }
        words(&format!(
            "ip netns exec {} sysctl -q -w net.netfilter.nf_conntrack_tcp_loose=0",
            lab.machines.full("fw")
        ))?;
        let rules = lab.machines.write("firewall", FIREWALL)?;
        words(&format!("ip netns exec {} nft -f {}", lab.machines.full("fw"), rules.display()))?;
        Ok(lab)
    }

    /// Runs lines of `ip` in a machine.
    fn batch(&self, name: &str, lines: &str) -> Result<(), String> {
        let file = self.machines.write(&format!("{name}.batch"), lines)?;
        words(&format!("ip -n {} -batch {}", self.machines.full(name), file.display())).map(|_| ())
    }

    /// Changes what differs, and waits until all have settled.
    pub(crate) fn reach(&mut self, catalog: &Catalog, world: &World) -> Result<(), String> {
        for (machine, place, network) in SUBNETS {
            let lines = azure::batch(world, machine, place, network);
            self.when_new(&format!("routes-{machine}"), lines, |lab, lines| {
                let full = lab.machines.full(machine);
                for family in ["-4", "-6"] {
                    words(&format!("ip {family} -n {full} route flush proto {} table all", azure::PROTOCOL))?;
                }
                lab.batch(machine, lines)
            })?;
        }
        let edges = if self.routers(catalog, world)? {
            if self.has_moved(world) {
                self.begin_anew(world)?;
            }
            Some(converge::converged(&self.machines, catalog, world)?)
        } else {
            None
        };
        self.before = Some(world.clone());
        self.kernels.read(&self.machines, edges)
    }

    /// Whether the ways between edges are others than before.
    fn has_moved(&self, world: &World) -> bool {
        self.before.as_ref().is_none_or(|before| {
            before.costs != world.costs || WAN.iter().any(|(name, _)| before.is_up(name) != world.is_up(name))
        })
    }

    /// Once the ways between edges are found, begins the internal sessions of IPv6 anew. FRR 8.4 takes a route of OSPF
    /// for IPv6 away before it brings its successor, and a prefix whose next hop was unreachable for that moment may stay so.
    fn begin_anew(&self, world: &World) -> Result<(), String> {
        converge::ways_found(&self.machines, world)?;
        for (number, edge) in EDGES.into_iter().enumerate() {
            for other in EDGES.into_iter().skip(number + 1) {
                let [_, peer] = loopback(other);
                self.machines.vtysh(edge, "bgpd", &format!("clear bgp ipv6 unicast {peer}"))?;
            }
        }
        Ok(())
    }

    /// Changes what differs at routers; whether anything did.
    fn routers(&mut self, catalog: &Catalog, world: &World) -> Result<bool, String> {
        let mut is_new = self.links(world)?;
        if self.before.is_none() {
            self.start(world)?;
            is_new = true;
        }
        for (peer, sessions) in outside() {
            let config = neighbors::bird(world, catalog, &sessions);
            let is_first = !self.now.contains_key(peer);
            is_new |= self.when_new(peer, config, |lab, config| {
                if is_first {
                    return lab.machines.bird(peer, config);
                }
                lab.machines.write(&format!("{peer}.conf"), config)?;
                signal(&lab.machines.full(peer), "-HUP");
                Ok(())
            })?;
        }
        for edge in EDGES {
            is_new |= self.when_new(&format!("maps-{edge}"), edges::maps(edge, world), |lab, _| {
                lab.machines.configure(edge, &edges::changed(edge, world))?;
                for family in ["ipv4", "ipv6"] {
                    lab.machines.vtysh(edge, "bgpd", &format!("clear bgp {family} unicast * soft"))?;
                }
                Ok(())
            })?;
            let costs = edges::costs(edge, world);
            is_new |= self.when_new(&format!("costs-{edge}"), costs, |lab, costs| {
                lab.machines.configure(edge, costs)
            })?;
        }
        Ok(is_new)
    }

    /// Whether something is not as it was; then it is changed.
    fn when_new(
        &mut self,
        what: &str,
        text: String,
        change: impl FnOnce(&mut Self, &str) -> Result<(), String>,
    ) -> Result<bool, String> {
        if self.now.get(what) == Some(&text) {
            return Ok(false);
        }
        change(self, &text)?;
        self.now.insert(what.to_owned(), text);
        Ok(true)
    }

    /// Starts FRR at all edges, beside each other.
    fn start(&mut self, world: &World) -> Result<(), String> {
        for edge in EDGES {
            self.machines.frr(edge, &DAEMONS)?;
            self.now.insert(format!("maps-{edge}"), edges::maps(edge, world));
            self.now.insert(format!("costs-{edge}"), edges::costs(edge, world));
        }
        let machines = &self.machines;
        thread::scope(|scope| {
            let all =
                EDGES.map(|edge| scope.spawn(move || machines.configure(edge, &edges::config(edge, world))));
            all.into_iter().try_for_each(|one| one.join().map_err(|_| "a thread panicked".to_owned())?)
        })
    }

    /// Takes cables down that fail in this situation, at their far end, and up those that failed before; whether there were any.
    fn links(&self, world: &World) -> Result<bool, String> {
        let mut is_new = false;
        let was_up = |what: &str| self.before.as_ref().is_none_or(|before| before.is_up(what));
        for (what, ends) in failing() {
            if world.is_up(&what) == was_up(&what) {
                continue;
            }
            is_new = true;
            let state = if world.is_up(&what) { "up" } else { "down" };
            for [here, there] in ends {
                self.batch(there, &format!("link set {} {state}\n", interface(here)))?;
            }
        }
        Ok(is_new)
    }
}

/// What can fail, with its cables.
fn failing() -> Vec<(String, Vec<[&'static str; 2]>)> {
    let connections = CONNECTIONS.iter().map(|one| {
        (format!("{}/{}", one.circuit, one.name), one.peerings.map(|peer| [one.edge, peer]).to_vec())
    });
    let providers = SITES
        .iter()
        .map(|site| (site.name.to_owned(), site.edges.iter().map(|edge| [*edge, site.provider]).collect()));
    let links = WAN.iter().map(|(name, [here, there])| ((*name).to_owned(), wan(here, there)));
    connections.chain(providers).chain(links).collect()
}

/// The machines around the company, with the sessions that each has.
fn outside() -> BTreeMap<&'static str, Vec<(&'static str, Outer)>> {
    let mut all: BTreeMap<&'static str, Vec<(&'static str, Outer)>> = BTreeMap::new();
    for edge in EDGES {
        for outer in outer(edge) {
            all.entry(outer.peer).or_default().push((edge, outer));
        }
    }
    all
}

/// Addresses and interfaces of a machine, and the routes that nobody tells.
fn addresses(name: &'static str) -> String {
    let mut text = String::new();
    let mut routes = String::new();
    let mut add = |device: &str, addresses: [std::net::IpAddr; 2], lengths: [u8; 2]| {
        let [v4, v6] = addresses;
        let _ = writeln!(text, "addr add {v4}/{} dev {device}", lengths[0]);
        let _ = writeln!(text, "addr add {v6}/{} dev {device} nodad\nlink set {device} up", lengths[1]);
    };
    for [here, there] in cables() {
        if let Some(other) = (here == name).then_some(there).or((there == name).then_some(here)) {
            add(&interface(other), on_cable(name, other), [30, 126]);
        }
    }
    if FABRIC.contains(&name) {
        add("fabric", on_fabric(name), [24, 64]);
    }
    if EDGES.contains(&name) {
        add("lo", loopback(name), [32, 128]);
    }
    for site in &SITES {
        for index in 0..2 {
            if site.edges.contains(&name) {
                let (prefix, via) = (site.prefixes[index], on_cable(site.clients, name)[index]);
                let _ = writeln!(routes, "route add {prefix} via {via}");
            }
            if site.clients == name {
                let _ = writeln!(routes, "route add local {} dev lo", site.prefixes[index]);
                let hops =
                    site.edges.iter().map(|edge| format!(" nexthop via {}", on_cable(edge, name)[index]));
                let _ = writeln!(
                    routes,
                    "route add {}{}",
                    ["0.0.0.0/0", "::/0"][index],
                    hops.collect::<String>()
                );
            }
        }
    }
    if name == "net" {
        routes += &internet();
    }
    text + &routes
}

/// The routes of the internet as Azure sees it: every address is there, and virtual networks answer for their own.
fn internet() -> String {
    let mut text =
        String::from("route add local 0.0.0.0/0 dev lo table main\nroute add local ::/0 dev lo table main\n");
    for own in &super::plan::VIRTUAL_NETWORKS {
        for index in 0..2 {
            let _ = writeln!(text, "route add {} via {}", own.prefixes[index], on_fabric(own.name)[index]);
        }
    }
    text
}
