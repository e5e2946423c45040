//! Routers past the first one: edges of other sites, and places inside Azure, that decide again, each by a table of its own.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::addr::{Family, IpPrefix, Prefix};
use crate::diag::Spanned;
use crate::network::{
    Appliance, ApplianceId, CircuitId, HubFirewallId, HubTableId, Network, PeeringEnd, SiteId, Subnet,
    SubnetId, VirtualHubId, VirtualNetworkId,
};

use super::Decision;

/// What the gateway's router is called: the effective routes of this subnet decide about what comes in over it.
const GATEWAY_SUBNET: &str = "GatewaySubnet";

/// A place that forwards what reaches it by a table of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Router {
    /// The edge of another site, over the company's network.
    Edge(SiteId),
    /// The edge of another site, over ExpressRoute Global Reach, or one that such an edge hands packets to: past the crossing.
    EdgePastGlobalReach(SiteId),
    /// The gateway of a virtual network: what comes in over it follows the effective routes of its `GatewaySubnet`.
    Gateway(VirtualNetworkId),
    /// An appliance: what it sends on follows the effective routes of its own subnet.
    Device(Device),
    /// Microsoft's edge of circuits, where packets of a virtual network turn that are for another one.
    MicrosoftEdge(MicrosoftEdge),
    /// A virtual hub, by one of its route tables: that of the connection that packets come from, the Default table for all
    /// that comes from circuits, tunnels and other hubs.
    Hub(VirtualHubId, HubTableId),
}

/// Microsoft's edge, as what one gateway sends over its circuits meets it: it knows what gateways and sites announce there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MicrosoftEdge {
    /// What learned the route: the gateway of a virtual network, or a virtual hub.
    pub from: At,
    /// The circuits among which the flows are shared, ascending: at least one.
    pub circuits: [Option<CircuitId>; 4],
}

/// Whose routes a router's next hops are looked up by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum At {
    /// A virtual network.
    Network(VirtualNetworkId),
    /// A virtual hub.
    Hub(VirtualHubId),
}

impl MicrosoftEdge {
    /// Of circuits over which what a place learned leads.
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
    /// Every router past the first one that packets may pass: edges that other sites hand packets to, gateways (those without a route table of the user's own deliver
    /// directly and are no hop), the appliances that the file lists, and Azure Firewalls.
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

    /// Whether paths show it wherever packets pass it: a gateway that delivers whatever comes in they do not. One decides
    /// that has a route table of the user's own, announces summaries, has a peering over which nothing passes, or
    /// routes of a Route Server.
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

    /// Whether it is the edge of a site, over the company's network.
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

    /// Whether it decides by the same table as another one: an edge does, however packets come to it.
    pub(in crate::engine) fn is_at(self, other: Self) -> bool {
        self == other || self.site().is_some() && self.site() == other.site()
    }

    /// Whether it is the same as another one that is named: of a hub whichever table counts.
    pub fn is_named_by(self, named: Self) -> bool {
        match (self, named) {
            (Self::Hub(own, _), Self::Hub(hub, _)) => own == hub,
            (Self::EdgePastGlobalReach(own), Self::Edge(site)) => own == site,
            _ => self == named,
        }
    }

    /// The place from which what it sends on crosses peerings.
    pub(in crate::engine) const fn end(self) -> PeeringEnd {
        match self {
            Self::Device(Device::InSubnet { subnet, .. }) => PeeringEnd::Subnet(subnet),
            _ => PeeringEnd::Gateway,
        }
    }

    /// Where next hops of its routes are looked up; `None` for the edge of a site.
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

    /// The virtual network that it is in, where it is in one.
    pub const fn network(self) -> Option<VirtualNetworkId> {
        match self.at() {
            Some(At::Network(network)) => Some(network),
            _ => None,
        }
    }

    /// Its name: `amsterdam`, `hub/GatewaySubnet`, `hub/fw`; empty for one of another network.
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
    /// In a subnet: one that the network file describes, or an Azure Firewall, which its subnet tells.
    InSubnet {
        /// The virtual network that it is in.
        network: VirtualNetworkId,
        /// Its subnet.
        subnet: SubnetId,
        /// Which of the network's appliances it is; `None` for an Azure Firewall that the file does not list.
        appliance: Option<ApplianceId>,
    },
    /// The firewall of a virtual hub that its routing intent names.
    InHub {
        /// The hub.
        hub: VirtualHubId,
        /// Which of its firewalls.
        firewall: HubFirewallId,
    },
}

impl Device {
    /// The appliance at an address that is the next hop of a route in `from`: in that virtual network or one that is
    /// peered with it directly (Microsoft, *Virtual network traffic routing*: a next hop must be reachable without a
    /// gateway). `None` where the file does not say what is there.
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
        // An Azure Firewall that is not listed has the first address that Azure gives out in its subnet.
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

    /// The appliance at an address that is the next hop of a route of a hub: in a virtual network that is connected to it.
    pub(in crate::engine) fn at_hub(network: &Network, hub: VirtualHubId, address: IpAddr) -> Option<Self> {
        let connections = &network.virtual_hub(hub)?.connections;
        connections.iter().find_map(|own| Self::inside(network, own.virtual_network, address))
    }

    fn settings(self, network: &Network) -> Option<&Appliance> {
        let Self::InSubnet { network: id, appliance, .. } = self else { return None };
        network.virtual_network(id)?.appliances.get(appliance?.index())
    }

    /// Its subnet, where it is in one.
    pub(in crate::engine) fn subnet(self, network: &Network) -> Option<&Subnet> {
        let Self::InSubnet { network: id, subnet, .. } = self else { return None };
        network.virtual_network(id)?.subnets.get(subnet.index())
    }

    /// Its name: `hub/fw`, or its subnet's, `hub/AzureFirewallSubnet`; empty for one of another network.
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

    /// Whether it drops what belongs to no session that it saw from the start; `None` where the file does not say. An
    /// Azure Firewall does (Microsoft, *Azure Firewall features*).
    pub fn is_stateful(self, network: &Network) -> Option<bool> {
        if matches!(self, Self::InHub { .. }) || self.subnet(network)?.is_for_firewalls() {
            return Some(true);
        }
        self.settings(network)?.stateful
    }
}

/// Whether an address is the first that Azure gives out in one of the prefixes of a subnet: the four before are its own
/// (Microsoft, *Virtual Network FAQ*).
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

/// Destinations to which an Azure Firewall keeps the source of packets by default (Microsoft, *Azure Firewall SNAT private
/// IP address ranges*); of IPv6 nothing else can be configured (*dual-stack Azure Firewall*).
const PRIVATE: [(Ipv4Addr, u8); 4] = [
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
];
const PRIVATE6: (Ipv6Addr, u8) = (Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0), 7);

/// What stands for no private range at all in the list of an Azure Firewall.
const ALWAYS: (Ipv4Addr, u8) = (Ipv4Addr::BROADCAST, 32);

impl Device {
    /// The destinations to which it keeps the source of packets: to all others it puts in an address of its own subnet.
    /// `None` where it keeps every source, as far as the file says.
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

/// A router past the first one that a packet passes, with what it decides.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Hop {
    /// The router.
    pub router: Router,
    /// Whether it puts an address of its own into packets as their source, on a way that answers come back.
    pub translates: bool,
    /// Its own choice, of which the carriers are among its own sessions: an edge's, or those of its virtual network's
    /// gateways.
    pub decision: Decision,
}

impl Hop {
    /// Whether a router's decision sends packets on to where a source of its own counts: to a site, a virtual machine or
    /// another router. What leaves for the internet, or for Microsoft's services, has a public source in any case.
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

    /// The appliance, where it is one.
    pub const fn device(&self) -> Option<Device> {
        match self.router {
            Router::Device(device) => Some(device),
            _ => None,
        }
    }

    /// The site, where it is the edge of one.
    pub const fn edge(&self) -> Option<SiteId> {
        match self.router {
            Router::Edge(site) => Some(site),
            _ => None,
        }
    }
}
