//! Diagnostics and errors as people read them on standard error.

use std::io::{self, IsTerminal, Write};

use miette::{GraphicalReportHandler, GraphicalTheme};

use super::args::ColourArg;
use crate::diag::{Diagnostic, Diagnostics};

/// Whether output to this stream is coloured.
pub(super) fn colours(choice: ColourArg, stream: &impl IsTerminal) -> bool {
    match choice {
        ColourArg::Always => true,
        ColourArg::Never => false,
        ColourArg::Auto => std::env::var_os("NO_COLOR").is_none() && stream.is_terminal(),
    }
}

/// Writes every diagnostic with its place, drawn into the file's text.
pub(super) fn diagnostics(all: &Diagnostics, choice: ColourArg) -> io::Result<()> {
    let mut stderr = io::stderr().lock();
    for diagnostic in all.iter() {
        writeln!(stderr, "{}", draw(diagnostic, colours(choice, &io::stderr())))?;
    }
    Ok(())
}

/// One diagnostic as text.
pub(super) fn draw(diagnostic: &Diagnostic, colour: bool) -> String {
    let theme = if colour { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    let handler = GraphicalReportHandler::new_themed(theme).with_links(false).with_width(100);
    let mut text = String::new();
    match handler.render_report(&mut text, diagnostic) {
        Ok(()) => text,
        Err(_) => format!("{}: {diagnostic}", diagnostic.code),
    }
}

/// Writes an error and what lies under it, one line each.
pub(super) fn error(error: &dyn std::error::Error) {
    let mut text = format!("peerpath: {error}");
    let mut cause = error.source();
    while let Some(below) = cause {
        let line = below.to_string();
        if !text.ends_with(&line) {
            text.push_str(": ");
            text.push_str(&line);
        }
        cause = below.source();
    }
    // Where standard error itself is gone there is nobody left to tell.
    let _ = writeln!(io::stderr().lock(), "{text}");
}
