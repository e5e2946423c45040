//! What a side says from a vantage point, read along the address space.

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use crate::addr::Partition;
use crate::engine::{DecisionId, Disposition, ReturnJudge};
use crate::fib::NodeId;
use crate::network::SiteId;

use super::facts::{Fact, Facts, owners};
use super::family::InFamily;
use super::outcome::{Gist, Key, Outcomes};
use super::route::{manner, way_back};
use super::side::{Point, Side};

/// One side from one vantage point. The decision, the list record and the owner of an address settle what is said of
/// it; each of them is a partition, and the view stands at one range of each.
pub(super) struct View<'s, 'a, A> {
    side: &'s Side<'a>,
    point: &'s Point,
    facts: Rc<Facts<'s>>,
    decisions: &'s Partition<A, DecisionId>,
    records: &'s Partition<A, Option<NodeId>>,
    owned: Partition<A, Option<SiteId>>,
    judge: ReturnJudge<'a>,
    decision: usize,
    record: usize,
    owner: usize,
    manners: HashMap<(usize, Disposition), u32, foldhash::fast::FixedState>,
    gists: HashMap<Ground, u32, foldhash::fast::FixedState>,
    last: Option<(Ground, u32)>,
}

/// What a gist follows from. Decisions share their reasons, so the address of a reason stands for it while its engine
/// lives.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Ground {
    why: usize,
    path: Disposition,
    fact: Fact,
}

impl<'s, 'a: 's, A: InFamily> View<'s, 'a, A> {
    pub(super) fn new(side: &'s Side<'a>, point: &'s Point, facts: Rc<Facts<'s>>) -> Self {
        let inputs = side.inputs();
        Self {
            side,
            point,
            facts,
            decisions: A::decisions(&point.engine),
            records: A::cover(inputs.catalog).partition(),
            owned: owners::<A>(inputs.network, point.vantage),
            judge: ReturnJudge::new(inputs, point.vantage),
            decision: 0,
            record: 0,
            owner: 0,
            manners: HashMap::default(),
            gists: HashMap::default(),
            last: None,
        }
    }

    /// The first address behind the range that the view stands at; `None` at the end of the space.
    pub(super) fn end(&self) -> Option<A> {
        let decision = self.decisions.starts().get(self.decision + 1);
        let record = self.records.starts().get(self.record + 1);
        let owner = self.owned.starts().get(self.owner + 1);
        [decision, record, owner].into_iter().flatten().min().copied()
    }

    /// Goes on to the range that begins at `first`, where the view is not in it yet. `first` is at or before
    /// [`Self::end`].
    pub(super) fn advance(&mut self, first: A) {
        let begins = |starts: &[A], at: usize| usize::from(starts.get(at + 1) == Some(&first));
        self.decision += begins(self.decisions.starts(), self.decision);
        self.record += begins(self.records.starts(), self.record);
        self.owner += begins(self.owned.starts(), self.owner);
    }

    /// What is said of the range that the view stands at.
    pub(super) fn said(&mut self, outcomes: &mut Outcomes) -> Key {
        let id = self.decisions.values().get(self.decision).copied().unwrap_or(DecisionId(0));
        let node = self.records.values().get(self.record).copied().flatten();
        let owner = self.owned.values().get(self.owner).copied().flatten();
        let decision = self.point.engine.decision(id);
        let fact = self.facts.at(node.map(A::record), A::MIN.into());
        let fact = Fact { destination: fact.destination.owned_by(owner), ..fact };
        let path = decision.disposition;
        let ground = Ground { why: Arc::as_ptr(&decision.why).addr(), path, fact };
        let gist = match self.last {
            Some((last, gist)) if last == ground => gist,
            _ => self.gist(ground, id, outcomes),
        };
        self.last = Some((ground, gist));
        Key { path, gist, prefix: decision.prefix }
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
        let key = self.said(outcomes);
        outcomes.keys.intern(key)
    }

    fn gist(&mut self, ground: Ground, id: DecisionId, outcomes: &mut Outcomes) -> u32 {
        if let Some(known) = self.gists.get(&ground) {
            return *known;
        }
        let (inputs, sessions) = (self.side.inputs(), self.point.engine.sessions());
        let decision = self.point.engine.decision(id);
        let manner = *self
            .manners
            .entry((ground.why, ground.path))
            .or_insert_with(|| outcomes.manners.intern(manner(inputs, sessions, decision)));
        let back = self.judge.judge(ground.fact.destination, decision, sessions);
        let way_back = outcomes.ways_back.intern(back.map(|back| way_back(inputs, &back)));
        let gist = outcomes.gists.intern(Gist { manner, way_back, support: ground.fact.support });
        self.gists.insert(ground, gist);
        gist
    }
}
