//! Notes, and the inputs of the report.

use maud::{Markup, html};

use crate::diag::Severity;
use crate::report::Report;
use crate::report::writers::html::figures::{bytes, count};

/// Returns notes and skipped packets.
pub(super) fn findings(report: &Report) -> Markup {
    let mut notes: Vec<_> = report.notes.iter().collect();
    // Notes that qualify a result come first.
    notes.sort_by_key(|note| std::cmp::Reverse(note.severity));
    html! {
        @if notes.is_empty() && report.skipped.is_empty() { p .empty { "No findings." } }
        ul .notes {
            @for note in &notes {
                @let (word, class) = word(note.severity);
                li .(class) { span .severity { (word) ": " } (note.text) }
            }
            @for skip in &report.skipped {
                li .warning {
                    span .severity { "Skipped: " }
                    (skip.reason) ", " (count(skip.packets)) " packets (" (bytes(skip.frame_bytes)) ")"
                }
            }
        }
    }
}

fn word(severity: Severity) -> (&'static str, &'static str) {
    match severity {
        Severity::Advice => ("Note", "note"),
        Severity::Warning => ("Warning", "warning"),
        Severity::Error => ("Error", "error"),
    }
}

/// Returns files and editions with their hashes.
pub(super) fn inputs(report: &Report) -> Markup {
    html! {
        @if !report.inputs.is_empty() {
            div .scroll role="region" tabindex="0" aria-label="Inputs" {
                table {
                    caption { "Inputs" }
                    thead { tr { th scope="col" { "name" } th scope="col" { "kind" } th .n scope="col" { "size" } th scope="col" { "SHA-256" } } }
                    tbody {
                        @for input in &report.inputs {
                            tr {
                                th scope="row" { (input.name) }
                                td { (input.kind) }
                                td .n { (input.bytes.map_or("–".to_owned(), bytes)) }
                                td .hash { (input.sha256.as_deref().unwrap_or("not computed")) }
                            }
                        }
                    }
                }
            }
        }
        @if !report.catalog.is_empty() {
            div .scroll role="region" tabindex="0" aria-label="Editions of Microsoft's lists" {
                table {
                    caption { "Editions of Microsoft's lists" }
                    thead { tr {
                        th scope="col" { "list" } th scope="col" { "cloud" } th scope="col" { "edition" } th scope="col" { "date" }
                        th scope="col" { "origin" } th scope="col" { "SHA-256" }
                    } }
                    tbody {
                        @for source in &report.catalog {
                            tr {
                                th scope="row" { (source.kind) }
                                td { (source.cloud) }
                                td { (source.edition) }
                                td { (source.date.as_deref().unwrap_or("–")) }
                                td { (source.origin) }
                                td .hash { (source.sha256) }
                            }
                        }
                    }
                }
            }
        }
        p { "Made by peerpath " (report.tool_version) " as " (report.schema) ". The same inputs give the same bytes." }
    }
}
