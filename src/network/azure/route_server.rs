//! Azure Route Server, and the appliances of a virtual network that advertise routes to it by BGP.
//!
//! Sources: Microsoft, *Azure Route Server FAQ*, *route injection in virtual networks*, *routing preference*, *next hop IP
//! support*.

use std::net::IpAddr;

use crate::addr::IpPrefix;
use crate::diag::{Span, Spanned};
use crate::network::Network;
use crate::network::azure::routing_preference::RoutingPreference;
use crate::network::ids::{ApplianceId, VirtualNetworkId};

/// The Route Server of a virtual network.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RouteServer {
    /// The appliances that advertise routes to the Route Server, without repetition.
    pub peers: Vec<RouteServerPeer>,
    /// Whether the Route Server exchanges routes between appliances and the gateways of the virtual network; `false`
    /// by default.
    pub branch_to_branch: bool,
    /// The routing preference among routes to one prefix.
    pub routing_preference: RoutingPreference,
    /// The position of the Route Server's key in the file.
    pub span: Span,
}

/// An appliance that advertises routes to a Route Server.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RouteServerPeer {
    /// The appliance, which is in the same virtual network.
    pub appliance: ApplianceId,
    /// The appliance's ASN, if configured.
    pub autonomous_system: Option<Spanned<u32>>,
    /// The position of the setting in the file that sets the appliance's sessions to down.
    pub down: Option<Span>,
    /// The routes that the appliance advertises. Each prefix occurs once.
    pub advertised: Vec<InjectedRoute>,
    /// The position of the appliance's name in the list.
    pub span: Span,
}

/// A route that an appliance advertises to a Route Server.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct InjectedRoute {
    /// The destination prefix, IPv4 only.
    pub prefix: Spanned<IpPrefix>,
    /// The AS path as received by the Route Server: the configured path, or only the appliance's ASN.
    pub as_path: Vec<u32>,
    /// The length of the AS path in ASNs; 1 if the path is unknown.
    pub path_length: usize,
    /// The next hop: the address of a load balancer in front of appliances, or of another appliance. `None` means the
    /// appliance's own address.
    pub next_hop: Option<Spanned<IpAddr>>,
    /// Whether the route has the community `NO_ADVERTISE`, so that the Route Server does not advertise the route to
    /// gateways.
    pub no_advertise: bool,
    /// How the appliance forwards the traffic that follows the route, if configured; see [`Network::way_of`].
    pub through: Option<Spanned<Through>>,
}

/// How an appliance forwards the traffic that follows its routes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Through {
    /// Over its own tunnel to destinations outside the file, such as branches of an SD-WAN.
    Tunnel,
    /// According to the effective routes of its subnet.
    Subnet,
    /// Over a tunnel to another appliance.
    Appliance(VirtualNetworkId, ApplianceId),
}

impl RouteServer {
    /// The maximum number of routes from one appliance (Microsoft, *Azure Route Server FAQ*, 2025; 1,000 in 2023). If
    /// an appliance advertises more, the session is torn down.
    pub const ROUTES_PER_PEER: usize = 4_000;

    /// The maximum number of appliances that can be peers (Microsoft, *Azure Route Server FAQ*).
    pub const PEERS: usize = 8;

    /// The ASN of every Route Server, and of the gateways that exchange routes with it.
    pub const AUTONOMOUS_SYSTEM: u32 = 65_515;
}

impl RouteServerPeer {
    /// Returns whether the appliance's session is up: neither configured as down nor torn down because of too many
    /// routes.
    pub fn is_up(&self) -> bool {
        self.down.is_none() && !self.is_over_limit()
    }

    /// Returns whether the appliance advertises more routes than a Route Server accepts.
    pub fn is_over_limit(&self) -> bool {
        self.advertised.len() > RouteServer::ROUTES_PER_PEER
    }
}

impl InjectedRoute {
    /// Returns whether the Route Server rejects the route because the AS path contains the Route Server's own ASN
    /// (RFC 4271 section 9.1.2).
    pub fn is_looped(&self) -> bool {
        self.as_path.contains(&RouteServer::AUTONOMOUS_SYSTEM)
    }
}

/// Whether a VPN gateway and a Route Server exchange routes (Microsoft, *Azure Route Server FAQ*).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exchange {
    /// The VPN gateway and the Route Server exchange routes.
    Yes,
    /// The VPN gateway and the Route Server do not exchange routes.
    No,
    /// Unknown, because the file does not state whether the gateway is active-active.
    Unknown,
}

impl Network {
    /// Returns the Route Server of a virtual network.
    pub fn route_server(&self, id: VirtualNetworkId) -> Option<&RouteServer> {
        self.virtual_network(id)?.route_server.as_ref()
    }

    /// Returns whether any virtual network has a Route Server.
    pub fn has_route_server(&self) -> bool {
        self.virtual_networks.iter().any(|own| own.route_server.is_some())
    }

    /// Returns the prefix of a virtual network, or of a peered virtual network, that covers the given prefix. A Route
    /// Server programs no route that is equal to or more specific than such a prefix (Microsoft, *Azure Route Server
    /// FAQ*).
    pub fn held_around(&self, id: VirtualNetworkId, prefix: IpPrefix) -> Option<Spanned<IpPrefix>> {
        let own = self.virtual_network(id)?;
        let peered = own.peerings.iter().filter_map(|peering| self.virtual_network(peering.virtual_network));
        let spaces = std::iter::once(own).chain(peered).flat_map(|own| own.prefixes.iter().copied());
        spaces.into_iter().find(|space| space.value.covers(prefix))
    }

    /// Returns the routes from appliances that a Route Server accepts, each with its appliance.
    pub fn injected(&self, id: VirtualNetworkId) -> impl Iterator<Item = (&RouteServerPeer, &InjectedRoute)> {
        let peers = self.route_server(id).into_iter().flat_map(|own| &own.peers).filter(|peer| peer.is_up());
        let routes = peers.flat_map(|peer| peer.advertised.iter().map(move |route| (peer, route)));
        routes.filter(move |(_, route)| {
            !route.is_looped() && self.held_around(id, route.prefix.value).is_none()
        })
    }

    /// Returns the prefixes that the gateway of a virtual network announces to circuits in addition to the prefixes
    /// of virtual networks, without repetition. These are the prefixes learned by the Route Server and over tunnels,
    /// regardless of the state of these sessions.
    pub fn advertised_to_circuits(&self, id: VirtualNetworkId) -> Vec<Spanned<IpPrefix>> {
        let Some(own) = self.virtual_network(id) else { return Vec::new() };
        if !own.route_server.as_ref().is_some_and(|server| server.branch_to_branch) {
            return Vec::new();
        }
        let learned =
            self.injected(id).filter(|(_, route)| !route.no_advertise).map(|(_, route)| route.prefix);
        let ends = own.gateway.iter().flat_map(|gateway| &gateway.vpn);
        let ends = ends.filter(|_| self.exchange_with_vpn(id) == Exchange::Yes);
        let tunnels = ends.filter_map(|end| {
            let site = self.site(end.site)?;
            let vpn = site.vpn.get(usize::try_from(end.vpn).ok()?)?;
            Some(vpn.advertised.as_deref().unwrap_or(&site.prefixes))
        });
        let mut all: Vec<Spanned<IpPrefix>> = learned.chain(tunnels.flatten().copied()).collect();
        all.sort_by_key(|prefix| prefix.value);
        all.dedup_by_key(|prefix| prefix.value);
        all
    }

    /// Returns how an appliance forwards the traffic that follows one of its routes. If this is not configured, the
    /// appliance follows the routes of its subnet for a default route and for prefixes of virtual networks, and uses
    /// its own tunnel for any other route.
    pub fn way_of(&self, route: &InjectedRoute) -> Through {
        let prefix = route.prefix.value;
        let spaces = self.virtual_networks.iter().flat_map(|own| &own.prefixes);
        let mut near = spaces.filter(|space| space.value.covers(prefix) || prefix.covers(space.value));
        match route.through {
            Some(through) => through.value,
            None if prefix.length() == 0 || near.next().is_some() => Through::Subnet,
            None => Through::Tunnel,
        }
    }

    /// Returns whether the VPN gateway of a virtual network and its Route Server exchange routes. Both need ASN
    /// 65515, and the gateway must be active-active.
    pub fn exchange_with_vpn(&self, id: VirtualNetworkId) -> Exchange {
        let own = self.virtual_network(id);
        let Some((server, gateway)) =
            own.and_then(|own| Some((own.route_server.as_ref()?, own.gateway.as_ref()?)))
        else {
            return Exchange::No;
        };
        let number = gateway.autonomous_system.map_or(RouteServer::AUTONOMOUS_SYSTEM, |number| number.value);
        match gateway.active_active.map(|active| active.value) {
            _ if !server.branch_to_branch || number != RouteServer::AUTONOMOUS_SYSTEM => Exchange::No,
            Some(true) => Exchange::Yes,
            Some(false) => Exchange::No,
            None => Exchange::Unknown,
        }
    }
}
