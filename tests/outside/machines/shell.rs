//! Programs run to their end, each with an upper bound of time.

use std::process::{Command, Stdio};

/// Seconds after which a program that does not end is killed.
pub(crate) const BOUND: &str = "60";

/// Runs a program; its standard output, or what went wrong.
pub(crate) fn run(program: &str, arguments: &[&str]) -> Result<String, String> {
    let mut command = Command::new("timeout");
    command.args(["-k", "5", BOUND, program]).args(arguments).stdin(Stdio::null());
    let output = command.output().map_err(|error| format!("cannot run `{program}`: {error}"))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(format!(
        "`{program} {}` ended with {}: {}{}",
        arguments.join(" "),
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    ))
}

/// As [`run`], with the arguments in one string, parted by spaces.
pub(crate) fn words(line: &str) -> Result<String, String> {
    let mut words = line.split(' ');
    let program = words.next().unwrap_or_default();
    run(program, &words.collect::<Vec<_>>())
}
