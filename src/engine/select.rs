//! Longest-prefix match over candidates, and the choice among those of one prefix.
//!
//! One semantics for both the compiled engine and the explanation: both hand the chain of covering
//! prefixes, longest first, to [`select`].

use std::net::IpAddr;

use crate::addr::IpPrefix;
use crate::addr::special::{self, Scope, SpecialBlock};
use crate::network::{CircuitId, SiteId};

use super::candidates::{Candidate, Doubt, Origin};
use super::decision::{Decision, Disposition, Reason};

/// The decision for addresses whose covering routes are `chain`: groups of candidates of one prefix
/// each, the longest prefix first.
///
/// A route that may or may not be there makes the path ambiguous (the sources conflict) or unknown (an
/// input is missing), unless what lies below it leads to Microsoft peering all the same.
pub(super) fn select<'a>(site: SiteId, chain: impl Iterator<Item = (IpPrefix, &'a [Candidate])>) -> Decision {
    let mut doubt: Option<(IpPrefix, Vec<&Candidate>)> = None;
    for (prefix, group) in chain {
        let (uncertain, certain): (Vec<&Candidate>, Vec<&Candidate>) =
            group.iter().partition(|candidate| is_doubtful(candidate));
        if let Some(decision) = choose(site, prefix, &certain) {
            return with_doubt(doubt, decision);
        }
        if doubt.is_none() && !uncertain.is_empty() {
            doubt = Some((prefix, uncertain));
        }
    }
    with_doubt(
        doubt,
        Decision { disposition: Disposition::Unreachable, prefix: None, reason: Reason::NoRoute },
    )
}

/// What special-purpose blocks decide: link-local and multicast addresses never follow routes, and what
/// only the default route matches of the other blocks is dropped on the internet.
pub(super) fn special_purpose(address: IpAddr, routed: Decision) -> Decision {
    let Some(block) = special::block_of(address) else { return routed };
    apply_block(block, routed)
}

/// As [`special_purpose`], for an address known to lie in `block`.
pub(super) fn apply_block(block: &'static SpecialBlock, routed: Decision) -> Decision {
    match (block.scope, &routed.reason) {
        (Scope::Link | Scope::Multicast, _) => Decision {
            disposition: Disposition::OnPremises,
            prefix: Some(block.prefix),
            reason: Reason::SpecialPurpose { block },
        },
        (Scope::Private | Scope::Shared | Scope::Reserved, Reason::DefaultRoute { span, .. }) => Decision {
            disposition: Disposition::Discarded,
            prefix: routed.prefix,
            reason: Reason::NotRoutedOnInternet { block, span: *span },
        },
        _ => routed,
    }
}

fn is_doubtful(candidate: &Candidate) -> bool {
    matches!(candidate.origin, Origin::Doubtful(..))
}

/// The best candidate of one prefix; every circuit that ties with it carries the decision.
fn choose(site: SiteId, prefix: IpPrefix, group: &[&Candidate]) -> Option<Decision> {
    let best = group.iter().min_by_key(|candidate| candidate.origin)?;
    let tied = |same: &dyn Fn(&Origin) -> Option<CircuitId>| -> Vec<CircuitId> {
        let mut circuits: Vec<_> = group.iter().filter_map(|candidate| same(&candidate.origin)).collect();
        circuits.sort_unstable();
        circuits.dedup();
        circuits
    };
    let span = best.span;
    let (disposition, reason) = match best.origin {
        Origin::Site(owner) => (Disposition::OnPremises, Reason::Site { site: owner, span }),
        Origin::VirtualNetwork(network, _) => {
            let circuits = tied(&|origin| match origin {
                Origin::VirtualNetwork(other, circuit) if *other == network => Some(*circuit),
                _ => None,
            });
            (Disposition::PrivatePeering, Reason::VirtualNetwork { network, circuits, span })
        }
        Origin::Microsoft(evidence, community, _) => {
            let circuits = tied(&|origin| match origin {
                Origin::Microsoft(_, _, circuit) => Some(*circuit),
                _ => None,
            });
            (Disposition::MicrosoftPeering, Reason::Advertised { circuits, community, evidence, span })
        }
        // Never reached: doubtful candidates were parted from these.
        Origin::Doubtful(..) => return None,
        Origin::Default => (Disposition::Internet, Reason::DefaultRoute { site, span }),
    };
    Some(Decision { disposition, prefix: Some(prefix), reason })
}

fn with_doubt(doubt: Option<(IpPrefix, Vec<&Candidate>)>, otherwise: Decision) -> Decision {
    let Some((prefix, uncertain)) = doubt else { return otherwise };
    if otherwise.disposition == Disposition::MicrosoftPeering {
        return otherwise;
    }
    let mut circuits = Vec::new();
    let mut named = None;
    for candidate in uncertain {
        if let Origin::Doubtful(doubt, community, circuit) = candidate.origin {
            circuits.push(circuit);
            named = named.or(Some((doubt, community, candidate.span)));
        }
    }
    let Some((doubt, community, span)) = named else { return otherwise };
    circuits.sort_unstable();
    circuits.dedup();
    let disposition = match doubt {
        Doubt::Conflict => Disposition::Ambiguous,
        Doubt::Reach => Disposition::Unknown,
    };
    let otherwise = otherwise.disposition;
    let reason = Reason::PerhapsAdvertised { circuits, community, doubt, otherwise, span };
    Decision { disposition, prefix: Some(prefix), reason }
}
