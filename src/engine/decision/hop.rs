//! Routers after the first one: edges of other sites, and routers inside Azure, each with its own routing table.

use crate::network::{
    CircuitId, HubFirewallId, HubTableId, Network, PeeringEnd, SiteId, Subnet, VirtualHubId, VirtualNetworkId,
};

use super::Decision;
use super::device::{Device, first_usable};

/// The name of a proxy, after that of its site.
const PROXY: &str = "proxy";

/// The name of the gateway's router: the effective routes of this subnet apply to packets that arrive over the gateway.
const GATEWAY_SUBNET: &str = "GatewaySubnet";

/// A place that forwards packets by its own routing table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Router {
    /// The edge of another site, reached over the company's network.
    Edge(SiteId),
    /// The edge of another site, reached over ExpressRoute Global Reach, or through an edge that was reached over it.
    EdgePastGlobalReach(SiteId),
    /// A proxy at another site, reached over the company's network or a tunnel. It sends packets of its own, which follow
    /// the table of the site's edge.
    Proxy(SiteId),
    /// The gateway of a virtual network. Packets that arrive over it follow the effective routes of its
    /// `GatewaySubnet`.
    Gateway(VirtualNetworkId),
    /// An appliance. Packets that it forwards follow the effective routes of its own subnet.
    Device(Device),
    /// Microsoft's edge of circuits, where packets from one virtual network turn towards another.
    MicrosoftEdge(MicrosoftEdge),
    /// A virtual hub with one of its route tables: the table associated with the connection from which packets arrive,
    /// or the Default table for packets from circuits, tunnels and other hubs.
    Hub(VirtualHubId, HubTableId),
}

/// Microsoft's edge for packets that one gateway sends over its circuits. The edge learns the routes that gateways and
/// sites advertise on these circuits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MicrosoftEdge {
    /// The gateway of a virtual network, or the virtual hub, that learned the route.
    pub from: At,
    /// The circuits among which flows are shared, ascending; at least one.
    pub circuits: [Option<CircuitId>; 4],
}

/// The virtual network or hub whose routes resolve a router's next hops.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum At {
    /// A virtual network.
    Network(VirtualNetworkId),
    /// A virtual hub.
    Hub(VirtualHubId),
}

impl MicrosoftEdge {
    /// Creates the edge of the circuits over which a virtual network or hub learned a route.
    pub(in crate::engine) fn of(from: At, circuits: &[CircuitId]) -> Self {
        let mut all = [None; 4];
        for (slot, circuit) in all.iter_mut().zip(circuits) {
            *slot = Some(*circuit);
        }
        Self { from, circuits: all }
    }

    /// `er1/microsoft-edge`.
    fn name(self, network: &Network) -> String {
        let circuits = self.circuits.into_iter().flatten().filter_map(|id| network.circuit(id));
        let names: Vec<&str> = circuits.map(|circuit| circuit.name.as_str()).collect();
        format!("{}/microsoft-edge", names.join("+"))
    }
}

impl Router {
    /// Returns every router after the first one that packets may pass: edges to which other sites forward packets,
    /// gateways, listed appliances, Azure Firewalls and virtual hubs. A gateway is included if its virtual network
    /// declares a `GatewaySubnet`, or if [`Self::is_hop`] returns `true` for it.
    pub fn all(network: &Network) -> Vec<Self> {
        let mut all = Vec::new();
        let attachments = network.sites.iter().flat_map(|site| &site.attachments);
        let handed = attachments.filter(|own| own.metric.is_some());
        all.extend(handed.flat_map(|own| network.edges_of(own.circuit)).flatten().map(Self::Edge));
        let reached = network.circuits_with_ids().flat_map(|(id, _)| network.global_reach(id));
        all.extend(reached.flat_map(|partner| network.edges_of(partner.value)).flatten().map(Self::Edge));
        let joined = network.wan_links_with_ids().flat_map(|(_, link)| &link.sites);
        all.extend(joined.map(|site| Self::Edge(*site)));
        let proxies = network.sites.iter().filter_map(|site| site.proxy.as_ref());
        all.extend(proxies.map(|proxy| Self::Edge(proxy.site)));
        for (id, own) in network.virtual_networks_with_ids() {
            let gateway = Self::Gateway(id);
            let shows = own.subnets.iter().any(Subnet::is_for_gateways) || gateway.is_hop(network);
            all.extend(Some(gateway).filter(|_| own.gateway.is_some() && shows));
            let addresses = own.appliances.iter().filter_map(|appliance| appliance.addresses.first());
            all.extend(addresses.filter_map(|one| Device::inside(network, id, one.value)).map(Self::Device));
            let firewalls = own.subnets.iter().filter(|subnet| subnet.is_for_firewalls());
            let first = firewalls.filter_map(|subnet| subnet.prefixes.first());
            let devices = first.filter_map(|prefix| Device::inside(network, id, first_usable(prefix.value)?));
            all.extend(devices.map(Self::Device));
        }
        for (id, hub) in network.virtual_hubs_with_ids() {
            all.push(Self::Hub(id, HubTableId::DEFAULT));
            let firewalls = (0..).map(HubFirewallId).zip(&hub.firewalls);
            all.extend(firewalls.map(|(firewall, _)| Self::Device(Device::InHub { hub: id, firewall })));
        }
        all.sort_unstable();
        all.dedup();
        all
    }

    /// Returns whether paths show this router whenever packets pass it. Paths omit a gateway that delivers every packet
    /// that arrives. They show a gateway that has a user-defined route table, advertises summaries, has a peering over
    /// which no packet passes, or has routes from a Route Server.
    pub fn is_hop(self, network: &Network) -> bool {
        let Self::Gateway(id) = self else { return true };
        let subnets = network.virtual_network(id).into_iter().flat_map(|own| &own.subnets);
        let table = |subnet: &Subnet| subnet.is_for_gateways() && subnet.route_table.is_some();
        let gateway = network.virtual_network(id).and_then(|own| own.gateway.as_ref());
        let exchanges = network.route_server(id).is_some_and(|server| server.branch_to_branch);
        subnets.into_iter().any(table)
            || exchanges
            || gateway.is_some_and(|gateway| !gateway.summarized.is_empty())
            || network.peers(id, PeeringEnd::Gateway).iter().any(|peer| peer.closed.is_some())
    }

    /// Returns whether this router is the edge of a site, reached over the company's network or through a proxy.
    pub(in crate::engine) const fn is_edge(self) -> bool {
        matches!(self, Self::Edge(_) | Self::Proxy(_))
    }

    /// Returns the site to which the edge belongs; `None` for a router in Azure.
    pub const fn site(self) -> Option<SiteId> {
        match self {
            Self::Edge(site) | Self::EdgePastGlobalReach(site) | Self::Proxy(site) => Some(site),
            _ => None,
        }
    }

    /// Returns whether this router uses the same routing table as another one. An edge uses the same table however
    /// packets reach it.
    pub(in crate::engine) fn is_at(self, other: Self) -> bool {
        self == other || self.site().is_some() && self.site() == other.site()
    }

    /// Returns whether the name that resolved to `named` also means this router. For a hub, the route table is ignored.
    pub fn is_named_by(self, named: Self) -> bool {
        match (self, named) {
            (Self::Hub(own, _), Self::Hub(hub, _)) => own == hub,
            (Self::EdgePastGlobalReach(own) | Self::Proxy(own), Self::Edge(site)) => own == site,
            _ => self == named,
        }
    }

    /// Returns the end from which forwarded packets cross peerings.
    pub(in crate::engine) const fn end(self) -> PeeringEnd {
        match self {
            Self::Device(Device::InSubnet { subnet, .. }) => PeeringEnd::Subnet(subnet),
            _ => PeeringEnd::Gateway,
        }
    }

    /// Returns the virtual network or hub whose routes resolve the next hops; `None` for the edge of a site.
    pub const fn at(self) -> Option<At> {
        match self {
            Self::Gateway(network) | Self::Device(Device::InSubnet { network, .. }) => {
                Some(At::Network(network))
            }
            Self::MicrosoftEdge(edge) => Some(edge.from),
            Self::Hub(hub, _) | Self::Device(Device::InHub { hub, .. }) => Some(At::Hub(hub)),
            Self::Edge(_) | Self::EdgePastGlobalReach(_) | Self::Proxy(_) => None,
        }
    }

    /// Returns the virtual network that contains the router, if there is one.
    pub const fn network(self) -> Option<VirtualNetworkId> {
        match self.at() {
            Some(At::Network(network)) => Some(network),
            _ => None,
        }
    }

    /// Returns the router's name: `amsterdam`, `munich/proxy`, `hub/GatewaySubnet`, `hub/fw`; empty if it belongs to another network.
    pub fn name(self, network: &Network) -> String {
        match self {
            Self::Edge(id) | Self::EdgePastGlobalReach(id) => {
                network.site(id).map(|site| site.name.clone()).unwrap_or_default()
            }
            Self::Proxy(id) => {
                network.site(id).map(|site| format!("{}/{PROXY}", site.name)).unwrap_or_default()
            }
            Self::Gateway(id) => network
                .virtual_network(id)
                .map(|own| format!("{}/{GATEWAY_SUBNET}", own.name))
                .unwrap_or_default(),
            Self::Device(device) => device.name(network),
            Self::MicrosoftEdge(edge) => edge.name(network),
            Self::Hub(id, table) => {
                let Some(hub) = network.virtual_hub(id) else { return String::new() };
                let table = hub.route_tables.get(table.index()).filter(|_| table != HubTableId::DEFAULT);
                table.map_or_else(|| hub.name.clone(), |table| format!("{}/{}", hub.name, table.name))
            }
        }
    }
}

/// A router that a packet passes after the first one, with the router's decision.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Hop {
    /// The router.
    pub router: Router,
    /// Whether the router translates the source of packets to one of its own addresses, to which replies return.
    pub translates: bool,
    /// The router's own decision. Its carriers are among the router's own sessions: the sessions of an edge, or of the
    /// gateways of its virtual network.
    pub decision: Decision,
}

impl Hop {
    /// Returns whether source translation affects the packets of a router's decision: they go to a site, a virtual
    /// machine or another router. Packets to the internet or to Microsoft's services have a public source in any case.
    pub(in crate::engine) fn translation_counts(decision: &Decision) -> bool {
        use super::{Disposition, Reason};
        matches!(decision.disposition, Disposition::PrivatePeering | Disposition::Vpn)
            || matches!(
                decision.reason(),
                Reason::VirtualNetworkLocal { .. }
                    | Reason::PrivateEndpoint { .. }
                    | Reason::Appliance { .. }
                    | Reason::Injected { .. }
                    | Reason::OwnTunnel { .. }
            )
    }

    /// Returns the appliance, if the router is one.
    pub const fn device(&self) -> Option<Device> {
        match self.router {
            Router::Device(device) => Some(device),
            _ => None,
        }
    }

    /// Returns the site, if the router is the edge of one.
    pub const fn edge(&self) -> Option<SiteId> {
        match self.router {
            Router::Edge(site) | Router::Proxy(site) => Some(site),
            _ => None,
        }
    }
}
