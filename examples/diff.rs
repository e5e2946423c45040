//! Tells which addresses a change of the network file moves: exactly, over the whole address space, from each place.
//!
//! ```sh
//! cargo run --example diff -- tests/cmd/change/base.yaml tests/cmd/change/head.yaml
//! ```

use std::error::Error;
use std::fs;
use std::io::{self, Write};

use peerpath::addr::Family;
use peerpath::catalog::{Catalog, Cloud};
use peerpath::check::diff::{ChangeKind, DiffSide, diff};
use peerpath::diag::Source;
use peerpath::engine::Inputs;
use peerpath::network::{self, Network};

fn read(file: &str, catalog: &Catalog) -> Result<Network, Box<dyn Error>> {
    let source = Source::new(file, fs::read_to_string(file)?);
    Ok(network::read(&source, catalog).0.ok_or_else(|| format!("`{file}` has errors"))?)
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let base = arguments.next().unwrap_or_else(|| "tests/cmd/change/base.yaml".to_owned());
    let head = arguments.next().unwrap_or_else(|| "tests/cmd/change/head.yaml".to_owned());

    let catalog = Catalog::shipped(Cloud::Public)?;
    let (base, head) = (read(&base, &catalog)?, read(&head, &catalog)?);
    let base = DiffSide::compile(Inputs::new(&base, &catalog))?;
    let head = DiffSide::compile(Inputs::new(&head, &catalog))?;
    // An error here would mean that addresses were lost or counted twice.
    let diff = diff(&base, &head)?;

    let mut out = io::stdout().lock();
    for group in diff.groups().iter().filter(|group| group.kind == ChangeKind::Move) {
        let ranges = diff.ranges(group);
        let first = ranges.first().map(ToString::to_string).unwrap_or_default();
        writeln!(out, "{}: {} to {}", diff.vantage(group.vantage), group.from.path, group.to.path)?;
        writeln!(out, "  {} addresses in {} ranges, the first {first}", group.addresses, ranges.len())?;
    }
    for (name, family) in [("IPv4", Family::V4), ("IPv6", Family::V6)] {
        writeln!(out, "{name}: {} addresses move in all", diff.count(family, ChangeKind::Move))?;
    }
    Ok(())
}
