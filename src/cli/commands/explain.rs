//! `peerpath explain`

mod to_server;
use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};

use serde_json::Value;

use super::super::args::{ExplainArgs, ExplainFormat, Global};
use super::super::console::{Shape, note};
use super::super::error::{CliError, NamedError};
use super::super::exit::Exit;
use super::super::inputs::{Inputs, Resolved, Target, read_as_v4};
use super::super::output;
use crate::addr::{Address, AddressCount, IpPrefix, IpSet, Partition, Prefix};
use crate::catalog::{Catalog, TenantRegion};
use crate::cli::record_names::no_such_product;
use crate::diag::CODES;
use crate::engine::ports::TransportPort;
use crate::engine::{
    Decision, DecisionId, Engine, Families, Inputs as EngineInputs, Passing, Responder, ReturnPath,
    SharedPath, Vantage, explain_at, explain_eligibility, host_facts, path_verdict, paths_of, product_facts,
    support_at,
};
use crate::report::explain::reason::Names;
use crate::report::explain::support::Asked;
use crate::report::explain::{
    Host, NeededProduct, PrefixPart, ProductPage, host_json, host_text, json as explanation_json,
    prefix_json, prefix_text, product_json, product_text, text,
};
use crate::report::{Note, Report, document};

/// The version of the JSON document.
const SCHEMA: &str = "peerpath.explain/3";

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
    let from = match inputs.subnet(&args.vantage) {
        Some((network, subnet)) => Some(Vantage::Subnet(network, subnet)),
        None => inputs.vantage(&args.vantage, true)?.map(|(_, site)| Vantage::Site(site)),
    };
    let start = inputs.engine_inputs().zip(from);
    // A single address does not need the whole address space compiled.
    let whole = targets.iter().any(|target| !matches!(target, Target::Address(_)));
    let engine = match start {
        _ if !whole => None,
        Some((inputs, from)) => Some(Engine::compile_at(inputs, from)?),
        None => Some(Engine::eligibility(&inputs.catalog)),
    };
    let network = start.map(|(inputs, _)| inputs.network);
    let passing = network.and_then(Passing::of);
    let passed = Passed { passing: passing.zip(from), notes: BTreeSet::new() };
    let names = Names { catalog: &inputs.catalog, network };
    let region = args.region.as_deref().map(|name| inputs.catalog.tenant_region(name)).transpose();
    let region = region.map_err(NamedError::from)?;
    let resolved = Resolved::open(global, &args.resolve)?;
    let mut asking = Asking { start, engine, names, asked, region, resolved, format: args.format, passed };
    let (mut texts, mut documents) = (Vec::new(), Vec::new());
    for target in targets {
        match asking.answer(target)? {
            Explained::Text(text) => texts.push(text),
            Explained::Json(document) => documents.push(document),
        }
    }
    let passed = asking.passed;
    let head = passed.head(&inputs);
    let head = output::aged(&head);
    match args.format {
        ExplainFormat::Text => {
            texts.extend(passed.text());
            output::text_of(&head, &texts.join("\n"))?;
            output::print_age(&head, global);
        }
        ExplainFormat::Json => output::document(&document(&head, documents), Shape::Json)?,
    }
    Ok(Exit::Success)
}

/// The explanation of one target.
enum Explained {
    Text(String),
    Json(Value),
}

/// The context in which targets are explained.
struct Asking<'a> {
    /// Where packets start; `None` without a network file.
    start: Option<(EngineInputs<'a>, Vantage)>,
    /// The whole address space, if a target needs it.
    engine: Option<Engine>,
    names: Names<'a>,
    asked: Asked,
    /// Where the company's environments are.
    region: Option<TenantRegion>,
    resolved: Resolved,
    format: ExplainFormat,
    passed: Passed,
}

impl Asking<'_> {
    fn answer(&mut self, target: Target) -> Result<Explained, CliError> {
        match target {
            Target::Address(address) => self.address(address),
            Target::Host(host) => self.host(&host),
            Target::Product(name) => self.product(&name),
            Target::Prefix(prefix) => Ok(self.prefix(prefix)),
        }
    }

    fn address(&mut self, asked_for: IpAddr) -> Result<Explained, CliError> {
        let (names, catalog) = (self.names, self.names.catalog);
        let translated = self.start.and_then(|(inputs, from)| from.translated(inputs.network, asked_for));
        let address = translated.map_or(asked_for, |translated| translated.destination);
        let asked = translated.map_or(self.asked, |translated| self.asked.translated(translated.source));
        let mut explanation = match self.start {
            Some((inputs, from)) => explain_at(inputs, from, address)?,
            None => explain_eligibility(catalog, address),
        };
        explanation.translated_from = translated.map(|translated| (asked_for, translated.span));
        explanation.support = support_at(&explanation.lookup, asked.port);
        self.passed.see(names, address, &explanation.decision, explanation.return_path.as_ref());
        Ok(match self.format {
            ExplainFormat::Text => Explained::Text(text(&explanation, asked, names)),
            ExplainFormat::Json => Explained::Json(explanation_json(&explanation, asked, names)),
        })
    }

    fn host(&self, name: &str) -> Result<Explained, CliError> {
        let resolved = self.resolved.of(name)?;
        if resolved.is_empty() && self.resolved.is_given() {
            let what = "`--resolve` has no address of this name, so the answer is that of the lists";
            note(&format!("warning: {name}: {what}"));
        }
        let facts = host_facts(self.names.catalog, name, self.region.as_ref(), &resolved, self.asked.port);
        let (paths, all) = self.paths(facts.addresses.iter().map(|listed| &listed.addresses));
        let (region, families) = (self.region.as_ref(), self.families());
        let host = Host { name, facts: &facts, region, families, paths: &paths, all: &all };
        Ok(match self.format {
            ExplainFormat::Text => Explained::Text(host_text(host, self.asked, self.names)),
            ExplainFormat::Json => Explained::Json(host_json(host, self.asked, self.names)),
        })
    }

    fn product(&self, name: &str) -> Result<Explained, CliError> {
        let (catalog, region) = (self.names.catalog, self.region.as_ref());
        let product = catalog.product(name).ok_or_else(|| no_such_product(catalog, name))?;
        let facts = product_facts(catalog, product, region);
        let (paths, all) = self.paths(facts.parts.iter().map(|part| &part.addresses));
        let needs: Vec<NeededProduct> = product
            .needs
            .iter()
            .filter_map(|need| {
                let other = product_facts(catalog, catalog.product(need.product)?, region);
                let (_, all) = self.paths(other.parts.iter().map(|part| &part.addresses));
                let (path, support) = (path_verdict(&all), other.support.verdict);
                Some(NeededProduct { name: other.product.name, path, support, text: need.text })
            })
            .collect();
        let families = self.families();
        let page = ProductPage { facts: &facts, region, families, paths: &paths, all: &all, needs: &needs };
        Ok(match self.format {
            ExplainFormat::Text => Explained::Text(product_text(page, self.names)),
            ExplainFormat::Json => Explained::Json(product_json(page, self.names)),
        })
    }

    /// Returns the paths to each set of addresses, and to all of them together.
    fn paths<'s>(&self, sets: impl Iterator<Item = &'s IpSet>) -> (Vec<Vec<SharedPath>>, Vec<SharedPath>) {
        let Some(engine) = &self.engine else { return (Vec::new(), Vec::new()) };
        let (mut union, mut paths, families) = (IpSet::empty(), Vec::new(), self.families());
        for set in sets {
            let set = families.of(set);
            paths.push(paths_of(engine, &set));
            union = union.union(&set);
        }
        (paths, paths_of(engine, &union))
    }

    /// Returns the families of the packets that start at the vantage point.
    fn families(&self) -> Families {
        self.start.map_or(Families::BOTH, |(inputs, from)| from.families(inputs.network))
    }

    fn prefix(&mut self, prefix: IpPrefix) -> Explained {
        let names = self.names;
        let parts = self.engine.as_ref().map(|engine| parts(engine, prefix)).unwrap_or_default();
        for part in &parts {
            let first = part.prefixes.first().map_or(prefix.first(), |part| part.first());
            self.passed.see(names, first, part.decision, None);
        }
        let covering = covering(names.catalog, prefix);
        match self.format {
            ExplainFormat::Text => Explained::Text(prefix_text(prefix, &parts, &covering, names)),
            ExplainFormat::Json => Explained::Json(prefix_json(prefix, &parts, &covering, names)),
        }
    }
}

/// Notes about unevaluated hops on explained paths, without duplicates.
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

    /// Returns the head of the JSON document, with the notes.
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

/// Returns the head of the JSON document.
fn head(inputs: &Inputs) -> Report {
    let mut head = Report::new(SCHEMA, env!("CARGO_PKG_VERSION"));
    head.catalog = crate::report::catalog_sources(&inputs.catalog);
    head.inputs.extend(inputs.network_input(true));
    head
}

/// Parses the port and the source. The source must have the same address family as every target address.
fn asked(global: &Global, args: &ExplainArgs, targets: &[Target]) -> Result<Asked, CliError> {
    let port =
        args.proto.zip(args.port).map(|(name, number)| TransportPort { transport: name.into(), number });
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

/// Explains a diagnostic code.
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

/// Returns the tags, endpoint sets and communities that contain the whole prefix.
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

/// Splits a prefix into parts by decision, ordered by their first address.
fn parts(engine: &Engine, prefix: IpPrefix) -> Vec<PrefixPart<'_>> {
    match prefix {
        IpPrefix::V4(prefix) => family_parts(engine, engine.partition4(), prefix),
        IpPrefix::V6(prefix) => family_parts(engine, engine.partition6(), prefix),
    }
}

fn family_parts<'e, A: Address>(
    engine: &'e Engine,
    partition: &Partition<A, DecisionId>,
    prefix: Prefix<A>,
) -> Vec<PrefixPart<'e>> {
    let mut parts: Vec<PrefixPart<'e>> = Vec::new();
    for (range, id) in partition.within(prefix.range()) {
        let decision = engine.decision(*id);
        // Ranges with the same path for the same reason form one part, regardless of the matching prefix.
        let same = |part: &PrefixPart<'_>| {
            (part.decision.disposition, &part.decision.reason(), part.decision.hops())
                == (decision.disposition, &decision.reason(), decision.hops())
        };
        let index = parts.iter().position(same).unwrap_or_else(|| {
            parts.push(PrefixPart { prefixes: Vec::new(), count: AddressCount::ZERO, decision });
            parts.len() - 1
        });
        if let Some(part) = parts.get_mut(index) {
            part.count = part.count + range.count();
            part.prefixes.extend(range.prefixes().map(IpPrefix::from));
        }
    }
    parts
}
