//! Files that people do not write, given to the program as a whole: lines without end, characters that steer a terminal,
//! text in other encodings, paths that lead outside, things that are no files, and tables that unpack to much more.

#![cfg(all(unix, feature = "cli", feature = "mrt"))]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use flate2::Compression;
use flate2::write::GzEncoder;
use peerpath::catalog::{Catalog, Cloud};
use peerpath::check::read_checks_file;
use peerpath::diag::{Diagnostics, Source};
use peerpath::network;
use peerpath::sim::scenario;

/// Two sites; `TABLE` stands where the first names a file.
const NETWORK: &str = "version: 1
name: contoso
sites:
  - name: amsterdam
    prefixes: [10.10.0.0/16]
    internet: {name: edge-ams, nat: [203.0.113.0/28], routes: TABLE}
  - name: utrecht
    prefixes: [10.11.0.0/16]
    internet: {name: edge-utr, nat: [203.0.113.16/28]}
";

/// Each kind of input with the command that reads it, `{}` being its path.
const INPUTS: &[(&str, &[&str])] = &[
    ("network", &["check", "{}"]),
    ("network of explain", &["explain", "52.112.0.1", "--network", "{}"]),
    ("base", &["diff", "{}", "network.yaml"]),
    ("checks", &["check", "network.yaml", "--checks", "{}"]),
    ("intent", &["diff", "network.yaml", "network.yaml", "--intent", "{}"]),
    ("scenario", &["replay", "capture.pcap", "--network", "network.yaml", "--scenario", "{}"]),
    (
        "variant",
        &[
            "replay",
            "capture.pcap",
            "--network",
            "network.yaml",
            "--scenario",
            "scenario.yaml",
            "--variant",
            "{}",
        ],
    ),
    ("lock", &["drift", "--lock", "{}", "--new", "feed.json"]),
    ("plan", &["import", "terraform", "{}", "--side", "after"]),
    ("template", &["import", "arm", "{}"]),
    ("table", &["check", "table.yaml"]),
];

/// Inputs that may also be UTF-16.
const FEEDS: &[(&str, &[&str])] = &[
    ("feed", &["explain", "52.112.0.1", "--catalog", "{}"]),
    ("export", &["import", "azure", "{}", "--site", "a=10.0.0.0/8"]),
];

/// A folder with what the commands need beside the input that is tried.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/demo");
    for file in ["capture.pcap", "scenario.yaml"] {
        fs::copy(demo.join(file), folder.path().join(file)).unwrap();
    }
    fs::copy(demo.join("network.yaml"), folder.path().join("network.yaml")).unwrap();
    folder
}

/// Runs the program, which must end by itself: the time limit is a safety net.
fn run(at: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new("timeout");
    command.args(["--kill-after=1", "120", env!("CARGO_BIN_EXE_peerpath")]).args(arguments);
    command.current_dir(at).stdin(Stdio::null()).env("NO_COLOR", "1");
    command.output().unwrap()
}

/// Runs a command on an input of a kind; the exit code and all that was written to both streams.
fn reported(at: &Path, kind: &str, command: &[&str], input: &str) -> (i32, String) {
    if kind == "table" {
        fs::write(at.join("table.yaml"), NETWORK.replace("TABLE", input)).unwrap();
    }
    let arguments: Vec<&str> = command.iter().map(|word| if *word == "{}" { input } else { word }).collect();
    let output = run(at, &arguments);
    let code = output.status.code().unwrap_or_else(|| panic!("{kind} of {input}: {:?}", output.status));
    let text =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    (code, text)
}

fn wide(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(bytes).collect()
}

/// A network of many sites as a program writes it, on one line, with an unknown key in it at its middle or end.
fn one_line(unknown_in: usize, sites: usize) -> String {
    let site = |index: usize| {
        let unknown = if index == unknown_in { ",\"colour\":\"red\"" } else { "" };
        format!(
            "{{\"name\":\"site-{index}\",\"prefixes\":[\"10.{}.{}.0/24\"],\"internet\":{{\"nat\":[\"203.0.113.{}/32\"]}}{unknown}}}",
            index / 256,
            index % 256,
            index % 256
        )
    };
    let sites: Vec<String> = (0..sites).map(site).collect();
    format!("{{\"version\":1,\"sites\":[{}]}}", sites.join(","))
}

#[test]
fn a_place_far_along_a_line_is_drawn() {
    let folder = folder();
    for (unknown_in, most) in [(900, 1_200), (1_199, 1_200)] {
        let text = one_line(unknown_in, most);
        let column = text.find("\"colour\"").unwrap() + 1;
        assert!(column > 65_535, "{column}");
        fs::write(folder.path().join("one.json"), &text).unwrap();
        let (code, reported) = reported(folder.path(), "network", &["check", "{}"], "one.json");
        assert_eq!(code, 2, "{reported}");
        assert!(reported.contains(&format!("one.json:1:{column}]")), "{column}: {reported}");
        let lines: Vec<&str> = reported.lines().collect();
        let drawn = lines.iter().position(|line| line.contains("\"colour\":\"red\"")).unwrap();
        // The mark stands under the key, and the line is cut on both sides, but not at its end.
        let marked = lines.get(drawn + 1).unwrap();
        let at = lines.get(drawn).unwrap().split("\"colour\"").next().unwrap().chars().count();
        assert_eq!(marked.chars().position(|letter| !" ·".contains(letter)), Some(at), "{reported}");
        assert!(lines.get(drawn).unwrap().contains(" 1 │ …"), "{reported}");
        assert_eq!(lines.get(drawn).unwrap().ends_with('…'), unknown_in == 900, "{reported}");
        assert!(lines.iter().all(|line| line.chars().count() < 260), "{reported}");
    }
    // Nothing to say of a network that is right, and no crash.
    fs::write(folder.path().join("one.json"), one_line(usize::MAX, 1_200)).unwrap();
    let (code, reported) = reported(folder.path(), "network", &["check", "{}"], "one.json");
    assert!(code < 2 && reported.contains("one.json:1:"), "{reported}");
}

#[test]
fn long_lines_around_a_place_are_cut() {
    let folder = folder();
    let long = "x".repeat(2_000_000);
    for text in [
        format!("version: 1\n# {long}\ncolour: red\n# {long}\n"),
        format!("version: 1\ncolour: {long}\n"),
        format!("version: 1\n{long}: red\n"),
        format!("version: 1\nsites: [{{name: \"a/{long}\", prefixes: [10.0.0.0/8]}}]\n"),
    ] {
        fs::write(folder.path().join("long.yaml"), text).unwrap();
        let (code, reported) = reported(folder.path(), "network", &["check", "{}"], "long.yaml");
        assert_eq!(code, 2, "{}", reported.len());
        assert!(reported.len() < 10_000 && reported.contains('…'), "{} bytes", reported.len());
    }
}

/// Characters that act on a terminal or are not seen, with what is shown of them.
const HIDDEN: &[(char, &str)] = &[
    ('\u{1b}', "\\u{1b}"),
    ('\u{7}', "\\u{7}"),
    ('\0', "\\u{0}"),
    ('\u{202e}', "\\u{202e}"),
    ('\u{200b}', "\\u{200b}"),
    ('\u{200d}', "\\u{200d}"),
];

#[test]
fn no_character_of_a_file_acts_on_a_terminal() {
    let folder = folder();
    for &(hidden, shown) in HIDDEN {
        for text in [
            format!("version: 1\n# a {hidden} comment\ncolour: red\n"),
            format!("version: 1\nname: \"con{hidden}toso\"\ncolour: red\n"),
            format!("version: 1\n\"col{hidden}our\": red\n"),
            format!("version: 1\nsites: [{{name: a, prefixes: [\"{hidden}\"]}}]\n"),
            format!("version: 1\nsites: [{{name: ams{hidden}, prefixes: [10.0.0.0/8]}}]\n"),
        ] {
            fs::write(folder.path().join("hidden.yaml"), &text).unwrap();
            let (code, reported) = reported(folder.path(), "network", &["check", "{}"], "hidden.yaml");
            assert_eq!(code, 2, "{text:?}: {reported}");
            assert!(!reported.contains(hidden), "{text:?} gave {reported:?}");
            assert!(reported.contains(shown), "{text:?} gave {reported}");
        }
    }
    // Marks stand under the text that they mean, behind an escape too.
    let text = "version: 1\nsites: [{name: a, \"\u{202e}\": 1, prefixes: [x]}]\n";
    fs::write(folder.path().join("hidden.yaml"), text).unwrap();
    let (_, reported) = reported(folder.path(), "network", &["check", "{}"], "hidden.yaml");
    let lines: Vec<&str> = reported.lines().collect();
    let under = lines.iter().enumerate().filter(|(_, line)| line.contains("prefixes: [x]"));
    let found = under.filter_map(|(index, line)| {
        let at = line.split("[x]").next()?.chars().count() + 1;
        let marked = lines.get(index + 1)?.chars().position(|letter| !" ·".contains(letter));
        Some(marked == Some(at))
    });
    assert!(found.into_iter().any(|stands| stands), "{reported}");
    // The mark of the file's start is no part of it.
    fs::write(folder.path().join("hidden.yaml"), format!("\u{feff}{NETWORK}").replace(", routes: TABLE", ""))
        .unwrap();
    let (code, _) = self::reported(folder.path(), "network", &["check", "{}"], "hidden.yaml");
    assert!(code < 2);
}

#[test]
fn names_that_look_alike_are_refused() {
    let catalog = Catalog::shipped(Cloud::Public).unwrap();
    let demo = Source::new("network.yaml", include_str!("../../examples/demo/network.yaml"));
    let demo = network::read(&demo, &catalog).0.unwrap();
    type Reading<'a> = (&'a str, &'a dyn Fn(&Source) -> Diagnostics);
    let read: [Reading<'_>; 7] = [
        ("version: 1\nname: NAME\n", &|source| network::read(source, &catalog).1),
        ("version: 1\nsites:\n  - {name: NAME, prefixes: [10.0.0.0/8]}\n", &|source| {
            network::read(source, &catalog).1
        }),
        ("version: 1\ncircuits:\n  - {name: NAME}\n", &|source| network::read(source, &catalog).1),
        ("version: 1\nvirtual_networks:\n  - {name: NAME}\n", &|source| network::read(source, &catalog).1),
        ("version: 1\nvirtual_networks:\n  - {name: v, subnets: [{name: NAME}]}\n", &|source| {
            network::read(source, &catalog).1
        }),
        ("version: 1\nchecks:\n  - {id: NAME}\n", &|source| {
            read_checks_file(source, Some(&demo), &catalog).1
        }),
        ("version: 1\nname: NAME\nevents: []\n", &|source| scenario::read(source, &catalog, &[&demo]).1),
    ];
    for (text, read) in read {
        for (hidden, called) in [
            ("ams\u{200b}terdam", "its character 4 is invisible (U+200B, zero width space)"),
            ("ams\u{202e}terdam", "its character 4 is invisible (U+202E, right-to-left override)"),
            ("ams\u{fe0f}terdam", "its character 4 is invisible (U+FE0F, variation selector)"),
            ("\u{e0041}amsterdam", "its character 1 is invisible (U+E0041, invisible character)"),
            ("\"ams\\u2066terdam\"", "its character 4 is invisible (U+2066, left-to-right isolate)"),
        ] {
            let source = Source::new("f.yaml", text.replace("NAME", hidden));
            let diagnostics = read(&source);
            let found = diagnostics.iter().find(|found| found.message.ends_with(called));
            let found = found.unwrap_or_else(|| panic!("{text} with {hidden:?}: {diagnostics:?}"));
            let (line, column) = found.position().unwrap();
            let at = source.text().lines().nth(line - 1).unwrap().chars().nth(column - 1).unwrap();
            // The very character, or the whole of what is written with an escape.
            assert!(hidden.contains(at) && (at == '"' || !at.is_ascii()), "{line}:{column} of {text}");
        }
        let letters = Source::new("f.yaml", text.replace("NAME", "Zürich-東京-עִבְרִית"));
        assert!(read(&letters).iter().all(|found| !found.message.contains("is invisible")));
    }
}

#[test]
fn other_encodings_are_named_with_their_place() {
    let folder = folder();
    let input = folder.path().join("input");
    let latin = b"# one\n# M\xfcnchen\nversion: 1\n";
    for (kind, command) in INPUTS.iter().chain(FEEDS) {
        fs::write(&input, latin).unwrap();
        let (code, text) = reported(folder.path(), kind, command, "input");
        assert_eq!(code, 2, "{kind}: {text}");
        assert!(text.contains("line 2, column 4 is not UTF-8 (byte 9 is 0xFC)"), "{kind}: {text}");
        assert!(text.contains("iconv -f WINDOWS-1252 -t UTF-8"), "{kind}: {text}");
    }
    let plain = "version: 1\n# nothing more\n";
    for (kind, command) in INPUTS {
        for (bytes, named) in [
            (wide(&format!("\u{feff}{plain}"), u16::to_le_bytes), "UTF-16 (little endian)"),
            (wide(plain, u16::to_be_bytes), "UTF-16 (big endian)"),
        ] {
            fs::write(&input, bytes).unwrap();
            let (code, text) = reported(folder.path(), kind, command, "input");
            assert_eq!(code, 2, "{kind}: {text}");
            assert!(
                text.contains(&format!("it is not UTF-8 from line 1, column 1 on, but probably {named}")),
                "{kind}: {text}"
            );
            assert!(text.contains("iconv -f UTF-16"), "{kind}: {text}");
        }
    }
    // A list of addresses is read line by line, and what cannot be read of it is counted.
    fs::write(&input, b"52.112.0.1\nM\xfcnchen\n").unwrap();
    let (code, text) = reported(folder.path(), "list", &["classify", "{}"], "input");
    assert!(code == 0 && text.contains("input:2: column 2 is not UTF-8 (0xFC)"), "{text}");
    fs::write(&input, wide("52.112.0.1\r\n", u16::to_le_bytes)).unwrap();
    let (code, text) = reported(folder.path(), "list", &["classify", "{}"], "input");
    assert!(code == 2 && text.contains("UTF-16 (little endian)"), "{text}");
}

#[test]
fn what_is_too_large_is_not_read() {
    let folder = folder();
    let at = folder.path();
    for (kind, command) in INPUTS.iter().chain(FEEDS) {
        let (limit, reason) = match *kind {
            // It is read as it comes, 4 GiB of it.
            "table" => continue,
            "feed" => (256 << 20, "a feed can have at most 268435456"),
            "export" => (64 << 20, "an export has at most 67108864"),
            _ => (64_u64 << 20, "it has more than 67108864 bytes"),
        };
        // A hole takes no room on the disk.
        fs::File::create(at.join("huge")).unwrap().set_len(limit + 1).unwrap();
        let (code, text) = reported(at, kind, command, "huge");
        assert!(code == 2 && text.contains(reason), "{kind}: {text}");
    }
}

#[test]
fn what_has_no_end_is_not_read() {
    let folder = folder();
    let at = folder.path();
    assert!(Command::new("mkfifo").arg(at.join("fifo")).status().unwrap().success());
    let _socket = UnixListener::bind(at.join("socket")).unwrap();
    fs::create_dir(at.join("folder")).unwrap();
    symlink("/dev/zero", at.join("link")).unwrap();
    for (kind, command) in INPUTS.iter().chain(FEEDS) {
        for (input, reason) in [
            ("/dev/zero", "it is a device"),
            ("link", "it is a device"),
            ("fifo", "it is a named pipe"),
            ("socket", "it is a socket"),
            ("folder", "it is a folder"),
        ] {
            // Folders of feeds and exports are read file by file.
            if input == "folder" && FEEDS.iter().any(|(feed, _)| feed == kind) {
                continue;
            }
            let (code, text) = reported(at, kind, command, input);
            assert_eq!(code, 2, "{kind} of {input}: {text}");
            assert!(text.contains(reason) && text.contains(input), "{kind} of {input}: {text}");
        }
    }
    let (code, text) = reported(at, "list", &["classify", "{}"], "/dev/zero");
    assert!(code == 2 && text.contains("it is a device"), "{text}");
    // A pipe that the program was started with is as good as a file, up to a limit.
    for (script, wanted) in [
        ("$0 check <(cat network.yaml)", 1),
        ("$0 check - < network.yaml", 1),
        ("cat network.yaml | $0 check -", 1),
        ("cat network.yaml | $0 check /dev/stdin", 1),
        ("$0 classify <(echo 52.112.0.1)", 0),
        ("$0 classify fifo & echo 52.112.0.1 > fifo; wait $!", 0),
        ("$0 check <(yes)", 2),
        ("yes | $0 check -", 2),
    ] {
        let mut command = Command::new("timeout");
        command.args(["--kill-after=1", "120", "bash", "-c", script, env!("CARGO_BIN_EXE_peerpath")]);
        let output = command.current_dir(at).output().unwrap();
        let reported = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code().is_some_and(|code| code <= wanted), "{script}: {reported}");
        assert_eq!(wanted == 2, reported.contains("it has more than 67108864 bytes"), "{script}: {reported}");
    }
}

#[test]
fn a_table_outside_of_the_folder_is_not_quoted() {
    let folder = folder();
    let at = folder.path();
    let inner = at.join("inner");
    fs::create_dir(&inner).unwrap();
    let secrets = [
        "root:*:20228:0:99999:7:::\n",
        "10.0.0.0/8\nroot:*:20228:0:99999:7:::\n",
        "prefix,root:*:20228\n10.0.0.0/8,1\n",
        "{\"routes\":{\"root:*:20228\":[{\"valid\":true}]}}\n",
        "{\"routes\":\"root:*:20228\"}\n",
    ];
    for secret in secrets {
        fs::write(at.join("shadow"), secret).unwrap();
        fs::write(inner.join("shadow"), secret).unwrap();
        let _ = fs::remove_file(inner.join("link"));
        let _ = fs::remove_file(inner.join("own"));
        symlink("../shadow", inner.join("link")).unwrap();
        symlink("shadow", inner.join("own")).unwrap();
        let absolute = at.join("shadow").display().to_string();
        for (written, quoted) in [
            ("../shadow", false),
            (absolute.as_str(), false),
            ("link", false),
            ("shadow", true),
            ("own", true),
        ] {
            fs::write(inner.join("n.yaml"), NETWORK.replace("TABLE", written)).unwrap();
            let outs = ["text", "github", "azuredevops", "markdown", "sarif", "junit", "json", "summary"];
            let outs: Vec<String> =
                outs.iter().skip(1).map(|format| format!("--out={format}=../out.{format}")).collect();
            let mut arguments = vec!["check", "n.yaml"];
            arguments.extend(outs.iter().map(String::as_str));
            let output = run(&inner, &arguments);
            let mut all = format!(
                "{}{}",
                String::from_utf8_lossy(&output.stdout),
                String::from_utf8_lossy(&output.stderr)
            );
            for entry in fs::read_dir(at).unwrap() {
                let path = entry.unwrap().path();
                if path.display().to_string().contains("/out.") {
                    all += &fs::read_to_string(&path).unwrap();
                    fs::remove_file(path).unwrap();
                }
            }
            assert_eq!(all.contains("root:*"), quoted, "{written} with {secret}: {all}");
        }
    }
    // The place is told all the same.
    fs::write(at.join("shadow"), "root:*:20228:0:99999:7:::\n").unwrap();
    fs::write(inner.join("n.yaml"), NETWORK.replace("TABLE", "../shadow")).unwrap();
    let (_, text) = reported(&inner, "network", &["check", "{}"], "n.yaml");
    assert!(text.contains("line 1"), "{text}");
    let (_, text) = reported(&inner, "base", &["diff", "{}", "n.yaml"], "n.yaml");
    assert!(text.contains("line 1") && !text.contains("root:*"), "{text}");
}

#[test]
fn files_that_a_scenario_or_a_lock_names_elsewhere_are_not_quoted() {
    let folder = folder();
    let at = folder.path();
    let inner = at.join("inner");
    fs::create_dir(&inner).unwrap();
    for file in ["capture.pcap", "network.yaml"] {
        fs::copy(at.join(file), inner.join(file)).unwrap();
    }
    let secret = "root:*:20228:0:99999:7:::\n";
    fs::write(at.join("shadow"), secret).unwrap();
    fs::write(inner.join("shadow"), secret).unwrap();
    let replay = ["replay", "capture.pcap", "--network", "network.yaml", "--scenario", "{}"];
    let drift = ["drift", "--lock", "{}", "--new", "feed.json"];
    let scenario = |line: &str| format!("version: 1\nevents:\n  - {{at: 1s, {line}}}\n");
    let mut cases = Vec::new();
    for (named, quoted) in [("../shadow", false), ("shadow", true)] {
        cases.push((
            scenario(&format!("network: {named}")),
            replay.as_slice(),
            "the first in line 1",
            quoted,
        ));
        cases.push((
            scenario(&format!("catalog: {named}")),
            replay.as_slice(),
            "it is not a feed file",
            quoted,
        ));
        let pin = format!(
            "feeds:\n  - kind: service-tags\n    edition: \"1\"\n    sha256: {}\n    file: \"{named}\"\n",
            "0".repeat(64)
        );
        let lock = format!("schema: peerpath.lock/1\nnetwork: \"network.yaml\"\ncloud: public\n{pin}");
        cases.push((lock, drift.as_slice(), "it is not a feed file", quoted));
    }
    for (text, command, instead, quoted) in cases {
        fs::write(inner.join("input"), &text).unwrap();
        let (code, reported) = reported(&inner, "scenario", command, "input");
        assert_eq!(code, 2, "{text}: {reported}");
        assert_eq!(reported.contains("root:*"), quoted, "{text}: {reported}");
        let reported: String = reported.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(reported.contains(instead), !quoted, "{text}: {reported}");
    }
}

/// Runs `check` on a network whose table is packed, with a bound on the memory.
fn check_packed(write: &dyn Fn(&mut GzEncoder<fs::File>)) -> (i32, String) {
    const MEMORY_KIB: u32 = 250_000;
    let folder = folder();
    let file = fs::File::create(folder.path().join("table.gz")).unwrap();
    let mut gzip = GzEncoder::new(file, Compression::best());
    write(&mut gzip);
    let packed = gzip.finish().unwrap().metadata().unwrap().len();
    assert!(packed < 2_000_000, "{packed}");
    fs::write(folder.path().join("n.yaml"), NETWORK.replace("TABLE", "table.gz")).unwrap();
    let mut command = Command::new("timeout");
    let script = format!("ulimit -v {MEMORY_KIB}; exec $0 check n.yaml");
    command.args(["--kill-after=1", "300", "bash", "-c", &script, env!("CARGO_BIN_EXE_peerpath")]);
    let output = command.current_dir(folder.path()).output().unwrap();
    let text =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    (output.status.code().unwrap_or(-1), text)
}

#[test]
fn a_packed_table_takes_memory_for_distinct_rows_only() {
    // Kept one by one, so many rows do not fit; other formats are tried beside their readers.
    let (code, text) = check_packed(&|gzip| {
        let block = b"10.0.0.0/8\n".repeat(10_000);
        for _ in 0..300 {
            gzip.write_all(&block).unwrap();
        }
    });
    assert!(code < 2 && text.contains("2999999 rows are adjusted"), "{text}");
    // One line or one value without an end is no more.
    let blanks = vec![b' '; 1 << 20];
    for (head, reason) in [
        (b"10.0.0.0/8\n# ".as_slice(), "line 2 has more than 262144 bytes"),
        (b"{\"routes\":{\"10.0.0.0/8\":[".as_slice(), "line 1 has a JSON value of more than 4194304 bytes"),
    ] {
        let (code, text) = check_packed(&|gzip| {
            gzip.write_all(head).unwrap();
            for _ in 0..512 {
                gzip.write_all(&blanks).unwrap();
            }
        });
        assert!(code == 2 && text.contains(reason), "{text}");
    }
}

#[test]
fn empty_records_of_a_packed_dump_are_counted() {
    let (code, text) = check_packed(&|gzip| {
        let block = [0, 0, 0, 0, 0, 13, 0, 1, 0, 0, 0, 0].repeat(10_000);
        for _ in 0..100 {
            gzip.write_all(&block).unwrap();
        }
    });
    assert!(code == 2 && text.contains("a record cannot be decoded (1000000 times"), "{text}");
}
