//! Names of tags, endpoint sets, communities and products, as typed on the command line.

use crate::catalog::Catalog;
use crate::cli::error::{CliError, NamedError};

/// Returns the error for a name that is not in the catalog, with similar names.
pub(super) fn no_such_record(catalog: &Catalog, name: &str) -> CliError {
    CliError::NoSuchRecord { name: name.to_owned(), cloud: catalog.cloud(), near: near(catalog, name) }
}

/// Returns up to five names that contain the typed name or are contained in it.
fn near(catalog: &Catalog, name: &str) -> Vec<String> {
    let wanted = name.to_ascii_lowercase();
    let tags = catalog.tags().iter().map(|tag| tag.name.as_str());
    let communities =
        catalog.communities().iter().flat_map(|community| community.names.iter().map(String::as_str));
    tags.chain(communities)
        .filter(|known| {
            let known = known.to_ascii_lowercase();
            known.contains(&wanted) || wanted.contains(&known)
        })
        .take(5)
        .map(|known| format!("`{known}`"))
        .collect()
}

/// Returns the error for a text that names no product, with similar products.
pub(super) fn no_such_product(catalog: &Catalog, name: &str) -> CliError {
    let wanted = name.to_ascii_lowercase();
    let similar = |known: &str| {
        let known = known.to_ascii_lowercase();
        known.contains(&wanted) || wanted.contains(&known)
    };
    let near = catalog.products().filter(|product| product.names().any(similar));
    let near = near.take(5).map(|product| format!("`{}`", product.name)).collect();
    let remedy = "`peerpath catalog list products` lists them; write an address like 52.112.0.1, 2603:1061::/48 or teams.microsoft.com";
    NamedError::NoSuchProduct { name: name.to_owned(), cloud: catalog.cloud(), near, remedy }.into()
}
