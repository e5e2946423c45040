//! The action, the template and the workflows of `docs/ci.md`: what they run is a command line of ours, and their
//! scripts do what they promise.

#![cfg(all(feature = "cli", feature = "fetch", feature = "junit", unix))]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

use clap::Parser;
use peerpath::cli::args::{Cli, Command as Parsed};
use peerpath::report::Format;
use serde_json::Value;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn yaml(text: &str) -> Value {
    serde_saphyr::from_str(text).unwrap()
}

fn file(name: &str) -> Value {
    yaml(&fs::read_to_string(Path::new(ROOT).join(name)).unwrap())
}

/// Every text that stands under one of the keys, anywhere.
fn under(value: &Value, keys: &[&str], found: &mut Vec<String>) {
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                if let (true, Some(text)) = (keys.contains(&key.as_str()), value.as_str()) {
                    found.push(text.to_owned());
                }
                under(value, keys, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| under(item, keys, found)),
        _ => {}
    }
}

/// The words of a command line, quotes taken off; variables stay as they are, and arrays of arguments become
/// what a user gives. Ends where the shell's own operators begin.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    // What GitHub puts in holds no blank.
    let line = line.split("${{").map(|part| part.split_once("}}").map_or(part, |(_, after)| after));
    let line = line.collect::<Vec<_>>().join("main");
    let line = line.replace("\"${arguments[@]}\"", "check network.yaml");
    let line = line.replace("\"${new[@]}\"", "--new ServiceTags_Public.json --new worldwide.json");
    for word in line.split_whitespace() {
        if ["||", "&&", "|", ";"].contains(&word) || word.starts_with('>') {
            break;
        }
        words.push(word.replace('"', ""));
    }
    words
}

/// The lines of a script that run peerpath.
fn commands(script: &str) -> Vec<Vec<String>> {
    let whole = script.replace("\\\n", " ");
    whole.lines().map(str::trim).filter(|line| line.starts_with("peerpath ")).map(words).collect()
}

/// Parses a command line as the program does, outputs included; tells how many outputs there are.
fn accept(words: &[String]) -> usize {
    let parsed = Cli::try_parse_from(words);
    assert!(parsed.is_ok(), "{words:?}: {}", parsed.unwrap_err());
    let outs = match parsed.unwrap().command {
        Parsed::Check(check) => check.gate.out,
        Parsed::Diff(diff) => diff.out,
        _ => return 0,
    };
    for out in &outs {
        let (format, file) = out.split_once('=').unwrap();
        let format: Format = format.parse().unwrap();
        assert!(!file.is_empty() || format.is_command(), "{out}");
    }
    outs.len()
}

#[test]
fn what_the_templates_run_is_a_command_line_of_ours() {
    for name in ["action.yml", "azure-pipelines/peerpath.yml"] {
        let mut scripts = Vec::new();
        under(&file(name), &["run", "bash"], &mut scripts);
        let outputs: Vec<usize> =
            scripts.iter().flat_map(|script| commands(script)).map(|words| accept(&words)).collect();
        assert_eq!(outputs.len(), 1, "{name}");
        assert!(outputs[0] >= 5, "{name}");
    }
}

#[test]
fn what_the_documented_workflows_run_is_a_command_line_of_ours() {
    let text = fs::read_to_string(Path::new(ROOT).join("docs/ci.md")).unwrap();
    let block = |language: &str| -> Vec<String> {
        let fence = format!("```{language}\n");
        text.split(&fence).skip(1).map(|block| block.split("```").next().unwrap().to_owned()).collect()
    };
    let mut lines = Vec::new();
    for script in block("sh") {
        lines.extend(commands(&script));
    }
    for document in block("yaml") {
        let (mut scripts, mut arguments) = (Vec::new(), Vec::new());
        under(&yaml(&document), &["run", "bash"], &mut scripts);
        under(&yaml(&document), &["args"], &mut arguments);
        lines.extend(scripts.iter().flat_map(|script| commands(script)));
        lines.extend(arguments.iter().map(|args| words(&format!("peerpath {args}"))));
    }
    for line in &lines {
        accept(line);
    }
    assert!(lines.len() >= 8, "{lines:?}");
}

// --- the scripts themselves --------------------------------------------------------------------------

/// A folder with a network file, whose name has a blank, and a `peerpath` on the path.
fn checkout(network: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::copy(Path::new(ROOT).join(network), folder.path().join("my network.yaml")).unwrap();
    fs::create_dir(folder.path().join("bin")).unwrap();
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_peerpath"), folder.path().join("bin/peerpath")).unwrap();
    folder
}

/// Runs a script of the named step.
fn script(
    document: &Value,
    steps: &str,
    name: &str,
    key: &str,
    folder: &Path,
    environment: &[(&str, &str)],
) -> Output {
    let steps = document.pointer(steps).unwrap().as_array().unwrap();
    let named = |step: &&Value| {
        ["name", "displayName"]
            .iter()
            .any(|label| step[label].as_str().is_some_and(|text| text.starts_with(name)))
    };
    let text = steps.iter().find(named).unwrap()[key].as_str().unwrap();
    let path = format!("{}:{}", folder.join("bin").display(), std::env::var("PATH").unwrap());
    Command::new("bash")
        .args(["-c", text])
        .current_dir(folder)
        .env("PATH", path)
        .envs(environment.iter().copied())
        .output()
        .unwrap()
}

fn judge(network: &str) -> (tempfile::TempDir, Output) {
    let folder = checkout(network);
    let environment = [
        ("ARGS", "check 'my network.yaml'"),
        ("RESULTS", "results"),
        ("GITHUB_STEP_SUMMARY", "summary.md"),
        ("GITHUB_OUTPUT", "output"),
    ];
    let output = script(&file("action.yml"), "/runs/steps", "Judge", "run", folder.path(), &environment);
    (folder, output)
}

#[test]
fn the_action_writes_every_output_and_ends_with_the_verdict() {
    let cases = [
        ("examples/demo/network.yaml", 0, "passed"),
        ("tests/ui/lint/power-platform-pair/input.yaml", 1, "warnings"),
        ("tests/ui/network/empty/input.yaml", 2, "cannot judge"),
    ];
    for (network, code, verdict) in cases {
        let (folder, output) = judge(network);
        assert_eq!(output.status.code(), Some(code), "{}", String::from_utf8_lossy(&output.stderr));
        let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
        assert_eq!(read("output"), format!("exit-code={code}\n"));
        assert!(read("summary.md").contains(verdict));
        assert!(read("results/comment.md").starts_with("<!-- peerpath:my network.yaml -->\n"));
        for name in ["checks.xml", "checks.sarif", "report.ndjson"] {
            assert!(read(&format!("results/{name}")).len() > 100, "{name}");
        }
        let log = String::from_utf8(output.stdout).unwrap();
        assert_eq!(log.contains("::error file=my network.yaml,"), code == 2, "{log}");
        assert_eq!(log.contains("::warning file=my network.yaml,"), code == 1, "{log}");
    }
}

#[test]
fn the_action_keeps_one_comment() {
    // A stand-in for GitHub's command line: it notes what it is asked, and knows one comment or none.
    let stand_in = "#!/bin/sh\nprintf '%s ' \"$@\" >>asked; echo >>asked\ncase \"$*\" in *--paginate*) echo $KNOWN;; esac\n";
    for (known, wanted) in [
        ("", "api --silent repos/o/r/issues/7/comments --field body=@results/comment.md \n"),
        (
            "41",
            "api --silent --method PATCH repos/o/r/issues/comments/41 --field body=@results/comment.md \n",
        ),
    ] {
        let (folder, _) = judge("examples/demo/network.yaml");
        let gh = folder.path().join("bin/gh");
        fs::write(&gh, stand_in).unwrap();
        fs::set_permissions(&gh, fs::Permissions::from_mode(0o755)).unwrap();
        let environment = [
            ("COMMENT", "results/comment.md"),
            ("COMMENTS", "repos/o/r/issues/7/comments"),
            ("REPOSITORY", "o/r"),
            ("KNOWN", known),
        ];
        let output =
            script(&file("action.yml"), "/runs/steps", "Comment", "run", folder.path(), &environment);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let asked = fs::read_to_string(folder.path().join("asked")).unwrap();
        assert_eq!(asked.lines().count(), 2, "{asked}");
        assert!(asked.ends_with(wanted), "{asked}");
    }
}

#[test]
fn the_template_writes_every_output_and_ends_with_the_verdict() {
    let folder = checkout("tests/ui/lint/power-platform-pair/input.yaml");
    let environment = [
        ("ARGS", "check \"my network.yaml\""),
        ("RESULTS", "results"),
        ("BINARY", env!("CARGO_BIN_EXE_peerpath")),
    ];
    let template = file("azure-pipelines/peerpath.yml");
    let output = script(&template, "/steps", "peerpath", "bash", folder.path(), &environment);
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    let log = String::from_utf8(output.stdout).unwrap();
    assert!(
        log.contains("##vso[task.logissue type=warning;sourcepath=my network.yaml;linenumber=12;"),
        "{log}"
    );
    assert!(log.ends_with("##vso[task.uploadsummary]results/comment.md\n"), "{log}");
    for name in ["checks.xml", "checks.sarif", "report.ndjson", "comment.md"] {
        assert!(folder.path().join("results").join(name).metadata().unwrap().len() > 100, "{name}");
    }
}
