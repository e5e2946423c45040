//! From the text of a network file to a [`Network`].

use crate::catalog::{Catalog, Cloud};
use crate::diag::{Code, Diagnostic, Diagnostics, Source};
use crate::network::Network;
use crate::network::read::names::Names;
use crate::network::read::{NETWORK_FILE, convert};
use crate::yaml::tree;

/// Reads a network file. All that is wrong is told at once, by place in the file; with an error there
/// is no network, with warnings alone there is one.
///
/// The catalog is that of the cloud the file names ([`declared_cloud`]); another is an error.
///
/// # Complexity
///
/// `O(n log n)` in the length of the text; names are looked up by scanning the catalog's communities.
pub fn read(source: &Source, catalog: &Catalog) -> (Option<Network>, Diagnostics) {
    let (root, mut diagnostics) = tree::parse(source, &NETWORK_FILE);
    let network = match root {
        None if diagnostics.is_empty() => {
            let message = "the network file is empty";
            let help = "`peerpath init` writes one to start from";
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

/// The cloud that a network file names, to load the catalog that [`read`] needs. `None` where it names
/// none that is known; [`read`] then says what is wrong, with any catalog.
pub fn declared_cloud(source: &Source) -> Option<Cloud> {
    let (root, _) = tree::parse(source, &NETWORK_FILE);
    match root?.get("cloud")?.kind {
        tree::Kind::Scalar { ref text, .. } => text.parse().ok(),
        _ => None,
    }
}

/// The files of routes that the text of a network file may name, valid or not: what stands behind the keys `routes` and
/// `learned`. For whoever must not touch them before the file is understood; more may be told than is named.
pub fn named_tables(text: &str) -> Vec<String> {
    let mut tables = Vec::new();
    for key in ["routes", "learned"] {
        for (at, _) in text.match_indices(key) {
            let rest = text.get(at + key.len()..).unwrap_or_default();
            let rest = rest.strip_prefix(['"', '\'']).unwrap_or(rest).trim_start();
            let Some(mut value) = rest.strip_prefix(':').map(str::trim_start) else { continue };
            // An anchor or a tag may stand before the value.
            while let Some(mark) = value.strip_prefix(['&', '!']) {
                value = mark.split_once(char::is_whitespace).map_or("", |(_, value)| value.trim_start());
            }
            if let Some(quoted) = value.strip_prefix('"') {
                // In double quotes JSON's escapes are YAML's too.
                let read = serde_json::Deserializer::from_str(value).into_iter::<String>().next();
                let plain = || quoted.split('"').next().unwrap_or_default().to_owned();
                tables.push(read.and_then(Result::ok).unwrap_or_else(plain));
            } else if let Some(quoted) = value.strip_prefix('\'') {
                tables.extend(quoted.split('\'').next().map(str::to_owned));
            } else {
                let line = value.lines().next().unwrap_or_default();
                // A comma, a brace or ` #` may end it, or be a part of it.
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
