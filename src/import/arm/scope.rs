//! Resolves names in a template: parameters, variables, loops, modules.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::{Map, Value, json};

use super::expression::{Expression, Text, parse};
use super::functions::{self, MAX_ITEMS};

/// The beginning of an id whose subscription and resource group are not in the template.
pub(super) const GROUP: &str = "/subscriptions/planned/resourceGroups/planned";

/// The maximum nesting depth of templates in templates, and of variables in variables.
const MAX_DEPTH: usize = 40;

/// The maximum number of values and expressions that are evaluated for a template.
const MAX_WORK: u64 = 1_000_000;

/// A template with its parameters.
#[derive(Clone, Debug)]
pub(super) struct Scope<'t> {
    pub(super) template: &'t Value,
    /// The values of parameters by name in lower case; unknown values are missing.
    parameters: Rc<BTreeMap<String, Value>>,
    /// The name, in lower case, and the current index of each enclosing loop.
    loops: Vec<(String, i64)>,
    depth: usize,
    work: &'t Work,
}

/// The maximum nesting depth of values, expressions and variables. It is low enough for the stack.
const MAX_NESTED: u32 = 160;

/// The remaining evaluation budget for a whole template, and the current nesting depth.
#[derive(Debug)]
pub(super) struct Work {
    left: Cell<u64>,
    nested: Cell<u32>,
}

impl Default for Work {
    fn default() -> Self {
        Self { left: Cell::new(MAX_WORK), nested: Cell::new(0) }
    }
}

impl Work {
    /// Runs a step, unless the budget is used up or the nesting is too deep.
    fn step<T>(&self, step: impl FnOnce() -> T) -> Option<T> {
        let (left, nested) = (self.left.get(), self.nested.get());
        if left == 0 || nested >= MAX_NESTED {
            return None;
        }
        self.left.set(left - 1);
        self.nested.set(nested + 1);
        let result = step();
        self.nested.set(nested);
        Some(result)
    }
}

impl<'t> Scope<'t> {
    /// Builds the scope of a template from the given parameters.
    pub(super) fn new(template: &'t Value, given: &Map<String, Value>, work: &'t Work) -> Self {
        Self::nested(template, given, 0, work)
    }

    fn nested(template: &'t Value, given: &Map<String, Value>, depth: usize, work: &'t Work) -> Self {
        let mut scope = Self { template, parameters: Rc::default(), loops: Vec::new(), depth, work };
        let declared = || template.get("parameters").and_then(Value::as_object).into_iter().flatten();
        let given_values = declared().filter_map(|(name, _)| {
            Some((name.to_ascii_lowercase(), member(given, name)?.get("value")?.clone()))
        });
        scope.parameters = Rc::new(given_values.collect());
        // Defaults may refer to given parameters, and to each other.
        for _ in 0..2 {
            let mut parameters = scope.parameters.as_ref().clone();
            for (name, parameter) in declared() {
                let default = parameter.get("defaultValue").filter(|_| member(given, name).is_none());
                if let Some(value) = default.and_then(|default| scope.value(default)) {
                    parameters.insert(name.to_ascii_lowercase(), value);
                }
            }
            scope.parameters = Rc::new(parameters);
        }
        scope
    }

    /// Returns the scope of a nested template with its parameters; `None` if the template is not in this file.
    pub(super) fn inside(&self, deployment: &'t Value) -> Option<Self> {
        let properties = deployment.get("properties")?;
        let template = properties.get("template")?;
        let depth = self.depth.checked_add(1).filter(|depth| *depth <= MAX_DEPTH)?;
        let inner = properties.pointer("/expressionEvaluationOptions/scope").and_then(Value::as_str);
        if !inner.is_some_and(|scope| scope.eq_ignore_ascii_case("inner")) {
            // With outer scope, expressions in the nested template use the names in the enclosing template.
            let variables = template.get("variables").is_none_or(|variables| variables == &json!({}));
            let outer = Self { template: self.template, depth, ..self.clone() };
            return variables.then_some(outer);
        }
        let empty = Map::new();
        let given = properties.get("parameters").and_then(Value::as_object).unwrap_or(&empty);
        let given = given.iter().filter_map(|(name, given)| {
            let value = self.value(given.get("value")?);
            // A parameter that is set to an unknown value must not fall back to its default.
            Some((name.clone(), value.map_or_else(|| json!({}), |value| json!({"value": value}))))
        });
        Some(Self::nested(template, &given.collect(), depth, self.work))
    }

    /// Returns this scope for one iteration of a loop.
    pub(super) fn round(&self, name: &str, index: i64) -> Self {
        let mut scope = self.clone();
        scope.loops.push((name.to_ascii_lowercase(), index));
        scope
    }

    /// Returns the complete value of a part of a template; `None` if any of the value is unknown.
    pub(super) fn value(&self, value: &Value) -> Option<Value> {
        let mut whole = true;
        let value = self.known(value, "", &mut |_| {
            whole = false;
            None
        });
        whole.then_some(value)
    }

    /// Returns the value of a part of a template. For each unknown value, `missing` is called with the value's path. If
    /// `missing` returns `None`, the value is `null`.
    pub(super) fn known(
        &self,
        value: &Value,
        place: &str,
        missing: &mut dyn FnMut(&str) -> Option<Value>,
    ) -> Value {
        let done = self.work.step(|| self.known_part(value, place, missing));
        done.or_else(|| missing(place)).unwrap_or(Value::Null)
    }

    fn known_part(
        &self,
        value: &Value,
        place: &str,
        missing: &mut dyn FnMut(&str) -> Option<Value>,
    ) -> Value {
        match value {
            Value::String(text) => match self.text(text) {
                Some(value) => value,
                None => missing(place).unwrap_or(Value::Null),
            },
            Value::Array(items) => {
                let items = items.iter().enumerate();
                items.map(|(index, item)| self.known(item, &format!("{place}[{index}]"), missing)).collect()
            }
            Value::Object(map) => Value::Object(self.object(map, place, missing)),
            other => other.clone(),
        }
    }

    /// Evaluates an object. Each loop in its `copy` generates a list.
    fn object(
        &self,
        map: &Map<String, Value>,
        place: &str,
        missing: &mut dyn FnMut(&str) -> Option<Value>,
    ) -> Map<String, Value> {
        let mut out = Map::new();
        for (key, value) in map {
            let place = if place.is_empty() { key.clone() } else { format!("{place}.{key}") };
            let Some(loops) = value.as_array().filter(|_| key == "copy") else {
                out.insert(key.clone(), self.known(value, &place, missing));
                continue;
            };
            for repeated in loops {
                let name = repeated.get("name").and_then(Value::as_str).unwrap_or_default();
                let place = place.strip_suffix("copy").unwrap_or_default();
                let place = format!("{place}{name}");
                let (Some(count), Some(input)) = (self.count(repeated), repeated.get("input")) else {
                    out.insert(name.to_owned(), missing(&place).unwrap_or(Value::Null));
                    continue;
                };
                let rounds = (0..count).take_while(|_| !self.is_spent());
                let one = |index| self.round(name, index).known(input, &format!("{place}[{index}]"), missing);
                out.insert(name.to_owned(), rounds.map(one).collect());
            }
        }
        out
    }

    /// Returns the number of iterations of a loop.
    pub(super) fn count(&self, repeated: &Value) -> Option<i64> {
        self.value(repeated.get("count")?)?.as_i64().filter(|count| (0..=MAX_ITEMS).contains(count))
    }

    fn text(&self, text: &str) -> Option<Value> {
        match parse(text) {
            Text::Literal(text) => Some(Value::String(text)),
            Text::Expression(expression) => self.evaluate(&expression),
            Text::Broken => None,
        }
    }

    /// Returns whether the evaluation budget is used up.
    pub(super) fn is_spent(&self) -> bool {
        self.work.left.get() == 0
    }

    fn evaluate(&self, expression: &Expression) -> Option<Value> {
        self.work.step(|| self.evaluate_part(expression))?
    }

    fn evaluate_part(&self, expression: &Expression) -> Option<Value> {
        match expression {
            Expression::Text(text) => Some(Value::String(text.clone())),
            Expression::Number(number) => Some((*number).into()),
            Expression::Member(of, name) => match self.raw(expression) {
                // Only this member is evaluated, because other members may be unknown.
                Some((scope, part)) => scope.value(part),
                None => member(self.evaluate(of)?.as_object()?, name).cloned(),
            },
            Expression::Element(of, index) => match self.raw(expression) {
                Some((scope, part)) => scope.value(part),
                None => self.element(of, index),
            },
            Expression::Call(name, arguments) => self.call(name, arguments),
        }
    }

    fn element(&self, of: &Expression, index: &Expression) -> Option<Value> {
        match (self.evaluate(of)?, self.evaluate(index)?) {
            (Value::Array(items), index) => items.get(usize::try_from(index.as_u64()?).ok()?).cloned(),
            (Value::Object(map), Value::String(name)) => member(&map, &name).cloned(),
            _ => None,
        }
    }

    /// Returns the part of a variable to which an expression such as `variables('hub').space[0]` refers, unevaluated,
    /// and the scope in which to evaluate it; `None` if the enclosing value must be evaluated first.
    fn raw(&self, expression: &Expression) -> Option<(Self, &'t Value)> {
        let (scope, of, step) = match expression {
            Expression::Call(name, arguments) if name == "variables" => {
                let [Expression::Text(name)] = arguments.as_slice() else { return None };
                let variables = self.template.get("variables")?.as_object()?;
                let deeper = Self { depth: self.depth + 1, ..self.clone() };
                return (deeper.depth <= MAX_DEPTH).then_some((deeper, member(variables, name)?));
            }
            Expression::Member(of, name) => {
                let (scope, whole) = self.raw(of)?;
                (scope, whole, Value::String(name.clone()))
            }
            Expression::Element(of, index) => {
                let (scope, whole) = self.raw(of)?;
                (scope, whole, self.evaluate(index)?)
            }
            _ => return None,
        };
        let part = match (of, step) {
            // `copy` generates further members, so the object must be evaluated first.
            (Value::Object(map), Value::String(name)) if !map.contains_key("copy") => member(map, &name)?,
            (Value::Array(items), index) => items.get(usize::try_from(index.as_u64()?).ok()?)?,
            _ => return None,
        };
        Some((scope, part))
    }

    fn call(&self, name: &str, arguments: &[Expression]) -> Option<Value> {
        if name == "if" {
            let [condition, yes, no] = arguments else { return None };
            return self.evaluate(if self.evaluate(condition)?.as_bool()? { yes } else { no });
        }
        if name == "and" || name == "or" {
            let stop = name == "or";
            for argument in arguments {
                if self.evaluate(argument)?.as_bool()? == stop {
                    return Some(stop.into());
                }
            }
            return Some((!stop).into());
        }
        let values = arguments.iter().map(|argument| self.evaluate(argument)).collect::<Option<Vec<_>>>()?;
        let text = |index: usize| values.get(index).and_then(Value::as_str);
        match name {
            "parameters" => self.parameters.get(&text(0)?.to_ascii_lowercase()).cloned(),
            "variables" => self.variable(text(0)?),
            "copyindex" => self.copy_index(&values),
            "resourcegroup" => Some(json!({"name": "planned", "id": GROUP})),
            "subscription" => Some(json!({"subscriptionId": "planned", "id": "/subscriptions/planned"})),
            "resourceid" | "subscriptionresourceid" | "extensionresourceid" => resource_id(&values),
            "reference" => self.outputs(text(0)?),
            _ => functions::call(name, &values),
        }
    }

    fn variable(&self, name: &str) -> Option<Value> {
        let variables = self.template.get("variables")?.as_object()?;
        let deeper = Self { depth: self.depth + 1, ..self.clone() };
        if deeper.depth > MAX_DEPTH {
            return None;
        }
        if let Some(value) = member(variables, name) {
            return deeper.value(value);
        }
        let repeated = variables.get("copy")?.as_array()?;
        let repeated = repeated.iter().find(|repeated| {
            repeated.get("name").and_then(Value::as_str).is_some_and(|known| known.eq_ignore_ascii_case(name))
        })?;
        let input = repeated.get("input")?;
        (0..self.count(repeated)?).map(|index| deeper.round(name, index).value(input)).collect()
    }

    /// Evaluates `copyIndex()`, `copyIndex(1)`, `copyIndex('loop')`, `copyIndex('loop', 1)`.
    fn copy_index(&self, values: &[Value]) -> Option<Value> {
        let name = values.first().and_then(Value::as_str).map(str::to_ascii_lowercase);
        let found = match &name {
            Some(name) => self.loops.iter().rev().find(|(known, _)| known == name),
            None => self.loops.last(),
        };
        let offset = values.last().and_then(Value::as_i64).unwrap_or(0);
        found?.1.checked_add(offset).map(Value::from)
    }

    /// Returns the outputs of a module in this template. The module is identified by its id or its symbolic name.
    fn outputs(&self, of: &str) -> Option<Value> {
        let name = of.rsplit('/').next()?;
        let is = |(symbol, resource): &(Option<&str>, &'t Value)| {
            is_deployment(resource)
                && (*symbol == Some(of)
                    || resource
                        .get("name")
                        .and_then(|name| self.value(name))
                        .as_ref()
                        .and_then(Value::as_str)
                        == Some(name))
        };
        let (_, deployment) = resources(self.template).into_iter().find(is)?;
        let inside = self.inside(deployment)?;
        let outputs = deployment.pointer("/properties/template/outputs")?.as_object()?;
        let values = outputs.iter().filter_map(|(name, output)| {
            Some((name.clone(), json!({"value": inside.value(output.get("value")?)?})))
        });
        Some(json!({"outputs": values.collect::<Map<_, _>>()}))
    }
}

/// Returns the resources in a template, or nested in a resource, with their symbolic names.
pub(super) fn resources(of: &Value) -> Vec<(Option<&str>, &Value)> {
    match of.get("resources") {
        Some(Value::Array(items)) => items.iter().map(|item| (None, item)).collect(),
        Some(Value::Object(map)) => map.iter().map(|(symbol, item)| (Some(symbol.as_str()), item)).collect(),
        _ => Vec::new(),
    }
}

/// Returns whether a resource is a nested template.
pub(super) fn is_deployment(resource: &Value) -> bool {
    let kind = resource.get("type").and_then(Value::as_str).unwrap_or_default();
    kind.eq_ignore_ascii_case("Microsoft.Resources/deployments")
}

/// Looks up a name in a mapping. Names in templates are case-insensitive.
fn member<'m>(map: &'m Map<String, Value>, name: &str) -> Option<&'m Value> {
    map.get(name)
        .or_else(|| map.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value))
}

/// Evaluates `resourceId([subscription], [group], type, name…)`.
fn resource_id(values: &[Value]) -> Option<Value> {
    let texts = values.iter().map(Value::as_str).collect::<Option<Vec<_>>>()?;
    let at = texts.iter().position(|text| text.contains('/'))?;
    let (before, rest) = texts.split_at_checked(at)?;
    let (kind, names) = rest.split_first()?;
    let (subscription, group) = match before {
        [] => ("planned", "planned"),
        [group] => ("planned", *group),
        [subscription, group] => (*subscription, *group),
        _ => return None,
    };
    id(&format!("/subscriptions/{subscription}/resourceGroups/{group}"), kind, names).map(Value::String)
}

/// Returns the id of a resource of this type; `None` unless there is one name for each part of the type.
pub(super) fn id(group: &str, kind: &str, names: &[&str]) -> Option<String> {
    let (provider, path) = kind.split_once('/')?;
    let parts = path.split('/').collect::<Vec<_>>();
    if parts.len() != names.len() {
        return None;
    }
    let path = parts.into_iter().zip(names.iter().copied()).flat_map(|(part, name)| ["/", part, "/", name]);
    Some(format!("{group}/providers/{provider}{}", path.collect::<String>()))
}
