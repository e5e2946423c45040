//! The decision process: selects one of several routes to a prefix (RFC 4271 section 9.1).
//!
//! The process is an ordered list of steps. Each step is one function that removes candidates, until one candidate is
//! left. The list is data, so the order of another vendor is just another list. The age of a route ("oldest path") is
//! not a step because it is unknown here. If the age would decide ([`DecisionProcess::compare_router_id`]), callers
//! must not rely on the tie-breaks of a [`Selection`].

use std::cmp::Reverse;
use std::fmt;

use super::{Attributes, Learned, NeighborAs};

/// A step of the decision process, or the reason why none was needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum DecisionStep {
    /// Highest weight. Vendor-specific (Cisco, Arista, FRR), before all steps of RFC 4271.
    Weight,
    /// Highest local preference (RFC 4271 section 9.1.1, applied in 9.1.2).
    LocalPreference,
    /// The router's own routes before learned routes. Vendor-specific; RFC 4271 leaves this preference to local
    /// policy (section 9.1.1).
    LocallyOriginated,
    /// Shortest AS path (RFC 4271 section 9.1.2.2 a); unknown paths are not compared.
    AsPathLength,
    /// Lowest origin (RFC 4271 section 9.1.2.2 b).
    Origin,
    /// Lowest MED among routes from the same neighbouring autonomous system (RFC 4271 section 9.1.2.2 c).
    Med,
    /// External routes before internal routes (RFC 4271 section 9.1.2.2 d). The router's own routes count as external.
    EbgpOverIbgp,
    /// Lowest cost to the next hop (RFC 4271 section 9.1.2.2 e).
    IgpMetric,
    /// Lowest router identifier or originator (RFC 4271 section 9.1.2.2 f, RFC 4456 section 9).
    RouterId,
    /// Shortest cluster list (RFC 4456 section 9).
    ClusterListLength,
    /// Lowest peer address (RFC 4271 section 9.1.2.2 g).
    PeerAddress,
    /// No step separated the remaining candidates, so the first in the caller's order is selected. A session never
    /// has two routes to one prefix (RFC 4271 section 9.1.4), so this can occur only if steps are omitted from the
    /// list or if peers are equal.
    CandidateOrder,
    /// There was only one candidate.
    Only,
}

impl DecisionStep {
    /// Returns the name, such as `local preference`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Weight => "weight",
            Self::LocalPreference => "local preference",
            Self::LocallyOriginated => "locally originated",
            Self::AsPathLength => "AS path length",
            Self::Origin => "origin",
            Self::Med => "MED",
            Self::EbgpOverIbgp => "eBGP over iBGP",
            Self::IgpMetric => "IGP metric",
            Self::RouterId => "router id",
            Self::ClusterListLength => "cluster list length",
            Self::PeerAddress => "peer address",
            Self::CandidateOrder => "order of candidates",
            Self::Only => "only candidate",
        }
    }

    /// Returns the source of the rule.
    pub const fn reference(self) -> &'static str {
        match self {
            Self::Weight => "vendor practice, before RFC 4271 section 9.1.1",
            Self::LocalPreference => "RFC 4271 section 9.1.2",
            Self::LocallyOriginated => "vendor practice, RFC 4271 section 9.1.1",
            Self::AsPathLength => "RFC 4271 section 9.1.2.2 a",
            Self::Origin => "RFC 4271 section 9.1.2.2 b",
            Self::Med => "RFC 4271 section 9.1.2.2 c",
            Self::EbgpOverIbgp => "RFC 4271 section 9.1.2.2 d",
            Self::IgpMetric => "RFC 4271 section 9.1.2.2 e",
            Self::RouterId => "RFC 4271 section 9.1.2.2 f, RFC 4456 section 9",
            Self::ClusterListLength => "RFC 4456 section 9",
            Self::PeerAddress => "RFC 4271 section 9.1.2.2 g",
            Self::CandidateOrder | Self::Only => "no rule needed",
        }
    }

    /// Returns whether the step only breaks a tie between equally good routes; multipath selection ends at the first
    /// of these steps.
    pub const fn is_tie_break(self) -> bool {
        matches!(
            self,
            Self::RouterId | Self::ClusterListLength | Self::PeerAddress | Self::CandidateOrder | Self::Only
        )
    }
}

impl fmt::Display for DecisionStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Whether traffic is distributed among equally good routes.
///
/// Routes are equally good if only a tie-break (see [`DecisionStep::is_tie_break`]) separates them from the best.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Multipath {
    /// Only the best route is used.
    #[default]
    Off,
    /// Up to `paths` routes with identical AS paths are used, the default of routers.
    SameAsPath {
        /// The maximum number of routes in use, including the best; 0 and 1 are equivalent to [`Multipath::Off`].
        paths: usize,
    },
    /// Up to `paths` routes are used whose AS paths have equal length but need not be identical ("multipath relax").
    SameAsPathLength {
        /// The maximum number of routes in use, including the best; 0 and 1 are equivalent to [`Multipath::Off`].
        paths: usize,
    },
}

/// The decision process of one router: its steps and their options.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecisionProcess {
    /// The steps, in order; [`DecisionStep::CandidateOrder`] and [`DecisionStep::Only`] have no effect here.
    pub steps: Vec<DecisionStep>,
    /// Whether traffic is distributed among equally good routes.
    pub multipath: Multipath,
    /// Whether MEDs from different neighbouring autonomous systems are compared ("always-compare-med"). Off in RFC
    /// 4271, because MEDs from two autonomous systems are not comparable.
    pub med_always: bool,
    /// Whether a missing MED counts as the worst value instead of 0 (RFC 4271 section 9.1.2.2 c uses 0).
    pub med_missing_as_worst: bool,
    /// Whether tie-breaks separate equal external routes ("compare-routerid"). By default, routers do not apply them
    /// and keep the older route to prevent route flaps (RFC 5004). The age of a route is unknown here.
    /// [`Self::select`] applies the tie-breaks in both cases.
    pub compare_router_id: bool,
}

/// The result of the decision process, and the reasons why the other candidates lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection {
    /// The index of the best candidate.
    pub best: usize,
    /// The candidates among which the traffic is distributed: the best candidate first, then the others in the order
    /// of the tie-breaks. Contains only the best candidate if multipath is off or no other route is equally good.
    pub multipath: Vec<usize>,
    /// The step that removed the last other candidate.
    pub step: DecisionStep,
    /// Every other candidate with the step at which it lost, in the order of the candidates. Candidates in
    /// `multipath` lost at a tie-break but are still used.
    pub eliminated: Vec<(usize, DecisionStep)>,
    /// The candidates that lost to the best candidate at a step after [`DecisionStep::AsPathLength`], although the AS
    /// path length might have decided differently: one of the two lengths is unknown, so they were not compared.
    pub undetermined: Vec<usize>,
}

impl Default for DecisionProcess {
    /// Returns the process of Cisco, Arista and FRR: the steps of RFC 4271 and two vendor-specific steps.
    fn default() -> Self {
        use DecisionStep as Step;
        let steps = vec![
            Step::Weight,
            Step::LocalPreference,
            Step::LocallyOriginated,
            Step::AsPathLength,
            Step::Origin,
            Step::Med,
            Step::EbgpOverIbgp,
            Step::IgpMetric,
            Step::RouterId,
            Step::ClusterListLength,
            Step::PeerAddress,
        ];
        Self {
            steps,
            multipath: Multipath::Off,
            med_always: false,
            med_missing_as_worst: false,
            compare_router_id: false,
        }
    }
}

impl DecisionProcess {
    /// Returns the process of RFC 4271 without weight and without a preference for own routes.
    pub fn rfc4271() -> Self {
        let vendors = [DecisionStep::Weight, DecisionStep::LocallyOriginated];
        let mut process = Self::default();
        process.steps.retain(|step| !vendors.contains(step));
        process
    }

    /// Selects the best of the routes to one prefix; `None` if there are no candidates. O(steps × candidates), times
    /// the number of paths in use with multipath.
    ///
    /// The order of the candidates affects only their indexes, unless several are left after all steps
    /// ([`DecisionStep::CandidateOrder`]). This also applies to the MED, because it is compared among all remaining
    /// routes and not pair by pair. However, a losing route may eliminate another route by its MED and thereby change
    /// the best path (RFC 3345).
    pub fn select(&self, candidates: &[&Attributes]) -> Option<Selection> {
        if candidates.len() <= 1 {
            candidates.first()?;
            return Some(Selection {
                best: 0,
                multipath: vec![0],
                step: DecisionStep::Only,
                eliminated: Vec::new(),
                undetermined: Vec::new(),
            });
        }
        let mut remaining: Vec<Runner<'_>> = runners(candidates);
        let mut eliminated = Vec::with_capacity(candidates.len());
        let mut decided = DecisionStep::Only;
        let mut equals: Option<Vec<Runner<'_>>> = None;
        let mut past_length: Vec<Runner<'_>> = Vec::new();
        for step in self.steps.iter().copied().chain([DecisionStep::CandidateOrder]) {
            if step.is_tie_break() && equals.is_none() {
                equals = Some(remaining.clone());
            }
            if remaining.len() > 1 {
                let before = remaining.len();
                self.take(step, &mut remaining, &mut eliminated);
                if remaining.len() < before {
                    decided = step;
                }
                if step == DecisionStep::AsPathLength {
                    past_length.clone_from(&remaining);
                }
            }
        }
        let best = remaining.first()?;
        eliminated.sort_unstable_by_key(|(index, _)| *index);
        let multipath = self.sharing(*best, equals.unwrap_or_default());
        let is_known = |runner: &Runner<'_>| runner.attributes.as_path.is_known();
        let undetermined = past_length.iter().filter(|one| one.index != best.index);
        let undetermined = undetermined.filter(|one| !(is_known(one) && is_known(best)));
        let undetermined = undetermined.map(|one| one.index).collect();
        Some(Selection { best: best.index, multipath, step: decided, eliminated, undetermined })
    }

    /// Applies one step: removes the candidates that lose at this step, and records them.
    fn take(
        &self,
        step: DecisionStep,
        remaining: &mut Vec<Runner<'_>>,
        eliminated: &mut Vec<(usize, DecisionStep)>,
    ) {
        let stays = self.winners(step, remaining);
        let mut stays = stays.into_iter();
        remaining.retain(|runner| {
            let stays = stays.next().unwrap_or(true);
            if !stays {
                eliminated.push((runner.index, step));
            }
            stays
        });
    }

    /// Returns, for each remaining candidate, whether it survives the step.
    fn winners(&self, step: DecisionStep, remaining: &[Runner<'_>]) -> Vec<bool> {
        match step {
            DecisionStep::Weight => highest_weight(remaining),
            DecisionStep::LocalPreference => highest_local_preference(remaining),
            DecisionStep::LocallyOriginated => own_first(remaining),
            DecisionStep::AsPathLength => shortest_as_path(remaining),
            DecisionStep::Origin => lowest_origin(remaining),
            DecisionStep::Med => self.lowest_med(remaining),
            DecisionStep::EbgpOverIbgp => external_first(remaining),
            DecisionStep::IgpMetric => lowest_igp_metric(remaining),
            DecisionStep::RouterId => lowest_router_id(remaining),
            DecisionStep::ClusterListLength => shortest_cluster_list(remaining),
            DecisionStep::PeerAddress => lowest_peer_address(remaining),
            DecisionStep::CandidateOrder => first_candidate(remaining),
            DecisionStep::Only => vec![true; remaining.len()],
        }
    }

    /// Applies RFC 4271 section 9.1.2.2 c: removes a route if another route from the same neighbouring autonomous
    /// system has a lower MED. A route whose path begins with a set has no known neighbour and is not compared.
    fn lowest_med(&self, remaining: &[Runner<'_>]) -> Vec<bool> {
        let med = |runner: &Runner<'_>| {
            let missing = if self.med_missing_as_worst { u32::MAX } else { 0 };
            runner.attributes.med.unwrap_or(missing)
        };
        let comparable = |one: &Runner<'_>, other: &Runner<'_>| {
            let (one, other) = (one.attributes.as_path.neighbor(), other.attributes.as_path.neighbor());
            self.med_always || (one == other && one != NeighborAs::Unknown)
        };
        let beaten =
            |one: &Runner<'_>| remaining.iter().any(|other| med(other) < med(one) && comparable(one, other));
        remaining.iter().map(|runner| !beaten(runner)).collect()
    }

    /// Returns the routes among which the traffic is distributed. `equals` contains the candidates that are left
    /// before the first tie-break.
    fn sharing(&self, best: Runner<'_>, mut equals: Vec<Runner<'_>>) -> Vec<usize> {
        let (paths, same_path) = match self.multipath {
            Multipath::Off => (1, true),
            Multipath::SameAsPath { paths } => (paths, true),
            Multipath::SameAsPathLength { paths } => (paths, false),
        };
        let alike = |runner: &Runner<'_>| {
            let (path, best) = (&runner.attributes.as_path, &best.attributes.as_path);
            if same_path { path == best } else { path.length() == best.length() }
        };
        equals.retain(|runner| runner.index != best.index && alike(runner));
        let mut sharing = vec![best.index];
        while sharing.len() < paths && !equals.is_empty() {
            let next = self.first_by_tie_breaks(&equals);
            equals.retain(|runner| runner.index != next);
            sharing.push(next);
        }
        sharing
    }

    fn first_by_tie_breaks(&self, equals: &[Runner<'_>]) -> usize {
        let mut remaining = equals.to_vec();
        let tie_breaks = self.steps.iter().copied().filter(|step| step.is_tie_break());
        for step in tie_breaks.chain([DecisionStep::CandidateOrder]) {
            self.take(step, &mut remaining, &mut Vec::new());
        }
        remaining.first().map_or(0, |runner| runner.index)
    }
}

/// A remaining candidate: its index and its attributes.
#[derive(Clone, Copy, Debug)]
struct Runner<'a> {
    index: usize,
    attributes: &'a Attributes,
}

fn runners<'a>(candidates: &[&'a Attributes]) -> Vec<Runner<'a>> {
    candidates.iter().enumerate().map(|(index, attributes)| Runner { index, attributes }).collect()
}

/// Marks the candidates with the lowest key.
fn lowest<K: Ord>(remaining: &[Runner<'_>], key: impl Fn(&Attributes) -> K) -> Vec<bool> {
    let best = remaining.iter().map(|runner| key(runner.attributes)).min();
    remaining.iter().map(|runner| best.as_ref() == Some(&key(runner.attributes))).collect()
}

fn highest_weight(remaining: &[Runner<'_>]) -> Vec<bool> {
    lowest(remaining, |route| Reverse(route.weight))
}

fn highest_local_preference(remaining: &[Runner<'_>]) -> Vec<bool> {
    lowest(remaining, |route| Reverse(route.local_preference))
}

fn own_first(remaining: &[Runner<'_>]) -> Vec<bool> {
    lowest(remaining, |route| route.learned != Learned::Local)
}

/// Marks the candidates with the shortest AS path. An unknown path is neither shorter nor longer than another, so its
/// candidate stays.
fn shortest_as_path(remaining: &[Runner<'_>]) -> Vec<bool> {
    let length = |runner: &Runner<'_>| runner.attributes.as_path.length();
    let shortest = remaining.iter().filter_map(length).min();
    remaining.iter().map(|runner| length(runner).is_none_or(|own| Some(own) == shortest)).collect()
}

fn lowest_origin(remaining: &[Runner<'_>]) -> Vec<bool> {
    lowest(remaining, |route| route.origin)
}

fn external_first(remaining: &[Runner<'_>]) -> Vec<bool> {
    lowest(remaining, |route| route.learned == Learned::Ibgp)
}

fn lowest_igp_metric(remaining: &[Runner<'_>]) -> Vec<bool> {
    lowest(remaining, |route| route.igp_metric)
}

fn lowest_router_id(remaining: &[Runner<'_>]) -> Vec<bool> {
    lowest(remaining, |route| route.router_id)
}

fn shortest_cluster_list(remaining: &[Runner<'_>]) -> Vec<bool> {
    lowest(remaining, |route| route.cluster_list_length)
}

fn lowest_peer_address(remaining: &[Runner<'_>]) -> Vec<bool> {
    lowest(remaining, |route| route.peer_address)
}

fn first_candidate(remaining: &[Runner<'_>]) -> Vec<bool> {
    (0..remaining.len()).map(|position| position == 0).collect()
}
