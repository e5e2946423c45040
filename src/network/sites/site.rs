//! Sites: client prefixes, edge router, internet edge, circuits and tunnels.

use std::net::IpAddr;

use crate::addr::{Family, IpPrefix, Prefix};
use crate::diag::{Span, Spanned};
use crate::network::{
    Bandwidth, CircuitId, Connection, PeeringKind, Published, RouteMapId, State, VirtualHubId,
    VirtualNetworkId,
};
use crate::rib::DecisionProcess;

/// A place with clients and an edge router.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Site {
    /// Its name, unique in the network.
    pub name: String,
    /// The clients' prefixes; no two sites overlap. Empty at a site that is only an edge router.
    pub prefixes: Vec<Spanned<IpPrefix>>,
    /// The ASN of its edge, if configured.
    pub autonomous_system: Option<Spanned<u32>>,
    /// Its internet edge, or `None` without one.
    pub internet: Option<InternetEdge>,
    /// The circuits whose routes its edge learns, in file order; all circuits by default.
    pub circuits: Vec<CircuitId>,
    /// The same circuits in the same order, with the settings for importing their routes.
    pub attachments: Vec<Attachment>,
    /// The VPN tunnels that end at its edge.
    pub vpn: Vec<Vpn>,
    /// The static routes of its edge.
    pub static_routes: Vec<StaticRoute>,
    /// The servers that accept connections from outside.
    pub published: Vec<Published>,
    /// The BGP decision process of its edge; the default process by default. If its multipath is off, the file sets
    /// no limit for ECMP, and all equal-cost routes with the same AS path share the flows.
    pub decision_process: DecisionProcess,
    /// The position of its name in the file.
    pub span: Span,
}

/// The internet edge of a site.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct InternetEdge {
    /// Its name, unique in the network; `<site>-internet` by default.
    pub name: String,
    /// The public prefixes to which clients are translated (NAT pool); empty if clients keep their own addresses.
    pub nat: Vec<Spanned<IpPrefix>>,
    /// The address families for which it learns a default route.
    pub default_route: DefaultRoute,
    /// The ASN of the provider, if configured.
    pub provider_autonomous_system: Option<Spanned<u32>>,
    /// The state of the session with the provider. While it is down, nothing is learned and nothing is announced.
    pub state: Spanned<State>,
    /// The file of the learned routes, as written: relative to the network file, see
    /// [`Network::path_of`](crate::network::Network::path_of). These routes are in addition to the default route.
    pub routes: Option<Spanned<String>>,
    /// The prefixes that are advertised to the internet here, or `None` if the file does not list them; see
    /// [`announced`](Self::announced).
    pub advertised: Option<Vec<Spanned<IpPrefix>>>,
    /// The route map for the learned routes.
    pub import: Option<Spanned<RouteMapId>>,
    /// Whether packets pass a stateful device, which drops packets that it has no session for; `true` by default.
    pub stateful: bool,
    /// Whether the edge translates the source of inbound connections to an address of its own, so that servers reply
    /// to the edge; `false` by default.
    pub inbound_source_nat: bool,
    /// The bandwidth of the access in each direction, if configured.
    pub bandwidth: Option<Spanned<Bandwidth>>,
    /// The load in the peak hour while all circuits are up, if configured.
    pub peak: Option<Spanned<Bandwidth>>,
    /// The provider's addresses on the session, at most one of each family.
    pub peer_addresses: Vec<Spanned<IpAddr>>,
    /// The position of its name in the file, or of the key `internet` if the name is the default.
    pub span: Span,
}

impl InternetEdge {
    /// Returns the prefixes that are advertised to the internet here: `advertised`, or else the NAT pools, because
    /// translated clients would receive no replies otherwise.
    pub fn announced(&self) -> &[Spanned<IpPrefix>] {
        self.advertised.as_deref().unwrap_or(&self.nat)
    }
}

impl Site {
    /// Returns the prefixes of a family that are advertised to the internet at this site's edge: as
    /// [`InternetEdge::announced`], or the site's own prefixes if clients of the family are not translated, because
    /// they would receive no replies otherwise.
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
    /// The internal metric from the site's edge to the circuit's edge router. `None`: the circuit ends at the site
    /// itself, which learns its routes by external BGP. With a metric, even 0, the site learns them from another
    /// router of the company by internal BGP.
    pub metric: Option<u32>,
    /// The connections of the circuit that end at the site's edge, ascending; both by default. Only relevant if
    /// `metric` is `None`.
    pub connections: Vec<Connection>,
    /// The position of its name in the list, or of the site if the list is the default.
    pub span: Span,
}

impl Attachment {
    /// Returns whether a connection of the circuit ends at the site's own edge.
    pub fn ends(&self, connection: Connection) -> bool {
        self.metric.is_none() && self.connections.contains(&connection)
    }

    /// Returns whether only one of the connections ends at the site's edge, and the other one at another router.
    pub fn is_split(&self) -> bool {
        self.metric.is_none() && self.connections.len() < Connection::ALL.len()
    }
}

/// A VPN tunnel.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Vpn {
    /// Its name, unique among circuits, internet edges and tunnels.
    pub name: String,
    /// The virtual networks whose gateways terminate it.
    pub virtual_networks: Vec<VirtualNetworkId>,
    /// The virtual hub that terminates it, if any; then no virtual network does.
    pub virtual_hub: Option<VirtualHubId>,
    /// The prefixes learned over it, in addition to those of the virtual networks.
    pub prefixes: Vec<Spanned<IpPrefix>>,
    /// The prefixes advertised over it; `None` means the site's prefixes.
    pub advertised: Option<Vec<Spanned<IpPrefix>>>,
    /// The path of its own packets. The tunnel is down while that path is down.
    pub over: Underlay,
    /// The state of the tunnel.
    pub state: Spanned<State>,
    /// The route map for the learned routes.
    pub import: Option<Spanned<RouteMapId>>,
    /// The position of its name in the file.
    pub span: Span,
}

/// The path of a tunnel's own packets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Underlay {
    /// The site's internet edge.
    #[default]
    Internet,
    /// A peering of a circuit: private peering to the gateway's private address (Microsoft, *Site-to-site VPN over
    /// ExpressRoute private peering*), or Microsoft peering to its public address.
    Peering(CircuitId, PeeringKind),
}

/// A static route.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct StaticRoute {
    /// The destination prefix.
    pub prefix: Spanned<IpPrefix>,
    /// The next hop.
    pub via: Spanned<StaticVia>,
    /// The position of its entry in the file.
    pub span: Span,
}

/// The next hop of a static route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StaticVia {
    /// The site's internet edge.
    Internet,
    /// Drop the packets.
    Discard,
    /// A peering of a circuit, over a specific connection or either.
    Peering {
        /// The circuit; the site is attached to it.
        circuit: CircuitId,
        /// The peering; the circuit has it.
        peering: PeeringKind,
        /// The connection, or `None` for either.
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
