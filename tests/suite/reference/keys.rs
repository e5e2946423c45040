//! The table of keys of `docs/reference/network-file.md`: the JSON Schema as text.

use serde_json::{Map, Value};

use super::{cell, expect_end, run};

/// What the types of JSON Schema are called.
const WORDS: [(&str, &str); 4] =
    [("string", "text"), ("integer", "number"), ("number", "number"), ("boolean", "`true`, `false`")];

#[test]
fn keys_are_those_of_the_schema() {
    let schema: Value = serde_json::from_str(&run(&["schema", "network"])).unwrap();
    let mut keys =
        Keys { definitions: schema["$defs"].as_object().unwrap(), waiting: Vec::new(), shown: Vec::new() };
    let mut text = "## All keys\n\nFrom the JSON Schema that `peerpath schema network` prints. `[]` stands for an entry of a list.\n"
        .to_owned();
    text += &keys.table("The file", &schema);
    let mut next = 0;
    while let Some((name, path)) = keys.waiting.get(next).cloned() {
        let definition = &keys.definitions[&name];
        text += &keys.table(&format!("`{path}`"), definition);
        next += 1;
    }
    assert_eq!(keys.waiting.len(), keys.shown.len() - 1);
    expect_end("docs/reference/network-file.md", &text);
}

struct Keys<'s> {
    definitions: &'s Map<String, Value>,
    /// Definitions of mappings with the path at which they were first seen.
    waiting: Vec<(String, String)>,
    shown: Vec<String>,
}

impl Keys<'_> {
    /// The keys of one mapping.
    fn table(&mut self, heading: &str, schema: &Value) -> String {
        self.shown.push(heading.to_owned());
        let path = heading.trim_matches('`');
        let path = if self.shown.len() == 1 { String::new() } else { format!("{path}.") };
        let mut text =
            format!("\n### {heading}\n\n{}\n\n", cell(schema["description"].as_str().unwrap_or_default()));
        text += "| key | value | default | meaning |\n|---|---|---|---|\n";
        let required = strings(&schema["required"]);
        for (key, value) in schema["properties"].as_object().unwrap() {
            let meaning = value["description"].as_str().unwrap_or_default();
            let default =
                if required.contains(&key.as_str()) { "required".to_owned() } else { default(meaning) };
            let kind = self.kind(value, &format!("{path}{key}"));
            text += &format!("| `{key}` | {} | {} | {} |\n", cell(&kind), cell(&default), cell(meaning));
        }
        text
    }

    /// What a value may be, in words.
    fn kind(&mut self, value: &Value, path: &str) -> String {
        if let Some(reference) = value["$ref"].as_str() {
            return self.defined(reference.trim_start_matches("#/$defs/"), path);
        }
        for alternatives in ["anyOf", "oneOf"] {
            if let Some(any) = value[alternatives].as_array() {
                let mut words: Vec<String> = Vec::new();
                for one in any.iter().filter(|one| one["type"] != "null") {
                    let word = self.kind(one, path);
                    if !words.contains(&word) {
                        words.push(word);
                    }
                }
                return words.join(", ");
            }
        }
        if let Some(word) = value["const"].as_str() {
            return format!("`{word}`");
        }
        if !value["const"].is_null() {
            return format!("`{}`", value["const"]);
        }
        let types = match &value["type"] {
            Value::String(one) => vec![one.as_str()],
            several => strings(several),
        };
        let kind = types.into_iter().find(|kind| *kind != "null");
        if kind == Some("array") {
            return format!("list: {}", self.kind(&value["items"], &format!("{path}[]")));
        }
        let (_, word) = WORDS.iter().find(|(one, _)| Some(*one) == kind).unwrap();
        (*word).to_owned()
    }

    /// What a definition is: its words, or a mapping that has a table of its own.
    fn defined(&mut self, name: &str, path: &str) -> String {
        let definition = &self.definitions[name];
        if definition["properties"].is_null() {
            return self.kind(definition, path);
        }
        if let Some((_, seen)) = self.waiting.iter().find(|(waiting, _)| waiting == name) {
            return format!("keys of {}", link(seen));
        }
        self.waiting.push((name.to_owned(), path.to_owned()));
        format!("keys of {}", link(path))
    }
}

/// A link to the table of a path, by GitHub's rule for anchors.
fn link(path: &str) -> String {
    let kept = |letter: &char| letter.is_alphanumeric() || matches!(letter, '_' | '-');
    format!("[`{path}`](#{})", path.chars().filter(kept).collect::<String>())
}

/// What a description says of the default, or nothing.
fn default(meaning: &str) -> String {
    let line = meaning.split_whitespace().collect::<Vec<_>>().join(" ");
    let stated = line.split([';', '.', ',']).map(str::trim).find(|clause| clause.contains("by default"));
    let stated = stated.unwrap_or_default().replace("by default", "").trim().to_owned();
    stated.trim_start_matches("that is ").to_owned()
}

fn strings(value: &Value) -> Vec<&str> {
    value.as_array().map(|list| list.iter().filter_map(Value::as_str).collect()).unwrap_or_default()
}
