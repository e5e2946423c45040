//! Reasons of decisions as sentences.

use crate::catalog::Catalog;
use crate::diag::Span;
use crate::engine::{Absence, Decision, Disposition, Doubt, Origin, Reason};
use crate::network::{CircuitId, Network};
use crate::rib::Community;

/// What sentences need to name things: the lists, and the network file if there is one.
#[derive(Clone, Copy, Debug)]
pub struct Names<'a> {
    /// The lists.
    pub catalog: &'a Catalog,
    /// The network file.
    pub network: Option<&'a Network>,
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

    /// `network.yaml:12` for a place in the network file.
    pub fn place(&self, span: Span) -> Option<String> {
        let source = &self.network?.source;
        Some(format!("{}:{}", source.name(), source.position(span.start).0))
    }

    /// Why a decision is what it is, as one sentence without a full stop.
    pub fn reason(&self, decision: &Decision) -> String {
        let prefix = decision.prefix.map(|prefix| prefix.to_string()).unwrap_or_default();
        match &decision.reason {
            Reason::SpecialPurpose { block } => {
                let scope = if decision.disposition == Disposition::Private {
                    "private peering, VPN or on-premises: a network file tells"
                } else {
                    "does not follow routes to Microsoft"
                };
                format!("{} is {} ({}): {scope}", block.prefix, block.name, block.reference)
            }
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
            Reason::NotListed => "in none of Microsoft's lists".to_owned(),
            Reason::Site { site, span } => {
                let name = self.network.and_then(|network| network.site(*site)).map_or("", |site| &site.name);
                self.placed(format!("{prefix} is of site `{name}`"), *span)
            }
            Reason::VirtualNetwork { network, circuits, span } => {
                let name = self
                    .network
                    .and_then(|all| all.virtual_network(*network))
                    .map_or("", |network| &network.name);
                self.placed(
                    format!(
                        "{prefix} is of virtual network `{name}`, over private peering of {}",
                        self.circuits(circuits)
                    ),
                    *span,
                )
            }
            Reason::Advertised { circuits, community, evidence, span } => self.placed(
                format!(
                    "{prefix} carries {} ({evidence}), which the route filter of {} holds",
                    self.community(*community),
                    self.circuits(circuits)
                ),
                *span,
            ),
            Reason::PerhapsAdvertised { circuits, community, doubt, otherwise, span } => self.placed(
                format!(
                    "{}: if it is not there, the path is {otherwise}",
                    self.doubt(*doubt, &prefix, *community, circuits)
                ),
                *span,
            ),
            Reason::DefaultRoute { site, span } => {
                let edge = self
                    .network
                    .and_then(|network| network.site(*site)?.internet.as_ref())
                    .map_or("", |edge| &edge.name);
                self.placed(format!("nothing but the default route of `{edge}` matches"), *span)
            }
            Reason::NotRoutedOnInternet { block, span } => self.placed(
                format!(
                    "only the default route matches, and the internet does not route {} ({}, {})",
                    block.prefix, block.name, block.reference
                ),
                *span,
            ),
            Reason::NoRoute => "no route matches".to_owned(),
        }
    }

    /// A candidate's origin in words.
    pub fn origin(&self, origin: &Origin) -> String {
        match origin {
            Origin::Site(site) => {
                let name = self.network.and_then(|network| network.site(*site)).map_or("", |site| &site.name);
                format!("site `{name}`")
            }
            Origin::VirtualNetwork(network, circuit) => {
                let name = self
                    .network
                    .and_then(|all| all.virtual_network(*network))
                    .map_or("", |network| &network.name);
                format!("virtual network `{name}` over private peering of {}", self.circuits(&[*circuit]))
            }
            Origin::Microsoft(evidence, community, circuit) => format!(
                "Microsoft peering of {}: {} {evidence}",
                self.circuits(&[*circuit]),
                self.community(*community)
            ),
            Origin::Doubtful(doubt, community, circuit) => format!(
                "Microsoft peering of {}, perhaps: {}",
                self.circuits(&[*circuit]),
                self.doubt(*doubt, "it", *community, &[*circuit])
            ),
            Origin::Default => "internet: default route".to_owned(),
        }
    }

    /// Why a community brings no route, in words.
    pub fn absence(&self, absence: &Absence) -> String {
        match absence {
            Absence::NoMicrosoftPeering => "the circuit has no Microsoft peering".to_owned(),
            Absence::NoRouteFilter => "no route filter is attached, so nothing is advertised".to_owned(),
            Absence::NotInFilter { span } => {
                self.placed("the route filter does not hold the community".to_owned(), *span)
            }
            Absence::NeedsPremium { span } => {
                self.placed("Microsoft 365 is offered on Premium circuits only".to_owned(), *span)
            }
            Absence::OutOfReach { span } => {
                self.placed("the SKU does not reach the region from this peering location".to_owned(), *span)
            }
        }
    }

    fn doubt(&self, doubt: Doubt, prefix: &str, community: Community, circuits: &[CircuitId]) -> String {
        let community = self.community(community);
        let circuits = self.circuits(circuits);
        match doubt {
            Doubt::Conflict => format!(
                "the sources conflict whether {community} carries {prefix} on {circuits}; \
                 a `list-service-communities` export settles it"
            ),
            Doubt::Reach => format!(
                "no document tells whether {circuits} reaches the region of {community}, which carries {prefix}; \
                 the route table of the peering settles it"
            ),
        }
    }

    fn list(&self, communities: &[Community]) -> String {
        communities.iter().map(|community| self.community(*community)).collect::<Vec<_>>().join(", ")
    }

    fn placed(&self, sentence: String, span: Span) -> String {
        match self.place(span) {
            Some(place) => format!("{sentence} [{place}]"),
            None => sentence,
        }
    }
}
