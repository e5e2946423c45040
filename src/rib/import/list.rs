//! Plain lists: one prefix or address per line.

use std::io::{self, BufRead};

use super::input::for_each_line;
use super::{Builder, FilePlace, ImportNote, ImportedPeer};
use crate::rib::{AsPath, Attributes, Communities};

/// Reads a plain list. Each line is a prefix, or an address, which is read as a host prefix. A comment starts with
/// `#` or `;`. Empty lines are ignored. AS paths and communities are unknown.
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
