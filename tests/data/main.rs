//! Suites whose trials come from data: scenarios, conformance tables, captures and lists with their oracles.
//!
//! Trials that need `../shared/data` count as ignored where it is missing. `cargo test --all-features --test data
//! '[scenarios]'` runs one suite.

mod capture_oracle;
mod catalog_oracle;
mod conformance;
mod diff;
mod effective_routes;
mod import_azure;
#[cfg(feature = "cli")]
mod main_job;
mod rib_data;
mod scenarios;

use libtest_mimic::{Arguments, Trial};

type Suite = (&'static str, fn() -> Vec<Trial>);

const SUITES: &[Suite] = &[
    ("capture_oracle", capture_oracle::trials),
    ("catalog_oracle", catalog_oracle::trials),
    ("conformance", conformance::trials),
    ("diff", diff::trials),
    ("effective_routes", effective_routes::trials),
    ("import_azure", import_azure::trials),
    #[cfg(feature = "cli")]
    ("main_job", main_job::trials),
    ("rib_data", rib_data::trials),
    ("scenarios", scenarios::trials),
];

fn main() {
    let arguments = Arguments::from_args();
    let mut all: Vec<Trial> = Vec::new();
    for (suite, trials) in SUITES {
        all.extend(trials().into_iter().map(|trial| trial.with_kind(*suite)));
    }
    libtest_mimic::run(&arguments, all).exit();
}
