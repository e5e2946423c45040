//! Resource types that route and that a network file cannot hold at all.

/// Why a type cannot be left out silently. Types of `Microsoft.Network`, without the provider; of other
/// providers see [`OTHER_PROVIDERS`].
pub(in crate::import) const WHOLE: &[(&str, &str)] = &[
    ("virtualWans", "its hubs connect virtual networks, circuits and tunnels with each other"),
    ("virtualHubs", "it routes between the virtual networks, circuits and tunnels that are connected to it"),
    (
        "virtualHubs/hubVirtualNetworkConnections",
        "the virtual network reaches all that the hub reaches, and is reached from there",
    ),
    ("virtualHubs/hubRouteTables", "its routes decide what the hub's connections reach"),
    ("virtualHubs/routeTables", "its routes decide what the hub's connections reach"),
    ("virtualHubs/routeMaps", "it changes or drops routes of the hub's connections"),
    ("virtualHubs/routingIntent", "it sends the hub's traffic through a firewall or an appliance"),
    (
        "virtualHubs/bgpConnections",
        "its peer announces routes to the hub or the Route Server, and learns theirs",
    ),
    ("virtualHubs/ipConfigurations", "it makes the hub a Route Server of a virtual network"),
    ("expressRouteGateways", "it joins circuits to a virtual hub"),
    ("expressRouteGateways/expressRouteConnections", "it joins a circuit to a virtual hub"),
    ("vpnGateways", "it joins the tunnels of sites to a virtual hub"),
    ("vpnGateways/vpnConnections", "it joins a site to a virtual hub by a tunnel"),
    ("vpnGateways/natRules", "it translates addresses of tunnels"),
    ("vpnSites", "its prefixes are reached through a tunnel of a virtual hub"),
    ("p2sVpnGateways", "the addresses of its clients are reached through a virtual hub"),
    ("networkVirtualAppliances", "it forwards packets of a virtual hub"),
    ("networkVirtualAppliances/networkVirtualApplianceConnections", "it joins an appliance to a virtual hub"),
    ("securityPartnerProviders", "it takes the internet traffic of a virtual hub"),
    ("virtualRouters", "it exchanges routes with appliances of a virtual network"),
    ("virtualRouters/peerings", "its peer announces routes to a virtual network"),
    ("localNetworkGateways", "its prefixes are reached through a tunnel to a site"),
    ("virtualNetworkGateways/natRules", "it translates addresses of tunnels"),
    (
        "expressRouteCircuits/peerings/connections",
        "Global Reach joins two circuits, so that their sites reach each other",
    ),
    (
        "expressRouteCircuits/peerings/peerConnections",
        "Global Reach joins two circuits, so that their sites reach each other",
    ),
    ("expressRouteCrossConnections", "it is the provider's side of a circuit"),
    ("expressRouteCrossConnections/peerings", "it is the provider's side of a peering"),
    (
        "networkManagers/connectivityConfigurations",
        "once deployed, it peers virtual networks with each other",
    ),
    ("networkManagers/routingConfigurations", "once deployed, it writes routes into route tables"),
    (
        "networkManagers/routingConfigurations/ruleCollections",
        "once deployed, it writes routes into route tables",
    ),
    (
        "networkManagers/routingConfigurations/ruleCollections/rules",
        "once deployed, it writes routes into route tables",
    ),
];

/// Types of other providers, with the provider.
const OTHER_PROVIDERS: &[(&str, &str)] = &[
    ("Microsoft.AVS/privateClouds", "its networks are reached over a circuit of its own"),
    ("Microsoft.AVS/privateClouds/globalReachConnections", "Global Reach joins its circuit to another"),
    ("Microsoft.AVS/privateClouds/cloudLinks", "it joins the networks of two private clouds"),
    // What a plan holds beside resources.
    ("azapi/azapi_update_resource", "it changes settings of another resource"),
    ("azapi/azapi_resource_action", "it does something to another resource"),
    (
        "azurerm/template_deployment",
        "its template makes network resources; import it with `peerpath import arm`",
    ),
];

/// What a type affects that a network file cannot hold; `None` for any other type. With the provider for
/// types of other providers.
pub(in crate::import) fn effect_of(kind: &str) -> Option<&'static str> {
    all().find(|(name, _)| name.eq_ignore_ascii_case(kind)).map(|(_, effect)| effect)
}

/// All types, each with what it affects.
pub(super) fn all() -> impl Iterator<Item = (&'static str, &'static str)> {
    WHOLE.iter().chain(OTHER_PROVIDERS).copied()
}
