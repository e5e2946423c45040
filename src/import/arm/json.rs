//! JSON as accepted by Azure Resource Manager: with comments, trailing commas and multi-line strings (Microsoft:
//! "Understand the structure and syntax of ARM templates").

use std::borrow::Cow;

/// Returns the text as JSON according to RFC 8259. Extensions are replaced with blanks, so line numbers do not change,
/// and column numbers change only after a multi-line string. Invalid JSON stays invalid.
///
/// # Complexity
///
/// Linear.
pub(super) fn strict(text: &str) -> Cow<'_, str> {
    let mut out = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    // The position in `out` of a comma that may turn out to be a trailing comma.
    let mut comma = None;
    while let Some(letter) = letters.next() {
        match (letter, letters.peek()) {
            ('"', _) => {
                comma = None;
                out.push(letter);
                quoted(&mut letters, &mut out);
            }
            ('/', Some('/')) => {
                out.push(' ');
                while let Some(inside) = letters.next_if(|inside| *inside != '\n') {
                    blank(inside, &mut out);
                }
            }
            ('/', Some('*')) => {
                out.push(' ');
                // The `*` that opens a comment cannot also close it, as in `/*/`.
                letters.next();
                out.push(' ');
                let mut star = false;
                for inside in letters.by_ref() {
                    blank(inside, &mut out);
                    if star && inside == '/' {
                        break;
                    }
                    star = inside == '*';
                }
            }
            (',', _) => {
                comma = Some(out.len());
                out.push(letter);
            }
            (']' | '}', _) => {
                // ARM accepts one comma after a value, but not a comma without a value or two commas.
                let behind = |at: &usize| {
                    let before = out.get(..*at).unwrap_or_default().trim_end();
                    !before.ends_with(['[', '{', ',', ':'])
                };
                if let Some(at) = comma.take().filter(behind) {
                    out.replace_range(at..=at, " ");
                }
                out.push(letter);
            }
            (letter, _) => {
                if !letter.is_whitespace() {
                    comma = None;
                }
                out.push(letter);
            }
        }
    }
    if out == text { Cow::Borrowed(text) } else { Cow::Owned(out) }
}

/// Replaces a character in a comment with one blank per byte; keeps line ends.
fn blank(letter: char, out: &mut String) {
    match letter {
        '\n' | '\r' => out.push(letter),
        letter => out.extend(std::iter::repeat_n(' ', letter.len_utf8())),
    }
}

/// Copies the rest of a string, including its closing quote. Line ends in the string are escaped, and repeated after
/// the string, so line numbers stay correct.
fn quoted(letters: &mut impl Iterator<Item = char>, out: &mut String) {
    let mut lines = 0;
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => {
                out.push(letter);
                out.extend(letters.next());
            }
            '"' => {
                out.push(letter);
                break;
            }
            '\n' => {
                out.push_str("\\n");
                lines += 1;
            }
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            letter => out.push(letter),
        }
    }
    out.extend(std::iter::repeat_n('\n', lines));
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn what_arm_takes_reads_as_json() {
        for (text, expected) in [
            ("{\"a\": 1, // b\n \"c\": 2}", json!({"a": 1, "c": 2})),
            ("{\"a\": /* \"b\", \n ü */ 1}", json!({"a": 1})),
            ("{\"a\": /*/ 2, /**/ 1}", json!({"a": 1})),
            ("[1, 2, // last\n]", json!([1, 2])),
            ("{\"a\": [1, ], }", json!({"a": [1]})),
            ("{\"a\": \"x\n  y\t\\\"z\"}", json!({"a": "x\n  y\t\"z"})),
            ("{\"a\": \"// no, /* comment */ ,]\"}", json!({"a": "// no, /* comment */ ,]"})),
            ("{\"a\": \"https://x/\\\\\"}", json!({"a": "https://x/\\"})),
        ] {
            let found = serde_json::from_str::<Value>(&strict(text));
            assert_eq!(found.ok(), Some(expected), "{text}: {}", strict(text));
        }
    }

    #[test]
    fn plain_json_stays_as_it_is_and_no_json_stays_none() {
        let plain = "{\"a\": [1, 2, {\"b\": \"c,]\"}], \"d\": null}";
        assert!(matches!(strict(plain), Cow::Borrowed(text) if text == plain));
        for text in ["", "/", "/*", "//", "\"", "\"\\", "[,]", "[1,,]", "{", "{\"a\": 1 / 2}"] {
            assert!(serde_json::from_str::<Value>(&strict(text)).is_err(), "{text}");
        }
    }

    #[test]
    fn lines_stay() {
        let text = "{ // one\n \"a\": \"x\ny\",\n /* c\n d */ \"b\": ? }";
        let error = serde_json::from_str::<Value>(&strict(text)).map_err(|error| error.line());
        assert_eq!(error, Err(5));
    }
}
