//! Arguments of the `catalog` commands.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

const CATALOG_EXAMPLES: &str = "\
Examples:
  peerpath catalog list
  peerpath catalog list products
  peerpath catalog search \"power platform\"
  peerpath catalog show Storage.WestEurope
  peerpath catalog show 12076:51002
  peerpath catalog import ServiceTags_Public.json worldwide.json --output my-prefixes
  peerpath catalog diff old-prefixes my-prefixes
  peerpath catalog verify my-prefixes
  peerpath catalog fetch --output my-feeds";

/// The `catalog` commands.
#[derive(Debug, Subcommand)]
#[command(after_help = CATALOG_EXAMPLES)]
pub enum CatalogCommand {
    /// List the feeds in use with their editions, or all tags, endpoint sets, communities, products or rules
    List(CatalogListArgs),
    /// Search products, tags, endpoint sets, communities, regions and host names for a word
    Search(CatalogSearchArgs),
    /// Show a service tag, a Microsoft 365 endpoint set or a community, with its prefixes
    Show(CatalogShowArgs),
    /// Convert feed files to the format of `prefixes/`
    Import(CatalogImportArgs),
    /// Compare two editions and list the addresses that were added or removed
    Diff(CatalogDiffArgs),
    /// Verify the shipped snapshot, or a directory written by `catalog import`
    Verify(CatalogVerifyArgs),
    /// Fetch the newest feeds; the only command that opens a network connection
    #[cfg(feature = "fetch")]
    Fetch(CatalogFetchArgs),
}

/// Arguments of `catalog list`.
#[derive(Args, Debug)]
pub struct CatalogListArgs {
    /// What to list
    #[arg(value_enum, default_value_t = CatalogList::Feeds)]
    pub list: CatalogList,
    /// The output format: table, json, ndjson, csv, markdown, html, parquet
    #[arg(long, default_value = "table", value_name = "FORMAT")]
    pub format: String,
}

/// What `catalog list` lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CatalogList {
    /// The feeds in use, with their editions
    Feeds,
    /// Service tags
    Tags,
    /// Microsoft 365 endpoint sets
    Sets,
    /// BGP communities
    Communities,
    /// Products, with their lists and documented support
    Products,
    /// The rules of `check`
    Rules,
}

/// Arguments of `catalog search`.
#[derive(Args, Debug)]
pub struct CatalogSearchArgs {
    /// A part of a name; case, spaces and hyphens are ignored
    #[arg(value_name = "WORD")]
    pub word: String,
    /// The output format: table, json, ndjson, csv, markdown, html, parquet
    #[arg(long, default_value = "table", value_name = "FORMAT")]
    pub format: String,
}

/// Arguments of `catalog show`.
#[derive(Args, Debug)]
pub struct CatalogShowArgs {
    /// A tag (`Storage.WestEurope`), an endpoint set (`m365:11`) or a community (`12076:5030` or its name)
    #[arg(value_name = "NAME")]
    pub name: String,
    /// The output format: table, json, ndjson, csv, markdown, html, parquet
    #[arg(long, default_value = "table", value_name = "FORMAT")]
    pub format: String,
}

/// Arguments of `catalog import`.
#[derive(Args, Debug)]
pub struct CatalogImportArgs {
    /// Feed files: service tags, Microsoft 365 endpoints, bgpServiceCommunities
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// The directory to write to
    #[arg(short, long, value_name = "DIRECTORY")]
    pub output: PathBuf,
}

/// Arguments of `catalog diff`.
#[derive(Args, Debug)]
pub struct CatalogDiffArgs {
    /// The older edition: a feed file, a directory, or `shipped`
    #[arg(value_name = "OLD")]
    pub old: PathBuf,
    /// The newer edition: a feed file, a directory, or `shipped`
    #[arg(value_name = "NEW")]
    pub new: PathBuf,
    /// The output format: table, json, ndjson, csv, markdown, html, parquet
    #[arg(long, default_value = "table", value_name = "FORMAT")]
    pub format: String,
    /// Maximum rows per view; 0 for all
    #[arg(long, default_value_t = 20, value_name = "N")]
    pub top: usize,
}

/// Arguments of `catalog verify`.
#[derive(Args, Debug)]
pub struct CatalogVerifyArgs {
    /// A directory in the format of `prefixes/` [default: the shipped snapshot]
    #[arg(value_name = "DIRECTORY")]
    pub directory: Option<PathBuf>,
}

/// Arguments of `catalog fetch`.
#[cfg(feature = "fetch")]
#[derive(Args, Debug)]
pub struct CatalogFetchArgs {
    /// The directory for the feeds
    #[arg(short, long, value_name = "DIRECTORY")]
    pub output: PathBuf,
    /// A service tag file to download, such as the weekly one; may be repeated
    #[arg(long, value_name = "URL")]
    pub service_tags: Vec<String>,
    /// The Microsoft 365 endpoint web service
    #[arg(long, default_value = "https://endpoints.office.com", value_name = "URL")]
    pub endpoints: String,
    /// Skip the Microsoft 365 endpoint web service
    #[arg(long)]
    pub no_endpoints: bool,
    /// Timeout of a transfer, in seconds
    #[arg(long, default_value_t = 60, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    pub timeout: u64,
}
