//! Counts over the map: for how many addresses, vantage points and failures a property of the path is true, and a witness
//! for the first exception.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::addr::{Address, AddressCount, Family, IpSet};
use crate::check::guide::answer::{Answer, EvidenceCount, Share};
use crate::check::guide::evidence::{Evidence, Scope};
use crate::check::map::ProductPath;
use crate::check::outcome::Witness;
use crate::engine::{CompileError, Engine, Outage, ReturnVerdicts, Vantage, explain_at};

/// A property of a path.
pub(super) type Property<'p> = &'p dyn Fn(&ProductPath) -> bool;

/// The failures under which a property is evaluated, beside the state without failures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Under {
    /// None.
    Nothing,
    /// Every single failure.
    Singles,
    /// Every pair of failures.
    Doubles,
}

/// An exception: a path without the property.
#[derive(Clone, Debug)]
pub(super) struct Exception {
    pub(super) vantage: Vantage,
    /// The index of the failure.
    pub(super) failure: Option<usize>,
    pub(super) path: ProductPath,
}

/// The counts of a property.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    /// The addresses with the property without failures, over all vantage points, for IPv4 and for IPv6.
    pub(super) good: [AddressCount; 2],
    /// All addresses over all vantage points.
    pub(super) all: [AddressCount; 2],
    /// The failures under which all paths have the property.
    pub(super) failures_good: usize,
    /// All failures.
    pub(super) failures: usize,
    pub(super) first: Option<Exception>,
    /// The names of the first failures under which a path does not have the property.
    pub(super) names: Vec<String>,
    pub(super) covered: EvidenceCount,
}

impl Tally {
    /// Whether anything was counted.
    pub(super) fn is_empty(&self) -> bool {
        self.all.iter().all(|count| count.is_zero())
    }

    /// Whether the property is true for everything.
    pub(super) fn is_complete(&self) -> bool {
        self.first.is_none() && !self.is_empty()
    }

    /// Returns the share of IPv4 addresses; of IPv6 addresses if there is no IPv4 address.
    pub(super) fn share(&self) -> Share {
        let [good, good6] = self.good;
        let [all, all6] = self.all;
        if all.is_zero() {
            return Share { part: good6, whole: all6, unit: "IPv6 addresses" };
        }
        Share { part: good, whole: all, unit: "IPv4 addresses" }
    }

    /// Returns the addresses with the property as text: `all 9582 IPv4 and 2^73 IPv6`, or the share of each family,
    /// counted at every vantage point.
    pub(super) fn text(&self) -> String {
        let EvidenceCount { ipv4, ipv6, vantages, .. } = self.covered;
        if self.good == self.all {
            let families = [(ipv4, "IPv4"), (ipv6, "IPv6")].into_iter();
            let families = families.filter_map(|(count, family)| Some((count?, family)));
            let families = families.filter(|(count, _)| !count.is_zero());
            let families: Vec<String> =
                families.map(|(count, family)| format!("{} {family}", count.short())).collect();
            return format!("all {}", families.join(" and "));
        }
        let families = self.good.iter().zip(&self.all).zip(["IPv4", "IPv6"]);
        let families = families.filter(|((_, all), _)| !all.is_zero());
        let families: Vec<String> = families
            .map(|((good, all), family)| {
                let permille = good.permille_of(*all).unwrap_or_default();
                let (good, all) = (good.short(), all.short());
                format!("{good} of {all} {family} ({}.{} %)", permille / 10, permille % 10)
            })
            .collect();
        let sum = if vantages > 1 { format!(" (sums over {vantages} sites)") } else { String::new() };
        format!("{}{sum}", families.join(" and "))
    }
}

impl Evidence<'_> {
    /// Counts a property of the paths of a scope.
    pub(super) fn tally(&self, scope: Scope, under: Under, property: Property<'_>) -> Tally {
        let map = match under {
            Under::Nothing | Under::Singles => &self.singles,
            Under::Doubles => &self.doubles,
        };
        let failures = if under == Under::Nothing { 0 } else { map.failures.len() };
        let set = self.scopes.get(scope.index()).cloned().unwrap_or_else(IpSet::empty);
        let mut tally = Tally { failures, covered: self.covered(&set, failures), ..Tally::default() };
        let mut bad = vec![false; failures];
        for cell in map.cells.iter().filter(|cell| cell.product == scope.index()) {
            for path in cell.paths.iter() {
                let holds = property(path);
                tally.add(path, holds);
                if !holds && tally.first.as_ref().is_none_or(|first| first.failure.is_some()) {
                    tally.first =
                        Some(Exception { vantage: cell.vantage, failure: None, path: path.clone() });
                }
            }
            for failure in 0..failures {
                let changed = cell.changes.iter().find(|(at, _)| *at == failure).map(|(_, paths)| paths);
                let mut paths = changed.unwrap_or(&cell.paths).iter();
                let Some(path) = paths.find(|path| !property(path)) else { continue };
                if let Some(bad) = bad.get_mut(failure) {
                    *bad = true;
                }
                if tally.first.is_none() {
                    let failure = Some(failure);
                    tally.first = Some(Exception { vantage: cell.vantage, failure, path: path.clone() });
                }
            }
        }
        tally.failures_good = bad.iter().filter(|bad| !**bad).count();
        let names = map.failures.iter().zip(&bad).filter(|(_, bad)| **bad);
        tally.names = names.map(|(name, _)| name.clone()).collect();
        tally
    }

    /// Returns what an evaluation of a set from all vantage points covers.
    fn covered(&self, set: &IpSet, failures: usize) -> EvidenceCount {
        let families = self.vantages.iter().map(|vantage| vantage.families(self.network));
        let (v4, v6) = families.fold((false, false), |(v4, v6), own| (v4 || own.v4, v6 || own.v6));
        let count = |family, has: bool| has.then(|| set.count(family));
        EvidenceCount {
            ipv4: count(Family::V4, v4),
            ipv6: count(Family::V6, v6),
            vantages: self.vantages.len(),
            failures,
        }
    }

    /// Adds an address of the first exception, its explanation and the line that causes it.
    pub(super) fn with_witness(
        &self,
        answer: Answer,
        scope: Scope,
        under: Under,
        tally: &Tally,
    ) -> Result<Answer, CompileError> {
        let Some(exception) = &tally.first else { return Ok(answer) };
        let outages: &[Outage] = match under {
            Under::Doubles => &self.double_outages,
            Under::Nothing | Under::Singles => &self.single_outages,
        };
        let inputs = self.question.inputs;
        let failure = exception.failure.and_then(|at| outages.get(at));
        let links = failure.map_or_else(|| inputs.links.clone(), |one| one.applied_to(inputs.links));
        let inputs = inputs.links(&links);
        let engine = Engine::compile_at(inputs, exception.vantage)?;
        let returns = ReturnVerdicts::of(inputs, exception.vantage, &engine);
        let families = exception.vantage.families(self.network);
        let set = self.scopes.get(scope.index()).map_or_else(IpSet::empty, |set| families.of(set));
        let address = example::<Ipv4Addr>(&engine, &returns, &set, &exception.path)
            .or_else(|| example::<Ipv6Addr>(&engine, &returns, &set, &exception.path));
        let Some(address) = address else { return Ok(answer) };
        let explanation = explain_at(inputs, exception.vantage, address)?;
        let mut sentences = (self.question.explain)(&explanation);
        if let Some(failure) = failure {
            sentences.insert(0, format!("with {} down", failure.name));
        }
        let decision = &explanation.decision;
        let span = decision.last_reason().span().or_else(|| decision.reason().span());
        let vantage = exception.vantage.name(self.network);
        let witness = Some(Witness { vantage, address, explanation: sentences });
        let place = answer.span.or(span);
        Ok(Answer { witness, ..answer }.at(place))
    }
}

impl Tally {
    fn add(&mut self, path: &ProductPath, holds: bool) {
        for ((good, all), count) in self.good.iter_mut().zip(&mut self.all).zip(path.counts) {
            *all = *all + count;
            if holds {
                *good = *good + count;
            }
        }
    }
}

/// Returns the first address of a set with this path and this outcome of replies.
fn example<A: Address>(
    engine: &Engine,
    returns: &ReturnVerdicts,
    set: &IpSet,
    path: &ProductPath,
) -> Option<IpAddr> {
    for range in set.of_family::<A>().ranges() {
        for (range, id) in engine.partition::<A>().within(range) {
            let decision = engine.decision(*id);
            if decision.disposition != path.disposition || decision.circuits() != path.circuits {
                continue;
            }
            let found = returns
                .partition::<A>()
                .within(range)
                .find(|(_, back)| back.map(|back| back.verdict) == path.back);
            if let Some((range, _)) = found {
                return Some(range.first().into());
            }
        }
    }
    None
}

/// Returns the names of the first failures, and how many more there are.
pub(super) fn failure_names(names: &[String]) -> String {
    const SHOWN: usize = 3;
    let shown: Vec<&str> = names.iter().take(SHOWN).map(String::as_str).collect();
    match names.len().saturating_sub(SHOWN) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// Returns a noun with its number.
pub(super) fn number(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}
