//! Loads the inputs of most commands: the lists and the network file with its routing tables.

use std::mem::ManuallyDrop;
use std::path::{Path, PathBuf};

use crate::catalog::{Catalog, Cloud};
use crate::cli::args::{Global, VantageArgs};
use crate::cli::error::CliError;
use crate::cli::inputs::lists::{catalog, cloud_of};
use crate::cli::inputs::parsed::Parsed;
use crate::cli::inputs::tables::route_tables;
use crate::cli::inputs::text::{TextFile, read_text};
use crate::diag::Source;
use crate::engine::{self, RoutingTables, Vantage};
use crate::network::{Network, SiteId, SubnetId, VirtualNetworkId};
use crate::report::{Input, Note};

/// The catalog, and the network if one was given.
#[derive(Debug)]
pub(in crate::cli) struct Inputs {
    /// Never dropped: a command needs it until it ends, and the exit of the process frees the memory faster.
    pub(in crate::cli) catalog: ManuallyDrop<Catalog>,
    pub(in crate::cli) network: Option<Loaded>,
}

/// A valid network file.
#[derive(Debug)]
pub(in crate::cli) struct Loaded {
    pub(in crate::cli) network: Network,
    pub(in crate::cli) path: PathBuf,
    pub(in crate::cli) bytes: Vec<u8>,
    pub(in crate::cli) tables: RoutingTables,
    /// Notes about skipped rows of the tables.
    pub(in crate::cli) notes: Vec<Note>,
}

impl Loaded {
    /// Opens a network file, with the lists of its cloud.
    pub(in crate::cli) fn open(global: &Global, path: &Path) -> Result<(Catalog, Self), CliError> {
        let TextFile { source, bytes } = read_text(path)?;
        Self::with_source(global, path, &source, bytes)
    }

    fn with_source(
        global: &Global,
        path: &Path,
        source: &Source,
        bytes: Vec<u8>,
    ) -> Result<(Catalog, Self), CliError> {
        let catalog = catalog(global, cloud_of(global, source))?;
        let loaded = Self::on(global, path, source, bytes, &catalog, true)?;
        Ok((catalog, loaded))
    }

    /// Opens a network file against a given catalog, for an event of a scenario that replaces the network. `quoted`: whether
    /// messages may quote the file.
    pub(in crate::cli) fn beside(
        global: &Global,
        path: &Path,
        catalog: &Catalog,
        quoted: bool,
    ) -> Result<Self, CliError> {
        let TextFile { source, bytes } = read_text(path)?;
        Self::on(global, path, &source, bytes, catalog, quoted)
    }

    fn on(
        global: &Global,
        path: &Path,
        source: &Source,
        bytes: Vec<u8>,
        catalog: &Catalog,
        quoted: bool,
    ) -> Result<Self, CliError> {
        let network = Parsed::read(global, path, source, catalog)?.usable(global, path, quoted)?;
        let (tables, notes) = route_tables(&network)?.settled(global)?;
        Ok(Self { network, path: path.to_owned(), bytes, tables, notes })
    }

    /// Returns the file as an input of a report, with its hash if `hash` is set.
    pub(in crate::cli) fn input(&self, hash: bool) -> Input {
        Input::of("network", self.path.display().to_string(), &self.bytes, hash)
    }
}

impl Inputs {
    /// Loads the lists and the network file. The cloud is that of the network file, otherwise that of `--cloud`, otherwise
    /// public.
    pub(in crate::cli) fn load(global: &Global, network: Option<&Path>) -> Result<Self, CliError> {
        let asked = global.cloud.map(Cloud::from);
        let Some(path) = network else {
            let catalog = ManuallyDrop::new(catalog(global, asked.unwrap_or_default())?);
            return Ok(Self { catalog, network: None });
        };
        let (catalog, loaded) = Loaded::open(global, path)?;
        Ok(Self { catalog: ManuallyDrop::new(catalog), network: Some(loaded) })
    }

    /// Like [`Self::load`], with the text of the network file given.
    pub(in crate::cli) fn with_source(
        global: &Global,
        path: &Path,
        source: Source,
        bytes: Vec<u8>,
    ) -> Result<Self, CliError> {
        let (catalog, loaded) = Loaded::with_source(global, path, &source, bytes)?;
        Ok(Self { catalog: ManuallyDrop::new(catalog), network: Some(loaded) })
    }

    /// Returns the inputs for engines, if there is a network file.
    pub(in crate::cli) fn engine_inputs(&self) -> Option<engine::Inputs<'_>> {
        let loaded = self.network.as_ref()?;
        Some(engine::Inputs::new(&loaded.network, &self.catalog).tables(&loaded.tables))
    }

    /// Returns the network file as an input of a report, with its hash if `hash` is set.
    pub(in crate::cli) fn network_input(&self, hash: bool) -> Option<Input> {
        self.network.as_ref().map(|loaded| loaded.input(hash))
    }

    /// Returns the subnet where packets start, if `--from` names one.
    pub(in crate::cli) fn subnet(&self, args: &VantageArgs) -> Option<(VirtualNetworkId, SubnetId)> {
        let network = &self.network.as_ref()?.network;
        let name = args.from.as_deref()?;
        // The name of a site may contain a slash; sites take precedence.
        if network.site_named(name).is_some() {
            return None;
        }
        network.subnet_named(name).map(|(network, subnet, _)| (network, subnet))
    }

    /// Returns the network and the site where packets start: the named one, or the first. `subnets`: whether the error for an
    /// unknown name also lists subnets.
    pub(in crate::cli) fn vantage(
        &self,
        args: &VantageArgs,
        subnets: bool,
    ) -> Result<Option<(&Network, SiteId)>, CliError> {
        let Some(loaded) = &self.network else { return Ok(None) };
        let network = &loaded.network;
        let Some(name) = &args.from else { return Ok(Some((network, SiteId(0)))) };
        match network.site_named(name) {
            Some((id, _)) => Ok(Some((network, id))),
            None => Err(CliError::Site {
                path: loaded.path.clone(),
                name: name.clone(),
                subnets,
                known: Vantage::all(network)
                    .filter(|vantage| subnets || matches!(vantage, Vantage::Site(_)))
                    .map(|vantage| format!("`{}`", vantage.name(network)))
                    .collect(),
            }),
        }
    }
}
