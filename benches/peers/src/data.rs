//! Tables and addresses: the shipped service tags, a BGP table, both together, and the demo's decisions.

use std::collections::HashMap;
use std::io::Read;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::path::Path;

use peerpath::addr::{Address, IpPrefix, Partition, Prefix};
use peerpath::catalog::{Catalog, CatalogEntry, Cloud};
use peerpath::diag::Source;
use peerpath::engine::{Engine, Inputs};
use peerpath::fib::{CoverTable, NextHopId};
use peerpath::network;

/// A table with what is asked of it. Values are from 1 on; 0 is no answer.
pub struct Case<A> {
    pub name: &'static str,
    pub prefixes: Vec<(Prefix<A>, u32)>,
    pub partition: Partition<A, Option<NextHopId>>,
    pub addresses: Vec<A>,
    /// How many prefixes the figures of memory are told by.
    pub counted: usize,
}

impl<A: Address> Case<A> {
    fn new(name: &'static str, prefixes: Vec<(Prefix<A>, u32)>, addresses: Vec<A>) -> Self {
        let routes = prefixes.iter().map(|(prefix, value)| (*prefix, NextHopId::new(value - 1)));
        let partition = Partition::from_lpm(routes, None);
        Self { name, counted: prefixes.len(), prefixes, partition, addresses }
    }
}

/// Sebastiano Vigna's splitmix64.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        ((u128::from(self.next()) * limit as u128) >> 64) as usize
    }

    fn wide(&mut self) -> u128 {
        u128::from(self.next()) << 64 | u128::from(self.next())
    }

    fn inside<A: Address>(&mut self, prefix: Prefix<A>) -> A {
        let hosts = prefix.first().to_u128() ^ prefix.last().to_u128();
        A::from_u128(prefix.first().to_u128() | (self.wide() & hosts))
    }
}

/// Ranks drawn with weights 1/rank (Zipf with exponent 1), in an order of their own.
struct Zipf {
    sums: Vec<f64>,
    order: Vec<usize>,
}

impl Zipf {
    fn new(count: usize, random: &mut Random) -> Self {
        let mut sum = 0.0;
        let sums = (0..count).map(|rank| {
            sum += 1.0 / (rank + 1) as f64;
            sum
        });
        let sums = sums.collect();
        let mut order: Vec<usize> = (0..count).collect();
        for last in (1..count).rev() {
            order.swap(last, random.below(last + 1));
        }
        Self { sums, order }
    }

    fn draw(&self, random: &mut Random) -> usize {
        let total = self.sums.last().copied().unwrap_or_default();
        let at = random.next() as f64 / u64::MAX as f64 * total;
        self.order[self.sums.partition_point(|sum| *sum < at).min(self.order.len() - 1)]
    }
}

const COUNT: usize = 1 << 20;

pub struct Cases {
    pub v4: Vec<Case<Ipv4Addr>>,
    pub v6: Vec<Case<Ipv6Addr>>,
}

pub fn cases(root: &Path) -> Cases {
    let catalog = Catalog::shipped(Cloud::Public).expect("the shipped lists");
    let tags4 = tags(catalog.cover4());
    let tags6 = tags(catalog.cover6());
    let (bgp4, bgp6) = bgp(root);
    let random = &mut Random(20_261_125);
    let near6: Vec<Prefix<Ipv6Addr>> = bgp6.iter().map(|(prefix, _)| *prefix).collect();
    let az4 = zipf_and(&tags4, random, COUNT, |random| Ipv4Addr::from_bits(random.next() as u32));
    let az6 = zipf_and(&tags6, random, COUNT / 2, |random| {
        let at = random.below(near6.len());
        random.inside(near6[at])
    });
    let in4 = drawn(&bgp4, random, COUNT);
    let in6 = drawn(&bgp6, random, COUNT / 2);
    let both4 = join(&bgp4, &tags4);
    let both6 = join(&bgp6, &tags6);
    let mixed4 = interleave(
        &zipf_and(&tags4, random, COUNT / 2, |random| Ipv4Addr::from_bits(random.next() as u32)),
        &drawn(&bgp4, random, COUNT / 2),
    );
    let mixed6 = interleave(
        &zipf_and(&tags6, random, COUNT / 4, |random| {
            let at = random.below(near6.len());
            random.inside(near6[at])
        }),
        &drawn(&bgp6, random, COUNT / 4),
    );
    let engine = demo(root, &catalog);
    Cases {
        v4: vec![
            Case::new("service tags", tags4, az4.clone()),
            Case::new("BGP", bgp4, in4),
            Case::new("both", both4, mixed4),
            decisions("demo decisions", &engine, engine.partition4(), az4),
        ],
        v6: vec![
            Case::new("service tags", tags6, az6.clone()),
            Case::new("BGP", bgp6, in6),
            Case::new("both", both6, mixed6),
            decisions("demo decisions", &engine, engine.partition6(), az6),
        ],
    }
}

/// Every prefix of the lists with the number of the set of records that hold its addresses.
fn tags<A: Address>(cover: &CoverTable<A, CatalogEntry>) -> Vec<(Prefix<A>, u32)> {
    let mut sets: HashMap<String, u32> = HashMap::new();
    let all = cover.entries().filter_map(|(prefix, _)| {
        let chain = cover.chain(cover.node_of(prefix)?);
        let set: Vec<String> = chain.map(|(_, entries)| format!("{entries:?}")).collect();
        let next = sets.len() as u32 + 1;
        Some((prefix, *sets.entry(set.concat()).or_insert(next)))
    });
    all.collect()
}

/// Prefixes with what they lead to.
type Routes<A> = Vec<(Prefix<A>, u32)>;

fn bgp(root: &Path) -> (Routes<Ipv4Addr>, Routes<Ipv6Addr>) {
    let file = root.join("../shared/data/bgp/table/bart_prefixes.txt.gz");
    let file = std::fs::File::open(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let mut text = String::new();
    flate2::read::GzDecoder::new(file).read_to_string(&mut text).expect("a table of prefixes");
    let (mut v4, mut v6) = (Vec::new(), Vec::new());
    let random = &mut Random(4_271);
    for line in text.lines() {
        let value = 1 + random.below(4_000) as u32;
        match line.parse().expect("a prefix") {
            IpPrefix::V4(prefix) => v4.push((prefix, value)),
            IpPrefix::V6(prefix) => v6.push((prefix, value)),
        }
    }
    (v4, v6)
}

/// Half the addresses in prefixes drawn by Zipf, half from elsewhere.
fn zipf_and<A: Address>(
    prefixes: &[(Prefix<A>, u32)],
    random: &mut Random,
    count: usize,
    elsewhere: impl Fn(&mut Random) -> A,
) -> Vec<A> {
    let zipf = Zipf::new(prefixes.len(), random);
    let draw = |_| {
        if random.next() & 1 == 0 {
            let at = zipf.draw(random);
            random.inside(prefixes[at].0)
        } else {
            elsewhere(random)
        }
    };
    (0..count).map(draw).collect()
}

fn drawn<A: Address>(prefixes: &[(Prefix<A>, u32)], random: &mut Random, count: usize) -> Vec<A> {
    let draw = |_| {
        let at = random.below(prefixes.len());
        random.inside(prefixes[at].0)
    };
    (0..count).map(draw).collect()
}

fn interleave<A: Copy>(left: &[A], right: &[A]) -> Vec<A> {
    left.iter().zip(right).flat_map(|(left, right)| [*left, *right]).collect()
}

/// Both tables in one; the second one's values come after the first one's.
fn join<A: Address>(first: &[(Prefix<A>, u32)], second: &[(Prefix<A>, u32)]) -> Vec<(Prefix<A>, u32)> {
    let above = first.iter().map(|(_, value)| *value).max().unwrap_or_default();
    let mut all: HashMap<Prefix<A>, u32> = first.iter().copied().collect();
    all.extend(second.iter().map(|(prefix, value)| (*prefix, value + above)));
    let mut all: Vec<_> = all.into_iter().collect();
    all.sort_unstable();
    all
}

fn demo(root: &Path, catalog: &Catalog) -> Engine {
    let path = root.join("examples/demo/network.yaml");
    let text = std::fs::read_to_string(&path).expect("the demo's network");
    let source = Source::new(path.display().to_string(), text);
    let (network, _) = network::read(&source, catalog);
    let network = network.expect("a valid network");
    let inputs = Inputs::new(&network, catalog);
    let site = network.sites_with_ids().next().expect("a site").0;
    Engine::compile(inputs, site).expect("an engine")
}

/// The path of every address, equal neighbours merged; the peer gets the same ranges as prefixes.
fn decisions<A: Address>(
    name: &'static str,
    engine: &Engine,
    partition: &Partition<A, peerpath::engine::DecisionId>,
    addresses: Vec<A>,
) -> Case<A> {
    let mut paths = Vec::new();
    let partition = partition.map(|id| {
        let decision = engine.decision(*id);
        let path = (decision.disposition, decision.circuits().to_vec());
        let at = paths.iter().position(|known| *known == path).unwrap_or_else(|| {
            paths.push(path);
            paths.len() - 1
        });
        NextHopId::new(at as u32)
    });
    let prefixes: Vec<_> = partition
        .to_prefixes()
        .map(|(prefix, value)| (prefix, value.map_or(0, |value| value.index() + 1)))
        .collect();
    Case { name, counted: prefixes.len(), prefixes, partition, addresses }
}
