//! Views as tables.

use maud::{Markup, html};

use crate::report::text::{for_people, grouped};
use crate::report::writers::html::figures::{bytes, count, duration, filled, rate};
use crate::report::{Cell, Column, ColumnKind, View};

/// Maximum number of list items shown before `+n`.
const LIST_LIMIT: usize = 6;
/// Maximum number of rows in a table. A browser lays out this many within a second or two on an ordinary machine; other
/// formats contain the rest.
const MOST_ROWS: usize = 2_000;

/// The presentation of a view.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Shape<'s> {
    /// The columns, in this order; if empty, all columns with a value.
    pub(super) columns: &'s [&'s str],
    /// The variant whose rows are shown; all rows if `None`.
    pub(super) variant: Option<&'s str>,
    /// Maximum number of rows; 0 for all.
    pub(super) most: usize,
    /// Whether byte counts are shown exactly.
    pub(super) exact: bool,
}

/// Returns a view under a caption, in its own scrolling container; a sentence if it has no rows.
pub(super) fn table(view: &View, caption: &str, shape: Shape<'_>) -> Markup {
    let own = |cells: &&Vec<Cell>| {
        let index = view.columns.iter().position(|column| column.name == "variant");
        match (shape.variant, index.and_then(|index| cells.get(index))) {
            (Some(variant), Some(Cell::Text(text))) => text == variant,
            _ => true,
        }
    };
    let all: Vec<&Vec<Cell>> = view.rows.iter().filter(own).collect();
    if all.is_empty() {
        return html! { p .empty { (caption) ": none." } };
    }
    let wanted = if shape.most == 0 { all.len() } else { shape.most };
    let most = wanted.min(MOST_ROWS);
    let columns = columns(view, &all, shape);
    html! {
        div .scroll role="region" tabindex="0" aria-label=(caption) {
            table {
                caption { (caption) (cut(view, all.len(), most)) }
                thead {
                    tr { @for (_, column) in &columns { th .n[column.kind.is_number()] scope="col" title=(column.meaning) { (heading(column)) } } }
                }
                tbody {
                    @for cells in all.iter().take(most) {
                        tr {
                            @for (place, (index, column)) in columns.iter().enumerate() {
                                (cell(column, cells.get(*index), place == 0, shape.exact))
                            }
                        }
                    }
                }
            }
        }
        @if wanted.min(all.len()) > most { (rest(all.len() - most, all.len())) }
    }
}

/// Returns the note about rows that a browser could not handle.
fn rest(left_out: usize, all: usize) -> Markup {
    html! {
        p .cut {
            (count(left_out as u64)) " of these " (count(all as u64)) " rows are omitted, since browsers do not handle "
            "pages of such a size well: " code { "--out ndjson=FILE" } " writes all of them."
        }
    }
}

/// Returns a view with rows and columns exchanged, for a side-by-side comparison; the first cell of a row heads its
/// column.
pub(super) fn turned(view: &View, caption: &str) -> Markup {
    let all: Vec<&Vec<Cell>> = view.rows.iter().collect();
    let columns = columns(view, &all, Shape::default());
    let cells = |index: usize| all.iter().map(move |cells| cells.get(index).unwrap_or(&Cell::Empty));
    html! {
        div .scroll role="region" tabindex="0" aria-label=(caption) {
            table .compared {
                caption { (caption) }
                @if let Some((index, column)) = columns.first() {
                    thead { tr {
                        th scope="col" { (heading(column)) }
                        @for cell in cells(*index) { th .n scope="col" { (text(column, cell, false)) } }
                    } }
                }
                tbody {
                    @for (index, column) in columns.iter().skip(1) {
                        tr {
                            th scope="row" title=(column.meaning) { (heading(column)) }
                            @for cell in cells(*index) { td .n { (text(column, cell, false)) } }
                        }
                    }
                }
            }
        }
    }
}

/// Returns a remark about the number of shown rows if some are omitted.
fn cut(view: &View, rows: usize, most: usize) -> String {
    let shown = rows.min(most) as u64;
    let total = view.total_rows.max(view.rows.len() as u64);
    if total > view.rows.len() as u64 && rows < view.rows.len() {
        // The variant of the omitted rows is unknown.
        return format!(" – the first {}, of {} for all variants", count(shown), count(total));
    }
    let known = if rows == view.rows.len() { total } else { rows as u64 };
    if known > shown { format!(" – {} of {}", count(shown), count(known)) } else { String::new() }
}

fn columns<'v>(view: &'v View, rows: &[&Vec<Cell>], shape: Shape<'_>) -> Vec<(usize, &'v Column)> {
    let filled =
        |index: usize| rows.iter().any(|cells| cells.get(index).is_some_and(|cell| *cell != Cell::Empty));
    let numbered = view.columns.iter().enumerate();
    if shape.columns.is_empty() {
        let one = shape.variant.is_some();
        return numbered
            .filter(|(index, column)| filled(*index) && !(one && column.name == "variant"))
            .collect();
    }
    let all: Vec<_> = numbered.collect();
    let named = |name: &&str| all.iter().find(|(_, column)| column.name == *name).copied();
    shape.columns.iter().filter_map(named).filter(|(index, _)| filled(*index)).collect()
}

/// Returns a column's name for people.
fn heading(column: &Column) -> String {
    let name = match column.name {
        "ip_bytes" => "bytes",
        "sent_ip_bytes" => "sent",
        "received_ip_bytes" => "received",
        "n_minus_1_bits_per_second" => "N-1",
        "worst_permille" => "worst link's peak of rate",
        "peak_permille" => "peak of rate",
        "n_minus_1_permille" => "N-1 of rate",
        "fits_thousandths" => "fits up to (1000 = ×1)",
        name => name,
    };
    let endings = ["_ip_bytes", "_ns", "_bits_per_second", "_permille"];
    let name = endings.iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(name);
    name.replace('_', " ")
}

fn cell(column: &Column, cell: Option<&Cell>, first: bool, exact: bool) -> Markup {
    let cell = cell.unwrap_or(&Cell::Empty);
    let text = text(column, cell, exact);
    let title = match cell {
        Cell::Integer(number) if text != grouped(&number.to_string()) => Some(grouped(&number.to_string())),
        _ => None,
    };
    let number = column.kind.is_number();
    let long = text.chars().count() > 44;
    let flagged = column.name == "leaks" && *cell == Cell::Flag(true);
    html! {
        @if first {
            th .n[number] .long[long] scope="row" title=[title] { (text) }
        } @else {
            td .n[number] .flagged[flagged] .long[long] title=[title] { (text) }
        }
    }
}

/// Formats a cell for people.
fn text(column: &Column, cell: &Cell, exact: bool) -> String {
    match cell {
        Cell::Empty => "–".to_owned(),
        Cell::Integer(number) if column.kind == ColumnKind::Bytes && !exact => bytes(*number),
        Cell::Integer(number) if column.name.ends_with("_port") => number.to_string(),
        Cell::Integer(number) if column.name.ends_with("_ns") => duration(*number),
        Cell::Integer(number) if column.name.ends_with("_bits_per_second") => rate(*number),
        Cell::Integer(number) if column.name.ends_with("_permille") => filled(*number),
        cell => for_people(cell, LIST_LIMIT),
    }
}
