//! Reasons of decisions inside Azure as sentences, and those of the routers past the first one.

use super::reason::Names;
use crate::engine::{Decision, Disposition, Hop, Reason, Router, TableFault, TurnDoubt};

impl Names<'_> {
    /// The routers behind the first one, each by its name, with why it decides as it does.
    pub fn hops(&self, decision: &Decision) -> Vec<(String, String)> {
        self.trace(decision.hops())
    }

    /// As [`Self::hops`], of one trace.
    pub(super) fn trace(&self, hops: &[Hop]) -> Vec<(String, String)> {
        let name = |router: Router| self.network.map(|network| router.name(network)).unwrap_or_default();
        let mut next = hops.iter().skip(1);
        let said = |hop: &Hop, next: Option<&Hop>| {
            let reason = self.reason_of(&hop.decision, next);
            if hop.translates {
                format!("{reason}, with an address of its own as the source")
            } else {
                reason
            }
        };
        hops.iter().map(|hop| (name(hop.router), said(hop, next.next()))).collect()
    }

    /// Why one router decides as it does, where `next` is the hop behind it.
    pub(super) fn reason_of(&self, decision: &Decision, next: Option<&Hop>) -> String {
        let Some(Hop { router: Router::Device(device), .. }) = next else { return self.own_reason(decision) };
        let name = self.network.map(|network| device.name(network)).unwrap_or_default();
        match (decision.reason(), decision.prefix) {
            (Reason::Appliance { span, .. }, Some(prefix)) => {
                self.placed(format!("{prefix} goes to the appliance `{name}`"), *span)
            }
            _ => self.own_reason(decision),
        }
    }

    /// Why, for a packet that starts inside a virtual network.
    pub(super) fn azure_reason(&self, reason: &Reason, way: Disposition, prefix: &str) -> String {
        match reason {
            Reason::VirtualNetworkLocal { network, span } => self.placed(
                format!("{prefix} is of virtual network `{}`", self.virtual_network(*network)),
                *span,
            ),
            Reason::PrivateEndpoint { network, span } => self.placed(
                format!("{prefix} is a private endpoint in `{}`", self.virtual_network(*network)),
                *span,
            ),
            Reason::ServiceEndpoint { span } => {
                self.placed(format!("a service endpoint of the subnet routes {prefix}"), *span)
            }
            Reason::UserRoute { span } => {
                let where_to = match way {
                    Disposition::Discarded => "drops",
                    Disposition::Internet => "sends to the internet",
                    _ => "routes",
                };
                self.placed(format!("the route table of the subnet {where_to} {prefix}"), *span)
            }
            Reason::NoTunnel { span } => self.placed(
                format!(
                    "the route table of the subnet sends {prefix} to the gateway, where no tunnel that is up ends; \
                     an ExpressRoute gateway cannot be a next hop"
                ),
                *span,
            ),
            Reason::NoTunnelRoute { span } => self.placed(
                format!(
                    "the route table of the subnet sends {prefix} to the gateway, over whose tunnels no such address is \
                     advertised; a tunnel that is the gateway's default site has 0.0.0.0/0 under `advertised`"
                ),
                *span,
            ),
            Reason::Platform if way == Disposition::Unreachable => {
                format!("{prefix} answers virtual machines on their own host alone: nothing outside of Azure reaches it")
            }
            Reason::Platform => {
                format!("{prefix} is Azure's own at the host of every virtual machine, and follows no route")
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
                "no other route matches: Azure's default route, on which Microsoft's addresses stay on its network"
                    .to_owned()
            }
            Reason::SystemDropped { block } => format!(
                "no other route matches, and Azure drops what goes to {} ({}, {})",
                block.prefix, block.name, block.reference
            ),
            Reason::Appliance { address, span } => self.placed(
                format!("{prefix} goes to the appliance {address}, and the network file does not say what it does"),
                *span,
            ),
            _ => self.passing_reason(reason, way, prefix),
        }
    }

    /// Why, where what lies between subnets decides: peerings, gateways, appliances, Microsoft's edge.
    fn passing_reason(&self, reason: &Reason, way: Disposition, prefix: &str) -> String {
        match reason {
            Reason::NoOutbound { span } if way == Disposition::Unknown => self.placed(
                "the subnet has no public address to leave with (`default_outbound_access: false`): of Microsoft's addresses \
                 storage of the region is reached all the same, and of the others it is not told"
                    .to_owned(),
                *span,
            ),
            Reason::NoOutbound { span } => self.placed(
                "the subnet has no public address to leave with (`default_outbound_access: false`, no NAT gateway, no public \
                 addresses)"
                    .to_owned(),
                *span,
            ),
            Reason::FastPath { span } => self.placed(
                "FastPath leads packets past the gateway, and documents differ on whether its route table counts for them here"
                    .to_owned(),
                *span,
            ),
            Reason::PeeringClosed { network, span } => self.placed(
                format!(
                    "{prefix} leads to `{}` over a peering that allows no access: nothing passes, although it is connected",
                    self.virtual_network(*network)
                ),
                *span,
            ),
            Reason::ForwardedTraffic { network, span } => self.placed(
                format!(
                    "{prefix} leads into `{}` over a peering that takes nothing that an appliance forwards: documents say that \
                     it is dropped, and it was seen to pass",
                    self.virtual_network(*network)
                ),
                *span,
            ),
            Reason::NextHopElsewhere { address, span } => self.placed(
                format!(
                    "{prefix} goes to the appliance {address}, which no virtual network holds that is peered directly: Azure does \
                     not take such a next hop, so nothing can be told"
                ),
                *span,
            ),
            Reason::Turned { network, span } => self.placed(
                format!(
                    "the packet turns here, since the gateway of `{}` announces {prefix}",
                    self.virtual_network(*network)
                ),
                *span,
            ),
            Reason::TurnUnknown { doubt, span } => {
                let why = match doubt {
                    TurnDoubt::OtherGateway => {
                        "another gateway announces {prefix}, and whether one that does not take what it announces \
                         (`allow_remote_virtual_network_traffic`) is kept from it where a site's route leads there is not documented"
                    }
                    TurnDoubt::Circuits => {
                        "the circuits that share the flows lead on differently: over one the packet turns to what announces \
                         {prefix}, over another it does not"
                    }
                    TurnDoubt::SamePrefix => "a site announces {prefix} as well as the gateway of a virtual network",
                };
                self.placed(why.replace("{prefix}", prefix), *span)
            }
            Reason::Loop { span } => self.placed(
                format!("{prefix} leads to a router that the packet passed before, and so on until its time to live has run out"),
                *span,
            ),
            Reason::GatewayTable { fault: TableFault::DefaultRoute, span } => self.placed(
                "Azure does not take a default route in the route table of `GatewaySubnet`: nothing can be told of what comes in"
                    .to_owned(),
                *span,
            ),
            Reason::GatewayTable { fault: TableFault::OwnAddresses, span } => self.placed(
                "Azure does not take a route to an appliance or to none that holds the gateway's own addresses: write the prefixes \
                 of the subnets behind the appliance"
                    .to_owned(),
                *span,
            ),
            Reason::GatewayTable { fault: TableFault::NoPropagation, span } => self.placed(
                "without propagation of its routes a gateway does not work: let the route table of `GatewaySubnet` propagate them"
                    .to_owned(),
                *span,
            ),
            _ => String::new(),
        }
    }
}
