//! `peerpath import`: converts Azure exports, Terraform plans and ARM templates to a network file.

mod declared;

use std::fs;
use std::path::{Path, PathBuf};

use super::super::args::{Global, ImportAzureArgs, ImportCommand};
use super::super::console::Shape;
use super::super::error::CliError;
use super::super::exit::Exit;
use super::super::inputs;
use crate::catalog::Cloud;
use crate::cli::console;
use crate::cli::inputs::opened;
use crate::cli::{output, render};
use crate::diag::{Severity, Source};
use crate::import::azure::{
    CircuitOption, ExportRefusal, FileReport, Import, ImportOptions, Imported, InputKind, MAX_FILE_BYTES,
    SiteOption, TableOf,
};
use crate::network::{self, Bandwidth, Connection, PeeringKind};

/// Runs one of the `import` commands.
pub(super) fn run(global: &Global, command: &ImportCommand) -> Result<Exit, CliError> {
    match command {
        ImportCommand::Azure(args) => azure(global, args),
        ImportCommand::Terraform(args) => declared::terraform(global, args),
        ImportCommand::Arm(args) => declared::arm(global, args),
    }
}

/// Runs `peerpath import azure`.
fn azure(global: &Global, args: &ImportAzureArgs) -> Result<Exit, CliError> {
    let sites = args.site.iter().map(|text| site(text)).collect::<Result<Vec<_>, _>>()?;
    let circuits = args.circuit.iter().map(|text| circuit(text)).collect::<Result<Vec<_>, _>>()?;
    let tables = args.table.iter().map(|text| table(text)).collect::<Result<Vec<_>, _>>()?;
    let catalog = inputs::catalog(global, global.cloud.map(Cloud::from).unwrap_or_default())?;
    let mut import = Import::new();
    // A file that is named by `--table` and also lies in a folder is read only once.
    let separate: Vec<_> = tables.iter().filter_map(|(_, path)| fs::canonicalize(path).ok()).collect();
    for path in files(&args.paths)? {
        if !fs::canonicalize(&path).is_ok_and(|path| separate.contains(&path)) {
            add(&mut import, &path, None)?;
        }
    }
    for (of, path) in &tables {
        add(&mut import, path, Some(of))?;
    }
    let folder = args.output.as_deref().map(routes_folder);
    let options = ImportOptions {
        name: args.name.clone(),
        sites,
        circuits,
        routes_folder: folder
            .as_deref()
            .and_then(Path::file_name)
            .map(|name| name.to_string_lossy().into_owned()),
        origin: InputKind::Azure,
    };
    let imported = import.finish(&catalog, &options);
    print(global, &imported);
    let refused = imported.files.iter().filter(|file| file.outcome.is_err()).count();
    if refused == imported.files.len() {
        return Err(CliError::NoExport { files: refused });
    }
    let Some(text) = &imported.network else { return Err(CliError::ImportWithoutSite) };
    check(global, args.output.as_deref(), text, &catalog)?;
    write(global, args.output.as_deref(), folder.as_deref(), text, &imported)?;
    if global.strict && refused > 0 {
        return Err(CliError::Strict {
            what: format!("{refused} of {} files were refused", imported.files.len()),
        });
    }
    Ok(Exit::Success)
}

/// Parses `NAME=PREFIX,…`.
fn site(text: &str) -> Result<SiteOption, CliError> {
    let fail = || CliError::ImportSite { text: text.to_owned() };
    let (name, prefixes) =
        text.split_once('=').filter(|(name, _)| !name.trim().is_empty()).ok_or_else(fail)?;
    let prefixes = prefixes.split(',').map(|prefix| prefix.trim().parse()).collect::<Result<Vec<_>, _>>()?;
    Ok(SiteOption { name: name.trim().to_owned(), prefixes })
}

/// Parses `NAME=LOCATION,SKU,BANDWIDTH`.
fn circuit(text: &str) -> Result<CircuitOption, CliError> {
    let parts = || {
        let (name, rest) = text.split_once('=')?;
        let (rest, bandwidth) = rest.rsplit_once(',')?;
        let (location, sku) = rest.rsplit_once(',')?;
        let (name, location) = (name.trim().to_owned(), location.trim().to_owned());
        let (sku, bandwidth) = (sku.trim().parse().ok()?, Bandwidth::parse(bandwidth)?);
        let complete = !name.is_empty() && !location.is_empty();
        complete.then_some(CircuitOption { name, peering_location: location, sku, bandwidth })
    };
    parts().ok_or_else(|| CliError::ImportCircuit { text: text.to_owned() })
}

/// Parses `CIRCUIT/PEERING/CONNECTION=FILE`.
fn table(text: &str) -> Result<(TableOf, PathBuf), CliError> {
    let parts = || {
        let (of, file) = text.split_once('=')?;
        let [circuit, peering, connection] = of.split('/').collect::<Vec<_>>().try_into().ok()?;
        let peering = PeeringKind::ALL.into_iter().find(|kind| kind.name() == peering)?;
        let connection = Connection::ALL.into_iter().find(|one| one.name() == connection)?;
        let circuit = circuit.trim().to_owned();
        let complete = !circuit.is_empty() && !file.is_empty();
        complete.then(|| (TableOf { circuit, peering, connection }, PathBuf::from(file)))
    };
    parts().ok_or_else(|| CliError::ImportTable { text: text.to_owned() })
}

/// Returns the files among the paths and in folders, each folder sorted by name. Hidden files are skipped.
fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, CliError> {
    let mut found = Vec::new();
    let mut open = paths.iter().rev().cloned().collect::<Vec<_>>();
    while let Some(path) = open.pop() {
        let meta = fs::metadata(&path).map_err(CliError::read(&path))?;
        if !meta.is_dir() {
            found.push(path);
            continue;
        }
        let mut inside = Vec::new();
        for entry in fs::read_dir(&path).map_err(CliError::read(&path))? {
            let entry = entry.map_err(CliError::read(&path))?;
            if !entry.file_name().to_string_lossy().starts_with('.') {
                inside.push(entry.path());
            }
        }
        inside.sort_unstable();
        open.extend(inside.into_iter().rev());
    }
    Ok(found)
}

fn add(import: &mut Import, path: &Path, of: Option<&TableOf>) -> Result<(), CliError> {
    let name = path.display().to_string();
    let bytes = fs::metadata(path).map_err(CliError::read(path))?.len();
    if bytes > MAX_FILE_BYTES {
        import.refuse(&name, ExportRefusal::TooLarge { bytes, limit: MAX_FILE_BYTES });
        return Ok(());
    }
    let bytes = opened::bytes(path, MAX_FILE_BYTES)?;
    match of {
        Some(of) => import.add_table(&name, &bytes, of),
        None => import.add(&name, &bytes),
    }
    Ok(())
}

/// Returns the folder for routing tables: `network-routes` beside `network.yaml`.
fn routes_folder(output: &Path) -> PathBuf {
    let stem = output.file_stem().map_or_else(|| "network".into(), |stem| stem.to_string_lossy());
    output.with_file_name(format!("{stem}-routes"))
}

/// Prints what was imported from each file, and the findings.
fn print(global: &Global, imported: &Imported) {
    for file in &imported.files {
        match (&file.outcome, global.quiet) {
            (Ok(_), true) => {}
            (Ok(_), false) => console::note(&used(file)),
            (Err(refusal), _) => {
                console::note(&format!("rejected {}: {refusal} ({})", file.name, refusal.code()));
            }
        }
    }
    if !global.quiet {
        for finding in &imported.findings {
            console::note(&format!("note     {finding}"));
        }
    }
}

/// Formats the line about a used file, such as `used     a.json: 2 circuit; tolerated: 3 text-around`.
fn used(file: &FileReport) -> String {
    let counts = file.outcome.iter().flatten().map(|(kind, count)| format!("{count} {}", kind.name()));
    let mut line = format!("used     {}: {}", file.name, counts.collect::<Vec<_>>().join(", "));
    let notes = file.notes.iter().map(|(tolerance, count, first)| match first {
        "" => format!("{count} {}", tolerance.name()),
        first => format!("{count} {} ({first})", tolerance.name()),
    });
    let notes = notes.collect::<Vec<_>>().join(", ");
    if !notes.is_empty() {
        line.push_str("; tolerated: ");
        line.push_str(&notes);
    }
    line
}

/// Validates the imported network file; values of `--site` can make it invalid.
fn check(
    global: &Global,
    output: Option<&Path>,
    text: &str,
    catalog: &crate::catalog::Catalog,
) -> Result<(), CliError> {
    let name = output.map_or_else(|| "imported".to_owned(), |path| path.display().to_string());
    let (_, diagnostics) = network::read(&Source::new(name, text), catalog);
    let errors = diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error).count();
    if errors == 0 {
        return Ok(());
    }
    render::diagnostics(&diagnostics, global.color)
        .map_err(|source| CliError::Write { path: "standard error".into(), source })?;
    Err(CliError::Imported { errors })
}

fn write(
    global: &Global,
    file: Option<&Path>,
    folder: Option<&Path>,
    text: &str,
    imported: &Imported,
) -> Result<(), CliError> {
    let (Some(file), Some(folder)) = (file, folder) else {
        if !imported.learned.is_empty() && !global.quiet {
            let tables = imported.learned.len();
            console::note(&format!(
                "note     {tables} routing tables were not written: use `--output FILE` to write them"
            ));
        }
        return output::document(text, Shape::Data);
    };
    let mut files = output::NewFiles::new();
    if !imported.learned.is_empty() {
        files.add_folder(folder)?;
    }
    for table in &imported.learned {
        files.add(&folder.join(&table.name), &table.text)?;
    }
    // The network file is added last, so that the tables that it names already exist.
    files.add(file, text)?;
    files.commit()
}
