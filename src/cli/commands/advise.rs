//! `peerpath advise`

use super::super::args::{AdviseArgs, Global};
use super::super::console::{self, Shape};
use super::super::error::{CliError, NamedError};
use super::super::exit::Exit;
use super::super::output::{self, OutFile};
use crate::catalog::{Catalog, GeographyRecord, Product, RegionError, TenantRegion, geography};
use crate::check::{Advice, AdviceRequest, AdviceSheet, AdviceState, SubjectKind, advise, patched};
use crate::cli::inputs::Inputs;
use crate::cli::record_names::no_such_product;
use crate::network::Network;
use crate::report::advice::{advice_text, azure_cli, bicep, unified_diff};
use crate::report::views::advise::advice;
use crate::report::{Format, Note, Report, Topology};

/// The version of the report.
const SCHEMA: &str = "peerpath.advise/1";

/// Columns of text tables; `--wide` and other formats have all.
const BRIEF: &[&str] = &["topic", "state", "subjects", "circuit", "advice", "source", "place"];

/// What goes to standard output.
#[derive(Clone, Copy)]
enum Output {
    Text,
    Patch,
    AzureCli,
    Bicep,
    Report(Format),
}

pub(super) fn run(global: &Global, args: &AdviseArgs) -> Result<Exit, CliError> {
    let format = match args.format.as_str() {
        "text" => Output::Text,
        "patch" => Output::Patch,
        "az" => Output::AzureCli,
        "bicep" => Output::Bicep,
        other => Output::Report(other.parse()?),
    };
    let files = output::files(&args.out)?;
    let inputs = Inputs::load(global, args.network.as_deref())?;
    let catalog = &inputs.catalog;
    let network = inputs.network.as_ref().map(|loaded| &loaded.network);
    let region = region(catalog, &args.region)?;
    let products = args.products.iter().map(|name| {
        let name = name.trim();
        catalog.product(name).ok_or_else(|| no_such_product(catalog, name))
    });
    let products: Vec<&'static Product<'static>> = products.collect::<Result<_, _>>()?;
    let sheet = advise(AdviceRequest { products: &products, region: &region, catalog, network })?;

    let carries = matches!(format, Output::Report(format) if output::carries_inputs(format));
    let report = report(&inputs, network, &sheet, carries || files.iter().any(OutFile::carries_inputs));
    let brief = if args.wide { None } else { Some(BRIEF) };
    if let Output::Report(format) = format {
        output::write(&report, format, &files, brief, global)?;
    } else {
        output::write_files(&report, &files, brief, global)?;
    }
    match format {
        Output::Text => {
            let text = advice_text(&sheet, network.map(|network| &network.source), args.all);
            output::text_of(&report, &text)?;
        }
        Output::Patch => patch(global, &inputs, &sheet)?,
        Output::AzureCli => output::document(&azure_cli(&sheet.filters), Shape::Data)?,
        Output::Bicep => output::document(&bicep(&sheet.filters), Shape::Data)?,
        Output::Report(_) => {}
    }
    if !matches!(format, Output::Report(_)) {
        output::print_warnings(&report, global);
    }
    if matches!(format, Output::Patch | Output::AzureCli | Output::Bicep) {
        note_rest(global, &sheet);
    }
    Ok(if network.is_some() && sheet.lacks_something() { Exit::Findings } else { Exit::Success })
}

/// Returns the regions of a name. A region of another cloud is accepted, because the advice is to order its circuits.
fn region(catalog: &Catalog, name: &str) -> Result<TenantRegion, CliError> {
    let found = catalog.tenant_region(name);
    if let Err(RegionError::Unknown { .. }) = &found {
        let own = |record: &&GeographyRecord| {
            record.arm_region.as_deref().is_some_and(|region| region.eq_ignore_ascii_case(name.trim()))
        };
        if let Some(region) = geography()?.iter().find(own).and_then(|record| record.arm_region.clone()) {
            return Ok(TenantRegion { name: region.clone(), pair: vec![region], others: Vec::new() });
        }
    }
    Ok(found.map_err(NamedError::from)?)
}

/// Notes what a patch, commands or Bicep do not contain.
fn note_rest(global: &Global, sheet: &AdviceSheet) {
    if global.quiet {
        return;
    }
    if sheet.filters.is_empty() {
        let first = sheet.advice.iter().min_by_key(|advice| advice.state);
        if let Some(advice) = first {
            console::note(&advice.text);
        }
        return;
    }
    let others =
        |advice: &&Advice| advice.state == AdviceState::Missing && advice.kind != SubjectKind::Community;
    let others = sheet.advice.iter().filter(others).count();
    if others > 0 {
        console::note(&format!("besides communities, {others} more missing: `--format text` lists what"));
    }
}

fn report(inputs: &Inputs, network: Option<&Network>, sheet: &AdviceSheet, hash: bool) -> Report {
    let mut report = Report::new(SCHEMA, env!("CARGO_PKG_VERSION"));
    report.catalog = crate::report::catalog_sources(&inputs.catalog);
    report.notes.extend(inputs.network.iter().flat_map(|loaded| loaded.notes.iter().cloned()));
    if network.is_none() {
        report.notes.push(Note::advice(
            "without `--network` nothing is compared: each line is what the products need",
        ));
    }
    report.topology = network.map(Topology::of);
    report.inputs.extend(inputs.network_input(hash));
    report.views.push(advice(&sheet.advice, network.map(|network| &network.source)));
    report
}

/// Writes the diff of the network file; nothing if no community is missing, which standard error states.
fn patch(global: &Global, inputs: &Inputs, sheet: &AdviceSheet) -> Result<(), CliError> {
    let Some(loaded) = &inputs.network else { return Err(CliError::PatchWithoutNetwork) };
    let source = &loaded.network.source;
    let edits = patched(&loaded.network, &inputs.catalog, &sheet.filters)?;
    if edits.is_empty() && !global.quiet {
        console::note("no community is missing in the route filters: nothing to patch");
    }
    output::document(&unified_diff(source.name(), source.text(), &edits), Shape::Data)
}
