//! Comparing two networks over the whole catalog, with a million internet routes on both sides, two editions of the lists
//! under one network, many branches, and many spokes; and checking branches under each single failure.
#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a bench fails by panicking and says what it skips"
)]

mod branches;
mod internet;
mod spokes;

use std::path::Path;

use criterion::{Criterion, criterion_group, criterion_main};
use internet::{filter, tables};
use peerpath::addr::Family;
use peerpath::catalog::{Catalog, Cloud, files};
use peerpath::check::diff::{ChangeKind, Diff, DiffSide, diff};
use peerpath::check::{Subject, read_checks, run_checks};
use peerpath::diag::Source;
use peerpath::engine::{Explanation, Inputs, RoutingTables};
use peerpath::network::{Network, read};

/// The service tags of the month before the shipped ones.
const EDITION: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data/service-tags/ServiceTags_Public_20260525.json");

/// Two sites and a circuit with this filter.
fn text(filter: &str, internet: &str) -> String {
    format!(
        "version: 1\ncloud: public\nsites:\n  \
         - {{name: s1, prefixes: [10.1.0.0/16], internet: {{name: e1, {internet}}}, circuits: [c1]}}\n  \
         - {{name: s2, prefixes: [10.2.0.0/16], internet: {{name: e2, {internet}}}, circuits: []}}\n\
         circuits:\n  - name: c1\n    peering_location: Amsterdam\n    sku: premium\n    bandwidth: 1 Gbps\n    \
         microsoft_peering:\n      route_filter: [{filter}]\n      nat: [198.51.100.0/28]\n      \
         advertised: [198.51.100.0/28, 2001:db8:51::/64]\n"
    )
}

fn read_on(catalog: &Catalog, text: &str) -> Network {
    read(&Source::new("network.yaml", text), catalog).0.unwrap()
}

/// Both sides compiled and compared.
fn compared(base: Inputs<'_>, head: Inputs<'_>) -> Diff {
    let (base, head) = std::thread::scope(|scope| {
        let base = scope.spawn(move || DiffSide::compile(base).unwrap());
        (scope.spawn(move || DiffSide::compile(head).unwrap()).join().unwrap(), base.join().unwrap())
    });
    diff(&head, &base).unwrap()
}

/// Times a comparison alone and with both sides' compiling; `changes` are at least so many ranges that differ.
fn case(criterion: &mut Criterion, name: &str, base: Inputs<'_>, head: Inputs<'_>, changes: usize) {
    let (was, is) = (DiffSide::compile(base).unwrap(), DiffSide::compile(head).unwrap());
    let found = diff(&was, &is).unwrap();
    assert!(!found.count(Family::V4, ChangeKind::Move).is_zero(), "{name}: addresses move");
    assert_eq!((found.matrices.len(), found.vantages.len()), (4, 2));
    assert!(found.changes.len() >= changes, "{name}: {} ranges differ", found.changes.len());
    let mut group = criterion.benchmark_group("check/diff");
    group.sample_size(10);
    group.bench_function(format!("{name}, compiled"), |bencher| bencher.iter(|| diff(&was, &is).unwrap()));
    group.bench_function(format!("{name}, compile included"), |bencher| {
        bencher.iter(|| compared(base, head));
    });
    group.finish();
}

fn compare(criterion: &mut Criterion) {
    let catalog = Catalog::shipped(Cloud::Public).unwrap();
    let (all, fewer) = (filter(&catalog, ""), filter(&catalog, "12076:51002"));
    for (name, internet) in
        [("whole catalog", "default_route: both"), ("1 M routes on both sides", "routes: t")]
    {
        let tables = if internet == "routes: t" { tables() } else { RoutingTables::none() };
        let (base, head) = (text(&all, internet), text(&fewer, internet));
        let (base, head) = (read_on(&catalog, &base), read_on(&catalog, &head));
        let inputs = |network| Inputs::new(network, &catalog).tables(&tables);
        case(criterion, name, inputs(&base), inputs(&head), 300);
    }
    if !Path::new(EDITION).is_file() {
        return eprintln!("skipped: two editions: {EDITION} is missing");
    }
    let (feed, _) = files::read_file(Path::new(EDITION)).unwrap();
    let edition = Catalog::builder(Cloud::Public).add(feed).build().unwrap();
    let network = text(&all, "default_route: both");
    let (base, head) = (read_on(&edition, &network), read_on(&catalog, &network));
    case(criterion, "two editions", Inputs::new(&base, &edition), Inputs::new(&head, &catalog), 300);
}

/// From 100 to 10,000 branches, compile included: time grows with what differs, and linearly with the branches.
fn many_branches(criterion: &mut Criterion) {
    let catalog = Catalog::shipped(Cloud::Public).unwrap();
    let mut group = criterion.benchmark_group("check/branches");
    group.sample_size(10);
    for sites in [100, 1_000, 10_000] {
        let source = Source::new("network.yaml", branches::text(sites, false));
        let base = read(&source, &catalog).0.unwrap();
        let head = read_on(&catalog, &branches::text(sites, true));
        let inputs = |network| Inputs::new(network, &catalog);
        group.bench_function(format!("diff, {sites} sites"), |bencher| {
            bencher.iter(|| compared(inputs(&head), inputs(&base)));
        });
        let (checks, _) = read_checks(&source, Some(&base), &catalog);
        assert_eq!(checks.all.len(), 1);
        let explain = |_: &Explanation<'_>| Vec::new();
        let subject =
            Subject { inputs: inputs(&base), today: jiff::civil::date(2026, 1, 1), explain: &explain };
        let evaluated = run_checks(subject, &checks).unwrap();
        assert!(
            evaluated.parts.len() >= sites,
            "{} parts: every site loses the circuit",
            evaluated.parts.len()
        );
        group.bench_function(format!("each single failure, {sites} sites"), |bencher| {
            bencher.iter(|| run_checks(subject, &checks).unwrap());
        });
    }
    group.finish();
}

/// From 100 to 900 spokes, of which one changes its route table, compile included: what each says of all others is told once
/// for all that are alike.
fn many_spokes(criterion: &mut Criterion) {
    let catalog = Catalog::shipped(Cloud::Public).unwrap();
    let mut group = criterion.benchmark_group("check/spokes");
    group.sample_size(10);
    for (firewall, behind) in [(false, "a hub"), (true, "a hub's firewall")] {
        for spokes in [100, 300, 900] {
            let base = read_on(&catalog, &spokes::text(spokes, firewall, false));
            let head = read_on(&catalog, &spokes::text(spokes, firewall, true));
            let inputs = |network| Inputs::new(network, &catalog);
            let found = compared(inputs(&head), inputs(&base));
            assert_eq!(found.vantages.len(), spokes + 4);
            assert!(!found.changes.is_empty(), "one spoke loses its way to the site");
            group.bench_function(format!("diff, {spokes} spokes behind {behind}"), |bencher| {
                bencher.iter(|| compared(inputs(&head), inputs(&base)));
            });
        }
    }
    group.finish();
}

criterion_group!(benches, compare, many_branches, many_spokes);
criterion_main!(benches);
