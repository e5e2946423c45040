//! The title and the result of a replay in words. They never state `safe`: a replay shows only the outcome
//! for the captured packets.

use maud::{Markup, html};

use crate::report::Report;
use crate::report::writers::html::areas::class;
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

/// Returns the result of a simulation for one variant.
pub(super) fn simulated(report: &Report, variant: &str) -> Markup {
    let accounts = rows(report, "conservation", variant);
    let of = |account: &str| {
        accounts.iter().find(|row| row.text("account") == account).map_or(0, |row| row.amount("ip_bytes"))
    };
    let (offered, delivered, unknown) = (of("offered"), of("delivered"), of("unknown"));
    let lost: u64 = LOSSES.iter().map(|(account, _)| of(account)).sum();
    let compliance = rows(report, "compliance", variant);
    let leaked: u64 = compliance.iter().filter(|row| row.is("leaks")).map(|row| row.amount("ip_bytes")).sum();
    let fates = rows(report, "fates", variant);
    let changed: u64 =
        fates.iter().filter(|row| row.text("fate") != "kept").map(|row| row.amount("gravest")).sum();
    let flows: u64 = fates.iter().map(|row| row.amount("gravest")).sum();
    html! {
        @if !accounts.is_empty() {
            p .verdict {
                "Of " strong { (bytes(offered)) } " offered, " strong { (bytes(delivered)) " (" (percent(delivered, offered)) ")" }
                " arrived"
                @if lost > 0 { " and " strong { (bytes(lost)) " (" (percent(lost, offered)) ")" } " were lost: " (causes(&of)) }
                @else { " and nothing was lost" }
                "."
                @if unknown > 0 { " The outcome of " (bytes(unknown)) " is unknown." }
                @if leaked > 0 { " " strong { (bytes(leaked)) } " in the compliance scope were sent over the internet." }
                @else if !compliance.is_empty() { " No traffic in the compliance scope was sent over the internet." }
            }
        }
        ul .cards {
            @if !accounts.is_empty() {
                (card("arrived", &bytes(delivered), &format!("{} of the offered bytes", percent(delivered, offered)), ""))
                (card("lost", &bytes(lost), &percent(lost, offered), if lost > 0 { "bad" } else { "" }))
            }
            @if !compliance.is_empty() {
                (card("leaked to the internet", &bytes(leaked), "in the compliance scope", if leaked > 0 { "bad" } else { "" }))
            }
            @if !fates.is_empty() {
                (card("conversations changed", &count(changed), &format!("of {}", count(flows)), ""))
            }
        }
    }
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

fn card(name: &str, figure: &str, words: &str, class: &str) -> Markup {
    html! {
        li .{ "card " (class) } {
            span .card-name { (name) }
            span .card-figure { (figure) }
            span .card-words { (words) }
        }
    }
}
