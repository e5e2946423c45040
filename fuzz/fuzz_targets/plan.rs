//! Any text as a plan of Terraform and as a template: no panic, and the same answer twice.
#![no_main]

use libfuzzer_sys::fuzz_target;
use peerpath::catalog::{Catalog, Cloud};
use peerpath::import::azure::ImportOptions;
use peerpath::import::terraform::{self, PlanSide};
use peerpath::import::{Assumptions, arm};

fuzz_target!(|data: &[u8]| {
    let (Ok(text), Ok(catalog)) = (std::str::from_utf8(data), Catalog::shipped(Cloud::Public)) else {
        return;
    };
    let (none, options) = (Assumptions::default(), ImportOptions::default());
    if let Ok(plan) = terraform::read(text, &none) {
        for side in [PlanSide::Before, PlanSide::After] {
            assert_eq!(
                plan.import(side, &catalog, &options, None),
                plan.import(side, &catalog, &options, None)
            );
        }
    }
    if let Ok(template) = arm::read(text, None, &none) {
        template.import(&catalog, &options, None);
    }
});
