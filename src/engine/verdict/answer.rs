//! The trace of an answer, and what comparing it with that of its packet says.

use std::net::IpAddr;

use crate::addr::IpPrefix;
use crate::diag::{Span, Spanned};
use crate::engine::attraction::Attracted;
use crate::engine::decision::{
    AnswerStart, AnswerTrace, Attracting, Chooser, Comparison, Crossing, Disposition, LostAt, NoRoute,
    ReturnVerdict,
};
use crate::network::{CircuitId, Connection, Network, SiteId, Subnet, SubnetId};

/// The way back of a decision, for each source that its packets may have.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReturnPath {
    /// The worst of all sources.
    pub verdict: ReturnVerdict,
    /// The sources, in the order of what carries the packet and then of the network file.
    pub sources: Vec<SourceReturn>,
}

impl ReturnPath {
    /// What becomes of answers to one source: that of the longest part that holds it, the worst where flows of it take several
    /// ways; of a source that is in no part, as one that is translated, the worst of all.
    pub fn verdict_to(&self, source: IpAddr) -> ReturnVerdict {
        let holding = self.sources.iter().filter(|one| one.source.contains(source));
        let told = holding.map(|one| (one.source.length(), one.verdict)).max();
        told.map_or(self.verdict, |(_, verdict)| verdict)
    }

    /// It with answers from the subnet that holds `address`: a [`super::Responder`] names the first one with the same routes.
    pub(in crate::engine) fn answered_from(mut self, network: &Network, address: IpAddr) -> Self {
        for source in &mut self.sources {
            let AnswerStart::Subnet(id, place) = &mut source.trace.start else { continue };
            let subnets = network.virtual_network(*id).into_iter().flat_map(|own| &own.subnets);
            let holds = |subnet: &Subnet| subnet.prefixes.iter().any(|prefix| prefix.value.contains(address));
            if let Some((own, _)) = (0..).map(SubnetId).zip(subnets).find(|(_, subnet)| holds(subnet)) {
                *place = own;
            }
        }
        self
    }
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
    /// Why: what parts its trace from that of the packet first.
    pub reason: Comparison,
    /// Its trace.
    pub trace: AnswerTrace,
}

/// An answer to a part of the sources.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) comparison: Comparison,
    pub(super) trace: AnswerTrace,
}

impl From<Comparison> for Answer {
    /// Of an answer of which nothing is followed.
    fn from(comparison: Comparison) -> Self {
        Self { comparison, trace: AnswerTrace::default() }
    }
}

impl Answer {
    /// To a source, by the choice of a site if it is one that answers.
    pub(super) fn to(self, site: Option<SiteId>, source: Spanned<IpPrefix>) -> SourceReturn {
        let Self { comparison, trace } = self;
        let Spanned { value, span } = source;
        let verdict = comparison.verdict();
        SourceReturn { over: None, site, source: value, span, verdict, reason: comparison, trace }
    }
}

/// What it means that packets take the links `packet`, and their answers `answer`; both ascending. Where there are several, each
/// end chooses by a hash of its own, even if both have the same ones.
pub(super) fn chosen(packet: Vec<Crossing>, answer: Vec<Crossing>, by: Chooser) -> Comparison {
    match (packet.as_slice(), answer.as_slice()) {
        ([out], [back]) if out == back => Comparison::SameLinks,
        _ if answer.iter().any(|link| packet.contains(link)) => Comparison::Shared { answer, by },
        _ => Comparison::OtherLinks { packet, answer, by },
    }
}

/// What it means that the edge of a site sends an answer elsewhere.
pub(super) const fn away_from_site(way: Disposition) -> Comparison {
    match way {
        Disposition::Unreachable => Comparison::NoRoute(NoRoute::Site),
        _ => Comparison::Lost { way, at: LostAt::Site, route: None },
    }
}

/// The trace of an answer from outside.
pub(super) fn attracted_trace(attracted: &Attracted<'_>) -> AnswerTrace {
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
    AnswerTrace { attracting, over, ..AnswerTrace::default() }
}
