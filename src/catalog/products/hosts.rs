//! The product that owns a host name. Names are compared, never resolved.

use super::{Document, Product, ProductTable};
use crate::catalog::{Catalog, Cloud};

/// A documented host name or pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostPattern<'t> {
    /// The name, or `*.` and the domain in which all names match. The domain itself does not match.
    pub pattern: &'t str,
    /// The service tags that contain the addresses of these names. `None`: the product's own tags and sets. Empty: no
    /// list is known to contain them.
    pub lists: Option<Vec<&'t str>>,
    /// The document.
    pub source: Document<'t>,
}

impl HostPattern<'_> {
    /// Returns how specific the pattern is: a full name ranks above any pattern, a longer pattern above a shorter one.
    pub fn rank(&self) -> (bool, usize) {
        crate::catalog::hosts::rank(self.pattern)
    }
}

/// The product that owns a host name, with its pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HostOwner<'a> {
    /// The product.
    pub product: &'a Product<'a>,
    /// The most specific pattern that matches the name.
    pub pattern: &'a HostPattern<'a>,
}

impl ProductTable<'_> {
    /// Returns the owner of a host name in a cloud: the product with the most specific pattern. Case is ignored.
    ///
    /// # Complexity
    ///
    /// Linear in the number of patterns, which is a few hundred.
    pub fn host_owner(&self, cloud: Cloud, host: &str) -> Option<HostOwner<'_>> {
        let host = host.to_ascii_lowercase();
        let of_cloud = self.products.iter().filter(|product| product.cloud == cloud);
        let all = of_cloud
            .flat_map(|product| product.hosts.iter().map(move |pattern| HostOwner { product, pattern }));
        all.filter(|owner| crate::catalog::hosts::matches(owner.pattern.pattern, &host))
            .max_by_key(|owner| owner.pattern.rank())
    }
}

impl Catalog {
    /// Returns the owner of a host name in this cloud.
    pub fn host_owner(&self, host: &str) -> Option<HostOwner<'static>> {
        self.product_table().host_owner(self.cloud(), host)
    }

    /// Returns the other cloud whose products own a host name more specifically than this cloud's products do:
    /// `contoso.crm9.dynamics.com` belongs to the government cloud, although `*.dynamics.com` is a pattern of the public
    /// cloud.
    pub fn other_cloud_of_host(&self, host: &str) -> Option<(Cloud, HostOwner<'static>)> {
        let own = self.host_owner(host).map(|owner| owner.pattern.rank());
        let others = Cloud::ALL.into_iter().filter(|cloud| *cloud != self.cloud());
        let found = others.filter_map(|cloud| Some((cloud, self.product_table().host_owner(cloud, host)?)));
        found
            .filter(|(_, owner)| own.is_none_or(|own| owner.pattern.rank() > own))
            .max_by_key(|(_, owner)| owner.pattern.rank())
    }
}
