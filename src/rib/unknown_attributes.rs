//! Computes all possible results of route maps whose conditions depend on unknown attributes of a route.

use std::borrow::Cow;

use crate::addr::IpPrefix;
use crate::rib::{Action, Attributes, MapResult, RouteMap};

/// The other possible results of applying route maps to a route, if the conditions depend on unknown attributes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Unsettled {
    /// Whether the route may have been rejected.
    pub denied: bool,
    /// The other attributes that the route may have.
    pub others: Vec<Attributes>,
    /// Whether there are possible results that were not followed.
    pub more: bool,
    /// The unknown information.
    pub missing: Missing,
}

/// The unknown information about a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Missing {
    /// Its AS path.
    AsPath,
    /// Its communities.
    Communities,
    /// Its AS path and its communities.
    Both,
    /// Whether Global Reach advertises the virtual networks of the other circuit, which is not documented.
    GlobalReach,
    /// Whether a virtual hub advertises static routes of its Default table to sites, which is not documented.
    HubStatic,
    /// Whether a VPN gateway and a Route Server exchange routes, because the file does not state whether the gateway
    /// is active-active.
    ActiveActive,
    /// Whether the edge of another site prefers the route over other learned routes and therefore advertises it.
    Preference,
}

impl Missing {
    /// Returns the name, for use in sentences such as `the table gives no AS paths`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AsPath => "AS paths",
            Self::Communities => "communities",
            Self::Both => "AS paths and no communities",
            Self::Preference => "preference",
            Self::GlobalReach => "statement about Global Reach",
            Self::HubStatic => "statement about static routes of virtual hubs",
            Self::ActiveActive => "statement about the VPN gateway",
        }
    }

    /// Combines the unknown information about two routes. A preference takes precedence, because no table can provide
    /// it.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Preference, _) | (_, Self::Preference) => Self::Preference,
            (Self::GlobalReach, _) | (_, Self::GlobalReach) => Self::GlobalReach,
            (Self::HubStatic, _) | (_, Self::HubStatic) => Self::HubStatic,
            (Self::ActiveActive, _) | (_, Self::ActiveActive) => Self::ActiveActive,
            _ if self == other => self,
            _ => Self::Both,
        }
    }
}

/// A route during the evaluation of the clauses.
#[derive(Clone, PartialEq, Eq)]
struct State<'a> {
    attributes: Cow<'a, Attributes>,
    /// The lowest sequence number that can be evaluated next.
    from: u32,
    matched: Vec<usize>,
}

impl State<'_> {
    /// Returns whether both states lead to the same possible results.
    fn is_as(&self, other: &Self) -> bool {
        self.from == other.from
            && self.attributes == other.attributes
            && self.matched.is_empty() == other.matched.is_empty()
    }
}

impl RouteMap {
    /// The maximum number of outcomes that are followed.
    pub const MOST_OUTCOMES: usize = 64;

    /// Returns all possible results of the map, without duplicates, if clauses match on an unknown AS path or unknown
    /// communities; the result of [`Self::apply`] is among them. `None` if there are more than
    /// [`Self::MOST_OUTCOMES`].
    ///
    /// A clause whose conditions depend on unknown information is assumed to match or not to match independently of
    /// other clauses with the same condition, so some of the outcomes may be impossible. O(outcomes × conditions).
    pub fn outcomes<'a>(
        &self,
        prefix: IpPrefix,
        attributes: &'a Attributes,
        peer: &str,
    ) -> Option<Vec<MapResult<'a>>> {
        let mut states = vec![State { attributes: Cow::Borrowed(attributes), from: 0, matched: Vec::new() }];
        let mut ends: Vec<MapResult<'a>> = Vec::new();
        for (index, clause) in self.clauses().iter().enumerate() {
            let mut next: Vec<State<'a>> = Vec::with_capacity(states.len());
            let mut go_on = |state: State<'a>| {
                if !next.iter().any(|known| known.is_as(&state)) {
                    next.push(state);
                }
            };
            for state in states {
                let asked = clause.sequence >= state.from;
                let evaluated =
                    if asked { clause.evaluate(prefix, &state.attributes, peer) } else { Some(false) };
                if evaluated != Some(true) {
                    go_on(state.clone());
                }
                if evaluated == Some(false) {
                    continue;
                }
                let mut state = state;
                state.matched.push(index);
                if clause.action == Action::Deny {
                    end(&mut ends, MapResult::Deny { clause: Some(index), matched: state.matched });
                    continue;
                }
                for set in &clause.sets {
                    set.apply(&mut state.attributes);
                }
                match clause.action {
                    Action::Continue { at } => go_on(State { from: at.unwrap_or(0), ..state }),
                    Action::Permit | Action::Deny => end(&mut ends, state.permitted()),
                }
            }
            states = next;
            if states.len() + ends.len() > Self::MOST_OUTCOMES {
                return None;
            }
        }
        for state in states {
            let verdict = if state.matched.is_empty() {
                MapResult::Deny { clause: None, matched: state.matched }
            } else {
                state.permitted()
            };
            end(&mut ends, verdict);
        }
        Some(ends)
    }
}

impl<'a> State<'a> {
    fn permitted(self) -> MapResult<'a> {
        MapResult::Permit { attributes: self.attributes, matched: self.matched }
    }
}

/// Adds an outcome if it is new; all rejections count as one.
fn end<'a>(ends: &mut Vec<MapResult<'a>>, verdict: MapResult<'a>) {
    let same = |known: &MapResult<'a>| match (known, &verdict) {
        (MapResult::Deny { .. }, MapResult::Deny { .. }) => true,
        (MapResult::Permit { attributes: one, .. }, MapResult::Permit { attributes: other, .. }) => {
            one == other
        }
        _ => false,
    };
    if !ends.iter().any(same) {
        ends.push(verdict);
    }
}
