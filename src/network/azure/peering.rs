//! Peerings of virtual networks: what each side joins, what it lets pass, and what a gateway announces of the other side.
//!
//! Sources: Microsoft, *create, change or delete a virtual network peering* (the settings), *subnet peering* (parts of the
//! address spaces), *configure VPN gateway transit for virtual network peering*, *advertised gateway prefixes*.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::addr::IpPrefix;
use crate::diag::{Span, Spanned};
use crate::network::{Network, SubnetId, VirtualNetwork, VirtualNetworkId, VirtualNetworkPeering};

/// A place of a virtual network whose packets may cross its peerings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PeeringEnd {
    /// Its gateway: it reaches whatever of the other side is joined.
    Gateway,
    /// A subnet.
    Subnet(SubnetId),
    /// Address space that lies in no subnet of the file.
    Space,
}

/// What a place has of a virtual network that is peered with its own.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Peer<'n> {
    /// The other virtual network.
    pub id: VirtualNetworkId,
    /// The same.
    pub network: &'n VirtualNetwork,
    /// Where the system's routes to it lead: its address space, or the prefixes of the subnets that are joined.
    pub prefixes: Cow<'n, [Spanned<IpPrefix>]>,
    /// Where one of both sides forbids access, so that nothing passes although the peering is connected.
    pub closed: Option<Span>,
}

impl Peer<'_> {
    /// Whether an address lies in what is joined.
    pub fn holds(&self, address: std::net::IpAddr) -> bool {
        self.prefixes.iter().any(|prefix| prefix.value.contains(address))
    }
}

impl Network {
    /// What a place of a virtual network has of each that is peered with it, in the order of the file.
    ///
    /// # Complexity
    ///
    /// Linear in the peerings of both sides and, where they join subnets alone, in these.
    pub fn peers(&self, id: VirtualNetworkId, end: PeeringEnd) -> Vec<Peer<'_>> {
        let peerings = self.virtual_network(id).into_iter().flat_map(|own| &own.peerings);
        peerings.filter_map(|peering| self.peer(id, end, peering)).collect()
    }

    /// What a place has of one peering; `None` where it is of no subnet that is joined.
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

    /// Whether a place is of what a peering of its virtual network joins.
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

    /// Whether any peering of a virtual network joins subnets alone, on either side.
    pub fn has_partial_peering(&self, id: VirtualNetworkId) -> bool {
        let own = self.virtual_network(id);
        own.into_iter().flat_map(|own| &own.peerings).any(|peering| {
            let back =
                self.virtual_network(peering.virtual_network).and_then(|network| network.peering_with(id));
            peering.subnets.is_some() || back.is_some_and(|back| back.subnets.is_some())
        })
    }

    /// The virtual networks whose gateways, and Route Servers, a place uses: its own, and those of peered ones that let it; ascending.
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

    /// Whether the virtual network at the other end of a peering of `id` lets it use its gateway.
    fn lends(&self, peering: &VirtualNetworkPeering, id: VirtualNetworkId) -> bool {
        let hub = self.virtual_network(peering.virtual_network).and_then(|hub| hub.peering_with(id));
        hub.is_some_and(|back| back.allow_gateway_transit)
    }

    /// The virtual networks of which a gateway announces prefixes: its own, and those peered with it that use it.
    pub fn behind_gateway(
        &self,
        hub: VirtualNetworkId,
    ) -> impl Iterator<Item = (VirtualNetworkId, &VirtualNetwork)> {
        // Of two peerings with one network the first counts.
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

    /// The prefixes that the gateway of `hub` announces for a virtual network [behind it](Self::behind_gateway): its
    /// address space, or the prefixes of the subnets that are joined. Where the gateway summarizes, the summaries stand in
    /// place of the hub's own and of all that they cover.
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
