//! Every routing table and router output of the shared data: read in full, or refused with its reason.
//!
//! One trial for each file. Without the data every trial is ignored, and the runner counts them.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use libtest_mimic::{Failed, Trial};
use peerpath::addr::IpPrefix;
use peerpath::rib::import::{self, ImportNote, ImportedTable, TableFormat};
use peerpath::rib::{Attributes, Communities, DecisionProcess, Learned, Origin};

const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data/bgp");

/// What a file must give.
#[derive(Clone, Copy)]
enum Expected {
    /// Format, routes, distinct attributes, peers, and all notes with their counts.
    Table(TableFormat, usize, usize, usize, &'static [(ImportNote, u64)]),
    /// A part of the message of its refusal.
    Refused(&'static str),
}

use Expected::{Refused, Table};

const TABLE_FOR_THE_EYE: &str = "a router's `show ip bgp`";
const ROUTING_TABLE: &str = "a router's `show ip route`";
const SUMMARY: &str = "a summary of BGP sessions";
const NO_TABLE_IN_JSON: &str = "JSON without `routes`";
const NOT_A_PREFIX: &str = "contains no usable route: not a prefix";
const VPN: &str = "contains no usable route: not a unicast table";
const STATUS: &str = "BIRD's status or list of protocols";
const EXTENDED: &[(ImportNote, u64)] = &[(ImportNote::ExtendedCommunities, 4)];

/// Every file, by its path below the data.
const FILES: &[(&str, Expected)] = &[
    ("table/bart_prefixes.txt.gz", Table(TableFormat::List, 1_062_046, 1, 1, &[])),
    ("mrt/expect/bgpdump_updates.20100722.2015.gz.bgp.gz", Refused("text output of `bgpdump -m`")),
    ("text/birdwatcher_docs__bird-client-server.txt", Refused(NOT_A_PREFIX)),
    ("text/birdwatcher_test__protocols_bgp_pipe.sample", Refused(SUMMARY)),
    ("text/birdwatcher_test__protocols_short.sample", Refused(STATUS)),
    ("text/birdwatcher_test__routes_bird1_ipv4.sample", Table(TableFormat::Bird, 4, 3, 2, EXTENDED)),
    ("text/birdwatcher_test__routes_bird3_ipv4.sample", Table(TableFormat::Bird, 4, 3, 2, EXTENDED)),
    ("text/birdwatcher_test__status1.sample", Refused(STATUS)),
    ("text/birdwatcher_test__status2.sample", Refused(STATUS)),
    ("text/birdwatcher_test__status4.sample", Refused(STATUS)),
    ("text/frr_tests__topotests__all_protocol_startup__r1__show_bgp_ipv6_summary.ref", Refused(SUMMARY)),
    ("text/frr_tests__topotests__all_protocol_startup__r1__show_ip_bgp_summary.ref", Refused(SUMMARY)),
    (
        "text/frr_tests__topotests__bgp_features__r1__show_bgp_metric_test.json",
        Table(TableFormat::FrrJson, 6, 6, 3, &[]),
    ),
    (
        "text/frr_tests__topotests__bgp_features__r2__show_bgp_metric_test.json",
        Table(TableFormat::FrrJson, 6, 6, 3, &[]),
    ),
    (
        "text/frr_tests__topotests__bgp_ipv6_rtadv__r1__bgp_ipv6_routes.json",
        Table(TableFormat::FrrJson, 1, 1, 1, &[]),
    ),
    ("text/frr_tests__topotests__bgp_l3vpn_hidden__pe1__show_bgp_ipv4_vpn.json", Refused(VPN)),
    ("text/frr_tests__topotests__bgp_l3vpn_hidden__pe1__show_bgp_ipv6_vpn.json", Refused(VPN)),
    ("text/frr_tests__topotests__bgp_l3vpn_hidden__rr1__show_bgp_summary.json", Refused(NO_TABLE_IN_JSON)),
    (
        "text/frrexp_collector__testdata__show_bgp_ipv4_unicast_neighbors_advertised_routes.json",
        Table(TableFormat::FrrJson, 2, 1, 1, &[]),
    ),
    ("text/frrexp_collector__testdata__show_bgp_vrf_all_ipv4_summary.json", Refused(NO_TABLE_IN_JSON)),
    ("text/frrexp_collector__testdata__show_version.txt", Refused(NOT_A_PREFIX)),
    ("text/frrexp_collector__testdata__show_vrrp.json", Refused(NO_TABLE_IN_JSON)),
    ("text/ntc_tests__arista_eos__show_ip_bgp__arista_eos_show_ip_bgp2.raw", Refused(TABLE_FOR_THE_EYE)),
    (
        "text/ntc_tests__arista_eos__show_ip_bgp_summary__arista_eos_show_ip_bgp_summary4.raw",
        Refused(SUMMARY),
    ),
    (
        "text/ntc_tests__arista_eos__show_ip_bgp_summary__arista_eos_show_ip_bgp_summary_vrf.raw",
        Refused(SUMMARY),
    ),
    ("text/ntc_tests__arista_eos__show_ip_route__arista_eos_show_ip_route2.raw", Refused(ROUTING_TABLE)),
    ("text/ntc_tests__arista_eos__show_ip_route__arista_eos_show_ip_route_vrf.raw", Refused(ROUTING_TABLE)),
    ("text/ntc_tests__cisco_asa__show_bgp_summary__cisco_asa_show_bgp_summary.raw", Refused(SUMMARY)),
    ("text/ntc_tests__cisco_asa__show_bgp_summary__cisco_asa_show_bgp_summary1.raw", Refused(SUMMARY)),
    ("text/ntc_tests__cisco_asa__show_route__cisco_asa_show_route.raw", Refused(ROUTING_TABLE)),
    ("text/ntc_tests__cisco_ios__show_ip_bgp__cisco_ios_show_ip_bgp3.raw", Refused(TABLE_FOR_THE_EYE)),
    (
        "text/ntc_tests__cisco_ios__show_ip_bgp_neighbors_advertised-routes__show_ip_bgp_neighbors_advertised_routes.raw",
        Refused(TABLE_FOR_THE_EYE),
    ),
    (
        "text/ntc_tests__cisco_ios__show_ip_bgp_neighbors_advertised-routes__show_ip_bgp_neighbors_advertised_routes2.raw",
        Refused(TABLE_FOR_THE_EYE),
    ),
    ("text/ntc_tests__cisco_ios__show_ip_bgp_summary__cisco_ios_show_ip_bgp_summary.raw", Refused(SUMMARY)),
    (
        "text/ntc_tests__cisco_ios__show_ip_bgp_summary__cisco_ios_show_ip_bgp_summary_all.raw",
        Refused(SUMMARY),
    ),
    (
        "text/ntc_tests__cisco_ios__show_ip_bgp_summary__cisco_ios_show_ip_bgp_summary_with_dot.raw",
        Refused(SUMMARY),
    ),
    (
        "text/ntc_tests__cisco_ios__show_ip_bgp_summary__cisco_ios_show_ip_bgp_summary_with_dot_peer_as.raw",
        Refused(SUMMARY),
    ),
    ("text/ntc_tests__cisco_ios__show_ip_route__cisco_ios_show_ip_route1.raw", Refused(ROUTING_TABLE)),
    (
        "text/ntc_tests__cisco_ios__show_ip_route_summary__cisco_ios_show_ip_route_summary2.raw",
        Refused(NOT_A_PREFIX),
    ),
    (
        "text/ntc_tests__cisco_ios__show_ip_route_summary__cisco_ios_show_ip_route_summary3.raw",
        Refused(NOT_A_PREFIX),
    ),
    ("text/ntc_tests__cisco_ios__show_route-map__cisco_ios_show_route-map.raw", Refused("a route map")),
    (
        "text/ntc_tests__cisco_nxos__show_bgp_vrf_all_ipv4_unicast_neighbors_routes__cisco_nxos_show_bgp_vrf_all_ipv4_unicast_neighbors_routes2.raw",
        Refused(TABLE_FOR_THE_EYE),
    ),
    ("text/ntc_tests__cisco_nxos__show_ip_bgp__cisco_nxos_show_ip_bgp1.raw", Refused(TABLE_FOR_THE_EYE)),
];

#[cfg(feature = "mrt")]
const UPDATES: &str = "contains no usable route: an update or state change, not a table entry";

/// MRT files: read or refused by their content.
#[cfg(feature = "mrt")]
const MRT_FILES: &[(&str, Expected)] = &[
    (
        "mrt/bgpdump_bview.ipv4_unicast_add_path.gz",
        Table(TableFormat::Mrt, 62, 32, 3, &[(ImportNote::AttributeWarning, 2)]),
    ),
    ("mrt/bgpdump_updates.20100722.2015.gz", Refused(UPDATES)),
    ("mrt/bgpdump_updates.20160811.1600.gz", Refused(UPDATES)),
    ("mrt/mrtparse_bird-mrtdump_bgp", Refused(UPDATES)),
    (
        "mrt/mrtparse_bird-mrtdump_rib",
        Table(TableFormat::Mrt, 18, 3, 2, &[(ImportNote::AttributeWarning, 6)]),
    ),
    ("mrt/mrtparse_quagga_bgp", Refused(UPDATES)),
    ("mrt/mrtparse_quagga_rib", Table(TableFormat::Mrt, 9, 3, 2, &[])),
    ("mrt/ripe-rrc15_updates.20100227.1610.gz", Refused(UPDATES)),
];

/// Without the reader, every one of them says which build reads it.
#[cfg(not(feature = "mrt"))]
const MRT_FILES: &[(&str, Expected)] =
    &[("mrt/mrtparse_quagga_rib", Refused("build with the feature `mrt`"))];

/// The trials of this suite.
pub(super) fn trials() -> Vec<Trial> {
    let missing = !Path::new(DATA).is_dir();
    let check_file = |(file, expected): &'static (&str, Expected)| {
        Trial::test(format!("file/{file}"), move || check(file, *expected))
    };
    let mut trials: Vec<Trial> = FILES.iter().chain(MRT_FILES).map(check_file).collect();
    trials.push(Trial::test("no_file_is_forgotten", no_file_is_forgotten));
    trials.push(Trial::test("bird_versions_say_the_same", bird_versions_say_the_same));
    trials.push(Trial::test("frr_attributes", frr_attributes));
    trials.push(Trial::test("arista_chose_what_we_choose", arista_chose_what_we_choose));
    trials.into_iter().map(|trial| trial.with_ignored_flag(missing)).collect()
}

fn open(file: &str) -> Result<ImportedTable, import::TableError> {
    import::open(&Path::new(DATA).join(file))
}

fn check(file: &str, expected: Expected) -> Result<(), Failed> {
    match (open(file), expected) {
        (Ok(table), Table(format, routes, attributes, peers, notes)) => {
            let found = (table.format, table.routes.len(), table.attributes.len(), table.peers.len());
            same("format, routes, attributes, peers", &found, &(format, routes, attributes, peers))?;
            let found: Vec<_> = table.notes.iter().map(|(note, count)| (note, count.count)).collect();
            same("notes", &found.as_slice(), &notes)
        }
        (Err(error), Refused(part)) if error.to_string().contains(part) => Ok(()),
        (Err(error), _) => Err(error.to_string().into()),
        (Ok(table), Refused(part)) => {
            Err(format!("{} routes read, expected a refusal with `{part}`", table.routes.len()).into())
        }
    }
}

/// A new file must be given its expectation.
fn no_file_is_forgotten() -> Result<(), Failed> {
    let mut files: Vec<PathBuf> = Vec::new();
    for folder in ["mrt", "mrt/expect", "table", "text"] {
        let entries = fs::read_dir(Path::new(DATA).join(folder)).unwrap();
        files.extend(entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_file()));
    }
    files.sort();
    let known = |name: &str| {
        FILES.iter().chain(MRT_FILES).any(|(file, _)| *file == name)
            || (cfg!(not(feature = "mrt")) && name.starts_with("mrt/"))
    };
    let names = files.iter().map(|file| file.strip_prefix(DATA).unwrap().display().to_string());
    same("files without expectation", &names.filter(|name| !known(name)).collect(), &Vec::<String>::new())
}

/// Prefix, attributes without the peer's address (which only version 3 prints), and the mark.
fn facts(table: &ImportedTable) -> Vec<(String, Attributes, Option<bool>)> {
    table
        .routes
        .iter()
        .map(|imported| {
            let attributes = table.attributes.get(imported.route.attributes).unwrap().clone();
            let attributes = Attributes { peer_address: [0, 0, 0, 0].into(), ..attributes };
            (imported.route.prefix.to_string(), attributes, imported.marked_best)
        })
        .collect()
}

/// The two samples hold one table, printed by BIRD 1.6.3 and 3.0.1.
fn bird_versions_say_the_same() -> Result<(), Failed> {
    let one = open("text/birdwatcher_test__routes_bird1_ipv4.sample")?;
    let three = open("text/birdwatcher_test__routes_bird3_ipv4.sample")?;
    same("routes", &facts(&one), &facts(&three))?;
    let facts = facts(&one);
    let (prefix, attributes, best) = facts.get(2).unwrap();
    same("second path", &(prefix.as_str(), *best), &("200.0.0.0/24", Some(false)))?;
    same(
        "communities",
        &attributes.communities.to_string().as_str(),
        &"9033:3251 65011:3 9033:65666:9 9033:65666:12",
    )?;
    same("path", &attributes.as_path.to_string().as_str(), &"1340")?;
    same("next hop", &attributes.next_hop, &Some([1, 2, 3, 16].into()))?;
    let (_, attributes, best) = facts.first().unwrap();
    same("communities over two lines", &attributes.communities.standard().len(), &50)?;
    same("best", best, &Some(true))
}

fn frr_attributes() -> Result<(), Failed> {
    let table = open("text/frr_tests__topotests__bgp_ipv6_rtadv__r1__bgp_ipv6_routes.json")?;
    let expected = Attributes {
        as_path: "102".parse().unwrap(),
        origin: Origin::Incomplete,
        med: Some(0),
        next_hop: Some("2001:db8:1::2".parse().unwrap()),
        // The plain form has none of any route.
        communities: Communities::UNKNOWN,
        ..Attributes::default()
    };
    same("route", &facts(&table), &vec![("2001:db8:1::/64".to_owned(), expected, Some(true))])
}

/// A real router's choices as oracle: every prefix of its table with several paths, chosen again.
fn arista_chose_what_we_choose() -> Result<(), Failed> {
    let file = "text/ntc_tests__arista_eos__show_ip_bgp__arista_eos_show_ip_bgp2.raw";
    let text = fs::read_to_string(Path::new(DATA).join(file)).unwrap();
    let mut paths: BTreeMap<IpPrefix, Vec<(bool, Attributes)>> = BTreeMap::new();
    for line in text.lines() {
        let words: Vec<&str> = line.split_whitespace().filter(|word| !"*>Ec".contains(word)).collect();
        let [prefix, next_hop, metric, preference, weight, path @ .., origin] = words.as_slice() else {
            continue;
        };
        let (Ok(prefix), Ok(next_hop)) = (prefix.parse(), next_hop.parse()) else { continue };
        let attributes = Attributes {
            local_preference: preference.parse()?,
            weight: weight.parse()?,
            med: Some(metric.parse()?),
            as_path: path.join(" ").parse()?,
            origin: origin.parse()?,
            next_hop: Some(next_hop),
            peer_address: next_hop,
            learned: if path.is_empty() { Learned::Ibgp } else { Learned::Ebgp },
            ..Attributes::default()
        };
        paths.entry(prefix).or_default().push((line.contains('>'), attributes));
    }
    // One prefix of the sample has no active path: its router uses another protocol's route.
    paths.retain(|_, paths| paths.len() > 1 && paths.iter().any(|(active, _)| *active));
    for (prefix, paths) in &paths {
        let candidates: Vec<&Attributes> = paths.iter().map(|(_, attributes)| attributes).collect();
        let selection = DecisionProcess::default().select(&candidates).unwrap();
        let marked = paths.iter().position(|(active, _)| *active).unwrap();
        if !selection.step.is_tie_break() {
            same(&format!("best of {prefix}, by {}", selection.step), &selection.best, &marked)?;
        }
    }
    same("more than twenty prefixes were compared", &(paths.len() > 20), &true)
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, found: &T, expected: &T) -> Result<(), Failed> {
    if found == expected {
        Ok(())
    } else {
        Err(format!("{what}: found {found:?}, expected {expected:?}").into())
    }
}
