//! Route maps, prefix lists and the decision process, as the network file says them.

use crate::addr::IpPrefix;
use crate::diag::{Span, Spanned};
use crate::rib::Community;

/// Index of a [`RouteMapDefinition`] in [`Network::route_maps`](super::Network::route_maps).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RouteMapId(pub u32);

impl RouteMapId {
    /// The index.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// Index of a [`PrefixListDefinition`] in [`Network::prefix_lists`](super::Network::prefix_lists).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PrefixListId(pub u32);

impl PrefixListId {
    /// The index.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// A named list of prefixes; the first entry that matches decides, and nothing else is in it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PrefixListDefinition {
    /// Its name, unique in the network.
    pub name: String,
    /// Its entries, in order.
    pub entries: Vec<Spanned<PrefixListEntry>>,
    /// Its name in the file.
    pub span: Span,
}

/// An entry of a prefix list: the prefixes inside `prefix` whose length is in a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PrefixListEntry {
    /// What covers.
    pub prefix: IpPrefix,
    /// The least length, inclusive; the prefix's own where the file says neither.
    pub ge: u8,
    /// The greatest length, inclusive.
    pub le: u8,
    /// Whether what matches is in the list, or kept out of it.
    pub permit: bool,
}

/// A named route map: ordered clauses; what no clause matches is denied.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RouteMapDefinition {
    /// Its name, unique in the network.
    pub name: String,
    /// Its clauses, in order; clause 1 is the first.
    pub clauses: Vec<RouteMapClause>,
    /// Its name in the file.
    pub span: Span,
}

/// A clause of a route map: a route that meets every condition gets the changes, then the action.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct RouteMapClause {
    /// The conditions.
    pub conditions: Conditions,
    /// The changes; none with [`ClauseAction::Deny`].
    pub changes: Changes,
    /// What becomes of it.
    pub action: ClauseAction,
    /// Its entry in the file.
    pub span: Span,
}

/// What becomes of a route that a clause matches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ClauseAction {
    /// It is taken.
    #[default]
    Permit,
    /// It is refused.
    Deny,
    /// It goes on to the next clause with its changes; behind the last it is taken.
    Continue,
}

/// The conditions of a clause: each that is there must hold, by any of its values. Without any, every
/// route matches.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Conditions {
    /// It carries one of these communities.
    pub communities: Vec<CommunityPattern>,
    /// Its prefix is in one of these lists.
    pub prefix_lists: Vec<PrefixListId>,
    /// Its AS path matches one of these patterns.
    pub as_paths: Vec<String>,
    /// Its next hop lies in one of these prefixes.
    pub next_hops: Vec<IpPrefix>,
    /// It was learned from one of these, by name: `er-ams`, `er-ams/microsoft/primary`, `edge-ams`.
    pub peers: Vec<String>,
    /// It has this origin.
    pub origin: Option<RouteOrigin>,
}

/// How a route came into BGP (RFC 4271, section 5.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RouteOrigin {
    /// From the originating system's inside.
    Igp,
    /// From EGP.
    Egp,
    /// In another way.
    Incomplete,
}

/// A community, or all of an autonomous system whose decimal digits begin so.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CommunityPattern {
    /// This one.
    Exactly(Community),
    /// `12076:51*`: those of the system whose second half, written in decimal, begins with the digits.
    Beginning {
        /// The autonomous system.
        asn: u16,
        /// The digits before the star; none for all.
        digits: String,
    },
}

/// What a clause changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Changes {
    /// The new local preference.
    pub local_preference: Option<u32>,
    /// The new weight.
    pub weight: Option<u32>,
    /// The new MED.
    pub med: Option<u32>,
    /// Autonomous systems to put before the path, the first outermost.
    pub prepend: Vec<u32>,
    /// The communities instead of those that it carries.
    pub communities: Option<Vec<Community>>,
    /// Communities to add.
    pub add_communities: Vec<Community>,
    /// Communities to take away.
    pub remove_communities: Vec<CommunityPattern>,
}

/// How an edge chooses among routes to one prefix.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DecisionProcess {
    /// The steps in order, or `None` for the default order.
    pub steps: Option<Vec<Spanned<String>>>,
    /// The most paths that are used at once, where the file says it.
    pub max_paths: Option<u32>,
    /// Whether the MED is compared between different neighbouring systems.
    pub always_compare_med: bool,
    /// Its key in the file, or `None` where the file has none.
    pub span: Option<Span>,
}
