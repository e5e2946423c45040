//! The inputs from which an engine is compiled.

mod route_table;

pub use route_table::{RouteTable, RouteTables};

use crate::catalog::Catalog;
use crate::engine::state::LinkState;
use crate::network::Network;

static NO_TABLES: RouteTables = RouteTables::none();
static AS_WRITTEN: LinkState = LinkState::as_written();

/// All inputs of a decision, apart from where a packet starts.
#[derive(Clone, Copy, Debug)]
pub struct Inputs<'a> {
    /// The network file.
    pub network: &'a Network,
    /// Microsoft's lists.
    pub catalog: &'a Catalog,
    /// The tables of routes that the network file names.
    pub tables: &'a RouteTables,
    /// The state of the links.
    pub links: &'a LinkState,
}

impl<'a> Inputs<'a> {
    /// Creates the inputs for a network as it is written, without tables of routes.
    pub fn new(network: &'a Network, catalog: &'a Catalog) -> Self {
        Self { network, catalog, tables: &NO_TABLES, links: &AS_WRITTEN }
    }

    /// Sets the tables of routes.
    #[must_use]
    pub fn tables(self, tables: &'a RouteTables) -> Self {
        Self { tables, ..self }
    }

    /// Sets the state of the links.
    #[must_use]
    pub fn links(self, links: &'a LinkState) -> Self {
        Self { links, ..self }
    }

    /// # Errors
    ///
    /// [`CompileError::MissingTable`] where a table that the network file names is missing.
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
    /// The file of a table of routes was not provided.
    #[error("the table of routes `{path}`, which the network file names, was not read")]
    MissingTable {
        /// The path of the file, as written in the network file.
        path: String,
    },
}
