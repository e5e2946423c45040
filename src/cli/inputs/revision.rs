//! Reads files from disk or from a git revision.

use std::path::{Component, Path, PathBuf};
use std::process::Command;

use crate::cli::error::{CliError, RevisionError};
use crate::cli::inputs::opened;
use crate::cli::inputs::tables::is_beside;
use crate::cli::inputs::text::{MAX_TEXT_BYTES, TextFile, read_text, text_of};
use crate::diag;
use crate::rib::import::{self, ImportedTable, TableError};

/// The place of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cli) enum Place {
    /// On disk.
    Disk(PathBuf),
    /// In a revision, with a path as in `git show REVISION:PATH`.
    Revision { revision: String, path: String },
}

impl Place {
    /// Parses `git:REVISION:PATH` or a path on disk.
    pub(in crate::cli) fn parse(typed: &Path) -> Result<Self, RevisionError> {
        let text = typed.to_string_lossy();
        let Some(rest) = text.strip_prefix("git:") else { return Ok(Self::Disk(typed.to_owned())) };
        match rest.split_once(':') {
            // git would parse a leading dash as an option.
            Some((revision, path))
                if !revision.is_empty() && !revision.starts_with('-') && !path.is_empty() =>
            {
                Ok(Self::Revision { revision: revision.to_owned(), path: path.to_owned() })
            }
            _ => Err(RevisionError::Shape { text: text.into_owned() }),
        }
    }

    /// Returns the name for messages and reports, as it was typed.
    pub(in crate::cli) fn name(&self) -> String {
        match self {
            Self::Disk(path) => path.display().to_string(),
            Self::Revision { revision, path } => format!("git:{revision}:{path}"),
        }
    }

    /// Reads the file as text.
    pub(in crate::cli) fn read_text(&self) -> Result<TextFile, CliError> {
        match self {
            Self::Disk(path) => read_text(path),
            Self::Revision { revision, path } => {
                let bytes = self.show(revision, path)?;
                let name = self.name();
                let name = Path::new(&name);
                let bytes = diag::read_all(bytes.as_slice(), MAX_TEXT_BYTES).map_err(CliError::read(name))?;
                text_of(name, bytes)
            }
        }
    }

    /// Reads the file as a routing table.
    pub(in crate::cli) fn read_table(&self) -> Result<Result<ImportedTable, TableError>, RevisionError> {
        Ok(match self {
            Self::Disk(path) => opened::routes(path),
            Self::Revision { revision, path } => {
                import::read(&self.name(), self.show(revision, path)?.as_slice())
            }
        })
    }

    /// Returns whether messages may quote a file that this one names: it must be in the same revision or, on disk, in the
    /// folder of this file or below.
    pub(in crate::cli) fn may_quote(&self, named: &Self) -> bool {
        match (self, named) {
            (Self::Disk(path), Self::Disk(named)) => is_beside(path, named),
            _ => true,
        }
    }

    fn show(&self, revision: &str, path: &str) -> Result<Vec<u8>, RevisionError> {
        let object = format!("{revision}:{path}");
        // Without text conversion, the output is the committed bytes.
        let shown = Command::new("git").args(["show", "--no-textconv", "--no-color", &object]).output();
        let shown = shown.map_err(|source| RevisionError::Start { file: self.name(), source })?;
        if shown.status.success() {
            return Ok(shown.stdout);
        }
        let words = String::from_utf8_lossy(&shown.stderr);
        let words =
            words.lines().next().unwrap_or("no reason given").trim_start_matches("fatal: ").to_owned();
        Err(RevisionError::Missing { file: self.name(), words })
    }

    /// Resolves a path in this file, relative to its folder.
    pub(in crate::cli) fn beside(&self, written: &str) -> Result<Self, RevisionError> {
        let outside = || RevisionError::Outside { file: self.name(), written: written.to_owned() };
        match self {
            Self::Disk(path) => Ok(Self::Disk(path.parent().unwrap_or(Path::new("")).join(written))),
            Self::Revision { revision, path } => {
                let mut parts: Vec<&str> = path.split('/').collect();
                parts.pop();
                for component in Path::new(written).components() {
                    match component {
                        Component::Normal(name) => parts.push(name.to_str().ok_or_else(outside)?),
                        Component::CurDir => {}
                        Component::ParentDir => match parts.pop() {
                            None | Some("." | "..") => return Err(outside()),
                            Some(_) => {}
                        },
                        Component::RootDir | Component::Prefix(_) => return Err(outside()),
                    }
                }
                Ok(Self::Revision { revision: revision.clone(), path: parts.join("/") })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(text: &str) -> Place {
        Place::parse(Path::new(text)).unwrap()
    }

    #[test]
    fn names_survive_and_shapes_are_refused() {
        for text in ["network.yaml", "git:origin/main:a/b.yaml", "git:HEAD~2:./network.yaml"] {
            assert_eq!(place(text).name(), text);
        }
        for text in ["git:", "git:main", "git::network.yaml", "git:main:", "git:--output=x:y"] {
            assert!(matches!(Place::parse(Path::new(text)), Err(RevisionError::Shape { .. })), "{text}");
        }
    }

    #[test]
    fn files_beside_stay_in_the_revision() {
        let beside = |from: &str, written: &str| place(from).beside(written).map(|place| place.name());
        assert_eq!(beside("git:v1:a/network.yaml", "t/x.txt").unwrap(), "git:v1:a/t/x.txt");
        assert_eq!(beside("git:v1:network.yaml", "./x.txt").unwrap(), "git:v1:x.txt");
        assert_eq!(beside("git:v1:a/network.yaml", "../x.txt").unwrap(), "git:v1:x.txt");
        for written in ["../x.txt", "/etc/x.txt"] {
            assert!(matches!(beside("git:v1:network.yaml", written), Err(RevisionError::Outside { .. })));
        }
        assert_eq!(beside("a/network.yaml", "x.txt").unwrap(), "a/x.txt");
    }
}
