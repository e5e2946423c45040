//! Statements of the documentation and of Microsoft's lists about a host name.
//!
//! Names are not resolved, and routes apply to addresses, so a name alone has no path. The documentation states whether
//! a name is supported. The lists give some of the addresses that a name may have, and a network file determines the
//! paths to these addresses.

use std::collections::BTreeMap;

use crate::addr::{Address, AddressCount, AddressSet, IpPrefix, IpSet, Partition};
use crate::catalog::{Catalog, HostMatch};
use crate::engine::compile::Engine;
use crate::engine::decision::{DecisionId, Disposition};
use crate::engine::support::ports::{TransportPort, fits};
use crate::engine::support::{
    FAQ, Ignored, POWER_PLATFORM, Support, SupportNote, SupportVerdict, combine, set_note,
};
use crate::network::CircuitId;

/// The documentation's statements about the names in some domains, and the service tag that may contain their
/// addresses.
struct HostRule {
    /// The domains. A name matches if it equals a domain or is in it.
    domains: &'static [&'static str],
    /// The statements of the documentation, each with its source.
    words: &'static [(SupportVerdict, &'static str, &'static str)],
    /// The service tag, or the part of the regional tags' names that precedes the dot.
    tag: Option<&'static str>,
}

const PLATFORM: &[(SupportVerdict, &str, &str)] = &[
    (
        SupportVerdict::Supported,
        "Power Platform is reached through both regional communities of its region pair",
        POWER_PLATFORM,
    ),
    (
        SupportVerdict::Unsupported,
        "static content (CDN) of Power Platform is not reached over ExpressRoute",
        POWER_PLATFORM,
    ),
];

const HOST_RULES: &[HostRule] = &[
    HostRule {
        domains: &["azureedge.net", "azurefd.net"],
        words: &[(
            SupportVerdict::Unsupported,
            "Azure CDN and Azure Front Door are not supported on ExpressRoute; static content uses the internet",
            FAQ,
        )],
        tag: Some("AzureFrontDoor.Frontend"),
    },
    HostRule {
        domains: &["trafficmanager.net"],
        words: &[(SupportVerdict::Unsupported, "Traffic Manager is not supported on ExpressRoute", FAQ)],
        tag: None,
    },
    // The names of the platform that Microsoft documents (Power Platform, *URLs and IP address ranges*; Power Apps,
    // *system requirements and limits*; Power Automate, *IP address configuration*). They belong to one platform, so
    // the same statements apply to all names.
    HostRule {
        domains: &[
            "powerapps.com",
            "powerautomate.com",
            "flow.microsoft.com",
            "powerplatform.com",
            "powerplatformusercontent.com",
            "powerplatform.microsoft.com",
            "bap.microsoft.com",
            "powerpages.microsoft.com",
            "powerappsportals.com",
            "powerva.microsoft.com",
            "copilotstudio.microsoft.com",
            "dynamics.com",
        ],
        words: PLATFORM,
        tag: Some("PowerPlatformInfra"),
    },
    HostRule {
        domains: &["azure-apim.net", "azure-apihub.net"],
        words: PLATFORM,
        tag: Some("AzureConnectors"),
    },
];

/// Returns the rules that apply to a name in lower case.
fn rules(host: &str) -> impl Iterator<Item = (&'static HostRule, &'static str)> {
    let is_in =
        |domain: &str| host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    HOST_RULES.iter().filter_map(move |rule| Some((rule, *rule.domains.iter().find(|one| is_in(one))?)))
}

/// Returns the documentation's statements about a host name, from the endpoint sets with matching patterns
/// ([`Catalog::sets_of_host`]).
///
/// Only the sets with the most specific pattern count, because the lists use narrower patterns for exceptions. If no
/// pattern matches, it is unknown whether the name belongs to Microsoft at all.
///
/// [`Catalog::sets_of_host`]: crate::catalog::Catalog::sets_of_host
pub fn support_of_host(host: &str, sets: &[HostMatch<'_>], port: Option<TransportPort>) -> Support {
    let closest =
        sets.iter().filter(|entry| port.is_none_or(|port| fits(entry.set, port))).map(HostMatch::rank);
    let closest = closest.max();
    let note = |entry: &HostMatch<'_>| {
        let note = set_note(entry.set, port);
        let wider = (Some(entry.rank()) != closest).then_some(Ignored::WiderPattern);
        let text = format!("{}, matched by `{}`", note.text, entry.pattern);
        SupportNote { ignored: note.ignored.or(wider), text, ..note }
    };
    let mut notes: Vec<SupportNote> = sets.iter().map(note).collect();
    for (rule, domain) in rules(&host.to_ascii_lowercase()) {
        notes.extend(rule.words.iter().map(|(verdict, text, source)| SupportNote {
            verdict: *verdict,
            subject: format!("*.{domain}"),
            text: (*text).to_owned(),
            source,
            ignored: None,
        }));
    }
    Support { verdict: combine(&notes).unwrap_or(SupportVerdict::NotStated), notes }
}

/// Addresses that a name may have.
#[derive(Clone, Debug)]
pub struct HostAddresses {
    /// The list that contains the addresses: an endpoint set (`m365:11`) or a service tag.
    pub list: String,
    /// The addresses.
    pub addresses: IpSet,
}

/// Returns the addresses that a host name may have: the addresses in the endpoint sets with the most specific matching
/// pattern, and those in the service tag for the name's product. The name may have other addresses too. Empty if no
/// list gives any address.
pub fn addresses_of_host(catalog: &Catalog, host: &str, sets: &[HostMatch<'_>]) -> Vec<HostAddresses> {
    let closest = sets.iter().map(HostMatch::rank).max();
    let sets = sets.iter().filter(|entry| Some(entry.rank()) == closest).map(|entry| entry.set);
    let sets = sets.filter(|set| !set.prefixes.is_empty());
    let host = host.to_ascii_lowercase();
    let tags = rules(&host).filter_map(|(rule, _)| catalog.tag(rule.tag?));
    let of_sets = sets.map(|set| (format!("m365:{}", set.id), set.prefixes.as_slice()));
    let of_tags = tags.map(|tag| (tag.name.clone(), tag.prefixes.as_slice()));
    let listed = |(list, prefixes): (String, &[IpPrefix])| HostAddresses {
        list,
        addresses: IpSet::from_prefixes(prefixes.iter().copied()),
    };
    of_sets.chain(of_tags).map(listed).collect()
}

/// A path that is shared by some addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SharedPath {
    /// The path.
    pub disposition: Disposition,
    /// The circuits that carry packets on this path. If there are several, they have equal cost.
    pub circuits: Vec<CircuitId>,
    /// The number of addresses with this path, for IPv4 and for IPv6.
    pub counts: [AddressCount; 2],
}

/// Returns the paths to addresses, in the order of reports.
///
/// # Complexity
///
/// Linear in the number of the engine's ranges that contain any of the addresses.
pub fn paths_of(engine: &Engine, addresses: &IpSet) -> Vec<SharedPath> {
    let mut sums = Sums::new();
    add(engine, engine.partition4(), &addresses.v4, 0, &mut sums);
    add(engine, engine.partition6(), &addresses.v6, 1, &mut sums);
    let mut all: Vec<SharedPath> = sums
        .into_iter()
        .map(|((disposition, circuits), counts)| SharedPath { disposition, circuits, counts })
        .collect();
    let order = |path: &SharedPath| Disposition::ALL.iter().position(|one| *one == path.disposition);
    all.sort_by_key(order);
    all
}

type Sums = BTreeMap<(Disposition, Vec<CircuitId>), [AddressCount; 2]>;

fn add<A: Address>(
    engine: &Engine,
    partition: &Partition<A, DecisionId>,
    addresses: &AddressSet<A>,
    family: usize,
    sums: &mut Sums,
) {
    for range in addresses.ranges() {
        for (part, id) in partition.within(range) {
            let decision = engine.decision(*id);
            let key = (decision.disposition, decision.circuits().to_vec());
            let counts = sums.entry(key).or_insert([AddressCount::ZERO; 2]);
            if let Some(count) = counts.get_mut(family) {
                *count = *count + part.count();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Cloud;

    /// All names of the platform have the same verdict. Names that only look similar have a different one.
    #[test]
    fn every_name_of_the_platform_has_one_answer() {
        let catalog = Catalog::shipped(Cloud::Public).unwrap();
        let verdict = |host: &str| support_of_host(host, &catalog.sets_of_host(host), None).verdict;
        for host in [
            "europe-001.azure-apim.net",
            "make.powerautomate.com",
            "admin.powerplatform.microsoft.com",
            "make.powerapps.com",
            "contoso.crm4.dynamics.com",
            "flow.microsoft.com",
            "api.flow.microsoft.com",
            "web.powerva.microsoft.com",
            "europe.api.powerplatform.com",
            "Gateway.PowerPlatform.com",
        ] {
            assert_eq!(verdict(host), SupportVerdict::Mixed, "{host}");
            assert!(!addresses_of_host(&catalog, host, &catalog.sets_of_host(host)).is_empty(), "{host}");
        }
        assert_eq!(verdict("notdynamics.com"), SupportVerdict::NotStated);
        assert_eq!(verdict("azureedge.net"), SupportVerdict::Unsupported);
    }
}
