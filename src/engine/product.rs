//! What is known about a product: its addresses and documented support.

use std::net::IpAddr;

use crate::catalog::{Catalog, Lookup, Product, ProductPart, TenantRegion};
use crate::engine::support::{
    GENERAL, Support, SupportNote, SupportVerdict, combine, service_name, set_note,
};

/// The addresses and the documented support of a product.
#[derive(Clone, Debug)]
pub struct ProductFacts {
    /// The product.
    pub product: &'static Product<'static>,
    /// Its addresses by list.
    pub parts: Vec<ProductPart>,
    /// The statements about the product and its endpoint sets.
    pub support: Support,
}

/// Returns what is known about a product. With a region, regional lists count with that region only.
///
/// # Complexity
///
/// Linear in the number of tags and in the product's prefixes.
pub fn product_facts(
    catalog: &Catalog,
    product: &'static Product<'static>,
    region: Option<&TenantRegion>,
) -> ProductFacts {
    let of_sets = catalog.endpoint_sets().iter().enumerate();
    let of_sets =
        of_sets.filter(|(at, _)| catalog.product_of_set(*at).is_some_and(|own| own.id == product.id));
    let of_sets = of_sets.map(|(_, set)| set_note(set, None));
    let statements =
        product.support.iter().map(|statement| SupportNote::of_statement(statement, product.id.to_owned()));
    let notes: Vec<SupportNote> = statements.chain(of_sets).collect();
    let verdict = combine(&notes).unwrap_or(SupportVerdict::NotStated);
    let parts = catalog.product_parts(product, region);
    ProductFacts { product, parts, support: Support { verdict, notes } }
}

/// Returns the products to which an address belongs, given its entries in the catalog: the owners of its endpoint sets
/// and service tags, in the order of the entries. Several products may share an address. Azure as a whole counts only
/// if no service contains the address.
pub fn products_of(lookup: &Lookup<'_>) -> Vec<&'static Product<'static>> {
    let mut found: Vec<&'static Product<'static>> = Vec::new();
    let specific = lookup.tags.iter().filter(|entry| !entry.tag.name.starts_with(GENERAL));
    let sets = lookup.endpoint_sets.iter().filter_map(|entry| entry.product);
    for product in sets.chain(specific.filter_map(|entry| entry.product)) {
        if !found.iter().any(|known| known.id == product.id) {
            found.push(product);
        }
    }
    if found.is_empty() && lookup.tags.iter().all(|entry| entry.tag.name.starts_with(GENERAL)) {
        found.extend(lookup.tags.iter().find_map(|entry| entry.product));
    }
    found
}

/// Returns the name of the products under which an address is counted; if it belongs to none, its
/// [service](service_name).
pub fn product_name(address: IpAddr, lookup: &Lookup<'_>) -> String {
    let names: Vec<&str> = products_of(lookup).iter().map(|product| product.name).collect();
    if names.is_empty() { service_name(address, lookup) } else { names.join("; ") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Cloud;

    #[test]
    fn an_address_is_counted_under_its_products() {
        let catalog = Catalog::shipped(Cloud::Public).unwrap();
        let first = |tag: &str| catalog.tag(tag).unwrap().prefixes.first().unwrap().first();
        for (address, name) in [
            (first("PowerPlatformInfra.WestEurope"), "Power Platform"),
            ("52.112.0.1".parse().unwrap(), "Microsoft Teams"),
            ("10.0.0.1".parse().unwrap(), "private address"),
            ("8.8.8.8".parse().unwrap(), "not Microsoft"),
            ("20.190.128.1".parse().unwrap(), "Microsoft Entra ID"),
            ("2603:1006:2000::1".parse().unwrap(), "Microsoft Entra ID"),
        ] {
            assert_eq!(product_name(address, &catalog.lookup(address)), name, "{address}");
        }
    }
}
