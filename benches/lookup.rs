//! Lookups and building of the tables. Groups are named floor/operation/family/data.
//!
//! Data: the service tags of `tables`, and the BGP table of `../shared/data/bgp/table`, where it is there: all its addresses
//! lie in prefixes drawn evenly. Each case is checked before it is timed: every answer must be the partition's.

#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a bench fails by panicking and reports its data"
)]

mod tables;

use std::hint::black_box;
use std::io::Read;
use std::net::{Ipv4Addr, Ipv6Addr};

use criterion::{BatchSize, Criterion, Throughput};
use peerpath::addr::{Address, IpPrefix, Partition, Prefix};
use peerpath::fib::{CompiledV4, CompiledV6, CoverTable, Lpm, NextHopId, TrieTable};
use tables::{Data, Random, tags_v4, tags_v6};

const BGP_TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data/bgp/table/bart_prefixes.txt.gz");

fn main() {
    let mut criterion = Criterion::default().sample_size(10).configure_from_args();
    bench(&mut criterion, &tags_v4());
    bench(&mut criterion, &tags_v6());
    match std::fs::File::open(BGP_TABLE) {
        Ok(file) => {
            let (v4, v6) = bgp(flate2::read::GzDecoder::new(file));
            bench(&mut criterion, &v4);
            bench(&mut criterion, &v6);
        }
        Err(error) => eprintln!("skipped: BGP table: {error}: {BGP_TABLE}"),
    }
    criterion.final_summary();
}

trait Compile: Address {
    type Table: Lpm<Self>;
    fn compile(partition: &Partition<Self, Option<NextHopId>>) -> Self::Table;
    fn memory_bytes(table: &Self::Table) -> usize;
}

impl Compile for Ipv4Addr {
    type Table = CompiledV4;

    fn compile(partition: &Partition<Self, Option<NextHopId>>) -> CompiledV4 {
        CompiledV4::from_partition(partition)
    }

    fn memory_bytes(table: &CompiledV4) -> usize {
        table.memory_bytes()
    }
}

impl Compile for Ipv6Addr {
    type Table = CompiledV6;

    fn compile(partition: &Partition<Self, Option<NextHopId>>) -> CompiledV6 {
        CompiledV6::from_partition(partition)
    }

    fn memory_bytes(table: &CompiledV6) -> usize {
        table.memory_bytes()
    }
}

fn bench<A: Compile>(criterion: &mut Criterion, data: &Data<A>) {
    let family = if A::WIDTH == 32 { "v4" } else { "v6" };
    let name = |operation: &str| format!("fib/{operation}/{family}/{}", data.name);
    let partition = data.partition();
    let compiled = A::compile(&partition);
    let trie: TrieTable<A> = data.routes.iter().copied().collect();
    let expected: Vec<_> = data.addresses.iter().map(|address| *partition.get(*address)).collect();
    let hits = expected.iter().flatten().count();
    if let Some(pinned) = data.hits {
        assert_eq!(hits, pinned, "{}: the data differs", name("lookup"));
    }
    check(&compiled, &data.addresses, &expected);
    check(&trie, &data.addresses, &expected);
    eprintln!(
        "{}: {} prefixes, {} ranges, {} bytes compiled, {hits} of {} addresses hit",
        name("lookup"),
        data.routes.len(),
        partition.len(),
        A::memory_bytes(&compiled),
        data.addresses.len()
    );

    let tables: [(&str, &dyn Lpm<A>); 2] = [("compiled", &compiled), ("trie", &trie)];
    let mut out = vec![None; data.addresses.len()];
    let mut group = criterion.benchmark_group(name("lookup"));
    group.throughput(Throughput::Elements(data.addresses.len() as u64));
    group.bench_function("compiled", |bencher| bencher.iter(|| one_by_one(&compiled, &data.addresses)));
    group.bench_function("trie", |bencher| bencher.iter(|| one_by_one(&trie, &data.addresses)));
    group.finish();
    let mut group = criterion.benchmark_group(name("lookup_batch"));
    group.throughput(Throughput::Elements(data.addresses.len() as u64));
    for (table_name, table) in tables {
        group.bench_function(table_name, |bencher| {
            bencher.iter(|| {
                table.lookup_batch(black_box(&data.addresses), &mut out);
                black_box(out.last().copied())
            });
        });
    }
    group.finish();
    let mut group = criterion.benchmark_group(name("build"));
    group.throughput(Throughput::Elements(data.routes.len() as u64));
    group.bench_function("partition", |bencher| bencher.iter(|| data.partition()));
    group.bench_function("compiled", |bencher| bencher.iter(|| A::compile(&partition)));
    group.bench_function("cover", |bencher| {
        bencher.iter_batched(|| data.routes.clone(), CoverTable::build, BatchSize::LargeInput);
    });
    group.finish();
}

fn check<A: Address>(table: &impl Lpm<A>, addresses: &[A], expected: &[Option<NextHopId>]) {
    let mut out = vec![None; addresses.len()];
    table.lookup_batch(addresses, &mut out);
    assert!(out == expected, "a batched lookup differs from the partition");
    let single: Vec<_> = addresses.iter().map(|address| table.lookup(*address)).collect();
    assert!(single == expected, "a lookup differs from the partition");
}

fn one_by_one<A: Address>(table: &impl Lpm<A>, addresses: &[A]) -> u64 {
    addresses.iter().map(|address| table.lookup(*address).map_or(0, |id| u64::from(id.index()))).sum()
}

/// The BGP table; addresses are drawn evenly from its prefixes.
fn bgp(mut file: impl Read) -> (Data<Ipv4Addr>, Data<Ipv6Addr>) {
    let mut text = String::new();
    file.read_to_string(&mut text).unwrap();
    let (mut v4, mut v6) = (Vec::new(), Vec::new());
    for line in text.lines() {
        match line.parse().unwrap() {
            IpPrefix::V4(prefix) => v4.push(prefix),
            IpPrefix::V6(prefix) => v6.push(prefix),
        }
    }
    (bgp_data(v4, 1 << 20), bgp_data(v6, 1 << 19))
}

fn bgp_data<A: Address>(prefixes: Vec<Prefix<A>>, count: usize) -> Data<A> {
    let random = &mut Random(4_271);
    // 4,000 next hops or classes.
    let routes: Vec<_> = prefixes.iter().map(|prefix| (*prefix, random.id(4_000))).collect();
    let addresses = (0..count)
        .map(|_| {
            let place = random.below(prefixes.len());
            random.inside(*prefixes.get(place).unwrap())
        })
        .collect();
    Data { name: "bgp", routes, addresses, hits: None }
}
