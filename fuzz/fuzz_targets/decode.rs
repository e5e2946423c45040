//! Any bytes as a frame of any link type: no panic, and the layers agree on whether there is IP, but where a tunnel cannot be entered.
#![no_main]

use libfuzzer_sys::fuzz_target;
use peerpath::flow::{DecodeSkip, Frame, Layer, LinkType, PacketTime, decode};

fuzz_target!(|input: (u16, u32, &[u8])| {
    const LINK_TYPES: [u16; 17] =
        [0, 1, 9, 12, 14, 50, 101, 104, 105, 108, 113, 127, 192, 228, 229, 276, 147];
    let (choice, original_length, data) = input;
    let link_type = LinkType(LINK_TYPES[usize::from(choice) % LINK_TYPES.len()]);
    let frame = Frame { time: PacketTime::NONE, original_length, link_type, data };
    let outer = decode(&frame, Layer::Outer);
    let inner = decode(&frame, Layer::Inner);
    match inner {
        Err(DecodeSkip::Tunnel(..)) => assert!(outer.is_ok()),
        inner => assert_eq!(outer.is_ok(), inner.is_ok()),
    }
});
