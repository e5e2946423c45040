//! Reasons of decisions inside Azure as sentences, and those of the routers after the first one.

use crate::engine::{Decision, Disposition, Hop, HubDoubt, Reason, Router, TableFault, TurnDoubt};
use crate::report::explain::reason::Names;

impl Names<'_> {
    /// Returns the routers after the first one, each by its name, with the reason for its decision.
    pub fn hops(&self, decision: &Decision) -> Vec<(String, String)> {
        self.trace(decision.hops())
    }

    /// As [`Self::hops`], for one trace.
    pub(super) fn trace(&self, hops: &[Hop]) -> Vec<(String, String)> {
        let name = |router: Router| self.network.map(|network| router.name(network)).unwrap_or_default();
        let mut next = hops.iter().skip(1);
        let said = |hop: &Hop, next: Option<&Hop>| {
            let reason = self.reason_of(&hop.decision, next);
            if hop.translates { format!("{reason}, with its own address as the source") } else { reason }
        };
        hops.iter().map(|hop| (name(hop.router), said(hop, next.next()))).collect()
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

    /// Returns the reason for a packet that starts inside a virtual network.
    pub(super) fn azure_reason(&self, reason: &Reason, way: Disposition, prefix: &str) -> String {
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
            Reason::UserRoute { span, .. } => {
                let where_to = match way {
                    Disposition::Discarded => "drops",
                    Disposition::Internet => "uses the internet as the next hop of",
                    _ => "routes",
                };
                self.placed(format!("the route table of the subnet {where_to} {prefix}"), *span)
            }
            Reason::NoTunnel { span } => self.placed(
                format!(
                    "the route table of the subnet sends {prefix} to the gateway, which has no tunnel \
                     that is up; an ExpressRoute gateway cannot be a next hop"
                ),
                *span,
            ),
            Reason::NoTunnelRoute { span } => self.placed(
                format!(
                    "the route table of the subnet sends {prefix} to the gateway, over whose tunnels no \
                     route for it is advertised; if a tunnel is the gateway's default site, add 0.0.0.0/0 \
                     to its `advertised`"
                ),
                *span,
            ),
            Reason::Platform if way == Disposition::Unreachable => {
                format!("{prefix} replies only to virtual machines on its own host and is unreachable from outside Azure")
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
            Reason::Appliance { address, span } => self.placed(
                format!("the next hop of {prefix} is the appliance {address}, which the network file does not describe"),
                *span,
            ),
            _ => self.passing_reason(reason, way, prefix),
        }
    }

    /// Returns the reason if a peering, a gateway, an appliance or Microsoft's edge between subnets decides.
    fn passing_reason(&self, reason: &Reason, way: Disposition, prefix: &str) -> String {
        match reason {
            Reason::NoOutbound { span } if way == Disposition::Unknown => self.placed(
                "the subnet has no public address for outbound traffic (`default_outbound_access: \
                 false`): of Microsoft's addresses, Storage in the region remains reachable; for the \
                 others, this is not documented"
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
                "FastPath lets packets bypass the gateway, and documents differ on whether its route table applies to them here"
                    .to_owned(),
                *span,
            ),
            Reason::PeeringClosed { network, span } => self.placed(
                format!(
                    "the route for {prefix} points to `{}` over a peering that denies access: no packet passes, although the peering is connected",
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
            Reason::NextHopElsewhere { address, span } => self.placed(
                format!(
                    "the next hop of {prefix} is the appliance {address}, which is in no directly peered \
                     virtual network: Azure does not accept such a next hop, so the path is unknown"
                ),
                *span,
            ),
            Reason::Turned { network, span } => self.placed(
                format!(
                    "the packet turns here, since the gateway of `{}` advertises {prefix}",
                    self.virtual_network(*network)
                ),
                *span,
            ),
            Reason::TurnUnknown { doubt, span } => {
                let why = match doubt {
                    TurnDoubt::OtherGateway => {
                        "another gateway advertises {prefix}, and it is not documented whether a gateway \
                         that does not accept its routes (`allow_remote_virtual_network_traffic`) still \
                         reaches it through a site's route"
                    }
                    TurnDoubt::Circuits => {
                        "the circuits that share the flows forward them differently: over one the packet \
                         turns to the network that advertises {prefix}, over another it does not"
                    }
                    TurnDoubt::SamePrefix => "both a site and the gateway of a virtual network advertise {prefix}",
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
                format!("the route for {prefix} points back to a router that the packet already passed, so the packet loops until its time to live expires"),
                *span,
            ),
            Reason::GatewayTable { .. } | Reason::FirewallDefault { .. } => self.fault_reason(reason),
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
                "Azure does not accept a route that sends the gateway's own addresses to an appliance or \
                 drops them: use the prefixes of the subnets behind the appliance instead"
                    .to_owned(),
                *span,
            ),
            Reason::FirewallDefault { span } => self.placed(
                "an Azure Firewall that learns a default route does not work: add a route for `0.0.0.0/0` \
                 to the internet to the route table of its subnet, or add the subnet \
                 `AzureFirewallManagementSubnet`"
                    .to_owned(),
                *span,
            ),
            Reason::GatewayTable { fault: TableFault::NoPropagation, span } => self.placed(
                "a gateway does not work without propagation of its routes: enable it in the route table of `GatewaySubnet`"
                    .to_owned(),
                *span,
            ),
            _ => String::new(),
        }
    }

    /// Returns the reason at a virtual hub or on the path to one.
    fn hub_reason(&self, reason: &Reason, prefix: &str) -> String {
        match reason {
            Reason::HubItself { hub, span } => self.placed(
                format!("{prefix} belongs to the virtual hub `{}` itself", self.virtual_hub(*hub)),
                *span,
            ),
            Reason::VirtualHub { hub, circuits, span } => {
                let over = match circuits.as_slice() {
                    [] => String::new(),
                    circuits => format!(" over private peering of {}", self.circuits(circuits)),
                };
                self.placed(
                    format!("the virtual hub `{}` advertises {prefix}{over}", self.virtual_hub(*hub)),
                    *span,
                )
            }
            Reason::HubLearned { hub, circuits, turned, span } => {
                let over = match circuits.as_slice() {
                    [] => "a tunnel".to_owned(),
                    circuits => format!("private peering of {}", self.circuits(circuits)),
                };
                let from = turned
                    .map(|other| format!(", where the hub `{}` advertises it", self.virtual_hub(other)));
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
                    "{prefix} belongs to Storage in the region of the hub `{}`, and such traffic bypasses \
                     its firewall: sites cannot reach it over the hub; traffic to a private endpoint is \
                     inspected",
                    self.virtual_hub(*hub)
                ),
                *span,
            ),
            Reason::HubUnknown { doubt, span } => {
                self.placed(format!("{prefix} is routed to a virtual hub, and {}", doubtful(*doubt)), *span)
            }
            _ => String::new(),
        }
    }
}

/// Returns what is not documented about a hub.
const fn doubtful(doubt: HubDoubt) -> &'static str {
    match doubt {
        HubDoubt::InsideNetwork => {
            "a site advertises it although it is equal to or inside a prefix of a connected virtual \
             network: whether the hub uses such a route is not documented"
        }
        HubDoubt::NotPrivate => {
            "it is neither in RFC 1918 space nor among `private_prefixes`: Microsoft requires other \
             private prefixes to be listed, and does not document what happens to unlisted ones"
        }
        HubDoubt::HalfDefault => {
            "half of the default route was learned instead of 0.0.0.0/0, and forced tunnelling through \
             the firewall for private traffic accepts only 0.0.0.0/0"
        }
        HubDoubt::NotSettled => {
            "it is not documented which of several routes of different kinds the hub uses"
        }
        HubDoubt::SharedHubs => "several hubs share the flows, which is not evaluated",
        HubDoubt::Turned => {
            "Microsoft's edge has its own route for it: whether networks inside and outside a virtual WAN \
             reach each other there through a site's route is not documented"
        }
        HubDoubt::ThirdHub => {
            "another hub of the same circuit learned it from a third hub: whether Microsoft's edge readvertises it is not documented"
        }
        HubDoubt::LongerLocal => {
            "the AS path of its local route is at least two ASNs longer than that of another hub's route: \
             by the documented order the local route is used, but according to the known issues of \
             Virtual WAN it may lose"
        }
        HubDoubt::UserRoute => {
            "a user route with the gateway as its next hop is not documented in a virtual network that is connected to a hub"
        }
    }
}
