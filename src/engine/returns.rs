//! The return verdict of every address from a vantage point, as one exact function per family.

use std::collections::HashMap;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use crate::addr::{Address, Partition, Prefix};
use crate::catalog::{Catalog, CatalogEntry, Evidence};
use crate::fib::CoverTable;
use crate::network::SiteId;
use crate::rib::Community;

use super::compile::Engine;
use super::decision::{DecisionId, Disposition, Why};
use super::family::FamilyParts;
use super::inputs::Inputs;
use super::return_path::{ReturnDestination, WaysBack, is_regional};
use super::return_reason::ReturnVerdict;
use super::vantage::Vantage;

/// The return verdict of every address: the fast twin of what [`super::explain`] says of one. `None` where
/// no packet leaves, or where it cannot be told over what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReturnVerdicts {
    v4: Partition<Ipv4Addr, Option<ReturnVerdict>>,
    v6: Partition<Ipv6Addr, Option<ReturnVerdict>>,
}

impl ReturnVerdicts {
    /// The verdicts of a vantage point, whose engine was compiled from the same inputs; from a subnet the way
    /// back is not told.
    ///
    /// The way back follows from a decision and from three facts about its destination
    /// (`ReturnDestination`), so it is told once for each pair that occurs.
    ///
    /// # Complexity
    ///
    /// Linear in the ranges of the engine, `O(n log n)` in the prefixes of regional communities.
    pub fn of(inputs: Inputs<'_>, vantage: Vantage, engine: &Engine) -> Self {
        let Vantage::Site(site) = vantage else {
            return Self { v4: Partition::uniform(None), v6: Partition::uniform(None) };
        };
        let mut verdicts = Verdicts { ways: WaysBack::of(inputs), site, engine, known: HashMap::new() };
        let catalog = inputs.catalog;
        Self {
            v4: verdicts.of_family(engine.partition4(), &destinations(catalog, catalog.cover4())),
            v6: verdicts.of_family(engine.partition6(), &destinations(catalog, catalog.cover6())),
        }
    }

    /// The IPv4 space as a function.
    pub fn partition4(&self) -> &Partition<Ipv4Addr, Option<ReturnVerdict>> {
        &self.v4
    }

    /// The IPv6 space as a function.
    pub fn partition6(&self) -> &Partition<Ipv6Addr, Option<ReturnVerdict>> {
        &self.v6
    }
}

struct Verdicts<'a> {
    ways: WaysBack<'a>,
    site: SiteId,
    engine: &'a Engine,
    /// By all that counts of a decision (what shares its `Why` is one entry) and of a destination.
    known: HashMap<(Disposition, *const Why, ReturnDestination), Option<ReturnVerdict>>,
}

impl Verdicts<'_> {
    fn of_family<A: Address>(
        &mut self,
        decisions: &Partition<A, DecisionId>,
        destinations: &Partition<A, ReturnDestination>,
    ) -> Partition<A, Option<ReturnVerdict>> {
        decisions.zip_with(destinations, |id, destination| {
            let decision = self.engine.decision(*id);
            let key = (decision.disposition, Arc::as_ptr(&decision.why), *destination);
            *self
                .known
                .entry(key)
                .or_insert_with(|| self.ways.tell(self.site, *destination, decision).map(|back| back.verdict))
        })
    }
}

/// What matters of each destination of a family. A lookup's first regional community is the one of the best
/// evidence, then of the longest prefix, then of the lowest value.
fn destinations<A: FamilyParts>(
    catalog: &Catalog,
    cover: &CoverTable<A, CatalogEntry>,
) -> Partition<A, ReturnDestination> {
    let regional = |evidence: Evidence| {
        let mut routes: Vec<(Prefix<A>, Option<Community>)> = catalog
            .all_routes()
            .iter()
            .filter(|route| route.evidence == evidence && is_regional(catalog, route.community))
            .filter_map(|route| Some((A::of(route.prefix)?, Some(route.community))))
            .collect();
        // Of equal prefixes the later wins.
        routes.reverse();
        Partition::from_lpm(routes, None)
    };
    let first = |left: &Option<Community>, right: &Option<Community>| left.or(*right);
    let regional = regional(Evidence::Exported)
        .zip_with(&regional(Evidence::Derived), first)
        .zip_with(&regional(Evidence::Ambiguous), first);
    regional.zip_with(cover.partition(), |regional, record| ReturnDestination {
        family: A::FAMILY,
        listed: record.is_some(),
        regional: *regional,
    })
}
