//! `docs/demo.svg`: what `peerpath demo` shows in a terminal.

use std::fmt::Write as _;

use super::{expect, run};

/// The size of a character, and the margin.
const WIDTH: usize = 8;
const HEIGHT: usize = 19;
const MARGIN: usize = 16;

/// The columns of the terminal, which breaks longer lines.
const COLUMNS: usize = 150;

/// The styles of the terminal that the picture knows, as attributes.
const STYLES: [(&str, &str); 3] = [("0", ""), ("1", " font-weight=\"bold\""), ("33", " fill=\"#d29922\"")];

#[test]
fn the_picture_is_what_the_demo_prints() {
    let command = "peerpath demo --by path --by service --top 5";
    let mut arguments: Vec<&str> = command.split(' ').skip(1).collect();
    arguments.extend(["--color", "always", "--quiet"]);
    let shown = format!("$ {command}\n{}", run(&arguments).trim_end());
    let lines: Vec<Vec<Piece<'_>>> = shown.lines().flat_map(|line| broken(pieces(line))).collect();
    let (width, height) = (COLUMNS * WIDTH + 2 * MARGIN, lines.len() * HEIGHT + 2 * MARGIN);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
         role=\"img\">\n<title>{command}</title>\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"#0d1117\"/>\n\
         <g fill=\"#e6edf3\" font-family=\"ui-monospace, 'DejaVu Sans Mono', Consolas, monospace\" font-size=\"13\">\n"
    );
    for (index, line) in lines.iter().enumerate() {
        let y = MARGIN + (index + 1) * HEIGHT - 5;
        let mut column = 0;
        for piece in line {
            let (x, length) = (MARGIN + column * WIDTH, piece.columns() * WIDTH);
            // Spaces that no reader of SVG collapses.
            let text = piece.text.replace('&', "&amp;").replace('<', "&lt;").replace(' ', "\u{a0}");
            writeln!(svg, "<text x=\"{x}\" y=\"{y}\" textLength=\"{length}\"{}>{text}</text>", piece.style)
                .unwrap();
            column += piece.columns();
        }
    }
    svg += "</g>\n</svg>\n";
    expect("docs/demo.svg", &svg);
}

/// A stretch of a line in one style.
struct Piece<'l> {
    text: &'l str,
    /// The attributes of its style.
    style: &'static str,
}

impl Piece<'_> {
    fn columns(&self) -> usize {
        self.text.chars().count()
    }
}

/// A line as the terminal breaks it.
fn broken(pieces: Vec<Piece<'_>>) -> Vec<Vec<Piece<'_>>> {
    let mut lines = vec![Vec::new()];
    let mut free = COLUMNS;
    for Piece { mut text, style } in pieces {
        while !text.is_empty() {
            if free == 0 {
                lines.push(Vec::new());
                free = COLUMNS;
            }
            let end = text.char_indices().nth(free).map_or(text.len(), |(at, _)| at);
            let (part, rest) = text.split_at(end);
            let piece = Piece { text: part, style };
            free -= piece.columns();
            lines.last_mut().unwrap().push(piece);
            text = rest;
        }
    }
    lines
}

/// A line taken apart at its escape sequences. A style that the picture does not know fails.
fn pieces(line: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut style = "";
    for (index, part) in line.split("\u{1b}[").enumerate() {
        let mut text = part;
        if index > 0 {
            let (code, rest) = part.split_once('m').unwrap();
            style = STYLES.iter().find(|(known, _)| *known == code).unwrap().1;
            text = rest;
        }
        if !text.is_empty() {
            pieces.push(Piece { text, style });
        }
    }
    pieces
}
