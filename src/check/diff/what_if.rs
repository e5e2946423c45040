//! The same difference with one thing down: does the change hold up under failure?

use std::net::{Ipv4Addr, Ipv6Addr};

use crate::addr::{AddressCount, AddressSet, Family, IpPrefix};
use crate::engine::{CompileError, Inputs, Link};
use crate::network::{CircuitId, Connection, Network, PeeringKind};

use super::model::{ChangeKind, Diff, DiffVerdict, SumError};
use super::side::Side;
use super::walk::diff;

/// One thing that can fail by itself, on both sides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What fails: `circuit er-ams`, `session er-ams/microsoft/primary`, `internet edge-ams`.
    pub name: String,
    /// As the base has it.
    pub base: Link,
    /// As the head has it.
    pub head: Link,
}

/// What a failure makes of the difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WhatIf {
    /// What fails.
    pub failure: String,
    /// How many addresses of each family, IPv4 first, move while it is down, summed over vantage points.
    pub moved: [AddressCount; 2],
    /// Of these, those that do not move while everything is up.
    pub beyond: [AddressCount; 2],
    /// What it comes to.
    pub verdict: DiffVerdict,
}

impl WhatIf {
    /// Whether addresses move that do not while everything is up.
    pub fn is_worse(&self) -> bool {
        self.beyond.iter().any(|count| !count.is_zero())
    }
}

/// Why a failure could not be evaluated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WhatIfError {
    /// The network could not be compiled.
    #[error(transparent)]
    Compile(#[from] CompileError),
    /// Addresses were lost or counted twice.
    #[error(transparent)]
    Sum(#[from] SumError),
}

/// Every single failure that both networks can have, matched by name, in the order of the base.
pub fn failures(base: &Network, head: &Network) -> Vec<Failure> {
    let there = links(head);
    let both = |(name, base): (String, Link)| {
        let (_, head) = there.iter().find(|(other, _)| *other == name)?;
        Some(Failure { name, base, head: *head })
    };
    links(base).into_iter().filter_map(both).collect()
}

/// Repeats a difference under each single failure. `names` are the vantage points it was compiled for; none for
/// all.
///
/// # Complexity
///
/// Both sides are compiled and compared once per failure.
///
/// # Errors
///
/// [`WhatIfError`], as compiling and comparing fail.
pub fn what_if(
    base: Inputs<'_>,
    head: Inputs<'_>,
    names: &[String],
    as_written: &Diff,
) -> Result<Vec<WhatIf>, WhatIfError> {
    let mut all = Vec::new();
    for failure in failures(base.network, head.network) {
        let here = base.links.clone().with_down(failure.base);
        let there = head.links.clone().with_down(failure.head);
        let base = Side::compile_from(base.links(&here), names)?;
        let head = Side::compile_from(head.links(&there), names)?;
        let found = diff(&base, &head)?;
        let moved = [Family::V4, Family::V6].map(|family| found.count(family, ChangeKind::Move));
        let beyond = beyond(&found, as_written);
        all.push(WhatIf { failure: failure.name, moved, beyond, verdict: found.verdict() });
    }
    Ok(all)
}

/// How many addresses of each family move in one difference and not in the other, over all vantage points.
fn beyond(found: &Diff, other: &Diff) -> [AddressCount; 2] {
    let mut sums = [AddressCount::ZERO; 2];
    for (index, vantage) in found.vantages.iter().enumerate() {
        let same = other.vantages.iter().position(|one| one.name == vantage.name);
        let (now4, now6) = moving(found, Some(index));
        let (was4, was6) = moving(other, same);
        let [ipv4, ipv6] = sums;
        sums = [ipv4 + now4.difference(&was4).count(), ipv6 + now6.difference(&was6).count()];
    }
    sums
}

/// The addresses that move, seen from a vantage point.
fn moving(diff: &Diff, vantage: Option<usize>) -> (AddressSet<Ipv4Addr>, AddressSet<Ipv6Addr>) {
    let moves = diff.changes.iter().filter(|change| Some(change.vantage) == vantage);
    let moves = moves.filter(|change| change.kind == ChangeKind::Move);
    let (mut v4, mut v6) = (Vec::new(), Vec::new());
    for prefix in moves.flat_map(|change| change.range.prefixes()) {
        match prefix {
            IpPrefix::V4(prefix) => v4.push(prefix),
            IpPrefix::V6(prefix) => v6.push(prefix),
        }
    }
    (AddressSet::from_prefixes(v4), AddressSet::from_prefixes(v6))
}

/// Everything of a network that can fail by itself, with its name.
fn links(network: &Network) -> Vec<(String, Link)> {
    let mut all = Vec::new();
    for (id, site) in network.sites_with_ids() {
        if let Some(edge) = &site.internet {
            all.push((format!("internet {}", edge.name), Link::Internet(id)));
        }
        for (index, tunnel) in (0..).zip(&site.vpn) {
            all.push((format!("vpn {}", tunnel.name), Link::Vpn(id, index)));
        }
    }
    for (id, circuit) in network.circuits_with_ids() {
        let filter = circuit.microsoft_peering.as_ref().and_then(|own| own.route_filter.as_ref());
        all.push((format!("circuit {}", circuit.name), Link::Circuit(id)));
        for connection in Connection::ALL {
            all.push((
                format!("connection {}/{}", circuit.name, connection.name()),
                Link::Connection(id, connection),
            ));
        }
        let peerings = [
            (PeeringKind::Microsoft, circuit.microsoft_peering.is_some()),
            (PeeringKind::Private, circuit.private_peering.is_some()),
        ];
        for (peering, _) in peerings.into_iter().filter(|(_, exists)| *exists) {
            all.extend(links_of_peering(id, &circuit.name, peering));
        }
        if filter.is_some() {
            all.push((format!("route-filter {}", circuit.name), Link::RouteFilter(id)));
        }
    }
    all
}

fn links_of_peering(id: CircuitId, circuit: &str, peering: PeeringKind) -> Vec<(String, Link)> {
    let name = format!("{circuit}/{}", peering.name());
    let session = |connection: Connection| {
        (format!("session {name}/{}", connection.name()), Link::Session(id, peering, connection))
    };
    let mut all = vec![(format!("peering {name}"), Link::Peering(id, peering))];
    all.extend(Connection::ALL.map(session));
    all
}
