//! Each rule catches what breaks it, and lets pass what keeps it.

use super::*;

/// Asserts that the file has exactly these violations: line and a part of the message.
#[track_caller]
fn expect(path: &str, source: &str, expected: &[(usize, &str)]) {
    let found = violations(path, source);
    let same = found.len() == expected.len()
        && found
            .iter()
            .zip(expected)
            .all(|(found, (line, part))| found.line == *line && found.message.contains(part));
    assert!(same, "{path}:\n{source}\nexpected {expected:#?}\nfound {found:#?}");
}

#[test]
fn imports_from_below_pass() {
    expect(
        "src/fib/mod.rs",
        "use crate::addr::Prefix;\nuse crate::{addr::{self, Family as F}, diag::Code};",
        &[],
    );
    expect("src/report/csv.rs", "use crate::engine::Engine;\nuse crate::flow::Flows;\nuse super::View;", &[]);
    expect("src/fib/trie.rs", "pub(crate) fn f(self) { crate::fib::g(); self.h(); super::g() }", &[]);
    expect("src/lib.rs", "pub mod addr;", &[]);
    expect("src/main.rs", "fn main() { peerpath::cli::main() }", &[]);
}

#[test]
fn imports_from_above_fail() {
    let above = "`fib` (floor 1) imports `engine` (floor 5) from above";
    expect("src/fib/mod.rs", "\nuse crate::engine::Engine;", &[(2, above)]);
    expect("src/fib/deep/v4.rs", "fn f() -> crate::engine::Engine {}", &[(1, above)]);
    expect(
        "src/fib/v4.rs",
        "use crate::{\n    addr::{Prefix, Family},\n    engine::{Engine, self},\n};",
        &[(3, above)],
    );
    expect("src/fib/v4.rs", "use crate::{addr as a, engine as e};", &[(1, above)]);
    expect("src/fib/v4.rs", "type T = <crate::addr::V as\n crate::engine::E>::X;", &[(2, above)]);
    expect("src/fib/v4.rs", "macro_rules! m { () => { $crate::engine::f() } }", &[(1, above)]);
    expect("src/fib/v4.rs", "#[cfg(test)]\nmod tests { use crate::engine::Engine; }", &[(2, above)]);
}

#[test]
fn climbing_to_the_root_with_super_fails() {
    let above = "`fib` (floor 1) imports `engine`";
    expect("src/fib/mod.rs", "use super::engine::Engine;", &[(1, above)]);
    expect("src/fib/v4.rs", "use super::super::{addr, engine::Engine};", &[(1, above)]);
    expect("src/fib/v4.rs", "use self::super::super::engine;", &[(1, above)]);
    expect("src/fib/v4.rs", "use super::{v6, super::engine};", &[(1, above)]);
    expect(
        "src/fib/v4.rs",
        "mod inner { use super::super::super::engine; }\nuse super::engine;",
        &[(1, above)],
    );
}

#[test]
fn imports_from_siblings_fail() {
    expect(
        "src/addr/x.rs",
        "use crate::diag::Source;",
        &[(1, "`addr` imports its sibling `diag` on floor 0")],
    );
    expect("src/engine/x.rs", "use crate::import::Plan;", &[(1, "sibling `import`")]);
    expect("src/sim/x.rs", "use crate::check::Diff;", &[(1, "from above")]);
    expect("src/check/x.rs", "use crate::sim::Outcome;", &[(1, "`check` may import only")]);
    expect("src/flow/x.rs", "use crate::rib::Community;", &[(1, "`flow` may import only addr, diag")]);
}

#[test]
fn whole_roots_and_unknown_modules_fail() {
    expect("src/fib/x.rs", "use crate::*;", &[(1, "crate root as a whole")]);
    expect("src/fib/x.rs", "use crate as root;", &[(1, "crate root as a whole")]);
    expect("src/fib/x.rs", "use crate::Prefix;", &[(1, "`Prefix` is no module with a floor")]);
    expect("src/helpers/x.rs", "", &[(1, "add it to FLOORS in tests/suite/architecture.rs")]);
    expect("src/helpers.rs", "", &[(1, "module `helpers` has no floor")]);
}

#[test]
fn comments_and_literals_do_not_count() {
    let source = r##"
        //! use crate::engine;
        /* use crate::engine; /* nested */ println!() */
        const A: &str = "use crate::engine; \" println!()";
        const B: &str = r#"use crate::engine; " println!()"#;
        const C: [u8; 2] = [b'"', b'\''];
        fn f<'a>(c: &'a char) -> bool { *c == '"' || *c == '\'' }
        use crate::engine;
    "##;
    expect("src/fib/x.rs", source, &[(8, "engine")]);
}

#[test]
fn reserved_words_fail_outside_their_place() {
    expect("src/engine/x.rs", "use tokio::net;", &[(1, "tokio or reqwest")]);
    expect("src/cli/x.rs", "async fn f() { reqwest::get() }", &[(1, "src/catalog/fetch*")]);
    expect("src/catalog/fetch.rs", "use tokio::net;", &[]);
    expect("src/catalog/fetch/web.rs", "use reqwest::Client;", &[]);

    expect("src/addr/x.rs", "use pnet::packet::Packet;", &[(1, "`pnet` uses pnet")]);
    expect("src/flow/encap.rs", "use pnet::packet::Packet;", &[]);

    for print in
        ["print!()", "println!()", "eprint!()", "eprintln!()", "dbg!()", "std::io::stdout()", "io::stderr()"]
    {
        let source = format!("fn f() {{\n    {print};\n}}");
        expect("src/report/x.rs", &source, &[(2, "standard output or error")]);
        expect("src/cli/x.rs", &source, &[(2, "standard output or error")]);
        expect("src/cli/console/x.rs", &source, &[]);
    }
    expect("src/report/x.rs", "use std::io::{self, stdout};", &[(1, "standard output or error")]);
    expect(
        "src/report/x.rs",
        "fn f(stdout: &mut dyn Write) { writeln!(stdout, \"x\"); child.stderr(); }",
        &[],
    );

    for clock in ["SystemTime::now()", "std::time::Instant::now()", "jiff::Zoned::now()", "Timestamp::now()"]
    {
        expect("src/flow/x.rs", &format!("fn f() {{ {clock} }}"), &[(1, "a clock")]);
        expect("src/cli/x.rs", &format!("fn f() {{ {clock} }}"), &[]);
    }
    expect("src/flow/x.rs", "fn f(now: u64) -> bool { expired(now) }", &[]);

    for read in [
        "std::fs::read(p)",
        "File::open(p)",
        "io::stdin()",
        "files::read_path(p, c)",
        "CaptureSource::File(p)",
    ] {
        expect(
            "src/cli/commands/x.rs",
            &format!("fn f() {{ {read} }}"),
            &[(1, "read through `inputs::opened`")],
        );
        expect("src/cli/inputs/opened.rs", &format!("fn f() {{ {read} }}"), &[]);
        expect("src/rib/x.rs", &format!("fn f() {{ {read} }}"), &[]);
    }
    for write in ["fs::write(p, b)", "File::create(p)", "std::fs::OpenOptions::new()", "Batch::new()"] {
        expect("src/cli/commands/x.rs", &format!("fn f() {{ {write} }}"), &[(1, "write through `output`")]);
        expect("src/cli/output.rs", &format!("fn f() {{ {write} }}"), &[]);
    }
    expect("src/cli/x.rs", "fn f() { opened::open(p); rows.write(b) }", &[]);
    expect(
        "src/flow/x.rs",
        "#[cfg(test)]\nmod tests { fn f() { println!() } }\nuse tokio::net;",
        &[(3, "tokio")],
    );
}

#[test]
fn long_files_fail_and_tests_are_not_counted() {
    let lines = |count: usize| "// a line\n".repeat(count);
    let tests = format!("#[cfg(test)]\nmod tests {{\n{}}}\n", lines(900));
    expect("src/fib/x.rs", &lines(MAX_LINES), &[]);
    expect("src/fib/x.rs", &lines(MAX_LINES + 1), &[(1, "501 lines without tests")]);
    expect("src/fib/x.rs", &format!("{}{tests}", lines(MAX_LINES)), &[]);
    expect("src/fib/x.rs", &format!("{tests}{}", lines(MAX_LINES + 1)), &[(1, "501 lines without tests")]);
    expect("src/fib/tests.rs", &lines(900), &[]);
}
