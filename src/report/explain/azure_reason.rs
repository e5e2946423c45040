//! Reasons for decisions inside Azure and at the routers after the first one, as sentences.

use crate::engine::{Decision, Disposition, Hop, Reason, Router, TableFault, TurnDoubt};
use crate::report::explain::reason::Names;

impl Names<'_> {
    /// Returns the name of each router after the first one, with the reason for its decision.
    pub fn hops(&self, decision: &Decision) -> Vec<(String, String)> {
        self.trace(decision.hops())
    }

    /// Like [`Self::hops`], but for one trace.
    pub(super) fn trace(&self, hops: &[Hop]) -> Vec<(String, String)> {
        let name = |router: Router| self.network.map(|network| router.name(network)).unwrap_or_default();
        let mut next = hops.iter().skip(1);
        let words = |hop: &Hop, next: Option<&Hop>| {
            let reason = self.reason_of(&hop.decision, next);
            if hop.translates {
                format!("{reason}, and the router replaces the source address with its own")
            } else {
                reason
            }
        };
        hops.iter().map(|hop| (name(hop.router), words(hop, next.next()))).collect()
    }

    /// Returns the reason for one router's decision, where `next` is the following hop.
    pub(super) fn reason_of(&self, decision: &Decision, next: Option<&Hop>) -> String {
        let Some(Hop { router: Router::Device(device), .. }) = next else { return self.own_reason(decision) };
        let name = self.network.map(|network| device.name(network)).unwrap_or_default();
        match (decision.reason(), decision.prefix) {
            (Reason::Appliance { span, .. }, Some(prefix)) => {
                self.placed(format!("the next hop of {prefix} is the appliance `{name}`"), *span)
            }
            _ => self.own_reason(decision),
        }
    }

    /// Returns the reason for the path of a packet that starts inside a virtual network.
    pub(super) fn azure_reason(&self, reason: &Reason, way: Disposition, prefix: &str) -> String {
        match reason {
            Reason::VirtualNetworkLocal { .. }
            | Reason::PrivateEndpoint { .. }
            | Reason::ServiceEndpoint { .. }
            | Reason::Platform
            | Reason::Gateway { .. }
            | Reason::SystemDefault
            | Reason::SystemDropped { .. } => self.system_route_reason(reason, way, prefix),
            Reason::UserRoute { .. }
            | Reason::NoTunnel { .. }
            | Reason::NoTunnelRoute { .. }
            | Reason::Appliance { .. }
            | Reason::NextHopElsewhere { .. } => self.user_route_reason(reason, way, prefix),
            Reason::NoOutbound { .. }
            | Reason::FastPath { .. }
            | Reason::PeeringClosed { .. }
            | Reason::ForwardedTraffic { .. }
            | Reason::Loop { .. } => self.passing_reason(reason, way, prefix),
            Reason::Turned { .. } | Reason::TurnUnknown { .. } => self.turn_reason(reason, prefix),
            Reason::VirtualHub { .. }
            | Reason::HubItself { .. }
            | Reason::HubLearned { .. }
            | Reason::OtherHub { .. }
            | Reason::HubFirewall { .. }
            | Reason::HubStorage { .. }
            | Reason::HubUnknown { .. } => self.hub_reason(reason, prefix),
            Reason::RouteServer { .. }
            | Reason::Injected { .. }
            | Reason::OwnTunnel { .. }
            | Reason::RouteServerUnknown { .. } => self.route_server_reason(reason, prefix),
            Reason::GatewayTable { .. } | Reason::FirewallDefault { .. } => self.fault_reason(reason),
            _ => String::new(),
        }
    }

    /// Returns the reason if a system route of Azure decides.
    fn system_route_reason(&self, reason: &Reason, way: Disposition, prefix: &str) -> String {
        match reason {
            Reason::VirtualNetworkLocal { network, span } => self.placed(
                format!("{prefix} belongs to virtual network `{}`", self.virtual_network(*network)),
                *span,
            ),
            Reason::PrivateEndpoint { network, span } => self.placed(
                format!("{prefix} is a private endpoint in `{}`", self.virtual_network(*network)),
                *span,
            ),
            Reason::ServiceEndpoint { span } => {
                self.placed(format!("a service endpoint of the subnet routes {prefix}"), *span)
            }
            Reason::Platform if way == Disposition::Unreachable => {
                format!("{prefix} responds only to virtual machines on the same host and is unreachable from outside Azure")
            }
            Reason::Platform => {
                format!("{prefix} is Azure's platform address on the host of every virtual machine, and no route applies to it")
            }
            Reason::Gateway { network, circuits, span } => {
                let over = match circuits.as_slice() {
                    [] => "a tunnel".to_owned(),
                    circuits => format!("private peering of {}", self.circuits(circuits)),
                };
                let gateway = self.virtual_network(*network);
                self.placed(format!("the gateway of `{gateway}` learned {prefix} over {over}"), *span)
            }
            Reason::SystemDefault => {
                "only Azure's default route matches; traffic to Microsoft's addresses stays on Microsoft's network"
                    .to_owned()
            }
            Reason::SystemDropped { block } => format!(
                "no other route matches, and Azure drops packets to {} ({}, {})",
                block.prefix, block.name, block.reference
            ),
            _ => String::new(),
        }
    }

    /// Returns the reason if the subnet's route table decides.
    fn user_route_reason(&self, reason: &Reason, way: Disposition, prefix: &str) -> String {
        match reason {
            Reason::UserRoute { span, .. } => {
                let where_to = match way {
                    Disposition::Discarded => "drops",
                    Disposition::Internet => "uses the internet as the next hop for",
                    _ => "routes",
                };
                self.placed(format!("the route table of the subnet {where_to} {prefix}"), *span)
            }
            Reason::NoTunnel { span } => self.placed(
                format!(
                    "the route table of the subnet sends {prefix} to the gateway, but no tunnel on the \
                     gateway is up; an ExpressRoute gateway cannot be a next hop"
                ),
                *span,
            ),
            Reason::NoTunnelRoute { span } => self.placed(
                format!(
                    "the route table of the subnet sends {prefix} to the gateway, but no matching \
                     route is advertised over the gateway's tunnels; if a tunnel is the gateway's default \
                     site, add 0.0.0.0/0 to the tunnel's `advertised`"
                ),
                *span,
            ),
            Reason::Appliance { address, span } => self.placed(
                format!("the next hop of {prefix} is the appliance {address}, which the network file does not describe"),
                *span,
            ),
            Reason::NextHopElsewhere { address, span } => self.placed(
                format!(
                    "the next hop of {prefix} is the appliance {address}, which is neither in the virtual network nor in \
                     a directly peered one: Azure does not accept such a next hop, so the path is unknown"
                ),
                *span,
            ),
            _ => String::new(),
        }
    }

    /// Returns the reason if packets do not pass, or may not pass.
    fn passing_reason(&self, reason: &Reason, way: Disposition, prefix: &str) -> String {
        match reason {
            Reason::NoOutbound { span } if way == Disposition::Unknown => self.placed(
                "the subnet has no public address for outbound traffic (`default_outbound_access: \
                 false`): Storage in the region remains reachable, but it is not documented whether \
                 other Microsoft addresses are reachable"
                    .to_owned(),
                *span,
            ),
            Reason::NoOutbound { span } => self.placed(
                "the subnet has no public address for outbound traffic (`default_outbound_access: false`, \
                 no NAT gateway, no public addresses)"
                    .to_owned(),
                *span,
            ),
            Reason::FastPath { span } => self.placed(
                "FastPath lets packets bypass the gateway, and Microsoft's documents disagree on whether the gateway's route table applies to these packets"
                    .to_owned(),
                *span,
            ),
            Reason::PeeringClosed { network, span } => self.placed(
                format!(
                    "the route for {prefix} points to `{}` over a peering that denies access: no packet can pass, although the peering is connected",
                    self.virtual_network(*network)
                ),
                *span,
            ),
            Reason::ForwardedTraffic { network, span } => self.placed(
                format!(
                    "the route for {prefix} points to `{}` over a peering that does not allow forwarded traffic: \
                     according to the documentation, packets from an appliance are dropped, but they have \
                     been observed to pass",
                    self.virtual_network(*network)
                ),
                *span,
            ),
            Reason::Loop { span } => self.placed(
                format!("the route for {prefix} points back to a router that the packet already passed, so the packet loops until its time to live expires"),
                *span,
            ),
            _ => String::new(),
        }
    }

    /// Returns the reason if Microsoft's edge hairpins packets to another virtual network.
    fn turn_reason(&self, reason: &Reason, prefix: &str) -> String {
        match reason {
            Reason::Turned { network, span } => self.placed(
                format!(
                    "the packet is hairpinned here, because the gateway of `{}` advertises {prefix}",
                    self.virtual_network(*network)
                ),
                *span,
            ),
            Reason::TurnUnknown { doubt, span } => {
                let why = match doubt {
                    TurnDoubt::OtherGateway => {
                        "another gateway advertises {prefix}, and it is not documented whether a gateway \
                         that does not accept this route (`allow_remote_virtual_network_traffic`) can \
                         still reach {prefix} through a site's route"
                    }
                    TurnDoubt::Circuits => {
                        "the circuits that share the flows forward them differently: over one circuit \
                         the packet is hairpinned to the virtual network or hub that advertises {prefix}, over \
                         another circuit it is not"
                    }
                    TurnDoubt::SamePrefix => {
                        "the gateway of a virtual network, or a virtual hub, advertises {prefix}, and a site or another gateway advertises it too"
                    }
                };
                self.placed(why.replace("{prefix}", prefix), *span)
            }
            _ => String::new(),
        }
    }

    /// Returns the reason if Azure does not accept a setting.
    fn fault_reason(&self, reason: &Reason) -> String {
        match reason {
            Reason::GatewayTable { fault: TableFault::DefaultRoute, span } => self.placed(
                "Azure does not accept a default route in the route table of `GatewaySubnet`, so the path \
                 of packets that arrive over the gateway is unknown"
                    .to_owned(),
                *span,
            ),
            Reason::GatewayTable { fault: TableFault::OwnAddresses, span } => self.placed(
                "Azure does not accept a route that sends packets for the gateway's own addresses to an \
                 appliance or drops these packets: use the prefixes of the subnets behind the appliance instead"
                    .to_owned(),
                *span,
            ),
            Reason::FirewallDefault { span } => self.placed(
                "an Azure Firewall that learns a default route does not work: in the route table of the \
                 firewall's subnet, add a route for `0.0.0.0/0` with the internet as the next hop, or \
                 add the subnet `AzureFirewallManagementSubnet`"
                    .to_owned(),
                *span,
            ),
            Reason::GatewayTable { fault: TableFault::NoPropagation, span } => self.placed(
                "a gateway does not work without route propagation: enable propagation in the route table of `GatewaySubnet`"
                    .to_owned(),
                *span,
            ),
            _ => String::new(),
        }
    }
}
