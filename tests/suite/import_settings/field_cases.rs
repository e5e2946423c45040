//! Templates, plans and exports of others: what they hold is written or marked.

use super::*;

/// A folder of the shared data; `None`, said so, where it is missing.
fn shared(folder: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data").join(folder);
    if !path.is_dir() {
        eprintln!("skipped: {} is missing", path.display());
        return None;
    }
    Some(path)
}

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

fn arm_case(path: &Path) -> Imported {
    let read = arm::read(&text(path), None, &Assumptions::default()).unwrap();
    assert_eq!(read.unknown, [], "{}", path.display());
    read.import(&CATALOG, &options(), None).imported
}

#[test]
fn field_case_virtual_hubs_are_marked() {
    let Some(folder) = shared("field-cases/vwan") else { return };
    let mut found = marked(&arm_case(&folder.join("min.json")));
    found.sort_unstable();
    assert_eq!(
        found,
        [
            "expressRouteGateways ergw",
            "virtualHubs hub1",
            "virtualHubs/hubVirtualNetworkConnections hub1/a",
            "virtualHubs/hubVirtualNetworkConnections hub1/b",
            "virtualWans wan1",
        ]
    );
}

#[test]
fn field_case_templates_are_read_as_arm_takes_them() {
    let Some(folder) = shared("field-cases/armjson") else { return };
    let plain = arm_case(&folder.join("plain.json")).network;
    for name in ["block", "bom", "trailing"] {
        assert_eq!(arm_case(&folder.join(format!("{name}.json"))).network, plain, "{name}");
    }
    for name in ["comment", "multiline", "poison"] {
        let imported = arm_case(&folder.join(format!("{name}.json")));
        let text = imported.network.unwrap();
        assert!(
            text.contains("prefixes: [10.60.0.0/16]") && text.contains("prefixes: [10.60.1.0/24]"),
            "{name}: {text}"
        );
    }
    // Functions that are not evaluated are named, and nothing is written.
    let read = arm::read(&text(&folder.join("cidr.json")), None, &Assumptions::default()).unwrap();
    assert!(!read.unknown.is_empty());
}

#[test]
fn field_case_remote_gateways_make_files_that_are_valid() {
    let Some(folder) = shared("field-cases/remotegw") else { return };
    let mut all = ["arm.json", "arm2.json", "rs.json"].map(|name| arm_case(&folder.join(name))).to_vec();
    let mut import = Import::new();
    import.add("hub.json", &std::fs::read(folder.join("hub.json")).unwrap());
    all.push(import.finish(&CATALOG, &options()));
    let plan = terraform::read(&text(&folder.join("tf.json")), &Assumptions::default()).unwrap();
    all.push(plan.import(PlanSide::After, &CATALOG, &options(), None).imported);
    for imported in &all {
        let text = imported.network.as_deref().unwrap();
        let (network, diagnostics) = network::read(&Source::new("n.yaml", text), &CATALOG);
        assert!(
            network.is_some(),
            "{text}\n{:#?}",
            diagnostics.iter().map(ToString::to_string).collect::<Vec<_>>()
        );
        assert!(text.contains("gateway: {}") && text.contains("unsupported:"), "{text}");
    }
}

#[test]
fn field_case_plans_stop_with_their_reason() {
    let Some(folder) = shared("field-cases/tf") else { return };
    for (name, reason) in [
        ("ok", None),
        ("pe", Some("private_ip_address` is known only after apply")),
        ("rt", Some("the subnet that uses it is not in the file")),
        ("ov", Some("overlaps with virtual network `app`")),
    ] {
        let read =
            terraform::read(&text(&folder.join(format!("{name}.json"))), &Assumptions::default()).unwrap();
        let [before, after] =
            [PlanSide::Before, PlanSide::After].map(|side| read.import(side, &CATALOG, &options(), None));
        let mut words =
            read.unknown.iter().chain(&after.unplaced).map(ToString::to_string).collect::<Vec<_>>();
        words.extend(before.hidden(&after).map(ToString::to_string));
        match reason {
            None => assert_eq!(words, Vec::<String>::new(), "{name}"),
            Some(reason) => assert!(words.iter().any(|line| line.contains(reason)), "{name}: {words:?}"),
        }
    }
    assert!(terraform::read(&text(&folder.join("prior.json")), &Assumptions::default()).is_err());
}

#[test]
fn field_case_outputs_of_junos_are_refused_by_name() {
    let Some(folder) = shared("field-cases/ciscorib") else { return };
    for name in ["junos.txt", "junos2.txt"] {
        let error = rib::import::open(&folder.join(name)).unwrap_err().to_string();
        assert!(error.contains("Junos `show route`") && error.contains("CSV with the columns"), "{error}");
    }
}

/// What public exports hold that is marked, by setting.
#[test]
fn public_exports_are_marked() {
    let Some(folder) = shared("azure-exports") else { return };
    let mut open = vec![folder];
    let mut files = Vec::new();
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else {
            files.push(path);
        }
    }
    files.sort_unstable();
    let mut import = Import::new();
    for path in &files {
        import.add(&path.display().to_string(), &std::fs::read(path).unwrap());
    }
    let imported = import.finish(&CATALOG, &options());
    let mut found: BTreeMap<String, u64> = BTreeMap::new();
    for what in marked(&imported) {
        *found.entry(what.split([' ', '(']).next().unwrap().to_owned()).or_default() += 1;
    }
    let found = found.iter().map(|(what, count)| format!("{what} {count}")).collect::<Vec<_>>();
    assert_eq!(
        found,
        [
            "a 3",
            "connections: 1",
            "expressRouteConnection: 1",
            "expressRouteGateways/expressRouteConnections 2",
            "ipv6PeeringConfig: 3",
            "the 1",
        ]
    );
}
