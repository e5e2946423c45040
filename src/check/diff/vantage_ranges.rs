//! Reads both sides of one vantage point along a stretch of the address space.

use crate::addr::{Address, AddressRange};

use crate::check::diff::chunk::{OfStretch, kind};
use crate::check::diff::model::ChangeKind;
use crate::check::diff::vantage_view::{View, nearer};

/// Reads both sides along a stretch of the address space that comes after the part already `read`. Only differing
/// outcomes are interned, because most outcomes are equal.
///
/// # Complexity
///
/// Linear in the ranges of both sides in the stretch.
pub(super) fn read_along<A: Address>(
    was: View<'_, '_, A>,
    is: View<'_, '_, A>,
    (mut first, end): (A, A),
    read: &mut OfStretch<A>,
) {
    let OfStretch { sums, different, outcomes } = read;
    let (mut was, mut is) = (was.at(first), is.at(first));
    loop {
        let next = nearer(was.end(), is.end()).filter(|next| *next <= end);
        let last = next.and_then(A::previous).unwrap_or(end);
        let (old, new) = (was.words(outcomes), is.words(outcomes));
        let kind = kind(old.path, new.path, old == new);
        if let Some(range) = AddressRange::new(first, last) {
            sums.add((kind, Some(old.path), Some(new.path)), range.count());
            if kind != ChangeKind::Unchanged {
                different.push(range, (outcomes.keys.intern(old.key()), outcomes.keys.intern(new.key())));
            }
        }
        let Some(next) = next else { return };
        was.advance(next);
        is.advance(next);
        first = next;
    }
}
