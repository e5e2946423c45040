//! Imports Azure exports: saved output of `az … -o json`, of the REST API or of PowerShell.
//!
//! ```text
//! file ─document─▶ responses ─kind─▶ records ─join─▶ one network ─write─▶ network.yaml + route tables
//! ```
//!
//! A file may contain one or more responses, with the command in a comment and with warnings or other text around them.
//! Each file is either used or rejected with a [`ExportRefusal`]. Tolerated deviations are counted in [`ReadNotes`].
//! Information that no export contains is a [`Finding`] and a TODO line in the network file. Secret keys are never
//! read: only named fields are read, and text in names that looks like a key is replaced.

mod answer;
mod arm;
mod command;
mod document;
mod file;
mod finding;
pub(super) mod flatten;
mod join;
mod kind;
mod notes;
mod object;
mod records;
pub(super) mod redact;
mod refusal;
mod resources;
pub(super) mod settings;
mod tables;
mod write;
mod yaml;

use std::collections::{BTreeMap, BTreeSet};

pub use finding::Finding;
pub use kind::ExportKind;
pub use notes::{ExportTolerance, ReadNotes};
pub use refusal::ExportRefusal;
pub use settings::{SettingRow, Treatment, settings};
pub(super) use write::route_tables::UNKNOWN as UNKNOWN_NEXT_HOP;

use crate::addr::IpPrefix;
use crate::catalog::Catalog;
use crate::import::learned::{LearnedRoutes, Table};
use crate::network::{Bandwidth, Connection, PeeringKind, Sku};
use file::Content;
use records::Record;

/// The maximum size of an export: 64 MiB.
pub const MAX_FILE_BYTES: u64 = 64 << 20;

/// Options for an import: information that exports do not contain.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportOptions {
    /// The name of the network.
    pub name: Option<String>,
    /// The sites. If empty, one placeholder site, with the prefixes advertised on private peering, represents all
    /// sites.
    pub sites: Vec<SiteOption>,
    /// Circuit properties that are missing in the exports; exported values take precedence.
    pub circuits: Vec<CircuitOption>,
    /// The folder of the route tables, relative to the network file; if `None`, the network file does not refer to the
    /// route tables.
    pub routes_folder: Option<String>,
    /// The kind of input, which the first line of the network file names.
    pub origin: InputKind,
}

/// The kind of input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum InputKind {
    /// Azure exports.
    #[default]
    Azure,
    /// A Terraform plan.
    Terraform,
    /// An ARM template.
    Arm,
}

/// A site that the user defines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteOption {
    /// Its name.
    pub name: String,
    /// The prefixes of its clients.
    pub prefixes: Vec<IpPrefix>,
}

/// A circuit that the user describes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CircuitOption {
    /// Its name.
    pub name: String,
    /// Its peering location.
    pub peering_location: String,
    /// Its SKU, which determines the reachable regions.
    pub sku: Sku,
    /// Its bandwidth, written in whole Mbps because circuits are sold that way.
    pub bandwidth: Bandwidth,
}

/// The connection that a route table is from, for an export that does not identify the connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableOf {
    /// The circuit's name.
    pub circuit: String,
    /// The peering.
    pub peering: PeeringKind,
    /// The connection.
    pub connection: Connection,
}

/// The result of reading one file.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FileReport {
    /// The file's name as the caller gave it.
    pub name: String,
    /// The number of items of each kind, or why the file was rejected.
    pub outcome: Result<BTreeMap<ExportKind, u64>, ExportRefusal>,
    /// The tolerated deviations.
    pub notes: ReadNotes,
}

/// A route table as CSV.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LearnedFile {
    /// Its file name, without folders.
    pub name: String,
    /// Its content; see [`crate::import::learned`].
    pub text: String,
}

/// The result of an import.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Imported {
    /// The network file; `None` if no site has prefixes or no file could be used.
    pub network: Option<String>,
    /// The route tables in the exports.
    pub learned: Vec<LearnedFile>,
    /// The files, in the order in which they were read.
    pub files: Vec<FileReport>,
    /// The findings that the user must know, in the order of the network file.
    pub findings: Vec<Finding>,
    /// The addresses of resources that are assumed to change no path and that would otherwise be marked.
    pub(super) used: BTreeSet<String>,
}

/// An import in progress.
#[derive(Debug, Default)]
pub struct Import {
    records: Vec<Record>,
    files: Vec<FileReport>,
    /// Settings that peerpath does not know, each with the number of resources that have it.
    unknown: BTreeMap<String, u64>,
    /// The addresses of resources that are assumed to change no path, so the resources are not marked.
    pub(super) accepted: BTreeSet<String>,
    /// The accepted addresses whose resources would otherwise be marked.
    used: BTreeSet<String>,
}

impl Import {
    /// Returns an import without files.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads a file. Its name may identify the connection of a route table (`…-primary.json`).
    ///
    /// # Complexity
    ///
    /// Linear in the size of the file.
    pub fn add(&mut self, name: &str, bytes: &[u8]) {
        let base = name.rsplit(['/', '\\']).next().unwrap_or(name);
        let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let read = if size > MAX_FILE_BYTES {
            Err(ExportRefusal::TooLarge { bytes: size, limit: MAX_FILE_BYTES })
        } else {
            file::read(base, bytes)
        };
        match read {
            Ok(content) => self.take(name, base, content),
            Err(refusal) => {
                // The contents of the file affect routing but are not in the network file.
                if let ExportRefusal::NoPlace { kind, .. } = refusal
                    && let Some(effect) = kind.affects()
                {
                    self.records.push(Record::Finding(Finding::Unsupported {
                        resource: kind.to_string(),
                        setting: None,
                        effect: effect.to_owned(),
                        at: base.to_owned(),
                    }));
                }
                self.refuse(name, refusal);
            }
        }
    }

    /// Adds the contents of a file, and marks the parts that a network file cannot represent.
    fn take(&mut self, name: &str, source: &str, content: Content) {
        self.records.extend(content.records);
        for finding in content.evaluated.marked {
            match &finding {
                Finding::Unsupported { at, .. } if self.accepted.contains(at) => {
                    self.used.insert(at.clone());
                }
                _ => self.records.push(Record::Finding(finding)),
            }
        }
        for (setting, count) in content.evaluated.unknown {
            *self.unknown.entry(setting).or_default() += count;
        }
        for (tolerance, count, first) in content.notes.iter() {
            let file = source.to_owned();
            self.records.extend(match tolerance {
                ExportTolerance::OddValue => {
                    Some(Record::Finding(Finding::Unread { file, count, first: first.to_owned() }))
                }
                ExportTolerance::MorePages => Some(Record::Finding(Finding::MorePages { file })),
                _ => None,
            });
        }
        self.push(name, Ok(content.counts), content.notes);
    }

    /// Like [`add`](Self::add), but for a file with a route table whose connection the user specifies. Rejects a file
    /// that does not contain the route table of a circuit.
    pub fn add_table(&mut self, name: &str, bytes: &[u8], of: &TableOf) {
        let before = self.records.len();
        self.add(name, bytes);
        let mut tables = 0_usize;
        for record in self.records.get_mut(before..).unwrap_or_default() {
            if let Record::Routes(LearnedRoutes {
                table: Table::Circuit { circuit, peering, connection },
                ..
            }) = record
            {
                *circuit = Some(of.circuit.clone());
                *peering = Some(of.peering);
                *connection = Some(of.connection);
                tables += 1;
            }
        }
        if let Some(file) = self.files.last_mut().filter(|file| tables == 0 && file.outcome.is_ok()) {
            file.outcome = Err(ExportRefusal::NoCircuitTable);
            self.records.truncate(before);
        }
    }

    /// Adds nested resources in the form of the REST API; `address` returns the address of the resource with a given
    /// id, and `unknown` contains unknown settings in addition to those in the resources.
    pub(super) fn add_resources(
        &mut self,
        name: &str,
        resources: &[serde_json::Value],
        address: &dyn Fn(&str) -> Option<String>,
        unknown: &BTreeMap<String, u64>,
    ) {
        self.take(name, name, file::read_resources(resources, address));
        for (setting, count) in unknown {
            *self.unknown.entry(setting.clone()).or_default() += count;
        }
    }

    /// Records a file that was not read, such as one that is too large.
    pub fn refuse(&mut self, name: &str, refusal: ExportRefusal) {
        self.push(name, Err(refusal), ReadNotes::default());
    }

    /// Joins the records and writes the result.
    ///
    /// # Complexity
    ///
    /// Quadratic in the number of resources; a company has at most a few thousand.
    pub fn finish(self, catalog: &Catalog, options: &ImportOptions) -> Imported {
        let used = self.files.iter().filter(|file| file.outcome.is_ok()).count();
        if used == 0 {
            return Imported {
                network: None,
                learned: Vec::new(),
                files: self.files,
                findings: Vec::new(),
                used: self.used,
            };
        }
        let joined = join::join(self.records, &options.circuits);
        let written = write::write(&joined, catalog, options, used);
        let mut findings = joined.findings;
        findings.extend(written.findings);
        findings.extend(unknown_settings(&self.unknown));
        tracing::debug!(
            files = self.files.len(),
            used,
            circuits = joined.circuits.len(),
            findings = findings.len(),
            "exports joined"
        );
        Imported {
            network: written.yaml,
            learned: written.learned,
            files: self.files,
            findings,
            used: self.used,
        }
    }

    fn push(
        &mut self,
        name: &str,
        outcome: Result<BTreeMap<ExportKind, u64>, ExportRefusal>,
        notes: ReadNotes,
    ) {
        self.files.push(FileReport { name: name.to_owned(), outcome, notes });
    }
}

/// Returns one finding for all unknown settings.
fn unknown_settings(unknown: &BTreeMap<String, u64>) -> Option<Finding> {
    const MOST: usize = 10;
    let mut settings =
        unknown.iter().take(MOST).map(|(name, count)| format!("{name} ({count})")).collect::<Vec<_>>();
    let more = unknown.len().saturating_sub(MOST);
    settings.extend((more > 0).then(|| format!("and {more} more")));
    (!settings.is_empty()).then(|| Finding::UnknownSettings { settings: settings.join(", ") })
}
