//! Advice: what a company orders and configures, so that products use its circuits. Each line has its source.
//!
//! ```text
//! products + region + lists ─▶ Subject ─rules─▶ Advice…
//! network file ───────────────────┘ compared: missing, superfluous, present
//! ```
//!
//! A rule is one function from the subject to its advice, as in `lint`. Shares and counts are computed from the lists.

mod addressing;
mod communities;
mod facts;
mod firewall;
mod internet;
mod model;
mod patch;
mod redundancy;
mod routing;
mod shares;
mod sku;
mod sources;
mod subject;
#[cfg(test)]
mod tests;

use crate::catalog::snapshot::SnapshotError;
use crate::catalog::{Catalog, Product, TenantRegion};
use crate::network::Network;

pub use model::{Advice, AdviceState, AdviceTopic, FilterAdvice, FilterEntry, SubjectKind};
pub use patch::{LineEdit, PatchError, patched};
pub use sources::AdviceSource;

use subject::Subject;

/// What advice is asked for.
#[derive(Clone, Copy, Debug)]
pub struct AdviceRequest<'a> {
    /// The products that should use the circuits; at least one.
    pub products: &'a [&'static Product<'static>],
    /// Where the company's environments are.
    pub region: &'a TenantRegion,
    /// The lists.
    pub catalog: &'a Catalog,
    /// The network to compare with.
    pub network: Option<&'a Network>,
}

/// The answer to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdviceSheet {
    /// The advice, by topic.
    pub advice: Vec<Advice>,
    /// The route filter of each circuit with Microsoft peering, in the order of the file; without a network, one
    /// filter without a circuit. Empty if the circuits and the environments belong to different clouds.
    pub filters: Vec<FilterAdvice>,
}

impl AdviceSheet {
    /// Returns whether the network lacks something that the products need.
    pub fn lacks_something(&self) -> bool {
        self.advice.iter().any(|advice| advice.state == AdviceState::Missing)
    }

    /// Returns the number of entries in a state.
    pub fn count(&self, state: AdviceState) -> usize {
        self.advice.iter().filter(|advice| advice.state == state).count()
    }
}

/// A rule.
type Rule = fn(&Subject<'_>, &mut Vec<Advice>);

/// All rules, in the order of topics.
const RULES: &[Rule] = &[
    communities::cloud,
    communities::required,
    communities::optional,
    communities::outside_pair,
    communities::superfluous,
    communities::same_filter,
    communities::microsoft_365,
    sku::sku,
    addressing::pools,
    addressing::advertised,
    addressing::ipv6,
    routing::preference,
    routing::autonomous_systems,
    routing::bfd,
    redundancy::connections,
    redundancy::locations,
    internet::always,
    internet::default_route,
    internet::fail_closed,
    firewall::outbound,
    firewall::inbound,
    facts::inside_microsoft,
    facts::mobile_users,
    facts::cost,
    facts::lists,
];

/// Returns the advice for products in a region. With a network, each entry states whether the network has it.
///
/// If the environments belong to another cloud than the lists, that is the only advice, because no community of this
/// cloud carries them.
///
/// # Errors
///
/// [`SnapshotError`] if a shipped table was damaged when the program was built.
///
/// # Complexity
///
/// Linear in the products' prefixes for each community, and in the entries of the network.
pub fn advise(request: AdviceRequest<'_>) -> Result<AdviceSheet, SnapshotError> {
    let subject = Subject::of(request)?;
    let mut advice = Vec::new();
    if subject.other_cloud().is_some() {
        communities::cloud(&subject, &mut advice);
        return Ok(AdviceSheet { advice, filters: Vec::new() });
    }
    for rule in RULES {
        rule(&subject, &mut advice);
    }
    Ok(AdviceSheet { advice, filters: subject.filters() })
}
