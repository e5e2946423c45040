//! Route maps: ordered clauses that match, modify, and permit or deny a route.
//!
//! A clause matches if all its conditions match; a clause without conditions matches every route. The first matching
//! clause decides, unless its action is to apply its changes and to continue with a later clause. A route that
//! matches no clause is denied, as on every router.

use std::borrow::Cow;
use std::net::IpAddr;

use super::{AsPathPattern, Attributes, Communities, CommunityPattern, Origin, PrefixList};
use crate::addr::IpPrefix;

/// The action of a matching clause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Accepts the modified route; no further clause is evaluated.
    Permit,
    /// Rejects the route; no further clause is evaluated.
    Deny,
    /// Applies the changes and continues with the next clause, or with the first clause whose sequence number is at
    /// least `at`. If no later clause matches, the route is permitted.
    Continue {
        /// The sequence number to continue at, greater than the clause's own; `None` means the next clause.
        at: Option<u32>,
    },
}

/// A condition on a route.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Match {
    /// Any of these patterns matches a community of the route.
    AnyCommunity(Vec<CommunityPattern>),
    /// Each of these patterns matches a community of the route.
    AllCommunities(Vec<CommunityPattern>),
    /// The list permits the prefix.
    Prefix(PrefixList),
    /// Any of these patterns matches the AS path.
    AsPath(Vec<AsPathPattern>),
    /// The next hop is in any of these prefixes; a route without a next hop does not match.
    NextHop(Vec<IpPrefix>),
    /// The peer's name is exactly one of these names.
    Peer(Vec<String>),
    /// The route has this origin.
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
    /// Prepends an ASN to the AS path.
    Prepend {
        /// The ASN.
        asn: u32,
        /// The number of repetitions; 0 changes nothing.
        times: u8,
    },
    /// Adds communities.
    AddCommunities(Communities),
    /// Removes the communities that match any of these patterns.
    RemoveCommunities(Vec<CommunityPattern>),
    /// Replaces all communities of the route, including large communities, with these.
    SetCommunities(Communities),
    /// Sets the next hop.
    NextHop(IpAddr),
    /// Sets the origin.
    Origin(Origin),
}

/// One clause of a route map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clause {
    /// The clause's sequence number. The sequence numbers in a map must ascend.
    pub sequence: u32,
    /// The conditions. A route matches if all conditions match; an empty list matches every route.
    pub matches: Vec<Match>,
    /// The changes, in order; ignored in a clause that denies.
    pub sets: Vec<Set>,
    /// The action for a matching route.
    pub action: Action,
}

/// A route map: ordered clauses. A map without clauses denies every route.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RouteMap {
    clauses: Vec<Clause>,
}

/// The reason why clauses do not form a route map.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RouteMapError {
    /// Sequence numbers do not ascend.
    #[error("clause {sequence} follows clause {previous}; sequence numbers must ascend")]
    Order {
        /// The index of the clause, from 0.
        clause: usize,
        /// Its sequence number.
        sequence: u32,
        /// The sequence number of the preceding clause.
        previous: u32,
    },
    /// A clause continues at itself or at an earlier clause.
    #[error("clause {sequence} continues at {at}, but a clause can continue only at a later clause")]
    Backwards {
        /// The index of the clause, from 0.
        clause: usize,
        /// Its sequence number.
        sequence: u32,
        /// The sequence number to continue at.
        at: u32,
    },
    /// A clause continues at a clause that does not exist.
    #[error("clause {sequence} continues at {at}, but there is no clause {at}")]
    NoSuchClause {
        /// The index of the clause, from 0.
        clause: usize,
        /// Its sequence number.
        sequence: u32,
        /// The sequence number to continue at.
        at: u32,
    },
}

/// The result of applying a route map to a route, with the indexes (from 0) of the clauses that matched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MapResult<'a> {
    /// The route is accepted.
    Permit {
        /// The route's attributes after all changes; borrowed if nothing changed.
        attributes: Cow<'a, Attributes>,
        /// The clauses that matched, in order, never empty; the last one decided.
        matched: Vec<usize>,
    },
    /// The route is rejected.
    Deny {
        /// The clause that denied; `None` if no clause matched.
        clause: Option<usize>,
        /// The clauses that matched, in order, including `clause`.
        matched: Vec<usize>,
    },
}

impl MapResult<'_> {
    /// Returns whether the route is accepted.
    pub fn is_permit(&self) -> bool {
        matches!(self, Self::Permit { .. })
    }

    /// Returns the index (from 0) of the clause that decided; `None` if no clause matched and the route is denied.
    pub fn clause(&self) -> Option<usize> {
        match self {
            Self::Permit { matched, .. } => matched.last().copied(),
            Self::Deny { clause, .. } => *clause,
        }
    }

    /// Returns all clauses that matched, in order.
    pub fn matched(&self) -> &[usize] {
        match self {
            Self::Permit { matched, .. } | Self::Deny { matched, .. } => matched,
        }
    }
}

impl RouteMap {
    /// Builds a route map from these clauses.
    ///
    /// # Errors
    ///
    /// Returns [`RouteMapError`] unless sequence numbers ascend and every sequence number at which a clause continues
    /// belongs to a later clause.
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

    /// Returns a map that accepts every route unchanged.
    pub fn permit_all() -> Self {
        let clause = Clause { sequence: 10, matches: Vec::new(), sets: Vec::new(), action: Action::Permit };
        Self { clauses: vec![clause] }
    }

    /// Returns the clauses, in order.
    pub fn clauses(&self) -> &[Clause] {
        &self.clauses
    }

    /// Applies the map to a route from the named peer. Unknown attributes match nothing; [`Self::outcomes`] returns
    /// the other possible results. The result depends only on the arguments. O(conditions), where each entry of a
    /// prefix list counts as a condition.
    pub fn apply<'a>(&self, prefix: IpPrefix, attributes: &'a Attributes, peer: &str) -> MapResult<'a> {
        let mut attributes = Cow::Borrowed(attributes);
        let mut matched = Vec::new();
        let mut from = 0;
        for (index, clause) in self.clauses.iter().enumerate() {
            if clause.sequence < from || !clause.matches(prefix, &attributes, peer) {
                continue;
            }
            matched.push(index);
            if clause.action == Action::Deny {
                return MapResult::Deny { clause: Some(index), matched };
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
            MapResult::Deny { clause: None, matched }
        } else {
            MapResult::Permit { attributes, matched }
        }
    }
}

impl Clause {
    /// Returns whether all conditions match.
    pub fn matches(&self, prefix: IpPrefix, attributes: &Attributes, peer: &str) -> bool {
        self.matches.iter().all(|condition| condition.holds(prefix, attributes, peer))
    }

    /// Like [`Self::matches`], but returns `None` if the result depends on unknown attributes.
    pub fn evaluate(&self, prefix: IpPrefix, attributes: &Attributes, peer: &str) -> Option<bool> {
        let evaluated = self.matches.iter().map(|condition| condition.evaluate(prefix, attributes, peer));
        let (mut all, mut unknown) = (true, false);
        for evaluated in evaluated {
            all &= evaluated != Some(false);
            unknown |= evaluated.is_none();
        }
        (!all || !unknown).then_some(all)
    }
}

impl Match {
    /// Like [`Self::holds`], but returns `None` if the result depends on unknown attributes.
    pub fn evaluate(&self, prefix: IpPrefix, attributes: &Attributes, peer: &str) -> Option<bool> {
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

    /// Returns whether the condition matches the known attributes.
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
    /// Applies the change; copies borrowed attributes first.
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
