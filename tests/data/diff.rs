//! The exact difference against a brute force of its own: both sides asked address by address, the slow way
//! wherever it can be afforded, and nothing shared with the comparison's merge or its names.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]
#![expect(clippy::cast_possible_truncation, reason = "random bits are cut to what is needed")]

mod everywhere;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::Path;
use std::sync::OnceLock;

use libtest_mimic::Trial;
use peerpath::addr::{Address, AddressCount, Family, IpPrefix};
use peerpath::catalog::import::{Hint, read as read_feed};
use peerpath::catalog::{Catalog, Cloud};
use peerpath::check::diff::{
    CapturedVolume, Cause, ChangeKind, Crossed, Diff, DiffSide, DiffVerdict, Lists, Presence, Weight,
    common_outages, diff, diff_crossed, weigh, what_if,
};
use peerpath::diag::Source;
use peerpath::engine::{
    Disposition, Engine, Explanation, Inputs, Responder, Responders, ReturnDestination, ReturnVerdict,
    RoutingTable, RoutingTables, SupportVerdict, Vantage, explain_at, return_at, support,
};
use peerpath::network::{self, Network};
use peerpath::report::explain::reason::Names;
use peerpath::rib::{AsPath, Attributes};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;

const DEMO: &str = include_str!("../../examples/demo/network.yaml");
const EDITION: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data/service-tags/ServiceTags_Public_20260525.json");

/// The trials of this suite.
pub(super) fn trials() -> Vec<Trial> {
    let missing = !Path::new(EDITION).is_file();
    let trials = vec![
        trial("a network has no difference to itself", to_itself),
        trial("each alternative against the usual network", alternatives),
        trial("random pairs of networks", random_pairs),
        trial("unknown paths are never unchanged", unknown_is_not_unchanged),
        trial("vantage points of one side", one_sided),
        trial("causes by four evaluations", causes),
        trial("lists are counted exactly", lists),
        trial("flows weigh the change they are in", weights),
        trial("single failures", single_failures),
        trial("the shipped lists against the edition of 2026-05-25", everywhere::editions)
            .with_ignored_flag(missing),
    ];
    trials
}

fn trial(name: &str, run: fn()) -> Trial {
    Trial::test(name, move || {
        run();
        Ok(())
    })
}

// --- networks ----------------------------------------------------------------------------------------

/// A site with everything, a second one, and a virtual network with subnets; `{…}` are holes.
const NETWORK: &str = r"
version: 1
cloud: public
sites:
  - name: here
    prefixes: [10.10.0.0/16, 'fd10::/48']
    internet: {name: edge, nat: [{nat}], {edge}}
    circuits: [{circuits}]
    {site}
  - name: there
    prefixes: [10.11.0.0/16]
    internet: {name: other, nat: [203.0.113.16/28]}
circuits:
  - name: c1
    peering_location: Amsterdam
    sku: {sku}
    bandwidth: 1 Gbps
    microsoft_peering:
      route_filter: [{filter}]
      advertised: [198.51.100.0/28, '2001:db8:100::/64']
      nat: [{pool}]
      {peering}
    private_peering:
      virtual_networks: [hub]
      advertised: [{private}]
  - name: c2
    peering_location: Frankfurt
    sku: standard
    bandwidth: 1 Gbps
    microsoft_peering:
      route_filter: [12076:51003]
      advertised: [198.51.101.0/28, '2001:db8:101::/64']
      nat: [198.51.101.0/28, '2001:db8:101::/64']
virtual_networks:
  - name: hub
    region: westeurope
    prefixes: [{hub}]
    subnets:
      - {name: plain, prefixes: [10.20.1.0/24]}
      - {name: routed, prefixes: [10.20.2.0/24], route_table: table}
route_tables:
  - name: table
    routes:
      - {prefix: 10.10.3.0/24, next_hop: none}
      - {prefix: {udr}, next_hop: internet}
";

/// Each hole with its fills, the usual one first.
const HOLES: [(&str, &[&str]); 11] = [
    ("nat", &["203.0.113.0/28, '2001:db8:113::/64'", "198.51.100.0/28, '2001:db8:100::/64'"]),
    ("edge", &["default_route: both", "default_route: none", "routes: table.txt", "state: down"]),
    ("circuits", &["c1, c2", "c1", "c2", ""]),
    ("site", &["", "vpn: [{name: tunnel, virtual_networks: [hub], advertised: [10.10.0.0/16]}]"]),
    ("sku", &["standard", "premium", "local"]),
    ("filter", &["12076:51002, 12076:51003", "12076:51002", "12076:52002", "12076:51005"]),
    ("pool", &["198.51.100.0/28, '2001:db8:100::/64'", "198.51.102.0/28"]),
    ("peering", &["", "primary: {state: down}", "state: disabled"]),
    ("private", &["10.10.0.0/16, 'fd10::/48'", "10.10.0.0/17", "10.10.0.0/16, 0.0.0.0/0"]),
    ("hub", &["10.20.0.0/16, 'fd20::/48'", "10.20.0.0/17"]),
    ("udr", &["10.99.0.0/16", "20.50.0.0/16"]),
];

fn catalog() -> &'static Catalog {
    static CATALOG: OnceLock<Catalog> = OnceLock::new();
    CATALOG.get_or_init(|| Catalog::shipped(Cloud::Public).unwrap())
}

fn tables() -> &'static RoutingTables {
    static TABLES: OnceLock<RoutingTables> = OnceLock::new();
    TABLES.get_or_init(|| {
        let route = |prefix: &str| {
            let as_path = AsPath::sequence([64500, 8075]);
            (prefix.parse::<IpPrefix>().unwrap(), Attributes { as_path, ..Attributes::default() })
        };
        let table: RoutingTable =
            ["0.0.0.0/0", "20.50.2.0/24", "20.50.0.0/18", "2603:1020::/32"].map(route).into_iter().collect();
        let mut tables = RoutingTables::none();
        tables.insert("table.txt".to_owned(), table);
        tables
    })
}

/// The network with some holes filled otherwise: by hole and fill.
fn text(fills: &[(usize, usize)]) -> String {
    HOLES.iter().enumerate().fold(NETWORK.to_owned(), |text, (hole, (name, all))| {
        let fill = fills.iter().find(|(other, _)| *other == hole).map_or(0, |(_, fill)| *fill);
        text.replace(&format!("{{{name}}}"), all[fill])
    })
}

fn read_on(text: &str, catalog: &Catalog) -> Network {
    let (network, diagnostics) = network::read(&Source::new("network.yaml", text), catalog);
    network.unwrap_or_else(|| {
        panic!("{:?}\n{text}", diagnostics.iter().map(ToString::to_string).collect::<Vec<_>>())
    })
}

fn read(text: &str) -> Network {
    read_on(text, catalog())
}

fn inputs(network: &Network) -> Inputs<'_> {
    Inputs::new(network, catalog()).tables(tables())
}

// --- the brute force ---------------------------------------------------------------------------------

/// What one side says of an address, in words of the test's own.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Stated {
    path: Disposition,
    circuits: Vec<String>,
    sessions: Vec<String>,
    prefix: Option<IpPrefix>,
    reason: String,
    back: Option<(ReturnVerdict, BTreeSet<String>)>,
    support: SupportVerdict,
}

/// By the slow way of deciding.
fn words(inputs: Inputs<'_>, vantage: Vantage, address: IpAddr) -> Stated {
    let reported: Explanation<'_> = explain_at(inputs, vantage, address).unwrap();
    let names = Names { catalog: inputs.catalog, network: Some(inputs.network) };
    let circuits = |ids: &[network::CircuitId]| -> Vec<String> {
        ids.iter().map(|id| inputs.network.circuit(*id).unwrap().name.clone()).collect()
    };
    let session = |next_hop: &peerpath::engine::NextHop| {
        reported.sessions.iter().find(|session| session.id == next_hop.session).unwrap().name.clone()
    };
    // The sentence ends with a place in the file, which moves with every edit.
    let sentence = names.reason(&reported.decision);
    let reason = sentence.rsplit_once(" [").map_or(sentence.as_str(), |(sentence, _)| sentence).to_owned();
    let back = reported.return_path.as_ref().map(|back| {
        let reasons = back.sources.iter();
        let reasons = reasons.map(|one| {
            format!("{:?} {} {:?}", one.site, one.reason.word(), names.links(&one.reason.links()))
        });
        (back.verdict, reasons.collect())
    });
    Stated {
        path: reported.decision.disposition,
        circuits: circuits(reported.decision.circuits()),
        sessions: reported.decision.next_hops().iter().map(session).collect(),
        prefix: reported.decision.prefix,
        reason,
        back,
        support: reported.support.verdict,
    }
}

fn expected(was: &Stated, is: &Stated) -> ChangeKind {
    let unknown = |words: &Stated| ["unknown", "ambiguous"].contains(&words.path.word());
    if unknown(was) && unknown(is) {
        ChangeKind::Unknown
    } else if was.path != is.path {
        ChangeKind::Move
    } else if was == is {
        ChangeKind::Unchanged
    } else {
        ChangeKind::Reason
    }
}

/// Holds one address of a difference to what both sides say; gives what became of it.
#[track_caller]
fn hold(found: &Diff, vantage: usize, address: IpAddr, was: &Stated, is: &Stated) -> ChangeKind {
    let kind = expected(was, is);
    let Some(change) = found.change_at(vantage, address) else {
        assert_eq!(kind, ChangeKind::Unchanged, "{address} from {}: {was:?} {is:?}", found.vantage(vantage));
        return kind;
    };
    assert_eq!(change.kind, kind, "{address} from {}: {was:?} {is:?}", found.vantage(vantage));
    for (id, words) in [(change.from, was), (change.to, is)] {
        let outcome = found.outcome(id);
        let reported =
            (outcome.path, &outcome.circuits, &outcome.connections, outcome.route.prefix, outcome.support);
        assert_eq!(
            reported,
            (words.path, &words.circuits, &words.sessions, words.prefix, words.support),
            "{address}"
        );
        let verdict = outcome.way_back.as_ref().map(|back| back.verdict);
        assert_eq!(verdict, words.back.as_ref().map(|(verdict, _)| *verdict), "{address}");
    }
    assert_eq!(change.from == change.to, was == is, "{address}: {was:?} {is:?}");
    kind
}

/// Where anything begins or ends, and what lies beside it.
fn edges<A: Address>(starts: impl IntoIterator<Item = A>) -> BTreeSet<A> {
    let around = |start: A| [start.previous(), Some(start), start.next()];
    starts.into_iter().flat_map(around).flatten().chain([A::MIN, A::MAX]).collect()
}

/// Every edge of what engines decide and of what changed.
fn probes(found: &Diff, engines: [&Engine; 2]) -> Vec<IpAddr> {
    let (mut v4, mut v6): (Vec<Ipv4Addr>, Vec<Ipv6Addr>) = (Vec::new(), Vec::new());
    for engine in engines {
        v4.extend(engine.partition4().starts());
        v6.extend(engine.partition6().starts());
    }
    for change in &found.changes {
        for end in [change.range.first(), change.range.last()] {
            match end {
                IpAddr::V4(end) => v4.push(end),
                IpAddr::V6(end) => v6.push(end),
            }
        }
    }
    edges(v4).into_iter().map(IpAddr::V4).chain(edges(v6).into_iter().map(IpAddr::V6)).collect()
}

/// Compares two networks and holds the difference to the slow way at so many edges of each vantage point.
fn compare(base: &str, head: &str, most: usize) -> (Diff, BTreeMap<ChangeKind, usize>) {
    let (base, head) = (read(base), read(head));
    let (was, is) = (DiffSide::compile(inputs(&base)).unwrap(), DiffSide::compile(inputs(&head)).unwrap());
    let found = diff(&was, &is).unwrap();
    let mut seen = BTreeMap::new();
    for (index, vantage) in found.vantages.iter().enumerate() {
        let name = vantage.name.as_str();
        let [here, there] = [&base, &head].map(|network| Vantage::named(network, name).unwrap());
        let probes = probes(&found, [was.engine(name).unwrap(), is.engine(name).unwrap()]);
        let step = probes.len().div_ceil(most);
        for address in probes.into_iter().step_by(step) {
            let (was, is) = (words(inputs(&base), here, address), words(inputs(&head), there, address));
            *seen.entry(hold(&found, index, address, &was, &is)).or_default() += 1;
        }
    }
    laws(&found);
    (found, seen)
}

/// What holds of every difference, whatever was compared.
fn laws(found: &Diff) {
    for family in [Family::V4, Family::V6] {
        let whole = AddressCount::power_of_two(if family == Family::V4 { 32 } else { 128 });
        let of_family = found.matrices.iter().filter(|matrix| matrix.family == family);
        assert_eq!(of_family.clone().count(), found.vantages.len());
        assert!(of_family.clone().all(|matrix| matrix.sum() == whole));
    }
    let key = |change: &peerpath::check::diff::Change| (change.vantage, change.range.first());
    assert!(found.changes.is_sorted_by(|left, right| key(left) < key(right)), "ascending");
    for pair in found.changes.windows(2) {
        if let Some(joined) =
            pair[0].range.joined(pair[1].range).filter(|_| pair[0].vantage == pair[1].vantage)
        {
            let same = |one: &peerpath::check::diff::Change| (one.from, one.to, one.cause);
            assert_ne!(same(&pair[0]), same(&pair[1]), "{joined} is one range");
        }
    }
    let groups = found.groups();
    let listed: AddressCount = groups.iter().map(|group| group.addresses).sum();
    assert_eq!(listed, found.changes.iter().map(|change| change.range.count()).sum());
    assert_eq!(groups.iter().map(|group| group.changes.len()).sum::<usize>(), found.changes.len());
    for group in &groups {
        assert_eq!(group.addresses, group.prefixes.iter().map(|prefix| prefix.count()).sum());
    }
}

// --- trials ------------------------------------------------------------------------------------------

fn to_itself() {
    for text in [DEMO.to_owned(), text(&[])] {
        let network = read(&text);
        let side = DiffSide::compile(inputs(&network)).unwrap();
        let found = diff(&side, &side).unwrap();
        assert_eq!(found.verdict(), DiffVerdict::Same);
        assert!(
            found.changes.iter().all(|change| change.kind == ChangeKind::Unknown && change.from == change.to)
        );
        laws(&found);
    }
}

/// One hole filled otherwise at a time. Each kind must show somewhere, or the trial proves little; what is unknown
/// on both sides has a trial of its own.
fn alternatives() {
    let usual = text(&[]);
    let mut seen: BTreeSet<ChangeKind> = BTreeSet::new();
    for (hole, (name, fills)) in HOLES.iter().enumerate() {
        for fill in 1..fills.len() {
            let (found, kinds) = compare(&usual, &text(&[(hole, fill)]), 12);
            assert_eq!(found.verdict(), DiffVerdict::Differs, "{name}: {}", fills[fill]);
            assert!(
                found.changes.iter().all(|change| change.from == change.to || change.cause == Cause::Policy)
            );
            seen.extend(kinds.into_keys());
        }
    }
    let all = [ChangeKind::Move, ChangeKind::Reason, ChangeKind::Unchanged];
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), all);
}

fn random_pairs() {
    let fill = |count: usize| 0..count;
    let fills: Vec<_> = HOLES.iter().map(|(_, all)| fill(all.len())).collect();
    let both = (fills.clone(), fills);
    let mut runner = TestRunner::deterministic();
    for _ in 0..8 {
        let (base, head) = both.new_tree(&mut runner).unwrap().current();
        let filled = |fills: Vec<usize>| text(&fills.into_iter().enumerate().collect::<Vec<_>>());
        compare(&filled(base), &filled(head), 12);
    }
}

/// Where the sources conflict on both sides, nothing is called unchanged; and unknown here, known there is a move.
fn unknown_is_not_unchanged() {
    let storage = text(&[(5, 2)]);
    let network = read(&storage);
    let side = DiffSide::compile(inputs(&network)).unwrap();
    let unknown = diff(&side, &side).unwrap().count(Family::V4, ChangeKind::Unknown);
    assert!(!unknown.is_zero(), "the filter holds a community that the sources conflict about");
    let (lost, _) = compare(&storage, &text(&[(5, 1)]), 12);
    let from_unknown = lost.changes.iter().filter(|change| {
        change.kind == ChangeKind::Move && lost.outcome(change.from).path == Disposition::Ambiguous
    });
    assert!(from_unknown.count() > 0);
    // Still in doubt, but over one session instead of two: other ways are open than before.
    let (fewer, _) = compare(&storage, &text(&[(5, 2), (7, 1)]), 12);
    assert!(fewer.changes.iter().any(|change| fewer.is_doubtful(change)));
}

fn one_sided() {
    let head = text(&[]).replace("name: there", "name: elsewhere");
    let (base, head) = (read(&text(&[])), read(&head));
    let (base, head) = (DiffSide::compile(inputs(&base)).unwrap(), DiffSide::compile(inputs(&head)).unwrap());
    let found = diff(&base, &head).unwrap();
    laws(&found);
    let presence = |name: &str| found.vantages.iter().find(|vantage| vantage.name == name).unwrap().presence;
    assert_eq!([presence("there"), presence("elsewhere")], [Presence::Removed, Presence::Added]);
    for (name, kind) in [("there", ChangeKind::Removed), ("elsewhere", ChangeKind::Added)] {
        let matrices = found.matrices.iter().filter(|matrix| found.vantage(matrix.vantage) == name);
        for matrix in matrices {
            assert_eq!(matrix.count(kind), matrix.whole(), "none of it is unchanged");
        }
    }
    assert_eq!(found.verdict(), DiffVerdict::Differs);
    let none: [String; 1] = ["here".to_owned()];
    let network = read(&text(&[]));
    let only = DiffSide::compile_from(inputs(&network), &none).unwrap();
    assert_eq!(only.names().collect::<Vec<_>>(), ["here"]);
}

/// Two editions of our own: West Europe loses 20.50.0.0/18 and gains 20.60.0.0/16.
fn feeds() -> [Catalog; 2] {
    let feed = |change: u32, prefixes: &str| {
        let text = format!(
            r#"{{"changeNumber": {change}, "cloud": "Public", "values": [{{"name": "AzureCloud.westeurope",
            "id": "AzureCloud.westeurope", "properties": {{"changeNumber": 1, "region": "westeurope", "regionId": 18,
            "platform": "Azure", "systemService": "", "addressPrefixes": [{prefixes}], "networkFeatures": []}}}}]}}"#
        );
        let (feed, _) = read_feed(&format!("tags-{change}.json"), text.as_bytes(), &Hint::default()).unwrap();
        Catalog::builder(Cloud::Public).add(feed).build().unwrap()
    };
    [feed(1, r#""203.0.112.0/24", "9.9.0.0/16""#), feed(2, r#""9.9.0.0/16", "9.10.0.0/16", "9.11.0.0/16""#)]
}

fn causes() {
    let [old, new] = feeds();
    let circuit = |filter: &str, extra: &str| {
        format!(
            "version: 1\ncloud: public\nsites:\n  - name: here\n    prefixes: [10.10.0.0/16]\n    internet: {{name: edge}}\n    \
             circuits: [c1]\n{extra}circuits:\n  - name: c1\n    peering_location: Amsterdam\n    sku: premium\n    \
             bandwidth: 1 Gbps\n    microsoft_peering:\n      route_filter: [{filter}]\n"
        )
    };
    let routes = "    static_routes:\n      - {prefix: 9.11.0.0/16, via: discard}\n";
    let base = circuit("12076:51003", "");
    let head = circuit("12076:51002", routes);
    let networks = [(&base, &old), (&head, &new), (&head, &old), (&base, &new)]
        .map(|(text, lists)| (read_on(text, lists), lists));
    let sides =
        networks.each_ref().map(|(network, lists)| DiffSide::compile(Inputs::new(network, lists)).unwrap());
    let crossed = Crossed { policy_only: Some(&sides[2]), feed_only: Some(&sides[3]) };
    let found = diff_crossed(&sides[0], &sides[1], crossed).unwrap();
    laws(&found);
    let cause = |address: &str| found.change_at(0, address.parse().unwrap()).map(|change| change.cause);
    // Held by both editions: the filter alone brings it. Only by the new one: the filter would not on the old lists.
    assert_eq!(cause("9.9.0.1"), Some(Cause::Policy));
    assert_eq!(cause("9.10.0.1"), Some(Cause::OnlyBoth));
    // A static route of the head leads there on either edition.
    assert_eq!(cause("9.11.0.1"), Some(Cause::Policy));
    // Every other cause by the rule itself, address by address, over all four evaluations.
    let vantage = Vantage::named(&networks[0].0, "here").unwrap();
    for change in found.changes.iter().step_by(found.changes.len().div_ceil(40)) {
        let at = change.range.first();
        let [was, is, policy, feed] =
            networks.each_ref().map(|(network, lists)| words(Inputs::new(network, lists), vantage, at));
        let brings = |alone: &Stated| if was.path == is.path { *alone == is } else { alone.path == is.path };
        let expected = match (brings(&policy), brings(&feed)) {
            (true, false) => Cause::Policy,
            (false, true) => Cause::Feed,
            (true, true) => Cause::Either,
            (false, false) => Cause::OnlyBoth,
        };
        assert_eq!(change.cause, expected, "{}", change.range);
    }
    let untold = diff(&sides[0], &sides[1]).unwrap();
    assert!(untold.changes.iter().all(|change| change.cause == Cause::Untold));
    let feed = diff(&sides[0], &sides[3]).unwrap();
    assert!(!feed.changes.is_empty() && feed.changes.iter().all(|change| change.cause == Cause::Feed));
}

fn lists() {
    let (found, _) = compare(&text(&[]), &text(&[(5, 1)]), 4);
    let mut lists = Lists::new(catalog(), catalog());
    for group in found.groups().iter().filter(|group| group.kind == ChangeKind::Move) {
        for held in lists.of(&found.ranges(group)) {
            let count: AddressCount = group
                .prefixes
                .iter()
                .filter(|_| held.kind.word() == "tag")
                .map(|prefix| {
                    let own = &catalog().tag(&held.name).unwrap().prefixes;
                    let inside = own.iter().copied().filter(|own| prefix.covers(*own));
                    let outer = inside
                        .clone()
                        .filter(|one| !inside.clone().any(|other| other != *one && other.covers(*one)));
                    if own.iter().any(|own| own.covers(*prefix)) {
                        prefix.count()
                    } else {
                        outer.map(IpPrefix::count).sum()
                    }
                })
                .sum();
            if held.kind.word() == "tag" {
                assert_eq!((held.base, held.head), (count, count), "{}", held.name);
            }
        }
    }
}

fn weights() {
    let (found, _) = compare(&text(&[]), &text(&[(5, 3)]), 4);
    let moved = found.changes.iter().find(|change| change.kind == ChangeKind::Move).unwrap();
    let weight = |vantage: &str, remote: IpAddr, bytes: u64| Weight {
        vantage: vantage.to_owned(),
        remote,
        volume: CapturedVolume { flows: 1, packets: 2, bytes },
    };
    let name = found.vantage(moved.vantage);
    let (first, last) = (moved.range.first(), moved.range.last());
    let weighed = weigh(
        &found,
        [
            weight(name, first, 100),
            weight(name, first, 10),
            weight(name, last, 1),
            weight(name, "9.9.9.9".parse().unwrap(), 1000),
            weight("nowhere", first, 10_000),
        ],
    );
    assert_eq!(
        (weighed.total.bytes, weighed.changed.bytes, weighed.not_compared.bytes),
        (11_111, 111, 10_000)
    );
    let groups = found.groups();
    let hosts: Vec<_> = groups.iter().flat_map(|group| weighed.hosts(group)).collect();
    assert_eq!(hosts.iter().map(|host| host.volume.bytes).sum::<u64>(), 111);
    assert_eq!(hosts.iter().map(|host| host.volume.packets).sum::<u64>(), 6);
}

fn single_failures() {
    let (base, head) = (read(&text(&[])), read(&text(&[(5, 1)])));
    let (was, is) = (DiffSide::compile(inputs(&base)).unwrap(), DiffSide::compile(inputs(&head)).unwrap());
    let found = diff(&was, &is).unwrap();
    // North Europe is on both circuits, so its loss on one moves nothing while the other is up.
    let all = what_if(inputs(&base), inputs(&head), &["here".to_owned()], &found).unwrap();
    assert_eq!(all.len(), common_outages(&base, &head).len());
    let of = |name: &str| all.iter().find(|one| one.failure == name).unwrap();
    assert!(of("circuit c2").is_worse());
    assert!(!of("circuit c1").is_worse());
    assert!(!of("session c1/private/primary").is_worse());
}
