//! Runs the ```` ```console ```` blocks of the documentation and of `tests/cmd/` as transcripts: what a reader is
//! shown is what the command prints. `TRYCMD=overwrite cargo test --test cmd` rewrites them.
//!
//! Commands run in the crate root, without a shell: no pipes, no redirections, no variables. A block that cannot
//! be run says so: ```` ```console,ignore ````.

#![cfg(feature = "cli")]

#[test]
fn transcripts() {
    trycmd::TestCases::new()
        .register_bin("peerpath", trycmd::cargo::cargo_bin!("peerpath"))
        .env("NO_COLOR", "1")
        .env("COLUMNS", "100")
        // The day of the shipped service tags: nothing depends on the age of the lists.
        .env("SOURCE_DATE_EPOCH", "1782086400")
        .case("*.md")
        .case("docs/**/*.md")
        .case("tests/cmd/*.md");
}
