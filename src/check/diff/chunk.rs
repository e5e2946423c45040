//! The result of reading a stretch of the address space.

use crate::addr::{Address, AddressRange};
use crate::engine::Disposition;

use crate::check::diff::model::ChangeKind;
use crate::check::diff::outcome::{Outcomes, is_unknown};
use crate::check::diff::transition_sums::Sums;

/// The result of reading a stretch of the address space from one vantage point: the counts of all addresses, and the
/// ranges in which anything changed. Each of these ranges has the outcomes on both sides, as ids that are valid for
/// this stretch only.
pub(super) struct OfStretch<A> {
    pub(super) sums: Sums,
    pub(super) different: Ranges<A, (u32, u32)>,
    pub(super) outcomes: Outcomes,
}

impl<A> Default for OfStretch<A> {
    fn default() -> Self {
        Self { sums: Sums::default(), different: Ranges::default(), outcomes: Outcomes::default() }
    }
}

/// Ranges in ascending order; adjacent ranges with the same value are joined.
pub(super) struct Ranges<A, V>(pub(super) Vec<(AddressRange<A>, V)>);

impl<A, V> Default for Ranges<A, V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<A: Address, V: PartialEq> Ranges<A, V> {
    /// Adds a range after all others.
    pub(super) fn push(&mut self, range: AddressRange<A>, value: V) {
        if let Some((last, known)) = self.0.last_mut()
            && *known == value
            && last.last().next() == Some(range.first())
            && let Some(joined) = AddressRange::new(last.first(), range.last())
        {
            *last = joined;
        } else {
            self.0.push((range, value));
        }
    }
}

/// Returns the kind of change between two paths; `same` states whether the outcomes are equal.
pub(super) fn kind(from: Disposition, to: Disposition, same: bool) -> ChangeKind {
    match (is_unknown(from), is_unknown(to)) {
        (true, true) => ChangeKind::Unknown,
        _ if from != to => ChangeKind::Move,
        _ if same => ChangeKind::Unchanged,
        _ => ChangeKind::Reason,
    }
}
