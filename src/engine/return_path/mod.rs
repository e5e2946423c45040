//! The way back: where the answer to a packet comes in, and what becomes of it there.
//!
//! Sources: Microsoft, *Asymmetric routing with ExpressRoute* (longest match; of the same prefix on ExpressRoute
//! and on the internet always ExpressRoute), *Optimize ExpressRoute routing* and *routing requirements* (of
//! several circuits the shorter AS path; private autonomous systems are stripped; otherwise Microsoft picks
//! one), *ExpressRoute NAT*.

mod at_site;
mod at_virtual_network;
mod common;
mod destination;
mod devices;
mod far_end;
mod interconnect;
mod list_facts;
mod source_parts;
mod through_hub;
mod translated;
mod verdicts;

pub(in crate::engine) use at_site::return_to_subnet;
pub(crate) use common::{FarEndPartitions, ReturnCommon, far_ends};
pub use destination::{ReturnDestination, ReturnJudge, return_at};
pub use far_end::{FarEnd, FarEnds};
pub(crate) use list_facts::{RecordFact, RecordFacts, RecordSayings};
pub(in crate::engine) use source_parts::parts_with_address;
pub use verdicts::ReturnVerdicts;
pub(crate) use verdicts::{Destinations, ReturnTeller};

use std::sync::Arc;

use crate::addr::IpPrefix;
use crate::diag::{Span, Spanned};
use crate::engine::attraction::{Attracted, OnCircuit, OnInternet};
use crate::engine::decision::{Decision, Device, Disposition, Reason, ReturnReason, ReturnVerdict};
use crate::engine::session::{Session, leads_to};
use crate::network::{CircuitId, Connection, Site, SiteId, SubnetId, VirtualNetworkId};

use at_virtual_network::NetworkAnswers;
use interconnect::roads;
use source_parts::{is_public, near, parts};
use through_hub::{answers, is_through_hub};
use translated::{address_of, answers_to};

/// The way back of a decision, for each source that its packets may have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReturnPath {
    /// The worst of all sources.
    pub verdict: ReturnVerdict,
    /// The sources, in the order of what carries the packet and then of the network file.
    pub sources: Vec<SourceReturn>,
}

/// The virtual network that answers, and the subnet whose routes count.
type Answering = (VirtualNetworkId, Option<SubnetId>);

/// The way back to one source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceReturn {
    /// The circuit that carries the packet there, where one does.
    pub over: Option<(CircuitId, Connection)>,
    /// The site that answers, where the packet leaves a virtual network.
    pub site: Option<SiteId>,
    /// What the packet's source address lies in, after translation.
    pub source: IpPrefix,
    /// Where that stands in the network file.
    pub span: Span,
    /// What becomes of the answer.
    pub verdict: ReturnVerdict,
    /// Why.
    pub reason: ReturnReason,
}

/// Tells the ways back to one site; what they have in common is worked out once.
pub(super) struct WaysBack<'a> {
    common: Arc<ReturnCommon<'a>>,
    id: SiteId,
    site: &'a Site,
    networks: NetworkAnswers<'a>,
}

impl<'a> WaysBack<'a> {
    /// Of a site; `None` where the network has none such.
    pub(super) fn of(common: &Arc<ReturnCommon<'a>>, id: SiteId) -> Option<Self> {
        let inputs = common.inputs;
        let site = inputs.network.site(id)?;
        Some(Self { common: Arc::clone(common), id, site, networks: NetworkAnswers::of(common, (id, site)) })
    }

    /// Whether the company's network leads from the edge of a site back to this one.
    fn leads_back(&self, from: SiteId) -> bool {
        leads_to(self.common.inputs.network, self.common.inputs.links, from, self.id)
    }

    /// The way back of a decision of the site about a destination; `None` where no packet leaves, or where it
    /// cannot be told over what. Of the decision, whose carriers are among `sessions`, its disposition and its
    /// [`Why`](crate::engine::Why) count.
    pub(super) fn tell(
        &self,
        destination: ReturnDestination,
        decision: &Decision,
        sessions: &[Session],
    ) -> Option<ReturnPath> {
        self.tell_to(&self.site.prefixes, destination, decision, sessions)
    }

    /// As [`Self::tell`], of packets that the edge of the site sends on for these sources.
    pub(super) fn tell_to(
        &self,
        sources: &[Spanned<IpPrefix>],
        destination: ReturnDestination,
        decision: &Decision,
        sessions: &[Session],
    ) -> Option<ReturnPath> {
        if !has_return(decision.disposition) {
            return None;
        }
        let reached =
            self.common.circuits().iter().map(|advertiser| {
                destination.regional.is_none_or(|community| advertiser.may_reach(community))
            });
        let reached = reached.collect();
        let mut back = Back { ways: self, own: sources, destination, reached, sources: Vec::new() };
        match decision.disposition {
            Disposition::MicrosoftPeering => {
                for (circuit, connection) in decision.carriers().iter().filter_map(|carrier| carrier.circuit)
                {
                    back.over_microsoft_peering(circuit, connection);
                }
            }
            // It left a virtual network, not the site's own edge: no document says what its source becomes there.
            Disposition::Internet if decision.hops().last().is_some_and(|hop| hop.edge().is_none()) => {
                back.beyond_azure(decision);
            }
            Disposition::Internet => {
                let exits = decision.exits();
                let exits = if exits.is_empty() { vec![self.id] } else { exits };
                for exit in exits {
                    back.over_internet(exit);
                }
            }
            Disposition::PrivatePeering | Disposition::Vpn => back.over_private_paths(decision, sessions),
            _ => return None,
        }
        let verdict = back.sources.iter().map(|source| source.verdict).max()?;
        Some(ReturnPath { verdict, sources: back.sources })
    }
}

struct Back<'w, 'a> {
    ways: &'w WaysBack<'a>,
    /// The sources before any translation.
    own: &'w [Spanned<IpPrefix>],
    destination: ReturnDestination,
    /// By circuit, whether its SKU reaches the region of the destination: without, it attracts nothing from there.
    reached: Vec<bool>,
    sources: Vec<SourceReturn>,
}

impl Back<'_, '_> {
    fn over_microsoft_peering(&mut self, circuit: CircuitId, connection: Connection) {
        let network = self.ways.common.inputs.network;
        let Some(peering) = network.circuit(circuit).and_then(|one| one.microsoft_peering.as_ref()) else {
            return;
        };
        for source in self.translated(peering.nat_on(connection)) {
            for part in parts(source.value, self.known(source.value)) {
                let reason = self.judge_circuit(circuit, part);
                self.push(Some((circuit, connection)), Spanned::new(part, source.span), reason);
            }
        }
    }

    fn judge_circuit(&self, out: CircuitId, source: IpPrefix) -> ReturnReason {
        if !is_public(source) {
            return ReturnReason::PrivateSource;
        }
        match self.attracted(source) {
            Attracted::Nowhere => ReturnReason::NotAdvertised,
            Attracted::Internet(edges) => {
                let stateful = self.are_stateful(&edges);
                let on_circuits =
                    self.ways.common.attractions().circuits(source, |circuit| self.reaches(circuit));
                match edges.first() {
                    Some(edge) if !on_circuits.is_empty() => {
                        ReturnReason::LongerOnInternet { prefix: edge.prefix.value, stateful }
                    }
                    _ => ReturnReason::OnlyOnInternet { stateful },
                }
            }
            Attracted::Circuits(tied) => match circuits(&tied) {
                circuits if !self.leads_back(&circuits) => ReturnReason::CutOff,
                circuits if circuits == [out] => ReturnReason::SameWay,
                circuits if circuits.contains(&out) => ReturnReason::AnyCircuit { circuits },
                circuits => ReturnReason::OtherCircuit { circuits },
            },
        }
    }

    /// From the internet, to what left over the edge of a site: the own one, or another's.
    fn over_internet(&mut self, exit: SiteId) {
        let site = self.ways.common.inputs.network.site(exit);
        let Some(edge) = site.and_then(|site| site.internet.as_ref()) else { return };
        for source in self.translated(&edge.nat) {
            for part in parts(source.value, self.known(source.value)) {
                let reason = self.judge_internet(exit, part);
                self.push(None, Spanned::new(part, source.span), reason);
            }
        }
    }

    fn beyond_azure(&mut self, decision: &Decision) {
        let Some(route) = decision.hops().iter().rev().find_map(|hop| hop.decision.reason().span()) else {
            return;
        };
        for source in self.of_family(self.own) {
            self.push(None, source, ReturnReason::HopUnknown { route });
        }
    }

    fn judge_internet(&self, exit: SiteId, source: IpPrefix) -> ReturnReason {
        if !is_public(source) {
            return ReturnReason::PrivateSource;
        }
        let edges = match self.attracted(source) {
            Attracted::Circuits(tied) if self.destination.listed => {
                return ReturnReason::CircuitAttracts { circuits: circuits(&tied) };
            }
            Attracted::Circuits(tied) => {
                return ReturnReason::CircuitMayAttract { circuits: circuits(&tied) };
            }
            Attracted::Internet(edges) => edges,
            Attracted::Nowhere => return ReturnReason::NotAnnounced,
        };
        if !edges.iter().any(|edge| self.ways.leads_back(edge.site)) {
            return ReturnReason::CutOff;
        }
        let here = edges.iter().filter(|edge| edge.site == exit).count();
        match here {
            0 => ReturnReason::OtherSite,
            _ if here == edges.len() => ReturnReason::SameWay,
            _ => ReturnReason::AnySite,
        }
    }

    /// From a virtual network, by the choice of the subnet that holds the destination.
    fn over_private_paths(&mut self, decision: &Decision, sessions: &[Session]) {
        if let Reason::GlobalReach { partner, .. } = decision.exit_reason() {
            self.over_global_reach(*partner);
            return;
        }
        if decision.traces().any(is_through_hub) {
            let sources = self.of_family(self.own);
            let forwarding = self.ways.networks.forwarding();
            for (part, reason) in answers(forwarding, self.ways.id, &sources, (decision, sessions)) {
                self.push(None, part, reason);
            }
            return;
        }
        let networks = &self.ways.networks;
        let by_name = match decision.exit_reason() {
            Reason::VirtualNetwork { network, .. } | Reason::Tunnel { network: Some(network), .. } => {
                Some(*network)
            }
            _ => None,
        };
        // No two virtual networks overlap, so what is routed to and what holds the address are one.
        let place = match self.destination.far_end {
            Some(FarEnd::VirtualNetwork(network, subnet)) => Some((network, subnet)),
            Some(FarEnd::PrivateEndpoint(network)) => Some((network, None)),
            _ => by_name.map(|network| (network, None)),
        };
        let through_hub = matches!(decision.exit_reason(), Reason::VirtualHub { .. });
        let place =
            place.filter(|(network, _)| by_name.is_some() || through_hub || networks.has_gateway(*network));
        let Some(place) = place else {
            for source in self.of_family(self.own) {
                self.push(None, source, ReturnReason::FarEndUnknown);
            }
            return;
        };
        let network = self.ways.common.inputs.network;
        let out = roads(sessions, decision);
        let devices: Vec<Device> = decision.devices().collect();
        // Answers to what an appliance translated come to that one, and from there by the routes of its subnet.
        let (place, before) = match decision.translator() {
            None => (place, Vec::new()),
            Some(device) => match self.to_translator(place, device) {
                Ok((place, before)) => (place, before),
                Err(reason) => {
                    for source in self.of_family(self.own) {
                        self.push(None, source, reason.clone());
                    }
                    return;
                }
            },
        };
        let far_end = self.destination.far_end.filter(|_| before.is_empty());
        for answer in networks.from(place).iter() {
            if answer.source.value.family() == self.destination.family {
                let reason = match answer.circuits() {
                    Some(circuits) if !self.leads_back(&circuits) => ReturnReason::CutOff,
                    _ => answer.reason(network, &out, &devices, &before),
                };
                self.push(None, answer.source, without_routes(far_end, reason));
            }
        }
    }

    /// From the site at whose edge the other circuit of Global Reach ends, by that edge's own choice.
    fn over_global_reach(&mut self, partner: CircuitId) {
        let sources = self.of_family(self.own);
        let forwarding = self.ways.networks.forwarding();
        let near = near(&sources);
        let edge = self.ways.common.inputs.network.edge_of(partner);
        let Some(routes) = edge.and_then(|edge| forwarding.routes_of(edge, false, &near)) else {
            for source in sources.iter().copied() {
                self.push(None, source, ReturnReason::NoSite);
            }
            return;
        };
        let known: Vec<IpPrefix> = routes.prefixes().collect();
        for source in sources.iter().copied() {
            for (part, address) in parts_with_address(source.value, known.iter().copied()) {
                let back = routes.decision(address, false);
                let reason = match (back.disposition, back.reason()) {
                    (_, Reason::GlobalReach { circuits, .. }) if circuits == &[partner] => {
                        ReturnReason::SameWay
                    }
                    (Disposition::OnPremises, _) => ReturnReason::OverLinks,
                    (Disposition::Unknown | Disposition::Ambiguous, _) => ReturnReason::SiteUnknown,
                    (way, _) => ReturnReason::SiteAway { way },
                };
                self.push(None, Spanned::new(part, source.span), reason);
            }
        }
    }

    /// Whether the company's network leads back from the edge of any of some circuits.
    fn leads_back(&self, circuits: &[CircuitId]) -> bool {
        circuits.iter().any(|circuit| {
            let edge = self.ways.common.inputs.network.edge_of(*circuit);
            edge.is_none_or(|edge| self.ways.leads_back(edge))
        })
    }

    /// Where the appliance is that translated the packet, with those that an answer passes up to it, that one last; or why it does
    /// not come there.
    fn to_translator(
        &self,
        (network, subnet): (VirtualNetworkId, Option<SubnetId>),
        device: Device,
    ) -> Result<(Answering, Vec<Device>), ReturnReason> {
        let forwarding = self.ways.networks.forwarding();
        let Device::InSubnet { network: at, subnet: own, .. } = device else {
            // What a hub's firewall does with answers to its own addresses is not followed.
            return Err(ReturnReason::FarEndUnknown);
        };
        let subnet = subnet.and_then(|subnet| forwarding.subnet(network, subnet));
        let mut passed = match (subnet, address_of(forwarding.network(), device, self.destination.family)) {
            (Some(subnet), Some(address)) => answers_to(forwarding, (network, &subnet), address)?,
            // A private endpoint, or space without a subnet: no user's route counts there.
            _ => Vec::new(),
        };
        passed.push(device);
        Ok(((at, Some(own)), passed))
    }

    /// What answers of the destination to a source come in over.
    fn attracted(&self, source: IpPrefix) -> Attracted<'_> {
        self.ways.common.attractions().microsoft(source, |circuit| self.reaches(circuit))
    }

    fn reaches(&self, circuit: CircuitId) -> bool {
        self.reached.get(circuit.index()).is_some_and(|reached| *reached)
    }

    /// Everything that answers to a source may meet inside it: what circuits attract, and what is announced on the
    /// internet.
    fn known(&self, source: IpPrefix) -> impl Iterator<Item = IpPrefix> {
        self.ways.common.attractions().prefixes(source, |circuit| self.reaches(circuit))
    }

    /// The sources that packets have: a NAT pool, or the clients' own addresses where there is none of the family.
    fn translated(&self, pool: &[Spanned<IpPrefix>]) -> Vec<Spanned<IpPrefix>> {
        let pool = self.of_family(pool);
        if pool.is_empty() { self.of_family(self.own) } else { pool }
    }

    fn of_family(&self, all: &[Spanned<IpPrefix>]) -> Vec<Spanned<IpPrefix>> {
        all.iter().filter(|prefix| prefix.value.family() == self.destination.family).copied().collect()
    }

    /// Whether each of the internet edges that an answer may come in at drops what it saw no beginning of.
    fn are_stateful(&self, edges: &[&OnInternet]) -> bool {
        let network = self.ways.common.inputs.network;
        edges.iter().all(|edge| {
            let site = network.site(edge.site).and_then(|site| site.internet.as_ref());
            site.is_none_or(|edge| edge.stateful)
        })
    }

    fn push(
        &mut self,
        over: Option<(CircuitId, Connection)>,
        source: Spanned<IpPrefix>,
        reason: ReturnReason,
    ) {
        let verdict = reason.verdict();
        let Spanned { value, span } = source;
        self.sources.push(SourceReturn { over, site: None, source: value, span, verdict, reason });
    }
}

/// What is told of appliances where no route table counts for what answers.
pub(super) fn without_routes(far_end: Option<FarEnd>, reason: ReturnReason) -> ReturnReason {
    match (far_end, reason.device()) {
        (Some(FarEnd::PrivateEndpoint(_)), Some(device)) => ReturnReason::EndpointAnswers { device },
        (Some(FarEnd::VirtualNetwork(_, None)), Some(_)) => ReturnReason::NoSubnet,
        _ => reason,
    }
}

/// Whether a way back is told of packets that take a path from a site; of all others it never is.
pub(crate) const fn has_return(path: Disposition) -> bool {
    matches!(
        path,
        Disposition::MicrosoftPeering
            | Disposition::Internet
            | Disposition::PrivatePeering
            | Disposition::Vpn
    )
}

/// The circuits among what ties, ascending.
fn circuits(tied: &[&OnCircuit]) -> Vec<CircuitId> {
    let mut circuits: Vec<CircuitId> = tied.iter().map(|one| one.circuit).collect();
    circuits.sort_unstable();
    circuits.dedup();
    circuits
}
