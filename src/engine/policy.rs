//! The network file's route maps and decision processes as the machinery of `rib` takes them.

use crate::diag::{Span, Spanned};
use crate::network::{
    Changes, ClauseAction, CommunityPattern as WrittenPattern, Conditions, Network, RouteMapDefinition,
    RouteOrigin, Site,
};
use crate::rib::{
    Action, AsPathPattern, Clause, Communities, CommunityPattern, DecisionProcess, DecisionStep, Match,
    Multipath, Origin, PrefixList, PrefixListEntry, RouteMap, Set,
};

/// The most equal routes that share the flows where the network file does not say: more than any router
/// has.
const MAX_PATHS: usize = 128;

/// Why a network cannot be compiled.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CompileError {
    /// A file of routes was not handed in.
    #[error("the routes of `{path}`, which the network file names, were not read")]
    MissingTable {
        /// The file, as the network file writes it.
        path: String,
    },
    /// A pattern of a route map cannot be read.
    #[error("clause {clause} of route map `{map}`: {message}")]
    Pattern {
        /// The route map.
        map: String,
        /// The clause, from 1.
        clause: usize,
        /// What is wrong with which pattern.
        message: String,
    },
    /// A step of a decision process is not known.
    #[error("`{step}` is not a step of the decision process of site `{site}`; the steps are: {known}")]
    Step {
        /// The site.
        site: String,
        /// What stood there.
        step: String,
        /// All names.
        known: String,
    },
}

/// The steps that a network file can name.
const STEPS: [DecisionStep; 11] = [
    DecisionStep::Weight,
    DecisionStep::LocalPreference,
    DecisionStep::LocallyOriginated,
    DecisionStep::AsPathLength,
    DecisionStep::Origin,
    DecisionStep::Med,
    DecisionStep::EbgpOverIbgp,
    DecisionStep::IgpMetric,
    DecisionStep::RouterId,
    DecisionStep::ClusterListLength,
    DecisionStep::PeerAddress,
];

/// A route map with where its clauses stand.
#[derive(Debug)]
pub(super) struct Policy {
    /// The map.
    pub(super) map: RouteMap,
    /// Where each clause stands.
    pub(super) spans: Vec<Span>,
    /// Where the map stands.
    pub(super) span: Span,
    /// Whether what it says depends on the prefix, not on attributes and peer alone.
    pub(super) by_prefix: bool,
}

/// All route maps of a network, in its order.
pub(super) fn policies(network: &Network) -> Result<Vec<Policy>, CompileError> {
    network.route_maps.iter().map(|definition| policy(network, definition)).collect()
}

/// The decision process of a site. Without a word in the file: the vendors' order, and all routes that
/// only a tie-break would part share the flows, since ExpressRoute's two connections are active at once.
pub(super) fn process(site: &Site) -> Result<DecisionProcess, CompileError> {
    let written = &site.decision_process;
    let mut process = DecisionProcess::default();
    if let Some(steps) = &written.steps {
        process.steps = steps.iter().map(|step| step_named(site, step)).collect::<Result<_, _>>()?;
    }
    let paths = written.max_paths.map_or(MAX_PATHS, |paths| usize::try_from(paths).unwrap_or(MAX_PATHS));
    process.multipath = Multipath::SameAsPath { paths };
    process.med_always = written.always_compare_med;
    Ok(process)
}

fn step_named(site: &Site, written: &Spanned<String>) -> Result<DecisionStep, CompileError> {
    let plain = |text: &str| text.to_ascii_lowercase().replace(['-', '_'], " ");
    let wanted = plain(&written.value);
    let found = STEPS.into_iter().find(|step| plain(step.name()) == wanted);
    found.ok_or_else(|| CompileError::Step {
        site: site.name.clone(),
        step: written.value.clone(),
        known: STEPS.map(|step| plain(step.name()).replace(' ', "_")).join(", "),
    })
}

fn policy(network: &Network, definition: &RouteMapDefinition) -> Result<Policy, CompileError> {
    let mut clauses = Vec::new();
    for (index, clause) in definition.clauses.iter().enumerate() {
        let number = index + 1;
        let wrong = |message: String| CompileError::Pattern {
            map: definition.name.clone(),
            clause: number,
            message,
        };
        clauses.push(Clause {
            sequence: u32::try_from(number).unwrap_or(u32::MAX),
            matches: matches(network, &clause.conditions).map_err(wrong)?,
            sets: sets(&clause.changes).map_err(wrong)?,
            action: match clause.action {
                ClauseAction::Permit => Action::Permit,
                ClauseAction::Deny => Action::Deny,
                ClauseAction::Continue => Action::Continue { at: None },
            },
        });
    }
    let by_prefix =
        clauses.iter().flat_map(|clause| &clause.matches).any(|one| matches!(one, Match::Prefix(_)));
    let map = RouteMap::new(clauses).map_err(|error| CompileError::Pattern {
        map: definition.name.clone(),
        clause: 0,
        message: error.to_string(),
    })?;
    let spans = definition.clauses.iter().map(|clause| clause.span).collect();
    Ok(Policy { map, spans, span: definition.span, by_prefix })
}

fn matches(network: &Network, conditions: &Conditions) -> Result<Vec<Match>, String> {
    let mut all = Vec::new();
    if !conditions.communities.is_empty() {
        all.push(Match::AnyCommunity(patterns(&conditions.communities)?));
    }
    if !conditions.prefix_lists.is_empty() {
        all.push(Match::Prefix(prefix_list(network, conditions)?));
    }
    if !conditions.as_paths.is_empty() {
        let parsed: Result<Vec<AsPathPattern>, _> =
            conditions.as_paths.iter().map(|text| text.parse()).collect();
        all.push(Match::AsPath(parsed.map_err(|error| error.to_string())?));
    }
    if !conditions.next_hops.is_empty() {
        all.push(Match::NextHop(conditions.next_hops.clone()));
    }
    if !conditions.peers.is_empty() {
        all.push(Match::Peer(conditions.peers.iter().flat_map(|name| sessions_of(name)).collect()));
    }
    if let Some(origin) = conditions.origin {
        all.push(Match::Origin(match origin {
            RouteOrigin::Igp => Origin::Igp,
            RouteOrigin::Egp => Origin::Egp,
            RouteOrigin::Incomplete => Origin::Incomplete,
        }));
    }
    Ok(all)
}

/// The sessions that a peer's name means: itself, and those of the circuit or peering of that name.
fn sessions_of(name: &str) -> Vec<String> {
    let mut all = vec![name.to_owned()];
    for connection in ["primary", "secondary"] {
        all.push(format!("{name}/{connection}"));
        for peering in ["microsoft", "private"] {
            all.push(format!("{name}/{peering}/{connection}"));
        }
    }
    all
}

/// Several lists as one that permits what any of them permits.
///
/// A list's own denials end its search only, so lists that deny cannot be joined by their entries; they
/// are asked one by one, through one condition each, where there is only one. Several with denials are
/// refused rather than joined wrongly.
fn prefix_list(network: &Network, conditions: &Conditions) -> Result<PrefixList, String> {
    let lists: Vec<_> =
        conditions.prefix_lists.iter().filter_map(|id| network.prefix_list(*id)).collect();
    let denies = lists.iter().flat_map(|list| &list.entries).any(|entry| !entry.value.permit);
    if lists.len() > 1 && denies {
        return Err("several prefix lists in one condition can only permit; \
                    put those that deny into clauses of their own"
            .to_owned());
    }
    let mut joined = PrefixList::default();
    for entry in lists.iter().flat_map(|list| &list.entries) {
        let entry = entry.value;
        let entry = PrefixListEntry::new(entry.permit, entry.prefix, Some(entry.ge), Some(entry.le));
        joined.entries.push(entry.map_err(|error| error.to_string())?);
    }
    Ok(joined)
}

fn sets(changes: &Changes) -> Result<Vec<Set>, String> {
    let mut all = Vec::new();
    all.extend(changes.local_preference.map(Set::LocalPreference));
    all.extend(changes.weight.map(Set::Weight));
    all.extend(changes.med.map(|med| Set::Med(Some(med))));
    // The first is outermost, so it is put there last.
    all.extend(changes.prepend.iter().rev().map(|asn| Set::Prepend { asn: *asn, times: 1 }));
    if let Some(communities) = &changes.communities {
        all.push(Set::SetCommunities(communities.iter().copied().collect()));
    }
    if !changes.remove_communities.is_empty() {
        all.push(Set::RemoveCommunities(patterns(&changes.remove_communities)?));
    }
    if !changes.add_communities.is_empty() {
        all.push(Set::AddCommunities(changes.add_communities.iter().copied().collect::<Communities>()));
    }
    Ok(all)
}

fn patterns(written: &[WrittenPattern]) -> Result<Vec<CommunityPattern>, String> {
    let parse = |pattern: &WrittenPattern| {
        let text = match pattern {
            WrittenPattern::Exactly(community) => community.to_string(),
            WrittenPattern::Beginning { asn, digits } => format!("{asn}:{digits}*"),
        };
        text.parse::<CommunityPattern>().map_err(|error| error.to_string())
    };
    written.iter().map(parse).collect()
}
