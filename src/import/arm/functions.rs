//! Template functions that depend only on their arguments.

use serde_json::{Value, json};

/// The maximum number of elements in a range, loop or list.
pub(super) const MAX_ITEMS: i64 = 10_000;

/// Returns the result of a function; `None` if the function is not supported or its arguments are invalid.
///
/// # Complexity
///
/// Linear in the size of the arguments; the size of a result is limited.
pub(super) fn call(name: &str, arguments: &[Value]) -> Option<Value> {
    texts(name, arguments).or_else(|| lists(name, arguments)).or_else(|| values(name, arguments))
}

/// Evaluates string functions.
fn texts(name: &str, arguments: &[Value]) -> Option<Value> {
    let text = |index: usize| arguments.get(index).and_then(Value::as_str);
    let number = |index: usize| arguments.get(index).and_then(Value::as_i64);
    let list = |index: usize| arguments.get(index).and_then(Value::as_array);
    let first = arguments.first();
    Some(match name {
        "concat" => concat(arguments)?,
        "format" => Value::String(format(text(0)?, arguments.get(1..)?)?),
        "tolower" => text(0)?.to_lowercase().into(),
        "toupper" => text(0)?.to_uppercase().into(),
        "trim" => text(0)?.trim().into(),
        "replace" => {
            let from = text(1).filter(|from| !from.is_empty())?;
            bounded(text(0)?.replace(from, text(2)?))?
        }
        "split" => match first? {
            Value::String(of) => of.split(text(1)?).collect(),
            _ => return None,
        },
        "join" => {
            let items = list(0)?.iter().map(shown).collect::<Option<Vec<_>>>()?;
            bounded(items.join(text(1)?))?
        }
        "substring" => {
            let from = usize::try_from(number(1)?).ok()?;
            let rest = text(0)?.get(from..)?;
            match arguments.get(2) {
                Some(_) => rest.get(..usize::try_from(number(2)?).ok()?)?.into(),
                None => rest.into(),
            }
        }
        "string" => Value::String(shown(first?)?),
        _ => return None,
    })
}

/// Evaluates list and object functions.
fn lists(name: &str, arguments: &[Value]) -> Option<Value> {
    let text = |index: usize| arguments.get(index).and_then(Value::as_str);
    let number = |index: usize| arguments.get(index).and_then(Value::as_i64);
    let list = |index: usize| arguments.get(index).and_then(Value::as_array);
    let first = arguments.first();
    Some(match name {
        "length" => match first? {
            Value::String(text) => text.chars().count().into(),
            Value::Array(items) => items.len().into(),
            Value::Object(map) => map.len().into(),
            _ => return None,
        },
        "empty" => match first? {
            Value::Null => true.into(),
            Value::String(text) => text.is_empty().into(),
            Value::Array(items) => items.is_empty().into(),
            Value::Object(map) => map.is_empty().into(),
            _ => return None,
        },
        "contains" => match first? {
            Value::String(of) => of.contains(text(1)?).into(),
            Value::Array(items) => items.contains(arguments.get(1)?).into(),
            Value::Object(map) => map.keys().any(|key| Some(key.as_str()) == text(1)).into(),
            _ => return None,
        },
        "first" => match first? {
            Value::Array(items) => items.first()?.clone(),
            Value::String(text) => text.chars().take(1).collect::<String>().into(),
            _ => return None,
        },
        "last" => list(0)?.last()?.clone(),
        "skip" => list(0)?.iter().skip(usize::try_from(number(1)?).ok()?).cloned().collect(),
        "take" => list(0)?.iter().take(usize::try_from(number(1)?).ok()?).cloned().collect(),
        "createarray" => arguments.to_vec().into(),
        "array" => {
            if first?.is_array() {
                first?.clone()
            } else {
                json!([first?])
            }
        }
        "createobject" => {
            let pairs = arguments.chunks(2).map(|pair| match pair {
                [Value::String(key), value] => Some((key.clone(), value.clone())),
                _ => None,
            });
            Value::Object(pairs.collect::<Option<_>>()?)
        }
        "union" => union(arguments)?,
        "range" => {
            let (from, count) = (number(0)?, number(1).filter(|count| (0..=MAX_ITEMS).contains(count))?);
            (from..from.checked_add(count)?).collect()
        }
        _ => return None,
    })
}

/// Evaluates numeric and Boolean functions.
fn values(name: &str, arguments: &[Value]) -> Option<Value> {
    let number = |index: usize| arguments.get(index).and_then(Value::as_i64);
    let flag = |index: usize| arguments.get(index).and_then(Value::as_bool);
    let first = arguments.first();
    Some(match name {
        "int" => match first? {
            Value::String(text) => text.trim().parse::<i64>().ok()?.into(),
            other => other.as_i64()?.into(),
        },
        "bool" => match first? {
            Value::Bool(flag) => (*flag).into(),
            Value::String(text) => text.eq_ignore_ascii_case("true").into(),
            other => (other.as_i64()? != 0).into(),
        },
        "true" => true.into(),
        "false" => false.into(),
        "null" => Value::Null,
        "not" => (!flag(0)?).into(),
        "equals" => match (first?, arguments.get(1)?) {
            // String comparison ignores case.
            (Value::String(a), Value::String(b)) => a.eq_ignore_ascii_case(b).into(),
            (a, b) => (a == b).into(),
        },
        "less" => (number(0)? < number(1)?).into(),
        "greater" => (number(0)? > number(1)?).into(),
        "add" => number(0)?.checked_add(number(1)?)?.into(),
        "sub" => number(0)?.checked_sub(number(1)?)?.into(),
        "mul" => number(0)?.checked_mul(number(1)?)?.into(),
        "div" => number(0)?.checked_div(number(1)?)?.into(),
        "mod" => number(0)?.checked_rem(number(1)?)?.into(),
        "coalesce" => arguments.iter().find(|value| !value.is_null())?.clone(),
        _ => return None,
    })
}

/// Returns the string unless it is longer than any sensible template needs.
fn bounded(text: String) -> Option<Value> {
    (text.len() <= 1 << 20).then_some(Value::String(text))
}

fn concat(arguments: &[Value]) -> Option<Value> {
    if arguments.iter().all(Value::is_array) {
        let items = arguments.iter().filter_map(Value::as_array).flatten().cloned().collect::<Vec<_>>();
        return (i64::try_from(items.len()).ok()? <= MAX_ITEMS).then_some(Value::Array(items));
    }
    bounded(arguments.iter().map(shown).collect::<Option<String>>()?)
}

fn union(arguments: &[Value]) -> Option<Value> {
    if arguments.iter().all(Value::is_array) {
        let mut items: Vec<Value> = Vec::new();
        for item in arguments.iter().filter_map(Value::as_array).flatten() {
            if !items.contains(item) {
                items.push(item.clone());
            }
        }
        return Some(Value::Array(items));
    }
    let maps = arguments.iter().map(Value::as_object).collect::<Option<Vec<_>>>()?;
    Some(Value::Object(maps.into_iter().flatten().map(|(key, value)| (key.clone(), value.clone())).collect()))
}

/// Returns a scalar as a string.
fn shown(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(if *flag { "True" } else { "False" }.to_owned()),
        _ => None,
    }
}

/// Replaces `{0}` with the first argument, and so on; `{{` is a literal brace.
fn format(template: &str, arguments: &[Value]) -> Option<String> {
    let mut out = String::new();
    let mut rest = template;
    while let Some(at) = rest.find(['{', '}']) {
        let (head, tail) = rest.split_at_checked(at)?;
        out.push_str(head);
        if let Some(after) = tail.strip_prefix("{{") {
            out.push('{');
            rest = after;
        } else if let Some(after) = tail.strip_prefix("}}") {
            out.push('}');
            rest = after;
        } else {
            let (index, after) = tail.strip_prefix('{')?.split_once('}')?;
            // Widths and format strings (`{0:N}`) are not supported.
            out.push_str(&shown(arguments.get(index.trim().parse::<usize>().ok()?)?)?);
            rest = after;
        }
    }
    out.push_str(rest);
    (out.len() <= 1 << 20).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_by_example() {
        for (name, arguments, expected) in [
            ("concat", json!(["a", 1, "b"]), Some(json!("a1b"))),
            ("concat", json!([["a"], ["b"]]), Some(json!(["a", "b"]))),
            ("concat", json!([["a"], "b"]), None),
            ("format", json!(["{0}/{1}{{}}", "hub", 2]), Some(json!("hub/2{}"))),
            ("format", json!(["{2}", "hub"]), None),
            ("format", json!(["{0:N}", 1]), None),
            ("tolower", json!(["AbC"]), Some(json!("abc"))),
            ("equals", json!(["A", "a"]), Some(json!(true))),
            ("equals", json!([1, 2]), Some(json!(false))),
            ("range", json!([1, 3]), Some(json!([1, 2, 3]))),
            ("range", json!([1, 99_999_999]), None),
            ("split", json!(["a/b", "/"]), Some(json!(["a", "b"]))),
            ("substring", json!(["abcdef", 2, 2]), Some(json!("cd"))),
            ("substring", json!(["ä", 1]), None),
            ("add", json!([i64::MAX, 1]), None),
            ("union", json!([{"a": 1}, {"a": 2, "b": 3}]), Some(json!({"a": 2, "b": 3}))),
            ("createobject", json!(["a", 1]), Some(json!({"a": 1}))),
            ("createobject", json!(["a"]), None),
            ("coalesce", json!([null, "x"]), Some(json!("x"))),
            ("length", json!([[1, 2]]), Some(json!(2))),
            ("uniquestring", json!(["a"]), None),
            ("concat", json!([]), Some(json!([]))),
        ] {
            assert_eq!(call(name, arguments.as_array().unwrap()), expected, "{name} {arguments}");
        }
    }
}
