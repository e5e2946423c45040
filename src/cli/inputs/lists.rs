//! Loads Microsoft's lists: the shipped ones, each replaced by the user's list of the same kind if there is one.

use std::path::{Path, PathBuf};

use crate::catalog::files::FileError;
use crate::catalog::{Catalog, Cloud};
use crate::cli::args::Global;
use crate::cli::error::CliError;
use crate::cli::inputs::opened;
use crate::cli::inputs::tables::is_beside;
use crate::diag::Source;
use crate::network;

/// Returns the cloud of the network file, otherwise that of `--cloud`, otherwise public.
pub(in crate::cli) fn cloud_of(global: &Global, source: &Source) -> Cloud {
    network::declared_cloud(source).or(global.cloud.map(Cloud::from)).unwrap_or_default()
}

/// Loads the lists of a cloud: the shipped ones, each replaced by the list of the same kind in `--catalog`.
pub(in crate::cli) fn catalog(global: &Global, cloud: Cloud) -> Result<Catalog, CliError> {
    catalog_of(&global.catalog, cloud)
}

/// Like [`catalog`], with the user's lists from these files.
pub(in crate::cli) fn catalog_of(paths: &[PathBuf], cloud: Cloud) -> Result<Catalog, CliError> {
    if paths.is_empty() {
        return Ok(Catalog::shipped(cloud)?);
    }
    let mut builder = Catalog::builder(cloud);
    let mut tolerated = 0;
    for path in paths {
        for (feed, notes) in opened::feeds(path, cloud)? {
            tolerated += notes.total();
            builder = builder.add(feed);
        }
    }
    if tolerated > 0 {
        tracing::info!(tolerated, "tolerated irregularities in feeds; `catalog import` lists them");
    }
    Ok(builder.build()?)
}

/// Returns whether messages may quote a file that is named in one of the files `named_by`: only if it is in the folder of
/// such a file, in the current folder, or below. Otherwise the author of a network file could have any file shown.
pub(in crate::cli) fn may_quote(named_by: &[&Path], file: &Path) -> bool {
    named_by.iter().any(|naming| is_beside(naming, file)) || is_beside(Path::new("-"), file)
}

/// Removes the text of the feed from an error.
pub(in crate::cli) fn without_text(error: CliError, path: &Path) -> CliError {
    match error {
        CliError::Feed(FileError::Import(_)) => CliError::Elsewhere {
            path: path.to_owned(),
            what: "it is not a feed file".to_owned(),
            command: "peerpath catalog import",
        },
        other => other,
    }
}
