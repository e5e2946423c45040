//! The committed captures are what their command writes, byte by byte.

use peerpath::flow::synth::{Profile, write_capture};

#[test]
fn the_example_captures_are_made_by_their_command() {
    for (name, profile, file) in [
        ("demo", Profile::Demo, "examples/demo/capture.pcap"),
        ("guide", Profile::Guide, "examples/guide/capture.pcap"),
    ] {
        let path = format!("{}/{file}", env!("CARGO_MANIFEST_DIR"));
        let mut made = Vec::new();
        write_capture(profile, 1, &mut made).unwrap();
        let same = std::fs::read(path).unwrap() == made;
        assert!(same, "renew: cargo run --release --example generate -- {name} {file}");
    }
}
