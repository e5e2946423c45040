//! Removes secrets from exports: service keys, authorization keys, shared keys, subscription ids.
//!
//! An import reads only named fields, and none of these contains a key. Every string that is read is also scrubbed,
//! because people put keys into names and error texts.

/// Replaces everything that looks like a key with `REDACTED`: GUIDs, and runs of at least 28 letters and digits that
/// contain both.
pub(in crate::import) fn redact(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let run = rest.find(|letter| !belongs(letter)).unwrap_or(rest.len());
        if run == 0 {
            let letter = rest.chars().next().map_or(1, char::len_utf8);
            let (head, tail) = rest.split_at_checked(letter).unwrap_or((rest, ""));
            out.push_str(if head.chars().any(char::is_control) { " " } else { head });
            rest = tail;
            continue;
        }
        let (token, tail) = rest.split_at_checked(run).unwrap_or((rest, ""));
        push_token(token, &mut out);
        rest = tail;
    }
    out
}

/// Returns whether a character can be part of a token; this includes the dash of a GUID.
fn belongs(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '-' | '+' | '=')
}

fn push_token(token: &str, out: &mut String) {
    let mut rest = token;
    while let Some(at) = guid_at(rest) {
        out.push_str(rest.get(..at).unwrap_or_default());
        out.push_str("REDACTED");
        rest = rest.get(at + GUID_LENGTH..).unwrap_or_default();
    }
    for (index, part) in rest.split('-').enumerate() {
        if index > 0 {
            out.push('-');
        }
        out.push_str(if is_key(part) { "REDACTED" } else { part });
    }
}

const GUID_LENGTH: usize = 36;

/// Returns the position of a GUID in an ASCII text.
fn guid_at(token: &str) -> Option<usize> {
    let last = token.len().checked_sub(GUID_LENGTH)?;
    (0..=last).find(|at| token.get(*at..at + GUID_LENGTH).is_some_and(is_guid))
}

fn is_guid(text: &str) -> bool {
    text.bytes().enumerate().all(|(at, byte)| match at {
        8 | 13 | 18 | 23 => byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    })
}

fn is_key(part: &str) -> bool {
    part.len() >= 28
        && part.bytes().any(|byte| byte.is_ascii_digit())
        && part.bytes().any(|byte| byte.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_go_and_names_stay() {
        for (text, expected) in [
            ("er-erlab-madrid", "er-erlab-madrid"),
            ("Silicon Valley Test", "Silicon Valley Test"),
            ("cli_test_express_route000001", "cli_test_express_route000001"),
            ("f07eb97c-6fb8-444f-a921-74728997c704", "REDACTED"),
            ("key:f07eb97c-6fb8-444f-a921-74728997c704-x", "key:REDACTED-x"),
            ("dGhpcyBpcyBhIHNlY3JldCBrZXk0MjQyNDI=", "REDACTED"),
            ("a\u{1b}[31mb", "a [31mb"),
            ("Zürich", "Zürich"),
            ("", ""),
        ] {
            assert_eq!(redact(text), expected, "{text}");
        }
    }
}
