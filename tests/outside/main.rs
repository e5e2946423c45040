//! Tests against what others made: routers, the schemas of those who read our outputs, tshark, a browser.
//!
//! Where that is not installed, trials count as ignored and say so; `.ci/run` installs it and demands it.
//! `cargo test --all-features --test outside '[routers]'` runs one suite.

mod company;
#[cfg(feature = "html")]
mod html;
mod machines;
#[cfg(feature = "junit")]
mod readers;
mod routers;
mod tshark;

use libtest_mimic::{Arguments, Trial};

type Suite = (&'static str, fn(bool) -> Vec<Trial>);

const SUITES: &[Suite] = &[
    ("company", company::trials),
    #[cfg(feature = "html")]
    ("html", html::trials),
    #[cfg(feature = "junit")]
    ("readers", readers::trials),
    ("routers", routers::trials),
    ("tshark", tshark::trials),
];

fn main() {
    let arguments = Arguments::from_args();
    let mut all: Vec<Trial> = Vec::new();
    for (suite, trials) in SUITES {
        all.extend(trials(arguments.list).into_iter().map(|trial| trial.with_kind(*suite)));
    }
    libtest_mimic::run(&arguments, all).exit();
}
