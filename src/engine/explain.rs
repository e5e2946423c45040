//! Why: every candidate of an address, who won and why the others did not, by plain linear scans.
//!
//! The slow twin of [`super::Engine`]: it shares the choice among candidates with it, but finds them
//! by looking at each one. A test holds both to the same answers.

use std::net::IpAddr;

use crate::addr::IpPrefix;
use crate::catalog::{Catalog, Lookup};
use crate::network::{CircuitId, Network, SiteId};
use crate::rib::Community;

use super::candidates::{Absence, Advertiser, Candidate, candidates};
use super::decision::Decision;
use super::eligibility::eligibility;
use super::select::{select, special_purpose};
use super::service::service_name;
use super::support::{Support, support};

/// All that is known about an address.
#[derive(Debug)]
pub struct Explanation<'a> {
    /// The address.
    pub address: IpAddr,
    /// What Microsoft's lists say.
    pub lookup: Lookup<'a>,
    /// The name it is counted under.
    pub service: String,
    /// The path; without a network file, eligibility.
    pub decision: Decision,
    /// What the documents say.
    pub support: Support,
    /// With a network file: every route that covers the address, the longest prefix first.
    pub candidates: Vec<Candidate>,
    /// With a network file: communities that carry the address but bring no route, per circuit.
    pub absent: Vec<AbsentRoute>,
}

/// A community that carries an address but brings no route over a circuit of the site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AbsentRoute {
    /// The circuit.
    pub circuit: CircuitId,
    /// The community.
    pub community: Community,
    /// Its prefix that covers the address.
    pub prefix: IpPrefix,
    /// Why it brings no route.
    pub absence: Absence,
}

/// Explains an address; with a network, from the vantage point of a site.
///
/// # Complexity
///
/// Linear in the number of candidates.
pub fn explain<'a>(
    catalog: &'a Catalog,
    vantage: Option<(&Network, SiteId)>,
    address: IpAddr,
) -> Explanation<'a> {
    let lookup = catalog.lookup(address);
    let support = support(&lookup);
    let service = service_name(address, &lookup);
    let Some((network, site)) = vantage else {
        let decision = eligibility(address, &lookup);
        return Explanation {
            address,
            lookup,
            service,
            decision,
            support,
            candidates: Vec::new(),
            absent: Vec::new(),
        };
    };
    let mut covering = candidates(network, catalog, site);
    covering.retain(|candidate| candidate.prefix.contains(address));
    covering.sort_by_key(|candidate| (u8::MAX - candidate.prefix.length(), candidate.origin));
    let chain = covering.chunk_by(|left, right| left.prefix == right.prefix);
    let groups = chain.filter_map(|group| Some((group.first()?.prefix, group)));
    let decision = special_purpose(address, select(site, groups));
    let absent = absent_routes(catalog, network, site, &lookup);
    Explanation { address, lookup, service, decision, support, candidates: covering, absent }
}

fn absent_routes(
    catalog: &Catalog,
    network: &Network,
    site: SiteId,
    lookup: &Lookup<'_>,
) -> Vec<AbsentRoute> {
    let circuits = network.site(site).map(|site| site.circuits.as_slice()).unwrap_or_default();
    let advertisers: Vec<_> = circuits
        .iter()
        .filter_map(|id| Some((*id, Advertiser::new(catalog, *id, network.circuit(*id)?))))
        .collect();
    let mut absent = Vec::new();
    for entry in &lookup.communities {
        for (circuit, advertiser) in &advertisers {
            if let Some(absence) = advertiser.absence(entry.community) {
                let (community, prefix) = (entry.community, entry.prefix);
                absent.push(AbsentRoute { circuit: *circuit, community, prefix, absence });
            }
        }
    }
    absent
}
