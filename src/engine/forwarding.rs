//! Past the first router: where a decision hands a packet to a gateway or an appliance, that decides again by its own
//! table, until nothing hands it on.
//!
//! A packet from a site enters a virtual network over its gateway, and the effective routes of `GatewaySubnet` decide,
//! its route table included; what a virtual machine sends to a site goes to Microsoft's edge directly, so that this
//! table is passed on the way in alone. An appliance forwards by the effective routes of its own subnet.
//!
//! Sources: Microsoft, *Virtual network traffic routing* (next hop virtual appliance; a route table on `GatewaySubnet`),
//! *Use Azure Firewall to route a multi-hub and spoke topology* (what comes in from on-premises follows the routes of
//! `GatewaySubnet`, and which prefixes these must have).

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

use crate::addr::IpPrefix;
use crate::catalog::Lookup;
use crate::diag::Span;
use crate::engine::decision::{Carrier, Decision, Device, Disposition, Hop, Reason, Router, TableFault, Why};
use crate::engine::effective_routes::{Gateways, Subnet, from_subnet};
use crate::engine::inputs::Inputs;
use crate::engine::session::{Session, behind_gateway};
use crate::network::{
    Network, Subnet as Settings, SubnetId, UserNextHop, UserRouteDestination, VirtualNetworkId,
};
use crate::rib::SessionId;

/// The routers of a network, with what they have in common worked out once.
pub(in crate::engine) struct Forwarding<'a> {
    inputs: Inputs<'a>,
    /// By the virtual networks whose gateways they are: all spokes of a hub share them.
    gateways: RefCell<HashMap<Vec<VirtualNetworkId>, Arc<Gateways>>>,
    /// Of [`Self::prefixes`], all of them.
    prefixes: OnceCell<Vec<IpPrefix>>,
    inbound: OnceCell<Vec<(IpPrefix, Router)>>,
}

/// What a router decides by.
pub(in crate::engine) enum Table<'a> {
    /// The effective routes of a subnet.
    Routes(Subnet<'a>),
    /// One decision whatever the address.
    Always(Decision),
}

/// Where packets start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::engine) enum Start {
    /// At a site's edge: the crossing to Azure is the first router's.
    Site,
    /// In a subnet: the crossing, if there is one, is the last router's.
    Subnet,
}

impl<'a> Forwarding<'a> {
    pub(in crate::engine) fn new(inputs: Inputs<'a>) -> Self {
        Self { inputs, gateways: RefCell::default(), prefixes: OnceCell::new(), inbound: OnceCell::new() }
    }

    pub(in crate::engine) fn inputs(&self) -> Inputs<'a> {
        self.inputs
    }

    pub(in crate::engine) fn network(&self) -> &'a Network {
        self.inputs.network
    }

    /// What the gateways that a virtual network uses have learned.
    pub(in crate::engine) fn gateways(&self, id: VirtualNetworkId) -> Arc<Gateways> {
        let hubs = Gateways::hubs(self.inputs.network, id);
        let mut known = self.gateways.borrow_mut();
        if let Some(known) = known.get(&hubs) {
            return Arc::clone(known);
        }
        let gateways = Arc::new(Gateways::at(self.inputs, &hubs));
        known.insert(hubs, Arc::clone(&gateways));
        gateways
    }

    /// A subnet with all that gives it routes.
    pub(in crate::engine) fn subnet(&self, id: VirtualNetworkId, subnet: SubnetId) -> Option<Subnet<'a>> {
        Subnet::with_gateways(self.inputs, id, subnet, self.gateways(id))
    }

    /// What a router decides by; `None` for one of another network.
    pub(in crate::engine) fn table(&self, router: Router) -> Option<Table<'a>> {
        let network = self.inputs.network;
        match router {
            Router::Device(device) => self.subnet(device.network, device.subnet).map(Table::Routes),
            Router::Gateway(id) => {
                let (subnet, settings) = gateway_subnet(network, id)?;
                match fault(network, id, settings) {
                    Some((fault, span)) => {
                        let reason = Reason::GatewayTable { fault, span };
                        Some(Table::Always(Decision::plain(Disposition::Unknown, None, reason)))
                    }
                    None => self.subnet(id, subnet).map(Table::Routes),
                }
            }
        }
    }

    /// The router that a decision in a virtual network hands a packet to.
    pub(in crate::engine) fn onward(&self, at: VirtualNetworkId, decision: &Decision) -> Option<Router> {
        match decision.reason() {
            Reason::Appliance { address, .. } if decision.disposition == Disposition::Unknown => {
                Device::at(self.inputs.network, at, *address).map(Router::Device)
            }
            _ => None,
        }
    }

    /// What comes from sites over a gateway whose subnet has a route table of the user's own, by destination. Every
    /// other gateway delivers directly, by system routes.
    pub(in crate::engine) fn inbound(&self) -> &[(IpPrefix, Router)] {
        self.inbound.get_or_init(|| self.all_inbound())
    }

    fn all_inbound(&self) -> Vec<(IpPrefix, Router)> {
        let network = self.inputs.network;
        let mut all = Vec::new();
        for (hub, own) in network.virtual_networks_with_ids() {
            let has_table =
                gateway_subnet(network, hub).is_some_and(|(_, subnet)| subnet.route_table.is_some());
            if own.gateway.is_none() || !has_table {
                continue;
            }
            let behind = behind_gateway(network, hub);
            // A spoke with a gateway of its own is entered over that one.
            let behind = behind.filter(|(id, own)| *id == hub || own.gateway.is_none());
            let prefixes = behind.flat_map(|(_, own)| &own.prefixes);
            all.extend(prefixes.map(|prefix| (prefix.value, Router::Gateway(hub))));
        }
        all
    }

    /// The router that lets in what a site's decision sends to an address: the slow twin of [`Self::inbound`].
    pub(in crate::engine) fn entered(
        &self,
        decision: &Decision,
        sessions: &[Session],
        address: IpAddr,
    ) -> Option<Router> {
        let holding = self.inbound().iter().filter(|(prefix, _)| prefix.contains(address));
        let router = holding.max_by_key(|(prefix, _)| prefix.length()).map(|(_, router)| *router);
        router.filter(|router| self.lets_in(router.network(), decision, sessions))
    }

    /// Whether what carries a site's decision ends at the gateway of a virtual network.
    pub(in crate::engine) fn lets_in(
        &self,
        hub: VirtualNetworkId,
        decision: &Decision,
        sessions: &[Session],
    ) -> bool {
        let network = self.inputs.network;
        let Some(gateway) = network.virtual_network(hub).and_then(|own| own.gateway.as_ref()) else {
            return false;
        };
        let tunnel = |name: &str| {
            gateway.vpn.iter().any(|end| {
                let vpn = usize::try_from(end.vpn).ok();
                let vpn = network.site(end.site).zip(vpn).and_then(|(site, index)| site.vpn.get(index));
                vpn.is_some_and(|vpn| vpn.name == name)
            })
        };
        let ends_there = |carrier: &Carrier| match carrier.circuit {
            Some((circuit, _)) => gateway.circuits.iter().any(|own| own.circuit == circuit),
            None => sessions.iter().any(|own| own.id == carrier.session && tunnel(&own.name)),
        };
        crosses(decision) && decision.carriers().iter().any(ends_there)
    }

    /// Every router that a packet passes from `router` on, with its decision: the last one's hands nothing on.
    ///
    /// # Complexity
    ///
    /// Linear in the routes of each router.
    pub(in crate::engine) fn follow(&self, router: Router, address: IpAddr, lookup: &Lookup<'_>) -> Vec<Hop> {
        let (mut hops, mut next) = (Vec::<Hop>::new(), Some(router));
        while let Some(router) = next {
            if hops.iter().any(|hop| hop.router == router) {
                hops.extend(looped(router, hops.last()));
                break;
            }
            let decision = match self.table(router) {
                Some(Table::Routes(subnet)) => {
                    from_subnet(&subnet, address, lookup).map(|told| told.decision)
                }
                Some(Table::Always(decision)) => Some(decision),
                None => None,
            };
            let Some(decision) = decision else { break };
            next = self.onward(router.network(), &decision);
            hops.push(Hop { router, decision });
        }
        hops
    }

    /// What a first decision and the routers behind it come to: the first one's prefix and reason, the crossing's
    /// disposition and carriers. `sessions` are those of the start, to which carriers of other gateways are added.
    pub(in crate::engine) fn summary(
        &self,
        start: Start,
        first: &Decision,
        hops: Vec<Hop>,
        sessions: &mut Vec<Session>,
    ) -> Decision {
        let Some(last) = hops.last() else { return first.clone() };
        let (disposition, carriers) = match start {
            Start::Site if is_delivered(&last.decision) => (first.disposition, first.carriers().to_vec()),
            // Back over a circuit or tunnel, whence it came: no document says what becomes of it.
            Start::Site if crosses(&last.decision) => (Disposition::Unknown, first.carriers().to_vec()),
            Start::Site => {
                let end = last.decision.disposition;
                let lost = matches!(end, Disposition::Discarded | Disposition::Unreachable);
                (end, if lost { Vec::new() } else { first.carriers().to_vec() })
            }
            Start::Subnet => {
                let theirs = self.gateways(last.router.network());
                let carriers = last.decision.carriers();
                let adopt = |carrier: &Carrier| adopt(sessions, &theirs.sessions, *carrier);
                (last.decision.disposition, carriers.iter().filter_map(adopt).collect())
            }
        };
        let why = Why { reason: first.reason().clone(), carriers, step: first.step(), hops };
        Decision { disposition, prefix: first.prefix, why: Arc::new(why) }
    }

    /// The prefixes by which routers past the first one tell addresses near `wanted` apart: those of every gateway and of
    /// every appliance that a route names.
    pub(in crate::engine) fn prefixes(&self, wanted: &dyn Fn(IpPrefix) -> bool) -> Vec<IpPrefix> {
        let all = self.prefixes.get_or_init(|| self.all_prefixes());
        all.iter().copied().filter(|prefix| wanted(*prefix)).collect()
    }

    fn all_prefixes(&self) -> Vec<IpPrefix> {
        let wanted = &|_: IpPrefix| true;
        let routers = routers(self.inputs.network);
        let tables = routers.into_iter().filter_map(|router| match self.table(router)? {
            Table::Routes(subnet) => Some(subnet),
            Table::Always(_) => None,
        });
        let mut all: Vec<IpPrefix> = Vec::new();
        for subnet in tables {
            all.extend(subnet.routes(wanted).iter().map(|route| route.prefix));
            all.extend(subnet.tunnel_routes(wanted).iter().map(|route| route.prefix));
        }
        all.extend(self.inbound().iter().map(|(prefix, _)| *prefix));
        all.sort_unstable();
        all.dedup();
        all
    }
}

/// The hop at which a packet comes to a router that it passed before.
pub(in crate::engine) fn looped(router: Router, last: Option<&Hop>) -> Option<Hop> {
    let last = last?;
    let span = last.decision.reason().span()?;
    let decision = Decision::plain(Disposition::Discarded, last.decision.prefix, Reason::Loop { span });
    Some(Hop { router, decision })
}

/// Whether a decision sends a packet over a circuit's private peering or a tunnel.
pub(in crate::engine) fn crosses(decision: &Decision) -> bool {
    matches!(decision.disposition, Disposition::PrivatePeering | Disposition::Vpn)
}

/// Whether a router's decision brings a packet to a virtual machine or private endpoint.
pub(in crate::engine) fn is_delivered(decision: &Decision) -> bool {
    decision.disposition == Disposition::AzureBackbone
}

/// Every router past the first one: gateways with a route table of the user's own, and appliances that routes name.
fn routers(network: &Network) -> Vec<Router> {
    let mut all = Vec::new();
    for (id, own) in network.virtual_networks_with_ids() {
        let table = gateway_subnet(network, id).and_then(|(_, subnet)| subnet.route_table);
        all.extend(table.filter(|_| own.gateway.is_some()).map(|_| Router::Gateway(id)));
        for subnet in &own.subnets {
            let table = subnet.route_table.and_then(|table| network.route_table(table.value));
            let routes = table.into_iter().flat_map(|table| &table.routes);
            let devices = routes.filter_map(|route| match route.next_hop.value {
                UserNextHop::VirtualAppliance(address) => Device::at(network, id, address),
                _ => None,
            });
            all.extend(devices.map(Router::Device));
        }
    }
    all.sort_unstable();
    all.dedup();
    all
}

/// The subnet of a virtual network's gateway.
pub(in crate::engine) fn gateway_subnet(
    network: &Network,
    id: VirtualNetworkId,
) -> Option<(SubnetId, &Settings)> {
    let subnets = &network.virtual_network(id)?.subnets;
    (0..).map(SubnetId).zip(subnets).find(|(_, subnet)| subnet.is_for_gateways())
}

/// What of the route table of a `GatewaySubnet` keeps the gateway from working (Microsoft, *Virtual network traffic
/// routing*, *ExpressRoute virtual network gateways*).
fn fault(network: &Network, id: VirtualNetworkId, subnet: &Settings) -> Option<(TableFault, Span)> {
    let table = network.route_table(subnet.route_table?.value)?;
    let space = &network.virtual_network(id)?.prefixes;
    // A route as long as the address space takes the gateway's own addresses from the system's route; a shorter one does not.
    let covers = |prefix: IpPrefix| {
        let own = subnet.prefixes.iter().any(|own| prefix.covers(own.value));
        own && space.iter().any(|space| space.value.covers(prefix))
    };
    if table.disable_bgp_route_propagation {
        return Some((TableFault::NoPropagation, table.span));
    }
    table.routes.iter().find_map(|route| match &route.destination.value {
        UserRouteDestination::Prefix(prefix) if prefix.length() == 0 => {
            Some((TableFault::DefaultRoute, route.destination.span))
        }
        UserRouteDestination::Prefix(prefix)
            if matches!(route.next_hop.value, UserNextHop::VirtualAppliance(_) | UserNextHop::None)
                && covers(*prefix) =>
        {
            Some((TableFault::OwnAddresses, route.destination.span))
        }
        _ => None,
    })
}

/// A carrier of another gateway among the sessions of the start.
fn adopt(sessions: &mut Vec<Session>, theirs: &[Session], carrier: Carrier) -> Option<Carrier> {
    let session = theirs.iter().find(|session| session.id == carrier.session)?;
    let known = sessions.iter().find(|own| (own.kind, &own.name) == (session.kind, &session.name));
    let id = if let Some(known) = known {
        known.id
    } else {
        let id = SessionId::new(u32::try_from(sessions.len()).ok()?);
        sessions.push(Session { id, ..session.clone() });
        id
    };
    Some(Carrier { session: id, ..carrier })
}
