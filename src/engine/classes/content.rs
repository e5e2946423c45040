//! The properties of a site on which compiling depends, except those that are specific to the site, and how the
//! specific properties are put back.

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::FixedState;

use crate::diag::Span;
use crate::engine::decision::{Decision, DecisionId, Reason, Why};
use crate::network::{InternetEdge, Network, Site, SiteId, State};

/// A number for each site, shared by sites with the same content; `None` if no other site has the same content.
#[derive(Debug)]
pub(super) struct Contents(Vec<Option<u32>>);

impl Contents {
    pub(super) fn of(network: &Network) -> Self {
        // With links between sites, results depend on the position of each site.
        if network.wan.is_some() {
            return Self(Vec::new());
        }
        let mut known: HashMap<String, u32, FixedState> = HashMap::default();
        let number = |site: &Site| {
            let content = content(site)?;
            let next = u32::try_from(known.len()).unwrap_or(u32::MAX);
            Some(*known.entry(content).or_insert(next))
        };
        Self(network.sites.iter().map(number).collect())
    }

    pub(super) fn get(&self, site: SiteId) -> Option<u32> {
        self.0.get(site.index()).copied().flatten()
    }
}

/// Returns all properties of a site's edge as text. `None` if a property refers to the site in a way that [`Own`] does
/// not cover: tunnels, static routes, a proxy, a table of internet routes, rules that deny packets.
///
/// Every field is listed, so that a new one cannot be forgotten here.
fn content(site: &Site) -> Option<String> {
    let Site {
        // Session names contain these properties, and decisions contain them as `Own`. Every site's edge learns the
        // prefixes in the same way.
        name: _,
        prefixes: _,
        span: _,
        // Affects only return paths and inbound paths.
        published: _,
        autonomous_system,
        internet,
        circuits,
        attachments,
        vpn,
        static_routes,
        proxy,
        decision_process,
    } = site;
    if !(vpn.is_empty() && static_routes.is_empty() && proxy.is_none()) {
        return None;
    }
    let number = autonomous_system.map(|number| number.value);
    let attached: Vec<_> = attachments
        .iter()
        .map(|one| (one.circuit, one.import.map(|import| import.value), one.metric, &one.connections))
        .collect();
    let edge = match internet {
        None => None,
        Some(edge) => Some(edge_content(edge)?),
    };
    Some(format!("{number:?} {circuits:?} {attached:?} {decision_process:?} {edge:?}"))
}

fn edge_content(edge: &InternetEdge) -> Option<String> {
    let InternetEdge {
        name,
        span: _,
        // These properties affect only return paths, inbound paths and loads.
        nat: _,
        advertised: _,
        stateful: _,
        inbound_source_nat: _,
        bandwidth: _,
        peak: _,
        default_route,
        provider_autonomous_system,
        state,
        routes,
        import,
        peer_addresses,
        deny,
    } = edge;
    if routes.is_some() || !deny.is_empty() {
        return None;
    }
    let provider = provider_autonomous_system.map(|number| number.value);
    // A route map may match on the session's name.
    let import = import.map(|import| (import.value, name));
    // The reason why a session is down contains the position of the state in the file.
    let state = (state.value, (state.value != State::Up).then_some(state.span));
    let peers: Vec<_> = peer_addresses.iter().map(|address| address.value).collect();
    Some(format!("{default_route:?} {provider:?} {state:?} {import:?} {peers:?}"))
}

/// The parts of decisions that are specific to the site.
#[derive(Clone, Copy, Debug)]
pub(super) struct Own {
    site: SiteId,
    /// The position of its internet edge in the network file.
    edge: Option<Span>,
}

impl Own {
    pub(super) fn of(network: &Network, id: SiteId) -> Option<Self> {
        let edge = network.site(id)?.internet.as_ref().map(|edge| edge.span);
        Some(Self { site: id, edge })
    }

    /// Returns the decisions that contain any site-specific part; `None` if a decision contains one that [`Self::put`]
    /// cannot replace.
    pub(super) fn named<'d>(&self, decisions: impl Iterator<Item = &'d Decision>) -> Option<Vec<DecisionId>> {
        let mut named = Vec::new();
        let mut known: HashMap<*const Why, Option<bool>, FixedState> = HashMap::default();
        for (id, decision) in (0_u32..).map(DecisionId).zip(decisions) {
            let says = *known.entry(Arc::as_ptr(&decision.why)).or_insert_with(|| self.says(&decision.why));
            if says? {
                named.push(id);
            }
        }
        Some(named)
    }

    /// Returns whether a reason contains any site-specific part; `None` if it contains one that cannot be replaced.
    fn says(&self, why: &Why) -> Option<bool> {
        if self.is_passed(why) {
            return None;
        }
        if !self.is_at(&why.reason) {
            return Some(false);
        }
        match &why.reason {
            Reason::DefaultRoute { .. } | Reason::NotRoutedOnInternet { .. } | Reason::UnknownTie { .. } => {
                Some(true)
            }
            _ => None,
        }
    }

    /// Returns whether packets return to the site's edge, or a router after the edge refers to it.
    fn is_passed(&self, why: &Why) -> bool {
        why.hops.iter().chain(why.traces.iter().flatten()).any(|hop| {
            hop.router.site() == Some(self.site)
                || self.is_at(hop.decision.reason())
                || self.is_passed(&hop.decision.why)
        })
    }

    /// Returns whether a reason refers to the site's edge.
    fn is_at(&self, reason: &Reason) -> bool {
        let site = match reason {
            Reason::DefaultRoute { site, .. }
            | Reason::InternetRoute { site, .. }
            | Reason::Denied { site, .. }
            | Reason::OtherEdge { site, .. }
            | Reason::Proxied { site, .. }
            | Reason::ProxyUnreachable { site, .. } => Some(*site),
            _ => None,
        };
        site == Some(self.site) || self.edge.is_some() && reason.span() == self.edge
    }

    /// Returns a reason in which the parts that belong to another site are replaced with those of this site.
    pub(super) fn put(&self, why: &Why) -> Option<Why> {
        let span = self.edge?;
        let reason = match &why.reason {
            Reason::DefaultRoute { .. } => Reason::DefaultRoute { site: self.site, span },
            Reason::NotRoutedOnInternet { block, .. } => Reason::NotRoutedOnInternet { block, span },
            Reason::UnknownTie { ways, tie, .. } => Reason::UnknownTie { ways: *ways, tie: *tie, span },
            _ => return None,
        };
        Some(Why { reason, ..why.clone() })
    }
}
