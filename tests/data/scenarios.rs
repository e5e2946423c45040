//! Scenarios as data: `tests/scenarios/TOPIC/NAME` is a network and what must become of packets in it.
//!
//! `expected.json` says what its source documents say (`path`, `support`, `reason`, `absent`,
//! `return_verdict`, `return_parts`, `diagnostics`, `findings`, all of `inbound` and `changes`); nothing writes those but people. Under `derived` it pins what else the
//! engine tells; `UPDATE_EXPECT=1` writes only that anew.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod change;
mod inbound;
mod names;
mod traces;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use libtest_mimic::{Failed, Trial};
use peerpath::catalog::{Catalog, Cloud};
use peerpath::check::lint;
use peerpath::diag::{Diagnostic, Diagnostics, Source};
use peerpath::engine::ports::{Transport, TransportPort};
use peerpath::engine::{
    Disposition, Engine, Explanation, Inputs, Link, LinkState, ReturnVerdicts, RoutingTables, Vantage,
    explain_at, support_at,
};
use peerpath::network::{self, Connection, Network, PeeringKind};
use peerpath::report::explain::reason::Names;
use peerpath::rib;
use serde::{Deserialize, Serialize};

const SCENARIOS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/scenarios");

/// What must become of packets in a network.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    /// The cloud whose lists apply; `public` by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cloud: Option<String>,
    /// What the answers rest on.
    evidence: Evidence,
    /// The codes of all diagnostics of the network file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    diagnostics: Option<BTreeSet<String>>,
    /// The findings of `check` that the source names: their codes, each with a part of its message.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    findings: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    queries: Vec<Query>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    inbound: Vec<inbound::Question>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    changes: Vec<change::Question>,
    #[serde(default)]
    derived: DerivedOfNetwork,
}

impl Expected {
    /// Whether anything is asked of the network.
    fn asks(&self) -> bool {
        !(self.queries.is_empty() && self.inbound.is_empty() && self.changes.is_empty())
    }
}

/// What `check` finds in the network.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct DerivedOfNetwork {
    /// The codes of all findings.
    findings: BTreeSet<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Evidence {
    /// A community of the shipped export lists the addresses.
    Exported,
    /// A rule gives them from other lists of Microsoft's.
    Derived,
    /// The lists do not settle it.
    Ambiguous,
    /// No community matters.
    None,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Query {
    /// A site, or a subnet as `VIRTUAL-NETWORK/SUBNET`.
    from: String,
    /// An address, the name of a host, or `product` and the name of a product.
    address: String,
    /// Where the environments are, for a host or a product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    region: Option<String>,
    /// The addresses to which a host resolves.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    resolved: Vec<IpAddr>,
    /// The destination port, as `tcp 443`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    port: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    links_down: Vec<String>,
    path: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    support: Option<String>,
    /// Part of the sentence that tells why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// Part of a sentence that tells why a route is not there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    absent: Option<String>,
    /// The sessions that carry it, where the source says which.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sessions: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    return_verdict: Option<String>,
    /// What becomes of the answers to each part of the sources, as `198.51.100.0/28 symmetric`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    return_parts: Option<BTreeSet<String>>,
    #[serde(default)]
    derived: Derived,
}

/// What the engine tells beyond what the source says.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Derived {
    prefix: Option<String>,
    decided_by: Option<String>,
    sessions: Vec<String>,
    service: String,
    why: String,
    #[serde(default)]
    ends: String,
    return_reasons: BTreeSet<String>,
    /// The routers that answers pass, for each part of the sources.
    #[serde(default)]
    answers: BTreeSet<String>,
}

/// The trials of this suite, each named `TOPIC/NAME`.
pub(super) fn trials() -> Vec<Trial> {
    let cases = folders(Path::new(SCENARIOS)).into_iter().flat_map(|topic| folders(&topic));
    let name = |folder: &Path| folder.strip_prefix(SCENARIOS).unwrap().to_str().unwrap().replace('\\', "/");
    cases.map(|folder| Trial::test(name(&folder), move || scenario(&folder))).collect()
}

/// The folders directly in a folder, by name.
fn folders(of: &Path) -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = fs::read_dir(of).unwrap().map(|one| one.unwrap().path()).collect();
    folders.retain(|folder| folder.is_dir());
    folders.sort_unstable();
    folders
}

fn catalog(cloud: Cloud) -> &'static Catalog {
    static CATALOGS: [OnceLock<Catalog>; 3] = [OnceLock::new(), OnceLock::new(), OnceLock::new()];
    let [public, government, china] = &CATALOGS;
    let place = match cloud {
        Cloud::Public => public,
        Cloud::Government => government,
        Cloud::China => china,
    };
    place.get_or_init(|| Catalog::shipped(cloud).unwrap())
}

fn scenario(folder: &Path) -> Result<(), Failed> {
    let readme = fs::read_to_string(folder.join("README.md"))?;
    if !readme.contains("Source: ") {
        return Err("README.md names no source".into());
    }
    let pinned = fs::read_to_string(folder.join("expected.json"))?;
    let mut expected: Expected = serde_json::from_str(&pinned)?;
    let cloud = match expected.cloud.as_deref() {
        None | Some("public") => Cloud::Public,
        Some("government") => Cloud::Government,
        Some("china") => Cloud::China,
        Some(other) => return Err(format!("no cloud `{other}`").into()),
    };
    let catalog = catalog(cloud);
    let source = Source::new("network.yaml", fs::read_to_string(folder.join("network.yaml"))?);
    let (network, diagnostics) = network::read(&source, catalog);
    let codes: BTreeSet<String> = diagnostics.iter().map(|one| one.code.to_string()).collect();
    let mut wrong = Wrong::default();
    wrong.unless("diagnostics", expected.diagnostics.clone().unwrap_or_default(), codes);
    if !expected.asks() && expected.diagnostics.is_none() && expected.findings.is_empty() {
        return Err("nothing is expected".into());
    }
    let mut tables = RoutingTables::none();
    for written in network.iter().flat_map(RoutingTables::wanted) {
        tables.insert(written.to_owned(), rib::import::open(&folder.join(written))?.into());
    }
    let found = match &network {
        Some(network) => lint(Inputs::new(network, catalog).tables(&tables))?.findings,
        None => Diagnostics::new(),
    };
    for (code, part) in &expected.findings {
        let words = |one: &Diagnostic| one.code.name() == code && one.message.contains(part);
        if !found.iter().any(words) {
            wrong.0.push(format!("findings: no `{code}` says `{part}`"));
        }
    }
    let derived = DerivedOfNetwork { findings: found.iter().map(|one| one.code.to_string()).collect() };
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        expected.derived = derived;
    } else {
        wrong.unless("derived", &expected.derived, &derived);
    }
    if let Some(network) = network {
        let inputs = Inputs::new(&network, catalog).tables(&tables);
        for query in &mut expected.queries {
            ask(inputs, query, &mut wrong)?;
        }
        for question in &mut expected.inbound {
            inbound::ask(inputs, question, &mut wrong)?;
        }
        for question in &mut expected.changes {
            change::ask(inputs, question, &mut wrong)?;
        }
    } else if expected.asks() {
        return Err(format!("the network is refused: {:?}", wrong.0).into());
    }
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(folder.join("expected.json"), serde_json::to_string_pretty(&expected)? + "\n")?;
    }
    if wrong.0.is_empty() { Ok(()) } else { Err(wrong.0.join("\n").into()) }
}

/// What differs, a line each.
#[derive(Default)]
struct Wrong(Vec<String>);

impl Wrong {
    fn unless<T: PartialEq + std::fmt::Debug>(&mut self, what: &str, expected: T, got: T) {
        if expected != got {
            self.0.push(format!("{what}: expected {expected:?}, got {got:?}"));
        }
    }

    /// What the engine tells beyond the source: written anew, or held to what is pinned.
    fn or_pin<T: PartialEq + std::fmt::Debug>(&mut self, about: &str, pinned: &mut T, got: T) {
        if std::env::var_os("UPDATE_EXPECT").is_some() {
            *pinned = got;
        } else {
            self.unless(&format!("{about}: derived"), &*pinned, &got);
        }
    }

    fn unless_within(&mut self, what: &str, part: Option<&String>, whole: &str) {
        if part.is_some_and(|part| !whole.contains(part.as_str())) {
            self.0.push(format!("{what}: `{}` is not in `{whole}`", part.unwrap()));
        }
    }
}

fn ask(inputs: Inputs<'_>, query: &mut Query, wrong: &mut Wrong) -> Result<(), Failed> {
    let Inputs { network, catalog, .. } = inputs;
    let links = down(network, &query.links_down)?;
    let inputs = inputs.links(&links);
    let port = query.port.as_deref().map(port).transpose()?;
    let Ok(address) = query.address.parse() else { return names::ask(inputs, query, port, wrong) };
    let about = format!("{} from {} without {:?}", query.address, query.from, query.links_down);
    let vantage =
        Vantage::named(network, &query.from).ok_or_else(|| format!("no site or subnet `{}`", query.from))?;
    let engine = Engine::compile_at(inputs, vantage)?;
    let mut reported = explain_at(inputs, vantage, address)?;
    wrong.unless(&format!("{about}: compiled"), &reported.decision, engine.decision(engine.decide(address)));
    let mut address: IpAddr = address;
    if let Vantage::Site(site) = vantage
        && let Some(translated) = network.translated(site, address)
    {
        // A translator of the site's sends it on as IPv4, which is asked in its place.
        wrong.unless(&format!("{about}: untranslated"), Disposition::Unknown, reported.decision.disposition);
        address = translated.destination;
        reported = explain_at(inputs, vantage, address)?;
        wrong.unless(
            &format!("{about}: compiled"),
            &reported.decision,
            engine.decision(engine.decide(address)),
        );
    }
    wrong.unless(&format!("{about}: sessions"), reported.sessions.as_slice(), engine.sessions());
    wrong.unless(
        &format!("{about}: traces"),
        Vec::<String>::new(),
        traces::contradictions(network, &reported),
    );
    let words = support_at(&reported.lookup, port);
    let names = Names { catalog, network: Some(network) };
    let derived = derive(&reported, names);
    let optional = |what: &str, wrong: &mut Wrong, expected: &Option<String>, got: Option<&str>| {
        if expected.is_some() {
            wrong.unless(&format!("{about}: {what}"), expected.as_deref(), got);
        }
    };
    wrong.unless(&format!("{about}: path"), query.path.as_str(), reported.decision.disposition.word());
    optional("support", wrong, &query.support, Some(words.verdict.word()));
    let back = reported.return_path.as_ref().map(|back| back.verdict.word());
    optional("return verdict", wrong, &query.return_verdict, back);
    let verdicts = ReturnVerdicts::of(inputs, vantage, &engine);
    let compiled = match address {
        IpAddr::V4(address) => *verdicts.partition4().get(address),
        IpAddr::V6(address) => *verdicts.partition6().get(address),
    };
    wrong.unless(&format!("{about}: compiled return"), back, compiled.map(|back| back.verdict.word()));
    if let Some(parts) = &query.return_parts {
        let sources = reported.return_path.iter().flat_map(|back| &back.sources);
        let reported: BTreeSet<String> =
            sources.map(|one| format!("{} {}", one.source, one.verdict)).collect();
        wrong.unless(&format!("{about}: return parts"), parts, &reported);
    }
    wrong.unless_within(&format!("{about}: reason"), query.reason.as_ref(), &derived.why);
    let absent: Vec<String> = reported.absent.iter().map(|one| names.absence(&one.absence)).collect();
    wrong.unless_within(&format!("{about}: absent"), query.absent.as_ref(), &absent.join("; "));
    if let Some(sessions) = &query.sessions {
        wrong.unless(&format!("{about}: sessions"), sessions, &derived.sessions);
    }
    wrong.or_pin(&about, &mut query.derived, derived);
    Ok(())
}

/// A port such as `tcp 443`.
fn port(text: &str) -> Result<TransportPort, Failed> {
    let parts = text.split_once(' ').ok_or_else(|| format!("`{text}` is no port"))?;
    let transport = Transport::ALL.into_iter().find(|one| one.word() == parts.0);
    let transport = transport.ok_or_else(|| format!("`{text}` is no port"))?;
    Ok(TransportPort { transport, number: parts.1.parse()? })
}

fn derive(reported: &Explanation<'_>, names: Names<'_>) -> Derived {
    let session = |id| reported.sessions.iter().find(|session| session.id == id).map(|one| one.name.clone());
    let back = reported.return_path.iter().flat_map(|back| &back.sources);
    Derived {
        prefix: reported.decision.prefix.map(|prefix| prefix.to_string()),
        decided_by: reported.decision.step().map(|step| step.name().to_owned()),
        sessions: reported
            .decision
            .next_hops()
            .iter()
            .filter_map(|next_hop| session(next_hop.session))
            .collect(),
        service: reported.service.clone(),
        why: names.reason(&reported.decision),
        ends: reported.decision.end().word().to_owned(),
        return_reasons: back.map(|source| source.reason.word().to_owned()).collect(),
        answers: names.network.map(|network| traces::answers(network, reported)).unwrap_or_default(),
    }
}

/// The state in which the links of these names are down.
fn down(network: &Network, names: &[String]) -> Result<LinkState, Failed> {
    let mut links = LinkState::as_written();
    for name in names {
        links.set(link(network, name).ok_or_else(|| format!("no link `{name}`"))?, false);
    }
    Ok(links)
}

/// The link of a name: `CIRCUIT`, `CIRCUIT/primary`, `CIRCUIT/microsoft`, `CIRCUIT/private/secondary`,
/// `CIRCUIT/route-filter`, `internet/SITE`, `vpn/SITE/TUNNEL` or `wan/LINK`.
fn link(network: &Network, name: &str) -> Option<Link> {
    let parts: Vec<&str> = name.split('/').collect();
    let connection = |word: &str| match word {
        "primary" => Some(Connection::Primary),
        "secondary" => Some(Connection::Secondary),
        _ => None,
    };
    let peering = |word: &str| match word {
        "microsoft" => Some(PeeringKind::Microsoft),
        "private" => Some(PeeringKind::Private),
        _ => None,
    };
    let circuit = |name: &str| network.circuit_named(name).map(|(id, _)| id);
    Some(match parts.as_slice() {
        ["internet", site] => Link::Internet(network.site_named(site)?.0),
        ["wan", link] => {
            Link::Wan(network.wan_links_with_ids().find(|(_, own)| own.name == *link).map(|(id, _)| id)?)
        }
        ["vpn", site, tunnel] => {
            let (id, site) = network.site_named(site)?;
            let index = site.vpn.iter().position(|one| one.name == *tunnel)?;
            Link::Vpn(id, u32::try_from(index).ok()?)
        }
        [name] => Link::Circuit(circuit(name)?),
        [name, "route-filter"] => Link::RouteFilter(circuit(name)?),
        [name, word] if connection(word).is_some() => Link::Connection(circuit(name)?, connection(word)?),
        [name, word] => Link::Peering(circuit(name)?, peering(word)?),
        [name, kind, word] => Link::Session(circuit(name)?, peering(kind)?, connection(word)?),
        _ => return None,
    })
}
