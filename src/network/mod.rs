//! Floor 4: the network file, `network.yaml`: what a company owns and configured.
//!
//! Sites with their client prefixes and internet edges, ExpressRoute circuits with Microsoft and
//! private peering, route filters, virtual networks. Data goes one way:
//!
//! ```text
//! Source ─parse─▶ spanned value tree ─lower, against the Catalog─▶ Network + Diagnostics
//! ```
//!
//! A [`Network`] is valid by construction: names are unique, references are ids into its vectors,
//! prefixes have no host bits, route filters hold communities that Microsoft publishes. What cannot be
//! made so is a [`Diagnostic`](crate::diag::Diagnostic) at its line, all of them in one reading.
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
    Authorization, Circuit, Connection, ConnectionSettings, Connections, MicrosoftPeering, PeeringKind, Port,
    PrivatePeering, RouteFilter, Sku, State, UnknownSku,
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
    Announces, Attachment, DefaultRoute, InternetEdge, Nat64, Published, Site, StaticRoute, StaticVia,
    Translated, Underlay, Vpn, WanLink,
};

use std::path::{Path, PathBuf};

use crate::addr::IpPrefix;
use crate::catalog::Cloud;
use crate::diag::{Source, Spanned};

/// A network file with comments to start from, as `peerpath init` writes it.
pub const TEMPLATE: &str = include_str!("template.yaml");

/// A validated network. The order of every vector is the order of the file.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Network {
    /// What it is called; the file's name without its extension where it says nothing.
    pub name: String,
    /// Microsoft's cloud that its circuits lead to.
    pub cloud: Cloud,
    /// Where clients sit; at least one.
    pub sites: Vec<Site>,
    /// The links between sites; `None` where the file says nothing of them: then every site reaches all others.
    pub wan: Option<Vec<WanLink>>,
    /// The translators of IPv6 to IPv4 at sites.
    pub nat64: Vec<Nat64>,
    /// The ExpressRoute circuits.
    pub circuits: Vec<Circuit>,
    /// The virtual networks.
    pub virtual_networks: Vec<VirtualNetwork>,
    /// The virtual hubs, all of one Virtual WAN.
    pub virtual_hubs: Vec<VirtualHub>,
    /// The route maps that sessions name.
    pub route_maps: Vec<RouteMapDefinition>,
    /// The prefix lists that route maps name.
    pub prefix_lists: Vec<PrefixListDefinition>,
    /// The route tables that subnets name.
    pub route_tables: Vec<RouteTable>,
    /// The findings that are accepted.
    pub accepted: Vec<Accepted>,
    /// The file, for findings that point into it.
    pub source: Source,
    /// By circuit and connection, see [`Self::edge_of`].
    edges: Vec<[Option<SiteId>; 2]>,
    /// By virtual network, see [`Self::announced_by`].
    announced: Vec<Vec<(VirtualNetworkId, Spanned<IpPrefix>)>>,
}

impl Network {
    /// The site of this id, or `None` for an id of another network.
    pub fn site(&self, id: SiteId) -> Option<&Site> {
        self.sites.get(id.index())
    }

    /// The circuit of this id, or `None` for an id of another network.
    pub fn circuit(&self, id: CircuitId) -> Option<&Circuit> {
        self.circuits.get(id.index())
    }

    /// The site at whose edge a connection of a circuit ends: the one that is attached to it without a metric. `None` where no
    /// site is, or several are.
    pub fn edge_of(&self, circuit: CircuitId, connection: Connection) -> Option<SiteId> {
        let [primary, secondary] = *self.edges.get(circuit.index())?;
        match connection {
            Connection::Primary => primary,
            Connection::Secondary => secondary,
        }
    }

    /// The sites at whose edges the connections of a circuit end, each once, the primary's first; `None` stands for one that
    /// is not known.
    pub fn edges_of(&self, circuit: CircuitId) -> Vec<Option<SiteId>> {
        let mut all = Connection::ALL.map(|connection| self.edge_of(circuit, connection)).to_vec();
        all.dedup();
        all
    }

    /// Works out at whose edge each connection ends, when its sites and circuits are known.
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

    /// Everything that the gateway of a virtual network [announces](Self::announced), of the virtual networks
    /// [behind it](Self::behind_gateway) in their order; nothing where it has none.
    pub fn announced_by(&self, hub: VirtualNetworkId) -> &[(VirtualNetworkId, Spanned<IpPrefix>)] {
        self.announced.get(hub.index()).map_or(&[], Vec::as_slice)
    }

    /// Works out what gateways announce, when its virtual networks are known.
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

    /// The circuits that Global Reach joins with one, whichever of both says it, each with the line that does; ascending.
    /// What is joined with these is not (Microsoft, *ExpressRoute Global Reach*).
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

    /// The links between sites with their ids; none where the file says nothing of them.
    pub fn wan_links_with_ids(&self) -> impl Iterator<Item = (WanLinkId, &WanLink)> {
        (0..).map(WanLinkId).zip(self.wan.iter().flatten())
    }

    /// The virtual network of this id, or `None` for an id of another network.
    pub fn virtual_network(&self, id: VirtualNetworkId) -> Option<&VirtualNetwork> {
        self.virtual_networks.get(id.index())
    }

    /// The route map of this id, or `None` for an id of another network.
    pub fn route_map(&self, id: RouteMapId) -> Option<&RouteMapDefinition> {
        self.route_maps.get(id.index())
    }

    /// The prefix list of this id, or `None` for an id of another network.
    pub fn prefix_list(&self, id: PrefixListId) -> Option<&PrefixListDefinition> {
        self.prefix_lists.get(id.index())
    }

    /// The route table of this id, or `None` for an id of another network.
    pub fn route_table(&self, id: RouteTableId) -> Option<&RouteTable> {
        self.route_tables.get(id.index())
    }

    /// A path of the file as the program can open it: relative paths begin at the file's folder.
    pub fn path_of(&self, written: &str) -> PathBuf {
        Path::new(self.source.name()).parent().unwrap_or(Path::new("")).join(written)
    }

    /// The site of this name, exactly as written.
    pub fn site_named(&self, name: &str) -> Option<(SiteId, &Site)> {
        (0..).map(SiteId).zip(&self.sites).find(|(_, site)| site.name == name)
    }

    /// Every site with its id.
    pub fn sites_with_ids(&self) -> impl ExactSizeIterator<Item = (SiteId, &Site)> + DoubleEndedIterator {
        self.sites
            .iter()
            .enumerate()
            .map(|(index, site)| (SiteId(u32::try_from(index).unwrap_or(u32::MAX)), site))
    }

    /// The published server of this name, exactly as written.
    pub fn published_named(&self, name: &str) -> Option<(PublishedId, &Published)> {
        self.published_with_ids().find(|(_, server)| server.name == name)
    }

    /// The published server of this id, or `None` for an id of another network.
    pub fn published(&self, id: PublishedId) -> Option<&Published> {
        self.site(id.site)?.published.get(usize::try_from(id.index).ok()?)
    }

    /// Every published server with its id, site by site.
    pub fn published_with_ids(&self) -> impl Iterator<Item = (PublishedId, &Published)> {
        self.sites_with_ids().flat_map(|(site, entry)| {
            (0..).zip(&entry.published).map(move |(index, server)| (PublishedId { site, index }, server))
        })
    }

    /// The circuit of this name, exactly as written.
    pub fn circuit_named(&self, name: &str) -> Option<(CircuitId, &Circuit)> {
        self.circuits_with_ids().find(|(_, circuit)| circuit.name == name)
    }

    /// The virtual network of this name, exactly as written.
    pub fn virtual_network_named(&self, name: &str) -> Option<(VirtualNetworkId, &VirtualNetwork)> {
        self.virtual_networks_with_ids().find(|(_, network)| network.name == name)
    }

    /// The subnet that `VIRTUAL-NETWORK/SUBNET` names.
    pub fn subnet_named(&self, name: &str) -> Option<(VirtualNetworkId, SubnetId, &Subnet)> {
        let (network, subnet) = name.split_once('/')?;
        let (id, network) = self.virtual_network_named(network)?;
        let mut subnets = (0..).map(SubnetId).zip(&network.subnets);
        subnets.find(|(_, entry)| entry.name == subnet).map(|(index, entry)| (id, index, entry))
    }

    /// Whether a peering spans regions: what the file says, else what the regions say. `None` where
    /// a region is missing.
    pub fn is_global(&self, id: VirtualNetworkId, peering: &VirtualNetworkPeering) -> Option<bool> {
        peering.global.or_else(|| {
            let region = |id| self.virtual_network(id)?.region.as_ref();
            Some(region(id)? != region(peering.virtual_network)?)
        })
    }

    /// Every virtual network with its id.
    pub fn virtual_networks_with_ids(&self) -> impl Iterator<Item = (VirtualNetworkId, &VirtualNetwork)> {
        (0..).map(VirtualNetworkId).zip(&self.virtual_networks)
    }

    /// Every circuit with its id.
    pub fn circuits_with_ids(&self) -> impl Iterator<Item = (CircuitId, &Circuit)> {
        (0..).map(CircuitId).zip(&self.circuits)
    }
}
