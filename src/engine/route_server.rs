//! What the gateways of virtual networks announce to sites of what their Route Servers were told.
//!
//! Source: Microsoft, *Azure Route Server FAQ* (exchange between branches, off by default; with a VPN gateway that is active-active
//! and has the number 65515 alone; the community `NO_ADVERTISE`).

use std::collections::BTreeMap;

use crate::addr::IpPrefix;
use crate::diag::Span;
use crate::network::VirtualNetworkId;

/// A prefix that a gateway announces to sites since a Route Server was told it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ExchangedRoute {
    pub(super) prefix: IpPrefix,
    /// The numbers of the path behind the gateway's own, the nearest first.
    pub(super) path: Vec<u32>,
    /// Whether the file does not say whether it is announced.
    pub(super) perhaps: bool,
    pub(super) span: Span,
}

/// What one gateway announces, each prefix once.
#[derive(Clone, Debug, Default)]
pub(super) struct ExchangedRoutes {
    /// On circuits.
    pub(super) circuits: Vec<ExchangedRoute>,
    /// Over tunnels.
    pub(super) tunnels: Vec<ExchangedRoute>,
}

/// What all gateways announce of Route Servers, in one state of the links of a network.
#[derive(Debug, Default)]
pub(super) struct RouteServers(BTreeMap<VirtualNetworkId, ExchangedRoutes>);

impl RouteServers {
    pub(super) fn new(announced: BTreeMap<VirtualNetworkId, ExchangedRoutes>) -> Self {
        Self(announced)
    }

    /// On circuits of a virtual network's gateway.
    pub(super) fn on_circuits(&self, id: VirtualNetworkId) -> &[ExchangedRoute] {
        self.0.get(&id).map_or(&[], |own| &own.circuits)
    }

    /// Over tunnels to it.
    pub(super) fn over_tunnels(&self, id: VirtualNetworkId) -> &[ExchangedRoute] {
        self.0.get(&id).map_or(&[], |own| &own.tunnels)
    }

    /// On either.
    pub(super) fn of(&self, id: VirtualNetworkId) -> impl Iterator<Item = &ExchangedRoute> {
        self.on_circuits(id).iter().chain(self.over_tunnels(id))
    }
}
