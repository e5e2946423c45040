//! Conformance: cases as data, run for every implementation; each case is a test with a name.
//!
//! `lpm/<table>/<case>`, `prefix-parse/<parser>/<text>`, `partition/<case>`, `bestpath/<case>`,
//! `route-map/<case>`, `prefix-list/<case>`, `community/<pattern>`. A new table is one line in
//! [`Tables`] and no new case.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod rib;

use std::net::{Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use libtest_mimic::{Failed, Trial};
use peerpath::addr::{Address, AddressRange, IpPrefix, Partition, Prefix, PrefixError};
use peerpath::fib::{CompiledV4, CompiledV6, LinearTable, Lpm, NextHopId, TrieTable};
use serde::Deserialize;

/// The trials of this suite.
pub(super) fn trials() -> Vec<Trial> {
    let mut trials = lpm_trials();
    trials.extend(prefix_trials());
    trials.extend(partition_trials());
    trials.extend(rib::trials());
    trials
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum FamilyName {
    V4,
    V6,
}

/// Builds a table from routes in order of insertion, and removes some again.
type BuildTable<A> = fn(&[(Prefix<A>, NextHopId)], &[Prefix<A>]) -> Box<dyn Lpm<A>>;

/// What differs between the families: the tables that exist for each.
trait Tables: Address {
    /// Name and constructor of every table.
    fn tables() -> Vec<(&'static str, BuildTable<Self>)>;
}

impl Tables for Ipv4Addr {
    fn tables() -> Vec<(&'static str, BuildTable<Self>)> {
        let compiled: BuildTable<Self> =
            |routes, removed| Box::new(CompiledV4::from_partition(&partition_of(routes, removed)));
        vec![("linear", linear), ("trie", trie), ("compiled", compiled)]
    }
}

impl Tables for Ipv6Addr {
    fn tables() -> Vec<(&'static str, BuildTable<Self>)> {
        let compiled: BuildTable<Self> =
            |routes, removed| Box::new(CompiledV6::from_partition(&partition_of(routes, removed)));
        vec![("linear", linear), ("trie", trie), ("compiled", compiled)]
    }
}

fn linear<A: Address>(routes: &[(Prefix<A>, NextHopId)], removed: &[Prefix<A>]) -> Box<dyn Lpm<A>> {
    Box::new(kept(routes, removed).collect::<LinearTable<A>>())
}

fn trie<A: Address>(routes: &[(Prefix<A>, NextHopId)], removed: &[Prefix<A>]) -> Box<dyn Lpm<A>> {
    let mut table: TrieTable<A> = routes.iter().copied().collect();
    for prefix in removed {
        table.remove(*prefix).unwrap();
    }
    Box::new(table)
}

fn partition_of<A: Address>(
    routes: &[(Prefix<A>, NextHopId)],
    removed: &[Prefix<A>],
) -> Partition<A, Option<NextHopId>> {
    Partition::from_lpm(kept(routes, removed).map(|(prefix, id)| (prefix, Some(id))), None)
}

fn kept<A: Address>(
    routes: &[(Prefix<A>, NextHopId)],
    removed: &[Prefix<A>],
) -> impl Iterator<Item = (Prefix<A>, NextHopId)> {
    routes.iter().copied().filter(|(prefix, _)| !removed.contains(prefix))
}

/// One case of `lpm.yaml`.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct LpmCase {
    name: String,
    family: FamilyName,
    #[serde(default, rename = "reference")]
    _reference: String,
    routes: Vec<(String, u32)>,
    #[serde(default)]
    removed: Vec<String>,
    lookups: Vec<(String, Option<u32>)>,
}

fn lpm_trials() -> Vec<Trial> {
    let cases: Vec<LpmCase> = read(include_str!("../conformance/lpm.yaml"));
    cases
        .into_iter()
        .flat_map(|case| match case.family {
            FamilyName::V4 => lpm_trials_of::<Ipv4Addr>(&case),
            FamilyName::V6 => lpm_trials_of::<Ipv6Addr>(&case),
        })
        .collect()
}

fn lpm_trials_of<A: Tables>(case: &LpmCase) -> Vec<Trial> {
    let trial = |(table, build): (&str, BuildTable<A>)| {
        let case = case.clone();
        Trial::test(format!("lpm/{table}/{}", case.name), move || {
            let routes: Vec<_> = case
                .routes
                .iter()
                .map(|(prefix, id)| (parse(prefix), NextHopId::new(*id).unwrap()))
                .collect();
            let removed: Vec<_> = case.removed.iter().map(|prefix| parse(prefix)).collect();
            check_lookups(build(&routes, &removed).as_ref(), &case.lookups)
        })
    };
    A::tables().into_iter().map(trial).collect()
}

fn check_lookups<A: Address>(table: &dyn Lpm<A>, lookups: &[(String, Option<u32>)]) -> Result<(), Failed> {
    for (address, expected) in lookups {
        let found = table.lookup(parse(address)).map(NextHopId::index);
        same(&format!("lookup of {address}"), &found, expected)?;
    }
    // More than one burst, and an output that is longer than the input.
    let repeated: Vec<_> = lookups.iter().cycle().take(200).collect();
    let addresses: Vec<A> = repeated.iter().map(|(address, _)| parse(address)).collect();
    let untouched = NextHopId::new(99_999);
    let mut out = vec![untouched; addresses.len() + 3];
    table.lookup_batch(&addresses, &mut out);
    let (found, rest) = out.split_at(addresses.len());
    for ((address, expected), found) in repeated.iter().zip(found) {
        same(&format!("batched lookup of {address}"), &found.map(NextHopId::index), expected)?;
    }
    same("output behind the last address", &rest, &[untouched; 3].as_slice())?;
    let mut short = vec![untouched; 5];
    table.lookup_batch(&addresses, &mut short);
    same("output shorter than the addresses", &short.as_slice(), &found.get(..5).unwrap())
}

/// One case of `prefix-parse.yaml`.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct PrefixCase {
    text: String,
    prefix: Option<String>,
    first: Option<String>,
    last: Option<String>,
    count: Option<String>,
    error: Option<PrefixErrorKind>,
    message: Option<String>,
    cleared: Option<String>,
    #[serde(default, rename = "note")]
    _note: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum PrefixErrorKind {
    Address,
    Length,
    HostBits,
}

fn prefix_trials() -> Vec<Trial> {
    let cases: Vec<PrefixCase> = read(include_str!("../conformance/prefix-parse.yaml"));
    let trials_of = |case: PrefixCase| {
        let (any, one, feed) = (case.clone(), case.clone(), case);
        [
            Trial::test(format!("prefix-parse/any-family/{:?}", any.text), move || {
                check_prefix(&any, IpPrefix::from_str(&any.text))
            }),
            Trial::test(format!("prefix-parse/one-family/{:?}", one.text), move || {
                let parsed = if one.text.contains(':') {
                    Prefix::<Ipv6Addr>::from_str(&one.text).map(IpPrefix::from)
                } else {
                    Prefix::<Ipv4Addr>::from_str(&one.text).map(IpPrefix::from)
                };
                check_prefix(&one, parsed)
            }),
            Trial::test(format!("prefix-parse/feed/{:?}", feed.text), move || check_feed_prefix(&feed)),
        ]
    };
    cases.into_iter().flat_map(trials_of).collect()
}

fn check_prefix(case: &PrefixCase, parsed: Result<IpPrefix, PrefixError>) -> Result<(), Failed> {
    match parsed {
        Ok(prefix) => {
            same("prefix", &Some(prefix.to_string()), &case.prefix)?;
            let checks = [
                ("first", &case.first, prefix.first().to_string()),
                ("last", &case.last, prefix.last().to_string()),
                ("count", &case.count, prefix.count().to_string()),
            ];
            for (what, expected, found) in checks {
                if let Some(expected) = expected {
                    same(what, &found, expected)?;
                }
            }
            Ok(())
        }
        Err(error) => {
            let kind = match &error {
                PrefixError::Address { .. } => PrefixErrorKind::Address,
                PrefixError::Length { .. } => PrefixErrorKind::Length,
                PrefixError::HostBits { .. } => PrefixErrorKind::HostBits,
                other => return Err(format!("unknown kind of error: {other}").into()),
            };
            same("error", &Some(kind), &case.error)?;
            match &case.message {
                Some(message) => same("message", &error.to_string(), message),
                None => Ok(()),
            }
        }
    }
}

fn check_feed_prefix(case: &PrefixCase) -> Result<(), Failed> {
    let expected = case.cleared.as_ref().or(case.prefix.as_ref());
    match IpPrefix::parse_clearing_host_bits(&case.text) {
        Ok((prefix, had_host_bits)) => {
            same("prefix", &Some(&prefix.to_string()), &expected)?;
            same("host bits", &had_host_bits, &case.cleared.is_some())
        }
        Err(error) if expected.is_some() => Err(error.to_string().into()),
        Err(_) => Ok(()),
    }
}

/// One case of `partition.yaml`.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct PartitionCase {
    name: String,
    family: FamilyName,
    default: u32,
    routes: Vec<(String, u32)>,
    ranges: Option<Vec<(String, String, u32)>>,
    prefixes: Option<Vec<(String, u32)>>,
    after: Option<Vec<(String, u32)>>,
    changes: Option<Vec<ChangedRange>>,
}

/// First and last address, old and new value, number of addresses.
type ChangedRange = (String, String, u32, u32, String);

fn partition_trials() -> Vec<Trial> {
    let cases: Vec<PartitionCase> = read(include_str!("../conformance/partition.yaml"));
    let trial = |case: PartitionCase| {
        Trial::test(format!("partition/{}", case.name), move || match case.family {
            FamilyName::V4 => check_partition::<Ipv4Addr>(&case),
            FamilyName::V6 => check_partition::<Ipv6Addr>(&case),
        })
    };
    cases.into_iter().map(trial).collect()
}

fn check_partition<A: Address>(case: &PartitionCase) -> Result<(), Failed> {
    let build = |routes: &[(String, u32)]| {
        let routes = routes.iter().map(|(prefix, value)| (parse::<Prefix<A>>(prefix), *value));
        Partition::from_lpm(routes, case.default)
    };
    let partition = build(&case.routes);
    let ends = |range: AddressRange<A>| (range.first().to_string(), range.last().to_string());
    if let Some(expected) = &case.ranges {
        let found: Vec<_> = partition
            .iter()
            .map(|(range, value)| {
                let (first, last) = ends(range);
                (first, last, *value)
            })
            .collect();
        same("ranges", &found, expected)?;
    }
    if let Some(expected) = &case.prefixes {
        let found: Vec<_> = partition
            .to_prefixes()
            .filter(|(_, value)| **value != case.default)
            .map(|(prefix, value)| (prefix.to_string(), *value))
            .collect();
        same("prefixes", &found, expected)?;
    }
    let (Some(after), Some(expected)) = (&case.after, &case.changes) else { return Ok(()) };
    let after = build(after);
    let found: Vec<_> = partition
        .changes(&after)
        .map(|(range, old, new)| {
            let (first, last) = ends(range);
            (first, last, *old, *new, range.count().to_string())
        })
        .collect();
    same("changes", &found, expected)
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, found: &T, expected: &T) -> Result<(), Failed> {
    if found == expected {
        Ok(())
    } else {
        Err(format!("{what}: found {found:?}, expected {expected:?}").into())
    }
}

fn read<T: for<'de> Deserialize<'de>>(yaml: &str) -> T {
    serde_saphyr::from_str(yaml).unwrap()
}

fn parse<T: FromStr>(text: &str) -> T {
    text.parse().ok().unwrap()
}
