//! What an outcome has that no decision says: what the lists add, and whose address it is.

use std::sync::Arc;

use crate::catalog::Catalog;
use crate::engine::{RecordFacts, RecordSayings, ReturnCommon};
use crate::parallel::{both, side_by_side};

use super::family::{InFamily, OfLists};
use super::side::Side;

/// What the lists of all sides of a comparison add to decisions, and what ways back have in common on each side.
pub(super) struct Facts<'s, 'a> {
    lists: Vec<(&'s Catalog, OfLists)>,
    returns: Vec<(&'s Side<'a>, Arc<ReturnCommon<'a>>)>,
}

impl<'s, 'a> Facts<'s, 'a> {
    /// Of some sides; of each catalog once.
    pub(super) fn of(sides: impl Iterator<Item = &'s Side<'a>>) -> Self {
        let common = |side: &'s Side<'a>| (side, Arc::new(ReturnCommon::new(side.inputs())));
        let returns: Vec<_> = sides.map(common).collect();
        let mut wanted: Vec<&Catalog> = Vec::new();
        for catalog in returns.iter().map(|(side, _)| side.inputs().catalog) {
            if !wanted.iter().any(|known| std::ptr::eq(*known, catalog)) {
                wanted.push(catalog);
            }
        }
        let made = side_by_side(&wanted, |catalog| {
            let records = RecordSayings::of(catalog);
            let (v4, v6) = both(
                || RecordFacts::of(&records, catalog.cover4()),
                || RecordFacts::of(&records, catalog.cover6()),
            );
            OfLists { v4, v6 }
        });
        Self { lists: wanted.into_iter().zip(made).collect(), returns }
    }

    /// Of one of the catalogs.
    pub(super) fn get<A: InFamily>(&self, catalog: &Catalog) -> Option<&RecordFacts<A>> {
        let same = |(other, _): &&(&Catalog, OfLists)| std::ptr::eq(*other, catalog);
        self.lists.iter().find(same).map(|(_, facts)| A::facts(facts))
    }

    /// What ways back have in common on one of the sides.
    pub(super) fn returns(&self, side: &Side<'a>) -> Option<&Arc<ReturnCommon<'a>>> {
        self.returns.iter().find(|(other, _)| std::ptr::eq(*other, side)).map(|(_, common)| common)
    }
}
