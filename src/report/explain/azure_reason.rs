//! Reasons of decisions inside Azure as sentences, and those of the routers past the first one.

use crate::engine::{Decision, Disposition, Hop, HubDoubt, Reason, Router, TableFault, TurnDoubt};
use crate::report::explain::reason::Names;

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
            Reason::UserRoute { span, .. } => {
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
            Reason::Loop { span } => self.placed(
                format!("{prefix} leads to a router that the packet passed before, and so on until its time to live has run out"),
                *span,
            ),
            Reason::GatewayTable { .. } | Reason::FirewallDefault { .. } => self.fault_reason(reason),
            _ => String::new(),
        }
    }

    /// Why, where Azure does not take a setting.
    fn fault_reason(&self, reason: &Reason) -> String {
        match reason {
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
            Reason::FirewallDefault { span } => self.placed(
                "an Azure Firewall that learns a default route does not work: write `0.0.0.0/0` to the internet into the route \
                 table of its subnet, or the subnet `AzureFirewallManagementSubnet`"
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

    /// Why, at a virtual hub or on the way to one.
    fn hub_reason(&self, reason: &Reason, prefix: &str) -> String {
        match reason {
            Reason::HubItself { hub, span } => self
                .placed(format!("{prefix} is of the virtual hub `{}` itself", self.virtual_hub(*hub)), *span),
            Reason::VirtualHub { hub, circuits, span } => {
                let over = match circuits.as_slice() {
                    [] => String::new(),
                    circuits => format!(" over private peering of {}", self.circuits(circuits)),
                };
                self.placed(
                    format!("the virtual hub `{}` announces {prefix}{over}", self.virtual_hub(*hub)),
                    *span,
                )
            }
            Reason::HubLearned { hub, circuits, turned, span } => {
                let over = match circuits.as_slice() {
                    [] => "a tunnel".to_owned(),
                    circuits => format!("private peering of {}", self.circuits(circuits)),
                };
                let from =
                    turned.map(|other| format!(", where the hub `{}` announces it", self.virtual_hub(other)));
                let from = from.unwrap_or_default();
                self.placed(
                    format!("the hub `{}` learned {prefix} over {over}{from}", self.virtual_hub(*hub)),
                    *span,
                )
            }
            Reason::OtherHub { hub, span } => {
                self.placed(format!("{prefix} is behind the hub `{}`", self.virtual_hub(*hub)), *span)
            }
            Reason::HubFirewall { hub, firewall, span } => {
                let own = self.network.and_then(|network| network.virtual_hub(*hub));
                let name =
                    own.and_then(|own| own.firewalls.get(firewall.index())).map_or("", |name| &name.value);
                let hub = self.virtual_hub(*hub);
                self.placed(
                    format!(
                        "the routing intent of the hub `{hub}` sends {prefix} through its firewall `{name}`"
                    ),
                    *span,
                )
            }
            Reason::HubStorage { hub, span } => self.placed(
                format!(
                    "{prefix} is of Storage in the region of the hub `{}`, and such addresses go round its firewall: sites do not \
                     reach them over the hub, and a private endpoint is inspected",
                    self.virtual_hub(*hub)
                ),
                *span,
            ),
            Reason::HubUnknown { doubt, span } => {
                self.placed(format!("{prefix} goes to a virtual hub, and {}", doubtful(*doubt)), *span)
            }
            _ => String::new(),
        }
    }
}

/// What no document tells, and what settles it.
const fn doubtful(doubt: HubDoubt) -> &'static str {
    match doubt {
        HubDoubt::InsideNetwork => {
            "a site advertises it although it is a connected virtual network's, or lies in one: whether the hub follows that is not \
             documented"
        }
        HubDoubt::NotPrivate => {
            "it is neither of RFC 1918 nor among `private_prefixes`: Microsoft asks to list what is private traffic, and does not \
             say what becomes of what is not listed"
        }
        HubDoubt::HalfDefault => {
            "a half of the default route was learned in place of 0.0.0.0/0, which forced tunnelling through the firewall of private \
             traffic does not take"
        }
        HubDoubt::NotSettled => "which of several routes of different kinds it uses is not documented",
        HubDoubt::SharedHubs => "several hubs share the flows, which is not followed",
        HubDoubt::Turned => {
            "Microsoft's edge has a route of its own for it: whether what belongs to a virtual WAN and what does not reach each other \
             there where a site's route leads is not documented"
        }
        HubDoubt::ThirdHub => {
            "another hub of the same circuit has it from a third one: whether Microsoft's edge passes that on is not documented"
        }
        HubDoubt::LongerLocal => {
            "its local route has an AS path two or more longer than that of another hub: by the documented order it is used, by the \
             known issues of Virtual WAN it may lose"
        }
        HubDoubt::UserRoute => {
            "a user's route with the gateway as its next hop is not documented in a virtual network that is connected to one"
        }
    }
}
