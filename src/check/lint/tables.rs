//! Rows that the reader of a table of routes skipped, reported at the line in the network file that names the table.

use std::fmt::Write as _;

use crate::diag::{Code, Diagnostic};
use crate::engine::RoutingTables;
use crate::network::Network;
use crate::rib::import::{FilePlace, TableNotes};

/// The maximum number of places reported for each reason.
const PLACES: usize = 3;

/// Returns one finding about the table that the network file names `written`. The finding states how many rows were
/// skipped, adjusted or read in part, lists the first of these rows, and gives the reasons. `file` is the name of the
/// table's file. The finding is a warning if paths may differ from what the table's author meant, otherwise advice;
/// `None` if there is nothing to report.
///
/// Entries that are normal in a router's table but not used for forwarding are not reported: routes marked as
/// invalid, non-unicast tables, updates, extended communities.
pub fn unread_rows(network: &Network, written: &str, file: &str, notes: &TableNotes) -> Option<Diagnostic> {
    let reported = || notes.iter().filter(|(note, _)| note.is_unreadable() || note.is_mended());
    reported().next()?;
    let (left_out, mended) = (notes.unreadable(), notes.mended());
    let words = match (left_out, mended) {
        (_, 0) => format!("{} skipped", rows(left_out)),
        (0, _) => format!("{} adjusted", rows(mended)),
        _ => format!("{} skipped, {} adjusted", rows(left_out), rows(mended)),
    };
    let mut help = "correct or remove these rows".to_owned();
    for (index, (note, count)) in reported().enumerate() {
        let _ = write!(help, "{} {note}: ", if index == 0 { ":" } else { ";" });
        for (index, (place, text)) in count.places.iter().take(PLACES).enumerate() {
            let line = match place {
                FilePlace::Line(line) => format!("{file}:{line}"),
                other => format!("{file}, {other}"),
            };
            let _ = write!(help, "{}{line}", if index == 0 { "" } else { ", " });
            if !text.is_empty() {
                let _ = write!(help, " `{text}`");
            }
        }
        let reported = count.places.len().min(PLACES) as u64;
        match count.count.saturating_sub(reported) {
            0 => {}
            all if reported == 0 => drop(write!(help, "{all} times")),
            more => drop(write!(help, " and {more} more")),
        }
    }
    let message = format!("`{written}`: {words}");
    let grave = reported().any(|(note, _)| note.is_unreadable() || note.is_doubtful());
    let make = if grave { Diagnostic::warning } else { Diagnostic::advice };
    let mut found = make(Code::NETWORK_ROUTE_TABLE, &network.source, message).help(help);
    for (index, named) in RoutingTables::named(network).filter(|named| named.value == written).enumerate() {
        found = found.at(named.span, if index == 0 { "read here" } else { "and here" });
    }
    Some(found)
}

fn rows(count: u64) -> String {
    if count == 1 { "1 row is".to_owned() } else { format!("{count} rows are") }
}
