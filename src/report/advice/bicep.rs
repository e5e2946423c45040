//! Route filters as Bicep.

use std::fmt::Write as _;

use crate::check::FilterAdvice;
use crate::report::advice::azure_cli::{comment, distinct};

/// The API version of the resource.
const API: &str = "2023-09-01";

/// Returns a Bicep file with one route filter for each circuit, whose single rule has all communities: those that are
/// there and those that are missing. Empty without circuits.
pub fn bicep(filters: &[FilterAdvice]) -> String {
    if filters.is_empty() {
        return String::new();
    }
    let mut text =
        "// Route filters for Microsoft peering.\nparam location string = resourceGroup().location\n"
            .to_owned();
    for (filter, symbol) in filters.iter().zip(distinct(filters, str::to_owned)) {
        let name = quoted(&format!("{}-filter", filter.name));
        let _ = write!(
            text,
            "\nresource {symbol} 'Microsoft.Network/routeFilters@{API}' = {{\n  name: {name}\n  location: location\n  \
             properties: {{\n    rules: [\n      {{\n        name: 'allow'\n        properties: {{\n          access: 'Allow'\n          \
             routeFilterRuleType: 'Community'\n          communities: [\n"
        );
        for entry in filter.whole() {
            let new = if filter.missing.contains(entry) && filter.exists { ", missing so far" } else { "" };
            let _ = writeln!(text, "            '{}' // {}{new}", entry.value, comment(&entry.name));
        }
        text.push_str("          ]\n        }\n      }\n    ]\n  }\n}\n");
    }
    text
}

/// Returns a text as a literal of Bicep.
fn quoted(text: &str) -> String {
    let mut literal = String::from("'");
    for one in text.chars() {
        match one {
            '\\' => literal.push_str(r"\\"),
            '\'' => literal.push_str(r"\'"),
            '$' => literal.push_str(r"\$"),
            one if one.is_control() => drop(write!(literal, "\\u{{{:x}}}", u32::from(one))),
            one => literal.push(one),
        }
    }
    literal.push('\'');
    literal
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::FilterEntry;
    use crate::report::advice::azure_cli;
    use crate::rib::Community;

    fn filter(name: &str, exists: bool, present: &[u16], missing: &[u16]) -> FilterAdvice {
        let entries = |values: &[u16]| -> Vec<FilterEntry> {
            let entry = |value: &u16| FilterEntry {
                value: Community::microsoft(*value),
                name: format!("Region {value}"),
            };
            values.iter().map(entry).collect()
        };
        FilterAdvice {
            circuit: None,
            name: name.to_owned(),
            exists,
            present: entries(present),
            missing: entries(missing),
        }
    }

    /// The lines of a Bicep file, with strings and comments removed.
    fn code(text: &str) -> Vec<String> {
        let mut lines = Vec::new();
        for line in text.lines() {
            let (mut out, mut inside, mut escaped) = (String::new(), false, false);
            let mut characters = line.chars().peekable();
            while let Some(one) = characters.next() {
                match one {
                    _ if escaped => escaped = false,
                    '\\' if inside => escaped = true,
                    '\'' => inside = !inside,
                    '/' if !inside && characters.peek() == Some(&'/') => break,
                    _ if inside => {}
                    one => out.push(one),
                }
            }
            assert!(!inside, "a string does not end: {line}");
            lines.push(out.trim().to_owned());
        }
        lines
    }

    /// Brackets match, identifiers are distinct words, and each rule lists its communities ascending.
    #[test]
    fn the_file_is_well_formed() {
        let filters = [
            filter("er-a", true, &[51003], &[51002]),
            filter("er a", false, &[], &[51004]),
            filter("7's ${x}\\", false, &[], &[51005]),
        ];
        let text = bicep(&filters);
        let mut open = Vec::new();
        let mut symbols = Vec::new();
        for line in code(&text) {
            if let Some(rest) = line.strip_prefix("resource ") {
                assert!(open.is_empty());
                symbols.push(rest.split(' ').next().unwrap().to_owned());
            }
            for one in line.chars() {
                match one {
                    '{' | '[' | '(' => open.push(one),
                    '}' => assert_eq!(open.pop(), Some('{')),
                    ']' => assert_eq!(open.pop(), Some('[')),
                    ')' => assert_eq!(open.pop(), Some('(')),
                    _ => {}
                }
            }
        }
        assert!(open.is_empty());
        assert_eq!(symbols, ["er_a", "er_a_2", "circuit_7_s___x__"]);
        assert!(text.contains("name: '7\\'s \\${x}\\\\-filter'"), "{text}");
        let first = text.find("'12076:51002' // Region 51002, missing so far").unwrap();
        assert!(first < text.find("'12076:51003' // Region 51003\n").unwrap());
    }

    #[test]
    fn commands_create_or_update() {
        let text = azure_cli(&[
            filter("er-a", true, &[51003], &[51002]),
            filter("b", false, &[], &[51005, 51004]),
            filter("c", true, &[51004], &[]),
        ]);
        for line in [
            "FILTER_ER_A='er-a-filter'\nRULE_ER_A='allow'\nCIRCUIT_B='b'\n",
            "az network route-filter rule update --resource-group \"$RESOURCE_GROUP\" --filter-name \"$FILTER_ER_A\" --name \"$RULE_ER_A\" --add communities 12076:51002\n",
            " --access Allow --communities 12076:51004 12076:51005\n",
            "# c\n# nothing is missing: 12076:51004 (Region 51004)\n",
        ] {
            assert!(text.contains(line), "{line}\n{text}");
        }
        let commands = text.find("\naz ").unwrap();
        assert!(text.rfind("RULE_B='allow'").unwrap() < commands);
    }
}
