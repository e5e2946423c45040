//! `peerpath import terraform` and `peerpath import arm`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::super::super::args::{BesideArgs, Global, ImportArmArgs, ImportTerraformArgs, SideArg};
use super::super::super::console::Shape;
use super::super::super::error::CliError;
use super::super::super::exit::Exit;
use super::super::super::{inputs, output};
use crate::catalog::{Catalog, Cloud};
use crate::cli::console;
use crate::diag::Source;
use crate::import::azure::{Finding, ImportOptions};
use crate::import::terraform::{self, Notes, PlanSide};
use crate::import::{Assumptions, Laid, Unknown, arm as template, nearest, rebase};
use crate::network::file::NetworkFile;

/// Runs `peerpath import terraform`.
pub(super) fn terraform(global: &Global, args: &ImportTerraformArgs) -> Result<Exit, CliError> {
    let beside = Beside::read(global, &args.beside)?;
    let text = read(&args.plan)?;
    let plan = terraform::read(&text, &beside.assumptions)
        .map_err(|source| CliError::Plan { path: args.plan.clone(), source })?;
    print(global, &args.plan, &plan.notes);
    let lay = |side: PlanSide| {
        let path = match args.side {
            Some(_) => args.output.clone(),
            None => args.output.as_deref().map(|folder| folder.join(format!("{}.yaml", side.name()))),
        };
        let base = beside.base_for(path.as_deref());
        (plan.import(side, &beside.catalog, &beside.options, base.as_ref()), path)
    };
    let (before, after) = (lay(PlanSide::Before), lay(PlanSide::After));
    let unknown = unknown([&before.0, &after.0], &plan.unknown)?;
    all_known(unknown, before.0.hidden(&after.0))?;
    let outputs = match args.side {
        Some(SideArg::Before) => vec![before],
        Some(SideArg::After) => vec![after],
        None => vec![before, after],
    };
    if args.side.is_none()
        && let Some(folder) = args.output.as_deref()
    {
        fs::create_dir_all(folder).map_err(|source| CliError::Write { path: folder.to_owned(), source })?;
    }
    finish(global, &beside.catalog, &outputs)
}

/// Runs `peerpath import arm`.
pub(super) fn arm(global: &Global, args: &ImportArmArgs) -> Result<Exit, CliError> {
    let beside = Beside::read(global, &args.beside)?;
    let text = read(&args.template)?;
    let parameters = args.parameters.as_deref().map(read).transpose()?;
    let read = template::read(&text, parameters.as_deref(), &beside.assumptions)
        .map_err(|source| CliError::Template { path: args.template.clone(), source })?;
    let base = beside.base_for(args.output.as_deref());
    let laid = read.import(&beside.catalog, &beside.options, base.as_ref());
    print_ignored(global, &read.ignored);
    let unknown = unknown([&laid], &read.unknown)?;
    all_known(unknown, std::iter::empty())?;
    finish(global, &beside.catalog, &[(laid, args.output.clone())])
}

/// The inputs in addition to the imported file.
struct Beside {
    catalog: Catalog,
    options: ImportOptions,
    assumptions: Assumptions,
    base: Option<(PathBuf, NetworkFile)>,
}

impl Beside {
    fn read(global: &Global, args: &BesideArgs) -> Result<Self, CliError> {
        let sites = args.site.iter().map(|text| super::site(text)).collect::<Result<Vec<_>, _>>()?;
        let mut assumptions = Assumptions::default();
        for text in &args.assume {
            let (place, value) =
                split_assumption(text).ok_or_else(|| CliError::Assumption { text: text.clone() })?;
            assumptions.add(place, value);
        }
        let Some(path) = &args.onto else {
            let catalog = inputs::catalog(global, global.cloud.map(Cloud::from).unwrap_or_default())?;
            let options = ImportOptions { name: args.name.clone(), sites, ..ImportOptions::default() };
            return Ok(Self { catalog, options, assumptions, base: None });
        };
        let text = read(path)?;
        let source = Source::new(path.display().to_string(), text.as_str());
        let catalog = inputs::catalog(global, inputs::cloud_of(global, &source))?;
        inputs::Parsed::read(global, path, &source, &catalog)?.usable(global, path, true)?;
        let file = serde_saphyr::from_str(&text)
            .map_err(|error| CliError::Onto { path: path.clone(), why: error.to_string() })?;
        let base = Some((path.clone(), file));
        Ok(Self { catalog, options: ImportOptions::default(), assumptions, base })
    }

    /// Returns the network file to merge into, with its paths adjusted to the folder of the output.
    fn base_for(&self, output: Option<&Path>) -> Option<NetworkFile> {
        let (path, file) = self.base.as_ref()?;
        let mut file = file.clone();
        let folder = |path: &Path| std::path::absolute(path).ok()?.parent().map(Path::to_owned);
        let from = folder(path)?;
        if output.is_none_or(|output| folder(output).as_ref() != Some(&from)) {
            rebase(&mut file, |path| from.join(path).display().to_string());
        }
        Some(file)
    }
}

/// Splits an assumption into place and value, at the first `=` outside brackets.
fn split_assumption(text: &str) -> Option<(&str, &str)> {
    let mut depth = 0_i32;
    let at = text.char_indices().find_map(|(at, letter)| {
        depth += i32::from(letter == '[') - i32::from(letter == ']');
        (letter == '=' && depth == 0).then_some(at)
    })?;
    let (place, value) = text.split_at_checked(at)?;
    Some((place.trim(), value.strip_prefix('=')?.trim())).filter(|(place, _)| !place.is_empty())
}

fn read(path: &Path) -> Result<String, CliError> {
    Ok(inputs::read_text(path)?.source.text().to_owned())
}

/// Prints which resources of a plan were used and ignored.
fn print(global: &Global, plan: &Path, notes: &Notes) {
    if global.quiet {
        return;
    }
    let counts = notes.taken.iter().map(|(kind, count)| format!("{count} {kind}"));
    let counts = counts.collect::<Vec<_>>().join(", ");
    console::note(&format!(
        "used     {}: {}",
        plan.display(),
        if counts.is_empty() { "nothing" } else { &counts }
    ));
    print_ignored(global, &notes.ignored);
}

/// Prints which kinds of resources were ignored.
fn print_ignored(global: &Global, kinds: &BTreeMap<String, u64>) {
    let ignored = kinds.values().sum::<u64>();
    if ignored > 0 && !global.quiet {
        let kinds = kinds.keys().cloned().collect::<Vec<_>>().join(", ");
        console::note(&format!("ignored  {ignored} resources of other kinds: {kinds}"));
    }
}

/// Collects all unknown values, including those of resources that are not part of the network. An assumption that
/// matches no unknown value is an error.
fn unknown<'l>(
    sides: impl IntoIterator<Item = &'l Laid> + Clone,
    read: &[Unknown],
) -> Result<Vec<Unknown>, CliError> {
    let unplaced = sides.clone().into_iter().flat_map(|laid| laid.unplaced.iter());
    let unknown = read.iter().chain(unplaced).cloned().collect::<Vec<_>>();
    if let Some(place) = Laid::idle(sides).into_iter().next() {
        let known = unknown.iter().map(Unknown::place);
        let nearest = nearest(&place, known);
        return Err(CliError::IdleAssumption { place, nearest });
    }
    Ok(unknown)
}

/// Prints unknown values and findings that hide a change. Returns an error if the network file cannot express an unknown
/// value.
fn all_known<'f>(
    mut unknown: Vec<Unknown>,
    hidden: impl Iterator<Item = &'f Finding>,
) -> Result<(), CliError> {
    unknown.sort_unstable();
    unknown.dedup();
    for unknown in &unknown {
        console::note(&format!("unknown  {unknown}"));
    }
    let mut fatal = unknown.iter().filter(|unknown| !unknown.in_file).count();
    for finding in hidden {
        console::note(&format!("unknown  a change cannot be shown: {finding}"));
        fatal += 1;
    }
    match fatal {
        0 => Ok(()),
        unknown => Err(CliError::Unknown { unknown }),
    }
}

fn finish(global: &Global, catalog: &Catalog, outputs: &[(Laid, Option<PathBuf>)]) -> Result<Exit, CliError> {
    let mut printed = Vec::new();
    for (laid, path) in outputs {
        for finding in &laid.imported.findings {
            let finding = finding.to_string();
            if !global.quiet && !printed.contains(&finding) {
                console::note(&format!("note     {finding}"));
                printed.push(finding);
            }
        }
        let Some(text) = &laid.imported.network else { return Err(CliError::ImportWithoutSite) };
        super::check(global, path.as_deref(), text, catalog)?;
    }
    let mut files = output::NewFiles::new();
    for (laid, path) in outputs {
        let text = laid.imported.network.as_deref().unwrap_or_default();
        match path {
            Some(path) => files.add(path, text)?,
            None => output::document(text, Shape::Data)?,
        }
    }
    files.commit()?;
    Ok(Exit::Success)
}
