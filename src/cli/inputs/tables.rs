//! Reads the routing tables that a network file names. Rows that cannot be used are always reported.

use std::path::Path;

use crate::check::unread_rows;
use crate::cli::args::Global;
use crate::cli::error::CliError;
use crate::cli::inputs::opened;
use crate::cli::render::show;
use crate::diag::Diagnostics;
use crate::engine::RoutingTables;
use crate::network::Network;
use crate::report::Note;
use crate::rib::import::{ImportedTable, TableError};

/// Routing tables, with the findings about them.
#[derive(Debug, Default)]
pub(in crate::cli) struct ReadTables {
    pub(in crate::cli) tables: RoutingTables,
    /// One finding for each table with unused rows.
    pub(in crate::cli) found: Diagnostics,
    /// Rows that could not be read, for `--strict`: one sentence for each table.
    pub(in crate::cli) lost: Vec<String>,
}

/// Reads the routing tables of a network file from disk.
pub(in crate::cli) fn route_tables(network: &Network) -> Result<ReadTables, CliError> {
    let mut read = ReadTables::default();
    for written in RoutingTables::wanted(network) {
        let path = network.path_of(written);
        let quoted = is_beside(Path::new(network.source.name()), &path);
        read.add(network, written, &path.display().to_string(), opened::routes(&path), quoted)?;
    }
    Ok(read)
}

/// Returns whether a file is in the folder of the network file that names it, or below; symbolic links are followed on both
/// sides. Messages quote only such files: the author of a network file chooses the path, and must not be able to have
/// other files of the machine shown.
pub(in crate::cli) fn is_beside(network: &Path, table: &Path) -> bool {
    // For standard input, the folder is the current one.
    let whole = network.canonicalize();
    let folder = match &whole {
        Ok(file) => file.parent().map(Path::to_owned),
        Err(_) => Path::new(".").canonicalize().ok(),
    };
    folder.is_some_and(|folder| table.canonicalize().is_ok_and(|table| table.starts_with(folder)))
}

impl ReadTables {
    /// Adds a table that the network file names `written`, read from `file`. `quoted`: whether messages may quote
    /// the table.
    pub(in crate::cli) fn add(
        &mut self,
        network: &Network,
        written: &str,
        file: &str,
        imported: Result<ImportedTable, TableError>,
        quoted: bool,
    ) -> Result<(), CliError> {
        let mut imported = imported.map_err(|error| if quoted { error } else { error.without_text() })?;
        if !quoted {
            imported.notes = std::mem::take(&mut imported.notes).without_text();
        }
        let notes = &imported.notes;
        let (left_out, unreadable) = (notes.left_out(), notes.unreadable());
        tracing::info!(routes = imported.routes.len(), left_out, "read the routing table `{written}`");
        if let Some(found) = unread_rows(network, written, file, notes) {
            self.found.push(found);
        }
        if unreadable > 0 {
            let rows = if unreadable == 1 { "row" } else { "rows" };
            self.lost.push(format!("{unreadable} {rows} in `{file}` could not be read"));
        }
        self.tables.insert(written.to_owned(), imported.into());
        Ok(())
    }

    /// Shows the findings and returns the tables, with notes for reports. With `--strict`, unreadable rows are an error.
    pub(in crate::cli) fn settled(self, global: &Global) -> Result<(RoutingTables, Vec<Note>), CliError> {
        show(&self.found, global)?;
        if global.strict && !self.lost.is_empty() {
            return Err(CliError::Strict { what: self.lost.join("; ") });
        }
        Ok((self.tables, notes(&self.found)))
    }
}

/// Converts the findings to notes of a report.
fn notes(found: &Diagnostics) -> Vec<Note> {
    let note = |one: &crate::diag::Diagnostic| {
        let places = one.help.as_deref().unwrap_or_default();
        let text = format!("routing table {}: {places}", one.message);
        Note { severity: one.severity, text, is_told: true }
    };
    found.iter().map(note).collect()
}
