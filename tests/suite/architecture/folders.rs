//! Folders that a reader takes in at a glance: few files side by side, and short ones.

#![expect(clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

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
        let found = functions(&tokens(&source)).into_iter().filter(|(_, lines)| *lines > SCREEN);
        long.extend(found.map(|(line, lines)| format!("{}:{line} has {lines} lines", file.display())));
    }
    assert!(long.len() <= MOST_LONG, "split some of these functions:\n{}", long.join("\n"));
}

#[test]
fn functions_are_measured_from_their_name_to_their_last_brace() {
    let source = "
        type Hook = fn(u8) -> u8;
        trait T { fn none(&self, a: [u8; 2]) -> u8; }
        fn one() {}
        fn four(
            hook: fn(u8) -> u8,
        ) -> u8 { [hook][0](1)
        }
        fn three<A>() where A: Copy, {
            if true { one() }
        }
    ";
    let lines: Vec<_> = functions(&tokens(source)).into_iter().map(|(_, lines)| lines).collect();
    assert_eq!(lines, [1, 1, 4, 3]);
}

/// The first line of every function, and how many lines it has.
fn functions(code: &[Token<'_>]) -> Vec<(usize, usize)> {
    let named =
        |next: &Token<'_>| next.text.starts_with(|letter: char| letter.is_alphabetic() || letter == '_');
    let starts = code.windows(2).enumerate().filter(|(_, pair)| pair[0].text == "fn" && named(&pair[1]));
    starts.map(|(at, pair)| (pair[0].line, end_of_function(&code[at..]) - pair[0].line + 1)).collect()
}

/// The line where the function ends that starts with these tokens: at its last brace, or at its semicolon.
fn end_of_function(code: &[Token<'_>]) -> usize {
    let (mut braces, mut brackets) = (0_usize, 0_usize);
    for token in code {
        match token.text {
            "{" => braces += 1,
            "}" if braces == 1 => return token.line,
            "}" => braces -= 1,
            "(" | "[" => brackets += 1,
            ")" | "]" => brackets -= 1,
            ";" if braces == 0 && brackets == 0 => return token.line,
            _ => {}
        }
    }
    panic!("a function has no end");
}

fn files() -> Vec<PathBuf> {
    let mut files = Vec::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    assert!(files.len() > 100, "the test looks in the wrong place");
    files
}
