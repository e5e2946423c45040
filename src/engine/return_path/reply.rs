//! The trace of a reply, and the result of comparing the trace with that of the packet.

use std::net::IpAddr;

use crate::addr::IpPrefix;
use crate::diag::{Span, Spanned};
use crate::engine::attraction::Attracted;
use crate::engine::decision::{
    Attracting, Chooser, Comparison, Crossing, Disposition, LostAt, NoRoute, ReplyArrival, ReplyOutcome,
    ReplyStart, ReplyTrace, ReturnVerdict,
};
use crate::network::{CircuitId, Connection, Network, SiteId, Subnet, SubnetId};

/// The return path for a decision, for each source address that packets may have.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReturnPath {
    /// The worst verdict for any source.
    pub verdict: ReturnVerdict,
    /// The return path to each source, in the order of the circuits that carry the packet, then in the order of the
    /// network file.
    pub sources: Vec<SourceReturn>,
}

impl ReturnPath {
    /// Returns the worst outcome of the replies to any source.
    pub fn outcome(&self) -> ReplyOutcome {
        let arrival = self.sources.iter().map(|source| source.reason.arrival()).max();
        ReplyOutcome { arrival: arrival.unwrap_or(ReplyArrival::Unknown), verdict: self.verdict }
    }

    /// Returns the outcome of replies to one source: the outcome for the longest part that contains the source, or the
    /// worst outcome if flows to that part take several paths. For a source in no part, such as a translated source,
    /// returns the worst of all outcomes.
    pub fn outcome_to(&self, source: IpAddr) -> ReplyOutcome {
        let holding = || self.sources.iter().filter(|one| one.source.contains(source));
        let verdict = holding().map(|one| (one.source.length(), one.verdict)).max();
        let arrival = holding().map(|one| (one.source.length(), one.reason.arrival())).max();
        match verdict.zip(arrival) {
            Some(((_, verdict), (_, arrival))) => ReplyOutcome { arrival, verdict },
            None => self.outcome(),
        }
    }

    /// Sets the subnet that contains `address` as the start of the replies. This is needed because a
    /// [`crate::engine::return_path::Responder`] names the first subnet with the same routes.
    pub(in crate::engine) fn answered_from(mut self, network: &Network, address: IpAddr) -> Self {
        for source in &mut self.sources {
            let ReplyStart::Subnet(id, place) = &mut source.trace.start else { continue };
            let subnets = network.virtual_network(*id).into_iter().flat_map(|own| &own.subnets);
            let holds = |subnet: &Subnet| subnet.prefixes.iter().any(|prefix| prefix.value.contains(address));
            if let Some((own, _)) = (0..).map(SubnetId).zip(subnets).find(|(_, subnet)| holds(subnet)) {
                *place = own;
            }
        }
        self
    }
}

/// The return path to one source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceReturn {
    /// The circuit that carries the packet; `None` if no circuit carries it.
    pub over: Option<(CircuitId, Connection)>,
    /// The site that sends the reply, if the packet leaves a virtual network.
    pub site: Option<SiteId>,
    /// The prefix that contains the packet's source address, after translation.
    pub source: IpPrefix,
    /// The position of the source prefix in the network file.
    pub span: Span,
    /// The outcome of the reply.
    pub verdict: ReturnVerdict,
    /// The reason: the first difference between the reply's trace and the packet's trace.
    pub reason: Comparison,
    /// The trace of the reply.
    pub trace: ReplyTrace,
}

/// A reply to a part of the sources.
#[derive(Clone, Debug)]
pub(super) struct Reply {
    pub(super) comparison: Comparison,
    pub(super) trace: ReplyTrace,
}

impl From<Comparison> for Reply {
    /// Creates a reply without a trace.
    fn from(comparison: Comparison) -> Self {
        Self { comparison, trace: ReplyTrace::default() }
    }
}

impl Reply {
    /// Converts the reply to the return path to a source. `site` is the site that sends the reply, if a site does.
    pub(super) fn to(self, site: Option<SiteId>, source: Spanned<IpPrefix>) -> SourceReturn {
        let Self { comparison, trace } = self;
        let Spanned { value, span } = source;
        let verdict = comparison.verdict();
        SourceReturn { over: None, site, source: value, span, verdict, reason: comparison, trace }
    }
}

/// Compares the links of packets, `packet`, with those of their replies, `answer`; both are ascending. If there are
/// several links, each end selects a link by its own hash, even if both ends have the same links.
pub(super) fn chosen(packet: Vec<Crossing>, answer: Vec<Crossing>, by: Chooser) -> Comparison {
    match (packet.as_slice(), answer.as_slice()) {
        ([out], [back]) if out == back => Comparison::SameLinks,
        _ if answer.iter().any(|link| packet.contains(link)) => Comparison::Shared { answer, by },
        _ => Comparison::OtherLinks { packet, answer, by },
    }
}

/// Returns the comparison for a reply that a site's edge sends elsewhere.
pub(super) const fn away_from_site(way: Disposition) -> Comparison {
    match way {
        Disposition::Unreachable => Comparison::NoRoute(NoRoute::Site),
        _ => Comparison::Lost { way, at: LostAt::Site, route: None },
    }
}

/// Returns the trace of a reply from outside.
pub(super) fn attracted_trace(attracted: &Attracted<'_>) -> ReplyTrace {
    let attracting: Vec<Attracting> = match attracted {
        Attracted::Circuits(tied) => {
            let one = tied.iter().map(|one| Attracting {
                prefix: one.prefix,
                over: Crossing::Circuit(one.circuit),
                connection: Some(one.connection),
            });
            one.collect()
        }
        Attracted::Internet(edges) => {
            let one = edges.iter().map(|edge| Attracting {
                prefix: edge.prefix,
                over: Crossing::Internet(edge.site),
                connection: None,
            });
            one.collect()
        }
        Attracted::Nowhere => Vec::new(),
    };
    let mut over: Vec<Crossing> = attracting.iter().map(|one| one.over).collect();
    over.sort_unstable();
    over.dedup();
    ReplyTrace { attracting, over, ..ReplyTrace::default() }
}
