//! Converts prefix lists, route maps and decision processes to the types of `rib`.

use crate::diag::{Code, Span, Spanned};
use crate::network::read::references::Named;
use crate::network::read::{Conversion, keys};
use crate::network::{PrefixListDefinition, RouteMapDefinition};
use crate::rib::{
    Action, AsPathPattern, Clause, Communities, Community, CommunityPattern, DecisionProcess, DecisionStep,
    Match, Multipath, Origin, PrefixList, PrefixListEntry, PrefixListError, RouteMap, Set,
};
use crate::yaml::fields::Fields;
use crate::yaml::suggest::nearest;
use crate::yaml::tree::{Entry, Node};

/// The names of the steps of the decision process.
const STEPS: [(&str, DecisionStep); 11] = [
    ("weight", DecisionStep::Weight),
    ("local-preference", DecisionStep::LocalPreference),
    ("locally-originated", DecisionStep::LocallyOriginated),
    ("as-path-length", DecisionStep::AsPathLength),
    ("origin", DecisionStep::Origin),
    ("med", DecisionStep::Med),
    ("ebgp-over-ibgp", DecisionStep::EbgpOverIbgp),
    ("igp-metric", DecisionStep::IgpMetric),
    ("router-id", DecisionStep::RouterId),
    ("cluster-list-length", DecisionStep::ClusterListLength),
    ("peer-address", DecisionStep::PeerAddress),
];

const ACTIONS: [Action; 3] = [Action::Permit, Action::Deny, Action::Continue { at: None }];
const ORIGINS: [Origin; 3] = [Origin::Igp, Origin::Egp, Origin::Incomplete];

impl Conversion<'_> {
    pub(super) fn prefix_list(&mut self, node: &Node) -> Option<PrefixListDefinition> {
        let fields = self.reader.fields(node, "a prefix list", keys::PREFIX_LIST, node.span)?;
        let name = self.name(&fields, "aggregates");
        let example = "[13.64.0.0/11 ge 12 le 24]";
        let entry = self.reader.required(&fields, "entries", example);
        let (mut entries, mut spans) = (Vec::new(), Vec::new());
        for item in self.reader.list(entry, example) {
            let Some(text) = self.reader.text(item, item.span, "an entry of a prefix list") else { continue };
            match text.value.parse::<PrefixListEntry>() {
                Ok(entry) => {
                    entries.push(entry);
                    spans.push(text.span);
                }
                Err(PrefixListError::Prefix(error)) => self.reader.prefix_error(text.span, &error),
                Err(error) => {
                    let help = "write a prefix, optionally followed by the lengths of the prefixes inside it, such as `13.64.0.0/11 ge 12 le 24`; put \
                        `deny` in front to exclude these prefixes";
                    self.reader.error(Code::NETWORK_PREFIX_LIST, text.span, error.to_string(), help);
                }
            }
        }
        let name = name?;
        let list = PrefixList::new(entries);
        Some(PrefixListDefinition { name: name.value, list, entries: spans, span: name.span })
    }

    /// Reads a route map; `lists` contains the prefix lists by index.
    pub(super) fn route_map(
        &mut self,
        node: &Node,
        lists: &[Option<PrefixList>],
    ) -> Option<RouteMapDefinition> {
        let fields = self.reader.fields(node, "a route map", keys::ROUTE_MAP, node.span)?;
        let name = self.name(&fields, "prefer-er");
        let example = "[{set: {local_preference: 150}}]";
        let entry = self.reader.required(&fields, "clauses", example);
        let (mut clauses, mut spans) = (Vec::<Clause>::new(), Vec::new());
        for (sequence, item) in (1..).zip(self.reader.list(entry, example)) {
            let Some(clause) = self.clause(item, sequence, lists) else { continue };
            self.reached(clauses.last(), item.span);
            clauses.push(clause);
            spans.push(item.span);
        }
        let name = name?;
        if clauses.is_empty() && entry.is_some() {
            let message = format!("the route map `{}` has no clause and denies every route", name.value);
            let help = "write `clauses: [{}]` to accept every route unchanged";
            self.reader.warning(Code::NETWORK_ROUTE_MAP, name.span, message, help);
        }
        // This cannot fail, because the sequence numbers ascend and no clause refers to another clause.
        let map = RouteMap::new(clauses).unwrap_or_default();
        Some(RouteMapDefinition { name: name.value, map, clauses: spans, span: name.span })
    }

    /// Warns if the previous clause accepts or rejects every route.
    fn reached(&mut self, before: Option<&Clause>, span: Span) {
        let Some(before) = before else { return };
        if before.matches.is_empty() && matches!(before.action, Action::Permit | Action::Deny) {
            let message = format!(
                "no route reaches this clause, because clause {} matches all routes",
                before.sequence
            );
            let help =
                "move this clause before that clause, or add a `match` or `action: continue` to that clause";
            self.reader.warning(Code::NETWORK_ROUTE_MAP, span, message, help);
        }
    }

    fn clause(&mut self, node: &Node, sequence: u32, lists: &[Option<PrefixList>]) -> Option<Clause> {
        let fields = self.reader.fields(node, "a clause of a route map", keys::CLAUSE, node.span)?;
        let matches = fields.get("match").map(|entry| self.conditions(entry, lists)).unwrap_or_default();
        let sets = fields.get("set").map(|entry| self.changes(entry)).unwrap_or_default();
        let action = self.word(&fields, "action", &ACTIONS, |action| match action {
            Action::Permit => "permit",
            Action::Deny => "deny",
            Action::Continue { .. } => "continue",
        });
        let action = action.map_or(Action::Permit, |action| action.value);
        if let (Action::Deny, Some(entry), false) = (action, fields.get("set"), sets.is_empty()) {
            let help = "remove `set`, or permit the route";
            self.reader.warning(
                Code::NETWORK_ROUTE_MAP,
                entry.key.span,
                "`set` has no effect in a clause that denies routes",
                help,
            );
        }
        Some(Clause { sequence, matches, sets, action })
    }

    fn conditions(&mut self, entry: &Entry, lists: &[Option<PrefixList>]) -> Vec<Match> {
        let Entry { key, value } = entry;
        let Some(fields) = self.reader.fields(value, "the `match` of a clause", keys::MATCH, key.span) else {
            return Vec::new();
        };
        let mut conditions = Vec::new();
        if let Some(entry) = fields.get("communities") {
            conditions.push(Match::AnyCommunity(self.community_patterns(entry)));
        }
        if let Some(index) = self.optional_reference(&fields, "prefix_list", Named::PREFIX_LIST) {
            let list = usize::try_from(index.value).ok().and_then(|index| lists.get(index));
            conditions.extend(list.cloned().flatten().map(Match::Prefix));
        }
        if let Some(entry) = fields.get("as_paths") {
            conditions.push(Match::AsPath(self.as_paths(entry)));
        }
        if let Some(entry) = fields.get("next_hops") {
            let prefixes = self.reader.prefixes(Some(entry));
            conditions.push(Match::NextHop(prefixes.into_iter().map(|prefix| prefix.value).collect()));
        }
        if let Some(entry) = fields.get("peers") {
            let mut names = Vec::new();
            for item in self.reader.list(Some(entry), "[er-ams/microsoft]") {
                let Some(text) = self.reader.text(item, item.span, "the name of a peer") else { continue };
                names.extend(self.sessions(&text));
            }
            conditions.push(Match::Peer(names));
        }
        let origin = self.word(&fields, "origin", &ORIGINS, |origin| match origin {
            Origin::Igp => "igp",
            Origin::Egp => "egp",
            Origin::Incomplete => "incomplete",
        });
        conditions.extend(origin.map(|origin| Match::Origin(origin.value)));
        conditions
    }

    fn as_paths(&mut self, entry: &Entry) -> Vec<AsPathPattern> {
        let mut patterns = Vec::new();
        for item in self.reader.list(Some(entry), "[_8075$]") {
            let Some(text) = self.reader.text(item, item.span, "an AS path pattern") else { continue };
            match text.value.parse::<AsPathPattern>() {
                Ok(pattern) => patterns.push(pattern),
                Err(error) => {
                    let message = format!("`{}` is not a valid AS path pattern", text.value);
                    let help = error.to_string();
                    self.reader.error(Code::NETWORK_VALUE, text.span, message, help);
                }
            }
        }
        patterns
    }

    fn changes(&mut self, entry: &Entry) -> Vec<Set> {
        let Entry { key, value } = entry;
        let Some(fields) = self.reader.fields(value, "the `set` of a clause", keys::SET, key.span) else {
            return Vec::new();
        };
        let all = 0..=u32::MAX;
        let mut changes = Vec::new();
        let preference = self.reader.optional_number(&fields, "local_preference", &all);
        changes.extend(preference.map(|number| Set::LocalPreference(number.value)));
        let weight = self.reader.optional_number(&fields, "weight", &all);
        changes.extend(weight.map(|number| Set::Weight(number.value)));
        let med = self.reader.optional_number(&fields, "med", &all);
        changes.extend(med.map(|number| Set::Med(Some(number.value))));
        // Prepending starts from the end of the list, so that its first ASN becomes the outermost.
        let prepend = self.prepend(fields.get("prepend"), None);
        changes.extend(prepend.iter().rev().map(|number| Set::Prepend { asn: number.value, times: 1 }));
        if fields.get("communities").is_some() {
            changes.push(Set::SetCommunities(self.set_communities(&fields, "communities")));
        }
        if let Some(entry) = fields.get("remove_communities") {
            changes.push(Set::RemoveCommunities(self.community_patterns(entry)));
        }
        if fields.get("add_communities").is_some() {
            changes.push(Set::AddCommunities(self.set_communities(&fields, "add_communities")));
        }
        changes
    }

    fn set_communities(&mut self, fields: &Fields<'_>, key: &str) -> Communities {
        let mut communities: Vec<Community> = Vec::new();
        for item in self.reader.list(fields.get(key), "[65010:100]") {
            let Some(text) = self.reader.text(item, item.span, "a community") else { continue };
            for pattern in self.community_pattern(&text) {
                if let Some(community) = pattern.community() {
                    communities.push(community);
                } else {
                    let message = format!("`{}` is not a single community", text.value);
                    let help = "write a community such as `65010:100`; `*` is allowed only in `match` and `remove_communities`";
                    self.reader.error(Code::NETWORK_COMMUNITY, text.span, message, help);
                }
            }
        }
        communities.into_iter().collect()
    }

    fn community_patterns(&mut self, entry: &Entry) -> Vec<CommunityPattern> {
        let mut patterns = Vec::new();
        for item in self.reader.list(Some(entry), "[\"12076:51*\", West Europe]") {
            let Some(text) = self.reader.text(item, item.span, "a community") else { continue };
            patterns.extend(self.community_pattern(&text));
        }
        patterns
    }

    /// Parses a community value, a value with `*`, or a name in the catalog.
    fn community_pattern(&mut self, text: &Spanned<String>) -> Vec<CommunityPattern> {
        if let Ok(pattern) = text.value.parse::<CommunityPattern>() {
            if let Some(community) = pattern.community() {
                self.known_to_microsoft(community, text.span);
            }
            return vec![pattern];
        }
        let named = self.names.communities_named(&text.value);
        if named.is_empty() {
            let (message, help) = if text.value.contains([':', '*']) {
                let message = format!("`{}` is not a community", text.value);
                (
                    message,
                    "write a value such as `12076:51002`, or a value with `*`, such as `12076:51*`"
                        .to_owned(),
                )
            } else {
                let message = format!("the catalog has no community `{}` in this cloud", text.value);
                let help = match nearest(&text.value, self.names.community_names()) {
                    Some(name) => format!("did you mean `{name}`?"),
                    None => "write a value such as `12076:51002`, or a name such as `West Europe`".to_owned(),
                };
                (message, help)
            };
            self.reader.error(Code::NETWORK_COMMUNITY, text.span, message, help);
        }
        named.into_iter().map(|meaning| meaning.value.into()).collect()
    }

    /// Warns about a Microsoft community that is not in the catalog, because no known route has it. The values
    /// 12076:2NNNN are customer-defined for virtual networks (how-to-configure-custom-bgp-communities).
    fn known_to_microsoft(&mut self, community: Community, span: Span) {
        let own = (20_000..30_000).contains(&community.value());
        if community.asn() != Community::MICROSOFT || own || self.names.community(community).is_some() {
            return;
        }
        let message = format!("the catalog has no community `{community}` in this cloud");
        let help = "no known route has this community; run `az network route-filter rule list-service-communities` to list the \
                    communities";
        self.reader.warning(Code::NETWORK_COMMUNITY, span, message, help);
    }

    pub(super) fn decision_process(&mut self, entry: &Entry) -> DecisionProcess {
        let Entry { key, value } = entry;
        let mut process = DecisionProcess::default();
        let Some(fields) = self.reader.fields(value, "a decision process", keys::DECISION_PROCESS, key.span)
        else {
            return process;
        };
        if let Some(entry) = fields.get("steps") {
            process.steps = self.steps(entry);
            let compared = [DecisionStep::RouterId, DecisionStep::PeerAddress];
            process.compare_router_id = process.steps.iter().any(|step| compared.contains(step));
        }
        let relax = self.reader.optional_truth(&fields, "multipath_relax").unwrap_or(false);
        if let Some(paths) = self.reader.optional_number(&fields, "max_paths", &(1..=256)) {
            let paths = usize::try_from(paths.value).unwrap_or(usize::MAX);
            process.multipath = match (paths, relax) {
                (_, true) => Multipath::SameAsPathLength { paths },
                (_, false) => Multipath::SameAsPath { paths },
            };
        } else if relax && fields.get("max_paths").is_none() {
            let message = "`multipath_relax` has no effect without `max_paths`: ECMP is limited to equal-cost routes with the same AS path";
            let help = "add `max_paths` with a value of 2 or more to use ECMP over different AS paths of equal length";
            self.reader.warning(Code::NETWORK_NO_EFFECT, fields.span, message, help);
        }
        process.med_always = self.reader.optional_truth(&fields, "always_compare_med").unwrap_or(false);
        process.med_missing_as_worst =
            self.reader.optional_truth(&fields, "missing_med_as_worst").unwrap_or(false);
        if let Some(compared) = self.reader.optional_truth(&fields, "compare_router_id") {
            process.compare_router_id = compared;
        }
        process
    }

    fn steps(&mut self, entry: &Entry) -> Vec<DecisionStep> {
        let mut steps = Vec::new();
        for item in self.reader.list(Some(entry), "[local-preference, as-path-length]") {
            let Some(text) = self.reader.text(item, item.span, "a step") else { continue };
            match STEPS.iter().find(|(word, _)| *word == text.value) {
                None => self.not_one_of("steps", &text, &STEPS.map(|(word, _)| word)),
                Some((_, step)) if steps.contains(step) => {
                    let message = format!("the step `{}` is listed twice", text.value);
                    self.reader.warning(Code::NETWORK_REPEATED, text.span, message, "remove one of the two");
                }
                Some((_, step)) => steps.push(*step),
            }
        }
        steps
    }
}
