//! Proxies: a site's clients send packets for some destinations to another site, from which they continue.

use std::net::IpAddr;

use crate::addr::special::{block_of, blocks};
use crate::addr::{Family, IpPrefix, IpSet};
use crate::catalog::Catalog;
use crate::diag::Span;
use crate::network::{Network, Selector, SiteId};

/// The proxy of a site's clients: an HTTP proxy, or the concentrator of a VPN. It stands at another site. Its packets
/// are packets of that site, and the replies reach the client through it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Proxy {
    /// The site of the proxy.
    pub site: SiteId,
    /// The destinations for which clients use the proxy; `None` for all public addresses.
    pub destinations: Option<Vec<Selector>>,
    /// The destinations for which clients never use the proxy.
    pub except: Vec<Selector>,
    /// The path of packets to the proxy.
    pub over: ProxyPath,
    /// The position of the name of the proxy's site in the file.
    pub span: Span,
}

/// The path from a site's clients to their proxy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ProxyPath {
    /// The company's network: the links between sites. Without links in the file, every site can reach all others.
    #[default]
    Company,
    /// A tunnel over the internet, from the internet edge of the clients' site to that of the proxy's site.
    Internet,
}

impl ProxyPath {
    /// All paths.
    pub const ALL: [Self; 2] = [Self::Company, Self::Internet];

    /// Returns the word for the path in the network file.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Company => "wan",
            Self::Internet => "internet",
        }
    }
}

impl Proxy {
    /// Returns whether clients use the proxy for an address, by linear scans.
    pub fn serves(&self, network: &Network, catalog: &Catalog, address: IpAddr) -> bool {
        let any = |all: &[Selector]| all.iter().any(|selector| selector.contains(catalog, address));
        let chosen = match &self.destinations {
            Some(chosen) => any(chosen) && network.nat64_of(address).is_none(),
            None => block_of(address).is_none() && !network.own_prefixes().any(|own| own.contains(address)),
        };
        chosen && !any(&self.except)
    }

    /// Returns the addresses for which clients use the proxy.
    ///
    /// # Complexity
    ///
    /// `O(n log n)` in the selected prefixes.
    pub fn served(&self, network: &Network, catalog: &Catalog) -> IpSet {
        let of = |all: &[Selector]| {
            IpSet::from_prefixes(all.iter().flat_map(|selector| selector.prefixes(catalog)))
        };
        let chosen = if let Some(chosen) = &self.destinations {
            // A translator decides about the addresses in its prefix, and the proxy about the embedded addresses.
            of(chosen).difference(&IpSet::from_prefixes(network.nat64_prefixes()))
        } else {
            let special = blocks().iter().map(|block| block.prefix);
            IpSet::all().difference(&IpSet::from_prefixes(network.own_prefixes().chain(special)))
        };
        chosen.difference(&of(&self.except))
    }
}

impl Network {
    /// Returns the proxy of a site's clients for an address, by linear scans; `None` if they use none.
    pub fn proxy_for(&self, catalog: &Catalog, site: SiteId, address: IpAddr) -> Option<&Proxy> {
        self.site(site)?.proxy.as_ref().filter(|proxy| proxy.serves(self, catalog, address))
    }

    /// Returns the sites of the proxies that packets from a site's clients may pass, in order: the site of their own
    /// proxy, and if that site's clients have a proxy as well, the site of that one, and so on.
    pub fn proxies_of(&self, site: SiteId) -> Vec<SiteId> {
        let mut all: Vec<SiteId> = Vec::new();
        let mut next = Some(site);
        while let Some(proxy) = next.and_then(|id| self.site(id)?.proxy.as_ref()) {
            // A valid network has no loop.
            if all.contains(&proxy.site) {
                break;
            }
            all.push(proxy.site);
            next = Some(proxy.site);
        }
        all
    }

    /// Returns the source address of packets that a proxy at a site sends: the first address of the site's first prefix
    /// of the family, which represents all of them. `None` if the site has no prefix of the family.
    pub fn proxy_address(&self, site: SiteId, family: Family) -> Option<IpAddr> {
        let prefixes = &self.site(site)?.prefixes;
        prefixes.iter().find(|prefix| prefix.value.family() == family).map(|prefix| prefix.value.first())
    }

    /// Returns the prefixes of the company's sites, virtual networks, virtual hubs and translators.
    fn own_prefixes(&self) -> impl Iterator<Item = IpPrefix> {
        let sites = self.sites.iter().flat_map(|site| &site.prefixes);
        let networks = self.virtual_networks.iter().flat_map(|own| &own.prefixes);
        let hubs = self.virtual_hubs.iter().map(|hub| &hub.prefix);
        let prefixes = sites.chain(networks).chain(hubs).map(|prefix| prefix.value);
        prefixes.chain(self.nat64_prefixes())
    }

    fn nat64_prefixes(&self) -> impl Iterator<Item = IpPrefix> {
        self.nat64.iter().map(|entry| IpPrefix::V6(entry.prefix))
    }
}
