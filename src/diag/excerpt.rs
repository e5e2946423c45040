//! Prepares the lines around positions in a source for drawing: cuts long lines around the positions, escapes
//! invisible characters, and adjusts the positions accordingly.

use std::collections::BTreeMap;

use super::Label;
use super::source::{Source, Span};
use super::text::{is_unsafe, push_visible, visible};

/// The maximum number of columns of a line that are shown. `…` replaces the rest of a longer line.
const WIDTH: usize = 200;

/// The maximum number of positions that are shown in one long line. Further positions are only counted.
const PLACES: usize = 3;

/// The number of lines above and below the positions, one more than is drawn.
const CONTEXT: usize = 2;

/// The maximum number of lines between the surroundings of two positions at which both are still drawn together.
const NEAR: usize = 3;

/// Marks omitted text in a line.
const ELLIPSIS: char = '…';

/// Lines of a source, with positions in these lines.
#[derive(Debug)]
pub(super) struct Excerpt {
    name: String,
    text: String,
    /// The number of lines in the source before the text of the excerpt.
    lines_before: usize,
    places: Vec<Shown>,
}

/// A position in an excerpt.
#[derive(Debug)]
pub(super) struct Shown {
    /// The position in the text of the excerpt.
    pub(super) span: Span,
    /// The text of its label.
    pub(super) text: String,
    /// The line in the source, from 0.
    line: usize,
    /// The column in the source, from 0.
    column: usize,
}

/// A position in the whole text, at character boundaries.
#[derive(Clone, Debug)]
struct Marked {
    start: usize,
    end: usize,
    text: String,
}

impl Excerpt {
    /// Returns the lines around these positions, or `None` if there are no positions.
    ///
    /// # Complexity
    ///
    /// Linear in the length of the source.
    pub(super) fn of(source: &Source, labels: &[Label]) -> Option<Self> {
        let whole = source.text();
        let marked = chosen(whole, labels);
        let start = marked.iter().map(|place| place.start).min()?;
        let end = marked.iter().map(|place| place.end).max()?;
        let (from, to) = (line_above(whole, start), line_below(whole, end));
        let mut writer = Writer::new(&marked);
        let mut at = from;
        for line in whole.get(from..to).unwrap_or_default().split_inclusive('\n') {
            writer.line(line, at, &marked);
            at += line.len();
        }
        writer.reach(to);
        let places = marked.into_iter().map(|place| {
            let (line, column) = source.position(place.start);
            let (start, end) = (writer.place(place.start), writer.place(place.end));
            let span = Span::new(start, end.saturating_sub(start));
            Shown { span, text: place.text, line: line - 1, column: column - 1 }
        });
        let places = places.collect();
        let lines_before = newlines(whole.get(..from).unwrap_or_default());
        Some(Self { name: visible(source.name()), text: writer.text, lines_before, places })
    }

    /// Returns the positions, in the order of the labels.
    pub(super) fn places(&self) -> &[Shown] {
        &self.places
    }
}

impl miette::SourceCode for Excerpt {
    fn read_span<'a>(
        &'a self,
        span: &miette::SourceSpan,
        lines_before: usize,
        lines_after: usize,
    ) -> Result<Box<dyn miette::SpanContents<'a> + 'a>, miette::MietteError> {
        let contents = self.text.as_str().read_span(span, lines_before, lines_after)?;
        // If no context lines are requested, the caller needs the line and column in the source.
        let place = self.places.iter().find(|place| lines_before == 0 && place.span.start == span.offset());
        let (line, column) = match place {
            Some(place) => (place.line, place.column),
            None => (self.lines_before + contents.line(), contents.column()),
        };
        Ok(Box::new(miette::MietteSpanContents::new_named(
            self.name.clone(),
            contents.data(),
            *contents.span(),
            line,
            column,
            // The library counts from the start of the text, so it would draw all lines between two positions that
            // are far apart.
            contents.data().split(|byte| *byte == b'\n').skip(1).count() + NEAR,
        )))
    }
}

/// Returns the positions to show: all positions, except that only the first few in a line that is cut are shown.
fn chosen(whole: &str, labels: &[Label]) -> Vec<Marked> {
    let mut places: Vec<(usize, Marked)> = Vec::with_capacity(labels.len());
    for (index, label) in labels.iter().enumerate() {
        let start = boundary(whole, label.span.start);
        let end = boundary(whole, label.span.start.saturating_add(label.span.length)).max(start);
        places.push((index, Marked { start, end, text: visible(&label.text) }));
    }
    places.sort_by_key(|(index, place)| (place.start, *index));
    let mut kept: Vec<(usize, Marked)> = Vec::with_capacity(places.len());
    let mut rest = places.into_iter().peekable();
    while let Some(first) = rest.next() {
        let mut last = first.1.start;
        let mut line = vec![first];
        while let Some(next) =
            rest.next_if(|(_, next)| !whole.get(last..next.start).unwrap_or_default().contains('\n'))
        {
            last = next.1.start;
            line.push(next);
        }
        let left_out = line.len().saturating_sub(PLACES);
        if left_out > 0 && width(line_of(whole, last), WIDTH) >= WIDTH {
            line.sort_by_key(|(index, _)| *index);
            line.truncate(PLACES);
            if let Some((_, place)) = line.last_mut() {
                let more = format!("{left_out} more in this line");
                place.text =
                    if place.text.is_empty() { more } else { format!("{} (and {more})", place.text) };
            }
        }
        kept.extend(line);
    }
    kept.sort_by_key(|(index, _)| *index);
    kept.into_iter().map(|(_, place)| place).collect()
}

/// The lines written so far, with a mapping from offsets in the whole text to offsets in these lines.
struct Writer {
    text: String,
    /// The starts and ends of positions that have not been reached yet, the next one last.
    ahead: Vec<usize>,
    reached: BTreeMap<usize, usize>,
}

impl Writer {
    fn new(places: &[Marked]) -> Self {
        let mut ahead: Vec<_> = places.iter().flat_map(|place| [place.start, place.end]).collect();
        ahead.sort_unstable_by(|one, other| other.cmp(one));
        Self { text: String::new(), ahead, reached: BTreeMap::new() }
    }

    /// Maps all offsets up to `offset` to the current end of the text.
    fn reach(&mut self, offset: usize) {
        while let Some(next) = self.ahead.pop_if(|next| *next <= offset) {
            self.reached.insert(next, self.text.len());
        }
    }

    fn place(&self, offset: usize) -> usize {
        self.reached.get(&offset).copied().unwrap_or(self.text.len())
    }

    /// Appends a line that begins at `at`.
    fn line(&mut self, line: &str, at: usize, places: &[Marked]) {
        let content = content(line);
        let mut shown_to = 0;
        for (from, to) in windows(content, at, places) {
            if from > shown_to {
                self.text.push(ELLIPSIS);
            }
            for (offset, character) in content.get(from..to).unwrap_or_default().char_indices() {
                self.reach(at + from + offset);
                // The drawing library expands tabs.
                if character == '\t' { self.text.push('\t') } else { push_visible(&mut self.text, character) }
            }
            self.reach(at + to);
            shown_to = to;
        }
        if shown_to < content.len() {
            self.text.push(ELLIPSIS);
        }
        if let Some(end) = line.strip_suffix('\n') {
            self.reach(at + end.len());
            self.text.push('\n');
        }
    }
}

/// Returns the parts of a line to show, in ascending order and with gaps between them. A short line is shown in full.
/// Of a long line, the surroundings of its positions are shown, or the start of the line if it has no positions.
fn windows(content: &str, at: usize, places: &[Marked]) -> Vec<(usize, usize)> {
    if width(content, WIDTH) < WIDTH {
        return vec![(0, content.len())];
    }
    let end = at + content.len();
    let here = places.iter().filter(|place| place.start <= end && place.end >= at);
    let here: Vec<_> =
        here.map(|place| (place.start.saturating_sub(at), place.end.min(end).saturating_sub(at))).collect();
    if here.is_empty() {
        return vec![(0, forward(content, 0, WIDTH))];
    }
    let columns = WIDTH / here.len().min(WIDTH);
    let mut all: Vec<_> = here.into_iter().map(|(start, end)| window(content, start, end, columns)).collect();
    all.sort_unstable();
    let mut joined: Vec<(usize, usize)> = Vec::with_capacity(all.len());
    for (from, to) in all {
        match joined.last_mut() {
            Some(last) if from <= last.1 => last.1 = last.1.max(to),
            _ => joined.push((from, to)),
        }
    }
    joined
}

/// Returns about `columns` columns of a line around a position, including the start of the position.
fn window(content: &str, start: usize, end: usize, columns: usize) -> (usize, usize) {
    let place = content.get(start..end).unwrap_or_default();
    let own = width(place, columns * 3 / 4);
    let around = columns.saturating_sub(own);
    let from = backward(content, start, around / 2);
    // Columns that are not needed before the position are added after it, and vice versa.
    let before = width(content.get(from..start).unwrap_or_default(), around);
    let shown = forward(content, start, own).min(end);
    let to = forward(content, shown, around - before.min(around));
    let behind = width(content.get(shown..to).unwrap_or_default(), around);
    (backward(content, start, around - behind.min(around)), to)
}

/// Returns the offset that is about `columns` columns after another offset.
fn forward(content: &str, from: usize, columns: usize) -> usize {
    let mut left = columns;
    let rest = content.get(from..).unwrap_or_default();
    let end = rest.char_indices().find(|(_, character)| {
        let enough = left == 0;
        left = left.saturating_sub(columns_of(*character));
        enough
    });
    end.map_or(content.len(), |(at, _)| from + at)
}

/// Returns the offset that is about `columns` columns before another offset.
fn backward(content: &str, from: usize, columns: usize) -> usize {
    let mut left = columns;
    let rest = content.get(..from).unwrap_or_default();
    let start = rest.char_indices().rev().find(|(_, character)| {
        let enough = left == 0;
        left = left.saturating_sub(columns_of(*character));
        enough
    });
    start.map_or(0, |(at, character)| at + character.len_utf8())
}

/// Returns the width of a text in columns. Counting stops at `most` or slightly above.
fn width(text: &str, most: usize) -> usize {
    let mut sum = 0;
    for character in text.chars() {
        if sum >= most {
            break;
        }
        sum += columns_of(character);
    }
    sum
}

/// Returns the approximate width of a character in columns: the width of its escape if it is escaped, four for a tab,
/// two for East Asian scripts and pictographs, and one otherwise.
fn columns_of(character: char) -> usize {
    match character {
        '\t' => 4,
        other if is_unsafe(other) => "\\u{202e}".len(),
        '\u{1100}'.. => 2,
        _ => 1,
    }
}

/// Returns a line without its line ending.
fn content(line: &str) -> &str {
    let line = line.strip_suffix('\n').unwrap_or(line);
    line.strip_suffix('\r').unwrap_or(line)
}

/// Returns the content of the line at an offset.
fn line_of(whole: &str, offset: usize) -> &str {
    let (before, behind) = whole.split_at_checked(offset).unwrap_or((whole, ""));
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let end = behind.find('\n').map_or(whole.len(), |newline| offset + newline);
    content(whole.get(start..end).unwrap_or_default())
}

/// Returns the start of the line that is [`CONTEXT`] lines above an offset.
fn line_above(whole: &str, offset: usize) -> usize {
    let before = whole.get(..offset).unwrap_or_default();
    let newline = before.bytes().rev().enumerate().filter(|(_, byte)| *byte == b'\n').nth(CONTEXT);
    newline.map_or(0, |(back, _)| offset - back)
}

/// Returns the end of the line that is [`CONTEXT`] lines below an offset.
fn line_below(whole: &str, offset: usize) -> usize {
    let behind = whole.get(offset..).unwrap_or_default();
    let newline = behind.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').nth(CONTEXT);
    newline.map_or(whole.len(), |(at, _)| offset + at + 1)
}

fn newlines(text: &str) -> usize {
    text.bytes().filter(|byte| *byte == b'\n').count()
}

/// Returns the offset, or the start of the character that contains the offset. Offsets past the end are moved to the
/// end.
fn boundary(whole: &str, offset: usize) -> usize {
    let mut at = offset.min(whole.len());
    while !whole.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the drawn text and the marked positions, each with its text, line and column.
    fn drawn(text: &str, marked: &[(usize, usize)]) -> (String, Vec<(String, usize, usize)>) {
        let source = Source::new("f", text);
        let labels: Vec<Label> = marked
            .iter()
            .map(|(start, length)| Label { span: Span::new(*start, *length), text: String::new() })
            .collect();
        let excerpt = Excerpt::of(&source, &labels).unwrap();
        let places = excerpt.places.iter().map(|place| {
            let end = place.span.start + place.span.length;
            (excerpt.text.get(place.span.start..end).unwrap().to_owned(), place.line, place.column)
        });
        (excerpt.text.clone(), places.collect())
    }

    #[test]
    fn short_lines_stay_as_they_are() {
        let text = "a: 1\r\nb:\t2\nç: 3\n\nd: 4\n5\n6\n";
        let at = text.find("ç").unwrap();
        let place = |text: &str| vec![(text.to_owned(), 2, 0)];
        assert_eq!(drawn(text, &[(at, 2)]), ("a: 1\nb:\t2\nç: 3\n\nd: 4\n".to_owned(), place("ç")));
        // A position inside a character is moved to the start of the character, and a position after the end is moved
        // to the end.
        assert_eq!(drawn(text, &[(at + 1, 1)]).1, place("ç"));
        assert_eq!(drawn("a", &[(9, 9)]), ("a".to_owned(), vec![(String::new(), 0, 1)]));
        assert_eq!(drawn("", &[(0, 0)]), (String::new(), vec![(String::new(), 0, 0)]));
        assert!(Excerpt::of(&Source::new("f", "a"), &[]).is_none());
    }

    #[test]
    fn escapes_move_the_places_after_them() {
        let text = "\u{1b}[2J\u{202e}: x # \u{7}\0\r!\n";
        let (drawn, places) = drawn(text, &[(text.find('x').unwrap(), 1), (4, 3)]);
        assert_eq!(drawn, "\\u{1b}[2J\\u{202e}: x # \\u{7}\\u{0}\\r!\n");
        assert_eq!(places, [("x".to_owned(), 0, 7), ("\\u{202e}".to_owned(), 0, 4)]);
    }

    #[test]
    fn long_lines_are_cut_around_the_places() {
        let line = |length: usize| ('a'..='z').cycle().take(length).collect::<String>();
        let (long, short) = (line(100_000), line(50));
        for (start, length) in
            [(0, 1), (3, 0), (90, 30), (70_000, 5), (70_000, 9_000), (99_999, 1), (100_000, 0), (0, 100_000)]
        {
            let text = format!("{long}\n{short}\n{long}\n{long}");
            let first = long.len() + short.len() + 2;
            let (drawn, places) = drawn(&text, &[(first + start, length)]);
            let lines: Vec<&str> = drawn.lines().collect();
            assert!(lines.iter().all(|line| line.chars().count() <= WIDTH + 10), "{drawn}");
            assert!(
                lines.len() == 4 && lines[1] == short && lines[0].ends_with('…') && lines[3].ends_with('…')
            );
            assert!(lines[2].chars().count() >= WIDTH - 10, "{drawn}");
            let (marked, line, column) = &places[0];
            assert_eq!((*line, *column), (2, start));
            let whole = &long[start..start + length];
            assert!(marked == whole || whole.starts_with(marked.trim_end_matches('…')), "{marked}");
            assert!(length == 0 || marked.chars().count() >= length.min(100), "{marked}");
            assert_eq!(lines[2].starts_with('…'), start >= 90, "{drawn}");
        }
        // Wide characters and escapes take more than one column.
        for letter in ['東', '\u{1b}', '\t'] {
            let text = letter.to_string().repeat(50_000);
            let (drawn, _) = drawn(&text, &[(letter.len_utf8() * 25_000, letter.len_utf8())]);
            assert!(drawn.chars().map(columns_of).sum::<usize>() <= WIDTH + 30, "{drawn}");
        }
    }

    #[test]
    fn only_the_first_places_in_a_long_line_are_shown() {
        let text = "x".repeat(10_000);
        let source = Source::new("f", text.as_str());
        let label = |at: usize| Label { span: Span::new(at, 1), text: "here".to_owned() };
        let labels: Vec<Label> = [9_000, 10, 5_000, 7, 8].into_iter().map(label).collect();
        let excerpt = Excerpt::of(&source, &labels).unwrap();
        let shown: Vec<_> = excerpt.places.iter().map(|place| (place.column, place.text.as_str())).collect();
        assert_eq!(shown, [(9_000, "here"), (10, "here"), (5_000, "here (and 2 more in this line)")]);
        assert_eq!(excerpt.text.matches('…').count(), 3);
        assert!(excerpt.text.chars().count() < WIDTH + 20);
    }
}
