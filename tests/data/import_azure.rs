//! Imports of Azure's exports: cases of our own, and every file in `../shared/data/azure-exports`.
//! Without that folder its trials count as ignored.
//!
//! `tests/import/azure-exports.txt` pins what each of those files gives; `UPDATE_EXPECT=1` writes it anew.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::fmt::Write as _;
use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};

use libtest_mimic::{Failed, Trial};
use peerpath::catalog::{Catalog, Cloud};
use peerpath::diag::Source;
use peerpath::engine::{Inputs, Reason, RoutingTables, explain};
use peerpath::import::azure::{
    CircuitOption, FileReport, Import, ImportOptions, Imported, SiteOption, TableOf,
};
use peerpath::network::file::NetworkFile;
use peerpath::network::{Bandwidth, Connection, Network, PeeringKind, SiteId, Sku};
use peerpath::{network, rib};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};

const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data/azure-exports");
const PINNED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/import/azure-exports.txt");
const CASES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/import/cases");

/// The trials of this suite.
pub(super) fn trials() -> Vec<Trial> {
    let missing = !Path::new(DATA).is_dir();
    let mut trials = vec![
        Trial::test("own/tenant", || wrap(own_tenant)),
        Trial::test("own/tunnels", || wrap(tunnels)),
        Trial::test("own/powershell", || wrap(own_powershell)),
        Trial::test("own/tables_that_do_not_say_what_they_are_of", || wrap(own_tables)),
        Trial::test("own/without_site", || wrap(without_site)),
        Trial::test("own/keys_never_leave", || wrap(keys_never_leave)),
        Trial::test("own/mutations_are_read_or_refused", || wrap(mutations)),
    ];
    let data: [(&str, fn()); 5] = [
        ("data/each_file_is_used_or_refused", each_file),
        ("data/all_together_make_a_network", all_together),
        ("data/primary_route_table_of_a_circuit", megaport),
        ("data/no_key_leaves", data_keys),
        ("data/both_route_tables_of_a_circuit_are_explained", both_tables),
    ];
    for (name, run) in data {
        trials.push(Trial::test(name, move || wrap(run)).with_ignored_flag(missing));
    }
    trials
}

#[expect(clippy::unnecessary_wraps, reason = "the shape of a trial")]
fn wrap(run: fn()) -> Result<(), Failed> {
    run();
    Ok(())
}

fn catalog() -> Catalog {
    Catalog::shipped(Cloud::Public).unwrap()
}

fn site() -> ImportOptions {
    ImportOptions {
        name: None,
        sites: vec![SiteOption {
            name: "office".to_owned(),
            prefixes: vec!["192.0.2.0/24".parse().unwrap()],
        }],
        circuits: Vec::new(),
        routes_folder: Some("network-routes".to_owned()),
        ..ImportOptions::default()
    }
}

/// The files below a folder, by their path in it, ascending.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut open = vec![folder.to_owned()];
    let mut found: Vec<PathBuf> = Vec::new();
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else {
            found.push(path);
        }
    }
    found.sort_unstable();
    let name = |path: &Path| path.strip_prefix(folder).unwrap().display().to_string();
    found.iter().map(|path| (name(path), fs::read(path).unwrap())).collect()
}

fn import(files: &[(String, Vec<u8>)], options: &ImportOptions) -> Imported {
    let mut import = Import::new();
    for (name, bytes) in files {
        import.add(name, bytes);
    }
    import.finish(&catalog(), options)
}

/// The network that an import wrote: it satisfies the strict image of the format and the reader, and
/// every table that it names is one that was written and that the reader of routes takes.
fn network(imported: &Imported) -> Network {
    let text = imported.network.as_deref().unwrap();
    if let Err(error) = serde_saphyr::from_str::<NetworkFile>(text) {
        panic!("{error}\n{text}");
    }
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let Some((_, path)) = line.split_once("learned: ") else { continue };
        let name = path.strip_prefix("network-routes/").unwrap();
        let table = imported.learned.iter().find(|table| table.name == name).unwrap();
        rib::import::read(name, Cursor::new(table.text.clone().into_bytes())).unwrap();
    }
    let (network, diagnostics) = network::read(&Source::new("network.yaml", text), &catalog());
    network.unwrap_or_else(|| {
        panic!("{:#?}\n{text}", diagnostics.iter().map(ToString::to_string).collect::<Vec<_>>())
    })
}

fn findings(imported: &Imported) -> String {
    imported.findings.iter().fold(String::new(), |mut text, finding| {
        writeln!(text, "{finding}").unwrap();
        text
    })
}

/// What a file gave, in one line: `circuit 1, peering 2` or `refused no-json`.
fn outcome(file: &FileReport) -> String {
    match &file.outcome {
        Ok(counts) => {
            let counts = counts.iter().map(|(kind, count)| format!("{} {count}", kind.name()));
            counts.collect::<Vec<_>>().join(", ")
        }
        Err(refusal) => format!("refused {}", refusal.code()),
    }
}

fn each_file() {
    let imported = import(&files(Path::new(DATA)), &site());
    let lines = imported.files.iter().map(|file| format!("{}: {}\n", file.name, outcome(file)));
    let found = lines.collect::<String>();
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(PINNED, &found).unwrap();
    }
    let pinned = fs::read_to_string(PINNED).unwrap();
    for (found, pinned) in found.lines().zip(pinned.lines()) {
        assert_eq!(found, pinned);
    }
    assert_eq!(found.lines().count(), pinned.lines().count());
    assert!(found.lines().count() >= 71);
}

fn all_together() {
    let files = files(Path::new(DATA));
    let imported = import(&files, &site());
    let network = network(&imported);
    assert!(network.circuits.len() > 70, "{}", network.circuits.len());
    assert_eq!(import(&files, &site()), imported, "the same files give the same bytes");
}

/// Circuit, primary route table, gateway's routes and virtual network of one lab, as they were saved.
fn megaport() {
    let mut files = files(&Path::new(DATA).join("lab-cli"));
    files.retain(|(name, _)| name.starts_with("expressroute-megaport"));
    let imported = import(&files, &site());
    let network = network(&imported);
    let circuit = network.circuits.first().unwrap();
    assert_eq!(circuit.name, "er-erlab-madrid");
    let peering = circuit.private_peering.as_ref().unwrap();
    assert_eq!(peering.of_kind.virtual_networks.len(), 1);
    let learned =
        imported.learned.iter().find(|table| table.name == "er-erlab-madrid-private-primary-learned.csv");
    assert!(learned.unwrap().text.ends_with("prefix,as_path,origin\n10.100.0.0/16,12076,igp\n"));
    // The secondary has no table, and brings the virtual network's prefix all the same.
    let both = ["er-erlab-madrid/private/primary", "er-erlab-madrid/private/secondary"];
    let expected = ("10.100.0.0/16".to_owned(), both.map(str::to_owned).to_vec());
    assert_eq!(learned_over(&imported, "10.100.3.4"), Some(expected));
    assert!(findings(&imported).contains("is advertised back to Microsoft"), "{}", findings(&imported));
}

/// The tables of both connections of a circuit as a lab saved them: no command, no circuit beside them.
fn both_tables() {
    let mut files = files(&Path::new(DATA).join("lab-cli"));
    files.retain(|(name, _)| name.contains("msee-rib-ipv6-evidence"));
    let [primary, secondary] = files.as_slice() else { panic!("{} tables", files.len()) };
    let imported = import_tables(&primary.1, &secondary.1);
    for (address, prefix) in [
        ("10.1.255.255", "10.1.0.0/16"),
        ("10.2.0.0", "10.2.0.0/24"),
        ("10.3.1.7", "10.3.0.0/23"),
        ("fd00:1::c", "fd00:1::/48"),
        ("fd00:2:0:ffff::1", "fd00:2::/48"),
    ] {
        let sessions = ["er-lab/private/primary", "er-lab/private/secondary"];
        assert_eq!(
            learned_over(&imported, address),
            Some((prefix.to_owned(), sessions.map(str::to_owned).to_vec()))
        );
    }
    assert_eq!(learned_over(&imported, "10.2.1.0"), None);
    assert_eq!(learned_over(&imported, "fd00:3::1"), None);
}

/// An import of two tables of which the user says what they are of.
fn import_tables(primary: &[u8], secondary: &[u8]) -> Imported {
    let mut import = Import::new();
    for (connection, bytes) in [(Connection::Primary, primary), (Connection::Secondary, secondary)] {
        let of = TableOf { circuit: "er-lab".to_owned(), peering: PeeringKind::Private, connection };
        import.add_table("table.json", bytes, &of);
    }
    let circuit = CircuitOption {
        name: "er-lab".to_owned(),
        peering_location: "Chicago".to_owned(),
        sku: Sku::Standard,
        bandwidth: Bandwidth::parse("50 Mbps").unwrap(),
    };
    import.finish(&catalog(), &ImportOptions { circuits: vec![circuit], ..site() })
}

/// The prefix that the circuit's tables brought for an address and the sessions that carry it; `None` where
/// they brought none.
fn learned_over(imported: &Imported, address: &str) -> Option<(String, Vec<String>)> {
    let network = network(imported);
    let mut tables = RoutingTables::none();
    for written in RoutingTables::wanted(&network) {
        let name = written.strip_prefix("network-routes/").unwrap();
        let table = imported.learned.iter().find(|table| table.name == name).unwrap();
        let read = rib::import::read(name, Cursor::new(table.text.clone().into_bytes())).unwrap();
        tables.insert(written.to_owned(), read.into());
    }
    let catalog = catalog();
    let inputs = Inputs::new(&network, &catalog).tables(&tables);
    let reported = explain(inputs, SiteId(0), address.parse().unwrap()).unwrap();
    if !matches!(reported.decision.reason(), Reason::Learned { .. }) {
        return None;
    }
    let name = |id| reported.sessions.iter().find(|session| session.id == id).unwrap().name.clone();
    let sessions = reported.decision.next_hops().iter().map(|next_hop| name(next_hop.session)).collect();
    Some((reported.decision.prefix.unwrap().to_string(), sessions))
}

/// Tables that differ, so that one connection alone brings a part.
fn own_tables() {
    let [(_, primary), (_, secondary)] = <[_; 2]>::try_from(case("tables")).unwrap();
    let imported = import_tables(&primary, &secondary);
    let over = |address| learned_over(&imported, address).map(|(_, sessions)| sessions);
    let both = vec!["er-lab/private/primary".to_owned(), "er-lab/private/secondary".to_owned()];
    assert_eq!(over("10.20.0.1"), Some(both));
    assert_eq!(over("10.30.0.1"), Some(vec!["er-lab/private/primary".to_owned()]));
    assert_eq!(over("fd20::1"), Some(vec!["er-lab/private/secondary".to_owned()]));
    // What the customer advertised is not learned.
    assert_eq!(over("10.10.0.1"), None);
    // A file without such a table is refused.
    let mut import = Import::new();
    let (name, circuits) = case("tenant").into_iter().next().unwrap();
    let of = TableOf {
        circuit: "er-ams".to_owned(),
        peering: PeeringKind::Private,
        connection: Connection::Primary,
    };
    import.add_table(&name, &circuits, &of);
    let refused = import.finish(&catalog(), &site());
    assert_eq!(outcome(refused.files.first().unwrap()), "refused no-circuit-table");
}

fn data_keys() {
    let imported = import(&files(Path::new(DATA)), &site());
    let text = everything(&imported);
    for key in ["serviceKey", "authorizationKey", "00000000-0000", "ba91a9ed", "SERVICE_KEY", "a8fbd8e1"] {
        assert!(!text.contains(key), "{key}");
    }
}

/// All that an import gives out.
fn everything(imported: &Imported) -> String {
    let mut text = imported.network.clone().unwrap_or_default();
    for table in &imported.learned {
        text.push_str(&table.name);
        text.push_str(&table.text);
    }
    for file in &imported.files {
        match &file.outcome {
            Ok(_) => text.push_str(&outcome(file)),
            Err(refusal) => text.push_str(&refusal.to_string()),
        }
        for (_, _, place) in file.notes.iter() {
            text.push_str(place);
        }
    }
    text + &findings(imported)
}

fn case(name: &str) -> Vec<(String, Vec<u8>)> {
    files(&Path::new(CASES).join(name))
}

/// One tenant in the Azure CLI's shape: what is joined to what.
fn own_tenant() {
    let options = ImportOptions { sites: Vec::new(), ..site() };
    let imported = import(&case("tenant"), &options);
    let text = imported.network.as_deref().unwrap();
    let pinned = Path::new(CASES).join("../tenant.network.yaml");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(&pinned, text).unwrap();
    }
    assert_eq!(text, fs::read_to_string(&pinned).unwrap());
    let network = network(&imported);
    let circuit = network.circuits.first().unwrap();
    let microsoft = circuit.microsoft_peering.as_ref().unwrap();
    assert_eq!(microsoft.of_kind.route_filter.as_ref().unwrap().communities.len(), 2);
    assert_eq!(circuit.private_peering.as_ref().unwrap().advertised.len(), 2);
    assert_eq!(network.sites.first().unwrap().name, "unknown-site");
    assert_eq!(network.virtual_networks.len(), 2);
    assert!(findings(&imported).contains("unknown-site"));
}

/// Every gateway and connection of a VPN is a note, and a comment where its virtual network stands.
fn tunnels() {
    let id = |rest: &str| format!("/subscriptions/0/resourceGroups/rg/providers/Microsoft.Network/{rest}");
    let connection = |name: &str, kind: &str, gateway: &str| {
        format!(
            r#"{{"id": "{}", "name": "{name}", "connectionType": "{kind}", "virtualNetworkGateway1": {{"id": "{}"}}}}"#,
            id(&format!("connections/{name}")),
            id(&format!("virtualNetworkGateways/{gateway}")),
        )
    };
    let gateway = format!(
        r#"[{{"id": "{}", "name": "vpn", "gatewayType": "Vpn", "vpnType": "RouteBased", "ipConfigurations": [{{"name": "d",
            "subnet": {{"id": "{}"}}}}]}}]"#,
        id("virtualNetworkGateways/vpn"),
        id("virtualNetworks/hub/subnets/GatewaySubnet"),
    );
    let hub = format!(
        r#"[{{"id": "{}", "name": "hub", "addressSpace": {{"addressPrefixes": ["10.20.0.0/16"]}}, "subnets": [],
            "virtualNetworkPeerings": []}}]"#,
        id("virtualNetworks/hub")
    );
    let connections = [
        connection("to-site", "IPsec", "vpn"),
        connection("to-other", "Vnet2Vnet", "vpn"),
        connection("lost", "IPsec", "elsewhere"),
    ];
    let files =
        [("gw.json", gateway), ("vnet.json", hub), ("cn.json", format!("[{}]", connections.join(",")))];
    let files = files.map(|(name, text)| (name.to_owned(), text.into_bytes()));
    let imported = import(&files, &site());
    let reports: Vec<String> = imported.files.iter().map(outcome).collect();
    assert_eq!(reports, ["gateway 1", "virtual-network 1", "connection 3"]);
    assert!(imported.files.iter().all(|file| file.notes.iter().next().is_none()));
    let words = findings(&imported);
    let text = imported.network.as_deref().unwrap();
    for (part, has_place) in [
        ("gateway `vpn` is not imported", true),
        ("`vpn: [{name: to-site, virtual_networks: [hub]}]`", true),
        ("connection `to-other` is not imported: it does not end at a site", true),
        ("`vpn: [{name: lost, virtual_networks: [NAME]}]`", false),
    ] {
        assert_eq!(words.matches(part).count(), 1, "{part}: {words}");
        // Once for `check`, and where its virtual network stands.
        assert_eq!(text.matches(part).count(), 1 + usize::from(has_place), "{part}: {text}");
    }
    assert_eq!(network(&imported).virtual_networks.len(), 1);
}

/// A circuit in PowerShell's PascalCase, UTF-16 with its mark, as redirections write it.
fn own_powershell() {
    let text = r#"{"Name": "er-ps", "Sku": {"Tier": "Standard"}, "ServiceKey": "f07eb97c-6fb8-444f-a921-74728997c704",
        "ServiceProviderProperties": {"PeeringLocation": "Amsterdam", "BandwidthInMbps": 2000},
        "Peerings": [{"PeeringType": "AzurePrivatePeering", "PeerASN": 65010, "AzureASN": 12076,
            "PrimaryPeerAddressPrefix": "172.16.0.0/30", "State": "Disabled"}]}"#;
    let mut bytes = vec![0xff, 0xfe];
    bytes.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
    let imported = import(&[("circuit.json".to_owned(), bytes)], &site());
    let network = network(&imported);
    let circuit = network.circuits.first().unwrap();
    assert_eq!(circuit.bandwidth.value.bits_per_second(), 2_000_000_000);
    assert!(!circuit.private_peering.as_ref().unwrap().enabled.value);
    assert!(!everything(&imported).contains("f07eb97c"));
}

fn without_site() {
    let options = ImportOptions::default();
    let files = case("tenant").into_iter().filter(|(name, _)| name.contains("circuit")).collect::<Vec<_>>();
    let imported = import(&files, &options);
    assert_eq!(imported.network, None);
    assert!(findings(&imported).contains("--site NAME=PREFIX"));
    let imported = import(&[("a.txt".to_owned(), b"hello".to_vec())], &options);
    assert_eq!(outcome(imported.files.first().unwrap()), "refused no-json");
}

/// A key in each field that may hold one, in unknown fields and in texts around, shows up nowhere.
fn keys_never_leave() {
    const KEY: &str = "Zm9vYmFyYmF6cXV4MTIzNDU2Nzg5MDEyMzQ1";
    let mut files = Vec::new();
    for (name, bytes) in case("tenant") {
        let text = String::from_utf8(bytes).unwrap();
        let fields = ["serviceKey", "authorizationKey", "sharedKey", "unknownField", "serviceProviderNotes"];
        let keys = fields.map(|field| format!("\"{field}\": \"{KEY}\", ")).concat();
        let text = text.replace('{', &format!("{{{keys}"));
        files.push((name, format!("# password={KEY}\n{text}").into_bytes()));
    }
    files.push(("error.txt".to_owned(), format!("ERROR: (Denied{KEY}) {KEY}").into_bytes()));
    files.push((
        "answer.json".to_owned(),
        format!(r#"{{"error": {{"code": "{KEY}", "message": "{KEY}"}}}}"#).into_bytes(),
    ));
    let imported = import(&files, &site());
    assert!(imported.network.is_some());
    let text = everything(&imported);
    assert!(!text.contains(KEY) && !text.contains(&KEY[..20]), "{text}");
}

/// Whatever is cut, doubled or overwritten: files are used or refused, and what is written reads.
fn mutations() {
    let shapes = case("tenant");
    let catalog = catalog();
    let config = Config { cases: 300, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let strategy = (
        0..shapes.len(),
        prop::collection::vec((any::<prop::sample::Index>(), "[\\PC\"{}\\[\\]:,0-9a-z/*]{0,6}"), 0..6),
        any::<bool>(),
    );
    runner
        .run(&strategy, |(shape, edits, cut)| {
            let mut import = Import::new();
            for (index, (name, bytes)) in shapes.iter().enumerate() {
                let mut text = String::from_utf8_lossy(bytes).into_owned();
                if index == shape {
                    for (at, with) in &edits {
                        let starts = text.char_indices().map(|(start, _)| start).collect::<Vec<_>>();
                        let from = *at.get(&starts);
                        if cut {
                            text.truncate(from.max(1));
                        } else {
                            let end = (from + with.len()).min(text.len());
                            let end =
                                (end..=text.len()).find(|end| text.is_char_boundary(*end)).unwrap_or(from);
                            text.replace_range(from..end, with);
                        }
                    }
                }
                import.add(name, text.as_bytes());
            }
            let imported = import.finish(&catalog, &site());
            if let Some(text) = &imported.network {
                let (_, diagnostics) = network::read(&Source::new("network.yaml", text.as_str()), &catalog);
                if diagnostics.has_errors() {
                    let errors = diagnostics.iter().map(ToString::to_string).collect::<Vec<_>>();
                    return Err(TestCaseError::fail(format!("{errors:?}\n{text}")));
                }
            }
            Ok(())
        })
        .unwrap();
}
