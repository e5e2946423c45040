//! `peerpath explain`

mod to_server;
use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};

use super::super::args::{ExplainArgs, ExplainFormat, Global};
use super::super::console::Shape;
use super::super::error::CliError;
use super::super::exit::Exit;
use super::super::inputs::{Inputs, Target, read_as_v4};
use super::super::output;
use crate::addr::{Address, AddressCount, IpPrefix, Partition, Prefix};
use crate::catalog::Catalog;
use crate::diag::CODES;
use crate::engine::ports::Port;
use crate::engine::{
    Decision, DecisionId, Engine, Passing, Responder, ReturnPath, Vantage, addresses_of_host, explain,
    explain_eligibility, explain_from_subnet, paths_of, support_at, support_of_host,
};
use crate::network::SiteId;
use crate::report::explain::{Part, json as explanation_json, prefix_json, prefix_text, text};
use crate::report::reason::Names;
use crate::report::support::{Asked, Host, host_json, host_text};
use crate::report::{Note, Report, document};

/// The version of the JSON document.
const SCHEMA: &str = "peerpath.explain/2";

pub(super) fn run(global: &Global, args: &ExplainArgs) -> Result<Exit, CliError> {
    if let Some(name) = &args.code {
        return code(name);
    }
    if let Some(to) = &args.to {
        return to_server::run(global, args, to);
    }
    let targets =
        args.targets.iter().map(|target| Target::of(target, global)).collect::<Result<Vec<_>, _>>()?;
    let asked = asked(global, args, &targets)?;
    let inputs = Inputs::load(global, args.vantage.network.as_deref())?;
    let subnet = inputs.subnet(&args.vantage);
    let vantage = match subnet {
        Some(_) => inputs.network.as_ref().map(|loaded| (&loaded.network, SiteId(0))),
        None => inputs.vantage(&args.vantage, true)?,
    };
    let names = Names { catalog: &inputs.catalog, network: vantage.map(|(network, _)| network) };
    // Only prefixes, and addresses that a name may have, need the whole space compiled.
    let start = inputs.engine_inputs().zip(vantage.map(|(_, site)| site));
    let prefixes = targets.iter().any(|target| match target {
        Target::Prefix(_) => true,
        Target::Host(_) => start.is_some(),
        Target::Address(_) => false,
    });
    let engine = match start {
        _ if !prefixes => None,
        Some((inputs, site)) => {
            let site = Vantage::Site(site);
            let from = subnet.map_or(site, |(network, subnet)| Vantage::Subnet(network, subnet));
            Some(Engine::compile_at(inputs, from)?)
        }
        None => Some(Engine::eligibility(&inputs.catalog)),
    };
    let passing = vantage.and_then(|(network, _)| Passing::of(network));
    let from = start.map(|(_, site)| match subnet {
        Some((network, subnet)) => Vantage::Subnet(network, subnet),
        None => Vantage::Site(site),
    });
    let mut passed = Passed { passing: passing.zip(from), notes: BTreeSet::new() };
    let mut texts = Vec::new();
    let mut documents = Vec::new();
    for target in targets {
        match (target, &engine) {
            (Target::Address(address), _) => {
                let from_subnet = start.zip(subnet).and_then(|((inputs, _), (network, subnet))| {
                    explain_from_subnet(inputs, network, subnet, address)
                });
                let explanation = match start {
                    _ if from_subnet.is_some() => from_subnet,
                    Some((inputs, site)) => Some(explain(inputs, site, address)?),
                    None => Some(explain_eligibility(&inputs.catalog, address)),
                };
                let Some(mut explanation) = explanation else { continue };
                explanation.support = support_at(&explanation.lookup, asked.port);
                passed.see(names, address, &explanation.decision, explanation.return_path.as_ref());
                match args.format {
                    ExplainFormat::Text => texts.push(text(&explanation, asked, names)),
                    ExplainFormat::Json => documents.push(explanation_json(&explanation, asked, names)),
                }
            }
            (Target::Host(host), _) => {
                let sets = inputs.catalog.sets_of_host(&host);
                let said = support_of_host(&host, &sets, asked.port);
                let addresses: Vec<_> = addresses_of_host(&inputs.catalog, &host, &sets)
                    .into_iter()
                    .map(|listed| {
                        let engine = engine.as_ref().filter(|_| start.is_some());
                        let paths = engine.map(|engine| paths_of(engine, &listed.addresses));
                        (listed, paths.unwrap_or_default())
                    })
                    .collect();
                let host = Host { name: &host, sets: &sets, said: &said, addresses: &addresses };
                match args.format {
                    ExplainFormat::Text => texts.push(host_text(host, asked, names)),
                    ExplainFormat::Json => documents.push(host_json(host, asked, names)),
                }
            }
            (Target::Prefix(prefix), Some(engine)) => {
                let parts = parts(engine, prefix);
                for part in &parts {
                    let first = part.prefixes.first().map_or(prefix.first(), |part| part.first());
                    passed.see(names, first, part.decision, None);
                }
                let covering = covering(names.catalog, prefix);
                match args.format {
                    ExplainFormat::Text => texts.push(prefix_text(prefix, &parts, &covering, names)),
                    ExplainFormat::Json => documents.push(prefix_json(prefix, &parts, &covering, names)),
                }
            }
            (Target::Prefix(_), None) => {}
        }
    }
    match args.format {
        ExplainFormat::Text => {
            texts.extend(passed.text());
            output::text(&texts.join("\n"))?;
        }
        ExplainFormat::Json => {
            output::document(&document(&passed.head(&inputs), documents), Shape::Json)?;
        }
    }
    Ok(Exit::Success)
}

/// Hops that explained packets pass and that nothing evaluates, each told once.
struct Passed {
    passing: Option<(Passing, Vantage)>,
    notes: BTreeSet<String>,
}

impl Passed {
    fn see(&mut self, names: Names<'_>, address: IpAddr, decision: &Decision, back: Option<&ReturnPath>) {
        let (Some((passing, vantage)), Some(network)) = (&self.passing, names.network) else { return };
        let responder = Responder::of(network, *vantage, address);
        let hops = passing.of_decision(network, *vantage, decision, responder, back);
        self.notes.extend(hops.iter().map(|hop| hop.note(network)));
    }

    /// The head of the JSON document, with the notes.
    fn head(&self, inputs: &Inputs) -> Report {
        let mut head = head(inputs);
        head.notes = self.notes.iter().cloned().map(Note::warning).collect();
        head
    }

    fn text(&self) -> Option<String> {
        let lines = self.notes.iter().map(|note| format!("    {note}\n"));
        (!self.notes.is_empty()).then(|| format!("  Not evaluated\n{}", lines.collect::<String>()))
    }
}

/// The head of the JSON document.
fn head(inputs: &Inputs) -> Report {
    let mut head = Report::new(SCHEMA, env!("CARGO_PKG_VERSION"));
    head.catalog = crate::report::catalog_sources(&inputs.catalog);
    head.inputs.extend(inputs.network_input(true));
    head
}

/// The port and source that were asked for; a source fits the family of every address.
fn asked(global: &Global, args: &ExplainArgs, targets: &[Target]) -> Result<Asked, CliError> {
    let port = args.proto.zip(args.port).map(|(name, number)| Port { transport: name.into(), number });
    let Some(text) = &args.source else { return Ok(Asked { port, source: None }) };
    let source = if let Ok(both) = text.parse::<SocketAddr>() {
        (both.ip(), Some(both.port()))
    } else {
        let address = text.parse().map_err(|_| CliError::FlowSource { text: text.clone() })?;
        (address, None)
    };
    let source = (read_as_v4(source.0, global), source.1);
    for target in targets {
        if let Target::Address(address) = target
            && address.is_ipv4() != source.0.is_ipv4()
        {
            return Err(CliError::FlowFamily { source_address: source.0, address: *address });
        }
    }
    Ok(Asked { port, source: Some(source) })
}

/// What a diagnostic's code means.
fn code(name: &str) -> Result<Exit, CliError> {
    let Some(entry) = CODES.iter().find(|entry| entry.code.name() == name) else {
        let end = |name: &str| name.rsplit("::").next().unwrap_or_default().to_ascii_lowercase();
        let known = CODES.iter().map(|entry| entry.code.name());
        let near = known.filter(|known| end(known).contains(&end(name))).map(str::to_owned).collect();
        return Err(CliError::NoSuchCode { name: name.to_owned(), near });
    };
    output::text(&format!("{}: {}\n\n{}\n", entry.code, entry.title, entry.explanation))?;
    Ok(Exit::Success)
}

/// What holds the whole of a prefix, by name.
fn covering(catalog: &Catalog, prefix: IpPrefix) -> Vec<String> {
    let found = catalog.lookup_prefix(prefix).covering;
    let tags = found.tags.iter().map(|entry| format!("{} {}", entry.prefix, entry.tag.name));
    let sets = found.endpoint_sets.iter().map(|entry| format!("{} {}", entry.prefix, entry.set.label()));
    let communities = found
        .communities
        .iter()
        .map(|entry| format!("{} {} {}", entry.prefix, entry.community, entry.evidence));
    communities.chain(sets).chain(tags).collect()
}

/// The parts of a prefix by decision, in the order of their first address.
fn parts(engine: &Engine, prefix: IpPrefix) -> Vec<Part<'_>> {
    match prefix {
        IpPrefix::V4(prefix) => family_parts(engine, engine.partition4(), prefix),
        IpPrefix::V6(prefix) => family_parts(engine, engine.partition6(), prefix),
    }
}

fn family_parts<'e, A: Address>(
    engine: &'e Engine,
    partition: &Partition<A, DecisionId>,
    prefix: Prefix<A>,
) -> Vec<Part<'e>>
where
    IpPrefix: From<Prefix<A>>,
{
    let mut parts: Vec<Part<'e>> = Vec::new();
    for (range, id) in partition.within(prefix.range()) {
        let decision = engine.decision(*id);
        // The same path for the same reason is one part, whatever prefix brought it.
        let same = |part: &Part<'_>| {
            (part.decision.disposition, &part.decision.reason(), part.decision.hops())
                == (decision.disposition, &decision.reason(), decision.hops())
        };
        let index = parts.iter().position(same).unwrap_or_else(|| {
            parts.push(Part { prefixes: Vec::new(), count: AddressCount::ZERO, decision });
            parts.len() - 1
        });
        if let Some(part) = parts.get_mut(index) {
            part.count = part.count + range.count();
            part.prefixes.extend(range.prefixes().map(IpPrefix::from));
        }
    }
    parts
}
