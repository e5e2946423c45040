//! The map: products in rows, vantage points in columns, grouped as in Microsoft's guide.

use std::collections::BTreeMap;

use maud::{Markup, html};

use crate::report::Report;
use crate::report::writers::html::charts::areas::class;
use crate::report::writers::html::data::{Row, rows, view};

/// Maximum number of columns; more distinct columns than these are left to the machine-readable formats.
const COLUMNS: usize = 16;

/// A column: the vantage points from which every product has the same cells.
struct Place<'r> {
    names: Vec<&'r str>,
    /// The cells by product.
    cells: BTreeMap<&'r str, Row<'r>>,
}

/// Returns the section of the map; `None` if the report has none.
pub(super) fn section(report: &Report) -> Option<Markup> {
    view(report, "map")?;
    let all = rows(report, "map", "");
    let places = places(&all);
    let mut layers: Vec<(&str, Vec<&str>)> = Vec::new();
    for row in &all {
        let (layer, product) = (row.text("layer"), row.text("product"));
        match layers.iter_mut().find(|(known, _)| *known == layer) {
            Some((_, products)) if products.contains(&product) => {}
            Some((_, products)) => products.push(product),
            None => layers.push((layer, vec![product])),
        }
    }
    // The foundation is at the bottom, as in the guide's picture.
    layers.reverse();
    let shown = places.get(..COLUMNS).unwrap_or(&places);
    Some(html! {
        (verdict(&all))
        @if shown.len() < places.len() {
            p .cut {
                "The sites differ in " (places.len()) " ways; the first " (COLUMNS) " are shown. "
                code { "--out ndjson=FILE" } " writes all of them."
            }
        }
        @for (layer, products) in &layers {
            div .scroll role="region" tabindex="0" aria-label=(layer) {
                table .map {
                    caption { (layer) }
                    thead { tr {
                        th scope="col" { "Product" }
                        @for place in shown { th scope="col" { (names(place)) } }
                    } }
                    tbody { @for product in products { tr {
                        th scope="row" { (product) @if let Some(row) = row_of(shown, product) { br; span .support { (support(row)) } } }
                        @for place in shown { td data-site=(names(place)) { @if let Some(row) = place.cells.get(product) { (cell(row)) } } }
                    } } }
                }
            }
        }
    })
}

/// Returns the columns: vantage points with equal cells are one.
fn places<'r>(all: &[Row<'r>]) -> Vec<Place<'r>> {
    let mut order: Vec<&str> = Vec::new();
    let mut cells: BTreeMap<&str, BTreeMap<&str, Row<'r>>> = BTreeMap::new();
    for row in all {
        let vantage = row.text("vantage");
        if !order.contains(&vantage) {
            order.push(vantage);
        }
        cells.entry(vantage).or_default().insert(row.text("product"), *row);
    }
    let mut places: Vec<Place<'r>> = Vec::new();
    for name in order {
        let Some(own) = cells.remove(name) else { continue };
        match places.iter_mut().find(|place| same(&place.cells, &own)) {
            Some(place) => place.names.push(name),
            None => places.push(Place { names: vec![name], cells: own }),
        }
    }
    places
}

fn same(left: &BTreeMap<&str, Row<'_>>, right: &BTreeMap<&str, Row<'_>>) -> bool {
    let columns = ["path", "circuits", "replies", "under_failures", "paths"];
    left.len() == right.len()
        && left.iter().all(|(product, row)| {
            right
                .get(product)
                .is_some_and(|other| columns.iter().all(|name| row.cell(name) == other.cell(name)))
        })
}

fn names(place: &Place<'_>) -> String {
    const SHOWN: usize = 3;
    let more = place.names.len().saturating_sub(SHOWN);
    let names = place.names.iter().take(SHOWN).copied().collect::<Vec<_>>().join(", ");
    if more == 0 { names } else { format!("{names} and {more} more") }
}

fn row_of<'p, 'r>(places: &'p [Place<'r>], product: &str) -> Option<&'p Row<'r>> {
    places.iter().find_map(|place| place.cells.get(product))
}

fn support(row: &Row<'_>) -> String {
    match row.text("support") {
        "mixed" => "documents say both".to_owned(),
        "not-stated" => "support not stated".to_owned(),
        word => word.to_owned(),
    }
}

fn cell(row: &Row<'_>) -> Markup {
    let path = row.text("path");
    let circuits = row.list("circuits");
    let replies = row.text("replies");
    let changes = row.list("under_failures");
    html! {
        span .{ "path " (class(path)) } { (words(path)) }
        @if !circuits.is_empty() { " " (circuits.join(", ")) }
        @if !matches!(replies, "arrive" | "-" | "") { br; span .flagged { "replies: " (replies) } }
        @if path == "mixed" { ul .paths { @for one in row.list("paths") { li { (one) } } } }
        @if !changes.is_empty() {
            details {
                summary { "under failures" }
                ul .paths { @for change in changes { li { (change) } } }
            }
        }
    }
}

/// Returns a path in words for people.
fn words(path: &str) -> String {
    match path {
        "microsoft-peering" => "Microsoft peering".to_owned(),
        "private-peering" => "private peering".to_owned(),
        other => other.to_owned(),
    }
}

/// Returns the sentence that sums up the map.
fn verdict(all: &[Row<'_>]) -> Markup {
    let count = |holds: &dyn Fn(&Row<'_>) -> bool| all.iter().filter(|row| holds(row)).count();
    let circuit = count(&|row| row.text("path") == "microsoft-peering");
    let mixed = count(&|row| row.text("path") == "mixed");
    let internet = count(&|row| row.text("path") == "internet");
    let other = all.len() - circuit - mixed - internet;
    let falls = count(&|row| {
        let to_internet = |change: &String| change.starts_with("internet") || change.starts_with("mixed");
        row.text("path") == "microsoft-peering" && row.list("under_failures").iter().any(to_internet)
    });
    let replies = count(&|row| !matches!(row.text("replies"), "arrive" | "-" | ""));
    html! {
        p .verdict {
            "Of " (all.len()) " pairs of a product and a site, " strong { (circuit) } " use ExpressRoute Microsoft peering for all addresses, "
            (mixed) " for some of them, and " strong { (internet) } " use the internet"
            @if other > 0 { "; " (other) " have another path" }
            ". "
            @if falls > 0 { strong { (falls) } " of those on the circuit use the internet, at least in part, if a single part of the network fails. " }
            @else { "None of those on the circuit uses the internet if a single part of the network fails. " }
            @if replies > 0 { strong { (replies) } " have replies that may not arrive." }
        }
    }
}
