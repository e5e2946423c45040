//! Evaluates the known facts of an address against an expectation.

use crate::addr::FlowKey;
use crate::check::assertion::model::{Expectation, ReplyDemand};
use crate::check::diff::Aspect;
use crate::engine::{
    Decision, Disposition, Explanation, Hop, NextHop, Reason, ReplyArrival, ReplyOutcome, ReturnVerdict,
    Router, SupportVerdict, TraceEnd,
};

/// The result of comparing an address with an expectation, from best to worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Evaluation {
    /// The expectation is met.
    Holds,
    /// Unknown: an input is missing or sources conflict, and the expectation does not allow that.
    CannotTell(Aspect),
    /// The expectation is not met.
    Fails(Aspect),
}

/// The facts of an address that expectations refer to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Facts<'a> {
    pub(super) decision: &'a Decision,
    /// The return path; `None` if it was not evaluated.
    pub(super) back: Option<ReplyOutcome>,
    pub(super) support: SupportVerdict,
}

impl Expectation {
    /// Evaluates the expectation for an explained address. Checks use the equivalent evaluation by ranges, which is
    /// faster but less simple. With equal cost (ECMP), every session and the replies to every source address must meet
    /// the expectation. With a `flow`, only the session and the replies of that flow must meet it.
    pub fn evaluate(&self, explanation: &Explanation<'_>, flow: Option<&FlowKey>) -> Evaluation {
        let (facts, next_hop) = Facts::of(explanation, flow);
        self.verdict(facts, next_hop)
    }

    /// Returns the first failure. If there is none, returns the first unknown result, otherwise [`Evaluation::Holds`].
    pub(super) fn verdict(&self, facts: Facts<'_>, next_hop: Option<NextHop>) -> Evaluation {
        let one;
        let next_hops = match next_hop {
            Some(next_hop) => {
                one = [next_hop];
                &one
            }
            None => facts.decision.next_hops(),
        };
        let all = [
            self.path(facts.decision),
            self.circuit(facts.decision, next_hop),
            self.connection(facts.decision.disposition, next_hops),
            self.hops(facts.decision),
            self.end(facts.decision.end()),
            self.back(facts),
            self.support(facts.support),
        ];
        all.into_iter().fold(Evaluation::Holds, |worst, next| match (worst, next) {
            (Evaluation::Fails(_), _)
            | (Evaluation::CannotTell(_), Evaluation::Holds | Evaluation::CannotTell(_)) => worst,
            (_, next) => next,
        })
    }

    /// Evaluates the path. If it is unknown which of two paths is taken, but both meet the expectation, or neither does,
    /// the result is known.
    fn path(&self, decision: &Decision) -> Evaluation {
        match (self.one_path(decision.disposition), alternatives(decision)) {
            (Evaluation::CannotTell(_), Some([one, other])) if self.one_path(one) == self.one_path(other) => {
                self.one_path(one)
            }
            (evaluation, _) => evaluation,
        }
    }

    fn one_path(&self, path: Disposition) -> Evaluation {
        if self.not_paths.contains(&path) {
            return Evaluation::Fails(Aspect::Path);
        }
        if self.paths.contains(&path) {
            return Evaluation::Holds;
        }
        match (self.paths.is_empty(), self.not_paths.is_empty()) {
            (true, true) => Evaluation::Holds,
            _ if is_unknown(path) => Evaluation::CannotTell(Aspect::Path),
            (true, false) => Evaluation::Holds,
            (false, _) => Evaluation::Fails(Aspect::Path),
        }
    }

    fn circuit(&self, decision: &Decision, next_hop: Option<NextHop>) -> Evaluation {
        if self.circuits.is_empty() {
            return Evaluation::Holds;
        }
        if is_unknown(decision.disposition) {
            return Evaluation::CannotTell(Aspect::Circuit);
        }
        let one: Vec<_> = next_hop.iter().filter_map(|next_hop| next_hop.circuit).map(|(id, _)| id).collect();
        let carrying = if next_hop.is_some() { one.as_slice() } else { decision.circuits() };
        if carrying.is_empty() || carrying.iter().any(|circuit| !self.circuits.contains(circuit)) {
            Evaluation::Fails(Aspect::Circuit)
        } else {
            Evaluation::Holds
        }
    }

    fn connection(&self, path: Disposition, next_hops: &[NextHop]) -> Evaluation {
        if self.connections.is_empty() {
            return Evaluation::Holds;
        }
        if is_unknown(path) {
            return Evaluation::CannotTell(Aspect::Connection);
        }
        let meets = |next_hop: &NextHop| {
            next_hop.circuit.is_some_and(|(_, connection)| self.connections.contains(&connection))
        };
        if !next_hops.is_empty() && next_hops.iter().all(meets) {
            Evaluation::Holds
        } else {
            Evaluation::Fails(Aspect::Connection)
        }
    }

    fn hops(&self, decision: &Decision) -> Evaluation {
        let passes = |trace: &[Hop], all: &[Router]| {
            trace.iter().any(|hop| all.iter().any(|named| hop.router.is_named_by(*named)))
        };
        // With equal cost (ECMP), every trace must pass one of `via`, and none may pass one of `not_via`.
        let via = self.via.is_empty() || decision.traces().all(|trace| passes(trace, &self.via));
        match (via, decision.traces().any(|trace| passes(trace, &self.not_via))) {
            (_, true) => Evaluation::Fails(Aspect::Hops),
            (true, false) if self.not_via.is_empty() => Evaluation::Holds,
            // The file does not always specify the edge at which a packet from a subnet arrives.
            _ if self.names_edges() && ends_at_crossing(decision) => Evaluation::CannotTell(Aspect::Hops),
            // The hops after an unknown hop are unknown.
            _ if is_unknown(decision.disposition) => Evaluation::CannotTell(Aspect::Hops),
            (true, false) => Evaluation::Holds,
            (false, false) => Evaluation::Fails(Aspect::Hops),
        }
    }

    fn end(&self, end: TraceEnd) -> Evaluation {
        if self.ends.is_empty() || self.ends.contains(&end) {
            Evaluation::Holds
        } else if end == TraceEnd::Unknown {
            Evaluation::CannotTell(Aspect::Ends)
        } else {
            Evaluation::Fails(Aspect::Ends)
        }
    }

    fn names_edges(&self) -> bool {
        self.via.iter().chain(&self.not_via).any(|router| matches!(router, Router::Edge(_)))
    }

    fn back(&self, facts: Facts<'_>) -> Evaluation {
        match &self.returns {
            ReplyDemand::Any => Evaluation::Holds,
            ReplyDemand::Arrive => arrives(facts),
            ReplyDemand::OneOf(all) => has_verdict(all, facts),
        }
    }

    fn support(&self, verdict: SupportVerdict) -> Evaluation {
        if self.support.is_empty() || self.support.contains(&verdict) {
            return Evaluation::Holds;
        }
        match verdict {
            SupportVerdict::Mixed | SupportVerdict::NotStated => Evaluation::CannotTell(Aspect::Support),
            _ => Evaluation::Fails(Aspect::Support),
        }
    }
}

/// Whether the reply to a packet that arrives arrives, too. Whether the packet must arrive at all is the subject of other
/// keys, such as `path`.
fn arrives(facts: Facts<'_>) -> Evaluation {
    use Disposition::{AzureBackbone, Discarded, OnPremises, Unreachable};
    match (facts.back.map(|back| back.arrival), facts.decision.disposition) {
        (_, Discarded | Unreachable)
        // Packets that never leave the company's network or Microsoft's network have no return path to evaluate.
        | (None, OnPremises | AzureBackbone)
        | (Some(ReplyArrival::Arrives), _) => Evaluation::Holds,
        (None | Some(ReplyArrival::Unknown), _) => Evaluation::CannotTell(Aspect::Return),
        (Some(ReplyArrival::Lost), _) => Evaluation::Fails(Aspect::Return),
    }
}

/// Whether the return verdict is one of these.
fn has_verdict(all: &[ReturnVerdict], facts: Facts<'_>) -> Evaluation {
    match (facts.back.map(|back| back.verdict), facts.decision.disposition) {
        (Some(verdict), _) if all.contains(&verdict) => Evaluation::Holds,
        // An unspecified return path is not known to be wrong.
        (Some(ReturnVerdict::Unspecified), _) => Evaluation::CannotTell(Aspect::Return),
        // Packets that never leave the company's network or Microsoft's network have no return path to evaluate.
        (None, Disposition::OnPremises | Disposition::AzureBackbone) => Evaluation::Holds,
        // A packet that does not arrive has no reply.
        (Some(_), _) | (None, Disposition::Discarded | Disposition::Unreachable) => {
            Evaluation::Fails(Aspect::Return)
        }
        (None, _) => Evaluation::CannotTell(Aspect::Return),
    }
}

impl<'a> Facts<'a> {
    /// Returns the facts of an explained address, with the session of its flow if one is given.
    pub(super) fn of(explanation: &'a Explanation<'_>, flow: Option<&FlowKey>) -> (Self, Option<NextHop>) {
        let back = explanation.return_path.as_ref();
        let facts = Self {
            decision: &explanation.decision,
            back: back.map(|back| flow.map_or_else(|| back.outcome(), |flow| back.outcome_to(flow.source))),
            support: explanation.support.verdict,
        };
        (facts, flow.and_then(|flow| explanation.decision.carrier_of(flow)))
    }
}

/// Whether a path is unknown or ambiguous.
fn is_unknown(path: Disposition) -> bool {
    matches!(path, Disposition::Unknown | Disposition::Ambiguous)
}

/// Returns the only paths that an address can take although it is unknown which: Microsoft peering if Microsoft
/// advertises the route, or else none, because the site's own edge drops the packet. Packets that another edge or a
/// router in Azure forwards may take other paths.
fn alternatives(decision: &Decision) -> Option<[Disposition; 2]> {
    match decision.reason() {
        Reason::PossiblyAdvertised {
            otherwise: otherwise @ (Disposition::Discarded | Disposition::Unreachable),
            ..
        } if decision.traces().all(<[Hop]>::is_empty) => Some([Disposition::MicrosoftPeering, *otherwise]),
        _ => None,
    }
}

/// Whether flows from a subnet leave Azure without the file specifying the edge at which they arrive.
fn ends_at_crossing(decision: &Decision) -> bool {
    let crosses = matches!(decision.disposition, Disposition::PrivatePeering | Disposition::Vpn);
    let reason = |trace: &[Hop]| {
        let last = trace.last().map_or(decision.reason(), |hop| hop.decision.reason());
        matches!(last, Reason::Gateway { .. } | Reason::HubLearned { .. })
    };
    crosses && decision.traces().any(reason)
}
