//! Evaluates an assertion over its whole scope, by merging engine, return verdicts and support range by range.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use crate::addr::{Address, AddressRange, IpRange, IpSet};
use crate::catalog::{Catalog, CatalogEntry};
use crate::check::assertion::meets_expectation::{Evaluation, Facts};
use crate::check::assertion::model::Expectation;
use crate::engine::{
    Classes, Decision, DecisionId, Destinations, Disposition, Engine, Inputs, NextHop, ReplyOutcome,
    ReturnVerdict, ReturnVerdicts, SupportVerdict, Vantage, VerdictEvaluator, Why, support,
};
use crate::fib::CoverTable;
use crate::parallel::side_by_side;

/// Compiled vantage points in one state of the network, shared by all assertions.
pub(super) struct Points<'a> {
    catalog: &'a Catalog,
    points: HashMap<Vantage, Point>,
}

struct Point {
    engine: Engine,
    returns: Option<Arc<ReturnVerdicts>>,
}

impl<'a> Points<'a> {
    /// Compiles vantage points, with return verdicts where requested.
    pub(super) fn compile(
        classes: &Classes<'_>,
        destinations: &Destinations,
        inputs: Inputs<'a>,
        wanted: &[(Vantage, bool)],
    ) -> Self {
        let vantages: Vec<Vantage> = wanted.iter().map(|(vantage, _)| *vantage).collect();
        let engines = classes.engines(inputs.links, &vantages);
        let teller = VerdictEvaluator::new(destinations, inputs);
        let requests: Vec<((Vantage, bool), &Engine)> = wanted.iter().copied().zip(&engines).collect();
        let returns =
            side_by_side(&requests, |((vantage, asked), engine)| asked.then(|| teller.of(*vantage, engine)));
        let points = engines.into_iter().zip(returns).map(|(engine, returns)| Point { engine, returns });
        Self { catalog: inputs.catalog, points: vantages.into_iter().zip(points).collect() }
    }
}

#[cfg(test)]
impl<'a> Points<'a> {
    /// Compiles one vantage point without sharing results with other vantage points.
    pub(super) fn from_scratch(inputs: Inputs<'a>, vantage: Vantage, returns: bool) -> Self {
        let engine = Engine::compile_at(inputs, vantage).unwrap();
        let returns = returns.then(|| Arc::new(ReturnVerdicts::of(inputs, vantage, &engine)));
        Self { catalog: inputs.catalog, points: HashMap::from([(vantage, Point { engine, returns })]) }
    }
}

/// Addresses in a scope that do not meet an expectation, for one reason.
#[derive(Clone, Debug)]
pub struct Part {
    /// The vantage point.
    pub vantage: Vantage,
    /// The simulated failure; `None` for the network as written.
    pub failure: Option<String>,
    /// The judgement with its aspect; never [`Evaluation::Holds`].
    pub judgement: Evaluation,
    /// The decision for the first address. The decisions for the other addresses differ only in their prefix.
    pub decision: Decision,
    /// The session used by the flow of an example, if only that session was evaluated.
    pub next_hop: Option<NextHop>,
    /// The return verdict of the addresses, if the expectation refers to it.
    pub back: Option<ReturnVerdict>,
    /// The documented support of the addresses, if the expectation refers to it.
    pub support: Option<SupportVerdict>,
    /// The addresses as maximal ranges, ascending, IPv4 first.
    pub ranges: Vec<IpRange>,
}

impl Part {
    /// Returns the addresses as a set.
    pub fn set(&self) -> IpSet {
        IpSet::from_ranges(self.ranges.iter().copied())
    }
}

/// Addresses in a scope that do not meet an expectation, from any vantage point in a class: a [`Part`] without the
/// fields specific to a vantage point.
#[derive(Debug)]
pub(super) struct Shortfall {
    judgement: Evaluation,
    decision: DecisionId,
    back: Option<ReturnVerdict>,
    support: Option<SupportVerdict>,
    ranges: Vec<IpRange>,
}

impl Shortfall {
    /// Returns the addresses as a set.
    pub(super) fn set(&self) -> IpSet {
        IpSet::from_ranges(self.ranges.iter().copied())
    }
}

/// The shortfalls from a vantage point, in the order of their first address.
pub(super) type Short = Arc<[Shortfall]>;

/// Returns the addresses that do not meet an expectation, for each vantage point with its scope. Vantage points with
/// the same engine, return verdicts and scope are evaluated once. The result for a vantage point that was not compiled
/// is empty.
///
/// # Complexity
///
/// Linear in the ranges of distinct engines, verdicts and lists within the scope, and in the vantage points.
pub(super) fn evaluate(
    expect: &Expectation,
    from: &[(Vantage, &Arc<IpSet>)],
    points: &Points<'_>,
) -> Vec<Short> {
    let key = |(vantage, scope): &(Vantage, &Arc<IpSet>)| {
        let point = points.points.get(vantage)?;
        let returns = point.returns.as_ref().map_or(0, |returns| Arc::as_ptr(returns).addr());
        Some((point.engine.class(), returns, Arc::as_ptr(scope).addr()))
    };
    let keys: Vec<_> = from.iter().map(key).collect();
    let mut places = HashMap::new();
    let mut distinct: Vec<(&Point, &IpSet)> = Vec::new();
    for (key, (vantage, scope)) in keys.iter().zip(from) {
        let Some((key, point)) = key.zip(points.points.get(vantage)) else { continue };
        places.entry(key).or_insert_with(|| {
            distinct.push((point, scope.as_ref()));
            distinct.len() - 1
        });
    }
    let evaluated: Vec<Short> =
        side_by_side(&distinct, |(point, scope)| walk(expect, scope, point, points.catalog));
    let nothing: Short = Arc::new([]);
    let evaluated =
        |key: Option<_>| key.and_then(|key| evaluated.get(*places.get(&key)?)).unwrap_or(&nothing);
    keys.into_iter().map(|key| Arc::clone(evaluated(key))).collect()
}

/// Returns the shortfalls as parts of one vantage point.
pub(super) fn parts(
    short: &Short,
    vantage: Vantage,
    failure: Option<&str>,
    points: &Points<'_>,
) -> Vec<Part> {
    let Some(point) = points.points.get(&vantage) else { return Vec::new() };
    let part = |short: &Shortfall| Part {
        vantage,
        failure: failure.map(str::to_owned),
        judgement: short.judgement,
        decision: point.engine.decision(short.decision).clone(),
        next_hop: None,
        back: short.back,
        support: short.support,
        ranges: short.ranges.clone(),
    };
    short.iter().map(part).collect()
}

fn walk(expect: &Expectation, scope: &IpSet, point: &Point, catalog: &Catalog) -> Short {
    let engine = &point.engine;
    let mut walk =
        Walk { expect, catalog, engine, verdicts: HashMap::new(), of_key: HashMap::new(), parts: Vec::new() };
    walk.family::<Ipv4Addr>(scope, point);
    walk.family::<Ipv6Addr>(scope, point);
    walk.parts.into()
}

/// All values that determine a verdict.
type Cell = (DecisionId, Option<ReplyOutcome>, Option<SupportVerdict>);

/// The values that the addresses of one part have in common.
type Key = (Evaluation, Disposition, Arc<Why>, Option<ReturnVerdict>, Option<SupportVerdict>);

struct Walk<'a> {
    expect: &'a Expectation,
    catalog: &'a Catalog,
    engine: &'a Engine,
    verdicts: HashMap<Cell, Evaluation>,
    of_key: HashMap<Key, usize>,
    parts: Vec<Shortfall>,
}

impl Walk<'_> {
    fn family<A: Address>(&mut self, scope: &IpSet, point: &Point) {
        let decisions = self.engine.partition();
        let returns = point.returns.as_ref().map(|returns| returns.partition());
        let cover = self.catalog.cover::<A>();
        for range in scope.of_family::<A>().ranges() {
            for (range, decision) in decisions.within(range) {
                match returns {
                    None => self.supported(range, *decision, None, cover),
                    Some(returns) => {
                        for (range, back) in returns.within(range) {
                            self.supported(range, *decision, *back, cover);
                        }
                    }
                }
            }
        }
    }

    /// Splits a range by documented support, if the expectation refers to it. All addresses in one catalog record have
    /// the same verdict, so only the first address is looked up.
    fn supported<A>(
        &mut self,
        range: AddressRange<A>,
        decision: DecisionId,
        back: Option<ReplyOutcome>,
        cover: &CoverTable<A, CatalogEntry>,
    ) where
        A: Address + Into<IpAddr>,
        AddressRange<A>: Into<IpRange>,
    {
        if self.expect.support.is_empty() {
            return self.take(range.into(), (decision, back, None));
        }
        let catalog = self.catalog;
        for (range, _) in cover.partition().within(range) {
            let verdict = support(&catalog.lookup(range.first().into())).verdict;
            self.take(range.into(), (decision, back, Some(verdict)));
        }
    }

    fn take(&mut self, range: IpRange, cell: Cell) {
        let (id, back, support) = cell;
        let decision = self.engine.decision(id);
        let verdict = *self.verdicts.entry(cell).or_insert_with(|| {
            // A verdict that is not requested has no effect.
            let support = support.unwrap_or(SupportVerdict::NotApplicable);
            self.expect.verdict(Facts { decision, back, support }, None)
        });
        if verdict == Evaluation::Holds {
            return;
        }
        let back = back.map(|back| back.verdict);
        let key = (verdict, decision.disposition, Arc::clone(&decision.why), back, support);
        let index = *self.of_key.entry(key).or_insert_with(|| {
            self.parts.push(Shortfall {
                judgement: verdict,
                decision: id,
                back,
                support,
                ranges: Vec::new(),
            });
            self.parts.len() - 1
        });
        let Some(part) = self.parts.get_mut(index) else { return };
        match part.ranges.last_mut().and_then(|last| Some((last.joined(range)?, last))) {
            Some((whole, last)) => *last = whole,
            None => part.ranges.push(range),
        }
    }
}
