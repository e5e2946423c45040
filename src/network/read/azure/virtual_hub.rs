//! Reads one virtual hub at a time. References between hubs are resolved in
//! [`crate::network::read::azure::hub_links`].

use std::net::IpAddr;

use crate::addr::{Family, IpPrefix};
use crate::diag::{Code, Diagnostic, Span, Spanned};
use crate::network::read::references::Named;
use crate::network::read::{Conversion, keys};
use crate::network::{
    Circuit, CircuitId, HubBgpPeer, HubCircuit, HubConnection, HubFirewallId, HubRouteTable, HubStaticRoute,
    HubTableId, HubTableRoute, RoutingIntent, RoutingPreference, VirtualHub, VirtualNetwork,
    VirtualNetworkId,
};
use crate::yaml::fields::Fields;
use crate::yaml::tree::{Kind, Node};

/// The maximum weight in Azure (`routingWeight` of a connection).
const MAX_WEIGHT: u32 = 32_000;

/// The names of the tables and labels, in any hub, that a hub refers to.
pub(in crate::network::read) type Words = Option<Vec<Spanned<String>>>;

/// A hub with the names to resolve after all hubs are known.
pub(in crate::network::read) struct Written {
    pub(in crate::network::read) hub: VirtualHub,
    /// The tables and labels for the branches, and those for each connection.
    pub(in crate::network::read) branches: Words,
    pub(in crate::network::read) connections: Vec<Words>,
}

/// The entries that a hub may refer to.
pub(in crate::network::read) struct Around<'a> {
    pub(in crate::network::read) circuits: &'a [Option<Circuit>],
    pub(in crate::network::read) networks: &'a [Option<VirtualNetwork>],
}

impl Around<'_> {
    fn holds(&self, id: VirtualNetworkId, address: IpAddr) -> bool {
        let own = self.networks.get(id.index()).and_then(Option::as_ref);
        own.is_none_or(|own| own.prefixes.iter().any(|prefix| prefix.value.contains(address)))
    }
}

impl Conversion<'_> {
    pub(in crate::network::read) fn virtual_hub(
        &mut self,
        node: &Node,
        around: &Around<'_>,
    ) -> Option<Written> {
        let fields = self.reader.fields(node, "a virtual hub", keys::VIRTUAL_HUB, node.span)?;
        let name = self.name(&fields, "hub-weu");
        let region = self.reader.optional_text(&fields, "region").map(|region| self.region(region));
        let prefix = self.reader.required_text(&fields, "prefix", "10.200.0.0/23");
        let prefix = prefix.and_then(|text| self.reader.prefix(&text)).and_then(|prefix| self.ipv4(prefix));
        let preference =
            self.word(&fields, "routing_preference", &RoutingPreference::ALL, RoutingPreference::name);
        let circuits = self.hub_circuits(&fields, around);
        let (mut seen, mut routes) = (Vec::new(), Vec::new());
        let connections = self.entries(&fields, "connections", |conversion, node| {
            conversion.connection_of(node, &mut seen, around)
        });
        let connections: Vec<(HubConnection, Option<Spanned<String>>, Words)> =
            connections.into_iter().flatten().collect();
        let route_tables = self.route_tables_of(&fields, &mut routes, name.as_ref(), &connections);
        let (firewalls, routing_intent) = self.routing_intent(&fields);
        let bgp_peers = self.entries(&fields, "bgp_peers", |conversion, node| {
            let networks: Vec<VirtualNetworkId> =
                connections.iter().map(|(own, ..)| own.virtual_network).collect();
            conversion.bgp_peer(node, &networks, around)
        });
        let branches = self.words(&fields, "branches_propagate");
        let (mut own, mut words) = (Vec::new(), Vec::new());
        for (mut connection, associated, propagates) in connections {
            if let Some(text) = associated {
                let known = route_tables.iter().position(|table| table.name == text.value);
                let known = known.and_then(|index| u32::try_from(index).ok());
                if known.is_none() {
                    let names: Vec<String> = route_tables.iter().map(|table| table.name.clone()).collect();
                    self.no_such("route table of the hub", &text, &names);
                }
                connection.associated = known.map_or(HubTableId::DEFAULT, HubTableId);
            }
            own.push(connection);
            words.push(propagates);
        }
        let name = name?;
        let hub = VirtualHub {
            name: name.value,
            region,
            prefix: prefix?,
            routing_preference: preference.map(|preference| preference.value).unwrap_or_default(),
            circuits,
            vpn: Vec::new(),
            connections: own,
            branches: Vec::new(),
            route_tables,
            firewalls,
            routing_intent,
            bgp_peers: bgp_peers.into_iter().flatten().collect(),
            span: name.span,
        };
        Some(Written { hub, branches, connections: words })
    }

    /// Rejects an IPv6 prefix, because Virtual WAN supports only IPv4 (Microsoft, *Virtual WAN FAQ*).
    fn ipv4(&mut self, prefix: Spanned<IpPrefix>) -> Option<Spanned<IpPrefix>> {
        if prefix.value.family() == Family::V4 {
            return Some(prefix);
        }
        let message = format!("`{}` is an IPv6 prefix, which virtual hubs do not support", prefix.value);
        let help = "remove the prefix; Virtual WAN supports only IPv4";
        self.reader.error(Code::NETWORK_VALUE, prefix.span, message, help);
        None
    }

    fn hub_circuits(&mut self, fields: &Fields<'_>, around: &Around<'_>) -> Vec<HubCircuit> {
        let (mut circuits, mut seen) = (Vec::new(), Vec::new());
        for item in self.reader.list(fields.get("circuits"), "[er-ams]") {
            let (text, weight, internet_security) = if let Kind::Map(_) = &item.kind {
                let keys = keys::HUB_CIRCUIT;
                let Some(fields) = self.reader.fields(item, "a circuit of a hub", keys, item.span) else {
                    continue;
                };
                let text = self.reader.required_text(&fields, "circuit", "er-ams");
                let weight = self.reader.optional_number(&fields, "weight", &(0..=MAX_WEIGHT));
                (text, weight, self.reader.optional_truth(&fields, "internet_security"))
            } else {
                (self.reader.text(item, item.span, "the name of a circuit"), None, None)
            };
            let Some(text) = text else { continue };
            let Some(index) = self.reference(&text, Named::CIRCUIT) else { continue };
            if !self.push_once(&mut seen, Spanned::new(index, text.span), Named::CIRCUIT, &text.value) {
                continue;
            }
            let entry = around.circuits.get(usize::try_from(index).unwrap_or(usize::MAX));
            if let Some(Some(circuit)) = entry
                && circuit.private_peering.is_none()
            {
                let message =
                    format!("the circuit `{}` has no private peering to connect to the hub", text.value);
                let help = "add a `private_peering` with the `advertised` prefixes to the circuit";
                self.reader.error(Code::NETWORK_GATEWAY, text.span, message, help);
            }
            circuits.push(HubCircuit {
                circuit: CircuitId(index),
                weight: weight.map_or(0, |weight| weight.value),
                internet_security: internet_security.unwrap_or(false),
                span: text.span,
            });
        }
        circuits
    }

    fn connection_of(
        &mut self,
        node: &Node,
        seen: &mut Vec<Spanned<u32>>,
        around: &Around<'_>,
    ) -> Option<(HubConnection, Option<Spanned<String>>, Words)> {
        let fields = self.reader.fields(node, "a connection of a hub", keys::HUB_CONNECTION, node.span)?;
        let text = self.reader.required_text(&fields, "virtual_network", "spoke-weu");
        let associated = self.reader.optional_text(&fields, "associated");
        let propagates = self.words(&fields, "propagates");
        let propagate_static_routes = self.reader.optional_truth(&fields, "propagate_static_routes");
        let bypass = self.reader.optional_truth(&fields, "bypass_next_hop");
        let internet_security = self.reader.optional_truth(&fields, "internet_security");
        let static_routes = self.entries(&fields, "static_routes", |conversion, node| {
            let keys = keys::HUB_STATIC_ROUTE;
            let fields = conversion.reader.fields(node, "a static route of a connection", keys, node.span)?;
            let prefix = conversion.reader.required_text(&fields, "prefix", "10.77.0.0/16");
            let next_hop = conversion.reader.required_text(&fields, "next_hop", "10.70.0.4");
            let prefix = prefix.and_then(|text| conversion.reader.prefix(&text));
            let prefix = prefix.and_then(|prefix| conversion.ipv4(prefix))?;
            Some((prefix, Spanned::new(conversion.reader.address(next_hop.as_ref()?)?.value, next_hop?.span)))
        });
        let text = text?;
        let index = Spanned::new(self.reference(&text, Named::VIRTUAL_NETWORK)?, text.span);
        if !self.push_once(seen, index, Named::VIRTUAL_NETWORK, &text.value) {
            return None;
        }
        let id = VirtualNetworkId(index.value);
        let mut routes = Vec::new();
        for (prefix, next_hop) in static_routes.into_iter().flatten() {
            if !around.holds(id, next_hop.value) {
                let message = format!("`{}` is not an address of `{}`", next_hop.value, text.value);
                let help = "use the address of an appliance in the virtual network of the connection";
                self.reader.error(Code::NETWORK_VALUE, next_hop.span, message, help);
            }
            let again = routes.iter().find(|own: &&HubStaticRoute| own.prefix.value == prefix.value);
            if again.map(|own| self.repeated(prefix, own.prefix.span)).is_none() {
                routes.push(HubStaticRoute { prefix, next_hop: next_hop.value });
            }
        }
        let connection = HubConnection {
            virtual_network: id,
            associated: HubTableId::DEFAULT,
            propagates: Vec::new(),
            static_routes: routes,
            propagate_static_routes: propagate_static_routes.unwrap_or(false),
            bypasses_next_hop: bypass.unwrap_or(false),
            internet_security: internet_security.unwrap_or(true),
            span: text.span,
        };
        Some((connection, associated, propagates))
    }

    /// Reads the names of tables and labels under a key; `None` if the key is missing.
    fn words(&mut self, fields: &Fields<'_>, key: &str) -> Words {
        let entry = fields.get(key)?;
        let items = self.reader.list(Some(entry), "[default]");
        let words: Vec<Spanned<String>> =
            items.iter().filter_map(|item| self.reader.text(item, item.span, "a table or a label")).collect();
        if items.is_empty() && matches!(entry.value.kind, Kind::List(_)) {
            let message = format!("`{key}` is empty");
            let help = "write `[none]` for no table, or remove the key for `[default]`";
            self.reader.error(Code::NETWORK_EMPTY, entry.key.span, message, help);
        }
        if let [_, .., _] = words.as_slice()
            && let Some(none) = words.iter().find(|word| word.value == "none")
        {
            let help = "remove `none`, or remove the other names";
            self.reader.error(
                Code::NETWORK_VALUE,
                none.span,
                "`none` cannot be combined with other tables",
                help,
            );
        }
        Some(words)
    }

    /// Reads the route tables. The Default table comes first.
    fn route_tables_of(
        &mut self,
        fields: &Fields<'_>,
        names: &mut Vec<Spanned<String>>,
        hub: Option<&Spanned<String>>,
        connections: &[(HubConnection, Option<Spanned<String>>, Words)],
    ) -> Vec<HubRouteTable> {
        let written = self.entries(fields, "route_tables", |conversion, node| {
            let keys = keys::HUB_ROUTE_TABLE;
            let fields = conversion.reader.fields(node, "a route table of a hub", keys, node.span)?;
            let name = conversion.name(&fields, "isolated");
            let labels = conversion.reader.list(fields.get("labels"), "[prod]");
            let labels: Vec<String> = labels
                .iter()
                .filter_map(|item| conversion.reader.text(item, item.span, "a label"))
                .map(|text| text.value)
                .collect();
            let routes = conversion
                .entries(&fields, "routes", |conversion, node| conversion.table_route(node, connections));
            let name = name?;
            if name.value == "none" {
                let help = "use another name; `none` means no table";
                conversion.reader.error(
                    Code::NETWORK_VALUE,
                    name.span,
                    "a table cannot be named `none`",
                    help,
                );
            }
            match names.iter().find(|known| known.value == name.value) {
                Some(first) => {
                    let what = "route tables of a hub";
                    crate::network::read::duplicate(
                        &mut conversion.reader,
                        what,
                        &name.value,
                        name.span,
                        first.span,
                    );
                }
                None => names.push(name.clone()),
            }
            let mut own: Vec<HubTableRoute> = Vec::new();
            for route in routes.into_iter().flatten() {
                match own.iter().find(|own| own.prefix.value == route.prefix.value) {
                    Some(first) => conversion.repeated(route.prefix, first.prefix.span),
                    None => own.push(route),
                }
            }
            let routes = own;
            Some(HubRouteTable { name: name.value, labels, routes, span: name.span })
        });
        let (default, others): (Vec<_>, Vec<_>) =
            written.into_iter().flatten().partition(|table| table.name == "default");
        let span = hub.map_or(fields.span, |hub| hub.span);
        let unlisted =
            || HubRouteTable { name: "default".to_owned(), labels: Vec::new(), routes: Vec::new(), span };
        let default = default.into_iter().next().unwrap_or_else(unlisted);
        std::iter::once(default).chain(others).collect()
    }

    /// Reports two static routes for the same prefix.
    fn repeated(&mut self, prefix: Spanned<IpPrefix>, first: Span) {
        let message = format!("there are two static routes for `{}`", prefix.value);
        let diagnostic = Diagnostic::error(Code::NETWORK_STATIC_ROUTE, self.reader.source, message);
        let help = "remove one of the two routes; which of them takes effect is not documented";
        let diagnostic = diagnostic.at(prefix.span, "again here").at(first, "first here").help(help);
        self.reader.diagnostics.push(diagnostic);
    }

    fn table_route(
        &mut self,
        node: &Node,
        connections: &[(HubConnection, Option<Spanned<String>>, Words)],
    ) -> Option<HubTableRoute> {
        let keys = keys::HUB_TABLE_ROUTE;
        let fields = self.reader.fields(node, "a static route in a hub's route table", keys, node.span)?;
        let prefix = self.reader.required_text(&fields, "prefix", "10.77.0.0/16");
        let prefix = prefix.and_then(|text| self.reader.prefix(&text)).and_then(|prefix| self.ipv4(prefix));
        let text = self.reader.required_text(&fields, "virtual_network", "nva-weu")?;
        let id = VirtualNetworkId(self.reference(&text, Named::VIRTUAL_NETWORK)?);
        let Some((connection, ..)) = connections.iter().find(|(own, ..)| own.virtual_network == id) else {
            let message = format!("`{}` is not connected to the hub", text.value);
            let help =
                "add the virtual network to the hub's `connections`, with a static route to its appliance";
            self.reader.error(Code::NETWORK_REFERENCE, text.span, message, help);
            return None;
        };
        let prefix = prefix?;
        let covering = connection.static_routes.iter().filter(|own| own.prefix.value.covers(prefix.value));
        let Some(longest) = covering.max_by_key(|own| own.prefix.value.length()) else {
            let message =
                format!("the connection of `{}` has no static route for `{}`", text.value, prefix.value);
            let help = "add the prefix to the connection's `static_routes` with the appliance's address as `next_hop`; otherwise, no appliance in the \
                virtual network receives these packets";
            self.reader.error(Code::NETWORK_STATIC_ROUTE, prefix.span, message, help);
            return None;
        };
        Some(HubTableRoute { prefix, virtual_network: id, next_hop: longest.next_hop })
    }

    fn routing_intent(&mut self, fields: &Fields<'_>) -> (Vec<Spanned<String>>, RoutingIntent) {
        let mut firewalls: Vec<Spanned<String>> = Vec::new();
        let Some(entry) = fields.get("routing_intent") else { return (firewalls, RoutingIntent::default()) };
        let what = "a routing intent";
        let Some(fields) = self.reader.fields(&entry.value, what, keys::ROUTING_INTENT, entry.key.span)
        else {
            return (firewalls, RoutingIntent::default());
        };
        let [private, internet] = ["private", "internet"].map(|key| {
            let text = self.reader.optional_text(&fields, key)?;
            self.reader.name(&text);
            let known = firewalls.iter().position(|known| known.value == text.value);
            let index = known.unwrap_or_else(|| {
                firewalls.push(text.clone());
                firewalls.len() - 1
            });
            Some(Spanned::new(HubFirewallId(u32::try_from(index).ok()?), text.span))
        });
        let private_prefixes = self.reader.prefixes(fields.get("private_prefixes"));
        let private_prefixes: Vec<_> =
            private_prefixes.into_iter().filter_map(|prefix| self.ipv4(prefix)).collect();
        let deny = self.deny_rules(&fields);
        if private.is_none() && internet.is_none() {
            let help = "name the firewall for `private` traffic, for `internet` traffic, or for both";
            self.reader.error(
                Code::NETWORK_EMPTY,
                entry.key.span,
                "the routing intent names no firewall",
                help,
            );
        } else if let (None, Some(first)) = (&private, private_prefixes.first()) {
            let help = "add `private`, or remove `private_prefixes`";
            let message = "`private_prefixes` has no effect without a firewall for `private` traffic";
            self.reader.error(Code::NETWORK_NO_EFFECT, first.span, message, help);
        }
        (firewalls, RoutingIntent { private, internet, private_prefixes, deny })
    }

    fn bgp_peer(
        &mut self,
        node: &Node,
        networks: &[VirtualNetworkId],
        around: &Around<'_>,
    ) -> Option<HubBgpPeer> {
        let fields = self.reader.fields(node, "a BGP peer of a hub", keys::HUB_BGP_PEER, node.span)?;
        let text = self.reader.required_text(&fields, "address", "10.70.0.4");
        let entry = self.reader.required(&fields, "advertised", "[10.77.0.0/16]");
        let advertised = self.reader.prefixes(entry);
        let advertised = advertised.into_iter().filter_map(|prefix| self.ipv4(prefix)).collect();
        let length = self.reader.optional_number(&fields, "as_path_length", &(1..=64));
        let address = self.reader.address(&text?)?;
        let Some(network) = networks.iter().find(|id| around.holds(**id, address.value)) else {
            let message = format!("`{}` is not in any virtual network connected to the hub", address.value);
            let help =
                "use the address of an appliance in a virtual network that the hub's `connections` list";
            self.reader.error(Code::NETWORK_VALUE, address.span, message, help);
            return None;
        };
        let path_length = length.map_or(1, |length| usize::try_from(length.value).unwrap_or(1));
        Some(HubBgpPeer { address, virtual_network: *network, advertised, path_length })
    }
}
