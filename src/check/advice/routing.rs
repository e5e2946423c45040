//! Route preference, ASNs and BFD.

use crate::check::advice::sources::{AVAILABILITY, BFD, FAQ, OPTIMIZE, ROUTING};
use crate::check::advice::subject::{Line, Subject};
use crate::check::advice::{Advice, AdviceState, AdviceTopic, SubjectKind};
use crate::diag::Spanned;
use crate::network::{Connection, Network, RouteMapId, Site};
use crate::rib::{Community, DecisionStep, Set};

const TOPIC: AdviceTopic = AdviceTopic::Routing;

/// The ASN of Microsoft's own network, which is not that of ExpressRoute's sessions.
const MICROSOFT_NETWORK: u32 = 8075;

/// Routes of circuits are preferred, and AS path lengths are compared.
pub(super) fn preference(subject: &Subject<'_>, found: &mut Vec<Advice>) {
    let Some(network) = subject.network else {
        let text = "set a local preference on routes from the circuits where an edge learns Azure's prefixes from the internet too: Azure's are not longer over ExpressRoute";
        found.push(Advice::new(TOPIC, AdviceState::Needed, FAQ, text));
        let text = "compare AS path lengths: before maintenance Microsoft prepends on one connection";
        found.push(Advice::new(TOPIC, AdviceState::Needed, AVAILABILITY, text));
        let text = "accept neither a default route nor private prefixes from Microsoft peering";
        found.push(Advice::new(TOPIC, AdviceState::Needed, ROUTING, text));
        return;
    };
    for site in network.sites.iter().filter(|site| !site.circuits.is_empty()) {
        let edge = site.internet.as_ref();
        let routes = edge.and_then(|edge| edge.routes.as_ref());
        let mut lines = subject.lines.iter().filter(|line| site.circuits.contains(&line.id));
        let preferred = lines.all(|line| is_preferred(network, site, line));
        let (state, text, place) = match routes {
            Some(routes) if !preferred => (
                AdviceState::Missing,
                "set a local preference on the routes of its circuits: the edge also learns routes from the internet, and Azure's prefixes are not longer over ExpressRoute",
                routes.span,
            ),
            Some(routes) => {
                (AdviceState::Present, "routes of the circuits have a local preference", routes.span)
            }
            None => (
                AdviceState::Present,
                "the edge learns only default routes from the internet, so longer prefixes of the circuits win",
                site.span,
            ),
        };
        let advice = Advice::new(TOPIC, state, OPTIMIZE, text);
        found.push(advice.about(SubjectKind::Site, [&site.name]).at(place));
        if !site.decision_process.steps.contains(&DecisionStep::AsPathLength) {
            let text = "compare AS path lengths (`as-path-length` in `steps`): before maintenance Microsoft prepends on one connection";
            let advice = Advice::new(TOPIC, AdviceState::Missing, AVAILABILITY, text);
            found.push(advice.about(SubjectKind::Site, [&site.name]).at(site.span));
        }
    }
}

/// Returns whether a route map sets the local preference of a circuit's routes on both connections.
fn is_preferred(network: &Network, site: &Site, line: &Line<'_>) -> bool {
    let sets = |id: Spanned<RouteMapId>| {
        let clauses = network.route_map(id.value).map(|definition| definition.map.clauses());
        let mut sets = clauses.into_iter().flatten().flat_map(|clause| &clause.sets);
        sets.any(|set| matches!(set, Set::LocalPreference(_)))
    };
    let attachment = site.attachments.iter().find(|attachment| attachment.circuit == line.id);
    let here = attachment.and_then(|attachment| attachment.import).is_some_and(sets);
    here || Connection::ALL.into_iter().all(|side| line.peering.import_on(side).is_some_and(sets))
}

/// Microsoft's ASN is 12076, and the company's own is public or validated.
pub(super) fn autonomous_systems(subject: &Subject<'_>, found: &mut Vec<Advice>) {
    let microsoft = Community::MICROSOFT;
    if subject.network.is_none() {
        let text = format!(
            "Microsoft's ASN on the sessions is {microsoft}, not {MICROSOFT_NETWORK}; your own is public, or private after validation"
        );
        found.push(Advice::new(TOPIC, AdviceState::Needed, ROUTING, text));
    }
    for line in &subject.lines {
        let Some(own) = line.peering.autonomous_system else { continue };
        if own.value != MICROSOFT_NETWORK && own.value != u32::from(microsoft) {
            continue;
        }
        let text = format!(
            "`{}` is an ASN of Microsoft, and this key is your own; Microsoft's side is always {microsoft}, so the session does not come up",
            own.value
        );
        let advice = Advice::new(TOPIC, AdviceState::Missing, ROUTING, text);
        found.push(advice.about(SubjectKind::Circuit, [&line.circuit.name]).at(own.span));
    }
}

/// BFD on both sessions.
pub(super) fn bfd(subject: &Subject<'_>, found: &mut Vec<Advice>) {
    if subject.network.is_none() {
        let text = "turn on BFD on both sessions: a failure is detected in less than 1 s, otherwise after the hold time of up to 180 s";
        found.push(Advice::new(TOPIC, AdviceState::Needed, BFD, text));
    }
    for line in &subject.lines {
        let without: Vec<&str> = line
            .peering
            .connections
            .iter()
            .filter(|(_, settings)| !settings.bfd)
            .map(|(side, _)| side.name())
            .collect();
        let place = line.peering.connections.iter().find_map(|(_, one)| one.span.filter(|_| !one.bfd));
        let (state, text) = if without.is_empty() {
            (AdviceState::Present, "both sessions have BFD".to_owned())
        } else {
            let text = format!(
                "add `bfd: true` ({}): a failure is detected in less than 1 s, otherwise after the hold time of up to 180 s",
                without.join(" and ")
            );
            (AdviceState::Missing, text)
        };
        let advice = Advice::new(TOPIC, state, BFD, text).about(SubjectKind::Circuit, [&line.circuit.name]);
        found.push(advice.at(place.unwrap_or(line.peering.span)));
    }
}
