//! Rate, buffer and delay of each link of a network.

use std::collections::BTreeMap;

use crate::network::{GatewaySku, Network};
use crate::sim::link::LinkFigures;
use crate::sim::scenario::{LinkName, Scenario};

/// The figures of every link: of the rate what an event gave, else what the scenario says, else the network file; of
/// buffer and delay what the scenario says.
///
/// The network file knows the bandwidth of an internet edge, where it says it, that of a circuit, which each of its connections carries in full (Microsoft,
/// *ExpressRoute FAQ*), the size of gateways, and, where it says them, the bandwidth of links between sites and the throughput of appliances. The limit that a circuit's connections share is not enforced unless the scenario
/// gives it: Microsoft limits each link by itself. Other rates are not known; such a link never fills.
pub(in crate::sim) fn figures(
    network: &Network,
    scenario: &Scenario,
    rates: &BTreeMap<LinkName, u64>,
) -> Vec<(LinkName, LinkFigures)> {
    let all = LinkName::all(network).into_iter();
    all.map(|name| {
        let said = scenario.links.iter().rfind(|setting| setting.link == name);
        let rate = rates.get(&name).copied();
        let rate = rate.or(said.and_then(|said| said.rate)).or_else(|| written(network, &name));
        let figures = LinkFigures {
            rate,
            buffer: said.and_then(|said| said.buffer),
            delay_ns: said.and_then(|said| said.delay_ns).unwrap_or(0),
        };
        (name, figures)
    })
    .collect()
}

/// The rate that the network file says.
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
            throughput(hub.gateway.as_ref()?.sku.as_ref()?.value)
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

/// What a gateway forwards, in bits per second (Microsoft, *About ExpressRoute virtual network gateways*); a
/// scalable one by units that the network file does not hold.
fn throughput(sku: GatewaySku) -> Option<u64> {
    match sku {
        GatewaySku::Standard | GatewaySku::ErGw1Az => Some(1_000_000_000),
        GatewaySku::HighPerformance | GatewaySku::ErGw2Az => Some(2_000_000_000),
        GatewaySku::UltraPerformance | GatewaySku::ErGw3Az => Some(10_000_000_000),
        GatewaySku::ErGwScale => None,
    }
}
