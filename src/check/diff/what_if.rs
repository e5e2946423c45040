//! Repeats a difference under each single failure, to show moves that occur only during a failure.

use std::net::{Ipv4Addr, Ipv6Addr};

use crate::addr::{AddressCount, AddressSet, Family, IpPrefix};
use crate::engine::{CompileError, Inputs, Outage};
use crate::network::Network;

use super::model::{ChangeKind, Diff, DiffVerdict, SumError};
use super::side::DiffSide;
use crate::check::diff::compare::diff;

/// The difference under a failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WhatIf {
    /// The failure.
    pub failure: String,
    /// The number of addresses in each family, IPv4 first, that move under the failure, summed over vantage points.
    pub moved: [AddressCount; 2],
    /// How many of these addresses do not move without the failure.
    pub beyond: [AddressCount; 2],
    /// The verdict under the failure.
    pub verdict: DiffVerdict,
}

impl WhatIf {
    /// Whether addresses move that do not move without the failure.
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

/// Returns every single failure that is possible in both networks, as a pair of the base's and the head's failure.
/// Failures are matched by name and listed in the order of the base.
pub fn common_outages(base: &Network, head: &Network) -> Vec<(Outage, Outage)> {
    let there = Outage::singles(head);
    let both = |here: Outage| {
        let other = there.iter().find(|other| other.name == here.name)?.clone();
        Some((here, other))
    };
    Outage::singles(base).into_iter().filter_map(both).collect()
}

/// Repeats a difference under each single failure. `names` are the vantage points for which the difference was
/// compiled; empty means all.
///
/// # Complexity
///
/// Both sides are compiled and compared once per failure.
///
/// # Errors
///
/// [`WhatIfError`] if compiling or comparing fails.
pub fn what_if(
    base: Inputs<'_>,
    head: Inputs<'_>,
    names: &[String],
    as_written: &Diff,
) -> Result<Vec<WhatIf>, WhatIfError> {
    let mut all = Vec::new();
    for (here, there) in common_outages(base.network, head.network) {
        let name = here.name.clone();
        let (here, there) = (here.applied_to(base.links), there.applied_to(head.links));
        let base = DiffSide::compile_from(base.links(&here), names)?;
        let head = DiffSide::compile_from(head.links(&there), names)?;
        let found = diff(&base, &head)?;
        let moved = [Family::V4, Family::V6].map(|family| found.count(family, ChangeKind::Move));
        let beyond = beyond(&found, as_written);
        all.push(WhatIf { failure: name, moved, beyond, verdict: found.verdict() });
    }
    Ok(all)
}

/// Counts the addresses in each family that move in `found` but not in `other`, over all vantage points.
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

/// Returns the addresses that move, as seen from a vantage point.
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
