//! Compiling a network: four sites, three circuits, every community of the lists, a million internet routes.
#![expect(clippy::unwrap_used, reason = "a bench fails by panicking")]

use std::net::Ipv4Addr;

use criterion::{Criterion, criterion_group, criterion_main};
use peerpath::addr::{IpPrefix, Prefix};
use peerpath::catalog::{Catalog, Cloud};
use peerpath::diag::Source;
use peerpath::engine::{Engine, Inputs, RouteTables};
use peerpath::network::{Network, read};
use peerpath::rib::{AsPath, Attributes};

/// Every community that has routes, as a route filter holds them.
fn filter(catalog: &Catalog) -> String {
    let all = catalog.communities().iter().filter(|known| !catalog.routes(known.value).is_empty());
    all.map(|known| known.value.to_string()).collect::<Vec<_>>().join(", ")
}

fn network(catalog: &Catalog) -> Network {
    let filter = filter(catalog);
    let mut text = "version: 1\ncloud: public\nsites:\n".to_owned();
    for n in 1..=4 {
        text += &format!(
            "  - name: s{n}\n    prefixes: [10.{n}.0.0/16]\n    internet: {{name: e{n}, routes: t}}\n"
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

/// A million routes of an internet edge, by arithmetic.
fn tables() -> RouteTables {
    let routes = (0..1_000_000_u32).map(|n| {
        let first = 0x0100_0000 + n.wrapping_mul(0x9e37_79b1) % 0xd000_0000;
        let length = 16 + u8::try_from(n % 9).unwrap();
        let as_path = AsPath::sequence([64_500, 1 + n % 60_000, 1 + n / 7 % 60_000]);
        let prefix: IpPrefix = Prefix::containing(Ipv4Addr::from(first), length).unwrap().into();
        (prefix, Attributes { as_path, ..Attributes::default() })
    });
    let mut tables = RouteTables::none();
    tables.insert("t".to_owned(), routes.collect());
    tables
}

fn compile(criterion: &mut Criterion) {
    let catalog = Catalog::shipped(Cloud::Public).unwrap();
    let (network, tables) = (network(&catalog), tables());
    let compile = || Engine::compile_sites(Inputs::new(&network, &catalog).tables(&tables)).unwrap();
    let engines = compile();
    assert_eq!(engines.len(), 4);
    assert!(engines.iter().all(|engine| engine.partition4().len() > 100_000), "the table is compiled in");
    let mut group = criterion.benchmark_group("engine/compile");
    group.sample_size(10);
    group.bench_function("four sites, 1 M routes", |bencher| bencher.iter(compile));
    group.finish();
}

criterion_group!(benches, compile);
criterion_main!(benches);
