//! The title and the result of a replay in words. They never state `safe`: a replay shows only the outcome
//! for the captured packets.

use maud::{Markup, html};

use crate::report::Report;
use crate::report::writers::html::charts::areas::class;
use crate::report::writers::html::checks::quoted;
use crate::report::writers::html::data::{Row, along, rows};
use crate::report::writers::html::figures::{bytes, count, percent};

/// Causes of loss, as accounts of the view `conservation`, with their descriptions.
const LOSSES: [(&str, &str); 5] = [
    ("black-holed", "on failed links before detection or in failed appliances"),
    ("congested", "in full queues"),
    ("dropped-by-asymmetry", "because replies took another path or had none"),
    ("discarded", "dropped where their route points"),
    ("no-route", "without a route"),
];

/// Returns the title of the page.
pub(super) fn title(report: &Report) -> String {
    let captures: Vec<&str> = report
        .inputs
        .iter()
        .filter(|input| input.kind == "capture")
        .map(|input| input.name.as_str())
        .collect();
    let network = report.topology.as_ref().map(|topology| topology.name.as_str());
    if report.schema.starts_with("peerpath.sweep/") {
        return format!("Every failure of {}", network.unwrap_or("a network"));
    }
    if report.schema.starts_with("peerpath.check/") {
        let file = report.inputs.first().map_or("a network", |input| input.name.as_str());
        return format!("Checks of {file}");
    }
    if report.schema.starts_with("peerpath.map/") {
        return format!("Map of {}", network.unwrap_or("a network"));
    }
    match (captures.as_slice(), network) {
        ([], None) => {
            report.schema.split('/').next().unwrap_or(report.schema).replace("peerpath.", "peerpath ")
        }
        ([], Some(network)) => format!("Network {network}"),
        ([one], None) => format!("Replay of {one}"),
        ([one], Some(network)) => format!("Replay of {one} through {network}"),
        (many, None) => format!("Replay of {} captures", many.len()),
        (many, Some(network)) => format!("Replay of {} captures through {network}", many.len()),
    }
}

/// Returns the result of a simulation for one variant: the compliance scope and losses first, then what to do.
pub(super) fn simulated(report: &Report, variant: &str) -> Markup {
    let accounts = rows(report, "conservation", variant);
    let of = |account: &str| {
        accounts.iter().find(|row| row.text("account") == account).map_or(0, |row| row.amount("ip_bytes"))
    };
    let (offered, delivered, unknown) = (of("offered"), of("delivered"), of("unknown"));
    let lost: u64 = LOSSES.iter().map(|(account, _)| of(account)).sum();
    let compliance = Compliance::of(&rows(report, "compliance", variant));
    let fates = rows(report, "fates", variant);
    let fate = |wanted: &dyn Fn(&str) -> bool| {
        fates.iter().filter(|row| wanted(row.text("fate"))).map(|row| row.amount("gravest")).sum::<u64>()
    };
    let flows = fate(&|_| true);
    let (changed, undecided) =
        (fate(&|one| !["kept", "unknown"].contains(&one)), fate(&|one| one == "unknown"));
    let critical = rows(report, "critical", variant);
    let steps = steps(&of, compliance.as_ref(), scopes(&critical, "missed").is_empty());
    html! {
        @if !accounts.is_empty() {
            p .verdict {
                @if let Some(compliance) = &compliance { (compliance.sentence(&scope(report))) " " }
                @if lost > 0 { strong { (bytes(lost)) " (" (percent(lost, offered)) ")" } " of " (bytes(offered)) " were lost: " (causes(&of)) "." }
                @else if unknown == 0 { "Nothing of " (bytes(offered)) " was lost." }
                @else { "Of " (bytes(offered)) ", " (bytes(delivered)) " arrived." }
                @if unknown > 0 { " " strong { "The outcome of " (bytes(unknown)) " (" (percent(unknown, offered)) ") is unknown" } "." }
                (bounds(&critical))
            }
            (what_to_do(&steps))
        }
        ul .cards {
            @if let Some(compliance) = &compliance {
                (card("leaked to the internet", &bytes(compliance.leaked), "in the compliance scope", compliance.leaked > 0))
            }
            @if !accounts.is_empty() {
                (card("lost", &bytes(lost), &format!("{} of the offered bytes", percent(lost, offered)), lost > 0))
                (card("unknown", &bytes(unknown), "with an outcome that cannot be computed", unknown > 0))
                (card("arrived", &bytes(delivered), &format!("{} of the offered bytes", percent(delivered, offered)), false))
            }
            @if !fates.is_empty() {
                (card("conversations changed", &count(changed), &format!("of {}; {} unknown", count(flows), count(undecided)), false))
            }
        }
    }
}

/// Bytes in the compliance scope.
struct Compliance {
    leaked: u64,
    /// Bytes whose path is not known.
    undecided: u64,
}

impl Compliance {
    /// Adds up the rows of the view `compliance`; `None` if there are none.
    fn of(rows: &[Row<'_>]) -> Option<Self> {
        let sum = |wanted: &dyn Fn(&&Row<'_>) -> bool| {
            rows.iter().filter(wanted).map(|row| row.amount("ip_bytes")).sum()
        };
        let open = |row: &&Row<'_>| ["unknown", "ambiguous"].contains(&row.text("path"));
        (!rows.is_empty()).then(|| Self { leaked: sum(&|row| row.is("leaks")), undecided: sum(&open) })
    }

    fn sentence(&self, scope: &str) -> Markup {
        let Self { leaked, undecided } = *self;
        html! {
            @if leaked > 0 { strong { (bytes(leaked)) " of " (scope) " were sent over the internet" } "." }
            @else if undecided == 0 { "No traffic of " strong { (scope) } " was sent over the internet." }
            @if undecided > 0 { " Whether " (bytes(undecided)) " of " (scope) " use the internet is unknown." }
        }
    }
}

/// Returns the compliance scope in words.
pub(super) fn scope(report: &Report) -> String {
    /// Maximum number of entries in words.
    const MOST: usize = 4;
    let all = &report.compliance_scope;
    let named = all.iter().take(MOST).cloned().collect::<Vec<_>>().join(", ");
    match all.len() {
        0 => "the compliance scope".to_owned(),
        1..=MOST => format!("{named} (the compliance scope)"),
        more => format!("{named} and {} more (the compliance scope)", more - MOST),
    }
}

/// Returns the critical scopes with a row of this verdict, in the order of the view.
fn scopes<'r>(critical: &[Row<'r>], verdict: &str) -> Vec<&'r str> {
    let mut found: Vec<&str> = Vec::new();
    for row in critical.iter().filter(|row| row.text("verdict") == verdict) {
        if !found.contains(&row.text("scope")) {
            found.push(row.text("scope"));
        }
    }
    found
}

/// Returns whether critical traffic keeps its bounds; nothing without bounds.
fn bounds(critical: &[Row<'_>]) -> Markup {
    let (missed, unknown, kept) =
        (scopes(critical, "missed"), scopes(critical, "unknown"), scopes(critical, "kept"));
    html! {
        @if !missed.is_empty() { " " strong { "Critical traffic misses its bounds on delay or loss: " (missed.join(", ")) } "." }
        @if !unknown.is_empty() { " Whether critical traffic keeps its bounds is unknown: " (unknown.join(", ")) "." }
        @if missed.is_empty() && unknown.is_empty() && !kept.is_empty() {
            " Critical traffic keeps its bounds on delay and loss: " (kept.join(", ")) "."
        }
    }
}

/// Returns what to do about each cause that occurs, the most severe first. `kept`: no critical traffic misses a bound.
fn steps(of: &dyn Fn(&str) -> u64, compliance: Option<&Compliance>, kept: bool) -> Vec<&'static str> {
    let leaked = compliance.is_some_and(|one| one.leaked > 0);
    let all = [
        (
            leaked,
            "deny the scope at the internet edges (`deny` in the network file), or add a circuit that takes over",
        ),
        (of("black-holed") > 0, "detect failures sooner: BFD on every session (`bfd`)"),
        (
            !kept,
            "give critical traffic a class of its own (`qos`) where it waits: the view `link-classes` shows where",
        ),
        (
            of("congested") > 0 && kept,
            "raise the rate of the links that are full, or move traffic away from them",
        ),
        (
            of("dropped-by-asymmetry") > 0,
            "bring replies back over the same firewall: `peerpath check` names the line",
        ),
        (
            of("discarded") + of("no-route") > 0,
            "add the routes that are missing: `peerpath explain ADDRESS` names them",
        ),
        (
            of("unknown") > 0,
            "supply what is missing: `peerpath explain ADDRESS` names it, often your own `list-service-communities` export (`--catalog`)",
        ),
    ];
    let found: Vec<&str> = all.into_iter().filter_map(|(there, step)| there.then_some(step)).collect();
    if found.is_empty() {
        vec!["nothing for this capture; `peerpath sweep` tries every failure"]
    } else {
        found
    }
}

/// Returns a line with the next steps.
pub(super) fn what_to_do(steps: &[&str]) -> Markup {
    html! { p .next { strong { "What to do: " } (quoted(&steps.join("; "))) "." } }
}

fn causes(of: &dyn Fn(&str) -> u64) -> String {
    let parts = LOSSES.iter().filter(|(account, _)| of(account) > 0);
    parts.map(|(account, words)| format!("{} {words}", bytes(of(account)))).collect::<Vec<_>>().join(", ")
}

/// Returns the shares of the paths of a plain replay.
pub(super) fn counted(report: &Report) -> Markup {
    let paths = rows(report, "path", "");
    let all: u64 = paths.iter().map(|row| row.amount("ip_bytes")).sum();
    let packets: u64 = paths.iter().map(|row| row.amount("packets")).sum();
    if paths.is_empty() {
        return html! {};
    }
    let words = paths.iter().map(|row| format!("{} by {}", percent(row.amount("ip_bytes"), all), named(row)));
    html! {
        p .verdict {
            strong { (bytes(all)) } " in " (count(packets)) " packets: " (words.collect::<Vec<_>>().join(", ")) "."
        }
        ul .bars {
            @for row in &paths {
                @let amount = row.amount("ip_bytes");
                @let width = along(amount, all, 1_000).max(i64::from(amount > 0) * 4);
                li {
                    span .bar-name { (named(row)) }
                    span .bar aria-hidden="true" {
                        span .{ "bar-part " (class(row.text("path"))) } style={ "width:" (width / 10) "." (width % 10) "%" } {}
                    }
                    span .amount { (bytes(amount)) " · " (percent(amount, all)) }
                }
            }
        }
    }
}

fn named(row: &Row<'_>) -> String {
    match row.list("circuits") {
        [] => row.text("path").to_owned(),
        circuits => format!("{} ({})", row.text("path"), circuits.join(" or ")),
    }
}

fn card(name: &str, figure: &str, words: &str, bad: bool) -> Markup {
    html! {
        li .card .bad[bad] {
            span .card-name { (name) }
            span .card-figure { (figure) }
            span .card-words { (words) }
        }
    }
}
