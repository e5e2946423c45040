//! `peerpath drift`

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::super::args::{DriftArgs, Global};
use super::super::error::CliError;
use super::super::exit::Exit;
use super::super::inputs::{MAX_TEXT_BYTES, may_quote, text_of, without_text};
use super::super::output::{self, OutFile};
use crate::catalog::{self, Catalog, Cloud, Feed, FeedKind, Instance, Lock, Provenance, files};
use crate::check::diff::{DiffVerdict, Lists};
use crate::cli::inputs::opened;
use crate::cli::inputs::pair::{Pair, Text};
use crate::report::views::diff::{Found, remarks, sums, view_names, views};
use crate::report::{Format, Note, Report};

/// The version of the report, which has the views of `diff`.
const SCHEMA: &str = "peerpath.drift/1";

pub(super) fn run(global: &Global, args: &DriftArgs) -> Result<Exit, CliError> {
    let format: Format = args.format.parse()?;
    let outs = output::files(&args.out)?;
    if !args.new.is_empty() {
        output::check_views(format, &outs, &args.view, &view_names(false, false))?;
    }
    if args.new.is_empty() {
        return first_lock(global, args);
    }
    let lock = read_lock(&args.lock)?;
    let locked = locked_files(&args.lock, &lock)?;
    let base = build(lock.cloud, &locked)?;
    lock.verify(&base)?;
    let after = after(lock.cloud, &locked, &args.new)?;
    let head = build(lock.cloud, &after)?;
    let network = folder(&args.lock).join(&lock.network);
    let text = Text::named_by(&args.lock, &network)?;
    let pair = Pair::of(global, text, None, base, Some(head))?;
    let verdict = evaluate(global, args, &pair, format, &outs)?;
    if args.write_lock {
        write_lock(&args.lock, &lock.network, pair.head_catalog(), &after)?;
    }
    Ok(verdict)
}

/// Writes a lock file for the lists in `--catalog` and the network file in `--network` or, without it, in the existing lock.
fn first_lock(global: &Global, args: &DriftArgs) -> Result<Exit, CliError> {
    let chosen = args.network.as_deref();
    let named = if let Some(network) = chosen {
        relative(&args.lock, network)?
    } else {
        read_lock(&args.lock)?.network
    };
    let file = folder(&args.lock).join(&named);
    let text = if chosen.is_some() { Text::read(&file)? } else { Text::named_by(&args.lock, &file)? };
    let cloud = text.cloud(global);
    let mut all = Vec::new();
    for path in &global.catalog {
        let listed = if path.is_dir() {
            files::feed_files(path).map_err(CliError::read(path))?
        } else {
            vec![path.clone()]
        };
        for file in listed {
            let (feed, _) = opened::feed(&file)?;
            if feed.provenance.cloud == cloud {
                all.push((file, feed));
            }
        }
    }
    let catalog = build(cloud, &all)?;
    // Reading the network now avoids a lock file that fails on first use.
    Pair::of(global, text, None, catalog.clone(), None)?;
    write_lock(&args.lock, &named, &catalog, &all)?;
    Ok(Exit::Success)
}

fn read_lock(path: &Path) -> Result<Lock, CliError> {
    let text = text_of(path, opened::updated(path, MAX_TEXT_BYTES)?)?.source;
    Ok(Lock::parse(text.name(), text.text())?)
}

/// A feed with its file.
type Read = (PathBuf, Feed);

fn build(cloud: Cloud, feeds: &[Read]) -> Result<Catalog, CliError> {
    let all = feeds.iter().map(|(_, feed)| feed.clone());
    Ok(all.fold(Catalog::builder(cloud), catalog::CatalogBuilder::add).build()?)
}

fn locked_files(lock: &Path, pins: &Lock) -> Result<Vec<Read>, CliError> {
    let files = pins.feeds.iter().filter_map(|pin| pin.file.as_ref());
    files
        .map(|file| {
            let path = folder(lock).join(file);
            match opened::feed(&path).map_err(CliError::from) {
                Ok((feed, _)) => Ok((path, feed)),
                Err(error) if may_quote(&[lock], &path) => Err(error),
                Err(error) => Err(without_text(error, &path)),
            }
        })
        .collect()
}

/// Reads the new feeds and adds the locked feeds of all other kinds.
fn after(cloud: Cloud, locked: &[Read], new: &[PathBuf]) -> Result<Vec<Read>, CliError> {
    let mut kinds: BTreeMap<(FeedKind, Option<Instance>), PathBuf> = BTreeMap::new();
    let mut all = Vec::new();
    for path in new {
        let (feed, _) = opened::feed(path)?;
        if feed.provenance.cloud != cloud {
            return Err(CliError::NewCloud {
                path: path.clone(),
                locked: cloud,
                found: feed.provenance.cloud,
            });
        }
        if let Some(other) = kinds.insert(kind(&feed), path.clone()) {
            return Err(CliError::NewTwice {
                first: other,
                second: path.clone(),
                kind: feed.provenance.kind,
            });
        }
        all.push((path.clone(), feed));
    }
    all.extend(locked.iter().filter(|(_, feed)| !kinds.contains_key(&kind(feed))).cloned());
    Ok(all)
}

fn kind(feed: &Feed) -> (FeedKind, Option<Instance>) {
    (feed.provenance.kind, feed.provenance.instance)
}

/// Compares the locked editions with the new ones and writes the report.
fn evaluate(
    global: &Global,
    args: &DriftArgs,
    pair: &Pair,
    format: Format,
    outs: &[OutFile],
) -> Result<Exit, CliError> {
    pair.check_vantages(&args.from)?;
    let (found, _) = pair.compare(&args.from)?;
    let mut report = Report::new(SCHEMA, env!("CARGO_PKG_VERSION"));
    pair.describe(&mut report);
    let churn = catalog::diff(&pair.base_catalog, pair.head_catalog())?;
    report.notes.push(Note::advice(format!(
        "{} pairs of tag and prefix were added and {} removed; {} of these affect only addresses that are in at \
         least one list both before and after",
        churn.pairs_added,
        churn.pairs_removed,
        churn.churn_added + churn.churn_removed
    )));
    report.notes.extend(older(&pair.base_catalog, pair.head_catalog()).map(Note::warning));
    report.notes.extend(remarks(&found).into_iter().map(Note::warning));
    report.checks = sums(&found);
    let groups = found.groups();
    let shown = Found { diff: &found, groups: &groups, weighed: None, what_if: None, top: args.top };
    report.views = views(&shown, &mut Lists::new(&pair.base_catalog, pair.head_catalog()));
    output::choose_views(&mut report, &args.view)?;
    output::write(&report, format, outs, None, global)?;
    Ok(match found.verdict() {
        _ if found.has_moves() => Exit::Findings,
        DiffVerdict::CannotJudge => Exit::CannotJudge,
        _ if found.changes.iter().any(|change| found.is_doubtful(change)) => Exit::CannotJudge,
        DiffVerdict::Same | DiffVerdict::Differs => Exit::Success,
    })
}

/// Reports new editions that are older than the locked edition of the same list, according to the change number or, without
/// one, the date.
fn older<'a>(locked: &'a Catalog, new: &'a Catalog) -> impl Iterator<Item = String> + 'a {
    let age = |source: &Provenance| (source.change_number, source.date.clone());
    new.sources().iter().filter_map(move |source| {
        let same = |other: &&Provenance| (other.kind, other.instance) == (source.kind, source.instance);
        let before = locked.sources().iter().find(same)?;
        let is_older = match (age(source), age(before)) {
            ((Some(new), _), (Some(old), _)) => new < old,
            ((_, Some(new)), (_, Some(old))) => new < old,
            _ => false,
        };
        is_older.then(|| {
            format!(
                "`{}` ({}) is older than the locked edition ({}): changes are reported in reverse",
                source.name, source.edition, before.edition
            )
        })
    })
}

fn write_lock(path: &Path, network: &str, catalog: &Catalog, feeds: &[Read]) -> Result<(), CliError> {
    let mut written: BTreeMap<&str, String> = BTreeMap::new();
    for (file, feed) in feeds {
        written.insert(&feed.provenance.sha256, relative(path, file)?);
    }
    let lock = Lock::of(network.to_owned(), catalog, |source| written.get(source.sha256.as_str()).cloned());
    output::replace(&[(path.to_owned(), lock.text())])
}

fn folder(lock: &Path) -> &Path {
    lock.parent().unwrap_or(Path::new(""))
}

/// Returns the path of a file relative to the folder of the lock file, with `/`, or the absolute path if there is no
/// relative one.
fn relative(lock: &Path, file: &Path) -> Result<String, CliError> {
    let place = |path: &Path| {
        let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
        path.canonicalize().map_err(CliError::read(path))
    };
    let (folder, whole) = (place(folder(lock))?, place(file)?);
    let mut up = PathBuf::new();
    for above in folder.ancestors() {
        if let Ok(below) = whole.strip_prefix(above) {
            return Ok(up.join(below).to_string_lossy().replace('\\', "/"));
        }
        up.push("..");
    }
    Ok(whole.to_string_lossy().into_owned())
}
