//! Keeps only the latest of several rows with the same peer, prefix and next hop.
//!
//! A list or a CSV file records what was learned on a session, where a later route to a prefix replaces the earlier
//! one (RFC 4271 section 9.1.4). Rows with different next hops may come from several unnamed peers, so all are kept.
//! Tables from routers and collectors are not changed, because they contain only current routes, including several
//! paths from a peer that advertises more than one path (RFC 7911). Only in very large tables are identical rows
//! removed, to limit memory.

use std::collections::HashMap;
use std::hash::BuildHasher;
use std::net::IpAddr;

use foldhash::fast::FixedState;

use super::{ImportNote, ImportedRoute, ImportedTable, TableFormat, TableNotes};
use crate::addr::IpPrefix;
use crate::rib::{AttributesId, Route};

/// The lines of the rows, and the rows that were removed.
#[derive(Clone, Debug, Default)]
pub(super) struct Rows {
    /// The line numbers of routes. A number is stored only where the sequence is interrupted, so a file without gaps
    /// needs one entry.
    lines: Vec<(usize, u64)>,
    gone: HashMap<(Key, AttributesId), Gone, FixedState>,
}

impl Rows {
    /// Records the line number of the route with this index. Routes and line numbers must be added in ascending order.
    pub(super) fn add(&mut self, route: usize, line: u64) {
        add(&mut self.lines, route, line);
    }
}

fn add(lines: &mut Vec<(usize, u64)>, route: usize, at: u64) {
    if line(lines, route) != Some(at) {
        lines.push((route, at));
    }
}

/// Returns the line number of a route, if known. After a stored entry, line numbers continue in sequence.
fn line(lines: &[(usize, u64)], route: usize) -> Option<u64> {
    let (from, line) = match lines.last() {
        Some(last) if last.0 <= route => last,
        _ => lines.get(lines.partition_point(|(from, _)| *from <= route).checked_sub(1)?)?,
    };
    Some(line + route.checked_sub(*from)? as u64)
}

/// The number of routes above which repeated routes are removed during the import. A few full internet tables have
/// fewer routes.
pub(super) const MANY: usize = 1 << 20;

/// The properties in which two routes must agree to count as the same route.
type Key = (IpPrefix, u32, Option<IpAddr>, Option<(AttributesId, Option<bool>)>);

/// Removed routes that have the same key and the same attributes.
#[derive(Clone, Debug, Default)]
struct Gone {
    count: u64,
    /// The first lines, ascending.
    lines: Vec<u64>,
}

fn key(table: &ImportedTable, route: &ImportedRoute) -> Key {
    let Route { prefix, session, attributes } = route.route;
    let (next_hop, all) = if is_written_down(table.format) {
        (table.attributes.get(attributes).and_then(|set| set.next_hop), None)
    } else {
        (None, Some((attributes, route.marked_best)))
    };
    (prefix, session.index(), next_hop, all)
}

/// Returns whether a table in this format is written row by row, so that a later row can replace an earlier one.
pub(super) fn is_written_down(format: TableFormat) -> bool {
    matches!(format, TableFormat::List | TableFormat::Csv)
}

/// Removes routes that a later route replaces: in lists and CSV files, routes with the same peer, prefix and next hop;
/// in other tables, identical routes. O(n) if the file is ordered by prefix, O(n log n) otherwise.
pub(super) fn thin_out(table: &mut ImportedTable, rows: &mut Rows) {
    let Some(gone) = replaced(table) else { return };
    for row in &gone {
        let Some(route) = table.routes.get(*row) else { continue };
        let same = rows.gone.entry((key(table, route), route.route.attributes)).or_default();
        same.count += 1;
        if same.lines.len() < TableNotes::PLACES {
            same.lines.extend(line(&rows.lines, *row));
        }
    }
    let mut gone = gone.into_iter().peekable();
    let (mut index, mut kept, mut lines) = (0_usize.., 0, Vec::new());
    table.routes.retain(|_| {
        let index = index.next().unwrap_or_default();
        let stays = gone.next_if_eq(&index).is_none();
        if let (true, Some(line)) = (stays, line(&rows.lines, index)) {
            add(&mut lines, kept, line);
        }
        kept += usize::from(stays);
        stays
    });
    rows.lines = lines;
}

/// Returns the indexes of the routes that a later route replaces, ascending; `None` if there are none.
fn replaced(table: &ImportedTable) -> Option<Vec<usize>> {
    let key = |route: &ImportedRoute| key(table, route);
    let ascends = |(before, after): (&ImportedRoute, &ImportedRoute)| key(before) < key(after);
    if table.routes.iter().zip(table.routes.iter().skip(1)).all(ascends) {
        return None;
    }
    // Most unsorted tables have no such rows. Comparing short numbers finds this out faster than sorting the rows.
    let hasher = FixedState::default();
    let mut hashes: Vec<u64> = table.routes.iter().map(|route| hasher.hash_one(key(route))).collect();
    hashes.sort_unstable();
    if hashes.iter().zip(hashes.iter().skip(1)).all(|(one, next)| one != next) {
        return None;
    }
    drop(hashes);
    let mut order: Vec<_> = table.routes.iter().map(key).zip(0_usize..).collect();
    order.sort_unstable();
    let pairs = order.iter().zip(order.iter().skip(1)).filter(|(one, next)| one.0 == next.0);
    let mut gone: Vec<usize> = pairs.map(|(one, _)| one.1).collect();
    gone.sort_unstable();
    Some(gone)
}

/// Counts the removed routes: as repeated if the remaining row has the same attributes, otherwise as replaced.
pub(super) fn report(table: &mut ImportedTable, rows: Rows) {
    if rows.gone.is_empty() {
        return;
    }
    let mut stands: HashMap<Key, Option<AttributesId>, FixedState> =
        rows.gone.keys().map(|(key, _)| (*key, None)).collect();
    for route in &table.routes {
        if let Some(standing) = stands.get_mut(&key(table, route)) {
            *standing = Some(route.route.attributes);
        }
    }
    for ((key, attributes), gone) in rows.gone {
        let same = stands.get(&key).copied().flatten() == Some(attributes);
        let note = if same { ImportNote::Repeated } else { ImportNote::Replaced };
        table.notes.add_rows(note, gone.count, &gone.lines, &key.0);
    }
}

#[cfg(test)]
mod tests {
    use super::super::{read, read_as};
    use super::*;

    type NoteAt = (ImportNote, u64, Vec<String>);

    /// Returns the remaining routes, by prefix and MED, and the notes with their lines.
    fn outcome(text: &str) -> (Vec<String>, Vec<NoteAt>) {
        let table = read("t", text.as_bytes()).unwrap();
        let words = |route: &ImportedRoute| {
            let set = table.attributes.get(route.route.attributes).unwrap();
            format!("{} {:?}", route.route.prefix, set.med)
        };
        let notes = table.notes.iter().map(|(note, count)| {
            let places = count.places.iter().map(|(place, text)| format!("{place} {text}"));
            (note, count.count, places.collect())
        });
        (table.routes.iter().map(words).collect(), notes.collect())
    }

    #[test]
    fn the_later_row_stands() {
        let (routes, notes) = outcome(
            "prefix,med,peer\n10.0.0.0/8,1,a\n\n# a comment\n10.0.0.0/8,2,b\n10.0.0.0/8,3,a\n11.0.0.0/8,1,a\n\
             nothing,1,a\n10.0.0.0/8,3,a\n",
        );
        assert_eq!(routes, ["10.0.0.0/8 Some(2)", "11.0.0.0/8 Some(1)", "10.0.0.0/8 Some(3)"]);
        let note_at = |note, places: &[&str]| {
            (note, places.len() as u64, places.iter().map(|&place| place.to_owned()).collect::<Vec<_>>())
        };
        assert_eq!(
            notes,
            [
                note_at(ImportNote::NotAPrefix, &["line 8 nothing"]),
                note_at(ImportNote::Replaced, &["line 2 10.0.0.0/8"]),
                note_at(ImportNote::Repeated, &["line 6 10.0.0.0/8"]),
            ]
        );
        // A row with another next hop may come from another peer.
        let (routes, notes) = outcome(
            "prefix,med,next_hop\n10.0.0.0/8,1,192.0.2.1\n10.0.0.0/8,2,192.0.2.2\n10.0.0.0/8,3,192.0.2.1\n",
        );
        assert_eq!(routes, ["10.0.0.0/8 Some(2)", "10.0.0.0/8 Some(3)"]);
        assert_eq!(notes, [note_at(ImportNote::Replaced, &["line 2 10.0.0.0/8"])]);
        // Clearing host bits turns two prefixes into one; a router's table is not changed.
        let (routes, notes) = outcome("10.0.0.0/8\n10.0.0.1/8\n");
        assert_eq!((routes.len(), notes.len()), (1, 2));
        let bird = "10.0.0.0/8 via 192.0.2.1 on eth0 [a 12:00] * (100) [AS1i]\n";
        let bird = read_as("t", TableFormat::Bird, [bird, bird].concat().as_bytes()).unwrap();
        assert_eq!((bird.routes.len(), bird.notes.count(ImportNote::Repeated)), (2, 0));
    }

    #[test]
    fn lines_are_known_of_every_route() {
        let mut rows = Rows::default();
        let lines = [2, 3, 4, 9, 10, 20, 22, 23];
        for (route, at) in lines.into_iter().enumerate() {
            rows.add(route, at);
        }
        assert_eq!(
            (0..lines.len()).map(|route| line(&rows.lines, route).unwrap()).collect::<Vec<_>>(),
            lines
        );
        assert_eq!(rows.lines.len(), 4);
    }

    /// Removing rows during the import gives the same table as removing them at its end.
    #[test]
    fn it_does_not_matter_when_rows_are_taken_out() {
        let mut state = 3_u32;
        let mut random = move |below: u32| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) % below
        };
        for round in 0..200 {
            let lines =
                (0..random(60)).map(|_| format!("10.{}.0.0/16,p{},{}\n", random(9), random(2), random(3)));
            let text = lines.fold("prefix,peer,med\n".to_owned(), |text, line| text + &line);
            let table = |thin_out_at| {
                let mut table = super::super::Builder::new(TableFormat::Csv);
                table.thin_out_at = thin_out_at;
                super::super::csv::read(text.as_bytes(), &mut table).unwrap();
                let most = table.table.routes.len();
                let table = table.finish("t").ok()?;
                Some((most, table.routes, table.notes))
            };
            let (whole, thin) = (table(MANY), table(1 + round % 9));
            assert_eq!(whole.as_ref().map(|all| &all.2), thin.as_ref().map(|all| &all.2), "{text}");
            assert_eq!(whole.map(|all| all.1), thin.as_ref().map(|all| all.1.clone()), "{text}");
            // Eighteen keys, and as many rows again before the next check.
            assert!(thin.is_none_or(|all| all.0 <= 36));
        }
    }

    #[test]
    fn routers_say_one_thing_once_where_there_is_much() {
        let line = |peer: u32| format!("10.0.0.0/8 via 192.0.2.1 on eth0 [p{peer} 12:00] * (100) [AS1i]\n");
        let text: String = (0..40).map(|row| line(row % 4)).collect();
        for (thin_out_at, wanted) in [(MANY, (40, 0)), (10, (4, 36))] {
            let mut table = super::super::Builder::new(TableFormat::Bird);
            table.thin_out_at = thin_out_at;
            super::super::bird::read(text.as_bytes(), &mut table).unwrap();
            let table = table.finish("t").unwrap();
            assert_eq!((table.routes.len(), table.notes.count(ImportNote::Repeated)), wanted);
        }
    }

    #[test]
    fn as_a_slow_reader_has_it() {
        let mut state = 7_u32;
        let mut random = move |below: u32| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) % below
        };
        for _ in 0..200 {
            let rows: Vec<(u32, u32, u32)> =
                (0..=random(30)).map(|_| (random(9), random(2), random(3))).collect();
            let lines = rows.iter().map(|(prefix, peer, med)| format!("10.{prefix}.0.0/16,p{peer},{med}\n"));
            let text = lines.fold("prefix,peer,med\n".to_owned(), |text, line| text + &line);
            let stands = |index: &usize| {
                let (own, after) = rows.get(*index..).unwrap().split_first().unwrap();
                after.iter().all(|row| (row.0, row.1) != (own.0, own.1))
            };
            let slow: Vec<String> = (0..rows.len())
                .filter(stands)
                .map(|index| format!("10.{}.0.0/16 Some({})", rows[index].0, rows[index].2))
                .collect();
            let (fast, notes) = outcome(&text);
            assert_eq!(fast, slow, "{text}");
            let counted: u64 = notes.iter().map(|(_, count, _)| count).sum();
            assert_eq!(counted, (rows.len() - slow.len()) as u64);
        }
    }
}
