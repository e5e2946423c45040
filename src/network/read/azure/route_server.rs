//! Route Servers of virtual networks.
//!
//! Source: Microsoft, *Azure Route Server FAQ* (peers, ASNs, IPv4 only).

use std::collections::HashSet;
use std::net::IpAddr;

use crate::addr::{Family, IpPrefix};
use crate::diag::{Code, Diagnostic, Span, Spanned};
use crate::network::read::references::Named;
use crate::network::read::{Conversion, keys};
use crate::network::{
    Appliance, ApplianceId, InjectedRoute, Network, RouteServer, RouteServerPeer, RoutingPreference, State,
    Through, VirtualNetworkId,
};
use crate::yaml::fields::{Fields, Reader};
use crate::yaml::tree::{Kind, Node};

/// The states of a session.
const STATES: [State; 2] = [State::Up, State::Down];

/// A placeholder for an appliance that is looked up after all virtual networks are known.
const TO_FIND: ApplianceId = ApplianceId(u32::MAX);

/// The settings of a peer that apply to those of its routes that have no setting of their own.
#[derive(Clone, Copy)]
struct Defaults {
    autonomous_system: Option<u32>,
    next_hop: Option<Spanned<IpAddr>>,
    through: Option<Spanned<Through>>,
}

impl Conversion<'_> {
    /// Reads the Route Server, if any, of a virtual network that has these prefixes and appliances.
    pub(in crate::network::read) fn route_server(
        &mut self,
        fields: &Fields<'_>,
        prefixes: &[Spanned<IpPrefix>],
        appliances: &[Appliance],
    ) -> Option<RouteServer> {
        let entry = fields.get("route_server")?;
        let span = entry.key.span;
        let fields = self.reader.fields(&entry.value, "a Route Server", keys::ROUTE_SERVER, span)?;
        let branch_to_branch = self.reader.optional_truth(&fields, "branch_to_branch");
        let preference =
            self.word(&fields, "routing_preference", &RoutingPreference::ALL, RoutingPreference::name);
        let peers = self.entries(&fields, "peers", |conversion, node| {
            conversion.route_server_peer(node, prefixes, appliances)
        });
        let mut own: Vec<RouteServerPeer> = Vec::new();
        for peer in peers.into_iter().flatten() {
            match own.iter().find(|known| known.appliance == peer.appliance) {
                Some(first) => {
                    let help = "list the appliance once, with all the routes that it advertises; one entry covers the sessions with both instances of \
                        the Route Server";
                    let message = "the appliance is listed as a peer twice";
                    let diagnostic =
                        Diagnostic::error(Code::NETWORK_ROUTE_SERVER, self.reader.source, message);
                    let diagnostic = diagnostic.at(peer.span, "again here").at(first.span, "first here");
                    self.reader.diagnostics.push(diagnostic.help(help));
                }
                None => own.push(peer),
            }
        }
        if let Some(ninth) = own.get(RouteServer::PEERS) {
            let message = format!("the Route Server has more than {} peers", RouteServer::PEERS);
            let help = "let one appliance advertise the routes of several appliances";
            self.reader.error(Code::NETWORK_ROUTE_SERVER, ninth.span, message, help);
        }
        Some(RouteServer {
            peers: own,
            branch_to_branch: branch_to_branch.unwrap_or(false),
            routing_preference: preference.map(|preference| preference.value).unwrap_or_default(),
            span,
        })
    }

    fn route_server_peer(
        &mut self,
        node: &Node,
        prefixes: &[Spanned<IpPrefix>],
        appliances: &[Appliance],
    ) -> Option<RouteServerPeer> {
        let what = "a peer of a Route Server";
        let fields = self.reader.fields(node, what, keys::ROUTE_SERVER_PEER, node.span)?;
        let name = self.reader.required_text(&fields, "appliance", "nva");
        let autonomous_system = self.peer_autonomous_system(&fields);
        let state = self.word(&fields, "state", &STATES, State::name);
        let next_hop = self.injected_next_hop(&fields, prefixes);
        let through = self.through(&fields);
        let defaults =
            Defaults { autonomous_system: autonomous_system.map(|number| number.value), next_hop, through };
        let entry = self.reader.required(&fields, "advertises", "[10.200.0.0/16]");
        let mut advertised: Vec<InjectedRoute> = Vec::new();
        let mut known = HashSet::new();
        for item in self.reader.list(entry, "[10.200.0.0/16]") {
            let Some(route) = self.injected_route(item, prefixes, defaults) else { continue };
            if known.insert(route.prefix.value) {
                advertised.push(route);
            } else {
                let message = format!("`{}` is advertised twice", route.prefix.value);
                self.reader.warning(
                    Code::NETWORK_REPEATED,
                    route.prefix.span,
                    message,
                    "remove one of the two routes",
                );
            }
        }
        let name = name?;
        let index = appliances.iter().position(|appliance| appliance.name == name.value);
        let Some(index) = index.and_then(|index| u32::try_from(index).ok()) else {
            let names: Vec<String> = appliances.iter().map(|appliance| appliance.name.clone()).collect();
            self.no_such("appliance of the virtual network", &name, &names);
            return None;
        };
        Some(RouteServerPeer {
            appliance: ApplianceId(index),
            autonomous_system,
            down: state.filter(|state| state.value == State::Down).map(|state| state.span),
            advertised,
            span: name.span,
        })
    }

    /// Reads a 16-bit ASN. Rejects reserved ASNs and the Route Server's own ASN.
    fn peer_autonomous_system(&mut self, fields: &Fields<'_>) -> Option<Spanned<u32>> {
        let number = self.foreign_autonomous_system(fields, "autonomous_system")?;
        let message = match number.value {
            RouteServer::AUTONOMOUS_SYSTEM => {
                format!("`{}` is the Route Server's own ASN", number.value)
            }
            number if number > u32::from(u16::MAX) => {
                format!("the ASN `{number}` has more than 16 bits")
            }
            _ => return Some(number),
        };
        let help = "use a 16-bit ASN other than the Route Server's, such as `65010`";
        self.reader.error(Code::NETWORK_AUTONOMOUS_SYSTEM, number.span, message, help);
        None
    }

    fn injected_route(
        &mut self,
        item: &Node,
        prefixes: &[Spanned<IpPrefix>],
        defaults: Defaults,
    ) -> Option<InjectedRoute> {
        let (text, own, as_path, no_advertise) = if let Kind::Map(_) = &item.kind {
            let what = "a route of an appliance";
            let fields = self.reader.fields(item, what, keys::INJECTED_ROUTE, item.span)?;
            let text = self.reader.required_text(&fields, "prefix", "10.200.0.0/16");
            let as_path = fields.get("as_path").map(|entry| self.prepend(Some(entry), None));
            let own = (self.injected_next_hop(&fields, prefixes), self.through(&fields));
            (text?, own, as_path, self.reader.optional_truth(&fields, "no_advertise"))
        } else {
            (self.reader.text(item, item.span, "a prefix")?, (None, None), None, None)
        };
        let prefix = self.reader.prefix(&text)?;
        if prefix.value.family() != Family::V4 {
            let message =
                format!("`{}` is an IPv6 prefix, which Route Server does not support", prefix.value);
            let help = "remove the route; Azure Route Server supports only IPv4";
            self.reader.error(Code::NETWORK_ROUTE_SERVER, prefix.span, message, help);
            return None;
        }
        let as_path: Option<Vec<u32>> =
            as_path.map(|path| path.into_iter().map(|number| number.value).collect());
        let as_path = as_path.unwrap_or_else(|| defaults.autonomous_system.into_iter().collect());
        let (next_hop, through) = own;
        Some(InjectedRoute {
            prefix,
            path_length: as_path.len().max(1),
            as_path,
            next_hop: next_hop.or(defaults.next_hop),
            no_advertise: no_advertise.unwrap_or(false),
            through: through.or(defaults.through),
        })
    }

    fn injected_next_hop(
        &mut self,
        fields: &Fields<'_>,
        prefixes: &[Spanned<IpPrefix>],
    ) -> Option<Spanned<IpAddr>> {
        let text = self.reader.optional_text(fields, "next_hop")?;
        let address = self.reader.address(&text)?;
        if prefixes.iter().any(|prefix| prefix.value.contains(address.value)) {
            return Some(address);
        }
        let message = format!("`{}` is not an address of the virtual network", address.value);
        let help = "use the address of an appliance in the virtual network, or of a load balancer in front of appliances";
        self.reader.error(Code::NETWORK_ROUTE_SERVER, address.span, message, help);
        None
    }

    fn through(&mut self, fields: &Fields<'_>) -> Option<Spanned<Through>> {
        let text = self.reader.optional_text(fields, "through")?;
        let through = match text.value.as_str() {
            "tunnel" => Through::Tunnel,
            "subnet" => Through::Subnet,
            named => {
                let Some((network, appliance)) = named.split_once('/') else {
                    let message = format!("`{named}` is not a valid value for `through`");
                    let help = "write `tunnel`, `subnet`, or the appliance at the other end of a tunnel, such as `hub-neu/nva`";
                    self.reader.error(Code::NETWORK_VALUE, text.span, message, help);
                    return None;
                };
                let network = Spanned::new(network.to_owned(), text.span);
                let id = VirtualNetworkId(self.reference(&network, Named::VIRTUAL_NETWORK)?);
                self.through.push((text.span, appliance.to_owned()));
                Through::Appliance(id, TO_FIND)
            }
        };
        Some(Spanned::new(through, text.span))
    }
}

/// Resolves the names of the appliances at the other ends of tunnels. Each name comes with its position in the file.
pub(in crate::network::read) fn link(
    reader: &mut Reader<'_>,
    network: &mut Network,
    named: &[(Span, String)],
) {
    let appliances: Vec<Vec<String>> = network
        .virtual_networks
        .iter()
        .map(|own| own.appliances.iter().map(|appliance| appliance.name.clone()).collect())
        .collect();
    let find = |id: VirtualNetworkId, span: Span| {
        let (_, name) = named.iter().find(|(at, _)| *at == span)?;
        let index = appliances.get(id.index())?.iter().position(|known| known == name)?;
        Some(ApplianceId(u32::try_from(index).ok()?))
    };
    let mut missing: Vec<Span> = Vec::new();
    let servers = network.virtual_networks.iter_mut().filter_map(|own| own.route_server.as_mut());
    for route in servers.flat_map(|own| &mut own.peers).flat_map(|peer| &mut peer.advertised) {
        let Some(Spanned { value: Through::Appliance(id, place), span }) = &mut route.through else {
            continue;
        };
        match find(*id, *span) {
            Some(known) => *place = known,
            None if missing.contains(span) => {}
            None => missing.push(*span),
        }
    }
    for span in missing {
        let name = named.iter().find(|(at, _)| *at == span).map_or("", |(_, name)| name.as_str());
        let message = format!("the virtual network has no appliance `{name}`");
        let help = "name the appliance at the other end as `VIRTUAL-NETWORK/APPLIANCE`";
        reader.error(Code::NETWORK_REFERENCE, span, message, help);
    }
}
