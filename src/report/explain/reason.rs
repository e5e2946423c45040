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

/// What sentences need to name things: the lists, and the network file if there is one.
#[derive(Clone, Copy, Debug)]
pub struct Names<'a> {
    /// The lists.
    pub catalog: &'a Catalog,
    /// The network file.
    pub network: Option<&'a Network>,
}

/// The name of a session; empty for one that is not among them.
pub(super) fn session_name(sessions: &[Session], id: SessionId) -> String {
    sessions.iter().find(|session| session.id == id).map(|session| session.name.clone()).unwrap_or_default()
}

impl Names<'_> {
    /// A community with its first name: `12076:5030 (Skype For Business)`.
    pub fn community(&self, community: Community) -> String {
        match self.catalog.community(community).and_then(|known| known.names.first()) {
            Some(name) => format!("{community} ({name})"),
            None => community.to_string(),
        }
    }

    /// The circuits' names, joined.
    pub fn circuits(&self, circuits: &[CircuitId]) -> String {
        let name = |id: &CircuitId| Some(self.network?.circuit(*id)?.name.clone());
        circuits.iter().filter_map(name).collect::<Vec<_>>().join(", ")
    }

    /// The names of circuits, tunnels and edges.
    pub fn links(&self, links: &[Crossing]) -> Vec<&str> {
        self.network.into_iter().flat_map(|network| links.iter().map(|link| link.name(network))).collect()
    }

    /// `network.yaml:12` for a place in the network file.
    pub fn place(&self, span: Span) -> Option<String> {
        let source = &self.network?.source;
        Some(format!("{}:{}", source.name(), source.position(span.start).0))
    }

    /// Why a decision is what it is, as one sentence without a full stop: what the first router says, then each that the
    /// packet passes behind it.
    pub fn reason(&self, decision: &Decision) -> String {
        let mut said = self.first_reason(decision);
        for (router, reason) in self.hops(decision) {
            said.push_str(&format!("; then `{router}`: {reason}"));
        }
        for trace in &decision.why.traces {
            said.push_str("; a part of the flows");
            for (router, reason) in self.trace(trace) {
                said.push_str(&format!(", then `{router}`: {reason}"));
            }
        }
        said
    }

    /// Why the first router decides as it does, as one sentence without a full stop.
    pub fn first_reason(&self, decision: &Decision) -> String {
        self.reason_of(decision, decision.hops().first())
    }

    /// Why an answer comes back as it does, as one sentence without a full stop.
    pub fn return_sentence(&self, reason: &Comparison) -> String {
        let device = reason.device().zip(self.network).map(|(device, network)| device.name(network));
        match device {
            Some(name) => format!("{} (`{name}`)", reason.sentence()),
            None => reason.sentence().to_owned(),
        }
    }

    /// Why one router decides as it does, without regard to the next.
    pub(super) fn own_reason(&self, decision: &Decision) -> String {
        let prefix = decision.prefix.map(|prefix| prefix.to_string()).unwrap_or_default();
        match decision.reason() {
            Reason::SpecialPurpose { block } => {
                let scope = if block.scope == Scope::Translated {
                    "a translator sends the packet on to that IPv4 address: ask for it"
                } else if decision.disposition == Disposition::Private {
                    "private peering, VPN or on-premises: a network file tells"
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
                self.placed(format!("{prefix} is of site `{}`", self.site(*site)), *span)
            }
            Reason::VirtualNetwork { network, circuits, span } => {
                self.placed(self.of_virtual_network(decision.prefix, *network, circuits, &prefix), *span)
            }
            Reason::Advertised { circuits, community, evidence, span } => {
                let all = self.circuits(circuits);
                let how = if circuits.iter().any(|id| self.has_no_filter(*id)) {
                    format!("which {all} brings without a route filter")
                } else {
                    format!("which the route filter of {all} holds")
                };
                let community = self.community(*community);
                self.placed(format!("{prefix} carries {community} ({evidence}), {how}"), *span)
            }
            Reason::PerhapsAdvertised { circuits, community, doubt, otherwise, span } => self.placed(
                format!(
                    "{}: if it is not there, the path is {otherwise}",
                    self.doubt(*doubt, &prefix, *community, circuits)
                ),
                *span,
            ),
            Reason::Learned { circuits, span } => self.placed(
                format!("{prefix} is in the route table that {} learned", self.circuits(circuits)),
                *span,
            ),
            Reason::GlobalReach { circuits, partner, span } => self.placed(
                format!(
                    "{prefix} is advertised on private peering of {}, which Global Reach joins with {}",
                    self.circuits(&[*partner]),
                    self.circuits(circuits)
                ),
                *span,
            ),
            Reason::OtherEdge { site, span } => {
                self.placed(format!("the edge of site `{}` announces {prefix}", self.site(*site)), *span)
            }
            Reason::Tunnel { network, span, .. } => {
                let said = match network {
                    Some(network) => {
                        format!("is of virtual network `{}`, over a tunnel", self.virtual_network(*network))
                    }
                    None => "is behind a tunnel".to_owned(),
                };
                self.placed(format!("{prefix} {said}"), *span)
            }
            Reason::Static { span, .. } => self.placed(format!("static route to {prefix}"), *span),
            Reason::BeyondLists { circuits, span } => self.placed(
                format!(
                    "static route to {prefix} over Microsoft peering of {}, and none of Microsoft's lists holds the address: \
                     Microsoft's network is no way to other networks",
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
                format!("NAT64 refuses {prefix}: {} ({})", block.name, block.reference),
                *span,
            ),
            Reason::NoRoute => "no route matches".to_owned(),
            inside => self.azure_reason(inside, decision.disposition, &prefix),
        }
    }

    /// Why, where the lists alone decide.
    fn list_reason(&self, reason: &Reason, prefix: &str) -> String {
        match reason {
            Reason::Carried { communities } => {
                let all: Vec<String> = communities
                    .iter()
                    .map(|(community, evidence)| format!("{} {evidence}", self.community(*community)))
                    .collect();
                format!("carried by {}", all.join("; "))
            }
            Reason::PerhapsCarried { communities } => format!(
                "only a related tag holds {prefix}, which {} may or may not carry; \
                 a `list-service-communities` export settles it",
                self.list(communities)
            ),
            Reason::DocumentedInternet { rule } => format!("{}: {} [{}]", rule.tag, rule.text, rule.source),
            Reason::NoKnownCommunity => format!(
                "{prefix} is Microsoft's, but no community is known to carry it; \
                 a newer `list-service-communities` export may tell"
            ),
            Reason::NotListed => {
                format!("in none of Microsoft's lists of the {} cloud", self.catalog.cloud())
            }
            _ => String::new(),
        }
    }

    /// Of what a gateway announces over private peering.
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
            format!("the gateway of `{name}` announces {prefix}, over private peering of {circuits}")
        } else {
            format!("{prefix} is of virtual network `{name}`, over private peering of {circuits}")
        }
    }

    /// Why, where what an internet edge learned decides.
    fn internet_reason(&self, reason: &Reason, prefix: &str) -> String {
        match reason {
            Reason::InternetRoute { site, span } => {
                self.placed(format!("{prefix} is in the table of routes of `{}`", self.edge(*site)), *span)
            }
            Reason::UnknownTie { .. } | Reason::UnknownPath { .. } => self.tie_reason(reason, prefix),
            Reason::UnknownPolicy { .. } => self.policy_reason(reason, prefix),
            Reason::DefaultRoute { site, span } => {
                let edge = self.edge(*site);
                self.placed(format!("nothing but the default route of `{edge}` matches"), *span)
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

    /// Why, where nothing known decides between two equal routes.
    fn tie_reason(&self, reason: &Reason, prefix: &str) -> String {
        match reason {
            Reason::UnknownTie { ways: [one, other], tie: Tie::PeerAddress, span } => self.placed(
                format!(
                    "{prefix} is on {one} and on {other}, equal in all that is known, and the peers' addresses would part \
                     them; a local preference, or `peer_addresses` of both sessions, settles it"
                ),
                *span,
            ),
            Reason::UnknownTie { ways: [one, other], tie: Tie::Age, span } => self.placed(
                format!(
                    "{prefix} is on {one} and on {other}, equal in all that is compared: a router keeps the older route, and \
                     which one that is nobody knows; a local preference settles it, or `compare_router_id: true` where \
                     the router is configured so"
                ),
                *span,
            ),
            Reason::UnknownTie { ways: [one, other], tie: Tie::Edge, span } => self.placed(
                format!(
                    "flows to {prefix} are shared among edges, of which some {} and some {}: ask for the address from each \
                     of them",
                    does(*one),
                    does(*other)
                ),
                *span,
            ),
            Reason::UnknownTie { ways: [one, other], tie: Tie::GlobalReach, span } => self.placed(
                format!(
                    "{prefix} is reached by {one} and by {other}: whether the company's own links or Global Reach are used, the \
                     edge alone decides, and the file does not say how"
                ),
                *span,
            ),
            Reason::UnknownPath { ways: [one, other], span } => self.placed(
                format!(
                    "{prefix} is on {one} and on {other}, no preference parts them, and an AS path whose length would \
                     is not known; a local preference, or a table of routes with AS paths, settles it"
                ),
                *span,
            ),
            _ => String::new(),
        }
    }

    /// Why, where a policy of somebody else's decides that nobody knows.
    fn policy_reason(&self, reason: &Reason, prefix: &str) -> String {
        match reason {
            Reason::UnknownPolicy { ways: [one, other], missing: Missing::GlobalReach, span } => self.placed(
                format!(
                    "{prefix} is {one} or {other}: no document says whether Global Reach passes on virtual networks of the \
                     other circuit; the route table that the edge received (`learned`) settles it"
                ),
                *span,
            ),
            Reason::UnknownPolicy { ways: [one, other], missing: Missing::HubStatic, span } => self.placed(
                format!(
                    "{prefix} is {one} or {other}: no document says whether a virtual hub announces static routes of its Default \
                     table to sites; the route table that the edge received (`learned`) settles it"
                ),
                *span,
            ),
            Reason::UnknownPolicy { ways: [one, other], missing: Missing::ActiveActive, span } => self.placed(
                format!(
                    "{prefix} is {one} or {other}: a Route Server exchanges routes with a VPN gateway that is active-active alone, \
                     which the network file does not say (`active_active` of the gateway)"
                ),
                *span,
            ),
            Reason::UnknownPolicy { ways: [one, other], missing: Missing::Preference, span } => self.placed(
                format!(
                    "{prefix} is {one} or {other}: another edge announces its best route alone, and which one that is follows \
                     from what nobody knows (the age of equal routes, or which edge was first); a local preference there settles it"
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
                        "{prefix} is {one} or {other}: a route map decides by what is not known, since the table gives \
                         no {}; CSV with {columns} settles it",
                        missing.name()
                    ),
                    *span,
                )
            }
            _ => String::new(),
        }
    }

    /// A route's origin in words, with what it was learned over.
    pub fn origin(&self, origin: &Origin, session: &str) -> String {
        match origin {
            Origin::Site(site) => format!("site `{}`", self.site(*site)),
            Origin::GlobalReach(partner) => {
                format!("advertised on {}, by Global Reach over {session}", self.circuits(&[*partner]))
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
                format!("{session}, perhaps: Microsoft's documents contradict each other on GCC")
            }
            Origin::Doubtful(doubt, communities) => {
                let perhaps = communities.first().map(|first| self.doubt(*doubt, "it", *first, &[]));
                format!("{session}, perhaps: {}", perhaps.unwrap_or_default())
            }
            Origin::Learned => format!("{session}: in its route table"),
            Origin::TunnelPrefix => format!("behind tunnel {session}"),
            Origin::Static => format!("static route over {session}"),
            Origin::InternetTable => format!("{session}: in its table of routes"),
            Origin::Default => format!("{session}: default route"),
            Origin::Azure(reason) => match **reason {
                Reason::SystemDefault => "Azure's default route".to_owned(),
                Reason::SystemDropped { block } => format!("Azure drops what goes to {}", block.name),
                Reason::Appliance { address, .. } => format!("a route table, to the appliance {address}"),
                _ => self.azure_reason(reason, Disposition::Unknown, "the prefix"),
            },
        }
    }

    /// What became of a route, in words.
    pub fn standing(&self, standing: Standing) -> String {
        match standing {
            Standing::Carries(step) => format!("best, by {}", step.name()),
            Standing::Doubtful => "perhaps missing".to_owned(),
            Standing::Undetermined => {
                "perhaps best: an AS path, the age of a route or a peer address that would decide is unknown"
                    .to_owned()
            }
            Standing::Unsettled => {
                "perhaps best: a route map matches attributes that the table lacks".to_owned()
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
                "the sources conflict whether {community} carries {prefix} on {circuits}; \
                 a `list-service-communities` export settles it"
            ),
            Doubt::Gcc => format!(
                "{prefix} is of Microsoft 365 worldwide, and so of GCC, and Microsoft's documents contradict each other on \
                 whether {circuits} brings it: the ExpressRoute FAQ says that \"Office 365 GCC service endpoints are \
                 reachable through the Azure US Government ExpressRoute\", after a support ticket with the prefixes to \
                 advertise, and that Government Microsoft peering \"is limited to only public IPs within Azure Government \
                 regions\"; the route table of the peering settles it"
            ),
            Doubt::Reach => format!(
                "no document tells whether {circuits} reaches the region of {community}, which carries {prefix}; \
                 the route table of the peering settles it"
            ),
        }
    }

    /// Whether the circuit is one of those that Microsoft advertises to without a route filter.
    fn has_no_filter(&self, id: CircuitId) -> bool {
        let circuit = self.network.and_then(|network| network.circuit(id));
        circuit
            .and_then(|circuit| circuit.microsoft_peering.as_ref())
            .is_some_and(|own| own.route_filter.is_none())
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

/// What an edge does with packets that go this way.
fn does(way: Disposition) -> String {
    match way {
        Disposition::Discarded => "drop them".to_owned(),
        Disposition::Unreachable => "have no route for them".to_owned(),
        way => format!("send them by {way}"),
    }
}
