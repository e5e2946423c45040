//! Parses YAML text to a tree of values with their positions.
//!
//! A deserializer stops at the first mistake and therefore cannot report all mistakes. To report all of them, the
//! text is first parsed to a tree, which [`crate::yaml::fields`] and [`crate::network::read`] then check. JSON is
//! accepted because it is a subset of YAML 1.2.

use std::collections::BTreeMap;

use serde_saphyr::granit_parser::{Event, Parser, ScalarStyle, ScanError, Span as ParserSpan};

use crate::diag::{Code, Diagnostic, Diagnostics, Source, Span, Spanned};
use crate::yaml::dialect::Dialect;

/// The maximum number of values, with aliases expanded. No file that users write comes near this limit.
const MAX_NODES: usize = 200_000;

/// A value with its position. The position of a list or mapping ends with its first line.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) kind: Kind,
    pub(crate) span: Span,
}

#[derive(Clone, Debug)]
pub(crate) enum Kind {
    /// No value, `~` or `null`.
    Null,
    /// Text, a number or a Boolean value; `plain` means without quotes.
    Scalar {
        text: String,
        plain: bool,
    },
    List(Vec<Node>),
    /// A mapping. Its keys are unique, because only the first of repeated keys is kept.
    Map(Vec<Entry>),
}

/// A key of a mapping with its value.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) key: Spanned<String>,
    pub(crate) value: Node,
}

impl Node {
    /// Returns the type of the value in words, for messages.
    pub(crate) fn what(&self) -> &'static str {
        match &self.kind {
            Kind::Null => "nothing",
            Kind::Scalar { plain: true, text } if text == "true" || text == "false" => "a Boolean value",
            Kind::Scalar { plain: true, text } if is_number(text) => "a number",
            Kind::Scalar { .. } => "text",
            Kind::List(_) => "a list",
            Kind::Map(_) => "a mapping",
        }
    }

    /// Returns the value of a key, if this is a mapping that contains the key.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// Returns a key with its value, if this is a mapping that contains the key.
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

/// Returns whether plain text is a number in the core schema of YAML 1.2.
fn is_number(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_digit() || "+-.".contains(first))
        && text.parse::<f64>().is_ok()
        || text.strip_prefix("0x").is_some_and(|digits| u128::from_str_radix(digits, 16).is_ok())
        || text.strip_prefix("0o").is_some_and(|digits| u128::from_str_radix(digits, 8).is_ok())
}

/// Parses the text of a file of this type; returns `None` if the text is empty or not valid YAML.
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

/// A list or mapping whose end has not been reached.
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
            format!("this is not valid YAML: {}", error.info()),
            "check the indentation, colons, brackets and quotes on this line and the line before it; the rest of the file was not read",
        );
    }

    /// Processes one event and returns whether parsing can continue.
    fn take(&mut self, event: Event<'_>, span: Span) -> bool {
        let tagged = matches!(
            &event,
            Event::Scalar(.., Some(_)) | Event::SequenceStart(.., Some(_)) | Event::MappingStart(.., Some(_))
        );
        if tagged {
            self.error(
                self.dialect.syntax,
                span,
                format!("YAML tags have no meaning in a {}", self.dialect.file),
                "remove the word with the exclamation mark",
            );
        }
        match event {
            Event::DocumentStart(..) => {
                self.documents += 1;
                if self.documents > 1 {
                    self.error(
                        self.dialect.syntax,
                        span,
                        "a second document starts here",
                        format!(
                            "remove `---`, or move the second document to its own file; a {} is a single document",
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
                // YAML 1.2 section 7.3.3: plain text ends before trailing white space. Inside brackets, the parser
                // keeps one space.
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

    /// Returns the part of the range from `start` to `end` that is on the first line, without trailing white space.
    fn first_line(&self, start: usize, end: usize) -> Span {
        let chunk = self.source.text().get(start..end).unwrap_or_default();
        let line = chunk.lines().next().unwrap_or_default();
        Span::new(start, line.trim_end().len())
    }

    fn alias(&mut self, id: usize, span: Span) -> bool {
        let Some(node) = self.anchors.get(&id).cloned() else {
            self.error(
                self.dialect.syntax,
                span,
                "this alias is inside the value that it refers to",
                "write the value instead of the alias",
            );
            return false;
        };
        self.nodes += node.size();
        self.close(node, 0, span)
    }

    /// Adds a complete value to the list or mapping that contains it.
    fn close(&mut self, node: Node, anchor: usize, place: Span) -> bool {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            let message = format!("more than {MAX_NODES} values");
            let help = "remove values; an alias counts as all the values to which it expands";
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
                    let message = format!("a key must be text, but found {}", key.what());
                    let help = "use a word as the key; if a value contains a colon, put the value in quotes";
                    self.error(self.dialect.wrong_type, key.span, message, help);
                    return true;
                };
                if let Some(first) = entries.iter().find(|entry| entry.key.value == text) {
                    let duplicate = Diagnostic::error(
                        self.dialect.duplicate_key,
                        self.source,
                        format!("the key `{text}` is repeated in one mapping"),
                    )
                    .at(key.span, "again here")
                    .at(first.key.span, "first here")
                    .help("keep one of the two, or start a new list entry with `-`");
                    self.diagnostics.push(duplicate);
                } else {
                    entries.push(Entry { key: Spanned::new(text, key.span), value: node });
                }
            }
        }
        true
    }
}
