//! Import policy: the route maps that apply to a session's routes, in order.

use crate::addr::IpPrefix;
use crate::engine::session::{Session, SessionKind, attachment};
use crate::network::{CircuitId, Network, PeeringKind, RouteMapDefinition, RouteMapId, Site};
use crate::rib::{Attributes, DecisionProcess, MapResult, Match, Missing, Multipath, RouteMap, Unsettled};

use super::origin::Denial;

/// The maximum number of equal-cost routes if the network file sets no maximum: more than any router supports.
const MAX_PATHS: usize = 128;

/// Returns the decision process of a site. If the network file does not set it, the vendors' order applies. Routes that
/// only a tie-break would separate then have equal cost, because both connections of a circuit are active at the same
/// time (Microsoft, *Designing for high availability with ExpressRoute*).
pub(in crate::engine) fn process(site: &Site) -> DecisionProcess {
    let process = site.decision_process.clone();
    // A site with a single path sets `max_paths: 1`, which is a different value from `Off`.
    if process.multipath == Multipath::Off {
        return DecisionProcess { multipath: Multipath::SameAsPath { paths: MAX_PATHS }, ..process };
    }
    process
}

/// The route maps of one session.
#[derive(Clone, Debug, Default)]
pub(in crate::engine) struct Policy {
    maps: Vec<RouteMapId>,
    /// Whether the result of the route maps depends on the prefix, not only on attributes.
    pub(super) by_prefix: bool,
}

impl Policy {
    /// Returns the route maps of a session: the route map of the peering or of its connection, then the site's own
    /// route map for the circuit.
    pub(in crate::engine) fn of(network: &Network, site: &Site, session: &Session) -> Self {
        let maps: Vec<RouteMapId> = match session.kind {
            SessionKind::OnPremises | SessionKind::Discard | SessionKind::Edge(_) => Vec::new(),
            SessionKind::Internet(_) => {
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
            SessionKind::Vpn(_, index) => {
                let vpn = usize::try_from(index).ok().and_then(|index| site.vpn.get(index));
                vpn.and_then(|vpn| vpn.import).iter().map(|map| map.value).collect()
            }
        };
        Self::with(network, maps)
    }

    /// Returns the route maps that apply here to routes from a circuit that ends at another edge: only the site's own
    /// route maps. The other edge has already applied the route maps of the peering and its own.
    pub(in crate::engine) fn of_remote(network: &Network, site: &Site, circuit: CircuitId) -> Self {
        Self::with(network, own(site, circuit).map(|map| map.value).into_iter().collect())
    }

    fn with(network: &Network, maps: Vec<RouteMapId>) -> Self {
        let conditions = maps.iter().filter_map(|id| network.route_map(*id));
        let by_prefix = conditions
            .flat_map(|definition| definition.map.clauses())
            .flat_map(|clause| &clause.matches)
            .any(|condition| matches!(condition, Match::Prefix(_)));
        Self { maps, by_prefix }
    }

    /// Returns whether there is no route map.
    pub(in crate::engine) fn is_empty(&self) -> bool {
        self.maps.is_empty()
    }

    /// Applies the route maps to a route from the session of this name. If the route maps match on an unknown attribute
    /// of the route, the attributes record the other possible outcomes.
    pub(super) fn apply(
        &self,
        network: &Network,
        prefix: IpPrefix,
        attributes: &Attributes,
        peer: &str,
    ) -> Result<Attributes, Denial> {
        if !(attributes.as_path.is_known() && attributes.communities.is_known()) {
            return self.unsettled(network, prefix, attributes, peer);
        }
        let mut attributes = attributes.clone();
        for (id, definition) in self.definitions(network) {
            let changed = match definition.map.apply(prefix, &attributes, peer) {
                MapResult::Permit { attributes, .. } => attributes.into_owned(),
                MapResult::Deny { clause, .. } => return Err(denial(id, definition, clause)),
            };
            attributes = changed;
        }
        Ok(attributes)
    }

    /// Returns all possible outcomes for a route that is only partly known.
    fn unsettled(
        &self,
        network: &Network,
        prefix: IpPrefix,
        attributes: &Attributes,
        peer: &str,
    ) -> Result<Attributes, Denial> {
        let mut permitted = vec![attributes.clone()];
        let mut denied = None;
        let mut more = false;
        for (id, definition) in self.definitions(network) {
            let mut next: Vec<Attributes> = Vec::new();
            for one in &permitted {
                let outcomes = definition.map.outcomes(prefix, one, peer);
                more |= outcomes.is_none();
                for outcome in outcomes.into_iter().flatten() {
                    match outcome {
                        MapResult::Permit { attributes, .. } if next.contains(&attributes) => {}
                        MapResult::Permit { attributes, .. } => next.push(attributes.into_owned()),
                        MapResult::Deny { clause, .. } => {
                            denied.get_or_insert_with(|| denial(id, definition, clause));
                        }
                    }
                }
            }
            more |= next.len() > RouteMap::MOST_OUTCOMES;
            permitted = next;
            if more {
                break;
            }
        }
        if more {
            let unsettled = Unsettled {
                denied: true,
                others: Vec::new(),
                more,
                missing: self.missing(network, attributes),
            };
            return Ok(Attributes { unsettled: Some(Box::new(unsettled)), ..attributes.clone() });
        }
        let mut permitted = permitted.into_iter();
        let (first, others) = (permitted.next(), permitted.collect::<Vec<_>>());
        match (first, denied) {
            (None, Some(denial)) => Err(denial),
            // Not reached: a route that is not denied is permitted.
            (None, None) => Ok(attributes.clone()),
            (Some(only), None) if others.is_empty() => Ok(only),
            (Some(first), denied) => {
                let missing = self.missing(network, attributes);
                let unsettled = Unsettled { denied: denied.is_some(), others, more, missing };
                Ok(Attributes { unsettled: Some(Box::new(unsettled)), ..first })
            }
        }
    }

    /// Returns the unknown attributes of a route on which the route maps match.
    fn missing(&self, network: &Network, attributes: &Attributes) -> Missing {
        let conditions = || {
            let clauses = self.definitions(network).flat_map(|(_, definition)| definition.map.clauses());
            clauses.flat_map(|clause| &clause.matches)
        };
        let of_path = |condition: &Match| matches!(condition, Match::AsPath(_));
        let of_communities =
            |condition: &Match| matches!(condition, Match::AnyCommunity(_) | Match::AllCommunities(_));
        let path = !attributes.as_path.is_known() && conditions().any(of_path);
        let communities = !attributes.communities.is_known() && conditions().any(of_communities);
        match (path, communities) {
            (true, true) => Missing::Both,
            (true, false) => Missing::AsPath,
            _ => Missing::Communities,
        }
    }

    fn definitions<'n>(
        &'n self,
        network: &'n Network,
    ) -> impl Iterator<Item = (RouteMapId, &'n RouteMapDefinition)> {
        self.maps.iter().filter_map(|id| Some((*id, network.route_map(*id)?)))
    }
}

fn denial(map: RouteMapId, definition: &RouteMapDefinition, clause: Option<usize>) -> Denial {
    let span = clause.and_then(|index| definition.clauses.get(index).copied());
    Denial {
        map,
        clause: clause.and_then(|index| u32::try_from(index + 1).ok()),
        span: span.unwrap_or(definition.span),
    }
}

fn own(site: &Site, circuit: CircuitId) -> Option<crate::diag::Spanned<RouteMapId>> {
    attachment(site, circuit)?.import
}
