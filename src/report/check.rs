//! The view of `check`: findings with their places.

use super::{Cell, Column, ColumnKind, View};
use crate::diag::{CODES, Diagnostics};

/// Every finding, in the order given.
pub fn findings(diagnostics: &Diagnostics) -> View {
    let text = |name, meaning| Column::new(name, ColumnKind::Text, meaning);
    let columns = [
        text("code", "the stable name of the kind of finding"),
        text("severity", "advice, or warning: probably not what was meant"),
        text("message", "what is wrong, with its subject"),
        text("file", "the file"),
        Column::new("line", ColumnKind::Integer, "the line, from 1; empty where the whole file is meant"),
        Column::new("column", ColumnKind::Integer, "the character in the line, from 1"),
        text("remedy", "how to mend it"),
        text("explanation", "what the code means, with its source"),
    ];
    let mut view = View::new("findings", &columns);
    for diagnostic in diagnostics.iter() {
        let place = diagnostic.position();
        let entry = CODES.iter().find(|entry| entry.code == diagnostic.code);
        view.push(vec![
            Cell::from(diagnostic.code.name()),
            Cell::from(diagnostic.severity.to_string()),
            Cell::from(diagnostic.message.as_str()),
            Cell::from(diagnostic.source.name()),
            Cell::from(place.map(|(line, _)| line as u64)),
            Cell::from(place.map(|(_, column)| column as u64)),
            Cell::from(diagnostic.help.clone()),
            Cell::from(entry.map(|entry| entry.explanation)),
        ]);
    }
    view
}
