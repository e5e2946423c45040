//! Learns the routes that the gateways of virtual networks received from Route Servers and announce to sites.
//!
//! Source: Microsoft, *Azure Route Server FAQ* (Microsoft's edge removes private ASNs from paths, so private ASNs
//! prepended by an appliance do not reach a site).

use std::sync::Arc;

use crate::engine::session::gateway;
use crate::network::{Circuit, CircuitId, RouteServer, VirtualNetworkId};
use crate::rib::{AsPath, Attributes, Missing, is_private_autonomous_system};

use super::Advertisements;
use super::advertisement::Advertiser;
use super::learn::{Learning, MICROSOFT, possibly_there};
use super::origin::{Absence, RouteOrigin};

impl<'a> Learning<'_, 'a> {
    /// Learns the routes that the gateway of a virtual network announces on a circuit. `possibly` is set if no document
    /// states whether Microsoft's edge propagates them.
    pub(super) fn route_server(
        &mut self,
        advertised: &Advertisements,
        (id, circuit): (CircuitId, &'a Circuit),
        hub: VirtualNetworkId,
        possibly: bool,
    ) {
        let inputs = self.edge.inputs;
        let servers = Arc::clone(&advertised.route_servers);
        let mut announced =
            servers.on_circuits(hub).iter().filter(|route| (self.wanted)(route.prefix)).peekable();
        if announced.peek().is_none() {
            return;
        }
        let advertiser = Advertiser::new(inputs.catalog, inputs.links, id, circuit);
        let region = inputs.network.virtual_network(hub).and_then(|own| own.region.as_ref());
        let out = region.is_some_and(|region| !advertiser.reaches_region(&region.value));
        let absence = gateway(inputs.network, circuit, hub).map(Absence::GatewayOverLimit);
        let absence = absence.or_else(|| out.then_some(Absence::OutOfReach { span: circuit.sku.span }));
        for route in announced {
            let public = route.path.iter().copied().filter(|number| !is_private_autonomous_system(*number));
            let path = AsPath::sequence(std::iter::once(MICROSOFT).chain(public));
            let path = path.prepended(MICROSOFT, self.prepended());
            let missing = match (possibly, route.possibly) {
                (true, _) => Some(Missing::GlobalReach),
                (false, true) => Some(Missing::ActiveActive),
                (false, false) => None,
            };
            let unsettled = missing.map(|missing| Box::new(possibly_there(missing)));
            let attributes = Attributes { as_path: path, unsettled, ..self.base(route.prefix) };
            self.learn_unless(
                absence.clone(),
                route.prefix,
                RouteOrigin::RouteServer(hub),
                route.span,
                attributes,
            );
        }
    }

    /// As [`Self::route_server`], over a tunnel.
    pub(super) fn route_server_over_tunnel(&mut self, advertised: &Advertisements, hub: VirtualNetworkId) {
        let servers = Arc::clone(&advertised.route_servers);
        let own = self.edge.site.autonomous_system.map(|number| number.value);
        for route in servers.over_tunnels(hub).iter().filter(|route| (self.wanted)(route.prefix)) {
            let number = own.filter(|own| route.path.contains(own));
            let absence = number.map(|number| Absence::Loop { number, span: route.span });
            let path = std::iter::once(RouteServer::AUTONOMOUS_SYSTEM).chain(route.path.iter().copied());
            let unsettled = route.possibly.then(|| Box::new(possibly_there(Missing::ActiveActive)));
            let attributes =
                Attributes { as_path: AsPath::sequence(path), unsettled, ..self.base(route.prefix) };
            self.learn_unless(absence, route.prefix, RouteOrigin::RouteServer(hub), route.span, attributes);
        }
    }
}
