//! `peerpath map`

use super::super::args::{Global, MapArgs};
use super::super::error::{CliError, NamedError};
use super::super::exit::Exit;
use super::super::output::{self, OutFile};
use crate::catalog::{Catalog, TenantRegion};
use crate::check::{filtered_geographies, network_map};
use crate::cli::inputs::Inputs;
use crate::cli::record_names::no_such_product;
use crate::engine::{LinkState, Outage, ProductFacts, Vantage, product_facts};
use crate::network::Network;
use crate::report::views::map::views;
use crate::report::{Format, Note, Report, Topology};

/// The version of the report.
const SCHEMA: &str = "peerpath.map/1";

/// Columns of text tables; `--wide` and other formats have all.
const BRIEF: &[&str] =
    &["product", "vantage", "path", "circuits", "replies", "support", "under_failures", "failure"];

pub(super) fn run(global: &Global, args: &MapArgs) -> Result<Exit, CliError> {
    let format: Format = args.format.parse()?;
    let files = output::files(&args.out)?;
    output::check_views(format, &files, &args.view, &["map"])?;
    let inputs = Inputs::load(global, Some(&args.network))?;
    // The network file is a required argument.
    let Some(loaded) = inputs.engine_inputs() else { return Ok(Exit::Success) };
    let (network, catalog) = (loaded.network, loaded.catalog);
    let mut report = Report::new(SCHEMA, env!("CARGO_PKG_VERSION"));
    let region = region(args, network, catalog, &mut report.notes)?;
    let products = products(args, catalog, region.as_ref(), &mut report.notes)?;
    let vantages = vantages(args, network)?;
    let (links, failures) = failures(args, network, loaded.links)?;
    let map = network_map(loaded.links(&links), products, &vantages, &failures)?;

    for missing in ["IPv4", "IPv6"] {
        let without = |vantage: &&Vantage| vantage.families(network).missing() == Some(missing);
        let names: Vec<String> =
            vantages.iter().filter(without).map(|one| format!("`{}`", one.name(network))).collect();
        if !names.is_empty() {
            let names = names.join(", ");
            report.notes.push(Note::advice(format!(
                "{missing} is not counted from {names}, which have no {missing} prefix"
            )));
        }
    }
    report.catalog = crate::report::catalog_sources(catalog);
    report.notes.extend(inputs.network.iter().flat_map(|loaded| loaded.notes.iter().cloned()));
    report.topology = Some(Topology::of(network));
    report.views = views(&map, network);
    let hash = output::carries_inputs(format) || files.iter().any(OutFile::carries_inputs);
    report.inputs.extend(inputs.network_input(hash));
    output::choose_views(&mut report, &args.view)?;
    let brief = if args.wide { None } else { Some(BRIEF) };
    // Formats with one view have the map, unless another view is named.
    let (one, all): (Vec<OutFile>, Vec<OutFile>) = files.into_iter().partition(OutFile::holds_one_view);
    let mut short = report.clone();
    if args.view.is_empty() {
        short.views.retain(|view| view.name == "map");
    }
    output::write_files(&short, &one, brief, global)?;
    let shown = if format.holds_one_view() { &short } else { &report };
    output::write_both((shown, format), (&report, &all), brief, global)?;
    Ok(Exit::Success)
}

/// Returns the regions of the environments: as typed, or those of which a route filter has a region.
fn region(
    args: &MapArgs,
    network: &Network,
    catalog: &Catalog,
    notes: &mut Vec<Note>,
) -> Result<Option<TenantRegion>, CliError> {
    if let Some(name) = &args.region {
        return Ok(Some(catalog.tenant_region(name).map_err(NamedError::from)?));
    }
    let region = filtered_geographies(network, catalog)?;
    notes.push(Note::advice(match &region {
        Some(region) => format!(
            "regional lists are those of {}, because a route filter has a region of it; `--region` selects another",
            region.name
        ),
        None => "regional lists are those of the whole world; `--region` selects a geography".to_owned(),
    }));
    Ok(region)
}

/// Returns the products of the map: as typed, or all with addresses.
fn products(
    args: &MapArgs,
    catalog: &Catalog,
    region: Option<&TenantRegion>,
    notes: &mut Vec<Note>,
) -> Result<Vec<ProductFacts>, CliError> {
    if !args.product.is_empty() {
        let named = |name: &String| catalog.product(name).ok_or_else(|| no_such_product(catalog, name));
        let facts = args.product.iter().map(|name| Ok(product_facts(catalog, named(name)?, region)));
        return facts.collect();
    }
    let all = catalog.products().map(|product| product_facts(catalog, product, region));
    let (with, without): (Vec<ProductFacts>, Vec<ProductFacts>) =
        all.partition(|facts| !facts.parts.is_empty());
    if !without.is_empty() {
        let names: Vec<&str> = without.iter().map(|facts| facts.product.name).collect();
        notes.push(Note::advice(format!(
            "{} products are not on the map, because no list has their addresses: {}",
            names.len(),
            names.join(", ")
        )));
    }
    Ok(with)
}

fn vantages(args: &MapArgs, network: &Network) -> Result<Vec<Vantage>, CliError> {
    if args.from.is_empty() {
        return Ok(Vantage::all(network).filter(|vantage| matches!(vantage, Vantage::Site(_))).collect());
    }
    let named = |name: &String| {
        Vantage::named(network, name).ok_or_else(|| CliError::Site {
            path: args.network.clone(),
            name: name.clone(),
            subnets: true,
            known: Vantage::all(network).map(|vantage| format!("`{}`", vantage.name(network))).collect(),
        })
    };
    args.from.iter().map(named).collect()
}

/// Returns the state of the links with the failures of `--under`, and every single failure.
fn failures(
    args: &MapArgs,
    network: &Network,
    links: &LinkState,
) -> Result<(LinkState, Vec<Outage>), CliError> {
    let all = Outage::singles(network);
    let mut links = links.clone();
    for name in &args.under {
        let Some(failure) = all.iter().find(|failure| failure.name == *name) else {
            let known = all.iter().map(|failure| format!("`{}`", failure.name)).collect();
            return Err(NamedError::NoSuchFailure { name: name.clone(), known }.into());
        };
        links = failure.applied_to(&links);
    }
    Ok((links, all))
}
