//! Writes YAML the way people do: indented by two spaces, short lists on one line, comments beside what they explain.

use std::fmt::Write as _;

use crate::addr::{Family, IpPrefix};
use crate::diag::is_hidden;

/// YAML text under construction.
#[derive(Debug, Default)]
pub(super) struct Yaml {
    text: String,
    depth: usize,
    /// Whether lines are written as comments, because the file cannot contain them.
    off: bool,
    /// Whether the next line begins a list entry.
    entry: bool,
}

impl Yaml {
    pub(super) fn finish(self) -> String {
        self.text
    }

    /// Writes one line at the current depth.
    pub(super) fn line(&mut self, line: &str) {
        let indent = "  ".repeat(self.depth);
        let dash = if std::mem::take(&mut self.entry) {
            indent.strip_suffix("  ").map(|outer| format!("{outer}- "))
        } else {
            None
        };
        let indent = dash.unwrap_or(indent);
        let mark = if self.off { "# " } else { "" };
        // Writing to a string cannot fail.
        let _ = writeln!(self.text, "{mark}{indent}{line}");
    }

    /// Writes an empty line for readability.
    pub(super) fn blank(&mut self) {
        self.text.push('\n');
    }

    /// Writes a comment at the current depth. Before the first line of a list entry it is aligned with the dash.
    pub(super) fn comment(&mut self, comment: &str) {
        let entry = std::mem::take(&mut self.entry);
        self.depth -= usize::from(entry);
        self.line(&format!("# {comment}"));
        self.depth += usize::from(entry);
        self.entry = entry;
    }

    /// Writes `key: value`, with the value unchanged.
    pub(super) fn field(&mut self, key: &str, value: &str) {
        self.line(&format!("{key}: {value}"));
    }

    /// Writes `key: [a, b]`, or one line per value for long lists; writes nothing if there are no values.
    pub(super) fn list(&mut self, key: &str, values: &[String]) {
        if values.is_empty() {
            return;
        }
        let short = values.join(", ");
        if short.len() <= 80 {
            self.field(key, &format!("[{short}]"));
            return;
        }
        self.open(key);
        for value in values {
            self.line(&format!("- {value}"));
        }
        self.close();
    }

    /// Writes `key:`; everything up to [`Self::close`] is nested in it.
    pub(super) fn open(&mut self, key: &str) {
        self.line(&format!("{key}:"));
        self.depth += 1;
    }

    /// Ends the block that [`Self::open`] began.
    pub(super) fn close(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }

    /// Begins a list entry: the next line has the dash.
    pub(super) fn begin(&mut self) {
        self.depth += 1;
        self.entry = true;
    }

    /// Ends the entry that [`Self::begin`] began.
    pub(super) fn end(&mut self) {
        self.entry = false;
        self.close();
    }

    /// Returns whether lines are written as comments.
    pub(super) fn is_off(&self) -> bool {
        self.off
    }

    /// Sets whether lines are written as comments, because the file cannot contain them; returns the previous
    /// setting.
    pub(super) fn switch_off(&mut self, off: bool) -> bool {
        std::mem::replace(&mut self.off, off)
    }
}

/// Returns a string as a scalar: plain if every YAML parser reads it as a string, otherwise quoted.
pub(super) fn scalar(text: &str) -> String {
    const WORDS: [&str; 10] = ["true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan"];
    let plain = text.starts_with(|letter: char| letter.is_ascii_alphabetic())
        && !text.ends_with(' ')
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b" -_.()".contains(&byte))
        && !WORDS.iter().any(|word| text.eq_ignore_ascii_case(word));
    if plain { text.to_owned() } else { quoted(text) }
}

/// Returns a string in double quotes.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            letter if letter.is_control() => quoted.push(' '),
            letter => quoted.push(letter),
        }
    }
    quoted.push('"');
    quoted
}

/// Returns a prefix as a scalar; IPv6 is quoted because of its colons.
pub(super) fn prefix(prefix: &IpPrefix) -> String {
    match prefix.family() {
        Family::V4 => prefix.to_string(),
        Family::V6 => format!("\"{prefix}\""),
    }
}

/// Returns prefixes as scalars.
pub(super) fn prefixes<'p>(all: impl IntoIterator<Item = &'p IpPrefix>) -> Vec<String> {
    all.into_iter().map(prefix).collect()
}

/// Returns unique names that are valid in a network file: `name`, or `name-group` or `name-2` if that name is taken.
/// Invalid characters are replaced with `-`.
pub(super) fn unique_names<'n>(all: impl Iterator<Item = (&'n str, Option<String>)>) -> Vec<String> {
    let mut taken: Vec<String> = Vec::new();
    for (name, group) in all {
        let name = clean(name);
        let with_group = group.map(|group| format!("{name}-{}", clean(&group)));
        let numbered = (2..).map(|number: u64| format!("{name}-{number}"));
        let free = |candidate: &String| !taken.contains(candidate);
        let chosen = std::iter::once(name.clone()).chain(with_group).chain(numbered).find(free);
        taken.push(chosen.unwrap_or(name));
    }
    taken
}

fn clean(name: &str) -> String {
    let odd =
        |letter: char| letter.is_control() || is_hidden(letter) || matches!(letter, '/' | ';' | ',' | '`');
    let name = name.replace(odd, "-");
    let name = name.trim();
    if name.is_empty() { "unnamed".to_owned() } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_and_comments() {
        let mut yaml = Yaml::default();
        yaml.open("sites");
        yaml.begin();
        yaml.comment("first");
        yaml.field("name", "a");
        let before = yaml.switch_off(true);
        yaml.field("b", "c");
        yaml.switch_off(before);
        yaml.list("prefixes", &["10.0.0.0/8".to_owned()]);
        yaml.end();
        yaml.close();
        assert_eq!(yaml.finish(), "sites:\n  # first\n  - name: a\n#     b: c\n    prefixes: [10.0.0.0/8]\n");
    }

    #[test]
    fn scalars_are_quoted_where_yaml_would_take_them_for_something_else() {
        for (text, expected) in [
            ("er-ams", "er-ams"),
            ("Silicon Valley", "Silicon Valley"),
            ("no", "\"no\""),
            ("1e3", "\"1e3\""),
            ("a: b", "\"a: b\""),
            ("a\"\\", "\"a\\\"\\\\\""),
            ("Zürich", "\"Zürich\""),
            ("", "\"\""),
        ] {
            assert_eq!(scalar(text), expected);
        }
    }

    #[test]
    fn names_are_unique() {
        let all = [
            ("a", Some("g".to_owned())),
            ("a", Some("g".to_owned())),
            ("a", Some("g".to_owned())),
            ("b/c", None),
        ];
        let names = unique_names(all.iter().map(|(name, group)| (*name, group.clone())));
        assert_eq!(names, ["a", "a-g", "a-2", "b-c"]);
    }
}
