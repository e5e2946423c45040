//! The rules with which a site's internet edge denies packets by their destination.
//!
//! A rule applies where packets leave over the site's own internet edge. Packets that another edge sends to the internet
//! are subject to the rules of that edge, and the packets of a tunnel have the tunnel's other end as their destination.

use std::net::IpAddr;
use std::sync::Arc;

use crate::addr::{Address, Partition};
use crate::catalog::Catalog;
use crate::engine::adj_rib_in::Edge;
use crate::engine::decision::{Decision, Disposition, NextHop, Reason, Tie, Why};
use crate::engine::session::SessionKind;
use crate::network::DenyRule;
use crate::rib::SessionId;

/// Applies the rules of an edge to its decision about an address. The first rule that denies the address decides.
pub(in crate::engine) fn denied(edge: &Edge<'_>, address: IpAddr, routed: Decision) -> Decision {
    let denies = |rule: &&DenyRule| rule.denies(edge.inputs.catalog, address);
    match rules(edge).iter().find(denies) {
        Some(rule) => apply_rule(edge, rule, routed),
        None => routed,
    }
}

/// Returns the index of the rule that denies each address of a family; `None` if the edge has no rules.
///
/// # Complexity
///
/// `O(n log n)` in the selected prefixes, for each rule.
pub(in crate::engine) fn denials<A: Address>(edge: &Edge<'_>) -> Option<Partition<A, Option<usize>>> {
    denials_of(edge.inputs.catalog, rules(edge))
}

/// As [`denials`], for the rules of any router.
pub(in crate::engine) fn denials_of<A: Address>(
    catalog: &Catalog,
    rules: &[DenyRule],
) -> Option<Partition<A, Option<usize>>> {
    let mut all = Partition::uniform(None);
    // The first rule applies last, because it takes precedence.
    for (index, rule) in rules.iter().enumerate().rev() {
        let set = rule.set(catalog);
        let denied = set.of_family::<A>().prefixes().map(|prefix| (prefix, Some(index)));
        all = all.overlaid(&Partition::from_lpm(denied, None), |_, index| Some(*index));
    }
    (!rules.is_empty()).then_some(all)
}

/// Applies the rule with this index, as [`denied`] does for an address that it denies.
pub(in crate::engine) fn apply_denial(edge: &Edge<'_>, index: usize, routed: Decision) -> Decision {
    match rules(edge).get(index) {
        Some(rule) => apply_rule(edge, rule, routed),
        None => routed,
    }
}

fn rules<'a>(edge: &Edge<'a>) -> &'a [DenyRule] {
    edge.site.internet.as_ref().map_or(&[], |edge| &edge.deny)
}

fn apply_rule(edge: &Edge<'_>, rule: &DenyRule, routed: Decision) -> Decision {
    if routed.disposition == Disposition::Internet {
        return drop_at_own_edge(edge, rule, routed);
    }
    // Without other edges, packets leave to the internet only here.
    let has_peers = edge.sessions.iter().any(|session| matches!(session.kind, SessionKind::Edge(_)));
    match without_internet(routed.reason()).filter(|_| !has_peers) {
        Some(reason) => Decision { why: Arc::new(Why { reason, ..(*routed.why).clone() }), ..routed },
        None => routed,
    }
}

/// Drops the packets that leave over the site's own internet edge.
fn drop_at_own_edge(edge: &Edge<'_>, rule: &DenyRule, routed: Decision) -> Decision {
    let leaves_here = |id: SessionId| {
        edge.session(id).is_some_and(|session| matches!(session.kind, SessionKind::Internet(_)))
    };
    let (here, elsewhere) =
        routed.next_hops().iter().partition::<Vec<&NextHop>, _>(|hop| leaves_here(hop.session));
    let (disposition, reason) = match (here.is_empty(), elsewhere.is_empty()) {
        (true, _) => return routed,
        (false, true) => (Disposition::Discarded, Reason::Denied { site: edge.id, span: rule.span }),
        (false, false) => {
            let ways = [Disposition::Internet, Disposition::Discarded];
            (Disposition::Unknown, Reason::UnknownTie { ways, tie: Tie::Edge, span: rule.span })
        }
    };
    let why = Arc::new(Why::new(reason, Vec::new(), routed.step()));
    Decision { disposition, why, ..routed }
}

/// Returns the reason why a path is unknown, with packets dropped where they would leave to the internet; `None` if that
/// does not change the reason.
fn without_internet(reason: &Reason) -> Option<Reason> {
    let mut changed = reason.clone();
    match &mut changed {
        Reason::PossiblyAdvertised { otherwise, .. } if *otherwise == Disposition::Internet => {
            *otherwise = Disposition::Discarded;
        }
        Reason::UnknownPath { ways, .. }
        | Reason::UnknownTie { ways, .. }
        | Reason::UnknownPolicy { ways, .. }
            // Two alternatives that drop the packet might not be the only ones.
            if !ways.contains(&Disposition::Discarded) =>
        {
            let internet = ways.iter_mut().find(|way| **way == Disposition::Internet)?;
            *internet = Disposition::Discarded;
        }
        _ => return None,
    }
    Some(changed)
}
