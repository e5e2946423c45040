//! Writes a generated capture: `cargo run --release --example generate -- demo examples/demo/capture.pcap`.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::process::ExitCode;

use peerpath::flow::synth::{Profile, write_capture};

const USAGE: &str = "\
usage: generate PROFILE FILE [MEGABYTES] [SEED]
  PROFILE    demo, guide, mixed or small
  MEGABYTES  of 1,000,000 bytes, for mixed and small; default 64
  SEED       default 1: what the committed demo was made with";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some((profile, path, seed)) = parse(&arguments) else {
        return report(&mut io::stderr(), USAGE, ExitCode::from(2));
    };
    let written = File::create(path)
        .and_then(|file| write_capture(profile, seed, BufWriter::with_capacity(1 << 20, file)));
    match written {
        Ok(written) => report(
            &mut io::stdout(),
            &format!(
                "{path}: {} packets, {} flows, {} bytes",
                written.packets, written.flows, written.file_bytes
            ),
            ExitCode::SUCCESS,
        ),
        Err(error) => {
            report(&mut io::stderr(), &format!("cannot write `{path}`: {error}"), ExitCode::from(2))
        }
    }
}

fn parse(arguments: &[String]) -> Option<(Profile, &str, u64)> {
    let [profile, path, numbers @ ..] = arguments else { return None };
    let mut numbers = numbers.iter().map(|number| number.parse::<u64>());
    let bytes = numbers.next().unwrap_or(Ok(64)).ok()?.checked_mul(1_000_000)?;
    let seed = numbers.next().unwrap_or(Ok(1)).ok()?;
    let profile = match profile.as_str() {
        "demo" => Profile::Demo,
        "guide" => Profile::Guide,
        "mixed" => Profile::Mixed { bytes },
        "small" => Profile::Small { bytes },
        _ => return None,
    };
    numbers.next().is_none().then_some((profile, path, seed))
}

fn report(out: &mut dyn Write, text: &str, code: ExitCode) -> ExitCode {
    if writeln!(out, "{text}").is_ok() { code } else { ExitCode::FAILURE }
}
