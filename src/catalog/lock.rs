//! The lock file `peerpath.lock`: the editions of the lists that a network was last evaluated with.
//!
//! The lock pins the lists by hash, so that a later run is certain to compare with the same editions. It
//! contains only the name of the network file, so the network file itself may change freely.

use std::fmt::Write as _;

use serde::Deserialize;

use super::{Catalog, Cloud, FeedOrigin, Provenance};

/// The version of the format.
pub const LOCK_SCHEMA: &str = "peerpath.lock/1";

/// The editions that a network was evaluated with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lock {
    /// The network file, as a path relative to the lock's folder.
    pub network: String,
    /// The cloud.
    pub cloud: Cloud,
    /// Every list that was used.
    pub feeds: Vec<Pin>,
}

/// One edition of a list.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pin {
    /// The kind of list; informational.
    pub kind: String,
    /// The file, as a path relative to the lock's folder; none for a list that is shipped with peerpath.
    #[serde(default)]
    pub file: Option<String>,
    /// The edition in the publisher's numbering; informational.
    pub edition: String,
    /// SHA-256 of the original's bytes, 64 lower-case hexadecimal digits: the authoritative field.
    pub sha256: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    schema: String,
    network: String,
    cloud: String,
    feeds: Vec<Pin>,
}

/// The reason why a lock cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LockError {
    /// The file is not a lock, or is damaged.
    #[error("`{name}` is not a lock file: {message}; create one with `peerpath drift --write-lock`")]
    Syntax {
        /// The file.
        name: String,
        /// The problem and its position.
        message: String,
    },
    /// The lock has another version.
    #[error("`{name}` has schema `{found}`; this version of peerpath reads {LOCK_SCHEMA}")]
    Schema {
        /// The file.
        name: String,
        /// The schema in the file.
        found: String,
    },
    /// The lock's cloud is unknown.
    #[error("`{name}`: {error}")]
    Cloud {
        /// The file.
        name: String,
        /// The problem.
        error: super::NameError,
    },
    /// A list is not in its locked edition.
    #[error(
        "{kind} edition {edition} with sha256 {sha256} is locked, but {}: restore the locked edition, or review the change and run \
         `peerpath drift --write-lock`",
        match found {
            Some(found) => format!("edition {} with sha256 {} was found", found.0, found.1),
            None => "no such list was found".to_owned(),
        }
    )]
    Mismatch {
        /// The kind of list.
        kind: String,
        /// The locked edition.
        edition: String,
        /// The locked hash.
        sha256: String,
        /// The edition and hash of the list found in its place.
        found: Option<(String, String)>,
    },
    /// The catalog contains a list that is not locked.
    #[error("{kind} edition {edition} is not locked: run `peerpath drift --write-lock`")]
    NotLocked {
        /// The kind of list.
        kind: String,
        /// Its edition.
        edition: String,
    },
}

impl Lock {
    /// Creates a lock that pins the lists in a catalog. `file_of` returns the file of a user's list.
    pub fn of(network: String, catalog: &Catalog, file_of: impl Fn(&Provenance) -> Option<String>) -> Self {
        let pin = |source: &Provenance| Pin {
            kind: kind_of(source),
            file: (source.origin == FeedOrigin::User).then(|| file_of(source)).flatten(),
            edition: source.edition.clone(),
            sha256: source.sha256.clone(),
        };
        Self { network, cloud: catalog.cloud(), feeds: catalog.sources().iter().map(pin).collect() }
    }

    /// Parses a lock. JSON is accepted too, because it is a subset of the format.
    ///
    /// # Errors
    ///
    /// Returns a [`LockError`] if the text is not a lock of this version.
    pub fn parse(name: &str, text: &str) -> Result<Self, LockError> {
        let name = name.to_owned();
        let file: File = match serde_saphyr::from_str(text) {
            Ok(file) => file,
            Err(error) => {
                let message = error.to_string().lines().next().unwrap_or_default().to_owned();
                return Err(LockError::Syntax { name, message });
            }
        };
        if file.schema != LOCK_SCHEMA {
            return Err(LockError::Schema { name, found: file.schema });
        }
        match file.cloud.parse() {
            Ok(cloud) => Ok(Self { network: file.network, cloud, feeds: file.feeds }),
            Err(error) => Err(LockError::Cloud { name, error }),
        }
    }

    /// Returns the lock as text, ending with a newline; the same lock produces the same bytes.
    pub fn text(&self) -> String {
        // A JSON string is also a YAML string, whatever it contains.
        let quoted = |text: &str| serde_json::Value::from(text).to_string();
        let mut text = format!(
            "# Written by `peerpath drift --write-lock`: the editions that the network was last evaluated with.\n\
             schema: {LOCK_SCHEMA}\nnetwork: {}\ncloud: {}\nfeeds:\n",
            quoted(&self.network),
            self.cloud
        );
        for pin in &self.feeds {
            let _ = writeln!(text, "  - kind: {}", quoted(&pin.kind));
            if let Some(file) = &pin.file {
                let _ = writeln!(text, "    file: {}", quoted(file));
            }
            let _ =
                writeln!(text, "    edition: {}\n    sha256: {}", quoted(&pin.edition), quoted(&pin.sha256));
        }
        text
    }

    /// Checks that a catalog contains exactly the locked lists, compared by hash.
    ///
    /// # Errors
    ///
    /// Returns [`LockError::Mismatch`] or [`LockError::NotLocked`] for the first list that differs from the
    /// lock.
    pub fn verify(&self, catalog: &Catalog) -> Result<(), LockError> {
        let sources = catalog.sources();
        for pin in &self.feeds {
            if !sources.iter().any(|source| kind_of(source) == pin.kind && source.sha256 == pin.sha256) {
                let instead = sources.iter().find(|source| {
                    kind_of(source) == pin.kind && !self.feeds.iter().any(|pin| pin.sha256 == source.sha256)
                });
                return Err(LockError::Mismatch {
                    kind: pin.kind.clone(),
                    edition: pin.edition.clone(),
                    sha256: pin.sha256.clone(),
                    found: instead.map(|source| (source.edition.clone(), source.sha256.clone())),
                });
            }
        }
        let locked = |source: &&Provenance| !self.feeds.iter().any(|pin| pin.sha256 == source.sha256);
        match sources.iter().find(locked) {
            Some(source) => {
                Err(LockError::NotLocked { kind: kind_of(source), edition: source.edition.clone() })
            }
            None => Ok(()),
        }
    }
}

/// Returns the kind, with the instance if the kind has several: `service-tags`, `endpoints Worldwide`.
fn kind_of(source: &Provenance) -> String {
    match source.instance {
        Some(instance) => format!("{} {instance}", source.kind),
        None => source.kind.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lock() -> Lock {
        let catalog = Catalog::shipped(Cloud::Public).unwrap();
        Lock::of("a \"b\"/network.yaml".to_owned(), &catalog, |_| None)
    }

    #[test]
    fn a_lock_survives_writing_and_holds_its_catalog() {
        let lock = lock();
        assert_eq!(Lock::parse("peerpath.lock", &lock.text()), Ok(lock.clone()));
        assert_eq!(lock.verify(&Catalog::shipped(Cloud::Public).unwrap()), Ok(()));
    }

    #[test]
    fn another_edition_is_a_mismatch_both_ways() {
        let catalog = Catalog::shipped(Cloud::Public).unwrap();
        let mut other = lock();
        other.feeds[0].sha256 = "0".repeat(64);
        let error = other.verify(&catalog).unwrap_err();
        assert!(matches!(&error, LockError::Mismatch { found: Some(_), .. }), "{error}");
        let mut less = lock();
        less.feeds.pop();
        assert!(matches!(less.verify(&catalog), Err(LockError::NotLocked { .. })));
    }

    #[test]
    fn what_is_no_lock_is_refused() {
        let changed = |from: &str, to: &str| Lock::parse("x", &lock().text().replace(from, to));
        assert!(matches!(changed("lock/1", "lock/2"), Err(LockError::Schema { .. })));
        assert!(matches!(changed("cloud: public", "cloud: moon"), Err(LockError::Cloud { .. })));
        assert!(matches!(changed("network:", "net:"), Err(LockError::Syntax { .. })));
        assert!(matches!(Lock::parse("x", ""), Err(LockError::Syntax { .. })));
    }
}
