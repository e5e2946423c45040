//! Makes lines safe for terminals and for CI agents.
//!
//! How the agents parse a line, according to their source code:
//!
//! - GitHub Actions (actions/runner, `src/Runner.Common/ActionCommand.cs`): `::name …::data` at the start of the line,
//!   after optional white space; `##[name …]data` anywhere.
//! - Azure Pipelines (microsoft/azure-pipelines-agent, `src/Microsoft.VisualStudio.Services.Agent/Command.cs`):
//!   `##vso[area.event …]data` anywhere.
//!
//! Both read to the next line feed or carriage return. Both search for their prefix with .NET's culture-sensitive string
//! comparison, which ignores zero-weight characters such as U+200B. So a prefix is broken by a space, not by one of
//! those. Names of commands are compared exactly.

use std::net::Ipv6Addr;

use super::Shape;
use crate::diag::{is_unsafe, visible};

/// The start of each CI command (GitHub Actions, Azure Pipelines) that peerpath itself writes. Such a command begins a line.
const OWN: [&str; 4] = ["::error ", "::warning ", "::notice ", "##vso[task.logissue "];

/// Breaks every CI command in the text, except those that peerpath writes itself as [`Shape::Commands`].
///
/// A command is broken by a space; in JSON and markup, by an escape that decodes to the same text.
pub(super) fn harmless(text: &str, shape: Shape) -> String {
    let mut lines = String::with_capacity(text.len());
    for line in text.split_inclusive(['\n', '\r']) {
        let own = OWN.into_iter().find(|own| shape == Shape::Commands && line.starts_with(own)).unwrap_or("");
        lines.push_str(own);
        let mut rest = line.strip_prefix(own).unwrap_or(line);
        if own.is_empty() && begins_with_command(rest) {
            let at = rest.find(':').map_or(0, |at| at + 1);
            let (before, after) = rest.split_at_checked(at).unwrap_or(("", rest));
            lines.push_str(before);
            lines.push_str(if shape == Shape::Markup { "&#58;" } else { " " });
            rest = if shape == Shape::Markup { after.strip_prefix(':').unwrap_or(after) } else { after };
        }
        push_broken(&mut lines, rest, shape);
    }
    lines
}

/// Returns whether a line begins with `::` that is not the start of an IPv6 address.
fn begins_with_command(line: &str) -> bool {
    let line = line.trim_start();
    if !line.starts_with("::") {
        return false;
    }
    let end = line.find(|letter: char| !matches!(letter, '0'..='9' | 'a'..='f' | 'A'..='F' | ':' | '.'));
    let (word, rest) = end.and_then(|end| line.split_at_checked(end)).unwrap_or((line, ""));
    let goes_on = rest
        .starts_with(|next: char| !next.is_ascii() || next.is_ascii_alphanumeric() || "-_".contains(next));
    goes_on || word.parse::<Ipv6Addr>().is_err()
}

/// Appends `text` with each `##` before `[` or `v` broken. (The Azure agent warns about `##vso` without a bracket.)
fn push_broken(lines: &mut String, text: &str, shape: Shape) {
    let second = match shape {
        Shape::Json => "\\u0023",
        Shape::Markup => "&#35;",
        Shape::Text | Shape::Data | Shape::Commands => " #",
    };
    let mut rest = text;
    while let Some(at) = rest.find("##") {
        let (before, from) = rest.split_at_checked(at + 1).unwrap_or((rest, ""));
        lines.push_str(before);
        let after = from.strip_prefix('#').unwrap_or(from);
        if after.starts_with(['[', 'v', 'V']) {
            lines.push_str(second);
            rest = after;
        } else {
            rest = from;
        }
    }
    lines.push_str(rest);
}

/// Escapes unsafe characters, except line ends, tabs and, in coloured text, colour sequences.
pub(super) fn shown(text: &str, coloured: bool) -> String {
    let mut safe = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((at, letter)) = rest.char_indices().find(|(_, letter)| is_unsafe(*letter)) {
        let (before, from) = rest.split_at_checked(at).unwrap_or((rest, ""));
        safe.push_str(before);
        let kept = match letter {
            '\n' | '\t' => 1,
            '\r' if from.starts_with("\r\n") => 2,
            '\u{1b}' if coloured => colouring(from),
            _ => 0,
        };
        let (kept, after) = from.split_at_checked(kept).unwrap_or(("", from));
        safe.push_str(kept);
        rest = after;
        if kept.is_empty() {
            safe.push_str(&visible(letter.encode_utf8(&mut [0; 4])));
            rest = after.strip_prefix(letter).unwrap_or("");
        }
    }
    safe.push_str(rest);
    safe
}

/// Returns the length in bytes of the "select graphic rendition" sequence (ECMA-48, 8.3.117) at the start of `text`, or 0.
fn colouring(text: &str) -> usize {
    let Some(parameters) = text.strip_prefix("\u{1b}[") else { return 0 };
    let end = parameters.find(|letter: char| !letter.is_ascii_digit() && letter != ';');
    match end {
        Some(end) if parameters.get(end..).is_some_and(|rest| rest.starts_with('m')) => end + 3,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_begins_a_command() {
        let cases = [
            ("::error::x", ": :error::x"),
            (" \t\u{a0}\u{2003}::add-mask::e\n::debug::", " \t\u{a0}\u{2003}: :add-mask::e\n: :debug::"),
            ("a\r::error::x", "a\r: :error::x"),
            ("::stop-commands::beef\n::beef::", ": :stop-commands::beef\n: :beef::"),
            ("::1234::", ": :1234::"),
            ("a ##[add-mask]e ###[error]", "a # #[add-mask]e ## #[error]"),
            ("│ ##vso[task.complete]##VSO[x.y]##[z]", "│ # #vso[task.complete]# #VSO[x.y]# #[z]"),
            // Other text does not change.
            ("::1,internet\n::/0\n  ::ffff:192.0.2.1 x\n::", "::1,internet\n::/0\n  ::ffff:192.0.2.1 x\n::"),
            ("## heading\n### a::b\n#[x] ##\n", "## heading\n### a::b\n#[x] ##\n"),
        ];
        for (text, wanted) in cases {
            assert_eq!(harmless(text, Shape::Text), wanted);
            assert_eq!(harmless(text, Shape::Data), wanted);
            assert_eq!(harmless(wanted, Shape::Text), wanted);
        }
    }

    #[test]
    fn json_and_markup_read_as_before() {
        let text = "a##[x]###vso[y]";
        let json = harmless(&serde_json::to_string(text).unwrap(), Shape::Json);
        assert_eq!(json, r#""a#\u0023[x]##\u0023vso[y]""#);
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
        assert_eq!(harmless("::error::##[x]", Shape::Markup), ":&#58;error::#&#35;[x]");
    }

    #[test]
    fn own_commands_stay_and_hold_no_other() {
        for (line, wanted) in [
            ("::error file=a,line=1::b ##[add-mask]e", "::error file=a,line=1::b # #[add-mask]e"),
            ("##vso[task.logissue type=error;]a##vso[b.c]", "##vso[task.logissue type=error;]a# #vso[b.c]"),
            ("##vso[task.complete]", "# #vso[task.complete]"),
            (" ::error ::x", " : :error ::x"),
            ("::add-mask::x", ": :add-mask::x"),
        ] {
            assert_eq!(harmless(line, Shape::Commands), wanted);
        }
        assert_eq!(harmless("::error file=a::b", Shape::Text), ": :error file=a::b");
    }

    #[test]
    fn text_shows_what_would_steer_a_terminal() {
        let text = "\u{1b}[1;31mred\u{1b}[0m\ta\u{1b}[2Jb\u{1b}[3\rc\r\n\u{202e}\u{200b}\n";
        assert_eq!(
            shown(text, false),
            "\\u{1b}[1;31mred\\u{1b}[0m\ta\\u{1b}[2Jb\\u{1b}[3\\rc\r\n\\u{202e}\\u{200b}\n"
        );
        assert_eq!(
            shown(text, true),
            "\u{1b}[1;31mred\u{1b}[0m\ta\\u{1b}[2Jb\\u{1b}[3\\rc\r\n\\u{202e}\\u{200b}\n"
        );
    }
}
