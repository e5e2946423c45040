//! How many instructions the hot loops take, counted by valgrind's callgrind and held against `benches/record/instructions.tsv`.
//!
//! ```text
//! cargo bench --profile counts --no-default-features --bench instructions                 fails where a loop takes over 3 % more than recorded
//! cargo bench --profile counts --no-default-features --bench instructions -- --write      records what they take now
//! cargo bench --profile counts --no-default-features --bench instructions -- fib/lookup   only the loops with this in their names
//! ```
//!
//! Times move with the machine, these counts do not: the same program gives the same count, run after run, on x86-64 processors with
//! AVX2 (`engine/compile` and `check/diff` within 0.3 %: some of their hash maps draw a seed). Another compiler gives other counts, so the record names its own, and nothing is compared under another. Kernels are named,
//! never the best of the processor: callgrind knows no AVX-512. Each loop is held to one processor, so that it does its work itself:
//! what other threads do would not be counted.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench fails by panicking, and prints what it finds"
)]

mod cases;
mod record;
#[path = "../tables.rs"]
mod tables;

use std::path::Path;
use std::process::{Command, ExitCode};
use std::sync::atomic::{AtomicUsize, Ordering};

use cases::CASES;
use record::{Count, Evaluation, Record, Toolchain};

const RECORD: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/record/instructions.tsv");
/// The exit code of a loop that this processor cannot run.
const CANNOT_RUN: u8 = 3;
/// Opens the line in which a loop tells how many items it worked on.
const ITEMS: &str = "items: ";

fn main() -> ExitCode {
    // `cargo bench` adds `--bench`.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["--case", name] => run(name),
        ["--write"] => check("", true),
        [] => check("", false),
        [filter] => check(filter, false),
        _ => {
            println!("usage: instructions [--write | PART OF A NAME]");
            ExitCode::from(2)
        }
    }
}

/// The only function under which instructions are counted: set-up and checks are not.
#[inline(never)]
fn counted(work: &mut dyn FnMut()) {
    work();
    // Behind the work, so that this is no tail call and counting ends where the work does.
    std::hint::black_box(());
}

/// Runs one loop, as valgrind's child.
fn run(name: &str) -> ExitCode {
    let Some(case) = CASES.iter().find(|case| case.name == name) else {
        println!("no such case: {name}");
        return ExitCode::from(2);
    };
    match (case.run)(counted) {
        Some(items) => {
            println!("{ITEMS}{items}");
            ExitCode::SUCCESS
        }
        None => ExitCode::from(CANNOT_RUN),
    }
}

/// Counts all loops whose name holds `filter`, and compares or records them.
fn check(filter: &str, write: bool) -> ExitCode {
    let Some(toolchain) = Toolchain::current() else {
        println!("skipped: `rustc -vV` does not run, so counts cannot be told from another compiler's");
        return ExitCode::SUCCESS;
    };
    let record = Record::read(Path::new(RECORD)).unwrap();
    if !write && record.toolchain != toolchain {
        println!("skipped: recorded with {}, and this is {toolchain}", record.toolchain);
        return ExitCode::SUCCESS;
    }
    let runs = |tool: &&str| {
        Command::new(tool).arg("--version").output().is_ok_and(|output| output.status.success())
    };
    if let Some(tool) = ["valgrind", "taskset"].iter().find(|tool| !runs(tool)) {
        println!("skipped: {tool} is not installed");
        return if write { ExitCode::FAILURE } else { ExitCode::SUCCESS };
    }
    let counts = count_all(filter);
    if write {
        Record::new(toolchain, counts).write(Path::new(RECORD)).unwrap();
        println!("written: {RECORD}");
        return ExitCode::SUCCESS;
    }
    let mut worst = Evaluation::Same;
    for (name, count) in &counts {
        let judgement = count.map_or(Evaluation::Skipped, |count| record.evaluate(name, count));
        println!("{name}: {}", record.sentence(name, *count, judgement));
        worst = worst.max(judgement);
    }
    if filter.is_empty() {
        for name in record.names().filter(|name| !counts.iter().any(|(counted, _)| counted == name)) {
            println!("{name}: recorded, but no such case is there any more");
            worst = worst.max(Evaluation::Unrecorded);
        }
    }
    if worst >= Evaluation::Unrecorded {
        println!(
            "where that is meant: cargo bench --profile counts --no-default-features --bench instructions -- --write"
        );
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// All counts in the order of the cases, as many at once as the machine has processors.
fn count_all(filter: &str) -> Vec<(&'static str, Option<Count>)> {
    let wanted: Vec<_> = CASES.iter().filter(|case| case.name.contains(filter)).collect();
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let next = AtomicUsize::new(0);
    let work = || {
        let mut counted = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(case) = wanted.get(at) else { return counted };
            counted.push((at, case.name, count(case.name)));
        }
    };
    let mut all = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect::<Vec<_>>()
    });
    all.sort_unstable_by_key(|(at, ..)| *at);
    all.into_iter().map(|(_, name, count)| (name, count)).collect()
}

/// The first processor that this process may use, as taskset names it.
fn first_processor() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let list = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:")).unwrap();
    list.trim().split(['-', ',']).next().unwrap().to_owned()
}

/// The instructions of one loop; nothing where this processor cannot run it.
fn count(name: &str) -> Option<Count> {
    let folder = tempfile::tempdir().unwrap();
    let mut out_file = std::ffi::OsString::from("--callgrind-out-file=");
    out_file.push(folder.path().join("out"));
    let output = Command::new("taskset")
        .env_clear()
        .args(["--cpu-list", &first_processor(), "valgrind", "--tool=callgrind"])
        .arg("--toggle-collect=*instructions::counted*")
        .arg(out_file)
        .arg(std::env::current_exe().unwrap())
        .args(["--case", name])
        .output()
        .unwrap();
    if output.status.code() == Some(CANNOT_RUN.into()) {
        return None;
    }
    let (found, words) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{name}: {}\n{found}{words}", output.status);
    let instructions = words.lines().find_map(|line| line.split_once("Collected : ")?.1.trim().parse().ok());
    let items = found.lines().find_map(|line| line.strip_prefix(ITEMS)?.parse().ok());
    let count = instructions.zip(items).map(|(instructions, items)| Count { instructions, items });
    assert!(
        count.is_some_and(|count| count.instructions > count.items),
        "{name}: nothing was counted\n{words}"
    );
    count
}
