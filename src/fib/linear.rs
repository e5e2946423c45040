//! The table that is obviously correct: every lookup reads every route.

use super::{Lpm, NextHopId};
use crate::addr::{Address, Prefix};

/// A list of routes; all other tables are tested against it.
#[derive(Clone, Debug)]
pub struct LinearTable<A: Address> {
    routes: Vec<(Prefix<A>, NextHopId)>,
}

impl<A: Address> LinearTable<A> {
    /// Creates an empty table.
    pub const fn new() -> Self {
        Self { routes: Vec::new() }
    }

    /// Adds a route. If two routes have the same prefix, the later one wins.
    pub fn push(&mut self, prefix: Prefix<A>, id: NextHopId) {
        self.routes.push((prefix, id));
    }

    /// Returns the most specific route that contains `address`, with its prefix.
    ///
    /// # Complexity
    ///
    /// `O(n)` in the number of routes.
    pub fn lookup_route(&self, address: A) -> Option<(Prefix<A>, NextHopId)> {
        let mut best: Option<(Prefix<A>, NextHopId)> = None;
        for (prefix, id) in &self.routes {
            let longer = best.is_none_or(|(found, _)| prefix.length() >= found.length());
            if longer && prefix.contains(address) {
                best = Some((*prefix, *id));
            }
        }
        best
    }

    /// Returns all routes in the order in which they were added.
    pub fn routes(&self) -> &[(Prefix<A>, NextHopId)] {
        &self.routes
    }
}

impl<A: Address> Default for LinearTable<A> {
    fn default() -> Self {
        Self::new()
    }
}

impl<A: Address> FromIterator<(Prefix<A>, NextHopId)> for LinearTable<A> {
    fn from_iter<I: IntoIterator<Item = (Prefix<A>, NextHopId)>>(routes: I) -> Self {
        Self { routes: routes.into_iter().collect() }
    }
}

impl<A: Address> Lpm<A> for LinearTable<A> {
    fn lookup(&self, address: A) -> Option<NextHopId> {
        self.lookup_route(address).map(|(_, id)| id)
    }
}
