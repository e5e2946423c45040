//! What a side says from a vantage point, read along the address space.

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::FixedState;

use crate::addr::{Address, Partition};
use crate::engine::{DecisionId, Disposition, FarEnd, RecordFact, RecordFacts, ReturnJudge};

use super::facts::Facts;
use super::family::InFamily;
use super::outcome::{Gist, Outcomes, Said};
use super::route::{manner, way_back};
use super::side::{Point, Side};

/// One side from one vantage point. The decision, what the lists add and the owner of an address settle what is said of
/// it; each of them is a partition, and the view stands at one range of each.
pub(super) struct View<'s, 'a, A> {
    side: &'s Side<'a>,
    point: &'s Point,
    facts: &'s RecordFacts<A>,
    owned: Partition<A, Option<FarEnd>>,
    judge: ReturnJudge<'a>,
    decisions: Track<'s, A, DecisionId>,
    places: Track<'s, A, u32>,
    owner: usize,
    /// Where the range of the lists or of the owner ends, which is seldom.
    beside: Option<A>,
    /// What was said of the range that the view stands at.
    now: Option<Said<'s>>,
    manners: HashMap<(usize, Disposition), u32, FixedState>,
    gists: HashMap<Ground, u32, FixedState>,
    /// Gists that were asked for of late, each at a place that its ground tells: neighbours mostly alternate between
    /// a few.
    recent: [Option<(Ground, u32)>; RECENT],
}

/// A place in a partition.
struct Track<'p, A, V> {
    partition: &'p Partition<A, V>,
    at: usize,
    /// Where the next range begins.
    next: Option<A>,
}

impl<'p, A: Address, V: Copy + Eq> Track<'p, A, V> {
    /// The place of an address.
    fn at(partition: &'p Partition<A, V>, address: A) -> Self {
        let at = partition.starts().partition_point(|start| *start <= address).saturating_sub(1);
        Self { partition, at, next: partition.starts().get(at + 1).copied() }
    }

    fn value(&self) -> Option<V> {
        self.partition.values().get(self.at).copied()
    }

    /// Whether a range begins at `first`, the place of which it then is.
    fn advance(&mut self, first: A) -> bool {
        let begins = self.next == Some(first);
        if begins {
            self.at += 1;
            self.next = self.partition.starts().get(self.at + 1).copied();
        }
        begins
    }
}

/// The lower of two ends; none is the end of the space.
pub(super) fn nearer<A: Ord>(one: Option<A>, other: Option<A>) -> Option<A> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

const RECENT: usize = 64;

/// What a gist follows from. Decisions share their reasons, so the address of a reason stands for it while its engine
/// lives.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Ground {
    why: usize,
    path: Disposition,
    /// The place of the fact that the lists add.
    fact: u32,
    owner: Option<FarEnd>,
}

impl Ground {
    fn place(&self) -> usize {
        // Reasons lie in memory of their own, some 16 bytes apart at least.
        ((self.why >> 4) ^ (self.why >> 10) ^ (self.fact as usize).wrapping_mul(5)) % RECENT
    }
}

impl<'s, 'a: 's, A: InFamily> View<'s, 'a, A> {
    /// At the start of the space; `None` where `facts` are of other lists.
    pub(super) fn new(side: &'s Side<'a>, point: &'s Point, facts: &'s Facts<'s>) -> Option<Self> {
        let inputs = side.inputs();
        let facts = facts.get::<A>(inputs.catalog)?;
        let view = Self {
            side,
            point,
            facts,
            owned: FarEnd::everywhere(inputs.network, point.vantage, A::prefix),
            judge: ReturnJudge::new(inputs, point.vantage),
            decisions: Track::at(A::decisions(&point.engine), A::MIN),
            places: Track::at(facts.places(), A::MIN),
            owner: 0,
            beside: None,
            now: None,
            manners: HashMap::default(),
            gists: HashMap::default(),
            recent: [None; RECENT],
        };
        Some(view.at(A::MIN))
    }

    /// The same view, standing at the range that holds `address`.
    pub(super) fn at(self, address: A) -> Self {
        let decisions = Track::at(self.decisions.partition, address);
        let places = Track::at(self.places.partition, address);
        let Track { at: owner, next, .. } = Track::at(&self.owned, address);
        let beside = nearer(places.next, next);
        Self { decisions, places, owner, beside, now: None, ..self }
    }

    /// Addresses that cut what the view decides into so many stretches of equal work, ascending.
    pub(super) fn cuts(&self, parts: usize) -> Vec<A> {
        let starts = self.decisions.partition.starts();
        let cut = |part: usize| starts.get(starts.len() * part / parts).copied();
        let mut cuts: Vec<A> = (1..parts).filter_map(cut).collect();
        cuts.dedup();
        cuts.retain(|cut| *cut != A::MIN);
        cuts
    }

    /// How many ranges the view has, nearly.
    pub(super) fn size(&self) -> usize {
        self.decisions.partition.len() + self.places.partition.len()
    }

    /// The first address behind the range that the view stands at; `None` at the end of the space.
    pub(super) fn end(&self) -> Option<A> {
        nearer(self.decisions.next, self.beside)
    }

    /// Goes on to the range that begins at `first`, where the view is not in it yet. `first` is at or before
    /// [`Self::end`].
    pub(super) fn advance(&mut self, first: A) {
        if self.decisions.advance(first) {
            self.now = None;
        }
        if self.beside == Some(first) {
            self.places.advance(first);
            let starts = self.owned.starts();
            self.owner += usize::from(starts.get(self.owner + 1) == Some(&first));
            self.beside = nearer(self.places.next, starts.get(self.owner + 1).copied());
            self.now = None;
        }
    }

    /// What is said of the range that the view stands at.
    pub(super) fn said(&mut self, outcomes: &mut Outcomes) -> Said<'s> {
        if let Some(said) = self.now {
            return said;
        }
        let id = self.decisions.value().unwrap_or(DecisionId(0));
        let fact = self.places.value().unwrap_or_default();
        let owner = self.owned.values().get(self.owner).copied().flatten();
        let point: &'s Point = self.point;
        let decision = point.engine.decision(id);
        let path = decision.disposition;
        let ground = Ground { why: Arc::as_ptr(&decision.why).addr(), path, fact, owner };
        let gist = match self.recent.get(ground.place()) {
            Some(Some((known, gist))) if *known == ground => *gist,
            _ => self.gist(ground, id, outcomes),
        };
        let said = Said { path, gist, prefix: &decision.prefix };
        self.now = Some(said);
        said
    }

    /// Everything that is said, by number. Stands at the end of the space afterwards.
    pub(super) fn all(mut self, outcomes: &mut Outcomes) -> Partition<A, u32> {
        let mut ranges = vec![(A::MIN, self.number(outcomes))];
        while let Some(next) = self.end() {
            self.advance(next);
            ranges.push((next, self.number(outcomes)));
        }
        Partition::from_starts(ranges)
    }

    fn number(&mut self, outcomes: &mut Outcomes) -> u32 {
        let said = self.said(outcomes);
        outcomes.keys.intern(said.key())
    }

    fn gist(&mut self, ground: Ground, id: DecisionId, outcomes: &mut Outcomes) -> u32 {
        let gist = match self.gists.get(&ground) {
            Some(known) => *known,
            None => self.new_gist(ground, id, outcomes),
        };
        if let Some(recent) = self.recent.get_mut(ground.place()) {
            *recent = Some((ground, gist));
        }
        gist
    }

    fn new_gist(&mut self, ground: Ground, id: DecisionId, outcomes: &mut Outcomes) -> u32 {
        let (inputs, sessions) = (self.side.inputs(), self.point.engine.sessions());
        let decision = self.point.engine.decision(id);
        let manner = *self
            .manners
            .entry((ground.why, ground.path))
            .or_insert_with(|| outcomes.manners.intern(manner(inputs, sessions, decision)));
        let RecordFact { support, destination } = self.facts.fact(ground.fact);
        let back = self.judge.judge(destination.at(ground.owner), decision, sessions);
        let way_back = outcomes.ways_back.intern(back.map(|back| way_back(inputs, &back)));
        let gist = outcomes.gists.intern(Gist { manner, way_back, support });
        self.gists.insert(ground, gist);
        gist
    }
}
