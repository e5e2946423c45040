//! `peerpath demo`: the main job on what is built in; reads and writes no file.

use std::path::Path;

use super::super::super::args::{DemoArgs, Global};
use super::super::super::captures::Capture;
use super::super::super::error::CliError;
use super::super::super::exit::Exit;
use super::super::super::inputs::Inputs;
use super::replay;
use crate::diag::Source;

/// A company's morning, made by `examples/generate.rs`.
const CAPTURE: &[u8] = include_bytes!("../../../../examples/demo/capture.pcap");
const CAPTURE_NAME: &str = "examples/demo/capture.pcap";
/// Its network.
const NETWORK: &str = include_str!("../../../../examples/demo/network.yaml");
const NETWORK_NAME: &str = "examples/demo/network.yaml";

pub(in crate::cli::commands) fn run(global: &Global, args: &DemoArgs) -> Result<Exit, CliError> {
    let inputs = Inputs::with_source(
        global,
        Path::new(NETWORK_NAME),
        Source::new(NETWORK_NAME, NETWORK),
        NETWORK.as_bytes().to_vec(),
    )?;
    replay(global, &inputs, &[Capture::Memory { name: CAPTURE_NAME, bytes: CAPTURE }], &args.view)
}
