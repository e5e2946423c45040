//! Any bytes as a capture: no panic, and every frame is counted once.
#![no_main]

use std::io::Cursor;

use libfuzzer_sys::fuzz_target;
use peerpath::flow::{CaptureReader, Layer, decode};

fuzz_target!(|data: &[u8]| {
    let Ok(mut reader) = CaptureReader::from_read("input", Cursor::new(data.to_vec())) else { return };
    let mut frames = 0_u64;
    let read = reader.for_each(|frame| {
        frames += 1;
        let _ = decode(&frame, Layer::Inner);
    });
    if let Ok(summary) = read {
        assert_eq!(summary.frames, frames);
        assert_eq!(summary.link_types.values().sum::<u64>(), frames);
    }
});
