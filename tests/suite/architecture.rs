//! The rules of the house that no compiler checks: which way imports run, who may print, who may read
//! a clock, where tokio and pnet live, and how long a file may be.
//!
//! Every rule is a function from one file's text to its violations, so that the self-tests below can
//! hand each rule a bad snippet and see it fail. The text is split into tokens first: comments,
//! strings and character literals never count.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fmt::{self, Write as _};
use std::fs;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use tokens::{Token, before, text, tokens};

mod caught;
mod cycles;
mod folders;
mod tokens;

/// Each module under `src/` with its floor. A module imports only from floors below its own; modules
/// of one floor do not see each other.
const FLOORS: &[(&str, u8)] = &[
    ("addr", 0),
    ("atomic_file", 0),
    ("diag", 0),
    ("parallel", 0),
    ("fib", 1),
    ("yaml", 1),
    ("rib", 2),
    ("catalog", 3),
    ("network", 4),
    ("engine", 5),
    ("import", 5),
    ("export", 5),
    ("flow", 6),
    ("sim", 7),
    ("check", 8),
    ("report", 9),
    ("serve", 10),
    ("cli", 11),
];

/// Modules that may import less than their floor allows, with all that they may import.
/// `flow` keeps every source of packets equal; `check` takes flows as plain weights and never replays.
const NARROWED: &[(&str, &[&str])] = &[
    ("flow", &["addr", "diag"]),
    (
        "check",
        &["addr", "diag", "parallel", "fib", "yaml", "rib", "catalog", "network", "engine", "import", "flow"],
    ),
];

/// Lines that a file in `src/` may have, its test items aside.
const MAX_LINES: usize = 500;

/// A word that only some paths may use.
struct Reserved {
    what: &'static str,
    /// Paths that the rule is about, by their beginning.
    within: &'static str,
    matches: fn(&[Token<'_>], usize) -> bool,
    allowed: &'static [&'static str],
    remedy: &'static str,
}

const RESERVED: &[Reserved] = &[
    Reserved {
        what: "tokio or reqwest",
        within: "src/",
        matches: |tokens, at| ["tokio", "reqwest"].contains(&text(tokens, at)),
        allowed: &["src/catalog/fetch", "src/serve"],
        remedy: "keep async code where connections are opened",
    },
    Reserved {
        what: "pnet",
        within: "src/",
        matches: |tokens, at| text(tokens, at) == "pnet",
        allowed: &["src/flow/"],
        remedy: "convert to `addr` types inside `src/flow`",
    },
    Reserved {
        what: "standard output or error",
        within: "src/",
        matches: prints,
        allowed: &["src/cli/console/"],
        remedy: "write to a `&mut dyn Write` that the caller hands in; in `cli`, to a writer of `console`",
    },
    Reserved {
        what: "a clock",
        within: "src/",
        matches: |tokens, at| text(tokens, at) == "now" && before(tokens, at, 1) == "::",
        allowed: &["src/cli/"],
        remedy: "take the time as an argument",
    },
    Reserved {
        what: "reading files",
        within: "src/cli/",
        matches: |tokens, at| {
            [
                ("fs", "read"),
                ("fs", "read_to_string"),
                ("File", "open"),
                ("io", "stdin"),
                ("files", "read_file"),
                ("files", "read_path"),
                ("import", "open"),
                ("CaptureReader", "open"),
                ("CaptureSource", "File"),
            ]
            .iter()
            .any(|(owner, name)| calls(tokens, at, owner, name))
        },
        allowed: &["src/cli/inputs/opened.rs", "src/cli/signals.rs"],
        remedy: "read through `inputs::opened`, so that no output destroys what is read",
    },
    Reserved {
        what: "writing files",
        within: "src/cli/",
        matches: |tokens, at| {
            text(tokens, at) == "OpenOptions"
                || [
                    ("fs", "write"),
                    ("fs", "rename"),
                    ("fs", "copy"),
                    ("File", "create"),
                    ("File", "create_new"),
                    ("File", "options"),
                    ("Batch", "new"),
                    ("atomic_file", "replace"),
                ]
                .iter()
                .any(|(owner, name)| calls(tokens, at, owner, name))
        },
        allowed: &["src/cli/output.rs"],
        remedy: "write through `output`: whole or not at all, and never over what is read",
    },
];

/// Whether the name at `at` is `owner::name`.
fn calls(tokens: &[Token<'_>], at: usize, owner: &str, name: &str) -> bool {
    text(tokens, at) == name && before(tokens, at, 1) == "::" && before(tokens, at, 2) == owner
}

fn prints(tokens: &[Token<'_>], at: usize) -> bool {
    match text(tokens, at) {
        "print" | "println" | "eprint" | "eprintln" | "dbg" => text(tokens, at + 1) == "!",
        // `io::stdout`, or a name inside `io::{…}`; `child.stdout` and a parameter are no output of ours.
        "stdout" | "stderr" => {
            let group = || tokens.iter().take(at).rposition(|token| ["{", ";", "}"].contains(&token.text));
            let path = |at| before(tokens, at, 1) == "::" && before(tokens, at, 2) == "io";
            path(at) || group().is_some_and(|open| text(tokens, open) == "{" && path(open))
        }
        _ => false,
    }
}

#[test]
fn the_house_keeps_its_rules() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    collect(&root.join("src"), &mut files);
    files.sort();
    assert!(
        files.len() >= 10,
        "only {} files found under src/: the test looks in the wrong place",
        files.len()
    );

    let mut report = String::new();
    for file in files {
        let path = file.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
        for violation in violations(&path, &fs::read_to_string(&file).unwrap()) {
            writeln!(report, "{path}:{violation}").unwrap();
        }
    }
    assert!(report.is_empty(), "\n{report}");
}

fn collect(directory: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// `docs/dev/performance.md` lists every file with `unsafe`, and the tests that it names are there.
#[test]
fn unsafe_is_where_the_list_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("docs/dev/performance.md")).unwrap();
    let listed: Vec<Vec<&str>> = page
        .lines()
        .filter(|line| line.starts_with("| `src/"))
        .map(|line| line.split('`').collect())
        .collect();
    let mut files = Vec::new();
    collect(&root.join("src"), &mut files);
    files.sort();
    let (mut with_unsafe, mut all) = (Vec::new(), String::new());
    for file in files {
        let source = fs::read_to_string(&file).unwrap();
        if tokens(&source).iter().any(|token| token.text == "unsafe") {
            with_unsafe.push(file.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/"));
        }
        all += &source;
    }
    // Between ticks: the file, then the tests.
    let paths: Vec<&str> = listed.iter().filter_map(|row| row.get(1).copied()).collect();
    assert_eq!(with_unsafe, paths, "the list in docs/dev/performance.md");
    for test in listed.iter().flat_map(|row| row.iter().skip(3).step_by(2)) {
        assert!(all.contains(&format!("fn {test}()")), "docs/dev/performance.md names the test `{test}`");
    }
    assert!(listed.iter().all(|row| row.len() > 4), "each row names a test");
}

// --- the rules ---------------------------------------------------------------------------------------

#[derive(Debug)]
struct Violation {
    line: usize,
    message: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.line, self.message)
    }
}

/// All that is wrong with one file; `path` is relative to the crate root.
fn violations(path: &str, source: &str) -> Vec<Violation> {
    let all = tokens(source);
    let tests = test_lines(path, source, &all);
    let outside_tests: Vec<Token<'_>> =
        all.iter().filter(|token| !tests.iter().any(|test| test.contains(&token.line))).copied().collect();
    let mut found = Vec::new();
    check_imports(path, &all, &mut found);
    check_reserved(path, &outside_tests, &mut found);
    check_length(source, &tests, &mut found);
    found.sort_by_key(|violation| violation.line);
    found
}

/// Imports run downwards. Test items are held to it too: a test that needs an upper floor belongs in `tests/`.
fn check_imports(path: &str, tokens: &[Token<'_>], found: &mut Vec<Violation>) {
    let Some(below_src) = path.strip_prefix("src/") else { return };
    let parts: Vec<&str> = below_src.trim_end_matches(".rs").split('/').collect();
    let module = match parts.as_slice() {
        ["lib" | "main"] | [] => return, // the index of the crate and the call of `cli::main`: no logic
        [module, ..] => *module,
    };
    let Some(own) = floor(module) else {
        let message = format!(
            "module `{module}` has no floor: add it to FLOORS in tests/suite/architecture.rs and to the table in src/lib.rs"
        );
        found.push(Violation { line: 1, message });
        return;
    };
    let depth = parts.len() - usize::from(parts.last() == Some(&"mod"));
    for import in imports(tokens, depth) {
        let target = import.text;
        if target == module {
            continue;
        }
        let narrowed = NARROWED.iter().find(|(name, _)| *name == module);
        let message = match (floor(target), narrowed) {
            (None, _) if ["*", "crate"].contains(&target) => {
                "imports the crate root as a whole: name the module, so that its floor can be seen".to_owned()
            }
            (None, _) => format!(
                "`{target}` is no module with a floor: import from the module itself, or add a new one to FLOORS in tests/suite/architecture.rs"
            ),
            (Some(theirs), _) if theirs > own => {
                format!("`{module}` (floor {own}) imports `{target}` (floor {theirs}) from above")
            }
            (Some(theirs), _) if theirs == own => {
                format!("`{module}` imports its sibling `{target}` on floor {own}")
            }
            (Some(_), Some((_, only))) if !only.contains(&target) => {
                format!("`{module}` may import only {}, not `{target}`", only.join(", "))
            }
            (Some(_), _) => continue,
        };
        found.push(Violation { line: import.line, message });
    }
}

fn floor(module: &str) -> Option<u8> {
    FLOORS.iter().find(|(name, _)| *name == module).map(|(_, floor)| *floor)
}

fn check_reserved(path: &str, tokens: &[Token<'_>], found: &mut Vec<Violation>) {
    let applies = |rule: &&Reserved| {
        path.starts_with(rule.within) && !rule.allowed.iter().any(|prefix| path.starts_with(prefix))
    };
    for rule in RESERVED.iter().filter(applies) {
        let places = rule.allowed.iter().map(|prefix| format!("{prefix}*")).collect::<Vec<_>>().join(" and ");
        for (at, token) in tokens.iter().enumerate() {
            if (rule.matches)(tokens, at) {
                let message =
                    format!("`{}` uses {}, reserved for {places}: {}", token.text, rule.what, rule.remedy);
                found.push(Violation { line: token.line, message });
            }
        }
    }
}

fn check_length(source: &str, tests: &[RangeInclusive<usize>], found: &mut Vec<Violation>) {
    let lines =
        (1..=source.lines().count()).filter(|line| !tests.iter().any(|test| test.contains(line))).count();
    if lines > MAX_LINES {
        let message =
            format!("{lines} lines without tests, more than {MAX_LINES}: split the file by what it does");
        found.push(Violation { line: 1, message });
    }
}

// --- imports -----------------------------------------------------------------------------------------

/// The first segment below the crate root of every path that starts with `crate`, or that climbs to the
/// root with `super`. `depth` is how many modules the file lies below the root. The whole root shows as
/// `*` or `crate`.
fn imports<'a>(tokens: &[Token<'a>], depth: usize) -> Vec<Token<'a>> {
    let mut found = Vec::new();
    let mut inline: Vec<usize> = Vec::new(); // brace depths at which `mod x {` opened
    let mut braces = 0;
    let mut at = 0;
    while at < tokens.len() {
        match text(tokens, at) {
            "{" => {
                braces += 1;
                if at >= 2 && before(tokens, at, 2) == "mod" {
                    inline.push(braces);
                }
            }
            "}" => {
                if inline.last() == Some(&braces) {
                    inline.pop();
                }
                braces = braces.saturating_sub(1);
            }
            "crate" | "super" | "self"
                if ["::", "as"].contains(&text(tokens, at + 1)) && before(tokens, at, 1) != "::" =>
            {
                at = walk(tokens, at, depth + inline.len(), &mut found);
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    found
}

/// Follows one path, or one `use` tree, that starts `level` modules below the crate root; returns where it
/// stopped.
fn walk<'a>(tokens: &[Token<'a>], mut at: usize, mut level: usize, found: &mut Vec<Token<'a>>) -> usize {
    while let Some(token) = tokens.get(at) {
        match token.text {
            "crate" => level = 0,
            "super" => level = level.saturating_sub(1),
            "self" => {}
            "{" => return walk_group(tokens, at + 1, level, found),
            _ => {
                if level == 0 {
                    found.push(*token);
                }
                // The rest lies inside that module; its groups hold no start of a path from the root.
                return if level == 0 { skip_tree(tokens, at + 1) } else { at + 1 };
            }
        }
        at += 1;
        if text(tokens, at) != "::" {
            if level == 0 {
                found.push(Token { text: "crate", line: token.line });
            }
            return at;
        }
        at += 1;
    }
    at
}

fn walk_group<'a>(tokens: &[Token<'a>], mut at: usize, level: usize, found: &mut Vec<Token<'a>>) -> usize {
    while at < tokens.len() {
        match text(tokens, at) {
            "}" => return at + 1,
            "," => at += 1,
            _ => {
                at = skip_tree(tokens, walk(tokens, at, level, found));
                while !["", ",", "}"].contains(&text(tokens, at)) {
                    at += 1; // `as name`
                }
            }
        }
    }
    at
}

/// Skips what follows the segment of interest: `::a::{b, c}`.
fn skip_tree(tokens: &[Token<'_>], mut at: usize) -> usize {
    let mut open = 0_usize;
    while at < tokens.len() {
        match text(tokens, at) {
            "}" if open > 0 => open -= 1,
            "{" if open > 0 || before(tokens, at, 1) == "::" => open += 1,
            "::" => {}
            _ if open > 0 || before(tokens, at, 1) == "::" => {}
            _ => return at,
        }
        at += 1;
    }
    at
}

// --- test items --------------------------------------------------------------------------------------

/// The lines of all items under `#[cfg(test)]`, attributes included; of a file of tests, every line.
fn test_lines(path: &str, source: &str, tokens: &[Token<'_>]) -> Vec<RangeInclusive<usize>> {
    let whole = 1..=source.lines().count().max(1);
    if path.ends_with("/tests.rs") || path.contains("/tests/") {
        return vec![whole];
    }
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let inner = usize::from(text(tokens, at + 1) == "!");
        let is_test = text(tokens, at) == "#"
            && ["[", "cfg", "(", "test", ")", "]"]
                .iter()
                .enumerate()
                .all(|(i, expected)| text(tokens, at + 1 + inner + i) == *expected);
        if !is_test {
            at += 1;
            continue;
        }
        if inner == 1 {
            return vec![whole];
        }
        let end = end_of_item(tokens, at);
        let last = tokens.get(end).or(tokens.last());
        found.extend(tokens.get(at).zip(last).map(|(first, last)| first.line..=last.line));
        at = end + 1;
    }
    found
}

/// The index of the `;` or of the closing `}` of the item that starts at `at`, attributes first.
fn end_of_item(tokens: &[Token<'_>], at: usize) -> usize {
    let mut open = 0_usize;
    for (index, token) in tokens.iter().enumerate().skip(at) {
        match token.text {
            "(" | "[" | "{" => open += 1,
            ")" | "]" => open = open.saturating_sub(1),
            "}" if open <= 1 => return index,
            "}" => open -= 1,
            ";" if open == 0 => return index,
            _ => {}
        }
    }
    tokens.len()
}

// --- tokens ------------------------------------------------------------------------------------------

// --- self-tests: each rule can fail ------------------------------------------------------------------
