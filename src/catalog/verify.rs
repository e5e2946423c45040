//! Checks the integrity of a snapshot folder or a catalog.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::path::Path;

use super::snapshot::{self, SnapshotError};
use super::{Catalog, Cloud, Provenance, ServiceTag, sha256_hex, shipped};
use crate::addr::{Address, IpPrefix};
use crate::catalog::products::{PRODUCTS, ProductFinding, read_products, verify_products};
use crate::fib::CoverTable;

/// A problem that the checks found.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyFinding {
    /// A file is not a snapshot.
    #[error("`{path}` is not a valid snapshot: {error}; import the original again")]
    Invalid {
        /// The file's path.
        path: String,
        /// The problem.
        error: SnapshotError,
    },
    /// Writing the file again produces a different text.
    #[error("`{path}` is not in canonical form from line {line} on; import the original again")]
    NotCanonical {
        /// The file's path.
        path: String,
        /// The first line that differs, from 1.
        line: usize,
    },
    /// The records were changed after the file was written.
    #[error(
        "the records in `{path}` were changed after it was written: their SHA-256 is {found}, but `content-sha256` is `{stated}`; import the original again"
    )]
    Altered {
        /// The file's path.
        path: String,
        /// The digest in its metadata.
        stated: String,
        /// The actual SHA-256 of its records.
        found: String,
    },
    /// A `sha256` line is not a SHA-256.
    #[error("`{path}` has `{text}` in place of the SHA-256 of the original; import the original again")]
    BadSha256 {
        /// The file's path.
        path: String,
        /// The text in that line.
        text: String,
    },
    /// A feed has no records.
    #[error("`{path}` contains no records; import the original again")]
    Empty {
        /// The file's path.
        path: String,
    },
    /// A table of products is not valid.
    #[error("`{path}` is not a valid table of products: {error}; correct the line")]
    Table {
        /// The file's path.
        path: String,
        /// The problem.
        error: SnapshotError,
    },
    /// A table of products contradicts itself or the lists.
    #[error("`{path}`: {finding}")]
    Product {
        /// The file's path.
        path: String,
        /// The problem.
        finding: ProductFinding,
    },
    /// Two regional `AzureCloud` tags contain the same prefix, so an address would be in two regions.
    #[error(
        "`{prefix}` in `{first}` is also in `{second}`; regions should not share addresses, so check the edition"
    )]
    RegionsOverlap {
        /// The more specific prefix.
        prefix: IpPrefix,
        /// The tag of the region that lists the prefix.
        first: String,
        /// The tag of the other region, which covers the prefix.
        second: String,
    },
}

/// A file that was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedFile {
    /// Its path relative to the folder, with slashes.
    pub path: String,
    /// Its metadata.
    pub provenance: Provenance,
    /// The number of records.
    pub records: usize,
    /// The total number of prefixes.
    pub prefixes: usize,
}

/// The files that were checked and the problems found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verification {
    /// The valid files, ordered by path.
    pub files: Vec<VerifiedFile>,
    /// The problems; empty if everything is correct.
    pub findings: Vec<VerifyFinding>,
}

/// Checks a folder of snapshot files (`*.txt` files in the snapshot format, at any depth). Each file must be
/// valid, canonical and not empty, contain the records that it was written with, and state the SHA-256 of its
/// original. In addition, no address of a cloud may be in two regional `AzureCloud` tags.
///
/// # Errors
///
/// Returns an error if the folder or its files cannot be read. Damaged contents are a finding, not an error.
pub fn verify_folder(folder: &Path) -> io::Result<Verification> {
    let mut files = Vec::new();
    collect(folder, String::new(), &mut files)?;
    files.sort();
    Ok(verify_texts(files))
}

/// Checks the embedded snapshot in the same way that [`verify_folder`] checks a folder.
pub fn verify_shipped() -> Verification {
    let feeds = shipped::FEEDS.iter().map(|feed| (feed.path.to_owned(), feed.text.to_owned()));
    let products = (shipped::PRODUCTS_PATH.to_owned(), shipped::PRODUCTS.to_owned());
    let mut files: Vec<_> = feeds.chain([products]).collect();
    files.sort();
    verify_texts(files)
}

fn verify_texts(files: Vec<(String, String)>) -> Verification {
    let mut result = Verification::default();
    let (mut feeds, mut catalogs, mut tables) = (Vec::new(), Vec::new(), Vec::new());
    for (path, text) in files {
        if text.starts_with(snapshot::MAGIC) {
            feeds.extend(verify_file(path, &text, &mut result));
        } else if text.lines().nth(1) == Some(PRODUCTS) {
            tables.push((path, text));
        }
    }
    for cloud in Cloud::ALL {
        let mut builder = Catalog::builder(cloud).without_shipped();
        for feed in feeds.iter().filter(|feed: &&super::Feed| feed.provenance.cloud == cloud) {
            builder = builder.add(feed.clone());
        }
        // Two files with the same feed do not form a catalog, but each file was already checked individually.
        if let Ok(catalog) = builder.build() {
            regions_overlap(&catalog, &mut result.findings);
            catalogs.push(catalog);
        }
    }
    for (path, text) in tables {
        verify_table(&path, &text, &catalogs, &mut result.findings);
    }
    result
}

/// Checks a table of products against itself and the lists of the clouds that have any service tag.
fn verify_table(path: &str, text: &str, catalogs: &[Catalog], findings: &mut Vec<VerifyFinding>) {
    match read_products(text) {
        Ok(table) => {
            let found = verify_products(&table, catalogs);
            findings.extend(
                found.into_iter().map(|finding| VerifyFinding::Product { path: path.to_owned(), finding }),
            );
        }
        Err(error) => findings.push(VerifyFinding::Table { path: path.to_owned(), error }),
    }
}

fn regions_overlap(catalog: &Catalog, findings: &mut Vec<VerifyFinding>) {
    let regional: Vec<&ServiceTag> = catalog
        .tags()
        .iter()
        .filter(|tag| tag.region_id != 0 && tag.name.starts_with("AzureCloud."))
        .collect();
    overlaps::<Ipv4Addr>(&regional, findings);
    overlaps::<Ipv6Addr>(&regional, findings);
}

fn verify_file(path: String, text: &str, result: &mut Verification) -> Option<super::Feed> {
    let feed = match snapshot::read(text) {
        Ok(feed) => feed,
        Err(error) => {
            result.findings.push(VerifyFinding::Invalid { path, error });
            return None;
        }
    };
    let stated = snapshot::read_content_sha256(text).unwrap_or_default();
    let canonical = snapshot::write_around(&feed, &snapshot::write_body(&feed.records), stated);
    if canonical != text {
        let same = canonical.lines().zip(text.lines()).take_while(|(left, right)| left == right).count();
        result.findings.push(VerifyFinding::NotCanonical { path: path.clone(), line: same + 1 });
    }
    // Git adds carriage returns at line ends on some systems; they are not part of the content.
    let found = sha256_hex(snapshot::body(text).replace("\r\n", "\n").as_bytes());
    if found != stated {
        let stated = stated.to_owned();
        result.findings.push(VerifyFinding::Altered { path: path.clone(), stated, found });
    }
    if !is_sha256(&feed.provenance.sha256) {
        let text = feed.provenance.sha256.clone();
        result.findings.push(VerifyFinding::BadSha256 { path: path.clone(), text });
    }
    if feed.records.is_empty() {
        result.findings.push(VerifyFinding::Empty { path: path.clone() });
    }
    result.files.push(VerifiedFile {
        path,
        provenance: feed.provenance.clone(),
        records: feed.records.len(),
        prefixes: feed.records.prefix_count(),
    });
    Some(feed)
}

fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// Finds prefixes of one region that another region covers.
fn overlaps<A: Address>(regional: &[&ServiceTag], findings: &mut Vec<VerifyFinding>) {
    let entries = regional.iter().flat_map(|tag| {
        tag.prefixes
            .iter()
            .filter_map(|prefix| prefix.of_family::<A>())
            .map(|prefix| (prefix, tag.name.as_str()))
    });
    let table = CoverTable::build(entries);
    for (prefix, names) in table.entries() {
        let Some(first) = names.first() else { continue };
        let others = table.covering(prefix).flat_map(|(_, names)| names).find(|name| *name != first);
        if let Some(second) = others {
            findings.push(VerifyFinding::RegionsOverlap {
                prefix: prefix.into(),
                first: (*first).to_owned(),
                second: (*second).to_owned(),
            });
        }
    }
}

/// Collects all text files below a folder, with their paths.
fn collect(folder: &Path, path: String, files: &mut Vec<(String, String)>) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if path.is_empty() { name } else { format!("{path}/{name}") };
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), path, files)?;
        } else if Path::new(&path).extension().is_some_and(|extension| extension == "txt") {
            let bytes = std::fs::read(entry.path())?;
            files.push((path, String::from_utf8_lossy(&bytes).into_owned()));
        }
    }
    Ok(())
}
