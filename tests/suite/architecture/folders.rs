//! Folders that a reader takes in at a glance: few files side by side, and short ones.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::collect;

/// Files side by side in a folder of `src/`; a sub-folder is none.
const MOST_FILES: usize = 20;

/// Lines of the median file of `src/`, tests included.
const MEDIAN_LINES: usize = 200;

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

fn files() -> Vec<PathBuf> {
    let mut files = Vec::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    assert!(files.len() > 100, "the test looks in the wrong place");
    files
}
