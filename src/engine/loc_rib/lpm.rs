//! Longest-prefix match over what the routes to each prefix come to.
//!
//! One semantics for both the compiled engine and the explanation: both hand the chain of covering
//! prefixes, longest first, to [`select`].

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use crate::addr::IpPrefix;
use crate::addr::special::{self, Scope, SpecialBlock};
use crate::diag::Span;
use crate::engine::decision::{Decision, Disposition, Doubt, Reason, Why};

use super::alternatives::undecided;
use super::{Perhaps, Resolved, Settled, Uncertain};

/// The decision for addresses whose covering prefixes are `chain`, the longest first.
///
/// A route that may or may not be there makes the path ambiguous (the sources conflict) or unknown (an
/// input is missing), unless what lies below it leads to Microsoft peering all the same.
pub(in crate::engine) fn select<'a>(mut chain: impl Iterator<Item = (IpPrefix, &'a Settled)>) -> Decision {
    walk(&mut chain)
}

fn walk<'a>(chain: &mut impl Iterator<Item = (IpPrefix, &'a Settled)>) -> Decision {
    let mut doubt: Option<(IpPrefix, &Uncertain)> = None;
    while let Some((prefix, settled)) = chain.next() {
        if let (None, Some(uncertain)) = (doubt, &settled.doubt) {
            doubt = Some((prefix, uncertain));
        }
        let decision = if let Some(perhaps) = &settled.perhaps {
            perhaps_refused(prefix, perhaps, walk(chain))
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

/// The decision where all routes to a prefix may have been refused, and what lies below decides then.
fn perhaps_refused(prefix: IpPrefix, perhaps: &Perhaps, otherwise: Decision) -> Decision {
    let Resolved { disposition, why } = if otherwise.disposition == perhaps.resolved.disposition {
        perhaps.resolved.clone()
    } else {
        undecided(&[perhaps.resolved.disposition, otherwise.disposition], perhaps.missing, perhaps.span)
    };
    Decision { disposition, prefix: Some(prefix), why }
}

/// What special-purpose blocks decide: link-local and multicast addresses never follow routes, and what
/// only the default route matches of the other blocks is dropped on the internet.
pub(in crate::engine) fn special_purpose(address: IpAddr, routed: Decision) -> Decision {
    let Some(block) = special::block_of(address) else { return routed };
    apply_block(block, routed)
}

/// As [`special_purpose`], for an address known to lie in `block`.
pub(in crate::engine) fn apply_block(block: &'static SpecialBlock, routed: Decision) -> Decision {
    match (block.scope, default_to_internet(&routed)) {
        _ if *routed.reason() == Reason::Platform => routed,
        (Scope::Link | Scope::Multicast, _) => {
            Decision::plain(Disposition::OnPremises, Some(block.prefix), Reason::SpecialPurpose { block })
        }
        (Scope::Private | Scope::Shared | Scope::Reserved, Some(span)) => {
            let reason = Reason::NotRoutedOnInternet { block, span };
            Decision::plain(Disposition::Discarded, routed.prefix, reason)
        }
        _ => routed,
    }
}

/// The address of Azure's own services at the host of every virtual machine (Microsoft, *what is IP address
/// 168.63.129.16*).
pub(in crate::engine) const PLATFORM: Ipv4Addr = Ipv4Addr::new(168, 63, 129, 16);

/// What becomes of a decision of a site about [`PLATFORM`]: it answers on the host alone, so that no public way leads to it.
pub(in crate::engine) fn platform(routed: Decision) -> Decision {
    match routed.disposition {
        Disposition::Internet | Disposition::MicrosoftPeering => {
            let prefix = IpPrefix::host(PLATFORM.into());
            Decision::plain(Disposition::Unreachable, Some(prefix), Reason::Platform)
        }
        _ => routed,
    }
}

/// What becomes of a decision about an address that none of Microsoft's lists holds: a static route may send it over
/// Microsoft peering, where Microsoft advertised no route to it.
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

/// Whether a static route over Microsoft peering decides.
pub(in crate::engine) fn is_static_to_microsoft(routed: &Decision) -> bool {
    routed.disposition == Disposition::MicrosoftPeering && matches!(routed.reason(), Reason::Static { .. })
}

/// Where the default route to the internet stands that decides: the edge's, or one of the user's own in a subnet, which takes away
/// the system's drops of these blocks.
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
    let reason = Reason::PerhapsAdvertised {
        circuits: uncertain.circuits.clone(),
        community: uncertain.community,
        doubt: uncertain.doubt,
        otherwise: otherwise.disposition,
        span: uncertain.span,
    };
    let carriers = uncertain.carriers.clone();
    let why = Arc::new(Why::new(reason, carriers, Some(uncertain.step)));
    Decision { disposition, prefix: Some(prefix), why }
}
