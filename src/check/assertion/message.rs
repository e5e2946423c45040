//! Texts of a check: titles, findings with counts and prefixes, remedies.

use super::model::{Assertion, Budget, Demand, Example, ReplyDemand};
use crate::addr::{AddressCount, Family, IpPrefix, IpSet};
use crate::check::assertion::meets_expectation::Evaluation;
use crate::check::assertion::over_scope::Part;
use crate::check::diff::{Aspect, MissingInput, gap};
use crate::check::{Covered, Status};
use crate::diag::{Span, Spanned};
use crate::engine::{Explanation, SourceReturn, Vantage};
use crate::network::{CircuitId, Connection, Network};

/// The maximum number of prefixes shown in a message. A [`Part`] contains all prefixes.
const SHOWN_PREFIXES: usize = 4;

/// The maximum number of findings shown in a message.
const SHOWN_FINDINGS: usize = 3;

/// Returns the requirement of a check, in a few words.
pub(super) fn title(demand: &Demand, network: &Network) -> String {
    match demand {
        Demand::Assertion(assertion) => format!("{}: {}", assertion.scope.text, assertion.expect.text),
        Demand::Example(example) => {
            format!("{} from `{}`: {}", example.to, example.from.name(network), example.expect.text)
        }
        Demand::Budget(budget) => budget_title(budget),
    }
}

/// Returns the limits of a budget, in a few words.
pub(in crate::check) fn budget_title(budget: &Budget) -> String {
    let bounds = [
        budget.ipv4.map(|count| format!("{count:#} IPv4 addresses")),
        budget.ipv6.map(|count| format!("{count:#} IPv6 addresses")),
        budget.moved.map(|moved| moved.to_string()),
    ];
    let bounds = bounds.into_iter().flatten().collect::<Vec<_>>();
    format!("a change moves at most {}", bounds.join(" and "))
}

/// Returns why a check covers nothing: no address, no vantage point, or no failure. `None` if it covers something.
pub(super) fn empty(demand: &Demand, covered: Option<Covered>) -> Option<String> {
    let covered = covered?;
    if let Demand::Assertion(assertion) = demand
        && assertion.scope.set.is_empty()
    {
        return Some(format!("the scope of the check contains no address: {}", assertion.scope.text));
    }
    if covered.vantage_points == 0 {
        return Some("the check has no vantage point: no site has `prefixes`".to_owned());
    }
    (covered.failures == Some(0)).then(|| "the network has nothing that can fail".to_owned())
}

/// Returns the message for a passed check.
pub(super) fn holds(demand: &Demand, covered: Option<Covered>) -> String {
    let Some(covered) = covered else { return "holds".to_owned() };
    match demand {
        Demand::Example(example) => format!("{} × {}", example.to, covered.states()),
        _ => covered.to_string(),
    }
}

/// Returns the findings: the number of addresses with each path, the vantage point, and the failure.
pub(super) fn parts(parts: &[Part], network: &Network) -> String {
    let Some(first) = parts.first() else { return String::new() };
    let here = |part: &&Part| part.vantage == first.vantage && part.failure == first.failure;
    let mut findings: Vec<(String, Vec<&Part>)> = Vec::new();
    for part in parts.iter().filter(here) {
        let found = found(part, network);
        match findings.iter_mut().find(|(known, _)| *known == found) {
            Some((_, parts)) => parts.push(part),
            None => findings.push((found, vec![part])),
        }
    }
    let shown = findings.iter().take(SHOWN_FINDINGS).map(|(found, parts)| {
        let set = parts.iter().fold(IpSet::empty(), |set, part| set.union(&part.set()));
        let (ipv4, ipv6) = (set.count(Family::V4), set.count(Family::V6));
        let has = if ipv4 + ipv6 == AddressCount::from(1) { "has" } else { "have" };
        let prefixes: Vec<IpPrefix> = set.prefixes().collect();
        format!("{} {has} {found} ({})", counts(ipv4, ipv6), shortened(&prefixes))
    });
    let mut text = format!("from `{}` {}", first.vantage.name(network), shown.collect::<Vec<_>>().join("; "));
    if findings.len() > SHOWN_FINDINGS {
        text.push_str(&format!("; and {} more findings", findings.len() - SHOWN_FINDINGS));
    }
    if let Some(failure) = &first.failure {
        text = format!("with {failure} down, {text}");
        match others(parts.iter().map(|part| part.failure.as_deref())) {
            0 => {}
            1 => text.push_str("; 1 more failure breaks the check"),
            more => text.push_str(&format!("; {more} more failures break the check")),
        }
    }
    let same_state = parts.iter().filter(|part| part.failure == first.failure);
    match others(same_state.map(|part| Some(part.vantage))) {
        0 => text,
        1 => format!("{text}; 1 more vantage point is affected"),
        more => format!("{text}; {more} more vantage points are affected"),
    }
}

/// Counts the distinct values in `all` that differ from the first value.
fn others<T: PartialEq>(all: impl Iterator<Item = Option<T>>) -> usize {
    let mut distinct: Vec<T> = Vec::new();
    for one in all.flatten() {
        if !distinct.contains(&one) {
            distinct.push(one);
        }
    }
    distinct.len().saturating_sub(1)
}

/// Describes how the addresses of a part differ from the expectation.
pub(super) fn found(part: &Part, network: &Network) -> String {
    let (aspect, path) = (aspect(part), part.decision.disposition);
    let name = |id| network.circuit(id).map_or("", |circuit| circuit.name.as_str());
    let connection =
        |(id, connection): (CircuitId, Connection)| format!("{}/{}", name(id), connection.name());
    // With several equal-cost sessions, only the one used by the flow was evaluated.
    let taken =
        part.next_hop.and_then(|next_hop| next_hop.circuit).filter(|_| part.decision.next_hops().len() > 1);
    let taken = taken.map_or(String::new(), |taken| format!(" (the flow uses {})", connection(taken)));
    match aspect {
        Some(Aspect::Circuit) => {
            let circuits: Vec<&str> = part.decision.circuits().iter().map(|id| name(*id)).collect();
            match circuits.as_slice() {
                [] => format!("path {path}, not over a circuit"),
                all => format!("path {path} over {}{taken}", all.join(", ")),
            }
        }
        Some(Aspect::Connection) => {
            let next_hops = part.decision.next_hops().iter().filter_map(|next_hop| next_hop.circuit);
            let next_hops: Vec<String> = next_hops.map(connection).collect();
            match next_hops.as_slice() {
                [] => format!("path {path}, not over a connection of a circuit"),
                all => format!("path {path} over {}{taken}", all.join(", ")),
            }
        }
        Some(Aspect::Hops) => {
            let traces = part.decision.traces().map(|trace| {
                let hops: Vec<String> = trace.iter().map(|hop| hop.router.name(network)).collect();
                if hops.is_empty() { "no hop".to_owned() } else { hops.join(", ") }
            });
            let traces: Vec<String> = traces.collect();
            match traces.as_slice() {
                [only] if only == "no hop" => {
                    format!("path {path}, without passing another edge, appliance or gateway")
                }
                [only] => format!("path {path} via {only}"),
                all => format!("path {path}, equal cost (ECMP) via {}", all.join(" and via ")),
            }
        }
        Some(Aspect::Ends) => format!("path {path}, ends {}", part.decision.end()),
        Some(Aspect::Return) => match part.back {
            Some(verdict) => format!("path {path}, return {verdict}"),
            None => format!("path {path}, return path unknown"),
        },
        Some(Aspect::Support) => match part.support {
            Some(verdict) => format!("support {verdict}"),
            None => "no known support".to_owned(),
        },
        _ => format!("path {path}"),
    }
}

/// Returns the aspect in which a part does not meet its expectation.
pub(super) fn aspect(part: &Part) -> Option<Aspect> {
    match part.judgement {
        Evaluation::Holds => None,
        Evaluation::CannotTell(aspect) | Evaluation::Fails(aspect) => Some(aspect),
    }
}

/// Returns the line that caused the failure. If replies to a source address are misdirected, this is the line of that
/// source address, otherwise the line of the deciding reason.
pub(super) fn cause(part: &Part, explanation: &Explanation<'_>) -> Option<Span> {
    if let Some(worst) = worst_reply(part, explanation) {
        return Some(worst.reason.span().unwrap_or(worst.span));
    }
    explanation.decision.last_reason().span().or_else(|| explanation.decision.reason().span())
}

/// Returns the worst reply to the witness of a part whose replies do not meet the expectation.
pub(super) fn worst_reply<'e>(part: &Part, explanation: &'e Explanation<'_>) -> Option<&'e SourceReturn> {
    let back = explanation.return_path.as_ref().filter(|_| aspect(part) == Some(Aspect::Return))?;
    back.sources.iter().max_by_key(|source| source.reason.outcome())
}

/// Returns the remedy for a check that does not pass. `reply` is the remedy for the replies to the witness, if they are
/// the problem.
pub(super) fn remedy(
    status: Status,
    (parts, reply): (&[Part], Option<&'static str>),
    demand: &Demand,
    network: &Network,
) -> Option<String> {
    let example = matches!(demand, Demand::Example(_));
    let implied = match demand {
        Demand::Assertion(Assertion { expect, .. }) | Demand::Example(Example { expect, .. }) => {
            expect.returns == ReplyDemand::Arrive
        }
        Demand::Budget(_) => false,
    };
    let text = match (status, parts.first()) {
        (Status::Passed | Status::NotApplicable | Status::NotEvaluated | Status::Waived, _) => return None,
        (Status::CannotJudge, None) if !matches!(demand, Demand::Assertion(one) if one.scope.set.is_empty()) => {
            "describe the network further: sites with `prefixes`, internet edges and circuits; or remove the check"
        }
        (Status::CannotJudge, None) => {
            "Microsoft's lists contain no address for this scope (possibly only host names): correct the scope"
        }
        (_, Some(part)) if implied && part.back.is_some() && aspect(part) == Some(Aspect::Return) => {
            return Some(replies_must_arrive(reply));
        }
        (Status::CannotJudge, Some(part)) => return Some(resolve(part, network)),
        _ if example => "correct the network file at this line, or correct the example",
        _ if parts.iter().all(|part| lacks_its_family(part, network, Family::V6)) => {
            "correct the network file at this line; if the vantage point has no IPv6, as its prefixes suggest, exclude IPv6 with \
             `prefix: 0.0.0.0/0` in the check's scope"
        }
        _ if parts.iter().all(|part| lacks_its_family(part, network, Family::V4)) => {
            "correct the network file at this line; if the vantage point has no IPv4, as its prefixes suggest, exclude IPv4 with \
             `prefix: \"::/0\"` in the check's scope"
        }
        _ => {
            "correct the network file at this line, narrow the check's scope, or add a waiver with a reason and an expiry date"
        }
    };
    Some(text.to_owned())
}

/// Returns what would determine the result for a part that cannot be evaluated.
fn resolve(part: &Part, network: &Network) -> String {
    let text = match aspect(part) {
        Some(Aspect::Support) => {
            "the documentation is not conclusive: list the accepted verdicts in `support`"
        }
        Some(Aspect::Return) if part.back.is_none() && lacks_its_family(part, network, Family::V6) => {
            "the vantage point has no IPv6 prefix, so the return path is unknown: exclude IPv6 with `prefix: 0.0.0.0/0` in the \
             check's scope"
        }
        Some(Aspect::Return) if part.back.is_none() && lacks_its_family(part, network, Family::V4) => {
            "the vantage point has no IPv4 prefix, so the return path is unknown: exclude IPv4 with `prefix: \"::/0\"` in the \
             check's scope"
        }
        Some(Aspect::Return) if part.back.is_none() => {
            "the return path is unknown: narrow the check's scope, or set `return: any` if replies need not arrive"
        }
        Some(Aspect::Return) => "if the return path is unspecified, list the accepted verdicts in `return`",
        _ => {
            return format!("{}, or name `unknown` or `ambiguous` in the expectation", missing(part));
        }
    };
    text.to_owned()
}

/// Returns the remedy for replies that a check with `survives` requires.
fn replies_must_arrive(reply: Option<&'static str>) -> String {
    let reply = reply.unwrap_or("describe the missing part of the return path in the network file");
    format!(
        "{reply}; `survives` requires that replies arrive: if they need not, set `return: any` in the check"
    )
}

/// Returns the input that would determine an unknown path.
fn missing(part: &Part) -> String {
    let gap = gap(&part.decision);
    if let Some(MissingInput::Appliance(address)) = gap {
        return format!(
            "the routes of the appliance {address} are unknown: exclude addresses that are routed to it"
        );
    }
    if gap == Some(MissingInput::StaticRoute) {
        return "limit the static route to Microsoft's prefixes".to_owned();
    }
    let input = gap.and_then(MissingInput::settled_by);
    let input =
        input.unwrap_or("your own `list-service-communities` export, or the route table of the peering");
    format!("resolve the unknown path (this needs {input})")
}

/// Whether a part contains only addresses in this family, although its vantage point has only prefixes in the other.
fn lacks_its_family(part: &Part, network: &Network, family: Family) -> bool {
    let own = match part.vantage {
        Vantage::Site(site) => network.site(site).map(|site| &site.prefixes),
        Vantage::Subnet(of, subnet) => {
            let of = network.virtual_network(of).and_then(|of| of.subnets.get(subnet.index()));
            of.map(|subnet| &subnet.prefixes)
        }
    };
    let other = |prefixes: &Vec<Spanned<IpPrefix>>| {
        !prefixes.is_empty() && prefixes.iter().all(|prefix| prefix.value.family() != family)
    };
    part.ranges.iter().all(|range| range.family() == family) && own.is_some_and(other)
}

/// Formats counts, such as `4096 IPv4 and 2^64 IPv6 addresses`.
pub(in crate::check) fn counts(ipv4: AddressCount, ipv6: AddressCount) -> String {
    let plural = |count: AddressCount| if count == AddressCount::from(1) { "address" } else { "addresses" };
    match (ipv4.is_zero(), ipv6.is_zero()) {
        (false, false) => format!("{ipv4:#} IPv4 and {ipv6:#} IPv6 addresses"),
        (true, false) => format!("{ipv6:#} IPv6 {}", plural(ipv6)),
        (_, true) => format!("{ipv4:#} IPv4 {}", plural(ipv4)),
    }
}

/// Formats the first prefixes and the number of remaining prefixes.
pub(in crate::check) fn shortened(prefixes: &[IpPrefix]) -> String {
    let shown = prefixes.iter().take(SHOWN_PREFIXES).map(ToString::to_string).collect::<Vec<_>>().join(", ");
    match prefixes.len().saturating_sub(SHOWN_PREFIXES) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
