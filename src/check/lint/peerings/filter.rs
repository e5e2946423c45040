//! Rules about route filters: the communities that Microsoft is asked to advertise.

use std::collections::BTreeSet;

use crate::catalog::{CommunityKind, ServiceCommunity};
use crate::check::lint::Subject;
use crate::check::lint::evidence::{Findings, Missing, Object};
use crate::diag::{Code, Diagnostic, Spanned};
use crate::network::reach::{Receives, UnknownReach, requires_premium};
use crate::network::{Authorization, Circuit, CircuitId, Connection, MicrosoftPeering, RouteFilter, Sku};
use crate::rib::Community;

impl Subject<'_> {
    /// Returns all circuits with a route filter.
    pub(super) fn filters(&self) -> impl Iterator<Item = (CircuitId, &Circuit, &RouteFilter)> {
        self.network.circuits_with_ids().filter_map(|(id, circuit)| {
            let filter = circuit.microsoft_peering.as_ref()?.of_kind.route_filter.as_ref()?;
            Some((id, circuit, filter))
        })
    }

    /// Returns the entries in a filter that the catalog contains.
    pub(super) fn entries<'f>(
        &'f self,
        filter: &'f RouteFilter,
    ) -> impl Iterator<Item = (Spanned<Community>, &'f ServiceCommunity)> {
        filter.communities.iter().filter_map(|entry| Some((*entry, self.catalog.community(entry.value)?)))
    }

    /// Returns the entries in a filter that belong to Microsoft 365.
    fn microsoft_365<'f>(
        &'f self,
        filter: &'f RouteFilter,
    ) -> Vec<(Spanned<Community>, &'f ServiceCommunity)> {
        self.entries(filter).filter(|(_, community)| requires_premium(community)).collect()
    }

    /// Whether a filter has regional communities.
    pub(super) fn has_regional(&self, filter: &RouteFilter) -> bool {
        self.entries(filter).any(|(_, community)| community.kind == CommunityKind::Regional)
    }

    /// Whether every site that uses this circuit receives the community over one of its circuits; for a circuit
    /// without sites, whether its own filter contains it.
    pub(super) fn asked_for_beside(&self, circuit: CircuitId, community: Community) -> bool {
        let asks = |id: &CircuitId| {
            self.filters().any(|(other, _, filter)| {
                other == *id && filter.communities.iter().any(|entry| entry.value == community)
            })
        };
        let mut sites = self.network.sites.iter().filter(|site| site.circuits.contains(&circuit)).peekable();
        match sites.peek() {
            None => asks(&circuit),
            Some(_) => sites.all(|site| site.circuits.iter().any(asks)),
        }
    }
}

/// Returns the value of a community with its display name.
pub(in crate::check::lint) fn named(community: &ServiceCommunity) -> String {
    match community.names.first() {
        Some(name) => format!("`{}` ({name})", community.value),
        None => format!("`{}`", community.value),
    }
}

/// Returns the input that is missing if the reach of a circuit is unknown.
pub(in crate::check::lint) fn unknown_reach(circuit: &Circuit, why: &UnknownReach) -> Missing {
    Missing {
        what: why.to_string(),
        of: format!("`{}`", circuit.name),
        span: circuit.peering_location.span,
        write: "correct `peering_location`; if it is correct, ask Microsoft which regions the circuit reaches",
    }
}

/// Reports regional communities outside the regions that the circuit's SKU reaches.
pub(in crate::check::lint) fn out_of_reach(subject: &Subject<'_>, found: &mut Findings) {
    const CODE: Code = Code::LINT_OUT_OF_REACH;
    found.examined(CODE, Object::FilterEntry, 0);
    for (_, circuit, filter) in subject.filters() {
        let reach = subject.reach(circuit);
        for (entry, community) in subject.entries(filter) {
            match reach.receives(community) {
                Receives::Unknown(why) => {
                    found.lacks(CODE, unknown_reach(circuit, &why));
                    continue;
                }
                Receives::Yes => {
                    found.examined(CODE, Object::FilterEntry, 1);
                    continue;
                }
                Receives::No => found.examined(CODE, Object::FilterEntry, 1),
            }
            let message = format!("{} is never advertised on `{}`", named(community), circuit.name);
            let bound = match circuit.sku.value {
                Sku::Local => "a Local circuit reaches only the regions of its peering location",
                _ => "a Standard circuit reaches only its own geopolitical region",
            };
            found.push(
                Diagnostic::warning(CODE, &subject.network.source, message)
                    .at(entry.span, "region not reached")
                    .at(
                        circuit.sku.span,
                        format!("{} at {}", circuit.sku.value, circuit.peering_location.value),
                    )
                    .help(format!("{bound}: order Premium, or remove the entry")),
            );
        }
    }
}

/// Reports Microsoft 365 communities on a circuit without Premium.
pub(in crate::check::lint) fn microsoft_365_premium(subject: &Subject<'_>, found: &mut Findings) {
    found.examined(Code::LINT_MICROSOFT_365_PREMIUM, Object::Microsoft365Entry, 0);
    for (_, circuit, filter) in subject.filters() {
        let entries = subject.microsoft_365(filter).len();
        found.examined(Code::LINT_MICROSOFT_365_PREMIUM, Object::Microsoft365Entry, entries);
        if circuit.sku.value == Sku::Premium {
            continue;
        }
        for (entry, community) in subject.microsoft_365(filter) {
            let message = format!("{} is never advertised on `{}`", named(community), circuit.name);
            found.push(
                Diagnostic::warning(Code::LINT_MICROSOFT_365_PREMIUM, &subject.network.source, message)
                    .at(entry.span, "Microsoft 365")
                    .at(circuit.sku.span, "needs `premium`")
                    .help("order Premium and set `sku: premium`, or remove the entry"),
            );
        }
    }
}

/// Reports filters that contain one region of a Power Platform pair without the other.
pub(in crate::check::lint) fn power_platform_pair(subject: &Subject<'_>, found: &mut Findings) {
    let mut paired: BTreeSet<Community> = BTreeSet::new();
    for environment in subject.power_platform.iter().filter(|one| one.regions.len() > 1) {
        paired.extend(environment.regions.iter().filter_map(|one| subject.catalog.regional_community(one)));
    }
    found.examined(Code::LINT_POWER_PLATFORM_PAIR, Object::FilterEntry, 0);
    for (id, circuit, filter) in subject.filters() {
        let of_pairs = filter.communities.iter().filter(|entry| paired.contains(&entry.value)).count();
        found.examined(Code::LINT_POWER_PLATFORM_PAIR, Object::FilterEntry, of_pairs);
        let reach = subject.reach(circuit);
        let out_of_reach = |value| {
            subject.catalog.community(value).map(|community| reach.receives(community)) == Some(Receives::No)
        };
        let mut words: Vec<(Community, Community)> = Vec::new();
        for environment in &subject.power_platform {
            let regions = environment.regions.iter();
            let pair: Vec<_> = regions
                .filter_map(|region| Some((region, subject.catalog.regional_community(region)?)))
                .collect();
            for (region, missing) in &pair {
                let other = pair.iter().find_map(|(_, other)| {
                    let asked = filter.communities.iter().find(|entry| entry.value == *other)?;
                    (other != missing).then_some(*asked)
                });
                let Some(present) = other else { continue };
                // An entry whose region the circuit does not reach has its own finding.
                if out_of_reach(present.value) {
                    continue;
                }
                if words.contains(&(present.value, *missing)) || subject.asked_for_beside(id, *missing) {
                    continue;
                }
                words.push((present.value, *missing));
                let message = format!(
                    "Power Platform in {} also needs `{missing}` ({})",
                    environment.name,
                    subject.region_name(region)
                );
                found.push(
                    Diagnostic::warning(Code::LINT_POWER_PLATFORM_PAIR, &subject.network.source, message)
                        .at(present.span, "the other region of the pair")
                        .help(pair_help(circuit, *missing, out_of_reach(*missing))),
                );
            }
        }
    }
}

/// Returns the remedy for the missing region. Adding the region helps only if the circuit reaches it.
fn pair_help(circuit: &Circuit, missing: Community, out_of_reach: bool) -> String {
    if out_of_reach {
        let (sku, location) = (circuit.sku.value, &circuit.peering_location.value);
        return format!(
            "a {sku} circuit at {location} does not reach this region: order a larger SKU and add `{missing}`"
        );
    }
    format!("if Power Platform is used, add `{missing}` to the route filter; otherwise accept the finding")
}

/// Reports Microsoft peerings on which Microsoft advertises nothing because there is no route filter.
pub(in crate::check::lint) fn no_route_filter(subject: &Subject<'_>, found: &mut Findings) {
    found.examined(Code::LINT_NO_ROUTE_FILTER, Object::MicrosoftPeering, 0);
    for circuit in &subject.network.circuits {
        let Some(peering) = circuit.microsoft_peering.as_ref().filter(|peering| peering.enabled.value) else {
            continue;
        };
        found.examined(Code::LINT_NO_ROUTE_FILTER, Object::MicrosoftPeering, 1);
        if peering.of_kind.route_filter.is_some()
            || circuit.advertises_without_filter()
            || has_learned(peering)
        {
            continue;
        }
        let message = format!("Microsoft advertises nothing on the Microsoft peering of `{}`", circuit.name);
        found.push(
            Diagnostic::warning(Code::LINT_NO_ROUTE_FILTER, &subject.network.source, message)
                .at(peering.span, "has no route filter")
                .help("attach a route filter, such as `route_filter: [West Europe, North Europe]`; for a circuit created before 2017-08-01, set `created`"),
        );
    }
}

/// Whether the file contains the learned route table of a connection.
fn has_learned(peering: &MicrosoftPeering) -> bool {
    Connection::ALL.into_iter().any(|connection| peering.connections.get(connection).learned.is_some())
}

/// Reports Microsoft 365 without authorization (warning) or with unknown authorization (advice, unless
/// [`microsoft_365_beside_regions`] asks for the same key).
pub(in crate::check::lint) fn microsoft_365_authorization(subject: &Subject<'_>, found: &mut Findings) {
    let (code, source) = (Code::LINT_MICROSOFT_365_AUTHORIZATION, &subject.network.source);
    found.examined(code, Object::Microsoft365Entry, 0);
    for (_, circuit, filter) in subject.filters() {
        let entries = subject.microsoft_365(filter);
        let listed = circuit.authorized.is_some();
        if !listed && !entries.is_empty() && subject.has_regional(filter) {
            found.lacks(code, unauthorized(circuit));
            continue;
        }
        found.examined(code, Object::Microsoft365Entry, entries.len());
        if entries.is_empty() || listed && circuit.is_authorized(Authorization::Microsoft365) {
            continue;
        }
        let name = &circuit.name;
        let (mut diagnostic, help) = if listed {
            let message = format!(
                "`{name}` is not authorized for Microsoft 365, so its route filter cannot be attached"
            );
            let help = "request authorization from Microsoft and set `authorized: [microsoft-365]` on the circuit, or remove the entries";
            (Diagnostic::warning(code, source, message), help)
        } else {
            let message = format!("it is unknown whether `{name}` is authorized for Microsoft 365");
            let help = "peerpath assumes authorization: set `authorized: [microsoft-365]` on the circuit, or `authorized: []` if it is not authorized";
            (Diagnostic::advice(code, source, message), help)
        };
        for (entry, _) in entries {
            diagnostic = diagnostic.at(entry.span, "needs authorization");
        }
        found.push(diagnostic.help(help));
    }
}

/// Returns the input that is missing if it is unknown whether a circuit is authorized for Microsoft 365.
fn unauthorized(circuit: &Circuit) -> Missing {
    Missing {
        what: "no `authorized`".to_owned(),
        of: format!("`{}`", circuit.name),
        span: circuit.span,
        write: "set `authorized: [microsoft-365]` on the circuit, or `authorized: []` if it is not authorized",
    }
}

/// Reports Microsoft 365 combined with regional communities, if nothing shows that this is intended.
pub(in crate::check::lint) fn microsoft_365_beside_regions(subject: &Subject<'_>, found: &mut Findings) {
    found.examined(Code::LINT_MICROSOFT_365_BESIDE_REGIONS, Object::Microsoft365Entry, 0);
    for (_, circuit, filter) in subject.filters() {
        let entries = subject.microsoft_365(filter);
        found.examined(Code::LINT_MICROSOFT_365_BESIDE_REGIONS, Object::Microsoft365Entry, entries.len());
        if entries.is_empty() || !subject.has_regional(filter) || circuit.authorized.is_some() {
            continue;
        }
        let message = format!("Microsoft 365 uses `{}` together with regional services", circuit.name);
        let code = Code::LINT_MICROSOFT_365_BESIDE_REGIONS;
        let mut diagnostic = Diagnostic::advice(code, &subject.network.source, message);
        for (entry, _) in entries {
            diagnostic = diagnostic.at(entry.span, "Microsoft 365");
        }
        found.push(diagnostic.help(
            "if only Azure and Power Platform are intended, remove the entries; otherwise set `authorized: [microsoft-365]` on the circuit",
        ));
    }
}

/// Reports communities that contain less than their names suggest.
pub(in crate::check::lint) fn narrow_services(subject: &Subject<'_>, found: &mut Findings) {
    const NARROW: [(u16, Code, &str, &str); 2] = [
        (
            5040,
            Code::LINT_CRM_ONLINE,
            "contains only Dynamics 365 up to version 8.2",
            "for version 9 and Power Platform, add the regional communities of the environment, such as `West Europe` and `North Europe`",
        ),
        (
            5050,
            Code::LINT_AZURE_DEVOPS,
            "contains only Azure DevOps",
            "for other Azure services, add the communities of their regions",
        ),
    ];
    for (_, code, ..) in NARROW {
        let entries = subject.filters().map(|(_, _, filter)| subject.entries(filter).count()).sum();
        found.examined(code, Object::FilterEntry, entries);
    }
    for (_, circuit, filter) in subject.filters() {
        for (value, code, what, help) in NARROW {
            for (entry, community) in subject.entries(filter) {
                if community.value != Community::microsoft(value) {
                    continue;
                }
                let (message, source) = (format!("{} {what}", named(community)), &subject.network.source);
                // Without a regional community, nothing of the current versions uses the circuit.
                let diagnostic = if code == Code::LINT_CRM_ONLINE && !subject.has_regional(filter) {
                    let message = format!(
                        "{message}: no address of Power Platform or of Dynamics 365 version 9 uses `{}`",
                        circuit.name
                    );
                    Diagnostic::warning(code, source, message)
                } else {
                    Diagnostic::advice(code, source, message)
                };
                found.push(diagnostic.at(entry.span, "").help(help));
            }
        }
    }
}
