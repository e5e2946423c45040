//! Both sides read along the address space in one linear merge.
//!
//! Every vantage point's space is cut into stretches, which are read side by side, each with numbers of its own; put
//! together in their order they give what one stretch would have given.

use std::collections::HashMap;

use crate::addr::AddressRange;
use crate::parallel::side_by_side;

use super::alike::Alike;
use super::facts::Facts;
use super::family::InFamily;
use super::model::ChangeKind;
use super::outcome::Outcomes;
use super::side::{Point, Side};
use super::stretch::{OfStretch, Ranges, kind};
use super::sums::Sums;
use super::view::{View, nearer};

/// How many ranges of both sides are worth a thread, and the most stretches of a space.
const STRETCH: usize = 1 << 15;
const MOST_STRETCHES: usize = 8;

/// One vantage point of both sides, the base's first.
pub(super) type Both<'s, 'a> = [(&'s Side<'a>, &'s Point); 2];

/// Reads a family of all points; for each of them its stretches in ascending order. Points that are alike on both sides
/// are read once.
pub(super) fn read_all<'s, 'a: 's, A: InFamily>(
    points: &[Both<'s, 'a>],
    facts: &'s Facts<'s, 'a>,
) -> Vec<Vec<OfStretch<A>>> {
    let mut all: Vec<Vec<OfStretch<A>>> = points.iter().map(|_| Vec::new()).collect();
    let mut alone: Vec<usize> = Vec::new();
    for places in alike(points) {
        let first = places.first().and_then(|first| points.get(*first));
        let Some((was, is)) = first.filter(|_| places.len() > 1).and_then(|first| views(first, facts)) else {
            alone.extend(places);
            continue;
        };
        let alike = Alike::<A>::of(was, is);
        let read = side_by_side(&places, |place| {
            let (was, is) = views(points.get(*place)?, facts)?;
            Some(alike.read(was, is))
        });
        for (place, read) in places.into_iter().zip(read) {
            if let Some(of_point) = all.get_mut(place) {
                of_point.extend(read);
            }
        }
    }
    let cut: Vec<(usize, (A, A))> = alone
        .into_iter()
        .filter_map(|place| Some((place, points.get(place)?)))
        .flat_map(|(place, both)| {
            stretches::<A>(both, facts).into_iter().map(move |stretch| (place, stretch))
        })
        .collect();
    let read = side_by_side(&cut, |(place, stretch)| {
        let (was, is) = views(points.get(*place)?, facts)?;
        Some(read(was, is, *stretch))
    });
    for ((place, _), stretch) in cut.iter().zip(read) {
        if let Some(of_point) = all.get_mut(*place) {
            of_point.extend(stretch);
        }
    }
    all
}

/// The places of points by what they share on both sides, in the order in which they come.
fn alike(points: &[Both<'_, '_>]) -> Vec<Vec<usize>> {
    let mut known: HashMap<[usize; 2], usize> = HashMap::new();
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for (place, both) in points.iter().enumerate() {
        let class = both.map(|(_, point)| point.engine.class());
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

/// Both sides of a point at the start of the space; `None` where `facts` are of other lists.
fn views<'s, 'a: 's, A: InFamily>(
    both: &Both<'s, 'a>,
    facts: &'s Facts<'s, 'a>,
) -> Option<(View<'s, 'a, A>, View<'s, 'a, A>)> {
    let [was, is] = both.map(|(side, point)| View::new(side, point, facts));
    was.zip(is)
}

/// The first and last addresses of stretches of about equal work, which together are the whole space.
fn stretches<'s, 'a: 's, A: InFamily>(both: &Both<'s, 'a>, facts: &'s Facts<'s, 'a>) -> Vec<(A, A)> {
    let Some((was, is)) = views::<A>(both, facts) else { return Vec::new() };
    let mut firsts = vec![A::MIN];
    firsts.extend(was.cuts(((was.size() + is.size()) / STRETCH).min(MOST_STRETCHES)));
    let lasts = firsts.iter().skip(1).map(|next| next.previous()).chain([None]);
    firsts.iter().copied().zip(lasts.map(|last| last.unwrap_or(A::MAX))).collect()
}

/// Reads both sides along a stretch of the space. Only what differs gets a number, since nearly all is the same.
fn read<A: InFamily>(was: View<'_, '_, A>, is: View<'_, '_, A>, (mut first, end): (A, A)) -> OfStretch<A> {
    let (mut sums, mut different) = (Sums::default(), Ranges::default());
    let mut outcomes = Outcomes::default();
    let (mut was, mut is) = (was.at(first), is.at(first));
    loop {
        let next = nearer(was.end(), is.end()).filter(|next| *next <= end);
        let last = next.and_then(A::previous).unwrap_or(end);
        let (old, new) = (was.said(&mut outcomes), is.said(&mut outcomes));
        let kind = kind(old.path, new.path, old == new);
        if let Some(range) = AddressRange::new(first, last) {
            sums.add((kind, Some(old.path), Some(new.path)), range.count());
            if kind != ChangeKind::Unchanged {
                different.push(range, (outcomes.keys.intern(old.key()), outcomes.keys.intern(new.key())));
            }
        }
        let Some(next) = next else { return OfStretch { sums, different, outcomes } };
        was.advance(next);
        is.advance(next);
        first = next;
    }
}
