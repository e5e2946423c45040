//! The products and lists of each guide.

use crate::catalog::{Catalog, Product, ProductPart, TenantRegion};

/// The id of the guide to Power Platform.
pub(super) const PLATFORM: &str = "power-platform";
/// The id of the guide to Microsoft 365.
const MICROSOFT_365: &str = "microsoft-365";

/// The id of the guide to resiliency.
pub(super) const RESILIENCY: &str = "expressroute-resiliency";

/// Returns the products of a guide, unless the user names others: those of Power Platform that the guide describes, or
/// those of Microsoft 365. Power BI is not among them, because its region is that of the tenant, which may be another.
pub fn default_products(guide: &str, catalog: &Catalog) -> Vec<&'static Product<'static>> {
    let ids: &[&str] = match guide {
        MICROSOFT_365 => &[
            "exchange-online",
            "sharepoint-online",
            "teams",
            "microsoft-365-common",
            "entra",
            "microsoft-365-management",
        ],
        _ => &[
            "power-platform",
            "power-apps",
            "power-automate",
            "power-pages",
            "copilot-studio",
            "dataverse",
            "connectors",
        ],
    };
    ids.iter().filter_map(|id| catalog.product(id)).collect()
}

/// Returns the lists whose addresses the guide wants on the circuit: for Microsoft 365, the endpoint sets that are marked
/// for ExpressRoute.
pub(super) fn parts(
    guide: &str,
    catalog: &Catalog,
    product: &'static Product<'static>,
    region: Option<&TenantRegion>,
) -> Vec<ProductPart> {
    if guide != MICROSOFT_365 {
        return catalog.product_parts(product, region);
    }
    sets(catalog, product, true)
}

/// Returns the lists whose addresses never use ExpressRoute: static content, or the endpoint sets that are not marked for
/// ExpressRoute.
pub(super) fn never(guide: &str, catalog: &Catalog, region: Option<&TenantRegion>) -> Vec<ProductPart> {
    if guide == MICROSOFT_365 {
        let products = default_products(guide, catalog);
        let sets: Vec<ProductPart> =
            products.into_iter().flat_map(|product| sets(catalog, product, false)).collect();
        // Most of these sets have only names; their content is on Azure Front Door.
        if !sets.is_empty() {
            return sets;
        }
    }
    catalog
        .product("azure-front-door")
        .map_or_else(Vec::new, |product| catalog.product_parts(product, region))
}

/// Returns the endpoint sets of a product with this mark for ExpressRoute.
fn sets(catalog: &Catalog, product: &'static Product<'static>, express_route: bool) -> Vec<ProductPart> {
    let marked = |list: &str| {
        let mut all = catalog.endpoint_sets().iter();
        all.any(|set| set.express_route == express_route && list == format!("m365:{}", set.id))
    };
    let parts = catalog.product_parts(product, None).into_iter();
    parts.filter(|part| marked(&part.list)).collect()
}
