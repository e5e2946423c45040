//! Reads the parts of a response: its body, its objects, or its error.

use serde_json::{Map, Value};

use super::ExportRefusal;
use super::object::Object;

/// The parameters of a request.
pub(super) type Parameters<'a> = &'a Map<String, Value>;

/// Returns the response in a value: the value itself, or the body of a REST example or a saved response, with the
/// parameters of the request.
pub(super) fn body(value: &Value) -> Result<(&Value, Option<Parameters<'_>>), ExportRefusal> {
    let Some(responses) = value.get("responses").and_then(Value::as_object) else { return Ok((value, None)) };
    let parameters = value.get("parameters").and_then(Value::as_object);
    let body = responses
        .iter()
        .filter(|(status, _)| status.starts_with('2'))
        .find_map(|(_, answer)| answer.get("body"));
    body.map(|body| (body, parameters)).ok_or(ExportRefusal::NoBody)
}

/// Returns the code of an error response: `{"error": {"code": …}}`, `{"code": …, "message": …}` or `{"message": …}`.
pub(super) fn error_code(object: Object<'_>) -> Option<String> {
    let error = object.object("error").or_else(|| {
        let bare = object.has("message") && !object.has("id") && !object.has("value");
        bare.then_some(object)
    })?;
    let code = error.text("code").filter(|code| code.len() <= 80);
    Some(code.unwrap_or_else(|| "no code".to_owned()))
}

/// Returns the objects in a response, each with the key of its list. A response is a list, an object with a list in
/// `value`, an object with several named lists (as from a Route Server), or a single object.
pub(super) fn rows(body: &Value) -> Vec<(&str, Object<'_>)> {
    if let Some(items) = body.as_array() {
        return items.iter().filter_map(Object::of).map(|row| ("", row)).collect();
    }
    let Some(object) = Object::of(body) else { return Vec::new() };
    if object.get("value").is_some_and(Value::is_array) {
        return object.objects("value").map(|row| ("", row)).collect();
    }
    let Some(map) = body.as_object() else { return Vec::new() };
    let lists =
        map.values().all(|value| value.as_array().is_some_and(|items| items.iter().all(Value::is_object)));
    if !lists {
        return vec![("", object)];
    }
    map.iter()
        .flat_map(|(key, value)| {
            let items = value.as_array().map_or(&[][..], Vec::as_slice);
            items.iter().filter_map(Object::of).map(|row| (key.as_str(), row))
        })
        .collect()
}
