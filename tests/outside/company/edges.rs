//! The configurations of the company's edge routers, for FRR.

use std::fmt::Write as _;
use std::net::IpAddr;

use super::plan::{
    COMPANY, CONNECTIONS, COVER, EDGES, MICROSOFT, SITES, Site, WAN, interface, loopback, on_cable, site_of,
    wan,
};
use super::world::{Announced, World};

/// The community that a site's edge gives to what circuits bring.
const CIRCUITS: &str = "65010:1";

/// The daemons, zebra first.
pub(crate) const DAEMONS: [&str; 4] = ["zebra", "ospfd", "ospf6d", "bgpd"];

/// The cost that OSPF for IPv6 counts for a router's own address; that for IPv4 counts none.
pub(crate) const LOOPBACK6: u32 = 1;

/// A session with a router of somebody else.
pub(crate) struct Outer {
    /// The machine there.
    pub(crate) peer: &'static str,
    /// The number of its autonomous system.
    pub(crate) number: u32,
    pub(crate) kind: Kind,
}

/// What an outer session is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Internet,
    Microsoft,
    Private,
}

/// The outer sessions of an edge router.
pub(crate) fn outer(edge: &str) -> Vec<Outer> {
    let site = site_of(edge).unwrap();
    let mut all = vec![Outer { peer: site.provider, number: site.number, kind: Kind::Internet }];
    for connection in CONNECTIONS.iter().filter(|connection| connection.edge == edge) {
        for (peer, kind) in connection.peerings.into_iter().zip([Kind::Microsoft, Kind::Private]) {
            all.push(Outer { peer, number: MICROSOFT, kind });
        }
    }
    all
}

/// The cables between edge routers, with their costs: those inside a site cost least.
pub(crate) fn inner(world: &World) -> Vec<([&'static str; 2], u32)> {
    let between = WAN.iter().flat_map(|(name, [here, there])| {
        wan(here, there).into_iter().map(|cable| (cable, world.costs[name]))
    });
    between.chain([(["a1", "a2"], 1)]).collect()
}

/// The whole configuration of an edge router.
pub(crate) fn config(edge: &str, world: &World) -> String {
    let site = site_of(edge).unwrap();
    let mut text = ospf(edge, world);
    text += &fixed_maps(site);
    text += &maps(edge, world);
    let [router_id, _] = loopback(edge);
    let _ = write!(
        text,
        "router bgp {COMPANY}
 bgp router-id {router_id}
 no bgp default ipv4-unicast
 no bgp ebgp-requires-policy
 no bgp network import-check
 bgp bestpath compare-routerid
 coalesce-time 0
"
    );
    let mut families = [String::new(), String::new()];
    for (index, family) in families.iter_mut().enumerate() {
        for outer in outer(edge) {
            let peer = on_cable(outer.peer, edge)[index];
            let out = if outer.kind == Kind::Private { "to-azure" } else { "to-nobody" };
            text += &neighbor(peer, outer.number, "");
            let _ = write!(
                family,
                "  neighbor {peer} activate\n  neighbor {peer} soft-reconfiguration inbound\n  \
                 neighbor {peer} route-map from-{} in\n  neighbor {peer} route-map {out} out\n",
                outer.peer
            );
        }
        for other in EDGES.into_iter().filter(|other| *other != edge) {
            let peer = loopback(other)[index];
            let own = loopback(edge)[index];
            text += &neighbor(peer, COMPANY, &format!(" neighbor {peer} update-source {own}\n"));
            let _ = write!(family, "  neighbor {peer} activate\n  neighbor {peer} next-hop-self\n");
            let there = site_of(other).unwrap().name;
            if there != site.name {
                let _ = writeln!(family, "  neighbor {peer} route-map to-{there} out");
            }
        }
        let _ = writeln!(family, "  network {}", site.prefixes[index]);
        if CONNECTIONS.iter().any(|connection| connection.edge == edge) {
            let _ = writeln!(family, "  network {}", COVER[index]);
        }
        *family += "  maximum-paths 8\n  maximum-paths ibgp 8\n";
    }
    let [v4, v6] = families;
    text += &format!(" address-family ipv4 unicast\n{v4} exit-address-family\n");
    text += &format!(" address-family ipv6 unicast\n{v6} exit-address-family\nexit\n");
    text
}

fn neighbor(peer: IpAddr, number: u32, more: &str) -> String {
    format!(" neighbor {peer} remote-as {number}\n neighbor {peer} timers connect 1\n{more}")
}

/// OSPF for both families, and the costs of this edge's cables.
fn ospf(edge: &str, world: &World) -> String {
    let [router_id, _] = loopback(edge);
    // OSPF's own pauses, of seconds, are for networks that are larger.
    let spf = "timers throttle spf 0 50 500";
    let lsa = "timers throttle lsa all 0\n timers lsa min-arrival 0";
    let lsa6 = "timers lsa min-arrival 0";
    let mut text = format!(
        "router ospf\n ospf router-id {router_id}\n {spf}\n {lsa}\nexit\n\
         router ospf6\n ospf6 router-id {router_id}\n {spf}\n {lsa6}\nexit\n\
         interface lo\n ip ospf area 0\n ipv6 ospf6 area 0\n ipv6 ospf6 passive\n ipv6 ospf6 cost {LOOPBACK6}\nexit\n"
    );
    for (cable, _) in inner(world).into_iter().filter(|(cable, _)| cable.contains(&edge)) {
        let other = if cable[0] == edge { cable[1] } else { cable[0] };
        let _ = writeln!(text, "interface {}", interface(other));
        for (protocol, area) in [("ip ospf", "ip ospf area 0"), ("ipv6 ospf6", "ipv6 ospf6 area 0")] {
            let _ = write!(
                text,
                " {area}\n {protocol} network point-to-point\n {protocol} hello-interval 1\n \
                 {protocol} dead-interval 10\n {protocol} retransmit-interval 1\n"
            );
        }
        text += "exit\n";
    }
    text + &costs(edge, world)
}

/// The costs of an edge's cables alone, for a change.
pub(crate) fn costs(edge: &str, world: &World) -> String {
    let mut text = String::new();
    for (cable, cost) in inner(world).into_iter().filter(|(cable, _)| cable.contains(&edge)) {
        let other = if cable[0] == edge { cable[1] } else { cable[0] };
        let name = interface(other);
        let _ = write!(text, "interface {name}\n ip ospf cost {cost}\n ipv6 ospf6 cost {cost}\nexit\n");
    }
    text
}

/// The maps of what is told to whom.
fn fixed_maps(site: &Site) -> String {
    let mut text = String::from("bgp community-list standard circuits permit 65010:1\n");
    let families = [("ip", "0.0.0.0/0"), ("ipv6", "::/0")];
    for (index, (family, default)) in families.into_iter().enumerate() {
        let (own, cover) = (site.prefixes[index], COVER[index]);
        let _ = write!(
            text,
            "{family} prefix-list to-azure permit {own}\n{family} prefix-list to-azure permit {cover}\n\
             {family} prefix-list cover permit {cover}\n{family} prefix-list default permit {default}\n\
             {family} prefix-list own permit {own}\n"
        );
    }
    text + "route-map to-nobody deny 10\nexit\n\
            route-map to-azure permit 10\n match ip address prefix-list to-azure\nexit\n\
            route-map to-azure permit 20\n match ipv6 address prefix-list to-azure\nexit\n"
}

/// The map of what is told to another site; what no clause lets through is not told.
fn exports(site: &Site, there: &Site, world: &World) -> String {
    let name = format!("to-{}", there.name);
    let mut text = format!(
        "route-map {name} deny 10\n match ip address prefix-list cover\nexit\n\
         route-map {name} deny 20\n match ipv6 address prefix-list cover\nexit\n"
    );
    let mut number = 30;
    let mut permit = |what: Announced, matches: &[&str]| {
        for one in matches.iter().filter(|_| world.tells(what, site.name, there.name)) {
            let _ = writeln!(text, "route-map {name} permit {number}\n match {one}\nexit");
            number += 10;
        }
    };
    permit(Announced::Own, &["ip address prefix-list own", "ipv6 address prefix-list own"]);
    permit(Announced::Circuits, &["community circuits"]);
    permit(Announced::Default, &["ip address prefix-list default", "ipv6 address prefix-list default"]);
    // Without a clause that permits, the map refuses all the same.
    text
}

/// The maps of what is learned, and of what other sites are told, which situations change.
pub(crate) fn maps(edge: &str, world: &World) -> String {
    let site = site_of(edge).unwrap();
    let others = SITES.iter().filter(|there| there.name != site.name);
    let mut text = others.map(|there| exports(site, there, world)).collect::<Vec<_>>().concat();
    for outer in outer(edge) {
        let (of, also) = match outer.kind {
            Kind::Internet => (site.name, String::new()),
            Kind::Microsoft => (circuit(outer.peer), format!(" set community {CIRCUITS} additive\n")),
            Kind::Private => ("", format!(" set community {CIRCUITS} additive\n")),
        };
        let name = format!("from-{}", outer.peer);
        match world.imports.get(of) {
            Some(map) => text += &map.frr(&name, &also),
            None => {
                let _ = write!(text, "route-map {name} permit 10\n{also}exit\n");
            }
        }
    }
    text
}

/// As [`maps`], in place of those that were there.
pub(crate) fn changed(edge: &str, world: &World) -> String {
    let mut text = String::new();
    for outer in outer(edge) {
        let _ = writeln!(text, "no route-map from-{}", outer.peer);
    }
    let site = site_of(edge).unwrap();
    for there in SITES.iter().filter(|there| there.name != site.name) {
        let _ = writeln!(text, "no route-map to-{}", there.name);
    }
    text + &maps(edge, world)
}

/// The circuit of one of Microsoft's routers.
pub(crate) fn circuit(peer: &str) -> &'static str {
    CONNECTIONS.iter().find(|connection| connection.peerings.contains(&peer)).map_or("", |own| own.circuit)
}
