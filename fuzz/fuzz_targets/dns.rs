//! Any bytes as a DNS message: no panic, and no more records than bytes allow.
#![no_main]

use libfuzzer_sys::fuzz_target;
use peerpath::flow::dns::read_message;

fuzz_target!(|message: &[u8]| {
    let mut answers = 0;
    let _ = read_message(message, &mut |_| answers += 1);
    assert!(answers <= message.len() / 11);
});
