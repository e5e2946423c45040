//! Who may connect to us: the products that open connections to published servers, over which path their packets
//! arrive, and whether replies arrive.
//!
//! All remote addresses for which the server's site makes the same decision, and which lie in the same region, have the
//! same outcome. One connection of each such class is evaluated.

use std::collections::{BTreeMap, HashMap};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::addr::{Address, AddressCount, Family, IpSet};
use crate::catalog::{CommunityKind, Initiates, Product, RecordId, TenantRegion};
use crate::diag::Spanned;
use crate::engine::{
    CompileError, DecisionId, Engine, Inputs, ReturnVerdict, ServerReason, ToServer, ToServerError, Vantage,
    to_server,
};
use crate::network::{Published, PublishedId};
use crate::rib::Community;

/// A product that may open connections to a published server, from one service tag.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The server.
    pub server: PublishedId,
    /// The server's name.
    pub server_name: String,
    /// The public addresses of the server.
    pub addresses: Vec<Spanned<IpAddr>>,
    /// The product.
    pub product: &'static Product<'static>,
    /// The service tag and the purpose of the connections, as documented.
    pub initiates: Initiates<'static>,
    /// The number of ranges from which the product connects; 0 if no document names them.
    pub ranges: usize,
    /// The number of addresses from which the product connects, for IPv4 and for IPv6.
    pub remotes: [AddressCount; 2],
    /// The outcomes, the worst first. Remote addresses of a family in which the server has no address are not counted.
    pub outcomes: Vec<CallerOutcome>,
}

/// The outcome that some remote addresses of a caller share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallerOutcome {
    /// Whether replies arrive.
    pub verdict: ReturnVerdict,
    /// The links over which packets arrive, by name; empty if no packet arrives.
    pub over: Vec<String>,
    /// The reasons, one for each kind of link.
    pub reasons: Vec<ServerReason>,
    /// The number of remote addresses, for IPv4 and for IPv6.
    pub remotes: [AddressCount; 2],
    /// One of the remote addresses.
    pub example: IpAddr,
}

impl Caller {
    /// Returns the worst outcome for replies; `None` if no connection is possible or documented.
    pub fn worst(&self) -> Option<ReturnVerdict> {
        self.outcomes.iter().map(|outcome| outcome.verdict).max()
    }
}

/// Returns every product of `products` that opens connections, for every published server. With a region, regional
/// tags count with that region only.
///
/// # Errors
///
/// [`CompileError`] if an input that the network file names is missing.
///
/// # Complexity
///
/// Compiles one engine for each site with servers, reads the ranges of each tag once for each server, and evaluates one
/// connection for each distinct decision and region.
pub fn callers(
    inputs: Inputs<'_>,
    products: &[&'static Product<'static>],
    region: Option<&TenantRegion>,
) -> Result<Vec<Caller>, CompileError> {
    let mut all = Vec::new();
    let mut engines: HashMap<_, Engine> = HashMap::new();
    for (id, server) in inputs.network.published_with_ids() {
        let engine = match engines.remove(&id.site) {
            Some(engine) => engine,
            None => Engine::compile_at(inputs, Vantage::Site(id.site))?,
        };
        for product in products {
            for initiates in &product.initiates {
                let ranges = initiates.tag.map_or_else(IpSet::empty, |tag| {
                    let parts = inputs.catalog.tag_parts(tag, region);
                    parts.into_iter().fold(IpSet::empty(), |all, part| all.union(&part.addresses))
                });
                all.push(Caller {
                    server: id,
                    server_name: server.name.clone(),
                    addresses: server.addresses.clone(),
                    product,
                    initiates: *initiates,
                    ranges: ranges.ranges().count(),
                    remotes: [ranges.count(Family::V4), ranges.count(Family::V6)],
                    outcomes: outcomes(inputs, &engine, (id, server), &ranges)?,
                });
            }
        }
        engines.insert(id.site, engine);
    }
    Ok(all)
}

/// The remote addresses of one decision and region, with their number.
type Classes = BTreeMap<(DecisionId, Option<Community>), (IpAddr, AddressCount)>;

fn outcomes(
    inputs: Inputs<'_>,
    engine: &Engine,
    (id, server): (PublishedId, &Published),
    remotes: &IpSet,
) -> Result<Vec<CallerOutcome>, CompileError> {
    let mut all: Vec<CallerOutcome> = Vec::new();
    for (at, family) in [Family::V4, Family::V6].into_iter().enumerate() {
        if server.address(family).is_none() {
            continue;
        }
        let classes = match family {
            Family::V4 => classes::<Ipv4Addr>(inputs, engine, remotes),
            Family::V6 => classes::<Ipv6Addr>(inputs, engine, remotes),
        };
        for (example, count) in classes.into_values() {
            let connection = match to_server(inputs, id, example) {
                Ok(connection) => connection,
                Err(ToServerError::Compile(error)) => return Err(error),
                Err(_) => continue,
            };
            let (over, reasons) = arrivals(inputs, &connection);
            let verdict = connection.verdict;
            // Reasons that differ only in the circuits of the reply are one.
            let words = |all: &[ServerReason]| all.iter().map(ServerReason::sentence).collect::<Vec<_>>();
            let same = |one: &&mut CallerOutcome| {
                one.verdict == verdict && one.over == over && words(&one.reasons) == words(&reasons)
            };
            if let Some(known) = all.iter_mut().find(same) {
                add(&mut known.remotes, at, count);
                continue;
            }
            let mut remotes = [AddressCount::ZERO; 2];
            add(&mut remotes, at, count);
            all.push(CallerOutcome { verdict, over, reasons, remotes, example });
        }
    }
    all.sort_by_key(|one| std::cmp::Reverse(one.verdict));
    Ok(all)
}

fn add(sums: &mut [AddressCount; 2], at: usize, count: AddressCount) {
    if let Some(sum) = sums.get_mut(at) {
        *sum = *sum + count;
    }
}

/// Returns the links over which packets of a connection arrive, and the distinct reasons for the outcome.
fn arrivals(inputs: Inputs<'_>, connection: &ToServer<'_>) -> (Vec<String>, Vec<ServerReason>) {
    let over = connection.arrivals.iter().filter_map(|arrival| arrival.over.as_ref());
    let over = over.flat_map(|link| link.names(inputs.network)).collect();
    let mut reasons: Vec<ServerReason> = Vec::new();
    for arrival in &connection.arrivals {
        if !reasons.contains(&arrival.reason) {
            reasons.push(arrival.reason.clone());
        }
    }
    (over, reasons)
}

/// Returns the classes of remote addresses of a family.
fn classes<A: Address>(inputs: Inputs<'_>, engine: &Engine, remotes: &IpSet) -> Classes {
    let catalog = inputs.catalog;
    let mut regions: HashMap<RecordId, Option<Community>> = HashMap::new();
    let mut all = Classes::new();
    for range in remotes.of_family::<A>().ranges() {
        for (range, decision) in engine.partition::<A>().within(range) {
            for (range, node) in catalog.cover::<A>().partition().within(range) {
                let record = node.map(RecordId::of_family::<A>);
                let region = record.and_then(|record| {
                    *regions.entry(record).or_insert_with(|| {
                        let lookup = catalog.lookup_record(record);
                        let mut all = lookup.communities.iter().map(|route| route.community);
                        let regional = |value: &Community| {
                            let known = catalog.community(*value);
                            known.is_some_and(|known| known.kind == CommunityKind::Regional)
                        };
                        all.find(regional)
                    })
                });
                let class =
                    all.entry((*decision, region)).or_insert((range.first().into(), AddressCount::ZERO));
                class.1 = class.1 + range.count();
            }
        }
    }
    all
}
