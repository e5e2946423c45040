//! The input of rules about hops: packets between places of each kind, and their replies.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::diag::Span;
use crate::engine::{Hop, Inputs, Kind, Kinds, Probe, Reason, RoundTrip, Router, Survey, Vantage};
use crate::network::{Network, RouteTable, Subnet, VirtualNetwork, VirtualNetworkId};

/// Addresses that represent the internet: none of Microsoft's lists contains them.
const OUTSIDE: [IpAddr; 2] =
    [IpAddr::V4(Ipv4Addr::new(9, 9, 9, 9)), IpAddr::V6(Ipv6Addr::new(0x2620, 0xfe, 0, 0, 0, 0, 0, 0xfe))];

/// Packets between places of each kind.
#[derive(Default)]
pub(in crate::check::lint) struct Trips {
    /// From sites to subnets.
    pub(in crate::check::lint) inward: Vec<Trip>,
    /// From subnets to sites.
    pub(in crate::check::lint) outward: Vec<Trip>,
    /// Between virtual networks that are not peered with each other.
    pub(in crate::check::lint) across: Vec<Trip>,
    /// Between virtual networks that are peered with each other.
    pub(in crate::check::lint) beside: Vec<Trip>,
    /// From subnets to the internet.
    pub(in crate::check::lint) away: Vec<Trip>,
}

/// A packet from one place to another, and its reply.
pub(in crate::check::lint) struct Trip {
    pub(in crate::check::lint) from: Probe,
    /// The destination. Of several equivalent places, this is the first, except for packets between two equivalent
    /// places.
    pub(in crate::check::lint) to: Probe,
    /// All places equivalent to the source.
    pub(in crate::check::lint) from_kind: Kind,
    pub(in crate::check::lint) to_kind: Kind,
    pub(in crate::check::lint) traced: RoundTrip,
}

impl Trips {
    /// Traces the packets of a network; `None` if a required table of routes is missing.
    pub(in crate::check::lint) fn of(inputs: Inputs<'_>) -> Option<Self> {
        let survey = Survey::new(inputs).ok()?;
        let mut all = Self::default();
        if inputs.network.virtual_networks.iter().all(|own| own.subnets.is_empty()) {
            return Some(all);
        }
        let Kinds { sites, subnets, covered } = survey.kinds();
        for subnet in &subnets {
            for site in sites.iter().filter(|site| same_family(site, subnet)) {
                all.inward.extend(Trip::ask(&survey, (site, 0), (subnet, 0)));
                all.outward.extend(Trip::ask(&survey, (subnet, 0), (site, 0)));
            }
            let Some(from) = subnet.first() else { continue };
            // Destinations covered by the same routes are traced once; a destination's own routes matter only for
            // packets that start there.
            let (mut asked, mut asked_beside) = (BTreeSet::new(), BTreeSet::new());
            for (other, covered) in
                subnets.iter().zip(&covered).filter(|(other, _)| same_family(other, subnet))
            {
                let to = other.iter().position(|to| are_apart(inputs.network, from, to));
                if let Some(to) = to.filter(|_| asked.insert(*covered)) {
                    all.across.extend(Trip::ask(&survey, (subnet, 0), (other, to)));
                }
                let to = other.iter().position(|to| are_beside(inputs.network, from, to));
                if let Some(to) = to.filter(|_| asked_beside.insert(*covered)) {
                    all.beside.extend(Trip::ask(&survey, (subnet, 0), (other, to)));
                }
            }
            all.away.extend(Trip::outside(&survey, subnet));
        }
        Some(all)
    }

    /// All trips.
    pub(in crate::check::lint) fn all(&self) -> impl Iterator<Item = &Trip> {
        [&self.inward, &self.outward, &self.across, &self.beside, &self.away].into_iter().flatten()
    }

    /// The trips between virtual networks.
    pub(in crate::check::lint) fn between(&self) -> impl Iterator<Item = &Trip> {
        self.across.iter().chain(&self.beside)
    }
}

impl Trip {
    fn ask(survey: &Survey<'_>, from: (&Kind, usize), to: (&Kind, usize)) -> Option<Self> {
        let ((from_kind, from), (to_kind, to)) = (from, to);
        let (from, to) = (*from_kind.get(from)?, *to_kind.get(to)?);
        let traced = survey.ask(from.at, to.address)?;
        Some(Self { from, to, from_kind: from_kind.clone(), to_kind: to_kind.clone(), traced })
    }

    fn outside(survey: &Survey<'_>, kind: &Kind) -> Option<Self> {
        let from = *kind.first()?;
        let address = OUTSIDE.into_iter().find(|address| address.is_ipv4() == from.address.is_ipv4())?;
        let traced = survey.ask(from.at, address)?;
        let to = Probe { address, ..from };
        Some(Self { from, to, from_kind: kind.clone(), to_kind: kind.clone(), traced })
    }

    /// Returns the line named by the last router whose reason names a line.
    pub(in crate::check::lint) fn last_span(&self) -> Option<Span> {
        let hops = self.traced.decision.hops().iter().rev().map(|hop| hop.decision.reason());
        hops.chain([self.traced.decision.reason()]).find_map(Reason::span)
    }

    /// Returns the gateway through which the packet arrived, if the gateway made a forwarding decision.
    pub(in crate::check::lint) fn gateway(&self) -> Option<(VirtualNetworkId, &Hop)> {
        self.traced.decision.hops().iter().find_map(|hop| match hop.router {
            Router::Gateway(hub) => Some((hub, hop)),
            _ => None,
        })
    }
}

/// Whether two kinds have the same address family.
fn same_family(one: &Kind, other: &Kind) -> bool {
    let family = |kind: &Kind| kind.first().map(|place| place.address.is_ipv4());
    family(one) == family(other)
}

/// Whether places are in two virtual networks that are not peered with each other.
fn are_apart(network: &Network, from: &Probe, to: &Probe) -> bool {
    let (Vantage::Subnet(from, _), Vantage::Subnet(to, _)) = (from.at, to.at) else { return false };
    from != to && !is_peered(network, from, to)
}

/// Whether places are in two virtual networks that are peered with each other.
fn are_beside(network: &Network, from: &Probe, to: &Probe) -> bool {
    let (Vantage::Subnet(from, _), Vantage::Subnet(to, _)) = (from.at, to.at) else { return false };
    from != to && is_peered(network, from, to)
}

fn is_peered(network: &Network, one: VirtualNetworkId, other: VirtualNetworkId) -> bool {
    let has =
        |here, there| network.virtual_network(here).is_some_and(|own| own.peering_with(there).is_some());
    has(one, other) && has(other, one)
}

/// Returns a virtual network that two others are peered with.
pub(in crate::check::lint) fn hub_of(
    network: &Network,
    one: VirtualNetworkId,
    other: VirtualNetworkId,
) -> Option<VirtualNetworkId> {
    let own = network.virtual_network(one)?;
    let mut hubs = own.peerings.iter().map(|peering| peering.virtual_network);
    hubs.find(|hub| *hub != other && is_peered(network, one, *hub) && is_peered(network, other, *hub))
}

/// Returns the subnet of a place, with its virtual network.
pub(in crate::check::lint) fn subnet_of(
    network: &Network,
    at: Vantage,
) -> Option<(VirtualNetworkId, &VirtualNetwork, &Subnet)> {
    let Vantage::Subnet(id, subnet) = at else { return None };
    let own = network.virtual_network(id)?;
    Some((id, own, own.subnets.get(subnet.index())?))
}

/// Returns the route table of a subnet.
pub(in crate::check::lint) fn table_of<'n>(network: &'n Network, subnet: &Subnet) -> Option<&'n RouteTable> {
    network.route_table(subnet.route_table?.value)
}

/// Formats the names of places in the order given, without repetition: `a/app`, `b/app` and 3 more.
pub(in crate::check::lint) fn names(network: &Network, places: &[Probe]) -> String {
    listed(places.iter().map(|place| place.at.name(network)))
}

/// Formats names in the order given, without repetition, shortened to the first few.
pub(in crate::check::lint) fn listed(all: impl Iterator<Item = String>) -> String {
    const MOST: usize = 3;
    let mut names: Vec<String> = Vec::new();
    for name in all.map(|name| format!("`{name}`")) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let more = names.len().saturating_sub(MOST);
    names.truncate(MOST);
    let last = if more > 0 { Some(format!("{more} more")) } else { names.pop() };
    match last {
        Some(last) if names.is_empty() => last,
        Some(last) => format!("{} and {last}", names.join(", ")),
        None => String::new(),
    }
}
