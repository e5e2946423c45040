//! Addresses counted by cell of the transition matrix.

use std::collections::BTreeMap;

use crate::addr::AddressCount;
use crate::engine::Disposition;

use super::model::{ChangeKind, Transition};

/// What a range counts to: the kind of change, the path before and after.
pub(super) type Cell = (ChangeKind, Option<Disposition>, Option<Disposition>);

/// Counts of cells. Neighbouring ranges are mostly of one cell, so the last one is kept at hand.
#[derive(Default)]
pub(super) struct Sums {
    cells: BTreeMap<(ChangeKind, Option<usize>, Option<usize>), Transition>,
    last: Option<(Cell, AddressCount)>,
}

impl Sums {
    pub(super) fn add(&mut self, cell: Cell, count: AddressCount) {
        match &mut self.last {
            Some((last, sum)) if *last == cell => *sum = *sum + count,
            _ => {
                self.settle();
                self.last = Some((cell, count));
            }
        }
    }

    /// The cells, by kind, then path before, then after.
    pub(super) fn finish(mut self) -> Vec<Transition> {
        self.settle();
        self.cells.into_values().collect()
    }

    fn settle(&mut self) {
        let Some(((kind, from, to), count)) = self.last.take() else { return };
        let order =
            |path: Option<Disposition>| Disposition::ALL.into_iter().position(|other| Some(other) == path);
        let empty = Transition { from, to, kind, addresses: AddressCount::ZERO };
        let cell = self.cells.entry((kind, order(from), order(to))).or_insert(empty);
        cell.addresses = cell.addresses + count;
    }
}
