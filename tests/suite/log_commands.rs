//! No text of a user's file, name or argument starts a command of GitHub Actions or Azure Pipelines, whatever command
//! prints it, in whatever format, on either stream.

#![cfg(all(feature = "cli", feature = "html", feature = "junit", unix))]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use serde_json::Value;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const CAPTURE: &str = "examples/demo/capture.pcap";

/// Texts that an agent takes for a command, each in the way that one of them reads.
const HOSTILE: &str =
    "##vso[task.complete result=Succeeded;]done ##[add-mask]e ###[error]x #\u{200b}#[warning]y";

// --- the agents ----------------------------------------------------------------------------------

/// Where `prefix` is found as .NET finds it by culture: characters without weight are passed over.
fn found(line: &[char], prefix: &str) -> Option<usize> {
    let weightless =
        |letter: char| matches!(letter, '\0'..='\u{8}' | '\u{200b}'..='\u{200f}' | '\u{feff}' | '\u{ad}');
    let matches_at = |start: usize| {
        let mut wanted = prefix.chars();
        let mut next = wanted.next();
        for (index, letter) in line.iter().skip(start).enumerate() {
            match next {
                None => return true,
                Some(letter_wanted) if letter_wanted == *letter => next = wanted.next(),
                Some(_) if index > 0 && weightless(*letter) => {}
                Some(_) => return false,
            }
        }
        next.is_none()
    };
    (0..line.len()).find(|start| matches_at(*start))
}

/// The text from one place to another, as `Substring` takes it; `None` where .NET throws.
fn between(line: &[char], start: usize, end: usize) -> Option<String> {
    line.get(start..end).map(|letters| letters.iter().collect())
}

/// Names of commands that GitHub's runner knows, and the token of a `stop-commands` that came before.
const REGISTERED: [&str; 17] = [
    "add-mask",
    "add-matcher",
    "add-path",
    "beef",
    "debug",
    "echo",
    "endgroup",
    "error",
    "group",
    "internal-set-repo-path",
    "notice",
    "remove-matcher",
    "save-state",
    "set-env",
    "set-output",
    "stop-commands",
    "warning",
];

/// A command of GitHub in a line: actions/runner, src/Runner.Common/ActionCommand.cs, `TryParseV2` and `TryParse`.
fn github(line: &str) -> Option<String> {
    let name = |info: &str| {
        let name = info.split(' ').next().unwrap_or_default().to_lowercase();
        REGISTERED.contains(&name.as_str()).then_some(name)
    };
    let trimmed: Vec<char> = line.trim_start().chars().collect();
    if found(&trimmed, "::") == Some(0) {
        let rest = trimmed.get(2..).unwrap_or_default();
        if let Some(command) =
            found(rest, "::").and_then(|end| between(rest, 0, end)).and_then(|info| name(&info))
        {
            return Some(format!("::{command}"));
        }
    }
    let letters: Vec<char> = line.chars().collect();
    let start = found(&letters, "##[")?;
    let end = start + letters.iter().skip(start).position(|letter| *letter == ']')?;
    between(&letters, start + 3, end).and_then(|info| name(&info)).map(|command| format!("##[{command}"))
}

/// A command of Azure Pipelines in a line: microsoft/azure-pipelines-agent,
/// src/Microsoft.VisualStudio.Services.Agent/Command.cs, `TryParse`. Every area and event counts as known.
fn azure(line: &str) -> Option<String> {
    let letters: Vec<char> = line.chars().collect();
    let start = found(&letters, "##vso[")?;
    let end = start + letters.iter().skip(start).position(|letter| *letter == ']')?;
    let info = between(&letters, start + 6, end)?;
    let name = info.split(' ').next().unwrap_or_default();
    (name.split('.').filter(|part| !part.is_empty()).count() == 2 && !name.starts_with('['))
        .then(|| name.to_owned())
}

/// All commands in a stream, as the agents read it: to the next line feed or carriage return.
fn commands(stream: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(stream);
    text.split(['\n', '\r']).flat_map(|line| [github(line), azure(line)]).flatten().collect()
}

#[test]
fn the_agents_are_read_as_their_sources_say() {
    for (line, wanted) in [
        ("::error file=a::b", &["::error"][..]),
        ("\u{a0} ::ADD-MASK::b", &["::add-mask"]),
        ("x ::error::b", &[]),
        ("::nothing::b", &[]),
        ("::error", &[]),
        ("│ ##[add-mask]e", &["##[add-mask"]),
        ("##[nothing]e", &[]),
        ("a ##vso[task.complete result=Failed;]b", &["task.complete"]),
        ("##vso[task]b", &[]),
        // Found, but the name that is read has the bracket in it.
        ("#\u{200b}#[error]b", &[]),
        ("::beef::", &["::beef"]),
        ("::1,a,2603::/32", &[]),
    ] {
        assert_eq!(commands(line.as_bytes()), wanted, "{line:?}");
    }
}

// --- the files -----------------------------------------------------------------------------------

/// A folder whose files are hostile in each way that a file can be.
struct Folder {
    folder: tempfile::TempDir,
}

/// A name of a file that has every kind of command at the beginning of a line of its own.
const FILE: &str = "n\n::error::a\r::add-mask::e\n ##vso[task.complete result=Succeeded;]\n##[add-mask]e\u{1b}[31m\u{202e}.yaml";

impl Folder {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let demo = fs::read_to_string(Path::new(ROOT).join("examples/demo/network.yaml")).unwrap();
        let commented = |text: &str| -> String {
            let line = |line: &str| {
                if line.contains('#') || line.trim().is_empty() {
                    format!("{line}\n")
                } else {
                    format!("{line} # {HOSTILE}\n")
                }
            };
            text.lines().map(line).collect()
        };
        let lint = Path::new(ROOT).join("tests/ui/lint/power-platform-pair/input.yaml");
        let lint = fs::read_to_string(lint).unwrap();
        let named = |text: &str, name: &str| text.replace("amsterdam", &format!("\"{name}\""));
        let write = |name: &str, text: &str| fs::write(path(name), text).unwrap();
        write("comments.yaml", &commented(&lint));
        write(FILE, &commented(&lint));
        write("hash.yaml", &named(&lint, "##[add-mask]e ##vso[task.complete]x"));
        write("colons.yaml", &named(&lint, "::error::x"));
        write("demo.yaml", &named(&demo, "##[error]x"));
        write(
            "demo2.yaml",
            &named(&demo, "##[error]x").replace("        - North Europe", "        - France Central"),
        );
        write("broken.yaml", &commented(&lint).replace("premium", "\"##[error]x ::add-mask::e\""));
        write("second.yaml", "- ::error::x\n::add-mask::e\n##vso[task.complete]\n");
        write(
            "addresses",
            &format!("::1\n52.112.0.1\n::ffff:192.0.2.1\n::error::x\n{HOSTILE}\n::add-mask::e\u{1b}[2J\n"),
        );
        Self { folder }
    }

    /// Runs peerpath with this folder's files; `@x` is the file `x` of it.
    fn run(&self, arguments: &[&str], environment: Option<(&str, &str)>) -> Output {
        let named = |argument: &&str| match argument.strip_prefix('@') {
            Some(name) => self.folder.path().join(name),
            None => PathBuf::from(argument),
        };
        let mut command = crate::peerpath();
        command.current_dir(ROOT).args(arguments.iter().map(named)).stdin(Stdio::null());
        command.env_remove("GITHUB_ACTIONS").env_remove("TF_BUILD").env("NO_COLOR", "1");
        command.envs(environment).output().unwrap()
    }
}

const VIEWS: [&str; 7] = ["table", "markdown", "summary", "html", "json", "ndjson", "csv"];
const CHECKS: [&str; 4] = ["junit", "sarif", "github", "azuredevops"];

/// Every command line that is tried, and its format.
fn lines() -> Vec<(Vec<&'static str>, &'static str)> {
    let mut all: Vec<(Vec<&str>, &str)> = Vec::new();
    let hostile: &'static str = Box::leak(format!("@{FILE}").into_boxed_str());
    for file in ["@comments.yaml", hostile] {
        all.push((vec!["check", file], "text"));
        for format in VIEWS.into_iter().chain(CHECKS) {
            all.push((vec!["check", file, "--view", "checks", "--format", format], format));
        }
        for format in ["github=", "azuredevops="] {
            all.push((vec!["check", file, "--out", format], format));
        }
    }
    for file in ["@hash.yaml", "@colons.yaml", "@broken.yaml", "@second.yaml", "@missing\n::error::x"] {
        all.push((vec!["check", file], "text"));
        for format in ["csv", "junit", "azuredevops"] {
            all.push((vec!["check", file, "--view", "checks", "--format", format], format));
        }
    }
    for format in VIEWS {
        all.push((
            vec!["diff", "@demo.yaml", "@demo2.yaml", "--view", "summary", "--format", format],
            format,
        ));
    }
    for format in ["table", "csv"] {
        all.push((vec!["diff", hostile, "@hash.yaml", "--view", "summary", "--format", format], format));
        all.push((
            vec!["replay", CAPTURE, "--network", "@demo.yaml", "--by", "path", "--format", format],
            format,
        ));
    }
    for format in ["table", "ndjson", "csv"] {
        all.push((vec!["classify", "@addresses", "--network", "@hash.yaml", "--format", format], format));
    }
    for format in ["text", "json"] {
        all.push((vec!["explain", "52.112.0.1", "--network", "@hash.yaml", "--format", format], format));
    }
    let hash = "##[add-mask]e\n::error::x";
    for arguments in [
        vec!["explain", hash],
        vec!["explain", "52.112.0.1", "--network", "@colons.yaml"],
        vec!["explain", "52.112.0.1", "--network", "@hash.yaml", "--from", hash],
        vec!["check", "@hash.yaml", hash],
        vec!["check", "@hash.yaml", "--format", hash],
        vec!["check", "@hash.yaml", "--out", hash],
        vec!["check", "@hash.yaml", "--fail-on", hash],
        vec!["check", "@hash.yaml", "-vv"],
        vec!["replay", hash, "--network", hostile],
        vec!["catalog", "show", hash],
        vec!["diff", "git:##[error]x:n\n::error::y", "@hash.yaml"],
        vec!["export", "frr", "--network", "@hash.yaml"],
        vec![hash],
    ] {
        all.push((arguments, "text"));
    }
    all
}

/// Commands that the output has on purpose.
fn meant(command: &str, format: &str) -> bool {
    match format.trim_end_matches('=') {
        "github" => ["::error", "::warning", "::notice"].contains(&command),
        "azuredevops" => command == "task.logissue",
        _ => false,
    }
}

#[test]
fn nothing_that_is_printed_starts_a_command() {
    let folder = Folder::new();
    let (mut hostile, mut own) = (0, 0);
    for (index, (line, format)) in lines().into_iter().enumerate() {
        // One after the other: what either sets is the same guard, see below.
        let environment = if index % 2 == 0 { ("GITHUB_ACTIONS", "true") } else { ("TF_BUILD", "True") };
        let output = folder.run(&line, Some(environment));
        assert!(output.status.code().is_some_and(|code| code <= 2), "{line:?}: {output:?}");
        for stream in [&output.stdout, &output.stderr] {
            let found = commands(stream);
            let strange: Vec<&String> = found.iter().filter(|command| !meant(command, format)).collect();
            assert!(strange.is_empty(), "{line:?}: {strange:?} in\n{}", String::from_utf8_lossy(stream));
            own += found.len();
        }
        if ["text", "csv", "markdown", "junit"].contains(&format) {
            let plain = folder.run(&line, None);
            assert_eq!(output.status.code(), plain.status.code(), "{line:?}");
            hostile +=
                usize::from([plain.stdout, plain.stderr].iter().any(|stream| !commands(stream).is_empty()));
        }
    }
    // The table tests something: without an agent the same texts are commands.
    assert!(hostile >= 12, "{hostile}");
    assert!(own >= 12, "{own}");
}

#[test]
fn either_service_and_either_format_is_a_reason_to_guard() {
    let folder = Folder::new();
    let line = vec!["check", "@comments.yaml"];
    assert!(!commands(&folder.run(&line, None).stdout).is_empty());
    assert!(!commands(&folder.run(&line, Some(("TF_BUILD", ""))).stdout).is_empty());
    for environment in [("GITHUB_ACTIONS", "true"), ("TF_BUILD", "True")] {
        assert_eq!(commands(&folder.run(&line, Some(environment)).stdout), [""; 0]);
    }
    for out in ["--out=github=", "--out=azuredevops="] {
        let output = folder.run(&[line.clone(), vec![out]].concat(), None);
        let found = commands(&output.stdout);
        assert!(
            !found.is_empty() && found.iter().all(|command| meant(command, &out[6..])),
            "{out}: {found:?}"
        );
    }
}

#[test]
fn ordinary_output_is_the_same_beside_an_agent() {
    let folder = Folder::new();
    let demo = "examples/demo/network.yaml";
    fs::write(folder.folder.path().join("plain"), "::1\n::ffff:192.0.2.1\n64:ff9b::1\n::\n").unwrap();
    let mut lines = vec![
        vec!["explain", "52.112.0.1", "--network", demo],
        vec!["explain", "::1", "--format", "json"],
        vec!["export", "frr", "--network", demo],
        vec!["init"],
        vec!["--help"],
        vec!["check", "examples/missing.yaml"],
        // An address that begins with colons is data.
        vec!["classify", "@plain", "--format", "csv"],
        vec!["classify", "@plain", "--format", "table"],
    ];
    for format in ["table", "html", "json", "csv"] {
        lines.push(vec!["check", demo, "--view", "checks", "--format", format]);
    }
    for line in lines {
        let before = folder.run(&line, None);
        let beside = folder.run(&line, Some(("GITHUB_ACTIONS", "true")));
        assert_eq!((before.stdout, before.stderr), (beside.stdout, beside.stderr), "{line:?}");
    }
}

#[test]
fn json_beside_an_agent_reads_as_the_same_values() {
    let folder = Folder::new();
    for format in ["json", "ndjson"] {
        let line = ["diff", "@demo.yaml", "@demo2.yaml", "--view", "summary", "--format", format];
        let values = |output: &Output| -> Vec<Value> {
            serde_json::Deserializer::from_slice(&output.stdout).into_iter().map(Result::unwrap).collect()
        };
        let before = folder.run(&line, None);
        assert!(String::from_utf8_lossy(&before.stdout).contains("\"##[error]x\""), "{format}");
        let beside = folder.run(&line, Some(("TF_BUILD", "True")));
        assert!(String::from_utf8_lossy(&beside.stdout).contains("\"#\\u0023[error]x\""), "{format}");
        assert_eq!(values(&before), values(&beside), "{format}");
    }
}

/// CSV has no second way to write a text. In a file it is as it is; in a log the prefix is broken.
#[test]
fn data_in_a_file_is_no_log() {
    let folder = Folder::new();
    let path = folder.folder.path().join("out.csv");
    let run = |stdout: Stdio| {
        let output = crate::peerpath()
            .args(["diff", "demo.yaml", "demo2.yaml", "--view", "summary", "--format", "csv"])
            .current_dir(folder.folder.path())
            .env("GITHUB_ACTIONS", "true")
            .stdout(stdout)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
            .wait_with_output()
            .unwrap();
        assert!(output.status.code().is_some_and(|code| code < 2), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let log = run(Stdio::piped());
    assert_eq!(run(Stdio::from(fs::File::create(&path).unwrap())), "");
    let file = fs::read_to_string(&path).unwrap();
    assert!(file.contains("##[error]x") && log.contains("# #[error]x"), "{file}\n{log}");
    assert_eq!(file, log.replace("# #[", "##["));
}

#[cfg(feature = "parquet")]
#[test]
fn what_is_not_text_does_not_go_to_a_log() {
    let folder = Folder::new();
    let line = ["replay", CAPTURE, "--by", "path", "--format", "parquet"];
    let output = folder.run(&line, Some(("TF_BUILD", "True")));
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    let reported = String::from_utf8(output.stderr).unwrap();
    assert!(
        reported.contains("parquet is not text: write it to a file with `--out parquet=FILE`"),
        "{reported}"
    );
    assert!(folder.run(&line, None).stdout.starts_with(b"PAR1"));
}

/// What stands in an error is on its line, with nothing that steers a terminal: in every stream, in CI or not.
#[test]
fn errors_show_names_escaped() {
    let folder = Folder::new();
    let name = "nope\u{1b}[31mred\n::error::x\u{202e}\u{200b}\u{7}\u{9b}";
    let shown = "nope\\u{1b}[31mred\\n::error::x\\u{202e}\\u{200b}\\u{7}\\u{9b}";
    let out = format!("json=missing/{name}");
    for line in [
        vec!["check", name],
        vec!["explain", "52.112.0.1", "--network", name],
        vec!["explain", name],
        vec!["classify", name],
        vec!["replay", name],
        vec!["diff", name, "examples/demo/network.yaml"],
        vec!["import", "azure", name],
        vec!["import", "terraform", name, "--output", "x"],
        vec!["import", "arm", name],
        vec!["catalog", "show", name],
        vec!["catalog", "verify", name],
        vec!["explain", "52.112.0.1", "--catalog", name],
        vec!["check", "examples/demo/network.yaml", "--out", &out],
        vec!["check", "examples/demo/network.yaml", "--view", name],
        vec!["check", "examples/demo/network.yaml", "--format", name],
        vec!["check", "examples/demo/network.yaml", name],
        vec!["check", "examples/demo/network.yaml", "--fail-on", name],
        vec!["--color", name],
        vec![name],
    ] {
        let output = folder.run(&line, None);
        assert_eq!(output.status.code(), Some(2), "{line:?}: {output:?}");
        let reported = String::from_utf8(output.stderr).unwrap();
        assert!(reported.contains(shown), "{line:?}: {reported}");
        let odd = reported.chars().find(|letter| letter.is_control() && *letter != '\n');
        assert_eq!(odd, None, "{line:?}: {reported:?}");
        assert!(!reported.lines().any(|line| line.starts_with("::")), "{line:?}: {reported}");
    }
}
