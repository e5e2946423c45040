//! Reads both sides along the address space in one linear merge.
//!
//! The space of every vantage point is divided into stretches, which are read in parallel, each with its own ids.
//! Joined in order, they are equal to reading one stretch.

use std::collections::HashMap;

use crate::addr::Address;
use crate::parallel::side_by_side;

use crate::check::diff::chunk::OfStretch;
use crate::check::diff::common_ranges::Alike;
use crate::check::diff::facts::Facts;
use crate::check::diff::vantage_ranges::read_along;
use crate::check::diff::vantage_view::{Both, View};

/// The number of ranges on both sides from which another thread pays off, and the maximum number of stretches.
const STRETCH: usize = 1 << 15;
const MOST_STRETCHES: usize = 8;

/// Reads one family for all points and returns the stretches of each point in ascending order. Ranges that several
/// points have in common on both sides are read once.
pub(super) fn read_all<'s, 'a: 's, A: Address>(
    points: &[Both<'s, 'a>],
    facts: &'s Facts<'s, 'a>,
) -> Vec<Vec<OfStretch<A>>> {
    let mut all: Vec<Vec<OfStretch<A>>> = points.iter().map(|_| Vec::new()).collect();
    let mut alone: Vec<usize> = Vec::new();
    for places in alike(points) {
        let first = places.first().and_then(|first| points.get(*first)).filter(|_| places.len() > 1);
        let Some(alike) = first.and_then(|first| Alike::<A>::of(first, facts)) else {
            alone.extend(places);
            continue;
        };
        let read = side_by_side(&places, |place| alike.read(points.get(*place)?, facts));
        for (place, read) in places.into_iter().zip(read) {
            if let Some(of_point) = all.get_mut(place) {
                of_point.extend(read);
            }
        }
    }
    let cut: Vec<(usize, (A, A))> = alone
        .into_iter()
        .filter_map(|place| Some((place, points.get(place)?)))
        .flat_map(|(place, both)| chunks::<A>(both, facts).into_iter().map(move |chunk| (place, chunk)))
        .collect();
    let read = side_by_side(&cut, |(place, chunk)| {
        let (was, is) = views(points.get(*place)?, facts)?;
        let mut read = OfStretch::default();
        read_along(was, is, *chunk, &mut read);
        Some(read)
    });
    for ((place, _), chunk) in cut.iter().zip(read) {
        if let Some(of_point) = all.get_mut(*place) {
            of_point.extend(chunk);
        }
    }
    all
}

/// Groups the positions of points by the ranges that they have in common on both sides, in order of appearance.
fn alike(points: &[Both<'_, '_>]) -> Vec<Vec<usize>> {
    let mut known: HashMap<[usize; 2], usize> = HashMap::new();
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for (place, both) in points.iter().enumerate() {
        let class = both.map(|(_, point)| point.engine.common_class());
        let group = *known.entry(class).or_insert_with(|| {
            groups.push(Vec::new());
            groups.len() - 1
        });
        if let Some(group) = groups.get_mut(group) {
            group.push(place);
        }
    }
    groups
}

/// Returns views of both sides of a point at the start of the space; `None` if `facts` belong to other lists.
fn views<'s, 'a: 's, A: Address>(
    both: &Both<'s, 'a>,
    facts: &'s Facts<'s, 'a>,
) -> Option<(View<'s, 'a, A>, View<'s, 'a, A>)> {
    let [was, is] = both.map(|(side, point)| View::new(side, point, facts));
    was.zip(is)
}

/// Returns the first and last addresses of stretches with about equal work, which together cover the whole space.
fn chunks<'s, 'a: 's, A: Address>(both: &Both<'s, 'a>, facts: &'s Facts<'s, 'a>) -> Vec<(A, A)> {
    let Some((was, is)) = views::<A>(both, facts) else { return Vec::new() };
    let mut firsts = vec![A::MIN];
    firsts.extend(was.cuts(((was.size() + is.size()) / STRETCH).min(MOST_STRETCHES)));
    let lasts = firsts.iter().skip(1).map(|next| next.previous()).chain([None]);
    firsts.iter().copied().zip(lasts.map(|last| last.unwrap_or(A::MAX))).collect()
}
