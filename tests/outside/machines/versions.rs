//! What a run was made with, for its record.

use super::shell::words;

/// Rows of a table of two columns: the date, and the versions of routers and kernel.
pub(crate) fn rows() -> Result<String, String> {
    let version = |line: &str, at: usize| -> Result<String, String> {
        let stated = words(line)?;
        Ok(stated.split_whitespace().nth(at).unwrap_or("unknown").trim_end_matches(',').to_owned())
    };
    let frr = version("/usr/lib/frr/bgpd --version", 2)?;
    let bird = words("dpkg-query -W -f ${Version} bird2").unwrap_or_else(|_| "unknown".to_owned());
    let iproute = version("ip -V", 2)?;
    let kernel = version("uname -r", 0)?;
    let kernel = kernel.split('-').next().unwrap_or_default();
    let date = words("date -u +%Y-%m-%d")?;
    let date = date.trim();
    Ok(format!(
        "| date | {date} |\n| FRR | {frr} |\n| BIRD | {bird} |\n| iproute2 | {iproute} |\n| Linux | {kernel} |\n"
    ))
}
