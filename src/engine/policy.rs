//! Import policy: the route maps that a session's routes pass through, in order.

use crate::addr::IpPrefix;
use crate::network::{CircuitId, Network, PeeringKind, RouteMapId, Site};
use crate::rib::{Attributes, DecisionProcess, Match, Multipath, Verdict};

use super::routes::Denial;
use super::session::{Session, SessionKind, attachment};

/// The most equal routes that share the flows where the network file does not say: more than any router
/// has.
const MAX_PATHS: usize = 128;

/// The decision process of a site. Where the network file says nothing of it: the vendors' order, and all
/// routes that only a tie-break would part share the flows, since both connections of a circuit are active
/// at once (Microsoft, *Designing for high availability with ExpressRoute*).
pub(super) fn process(site: &Site) -> DecisionProcess {
    let process = site.decision_process.clone();
    // One path alone is written `max_paths: 1`, which is one of the other values.
    if process.multipath == Multipath::Off {
        return DecisionProcess { multipath: Multipath::SameAsPath { paths: MAX_PATHS }, ..process };
    }
    process
}

/// The route maps of one session.
#[derive(Clone, Debug, Default)]
pub(super) struct Policy {
    maps: Vec<RouteMapId>,
    /// Whether what they say depends on the prefix, not on attributes alone.
    pub(super) by_prefix: bool,
}

impl Policy {
    /// The maps of a session: a peering's or its connection's, then the site's own for the circuit.
    pub(super) fn of(network: &Network, site: &Site, session: &Session) -> Self {
        let maps: Vec<RouteMapId> = match session.kind {
            SessionKind::OnPremises | SessionKind::Discard => Vec::new(),
            SessionKind::Internet => {
                site.internet.iter().filter_map(|edge| edge.import).map(|map| map.value).collect()
            }
            SessionKind::Circuit(id, peering, connection) => {
                let circuit = network.circuit(id);
                let first = circuit.and_then(|circuit| match peering {
                    PeeringKind::Microsoft => circuit.microsoft_peering.as_ref()?.import_on(connection),
                    PeeringKind::Private => circuit.private_peering.as_ref()?.import_on(connection),
                });
                first.into_iter().chain(own(site, id)).map(|map| map.value).collect()
            }
            SessionKind::Vpn(index) => {
                let vpn = usize::try_from(index).ok().and_then(|index| site.vpn.get(index));
                vpn.and_then(|vpn| vpn.import).iter().map(|map| map.value).collect()
            }
        };
        let conditions = maps.iter().filter_map(|id| network.route_map(*id));
        let by_prefix = conditions
            .flat_map(|definition| definition.map.clauses())
            .flat_map(|clause| &clause.matches)
            .any(|condition| matches!(condition, Match::Prefix(_)));
        Self { maps, by_prefix }
    }

    /// Whether there is nothing to pass.
    pub(super) fn is_empty(&self) -> bool {
        self.maps.is_empty()
    }

    /// What becomes of a route from the session of this name.
    pub(super) fn apply(
        &self,
        network: &Network,
        prefix: IpPrefix,
        attributes: &Attributes,
        peer: &str,
    ) -> Result<Attributes, Denial> {
        let mut attributes = attributes.clone();
        for id in &self.maps {
            let Some(definition) = network.route_map(*id) else { continue };
            let changed = match definition.map.apply(prefix, &attributes, peer) {
                Verdict::Permit { attributes, .. } => attributes.into_owned(),
                Verdict::Deny { clause, .. } => {
                    let span = clause.and_then(|index| definition.clauses.get(index).copied());
                    return Err(Denial {
                        map: *id,
                        clause: clause.and_then(|index| u32::try_from(index + 1).ok()),
                        span: span.unwrap_or(definition.span),
                    });
                }
            };
            attributes = changed;
        }
        Ok(attributes)
    }
}

fn own(site: &Site, circuit: CircuitId) -> Option<crate::diag::Spanned<RouteMapId>> {
    attachment(site, circuit)?.import
}
