//! From the tree of values to a [`Network`], with all that is wrong on the way.
//!
//! Names are gathered before anything else, so that a reference to a circuit with a mistake in it is
//! not a second complaint. The index of an entry in the file's list is its id; since a network is
//! handed out only without errors, the two agree.

mod accepted;
mod appliance;
mod autonomous;
mod checks;
mod circuit;
mod connection;
mod hub_links;
mod links;
mod peering;
mod policy;
mod published;
mod references;
mod route_server;
mod site;
mod subnet;
mod translation;
mod unsupported;
mod user_route;
mod values;
mod virtual_hub;
mod vnet;
mod wan;

use super::dialect::NETWORK_FILE;
use super::fields::{Fields, Reader, quoted};
use super::names::Names;
use super::suggest::nearest;
use super::tree::{Entry, Kind, Node};
use super::{Circuit, Network, Site};
use crate::catalog::Cloud;
use crate::diag::{Code, Diagnostic, Diagnostics, Source, Span, Spanned};
use references::Declared;

/// The keys of each mapping of the format.
pub(super) mod keys {
    pub(in super::super) const NETWORK: &[&str] = &[
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
        "unsupported",
    ];
    pub(in super::super) const ACCEPTED: &[&str] = &["code", "at", "reason", "until"];
    pub(in super::super) const UNSUPPORTED: &[&str] = &["what", "effect", "source"];
    pub(in super::super) const SITE: &[&str] = &[
        "name",
        "prefixes",
        "autonomous_system",
        "internet",
        "circuits",
        "vpn",
        "static_routes",
        "published",
        "decision_process",
    ];
    pub(in super::super) const WAN: &[&str] = &["name", "sites", "metric", "bandwidth", "state", "announces"];
    pub(in super::super) const NAT64: &[&str] = &["prefix", "site", "pool"];
    pub(in super::super) const PUBLISHED: &[&str] = &["name", "addresses"];
    pub(in super::super) const ATTACHMENT: &[&str] = &["name", "import", "metric", "connections"];
    pub(in super::super) const INTERNET: &[&str] = &[
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
    ];
    pub(in super::super) const VPN: &[&str] =
        &["name", "virtual_networks", "virtual_hub", "prefixes", "advertised", "over", "state", "import"];
    pub(in super::super) const STATIC_ROUTE: &[&str] = &["prefix", "via"];
    pub(in super::super) const DECISION_PROCESS: &[&str] = &[
        "steps",
        "max_paths",
        "multipath_relax",
        "always_compare_med",
        "missing_med_as_worst",
        "compare_router_id",
    ];
    pub(in super::super) const CIRCUIT: &[&str] = &[
        "name",
        "peering_location",
        "sku",
        "bandwidth",
        "provider",
        "port",
        "created",
        "authorized",
        "microsoft_peering",
        "private_peering",
        "global_reach",
    ];
    pub(in super::super) const MICROSOFT_PEERING: &[&str] = &[
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
    pub(in super::super) const PRIVATE_PEERING: &[&str] = &[
        "virtual_networks",
        "advertised",
        "autonomous_system",
        "state",
        "import",
        "prepend",
        "primary",
        "secondary",
    ];
    pub(in super::super) const MICROSOFT_CONNECTION: &[&str] = &[
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
    pub(in super::super) const PRIVATE_CONNECTION: &[&str] = &[
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
    pub(in super::super) const VIRTUAL_NETWORK: &[&str] = &[
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
    pub(in super::super) const ROUTE_SERVER: &[&str] = &["peers", "branch_to_branch", "routing_preference"];
    pub(in super::super) const ROUTE_SERVER_PEER: &[&str] =
        &["appliance", "autonomous_system", "state", "next_hop", "through", "advertises"];
    pub(in super::super) const INJECTED_ROUTE: &[&str] =
        &["prefix", "as_path", "next_hop", "through", "no_advertise"];
    pub(in super::super) const SUBNET: &[&str] = &[
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
    pub(in super::super) const PRIVATE_ENDPOINT: &[&str] = &["name", "address"];
    pub(in super::super) const APPLIANCE: &[&str] =
        &["name", "addresses", "stateful", "snat_private_ranges", "throughput"];
    pub(in super::super) const GATEWAY: &[&str] = &[
        "sku",
        "circuits",
        "vpn",
        "autonomous_system",
        "active_active",
        "allow_remote_virtual_network_traffic",
        "allow_virtual_wan_traffic",
        "summarized_gateway_prefixes",
    ];
    pub(in super::super) const GATEWAY_CIRCUIT: &[&str] = &["circuit", "weight", "fast_path"];
    pub(in super::super) const GATEWAY_VPN: &[&str] = &["site", "dual_stack"];
    pub(in super::super) const VIRTUAL_NETWORK_PEERING: &[&str] = &[
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
    pub(in super::super) const VIRTUAL_HUB: &[&str] = &[
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
    pub(in super::super) const HUB_CIRCUIT: &[&str] = &["circuit", "weight", "internet_security"];
    pub(in super::super) const HUB_CONNECTION: &[&str] = &[
        "virtual_network",
        "associated",
        "propagates",
        "static_routes",
        "propagate_static_routes",
        "bypass_next_hop",
        "internet_security",
    ];
    pub(in super::super) const HUB_STATIC_ROUTE: &[&str] = &["prefix", "next_hop"];
    pub(in super::super) const HUB_ROUTE_TABLE: &[&str] = &["name", "labels", "routes"];
    pub(in super::super) const HUB_TABLE_ROUTE: &[&str] = &["prefix", "virtual_network"];
    pub(in super::super) const ROUTING_INTENT: &[&str] = &["private", "internet", "private_prefixes"];
    pub(in super::super) const HUB_BGP_PEER: &[&str] = &["address", "advertised", "as_path_length"];
    pub(in super::super) const ROUTE_TABLE: &[&str] = &["name", "disable_bgp_route_propagation", "routes"];
    pub(in super::super) const USER_ROUTE: &[&str] = &["prefix", "next_hop"];
    pub(in super::super) const PREFIX_LIST: &[&str] = &["name", "entries"];
    pub(in super::super) const ROUTE_MAP: &[&str] = &["name", "clauses"];
    pub(in super::super) const CLAUSE: &[&str] = &["match", "set", "action"];
    pub(in super::super) const MATCH: &[&str] =
        &["communities", "prefix_list", "as_paths", "next_hops", "peers", "origin"];
    pub(in super::super) const SET: &[&str] = &[
        "local_preference",
        "weight",
        "med",
        "prepend",
        "communities",
        "add_communities",
        "remove_communities",
    ];
}

/// The version of the format that this program reads.
pub(super) const VERSION: &str = "1";

/// Judges the tree.
pub(super) fn lower(root: &Node, source: &Source, names: &Names<'_>) -> (Option<Network>, Diagnostics) {
    let reader = Reader { dialect: &NETWORK_FILE, source, diagnostics: Diagnostics::new() };
    let mut lowering = Lowering { reader, names, declared: Declared::default(), through: Vec::new() };
    let network = lowering.network(root);
    let diagnostics = lowering.reader.diagnostics;
    (network.filter(|_| !diagnostics.has_errors()), diagnostics)
}

struct Lowering<'a> {
    reader: Reader<'a>,
    names: &'a Names<'a>,
    /// What the file's entries call themselves, by index.
    declared: Declared,
    /// The appliances that tunnels of other appliances lead to, by name, and where each is named.
    through: Vec<(Span, String)>,
}

impl Lowering<'_> {
    fn network(&mut self, root: &Node) -> Option<Network> {
        let start = Span::new(root.span.start, 0);
        let fields = self.reader.fields(root, "the network file", keys::NETWORK, start)?;
        if !self.version(&fields) {
            return None;
        }
        self.declared = Declared::gather(root);
        let name = self.reader.optional_text(&fields, "name");
        if let Some(name) = &name {
            self.reader.name(name);
        }
        let cloud = self.cloud(&fields);
        // In the order in which a mistake in one may keep the next from being judged.
        let prefix_lists = self.entries(&fields, "prefix_lists", Self::prefix_list);
        let lists: Vec<_> =
            prefix_lists.iter().map(|list| list.as_ref().map(|list| list.list.clone())).collect();
        let route_maps =
            self.entries(&fields, "route_maps", |lowering, node| lowering.route_map(node, &lists));
        let route_tables = self.entries(&fields, "route_tables", Self::route_table);
        let virtual_networks = self.entries(&fields, "virtual_networks", Self::virtual_network);
        let circuits = self.entries(&fields, "circuits", Self::circuit);
        let around = virtual_hub::Around { circuits: &circuits, networks: &virtual_networks };
        let virtual_hubs =
            self.entries(&fields, "virtual_hubs", |lowering, node| lowering.virtual_hub(node, &around));
        let virtual_hubs = self.virtual_hubs(virtual_hubs);
        let sites = self
            .reader
            .required(&fields, "sites", "[{name: amsterdam, prefixes: [10.10.0.0/16]}]")
            .map(|entry| self.sites(entry, &circuits))
            .unwrap_or_default();
        let wan = fields.get("wan").map(|_| self.entries(&fields, "wan", Self::wan_link));
        if wan.is_some() {
            self.metrics_beside_links(&sites);
        }
        let nat64 = self.entries(&fields, "nat64", |lowering, node| lowering.nat64(node, &sites));
        let nat64: Vec<_> = nat64.into_iter().flatten().collect();
        self.nat64_once(&nat64);
        // An index of a list without gaps is an id; with gaps, nothing that goes by id can be judged.
        let whole = virtual_networks.iter().all(Option::is_some)
            && circuits.iter().all(Option::is_some)
            && virtual_hubs.iter().all(Option::is_some)
            && sites.iter().all(Option::is_some);
        let mut network = Network {
            name: name.map_or_else(|| stem(self.reader.source.name()), |name| name.value),
            cloud,
            sites: sites.into_iter().flatten().collect(),
            wan: wan.map(|links| links.into_iter().flatten().collect()),
            nat64,
            circuits: circuits.into_iter().flatten().collect(),
            virtual_networks: virtual_networks.into_iter().flatten().collect(),
            virtual_hubs: virtual_hubs.into_iter().flatten().collect(),
            route_maps: route_maps.into_iter().flatten().collect(),
            prefix_lists: prefix_lists.into_iter().flatten().collect(),
            route_tables: route_tables.into_iter().flatten().collect(),
            accepted: self.entries(&fields, "accepted", Self::accepted).into_iter().flatten().collect(),
            source: self.reader.source.clone(),
            edges: Vec::new(),
            announced: Vec::new(),
        };
        network.find_edges();
        self.unsupported(&fields);
        checks::check(&mut self.reader, &network);
        if whole {
            links::link(&mut self.reader, &mut network);
            route_server::link(&mut self.reader, &mut network, &self.through);
            hub_links::link(&mut self.reader, &mut network);
        }
        network.find_announced();
        Some(network)
    }

    /// The entries of a list of mappings, `None` where one has an error that leaves nothing of it.
    fn entries<T>(
        &mut self,
        fields: &Fields<'_>,
        key: &str,
        mut lower: impl FnMut(&mut Self, &Node) -> Option<T>,
    ) -> Vec<Option<T>> {
        let items = self.reader.list(fields.get(key), "[{name: …}]");
        items.iter().map(|node| lower(self, node)).collect()
    }

    /// Whether the file is of the version that is read here; another may mean anything.
    fn version(&mut self, fields: &Fields<'_>) -> bool {
        let Some(entry) = self.reader.required(fields, "version", VERSION) else { return true };
        match &entry.value.kind {
            Kind::Scalar { text, plain: true } if text == VERSION => true,
            Kind::Scalar { text, plain: false } if text == VERSION => {
                let help = format!("write `version: {VERSION}` without quotes");
                self.reader.wrong_type(&entry.value, entry.key.span, "`version` is a number", &help);
                true
            }
            Kind::Scalar { text, plain: true } if entry.value.what() == "a number" => {
                self.reader.error(
                    Code::NETWORK_VERSION,
                    entry.value.span,
                    format!("the network file has version {text}, which this program does not know"),
                    format!("this program reads version {VERSION}; a newer file needs a newer program"),
                );
                false
            }
            _ => {
                let help = format!("write `version: {VERSION}`");
                self.reader.wrong_type(&entry.value, entry.key.span, "`version` is a number", &help);
                true
            }
        }
    }

    fn cloud(&mut self, fields: &Fields<'_>) -> Cloud {
        let Some(text) = self.reader.optional_text(fields, "cloud") else { return self.names.cloud };
        let Ok(cloud) = text.value.parse::<Cloud>() else {
            self.not_one_of("cloud", &text, &Cloud::ALL.map(Cloud::name));
            return self.names.cloud;
        };
        if cloud != self.names.cloud {
            self.reader.error(
                Code::NETWORK_CLOUD,
                text.span,
                format!(
                    "the network is in the cloud `{cloud}`, the catalog is that of `{}`",
                    self.names.cloud
                ),
                format!("Microsoft's clouds share neither addresses nor circuits: use `--cloud {cloud}`"),
            );
        }
        cloud
    }

    fn sites(&mut self, entry: &Entry, circuits: &[Option<Circuit>]) -> Vec<Option<Site>> {
        let items = self.reader.list(Some(entry), "[{name: amsterdam, prefixes: [10.10.0.0/16]}]");
        if items.is_empty() && matches!(entry.value.kind, Kind::List(_)) {
            self.reader.error(
                Code::NETWORK_EMPTY,
                entry.key.span,
                "the network has no site",
                "traffic begins at a site: give at least one, with the prefixes of its clients",
            );
        }
        items.iter().map(|node| self.site(node, circuits)).collect()
    }

    /// The name of an entry; it goes into command lines and lists, so a few characters are kept out.
    fn name(&mut self, fields: &Fields<'_>, example: &str) -> Option<Spanned<String>> {
        let name = self.reader.required_text(fields, "name", example)?;
        self.reader.name(&name);
        let odd = |letter: char| letter.is_control() || matches!(letter, '/' | ';' | ',' | '`');
        if name.value.contains(odd) || name.value.trim() != name.value {
            self.reader.error(
                Code::NETWORK_VALUE,
                name.span,
                format!("`{}` cannot be a name", name.value.escape_debug()),
                "leave out `/`, `;`, `,`, backticks, control characters, and spaces at either end",
            );
        }
        Some(name)
    }

    /// The word of an optional key, one of those that `name` gives.
    fn word<T: Copy>(
        &mut self,
        fields: &Fields<'_>,
        key: &str,
        all: &[T],
        name: impl Fn(T) -> &'static str,
    ) -> Option<Spanned<T>> {
        let text = self.reader.optional_text(fields, key)?;
        let found = all.iter().copied().find(|value| name(*value) == text.value);
        if found.is_none() {
            let words: Vec<&str> = all.iter().map(|value| name(*value)).collect();
            self.not_one_of(key, &text, &words);
        }
        found.map(|value| Spanned::new(value, text.span))
    }

    /// Notes a word that is none of the allowed ones.
    fn not_one_of(&mut self, key: &str, text: &Spanned<String>, allowed: &[&str]) {
        let help = match nearest(&text.value, allowed.iter().copied()) {
            Some(word) => format!("did you mean `{word}`?"),
            None => format!("one of {}", quoted(allowed)),
        };
        let message = format!("`{}` is no value of `{key}`", text.value);
        self.reader.error(Code::NETWORK_VALUE, text.span, message, help);
    }
}

/// A file's name without folders and extension.
fn stem(path: &str) -> String {
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
    name.split_once('.').map_or(name, |(stem, _)| stem).to_owned()
}

/// Notes that a name stands for two things.
fn duplicate(reader: &mut Reader<'_>, what: &str, name: &str, again: Span, first: Span) {
    let diagnostic = Diagnostic::error(
        Code::NETWORK_DUPLICATE_NAME,
        reader.source,
        format!("two {what} have the name `{name}`"),
    )
    .at(again, "again here")
    .at(first, "first here")
    .help("give each its own name: reports and references go by it");
    reader.diagnostics.push(diagnostic);
}
