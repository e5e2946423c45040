//! A lexer for Rust that knows comments, literals and words, which is all that the rules need.

/// A word, `::`, or a single other character.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token<'a> {
    pub(super) text: &'a str,
    pub(super) line: usize,
}

/// The text at `at`, empty past the end.
pub(super) fn text<'a>(tokens: &[Token<'a>], at: usize) -> &'a str {
    tokens.get(at).map_or("", |token| token.text)
}

/// The text `count` tokens before `at`, empty before the start.
pub(super) fn before<'a>(tokens: &[Token<'a>], at: usize, count: usize) -> &'a str {
    at.checked_sub(count).map_or("", |index| text(tokens, index))
}

/// Splits Rust text; comments, strings, characters and lifetimes' ticks leave no token.
pub(super) fn tokens(source: &str) -> Vec<Token<'_>> {
    let mut found = Vec::new();
    let mut rest = source;
    let mut line = 1;
    while !rest.is_empty() {
        let word = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        let (length, is_token) = if let Some(length) = literal_or_comment(rest) {
            (length, false)
        } else if word > 0 {
            (word, true)
        } else if rest.starts_with("::") {
            (2, true)
        } else {
            let first = rest.chars().next().unwrap();
            (first.len_utf8(), !first.is_whitespace() && first != '\'')
        };
        let (taken, left) = rest.split_at(length);
        if is_token {
            found.push(Token { text: taken, line });
        }
        line += taken.matches('\n').count();
        rest = left;
    }
    found
}

/// The length of the comment, string or character that `rest` starts with.
fn literal_or_comment(rest: &str) -> Option<usize> {
    if rest.starts_with("//") {
        return Some(rest.find('\n').unwrap_or(rest.len()));
    }
    if rest.starts_with("/*") {
        return Some(block_comment(rest));
    }
    let prefix = rest.find(|c: char| !c.is_ascii_lowercase()).filter(|length| *length <= 2)?;
    let (prefix, body) = rest.split_at(prefix);
    let hashes = body.len() - body.trim_start_matches('#').len();
    let raw = ["r", "br", "cr"].contains(&prefix) && body.get(hashes..)?.starts_with('"');
    let length = if raw {
        let close = format!("\"{}", "#".repeat(hashes));
        let content = body.get(hashes + 1..)?;
        hashes + 1 + content.find(&close).map_or(content.len(), |at| at + close.len())
    } else if ["", "b", "c"].contains(&prefix) && body.starts_with('"') {
        quoted(body, '"')
    } else if ["", "b"].contains(&prefix) && is_character(body) {
        quoted(body, '\'')
    } else {
        return None;
    };
    Some(prefix.len() + length)
}

/// Whether `'` starts a character and not a lifetime: `'\…'`, or one character and `'`.
fn is_character(body: &str) -> bool {
    let mut characters = body.chars();
    characters.next() == Some('\'') && (characters.next() == Some('\\') || characters.next() == Some('\''))
}

fn quoted(body: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, character) in body.char_indices().skip(1) {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if character == quote => return at + 1,
            _ => {}
        }
    }
    body.len()
}

fn block_comment(rest: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(tail) = rest.get(at..).filter(|tail| !tail.is_empty()) {
        if tail.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if tail.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += tail.chars().next().map_or(1, char::len_utf8);
        }
    }
    rest.len()
}
