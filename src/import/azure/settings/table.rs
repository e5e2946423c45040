//! The settings of the resource types that affect routing, by their names in Azure Resource Manager (API 2025-07-01
//! and earlier).

use serde_json::Value;

use super::super::object::Object;

/// A setting of a resource type.
#[derive(Clone, Copy, Debug)]
pub(super) struct Setting {
    /// Its name, or the path to it: `bgpSettings.bgpPeeringAddresses[].customBgpIpAddresses`.
    pub(super) path: &'static str,
    pub(super) meaning: Meaning,
}

/// The meaning of a setting for a network file.
#[derive(Clone, Copy, Debug)]
pub(super) enum Meaning {
    /// The setting is read into the network file.
    Read,
    /// The setting is a list of resources of another type in the table.
    Nested(&'static str),
    /// The setting affects routing but is not supported. If its value matters, the setting is marked, with its effect.
    Marked(When, &'static str),
    /// The setting does not affect paths, for the given reason.
    NoPath(&'static str),
}

/// Which values of a setting matter. An empty value (`null`, or an empty string, list or object) never matters.
#[derive(Clone, Copy, Debug)]
pub(super) enum When {
    True,
    /// Anything except `false`.
    Present,
    /// Anything except this word.
    Not(&'static str),
    /// Any value for which this function, given the resource and the value, returns `true`.
    If(fn(Object<'_>, &Value) -> bool),
}

use Meaning::{Marked, Nested, NoPath, Read};

const fn read(path: &'static str) -> Setting {
    Setting { path, meaning: Read }
}

const fn nested(path: &'static str, kind: &'static str) -> Setting {
    Setting { path, meaning: Nested(kind) }
}

const fn marked(path: &'static str, when: When, effect: &'static str) -> Setting {
    Setting { path, meaning: Marked(when, effect) }
}

const fn no_path(path: &'static str, why: &'static str) -> Setting {
    Setting { path, meaning: NoPath(why) }
}

/// Fields that any resource may have and that do not affect paths.
pub(super) const EVERYWHERE: &[&str] = &[
    "properties",
    "id",
    "name",
    "type",
    "kind",
    "etag",
    "location",
    "tags",
    "zones",
    "scale",
    "comments",
    "apiVersion",
    "dependsOn",
    "condition",
    "copy",
    "resources",
    "managedBy",
    "identity",
    "subscriptionId",
    "resourceGroup",
    "resourceGroupName",
    "provisioningState",
    "resourceGuid",
    "gatewayManagerEtag",
    "asserts",
    "existing",
    "systemData",
    "tagsTable",
];

const LABEL: &str = "describes the resource";
const STATE: &str = "is state, not configuration";
const OTHERS: &str = "is defined by another resource";
const SECRET: &str = "is a key or an authorization and is never read";
const CRYPTO: &str = "affects the protection of packets, not their path";
const SECURITY: &str = "permits or denies packets; a network file does not contain filters inside Azure";
const NAMES: &str = "affects name resolution";

/// The types, without `Microsoft.Network/`.
pub(super) const TYPES: &[(&str, &[Setting])] = &[
    ("virtualNetworks", VIRTUAL_NETWORK),
    ("virtualNetworks/subnets", SUBNET),
    ("virtualNetworks/virtualNetworkPeerings", VIRTUAL_NETWORK_PEERING),
    ("routeTables", ROUTE_TABLE),
    ("routeTables/routes", ROUTE),
    ("expressRouteCircuits", CIRCUIT),
    ("expressRouteCircuits/peerings", PEERING),
    ("routeFilters", ROUTE_FILTER),
    ("routeFilters/routeFilterRules", ROUTE_FILTER_RULE),
    ("virtualNetworkGateways", GATEWAY),
    ("connections", CONNECTION),
    ("privateEndpoints", PRIVATE_ENDPOINT),
];

const VIRTUAL_NETWORK: &[Setting] = &[
    read("addressSpace"),
    nested("subnets", "virtualNetworks/subnets"),
    nested("virtualNetworkPeerings", "virtualNetworks/virtualNetworkPeerings"),
    read("bgpCommunities"),
    read("summarizedGatewayPrefixes"),
    marked("extendedLocation", When::Present, "routing in an edge zone differs from routing in its region"),
    no_path("dhcpOptions", NAMES),
    no_path("enableDdosProtection", SECURITY),
    no_path("ddosProtectionPlan", SECURITY),
    no_path("enableVmProtection", SECURITY),
    no_path("encryption", CRYPTO),
    no_path("flowTimeoutInMinutes", "sets the lifetime of flows"),
    no_path("privateEndpointVNetPolicies", "limits the number of private endpoints"),
    no_path("ipAllocations", LABEL),
    no_path("flowLogs", STATE),
    no_path("defaultPublicNatGateway", STATE),
];

const SUBNET: &[Setting] = &[
    read("addressPrefix"),
    read("addressPrefixes"),
    read("routeTable"),
    read("serviceEndpoints"),
    read("privateEndpoints"),
    read("privateEndpointNetworkPolicies"),
    read("ipConfigurations"),
    read("defaultOutboundAccess"),
    read("natGateway"),
    marked(
        "serviceEndpointPolicies",
        When::Present,
        "service endpoints in the subnet can reach only the resources that the policy lists",
    ),
    marked("serviceGateway", When::Present, "traffic from the subnet uses the service gateway"),
    no_path("networkSecurityGroup", SECURITY),
    no_path("delegations", "a service may use the subnet; packets from the service are routed normally"),
    no_path("privateLinkServiceNetworkPolicies", SECURITY),
    no_path("sharingScope", LABEL),
    no_path("purpose", LABEL),
    no_path("ipAllocations", LABEL),
    no_path("ipamPoolPrefixAllocations", "the prefixes themselves are in `addressPrefixes`"),
    no_path("ipConfigurationProfiles", LABEL),
    no_path("applicationGatewayIPConfigurations", LABEL),
    no_path("applicationGatewayIpConfigurations", LABEL),
    no_path("resourceNavigationLinks", LABEL),
    no_path("serviceAssociationLinks", LABEL),
    no_path("networkIntentPolicies", LABEL),
    no_path("remediationId", LABEL),
];

const VIRTUAL_NETWORK_PEERING: &[Setting] = &[
    read("remoteVirtualNetwork"),
    read("peeringState"),
    read("allowGatewayTransit"),
    read("useRemoteGateways"),
    read("allowForwardedTraffic"),
    read("allowVirtualNetworkAccess"),
    read("peerCompleteVnets"),
    read("localSubnetNames"),
    read("remoteSubnetNames"),
    marked("enableOnlyIPv6Peering", When::True, "only IPv6 is peered"),
    marked(
        "peeringSyncLevel",
        When::Not("FullyInSync"),
        "until the peering is synchronized, it uses an outdated address space for one side",
    ),
    no_path("doNotVerifyRemoteGateways", "is only checked when the peering is created"),
    no_path("remoteAddressSpace", OTHERS),
    no_path("remoteVirtualNetworkAddressSpace", OTHERS),
    no_path("localAddressSpace", OTHERS),
    no_path("localVirtualNetworkAddressSpace", OTHERS),
    no_path("remoteBgpCommunities", OTHERS),
    no_path("remoteVirtualNetworkEncryption", CRYPTO),
];

const ROUTE_TABLE: &[Setting] = &[
    nested("routes", "routeTables/routes"),
    read("disableBgpRoutePropagation"),
    marked(
        "disablePeeringRoute",
        When::Not("None"),
        "the subnets get no routes to peered virtual networks and need user routes",
    ),
    no_path("subnets", OTHERS),
];

const ROUTE: &[Setting] = &[
    read("addressPrefix"),
    read("nextHopType"),
    read("nextHopIpAddress"),
    marked("nextHop", When::Present, "packets that match the route are distributed over several next hops"),
    no_path("hasBgpOverride", STATE),
];

const CIRCUIT: &[Setting] = &[
    nested("peerings", "expressRouteCircuits/peerings"),
    read("sku"),
    read("serviceProviderProperties"),
    read("circuitProvisioningState"),
    read("serviceProviderProvisioningState"),
    read("bandwidthInGbps"),
    read("expressRoutePort"),
    marked("globalReachEnabled", When::True, "Global Reach may connect the circuit to another circuit"),
    marked("allowGlobalReach", When::True, "Global Reach may connect the circuit to another circuit"),
    no_path("serviceKey", SECRET),
    no_path("authorizationKey", SECRET),
    no_path("authorizations", SECRET),
    no_path("authorizationStatus", STATE),
    no_path("allowClassicOperations", LABEL),
    no_path("enableDirectPortRateLimit", "limits the rate, not the path"),
    no_path("serviceProviderNotes", LABEL),
    no_path("stag", LABEL),
];

const PEERING: &[Setting] = &[
    read("peeringType"),
    read("state"),
    read("peerASN"),
    read("primaryPeerAddressPrefix"),
    read("secondaryPeerAddressPrefix"),
    read("microsoftPeeringConfig.advertisedPublicPrefixes"),
    read("microsoftPeeringConfig.advertisedPublicPrefixesState"),
    read("ipv6PeeringConfig.primaryPeerAddressPrefix"),
    read("ipv6PeeringConfig.secondaryPeerAddressPrefix"),
    read("ipv6PeeringConfig.microsoftPeeringConfig.advertisedPublicPrefixes"),
    read("routeFilter"),
    marked(
        "ipv6PeeringConfig.routeFilter",
        When::If(other_filter),
        "IPv6 has its own route filter; a network file has one route filter for both families",
    ),
    marked(
        "ipv6PeeringConfig",
        When::If(ipv6_alone),
        "IPv6 is enabled and IPv4 is disabled; a network file has one state for both families",
    ),
    marked(
        "microsoftPeeringConfig.legacyMode",
        When::Not("0"),
        "Microsoft advertises all its prefixes even without a route filter",
    ),
    marked(
        "connections",
        When::Present,
        "Global Reach connects the circuit to another circuit, so sites on both circuits can reach each other",
    ),
    marked(
        "peeredConnections",
        When::Present,
        "Global Reach connects the circuit to another circuit, so sites on both circuits can reach each other",
    ),
    marked("expressRouteConnection", When::Present, "the circuit is connected to a virtual hub"),
    no_path(
        "microsoftPeeringConfig.advertisedCommunities",
        "tags the customer's advertised prefixes, for the customer's own use",
    ),
    no_path("microsoftPeeringConfig.customerASN", "is used to validate the advertised prefixes"),
    no_path("microsoftPeeringConfig.routingRegistryName", "is used to validate the advertised prefixes"),
    no_path("azureASN", "is always 12076"),
    no_path("primaryAzurePort", LABEL),
    no_path("secondaryAzurePort", LABEL),
    no_path("vlanId", LABEL),
    no_path("lastModifiedBy", LABEL),
    no_path("sharedKey", SECRET),
    no_path("stats", STATE),
];

const ROUTE_FILTER: &[Setting] =
    &[nested("rules", "routeFilters/routeFilterRules"), read("peerings"), read("ipv6Peerings")];

const ROUTE_FILTER_RULE: &[Setting] = &[
    read("communities"),
    marked("access", When::Not("Allow"), "the rule denies communities that other rules allow"),
    marked("routeFilterRuleType", When::Not("Community"), "the rule does not match on communities"),
];

const GATEWAY: &[Setting] = &[
    read("gatewayType"),
    read("sku"),
    read("ipConfigurations"),
    read("allowRemoteVnetTraffic"),
    read("allowVirtualWanTraffic"),
    marked(
        "allowNonVirtualWanTraffic",
        When::True,
        "virtual networks outside the virtual WAN, on the same circuit, can reach virtual networks on the hub",
    ),
    marked(
        "bgpSettings.asn",
        When::Not("65515"),
        "the gateway advertises its routes with this ASN in the path",
    ),
    marked(
        "bgpSettings.bgpPeeringAddresses[].customBgpIpAddresses",
        When::Present,
        "the gateway uses these addresses for BGP",
    ),
    marked("natRules", When::Present, "the gateway translates addresses in tunnels"),
    marked("enableBgpRouteTranslationForNat", When::True, "the gateway advertises translated prefixes"),
    marked("customRoutes", When::Present, "point-to-site clients get these routes"),
    marked("vpnClientConfiguration", When::Present, "point-to-site clients are reached through the gateway"),
    marked("gatewayDefaultSite", When::Present, "the default route points through the tunnel to this site"),
    marked("adminState", When::Not("Enabled"), "the gateway forwards nothing"),
    marked("extendedLocation", When::Present, "routing in an edge zone differs from routing in its region"),
    marked(
        "vNetExtendedLocationResourceId",
        When::Present,
        "routing in an edge zone differs from routing in its region",
    ),
    no_path("vpnType", "tunnels are not imported, and the import reports this"),
    no_path("vpnGatewayGeneration", LABEL),
    no_path("enableBgp", "is set on each connection"),
    no_path("active", LABEL),
    no_path("activeActive", "both instances forward packets the same way"),
    no_path("enableDnsForwarding", NAMES),
    no_path("inboundDnsForwardingEndpoint", NAMES),
    no_path("disableIPSecReplayProtection", CRYPTO),
    no_path("disableIpSecReplayProtection", CRYPTO),
    no_path("enablePrivateIpAddress", "a tunnel over a circuit has its own addresses"),
    no_path("enableHighBandwidthVpnGateway", LABEL),
    no_path("enableAdvancedConnectivity", LABEL),
    no_path("virtualNetworkGatewayPolicyGroups", LABEL),
    no_path("virtualNetworkGatewayMigrationStatus", STATE),
    no_path("remoteVirtualNetworkPeerings", OTHERS),
    no_path("autoScaleConfiguration", "limits the rate, not the path"),
    no_path("resiliencyModel", LABEL),
    no_path("packetCaptureDiagnosticState", STATE),
];

const CONNECTION: &[Setting] = &[
    read("connectionType"),
    read("virtualNetworkGateway1"),
    read("peer"),
    read("expressRouteCircuitPeering"),
    // The weight of a connection to a circuit is read; the weight of a tunnel is marked.
    read("routingWeight"),
    marked(
        "routingWeight",
        When::If(weight_of_tunnel),
        "the weight affects the gateway's choice between tunnels",
    ),
    read("expressRouteGatewayBypass"),
    marked(
        "enablePrivateLinkFastPath",
        When::True,
        "with FastPath, packets from on-premises to private endpoints bypass the gateway",
    ),
    marked(
        "enableBgp",
        When::If(static_tunnel),
        "the tunnel has static routes to the prefixes of its local network gateway",
    ),
    marked(
        "usePolicyBasedTrafficSelectors",
        When::True,
        "the tunnel forwards packets only between certain pairs of prefixes",
    ),
    marked(
        "trafficSelectorPolicies",
        When::Present,
        "the tunnel forwards packets only between these pairs of prefixes",
    ),
    marked("egressNatRules", When::Present, "the tunnel translates addresses"),
    marked("ingressNatRules", When::Present, "the tunnel translates addresses"),
    marked("gatewayCustomBgpIpAddresses", When::Present, "the tunnel uses these addresses for BGP"),
    marked("connectionStatus", When::If(not_connected), "the connection was down when it was exported"),
    no_path("virtualNetworkGateway2", "the tunnel is not imported, and the import reports this"),
    no_path("localNetworkGateway2", "the tunnel is not imported, and the import reports this"),
    no_path("routingConfiguration", "connections of a hub are not imported, and the import reports this"),
    no_path("enableInternetSecurity", "connections of a hub are not imported, and the import reports this"),
    no_path("authorizationKey", SECRET),
    no_path("sharedKey", SECRET),
    no_path("certificateAuthentication", SECRET),
    no_path("authenticationType", CRYPTO),
    no_path("ipsecPolicies", CRYPTO),
    no_path("connectionProtocol", CRYPTO),
    no_path("connectionMode", "determines which side initiates the tunnel"),
    no_path("dpdTimeoutSeconds", "sets the time to detect a dead tunnel"),
    no_path("useLocalAzureIpAddress", "selects the tunnel's own addresses"),
    no_path("tunnelProperties", LABEL),
    no_path("tunnelConnectionStatus", STATE),
    no_path("egressBytesTransferred", STATE),
    no_path("ingressBytesTransferred", STATE),
];

const PRIVATE_ENDPOINT: &[Setting] = &[
    read("subnet"),
    read("customDnsConfigs"),
    read("ipConfigurations"),
    no_path("extendedLocation", LABEL),
    no_path("applicationSecurityGroups", SECURITY),
    no_path("customNetworkInterfaceName", LABEL),
    no_path("ipVersionType", LABEL),
    no_path("networkInterfaces", LABEL),
    no_path("privateLinkServiceConnections", "selects the service"),
    no_path("manualPrivateLinkServiceConnections", "selects the service"),
];

/// Returns whether IPv6 and IPv4 have different route filters.
fn other_filter(peering: Object<'_>, value: &Value) -> bool {
    let id = |value: &Value| {
        let id = value.get("id").and_then(Value::as_str).or_else(|| value.as_str())?;
        Some(id.trim().to_ascii_lowercase())
    };
    let ipv4 = peering.get("routeFilter").and_then(id);
    !super::is_empty(value) && ipv4.is_some() && id(value) != ipv4
}

/// Returns whether IPv4 is disabled and IPv6 is not.
fn ipv6_alone(peering: Object<'_>, value: &Value) -> bool {
    let off = |object: Object<'_>| {
        object.raw_text("state").is_some_and(|text| text.eq_ignore_ascii_case("Disabled"))
    };
    let ipv6 = Object::of(value).filter(|ipv6| ipv6.raw_text("primaryPeerAddressPrefix").is_some());
    off(peering) && ipv6.is_some_and(|ipv6| !off(ipv6))
}

fn is_tunnel(connection: Object<'_>) -> bool {
    connection.raw_text("connectionType").is_some_and(|kind| !kind.eq_ignore_ascii_case("ExpressRoute"))
}

fn weight_of_tunnel(connection: Object<'_>, _: &Value) -> bool {
    is_tunnel(connection) && connection.number("routingWeight") != Some(0)
}

fn static_tunnel(connection: Object<'_>, value: &Value) -> bool {
    is_tunnel(connection) && super::flag(value) != Some(true)
}

/// Returns whether a connection is down; the states `Connecting` and `Unknown` are inconclusive.
fn not_connected(_: Object<'_>, value: &Value) -> bool {
    value.as_str().is_some_and(|state| state.eq_ignore_ascii_case("NotConnected"))
}
