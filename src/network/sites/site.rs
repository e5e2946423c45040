//! Sites: where clients sit and how they leave.

use std::net::IpAddr;

use crate::addr::{Family, IpPrefix, Prefix};
use crate::diag::{Span, Spanned};
use crate::network::{
    Bandwidth, CircuitId, Connection, PeeringKind, Published, RouteMapId, State, VirtualHubId,
    VirtualNetworkId,
};
use crate::rib::DecisionProcess;

/// A place with clients.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Site {
    /// Its name, unique in the network.
    pub name: String,
    /// The clients' addresses; no two sites overlap. None where only an edge router stands there.
    pub prefixes: Vec<Spanned<IpPrefix>>,
    /// The number of the autonomous system of its edge, where the file says it.
    pub autonomous_system: Option<Spanned<u32>>,
    /// How it reaches the internet, or `None` where it does not.
    pub internet: Option<InternetEdge>,
    /// The circuits that its edge learns routes from, in the file's order; all circuits by default.
    pub circuits: Vec<CircuitId>,
    /// The same circuits in the same order, with how the site's edge takes their routes.
    pub attachments: Vec<Attachment>,
    /// The tunnels over the internet that its edge ends.
    pub vpn: Vec<Vpn>,
    /// The routes that are configured by hand on its edge.
    pub static_routes: Vec<StaticRoute>,
    /// The servers that others begin connections to.
    pub published: Vec<Published>,
    /// How its edge chooses among routes to one prefix; the default process by default. Where its multipath is off, the file does not
    /// say how many routes share flows, and all equally good ones of the same AS path do.
    pub decision_process: DecisionProcess,
    /// Its name in the file.
    pub span: Span,
}

/// A site's way to the internet.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct InternetEdge {
    /// Its name, unique in the network; `<site>-internet` by default.
    pub name: String,
    /// The public prefixes that clients appear from after translation; empty where clients keep
    /// their own addresses.
    pub nat: Vec<Spanned<IpPrefix>>,
    /// For which families it learns a default route.
    pub default_route: DefaultRoute,
    /// The number of the provider's autonomous system, where the file says it.
    pub provider_autonomous_system: Option<Spanned<u32>>,
    /// Whether the session with the provider is up; down, nothing is learned and nothing is announced.
    pub state: Spanned<State>,
    /// The file of the routes that are learned there, as written: relative to the network file, see
    /// [`Network::path_of`](crate::network::Network::path_of). They come beside the default route.
    pub routes: Option<Spanned<String>>,
    /// The prefixes that the internet sends to this edge, or `None` where the file does not say; see
    /// [`announced`](Self::announced).
    pub advertised: Option<Vec<Spanned<IpPrefix>>>,
    /// The route map that what is learned passes through.
    pub import: Option<Spanned<RouteMapId>>,
    /// Whether packets pass a device that drops what it saw no beginning of; so by default.
    pub stateful: bool,
    /// Whether connections that come in here are translated to a source of the edge's own, so that what they
    /// reach answers to the edge; they are not by default.
    pub inbound_source_nat: bool,
    /// What the access carries in each direction, where the file says it.
    pub bandwidth: Option<Spanned<Bandwidth>>,
    /// The load at the busiest time while all circuits work, where the file says it.
    pub peak: Option<Spanned<Bandwidth>>,
    /// The provider's addresses on the session, one of a family at most.
    pub peer_addresses: Vec<Spanned<IpAddr>>,
    /// Its name in the file, or the key `internet` where the name is the default.
    pub span: Span,
}

impl InternetEdge {
    /// The prefixes that the internet sends here: what is advertised, or the NAT pools where the file
    /// does not say, since translated clients would get no answer otherwise.
    pub fn announced(&self) -> &[Spanned<IpPrefix>] {
        self.advertised.as_deref().unwrap_or(&self.nat)
    }
}

impl Site {
    /// The prefixes of a family that the internet sends to this site's edge: as [`InternetEdge::announced`], and its
    /// own where clients of the family keep their addresses, since they would get no answer otherwise.
    pub fn announced(&self, family: Family) -> impl Iterator<Item = Spanned<IpPrefix>> {
        let of_family = move |prefix: &&Spanned<IpPrefix>| prefix.value.family() == family;
        let all = self.internet.as_ref().map_or(&[][..], |edge| match &edge.advertised {
            Some(advertised) => advertised,
            None if edge.nat.iter().any(|prefix| of_family(&prefix)) => &edge.nat,
            None => &self.prefixes,
        });
        all.iter().filter(of_family).copied()
    }
}

/// How a site's edge takes the routes of a circuit.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Attachment {
    /// The circuit.
    pub circuit: CircuitId,
    /// The route map of this site, which comes after those of the peering and connection.
    pub import: Option<Spanned<RouteMapId>>,
    /// The internal metric from the site's edge to the circuit's edge router. `None`: the circuit ends
    /// at the site itself; its routes are learned by external BGP. With a metric, even 0, they are
    /// learned from another router of the company by internal BGP.
    pub metric: Option<u32>,
    /// Which of the circuit's connections end at the site's edge, where any do (`metric` is `None`); both by default,
    /// ascending.
    pub connections: Vec<Connection>,
    /// Its name in the list, or the site's where the list is the default.
    pub span: Span,
}

impl Attachment {
    /// Whether a connection of the circuit ends at the site's own edge.
    pub fn ends(&self, connection: Connection) -> bool {
        self.metric.is_none() && self.connections.contains(&connection)
    }

    /// Whether one of the connections ends at the site's edge alone: the other one does at another router.
    pub fn is_split(&self) -> bool {
        self.metric.is_none() && self.connections.len() < Connection::ALL.len()
    }
}

/// A tunnel over the internet.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Vpn {
    /// Its name, unique among ways out.
    pub name: String,
    /// The virtual networks whose gateways end it.
    pub virtual_networks: Vec<VirtualNetworkId>,
    /// The virtual hub that ends it, if one does; then no virtual network does.
    pub virtual_hub: Option<VirtualHubId>,
    /// What is learned over it beside the virtual networks' own prefixes.
    pub prefixes: Vec<Spanned<IpPrefix>>,
    /// What is announced over it, or `None` where the file does not say: the site's prefixes.
    pub advertised: Option<Vec<Spanned<IpPrefix>>>,
    /// What its own packets travel over: without that it is down.
    pub over: Underlay,
    /// Whether it is up.
    pub state: Spanned<State>,
    /// The route map that what is learned passes through.
    pub import: Option<Spanned<RouteMapId>>,
    /// Its name in the file.
    pub span: Span,
}

/// What the packets of a tunnel travel over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Underlay {
    /// The site's internet edge.
    #[default]
    Internet,
    /// A peering of a circuit: private peering to the gateway's private address (Microsoft, *Site-to-site VPN over
    /// ExpressRoute private peering*), Microsoft peering to its public one.
    Peering(CircuitId, PeeringKind),
}

/// A route that is configured by hand.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct StaticRoute {
    /// Where it leads.
    pub prefix: Spanned<IpPrefix>,
    /// The way out.
    pub via: Spanned<StaticVia>,
    /// Its entry in the file.
    pub span: Span,
}

/// Where a static route sends packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StaticVia {
    /// The site's internet edge.
    Internet,
    /// Nowhere.
    Discard,
    /// A peering of a circuit, over one of its connections or any.
    Peering {
        /// The circuit; the site is attached to it.
        circuit: CircuitId,
        /// The peering; the circuit has it.
        peering: PeeringKind,
        /// The connection, or `None` for either.
        connection: Option<Connection>,
    },
    /// The tunnel of this index in [`Site::vpn`].
    Vpn(u32),
}

/// For which families an internet edge learns a default route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DefaultRoute {
    /// `0.0.0.0/0`.
    pub ipv4: bool,
    /// `::/0`.
    pub ipv6: bool,
}

impl DefaultRoute {
    /// The default routes that there are.
    pub fn prefixes(self) -> impl Iterator<Item = IpPrefix> {
        let v4 = self.ipv4.then_some(IpPrefix::V4(Prefix::ALL));
        let v6 = self.ipv6.then_some(IpPrefix::V6(Prefix::ALL));
        v4.into_iter().chain(v6)
    }

    /// Whether there is one for this family.
    pub fn has(self, family: Family) -> bool {
        match family {
            Family::V4 => self.ipv4,
            Family::V6 => self.ipv6,
        }
    }
}

impl Default for DefaultRoute {
    /// Both families.
    fn default() -> Self {
        Self { ipv4: true, ipv6: true }
    }
}
