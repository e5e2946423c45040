//! Sites: clients, internet edge, circuits, tunnels, static routes.

use crate::addr::IpPrefix;
use crate::diag::{Code, Span, Spanned};
use crate::network::read::references::Named;
use crate::network::read::{Conversion, keys, values};
use crate::network::{
    Attachment, Circuit, CircuitId, Connection, DefaultRoute, InternetEdge, PeeringKind, Site, State,
    StaticRoute, StaticVia, Underlay, VirtualHubId, VirtualNetworkId, Vpn,
};
use crate::rib::DecisionProcess;
use crate::yaml::fields::Fields;
use crate::yaml::suggest::nearest;
use crate::yaml::tree::{Entry, Kind, Node};

/// The states of internet edges and tunnels.
const LINK_STATES: [State; 2] = [State::Up, State::Down];

impl Conversion<'_> {
    pub(in crate::network::read) fn site(
        &mut self,
        node: &Node,
        circuits: &[Option<Circuit>],
    ) -> Option<Site> {
        let fields = self.reader.fields(node, "a site", keys::SITE, node.span)?;
        let name = self.name(&fields, "amsterdam");
        let prefixes = self.site_prefixes(&fields);
        let autonomous_system = self.own_autonomous_system(&fields);
        let internet = fields
            .get("internet")
            .and_then(|entry| self.internet(entry, name.as_ref().map_or("", |name| &name.value)));
        let attachments = self.attachments(fields.get("circuits"), fields.span);
        let underlays = Place {
            internet: fields.get("internet").is_some(),
            attachments: &attachments,
            vpn: &[],
            circuits,
        };
        let vpn = self.entries(&fields, "vpn", |conversion, node| conversion.vpn(node, &underlays));
        let decision_process = match fields.get("decision_process") {
            Some(entry) => self.decision_process(entry),
            None => DecisionProcess::default(),
        };
        let place = Place {
            internet: fields.get("internet").is_some(),
            attachments: &attachments,
            vpn: &vpn,
            circuits,
        };
        let static_routes =
            self.entries(&fields, "static_routes", |conversion, node| conversion.static_route(node, &place));
        let proxy = fields.get("proxy").and_then(|entry| self.proxy(entry));
        let published = self.entries(&fields, "published", Self::published);
        let name = name?;
        Some(Site {
            name: name.value,
            prefixes,
            autonomous_system,
            internet,
            circuits: attachments.iter().map(|attachment| attachment.circuit).collect(),
            attachments,
            vpn: vpn.into_iter().flatten().collect(),
            static_routes: static_routes.into_iter().flatten().collect(),
            proxy,
            published: published.into_iter().flatten().collect(),
            decision_process,
            span: name.span,
        })
    }

    /// Reads the prefixes of a site's clients. A site that is only an edge router, with a circuit or an internet
    /// edge, may have no prefix.
    fn site_prefixes(&mut self, fields: &Fields<'_>) -> Vec<Spanned<IpPrefix>> {
        let is_listed = |entry: &Entry| !matches!(&entry.value.kind, Kind::List(items) if items.is_empty());
        if fields.get("internet").is_some() || fields.get("circuits").is_some_and(is_listed) {
            return self.reader.prefixes(fields.get("prefixes"));
        }
        let entry = self.reader.required(fields, "prefixes", "[10.10.0.0/16]");
        if let Some(Entry { key, .. }) = entry.filter(|entry| !is_listed(entry)) {
            let help = "add the prefixes of the site's clients, because they assign captured packets to the site; an edge router without \
                        clients needs `circuits` or `internet`";
            self.reader.error(Code::NETWORK_EMPTY, key.span, "the site has no client prefix", help);
        }
        self.reader.prefixes(entry)
    }

    fn internet(&mut self, entry: &Entry, site: &str) -> Option<InternetEdge> {
        let Entry { key, value } = entry;
        let fields = self.reader.fields(value, "an internet edge", keys::INTERNET, key.span)?;
        let name = match fields.get("name") {
            Some(_) => self.name(&fields, "edge-ams")?,
            None => Spanned::new(format!("{site}-internet"), key.span),
        };
        let nat = self.reader.prefixes(fields.get("nat"));
        let default_route = match self.reader.optional_text(&fields, "default_route") {
            None => DefaultRoute::default(),
            Some(text) => values::default_route(&text.value).unwrap_or_else(|| {
                self.not_one_of("default_route", &text, &values::DEFAULT_ROUTES);
                DefaultRoute::default()
            }),
        };
        let state = self.word(&fields, "state", &LINK_STATES, State::name);
        Some(InternetEdge {
            name: name.value,
            nat,
            default_route,
            provider_autonomous_system: self.foreign_autonomous_system(&fields, "provider_autonomous_system"),
            state: state.unwrap_or(Spanned::new(State::Up, key.span)),
            routes: self.reader.optional_text(&fields, "routes"),
            advertised: self.reader.optional_prefixes(fields.get("advertised")),
            import: self.import(&fields),
            stateful: self.reader.optional_truth(&fields, "stateful").unwrap_or(true),
            inbound_source_nat: self.reader.optional_truth(&fields, "inbound_source_nat").unwrap_or(false),
            bandwidth: self.optional_rate(&fields, "bandwidth"),
            peak: self.optional_rate(&fields, "peak"),
            peer_addresses: self.reader.peer_addresses(&fields),
            deny: self.deny_rules(&fields),
            span: name.span,
        })
    }

    /// Reads the circuits of a site: names and mappings, or all circuits if the key is missing.
    fn attachments(&mut self, entry: Option<&Entry>, span: Span) -> Vec<Attachment> {
        let attachment = |circuit, span| Attachment {
            circuit: CircuitId(circuit),
            import: None,
            metric: None,
            connections: Connection::ALL.to_vec(),
            stateful: None,
            span,
        };
        if entry.is_none() {
            return (0..)
                .map(|circuit| attachment(circuit, span))
                .take(self.declared.circuits.len())
                .collect();
        }
        let mut attachments = Vec::new();
        let mut seen = Vec::new();
        for item in self.reader.list(entry, "[er-ams]") {
            let (text, import, metric, connections, stateful) = if let Kind::Map(_) = &item.kind {
                let Some(fields) =
                    self.reader.fields(item, "a circuit of a site", keys::ATTACHMENT, item.span)
                else {
                    continue;
                };
                let text = self.reader.required_text(&fields, "name", "er-ams");
                let import = self.import(&fields);
                let metric = self.reader.optional_number(&fields, "metric", &(0..=u32::MAX));
                let connections = fields.get("connections").map(|entry| self.ending_connections(entry));
                if let Some(entry) = fields.get("connections").filter(|_| metric.is_some()) {
                    let help = "remove `metric` if a connection ends at the site's own edge, or remove `connections` if no connection does";
                    let message = "a circuit of a site has both `connections` and `metric`";
                    self.reader.error(Code::NETWORK_VALUE, entry.key.span, message, help);
                }
                let stateful = self.reader.optional_truth(&fields, "stateful");
                if let Some(entry) = fields.get("stateful").filter(|_| metric.is_some()) {
                    let help = "set `stateful` at the site where the circuit ends, which lists the circuit without `metric`";
                    let message = "a circuit of a site has both `stateful` and `metric`";
                    self.reader.error(Code::NETWORK_VALUE, entry.key.span, message, help);
                }
                (text, import, metric, connections, stateful)
            } else {
                (self.reader.text(item, item.span, "the name of a circuit"), None, None, None, None)
            };
            let Some(text) = text else { continue };
            let Some(index) = self.reference(&text, Named::CIRCUIT) else { continue };
            if self.push_once(&mut seen, Spanned::new(index, text.span), Named::CIRCUIT, &text.value) {
                let metric = metric.map(|metric| metric.value);
                let whole = attachment(index, text.span);
                let connections = connections.unwrap_or_else(|| whole.connections.clone());
                attachments.push(Attachment { import, metric, connections, stateful, ..whole });
            }
        }
        attachments
    }

    /// Reads the connections of a circuit that end at a site's edge. At least one is required.
    fn ending_connections(&mut self, entry: &Entry) -> Vec<Connection> {
        let mut named: Vec<Connection> = Vec::new();
        let items = self.reader.list(Some(entry), "[primary]");
        if items.is_empty() && matches!(entry.value.kind, Kind::List(_)) {
            let help = "name the connection that ends at this site, such as `[primary]`, or remove the circuit from the site";
            let message = "no connection of the circuit ends at the site";
            self.reader.error(Code::NETWORK_EMPTY, entry.key.span, message, help);
        }
        for item in items {
            let Some(text) = self.reader.text(item, item.span, "a connection") else { continue };
            match Connection::ALL.into_iter().find(|connection| connection.name() == text.value) {
                Some(connection) => named.push(connection),
                None => self.not_one_of("connections", &text, &Connection::ALL.map(Connection::name)),
            }
        }
        Connection::ALL.into_iter().filter(|connection| named.contains(connection)).collect()
    }

    fn vpn(&mut self, node: &Node, place: &Place<'_>) -> Option<Vpn> {
        let fields = self.reader.fields(node, "a tunnel", keys::VPN, node.span)?;
        let name = self.name(&fields, "vpn-ams");
        let named = self.references(fields.get("virtual_networks"), Named::VIRTUAL_NETWORK);
        let hub = self.reader.optional_text(&fields, "virtual_hub");
        if let (Some(hub), Some(first)) = (&hub, named.first()) {
            let help = "add a separate tunnel for the hub and for the virtual networks; a hub's gateway does not terminate tunnels to virtual networks";
            let message = "the tunnel names both a virtual hub and virtual networks";
            let place = hub.span.min(first.span);
            self.reader.error(Code::NETWORK_VALUE, place, message, help);
        }
        let hub = hub.and_then(|hub| self.reference(&hub, Named::VIRTUAL_HUB));
        let prefixes = self.reader.prefixes(fields.get("prefixes"));
        let advertised = self.reader.optional_prefixes(fields.get("advertised"));
        let state = self.word(&fields, "state", &LINK_STATES, State::name);
        let import = self.import(&fields);
        let over = self.reader.optional_text(&fields, "over");
        let over = over.map(|text| self.underlay(&text, place));
        let name = name?;
        Some(Vpn {
            name: name.value,
            virtual_networks: named.into_iter().map(|index| VirtualNetworkId(index.value)).collect(),
            virtual_hub: hub.map(VirtualHubId),
            prefixes,
            advertised,
            // An invalid value has been reported, and the file is rejected anyway.
            over: over.flatten().unwrap_or_default(),
            state: state.unwrap_or(Spanned::new(State::Up, name.span)),
            import,
            span: name.span,
        })
    }

    /// Reads the path of a tunnel's packets: `internet`, or a peering of one of the site's circuits.
    fn underlay(&mut self, text: &Spanned<String>, place: &Place<'_>) -> Option<Underlay> {
        if text.value == "internet" && place.internet {
            return Some(Underlay::Internet);
        }
        let peering = text.value.split_once('/').and_then(|(name, peering)| {
            let circuit = place.attachments.iter().map(|attachment| attachment.circuit).find(|id| {
                place.circuits.get(id.index()).and_then(Option::as_ref).is_some_and(|own| own.name == name)
            })?;
            let entry = place.circuits.get(circuit.index())?.as_ref()?;
            let kind = PeeringKind::ALL.into_iter().find(|kind| kind.name() == peering)?;
            entry.settings(kind, Connection::Primary).is_some().then_some(Underlay::Peering(circuit, kind))
        });
        if peering.is_none() {
            let message = format!("a tunnel of this site cannot use `{}`", text.value);
            let help = "write `internet` if the site has an internet edge, or a peering of one of the site's circuits, such as \
                        `er-ams/private`";
            self.reader.error(Code::NETWORK_VALUE, text.span, message, help);
        }
        peering
    }

    fn static_route(&mut self, node: &Node, place: &Place<'_>) -> Option<StaticRoute> {
        let fields = self.reader.fields(node, "a static route", keys::STATIC_ROUTE, node.span)?;
        let destination = self.selector(&fields, "a static route");
        let via = self.reader.required_text(&fields, "via", "internet");
        let via = via.and_then(|text| Some(Spanned::new(self.via(&text, place)?, text.span)));
        let distance = self.distance(&fields);
        Some(StaticRoute { destination: destination?, via: via?, distance, span: node.span })
    }

    /// Reads the administrative distance of a static route. Routers disagree on which route wins if the distance is that
    /// of BGP.
    fn distance(&mut self, fields: &Fields<'_>) -> u8 {
        let stated = self.reader.optional_number(fields, "distance", &StaticRoute::DISTANCES);
        let Some(stated) = stated else { return StaticRoute::DEFAULT_DISTANCE };
        let distance = u8::try_from(stated.value).unwrap_or(u8::MAX);
        if [StaticRoute::EXTERNAL_BGP, StaticRoute::INTERNAL_BGP].contains(&distance) {
            let message = format!("the distance {distance} is also that of BGP routes");
            let help = "write a higher distance, such as `250`, for a route that is used only without a BGP route, or a lower one to override BGP";
            self.reader.error(Code::NETWORK_VALUE, stated.span, message, help);
        }
        distance
    }

    /// Parses the next hop of a static route. The next hop must exist at the site.
    fn via(&mut self, text: &Spanned<String>, place: &Place<'_>) -> Option<StaticVia> {
        match text.value.as_str() {
            "discard" => return Some(StaticVia::Discard),
            "internet" if place.internet => return Some(StaticVia::Internet),
            "internet" => {
                let help = "add `internet` to the site, or use another next hop";
                return self.no_way(text, "the site has no internet edge", help);
            }
            _ => {}
        }
        let tunnel = place.vpn.iter().position(|vpn| vpn.as_ref().is_some_and(|vpn| vpn.name == text.value));
        if let Some(tunnel) = tunnel {
            return u32::try_from(tunnel).ok().map(StaticVia::Vpn);
        }
        let mut parts = text.value.split('/');
        let name = parts.next().unwrap_or_default();
        let named = |entry: &Option<Spanned<String>>| entry.as_ref().is_some_and(|entry| entry.value == name);
        let Some(index) = self.declared.circuits.iter().position(named) else {
            let tunnels = place.vpn.iter().flatten().map(|vpn| vpn.name.as_str());
            let circuits = self.declared.circuits.iter().flatten().map(|name| name.value.as_str());
            let help = match nearest(name, circuits.chain(tunnels).chain(["internet", "discard"])) {
                Some(known) => format!("did you mean `{known}`?"),
                None => {
                    "write `internet`, `discard`, a tunnel of the site, or a circuit such as `er-ams/private`"
                        .to_owned()
                }
            };
            return self.no_way(text, "the site has no such next hop", &help);
        };
        let (peering, connection) = self.peering_words(text, parts)?;
        let circuit = CircuitId(u32::try_from(index).ok()?);
        let Some(attached) = place.attachments.iter().find(|own| own.circuit == circuit) else {
            let help = format!("add `{name}` to the site's `circuits`");
            return self.no_way(text, "the site is not attached to the circuit", &help);
        };
        if connection.is_some_and(|connection| !attached.connections.contains(&connection)) {
            let help = "name a connection that ends at this site, or move the route to the site at whose edge the connection ends";
            return self.no_way(text, "the connection ends at the edge of another site", help);
        }
        let lowered = place.circuits.get(index)?.as_ref()?;
        let peering = self.one_peering(text, lowered, peering)?;
        Some(StaticVia::Peering { circuit, peering, connection })
    }

    /// Finds the peering of a circuit. The text may omit the peering if the circuit has only one.
    fn one_peering(
        &mut self,
        text: &Spanned<String>,
        circuit: &Circuit,
        meant: Option<PeeringKind>,
    ) -> Option<PeeringKind> {
        let has = |kind: PeeringKind| match kind {
            PeeringKind::Microsoft => circuit.microsoft_peering.is_some(),
            PeeringKind::Private => circuit.private_peering.is_some(),
        };
        let name = &circuit.name;
        match (meant, PeeringKind::ALL.map(has)) {
            (Some(kind), _) if has(kind) => Some(kind),
            (None, [true, false]) => Some(PeeringKind::Microsoft),
            (None, [false, true]) => Some(PeeringKind::Private),
            (None, [true, true]) => {
                let help = format!("write `{name}/microsoft` or `{name}/private`");
                self.no_way(text, "the circuit has two peerings", &help)
            }
            (Some(kind), _) => {
                let help = format!("add `{}_peering` to the circuit, or use another next hop", kind.name());
                self.no_way(text, &format!("the circuit has no `{}_peering`", kind.name()), &help)
            }
            (None, [false, false]) => {
                let help = "add a peering to the circuit, or use another next hop";
                self.no_way(text, "the circuit has no peering", help)
            }
        }
    }

    fn no_way<T>(&mut self, text: &Spanned<String>, why: &str, help: &str) -> Option<T> {
        let message = format!("a static route cannot use the next hop `{}`: {why}", text.value);
        self.reader.error(Code::NETWORK_STATIC_ROUTE, text.span, message, help);
        None
    }
}

/// The entries of a site that its static routes and tunnels may refer to.
struct Place<'a> {
    internet: bool,
    attachments: &'a [Attachment],
    vpn: &'a [Option<Vpn>],
    circuits: &'a [Option<Circuit>],
}
