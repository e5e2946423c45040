//! Names of tags, endpoint sets and communities, as typed on the command line.

use crate::catalog::Catalog;
use crate::cli::error::CliError;

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
