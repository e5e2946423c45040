//! The responder to a packet: the owner of its destination.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::addr::{Address, IpPrefix, Partition};
use crate::diag::Spanned;
use crate::engine::vantage::Vantage;
use crate::network::{Network, PeeringEnd, ServiceEndpoint, SiteId, Subnet, SubnetId, VirtualNetworkId};

/// The owner of an address, as seen from a vantage point. Responders to a site are in virtual networks. Responders to a
/// subnet are at sites or in virtual networks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Responder {
    /// A site.
    Site(SiteId),
    /// A virtual network, and the subnet whose routes apply to the reply: the first subnet with the same route table
    /// and service endpoints. `None` for address space without a declared subnet.
    VirtualNetwork(VirtualNetworkId, Option<SubnetId>),
    /// A private endpoint in a virtual network. User routes do not apply to its replies (Microsoft, *network policies
    /// for private endpoints*).
    PrivateEndpoint(VirtualNetworkId),
}

impl Responder {
    /// Returns the responder at one address. This is the slow counterpart of [`Responders`].
    pub fn of(network: &Network, vantage: Vantage, address: IpAddr) -> Option<Self> {
        match vantage {
            Vantage::Site(_) => Self::of_virtual_network(network, address),
            Vantage::Subnet(..) => {
                let all = sites(network).filter(|(prefix, _)| prefix.contains(address));
                let site = all.max_by_key(|(prefix, _)| prefix.length()).map(|(_, id)| Self::Site(id));
                site.or_else(|| Self::of_virtual_network(network, address))
            }
        }
    }

    fn of_virtual_network(network: &Network, address: IpAddr) -> Option<Self> {
        let holding = virtual_networks(network).filter(|(prefix, _)| prefix.contains(address));
        holding.max_by_key(|(prefix, _)| prefix.length()).map(|(_, end)| end)
    }

    /// Returns the responder at every address of a family. If several sites contain an address, the longest prefix
    /// counts.
    pub(crate) fn everywhere<A: Address>(network: &Network, vantage: Vantage) -> Partition<A, Option<Self>> {
        let of = IpPrefix::of_family;
        let all = virtual_networks(network);
        let all = Partition::from_lpm(all.filter_map(|(prefix, end)| Some((of(prefix)?, Some(end)))), None);
        match vantage {
            Vantage::Site(_) => all,
            Vantage::Subnet(..) => {
                let own = sites(network).filter_map(|(prefix, id)| Some((of(prefix)?, Some(Self::Site(id)))));
                all.zip_with(&Partition::from_lpm(own, None), |behind, own| own.or(*behind))
            }
        }
    }
}

/// Returns the prefixes of sites. No two prefixes are equal.
fn sites(network: &Network) -> impl Iterator<Item = (IpPrefix, SiteId)> {
    network.sites_with_ids().flat_map(|(id, site)| site.prefixes.iter().map(move |prefix| (prefix.value, id)))
}

/// Returns whether two subnets of one virtual network have the same routes. `joined` returns the peerings that connect
/// a subnet, if any peering connects only some subnets.
fn alike(one: &Subnet, other: &Subnet, joined: impl Fn(&Subnet) -> Option<Vec<bool>>) -> bool {
    let table = |subnet: &Subnet| subnet.route_table.map(|table| table.value);
    let tag = |endpoint: &Spanned<ServiceEndpoint>| endpoint.value.tag.clone();
    let tags = |subnet: &Subnet| subnet.service_endpoints.iter().map(tag).collect::<Vec<_>>();
    let shut_in = one.no_way_out().is_some() == other.no_way_out().is_some();
    // A gateway may not receive the routes that a Route Server learned.
    let gateways = one.is_for_gateways() == other.is_for_gateways();
    shut_in
        && gateways
        && table(one) == table(other)
        && tags(one) == tags(other)
        && joined(one) == joined(other)
}

/// Returns the prefixes of virtual networks and of their subnets and endpoints. If prefixes are equal, the wider owner
/// comes first. Virtual networks do not overlap each other, and subnets do not overlap each other.
fn virtual_networks(network: &Network) -> impl Iterator<Item = (IpPrefix, Responder)> {
    network.virtual_networks_with_ids().flat_map(move |(id, own)| {
        let space =
            own.prefixes.iter().map(move |prefix| (prefix.value, Responder::VirtualNetwork(id, None)));
        let partial = network.has_partial_peering(id);
        let subnets = own.subnets.iter().flat_map(move |settings| {
            let joined = |subnet: &Subnet| {
                let index =
                    own.subnets.iter().position(|other| std::ptr::eq(other, subnet)).filter(|_| partial)?;
                let end = PeeringEnd::Subnet(SubnetId(u32::try_from(index).ok()?));
                Some(own.peerings.iter().map(|peering| network.is_joined(id, end, peering)).collect())
            };
            let first =
                (0..).map(SubnetId).zip(&own.subnets).find(|(_, other)| alike(settings, other, joined));
            let end = Responder::VirtualNetwork(id, first.map(|(subnet, _)| subnet));
            settings.prefixes.iter().map(move |prefix| (prefix.value, end))
        });
        let endpoints = own.subnets.iter().flat_map(|subnet| &subnet.private_endpoints);
        let endpoints = endpoints
            .map(move |endpoint| (IpPrefix::host(endpoint.address.value), Responder::PrivateEndpoint(id)));
        space.chain(subnets).chain(endpoints)
    })
}

/// The responder at each address of both families, as seen from a vantage point.
#[derive(Clone, Debug)]
pub struct Responders {
    v4: Partition<Ipv4Addr, Option<Responder>>,
    v6: Partition<Ipv6Addr, Option<Responder>>,
}

impl Responders {
    /// Computes the responder at every address.
    ///
    /// # Complexity
    ///
    /// `O(n log n)` in the number of prefixes of virtual networks and subnets; from a subnet, also the product of the
    /// numbers of sites and of their prefixes.
    pub fn of(network: &Network, vantage: Vantage) -> Self {
        Self { v4: Responder::everywhere(network, vantage), v6: Responder::everywhere(network, vantage) }
    }

    /// Returns the responder at every address of a family.
    pub(crate) fn of_family<A: Address>(&self) -> &Partition<A, Option<Responder>> {
        Partition::of_family(&self.v4, &self.v6)
    }

    /// Returns the responder at an address.
    pub fn get(&self, address: IpAddr) -> Option<Responder> {
        match address {
            IpAddr::V4(address) => *self.v4.get(address),
            IpAddr::V6(address) => *self.v6.get(address),
        }
    }
}
