//! Laws of the routing floor, each between the code and an obviously right twin.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::cmp::Ordering;
use std::net::{IpAddr, Ipv4Addr};

use peerpath::addr::{IpPrefix, Prefix};
use peerpath::rib::{
    Action, AsPath, AsPathPattern, AsPathSegment, Attributes, Clause, Communities, Community,
    CommunityPattern, DecisionProcess, DecisionStep, Learned, MapResult, Match, Multipath, NeighborAs,
    Origin, PrefixList, PrefixListEntry, RouteMap, Set,
};
use proptest::prelude::*;
use proptest::sample::select;

// --- best path ---------------------------------------------------------------------------------------

fn as_path() -> impl Strategy<Value = AsPath> {
    let numbers = || prop::collection::vec(1_u32..4, 0..3);
    (any::<bool>(), numbers(), prop::collection::vec(1_u32..4, 0..2)).prop_map(|(first, sequence, set)| {
        let (sequence, set) = (AsPathSegment::Sequence(sequence), AsPathSegment::Set(set));
        AsPath::new(if first { [set, sequence] } else { [sequence, set] })
    })
}

/// Values from small ranges, so that ties are common at every step.
fn attributes() -> impl Strategy<Value = Attributes> {
    let origin = select(vec![Origin::Igp, Origin::Egp, Origin::Incomplete]);
    let learned = select(vec![Learned::Local, Learned::Ebgp, Learned::Ibgp]);
    let as_path = prop_oneof![7 => as_path(), 1 => Just(AsPath::UNKNOWN)];
    let first = (0_u32..2, 99_u32..101, as_path, origin, prop::option::of(0_u32..3));
    (first, (learned, 0_u32..3, 0_u32..3, 0_u32..2)).prop_map(
        |((weight, local_preference, as_path, origin, med), (learned, igp_metric, router_id, clusters))| {
            Attributes {
                weight,
                local_preference,
                as_path,
                origin,
                med,
                learned,
                igp_metric,
                router_id,
                cluster_list_length: clusters,
                ..Attributes::default()
            }
        },
    )
}

/// Candidates with different peers, and an order to put them in.
fn candidates() -> impl Strategy<Value = (Vec<Attributes>, Vec<usize>)> {
    prop::collection::vec(attributes(), 1..7)
        .prop_map(|mut all| {
            for (index, one) in (1..).zip(&mut all) {
                one.peer_address = IpAddr::V4(Ipv4Addr::from_bits(index));
            }
            all
        })
        .prop_flat_map(|all| {
            let order: Vec<usize> = (0..all.len()).collect();
            (Just(all), Just(order).prop_shuffle())
        })
}

fn process() -> impl Strategy<Value = DecisionProcess> {
    let multipath = prop_oneof![
        Just(Multipath::Off),
        (0_usize..5).prop_map(|paths| Multipath::SameAsPath { paths }),
        (0_usize..5).prop_map(|paths| Multipath::SameAsPathLength { paths }),
    ];
    let steps = select(vec![DecisionProcess::default().steps, DecisionProcess::rfc4271().steps]);
    (steps, multipath, any::<bool>(), any::<bool>(), any::<bool>()).prop_map(
        |(steps, multipath, med_always, med_missing_as_worst, compare_router_id)| DecisionProcess {
            steps,
            multipath,
            med_always,
            med_missing_as_worst,
            compare_router_id,
        },
    )
}

/// Whether `one` beats `other` at a step, written from RFC 4271 without regard to speed.
fn beats(process: &DecisionProcess, step: DecisionStep, one: &Attributes, other: &Attributes) -> bool {
    let order = match step {
        DecisionStep::Weight => other.weight.cmp(&one.weight),
        DecisionStep::LocalPreference => other.local_preference.cmp(&one.local_preference),
        DecisionStep::LocallyOriginated => {
            (one.learned != Learned::Local).cmp(&(other.learned != Learned::Local))
        }
        DecisionStep::AsPathLength => match (one.as_path.length(), other.as_path.length()) {
            (Some(one), Some(other)) => one.cmp(&other),
            _ => Ordering::Equal,
        },
        DecisionStep::Origin => one.origin.cmp(&other.origin),
        DecisionStep::Med => {
            let missing = if process.med_missing_as_worst { u32::MAX } else { 0 };
            let (left, right) = (one.as_path.neighbor(), other.as_path.neighbor());
            if process.med_always || (left == right && left != NeighborAs::Unknown) {
                one.med.unwrap_or(missing).cmp(&other.med.unwrap_or(missing))
            } else {
                Ordering::Equal
            }
        }
        DecisionStep::EbgpOverIbgp => (one.learned == Learned::Ibgp).cmp(&(other.learned == Learned::Ibgp)),
        DecisionStep::IgpMetric => one.igp_metric.cmp(&other.igp_metric),
        DecisionStep::RouterId => one.router_id.cmp(&other.router_id),
        DecisionStep::ClusterListLength => one.cluster_list_length.cmp(&other.cluster_list_length),
        DecisionStep::PeerAddress => one.peer_address.cmp(&other.peer_address),
        _ => Ordering::Equal,
    };
    order == Ordering::Less
}

/// The twin: at each step go over all pairs and strike out whoever is beaten.
fn naive(process: &DecisionProcess, all: &[Attributes]) -> (usize, Vec<(usize, DecisionStep)>) {
    let mut struck: Vec<Option<DecisionStep>> = vec![None; all.len()];
    for step in process.steps.iter().copied() {
        let standing: Vec<usize> = (0..all.len()).filter(|index| struck[*index].is_none()).collect();
        for one in &standing {
            for other in &standing {
                if beats(process, step, &all[*one], &all[*other]) {
                    struck[*other] = Some(step);
                }
            }
        }
    }
    let best = struck.iter().position(Option::is_none).unwrap();
    let eliminated = struck.iter().enumerate().filter_map(|(index, step)| step.map(|step| (index, step)));
    (best, eliminated.collect())
}

/// Each pair by the steps in order, the winner against the next: how old routers did it.
fn tournament(process: &DecisionProcess, all: &[Attributes]) -> usize {
    let better = |one: usize, other: usize| {
        let decided = process.steps.iter().find_map(|step| {
            let (left, right) = (&all[one], &all[other]);
            match (beats(process, *step, left, right), beats(process, *step, right, left)) {
                (false, false) => None,
                (left_wins, _) => Some(left_wins),
            }
        });
        decided.unwrap_or(true)
    };
    (1..all.len()).fold(0, |best, next| if better(best, next) { best } else { next })
}

proptest! {
    #[test]
    fn best_path_equals_its_naive_twin((all, _) in candidates(), process in process()) {
        let selection = process.select(&all.iter().collect::<Vec<_>>()).unwrap();
        let (best, eliminated) = naive(&process, &all);
        prop_assert_eq!(selection.best, best);
        prop_assert_eq!(&selection.eliminated, &eliminated);
        let last = eliminated
            .iter()
            .map(|(_, step)| *step)
            .max_by_key(|step| process.steps.iter().position(|known| known == step));
        prop_assert_eq!(selection.step, last.unwrap_or(DecisionStep::Only));
        // Whoever lost before the lengths, or at them, is determined; so is every pair of known lengths.
        let place = |step| process.steps.iter().position(|known| *known == step).unwrap();
        let doubtful = eliminated.iter().filter(|(index, step)| {
            place(*step) > place(DecisionStep::AsPathLength)
                && !(all[*index].as_path.is_known() && all[best].as_path.is_known())
        });
        let doubtful: Vec<usize> = doubtful.map(|(index, _)| *index).collect();
        prop_assert_eq!(&selection.undetermined, &doubtful);
    }

    #[test]
    fn best_path_does_not_depend_on_the_order((all, order) in candidates(), process in process()) {
        let straight = process.select(&all.iter().collect::<Vec<_>>()).unwrap();
        let shuffled: Vec<&Attributes> = order.iter().map(|index| &all[*index]).collect();
        let other = process.select(&shuffled).unwrap();
        prop_assert_eq!(order[other.best], straight.best);
        prop_assert_eq!(other.step, straight.step);
        let back: Vec<usize> = other.multipath.iter().map(|index| order[*index]).collect();
        prop_assert_eq!(back, straight.multipath);
        let mut eliminated: Vec<_> = other.eliminated.iter().map(|(at, step)| (order[*at], *step)).collect();
        eliminated.sort_unstable();
        prop_assert_eq!(eliminated, straight.eliminated);
    }

    /// The known exception: MED of several neighbouring autonomous systems is no order of pairs
    /// (RFC 3345), so a tournament of pairs agrees only where all MEDs are comparable; and no order of pairs is one in
    /// which some lengths are not known.
    #[test]
    fn best_path_equals_a_tournament_of_pairs((mut all, _) in candidates(), process in process()) {
        let neighbor = all[0].as_path.neighbor();
        if !process.med_always {
            all.retain(|one| one.as_path.neighbor() == neighbor && neighbor != NeighborAs::Unknown);
        }
        all.retain(|one| one.as_path.is_known());
        prop_assume!(!all.is_empty());
        let selection = process.select(&all.iter().collect::<Vec<_>>()).unwrap();
        prop_assert_eq!(selection.best, tournament(&process, &all));
    }

    #[test]
    fn multipath_holds_the_best_and_its_equals((all, _) in candidates(), process in process()) {
        let selection = process.select(&all.iter().collect::<Vec<_>>()).unwrap();
        let (paths, same) = match process.multipath {
            Multipath::Off => (1, true),
            Multipath::SameAsPath { paths } => (paths.max(1), true),
            Multipath::SameAsPathLength { paths } => (paths.max(1), false),
        };
        let best = &all[selection.best];
        let equals = selection.eliminated.iter().filter(|(index, step)| {
            let path = &all[*index].as_path;
            let alike = if same { *path == best.as_path } else { path.length() == best.as_path.length() };
            step.is_tie_break() && alike
        });
        prop_assert_eq!(selection.multipath[0], selection.best);
        prop_assert_eq!(selection.multipath.len(), paths.min(equals.clone().count() + 1));
        for index in &selection.multipath[1..] {
            prop_assert!(equals.clone().any(|(equal, _)| equal == index));
        }
    }
}

/// What the exception looks like: the tournament's winner depends on the order, ours does not (the
/// example has the shape of RFC 3345 section 2).
#[test]
fn med_is_no_order_of_pairs() {
    let route = |path: &str, med, igp_metric, router_id| Attributes {
        as_path: path.parse().unwrap(),
        med: Some(med),
        igp_metric,
        router_id,
        learned: Learned::Ibgp,
        ..Attributes::default()
    };
    let (a, b, c) = (route("10", 1, 10, 1), route("6", 0, 30, 2), route("6", 10, 5, 3));
    let process = DecisionProcess::default();
    let one = [a.clone(), b.clone(), c.clone()];
    let two = [b, c, a];
    assert_ne!(one[tournament(&process, &one)], two[tournament(&process, &two)]);
    let ours =
        |all: &[Attributes]| all[process.select(&all.iter().collect::<Vec<_>>()).unwrap().best].clone();
    assert_eq!(ours(&one), ours(&two));
}

// --- policies ----------------------------------------------------------------------------------------

fn community() -> impl Strategy<Value = Community> {
    (1_u16..3, prop_oneof![Just(5_u16), Just(50), Just(51), Just(515)])
        .prop_map(|(asn, value)| Community::new(asn, value))
}

fn prefix() -> impl Strategy<Value = IpPrefix> {
    (any::<u32>(), 0_u8..=32)
        .prop_map(|(bits, length)| Prefix::containing(Ipv4Addr::from_bits(bits), length).unwrap().into())
}

fn entry() -> impl Strategy<Value = PrefixListEntry> {
    (any::<bool>(), prefix(), any::<bool>(), any::<bool>(), 0_u8..=32, 0_u8..=32).prop_filter_map(
        "bounds fit",
        |(permit, prefix, has_ge, has_le, ge, le)| {
            let prefix = if prefix.length() > 8 { "0.0.0.0/1".parse().unwrap() } else { prefix };
            PrefixListEntry::new(permit, prefix, has_ge.then_some(ge), has_le.then_some(le)).ok()
        },
    )
}

fn condition() -> impl Strategy<Value = Match> {
    let patterns = || {
        let texts = vec!["1:5*", "*:51", "2:*5", "1:5", "*:*"];
        prop::collection::vec(select(texts).prop_map(|text| text.parse().unwrap()), 1..3)
    };
    prop_oneof![
        patterns().prop_map(Match::AnyCommunity),
        patterns().prop_map(Match::AllCommunities),
        prop::collection::vec(entry(), 0..3).prop_map(|entries| Match::Prefix(PrefixList::new(entries))),
        select(vec!["^1", "2$", "^$", "3", ".*"]).prop_map(|text| Match::AsPath(vec![text.parse().unwrap()])),
        select(vec!["a", "b"]).prop_map(|name| Match::Peer(vec![name.to_owned()])),
    ]
}

fn change() -> impl Strategy<Value = Set> {
    prop_oneof![
        (0_u32..3).prop_map(Set::LocalPreference),
        prop::option::of(0_u32..3).prop_map(Set::Med),
        (1_u32..4, 0_u8..3).prop_map(|(asn, times)| Set::Prepend { asn, times }),
        community().prop_map(|one| Set::AddCommunities([one].into_iter().collect())),
        community().prop_map(|one| Set::RemoveCommunities(vec![one.into()])),
        community().prop_map(|one| Set::SetCommunities([one].into_iter().collect())),
    ]
}

fn route_map() -> impl Strategy<Value = RouteMap> {
    let action = select(vec![Action::Permit, Action::Deny, Action::Continue { at: None }]);
    let clause = (prop::collection::vec(condition(), 0..3), prop::collection::vec(change(), 0..3), action);
    prop::collection::vec(clause, 0..5).prop_map(|clauses| {
        let clauses = (1..).zip(clauses);
        let clauses =
            clauses.map(|(sequence, (matches, sets, action))| Clause { sequence, matches, sets, action });
        RouteMap::new(clauses.collect()).unwrap()
    })
}

fn route() -> impl Strategy<Value = (IpPrefix, Attributes, &'static str)> {
    let communities = prop::collection::vec(community(), 0..4);
    (prefix(), attributes(), communities, select(vec!["a", "b", "c"])).prop_map(
        |(prefix, attributes, communities, peer)| {
            let communities: Communities = communities.into_iter().collect();
            (prefix, Attributes { communities, ..attributes }, peer)
        },
    )
}

/// The twin: one clause after the other, by recursion.
fn walk(
    clauses: &[Clause],
    prefix: IpPrefix,
    attributes: &Attributes,
    peer: &str,
    taken: bool,
) -> Option<Attributes> {
    let Some((clause, rest)) = clauses.split_first() else { return taken.then(|| attributes.clone()) };
    if !clause.matches.iter().all(|condition| condition.holds(prefix, attributes, peer)) {
        return walk(rest, prefix, attributes, peer, taken);
    }
    let alone = Clause { matches: Vec::new(), action: Action::Permit, ..clause.clone() };
    let map = RouteMap::new(vec![alone]).unwrap();
    let MapResult::Permit { attributes: changed, .. } = map.apply(prefix, attributes, peer) else {
        return None;
    };
    match clause.action {
        Action::Deny => None,
        Action::Permit => Some(changed.into_owned()),
        Action::Continue { .. } => walk(rest, prefix, &changed, peer, true),
    }
}

/// Whether a route may be one of which less is known.
fn may_be(less: &Attributes, one: &Attributes) -> bool {
    let blind = |from: &Attributes| Attributes {
        as_path: AsPath::EMPTY,
        communities: Communities::default(),
        ..from.clone()
    };
    let found = less.communities.standard().iter().all(|found| one.communities.contains(*found));
    blind(less) == blind(one)
        && (!less.as_path.is_known() || less.as_path == one.as_path)
        && (found && !less.communities.is_known() || less.communities == one.communities)
}

proptest! {
    /// Whatever the AS path and the communities of a route really are, what a map makes of it is among the outcomes of
    /// the route of which they are not known; and where all is known there is one outcome.
    #[test]
    fn outcomes_hold_what_becomes_of_every_route(
        map in route_map(),
        (prefix, attributes, peer) in route(),
        path in any::<bool>(),
        communities in any::<bool>(),
    ) {
        let mut less = attributes.clone();
        if path {
            less.as_path = AsPath::UNKNOWN;
        }
        if communities {
            less.communities = Communities::UNKNOWN;
        }
        let outcomes = map.outcomes(prefix, &less, peer).unwrap();
        let really = map.apply(prefix, &attributes, peer);
        let fits = |outcome: &MapResult<'_>| match (outcome, &really) {
            (MapResult::Permit { attributes: less, .. }, MapResult::Permit { attributes: one, .. }) => may_be(less, one),
            (MapResult::Deny { .. }, MapResult::Deny { .. }) => true,
            _ => false,
        };
        prop_assert!(outcomes.iter().any(fits), "{outcomes:?} {really:?}");
        if less.as_path.is_known() && less.communities.is_known() {
            prop_assert_eq!(outcomes.len(), 1);
        }
    }

    #[test]
    fn a_route_map_equals_its_twin_and_itself(map in route_map(), (prefix, attributes, peer) in route()) {
        let verdict = map.apply(prefix, &attributes, peer);
        prop_assert_eq!(&verdict, &map.apply(prefix, &attributes, peer));
        let expected = walk(map.clauses(), prefix, &attributes, peer, false);
        match &verdict {
            MapResult::Permit { attributes, matched } => {
                prop_assert_eq!(Some(attributes.as_ref()), expected.as_ref());
                prop_assert!(!matched.is_empty());
            }
            MapResult::Deny { clause, matched } => {
                prop_assert_eq!(expected, None);
                prop_assert_eq!(*clause, matched.last().copied());
            }
        }
    }

    #[test]
    fn what_matches_nowhere_is_denied(map in route_map(), (prefix, attributes, peer) in route()) {
        let matches = map.clauses().iter().any(|clause| clause.matches(prefix, &attributes, peer));
        if !matches {
            let verdict = map.apply(prefix, &attributes, peer);
            prop_assert_eq!(verdict, MapResult::Deny { clause: None, matched: Vec::new() });
        }
    }

    #[test]
    fn an_entry_prints_as_it_reads(entry in entry()) {
        prop_assert_eq!(entry.to_string().parse::<PrefixListEntry>(), Ok(entry));
    }

    #[test]
    fn an_as_path_prints_as_it_reads(path in as_path()) {
        prop_assert_eq!(path.to_string().parse::<AsPath>(), Ok(path));
    }

    #[test]
    fn a_wildcard_equals_its_twin(pattern in "[0-9*]{0,2}\\*[0-9*]{0,2}", value in any::<u16>()) {
        let parsed: CommunityPattern = format!("12076:{pattern}").parse().unwrap();
        let text = value.to_string();
        prop_assert_eq!(parsed.matches(Community::microsoft(value)), glob(pattern.as_bytes(), text.as_bytes()));
    }

    #[test]
    fn a_path_pattern_equals_its_twin(words in prop::collection::vec(select(vec!["1", "2", ".", ".*"]), 0..5),
                                      path in prop::collection::vec(1_u32..4, 0..6)) {
        let pattern: AsPathPattern = format!("^{}$", words.join(" ")).parse().unwrap();
        prop_assert_eq!(pattern.matches(&AsPath::sequence(path.iter().copied())), fits(&words, &path));
    }
}

fn glob(pattern: &[u8], text: &[u8]) -> bool {
    match pattern.split_first() {
        None => text.is_empty(),
        Some((b'*', rest)) => (0..=text.len()).any(|skipped| glob(rest, &text[skipped..])),
        Some((byte, rest)) => text.first() == Some(byte) && glob(rest, &text[1..]),
    }
}

fn fits(words: &[&str], path: &[u32]) -> bool {
    match words.split_first() {
        None => path.is_empty(),
        Some((&".*", rest)) => (0..=path.len()).any(|skipped| fits(rest, &path[skipped..])),
        Some((word, rest)) => {
            let one = path.first().is_some_and(|number| *word == "." || *word == number.to_string());
            one && fits(rest, &path[1..])
        }
    }
}
