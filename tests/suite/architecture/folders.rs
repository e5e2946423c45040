//! Folders that a reader takes in at a glance: few files side by side, and short ones.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::collect;
use super::tokens::{Token, tokens};

/// Files side by side in a folder of `src/`; a sub-folder is none.
const MOST_FILES: usize = 20;

/// Lines of the median file of `src/`, tests included.
const MEDIAN_LINES: usize = 200;

/// Lines of a function that fit a screen.
const SCREEN: usize = 60;

/// Functions that may be longer: tables of one arm per case, and generators of tests.
const MOST_LONG: usize = 10;

#[test]
fn no_folder_of_src_is_crowded() {
    let mut folders: BTreeMap<PathBuf, usize> = BTreeMap::new();
    for file in files() {
        *folders.entry(file.parent().unwrap().to_path_buf()).or_default() += 1;
    }
    let crowded: Vec<_> = folders.iter().filter(|(_, files)| **files > MOST_FILES).collect();
    assert!(crowded.is_empty(), "part by subject what has more than {MOST_FILES} files: {crowded:?}");
}

#[test]
fn the_median_file_of_src_is_short() {
    let mut lines: Vec<usize> =
        files().iter().map(|file| fs::read_to_string(file).unwrap().lines().count()).collect();
    lines.sort_unstable();
    let median = lines[lines.len() / 2];
    assert!(median <= MEDIAN_LINES, "the median file has {median} lines");
}

#[test]
fn functions_of_src_fit_a_screen() {
    let mut long = Vec::new();
    for file in files() {
        let source = fs::read_to_string(&file).unwrap();
        let code = tokens(&source);
        for (at, line) in
            code.iter().enumerate().filter(|(_, one)| one.text == "fn").map(|(at, one)| (at, one.line))
        {
            let lines = end_of_function(&code, at) - line + 1;
            if lines > SCREEN {
                long.push(format!("{}:{} has {lines} lines", file.display(), line));
            }
        }
    }
    assert!(long.len() <= MOST_LONG, "split some of these functions:\n{}", long.join("\n"));
}

/// The line where a function ends that starts at a token; that of the token for a function type.
fn end_of_function(code: &[Token<'_>], at: usize) -> usize {
    let mut depth = 0_usize;
    let start = code.get(at).unwrap().line;
    for token in code.iter().skip(at) {
        match token.text {
            "{" => depth += 1,
            "}" if depth == 1 => return token.line,
            "}" if depth > 1 => depth -= 1,
            ";" | "," | ")" | "}" | "=" if depth == 0 && token.line != start => return start,
            ";" if depth == 0 => return token.line,
            _ => {}
        }
    }
    start
}

fn files() -> Vec<PathBuf> {
    let mut files = Vec::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    assert!(files.len() > 100, "the test looks in the wrong place");
    files
}
