//! How packets from sites enter Azure: through gateways with their own route table, and through virtual hubs.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use crate::addr::IpPrefix;
use crate::engine::decision::{Decision, NextHop, Router};
use crate::engine::session::{Session, SessionKind};
use crate::network::{HubTableId, VirtualHubId, VirtualNetworkId};

use crate::engine::forwarding::{Forwarding, crosses, is_internal};

/// The points through which packets that a site sends over circuits enter Azure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::engine) struct Entered {
    /// The gateways that announce the longest prefix for the address: an index into [`Inbound::gateways`].
    pub(in crate::engine) gateways: Option<u32>,
    /// The announcement of virtual hubs with the longest prefix for the address: an index into
    /// [`Hubs::entries`](crate::engine::virtual_hub::Hubs::entries).
    pub(in crate::engine) hubs: Option<u32>,
}

/// The gateways through which packets from sites enter, by destination.
#[derive(Default)]
pub(in crate::engine) struct Inbound {
    /// Each prefix once, with an index into `gateways`.
    pub(in crate::engine) prefixes: Vec<(IpPrefix, u32)>,
    /// The gateways that announce the same prefix. There can be several if Route Servers learned the prefix.
    gateways: Vec<Vec<VirtualNetworkId>>,
}

impl Forwarding<'_> {
    /// Returns the gateways through which packets from sites enter, by destination. Empty if every gateway delivers
    /// packets directly, according to system routes.
    pub(in crate::engine) fn inbound(&self) -> &Inbound {
        self.inbound.get_or_init(|| self.all_inbound())
    }

    fn all_inbound(&self) -> Inbound {
        let network = self.inputs.network;
        if self.deciding().is_empty() {
            return Inbound::default();
        }
        let mut all: BTreeMap<IpPrefix, Vec<VirtualNetworkId>> = BTreeMap::new();
        for (hub, _) in network.virtual_networks_with_ids().filter(|(_, own)| own.gateway.is_some()) {
            // Packets to a spoke with its own gateway enter through that gateway.
            let enters = |id: VirtualNetworkId| {
                id == hub || network.virtual_network(id).is_some_and(|own| own.gateway.is_none())
            };
            let announced = network.announced_by(hub).iter().filter(|(id, _)| enters(*id));
            let found = self.route_servers().of(hub).map(|found| found.prefix);
            for prefix in announced.map(|(_, prefix)| prefix.value).chain(found) {
                let hubs = all.entry(prefix).or_default();
                if !hubs.contains(&hub) {
                    hubs.push(hub);
                }
            }
        }
        let mut inbound = Inbound::default();
        for (prefix, hubs) in all {
            let known = inbound.gateways.iter().position(|known| *known == hubs);
            let index = known.unwrap_or_else(|| {
                inbound.gateways.push(hubs);
                inbound.gateways.len() - 1
            });
            inbound.prefixes.push((prefix, u32::try_from(index).unwrap_or(u32::MAX)));
        }
        inbound
    }

    /// Returns the gateways that do not deliver every packet directly.
    pub(super) fn deciding(&self) -> &BTreeSet<VirtualNetworkId> {
        self.deciding.get_or_init(|| {
            let network = self.inputs.network;
            let gateways = network.virtual_networks_with_ids().filter(|(_, own)| own.gateway.is_some());
            gateways.map(|(id, _)| id).filter(|id| Router::Gateway(*id).is_hop(network)).collect()
        })
    }

    /// Returns the points through which packets to an address enter Azure. This is the slow counterpart of
    /// [`Self::inbound`] and [`Hubs::entries`](crate::engine::virtual_hub::Hubs::entries).
    pub(super) fn entered(&self, address: IpAddr) -> Entered {
        let holding = self.inbound().prefixes.iter().filter(|(prefix, _)| prefix.contains(address));
        let gateways = holding.max_by_key(|(prefix, _)| prefix.length()).map(|(_, index)| *index);
        let entries = (0_u32..).zip(self.hubs().entries());
        let holding = entries.filter(|(_, (prefix, _))| prefix.contains(address));
        let hubs = holding.max_by_key(|(_, (prefix, _))| prefix.length()).map(|(index, _)| index);
        Entered { gateways, hubs }
    }

    /// Returns the gateways that announce the address and at which the carriers of a site's decision end.
    pub(super) fn gateways_entered(
        &self,
        decision: &Decision,
        sessions: &[Session],
        entry: Option<u32>,
    ) -> Vec<Router> {
        let hubs = entry.and_then(|index| self.inbound().gateways.get(usize::try_from(index).ok()?));
        let hubs = hubs.into_iter().flatten().copied();
        hubs.filter(|hub| self.lets_in(*hub, decision, sessions)).map(Router::Gateway).collect()
    }

    /// Returns the virtual hubs at which the carriers of a site's decision end, each hub once.
    pub(super) fn hubs_entered(
        &self,
        decision: &Decision,
        sessions: &[Session],
        entry: Option<u32>,
    ) -> Vec<Option<Router>> {
        let network = self.inputs.network;
        let mut all: Vec<Option<Router>> = Vec::new();
        if network.virtual_hubs.is_empty() || !crosses(decision) {
            return all;
        }
        let entry = entry.and_then(|index| self.hubs().entries().get(usize::try_from(index).ok()?));
        for next_hop in decision.next_hops().iter().filter(|next_hop| !is_internal(sessions, **next_hop)) {
            let kind = sessions.iter().find(|own| own.id == next_hop.session).map(|session| session.kind);
            let hubs: Vec<VirtualHubId> = match (next_hop.circuit, kind) {
                (Some((circuit, _)), _) => {
                    let of_circuit = entry.into_iter().flat_map(|(_, circuits)| circuits);
                    of_circuit
                        .filter(|(own, _)| *own == circuit)
                        .flat_map(|(_, hubs)| hubs)
                        .copied()
                        .collect()
                }
                (None, Some(SessionKind::Vpn(site, vpn))) => {
                    network.hub_of_tunnel(site, vpn).into_iter().collect()
                }
                _ => Vec::new(),
            };
            let routers = hubs.into_iter().map(|hub| Some(Router::Hub(hub, HubTableId::DEFAULT)));
            let routers: Vec<Option<Router>> = routers.collect();
            let routers = if routers.is_empty() { vec![None] } else { routers };
            all.extend(routers);
        }
        all.sort_unstable();
        all.dedup();
        if all.iter().all(Option::is_none) { Vec::new() } else { all }
    }

    /// Returns whether the carriers of a site's decision end at the gateway of a virtual network, and this gateway does
    /// not deliver every packet directly.
    fn lets_in(&self, hub: VirtualNetworkId, decision: &Decision, sessions: &[Session]) -> bool {
        let network = self.inputs.network;
        let own = network.virtual_network(hub).filter(|_| self.deciding().contains(&hub));
        let Some(gateway) = own.and_then(|own| own.gateway.as_ref()) else { return false };
        let tunnel =
            |kind: SessionKind| gateway.vpn.iter().any(|end| kind == SessionKind::Vpn(end.site, end.vpn));
        let ends_there = |next_hop: &NextHop| match next_hop.circuit {
            Some((circuit, _)) => gateway.circuits.iter().any(|own| own.circuit == circuit),
            None => sessions.iter().any(|own| own.id == next_hop.session && tunnel(own.kind)),
        };
        crosses(decision) && decision.next_hops().iter().any(ends_there)
    }
}
