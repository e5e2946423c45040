//! Coverage: addresses, entries in Microsoft's lists and lines in the network file that no check and no captured flow
//! touches.
//!
//! A check touches the addresses of its scope or flow, from its vantage points. A captured flow touches its remote
//! end, from its client's vantage point. Everything is counted over the whole space; nothing is sampled.

mod lines;

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, Ipv6Addr};

use crate::addr::{Address, AddressCount, AddressRange, AddressSet, Family, IpPrefix, IpSet};
use crate::catalog::Catalog;
use crate::check::diff::Weight;
use crate::check::{Checks, Demand};
use crate::engine::{CompileError, Disposition, Engine, Inputs, Vantage};

pub use lines::LineKind;
use lines::{Line, lines};

/// The result of a coverage analysis.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    /// Rows by vantage point, family and path. The rows of a vantage point and family add up to the whole space.
    pub space: Vec<SpaceRow>,
    /// Rows by service tag, community and endpoint set, over all vantage points.
    pub lists: Vec<ListRow>,
    /// Rows by line of the network file, in file order, over all vantage points.
    pub lines: Vec<LineRow>,
}

/// The addresses with one path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpaceRow {
    /// The vantage point.
    pub vantage: String,
    /// The family.
    pub family: Family,
    /// The path.
    pub path: Disposition,
    /// The number of addresses with this path, and how many of them are touched.
    pub counts: Counts,
}

/// The addresses in one of Microsoft's lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListRow {
    /// `tag`, `community` or `m365`.
    pub kind: &'static str,
    /// The name of the list.
    pub name: String,
    /// The IPv4 addresses in the list.
    pub ipv4: Counts,
    /// The IPv6 addresses in the list.
    pub ipv6: Counts,
}

/// A line of the network file that can decide a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineRow {
    /// The kind of line.
    pub kind: LineKind,
    /// The text of the line.
    pub text: String,
    /// The line number, starting at 1.
    pub line: usize,
    /// The IPv4 addresses whose path the line decides, summed over vantage points.
    pub ipv4: Counts,
    /// The IPv6 addresses whose path the line decides, summed over vantage points.
    pub ipv6: Counts,
}

/// The number of addresses, and how many of them are touched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// All addresses.
    pub all: AddressCount,
    /// Addresses covered by a check.
    pub checked: AddressCount,
    /// Addresses that are the destination of a captured flow.
    pub captured: AddressCount,
    /// Addresses touched neither by a check nor by a captured flow.
    pub untouched: AddressCount,
}

impl Counts {
    fn add(&mut self, other: Self) {
        self.all = self.all + other.all;
        self.checked = self.checked + other.checked;
        self.captured = self.captured + other.captured;
        self.untouched = self.untouched + other.untouched;
    }

    /// Counts the addresses in a set, and how many of them are touched.
    fn of<A: Address>(set: &AddressSet<A>, [checked, captured, either]: [&AddressSet<A>; 3]) -> Self {
        let common = |other: &AddressSet<A>| -> AddressCount {
            set.ranges().flat_map(|range| other.within(range)).map(AddressRange::count).sum()
        };
        let all = set.count();
        let untouched = all.checked_sub(common(either)).unwrap_or_default();
        Self { all, checked: common(checked), captured: common(captured), untouched }
    }
}

/// The addresses touched from one vantage point, or from any vantage point.
struct Touched {
    checked: IpSet,
    captured: IpSet,
    either: IpSet,
}

impl Touched {
    fn new(checked: IpSet, captured: IpSet) -> Self {
        let either = checked.union(&captured);
        Self { checked, captured, either }
    }

    fn of_family<A: Address>(&self) -> [&AddressSet<A>; 3] {
        [self.checked.of_family(), self.captured.of_family(), self.either.of_family()]
    }

    /// Collects the addresses touched from a vantage point; `None` stands for any vantage point.
    fn of(vantage: Option<(Vantage, &str)>, checks: &Checks, flows: &[Weight]) -> Self {
        let here = |from: &[Vantage]| vantage.is_none_or(|(vantage, _)| from.contains(&vantage));
        let mut checked = IpSet::empty();
        let mut hosts: Vec<IpPrefix> = Vec::new();
        for check in &checks.all {
            match &check.demand {
                Demand::Assertion(assertion) if here(&assertion.from) => {
                    checked = checked.union(&assertion.scope.set);
                }
                Demand::Example(example) if here(&[example.from]) => hosts.push(IpPrefix::host(example.to)),
                _ => {}
            }
        }
        let own = flows.iter().filter(|flow| vantage.is_none_or(|(_, name)| flow.vantage == name));
        let captured = IpSet::from_prefixes(own.map(|flow| IpPrefix::host(flow.remote)));
        Self::new(checked.union(&IpSet::from_prefixes(hosts)), captured)
    }
}

/// Counts the addresses touched by checks and by captured flows, and the addresses touched by neither.
///
/// # Complexity
///
/// One compilation per vantage point. Linear in the ranges of each vantage point and in the prefixes of the lists.
///
/// # Errors
///
/// [`CompileError`] if an input that the network names is missing.
pub fn coverage(inputs: Inputs<'_>, checks: &Checks, flows: &[Weight]) -> Result<Coverage, CompileError> {
    let network = inputs.network;
    let mut found = Coverage::default();
    let mut lines = lines(network);
    for vantage in Vantage::all(network) {
        let name = vantage.name(network);
        let touched = Touched::of(Some((vantage, &name)), checks, flows);
        let engine = Engine::compile_at(inputs, vantage)?;
        let tally4 = tally::<Ipv4Addr>(&engine, &touched);
        let tally6 = tally::<Ipv6Addr>(&engine, &touched);
        for (family, tally) in [(Family::V4, tally4), (Family::V6, tally6)] {
            found.space.extend(by_path(&engine, &tally, &name, family));
            by_line(&engine, &tally, family, &mut lines);
        }
    }
    found.lists = by_list(inputs.catalog, &Touched::of(None, checks, flows));
    found.lines = lines
        .into_iter()
        .map(|line| LineRow {
            kind: line.kind,
            text: line.text,
            line: network.source.position(line.span.start).0,
            ipv4: line.ipv4,
            ipv6: line.ipv6,
        })
        .collect();
    Ok(found)
}

/// Returns the counts of each decision of an engine, by its id.
fn tally<A: Address>(engine: &Engine, touched: &Touched) -> Vec<Counts> {
    let partition = engine.partition();
    let [checked, captured, either]: [&AddressSet<A>; 3] = touched.of_family();
    let mut counts = vec![Counts::default(); engine.decisions().len()];
    for (range, id) in partition.iter() {
        if let Some(counts) = counts.get_mut(id.0 as usize) {
            counts.all = counts.all + range.count();
        }
    }
    let mut within = |set: &AddressSet<A>, add: &dyn Fn(&mut Counts, AddressCount)| {
        for (range, id) in set.ranges().flat_map(|range| partition.within(range)) {
            if let Some(counts) = counts.get_mut(id.0 as usize) {
                add(counts, range.count());
            }
        }
    };
    within(checked, &|counts, count| counts.checked = counts.checked + count);
    within(captured, &|counts, count| counts.captured = counts.captured + count);
    let mut touched = vec![AddressCount::ZERO; engine.decisions().len()];
    for (range, id) in either.ranges().flat_map(|range| partition.within(range)) {
        if let Some(touched) = touched.get_mut(id.0 as usize) {
            *touched = *touched + range.count();
        }
    }
    for (counts, touched) in counts.iter_mut().zip(touched) {
        // Touched addresses are a subset of all addresses.
        counts.untouched = counts.all.checked_sub(touched).unwrap_or_default();
    }
    counts
}

fn by_path(engine: &Engine, tally: &[Counts], vantage: &str, family: Family) -> Vec<SpaceRow> {
    let mut rows = Vec::new();
    for path in Disposition::ALL {
        let mut counts = Counts::default();
        let own = engine.decisions().zip(tally).filter(|(decision, _)| decision.disposition == path);
        for (_, own) in own {
            counts.add(*own);
        }
        if !counts.all.is_zero() {
            rows.push(SpaceRow { vantage: vantage.to_owned(), family, path, counts });
        }
    }
    rows
}

fn by_line(engine: &Engine, tally: &[Counts], family: Family, lines: &mut [Line]) {
    for (decision, counts) in engine.decisions().zip(tally) {
        // The route of each router decides a part of the path. A line that several routers use counts once.
        let past = decision.traces().flatten().filter_map(|hop| hop.decision.reason().span());
        let spans: BTreeSet<usize> =
            decision.reason().span().into_iter().chain(past).map(|span| span.start).collect();
        for start in spans {
            let Ok(index) = lines.binary_search_by_key(&start, |line| line.span.start) else { continue };
            if let Some(line) = lines.get_mut(index) {
                match family {
                    Family::V4 => line.ipv4.add(*counts),
                    Family::V6 => line.ipv6.add(*counts),
                }
            }
        }
    }
}

fn by_list(catalog: &Catalog, touched: &Touched) -> Vec<ListRow> {
    let row = |kind, name: String, prefixes: &mut dyn Iterator<Item = IpPrefix>| {
        let set = IpSet::from_prefixes(prefixes);
        let (ipv4, ipv6) =
            (Counts::of(&set.v4, touched.of_family()), Counts::of(&set.v6, touched.of_family()));
        ListRow { kind, name, ipv4, ipv6 }
    };
    let tags = catalog.tags().iter();
    let tags = tags.map(|tag| row("tag", tag.name.clone(), &mut tag.prefixes.iter().copied()));
    let communities = catalog.communities().iter().map(|known| {
        let routes = catalog.routes(known.value);
        let name = match known.names.first() {
            Some(name) => format!("{} {name}", known.value),
            None => known.value.to_string(),
        };
        row("community", name, &mut routes.iter().map(|route| route.prefix))
    });
    let sets = catalog.endpoint_sets().iter();
    let sets = sets.map(|set| row("m365", set.label(), &mut set.prefixes.iter().copied()));
    tags.chain(communities).chain(sets).collect()
}
