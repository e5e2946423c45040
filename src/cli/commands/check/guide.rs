//! `peerpath check FILE --guide NAME`: a guide of Microsoft, item by item.

use super::super::super::args::{CheckArgs, Global};
use super::super::super::checks::today;
use super::super::super::console::note;
use super::super::super::error::{CliError, NamedError};
use super::super::super::exit::Exit;
use super::super::super::output::{self, OutFile};
use crate::catalog::{Catalog, GUIDES, Guide, Product, RegionError, TenantRegion};
use crate::check::{GuideQuestion, Sovereign, default_products, evaluate_guide, filtered_geographies};
use crate::cli::record_names::no_such_product;
use crate::diag::Diagnostics;
use crate::engine::{Explanation, Inputs};
use crate::network::Network;
use crate::report::explain::reason::Names;
use crate::report::explain::sentences::sentences;
use crate::report::views::check::checks;
use crate::report::views::guide::views;
use crate::report::{Format, Note, Report, Topology, guide_text};

/// Columns of the text tables.
const BRIEF: &[&str] = &[
    "item",
    "verdict",
    "question",
    "finding",
    "line",
    "server",
    "product",
    "tag",
    "ranges",
    "replies",
    "over",
    "ipv4_sources",
    "ipv6_sources",
];

/// Returns the guide with this name.
pub(super) fn named(name: &str) -> Result<Guide, CliError> {
    GUIDES.into_iter().find(|guide| guide.id == name).ok_or_else(|| {
        let known = GUIDES.iter().map(|guide| format!("`{}`", guide.id)).collect();
        NamedError::NoSuchGuide { name: name.to_owned(), known }.into()
    })
}

/// Evaluates a guide for a network, and writes the report. `found` has all findings about the file.
pub(super) fn run(
    global: &Global,
    args: &CheckArgs,
    (guide, inputs): (Guide, Inputs<'_>),
    found: &Diagnostics,
    mut report: Report,
    (format, files): (Option<Format>, &[OutFile]),
) -> Result<Exit, CliError> {
    let Inputs { network, catalog, .. } = inputs;
    let (region, sovereign) = region(args, network, catalog, &mut report.notes)?;
    let products = products(args, guide, catalog)?;
    let names = Names { catalog, network: Some(network) };
    let explain = |explanation: &Explanation<'_>| sentences(explanation, names);
    let question = GuideQuestion {
        inputs,
        found,
        products: &products,
        region: region.as_ref(),
        sovereign: sovereign.as_ref(),
        today: today(args.checks.today),
        explain: &explain,
    };
    let checklist = evaluate_guide(guide, question)?;
    report.checks = checklist.outcomes();
    report.verdict = Some(checklist.verdict());
    report.topology = Some(Topology::of(network));
    report.views = views(&checklist, network);
    report.views.push(checks(&report.checks));
    output::choose_views(&mut report, &args.view)?;
    match format {
        None => {
            output::text_of(&report, &guide_text::text(&checklist))?;
            output::write_files(&report, files, Some(BRIEF), global)?;
            for one in &report.notes {
                note(&format!("note: {}", one.text));
            }
            output::print_age(&report, global);
        }
        Some(format) => output::write(&report, format, files, Some(BRIEF), global)?,
    }
    Ok(Exit::of(checklist.verdict(), &args.gate.verdict))
}

/// Returns the regions of the environments, or the geography of another cloud.
fn region(
    args: &CheckArgs,
    network: &Network,
    catalog: &Catalog,
    notes: &mut Vec<Note>,
) -> Result<(Option<TenantRegion>, Option<Sovereign>), CliError> {
    if let Some(name) = &args.region {
        return match catalog.tenant_region(name) {
            Ok(region) => Ok((Some(region), None)),
            Err(RegionError::Undocumented { name }) => Ok((None, Some(Sovereign(name)))),
            Err(error) => Err(NamedError::from(error).into()),
        };
    }
    let region = filtered_geographies(network, catalog)?;
    notes.push(Note::advice(match &region {
        Some(region) => format!(
            "the environments are taken to be in {}, because a route filter has a region of it; `--region` selects another",
            region.name
        ),
        None => "no route filter has a region of a geography; `--region` selects the geography".to_owned(),
    }));
    Ok((region, None))
}

fn products(
    args: &CheckArgs,
    guide: Guide,
    catalog: &Catalog,
) -> Result<Vec<&'static Product<'static>>, CliError> {
    if args.products.is_empty() {
        return Ok(default_products(guide.id, catalog));
    }
    let named = |name: &String| catalog.product(name).ok_or_else(|| no_such_product(catalog, name));
    args.products.iter().map(named).collect()
}
