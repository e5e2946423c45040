//! YAML text as a tree of values, each with its place.
//!
//! A reader that stops at its first complaint cannot report all of them, so the text becomes a tree
//! first, and the tree is judged by hand ([`crate::yaml::fields`], [`crate::network::read`]). JSON is read as the
//! subset of YAML 1.2 that it is.

use std::collections::BTreeMap;

use serde_saphyr::granit_parser::{Event, Parser, ScalarStyle, ScanError, Span as ParserSpan};

use crate::diag::{Code, Diagnostic, Diagnostics, Source, Span, Spanned};
use crate::yaml::dialect::Dialect;

/// More values than this, with aliases written out, are refused: no file that people write comes near it.
const MAX_NODES: usize = 200_000;

/// A value with its place; the place of a list or mapping ends with its first line.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) kind: Kind,
    pub(crate) span: Span,
}

#[derive(Clone, Debug)]
pub(crate) enum Kind {
    /// Nothing, `~` or `null`.
    Null,
    /// Text, a number or a truth value; `plain` without quotes.
    Scalar {
        text: String,
        plain: bool,
    },
    List(Vec<Node>),
    /// Keys are unique; of duplicates the first stays.
    Map(Vec<Entry>),
}

/// A key of a mapping with its value.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) key: Spanned<String>,
    pub(crate) value: Node,
}

impl Node {
    /// What it is, in words of the format.
    pub(crate) fn what(&self) -> &'static str {
        match &self.kind {
            Kind::Null => "nothing",
            Kind::Scalar { plain: true, text } if text == "true" || text == "false" => "a truth value",
            Kind::Scalar { plain: true, text } if is_number(text) => "a number",
            Kind::Scalar { .. } => "text",
            Kind::List(_) => "a list",
            Kind::Map(_) => "a mapping",
        }
    }

    /// The value of a key, if this is a mapping that has it.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// A key with its value, if this is a mapping that has it.
    pub(crate) fn entry(&self, key: &str) -> Option<&Entry> {
        let Kind::Map(entries) = &self.kind else { return None };
        entries.iter().find(|entry| entry.key.value == key)
    }

    fn size(&self) -> usize {
        1 + match &self.kind {
            Kind::Null | Kind::Scalar { .. } => 0,
            Kind::List(items) => items.iter().map(Self::size).sum(),
            Kind::Map(entries) => entries.iter().map(|entry| 1 + entry.value.size()).sum(),
        }
    }
}

/// Whether YAML 1.2's core schema takes the plain text for a number.
fn is_number(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_digit() || "+-.".contains(first))
        && text.parse::<f64>().is_ok()
        || text.strip_prefix("0x").is_some_and(|digits| u128::from_str_radix(digits, 16).is_ok())
        || text.strip_prefix("0o").is_some_and(|digits| u128::from_str_radix(digits, 8).is_ok())
}

/// Reads the text of a file of this kind; `None` where it is no YAML or holds nothing.
pub(crate) fn parse(source: &Source, dialect: &'static Dialect) -> (Option<Node>, Diagnostics) {
    let mut builder = Builder {
        source,
        dialect,
        diagnostics: Diagnostics::new(),
        open: Vec::new(),
        anchors: BTreeMap::new(),
        nodes: 0,
        documents: 0,
        root: None,
    };
    for event in Parser::new_from_str(source.text()) {
        let goes_on = match event {
            Ok((event, span)) => builder.take(event, builder.span(span)),
            Err(error) => {
                builder.syntax(&error);
                false
            }
        };
        if !goes_on {
            return (None, builder.diagnostics);
        }
    }
    (builder.root, builder.diagnostics)
}

struct Builder<'s> {
    source: &'s Source,
    dialect: &'static Dialect,
    diagnostics: Diagnostics,
    open: Vec<Open>,
    anchors: BTreeMap<usize, Node>,
    nodes: usize,
    documents: usize,
    root: Option<Node>,
}

/// A list or mapping whose end has not come yet.
struct Open {
    anchor: usize,
    span: Span,
    content: Content,
}

enum Content {
    List(Vec<Node>),
    Map { entries: Vec<Entry>, key: Option<Node> },
}

impl Builder<'_> {
    fn span(&self, span: ParserSpan) -> Span {
        let length = self.source.text().len();
        span.byte_range().map_or(Span::new(length, 0), |range| {
            self.first_line(range.start.min(length), range.end.min(length))
        })
    }

    fn error(&mut self, code: Code, span: Span, message: impl Into<String>, help: impl Into<String>) {
        self.diagnostics.push(Diagnostic::error(code, self.source, message).at(span, "").help(help));
    }

    fn syntax(&mut self, error: &ScanError) {
        let start = error.marker().byte_offset().unwrap_or(self.source.text().len());
        self.error(
            self.dialect.syntax,
            Span::new(start.min(self.source.text().len()), 0),
            format!("this is not YAML: {}", error.info()),
            "nothing behind this place could be read; look at the indentation, colons, brackets and quotes on this line and the one before it",
        );
    }

    /// Takes one event; whether reading can go on.
    fn take(&mut self, event: Event<'_>, span: Span) -> bool {
        let tagged = matches!(
            &event,
            Event::Scalar(.., Some(_)) | Event::SequenceStart(.., Some(_)) | Event::MappingStart(.., Some(_))
        );
        if tagged {
            self.error(
                self.dialect.syntax,
                span,
                format!("tags have no meaning in a {}", self.dialect.file),
                "leave out the word with the exclamation mark",
            );
        }
        match event {
            Event::DocumentStart(..) => {
                self.documents += 1;
                if self.documents > 1 {
                    self.error(
                        self.dialect.syntax,
                        span,
                        "a second document begins here",
                        format!(
                            "a {} is one document: remove `---`, or keep the second in a file of its own",
                            self.dialect.file
                        ),
                    );
                    return false;
                }
                true
            }
            Event::Scalar(text, style, anchor, _) => {
                let plain = style == ScalarStyle::Plain;
                let null = plain && matches!(text.as_ref(), "" | "~" | "null" | "Null" | "NULL");
                // YAML 1.2 section 7.3.3: plain text ends before the white space behind it; in a list in
                // brackets the parser leaves one space.
                let text =
                    if plain { text.trim_end_matches([' ', '\t']).to_owned() } else { text.into_owned() };
                let kind = if null { Kind::Null } else { Kind::Scalar { text, plain } };
                self.close(Node { kind, span }, anchor, span)
            }
            Event::SequenceStart(_, anchor, _) => {
                self.open.push(Open { anchor, span, content: Content::List(Vec::new()) });
                true
            }
            Event::MappingStart(_, anchor, _) => {
                let content = Content::Map { entries: Vec::new(), key: None };
                self.open.push(Open { anchor, span, content });
                true
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(span),
            Event::Alias(id) => self.alias(id, span),
            _ => true,
        }
    }

    fn end(&mut self, end: Span) -> bool {
        let Some(Open { anchor, span, content }) = self.open.pop() else { return true };
        let kind = match content {
            Content::List(items) => Kind::List(items),
            Content::Map { entries, .. } => Kind::Map(entries),
        };
        let span = self.first_line(span.start, end.start + end.length);
        self.close(Node { kind, span }, anchor, span)
    }

    /// The stretch from `start` to `end` as far as it lies on one line, without white space behind.
    fn first_line(&self, start: usize, end: usize) -> Span {
        let stretch = self.source.text().get(start..end).unwrap_or_default();
        let line = stretch.lines().next().unwrap_or_default();
        Span::new(start, line.trim_end().len())
    }

    fn alias(&mut self, id: usize, span: Span) -> bool {
        let Some(node) = self.anchors.get(&id).cloned() else {
            self.error(
                self.dialect.syntax,
                span,
                "this alias stands inside the value that it names",
                "write the value out",
            );
            return false;
        };
        self.nodes += node.size();
        self.close(node, 0, span)
    }

    /// Puts a whole value where it belongs.
    fn close(&mut self, node: Node, anchor: usize, place: Span) -> bool {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            let message = format!("more than {MAX_NODES} values");
            let help = "such a file is written by people and holds no tables; aliases count as written out";
            self.error(self.dialect.syntax, place, message, help);
            return false;
        }
        if anchor > 0 {
            self.anchors.insert(anchor, node.clone());
        }
        match self.open.last_mut().map(|open| &mut open.content) {
            None => self.root = Some(node),
            Some(Content::List(items)) => items.push(node),
            Some(Content::Map { key: key @ None, .. }) => *key = Some(Node { span: place, ..node }),
            Some(Content::Map { entries, key }) => {
                let Some(key) = key.take() else { return true };
                let Kind::Scalar { text, .. } = key.kind else {
                    let message = format!("a key is {}", key.what());
                    let help = "keys are words; quote a value that holds a colon";
                    self.error(self.dialect.wrong_type, key.span, message, help);
                    return true;
                };
                if let Some(first) = entries.iter().find(|entry| entry.key.value == text) {
                    let duplicate = Diagnostic::error(
                        self.dialect.duplicate_key,
                        self.source,
                        format!("the key `{text}` stands twice in one mapping"),
                    )
                    .at(key.span, "again here")
                    .at(first.key.span, "first here")
                    .help("keep one of them, or begin a new list entry with `-`");
                    self.diagnostics.push(duplicate);
                } else {
                    entries.push(Entry { key: Spanned::new(text, key.span), value: node });
                }
            }
        }
        true
    }
}
