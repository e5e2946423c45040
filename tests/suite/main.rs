//! Every test that needs nothing beside the crate: one binary, one module for each subject.
//!
//! `cargo test --all-features --test suite catalog::` runs the tests of one module.

mod architecture;
mod capture_reader;
mod catalog;
mod check_outputs;
mod checks;
mod ci;
mod continuity;
mod critical;
mod decode_oracle;
mod demo_capture;
mod diff_cli;
mod edges;
mod eligibility;
mod engine;
mod fetch;
mod formats;
mod forwarding;
mod guide;
mod hostile_text;
mod import_arm;
mod import_settings;
mod import_terraform;
mod log_commands;
#[cfg(unix)]
mod outputs;
mod properties;
mod pull_request;
mod reference;
mod release;
mod replay;
mod report;
mod resolved;
mod rib_properties;
mod simulate;
mod sweep;
mod to_server;
mod translation;
mod ui;

/// The command, on the day of the shipped service tags: nothing depends on the age of the lists.
fn peerpath() -> std::process::Command {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_peerpath"));
    command.env("SOURCE_DATE_EPOCH", "1782086400");
    command
}
