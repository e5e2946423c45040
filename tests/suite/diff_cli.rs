//! `diff` over git revisions, `drift` against a lock and `bisect` over editions, from outside.

#![cfg(feature = "cli")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

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
";

/// An edition of the service tags in which West Europe has these prefixes.
fn edition(change: u32, west_europe: &str, other: &str) -> String {
    let tag = |name: &str, region: &str, prefixes: &str| {
        let list: Vec<String> = prefixes.split_whitespace().map(|prefix| format!("\"{prefix}\"")).collect();
        format!(
            r#"{{"name": "{name}", "id": "{name}", "properties": {{"changeNumber": 1, "region": "{region}",
            "regionId": 18, "platform": "Azure", "systemService": "", "addressPrefixes": [{}],
            "networkFeatures": []}}}}"#,
            list.join(", ")
        )
    };
    let tags = [tag("AzureCloud.westeurope", "westeurope", west_europe), tag("Other", "", other)];
    format!(r#"{{"changeNumber": {change}, "cloud": "Public", "values": [{}]}}"#, tags.join(", "))
}

fn folder() -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::create_dir(folder.path().join("tables")).unwrap();
    fs::write(folder.path().join("tables/internet.txt"), "0.0.0.0/0\n::/0\n").unwrap();
    fs::write(folder.path().join("network.yaml"), NETWORK).unwrap();
    folder
}

/// Exit code, standard output, standard error.
fn run(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let output = crate::peerpath().current_dir(folder).args(arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn git(folder: &Path, arguments: &[&str]) {
    let identity =
        ["-c", "user.name=test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false"];
    let status =
        Command::new("git").current_dir(folder).args(identity).args(arguments).output().unwrap().status;
    assert!(status.success(), "git {arguments:?}");
}

#[test]
fn a_revision_is_compared_with_its_own_tables() {
    let folder = folder();
    let at = folder.path();
    git(at, &["init", "--quiet"]);
    git(at, &["add", "."]);
    git(at, &["commit", "--quiet", "--message", "base"]);
    let against = |head: &str| run(at, &["diff", "git:HEAD:network.yaml", head, "--format", "json"]);
    let (code, same, _) = against("network.yaml");
    assert_eq!(code, 0, "{same}");
    // The same file, but the table that it names has another route now.
    fs::write(at.join("tables/internet.txt"), "::/0\n20.50.0.0/24\n").unwrap();
    let (code, changed, error) = against("network.yaml");
    assert_eq!(code, 1, "{error}");
    assert!(changed.contains("\"git:HEAD:network.yaml\"") && changed.contains("\"policy\""), "{changed}");
    assert_eq!(against("git:HEAD:./network.yaml").0, 0);
    let (code, _, error) = run(at, &["diff", "git:HEAD:nothing.yaml", "network.yaml"]);
    assert_eq!(code, 2);
    assert!(error.contains("git cannot show `git:HEAD:nothing.yaml`"), "{error}");
    let (code, _, error) = run(at, &["diff", "git:HEAD", "network.yaml"]);
    assert_eq!(code, 2);
    assert!(error.contains("is not git:REVISION:PATH"), "{error}");
}

#[test]
fn a_diff_that_compares_nothing_is_no_judgement() {
    let folder = folder();
    for (arguments, words) in [
        (["diff", "network.yaml", "--top", "1"], "nothing to compare"),
        (
            ["diff", "network.yaml", "network.yaml", "--from=nowhere"],
            "neither side has a site or subnet `nowhere`",
        ),
    ] {
        let (code, _, error) = run(folder.path(), &arguments);
        assert_eq!(code, 2);
        assert!(error.contains(words), "{error}");
    }
}

/// What would settle a path is said of those that it settles only.
#[test]
fn an_appliance_is_settled_by_no_export() {
    let folder = folder();
    let subnet = "\
virtual_networks:
  - name: hub
    region: westeurope
    prefixes: [10.20.0.0/16]
    subnets: [{name: web, prefixes: [10.20.1.0/24], route_table: wall}]
route_tables:
  - {name: wall, routes: [{prefix: 0.0.0.0/0, next_hop: virtual-appliance 10.20.9.4}]}
";
    // The sources conflict about what this community carries.
    let network = NETWORK.replace("12076:51002", "12076:52002");
    for name in ["base.yaml", "head.yaml"] {
        fs::write(folder.path().join(name), format!("{network}{subnet}")).unwrap();
    }
    let notes = |from: &str| {
        let (code, report, error) =
            run(folder.path(), &["diff", "base.yaml", "head.yaml", "--from", from, "--format", "json"]);
        assert_eq!(code, 0, "{report}{error}");
        let report: serde_json::Value = serde_json::from_str(&report).unwrap();
        report["notes"].to_string()
    };
    let (subnet, site) = (notes("hub/web"), notes("here"));
    assert!(subnet.contains("to an appliance (10.20.9.4) stays unknown"), "{subnet}");
    assert!(!subnet.contains("list-service-communities"), "{subnet}");
    assert!(site.contains("`list-service-communities` export settles most of these paths"), "{site}");
}

#[test]
fn only_a_moved_path_fails_a_drift() {
    let folder = folder();
    let at = folder.path();
    let write = |name: &str, text: String| fs::write(at.join(name), text).unwrap();
    write("one.json", edition(1, "9.9.0.0/16", "9.50.0.0/16"));
    write("churn.json", edition(2, "9.9.0.0/17 9.9.128.0/17", "9.50.0.0/16 9.51.0.0/16"));
    write("moved.json", edition(3, "9.9.0.0/16 9.10.0.0/16", "9.50.0.0/16"));
    let (code, _, error) =
        run(at, &["drift", "--write-lock", "--network", "network.yaml", "--catalog", "one.json"]);
    assert_eq!(code, 0, "{error}");
    let lock = fs::read_to_string(at.join("peerpath.lock")).unwrap();
    assert!(lock.contains("schema: peerpath.lock/1") && lock.contains("file: \"one.json\""), "{lock}");
    let (code, found, error) = run(at, &["drift", "--new", "churn.json"]);
    assert_eq!(code, 0, "{found}{error}");
    assert!(found.contains("reason-only") && found.contains("pairs of tag and prefix were added"), "{found}");
    let (code, found, _) = run(at, &["drift", "--new", "moved.json", "--format", "json"]);
    assert_eq!(code, 1);
    assert!(found.contains("9.10.0.0/16") && found.contains("peerpath.drift/1"), "{found}");
    // Written anew, the lock holds the new edition.
    assert_eq!(run(at, &["drift", "--new", "moved.json", "--write-lock"]).0, 1);
    assert_eq!(run(at, &["drift", "--new", "moved.json"]).0, 0);
    // An edition from before the locked one is compared, and said to be.
    let (code, found, error) = run(at, &["drift", "--new", "one.json"]);
    assert_eq!(code, 1, "{error}");
    assert!(found.contains("`one.json` (1) is older than the locked edition (3)"), "{found}{error}");
    // A locked list that is not what it was: nothing can be said.
    write("moved.json", edition(3, "9.9.0.0/16", "9.50.0.0/16"));
    let (code, _, error) = run(at, &["drift", "--new", "churn.json"]);
    assert_eq!(code, 2);
    assert!(error.contains("service-tags edition 3") && error.contains("is locked"), "{error}");
}

#[test]
fn every_edition_at_which_a_path_changed_is_told() {
    let folder = folder();
    let at = folder.path();
    fs::create_dir(at.join("feeds")).unwrap();
    // Written out of order: the change number orders them, not the name.
    for (name, change, prefixes) in [
        ("a.json", 12, "9.9.0.0/16"),
        ("b.json", 10, "9.9.0.0/16"),
        ("c.json", 11, "9.9.0.0/16 9.10.0.0/16"),
        ("d.json", 9, "9.9.0.0/16"),
    ] {
        fs::write(at.join("feeds").join(name), edition(change, prefixes, "9.50.0.0/16")).unwrap();
    }
    let bisect = |address: &str| {
        run(at, &["bisect", address, "-n", "network.yaml", "--editions", "feeds", "--format", "json"])
    };
    let (code, found, error) = bisect("9.10.0.1");
    assert_eq!(code, 1, "{error}");
    let found: serde_json::Value = serde_json::from_str(&found).unwrap();
    let steps = found.pointer("/views/0/rows").unwrap();
    let text = steps.to_string();
    assert_eq!(steps.as_array().unwrap().len(), 2, "there and back: {text}");
    assert!(text.find("\"11\"") < text.find("\"12\""), "{text}");
    assert_eq!(bisect("9.9.0.1").0, 0);
    let (code, _, error) =
        run(at, &["bisect", "9.9.0.1", "-n", "network.yaml", "--editions", "feeds/a.json"]);
    assert_eq!(code, 2);
    assert!(error.contains("1 edition"), "{error}");
}

/// A reader that closes the pipe early, as `head` does, takes nothing from the verdict.
#[test]
fn a_closed_pipe_changes_no_exit_code() {
    let mut child = crate::peerpath()
        .args(["diff", "examples/demo/network.yaml", "tests/cmd/diff/exchange.yaml", "--top", "0", "--quiet"])
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(1));
}
