//! Evaluates many places in a network together. Only one place of each kind is evaluated, and data that the results
//! have in common is computed once.
//!
//! The result for two places equals that of [`explain_at`](super::explain_at). The routes that cover places determine
//! which places are of one kind.

mod effect;
mod kinds;

pub use kinds::{Kind, Kinds, Probe};

use std::cell::RefCell;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

use crate::engine::decision::Decision;
use crate::engine::effective_routes::from_subnet;
use crate::engine::forwarding::{Followed, Start, Started};
use crate::engine::inputs::{CompileError, Inputs};
use crate::engine::return_path::{
    Responder, ReturnCommon, ReturnDestination, ReturnPath, ReturnPaths, return_to_subnet,
};
use crate::engine::vantage::Vantage;
use crate::network::{SiteId, SubnetId, VirtualNetworkId};

/// Evaluates paths between places of a network.
pub struct Survey<'a> {
    common: Arc<ReturnCommon<'a>>,
    ways: RefCell<HashMap<SiteId, Option<ReturnPaths<'a>>>>,
}

impl std::fmt::Debug for Survey<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Survey").field("common", &self.common).finish_non_exhaustive()
    }
}

/// The outcome of a packet and of its reply.
#[derive(Clone, Debug)]
pub struct RoundTrip {
    /// The path of the packet.
    pub decision: Decision,
    /// The return path; `None` unless the packet leaves over a known link.
    pub back: Option<ReturnPath>,
}

impl<'a> Survey<'a> {
    /// Creates a survey of a network.
    ///
    /// # Errors
    ///
    /// [`CompileError::MissingTable`] if the network file names a route table that is not in the inputs.
    pub fn new(inputs: Inputs<'a>) -> Result<Self, CompileError> {
        inputs.check()?;
        Ok(Self { common: Arc::new(ReturnCommon::plain(inputs)), ways: RefCell::default() })
    }

    /// Evaluates a packet to an address; `None` for a vantage point of another network.
    ///
    /// # Complexity
    ///
    /// Linear in the routes of the routers on the path.
    pub fn ask(&self, from: Vantage, address: IpAddr) -> Option<RoundTrip> {
        match from {
            Vantage::Site(site) => self.at_site(site, address),
            Vantage::Subnet(network, subnet) => self.in_subnet(network, subnet, address),
        }
    }

    fn at_site(&self, site: SiteId, address: IpAddr) -> Option<RoundTrip> {
        let (forwarding, inputs) = (self.common.forwarding(), self.common.inputs());
        let lookup = inputs.catalog.lookup(address);
        let routes = forwarding.routes_of(site, false, &|prefix| prefix.contains(address))?;
        let first = routes.decision(address, lookup.is_empty());
        let mut sessions = routes.edge.sessions;
        forwarding.add_sessions_behind(site, &mut sessions);
        let of = Followed { started: Started::Packet(None), address, lookup: &lookup };
        let traces = forwarding.traces_from_site(site, &first, &sessions, of);
        let decision = forwarding.summary(Start::Site, &first, traces, &mut sessions);
        let responder = Responder::of(inputs.network, Vantage::Site(site), address);
        let destination = ReturnDestination::of(inputs.catalog, address, &lookup).at(responder);
        let mut ways = self.ways.borrow_mut();
        let ways = ways.entry(site).or_insert_with(|| ReturnPaths::of(&self.common, site));
        let back = ways.as_ref().and_then(|ways| ways.return_path(destination, &decision, &sessions));
        let back = back.map(|path| path.answered_from(inputs.network, address));
        Some(RoundTrip { decision, back })
    }

    fn in_subnet(&self, network: VirtualNetworkId, subnet: SubnetId, address: IpAddr) -> Option<RoundTrip> {
        let (forwarding, inputs) = (self.common.forwarding(), self.common.inputs());
        let lookup = inputs.catalog.lookup(address);
        let place = (network, subnet);
        let own = forwarding.subnet(network, subnet)?;
        let first = from_subnet(&own, address, &lookup)?.decision;
        let mut sessions = own.sessions().to_vec();
        let of = Followed { started: Started::Packet(Some(network)), address, lookup: &lookup };
        let traces = forwarding.traces_from_subnet(place, &first, of);
        let decision = forwarding.summary(Start::Subnet(network), &first, traces, &mut sessions);
        let responder = Responder::of(inputs.network, Vantage::Subnet(network, subnet), address);
        let destination = ReturnDestination::of(inputs.catalog, address, &lookup).at(responder);
        let back = return_to_subnet(&self.common, place, destination, &decision, &sessions)
            .map(|path| path.answered_from(inputs.network, address));
        Some(RoundTrip { decision, back })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Catalog, Cloud};
    use crate::diag::Source;
    use crate::engine::explain_at;
    use crate::network;

    /// Checks for every scenario that the results equal those of `explain`, and that places of one kind have the same
    /// outcome.
    #[test]
    fn one_place_of_a_kind_stands_for_all() {
        let catalog = Catalog::shipped(Cloud::Public).unwrap();
        let (mut asked, mut alike) = (0, 0);
        let mut differ = Vec::new();
        let topics = std::fs::read_dir("tests/scenarios").unwrap().map(|topic| topic.unwrap().path());
        let folders =
            topics.filter(|topic| topic.is_dir()).flat_map(|topic| std::fs::read_dir(topic).unwrap());
        for folder in folders {
            let name = folder.unwrap().path();
            let name = name.display();
            let Ok(text) = std::fs::read_to_string(format!("{name}/network.yaml")) else {
                continue;
            };
            let Some(network) = network::read(&Source::new("network.yaml", text), &catalog).0 else {
                continue;
            };
            let inputs = Inputs::new(&network, &catalog);
            let Ok(survey) = Survey::new(inputs) else { continue };
            let Kinds { sites, subnets, .. } = survey.kinds();
            let pairs = sites.iter().flat_map(|site| subnets.iter().map(move |subnet| (site, subnet)));
            for (site, subnet) in pairs {
                let of_kind = |kinds: (&Kind, &Kind)| {
                    let (from, to) = (kinds.0.first()?, kinds.1.first()?);
                    (from.address.is_ipv4() == to.address.is_ipv4()).then_some((*from, *to))
                };
                for kinds in [(site, subnet), (subnet, site)] {
                    let Some((from, to)) = of_kind(kinds) else { continue };
                    let found = survey.ask(from.at, to.address).unwrap();
                    let slow = explain_at(inputs, from.at, to.address).unwrap();
                    assert_eq!((&found.decision, &found.back), (&slow.decision, &slow.return_path));
                    asked += 1;
                    for (from, to) in kinds.0.iter().flat_map(|from| kinds.1.iter().map(move |to| (from, to)))
                    {
                        let other = survey.ask(from.at, to.address).unwrap();
                        let facts = |found: &RoundTrip, from: &Probe| {
                            let devices: Vec<_> = found.decision.devices().collect();
                            let back = found.back.iter().flat_map(|back| &back.sources);
                            let own = back.filter(|source| source.source.contains(from.address));
                            let own = own.max_by_key(|source| source.source.length());
                            (found.decision.disposition, devices, own.map(|source| source.verdict))
                        };
                        let first = kinds.0.first().unwrap();
                        let (one, all) = (facts(&found, first), facts(&other, from));
                        if one != all {
                            differ.push(format!("{from:?} to {to:?}: {all:?}, not {one:?} in {name}"));
                        }
                        alike += 1;
                    }
                }
            }
        }
        assert!(differ.is_empty(), "{differ:#?}");
        assert!(asked > 300 && alike > asked, "{asked} compared, {alike} alike");
    }
}
