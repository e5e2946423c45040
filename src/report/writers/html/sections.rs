//! The sections of the page, in their order.

use maud::{Markup, html};

use crate::report::writers::html::charts::areas::Areas;
use crate::report::writers::html::charts::usage::usages;
use crate::report::writers::html::checks::quoted;
use crate::report::writers::html::data::{rows, variants, view};
use crate::report::writers::html::events::{list, moments};
use crate::report::writers::html::loads::Loads;
use crate::report::writers::html::picture::Scene;
use crate::report::writers::html::tables::{Shape, table, turned};
use crate::report::writers::html::{checks, guide, headline, map, outages, provenance, services};
use crate::report::{Report, View};

/// Maximum number of changed conversations on the page, the most severe first; machine-readable formats contain all of
/// them.
const CHANGED: usize = 50;
/// Maximum size of all sections together, in bytes. Tables and charts are bounded individually; this limit is for networks
/// with very many links and for very many variants.
const MOST_BYTES: usize = 24 << 20;
/// Views that sections draw; all others become tables.
const DRAWN: [&str; 20] = [
    "guide",
    "map",
    "variants",
    "conservation",
    "timeline",
    "shape",
    "path_series",
    "events",
    "fates",
    "services",
    "flows_changed",
    "sweep",
    "sweep_paths",
    "sweep_links",
    "links",
    "link_series",
    "compliance",
    "path",
    "service",
    "destination",
];
/// Columns of lost bytes.
const LOST: [&str; 5] = [
    "congested_ip_bytes",
    "black_holed_ip_bytes",
    "asymmetric_ip_bytes",
    "discarded_ip_bytes",
    "no_route_ip_bytes",
];

/// One section under its heading.
pub(super) struct Section {
    /// The anchor of the section.
    pub(super) id: &'static str,
    /// The heading.
    pub(super) title: &'static str,
    /// Its content.
    pub(super) body: Markup,
}

/// Returns all sections with content.
pub(super) fn all(report: &Report) -> Vec<Section> {
    let variants = variants(report);
    let each = |body: &dyn Fn(&str, usize) -> Option<Markup>| -> Option<Markup> {
        let parts: Vec<(&String, Markup)> = variants
            .iter()
            .enumerate()
            .filter_map(|(index, variant)| Some((variant, body(variant, index)?)))
            .collect();
        (!parts.is_empty()).then(|| {
            html! {
                @for (variant, part) in &parts {
                    @if variants.len() > 1 { h3 { (variant) } }
                    (part)
                }
            }
        })
    };
    let swept = view(report, "sweep").is_some();
    let network_title = if swept { "The network without failures" } else { "The network" };
    let sections = [
        ("result", "Result", whole_result(report, &variants, each(&|variant, _| result(report, variant)))),
        ("checks", "Checks", checks::section(report)),
        ("guide", "The checklist", guide::section(report)),
        ("map", "Products and their paths", map::section(report)),
        ("failures", "Every failure, the most severe first", outages::section(report)),
        ("network", network_title, each(&|variant, index| network(report, variant, index))),
        ("time", "Paths over time", each(&|variant, index| over_time(report, variant, index))),
        ("links", "Links", each(&|variant, index| links(report, variant, index))),
        ("services", "Services", each(&|variant, _| of_services(report, variant))),
        ("traffic", "Paths, services and destinations", traffic(report)),
        ("conversations", "Conversations", each(&|variant, _| conversations(report, variant))),
        ("compliance", "Compliance scope", each(&|variant, _| compliance(report, variant))),
        ("findings", "Notes", findings(report)),
        ("tables", "More tables", others(report)),
        ("how", "How this was computed", Some(how(report, &variants))),
    ];
    let there = sections.into_iter();
    let there = there.filter_map(|(id, title, body)| Some(Section { id, title, body: body? })).collect();
    bounded(there, MOST_BYTES)
}

/// Replaces the largest sections with a sentence until all sections together have at most `most` bytes.
fn bounded(mut sections: Vec<Section>, most: usize) -> Vec<Section> {
    let size = |section: &Section| section.body.0.len();
    while sections.iter().map(size).sum::<usize>() > most {
        let Some(largest) = sections.iter_mut().max_by_key(|section| size(section)) else { break };
        let bytes = crate::report::writers::html::figures::bytes(size(largest) as u64);
        let cut = html! {
            p .cut {
                "This section is omitted: it would have " (bytes) ", and browsers handle pages of such a size badly. "
                code { "--out ndjson=FILE" } " writes all of its rows."
            }
        };
        if cut.0.len() >= size(largest) {
            break;
        }
        largest.body = cut;
    }
    sections
}

/// Returns the result of each variant, after a comparison if there are several. For a sweep, returns the summary of all
/// failures.
fn whole_result(report: &Report, variants: &[String], each: Option<Markup>) -> Option<Markup> {
    if view(report, "sweep").is_some() {
        return outages::headline(report);
    }
    let compared = view(report, "variants").filter(|_| variants.len() > 1);
    each.map(
        |each| html! { @if let Some(view) = compared { (turned(view, "The variants side by side")) } (each) },
    )
}

fn of_services(report: &Report, variant: &str) -> Option<Markup> {
    services::section(view(report, "services")?, &rows(report, "services", variant), variant)
}

fn result(report: &Report, variant: &str) -> Option<Markup> {
    if view(report, "conservation").is_some() || view(report, "fates").is_some() {
        return Some(headline::simulated(report, variant));
    }
    view(report, "path").map(|_| headline::counted(report))
}

fn network(report: &Report, variant: &str, index: usize) -> Option<Markup> {
    let topology = report.topology.as_ref()?;
    let loads = Loads::of(report, variant);
    let events = rows(report, "events", variant);
    let scene = Scene { topology, loads: &loads, events: &events, start_ns: start(report, variant) };
    Some(scene.markup(&format!("network-{index}")))
}

fn over_time(report: &Report, variant: &str, index: usize) -> Option<Markup> {
    let series = rows(report, "path_series", variant);
    let start_ns = start(report, variant);
    let bucket_ns = series.first()?.amount("bucket_ns");
    let areas = Areas::of(&series, start_ns, bucket_ns, "delivered_ip_bytes", &LOST)?;
    let moments = moments(&rows(report, "events", variant), start_ns);
    Some(html! {
        (areas.markup(&format!("time-{index}"), "Delivered bytes by path, and lost bytes", &moments))
        @if !moments.is_empty() {
            p { "Events, by their numbers in the charts:" }
            (list(&moments))
        }
    })
}

fn links(report: &Report, variant: &str, index: usize) -> Option<Markup> {
    let of_links = rows(report, "links", variant);
    let start_ns = start(report, variant);
    let moments = moments(&rows(report, "events", variant), start_ns);
    let usages = usages(report.topology.as_ref(), &of_links, &rows(report, "link_series", variant), start_ns);
    if usages.is_empty() {
        return None;
    }
    let shape = Shape {
        columns: &[
            "link",
            "direction",
            "rate_bits_per_second",
            "offered_ip_bytes",
            "dropped_ip_bytes",
            "black_holed_ip_bytes",
            "peak_bits_per_second",
            "peak_permille",
            "n_minus_1_bits_per_second",
            "n_minus_1_permille",
            "max_wait_ns",
        ],
        variant: Some(variant),
        ..Shape::default()
    };
    Some(html! {
        p { "Traffic offered to each link: “out” is from the clients, “in” is to the clients. N-1 is the traffic \
        offered to both connections of a circuit together in their busiest time bucket: the load on one when the other fails." }
        div .links {
            @for (place, usage) in usages.iter().enumerate() {
                (usage.markup(&format!("link-{index}-{place}"), &moments))
            }
        }
        @if let Some(view) = view(report, "links") { (table(view, "Links by direction", shape)) }
    })
}

fn traffic(report: &Report) -> Option<Markup> {
    let named = [("path", "Paths"), ("service", "Top services"), ("destination", "Top destinations")];
    let views: Vec<_> =
        named.into_iter().filter_map(|(name, caption)| Some((view(report, name)?, caption))).collect();
    let columns = &[
        "service",
        "destination",
        "path",
        "circuits",
        "support",
        "communities",
        "flows",
        "packets",
        "ip_bytes",
        "sent_ip_bytes",
        "received_ip_bytes",
    ];
    (!views.is_empty()).then(|| {
        html! {
            @for (view, caption) in &views {
                (table(view, caption, Shape { columns: ordered(&view.name, columns), ..Shape::default() }))
            }
        }
    })
}

/// Returns the columns of a view. Destinations show their address first, then their service.
fn ordered<'c>(view: &str, columns: &'c [&'c str; 11]) -> &'c [&'c str] {
    const DESTINATIONS: &[&str] =
        &["destination", "service", "path", "circuits", "packets", "ip_bytes", "support"];
    if view == "destination" { DESTINATIONS } else { columns }
}

fn conversations(report: &Report, variant: &str) -> Option<Markup> {
    let fates = view(report, "fates");
    let changed = view(report, "flows_changed");
    if fates.is_none() && changed.is_none() {
        return None;
    }
    let shape = Shape { variant: Some(variant), ..Shape::default() };
    let columns = [
        "client",
        "client_port",
        "remote",
        "remote_port",
        "protocol",
        "fates",
        "first_path",
        "first_via",
        "last_path",
        "last_via",
        "ip_bytes",
        "black_holed_ip_bytes",
        "discarded_ip_bytes",
        "no_route_ip_bytes",
        "congested_ip_bytes",
        "leaked_ip_bytes",
        "outage_ns",
    ];
    Some(html! {
        @if let Some(view) = fates { (table(view, "Outcomes of conversations, the most severe first", shape)) }
        @if let Some(view) = changed {
            (table(view, "Conversations that changed", Shape { columns: &columns, most: CHANGED, ..shape }))
        }
    })
}

fn compliance(report: &Report, variant: &str) -> Option<Markup> {
    let own = view(report, "compliance")?;
    if rows(report, "compliance", variant).is_empty() {
        let nothing = if report.compliance_scope.is_empty() {
            "The scenario has no compliance scope: `compliance` names what must not use the internet."
                .to_owned()
        } else if view(report, "sweep").is_some() {
            format!("In no state shown here does traffic of {} use the internet.", headline::scope(report))
        } else {
            format!("No traffic of {} was captured.", headline::scope(report))
        };
        return Some(html! { p .empty { (quoted(&nothing)) } });
    }
    let columns = ["outage", "scope", "path", "via", "leaks", "flows", "packets", "ip_bytes"];
    let caption = format!("Traffic of {} by path", headline::scope(report));
    Some(table(own, &caption, Shape { columns: &columns, variant: Some(variant), ..Shape::default() }))
}

/// Returns notes and skipped packets. If checks are the result of the report, nothing is said if there are none.
fn findings(report: &Report) -> Option<Markup> {
    let nothing = report.notes.is_empty() && report.skipped.is_empty();
    (!nothing || report.checks.is_empty()).then(|| provenance::findings(report))
}

fn others(report: &Report) -> Option<Markup> {
    // The outcomes of checks have a section of their own; their parts are for machines.
    let by_checks = |name: &str| !report.checks.is_empty() && ["checks", "check_parts"].contains(&name);
    let drawn = |view: &&View| {
        DRAWN.contains(&view.name.as_str())
            || by_checks(&view.name)
            || (view.is_detail && view.name == "map_failures")
    };
    let views: Vec<_> = report.views.iter().filter(|view| !drawn(view)).collect();
    let folded = [("sweep_paths", "Paths by failure"), ("sweep_links", "Links by failure")];
    let folded: Vec<_> =
        folded.into_iter().filter_map(|(name, caption)| Some((view(report, name)?, caption))).collect();
    (!views.is_empty() || !folded.is_empty()).then(|| {
        html! {
            @for view in &views { (table(view, &view.name.replace('_', " "), Shape::default())) }
            @for (view, caption) in folded { (outages::details(view, caption)) }
        }
    })
}

fn how(report: &Report, variants: &[String]) -> Markup {
    html! {
        (provenance::inputs(report))
        @if let Some(view) = view(report, "conservation") {
            @for variant in variants {
                @let caption = if variants.len() > 1 { format!("Every byte is counted once: {variant}") } else { "Every byte is counted once".to_owned() };
                (table(view, &caption, Shape { variant: Some(variant), exact: true, ..Shape::default() }))
            }
        }
    }
}

/// Returns the first packet's time in nanoseconds since 1970, if a view contains it.
pub(super) fn first_packet(report: &Report) -> Option<u64> {
    variants(report).iter().map(|variant| start(report, variant)).filter(|start| *start > 0).min()
}

/// Returns the first packet's time, if a view contains it.
fn start(report: &Report, variant: &str) -> u64 {
    let of = |view, column| rows(report, view, variant).iter().filter_map(|row| row.number(column)).min();
    [of("timeline", "start"), of("path_series", "time"), of("link_series", "time")]
        .into_iter()
        .flatten()
        .min()
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_sections_give_way() {
        let section = |id, size: usize| Section { id, title: id, body: html! { ("x".repeat(size)) } };
        let sections = bounded(vec![section("a", 300), section("b", 90_000), section("c", 5_000)], 6_000);
        assert!(sections.iter().map(|section| section.body.0.len()).sum::<usize>() <= 6_000);
        assert_eq!((sections[0].body.0.len(), sections[2].body.0.len()), (300, 5_000));
        let markup_text = &sections[1].body.0;
        assert!(
            markup_text.contains("omitted") && markup_text.contains("--out ndjson=FILE"),
            "{markup_text}"
        );
        // Sections within the bound stay as they are, and the loop ends for sections that cannot be made smaller.
        assert_eq!(bounded(vec![section("a", 300)], 300)[0].body.0.len(), 300);
        assert_eq!(bounded(vec![section("a", 10), section("b", 10)], 5).len(), 2);
    }
}
