//! Edges of other sites: what one tells another by internal BGP, and over whom packets go there.
//!
//! Sources: RFC 4271 section 9.2 (a route learned from an internal peer is not told to another), RFC 4456 section 1 (so
//! that all edges of a company are peers of each other).

use crate::diag::Span;
use crate::network::{Attachment, CircuitId, Network, SiteId};

/// The edge of another site, as a site's own edge sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::engine) struct Peer {
    /// Whose edge it is.
    pub(in crate::engine) site: SiteId,
    /// The circuits that end there and whose routes are listened to, each with the internal metric.
    pub(in crate::engine) circuits: Vec<(CircuitId, u32)>,
    /// Where the first of them stands in the network file.
    pub(in crate::engine) span: Span,
}

impl Peer {
    /// The internal metric to it for the routes of a circuit; `None` where these are not listened to.
    pub(in crate::engine) fn metric(&self, circuit: CircuitId) -> Option<u32> {
        self.circuits.iter().find(|(own, _)| *own == circuit).map(|(_, metric)| *metric)
    }
}

/// The site at whose edge the circuit of an attachment ends, where that is another one than the attached site.
pub(in crate::engine) fn other_edge(network: &Network, attached: &Attachment) -> Option<SiteId> {
    attached.metric.and_then(|_| network.edge_of(attached.circuit))
}

/// The other edges that a site's edge listens to, in the order of its circuits.
pub(in crate::engine) fn peers(network: &Network, id: SiteId) -> Vec<Peer> {
    let mut all: Vec<Peer> = Vec::new();
    let attachments = network.site(id).map(|site| site.attachments.as_slice()).unwrap_or_default();
    for attached in attachments {
        let Some((site, metric)) = other_edge(network, attached).zip(attached.metric) else { continue };
        let route = (attached.circuit, metric);
        match all.iter_mut().find(|peer| peer.site == site) {
            Some(peer) => peer.circuits.push(route),
            None => all.push(Peer { site, circuits: vec![route], span: attached.span }),
        }
    }
    all
}
