//! Resolves references in expressions according to the plan's configuration.
//!
//! A plan does not contain expressions, only their references, each from its most specific form to its least specific
//! form: `azurerm_subnet.apps["eu"].id`, `azurerm_subnet.apps["eu"]`, `azurerm_subnet.apps`. A computed index is
//! missing; if `each.key` or `count.index` is among the references, the index of the enclosing resource is assumed. A
//! variable is resolved in the module call, an output inside the module. A plan does not contain locals.

use std::collections::BTreeSet;

use serde_json::Value;

use super::address::{Step, steps};
use super::document::Instance;

/// The maximum depth of references between modules. Deeper references must be circular.
const MAX_DEPTH: usize = 32;

/// The maximum number of steps for resolving an expression.
const MAX_STEPS: usize = 4096;

/// The resources found so far, and the number of steps taken.
#[derive(Debug, Default)]
struct Found {
    instances: BTreeSet<usize>,
    steps: usize,
}

/// The configuration of a plan, and the plan's resources on one side.
#[derive(Clone, Copy, Debug)]
pub(super) struct Configuration<'p, 'a> {
    pub(super) root: Option<&'p Value>,
    pub(super) instances: &'a [Instance<'p>],
}

/// The context in which an expression is evaluated.
#[derive(Clone, Debug)]
struct Scope<'p> {
    modules: Vec<Step>,
    /// The index of the enclosing resource or module call.
    index: Option<String>,
    /// The `for_each` of the enclosing resource or module call.
    for_each: Option<&'p Value>,
    left: usize,
}

impl<'p> Configuration<'p, '_> {
    /// Returns whether the configuration sets an attribute such as `rule[0].communities`. If the configuration does not
    /// contain the resource, all its attributes count as set.
    pub(super) fn sets(&self, instance: &Instance<'_>, attribute: &str) -> bool {
        self.resource(instance).is_none_or(|resource| expression(resource, attribute).is_some())
    }

    /// Returns the index of the only resource of these kinds to which an attribute refers; `None` if it refers to
    /// several or to none.
    pub(super) fn referred(&self, instance: &Instance<'_>, attribute: &str, kinds: &[&str]) -> Option<usize> {
        let resource = self.resource(instance)?;
        let scope = Scope {
            modules: instance.modules.clone(),
            index: instance.step.index.clone(),
            for_each: resource.get("for_each_expression"),
            left: MAX_DEPTH,
        };
        let mut found = Found::default();
        self.follow(expression(resource, attribute)?, &scope, kinds, &mut found);
        let complete = found.steps <= MAX_STEPS;
        let mut found = found.instances.into_iter();
        found.next().filter(|_| complete && found.next().is_none())
    }

    fn resource(&self, instance: &Instance<'_>) -> Option<&'p Value> {
        let address = match (instance.data, instance.kind, &instance.step.name) {
            (true, kind, name) => format!("data.{kind}.{name}"),
            (false, kind, name) => format!("{kind}.{name}"),
        };
        let resources = self.module(&instance.modules)?.get("resources")?.as_array()?;
        resources.iter().find(|resource| resource.get("address").and_then(Value::as_str) == Some(&address))
    }

    fn module(&self, modules: &[Step]) -> Option<&'p Value> {
        let mut module = self.root?;
        for step in modules {
            module = module.get("module_calls")?.get(&step.name)?.get("module")?;
        }
        Some(module)
    }

    /// Adds all resources to which an expression refers.
    fn follow(&self, expression: &'p Value, scope: &Scope<'p>, kinds: &[&str], found: &mut Found) {
        found.steps += 1;
        let Some(left) = scope.left.checked_sub(1).filter(|_| found.steps <= MAX_STEPS) else { return };
        let scope = Scope { left, ..scope.clone() };
        let references = references(expression);
        let repeated =
            references.iter().any(|text| ["each.", "count."].iter().any(|start| text.starts_with(start)));
        let index = scope.index.clone().filter(|_| repeated);
        let mut last = "";
        for text in references {
            // This is a less specific form of the previous reference.
            if last.starts_with(text) {
                continue;
            }
            last = text;
            let steps = steps(text);
            match steps.iter().map(|step| step.name.as_str()).collect::<Vec<_>>().as_slice() {
                ["each", "value", ..] => {
                    if let Some(for_each) = scope.for_each {
                        let scope = Scope { for_each: None, ..scope.clone() };
                        self.repeated(for_each, &scope, kinds, found);
                    }
                }
                ["var", name, ..] => self.variable(name, &scope, kinds, found),
                ["module", _, rest @ ..] => {
                    if let Some(step) = steps.get(1) {
                        self.output(step, rest.first().copied(), index.as_deref(), &scope, kinds, found);
                    }
                }
                ["data", kind, ..] | [kind, ..] if kinds.contains(kind) => {
                    let at = usize::from(steps.first().is_some_and(|step| step.name == "data")) + 1;
                    if let Some(step) = steps.get(at) {
                        let data = at == 2;
                        let wanted = step.index.as_deref().or(index.as_deref());
                        self.add(kind, data, &step.name, wanted, &scope, found);
                    }
                }
                _ => {}
            }
        }
    }

    /// Resolves `each.value` to the resource with the same key among the resources to which `for_each` refers.
    fn repeated(&self, for_each: &'p Value, scope: &Scope<'p>, kinds: &[&str], found: &mut Found) {
        let mut all = Found { steps: found.steps, ..Found::default() };
        self.follow(for_each, scope, kinds, &mut all);
        found.steps = all.steps;
        let of_key = |index: &usize| {
            self.instances.get(*index).is_some_and(|instance| instance.step.index == scope.index)
        };
        found.instances.extend(all.instances.into_iter().filter(of_key));
    }

    /// Resolves a variable to the resources in the matching argument of the module call.
    fn variable(&self, name: &str, scope: &Scope<'p>, kinds: &[&str], found: &mut Found) {
        let Some((own, outer)) = scope.modules.split_last() else { return };
        let call = self.module(outer).and_then(|module| module.get("module_calls")?.get(&own.name));
        let Some(call) = call else { return };
        let Some(given) = call.get("expressions").and_then(|given| given.get(name)) else { return };
        let scope = Scope {
            modules: outer.to_vec(),
            index: own.index.clone(),
            for_each: call.get("for_each_expression"),
            left: scope.left,
        };
        self.follow(given, &scope, kinds, found);
    }

    /// Resolves an output of a module to the resources in its expression.
    fn output(
        &self,
        module: &Step,
        output: Option<&str>,
        index: Option<&str>,
        scope: &Scope<'p>,
        kinds: &[&str],
        found: &mut Found,
    ) {
        let inside = |index: Option<String>| {
            let step = Step { name: module.name.clone(), index };
            scope.modules.iter().cloned().chain([step]).collect::<Vec<_>>()
        };
        let Some(outputs) = self.module(&inside(None)).and_then(|module| module.get("outputs")?.as_object())
        else {
            return;
        };
        let expressions = outputs
            .iter()
            .filter(|(name, _)| output.is_none_or(|output| output == name.as_str()))
            .filter_map(|(_, output)| output.get("expression"))
            .collect::<Vec<_>>();
        let depth = scope.modules.len();
        let calls = self.instances.iter().filter_map(|instance| {
            let step = instance.modules.get(depth)?;
            let here = instance.modules.starts_with(&scope.modules) && step.name == module.name;
            here.then(|| step.index.clone())
        });
        let wanted = module.index.as_deref().or(index);
        for call in calls.collect::<BTreeSet<_>>() {
            if wanted.is_some() && call.is_some() && call.as_deref() != wanted {
                continue;
            }
            let scope = Scope { modules: inside(call), index: None, for_each: None, left: scope.left };
            for expression in &expressions {
                self.follow(expression, &scope, kinds, found);
            }
        }
    }

    fn add(
        &self,
        kind: &str,
        data: bool,
        name: &str,
        index: Option<&str>,
        scope: &Scope<'_>,
        found: &mut Found,
    ) {
        let fits = |instance: &Instance<'_>| {
            instance.kind == kind
                && instance.data == data
                && instance.step.name == name
                && instance.modules == scope.modules
                && (index.is_none()
                    || instance.step.index.is_none()
                    || instance.step.index.as_deref() == index)
        };
        let all = self.instances.iter().enumerate();
        found.instances.extend(all.filter(|(_, instance)| fits(instance)).map(|(index, _)| index));
    }
}

/// Returns the expression of an attribute such as `ip_configuration[0].subnet_id`, or that of the enclosing block if an
/// expression generates the block. `None` if the configuration does not set the attribute.
fn expression<'p>(resource: &'p Value, attribute: &str) -> Option<&'p Value> {
    let mut node = resource.get("expressions")?;
    for step in steps(attribute) {
        if node.get("references").is_some() || node.get("constant_value").is_some() {
            return Some(node);
        }
        node = node.get(&step.name)?;
        if let (Some(blocks), Some(index)) = (node.as_array(), &step.index) {
            // The configuration may have fewer blocks than an expression generates.
            let index = index.parse::<usize>().ok();
            node = index.and_then(|index| blocks.get(index)).or_else(|| blocks.first())?;
        }
    }
    Some(node)
}

/// Returns the references in an expression, or in all expressions of a block.
fn references(expression: &Value) -> Vec<&str> {
    let mut found = Vec::new();
    collect(expression, &mut found);
    found
}

/// Collects the references in a value. The JSON parser limits the depth of the recursion.
fn collect<'p>(expression: &'p Value, found: &mut Vec<&'p str>) {
    match expression {
        Value::Object(map) => match map.get("references").and_then(Value::as_array) {
            Some(references) => found.extend(references.iter().filter_map(Value::as_str)),
            None => map.values().for_each(|value| collect(value, found)),
        },
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        _ => {}
    }
}
