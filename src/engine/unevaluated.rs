//! Hops whose forwarding is not evaluated. Reports about packets that pass these hops may be wrong.
//!
//! This module is a stopgap that changes no verdict. It will be removed when these hops are evaluated, together with
//! its notes and the two lint rules that depend on it.
//!
//! Source: RFC 4271 section 9.1 (each router decides according to its own routes).

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::diag::Span;
use crate::engine::decision::{
    Comparison, Crossing, Decision, Device, Disposition, NoRoute, Reason, UnknownInput,
};
use crate::engine::return_path::{Responder, ReturnPath};
use crate::engine::session::attachment;
use crate::engine::vantage::Vantage;
use crate::network::{Attachment, CircuitId, Network, Site, SiteId, UserNextHop, VirtualNetworkId};

/// A hop that is not evaluated. It is listed only once, even if several lines in the file point to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UnevaluatedHop {
    /// The edge at the end of a circuit. Sites reach this edge over the company's network (`metric`).
    OtherEdge(CircuitId),
    /// An appliance that is the next hop of a user route, but that the network file does not describe.
    Appliance(IpAddr),
}

/// A hop that is not evaluated, with a line in the network file that sends packets to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unevaluated {
    /// The hop.
    pub hop: UnevaluatedHop,
    /// The first line in the network file that names the hop: the circuit at a site, or the user route.
    pub span: Span,
}

impl Unevaluated {
    /// Describes the hop in one sentence, without a full stop and without its position in the file.
    pub fn sentence(&self, network: &Network) -> String {
        match self.hop {
            UnevaluatedHop::OtherEdge(id) => {
                let name = network.circuit(id).map_or("", |own| &own.name);
                format!(
                    "the edge at which `{name}` ends is not evaluated, because the circuit needs exactly one site without a `metric`: \
                     packets that cross the company's network to this edge may leave the network on a path other than the one reported here"
                )
            }
            UnevaluatedHop::Appliance(address) => format!(
                "the appliance {address} is not evaluated: the network file does not describe how it forwards packets"
            ),
        }
    }

    /// Returns the sentence with its position, as in `… [network.yaml:12]`.
    pub fn note(&self, network: &Network) -> String {
        let source = &network.source;
        let line = source.position(self.span.start).0;
        format!("{} [{}:{line}]", self.sentence(network), source.name())
    }
}

/// Lists every unevaluated hop of a network. Edges come first, then appliances.
///
/// # Complexity
///
/// Linear in the attachments of sites and in the routes of the route tables of subnets.
pub fn unevaluated(network: &Network) -> Vec<Unevaluated> {
    let mut all: BTreeMap<UnevaluatedHop, Span> = BTreeMap::new();
    for attached in network.sites.iter().flat_map(|site| &site.attachments) {
        if is_unknown(network, attached) {
            all.entry(UnevaluatedHop::OtherEdge(attached.circuit)).or_insert(attached.span);
        }
    }
    let networks = network.virtual_networks_with_ids();
    for (id, subnet) in networks.flat_map(|(id, own)| own.subnets.iter().map(move |subnet| (id, subnet))) {
        let table = subnet.route_table.and_then(|table| network.route_table(table.value));
        for route in table.into_iter().flat_map(|table| &table.routes) {
            if let UserNextHop::VirtualAppliance(address) = route.next_hop.value
                && Device::at(network, id, address).is_none()
                && is_available(network, id, address)
            {
                let span = route.destination.span;
                let known = all.entry(UnevaluatedHop::Appliance(address)).or_insert(span);
                *known = (*known).min(span);
            }
        }
    }
    all.into_iter().map(|(hop, span)| Unevaluated { hop, span }).collect()
}

/// Returns whether an address can be a next hop in a virtual network: it must belong to that virtual network or to a
/// directly peered one.
fn is_available(network: &Network, id: VirtualNetworkId, address: IpAddr) -> bool {
    let own = network.virtual_network(id).into_iter();
    let peered = own.clone().flat_map(|own| &own.peerings).map(|peering| peering.virtual_network);
    let all = own.chain(peered.filter_map(|peer| network.virtual_network(peer)));
    all.into_iter().flat_map(|one| &one.prefixes).any(|prefix| prefix.value.contains(address))
}

/// A lookup of the unevaluated hops that the packets of a decision, or their replies, pass.
#[derive(Clone, Debug)]
pub struct Passing(Vec<Unevaluated>);

impl Passing {
    /// Collects the unevaluated hops of a network; `None` if every hop is evaluated.
    pub fn of(network: &Network) -> Option<Self> {
        let all = unevaluated(network);
        (!all.is_empty()).then_some(Self(all))
    }

    /// Returns the unevaluated hops that packets from `vantage` to the `responder`, and their replies over the return
    /// path `back`, pass. `network` must be the network from which `self` was created.
    pub fn of_decision(
        &self,
        network: &Network,
        vantage: Vantage,
        decision: &Decision,
        responder: Option<Responder>,
        back: Option<&ReturnPath>,
    ) -> Vec<Unevaluated> {
        // The packets of a proxy are those of its site.
        let vantage = decision.proxy().map_or(vantage, Vantage::Site);
        let answers = || back.into_iter().flat_map(|back| &back.sources).map(|source| &source.reason);
        let passed = |hop: UnevaluatedHop| match hop {
            UnevaluatedHop::OtherEdge(circuit) => {
                let forwards = decision.circuits().contains(&circuit);
                let attracts = answers().any(|reason| reason.links().contains(&Crossing::Circuit(circuit)));
                (forwards || attracts) && crosses(network, vantage, responder, circuit)
            }
            UnevaluatedHop::Appliance(address) => {
                let ends_there = |reason: &Reason| matches!(reason, Reason::Appliance { address: own, .. } if *own == address);
                let out = decision.disposition == Disposition::Unknown && ends_there(decision.last_reason());
                out || answers().any(|reason| leads_to(network, reason, address))
            }
        };
        self.0.iter().filter(|one| passed(one.hop)).copied().collect()
    }
}

/// Returns whether packets between a vantage point and a circuit cross the company's network to the edge at the
/// circuit's end.
fn crosses(network: &Network, vantage: Vantage, responder: Option<Responder>, circuit: CircuitId) -> bool {
    let crosses = |site: &Site| attachment(site, circuit).is_some_and(|own| is_unknown(network, own));
    let at = |id: SiteId| network.site(id).is_some_and(crosses);
    match (vantage, responder) {
        (Vantage::Site(site), _) | (Vantage::Subnet(..), Some(Responder::Site(site))) => at(site),
        (Vantage::Subnet(..), _) => network.sites.iter().any(crosses),
    }
}

/// Returns whether packets cross the company's network to an unknown edge.
fn is_unknown(network: &Network, attached: &Attachment) -> bool {
    attached.metric.is_some() && network.edges_of(attached.circuit).contains(&None)
}

/// Returns whether a route table sends a reply to an appliance whose further forwarding is unknown.
fn leads_to(network: &Network, reason: &Comparison, address: IpAddr) -> bool {
    let (Comparison::Unknown(UnknownInput::NextHop { route, .. })
    | Comparison::NoRoute(NoRoute::PastRoute { route })) = reason
    else {
        return false;
    };
    let mut routes = network.route_tables.iter().flat_map(|table| &table.routes);
    routes.any(|own| {
        own.destination.span == *route && own.next_hop.value == UserNextHop::VirtualAppliance(address)
    })
}
