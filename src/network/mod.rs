//! Floor 4: the network file, `network.yaml`: what a company owns and configured.
//!
//! Sites with their client prefixes and internet edges, ExpressRoute circuits with Microsoft and
//! private peering, route filters, virtual networks. Data goes one way:
//!
//! ```text
//! Source ─parse─▶ spanned value tree ─lower, against the Catalog─▶ Network + Diagnostics
//! ```
//!
//! A [`Network`] is valid by construction: names are unique, references are ids into its vectors,
//! prefixes have no host bits, route filters hold communities that Microsoft publishes. What cannot be
//! made so is a [`Diagnostic`](crate::diag::Diagnostic) at its line, all of them in one reading.

mod circuit;
mod fields;
mod lower;
mod names;
mod site;
mod suggest;
mod tree;
mod vnet;

pub use circuit::{
    Bandwidth, Circuit, CircuitId, MicrosoftPeering, PrivatePeering, RouteFilter, Sku, UnknownSku,
};
pub use site::{DefaultRoute, InternetEdge, Site, SiteId};
pub use vnet::{VirtualNetwork, VirtualNetworkId};

pub use crate::catalog::Cloud;
use crate::diag::Source;

/// A validated network. The order of every vector is the order of the file.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Network {
    /// What it is called; the file's name without its extension where it says nothing.
    pub name: String,
    /// Microsoft's cloud that its circuits lead to.
    pub cloud: Cloud,
    /// Where clients sit; at least one.
    pub sites: Vec<Site>,
    /// The ExpressRoute circuits.
    pub circuits: Vec<Circuit>,
    /// The virtual networks.
    pub virtual_networks: Vec<VirtualNetwork>,
    /// The file, for findings that point into it.
    pub source: Source,
}

impl Network {
    /// The site of this id, or `None` for an id of another network.
    pub fn site(&self, id: SiteId) -> Option<&Site> {
        self.sites.get(id.index())
    }

    /// The circuit of this id, or `None` for an id of another network.
    pub fn circuit(&self, id: CircuitId) -> Option<&Circuit> {
        self.circuits.get(id.index())
    }

    /// The virtual network of this id, or `None` for an id of another network.
    pub fn virtual_network(&self, id: VirtualNetworkId) -> Option<&VirtualNetwork> {
        self.virtual_networks.get(id.index())
    }

    /// The site of this name, exactly as written.
    pub fn site_named(&self, name: &str) -> Option<(SiteId, &Site)> {
        (0..).map(SiteId).zip(&self.sites).find(|(_, site)| site.name == name)
    }

    /// Every circuit with its id.
    pub fn circuits_with_ids(&self) -> impl Iterator<Item = (CircuitId, &Circuit)> {
        (0..).map(CircuitId).zip(&self.circuits)
    }
}
