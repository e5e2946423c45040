//! Determines which subnets make the same decisions outside of their own virtual networks, including all routers after
//! the first hop.

use std::collections::BTreeSet;
use std::net::IpAddr;

use crate::diag::Span;
use crate::engine::decision::{Device, Router};
use crate::engine::effective_routes::OutwardRoutes;
use crate::network::{PeeringEnd, SubnetId, VirtualNetworkId};

use crate::engine::forwarding::Forwarding;

/// All properties of a subnet that determine the outcome of a packet that leaves its virtual network, and of the reply,
/// in one state of a network.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::engine) struct Outward {
    /// The virtual networks whose gateways the subnet uses, and those whose gateways apply to its own gateway.
    /// Decisions refer to the sessions of these gateways.
    gateways: [Vec<VirtualNetworkId>; 2],
    pub(in crate::engine) routes: OutwardRoutes,
    /// The appliances at the next hops of the subnet's routes.
    devices: Vec<(IpAddr, Option<Device>)>,
    /// The position of the route table, if it disables propagation of gateway routes.
    propagates_nothing: Option<Span>,
    /// The virtual networks with which the subnet's own virtual network is peered, in the order of the file.
    peers: Vec<VirtualNetworkId>,
    /// The subnet's own virtual network, if it contains an appliance. Packets from this virtual network that the
    /// appliance forwards to another virtual network do not count as forwarded traffic there.
    own: Option<VirtualNetworkId>,
}

impl Forwarding<'_> {
    /// Returns the properties that determine a subnet's decisions outside of its virtual network, within the evaluated
    /// address space. `None` in three cases: the network has no such subnet; the network has virtual hubs, whose
    /// advertisements to a virtual network depend on its connection; or the network has Route Servers, whose routes
    /// depend on the location of their next hops.
    ///
    /// # Complexity
    ///
    /// Linear in the routes of the subnet.
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

    /// Returns the virtual networks with appliances that are, or can be, next hops of routes.
    pub(in crate::engine) fn with_devices(&self) -> &BTreeSet<VirtualNetworkId> {
        self.with_devices.get_or_init(|| {
            let routers = Router::all(self.network()).into_iter();
            routers.filter(|router| matches!(router, Router::Device(_))).filter_map(Router::network).collect()
        })
    }
}
