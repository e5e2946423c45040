//! Which path does a packet take to Microsoft, and why?
//!
//! A company reaches Azure, Microsoft 365, Dynamics 365 and Power Platform over the internet, over
//! ExpressRoute *Microsoft peering*, or over ExpressRoute *private peering*. peerpath answers exactly which one,
//! for every address, flow and capture, and why.
//!
//! ```text
//! prefixes/ ─▶ Catalog ─┐
//! network.yaml ─▶ Network ─┴─ compile ─▶ Engine ─┐
//! capture ─▶ frames ─▶ packets ─▶ flows ─────────┴─ decide ─▶ Report ─▶ text, JSON, CSV, …
//! ```
//!
//! # Example
//!
//! Microsoft's lists and a network file are compiled into an [`engine::Engine`], which decides the path of any address.
//! [`engine::explain`] is its slow counterpart and also returns every route that lost:
//!
//! ```
//! use peerpath::catalog::{Catalog, Cloud};
//! use peerpath::diag::Source;
//! use peerpath::engine::{Disposition, Engine, Inputs, explain};
//! use peerpath::network;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let catalog = Catalog::shipped(Cloud::Public)?;
//! let source = Source::new("network.yaml", "
//! version: 1
//! sites: [{name: ams, prefixes: [10.1.0.0/16], internet: {name: edge, nat: [203.0.113.0/28]}, circuits: [er]}]
//! circuits:
//!   - name: er
//!     peering_location: Amsterdam
//!     sku: standard
//!     bandwidth: 1 Gbps
//!     microsoft_peering:
//!       {route_filter: [12076:51002], advertised: [198.51.100.0/28], nat: [198.51.100.0/28]}
//! ");
//! let (network, diagnostics) = network::read(&source, &catalog);
//! let network = network.ok_or_else(|| format!("{diagnostics:?}"))?;
//! let (site, _) = network.site_named("ams").ok_or("no such site")?;
//! let inputs = Inputs::new(&network, &catalog);
//!
//! let engine = Engine::compile(inputs, site)?;
//! let storage = "20.38.108.5".parse()?; // in West Europe, covered by 12076:51002
//! let decision = engine.decision(engine.decide(storage));
//! assert_eq!(decision.disposition, Disposition::MicrosoftPeering);
//!
//! let explained = explain(inputs, site, storage)?;
//! assert_eq!(explained.decision, *decision);
//! assert!(explained.candidates.len() > 1); // the default route lost to the longer prefix
//! # Ok(())
//! # }
//! ```
//!
//! `examples/` contains complete programs: `classify`, `explain`, `diff` and `replay`.
//!
//! # Features
//!
//! `default-features = false` builds the library without the command line and without any code that opens a connection,
//! with the formats CSV, JSON, NDJSON and Markdown. The features `mrt`, `zstd`, `parquet`, `junit`, `html` and `schema` each add a
//! format, `fetch` adds [`catalog::fetch`], and `cli` the command line.
//!
//! # Stability
//!
//! Versions are [semantic](https://semver.org/); before 1.0 the minor version counts as the major one.
//!
//! - Covered: the items that the public modules export, the features, and the oldest supported compiler (`rust-version`),
//!   which changes only with a minor version.
//! - Not covered: items that are hidden from this documentation (the command line uses them), the module `cli` except for
//!   [`cli::main`], the wording of sentences and messages, and `Debug` output.
//! - Versioned separately: the network file, checks, intents, scenarios, lists, locks and every output have versions of their
//!   own, described in `docs/reference/`. Commands keep to those versions; the crate's version does not cover them.
//! - The path of an address may change in any version, because a rule was wrong or Microsoft's lists changed. The changelog
//!   lists such changes under **Decisions**.
//!
//! # Modules, floor by floor
//!
//! A module imports only from floors below its own; `tests/suite/architecture.rs` enforces this.
//!
//! | floor | module | contents |
//! |---|---|---|
//! | 11 | `cli` | commands, exit codes, the only standard output |
//! | 9 | [`report`] | plain data to table, JSON, CSV, Markdown, Parquet, JUnit, SARIF, annotations |
//! | 8 | [`check`] | lint, the user's checks, exact diff, intent, coverage |
//! | 7 | [`sim`] | captured flows replayed through the network, with exact byte counts |
//! | 6 | [`flow`] | capture to frame to five-tuple to flow (imports floor 0 only) |
//! | 5 | [`engine`] | compile, decide, explain |
//! | 5 | [`import`] | existing configurations and exports as a network file |
//! | 5 | [`export`] | a network file as the configuration of a router |
//! | 4 | [`network`] | the network file: sites, circuits, peerings, route filters |
//! | 3 | [`catalog`] | Microsoft's ranges: service tags, endpoint sets, communities |
//! | 2 | [`rib`] | communities and routes |
//! | 1 | [`fib`] | longest-prefix-match tables |
//! | 1 | `yaml` | hand-written files as a tree with source positions |
//! | 0 | [`addr`], [`diag`], `parallel`, [`atomic_file`] | addresses, prefixes, partitions; sources and diagnostics; work on several threads; files written atomically |

pub mod addr;
pub mod atomic_file;
pub mod catalog;
pub mod check;
#[cfg(feature = "cli")]
pub mod cli;
pub mod diag;
pub mod engine;
pub mod export;
pub mod fib;
pub mod flow;
pub mod import;
pub mod network;
mod parallel;
pub mod report;
pub mod rib;
pub mod sim;
mod yaml;
