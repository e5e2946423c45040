//! An assertion over the whole of its scope: engine, return verdicts and support merged range by range.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use super::judge::{Facts, Judgement};
use super::model::{Assertion, Expectation};
use crate::addr::{Address, AddressRange, AddressSet, IpRange, IpSet, Partition};
use crate::catalog::CatalogEntry;
use crate::engine::{
    Carrier, CompileError, Decision, DecisionId, Disposition, Engine, Inputs, ReturnVerdict, ReturnVerdicts,
    SupportVerdict, Vantage, Why, support,
};
use crate::fib::CoverTable;

/// The engines of one state of the network, shared by all assertions.
pub(super) struct Engines<'a> {
    pub(super) inputs: Inputs<'a>,
    points: Vec<(Vantage, Engine, Option<ReturnVerdicts>)>,
}

impl<'a> Engines<'a> {
    /// Compiles what the assertions start from; return verdicts where one asks for them.
    pub(super) fn compile<'c>(
        inputs: Inputs<'a>,
        assertions: impl Iterator<Item = &'c Assertion> + Clone,
    ) -> Result<Self, CompileError> {
        let mut wanted: Vec<(Vantage, bool)> = Vec::new();
        for assertion in assertions {
            let returns = !assertion.expect.returns.is_empty();
            for vantage in &assertion.from {
                match wanted.iter_mut().find(|(known, _)| known == vantage) {
                    Some((_, known)) => *known |= returns,
                    None => wanted.push((*vantage, returns)),
                }
            }
        }
        let mut points = Vec::with_capacity(wanted.len());
        for (vantage, returns) in wanted {
            let engine = Engine::compile_at(inputs, vantage)?;
            let returns = returns.then(|| ReturnVerdicts::of(inputs, vantage, &engine));
            points.push((vantage, engine, returns));
        }
        Ok(Self { inputs, points })
    }
}

/// Addresses of a scope that do not meet it, for one reason.
#[derive(Clone, Debug)]
pub struct Part {
    /// Where packets start.
    pub vantage: Vantage,
    /// What fails meanwhile; `None` where all is as written.
    pub failure: Option<String>,
    /// In what they do not meet it; never [`Judgement::Holds`].
    pub judgement: Judgement,
    /// The decision of the first of them; of all of them but for the prefix.
    pub decision: Decision,
    /// The session that the one flow of an example takes, where the expectation was held against that alone.
    pub carrier: Option<Carrier>,
    /// Their return verdict, where the expectation asks for it.
    pub back: Option<ReturnVerdict>,
    /// Their documented support, where the expectation asks for it.
    pub support: Option<SupportVerdict>,
    /// The addresses: IPv4 first, ascending, maximal.
    pub ranges: Vec<IpRange>,
}

impl Part {
    /// The addresses as a set.
    pub fn set(&self) -> IpSet {
        IpSet::from_ranges(self.ranges.iter().copied())
    }
}

/// All parts of an assertion's scope that do not meet it, by vantage point, in the order of their first address.
///
/// # Complexity
///
/// Linear in the ranges of engines, verdicts and lists within the scope.
pub(super) fn evaluate(assertion: &Assertion, scope: &IpSet, engines: &Engines<'_>) -> Vec<Part> {
    let mut parts = Vec::new();
    for vantage in &assertion.from {
        let Some((_, engine, returns)) = engines.points.iter().find(|(known, ..)| known == vantage) else {
            continue;
        };
        let catalog = engines.inputs.catalog;
        let mut walk = Walk {
            vantage: *vantage,
            expect: &assertion.expect,
            engines,
            engine,
            verdicts: HashMap::new(),
            of_key: HashMap::new(),
            parts: Vec::new(),
        };
        let returns4 = returns.as_ref().map(ReturnVerdicts::partition4);
        let returns6 = returns.as_ref().map(ReturnVerdicts::partition6);
        walk.family::<Ipv4Addr>(&scope.v4, engine.partition4(), returns4, catalog.cover4());
        walk.family::<Ipv6Addr>(&scope.v6, engine.partition6(), returns6, catalog.cover6());
        parts.append(&mut walk.parts);
    }
    parts
}

/// All that a verdict follows from.
type Cell = (DecisionId, Option<ReturnVerdict>, Option<SupportVerdict>);

/// What the addresses of one part have in common.
type Key = (Judgement, Disposition, Arc<Why>, Option<ReturnVerdict>, Option<SupportVerdict>);

struct Walk<'a> {
    vantage: Vantage,
    expect: &'a Expectation,
    engines: &'a Engines<'a>,
    engine: &'a Engine,
    verdicts: HashMap<Cell, Judgement>,
    of_key: HashMap<Key, usize>,
    parts: Vec<Part>,
}

impl Walk<'_> {
    fn family<A>(
        &mut self,
        scope: &AddressSet<A>,
        decisions: &Partition<A, DecisionId>,
        returns: Option<&Partition<A, Option<ReturnVerdict>>>,
        cover: &CoverTable<A, CatalogEntry>,
    ) where
        A: Address + Into<IpAddr>,
        AddressRange<A>: Into<IpRange>,
    {
        for range in scope.ranges() {
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

    /// Cuts a range by what the documents say, where the expectation asks for it. Addresses of one catalog
    /// record have one verdict, so the first speaks for all.
    fn supported<A>(
        &mut self,
        range: AddressRange<A>,
        decision: DecisionId,
        back: Option<ReturnVerdict>,
        cover: &CoverTable<A, CatalogEntry>,
    ) where
        A: Address + Into<IpAddr>,
        AddressRange<A>: Into<IpRange>,
    {
        if self.expect.support.is_empty() {
            return self.take(range.into(), (decision, back, None));
        }
        let catalog = self.engines.inputs.catalog;
        for (range, _) in cover.partition().within(range) {
            let verdict = support(&catalog.lookup(range.first().into())).verdict;
            self.take(range.into(), (decision, back, Some(verdict)));
        }
    }

    fn take(&mut self, range: IpRange, cell: Cell) {
        let (id, back, support) = cell;
        let decision = self.engine.decision(id);
        let verdict = *self.verdicts.entry(cell).or_insert_with(|| {
            // A verdict that is not asked for decides nothing.
            let support = support.unwrap_or(SupportVerdict::NotApplicable);
            self.expect.verdict(Facts { decision, back, support }, None)
        });
        if verdict == Judgement::Holds {
            return;
        }
        let key = (verdict, decision.disposition, Arc::clone(&decision.why), back, support);
        let index = *self.of_key.entry(key).or_insert_with(|| {
            self.parts.push(Part {
                vantage: self.vantage,
                failure: None,
                judgement: verdict,
                carrier: None,
                decision: decision.clone(),
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
