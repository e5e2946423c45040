//! Which path does a packet take to Microsoft, and why?
//!
//! A company reaches Azure, Microsoft 365, Dynamics 365 and Power Platform over the internet, over
//! ExpressRoute *Microsoft peering*, or over ExpressRoute *private peering*. peerpath answers which,
//! exactly, for every address, flow and capture, with the reason.
//!
//! ```text
//! prefixes/ ─▶ Catalog ─┐
//! network.yaml ─▶ Network ─┴─ compile ─▶ Engine ─┐
//! capture ─▶ frames ─▶ packets ─▶ flows ─────────┴─ decide ─▶ Report ─▶ text, JSON, CSV, …
//! ```
//!
//! # Modules, floor by floor
//!
//! A module imports only from floors below its own; `tests/suite/architecture.rs` holds that.
//!
//! | floor | module | what |
//! |---|---|---|
//! | 11 | `cli` | commands, exit codes, the only standard output |
//! | 9 | [`report`] | plain data to table, JSON, CSV, Markdown, Parquet, JUnit, SARIF, annotations |
//! | 8 | [`check`] | lint, the user's checks, exact diff, intent, coverage |
//! | 7 | [`sim`] | captured flows through the network: exact sums |
//! | 6 | [`flow`] | capture to frame to five-tuple to flow (imports floor 0 only) |
//! | 5 | [`engine`] | compile, decide, explain |
//! | 5 | [`import`] | what people already have, as a network file |
//! | 5 | [`export`] | a network file as the configuration of a router |
//! | 4 | [`network`] | the network file: sites, circuits, peerings, route filters |
//! | 3 | [`catalog`] | Microsoft's ranges: service tags, endpoint sets, communities |
//! | 2 | [`rib`] | communities and routes |
//! | 1 | [`fib`] | longest-prefix-match tables |
//! | 1 | `yaml` | files that people write, as a tree with places |
//! | 0 | [`addr`], [`diag`], `parallel`, [`atomic_file`] | addresses, prefixes, partitions; sources and diagnostics; work on several threads; files written whole or not at all |

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
