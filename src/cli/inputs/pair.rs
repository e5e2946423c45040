//! Loads the two sides of a comparison: network files on disk or in a git revision, each with its lists.

use std::path::{Path, PathBuf};

use crate::catalog::{Catalog, Cloud};
use crate::check::diff::{Crossed, Diff, DiffSide, diff_crossed};
use crate::cli::args::Global;
use crate::cli::error::CliError;
use crate::cli::inputs::lists::{catalog_of, cloud_of, may_quote};
use crate::cli::inputs::opened;
use crate::cli::inputs::opened::Role;
use crate::cli::inputs::parsed::Parsed;
use crate::cli::inputs::revision::Place;
use crate::cli::inputs::tables::ReadTables;
use crate::cli::inputs::text::TextFile;
use crate::diag::Source;
use crate::engine::{Inputs, RoutingTables, Vantage};
use crate::network::{self, Network};
use crate::report::{CatalogSource, Input, Note, Report, catalog_sources};

/// A network file with the routing tables that it names.
#[derive(Debug)]
pub(in crate::cli) struct Text {
    place: Place,
    source: Source,
    bytes: Vec<u8>,
    tables: RoutingTables,
    /// Whether messages may quote it.
    quoted: bool,
    /// Notes about skipped rows of the tables.
    pub(in crate::cli) notes: Vec<Note>,
}

impl Text {
    pub(in crate::cli) fn read(typed: &Path) -> Result<Self, CliError> {
        let place = Place::parse(typed)?;
        if let Place::Disk(path) = &place {
            opened::declare(path, Role::Network);
        }
        let TextFile { source, bytes } = place.read_text()?;
        Ok(Self { place, source, bytes, tables: RoutingTables::none(), quoted: true, notes: Vec::new() })
    }

    /// Like [`Self::read`], for a file that another file names.
    pub(in crate::cli) fn named_by(naming: &Path, file: &Path) -> Result<Self, CliError> {
        Ok(Self { quoted: may_quote(&[naming], file), ..Self::read(file)? })
    }

    /// Returns the cloud of the file, otherwise that of `--cloud`, otherwise public.
    pub(in crate::cli) fn cloud(&self, global: &Global) -> Cloud {
        cloud_of(global, &self.source)
    }

    /// Parses the network against a catalog; reads its tables on the first call.
    fn on(&mut self, global: &Global, catalog: &Catalog) -> Result<Network, CliError> {
        let path = Path::new(self.source.name());
        let network = Parsed::read(global, path, &self.source, catalog)?.usable(global, path, self.quoted)?;
        let wanted = RoutingTables::wanted(&network);
        if wanted.iter().all(|written| self.tables.get(written).is_some()) {
            return Ok(network);
        }
        let mut read = ReadTables::default();
        for written in wanted {
            let place = self.place.beside(written)?;
            let table = place.read_table()?;
            read.add(&network, written, &place.name(), table, self.place.may_quote(&place))?;
        }
        (self.tables, self.notes) = read.settled(global)?;
        Ok(network)
    }

    fn inputs<'a>(&'a self, network: &'a Network, catalog: &'a Catalog) -> Inputs<'a> {
        Inputs::new(network, catalog).tables(&self.tables)
    }

    /// Returns the file as an input of a report.
    pub(in crate::cli) fn input(&self, kind: &str) -> Input {
        Input::of(kind, self.place.name(), &self.bytes, true)
    }
}

/// Both sides of a comparison.
#[derive(Debug)]
pub(in crate::cli) struct Pair {
    pub(in crate::cli) base_text: Text,
    /// `None` if the head is the base's file with other lists.
    pub(in crate::cli) head_text: Option<Text>,
    pub(in crate::cli) base: Network,
    pub(in crate::cli) head: Network,
    pub(in crate::cli) base_catalog: Catalog,
    /// `None` if both sides use the same lists.
    pub(in crate::cli) head_lists: Option<Catalog>,
}

/// The files that replace shipped lists, for each side.
#[derive(Clone, Copy, Debug)]
pub(in crate::cli) struct Lists<'a> {
    pub(in crate::cli) base: &'a [PathBuf],
    pub(in crate::cli) head: &'a [PathBuf],
}

impl Pair {
    pub(in crate::cli) fn load(
        global: &Global,
        base: &Path,
        head: Option<&Path>,
        lists: Lists<'_>,
    ) -> Result<Self, CliError> {
        let base_text = Text::read(base)?;
        let head_text = head.map(Text::read).transpose()?;
        let cloud = base_text.cloud(global);
        let other = head_text.as_ref().map_or(cloud, |text| text.cloud(global));
        if cloud != other {
            return Err(CliError::DiffClouds { base: cloud, head: other });
        }
        let base_catalog = catalog_of(lists.base, cloud)?;
        let head_lists = if lists.base == lists.head { None } else { Some(catalog_of(lists.head, cloud)?) };
        Self::of(global, base_text, head_text, base_catalog, head_lists)
    }

    /// Builds a pair from texts and lists that were already read.
    pub(in crate::cli) fn of(
        global: &Global,
        mut base_text: Text,
        mut head_text: Option<Text>,
        base_catalog: Catalog,
        head_lists: Option<Catalog>,
    ) -> Result<Self, CliError> {
        let base = base_text.on(global, &base_catalog)?;
        let head_catalog = head_lists.as_ref().unwrap_or(&base_catalog);
        let head = head_text.as_mut().unwrap_or(&mut base_text).on(global, head_catalog)?;
        Ok(Self { base_text, head_text, base, head, base_catalog, head_lists })
    }

    pub(in crate::cli) fn head_catalog(&self) -> &Catalog {
        self.head_lists.as_ref().unwrap_or(&self.base_catalog)
    }

    pub(in crate::cli) fn head_text(&self) -> &Text {
        self.head_text.as_ref().unwrap_or(&self.base_text)
    }

    /// Returns the notes about the tables of both sides.
    pub(in crate::cli) fn notes(&self) -> impl Iterator<Item = Note> + '_ {
        let head = self.head_text.iter().flat_map(|text| &text.notes);
        self.base_text.notes.iter().chain(head).cloned()
    }

    pub(in crate::cli) fn base_inputs(&self) -> Inputs<'_> {
        self.base_text.inputs(&self.base, &self.base_catalog)
    }

    pub(in crate::cli) fn head_inputs(&self) -> Inputs<'_> {
        self.head_text().inputs(&self.head, self.head_catalog())
    }

    /// Rejects a vantage point that neither side has, because nothing would be compared from there.
    pub(in crate::cli) fn check_vantages(&self, names: &[String]) -> Result<(), CliError> {
        for name in names {
            let known = |network| Vantage::named(network, name).is_some();
            if !known(&self.base) && !known(&self.head) {
                let both = [&self.base, &self.head].into_iter();
                let mut known: Vec<String> = both
                    .flat_map(|network| {
                        Vantage::all(network).map(move |one| format!("`{}`", one.name(network)))
                    })
                    .collect();
                known.sort_unstable();
                known.dedup();
                return Err(CliError::DiffVantage { name: name.clone(), known });
            }
        }
        Ok(())
    }

    /// Adds the files, the notes about their tables and the editions of the lists to a report.
    pub(in crate::cli) fn describe(&self, report: &mut Report) {
        report.inputs.insert(0, self.base_text.input("base"));
        if let Some(head) = &self.head_text {
            report.inputs.insert(1, head.input("head"));
        }
        report.add_notes(self.notes());
        report.catalog = catalog_sources(&self.base_catalog);
        if let Some(head) = &self.head_lists {
            let side = |side: &'static str| {
                move |source: CatalogSource| CatalogSource {
                    kind: format!("{side}/{}", source.kind),
                    ..source
                }
            };
            let base = std::mem::take(&mut report.catalog).into_iter().map(side("base"));
            report.catalog = base.chain(catalog_sources(head).into_iter().map(side("head"))).collect();
        }
    }

    /// Compares both sides from the named vantage points, or from all. If both network and lists changed, it also evaluates
    /// each network with the other side's lists to separate the causes. The returned sentences report failed evaluations.
    pub(in crate::cli) fn compare(&self, from: &[String]) -> Result<(Diff, Vec<String>), CliError> {
        let mut refused = Vec::new();
        let both = self.head_text.is_some() && self.head_lists.is_some();
        let mut crossed = |text: &Text, catalog: &Catalog, sides: [&str; 2]| {
            let network = both.then(|| network::read(&text.source, catalog).0)?;
            if network.is_none() {
                let [file, lists] = sides;
                refused.push(format!(
                    "the {file}'s network file is not valid with the {lists}'s lists, so causes cannot be \
                     separated and are `untold`"
                ));
            }
            network
        };
        let policy = crossed(self.head_text(), &self.base_catalog, ["head", "base"]);
        let feed = crossed(&self.base_text, self.head_catalog(), ["base", "head"]);
        let policy = policy.as_ref().map(|network| self.head_text().inputs(network, &self.base_catalog));
        let feed = feed.as_ref().map(|network| self.base_text.inputs(network, self.head_catalog()));
        let (base, head) = side_by_side(
            || DiffSide::compile_from(self.base_inputs(), from),
            || DiffSide::compile_from(self.head_inputs(), from),
        );
        let (policy, feed) = side_by_side(
            || policy.map(|inputs| DiffSide::compile_from(inputs, from)).transpose(),
            || feed.map(|inputs| DiffSide::compile_from(inputs, from)).transpose(),
        );
        let (policy, feed) = (policy?, feed?);
        let crossed = Crossed { policy_only: policy.as_ref(), feed_only: feed.as_ref() };
        Ok((diff_crossed(&base?, &head?, crossed)?, refused))
    }
}

/// Runs both in parallel.
fn side_by_side<T: Send, U>(first: impl FnOnce() -> T + Send, second: impl FnOnce() -> U) -> (T, U) {
    std::thread::scope(|scope| {
        let running = scope.spawn(first);
        let second = second();
        (running.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)), second)
    })
}
