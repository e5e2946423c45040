//! What a gateway makes of the routes to one prefix, and what a Route Server beside it prefers of these and of what appliances
//! tell it.
//!
//! Sources: Microsoft, *optimize ExpressRoute routing* (connection weight, then AS path), *S2S VPN as a backup* (ExpressRoute
//! before VPN), *ExpressRoute FAQ* (what is equal shares the flows), *Azure Route Server routing preference*, *Azure Route
//! Server FAQ* (the shorter path of two appliances; equal ones share the flows).

use std::net::IpAddr;

use crate::addr::IpPrefix;
use crate::diag::Span;
use crate::engine::decision::{AzureRule, Carrier, Disposition, Reason, RouteServerDoubt};
use crate::network::{CircuitId, RoutingPreference, VirtualNetworkId};
use crate::rib::{AsPath, Attributes};

use crate::engine::effective_routes::selection::{Race, RouteSource, SubnetRoute, Way};

/// The most circuits that share flows (Microsoft, *ExpressRoute FAQ*).
const ECMP_CIRCUITS: usize = 4;

/// A route of one session of a gateway.
#[derive(Clone, Debug)]
pub(super) struct Heard {
    pub(super) prefix: IpPrefix,
    pub(super) gateway: VirtualNetworkId,
    pub(super) from: From,
    pub(super) weight: u32,
    /// How many numbers the path has; of circuits all but what is common to all.
    pub(super) path_length: usize,
    pub(super) as_path: AsPath,
    pub(super) span: Span,
}

/// What brings a route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum From {
    /// A session of the gateway.
    Session(Carrier),
    /// An appliance, over the Route Server, with this next hop.
    Appliance(IpAddr),
    /// A session, but it is not told whether the route is used.
    Doubtful(Carrier, RouteServerDoubt),
}

impl Heard {
    fn circuit(&self) -> Option<CircuitId> {
        self.carrier()?.circuit.map(|(circuit, _)| circuit)
    }

    fn carrier(&self) -> Option<Carrier> {
        match &self.from {
            From::Session(carrier) | From::Doubtful(carrier, _) => Some(*carrier),
            From::Appliance(_) => None,
        }
    }

    fn next_hop(&self) -> Option<IpAddr> {
        match &self.from {
            From::Appliance(address) => Some(*address),
            From::Session(_) | From::Doubtful(..) => None,
        }
    }

    pub(super) const fn is_of_appliance(&self) -> bool {
        matches!(self.from, From::Appliance(_))
    }

    pub(super) fn is_of_tunnel(&self) -> bool {
        matches!(&self.from, From::Session(carrier) if carrier.circuit.is_none())
    }

    /// What is compared with routes of other kinds: circuits, tunnels, appliances.
    fn kind(&self) -> u8 {
        match &self.from {
            From::Session(carrier) | From::Doubtful(carrier, _) => u8::from(carrier.circuit.is_none()),
            From::Appliance(_) => 2,
        }
    }
}

/// The steps inside a gateway, in their order; each keeps those with the least key.
type Step = (AzureRule, fn(&Heard) -> u64);

const SHORTER_PATH: Step =
    (AzureRule::ShorterPath, |heard| u64::try_from(heard.path_length).unwrap_or(u64::MAX));

const HIGHER_WEIGHT: Step = (AzureRule::ConnectionWeight, |heard| u64::from(u32::MAX - heard.weight));

/// Without a Route Server, and with one that prefers circuits.
const STEPS: [Step; 3] = [
    (AzureRule::CircuitBeforeTunnel, |heard| u64::from(heard.circuit().is_none())),
    HIGHER_WEIGHT,
    SHORTER_PATH,
];

/// With a Route Server that prefers tunnels and appliances.
const TUNNELS_FIRST: [Step; 3] = [
    (AzureRule::RoutingPreference, |heard| u64::from(heard.circuit().is_some())),
    HIGHER_WEIGHT,
    SHORTER_PATH,
];

/// With one that prefers the shortest path, when each circuit's gateway has chosen.
const BY_PATH: [Step; 1] = [SHORTER_PATH];

const fn steps(preference: RoutingPreference) -> &'static [Step] {
    match preference {
        RoutingPreference::ExpressRoute => &STEPS,
        RoutingPreference::Vpn => &TUNNELS_FIRST,
        RoutingPreference::AsPath => &BY_PATH,
    }
}

/// Microsoft's number and the site's, which the path of what a circuit brings has beside what lengthens it.
pub(super) const OF_CIRCUIT: usize = 2;

/// What a gateway, and a Route Server of this preference, make of routes, prefix by prefix.
pub(super) fn settled<'h>(
    preference: RoutingPreference,
    heard: impl Iterator<Item = &'h Heard>,
) -> Vec<SubnetRoute> {
    let mut heard: Vec<&Heard> = heard.collect();
    heard.sort_by_key(|heard| heard.prefix);
    let groups = heard.chunk_by(|left, right| left.prefix == right.prefix);
    groups.flat_map(|group| settle(preference, group)).collect()
}

/// What they make of the routes to one prefix.
fn settle(preference: RoutingPreference, group: &[&Heard]) -> Vec<SubnetRoute> {
    let mut race: Vec<&Heard> = group.to_vec();
    let mut lost: Vec<(AzureRule, Vec<&Heard>)> = Vec::new();
    if preference == RoutingPreference::AsPath {
        // The ExpressRoute gateway tells what it prefers itself.
        let (circuits, others): (Vec<&Heard>, Vec<&Heard>) =
            race.into_iter().partition(|heard| heard.circuit().is_some());
        race = keep_least(circuits, &HIGHER_WEIGHT, &mut lost);
        race.extend(others);
    }
    for step in steps(preference) {
        race = keep_least(race, step, &mut lost);
    }
    let mut circuits = circuits(&race);
    circuits.truncate(ECMP_CIRCUITS);
    let (used, beyond): (Vec<&Heard>, Vec<&Heard>) =
        race.into_iter().partition(|heard| heard.circuit().is_none_or(|own| circuits.contains(&own)));
    if !beyond.is_empty() {
        lost.push((AzureRule::EqualCost, beyond));
    }
    let won = match lost.last() {
        Some((rule, _)) => Race::Won(*rule),
        // Both connections of one circuit are used together as a matter of course.
        None if !used.iter().all(|heard| heard.circuit().is_some_and(|own| circuits == [own]))
            && used.len() > 1 =>
        {
            Race::Won(AzureRule::EqualCost)
        }
        None => Race::Alone,
    };
    let mut all: Vec<SubnetRoute> = as_route(&used, won).into_iter().collect();
    for (rule, losers) in lost {
        let of_one =
            losers.chunk_by(|left, right| left.circuit().is_some() && left.circuit() == right.circuit());
        all.extend(of_one.filter_map(|losers| as_route(losers, Race::Lost(rule))));
    }
    all
}

/// Those with the least key; the others lost at this step.
fn keep_least<'h>(
    race: Vec<&'h Heard>,
    (rule, key): &Step,
    lost: &mut Vec<(AzureRule, Vec<&'h Heard>)>,
) -> Vec<&'h Heard> {
    let least = race.iter().map(|heard| key(heard)).min();
    let (stay, go): (Vec<&Heard>, Vec<&Heard>) =
        race.into_iter().partition(|heard| Some(key(heard)) == least);
    if !go.is_empty() {
        lost.push((*rule, go));
    }
    stay
}

/// Routes to one prefix that share its flows, as one route.
fn as_route(heard: &[&Heard], race: Race) -> Option<SubnetRoute> {
    let first = heard.first()?;
    let (network, span) = (first.gateway, first.span);
    let doubt = heard.iter().find_map(|heard| match heard.from {
        From::Doubtful(_, doubt) => Some(doubt),
        _ if heard.kind() != first.kind() => Some(RouteServerDoubt::Tie),
        _ => None,
    });
    let mut next_hops: Vec<IpAddr> = heard.iter().filter_map(|heard| heard.next_hop()).collect();
    next_hops.sort_unstable();
    next_hops.dedup();
    let (way, reason) = match (doubt, first.circuit()) {
        (Some(doubt), _) => (Disposition::Unknown, Reason::RouteServerUnknown { doubt, span }),
        _ if !next_hops.is_empty() => (Disposition::Unknown, Reason::Injected { network, next_hops, span }),
        (None, circuit) => {
            let way = if circuit.is_some() { Disposition::PrivatePeering } else { Disposition::Vpn };
            (way, Reason::Gateway { network, circuits: circuits(heard), span })
        }
    };
    let carriers =
        if doubt.is_some() { Vec::new() } else { heard.iter().filter_map(|heard| heard.carrier()).collect() };
    let race = if doubt.is_some() && matches!(race, Race::Won(_)) { Race::Alone } else { race };
    Some(SubnetRoute {
        prefix: first.prefix,
        source: RouteSource::Gateway,
        way: Way::To(way),
        reason,
        carriers,
        race,
        attributes: Some(Box::new(Attributes {
            weight: first.weight,
            as_path: first.as_path.clone(),
            ..Attributes::default()
        })),
        span,
    })
}

/// The circuits of some routes, ascending.
fn circuits(heard: &[&Heard]) -> Vec<CircuitId> {
    let mut circuits: Vec<CircuitId> = heard.iter().filter_map(|heard| heard.circuit()).collect();
    circuits.sort_unstable();
    circuits.dedup();
    circuits
}
