//! Routes that the gateways of virtual networks learned from Route Servers and announce to sites.
//!
//! Source: Microsoft, *Azure Route Server FAQ* (branch-to-branch exchange is off by default; a VPN gateway takes part
//! only if it is active-active and has ASN 65515; the community `NO_ADVERTISE`).

use std::collections::BTreeMap;

use crate::addr::IpPrefix;
use crate::diag::Span;
use crate::network::VirtualNetworkId;

/// A prefix that a Route Server learned and that a gateway therefore announces to sites.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ExchangedRoute {
    pub(super) prefix: IpPrefix,
    /// The ASNs of the path after the gateway's own ASN, nearest first.
    pub(super) path: Vec<u32>,
    /// Whether the network file does not determine if the prefix is announced.
    pub(super) possibly: bool,
    pub(super) span: Span,
}

/// The announcements of one gateway, each prefix once.
#[derive(Clone, Debug, Default)]
pub(super) struct ExchangedRoutes {
    /// The prefixes announced on circuits.
    pub(super) circuits: Vec<ExchangedRoute>,
    /// The prefixes announced over tunnels.
    pub(super) tunnels: Vec<ExchangedRoute>,
}

/// The Route Server routes that all gateways announce, in one state of a network's links.
#[derive(Debug, Default)]
pub(super) struct RouteServers(BTreeMap<VirtualNetworkId, ExchangedRoutes>);

impl RouteServers {
    pub(super) fn new(announced: BTreeMap<VirtualNetworkId, ExchangedRoutes>) -> Self {
        Self(announced)
    }

    /// Returns the routes that a virtual network's gateway announces on circuits.
    pub(super) fn on_circuits(&self, id: VirtualNetworkId) -> &[ExchangedRoute] {
        self.0.get(&id).map_or(&[], |own| &own.circuits)
    }

    /// Returns the routes that a virtual network's gateway announces over tunnels.
    pub(super) fn over_tunnels(&self, id: VirtualNetworkId) -> &[ExchangedRoute] {
        self.0.get(&id).map_or(&[], |own| &own.tunnels)
    }

    /// Returns the routes that a virtual network's gateway announces on circuits and over tunnels.
    pub(super) fn of(&self, id: VirtualNetworkId) -> impl Iterator<Item = &ExchangedRoute> {
        self.on_circuits(id).iter().chain(self.over_tunnels(id))
    }
}
