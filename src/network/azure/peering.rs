//! Virtual network peerings: the subnets that each side connects, the packets that each side allows, and the prefixes
//! of the other side that a gateway announces.
//!
//! Sources: Microsoft, *create, change or delete a virtual network peering* (the settings), *subnet peering* (parts of the
//! address spaces), *configure VPN gateway transit for virtual network peering*, *advertised gateway prefixes*.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::addr::IpPrefix;
use crate::diag::{Span, Spanned};
use crate::network::{Network, SubnetId, VirtualNetwork, VirtualNetworkId, VirtualNetworkPeering};

/// A source or destination of packets in a virtual network, for the evaluation of its peerings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PeeringEnd {
    /// The gateway. It can reach all connected subnets of the other side.
    Gateway,
    /// A subnet.
    Subnet(SubnetId),
    /// Address space outside every subnet in the file.
    Space,
}

/// A peered virtual network, as seen from one source or destination in its peer.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Peer<'n> {
    /// The other virtual network.
    pub id: VirtualNetworkId,
    /// The same virtual network, resolved.
    pub network: &'n VirtualNetwork,
    /// The destinations of Azure's system routes to the other virtual network: its address space, or the prefixes of
    /// the connected subnets.
    pub prefixes: Cow<'n, [Spanned<IpPrefix>]>,
    /// The position in the file where either side forbids access. In that case, no packet can pass although the
    /// peering is connected.
    pub closed: Option<Span>,
}

impl Peer<'_> {
    /// Returns whether an address is in a connected prefix.
    pub fn holds(&self, address: std::net::IpAddr) -> bool {
        self.prefixes.iter().any(|prefix| prefix.value.contains(address))
    }
}

impl Network {
    /// Returns the peered virtual networks as seen from a source or destination in a virtual network, in file order.
    ///
    /// # Complexity
    ///
    /// Linear in the peerings of both sides and, for peerings that connect only certain subnets, in these subnets.
    pub fn peers(&self, id: VirtualNetworkId, end: PeeringEnd) -> Vec<Peer<'_>> {
        let peerings = self.virtual_network(id).into_iter().flat_map(|own| &own.peerings);
        peerings.filter_map(|peering| self.peer(id, end, peering)).collect()
    }

    /// Returns one peered virtual network as seen from a source or destination; `None` if that source or destination
    /// is not in a connected subnet.
    fn peer(
        &self,
        id: VirtualNetworkId,
        end: PeeringEnd,
        peering: &VirtualNetworkPeering,
    ) -> Option<Peer<'_>> {
        let network = self.virtual_network(peering.virtual_network)?;
        let back = network.peering_with(id);
        if !self.is_joined(id, end, peering) {
            return None;
        }
        let here = peering.subnets.as_ref().map(|subnets| &subnets.remote);
        let there = back.and_then(|back| back.subnets.as_ref()).map(|subnets| &subnets.local);
        let prefixes = if here.is_none() && there.is_none() {
            Cow::Borrowed(network.prefixes.as_slice())
        } else {
            let joined = network.subnets.iter().filter(|subnet| {
                [here, there].into_iter().flatten().all(|names| is_named(names, &subnet.name))
            });
            Cow::Owned(joined.flat_map(|subnet| &subnet.prefixes).copied().collect())
        };
        let closed = peering.forbids_access().or_else(|| back?.forbids_access());
        Some(Peer { id: peering.virtual_network, network, prefixes, closed })
    }

    /// Returns whether a peering of a virtual network connects a source or destination in it.
    pub fn is_joined(&self, id: VirtualNetworkId, end: PeeringEnd, peering: &VirtualNetworkPeering) -> bool {
        let back = self.virtual_network(peering.virtual_network).and_then(|network| network.peering_with(id));
        let here = peering.subnets.as_ref().map(|subnets| &subnets.local);
        let there = back.and_then(|back| back.subnets.as_ref()).map(|subnets| &subnets.remote);
        let mut lists = [here, there].into_iter().flatten();
        match end {
            PeeringEnd::Gateway => true,
            PeeringEnd::Space => lists.next().is_none(),
            PeeringEnd::Subnet(subnet) => {
                let own = self.virtual_network(id).and_then(|own| own.subnets.get(subnet.index()));
                own.is_some_and(|own| lists.all(|names| is_named(names, &own.name)))
            }
        }
    }

    /// Returns whether any peering of a virtual network connects only certain subnets, on either side.
    pub fn has_partial_peering(&self, id: VirtualNetworkId) -> bool {
        let own = self.virtual_network(id);
        own.into_iter().flat_map(|own| &own.peerings).any(|peering| {
            let back =
                self.virtual_network(peering.virtual_network).and_then(|network| network.peering_with(id));
            peering.subnets.is_some() || back.is_some_and(|back| back.subnets.is_some())
        })
    }

    /// Returns the virtual networks whose gateways and Route Servers a source or destination uses: first its own
    /// virtual network, then the peered virtual networks that allow it, ascending.
    pub fn gateways_of(&self, id: VirtualNetworkId, end: PeeringEnd) -> Vec<VirtualNetworkId> {
        let Some(own) = self.virtual_network(id) else { return Vec::new() };
        let asked = own.peerings.iter().filter(|peering| {
            peering.use_remote_gateways && self.is_joined(id, end, peering) && self.lends(peering, id)
        });
        let mut remote: Vec<VirtualNetworkId> = asked.map(|peering| peering.virtual_network).collect();
        remote.sort_unstable();
        let own = own.has_bgp().then_some(id);
        own.into_iter().chain(remote).collect()
    }

    /// Returns whether the virtual network at the other end of a peering allows `id` to use its gateway.
    fn lends(&self, peering: &VirtualNetworkPeering, id: VirtualNetworkId) -> bool {
        let hub = self.virtual_network(peering.virtual_network).and_then(|hub| hub.peering_with(id));
        hub.is_some_and(|back| back.allow_gateway_transit)
    }

    /// Returns the virtual networks whose prefixes a gateway announces: its own virtual network, and the peered
    /// virtual networks that use the gateway.
    pub fn behind_gateway(
        &self,
        hub: VirtualNetworkId,
    ) -> impl Iterator<Item = (VirtualNetworkId, &VirtualNetwork)> {
        // If two peerings name the same network, the first peering applies.
        let mut lends: BTreeMap<VirtualNetworkId, bool> = BTreeMap::new();
        for peering in self.virtual_network(hub).into_iter().flat_map(|own| &own.peerings) {
            lends.entry(peering.virtual_network).or_insert(peering.allow_gateway_transit);
        }
        self.virtual_networks_with_ids().filter(move |(id, spoke)| {
            *id == hub
                || lends.get(id).copied().unwrap_or_default()
                    && spoke.peering_with(hub).is_some_and(|peering| peering.use_remote_gateways)
        })
    }

    /// Returns the prefixes that the gateway of `hub` announces for a virtual network [behind
    /// it](Self::behind_gateway): its address space, or the prefixes of the connected subnets. If the gateway has
    /// summarized prefixes, they replace the hub's own prefixes and all other prefixes that they cover.
    pub fn announced(&self, hub: VirtualNetworkId, id: VirtualNetworkId) -> Cow<'_, [Spanned<IpPrefix>]> {
        let Some(own) = self.virtual_network(hub) else { return Cow::Borrowed(&[]) };
        let summaries = own.gateway.as_ref().map_or(&[][..], |gateway| gateway.summarized.as_slice());
        if hub == id {
            return Cow::Borrowed(if summaries.is_empty() { own.prefixes.as_slice() } else { summaries });
        }
        let peering = own.peering_with(id);
        let peer = peering.and_then(|peering| self.peer(hub, PeeringEnd::Gateway, peering));
        let prefixes = peer.map_or(Cow::Borrowed(&[][..]), |peer| peer.prefixes);
        let is_covered =
            |prefix: &Spanned<IpPrefix>| summaries.iter().any(|summary| summary.value.covers(prefix.value));
        if !prefixes.iter().any(is_covered) {
            return prefixes;
        }
        Cow::Owned(prefixes.iter().filter(|prefix| !is_covered(prefix)).copied().collect())
    }
}

fn is_named(names: &[Spanned<String>], subnet: &str) -> bool {
    names.iter().any(|name| name.value.eq_ignore_ascii_case(subnet))
}
