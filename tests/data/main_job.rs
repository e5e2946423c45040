//! The main job from outside: the program itself, held to what tshark and two independent libraries say.
//!
//! Needs the shared captures and oracles beside the project; where they are missing the trials are
//! counted as ignored by the runner.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use libtest_mimic::{Failed, Trial};

const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data");

/// The trials of this suite.
pub(super) fn trials() -> Vec<Trial> {
    let missing = !Path::new(DATA).is_dir();
    let mut trials = vec![
        Trial::test("classify agrees with the oracles on every address", classify).with_ignored_flag(missing),
        Trial::test("teams are named, carried by 12076:5030 and supported", teams).with_ignored_flag(missing),
    ];
    for capture in captures() {
        let name = capture.file_name().unwrap().to_string_lossy().into_owned();
        trials.push(
            Trial::test(format!("replay equals the oracle: {name}"), move || replay(&capture))
                .with_ignored_flag(missing),
        );
    }
    trials
}

/// Captures whose oracle totals ours equal without exception (the exceptions are named as data in
/// `capture_oracle`, which compares every capture below the command line).
fn captures() -> Vec<PathBuf> {
    ["001_ndpi_teams.pcap", "021_ndpi_sites.pcapng", "036_mercury_capture2.pcap", "053_pcapplusplus_sll.pcap"]
        .iter()
        .map(|name| Path::new(DATA).join("pcaps").join(name))
        .collect()
}

fn run(arguments: &[&str], input: &str) -> Result<String, Failed> {
    let mut child = Command::new(env!("CARGO_BIN_EXE_peerpath"))
        .env("SOURCE_DATE_EPOCH", "1782086400")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = child.wait_with_output()?;
    writer.join().unwrap()?;
    if !output.status.success() {
        return Err(format!("{arguments:?} ended with {}", output.status).into());
    }
    Ok(String::from_utf8(output.stdout)?)
}

/// Rows of a CSV without quoted fields as maps by column.
fn rows(text: &str) -> Vec<BTreeMap<String, String>> {
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().unwrap_or_default().split(',').collect();
    lines
        .map(|line| {
            assert!(!line.contains('"'), "a quoted field: {line}");
            header.iter().map(ToString::to_string).zip(line.split(',').map(ToString::to_string)).collect()
        })
        .collect()
}

fn list(field: &str) -> BTreeSet<&str> {
    field.split(';').filter(|entry| !entry.is_empty()).collect()
}

fn classify() -> Result<(), Failed> {
    let mut expected: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    for folder in ["oracle/pcaps", "oracle/pcaps-derived"] {
        for entry in fs::read_dir(Path::new(DATA).join(folder))? {
            let path = entry?.path();
            if path.to_string_lossy().ends_with(".dst.csv") {
                for row in rows(&fs::read_to_string(path)?) {
                    expected.insert(row["dst"].clone(), row);
                }
            }
        }
    }
    assert!(expected.len() > 1_000, "only {} addresses in the oracles", expected.len());
    let addresses: Vec<&str> = expected.keys().map(String::as_str).collect();
    let input = addresses.join("\n");
    let found = rows(&run(&["classify"], &input)?);
    assert_eq!(found.len(), expected.len());
    for row in found {
        let oracle = &expected[&row["address"]];
        let address = &row["address"];
        assert_eq!(list(&row["tags"]), list(&oracle["tag_all_tags"]), "tags of {address}");
        assert_eq!(list(&row["m365_sets"]), list(&oracle["m365_sets"]), "sets of {address}");
        let exported: BTreeSet<&str> = row["communities"]
            .split(';')
            .zip(row["evidence"].split(';'))
            .filter(|(_, evidence)| *evidence == "exported")
            .map(|(community, _)| community)
            .collect();
        assert_eq!(exported, list(&oracle["bgp_communities_all"]), "communities of {address}");
    }
    Ok(())
}

/// Every destination as the oracle has it. The inner view leaves out packets in tunnels that it cannot enter, the oracle counts them by
/// their outer header: together they are all of the difference.
fn replay(capture: &Path) -> Result<(), Failed> {
    let name = capture.file_name().unwrap().to_string_lossy();
    let oracle = rows(&fs::read_to_string(Path::new(DATA).join(format!("oracle/pcaps/{name}.dst.csv")))?);
    for layer in ["outer", "inner"] {
        let arguments = [
            "replay",
            &capture.to_string_lossy(),
            "--layer",
            layer,
            "--quiet",
            "--by",
            "destination",
            "--top",
            "0",
        ];
        let found =
            amounts(&rows(&run(&[&arguments[..], &["--format", "csv"]].concat(), "")?), "destination");
        let oracle: Vec<_> = oracle.iter().filter(|row| row["layer"] == layer).cloned().collect();
        let mut missing = amounts(&oracle, "dst");
        for (destination, amounts) in found {
            let left = missing
                .get_mut(&destination)
                .ok_or_else(|| format!("{layer}: {destination} is not the oracle's"))?;
            for (left, amount) in left.iter_mut().zip(amounts) {
                let rest =
                    left.checked_sub(amount).ok_or_else(|| format!("{layer}: too much to {destination}"))?;
                *left = rest;
            }
        }
        let report: serde_json::Value =
            serde_json::from_str(&run(&[&arguments[..], &["--format", "json"]].concat(), "")?)?;
        let tunnels = report["skipped"].as_array().unwrap().iter();
        let tunnels = tunnels.filter(|skip| skip["reason"].as_str().unwrap().starts_with("tunnel-"));
        let skipped = tunnels.fold([0, 0], |sum, skip| {
            [sum[0] + skip["packets"].as_u64().unwrap(), sum[1] + skip["frame_bytes"].as_u64().unwrap()]
        });
        assert!(layer == "inner" || skipped == [0, 0], "nothing is entered in the outer layer");
        let left = missing.values().fold([0, 0], |sum, left| [sum[0] + left[0], sum[1] + left[1]]);
        assert_eq!(
            left, skipped,
            "{layer}: packets and frame bytes; what is left of the oracle: {missing:#?}"
        );
        assert!(skipped != [0, 0] || missing.values().all(|left| *left == [0; 3]), "{layer}: {missing:#?}");
    }
    Ok(())
}

/// Packets, frame bytes and IP bytes of each destination.
fn amounts(rows: &[BTreeMap<String, String>], destination: &str) -> BTreeMap<String, [u64; 3]> {
    let amounts = |row: &BTreeMap<String, String>| {
        ["packets", "frame_bytes", "ip_bytes"].map(|key| row[key].parse().unwrap())
    };
    rows.iter().map(|row| (row[destination].clone(), amounts(row))).collect()
}

fn teams() -> Result<(), Failed> {
    let capture = captures().remove(0);
    let arguments =
        ["replay", &capture.to_string_lossy(), "--by", "destination", "--top", "0", "--format", "csv"];
    let text = run(&arguments, "")?;
    let row = rows(&text).into_iter().find(|row| row["destination"] == "52.113.194.132").unwrap();
    assert_eq!(row["service"], "Microsoft Teams");
    assert_eq!(row["tags"], "", "no service tag holds it");
    assert_eq!(row["m365_prefix"], "52.112.0.0/14");
    assert_eq!(row["communities"], "12076:5030");
    assert_eq!((row["path"].as_str(), row["support"].as_str()), ("microsoft-peering", "supported"));
    Ok(())
}
