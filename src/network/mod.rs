//! Floor 4: the network file, `network.yaml`, with the sites, circuits and Azure networks of a company.
//!
//! The file contains sites with their client prefixes and internet edges, ExpressRoute circuits with Microsoft and
//! private peering, route filters, and virtual networks. Data flows one way:
//!
//! ```text
//! Source ─parse─▶ spanned value tree ─lower, against the Catalog─▶ Network + Diagnostics
//! ```
//!
//! A [`Network`] is valid by construction: names are unique, references are ids into its vectors, prefixes have no
//! host bits, and route filters contain only communities that Microsoft publishes. Every mistake is a
//! [`Diagnostic`](crate::diag::Diagnostic) at its line, and one pass reports all mistakes.
//!
//! ```
//! use peerpath::catalog::{Catalog, Cloud};
//! use peerpath::diag::Source;
//! use peerpath::network;
//!
//! let catalog = Catalog::shipped(Cloud::Public)?;
//! let source = Source::new("network.yaml", "version: 1\nsites: [{name: ams, prefixs: [10.1.0.0/16]}]\n");
//! let (network, found) = network::read(&source, &catalog);
//! assert!(network.is_none());
//! let first = found.iter().next().ok_or("nothing was found")?;
//! assert_eq!((first.code.name(), first.position()), ("network::unknown-key", Some((2, 21))));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod accepted_findings;
mod attested;
mod azure;
mod bandwidth;
#[doc(hidden)]
pub mod capacity;
mod circuits;
pub mod file;
mod ids;
mod policy;
mod read;
mod sites;

#[cfg(test)]
mod tests;

pub use accepted_findings::Accepted;
pub use attested::Attested;
pub use azure::{
    Appliance, Exchange, Gateway, GatewayCircuit, GatewaySku, GatewayVpn, HubBgpPeer, HubCircuit,
    HubConnection, HubRouteTable, HubStaticRoute, HubTableRoute, HubVpn, InjectedRoute, Peer, PeeredSubnets,
    PeeringEnd, PrivateEndpoint, RouteServer, RouteServerPeer, RouteTable, RoutingIntent, RoutingPreference,
    ServiceEndpoint, Subnet, Through, UserNextHop, UserRoute, UserRouteDestination, VirtualHub,
    VirtualNetwork, VirtualNetworkPeering,
};
pub use bandwidth::Bandwidth;
#[doc(hidden)]
pub use circuits::reach;
pub use circuits::{
    Authorization, Billing, Circuit, Connection, ConnectionSettings, Connections, MicrosoftPeering,
    MicrosoftSettings, Peering, PeeringKind, PortOwner, Price, PrivatePeering, PrivateSettings, RouteFilter,
    Sku, State, UnknownSku,
};
#[cfg(feature = "schema")]
pub use file::{checks_schema, intent_schema, schema};
pub use ids::{
    ApplianceId, CircuitId, HubFirewallId, HubTableId, PrefixListId, PublishedId, RouteMapId, RouteTableId,
    SiteId, SubnetId, VirtualHubId, VirtualNetworkId, WanLinkId,
};
pub use policy::{PrefixListDefinition, RouteMapDefinition};
#[doc(hidden)]
pub use read::entry::named_tables;
pub use read::entry::{declared_cloud, read};
pub(crate) use sites::at_sites;
pub use sites::{
    Announces, Attachment, DefaultRoute, DenyRule, InternetEdge, Nat64, Proxy, ProxyPath, Published,
    Selector, Site, StaticRoute, StaticVia, Translated, Underlay, Vpn, WanLink,
};

use std::path::{Path, PathBuf};

use crate::addr::IpPrefix;
use crate::catalog::Cloud;
use crate::diag::{Source, Span, Spanned};

/// A commented network file to start from, as `peerpath init` writes it.
pub const TEMPLATE: &str = include_str!("template.yaml");

/// A validated network. The order of every vector is the order of the file.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Network {
    /// The name of the network; the file's name without its extension if the file has no `name`.
    pub name: String,
    /// The Microsoft cloud that its circuits connect to.
    pub cloud: Cloud,
    /// The sites, where the clients are; at least one.
    pub sites: Vec<Site>,
    /// The links between sites; `None` if the file has no key `wan`. In that case, every site can reach all other
    /// sites.
    pub wan: Option<Vec<WanLink>>,
    /// The NAT64 translators (IPv6 to IPv4) at sites.
    pub nat64: Vec<Nat64>,
    /// The ExpressRoute circuits.
    pub circuits: Vec<Circuit>,
    /// The Azure virtual networks.
    pub virtual_networks: Vec<VirtualNetwork>,
    /// The virtual hubs, all in one Virtual WAN.
    pub virtual_hubs: Vec<VirtualHub>,
    /// The route maps that sessions refer to.
    pub route_maps: Vec<RouteMapDefinition>,
    /// The prefix lists that route maps refer to.
    pub prefix_lists: Vec<PrefixListDefinition>,
    /// The route tables that subnets refer to.
    pub route_tables: Vec<RouteTable>,
    /// The accepted findings.
    pub accepted: Vec<Accepted>,
    /// The answers of people to questions of guides.
    pub attested: Vec<Attested>,
    /// The file, for findings that refer to a position in it.
    pub source: Source,
    /// The sites at whose edges connections end, by circuit and connection; see [`Self::edge_of`].
    edges: Vec<[Option<SiteId>; 2]>,
    /// The prefixes that gateways announce, by virtual network; see [`Self::announced_by`].
    announced: Vec<Vec<(VirtualNetworkId, Spanned<IpPrefix>)>>,
}

impl Network {
    /// Returns the site with this id, or `None` if the id belongs to another network.
    pub fn site(&self, id: SiteId) -> Option<&Site> {
        self.sites.get(id.index())
    }

    /// Returns the circuit with this id, or `None` if the id belongs to another network.
    pub fn circuit(&self, id: CircuitId) -> Option<&Circuit> {
        self.circuits.get(id.index())
    }

    /// Returns the site at whose edge a connection of a circuit ends: the site that is attached to the connection
    /// without a metric. `None` if no site, or more than one site, is attached in this way.
    pub fn edge_of(&self, circuit: CircuitId, connection: Connection) -> Option<SiteId> {
        let [primary, secondary] = *self.edges.get(circuit.index())?;
        match connection {
            Connection::Primary => primary,
            Connection::Secondary => secondary,
        }
    }

    /// Returns the sites at whose edges the connections of a circuit end, without repetition, the primary's first.
    /// `None` stands for an unknown site.
    pub fn edges_of(&self, circuit: CircuitId) -> Vec<Option<SiteId>> {
        let mut all = Connection::ALL.map(|connection| self.edge_of(circuit, connection)).to_vec();
        all.dedup();
        all
    }

    /// Finds the site at whose edge each connection ends, after the sites and circuits are known.
    fn find_edges(&mut self) {
        let mut ends: Vec<[Vec<SiteId>; 2]> = vec![Default::default(); self.circuits.len()];
        for (id, site) in self.sites_with_ids() {
            for attached in &site.attachments {
                let Some([primary, secondary]) = ends.get_mut(attached.circuit.index()) else { continue };
                primary.extend(Some(id).filter(|_| attached.ends(Connection::Primary)));
                secondary.extend(Some(id).filter(|_| attached.ends(Connection::Secondary)));
            }
        }
        let only = |sites: Vec<SiteId>| match sites.as_slice() {
            [only] => Some(*only),
            _ => None,
        };
        self.edges = ends.into_iter().map(|connections| connections.map(only)).collect();
    }

    /// Returns the prefixes that the gateway of a virtual network [announces](Self::announced), for each of the
    /// virtual networks [behind it](Self::behind_gateway), in the order of these virtual networks. Empty if the
    /// virtual network has no gateway.
    pub fn announced_by(&self, hub: VirtualNetworkId) -> &[(VirtualNetworkId, Spanned<IpPrefix>)] {
        self.announced.get(hub.index()).map_or(&[], Vec::as_slice)
    }

    /// Computes the prefixes that gateways announce, after the virtual networks are known.
    fn find_announced(&mut self) {
        let of = |(hub, own): (VirtualNetworkId, &VirtualNetwork)| {
            let behind = self.behind_gateway(hub).filter(|_| own.gateway.is_some());
            let announced = behind.map(|(id, _)| (id, self.announced(hub, id)));
            announced
                .flat_map(|(id, all)| all.into_owned().into_iter().map(move |prefix| (id, prefix)))
                .collect()
        };
        self.announced = self.virtual_networks_with_ids().map(of).collect();
    }

    /// Returns the circuits that Global Reach connects to a circuit, ascending. Each comes with the line in the file,
    /// at either of the two circuits, that lists the pair. Global Reach is not transitive, so circuits that are
    /// connected only to the returned circuits are not included (Microsoft, *ExpressRoute Global Reach*).
    pub fn global_reach(&self, id: CircuitId) -> Vec<Spanned<CircuitId>> {
        let own = self.circuit(id).into_iter().flat_map(|circuit| circuit.global_reach.iter().copied());
        let others = self.circuits_with_ids().flat_map(|(other, circuit)| {
            let here = circuit.global_reach.iter().filter(move |named| named.value == id);
            here.map(move |named| Spanned::new(other, named.span))
        });
        let mut all: Vec<Spanned<CircuitId>> = own.chain(others).collect();
        all.sort_by_key(|partner| partner.value);
        all.dedup_by_key(|partner| partner.value);
        all
    }

    /// Returns the links between sites with their ids. Empty if the file has no key `wan`.
    pub fn wan_links_with_ids(&self) -> impl Iterator<Item = (WanLinkId, &WanLink)> {
        (0..).map(WanLinkId).zip(self.wan.iter().flatten())
    }

    /// Returns the virtual network with this id, or `None` if the id belongs to another network.
    pub fn virtual_network(&self, id: VirtualNetworkId) -> Option<&VirtualNetwork> {
        self.virtual_networks.get(id.index())
    }

    /// Returns the route map with this id, or `None` if the id belongs to another network.
    pub fn route_map(&self, id: RouteMapId) -> Option<&RouteMapDefinition> {
        self.route_maps.get(id.index())
    }

    /// Returns the prefix list with this id, or `None` if the id belongs to another network.
    pub fn prefix_list(&self, id: PrefixListId) -> Option<&PrefixListDefinition> {
        self.prefix_lists.get(id.index())
    }

    /// Returns the route table with this id, or `None` if the id belongs to another network.
    pub fn route_table(&self, id: RouteTableId) -> Option<&RouteTable> {
        self.route_tables.get(id.index())
    }

    /// Resolves a path in the file. Relative paths start at the file's folder.
    pub fn path_of(&self, written: &str) -> PathBuf {
        Path::new(self.source.name()).parent().unwrap_or(Path::new("")).join(written)
    }

    /// Returns the site with exactly this name.
    pub fn site_named(&self, name: &str) -> Option<(SiteId, &Site)> {
        (0..).map(SiteId).zip(&self.sites).find(|(_, site)| site.name == name)
    }

    /// Returns every site with its id.
    pub fn sites_with_ids(&self) -> impl ExactSizeIterator<Item = (SiteId, &Site)> + DoubleEndedIterator {
        self.sites
            .iter()
            .enumerate()
            .map(|(index, site)| (SiteId(u32::try_from(index).unwrap_or(u32::MAX)), site))
    }

    /// Returns the rule at a position in the file with which an internet edge or an appliance denies packets.
    pub fn deny_rule_at(&self, span: Span) -> Option<&DenyRule> {
        self.deny_rules().find(|rule| rule.span == span)
    }

    /// Returns all rules with which internet edges and appliances deny packets.
    fn deny_rules(&self) -> impl Iterator<Item = &DenyRule> {
        let edges = self.sites.iter().filter_map(|site| site.internet.as_ref()).map(|edge| &edge.deny);
        let appliances = self.virtual_networks.iter().flat_map(|own| &own.appliances).map(|own| &own.deny);
        let hubs = self.virtual_hubs.iter().map(|hub| &hub.routing_intent.deny);
        edges.chain(appliances).chain(hubs).flatten()
    }

    /// Returns the static route of a site at a position in the file.
    pub fn static_route_at(&self, span: Span) -> Option<&StaticRoute> {
        self.sites.iter().flat_map(|site| &site.static_routes).find(|route| route.span == span)
    }

    /// Returns the published server with exactly this name.
    pub fn published_named(&self, name: &str) -> Option<(PublishedId, &Published)> {
        self.published_with_ids().find(|(_, server)| server.name == name)
    }

    /// Returns the published server with this id, or `None` if the id belongs to another network.
    pub fn published(&self, id: PublishedId) -> Option<&Published> {
        self.site(id.site)?.published.get(usize::try_from(id.index).ok()?)
    }

    /// Returns every published server with its id, grouped by site.
    pub fn published_with_ids(&self) -> impl Iterator<Item = (PublishedId, &Published)> {
        self.sites_with_ids().flat_map(|(site, entry)| {
            (0..).zip(&entry.published).map(move |(index, server)| (PublishedId { site, index }, server))
        })
    }

    /// Returns the circuit with exactly this name.
    pub fn circuit_named(&self, name: &str) -> Option<(CircuitId, &Circuit)> {
        self.circuits_with_ids().find(|(_, circuit)| circuit.name == name)
    }

    /// Returns the virtual network with exactly this name.
    pub fn virtual_network_named(&self, name: &str) -> Option<(VirtualNetworkId, &VirtualNetwork)> {
        self.virtual_networks_with_ids().find(|(_, network)| network.name == name)
    }

    /// Returns the subnet with the name `VIRTUAL-NETWORK/SUBNET`.
    pub fn subnet_named(&self, name: &str) -> Option<(VirtualNetworkId, SubnetId, &Subnet)> {
        let (network, subnet) = name.split_once('/')?;
        let (id, network) = self.virtual_network_named(network)?;
        let mut subnets = (0..).map(SubnetId).zip(&network.subnets);
        subnets.find(|(_, entry)| entry.name == subnet).map(|(index, entry)| (id, index, entry))
    }

    /// Returns whether a peering connects different regions, as configured or otherwise derived from the two regions.
    /// `None` if this is not configured and a region is missing.
    pub fn is_global(&self, id: VirtualNetworkId, peering: &VirtualNetworkPeering) -> Option<bool> {
        peering.global.or_else(|| {
            let region = |id| self.virtual_network(id)?.region.as_ref();
            Some(region(id)? != region(peering.virtual_network)?)
        })
    }

    /// Returns every virtual network with its id.
    pub fn virtual_networks_with_ids(&self) -> impl Iterator<Item = (VirtualNetworkId, &VirtualNetwork)> {
        (0..).map(VirtualNetworkId).zip(&self.virtual_networks)
    }

    /// Returns every circuit with its id.
    pub fn circuits_with_ids(&self) -> impl Iterator<Item = (CircuitId, &Circuit)> {
        (0..).map(CircuitId).zip(&self.circuits)
    }
}
