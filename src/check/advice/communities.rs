//! Communities of the route filter: those that the products need, those that help, and those that nothing needs.

use crate::addr::Family;
use crate::catalog::{CommunityKind, FeedKind, ProductCommunity};
use crate::check::advice::shares::{by_family, exported, percent, sizes, union};
use crate::check::advice::sources::{
    FAQ, GUIDE_CONSIDER, GUIDE_PLANNING, MICROSOFT_365, ROUTE_FILTERS, ROUTING, VIRTUAL_NETWORKS, list,
};
use crate::check::advice::subject::{Line, Subject, Wanted};
use crate::check::advice::{Advice, AdviceState, AdviceTopic, SubjectKind};
use crate::engine::SupportVerdict;
use crate::network::reach::requires_premium;
use crate::network::{Authorization, Sku};
use crate::rib::Community;

/// Communities whose names promise more than they contain, with what they contain (expressroute-routing).
const NARROW: [(u16, &str); 2] =
    [(5040, "it contains only Dynamics 365 up to version 8.2"), (5050, "it contains only Azure DevOps")];

/// The cloud of the circuits must be that of the environments.
pub(super) fn cloud(subject: &Subject<'_>, found: &mut Vec<Advice>) {
    let (topic, own) = (AdviceTopic::Cloud, subject.catalog.cloud());
    if let Some(other) = subject.other_cloud() {
        let state = if subject.network.is_some() { AdviceState::Missing } else { AdviceState::Needed };
        let text = format!(
            "environments in {} belong to the {other} cloud: order circuits of that cloud, because a circuit of the {own} cloud does not carry them; \
             for its communities, ask again with `--cloud {other}` and a network file of that cloud",
            subject.region.name
        );
        found.push(Advice::new(topic, state, GUIDE_CONSIDER, text));
        return;
    }
    let state = if subject.network.is_some() { AdviceState::Present } else { AdviceState::Needed };
    let text = format!("circuits and environments must belong to one cloud, here {own}");
    found.push(Advice::new(topic, state, GUIDE_CONSIDER, text));
}

/// Communities that the products need, and products that have none.
pub(super) fn required(subject: &Subject<'_>, found: &mut Vec<Advice>) {
    for wanted in subject.wanted.iter().filter(|wanted| wanted.is_required) {
        let text = reason(subject, wanted);
        each(subject, wanted, AdviceState::Missing, &text, found);
    }
    for line in subject.lines.iter().filter(|line| line.filter().is_none()) {
        if line.circuit.advertises_without_filter() {
            continue;
        }
        let text = "attach a route filter: without one Microsoft advertises nothing, although the guide says that all services are advertised by default";
        let advice = Advice::new(AdviceTopic::RouteFilter, AdviceState::Missing, ROUTE_FILTERS, text);
        found.push(advice.about(SubjectKind::Circuit, [&line.circuit.name]).at(line.peering.span));
    }
    without_community(subject, found);
}

/// Products for which no community can be named.
fn without_community(subject: &Subject<'_>, found: &mut Vec<Advice>) {
    for product in subject.products {
        let support = subject.support(product);
        let Some(statement) = product
            .support
            .first()
            .map(|one| (one.text, one.source))
            .or_else(|| product.notes.first().map(|note| (note.value, note.source)))
        else {
            continue;
        };
        if support == SupportVerdict::Unsupported {
            let text = format!("no community helps: {}", statement.0);
            let advice = Advice::new(AdviceTopic::Internet, AdviceState::Needed, statement.1, text);
            found.push(advice.about(SubjectKind::Product, [product.name]));
            continue;
        }
        if subject.wanted.iter().any(|wanted| wanted.products.iter().any(|one| one.id == product.id)) {
            continue;
        }
        let text = format!(
            "no document and no list names a community for it in {}: {}",
            subject.region.name, statement.0
        );
        let advice = Advice::new(AdviceTopic::RouteFilter, AdviceState::People, statement.1, text);
        found.push(advice.about(SubjectKind::Product, [product.name]));
    }
}

/// Communities of what the clients need, and the wider ones of the products themselves.
pub(super) fn optional(subject: &Subject<'_>, found: &mut Vec<Advice>) {
    for wanted in subject.wanted.iter().filter(|wanted| !wanted.is_required) {
        let text = reason(subject, wanted);
        each(subject, wanted, AdviceState::Optional, &text, found);
    }
}

/// Returns what a community carries, and how much of it.
fn reason(subject: &Subject<'_>, wanted: &Wanted) -> String {
    let names: Vec<&str> = wanted.products.iter().map(|product| product.name).collect();
    let mut text = match wanted.purpose {
        Some(purpose) => format!("{}, for clients of the products ({purpose})", wanted.entry.name),
        None => format!("{}, for {}", wanted.entry.name, names.join(", ")),
    };
    let known = subject.catalog.community(wanted.entry.value);
    if known.is_none_or(|one| one.kind != CommunityKind::Regional) {
        let parts =
            wanted.products.iter().flat_map(|product| subject.catalog.product_tag_parts(product, None));
        let parts: Vec<_> = parts.collect();
        let within = exported(subject.catalog, wanted.entry.value);
        if within.is_empty() {
            text.push_str("; no list names its prefixes");
        } else if let Some(share) = by_family(&union(&parts), &within) {
            text = format!("{text}: it contains {share}, the rest stays on the internet");
        }
    }
    if wanted.is_microsoft_365 && !wanted.is_required {
        text.push_str("; it needs Premium and authorization for Microsoft 365");
    }
    if wanted.one_of_several {
        let place = wanted.products.first().map_or("its region", |product| place_of(product.id));
        text = format!("{text}: only if this is {place}; name that region with `--region`");
    }
    text
}

/// Returns the region that decides for a product with one region.
fn place_of(product: &str) -> &'static str {
    match product {
        "power-bi" => "the home region of the tenant",
        "data-gateway" => "the region of the gateway",
        "finance-and-operations" => "the region of the deployment, or the one after a failover",
        _ => "its region",
    }
}

/// Adds one advice about a community for each circuit, or one without a network.
fn each(subject: &Subject<'_>, wanted: &Wanted, absent: AdviceState, text: &str, found: &mut Vec<Advice>) {
    let value = wanted.entry.value.to_string();
    let topic = if wanted.is_microsoft_365 { AdviceTopic::Microsoft365 } else { AdviceTopic::RouteFilter };
    let advice =
        |state| Advice::new(topic, state, wanted.source, text).about(SubjectKind::Community, [&value]);
    if subject.network.is_none() {
        let state = if absent == AdviceState::Missing { AdviceState::Needed } else { absent };
        found.push(advice(state));
        return;
    }
    if subject.lines.is_empty() {
        let mut missing = advice(absent);
        missing.text.push_str("; no circuit has Microsoft peering: add `microsoft_peering`");
        found.push(missing);
    }
    for line in &subject.lines {
        let state = line.entry(wanted.entry.value).map(|_| AdviceState::Present);
        let place = line.entry(wanted.entry.value).map_or_else(|| line.place(), |entry| entry.span);
        found.push(advice(state.unwrap_or(absent)).on(&line.circuit.name).at(place));
    }
}

/// Regions of the geography outside the documented pair in which the products have addresses.
pub(super) fn outside_pair(subject: &Subject<'_>, found: &mut Vec<Advice>) {
    let Some(source) = list(subject.catalog, FeedKind::ServiceTags) else { return };
    let whole = union(&subject.parts);
    for region in &subject.region.others {
        let parts = subject.parts.iter().filter(|part| part.region.as_ref() == Some(region));
        let here = union(parts);
        if here.is_empty() || !uses_pair(subject) {
            continue;
        }
        let share = percent(here.count(Family::V4), whole.count(Family::V4)).unwrap_or_default();
        let text = format!(
            "{}: {} of the products are here ({share} of their IPv4 in {}), outside the documented pair; without it they stay on the internet",
            subject.region_name(region),
            sizes(&here),
            subject.region.name
        );
        let value = subject.catalog.regional_community(region);
        let subjects = [value.map_or_else(|| region.clone(), |value| value.to_string())];
        let advice = |state| {
            Advice::new(AdviceTopic::RouteFilter, state, source.clone(), text.as_str())
                .about(SubjectKind::Community, subjects.clone())
        };
        let present = |line: &Line<'_>| value.and_then(|value| line.entry(value));
        match subject.lines.as_slice() {
            [] => found.push(advice(AdviceState::Optional)),
            lines => found.extend(lines.iter().map(|line| match present(line) {
                Some(entry) => advice(AdviceState::Present).on(&line.circuit.name).at(entry.span),
                None => advice(AdviceState::Optional).on(&line.circuit.name).at(line.place()),
            })),
        }
    }
    if uses_pair(subject) {
        let text = "a geography may have more than one pair: ask `Get-EnvironmentRegion` for that of each environment";
        found.push(Advice::new(AdviceTopic::RouteFilter, AdviceState::People, VIRTUAL_NETWORKS, text));
    }
}

fn uses_pair(subject: &Subject<'_>) -> bool {
    let mut communities = subject.products.iter().flat_map(|product| &product.communities);
    communities.any(|cited| cited.value == ProductCommunity::Pair)
}

/// Entries of route filters that none of the products needs, and communities whose names mislead.
pub(super) fn superfluous(subject: &Subject<'_>, found: &mut Vec<Advice>) {
    let scope = union(&subject.parts);
    let narrow = |value: Community| NARROW.iter().find(|(number, _)| Community::microsoft(*number) == value);
    let own = |value: Community| subject.wanted.iter().any(|wanted| wanted.entry.value == value);
    let outside = |value: Community| {
        let mut others = subject.region.others.iter();
        others.any(|region| subject.catalog.regional_community(region) == Some(value))
    };
    for line in &subject.lines {
        for entry in line.filter().into_iter().flat_map(|filter| &filter.communities) {
            let known = subject.catalog.community(entry.value);
            if own(entry.value) || outside(entry.value) || known.is_some_and(requires_premium) {
                continue;
            }
            let name = subject.named(entry.value).name;
            let shared = scope.intersection(&exported(subject.catalog, entry.value));
            let text = match narrow(entry.value) {
                Some((_, why)) => format!("remove it: {why}, and {} of the products", sizes(&shared)),
                None => format!("{name}: none of the products needs it; remove it if nothing else does"),
            };
            let advice = Advice::new(AdviceTopic::RouteFilter, AdviceState::Superfluous, ROUTING, text);
            let advice = advice.about(SubjectKind::Community, [entry.value.to_string()]);
            found.push(advice.on(&line.circuit.name).at(entry.span));
        }
    }
    for (number, why) in NARROW.iter().filter(|_| subject.network.is_none()) {
        let value = Community::microsoft(*number);
        if own(value) || subject.catalog.community(value).is_none() {
            continue;
        }
        let shared = scope.intersection(&exported(subject.catalog, value));
        let text = format!("leave it out: {why}, and {} of the products", sizes(&shared));
        let advice = Advice::new(AdviceTopic::RouteFilter, AdviceState::Superfluous, ROUTING, text);
        found.push(advice.about(SubjectKind::Community, [value.to_string()]));
    }
}

/// Every circuit has the same route filter, with one rule.
pub(super) fn same_filter(subject: &Subject<'_>, found: &mut Vec<Advice>) {
    const TOPIC: AdviceTopic = AdviceTopic::RouteFilter;
    let text = "every circuit needs the same communities, also one that is only a backup: otherwise a failure moves the products to the internet";
    let lacks = |line: &&Line<'_>| subject.missing_on(line).count();
    let most = subject.lines.iter().max_by_key(lacks);
    let differ = most.is_some_and(|most| subject.lines.iter().any(|line| lacks(&line) < lacks(&most)));
    let state = match subject.network {
        None => AdviceState::Needed,
        Some(_) if differ => AdviceState::Missing,
        Some(_) => AdviceState::Present,
    };
    let advice = Advice::new(TOPIC, state, GUIDE_PLANNING, text).about(SubjectKind::Community, [""; 0]);
    found.push(advice.at(most.filter(|_| differ).map(Line::place)));
    if subject.network.is_none() {
        let text =
            "a route filter has one rule, which lists all communities; changes apply to the sessions at once";
        found.push(Advice::new(TOPIC, state, ROUTE_FILTERS, text));
    }
}

/// Microsoft 365: advised against unless it was asked for.
pub(super) fn microsoft_365(subject: &Subject<'_>, found: &mut Vec<Advice>) {
    const TOPIC: AdviceTopic = AdviceTopic::Microsoft365;
    if !subject.asks_for_microsoft_365() {
        let advice = |state| {
            let text = "leave it off the circuits: Microsoft does not recommend ExpressRoute for Microsoft 365; it needs Premium, authorization and a written reason";
            Advice::new(TOPIC, state, MICROSOFT_365, text)
        };
        let mut absent = true;
        for line in &subject.lines {
            for entry in line.filter().into_iter().flat_map(|filter| &filter.communities) {
                let wanted = subject.wanted.iter().any(|wanted| wanted.entry.value == entry.value);
                if !wanted && subject.catalog.community(entry.value).is_some_and(requires_premium) {
                    let entry_advice = advice(AdviceState::Superfluous)
                        .about(SubjectKind::Community, [entry.value.to_string()]);
                    found.push(entry_advice.on(&line.circuit.name).at(entry.span));
                    absent = false;
                }
            }
        }
        if absent && subject.catalog.communities().iter().any(requires_premium) {
            let state =
                if subject.network.is_some() { AdviceState::Present } else { AdviceState::Superfluous };
            found.push(advice(state));
        }
        return;
    }
    for line in &subject.lines {
        let circuit = line.circuit;
        let premium = circuit.sku.value == Sku::Premium;
        let state = if premium { AdviceState::Present } else { AdviceState::Missing };
        let advice =
            Advice::new(TOPIC, state, FAQ, "Microsoft 365 needs a Premium circuit: set `sku: premium`");
        found.push(advice.about(SubjectKind::Circuit, [&circuit.name]).at(circuit.sku.span));
        let (state, text) = match &circuit.authorized {
            None => (
                AdviceState::People,
                "find out whether Microsoft has authorized the circuit, and write `authorized: [microsoft-365]` or `authorized: []`",
            ),
            Some(_) if circuit.is_authorized(Authorization::Microsoft365) => {
                (AdviceState::Present, "the circuit is authorized for Microsoft 365")
            }
            Some(_) => (
                AdviceState::Missing,
                "request authorization from Microsoft: without it the route filter cannot be attached",
            ),
        };
        let advice = Advice::new(TOPIC, state, ROUTE_FILTERS, text);
        found.push(advice.about(SubjectKind::Circuit, [&circuit.name]).at(circuit.span));
    }
    if subject.network.is_none() {
        let text = "order Premium and request authorization: without it the route filter cannot be attached";
        found.push(Advice::new(TOPIC, AdviceState::Needed, ROUTE_FILTERS, text));
    }
    let text = "write down why Microsoft 365 must use ExpressRoute: Microsoft does not recommend it and authorizes each case";
    found.push(Advice::new(TOPIC, AdviceState::People, MICROSOFT_365, text));
}
