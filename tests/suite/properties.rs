//! Laws that hold for every input: tables against the linear oracle, partitions, sets, prefixes.
//!
//! Prefix lengths are drawn as they occur in the world: service tags are mostly longer than /24 (80 % for
//! IPv4) and longer than /64 (74 % for IPv6), a BGP table hardly ever is. Addresses are drawn at the edges of
//! prefixes: first, last, and one beyond each.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::net::{Ipv4Addr, Ipv6Addr};

use ipnetwork::IpNetwork;
use peerpath::addr::{Address, AddressCount, AddressRange, AddressSet, IpPrefix, Partition, Prefix};
use peerpath::fib::{
    CompiledV4, CompiledV6, CoverTable, Instructions, LinearTable, Lpm, NextHopId, TrieTable,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree;

type Route<A> = (Prefix<A>, NextHopId);
type Decisions<A> = Partition<A, Option<NextHopId>>;

/// What differs between the families: the shape of real tables, and the compiled table.
trait Shape: Address {
    /// Lengths with their weights, inclusive.
    const LENGTHS: &'static [(u32, (u8, u8))];
    /// First bits of the blocks that prefixes are drawn from, so that they nest and touch.
    const BLOCKS: &'static [u128];

    /// With each set of instructions that this processor has.
    fn compile(decisions: &Decisions<Self>) -> Vec<(Instructions, Box<dyn Lpm<Self>>)>;
}

impl Shape for Ipv4Addr {
    // Half service tags (80 % longer than /24, 20 % hosts), half BGP (over half of it /24).
    const LENGTHS: &'static [(u32, (u8, u8))] = &[
        (20, (12, 24)),
        (60, (25, 31)),
        (20, (32, 32)),
        (35, (8, 23)),
        (55, (24, 24)),
        (8, (0, 7)),
        (2, (25, 32)),
    ];
    const BLOCKS: &'static [u128] =
        &[0x0000_0000, 0x0a00_0000, 0x1426_0000, 0x1426_ff00, 0x3470_0000, 0x8000_0000, 0xffff_ff00];

    fn compile(decisions: &Decisions<Self>) -> Vec<(Instructions, Box<dyn Lpm<Self>>)> {
        let table = CompiledV4::from_partition(decisions);
        let with =
            |instructions| (instructions, Box::new(table.clone().with_instructions(instructions)) as Box<_>);
        Instructions::available().into_iter().map(with).collect()
    }
}

impl Shape for Ipv6Addr {
    // Half service tags (74 % longer than /64, from /117 on), half BGP (/32 to /48).
    const LENGTHS: &'static [(u32, (u8, u8))] = &[
        (26, (24, 64)),
        (10, (65, 116)),
        (64, (117, 128)),
        (45, (29, 47)),
        (45, (48, 48)),
        (8, (0, 28)),
        (2, (49, 64)),
    ];
    const BLOCKS: &'static [u128] = &[
        0,
        0x2603_1030 << 96,
        0x2603_1030_0f00_0004 << 64,
        0x2603_1061_2002_0000 << 64,
        0x2a01_0111_f402_ffff << 64,
        0x4000 << 112,
        0xfe80 << 112,
        !0xff,
    ];

    fn compile(decisions: &Decisions<Self>) -> Vec<(Instructions, Box<dyn Lpm<Self>>)> {
        let table = CompiledV6::from_partition(decisions);
        let with =
            |instructions| (instructions, Box::new(table.clone().with_instructions(instructions)) as Box<_>);
        Instructions::available().into_iter().map(with).collect()
    }
}

/// A prefix of a block, with some random bits behind the block's.
fn prefix<A: Shape>() -> impl Strategy<Value = Prefix<A>> {
    let lengths: Vec<_> =
        A::LENGTHS.iter().map(|(weight, (from, to))| (*weight, (*from..=*to).boxed())).collect();
    let block = prop::sample::select(A::BLOCKS);
    let width = u32::from(A::WIDTH);
    (block, proptest::strategy::Union::new_weighted(lengths), any::<u128>(), 0..=width).prop_map(
        move |(block, length, noise, noisy_bits)| {
            let noise = noise & u128::MAX.checked_shr(128 - noisy_bits).unwrap_or(0);
            Prefix::containing(A::from_u128(block ^ noise), length).unwrap()
        },
    )
}

/// Routes with few ids (so that equal neighbours merge) or with any.
fn routes<A: Shape>(most: usize) -> impl Strategy<Value = Vec<Route<A>>> {
    let id = prop_oneof![4 => 0..4_u32, 2 => 0..100_000_u32, 1 => 0..u32::MAX];
    vec((prefix::<A>(), id.prop_map(|id| NextHopId::new(id).unwrap())), 0..most)
}

/// The edges of each prefix and their neighbours outside.
fn edges<A: Address>(prefixes: impl IntoIterator<Item = Prefix<A>>) -> Vec<A> {
    let around = |prefix: Prefix<A>| {
        let (first, last) = (prefix.first(), prefix.last());
        [first.previous(), Some(first), first.next(), last.previous(), Some(last), last.next()]
    };
    prefixes.into_iter().flat_map(around).flatten().collect()
}

fn decisions<A: Address>(routes: &[Route<A>]) -> Decisions<A> {
    Partition::from_lpm(routes.iter().map(|(prefix, id)| (*prefix, Some(*id))), None)
}

fn values<A: Address>(routes: &[Route<A>]) -> Partition<A, u32> {
    Partition::from_lpm(routes.iter().map(|(prefix, id)| (*prefix, id.index() % 4)), 0)
}

fn every_table_agrees<A: Shape>(routes: &[Route<A>], more: &[A]) {
    let linear: LinearTable<A> = routes.iter().copied().collect();
    let trie: TrieTable<A> = routes.iter().copied().collect();
    let compiled = A::compile(&decisions(routes));
    let mut addresses = edges(routes.iter().map(|(prefix, _)| *prefix));
    addresses.extend([A::MIN, A::MAX]);
    addresses.extend(more);
    // Long and short whole bursts and a rest, since each may take a kernel of its own.
    let length = addresses.len().max(256) + 64 + 7;
    let addresses: Vec<A> = addresses.into_iter().cycle().take(length).collect();
    let expected: Vec<_> = addresses.iter().map(|address| linear.lookup(*address)).collect();
    let mut tables: Vec<(String, &dyn Lpm<A>)> =
        vec![("linear".to_owned(), &linear), ("trie".to_owned(), &trie)];
    tables.extend(compiled.iter().map(|(with, table)| (format!("compiled, {with:?}"), table.as_ref())));
    for (name, table) in tables {
        let mut out = vec![None; addresses.len()];
        table.lookup_batch(&addresses, &mut out);
        for ((address, expected), batched) in addresses.iter().zip(&expected).zip(out) {
            assert_eq!(table.lookup(*address), *expected, "{name} at {address}");
            assert_eq!(batched, *expected, "{name} at {address} in a batch");
        }
    }
}

fn partition_is_the_linear_table<A: Shape>(routes: &[Route<A>]) {
    let linear: LinearTable<A> = routes.iter().copied().collect();
    let partition = decisions(routes);
    for start in partition.starts() {
        for address in [start.previous(), Some(*start), start.next()].into_iter().flatten() {
            assert_eq!(*partition.get(address), linear.lookup(address), "{address}");
        }
    }
    assert!(partition.values().windows(2).all(|pair| pair.first() != pair.last()), "equal neighbours");
}

fn prefixes_are_minimal_and_round_trip<A: Shape>(routes: &[Route<A>]) {
    let partition = values(routes);
    let prefixes: Vec<_> = partition.to_prefixes().map(|(prefix, value)| (prefix, *value)).collect();
    for pair in prefixes.windows(2) {
        let [(left, left_value), (right, right_value)] = pair else { continue };
        assert_eq!(left.last().next(), Some(right.first()), "gap or overlap behind {left}");
        let siblings = left.length() == right.length() && left.parent() == right.parent();
        assert!(!siblings || left_value != right_value, "{left} and {right} are one prefix");
    }
    // The default is a value that occurs nowhere, so the prefixes alone must fill the space.
    assert_eq!(Partition::from_lpm(prefixes, 99), partition);
}

fn changes_lead_from_old_to_new<A: Shape>(old: &[Route<A>], new: &[Route<A>]) {
    let (old, new) = (values(old), values(new));
    assert_eq!(old.changes(&old).count(), 0);
    let changes: Vec<_> = old.changes(&new).map(|(range, was, is)| (range, *was, *is)).collect();
    let mut prefixes: Vec<_> = old.to_prefixes().map(|(prefix, value)| (prefix, *value)).collect();
    for (range, was, is) in &changes {
        assert_ne!(was, is, "{range}");
        assert_eq!(old.get(range.first()), was, "{range}");
        prefixes.extend(range.prefixes().map(|prefix| (prefix, *is)));
    }
    assert_eq!(Partition::from_lpm(prefixes, 99), new);
    let changed: AddressCount = changes.iter().map(|(range, ..)| range.count()).sum();
    let equal = old.zip_with(&new, |old, new| old == new);
    assert_eq!(changed, equal.count_where(|equal| !equal));
    assert_eq!(changed + equal.count_where(|equal| *equal), AddressCount::power_of_two(A::WIDTH));
    for value in 0..4 {
        let gained: AddressCount =
            changes.iter().filter(|change| change.2 == value).map(|change| change.0.count()).sum();
        let lost: AddressCount =
            changes.iter().filter(|change| change.1 == value).map(|change| change.0.count()).sum();
        let of = |partition: &Partition<A, u32>| partition.count_where(|other| *other == value);
        assert_eq!(of(&old) + gained, of(&new) + lost, "addresses with value {value}");
    }
}

/// As [`changes_lead_from_old_to_new`], where most of the space stays as it was.
fn small_edits_are_small_changes<A: Shape>(old: &[Route<A>], edits: &[Route<A>]) {
    let new = [old, edits].concat();
    changes_lead_from_old_to_new(old, &new);
    let edited: AddressSet<A> = edits.iter().map(|(prefix, _)| *prefix).collect();
    for (range, ..) in values(old).changes(&values(&new)) {
        assert_eq!(edited.within(range).collect::<Vec<_>>(), [range], "changed outside of the edits");
    }
}

fn sets_obey_their_algebra<A: Shape>(left: &[Prefix<A>], right: &[Prefix<A>]) {
    let (a, b): (AddressSet<A>, AddressSet<A>) =
        (left.iter().copied().collect(), right.iter().copied().collect());
    let (union, common) = (a.union(&b), a.intersection(&b));
    assert_eq!(union, b.union(&a));
    assert_eq!(common, b.intersection(&a));
    assert_eq!(a.difference(&b).union(&common), a);
    assert_eq!(union.difference(&common), a.difference(&b).union(&b.difference(&a)));
    assert_eq!(union.count() + common.count(), a.count() + b.count());
    assert!(a.difference(&b).intersection(&b).is_empty() && a.difference(&a).is_empty());
    assert_eq!(a.prefixes().collect::<AddressSet<A>>(), a);
    assert_eq!(a.prefixes().map(Prefix::count).sum::<AddressCount>(), a.count());
    for address in edges(left.iter().chain(right).copied()) {
        let (in_a, in_b) = (a.contains(address), b.contains(address));
        assert_eq!(in_a, left.iter().any(|prefix| prefix.contains(address)), "{address}");
        assert_eq!(union.contains(address), in_a || in_b, "{address}");
        assert_eq!(common.contains(address), in_a && in_b, "{address}");
        assert_eq!(a.difference(&b).contains(address), in_a && !in_b, "{address}");
    }
    for prefix in right {
        let only: AddressSet<A> = [*prefix].into_iter().collect();
        let parts: Vec<AddressRange<A>> = a.within(prefix.range()).collect();
        assert_eq!(parts, a.intersection(&only).ranges().collect::<Vec<_>>(), "{prefix}");
    }
}

fn covers_are_all_that_cover<A: Shape>(prefixes: &[Prefix<A>], asked: &[Prefix<A>]) {
    let table = CoverTable::build(prefixes.iter().copied().zip(0_usize..));
    let listed: usize = table.entries().map(|(_, entries)| entries.len()).sum();
    assert_eq!((listed, table.entry_count()), (prefixes.len(), prefixes.len()));
    assert!(table.entries().is_sorted_by(|left, right| left.0 < right.0));
    for address in edges(asked.iter().chain(prefixes).copied()) {
        let chain = flat(table.chain_at(address));
        assert_eq!(chain, expected_chain(prefixes, |prefix| prefix.contains(address)), "{address}");
        assert_eq!(table.node_at(address).map(|id| flat(table.chain(id))).unwrap_or_default(), chain);
    }
    for prefix in asked.iter().chain(prefixes) {
        let covering = flat(table.covering(*prefix));
        assert_eq!(covering, expected_chain(prefixes, |other| other.covers(*prefix)), "covers of {prefix}");
        let mut inside = flat(table.inside(*prefix));
        inside.sort_unstable();
        let mut expected = expected_chain(prefixes, |other| other != *prefix && prefix.covers(other));
        expected.sort_unstable();
        assert_eq!(inside, expected, "prefixes inside {prefix}");
        assert_eq!(table.node_of(*prefix).is_some(), prefixes.contains(prefix));
    }
}

fn flat<'a, A>(found: impl Iterator<Item = (Prefix<A>, &'a [usize])>) -> Vec<usize> {
    found.flat_map(|(_, entries)| entries).copied().collect()
}

/// Places of the wanted prefixes, longest first, equal ones in the order of the list.
fn expected_chain<A: Address>(prefixes: &[Prefix<A>], wanted: impl Fn(Prefix<A>) -> bool) -> Vec<usize> {
    let mut found: Vec<_> = prefixes.iter().zip(0..).filter(|(prefix, _)| wanted(**prefix)).collect();
    found.sort_by_key(|(prefix, _)| std::cmp::Reverse(prefix.length()));
    found.into_iter().map(|(_, place)| place).collect()
}

fn printing_and_parsing_are_inverse<A: Shape>(prefix: &Prefix<A>)
where
    IpPrefix: From<Prefix<A>>,
{
    let prefix = *prefix;
    assert_eq!(prefix.to_string().parse(), Ok(prefix));
    let any = IpPrefix::from(prefix);
    assert_eq!(any.to_string().parse(), Ok(any));
    assert_eq!(IpPrefix::parse_clearing_host_bits(&any.to_string()), Ok((any, false)));
    assert_eq!(<IpPrefix as From<IpNetwork>>::from(any.into()), any);
    assert_eq!(prefix.range().prefixes().collect::<Vec<_>>(), [prefix]);
    assert_eq!(Prefix::new(prefix.first(), prefix.length()), Ok(prefix));
}

/// A table of the size and shape of the real ones, checked at all its edges against its partition, which
/// the properties above hold to the oracle.
fn large_table_agrees<A: Shape>() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut routes = Vec::new();
    while routes.len() < 6_000 {
        let tree = self::routes::<A>(2_000).new_tree(&mut runner).expect("a strategy without filters");
        routes.extend(tree.current());
    }
    let partition = decisions(&routes);
    let trie: TrieTable<A> = routes.iter().copied().collect();
    let compiled = A::compile(&partition);
    let addresses = edges(routes.iter().map(|(prefix, _)| *prefix));
    for (instructions, compiled) in compiled {
        let mut out = vec![None; addresses.len()];
        compiled.lookup_batch(&addresses, &mut out);
        for (address, batched) in addresses.iter().zip(out) {
            assert_eq!(batched, *partition.get(*address), "{address}, {instructions:?}");
            assert_eq!(compiled.lookup(*address), batched, "{address}, {instructions:?}");
            assert_eq!(trie.lookup(*address), batched, "{address}");
        }
    }
}

/// A law as two tests, one for each family; the strategies name the family `A`.
macro_rules! laws {
    ($($law:ident($($input:ident in $strategy:expr),+) as $v4:ident and $v6:ident;)+) => {$(
        laws!(@test $v4, Ipv4Addr, $law, $($input in $strategy),+);
        laws!(@test $v6, Ipv6Addr, $law, $($input in $strategy),+);
    )+};
    (@test $name:ident, $family:ty, $law:ident, $($input:ident in $strategy:expr),+) => {
        #[test]
        fn $name() {
            fn check<A: Shape + Arbitrary>() where IpPrefix: From<Prefix<A>> {
                let strategy = ($($strategy,)+);
                let config = ProptestConfig { cases: 96, source_file: Some(file!()), ..ProptestConfig::default() };
                proptest::test_runner::TestRunner::new(config)
                    .run(&strategy, |($($input,)+)| { $law::<A>($(&$input),+); Ok(()) })
                    .unwrap();
            }
            check::<$family>();
        }
    };
}

laws! {
    every_table_agrees(routes in routes::<A>(60), more in vec(any::<A>(), 20))
        as every_table_is_the_linear_table_v4 and every_table_is_the_linear_table_v6;
    partition_is_the_linear_table(routes in routes::<A>(80))
        as partition_is_the_linear_table_v4 and partition_is_the_linear_table_v6;
    prefixes_are_minimal_and_round_trip(routes in routes::<A>(40))
        as prefixes_are_minimal_and_round_trip_v4 and prefixes_are_minimal_and_round_trip_v6;
    changes_lead_from_old_to_new(old in routes::<A>(30), new in routes::<A>(30))
        as changes_lead_from_old_to_new_v4 and changes_lead_from_old_to_new_v6;
    small_edits_are_small_changes(old in routes::<A>(40), edits in routes::<A>(4))
        as small_edits_are_small_changes_v4 and small_edits_are_small_changes_v6;
    sets_obey_their_algebra(left in vec(prefix::<A>(), 0..30), right in vec(prefix::<A>(), 0..30))
        as sets_obey_their_algebra_v4 and sets_obey_their_algebra_v6;
    covers_are_all_that_cover(prefixes in vec(prefix::<A>(), 0..60), asked in vec(prefix::<A>(), 10))
        as covers_are_all_that_cover_v4 and covers_are_all_that_cover_v6;
    printing_and_parsing_are_inverse(prefix in prefix::<A>())
        as printing_and_parsing_are_inverse_v4 and printing_and_parsing_are_inverse_v6;
}

#[test]
fn large_table_agrees_v4() {
    large_table_agrees::<Ipv4Addr>();
}

#[test]
fn large_table_agrees_v6() {
    large_table_agrees::<Ipv6Addr>();
}
