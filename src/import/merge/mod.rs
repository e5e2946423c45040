//! Merges Azure's side from a plan or template into a network file that has everything else.
//!
//! ```text
//! plan or template ─import─▶ declared file ─┐
//!                       existing file ──────┴─merge according to `rules`─▶ prune ─▶ network file
//! ```
//!
//! The table has one rule for each key of the file. Resources are matched by name. A declared resource replaces the
//! properties that Azure defines. Parts that a plan or template never contains, such as sites, route maps, NAT pools
//! and tunnels, stay as in the file. Resources in the file that nothing declares also stay. Resources that were
//! declared before the change but not after it are removed, together with all references to them.

mod apply;
mod described;
mod prune;
mod rules;
mod stand_ins;
#[cfg(all(test, feature = "schema"))]
mod tests;

use crate::import::azure::{Finding, Imported};
use crate::network::file::{NetworkFile, UnsupportedEntry};

pub(super) use described::Described;
pub(super) use stand_ins::{has_table, mentions, sites, stand_ins};

/// Merges an import into a network file.
pub(super) fn lay(imported: &mut Imported, described: &Described, base: &NetworkFile) {
    // Taken out, so that a file that is not merged can never pass for a merged one. The import has just written this
    // text, so it parses.
    let Some(text) = imported.network.take() else { return };
    let Ok(mut declared) = serde_saphyr::from_str::<NetworkFile>(&text) else { return };
    let heading = text.lines().next().unwrap_or_default().to_owned();
    imported.findings.retain(|finding| !finding.is_of_customer());
    declared.unsupported = unsupported(imported, base);
    let mut described = described.clone();
    for finding in &imported.findings {
        if let Finding::FilterMissing { circuit, .. } = finding {
            described.add_missing_filter(circuit);
        }
    }
    let merged = merge(&declared, &described, base).and_then(|merged| serde_saphyr::to_string(&merged).ok());
    imported.network = merged.map(|text| format!("{heading}\n{text}"));
}

/// Merges the declared file into the existing file; `None` only if the table of rules does not fit the format.
fn merge(declared: &NetworkFile, described: &Described, base: &NetworkFile) -> Option<NetworkFile> {
    let (base, declared) = (serde_json::to_value(base).ok()?, serde_json::to_value(declared).ok()?);
    let mut merged = apply::merge(&rules::NETWORK, &base, &declared, described);
    prune::prune(&mut merged);
    serde_json::from_value(merged).ok()
}

/// Returns the unsupported entries that the import adds. A route filter in another subscription is not reported if the
/// file already contains the peering that uses it.
fn unsupported(imported: &Imported, base: &NetworkFile) -> Vec<UnsupportedEntry> {
    let in_file = |finding: &Finding| {
        matches!(finding, Finding::FilterMissing { circuit, .. }
        if base.circuits.iter().any(|known| {
            known.name.eq_ignore_ascii_case(circuit) && known.microsoft_peering.is_some()
        }))
    };
    let findings = imported.findings.iter().filter(|finding| !in_file(finding));
    findings.filter_map(Finding::entry).collect()
}
