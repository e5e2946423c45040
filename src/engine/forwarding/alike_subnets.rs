//! Determines which subnets decide alike outside of the address space of their own virtual networks, including
//! everything behind their first hop.

use std::collections::BTreeSet;
use std::net::IpAddr;

use crate::diag::Span;
use crate::engine::decision::{Device, Router};
use crate::engine::effective_routes::OutwardRoutes;
use crate::network::{PeeringEnd, SubnetId, VirtualNetworkId};

use crate::engine::forwarding::Forwarding;

/// Everything that determines the outcome of a packet and its reply in one state of a network, for a packet that
/// starts in a subnet and leaves its virtual network.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::engine) struct Outward {
    /// The virtual networks whose gateways the subnet uses, and those for its own gateway. Decisions refer to their
    /// sessions.
    gateways: [Vec<VirtualNetworkId>; 2],
    pub(in crate::engine) routes: OutwardRoutes,
    /// The appliances at its next hops.
    devices: Vec<(IpAddr, Option<Device>)>,
    /// The route table that disables propagation of gateway routes, by its position.
    propagates_nothing: Option<Span>,
    /// The virtual networks with which its own is peered, in the order of the file.
    peers: Vec<VirtualNetworkId>,
    /// Its own virtual network, if it contains an appliance: packets that the appliance forwards are forwarded
    /// traffic in any other.
    own: Option<VirtualNetworkId>,
}

impl Forwarding<'_> {
    /// Returns what matters for a subnet outside of its virtual network, within the evaluated space. `None` in
    /// three cases: the network has no such subnet; it has virtual hubs, whose advertisements to a virtual
    /// network depend on its connection; it has Route Servers, whose routes depend on the location of their next
    /// hops.
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

    /// Returns the virtual networks with appliances that routes name or could name.
    pub(in crate::engine) fn with_devices(&self) -> &BTreeSet<VirtualNetworkId> {
        self.with_devices.get_or_init(|| {
            let routers = Router::all(self.network()).into_iter();
            routers.filter(|router| matches!(router, Router::Device(_))).filter_map(Router::network).collect()
        })
    }
}
