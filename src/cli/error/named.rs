//! Errors about names on the command line: products, regions, failures, and the addresses of host names.

use std::io;
use std::path::PathBuf;

use crate::catalog::{Cloud, RegionError};
use crate::cli::error::hint;

/// A name that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NamedError {
    /// There is no product of this name.
    #[error(
        "`{name}` is neither an address, a prefix nor a host name, and the {cloud} cloud has no product of this name{}; {remedy}",
        hint(near)
    )]
    NoSuchProduct {
        /// The name as typed.
        name: String,
        /// The cloud.
        cloud: Cloud,
        /// Similar products.
        near: Vec<String>,
        /// What to write instead.
        remedy: &'static str,
    },
    /// The network has no such failure.
    #[error("the network has no failure `{name}`: choose one of {}", known.join(", "))]
    NoSuchFailure {
        /// The name as typed.
        name: String,
        /// The single failures of the network.
        known: Vec<String>,
    },
    /// There is no such guide.
    #[error("there is no guide `{name}`: choose one of {}", known.join(", "))]
    NoSuchGuide {
        /// The name as typed.
        name: String,
        /// The guides.
        known: Vec<String>,
    },
    /// A region does not exist.
    #[error(transparent)]
    Region(#[from] RegionError),
    /// A file with the addresses of names contains none.
    #[error(
        "`{}` contains no address of a name: give a hosts file, the output of `dig` or `host`, or a capture with DNS \
         answers that are not encrypted",
        path.display()
    )]
    NoNames {
        /// The file.
        path: PathBuf,
    },
    /// The resolver of this machine failed.
    #[error("cannot resolve `{name}` on this machine: give its addresses with `--resolve FILE`")]
    Resolver {
        /// The name.
        name: String,
        /// The cause.
        source: io::Error,
    },
}
