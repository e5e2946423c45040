//! Reasons for decisions as sentences.

use crate::catalog::Catalog;
use crate::diag::Span;
use crate::engine::{
    Comparison, Crossing, Decision, Disposition, Doubt, Reason, RouteOrigin, RouteStatus, Session,
};
use crate::network::{CircuitId, Network, SiteId, StaticRoute, VirtualHubId, VirtualNetworkId};
use crate::rib::{Community, SessionId};

/// The sources of the names in sentences: the lists, and the network file if there is one.
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

    /// Returns the circuits' names, joined with commas.
    pub fn circuits(&self, circuits: &[CircuitId]) -> String {
        let name = |id: &CircuitId| Some(self.network?.circuit(*id)?.name.clone());
        circuits.iter().filter_map(name).collect::<Vec<_>>().join(", ")
    }

    /// Returns the names of circuits, tunnels and edges.
    pub fn links(&self, links: &[Crossing]) -> Vec<&str> {
        self.network.into_iter().flat_map(|network| links.iter().map(|link| link.name(network))).collect()
    }

    /// Formats a position in the network file, such as `network.yaml:12`.
    pub fn place(&self, span: Span) -> Option<String> {
        let source = &self.network?.source;
        Some(format!("{}:{}", source.name(), source.position(span.start).0))
    }

    /// Returns the reason for a decision as one sentence without a full stop: the reason at the first router, then
    /// the reason at each later hop.
    pub fn reason(&self, decision: &Decision) -> String {
        let mut words = self.first_reason(decision);
        for (router, reason) in self.hops(decision) {
            words.push_str(&format!("; then `{router}`: {reason}"));
        }
        for trace in &decision.why.traces {
            words.push_str("; for some flows");
            for (router, reason) in self.trace(trace) {
                words.push_str(&format!(", then `{router}`: {reason}"));
            }
        }
        words
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
        let reason = decision.reason();
        match reason {
            Reason::SpecialPurpose { .. } | Reason::Translated { .. } | Reason::NotTranslated { .. } => {
                self.special_reason(reason, decision.disposition, &prefix)
            }
            Reason::Carried { .. }
            | Reason::PossiblyCarried { .. }
            | Reason::DocumentedInternet { .. }
            | Reason::NoKnownCommunity
            | Reason::NotListed => self.list_reason(reason, &prefix),
            Reason::Site { .. }
            | Reason::OtherEdge { .. }
            | Reason::Proxied { .. }
            | Reason::ProxyUnreachable { .. }
            | Reason::Tunnel { .. }
            | Reason::Static { .. } => self.site_reason(reason, &prefix),
            Reason::VirtualNetwork { network, circuits, span } => {
                self.placed(self.of_virtual_network(decision.prefix, *network, circuits, &prefix), *span)
            }
            Reason::Advertised { .. }
            | Reason::PossiblyAdvertised { .. }
            | Reason::Learned { .. }
            | Reason::GlobalReach { .. }
            | Reason::BeyondLists { .. } => self.circuit_reason(reason, &prefix),
            Reason::InternetRoute { .. }
            | Reason::UnknownPath { .. }
            | Reason::UnknownTie { .. }
            | Reason::UnknownPolicy { .. }
            | Reason::DefaultRoute { .. }
            | Reason::Denied { .. }
            | Reason::DeniedByAppliance { .. }
            | Reason::NotRoutedOnInternet { .. } => self.internet_reason(reason, &prefix),
            Reason::NoRoute => "no route matches".to_owned(),
            inside => self.azure_reason(inside, decision.disposition, &prefix),
        }
    }

    /// Describes the origin of a route, with the session over which the route was learned.
    pub fn origin(&self, origin: &RouteOrigin, session: &str) -> String {
        match origin {
            RouteOrigin::Site(site) => format!("site `{}`", self.site(*site)),
            RouteOrigin::GlobalReach(partner) => {
                format!(
                    "advertised on {}, learned through Global Reach over {session}",
                    self.circuits(&[*partner])
                )
            }
            RouteOrigin::VirtualHub(hub) => {
                format!("virtual hub `{}` over {session}", self.virtual_hub(*hub))
            }
            RouteOrigin::VirtualNetwork(network) => {
                format!("virtual network `{}` over {session}", self.virtual_network(*network))
            }
            RouteOrigin::RouteServer(network) => {
                format!("Route Server of `{}` over {session}", self.virtual_network(*network))
            }
            RouteOrigin::Microsoft(communities) => {
                let all: Vec<String> = communities
                    .iter()
                    .map(|(evidence, community)| format!("{} {evidence}", self.community(*community)))
                    .collect();
                format!("{session}: {}", all.join(", "))
            }
            RouteOrigin::Doubtful(Doubt::Gcc, _) => {
                format!("{session}, possibly: Microsoft's documents contradict each other on GCC")
            }
            RouteOrigin::Doubtful(doubt, communities) => {
                let possibly = communities.first().map(|first| self.doubt(*doubt, "it", *first, &[]));
                format!("{session}, possibly: {}", possibly.unwrap_or_default())
            }
            RouteOrigin::Learned => format!("{session}: in its route table"),
            RouteOrigin::TunnelPrefix => format!("behind tunnel {session}"),
            RouteOrigin::Static { distance: StaticRoute::DEFAULT_DISTANCE } => {
                format!("static route over {session}")
            }
            RouteOrigin::Static { distance } => {
                format!("static route over {session}, distance {distance}")
            }
            RouteOrigin::InternetTable => format!("{session}: in its routing table"),
            RouteOrigin::Default => format!("{session}: default route"),
            RouteOrigin::Azure(reason) => match **reason {
                Reason::SystemDefault => "Azure's default route".to_owned(),
                Reason::SystemDropped { block } => format!("Azure drops packets to {}", block.name),
                Reason::Appliance { address, .. } => format!("user route to the appliance {address}"),
                _ => self.azure_reason(reason, Disposition::Unknown, "the prefix"),
            },
        }
    }

    /// Describes the outcome of a route.
    pub fn standing(&self, standing: RouteStatus) -> String {
        match standing {
            RouteStatus::Carries(step) => format!("best: {}", step.name()),
            RouteStatus::Doubtful => "possibly missing".to_owned(),
            RouteStatus::Undetermined => {
                "possibly best: the deciding attribute (AS path, age of the route or peer address) is unknown"
                    .to_owned()
            }
            RouteStatus::Unsettled => {
                "possibly best: a route map matches attributes that the table lacks".to_owned()
            }
            RouteStatus::Lost(step) => format!("not best: {}", step.name()),
            RouteStatus::ShorterPrefix => "not used: a longer prefix matches".to_owned(),
        }
    }

    pub(super) fn site(&self, id: SiteId) -> &str {
        self.network.and_then(|network| network.site(id)).map_or("", |site| &site.name)
    }

    pub(super) fn virtual_hub(&self, id: VirtualHubId) -> &str {
        self.network.and_then(|all| all.virtual_hub(id)).map_or("", |hub| &hub.name)
    }

    pub(super) fn virtual_network(&self, id: VirtualNetworkId) -> &str {
        self.network.and_then(|all| all.virtual_network(id)).map_or("", |network| &network.name)
    }

    pub(super) fn placed(&self, sentence: String, span: Span) -> String {
        match self.place(span) {
            Some(place) => format!("{sentence} [{place}]"),
            None => sentence,
        }
    }
}
