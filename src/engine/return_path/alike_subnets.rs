//! Subnets whose replies are equivalent and that can stand for each other. Replies to packets from elsewhere depend
//! only on routes to addresses outside the subnet's own virtual network.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use crate::engine::forwarding::{Forwarding, Outward};
use crate::network::{SubnetId, VirtualNetworkId};
use crate::parallel::side_by_side;

use crate::engine::return_path::responder::Responder;

/// Stands for every virtual network.
const ANY: VirtualNetworkId = VirtualNetworkId(0);

type Place = (VirtualNetworkId, SubnetId);

/// For each subnet, the first subnet with equivalent replies, and the first such subnet in another virtual network.
#[derive(Debug)]
pub(super) struct StandIns(HashMap<Place, [Place; 2], FixedState>);

impl StandIns {
    /// Groups the subnets of a network in a state of its links. An appliance's forwarding and translated addresses
    /// depend on its virtual network, so subnets in the same virtual network as an appliance stand only for themselves.
    ///
    /// # Complexity
    ///
    /// Linear in the routes of all subnets.
    pub(super) fn of(forwarding: &Forwarding<'_>) -> Self {
        let networks = forwarding.network().virtual_networks_with_ids();
        let networks = networks.filter(|(id, _)| !forwarding.with_devices().contains(id));
        let places: Vec<Place> = networks
            .flat_map(|(id, own)| (0..).map(SubnetId).zip(&own.subnets).map(move |(subnet, _)| (id, subnet)))
            .collect();
        let outward = side_by_side(&places, |(id, subnet)| forwarding.outward(*id, *subnet));
        let mut alike: HashMap<&Outward, Vec<Place>, FixedState> = HashMap::default();
        for (place, outward) in places.iter().zip(&outward) {
            if let Some(outward) = outward {
                alike.entry(outward).or_default().push(*place);
            }
        }
        let mut all = HashMap::default();
        for places in alike.into_values() {
            let Some(first) = places.first().copied() else { continue };
            let Some(other) = places.iter().find(|place| place.0 != first.0).copied() else { continue };
            all.extend(places.into_iter().map(|place| (place, [first, other])));
        }
        Self(all)
    }

    /// Returns a responder outside a virtual network that replies to the virtual network's packets as the given
    /// responder does. All responders with equivalent replies get the same one.
    pub(super) fn outside(&self, from: VirtualNetworkId, responder: Responder) -> Responder {
        match responder {
            Responder::VirtualNetwork(network, Some(subnet)) => {
                let known = self.0.get(&(network, subnet));
                let other = known.and_then(|places| places.iter().find(|(network, _)| *network != from));
                other
                    .map_or(responder, |(network, subnet)| Responder::VirtualNetwork(*network, Some(*subnet)))
            }
            // None of the virtual network's routes affect the reply, so all such virtual networks are equal.
            Responder::VirtualNetwork(_, None) => Responder::VirtualNetwork(ANY, None),
            Responder::PrivateEndpoint(_) => Responder::PrivateEndpoint(ANY),
            Responder::Site(_) => responder,
        }
    }

    /// Returns the first subnet that replies as the given one does.
    pub(super) fn first(&self, place: Place) -> Place {
        self.0.get(&place).map_or(place, |[first, _]| *first)
    }

    /// As [`Self::outside`], for a responder anywhere. Inside the packet's own virtual network, other routes apply.
    pub(super) fn get(&self, from: VirtualNetworkId, responder: Responder) -> Responder {
        match responder {
            Responder::VirtualNetwork(network, Some(_)) if network == from => responder,
            _ => self.outside(from, responder),
        }
    }
}
