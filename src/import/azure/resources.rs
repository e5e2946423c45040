//! Converts objects to records: circuits, peerings, route filters, virtual networks, gateways.

use std::net::IpAddr;

use super::arm::ArmId;
use super::notes::{ExportTolerance, ReadNotes};
use super::object::Object;
use super::records::{
    Circuit, Destination, Gateway, GatewayConnection, Peering, PeeringType, RouteFilter, RouteTable, Subnet,
    TableHints, Tunnel, UserRoute, VirtualNetwork, VirtualNetworkPeering,
};
use crate::network::Billing;
use crate::rib::Community;

/// Returns the name of a resource: its `name` field, or else the name in its id.
fn name(object: Object<'_>, id: Option<&ArmId>, segment: &str) -> Option<String> {
    object.text("name").or_else(|| id?.behind(segment))
}

pub(super) fn circuit(object: Object<'_>, notes: &mut ReadNotes) -> Option<Circuit> {
    let id = object.id();
    let name = name(object, id.as_ref(), "expressRouteCircuits")?;
    let provider = object.object("serviceProviderProperties");
    let sku = object.object("sku");
    let sku_name = sku.and_then(|sku| sku.text("name")).or_else(|| object.text("sku"));
    let name_tier = sku_name.as_deref().and_then(|name| name.split('_').next()).map(str::to_owned);
    let tier = sku.and_then(|sku| sku.text("tier"));
    let tier_differs = match (&tier, &name_tier) {
        (Some(tier), Some(name)) => !tier.eq_ignore_ascii_case(name),
        _ => false,
    };
    // As with the tier, the name may contradict the property that Azure uses.
    let family = sku.and_then(|sku| sku.text("family"));
    let family = family.or_else(|| sku_name.as_deref()?.split('_').nth(1).map(str::to_owned));
    let billing = match family.as_deref() {
        Some(family) if family.eq_ignore_ascii_case("MeteredData") => Some(Billing::Metered),
        Some(family) if family.eq_ignore_ascii_case("UnlimitedData") => Some(Billing::Unlimited),
        _ => None,
    };
    let megabits = provider.and_then(|provider| provider.number("bandwidthInMbps"));
    let gigabits = object.number("bandwidthInGbps").map(|gigabits| gigabits.saturating_mul(1000));
    let direct = object.get("expressRoutePort").is_some();
    let peerings = object
        .objects("peerings")
        .filter_map(|peering| self::peering(peering, &TableHints::default(), notes));
    let peerings = peerings
        .map(|peering| Peering {
            circuit: peering.circuit.or_else(|| id.clone()),
            circuit_name: peering.circuit_name.or_else(|| Some(name.clone())),
            ..peering
        })
        .collect();
    Some(Circuit {
        peering_location: provider.and_then(|provider| provider.text("peeringLocation")),
        tier: tier.or(name_tier),
        tier_differs,
        bandwidth_mbps: megabits.or(gigabits).filter(|bandwidth| *bandwidth > 0),
        provider: provider.and_then(|provider| provider.text("serviceProviderName")),
        direct,
        billing,
        in_service: in_service(object),
        peerings,
        name,
        id,
    })
}

fn in_service(object: Object<'_>) -> Option<bool> {
    let states =
        [("circuitProvisioningState", "Enabled"), ("serviceProviderProvisioningState", "Provisioned")];
    let words = states
        .into_iter()
        .filter_map(|(field, good)| Some(object.raw_text(field)?.eq_ignore_ascii_case(good)))
        .collect::<Vec<_>>();
    (!words.is_empty()).then(|| words.into_iter().all(|good| good))
}

pub(super) fn peering(object: Object<'_>, hints: &TableHints, notes: &mut ReadNotes) -> Option<Peering> {
    let kind = [object.raw_text("peeringType"), object.raw_text("name")];
    let Some(kind) = kind.into_iter().flatten().find_map(PeeringType::parse) else {
        notes.add(ExportTolerance::OddValue, "peeringType");
        return None;
    };
    let ipv6 = object.object("ipv6PeeringConfig").filter(|ipv6| is_enabled(*ipv6));
    let config = object.object("microsoftPeeringConfig");
    let config_ipv6 = ipv6.and_then(|ipv6| ipv6.object("microsoftPeeringConfig"));
    let networks = |field: &str, notes: &mut ReadNotes| {
        let parts = [Some(object), ipv6].into_iter().flatten();
        parts.filter_map(|part| part.prefix(field, notes)).collect::<Vec<_>>()
    };
    let primary = networks("primaryPeerAddressPrefix", notes);
    let secondary = networks("secondaryPeerAddressPrefix", notes);
    let configs = [config, config_ipv6].into_iter().flatten();
    let advertised =
        configs.clone().flat_map(|config| config.prefixes("advertisedPublicPrefixes", notes)).collect();
    let state = |config: Object<'_>| {
        config.raw_text("advertisedPublicPrefixesState").is_some_and(|state| state != "Configured")
    };
    let validation_needed = configs.into_iter().any(state);
    let circuit = object.id().and_then(|id| id.up_to("expressRouteCircuits"));
    let circuit_name =
        circuit.as_ref().and_then(|id| id.behind("expressRouteCircuits")).or_else(|| hints.circuit.clone());
    let filter =
        object.reference("routeFilter").or_else(|| ipv6.and_then(|ipv6| ipv6.reference("routeFilter")));
    Some(Peering {
        kind,
        circuit,
        circuit_name,
        enabled: is_enabled(object),
        peer_asn: object.number_u32("peerASN").filter(|asn| *asn > 0),
        primary,
        secondary,
        advertised,
        validation_needed,
        route_filter: filter,
    })
}

/// Returns whether a state is anything but `Disabled`.
fn is_enabled(object: Object<'_>) -> bool {
    !object.raw_text("state").is_some_and(|state| state.eq_ignore_ascii_case("Disabled"))
}

pub(super) fn route_filter(object: Object<'_>, notes: &mut ReadNotes) -> Option<RouteFilter> {
    let id = object.id();
    let name = name(object, id.as_ref(), "routeFilters")?;
    let mut communities = Vec::new();
    for rule in object.objects("rules") {
        // Rules that do not allow communities are marked when settings are evaluated.
        if rule.raw_text("access").is_some_and(|access| !access.eq_ignore_ascii_case("Allow")) {
            continue;
        }
        for text in rule.texts("communities") {
            match text.parse::<Community>() {
                Ok(community) if !communities.contains(&community) => communities.push(community),
                Ok(_) => {}
                Err(_) => notes.add(ExportTolerance::OddValue, "rules.communities"),
            }
        }
    }
    let attached = object.objects("peerings").chain(object.objects("ipv6Peerings"));
    let peerings = attached.filter_map(Object::id).collect();
    Some(RouteFilter { id, name, communities, peerings })
}

pub(super) fn virtual_network(
    object: Object<'_>,
    source: &str,
    address: &dyn Fn(&str) -> Option<String>,
    notes: &mut ReadNotes,
) -> Option<VirtualNetwork> {
    let id = object.id();
    let name = name(object, id.as_ref(), "virtualNetworks")?;
    let prefixes = object.object("addressSpace").map(|space| space.prefixes("addressPrefixes", notes));
    let mut gateways: Vec<ArmId> = Vec::new();
    for configuration in object.objects("subnets").flat_map(|subnet| subnet.objects("ipConfigurations")) {
        let gateway = configuration.id().filter(|id| id.behind("virtualNetworkGateways").is_some());
        if let Some(gateway) = gateway.and_then(|id| id.up_to("virtualNetworkGateways"))
            && !gateways.contains(&gateway)
        {
            gateways.push(gateway);
        }
    }
    let community = object.object("bgpCommunities").and_then(|communities| {
        let text = communities.raw_text("virtualNetworkCommunity")?;
        text.parse().map_err(|_| notes.add(ExportTolerance::OddValue, "virtualNetworkCommunity")).ok()
    });
    Some(VirtualNetwork {
        region: object.text("location").map(|region| region.to_ascii_lowercase().replace(' ', "")),
        prefixes: prefixes.unwrap_or_default(),
        subnets: object.objects("subnets").filter_map(|subnet| self::subnet(subnet, notes)).collect(),
        peerings: object
            .objects("virtualNetworkPeerings")
            .map(|peering| {
                let source = peering.raw_text("id").and_then(address).unwrap_or_else(|| source.to_owned());
                virtual_network_peering(peering, source)
            })
            .collect(),
        community,
        summarized: object
            .object("summarizedGatewayPrefixes")
            .map(|summary| summary.prefixes("addressPrefixes", notes))
            .unwrap_or_default(),
        gateways,
        name,
        id,
    })
}

fn subnet(object: Object<'_>, notes: &mut ReadNotes) -> Option<Subnet> {
    let mut prefixes = object.prefixes("addressPrefixes", notes);
    if prefixes.is_empty() {
        prefixes.extend(object.prefix("addressPrefix", notes));
    }
    let policies = object.raw_text("privateEndpointNetworkPolicies").unwrap_or_default();
    Some(Subnet {
        name: name(object, object.id().as_ref(), "subnets")?,
        prefixes,
        route_table: object.reference("routeTable"),
        service_endpoints: object
            .objects("serviceEndpoints")
            .filter_map(|endpoint| endpoint.text("service"))
            .collect(),
        network_policies: ["Enabled", "RouteTableEnabled"]
            .iter()
            .any(|word| policies.eq_ignore_ascii_case(word)),
        default_outbound_access: object.flag("defaultOutboundAccess"),
        nat_gateway: object.has("natGateway"),
        private_endpoints: object.objects("privateEndpoints").flat_map(private_endpoint).collect(),
    })
}

/// Returns the addresses of a private endpoint, if the response contains more than the endpoint's id.
fn private_endpoint(object: Object<'_>) -> Vec<(String, IpAddr)> {
    let name = name(object, object.id().as_ref(), "privateEndpoints").unwrap_or_default();
    let of_names = object.objects("customDnsConfigs").flat_map(|config| config.texts("ipAddresses"));
    let configured = object.objects("ipConfigurations").flat_map(|part| part.texts("privateIPAddress"));
    let mut addresses = of_names.chain(configured).filter_map(|text| text.parse().ok()).collect::<Vec<_>>();
    addresses.sort_unstable();
    addresses.dedup();
    let numbered = addresses.into_iter().enumerate();
    let name = |index: usize| if index == 0 { name.clone() } else { format!("{name}-{}", index + 1) };
    numbered.map(|(index, address)| (name(index), address)).collect()
}

fn virtual_network_peering(object: Object<'_>, source: String) -> VirtualNetworkPeering {
    let subnets = ["localSubnetNames", "remoteSubnetNames"]
        .map(|key| object.texts(key).into_iter().map(str::to_owned).collect::<Vec<_>>());
    let partial =
        object.flag("peerCompleteVnets") == Some(false) || subnets.iter().any(|names| !names.is_empty());
    VirtualNetworkPeering {
        remote: object.reference("remoteVirtualNetwork"),
        connected: object
            .raw_text("peeringState")
            .is_none_or(|state| state.eq_ignore_ascii_case("Connected")),
        allow_gateway_transit: object.flag("allowGatewayTransit").unwrap_or(false),
        use_remote_gateways: object.flag("useRemoteGateways").unwrap_or(false),
        allow_virtual_network_access: object.flag("allowVirtualNetworkAccess").unwrap_or(true),
        allow_forwarded_traffic: object.flag("allowForwardedTraffic").unwrap_or(false),
        subnets: partial.then_some(subnets),
        name: name(object, object.id().as_ref(), "virtualNetworkPeerings").unwrap_or_default(),
        source,
    }
}

pub(super) fn route_table(object: Object<'_>, notes: &mut ReadNotes) -> Option<RouteTable> {
    let id = object.id();
    let name = name(object, id.as_ref(), "routeTables")?;
    let routes = object.objects("routes").filter_map(|route| user_route(route, notes)).collect();
    let disable_bgp_route_propagation = object.flag("disableBgpRoutePropagation").unwrap_or(false);
    Some(RouteTable { id, name, disable_bgp_route_propagation, routes })
}

fn user_route(object: Object<'_>, notes: &mut ReadNotes) -> Option<UserRoute> {
    let text = object.raw_text("addressPrefix");
    let tag = |text: &str| {
        text.starts_with(|letter: char| letter.is_ascii_alphabetic()) && !text.contains([':', '/'])
    };
    let destination = match text {
        Some(text) if tag(text) => Some(Destination::Tag(object.text("addressPrefix")?)),
        Some(_) => object.prefix("addressPrefix", notes).map(Destination::Prefix),
        None => {
            notes.add(ExportTolerance::OddValue, "routes.addressPrefix");
            None
        }
    };
    let Some(next_hop_type) = object.text("nextHopType") else {
        notes.add(ExportTolerance::OddValue, "routes.nextHopType");
        return None;
    };
    let next_hop = object.raw_text("nextHopIpAddress").and_then(|text| text.parse().ok());
    Some(UserRoute { destination: destination?, next_hop_type, next_hop })
}

/// Reads the gateway of a virtual network or of a hub, with the connections that a hub's gateway lists.
pub(super) fn gateway(object: Object<'_>) -> Option<(Gateway, Vec<GatewayConnection>)> {
    let id = object.id();
    let name = name(object, id.as_ref(), "virtualNetworkGateways")?;
    let subnets = object.objects("ipConfigurations").filter_map(|part| part.reference("subnet"));
    let virtual_networks = subnets.filter_map(|subnet| subnet.up_to("virtualNetworks")).collect();
    let kind = object.raw_text("gatewayType");
    let hub = object.has("expressRouteConnections");
    let connections = object.objects("expressRouteConnections").filter_map(connection).collect();
    let gateway = Gateway {
        express_route: hub || kind.is_some_and(|kind| kind.eq_ignore_ascii_case("ExpressRoute")),
        vpn: kind.is_some_and(|kind| kind.eq_ignore_ascii_case("Vpn")),
        sku: object.object("sku").and_then(|sku| sku.text("name")),
        remote_traffic: object.flag("allowRemoteVnetTraffic"),
        wan_traffic: object.flag("allowVirtualWanTraffic"),
        virtual_networks,
        name,
        id,
    };
    Some((gateway, connections))
}

/// Reads a gateway's connection that is not to a circuit.
pub(super) fn tunnel(object: Object<'_>) -> Option<Tunnel> {
    let kind = object.raw_text("connectionType").filter(|kind| !kind.eq_ignore_ascii_case("ExpressRoute"))?;
    Some(Tunnel {
        name: name(object, object.id().as_ref(), "connections")?,
        to_site: kind.eq_ignore_ascii_case("IPsec"),
        gateway: object.reference("virtualNetworkGateway1"),
    })
}

/// Reads a gateway's connection to a circuit; `None` if the connection has no name.
pub(super) fn connection(object: Object<'_>) -> Option<GatewayConnection> {
    let id = object.id();
    let peer = object.reference("peer").or_else(|| object.reference("expressRouteCircuitPeering"));
    let hub_gateway = id.as_ref().and_then(|id| id.up_to("expressRouteGateways"));
    let hub = object.has("expressRouteCircuitPeering");
    Some(GatewayConnection {
        name: name(object, id.as_ref(), "connections")?,
        gateway: object.reference("virtualNetworkGateway1").or(hub_gateway),
        hub,
        circuit: peer.and_then(|peer| peer.up_to("expressRouteCircuits")),
        weight: object.number_u32("routingWeight").unwrap_or(0),
        fast_path: object.flag("expressRouteGatewayBypass").unwrap_or(false),
    })
}
