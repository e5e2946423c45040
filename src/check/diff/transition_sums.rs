//! Address counts by cell of the transition matrix.

use crate::addr::AddressCount;
use crate::engine::Disposition;

use crate::check::diff::model::{ChangeKind, Transition};

/// The cell of a range: the kind of change, and the path before and after.
pub(super) type Cell = (ChangeKind, Option<Disposition>, Option<Disposition>);

/// The kinds in sort order.
const KINDS: [ChangeKind; 6] = [
    ChangeKind::Move,
    ChangeKind::Reason,
    ChangeKind::Unknown,
    ChangeKind::Added,
    ChangeKind::Removed,
    ChangeKind::Unchanged,
];

/// All paths, and no path.
const PATHS: usize = Disposition::ALL.len() + 1;

/// The counts of all cells at fixed positions, because every range adds to one.
pub(super) struct Sums(Vec<AddressCount>);

impl Default for Sums {
    fn default() -> Self {
        Self(vec![AddressCount::ZERO; KINDS.len() * PATHS * PATHS])
    }
}

impl Sums {
    pub(super) fn add(&mut self, cell: Cell, count: AddressCount) {
        if let Some(sum) = self.0.get_mut(place(cell)) {
            *sum = *sum + count;
        }
    }

    /// Adds the counts in `other`.
    pub(super) fn join(&mut self, other: &Self) {
        for (sum, more) in self.0.iter_mut().zip(&other.0) {
            *sum = *sum + *more;
        }
    }

    /// Returns the cells with at least one address, by kind, then path before, then path after.
    pub(super) fn finish(self) -> Vec<Transition> {
        let paths = || std::iter::once(None).chain(Disposition::ALL.map(Some));
        let cells = KINDS
            .into_iter()
            .flat_map(|kind| paths().flat_map(move |from| paths().map(move |to| (kind, from, to))));
        let cell = |(kind, from, to): Cell| {
            let addresses = *self.0.get(place((kind, from, to)))?;
            (!addresses.is_zero()).then_some(Transition { from, to, kind, addresses })
        };
        cells.filter_map(cell).collect()
    }
}

fn place((kind, from, to): Cell) -> usize {
    let path = |path: Option<Disposition>| path.map_or(0, |path| 1 + path as usize);
    (kind as usize * PATHS + path(from)) * PATHS + path(to)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_cell_has_a_place_of_its_own() {
        let paths: Vec<_> = std::iter::once(None).chain(Disposition::ALL.map(Some)).collect();
        let cells = KINDS
            .iter()
            .flat_map(|kind| paths.iter().flat_map(|from| paths.iter().map(|to| place((*kind, *from, *to)))));
        let places: BTreeSet<usize> = cells.collect();
        assert!(places.into_iter().eq(0..KINDS.len() * PATHS * PATHS));
        assert!(KINDS.is_sorted());
    }
}
