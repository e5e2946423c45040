//! What an outcome has that no decision says: what the lists add, and whose address it is.

use crate::catalog::Catalog;
use crate::engine::{RecordFacts, RecordSayings};
use crate::parallel::{both, side_by_side};

use super::family::{InFamily, OfLists};

/// What the lists of all sides of a comparison add to decisions.
pub(super) struct Facts<'s>(Vec<(&'s Catalog, OfLists)>);

impl<'s> Facts<'s> {
    /// Of some catalogs, each of them once.
    pub(super) fn of(catalogs: impl IntoIterator<Item = &'s Catalog>) -> Self {
        let mut wanted: Vec<&Catalog> = Vec::new();
        for catalog in catalogs {
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
        Self(wanted.into_iter().zip(made).collect())
    }

    /// Of one of the catalogs.
    pub(super) fn get<A: InFamily>(&self, catalog: &Catalog) -> Option<&RecordFacts<A>> {
        let same = |(other, _): &&(&Catalog, OfLists)| std::ptr::eq(*other, catalog);
        self.0.iter().find(same).map(|(_, facts)| A::facts(facts))
    }
}
