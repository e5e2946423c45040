//! Captured IPv6 traffic to a translator (NAT64), from outside: it counts where its IPv4 address leads.

#![cfg(feature = "cli")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::fs;
use std::net::Ipv6Addr;
use std::path::Path;

use tempfile::TempDir;

/// A site whose circuit brings the prefixes of Teams, and the same with those of West Europe instead.
const BASE: &str = "\
version: 1
cloud: public
sites:
  - name: here
    prefixes: [10.10.0.0/16, \"fd10::/48\"]
    internet: {name: edge, nat: [203.0.113.0/28]}
    circuits: [c1]
nat64:
  - {prefix: \"2001:db8:64::/48\", site: here}
circuits:
  - name: c1
    peering_location: Amsterdam
    sku: premium
    bandwidth: 1 Gbps
    microsoft_peering: {route_filter: [12076:5030], advertised: [198.51.100.0/28], nat: [198.51.100.0/28]}
";

/// 52.112.0.1 in the translator's prefix.
const TEAMS: &str = "2001:db8:64:3470:0:100::";

/// A capture of one TCP segment without a payload: 60 bytes.
fn capture(source: &str, destination: &str) -> Vec<u8> {
    let address = |text: &str| text.parse::<Ipv6Addr>().unwrap().octets();
    let mut packet = vec![0x60, 0, 0, 0, 0, 20, 6, 64];
    packet.extend(address(source));
    packet.extend(address(destination));
    packet.extend([0xc3, 0x50, 0x01, 0xbb, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, 2, 0xff, 0xff, 0, 0, 0, 0]);
    let mut pcap = Vec::new();
    // Raw IP (101).
    for word in [0xa1b2_c3d4_u32, 0x0004_0002, 0, 0, 65535, 101, 1_700_000_000, 0, 60, 60] {
        pcap.extend(word.to_le_bytes());
    }
    pcap.extend(packet);
    pcap
}

/// The last line of what a command writes, by the names of its columns.
fn row(folder: &Path, arguments: &[&str], columns: &[&str]) -> Vec<String> {
    let output = crate::peerpath().current_dir(folder).args(arguments).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<Vec<&str>> = text.lines().map(|line| line.split(',').collect()).collect();
    let [head, .., last] = lines.as_slice() else {
        panic!("{arguments:?}: {text} {}", String::from_utf8_lossy(&output.stderr))
    };
    let column = |name: &&str| head.iter().position(|own| own == name).and_then(|index| last.get(index));
    columns.iter().map(|name| column(name).unwrap().to_string()).collect()
}

#[test]
fn captured_packets_count_where_their_ipv4_address_leads() {
    let folder = TempDir::new().unwrap();
    let at = folder.path();
    fs::write(at.join("base.yaml"), BASE).unwrap();
    fs::write(at.join("head.yaml"), BASE.replace("12076:5030", "12076:51002")).unwrap();
    fs::write(at.join("teams.pcap"), capture("fd10::1", TEAMS)).unwrap();
    fs::write(at.join("list.txt"), format!("{TEAMS}\n")).unwrap();
    for (arguments, columns, expected) in [
        (
            "replay teams.pcap --network base.yaml --by flow --format csv",
            &["remote", "path", "service", "support"][..],
            &[TEAMS, "microsoft-peering", "Microsoft Teams", "supported"][..],
        ),
        (
            "replay teams.pcap --network base.yaml --by destination --format csv",
            &["destination", "path", "service", "ip_bytes"],
            &[TEAMS, "microsoft-peering", "Microsoft Teams", "60"],
        ),
        (
            "classify list.txt --network base.yaml --format csv",
            &["address", "path", "support"],
            &[TEAMS, "microsoft-peering", "supported"],
        ),
        ("sweep base.yaml teams.pcap --view sweep_paths --format csv", &["path"], &["microsoft-peering"]),
    ] {
        let found = row(at, &arguments.split(' ').collect::<Vec<_>>(), columns);
        assert_eq!(found, expected, "{arguments}");
    }
    let moved =
        ["diff", "base.yaml", "head.yaml", "--capture", "teams.pcap", "--view", "moves", "--format", "csv"];
    let output = crate::peerpath().current_dir(at).args(moved).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.lines()
            .any(|line| line.contains("IPv4,microsoft-peering via c1,internet") && line.ends_with(",1,1,60")),
        "{text}"
    );
}
