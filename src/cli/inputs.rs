//! Arguments as meant: files read, names resolved, everything checked before work begins.

use std::fs;
use std::io;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use super::args::{Global, VantageArgs};
use super::render;
use crate::addr::IpPrefix;
use crate::catalog::{Catalog, CatalogError, Cloud};
use crate::diag::{Diagnostics, Severity, Source};
use crate::engine::{self, CompileError, RouteTables};
use crate::flow::{CaptureError, FilterError};
use crate::network::{self, Network, SiteId, SubnetId, VirtualNetworkId};
use crate::report::{FormatError, Input};
use crate::rib::import::ImportError;

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
    /// An `--out` would overwrite what is read.
    #[error("`{}` is read by this command and would be overwritten: choose another name for --out", path.display())]
    OutIsInput {
        /// The file.
        path: PathBuf,
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
    /// A table of routes that the network file names cannot be used.
    #[error(transparent)]
    Table(#[from] ImportError),
    /// The network cannot be compiled.
    #[error(transparent)]
    Compile(#[from] CompileError),
    /// A prefix was asked about from a subnet.
    #[error("`{prefix}` cannot be explained from a subnet; name single addresses of it")]
    PrefixFromSubnet {
        /// The prefix.
        prefix: IpPrefix,
    },
    /// The network file has no such site.
    #[error("`{}` has no site `{name}`: it has {}", path.display(), known.join(", "))]
    Site {
        /// The file.
        path: PathBuf,
        /// What was asked for.
        name: String,
        /// The sites it has.
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
    #[error("the edge cannot be written for FRR:{}", lines(errors))]
    Frr {
        /// All that is missing.
        errors: Vec<crate::report::frr::FrrError>,
    },
    /// `--strict`, and not everything could be read.
    #[error("--strict: {what}")]
    Strict {
        /// What could not be read.
        what: String,
    },
    /// Fetching could not begin.
    #[cfg(feature = "fetch")]
    #[error(transparent)]
    Fetch(#[from] crate::catalog::fetch::SetupError),
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

    /// Whether the reader of our output has gone, which is no error of ours.
    pub fn is_broken_pipe(&self) -> bool {
        matches!(self, Self::Stdout { source } if source.kind() == io::ErrorKind::BrokenPipe)
    }
}

/// `1 file`, `2 files`.
fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

/// Each error on an indented line of its own.
fn lines(errors: &[crate::report::frr::FrrError]) -> String {
    errors.iter().fold(String::new(), |text, error| text + "\n  " + &error.to_string())
}

fn hint(near: &[String]) -> String {
    if near.is_empty() { String::new() } else { format!(": did you mean {}?", near.join(", ")) }
}

/// The catalog, and the network with its vantage point if one was named.
#[derive(Debug)]
pub(super) struct Inputs {
    pub(super) catalog: Catalog,
    pub(super) network: Option<Loaded>,
}

/// A network file that was read and is valid.
#[derive(Debug)]
pub(super) struct Loaded {
    pub(super) network: Network,
    pub(super) path: PathBuf,
    pub(super) bytes: Vec<u8>,
    pub(super) tables: RouteTables,
}

impl Inputs {
    /// Loads the lists and the network file. The cloud is the network file's, `--cloud`'s, or public.
    pub(super) fn load(global: &Global, network: Option<&Path>) -> Result<Self, CliError> {
        let asked = global.cloud.map(Cloud::from);
        let Some(path) = network else {
            return Ok(Self { catalog: catalog(global, asked.unwrap_or_default())?, network: None });
        };
        let bytes = fs::read(path).map_err(CliError::read(path))?;
        let source = Source::new(path.display().to_string(), String::from_utf8_lossy(&bytes).into_owned());
        Self::with_source(global, path, source, bytes)
    }

    /// As [`Self::load`], with the network file's text at hand.
    pub(super) fn with_source(
        global: &Global,
        path: &Path,
        source: Source,
        bytes: Vec<u8>,
    ) -> Result<Self, CliError> {
        let (catalog, network, warnings) = read_network(global, path, &source)?;
        if !global.quiet {
            show(&warnings, global)?;
        }
        let mut tables = RouteTables::none();
        for written in RouteTables::wanted(&network) {
            let imported = crate::rib::import::open(&network.path_of(written))?;
            let left_out = imported.notes.left_out();
            tracing::info!(routes = imported.routes.len(), left_out, "read the table of routes `{written}`");
            tables.insert(written.to_owned(), imported.into());
        }
        Ok(Self { catalog, network: Some(Loaded { network, path: path.to_owned(), bytes, tables }) })
    }

    /// What engines are compiled from, where there is a network file.
    pub(super) fn engine_inputs(&self) -> Option<engine::Inputs<'_>> {
        let loaded = self.network.as_ref()?;
        Some(engine::Inputs::new(&loaded.network, &self.catalog).tables(&loaded.tables))
    }

    /// The network file as an input of a report, with its hash where it is asked for.
    pub(super) fn network_input(&self, hash: bool) -> Option<Input> {
        self.network.as_ref().map(|loaded| Input {
            kind: "network".to_owned(),
            name: loaded.path.display().to_string(),
            bytes: Some(loaded.bytes.len() as u64),
            sha256: hash.then(|| crate::catalog::sha256_hex(&loaded.bytes)),
        })
    }

    /// The subnet that a packet starts at, where `--from` names one.
    pub(super) fn subnet(&self, args: &VantageArgs) -> Option<(VirtualNetworkId, SubnetId)> {
        let network = &self.network.as_ref()?.network;
        let name = args.from.as_deref()?;
        // A site may have a slash in its name, and comes first.
        if network.site_named(name).is_some() {
            return None;
        }
        network.subnet_named(name).map(|(network, subnet, _)| (network, subnet))
    }

    /// The network and the site that a packet starts at: the one named, or the first.
    pub(super) fn vantage(&self, args: &VantageArgs) -> Result<Option<(&Network, SiteId)>, CliError> {
        let Some(loaded) = &self.network else { return Ok(None) };
        let network = &loaded.network;
        let Some(name) = &args.from else { return Ok(Some((network, SiteId(0)))) };
        match network.site_named(name) {
            Some((id, _)) => Ok(Some((network, id))),
            None => Err(CliError::Site {
                path: loaded.path.clone(),
                name: name.clone(),
                known: network.sites.iter().map(|site| format!("`{}`", site.name)).collect(),
            }),
        }
    }
}

/// A network file with the lists of its cloud, and what is to be said about it. Errors are shown, and
/// there is no network then.
pub(super) fn read_network(
    global: &Global,
    path: &Path,
    source: &Source,
) -> Result<(Catalog, Network, Diagnostics), CliError> {
    let asked = global.cloud.map(Cloud::from);
    let named = network::declared_cloud(source).or(asked).unwrap_or_default();
    let catalog = catalog(global, named)?;
    let (network, diagnostics) = network::read(source, &catalog);
    let Some(network) = network else {
        show(&diagnostics, global)?;
        return Err(CliError::Network { path: path.to_owned(), errors: diagnostics.count(Severity::Error) });
    };
    match asked {
        Some(asked) if asked != network.cloud => {
            Err(CliError::Cloud { path: path.to_owned(), network: network.cloud, asked })
        }
        _ => Ok((catalog, network, diagnostics)),
    }
}

fn show(diagnostics: &Diagnostics, global: &Global) -> Result<(), CliError> {
    render::diagnostics(diagnostics, global.color)
        .map_err(|source| CliError::Write { path: "standard error".into(), source })
}

/// The lists of a cloud: the shipped ones, with the user's in place of those of the same kind.
pub(super) fn catalog(global: &Global, cloud: Cloud) -> Result<Catalog, CliError> {
    if global.catalog.is_empty() {
        return Ok(Catalog::shipped(cloud)?);
    }
    let mut builder = Catalog::builder(cloud);
    let mut tolerated = 0;
    for path in &global.catalog {
        for (feed, notes) in crate::catalog::files::read_path(path, cloud)? {
            tolerated += notes.total();
            builder = builder.add(feed);
        }
    }
    if tolerated > 0 {
        tracing::info!(tolerated, "irregularities in feeds were tolerated; `catalog import` lists them");
    }
    Ok(builder.build()?)
}

/// What `explain` is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// One address.
    Address(IpAddr),
    /// A prefix.
    Prefix(IpPrefix),
}

impl Target {
    /// An address, or a prefix in strict form.
    pub(super) fn parse(text: &str) -> Result<Self, CliError> {
        match text.parse() {
            Ok(address) => Ok(Self::Address(address)),
            Err(_) => Ok(Self::Prefix(text.parse()?)),
        }
    }
}
