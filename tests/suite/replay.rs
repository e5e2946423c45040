//! A replay loses nothing: every grouping sums to the same totals, whatever the bound on flows, and the way a
//! capture comes in does not matter.
#![cfg(feature = "cli")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs::File;
use std::io::{BufWriter, Write};
use std::process::{Command, Stdio};

use flate2::Compression;
use flate2::write::GzEncoder;
use peerpath::flow::synth::{Profile, write_capture};
use serde_json::Value;

const CAPTURE: &str = "examples/demo/capture.pcap";
const NETWORK: &str = "examples/demo/network.yaml";

fn run(arguments: &[&str], input: &[u8]) -> Value {
    let mut child = crate::peerpath()
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{arguments:?}");
    writer.join().unwrap().unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The sums of a column, one for each view.
fn sums(report: &Value, column: &str) -> Vec<u64> {
    let views = report.get("views").unwrap().as_array().unwrap();
    let sum = |view: &Value| {
        let rows = view.get("rows").unwrap().as_array().unwrap();
        rows.iter().map(|row| row.get(column).unwrap().as_u64().unwrap_or_default()).sum()
    };
    views.iter().map(sum).collect()
}

fn sum(report: &Value, column: &str) -> u64 {
    sums(report, column).first().copied().unwrap()
}

fn replay(by: &[&str], more: &[&str]) -> Value {
    let mut arguments = vec!["replay", CAPTURE, "--top", "0", "--format", "json", "--quiet"];
    arguments.extend(by.iter().flat_map(|key| ["--by", key]));
    arguments.extend(more);
    run(&arguments, &[])
}

#[test]
fn every_grouping_has_the_same_totals() {
    let by = ["path", "service", "destination", "flow", "community", "time"];
    for more in [&["--network", NETWORK][..], &[], &["--max-flows", "100"], &["--layer", "inner"]] {
        let report = replay(&by, more);
        assert_eq!(sums(&report, "packets"), [21_079; 6], "{more:?}");
        assert_eq!(sums(&report, "ip_bytes"), [14_189_118; 6], "{more:?}");
    }
}

/// Bytes that pass a firewall are rows of their own.
#[test]
fn rows_tell_the_routers_that_packets_pass() {
    let written = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/demo/network.yaml"));
    let hub = "    prefixes: [10.20.0.0/16, \"fd20::/48\"]\n";
    let behind_a_firewall = "    subnets:
      - {name: GatewaySubnet, prefixes: [10.20.255.0/27], route_table: gt}
      - {name: AzureFirewallSubnet, prefixes: [10.20.254.0/26]}
      - {name: app, prefixes: [10.20.0.0/17]}
route_tables:
  - name: gt
    routes: [{prefix: 10.20.0.0/17, next_hop: virtual-appliance 10.20.254.4}]
";
    let written = written.unwrap();
    let (before, after) = written.split_once(hub).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("network.yaml");
    std::fs::write(&file, format!("{before}{hub}{behind_a_firewall}{after}")).unwrap();
    let report = replay(&["path"], &["--network", file.to_str().unwrap()]);
    assert_eq!(sum(&report, "packets"), 21_079);
    let rows = report.pointer("/views/0/rows").and_then(Value::as_array).unwrap();
    let passing = rows.iter().filter(|row| {
        let hops = row.get("hops").and_then(Value::as_array).unwrap();
        hops.iter().any(|hop| hop == "hub-weu/AzureFirewallSubnet")
    });
    let packets: u64 = passing.map(|row| row.get("packets").unwrap().as_u64().unwrap()).sum();
    assert!(packets > 0, "{rows:#?}");
}

#[test]
fn a_filter_and_its_contrary_make_the_whole() {
    for filter in ["path internet", "tcp and dst port 443", "community 12076:5030 or tag Storage.WestEurope"]
    {
        let contrary = format!("not ({filter})");
        let parts = [filter, &contrary]
            .map(|filter| sum(&replay(&["path"], &["--network", NETWORK, "--filter", filter]), "packets"));
        assert!(parts.iter().all(|part| *part > 0), "{filter}: {parts:?}");
        assert_eq!(parts.iter().sum::<u64>(), 21_079, "{filter}");
    }
}

#[test]
fn standard_input_and_compression_change_nothing() {
    let plain = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/demo/capture.pcap")).unwrap();
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(&plain).unwrap();
    let gzip = gzip.finish().unwrap();
    let views = |report: &Value| report.get("views").unwrap().clone();
    let arguments = ["replay", "-", "--by", "flow", "--top", "0", "--format", "json", "--quiet"];
    let expected = views(&replay(&["flow"], &[]));
    assert_eq!(views(&run(&arguments, &plain)), expected);
    assert_eq!(views(&run(&arguments, &gzip)), expected);
}

/// A file that is long enough to be cut, alone and beside others: the whole report is the same for any number of threads.
#[test]
fn threads_change_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let long = folder.path().join("long.pcap");
    write_capture(Profile::Mixed { bytes: 18_000_000 }, 5, BufWriter::new(File::create(&long).unwrap()))
        .unwrap();
    let long = long.to_str().unwrap();
    let report = |threads: &str, more: &[&str]| {
        let mut arguments =
            vec!["replay", CAPTURE, long, CAPTURE, "--by", "flow", "--by", "time", "--by", "path"];
        arguments.extend(["--top", "0", "--format", "json", "--quiet", "--threads", threads]);
        arguments.extend(more);
        run(&arguments, &[])
    };
    for more in [&[][..], &["--max-flows", "20000"]] {
        let one = report("1", more);
        assert!(sum(&one, "packets") > 60_000);
        for threads in ["2", "4"] {
            assert!(report(threads, more) == one, "{threads} threads {more:?}");
        }
    }
}

#[test]
fn two_captures_are_summed() {
    let report = run(
        &["replay", CAPTURE, CAPTURE, "--by", "path", "--format", "json", "--quiet", "--network", NETWORK],
        &[],
    );
    assert_eq!(sum(&report, "packets"), 2 * 21_079);
    let inputs = report.get("inputs").unwrap().as_array().unwrap();
    assert_eq!(inputs.len(), 3, "two captures and the network file");
    assert!(inputs.iter().all(|input| input.get("sha256").is_some_and(Value::is_string)));
}

#[cfg(unix)]
#[test]
fn a_pipe_by_name_is_read_once() {
    // The shell hands the program a pipe as a path; hashing it would take bytes from the reading.
    let script = format!(
        "exec {} replay <(cat {CAPTURE}) --by path --format json --quiet",
        env!("CARGO_BIN_EXE_peerpath")
    );
    let output =
        Command::new("bash").args(["-c", &script]).current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(sum(&report, "packets"), 21_079);
    let inputs = report.get("inputs").unwrap().as_array().unwrap();
    assert!(inputs.first().unwrap().get("sha256").unwrap().is_null());
}
