//! Variants of a simulation: a network, with or without a scenario.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::catalog::Catalog;
use crate::cli::args::Global;
use crate::cli::error::CliError;
use crate::cli::inputs::lists::{catalog_of, may_quote, without_text};
use crate::cli::inputs::loaded::Loaded;
use crate::cli::inputs::text::{TextFile, read_text};
use crate::cli::render;
use crate::diag::Severity;
use crate::report::{Input, Note};
use crate::sim::scenario::{self, Scenario, Unread};
use crate::sim::{Setting, Setup};

/// A variant with all its inputs.
pub(in crate::cli) struct Variant {
    pub(in crate::cli) catalog: Catalog,
    pub(in crate::cli) loaded: Loaded,
    pub(in crate::cli) scenario: Scenario,
    /// The scenario file with its bytes, if there is one.
    file: Option<(PathBuf, Vec<u8>)>,
    networks: BTreeMap<String, Loaded>,
    catalogs: BTreeMap<String, Catalog>,
}

impl Variant {
    /// Loads the network with the scenario at `path`, or with an empty scenario.
    pub(in crate::cli) fn load(
        global: &Global,
        network: &Path,
        path: Option<&Path>,
    ) -> Result<Self, CliError> {
        let (catalog, loaded) = Loaded::open(global, network)?;
        let (mut networks, mut catalogs) = (BTreeMap::new(), BTreeMap::new());
        let Some(path) = path else {
            return Ok(Self { catalog, loaded, scenario: Scenario::empty(), file: None, networks, catalogs });
        };
        let TextFile { source, bytes } = read_text(path)?;
        let beside = |written: &str| path.parent().unwrap_or(Path::new("")).join(written);
        let needs = scenario::needs(&source);
        // Errors in a file are reported at each line that names it, together with all other errors.
        let mut unread = Unread::default();
        let quoted = |file: &Path| may_quote(&[path, network], file);
        for written in needs.networks {
            let file = beside(&written);
            match Loaded::beside(global, &file, &catalog, quoted(&file)) {
                Ok(other) => drop(networks.insert(written, other)),
                Err(error) => drop(unread.networks.insert(written, render::chain(&error))),
            }
        }
        for written in needs.catalogs {
            let file = [beside(&written)];
            let [place] = &file;
            let read = catalog_of(&file, catalog.cloud());
            match read.map_err(|error| if quoted(place) { error } else { without_text(error, place) }) {
                Ok(other) => drop(catalogs.insert(written, other)),
                Err(error) => drop(unread.catalogs.insert(written, render::chain(&error))),
            }
        }
        let known: Vec<_> =
            std::iter::once(&loaded).chain(networks.values()).map(|loaded| &loaded.network).collect();
        let (scenario, diagnostics) = scenario::read_without(&source, &catalog, &known, &unread);
        render::show(&diagnostics, global)?;
        let errors = diagnostics.count(Severity::Error);
        let scenario = scenario.ok_or_else(|| CliError::Unusable { path: path.to_owned(), errors })?;
        Ok(Self { catalog, loaded, scenario, file: Some((path.to_owned(), bytes)), networks, catalogs })
    }

    pub(in crate::cli) fn setup(&self) -> Setup<'_> {
        let setting = |loaded| self.setting(loaded);
        Setup {
            start: self.setting(&self.loaded),
            networks: self
                .networks
                .iter()
                .map(|(written, loaded)| (written.clone(), setting(loaded)))
                .collect(),
            catalogs: self.catalogs.iter().map(|(written, catalog)| (written.clone(), catalog)).collect(),
        }
    }

    fn setting<'s>(&'s self, loaded: &'s Loaded) -> Setting<'s> {
        Setting { network: &loaded.network, catalog: &self.catalog, tables: &loaded.tables }
    }

    /// Returns the notes about the routing tables of all its networks.
    pub(in crate::cli) fn notes(&self) -> impl Iterator<Item = Note> + '_ {
        let networks = std::iter::once(&self.loaded).chain(self.networks.values());
        networks.flat_map(|loaded| &loaded.notes).cloned()
    }

    /// Returns the files of the variant as inputs of a report.
    pub(in crate::cli) fn inputs(&self, hash: bool) -> Vec<Input> {
        let networks = std::iter::once(&self.loaded).chain(self.networks.values());
        let scenario = self.file.iter();
        let scenario =
            scenario.map(|(path, bytes)| Input::of("scenario", path.display().to_string(), bytes, hash));
        networks.map(|loaded| loaded.input(hash)).chain(scenario).collect()
    }
}
