//! Importers for data that Microsoft publishes or its tools print.
//!
//! [`read`] takes the bytes of a file and detects the feed and its shape:
//!
//! | feed | shapes |
//! |---|---|
//! | Azure service tags | the weekly download; the REST or CLI output (`az network list-service-tags`); PowerShell |
//! | Microsoft 365 endpoints | the web service's response, any instance |
//! | `bgpServiceCommunities` | REST (`value[].properties`), CLI (flattened list), PowerShell (PascalCase) |
//! | any of them | a snapshot in peerpath's text format ([`super::snapshot`]) |
//!
//! Feeds change shape without notice, and shells can alter them before peerpath reads them. Deviations that
//! do not change the meaning are accepted and *counted* in [`FeedNotes`] by [`Tolerance`]. Anything else is
//! rejected with its JSON path and a remedy. Memory is bounded by the size of the input.

mod communities;
mod endpoints;
mod node;
mod notes;
mod service_tags;
mod text;

use super::digest::sha256_hex;
use super::snapshot;
use super::{Cloud, Feed, FeedKind, FeedOrigin, Instance, Provenance, Records};
use crate::addr::PrefixError;
use crate::diag::NotUtf8;

use node::Node;
pub use notes::{FeedNotes, Tolerance};
pub(crate) use text::{Undecoded, decode};

/// Facts that the caller knows about a file in addition to its bytes. Facts that the caller omits are
/// detected from the file. If that is impossible, the file is rejected.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hint {
    /// The expected kind; another kind is rejected.
    pub kind: Option<FeedKind>,
    /// The expected cloud; another cloud is rejected.
    pub cloud: Option<Cloud>,
    /// The instance of the endpoint web service, which its responses do not state.
    pub instance: Option<Instance>,
    /// The edition, such as the web service's `latest`.
    pub edition: Option<String>,
    /// The date of the file, `YYYY-MM-DD`.
    pub date: Option<String>,
}

/// The reason why a file was not accepted as a feed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot read `{name}` as a feed: {refusal}")]
pub struct FeedError {
    /// The file's name as specified by the caller.
    pub name: String,
    /// The problem and its remedy.
    #[source]
    pub refusal: Refusal,
}

/// A problem with a file; each message includes a remedy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The text is neither UTF-8 nor UTF-16.
    #[error("{0}")]
    NotText(NotUtf8),
    /// The text starts as UTF-16, but is not valid UTF-16.
    #[error("byte {offset} is not valid UTF-16; save the file again, as UTF-8")]
    BrokenUtf16 {
        /// Offset of the first bad byte, from 0.
        offset: usize,
    },
    /// No line starts a JSON value.
    #[error(
        "it contains no JSON: line {line} is `{excerpt}`; save the command's output with `--output json`, or save the unmodified download"
    )]
    NoJson {
        /// The first nonblank line, from 1.
        line: usize,
        /// That line, truncated to 80 characters.
        excerpt: String,
    },
    /// The JSON is truncated or malformed.
    #[error(
        "the JSON is not valid at line {line}, column {column} (in `{path}`): {detail}; get the file again, because it may be truncated"
    )]
    Syntax {
        /// The line number, from 1.
        line: usize,
        /// The column number, from 1.
        column: usize,
        /// The path of the innermost value that was being parsed.
        path: String,
        /// The parser's message.
        detail: String,
    },
    /// A second JSON value follows.
    #[error("a second JSON value starts at line {line}; save each response to its own file")]
    SecondValue {
        /// The line number, from 1.
        line: usize,
    },
    /// The service returned an error, and the response was saved.
    #[error(
        "it contains an error response instead of a feed, `{code}`: {message}; repeat the request and save its response"
    )]
    ErrorAnswer {
        /// The service's error code.
        code: String,
        /// The service's error message.
        message: String,
    },
    /// The JSON is valid but of another kind.
    #[error(
        "it is JSON, but {found}; expected service tags (`values`), Microsoft 365 endpoints (a list with `serviceArea`) or `bgpServiceCommunities` (`value` with `bgpCommunities`)"
    )]
    Unrecognised {
        /// A description of the JSON.
        found: String,
    },
    /// The kind of the file is not the expected one.
    #[error("it contains {found}, not {expected}; use the right file or omit the kind")]
    OtherKind {
        /// The kind of the file.
        found: FeedKind,
        /// The expected kind.
        expected: FeedKind,
    },
    /// The cloud of the file is not the expected one.
    #[error(
        "it belongs to the {found} cloud, not the {expected} cloud; clouds cannot be mixed, so use `--cloud {found}`"
    )]
    OtherCloud {
        /// The cloud of the file.
        found: Cloud,
        /// The expected cloud.
        expected: Cloud,
    },
    /// The file has only the first page of a response.
    #[error(
        "`{path}` indicates further pages; save the complete list (the Azure CLI combines pages automatically)"
    )]
    Partial {
        /// The path of the link.
        path: String,
    },
    /// There are no records.
    #[error("it contains no {kind}; an empty feed would empty the catalog, so get the file again")]
    Empty {
        /// The kind that the file's structure indicates.
        kind: FeedKind,
    },
    /// A value of the wrong type or content.
    #[error("`{path}` should be {expected}, but is {found}; {remedy}")]
    Value {
        /// The path, such as `values[3].properties.regionId`.
        path: String,
        /// A description of the expected value.
        expected: &'static str,
        /// The value found, truncated to 80 characters.
        found: String,
        /// The remedy.
        remedy: &'static str,
    },
    /// A required value is missing.
    #[error("`{path}` is missing; {remedy}")]
    Missing {
        /// The path, such as `values[3].name`.
        path: String,
        /// The remedy.
        remedy: &'static str,
    },
    /// A value that should be a prefix is not a valid prefix.
    #[error("`{path}`: {error}; correct or remove the entry, or get the file again")]
    Prefix {
        /// The path, such as `values[3].properties.addressPrefixes[7]`.
        path: String,
        /// The problem.
        error: PrefixError,
    },
    /// The instance of the endpoint sets is unknown.
    #[error(
        "the Microsoft 365 instance is unknown; add the instance to the file name, as in `worldwide.json` or `usgovdod.json`"
    )]
    UnknownInstance,
    /// A snapshot in peerpath's text format is not valid.
    #[error("{0}")]
    Snapshot(#[from] snapshot::SnapshotError),
}

/// Reads a feed from the bytes of a file; the last component of `name` is stored as its name.
///
/// # Errors
///
/// Returns a [`FeedError`] if the bytes are not a feed, or if reading them would require guessing.
///
/// # Complexity
///
/// Linear in the size of the input, in time and memory.
pub fn read(name: &str, bytes: &[u8], hint: &Hint) -> Result<(Feed, FeedNotes), FeedError> {
    let mut notes = FeedNotes::default();
    let feed = read_noting(name, bytes, hint, &mut notes)
        .map_err(|refusal| FeedError { name: name.to_owned(), refusal })?;
    tracing::debug!(
        name,
        kind = %feed.provenance.kind,
        edition = feed.provenance.edition,
        records = feed.records.len(),
        tolerated = notes.total(),
        "feed read"
    );
    Ok((feed, notes))
}

/// The result of an importer, before its provenance is complete.
struct Found {
    records: Records,
    cloud: Option<Cloud>,
    change_number: Option<u64>,
    instance: Option<Instance>,
}

fn read_noting(name: &str, bytes: &[u8], hint: &Hint, notes: &mut FeedNotes) -> Result<Feed, Refusal> {
    let text = text::decode(bytes, notes)?;
    if text.starts_with(snapshot::MAGIC) {
        let feed = snapshot::read(&text)?;
        check_hint(hint, feed.provenance.kind, feed.provenance.cloud)?;
        return Ok(feed);
    }
    let value = text::json(&text, notes)?;
    let root = Node::root(&value);
    let file_name = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let mut found = match kind_of(&root)? {
        FeedKind::ServiceTags => service_tags::read(&root, notes)?,
        FeedKind::Endpoints | FeedKind::Intune => endpoints::read(&root, hint.instance, file_name, notes)?,
        FeedKind::Communities => communities::read(&root, notes)?,
    };
    let kind = match &found.records {
        Records::ServiceTags(_) => FeedKind::ServiceTags,
        Records::Endpoints(sets) if sets.iter().all(|set| set.kind() == FeedKind::Intune) => FeedKind::Intune,
        Records::Endpoints(_) => FeedKind::Endpoints,
        Records::Communities(_) => FeedKind::Communities,
    };
    if found.records.is_empty() {
        return Err(Refusal::Empty { kind });
    }
    let duplicates = found.records.canonicalise();
    notes.count_many(Tolerance::DuplicatePrefix, duplicates);
    let cloud = found.cloud.or(hint.cloud).unwrap_or_default();
    check_hint(hint, kind, cloud)?;
    let sha256 = sha256_hex(bytes);
    let date = hint.date.clone().or_else(|| text::date_in(file_name));
    let edition = hint
        .edition
        .clone()
        .or_else(|| found.change_number.map(|number| number.to_string()))
        .or_else(|| text::api_version_in(file_name))
        .or_else(|| date.clone())
        .unwrap_or_else(|| format!("sha256 {}", sha256.get(..12).unwrap_or_default()));
    Ok(Feed {
        provenance: Provenance {
            kind,
            cloud,
            name: text::one_line(file_name),
            edition: text::one_line(&edition),
            change_number: found.change_number,
            date: date.map(|date| text::one_line(&date)),
            sha256,
            origin: FeedOrigin::User,
            instance: found.instance,
        },
        records: found.records,
    })
}

/// Rejects a response that is only the first of several pages.
fn refuse_next_page(root: &Node<'_>) -> Result<(), Refusal> {
    match root.get("nextLink") {
        Some(link) if !link.excerpt().is_empty() => Err(Refusal::Partial { path: link.path() }),
        _ => Ok(()),
    }
}

fn check_hint(hint: &Hint, kind: FeedKind, cloud: Cloud) -> Result<(), Refusal> {
    match (hint.kind, hint.cloud) {
        (Some(expected), _) if expected != kind => Err(Refusal::OtherKind { found: kind, expected }),
        (_, Some(expected)) if expected != cloud => Err(Refusal::OtherCloud { found: cloud, expected }),
        _ => Ok(()),
    }
}

/// Detects the kind of feed from the structure of a JSON value. Only the first records are checked.
fn kind_of(root: &Node<'_>) -> Result<FeedKind, Refusal> {
    if root.is_object() {
        if root.get("values").is_some_and(|values| values.is_array()) {
            return Ok(FeedKind::ServiceTags);
        }
        if let Some(value) = root.get("value").filter(Node::is_array) {
            return kind_of_list(&value);
        }
        if let Some(kind) = kind_of_record(root) {
            return Ok(kind);
        }
        let error = root.get("error");
        let error = error.as_ref().unwrap_or(root);
        if let (Some(code), Some(message)) = (error.get("code"), error.get("message")) {
            return Err(Refusal::ErrorAnswer { code: code.excerpt(), message: message.excerpt() });
        }
        return Err(Refusal::Unrecognised { found: "it has neither `values` nor `value`".to_owned() });
    }
    kind_of_list(root)
}

fn kind_of_list(list: &Node<'_>) -> Result<FeedKind, Refusal> {
    let Some(count) = list.array_len() else {
        return Err(Refusal::Unrecognised { found: format!("`{}` is not a list", list.path()) });
    };
    (0..count.min(16))
        .filter_map(|index| list.at(index))
        .find_map(|record| kind_of_record(&record))
        .ok_or_else(|| Refusal::Unrecognised {
            found: match count {
                0 => format!("`{}` is an empty list", list.path()),
                _ => format!("the records in `{}` have no known structure", list.path()),
            },
        })
}

fn kind_of_record(record: &Node<'_>) -> Option<FeedKind> {
    let properties = record.get("properties");
    let body = properties.as_ref().filter(|properties| properties.is_object()).unwrap_or(record);
    if body.get("bgpCommunities").is_some() {
        Some(FeedKind::Communities)
    } else if body.get("addressPrefixes").is_some() {
        Some(FeedKind::ServiceTags)
    } else if record.get("serviceArea").is_some() {
        Some(FeedKind::Endpoints)
    } else {
        None
    }
}
