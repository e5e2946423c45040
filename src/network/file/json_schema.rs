//! The JSON Schemas of the files that people write, for editors.

use crate::network::file::{ChecksFile, IntentFile, NetworkFile};

/// Returns the JSON Schema of the network file (draft 2020-12), indented, for editors.
pub fn schema() -> String {
    schema_of::<NetworkFile>("peerpath network file, version 1")
}

/// Returns the JSON Schema of a checks file (draft 2020-12), indented, for editors.
pub fn checks_schema() -> String {
    schema_of::<ChecksFile>("peerpath checks, version 1")
}

/// Returns the JSON Schema of an intent file (draft 2020-12), indented, for editors.
pub fn intent_schema() -> String {
    schema_of::<IntentFile>("peerpath intent, version 1")
}

fn schema_of<T: schemars::JsonSchema>(title: &'static str) -> String {
    let mut schema = schemars::schema_for!(T);
    schema.insert("title".to_owned(), title.into());
    // A schema contains only maps, lists and strings, so formatting with `{:#}` cannot fail.
    format!("{:#}\n", schema.as_value())
}
