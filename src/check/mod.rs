//! Floor 8: likely mistakes in a valid network file (lint), the user's own checks of it, and the paths that a
//! change moves (diff).
//!
//! ```text
//! Network + Catalog ─lint─▶ Diagnostics ─┐
//! Checks × engines ─run_checks─▶ Judged ─┼─▶ CheckOutcomes ─▶ Verdict
//! Side + Side ─diff─▶ Diff ─intent───────┘
//! Checks, flows × engines ─coverage─▶ Coverage
//! Products × engines ─network_map─▶ NetworkMap
//! Products + Network ─advise─▶ AdviceSheet
//! Guide × evidence ─evaluate_guide─▶ Checklist
//! ```
//!
//! ```
//! use peerpath::catalog::{Catalog, Cloud};
//! use peerpath::check::lint;
//! use peerpath::diag::Source;
//! use peerpath::engine::Inputs;
//! use peerpath::network;
//!
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
//! let network = network::read(&source, &catalog).0.ok_or("an error in the file")?;
//! let found = lint(Inputs::new(&network, &catalog))?;
//! // Power Platform runs in both regions of the pair, but the filter contains only one.
//! assert!(found.findings.iter().any(|finding| finding.code.name() == "lint::power-platform-pair"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod advice;
mod assertion;
mod callers;
mod coverage;
pub mod diff;
mod guide;
pub mod intent;
mod lint;
mod map;
mod outcome;
mod verdict;

pub use advice::{
    Advice, AdviceRequest, AdviceSheet, AdviceSource, AdviceState, AdviceTopic, FilterAdvice, FilterEntry,
    LineEdit, PatchError, SubjectKind, advise, patched,
};
pub use assertion::{
    Assertion, Budget, Check, Checks, Demand, Evaluated, EvaluatedPart, Evaluation, Example, Expectation,
    ExplainFn, Moved, Part, ReplyDemand, Scope, Subject, Survives, WaiverRule, read_checks, read_checks_file,
    run_checks,
};
pub use callers::{Caller, CallerOutcome, callers};
pub use coverage::{Counts, Coverage, LineKind, LineRow, ListRow, SpaceRow, coverage};
pub use guide::{
    Checklist, EvidenceCount, GuideFinding, GuideQuestion, ItemVerdict, Share, Sovereign, default_products,
    evaluate_guide,
};
pub use lint::{
    Acceptance, LintEvidence, Linted, accept, lint, lint_outcomes, unread_rows, unusable_outcomes,
};
pub use map::{MapCell, NetworkMap, ProductPath, ProductPaths, filtered_geographies, network_map};
pub use outcome::{CheckKind, CheckOutcome, Covered, FindingPlace, Status, Waiver, Witness};
pub use verdict::{StatusCounts, Verdict};
