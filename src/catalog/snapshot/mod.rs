//! The text format of the shipped snapshot: feeds that are easy to review as a git diff.
//!
//! ```text
//! peerpath snapshot 1
//! kind: service-tags
//! cloud: public
//! name: ServiceTags_Public_20260622.json
//! edition: 406
//! change: 406
//! date: 2026-06-22
//! sha256: 1f0c…
//! content-sha256: 77ab…
//!
//! tag Storage.WestEurope
//!  change: 113
//!  region: 18 westeurope
//!  service: AzureStorage
//!  features: API NSG UDR FW VSE
//!  13.69.40.0/24
//!  2603:1020:206:1::/64
//! ```
//!
//! A file consists of UTF-8 lines. The first line names the format and its version. Metadata lines (`key: value`)
//! follow up to a blank line, and then the records. `sha256` is the digest of the original. `content-sha256` is
//! the digest of all bytes below the blank line, with line feeds at line ends, and shows that nothing was edited
//! by hand. A record starts with an unindented header that begins with a letter, so that git's hunk headers show
//! it. Its attributes (`key: value`) follow, indented by one space, then its prefixes, one per line, IPv4 before
//! IPv6, ascending.
//!
//! | header | record | attributes |
//! |---|---|---|
//! | `tag NAME` | service tag, ordered by name | `id` (omitted if it is the name), `change`, `region` (number, name), `platform` (omitted for `Azure`), `service`, `features` |
//! | `set ID` | endpoint set, ordered by id | `area`, `display`, `category`, `express-route`, `required`, `tcp`, `udp`, `notes`, `url` (one line each) |
//! | `community VALUE NAME` | entry of an export, ordered by value and name | `service`, `group`, `region`, `authorized` |
//!
//! Attributes without content are omitted. [`write()`] produces exactly one text for a feed, and [`read`]
//! turns that text into the same feed. [`read`] also accepts carriage returns, which git adds at line ends on
//! some systems.

mod lines;
mod prefix_line;
mod read;
mod write;

use super::{Cloud, FeedKind, Instance, NameError, Provenance};
use crate::addr::PrefixError;
use crate::rib::CommunityError;

pub(crate) use lines::Lines;
pub(crate) use read::{body, read_beside, read_content_sha256};
pub use read::{read, read_provenance};
pub use write::write;
pub(crate) use write::{write_around, write_body};

/// The first line of every file in this format, without the version.
pub const MAGIC: &str = "peerpath snapshot ";

/// The metadata key for the digest of the records.
pub(crate) const CONTENT_SHA256: &str = "content-sha256";

/// Returns the path of a feed in a snapshot folder: `azure/public.txt`, `m365/worldwide.txt`,
/// `m365/intune.txt`, `communities/exported.txt`.
pub fn path(provenance: &Provenance) -> String {
    match (provenance.kind, provenance.instance) {
        (FeedKind::Intune, None | Some(Instance::Worldwide)) => "m365/intune.txt".to_owned(),
        (FeedKind::Intune, Some(instance)) => {
            format!("m365/intune-{}.txt", instance.name().to_ascii_lowercase())
        }
        (FeedKind::Endpoints, Some(instance)) => format!("m365/{}.txt", instance.name().to_ascii_lowercase()),
        (FeedKind::ServiceTags | FeedKind::Endpoints, _) => format!("azure/{}.txt", provenance.cloud),
        (FeedKind::Communities, _) => match provenance.cloud {
            Cloud::Public => "communities/exported.txt".to_owned(),
            cloud => format!("communities/exported-{cloud}.txt"),
        },
    }
}

/// The version of the format.
pub const VERSION: u32 = 1;

/// The reason why a text is not a snapshot, and the line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct SnapshotError {
    /// The line number, from 1.
    pub line: usize,
    /// The problem in that line.
    #[source]
    pub problem: SnapshotProblem,
}

/// A problem with a line of a snapshot.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SnapshotProblem {
    /// The first line is wrong.
    #[error("expected `peerpath snapshot 1`; other versions need another release of peerpath")]
    Magic,
    /// A metadata line does not have the form `key: value` with a known key.
    #[error(
        "`{text}` is not a metadata line; the keys are kind, cloud, instance, name, edition, change, date, sha256, content-sha256"
    )]
    Metadata {
        /// The line.
        text: String,
    },
    /// A required metadata line is missing.
    #[error("the metadata lacks `{key}`; create the file again with `peerpath catalog import`")]
    MetadataMissing {
        /// The key.
        key: &'static str,
    },
    /// A record's header does not belong to this kind of feed.
    #[error("`{text}` is not a record header in this kind of feed")]
    Header {
        /// The line.
        text: String,
    },
    /// An indented line precedes the first header.
    #[error("a prefix or attribute precedes the first record")]
    Orphan,
    /// The record has no such attribute.
    #[error("`{key}` is not an attribute of this record")]
    Attribute {
        /// The key.
        key: String,
    },
    /// An attribute or metadata value is invalid.
    #[error("`{text}` is not a valid value for `{key}`")]
    Value {
        /// The key.
        key: String,
        /// The value.
        text: String,
    },
    /// A name is not in its closed list.
    #[error("{0}")]
    Name(#[from] NameError),
    /// A community is invalid.
    #[error("{0}")]
    Community(#[from] CommunityError),
    /// A prefix is invalid.
    #[error("{0}")]
    Prefix(#[from] PrefixError),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::import::{self, Hint};

    fn import(name: &str, json: &str) -> String {
        let (feed, _) = import::read(name, json.as_bytes(), &Hint::default()).unwrap();
        let text = write(&feed);
        assert_eq!(read(&text).unwrap(), feed, "{text}");
        assert_eq!(write(&read(&text.replace('\n', "\r\n")).unwrap()), text);
        text
    }

    #[test]
    fn a_feed_has_one_text() {
        let text = import(
            "tags.json",
            r#"{"changeNumber": 7, "cloud": "Public", "values": [
                {"name": "B", "id": "b", "properties": {"changeNumber": 2, "region": "westeurope", "regionId": 18,
                 "platform": "Other", "systemService": "S", "networkFeatures": ["API", "NSG"],
                 "addressPrefixes": ["2603::/16", "10.0.1.0/24", "10.0.0.0/24"]}},
                {"name": "A", "id": "A", "properties": {"platform": "Azure", "addressPrefixes": []}}]}"#,
        );
        let records = text.split_once("\n\n").unwrap().1;
        assert_eq!(
            records,
            "tag A\n change: 0\ntag B\n id: b\n change: 2\n region: 18 westeurope\n platform: Other\n service: S\n \
             features: API NSG\n 10.0.0.0/24\n 10.0.1.0/24\n 2603::/16\n"
        );
    }

    /// Records and prefixes are put into canonical order, and duplicate prefixes removed, whatever their
    /// order in the text.
    #[test]
    fn what_was_written_by_hand_is_put_in_order() {
        let text = import(
            "tags.json",
            r#"{"changeNumber": 7, "cloud": "Public", "values": [
                {"name": "A", "id": "A", "properties": {"addressPrefixes": ["10.0.0.0/24", "10.0.1.0/24", "2603::/16"]}},
                {"name": "B", "id": "B", "properties": {"addressPrefixes": ["10.0.9.0/24"]}}]}"#,
        );
        let (head, body) = text.split_once("\n\n").unwrap();
        let (first, second) = body.split_at(body.find("tag B").unwrap());
        let first = first.replace(
            " 10.0.0.0/24\n 10.0.1.0/24\n",
            " 10.0.1.0/24\n 2603::/16\n 10.0.0.0/24\n 10.0.1.0/24\n",
        );
        let shuffled = format!("{head}\n\n{second}{first}");
        assert_eq!(read(&shuffled).unwrap(), read(&text).unwrap(), "{shuffled}");
    }

    #[test]
    fn endpoint_sets_keep_everything() {
        let text = import(
            "usgovdod.json",
            r#"[{"id": 3, "serviceArea": "Skype", "serviceAreaDisplayName": "Teams", "urls": ["a: b", "*.x.us"],
                "ips": ["52.127.64.0/21"], "tcpPorts": "443, 80", "udpPorts": "3478-3481", "expressRoute": true,
                "category": "Optimize", "required": true, "notes": "first\nsecond: third"}]"#,
        );
        assert!(text.contains("\ninstance: USGovDoD\n"), "{text}");
        assert!(
            text.contains("\n tcp: 80,443\n udp: 3478-3481\n notes: first second: third\n url: a: b\n"),
            "{text}"
        );
    }

    #[test]
    fn communities_keep_entries_without_prefixes() {
        let text = import(
            "c.json",
            r#"{"value": [{"name": "X", "properties": {"serviceName": "X", "bgpCommunities": [
                {"communityName": "X IPv6", "communityValue": "12076:51002", "communityPrefixes": [],
                 "isAuthorizedToUse": true, "serviceGroup": "Azure", "serviceSupportedRegion": "Global"}]}}]}"#,
        );
        assert!(
            text.ends_with("community 12076:51002 X IPv6\n service: X\n group: Azure\n region: Global\n authorized: yes\n"),
            "{text}"
        );
    }

    #[test]
    fn errors_name_the_line() {
        let start = "peerpath snapshot 1\nkind: service-tags\ncloud: public\nname: n\nedition: e\nsha256: s\ncontent-sha256: c\n\n";
        let problem = |text: &str| {
            let error = read(text).unwrap_err();
            format!("{}: {}", error.line, error.problem)
        };
        assert!(problem("peerpath snapshot 2\n").starts_with("1: expected"));
        assert!(problem("peerpath snapshot 1\nkind: x\n").starts_with("2: `x` is not a kind"));
        assert!(
            problem("peerpath snapshot 1\nkind: service-tags\n\n")
                .starts_with("3: the metadata lacks `cloud`")
        );
        assert!(
            problem(&start.replace("content-sha256: c\n", ""))
                .starts_with("7: the metadata lacks `content-sha256`")
        );
        assert!(problem(&format!("{start} 10.0.0.0/8\n")).starts_with("9: a prefix"));
        assert!(problem(&format!("{start}set 1\n")).starts_with("9: `set 1` is not a record header"));
        assert!(
            problem(&format!("{start}tag A\n 10.0.0.1/8\n")).starts_with("10: `10.0.0.1/8` has host bits")
        );
        assert!(
            problem(&format!("{start}tag A\n colour: red\n")).starts_with("10: `colour` is not an attribute")
        );
        assert!(
            problem(&format!("{start}tag A\n change: red\n")).starts_with("10: `red` is not a valid value")
        );
    }
}
