//! The views of a map: products by vantage point, and what becomes of them under failures.

use crate::addr::AddressCount;
use crate::check::{MapCell, NetworkMap, ProductPath};
use crate::engine::{PathVerdict, ProductFacts, ReturnVerdict};
use crate::network::{CircuitId, Network};
use crate::report::View;
use crate::report::columns::Columns;

/// A cell of the map, with everything needed to show it.
struct Shown<'m> {
    map: &'m NetworkMap,
    network: &'m Network,
    cell: &'m MapCell,
}

/// A change of a cell under a failure.
struct Change<'m> {
    shown: &'m Shown<'m>,
    failure: &'m str,
    paths: &'m [ProductPath],
}

/// Returns the views `map` and `map_failures`.
pub fn views(map: &NetworkMap, network: &Network) -> Vec<View> {
    let shown: Vec<Shown<'_>> = map.cells.iter().map(|cell| Shown { map, network, cell }).collect();
    vec![cells(&shown), changes(&shown)]
}

fn cells(shown: &[Shown<'_>]) -> View {
    Columns::<&Shown<'_>>::new()
        .group(|shown| *shown, place())
        .text("path", "the path of its addresses; `mixed` if they differ", |shown| word(&shown.cell.paths))
        .list("circuits", "the circuits on any of the paths", |shown| {
            circuits(shown.network, &shown.cell.paths)
        })
        .text(
            "replies",
            "what happens to replies: arrive, at-risk, unspecified, dropped; the worst of all paths",
            |shown| replies(&shown.cell.paths),
        )
        .text("support", "the documented support of the product on ExpressRoute", |shown| {
            shown.facts().map(|facts| facts.support.verdict.word())
        })
        .list(
            "under_failures",
            "what the product becomes under single failures that change it: path, circuits, failures",
            |shown| shown.under_failures(),
        )
        .list(
            "paths",
            "each path with its circuits, the fate of replies, and the number of addresses",
            |shown| descriptions(shown.network, &shown.cell.paths),
        )
        .count("ipv4_addresses", "the number of IPv4 addresses of the product", |shown| {
            sum(&shown.cell.paths, 0)
        })
        .count("ipv6_addresses", "the number of IPv6 addresses of the product", |shown| {
            sum(&shown.cell.paths, 1)
        })
        .view("map", shown)
}

fn changes(shown: &[Shown<'_>]) -> View {
    let rows = shown.iter().flat_map(|shown| {
        let failures = shown.cell.changes.iter();
        failures.filter_map(move |(number, paths)| {
            Some(Change { shown, failure: shown.map.failures.get(*number)?, paths })
        })
    });
    let mut view = Columns::<Change<'_>>::new()
        .text("failure", "the failure", |change| change.failure)
        .group(|change| change.shown, place())
        .text("path", "the path under the failure; `mixed` if the addresses differ", |change| {
            word(change.paths)
        })
        .list("circuits", "the circuits on any of the paths", |change| {
            circuits(change.shown.network, change.paths)
        })
        .text("replies", "what happens to replies; the worst of all paths", |change| replies(change.paths))
        .list(
            "paths",
            "each path with its circuits, the fate of replies, and the number of addresses",
            |change| descriptions(change.shown.network, change.paths),
        )
        .view("map_failures", rows);
    view.is_detail = true;
    view
}

fn place<'m>() -> Columns<'m, Shown<'m>> {
    Columns::<Shown<'_>>::new()
        .text("layer", "the group of products in Microsoft's guide", |shown| {
            shown.facts().map(|facts| facts.product.layer.name)
        })
        .text("product", "the product", |shown| shown.facts().map(|facts| facts.product.name))
        .text("vantage", "where packets start: a site, or `VIRTUAL-NETWORK/SUBNET`", |shown| {
            shown.cell.vantage.name(shown.network)
        })
}

impl<'m> Shown<'m> {
    fn facts(&self) -> Option<&'m ProductFacts> {
        self.map.products.get(self.cell.product)
    }

    /// Returns each distinct outcome of the failures with their names, in the order of the first failure.
    fn under_failures(&self) -> Vec<String> {
        let mut outcomes: Vec<(String, Vec<&str>)> = Vec::new();
        for (number, paths) in &self.cell.changes {
            let Some(failure) = self.map.failures.get(*number) else { continue };
            let outcome = outcome(self.network, paths);
            match outcomes.iter_mut().find(|(known, _)| *known == outcome) {
                Some((_, failures)) => failures.push(failure),
                None => outcomes.push((outcome, vec![failure])),
            }
        }
        outcomes
            .into_iter()
            .map(|(outcome, failures)| format!("{outcome} ({})", failures.join(", ")))
            .collect()
    }
}

/// Returns a path with its circuits, and the fate of replies if they may not arrive.
fn outcome(network: &Network, paths: &[ProductPath]) -> String {
    let circuits = circuits(network, paths);
    let over = if circuits.is_empty() { String::new() } else { format!(" over {}", circuits.join(", ")) };
    let replies = match replies(paths) {
        "arrive" | "-" => String::new(),
        worse => format!(" (replies {worse})"),
    };
    format!("{}{over}{replies}", word(paths))
}

fn word(paths: &[ProductPath]) -> &'static str {
    let mut all = paths.iter().map(|path| path.disposition);
    let Some(first) = all.next() else { return PathVerdict::Unknown.word() };
    if all.all(|other| other == first) { first.word() } else { PathVerdict::Mixed.word() }
}

fn circuits(network: &Network, paths: &[ProductPath]) -> Vec<String> {
    let mut all: Vec<CircuitId> = paths.iter().flat_map(|path| path.circuits.iter().copied()).collect();
    all.sort_unstable();
    all.dedup();
    all.iter().filter_map(|id| Some(network.circuit(*id)?.name.clone())).collect()
}

/// Returns the worst fate of replies.
fn replies(paths: &[ProductPath]) -> &'static str {
    let worst = paths.iter().filter_map(|path| path.back).max();
    match worst {
        None => "-",
        Some(ReturnVerdict::Symmetric) => "arrive",
        Some(worse) => worse.word(),
    }
}

fn descriptions(network: &Network, paths: &[ProductPath]) -> Vec<String> {
    let all = [sum(paths, 0), sum(paths, 1)];
    let describe = |path: &ProductPath| {
        let counts = path.counts.into_iter().zip(all).zip(["IPv4", "IPv6"]);
        let counts = counts.filter(|((count, _), _)| !count.is_zero());
        let counts: Vec<String> = counts
            .map(|((count, all), family)| match count.permille_of(all) {
                Some(share) if share < 1000 => {
                    format!("{}.{} % of {family} ({})", share / 10, share % 10, count.short())
                }
                _ => format!("all {} {family}", count.short()),
            })
            .collect();
        format!("{}: {}", outcome(network, std::slice::from_ref(path)), counts.join(", "))
    };
    paths.iter().map(describe).collect()
}

fn sum(paths: &[ProductPath], family: usize) -> AddressCount {
    paths.iter().filter_map(|path| path.counts.get(family).copied()).sum()
}
