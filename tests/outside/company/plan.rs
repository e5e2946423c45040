//! What is the same in all situations: who there is, who is joined to whom, and every address.
//!
//! ```text
//!  pa   ea1 xa1        ea2 xa2   pa          Microsoft's edge routers: eXY for Microsoft peering, xXY for private
//!    \   |  /            |  /   /            peering, of circuit er-X; 1 is the primary connection
//!      a1 ---- site A ---- a2                pX: the provider of site X; lX: the clients of site X
//!     /  \                /  \
//!    |     --- WAN ac ---     |               x.. ── fabric ──┬─ gw   the gateway: GatewaySubnet's routes
//!  WAN ab          |       WAN ab                            ├─ fw   the firewall, with sessions ── net
//!     \ ___________|__________/                              ├─ hub  a subnet of the hub
//!      b ---WAN bc--- c                                      ├─ s1, s2  subnets of two spokes
//!  eb1 eb2 xb1 xb2    |                                      └─ net  the internet as Azure sees it
//!  pb                 pc
//! ```

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use peerpath::addr::IpPrefix;

pub(crate) const COMPANY: u32 = 65010;
pub(crate) const MICROSOFT: u32 = 12076;

/// A site of the company.
#[derive(Debug)]
pub(crate) struct Site {
    pub(crate) name: &'static str,
    /// Its edge routers.
    pub(crate) edges: &'static [&'static str],
    pub(crate) clients: &'static str,
    pub(crate) provider: &'static str,
    /// The number of its provider's autonomous system.
    pub(crate) number: u32,
    /// Its addresses, of both families.
    pub(crate) prefixes: [&'static str; 2],
}

pub(crate) const SITES: [Site; 3] = [
    Site {
        name: "a",
        edges: &["a1", "a2"],
        clients: "la",
        provider: "pa",
        number: 64500,
        prefixes: ["10.10.0.0/16", "fd10:10::/48"],
    },
    Site {
        name: "b",
        edges: &["b"],
        clients: "lb",
        provider: "pb",
        number: 64501,
        prefixes: ["10.11.0.0/16", "fd10:11::/48"],
    },
    Site {
        name: "c",
        edges: &["c"],
        clients: "lc",
        provider: "pc",
        number: 64502,
        prefixes: ["10.12.0.0/16", "fd10:12::/48"],
    },
];

/// The edge routers of all sites; their place here is their number.
pub(crate) const EDGES: [&str; 4] = ["a1", "a2", "b", "c"];

/// What sites with a circuit tell Azure beside their own prefixes: all of the company.
pub(crate) const COVER: [&str; 2] = ["10.8.0.0/13", "fd10::/32"];

/// A connection of a circuit.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Connection {
    pub(crate) circuit: &'static str,
    /// `primary` or `secondary`.
    pub(crate) name: &'static str,
    pub(crate) site: &'static str,
    /// The company's edge router.
    pub(crate) edge: &'static str,
    /// Microsoft's, for Microsoft peering and for private peering.
    pub(crate) peerings: [&'static str; 2],
}

#[rustfmt::skip]
pub(crate) const CONNECTIONS: [Connection; 4] = [
    Connection { circuit: "er-a", name: "primary", site: "a", edge: "a1", peerings: ["ea1", "xa1"] },
    Connection { circuit: "er-a", name: "secondary", site: "a", edge: "a2", peerings: ["ea2", "xa2"] },
    Connection { circuit: "er-b", name: "primary", site: "b", edge: "b", peerings: ["eb1", "xb1"] },
    Connection { circuit: "er-b", name: "secondary", site: "b", edge: "b", peerings: ["eb2", "xb2"] },
];

pub(crate) const CIRCUITS: [&str; 2] = ["er-a", "er-b"];

/// A virtual network, with the machine that stands for its workload.
#[derive(Debug)]
pub(crate) struct Spoke {
    pub(crate) name: &'static str,
    pub(crate) prefixes: [&'static str; 2],
    /// The subnet that is asked from.
    pub(crate) subnet: [&'static str; 2],
}

/// The hub first.
pub(crate) const VIRTUAL_NETWORKS: [Spoke; 3] = [
    Spoke {
        name: "hub",
        prefixes: ["10.100.0.0/22", "fd20:100::/48"],
        subnet: ["10.100.2.0/24", "fd20:100:0:2::/64"],
    },
    Spoke {
        name: "s1",
        prefixes: ["10.110.0.0/16", "fd20:110::/48"],
        subnet: ["10.110.1.0/24", "fd20:110:0:1::/64"],
    },
    Spoke {
        name: "s2",
        prefixes: ["10.120.0.0/16", "fd20:120::/48"],
        subnet: ["10.120.1.0/24", "fd20:120:0:1::/64"],
    },
];

/// The firewall's addresses.
pub(crate) const FIREWALL: [&str; 2] = ["10.100.1.4", "fd20:100:0:1::4"];

/// The machines on the segment that stands for Azure's network; their place here is their number on it.
pub(crate) const FABRIC: [&str; 10] = ["xa1", "xa2", "xb1", "xb2", "gw", "fw", "hub", "s1", "s2", "net"];

/// Whose links fail, and go up again, as one: the WAN between two sites, or the edge of a connection or provider.
pub(crate) const WAN: [(&str, [&str; 2]); 3] = [("ab", ["a", "b"]), ("ac", ["a", "c"]), ("bc", ["b", "c"])];

/// A pair of machines with a cable; its place in [`cables`] is its number.
pub(crate) type Cable = [&'static str; 2];

/// Every cable.
pub(crate) fn cables() -> Vec<Cable> {
    let mut all: Vec<Cable> = vec![["a1", "a2"]];
    for (_, [here, there]) in WAN {
        all.extend(wan(here, there));
    }
    for site in &SITES {
        for edge in site.edges {
            all.extend([[*edge, site.clients], [*edge, site.provider]]);
        }
    }
    for connection in &CONNECTIONS {
        all.extend(connection.peerings.map(|there| [connection.edge, there]));
    }
    all.push(["fw", "net"]);
    all
}

/// The cables of the WAN between two sites: one from every edge router of each to every one of the other.
pub(crate) fn wan(here: &str, there: &str) -> Vec<Cable> {
    let [here, there] = [here, there].map(|name| site(name).edges);
    here.iter().flat_map(|here| there.iter().map(move |there| [*here, *there])).collect()
}

/// The site of a name.
pub(crate) fn site(name: &str) -> &'static Site {
    SITES.iter().find(|site| site.name == name).unwrap()
}

/// The site of an edge router.
pub(crate) fn site_of(edge: &str) -> Option<&'static Site> {
    SITES.iter().find(|site| site.edges.contains(&edge))
}

/// Every machine.
pub(crate) fn machines() -> Vec<&'static str> {
    let mut all: Vec<&str> = cables().into_iter().flatten().chain(FABRIC).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// The interface of a machine to another one.
pub(crate) fn interface(there: &str) -> String {
    format!("to-{there}")
}

/// The addresses of a machine on its cable with another one.
pub(crate) fn on_cable(here: &str, there: &str) -> [IpAddr; 2] {
    let cables = cables();
    let number = cables.iter().position(|ends| *ends == [here, there] || *ends == [there, here]).unwrap();
    let end = if cables[number][0] == here { 1 } else { 2 };
    let number = u8::try_from(number).unwrap();
    let v6 = Ipv6Addr::new(0x2001, 0xdb8, 0xffff, number.into(), 0, 0, 0, end.into());
    [Ipv4Addr::new(192, 0, 2, 4 * number + end).into(), v6.into()]
}

/// The addresses of an edge router itself.
pub(crate) fn loopback(edge: &str) -> [IpAddr; 2] {
    let number = u8::try_from(EDGES.iter().position(|own| *own == edge).unwrap()).unwrap() + 1;
    let v6 = Ipv6Addr::new(0x2001, 0xdb8, 0xfffe, 0, 0, 0, 0, number.into());
    [Ipv4Addr::new(198, 51, 100, number).into(), v6.into()]
}

/// The addresses of a machine on the segment of Azure.
pub(crate) fn on_fabric(name: &str) -> [IpAddr; 2] {
    let number = u8::try_from(FABRIC.iter().position(|own| *own == name).unwrap()).unwrap() + 10;
    let v6 = Ipv6Addr::new(0x2001, 0xdb8, 0xfffd, 0, 0, 0, 0, number.into());
    [Ipv4Addr::new(203, 0, 113, number).into(), v6.into()]
}

/// Every prefix of the company's and of Azure's, and of what is around them.
pub(crate) fn own() -> Vec<IpPrefix> {
    let sites = SITES.iter().flat_map(|site| site.prefixes);
    let networks = VIRTUAL_NETWORKS.iter().flat_map(|own| own.prefixes.into_iter().chain(own.subnet));
    sites.chain(networks).chain(COVER).map(|prefix| prefix.parse().unwrap()).collect()
}
