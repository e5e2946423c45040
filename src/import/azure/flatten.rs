//! Nests child resources in their parents: subnets, peerings, routes, rules.
//!
//! In templates and plans, child resources are separate; in an export, they are nested.

use serde_json::{Value, json};

use crate::import::azure::redact::redact;

/// Types of child resources, each with the list of the parent in which they belong.
const CHILDREN: [(&str, &str); 4] = [
    ("microsoft.network/virtualnetworks/subnets", "subnets"),
    ("microsoft.network/virtualnetworks/virtualnetworkpeerings", "virtualNetworkPeerings"),
    ("microsoft.network/routetables/routes", "routes"),
    ("microsoft.network/routefilters/routefilterrules", "rules"),
];

/// A resource whose parent is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::import) struct Orphan {
    /// Its id.
    pub(in crate::import) id: String,
    /// The name of the missing parent.
    pub(in crate::import) parent: String,
}

/// Moves each child into its parent, where it replaces a child with the same name.
pub(in crate::import) fn flatten(resources: Vec<Value>) -> (Vec<Value>, Vec<Orphan>) {
    let (children, mut whole): (Vec<_>, Vec<_>) =
        resources.into_iter().partition(|resource| list_of(resource).is_some());
    let mut orphans = Vec::new();
    for child in children {
        let (Some(list), Some(id)) = (list_of(&child), id(&child)) else { continue };
        let parent = parent_id(id);
        let parent = parent.and_then(|parent| whole.iter_mut().find(|resource| has_id(resource, parent)));
        let Some(items) = parent.and_then(|parent| list_in(parent, list)) else {
            let parent = parent_id(id).and_then(|parent| parent.rsplit('/').next()).unwrap_or_default();
            orphans.push(Orphan { id: id.to_owned(), parent: redact(parent) });
            continue;
        };
        let name = name(&child).unwrap_or_default().to_owned();
        let same =
            |item: &&mut Value| self::name(item).is_some_and(|known| known.eq_ignore_ascii_case(&name));
        match items.iter_mut().find(same) {
            Some(known) => *known = child,
            None => items.push(child),
        }
    }
    (whole, orphans)
}

/// Returns whether a resource has this id, ignoring case.
pub(in crate::import) fn has_id(resource: &Value, wanted: &str) -> bool {
    id(resource).is_some_and(|id| id.eq_ignore_ascii_case(wanted))
}

/// Returns the id of the parent.
pub(in crate::import) fn parent_id(id: &str) -> Option<&str> {
    let (rest, _name) = id.rsplit_once('/')?;
    rest.rsplit_once('/').map(|(parent, _kind)| parent)
}

/// Returns the named list in the properties, and creates it if it is missing.
pub(in crate::import) fn list_in<'v>(resource: &'v mut Value, name: &str) -> Option<&'v mut Vec<Value>> {
    let properties = resource.as_object_mut()?.entry("properties").or_insert_with(|| json!({}));
    properties.as_object_mut()?.entry(name).or_insert_with(|| json!([])).as_array_mut()
}

fn list_of(resource: &Value) -> Option<&'static str> {
    let kind = resource.get("type")?.as_str()?;
    CHILDREN.iter().find(|(known, _)| kind.eq_ignore_ascii_case(known)).map(|(_, list)| *list)
}

fn id(resource: &Value) -> Option<&str> {
    resource.get("id")?.as_str()
}

/// Returns the name of a resource; for a child, the last part of `network/subnet`.
fn name(resource: &Value) -> Option<&str> {
    resource.get("name")?.as_str()?.rsplit('/').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn children_go_home() {
        let id = |rest: &str| format!("/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/{rest}");
        let network = json!({"id": id("virtualNetworks/hub"), "type": "Microsoft.Network/virtualNetworks",
            "properties": {"subnets": [{"name": "Apps", "old": true}]}});
        let subnet = |network: &str, name: &str| {
            json!({"id": id(&format!("virtualNetworks/{network}/subnets/{name}")), "name": name,
                "type": "Microsoft.Network/virtualNetworks/subnets"})
        };
        let (whole, orphans) =
            flatten(vec![subnet("HUB", "apps"), network, subnet("hub", "data"), subnet("other", "x")]);
        let names = whole[0].pointer("/properties/subnets").unwrap();
        let names = names.as_array().unwrap().iter().map(|item| name(item).unwrap()).collect::<Vec<_>>();
        assert_eq!((whole.len(), names), (1, vec!["apps", "data"]));
        assert_eq!(orphans[0].parent, "other");
    }
}
