//! Cases of the routing floor: best path, route maps, prefix lists, communities.

use std::collections::BTreeMap;
use std::net::IpAddr;

use libtest_mimic::{Failed, Trial};
use peerpath::addr::IpPrefix;
use peerpath::rib::{
    Action, Attributes, Clause, Communities, CommunityPattern, DecisionProcess, Learned, MapResult, Match,
    Multipath, PrefixList, PrefixListEntry, RouteMap, Set,
};
use serde::Deserialize;

use super::{parse, read, same};

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for case in read::<Vec<BestPathCase>>(include_str!("../../conformance/bestpath.yaml")) {
        trials.push(Trial::test(format!("bestpath/{}", case.name), move || check_best_path(&case)));
    }
    for case in read::<Vec<RouteMapCase>>(include_str!("../../conformance/route-map.yaml")) {
        trials.push(Trial::test(format!("route-map/{}", case.name), move || check_route_map(&case)));
    }
    for case in read::<Vec<PrefixListCase>>(include_str!("../../conformance/prefix-list.yaml")) {
        trials.push(Trial::test(format!("prefix-list/{}", case.name), move || check_prefix_list(&case)));
    }
    for case in read::<Vec<CommunityCase>>(include_str!("../../conformance/community.yaml")) {
        trials.push(Trial::test(format!("community/{:?}", case.pattern), move || check_community(&case)));
    }
    trials
}

/// Attributes as far as a case names them.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct SomeAttributes {
    local_preference: Option<u32>,
    weight: Option<u32>,
    as_path: Option<String>,
    origin: Option<String>,
    med: Option<u32>,
    communities: Option<String>,
    next_hop: Option<IpAddr>,
    learned: Option<String>,
    igp_metric: Option<u32>,
    router_id: Option<u32>,
    cluster_list_length: Option<u32>,
    peer_address: Option<IpAddr>,
}

impl SomeAttributes {
    fn over(&self, base: Attributes) -> Attributes {
        Attributes {
            local_preference: self.local_preference.unwrap_or(base.local_preference),
            weight: self.weight.unwrap_or(base.weight),
            as_path: self.as_path.as_deref().map_or(base.as_path, parse),
            origin: self.origin.as_deref().map_or(base.origin, parse),
            med: self.med.or(base.med),
            communities: self.communities.as_deref().map_or(base.communities, communities),
            next_hop: self.next_hop.or(base.next_hop),
            learned: match self.learned.as_deref() {
                Some("local") => Learned::Local,
                Some("ibgp") => Learned::Ibgp,
                Some("ebgp") => Learned::Ebgp,
                Some(other) => panic!("`{other}` is no way to learn a route"),
                None => base.learned,
            },
            igp_metric: self.igp_metric.unwrap_or(base.igp_metric),
            router_id: self.router_id.unwrap_or(base.router_id),
            cluster_list_length: self.cluster_list_length.unwrap_or(base.cluster_list_length),
            peer_address: self.peer_address.unwrap_or(base.peer_address),
            unsettled: None,
        }
    }
}

fn communities(text: &str) -> Communities {
    let (large, standard): (Vec<&str>, Vec<&str>) =
        text.split_whitespace().partition(|word| word.matches(':').count() == 2);
    Communities::new(standard.into_iter().map(parse), large.into_iter().map(parse))
}

/// One case of `bestpath.yaml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BestPathCase {
    name: String,
    #[serde(rename = "rfc")]
    _rfc: String,
    #[serde(default)]
    process: ProcessOptions,
    candidates: Vec<SomeAttributes>,
    best: usize,
    step: String,
    eliminated: Option<Vec<(usize, String)>>,
    multipath: Option<Vec<usize>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct ProcessOptions {
    steps: Option<String>,
    med_always: bool,
    med_missing_as_worst: bool,
    multipath_same_path: Option<usize>,
    multipath_same_length: Option<usize>,
}

impl ProcessOptions {
    fn process(&self) -> DecisionProcess {
        let mut process = match self.steps.as_deref() {
            Some("rfc4271") => DecisionProcess::rfc4271(),
            Some(other) => panic!("`{other}` is no list of steps"),
            None => DecisionProcess::default(),
        };
        process.med_always = self.med_always;
        process.med_missing_as_worst = self.med_missing_as_worst;
        process.multipath = match (self.multipath_same_path, self.multipath_same_length) {
            (Some(paths), _) => Multipath::SameAsPath { paths },
            (_, Some(paths)) => Multipath::SameAsPathLength { paths },
            _ => Multipath::Off,
        };
        process
    }
}

fn check_best_path(case: &BestPathCase) -> Result<(), Failed> {
    let candidates: Vec<Attributes> =
        case.candidates.iter().map(|candidate| candidate.over(Attributes::default())).collect();
    let selection = case.process.process().select(&candidates.iter().collect::<Vec<_>>()).unwrap();
    same("best", &selection.best, &case.best)?;
    same("step", &selection.step.name(), &case.step.as_str())?;
    if let Some(expected) = &case.eliminated {
        let found: Vec<(usize, String)> =
            selection.eliminated.iter().map(|(index, step)| (*index, step.to_string())).collect();
        same("eliminated", &found, expected)?;
    }
    match &case.multipath {
        Some(expected) => same("multipath", &selection.multipath, expected),
        None => Ok(()),
    }
}

/// One case of `route-map.yaml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RouteMapCase {
    name: String,
    #[serde(rename = "rfc")]
    _rfc: String,
    clauses: Vec<ClauseCase>,
    route: RouteCase,
    verdict: String,
    clause: Option<usize>,
    matched: Option<Vec<usize>>,
    #[serde(default)]
    attributes: SomeAttributes,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RouteCase {
    prefix: String,
    #[serde(default)]
    peer: String,
    #[serde(default)]
    attributes: SomeAttributes,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClauseCase {
    action: String,
    at: Option<u32>,
    any_community: Option<Vec<String>>,
    all_communities: Option<Vec<String>>,
    prefixes: Option<Vec<String>>,
    as_path: Option<Vec<String>>,
    next_hops: Option<Vec<String>>,
    peers: Option<Vec<String>>,
    origin: Option<String>,
    set_local_preference: Option<u32>,
    set_weight: Option<u32>,
    set_med: Option<u32>,
    prepend: Option<(u32, u8)>,
    add_communities: Option<String>,
    remove_communities: Option<Vec<String>>,
    set_communities: Option<String>,
    set_origin: Option<String>,
}

fn all<T: std::str::FromStr>(texts: &[String]) -> Vec<T> {
    texts.iter().map(|text| parse(text)).collect()
}

impl ClauseCase {
    fn clause(&self, index: usize) -> Clause {
        let matches = [
            self.any_community.as_deref().map(|texts| Match::AnyCommunity(all(texts))),
            self.all_communities.as_deref().map(|texts| Match::AllCommunities(all(texts))),
            self.prefixes.as_deref().map(|texts| Match::Prefix(PrefixList::new(all(texts)))),
            self.as_path.as_deref().map(|texts| Match::AsPath(all(texts))),
            self.next_hops.as_deref().map(|texts| Match::NextHop(all(texts))),
            self.peers.clone().map(Match::Peer),
            self.origin.as_deref().map(|text| Match::Origin(parse(text))),
        ];
        let sets = [
            self.set_local_preference.map(Set::LocalPreference),
            self.set_weight.map(Set::Weight),
            self.set_med.map(|med| Set::Med(Some(med))),
            self.prepend.map(|(asn, times)| Set::Prepend { asn, times }),
            self.set_communities.as_deref().map(|text| Set::SetCommunities(communities(text))),
            self.remove_communities.as_deref().map(|texts| Set::RemoveCommunities(all(texts))),
            self.add_communities.as_deref().map(|text| Set::AddCommunities(communities(text))),
            self.set_origin.as_deref().map(|text| Set::Origin(parse(text))),
        ];
        let action = match self.action.as_str() {
            "permit" => Action::Permit,
            "deny" => Action::Deny,
            "continue" => Action::Continue { at: self.at },
            other => panic!("`{other}` is no action"),
        };
        let sequence = 10 * (u32::try_from(index).unwrap() + 1);
        let (matches, sets) = (matches.into_iter().flatten().collect(), sets.into_iter().flatten().collect());
        Clause { sequence, matches, sets, action }
    }
}

fn check_route_map(case: &RouteMapCase) -> Result<(), Failed> {
    let clauses = case.clauses.iter().enumerate().map(|(index, clause)| clause.clause(index)).collect();
    let map = RouteMap::new(clauses)?;
    let before = case.route.attributes.over(Attributes::default());
    let verdict = map.apply(parse(&case.route.prefix), &before, &case.route.peer);
    same("permit", &verdict.is_permit(), &(case.verdict == "permit"))?;
    same("clause", &verdict.clause(), &case.clause)?;
    if let Some(expected) = &case.matched {
        same("matched", &verdict.matched(), &expected.as_slice())?;
    }
    match verdict {
        MapResult::Permit { attributes, .. } => {
            let expected = case.attributes.over(before.clone());
            same("attributes", &*attributes, &expected)
        }
        MapResult::Deny { .. } => Ok(()),
    }
}

/// One case of `prefix-list.yaml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PrefixListCase {
    name: String,
    #[serde(rename = "rfc", default)]
    _rfc: String,
    entries: Vec<String>,
    #[serde(default)]
    permits: Vec<String>,
    #[serde(default)]
    denies: Vec<String>,
    error: Option<String>,
}

fn check_prefix_list(case: &PrefixListCase) -> Result<(), Failed> {
    let entries: Result<Vec<PrefixListEntry>, _> = case.entries.iter().map(|entry| entry.parse()).collect();
    let list = match (entries, &case.error) {
        (Ok(entries), None) => PrefixList::new(entries),
        (Ok(_), Some(error)) => return Err(format!("accepted, expected an error with `{error}`").into()),
        (Err(error), Some(part)) if error.to_string().contains(part) => return Ok(()),
        (Err(error), _) => return Err(error.to_string().into()),
    };
    let answers = |prefixes: &[String]| -> BTreeMap<String, bool> {
        prefixes.iter().map(|text| (text.clone(), list.permits(parse::<IpPrefix>(text)))).collect()
    };
    let all_are = |prefixes: &[String], answer: bool| -> BTreeMap<String, bool> {
        prefixes.iter().map(|text| (text.clone(), answer)).collect()
    };
    same("permits", &answers(&case.permits), &all_are(&case.permits, true))?;
    same("denies", &answers(&case.denies), &all_are(&case.denies, false))
}

/// One case of `community.yaml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CommunityCase {
    pattern: String,
    prints: Option<String>,
    #[serde(rename = "rfc")]
    _rfc: String,
    #[serde(default)]
    matches: Vec<String>,
    #[serde(default)]
    misses: Vec<String>,
    #[serde(default)]
    error: bool,
}

fn check_community(case: &CommunityCase) -> Result<(), Failed> {
    let pattern = match (case.pattern.parse::<CommunityPattern>(), case.error) {
        (Ok(pattern), false) => pattern,
        (Ok(_), true) => return Err("accepted, expected an error".into()),
        (Err(_), true) => return Ok(()),
        (Err(error), false) => return Err(error.to_string().into()),
    };
    same("prints", &pattern.to_string().as_str(), &case.prints.as_deref().unwrap_or(&case.pattern))?;
    for (text, expected) in
        case.matches.iter().map(|text| (text, true)).chain(case.misses.iter().map(|text| (text, false)))
    {
        same(text, &pattern.matches_any(&communities(text)), &expected)?;
    }
    Ok(())
}
