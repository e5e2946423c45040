//! Converts decisions and return paths to names.

use crate::diag::Span;
use crate::engine::{Decision, Doubt, Inputs, Reason, ReturnPath, Session, SourceReturn, Tie};
use crate::network::{CircuitId, SiteId, VirtualHubId, VirtualNetworkId};
use crate::rib::{Missing, SessionId};

use super::outcome::{MissingInput, ReplyOutcome, WayOut, is_unknown};

/// Returns a decision with names instead of indexes, and without its prefix. `sessions` must contain every session that the
/// decision uses.
pub(super) fn manner(inputs: Inputs<'_>, sessions: &[Session], decision: &Decision) -> WayOut {
    let names = Names(inputs);
    let session = |id: SessionId| sessions.get(id.index() as usize).map(|session| session.name.clone());
    let connections = decision.next_hops().iter().filter_map(|next_hop| session(next_hop.session));
    WayOut {
        path: decision.disposition,
        circuits: names.circuits(decision.circuits()),
        connections: connections.collect(),
        hops: decision.hop_names(inputs.network),
        ends: decision.end(),
        origin: names.origin_at_exit(decision),
        gap: gap(decision).filter(|_| is_unknown(decision.disposition)),
    }
}

/// Returns the reason why the path of a decision is unknown, if it is.
pub(in crate::check) fn gap(decision: &Decision) -> Option<MissingInput> {
    match decision.last_reason() {
        Reason::PossiblyCarried { .. }
        | Reason::NoKnownCommunity
        | Reason::PossiblyAdvertised { doubt: Doubt::Conflict, .. } => Some(MissingInput::Community),
        Reason::PossiblyAdvertised { doubt: Doubt::Reach, .. } => Some(MissingInput::Reach),
        Reason::PossiblyAdvertised { doubt: Doubt::Gcc, .. } => Some(MissingInput::Gcc),
        Reason::UnknownPath { .. } => Some(MissingInput::PathLength),
        Reason::UnknownTie { tie: Tie::PeerAddress, .. } => Some(MissingInput::Peers),
        Reason::UnknownTie { tie: Tie::Age, .. } => Some(MissingInput::Age),
        Reason::UnknownPolicy { .. } => Some(MissingInput::Policy),
        Reason::UserRoute { .. } => Some(MissingInput::NextHop),
        Reason::NextHopElsewhere { .. } => Some(MissingInput::FarNextHop),
        Reason::ForwardedTraffic { .. } => Some(MissingInput::Peering),
        Reason::NoOutbound { .. } => Some(MissingInput::Outbound),
        Reason::FastPath { .. } => Some(MissingInput::FastPath),
        Reason::TurnUnknown { .. } => Some(MissingInput::Turn),
        Reason::HubUnknown { .. } => Some(MissingInput::Hub),
        Reason::RouteServerUnknown { .. } => Some(MissingInput::RouteServer),
        Reason::Injected { next_hops, .. } => {
            next_hops.first().map(|address| MissingInput::Appliance(*address))
        }
        Reason::BeyondLists { .. } => Some(MissingInput::StaticRoute),
        Reason::Translated { .. } => Some(MissingInput::Translation),
        Reason::Appliance { address, .. } => Some(MissingInput::Appliance(*address)),
        Reason::GatewayTable { .. } => Some(MissingInput::GatewayTable),
        Reason::FirewallDefault { .. } => Some(MissingInput::FirewallDefault),
        _ => None,
    }
}

/// Returns the outcome of a return path, with names instead of indexes. Source addresses whose replies have the same
/// outcome for the same reason count once, so sides that differ only in their pools are equal.
pub(super) fn way_back(inputs: Inputs<'_>, path: &ReturnPath) -> ReplyOutcome {
    let names = Names(inputs);
    let reason = |source: &SourceReturn| {
        let links = source.reason.links();
        let over = links.iter().map(|link| link.name(inputs.network)).collect::<Vec<_>>().join("+");
        let word = source.reason.word();
        let site = source.site.map(|site| format!("{}: ", names.site(site))).unwrap_or_default();
        if over.is_empty() { format!("{site}{word}") } else { format!("{site}{word} {over}") }
    };
    let mut reasons: Vec<String> = path.sources.iter().map(reason).collect();
    reasons.sort_unstable();
    reasons.dedup();
    ReplyOutcome { verdict: path.verdict, reasons }
}

struct Names<'a>(Inputs<'a>);

impl Names<'_> {
    fn circuits(&self, ids: &[CircuitId]) -> Vec<String> {
        ids.iter().filter_map(|id| Some(self.0.network.circuit(*id)?.name.clone())).collect()
    }

    fn site(&self, id: SiteId) -> &str {
        self.0.network.site(id).map_or("", |site| &site.name)
    }

    /// Returns the destinations of a rule that denies packets.
    fn rule(&self, span: Span) -> String {
        self.0.network.deny_rule_at(span).map(ToString::to_string).unwrap_or_default()
    }

    fn edge(&self, id: SiteId) -> &str {
        let edge = self.0.network.site(id).and_then(|site| site.internet.as_ref());
        edge.map_or("", |edge| &edge.name)
    }

    fn circuit(&self, id: CircuitId) -> &str {
        self.0.network.circuit(id).map_or("", |circuit| &circuit.name)
    }

    /// Describes routes of virtual hubs for [`Self::origin`].
    fn hub_origin(&self, reason: &Reason) -> String {
        match reason {
            Reason::VirtualHub { hub, .. } => format!("virtual hub {}", self.virtual_hub(*hub)),
            Reason::HubItself { hub, .. } => format!("addresses of hub {}", self.virtual_hub(*hub)),
            Reason::HubLearned { hub, .. } => format!("learned by hub {}", self.virtual_hub(*hub)),
            Reason::OtherHub { hub, .. } => format!("hub {}", self.virtual_hub(*hub)),
            Reason::HubFirewall { hub, .. } => format!("firewall of hub {}", self.virtual_hub(*hub)),
            Reason::HubStorage { hub, .. } => {
                format!("storage bypassing the firewall of hub {}", self.virtual_hub(*hub))
            }
            Reason::HubUnknown { .. } => "virtual hub, not documented".to_owned(),
            _ => String::new(),
        }
    }

    /// Describes routes of Route Servers for [`Self::origin`].
    fn route_server_origin(&self, reason: &Reason) -> String {
        match reason {
            Reason::RouteServer { network, .. } => {
                format!("Route Server of {}", self.virtual_network(*network))
            }
            Reason::Injected { network, next_hops, .. } => {
                let all: Vec<String> = next_hops.iter().map(ToString::to_string).collect();
                let network = self.virtual_network(*network);
                format!("Route Server of {network}, to {}", all.join(", "))
            }
            Reason::OwnTunnel { to: None, .. } => "tunnel of an appliance".to_owned(),
            Reason::OwnTunnel { to: Some((network, _)), .. } => {
                format!("tunnel of an appliance to {}", self.virtual_network(*network))
            }
            Reason::RouteServerUnknown { .. } => "Route Server, not documented".to_owned(),
            _ => String::new(),
        }
    }

    fn virtual_hub(&self, id: VirtualHubId) -> &str {
        self.0.network.virtual_hub(id).map_or("", |hub| &hub.name)
    }

    fn virtual_network(&self, id: VirtualNetworkId) -> &str {
        self.0.network.virtual_network(id).map_or("", |network| &network.name)
    }

    /// Does the same as [`Self::origin`]. For a route learned from another edge, also describes the origin at that
    /// edge.
    fn origin_at_exit(&self, decision: &Decision) -> String {
        match (decision.reason(), decision.exit_reason()) {
            (first @ (Reason::OtherEdge { .. } | Reason::Proxied { .. }), exit)
                if !matches!(exit, Reason::OtherEdge { .. } | Reason::Proxied { .. }) =>
            {
                format!("{}: {}", self.origin(first), self.origin(exit))
            }
            (first, _) => self.origin(first),
        }
    }

    /// Describes a route without its place in the file, because places change with every edit.
    fn origin(&self, reason: &Reason) -> String {
        match reason {
            Reason::SpecialPurpose { block } => format!("special-purpose block {}", block.prefix),
            Reason::Carried { communities } => {
                let all = communities.iter().map(|(community, evidence)| format!("{community} {evidence}"));
                format!("contained in {}", all.collect::<Vec<_>>().join(", "))
            }
            Reason::PossiblyCarried { communities } => {
                let all = communities.iter().map(ToString::to_string);
                format!("possibly contained in {}", all.collect::<Vec<_>>().join(", "))
            }
            Reason::DocumentedInternet { product, .. } => format!("documented for {product}"),
            Reason::NoKnownCommunity => "no known community".to_owned(),
            Reason::NotListed => "not in any list".to_owned(),
            Reason::Site { site, .. } => format!("site {}", self.site(*site)),
            Reason::VirtualNetwork { network, .. } | Reason::VirtualNetworkLocal { network, .. } => {
                format!("virtual network {}", self.virtual_network(*network))
            }
            Reason::Advertised { community, evidence, .. } => format!("advertised {community} {evidence}"),
            Reason::PossiblyAdvertised { community, doubt, otherwise, .. } => {
                let why = match doubt {
                    Doubt::Conflict => "the sources conflict",
                    Doubt::Reach => "the reach of the circuit is not documented",
                    Doubt::Gcc => "the documentation is contradictory about GCC",
                };
                format!("possibly advertised {community}, otherwise {otherwise}: {why}")
            }
            Reason::Learned { .. } => "in the learned table".to_owned(),
            Reason::GlobalReach { partner, .. } => format!("Global Reach from {}", self.circuit(*partner)),
            Reason::OtherEdge { site, .. } => format!("edge of site {}", self.site(*site)),
            Reason::Proxied { site, .. } => format!("proxy at {}", self.site(*site)),
            Reason::ProxyUnreachable { site, .. } => format!("unreachable proxy at {}", self.site(*site)),
            Reason::Tunnel { network: Some(network), .. } => {
                format!("tunnel to virtual network {}", self.virtual_network(*network))
            }
            Reason::Tunnel { network: None, .. } => "tunnel prefix".to_owned(),
            Reason::BeyondLists { .. } => "static route beyond Microsoft's lists".to_owned(),
            Reason::Static { .. } => "static route".to_owned(),
            Reason::InternetRoute { site, .. } => format!("internet table of {}", self.edge(*site)),
            Reason::PrivateEndpoint { network, .. } => {
                format!("private endpoint in {}", self.virtual_network(*network))
            }
            Reason::ServiceEndpoint { .. } => "service endpoint".to_owned(),
            Reason::UserRoute { .. } => "user route".to_owned(),
            Reason::NoTunnelRoute { .. } => {
                "user route to a gateway without a matching tunnel route".to_owned()
            }
            Reason::NoTunnel { .. } => "user route to a gateway without a tunnel".to_owned(),
            Reason::Platform => "platform address".to_owned(),
            Reason::Gateway { network, .. } => format!("gateway of {}", self.virtual_network(*network)),
            Reason::SystemDefault => "system default route".to_owned(),
            Reason::SystemDropped { block } => format!("dropped by the system: {}", block.prefix),
            Reason::Appliance { address, .. } => format!("appliance {address}"),
            Reason::NoOutbound { .. } => "no outbound access".to_owned(),
            Reason::FastPath { .. } => "FastPath".to_owned(),
            Reason::PeeringClosed { network, .. } => {
                format!("closed peering with {}", self.virtual_network(*network))
            }
            Reason::ForwardedTraffic { network, .. } => {
                format!("forwarded into {}", self.virtual_network(*network))
            }
            Reason::NextHopElsewhere { address, .. } => format!("unreachable appliance {address}"),
            Reason::Turned { network, .. } => {
                format!("hairpinned to the gateway of {}", self.virtual_network(*network))
            }
            Reason::TurnUnknown { .. } => "possibly hairpinned at Microsoft's edge".to_owned(),
            Reason::VirtualHub { .. }
            | Reason::HubItself { .. }
            | Reason::HubLearned { .. }
            | Reason::OtherHub { .. }
            | Reason::HubFirewall { .. }
            | Reason::HubStorage { .. }
            | Reason::HubUnknown { .. } => self.hub_origin(reason),
            Reason::RouteServer { .. }
            | Reason::Injected { .. }
            | Reason::OwnTunnel { .. }
            | Reason::RouteServerUnknown { .. } => self.route_server_origin(reason),
            Reason::Loop { .. } => "loop".to_owned(),
            Reason::GatewayTable { .. } => {
                "route table of GatewaySubnet that Azure does not accept".to_owned()
            }
            Reason::FirewallDefault { .. } => "Azure Firewall with a learned default route".to_owned(),
            Reason::UnknownTie { .. } | Reason::UnknownPath { .. } | Reason::UnknownPolicy { .. } => {
                open(reason)
            }
            Reason::DefaultRoute { site, .. } => format!("default route of {}", self.edge(*site)),
            Reason::Denied { site, span } => {
                format!("denied by {}: {}", self.edge(*site), self.rule(*span))
            }
            Reason::DeniedByAppliance { device, span } => {
                format!("denied by {}: {}", device.name(self.0.network), self.rule(*span))
            }
            Reason::NotRoutedOnInternet { block, .. } => {
                format!("not routed on the internet: {}", block.prefix)
            }
            Reason::Translated { .. } => "translated by NAT64".to_owned(),
            Reason::NotTranslated { .. } => "rejected by NAT64".to_owned(),
            Reason::NoRoute => "no route".to_owned(),
        }
    }
}

/// Describes two alternatives when it is unknown which one is used.
fn open(reason: &Reason) -> String {
    let (ways, why) = match reason {
        Reason::UnknownTie { ways, tie, .. } => {
            let why = match tie {
                Tie::PeerAddress => "the peers' addresses are unknown",
                Tie::Age => "it is unknown which route is older",
                Tie::GlobalReach => "it is unknown whether the company's links or Global Reach are used",
                Tie::Edge => "edges with equal cost (ECMP) differ",
            };
            (ways, why.to_owned())
        }
        Reason::UnknownPath { ways, .. } => (ways, "an AS path is unknown".to_owned()),
        Reason::UnknownPolicy { ways, missing, .. } => {
            let why = match missing {
                Missing::GlobalReach => "the routes that Global Reach passes on are unknown".to_owned(),
                Missing::Preference => "the preference of another edge is unknown".to_owned(),
                Missing::ActiveActive => "it is unknown whether the VPN gateway is active-active".to_owned(),
                _ => format!("a table has no {}", missing.name()),
            };
            (ways, why)
        }
        _ => return String::new(),
    };
    let [one, other] = ways;
    format!("{one} or {other}: {why}")
}
