//! Errors of commands.

mod named;
mod revision;

use std::io;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use crate::catalog::{CatalogError, Cloud};
use crate::engine::CompileError;
use crate::flow::{CaptureError, FilterError};
use crate::import::near;
use crate::report::FormatError;
use crate::rib::import::TableError;

pub(super) use named::NamedError;
pub(super) use revision::RevisionError;

/// An error that ends a command.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CliError {
    /// A file could not be read.
    #[error("cannot read `{}`", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// A file could not be written.
    #[error("cannot write `{}`", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// The file to write already exists.
    #[error("`{}` already exists and is never overwritten: choose another name", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// An output would overwrite an input.
    #[error("`{}` {}is read by this command and would be overwritten: choose another name for the output", path.display(), same_file(path, input))]
    OutIsInput {
        /// The output.
        path: PathBuf,
        /// The input, as typed.
        input: PathBuf,
    },
    /// Two `--out` options name the same file.
    #[error("two --out options name `{}`: write each to its own file", path.display())]
    OutTwice {
        /// The file.
        path: PathBuf,
    },
    /// Standard output could not be written.
    #[error("cannot write to standard output")]
    Stdout {
        /// The cause.
        source: io::Error,
    },
    /// The network file has errors, which were already shown.
    #[error("`{}` cannot be used: {errors} {}", path.display(), if *errors == 1 { "error" } else { "errors" })]
    Network {
        /// The file.
        path: PathBuf,
        /// The number of errors.
        errors: usize,
    },
    /// A file that another file names cannot be used, and its text may not be shown.
    #[error(
        "`{}` cannot be used: {what}; its text is not shown, because the file is outside the current folder and the folder of \
        the file that names it: run `{command} {}`", path.display(), path.display()
    )]
    Elsewhere {
        /// The file.
        path: PathBuf,
        /// What is wrong, without text of the file.
        what: String,
        /// The command that shows the details.
        command: &'static str,
    },
    /// A file of checks, an intent or a scenario has errors, which were already shown.
    #[error("`{}` cannot be used: {errors} {}", path.display(), if *errors == 1 { "error" } else { "errors" })]
    Unusable {
        /// The file.
        path: PathBuf,
        /// The number of errors.
        errors: usize,
    },
    /// Flow records could not be read at all.
    #[error(transparent)]
    Records(#[from] crate::flow::RecordError),
    /// Both captures and flow records were given.
    #[error("captures and flow records cannot be mixed: their packets would not be in time order")]
    RecordsAndCaptures,
    /// Flow records were given to a command that needs packets.
    #[error(
        "`{name}` contains flow records, not packets: use `sweep`, or `replay` with `--network` and `--scenario`"
    )]
    OnlyRecords {
        /// The file.
        name: String,
    },
    /// A simulation could not be run.
    #[error(transparent)]
    Sim(#[from] crate::sim::SimError),
    /// A routing table that the network file names cannot be used.
    #[error(transparent)]
    Table(#[from] TableError),
    /// The network cannot be compiled.
    #[error(transparent)]
    Compile(#[from] CompileError),
    /// A prefix or a host name was given as the source of an inbound connection.
    #[error("`{text}` cannot be explained with `--to`: give single addresses")]
    NoRemote {
        /// The text as typed.
        text: String,
    },
    /// An inbound connection cannot be evaluated.
    #[error(transparent)]
    ToServer(#[from] crate::engine::ToServerError),
    /// The network file has no such published server.
    #[error("`{}` has no published server `{name}`{}", path.display(), if known.is_empty() { ": add `published` to a \
    site".to_owned() } else { format!(": its published servers are {}", known.join(", ")) })]
    Server {
        /// The file.
        path: PathBuf,
        /// The name as typed.
        name: String,
        /// The servers in the file.
        known: Vec<String>,
    },
    /// A patch was asked for without a network file.
    #[error("`--format patch` changes a network file: name it with `--network`")]
    PatchWithoutNetwork,
    /// A route filter cannot be extended in place.
    #[error(transparent)]
    Patch(#[from] crate::check::PatchError),
    /// `--source` is not an address.
    #[error(
        "`{text}` is not a source address: write an address, optionally with a port, such as `10.10.0.7:50000` or `[fd10::7]:50000`"
    )]
    FlowSource {
        /// The text as typed.
        text: String,
    },
    /// `--source` and the address belong to different address families.
    #[error("no packet can go from `{source_address}` to `{address}`: one is IPv4, the other IPv6")]
    FlowFamily {
        /// The source.
        source_address: IpAddr,
        /// The destination.
        address: IpAddr,
    },
    /// A target is not an address, a prefix or a host name.
    #[error("`{text}` is not an address, prefix or host name: {remedy}")]
    Asked {
        /// The name as typed.
        text: String,
        /// What to write instead.
        remedy: String,
    },
    /// The network file has no such site, or no such subnet where one is accepted.
    #[error("`{}` has no site{} `{name}`: choose one of {}", path.display(), if *subnets { " or subnet" } else { "" }, known.join(", "))]
    Site {
        /// The file.
        path: PathBuf,
        /// The name as typed.
        name: String,
        /// Whether a subnet is accepted, too.
        subnets: bool,
        /// The sites in the file, and its subnets where one is accepted.
        known: Vec<String>,
    },
    /// The network file and `--cloud` name different clouds.
    #[error("`{}` belongs to the {network} cloud, but --cloud is {asked}: omit --cloud", path.display())]
    Cloud {
        /// The file.
        path: PathBuf,
        /// The cloud of the file.
        network: Cloud,
        /// The cloud of `--cloud`.
        asked: Cloud,
    },
    /// A target is neither an address nor a prefix.
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
    /// A filter names an unknown path.
    #[error("`{name}` is not a path: use one of {}", crate::engine::Disposition::ALL.map(crate::engine::Disposition::word).join(", "))]
    FilterPath {
        /// The text as typed.
        name: String,
    },
    /// A format is unknown, or cannot represent the report.
    #[error(transparent)]
    Format(#[from] FormatError),
    /// An `--out` is not `FORMAT=FILE`.
    #[error("`{text}` is not FORMAT=FILE, such as `json=report.json`")]
    OutFile {
        /// The text as typed.
        text: String,
    },
    /// A report has no view of this name.
    #[error("this report has no view `{name}`: choose one of {}", known.join(", "))]
    NoSuchView {
        /// The text as typed.
        name: String,
        /// The views of the report.
        known: Vec<String>,
    },
    /// A binary format would be written to a terminal.
    #[error("{format} is not text: write it to a file with `--out {format}=FILE`")]
    BinaryToTerminal {
        /// The format.
        format: crate::report::Format,
    },
    /// The catalog has no record of this name.
    #[error("the {cloud} catalog has no tag, endpoint set or community `{name}`{}", hint(near))]
    NoSuchRecord {
        /// The name as typed.
        name: String,
        /// The cloud.
        cloud: Cloud,
        /// Similar names.
        near: Vec<String>,
    },
    /// A product, a region, a failure or the addresses of a name are not usable.
    #[error(transparent)]
    Named(#[from] NamedError),
    /// There is no diagnostic code of this name.
    #[error("there is no diagnostic code `{name}`{}", hint(near))]
    NoSuchCode {
        /// The name as typed.
        name: String,
        /// Similar codes.
        near: Vec<String>,
    },
    /// The shipped tables are damaged.
    #[error(transparent)]
    Snapshot(#[from] crate::catalog::snapshot::SnapshotError),
    /// A `--site` is not `NAME=PREFIX,…`.
    #[error("`{text}` is not NAME=PREFIX,…, such as `head-office=10.10.0.0/16,fd10::/48`")]
    ImportSite {
        /// The text as typed.
        text: String,
    },
    /// A `--table` is not `CIRCUIT/PEERING/CONNECTION=FILE`.
    #[error("`{text}` is not CIRCUIT/PEERING/CONNECTION=FILE, such as `er-ams/private/primary=table.json`")]
    ImportTable {
        /// The text as typed.
        text: String,
    },
    /// A `--circuit` is not `NAME=LOCATION,SKU,BANDWIDTH`.
    #[error("`{text}` is not NAME=LOCATION,SKU,BANDWIDTH, such as `er-ams=Amsterdam,standard,1 Gbps`")]
    ImportCircuit {
        /// The text as typed.
        text: String,
    },
    /// No export could be used.
    #[error("no export could be used: {files} refused for the reasons above", files = count(*files, "file"))]
    NoExport {
        /// The number of files that were read.
        files: usize,
    },
    /// Neither an export nor `--site` gives client prefixes.
    #[error(
        "a network file needs a site, and exports do not contain client prefixes: add `--site NAME=PREFIX,…`"
    )]
    ImportWithoutSite,
    /// A plan cannot be used.
    #[error("cannot use `{}`", path.display())]
    Plan {
        /// The plan.
        path: PathBuf,
        /// The cause.
        source: crate::import::terraform::PlanError,
    },
    /// A template cannot be used.
    #[error("cannot use `{}`", path.display())]
    Template {
        /// The template.
        path: PathBuf,
        /// The cause.
        source: crate::import::arm::TemplateError,
    },
    /// The network file of `--onto` is valid, but cannot be rewritten.
    #[error("cannot merge into `{}`: {why}", path.display())]
    Onto {
        /// The file.
        path: PathBuf,
        /// The cause.
        why: String,
    },
    /// An `--assume` is not `PLACE=VALUE`.
    #[error("`{text}` is not PLACE=VALUE, such as `azurerm_route.out.next_hop_in_ip_address=10.20.0.4`")]
    Assumption {
        /// The text as typed.
        text: String,
    },
    /// An assumption about a resource without unknown values.
    #[error("`--assume` names `{place}`, which has no unknown or omitted value; {}: remove the assumption", near(.nearest))]
    IdleAssumption {
        /// The place that the assumption names.
        place: String,
        /// Up to three names of unknown values, the nearest first.
        nearest: Vec<String>,
    },
    /// A value that affects paths is unknown.
    #[error("{what} that affect{s} routing {verb} unknown (listed above): set each with `--assume PLACE=VALUE`", what = count(*unknown, "value"), s = if *unknown == 1 { "s" } else { "" }, verb = if *unknown == 1 { "is" } else { "are" })]
    Unknown {
        /// The number of unknown values.
        unknown: usize,
    },
    /// The imported network is not valid.
    #[error("the imported network has {errors}; correct the exports or `--site`", errors = count(*errors, "error"))]
    Imported {
        /// The number of errors.
        errors: usize,
    },
    /// This build lacks a feature.
    #[error("this build of peerpath lacks the feature `{feature}`: build it with `--features {feature}`")]
    Feature {
        /// The feature.
        feature: &'static str,
    },
    /// The network file lacks values that FRR needs, or has values that FRR cannot express.
    #[error("the edge router cannot be exported to FRR")]
    Frr {
        /// Everything that prevents the export.
        errors: Vec<crate::export::frr::FrrError>,
    },
    /// A file of addresses contains none.
    #[error("`{}` contains no address: write one IPv4 or IPv6 address per line", path.display())]
    NoAddress {
        /// The file.
        path: PathBuf,
    },
    /// No packet of the captures could be decoded, so nothing can be reported about their traffic.
    #[error("cannot evaluate the captured traffic: {what}")]
    NothingDecoded {
        /// How many packets were skipped, and why.
        what: String,
    },
    /// Part of the input could not be read, and `--strict` was given.
    #[error("--strict: {what}")]
    Strict {
        /// What could not be read.
        what: String,
    },
    /// A file of a git revision cannot be read.
    #[error(transparent)]
    Revision(#[from] RevisionError),
    /// Both sides of a comparison are the same file with the same lists.
    #[error("nothing to compare `{}` with: name a second network file, or other lists with --head-catalog", path.display())]
    DiffAlone {
        /// The file.
        path: PathBuf,
    },
    /// The sides of a comparison belong to different clouds.
    #[error(
        "the base belongs to the {base} cloud and the head to the {head} cloud, which share no addresses"
    )]
    DiffClouds {
        /// The cloud of the base.
        base: Cloud,
        /// The cloud of the head.
        head: Cloud,
    },
    /// Neither side of a comparison has this vantage point.
    #[error("neither side has a site or subnet `{name}`: choose one of {}", known.join(", "))]
    DiffVantage {
        /// The name as typed.
        name: String,
        /// The sites and subnets of both sides.
        known: Vec<String>,
    },
    /// A lock file cannot be used, or the lists differ from the locked ones.
    #[error(transparent)]
    Lock(#[from] crate::catalog::LockError),
    /// A new edition and the lock file belong to different clouds.
    #[error("`{}` belongs to the {found} cloud, but the lock file belongs to the {locked} cloud", path.display())]
    NewCloud {
        /// The file.
        path: PathBuf,
        /// The cloud of the lock file.
        locked: Cloud,
        /// The cloud of the new edition.
        found: Cloud,
    },
    /// Two new editions belong to the same list.
    #[error("`{}` and `{}` are both {kind}: name one new edition of each list", first.display(), second.display())]
    NewTwice {
        /// One file.
        first: PathBuf,
        /// The other.
        second: PathBuf,
        /// The kind of both.
        kind: crate::catalog::FeedKind,
    },
    /// The editions belong to several lists.
    #[error("the editions belong to {first} and {second}: name editions of one list")]
    EditionsOfSeveral {
        /// One list.
        first: crate::catalog::FeedKind,
        /// Another.
        second: crate::catalog::FeedKind,
    },
    /// Fewer than two editions were found.
    #[error("found {} for the network's cloud: name at least two", count(*found, "edition"))]
    TooFewEditions {
        /// The number of editions.
        found: usize,
    },
    /// The totals of a comparison are inconsistent.
    #[error("internal error, please report it: {0}")]
    Sum(#[from] crate::check::diff::SumError),
    /// A failure could not be evaluated.
    #[error(transparent)]
    WhatIf(#[from] crate::check::diff::WhatIfError),
    /// Fetching could not start.
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
    /// Wraps an error from writing to standard output.
    pub(super) fn stdout(source: io::Error) -> Self {
        Self::Stdout { source }
    }

    /// Wraps an error from reading a file.
    pub(super) fn read(path: &Path) -> impl Fn(io::Error) -> Self + '_ {
        |source| Self::Read { path: path.to_owned(), source }
    }

    /// Returns the lines to print below the error.
    pub(super) fn details(&self) -> Vec<String> {
        match self {
            Self::Frr { errors } => errors.iter().map(ToString::to_string).collect(),
            _ => Vec::new(),
        }
    }

    /// Returns whether the error is a fault of peerpath itself.
    pub(super) fn is_internal(&self) -> bool {
        matches!(self, Self::Sum(_) | Self::WhatIf(crate::check::diff::WhatIfError::Sum(_)))
    }

    /// Returns whether the reader of standard output has closed it. This is not a failure.
    pub fn is_broken_pipe(&self) -> bool {
        matches!(self, Self::Stdout { source } if source.kind() == io::ErrorKind::BrokenPipe)
    }
}

/// Returns how an output is the same file as an input if their names differ.
fn same_file(output: &Path, input: &Path) -> String {
    if input.as_os_str() == "-" {
        return "is standard input, which ".to_owned();
    }
    if output == input { String::new() } else { format!("is the same file as `{}`, which ", input.display()) }
}

/// Formats a count, such as `1 file` or `2 files`.
fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

pub(super) fn hint(near: &[String]) -> String {
    if near.is_empty() { String::new() } else { format!(": did you mean {}?", near.join(", ")) }
}
