//! Finds out whether an address that a catalog lacks belongs to another cloud. The result is used for a
//! remedy, not for routes.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::OnceLock;

use super::{Catalog, Cloud, Records, shipped, snapshot};
use crate::addr::{AddressSet, IpPrefix};

impl Catalog {
    /// Returns the other cloud whose shipped lists contain an address that this catalog lacks; `None` if this
    /// catalog contains the address or no cloud does.
    ///
    /// The other clouds' lists are read for the first such address, once per process, and kept as plain sets
    /// of addresses. A list that cannot be read counts as empty; [`super::verify_shipped`] reports such a
    /// list.
    ///
    /// # Complexity
    ///
    /// `O(log n)`; `O(n log n)` in the number of the other clouds' prefixes for the first address.
    pub fn other_cloud(&self, address: IpAddr) -> Option<Cloud> {
        if !self.lookup(address).is_empty() {
            return None;
        }
        let own = self.cloud();
        Cloud::ALL.into_iter().filter(|cloud| *cloud != own).find(|cloud| space(*cloud).contains(address))
    }
}

/// Returns the addresses of Microsoft 365's worldwide endpoint sets with ExpressRoute support, from the
/// shipped list. GCC tenants are served from these addresses, not from the addresses of the government cloud
/// (Microsoft, *Microsoft 365 U.S. Government endpoints*).
///
/// # Complexity
///
/// Linear in the list at the first call, constant afterwards.
pub fn gcc_prefixes() -> &'static [IpPrefix] {
    static PREFIXES: OnceLock<Vec<IpPrefix>> = OnceLock::new();
    PREFIXES.get_or_init(|| {
        let feeds = shipped::FEEDS.iter().filter(|feed| feed.cloud == Cloud::Public);
        let sets = feeds.filter_map(|feed| match snapshot::read(feed.text).ok()?.records {
            Records::Endpoints(sets) => Some(sets),
            Records::ServiceTags(_) | Records::Communities(_) => None,
        });
        let supported = sets.flatten().filter(|set| set.express_route);
        let mut prefixes: Vec<IpPrefix> = supported.flat_map(|set| set.prefixes).collect();
        prefixes.sort_unstable();
        prefixes.dedup();
        prefixes
    })
}

/// The addresses in a cloud's shipped lists.
struct CloudSpace {
    v4: AddressSet<Ipv4Addr>,
    v6: AddressSet<Ipv6Addr>,
}

impl CloudSpace {
    fn contains(&self, address: IpAddr) -> bool {
        match address {
            IpAddr::V4(address) => self.v4.contains(address),
            IpAddr::V6(address) => self.v6.contains(address),
        }
    }
}

/// Returns a cloud's shipped addresses, which are read on first use.
fn space(cloud: Cloud) -> &'static CloudSpace {
    static PUBLIC: OnceLock<CloudSpace> = OnceLock::new();
    static GOVERNMENT: OnceLock<CloudSpace> = OnceLock::new();
    static CHINA: OnceLock<CloudSpace> = OnceLock::new();
    let space = match cloud {
        Cloud::Public => &PUBLIC,
        Cloud::Government => &GOVERNMENT,
        Cloud::China => &CHINA,
    };
    space.get_or_init(|| read(cloud))
}

fn read(cloud: Cloud) -> CloudSpace {
    let (mut v4, mut v6) = (Vec::new(), Vec::new());
    let feeds = shipped::FEEDS.iter().filter(|feed| feed.cloud == cloud);
    for feed in feeds.filter_map(|feed| snapshot::read(feed.text).ok()) {
        let prefixes: Vec<IpPrefix> = match feed.records {
            Records::ServiceTags(tags) => tags.into_iter().flat_map(|tag| tag.prefixes).collect(),
            Records::Endpoints(sets) => sets.into_iter().flat_map(|set| set.prefixes).collect(),
            Records::Communities(entries) => entries.into_iter().flat_map(|entry| entry.prefixes).collect(),
        };
        for prefix in prefixes {
            match prefix {
                IpPrefix::V4(prefix) => v4.push(prefix),
                IpPrefix::V6(prefix) => v6.push(prefix),
            }
        }
    }
    tracing::debug!(%cloud, ipv4_prefixes = v4.len(), ipv6_prefixes = v6.len(), "addresses of another cloud read");
    CloudSpace { v4: AddressSet::from_prefixes(v4), v6: AddressSet::from_prefixes(v6) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_another_cloud_is_told() {
        // Entra ID, Microsoft 365 for the DoD, China East, and addresses that belong to no cloud.
        let cases: [(&str, Option<Cloud>); 8] = [
            ("20.190.128.1", Some(Cloud::Public)),
            ("2603:1006:2000::1", Some(Cloud::Public)),
            ("52.126.248.144", Some(Cloud::Government)),
            ("2001:489a:3203::10c", Some(Cloud::Government)),
            ("40.72.175.176", Some(Cloud::China)),
            ("2404:7940:1:1::5e4", Some(Cloud::China)),
            ("192.0.2.1", None),
            ("2001:db8::1", None),
        ];
        for cloud in Cloud::ALL {
            let catalog = Catalog::shipped(cloud).unwrap();
            for (address, owner) in cases {
                let address: IpAddr = address.parse().unwrap();
                let expected = owner.filter(|owner| *owner != cloud);
                assert_eq!(catalog.other_cloud(address), expected, "{address} with {cloud}");
            }
        }
    }

    #[test]
    fn the_bare_sets_agree_with_whole_catalogs() {
        let catalogs = Cloud::ALL.map(|cloud| Catalog::shipped(cloud).unwrap());
        let tags = catalogs.iter().flat_map(Catalog::tags).flat_map(|tag| &tag.prefixes);
        let routes = catalogs.iter().flat_map(Catalog::all_routes).map(|route| &route.prefix);
        for prefix in tags.chain(routes).step_by(97) {
            let holders: Vec<Cloud> = catalogs
                .iter()
                .filter(|catalog| catalog.record(prefix.first()).is_some())
                .map(Catalog::cloud)
                .collect();
            for catalog in &catalogs {
                let own = holders.contains(&catalog.cloud());
                let expected = holders.first().copied().filter(|_| !own);
                assert_eq!(
                    catalog.other_cloud(prefix.first()),
                    expected,
                    "{prefix} with {}",
                    catalog.cloud()
                );
            }
        }
    }
}
