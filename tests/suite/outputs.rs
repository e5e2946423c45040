//! Outputs from outside: never over what a command reads, by whatever name; whole or not at all, on a full disk, past a
//! limit and when a signal ends the run.

#![cfg(all(feature = "cli", unix))]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::fs::{self, File, Permissions};
use std::io::Read as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

const PROGRAM: &str = env!("CARGO_BIN_EXE_peerpath");
const CAPTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/demo/capture.pcap");

const NETWORK: &str = "\
version: 1
cloud: public
sites:
  - name: here
    prefixes: [10.10.0.0/16]
    internet: {name: edge, routes: tables/internet.txt}
    circuits: [c1]
circuits:
  - name: c1
    peering_location: Amsterdam
    sku: premium
    bandwidth: 1 Gbps
    microsoft_peering:
      route_filter: [12076:51002]
      primary: {learned: tables/learned.txt}
      secondary: {learned: tables/learned.txt}
";

const CHECKS: &str = "\
version: 1
checks:
  - id: teams
    title: Teams takes the circuit
    scope: {tag: AzureCloud.westeurope}
    expect: {path: internet}
";

/// An edition of the service tags.
fn edition(change: u32, prefix: &str) -> String {
    format!(
        r#"{{"changeNumber": {change}, "cloud": "Public", "values": [{{"name": "AzureCloud.westeurope",
        "id": "AzureCloud.westeurope", "properties": {{"changeNumber": 1, "region": "westeurope", "regionId": 18,
        "platform": "Azure", "systemService": "", "addressPrefixes": ["{prefix}"], "networkFeatures": []}}}}]}}"#
    )
}

/// Everything that commands read, in a folder of its own.
fn folder() -> TempDir {
    let folder = TempDir::new().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    for name in ["tables", "feeds", "exports"] {
        fs::create_dir(folder.path().join(name)).unwrap();
    }
    // As much of it as fills a pipe with its flows; that it ends within a packet is told, and no error.
    let mut capture = fs::read(CAPTURE).unwrap();
    capture.truncate(256 << 10);
    fs::write(folder.path().join("c.pcap"), capture).unwrap();
    let learned = "prefix,as_path,communities\n52.112.0.0/14,12076 8075,12076:5030\n";
    write("tables/internet.txt", "0.0.0.0/0\n::/0\n");
    write("tables/learned.txt", learned);
    write("tables/other.txt", "0.0.0.0/0\n");
    write("network.yaml", NETWORK);
    write("head.yaml", &NETWORK.replace("internet.txt", "other.txt"));
    write("broken.yaml", &NETWORK.replace("premium", "platinum"));
    write("torn.yaml", &NETWORK.replace("sku: premium", "sku: [premium"));
    write("checks.yaml", CHECKS);
    write("intent.yaml", "version: 1\nmoves: []\n");
    write(
        "scenario.yaml",
        "version: 1\nname: first\nevents:\n  - {at: 1s, network: head.yaml}\n  - {at: 2s, catalog: feeds/a.json}\n",
    );
    write("variant.yaml", "version: 1\nname: second\nevents:\n  - {at: 1s, down: c1}\n");
    write("flows.csv", "");
    write("feeds/a.json", &edition(10, "9.10.0.0/16"));
    write("feeds/b.json", &edition(11, "9.11.0.0/16"));
    write("list.txt", "9.10.0.1\n");
    let made = run(
        folder.path(),
        &["drift", "--write-lock", "--network", "network.yaml", "--catalog", "feeds/a.json"],
    );
    assert!(made.status.success(), "{}", stated(&made));
    let flows = [
        "replay",
        "c.pcap",
        "--by",
        "flow",
        "--top",
        "0",
        "--format",
        "csv",
        "--out",
        "csv=flows.csv",
        "--quiet",
    ];
    assert!(run(folder.path(), &flows).status.success());
    folder
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(PROGRAM).current_dir(folder).args(arguments).stdin(Stdio::null()).output().unwrap()
}

/// Runs the program by a shell that does something first.
fn run_after(folder: &Path, first: &str, arguments: &[&str]) -> Output {
    let script = format!("{first}; exec \"$0\" \"$@\"");
    let mut command = Command::new("sh");
    command.args(["-c", &script, PROGRAM]).args(arguments).current_dir(folder).stdin(Stdio::null());
    command.output().unwrap()
}

fn stated(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// All files with their bytes, by path, those of folders below too.
fn contents(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(at) = open.pop() {
        for entry in fs::read_dir(at).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(folder).unwrap().display().to_string();
            let kind = fs::symlink_metadata(&path).unwrap().file_type();
            if kind.is_dir() {
                open.push(path);
            } else if kind.is_file() {
                found.push((name, fs::read(path).unwrap()));
            } else {
                found.push((name, Vec::new()));
            }
        }
    }
    found.sort();
    found
}

#[track_caller]
fn same(before: &[(String, Vec<u8>)], folder: &Path, what: &str) {
    let after = contents(folder);
    let names = |all: &[(String, Vec<u8>)]| all.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    assert_eq!(names(before), names(&after), "{what}: other files");
    for ((name, old), (_, new)) in before.iter().zip(&after) {
        assert!(old == new, "{what}: `{name}` is not as it was");
    }
}

/// Each command with each kind of input: the arguments (`OUT` stands for the output), and the file that must survive.
/// Where the arguments name it as `IN`, standard input can stand in its place.
const READ: &[(&str, &str)] = &[
    ("check IN --out json=OUT", "network.yaml"),
    ("check network.yaml --checks checks.yaml --out json=OUT", "checks.yaml"),
    ("check network.yaml --coverage --capture IN --out json=OUT", "c.pcap"),
    ("check network.yaml --catalog feeds/a.json --out json=OUT", "feeds/a.json"),
    ("check network.yaml --catalog feeds --out json=OUT", "feeds/a.json"),
    ("check network.yaml --out json=OUT", "tables/internet.txt"),
    ("check network.yaml --out json=OUT", "tables/learned.txt"),
    ("check network.yaml --out summary=OUT", "tables/learned.txt"),
    ("check broken.yaml --out json=OUT", "tables/internet.txt"),
    ("check torn.yaml --out json=OUT", "tables/learned.txt"),
    ("diff network.yaml head.yaml --out json=OUT", "network.yaml"),
    ("diff network.yaml head.yaml --out json=OUT", "head.yaml"),
    ("diff network.yaml head.yaml --out json=OUT", "tables/internet.txt"),
    ("diff network.yaml head.yaml --out json=OUT", "tables/other.txt"),
    ("diff missing.yaml head.yaml --out json=OUT", "tables/other.txt"),
    (
        "diff network.yaml --base-catalog feeds/a.json --head-catalog feeds/b.json --out json=OUT",
        "feeds/a.json",
    ),
    (
        "diff network.yaml --base-catalog feeds/a.json --head-catalog feeds/b.json --out json=OUT",
        "feeds/b.json",
    ),
    ("diff network.yaml head.yaml --catalog feeds/a.json --out json=OUT", "feeds/a.json"),
    ("diff network.yaml head.yaml --capture IN --out json=OUT", "c.pcap"),
    ("diff network.yaml head.yaml --intent intent.yaml --out json=OUT", "intent.yaml"),
    ("diff network.yaml missing.yaml --intent intent.yaml --out json=OUT", "intent.yaml"),
    ("drift --new feeds/b.json --out json=OUT", "peerpath.lock"),
    ("drift --new feeds/b.json --out json=OUT", "feeds/b.json"),
    ("drift --new feeds/b.json --out json=OUT", "network.yaml"),
    ("drift --new feeds/b.json --out json=OUT", "tables/internet.txt"),
    ("drift --new feeds/b.json --out json=OUT", "feeds/a.json"),
    ("drift --new feeds/b.json --out json=OUT --write-lock", "network.yaml"),
    ("drift --write-lock --network network.yaml --lock OUT", "network.yaml"),
    ("drift --write-lock --network network.yaml --lock OUT", "tables/internet.txt"),
    ("drift --write-lock --network network.yaml --catalog feeds/a.json --lock OUT", "feeds/a.json"),
    ("bisect 9.10.0.1 --network network.yaml --editions feeds --out json=OUT", "network.yaml"),
    ("bisect 9.10.0.1 --network network.yaml --editions feeds --out json=OUT", "feeds/b.json"),
    ("bisect 9.10.0.1 --network network.yaml --editions feeds --out json=OUT", "tables/internet.txt"),
    ("replay IN --out json=OUT", "c.pcap"),
    ("replay IN --by path --out csv=OUT", "c.pcap"),
    ("replay c.pcap --network network.yaml --out json=OUT", "network.yaml"),
    ("replay c.pcap --network network.yaml --out json=OUT", "tables/internet.txt"),
    ("replay c.pcap --catalog feeds/b.json --out json=OUT", "feeds/b.json"),
    ("replay IN --network network.yaml --scenario variant.yaml --out json=OUT", "c.pcap"),
    ("replay flows.csv --network network.yaml --scenario variant.yaml --out json=OUT", "flows.csv"),
    ("replay c.pcap --network network.yaml --scenario scenario.yaml --out json=OUT", "scenario.yaml"),
    ("replay c.pcap --network network.yaml --scenario scenario.yaml --out json=OUT", "head.yaml"),
    ("replay c.pcap --network network.yaml --scenario scenario.yaml --out json=OUT", "tables/other.txt"),
    ("replay c.pcap --network network.yaml --scenario scenario.yaml --out json=OUT", "feeds/a.json"),
    (
        "replay c.pcap --network network.yaml --scenario scenario.yaml --variant variant.yaml --out json=OUT",
        "variant.yaml",
    ),
    (
        "replay c.pcap --network network.yaml --scenario variant.yaml --variant head.yaml --out json=OUT",
        "tables/other.txt",
    ),
    ("sweep network.yaml IN --out json=OUT", "c.pcap"),
    ("sweep network.yaml c.pcap --out json=OUT", "network.yaml"),
    ("sweep network.yaml c.pcap --out json=OUT", "tables/learned.txt"),
    ("sweep network.yaml flows.csv --out json=OUT", "flows.csv"),
    ("sweep network.yaml c.pcap --scenario variant.yaml --out json=OUT", "variant.yaml"),
];

/// The ways to name a file that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    SameName,
    HardLink,
    Symlink,
    StandardInput,
}

#[test]
fn no_output_overwrites_what_is_read() {
    nothing_is_overwritten(Way::SameName);
}

#[test]
fn no_output_overwrites_a_hard_link_of_what_is_read() {
    nothing_is_overwritten(Way::HardLink);
}

#[test]
fn no_output_overwrites_what_is_read_by_a_symbolic_link() {
    nothing_is_overwritten(Way::Symlink);
}

#[test]
fn no_output_overwrites_standard_input() {
    nothing_is_overwritten(Way::StandardInput);
}

fn nothing_is_overwritten(way: Way) {
    let folder = folder();
    let at = folder.path();
    for (command, input) in READ {
        if way == Way::StandardInput && !command.contains(" IN ") {
            continue;
        }
        let output = match way {
            Way::SameName | Way::StandardInput => *input,
            Way::HardLink | Way::Symlink => "alias",
        };
        match way {
            Way::HardLink => fs::hard_link(at.join(input), at.join("alias")).unwrap(),
            Way::Symlink => symlink(input, at.join("alias")).unwrap(),
            Way::SameName | Way::StandardInput => {}
        }
        let named = if way == Way::StandardInput { "-" } else { input };
        let words: Vec<String> = command.split(' ').map(|word| word.replace("OUT", output)).collect();
        let words = words.iter().map(|word| if word == "IN" { named } else { word.as_str() });
        let before = contents(at);
        let stdin = match way {
            Way::StandardInput => Stdio::from(File::open(at.join(input)).unwrap()),
            _ => Stdio::null(),
        };
        let ran = Command::new(PROGRAM).current_dir(at).args(words).stdin(stdin).output().unwrap();
        let what = format!("{command} over {input} by {way:?}: {}", stated(&ran));
        assert_eq!(ran.status.code(), Some(2), "{what}");
        same(&before, at, &what);
        // A file that cannot be used is told before the output that nobody gets.
        let unusable = ["broken.yaml", "torn.yaml", "missing.yaml"].iter().any(|name| command.contains(name));
        let reported = if way == Way::StandardInput { "is standard input" } else { "would be overwritten" };
        assert!(stated(&ran).contains(reported) || unusable, "{what}");
        if output == "alias" {
            fs::remove_file(at.join("alias")).unwrap();
        }
    }
}

/// Commands that make a file which must not be there: an input by any name is there.
#[test]
fn new_files_are_never_made_over_others() {
    let folder = folder();
    let at = folder.path();
    fs::copy("tests/import/cases/tenant/01-circuits.json", at.join("exports/circuits.json")).unwrap();
    fs::copy("tests/import_arm/template.json", at.join("template.json")).unwrap();
    fs::copy("tests/import_arm/parameters.json", at.join("parameters.json")).unwrap();
    symlink("nowhere", at.join("dangling")).unwrap();
    let before = contents(at);
    for (command, outputs) in [
        ("init --output OUT", &["network.yaml", "dangling", "/dev/null"][..]),
        ("import azure exports --site s=10.0.0.0/8 --output OUT", &["exports/circuits.json", "dangling"]),
        (
            "import arm template.json --parameters parameters.json --site s=10.0.0.0/8 --output OUT",
            &["template.json", "parameters.json"],
        ),
    ] {
        for output in outputs {
            let words: Vec<String> = command.split(' ').map(|word| word.replace("OUT", output)).collect();
            let ran = run(at, &words.iter().map(String::as_str).collect::<Vec<_>>());
            let what = format!("{command} over {output}: {}", stated(&ran));
            assert_eq!(ran.status.code(), Some(2), "{what}");
            assert!(stated(&ran).contains("exists and is never overwritten"), "{what}");
            same(&before, at, &what);
        }
    }
}

/// A list that is read is not rewritten by the import of it.
#[test]
fn an_import_of_a_list_does_not_rewrite_it() {
    let folder = folder();
    let at = folder.path();
    assert!(run(at, &["catalog", "import", "feeds/a.json", "--output", "lists"]).status.success());
    let lists = contents(&at.join("lists"));
    let [(name, _)] = lists.as_slice() else { panic!("one list: {lists:?}") };
    let before = contents(at);
    let ran = run(at, &["catalog", "import", &format!("lists/{name}"), "--output", "lists"]);
    assert_eq!(ran.status.code(), Some(2), "{}", stated(&ran));
    same(&before, at, "catalog import");
    // Another edition takes its place.
    let ran = run(at, &["catalog", "import", "feeds/b.json", "--output", "lists"]);
    assert!(ran.status.success(), "{}", stated(&ran));
    assert_ne!(contents(&at.join("lists")), lists);
}

#[test]
fn two_outputs_are_never_one_file() {
    let folder = folder();
    let at = folder.path();
    fs::write(at.join("report.json"), "old").unwrap();
    fs::hard_link(at.join("report.json"), at.join("linked.json")).unwrap();
    symlink("report.json", at.join("pointed.json")).unwrap();
    let before = contents(at);
    for second in ["report.json", "./tables/../report.json", "linked.json", "pointed.json"] {
        let out = format!("ndjson={second}");
        let ran = run(at, &["check", "network.yaml", "--out", "json=report.json", "--out", &out]);
        assert_eq!(ran.status.code(), Some(2), "{second}");
        assert!(stated(&ran).contains("two --out"), "{second}: {}", stated(&ran));
        same(&before, at, second);
    }
}

/// Every command that writes a file, with what it writes.
const WRITES: &[(&str, &[&str])] = &[
    ("replay c.pcap --by flow --top 0 --out json=out", &["out"]),
    ("replay c.pcap --by flow --top 0 --out ndjson=out", &["out"]),
    ("replay c.pcap --by flow --top 0 --out csv=out", &["out"]),
    ("replay c.pcap --by flow --top 0 --out table=out", &["out"]),
    ("replay c.pcap --by flow --top 0 --out markdown=out", &["out"]),
    ("replay c.pcap --by flow --top 0 --out html=out", &["out"]),
    ("replay c.pcap --by flow --top 0 --out parquet=out", &["out"]),
    // The first one is whole when the second one fails.
    ("replay c.pcap --by path --out csv=out --out html=second", &["out", "second"]),
    ("check network.yaml --out junit=out --out sarif=second", &["out", "second"]),
    ("drift --write-lock", &["peerpath.lock"]),
    ("drift --new feeds/b.json --out json=out", &["out"]),
    ("init --output new.yaml", &[]),
    (
        "import azure --table er/private/primary=routes.json --circuit er=Chicago,standard,1Gbps --site s=10.0.0.0/8 --output new.yaml",
        &[],
    ),
    ("catalog import feeds/big.json --output lists", &["lists/azure/service-tags-public.txt"]),
];

/// Past the limit of `ulimit -f` (512 bytes here) a write fails as it does on a full disk.
#[test]
fn what_cannot_be_written_whole_is_not_there() {
    let folder = folder();
    let at = folder.path();
    fs::create_dir_all(at.join("lists/azure")).unwrap();
    let many: Vec<String> = (0..200).map(|third| format!("9.10.{third}.0/24")).collect();
    fs::write(at.join("feeds/big.json"), edition(12, &many.join("\", \""))).unwrap();
    fs::copy("tests/import/cases/tables/one.json", at.join("routes.json")).unwrap();
    for (command, outputs) in WRITES {
        for output in *outputs {
            fs::write(at.join(output), "the good one of yesterday").unwrap();
        }
        if command.starts_with("drift") {
            fs::remove_file(at.join("peerpath.lock")).unwrap();
            run(at, &["drift", "--write-lock", "--network", "network.yaml", "--catalog", "feeds/a.json"]);
        }
        let before = contents(at);
        let words: Vec<&str> = command.split(' ').collect();
        let ran = run_after(at, "ulimit -f 1", &words);
        let what = format!("{command}: {}", stated(&ran));
        assert_eq!(ran.status.code(), Some(2), "{what}");
        assert!(stated(&ran).contains("cannot write `"), "{what}");
        same(&before, at, &what);
        assert!(!at.join("new-routes").exists(), "{what}");
    }
}

#[test]
fn a_device_that_is_full_leaves_the_other_files_alone() {
    let folder = folder();
    let at = folder.path();
    fs::write(at.join("good.csv"), "good").unwrap();
    let before = contents(at);
    let ran =
        run(at, &["replay", "c.pcap", "--by", "path", "--out", "csv=good.csv", "--out", "json=/dev/full"]);
    assert_eq!(ran.status.code(), Some(2));
    assert!(stated(&ran).contains("cannot write `/dev/full`"), "{}", stated(&ran));
    same(&before, at, "/dev/full");
    assert!(run(at, &["replay", "c.pcap", "--by", "path", "--out", "json=/dev/null"]).status.success());
    let missing = run(at, &["replay", "c.pcap", "--out", "json=nowhere/report.json"]);
    assert_eq!(missing.status.code(), Some(2));
    assert!(stated(&missing).contains("cannot write `nowhere/report.json`"), "{}", stated(&missing));
}

/// Standard output that is a file stays the file that it is: what follows goes there too.
#[test]
fn standard_output_by_name_is_written_to() {
    let folder = folder();
    let at = folder.path();
    let out = File::create(at.join("all.txt")).unwrap();
    let ran = Command::new(PROGRAM)
        .current_dir(at)
        .args(["replay", "c.pcap", "--by", "path", "--format", "ndjson", "--out", "csv=/dev/stdout"])
        .stdout(File::options().append(true).open(at.join("all.txt")).unwrap())
        .status()
        .unwrap();
    drop(out);
    assert!(ran.success());
    let text = fs::read_to_string(at.join("all.txt")).unwrap();
    assert!(text.contains("path,circuits") && text.contains("\"peerpath.replay/1\""), "{text}");
}

#[test]
fn links_and_permissions_stay_as_they_are() {
    let folder = folder();
    let at = folder.path();
    fs::create_dir(at.join("real")).unwrap();
    fs::write(at.join("real/report.json"), "old").unwrap();
    fs::set_permissions(at.join("real/report.json"), Permissions::from_mode(0o640)).unwrap();
    symlink("real/report.json", at.join("latest.json")).unwrap();
    symlink("real/first.csv", at.join("latest.csv")).unwrap();
    let arguments =
        ["replay", "c.pcap", "--by", "path", "--out", "json=latest.json", "--out", "csv=latest.csv"];
    assert!(run(at, &arguments).status.success());
    for link in ["latest.json", "latest.csv"] {
        assert!(fs::symlink_metadata(at.join(link)).unwrap().is_symlink(), "{link}");
    }
    let report = at.join("real/report.json");
    assert!(fs::read_to_string(&report).unwrap().contains("peerpath.replay/1"));
    assert_eq!(fs::metadata(&report).unwrap().permissions().mode() & 0o7777, 0o640);
    assert!(at.join("real/first.csv").is_file());
    // The next one replaces it; a summary is appended to.
    fs::write(at.join("summary.md"), "of another step\n").unwrap();
    let arguments = ["check", "network.yaml", "--out", "json=latest.json", "--out", "summary=summary.md"];
    run(at, &arguments);
    assert!(fs::read_to_string(&report).unwrap().contains("peerpath.check/2"));
    assert!(fs::read_to_string(at.join("summary.md")).unwrap().starts_with("of another step\n"));
}

/// A run that is in the middle of its outputs for as long as nobody reads the FIFO `stuck`: `good.csv` is written but
/// for its name, `good.html` not begun.
fn stuck(folder: &Path, first: &str) -> Child {
    fs::write(folder.join("good.csv"), "good").unwrap();
    fs::write(folder.join("good.html"), "good").unwrap();
    if !folder.join("stuck").exists() {
        assert!(Command::new("mkfifo").arg(folder.join("stuck")).status().unwrap().success());
    }
    let script = format!("{first} \"$0\" \"$@\"");
    let outputs = ["--out", "csv=good.csv", "--out", "json=stuck", "--out", "html=good.html"];
    let mut child = Command::new("sh")
        .args(["-c", &script, PROGRAM, "replay", "c.pcap", "--by", "flow", "--top", "0"])
        .args(outputs)
        .current_dir(folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // Where no unfinished file ever comes, the test ends all the same.
    let begun = Instant::now();
    while !fs::read_dir(folder).unwrap().any(|entry| is_unfinished(&entry.unwrap().path())) {
        if child.try_wait().unwrap().is_some() || begun.elapsed() > Duration::from_mins(1) {
            child.kill().unwrap();
            panic!("nothing was written beside its name");
        }
        std::thread::yield_now();
    }
    child
}

fn is_unfinished(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "partial")
}

/// Starts a program that signals end, also where these are ignored here, as in the background of a script.
fn by_default() -> &'static str {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.map_or(0, |mask| u64::from_str_radix(mask.trim(), 16).unwrap());
    // SIGHUP is 1, SIGINT 2, SIGTERM 15.
    if ignored & (1 | 1 << 1 | 1 << 14) == 0 { "exec" } else { "exec env --default-signal=HUP,INT,TERM" }
}

fn send(signal: &str, child: &Child) {
    let sent = Command::new("kill").args(["-s", signal, &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

#[test]
fn a_signal_leaves_old_files_and_no_unfinished_ones() {
    let folder = folder();
    let at = folder.path();
    for (signal, number) in [("INT", 2), ("TERM", 15), ("HUP", 1)] {
        // Before anybody reads, and in the middle of what is read.
        for reads in [false, true] {
            let mut child = stuck(at, by_default());
            let reader = reads.then(|| {
                let mut fifo = File::open(at.join("stuck")).unwrap();
                fifo.read_exact(&mut [0; 1_000]).unwrap();
                fifo
            });
            send(signal, &child);
            let status = child.wait().unwrap();
            drop(reader);
            assert_eq!((status.code(), status.signal()), (None, Some(number)), "{signal}, read: {reads}");
            assert_eq!(fs::read(at.join("good.csv")).unwrap(), b"good", "{signal}, read: {reads}");
            assert_eq!(fs::read(at.join("good.html")).unwrap(), b"good", "{signal}, read: {reads}");
            let left =
                fs::read_dir(at).unwrap().filter(|entry| is_unfinished(&entry.as_ref().unwrap().path()));
            assert_eq!(left.count(), 0, "{signal}, read: {reads}");
        }
    }
}

/// What `nohup` and scripts ask for: a signal that is ignored ends nothing.
#[test]
fn a_signal_that_is_ignored_is_ignored() {
    let folder = folder();
    let at = folder.path();
    let mut child = stuck(at, "trap '' HUP INT; exec");
    send("HUP", &child);
    send("INT", &child);
    let mut text = String::new();
    File::open(at.join("stuck")).unwrap().read_to_string(&mut text).unwrap();
    assert!(child.wait().unwrap().success());
    assert!(text.contains("peerpath.replay/1"));
    assert!(fs::read_to_string(at.join("good.csv")).unwrap().len() > 1_000);
    assert!(fs::read_to_string(at.join("good.html")).unwrap().starts_with("<!DOCTYPE html>"));
}
