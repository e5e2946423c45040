//! The loops: each prepared, run once and judged, then handed over to be counted.

use std::hint::black_box;
use std::io::Cursor;
use std::net::{Ipv4Addr, Ipv6Addr};

use peerpath::addr::{Address, Partition};
use peerpath::catalog::{Catalog, Cloud};
use peerpath::check::diff::{Diff, DiffSide, diff};
use peerpath::diag::{Silent, Source, TaskId};
use peerpath::engine::{Engine, Inputs};
use peerpath::fib::{CompiledV4, CompiledV6, Instructions, Lpm, NextHopId};
use peerpath::flow::synth::{Profile, write_capture};
use peerpath::flow::{
    CaptureReader, FlowTable, FlowTableOptions, Flows, Frame, Intake, Layer, TimedPacket, decode,
    read_capture,
};
use peerpath::network::{Network, read};

use super::tables::{Data, tags_v4, tags_v6};

/// Addresses of a look-up.
const ADDRESSES: usize = 1 << 16;
/// Bytes of a generated capture.
const CAPTURE: u64 = 4_000_000;
const DEMO: &str = include_str!("../../examples/demo/network.yaml");

/// A loop, and what counts its work.
pub(crate) struct Case {
    /// Floor, operation, family, data, instructions.
    pub(crate) name: &'static str,
    /// Runs the loop under `count`; says how many items it worked on, or nothing where this processor cannot run it.
    pub(crate) run: fn(count: Count) -> Option<usize>,
}

/// Runs a loop where it is counted.
pub(crate) type Count = fn(&mut dyn FnMut());

pub(crate) const CASES: &[Case] = &[
    Case {
        name: "fib/lookup/v4/service-tags/portable",
        run: |count| one_by_one(&tags_v4(), "Portable", count),
    },
    Case { name: "fib/lookup/v4/service-tags/avx2", run: |count| one_by_one(&tags_v4(), "Avx2", count) },
    Case {
        name: "fib/lookup/v6/service-tags/portable",
        run: |count| one_by_one(&tags_v6(), "Portable", count),
    },
    Case { name: "fib/lookup/v6/service-tags/avx2", run: |count| one_by_one(&tags_v6(), "Avx2", count) },
    Case {
        name: "fib/lookup_batch/v4/service-tags/portable",
        run: |count| in_bursts(&tags_v4(), "Portable", count),
    },
    Case { name: "fib/lookup_batch/v4/service-tags/avx2", run: |count| in_bursts(&tags_v4(), "Avx2", count) },
    Case {
        name: "fib/lookup_batch/v6/service-tags/portable",
        run: |count| in_bursts(&tags_v6(), "Portable", count),
    },
    Case { name: "fib/lookup_batch/v6/service-tags/avx2", run: |count| in_bursts(&tags_v6(), "Avx2", count) },
    Case { name: "fib/build/v4/service-tags", run: |count| Some(build(&tags_v4(), count)) },
    Case { name: "fib/build/v6/service-tags", run: |count| Some(build(&tags_v6(), count)) },
    Case { name: "flow/decode/mixed/outer", run: |count| Some(decoding(Layer::Outer, count)) },
    Case { name: "flow/decode/mixed/inner", run: |count| Some(decoding(Layer::Inner, count)) },
    Case { name: "flow/add_batch/mixed/totals", run: |count| Some(counting(None, count)) },
    Case { name: "flow/add_batch/mixed/seconds", run: |count| Some(counting(Some(1_000_000_000), count)) },
    Case { name: "flow/replay/mixed", run: |count| Some(replay(Profile::Mixed { bytes: CAPTURE }, count)) },
    Case { name: "flow/replay/small", run: |count| Some(replay(Profile::Small { bytes: CAPTURE }, count)) },
    Case { name: "engine/compile/demo", run: |count| Some(compile(count)) },
    Case { name: "check/diff/demo", run: |count| Some(compare(count)) },
];

/// A family with its frozen table.
trait Compile: Address {
    type Table: Lpm<Self>;
    fn compile(partition: &Partition<Self, Option<NextHopId>>) -> Self::Table;
    fn with_instructions(table: Self::Table, instructions: Instructions) -> Self::Table;
}

impl Compile for Ipv4Addr {
    type Table = CompiledV4;
    fn compile(partition: &Partition<Self, Option<NextHopId>>) -> CompiledV4 {
        CompiledV4::from_partition(partition)
    }
    fn with_instructions(table: CompiledV4, instructions: Instructions) -> CompiledV4 {
        table.with_instructions(instructions)
    }
}

impl Compile for Ipv6Addr {
    type Table = CompiledV6;
    fn compile(partition: &Partition<Self, Option<NextHopId>>) -> CompiledV6 {
        CompiledV6::from_partition(partition)
    }
    fn with_instructions(table: CompiledV6, instructions: Instructions) -> CompiledV6 {
        table.with_instructions(instructions)
    }
}

/// A table, what is asked of it, and the answers.
struct Asked<A: Compile> {
    table: A::Table,
    addresses: Vec<A>,
    expected: Vec<Option<NextHopId>>,
}

/// The table is read with the instructions of that name; nothing where the processor lacks them.
fn asked<A: Compile>(data: &Data<A>, instructions: &str) -> Option<Asked<A>> {
    let instructions =
        Instructions::available().into_iter().find(|set| format!("{set:?}") == instructions)?;
    let partition = data.partition();
    let table = A::with_instructions(A::compile(&partition), instructions);
    let addresses: Vec<A> = data.addresses.iter().copied().take(ADDRESSES).collect();
    let expected = addresses.iter().map(|address| *partition.get(*address)).collect();
    Some(Asked { table, addresses, expected })
}

fn one_by_one<A: Compile>(data: &Data<A>, instructions: &str, count: Count) -> Option<usize> {
    let Asked { table, addresses, expected } = asked(data, instructions)?;
    let mut found = vec![None; addresses.len()];
    count(&mut || {
        for (found, address) in found.iter_mut().zip(&addresses) {
            *found = table.lookup(black_box(*address));
        }
    });
    assert!(found == expected, "a look-up differs from the partition");
    Some(addresses.len())
}

fn in_bursts<A: Compile>(data: &Data<A>, instructions: &str, count: Count) -> Option<usize> {
    let Asked { table, addresses, expected } = asked(data, instructions)?;
    let mut found = vec![None; addresses.len()];
    count(&mut || table.lookup_batch(black_box(&addresses), &mut found));
    assert!(found == expected, "a burst's look-up differs from the partition");
    Some(addresses.len())
}

fn build<A: Compile>(data: &Data<A>, count: Count) -> usize {
    let partition = data.partition();
    let mut built = None;
    count(&mut || built = Some(A::compile(black_box(&partition))));
    let table = built.unwrap();
    let hits = data.addresses.iter().filter(|address| table.lookup(**address).is_some()).count();
    assert_eq!(Some(hits), data.hits, "{}: the data differs", data.name);
    partition.len()
}

fn captured(profile: Profile) -> (Vec<u8>, u64) {
    let mut bytes = Vec::new();
    let written = write_capture(profile, 1, &mut bytes).unwrap();
    (bytes, written.packets)
}

fn reader(bytes: &[u8]) -> CaptureReader {
    CaptureReader::from_read("generated", Cursor::new(bytes.to_vec())).unwrap()
}

fn decoding(layer: Layer, count: Count) -> usize {
    let (bytes, packets) = captured(Profile::Mixed { bytes: CAPTURE });
    let mut kept = Vec::new();
    reader(&bytes)
        .for_each(|frame| {
            kept.push((frame.time, frame.original_length, frame.link_type, frame.data.to_vec()));
        })
        .unwrap();
    let frames: Vec<_> = kept
        .iter()
        .map(|(time, original_length, link_type, data)| Frame {
            time: *time,
            original_length: *original_length,
            link_type: *link_type,
            data,
        })
        .collect();
    let mut decoded = 0;
    count(&mut || {
        for frame in &frames {
            decoded += u64::from(black_box(decode(frame, layer)).is_ok());
        }
    });
    assert_eq!(decoded, packets);
    frames.len()
}

fn flow_table(bucket_ns: Option<u64>) -> FlowTable<'static> {
    FlowTable::new(FlowTableOptions { bucket_ns, seed: 0x5eed, ..FlowTableOptions::default() })
}

fn intake() -> Intake<'static> {
    Intake { layer: Layer::Outer, progress: &Silent, task: TaskId(0) }
}

fn sum(flows: &Flows) -> u64 {
    flows.records.iter().map(|record| record.packets).sum()
}

fn counting(bucket_ns: Option<u64>, count: Count) -> usize {
    let (bytes, written) = captured(Profile::Mixed { bytes: CAPTURE });
    let mut packets: Vec<TimedPacket> = Vec::new();
    intake().read(&mut reader(&bytes), |batch| packets.extend_from_slice(batch)).unwrap();
    let mut table = flow_table(bucket_ns);
    count(&mut || table.add_batch(&packets));
    assert_eq!(sum(&table.finish()), written);
    packets.len()
}

fn replay(profile: Profile, count: Count) -> usize {
    let (bytes, written) = captured(profile);
    let mut reader = reader(&bytes);
    let mut flows = None;
    count(&mut || {
        let mut table = flow_table(None);
        read_capture(&mut reader, &mut table, intake()).unwrap();
        flows = Some(table.finish());
    });
    assert_eq!(flows.as_ref().map(sum), Some(written));
    usize::try_from(written).unwrap()
}

fn network(text: String, catalog: &Catalog) -> Network {
    read(&Source::new("network.yaml", text), catalog).0.unwrap()
}

/// One site on the shipped lists. The IPv6 table is built by a thread of its own and not counted here, but in `fib/build/v6`.
fn compile(count: Count) -> usize {
    let catalog = Catalog::shipped(Cloud::Public).unwrap();
    let network = network(DEMO.to_owned(), &catalog);
    let site = network.sites_with_ids().next().unwrap().0;
    let mut engine = Engine::compile(Inputs::new(&network, &catalog), site).unwrap();
    let before = engine.decisions().len();
    count(&mut || engine = Engine::compile(Inputs::new(&network, &catalog), site).unwrap());
    assert_eq!(engine.decisions().len(), before);
    engine.partition4().len() + engine.partition6().len()
}

/// The demo's network against itself without West Europe's community.
fn compare(count: Count) -> usize {
    let catalog = Catalog::shipped(Cloud::Public).unwrap();
    let base = network(DEMO.to_owned(), &catalog);
    let head = network(DEMO.replace("- 12076:51002 ", "# "), &catalog);
    let sides = [&base, &head].map(|network| DiffSide::compile(Inputs::new(network, &catalog)).unwrap());
    let [base, head] = &sides;
    // Indexes of the lists are made at the first question, which is not the walk's.
    let mut found: Option<Diff> = Some(diff(base, head).unwrap());
    count(&mut || found = Some(diff(base, head).unwrap()));
    assert!(found.unwrap().has_moves(), "West Europe moves");
    // Each vantage point's ranges are read beside the lists.
    let listed = catalog.cover4().len() + catalog.cover6().len();
    let ranges = |side: &DiffSide<'_>| {
        let engines: Vec<&Engine> = side.names().filter_map(|name| side.engine(name)).collect();
        engines
            .iter()
            .map(|engine| engine.partition4().len() + engine.partition6().len() + listed)
            .sum::<usize>()
    };
    ranges(base) + ranges(head)
}
