//! Columns of a view, each with a function that produces its cell from a row.

use crate::addr::AddressCount;
use crate::report::{Cell, Column, ColumnKind, View};

/// Produces the cell of a column from a row.
type ToCell<'c, R> = Box<dyn Fn(&R) -> Cell + 'c>;

/// The columns of a view in order, each with a function that produces its cell from a row `R`.
///
/// A column and its cells are defined in one place, so every row has one cell per column, and the cell
/// matches the column's kind.
pub(crate) struct Columns<'c, R: ?Sized> {
    fields: Vec<(Column, ToCell<'c, R>)>,
}

/// A value that a text column can contain.
pub(crate) trait TextCell: Into<Cell> {}

impl TextCell for &str {}
impl TextCell for String {}
impl<T: TextCell> TextCell for Option<T> {}

impl<'c, R: ?Sized + 'c> Columns<'c, R> {
    /// Creates an empty list of columns.
    pub(crate) const fn new() -> Self {
        Self { fields: Vec::new() }
    }

    /// Adds a text column.
    pub(crate) fn text<C: TextCell>(
        self,
        name: &'static str,
        meaning: &'static str,
        cell: impl Fn(&R) -> C + 'c,
    ) -> Self {
        self.column(Column::new(name, ColumnKind::Text, meaning), move |row| cell(row).into())
    }

    /// Adds a column with whole numbers.
    pub(crate) fn integer<C: Into<Option<u64>>>(
        self,
        name: &'static str,
        meaning: &'static str,
        cell: impl Fn(&R) -> C + 'c,
    ) -> Self {
        self.column(Column::new(name, ColumnKind::Integer, meaning), move |row| {
            filled(cell(row), Cell::Integer)
        })
    }

    /// Adds a column with byte counts.
    pub(crate) fn bytes<C: Into<Option<u64>>>(
        self,
        name: &'static str,
        meaning: &'static str,
        cell: impl Fn(&R) -> C + 'c,
    ) -> Self {
        self.column(Column::new(name, ColumnKind::Bytes, meaning), move |row| {
            filled(cell(row), Cell::Integer)
        })
    }

    /// Adds a column with address counts.
    pub(crate) fn count<C: Into<Option<AddressCount>>>(
        self,
        name: &'static str,
        meaning: &'static str,
        cell: impl Fn(&R) -> C + 'c,
    ) -> Self {
        self.column(Column::new(name, ColumnKind::Count, meaning), move |row| filled(cell(row), Cell::Count))
    }

    /// Adds a yes-or-no column.
    pub(crate) fn flag<C: Into<Option<bool>>>(
        self,
        name: &'static str,
        meaning: &'static str,
        cell: impl Fn(&R) -> C + 'c,
    ) -> Self {
        self.column(Column::new(name, ColumnKind::Flag, meaning), move |row| filled(cell(row), Cell::Flag))
    }

    /// Adds a column with lists of strings.
    pub(crate) fn list<C: Into<Option<Vec<String>>>>(
        self,
        name: &'static str,
        meaning: &'static str,
        cell: impl Fn(&R) -> C + 'c,
    ) -> Self {
        self.column(Column::new(name, ColumnKind::List, meaning), move |row| filled(cell(row), Cell::List))
    }

    /// Adds a column with times. `cell` returns nanoseconds since 1970-01-01T00:00:00Z.
    pub(crate) fn time<C: Into<Option<u64>>>(
        self,
        name: &'static str,
        meaning: &'static str,
        cell: impl Fn(&R) -> C + 'c,
    ) -> Self {
        self.column(Column::new(name, ColumnKind::Time, meaning), move |row| filled(cell(row), Cell::Time))
    }

    /// Adds a column with durations in nanoseconds. In machine-readable formats they are whole numbers.
    pub(crate) fn duration<C: Into<Option<u64>>>(
        self,
        name: &'static str,
        meaning: &'static str,
        cell: impl Fn(&R) -> C + 'c,
    ) -> Self {
        self.column(Column::new(name, ColumnKind::Integer, meaning), move |row| {
            filled(cell(row), Cell::Duration)
        })
    }

    /// Adds columns whose cells are produced from a part of the row.
    pub(crate) fn group<S: ?Sized + 'c>(
        self,
        part: impl Fn(&R) -> &S + Copy + 'c,
        columns: Columns<'c, S>,
    ) -> Self {
        columns
            .fields
            .into_iter()
            .fold(self, |all, (column, cell)| all.column(column, move |row| cell(part(row))))
    }

    /// Adds columns whose cells are produced from a part that a row may lack. Without the part, the cells are empty.
    pub(crate) fn group_if<S: ?Sized + 'c>(
        self,
        part: impl Fn(&R) -> Option<&S> + Copy + 'c,
        columns: Columns<'c, S>,
    ) -> Self {
        columns.fields.into_iter().fold(self, |all, (column, cell)| {
            all.column(column, move |row| part(row).map_or(Cell::Empty, &cell))
        })
    }

    fn column(mut self, column: Column, cell: impl Fn(&R) -> Cell + 'c) -> Self {
        self.fields.push((column, Box::new(cell)));
        self
    }

    /// Returns the columns without their functions.
    pub(crate) fn columns(&self) -> Vec<Column> {
        self.fields.iter().map(|(column, _)| *column).collect()
    }

    /// Returns the cells of a row.
    pub(crate) fn row(&self, row: &R) -> Vec<Cell> {
        self.fields.iter().map(|(_, cell)| cell(row)).collect()
    }

    /// Returns a view with all of these rows.
    pub(crate) fn view(&self, name: &str, rows: impl IntoIterator<Item = R>) -> View
    where
        R: Sized,
    {
        let mut view = View::new(name, &self.columns());
        view.rows = rows.into_iter().map(|row| self.row(&row)).collect();
        view.total_rows = view.rows.len() as u64;
        view
    }
}

/// Converts a value to a cell. Without a value, the cell is empty.
fn filled<T>(value: impl Into<Option<T>>, cell: impl FnOnce(T) -> Cell) -> Cell {
    value.into().map_or(Cell::Empty, cell)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Cells are in the order of their columns, and the cells of an absent part are empty.
    #[test]
    fn a_row_has_a_cell_for_every_column() {
        let size = || {
            Columns::<u64>::new().bytes("bytes", "bytes", |size| *size).duration("wait", "nanoseconds", |_| 5)
        };
        let columns = Columns::<(&str, Option<u64>)>::new()
            .text("name", "the name", |(name, _)| *name)
            .group_if(|(_, size)| size.as_ref(), size())
            .flag("known", "whether the size is known", |(_, size)| size.is_some());
        let view = columns.view("sizes", [("a", Some(3)), ("b", None)]);
        let names: Vec<_> = view.columns.iter().map(|column| (column.name, column.kind)).collect();
        let kinds = [ColumnKind::Text, ColumnKind::Bytes, ColumnKind::Integer, ColumnKind::Flag];
        assert_eq!(names, ["name", "bytes", "wait", "known"].into_iter().zip(kinds).collect::<Vec<_>>());
        let known = [Cell::from("a"), Cell::Integer(3), Cell::Duration(5), Cell::Flag(true)];
        let unknown = [Cell::from("b"), Cell::Empty, Cell::Empty, Cell::Flag(false)];
        assert_eq!(view.rows, [known.to_vec(), unknown.to_vec()]);
        assert_eq!((view.name.as_str(), view.total_rows, view.is_detail), ("sizes", 2, false));
    }
}
