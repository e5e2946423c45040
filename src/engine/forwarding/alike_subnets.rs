//! Which subnets decide alike outside of the address space of their own virtual networks, whatever lies behind their
//! first hop included.

use std::collections::BTreeSet;
use std::net::IpAddr;

use crate::diag::Span;
use crate::engine::decision::{Device, Router};
use crate::engine::effective_routes::OutwardRoutes;
use crate::network::{PeeringEnd, SubnetId, VirtualNetworkId};

use crate::engine::forwarding::Forwarding;

/// All that what becomes of a packet follows from, and of an answer, that starts in a subnet and is for an address outside
/// of its virtual network, within one state of a network.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::engine) struct Outward {
    /// The virtual networks whose gateways it uses, and its virtual network: their sessions carry decisions.
    gateways: [Vec<VirtualNetworkId>; 2],
    pub(in crate::engine) routes: OutwardRoutes,
    /// The appliances at its next hops.
    devices: Vec<(IpAddr, Option<Device>)>,
    /// The route table that keeps the gateway's routes away, by its place.
    propagates_nothing: Option<Span>,
    /// The virtual networks that its own is peered with, in the order of the file.
    peers: Vec<VirtualNetworkId>,
    /// Its own virtual network, where an appliance is in it: what that one forwards is not forwarded into another one.
    own: Option<VirtualNetworkId>,
}

impl Forwarding<'_> {
    /// What counts of a subnet outside of its virtual network, of all that counts here; `None` where the network has none such,
    /// where it has virtual hubs, since what these tell each virtual network follows from its connection, and where it has
    /// Route Servers: what appliances told these is used by the place of their next hops.
    ///
    /// # Complexity
    ///
    /// Linear in its routes.
    pub(in crate::engine) fn outward(&self, id: VirtualNetworkId, subnet: SubnetId) -> Option<Outward> {
        let network = self.network();
        if !network.virtual_hubs.is_empty() || network.has_route_server() {
            return None;
        }
        let settings = self.subnet(id, subnet)?;
        let routes = settings.outward(&|prefix| self.counts(prefix));
        let device = |address: IpAddr| (address, Device::at(network, id, address));
        let devices = routes.next_hops().into_iter().map(device).collect();
        let own = self.with_devices().contains(&id).then_some(id);
        let ends = [PeeringEnd::Subnet(subnet), PeeringEnd::Gateway];
        let peerings = network.virtual_network(id).into_iter().flat_map(|own| &own.peerings);
        Some(Outward {
            gateways: ends.map(|end| network.gateways_of(id, end)),
            routes,
            devices,
            propagates_nothing: settings.propagates_nothing(),
            peers: peerings.map(|peering| peering.virtual_network).collect(),
            own,
        })
    }

    /// The virtual networks that have appliances which routes name, or could.
    pub(in crate::engine) fn with_devices(&self) -> &BTreeSet<VirtualNetworkId> {
        self.with_devices.get_or_init(|| {
            let routers = Router::all(self.network()).into_iter();
            routers.filter(|router| matches!(router, Router::Device(_))).filter_map(Router::network).collect()
        })
    }
}
