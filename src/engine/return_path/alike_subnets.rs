//! Subnets that reply alike and can stand for each other: replies to packets from elsewhere depend only on routes
//! outside the subnet's own virtual network.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use crate::engine::forwarding::{Forwarding, Outward};
use crate::network::{SubnetId, VirtualNetworkId};
use crate::parallel::side_by_side;

use crate::engine::return_path::responder::Responder;

/// Stands for every virtual network.
const ANY: VirtualNetworkId = VirtualNetworkId(0);

type Place = (VirtualNetworkId, SubnetId);

/// For each subnet, the first one that replies alike, and the first such one in another virtual network.
#[derive(Debug)]
pub(super) struct StandIns(HashMap<Place, [Place; 2], FixedState>);

impl StandIns {
    /// Groups the subnets of a network in a state of its links. What an appliance forwards and to which address it
    /// translates depends on its virtual network, so subnets in the same network as an appliance stand only for
    /// themselves.
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

    /// A responder outside a virtual network that replies to its packets as the given one does: the same for all that
    /// reply alike.
    pub(super) fn outside(&self, from: VirtualNetworkId, responder: Responder) -> Responder {
        match responder {
            Responder::VirtualNetwork(network, Some(subnet)) => {
                let known = self.0.get(&(network, subnet));
                let other = known.and_then(|places| places.iter().find(|(network, _)| *network != from));
                other
                    .map_or(responder, |(network, subnet)| Responder::VirtualNetwork(*network, Some(*subnet)))
            }
            // None of its routes matter, so all such networks are equal.
            Responder::VirtualNetwork(_, None) => Responder::VirtualNetwork(ANY, None),
            Responder::PrivateEndpoint(_) => Responder::PrivateEndpoint(ANY),
            Responder::Site(_) => responder,
        }
    }

    /// The first subnet that replies as the given one does.
    pub(super) fn first(&self, place: Place) -> Place {
        self.0.get(&place).map_or(place, |[first, _]| *first)
    }

    /// As [`Self::outside`], for a responder anywhere: inside its own virtual network other routes apply.
    pub(super) fn get(&self, from: VirtualNetworkId, responder: Responder) -> Responder {
        match responder {
            Responder::VirtualNetwork(network, Some(_)) if network == from => responder,
            _ => self.outside(from, responder),
        }
    }
}
