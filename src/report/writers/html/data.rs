//! Rows of a report's views by the names of their columns.

use crate::report::{Cell, Column, Report, View};

/// One row of a view.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row<'r> {
    columns: &'r [Column],
    cells: &'r [Cell],
}

impl<'r> Row<'r> {
    /// What stands in a column; nothing where the view has no such column.
    pub(super) fn cell(&self, name: &str) -> Option<&'r Cell> {
        let index = self.columns.iter().position(|column| column.name == name)?;
        self.cells.get(index).filter(|cell| **cell != Cell::Empty)
    }

    /// Text, or nothing.
    pub(super) fn text(&self, name: &str) -> &'r str {
        match self.cell(name) {
            Some(Cell::Text(text)) => text,
            _ => "",
        }
    }

    /// Several texts.
    pub(super) fn list(&self, name: &str) -> &'r [String] {
        match self.cell(name) {
            Some(Cell::List(list)) => list,
            _ => &[],
        }
    }

    /// A number, a moment in nanoseconds since 1970, or a duration in nanoseconds.
    pub(super) fn number(&self, name: &str) -> Option<u64> {
        match self.cell(name) {
            Some(Cell::Integer(number) | Cell::Time(number) | Cell::Duration(number)) => Some(*number),
            _ => None,
        }
    }

    /// A number, 0 where there is none.
    pub(super) fn amount(&self, name: &str) -> u64 {
        self.number(name).unwrap_or_default()
    }

    /// Whether a flag is set.
    pub(super) fn is(&self, name: &str) -> bool {
        self.cell(name) == Some(&Cell::Flag(true))
    }
}

/// A view of a report.
pub(super) fn view<'r>(report: &'r Report, name: &str) -> Option<&'r View> {
    report.views.iter().find(|view| view.name == name)
}

/// The rows of a view that belong to a variant; all of them for a view without variants, none without the view.
pub(super) fn rows<'r>(report: &'r Report, name: &str, variant: &str) -> Vec<Row<'r>> {
    let Some(view) = view(report, name) else { return Vec::new() };
    let all = view.rows.iter().map(|cells| Row { columns: &view.columns, cells });
    all.filter(|row| row.cell("variant").is_none() || row.text("variant") == variant).collect()
}

/// The names of the variants, in the order of the report; one without a name for reports without variants.
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

/// Where `part` lies on a length that stands for `whole`, rounded down.
pub(super) fn along(part: u64, whole: u64, length: i64) -> i64 {
    let length = u128::from(length.unsigned_abs());
    let place = u128::from(part) * length / u128::from(whole.max(1));
    i64::try_from(place).unwrap_or(i64::MAX)
}
