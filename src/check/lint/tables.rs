//! What reading a table of routes left out, at the line of the network file that names the table.

use std::fmt::Write as _;

use crate::diag::{Code, Diagnostic};
use crate::engine::RouteTables;
use crate::network::Network;
use crate::rib::import::{FilePlace, ImportNotes};

/// How many places of each reason are told.
const PLACES: usize = 3;

/// One finding for the table that the network file names `written`: how many of its rows were left out, mended or
/// passed over in part, the first of them, and why. `file` is how the table's file is called. A warning where answers
/// may be others than the table's author meant, else an advice; `None` where there is nothing to say.
///
/// What a router's table rightly has and no path follows is not told: routes marked as not valid, tables that
/// are not of unicast, updates, extended communities.
pub fn unread_rows(network: &Network, written: &str, file: &str, notes: &ImportNotes) -> Option<Diagnostic> {
    let told = || notes.iter().filter(|(note, _)| note.is_unreadable() || note.is_mended());
    told().next()?;
    let (left_out, mended) = (notes.unreadable(), notes.mended());
    let said = match (left_out, mended) {
        (_, 0) => format!("{} left out", rows(left_out)),
        (0, _) => format!("{} not taken as written", rows(mended)),
        _ => format!("{} left out, {} not taken as written", rows(left_out), rows(mended)),
    };
    let mut help = "correct these or take them out".to_owned();
    for (index, (note, count)) in told().enumerate() {
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
        let told = count.places.len().min(PLACES) as u64;
        match count.count.saturating_sub(told) {
            0 => {}
            all if told == 0 => drop(write!(help, "{all} times")),
            more => drop(write!(help, " and {more} more")),
        }
    }
    let message = format!("`{written}`: {said}");
    let grave = told().any(|(note, _)| note.is_unreadable() || note.is_doubtful());
    let make = if grave { Diagnostic::warning } else { Diagnostic::advice };
    let mut found = make(Code::NETWORK_ROUTE_TABLE, &network.source, message).help(help);
    for (index, named) in RouteTables::named(network).filter(|named| named.value == written).enumerate() {
        found = found.at(named.span, if index == 0 { "read here" } else { "and here" });
    }
    Some(found)
}

fn rows(count: u64) -> String {
    if count == 1 { "1 row is".to_owned() } else { format!("{count} rows are") }
}
