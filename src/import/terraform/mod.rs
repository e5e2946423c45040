//! Plans of Terraform, as `terraform show -json PLAN` writes them (formats 1.0 to 1.2): two networks,
//! before and after.
//!
//! ```text
//! plan ─document─▶ resources of each side ─convert─▶ resources of Azure ─▶ as an export ─▶ network file
//!                        configuration ─references─┘
//! ```
//!
//! Resources of provider azurerm are translated by the table in `schema` into what an export of Azure
//! says, and everything behind that is the import of exports. A resource that is to be made has no id
//! yet: it gets the one that its group and name will give it, and what refers to it is found by the
//! plan's configuration. What decides about paths and is not told is an [`Unknown`], never a guess.

mod address;
mod attributes;
mod azapi;
mod azurerm_schema;
mod convert;
mod document;
mod marked_types;
mod references;
mod refusal;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

pub use refusal::PlanError;

use super::azure::{Options, Origin};
use super::declared::Declared;
use super::unknown::{Assumptions, Ledger, Unknown, Why};
use crate::catalog::Catalog;
use crate::import::merge::Described;
use crate::import::resource_tree::{Laid, lay};
use crate::network::file::NetworkFile;
use document::{Document, Instance};

/// One of a plan's two sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// What is there.
    Before,
    /// What will be.
    After,
}

impl Side {
    /// The word used in names of files: `before`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Before => "before",
            Self::After => "after",
        }
    }
}

/// A plan that was read.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Plan {
    before: Declared,
    after: Declared,
    described: Described,
    /// What the plan cannot tell and decides about paths, in the order of addresses.
    pub unknown: Vec<Unknown>,
    /// What it held.
    pub notes: Notes,
}

/// What a plan held, counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Notes {
    /// How many resources of each kind were taken, on either side: `azurerm_subnet`.
    pub taken: BTreeMap<String, u64>,
    /// How many resources of each kind were passed by, since they say nothing of routes.
    pub ignored: BTreeMap<String, u64>,
    /// How many resources have each action: `create`, `delete/create`, `no-op`.
    pub actions: BTreeMap<String, u64>,
    /// How many objects a failed replacement had left, which were passed by.
    pub deposed: u64,
}

impl Plan {
    /// The network of one side. With `base`, a network file that has the customer's side, the plan's is
    /// laid onto it; its sites stand in place of those of the options then.
    ///
    /// # Complexity
    ///
    /// As [`Import::finish`](super::azure::Import::finish).
    pub fn import(
        &self,
        side: Side,
        catalog: &Catalog,
        options: &Options,
        base: Option<&NetworkFile>,
    ) -> Laid {
        let declared = match side {
            Side::Before => &self.before,
            Side::After => &self.after,
        };
        let options = Options { origin: Origin::Terraform, routes_folder: None, ..options.clone() };
        lay(declared, &self.described, catalog, &options, base)
    }
}

/// Reads a plan; what is assumed stands in place of what is unknown.
///
/// # Errors
///
/// [`PlanError`] where it is no plan, is of an unknown format or of a run that failed, and where an
/// assumption is of nothing that is unknown.
///
/// # Complexity
///
/// Quadratic in the number of resources, of which a plan has thousands at most.
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
    let told = ledger.finish();
    if let Some(place) = Declared::accept(&mut [&mut before, &mut after], &told) {
        return Err(PlanError::Assumption { nearest: told.nearest(&place), place });
    }
    tracing::debug!(before = before.resources.len(), after = after.resources.len(), "plan read");
    Ok(Plan { before, after, described, unknown: told.unknown, notes })
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

/// The ids of what stands in other resources, in small letters; of an association the subnet's with
/// `/routetable` behind it.
fn children(declared: &Declared) -> BTreeSet<String> {
    let ids = declared.resources.iter().filter_map(|resource| resource.get("id")?.as_str());
    let tables = declared.associations.iter().map(|association| format!("{}/routeTable", association.subnet));
    ids.map(str::to_owned).chain(tables).map(|id| id.to_ascii_lowercase()).collect()
}

/// Counts what is there, and lists what changes and has no place in a network file.
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
            ledger.miss(instance.address, "", Why::NoPlace);
        }
    }
    notes
}
