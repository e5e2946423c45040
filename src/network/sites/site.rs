//! Sites: client prefixes, edge router, internet edge, circuits and tunnels.

use std::net::IpAddr;
use std::ops::RangeInclusive;

use crate::addr::{Family, IpPrefix, Prefix};
use crate::diag::{Span, Spanned};
use crate::network::{
    Bandwidth, CircuitId, Connection, DenyRule, PeeringKind, Proxy, Published, RouteMapId, Selector, State,
    VirtualHubId, VirtualNetworkId,
};
use crate::rib::DecisionProcess;

/// A place with clients and an edge router.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Site {
    /// The site's name, unique in the network.
    pub name: String,
    /// The clients' prefixes. A prefix belongs to one site only. Empty if the site is only an edge router.
    pub prefixes: Vec<Spanned<IpPrefix>>,
    /// The ASN of the site's edge, if configured.
    pub autonomous_system: Option<Spanned<u32>>,
    /// The site's internet edge, or `None` if the site has no internet edge.
    pub internet: Option<InternetEdge>,
    /// The circuits whose routes the site's edge learns, in file order; all circuits by default.
    pub circuits: Vec<CircuitId>,
    /// The settings for importing the routes of each circuit, in the order of `circuits`.
    pub attachments: Vec<Attachment>,
    /// The VPN tunnels that end at the site's edge.
    pub vpn: Vec<Vpn>,
    /// The static routes of the site's edge.
    pub static_routes: Vec<StaticRoute>,
    /// The proxy at another site that the site's clients use, if any.
    pub proxy: Option<Proxy>,
    /// The servers that accept connections from outside.
    pub published: Vec<Published>,
    /// The BGP decision process of the site's edge. If multipath is off in it, the file sets no limit for ECMP, and
    /// flows are distributed among all equal-cost routes with the same AS path.
    pub decision_process: DecisionProcess,
    /// The position of the site's name in the file.
    pub span: Span,
}

/// The internet edge of a site.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct InternetEdge {
    /// The edge's name, unique in the network; `<site>-internet` by default.
    pub name: String,
    /// The NAT pool: the public prefixes to which the clients' addresses are translated. Empty if they are not
    /// translated.
    pub nat: Vec<Spanned<IpPrefix>>,
    /// The address families for which the edge learns a default route.
    pub default_route: DefaultRoute,
    /// The ASN of the provider, if configured.
    pub provider_autonomous_system: Option<Spanned<u32>>,
    /// The state of the session with the provider. While the session is down, no routes are learned and none are
    /// announced.
    pub state: Spanned<State>,
    /// The path of the file with the learned routes, as written in the network file and relative to it; see
    /// [`Network::path_of`](crate::network::Network::path_of). These routes are in addition to the default route.
    pub routes: Option<Spanned<String>>,
    /// The prefixes that are advertised to the internet here, or `None` if the file does not list them; see
    /// [`announced`](Self::announced).
    pub advertised: Option<Vec<Spanned<IpPrefix>>>,
    /// The route map for the learned routes.
    pub import: Option<Spanned<RouteMapId>>,
    /// Whether packets pass through a stateful device, which drops packets that do not belong to a known session;
    /// `true` by default.
    pub stateful: bool,
    /// Whether the edge translates the source address of inbound connections to one of its own addresses, so that
    /// servers reply to the edge; `false` by default.
    pub inbound_source_nat: bool,
    /// The bandwidth of the access in each direction, if configured.
    pub bandwidth: Option<Spanned<Bandwidth>>,
    /// The load at the busiest time while all circuits are up, if configured.
    pub peak: Option<Spanned<Bandwidth>>,
    /// The provider's addresses on the session, at most one of each family.
    pub peer_addresses: Vec<Spanned<IpAddr>>,
    /// The rules that deny packets to the internet here, in file order. The first rule that selects a destination
    /// denies it.
    pub deny: Vec<DenyRule>,
    /// The position of the edge's name in the file, or of the key `internet` if the file does not name the edge.
    pub span: Span,
}

impl InternetEdge {
    /// Returns the prefixes that are advertised to the internet here: `advertised`, or else the NAT pools, because
    /// translated clients would not receive replies otherwise.
    pub fn announced(&self) -> &[Spanned<IpPrefix>] {
        self.advertised.as_deref().unwrap_or(&self.nat)
    }
}

impl Site {
    /// Returns the prefixes of a family that are advertised to the internet at this site's edge: the prefixes of
    /// [`InternetEdge::announced`], or the site's own prefixes if the clients' addresses in the family are not
    /// translated, because the clients would not receive replies otherwise.
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

/// The settings with which a site's edge imports the routes of a circuit.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Attachment {
    /// The circuit.
    pub circuit: CircuitId,
    /// The route map of this site, which applies after those of the peering and connection.
    pub import: Option<Spanned<RouteMapId>>,
    /// The internal metric from the site's edge to the circuit's edge router. `None` means that the circuit ends at
    /// the site itself, so the site learns the circuit's routes by external BGP. With a metric, even 0, the site
    /// learns the routes from another of the company's routers by internal BGP.
    pub metric: Option<u32>,
    /// The connections of the circuit that end at the site's edge, ascending; both by default. Only relevant if
    /// `metric` is `None`.
    pub connections: Vec<Connection>,
    /// Whether packets of the circuit pass the site's own stateful device, which stands in front of all circuits of the
    /// site with `true`; `None` if unknown. Always `None` if `metric` is set.
    pub stateful: Option<bool>,
    /// The position of the circuit's name in the list, or of the site if the file has no list.
    pub span: Span,
}

impl Attachment {
    /// Returns whether a connection of the circuit ends at the site's own edge.
    pub fn ends(&self, connection: Connection) -> bool {
        self.metric.is_none() && self.connections.contains(&connection)
    }

    /// Returns whether only one of the two connections ends at the site's edge, so that the other connection ends at
    /// another router.
    pub fn is_split(&self) -> bool {
        self.metric.is_none() && self.connections.len() < Connection::ALL.len()
    }
}

/// A VPN tunnel.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Vpn {
    /// The tunnel's name, unique among circuits, internet edges, tunnels and links between sites.
    pub name: String,
    /// The virtual networks whose gateways terminate the tunnel.
    pub virtual_networks: Vec<VirtualNetworkId>,
    /// The virtual hub that terminates the tunnel, if any. In that case, `virtual_networks` is empty.
    pub virtual_hub: Option<VirtualHubId>,
    /// The prefixes learned over the tunnel in addition to the prefixes of the virtual networks.
    pub prefixes: Vec<Spanned<IpPrefix>>,
    /// The prefixes advertised over the tunnel; `None` means the site's prefixes.
    pub advertised: Option<Vec<Spanned<IpPrefix>>>,
    /// The path of the tunnel's own packets. The tunnel is down while that path is down.
    pub over: Underlay,
    /// The state of the tunnel.
    pub state: Spanned<State>,
    /// The route map for the learned routes.
    pub import: Option<Spanned<RouteMapId>>,
    /// The position of the tunnel's name in the file.
    pub span: Span,
}

/// The path of a tunnel's own packets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Underlay {
    /// The site's internet edge.
    #[default]
    Internet,
    /// A peering of a circuit: private peering if the tunnel ends at the gateway's private address (Microsoft,
    /// *Site-to-site VPN over ExpressRoute private peering*), or Microsoft peering if it ends at the gateway's public
    /// address.
    Peering(CircuitId, PeeringKind),
}

/// A static route.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct StaticRoute {
    /// The destinations. A service tag or a community stands for one route to each of its prefixes.
    pub destination: Spanned<Selector>,
    /// The next hop.
    pub via: Spanned<StaticVia>,
    /// The administrative distance, from 1 to 254; see [`DISTANCES`](Self::DISTANCES). A route with a higher distance
    /// than [`EXTERNAL_BGP`](Self::EXTERNAL_BGP) or [`INTERNAL_BGP`](Self::INTERNAL_BGP) floats: it is used only
    /// while there is no such route to the same prefix.
    pub distance: u8,
    /// The position of the route's entry in the file.
    pub span: Span,
}

impl StaticRoute {
    /// The administrative distances that a static route may have. Routes of distance 255 are never used.
    pub const DISTANCES: RangeInclusive<u32> = 1..=254;
    /// The administrative distance of a static route for which the file states none (Cisco, *Describe administrative
    /// distance*; FRRouting, *Zebra*).
    pub const DEFAULT_DISTANCE: u8 = 1;
    /// The administrative distance of routes learned over external BGP (the same sources).
    pub const EXTERNAL_BGP: u8 = 20;
    /// The administrative distance of routes learned over internal BGP (the same sources).
    pub const INTERNAL_BGP: u8 = 200;
}

/// The next hop of a static route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StaticVia {
    /// The site's internet edge.
    Internet,
    /// Drop the packets.
    Discard,
    /// A peering of a circuit, over a specific connection or over either connection.
    Peering {
        /// The circuit. The site is attached to it.
        circuit: CircuitId,
        /// The peering. The circuit has this peering.
        peering: PeeringKind,
        /// The connection, or `None` for either connection.
        connection: Option<Connection>,
    },
    /// The tunnel with this index in [`Site::vpn`].
    Vpn(u32),
}

/// The address families for which an internet edge learns a default route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DefaultRoute {
    /// `0.0.0.0/0`.
    pub ipv4: bool,
    /// `::/0`.
    pub ipv6: bool,
}

impl DefaultRoute {
    /// Returns the default routes that are learned.
    pub fn prefixes(self) -> impl Iterator<Item = IpPrefix> {
        let v4 = self.ipv4.then_some(IpPrefix::V4(Prefix::ALL));
        let v6 = self.ipv6.then_some(IpPrefix::V6(Prefix::ALL));
        v4.into_iter().chain(v6)
    }

    /// Returns whether a default route of this family is learned.
    pub fn has(self, family: Family) -> bool {
        match family {
            Family::V4 => self.ipv4,
            Family::V6 => self.ipv6,
        }
    }
}

impl Default for DefaultRoute {
    /// Returns a default route for both families.
    fn default() -> Self {
        Self { ipv4: true, ipv6: true }
    }
}
