//! Diagnostics prepared for a drawing library: without characters that a terminal would act on, and with lines that fit
//! on a screen.

use std::fmt;

use super::excerpt::Excerpt;
use super::source::Source;
use super::text::visible;
use super::{Diagnostic, Label, Severity};

/// The maximum number of characters of a quoted text that are shown. Only the two ends of a longer text are shown.
const QUOTED: usize = 400;

/// The maximum number of characters of a sentence that are shown.
const SENTENCE: usize = 4_000;

/// A finding that is safe to draw, with the lines around its positions.
///
/// Lines longer than about 200 columns are cut around the positions. Control, bidirectional and invisible characters
/// are written as escapes. Line and column numbers refer to the original file.
#[derive(Debug)]
pub struct Drawing {
    code: String,
    severity: Severity,
    message: String,
    help: Option<String>,
    excerpt: Option<Excerpt>,
}

impl Drawing {
    /// Creates a finding without a position or help.
    pub fn new(code: &impl fmt::Display, severity: Severity, message: &str) -> Self {
        let code = visible(&code.to_string());
        Self { code, severity, message: shown(message), help: None, excerpt: None }
    }

    /// Sets the help, line by line.
    #[must_use]
    pub fn help<'a>(mut self, lines: impl IntoIterator<Item = &'a str>) -> Self {
        let lines: Vec<String> = lines.into_iter().map(shown).collect();
        self.help = (!lines.is_empty()).then(|| lines.join("\n"));
        self
    }

    /// Adds the positions to show.
    #[must_use]
    pub fn places(mut self, source: &Source, labels: &[Label]) -> Self {
        self.excerpt = Excerpt::of(source, labels);
        self
    }
}

impl From<&Diagnostic> for Drawing {
    fn from(diagnostic: &Diagnostic) -> Self {
        Self::new(&diagnostic.code, diagnostic.severity, &diagnostic.message)
            .help(diagnostic.help.as_deref())
            .places(&diagnostic.source, &diagnostic.labels)
    }
}

/// Returns a sentence on one line, with long quoted texts cut in the middle.
fn shown(sentence: &str) -> String {
    let sentence = visible(sentence);
    if sentence.len() <= QUOTED {
        return sentence;
    }
    let parts = sentence.split('`').enumerate();
    let parts: Vec<String> = parts
        .map(|(index, part)| if index % 2 == 1 { ends(part, QUOTED) } else { part.to_owned() })
        .collect();
    ends(&parts.join("`"), SENTENCE)
}

/// Returns a text of at most about `most` characters. A longer text is reduced to its two ends, and more characters
/// of the beginning are kept.
fn ends(text: &str, most: usize) -> String {
    let tail = most / 4;
    if text.chars().nth(most).is_none() {
        return text.to_owned();
    }
    let start: String = text.chars().take(most - tail).collect();
    let mut end: Vec<char> = text.chars().rev().take(tail).collect();
    end.reverse();
    format!("{start}…{}", end.into_iter().collect::<String>())
}

impl fmt::Display for Drawing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Drawing {}

impl miette::Diagnostic for Drawing {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(&self.code))
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.severity {
            Severity::Advice => miette::Severity::Advice,
            Severity::Warning => miette::Severity::Warning,
            Severity::Error => miette::Severity::Error,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn miette::SourceCode> {
        self.excerpt.as_ref().map(|excerpt| excerpt as &dyn miette::SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = miette::LabeledSpan> + '_>> {
        let places = self.excerpt.as_ref()?.places();
        Some(Box::new(places.iter().map(|place| {
            let text = (!place.text.is_empty()).then(|| place.text.clone());
            miette::LabeledSpan::new(text, place.span.start, place.span.length)
        })))
    }
}
