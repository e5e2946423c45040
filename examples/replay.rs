//! Tells which paths the traffic of a capture takes: packets become flows, and each flow is placed once.
//!
//! ```sh
//! cargo run --example replay -- examples/demo/network.yaml examples/demo/capture.pcap
//! ```

use std::error::Error;
use std::fs;
use std::io::{self, Write};
use std::path::Path;

use peerpath::catalog::{Catalog, Cloud};
use peerpath::diag::{Silent, Source};
use peerpath::engine::Inputs;
use peerpath::flow::{CaptureSource, FlowTable, FlowTableOptions, Layer, Readers};
use peerpath::network;
use peerpath::sim::{Outcome, OutcomeOptions, Placer, VantageEngines};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let file = arguments.next().unwrap_or_else(|| "examples/demo/network.yaml".to_owned());
    let capture = arguments.next().unwrap_or_else(|| "examples/demo/capture.pcap".to_owned());

    let source = Source::new(file.as_str(), fs::read_to_string(&file)?);
    let catalog = Catalog::shipped(network::declared_cloud(&source).unwrap_or(Cloud::Public))?;
    let network = network::read(&source, &catalog).0.ok_or("the network file has errors")?;

    let mut table = FlowTable::new(FlowTableOptions::default());
    let readers = Readers { layer: Layer::Outer, threads: 1, progress: &Silent };
    let intakes = readers.read(vec![CaptureSource::File(Path::new(&capture))], &mut table)?;
    let flows = table.finish();

    let engines = VantageEngines::new(&catalog, Some(Inputs::new(&network, &catalog)))?;
    let mut placer = Placer::new(&engines);
    let mut outcome = Outcome::new(OutcomeOptions { groups: Vec::new(), max_rows: 0 });
    outcome.add_flows(&mut placer, flows.into(), &mut |_, _, _| true);

    let mut out = io::stdout().lock();
    for (path, totals) in outcome.paths() {
        let name = placer.path_name(path);
        let circuits = name.circuits.join(", ");
        writeln!(
            out,
            "{:<18} {circuits:<8} {:>8} packets {:>11} bytes",
            name.disposition, totals.packets, totals.ip_bytes
        )?;
    }
    // Nothing is lost in silence: what has no five-tuple is counted by reason.
    let skipped: u64 = intakes.iter().map(|intake| intake.skips.total().packets).sum();
    writeln!(out, "{skipped} packets without a five-tuple")?;
    Ok(())
}
