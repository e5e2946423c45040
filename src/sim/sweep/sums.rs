//! The effect of one state of the network on conversations, as sums.

use std::collections::{BTreeMap, HashMap};

use super::super::link::{Direction, LinkIndex};
use crate::engine::Continuity;
use crate::sim::accounting::conversation::became;
use crate::sim::accounting::fate::PathLabel;
use crate::sim::clock::timeline::Epoch;
use crate::sim::paths::conversation::{ConversationPath, Leaving, Router};
use crate::sim::paths::reply::Unanswered;
use crate::sim::sweep::conversations::Conversations;
use crate::sim::volumes::{Count, Tally};

/// The traffic of a path.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PathSum {
    /// The number of conversations.
    pub flows: u64,
    /// The traffic of these conversations and its outcome.
    pub tally: Tally,
}

impl PathSum {
    /// Returns the sum with its traffic times a factor in thousandths.
    pub(super) fn scaled(self, thousandths: u64) -> Self {
        Self { tally: self.tally.scaled(thousandths), ..self }
    }
}

/// The sums for one state of the network. Sums over parts of a capture can be merged.
#[derive(Clone, Debug, Default)]
pub(super) struct Sums {
    /// The traffic by effect on existing flows; `None` for flows whose packets or replies were lost before too.
    pub(super) fates: BTreeMap<Option<Continuity>, Count>,
    pub(super) paths: BTreeMap<PathLabel, PathSum>,
    /// Conversations for which it is unknown whether replies arrive, by reason.
    pub(super) unanswered: BTreeMap<Unanswered, Count>,
    /// The traffic in the compliance scope by path and entry.
    pub(super) scoped: BTreeMap<(PathLabel, usize), Count>,
    /// Bytes by route, as numbered by the router in use, and direction.
    pub(super) routes: BTreeMap<(u32, Direction), u64>,
    /// Bytes by link, direction and time bucket.
    pub(super) links: BTreeMap<(LinkIndex, Direction, u64), u64>,
}

/// A change from one route and decision to another.
type Turn = [(u32, Option<Leaving>); 2];

/// A state of the network, with the paths of conversations in that state.
#[derive(Clone, Copy)]
pub(super) struct StatePaths<'w, 'a> {
    pub(super) epoch: &'w Epoch<'a>,
    /// The paths, in the order of the conversations.
    pub(super) ways: &'w [ConversationPath],
}

impl Sums {
    /// Returns the sums over conversations whose paths change from `before` to `after`, with the routes in `router`.
    pub(super) fn of(
        conversations: &Conversations,
        before: StatePaths<'_, '_>,
        after: StatePaths<'_, '_>,
        router: &Router,
    ) -> Self {
        let mut sums = Self::default();
        let mut by_route: Vec<(PathSum, BTreeMap<usize, Count>)> =
            vec![Default::default(); router.routes.len()];
        let mut bytes: HashMap<(u32, Direction, u64), u64, foldhash::fast::FixedState> = HashMap::default();
        let mut known: HashMap<Turn, Option<Continuity>, foldhash::fast::FixedState> = HashMap::default();
        for (talk, (held, way)) in conversations.list.iter().zip(before.ways.iter().zip(after.ways)) {
            let mut volume = talk.sent;
            volume += talk.received;
            let pair = [held, way].map(|way| (way.route, way.leaving));
            let fate = *known
                .entry(pair)
                .or_insert_with(|| became((before.epoch, *held), (after.epoch, *way), &router.routes));
            sums.fates.entry(fate).or_default().add(volume);
            let Some((sum, scoped)) = by_route.get_mut(way.route as usize) else { continue };
            let Some(route) = router.routes.get(way.route as usize) else { continue };
            sum.flows += 1;
            sum.tally.offered += volume;
            sum.tally.sent += talk.sent;
            sum.tally.end(route.out.1, talk.sent);
            sum.tally.end(route.answers.1, talk.received);
            if let Some(entry) = talk.scoped {
                scoped.entry(entry).or_default().add(volume);
            }
            for burst in conversations.series.get(talk.series.clone()).unwrap_or_default() {
                *bytes.entry((way.route, burst.direction, burst.bucket)).or_default() += burst.ip_bytes;
            }
        }
        sums.load_links(bytes, router);
        for ((index, route), (sum, scoped)) in (0..).zip(&router.routes).zip(by_route) {
            if sum.flows == 0 {
                continue;
            }
            let path = PathLabel::from(route);
            let received = sum.tally.offered.ip_bytes - sum.tally.sent.ip_bytes;
            for (direction, bytes) in [(Direction::Out, sum.tally.sent.ip_bytes), (Direction::In, received)] {
                *sums.routes.entry((index, direction)).or_default() += bytes;
            }
            if let Some(why) = &route.unanswered {
                let count = Count { flows: sum.flows, volume: sum.tally.offered };
                sums.unanswered.entry(why.clone()).or_default().merge(count);
            }
            for (entry, count) in scoped {
                sums.scoped.entry((path.clone(), entry)).or_default().merge(count);
            }
            let known = sums.paths.entry(path).or_default();
            known.flows += sum.flows;
            known.tally += sum.tally;
        }
        sums
    }

    /// Adds bytes by route, direction and bucket to the links of each route.
    fn load_links(&mut self, bytes: impl IntoIterator<Item = ((u32, Direction, u64), u64)>, router: &Router) {
        for ((route, direction, bucket), bytes) in bytes {
            let Some(route) = router.routes.get(route as usize) else { continue };
            let hops = if direction == Direction::Out { &route.out.0 } else { &route.answers.0 };
            for hop in hops {
                *self.links.entry((hop.link, hop.direction, bucket)).or_default() += bytes;
            }
        }
    }

    /// Adds the sums over another part of the capture.
    pub(super) fn merge(&mut self, other: Self) {
        for (fate, count) in other.fates {
            self.fates.entry(fate).or_default().merge(count);
        }
        for (path, sum) in other.paths {
            let known = self.paths.entry(path).or_default();
            known.flows += sum.flows;
            known.tally += sum.tally;
        }
        for (why, count) in other.unanswered {
            self.unanswered.entry(why).or_default().merge(count);
        }
        for (key, count) in other.scoped {
            self.scoped.entry(key).or_default().merge(count);
        }
        for (route, bytes) in other.routes {
            *self.routes.entry(route).or_default() += bytes;
        }
        for (key, bytes) in other.links {
            *self.links.entry(key).or_default() += bytes;
        }
    }

    /// Widens the time buckets by a factor.
    pub(super) fn widen(&mut self, factor: u64) {
        for ((link, direction, bucket), bytes) in std::mem::take(&mut self.links) {
            *self.links.entry((link, direction, bucket / factor)).or_default() += bytes;
        }
    }
}
