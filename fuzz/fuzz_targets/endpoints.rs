//! Any bytes as Microsoft 365 endpoints: no panic; what is accepted survives the snapshot format unchanged.
#![no_main]

use libfuzzer_sys::fuzz_target;
use peerpath::catalog::import::{Hint, read};
use peerpath::catalog::{FeedKind, Instance, snapshot};

fuzz_target!(|data: &[u8]| {
    let hint =
        Hint { kind: Some(FeedKind::Endpoints), instance: Some(Instance::Worldwide), ..Hint::default() };
    let Ok((feed, _)) = read("input.json", data, &hint) else { return };
    let text = snapshot::write(&feed);
    assert_eq!(snapshot::read(&text).as_ref(), Ok(&feed), "{text}");
});
