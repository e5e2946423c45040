//! Detects the command that produced a response in a line of text.
//!
//! A route table does not identify its circuit, peering and connection; the command that printed the table does.

/// A command of the Azure CLI or of Azure PowerShell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Command {
    /// The words before the first option, in lower case: `network express-route show`.
    pub(super) words: String,
    options: Vec<(String, String)>,
}

impl Command {
    /// Returns the last command in lines of text.
    pub(super) fn in_lines<'t>(lines: impl DoubleEndedIterator<Item = &'t str>) -> Option<Self> {
        lines.rev().find_map(Self::in_line)
    }

    /// Returns the command in a line of text.
    pub(super) fn in_line(line: &str) -> Option<Self> {
        let mut words = line.split_whitespace().skip_while(|word| !starts_command(word));
        let first = words.next()?;
        let mut command = Self::default();
        if first != "az" {
            command.words = first.to_ascii_lowercase();
        }
        let mut option: Option<String> = None;
        for word in words.map(|word| word.trim_matches(['"', '\''])) {
            if let Some(name) = option_name(word) {
                option = Some(name);
            } else if let Some(name) = option.take() {
                command.options.push((name, word.to_owned()));
            } else if command.options.is_empty() {
                if !command.words.is_empty() {
                    command.words.push(' ');
                }
                command.words.push_str(&word.to_ascii_lowercase());
            }
        }
        Some(command)
    }

    /// Returns the value of the first of these options that is present; names are in lower case without dashes.
    pub(super) fn option(&self, names: &[&str]) -> Option<&str> {
        names.iter().find_map(|name| {
            self.options.iter().find(|(option, _)| option == name).map(|(_, value)| value.as_str())
        })
    }
}

fn starts_command(word: &str) -> bool {
    word == "az" || word.get(..6).is_some_and(|start| start.eq_ignore_ascii_case("get-az"))
}

fn option_name(word: &str) -> Option<String> {
    let name = word.strip_prefix('-')?.trim_start_matches('-');
    name.starts_with(|letter: char| letter.is_ascii_alphabetic()).then(|| name.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_in_lines() {
        let line = "# command: az network express-route list-route-tables -g rg --name er-ams --peering-name \
                    AzurePrivatePeering --path primary -o json";
        let command = Command::in_line(line).unwrap_or_default();
        assert_eq!(command.words, "network express-route list-route-tables");
        assert_eq!(command.option(&["n", "name"]), Some("er-ams"));
        assert_eq!(command.option(&["path"]), Some("primary"));
        let line =
            "PS> Get-AzExpressRouteCircuitRouteTable -DevicePath Primary -ExpressRouteCircuitName 'er-ams'";
        let command = Command::in_line(line).unwrap_or_default();
        assert_eq!(command.words, "get-azexpressroutecircuitroutetable");
        assert_eq!(command.option(&["expressroutecircuitname"]), Some("er-ams"));
        assert_eq!(Command::in_line("WARNING: This command is in preview"), None);
    }
}
