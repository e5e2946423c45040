//! Route tables that the network file names by path. The caller reads the files.

use std::collections::BTreeMap;

use crate::addr::IpPrefix;
use crate::diag::Spanned;
use crate::network::Network;
use crate::rib::import::ImportedTable;
use crate::rib::{AttributeTable, Attributes, AttributesId};

/// The routes in one file. Equal attributes are stored once.
#[derive(Clone, Debug, Default)]
pub struct RoutingTable {
    routes: Vec<(IpPrefix, AttributesId)>,
    attributes: AttributeTable,
}

impl RoutingTable {
    /// Returns the routes in the order of the file.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (IpPrefix, AttributesId)> + '_ {
        self.routes.iter().copied()
    }

    /// Returns the attributes to which the routes refer.
    pub fn attributes(&self) -> &AttributeTable {
        &self.attributes
    }

    /// Returns the number of routes.
    pub fn len(&self) -> usize {
        self.routes.len()
    }

    /// Returns whether the table is empty.
    pub fn is_empty(&self) -> bool {
        self.routes.is_empty()
    }
}

impl From<ImportedTable> for RoutingTable {
    fn from(imported: ImportedTable) -> Self {
        let routes = imported.routes.iter().map(|one| (one.route.prefix, one.route.attributes)).collect();
        Self { routes, attributes: imported.attributes }
    }
}

impl FromIterator<(IpPrefix, Attributes)> for RoutingTable {
    fn from_iter<I: IntoIterator<Item = (IpPrefix, Attributes)>>(routes: I) -> Self {
        let mut attributes = AttributeTable::new();
        let routes = routes.into_iter().map(|(prefix, set)| (prefix, attributes.intern(set))).collect();
        Self { routes, attributes }
    }
}

/// The route tables, keyed by the path that the network file gives.
#[derive(Clone, Debug, Default)]
pub struct RoutingTables {
    tables: BTreeMap<String, RoutingTable>,
}

impl RoutingTables {
    /// Creates a set without tables.
    pub const fn none() -> Self {
        Self { tables: BTreeMap::new() }
    }

    /// Adds the table in a file, under the file's path as written in the network file.
    pub fn insert(&mut self, written: String, table: RoutingTable) {
        self.tables.insert(written, table);
    }

    /// Returns the table in a file.
    pub fn get(&self, written: &str) -> Option<&RoutingTable> {
        self.tables.get(written)
    }

    /// Lists every route table that a network file names: first those on internet edges, then those on connections.
    pub fn named(network: &Network) -> impl Iterator<Item = &Spanned<String>> {
        let edges = network.sites.iter().filter_map(|site| site.internet.as_ref()?.routes.as_ref());
        let connections = network.circuits.iter().flat_map(|circuit| {
            let microsoft = circuit.microsoft_peering.iter().map(|peering| &peering.connections);
            let private = circuit.private_peering.iter().map(|peering| &peering.connections);
            microsoft.chain(private)
        });
        let learned = connections.flat_map(|both| both.iter().filter_map(|(_, own)| own.learned.as_ref()));
        edges.chain(learned)
    }

    /// Lists the files that a network file names, each once, ascending. The caller must read them before the network is
    /// compiled.
    pub fn wanted(network: &Network) -> Vec<&str> {
        let mut all: Vec<&str> = Self::named(network).map(|written| written.value.as_str()).collect();
        all.sort_unstable();
        all.dedup();
        all
    }
}
