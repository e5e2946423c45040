//! Adds missing communities to the route filters of a network file, without touching anything else in it.

use std::collections::BTreeMap;

use crate::catalog::Catalog;
use crate::check::advice::{FilterAdvice, FilterEntry};
use crate::diag::{Source, Span};
use crate::network::{self, Circuit, Network};

/// A line of a text and the lines that replace it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineEdit {
    /// The line, from 1.
    pub line: usize,
    /// What replaces it: whole lines with their ends. The last line of a file may have none.
    pub new: Vec<String>,
}

/// Why a network file cannot be changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PatchError {
    /// A route filter is written in a form that cannot be extended in place, such as an alias.
    #[error("cannot extend the route filter of `{circuit}` in place: add {communities} by hand")]
    Form {
        /// The circuit.
        circuit: String,
        /// The communities to add.
        communities: String,
    },
}

/// Returns the edits that add the missing communities to the route filters of a network file, by line. Empty if
/// nothing is missing. The changed text is read again: its route filters have the communities, and those of other
/// circuits are as before.
///
/// # Errors
///
/// [`PatchError`] if a route filter has a form that cannot be extended in place.
///
/// # Complexity
///
/// Linear in the text.
pub fn patched(
    network: &Network,
    catalog: &Catalog,
    filters: &[FilterAdvice],
) -> Result<Vec<LineEdit>, PatchError> {
    let text = network.source.text();
    let mut insertions: BTreeMap<usize, String> = BTreeMap::new();
    for filter in filters.iter().filter(|filter| !filter.missing.is_empty()) {
        let circuit = filter.circuit.and_then(|id| network.circuit(id));
        let found = circuit.and_then(|circuit| insertion(text, circuit, &filter.missing));
        let (at, new) = found.ok_or_else(|| form(filter))?;
        insertions.insert(at, new);
    }
    let changed = applied(text, &insertions);
    let read_again = Source::new(network.source.name(), changed);
    let read_again = network::read(&read_again, catalog).0;
    for filter in filters {
        let id = filter.circuit;
        let now = read_again.as_ref().and_then(|network| network.circuit(id?)).map(communities);
        let before = id.and_then(|id| network.circuit(id)).map(communities).unwrap_or_default();
        let mut expected = [before, filter.missing.iter().map(|entry| entry.value).collect()].concat();
        expected.sort_unstable();
        if now.as_ref() != Some(&expected) {
            return Err(form(filter));
        }
    }
    Ok(edits(text, &insertions))
}

fn form(filter: &FilterAdvice) -> PatchError {
    let communities: Vec<String> = filter.missing.iter().map(|entry| format!("`{}`", entry.value)).collect();
    PatchError::Form { circuit: filter.name.clone(), communities: communities.join(", ") }
}

/// Returns the communities of a circuit's route filter, ascending.
fn communities(circuit: &Circuit) -> Vec<crate::rib::Community> {
    let filter = circuit.microsoft_peering.as_ref().and_then(|peering| peering.of_kind.route_filter.as_ref());
    let mut all: Vec<_> =
        filter.into_iter().flat_map(|filter| &filter.communities).map(|one| one.value).collect();
    all.sort_unstable();
    all
}

/// Returns where to insert what, so that a circuit's route filter has the communities.
fn insertion(text: &str, circuit: &Circuit, missing: &[FilterEntry]) -> Option<(usize, String)> {
    let peering = circuit.microsoft_peering.as_ref()?;
    let Some(filter) = &peering.of_kind.route_filter else {
        return new_filter(text, peering.span, missing);
    };
    let Some(last) = filter.communities.iter().max_by_key(|entry| entry.span.start) else {
        let open = after(text, filter.span, '[')?;
        return Some((open, names(missing, false).join(", ")));
    };
    let entry = text.get(last.span.start..last.span.start + last.span.length)?;
    let by_value = entry.trim_matches(['"', '\'']).starts_with(|first: char| first.is_ascii_digit());
    let names = names(missing, by_value);
    let (line_start, line_end) = line_of(text, last.span.start);
    let indent = text.get(line_start..last.span.start)?;
    if indent.trim_start() != "- " {
        return Some((last.span.start + last.span.length, format!(", {}", names.join(", "))));
    }
    let eol = end_of_line(text, line_end);
    Some((line_end, names.iter().flat_map(|name| [eol, indent, name.as_str()]).collect()))
}

/// Returns where to insert a whole route filter into a peering that has none.
fn new_filter(text: &str, key: Span, missing: &[FilterEntry]) -> Option<(usize, String)> {
    let filter = format!("route_filter: [{}]", names(missing, false).join(", "));
    if let Some(open) = after(text, key, '{') {
        let empty = text.get(open..)?.trim_start().starts_with('}');
        return Some((open, if empty { filter } else { format!("{filter}, ") }));
    }
    let (line_start, line_end) = line_of(text, key.start);
    let width = key.start.checked_sub(line_start)?;
    // The settings of a block are indented like its first one.
    let below = text.get(line_end..)?.lines().skip(1).find(|line| {
        let line = line.trim_start();
        !line.is_empty() && !line.starts_with('#')
    });
    let below = below.map_or(0, |line| line.len() - line.trim_start().len());
    let indent = if below > width { below } else { width + 2 };
    Some((line_end, format!("{}{:indent$}{filter}", end_of_line(text, line_end), "")))
}

/// Returns the position behind an opening bracket that follows a key on its line.
fn after(text: &str, key: Span, bracket: char) -> Option<usize> {
    let (_, line_end) = line_of(text, key.start);
    let start = key.start + key.length;
    let rest = text.get(start..line_end)?;
    let value = rest.strip_prefix(':').map(str::trim_start)?;
    value.starts_with(bracket).then(|| line_end - value.len() + bracket.len_utf8())
}

/// Returns the communities as entries of a YAML list: names, or values.
fn names(missing: &[FilterEntry], by_value: bool) -> Vec<String> {
    let plain = |name: &str| {
        name.starts_with(|first: char| first.is_ascii_alphabetic())
            && name.chars().all(|one| one.is_ascii_alphanumeric() || " -._/".contains(one))
    };
    let name = |entry: &FilterEntry| {
        if by_value || !plain(&entry.name) { entry.value.to_string() } else { entry.name.clone() }
    };
    missing.iter().map(name).collect()
}

/// Returns the first byte of the line around a position, and the byte behind its last character.
fn line_of(text: &str, at: usize) -> (usize, usize) {
    let start = text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |newline| newline + 1);
    let rest = text.get(start..).unwrap_or_default();
    let line = rest.lines().next().unwrap_or_default();
    (start, start + line.len())
}

fn end_of_line(text: &str, at: usize) -> &'static str {
    if text.get(at..).is_some_and(|rest| rest.starts_with("\r\n")) { "\r\n" } else { "\n" }
}

fn applied(text: &str, insertions: &BTreeMap<usize, String>) -> String {
    let (mut changed, mut from) = (String::with_capacity(text.len()), 0);
    for (at, new) in insertions {
        changed.push_str(text.get(from..*at).unwrap_or_default());
        changed.push_str(new);
        from = *at;
    }
    changed.push_str(text.get(from..).unwrap_or_default());
    changed
}

/// Returns the insertions as edits of lines.
fn edits(text: &str, insertions: &BTreeMap<usize, String>) -> Vec<LineEdit> {
    let (mut edits, mut start) = (Vec::new(), 0);
    for (index, line) in text.split_inclusive('\n').enumerate() {
        let end = start + line.len();
        let last = end == text.len() && !line.ends_with('\n');
        let inside = |at: usize| (start..end).contains(&at) || last && at == end;
        let own: BTreeMap<usize, String> = insertions
            .iter()
            .filter(|(at, _)| inside(**at))
            .map(|(at, new)| (at - start, new.clone()))
            .collect();
        if !own.is_empty() {
            let new = applied(line, &own).split_inclusive('\n').map(str::to_owned).collect();
            edits.push(LineEdit { line: index + 1, new });
        }
        start = end;
    }
    edits
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Cloud;
    use crate::check::advice::{AdviceRequest, advise};

    const HEAD: &str = "version: 1\nsites: [{name: a, prefixes: [10.1.0.0/16], circuits: [er]}]\ncircuits:\n  - name: er\n    \
        peering_location: Amsterdam\n    sku: standard\n    bandwidth: 1 Gbps\n    # the peering\n";

    /// Each form of a route filter without North Europe, and the line after the patch.
    #[test]
    fn every_form_is_extended_in_place() {
        for (peering, line) in [
            (
                "    microsoft_peering: {route_filter: [West Europe]} # x\n",
                "    microsoft_peering: {route_filter: [West Europe, North Europe]} # x\n",
            ),
            (
                "    microsoft_peering:\n      route_filter: [12076:51002]\n",
                "      route_filter: [12076:51002, 12076:51003]\n",
            ),
            (
                "    microsoft_peering:\n      route_filter: [\"West Europe\",]\n",
                "      route_filter: [\"West Europe\", North Europe,]\n",
            ),
            (
                "    microsoft_peering:\n      route_filter:\n        - West Europe # hub\n",
                "        - North Europe\n",
            ),
            ("    microsoft_peering:\n      route_filter:\n        - West Europe", "        - North Europe"),
            (
                "    microsoft_peering:\r\n      route_filter:\r\n        - West Europe\r\n",
                "        - North Europe\r\n",
            ),
            (
                "    microsoft_peering:\n      route_filter: []\n",
                "      route_filter: [West Europe, North Europe]\n",
            ),
            (
                "    microsoft_peering: {}\n",
                "    microsoft_peering: {route_filter: [West Europe, North Europe]}\n",
            ),
            (
                "    microsoft_peering: {import: m}\nroute_maps: [{name: m, clauses: [{}]}]\n",
                "    microsoft_peering: {route_filter: [West Europe, North Europe], import: m}\n",
            ),
            (
                "    microsoft_peering:\n        # none\n        prepend: []\n",
                "        route_filter: [West Europe, North Europe]\n",
            ),
        ] {
            let edits = patch(&format!("{HEAD}{peering}")).unwrap();
            let new: Vec<&String> = edits.iter().flat_map(|edit| &edit.new).collect();
            assert!(new.iter().any(|new| new.as_str() == line), "{peering}: {new:?}");
        }
    }

    #[test]
    fn nothing_missing_is_no_edit() {
        let whole = format!("{HEAD}    microsoft_peering: {{route_filter: [West Europe, North Europe]}}\n");
        assert_eq!(patch(&whole), Ok(Vec::new()));
    }

    /// A list behind an alias is extended where it is written. An entry behind an alias is in another list.
    #[test]
    fn aliases_are_followed_or_left_to_people() {
        let two = |first: &str, second: &str| {
            format!(
                "{HEAD}    microsoft_peering: {{route_filter: {first}}}\n  - name: er2\n    peering_location: Amsterdam\n    sku: standard\n    \
                 bandwidth: 1 Gbps\n    microsoft_peering: {{route_filter: {second}}}\n"
            )
        };
        let edits = patch(&two("&f [West Europe]", "*f")).unwrap();
        assert_eq!(edits.iter().map(|edit| edit.line).collect::<Vec<_>>(), [9]);
        let error = patch(&two("[&w West Europe, North Europe]", "[*w]")).unwrap_err();
        let PatchError::Form { circuit, communities } = &error;
        assert_eq!((circuit.as_str(), communities.as_str()), ("er2", "`12076:51003`"));
    }

    fn patch(text: &str) -> Result<Vec<LineEdit>, PatchError> {
        let catalog = Catalog::shipped(Cloud::Public).unwrap();
        let (network, found) = network::read(&Source::new("network.yaml", text), &catalog);
        let network = network.unwrap_or_else(|| panic!("{text}\n{found:?}"));
        let region = catalog.tenant_region("Europe").unwrap();
        let products = [catalog.product("power-apps").unwrap()];
        let request = AdviceRequest {
            products: &products,
            region: &region,
            catalog: &catalog,
            network: Some(&network),
        };
        patched(&network, &catalog, &advise(request).unwrap().filters)
    }
}
