//! Resource types that affect routing but that a network file cannot represent at all.

/// The types in `Microsoft.Network`, without the provider, each with its effect on routing. Because of this effect, a
/// type must not be dropped silently. For other providers, see [`OTHER_PROVIDERS`].
pub(in crate::import) const WHOLE: &[(&str, &str)] = &[
    ("virtualWans", "its hubs connect virtual networks, circuits and tunnels to each other"),
    ("virtualHubs", "it routes between the virtual networks, circuits and tunnels connected to it"),
    (
        "virtualHubs/hubVirtualNetworkConnections",
        "the virtual network and the hub's other connections can reach each other",
    ),
    ("virtualHubs/hubRouteTables", "its routes determine which destinations the hub's connections can reach"),
    ("virtualHubs/routeTables", "its routes determine which destinations the hub's connections can reach"),
    ("virtualHubs/routeMaps", "it changes or drops routes on the hub's connections"),
    ("virtualHubs/routingIntent", "it sends the hub's traffic through a firewall or an appliance"),
    ("virtualHubs/bgpConnections", "its peer exchanges routes with the hub or the Route Server"),
    ("virtualHubs/ipConfigurations", "it turns the hub into the Route Server of a virtual network"),
    ("expressRouteGateways", "it connects circuits to a virtual hub"),
    ("expressRouteGateways/expressRouteConnections", "it connects a circuit to a virtual hub"),
    ("vpnGateways", "it connects tunnels from sites to a virtual hub"),
    ("vpnGateways/vpnConnections", "it connects a site to a virtual hub through a tunnel"),
    ("vpnGateways/natRules", "it translates addresses in tunnels"),
    ("vpnSites", "its prefixes are reached through a tunnel to a virtual hub"),
    ("p2sVpnGateways", "its clients are reached through a virtual hub"),
    ("networkVirtualAppliances", "it forwards packets in a virtual hub"),
    (
        "networkVirtualAppliances/networkVirtualApplianceConnections",
        "it connects an appliance to a virtual hub",
    ),
    ("securityPartnerProviders", "it receives internet traffic from a virtual hub"),
    ("virtualRouters", "it exchanges routes with appliances in a virtual network"),
    ("virtualRouters/peerings", "its peer advertises routes to a virtual network"),
    ("localNetworkGateways", "its prefixes are reached through a tunnel to a site"),
    ("virtualNetworkGateways/natRules", "it translates addresses in tunnels"),
    (
        "expressRouteCircuits/peerings/connections",
        "Global Reach connects two circuits, so sites on both circuits can reach each other",
    ),
    (
        "expressRouteCircuits/peerings/peerConnections",
        "Global Reach connects two circuits, so sites on both circuits can reach each other",
    ),
    ("expressRouteCrossConnections", "it is the provider's side of a circuit"),
    ("expressRouteCrossConnections/peerings", "it is the provider's side of a peering"),
    (
        "networkManagers/connectivityConfigurations",
        "after deployment, it peers virtual networks with each other",
    ),
    ("networkManagers/routingConfigurations", "after deployment, it writes routes into route tables"),
    (
        "networkManagers/routingConfigurations/ruleCollections",
        "after deployment, it writes routes into route tables",
    ),
    (
        "networkManagers/routingConfigurations/ruleCollections/rules",
        "after deployment, it writes routes into route tables",
    ),
];

/// Types of other providers, including the provider.
const OTHER_PROVIDERS: &[(&str, &str)] = &[
    ("Microsoft.AVS/privateClouds", "its networks are reached over its own circuit"),
    (
        "Microsoft.AVS/privateClouds/globalReachConnections",
        "Global Reach connects its circuit to another circuit",
    ),
    ("Microsoft.AVS/privateClouds/cloudLinks", "it connects the networks of two private clouds"),
    // Other types of resources in a plan.
    ("azapi/azapi_update_resource", "it changes settings of another resource"),
    ("azapi/azapi_resource_action", "it performs an action on another resource"),
    (
        "azurerm/template_deployment",
        "its template creates network resources; import the template with `peerpath import arm`",
    ),
];

/// Returns the effect of a type that a network file cannot represent; `None` for any other type. Types of other
/// providers include the provider.
pub(in crate::import) fn effect_of(kind: &str) -> Option<&'static str> {
    all().find(|(name, _)| name.eq_ignore_ascii_case(kind)).map(|(_, effect)| effect)
}

/// Returns all types, each with its effect.
pub(super) fn all() -> impl Iterator<Item = (&'static str, &'static str)> {
    WHOLE.iter().chain(OTHER_PROVIDERS).copied()
}
