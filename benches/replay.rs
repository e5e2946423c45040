//! Replay of generated captures: read, decode, count flows. One thread and two, the file in the page cache.
//!
//! 64 MB each by default; `PEERPATH_BENCH_BYTES=1000000000 cargo bench --bench replay` for the 1 GB of the record.
#![expect(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

use std::fs::File;
use std::hint::black_box;
use std::io::BufWriter;
use std::path::Path;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use peerpath::diag::Silent;
use peerpath::flow::synth::{Profile, write_capture};
use peerpath::flow::{CaptureSource, FlowTable, FlowTableOptions, Flows, Layer, Readers};

fn replay(path: &Path, threads: usize) -> Flows {
    let mut table = FlowTable::new(FlowTableOptions { seed: 0x5eed, ..FlowTableOptions::default() });
    let readers = Readers { layer: Layer::Outer, threads, progress: &Silent };
    readers.read(vec![CaptureSource::File(path)], &mut table).unwrap();
    table.finish()
}

fn captures(criterion: &mut Criterion) {
    let bytes = std::env::var("PEERPATH_BENCH_BYTES").map_or(64_000_000, |text| text.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let mut group = criterion.benchmark_group("flow/replay");
    group.sample_size(10);
    for (name, profile) in [("mixed", Profile::Mixed { bytes }), ("small", Profile::Small { bytes })] {
        let path = folder.path().join(name).with_extension("pcap");
        let file = BufWriter::with_capacity(1 << 20, File::create(&path).unwrap());
        let written = write_capture(profile, 1, file).unwrap();
        let flows = replay(&path, 1);
        assert_eq!(flows.records.len() as u64, written.flows);
        assert_eq!(flows.records.iter().map(|record| record.packets).sum::<u64>(), written.packets);
        assert_eq!(flows.records.iter().map(|record| record.frame_bytes).sum::<u64>(), written.frame_bytes);
        group.throughput(Throughput::Bytes(written.file_bytes));
        group.bench_function(name, |bencher| bencher.iter(|| black_box(replay(&path, 1))));
        assert_eq!(replay(&path, 2), flows);
        let name = format!("{name}/2 threads");
        group.bench_function(name, |bencher| bencher.iter(|| black_box(replay(&path, 2))));
    }
    group.finish();
}

criterion_group!(benches, captures);
criterion_main!(benches);
