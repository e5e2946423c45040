//! What goes by name between virtual hubs, and what a hub asks of what is connected to it.
//!
//! Sources: Microsoft, *about virtual hub routing* (labels, the None table), *how to configure Virtual WAN hub routing intent and
//! routing policies* (prerequisites), *Virtual WAN FAQ* (limits; a connected virtual network has no gateway of its own).

use crate::catalog::Cloud;
use crate::diag::{Code, Span};
use crate::network::read::Conversion;
use crate::network::read::azure::virtual_hub::{Words, Written};
use crate::network::{HubTableId, HubVpn, Network, VirtualHub, VirtualHubId};
use crate::yaml::fields::{Reader, quoted};

/// The most circuits of one hub (Microsoft, *Azure limits: Virtual WAN*).
const CIRCUITS: usize = 8;

impl Conversion<'_> {
    /// Hubs with what they name in each other.
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

    /// The tables that words name: `default` those of all hubs, as does a label; another name a table of the hub itself.
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
                self.no_such("route table or label of hubs", word, &names);
            }
        }
        all.sort_unstable();
        all.dedup();
        all
    }

    /// A routing intent says by itself what is associated and propagated.
    fn intent_beside_tables(&mut self, hub: &VirtualHub, branches: &Words, connections: &[Words]) {
        let intent = &hub.routing_intent;
        let Some(at) = intent.private.or(intent.internet).map(|firewall| firewall.span) else { return };
        if let Some(table) = hub.route_tables.get(1) {
            let message =
                format!("the hub `{}` has a routing intent and the route table `{}`", hub.name, table.name);
            let help = "Azure takes no custom route table beside a routing intent: leave one of them out";
            self.reader.error(Code::NETWORK_VALUE, table.span, message, help);
        }
        let default = hub.route_tables.first().into_iter().flat_map(|table| &table.routes);
        for route in default {
            let message = "a static route to a connection beside a routing intent";
            let help = "Azure takes none in the Default table: let the appliance tell the route by BGP (`bgp_peers`)";
            self.reader.error(Code::NETWORK_STATIC_ROUTE, route.prefix.span, message, help);
        }
        if self.names.cloud == Cloud::China {
            let help = "leave `routing_intent` out";
            self.reader.error(
                Code::NETWORK_VALUE,
                at,
                "routing intent is not offered in Azure operated by 21Vianet",
                help,
            );
        }
        for word in branches.iter().chain(connections.iter().flatten()).flatten() {
            let message = format!("`{}` is propagated to beside a routing intent", word.value);
            let help = "a routing intent sets association and propagation of every connection: leave `propagates` and \
                        `branches_propagate` out";
            self.reader.error(Code::NETWORK_NO_EFFECT, word.span, message, help);
        }
    }
}

/// Gives each hub the tunnels that lead to it, and checks what is connected.
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
            let message = format!("`{}` has more than {CIRCUITS} circuits", hub.name);
            let help = "a hub takes no more: connect the others to another hub";
            reader.error(Code::NETWORK_GATEWAY, ninth.span, message, help);
        }
        for connection in &hub.connections {
            connected(reader, network, (id, hub), connection.virtual_network, connection.span);
        }
    }
}

/// What a hub asks of a virtual network that is connected to it.
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
        let help = "a virtual network is connected to one hub alone: leave one of the connections out";
        reader.error(Code::NETWORK_GATEWAY, span, message, help);
    }
    let remote = own.peerings.iter().find(|peering| peering.use_remote_gateways);
    if own.has_bgp() || remote.is_some() {
        let whose = match (&own.gateway, &own.route_server) {
            (Some(_), _) => "a gateway of its own",
            (None, Some(_)) => "a Route Server of its own",
            (None, None) => "the gateway of a peer",
        };
        let message = format!("`{}` is connected to `{}` and has {whose}", own.name, hub.name);
        let help = "a virtual network that a hub serves has no gateway or Route Server and uses none of a peer's: leave one of them \
                    out";
        reader.error(Code::NETWORK_GATEWAY, span, message, help);
    }
}
