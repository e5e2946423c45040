//! The return verdict of every address from a vantage point, as one exact function per family.

use std::collections::HashMap;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use crate::addr::{Address, Partition, Prefix};
use crate::catalog::{Catalog, CatalogEntry, Evidence};
use crate::engine::compile::{Engine, FamilyParts};
use crate::engine::decision::{DecisionId, Disposition, ReturnVerdict, Why};
use crate::engine::forwarding::Forwarding;
use crate::engine::inputs::Inputs;
use crate::engine::vantage::Vantage;
use crate::fib::CoverTable;
use crate::network::{Network, SubnetId, VirtualNetworkId};
use crate::rib::Community;

use super::WaysBack;
use super::at_site::return_to_subnet;
use super::destination::{ReturnDestination, is_regional};
use super::far_end::FarEnd;

/// The return verdict of every address: the fast twin of what [`explain`](crate::engine::explain()) says of one. `None` where
/// no packet leaves, or where it cannot be told over what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReturnVerdicts {
    v4: Partition<Ipv4Addr, Option<ReturnVerdict>>,
    v6: Partition<Ipv6Addr, Option<ReturnVerdict>>,
}

impl ReturnVerdicts {
    /// The verdicts of a vantage point, whose engine was compiled from the same inputs.
    ///
    /// From a site the way back follows from a decision and from four facts about its destination
    /// (`ReturnDestination`), from a subnet from a decision and the site that owns the destination; so it is
    /// told once for each pair that occurs.
    ///
    /// # Complexity
    ///
    /// Linear in the ranges of the engine, `O(n log n)` in the prefixes of regional communities.
    pub fn of(inputs: Inputs<'_>, vantage: Vantage, engine: &Engine) -> Self {
        let site = match vantage {
            Vantage::Site(site) => site,
            Vantage::Subnet(network, subnet) => {
                let from = (network, subnet);
                let forwarding = Forwarding::new(inputs);
                return Self {
                    v4: to_subnet(&forwarding, from, engine, engine.partition4()),
                    v6: to_subnet(&forwarding, from, engine, engine.partition6()),
                };
            }
        };
        let mut verdicts = Verdicts { ways: WaysBack::of(inputs, site), engine, known: HashMap::new() };
        let (catalog, network) = (inputs.catalog, inputs.network);
        Self {
            v4: verdicts
                .of_family(engine.partition4(), &destinations(catalog, catalog.cover4(), network, vantage)),
            v6: verdicts
                .of_family(engine.partition6(), &destinations(catalog, catalog.cover6(), network, vantage)),
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
    /// `None` for a site of another network.
    ways: Option<WaysBack<'a>>,
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
            let ways = self.ways.as_ref();
            *self
                .known
                .entry(key)
                .or_insert_with(|| Some(ways?.tell(*destination, decision, self.engine.sessions())?.verdict))
        })
    }
}

/// The verdicts from a subnet: of a destination only the site that owns it counts.
fn to_subnet<A: FamilyParts>(
    forwarding: &Forwarding<'_>,
    from: (VirtualNetworkId, SubnetId),
    engine: &Engine,
    decisions: &Partition<A, DecisionId>,
) -> Partition<A, Option<ReturnVerdict>> {
    let mut known: HashMap<(Disposition, *const Why, Option<FarEnd>), Option<ReturnVerdict>> = HashMap::new();
    let vantage = Vantage::Subnet(from.0, from.1);
    decisions.zip_with(&FarEnd::everywhere(forwarding.network(), vantage, A::of), |id, far_end| {
        let decision = engine.decision(*id);
        *known.entry((decision.disposition, Arc::as_ptr(&decision.why), *far_end)).or_insert_with(|| {
            let destination =
                ReturnDestination { family: A::FAMILY, listed: false, regional: None, far_end: *far_end };
            let back = return_to_subnet(forwarding, from, destination, decision, engine.sessions());
            back.map(|back| back.verdict)
        })
    })
}

/// What matters of each destination of a family. A lookup's first regional community is the one of the best
/// evidence, then of the longest prefix, then of the lowest value.
fn destinations<A: FamilyParts>(
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
    let listed = regional.zip_with(cover.partition(), |regional, record| ReturnDestination {
        family: A::FAMILY,
        listed: record.is_some(),
        regional: *regional,
        far_end: None,
    });
    let far_ends = FarEnd::everywhere(network, vantage, A::of);
    listed.zip_with(&far_ends, |destination, far_end| destination.at(*far_end))
}
