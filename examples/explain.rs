//! Tells why an address takes its path: every route to it, who won and why the others lost, and the way back.
//!
//! ```sh
//! cargo run --example explain -- examples/demo/network.yaml 52.113.194.132
//! ```

use std::collections::BTreeSet;
use std::error::Error;
use std::fs;
use std::io::{self, Write};
use std::net::IpAddr;

use peerpath::catalog::{Catalog, Cloud};
use peerpath::diag::Source;
use peerpath::engine::{Inputs, explain};
use peerpath::network;
use peerpath::report::explain::reason::Names;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let file = arguments.next().unwrap_or_else(|| "examples/demo/network.yaml".to_owned());
    let address: IpAddr = arguments.next().unwrap_or_else(|| "52.113.194.132".to_owned()).parse()?;

    let source = Source::new(file.as_str(), fs::read_to_string(&file)?);
    let catalog = Catalog::shipped(network::declared_cloud(&source).unwrap_or(Cloud::Public))?;
    let network = network::read(&source, &catalog).0.ok_or("the network file has errors")?;
    let (site, _) = network.sites_with_ids().next().ok_or("the network has no site")?;

    let found = explain(Inputs::new(&network, &catalog), site, address)?;
    let names = Names { catalog: &catalog, network: Some(&network) };
    let mut out = io::stdout().lock();
    writeln!(out, "{address} ({}): {}", found.service, found.decision.disposition)?;
    writeln!(out, "because {}", names.reason(&found.decision))?;
    for candidate in &found.candidates {
        let session = found.sessions.iter().find(|session| session.id == candidate.session);
        let session = session.map_or("", |session| session.name.as_str());
        let origin = names.origin(&candidate.origin, session);
        writeln!(
            out,
            "  {:<20} {origin}: {}",
            candidate.prefix.to_string(),
            names.standing(candidate.standing)
        )?;
    }
    for absent in &found.absent {
        writeln!(out, "  not there: {}", names.absence(&absent.absence))?;
    }
    let sources = found.return_path.iter().flat_map(|back| &back.sources);
    let answers: BTreeSet<String> =
        sources.map(|back| format!("{}: {}", back.source, back.verdict)).collect();
    for answer in answers {
        writeln!(out, "answers to {answer}")?;
    }
    Ok(())
}
