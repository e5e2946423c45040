//! Access to the rows of a report's views by column name.

use crate::report::{Cell, Column, Report, View};

/// One row of a view.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row<'r> {
    columns: &'r [Column],
    cells: &'r [Cell],
}

impl<'r> Row<'r> {
    /// Returns the cell of a column; `None` if the view has no such column.
    pub(super) fn cell(&self, name: &str) -> Option<&'r Cell> {
        let index = self.columns.iter().position(|column| column.name == name)?;
        self.cells.get(index).filter(|cell| **cell != Cell::Empty)
    }

    /// Returns the text of a cell, or an empty text.
    pub(super) fn text(&self, name: &str) -> &'r str {
        match self.cell(name) {
            Some(Cell::Text(text)) => text,
            _ => "",
        }
    }

    /// Returns the texts of a list cell.
    pub(super) fn list(&self, name: &str) -> &'r [String] {
        match self.cell(name) {
            Some(Cell::List(list)) => list,
            _ => &[],
        }
    }

    /// Returns the value of a cell: a number, a time in nanoseconds since 1970, or a duration in nanoseconds.
    pub(super) fn number(&self, name: &str) -> Option<u64> {
        match self.cell(name) {
            Some(Cell::Integer(number) | Cell::Time(number) | Cell::Duration(number)) => Some(*number),
            _ => None,
        }
    }

    /// Returns the number in a cell, or 0 if there is none.
    pub(super) fn amount(&self, name: &str) -> u64 {
        self.number(name).unwrap_or_default()
    }

    /// Returns whether the flag in a cell is set.
    pub(super) fn is(&self, name: &str) -> bool {
        self.cell(name) == Some(&Cell::Flag(true))
    }
}

/// Returns the view of a report with this name.
pub(super) fn view<'r>(report: &'r Report, name: &str) -> Option<&'r View> {
    report.views.iter().find(|view| view.name == name)
}

/// Returns the rows of a view for a variant; all rows for a view without variants, none if the view is missing.
pub(super) fn rows<'r>(report: &'r Report, name: &str, variant: &str) -> Vec<Row<'r>> {
    let Some(view) = view(report, name) else { return Vec::new() };
    let all = view.rows.iter().map(|cells| Row { columns: &view.columns, cells });
    all.filter(|row| row.cell("variant").is_none() || row.text("variant") == variant).collect()
}

/// Returns the names of the variants, in the order of the report; a single empty name for reports without variants.
pub(super) fn variants(report: &Report) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for view in &report.views {
        let columns = &view.columns;
        for cells in &view.rows {
            let name = Row { columns, cells }.text("variant");
            if !name.is_empty() && names.iter().all(|known| known != name) {
                names.push(name.to_owned());
            }
        }
    }
    if names.is_empty() {
        names.push(String::new());
    }
    names
}

/// Returns `length` times `part` over `whole`, rounded down.
pub(super) fn along(part: u64, whole: u64, length: i64) -> i64 {
    let length = u128::from(length.unsigned_abs());
    let place = u128::from(part) * length / u128::from(whole.max(1));
    i64::try_from(place).unwrap_or(i64::MAX)
}
