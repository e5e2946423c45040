//! The vantage point from which a path is evaluated: a site's edge, or a subnet of a virtual network.

use std::net::IpAddr;

use crate::addr::{Family, IpSet};
use crate::network::{Network, SiteId, SubnetId, Translated, VirtualNetworkId};

/// The address families of the packets of a vantage point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Families {
    /// Whether there are IPv4 packets.
    pub v4: bool,
    /// Whether there are IPv6 packets.
    pub v6: bool,
}

impl Families {
    /// Both families.
    pub const BOTH: Self = Self { v4: true, v6: true };

    /// Returns the addresses of these families.
    #[must_use]
    pub fn of(self, addresses: &IpSet) -> IpSet {
        let all = IpSet::empty();
        IpSet {
            v4: if self.v4 { addresses.v4.clone() } else { all.v4 },
            v6: if self.v6 { addresses.v6.clone() } else { all.v6 },
        }
    }

    /// Returns the name of the family that is missing, if one is.
    pub const fn missing(self) -> Option<&'static str> {
        match (self.v4, self.v6) {
            (true, false) => Some("IPv6"),
            (false, true) => Some("IPv4"),
            _ => None,
        }
    }
}

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

    /// Returns the address families of packets that start here: those of the prefixes of the site or subnet. A vantage
    /// point without prefixes, whose addresses the file does not state, has both.
    pub fn families(self, network: &Network) -> Families {
        let prefixes = match self {
            Self::Site(id) => network.site(id).map(|site| &site.prefixes),
            Self::Subnet(id, subnet) => network
                .virtual_network(id)
                .and_then(|own| own.subnets.get(subnet.index()))
                .map(|subnet| &subnet.prefixes),
        };
        let has = |family: Family| {
            let all = || prefixes.into_iter().flatten();
            all().next().is_none() || all().any(|prefix| prefix.value.family() == family)
        };
        Families { v4: has(Family::V4), v6: has(Family::V6) }
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
