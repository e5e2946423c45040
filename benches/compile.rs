//! Compiling the lists alone, and networks over every community of the lists with and without a million internet
//! routes.
#![expect(clippy::unwrap_used, reason = "a bench fails by panicking")]

mod internet;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use internet::{filter, tables};
use peerpath::catalog::{Catalog, Cloud};
use peerpath::diag::Source;
use peerpath::engine::{Engine, Inputs};
use peerpath::network::{Network, SiteId, read};

/// So many sites, each with an internet edge and three circuits.
fn network(catalog: &Catalog, sites: usize, internet: &str) -> Network {
    let filter = filter(catalog, "");
    let mut text = "version: 1\ncloud: public\nsites:\n".to_owned();
    for n in 1..=sites {
        text += &format!(
            "  - name: s{n}\n    prefixes: [10.{n}.0.0/16]\n    internet: {{name: e{n}, {internet}}}\n"
        );
    }
    text += "circuits:\n";
    for n in 1..=3 {
        text += &format!(
            "  - name: c{n}\n    peering_location: Amsterdam\n    sku: premium\n    bandwidth: 1 Gbps\n    \
             microsoft_peering:\n      route_filter: [{filter}]\n"
        );
    }
    read(&Source::new("network.yaml", text), catalog).0.unwrap()
}

/// One site of a network: its partitions and its table.
fn site(inputs: Inputs<'_>) -> Engine {
    let (site, _): (SiteId, _) = inputs.network.sites_with_ids().next().unwrap();
    Engine::compile(inputs, site).unwrap()
}

fn compile(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("engine/compile");
    group.sample_size(10);
    let load = || Catalog::shipped(Cloud::Public).unwrap();
    let ranges = |engine: &Engine| (engine.partition4().len(), engine.partition6().len());
    let (v4, v6) = ranges(&Engine::eligibility(&load()));
    assert!(v4 > 15_000 && v6 > 8_000, "{v4} and {v6} ranges: the lists are compiled in");
    // Loading the lists is not part of it, but what is made of them at the first question is.
    group.bench_function("lists alone", |bencher| {
        bencher.iter_batched(
            load,
            |catalog| (Engine::eligibility(&catalog), catalog),
            BatchSize::PerIteration,
        );
    });
    let (catalog, tables) = (load(), tables());
    let default_only = network(&catalog, 1, "default_route: both");
    let inputs = Inputs::new(&default_only, &catalog);
    let (v4, v6) = ranges(&site(inputs));
    assert!(v4 > 5_000 && v6 > 1_000, "{v4} and {v6} ranges: every community is compiled in");
    // What is made is used until the program ends: taking it apart is no part of any of these.
    group.bench_function("one site, whole catalog", |bencher| bencher.iter_with_large_drop(|| site(inputs)));
    let with_table = network(&catalog, 1, "routes: t");
    let inputs = Inputs::new(&with_table, &catalog).tables(&tables);
    let (v4, _) = ranges(&site(inputs));
    assert!(v4 > 1_000_000, "{v4} ranges: the table is compiled in");
    group.bench_function("one site, 1 M routes", |bencher| bencher.iter_with_large_drop(|| site(inputs)));
    let four = network(&catalog, 4, "routes: t");
    let four = || Engine::compile_sites(Inputs::new(&four, &catalog).tables(&tables)).unwrap();
    assert_eq!(four().len(), 4);
    group.bench_function("four sites, 1 M routes", |bencher| bencher.iter_with_large_drop(four));
    group.finish();
}

criterion_group!(benches, compile);
criterion_main!(benches);
