//! Arguments as meant: files read, names resolved, everything checked before work begins.

use std::fmt::Display;
use std::mem::ManuallyDrop;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use super::args::{Global, VantageArgs};
use super::error::CliError;
use super::render::show;
use super::tables::{is_beside, route_tables};
use super::{output, reads};
use crate::addr::{EmbeddedV4, IpPrefix, PrefixError};
use crate::catalog::files::FileError;
use crate::catalog::{Catalog, Cloud};
use crate::diag::{self, Diagnostic, Diagnostics, InputError, Severity, Source};
use crate::engine::{self, RouteTables, Vantage};
use crate::network::{self, Network, SiteId, SubnetId, VirtualNetworkId};
use crate::report::{Input, Note};

/// The catalog, and the network with its vantage point if one was named.
#[derive(Debug)]
pub(super) struct Inputs {
    /// Never taken apart: a command needs it to its end, and the process's end frees it faster.
    pub(super) catalog: ManuallyDrop<Catalog>,
    pub(super) network: Option<Loaded>,
}

/// A network file that was read and is valid.
#[derive(Debug)]
pub(super) struct Loaded {
    pub(super) network: Network,
    pub(super) path: PathBuf,
    pub(super) bytes: Vec<u8>,
    pub(super) tables: RouteTables,
    /// What reports say of the tables: rows that were left out.
    pub(super) notes: Vec<Note>,
}

impl Loaded {
    /// A network file, with the lists of its cloud.
    pub(super) fn open(global: &Global, path: &Path) -> Result<(Catalog, Self), CliError> {
        let TextFile { source, bytes } = read_text(path)?;
        Self::with_source(global, path, &source, bytes)
    }

    fn with_source(
        global: &Global,
        path: &Path,
        source: &Source,
        bytes: Vec<u8>,
    ) -> Result<(Catalog, Self), CliError> {
        let (catalog, network, warnings) = read_network(global, path, source)?;
        show(&warnings, global)?;
        let (tables, notes) = route_tables(&network)?.settled(global)?;
        Ok((catalog, Self { network, path: path.to_owned(), bytes, tables, notes }))
    }

    /// A network file with a catalog at hand, as events of a scenario swap it in; `quoted`: whether messages may show
    /// its text.
    pub(super) fn beside(
        global: &Global,
        path: &Path,
        catalog: &Catalog,
        quoted: bool,
    ) -> Result<Self, CliError> {
        let TextFile { source, bytes } = read_text(path)?;
        let (network, diagnostics) = network::read(&source, catalog);
        let network = usable(global, path, network, &diagnostics, quoted)?;
        if quoted {
            show(&diagnostics, global)?;
        }
        let (tables, notes) = route_tables(&network)?.settled(global)?;
        Ok(Self { network, path: path.to_owned(), bytes, tables, notes })
    }

    /// The file as an input of a report, with its hash where it is asked for.
    pub(super) fn input(&self, hash: bool) -> Input {
        Input {
            kind: "network".to_owned(),
            name: self.path.display().to_string(),
            bytes: Some(self.bytes.len() as u64),
            sha256: hash.then(|| crate::catalog::sha256_hex(&self.bytes)),
        }
    }
}

impl Inputs {
    /// Loads the lists and the network file. The cloud is the network file's, `--cloud`'s, or public.
    pub(super) fn load(global: &Global, network: Option<&Path>) -> Result<Self, CliError> {
        let asked = global.cloud.map(Cloud::from);
        let Some(path) = network else {
            let catalog = ManuallyDrop::new(catalog(global, asked.unwrap_or_default())?);
            return Ok(Self { catalog, network: None });
        };
        let (catalog, loaded) = Loaded::open(global, path)?;
        Ok(Self { catalog: ManuallyDrop::new(catalog), network: Some(loaded) })
    }

    /// As [`Self::load`], with the network file's text at hand.
    pub(super) fn with_source(
        global: &Global,
        path: &Path,
        source: Source,
        bytes: Vec<u8>,
    ) -> Result<Self, CliError> {
        let (catalog, loaded) = Loaded::with_source(global, path, &source, bytes)?;
        Ok(Self { catalog: ManuallyDrop::new(catalog), network: Some(loaded) })
    }

    /// What engines are compiled from, where there is a network file.
    pub(super) fn engine_inputs(&self) -> Option<engine::Inputs<'_>> {
        let loaded = self.network.as_ref()?;
        Some(engine::Inputs::new(&loaded.network, &self.catalog).tables(&loaded.tables))
    }

    /// The network file as an input of a report, with its hash where it is asked for.
    pub(super) fn network_input(&self, hash: bool) -> Option<Input> {
        self.network.as_ref().map(|loaded| loaded.input(hash))
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

    /// The network and the site that a packet starts at: the one named, or the first. `subnets`: whether a subnet might
    /// have been named as well.
    pub(super) fn vantage(
        &self,
        args: &VantageArgs,
        subnets: bool,
    ) -> Result<Option<(&Network, SiteId)>, CliError> {
        let Some(loaded) = &self.network else { return Ok(None) };
        let network = &loaded.network;
        let Some(name) = &args.from else { return Ok(Some((network, SiteId(0)))) };
        match network.site_named(name) {
            Some((id, _)) => Ok(Some((network, id))),
            None => Err(CliError::Site {
                path: loaded.path.clone(),
                name: name.clone(),
                subnets,
                known: Vantage::all(network)
                    .filter(|vantage| subnets || matches!(vantage, Vantage::Site(_)))
                    .map(|vantage| format!("`{}`", vantage.name(network)))
                    .collect(),
            }),
        }
    }
}

/// The most bytes that are read of a text: a network file, checks, an intent, a scenario, a lock, a plan or a template.
pub(super) const MAX_TEXT_BYTES: u64 = 64 << 20;

/// A text with the bytes that it was read from.
#[derive(Debug)]
pub(super) struct TextFile {
    pub(super) source: Source,
    /// The file as it is, with a byte order mark if it has one.
    pub(super) bytes: Vec<u8>,
}

/// Reads a file of text whole. Every command reads network files, checks, intents, scenarios, locks, plans and
/// templates by this function: devices, named pipes, files of more than [`MAX_TEXT_BYTES`] and text that is not UTF-8
/// are errors.
pub(super) fn read_text(path: &Path) -> Result<TextFile, CliError> {
    text_of(path, reads::bytes(path, MAX_TEXT_BYTES)?)
}

/// As [`read_text`], of standard input for `-`.
pub(super) fn read_text_or_stdin(path: &Path) -> Result<TextFile, CliError> {
    if path.as_os_str() != "-" {
        return read_text(path);
    }
    let bytes = diag::read_all(reads::stdin().lock(), MAX_TEXT_BYTES).map_err(CliError::read(path))?;
    text_of(path, bytes)
}

/// The text of a file that was read.
pub(super) fn text_of(path: &Path, bytes: Vec<u8>) -> Result<TextFile, CliError> {
    let text =
        diag::decode(&bytes).map_err(|error| CliError::read(path)(InputError::NotUtf8(error).into()))?;
    Ok(TextFile { source: Source::new(path.display().to_string(), text), bytes })
}

/// A network file with the lists of its cloud, and what is to be said about it. Errors are shown, and
/// there is no network then.
pub(super) fn read_network(
    global: &Global,
    path: &Path,
    source: &Source,
) -> Result<(Catalog, Network, Diagnostics), CliError> {
    let (catalog, network, diagnostics) = judge_network(global, path, source)?;
    Ok((catalog, usable(global, path, network, &diagnostics, true)?, diagnostics))
}

/// A network file on lists at hand. What is to be said about it is shown where its text may be `quoted`; with errors
/// there is no network.
pub(super) fn network_on(
    global: &Global,
    path: &Path,
    source: &Source,
    catalog: &Catalog,
    quoted: bool,
) -> Result<Network, CliError> {
    let (network, diagnostics) = judged(global, path, source, catalog)?;
    let network = usable(global, path, network, &diagnostics, quoted)?;
    if quoted {
        show(&diagnostics, global)?;
    }
    Ok(network)
}

/// The lists of a network file's cloud, and what is to be said about the file and its checks; without a network
/// where either has errors.
pub(super) fn judge_network(
    global: &Global,
    path: &Path,
    source: &Source,
) -> Result<(Catalog, Option<Network>, Diagnostics), CliError> {
    let asked = global.cloud.map(Cloud::from);
    let named = network::declared_cloud(source).or(asked).unwrap_or_default();
    let catalog = catalog(global, named)?;
    let (network, diagnostics) = judged(global, path, source, &catalog)?;
    Ok((catalog, network, diagnostics))
}

fn judged(
    global: &Global,
    path: &Path,
    source: &Source,
    catalog: &Catalog,
) -> Result<(Option<Network>, Diagnostics), CliError> {
    if path.as_os_str() == "-" {
        reads::declare_tables(path, source.text());
    }
    let (network, mut diagnostics) = network::read(source, catalog);
    diagnostics.extend(crate::check::read_checks(source, network.as_ref(), catalog).1);
    let diagnostics = diagnostics.sorted();
    match (network.filter(|_| !diagnostics.has_errors()), global.cloud.map(Cloud::from)) {
        (Some(network), Some(asked)) if asked != network.cloud => {
            Err(CliError::Cloud { path: path.to_owned(), network: network.cloud, asked })
        }
        (network, _) => Ok((network, diagnostics)),
    }
}

/// The network, or its errors, which are shown.
fn usable(
    global: &Global,
    path: &Path,
    network: Option<Network>,
    diagnostics: &Diagnostics,
    quoted: bool,
) -> Result<Network, CliError> {
    let Some(network) = network else {
        if !quoted {
            let line = diagnostics.iter().find_map(Diagnostic::position).map_or(1, |(line, _)| line);
            let errors = diagnostics.count(Severity::Error);
            let what = format!("it has {errors} errors as a network file, see line {line}");
            return Err(CliError::Elsewhere { path: path.to_owned(), what, command: "peerpath check" });
        }
        show(diagnostics, global)?;
        return Err(CliError::Network { path: path.to_owned(), errors: diagnostics.count(Severity::Error) });
    };
    Ok(network)
}

/// The lists of a cloud: the shipped ones, with the user's in place of those of the same kind.
pub(super) fn catalog(global: &Global, cloud: Cloud) -> Result<Catalog, CliError> {
    catalog_of(&global.catalog, cloud)
}

/// As [`catalog`], with the user's lists in these files.
pub(super) fn catalog_of(paths: &[PathBuf], cloud: Cloud) -> Result<Catalog, CliError> {
    if paths.is_empty() {
        return Ok(Catalog::shipped(cloud)?);
    }
    let mut builder = Catalog::builder(cloud);
    let mut tolerated = 0;
    for path in paths {
        for (feed, notes) in reads::feeds(path, cloud)? {
            tolerated += notes.total();
            builder = builder.add(feed);
        }
    }
    if tolerated > 0 {
        tracing::info!(tolerated, "irregularities in feeds were tolerated; `catalog import` lists them");
    }
    Ok(builder.build()?)
}

/// Whether messages may show text of a file that one of these names: it lies in the folder of one of them or of the
/// program, or below. Others may have been chosen by whoever wrote the naming file, to have them shown.
pub(super) fn may_quote(named_by: &[&Path], file: &Path) -> bool {
    named_by.iter().any(|naming| is_beside(naming, file)) || is_beside(Path::new("-"), file)
}

/// A feed's error without any text of the feed.
pub(super) fn without_text(error: CliError, path: &Path) -> CliError {
    match error {
        CliError::Feed(FileError::Import(_)) => CliError::Elsewhere {
            path: path.to_owned(),
            what: "it is no feed".to_owned(),
            command: "peerpath catalog import",
        },
        other => other,
    }
}

/// What `explain` is asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// One address.
    Address(IpAddr),
    /// A prefix.
    Prefix(IpPrefix),
    /// The name of a host.
    Host(String),
}

impl Target {
    /// As [`Self::parse`], of an argument; what is IPv4-mapped is read as IPv4, with a note that says so.
    pub(super) fn of(text: &str, global: &Global) -> Result<Self, CliError> {
        Ok(match Self::parse(text)? {
            Self::Address(address) => Self::Address(read_as_v4(address, global)),
            Self::Prefix(prefix) => Self::Prefix(read_as_v4(prefix, global)),
            Self::Host(host) => Self::Host(host),
        })
    }

    /// An address, a prefix in strict form, or what can only be a name: labels with dots between them and perhaps one
    /// behind them, the last label not of digits alone.
    pub(super) fn parse(text: &str) -> Result<Self, CliError> {
        if let Ok(address) = text.parse() {
            return Ok(Self::Address(address));
        }
        let host = text.strip_suffix('.').unwrap_or(text);
        if is_host(host) {
            return Ok(Self::Host(host.to_ascii_lowercase()));
        }
        match text.parse() {
            Ok(prefix) => Ok(Self::Prefix(prefix)),
            Err(PrefixError::Address { .. }) => {
                Err(CliError::Asked { text: text.to_owned(), remedy: meant(text) })
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// What was typed; where that is IPv4-mapped the IPv4 that it embeds, with a note on standard error.
pub(super) fn read_as_v4<T: EmbeddedV4 + Copy + Display>(typed: T, global: &Global) -> T {
    let (value, was_mapped) = typed.read_as_v4();
    if was_mapped && !global.quiet {
        output::note(&format!("note: `{typed}` is IPv4-mapped and read as `{value}`"));
    }
    value
}

/// What somebody who wrote this probably meant.
fn meant(text: &str) -> String {
    let authority = text.split_once("://").map_or(text, |(_, rest)| rest);
    let authority = authority.split(['/', '?', '#']).next().unwrap_or_default();
    // An IPv6 address with a port stands in brackets.
    let (name, port) = match authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((name, port)) => (name, port.strip_prefix(':').unwrap_or(port)),
        None => authority.split_once(':').unwrap_or((authority, "")),
    };
    let stands_for_one = is_host(name) || name.parse::<IpAddr>().is_ok();
    if let Some(name) = text.strip_prefix("*.").filter(|name| is_host(name)) {
        format!("a pattern stands for many names: ask for one of them, such as `www.{name}`")
    } else if stands_for_one && port.parse::<u16>().is_ok() {
        format!("write `{name} --port {port}`")
    } else if stands_for_one && name != text {
        format!("write `{name}`")
    } else {
        "write it as 52.112.0.1, 2603:1061::/48 or teams.microsoft.com".to_owned()
    }
}

fn is_host(text: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let label = |label: &str| !label.is_empty() && label.bytes().all(letter);
    let last = text.rsplit_once('.').map(|(_, last)| last);
    text.split('.').all(label) && last.is_some_and(|last| last.bytes().any(|byte| byte.is_ascii_alphabetic()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_about_is_told_apart() {
        for (text, target) in [
            ("52.112.0.1", Target::Address("52.112.0.1".parse().unwrap())),
            ("2603:1061::/48", Target::Prefix("2603:1061::/48".parse().unwrap())),
            ("Outlook.Office.com", Target::Host("outlook.office.com".to_owned())),
            // With the root's dot it is the same name.
            ("outlook.office.com.", Target::Host("outlook.office.com".to_owned())),
        ] {
            assert_eq!(Target::parse(text).unwrap(), target, "{text}");
        }
        for (text, remedy) in [
            ("52.112.0.1:443", "write `52.112.0.1 --port 443`"),
            ("[2603:1061::1]:443", "write `2603:1061::1 --port 443`"),
            ("teams.microsoft.com/l/meetup", "write `teams.microsoft.com`"),
            ("*.sharepoint.com", "such as `www.sharepoint.com`"),
            ("fd00:::1", "write it as"),
            ("..", "write it as"),
            ("", "write it as"),
        ] {
            let told = Target::parse(text).unwrap_err().to_string();
            assert!(told.contains(remedy), "{text}: {told}");
        }
    }
}
