//! Longest-prefix match over the results for each prefix.
//!
//! The compiled engine and the explanation share this code. Both pass the chain of covering prefixes, longest first, to
//! [`select`].

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use crate::addr::IpPrefix;
use crate::addr::special::{self, SpecialBlock, SpecialScope};
use crate::diag::Span;
use crate::engine::decision::{Decision, Disposition, Doubt, Reason, Why};

use super::alternatives::undecided;
use super::{Possibly, Resolved, Settled, Uncertain};

/// Returns the decision for addresses whose covering prefixes are `chain`, longest first.
///
/// A route that may or may not exist makes the path ambiguous (the sources conflict) or unknown (an input is
/// missing), unless the shorter prefixes lead to Microsoft peering as well.
pub(in crate::engine) fn select<'a>(mut chain: impl Iterator<Item = (IpPrefix, &'a Settled)>) -> Decision {
    walk(&mut chain)
}

fn walk<'a>(chain: &mut impl Iterator<Item = (IpPrefix, &'a Settled)>) -> Decision {
    let mut doubt: Option<(IpPrefix, &Uncertain)> = None;
    while let Some((prefix, settled)) = chain.next() {
        if let (None, Some(uncertain)) = (doubt, &settled.doubt) {
            doubt = Some((prefix, uncertain));
        }
        let decision = if let Some(possibly) = &settled.possibly {
            perhaps_refused(prefix, possibly, walk(chain))
        } else if let Some(resolved) = &settled.certain {
            let why = Arc::clone(&resolved.why);
            Decision { disposition: resolved.disposition, prefix: Some(prefix), why }
        } else {
            continue;
        };
        return with_doubt(doubt, decision);
    }
    with_doubt(doubt, Decision::plain(Disposition::Unreachable, None, Reason::NoRoute))
}

/// Returns the decision for a prefix to which route maps may have rejected all routes. If they did, shorter prefixes
/// decide.
fn perhaps_refused(prefix: IpPrefix, possibly: &Possibly, otherwise: Decision) -> Decision {
    let Resolved { disposition, why } = if otherwise.disposition == possibly.resolved.disposition {
        possibly.resolved.clone()
    } else {
        undecided(&[possibly.resolved.disposition, otherwise.disposition], possibly.missing, possibly.span)
    };
    Decision { disposition, prefix: Some(prefix), why }
}

/// Applies special-purpose blocks. Packets to link-local and multicast addresses never follow routes. The internet
/// drops packets to the other blocks if only the default route matches.
pub(in crate::engine) fn special_purpose(address: IpAddr, routed: Decision) -> Decision {
    let Some(block) = special::block_of(address) else { return routed };
    apply_block(block, routed)
}

/// As [`special_purpose`], for an address that is known to be in `block`.
pub(in crate::engine) fn apply_block(block: &'static SpecialBlock, routed: Decision) -> Decision {
    match (block.scope, default_to_internet(&routed)) {
        _ if *routed.reason() == Reason::Platform => routed,
        (SpecialScope::Link | SpecialScope::Multicast, _) => {
            Decision::plain(Disposition::OnPremises, Some(block.prefix), Reason::SpecialPurpose { block })
        }
        (SpecialScope::Private | SpecialScope::Shared | SpecialScope::Reserved, Some(span)) => {
            let reason = Reason::NotRoutedOnInternet { block, span };
            Decision::plain(Disposition::Discarded, routed.prefix, reason)
        }
        _ => routed,
    }
}

/// The address of Azure's own services on the host of every virtual machine (Microsoft, *what is IP address
/// 168.63.129.16*).
pub(in crate::engine) const PLATFORM: Ipv4Addr = Ipv4Addr::new(168, 63, 129, 16);

/// Adjusts a site's decision about [`PLATFORM`]. This address responds only on the host, so no public path leads to it.
pub(in crate::engine) fn platform(routed: Decision) -> Decision {
    match routed.disposition {
        Disposition::Internet | Disposition::MicrosoftPeering => {
            let prefix = IpPrefix::host(PLATFORM.into());
            Decision::plain(Disposition::Unreachable, Some(prefix), Reason::Platform)
        }
        _ => routed,
    }
}

/// Adjusts a decision about an address that none of Microsoft's lists contains. A static route may send packets to it
/// over Microsoft peering although Microsoft advertised no route to it.
pub(in crate::engine) fn beyond_lists(routed: Decision) -> Decision {
    match routed.reason() {
        Reason::Static { circuits, span } if is_static_to_microsoft(&routed) => {
            let reason = Reason::BeyondLists { circuits: circuits.clone(), span: *span };
            let why = Why { reason, ..(*routed.why).clone() };
            Decision { disposition: Disposition::Unknown, why: Arc::new(why), ..routed }
        }
        _ => routed,
    }
}

/// Returns whether a static route over Microsoft peering decides.
pub(in crate::engine) fn is_static_to_microsoft(routed: &Decision) -> bool {
    routed.disposition == Disposition::MicrosoftPeering && matches!(routed.reason(), Reason::Static { .. })
}

/// Returns the position of the deciding default route to the internet: the default route of the edge, or a user route
/// in a subnet. Such a user route removes the system routes that drop packets to these blocks.
fn default_to_internet(routed: &Decision) -> Option<Span> {
    match routed.reason() {
        Reason::DefaultRoute { span, .. } => Some(*span),
        Reason::UserRoute { span, .. } => {
            let everything = routed.prefix.is_some_and(|prefix| prefix.length() == 0);
            (everything && routed.disposition == Disposition::Internet).then_some(*span)
        }
        _ => None,
    }
}

fn with_doubt(doubt: Option<(IpPrefix, &Uncertain)>, otherwise: Decision) -> Decision {
    let Some((prefix, uncertain)) = doubt else { return otherwise };
    if otherwise.disposition == Disposition::MicrosoftPeering {
        return otherwise;
    }
    let disposition = match uncertain.doubt {
        Doubt::Conflict => Disposition::Ambiguous,
        Doubt::Reach | Doubt::Gcc => Disposition::Unknown,
    };
    let reason = Reason::PossiblyAdvertised {
        circuits: uncertain.circuits.clone(),
        community: uncertain.community,
        doubt: uncertain.doubt,
        otherwise: otherwise.disposition,
        span: uncertain.span,
    };
    let next_hops = uncertain.next_hops.clone();
    let why = Arc::new(Why::new(reason, next_hops, Some(uncertain.step)));
    Decision { disposition, prefix: Some(prefix), why }
}
