//! Lookups and building of the tables. Groups are named floor/operation/family/data.
//!
//! Data: prefixes of the shape of the Azure service tags of June 2026 (43,348 IPv4, of which 80 % are longer
//! than /24; 16,115 IPv6, of which 74 % are longer than /64), made from a seed; and the BGP table of
//! `../shared/data/bgp/table`, where it is there. Traffic: half the addresses lie in prefixes that are drawn with
//! weights like 1/rank, half anywhere near (tags), or all lie in prefixes drawn evenly (BGP). Each case
//! is checked before it is timed: every answer must be the partition's.

#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a bench fails by panicking and reports its data"
)]

use std::hint::black_box;
use std::io::Read;
use std::net::{Ipv4Addr, Ipv6Addr};

use criterion::{BatchSize, Criterion, Throughput};
use peerpath::addr::{Address, IpPrefix, Partition, Prefix};
use peerpath::fib::{CompiledV4, CompiledV6, CoverTable, Lpm, NextHopId, TrieTable};

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

/// A table and the addresses that are looked up in it.
struct Data<A> {
    name: &'static str,
    routes: Vec<(Prefix<A>, NextHopId)>,
    addresses: Vec<A>,
    /// How many of the addresses have an answer, where the data is made here.
    hits: Option<usize>,
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
    let partition = partition(data);
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
    group.bench_function("partition", |bencher| bencher.iter(|| self::partition(data)));
    group.bench_function("compiled", |bencher| bencher.iter(|| A::compile(&partition)));
    group.bench_function("cover", |bencher| {
        bencher.iter_batched(|| data.routes.clone(), CoverTable::build, BatchSize::LargeInput);
    });
    group.finish();
}

fn partition<A: Address>(data: &Data<A>) -> Partition<A, Option<NextHopId>> {
    Partition::from_lpm(data.routes.iter().map(|(prefix, id)| (*prefix, Some(*id))), None)
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

/// Sebastiano Vigna's splitmix64: reproducible everywhere, good enough to draw data.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next()).unwrap() % limit
    }

    fn id(&mut self, limit: usize) -> NextHopId {
        NextHopId::new(u32::try_from(self.below(limit)).unwrap()).unwrap()
    }

    /// Weights like 1/rank: every doubling of the rank is as likely as the one before.
    fn ranked(&mut self, limit: usize) -> usize {
        let bits = self.below(limit.ilog2() as usize + 1);
        self.below(2 << bits).min(limit - 1)
    }

    fn wide(&mut self) -> u128 {
        (u128::from(self.next()) << 64) | u128::from(self.next())
    }

    /// An address of the prefix.
    fn inside<A: Address>(&mut self, prefix: Prefix<A>) -> A {
        let hosts = prefix.first().to_u128() ^ prefix.last().to_u128();
        A::from_u128(prefix.first().to_u128() | (self.wide() & hosts))
    }
}

/// Distinct prefixes, as many of each length as told, from `draw(random, length)`.
fn prefixes<A: Address>(
    random: &mut Random,
    lengths: &[(u8, usize)],
    draw: impl Fn(&mut Random, u8) -> u128,
) -> Vec<Prefix<A>> {
    let mut all = Vec::new();
    for (length, count) in lengths {
        let mut drawn = std::collections::BTreeSet::new();
        while drawn.len() < *count {
            drawn.insert(Prefix::containing(A::from_u128(draw(random, *length)), *length).unwrap());
        }
        all.extend(drawn);
    }
    // Ranks must not follow the order of addresses.
    for last in (1..all.len()).rev() {
        all.swap(last, random.below(last + 1));
    }
    all
}

fn tag_data<A: Address>(random: &mut Random, prefixes: Vec<Prefix<A>>, near: u128, hits: usize) -> Data<A> {
    // About as many distinct sets of tags as the real feed has.
    let routes: Vec<_> = prefixes.iter().map(|prefix| (*prefix, random.id(5_500))).collect();
    let addresses = (0..1 << 19)
        .map(|_| {
            let prefix = *prefixes.get(random.ranked(prefixes.len())).unwrap();
            if random.below(2) == 0 {
                random.inside(prefix)
            } else {
                A::from_u128(prefix.first().to_u128() ^ (random.wide() & near))
            }
        })
        .collect();
    Data { name: "service-tags", routes, addresses, hits: Some(hits) }
}

fn tags_v4() -> Data<Ipv4Addr> {
    let random = &mut Random(20_260_626);
    let lengths = [
        (14, 60),
        (15, 90),
        (16, 250),
        (17, 250),
        (18, 400),
        (19, 500),
        (20, 800),
        (21, 1_000),
        (22, 1_300),
        (23, 1_557),
        (24, 2_400),
        (25, 2_400),
        (26, 3_700),
        (27, 4_700),
        (28, 5_800),
        (29, 3_600),
        (30, 2_990),
        (31, 2_600),
        (32, 8_951),
    ];
    let blocks = [4, 13, 20, 20, 20, 23, 40, 40, 51, 52, 52, 65, 104, 135, 172, 191_u128];
    let prefixes = prefixes(random, &lengths, |random, _| {
        let block = blocks.get(random.below(blocks.len())).unwrap();
        (block << 24) | (random.wide() & 0x00ff_ffff)
    });
    tag_data(random, prefixes, 0xffff_ffff, 265_679)
}

fn tags_v6() -> Data<Ipv6Addr> {
    let random = &mut Random(20_260_627);
    let lengths = [
        (36, 10),
        (40, 120),
        (44, 60),
        (46, 130),
        (47, 300),
        (48, 1_300),
        (56, 900),
        (59, 160),
        (60, 88),
        (63, 300),
        (64, 900),
        (117, 150),
        (118, 150),
        (119, 300),
        (120, 700),
        (121, 1_200),
        (122, 1_900),
        (123, 1_700),
        (124, 1_700),
        (125, 1_900),
        (126, 300),
        (127, 347),
        (128, 1_500),
    ];
    let prefixes = prefixes(random, &lengths, |random, length| {
        // 2603:1000::/24: a region's block, a few subnets, and there the low addresses.
        let region = (0x0026_0310 << 104) | (random.wide() & 0x3f_0f0f) << 80;
        let subnet = random.wide() & if length <= 64 { 0xffff } else { 0x7 };
        region | (subnet << 64) | if length <= 64 { 0 } else { random.wide() & 0xfff }
    });
    tag_data(random, prefixes, 0xffff_ffff << 80, 262_054)
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
