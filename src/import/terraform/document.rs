//! Reads the outer structure of a plan: the resources on each side, and the unknown values of each resource.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::address::{Step, modules, steps};
use super::refusal::PlanError;

/// The maximum nesting depth of modules.
const MAX_DEPTH: usize = 64;

/// A resource, or the result of a data source, on one side of a plan.
#[derive(Clone, Debug)]
pub(super) struct Instance<'p> {
    pub(super) address: &'p str,
    /// The resource type, such as `azurerm_subnet`.
    pub(super) kind: &'p str,
    /// The modules that contain the resource.
    pub(super) modules: Vec<Step>,
    /// Its name in the configuration, with its index.
    pub(super) step: Step,
    /// Whether the instance is a data source.
    pub(super) data: bool,
    pub(super) values: &'p Value,
    /// `true` for every unknown value, in the same structure as the values.
    pub(super) unknown: &'p Value,
    /// `true` for every sensitive value, in the same structure as the values.
    pub(super) sensitive: &'p Value,
}

/// A parsed plan.
#[derive(Debug, Default)]
pub(super) struct Document<'p> {
    /// The resources before the change, in ascending order of address.
    pub(super) before: Vec<Instance<'p>>,
    pub(super) after: Vec<Instance<'p>>,
    /// The addresses of changed resources.
    pub(super) changed: BTreeSet<&'p str>,
    /// The number of resources by action: `create`, `delete/create`, …
    pub(super) actions: BTreeMap<String, u64>,
    /// The number of objects that a failed replacement left behind.
    pub(super) deposed: u64,
}

static NOTHING: Value = Value::Null;

/// Parses a plan.
///
/// # Errors
///
/// Returns [`PlanError`] if the JSON is not a plan, or if the plan is incomplete or has an unsupported format.
pub(super) fn read(plan: &Value) -> Result<Document<'_>, PlanError> {
    let version = plan.get("format_version").and_then(Value::as_str).ok_or(PlanError::NotAPlan)?;
    let is_plan = plan.get("resource_changes").is_some() || plan.get("planned_values").is_some();
    if !is_plan && plan.get("values").is_some() {
        return Err(PlanError::State);
    }
    // Terraform 1.0 writes format 0.2. Everything that is read here is the same in formats 0.2 and 1.0.
    if version != "0.2" && version.split('.').next() != Some("1") {
        return Err(PlanError::Format { version: version.chars().take(20).collect() });
    }
    if !is_plan {
        return Err(PlanError::NotAPlan);
    }
    if plan.get("errored").and_then(Value::as_bool) == Some(true) {
        return Err(PlanError::Errored);
    }
    let mut sides = Sides::default();
    if let Some(root) = plan.pointer("/prior_state/values/root_module") {
        sides.prior(root, 0);
    }
    for change in plan.get("resource_changes").and_then(Value::as_array).into_iter().flatten() {
        sides.change(change);
    }
    Ok(sides.finish())
}

#[derive(Debug, Default)]
struct Sides<'p> {
    before: BTreeMap<&'p str, Instance<'p>>,
    after: BTreeMap<&'p str, Instance<'p>>,
    document: Document<'p>,
}

impl<'p> Sides<'p> {
    /// Adds the resources in the state. They stay as they are unless a change replaces them.
    fn prior(&mut self, module: &'p Value, depth: usize) {
        if depth > MAX_DEPTH {
            return;
        }
        for resource in module.get("resources").and_then(Value::as_array).into_iter().flatten() {
            let sensitive = resource.get("sensitive_values").unwrap_or(&NOTHING);
            let values = resource.get("values").unwrap_or(&NOTHING);
            if let Some(instance) = instance(resource, values, &NOTHING, sensitive) {
                self.before.insert(instance.address, instance.clone());
                self.after.insert(instance.address, instance);
            }
        }
        for child in module.get("child_modules").and_then(Value::as_array).into_iter().flatten() {
            self.prior(child, depth + 1);
        }
    }

    fn change(&mut self, resource: &'p Value) {
        let Some(change) = resource.get("change") else { return };
        let Some(address) = resource.get("address").and_then(Value::as_str) else { return };
        if resource.get("deposed").is_some() {
            self.document.deposed += 1;
            return;
        }
        let actions = change.get("actions").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let actions = actions.iter().filter_map(Value::as_str).collect::<Vec<_>>();
        let part = |name: &str| change.get(name).unwrap_or(&NOTHING);
        let before = instance(resource, part("before"), &NOTHING, part("before_sensitive"));
        // A resource that Terraform forgets still exists in Azure.
        let after = if actions.contains(&"forget") {
            before.clone()
        } else {
            instance(resource, part("after"), part("after_unknown"), part("after_sensitive"))
        };
        for old in [Some(address), resource.get("previous_address").and_then(Value::as_str)] {
            self.before.remove(old.unwrap_or_default());
            self.after.remove(old.unwrap_or_default());
        }
        let is_data = resource.get("mode").and_then(Value::as_str) == Some("data");
        if !is_data {
            *self.document.actions.entry(actions.join("/")).or_default() += 1;
        }
        if !actions.iter().all(|action| matches!(*action, "no-op" | "read" | "forget")) {
            self.document.changed.insert(address);
        }
        self.before.extend(before.map(|instance| (address, instance)));
        self.after.extend(after.map(|instance| (address, instance)));
    }

    fn finish(self) -> Document<'p> {
        Document {
            before: self.before.into_values().collect(),
            after: self.after.into_values().collect(),
            ..self.document
        }
    }
}

/// Returns whether any value in a structure of marks is marked.
pub(super) fn any(mark: &Value) -> bool {
    match mark {
        Value::Bool(mark) => *mark,
        Value::Array(items) => items.iter().any(any),
        Value::Object(map) => map.values().any(any),
        _ => false,
    }
}

/// Returns the instance of a resource; `None` if the resource does not exist on this side.
fn instance<'p>(
    resource: &'p Value,
    values: &'p Value,
    unknown: &'p Value,
    sensitive: &'p Value,
) -> Option<Instance<'p>> {
    let text = |name: &str| resource.get(name).and_then(Value::as_str);
    values.as_object()?;
    let address = text("address")?;
    let modules = modules(address);
    Some(Instance {
        address,
        kind: text("type")?,
        step: steps(address).pop()?,
        modules,
        data: text("mode") == Some("data"),
        values,
        unknown,
        sensitive,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn addresses(instances: &[Instance<'_>]) -> Vec<String> {
        instances.iter().map(|instance| instance.address.to_owned()).collect()
    }

    #[test]
    fn sides_by_action() {
        let change = |address: &str, actions: &[&str], before: Value, after: Value| {
            json!({"address": address, "mode": "managed", "type": "t",
                "change": {"actions": actions, "before": before, "after": after}})
        };
        let plan = json!({"format_version": "1.2", "resource_changes": [
            change("t.new", &["create"], Value::Null, json!({})),
            change("t.old", &["delete"], json!({}), Value::Null),
            change("t.same", &["no-op"], json!({}), json!({})),
            change("t.twice", &["delete", "create"], json!({}), json!({})),
            change("t.kept", &["forget"], json!({}), Value::Null),
            {"address": "t.same", "mode": "managed", "type": "t", "deposed": "1",
                "change": {"actions": ["delete"], "before": {}, "after": null}},
            {"address": "t.to", "previous_address": "t.from", "mode": "managed", "type": "t",
                "change": {"actions": ["no-op"], "before": {}, "after": {}}},
        ], "prior_state": {"values": {"root_module": {
            "resources": [{"address": "t.old", "type": "t", "mode": "managed", "values": {}},
                {"address": "t.from", "type": "t", "mode": "managed", "values": {}}],
            "child_modules": [{"resources": [
                {"address": "module.a.data.t.read", "type": "t", "mode": "data", "values": {}}]}]}}}});
        let document = read(&plan).unwrap();
        assert_eq!(
            addresses(&document.before),
            ["module.a.data.t.read", "t.kept", "t.old", "t.same", "t.to", "t.twice"]
        );
        assert_eq!(
            addresses(&document.after),
            ["module.a.data.t.read", "t.kept", "t.new", "t.same", "t.to", "t.twice"]
        );
        assert_eq!(document.changed.into_iter().collect::<Vec<_>>(), ["t.new", "t.old", "t.twice"]);
        assert_eq!(document.deposed, 1);
        assert_eq!(document.actions.get("delete/create"), Some(&1));
    }

    #[test]
    fn what_is_no_plan_is_refused() {
        for (plan, expected) in [
            (json!({}), PlanError::NotAPlan),
            (json!([]), PlanError::NotAPlan),
            (json!({"format_version": "1.2"}), PlanError::NotAPlan),
            (json!({"format_version": "1.0", "values": {}}), PlanError::State),
            (
                json!({"format_version": "2.0", "resource_changes": []}),
                PlanError::Format { version: "2.0".into() },
            ),
            (
                json!({"format_version": "0.1", "resource_changes": []}),
                PlanError::Format { version: "0.1".into() },
            ),
            (json!({"format_version": "1.2", "errored": true, "resource_changes": []}), PlanError::Errored),
        ] {
            assert_eq!(read(&plan).err(), Some(expected), "{plan}");
        }
        for minor in ["0.2", "1.0", "1.1", "1.2", "1.9"] {
            assert!(read(&json!({"format_version": minor, "resource_changes": []})).is_ok());
        }
    }
}
