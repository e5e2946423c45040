//! A sweep: the effect of each failure, the most severe first.

use maud::{Markup, html};

use crate::report::writers::html::data::{Row, along, rows, view};
use crate::report::writers::html::figures::{bytes, count, duration, filled, percent};
use crate::report::writers::html::headline;
use crate::report::writers::html::stacks::{Kind, Part, bar, words};
use crate::report::writers::html::tables::{Shape, table};
use crate::report::{Report, View};

/// Maximum number of failures drawn; the table contains all rows of the view.
const DRAWN: usize = 60;

/// The outcomes of existing flows under a failure; together they cover all bytes.
const FATES: [Kind; 6] = [
    Kind { column: "kept_ip_bytes", class: "b-good", words: "kept" },
    Kind { column: "moved_ip_bytes", class: "b-moved", words: "moved" },
    Kind { column: "unknown_ip_bytes", class: "b-doubt", words: "unknown" },
    Kind { column: "reset_ip_bytes", class: "b-near", words: "reset" },
    Kind { column: "lost_ip_bytes", class: "b-bad", words: "lost" },
    Kind { column: "not_carried_ip_bytes", class: "b-gone", words: "lost even without the failure" },
];
/// The part of these bytes that leaks.
const LEAKED: Kind = Kind { column: "leaked_ip_bytes", class: "b-leak", words: "leaked to the internet" };

/// The description of a verdict, for one failure and for several, the most severe first.
const VERDICTS: [(&str, [&str; 2]); 7] = [
    (
        "leaked",
        [
            "sends traffic in the compliance scope to the internet",
            "send traffic in the compliance scope to the internet",
        ],
    ),
    ("lost", ["loses traffic while it lasts", "lose traffic while they last"]),
    ("congested", ["overloads a link", "overload a link"]),
    (
        "reset",
        [
            "breaks connections, which must be re-established",
            "break connections, which must be re-established",
        ],
    ),
    ("unknown", ["has an unknown effect", "have an unknown effect"]),
    ("moved", ["only moves traffic", "only move traffic"]),
    ("kept", ["changes nothing", "change nothing"]),
];

/// Returns the failures, without the row of the network without failures.
fn failures<'r>(all: &[Row<'r>]) -> Vec<Row<'r>> {
    all.iter().filter(|row| row.text("outage") != "none").copied().collect()
}

/// Returns a summary of all failures.
pub(super) fn headline(report: &Report) -> Option<Markup> {
    let all = rows(report, "sweep", "");
    let written = all.iter().find(|row| row.text("outage") == "none");
    let failures = failures(&all);
    let gravest = failures.first()?;
    let total = view(report, "sweep").map_or(0, |view| view.total_rows.saturating_sub(1));
    let shown = failures.len() as u64;
    let number = |verdict: &str| failures.iter().filter(|row| row.text("verdict") == verdict).count() as u64;
    let counted: Vec<(u64, &str, &str)> = VERDICTS
        .into_iter()
        .map(|(verdict, [one, several])| {
            let number = number(verdict);
            (number, verdict, if number == 1 { one } else { several })
        })
        .filter(|(number, ..)| *number > 0)
        .collect();
    let effects: Vec<String> =
        counted.iter().map(|(number, _, words)| format!("{} {words}", count(*number))).collect();
    Some(html! {
        p .verdict {
            @if shown < total { "Of the " strong { (count(shown)) } " most severe of " (count(total)) " failures, " }
            @else { "Of " strong { (count(shown)) } " failures, " }
            (effects.join(", ")) ". The most severe is " strong { (gravest.text("outage")) } ": " (effect(gravest)) "."
            @if let Some(row) = written.filter(|row| row.amount("unknown_ip_bytes") > 0) {
                " Without any failure, the outcome of " (bytes(row.amount("unknown_ip_bytes"))) " is unknown already."
            }
            @if !report.compliance_scope.is_empty() {
                " " (leaks(&all, &headline::scope(report)))
            }
        }
        (headline::what_to_do(&steps(&failures)))
        ul .cards {
            @for (number, verdict, words) in &counted {
                li .card .bad[is_bad(verdict)] {
                    span .card-name { (verdict) }
                    span .card-figure { (count(*number)) }
                    span .card-words { (words) }
                }
            }
        }
    })
}

/// Returns what the states shown mean for the compliance scope.
fn leaks(all: &[Row<'_>], scope: &str) -> String {
    let number = |column: &str| all.iter().filter(|row| row.amount(column) > 0).count();
    let (leaked, open) = (number("leaked_ip_bytes"), number("unjudged_ip_bytes"));
    match (leaked, open) {
        (0, 0) => format!("In none of them does traffic of {scope} use the internet."),
        (0, _) => {
            format!("Whether traffic of {scope} uses the internet cannot be decided in {open} of them.")
        }
        _ => format!("Traffic of {scope} uses the internet in {leaked} of them."),
    }
}

/// Returns what to do about the effects that occur, the most severe first.
fn steps(failures: &[Row<'_>]) -> Vec<&'static str> {
    let verdict = |wanted: &str| failures.iter().any(|row| row.text("verdict") == wanted);
    let all = [
        (
            verdict("leaked"),
            "deny the scope at the internet edges (`deny` in the network file), or add a circuit that takes over",
        ),
        (verdict("lost"), "give what is lost a second way: another circuit, edge or link"),
        (verdict("congested"), "raise the rate of the links that are full, or keep traffic off them"),
        (verdict("reset"), "expect sessions to be re-established, because the source address changes"),
        (verdict("unknown"), "supply what is missing: `peerpath explain ADDRESS` names it"),
    ];
    let found: Vec<&str> =
        all.into_iter().filter_map(|(there, step)| there.then_some(step)).take(3).collect();
    if found.is_empty() {
        vec!["nothing for this capture; `--scale` and `--depth 2` ask for more"]
    } else {
        found
    }
}

fn is_bad(verdict: &str) -> bool {
    matches!(verdict, "leaked" | "lost" | "congested")
}

/// Returns the effect of a failure on traffic, in words.
fn effect(row: &Row<'_>) -> String {
    let all = parts(row).iter().fold(0, |sum: u64, part| sum.saturating_add(part.amount));
    let amounts = [
        ("leaked_ip_bytes", "in the compliance scope sent over the internet"),
        ("lost_ip_bytes", "lost"),
        ("over_capacity_ip_bytes", "above link capacity"),
        ("reset_ip_bytes", "in broken connections"),
        ("unknown_ip_bytes", "with unknown outcome"),
        ("moved_ip_bytes", "on another path"),
    ];
    let there = amounts.into_iter().map(|(column, words)| (row.amount(column), words));
    let effects = there.filter(|(amount, _)| *amount > 0).take(3);
    let effects: Vec<String> = effects
        .map(|(amount, words)| format!("{} ({}) {words}", bytes(amount), percent(amount, all)))
        .collect();
    if effects.is_empty() { "nothing changes".to_owned() } else { effects.join(", ") }
}

fn parts(row: &Row<'_>) -> [Part; 6] {
    FATES.map(|kind| Part { kind, amount: row.amount(kind.column) })
}

/// Returns a bar for each failure, then the table.
pub(super) fn section(report: &Report) -> Option<Markup> {
    let sweep = view(report, "sweep")?;
    let all = rows(report, "sweep", "");
    let failures = failures(&all);
    let written = all.iter().find(|row| row.text("outage") == "none");
    Some(html! {
        p {
            "Each bar shows all captured traffic by its outcome if the named part fails permanently. The thin bar \
            below it shows the traffic in the compliance scope that reaches the internet. "
            "The text below names the link with the highest utilization during the failure, among links with a known rate."
        }
        (legend(&all))
        @if let Some(row) = written {
            ul .stacks .swept { (outage(row, "No failure")) }
        }
        ol .stacks .swept {
            @for row in failures.iter().take(DRAWN) { (outage(row, row.text("outage"))) }
        }
        @if failures.len() > DRAWN { p .empty { "The table lists " (count((failures.len() - DRAWN) as u64)) " more." } }
        details {
            summary { "All figures of the failures" }
            (table(sweep, "Failures, the most severe first", Shape::default()))
        }
    })
}

/// Returns the legend of the outcomes that occur, once for all bars.
fn legend(all: &[Row<'_>]) -> Markup {
    let kinds = FATES.into_iter().chain([LEAKED]);
    html! {
        ul .legend {
            @for kind in kinds.filter(|kind| all.iter().any(|row| row.amount(kind.column) > 0)) {
                li { span .{ "key " (kind.class) } aria-hidden="true" {} (kind.words) }
            }
        }
    }
}

fn outage(row: &Row<'_>, name: &str) -> Markup {
    let parts = parts(row);
    let whole = parts.iter().fold(0, |sum: u64, part| sum.saturating_add(part.amount));
    let leaks = row.amount(LEAKED.column);
    let leaked = [Part { kind: LEAKED, amount: leaks }];
    let undetermined = row.amount("unjudged_ip_bytes");
    let verdict = row.text("verdict");
    html! {
        li .stacked {
            span .stack-name {
                strong { (name) }
                " " span .badge .bad[is_bad(verdict)] { (verdict) }
            }
            span .stack-bars {
                (bar(&parts, whole))
                @if leaks > 0 { span .thin { (bar(&leaked, whole)) } }
                (words(&parts, whole))
                @if leaks > 0 { (words(&leaked, whole)) }
                @if undetermined > 0 { span .stack-words { (bytes(undetermined)) " in the compliance scope cannot be evaluated" } }
                (unnoticed(row))
            }
            span .stack-side { (worst(row)) }
        }
    }
}

/// Returns the loss before the failure is detected.
fn unnoticed(row: &Row<'_>) -> Markup {
    let (lost, after) = (row.amount("black_holed_ip_bytes"), row.number("detection_ns"));
    html! {
        @if let Some(after) = after.filter(|_| lost > 0) {
            span .stack-words { "lost until detection, within " (duration(after)) ": " span .amount { (bytes(lost)) } }
        }
    }
}

/// Returns the link with the highest utilization.
fn worst(row: &Row<'_>) -> Markup {
    let Some(permille) = row.number("worst_permille") else {
        return html! { span .stack-words { "no link with a known rate carries traffic" } };
    };
    let level = match permille {
        1_001.. => "over",
        800..=1_000 => "near",
        _ => "",
    };
    let over = row.amount("over_capacity_ip_bytes");
    let width = along(permille.min(1_000), 1_000, 1_000).max(4);
    html! {
        span .stack-words { "highest utilization: " (row.text("worst_link")) " " (row.text("worst_direction")) ", " (filled(permille)) " of its rate" }
        span .fill aria-hidden="true" { span .{ "fill-part " (level) } style={ "width:" (width / 10) "." (width % 10) "%" } {} }
        @if over > 0 { span .stack-words .flagged { (bytes(over)) " above link capacity" } }
    }
}

/// Returns the underlying views, collapsed.
pub(super) fn details(view: &View, caption: &str) -> Markup {
    html! {
        details {
            summary { (caption) }
            (table(view, caption, Shape::default()))
        }
    }
}
