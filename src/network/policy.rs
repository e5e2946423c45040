//! Route maps and prefix lists by name, with the places of their parts.

use crate::diag::Span;
use crate::rib::{PrefixList, RouteMap};

/// A named route map.
///
/// Its clauses have the sequence numbers 1, 2, 3 and so on. A condition on peers holds the full names
/// of sessions: [`Circuit::connection_name`](super::Circuit::connection_name), and the names of
/// internet edges and tunnels.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RouteMapDefinition {
    /// Its name, unique in the network.
    pub name: String,
    /// What it does.
    pub map: RouteMap,
    /// Where each clause stands in the file, by its index in the map.
    pub clauses: Vec<Span>,
    /// Its name in the file.
    pub span: Span,
}

/// A named prefix list.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PrefixListDefinition {
    /// Its name, unique in the network.
    pub name: String,
    /// What it permits.
    pub list: PrefixList,
    /// Where each entry stands in the file, by its index in the list.
    pub entries: Vec<Span>,
    /// Its name in the file.
    pub span: Span,
}
