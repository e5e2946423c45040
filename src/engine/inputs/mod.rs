//! What an engine is compiled from.

mod route_table;

pub use route_table::{RouteTable, RouteTables};

use crate::catalog::Catalog;
use crate::engine::state::LinkState;
use crate::network::Network;

static NO_TABLES: RouteTables = RouteTables::none();
static AS_WRITTEN: LinkState = LinkState::as_written();

/// All that decides, apart from where a packet starts.
#[derive(Clone, Copy, Debug)]
pub struct Inputs<'a> {
    /// The network file.
    pub network: &'a Network,
    /// Microsoft's lists.
    pub catalog: &'a Catalog,
    /// The tables of routes that the network file names.
    pub tables: &'a RouteTables,
    /// What is up.
    pub links: &'a LinkState,
}

impl<'a> Inputs<'a> {
    /// A network as it is written, without tables of routes.
    pub fn new(network: &'a Network, catalog: &'a Catalog) -> Self {
        Self { network, catalog, tables: &NO_TABLES, links: &AS_WRITTEN }
    }

    /// With these tables.
    #[must_use]
    pub fn tables(self, tables: &'a RouteTables) -> Self {
        Self { tables, ..self }
    }

    /// With this state of links.
    #[must_use]
    pub fn links(self, links: &'a LinkState) -> Self {
        Self { links, ..self }
    }

    /// # Errors
    ///
    /// [`CompileError::MissingTable`] where a table that the network names is not there.
    pub(crate) fn check(&self) -> Result<(), CompileError> {
        match RouteTables::wanted(self.network).into_iter().find(|path| self.tables.get(path).is_none()) {
            Some(path) => Err(CompileError::MissingTable { path: path.to_owned() }),
            None => Ok(()),
        }
    }
}

/// Why a network cannot be compiled.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CompileError {
    /// A file of routes was not handed in.
    #[error("the routes of `{path}`, which the network file names, were not read")]
    MissingTable {
        /// The file, as the network file writes it.
        path: String,
    },
}
