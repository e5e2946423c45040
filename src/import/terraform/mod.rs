//! Imports Terraform plans, as printed by `terraform show -json PLAN` (formats 1.0 to 1.2). A plan contains two
//! networks: before and after the change.
//!
//! ```text
//! plan ─document─▶ resources on each side ─convert─▶ Azure resources ─▶ as an export ─▶ network file
//!                        configuration ─references─┘
//! ```
//!
//! Resources of the azurerm provider are converted to the form of an Azure export, according to the table in
//! `azurerm_schema`, and then imported like an export. A resource that is to be created has no id yet, so its id is
//! derived from its resource group and name, and references to it are resolved according to the plan's configuration. A
//! value that affects paths but is not in the plan is an [`Unknown`]; it is never guessed.

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
    /// Returns the side's name in file names, such as `before`.
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
    /// Unknown values that affect paths, in order of address.
    pub unknown: Vec<Unknown>,
    /// The number of resources in the plan by type and by action.
    pub notes: Notes,
}

/// The number of resources in a plan by type and by action.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Notes {
    /// The number of resources on either side that are imported, by type, such as `azurerm_subnet`.
    pub taken: BTreeMap<String, u64>,
    /// The number of resources that are ignored because they do not affect routing, by type.
    pub ignored: BTreeMap<String, u64>,
    /// The number of resources by action, such as `create`, `delete/create` or `no-op`.
    pub actions: BTreeMap<String, u64>,
    /// The number of objects left behind by a failed replacement, which were ignored.
    pub deposed: u64,
}

impl Plan {
    /// Returns the network on one side. If `base` is given, it must be a network file that describes the customer's
    /// side. The plan's side is merged into it, and its sites replace those in the options.
    ///
    /// # Complexity
    ///
    /// The same as for [`Import::finish`](super::azure::Import::finish).
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
/// Returns [`PlanError`] if the text is not a plan, if the plan has an unsupported format or is from a failed run, or
/// if an assumption matches no unknown value.
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

/// Returns the ids of all resources and associations, in lower case. The id of an association is the subnet's id with
/// `/routetable` appended.
fn children(declared: &Declared) -> BTreeSet<String> {
    let ids = declared.resources.iter().filter_map(|resource| resource.get("id")?.as_str());
    let tables = declared.associations.iter().map(|association| format!("{}/routeTable", association.subnet));
    ids.map(str::to_owned).chain(tables).map(|id| id.to_ascii_lowercase()).collect()
}

/// Counts the resources in a plan, and lists the changed resources that a network file cannot represent.
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
        *counts.entry(crate::import::azure::redact::redact(instance.kind)).or_default() += 1;
        let vpn = instance.kind == "azurerm_virtual_network_gateway_connection"
            && instance.values.get("type").and_then(Value::as_str) != Some("ExpressRoute");
        if (marked_types::routes(instance) || vpn) && document.changed.contains(instance.address) {
            ledger.miss(instance.address, "", UnknownBecause::NoPlace);
        }
    }
    notes
}
