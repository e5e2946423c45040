//! Commands of the Azure CLI that give each circuit its route filter.

use std::fmt::Write as _;

use crate::check::{FilterAdvice, FilterEntry};

/// Returns a shell script: names and ids as variables first, then the commands for each circuit. A circuit with a
/// route filter gets the missing communities (`rule update`), a circuit without one a new filter (`rule create`).
/// Entries that are there stay. Empty without circuits.
/// The commands are those of Microsoft's page about route filters.
pub fn azure_cli(filters: &[FilterAdvice]) -> String {
    if filters.is_empty() {
        return String::new();
    }
    let mut text =
        "# Route filters for Microsoft peering. Replace the values, then run the commands.\n".to_owned();
    text.push_str("RESOURCE_GROUP='my-resource-group'\n");
    if filters.iter().any(|filter| !filter.exists && !filter.missing.is_empty()) {
        text.push_str("LOCATION='westeurope'\n");
    }
    let variables: Vec<String> = distinct(filters, str::to_ascii_uppercase);
    for (filter, variable) in filters.iter().zip(&variables) {
        if filter.missing.is_empty() {
            continue;
        }
        let name = quoted(&filter.name);
        if !filter.exists {
            let _ = writeln!(text, "CIRCUIT_{variable}={name}");
        }
        let _ = writeln!(text, "FILTER_{variable}={}", quoted(&format!("{}-filter", filter.name)));
        let _ = writeln!(text, "RULE_{variable}='allow'");
    }
    for (filter, variable) in filters.iter().zip(&variables) {
        text.push('\n');
        commands(&mut text, filter, variable);
    }
    text
}

fn commands(text: &mut String, filter: &FilterAdvice, variable: &str) {
    let rule = format!(
        "--resource-group \"$RESOURCE_GROUP\" --filter-name \"$FILTER_{variable}\" --name \"$RULE_{variable}\""
    );
    let _ = writeln!(text, "# {}", comment(&filter.name));
    if filter.missing.is_empty() {
        let _ = writeln!(text, "# nothing is missing: {}", listed(&filter.whole()));
        return;
    }
    let _ = writeln!(text, "# adds {}", listed(&filter.missing.iter().collect::<Vec<_>>()));
    if filter.exists {
        let add: Vec<String> =
            filter.missing.iter().map(|entry| format!("--add communities {}", entry.value)).collect();
        let _ = writeln!(text, "az network route-filter rule update {rule} {}", add.join(" "));
        return;
    }
    let all: Vec<String> = filter.whole().iter().map(|entry| entry.value.to_string()).collect();
    let _ = writeln!(
        text,
        "az network route-filter create --resource-group \"$RESOURCE_GROUP\" --location \"$LOCATION\" --name \"$FILTER_{variable}\"\n\
         az network route-filter rule create {rule} --access Allow --communities {}\n\
         az network express-route peering update --resource-group \"$RESOURCE_GROUP\" --circuit-name \"$CIRCUIT_{variable}\" \
         --name MicrosoftPeering --route-filter \"$FILTER_{variable}\"",
        all.join(" ")
    );
}

/// Returns communities with their names.
pub(super) fn listed(entries: &[&FilterEntry]) -> String {
    let one = |entry: &&FilterEntry| format!("{} ({})", entry.value, comment(&entry.name));
    entries.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// Returns a name for a comment of one line.
pub(super) fn comment(name: &str) -> String {
    name.chars().map(|one| if one.is_control() { ' ' } else { one }).collect()
}

/// Returns a text in single quotes of the shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// Returns an identifier for each circuit: its name with underscores for other characters, in the given case. Names
/// that would be equal get a number.
pub(super) fn distinct(filters: &[FilterAdvice], case: impl Fn(&str) -> String) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for filter in filters {
        let word: String =
            filter.name.chars().map(|one| if one.is_ascii_alphanumeric() { one } else { '_' }).collect();
        let letter = word.starts_with(|first: char| first.is_ascii_alphabetic());
        let word = case(&if letter { word } else { format!("circuit_{word}") });
        let numbered = (2..).map(|number| format!("{word}_{number}"));
        let free = std::iter::once(word.clone()).chain(numbered).find(|name| !all.contains(name));
        all.push(free.unwrap_or(word));
    }
    all
}
