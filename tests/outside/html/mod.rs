//! The page that `html` writes: what holds of its text, and what a browser makes of it.
//!
//! The browser's trials need Chromium (Debian package), node, and from npm axe-core and playwright-core, which
//! `.ci/run` installs into `target/browser`. Without them they count as ignored; with `PEERPATH_REQUIRE_BROWSER=1`
//! they fail.

#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test fails by panicking, and says where it is"
)]

mod markup;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use libtest_mimic::{Failed, Trial};
use peerpath::report::{
    Cell, CircuitNode, Column, ColumnKind, Format, Note, RenderOptions, Report, SiteNode, SpokeNode,
    Topology, TunnelNode, View, VirtualNetworkNode, WanNode,
};

use markup::Tag;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const CAPTURE: &str = "examples/demo/capture.pcap";
const NETWORK: [&str; 2] = ["--network", "examples/demo/network.yaml"];
const SCENARIO: [&str; 2] = ["--scenario", "examples/demo/scenario.yaml"];

/// The trials of this suite; `list`: they are only listed.
pub(super) fn trials(list: bool) -> Vec<Trial> {
    let missing = missing();
    let required = std::env::var("PEERPATH_REQUIRE_BROWSER").is_ok_and(|value| value == "1");
    if let (Some(missing), false) = (&missing, required || list) {
        eprintln!("html: no browser, {missing} is missing; `.ci/run` installs what is needed");
    }
    let ignored = missing.is_some() && !required;
    type Run = fn() -> Result<(), Failed>;
    let text: [(&str, fn()); 8] = [
        ("pages_are_well_formed", well_formed),
        ("pages_load_nothing", load_nothing),
        ("the_same_report_gives_the_same_bytes", same_bytes),
        ("what_users_wrote_is_text", hostile_text),
        ("the_page_says_the_figures", figures),
        ("the_picture_draws_what_the_file_has", drawn),
        ("managers_find_scope_and_next_step", managers),
        ("a_page_is_no_larger_than_a_browser_bears", bounded),
    ];
    let seen: [(&str, Run); 2] =
        [("pages_are_good_in_a_browser", in_browser), ("a_bad_page_is_refused", bad_page)];
    let seen = seen.map(|(name, run)| Trial::test(name, run).with_ignored_flag(ignored));
    let trials = text
        .into_iter()
        .map(|(name, run)| {
            Trial::test(name, move || {
                run();
                Ok(())
            })
        })
        .chain(seen);
    trials.collect()
}

/// What the browser's trials lack.
fn missing() -> Option<String> {
    for name in ["axe-core/axe.min.js", "playwright-core/package.json"] {
        if !modules().join(name).exists() {
            return Some(format!("target/browser/node_modules/{name}"));
        }
    }
    ["node", "chromium"].into_iter().find(|name| program(name).is_none()).map(str::to_owned)
}

fn modules() -> PathBuf {
    Path::new(ROOT).join("target/browser/node_modules")
}

fn program(name: &str) -> Option<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH")?)
        .map(|folder| folder.join(name))
        .find(|path| path.is_file())
}

/// The page of a run of the program.
fn page(command: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_peerpath"))
        .env("SOURCE_DATE_EPOCH", "1782086400")
        .args(command)
        .args(["--format", "html", "--quiet"])
        .current_dir(ROOT)
        .output()
        .unwrap();
    assert!(output.status.code().is_some_and(|code| code < 2), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn simulated(more: &[&str]) -> String {
    page(&[&["replay", CAPTURE], &NETWORK[..], &SCENARIO, more].concat())
}

fn swept() -> String {
    page(&[&["sweep", NETWORK[1], CAPTURE][..], &SCENARIO].concat())
}

/// Appliances, spokes, virtual hubs and links between sites are in the picture, and in its words.
fn drawn() {
    for (scenario, wanted) in [
        (
            "firewalls/firewall-between-a-hub-and-its-spoke",
            vec![">Spokes</text>", ">AzureFirewallSubnet<", ">subnet app</text>", "hub to a: "],
        ),
        ("firewalls/firewall-on-both-ways", vec!["hub to a: ", "hub to b: "]),
        (
            "virtual-hubs/internet-from-a-site-that-nothing-leads-back-to",
            vec![">virtual hub</text>", "hub-weu to v1: ", "dc to branch over leased: "],
        ),
    ] {
        let network = format!("tests/scenarios/{scenario}/network.yaml");
        let page = page(&["replay", CAPTURE, "--network", &network]);
        for words in wanted {
            assert!(page.contains(words), "{scenario}: no `{words}`");
        }
    }
    assert!(!page(&["replay", CAPTURE, NETWORK[0], NETWORK[1]]).contains(">Spokes</text>"));
}

fn rendered(report: &Report) -> String {
    let mut bytes = Vec::new();
    Format::Html.renderer(RenderOptions::default()).unwrap().render(report, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

/// Every kind of page, by name.
fn pages() -> &'static [(&'static str, String)] {
    static PAGES: OnceLock<Vec<(&str, String)>> = OnceLock::new();
    PAGES.get_or_init(all_pages)
}

fn all_pages() -> Vec<(&'static str, String)> {
    vec![
        ("simulation", simulated(&[])),
        (
            "variants",
            simulated(&["--variant", "examples/demo/maintenance.yaml", "--bucket", "10", "--top", "0"]),
        ),
        ("sweep", swept()),
        ("sweep-pairs", page(&["sweep", NETWORK[1], CAPTURE, "--depth", "2", "--top", "0"])),
        ("one-view", simulated(&["--view", "fates"])),
        ("demo", page(&["demo"])),
        ("no-network", page(&["replay", CAPTURE, "--by", "time", "--by", "flow"])),
        ("check", page(&["check", "examples/demo/network.yaml"])),
        ("map", page(&["map", "examples/guide/network.yaml"])),
        ("awkward", rendered(&awkward())),
        ("awkward-sweep", rendered(&awkward_sweep())),
        ("empty", rendered(&Report::new("peerpath.replay/1", "0.0.0"))),
    ]
}

/// Names as no one should give them, and a network with much in it.
fn awkward() -> Report {
    let long = "a-name-that-goes-on-".repeat(8);
    let hostile = "<script src=\"https://example.com/x.js\">alert('x')</script>&amp;\u{202e}".to_owned();
    let mut report = Report::new("peerpath.replay/1", "0.0.0");
    report.notes = vec![Note::warning(&hostile), Note::advice(&long)];
    let circuit = |index: usize| CircuitNode {
        name: format!("{long}{index}"),
        peering_location: hostile.clone(),
        provider: index.is_multiple_of(2).then(|| long.clone()),
        bandwidth: "1 Gbps".to_owned(),
        microsoft_peering: index != 1,
        private_peering: (index != 2).then(|| vec!["hub".to_owned(), long.clone()]),
        connections_up: [true, index == 0],
    };
    let circuits: Vec<CircuitNode> = (0..3).map(circuit).collect();
    let site = |index: usize| SiteNode {
        name: format!("{hostile}{index}"),
        internet: (index != 1).then(|| long.clone()),
        circuits: circuits.iter().map(|circuit| circuit.name.clone()).collect(),
        tunnels: vec![TunnelNode { name: hostile.clone(), virtual_networks: vec!["hub".to_owned()] }],
    };
    report.topology = Some(Topology {
        name: hostile.clone(),
        sites: (0..5).map(site).collect(),
        circuits,
        virtual_networks: ["hub", &long]
            .map(|name| VirtualNetworkNode {
                name: name.to_owned(),
                is_hub: name != "hub",
                appliances: vec![format!("{name}/{hostile}")],
                subnets: vec![hostile.clone()],
            })
            .into(),
        spokes: (0..3)
            .map(|index| SpokeNode {
                name: format!("{hostile}{index}"),
                hubs: vec!["hub".to_owned(), long.clone()],
                appliances: Vec::new(),
                subnets: vec![long.clone(); index],
            })
            .collect(),
        wan: vec![WanNode {
            name: long.clone(),
            sites: (0..3).map(|index| format!("{hostile}{index}")).collect(),
        }],
    });
    let columns = [
        Column::new("path", ColumnKind::Text, "a path"),
        Column::new("circuits", ColumnKind::List, "circuits"),
        Column::new("ip_bytes", ColumnKind::Bytes, "bytes"),
    ];
    let mut view = View::new("path", &columns);
    for (path, bytes) in [("internet", u64::MAX / 4), (hostile.as_str(), 1), ("private-peering", 0)] {
        view.push(vec![Cell::from(path), Cell::List(vec![long.clone(), hostile.clone()]), Cell::from(bytes)]);
    }
    report.views.push(view);
    report.views.push(View::new(hostile, &columns));
    report
}

/// Failures with names as no one should give them, links past their rates, and amounts past any sum.
fn awkward_sweep() -> Report {
    let long = "a-name-that-goes-on-".repeat(8);
    let hostile = "<b onclick=\"x()\">'\u{202e}".to_owned();
    let mut report = Report::new("peerpath.sweep/1", "0.0.0");
    let bytes = |name| Column::new(name, ColumnKind::Bytes, "bytes");
    let columns = [
        Column::new("outage", ColumnKind::Text, "what fails"),
        Column::new("verdict", ColumnKind::Text, "the gravest"),
        bytes("kept_ip_bytes"),
        bytes("lost_ip_bytes"),
        bytes("leaked_ip_bytes"),
        bytes("over_capacity_ip_bytes"),
        Column::new("worst_link", ColumnKind::Text, "a link"),
        Column::new("worst_permille", ColumnKind::Integer, "thousandths"),
    ];
    let mut view = View::new("sweep", &columns);
    let amounts = [[0, 0, 0, 0, 0], [1, u64::MAX, u64::MAX, 7, 9_000], [u64::MAX, u64::MAX, 1, 0, 1_001]];
    let names = ["none".to_owned(), hostile.clone(), long.clone()];
    for (name, [kept, lost, leaked, over, permille]) in names.into_iter().zip(amounts) {
        view.push(vec![
            Cell::from(name),
            Cell::from("leaked"),
            Cell::from(kept),
            Cell::from(lost),
            Cell::from(leaked),
            Cell::from(over),
            Cell::from(long.as_str()),
            Cell::from(permille),
        ]);
    }
    report.views.push(view);
    let mut services =
        View::new("services", &[Column::new("service", ColumnKind::Text, "a service"), bytes("ip_bytes")]);
    services.push(vec![Cell::from(hostile), Cell::from(0)]);
    services.push(vec![Cell::from(long), Cell::from(u64::MAX)]);
    report.views.push(services);
    report
}

fn well_formed() {
    for (name, page) in pages() {
        let tags = markup::tags(page).map_err(|fault| format!("{name}: {fault}")).unwrap();
        let ids: Vec<&str> = tags.iter().filter_map(|tag| tag.attribute("id")).collect();
        let unique: BTreeSet<&str> = ids.iter().copied().collect();
        assert_eq!(ids.len(), unique.len(), "{name}: an id is there twice");
        let references = tags.iter().flat_map(|tag| {
            let labels = tag.attribute("aria-labelledby").into_iter().flat_map(str::split_whitespace);
            labels.chain(tag.attribute("href").and_then(|href| href.strip_prefix('#')))
        });
        for reference in references {
            assert!(unique.contains(reference), "{name}: nothing has the id `{reference}`");
        }
        let of = |wanted: &str| tags.iter().filter(|tag| tag.name == wanted).collect::<Vec<&Tag>>();
        assert!(page.starts_with("<!DOCTYPE html>"), "{name}");
        assert_eq!(of("html").first().and_then(|tag| tag.attribute("lang")), Some("en"), "{name}");
        assert_eq!((of("h1").len(), of("main").len(), of("script").len()), (1, 1, 0), "{name}");
        assert_eq!(of("table").len(), of("caption").len(), "{name}: a table has no caption");
        assert!(of("th").iter().all(|tag| tag.attribute("scope").is_some()), "{name}: a header has no scope");
        let pictures = of("svg").into_iter().filter(|tag| tag.attribute("aria-hidden").is_none());
        for picture in pictures {
            assert_eq!(picture.attribute("role"), Some("img"), "{name}");
            assert!(picture.attribute("aria-labelledby").is_some(), "{name}");
        }
        let levels = tags.iter().filter_map(|tag| tag.name.strip_prefix('h')?.parse::<u32>().ok());
        let mut last = 0;
        for level in levels {
            assert!(level <= last + 1, "{name}: a heading of level {level} follows one of level {last}");
            last = level;
        }
    }
}

fn load_nothing() {
    for (name, page) in pages() {
        let tags = markup::tags(page).unwrap();
        let policy = tags.iter().find(|tag| tag.attribute("http-equiv") == Some("Content-Security-Policy"));
        let wanted = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";
        assert_eq!(policy.and_then(|tag| tag.attribute("content")), Some(wanted), "{name}");
        for tag in &tags {
            for attribute in ["src", "srcset", "xlink:href", "data", "action", "poster"] {
                assert_eq!(tag.attribute(attribute), None, "{name}: <{}> loads something", tag.name);
            }
            assert!(!["link", "iframe", "object", "embed", "base"].contains(&tag.name.as_str()), "{name}");
            if let Some(href) = tag.attribute("href") {
                let link = tag.name == "a"
                    && (href.starts_with('#') || href.starts_with("https://learn.microsoft.com/"));
                // A shape of the page itself.
                let shape = tag.name == "use" && href.starts_with('#');
                assert!(link || shape, "{name}: <{}> {href}", tag.name);
            }
        }
        for (index, _) in page.match_indices("url(") {
            assert!(page[index..].starts_with("url(#"), "{name}: a style loads something");
        }
        assert!(!page.contains("@import"), "{name}");
    }
}

fn same_bytes() {
    let arguments = ["--variant", "examples/demo/maintenance.yaml"];
    assert!(simulated(&arguments) == simulated(&arguments));
    assert!(rendered(&awkward()) == rendered(&awkward()));
}

fn hostile_text() {
    let page = rendered(&awkward());
    assert!(!page.contains("<script") && page.contains("&lt;script"));
    assert!(!page.contains('\u{202e}'), "a mark that reorders text is in the page");
}

/// The demo's figures as the transcripts have them: 12,649,464 of 14,189,118 bytes arrive, 437,237 leak.
fn figures() {
    let page = simulated(&[]).replace('\u{a0}', " ");
    let wanted = [
        "Replay of examples/demo/capture.pcap through contoso",
        "(the compliance scope) were sent over the internet",
        "1.54 MB (11 %)",
        "89 % of the offered bytes",
        "add a circuit that takes over; detect failures sooner",
        "437 kB",
        "primary: 1.09 MB",
        "down 2:00–8:00",
        "down 5:00–8:00",
        "12,649,464",
        "1,006,573",
        "N-1",
        "533 kB dropped where their route points",
        "4.59 ms",
        "221 kB leaked to the internet",
    ];
    for text in wanted {
        assert!(page.contains(text), "`{text}` is not in the page");
    }
    let variants = simulated(&["--variant", "examples/demo/maintenance.yaml"]).replace('\u{a0}', " ");
    assert!(variants.contains("The variants side by side") && variants.contains("14.2 MB"));
    // As the transcript of `sweep` has them.
    let sweep = swept().replace('\u{a0}', " ");
    let wanted = [
        "Every failure of contoso",
        "The most severe is <strong>circuit er-ams</strong>: 1.66 MB (12 %) in the compliance scope sent over the internet, 1.78 MB (13 %) lost",
        "3 send traffic in the compliance scope to the internet, 2 lose traffic",
        "lost until detection, within 1 min: <span class=\"amount\">34.5 kB</span>",
        "highest utilization: edge-ams",
    ];
    for text in wanted {
        assert!(sweep.contains(text), "`{text}` is not in the page");
    }
    let view = simulated(&["--view", "fates"]);
    assert!(!view.contains("id=\"links\"") && view.contains("id=\"conversations\""));
}

/// The pages of a failure and of all failures, as a manager gets them: scope and consequence by name, what to do, dates,
/// maintenance in the picture, and of a size for mail.
fn managers() {
    let network = "examples/guide/network.yaml";
    let scenario = ["--scenario", "examples/guide/scenario.yaml"];
    let capture = "examples/guide/capture.pcap";
    let failure = page(&[&["replay", capture, "--network", network][..], &scenario].concat());
    let failures = page(&[&["sweep", network, capture, "--scale", "100"][..], &scenario].concat());
    let critical = |scenario: &str| {
        page(&["replay", "examples/guide/critical.pcap", "--network", network, "--scenario", scenario])
    };
    assert!(critical("examples/guide/critical.yaml").contains("Critical traffic keeps its bounds"));
    let missed = critical("examples/guide/without-qos.yaml");
    assert!(missed.contains("misses its bounds on delay or loss: apps, calls"));
    assert!(missed.contains("give critical traffic a class of its own"));
    let both =
        ["Power Platform (the compliance scope)", "What to do:", "lists: service tags 406 (2026-06-22)"];
    let one =
        ["traffic from 2026-06-22 07:40 UTC", ">maint. 3:00:00–3:10:00<", "maintenance 3:10:00–3:20:00"];
    let all = ["In none of them does traffic of", "Without any failure, the outcome of"];
    for (page, wanted) in [(&failure, &one[..]), (&failures, &all[..])] {
        let words = page.replace('\u{a0}', " ");
        for text in both.iter().chain(wanted) {
            assert!(words.contains(text), "`{text}` is not in the page");
        }
        assert!(page.len() < 300_000, "{} bytes", page.len());
    }
}

/// Rows past what a table shows are counted, with the format that has them; up to there all are shown.
fn bounded() {
    let columns =
        [Column::new("client", ColumnKind::Text, "who"), Column::new("ip_bytes", ColumnKind::Bytes, "bytes")];
    let page = |rows: u64| {
        let mut view = View::new("flow", &columns);
        (0..rows).for_each(|row| view.push(vec![Cell::from(format!("client {row}")), Cell::from(row)]));
        let mut report = Report::new("peerpath.replay/1", "0.0.0");
        report.views.push(view);
        rendered(&report).replace('\u{a0}', " ")
    };
    let whole = page(2_000);
    assert!(whole.contains("client 1999<") && !whole.contains("are omitted"));
    let cut = page(300_000);
    assert!(cut.contains("client 1999<") && !cut.contains("client 2000<"));
    assert!(cut.contains("2,000 of 300,000"), "the caption says how many are shown");
    assert!(cut.contains("298,000 of these 300,000 rows are omitted"));
    assert!(cut.contains("<code>--out ndjson=FILE</code> writes all of them"));
    assert!(cut.len() < whole.len() + 1_000, "{} bytes", cut.len());
    markup::tags(&cut).unwrap();
}

/// What the browser finds wrong with pages.
fn looked_at(pages: &[(&str, String)]) -> Result<Vec<String>, Failed> {
    let folder = tempfile::tempdir()?;
    let mut command = Command::new("node");
    command.arg(Path::new(ROOT).join("tests/outside/html/look.cjs")).arg(modules());
    command.arg(program("chromium").ok_or("no chromium")?);
    for (name, page) in pages {
        let file = folder.path().join(format!("{name}.html"));
        fs::write(&file, page)?;
        command.arg(file);
    }
    let output = command.output()?;
    match output.status.code() {
        Some(0 | 1) => Ok(String::from_utf8(output.stdout)?.lines().map(str::to_owned).collect()),
        _ => Err(format!("{command:?}:\n{}", String::from_utf8_lossy(&output.stderr)).into()),
    }
}

fn in_browser() -> Result<(), Failed> {
    let found = looked_at(pages())?;
    if found.is_empty() { Ok(()) } else { Err(found.join("\n").into()) }
}

/// The script sees what is wrong.
fn bad_page() -> Result<(), Failed> {
    let bad = "<!DOCTYPE html><html><head><title>x</title></head><body><div style=\"width:2000px;color:#eee;\
               background:#fff\">pale</div><img src=\"missing.png\"></body></html>";
    let found = looked_at(&[("bad", bad.to_owned())])?.join("\n");
    for wanted in [
        "request: ",
        "overflow: 20",
        "axe: html-has-lang (serious)",
        "axe: image-alt (critical)",
        "axe: color-contrast",
    ] {
        assert!(found.contains(wanted), "`{wanted}` is not in\n{found}");
    }
    Ok(())
}
