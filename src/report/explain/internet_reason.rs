//! Reasons for decisions made by routes at an internet edge, and for decisions that unknown attributes leave open, as
//! sentences.

use crate::diag::Span;
use crate::engine::{Disposition, Reason, Tie};
use crate::network::SiteId;
use crate::report::explain::reason::Names;
use crate::rib::Missing;

impl Names<'_> {
    /// Returns the destinations of a rule that denies packets.
    fn rule(&self, span: Span) -> String {
        let rule = self.network.and_then(|network| network.deny_rule_at(span));
        rule.map(ToString::to_string).unwrap_or_default()
    }

    /// Returns the reason if routes at an internet edge decide.
    pub(super) fn internet_reason(&self, reason: &Reason, prefix: &str) -> String {
        match reason {
            Reason::InternetRoute { site, span } => {
                self.placed(format!("{prefix} is in the routing table of `{}`", self.edge(*site)), *span)
            }
            Reason::UnknownTie { .. } | Reason::UnknownPath { .. } => self.tie_reason(reason, prefix),
            Reason::UnknownPolicy { .. } => self.policy_reason(reason, prefix),
            Reason::DefaultRoute { site, span } => {
                let edge = self.edge(*site);
                self.placed(format!("only the default route of `{edge}` matches"), *span)
            }
            Reason::Denied { site, span } => {
                let edge = self.edge(*site);
                self.placed(format!("`{edge}` denies packets to {}", self.rule(*span)), *span)
            }
            Reason::DeniedByAppliance { device, span } => {
                let device = self.network.map(|network| device.name(network)).unwrap_or_default();
                self.placed(format!("`{device}` denies packets to {}", self.rule(*span)), *span)
            }
            Reason::NotRoutedOnInternet { block, span } => self.placed(
                format!(
                    "only the default route matches, and the internet does not route {} ({}, {})",
                    block.prefix, block.name, block.reference
                ),
                *span,
            ),
            _ => String::new(),
        }
    }

    /// Returns the reason if no known attribute decides between two equal routes.
    fn tie_reason(&self, reason: &Reason, prefix: &str) -> String {
        match reason {
            Reason::UnknownTie { ways: [one, other], tie: Tie::PeerAddress, span } => self.placed(
                format!(
                    "{one} and {other} routes to {prefix} are equal in all known attributes, and the \
                     unknown addresses of the peers decide; a local preference, or `peer_addresses` on \
                     both sessions, resolves this"
                ),
                *span,
            ),
            Reason::UnknownTie { ways: [one, other], tie: Tie::Age, span } => self.placed(
                format!(
                    "{one} and {other} routes to {prefix} are equal in all compared attributes; the \
                     router keeps the older route, and the age of the routes is unknown; a local preference resolves \
                     this, or `compare_router_id: true` if the router is configured that way"
                ),
                *span,
            ),
            Reason::UnknownTie { ways: [one, other], tie: Tie::Edge, span } => self.placed(
                format!(
                    "flows to {prefix} are shared among several edges: some edges {}, and other edges {}; \
                     explain the address from the site of each edge",
                    does(*one),
                    does(*other)
                ),
                *span,
            ),
            Reason::UnknownTie { ways: [one, other], tie: Tie::GlobalReach, span } => self.placed(
                format!(
                    "{prefix} has {one} and {other} routes: the edge decides whether the company's own \
                     links or Global Reach is used, and the network file does not state which"
                ),
                *span,
            ),
            Reason::UnknownPath { ways: [one, other], span } => self.placed(
                format!(
                    "{one} and {other} routes to {prefix} have equal preference, and the AS path whose \
                     length would decide is unknown; a local preference, or a routing table with AS \
                     paths, resolves this"
                ),
                *span,
            ),
            _ => String::new(),
        }
    }

    /// Returns the reason if the decision depends on another party's unknown policy.
    fn policy_reason(&self, reason: &Reason, prefix: &str) -> String {
        match reason {
            Reason::UnknownPolicy { ways: [one, other], missing: Missing::GlobalReach, span } => self.placed(
                format!(
                    "the path to {prefix} is {one} or {other}: it is not documented whether Global Reach \
                     readvertises the virtual networks on the other circuit; the route table that the edge \
                     received (`learned`) resolves this"
                ),
                *span,
            ),
            Reason::UnknownPolicy { ways: [one, other], missing: Missing::HubStatic, span } => self.placed(
                format!(
                    "the path to {prefix} is {one} or {other}: it is not documented whether a virtual hub \
                     advertises static routes in its Default table to sites; the route table that the \
                     edge received (`learned`) resolves this"
                ),
                *span,
            ),
            Reason::UnknownPolicy { ways: [one, other], missing: Missing::ActiveActive, span } => self
                .placed(
                    format!(
                        "the path to {prefix} is {one} or {other}: a Route Server exchanges routes only with \
                     an active-active VPN gateway, and the network file does not state whether the \
                     gateway is active-active (`active_active` on the gateway)"
                    ),
                    *span,
                ),
            Reason::UnknownPolicy { ways: [one, other], missing: Missing::Preference, span } => self.placed(
                format!(
                    "the path to {prefix} is {one} or {other}: another edge advertises only its best \
                     route, and it is unknown which route is best (this depends on the age of equal \
                     routes, or on which edge was first); a local preference on that edge resolves this"
                ),
                *span,
            ),
            Reason::UnknownPolicy { ways: [one, other], missing, span } => {
                let columns = match missing {
                    Missing::AsPath => "`as_path`",
                    Missing::Communities => "`communities`",
                    _ => "`as_path` and `communities`",
                };
                self.placed(
                    format!(
                        "the path to {prefix} is {one} or {other}: a route map depends on unknown \
                         attributes, because the table contains no {}; a CSV table with {columns} resolves this",
                        missing.name()
                    ),
                    *span,
                )
            }
            _ => String::new(),
        }
    }

    fn edge(&self, id: SiteId) -> &str {
        self.network.and_then(|network| network.site(id)?.internet.as_ref()).map_or("", |edge| &edge.name)
    }
}

/// Describes how an edge handles packets on this path.
fn does(way: Disposition) -> String {
    match way {
        Disposition::Discarded => "drop the packets".to_owned(),
        Disposition::Unreachable => "have no route for the packets".to_owned(),
        way => format!("send the packets over {way}"),
    }
}
