//! The figures of a run, for people.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::fs;
use std::net::IpAddr;

use super::kernel::Ways;
use super::situations::Situation;
use crate::machines::versions;

const DOCUMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/dev/conformance.md");

/// What a situation came to.
#[derive(Debug)]
pub(crate) struct Figures {
    pub(crate) name: &'static str,
    what: &'static str,
    pub(crate) compared: usize,
    v6: usize,
    ways: BTreeMap<String, usize>,
    pub(crate) differences: Vec<String>,
}

impl Figures {
    pub(crate) fn new(situation: &Situation, compared: usize) -> Self {
        Self {
            name: situation.name,
            what: situation.what,
            compared,
            v6: 0,
            ways: BTreeMap::new(),
            differences: Vec::new(),
        }
    }

    /// Counts an address by what the kernel does with it.
    pub(crate) fn count(&mut self, address: IpAddr, ways: &Ways) {
        self.v6 += usize::from(address.is_ipv6());
        *self.ways.entry(word(ways)).or_default() += 1;
    }

    fn of(&self, word: &str) -> usize {
        self.ways.get(word).copied().unwrap_or(0)
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: {} addresses ({} IPv6), {} differences, {:?}",
            self.name,
            self.compared,
            self.v6,
            self.differences.len(),
            self.ways
        )
    }
}

/// The column that a set of interfaces counts in.
fn word(ways: &Ways) -> String {
    let names: Vec<&str> = ways.iter().map(|name| name.trim_start_matches("to-")).collect();
    match names[..] {
        [] | ["-"] => "dropped".to_owned(),
        ["primary", "secondary"] => "both".to_owned(),
        _ => names.join("+"),
    }
}

/// Writes the document where that is asked for.
pub(crate) fn write(all: &[Figures]) -> Result<(), String> {
    if std::env::var_os("UPDATE_EXPECT").is_none() {
        return Ok(());
    }
    fs::write(DOCUMENT, document(all)?).map_err(|error| error.to_string())
}

fn document(all: &[Figures]) -> Result<String, String> {
    let compared: usize = all.iter().map(|one| one.compared).sum();
    let differences: usize = all.iter().map(|one| one.differences.len()).sum();
    let mut text = format!(
        "# Conformance with real routers

Written by the test itself: `UPDATE_EXPECT=1 PEERPATH_REQUIRE_ROUTERS=1 cargo test --all-features --test outside`.

FRR, configured by `peerpath export frr`, is the customer edge; one BIRD each is Microsoft's primary and secondary edge
router and the internet provider, in network namespaces. Microsoft's routers advertise the prefixes of the route filter's communities from the
shipped catalog, with the communities attached. FRR is told `bgp route-map delay-timer 0`: before 10.5 it may lose the
choice for a prefix that is told while that timer applies the route maps again. When the routers have settled, the kernel's next hops (the routing tables by a longest-prefix match of the
test's own, and `ip route get`) are compared with our decisions: the set of next hops must be equal.

The addresses are the first and last of every prefix that any situation advertises, their neighbours (±1), one seeded address inside of each, and
seeded addresses anywhere; special-purpose blocks aside, which no router forwards to. `tests/outside/routers` says the rest.
[conformance-company.md](conformance-company.md) has the record of a whole company of routers.

| | |
|---|---|
{}| situations | {} |
| addresses compared | {compared} |
| differences | {differences} |

| situation | addresses | of these IPv6 | both connections | primary | secondary | internet | own network | dropped | differences |
|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|
",
        versions::rows()?,
        all.len(),
    );
    for one in all {
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} | {} | {} | {} | {} |",
            one.name,
            one.compared,
            one.v6,
            one.of("both"),
            one.of("primary"),
            one.of("secondary"),
            one.of("provider"),
            one.of("lan"),
            one.of("dropped"),
            one.differences.len()
        );
    }
    text.push_str("\nThe situations:\n\n");
    for one in all {
        let _ = writeln!(text, "- **{}**: {}.", one.name, one.what);
    }
    Ok(text)
}
