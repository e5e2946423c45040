//! The way back: where the answer to a packet comes in, and what becomes of it there.
//!
//! Sources: Microsoft, *Asymmetric routing with ExpressRoute* (longest match; of the same prefix on ExpressRoute
//! and on the internet always ExpressRoute), *Optimize ExpressRoute routing* and *routing requirements* (of
//! several circuits the shorter AS path; private autonomous systems are stripped; otherwise Microsoft picks
//! one), *ExpressRoute NAT*.

mod at_site;
mod at_virtual_network;
mod destination;
mod far_end;
mod interconnect;
mod list_facts;
mod source_parts;
mod verdicts;

pub(in crate::engine) use at_site::return_to_subnet;
pub use destination::{ReturnDestination, ReturnJudge, return_at};
pub use far_end::{FarEnd, FarEnds};
pub(crate) use list_facts::{RecordFact, RecordFacts, RecordSayings};
pub use verdicts::ReturnVerdicts;

use crate::addr::{Family, IpPrefix};
use crate::diag::{Span, Spanned};
use crate::engine::adj_rib_in::Advertiser;
use crate::engine::decision::{Decision, Disposition, Reason, ReturnReason, ReturnVerdict};
use crate::engine::inputs::Inputs;
use crate::engine::session::{Session, SessionState, connection_states, sessions};
use crate::engine::state::Link;
use crate::network::{CircuitId, Connection, PeeringKind, Site, SiteId, State};

use at_virtual_network::NetworkAnswers;
use interconnect::roads;
use source_parts::parts;

/// The way back of a decision, for each source that its packets may have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReturnPath {
    /// The worst of all sources.
    pub verdict: ReturnVerdict,
    /// The sources, in the order of what carries the packet and then of the network file.
    pub sources: Vec<SourceReturn>,
}

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

/// What attracts answers over a circuit.
#[derive(Clone, Copy, Debug)]
struct Attraction {
    circuit: CircuitId,
    prefix: IpPrefix,
    path_length: usize,
}

/// Tells the ways back to one site; what they have in common is worked out once.
pub(super) struct WaysBack<'a> {
    inputs: Inputs<'a>,
    id: SiteId,
    site: &'a Site,
    sessions: Vec<Session>,
    /// Each circuit's reach, and what it attracts over Microsoft peering.
    circuits: Vec<(Advertiser<'a>, Vec<Attraction>)>,
    /// What the internet edges that are up announce, and of which site each is.
    announced: Vec<(IpPrefix, SiteId)>,
    networks: NetworkAnswers<'a>,
}

impl<'a> WaysBack<'a> {
    /// Of a site; `None` where the network has none such.
    pub(super) fn of(inputs: Inputs<'a>, id: SiteId) -> Option<Self> {
        let site = inputs.network.site(id)?;
        let circuits = inputs.network.circuits_with_ids().map(|(id, circuit)| {
            let advertiser = Advertiser::new(inputs.catalog, inputs.links, id, circuit);
            (advertiser, attractions(inputs, id))
        });
        Some(Self {
            inputs,
            id,
            site,
            sessions: sessions(inputs.network, inputs.links, id),
            circuits: circuits.collect(),
            announced: announced(inputs),
            networks: NetworkAnswers::of(inputs, site),
        })
    }

    /// The way back of a decision of the site about a destination; `None` where no packet leaves, or where it
    /// cannot be told over what. Of the decision, its disposition and its [`Why`](crate::engine::Why) count.
    pub(super) fn tell(&self, destination: ReturnDestination, decision: &Decision) -> Option<ReturnPath> {
        let mut back = Back { ways: self, site: self.site, destination, sources: Vec::new() };
        match decision.disposition {
            Disposition::MicrosoftPeering => {
                for (circuit, connection) in decision.carriers().iter().filter_map(|carrier| carrier.circuit)
                {
                    back.over_microsoft_peering(circuit, connection);
                }
            }
            Disposition::Internet => back.over_internet(),
            Disposition::PrivatePeering | Disposition::Vpn => back.over_private_paths(decision),
            _ => return None,
        }
        let verdict = back.sources.iter().map(|source| source.verdict).max()?;
        Some(ReturnPath { verdict, sources: back.sources })
    }
}

struct Back<'a> {
    ways: &'a WaysBack<'a>,
    site: &'a Site,
    destination: ReturnDestination,
    sources: Vec<SourceReturn>,
}

impl Back<'_> {
    fn over_microsoft_peering(&mut self, circuit: CircuitId, connection: Connection) {
        let network = self.ways.inputs.network;
        let Some(peering) = network.circuit(circuit).and_then(|one| one.microsoft_peering.as_ref()) else {
            return;
        };
        let attractions = self.microsoft_attractions();
        for source in self.translated(peering.nat_on(connection)) {
            for part in parts(source.value, self.known(&attractions)) {
                let reason = self.judge_circuit(circuit, part, &attractions);
                self.push(Some((circuit, connection)), Spanned::new(part, source.span), reason);
            }
        }
    }

    fn judge_circuit(&self, out: CircuitId, source: IpPrefix, attractions: &[Attraction]) -> ReturnReason {
        if !is_public(source) {
            return ReturnReason::PrivateSource;
        }
        let (winners, longest) = winners(source, attractions);
        let internet = self.longest_announced(source);
        match (longest, internet) {
            (None, None) => ReturnReason::NotAdvertised,
            (None, Some(_)) => ReturnReason::OnlyOnInternet { stateful: self.is_stateful() },
            (Some(longest), Some((announced, _))) if announced.length() > longest => {
                ReturnReason::LongerOnInternet { prefix: announced, stateful: self.is_stateful() }
            }
            _ if winners == [out] => ReturnReason::SameWay,
            _ if winners.contains(&out) => ReturnReason::AnyCircuit { circuits: winners },
            _ => ReturnReason::OtherCircuit { circuits: winners },
        }
    }

    fn over_internet(&mut self) {
        let Some(edge) = &self.site.internet else { return };
        let listed = self.destination.listed;
        let attractions = self.microsoft_attractions();
        for source in self.translated(&edge.nat) {
            for part in parts(source.value, self.known(&attractions)) {
                let reason = self.judge_internet(part, listed, &attractions);
                self.push(None, Spanned::new(part, source.span), reason);
            }
        }
    }

    fn judge_internet(&self, source: IpPrefix, listed: bool, attractions: &[Attraction]) -> ReturnReason {
        if !is_public(source) {
            return ReturnReason::PrivateSource;
        }
        let (circuits, longest) = winners(source, attractions);
        let internet = self.longest_announced(source);
        let attracted =
            longest.is_some_and(|longest| internet.is_none_or(|(prefix, _)| prefix.length() <= longest));
        match internet {
            _ if attracted && listed => ReturnReason::CircuitAttracts { circuits },
            _ if attracted => ReturnReason::CircuitMayAttract { circuits },
            None => ReturnReason::NotAnnounced,
            Some((_, here)) if here => ReturnReason::SameWay,
            Some(_) => ReturnReason::OtherSite,
        }
    }

    /// From a virtual network, by the choice of the subnet that holds the destination.
    fn over_private_paths(&mut self, decision: &Decision) {
        let networks = &self.ways.networks;
        let by_name = match decision.reason() {
            Reason::VirtualNetwork { network, .. } | Reason::Tunnel { network: Some(network), .. } => {
                Some(*network)
            }
            _ => None,
        };
        // No two virtual networks overlap, so what is routed to and what holds the address are one.
        let place = match self.destination.far_end {
            Some(FarEnd::VirtualNetwork(network, subnet)) => Some((network, subnet)),
            _ => by_name.map(|network| (network, None)),
        };
        let place = place.filter(|(network, _)| by_name.is_some() || networks.has_gateway(*network));
        let Some(place) = place else {
            for source in self.of_family(&self.site.prefixes) {
                self.push(None, source, ReturnReason::FarEndUnknown);
            }
            return;
        };
        let out = roads(self.ways.inputs.network, &self.ways.sessions, decision);
        for answer in networks.from(place).iter() {
            if answer.source.value.family() == self.destination.family {
                self.push(None, answer.source, answer.reason(&out));
            }
        }
    }

    /// What attracts answers of the destination over Microsoft peerings: a circuit whose SKU does not reach
    /// the destination's region attracts nothing from there.
    fn microsoft_attractions(&self) -> Vec<Attraction> {
        let reached = self.ways.circuits.iter().filter(|(advertiser, _)| {
            self.destination.regional.is_none_or(|community| advertiser.may_reach(community))
        });
        reached.flat_map(|(_, attractions)| attractions).copied().collect()
    }

    /// Everything that answers may meet: what circuits attract, and what is announced on the internet.
    fn known(&self, attractions: &[Attraction]) -> impl Iterator<Item = IpPrefix> {
        let attracted = attractions.iter().map(|one| one.prefix);
        attracted.chain(self.ways.announced.iter().map(|(prefix, _)| *prefix))
    }

    /// The sources that packets have: a NAT pool, or the clients' own addresses where there is none of the family.
    fn translated(&self, pool: &[Spanned<IpPrefix>]) -> Vec<Spanned<IpPrefix>> {
        let pool = self.of_family(pool);
        if pool.is_empty() { self.of_family(&self.site.prefixes) } else { pool }
    }

    fn of_family(&self, all: &[Spanned<IpPrefix>]) -> Vec<Spanned<IpPrefix>> {
        all.iter().filter(|prefix| prefix.value.family() == self.destination.family).copied().collect()
    }

    /// The longest announcement on the internet that covers a source, and whether this site makes it.
    fn longest_announced(&self, source: IpPrefix) -> Option<(IpPrefix, bool)> {
        let covering = self.ways.announced.iter().filter(|(prefix, _)| prefix.covers(source));
        covering
            .map(|(prefix, site)| (*prefix, *site == self.ways.id))
            .max_by_key(|(prefix, here)| (prefix.length(), *here))
    }

    fn is_stateful(&self) -> bool {
        self.site.internet.as_ref().is_none_or(|edge| edge.stateful)
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

/// What the company advertises over the sessions of a circuit's Microsoft peering that are up.
fn attractions(inputs: Inputs<'_>, id: CircuitId) -> Vec<Attraction> {
    let Some(circuit) = inputs.network.circuit(id) else { return Vec::new() };
    let Some(peering) = &circuit.microsoft_peering else { return Vec::new() };
    let mut all = Vec::new();
    for connection in Connection::ALL {
        let [v4, v6] = connection_states(inputs.links, id, circuit, PeeringKind::Microsoft, connection);
        // Microsoft strips private autonomous systems, so they lengthen nothing.
        let own = peering.prepend_on(connection).iter().filter(|asn| !is_private_asn(asn.value)).count();
        let path_length = 1 + own + usize::from(inputs.links.prepended(id, connection));
        let is_heard = |prefix: &&Spanned<IpPrefix>| {
            let state = if prefix.value.family() == Family::V4 { v4 } else { v6 };
            state == SessionState::Up
        };
        let heard = peering.advertised_on(connection).iter().filter(is_heard);
        all.extend(heard.map(|prefix| Attraction { circuit: id, prefix: prefix.value, path_length }));
    }
    all
}

/// What the internet edges that are up announce.
fn announced(inputs: Inputs<'_>) -> Vec<(IpPrefix, SiteId)> {
    let mut all = Vec::new();
    for (id, site) in inputs.network.sites_with_ids() {
        let Some(edge) = &site.internet else { continue };
        if inputs.links.get(Link::Internet(id)).unwrap_or(edge.state.value == State::Up) {
            let both = site.announced(Family::V4).chain(site.announced(Family::V6));
            all.extend(both.map(|prefix| (prefix.value, id)));
        }
    }
    all
}

/// The circuits that Microsoft may answer over, and the length of the prefix that attracts: the longest that
/// covers the source, then the shortest AS path.
fn winners(source: IpPrefix, attractions: &[Attraction]) -> (Vec<CircuitId>, Option<u8>) {
    let covering = attractions.iter().filter(|attraction| attraction.prefix.covers(source));
    let longest = covering.clone().map(|attraction| attraction.prefix.length()).max();
    let race = covering.filter(|attraction| Some(attraction.prefix.length()) == longest);
    let shortest = race.clone().map(|attraction| attraction.path_length).min();
    let mut circuits: Vec<CircuitId> = race
        .filter(|attraction| Some(attraction.path_length) == shortest)
        .map(|attraction| attraction.circuit)
        .collect();
    circuits.sort_unstable();
    circuits.dedup();
    (circuits, longest)
}

/// Whether the internet could route it; documentation prefixes stand for public ones in examples.
fn is_public(prefix: IpPrefix) -> bool {
    use crate::addr::special::{Scope, block_of};
    !block_of(prefix.first()).is_some_and(|block| !matches!(block.scope, Scope::Reserved))
}

/// RFC 6996.
fn is_private_asn(asn: u32) -> bool {
    (64_512..=65_534).contains(&asn) || (4_200_000_000..=4_294_967_294).contains(&asn)
}
