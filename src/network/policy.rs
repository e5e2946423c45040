//! Named route maps and prefix lists, with the positions of their clauses and entries in the file.

use crate::diag::Span;
use crate::rib::{PrefixList, RouteMap};

/// A named route map.
///
/// Its clauses have the sequence numbers 1, 2, 3 and so on. A condition on peers contains the full names of sessions,
/// which are [`Circuit::connection_name`](super::Circuit::connection_name), and the names of internet edges and
/// tunnels.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RouteMapDefinition {
    /// The route map's name, unique in the network.
    pub name: String,
    /// The route map itself.
    pub map: RouteMap,
    /// The position of each clause in the file, by its index in the map.
    pub clauses: Vec<Span>,
    /// The position of the route map's name in the file.
    pub span: Span,
}

/// A named prefix list.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PrefixListDefinition {
    /// The prefix list's name, unique in the network.
    pub name: String,
    /// The prefix list itself.
    pub list: PrefixList,
    /// The position of each entry in the file, by its index in the list.
    pub entries: Vec<Span>,
    /// The position of the prefix list's name in the file.
    pub span: Span,
}
