//! The merge table: how each key of a network file is merged.
//!
//! Each mapping that the declared side can change has a [`Mapping`] here, with one rule for each of its keys. All other
//! mappings are nested in keys whose value in the file is kept. A test compares the table with the JSON Schema, so a
//! new key in the format needs a rule.

use Rule::{Drop, Entries, Keep, Listed, Part, Peering, Take, TakeIfSet};
use When::{Always, Associated, Declared, FilterDeclared};

/// The rules for a mapping in the file.
#[derive(Debug)]
pub(super) struct Mapping {
    /// The type of the Azure resource that the mapping represents, as in the resource's id. A mapping without a type
    /// belongs to the enclosing resource.
    pub(super) resource: Option<&'static str>,
    /// Each key with its rule.
    pub(super) keys: &'static [(&'static str, Rule)],
}

/// How a key is merged. The file's side is the existing network file; the declared side comes from the plan or the
/// template.
#[derive(Debug)]
pub(super) enum Rule {
    /// The file's value stays, with everything nested in it. The declared side never has a value for the key.
    Keep,
    /// The declared value replaces the file's value; without a declared value, the key is removed.
    Take(When),
    /// The declared value replaces the file's value; without a declared value, the file's value stays.
    TakeIfSet(When),
    /// The key is removed, because its value was observed before the change.
    Drop,
    /// A mapping that is part of the same resource and is merged key by key.
    Part(&'static Mapping),
    /// A mapping that is a resource of its own.
    Peering {
        /// The name of the resource in its circuit.
        name: &'static str,
        /// The condition under which the mapping is merged key by key; otherwise the file's mapping stays.
        merged: When,
        /// The keys of the mapping.
        mapping: &'static Mapping,
    },
    /// A list of resources, which are matched by name, ignoring case, and merged key by key. They keep the order of the
    /// file; new resources follow. A resource that is declared on the other side but not on this one is removed.
    Entries(&'static Mapping),
    /// A list in which the declared items follow the items of the file that stay.
    Listed {
        /// The file's items that are removed if the declared side does not have them.
        removed: Removed,
        /// How items that are mappings are matched and merged.
        items: Option<Items>,
    },
}

/// How list items that are mappings are matched and merged. A declared item replaces the matching item in the file.
#[derive(Debug)]
pub(super) struct Items {
    /// Two items match if any of these keys has the same value in both.
    pub(super) same: &'static [&'static str],
    /// The keys of each item.
    pub(super) mapping: &'static Mapping,
}

/// The condition under which a declared value is used; otherwise the file's value stays.
#[derive(Clone, Copy, Debug)]
pub(super) enum When {
    /// No condition.
    Always,
    /// The resource itself is declared on either side. Otherwise it is only a stand-in for a resource in the file.
    Declared,
    /// The subnet is declared, or its association with a route table is declared.
    Associated,
    /// The peering is declared, and so is its route filter.
    FilterDeclared,
}

/// Which of the file's items are removed from a list.
#[derive(Clone, Copy, Debug)]
pub(super) enum Removed {
    /// No items.
    None,
    /// All items.
    All,
    /// Resources of this type that are declared on either side, matched by name.
    Named(&'static str),
    /// Virtual networks of a circuit to which a connection is declared on either side, matched by name.
    NetworksLinked,
    /// Circuits of a virtual network's gateway to which a connection is declared on either side.
    CircuitsLinked,
    /// Peerings between two virtual networks that are both declared.
    BothEndsDeclared,
}

/// The file itself. Only Azure's side of a network is declared, so the customer's side stays as it is.
pub(super) static NETWORK: Mapping = Mapping {
    resource: None,
    keys: &[
        ("version", Keep),
        ("name", Keep),
        ("cloud", Keep),
        ("sites", Keep),
        ("wan", Keep),
        ("nat64", Keep),
        ("circuits", Entries(&CIRCUIT)),
        ("virtual_networks", Entries(&VIRTUAL_NETWORK)),
        ("virtual_hubs", Keep),
        (
            "route_tables",
            Listed {
                removed: Removed::Named("routetables"),
                items: Some(Items { same: &["name"], mapping: &ROUTE_TABLE }),
            },
        ),
        ("route_maps", Keep),
        ("prefix_lists", Keep),
        ("checks", Keep),
        ("accepted", Keep),
        ("attested", Keep),
        (
            "unsupported",
            Listed { removed: Removed::None, items: Some(Items { same: &[], mapping: &UNSUPPORTED }) },
        ),
    ],
};

static UNSUPPORTED: Mapping = Mapping {
    resource: None,
    keys: &[("what", Take(Always)), ("effect", Take(Always)), ("source", Take(Always))],
};

static CIRCUIT: Mapping = Mapping {
    resource: Some("expressroutecircuits"),
    keys: &[
        ("name", Keep),
        ("peering_location", Take(Declared)),
        ("sku", Take(Declared)),
        ("bandwidth", Take(Declared)),
        ("provider", TakeIfSet(Declared)),
        ("port", TakeIfSet(Declared)),
        ("billing", TakeIfSet(Declared)),
        ("egress_price", Keep),
        ("created", Keep),
        ("authorized", Keep),
        (
            "microsoft_peering",
            Peering { name: "microsoftpeering", merged: Declared, mapping: &MICROSOFT_PEERING },
        ),
        // A declared connection changes the virtual networks of a peering even if the peering itself is not declared.
        (
            "private_peering",
            Peering { name: "azureprivatepeering", merged: Always, mapping: &PRIVATE_PEERING },
        ),
        ("global_reach", Keep),
    ],
};

static MICROSOFT_PEERING: Mapping = Mapping {
    resource: Some("expressroutecircuits/peerings"),
    keys: &[
        ("route_filter", Take(FilterDeclared)),
        ("advertised", Take(Declared)),
        ("nat", Keep),
        ("inbound_source_nat", Keep),
        ("autonomous_system", Take(Declared)),
        ("state", Take(Declared)),
        ("import", Keep),
        ("prepend", Keep),
        ("primary", Part(&MICROSOFT_CONNECTION)),
        ("secondary", Part(&MICROSOFT_CONNECTION)),
    ],
};

static PRIVATE_PEERING: Mapping = Mapping {
    resource: Some("expressroutecircuits/peerings"),
    keys: &[
        ("virtual_networks", Listed { removed: Removed::NetworksLinked, items: None }),
        ("advertised", Keep),
        ("autonomous_system", Take(Declared)),
        ("state", Take(Declared)),
        ("import", Keep),
        ("prepend", Keep),
        ("primary", Part(&PRIVATE_CONNECTION)),
        ("secondary", Part(&PRIVATE_CONNECTION)),
    ],
};

static MICROSOFT_CONNECTION: Mapping = Mapping {
    resource: None,
    keys: &[
        ("state", Keep),
        ("bfd", Keep),
        ("bfd_interval", Keep),
        ("hold_time", Keep),
        ("import", Keep),
        ("prepend", Keep),
        ("advertised", Keep),
        ("nat", Keep),
        // The prefixes exported with the old route filter do not apply to the new one.
        ("learned", Drop),
        ("peak", Keep),
        ("peer_addresses", TakeIfSet(Always)),
    ],
};

static PRIVATE_CONNECTION: Mapping = Mapping {
    resource: None,
    keys: &[
        ("state", Keep),
        ("bfd", Keep),
        ("bfd_interval", Keep),
        ("hold_time", Keep),
        ("import", Keep),
        ("prepend", Keep),
        ("advertised", Keep),
        // The prefixes exported with the old virtual networks do not apply to the new ones.
        ("learned", Drop),
        ("peak", Keep),
        ("peer_addresses", TakeIfSet(Always)),
    ],
};

static VIRTUAL_NETWORK: Mapping = Mapping {
    resource: Some("virtualnetworks"),
    keys: &[
        ("name", Keep),
        ("region", TakeIfSet(Declared)),
        ("prefixes", Take(Declared)),
        ("subnets", Entries(&SUBNET)),
        ("appliances", Keep),
        ("route_server", Keep),
        ("gateway", Part(&GATEWAY)),
        (
            "peerings",
            Listed {
                removed: Removed::BothEndsDeclared,
                items: Some(Items { same: &["virtual_network"], mapping: &VIRTUAL_NETWORK_PEERING }),
            },
        ),
        ("bgp_community", Take(Declared)),
    ],
};

static SUBNET: Mapping = Mapping {
    resource: Some("virtualnetworks/subnets"),
    keys: &[
        ("name", Take(Declared)),
        ("prefixes", Take(Declared)),
        ("route_table", Take(Associated)),
        ("service_endpoints", Take(Declared)),
        (
            "private_endpoints",
            Listed {
                removed: Removed::Named("privateendpoints"),
                items: Some(Items { same: &["name", "address"], mapping: &PRIVATE_ENDPOINT }),
            },
        ),
        ("private_endpoint_network_policies", Take(Declared)),
        ("default_outbound_access", Take(Declared)),
        ("nat_gateway", Take(Declared)),
        ("public_addresses", Keep),
    ],
};

static PRIVATE_ENDPOINT: Mapping =
    Mapping { resource: None, keys: &[("name", Take(Always)), ("address", Take(Always))] };

/// The gateway has no name in the file, so it is never removed, and its declared values are always used.
static GATEWAY: Mapping = Mapping {
    resource: None,
    keys: &[
        ("sku", TakeIfSet(Always)),
        (
            "circuits",
            Listed {
                removed: Removed::CircuitsLinked,
                items: Some(Items { same: &["circuit"], mapping: &GATEWAY_CIRCUIT }),
            },
        ),
        ("vpn", Keep),
        ("autonomous_system", Keep),
        ("active_active", Keep),
        ("allow_remote_virtual_network_traffic", TakeIfSet(Always)),
        ("allow_virtual_wan_traffic", TakeIfSet(Always)),
        ("summarized_gateway_prefixes", TakeIfSet(Always)),
    ],
};

static GATEWAY_CIRCUIT: Mapping = Mapping {
    resource: None,
    keys: &[("circuit", Take(Always)), ("weight", Take(Always)), ("fast_path", Take(Always))],
};

static VIRTUAL_NETWORK_PEERING: Mapping = Mapping {
    resource: None,
    keys: &[
        ("virtual_network", Take(Always)),
        ("allow_virtual_network_access", Take(Always)),
        ("allow_forwarded_traffic", Take(Always)),
        ("allow_gateway_transit", Take(Always)),
        ("use_remote_gateways", Take(Always)),
        // This value follows from the regions, which are known on the declared side.
        ("global", Take(Always)),
        ("peer_complete_virtual_networks", Take(Always)),
        ("local_subnets", Take(Always)),
        ("remote_subnets", Take(Always)),
    ],
};

static ROUTE_TABLE: Mapping = Mapping {
    resource: None,
    keys: &[
        ("name", Take(Always)),
        ("disable_bgp_route_propagation", Take(Always)),
        (
            "routes",
            Listed { removed: Removed::All, items: Some(Items { same: &["prefix"], mapping: &USER_ROUTE }) },
        ),
    ],
};

static USER_ROUTE: Mapping =
    Mapping { resource: None, keys: &[("prefix", Take(Always)), ("next_hop", Take(Always))] };
