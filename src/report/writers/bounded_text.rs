//! Text limited to a number of bytes.

use std::io::{self, Write};

use crate::report::check_text::shortened;

/// A writer of whole pieces of text up to a size limit. After the first piece that does not fit, it writes no more.
pub(super) struct Sheet<'a> {
    out: &'a mut dyn Write,
    room: Option<usize>,
    full: bool,
    folded: bool,
}

const UNFOLD: &str = "\n</details>\n";

impl<'a> Sheet<'a> {
    /// Maximum number of bytes that [`Self::finish`] writes in addition to its `closing`.
    pub(super) const RESERVE: usize = 500;

    /// Returns a sheet of at most `room` bytes; unlimited if `None`.
    pub(super) fn new(out: &'a mut dyn Write, room: Option<usize>) -> Self {
        Self { out, room, full: false, folded: false }
    }

    /// Writes the piece if it and everything before it fit.
    pub(super) fn put(&mut self, piece: &str) -> io::Result<()> {
        if self.full {
            return Ok(());
        }
        if let Some(room) = &mut self.room {
            let Some(rest) = room.checked_sub(piece.len()) else {
                self.full = true;
                return Ok(());
            };
            *room = rest;
        }
        self.out.write_all(piece.as_bytes())
    }

    /// Opens a section that GitHub shows collapsed; [`Self::unfold`] ends it. Sections do not nest.
    pub(super) fn fold(&mut self, title: &str) -> io::Result<()> {
        self.put(&format!("\n<details><summary>{title}</summary>\n"))?;
        self.folded |= !self.full;
        Ok(())
    }

    /// Ends the collapsed section.
    pub(super) fn unfold(&mut self) -> io::Result<()> {
        self.put(UNFOLD)?;
        self.folded &= self.full;
        Ok(())
    }

    /// Writes the end of the text, for which the caller reserved [`Self::RESERVE`] and the length of `closing`: the
    /// end of a truncated section, the note about the truncation, and `closing`.
    pub(super) fn finish(self, cut: &str, closing: &str) -> io::Result<()> {
        if self.folded {
            self.out.write_all(UNFOLD.as_bytes())?;
        }
        if self.full {
            let cut = shortened(cut, Self::RESERVE - UNFOLD.len() - 2);
            write!(self.out, "\n{cut}\n")?;
        }
        self.out.write_all(closing.as_bytes())
    }
}
