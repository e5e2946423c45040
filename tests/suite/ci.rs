//! The action, the template and the workflows of `docs/guide/ci.md`: what they run is a command line of ours, and their
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

pub(crate) const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn yaml(text: &str) -> Value {
    serde_saphyr::from_str(text).unwrap()
}

pub(crate) fn file(name: &str) -> Value {
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
    let text = fs::read_to_string(Path::new(ROOT).join("docs/guide/ci.md")).unwrap();
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

/// A tag can be moved to other code; a commit cannot.
#[test]
fn documented_actions_are_named_by_commit() {
    let text = fs::read_to_string(Path::new(ROOT).join("docs/guide/ci.md")).unwrap();
    let named: Vec<&str> =
        text.lines().filter_map(|line| line.split_once("uses: ")).map(|(_, name)| name).collect();
    assert!(named.len() >= 8, "{named:?}");
    for name in named {
        let (action, rest) = name.split_once('@').unwrap();
        let (commit, comment) = rest.split_once(" # ").unwrap();
        if action == "OWNER/peerpath" {
            assert_eq!(commit, "COMMIT", "{name}");
        } else {
            assert!(commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit()), "{name}");
            assert!(comment.starts_with('v') && comment.matches('.').count() == 2, "{name}");
        }
    }
    let own = fs::read_to_string(Path::new(ROOT).join("action.yml")).unwrap();
    for (_, name) in own.lines().filter_map(|line| line.split_once("uses: ")) {
        let (commit, comment) = name.split_once('@').unwrap().1.split_once(" # ").unwrap();
        assert!(commit.len() == 40 && comment.starts_with('v'), "{name}");
    }
    for line in text.lines().filter(|line| line.contains("cargo install")) {
        assert!(line.contains(" --locked ") && line.contains(" --rev COMMIT"), "{line}");
    }
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
pub(crate) fn script(
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

/// Runs a step's script with a stand-in for peerpath, or with the real one.
fn judge_with(folder: &Path, args: &str) -> Output {
    let environment = [
        ("ARGS", args),
        ("RESULTS", "results"),
        ("GITHUB_STEP_SUMMARY", "summary.md"),
        ("GITHUB_OUTPUT", "output"),
        ("GITHUB_ACTIONS", "true"),
    ];
    script(&file("action.yml"), "/runs/steps", "Judge", "run", folder, &environment)
}

/// The same of the template for Azure Pipelines.
fn template_with(folder: &Path, args: &str) -> Output {
    let environment =
        [("ARGS", args), ("RESULTS", "results"), ("BINARY", "./bin/peerpath"), ("TF_BUILD", "True")];
    script(&file("azure-pipelines/peerpath.yml"), "/steps", "peerpath", "bash", folder, &environment)
}

/// Both, as a test goes through them.
type Step = (&'static str, fn(&Path, &str) -> Output);

const STEPS: [Step; 2] = [("action", judge_with), ("template", template_with)];

fn evaluate(network: &str) -> (tempfile::TempDir, Output) {
    let folder = checkout(network);
    let output = judge_with(folder.path(), "check 'my network.yaml'");
    (folder, output)
}

/// Puts a script on the path of the steps.
pub(crate) fn program(folder: &Path, name: &str, text: &str) {
    let path = folder.join("bin").join(name);
    let _ = fs::remove_file(&path);
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
}

/// Whether a comment is posted, or a summary uploaded.
fn posts(folder: &Path, output: &Output) -> bool {
    let reported = fs::read_to_string(folder.join("output")).unwrap_or_default();
    let log = String::from_utf8_lossy(&output.stdout);
    reported.lines().any(|line| line == "comment=true") || log.contains("##vso[task.uploadsummary]")
}

#[test]
fn the_action_writes_every_output_and_ends_with_the_verdict() {
    let cases = [
        ("examples/demo/network.yaml", 0, "passed"),
        ("tests/ui/lint/power-platform-pair/input.yaml", 1, "warnings"),
        ("tests/ui/network/empty/input.yaml", 2, "cannot judge"),
    ];
    for (network, code, verdict) in cases {
        let (folder, output) = evaluate(network);
        assert_eq!(output.status.code(), Some(code), "{}", String::from_utf8_lossy(&output.stderr));
        let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
        assert_eq!(read("output"), format!("comment=true\nexit-code={code}\n"));
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
fn arguments_reach_peerpath_as_words_and_no_shell_reads_them() {
    // A stand-in that notes its arguments; what stands before the outputs are those of the user.
    let stand_in = "#!/bin/sh\nfor word do case $word in --out) break;; esac; printf '<%s>' \"$word\" >>words; done\nexit 2\n";
    let cases = [
        ("check network.yaml", "<check><network.yaml>"),
        ("check\n  'my network.yaml'\n", "<check><my network.yaml>"),
        ("check \"it's\" 'say \"x\"' a'b c'd", "<check><it's><say \"x\"><ab cd>"),
        ("diff git:origin/$(touch pwned):n n", "<diff><git:origin/$(touch><pwned):n><n>"),
        ("check a;touch pwned", "<check><a;touch><pwned>"),
        ("check `touch pwned` | tee >pwned && x", "<check><`touch><pwned`><|><tee><>pwned><&&><x>"),
        ("check %s %n 100% * ~ $HOME", "<check><%s><%n><100%><*><~><$HOME>"),
        ("check -n -- -e =x '' y", "<check><-n><--><-e><=x><><y>"),
        ("check a ''", "<check><a><>"),
        // Outside of quotes a backslash is taken off; within them it is a character.
        (r"check a\b a\\b 'a\b' a\ b \'", r"<check><ab><a\b><a\b><a b><'>"),
    ];
    for (step, run) in STEPS {
        for (args, words) in cases {
            let folder = checkout("examples/demo/network.yaml");
            program(folder.path(), "peerpath", stand_in);
            let output = run(folder.path(), args);
            assert_eq!(output.status.code(), Some(2), "{step}: {args}: {output:?}");
            assert_eq!(fs::read_to_string(folder.path().join("words")).unwrap(), words, "{step}");
            assert!(!folder.path().join("pwned").exists(), "{step}: {args}");
        }
    }
}

#[test]
fn a_quote_that_is_not_closed_fails_the_step() {
    for (step, run) in STEPS {
        for args in [
            "check 'my network.yaml' 'unclosed --checks strict.yaml",
            "check 'my network.yaml' \"unclosed",
            "check 'my network.yaml' --checks it's.yaml",
            "diff git:origin/it's:n.yaml 'my network.yaml' --intent i.yaml",
        ] {
            let folder = checkout("examples/demo/network.yaml");
            let output = run(folder.path(), args);
            assert_eq!(output.status.code(), Some(2), "{step}: {args}: {output:?}");
            let log = String::from_utf8_lossy(&output.stdout);
            assert!(log.contains("is not closed: nothing was judged"), "{step}: {log}");
            assert!(!posts(folder.path(), &output), "{step}: {args}");
        }
    }
}

#[test]
fn branches_with_hostile_names_are_names() {
    for (step, run) in STEPS {
        for branch in ["$(touch pwned)", "a;b", "`touch pwned`", "it\"s\"", "--output=pwned", "##vso[x.y]"] {
            let folder = checkout("examples/demo/network.yaml");
            let output = run(folder.path(), &format!("diff 'git:origin/{branch}:n.yaml' 'my network.yaml'"));
            assert_eq!(output.status.code(), Some(2), "{step}: {branch}: {output:?}");
            assert!(!folder.path().join("pwned").exists(), "{step}: {branch}");
            let log = String::from_utf8_lossy(&output.stderr);
            assert!(log.contains("git:origin/") && !log.contains("##vso["), "{step}: {log}");
        }
    }
}

#[test]
fn what_lies_there_before_is_no_verdict_of_this_run() {
    let kills_itself = "#!/bin/sh\nkill -KILL $$\n";
    // Ends half-way through a comment, as where memory runs out.
    let half = "#!/bin/sh\necho '<!-- peerpath:my network.yaml -->' >results/comment.md\nkill -ABRT $$\n";
    let cases = [
        ("check 'my network.yaml' --no-such-flag", None, 2),
        ("check --help", None, 2),
        ("replay capture.pcap", None, 2),
        ("check 'my network.yaml'", Some(kills_itself), 137),
        ("check 'my network.yaml'", Some(half), 134),
    ];
    for (step, run) in STEPS {
        for (args, stand_in, code) in cases {
            let folder = checkout("examples/demo/network.yaml");
            let results = folder.path().join("results");
            fs::create_dir(&results).unwrap();
            for name in ["comment.md", "checks.xml", "checks.sarif", "report.ndjson", "mine.txt"] {
                fs::write(results.join(name), "<!-- peerpath:my network.yaml -->\nPASSED (stale)\n").unwrap();
            }
            if let Some(stand_in) = stand_in {
                program(folder.path(), "peerpath", stand_in);
            }
            let output = run(folder.path(), args);
            assert_eq!(output.status.code(), Some(code), "{step}: {args}: {output:?}");
            assert!(!posts(folder.path(), &output), "{step}: {args}");
            for entry in fs::read_dir(&results).unwrap() {
                let path = entry.unwrap().path();
                let stale = fs::read_to_string(&path).unwrap().contains("stale");
                assert_eq!(stale, path.ends_with("mine.txt"), "{step}: {args}: {}", path.display());
            }
        }
    }
    // The comment is tied to what the run says of itself.
    let action = file("action.yml");
    let steps = action.pointer("/runs/steps").unwrap().as_array().unwrap();
    let comment = steps.iter().find(|step| step["name"] == "Comment").unwrap();
    assert!(comment["if"].as_str().unwrap().contains("steps.judge.outputs.comment == 'true'"));
}

/// The comments of a pull request as the API tells them, one page a line.
fn comments(pages: &[&[(&str, bool, &str)]]) -> String {
    let page = |comments: &&[(&str, bool, &str)]| {
        let nodes = comments
            .iter()
            .map(|(id, own, body)| serde_json::json!({"id": id, "viewerDidAuthor": own, "body": body}));
        let nodes: Vec<Value> = nodes.collect();
        let comments =
            serde_json::json!({"nodes": nodes, "pageInfo": {"hasNextPage": false, "endCursor": "x"}});
        serde_json::json!({"data": {"repository": {"pullRequest": {"comments": comments}}}}).to_string()
    };
    pages.iter().map(page).collect::<Vec<_>>().join("\n")
}

/// Runs the step that comments, with this comment and a stand-in for GitHub's command line that knows these comments.
/// Gives the requests, one a line, beside what the step ended with.
fn comment(text: &str, known: &str) -> (Output, String) {
    // Of `gh api graphql --paginate --jq FILTER`, the program jq does what gh's own does.
    let stand_in = r#"#!/bin/bash
printf '%s ' "${@//$'\n'/ }" | tr -s ' ' >>asked
echo >>asked
case "$*" in *viewerDidAuthor*)
  while (($# > 0)); do [[ $1 == --jq ]] && exec jq -r "$2" known.json; shift; done
esac
"#;
    let folder = checkout("examples/demo/network.yaml");
    program(folder.path(), "gh", stand_in);
    fs::create_dir(folder.path().join("results")).unwrap();
    fs::write(folder.path().join("results/comment.md"), text).unwrap();
    fs::write(folder.path().join("known.json"), known).unwrap();
    let environment = [("COMMENT", "results/comment.md"), ("REPOSITORY", "o/r"), ("NUMBER", "7")];
    let output = script(&file("action.yml"), "/runs/steps", "Comment", "run", folder.path(), &environment);
    let asked = fs::read_to_string(folder.path().join("asked")).unwrap_or_default();
    (output, asked)
}

const MARKER: &str = "<!-- peerpath:my network.yaml -->";

#[test]
fn the_action_renews_its_own_comment_and_no_other() {
    let marked = "<!-- peerpath:my network.yaml -->\n### check";
    let other = "<!-- peerpath:my network.yaml.old -->\n### check";
    /// Pages of comments (id, whether the token wrote it, body), and which is renewed.
    type Case<'a> = (&'a [&'a [(&'a str, bool, &'a str)]], Option<&'a str>);
    let cases: [Case<'_>; 7] = [
        (&[&[]], None),
        (&[&[("A", true, marked)]], Some("A")),
        (&[&[("M", false, marked), ("A", true, marked), ("B", true, marked)]], Some("A")),
        (&[&[("M", false, marked)]], None),
        (&[&[("A", true, other), ("B", true, "> <!-- peerpath:my network.yaml -->")]], None),
        (&[&[("A", true, "please wait")], &[("B", true, marked)]], Some("B")),
        (&[&[("A", true, "")]], None),
    ];
    for (known, wanted) in cases {
        let (output, asked) = comment(&format!("{MARKER}\n### check: passed\n"), &comments(known));
        assert!(output.status.success(), "is jq installed? {output:?}");
        let last = asked.lines().last().unwrap();
        assert_eq!(asked.lines().count(), 2, "{asked}");
        match wanted {
            None => {
                assert_eq!(
                    last,
                    "api --silent repos/o/r/issues/7/comments --field body=@results/comment.md "
                );
            }
            Some(id) => {
                let begin =
                    format!("api graphql --silent --raw-field id={id} --field body=@results/comment.md ");
                assert!(last.starts_with(&begin), "{last}");
                assert!(last.contains("updateIssueComment(input: {id: $id, body: $body})"), "{last}");
            }
        }
        let first = asked.lines().next().unwrap();
        assert!(
            first.starts_with(
                "api graphql --paginate --raw-field owner=o --raw-field name=r --field number=7 "
            )
        );
    }
}

#[test]
fn a_comment_without_its_marker_is_not_posted() {
    let known = comments(&[&[("A", true, "maintainer: please wait"), ("B", true, "")]]);
    for text in ["\n", "\n### check\n", "<!-- peerpath: -->\nx\n", "<!-- other:n.yaml -->\nx\n", " \n"] {
        let (output, asked) = comment(text, &known);
        assert_eq!(output.status.code(), Some(1), "{text:?}: {output:?}");
        assert_eq!(asked, "", "{text:?}");
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
