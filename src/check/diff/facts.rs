//! The parts of an outcome that are not in the decision: facts from Microsoft's lists, and the owner of the
//! address.

use std::sync::Arc;

use crate::addr::Address;
use crate::catalog::Catalog;
use crate::engine::{RecordFacts, RecordSayings, ReturnCommon};
use crate::parallel::{both, side_by_side};

use super::family::OfLists;
use super::side::DiffSide;

/// Facts from the lists on all sides of a comparison, and the common part of return paths on each side.
pub(super) struct Facts<'s, 'a> {
    lists: Vec<(&'s Catalog, OfLists)>,
    returns: Vec<(&'s DiffSide<'a>, Arc<ReturnCommon<'a>>)>,
}

impl<'s, 'a> Facts<'s, 'a> {
    /// Collects the facts of the given sides, once per catalog.
    pub(super) fn of(sides: impl Iterator<Item = &'s DiffSide<'a>>) -> Self {
        let common = |side: &'s DiffSide<'a>| (side, Arc::new(ReturnCommon::new(side.inputs())));
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

    /// Returns the facts from one of the catalogs.
    pub(super) fn get<A: Address>(&self, catalog: &Catalog) -> Option<&RecordFacts<A>> {
        let same = |(other, _): &&(&Catalog, OfLists)| std::ptr::eq(*other, catalog);
        self.lists.iter().find(same).map(|(_, facts)| facts.of_family())
    }

    /// Returns the common part of return paths on one of the sides.
    pub(super) fn returns(&self, side: &DiffSide<'a>) -> Option<&Arc<ReturnCommon<'a>>> {
        self.returns.iter().find(|(other, _)| std::ptr::eq(*other, side)).map(|(_, common)| common)
    }
}
