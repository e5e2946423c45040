//! Route maps that ask for what is not known of a route: everything that they may make of it.

use std::borrow::Cow;

use crate::addr::IpPrefix;
use crate::rib::{Action, Attributes, RouteMap, Verdict};

/// What else route maps may have made of a route, where they ask for what is not known of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Unsettled {
    /// Whether it may have been refused.
    pub denied: bool,
    /// The other attributes that it may have.
    pub others: Vec<Attributes>,
    /// Whether there is more than could be followed.
    pub more: bool,
    /// What is not known.
    pub missing: Missing,
}

/// What is not known of a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Missing {
    /// Its AS path.
    AsPath,
    /// Its communities.
    Communities,
    /// Both.
    Both,
    /// Whether Global Reach passes on the virtual networks of the other circuit: no document says it.
    GlobalReach,
    /// Whether a virtual hub announces static routes of its Default table to sites: no document says it.
    HubStatic,
    /// Whether a VPN gateway and a Route Server exchange routes: the file does not say whether it is active-active.
    ActiveActive,
    /// Whether the edge of another site prefers it to others that it learned, and so tells it.
    Preference,
}

impl Missing {
    /// As in `the table gives no AS paths`.
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

    /// What is missing of either; a preference, which no table can give, counts first.
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

/// A route on its way through the clauses.
#[derive(Clone, PartialEq, Eq)]
struct State<'a> {
    attributes: Cow<'a, Attributes>,
    /// The sequence number of the next clause that is asked.
    from: u32,
    matched: Vec<usize>,
}

impl State<'_> {
    /// Whether both have the same future.
    fn is_as(&self, other: &Self) -> bool {
        self.from == other.from
            && self.attributes == other.attributes
            && self.matched.is_empty() == other.matched.is_empty()
    }
}

impl RouteMap {
    /// How many outcomes are followed.
    pub const MOST_OUTCOMES: usize = 64;

    /// All that the map may say about a route, each once, where clauses ask for an AS path or communities that are not
    /// known; what [`Self::apply`] says is among them. `None` where there are more than [`Self::MOST_OUTCOMES`].
    ///
    /// A clause that asks for what is not known may match or not, whatever others that ask for the same did: some of the
    /// outcomes may be none of any route. O(outcomes × conditions).
    pub fn outcomes<'a>(
        &self,
        prefix: IpPrefix,
        attributes: &'a Attributes,
        peer: &str,
    ) -> Option<Vec<Verdict<'a>>> {
        let mut states = vec![State { attributes: Cow::Borrowed(attributes), from: 0, matched: Vec::new() }];
        let mut ends: Vec<Verdict<'a>> = Vec::new();
        for (index, clause) in self.clauses().iter().enumerate() {
            let mut next: Vec<State<'a>> = Vec::with_capacity(states.len());
            let mut go_on = |state: State<'a>| {
                if !next.iter().any(|known| known.is_as(&state)) {
                    next.push(state);
                }
            };
            for state in states {
                let asked = clause.sequence >= state.from;
                let judged = if asked { clause.judge(prefix, &state.attributes, peer) } else { Some(false) };
                if judged != Some(true) {
                    go_on(state.clone());
                }
                if judged == Some(false) {
                    continue;
                }
                let mut state = state;
                state.matched.push(index);
                if clause.action == Action::Deny {
                    end(&mut ends, Verdict::Deny { clause: Some(index), matched: state.matched });
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
                Verdict::Deny { clause: None, matched: state.matched }
            } else {
                state.permitted()
            };
            end(&mut ends, verdict);
        }
        Some(ends)
    }
}

impl<'a> State<'a> {
    fn permitted(self) -> Verdict<'a> {
        Verdict::Permit { attributes: self.attributes, matched: self.matched }
    }
}

/// Adds an outcome that is not there yet; all refusals are one.
fn end<'a>(ends: &mut Vec<Verdict<'a>>, verdict: Verdict<'a>) {
    let same = |known: &Verdict<'a>| match (known, &verdict) {
        (Verdict::Deny { .. }, Verdict::Deny { .. }) => true,
        (Verdict::Permit { attributes: one, .. }, Verdict::Permit { attributes: other, .. }) => one == other,
        _ => false,
    };
    if !ends.iter().any(same) {
        ends.push(verdict);
    }
}
