//! Generated documentation: pages and a picture that say what the source says. `UPDATE_EXPECT=1 cargo test
//! --all-features --test suite reference::` writes them anew.
#![cfg(all(feature = "cli", feature = "schema"))]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod codes;
mod command_line;
mod keys;
mod links;
mod picture;

use std::fs;
use std::path::{Path, PathBuf};

/// The line behind which a page is generated, up to its end.
const GENERATED: &str =
    "<!-- Generated from here on: UPDATE_EXPECT=1 cargo test --all-features --test suite reference:: -->\n";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_path_buf()
}

/// What the command prints on standard output.
fn run(arguments: &[&str]) -> String {
    let output = crate::peerpath().args(arguments).current_dir(root()).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Compares a committed file with what it should hold, or writes it.
fn expect(path: &str, text: &str) {
    let file = root().join(path);
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(&file, text).unwrap();
        return;
    }
    let committed = fs::read_to_string(&file).unwrap_or_default();
    let line = committed.lines().zip(text.lines()).take_while(|(old, new)| old == new).count() + 1;
    assert!(committed == text, "{path} is out of date from line {line} on; set UPDATE_EXPECT=1");
}

/// Compares or writes the generated part of a page, which is at its end.
fn expect_end(path: &str, generated: &str) {
    let page = fs::read_to_string(root().join(path)).unwrap();
    let (by_hand, _) = page.split_once(GENERATED).unwrap();
    expect(path, &format!("{by_hand}{GENERATED}\n{generated}"));
}

/// A text as one cell of a table: on one line, no bar ends the cell, no angle bracket opens a tag.
fn cell(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut cell = String::new();
    for (index, part) in line.split('`').enumerate() {
        if index > 0 {
            cell.push('`');
        }
        let part = part.replace('|', "\\|");
        cell.push_str(&if index % 2 == 0 { part.replace('<', "&lt;") } else { part });
    }
    cell
}

/// The guide shows the network file of the example as it is shipped.
#[test]
fn the_complete_example_of_the_guide_is_shipped() {
    let guide = include_str!("../../../docs/guide/network-file.md");
    let example = include_str!("../../../examples/two-sites/network.yaml");
    assert!(guide.contains(&format!("\n```yaml\n{example}```\n")), "copy the file into the guide");
}
