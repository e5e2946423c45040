//! Runs every kernel over whole tables, at every address where the result changes: reads without a bounds
//! check must stay in bounds. These tests are short because they also run under a sanitizer. The property
//! tests in `tests/` compare with slower reference implementations.

use super::*;
use crate::addr::{Address, Prefix};

/// There are fewer prefixes under Miri, which is several thousand times slower.
const PREFIXES: u32 = if cfg!(miri) { 60 } else { 4_000 };

/// An address family with its frozen table.
trait Frozen: Address + std::fmt::Display {
    type Table: Lpm<Self> + Clone + Send + Sync;
    fn freeze(partition: &Partition<Self, Option<NextHopId>>) -> Self::Table;
    fn with_instructions(table: Self::Table, instructions: Instructions) -> Self::Table;
}

impl Frozen for Ipv4Addr {
    type Table = CompiledV4;
    fn freeze(partition: &Partition<Self, Option<NextHopId>>) -> CompiledV4 {
        CompiledV4::from_partition(partition)
    }
    fn with_instructions(table: CompiledV4, instructions: Instructions) -> CompiledV4 {
        table.with_instructions(instructions)
    }
}

impl Frozen for Ipv6Addr {
    type Table = CompiledV6;
    fn freeze(partition: &Partition<Self, Option<NextHopId>>) -> CompiledV6 {
        CompiledV6::from_partition(partition)
    }
    fn with_instructions(table: CompiledV6, instructions: Instructions) -> CompiledV6 {
        table.with_instructions(instructions)
    }
}

/// Returns prefixes of many lengths in a few blocks, spread arithmetically, with values `step` apart. Leaves
/// are narrow for small steps and wide for large ones.
fn partition<A: Frozen>(step: u32) -> Partition<A, Option<NextHopId>> {
    let routes = (0..PREFIXES).map(|number| {
        let noise = u128::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
        // The first block, the last one, and two in between. The lower bits are noise.
        let block = [0_u128, 0x2603_1030 << 96, 0x1426 << 112, u128::MAX][number as usize % 4];
        let wide = block ^ (noise >> 20) >> (number % 90);
        let length = 1 + u8::try_from(noise % u128::from(A::WIDTH)).unwrap();
        let address = A::from_u128(wide >> (128 - u32::from(A::WIDTH)));
        (Prefix::containing(address, length).unwrap(), NextHopId::new(number * step))
    });
    Partition::from_lpm(routes, None)
}

/// Returns the addresses where the result changes, and their neighbours.
fn edges<A: Frozen>(partition: &Partition<A, Option<NextHopId>>) -> Vec<A> {
    let around = |start: &A| [start.previous(), Some(*start), start.next()];
    let mut edges: Vec<A> = partition.starts().iter().flat_map(around).flatten().collect();
    edges.extend([A::MIN, A::MAX]);
    edges
}

fn every_kernel_agrees<A: Frozen>(step: u32) {
    let partition = partition::<A>(step);
    let addresses = edges(&partition);
    let expected: Vec<_> = addresses.iter().map(|address| *partition.get(*address)).collect();
    for instructions in Instructions::available() {
        let table = A::with_instructions(A::freeze(&partition), instructions);
        for (address, expected) in addresses.iter().zip(&expected) {
            assert_eq!(table.lookup(*address), *expected, "{address}, {instructions:?}");
        }
        // Bursts of every length, at every offset in memory; some kernels process 64 or 256 addresses at a
        // time.
        let mut from = 0;
        for length in (0..=2 * BURST + 1).chain([256, 256 + BURST, 256 + BURST + 7, 513]).cycle() {
            let to = (from + length).min(addresses.len());
            let mut found = vec![None; to - from];
            table.lookup_batch(&addresses[from..to], &mut found);
            assert_eq!(found, expected[from..to], "{from}..{to}, {instructions:?}");
            from = to;
            if from == addresses.len() {
                break;
            }
        }
    }
}

#[test]
fn every_kernel_reads_narrow_leaves() {
    every_kernel_agrees::<Ipv4Addr>(1);
    every_kernel_agrees::<Ipv6Addr>(1);
}

#[test]
fn every_kernel_reads_wide_leaves() {
    // There are so many values that they need more than 15 bits even when they are numbered.
    let hosts = |number: u32| (Prefix::host(Ipv4Addr::from_bits(number << 9)), NextHopId::new(number));
    let many = Partition::from_lpm((0..if cfg!(miri) { 50 } else { 70_000 }).map(hosts), None);
    let table = CompiledV4::from_partition(&many);
    assert!(edges(&many).iter().all(|address| table.lookup(*address) == *many.get(*address)));
    every_kernel_agrees::<Ipv4Addr>(500_000);
    every_kernel_agrees::<Ipv6Addr>(500_000);
    let hosts = |number: u32| {
        (Prefix::host(Ipv6Addr::from_bits(u128::from(number) << 70 | 0x2603 << 112)), NextHopId::new(number))
    };
    let many = Partition::from_lpm((0..if cfg!(miri) { 50 } else { 40_000 }).map(hosts), None);
    for instructions in Instructions::available() {
        let table = CompiledV6::from_partition(&many).with_instructions(instructions);
        let addresses = edges(&many);
        let mut found = vec![None; addresses.len()];
        table.lookup_batch(&addresses, &mut found);
        assert!(addresses.iter().zip(&found).all(|(address, found)| *many.get(*address) == *found));
        assert!(addresses.iter().zip(&found).all(|(address, found)| table.lookup(*address) == *found));
    }
}

#[test]
fn a_table_is_read_by_several_threads() {
    fn shared<A: Frozen>() {
        let partition = partition::<A>(1);
        let (addresses, table) = (edges(&partition), A::freeze(&partition));
        let expected: Vec<_> = addresses.iter().map(|address| *partition.get(*address)).collect();
        std::thread::scope(|scope| {
            for copy in [table.clone(), table.clone()] {
                let (table, addresses, expected) = (&table, &addresses, &expected);
                scope.spawn(move || {
                    for table in [table, &copy] {
                        let mut found = vec![None; addresses.len()];
                        table.lookup_batch(addresses, &mut found);
                        assert!(found == *expected);
                    }
                });
            }
        });
    }
    shared::<Ipv4Addr>();
    shared::<Ipv6Addr>();
}
