//! Route maps: ordered clauses that match a route, change it, and permit or deny it.
//!
//! A clause matches when all its conditions hold; without conditions it matches everything. The first
//! matching clause decides; one that continues changes the route and hands it on. A route that no
//! clause matched is denied, as on every router.

use std::borrow::Cow;
use std::net::IpAddr;

use super::{AsPathPattern, Attributes, Communities, CommunityPattern, Origin, PrefixList};
use crate::addr::IpPrefix;

/// What a matching clause does with the route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Takes the changed route; no further clause is asked.
    Permit,
    /// Refuses the route; no further clause is asked.
    Deny,
    /// Takes the changed route for now and goes on with the next clause, or with the first whose
    /// sequence number is at least `at`. Where no later clause matches, the route is permitted.
    Continue {
        /// The sequence number to go on with, above the clause's own; `None` means the next clause.
        at: Option<u32>,
    },
}

/// A condition on a route.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Match {
    /// Any of these patterns fits a community of the route.
    AnyCommunity(Vec<CommunityPattern>),
    /// Each of these patterns fits a community of the route.
    AllCommunities(Vec<CommunityPattern>),
    /// The list permits the prefix.
    Prefix(PrefixList),
    /// Any of these patterns fits the AS path.
    AsPath(Vec<AsPathPattern>),
    /// The next hop lies in any of these prefixes; a route without next hop does not match.
    NextHop(Vec<IpPrefix>),
    /// The peer has any of these names, letter by letter.
    Peer(Vec<String>),
    /// The origin is this.
    Origin(Origin),
}

/// A change to a route.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Set {
    /// Sets the local preference.
    LocalPreference(u32),
    /// Sets the weight.
    Weight(u32),
    /// Sets the MED; `None` removes it.
    Med(Option<u32>),
    /// Puts an AS number before the path, this many times.
    Prepend {
        /// The AS number.
        asn: u32,
        /// How often; 0 changes nothing.
        times: u8,
    },
    /// Adds communities.
    AddCommunities(Communities),
    /// Removes the communities that any of these patterns fits.
    RemoveCommunities(Vec<CommunityPattern>),
    /// Puts these communities in place of all that the route has, large ones included.
    SetCommunities(Communities),
    /// Sets the next hop.
    NextHop(IpAddr),
    /// Sets the origin.
    Origin(Origin),
}

/// One clause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clause {
    /// Its sequence number; ascending through the map.
    pub sequence: u32,
    /// What must hold, all of it; empty matches every route.
    pub matches: Vec<Match>,
    /// The changes, in order; a clause that denies makes none.
    pub sets: Vec<Set>,
    /// What happens to the route.
    pub action: Action,
}

/// Ordered clauses; without any, every route is denied.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RouteMap {
    clauses: Vec<Clause>,
}

/// Why clauses make no route map.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RouteMapError {
    /// Sequence numbers do not ascend.
    #[error("clause {sequence} stands behind clause {previous}; sequence numbers must ascend")]
    Order {
        /// The index of the clause, from 0.
        clause: usize,
        /// Its sequence number.
        sequence: u32,
        /// That of the clause before it.
        previous: u32,
    },
    /// A clause goes on with itself or with an earlier one.
    #[error("clause {sequence} continues at {at}, which is not behind it; a route map runs forwards only")]
    Backwards {
        /// The index of the clause, from 0.
        clause: usize,
        /// Its sequence number.
        sequence: u32,
        /// Where it wants to go on.
        at: u32,
    },
    /// A clause goes on with one that does not exist.
    #[error("clause {sequence} continues at {at}, but there is no clause {at}")]
    NoSuchClause {
        /// The index of the clause, from 0.
        clause: usize,
        /// Its sequence number.
        sequence: u32,
        /// Where it wants to go on.
        at: u32,
    },
}

/// What a route map says about a route, with the indexes (from 0) of the clauses that said it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict<'a> {
    /// The route is taken.
    Permit {
        /// Its attributes after all changes; borrowed where nothing changed.
        attributes: Cow<'a, Attributes>,
        /// The clauses that matched, in order, never empty; the last decided.
        matched: Vec<usize>,
    },
    /// The route is refused.
    Deny {
        /// The clause that denied; `None` where no clause matched.
        clause: Option<usize>,
        /// The clauses that matched, in order, `clause` included.
        matched: Vec<usize>,
    },
}

impl Verdict<'_> {
    /// Whether the route is taken.
    pub fn is_permit(&self) -> bool {
        matches!(self, Self::Permit { .. })
    }

    /// The clause that decided, from 0; `None` where no clause matched and the route is denied.
    pub fn clause(&self) -> Option<usize> {
        match self {
            Self::Permit { matched, .. } => matched.last().copied(),
            Self::Deny { clause, .. } => *clause,
        }
    }

    /// All clauses that matched, in order.
    pub fn matched(&self) -> &[usize] {
        match self {
            Self::Permit { matched, .. } | Self::Deny { matched, .. } => matched,
        }
    }
}

impl RouteMap {
    /// A route map of these clauses.
    ///
    /// # Errors
    ///
    /// [`RouteMapError`] unless sequence numbers ascend and every clause that continues at a number
    /// names a later clause.
    pub fn new(clauses: Vec<Clause>) -> Result<Self, RouteMapError> {
        for (clause, (previous, current)) in clauses.iter().zip(clauses.iter().skip(1)).enumerate() {
            if previous.sequence >= current.sequence {
                let (sequence, previous) = (current.sequence, previous.sequence);
                return Err(RouteMapError::Order { clause: clause + 1, sequence, previous });
            }
        }
        for (clause, Clause { sequence, action, .. }) in clauses.iter().enumerate() {
            let (sequence, Action::Continue { at: Some(at) }) = (*sequence, *action) else { continue };
            if at <= sequence {
                return Err(RouteMapError::Backwards { clause, sequence, at });
            }
            if !clauses.iter().any(|other| other.sequence == at) {
                return Err(RouteMapError::NoSuchClause { clause, sequence, at });
            }
        }
        Ok(Self { clauses })
    }

    /// The map that takes every route as it is.
    pub fn permit_all() -> Self {
        let clause = Clause { sequence: 10, matches: Vec::new(), sets: Vec::new(), action: Action::Permit };
        Self { clauses: vec![clause] }
    }

    /// The clauses, in order.
    pub fn clauses(&self) -> &[Clause] {
        &self.clauses
    }

    /// What the map says about a route from the peer of this name; what is not known of the route matches nothing, and
    /// [`Self::outcomes`] tells what else there may be. Depends on nothing but its
    /// arguments; O(conditions), prefix lists counted by their entries.
    pub fn apply<'a>(&self, prefix: IpPrefix, attributes: &'a Attributes, peer: &str) -> Verdict<'a> {
        let mut attributes = Cow::Borrowed(attributes);
        let mut matched = Vec::new();
        let mut from = 0;
        for (index, clause) in self.clauses.iter().enumerate() {
            if clause.sequence < from || !clause.matches(prefix, &attributes, peer) {
                continue;
            }
            matched.push(index);
            if clause.action == Action::Deny {
                return Verdict::Deny { clause: Some(index), matched };
            }
            for set in &clause.sets {
                set.apply(&mut attributes);
            }
            match clause.action {
                Action::Continue { at } => from = at.unwrap_or(0),
                Action::Permit | Action::Deny => break,
            }
        }
        if matched.is_empty() {
            Verdict::Deny { clause: None, matched }
        } else {
            Verdict::Permit { attributes, matched }
        }
    }
}

impl Clause {
    /// Whether all conditions hold.
    pub fn matches(&self, prefix: IpPrefix, attributes: &Attributes, peer: &str) -> bool {
        self.matches.iter().all(|condition| condition.holds(prefix, attributes, peer))
    }

    /// As [`Self::matches`]; `None` where what is not known of the route decides.
    pub fn judge(&self, prefix: IpPrefix, attributes: &Attributes, peer: &str) -> Option<bool> {
        let judged = self.matches.iter().map(|condition| condition.judge(prefix, attributes, peer));
        let (mut all, mut unknown) = (true, false);
        for judged in judged {
            all &= judged != Some(false);
            unknown |= judged.is_none();
        }
        (!all || !unknown).then_some(all)
    }
}

impl Match {
    /// As [`Self::holds`]; `None` where what is not known of the route decides.
    pub fn judge(&self, prefix: IpPrefix, attributes: &Attributes, peer: &str) -> Option<bool> {
        let decides = match self {
            Self::AnyCommunity(all) | Self::AllCommunities(all) => {
                !all.is_empty() && !attributes.communities.is_known()
            }
            Self::AsPath(all) => !all.is_empty() && !attributes.as_path.is_known(),
            Self::Prefix(_) | Self::NextHop(_) | Self::Peer(_) | Self::Origin(_) => false,
        };
        let holds = self.holds(prefix, attributes, peer);
        (holds || !decides).then_some(holds)
    }

    /// Whether the condition holds, as far as is known.
    pub fn holds(&self, prefix: IpPrefix, attributes: &Attributes, peer: &str) -> bool {
        let communities = &attributes.communities;
        match self {
            Self::AnyCommunity(patterns) => patterns.iter().any(|one| one.matches_any(communities)),
            Self::AllCommunities(patterns) => patterns.iter().all(|one| one.matches_any(communities)),
            Self::Prefix(list) => list.permits(prefix),
            Self::AsPath(patterns) => patterns.iter().any(|one| one.matches(&attributes.as_path)),
            Self::NextHop(prefixes) => attributes
                .next_hop
                .is_some_and(|next_hop| prefixes.iter().any(|prefix| prefix.contains(next_hop))),
            Self::Peer(names) => names.iter().any(|name| name == peer),
            Self::Origin(origin) => attributes.origin == *origin,
        }
    }
}

impl Set {
    /// Makes the change; copies borrowed attributes first.
    pub(super) fn apply(&self, attributes: &mut Cow<'_, Attributes>) {
        let attributes = attributes.to_mut();
        match self {
            Self::LocalPreference(value) => attributes.local_preference = *value,
            Self::Weight(value) => attributes.weight = *value,
            Self::Med(value) => attributes.med = *value,
            Self::Prepend { asn, times } => attributes.as_path = attributes.as_path.prepended(*asn, *times),
            Self::AddCommunities(added) => attributes.communities.add(added),
            Self::RemoveCommunities(patterns) => attributes.communities.retain(
                |community| !patterns.iter().any(|pattern| pattern.matches(community)),
                |community| !patterns.iter().any(|pattern| pattern.matches_large(community)),
            ),
            Self::SetCommunities(communities) => attributes.communities.clone_from(communities),
            Self::NextHop(address) => attributes.next_hop = Some(*address),
            Self::Origin(origin) => attributes.origin = *origin,
        }
    }
}
