//! The committed demo capture is what its command writes, byte by byte.

use peerpath::flow::synth::{Profile, write_capture};

#[test]
fn the_demo_capture_is_made_by_its_command() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/demo/capture.pcap");
    let mut made = Vec::new();
    write_capture(Profile::Demo, 1, &mut made).unwrap();
    let same = std::fs::read(path).unwrap() == made;
    assert!(same, "renew: cargo run --release --example generate -- demo examples/demo/capture.pcap");
}
