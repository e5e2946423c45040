//! Learns the routes that virtual hubs announce to a site, over circuits and tunnels.
//!
//! Source: Microsoft, *Virtual WAN FAQ*, *routing intent and routing policies* (the routes that are announced to
//! sites).

use std::sync::Arc;

use crate::engine::virtual_hub::Hubs;
use crate::network::{Circuit, CircuitId, Vpn};
use crate::rib::{AsPath, Attributes, Missing};

use super::Advertisements;
use super::advertisement::Advertiser;
use super::learn::{Learning, MICROSOFT, possibly_there};
use super::origin::{Absence, RouteOrigin};

impl<'a> Learning<'_, 'a> {
    /// Learns the routes that virtual hubs announce on a circuit. `possibly` is set if no document states whether
    /// Microsoft's edge propagates them.
    pub(super) fn virtual_hubs(
        &mut self,
        advertised: &Advertisements,
        id: CircuitId,
        circuit: &'a Circuit,
        possibly: bool,
    ) {
        let inputs = self.edge.inputs;
        let advertiser = Advertiser::new(inputs.catalog, inputs.links, id, circuit);
        let hubs = Arc::clone(&advertised.hubs);
        for route in hubs.on_circuit(id).iter().filter(|route| (self.wanted)(route.prefix)) {
            let region = inputs.network.virtual_hub(route.hub).and_then(|hub| hub.region.as_ref());
            let out = region.is_some_and(|region| !advertiser.reaches_region(&region.value));
            let absence = out.then_some(Absence::OutOfReach { span: circuit.sku.span });
            let path = AsPath::sequence(route.path.iter().copied()).prepended(MICROSOFT, self.prepended());
            let missing = match (possibly, route.possibly) {
                (true, _) => Some(Missing::GlobalReach),
                (false, true) => Some(Missing::HubStatic),
                (false, false) => None,
            };
            let unsettled = missing.map(|missing| Box::new(possibly_there(missing)));
            let attributes = Attributes { as_path: path, unsettled, ..self.base(route.prefix) };
            self.learn_unless(
                absence,
                route.prefix,
                RouteOrigin::VirtualHub(route.hub),
                route.span,
                attributes,
            );
        }
        if !hubs.on_circuit(id).is_empty() {
            self.no_ipv6(&hubs);
        }
    }

    /// Records the IPv6 prefixes of virtual networks behind hubs as missing, because hubs do not carry IPv6.
    fn no_ipv6(&mut self, hubs: &Hubs) {
        let network = self.edge.inputs.network;
        let first = network.virtual_hubs_with_ids().next();
        for prefix in hubs.ipv6().iter().filter(|prefix| (self.wanted)(prefix.value)) {
            if self.edge.site.prefixes.iter().any(|own| own.value == prefix.value) {
                continue;
            }
            if let Some((hub, _)) = first {
                let origin = RouteOrigin::VirtualHub(hub);
                let base = self.base(prefix.value);
                let absence = Some(Absence::NoIpv6AtHub { span: prefix.span });
                self.learn_unless(absence, prefix.value, origin, prefix.span, base);
            }
        }
    }

    /// Learns the routes that a virtual hub announces over a tunnel. Does nothing if the tunnel ends at no hub.
    pub(super) fn hub_of_tunnel(&mut self, advertised: &Advertisements, index: u32, vpn: &Vpn) {
        let hubs = Arc::clone(&advertised.hubs);
        let own = self.edge.site.autonomous_system.map(|number| number.value);
        for route in hubs.over_tunnel(self.edge.id, index).iter().filter(|route| (self.wanted)(route.prefix))
        {
            let number = own.filter(|own| route.path.contains(own));
            let absence = number.map(|number| Absence::Loop { number, span: route.span });
            let as_path = AsPath::sequence(route.path.iter().copied());
            let unsettled = route.possibly.then(|| Box::new(possibly_there(Missing::HubStatic)));
            let attributes = Attributes { as_path, unsettled, ..self.base(route.prefix) };
            self.learn_unless(
                absence,
                route.prefix,
                RouteOrigin::VirtualHub(route.hub),
                route.span,
                attributes,
            );
        }
        if vpn.virtual_hub.is_some() {
            self.no_ipv6(&hubs);
        }
    }
}
