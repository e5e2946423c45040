//! No import cycles inside a folder: neither between its files nor between its sub-folders.
//!
//! A module with modules below it is a folder here, whether its own text is in `x/mod.rs` or in `x.rs`. That text is
//! no part of a cycle: it holds what its children share, and calls them. Every path of a file is followed to the file
//! that defines what it names, through re-exports, so that `super::Prefix` and `crate::addr::Prefix` count alike.
//! Test items are left out. What no path names, such as a method of a type that a third file hands over, is not seen.

#![expect(clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use super::tokens::{Token, before, text, tokens};
use super::{collect, test_lines};

/// A cycle that is known, with why it is still there.
struct Known {
    /// The folder, as a path of modules below `src`.
    folder: &'static str,
    /// The modules that import each other, in alphabetical order.
    members: &'static [&'static str],
    /// Why they do.
    reason: &'static str,
}

/// Every import cycle inside a folder. The list only grows shorter: a cycle that is not in it fails, and so does a row
/// whose cycle is gone.
const KNOWN_CYCLES: &[Known] = &[Known {
    folder: "rib",
    members: &["route", "route_map", "unknown_attributes"],
    reason: "attributes hold what a route map left open, which is attributes again",
}];

#[test]
fn no_folder_has_an_import_cycle_that_is_not_known() {
    let report = violations(&sources(), KNOWN_CYCLES);
    assert!(report.is_empty(), "\n{report}");
}

/// What two commands share stands below them.
#[test]
fn no_command_imports_another() {
    let sources = sources();
    let modules = Modules::of(&sources);
    let folders = modules.imports();
    assert!(folders.contains_key(["cli"].as_slice()), "the folder has moved");
    let among: Vec<_> = folders.get(["cli", "commands"].as_slice()).into_iter().flatten().collect();
    assert!(among.is_empty(), "{among:#?}");
}

/// The files of the crate, each with its text.
fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    collect(&root.join("src"), &mut files);
    let read = |file: &PathBuf| {
        let path = file.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
        (path, fs::read_to_string(file).unwrap())
    };
    files.iter().map(read).collect()
}

/// What is wrong with the import cycles of `files`, each a path such as `src/addr/mod.rs` with its text: cycles that
/// are not known, and known ones that are gone. Empty where all is well.
fn violations(files: &[(String, String)], known: &[Known]) -> String {
    let found = Modules::of(files).cycles();
    let is = |known: &Known, cycle: &Cycle| known.folder == cycle.folder && known.members == cycle.members;
    let mut report = String::new();
    for cycle in found.iter().filter(|cycle| !known.iter().any(|known| is(known, cycle))) {
        let (folder, members) = (&cycle.folder, cycle.members.join(", "));
        writeln!(report, "src/{folder}: {members} import each other: move what they share below them")
            .unwrap();
        for import in &cycle.imports {
            writeln!(report, "    {import}").unwrap();
        }
    }
    for known in known {
        if !found.iter().any(|cycle| is(known, cycle)) {
            let (folder, members) = (known.folder, known.members.join(", "));
            writeln!(report, "src/{folder}: {members} are no longer a cycle: shorten KNOWN_CYCLES").unwrap();
        }
        if known.reason.is_empty() || !known.members.is_sorted() {
            writeln!(report, "src/{}: say why, and list the members in order", known.folder).unwrap();
        }
    }
    report
}

/// Modules of one folder that import each other, directly or through others of them.
struct Cycle {
    folder: String,
    members: Vec<String>,
    /// The imports between them: the file with its line, and the file that it imports.
    imports: Vec<String>,
}

/// The path of a module below the crate root.
type Module<'a> = Vec<&'a str>;

/// The modules of a crate, test modules aside.
struct Modules<'a>(BTreeMap<Module<'a>, File<'a>>);

struct File<'a> {
    /// `src/addr/mod.rs`
    path: &'a str,
    /// What its `use` declarations bring into scope by name.
    scope: BTreeMap<&'a str, Module<'a>>,
    /// The modules of which it takes in everything.
    globs: Vec<Module<'a>>,
    /// The names of the items that it defines.
    items: BTreeSet<&'a str>,
    /// Every path that it uses, with its line.
    uses: Vec<(Module<'a>, usize)>,
}

impl<'a> Modules<'a> {
    fn of(files: &'a [(String, String)]) -> Self {
        let mut texts: BTreeMap<Module<'a>, (&'a str, Vec<Token<'a>>)> = BTreeMap::new();
        let mut test_modules: BTreeSet<Module<'a>> = BTreeSet::new();
        for (path, source) in files {
            let Some(module) = module_of(path) else { continue };
            let mut code = tokens(source);
            let tests = test_lines(path, source, &code);
            let is_test = |line| tests.iter().any(|lines| lines.contains(&line));
            for at in 0..code.len() {
                if text(&code, at) == "mod" && text(&code, at + 2) == ";" && is_test(code[at].line) {
                    test_modules.insert([module.as_slice(), &[code[at + 1].text]].concat());
                }
            }
            code.retain(|token| !is_test(token.line));
            texts.insert(module, (path, code));
        }
        texts.retain(|module, _| !test_modules.iter().any(|test| module.starts_with(test)));
        let names: BTreeSet<Module<'a>> = texts.keys().cloned().collect();
        let read = |(module, (path, code)): (Module<'a>, (&'a str, Vec<Token<'a>>))| {
            let file = Reader::read(&names, &module, path, &code);
            (module, file)
        };
        Self(texts.into_iter().map(read).collect())
    }

    /// The module whose file defines what a path names.
    fn definer(&self, path: &[&'a str], steps: usize) -> Module<'a> {
        let mut module: Module<'a> = Vec::new();
        for (at, name) in path.iter().enumerate() {
            module.push(name);
            if self.0.contains_key(&module) {
                continue;
            }
            module.pop();
            // A chain of re-exports that is longer than this goes round.
            let Some(file) = self.0.get(&module).filter(|_| steps < 16) else { return module };
            let rest = &path[at + 1..];
            if let Some(shown) = file.scope.get(name) {
                return self.definer(&[shown.as_slice(), rest].concat(), steps + 1);
            }
            let has = |glob: &&Module<'a>| self.0.get(*glob).is_some_and(|file| file.items.contains(name));
            if let Some(glob) = file.globs.iter().find(has) {
                return glob.clone();
            }
            return module;
        }
        module
    }

    fn cycles(&self) -> Vec<Cycle> {
        let folders = self.imports();
        folders.iter().flat_map(|(folder, imports)| cycles_of(&folder.join("/"), imports)).collect()
    }

    /// Per folder: which of its modules imports which, and where.
    fn imports(&self) -> BTreeMap<Module<'a>, Imports<'_>> {
        let mut folders: BTreeMap<Module<'a>, Imports<'_>> = BTreeMap::new();
        for (module, file) in &self.0 {
            for (path, line) in &file.uses {
                let target = self.definer(path, 0);
                let common = module.iter().zip(&target).take_while(|(one, other)| one == other).count();
                let (Some(from), Some(to)) = (module.get(common), target.get(common)) else { continue };
                // The modules of the crate root are held to their floors.
                if common > 0 {
                    let import = format!("{}:{line} imports {}", file.path, self.0[&target].path);
                    let imports = folders.entry(module[..common].to_vec()).or_default();
                    imports.entry((from, to)).or_default().insert(import);
                }
            }
        }
        folders
    }
}

/// Which module of a folder imports which, with the places.
type Imports<'m> = BTreeMap<(&'m str, &'m str), BTreeSet<String>>;

/// The cycles of one folder, each with the first import of every pair.
fn cycles_of(folder: &str, imports: &Imports<'_>) -> Vec<Cycle> {
    let mut reach: BTreeSet<(&str, &str)> = imports.keys().copied().collect();
    let names: BTreeSet<&str> = reach.iter().flat_map(|(from, to)| [*from, *to]).collect();
    for through in &names {
        for from in &names {
            for to in &names {
                if reach.contains(&(*from, *through)) && reach.contains(&(*through, *to)) {
                    reach.insert((*from, *to));
                }
            }
        }
    }
    let mut found: Vec<Cycle> = Vec::new();
    for name in names.iter().filter(|name| reach.contains(&(**name, **name))) {
        let both = |other: &&&str| reach.contains(&(*name, **other)) && reach.contains(&(**other, *name));
        let members: Vec<&str> = names.iter().filter(both).copied().collect();
        if members.first() != Some(name) {
            continue; // told with its first member
        }
        let inside = imports.iter().filter(|((from, to), _)| members.contains(from) && members.contains(to));
        found.push(Cycle {
            folder: folder.to_owned(),
            imports: inside.filter_map(|(_, places)| places.first().cloned()).collect(),
            members: members.into_iter().map(str::to_owned).collect(),
        });
    }
    found
}

/// `src/addr/mod.rs` and `src/addr.rs` are the module `addr`, `src/lib.rs` is the root.
fn module_of(path: &str) -> Option<Module<'_>> {
    let path = path.strip_prefix("src/")?.strip_suffix(".rs")?;
    let mut module: Module<'_> = path.split('/').collect();
    if module == ["main"] {
        return None;
    }
    if ["mod", "lib"].contains(module.last()?) {
        module.pop();
    }
    Some(module)
}

/// Reads the paths of one file.
struct Reader<'r, 'a> {
    names: &'r BTreeSet<Module<'a>>,
    module: &'r Module<'a>,
    code: &'r [Token<'a>],
    /// Modules written out in this file that are open, each with the depth of its brace.
    inline: Vec<(&'a str, usize)>,
    file: File<'a>,
}

impl<'r, 'a> Reader<'r, 'a> {
    fn read(
        names: &'r BTreeSet<Module<'a>>,
        module: &'r Module<'a>,
        path: &'a str,
        code: &'r [Token<'a>],
    ) -> File<'a> {
        let (scope, globs, items, uses) = Default::default();
        let file = File { path, scope, globs, items, uses };
        let mut reader = Self { names, module, code, inline: Vec::new(), file };
        reader.walk();
        reader.file
    }

    fn walk(&mut self) {
        let (mut at, mut braces) = (0, 0);
        while let Some(token) = self.code.get(at) {
            match token.text {
                "{" => {
                    braces += 1;
                    if before(self.code, at, 2) == "mod" {
                        self.inline.push((before(self.code, at, 1), braces));
                    }
                }
                "}" => {
                    self.inline.pop_if(|(_, depth)| *depth == braces);
                    braces = braces.saturating_sub(1);
                }
                // Not the `use<'a>` of a bound.
                "use" if text(self.code, at + 1) != "<" => {
                    at = self.tree(at + 1, &[]);
                    continue;
                }
                // `pub(in crate::engine)` says who may look, not what is looked at.
                "in" if before(self.code, at, 1) == "(" && before(self.code, at, 2) == "pub" => {
                    while text(self.code, at) != ")" {
                        at += 1;
                    }
                }
                _ if text(self.code, at + 1) == "::" && before(self.code, at, 1) != "::" => {
                    at = self.path(at);
                    continue;
                }
                word if is_keyword_of_item(before(self.code, at, 1)) => drop(self.file.items.insert(word)),
                _ => {}
            }
            at += 1;
        }
    }

    /// A path in code; returns where it ends.
    fn path(&mut self, start: usize) -> usize {
        let mut written = vec![self.code[start].text];
        let mut at = start + 1;
        while text(self.code, at) == "::" && is_word(text(self.code, at + 1)) {
            written.push(text(self.code, at + 1));
            at += 2;
        }
        if let Some(path) = self.absolute(&written) {
            self.file.uses.push((path, self.code[start].line));
        }
        at
    }

    /// One branch of a `use` declaration, below `prefix`; returns where it ends.
    fn tree(&mut self, mut at: usize, prefix: &[&'a str]) -> usize {
        let mut written = prefix.to_vec();
        let line = self.code.get(at).map_or(0, |token| token.line);
        loop {
            match text(self.code, at) {
                "{" => {
                    at += 1;
                    while !["}", ""].contains(&text(self.code, at)) {
                        at = self.tree(at, &written);
                        at += usize::from(text(self.code, at) == ",");
                    }
                    return at + 1;
                }
                "*" => {
                    if let Some(path) = self.absolute(&written) {
                        self.file.globs.push(path.clone());
                        self.file.uses.push((path, line));
                    }
                    return at + 1;
                }
                "::" => {}
                // `{self}` names the module before it; at the start of a path it is a step like any other.
                "self" if !prefix.is_empty() => {}
                word if is_word(word) => written.push(word),
                _ => break,
            }
            at += 1;
            if text(self.code, at) == "as" {
                break;
            }
        }
        let renamed = text(self.code, at) == "as";
        let name =
            if renamed { text(self.code, at + 1) } else { written.last().copied().unwrap_or_default() };
        if let Some(path) = self.absolute(&written) {
            self.file.scope.insert(name, path.clone());
            self.file.uses.push((path, line));
        }
        if renamed { at + 2 } else { at }
    }

    /// A written path from the crate root; `None` where it leads to another crate or begins with a name that an
    /// import brought here.
    fn absolute(&self, written: &[&'a str]) -> Option<Module<'a>> {
        let mut path = self.module.clone();
        path.extend(self.inline.iter().map(|(name, _)| *name));
        let mut rest = written.iter().peekable();
        let first = **rest.peek()?;
        if !["crate", "self", "super"].contains(&first) {
            // A module below this one.
            path.push(first);
            return self.names.contains(&path).then(|| [path.as_slice(), &written[1..]].concat());
        }
        while let Some(step) = rest.next_if(|step| ["crate", "self", "super"].contains(step)) {
            match *step {
                "crate" => path.clear(),
                "super" => drop(path.pop()),
                _ => {}
            }
        }
        path.extend(rest);
        Some(path)
    }
}

fn is_word(text: &str) -> bool {
    text.starts_with(|first: char| first.is_alphabetic() || first == '_')
}

fn is_keyword_of_item(word: &str) -> bool {
    ["fn", "struct", "enum", "union", "trait", "type", "const", "static", "mod"].contains(&word)
}

// --- self-tests: the rule can fail -------------------------------------------------------------------

/// Asserts that these files of the folder `src/a`, each a name with its text, have exactly these cycles.
#[track_caller]
fn expect(files: &[(&str, &str)], expected: &[&[&str]]) {
    let files: Vec<_> =
        files.iter().map(|(name, text)| (format!("src/a/{name}.rs"), (*text).to_owned())).collect();
    let found = Modules::of(&files).cycles();
    assert!(found.iter().all(|cycle| cycle.folder == "a"));
    let found: Vec<_> = found.into_iter().map(|cycle| cycle.members).collect();
    assert_eq!(found, expected, "{files:#?}");
}

#[test]
fn files_that_import_each_other_fail_however_they_write_it() {
    let other = ("y", "pub struct Y; use super::x::X;");
    for import in [
        "use super::y::Y;",
        "use super::{y::{self, Y}, z};",
        "use super::y as other;",
        "use super::y::*;",
        "use crate::a::y::Y;",
        "use crate::{a::{z, y}};",
        "pub use super::y::Y;",
        "fn f() -> super::y::Y { loop {} }",
        "fn f() { use self::super::y::Y; }",
        "impl crate::a::y::Trait for X {}",
        "mod inner { use super::super::y::Y; }",
    ] {
        expect(&[("mod", "mod x; mod y; mod z;"), ("x", import), other, ("z", "")], &[&["x", "y"]]);
    }
}

#[test]
fn names_are_followed_to_the_file_that_defines_them() {
    let face = ("mod", "mod x; mod y; mod z; pub use x::X; pub use y::Y as Renamed; pub(crate) use z::*;");
    let x = ("x", "pub struct X; use super::Renamed;");
    expect(&[face, x, ("y", "use crate::a::X; pub struct Y;"), ("z", "")], &[&["x", "y"]]);
    let z = ("z", "use super::X; pub enum Z {}");
    expect(&[face, x, ("y", "use super::Z;"), z], &[&["x", "y", "z"]]);
    expect(&[face, x, ("y", "use super::Other;"), z], &[]);
    // Re-exports that go round end.
    expect(&[("mod", "mod x; use self::x::A;"), ("x", "use super::A;")], &[]);
}

#[test]
fn longer_cycles_fail_and_several_are_told_apart() {
    let row = [("mod", ""), ("w", "use super::x::A;"), ("x", "use super::y::A;"), ("y", "use super::z::A;")];
    let with = |more: &[(&'static str, &'static str)]| [&row[..], more].concat();
    expect(&with(&[("z", "")]), &[]);
    expect(&with(&[("z", "use super::w::A;")]), &[&["w", "x", "y", "z"]]);
    expect(&with(&[("z", "use super::y::A;")]), &[&["y", "z"]]);
    let two = [("p", "use super::q::A;"), ("q", "use super::p::A;"), ("z", "use super::y::A;")];
    expect(&with(&two), &[&["p", "q"], &["y", "z"]]);
}

#[test]
fn folders_that_import_each_other_fail() {
    let files = [
        ("mod", "mod x; mod y;"),
        ("x/mod", "mod deep;"),
        ("x/deep", "use super::super::y::leaf::Leaf;"),
        ("y", "mod leaf;"),
        ("y/leaf", "use crate::a::x::Thing;"),
    ];
    expect(&files, &[&["x", "y"]]);
}

#[test]
fn what_is_no_import_between_siblings_passes() {
    for back in [
        "pub struct Y;",
        "use super::{Own, z};\npub(in crate::a::x) struct Y;",
        "// use super::x::X;\nconst TEXT: &str = \"super::x::X\";",
        "#[cfg(test)]\nmod tests {\n    use super::super::x::X;\n}",
        "use other::x::X;\nfn f() -> impl Iterator + use<> { x.X() }",
    ] {
        expect(&[("mod", "mod x; mod y;"), ("x", "use super::y::Y;"), ("y", back)], &[]);
    }
    let test_module = ("mod", "mod x;\n#[cfg(test)]\nmod y;");
    expect(&[test_module, ("x", "use super::y::Y;"), ("y", "use super::x::X;")], &[]);
    // The folder's own file holds what its children share, and calls them.
    expect(&[("mod", "mod x; use x::X; struct Own;"), ("x", "use super::Own; pub struct X;")], &[]);
}

#[test]
fn unknown_cycles_fail_and_so_do_known_ones_that_are_gone() {
    let files = |x: &str, y: &str| {
        [("src/a/mod.rs", ""), ("src/a/x.rs", x), ("src/a/y.rs", y)]
            .map(|(path, text)| (path.to_owned(), text.to_owned()))
    };
    let cycle = files("\nuse super::y::Y;", "use super::x::X;");
    let known = |members, reason| [Known { folder: "a", members, reason }];
    assert_eq!(violations(&cycle, &known(&["x", "y"], "a test")), "");

    let unknown = violations(&cycle, &[]);
    assert!(unknown.starts_with("src/a: x, y import each other"), "{unknown}");
    assert!(unknown.contains("src/a/x.rs:2 imports src/a/y.rs"), "{unknown}");

    let gone = violations(&files("", "use super::x::X;"), &known(&["x", "y"], "a test"));
    assert!(gone.starts_with("src/a: x, y are no longer a cycle"), "{gone}");

    // A cycle that became smaller is another one: its row becomes smaller too.
    let smaller = violations(&cycle, &known(&["x", "y", "z"], "a test"));
    assert!(smaller.contains("import each other") && smaller.contains("no longer a cycle"), "{smaller}");

    let silent = violations(&cycle, &known(&["x", "y"], ""));
    assert!(silent.contains("say why"), "{silent}");
}
