//! Text that must not exceed a number of bytes.

use std::io::{self, Write};

use crate::report::check_text::shortened;

/// Writes whole pieces as long as they fit; from the first that does not, nothing more.
pub(super) struct Sheet<'a> {
    out: &'a mut dyn Write,
    room: Option<usize>,
    full: bool,
    folded: bool,
}

const UNFOLD: &str = "\n</details>\n";

impl<'a> Sheet<'a> {
    /// The most bytes that [`Self::finish`] writes beside its `closing`.
    pub(super) const RESERVE: usize = 500;

    /// At most `room` bytes; without a number, as many as come.
    pub(super) fn new(out: &'a mut dyn Write, room: Option<usize>) -> Self {
        Self { out, room, full: false, folded: false }
    }

    /// Writes the piece if it fits and everything before it did.
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

    /// Opens a part that GitHub shows folded; [`Self::unfold`] ends it. They do not nest.
    pub(super) fn fold(&mut self, title: &str) -> io::Result<()> {
        self.put(&format!("\n<details><summary>{title}</summary>\n"))?;
        self.folded |= !self.full;
        Ok(())
    }

    /// Ends the part that was folded.
    pub(super) fn unfold(&mut self) -> io::Result<()> {
        self.put(UNFOLD)?;
        self.folded &= self.full;
        Ok(())
    }

    /// Writes what must stand at the end, for which the caller kept [`Self::RESERVE`] and the length of `closing`
    /// aside: the end of a part that was cut, what is to be said about the cut, and `closing`.
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
