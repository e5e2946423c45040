//! Microsoft's lists: the shipped ones, with the user's in place of those of the same kind.

use std::path::{Path, PathBuf};

use crate::catalog::files::FileError;
use crate::catalog::{Catalog, Cloud};
use crate::cli::args::Global;
use crate::cli::error::CliError;
use crate::cli::inputs::opened;
use crate::cli::inputs::tables::is_beside;
use crate::diag::Source;
use crate::network;

/// The cloud that a network file names, else `--cloud`, else the public one.
pub(in crate::cli) fn cloud_of(global: &Global, source: &Source) -> Cloud {
    network::declared_cloud(source).or(global.cloud.map(Cloud::from)).unwrap_or_default()
}

/// The lists of a cloud: the shipped ones, with the user's in place of those of the same kind.
pub(in crate::cli) fn catalog(global: &Global, cloud: Cloud) -> Result<Catalog, CliError> {
    catalog_of(&global.catalog, cloud)
}

/// As [`catalog`], with the user's lists in these files.
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
        tracing::info!(tolerated, "irregularities in feeds were tolerated; `catalog import` lists them");
    }
    Ok(builder.build()?)
}

/// Whether messages may show text of a file that one of these names: it lies in the folder of one of them or of the
/// program, or below. Others may have been chosen by whoever wrote the naming file, to have them shown.
pub(in crate::cli) fn may_quote(named_by: &[&Path], file: &Path) -> bool {
    named_by.iter().any(|naming| is_beside(naming, file)) || is_beside(Path::new("-"), file)
}

/// A feed's error without any text of the feed.
pub(in crate::cli) fn without_text(error: CliError, path: &Path) -> CliError {
    match error {
        CliError::Feed(FileError::Import(_)) => CliError::Elsewhere {
            path: path.to_owned(),
            what: "it is no feed".to_owned(),
            command: "peerpath catalog import",
        },
        other => other,
    }
}
