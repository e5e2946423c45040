//! Resolves references by name between virtual hubs, and checks the requirements that a hub imposes on connected
//! virtual networks.
//!
//! Sources: Microsoft, *about virtual hub routing* (labels, the None table), *how to configure Virtual WAN hub routing intent and
//! routing policies* (prerequisites), *Virtual WAN FAQ* (limits; a connected virtual network cannot have its own
//! gateway).

use crate::catalog::Cloud;
use crate::diag::{Code, Span};
use crate::network::read::Conversion;
use crate::network::read::azure::virtual_hub::{Words, Written};
use crate::network::{HubTableId, HubVpn, Network, VirtualHub, VirtualHubId};
use crate::yaml::fields::{Reader, quoted};

/// The maximum number of circuits that can be connected to one hub (Microsoft, *Azure limits: Virtual WAN*).
const CIRCUITS: usize = 8;

impl Conversion<'_> {
    /// Reads the hubs and resolves the names with which they refer to each other.
    pub(in crate::network::read) fn virtual_hubs(
        &mut self,
        written: Vec<Option<Written>>,
    ) -> Vec<Option<VirtualHub>> {
        let tables: Vec<Vec<(String, Vec<String>)>> = written
            .iter()
            .map(|hub| {
                let own = hub.iter().flat_map(|hub| &hub.hub.route_tables);
                own.map(|table| (table.name.clone(), table.labels.clone())).collect()
            })
            .collect();
        let hubs = written.into_iter().enumerate().map(|(index, written)| {
            let Written { mut hub, branches, connections } = written?;
            hub.branches = self.propagation(&tables, index, &branches);
            for (connection, words) in hub.connections.iter_mut().zip(&connections) {
                connection.propagates = self.propagation(&tables, index, words);
            }
            self.intent_beside_tables(&hub, &branches, &connections);
            Some(hub)
        });
        hubs.collect()
    }

    /// Resolves the names of tables. `default` and labels select tables in all hubs; any other name refers to a table
    /// of the hub itself.
    fn propagation(
        &mut self,
        tables: &[Vec<(String, Vec<String>)>],
        own: usize,
        words: &Words,
    ) -> Vec<(VirtualHubId, HubTableId)> {
        let every = || {
            tables.iter().enumerate().flat_map(|(hub, tables)| {
                let ids = tables.iter().enumerate();
                ids.filter_map(move |(table, entry)| {
                    let hub_id = VirtualHubId(u32::try_from(hub).ok()?);
                    Some((hub, hub_id, HubTableId(u32::try_from(table).ok()?), entry))
                })
            })
        };
        let default = || {
            every()
                .filter(|(_, _, table, _)| *table == HubTableId::DEFAULT)
                .map(|(_, hub, table, _)| (hub, table))
        };
        let Some(words) = words else { return default().collect() };
        let mut all = Vec::new();
        for word in words {
            let before = all.len();
            match word.value.as_str() {
                "none" => continue,
                "default" => all.extend(default()),
                name => all.extend(
                    every()
                        .filter(|(hub, _, _, (own_name, labels))| {
                            (*hub == own && own_name == name) || labels.iter().any(|label| label == name)
                        })
                        .map(|(_, hub, table, _)| (hub, table)),
                ),
            }
            if all.len() == before {
                let names =
                    tables.iter().flatten().flat_map(|(name, labels)| std::iter::once(name).chain(labels));
                let mut names: Vec<String> = names.cloned().chain(["none".to_owned()]).collect();
                names.sort_unstable();
                names.dedup();
                self.no_such("hub route table or label", word, &names);
            }
        }
        all.sort_unstable();
        all.dedup();
        all
    }

    /// Rejects route tables, static routes and propagation in a hub with a routing intent.
    fn intent_beside_tables(&mut self, hub: &VirtualHub, branches: &Words, connections: &[Words]) {
        let intent = &hub.routing_intent;
        let Some(at) = intent.private.or(intent.internet).map(|firewall| firewall.span) else { return };
        if let Some(table) = hub.route_tables.get(1) {
            let message = format!(
                "the hub `{}` has both a routing intent and the route table `{}`",
                hub.name, table.name
            );
            let help = "remove one of the two; Azure does not allow custom route tables in a hub with a routing intent";
            self.reader.error(Code::NETWORK_VALUE, table.span, message, help);
        }
        let default = hub.route_tables.first().into_iter().flat_map(|table| &table.routes);
        for route in default {
            let message =
                "the hub has both a routing intent and a static route to a connection in its Default table";
            let help = "let the appliance advertise the route by BGP (`bgp_peers`); Azure does not allow this static route in a hub with a routing intent";
            self.reader.error(Code::NETWORK_STATIC_ROUTE, route.prefix.span, message, help);
        }
        if self.names.cloud == Cloud::China {
            let help = "remove `routing_intent`";
            self.reader.error(
                Code::NETWORK_VALUE,
                at,
                "routing intent is not available in Azure operated by 21Vianet",
                help,
            );
        }
        for word in branches.iter().chain(connections.iter().flatten()).flatten() {
            let message =
                format!("routes are propagated to `{}`, but the hub has a routing intent", word.value);
            let help = "remove `propagates` and `branches_propagate`; a routing intent determines the association and propagation of every connection";
            self.reader.error(Code::NETWORK_NO_EFFECT, word.span, message, help);
        }
    }
}

/// Adds to each hub the tunnels that it terminates, and checks its connections.
pub(in crate::network::read) fn link(reader: &mut Reader<'_>, network: &mut Network) {
    let tunnels: Vec<(VirtualHubId, HubVpn)> = network
        .sites_with_ids()
        .flat_map(|(site, own)| {
            (0..).zip(&own.vpn).filter_map(move |(vpn, tunnel)| {
                tunnel.virtual_hub.map(move |hub| (hub, HubVpn { site, vpn, span: tunnel.span }))
            })
        })
        .collect();
    for (hub, end) in tunnels {
        if let Some(hub) = network.virtual_hubs.get_mut(hub.index()) {
            hub.vpn.push(end);
        }
    }
    let network = &*network;
    for (id, hub) in network.virtual_hubs_with_ids() {
        if let Some(ninth) = hub.circuits.get(CIRCUITS) {
            let message = format!("the hub `{}` has more than {CIRCUITS} circuits", hub.name);
            let help = "connect the remaining circuits to another hub";
            reader.error(Code::NETWORK_GATEWAY, ninth.span, message, help);
        }
        for connection in &hub.connections {
            connected(reader, network, (id, hub), connection.virtual_network, connection.span);
        }
    }
}

/// Checks the requirements that a hub imposes on a connected virtual network.
fn connected(
    reader: &mut Reader<'_>,
    network: &Network,
    (id, hub): (VirtualHubId, &VirtualHub),
    connected: crate::network::VirtualNetworkId,
    span: Span,
) {
    let Some(own) = network.virtual_network(connected) else { return };
    if let Some((first, _)) = network.hub_of(connected).filter(|(first, _)| *first != id) {
        let first = network.virtual_hub(first).map_or("", |hub| &hub.name);
        let message = format!("`{}` is connected to {} and to `{}`", own.name, quoted([first]), hub.name);
        let help = "remove one of the connections; a virtual network can be connected to only one hub";
        reader.error(Code::NETWORK_GATEWAY, span, message, help);
    }
    let remote = own.peerings.iter().find(|peering| peering.use_remote_gateways);
    if own.has_bgp() || remote.is_some() {
        let use_ = match (&own.gateway, &own.route_server) {
            (Some(_), _) => "has its own gateway",
            (None, Some(_)) => "has its own Route Server",
            (None, None) => "uses the gateway of a peered virtual network",
        };
        let message = format!("`{}` is connected to `{}` and {use_}", own.name, hub.name);
        let help = "remove one of the two; a virtual network that is connected to a hub cannot have its own gateway or Route Server, and cannot use \
            those of a peered virtual network";
        reader.error(Code::NETWORK_GATEWAY, span, message, help);
    }
}
