//! Importers for what Microsoft publishes and its tools print.
//!
//! [`read`] takes the bytes of a file and finds out by itself what they are:
//!
//! | feed | shapes |
//! |---|---|
//! | Azure service tags | the weekly download; the REST or CLI answer (`az network list-service-tags`); PowerShell |
//! | Microsoft 365 endpoints | the web service's answer, any instance |
//! | `bgpServiceCommunities` | REST (`value[].properties`), CLI (flattened list), PowerShell (PascalCase) |
//! | any of them | a snapshot in our own text format ([`super::snapshot`]) |
//!
//! Feeds change shape without notice and pass through shells on their way. What does not change the
//! meaning is accepted and *counted* in [`ImportNotes`] by [`Tolerance`]; anything else is refused
//! with its JSON path and what to do about it. Memory is bounded by the size of the input.

mod communities;
mod endpoints;
mod node;
mod notes;
mod service_tags;
mod text;

use super::digest::sha256_hex;
use super::snapshot;
use super::{Cloud, Feed, FeedKind, Instance, Origin, Provenance, Records};
use crate::addr::PrefixError;
use crate::diag::NotUtf8;

use node::Node;
pub use notes::{ImportNotes, Tolerance};
pub(crate) use text::{Undecoded, decode};

/// What the caller knows about a file beyond its bytes. What is left open is found out or refused.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hint {
    /// What it should hold; another kind is then refused.
    pub kind: Option<FeedKind>,
    /// The cloud it should be about; another is then refused.
    pub cloud: Option<Cloud>,
    /// The instance of the endpoint web service, which its answers do not name.
    pub instance: Option<Instance>,
    /// The edition, as the web service's `latest`.
    pub edition: Option<String>,
    /// The day of the file, `YYYY-MM-DD`.
    pub date: Option<String>,
}

/// Why a file was not taken as a feed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot read `{name}` as a feed: {refusal}")]
pub struct ImportError {
    /// The file's name as the caller gave it.
    pub name: String,
    /// What is wrong and how to mend it.
    #[source]
    pub refusal: Refusal,
}

/// What is wrong with a file; each message says how to mend it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// Neither UTF-8 nor UTF-16.
    #[error("{0}")]
    NotText(NotUtf8),
    /// It begins as UTF-16, and is not.
    #[error("byte {offset} is not valid UTF-16; save the file again, as UTF-8")]
    BrokenUtf16 {
        /// Offset of the first bad byte, from 0.
        offset: usize,
    },
    /// No line starts a JSON value.
    #[error(
        "there is no JSON in it, line {line} is `{excerpt}`; save the command's answer with `--output json`, or the download as it came"
    )]
    NoJson {
        /// The first line that is not blank, from 1.
        line: usize,
        /// That line, cut to 80 characters.
        excerpt: String,
    },
    /// The JSON breaks off or is malformed.
    #[error(
        "the JSON is not valid at line {line}, column {column} (in `{path}`): {detail}; get the file anew, it may be cut"
    )]
    Syntax {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
        /// The path of the innermost value that was being read.
        path: String,
        /// What the parser says.
        detail: String,
    },
    /// A second JSON value follows.
    #[error("a second JSON value starts at line {line}; give each answer a file of its own")]
    SecondValue {
        /// From 1.
        line: usize,
    },
    /// The service answered with an error and the answer was saved.
    #[error(
        "it holds an error answer instead of a feed, `{code}`: {message}; repeat the request and save its answer"
    )]
    ErrorAnswer {
        /// The service's code.
        code: String,
        /// The service's message.
        message: String,
    },
    /// Valid JSON of another kind.
    #[error(
        "it is JSON, but {found}; expected service tags (`values`), Microsoft 365 endpoints (a list with `serviceArea`) or `bgpServiceCommunities` (`value` with `bgpCommunities`)"
    )]
    Unrecognised {
        /// What it looks like.
        found: String,
    },
    /// The file is of another kind than the caller said.
    #[error("it holds {found}, not {expected}; name the right file or leave the kind out")]
    OtherKind {
        /// What it holds.
        found: FeedKind,
        /// What was asked for.
        expected: FeedKind,
    },
    /// The file is about another cloud than the caller said.
    #[error("it is about the {found} cloud, not {expected}; clouds are kept apart, use `--cloud {found}`")]
    OtherCloud {
        /// The cloud that it is about.
        found: Cloud,
        /// The cloud that was asked for.
        expected: Cloud,
    },
    /// Only the first page of an answer.
    #[error(
        "`{path}` says that more pages follow; save the complete list (the Azure CLI joins pages by itself)"
    )]
    Partial {
        /// The path of the link.
        path: String,
    },
    /// No records.
    #[error("it holds no {kind}; an empty feed would empty the catalog, so get the file anew")]
    Empty {
        /// The kind that it has the shape of.
        kind: FeedKind,
    },
    /// A value of the wrong type or content.
    #[error("`{path}` should be {expected}, but is {found}; {remedy}")]
    Value {
        /// Where, as `values[3].properties.regionId`.
        path: String,
        /// What should stand there.
        expected: &'static str,
        /// What stands there, cut to 80 characters.
        found: String,
        /// How to mend it.
        remedy: &'static str,
    },
    /// A value that must be there is not.
    #[error("`{path}` is missing; {remedy}")]
    Missing {
        /// Where, as `values[3].name`.
        path: String,
        /// How to mend it.
        remedy: &'static str,
    },
    /// A text that should be a prefix.
    #[error("`{path}`: {error}; correct or remove the entry, or get the file anew")]
    Prefix {
        /// Where, as `values[3].properties.addressPrefixes[7]`.
        path: String,
        /// What is wrong with it.
        error: PrefixError,
    },
    /// Endpoint sets of an instance that nothing tells.
    #[error(
        "nothing tells which Microsoft 365 instance it is; put the instance into the file's name, as `worldwide.json` or `usgovdod.json`"
    )]
    UnknownInstance,
    /// A snapshot in our own format that is not valid.
    #[error("{0}")]
    Snapshot(#[from] snapshot::SnapshotError),
}

/// Reads a feed from the bytes of a file; `name` is its name, of which the last component is kept.
///
/// # Errors
///
/// [`ImportError`], when the bytes are no feed or one that would have to be guessed at.
///
/// # Complexity
///
/// Linear in the size of the input, in time and memory.
pub fn read(name: &str, bytes: &[u8], hint: &Hint) -> Result<(Feed, ImportNotes), ImportError> {
    let mut notes = ImportNotes::default();
    let feed = read_noting(name, bytes, hint, &mut notes)
        .map_err(|refusal| ImportError { name: name.to_owned(), refusal })?;
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

/// What an importer found, before its provenance is complete.
struct Found {
    records: Records,
    cloud: Option<Cloud>,
    change_number: Option<u64>,
    instance: Option<Instance>,
}

fn read_noting(name: &str, bytes: &[u8], hint: &Hint, notes: &mut ImportNotes) -> Result<Feed, Refusal> {
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
        FeedKind::Endpoints => endpoints::read(&root, hint.instance, file_name, notes)?,
        FeedKind::Communities => communities::read(&root, notes)?,
    };
    let kind = match &found.records {
        Records::ServiceTags(_) => FeedKind::ServiceTags,
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
            origin: Origin::User,
            instance: found.instance,
        },
        records: found.records,
    })
}

/// Refuses an answer that is only the first of several pages.
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

/// Which feed a JSON value has the shape of. Only the first records are looked at.
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
        return Err(Refusal::Unrecognised {
            found: "no object of a known kind: it has neither `values` nor `value`".to_owned(),
        });
    }
    kind_of_list(root)
}

fn kind_of_list(list: &Node<'_>) -> Result<FeedKind, Refusal> {
    let Some(count) = list.array_len() else {
        return Err(Refusal::Unrecognised { found: format!("`{}` is no list", list.path()) });
    };
    (0..count.min(16))
        .filter_map(|index| list.at(index))
        .find_map(|record| kind_of_record(&record))
        .ok_or_else(|| Refusal::Unrecognised {
            found: match count {
                0 => format!("`{}` is an empty list", list.path()),
                _ => format!("the records of `{}` are of no known kind", list.path()),
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
