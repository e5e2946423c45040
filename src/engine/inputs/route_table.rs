//! Tables of routes that the network file names by a file, read by whoever opens files.

use std::collections::BTreeMap;

use crate::addr::IpPrefix;
use crate::diag::Spanned;
use crate::network::Network;
use crate::rib::import::Imported;
use crate::rib::{AttributeTable, Attributes, AttributesId};

/// The routes of one file; equal attributes are stored once.
#[derive(Clone, Debug, Default)]
pub struct RouteTable {
    routes: Vec<(IpPrefix, AttributesId)>,
    attributes: AttributeTable,
}

impl RouteTable {
    /// The routes, in the order of the file.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (IpPrefix, AttributesId)> + '_ {
        self.routes.iter().copied()
    }

    /// The attributes that the routes refer to.
    pub fn attributes(&self) -> &AttributeTable {
        &self.attributes
    }

    /// How many routes there are.
    pub fn len(&self) -> usize {
        self.routes.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.routes.is_empty()
    }
}

impl From<Imported> for RouteTable {
    fn from(imported: Imported) -> Self {
        let routes = imported.routes.iter().map(|one| (one.route.prefix, one.route.attributes)).collect();
        Self { routes, attributes: imported.attributes }
    }
}

impl FromIterator<(IpPrefix, Attributes)> for RouteTable {
    fn from_iter<I: IntoIterator<Item = (IpPrefix, Attributes)>>(routes: I) -> Self {
        let mut attributes = AttributeTable::new();
        let routes = routes.into_iter().map(|(prefix, set)| (prefix, attributes.intern(set))).collect();
        Self { routes, attributes }
    }
}

/// The tables by the name that the network file gives them.
#[derive(Clone, Debug, Default)]
pub struct RouteTables {
    tables: BTreeMap<String, RouteTable>,
}

impl RouteTables {
    /// No table.
    pub const fn none() -> Self {
        Self { tables: BTreeMap::new() }
    }

    /// Adds the table of a file, by its name as the network file writes it.
    pub fn insert(&mut self, written: String, table: RouteTable) {
        self.tables.insert(written, table);
    }

    /// The table of a file.
    pub fn get(&self, written: &str) -> Option<&RouteTable> {
        self.tables.get(written)
    }

    /// Every place where a network names a file of routes: of internet edges, then of connections.
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

    /// The files that a network names, each once, ascending: what has to be read before it is compiled.
    pub fn wanted(network: &Network) -> Vec<&str> {
        let mut all: Vec<&str> = Self::named(network).map(|written| written.value.as_str()).collect();
        all.sort_unstable();
        all.dedup();
        all
    }
}
