//! The inputs from which an engine is compiled.

mod route_table;

pub use route_table::{RoutingTable, RoutingTables};

use crate::catalog::Catalog;
use crate::engine::state::LinkState;
use crate::network::Network;

static NO_TABLES: RoutingTables = RoutingTables::none();
static AS_WRITTEN: LinkState = LinkState::as_written();

/// All inputs of a decision, except the vantage point.
#[derive(Clone, Copy, Debug)]
pub struct Inputs<'a> {
    /// The network file.
    pub network: &'a Network,
    /// Microsoft's lists.
    pub catalog: &'a Catalog,
    /// The route tables that the network file names.
    pub tables: &'a RoutingTables,
    /// The state of the links.
    pub links: &'a LinkState,
}

impl<'a> Inputs<'a> {
    /// Creates the inputs for a network as written in its file, without route tables.
    pub fn new(network: &'a Network, catalog: &'a Catalog) -> Self {
        Self { network, catalog, tables: &NO_TABLES, links: &AS_WRITTEN }
    }

    /// Sets the route tables.
    #[must_use]
    pub fn tables(self, tables: &'a RoutingTables) -> Self {
        Self { tables, ..self }
    }

    /// Sets the state of the links.
    #[must_use]
    pub fn links(self, links: &'a LinkState) -> Self {
        Self { links, ..self }
    }

    /// # Errors
    ///
    /// [`CompileError::MissingTable`] if a table that the network file names is missing.
    pub(crate) fn check(&self) -> Result<(), CompileError> {
        match RoutingTables::wanted(self.network).into_iter().find(|path| self.tables.get(path).is_none()) {
            Some(path) => Err(CompileError::MissingTable { path: path.to_owned() }),
            None => Ok(()),
        }
    }
}

/// Why a network cannot be compiled.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CompileError {
    /// The file with a route table was not provided.
    #[error("the route table `{path}` is named in the network file, but was not read")]
    MissingTable {
        /// The path of the file, as written in the network file.
        path: String,
    },
}
