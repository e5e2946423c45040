//! Resources of the azapi provider, which use Azure's own property names: `azapi_resource` with `type` and `body`.

use serde_json::{Map, Value, json};

use super::document::{Instance, any};
use crate::import::azure::settings::effect_of;
use crate::import::unknown::{Ledger, UnknownBecause};

/// Returns the Azure type of a resource, such as `Microsoft.Network/virtualNetworks/subnets`, if the type is imported
/// or marked.
pub(super) fn kind<'p>(instance: &Instance<'p>) -> Option<&'p str> {
    if instance.kind != "azapi_resource" {
        return None;
    }
    let given = instance.values.get("type").and_then(Value::as_str)?;
    let kind = given.split('@').next().unwrap_or_default();
    let network = crate::import::arm::taken(kind).is_some();
    (network || effect(kind).is_some()).then_some(kind)
}

/// Returns the effect on routing of a type that a network file cannot represent.
fn effect(kind: &str) -> Option<&'static str> {
    effect_of(kind.strip_prefix("Microsoft.Network/").unwrap_or(kind))
}

/// Returns the id of a resource: the known id, or the id that Azure will assign.
pub(super) fn id(instance: &Instance<'_>, kind: &str, planned: &str) -> String {
    let text = |name: &str| instance.values.get(name).and_then(Value::as_str);
    if let Some(id) = text("id").filter(|id| id.starts_with('/')) {
        return id.to_owned();
    }
    let name = text("name").unwrap_or(instance.address).replace('/', "-");
    let parent = text("parent_id").filter(|parent| parent.starts_with('/'));
    let last = kind.rsplit('/').next().unwrap_or_default();
    match parent {
        // The id of a child extends that of its parent; any other id extends that of its group.
        Some(parent) if kind.matches('/').count() > 1 => format!("{parent}/{last}/{name}"),
        Some(parent) => format!("{parent}/providers/{kind}/{name}"),
        None => {
            let (provider, path) = kind.split_once('/').unwrap_or((kind, ""));
            let parts = path.split('/').collect::<Vec<_>>();
            let own = parts.len().saturating_sub(1);
            let names = parts.iter().enumerate().map(|(at, part)| {
                if at == own { format!("/{part}/{name}") } else { format!("/{part}/unknown") }
            });
            format!("{planned}resourceGroups/planned/providers/{provider}{}", names.collect::<String>())
        }
    }
}

/// Returns the resource in Azure's form, without its body if a network file cannot represent its type. `None` if the
/// body is unknown.
pub(super) fn resource(
    instance: &Instance<'_>,
    kind: &str,
    id: &str,
    ledger: &mut Ledger<'_>,
) -> Option<Value> {
    let name = id.rsplit('/').next().unwrap_or_default();
    let mut whole = Map::new();
    if effect(kind).is_none() {
        let unknown = instance.unknown.get("body").is_some_and(any);
        let sensitive = instance.sensitive.get("body").is_some_and(any);
        let body = match instance.values.get("body") {
            _ if unknown => ledger.miss(instance.address, "body", UnknownBecause::AfterApply)?,
            _ if sensitive => ledger.miss(instance.address, "body", UnknownBecause::Sensitive)?,
            body => body.cloned().unwrap_or_default(),
        };
        // In version 1 of the provider, the body is a string.
        let body = match &body {
            Value::String(text) => match serde_json::from_str(text) {
                Ok(body) => body,
                Err(_) => ledger.miss(instance.address, "body", UnknownBecause::Expression)?,
            },
            _ => body,
        };
        whole.extend(body.as_object().cloned().unwrap_or_default());
        if let Some(location) = instance.values.get("location") {
            whole.insert("location".to_owned(), location.clone());
        }
    }
    whole.insert("id".to_owned(), json!(id));
    whole.insert("type".to_owned(), json!(kind));
    whole.insert("name".to_owned(), json!(name));
    Some(Value::Object(whole))
}
