//! The return verdict for every address from a vantage point, as one exact function per family.

use std::collections::HashMap;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::addr::{Address, Family, IpSet, Partition, Prefix};
use crate::catalog::{Catalog, CatalogEntry, Evidence};
use crate::engine::compile::Engine;
use crate::engine::decision::{DecisionId, Disposition, ReplyOutcome, Why};
use crate::engine::inputs::Inputs;
use crate::engine::return_path::Responders;
use crate::engine::vantage::Vantage;
use crate::fib::CoverTable;
use crate::network::Network;
use crate::rib::Community;

use crate::engine::return_path::common::ReturnCommon;
use crate::engine::return_path::destination::{ReturnDestination, is_regional};
use crate::engine::return_path::every_vantage::ReturnEvaluator;
use crate::engine::return_path::responder::Responder;

/// The outcome of replies for every address; the fast counterpart of [`explain`](crate::engine::explain()) for one
/// address. The outcome is `None` if no packet leaves, or if the link over which it leaves is unknown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReturnVerdicts {
    v4: Partition<Ipv4Addr, Option<ReplyOutcome>>,
    v6: Partition<Ipv6Addr, Option<ReplyOutcome>>,
}

impl ReturnVerdicts {
    /// Returns the verdicts for a vantage point. `engine` must have been compiled from the same inputs.
    ///
    /// From a site, the return path depends on a decision and four attributes of the destination (`ReturnDestination`).
    /// From a subnet, it depends on a decision and the site that owns the destination. The return path is evaluated
    /// once for each such pair.
    ///
    /// # Complexity
    ///
    /// Linear in the ranges of the engine, `O(n log n)` in the prefixes of regional communities.
    pub fn of(inputs: Inputs<'_>, vantage: Vantage, engine: &Engine) -> Self {
        // This function evaluates each responder separately. Tests compare the shared evaluation with it.
        let destinations = Destinations::default();
        let common = Arc::new(ReturnCommon::plain(inputs));
        let teller = VerdictEvaluator { common, ..VerdictEvaluator::new(&destinations, inputs) };
        let found = teller.of(vantage, engine);
        Arc::unwrap_or_clone(found)
    }

    /// Returns the verdicts for the IPv4 space, as a function of the address.
    pub fn partition4(&self) -> &Partition<Ipv4Addr, Option<ReplyOutcome>> {
        &self.v4
    }

    /// Returns the verdicts for the IPv6 space, as a function of the address.
    pub fn partition6(&self) -> &Partition<Ipv6Addr, Option<ReplyOutcome>> {
        &self.v6
    }

    /// Returns the verdicts for the space of a family, as a function of the address.
    pub(crate) fn partition<A: Address>(&self) -> &Partition<A, Option<ReplyOutcome>> {
        Partition::of_family(&self.v4, &self.v6)
    }
}

/// The relevant attributes of destinations, and their partition of the address space, in any state of a network. All
/// sites have the same ones, and so do all subnets.
#[derive(Debug, Default)]
pub(crate) struct Destinations {
    /// The part of the address space to evaluate; `None` for all of it.
    part: Option<IpSet>,
    sites: OnceLock<OfKind>,
    subnets: OnceLock<OfKind>,
    /// The destinations for subnets whose packets leave the company at the edges of sites.
    past_azure: OnceLock<OfKind>,
}

/// The destinations of both families.
#[derive(Debug)]
struct OfKind {
    v4: Partition<Ipv4Addr, Option<ReturnDestination>>,
    v6: Partition<Ipv6Addr, Option<ReturnDestination>>,
}

impl Destinations {
    /// Restricts the evaluation to a part of the address space.
    pub(crate) fn within(part: IpSet) -> Self {
        Self { part: Some(part), ..Self::default() }
    }

    fn counting<A: Address>(
        &self,
        all: &Partition<A, ReturnDestination>,
    ) -> Partition<A, Option<ReturnDestination>> {
        let Some(part) = &self.part else { return all.map(|destination| Some(*destination)) };
        let part = part.of_family::<A>().prefixes().map(|prefix| (prefix, true));
        all.zip_with(&Partition::from_lpm(part, false), |destination, counts| counts.then_some(*destination))
    }

    /// Returns the destinations for a vantage point. `exits` states whether packets leave the company at the edges of
    /// sites.
    fn from(&self, inputs: Inputs<'_>, vantage: Vantage, exits: bool) -> &OfKind {
        let (catalog, network) = (inputs.catalog, inputs.network);
        let listed = || OfKind {
            v4: self.counting(&destinations(catalog, catalog.cover4(), network, vantage)),
            v6: self.counting(&destinations(catalog, catalog.cover6(), network, vantage)),
        };
        match vantage {
            Vantage::Site(_) => self.sites.get_or_init(listed),
            Vantage::Subnet(..) if exits => self.past_azure.get_or_init(listed),
            // Only the owner of the destination affects the result.
            Vantage::Subnet(..) => self.subnets.get_or_init(|| {
                let all = Responders::of(network, vantage);
                let at = |family, responder: &Option<Responder>| ReturnDestination {
                    family,
                    listed: false,
                    regional: None,
                    responder: *responder,
                };
                OfKind {
                    v4: self.counting(&all.of_family().map(|end| at(Family::V4, end))),
                    v6: self.counting(&all.of_family().map(|end| at(Family::V6, end))),
                }
            }),
        }
    }
}

/// Evaluates the return verdicts for vantage points in one state of a network. Vantage points of one class share equal
/// verdicts.
pub(crate) struct VerdictEvaluator<'d, 'a> {
    destinations: &'d Destinations,
    common: Arc<ReturnCommon<'a>>,
    classes: Mutex<HashMap<usize, Arc<OfClass>>>,
}

/// The inputs to the verdicts of one class of engines.
struct OfClass {
    /// For each address, an index into `places`.
    v4: Partition<Ipv4Addr, u32>,
    v6: Partition<Ipv6Addr, u32>,
    /// One decision for each distinct reason, with a destination.
    places: Vec<(DecisionId, ReturnDestination)>,
    /// Results, keyed by the verdicts for the places.
    made: Mutex<HashMap<Vec<Option<ReplyOutcome>>, Arc<ReturnVerdicts>>>,
    /// Keeps the engine alive, because the engine's identity is the key of the class.
    _engine: Engine,
}

impl<'d, 'a> VerdictEvaluator<'d, 'a> {
    pub(crate) fn new(destinations: &'d Destinations, inputs: Inputs<'a>) -> Self {
        let common = Arc::new(ReturnCommon::new(inputs));
        Self { destinations, common, classes: Mutex::default() }
    }

    /// Returns the verdicts for a vantage point. `engine` must have been compiled from the same inputs.
    pub(crate) fn of(&self, vantage: Vantage, engine: &Engine) -> Arc<ReturnVerdicts> {
        let class = self.class(vantage, engine);
        let evaluate = ReturnEvaluator::sharing(&self.common, vantage);
        let verdict = |(id, destination): &(DecisionId, ReturnDestination)| {
            let back = evaluate.evaluate(*destination, engine.decision(*id), engine.sessions());
            back.map(|back| back.outcome())
        };
        let found: Vec<Option<ReplyOutcome>> = class.places.iter().map(verdict).collect();
        let mut made = class.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = made.get(&found) {
            return Arc::clone(known);
        }
        let at = |place: &u32| found.get(*place as usize).copied().flatten();
        let verdicts = Arc::new(ReturnVerdicts { v4: class.v4.map(at), v6: class.v6.map(at) });
        made.insert(found, Arc::clone(&verdicts));
        verdicts
    }

    fn class(&self, vantage: Vantage, engine: &Engine) -> Arc<OfClass> {
        // A site and a subnet never share an engine.
        let known = || self.classes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(class) = known().get(&engine.class()) {
            return Arc::clone(class);
        }
        let exits = engine.decisions().any(|decision| !decision.exits_past_azure().is_empty());
        let destinations = self.destinations.from(self.common.inputs, vantage, exits);
        let mut places = Places::default();
        let v4 = places.of(engine, engine.partition4(), &destinations.v4);
        let v6 = places.of(engine, engine.partition6(), &destinations.v6);
        let (made, own) = (Mutex::default(), engine.alike());
        let class = Arc::new(OfClass { v4, v6, places: places.all, made, _engine: own });
        Arc::clone(known().entry(engine.class()).or_insert(class))
    }
}

/// Places in the order in which they occur.
#[derive(Default)]
struct Places {
    all: Vec<(DecisionId, ReturnDestination)>,
    /// Indexes, keyed by the relevant attributes of a decision and of a destination. Decisions that share a `Why` are
    /// one entry.
    known: HashMap<(Disposition, *const Why, ReturnDestination), u32>,
}

impl Places {
    fn of<A: Address>(
        &mut self,
        engine: &Engine,
        decisions: &Partition<A, DecisionId>,
        destinations: &Partition<A, Option<ReturnDestination>>,
    ) -> Partition<A, u32> {
        decisions.zip_with(destinations, |id, destination| {
            let Some(destination) = destination else { return u32::MAX };
            let decision = engine.decision(*id);
            let key = (decision.disposition, Arc::as_ptr(&decision.why), *destination);
            *self.known.entry(key).or_insert_with(|| {
                self.all.push((*id, *destination));
                u32::try_from(self.all.len() - 1).unwrap_or(u32::MAX)
            })
        })
    }
}

/// Returns the relevant attributes of the destinations of a family. Among several regional communities, the best
/// evidence wins, then the longest prefix, then the lowest value.
fn destinations<A: Address>(
    catalog: &Catalog,
    cover: &CoverTable<A, CatalogEntry>,
    network: &Network,
    vantage: Vantage,
) -> Partition<A, ReturnDestination> {
    let regional = |evidence: Evidence| {
        let mut routes: Vec<(Prefix<A>, Option<Community>)> = catalog
            .all_routes()
            .iter()
            .filter(|route| route.evidence == evidence && is_regional(catalog, route.community))
            .filter_map(|route| Some((route.prefix.of_family::<A>()?, Some(route.community))))
            .collect();
        // Among equal prefixes, the later one takes precedence.
        routes.reverse();
        Partition::from_lpm(routes, None)
    };
    let first = |left: &Option<Community>, right: &Option<Community>| left.or(*right);
    let regional = regional(Evidence::Exported)
        .zip_with(&regional(Evidence::Derived), first)
        .zip_with(&regional(Evidence::Ambiguous), first);
    let listed = regional.zip_with(cover.partition(), |regional, record| ReturnDestination {
        family: A::FAMILY,
        listed: record.is_some(),
        regional: *regional,
        responder: None,
    });
    let responders = Responder::everywhere(network, vantage);
    listed.zip_with(&responders, |destination, responder| destination.at(*responder))
}
