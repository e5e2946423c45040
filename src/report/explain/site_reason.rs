//! Reasons for decisions at a site's edge, and for decisions based only on the lists, as sentences.

use crate::addr::IpPrefix;
use crate::addr::special::SpecialScope;
use crate::engine::{Disposition, Doubt, Reason};
use crate::network::{CircuitId, ProxyPath, Selector, VirtualNetworkId};
use crate::report::explain::reason::Names;
use crate::rib::Community;

impl Names<'_> {
    /// Returns the reason if the address itself decides, regardless of routes.
    pub(super) fn special_reason(&self, reason: &Reason, way: Disposition, prefix: &str) -> String {
        match reason {
            Reason::SpecialPurpose { block } => {
                let scope = if block.scope == SpecialScope::Translated {
                    "a translator forwards the packet to the embedded IPv4 address: explain that address"
                } else if way == Disposition::Private {
                    "private peering, VPN or on-premises, depending on the network file"
                } else {
                    "packets to these addresses do not follow routes to Microsoft"
                };
                format!("{} is {} ({}): {scope}", block.prefix, block.name, block.reference)
            }
            Reason::Translated { span } => self.placed(
                format!(
                    "NAT64 translates {prefix}: the path is the path to the embedded IPv4 address from the translator's site"
                ),
                *span,
            ),
            Reason::NotTranslated { block, span } => self.placed(
                format!("NAT64 does not translate {prefix}: {} ({})", block.name, block.reference),
                *span,
            ),
            _ => String::new(),
        }
    }

    /// Returns the reason if only the lists decide.
    pub(super) fn list_reason(&self, reason: &Reason, prefix: &str) -> String {
        match reason {
            Reason::Carried { communities } => {
                let all: Vec<String> = communities
                    .iter()
                    .map(|(community, evidence)| format!("{} {evidence}", self.community(*community)))
                    .collect();
                format!("in community {}", all.join("; "))
            }
            Reason::PossiblyCarried { communities } => format!(
                "only a related service tag contains {prefix}, and it is unknown whether the prefix is also in {}; \
                 a `list-service-communities` export resolves this",
                self.list(communities)
            ),
            Reason::DocumentedInternet { product, statement } => {
                format!("{product}: {} [{}]", statement.text, statement.source)
            }
            Reason::NoKnownCommunity => format!(
                "{prefix} belongs to Microsoft, but no community is known to contain it; a newer \
                 `list-service-communities` export may name one"
            ),
            Reason::NotListed => {
                format!("not in any of Microsoft's lists for the {} cloud", self.catalog.cloud())
            }
            _ => String::new(),
        }
    }

    /// Returns the reason for a prefix that a gateway advertises over private peering.
    pub(super) fn of_virtual_network(
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

    /// Returns the reason if a site's prefixes, tunnels or other edges decide.
    pub(super) fn site_reason(&self, reason: &Reason, prefix: &str) -> String {
        match reason {
            Reason::Site { site, span } => {
                self.placed(format!("{prefix} belongs to site `{}`", self.site(*site)), *span)
            }
            Reason::OtherEdge { site, span } => {
                self.placed(format!("the edge of site `{}` advertises {prefix}", self.site(*site)), *span)
            }
            Reason::Proxied { site, span } => {
                self.placed(format!("clients use the proxy at `{}`", self.site(*site)), *span)
            }
            Reason::ProxyUnreachable { site, over, span } => {
                let path = match over {
                    ProxyPath::Company => "no link that is up leads to it",
                    ProxyPath::Internet => "the internet edge of one of the two sites is down",
                };
                self.placed(format!("clients use the proxy at `{}`, and {path}", self.site(*site)), *span)
            }
            Reason::Tunnel { network, span, .. } => {
                let words = match network {
                    Some(network) => {
                        format!(
                            "belongs to virtual network `{}`, reached over a tunnel",
                            self.virtual_network(*network)
                        )
                    }
                    None => "is reached over a tunnel".to_owned(),
                };
                self.placed(format!("{prefix} {words}"), *span)
            }
            Reason::Static { span, .. } => {
                // A route by service tag or community stands for several prefixes.
                let route = self.network.and_then(|network| network.static_route_at(*span));
                let of = match route.map(|route| &route.destination.value) {
                    Some(Selector::Prefix(_)) | None => String::new(),
                    Some(selector) => format!(", from {selector}"),
                };
                self.placed(format!("static route to {prefix}{of}"), *span)
            }
            _ => String::new(),
        }
    }

    /// Returns the reason if the routes of a circuit decide.
    pub(super) fn circuit_reason(&self, reason: &Reason, prefix: &str) -> String {
        match reason {
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
            Reason::PossiblyAdvertised { circuits, community, doubt, otherwise, span } => self.placed(
                format!(
                    "{}; without this route, the path would be {otherwise}",
                    self.doubt(*doubt, prefix, *community, circuits)
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
            Reason::BeyondLists { circuits, span } => self.placed(
                format!(
                    "static route to {prefix} over Microsoft peering of {}, but none of Microsoft's lists \
                     contains the address, and Microsoft does not provide transit to other networks",
                    self.circuits(circuits)
                ),
                *span,
            ),
            _ => String::new(),
        }
    }

    /// Describes why it is unknown whether a route exists.
    pub(super) fn doubt(
        &self,
        doubt: Doubt,
        prefix: &str,
        community: Community,
        circuits: &[CircuitId],
    ) -> String {
        let community = self.community(community);
        let circuits = match circuits {
            [] => "the circuit".to_owned(),
            circuits => self.circuits(circuits),
        };
        match doubt {
            Doubt::Conflict => format!(
                "the sources disagree on whether {community} contains {prefix} on {circuits}; a \
                 `list-service-communities` export resolves this"
            ),
            Doubt::Gcc => format!(
                "{prefix} belongs to Microsoft 365 worldwide, which includes GCC, and Microsoft's \
                 documents contradict each other on whether it is advertised on {circuits}: the \
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

    /// Returns whether Microsoft advertises routes on the circuit without a route filter.
    fn has_no_filter(&self, id: CircuitId) -> bool {
        let circuit = self.network.and_then(|network| network.circuit(id));
        circuit
            .and_then(|circuit| circuit.microsoft_peering.as_ref())
            .is_some_and(|own| own.of_kind.route_filter.is_none())
    }

    fn list(&self, communities: &[Community]) -> String {
        communities.iter().map(|community| self.community(*community)).collect::<Vec<_>>().join(", ")
    }
}
