//! The ids of a plan's resources: existing ids, and ids that Azure will assign.

use serde_json::Value;

use super::azurerm_schema::{Kind, kind};
use super::document::Instance;
use super::references::Configuration;
use super::{azapi, marked_types};
use crate::import::azure::settings::WHOLE;

/// The beginning of an id whose subscription is not in the plan.
pub(super) const PLANNED: &str = "/subscriptions/planned/";

/// Returns an id without its subscription.
pub(super) fn group_on(id: &str) -> &str {
    let at = id.match_indices('/').nth(2).map_or(0, |(at, _)| at);
    id.get(at..).unwrap_or_default()
}

/// Returns the id of each instance: its existing id, or the id that Azure will assign, derived from its resource group
/// and name.
pub(super) fn identify(configuration: Configuration<'_, '_>) -> Vec<String> {
    let instances = configuration.instances;
    let mut ids = vec![String::new(); instances.len()];
    // The id of a child contains its parent's id, so children come second.
    for of_others in [false, true] {
        for (index, instance) in instances.iter().enumerate() {
            let id = match kind(instance.kind) {
                Some(kind) if kind.parent.is_some() == of_others => {
                    id_of(instance, kind, configuration, &ids)
                }
                None if !of_others => id_elsewhere(instance),
                _ => continue,
            };
            if let Some(slot) = ids.get_mut(index) {
                *slot = id;
            }
        }
    }
    ids
}

/// Returns the name of a resource, or its address if the name is not known yet.
pub(super) fn called(instance: &Instance<'_>, kind: &Kind) -> String {
    let name = instance.values.get(kind.called).and_then(Value::as_str).filter(|name| !name.is_empty());
    name.unwrap_or(instance.address).replace('/', "-")
}

/// Returns the id of a resource of another provider, or of a resource that is marked but not imported.
fn id_elsewhere(instance: &Instance<'_>) -> String {
    if let Some(kind) = azapi::kind(instance) {
        return azapi::id(instance, kind, PLANNED);
    }
    let Some(azure) = marked_types::azure_type(instance) else { return String::new() };
    // The id has one name for each part of the type, so that the type can be derived from the id.
    let name =
        instance.values.get("name").and_then(Value::as_str).unwrap_or(instance.address).replace('/', "-");
    let network = effect_of_network(azure);
    let (provider, path) =
        if network { ("Microsoft.Network", azure) } else { azure.split_once('/').unwrap_or((azure, "")) };
    let (outer, own) = path.rsplit_once('/').map_or((None, path), |(outer, own)| (Some(outer), own));
    let of = instance.address.replace('/', "-");
    let outer = outer.into_iter().flat_map(|outer| outer.split('/')).map(|part| format!("/{part}/{of}"));
    format!("{PLANNED}providers/{provider}{}/{own}/{name}", outer.collect::<String>())
}

/// Returns whether a type belongs to `Microsoft.Network`. The names of these types omit the provider.
fn effect_of_network(azure: &str) -> bool {
    WHOLE.iter().any(|(name, _)| *name == azure)
}

fn id_of(
    instance: &Instance<'_>,
    kind: &Kind,
    configuration: Configuration<'_, '_>,
    ids: &[String],
) -> String {
    let text = |name: &str| instance.values.get(name).and_then(Value::as_str);
    if let Some(id) = text("id").filter(|id| id.starts_with('/')) {
        return id.to_owned();
    }
    let name = called(instance, kind);
    let group = text("resource_group_name").unwrap_or("planned");
    let provider = format!("{PLANNED}resourceGroups/{group}/providers/Microsoft.Network");
    let Some(parent) = kind.parent else { return format!("{provider}/{}/{name}", kind.azure) };
    let (of, own) = kind.azure.split_once('/').unwrap_or((kind.azure, ""));
    let given = text(parent.attribute);
    if let Some(id) = given.filter(|given| given.starts_with('/')) {
        return format!("{id}/{own}/{name}");
    }
    let tail = given.map(|given| format!("/resourceGroups/{group}/providers/Microsoft.Network/{of}/{given}"));
    let named = |tail: &String| {
        let mut found = ids.iter().filter(|id| group_on(id).eq_ignore_ascii_case(tail));
        found.next().filter(|_| found.next().is_none()).cloned()
    };
    let referred = || {
        let index = configuration.referred(instance, parent.attribute, &[parent.kind])?;
        ids.get(index).cloned()
    };
    let parent = tail.as_ref().and_then(named).or_else(referred);
    let parent = parent.unwrap_or_else(|| format!("{provider}/{of}/{}", given.unwrap_or("unknown")));
    format!("{parent}/{own}/{name}")
}
