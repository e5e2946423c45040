//! The items of a guide: one row each, in the guide's order, after a summary.

use maud::{Markup, html};

use crate::report::Report;
use crate::report::writers::html::data::{Row, rows, view};

/// Returns the section of a guide; `None` if the report has none.
pub(super) fn section(report: &Report) -> Option<Markup> {
    view(report, "guide")?;
    let all = rows(report, "guide", "");
    Some(html! {
        p .verdict { (summary(&all)) }
        div .scroll role="region" tabindex="0" aria-label="Items" {
            table .map {
                thead { tr { th scope="col" { "Item" } th scope="col" { "Verdict" } th scope="col" { "Finding" } } }
                tbody { @for row in &all { tr {
                    th scope="row" { (row.text("item")) " " a href=(row.text("url")) { (row.text("question")) } }
                    td data-site="Verdict" { strong { (row.text("verdict")) } }
                    td data-site="Finding" { (finding(row)) }
                } } }
            }
        }
    })
}

/// Returns the number of items by verdict, in the order in which they first occur.
fn summary(all: &[Row<'_>]) -> String {
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for row in all {
        let verdict = row.text("verdict");
        match counts.iter_mut().find(|(known, _)| *known == verdict) {
            Some((_, count)) => *count += 1,
            None => counts.push((verdict, 1)),
        }
    }
    let counts: Vec<String> = counts.into_iter().map(|(word, count)| format!("{count} {word}")).collect();
    format!("{} items: {}", all.len(), counts.join(", "))
}

fn finding(row: &Row<'_>) -> Markup {
    let text = |name: &str| Some(row.text(name)).filter(|text| !text.is_empty()).map(str::to_owned);
    let line = row.number("line");
    html! {
        (row.text("finding"))
        @if let Some(by) = text("attested_by") { p { "Attested by " (by) " on " (row.text("attested_on")) } }
        @if let Some(needs) = text("needs") { p { "Needs " (needs) } }
        @if let Some(witness) = text("witness") {
            details {
                summary { "Witness: " (witness) " from " (row.text("from")) }
                ul .paths { @for sentence in row.list("why") { li { (sentence) } } }
            }
        }
        @if let (Some(file), Some(line)) = (text("file"), line) { p { code { (file) ":" (line) } } }
        @if let Some(remedy) = text("remedy") { p { "Remedy: " (remedy) } }
    }
}
