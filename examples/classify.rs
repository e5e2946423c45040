//! Tells the path of each address of a list, with a network file: one engine is compiled, then each address is one lookup.
//!
//! ```sh
//! cargo run --example classify -- examples/demo/network.yaml examples/demo/addresses.txt
//! ```

use std::error::Error;
use std::fs;
use std::io::{self, Write};

use peerpath::catalog::{Catalog, Cloud};
use peerpath::diag::Source;
use peerpath::engine::{Engine, Inputs};
use peerpath::network;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let file = arguments.next().unwrap_or_else(|| "examples/demo/network.yaml".to_owned());
    let list = arguments.next().unwrap_or_else(|| "examples/demo/addresses.txt".to_owned());

    let source = Source::new(file.as_str(), fs::read_to_string(&file)?);
    let cloud = network::declared_cloud(&source).unwrap_or(Cloud::Public);
    let catalog = Catalog::shipped(cloud)?;
    let (network, diagnostics) = network::read(&source, &catalog);
    // All that is wrong with the file is told at once; with an error there is no network.
    for found in diagnostics.iter() {
        let (line, column) = found.position().unwrap_or_default();
        writeln!(io::stderr(), "{file}:{line}:{column}: {}: {}", found.code, found.message)?;
    }
    let network = network.ok_or("the network file has errors")?;

    let (site, named) = network.sites_with_ids().next().ok_or("the network has no site")?;
    let engine = Engine::compile(Inputs::new(&network, &catalog), site)?;
    let mut out = io::stdout().lock();
    for line in fs::read_to_string(&list)?.lines().filter(|line| !line.starts_with('#')) {
        let decision = engine.decision(engine.decide(line.trim().parse()?));
        let prefix = decision.prefix.map_or_else(|| "-".to_owned(), |prefix| prefix.to_string());
        writeln!(out, "{line:<24} {:<18} {prefix:<22} from {}", decision.disposition, named.name)?;
    }
    Ok(())
}
