//! The figures of a run, for people.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::fs;
use std::net::IpAddr;

use super::answers::Answer;
use super::flows::Tried;
use super::situations::Situation;
use crate::machines::versions;

const DOCUMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/dev/conformance-company.md");

/// What a situation came to.
#[derive(Debug)]
pub(crate) struct Figures {
    pub(crate) name: &'static str,
    what: &'static str,
    pub(crate) compared: usize,
    v6: usize,
    ways: BTreeMap<&'static str, usize>,
    pub(crate) tried: Option<Tried>,
    /// Differences by what is told and what is so, where packets start.
    pub(crate) kinds: BTreeMap<String, usize>,
    pub(crate) differences: Vec<String>,
}

/// The columns of the table: where packets end.
const COLUMNS: [&str; 7] =
    ["er-a", "er-b", "both circuits", "own internet", "another site", "inside Azure", "lost"];

impl Figures {
    pub(crate) fn new(situation: &Situation) -> Self {
        Self {
            name: situation.name,
            what: situation.what,
            compared: 0,
            v6: 0,
            ways: BTreeMap::new(),
            tried: None,
            kinds: BTreeMap::new(),
            differences: Vec::new(),
        }
    }

    /// Counts an answer by what the machines do with the packet.
    pub(crate) fn count(&mut self, start: &str, address: IpAddr, real: &Answer) {
        self.compared += 1;
        self.v6 += usize::from(address.is_ipv6());
        *self.ways.entry(column(start, real)).or_default() += 1;
    }

    pub(crate) fn differ(&mut self, kind: String, difference: String) {
        *self.kinds.entry(kind).or_default() += 1;
        self.differences.push(difference);
    }

    /// Takes in what was compared from another start.
    pub(crate) fn absorb(&mut self, other: Self) {
        self.compared += other.compared;
        self.v6 += other.v6;
        for (way, count) in other.ways {
            *self.ways.entry(way).or_default() += count;
        }
        for (kind, count) in other.kinds {
            *self.kinds.entry(kind).or_default() += count;
        }
        self.differences.extend(other.differences);
    }

    fn of(&self, column: &str) -> usize {
        self.ways.get(column).copied().unwrap_or(0)
    }

    /// Connections of which it is told whether they come about.
    pub(crate) fn settled(&self) -> usize {
        self.tried.as_ref().map_or(0, |tried| tried.settled)
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, compared, v6, ways, .. } = self;
        write!(
            f,
            "{name}: {compared} answers ({v6} IPv6), {} differences, {ways:?}",
            self.differences.len()
        )?;
        if let Some(tried) = &self.tried {
            write!(f, ", connections {:?}", tried.found)?;
        }
        self.kinds.iter().try_for_each(|(kind, count)| write!(f, "\n  {count} from {kind}"))
    }
}

/// The column that an answer counts in.
fn column(start: &str, real: &Answer) -> &'static str {
    let has = |word: &str| real.iter().any(|way| way.contains(word));
    match (has("er-a/"), has("er-b/")) {
        (true, true) => "both circuits",
        (true, false) => "er-a",
        (false, true) => "er-b",
        _ if has("lost") => "lost",
        _ if has(&format!("internet of {start}")) => "own internet",
        _ if has("site ") || has("internet of ") => "another site",
        _ => "inside Azure",
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
    let sum = |count: &dyn Fn(&Figures) -> usize| all.iter().map(count).sum::<usize>();
    let mut text = format!(
        "# Conformance with a company of real routers

Written by the test itself: `UPDATE_EXPECT=1 PEERPATH_REQUIRE_ROUTERS=1 cargo test --all-features --test outside`.

Three sites: A has two edge routers, B and C have one each, FRR; OSPF with costs and a full mesh of internal BGP with `next-hop-self` join them. A and B have a
circuit each, of two connections with Microsoft peering and private peering; every site has a provider with a default route, aggregates and prefixes just as Microsoft's; BIRD.
Behind private peering stand a gateway, a firewall that keeps sessions (nftables), a hub and two spokes: network namespaces whose kernels have the effective routes of
`GatewaySubnet` and of their subnets. The test writes these by rules of its own, from Microsoft's documents, and the network file from the same description.

When all routers have settled, packets are followed from each site and from a subnet of each virtual network, machine by machine through the kernels' tables, and where they may end is compared with our
decisions: the provider of which site, the circuit and its connection, the gateway, the firewall and the virtual network in their order; from a subnet the sites behind the crossing, too (but not what lies behind a summary that nobody has). A hundred addresses are asked of each kernel itself. In some situations TCP
connections are opened between sites, virtual networks and the internet: they must come about where we say that the way back is `symmetric`, and must not where we say
`dropped`, or that the packet itself is lost. `tests/outside/company` says the rest.

| | |
|---|---|
{}| situations | {} |
| answers compared | {} |
| connections compared | {} |
| differences | {} |

| situation | answers | of these IPv6 | {} | connections | differences |
|---|---:|---:|{}---:|---:|
",
        versions::rows()?,
        all.len(),
        sum(&|one| one.compared),
        sum(&Figures::settled),
        sum(&|one| one.differences.len()),
        COLUMNS.join(" | "),
        "---:|".repeat(COLUMNS.len()),
    );
    for one in all {
        let columns: Vec<String> = COLUMNS.iter().map(|column| one.of(column).to_string()).collect();
        let (name, compared, v6, settled) = (one.name, one.compared, one.v6, one.settled());
        let differences = one.differences.len();
        let _ = writeln!(
            text,
            "| {name} | {compared} | {v6} | {} | {settled} | {differences} |",
            columns.join(" | ")
        );
    }
    text.push_str("\nThe situations:\n\n");
    for one in all {
        let _ = writeln!(text, "- **{}**: {}.", one.name, one.what);
    }
    Ok(text)
}
