//! The routes to one prefix that a gateway uses, and the routes that a Route Server next to the gateway prefers among
//! them and the routes of appliances.
//!
//! Sources: Microsoft, *optimize ExpressRoute routing* (connection weight, then AS path), *S2S VPN as a backup*
//! (ExpressRoute before VPN), *ExpressRoute FAQ* (equal routes are used with equal cost), *Azure Route Server routing
//! preference*, *Azure Route Server FAQ* (of two appliances, the one with the shorter path; ECMP across appliances with
//! equal paths).

use std::net::IpAddr;

use crate::addr::IpPrefix;
use crate::diag::Span;
use crate::engine::decision::{AzureStep, Disposition, NextHop, Reason, RouteServerDoubt};
use crate::network::{CircuitId, RoutingPreference, VirtualNetworkId};
use crate::rib::{AsPath, Attributes};

use crate::engine::effective_routes::selection::{GatewayChoice, NextHopType, RouteSource, SubnetRoute};

/// The maximum number of circuits with equal cost (Microsoft, *ExpressRoute FAQ*).
const ECMP_CIRCUITS: usize = 4;

/// A route that a gateway or its Route Server learned.
#[derive(Clone, Debug)]
pub(super) struct LearnedRoute {
    pub(super) prefix: IpPrefix,
    pub(super) gateway: VirtualNetworkId,
    pub(super) from: From,
    pub(super) weight: u32,
    /// The length of the AS path. For circuits, these are the prepended ASNs and [`OF_CIRCUIT`].
    pub(super) path_length: usize,
    pub(super) as_path: AsPath,
    pub(super) span: Span,
}

/// The source of a route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum From {
    /// A session of the gateway.
    Session(NextHop),
    /// An appliance that advertises to the Route Server, with this next hop.
    Appliance(IpAddr),
    /// A session of the gateway, but it is unknown whether the route is used.
    Doubtful(NextHop, RouteServerDoubt),
}

impl LearnedRoute {
    fn circuit(&self) -> Option<CircuitId> {
        self.next_hop()?.circuit.map(|(circuit, _)| circuit)
    }

    fn next_hop(&self) -> Option<NextHop> {
        match &self.from {
            From::Session(next_hop) | From::Doubtful(next_hop, _) => Some(*next_hop),
            From::Appliance(_) => None,
        }
    }

    fn appliance(&self) -> Option<IpAddr> {
        match &self.from {
            From::Appliance(address) => Some(*address),
            From::Session(_) | From::Doubtful(..) => None,
        }
    }

    pub(super) const fn is_of_appliance(&self) -> bool {
        matches!(self.from, From::Appliance(_))
    }

    pub(super) fn is_of_tunnel(&self) -> bool {
        matches!(&self.from, From::Session(next_hop) if next_hop.circuit.is_none())
    }

    /// Returns the kind of the source for comparison: circuit, tunnel or appliance.
    fn kind(&self) -> u8 {
        match &self.from {
            From::Session(next_hop) | From::Doubtful(next_hop, _) => u8::from(next_hop.circuit.is_none()),
            From::Appliance(_) => 2,
        }
    }
}

/// A selection step inside a gateway. It keeps the routes with the smallest key.
type Step = (AzureStep, fn(&LearnedRoute) -> u64);

const SHORTER_PATH: Step =
    (AzureStep::ShorterPath, |learned| u64::try_from(learned.path_length).unwrap_or(u64::MAX));

const HIGHER_WEIGHT: Step = (AzureStep::ConnectionWeight, |learned| u64::from(u32::MAX - learned.weight));

/// The steps without a Route Server, or with a Route Server that prefers circuits.
const STEPS: [Step; 3] = [
    (AzureStep::CircuitBeforeTunnel, |learned| u64::from(learned.circuit().is_none())),
    HIGHER_WEIGHT,
    SHORTER_PATH,
];

/// The steps with a Route Server that prefers tunnels and appliances.
const TUNNELS_FIRST: [Step; 3] = [
    (AzureStep::RoutingPreference, |learned| u64::from(learned.circuit().is_some())),
    HIGHER_WEIGHT,
    SHORTER_PATH,
];

/// The step of a Route Server that prefers the shortest path. It follows each gateway's choice among its circuits.
const BY_PATH: [Step; 1] = [SHORTER_PATH];

const fn steps(preference: RoutingPreference) -> &'static [Step] {
    match preference {
        RoutingPreference::ExpressRoute => &STEPS,
        RoutingPreference::Vpn => &TUNNELS_FIRST,
        RoutingPreference::AsPath => &BY_PATH,
    }
}

/// The ASNs of Microsoft and of the site, which are in every path over a circuit.
pub(super) const OF_CIRCUIT: usize = 2;

/// Returns the routes that a gateway uses for each prefix, given the preference of its Route Server.
pub(super) fn settled<'h>(
    preference: RoutingPreference,
    learned: impl Iterator<Item = &'h LearnedRoute>,
) -> Vec<SubnetRoute> {
    let mut learned: Vec<&LearnedRoute> = learned.collect();
    learned.sort_by_key(|learned| learned.prefix);
    let groups = learned.chunk_by(|left, right| left.prefix == right.prefix);
    groups.flat_map(|group| settle(preference, group)).collect()
}

/// Returns the routes that the gateway and its Route Server use for one prefix.
fn settle(preference: RoutingPreference, group: &[&LearnedRoute]) -> Vec<SubnetRoute> {
    let mut remaining: Vec<&LearnedRoute> = group.to_vec();
    let mut lost: Vec<(AzureStep, Vec<&LearnedRoute>)> = Vec::new();
    if preference == RoutingPreference::AsPath {
        // The ExpressRoute gateway advertises only its own best routes to the Route Server.
        let (circuits, others): (Vec<&LearnedRoute>, Vec<&LearnedRoute>) =
            remaining.into_iter().partition(|learned| learned.circuit().is_some());
        remaining = keep_least(circuits, &HIGHER_WEIGHT, &mut lost);
        remaining.extend(others);
    }
    for step in steps(preference) {
        remaining = keep_least(remaining, step, &mut lost);
    }
    let mut circuits = circuits(&remaining);
    circuits.truncate(ECMP_CIRCUITS);
    let (used, beyond): (Vec<&LearnedRoute>, Vec<&LearnedRoute>) = remaining
        .into_iter()
        .partition(|learned| learned.circuit().is_none_or(|own| circuits.contains(&own)));
    if !beyond.is_empty() {
        lost.push((AzureStep::EqualCost, beyond));
    }
    let won = match lost.last() {
        Some((rule, _)) => GatewayChoice::Won(*rule),
        // Both connections of one circuit are always used together, so there is nothing to report.
        None if !used.iter().all(|learned| learned.circuit().is_some_and(|own| circuits == [own]))
            && used.len() > 1 =>
        {
            GatewayChoice::Won(AzureStep::EqualCost)
        }
        None => GatewayChoice::Alone,
    };
    let mut all: Vec<SubnetRoute> = as_route(&used, won).into_iter().collect();
    for (rule, losers) in lost {
        let of_one =
            losers.chunk_by(|left, right| left.circuit().is_some() && left.circuit() == right.circuit());
        all.extend(of_one.filter_map(|losers| as_route(losers, GatewayChoice::Lost(rule))));
    }
    all
}

/// Keeps the routes with the smallest key. All other routes lose at this step.
fn keep_least<'h>(
    remaining: Vec<&'h LearnedRoute>,
    (rule, key): &Step,
    lost: &mut Vec<(AzureStep, Vec<&'h LearnedRoute>)>,
) -> Vec<&'h LearnedRoute> {
    let least = remaining.iter().map(|learned| key(learned)).min();
    let (stay, go): (Vec<&LearnedRoute>, Vec<&LearnedRoute>) =
        remaining.into_iter().partition(|learned| Some(key(learned)) == least);
    if !go.is_empty() {
        lost.push((*rule, go));
    }
    stay
}

/// Combines routes to one prefix with equal cost into one route.
fn as_route(learned: &[&LearnedRoute], choice: GatewayChoice) -> Option<SubnetRoute> {
    let first = learned.first()?;
    let (network, span) = (first.gateway, first.span);
    let doubt = learned.iter().find_map(|learned| match learned.from {
        From::Doubtful(_, doubt) => Some(doubt),
        _ if learned.kind() != first.kind() => Some(RouteServerDoubt::Tie),
        _ => None,
    });
    let mut next_hops: Vec<IpAddr> = learned.iter().filter_map(|learned| learned.appliance()).collect();
    next_hops.sort_unstable();
    next_hops.dedup();
    let (way, reason) = match (doubt, first.circuit()) {
        (Some(doubt), _) => (Disposition::Unknown, Reason::RouteServerUnknown { doubt, span }),
        _ if !next_hops.is_empty() => (Disposition::Unknown, Reason::Injected { network, next_hops, span }),
        (None, circuit) => {
            let way = if circuit.is_some() { Disposition::PrivatePeering } else { Disposition::Vpn };
            (way, Reason::Gateway { network, circuits: circuits(learned), span })
        }
    };
    let next_hops = if doubt.is_some() {
        Vec::new()
    } else {
        learned.iter().filter_map(|learned| learned.next_hop()).collect()
    };
    let choice = if doubt.is_some() && matches!(choice, GatewayChoice::Won(_)) {
        GatewayChoice::Alone
    } else {
        choice
    };
    Some(SubnetRoute {
        prefix: first.prefix,
        source: RouteSource::Gateway,
        way: NextHopType::To(way),
        reason,
        next_hops,
        choice,
        attributes: Some(Box::new(Attributes {
            weight: first.weight,
            as_path: first.as_path.clone(),
            ..Attributes::default()
        })),
        span,
    })
}

/// Returns the circuits of some routes, ascending.
fn circuits(learned: &[&LearnedRoute]) -> Vec<CircuitId> {
    let mut circuits: Vec<CircuitId> = learned.iter().filter_map(|learned| learned.circuit()).collect();
    circuits.sort_unstable();
    circuits.dedup();
    circuits
}
