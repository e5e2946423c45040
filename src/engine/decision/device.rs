//! Appliances and firewalls.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::addr::{Family, IpPrefix, Prefix};
use crate::diag::Spanned;
use crate::network::{
    Appliance, ApplianceId, DenyRule, HubFirewallId, Network, Subnet, SubnetId, VirtualHubId,
    VirtualNetworkId,
};

/// An appliance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Device {
    /// An appliance in a subnet: one that the network file describes, or an Azure Firewall, identified by its subnet.
    InSubnet {
        /// The virtual network that contains the appliance.
        network: VirtualNetworkId,
        /// The appliance's subnet.
        subnet: SubnetId,
        /// The appliance's index in its virtual network; `None` for an Azure Firewall that the file does not list.
        appliance: Option<ApplianceId>,
    },
    /// A firewall of a virtual hub, named in the hub's routing intent.
    InHub {
        /// The hub.
        hub: VirtualHubId,
        /// The firewall of the hub.
        firewall: HubFirewallId,
    },
}

impl Device {
    /// Returns the appliance at an address that is the next hop of a route in `from`. The appliance must be in that
    /// virtual network or in a directly peered one (Microsoft, *Virtual network traffic routing*: a next hop must be
    /// reachable without a gateway). `None` if the file does not describe the address.
    pub(in crate::engine) fn at(network: &Network, from: VirtualNetworkId, address: IpAddr) -> Option<Self> {
        let own = network.virtual_network(from)?;
        let peered = own.peerings.iter().map(|peering| peering.virtual_network);
        std::iter::once(from).chain(peered).find_map(|id| Self::inside(network, id, address))
    }

    /// Returns the appliance at an address in a virtual network.
    pub(super) fn inside(network: &Network, id: VirtualNetworkId, address: IpAddr) -> Option<Self> {
        let own = network.virtual_network(id)?;
        let holds = |subnet: &Subnet| subnet.prefixes.iter().any(|prefix| prefix.value.contains(address));
        let (subnet, settings) = (0..).map(SubnetId).zip(&own.subnets).find(|(_, subnet)| holds(subnet))?;
        let has = |appliance: &Appliance| appliance.addresses.iter().any(|one| one.value == address);
        let listed = (0..).map(ApplianceId).zip(&own.appliances).find(|(_, appliance)| has(appliance));
        // An Azure Firewall that the file does not list has the first address that Azure assigns in its subnet.
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

    /// Creates the id of an appliance that the file lists.
    pub(in crate::engine) fn listed(
        network: &Network,
        id: VirtualNetworkId,
        appliance: ApplianceId,
    ) -> Option<Self> {
        let own = network.virtual_network(id)?.appliances.get(appliance.index())?;
        Self::inside(network, id, own.addresses.first()?.value)
    }

    /// Returns the appliance at an address that is the next hop of a hub's route. The appliance must be in a virtual
    /// network connected to the hub.
    pub(in crate::engine) fn at_hub(network: &Network, hub: VirtualHubId, address: IpAddr) -> Option<Self> {
        let connections = &network.virtual_hub(hub)?.connections;
        connections.iter().find_map(|own| Self::inside(network, own.virtual_network, address))
    }

    /// Returns the rules with which the appliance denies packets.
    pub fn deny_rules(self, network: &Network) -> &[DenyRule] {
        match self {
            Self::InHub { hub, .. } => network.virtual_hub(hub).map(|hub| hub.routing_intent.deny.as_slice()),
            Self::InSubnet { .. } => self.settings(network).map(|appliance| appliance.deny.as_slice()),
        }
        .unwrap_or_default()
    }

    /// Returns whether the rules of the appliance apply to replies too. A stateful appliance lets the packets of known
    /// sessions pass.
    pub(in crate::engine) fn denies_replies(self, network: &Network) -> bool {
        self.settings(network).is_some_and(|appliance| appliance.stateful == Some(false))
            && !self.subnet(network).is_some_and(Subnet::is_for_firewalls)
    }

    fn settings(self, network: &Network) -> Option<&Appliance> {
        let Self::InSubnet { network: id, appliance, .. } = self else { return None };
        network.virtual_network(id)?.appliances.get(appliance?.index())
    }

    /// Returns the appliance's subnet; `None` for a firewall of a hub.
    pub(in crate::engine) fn subnet(self, network: &Network) -> Option<&Subnet> {
        let Self::InSubnet { network: id, subnet, .. } = self else { return None };
        network.virtual_network(id)?.subnets.get(subnet.index())
    }

    /// Returns the appliance's name: `hub/fw`, or the name of its subnet, `hub/AzureFirewallSubnet`; empty if it
    /// belongs to another network.
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

    /// Returns whether the appliance drops packets of sessions whose start it did not see; `None` if the file does not
    /// state it. An Azure Firewall drops them (Microsoft, *Azure Firewall features*).
    pub fn is_stateful(self, network: &Network) -> Option<bool> {
        if matches!(self, Self::InHub { .. }) || self.subnet(network)?.is_for_firewalls() {
            return Some(true);
        }
        self.settings(network)?.stateful
    }
}

/// Returns whether an address is the first that Azure assigns in a prefix of a subnet. Azure reserves the four
/// addresses before it (Microsoft, *Virtual Network FAQ*).
fn is_first_usable(subnet: &Subnet, address: IpAddr) -> bool {
    let first = |prefix: &Spanned<IpPrefix>| first_usable(prefix.value);
    subnet.prefixes.iter().any(|prefix| first(prefix) == Some(address))
}

/// Returns the first address that Azure assigns in a prefix.
pub(super) fn first_usable(prefix: IpPrefix) -> Option<IpAddr> {
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

/// The entry in an Azure Firewall's list of private ranges that stands for "no private ranges".
const ALWAYS: (Ipv4Addr, u8) = (Ipv4Addr::BROADCAST, 32);

impl Device {
    /// Returns the destinations for which the appliance preserves the source address of packets. For all other
    /// destinations it translates the source to an address in its own subnet. `None` if it preserves every source
    /// according to the file.
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
