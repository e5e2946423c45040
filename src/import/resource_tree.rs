//! Writes the resources that a plan or a template declares as a network file. The resources have the form of Azure
//! Resource Manager; children are nested in their parents, and missing parts are completed from an existing network
//! file.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::catalog::Catalog;
use crate::import::azure::flatten::{flatten, has_id, list_in, parent_id};
use crate::import::azure::{Finding, Import, ImportOptions, Imported, InputKind};
use crate::import::declared::{Association, Declared};
use crate::import::merge;
use crate::import::merge::Described;
use crate::import::unknown::{Ledger, Unknown, UnknownBecause};
use crate::network::file::NetworkFile;

/// The declared network.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Laid {
    /// The result, in the same form as an import of exports.
    pub imported: Imported,
    /// Changes that are not in the network file because the resource to which they belong is missing.
    pub unplaced: Vec<Unknown>,
    /// The addresses of resources that, according to the user, change no path. Their unknown values are neither listed
    /// nor marked.
    accepted: BTreeSet<String>,
    used: BTreeSet<String>,
}

impl Laid {
    /// Returns the assumptions about whole resources that have no effect on any of the sides.
    pub fn idle<'a>(sides: impl IntoIterator<Item = &'a Self>) -> Vec<String> {
        let (mut accepted, mut used) = (BTreeSet::new(), BTreeSet::new());
        for side in sides {
            accepted.extend(side.accepted.iter().cloned());
            used.extend(side.used.iter().cloned());
        }
        accepted.difference(&used).cloned().collect()
    }

    /// Returns the omissions on only one of two sides. A comparison of the two files does not show them as changes.
    pub fn hidden<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = &'a Finding> {
        let only = |one: &'a Self, other: &'a Self| {
            let own = one.imported.findings.iter();
            own.filter(|finding| finding.loses() && !other.imported.findings.contains(finding))
        };
        only(self, other).chain(only(other, self))
    }
}

/// Writes one side; `described` contains the resources on both sides.
pub(super) fn lay(
    declared: &Declared,
    described: &Described,
    catalog: &Catalog,
    options: &ImportOptions,
    base: Option<&NetworkFile>,
) -> Laid {
    let mut resources = declared.resources.clone();
    if let Some(base) = base {
        resources.extend(merge::stand_ins(declared, base));
    }
    let unjoined = unjoined(&resources, declared, base);
    let (mut whole, orphans) = flatten(resources);
    drop_gone(&mut whole, &declared.gone);
    let lost = associate(&mut whole, &declared.associations);
    let homeless = endpoints(&mut whole, declared);
    for id in &declared.nat_subnets {
        if let Some(properties) = subnet(&mut whole, id) {
            properties.entry("natGateway").or_insert_with(|| json!({"id": "associated"}));
        }
    }
    let mut import = Import::new();
    import.accepted.clone_from(&declared.accepted);
    let read = if options.origin == InputKind::Terraform { "the plan" } else { "the template" };
    let address_of = |id: &str| declared.addresses.get(&id.to_ascii_lowercase()).cloned();
    import.add_resources(read, &whole, &address_of, &declared.unknown);
    let mut options = options.clone();
    if let Some(base) = base {
        options.sites = merge::sites(base);
    }
    let mut imported = import.finish(catalog, &options);
    if let Some(base) = base {
        merge::lay(&mut imported, described, base);
    }
    let address = |id: &str| declared.changed.get(&id.to_ascii_lowercase()).cloned();
    let orphans = orphans.iter().filter_map(|orphan| Some((address(&orphan.id)?, orphan.parent.clone())));
    let unplaced = orphans.chain(lost).chain(homeless).chain(unjoined);
    let mut used = declared.settled.clone();
    used.append(&mut imported.used.clone());
    let mut unplaced = unplaced
        .filter(|(address, _)| {
            let accepted = declared.accepted.contains(address);
            if accepted {
                used.insert(address.clone());
            }
            !accepted
        })
        .map(|(address, missing)| Unknown {
            address,
            attribute: String::new(),
            why: UnknownBecause::Elsewhere { missing },
            in_file: false,
        })
        .collect::<Vec<_>>();
    unplaced.sort_unstable();
    unplaced.dedup();
    Laid { imported, unplaced, accepted: declared.accepted.clone(), used }
}

/// Removes deleted children from lists of their parents that still contain them.
fn drop_gone(whole: &mut [Value], gone: &BTreeSet<String>) {
    for resource in whole {
        let Some(id) = resource.get("id").and_then(Value::as_str).map(str::to_ascii_lowercase) else {
            continue;
        };
        for list in ["subnets", "virtualNetworkPeerings", "routes"] {
            let path = format!("/properties/{list}");
            let Some(items) = resource.pointer_mut(&path).and_then(Value::as_array_mut) else { continue };
            let name = |item: &Value| item.get("name").and_then(Value::as_str).map(str::to_ascii_lowercase);
            let list = list.to_ascii_lowercase();
            let of = |item: &Value| name(item).map(|name| format!("{id}/{list}/{name}"));
            items.retain(|item| !of(item).is_some_and(|id| gone.contains(&id)));
            for item in items {
                if of(item).is_some_and(|id| gone.contains(&format!("{id}/routetable")))
                    && let Some(properties) = item.get_mut("properties").and_then(Value::as_object_mut)
                {
                    properties.remove("routeTable");
                }
            }
        }
    }
}

/// Returns the properties of a subnet inside its virtual network.
fn subnet<'v>(whole: &'v mut [Value], id: &str) -> Option<&'v mut Map<String, Value>> {
    let (network, name) = (parent_id(id)?, id.rsplit('/').next()?);
    let network = whole.iter_mut().find(|resource| has_id(resource, network))?;
    let known = |subnet: &&mut Value| {
        subnet.get("name").and_then(Value::as_str).is_some_and(|known| known.eq_ignore_ascii_case(name))
    };
    let subnet = list_in(network, "subnets")?.iter_mut().find(known)?;
    subnet.as_object_mut()?.entry("properties").or_insert_with(|| json!({})).as_object_mut()
}

/// Sets the route table of each association on its subnet; returns changed associations whose subnet is missing.
fn associate(whole: &mut [Value], associations: &[Association]) -> Vec<(String, String)> {
    let mut lost = Vec::new();
    for association in associations {
        match subnet(whole, &association.subnet) {
            Some(properties) => {
                properties.insert("routeTable".to_owned(), json!({"id": association.table}));
            }
            None if association.changed => lost.push((association.address.clone(), "its subnet".to_owned())),
            None => {}
        }
    }
    lost
}

const ENDPOINT: &str = "microsoft.network/privateendpoints";

fn is_endpoint(resource: &Value) -> bool {
    resource.get("type").and_then(Value::as_str).is_some_and(|kind| kind.eq_ignore_ascii_case(ENDPOINT))
}

/// Moves private endpoints into their subnets; returns changed endpoints whose subnet is missing.
fn endpoints(whole: &mut Vec<Value>, declared: &Declared) -> Vec<(String, String)> {
    let (endpoints, others): (Vec<_>, Vec<_>) = std::mem::take(whole).into_iter().partition(is_endpoint);
    *whole = others;
    let mut lost = Vec::new();
    for endpoint in endpoints {
        let text = |pointer: &str| endpoint.pointer(pointer).and_then(Value::as_str);
        let list = text("/properties/subnet/id").and_then(|id| subnet(whole, id)).and_then(|properties| {
            properties.entry("privateEndpoints").or_insert_with(|| json!([])).as_array_mut()
        });
        if let Some(list) = list {
            list.retain(|known| !has_id(known, text("/id").unwrap_or_default()));
            list.push(endpoint);
        } else {
            let address = declared.changed.get(&text("/id").unwrap_or_default().to_ascii_lowercase());
            lost.extend(address.map(|address| (address.clone(), "its subnet".to_owned())));
        }
    }
    lost
}

/// Lists a private endpoint as unknown if its address is missing. If the user assumes an address, sets that address
/// instead.
pub(super) fn endpoint_address(
    ledger: &mut Ledger<'_>,
    resource: &mut Value,
    address: &str,
    attribute: &str,
) {
    let is_known = |pointer: &str, item: &str| {
        let items = resource.pointer(pointer).and_then(Value::as_array);
        items.into_iter().flatten().any(|part| part.pointer(item).is_some_and(|value| !value.is_null()))
    };
    let known = is_known("/properties/customDnsConfigs", "/ipAddresses")
        || is_known("/properties/ipConfigurations", "/properties/privateIPAddress");
    if !is_endpoint(resource) || known {
        return;
    }
    if let Some(assumed) = ledger.miss(address, attribute, UnknownBecause::AfterApply)
        && let Some(configs) = list_in(resource, "customDnsConfigs")
    {
        *configs = vec![json!({"ipAddresses": assumed})];
    }
}

/// Returns changed resources that take effect only through another resource, if that resource is missing: filters
/// without a peering, tables without a subnet, connections without a gateway or circuit, peerings without a circuit.
fn unjoined(resources: &[Value], declared: &Declared, base: Option<&NetworkFile>) -> Vec<(String, String)> {
    let mut mentioned = BTreeSet::new();
    for resource in resources {
        merge::mentions(resource, &mut mentioned);
    }
    mentioned.extend(declared.associations.iter().map(|association| association.table.to_ascii_lowercase()));
    let text = |resource: &Value, pointer: &str| {
        resource.pointer(pointer).and_then(Value::as_str).map(str::to_ascii_lowercase)
    };
    let has = |id: &str| resources.iter().any(|resource| has_id(resource, id));
    let mut found = Vec::new();
    for resource in resources {
        let (Some(id), Some(kind)) = (text(resource, "/id"), text(resource, "/type")) else { continue };
        let Some(address) = declared.changed.get(&id) else { continue };
        let missing = match kind.strip_prefix("microsoft.network/").unwrap_or_default() {
            "routefilters" if !mentioned.contains(&id) => Some("the peering that uses it"),
            "routetables" if !mentioned.contains(&id) && !merge::has_table(base, resource) => {
                Some("the subnet that uses it")
            }
            "expressroutecircuits/peerings" => (!parent_id(&id).is_some_and(has)).then_some("its circuit"),
            "connections"
                if text(resource, "/properties/connectionType").as_deref() == Some("expressroute") =>
            {
                let there = |pointer: &str| text(resource, pointer).is_some_and(|id| has(&id));
                let whole = there("/properties/virtualNetworkGateway1/id") && there("/properties/peer/id");
                (!whole).then_some("its gateway or its circuit")
            }
            _ => None,
        };
        found.extend(missing.map(|missing| (address.clone(), missing.to_owned())));
    }
    found
}
