//! Characters that are invisible or change the text around them.
//!
//! A terminal acts on control characters, bidirectional controls reorder the surrounding text (CVE-2021-42574,
//! "Trojan Source"), and characters without width make two names look the same.

use std::fmt::Write as _;

/// Returns whether a character could control a terminal, reorder the surrounding text or be invisible. These are the
/// controls C0, DEL and C1, line and paragraph separators, bidirectional controls, and characters with Unicode's
/// property `Default_Ignorable_Code_Point` (`DerivedCoreProperties.txt`). The presentation selectors U+FE0E and
/// U+FE0F are excluded: emoji use them, and they only affect the appearance of the preceding character.
pub fn is_unsafe(character: char) -> bool {
    if character.is_ascii() {
        return character.is_ascii_control();
    }
    character.is_control()
        || matches!(character, '\u{2028}' | '\u{2029}' | '\u{fff9}'..='\u{fffb}')
        || is_ignorable(character) && !matches!(character, '\u{fe0e}' | '\u{fe0f}')
}

/// Returns whether a character is forbidden in names: the characters of [`is_unsafe`] and the presentation selectors,
/// because two names that differ only in a selector look the same.
pub fn is_hidden(character: char) -> bool {
    is_unsafe(character) || is_ignorable(character)
}

/// Returns whether a character has Unicode's property `Default_Ignorable_Code_Point`.
fn is_ignorable(character: char) -> bool {
    matches!(character,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}'
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Returns `text` on one line, with unsafe characters replaced with `\n`, `\t`, `\r` or `\u{…}`.
pub fn visible(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        push_visible(&mut safe, character);
    }
    safe
}

/// Appends a character, or its escape if it is unsafe.
pub(super) fn push_visible(text: &mut String, character: char) {
    match character {
        '\n' => text.push_str("\\n"),
        '\r' => text.push_str("\\r"),
        '\t' => text.push_str("\\t"),
        other if is_unsafe(other) => {
            // Writing to a string cannot fail.
            let _ = write!(text, "\\u{{{:x}}}", u32::from(other));
        }
        other => text.push(other),
    }
}

/// Returns a character's code point with its description, such as `U+202E, right-to-left override`.
pub fn code_point(character: char) -> String {
    let name = match character {
        '\u{ad}' => "soft hyphen",
        '\u{61c}' => "Arabic letter mark",
        '\u{200b}' => "zero width space",
        '\u{200c}' => "zero width non-joiner",
        '\u{200d}' => "zero width joiner",
        '\u{200e}' => "left-to-right mark",
        '\u{200f}' => "right-to-left mark",
        '\u{2028}' => "line separator",
        '\u{2029}' => "paragraph separator",
        '\u{202a}' => "left-to-right embedding",
        '\u{202b}' => "right-to-left embedding",
        '\u{202c}' => "pop directional formatting",
        '\u{202d}' => "left-to-right override",
        '\u{202e}' => "right-to-left override",
        '\u{2060}' => "word joiner",
        '\u{2066}' => "left-to-right isolate",
        '\u{2067}' => "right-to-left isolate",
        '\u{2068}' => "first strong isolate",
        '\u{2069}' => "pop directional isolate",
        '\u{fe00}'..='\u{fe0f}' => "variation selector",
        '\u{feff}' => "byte order mark",
        other if other.is_control() => "control character",
        _ => "invisible character",
    };
    format!("U+{:04X}, {name}", u32::from(character))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unsafe_characters_are_escaped_and_letters_are_not() {
        for (text, shown) in [
            ("a\u{1b}[31m\u{9b}b\n\u{202e}c\u{7f}", "a\\u{1b}[31m\\u{9b}b\\n\\u{202e}c\\u{7f}"),
            ("\0\u{7}\t\r", "\\u{0}\\u{7}\\t\\r"),
            ("ams\u{200b}terdam\u{200d}\u{2066}\u{ad}", "ams\\u{200b}terdam\\u{200d}\\u{2066}\\u{ad}"),
            ("\u{e0041}\u{feff}\u{2028}", "\\u{e0041}\\u{feff}\\u{2028}"),
            ("Zürich 🛰\u{fe0f} 東京 עִבְרִית", "Zürich 🛰\u{fe0f} 東京 עִבְרִית"),
        ] {
            assert_eq!(visible(text), shown);
        }
        assert!(is_hidden('\u{fe0f}') && !is_unsafe('\u{fe0f}') && !is_hidden('é'));
    }

    #[test]
    fn code_points_are_named() {
        for (character, name) in [
            ('\u{202e}', "U+202E, right-to-left override"),
            ('\u{7}', "U+0007, control character"),
            ('\u{e0041}', "U+E0041, invisible character"),
        ] {
            assert_eq!(code_point(character), name);
        }
    }
}
