//! Maps attributes in the azurerm provider to Azure properties.
//!
//! Each type of resource has a table of attribute names and the Azure Resource Manager fields that they set. The names
//! are from the provider's documentation, versions 2 to 4; old and new names are both listed.

/// How an attribute is converted.
#[derive(Clone, Copy, Debug)]
pub(super) enum Field {
    /// A value that affects paths and is copied unchanged.
    Value(&'static str, &'static str),
    /// A value that does not affect paths and is copied unchanged. It may be unknown.
    Label(&'static str, &'static str),
    /// A Boolean, inverted.
    Not(&'static str, &'static str),
    /// A Boolean that is converted to one of two words: the first for `true`, the second for `false`.
    Words(&'static str, &'static str, [&'static str; 2]),
    /// A reference to a resource of one of these types.
    Reference(&'static str, &'static str, &'static [&'static str]),
    /// A block that occurs at most once; its fields are set on the resource itself.
    Block(&'static str, &'static [Field]),
    /// A list of blocks. Each block becomes an element of the list that is set.
    Blocks(&'static str, &'static str, &'static [Field]),
    /// A value that is copied unchanged. If the value is unknown, the second field is set to this word instead.
    OrUnknown(&'static str, &'static str, &'static str, &'static str),
    /// A value that the network file cannot express, so that it is only marked. It is copied unchanged and may be
    /// unknown.
    Marked(&'static str, &'static str),
    /// A list of strings. Each string becomes an object with this field.
    Objects(&'static str, &'static str, &'static str),
}

impl Field {
    /// Returns the attribute's name and, if it is a block, the block's fields.
    pub(super) fn parts(&self) -> (&'static str, &'static [Self]) {
        match *self {
            Self::Value(name, _)
            | Self::Label(name, _)
            | Self::Not(name, _)
            | Self::Words(name, ..)
            | Self::Reference(name, ..)
            | Self::OrUnknown(name, ..)
            | Self::Marked(name, _)
            | Self::Objects(name, ..) => (name, &[]),
            Self::Block(name, fields) | Self::Blocks(name, _, fields) => (name, fields),
        }
    }
}

/// How a child resource refers to its parent.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parent {
    /// The parent's type, such as `azurerm_virtual_network`.
    pub(super) kind: &'static str,
    /// The attribute that contains the parent's name or id.
    pub(super) attribute: &'static str,
}

/// A type of resource in Terraform.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kind {
    /// The name in Terraform, such as `azurerm_subnet`.
    pub(super) name: &'static str,
    /// The type in Azure, without `Microsoft.Network/`; for a child the full path, such as `virtualNetworks/subnets`.
    pub(super) azure: &'static str,
    pub(super) parent: Option<Parent>,
    /// The attribute that contains the name.
    pub(super) called: &'static str,
    pub(super) fields: &'static [Field],
}

use crate::import::azure::UNKNOWN_NEXT_HOP;
use Field::{Block, Blocks, Label, Marked, Not, Objects, OrUnknown, Reference, Value, Words};

const NETWORK: &str = "azurerm_virtual_network";
const SUBNET: &str = "azurerm_subnet";
const TABLE: &str = "azurerm_route_table";
const FILTER: &str = "azurerm_route_filter";
const CIRCUIT: &str = "azurerm_express_route_circuit";
const GATEWAY: &str = "azurerm_virtual_network_gateway";
const HUB_GATEWAY: &str = "azurerm_express_route_gateway";
const ENDPOINT: &str = "azurerm_private_endpoint";
const PEERING: &str = "azurerm_express_route_circuit_peering";
/// An ExpressRoute Direct port, which determines the peering location of its circuits.
pub(super) const PORT: &str = "azurerm_express_route_port";
/// The association of a subnet with a NAT gateway.
pub(super) const NAT_ASSOCIATION: &str = "azurerm_subnet_nat_gateway_association";
/// The attribute that refers to the subnet, in an association with a NAT gateway.
pub(super) const NAT_ASSOCIATED: [Field; 1] = [Reference("subnet_id", "subnet.id", &[SUBNET])];
/// A separately declared association of a subnet with a route table.
pub(super) const ASSOCIATION: &str = "azurerm_subnet_route_table_association";

/// The attributes that refer to the subnet and to the route table, in an association with a route table.
pub(super) const ASSOCIATED: [Field; 2] =
    [Reference("subnet_id", "subnet.id", &[SUBNET]), Reference("route_table_id", "routeTable.id", &[TABLE])];

const NEXT_HOP: &str = "properties.nextHopType";

const ROUTE: [Field; 4] = [
    Label("name", "name"),
    Value("address_prefix", "properties.addressPrefix"),
    OrUnknown("next_hop_type", "properties.nextHopType", NEXT_HOP, UNKNOWN_NEXT_HOP),
    OrUnknown("next_hop_in_ip_address", "properties.nextHopIpAddress", NEXT_HOP, UNKNOWN_NEXT_HOP),
];

const SUBNET_FIELDS: [Field; 10] = [
    Label("name", "name"),
    Value("address_prefixes", "properties.addressPrefixes"),
    Value("address_prefix", "properties.addressPrefix"),
    Reference("route_table_id", "properties.routeTable.id", &[TABLE]),
    Objects("service_endpoints", "properties.serviceEndpoints", "service"),
    Words(
        "private_endpoint_network_policies_enabled",
        "properties.privateEndpointNetworkPolicies",
        ["Enabled", "Disabled"],
    ),
    Words(
        "enforce_private_link_endpoint_network_policies",
        "properties.privateEndpointNetworkPolicies",
        ["Disabled", "Enabled"],
    ),
    Value("private_endpoint_network_policies", "properties.privateEndpointNetworkPolicies"),
    Value("default_outbound_access_enabled", "properties.defaultOutboundAccess"),
    Marked("service_endpoint_policy_ids", "properties.serviceEndpointPolicies"),
];

/// The types that a network file can represent.
pub(super) const KINDS: [Kind; 14] = [
    Kind {
        name: CIRCUIT,
        azure: "expressRouteCircuits",
        parent: None,
        called: "name",
        fields: &[
            Label("service_provider_name", "properties.serviceProviderProperties.serviceProviderName"),
            Value("peering_location", "properties.serviceProviderProperties.peeringLocation"),
            Value("bandwidth_in_mbps", "properties.serviceProviderProperties.bandwidthInMbps"),
            Value("bandwidth_in_gbps", "properties.bandwidthInGbps"),
            Reference("express_route_port_id", "properties.expressRoutePort.id", &[PORT]),
            Block("sku", &[Value("tier", "sku.tier"), Label("family", "sku.family")]),
            Label("service_provider_provisioning_state", "properties.serviceProviderProvisioningState"),
            // The data source for circuits uses these names.
            Block(
                "service_provider_properties",
                &[
                    Label(
                        "service_provider_name",
                        "properties.serviceProviderProperties.serviceProviderName",
                    ),
                    Label("peering_location", "properties.serviceProviderProperties.peeringLocation"),
                    Label("bandwidth_in_mbps", "properties.serviceProviderProperties.bandwidthInMbps"),
                ],
            ),
        ],
    },
    Kind {
        name: PEERING,
        azure: "expressRouteCircuits/peerings",
        parent: Some(Parent { kind: CIRCUIT, attribute: "express_route_circuit_name" }),
        called: "peering_type",
        fields: &[
            Value("peering_type", "properties.peeringType"),
            Words("ipv4_enabled", "properties.state", ["Enabled", "Disabled"]),
            Value("peer_asn", "properties.peerASN"),
            Value("primary_peer_address_prefix", "properties.primaryPeerAddressPrefix"),
            Value("secondary_peer_address_prefix", "properties.secondaryPeerAddressPrefix"),
            Reference("route_filter_id", "properties.routeFilter.id", &[FILTER]),
            Block(
                "microsoft_peering_config",
                &[Value(
                    "advertised_public_prefixes",
                    "properties.microsoftPeeringConfig.advertisedPublicPrefixes",
                )],
            ),
            Block(
                "ipv6",
                &[
                    Words("enabled", "properties.ipv6PeeringConfig.state", ["Enabled", "Disabled"]),
                    Value(
                        "primary_peer_address_prefix",
                        "properties.ipv6PeeringConfig.primaryPeerAddressPrefix",
                    ),
                    Value(
                        "secondary_peer_address_prefix",
                        "properties.ipv6PeeringConfig.secondaryPeerAddressPrefix",
                    ),
                    Reference("route_filter_id", "properties.ipv6PeeringConfig.routeFilter.id", &[FILTER]),
                    Block(
                        "microsoft_peering",
                        &[Value(
                            "advertised_public_prefixes",
                            "properties.ipv6PeeringConfig.microsoftPeeringConfig.advertisedPublicPrefixes",
                        )],
                    ),
                ],
            ),
        ],
    },
    Kind {
        name: FILTER,
        azure: "routeFilters",
        parent: None,
        called: "name",
        fields: &[Blocks(
            "rule",
            "properties.rules",
            &[
                Label("name", "name"),
                Value("access", "properties.access"),
                Label("rule_type", "properties.routeFilterRuleType"),
                Value("communities", "properties.communities"),
            ],
        )],
    },
    Kind {
        name: TABLE,
        azure: "routeTables",
        parent: None,
        called: "name",
        fields: &[
            Value("disable_bgp_route_propagation", "properties.disableBgpRoutePropagation"),
            Not("bgp_route_propagation_enabled", "properties.disableBgpRoutePropagation"),
            Blocks("route", "properties.routes", &ROUTE),
        ],
    },
    Kind {
        name: "azurerm_route",
        azure: "routeTables/routes",
        parent: Some(Parent { kind: TABLE, attribute: "route_table_name" }),
        called: "name",
        fields: &ROUTE,
    },
    Kind {
        name: NETWORK,
        azure: "virtualNetworks",
        parent: None,
        called: "name",
        fields: &[
            Value("location", "location"),
            Value("address_space", "properties.addressSpace.addressPrefixes"),
            Value("bgp_community", "properties.bgpCommunities.virtualNetworkCommunity"),
            Marked("edge_zone", "extendedLocation.name"),
            Blocks("subnet", "properties.subnets", &SUBNET_FIELDS),
        ],
    },
    Kind {
        name: SUBNET,
        azure: "virtualNetworks/subnets",
        parent: Some(Parent { kind: NETWORK, attribute: "virtual_network_name" }),
        called: "name",
        fields: &SUBNET_FIELDS,
    },
    Kind {
        name: "azurerm_virtual_network_peering",
        azure: "virtualNetworks/virtualNetworkPeerings",
        parent: Some(Parent { kind: NETWORK, attribute: "virtual_network_name" }),
        called: "name",
        fields: &[
            Reference("remote_virtual_network_id", "properties.remoteVirtualNetwork.id", &[NETWORK]),
            Value("allow_gateway_transit", "properties.allowGatewayTransit"),
            Value("use_remote_gateways", "properties.useRemoteGateways"),
            Value("allow_forwarded_traffic", "properties.allowForwardedTraffic"),
            Value("allow_virtual_network_access", "properties.allowVirtualNetworkAccess"),
            Value("peer_complete_virtual_networks_enabled", "properties.peerCompleteVnets"),
            Value("local_subnet_names", "properties.localSubnetNames"),
            Value("remote_subnet_names", "properties.remoteSubnetNames"),
            Marked("only_ipv6_peering_enabled", "properties.enableOnlyIPv6Peering"),
        ],
    },
    Kind {
        name: GATEWAY,
        azure: "virtualNetworkGateways",
        parent: None,
        called: "name",
        fields: &[
            Value("type", "properties.gatewayType"),
            Value("sku", "properties.sku.name"),
            Value("remote_vnet_traffic_enabled", "properties.allowRemoteVnetTraffic"),
            Value("virtual_wan_traffic_enabled", "properties.allowVirtualWanTraffic"),
            Marked("bgp_route_translation_for_nat_enabled", "properties.enableBgpRouteTranslationForNat"),
            Marked("default_local_network_gateway_id", "properties.gatewayDefaultSite"),
            Marked("custom_route", "properties.customRoutes"),
            Marked("vpn_client_configuration", "properties.vpnClientConfiguration"),
            Marked("edge_zone", "properties.extendedLocation"),
            Block(
                "bgp_settings",
                &[
                    Marked("asn", "properties.bgpSettings.asn"),
                    Blocks(
                        "peering_addresses",
                        "properties.bgpSettings.bgpPeeringAddresses",
                        &[Marked("apipa_addresses", "customBgpIpAddresses")],
                    ),
                ],
            ),
            Blocks(
                "ip_configuration",
                "properties.ipConfigurations",
                &[Label("name", "name"), Reference("subnet_id", "properties.subnet.id", &[SUBNET])],
            ),
        ],
    },
    Kind {
        name: "azurerm_virtual_network_gateway_connection",
        azure: "connections",
        parent: None,
        called: "name",
        fields: &[
            Value("type", "properties.connectionType"),
            Value("routing_weight", "properties.routingWeight"),
            Value("express_route_gateway_bypass", "properties.expressRouteGatewayBypass"),
            Marked("private_link_fast_path_enabled", "properties.enablePrivateLinkFastPath"),
            Marked("enable_bgp", "properties.enableBgp"),
            Marked("bgp_enabled", "properties.enableBgp"),
            Marked("use_policy_based_traffic_selectors", "properties.usePolicyBasedTrafficSelectors"),
            Marked("traffic_selector_policy", "properties.trafficSelectorPolicies"),
            Marked("egress_nat_rule_ids", "properties.egressNatRules"),
            Marked("ingress_nat_rule_ids", "properties.ingressNatRules"),
            Marked("custom_bgp_addresses", "properties.gatewayCustomBgpIpAddresses"),
            Reference("virtual_network_gateway_id", "properties.virtualNetworkGateway1.id", &[GATEWAY]),
            Reference("express_route_circuit_id", "properties.peer.id", &[CIRCUIT]),
        ],
    },
    Kind { name: HUB_GATEWAY, azure: "expressRouteGateways", parent: None, called: "name", fields: &[] },
    Kind {
        name: "azurerm_express_route_connection",
        azure: "expressRouteGateways/expressRouteConnections",
        parent: Some(Parent { kind: HUB_GATEWAY, attribute: "express_route_gateway_id" }),
        called: "name",
        fields: &[
            Reference(
                "express_route_circuit_peering_id",
                "properties.expressRouteCircuitPeering.id",
                &[PEERING],
            ),
            Value("routing_weight", "properties.routingWeight"),
        ],
    },
    Kind {
        name: ENDPOINT,
        azure: "privateEndpoints",
        parent: None,
        called: "name",
        fields: &[
            Reference("subnet_id", "properties.subnet.id", &[SUBNET]),
            Blocks(
                "ip_configuration",
                "properties.ipConfigurations",
                &[Value("private_ip_address", "properties.privateIPAddress")],
            ),
            Blocks(
                "private_service_connection",
                "properties.customDnsConfigs",
                &[Label("private_ip_address", "ipAddresses")],
            ),
        ],
    },
    Kind {
        name: PORT,
        azure: "expressRoutePorts",
        parent: None,
        called: "name",
        fields: &[Value("peering_location", "properties.peeringLocation")],
    },
];

/// Returns the type with this name.
pub(super) fn kind(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parents_are_kinds_and_their_paths_begin_alike() {
        for kind in KINDS {
            let Some(parent) = kind.parent else { continue };
            let parent = super::kind(parent.kind).unwrap();
            assert_eq!(kind.azure.split('/').next(), Some(parent.azure), "{}", kind.name);
        }
    }
}
