//! The files of the snapshot that are compiled into the program.

use super::Cloud;

/// The file of a feed, with its cloud, its path under `prefixes/` and its text.
pub(super) struct ShippedFeed {
    pub(super) cloud: Cloud,
    pub(super) path: &'static str,
    pub(super) text: &'static str,
}

/// Declares files under `prefixes/` by path.
macro_rules! shipped {
    ($($cloud:ident $path:literal,)*) => {
        &[$(ShippedFeed {
            cloud: Cloud::$cloud,
            path: $path,
            text: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/prefixes/", $path)),
        },)*]
    };
}

/// Every shipped feed.
pub(super) const FEEDS: &[ShippedFeed] = shipped! {
    Public "azure/public.txt",
    Public "m365/worldwide.txt",
    Public "m365/intune.txt",
    Public "communities/exported.txt",
    Government "azure/government.txt",
    Government "m365/usgovgcchigh.txt",
    Government "m365/usgovdod.txt",
    China "azure/china.txt",
    China "m365/china.txt",
};

/// The meanings of the documented communities.
pub(super) const MEANINGS: &str =
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/prefixes/communities/documented.txt"));

/// Geopolitical regions and peering locations.
pub(super) const GEOGRAPHY: &str =
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/prefixes/regions/geopolitical.txt"));

/// The Azure regions of Power Platform environments.
pub(super) const POWER_PLATFORM: &str =
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/prefixes/regions/power-platform.txt"));

/// The path of the products under `prefixes/`.
pub(super) const PRODUCTS_PATH: &str = "products/products.txt";

/// The products, with their host names, addresses and documented support.
pub(super) const PRODUCTS: &str =
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/prefixes/products/products.txt"));
