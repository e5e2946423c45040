//! A sweep: what each failure does, the gravest first.

use maud::{Markup, html};

use crate::report::writers::html::data::{Row, along, rows, view};
use crate::report::writers::html::figures::{bytes, count, duration, filled, percent};
use crate::report::writers::html::stacks::{Kind, Part, bar, words};
use crate::report::writers::html::tables::{Shape, table};
use crate::report::{Report, View};

/// Failures that are drawn; the table has all that the view has.
const DRAWN: usize = 60;

/// What becomes of flows that are there when it fails; together all bytes.
const FATES: [Kind; 6] = [
    Kind { column: "kept_ip_bytes", class: "b-good", words: "kept" },
    Kind { column: "moved_ip_bytes", class: "b-moved", words: "moved" },
    Kind { column: "unknown_ip_bytes", class: "b-doubt", words: "unknown" },
    Kind { column: "reset_ip_bytes", class: "b-near", words: "reset" },
    Kind { column: "lost_ip_bytes", class: "b-bad", words: "lost" },
    Kind { column: "not_carried_ip_bytes", class: "b-gone", words: "not carried before either" },
];
/// Bytes of the above, by what they touch.
const LEAKED: Kind = Kind { column: "leaked_ip_bytes", class: "b-leak", words: "leaked to the internet" };

/// What a verdict says of one failure, and of several, the gravest first.
const VERDICTS: [(&str, [&str; 2]); 7] = [
    (
        "leaked",
        [
            "lets traffic of the compliance scope onto the internet",
            "let traffic of the compliance scope onto the internet",
        ],
    ),
    ("lost", ["loses traffic for as long as it lasts", "lose traffic for as long as they last"]),
    ("congested", ["offers a link more than it carries", "offer a link more than it carries"]),
    (
        "reset",
        [
            "breaks connections, which go on when they begin anew",
            "break connections, which go on when they begin anew",
        ],
    ),
    ("unknown", ["does what cannot be told", "do what cannot be told"]),
    ("moved", ["only moves traffic", "only move traffic"]),
    ("kept", ["changes nothing", "change nothing"]),
];

/// The failures, without the network as it is written.
fn failures<'r>(all: &[Row<'r>]) -> Vec<Row<'r>> {
    all.iter().filter(|row| row.text("outage") != "none").copied().collect()
}

/// How grave all of it is, in words.
pub(super) fn headline(report: &Report) -> Option<Markup> {
    let all = rows(report, "sweep", "");
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
    let said: Vec<String> =
        counted.iter().map(|(number, _, words)| format!("{} {words}", count(*number))).collect();
    Some(html! {
        p .verdict {
            @if shown < total { "Of the " strong { (count(shown)) } " gravest of " (count(total)) " failures, " }
            @else { "Of " strong { (count(shown)) } " failures, " }
            (said.join(", ")) ". The gravest is " strong { (gravest.text("outage")) } ": " (effect(gravest)) "."
        }
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

fn is_bad(verdict: &str) -> bool {
    matches!(verdict, "leaked" | "lost" | "congested")
}

/// What a failure does to traffic, in words.
fn effect(row: &Row<'_>) -> String {
    let all = parts(row).iter().fold(0, |sum: u64, part| sum.saturating_add(part.amount));
    let amounts = [
        ("leaked_ip_bytes", "of the compliance scope on the internet"),
        ("lost_ip_bytes", "lost"),
        ("over_capacity_ip_bytes", "past what links carry"),
        ("reset_ip_bytes", "in connections that break"),
        ("unknown_ip_bytes", "of which it cannot be told"),
        ("moved_ip_bytes", "on another way"),
    ];
    let there = amounts.into_iter().map(|(column, words)| (row.amount(column), words));
    let said = there.filter(|(amount, _)| *amount > 0).take(3);
    let said: Vec<String> =
        said.map(|(amount, words)| format!("{} ({}) {words}", bytes(amount), percent(amount, all))).collect();
    if said.is_empty() { "nothing changes".to_owned() } else { said.join(", ") }
}

fn parts(row: &Row<'_>) -> [Part; 6] {
    FATES.map(|kind| Part { kind, amount: row.amount(kind.column) })
}

/// A bar for each failure, then the table.
pub(super) fn section(report: &Report) -> Option<Markup> {
    let sweep = view(report, "sweep")?;
    let all = rows(report, "sweep", "");
    let failures = failures(&all);
    let written = all.iter().find(|row| row.text("outage") == "none");
    Some(html! {
        p {
            "Each bar is all traffic of the capture, by what becomes of it when this fails for good. The thin bar below it is what of that touches the internet against the compliance scope. "
            "With it the link that is then filled most, of those whose rate is known."
        }
        (legend(&all))
        @if let Some(row) = written {
            ul .stacks .swept { (outage(row, "Nothing fails")) }
        }
        ol .stacks .swept {
            @for row in failures.iter().take(DRAWN) { (outage(row, row.text("outage"))) }
        }
        @if failures.len() > DRAWN { p .empty { "The table has " (count((failures.len() - DRAWN) as u64)) " more." } }
        details {
            summary { "All figures of the failures" }
            (table(sweep, "Failures, the gravest first", Shape::default()))
        }
    })
}

/// The kinds that occur, once for all bars.
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
    let unjudged = row.amount("unjudged_ip_bytes");
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
                @if unjudged > 0 { span .stack-words { (bytes(unjudged)) " of the compliance scope cannot be judged" } }
                (unnoticed(row))
            }
            span .stack-side { (worst(row)) }
        }
    }
}

/// What is lost before anybody notices.
fn unnoticed(row: &Row<'_>) -> Markup {
    let (lost, after) = (row.amount("black_holed_ip_bytes"), row.number("detection_ns"));
    html! {
        @if let Some(after) = after.filter(|_| lost > 0) {
            span .stack-words { "lost until noticed, within " (duration(after)) ": " span .amount { (bytes(lost)) } }
        }
    }
}

/// The link that is filled most.
fn worst(row: &Row<'_>) -> Markup {
    let Some(permille) = row.number("worst_permille") else {
        return html! { span .stack-words { "no link of known rate carries anything" } };
    };
    let level = match permille {
        1_001.. => "over",
        800..=1_000 => "near",
        _ => "",
    };
    let over = row.amount("over_capacity_ip_bytes");
    let width = along(permille.min(1_000), 1_000, 1_000).max(4);
    html! {
        span .stack-words { "fullest: " (row.text("worst_link")) " " (row.text("worst_direction")) ", " (filled(permille)) " of its rate" }
        span .fill aria-hidden="true" { span .{ "fill-part " (level) } style={ "width:" (width / 10) "." (width % 10) "%" } {} }
        @if over > 0 { span .stack-words .flagged { (bytes(over)) " past what links carry" } }
    }
}

/// The views behind it, folded away.
pub(super) fn details(view: &View, caption: &str) -> Markup {
    html! {
        details {
            summary { (caption) }
            (table(view, caption, Shape::default()))
        }
    }
}
