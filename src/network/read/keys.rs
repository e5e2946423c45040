//! The allowed keys of each mapping in the format.

pub(in crate::network) const NETWORK: &[&str] = &[
    "version",
    "name",
    "cloud",
    "sites",
    "wan",
    "nat64",
    "circuits",
    "virtual_networks",
    "virtual_hubs",
    "route_tables",
    "route_maps",
    "prefix_lists",
    "checks",
    "accepted",
    "attested",
    "unsupported",
];
pub(in crate::network) const ACCEPTED: &[&str] = &["code", "at", "reason", "until"];
pub(in crate::network) const ATTESTED: &[&str] = &["item", "by", "on", "note"];
pub(in crate::network) const UNSUPPORTED: &[&str] = &["what", "effect", "source"];
pub(in crate::network) const SITE: &[&str] = &[
    "name",
    "prefixes",
    "autonomous_system",
    "internet",
    "circuits",
    "vpn",
    "static_routes",
    "proxy",
    "published",
    "decision_process",
];
pub(in crate::network) const PROXY: &[&str] = &["site", "for", "except", "over"];
pub(in crate::network) const WAN: &[&str] =
    &["name", "sites", "metric", "bandwidth", "peak", "state", "announces"];
pub(in crate::network) const NAT64: &[&str] = &["prefix", "site", "pool"];
pub(in crate::network) const PUBLISHED: &[&str] = &["name", "addresses"];
pub(in crate::network) const ATTACHMENT: &[&str] = &["name", "import", "metric", "connections", "stateful"];
pub(in crate::network) const INTERNET: &[&str] = &[
    "name",
    "nat",
    "default_route",
    "provider_autonomous_system",
    "state",
    "routes",
    "advertised",
    "import",
    "stateful",
    "inbound_source_nat",
    "bandwidth",
    "peak",
    "peer_addresses",
    "deny",
];
pub(in crate::network) const DENY: &[&str] = &["prefix", "tag", "product", "community", "except"];
pub(in crate::network) const SELECTOR: &[&str] = &["prefix", "tag", "product", "community"];
pub(in crate::network) const VPN: &[&str] =
    &["name", "virtual_networks", "virtual_hub", "prefixes", "advertised", "over", "state", "import"];
pub(in crate::network) const STATIC_ROUTE: &[&str] =
    &["prefix", "tag", "product", "community", "via", "distance"];
pub(in crate::network) const DECISION_PROCESS: &[&str] = &[
    "steps",
    "max_paths",
    "multipath_relax",
    "always_compare_med",
    "missing_med_as_worst",
    "compare_router_id",
];
pub(in crate::network) const CIRCUIT: &[&str] = &[
    "name",
    "peering_location",
    "sku",
    "bandwidth",
    "provider",
    "port",
    "billing",
    "egress_price",
    "created",
    "authorized",
    "microsoft_peering",
    "private_peering",
    "global_reach",
];
pub(in crate::network) const MICROSOFT_PEERING: &[&str] = &[
    "route_filter",
    "advertised",
    "nat",
    "inbound_source_nat",
    "autonomous_system",
    "state",
    "import",
    "prepend",
    "primary",
    "secondary",
];
pub(in crate::network) const PRIVATE_PEERING: &[&str] = &[
    "virtual_networks",
    "advertised",
    "autonomous_system",
    "state",
    "import",
    "prepend",
    "primary",
    "secondary",
];
pub(in crate::network) const MICROSOFT_CONNECTION: &[&str] = &[
    "state",
    "bfd",
    "bfd_interval",
    "hold_time",
    "import",
    "prepend",
    "advertised",
    "nat",
    "learned",
    "peak",
    "peer_addresses",
];
pub(in crate::network) const PRIVATE_CONNECTION: &[&str] = &[
    "state",
    "bfd",
    "bfd_interval",
    "hold_time",
    "import",
    "prepend",
    "advertised",
    "learned",
    "peak",
    "peer_addresses",
];
pub(in crate::network) const VIRTUAL_NETWORK: &[&str] = &[
    "name",
    "region",
    "prefixes",
    "subnets",
    "appliances",
    "route_server",
    "gateway",
    "peerings",
    "bgp_community",
];
pub(in crate::network) const ROUTE_SERVER: &[&str] = &["peers", "branch_to_branch", "routing_preference"];
pub(in crate::network) const ROUTE_SERVER_PEER: &[&str] =
    &["appliance", "autonomous_system", "state", "next_hop", "through", "advertises"];
pub(in crate::network) const INJECTED_ROUTE: &[&str] =
    &["prefix", "as_path", "next_hop", "through", "no_advertise"];
pub(in crate::network) const SUBNET: &[&str] = &[
    "name",
    "prefixes",
    "route_table",
    "service_endpoints",
    "private_endpoints",
    "private_endpoint_network_policies",
    "default_outbound_access",
    "nat_gateway",
    "public_addresses",
];
pub(in crate::network) const PRIVATE_ENDPOINT: &[&str] = &["name", "address"];
pub(in crate::network) const APPLIANCE: &[&str] =
    &["name", "addresses", "stateful", "snat_private_ranges", "throughput", "deny"];
pub(in crate::network) const GATEWAY: &[&str] = &[
    "sku",
    "circuits",
    "vpn",
    "autonomous_system",
    "active_active",
    "allow_remote_virtual_network_traffic",
    "allow_virtual_wan_traffic",
    "summarized_gateway_prefixes",
];
pub(in crate::network) const GATEWAY_CIRCUIT: &[&str] = &["circuit", "weight", "fast_path"];
pub(in crate::network) const GATEWAY_VPN: &[&str] = &["site", "dual_stack"];
pub(in crate::network) const VIRTUAL_NETWORK_PEERING: &[&str] = &[
    "virtual_network",
    "allow_virtual_network_access",
    "allow_forwarded_traffic",
    "allow_gateway_transit",
    "use_remote_gateways",
    "global",
    "peer_complete_virtual_networks",
    "local_subnets",
    "remote_subnets",
];
pub(in crate::network) const VIRTUAL_HUB: &[&str] = &[
    "name",
    "region",
    "prefix",
    "routing_preference",
    "circuits",
    "connections",
    "branches_propagate",
    "route_tables",
    "routing_intent",
    "bgp_peers",
];
pub(in crate::network) const HUB_CIRCUIT: &[&str] = &["circuit", "weight", "internet_security"];
pub(in crate::network) const HUB_CONNECTION: &[&str] = &[
    "virtual_network",
    "associated",
    "propagates",
    "static_routes",
    "propagate_static_routes",
    "bypass_next_hop",
    "internet_security",
];
pub(in crate::network) const HUB_STATIC_ROUTE: &[&str] = &["prefix", "next_hop"];
pub(in crate::network) const HUB_ROUTE_TABLE: &[&str] = &["name", "labels", "routes"];
pub(in crate::network) const HUB_TABLE_ROUTE: &[&str] = &["prefix", "virtual_network"];
pub(in crate::network) const ROUTING_INTENT: &[&str] = &["private", "internet", "private_prefixes", "deny"];
pub(in crate::network) const HUB_BGP_PEER: &[&str] = &["address", "advertised", "as_path_length"];
pub(in crate::network) const ROUTE_TABLE: &[&str] = &["name", "disable_bgp_route_propagation", "routes"];
pub(in crate::network) const USER_ROUTE: &[&str] = &["prefix", "next_hop"];
pub(in crate::network) const PREFIX_LIST: &[&str] = &["name", "entries"];
pub(in crate::network) const ROUTE_MAP: &[&str] = &["name", "clauses"];
pub(in crate::network) const CLAUSE: &[&str] = &["match", "set", "action"];
pub(in crate::network) const MATCH: &[&str] =
    &["communities", "prefix_list", "as_paths", "next_hops", "peers", "origin"];
pub(in crate::network) const SET: &[&str] =
    &["local_preference", "weight", "med", "prepend", "communities", "add_communities", "remove_communities"];
