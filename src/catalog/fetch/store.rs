//! The target directory: what it contains, how a file in it is replaced, and the state file.
//!
//! Nothing here awaits. A replacement runs completely within one poll of the future, so that dropping the
//! future cannot leave it half done.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::error::{Fault, SetupError, cause};
use super::plan::{ClientRequestId, STATE_FILE};
use crate::atomic_file;

/// The schema of the state file.
const STATE_SCHEMA: &str = "peerpath.fetch/1";

/// The contents of [`STATE_FILE`]: what earlier fetches put into a directory, and the client request id that
/// they used.
///
/// An entry counts only while its file has the recorded sha256: a file that was edited, removed or replaced
/// by hand is fetched again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchState {
    /// The GUID that was sent to the web service, and that later fetches send again.
    pub client_request_id: ClientRequestId,
    /// The fetched files, by name.
    pub files: BTreeMap<String, StateEntry>,
}

/// The recorded facts of one fetched file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StateEntry {
    /// The address that the file came from, without user name and query.
    pub url: String,
    /// The file's edition: the version from the web service, or the edition that the validator found. `None`
    /// if the validator found no edition.
    pub edition: Option<String>,
    /// Its size in bytes.
    pub bytes: u64,
    /// Its sha256 in lower-case hexadecimal digits.
    pub sha256: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StateFile {
    schema: String,
    client_request_id: String,
    files: BTreeMap<String, StateEntry>,
}

impl FetchState {
    /// Reads the state of a directory; `None` if nothing was ever fetched into it.
    ///
    /// # Errors
    ///
    /// Returns [`SetupError::State`] if the state file cannot be read, has another schema, or is not valid.
    pub fn read(directory: &Path) -> Result<Option<Self>, SetupError> {
        let path = directory.join(STATE_FILE);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(SetupError::State { path, source: cause(error) }),
        };
        Self::parse(&text).map(Some).map_err(|source| SetupError::State { path, source })
    }

    fn parse(text: &str) -> Result<Self, super::error::Cause> {
        let mut reader = serde_json::Deserializer::from_str(text);
        let file: StateFile = serde_path_to_error::deserialize(&mut reader).map_err(cause)?;
        reader.end().map_err(cause)?;
        if file.schema != STATE_SCHEMA {
            return Err(cause(format!("schema `{}` is not `{STATE_SCHEMA}`", file.schema)));
        }
        Ok(Self { client_request_id: file.client_request_id.parse().map_err(cause)?, files: file.files })
    }

    /// Writes the state file to the directory of the fetched files, completely or not at all.
    pub(super) fn write(&self, directory: &Path) -> Result<(), Fault> {
        let file = StateFile {
            schema: STATE_SCHEMA.to_owned(),
            client_request_id: self.client_request_id.to_string(),
            files: self.files.clone(),
        };
        let path = directory.join(STATE_FILE);
        let mut bytes = serde_json::to_vec_pretty(&file)
            .map_err(|error| Fault::Write { path: path.clone(), source: cause(error) })?;
        bytes.push(b'\n');
        replace(&path, &bytes)
    }
}

/// Returns the sha256 of the file at `path` in lower-case hexadecimal digits; `None` if there is no file.
pub(super) fn sha256_of_file(path: &Path) -> Result<Option<String>, Fault> {
    let fault = |error: io::Error| Fault::Read { path: path.to_owned(), source: cause(error) };
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(fault(error)),
    };
    let mut hash = Sha256::new();
    let mut buffer = vec![0_u8; 1 << 16];
    loop {
        let length = match file.read(&mut buffer) {
            Ok(0) => return Ok(Some(hex(&hash.finalize()))),
            Ok(length) => length,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(fault(error)),
        };
        hash.update(buffer.get(..length).unwrap_or_default());
    }
}

/// Returns the sha256 of `bytes` in lower-case hexadecimal digits.
pub(super) fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}"); // writing to a String cannot fail
        text
    })
}

/// Replaces the file at `path`. Readers see either the old bytes or the new bytes, even after a power
/// failure.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> Result<(), Fault> {
    atomic_file::replace(path, bytes)
        .map_err(|error| Fault::Write { path: error.path, source: cause(error.source) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state() -> FetchState {
        let entry = StateEntry {
            url: "https://example.com/a?…".to_owned(),
            edition: Some("406".to_owned()),
            bytes: 3,
            sha256: sha256(b"abc"),
        };
        FetchState {
            client_request_id: ClientRequestId::from_random([7; 16]),
            files: [("a.json".to_owned(), entry)].into(),
        }
    }

    #[test]
    fn a_state_reads_back() {
        let directory = tempfile::tempdir().unwrap();
        assert_eq!(FetchState::read(directory.path()).unwrap(), None);
        state().write(directory.path()).unwrap();
        assert_eq!(FetchState::read(directory.path()).unwrap(), Some(state()));
    }

    #[test]
    fn a_damaged_state_is_refused_with_its_path() {
        let directory = tempfile::tempdir().unwrap();
        for text in
            ["", "{}", "[]", r#"{"schema":"other/1","client_request_id":"","files":{}}"#, "{\"schema\":1}"]
        {
            std::fs::write(directory.path().join(STATE_FILE), text).unwrap();
            let error = FetchState::read(directory.path()).unwrap_err();
            assert!(error.to_string().contains(STATE_FILE), "{error}");
        }
    }

    #[test]
    fn a_failed_rename_leaves_no_temporary_file() {
        let directory = tempfile::tempdir().unwrap();
        let target = directory.path().join("a.json");
        std::fs::create_dir(&target).unwrap();
        assert!(matches!(replace(&target, b"x"), Err(Fault::Write { .. })));
        let names: Vec<_> =
            std::fs::read_dir(directory.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(names, ["a.json"]);
    }

    #[test]
    fn a_leftover_of_a_killed_run_is_not_in_the_way_and_not_touched() {
        let directory = tempfile::tempdir().unwrap();
        let leftover = directory.path().join(".a.json.0.partial");
        std::fs::write(&leftover, "left over").unwrap();
        replace(&directory.path().join("a.json"), b"new").unwrap();
        assert_eq!(std::fs::read(directory.path().join("a.json")).unwrap(), b"new");
        assert_eq!(std::fs::read(&leftover).unwrap(), b"left over");
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 2);
    }

    #[test]
    fn hashes_are_those_of_fips_180() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("abc");
        assert_eq!(sha256_of_file(&path).unwrap(), None);
        replace(&path, b"abc").unwrap();
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sha256_of_file(&path).unwrap().as_deref(), Some(expected));
        assert_eq!(sha256(b"abc"), expected);
    }
}
