//! The map of a network: the paths of products from every vantage point, and what they become under each failure.

use std::collections::{BTreeMap, HashMap};
use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use crate::addr::{Address, AddressCount, IpSet};
use crate::catalog::snapshot::SnapshotError;
use crate::catalog::{Catalog, TenantRegion, power_platform};
use crate::engine::{
    Classes, CompileError, Destinations, Disposition, Engine, Families, Inputs, Outage, ProductFacts,
    ReturnVerdict, ReturnVerdicts, Vantage, VerdictEvaluator,
};
use crate::network::{CircuitId, Network};
use crate::parallel::side_by_side;
use crate::rib::Community;

/// A path that some addresses of a product share, with the fate of replies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductPath {
    /// The path.
    pub disposition: Disposition,
    /// The circuits; if there are several, they have equal cost.
    pub circuits: Vec<CircuitId>,
    /// What happens to replies; `None` if no reply is expected over this path.
    pub back: Option<ReturnVerdict>,
    /// The number of addresses, for IPv4 and for IPv6.
    pub counts: [AddressCount; 2],
}

/// The paths of a product, in the order of reports.
pub type ProductPaths = Arc<[ProductPath]>;

/// A product from one vantage point.
#[derive(Clone, Debug)]
pub struct MapCell {
    /// The index of the product in [`NetworkMap::products`].
    pub product: usize,
    /// The vantage point.
    pub vantage: Vantage,
    /// The paths without a further failure.
    pub paths: ProductPaths,
    /// The failures that change the paths, by index in [`NetworkMap::failures`], with the paths under each.
    pub changes: Vec<(usize, ProductPaths)>,
}

/// The paths of products from vantage points.
#[derive(Clone, Debug)]
pub struct NetworkMap {
    /// The products, in the order of the question.
    pub products: Vec<ProductFacts>,
    /// The names of the failures, in the order of the question.
    pub failures: Vec<String>,
    /// One cell for each product and vantage point, product by product.
    pub cells: Vec<MapCell>,
}

/// Returns the paths of products from vantage points, in the state of `inputs` and with each failure added to it.
///
/// # Errors
///
/// [`CompileError`] if an input that the network file names is missing.
///
/// # Complexity
///
/// Compiles the distinct engines of each state once, for the vantage points that depend on the failing links, and reads
/// each distinct result once for each product.
pub fn network_map(
    inputs: Inputs<'_>,
    products: Vec<ProductFacts>,
    vantages: &[Vantage],
    failures: &[Outage],
) -> Result<NetworkMap, CompileError> {
    let scopes: Vec<IpSet> = products.iter().map(addresses).collect();
    let part = scopes.iter().fold(IpSet::empty(), |all, one| all.union(one));
    let classes = Classes::new(inputs)?.within(part.clone());
    let destinations = Destinations::within(part);
    let states = States { classes: &classes, destinations: &destinations, inputs, scopes: &scopes };
    let as_written = states.paths(inputs, vantages);
    let places: HashMap<Vantage, usize> =
        vantages.iter().enumerate().map(|(place, vantage)| (*vantage, place)).collect();
    let mut changes: Vec<Vec<Vec<(usize, ProductPaths)>>> =
        vec![vec![Vec::new(); vantages.len()]; scopes.len()];
    let dependents = classes.dependents(vantages.iter().map(|vantage| (*vantage, true)));
    for (number, failure) in failures.iter().enumerate() {
        let affected: Vec<Vantage> = dependents.on(&failure.links).into_iter().collect();
        let links = failure.applied_to(inputs.links);
        for (vantage, found) in affected.iter().zip(states.paths(inputs.links(&links), &affected)) {
            let Some((place, before)) = places.get(vantage).and_then(|at| Some((*at, as_written.get(*at)?)))
            else {
                continue;
            };
            for ((product, now), before) in found.iter().enumerate().zip(before.iter()) {
                if now != before
                    && let Some(list) = changes.get_mut(product).and_then(|all| all.get_mut(place))
                {
                    list.push((number, Arc::clone(now)));
                }
            }
        }
    }
    let cells = changes.into_iter().enumerate().flat_map(|(product, of_product)| {
        let of_vantages = of_product.into_iter().zip(vantages).zip(&as_written);
        of_vantages.filter_map(move |((changes, vantage), paths)| {
            Some(MapCell { product, vantage: *vantage, paths: Arc::clone(paths.get(product)?), changes })
        })
    });
    let cells = cells.collect();
    Ok(NetworkMap { products, failures: failures.iter().map(|one| one.name.clone()).collect(), cells })
}

/// Returns the geographies of which a route filter has a regional community, as one region; `None` if there is none.
///
/// # Errors
///
/// [`SnapshotError`] if the shipped table of geographies was damaged when the program was built.
pub fn filtered_geographies(
    network: &Network,
    catalog: &Catalog,
) -> Result<Option<TenantRegion>, SnapshotError> {
    let filters = network.circuits.iter().filter_map(|circuit| circuit.microsoft_peering.as_ref());
    let filters = filters.filter_map(|peering| peering.of_kind.route_filter.as_ref());
    let held: Vec<Community> =
        filters.flat_map(|filter| filter.communities.iter().map(|community| community.value)).collect();
    let holds =
        |region: &String| catalog.regional_community(region).is_some_and(|value| held.contains(&value));
    let all = power_platform()?.into_iter().filter(|geography| geography.regions.iter().any(holds));
    Ok(TenantRegion::of_geographies(all))
}

/// Returns all addresses of a product.
fn addresses(facts: &ProductFacts) -> IpSet {
    facts.parts.iter().fold(IpSet::empty(), |all, part| all.union(&part.addresses))
}

/// Evaluates vantage points in states of the network.
struct States<'s, 'a> {
    classes: &'s Classes<'a>,
    destinations: &'s Destinations,
    inputs: Inputs<'a>,
    scopes: &'s [IpSet],
}

impl States<'_, '_> {
    /// Returns the paths of all products from each vantage point, in the order of the vantage points.
    fn paths(&self, inputs: Inputs<'_>, vantages: &[Vantage]) -> Vec<Arc<[ProductPaths]>> {
        debug_assert!(std::ptr::eq(inputs.network, self.inputs.network));
        let engines = self.classes.engines(inputs.links, vantages);
        let evaluator = VerdictEvaluator::new(self.destinations, inputs);
        let points: Vec<(&Engine, Vantage)> = engines.iter().zip(vantages.iter().copied()).collect();
        let returns = side_by_side(&points, |(engine, vantage)| evaluator.of(*vantage, engine));
        let mut known = HashMap::new();
        let mut distinct: Vec<(&Engine, &ReturnVerdicts, Families)> = Vec::new();
        let mut of_vantage = Vec::with_capacity(vantages.len());
        for ((engine, returns), vantage) in engines.iter().zip(&returns).zip(vantages) {
            let families = vantage.families(inputs.network);
            let key = (engine.class(), Arc::as_ptr(returns).addr(), families);
            of_vantage.push(*known.entry(key).or_insert_with(|| {
                distinct.push((engine, returns, families));
                distinct.len() - 1
            }));
        }
        let found: Vec<Arc<[ProductPaths]>> = side_by_side(&distinct, |(engine, returns, families)| {
            self.scopes.iter().map(|scope| paths(engine, returns, &families.of(scope))).collect()
        });
        of_vantage.into_iter().filter_map(|index| found.get(index).map(Arc::clone)).collect()
    }
}

type Sums = BTreeMap<(usize, Vec<CircuitId>, Option<ReturnVerdict>), [AddressCount; 2]>;

/// Returns the paths of a set of addresses.
fn paths(engine: &Engine, returns: &ReturnVerdicts, scope: &IpSet) -> ProductPaths {
    let mut sums = Sums::new();
    add::<Ipv4Addr>(engine, returns, scope, 0, &mut sums);
    add::<Ipv6Addr>(engine, returns, scope, 1, &mut sums);
    let path = |((order, circuits, back), counts): (_, _)| {
        let disposition = *Disposition::ALL.get::<usize>(order)?;
        Some(ProductPath { disposition, circuits, back, counts })
    };
    sums.into_iter().filter_map(path).collect()
}

fn add<A: Address>(engine: &Engine, returns: &ReturnVerdicts, scope: &IpSet, family: usize, sums: &mut Sums) {
    let returns = returns.partition::<A>();
    for range in scope.of_family::<A>().ranges() {
        for (range, id) in engine.partition::<A>().within(range) {
            let decision = engine.decision(*id);
            let order =
                Disposition::ALL.iter().position(|one| *one == decision.disposition).unwrap_or_default();
            for (range, back) in returns.within(range) {
                let key = (order, decision.circuits().to_vec(), back.map(|back| back.verdict));
                let counts = sums.entry(key).or_insert([AddressCount::ZERO; 2]);
                if let Some(count) = counts.get_mut(family) {
                    *count = *count + range.count();
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Catalog, Cloud};
    use crate::diag::Source;
    use crate::engine::{LinkState, RoutingTables, product_facts};

    fn counts(paths: &[ProductPath]) -> [AddressCount; 2] {
        let sum = |family: usize| paths.iter().filter_map(|path| path.counts.get(family).copied()).sum();
        [sum(0), sum(1)]
    }

    /// Each cell equals an evaluation of its own vantage point and state from scratch, and its sums are the sizes of the
    /// product.
    #[test]
    fn every_cell_is_as_from_scratch() {
        let catalog = Catalog::shipped(Cloud::Public).unwrap();
        let source = Source::new("network.yaml", include_str!("../../examples/two-sites/network.yaml"));
        let network = crate::network::read(&source, &catalog).0.unwrap();
        let (links, tables) = (LinkState::as_written(), RoutingTables::default());
        let inputs = Inputs::new(&network, &catalog).tables(&tables);
        let europe = catalog.tenant_region("Europe").unwrap();
        let facts = |id: &str| product_facts(&catalog, catalog.product(id).unwrap(), Some(&europe));
        let products =
            vec![facts("power-platform"), facts("entra"), facts("teams"), facts("azure-front-door")];
        let vantages: Vec<Vantage> = Vantage::all(&network).collect();
        let failures = Outage::singles(&network);
        let map = network_map(inputs, products.clone(), &vantages, &failures).unwrap();
        assert_eq!(map.cells.len(), products.len() * vantages.len());
        let mut changed = 0;
        for cell in &map.cells {
            let scope = addresses(&products[cell.product]);
            let alone = |links: &LinkState| {
                let inputs = inputs.links(links);
                let engine = Engine::compile_at(inputs, cell.vantage).unwrap();
                let scope = cell.vantage.families(&network).of(&scope);
                paths(&engine, &ReturnVerdicts::of(inputs, cell.vantage, &engine), &scope)
            };
            assert_eq!(cell.paths, alone(&links));
            let own = cell.vantage.families(&network).of(&scope);
            assert_eq!(counts(&cell.paths), [own.v4.count(), own.v6.count()]);
            for (number, failure) in failures.iter().enumerate() {
                let now = alone(&failure.applied_to(&links));
                let change = cell.changes.iter().find(|(at, _)| *at == number);
                assert_eq!(change.map_or(&cell.paths, |(_, paths)| paths), &now, "{}", failure.name);
                changed += usize::from(change.is_some());
            }
        }
        assert!(changed > 10, "{changed}");
    }
}
