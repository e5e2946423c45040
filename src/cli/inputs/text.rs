//! Reads text files: network files, checks, intents, scenarios, locks, plans and templates.

use std::path::Path;

use crate::cli::error::CliError;
use crate::cli::inputs::opened;
use crate::diag::{self, InputError, Source};

/// The maximum size of a text file, in bytes.
pub(in crate::cli) const MAX_TEXT_BYTES: u64 = 64 << 20;

/// A text file with its bytes.
#[derive(Debug)]
pub(in crate::cli) struct TextFile {
    pub(in crate::cli) source: Source,
    /// The unchanged bytes, with a byte order mark if there is one.
    pub(in crate::cli) bytes: Vec<u8>,
}

/// Reads a whole text file. Every command reads network files, checks, intents, scenarios, locks, plans and
/// templates with this function. Devices, named pipes, files larger than [`MAX_TEXT_BYTES`] and text that is not UTF-8
/// are errors.
pub(in crate::cli) fn read_text(path: &Path) -> Result<TextFile, CliError> {
    text_of(path, opened::bytes(path, MAX_TEXT_BYTES)?)
}

/// Like [`read_text`], but `-` is standard input.
pub(in crate::cli) fn read_text_or_stdin(path: &Path) -> Result<TextFile, CliError> {
    if path.as_os_str() != "-" {
        return read_text(path);
    }
    let bytes = diag::read_all(opened::stdin().lock(), MAX_TEXT_BYTES).map_err(CliError::read(path))?;
    text_of(path, bytes)
}

/// Decodes the bytes of a text file.
pub(in crate::cli) fn text_of(path: &Path, bytes: Vec<u8>) -> Result<TextFile, CliError> {
    let text =
        diag::decode(&bytes).map_err(|error| CliError::read(path)(InputError::NotUtf8(error).into()))?;
    Ok(TextFile { source: Source::new(path.display().to_string(), text), bytes })
}
