//! Exports of Azure: what `az … -o json`, REST and PowerShell answer, as people keep it.
//!
//! ```text
//! file ─document─▶ answers ─kind─▶ records ─join─▶ one network ─write─▶ network.yaml + tables of routes
//! ```
//!
//! A file may hold one answer or several, with the command in a comment, warnings and other text
//! around it. Each file is used, or refused with its [`Refusal`]; what was tolerated is counted in
//! [`ReadNotes`]; what no export tells is a [`Finding`] and a TODO line in the written file. Keys are
//! never read: records take named fields only, and what looks like a key in a name is replaced.

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
pub use notes::{ReadNotes, Tolerance};
pub use refusal::Refusal;
pub use settings::{SettingRow, Treatment, settings};
pub(super) use write::networks::UNKNOWN as UNKNOWN_NEXT_HOP;

use crate::addr::IpPrefix;
use crate::catalog::Catalog;
use crate::import::learned::{LearnedRoutes, Table};
use crate::network::{Bandwidth, Connection, PeeringKind, Sku};
use file::Content;
use records::Record;

/// The largest export that is read: 64 MiB.
pub const MAX_FILE_BYTES: u64 = 64 << 20;

/// What exports do not say and the user does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// What the network is called.
    pub name: Option<String>,
    /// The sites; without any, one stands for all, with what is advertised on private peering.
    pub sites: Vec<Site>,
    /// What exports do not say of circuits; what they say stands before it.
    pub circuits: Vec<Circuit>,
    /// The folder, relative to the network file, that the tables of routes will stand in; without it
    /// the network file does not name them.
    pub routes_folder: Option<String>,
    /// What is read, which the written file names in its first line.
    pub origin: Origin,
}

/// What is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Origin {
    /// Exports of Azure.
    #[default]
    Azure,
    /// A plan of Terraform.
    Terraform,
    /// A template of Azure Resource Manager.
    Arm,
}

/// A site as the user names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// Its name.
    pub name: String,
    /// The clients' prefixes.
    pub prefixes: Vec<IpPrefix>,
}

/// A circuit as the user knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Circuit {
    /// Its name.
    pub name: String,
    /// Where it meets Microsoft.
    pub peering_location: String,
    /// Which regions it reaches.
    pub sku: Sku,
    /// What was bought; written in whole Mbps, as circuits are sold.
    pub bandwidth: Bandwidth,
}

/// What a table of routes is of, where the export does not say it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableOf {
    /// The circuit's name.
    pub circuit: String,
    /// The peering.
    pub peering: PeeringKind,
    /// The connection.
    pub connection: Connection,
}

/// What one file gave.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FileReport {
    /// The file's name as the caller gave it.
    pub name: String,
    /// What it held, counted; or why nothing was taken.
    pub outcome: Result<BTreeMap<ExportKind, u64>, Refusal>,
    /// What was tolerated.
    pub notes: ReadNotes,
}

/// A table of routes as CSV.
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
    /// The network file; `None` where nothing can be a site, or no file could be used.
    pub network: Option<String>,
    /// The tables of routes that the exports show.
    pub learned: Vec<LearnedFile>,
    /// Each file, in the order of reading.
    pub files: Vec<FileReport>,
    /// What the user has to know, in the order of the network file.
    pub findings: Vec<Finding>,
    /// The addresses of resources that are said to move no path and of which something would be marked.
    pub(super) used: BTreeSet<String>,
}

/// An import in the making.
#[derive(Debug, Default)]
pub struct Import {
    records: Vec<Record>,
    files: Vec<FileReport>,
    /// Settings that nothing is known of, with how many resources have them.
    unknown: BTreeMap<String, u64>,
    /// The addresses of resources that are said to move no path: nothing of them is marked.
    pub(super) accepted: BTreeSet<String>,
    /// Those of which something would have been marked.
    used: BTreeSet<String>,
}

impl Import {
    /// One without files.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads a file. Its name may tell the connection that a table of routes is of (`…-primary.json`).
    ///
    /// # Complexity
    ///
    /// Linear in the size of the file.
    pub fn add(&mut self, name: &str, bytes: &[u8]) {
        let base = name.rsplit(['/', '\\']).next().unwrap_or(name);
        let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let read = if size > MAX_FILE_BYTES {
            Err(Refusal::TooLarge { bytes: size, limit: MAX_FILE_BYTES })
        } else {
            file::read(base, bytes)
        };
        match read {
            Ok(content) => self.take(name, base, content),
            Err(refusal) => {
                // What it holds is not in the file, and routes all the same.
                if let Refusal::NoPlace { kind, .. } = refusal
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

    /// Takes what a file gave, and marks what of it is left out.
    fn take(&mut self, name: &str, source: &str, content: Content) {
        self.records.extend(content.records);
        for finding in content.judged.marked {
            match &finding {
                Finding::Unsupported { at, .. } if self.accepted.contains(at) => {
                    self.used.insert(at.clone());
                }
                _ => self.records.push(Record::Finding(finding)),
            }
        }
        for (setting, count) in content.judged.unknown {
            *self.unknown.entry(setting).or_default() += count;
        }
        for (tolerance, count, first) in content.notes.iter() {
            let file = source.to_owned();
            self.records.extend(match tolerance {
                Tolerance::OddValue => {
                    Some(Record::Finding(Finding::Unread { file, count, first: first.to_owned() }))
                }
                Tolerance::MorePages => Some(Record::Finding(Finding::MorePages { file })),
                _ => None,
            });
        }
        self.push(name, Ok(content.counts), content.notes);
    }

    /// As [`add`](Self::add), for a table of routes that the user says the connection of. A file without
    /// a table of a circuit is refused.
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
            file.outcome = Err(Refusal::NoCircuitTable);
            self.records.truncate(before);
        }
    }

    /// Takes resources in the shape of REST, each in its place; `address` gives the address of one by its id,
    /// `unknown` are the settings that nothing is known of beside those that the resources have.
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

    /// Notes a file that was not read, such as one that is too large.
    pub fn refuse(&mut self, name: &str, refusal: Refusal) {
        self.push(name, Err(refusal), ReadNotes::default());
    }

    /// Joins what was read and writes it.
    ///
    /// # Complexity
    ///
    /// Quadratic in the number of resources, of which a company has thousands at most.
    pub fn finish(self, catalog: &Catalog, options: &Options) -> Imported {
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

    fn push(&mut self, name: &str, outcome: Result<BTreeMap<ExportKind, u64>, Refusal>, notes: ReadNotes) {
        self.files.push(FileReport { name: name.to_owned(), outcome, notes });
    }
}

/// One word on all settings that nothing is known of.
fn unknown_settings(unknown: &BTreeMap<String, u64>) -> Option<Finding> {
    const MOST: usize = 10;
    let mut settings =
        unknown.iter().take(MOST).map(|(name, count)| format!("{name} ({count})")).collect::<Vec<_>>();
    let more = unknown.len().saturating_sub(MOST);
    settings.extend((more > 0).then(|| format!("and {more} more")));
    (!settings.is_empty()).then(|| Finding::UnknownSettings { settings: settings.join(", ") })
}
