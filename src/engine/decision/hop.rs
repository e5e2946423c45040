//! Routers after the first one: edges of other sites, and places inside Azure, each with its own routing table.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::addr::{Family, IpPrefix, Prefix};
use crate::diag::Spanned;
use crate::network::{
    Appliance, ApplianceId, CircuitId, HubFirewallId, HubTableId, Network, PeeringEnd, SiteId, Subnet,
    SubnetId, VirtualHubId, VirtualNetworkId,
};

use super::Decision;

/// The name of the gateway's router: the effective routes of this subnet decide about packets that arrive over the
/// gateway.
const GATEWAY_SUBNET: &str = "GatewaySubnet";

/// A place that forwards packets by its own routing table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Router {
    /// The edge of another site, reached over the company's network.
    Edge(SiteId),
    /// The edge of another site, reached over ExpressRoute Global Reach or through an edge that is: after the
    /// crossing.
    EdgePastGlobalReach(SiteId),
    /// The gateway of a virtual network. Packets that arrive over it follow the effective routes of its
    /// `GatewaySubnet`.
    Gateway(VirtualNetworkId),
    /// An appliance. Packets that it forwards follow the effective routes of its own subnet.
    Device(Device),
    /// Microsoft's edge of circuits, where packets from one virtual network turn towards another.
    MicrosoftEdge(MicrosoftEdge),
    /// A virtual hub with one of its route tables: that of the connection from which packets arrive, or the Default
    /// table for packets from circuits, tunnels and other hubs.
    Hub(VirtualHubId, HubTableId),
}

/// Microsoft's edge, as seen by the packets that one gateway sends over its circuits. It knows what gateways and
/// sites advertise there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MicrosoftEdge {
    /// The gateway of a virtual network, or the virtual hub, that learned the route.
    pub from: At,
    /// The circuits that share the flows, ascending: at least one.
    pub circuits: [Option<CircuitId>; 4],
}

/// The place whose routes resolve a router's next hops.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum At {
    /// A virtual network.
    Network(VirtualNetworkId),
    /// A virtual hub.
    Hub(VirtualHubId),
}

impl MicrosoftEdge {
    /// Creates the edge of the circuits over which a place learned a route.
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
    /// gateways, listed appliances and Azure Firewalls. A gateway without a user-defined route table delivers
    /// directly and is no hop.
    pub fn all(network: &Network) -> Vec<Self> {
        let mut all = Vec::new();
        let attachments = network.sites.iter().flat_map(|site| &site.attachments);
        let handed = attachments.filter(|own| own.metric.is_some());
        all.extend(handed.flat_map(|own| network.edges_of(own.circuit)).flatten().map(Self::Edge));
        let reached = network.circuits_with_ids().flat_map(|(id, _)| network.global_reach(id));
        all.extend(reached.flat_map(|partner| network.edges_of(partner.value)).flatten().map(Self::Edge));
        let joined = network.wan_links_with_ids().flat_map(|(_, link)| &link.sites);
        all.extend(joined.map(|site| Self::Edge(*site)));
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

    /// Whether paths always show it when packets pass it. They omit a gateway that delivers every packet that
    /// arrives. A gateway is shown if it has a user-defined route table, advertises summaries, has a peering over
    /// which no packet passes, or has routes of a Route Server.
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

    /// Whether it is the edge of a site, reached over the company's network.
    pub(in crate::engine) const fn is_edge(self) -> bool {
        matches!(self, Self::Edge(_))
    }

    /// The site whose edge it is.
    pub const fn site(self) -> Option<SiteId> {
        match self {
            Self::Edge(site) | Self::EdgePastGlobalReach(site) => Some(site),
            _ => None,
        }
    }

    /// Whether it uses the same routing table as another router: an edge does, however packets reach it.
    pub(in crate::engine) fn is_at(self, other: Self) -> bool {
        self == other || self.site().is_some() && self.site() == other.site()
    }

    /// Whether a user's name for a router means this one: for a hub, regardless of the route table.
    pub fn is_named_by(self, named: Self) -> bool {
        match (self, named) {
            (Self::Hub(own, _), Self::Hub(hub, _)) => own == hub,
            (Self::EdgePastGlobalReach(own), Self::Edge(site)) => own == site,
            _ => self == named,
        }
    }

    /// The end from which forwarded packets cross peerings.
    pub(in crate::engine) const fn end(self) -> PeeringEnd {
        match self {
            Self::Device(Device::InSubnet { subnet, .. }) => PeeringEnd::Subnet(subnet),
            _ => PeeringEnd::Gateway,
        }
    }

    /// The place where next hops of its routes are resolved; `None` for the edge of a site.
    pub const fn at(self) -> Option<At> {
        match self {
            Self::Gateway(network) | Self::Device(Device::InSubnet { network, .. }) => {
                Some(At::Network(network))
            }
            Self::MicrosoftEdge(edge) => Some(edge.from),
            Self::Hub(hub, _) | Self::Device(Device::InHub { hub, .. }) => Some(At::Hub(hub)),
            Self::Edge(_) | Self::EdgePastGlobalReach(_) => None,
        }
    }

    /// The virtual network that contains it, if there is one.
    pub const fn network(self) -> Option<VirtualNetworkId> {
        match self.at() {
            Some(At::Network(network)) => Some(network),
            _ => None,
        }
    }

    /// Its name: `amsterdam`, `hub/GatewaySubnet`, `hub/fw`; empty if it belongs to another network.
    pub fn name(self, network: &Network) -> String {
        match self {
            Self::Edge(id) | Self::EdgePastGlobalReach(id) => {
                network.site(id).map(|site| site.name.clone()).unwrap_or_default()
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

/// An appliance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Device {
    /// In a subnet: one that the network file describes, or an Azure Firewall, which is identified by its subnet.
    InSubnet {
        /// The virtual network that contains it.
        network: VirtualNetworkId,
        /// Its subnet.
        subnet: SubnetId,
        /// Its index among the network's appliances; `None` for an Azure Firewall that the file does not list.
        appliance: Option<ApplianceId>,
    },
    /// A firewall of a virtual hub, named by its routing intent.
    InHub {
        /// The hub.
        hub: VirtualHubId,
        /// Which of its firewalls.
        firewall: HubFirewallId,
    },
}

impl Device {
    /// Returns the appliance at an address that is the next hop of a route in `from`: in that virtual network or a
    /// directly peered one (Microsoft, *Virtual network traffic routing*: a next hop must be reachable without a
    /// gateway). `None` where the file does not describe the address.
    pub(in crate::engine) fn at(network: &Network, from: VirtualNetworkId, address: IpAddr) -> Option<Self> {
        let own = network.virtual_network(from)?;
        let peered = own.peerings.iter().map(|peering| peering.virtual_network);
        std::iter::once(from).chain(peered).find_map(|id| Self::inside(network, id, address))
    }

    fn inside(network: &Network, id: VirtualNetworkId, address: IpAddr) -> Option<Self> {
        let own = network.virtual_network(id)?;
        let holds = |subnet: &Subnet| subnet.prefixes.iter().any(|prefix| prefix.value.contains(address));
        let (subnet, settings) = (0..).map(SubnetId).zip(&own.subnets).find(|(_, subnet)| holds(subnet))?;
        let has = |appliance: &Appliance| appliance.addresses.iter().any(|one| one.value == address);
        let listed = (0..).map(ApplianceId).zip(&own.appliances).find(|(_, appliance)| has(appliance));
        // An unlisted Azure Firewall has the first address that Azure assigns in its subnet.
        let in_subnet = |appliance: &Appliance| {
            appliance
                .addresses
                .iter()
                .any(|one| settings.prefixes.iter().any(|own| own.value.contains(one.value)))
        };
        let mut of_subnet = (0..).map(ApplianceId).zip(&own.appliances).filter(|(_, one)| in_subnet(one));
        let appliance = listed.map(|(appliance, _)| appliance);
        let unlisted =
            settings.is_for_firewalls() && of_subnet.next().is_none() && is_first_usable(settings, address);
        (appliance.is_some() || unlisted).then_some(Self::InSubnet { network: id, subnet, appliance })
    }

    /// An appliance that the file lists.
    pub(in crate::engine) fn listed(
        network: &Network,
        id: VirtualNetworkId,
        appliance: ApplianceId,
    ) -> Option<Self> {
        let own = network.virtual_network(id)?.appliances.get(appliance.index())?;
        Self::inside(network, id, own.addresses.first()?.value)
    }

    /// Returns the appliance at an address that is the next hop of a hub's route: in a virtual network connected to
    /// the hub.
    pub(in crate::engine) fn at_hub(network: &Network, hub: VirtualHubId, address: IpAddr) -> Option<Self> {
        let connections = &network.virtual_hub(hub)?.connections;
        connections.iter().find_map(|own| Self::inside(network, own.virtual_network, address))
    }

    fn settings(self, network: &Network) -> Option<&Appliance> {
        let Self::InSubnet { network: id, appliance, .. } = self else { return None };
        network.virtual_network(id)?.appliances.get(appliance?.index())
    }

    /// Its subnet, if it is in one.
    pub(in crate::engine) fn subnet(self, network: &Network) -> Option<&Subnet> {
        let Self::InSubnet { network: id, subnet, .. } = self else { return None };
        network.virtual_network(id)?.subnets.get(subnet.index())
    }

    /// Its name: `hub/fw`, or that of its subnet, `hub/AzureFirewallSubnet`; empty if it belongs to another network.
    pub fn name(self, network: &Network) -> String {
        let (place, name) = match self {
            Self::InSubnet { network: id, .. } => {
                let Some(own) = network.virtual_network(id) else { return String::new() };
                let subnet = || self.subnet(network).map_or("", |subnet| &subnet.name);
                (&own.name, self.settings(network).map_or_else(subnet, |appliance| &appliance.name))
            }
            Self::InHub { hub, firewall } => {
                let Some(own) = network.virtual_hub(hub) else { return String::new() };
                (&own.name, own.firewalls.get(firewall.index()).map_or("", |firewall| &firewall.value))
            }
        };
        format!("{place}/{name}")
    }

    /// Whether it drops packets of sessions whose start it did not see; `None` where the file does not say. An Azure
    /// Firewall does (Microsoft, *Azure Firewall features*).
    pub fn is_stateful(self, network: &Network) -> Option<bool> {
        if matches!(self, Self::InHub { .. }) || self.subnet(network)?.is_for_firewalls() {
            return Some(true);
        }
        self.settings(network)?.stateful
    }
}

/// Whether an address is the first that Azure assigns in one of the prefixes of a subnet. Azure reserves the four
/// before it (Microsoft, *Virtual Network FAQ*).
fn is_first_usable(subnet: &Subnet, address: IpAddr) -> bool {
    let first = |prefix: &Spanned<IpPrefix>| first_usable(prefix.value);
    subnet.prefixes.iter().any(|prefix| first(prefix) == Some(address))
}

fn first_usable(prefix: IpPrefix) -> Option<IpAddr> {
    match prefix.first() {
        IpAddr::V4(first) => first.to_bits().checked_add(4).map(|bits| IpAddr::V4(bits.into())),
        IpAddr::V6(first) => first.to_bits().checked_add(4).map(|bits| IpAddr::V6(bits.into())),
    }
}

/// Destinations for which an Azure Firewall preserves the source of packets by default (Microsoft, *Azure Firewall
/// SNAT private IP address ranges*). For IPv6, this cannot be configured (*dual-stack Azure Firewall*).
const PRIVATE: [(Ipv4Addr, u8); 4] = [
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
];
const PRIVATE6: (Ipv6Addr, u8) = (Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0), 7);

/// Stands for "no private ranges" in the list of an Azure Firewall.
const ALWAYS: (Ipv4Addr, u8) = (Ipv4Addr::BROADCAST, 32);

impl Device {
    /// Returns the destinations for which it preserves the source of packets. For all others it translates the source
    /// to an address of its own subnet. `None` where it preserves every source, as far as the file says.
    pub(in crate::engine) fn kept_sources(self, network: &Network) -> Option<Vec<IpPrefix>> {
        let v4 = |(address, length): (Ipv4Addr, u8)| Prefix::new(address, length).ok().map(IpPrefix::V4);
        if matches!(self, Self::InHub { .. }) {
            return Some(PRIVATE.into_iter().filter_map(v4).collect());
        }
        let subnet = self.subnet(network)?;
        let written = self.settings(network).and_then(|appliance| appliance.snat_private_ranges.as_ref());
        let written = written.map(|ranges| ranges.iter().map(|range| range.value).collect::<Vec<_>>());
        if !subnet.is_for_firewalls() {
            return written;
        }
        let mut all: Vec<IpPrefix> = match written {
            Some(ranges) if ranges.iter().any(|range| Some(*range) == v4(ALWAYS)) => Vec::new(),
            Some(ranges) => ranges.into_iter().filter(|range| range.family() == Family::V4).collect(),
            None => PRIVATE.into_iter().filter_map(v4).collect(),
        };
        let (address, length) = PRIVATE6;
        all.extend(Prefix::new(address, length).ok().map(IpPrefix::V6));
        Some(all)
    }
}

/// A router after the first one that a packet passes, with its decision.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Hop {
    /// The router.
    pub router: Router,
    /// Whether it translates the source of packets to an address of its own, to which replies return.
    pub translates: bool,
    /// Its own decision. The carriers are among its own sessions: an edge's, or those of its virtual network's
    /// gateways.
    pub decision: Decision,
}

impl Hop {
    /// Whether a router's decision sends packets to where its translated source matters: to a site, a virtual machine
    /// or another router. Packets to the internet or to Microsoft's services have a public source in any case.
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

    /// The appliance, if it is one.
    pub const fn device(&self) -> Option<Device> {
        match self.router {
            Router::Device(device) => Some(device),
            _ => None,
        }
    }

    /// The site, if it is the edge of one.
    pub const fn edge(&self) -> Option<SiteId> {
        match self.router {
            Router::Edge(site) => Some(site),
            _ => None,
        }
    }
}
