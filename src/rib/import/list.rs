//! Plain lists: one prefix or address a line.

use std::io::{self, BufRead};

use super::input::for_each_line;
use super::{Builder, FilePlace, ImportNote, ImportedPeer};
use crate::rib::{AsPath, Attributes, Communities};

/// Each line is a prefix, or an address for the full length, with nothing else but a comment behind
/// `#` or `;`. Empty lines count for nothing. AS paths and communities are not known.
pub(super) fn read(input: impl BufRead, table: &mut Builder) -> io::Result<()> {
    let session = table.session(ImportedPeer::default());
    let attributes =
        Attributes { as_path: AsPath::UNKNOWN, communities: Communities::UNKNOWN, ..Attributes::default() };
    let attributes = table.table.attributes.intern(attributes);
    for_each_line(input, |number, line| {
        let text = line.split(['#', ';']).next().unwrap_or_default().trim();
        if text.is_empty() {
            return;
        }
        if let Some(prefix) = table.prefix(text, ImportNote::NotAPrefix, || FilePlace::Line(number)) {
            table.push_row(prefix, attributes, session, number);
        }
    })
}
