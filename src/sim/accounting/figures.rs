//! The rate, buffer and delay of each link of a network.

use std::collections::BTreeMap;

use crate::network::Network;
use crate::sim::queueing::LinkFigures;
use crate::sim::scenario::{LinkName, Scenario};

/// Returns the figures of every link. The rate is the one set by an event. Without such an event, the rate in the
/// scenario applies, and otherwise the rate in the network file. The buffer and the delay are those in the scenario.
///
/// The network file contains the bandwidth of circuits, which is available in full on each connection (Microsoft,
/// *ExpressRoute FAQ*), and the size of gateways. Optionally, it also contains the bandwidth of internet edges and of
/// links between sites, and the throughput of appliances. A limit shared by the connections of a circuit is enforced
/// only if the scenario sets it, because Microsoft limits each link separately. All other rates are unknown, and a link
/// with an unknown rate never fills.
pub(in crate::sim) fn figures(
    network: &Network,
    scenario: &Scenario,
    rates: &BTreeMap<LinkName, u64>,
) -> Vec<(LinkName, LinkFigures)> {
    let all = LinkName::all(network).into_iter();
    all.map(|name| {
        let given = scenario.links.iter().rfind(|setting| setting.link == name);
        let rate = rates.get(&name).copied();
        let rate = rate.or(given.and_then(|given| given.rate)).or_else(|| written(network, &name));
        let figures = LinkFigures {
            rate,
            buffer: given.and_then(|given| given.buffer),
            delay_ns: given.and_then(|given| given.delay_ns),
        };
        (name, figures)
    })
    .collect()
}

/// Returns the rate of a link according to the network file.
fn written(network: &Network, name: &LinkName) -> Option<u64> {
    match name {
        LinkName::Internet(name) => {
            let mut edges = network.sites.iter().filter_map(|site| site.internet.as_ref());
            Some(edges.find(|edge| edge.name == *name)?.bandwidth?.value.bits_per_second())
        }
        LinkName::Connection(circuit, _) => {
            let (_, circuit) = network.circuit_named(circuit)?;
            Some(circuit.bandwidth.value.bits_per_second())
        }
        LinkName::Gateway(hub) => {
            let (_, hub) = network.virtual_network_named(hub)?;
            Some(hub.gateway.as_ref()?.sku?.value.throughput()?.bits_per_second())
        }
        LinkName::WanLink(name) => {
            let mut links = network.wan_links_with_ids().map(|(_, link)| link);
            Some(links.find(|link| link.name == *name)?.bandwidth?.value.bits_per_second())
        }
        LinkName::Appliance(name) => {
            let mut appliances = network
                .virtual_networks
                .iter()
                .flat_map(|own| own.appliances.iter().map(move |appliance| (&own.name, appliance)));
            let (_, appliance) = appliances.find(|(hub, one)| format!("{hub}/{}", one.name) == *name)?;
            Some(appliance.throughput?.value.bits_per_second())
        }
        LinkName::Circuit(_) | LinkName::Wan(_) | LinkName::Vpn(_) => None,
    }
}
