//! Route maps, prefix lists and community lists in FRR's syntax.
//!
//! FRR has one route map per neighbour and direction; a network file applies several in sequence, and continues after
//! `continue`. Both are converted to `call`. A clause that continues calls a map of the following clauses, which ends with a
//! permit clause. A clause that permits calls the next map in the sequence. Conditions that do not depend on the route
//! (the peer, the family) are resolved during export, so each map is generated once per neighbour.

use std::fmt::Write as _;
use std::net::IpAddr;

use crate::addr::{Family, IpPrefix};
use crate::diag::Span;
use crate::export::frr::{FileLine, FrrError, family_of, family_word};
use crate::network::{Network, RouteMapDefinition, RouteMapId};
use crate::rib::{
    Action, AsPathPattern, Clause, Communities, CommunityPattern, Match, PrefixList, PrefixListEntry, Set,
};

/// Maximum depth of maps that call each other: FRR's limit (10) minus one for the caller.
const MAX_DEPTH: usize = 9;

/// Collects lists and maps; lists are written before the maps that use them.
pub(super) struct Policies<'a> {
    network: &'a Network,
    lists: String,
    maps: String,
    /// The names of all lists and maps so far, to keep them unique.
    names: Vec<String>,
}

/// The neighbour and family that a map is generated for.
#[derive(Clone, Copy)]
struct Target<'a> {
    session: &'a str,
    address: IpAddr,
}

impl Target<'_> {
    fn family(self) -> Family {
        family_of(self.address)
    }
}

impl<'a> Policies<'a> {
    pub(super) fn new(network: &'a Network) -> Self {
        Self { network, lists: String::new(), maps: String::new(), names: Vec::new() }
    }

    /// Appends all lists and maps.
    pub(super) fn write(&self, text: &mut String) {
        for part in [&self.lists, &self.maps] {
            text.push_str(part);
            if !part.is_empty() {
                text.push_str("!\n");
            }
        }
    }

    /// Writes the maps that a neighbour's routes pass in sequence. Returns the name of the first, `None` if there is
    /// none.
    pub(super) fn import(
        &mut self,
        session: &str,
        address: IpAddr,
        row: &[RouteMapId],
        errors: &mut Vec<FrrError>,
    ) -> Option<String> {
        let target = Target { session, address };
        let mut next = None;
        // In reverse order, so that each map can call the next one.
        for id in row.iter().rev() {
            let Some(definition) = self.network.route_map(*id) else { continue };
            next = Some(self.map(target, definition, 0, next.as_deref(), 1, errors));
        }
        next
    }

    /// Writes the map for the prefixes advertised over a session in a family. Returns its name.
    pub(super) fn export(
        &mut self,
        session: &str,
        family: Family,
        advertised: &[IpPrefix],
        prepend: &[u32],
    ) -> String {
        let name = self.name(&format!("{session}-{}-out", family_label(family)));
        if advertised.is_empty() {
            let _ = writeln!(self.maps, "route-map {name} deny 10\nexit");
            return name;
        }
        let word = family_word(family);
        for (sequence, prefix) in (5..).step_by(5).zip(advertised) {
            let _ = writeln!(self.lists, "{word} prefix-list {name} seq {sequence} permit {prefix}");
        }
        let _ = writeln!(self.maps, "route-map {name} permit 10\n match {word} address prefix-list {name}");
        if !prepend.is_empty() {
            let _ = writeln!(self.maps, " set as-path prepend {}", joined(prepend));
        }
        self.maps.push_str("exit\n");
        name
    }

    /// Writes the clauses of a map from index `from` on. Routes that they permit go through `next`.
    fn map(
        &mut self,
        target: Target<'_>,
        definition: &RouteMapDefinition,
        from: usize,
        next: Option<&str>,
        depth: usize,
        errors: &mut Vec<FrrError>,
    ) -> String {
        let family = family_label(target.family());
        let tail = if from == 0 { String::new() } else { format!("-from-{}", from + 1) };
        let name = self.name(&format!("{}-{family}-in-{}{tail}", target.session, definition.name));
        let mut text = String::new();
        for (index, clause) in definition.map.clauses().iter().enumerate().skip(from) {
            let place = self.place(definition.clauses.get(index).copied().unwrap_or(definition.span));
            let list = format!("{name}-{}", clause.sequence);
            let Some(conditions) = self.conditions(target, &list, clause, &place, errors) else { continue };
            let action = if clause.action == Action::Deny { "deny" } else { "permit" };
            let mut body = conditions;
            let call = match clause.action {
                Action::Deny => None,
                Action::Permit => next.map(str::to_owned),
                Action::Continue { at } => {
                    let behind = definition.map.clauses().iter().position(|other| match at {
                        Some(at) => other.sequence >= at,
                        None => other.sequence > clause.sequence,
                    });
                    if depth >= MAX_DEPTH {
                        let what = format!(
                            "route map `{}`, which has too many clauses that continue,",
                            definition.name
                        );
                        let remedy = "merge clauses: FRR nests at most 10 route maps";
                        errors.push(FrrError::Unsupported { place: place.clone(), what, remedy });
                        continue;
                    }
                    let from = behind.unwrap_or(definition.map.clauses().len());
                    // A route that none of the following clauses matches is permitted all the same.
                    Some(self.map(target, definition, from, next, depth + 1, errors))
                }
            };
            if clause.action != Action::Deny {
                self.sets(&list, clause, target, &place, &mut body, errors);
            }
            if let Some(call) = call {
                let _ = writeln!(body, " call {call}");
            }
            let _ = writeln!(text, "route-map {name} {action} {}\n{body}exit", clause.sequence);
        }
        if text.is_empty() && from == 0 {
            let _ = writeln!(text, "route-map {name} deny 65535\nexit");
        }
        if from > 0 {
            let call = next.map(|next| format!(" call {next}\n")).unwrap_or_default();
            let _ = writeln!(text, "route-map {name} permit 65535\n{call}exit");
        }
        self.maps.push_str(&text);
        name
    }

    /// Returns the conditions of a clause, or `None` if it can never match a route of this neighbour.
    fn conditions(
        &mut self,
        target: Target<'_>,
        list: &str,
        clause: &Clause,
        place: &FileLine,
        errors: &mut Vec<FrrError>,
    ) -> Option<String> {
        let word = family_word(target.family());
        let mut text = String::new();
        let mut kinds: Vec<std::mem::Discriminant<Match>> = Vec::new();
        for condition in &clause.matches {
            match condition {
                Match::Peer(names) => {
                    if !names.iter().any(|name| name == target.session) {
                        return None;
                    }
                    continue;
                }
                Match::NextHop(prefixes) => {
                    // Over a single-hop session the next hop is the neighbour.
                    if !prefixes.iter().any(|prefix| prefix.contains(target.address)) {
                        return None;
                    }
                    continue;
                }
                _ => {}
            }
            let kind = std::mem::discriminant(condition);
            if kinds.contains(&kind) {
                errors.push(unsupported(
                    place,
                    "two conditions of the same kind in a clause",
                    "split the clause",
                ));
                continue;
            }
            kinds.push(kind);
            match condition {
                Match::Prefix(prefixes) => {
                    let name = self.prefix_list(target.family(), list, prefixes)?;
                    let _ = writeln!(text, " match {word} address prefix-list {name}");
                }
                Match::AnyCommunity(patterns) => {
                    let name = self.community_list(list, patterns, place, errors);
                    let _ = writeln!(text, " match community {name}");
                }
                Match::AsPath(patterns) => {
                    let name = self.name(&format!("{list}-path"));
                    for pattern in patterns {
                        let regex = as_path_regex(pattern);
                        let _ = writeln!(self.lists, "bgp as-path access-list {name} permit {regex}");
                    }
                    let _ = writeln!(text, " match as-path {name}");
                }
                Match::Origin(origin) => {
                    let _ = writeln!(text, " match origin {origin}");
                }
                _ => errors.push(unsupported(place, "a match condition", "use another one")),
            }
        }
        Some(text)
    }

    fn sets(
        &mut self,
        list: &str,
        clause: &Clause,
        target: Target<'_>,
        place: &FileLine,
        text: &mut String,
        errors: &mut Vec<FrrError>,
    ) {
        // FRR keeps one command of each kind per clause.
        let mut prepend: Vec<u32> = Vec::new();
        let mut replaced: Option<Communities> = None;
        let mut added: Option<Communities> = None;
        for set in &clause.sets {
            let _ = match set {
                Set::LocalPreference(value) => writeln!(text, " set local-preference {value}"),
                Set::Weight(value) => writeln!(text, " set weight {value}"),
                Set::Med(Some(value)) => writeln!(text, " set metric {value}"),
                Set::Prepend { asn, times } => {
                    // Later prepends are further left in the AS path.
                    prepend.splice(0..0, std::iter::repeat_n(*asn, usize::from(*times)));
                    Ok(())
                }
                Set::SetCommunities(communities) => {
                    (replaced, added) = (Some(communities.clone()), None);
                    Ok(())
                }
                Set::AddCommunities(communities) => {
                    match (&mut replaced, &mut added) {
                        (Some(all), _) | (None, Some(all)) => all.add(communities),
                        (None, none) => *none = Some(communities.clone()),
                    }
                    Ok(())
                }
                Set::RemoveCommunities(patterns) => {
                    if replaced.is_some() || added.is_some() {
                        let remedy = "remove communities before adding others, or in a separate clause";
                        errors.push(unsupported(place, "removing communities after adding others", remedy));
                    }
                    let name = self.community_list(&format!("{list}-removed"), patterns, place, errors);
                    writeln!(text, " set comm-list {name} delete")
                }
                Set::NextHop(address) if address.is_ipv4() == target.address.is_ipv4() => {
                    let global = if address.is_ipv4() { "" } else { " global" };
                    writeln!(text, " set {} next-hop{global} {address}", family_word(target.family()))
                }
                Set::Origin(origin) => writeln!(text, " set origin {origin}"),
                _ => {
                    errors.push(unsupported(place, "a set action", "use another one"));
                    Ok(())
                }
            };
        }
        if !prepend.is_empty() {
            let _ = writeln!(text, " set as-path prepend {}", joined(&prepend));
        }
        for (communities, additive) in [(replaced, ""), (added, " additive")] {
            let Some(communities) = communities else { continue };
            if !communities.large().is_empty() {
                errors.push(unsupported(place, "large communities", "remove them"));
            }
            set_community(&communities, additive, text);
        }
    }

    /// Writes the entries of a list for one family. Returns `None` if the list permits nothing in that family.
    fn prefix_list(&mut self, family: Family, base: &str, list: &PrefixList) -> Option<String> {
        let entries: Vec<&PrefixListEntry> =
            list.entries.iter().filter(|entry| entry.prefix().family() == family).collect();
        if !entries.iter().any(|entry| entry.permits()) {
            return None;
        }
        let name = self.name(&format!("{base}-prefix"));
        for (sequence, entry) in (5..).step_by(5).zip(entries) {
            let _ = writeln!(
                self.lists,
                "{} prefix-list {name} seq {sequence} {}",
                family_word(family),
                prefix_list_entry(entry)
            );
        }
        Some(name)
    }

    fn community_list(
        &mut self,
        base: &str,
        patterns: &[CommunityPattern],
        place: &FileLine,
        errors: &mut Vec<FrrError>,
    ) -> String {
        let name = self.name(&format!("{base}-community"));
        let plain = patterns.iter().all(|pattern| pattern.community().is_some());
        for pattern in patterns {
            let text = pattern.to_string();
            if text.matches(':').count() > 1 {
                errors.push(unsupported(place, "a large community", "match standard communities"));
            }
            let _ = if plain {
                writeln!(self.lists, "bgp community-list standard {name} permit {text}")
            } else {
                let regex = text.replace('*', "[0-9]*");
                writeln!(self.lists, "bgp community-list expanded {name} permit _{regex}_")
            };
        }
        name
    }

    fn place(&self, span: Span) -> FileLine {
        FileLine::of(&self.network.source, span)
    }

    /// Returns an unused name of letters, digits and dashes.
    fn name(&mut self, wanted: &str) -> String {
        let plain: String =
            wanted.chars().map(|one| if one.is_ascii_alphanumeric() { one } else { '-' }).collect();
        let mut name = plain.clone();
        let mut number = 2;
        while self.names.contains(&name) {
            name = format!("{plain}-{number}");
            number += 1;
        }
        self.names.push(name.clone());
        name
    }
}

/// Writes the command that sets or adds communities.
fn set_community(communities: &Communities, additive: &str, text: &mut String) {
    let values: Vec<String> = communities.standard().iter().map(ToString::to_string).collect();
    let values = if values.is_empty() { "none".to_owned() } else { values.join(" ") };
    if additive.is_empty() || values != "none" {
        let _ = writeln!(text, " set community {values}{additive}");
    }
}

fn unsupported(place: &FileLine, what: &str, remedy: &'static str) -> FrrError {
    FrrError::Unsupported { place: place.clone(), what: what.to_owned(), remedy }
}

fn family_label(family: Family) -> &'static str {
    match family {
        Family::V4 => "v4",
        Family::V6 => "v6",
    }
}

fn joined(numbers: &[u32]) -> String {
    numbers.iter().map(u32::to_string).collect::<Vec<_>>().join(" ")
}

/// FRR accepts `ge` only if it is greater than the prefix length.
fn prefix_list_entry(entry: &PrefixListEntry) -> String {
    let (shortest, longest) = entry.lengths();
    let length = entry.prefix().length();
    let mut text = format!("{} {}", if entry.permits() { "permit" } else { "deny" }, entry.prefix());
    if shortest > length {
        let _ = write!(text, " ge {shortest}");
    }
    if longest > length {
        let _ = write!(text, " le {longest}");
    }
    text
}

/// Converts the pattern to a regular expression over FRR's text of a path, where `_` is the edge of an ASN.
fn as_path_regex(pattern: &AsPathPattern) -> String {
    let text = pattern.to_string();
    let (start, inner) = text.strip_prefix('^').map_or((false, text.as_str()), |rest| (true, rest));
    let (end, inner) = inner.strip_suffix('$').map_or((false, inner), |rest| (true, rest));
    let words: Vec<&str> = inner.split([' ', '_']).filter(|word| !word.is_empty()).collect();
    let mut regex = String::from(if start { "^" } else { "" });
    // Whether an ASN may follow directly, or an edge must come first.
    let mut edge = !start;
    for word in words {
        match word {
            ".*" | "*" => {
                // Any number of ASNs, including none: this matches from edge to edge.
                regex.push_str(if edge { "_(.*_)?" } else { "(.*_)?" });
                edge = false;
            }
            _ => {
                if edge {
                    regex.push('_');
                }
                regex.push_str(if word == "." { "[0-9]+" } else { word });
                edge = true;
            }
        }
    }
    match (end, edge) {
        (true, _) => regex.push('$'),
        (false, true) if !regex.is_empty() => regex.push('_'),
        _ => {}
    }
    if regex.is_empty() { ".*".to_owned() } else { regex }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_of_paths_as_regular_expressions() {
        for (pattern, regex) in [
            ("12076", "_12076_"),
            ("^12076", "^12076_"),
            ("12076$", "_12076$"),
            ("^$", "^$"),
            ("^64500 12076$", "^64500_12076$"),
            ("^64500 .* 12076$", "^64500_(.*_)?12076$"),
            ("^[0-9]+$", "^[0-9]+$"),
            ("^.$", "^[0-9]+$"),
        ] {
            assert_eq!(as_path_regex(&pattern.parse().unwrap()), regex, "{pattern}");
        }
    }

    #[test]
    fn entries_of_prefix_lists() {
        for text in ["permit 10.0.0.0/8", "deny 10.0.0.0/8 le 24", "permit 10.0.0.0/8 ge 16 le 24"] {
            assert_eq!(prefix_list_entry(&text.parse().unwrap()), text);
        }
        assert_eq!(prefix_list_entry(&"10.0.0.0/8 ge 9".parse().unwrap()), "permit 10.0.0.0/8 ge 9 le 32");
    }
}
