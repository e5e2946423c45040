//! Reads a network file, with the findings about its lines.

use std::path::Path;

use crate::catalog::{Catalog, Cloud};
use crate::cli::args::Global;
use crate::cli::error::CliError;
use crate::cli::inputs::opened;
use crate::cli::render::show;
use crate::diag::{Diagnostic, Diagnostics, Severity, Source};
use crate::network::{self, Network};

/// A network, and the findings about its file and its checks.
#[derive(Debug)]
pub(in crate::cli) struct Parsed {
    /// `None` if the file or its checks have errors.
    pub(in crate::cli) network: Option<Network>,
    /// In the order of the lines.
    pub(in crate::cli) findings: Diagnostics,
}

impl Parsed {
    /// Parses a network file with its checks; prints nothing.
    ///
    /// # Errors
    ///
    /// [`CliError::Cloud`] if `--cloud` differs from the cloud of the file.
    pub(in crate::cli) fn read(
        global: &Global,
        path: &Path,
        source: &Source,
        catalog: &Catalog,
    ) -> Result<Self, CliError> {
        if path.as_os_str() == "-" {
            opened::declare_tables(path, source.text());
        }
        let (network, mut findings) = network::read(source, catalog);
        findings.extend(crate::check::read_checks(source, network.as_ref(), catalog).1);
        let findings = findings.sorted();
        match (network.filter(|_| !findings.has_errors()), global.cloud.map(Cloud::from)) {
            (Some(network), Some(asked)) if asked != network.cloud => {
                Err(CliError::Cloud { path: path.to_owned(), network: network.cloud, asked })
            }
            (network, _) => Ok(Self { network, findings }),
        }
    }

    /// Shows the findings on standard error and returns the network. `quoted`: whether messages may quote the file.
    ///
    /// # Errors
    ///
    /// [`CliError::Network`] with the number of errors, or [`CliError::Elsewhere`] if the file may not be quoted.
    pub(in crate::cli) fn usable(
        self,
        global: &Global,
        path: &Path,
        quoted: bool,
    ) -> Result<Network, CliError> {
        if quoted {
            show(&self.findings, global)?;
        }
        let errors = self.findings.count(Severity::Error);
        match self.network {
            Some(network) => Ok(network),
            None if quoted => Err(CliError::Network { path: path.to_owned(), errors }),
            None => {
                let line = self.findings.iter().find_map(Diagnostic::position).map_or(1, |(line, _)| line);
                let what =
                    format!("it is not a valid network file (errors: {errors}, the first in line {line})");
                Err(CliError::Elsewhere { path: path.to_owned(), what, command: "peerpath check" })
            }
        }
    }
}
