//! Reasons of decisions as sentences.

use crate::addr::IpPrefix;
use crate::addr::special::Scope;
use crate::catalog::Catalog;
use crate::diag::Span;
use crate::engine::{
    Comparison, Crossing, Decision, Disposition, Doubt, Origin, Reason, Session, Standing, Tie,
};
use crate::network::{CircuitId, Network, SiteId, VirtualHubId, VirtualNetworkId};
use crate::rib::{Community, Missing, SessionId};

/// The data that sentences need to name things: the lists, and the network file if there is one.
#[derive(Clone, Copy, Debug)]
pub struct Names<'a> {
    /// The lists.
    pub catalog: &'a Catalog,
    /// The network file.
    pub network: Option<&'a Network>,
}

/// Returns the name of a session; empty if it is not among `sessions`.
pub(super) fn session_name(sessions: &[Session], id: SessionId) -> String {
    sessions.iter().find(|session| session.id == id).map(|session| session.name.clone()).unwrap_or_default()
}

impl Names<'_> {
    /// Returns a community with its first name: `12076:5030 (Skype For Business)`.
    pub fn community(&self, community: Community) -> String {
        match self.catalog.community(community).and_then(|known| known.names.first()) {
            Some(name) => format!("{community} ({name})"),
            None => community.to_string(),
        }
    }

    /// Returns the circuits' names, joined by commas.
    pub fn circuits(&self, circuits: &[CircuitId]) -> String {
        let name = |id: &CircuitId| Some(self.network?.circuit(*id)?.name.clone());
        circuits.iter().filter_map(name).collect::<Vec<_>>().join(", ")
    }

    /// Returns the names of circuits, tunnels and edges.
    pub fn links(&self, links: &[Crossing]) -> Vec<&str> {
        self.network.into_iter().flat_map(|network| links.iter().map(|link| link.name(network))).collect()
    }

    /// Returns `network.yaml:12` for a position in the network file.
    pub fn place(&self, span: Span) -> Option<String> {
        let source = &self.network?.source;
        Some(format!("{}:{}", source.name(), source.position(span.start).0))
    }

    /// Returns the reason for a decision as one sentence without a full stop: the reason of the first router, then
    /// that of each later hop.
    pub fn reason(&self, decision: &Decision) -> String {
        let mut said = self.first_reason(decision);
        for (router, reason) in self.hops(decision) {
            said.push_str(&format!("; then `{router}`: {reason}"));
        }
        for trace in &decision.why.traces {
            said.push_str("; some flows");
            for (router, reason) in self.trace(trace) {
                said.push_str(&format!(", then `{router}`: {reason}"));
            }
        }
        said
    }

    /// Returns the reason for the first router's decision as one sentence without a full stop.
    pub fn first_reason(&self, decision: &Decision) -> String {
        self.reason_of(decision, decision.hops().first())
    }

    /// Returns the reason for a return path as one sentence without a full stop.
    pub fn return_sentence(&self, reason: &Comparison) -> String {
        let device = reason.device().zip(self.network).map(|(device, network)| device.name(network));
        match device {
            Some(name) => format!("{} (`{name}`)", reason.sentence()),
            None => reason.sentence().to_owned(),
        }
    }

    /// Returns the reason for one router's decision, regardless of the next router.
    pub(super) fn own_reason(&self, decision: &Decision) -> String {
        let prefix = decision.prefix.map(|prefix| prefix.to_string()).unwrap_or_default();
        match decision.reason() {
            Reason::SpecialPurpose { block } => {
                let scope = if block.scope == Scope::Translated {
                    "a translator forwards the packet to the embedded IPv4 address: explain that address"
                } else if decision.disposition == Disposition::Private {
                    "private peering, VPN or on-premises, depending on the network file"
                } else {
                    "does not follow routes to Microsoft"
                };
                format!("{} is {} ({}): {scope}", block.prefix, block.name, block.reference)
            }
            Reason::Carried { .. }
            | Reason::PerhapsCarried { .. }
            | Reason::DocumentedInternet { .. }
            | Reason::NoKnownCommunity
            | Reason::NotListed => self.list_reason(decision.reason(), &prefix),
            Reason::Site { site, span } => {
                self.placed(format!("{prefix} belongs to site `{}`", self.site(*site)), *span)
            }
            Reason::VirtualNetwork { network, circuits, span } => {
                self.placed(self.of_virtual_network(decision.prefix, *network, circuits, &prefix), *span)
            }
            Reason::Advertised { circuits, community, evidence, span } => {
                let all = self.circuits(circuits);
                let how = if circuits.iter().any(|id| self.has_no_filter(*id)) {
                    format!("which Microsoft advertises on {all} without a route filter")
                } else {
                    format!("which the route filter of {all} contains")
                };
                let community = self.community(*community);
                self.placed(format!("{prefix} is in community {community} ({evidence}), {how}"), *span)
            }
            Reason::PerhapsAdvertised { circuits, community, doubt, otherwise, span } => self.placed(
                format!(
                    "{}; without this route, the path is {otherwise}",
                    self.doubt(*doubt, &prefix, *community, circuits)
                ),
                *span,
            ),
            Reason::Learned { circuits, span } => self.placed(
                format!("{prefix} is in the learned route table of {}", self.circuits(circuits)),
                *span,
            ),
            Reason::GlobalReach { circuits, partner, span } => self.placed(
                format!(
                    "{prefix} is advertised on private peering of {}, which Global Reach connects to {}",
                    self.circuits(&[*partner]),
                    self.circuits(circuits)
                ),
                *span,
            ),
            Reason::OtherEdge { site, span } => {
                self.placed(format!("the edge of site `{}` advertises {prefix}", self.site(*site)), *span)
            }
            Reason::Tunnel { network, span, .. } => {
                let said = match network {
                    Some(network) => {
                        format!("belongs to virtual network `{}`, reached over a tunnel", self.virtual_network(*network))
                    }
                    None => "is reached over a tunnel".to_owned(),
                };
                self.placed(format!("{prefix} {said}"), *span)
            }
            Reason::Static { span, .. } => self.placed(format!("static route to {prefix}"), *span),
            Reason::BeyondLists { circuits, span } => self.placed(
                format!(
                    "static route to {prefix} over Microsoft peering of {}, but none of Microsoft's lists \
                     contains the address, and Microsoft does not provide transit to other networks",
                    self.circuits(circuits)
                ),
                *span,
            ),
            Reason::InternetRoute { .. }
            | Reason::UnknownPath { .. }
            | Reason::UnknownTie { .. }
            | Reason::UnknownPolicy { .. }
            | Reason::DefaultRoute { .. }
            | Reason::NotRoutedOnInternet { .. } => self.internet_reason(decision.reason(), &prefix),
            Reason::Translated { span } => self.placed(
                format!(
                    "NAT64 translates {prefix}: the path is that of the embedded IPv4 address, from the translator's site"
                ),
                *span,
            ),
            Reason::NotTranslated { block, span } => self.placed(
                format!("NAT64 does not translate {prefix}: {} ({})", block.name, block.reference),
                *span,
            ),
            Reason::NoRoute => "no route matches".to_owned(),
            inside => self.azure_reason(inside, decision.disposition, &prefix),
        }
    }

    /// Returns the reason if only the lists decide.
    fn list_reason(&self, reason: &Reason, prefix: &str) -> String {
        match reason {
            Reason::Carried { communities } => {
                let all: Vec<String> = communities
                    .iter()
                    .map(|(community, evidence)| format!("{} {evidence}", self.community(*community)))
                    .collect();
                format!("in community {}", all.join("; "))
            }
            Reason::PerhapsCarried { communities } => format!(
                "only a related service tag contains {prefix}, and whether {} contains it is unknown; a \
                 `list-service-communities` export resolves this",
                self.list(communities)
            ),
            Reason::DocumentedInternet { rule } => format!("{}: {} [{}]", rule.tag, rule.text, rule.source),
            Reason::NoKnownCommunity => format!(
                "{prefix} belongs to Microsoft, but no community is known to contain it; a newer \
                 `list-service-communities` export may name one"
            ),
            Reason::NotListed => {
                format!("not in any of Microsoft's lists of the {} cloud", self.catalog.cloud())
            }
            _ => String::new(),
        }
    }

    /// Returns the reason for a prefix that a gateway advertises over private peering.
    fn of_virtual_network(
        &self,
        route: Option<IpPrefix>,
        network: VirtualNetworkId,
        circuits: &[CircuitId],
        prefix: &str,
    ) -> String {
        let (name, circuits) = (self.virtual_network(network), self.circuits(circuits));
        let own = self.network.and_then(|all| all.virtual_network(network));
        let gateway = own.and_then(|own| own.gateway.as_ref());
        let is_summary = gateway
            .is_some_and(|gateway| gateway.summarized.iter().any(|summary| Some(summary.value) == route));
        if is_summary {
            format!("the gateway of `{name}` advertises {prefix} over private peering of {circuits}")
        } else {
            format!(
                "{prefix} belongs to virtual network `{name}`, reached over private peering of {circuits}"
            )
        }
    }

    /// Returns the reason if the routes of an internet edge decide.
    fn internet_reason(&self, reason: &Reason, prefix: &str) -> String {
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
                     unknown addresses of the peers decide; a local preference, or `peer_addresses` of \
                     both sessions, resolves this"
                ),
                *span,
            ),
            Reason::UnknownTie { ways: [one, other], tie: Tie::Age, span } => self.placed(
                format!(
                    "{one} and {other} routes to {prefix} are equal in all compared attributes; the \
                     router keeps the older route, and their age is unknown; a local preference resolves \
                     this, or `compare_router_id: true` if the router is configured that way"
                ),
                *span,
            ),
            Reason::UnknownTie { ways: [one, other], tie: Tie::Edge, span } => self.placed(
                format!(
                    "flows to {prefix} are shared among edges, of which some {} and others {}: explain \
                     the address from each of these sites",
                    does(*one),
                    does(*other)
                ),
                *span,
            ),
            Reason::UnknownTie { ways: [one, other], tie: Tie::GlobalReach, span } => self.placed(
                format!(
                    "{prefix} is reached by {one} and by {other}: the edge decides whether the company's \
                     own links or Global Reach are used, and the file does not state how"
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
                     readvertises virtual networks of the other circuit; the route table that the edge \
                     received (`learned`) resolves this"
                ),
                *span,
            ),
            Reason::UnknownPolicy { ways: [one, other], missing: Missing::HubStatic, span } => self.placed(
                format!(
                    "the path to {prefix} is {one} or {other}: it is not documented whether a virtual hub \
                     advertises static routes of its Default table to sites; the route table that the \
                     edge received (`learned`) resolves this"
                ),
                *span,
            ),
            Reason::UnknownPolicy { ways: [one, other], missing: Missing::ActiveActive, span } => self
                .placed(
                    format!(
                        "the path to {prefix} is {one} or {other}: a Route Server exchanges routes only with \
                     an active-active VPN gateway, and the network file does not state whether it is one \
                     (`active_active` of the gateway)"
                    ),
                    *span,
                ),
            Reason::UnknownPolicy { ways: [one, other], missing: Missing::Preference, span } => self.placed(
                format!(
                    "the path to {prefix} is {one} or {other}: another edge advertises only its best \
                     route, and which one that is cannot be determined (it depends on the age of equal \
                     routes, or on which edge was first); a local preference there resolves this"
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
                         attributes, since the table contains no {}; CSV with {columns} resolves this",
                        missing.name()
                    ),
                    *span,
                )
            }
            _ => String::new(),
        }
    }

    /// Describes a route's origin, with the session over which it was learned.
    pub fn origin(&self, origin: &Origin, session: &str) -> String {
        match origin {
            Origin::Site(site) => format!("site `{}`", self.site(*site)),
            Origin::GlobalReach(partner) => {
                format!(
                    "advertised on {}, learned through Global Reach over {session}",
                    self.circuits(&[*partner])
                )
            }
            Origin::VirtualHub(hub) => format!("virtual hub `{}` over {session}", self.virtual_hub(*hub)),
            Origin::VirtualNetwork(network) => {
                format!("virtual network `{}` over {session}", self.virtual_network(*network))
            }
            Origin::RouteServer(network) => {
                format!("Route Server of `{}` over {session}", self.virtual_network(*network))
            }
            Origin::Microsoft(communities) => {
                let all: Vec<String> = communities
                    .iter()
                    .map(|(evidence, community)| format!("{} {evidence}", self.community(*community)))
                    .collect();
                format!("{session}: {}", all.join(", "))
            }
            Origin::Doubtful(Doubt::Gcc, _) => {
                format!("{session}, possibly: Microsoft's documents contradict each other on GCC")
            }
            Origin::Doubtful(doubt, communities) => {
                let perhaps = communities.first().map(|first| self.doubt(*doubt, "it", *first, &[]));
                format!("{session}, possibly: {}", perhaps.unwrap_or_default())
            }
            Origin::Learned => format!("{session}: in its route table"),
            Origin::TunnelPrefix => format!("behind tunnel {session}"),
            Origin::Static => format!("static route over {session}"),
            Origin::InternetTable => format!("{session}: in its routing table"),
            Origin::Default => format!("{session}: default route"),
            Origin::Azure(reason) => match **reason {
                Reason::SystemDefault => "Azure's default route".to_owned(),
                Reason::SystemDropped { block } => format!("Azure drops packets to {}", block.name),
                Reason::Appliance { address, .. } => format!("user route to the appliance {address}"),
                _ => self.azure_reason(reason, Disposition::Unknown, "the prefix"),
            },
        }
    }

    /// Describes the outcome of a route.
    pub fn standing(&self, standing: Standing) -> String {
        match standing {
            Standing::Carries(step) => format!("best, by {}", step.name()),
            Standing::Doubtful => "possibly missing".to_owned(),
            Standing::Undetermined => {
                "possibly best: an AS path, the age of a route or a peer address that would decide is unknown"
                    .to_owned()
            }
            Standing::Unsettled => {
                "possibly best: a route map matches attributes that the table lacks".to_owned()
            }
            Standing::Lost(step) => format!("not best: {}", step.name()),
            Standing::ShorterPrefix => "not used: a longer prefix matches".to_owned(),
        }
    }

    pub(super) fn site(&self, id: SiteId) -> &str {
        self.network.and_then(|network| network.site(id)).map_or("", |site| &site.name)
    }

    fn edge(&self, id: SiteId) -> &str {
        self.network.and_then(|network| network.site(id)?.internet.as_ref()).map_or("", |edge| &edge.name)
    }

    pub(super) fn virtual_hub(&self, id: VirtualHubId) -> &str {
        self.network.and_then(|all| all.virtual_hub(id)).map_or("", |hub| &hub.name)
    }

    pub(super) fn virtual_network(&self, id: VirtualNetworkId) -> &str {
        self.network.and_then(|all| all.virtual_network(id)).map_or("", |network| &network.name)
    }

    fn doubt(&self, doubt: Doubt, prefix: &str, community: Community, circuits: &[CircuitId]) -> String {
        let community = self.community(community);
        let circuits = match circuits {
            [] => "the circuit".to_owned(),
            circuits => self.circuits(circuits),
        };
        match doubt {
            Doubt::Conflict => format!(
                "the sources conflict about whether {community} contains {prefix} on {circuits}; a \
                 `list-service-communities` export resolves this"
            ),
            Doubt::Gcc => format!(
                "{prefix} belongs to Microsoft 365 worldwide, which includes GCC, and Microsoft's \
                 documents contradict each other about whether it is advertised on {circuits}: the \
                 ExpressRoute FAQ states that \"Office 365 GCC service endpoints are reachable through \
                 the Azure US Government ExpressRoute\", after a support ticket with the prefixes to \
                 advertise, and also that Government Microsoft peering \"is limited to only public IPs \
                 within Azure Government regions\"; the route table of the peering resolves this"
            ),
            Doubt::Reach => format!(
                "it is not documented whether the SKU of {circuits} includes the region of {community}, \
                 which contains {prefix}; the route table of the peering resolves this"
            ),
        }
    }

    /// Whether Microsoft advertises to the circuit without a route filter.
    fn has_no_filter(&self, id: CircuitId) -> bool {
        let circuit = self.network.and_then(|network| network.circuit(id));
        circuit
            .and_then(|circuit| circuit.microsoft_peering.as_ref())
            .is_some_and(|own| own.of_kind.route_filter.is_none())
    }

    fn list(&self, communities: &[Community]) -> String {
        communities.iter().map(|community| self.community(*community)).collect::<Vec<_>>().join(", ")
    }

    pub(super) fn placed(&self, sentence: String, span: Span) -> String {
        match self.place(span) {
            Some(place) => format!("{sentence} [{place}]"),
            None => sentence,
        }
    }
}

/// Returns what an edge does with packets that take this path.
fn does(way: Disposition) -> String {
    match way {
        Disposition::Discarded => "drop them".to_owned(),
        Disposition::Unreachable => "have no route for them".to_owned(),
        way => format!("send them over {way}"),
    }
}
