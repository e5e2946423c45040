//! Templates of Azure Resource Manager: `tests/import_arm/template.json`, written by us in the shape that
//! Bicep compiles to, says what `expected.yaml` says by hand.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use peerpath::catalog::{Catalog, Cloud};
use peerpath::diag::Source;
use peerpath::engine::{Engine, Inputs};
use peerpath::import::arm::{Template, TemplateError, read};
use peerpath::import::azure::{ImportOptions, SiteOption};
use peerpath::import::{Assumptions, Laid};
use peerpath::network;
use peerpath::network::Network;
use peerpath::network::file::NetworkFile;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests");

fn file(name: &str) -> String {
    std::fs::read_to_string(format!("{FOLDER}/{name}")).unwrap()
}

fn template() -> Value {
    serde_json::from_str(&file("import_arm/template.json")).unwrap()
}

fn read_with_parameters(template: &Value) -> Template {
    let parameters = file("import_arm/parameters.json");
    read(&template.to_string(), Some(&parameters), &Assumptions::default()).unwrap()
}

fn catalog() -> Catalog {
    Catalog::shipped(Cloud::Public).unwrap()
}

fn laid(template: &Template, catalog: &Catalog) -> Laid {
    let base: NetworkFile = serde_saphyr::from_str(&file("import_terraform/plan/base.yaml")).unwrap();
    template.import(catalog, &ImportOptions::default(), Some(&base))
}

fn network(text: &str, catalog: &Catalog) -> Network {
    let (network, diagnostics) = network::read(&Source::new("network.yaml", text), catalog);
    network.unwrap_or_else(|| {
        panic!("{:#?}\n{text}", diagnostics.iter().map(ToString::to_string).collect::<Vec<_>>())
    })
}

/// Each range of both families with its decision and way, of every site.
fn decisions(network: &Network, catalog: &Catalog) -> Vec<String> {
    let mut all = Vec::new();
    for engine in Engine::compile_sites(Inputs::new(network, catalog)).unwrap() {
        let key = |id: &_| {
            let decision = engine.decision(*id);
            format!("{} {:?} {:?}", decision.disposition, decision.prefix, decision.next_hops())
        };
        all.extend(engine.partition4().map(key).iter().map(|(range, key)| format!("{range:?} {key}")));
        all.extend(engine.partition6().map(key).iter().map(|(range, key)| format!("{range:?} {key}")));
    }
    all
}

fn unknowns(template: &Template) -> Vec<String> {
    template.unknown.iter().map(ToString::to_string).collect()
}

#[test]
fn the_template_says_what_the_file_says() {
    let catalog = catalog();
    let template = read_with_parameters(&template());
    assert_eq!(unknowns(&template), Vec::<String>::new());
    let laid = laid(&template, &catalog);
    assert_eq!(laid.unplaced, []);
    let text = laid.imported.network.unwrap();
    // The two files are one, whatever order and layout they have.
    let ours: NetworkFile = serde_saphyr::from_str(&text).unwrap();
    let theirs: NetworkFile = serde_saphyr::from_str(&file("import_arm/expected.yaml")).unwrap();
    assert_eq!(ours, theirs);
    let ours = decisions(&network(&text, &catalog), &catalog);
    assert_eq!(ours, decisions(&network(&file("import_arm/expected.yaml"), &catalog), &catalog));
    assert!(ours.len() > 1000);
    assert_eq!(template.ignored.get("Microsoft.Storage/storageAccounts"), Some(&1));
}

#[test]
fn what_only_a_deployment_knows_is_listed() {
    // A parameter without a value.
    let text = template().to_string();
    let open = read(&text, None, &Assumptions::default()).unwrap();
    let place = "connections/cn-ams.properties.routingWeight";
    assert_eq!(unknowns(&open), [format!("`{place}` is an expression that is not evaluated")]);
    let mut assumptions = Assumptions::default();
    assumptions.add(place, "10");
    let assumed = read(&text, None, &assumptions).unwrap();
    assert_eq!(unknowns(&assumed), Vec::<String>::new());
    let catalog = catalog();
    let network = |template: &Template| laid(template, &catalog).imported.network;
    assert_eq!(network(&assumed), network(&read_with_parameters(&template())));
    assumptions.add("connections/typo.name", "x");
    let error = read(&text, None, &assumptions).unwrap_err();
    assert_eq!(
        error,
        TemplateError::Assumption {
            place: "connections/typo.name".to_owned(),
            nearest: vec![place.to_owned()]
        }
    );
    // With the firewall, its address comes from a reference, and another table's name too.
    let mut value = template();
    value["variables"]["firewall"] = json!(true);
    let found = unknowns(&read_with_parameters(&value));
    assert_eq!(
        found,
        [
            "`routeTables/routes/rt-apps/default.properties.nextHopIpAddress` is an expression that is not evaluated; \
         paths that depend on it are `unknown`",
            "`routeTables/unnamed.name` is an expression that is not evaluated",
        ]
    );
}

#[test]
fn what_is_no_template_is_refused() {
    let none = Assumptions::default();
    let schema = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#";
    let empty = json!({"$schema": schema, "resources": []}).to_string();
    for (text, parameters, expected) in [
        ("{", None, TemplateError::Syntax { what: "the template", line: 1, column: 1 }),
        ("{}", None, TemplateError::NotATemplate),
        ("[]", None, TemplateError::NotATemplate),
        (empty.as_str(), Some("{}"), TemplateError::NoParameters),
        (empty.as_str(), Some("x"), TemplateError::Syntax { what: "the parameter file", line: 1, column: 1 }),
    ] {
        assert_eq!(read(text, parameters, &none).err(), Some(expected), "{text}");
    }
    assert_eq!(read(&empty, None, &none).unwrap().unknown, []);
}

#[test]
fn no_key_is_evaluated() {
    let mut value = template();
    value["parameters"]["key"]["defaultValue"] = json!("dGhpcyBpcyBhIHNlY3JldCBrZXk0MjQyNDI=");
    let template = read_with_parameters(&value);
    let shown = format!("{template:?} {:?}", laid(&template, &catalog()));
    assert!(!shown.contains("dGhpcyBpcyBhIHNlY3JldCBrZXk"));
}

/// Loops in loops come to an end.
#[test]
fn loops_are_bounded() {
    let mut value = template();
    let inner = json!([{"name": "routes", "count": 10_000, "input": {"name": "x", "properties": {
        "copy": [{"name": "rules", "count": 10_000, "input": "[copyIndex('rules')]"}]}}}]);
    value["resources"] = json!([{"type": "Microsoft.Network/routeTables", "name": "[concat('rt', copyIndex())]",
        "copy": {"name": "tables", "count": 10_000}, "properties": {"copy": inner}}]);
    let found = unknowns(&read_with_parameters(&value));
    assert!(found.iter().any(|unknown| unknown.contains("`loop tables.count`")), "{}", found.len());
}

/// Whatever stands where: a template is read or refused, in bounded time.
#[test]
fn mutations_are_read_or_refused() {
    let catalog = catalog();
    let shape = template();
    let mut pointers = Vec::new();
    walk(&shape, String::new(), &mut pointers);
    let odd = prop_oneof![
        Just(Value::Null),
        any::<i64>().prop_map(Value::from),
        "\\[[a-z(),'.\\[\\]0-9]{0,12}\\]".prop_map(Value::from),
        Just(json!("[variables('copy')]")),
        Just(json!("[range(0, 50)]")),
        Just(json!("[reference('filter').outputs.id.value]")),
        prop::sample::select(pointers.clone()).prop_map({
            let shape = shape.clone();
            move |pointer| shape.pointer(&pointer).unwrap().clone()
        }),
    ];
    let edits = prop::collection::vec((prop::sample::select(pointers), odd), 1..6);
    let mut runner = TestRunner::new(Config { cases: 100, failure_persistence: None, ..Config::default() });
    let sites =
        vec![SiteOption { name: "office".to_owned(), prefixes: vec!["192.0.2.0/24".parse().unwrap()] }];
    let options = ImportOptions { sites, ..ImportOptions::default() };
    runner
        .run(&edits, |edits| {
            let mut value = shape.clone();
            for (pointer, with) in edits {
                if let Some(slot) = value.pointer_mut(&pointer) {
                    *slot = with;
                }
            }
            if let Ok(template) = read(&value.to_string(), None, &Assumptions::default()) {
                let text = template.import(&catalog, &options, None).imported.network.unwrap_or_default();
                let (network, diagnostics) = network::read(&Source::new("a.yaml", text.as_str()), &catalog);
                prop_assert!(network.is_some() || diagnostics.has_errors(), "{text}");
                laid(&template, &catalog);
            }
            Ok(())
        })
        .unwrap();
}

fn walk(value: &Value, at: String, found: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                walk(value, format!("{at}/{}", key.replace('~', "~0").replace('/', "~1")), found);
            }
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, item)| walk(item, format!("{at}/{index}"), found));
        }
        _ => {}
    }
    found.push(at);
}
