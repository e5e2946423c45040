//! Why a command could not do its work.

mod revision;

use std::io;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use crate::catalog::{CatalogError, Cloud};
use crate::engine::CompileError;
use crate::flow::{CaptureError, FilterError};
use crate::import::near;
use crate::report::FormatError;
use crate::rib::import::ImportError;

pub(super) use revision::RevisionError;

/// Why a command could not do its work.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CliError {
    /// A file could not be read.
    #[error("cannot read `{}`", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file could not be written.
    #[error("cannot write `{}`", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file that would be written exists.
    #[error("`{}` exists and is never overwritten: choose another name", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// An output would overwrite what is read.
    #[error("`{}` {}is read by this command and would be overwritten: choose another name for the output", path.display(), same_file(path, input))]
    OutIsInput {
        /// The output.
        path: PathBuf,
        /// The input, as it was named.
        input: PathBuf,
    },
    /// Two `--out` name one file.
    #[error("`{}` is named by two --out: each needs a file of its own", path.display())]
    OutTwice {
        /// The file.
        path: PathBuf,
    },
    /// Standard output could not be written.
    #[error("cannot write to standard output")]
    Stdout {
        /// Why.
        source: io::Error,
    },
    /// The network file has errors, which were shown.
    #[error("`{}` cannot be used: {errors} {}", path.display(), if *errors == 1 { "error" } else { "errors" })]
    Network {
        /// The file.
        path: PathBuf,
        /// How many errors it has.
        errors: usize,
    },
    /// A file that another file names cannot be used, and lies where its text is not shown.
    #[error(
        "`{}` cannot be used: {what}; it lies neither in the folder of a file that was named nor in the current one, so \
         that its text is not shown: see `{command} {}`", path.display(), path.display()
    )]
    Elsewhere {
        /// The file.
        path: PathBuf,
        /// What is wrong, without any text of it.
        what: String,
        /// The command that shows all.
        command: &'static str,
    },
    /// A file of checks or an intent has errors, which were shown.
    #[error("`{}` cannot be used: {errors} {}", path.display(), if *errors == 1 { "error" } else { "errors" })]
    Unusable {
        /// The file.
        path: PathBuf,
        /// How many errors it has.
        errors: usize,
    },
    /// Flow records could not be read at all.
    #[error(transparent)]
    Records(#[from] crate::flow::RecordError),
    /// Captures and flow records were named together.
    #[error("captures and flow records cannot be mixed: their packets would not come in the order of time")]
    RecordsAndCaptures,
    /// Flow records were given where packets are needed.
    #[error(
        "`{name}` has flow records, not packets: `replay` takes them with `--network` and `--scenario` only, and \
         `sweep` does"
    )]
    OnlyRecords {
        /// The file.
        name: String,
    },
    /// A simulation could not be run.
    #[error(transparent)]
    Sim(#[from] crate::sim::SimError),
    /// A table of routes that the network file names cannot be used.
    #[error(transparent)]
    Table(#[from] ImportError),
    /// The network cannot be compiled.
    #[error(transparent)]
    Compile(#[from] CompileError),
    /// A prefix or a host name was to begin a connection.
    #[error("`{text}` cannot be explained with `--to`; name single addresses of it")]
    NoRemote {
        /// What was typed.
        text: String,
    },
    /// A connection from outside cannot be judged.
    #[error(transparent)]
    ToServer(#[from] crate::engine::ToServerError),
    /// The network file has no such published server.
    #[error("`{}` has no published server `{name}`{}", path.display(), if known.is_empty() { ": write `published` at a site".to_owned() } else { format!(": it has {}", known.join(", ")) })]
    Server {
        /// The file.
        path: PathBuf,
        /// What was asked for.
        name: String,
        /// The servers it has.
        known: Vec<String>,
    },
    /// `--source` is no address.
    #[error("`{text}` is no source: write an address, with a port as `10.10.0.7:50000` or `[fd10::7]:50000`")]
    FlowSource {
        /// What stood there.
        text: String,
    },
    /// `--source` and the address are of two families.
    #[error("no packet goes from `{source_address}` to `{address}`: one is IPv4 and the other IPv6")]
    FlowFamily {
        /// The source.
        source_address: IpAddr,
        /// The address asked about.
        address: IpAddr,
    },
    /// What was asked about is nothing that can be asked about.
    #[error("`{text}` is no address, prefix or host name: {remedy}")]
    Asked {
        /// What was asked for.
        text: String,
        /// What was probably meant.
        remedy: String,
    },
    /// The network file has no such site, or subnet where one may be named.
    #[error("`{}` has no site{} `{name}`: it has {}", path.display(), if *subnets { " or subnet" } else { "" }, known.join(", "))]
    Site {
        /// The file.
        path: PathBuf,
        /// What was asked for.
        name: String,
        /// Whether a subnet may be named too.
        subnets: bool,
        /// The sites it has, and its subnets where one may be named.
        known: Vec<String>,
    },
    /// The network file is about another cloud than was asked for.
    #[error("`{}` is about the {network} cloud, but --cloud says {asked}: leave --cloud out", path.display())]
    Cloud {
        /// The file.
        path: PathBuf,
        /// Its cloud.
        network: Cloud,
        /// The cloud asked for.
        asked: Cloud,
    },
    /// A target is neither address nor prefix.
    #[error(transparent)]
    Target(#[from] crate::addr::PrefixError),
    /// A feed file could not be read.
    #[error(transparent)]
    Feed(#[from] crate::catalog::files::FileError),
    /// Microsoft's lists could not be loaded.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// A capture could not be read at all.
    #[error(transparent)]
    Capture(#[from] CaptureError),
    /// A filter is not valid.
    #[error(transparent)]
    Filter(#[from] FilterError),
    /// A filter names a path that there is not.
    #[error("`{name}` is not a path: one of {}", crate::engine::Disposition::ALL.map(crate::engine::Disposition::word).join(", "))]
    FilterPath {
        /// What was typed.
        name: String,
    },
    /// A format is unknown or cannot hold the report.
    #[error(transparent)]
    Format(#[from] FormatError),
    /// An `--out` is not `FORMAT=FILE`.
    #[error("`{text}` is not FORMAT=FILE, such as `json=report.json`")]
    OutFile {
        /// What was typed.
        text: String,
    },
    /// A report has no view of this name.
    #[error("this report has no view `{name}`: it has {}", known.join(", "))]
    NoSuchView {
        /// What was typed.
        name: String,
        /// The views it has.
        known: Vec<String>,
    },
    /// A format that is not text was to go to a terminal.
    #[error("{format} is not text: send it to a file with `--out {format}=FILE`")]
    BinaryToTerminal {
        /// The format.
        format: crate::report::Format,
    },
    /// The catalog has nothing of this name.
    #[error("the {cloud} catalog has no tag, endpoint set or community `{name}`{}", hint(near))]
    NoSuchRecord {
        /// What was asked for.
        name: String,
        /// The cloud.
        cloud: Cloud,
        /// Names that are near.
        near: Vec<String>,
    },
    /// There is no diagnostic of this code.
    #[error("there is no code `{name}`{}", hint(near))]
    NoSuchCode {
        /// What was asked for.
        name: String,
        /// Codes that are near.
        near: Vec<String>,
    },
    /// The shipped tables are damaged.
    #[error(transparent)]
    Snapshot(#[from] crate::catalog::snapshot::SnapshotError),
    /// A `--site` is not `NAME=PREFIX,…`.
    #[error("`{text}` is not NAME=PREFIX,…, such as `head-office=10.10.0.0/16,fd10::/48`")]
    ImportSite {
        /// What was typed.
        text: String,
    },
    /// A `--table` is not `CIRCUIT/PEERING/CONNECTION=FILE`.
    #[error("`{text}` is not CIRCUIT/PEERING/CONNECTION=FILE, such as `er-ams/private/primary=table.json`")]
    ImportTable {
        /// What was typed.
        text: String,
    },
    /// A `--circuit` is not `NAME=LOCATION,SKU,BANDWIDTH`.
    #[error("`{text}` is not NAME=LOCATION,SKU,BANDWIDTH, such as `er-ams=Amsterdam,standard,1 Gbps`")]
    ImportCircuit {
        /// What was typed.
        text: String,
    },
    /// No export could be used.
    #[error("no export could be used: {files} refused, the reasons stand above", files = count(*files, "file"))]
    NoExport {
        /// How many files were read.
        files: usize,
    },
    /// No export tells where clients sit, and nobody else does.
    #[error(
        "a network file needs a site, and no export tells where clients sit: give `--site NAME=PREFIX,…`"
    )]
    ImportWithoutSite,
    /// A plan cannot be used.
    #[error("cannot use `{}`", path.display())]
    Plan {
        /// The plan.
        path: PathBuf,
        /// Why.
        source: crate::import::terraform::PlanError,
    },
    /// A template cannot be used.
    #[error("cannot use `{}`", path.display())]
    Template {
        /// The template.
        path: PathBuf,
        /// Why.
        source: crate::import::arm::TemplateError,
    },
    /// A network file that is laid onto is valid, but written in a way that cannot be written again.
    #[error("cannot lay onto `{}`: {why}", path.display())]
    Onto {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// An `--assume` is not `PLACE=VALUE`.
    #[error("`{text}` is not PLACE=VALUE, such as `azurerm_route.out.next_hop_in_ip_address=10.20.0.4`")]
    Assumption {
        /// What was typed.
        text: String,
    },
    /// An assumption about a resource of which nothing is unknown.
    #[error("`--assume` names `{place}`, of which nothing is unknown or left out; {}: take the assumption out", near(.nearest))]
    IdleAssumption {
        /// What was assumed.
        place: String,
        /// Up to three names of what is unknown, the nearest first.
        nearest: Vec<String>,
    },
    /// Something that decides about paths is not known.
    #[error("{what} that affect{s} routing {verb} unknown (listed above): set each with `--assume PLACE=VALUE`", what = count(*unknown, "value"), s = if *unknown == 1 { "s" } else { "" }, verb = if *unknown == 1 { "is" } else { "are" })]
    Unknown {
        /// How many.
        unknown: usize,
    },
    /// What was imported does not make a valid network file.
    #[error("the imported network has {errors}; correct the exports or `--site`", errors = count(*errors, "error"))]
    Imported {
        /// How many errors it has.
        errors: usize,
    },
    /// This build was made without a feature.
    #[error("this build of peerpath has no `{feature}`: build it with `--features {feature}`")]
    Feature {
        /// The feature.
        feature: &'static str,
    },
    /// The network file says too little, or too much, for FRR.
    #[error("the edge cannot be written for FRR")]
    Frr {
        /// All that is missing.
        errors: Vec<crate::export::frr::FrrError>,
    },
    /// A list of addresses holds none.
    #[error("`{}` holds no address: one IPv4 or IPv6 address per line is read", path.display())]
    NoAddress {
        /// The file.
        path: PathBuf,
    },
    /// Captures have packets, and not one was decoded: their traffic cannot be judged.
    #[error("no packet of the capture could be decoded: {what}")]
    NothingDecoded {
        /// What became of the packets.
        what: String,
    },
    /// `--strict`, and not everything could be read.
    #[error("--strict: {what}")]
    Strict {
        /// What could not be read.
        what: String,
    },
    /// A file of a git revision cannot be read.
    #[error(transparent)]
    Revision(#[from] RevisionError),
    /// Both sides of a comparison are the same by their names.
    #[error("nothing to compare `{}` with: name a second network file, or other lists with --head-catalog", path.display())]
    DiffAlone {
        /// The file.
        path: PathBuf,
    },
    /// The sides of a comparison are about different clouds.
    #[error("the base is about the {base} cloud and the head about the {head} cloud, which share no address")]
    DiffClouds {
        /// The base's.
        base: Cloud,
        /// The head's.
        head: Cloud,
    },
    /// Neither side of a comparison has such a vantage point.
    #[error("neither side has a site or subnet `{name}`: there are {}", known.join(", "))]
    DiffVantage {
        /// What was asked for.
        name: String,
        /// What there is.
        known: Vec<String>,
    },
    /// A lock file cannot be used, or what was locked is not what is there.
    #[error(transparent)]
    Lock(#[from] crate::catalog::LockError),
    /// A new edition is about another cloud than the lock.
    #[error("`{}` is about the {found} cloud, but the lock about the {locked} cloud", path.display())]
    NewCloud {
        /// The file.
        path: PathBuf,
        /// The lock's cloud.
        locked: Cloud,
        /// The file's cloud.
        found: Cloud,
    },
    /// Two new editions are of one list.
    #[error("`{}` and `{}` are both {kind}: name one new edition of each list", first.display(), second.display())]
    NewTwice {
        /// One file.
        first: PathBuf,
        /// The other.
        second: PathBuf,
        /// What both are.
        kind: crate::catalog::FeedKind,
    },
    /// The editions are of several lists.
    #[error("the editions are of {first} and of {second}: name those of one list")]
    EditionsOfSeveral {
        /// One list.
        first: crate::catalog::FeedKind,
        /// Another.
        second: crate::catalog::FeedKind,
    },
    /// There is nothing between fewer than two editions.
    #[error("{} of the network's cloud found: name at least two", count(*found, "edition"))]
    TooFewEditions {
        /// How many there are.
        found: usize,
    },
    /// The sums of a comparison do not hold.
    #[error("internal error, please report it: {0}")]
    Sum(#[from] crate::check::diff::SumError),
    /// A failure could not be evaluated.
    #[error(transparent)]
    WhatIf(#[from] crate::check::diff::WhatIfError),
    /// Fetching could not begin.
    #[cfg(feature = "fetch")]
    #[error(transparent)]
    Fetch(#[from] crate::catalog::fetch::SetupError),
}

impl From<crate::atomic_file::WriteError> for CliError {
    fn from(error: crate::atomic_file::WriteError) -> Self {
        let crate::atomic_file::WriteError { path, source } = error;
        match source.kind() {
            io::ErrorKind::AlreadyExists => Self::Exists { path },
            _ => Self::Write { path, source },
        }
    }
}

impl CliError {
    /// An error of standard output.
    pub(super) fn stdout(source: io::Error) -> Self {
        Self::Stdout { source }
    }

    /// An error of reading a file.
    pub(super) fn read(path: &Path) -> impl Fn(io::Error) -> Self + '_ {
        |source| Self::Read { path: path.to_owned(), source }
    }

    /// What is told one by one below the error.
    pub(super) fn details(&self) -> Vec<String> {
        match self {
            Self::Frr { errors } => errors.iter().map(ToString::to_string).collect(),
            _ => Vec::new(),
        }
    }

    /// Whether it is a fault of peerpath itself.
    pub(super) fn is_internal(&self) -> bool {
        matches!(self, Self::Sum(_) | Self::WhatIf(crate::check::diff::WhatIfError::Sum(_)))
    }

    /// Whether the reader of our output has gone, which is no error of ours.
    pub fn is_broken_pipe(&self) -> bool {
        matches!(self, Self::Stdout { source } if source.kind() == io::ErrorKind::BrokenPipe)
    }
}

/// What an output is where it has another name than the input that it is.
fn same_file(output: &Path, input: &Path) -> String {
    if input.as_os_str() == "-" {
        return "is standard input, which ".to_owned();
    }
    if output == input { String::new() } else { format!("is the same file as `{}`, which ", input.display()) }
}

/// `1 file`, `2 files`.
fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

fn hint(near: &[String]) -> String {
    if near.is_empty() { String::new() } else { format!(": did you mean {}?", near.join(", ")) }
}
