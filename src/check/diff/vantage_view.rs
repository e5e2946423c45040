//! A view of the outcomes of one side from a vantage point, read along the address space.

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::FixedState;

use crate::addr::{Address, IpPrefix, Partition};
use crate::engine::{
    DecisionId, Disposition, NextHop, RecordFact, RecordFacts, Responder, ReturnCommon, ReturnEvaluator,
    Session, SessionKind, Vantage, WayOut, has_return,
};

use crate::check::diff::facts::Facts;
use crate::check::diff::outcome::{Gist, Outcomes, Stated};
use crate::check::diff::route::{manner, way_back};
use crate::check::diff::side::{DiffSide, Point};

/// One side as seen from one vantage point. The decision, the facts from the lists and the owner of an address
/// determine the outcome of that address. Each of the three is a partition, and the view is positioned at one range in
/// each.
pub(super) struct View<'s, 'a, A> {
    side: &'s DiffSide<'a>,
    point: &'s Point,
    facts: &'s RecordFacts<A>,
    owned: &'s Partition<A, Option<Responder>>,
    evaluate: ReturnEvaluator<'a>,
    returns: &'s ReturnCommon<'a>,
    decisions: Track<'s, A, DecisionId>,
    places: Track<'s, A, u32>,
    owner: usize,
    /// The end of the current range in the lists or in the owners, whichever comes first.
    beside: Option<A>,
    /// The cached outcome of the current range.
    now: Option<Stated<'s>>,
    manners: HashMap<(usize, Disposition), u32, FixedState>,
    gists: HashMap<Ground, u32, FixedState>,
    /// Recently used gists, each at a position computed from its ground. Adjacent ranges usually alternate between a
    /// few gists.
    recent: [Option<(Ground, u32)>; RECENT],
    /// The index of the reason that represents each pair of reason and path, see [`View::kin`].
    kin: HashMap<(usize, Disposition), usize, FixedState>,
    first_of_kin: HashMap<(u32, WayOut), usize, FixedState>,
}

/// One vantage point on both sides, the base first.
pub(super) type Both<'s, 'a> = [(&'s DiffSide<'a>, &'s Point); 2];

/// The position of a view, valid for all vantage points of a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Spot {
    pub(super) id: DecisionId,
    /// The index of the fact from the lists.
    fact: u32,
    owner: Option<Responder>,
}

/// A place in a partition.
struct Track<'p, A, V> {
    partition: &'p Partition<A, V>,
    at: usize,
    /// The start of the next range.
    next: Option<A>,
}

impl<'p, A: Address, V: Copy + Eq> Track<'p, A, V> {
    /// Returns the position of an address.
    fn at(partition: &'p Partition<A, V>, address: A) -> Self {
        let at = partition.starts().partition_point(|start| *start <= address).saturating_sub(1);
        Self { partition, at, next: partition.starts().get(at + 1).copied() }
    }

    fn value(&self) -> Option<V> {
        self.partition.values().get(self.at).copied()
    }

    /// Moves to the range that starts at `first`; returns whether there is one.
    fn advance(&mut self, first: A) -> bool {
        let begins = self.next == Some(first);
        if begins {
            self.at += 1;
            self.next = self.partition.starts().get(self.at + 1).copied();
        }
        begins
    }
}

/// Returns the lower of two ends; `None` is the end of the space.
pub(super) fn nearer<A: Ord>(one: Option<A>, other: Option<A>) -> Option<A> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

const RECENT: usize = 64;

/// The values that determine a gist. Decisions share their reasons, so the address of a reason identifies it during
/// the lifetime of its engine.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Ground {
    why: usize,
    path: Disposition,
    /// The index of the fact from the lists.
    fact: u32,
    owner: Option<Responder>,
}

impl Ground {
    fn place(&self) -> usize {
        // Reasons are allocated separately, at least 16 bytes apart.
        ((self.why >> 4) ^ (self.why >> 10) ^ (self.fact as usize).wrapping_mul(5)) % RECENT
    }
}

impl<'s, 'a: 's, A: Address> View<'s, 'a, A> {
    /// Creates a view at the start of the space; `None` if `facts` belong to other lists.
    pub(super) fn new(side: &'s DiffSide<'a>, point: &'s Point, facts: &'s Facts<'s, 'a>) -> Option<Self> {
        Self::over(side, point, facts, point.engine.partition())
    }

    /// Creates a view of the part that the vantage point shares with others.
    pub(super) fn common(side: &'s DiffSide<'a>, point: &'s Point, facts: &'s Facts<'s, 'a>) -> Option<Self> {
        Self::over(side, point, facts, point.engine.common())
    }

    /// Creates a view of the given decisions of the vantage point.
    pub(super) fn over(
        side: &'s DiffSide<'a>,
        point: &'s Point,
        facts: &'s Facts<'s, 'a>,
        decisions: &'s Partition<A, DecisionId>,
    ) -> Option<Self> {
        let inputs = side.inputs();
        let returns = facts.returns(side)?;
        let facts = facts.get::<A>(inputs.catalog)?;
        let view = Self {
            side,
            point,
            facts,
            owned: side.responders(point.vantage).of_family(),
            evaluate: ReturnEvaluator::sharing(returns, point.vantage),
            returns,
            decisions: Track::at(decisions, A::MIN),
            places: Track::at(facts.places(), A::MIN),
            owner: 0,
            beside: None,
            now: None,
            manners: HashMap::default(),
            gists: HashMap::default(),
            recent: [None; RECENT],
            kin: HashMap::default(),
            first_of_kin: HashMap::default(),
        };
        Some(view.at(A::MIN))
    }

    /// Returns the same view, positioned at the range that contains `address`.
    pub(super) fn at(self, address: A) -> Self {
        let decisions = Track::at(self.decisions.partition, address);
        let places = Track::at(self.places.partition, address);
        let Track { at: owner, next, .. } = Track::at(self.owned, address);
        let beside = nearer(places.next, next);
        Self { decisions, places, owner, beside, now: None, ..self }
    }

    /// Returns ascending addresses that divide the view into `parts` stretches of equal work.
    pub(super) fn cuts(&self, parts: usize) -> Vec<A> {
        let starts = self.decisions.partition.starts();
        let cut = |part: usize| starts.get(starts.len() * part / parts).copied();
        let mut cuts: Vec<A> = (1..parts).filter_map(cut).collect();
        cuts.dedup();
        cuts.retain(|cut| *cut != A::MIN);
        cuts
    }

    /// Returns the approximate number of ranges of the view.
    pub(super) fn size(&self) -> usize {
        self.decisions.partition.len() + self.places.partition.len()
    }

    /// Returns the first address after the current range; `None` at the end of the space.
    pub(super) fn end(&self) -> Option<A> {
        nearer(self.decisions.next, self.beside)
    }

    /// Moves to the range that starts at `first`, unless the view is already in it. `first` is at or before
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

    /// Returns the outcome of the current range.
    pub(super) fn words(&mut self, outcomes: &mut Outcomes) -> Stated<'s> {
        if let Some(words) = self.now {
            return words;
        }
        let words = self.stated_at(self.spot(), outcomes);
        self.now = Some(words);
        words
    }

    /// Returns the values that determine the outcome of the current range for any vantage point of the class.
    pub(super) fn spot(&self) -> Spot {
        Spot {
            id: self.decisions.value().unwrap_or(DecisionId(0)),
            fact: self.places.value().unwrap_or_default(),
            owner: self.owned.values().get(self.owner).copied().flatten(),
        }
    }

    /// Returns the outcome at a spot.
    pub(super) fn stated_at(&mut self, spot: Spot, outcomes: &mut Outcomes) -> Stated<'s> {
        let point: &'s Point = self.point;
        let decision = point.engine.decision(spot.id);
        let path = decision.disposition;
        let why = Arc::as_ptr(&decision.why).addr();
        let gist = self.gist(Ground { why, path, fact: spot.fact, owner: spot.owner }, spot.id, outcomes);
        Stated { path, gist, prefix: &decision.prefix }
    }

    /// Does the same as [`Self::stated_at`] for a spot outside the vantage point's own virtual network, or for a spot
    /// that represents such a spot.
    pub(super) fn stated_outside(&mut self, spot: Spot, outcomes: &mut Outcomes) -> Stated<'s> {
        let owner = self.returns.stand_in_outside(self.point.vantage, spot.owner);
        self.stated_at(Spot { owner, ..spot }, outcomes)
    }

    /// Whether all vantage points of the class have the same outcome at a spot: the decision names nothing specific
    /// to a vantage point, and has no return path.
    pub(super) fn is_common(&self, spot: Spot) -> bool {
        let engine = &self.point.engine;
        let decision = engine.decision(spot.id);
        // These sessions are named by the network; the names of other sessions are specific to the site.
        let is_common = |session: &Session| {
            matches!(session.kind, SessionKind::OnPremises | SessionKind::Discard | SessionKind::Circuit(..))
        };
        let of = |next_hop: &NextHop| engine.sessions().iter().find(|session| session.id == next_hop.session);
        matches!(self.point.vantage, Vantage::Site(_))
            && engine.is_shared(spot.id)
            && !has_return(decision.disposition)
            && decision.next_hops().iter().all(|next_hop| of(next_hop).is_some_and(is_common))
    }

    /// Returns the prefix of a decision.
    pub(super) fn prefix(&self, id: DecisionId) -> Option<IpPrefix> {
        self.point.engine.decision(id).prefix
    }

    /// Returns the values at a spot that determine its outcome, except for the prefix.
    pub(super) fn ground(&self, spot: Spot) -> Ground {
        let decision = self.point.engine.decision(spot.id);
        let (why, path) = (Arc::as_ptr(&decision.why).addr(), decision.disposition);
        Ground { why, path, fact: spot.fact, owner: spot.owner }
    }

    /// Does the same as [`Self::ground`], but maps grounds with equal outcomes to one representative. Grounds with
    /// equal outcomes for one vantage point have equal outcomes for all vantage points in the class. From a subnet,
    /// these are the many paths into virtual networks with equal replies.
    pub(super) fn kin(&mut self, spot: Spot, outcomes: &mut Outcomes) -> Ground {
        let ground = self.ground(spot);
        if let Vantage::Site(_) = self.point.vantage {
            return ground;
        }
        let owner = self.returns.stand_in(self.point.vantage, ground.owner);
        if let Some(why) = self.kin.get(&(ground.why, ground.path)) {
            return Ground { why: *why, owner, ..ground };
        }
        let manner = self.manner(ground, spot.id, outcomes);
        let out = WayOut::of(self.point.engine.decision(spot.id));
        let why = *self.first_of_kin.entry((manner, out)).or_insert(ground.why);
        self.kin.insert((ground.why, ground.path), why);
        Ground { why, owner, ..ground }
    }

    /// Returns all outcomes by id, reading to the end of the space.
    pub(super) fn all(mut self, outcomes: &mut Outcomes) -> Partition<A, u32> {
        let mut ranges = vec![(A::MIN, self.number(outcomes))];
        while let Some(next) = self.end() {
            self.advance(next);
            ranges.push((next, self.number(outcomes)));
        }
        Partition::from_starts(ranges)
    }

    fn number(&mut self, outcomes: &mut Outcomes) -> u32 {
        let words = self.words(outcomes);
        outcomes.keys.intern(words.key())
    }

    fn gist(&mut self, ground: Ground, id: DecisionId, outcomes: &mut Outcomes) -> u32 {
        if let Some(Some((known, gist))) = self.recent.get(ground.place())
            && *known == ground
        {
            return *gist;
        }
        let gist = match self.gists.get(&ground) {
            Some(known) => *known,
            None => self.new_gist(ground, id, outcomes),
        };
        if let Some(recent) = self.recent.get_mut(ground.place()) {
            *recent = Some((ground, gist));
        }
        gist
    }

    fn manner(&mut self, ground: Ground, id: DecisionId, outcomes: &mut Outcomes) -> u32 {
        let (inputs, sessions) = (self.side.inputs(), self.point.engine.sessions());
        let decision = self.point.engine.decision(id);
        let manners = self.manners.entry((ground.why, ground.path));
        *manners.or_insert_with(|| outcomes.manners.intern(manner(inputs, sessions, decision)))
    }

    fn new_gist(&mut self, ground: Ground, id: DecisionId, outcomes: &mut Outcomes) -> u32 {
        let manner = self.manner(ground, id, outcomes);
        let (inputs, sessions) = (self.side.inputs(), self.point.engine.sessions());
        let decision = self.point.engine.decision(id);
        let RecordFact { support, destination } = self.facts.fact(ground.fact);
        let back = self.evaluate.evaluate(destination.at(ground.owner), decision, sessions);
        let way_back = outcomes.ways_back.intern(back.map(|back| way_back(inputs, &back)));
        let gist = outcomes.gists.intern(Gist { manner, way_back, support });
        self.gists.insert(ground, gist);
        gist
    }
}
