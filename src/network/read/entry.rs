//! Reads the text of a network file into a [`Network`].

use crate::catalog::{Catalog, Cloud};
use crate::diag::{Code, Diagnostic, Diagnostics, Source};
use crate::network::Network;
use crate::network::read::names::Names;
use crate::network::read::{NETWORK_FILE, convert};
use crate::yaml::tree;

/// Reads a network file. All mistakes are reported in one pass, in file order. If there is an error, no network is
/// returned. Warnings do not prevent this.
///
/// The catalog must be for the cloud that the file names ([`declared_cloud`]); any other catalog is an error.
///
/// # Complexity
///
/// `O(n log n)` in the length of the text. Names are looked up by a scan of the catalog's communities.
pub fn read(source: &Source, catalog: &Catalog) -> (Option<Network>, Diagnostics) {
    let (root, mut diagnostics) = tree::parse(source, &NETWORK_FILE);
    let network = match root {
        None if diagnostics.is_empty() => {
            let message = "the network file is empty";
            let help = "run `peerpath init` to write a file to start from";
            diagnostics.push(Diagnostic::error(Code::NETWORK_EMPTY, source, message).help(help));
            None
        }
        None => None,
        Some(root) => {
            let (network, found) = convert(&root, source, &Names::new(catalog));
            diagnostics.extend(found);
            network
        }
    };
    let network = network.filter(|_| !diagnostics.has_errors());
    tracing::debug!(
        sites = network.as_ref().map_or(0, |network| network.sites.len()),
        circuits = network.as_ref().map_or(0, |network| network.circuits.len()),
        diagnostics = diagnostics.iter().count(),
        "network file read"
    );
    (network, diagnostics.sorted())
}

/// Returns the cloud that a network file names, to load the catalog that [`read`] needs. `None` if it names no known
/// cloud; [`read`] then reports the mistake with any catalog.
pub fn declared_cloud(source: &Source) -> Option<Cloud> {
    let (root, _) = tree::parse(source, &NETWORK_FILE);
    match root?.get("cloud")?.kind {
        tree::Kind::Scalar { ref text, .. } => text.parse().ok(),
        _ => None,
    }
}

/// Returns the route files that the text of a network file may name, whether or not the text is valid: the values of
/// the keys `routes` and `learned`. It is for callers that must not overwrite these files before the network file is
/// parsed. The result may contain more paths than the network file actually names.
pub fn named_tables(text: &str) -> Vec<String> {
    let mut tables = Vec::new();
    for key in ["routes", "learned"] {
        for (at, _) in text.match_indices(key) {
            let rest = text.get(at + key.len()..).unwrap_or_default();
            let rest = rest.strip_prefix(['"', '\'']).unwrap_or(rest).trim_start();
            let Some(mut value) = rest.strip_prefix(':').map(str::trim_start) else { continue };
            // An anchor or a tag may precede the value.
            while let Some(mark) = value.strip_prefix(['&', '!']) {
                value = mark.split_once(char::is_whitespace).map_or("", |(_, value)| value.trim_start());
            }
            if let Some(quoted) = value.strip_prefix('"') {
                // JSON's escapes are valid in YAML double quotes too.
                let read = serde_json::Deserializer::from_str(value).into_iter::<String>().next();
                let plain = || quoted.split('"').next().unwrap_or_default().to_owned();
                tables.push(read.and_then(Result::ok).unwrap_or_else(plain));
            } else if let Some(quoted) = value.strip_prefix('\'') {
                tables.extend(quoted.split('\'').next().map(str::to_owned));
            } else {
                let line = value.lines().next().unwrap_or_default();
                // A comma, a brace or ` #` may end the value or be part of it.
                let ends = line.match_indices([',', '}', '#']).map(|(at, _)| at).chain([line.len()]);
                let pieces = ends.filter_map(|end| line.get(..end)).map(str::trim_end);
                tables.extend(pieces.take(8).filter(|piece| !piece.is_empty()).map(str::to_owned));
            }
        }
    }
    tables.sort_unstable();
    tables.dedup();
    tables
}
