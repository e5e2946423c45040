//! The packet path allocates nothing per packet: four times the packets, as many allocations.
#![expect(unsafe_code, reason = "a counting allocator cannot be written without")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::io::Cursor;
use std::sync::atomic::{AtomicU64, Ordering};

use peerpath::diag::{Silent, TaskId};
use peerpath::flow::synth::{Profile, write_capture};
use peerpath::flow::{
    CaptureReader, CaptureSource, FlowTable, FlowTableOptions, Intake, Layer, Readers, read_capture,
};

struct Counting;

static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);

// SAFETY: every call goes to the system's allocator with the same arguments.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller keeps the contract of `alloc`, which is the system's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the pointer came from the system's allocator with this layout.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Allocations of reading this capture, and its packets.
fn allocations(bytes: Vec<u8>) -> (u64, u64) {
    let before = ALLOCATIONS.load(Ordering::Relaxed);
    let mut reader = CaptureReader::from_read("generated", Cursor::new(bytes)).unwrap();
    let mut table = FlowTable::new(FlowTableOptions::default());
    let intake = Intake { layer: Layer::Outer, progress: &Silent, task: TaskId(0) };
    read_capture(&mut reader, &mut table, intake).unwrap();
    (ALLOCATIONS.load(Ordering::Relaxed) - before, table.packets())
}

/// The same of a file that two threads read.
fn allocations_of_two(bytes: &[u8]) -> (u64, u64) {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    let before = ALLOCATIONS.load(Ordering::Relaxed);
    let mut table = FlowTable::new(FlowTableOptions::default());
    let readers = Readers { layer: Layer::Outer, threads: 2, progress: &Silent };
    readers.read(vec![CaptureSource::File(file.path())], &mut table).unwrap();
    (ALLOCATIONS.load(Ordering::Relaxed) - before, table.packets())
}

/// One test: the counter is the process's.
#[test]
fn no_allocation_per_packet() {
    let mut once = Vec::new();
    let written = write_capture(Profile::Mixed { bytes: 4_000_000 }, 3, &mut once).unwrap();
    let mut four_times = once.clone();
    for _ in 0..3 {
        four_times.extend_from_slice(&once[24..]);
    }
    let (first, packets) = allocations(once);
    assert_eq!(packets, written.packets);
    let (second, packets) = allocations(four_times);
    assert_eq!(packets, written.packets * 4);
    assert_eq!(first, second);

    let mut once = Vec::new();
    let written = write_capture(Profile::Mixed { bytes: 20_000_000 }, 3, &mut once).unwrap();
    let mut four_times = once.clone();
    for _ in 0..3 {
        four_times.extend_from_slice(&once[24..]);
    }
    let (first, packets) = allocations_of_two(&once);
    assert_eq!(packets, written.packets);
    let (second, packets) = allocations_of_two(&four_times);
    assert_eq!(packets, written.packets * 4);
    // Each part now has the flows of all, so its table grows once or twice more.
    assert!(second <= first + 16, "{first} allocations, then {second}");
}
