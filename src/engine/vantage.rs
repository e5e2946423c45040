//! The vantage point from which a path is evaluated: a site's edge, or a subnet of a virtual network.

use std::net::IpAddr;

use crate::network::{Network, SiteId, SubnetId, Translated, VirtualNetworkId};

/// A point where packets start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Vantage {
    /// A site. Its edge decides about packets.
    Site(SiteId),
    /// A subnet of a virtual network. Azure decides about packets.
    Subnet(VirtualNetworkId, SubnetId),
}

impl Vantage {
    /// Lists every vantage point in the network's order: the sites, then the subnets of each virtual network.
    pub fn all(network: &Network) -> impl Iterator<Item = Self> {
        let sites = network.sites_with_ids().map(|(id, _)| Self::Site(id));
        let subnets = network
            .virtual_networks_with_ids()
            .flat_map(|(id, own)| (0..).zip(&own.subnets).map(move |(n, _)| Self::Subnet(id, SubnetId(n))));
        sites.chain(subnets)
    }

    /// Returns the vantage point with exactly this name: a site, or `VIRTUAL-NETWORK/SUBNET`.
    pub fn named(network: &Network, name: &str) -> Option<Self> {
        let site = network.site_named(name).map(|(id, _)| Self::Site(id));
        site.or_else(|| network.subnet_named(name).map(|(id, subnet, _)| Self::Subnet(id, subnet)))
    }

    /// Returns how a translator (NAT64) of the site forwards packets to an address; `None` if no translator handles the
    /// address, and for subnets.
    pub fn translated(self, network: &Network, address: IpAddr) -> Option<Translated> {
        match self {
            Self::Site(site) => network.translated(site, address),
            Self::Subnet(..) => None,
        }
    }

    /// Returns the name of the vantage point, such as `amsterdam` or `hub-weu/app`; empty for an id of another network.
    pub fn name(self, network: &Network) -> String {
        let name = match self {
            Self::Site(id) => network.site(id).map(|site| site.name.clone()),
            Self::Subnet(id, subnet) => network.virtual_network(id).and_then(|own| {
                let subnet = own.subnets.get(subnet.index())?;
                Some(format!("{}/{}", own.name, subnet.name))
            }),
        };
        name.unwrap_or_default()
    }
}
