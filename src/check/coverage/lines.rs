//! The lines in a network file that can decide the path of an address.

use super::Counts;
use crate::diag::{Span, Spanned};
use crate::network::{Network, Site, VirtualHub, VirtualNetwork};

/// The kind of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LineKind {
    /// A prefix of a site.
    SitePrefix,
    /// The default route of an internet edge.
    InternetEdge,
    /// The table of routes that an internet edge learns.
    InternetRoutes,
    /// A rule of an internet edge or an appliance that denies packets.
    DenyRule,
    /// The proxy of a site's clients.
    Proxy,
    /// A static route.
    StaticRoute,
    /// A prefix behind a tunnel.
    TunnelPrefix,
    /// An entry in a route filter.
    RouteFilter,
    /// A Microsoft peering on which Microsoft advertises without a route filter.
    MicrosoftPeering,
    /// The table of routes that a connection learned.
    LearnedRoutes,
    /// A prefix of a virtual network.
    VirtualNetworkPrefix,
    /// A prefix advertised on private peering or over a tunnel, as learned by a gateway.
    Advertised,
    /// A private endpoint.
    PrivateEndpoint,
    /// A service endpoint.
    ServiceEndpoint,
    /// A route in a route table.
    UserRoute,
    /// The prefix of a virtual hub.
    VirtualHubPrefix,
    /// A firewall named by a routing intent.
    RoutingIntent,
}

impl LineKind {
    /// The word used in every output.
    pub const fn word(self) -> &'static str {
        match self {
            Self::SitePrefix => "site prefix",
            Self::InternetEdge => "internet edge",
            Self::InternetRoutes => "internet routes",
            Self::DenyRule => "deny rule",
            Self::Proxy => "proxy",
            Self::StaticRoute => "static route",
            Self::TunnelPrefix => "tunnel prefix",
            Self::RouteFilter => "route filter entry",
            Self::MicrosoftPeering => "microsoft peering",
            Self::LearnedRoutes => "learned routes",
            Self::VirtualNetworkPrefix => "virtual network prefix",
            Self::Advertised => "advertised prefix",
            Self::PrivateEndpoint => "private endpoint",
            Self::ServiceEndpoint => "service endpoint",
            Self::UserRoute => "user route",
            Self::VirtualHubPrefix => "virtual hub prefix",
            Self::RoutingIntent => "routing intent",
        }
    }
}

/// A line that can decide a path, with the number of addresses for which it does.
pub(super) struct Line {
    pub(super) kind: LineKind,
    pub(super) text: String,
    pub(super) span: Span,
    pub(super) ipv4: Counts,
    pub(super) ipv6: Counts,
}

/// Returns all lines in a network file that can be the reason for a decision, in file order.
pub(super) fn lines(network: &Network) -> Vec<Line> {
    let mut all = Lines { network, lines: Vec::new() };
    for site in &network.sites {
        all.site(site);
    }
    all.circuits();
    for own in &network.virtual_networks {
        all.virtual_network(own);
    }
    for hub in &network.virtual_hubs {
        all.virtual_hub(hub);
    }
    for table in &network.route_tables {
        for route in &table.routes {
            all.push(LineKind::UserRoute, route.destination.span);
        }
    }
    all.lines.sort_by_key(|line| (line.span.start, line.kind));
    // One line can have several meanings: a gateway also learns a site's prefix if nothing else is advertised.
    all.lines.dedup_by_key(|line| line.span.start);
    all.lines
}

struct Lines<'n> {
    network: &'n Network,
    lines: Vec<Line>,
}

impl Lines<'_> {
    fn push(&mut self, kind: LineKind, span: Span) {
        let text = self.network.source.text().get(span.start..span.start + span.length).unwrap_or_default();
        let (ipv4, ipv6) = (Counts::default(), Counts::default());
        self.lines.push(Line { kind, text: text.to_owned(), span, ipv4, ipv6 });
    }

    fn each<T>(&mut self, kind: LineKind, values: &[Spanned<T>]) {
        for value in values {
            self.push(kind, value.span);
        }
    }

    fn site(&mut self, site: &Site) {
        self.each(LineKind::SitePrefix, &site.prefixes);
        if let Some(edge) = &site.internet {
            if edge.default_route.ipv4 || edge.default_route.ipv6 {
                self.push(LineKind::InternetEdge, edge.span);
            }
            if let Some(routes) = &edge.routes {
                self.push(LineKind::InternetRoutes, routes.span);
            }
            for rule in &edge.deny {
                self.push(LineKind::DenyRule, rule.span);
            }
        }
        if let Some(proxy) = &site.proxy {
            self.push(LineKind::Proxy, proxy.span);
        }
        for route in &site.static_routes {
            self.push(LineKind::StaticRoute, route.span);
        }
        for vpn in &site.vpn {
            self.each(LineKind::TunnelPrefix, &vpn.prefixes);
            self.each(LineKind::Advertised, vpn.advertised.as_deref().unwrap_or_default());
        }
    }

    fn circuits(&mut self) {
        for circuit in &self.network.circuits {
            if let Some(peering) = &circuit.microsoft_peering {
                match &peering.of_kind.route_filter {
                    Some(filter) => self.each(LineKind::RouteFilter, &filter.communities),
                    None if circuit.advertises_without_filter() => {
                        self.push(LineKind::MicrosoftPeering, peering.span);
                    }
                    None => {}
                }
            }
            if let Some(peering) = &circuit.private_peering {
                self.each(LineKind::Advertised, &peering.advertised);
            }
            for kind in crate::network::PeeringKind::ALL {
                for connection in crate::network::Connection::ALL {
                    let learned = circuit.settings(kind, connection).and_then(|own| own.learned.as_ref());
                    if let Some(table) = learned {
                        self.push(LineKind::LearnedRoutes, table.span);
                    }
                }
            }
        }
    }

    fn virtual_hub(&mut self, hub: &VirtualHub) {
        self.push(LineKind::VirtualHubPrefix, hub.prefix.span);
        for connection in &hub.connections {
            for route in &connection.static_routes {
                self.push(LineKind::StaticRoute, route.prefix.span);
            }
        }
        for route in hub.route_tables.iter().flat_map(|table| &table.routes) {
            self.push(LineKind::StaticRoute, route.prefix.span);
        }
        for peer in &hub.bgp_peers {
            self.each(LineKind::Advertised, &peer.advertised);
        }
        let intent = &hub.routing_intent;
        for rule in &intent.deny {
            self.push(LineKind::DenyRule, rule.span);
        }
        for firewall in intent.private.iter().chain(&intent.internet) {
            self.push(LineKind::RoutingIntent, firewall.span);
        }
    }

    fn virtual_network(&mut self, own: &VirtualNetwork) {
        self.each(LineKind::VirtualNetworkPrefix, &own.prefixes);
        for peer in own.route_server.iter().flat_map(|server| &server.peers) {
            for route in &peer.advertised {
                self.push(LineKind::Advertised, route.prefix.span);
            }
        }
        for rule in own.appliances.iter().flat_map(|appliance| &appliance.deny) {
            self.push(LineKind::DenyRule, rule.span);
        }
        for subnet in &own.subnets {
            self.each(LineKind::ServiceEndpoint, &subnet.service_endpoints);
            for endpoint in &subnet.private_endpoints {
                self.push(LineKind::PrivateEndpoint, endpoint.span);
            }
        }
    }
}
