//! Loading the lists, compiling them, and looking addresses up.
#![expect(clippy::unwrap_used, reason = "a bench fails by panicking")]

use std::hint::black_box;
use std::net::IpAddr;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use peerpath::catalog::{Catalog, Cloud};
use peerpath::engine::Engine;

/// Addresses of every 20th range of the lists, both families.
fn addresses(engine: &Engine) -> Vec<IpAddr> {
    let v4 = engine.partition4().starts().iter().step_by(20).map(|start| IpAddr::V4(*start));
    let v6 = engine.partition6().starts().iter().step_by(20).map(|start| IpAddr::V6(*start));
    v4.chain(v6).collect()
}

fn load(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("catalog/load");
    for cloud in Cloud::ALL {
        let records = Catalog::shipped(cloud).unwrap().record_count();
        assert!(records > 1_000, "{cloud}: {records} records");
        group.bench_function(cloud.name(), |bencher| {
            bencher.iter(|| Catalog::shipped(black_box(cloud)).unwrap());
        });
    }
    // What a process does for one answer: the index of a family is made at the first question to it.
    let address = "52.112.0.1".parse().unwrap();
    let answer = || Catalog::shipped(Cloud::Public).unwrap().lookup(black_box(address)).tags.len();
    assert!(answer() > 0);
    group.bench_function("public, first answer", |bencher| bencher.iter(answer));
    group.finish();
}

fn compile_and_look_up(criterion: &mut Criterion) {
    let catalog = Catalog::shipped(Cloud::Public).unwrap();
    let engine = Engine::eligibility(&catalog);
    let addresses = addresses(&engine);
    assert!(addresses.len() > 2_000, "{} addresses", addresses.len());
    criterion.bench_function("engine/compile/eligibility", |bencher| {
        bencher.iter(|| Engine::eligibility(black_box(&catalog)));
    });
    let mut group = criterion.benchmark_group("catalog/lookup");
    group.throughput(Throughput::Elements(addresses.len() as u64));
    group.bench_function("record", |bencher| {
        bencher.iter(|| addresses.iter().filter(|address| catalog.record(**address).is_some()).count());
    });
    group.bench_function("everything", |bencher| {
        bencher.iter(|| addresses.iter().map(|address| catalog.lookup(*address).tags.len()).sum::<usize>());
    });
    group.finish();
}

criterion_group!(benches, load, compile_and_look_up);
criterion_main!(benches);
