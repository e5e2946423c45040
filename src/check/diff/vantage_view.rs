//! What a side says from a vantage point, read along the address space.

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::FixedState;

use crate::addr::{Address, IpPrefix, Partition};
use crate::engine::{
    Carrier, DecisionId, Disposition, RecordFact, RecordFacts, Responder, ReturnCommon, ReturnJudge, Session,
    SessionKind, Vantage, WayOut, has_return,
};

use crate::check::diff::facts::Facts;
use crate::check::diff::family::InFamily;
use crate::check::diff::outcome::{Gist, Outcomes, Said};
use crate::check::diff::route::{manner, way_back};
use crate::check::diff::side::{Point, Side};

/// One side from one vantage point. The decision, what the lists add and the owner of an address settle what is said of
/// it; each of them is a partition, and the view stands at one range of each.
pub(super) struct View<'s, 'a, A> {
    side: &'s Side<'a>,
    point: &'s Point,
    facts: &'s RecordFacts<A>,
    owned: &'s Partition<A, Option<Responder>>,
    judge: ReturnJudge<'a>,
    returns: &'s ReturnCommon<'a>,
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
    /// By reason and path the reason that stands for it, see [`View::kin`].
    kin: HashMap<(usize, Disposition), usize, FixedState>,
    first_of_kin: HashMap<(u32, WayOut), usize, FixedState>,
}

/// One vantage point of both sides, the base's first.
pub(super) type Both<'s, 'a> = [(&'s Side<'a>, &'s Point); 2];

/// Where a view stands: the same for all vantage points of a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Spot {
    pub(super) id: DecisionId,
    /// The place of the fact that the lists add.
    fact: u32,
    owner: Option<Responder>,
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
pub(super) struct Ground {
    why: usize,
    path: Disposition,
    /// The place of the fact that the lists add.
    fact: u32,
    owner: Option<Responder>,
}

impl Ground {
    fn place(&self) -> usize {
        // Reasons lie in memory of their own, some 16 bytes apart at least.
        ((self.why >> 4) ^ (self.why >> 10) ^ (self.fact as usize).wrapping_mul(5)) % RECENT
    }
}

impl<'s, 'a: 's, A: InFamily> View<'s, 'a, A> {
    /// At the start of the space; `None` where `facts` are of other lists.
    pub(super) fn new(side: &'s Side<'a>, point: &'s Point, facts: &'s Facts<'s, 'a>) -> Option<Self> {
        Self::over(side, point, facts, A::decisions(&point.engine))
    }

    /// Of what the vantage point has in common with others.
    pub(super) fn common(side: &'s Side<'a>, point: &'s Point, facts: &'s Facts<'s, 'a>) -> Option<Self> {
        Self::over(side, point, facts, A::common(&point.engine))
    }

    /// Of some decisions of the vantage point.
    pub(super) fn over(
        side: &'s Side<'a>,
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
            owned: A::responders(side.responders(point.vantage)),
            judge: ReturnJudge::sharing(returns, point.vantage),
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

    /// The same view, standing at the range that holds `address`.
    pub(super) fn at(self, address: A) -> Self {
        let decisions = Track::at(self.decisions.partition, address);
        let places = Track::at(self.places.partition, address);
        let Track { at: owner, next, .. } = Track::at(self.owned, address);
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
        let said = self.said_at(self.spot(), outcomes);
        self.now = Some(said);
        said
    }

    /// What settles all that is said of the range that the view stands at, whatever the vantage point of the class.
    pub(super) fn spot(&self) -> Spot {
        Spot {
            id: self.decisions.value().unwrap_or(DecisionId(0)),
            fact: self.places.value().unwrap_or_default(),
            owner: self.owned.values().get(self.owner).copied().flatten(),
        }
    }

    /// What is said at a spot.
    pub(super) fn said_at(&mut self, spot: Spot, outcomes: &mut Outcomes) -> Said<'s> {
        let point: &'s Point = self.point;
        let decision = point.engine.decision(spot.id);
        let path = decision.disposition;
        let why = Arc::as_ptr(&decision.why).addr();
        let gist = self.gist(Ground { why, path, fact: spot.fact, owner: spot.owner }, spot.id, outcomes);
        Said { path, gist, prefix: &decision.prefix }
    }

    /// As [`Self::said_at`] of a spot that is not in the vantage point's own virtual network, or stands for one that is not.
    pub(super) fn said_outside(&mut self, spot: Spot, outcomes: &mut Outcomes) -> Said<'s> {
        let owner = self.returns.stand_in_outside(self.point.vantage, spot.owner);
        self.said_at(Spot { owner, ..spot }, outcomes)
    }

    /// Whether all vantage points of the class say the same at a spot: the decision names nothing that is a vantage
    /// point's own, and no way back is told of it.
    pub(super) fn is_common(&self, spot: Spot) -> bool {
        let engine = &self.point.engine;
        let decision = engine.decision(spot.id);
        // These have their names from the network; what others are called is the site's own.
        let is_common = |session: &Session| {
            matches!(session.kind, SessionKind::OnPremises | SessionKind::Discard | SessionKind::Circuit(..))
        };
        let of = |carrier: &Carrier| engine.sessions().iter().find(|session| session.id == carrier.session);
        matches!(self.point.vantage, Vantage::Site(_))
            && engine.is_shared(spot.id)
            && !has_return(decision.disposition)
            && decision.carriers().iter().all(|carrier| of(carrier).is_some_and(is_common))
    }

    /// The prefix of a decision.
    pub(super) fn prefix(&self, id: DecisionId) -> Option<IpPrefix> {
        self.point.engine.decision(id).prefix
    }

    /// All of a spot that what is said of it follows from, but for the prefix.
    pub(super) fn ground(&self, spot: Spot) -> Ground {
        let decision = self.point.engine.decision(spot.id);
        let (why, path) = (Arc::as_ptr(&decision.why).addr(), decision.disposition);
        Ground { why, path, fact: spot.fact, owner: spot.owner }
    }

    /// As [`Self::ground`]; what one vantage point says the same of, whatever it is, all of the class say the same of, and it
    /// has one ground. From a subnet these are the many ways into virtual networks that answer alike.
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
        let back = self.judge.judge(destination.at(ground.owner), decision, sessions);
        let way_back = outcomes.ways_back.intern(back.map(|back| way_back(inputs, &back)));
        let gist = outcomes.gists.intern(Gist { manner, way_back, support });
        self.gists.insert(ground, gist);
        gist
    }
}
