//! Kinds of places: groups of places that the routes of a network do not distinguish.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::Arc;

use crate::addr::IpPrefix;
use crate::catalog::Catalog;
use crate::diag::Spanned;
use crate::engine::covering_prefixes::{covering, within};
use crate::engine::decision::{Device, Router};
use crate::engine::inputs::Inputs;
use crate::engine::return_path::parts_with_address;
use crate::engine::vantage::Vantage;
use crate::network::{
    ApplianceId, CircuitId, Connection, Network, RouteTable, RouteTableId, SiteId, StaticVia, Subnet,
    SubnetId, Underlay, UserNextHop, UserRouteDestination, VirtualHubId, VirtualNetwork, VirtualNetworkId,
};

use super::Survey;

/// A part of a site or a subnet. The same routes cover all addresses in the part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Probe {
    /// The site, or the subnet.
    pub at: Vantage,
    /// The prefix in the file that contains the part.
    pub prefix: Spanned<IpPrefix>,
    /// An address in the part.
    pub address: IpAddr,
}

/// Places that the routes of the network do not distinguish; at least one. The first place represents all of them.
pub type Kind = Arc<[Probe]>;

/// The kinds of places of a network.
#[derive(Clone, Debug)]
pub struct Kinds {
    /// The kinds at sites.
    pub sites: Vec<Kind>,
    /// The kinds in subnets.
    pub subnets: Vec<Kind>,
    /// A number for each kind in subnets. Kinds with the same number are reached by the same routes, regardless of the
    /// routes that they have themselves.
    pub covered: Vec<usize>,
}

/// An entry in the network file with a prefix that covers addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Cover {
    /// A prefix that is advertised on private peering.
    Learned(CircuitId, Connection),
    /// A prefix that is advertised over a tunnel of this kind.
    Tunnel(usize),
    /// A static route of a site, with its administrative distance.
    Static(SiteId, StaticVia, u8),
    /// A destination of a rule with this number that denies packets, or one of its exceptions.
    Denied(usize, bool),
    /// A destination for which the clients of a site use their proxy, or one of the exceptions.
    Proxied(SiteId, bool),
    /// A user route in route tables with the same routes.
    User(usize, UserNextHop),
    /// A prefix that an appliance advertises to a Route Server.
    Injected(VirtualNetworkId, ApplianceId),
    /// A destination prefix for which an appliance does not translate the source of packets.
    Kept(Device),
    /// The address space of a virtual network of this kind.
    Space(usize),
}

/// The entries that cover an address, longest prefix first. The prefix lengths themselves are not part of the chain.
type Chain = Vec<Vec<Cover>>;

/// Assigns numbers to values, in the order of their first appearance.
struct Numbers<T>(HashMap<T, usize>);

impl<T: Eq + Hash> Numbers<T> {
    fn get(&mut self, value: T) -> usize {
        let next = self.0.len();
        *self.0.entry(value).or_insert(next)
    }
}

impl<T> Default for Numbers<T> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

/// The data that distinguishes the places in a network.
struct Covers<'n> {
    network: &'n Network,
    catalog: &'n Catalog,
    all: BTreeMap<IpPrefix, BTreeSet<Cover>>,
    sites: BTreeMap<IpPrefix, SiteId>,
    /// A number for the shape of each virtual network, indexed by virtual network.
    spaces: Vec<usize>,
    tables: Vec<usize>,
}

impl Survey<'_> {
    /// Returns the kinds of places at sites and in subnets for virtual machines, each list in the order of the file.
    /// Subnets for gateways and for appliances that serve other subnets are omitted.
    ///
    /// # Complexity
    ///
    /// `O(n log n)` in the prefixes of sites and subnets, and in the routes of route tables.
    pub fn kinds(&self) -> Kinds {
        let covers = Covers::of(self.common.inputs());
        let (subnets, covered) = covers.in_subnets();
        Kinds { sites: covers.at_sites(), subnets, covered }
    }
}

impl<'n> Covers<'n> {
    fn of(inputs: Inputs<'n>) -> Self {
        let mut covers = Self {
            network: inputs.network,
            catalog: inputs.catalog,
            all: BTreeMap::new(),
            sites: BTreeMap::new(),
            spaces: Vec::new(),
            tables: Vec::new(),
        };
        covers.sites();
        covers.tables();
        covers.translators();
        covers.route_servers();
        covers.spaces();
        covers
    }

    fn add(&mut self, prefix: IpPrefix, cover: Cover) {
        self.all.entry(prefix).or_default().insert(cover);
    }

    fn sites(&mut self) {
        let network = self.network;
        for (id, circuit) in network.circuits_with_ids() {
            if let Some(peering) = &circuit.private_peering {
                for connection in Connection::ALL {
                    for prefix in peering.advertised_on(connection) {
                        self.add(prefix.value, Cover::Learned(id, connection));
                    }
                }
            }
        }
        let mut tunnels: Numbers<(&[VirtualNetworkId], Option<VirtualHubId>, Underlay)> = Numbers::default();
        for (id, site) in network.sites_with_ids() {
            self.sites.extend(site.prefixes.iter().map(|prefix| (prefix.value, id)));
            for tunnel in &site.vpn {
                let kind =
                    Cover::Tunnel(tunnels.get((&tunnel.virtual_networks, tunnel.virtual_hub, tunnel.over)));
                for prefix in
                    tunnel.advertised.as_ref().unwrap_or(&site.prefixes).iter().chain(&tunnel.prefixes)
                {
                    self.add(prefix.value, kind);
                }
            }
            for route in &site.static_routes {
                let cover = Cover::Static(id, route.via.value, route.distance);
                for prefix in route.destination.value.prefixes(self.catalog) {
                    self.add(prefix, cover);
                }
            }
        }
        self.denied();
        self.proxied();
    }

    /// Adds the destinations of proxies. Without any, a proxy serves no address of the company.
    fn proxied(&mut self) {
        let (network, catalog) = (self.network, self.catalog);
        for (id, site) in network.sites_with_ids() {
            let Some(proxy) = &site.proxy else { continue };
            let chosen = proxy.destinations.iter().flatten().map(|selector| (selector, false));
            for (selector, except) in chosen.chain(proxy.except.iter().map(|selector| (selector, true))) {
                for prefix in selector.prefixes(catalog) {
                    self.add(prefix, Cover::Proxied(id, except));
                }
            }
        }
    }

    /// Adds the destinations of rules that deny packets. Routers with the same rule count once.
    fn denied(&mut self) {
        let (network, catalog) = (self.network, self.catalog);
        let mut rules = Numbers::default();
        let edges = network.sites.iter().filter_map(|site| Some(site.internet.as_ref()?.deny.as_slice()));
        let devices = Router::all(network).into_iter().filter_map(|router| match router {
            Router::Device(device) => Some(device.deny_rules(network)),
            _ => None,
        });
        for rules_of_one in edges.chain(devices) {
            for rule in rules_of_one {
                let known = rules.0.len();
                let number = rules.get((&rule.destination, &rule.except));
                if number < known {
                    continue;
                }
                for prefix in rule.destination.prefixes(catalog) {
                    self.add(prefix, Cover::Denied(number, false));
                }
                for prefix in rule.except.iter().flat_map(|selector| selector.prefixes(catalog)) {
                    self.add(prefix, Cover::Denied(number, true));
                }
            }
        }
    }

    fn tables(&mut self) {
        let network = self.network;
        let mut kinds = Numbers::default();
        let content = |table: &'n RouteTable| {
            let routes = table.routes.iter().map(|route| (&route.destination.value, route.next_hop.value));
            (table.disable_bgp_route_propagation, routes.collect::<Vec<_>>())
        };
        self.tables = network.route_tables.iter().map(|table| kinds.get(content(table))).collect();
        for id in attached(network) {
            let (Some(table), Some(kind)) = (network.route_table(id), self.table(id)) else { continue };
            for route in &table.routes {
                if let UserRouteDestination::Prefix(prefix) = route.destination.value {
                    self.add(prefix, Cover::User(kind, route.next_hop.value));
                }
            }
        }
    }

    fn spaces(&mut self) {
        let network = self.network;
        let mut kinds = Numbers::default();
        for (id, own) in network.virtual_networks_with_ids() {
            // Hubs treat a virtual network according to its connection, so each connected virtual network is a separate
            // kind.
            let connected = (!network.virtual_hubs.is_empty()).then_some(id);
            let kind = kinds.get((shape(network, id, own), connected));
            self.spaces.push(kind);
            for prefix in &own.prefixes {
                self.add(prefix.value, Cover::Space(kind));
            }
        }
    }

    fn translators(&mut self) {
        for router in Router::all(self.network) {
            let Router::Device(device) = router else { continue };
            for prefix in device.kept_sources(self.network).into_iter().flatten() {
                self.add(prefix, Cover::Kept(device));
            }
        }
    }

    fn route_servers(&mut self) {
        for (id, _) in self.network.virtual_networks_with_ids() {
            for (peer, route) in self.network.injected(id) {
                self.add(route.prefix.value, Cover::Injected(id, peer.appliance));
            }
        }
    }

    fn table(&self, id: RouteTableId) -> Option<usize> {
        self.tables.get(id.index()).copied()
    }

    fn chain(&self, prefix: IpPrefix) -> Chain {
        covering(&self.all, prefix).map(|(_, covers)| covers.iter().copied().collect()).collect()
    }

    /// Splits a prefix of a place into parts, each with an address in the part.
    fn parts(&self, at: Vantage, prefix: Spanned<IpPrefix>) -> Vec<(IpPrefix, Probe)> {
        let inside = within(&self.all, prefix.value).map(|(inner, _)| inner);
        let sites = within(&self.sites, prefix.value).map(|(inner, _)| inner);
        let parts = parts_with_address(prefix.value, inside.chain(sites));
        parts.into_iter().map(|(part, address)| (part, Probe { at, prefix, address })).collect()
    }

    fn at_sites(&self) -> Vec<Kind> {
        let network = self.network;
        let mut all = Sorted::default();
        for (id, site) in network.sites_with_ids() {
            let attached: Vec<_> = site
                .attachments
                .iter()
                .map(|own| {
                    let import = own.import.map(|map| map.value);
                    (own.circuit, own.metric, &own.connections, import, own.stateful)
                })
                .collect();
            let tunnels: Vec<_> = site
                .vpn
                .iter()
                .map(|own| {
                    (&own.virtual_networks, own.over, own.state.value, own.import.map(|map| map.value))
                })
                .collect();
            let routes: Vec<_> = site
                .static_routes
                .iter()
                .map(|route| (&route.destination.value, route.via.value, route.distance))
                .collect();
            let links = network.wan_links_with_ids().filter(|(_, link)| link.sites.contains(&id));
            let links: Vec<_> = links.map(|(link, _)| link).collect();
            let edge = site.internet.as_ref().map(|edge| {
                let deny: Vec<_> = edge.deny.iter().map(|rule| (&rule.destination, &rule.except)).collect();
                (edge.default_route, edge.state.value, deny)
            });
            let proxy = site.proxy.as_ref();
            let proxy = proxy.map(|proxy| (proxy.site, &proxy.destinations, &proxy.except, proxy.over));
            for prefix in &site.prefixes {
                for (part, place) in self.parts(Vantage::Site(id), *prefix) {
                    // A prefix inside this prefix may belong to another site.
                    if covering(&self.sites, part).next().is_none_or(|(_, owner)| *owner == id) {
                        let own = (&attached, &tunnels, &routes, &links, &edge, &proxy);
                        all.add(format!("{own:?}"), self.chain(part), place);
                    }
                }
            }
        }
        all.kinds()
    }

    fn in_subnets(&self) -> (Vec<Kind>, Vec<usize>) {
        let mut all = Sorted::default();
        let mut numbers = Numbers::default();
        let mut covered: Vec<usize> = Vec::new();
        for (id, own) in self.network.virtual_networks_with_ids() {
            for (subnet, settings) in (0..).map(SubnetId).zip(&own.subnets) {
                if !is_for_machines(self.network, own, settings) {
                    continue;
                }
                let table = settings.route_table.and_then(|table| self.table(table.value));
                let shut_in = settings.no_way_out().is_some();
                let joined = self.network.has_partial_peering(id).then_some(subnet);
                let space = self.spaces.get(id.index());
                for prefix in &settings.prefixes {
                    for (part, place) in self.parts(Vantage::Subnet(id, subnet), *prefix) {
                        let chain = self.chain(part);
                        let number = numbers.get((space, joined, place.address.is_ipv4(), chain.clone()));
                        let kind = all.add(format!("{:?}", (space, table, shut_in, joined)), chain, place);
                        if kind == covered.len() {
                            covered.push(number);
                        }
                    }
                }
            }
        }
        (all.kinds(), covered)
    }
}

/// Places grouped by kind. Kinds are in the order of their first appearance.
#[derive(Default)]
struct Sorted {
    /// The kinds, keyed by the place's own settings, its address family and the entries that cover it.
    known: HashMap<(String, bool, Chain), usize>,
    all: Vec<Vec<Probe>>,
}

impl Sorted {
    /// Adds a place and returns its kind.
    fn add(&mut self, own: String, chain: Chain, place: Probe) -> usize {
        let next = self.all.len();
        let key = (own, place.address.is_ipv4(), chain);
        let kind = *self.known.entry(key).or_insert(next);
        match self.all.get_mut(kind) {
            Some(places) => places.push(place),
            None => self.all.push(vec![place]),
        }
        kind
    }

    fn kinds(self) -> Vec<Kind> {
        self.all.into_iter().map(Into::into).collect()
    }
}

/// Returns the route tables that subnets use, each once.
fn attached(network: &Network) -> BTreeSet<RouteTableId> {
    let subnets = network.virtual_networks.iter().flat_map(|own| &own.subnets);
    subnets.filter_map(|subnet| subnet.route_table).map(|table| table.value).collect()
}

/// Returns whether a subnet is for virtual machines, that is, whether it belongs neither to a gateway nor to an
/// appliance that serves other subnets.
fn is_for_machines(network: &Network, own: &VirtualNetwork, subnet: &Subnet) -> bool {
    const RESERVED: [&str; 4] =
        ["GatewaySubnet", "AzureFirewallSubnet", "AzureFirewallManagementSubnet", "RouteServerSubnet"];
    if RESERVED.iter().any(|kept| subnet.name.eq_ignore_ascii_case(kept)) {
        return false;
    }
    let holds = |address: IpAddr| subnet.prefixes.iter().any(|prefix| prefix.value.contains(address));
    let table = subnet.route_table.and_then(|table| network.route_table(table.value));
    let serves_itself = table.into_iter().flat_map(|table| &table.routes).any(
        |route| matches!(route.next_hop.value, UserNextHop::VirtualAppliance(address) if holds(address)),
    );
    let mut appliances = own.appliances.iter().flat_map(|appliance| &appliance.addresses);
    serves_itself || !appliances.any(|one| holds(one.value))
}

/// Returns the properties that distinguish a virtual network: its peerings, or its id if other virtual networks use it
/// for transit.
fn shape(network: &Network, id: VirtualNetworkId, own: &VirtualNetwork) -> String {
    let serves = own.has_bgp()
        || !own.appliances.is_empty()
        || own.subnets.iter().any(|subnet| !is_for_machines(network, own, subnet));
    if serves || network.has_partial_peering(id) {
        return format!("{id:?}");
    }
    let peerings = own.peerings.iter().map(|peering| {
        let back = network.virtual_network(peering.virtual_network).and_then(|other| other.peering_with(id));
        let flags = |one: &crate::network::VirtualNetworkPeering| {
            let written = |flag: Option<Spanned<bool>>| flag.map(|flag| flag.value);
            (
                written(one.allow_virtual_network_access),
                written(one.allow_forwarded_traffic),
                one.allow_gateway_transit,
                one.use_remote_gateways,
            )
        };
        (peering.virtual_network, flags(peering), back.map(flags))
    });
    format!("{:?}", peerings.collect::<Vec<_>>())
}
