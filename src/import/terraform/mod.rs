//! Imports Terraform plans, as written by `terraform show -json PLAN` (formats 1.0 to 1.2): two networks, before and
//! after.
//!
//! ```text
//! plan ─document─▶ resources of each side ─convert─▶ resources of Azure ─▶ as an export ─▶ network file
//!                        configuration ─references─┘
//! ```
//!
//! Resources of provider azurerm are translated by the table in `azurerm_schema` to the form of an Azure export, and then
//! imported like one. A resource to be created has no id yet, so it gets the id that follows from its group and name;
//! references to it are resolved by the plan's configuration. A value that affects paths and is not in the plan is an
//! [`Unknown`]; it is never guessed.

mod address;
mod attributes;
mod azapi;
mod azurerm_schema;
mod convert;
mod document;
mod fields;
mod marked_types;
mod marked_value;
mod planned_ids;
mod references;
mod refusal;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

pub use refusal::PlanError;

use super::azure::{ImportOptions, InputKind};
use super::declared::Declared;
use super::unknown::{Assumptions, Ledger, Unknown, UnknownBecause};
use crate::catalog::Catalog;
use crate::import::merge::Described;
use crate::import::resource_tree::{Laid, lay};
use crate::network::file::NetworkFile;
use document::{Document, Instance};

/// One of a plan's two sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlanSide {
    /// The existing network.
    Before,
    /// The planned network.
    After,
}

impl PlanSide {
    /// Returns the word used in file names: `before`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Before => "before",
            Self::After => "after",
        }
    }
}

/// A parsed plan.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Plan {
    before: Declared,
    after: Declared,
    described: Described,
    /// Unknown values that affect paths, in the order of addresses.
    pub unknown: Vec<Unknown>,
    /// The contents of the plan, counted.
    pub notes: Notes,
}

/// The contents of a plan, counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Notes {
    /// The number of imported resources by kind, on either side: `azurerm_subnet`.
    pub taken: BTreeMap<String, u64>,
    /// The number of ignored resources by kind, which do not affect routing.
    pub ignored: BTreeMap<String, u64>,
    /// The number of resources by action: `create`, `delete/create`, `no-op`.
    pub actions: BTreeMap<String, u64>,
    /// The number of objects left behind by a failed replacement, which were ignored.
    pub deposed: u64,
}

impl Plan {
    /// Returns the network of one side. With `base`, a network file that has the customer's side, the plan's side is
    /// merged into it; the sites of `base` then replace those of the options.
    ///
    /// # Complexity
    ///
    /// As [`Import::finish`](super::azure::Import::finish).
    pub fn import(
        &self,
        side: PlanSide,
        catalog: &Catalog,
        options: &ImportOptions,
        base: Option<&NetworkFile>,
    ) -> Laid {
        let declared = match side {
            PlanSide::Before => &self.before,
            PlanSide::After => &self.after,
        };
        let options = ImportOptions { origin: InputKind::Terraform, routes_folder: None, ..options.clone() };
        lay(declared, &self.described, catalog, &options, base)
    }
}

/// Reads a plan; assumptions replace unknown values.
///
/// # Errors
///
/// Returns [`PlanError`] if it is not a plan, has an unknown format or is from a failed run, and if an assumption
/// matches no unknown value.
///
/// # Complexity
///
/// Quadratic in the number of resources; a plan has at most a few thousand.
pub fn read(text: &str, assumptions: &Assumptions) -> Result<Plan, PlanError> {
    let text = text.trim_start_matches('\u{feff}');
    let plan: Value = serde_json::from_str(text)
        .map_err(|error| PlanError::Syntax { line: error.line(), column: error.column() })?;
    let document = document::read(&plan)?;
    let configuration = plan.pointer("/configuration/root_module");
    let mut ledger = Ledger::new(assumptions);
    let mut before = side(&document.before, configuration, &document, &mut ledger);
    let mut after = side(&document.after, configuration, &document, &mut ledger);
    let notes = count(&document, &mut ledger);
    after.gone = children(&before).difference(&children(&after)).cloned().collect();
    before.gone = BTreeSet::new();
    let mut described = Described::default();
    described.add(&before);
    described.add(&after);
    let unknowns = ledger.finish();
    if let Some(place) = Declared::accept(&mut [&mut before, &mut after], &unknowns) {
        return Err(PlanError::Assumption { nearest: unknowns.nearest(&place), place });
    }
    tracing::debug!(before = before.resources.len(), after = after.resources.len(), "plan read");
    Ok(Plan { before, after, described, unknown: unknowns.unknown, notes })
}

fn side(
    instances: &[Instance<'_>],
    configuration: Option<&Value>,
    document: &Document<'_>,
    ledger: &mut Ledger<'_>,
) -> Declared {
    let mut declared = convert::convert(instances, configuration, ledger);
    declared.changed.retain(|_, address| document.changed.contains(address.as_str()));
    for association in &mut declared.associations {
        association.changed = document.changed.contains(association.address.as_str());
    }
    declared
}

/// Returns the ids of resources inside other resources, in lower case; for an association, the subnet's id with
/// `/routetable` appended.
fn children(declared: &Declared) -> BTreeSet<String> {
    let ids = declared.resources.iter().filter_map(|resource| resource.get("id")?.as_str());
    let tables = declared.associations.iter().map(|association| format!("{}/routeTable", association.subnet));
    ids.map(str::to_owned).chain(tables).map(|id| id.to_ascii_lowercase()).collect()
}

/// Counts the resources, and lists changed ones that a network file cannot represent.
fn count(document: &Document<'_>, ledger: &mut Ledger<'_>) -> Notes {
    let mut notes =
        Notes { actions: document.actions.clone(), deposed: document.deposed, ..Notes::default() };
    let mut seen = BTreeSet::new();
    for instance in document.before.iter().chain(&document.after) {
        if !seen.insert(instance.address) {
            continue;
        }
        let taken = azurerm_schema::kind(instance.kind).is_some()
            || [azurerm_schema::ASSOCIATION, azurerm_schema::NAT_ASSOCIATION].contains(&instance.kind)
            || marked_types::azure_type(instance).is_some()
            || azapi::kind(instance).is_some();
        let counts = if taken { &mut notes.taken } else { &mut notes.ignored };
        *counts.entry(crate::import::azure::redact::scrub(instance.kind)).or_default() += 1;
        let vpn = instance.kind == "azurerm_virtual_network_gateway_connection"
            && instance.values.get("type").and_then(Value::as_str) != Some("ExpressRoute");
        if (marked_types::routes(instance) || vpn) && document.changed.contains(instance.address) {
            ledger.miss(instance.address, "", UnknownBecause::NoPlace);
        }
    }
    notes
}
