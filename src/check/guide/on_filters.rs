//! Items about route filters: which communities every circuit has, and which its SKU reaches.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use crate::addr::{AddressCount, Family, IpSet};
use crate::catalog::{CommunityKind, TenantRegion, geography};
use crate::check::guide::answer::{Answer, ItemVerdict, Share};
use crate::check::guide::evidence::Evidence;
use crate::check::guide::tally::number;
use crate::diag::{Code, Span};
use crate::network::reach::{Reach, Receives, requires_premium};
use crate::network::{Authorization, Circuit, RouteFilter, Sku};
use crate::rib::Community;

impl Evidence<'_> {
    /// Returns every circuit with a route filter.
    fn filters(&self) -> Vec<(&Circuit, &RouteFilter)> {
        let all = self.network.circuits.iter();
        let with = all.filter_map(|circuit| Some((circuit, circuit.microsoft_peering.as_ref()?)));
        with.filter_map(|(circuit, own)| Some((circuit, own.of_kind.route_filter.as_ref()?))).collect()
    }

    /// Returns the entries of Microsoft 365 with their circuits.
    fn microsoft_365(&self) -> Vec<(&Circuit, Span, Community)> {
        let catalog = self.question.inputs.catalog;
        let mut all = Vec::new();
        for (circuit, filter) in self.filters() {
            let premium = filter.communities.iter();
            let premium =
                premium.filter(|entry| catalog.community(entry.value).is_some_and(requires_premium));
            all.extend(premium.map(|entry| (circuit, entry.span, entry.value)));
        }
        all
    }
}

fn no_filter() -> Answer {
    Answer::refuted("no circuit has a route filter, so Microsoft advertises nothing")
        .help("add `microsoft_peering` with `route_filter` to a circuit")
}

/// G13: Microsoft 365 is absent from the filters, or authorized on purpose.
pub(super) fn microsoft_365_on_purpose(evidence: &Evidence<'_>) -> Answer {
    const CODES: &[Code] = &[Code::LINT_MICROSOFT_365_BESIDE_REGIONS, Code::LINT_MICROSOFT_365_AUTHORIZATION];
    let filters = evidence.filters();
    let entries = evidence.microsoft_365();
    let communities: usize = filters.iter().map(|(_, filter)| filter.communities.len()).sum();
    let filters = number(filters.len(), "route filter", "route filters");
    evidence.unless(CODES, || {
        let sentence = match entries.len() {
            0 => format!("none of {communities} entries in {filters} belongs to Microsoft 365"),
            some => format!("{some} entries belong to Microsoft 365, and the circuits are authorized for it"),
        };
        Answer::counted(communities, communities, "entries", sentence)
    })
}

/// G15: the route filter of every circuit has the communities of all regions of the geography.
pub(super) fn all_regions(evidence: &Evidence<'_>) -> Answer {
    let Some(region) = evidence.question.region else {
        return Answer::missing(
            "the regions of the environments are unknown",
            "`--region` with the geography of the environments, or one of its regions in a route filter",
        );
    };
    let filters = evidence.filters();
    if filters.is_empty() {
        return no_filter();
    }
    let Some((circuit, filter, missing)) = emptiest(evidence, region, &filters) else {
        return no_filter();
    };
    let (held, whole) = held_of(evidence, &missing);
    let permille = held.permille_of(whole).unwrap_or_default();
    let share = format!("{held} of {whole} IPv4 addresses ({}.{} %)", permille / 10, permille % 10);
    let verdict = match missing.is_empty() {
        true if whole.is_zero() => ItemVerdict::NotEvaluated,
        true => ItemVerdict::Proved,
        false if held.is_zero() => ItemVerdict::Refuted,
        false => ItemVerdict::Partly,
    };
    let sentence = match missing.as_slice() {
        [] => {
            let all = number(filters.len(), "route filter", "route filters");
            format!("the communities of all regions of {} are in {all}, with {share}", region.name)
        }
        missing => format!(
            "the route filter of `{}` has {share} of the products in {}: {} missing",
            circuit.name,
            region.name,
            missing.join(", ")
        ),
    };
    let answer = Answer::new(verdict, sentence);
    let answer = Answer { share: Some(Share { part: held, whole, unit: "IPv4 addresses" }), ..answer };
    if missing.is_empty() { answer } else { answer.at(filter.span).help(add_regions(evidence, &missing)) }
}

/// Returns the circuit whose filter lacks the most addresses of a geography, and the regions that it lacks.
fn emptiest<'e>(
    evidence: &Evidence<'_>,
    region: &'e TenantRegion,
    filters: &[(&'e Circuit, &'e RouteFilter)],
) -> Option<(&'e Circuit, &'e RouteFilter, Vec<&'e str>)> {
    let catalog = evidence.question.inputs.catalog;
    let lacking = filters.iter().map(|(circuit, filter)| {
        let has = |region: &str| {
            let value = catalog.regional_community(region);
            value.is_some_and(|value| filter.communities.iter().any(|entry| entry.value == value))
        };
        (*circuit, *filter, region.regions().filter(|own| !has(own)).collect::<Vec<_>>())
    });
    lacking.min_by_key(|(.., missing)| (held_of(evidence, missing).0, Reverse(missing.len())))
}

/// Returns the number of IPv4 addresses of the asked products outside of the `missing` regions, and in all regions.
fn held_of(evidence: &Evidence<'_>, missing: &[&str]) -> (AddressCount, AddressCount) {
    let sum = |all: bool| {
        let regional = evidence
            .parts
            .iter()
            .filter(|part| part.region.as_deref().is_some_and(|region| all || !missing.contains(&region)));
        regional.fold(IpSet::empty(), |sum, part| sum.union(&part.addresses)).count(Family::V4)
    };
    (sum(false), sum(true))
}

fn add_regions(evidence: &Evidence<'_>, missing: &[&str]) -> String {
    let catalog = evidence.question.inputs.catalog;
    let values = missing.iter().filter_map(|region| catalog.regional_community(region));
    let values: Vec<String> = values.map(|value| format!("`{value}`")).collect();
    let values = match values.as_slice() {
        [] => "the regions (no community is known)".to_owned(),
        values => values.join(", "),
    };
    format!(
        "add {values}, or attest that no environment is there (`Get-EnvironmentRegion` names the regions)"
    )
}

/// G16: the SKU of every circuit reaches the regions in its filter.
pub(super) fn sku_reaches(evidence: &Evidence<'_>) -> Answer {
    let catalog = evidence.question.inputs.catalog;
    let Ok(table) = geography() else {
        return Answer::missing("the table of geopolitical regions is damaged", "a rebuilt program");
    };
    let (mut reached, mut entries, mut unknown) = (0, 0, None);
    for (circuit, filter) in evidence.filters() {
        let location = &circuit.peering_location.value;
        let reach = Reach::by_table(circuit.sku.value, location, evidence.network.cloud, table);
        for entry in &filter.communities {
            let Some(community) = catalog.community(entry.value) else { continue };
            if community.kind != CommunityKind::Regional {
                continue;
            }
            entries += 1;
            match reach.receives(community) {
                Receives::Yes => reached += 1,
                Receives::No => {}
                Receives::Unknown(why) => unknown = Some((circuit, why)),
            }
        }
    }
    if let Some((circuit, why)) = unknown {
        let sentence = format!("the reach of `{}` is unknown: {why}", circuit.name);
        return Answer::missing(sentence, "`sku: premium`, or a documented peering location")
            .at(circuit.peering_location.span);
    }
    if entries == 0 {
        let needs = "a regional community in `route_filter`";
        return Answer::missing("no route filter has a regional entry", needs);
    }
    evidence.unless(&[Code::LINT_OUT_OF_REACH], || {
        let sentence =
            format!("the circuits reach {reached} of {entries} regional entries of their route filters");
        Answer::counted(reached, entries, "entries", sentence)
    })
}

/// M1: the circuits with Microsoft 365 are authorized.
pub(super) fn authorized(evidence: &Evidence<'_>) -> Answer {
    let entries = evidence.microsoft_365();
    if entries.is_empty() {
        return Answer::does_not_apply("no route filter has a community of Microsoft 365");
    }
    let circuits: BTreeSet<&str> = entries.iter().map(|(circuit, ..)| circuit.name.as_str()).collect();
    let stated = |circuit: &&(&Circuit, Span, Community)| circuit.0.authorized.is_none();
    if let Some((circuit, span, _)) = entries.iter().find(stated) {
        let sentence = format!("the file does not state whether `{}` is authorized", circuit.name);
        return Answer::missing(sentence, "`authorized` on the circuit").at(*span);
    }
    let without = entries.iter().find(|(circuit, ..)| !circuit.is_authorized(Authorization::Microsoft365));
    if let Some((circuit, span, _)) = without {
        let sentence = format!("`{}` is not authorized for Microsoft 365", circuit.name);
        return Answer::refuted(sentence).at(*span).help("request authorization from Microsoft");
    }
    let sentence =
        format!("the file lists the authorization of {}", number(circuits.len(), "circuit", "circuits"));
    Answer::counted(circuits.len(), circuits.len(), "circuits", sentence)
}

/// M2: the circuits with Microsoft 365 are Premium.
pub(super) fn premium(evidence: &Evidence<'_>) -> Answer {
    let entries = evidence.microsoft_365();
    if entries.is_empty() {
        return Answer::does_not_apply("no route filter has a community of Microsoft 365");
    }
    let good = entries.iter().filter(|(circuit, ..)| circuit.sku.value == Sku::Premium).count();
    let sentence = format!("{good} of {} entries of Microsoft 365 are on Premium circuits", entries.len());
    let place = entries.iter().find(|(circuit, ..)| circuit.sku.value != Sku::Premium);
    let answer = Answer::counted(good, entries.len(), "entries", sentence);
    match place {
        Some((circuit, ..)) => answer.at(circuit.sku.span).help("order Premium and set `sku: premium`"),
        None => answer,
    }
}

/// M3: each community of Microsoft 365 is in the filter of every circuit.
pub(super) fn microsoft_365_communities(evidence: &Evidence<'_>) -> Answer {
    const WANTED: [(u16, &str); 4] =
        [(5010, "Exchange"), (5020, "SharePoint"), (5030, "Teams"), (5100, "common services and sign-in")];
    let filters = evidence.filters();
    if filters.is_empty() {
        return no_filter();
    }
    let has = |filter: &RouteFilter, value: u16| {
        filter.communities.iter().any(|entry| entry.value == Community::microsoft(value))
    };
    let lacks = |(value, _): &&(u16, &str)| !filters.iter().all(|(_, filter)| has(filter, *value));
    let missing: Vec<String> = WANTED
        .iter()
        .filter(lacks)
        .map(|(value, name)| format!("{} ({name})", Community::microsoft(*value)))
        .collect();
    let good = WANTED.len() - missing.len();
    let all = number(filters.len(), "route filter", "route filters");
    let sentence = format!("{good} of {} communities are in {all}", WANTED.len());
    let answer = Answer::counted(good, WANTED.len(), "communities", sentence);
    if missing.is_empty() {
        return answer;
    }
    let place = filters.first().map(|(_, filter)| filter.span);
    answer.at(place).help(format!(
        "add {} if the service must use the circuit; attest the item if it must not",
        missing.join(", ")
    ))
}
