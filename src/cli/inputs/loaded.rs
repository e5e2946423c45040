//! The lists and the network file, with its tables of routes: what most commands work on.

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
use crate::engine::{self, RouteTables, Vantage};
use crate::network::{Network, SiteId, SubnetId, VirtualNetworkId};
use crate::report::{Input, Note};

/// The catalog, and the network with its vantage point if one was named.
#[derive(Debug)]
pub(in crate::cli) struct Inputs {
    /// Never taken apart: a command needs it to its end, and the process's end frees it faster.
    pub(in crate::cli) catalog: ManuallyDrop<Catalog>,
    pub(in crate::cli) network: Option<Loaded>,
}

/// A network file that was read and is valid.
#[derive(Debug)]
pub(in crate::cli) struct Loaded {
    pub(in crate::cli) network: Network,
    pub(in crate::cli) path: PathBuf,
    pub(in crate::cli) bytes: Vec<u8>,
    pub(in crate::cli) tables: RouteTables,
    /// What reports say of the tables: rows that were left out.
    pub(in crate::cli) notes: Vec<Note>,
}

impl Loaded {
    /// A network file, with the lists of its cloud.
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

    /// A network file with a catalog at hand, as events of a scenario swap it in; `quoted`: whether messages may show
    /// its text.
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

    /// The file as an input of a report, with its hash where it is asked for.
    pub(in crate::cli) fn input(&self, hash: bool) -> Input {
        Input::of("network", self.path.display().to_string(), &self.bytes, hash)
    }
}

impl Inputs {
    /// Loads the lists and the network file. The cloud is the network file's, `--cloud`'s, or public.
    pub(in crate::cli) fn load(global: &Global, network: Option<&Path>) -> Result<Self, CliError> {
        let asked = global.cloud.map(Cloud::from);
        let Some(path) = network else {
            let catalog = ManuallyDrop::new(catalog(global, asked.unwrap_or_default())?);
            return Ok(Self { catalog, network: None });
        };
        let (catalog, loaded) = Loaded::open(global, path)?;
        Ok(Self { catalog: ManuallyDrop::new(catalog), network: Some(loaded) })
    }

    /// As [`Self::load`], with the network file's text at hand.
    pub(in crate::cli) fn with_source(
        global: &Global,
        path: &Path,
        source: Source,
        bytes: Vec<u8>,
    ) -> Result<Self, CliError> {
        let (catalog, loaded) = Loaded::with_source(global, path, &source, bytes)?;
        Ok(Self { catalog: ManuallyDrop::new(catalog), network: Some(loaded) })
    }

    /// What engines are compiled from, where there is a network file.
    pub(in crate::cli) fn engine_inputs(&self) -> Option<engine::Inputs<'_>> {
        let loaded = self.network.as_ref()?;
        Some(engine::Inputs::new(&loaded.network, &self.catalog).tables(&loaded.tables))
    }

    /// The network file as an input of a report, with its hash where it is asked for.
    pub(in crate::cli) fn network_input(&self, hash: bool) -> Option<Input> {
        self.network.as_ref().map(|loaded| loaded.input(hash))
    }

    /// The subnet that a packet starts at, where `--from` names one.
    pub(in crate::cli) fn subnet(&self, args: &VantageArgs) -> Option<(VirtualNetworkId, SubnetId)> {
        let network = &self.network.as_ref()?.network;
        let name = args.from.as_deref()?;
        // A site may have a slash in its name, and comes first.
        if network.site_named(name).is_some() {
            return None;
        }
        network.subnet_named(name).map(|(network, subnet, _)| (network, subnet))
    }

    /// The network and the site that a packet starts at: the one named, or the first. `subnets`: whether a subnet might
    /// have been named as well.
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
