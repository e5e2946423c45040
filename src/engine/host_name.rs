//! What is known about a host name: the product that owns it, the addresses that it may have, and documented support.
//!
//! Routes apply to addresses, so the path of a name is that of its addresses: those of the most specific endpoint set or
//! of the product's lists, or those to which the user says that it resolves. Documents only state support.

use std::net::IpAddr;

use crate::addr::{IpPrefix, IpSet};
use crate::catalog::{Catalog, Cloud, HostMatch, HostOwner, TenantRegion};
use crate::engine::support::ports::{TransportPort, fits};
use crate::engine::support::{
    GENERAL, Ignored, Support, SupportNote, SupportVerdict, combine, set_note, support_at,
};

/// Addresses that a name may have.
#[derive(Clone, Debug)]
pub struct HostAddresses {
    /// Where the addresses come from: an endpoint set (`m365:11`), a service tag, or `resolved`.
    pub list: String,
    /// The addresses.
    pub addresses: IpSet,
}

/// Everything that the documents and lists say about a host name.
#[derive(Clone, Debug)]
pub struct HostFacts<'a> {
    /// The product that owns the name.
    pub owner: Option<HostOwner<'static>>,
    /// The product of another cloud that owns the name more specifically.
    pub other_cloud: Option<(Cloud, HostOwner<'static>)>,
    /// The endpoint sets with a pattern that matches the name, most specific pattern first.
    pub sets: Vec<HostMatch<'a>>,
    /// The addresses that the name may have. The lists may lack others, except for `resolved`.
    pub addresses: Vec<HostAddresses>,
    /// Documented support.
    pub support: Support,
}

/// The name of the list of addresses to which the user says that a name resolves.
pub const RESOLVED: &str = "resolved";

/// Returns everything that is known about a host name in lower case.
///
/// `region`: where the company's environments are; regional lists count with that region only. `resolved`: the addresses
/// to which the name resolves, if they are known; they replace the lists.
///
/// # Complexity
///
/// Linear in the number of patterns, tags and addresses.
pub fn host_facts<'a>(
    catalog: &'a Catalog,
    host: &str,
    region: Option<&TenantRegion>,
    resolved: &[IpAddr],
    port: Option<TransportPort>,
) -> HostFacts<'a> {
    let sets = catalog.sets_of_host(host);
    let owner = catalog.host_owner(host);
    let closest_set = sets.iter().map(HostMatch::rank).max();
    let of_other = catalog.other_cloud_of_host(host);
    let other_cloud = of_other.filter(|(_, other)| closest_set.is_none_or(|set| other.pattern.rank() > set));
    let mut facts = HostFacts { owner, other_cloud, sets, addresses: Vec::new(), support: Support::none() };
    facts.addresses =
        if resolved.is_empty() { facts.listed(catalog, region) } else { vec![of_resolved(resolved)] };
    facts.support = facts.support(catalog, resolved, port);
    facts
}

fn of_resolved(resolved: &[IpAddr]) -> HostAddresses {
    let prefixes = resolved.iter().map(|address| IpPrefix::host(*address));
    HostAddresses { list: RESOLVED.to_owned(), addresses: IpSet::from_prefixes(prefixes) }
}

impl HostFacts<'_> {
    /// Returns the addresses of the most specific endpoint sets, or else those of the product's lists.
    fn listed(&self, catalog: &Catalog, region: Option<&TenantRegion>) -> Vec<HostAddresses> {
        if self.other_cloud.is_some() {
            return Vec::new();
        }
        let closest = self.closest(None);
        let sets = self.sets.iter().filter(|entry| Some(entry.rank()) == closest);
        let sets: Vec<HostAddresses> = sets
            .filter(|entry| !entry.set.prefixes.is_empty())
            .map(|entry| HostAddresses {
                list: format!("m365:{}", entry.set.id),
                addresses: IpSet::from_prefixes(entry.set.prefixes.iter().copied()),
            })
            .collect();
        let Some(owner) = self.owner.filter(|_| sets.is_empty()) else { return sets };
        let parts = match &owner.pattern.lists {
            Some(lists) => lists.iter().flat_map(|tag| catalog.tag_parts(tag, region)).collect(),
            None => catalog.product_tag_parts(owner.product, region),
        };
        parts.into_iter().map(|part| HostAddresses { list: part.list, addresses: part.addresses }).collect()
    }

    /// Returns how specific the closest pattern is, among the endpoint sets for the port and the product.
    fn closest(&self, port: Option<TransportPort>) -> Option<(bool, usize)> {
        let of_port = self.sets.iter().filter(|entry| port.is_none_or(|port| fits(entry.set, port)));
        let sets = of_port.map(HostMatch::rank).max();
        sets.max(self.owner.map(|owner| owner.pattern.rank()))
            .max(self.other_cloud.map(|(_, owner)| owner.pattern.rank()))
    }

    /// Returns the statements about the name, and those about its addresses that contradict them.
    fn support(&self, catalog: &Catalog, resolved: &[IpAddr], port: Option<TransportPort>) -> Support {
        let closest = self.closest(port);
        let wider = |rank: (bool, usize)| (Some(rank) != closest).then_some(Ignored::WiderPattern);
        let mut notes: Vec<SupportNote> = Vec::new();
        for entry in &self.sets {
            let note = set_note(entry.set, port);
            let text = format!("{}, matched by `{}`", note.text, entry.pattern);
            notes.push(SupportNote { ignored: note.ignored.or(wider(entry.rank())), text, ..note });
        }
        if let Some((cloud, owner)) = self.other_cloud {
            notes.push(other_cloud(cloud, owner));
        }
        if let Some(owner) = self.owner {
            let pattern = owner.pattern.pattern;
            let own_set = |entry: &&HostMatch<'_>| {
                Some(entry.rank()) == closest
                    && owner.product.sets.iter().any(|set| set.value == entry.set.id)
            };
            let same_product = self.sets.iter().any(|entry| own_set(&entry));
            let ignored = wider(owner.pattern.rank()).filter(|_| !same_product);
            for statement in &owner.product.support {
                let note = SupportNote::of_statement(statement, pattern.to_owned());
                notes.push(SupportNote { ignored, ..note });
            }
        }
        let named = combine(&notes);
        notes.extend(contradictions(catalog, resolved, port, named));
        Support { verdict: combine(&notes).unwrap_or(SupportVerdict::NotStated), notes }
    }
}

fn other_cloud(cloud: Cloud, owner: HostOwner<'static>) -> SupportNote {
    SupportNote {
        verdict: SupportVerdict::Unsupported,
        subject: owner.pattern.pattern.to_owned(),
        text: format!(
            "`{}` belongs to {} of the {cloud} cloud, which only a circuit of that cloud reaches; `--cloud {cloud}` evaluates it",
            owner.pattern.pattern, owner.product.name
        ),
        source: owner.pattern.source.to_string(),
        url: owner.pattern.source.url,
        ignored: None,
    }
}

/// Returns the statements about resolved addresses that say the opposite of those about the name. The statement about
/// Azure as a whole never contradicts a statement about a name.
fn contradictions(
    catalog: &Catalog,
    resolved: &[IpAddr],
    port: Option<TransportPort>,
    named: Option<SupportVerdict>,
) -> Vec<SupportNote> {
    let opposite = match named {
        Some(SupportVerdict::Supported) => SupportVerdict::Unsupported,
        Some(SupportVerdict::Unsupported) => SupportVerdict::Supported,
        _ => return Vec::new(),
    };
    let mut found: Vec<SupportNote> = Vec::new();
    for address in resolved {
        let support = support_at(&catalog.lookup(*address), port);
        if support.verdict != opposite {
            continue;
        }
        let counts = |note: &SupportNote| {
            note.ignored.is_none() && note.verdict == opposite && !note.subject.starts_with(GENERAL)
        };
        for note in support.notes.into_iter().filter(counts) {
            if !found.iter().any(|known| known.subject == note.subject) {
                found.push(SupportNote { text: format!("{address}: {}", note.text), ..note });
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::support::support;

    fn catalog() -> Catalog {
        Catalog::shipped(Cloud::Public).unwrap()
    }

    fn verdict(catalog: &Catalog, host: &str, resolved: &[&str]) -> SupportVerdict {
        let resolved: Vec<IpAddr> = resolved.iter().map(|address| address.parse().unwrap()).collect();
        host_facts(catalog, host, None, &resolved, None).support.verdict
    }

    /// The names of the platform that a document calls supported and a list calls unsupported have one verdict.
    #[test]
    fn every_name_of_the_platform_has_one_answer() {
        let catalog = catalog();
        for host in [
            "europe-001.azure-apim.net",
            "make.powerautomate.com",
            "make.powerapps.com",
            "flow.microsoft.com",
            "api.flow.microsoft.com",
            "web.powerva.microsoft.com",
            "europe.api.powerplatform.com",
            "gateway.powerplatform.com",
        ] {
            assert_eq!(verdict(&catalog, host, &[]), SupportVerdict::Mixed, "{host}");
            assert!(!host_facts(&catalog, host, None, &[], None).addresses.is_empty(), "{host}");
        }
        for (host, expected) in [
            ("contoso.crm4.dynamics.com", SupportVerdict::Supported),
            ("notdynamics.com", SupportVerdict::NotStated),
            ("x.azureedge.net", SupportVerdict::Unsupported),
            // The pattern with the longer name beats `*.cloud.microsoft`.
            ("outlook.cloud.microsoft", SupportVerdict::Supported),
            ("x.cloud.microsoft", SupportVerdict::Unsupported),
            // GCC, behind a public circuit.
            ("contoso.crm9.dynamics.com", SupportVerdict::Unsupported),
        ] {
            assert_eq!(verdict(&catalog, host, &[]), expected, "{host}");
        }
    }

    /// The address of a name may belong to a service with another statement.
    #[test]
    fn an_address_contradicts_its_name() {
        let catalog = catalog();
        let host = "devicemgmt-cdn.teams.microsoft.com";
        assert_eq!(verdict(&catalog, host, &[]), SupportVerdict::Supported);
        assert_eq!(verdict(&catalog, host, &["13.107.219.59"]), SupportVerdict::Mixed);
        assert_eq!(verdict(&catalog, host, &["52.112.0.1"]), SupportVerdict::Supported);
    }

    /// What the documents state about a name, they also state about the addresses that the lists give for it, unless
    /// they state nothing about these. An address may have other statements too, because several names share it.
    #[test]
    fn names_and_their_addresses_never_contradict_each_other() {
        for cloud in Cloud::ALL {
            let catalog = Catalog::shipped(cloud).unwrap();
            let of_sets = catalog.endpoint_sets().iter().flat_map(|set| set.urls.iter().map(String::as_str));
            let of_products =
                catalog.products().flat_map(|product| product.hosts.iter().map(|host| host.pattern));
            let mut names: Vec<String> = of_sets
                .chain(of_products)
                .map(|pattern| pattern.to_ascii_lowercase().replace('*', "x"))
                .collect();
            names.sort();
            names.dedup();
            let mut compared = 0;
            for name in &names {
                let facts = host_facts(&catalog, name, None, &[], None);
                let said = facts.support.verdict;
                if !matches!(said, SupportVerdict::Supported | SupportVerdict::Unsupported) {
                    continue;
                }
                // A list of a whole cloud does not say which of its addresses a name has.
                for listed in facts.addresses.iter().filter(|listed| !listed.list.starts_with(GENERAL)) {
                    let v4 = listed.addresses.v4.ranges().map(|range| IpAddr::from(range.first()));
                    for address in v4.chain(listed.addresses.v6.ranges().map(|range| range.first().into())) {
                        let notes = support(&catalog.lookup(address)).notes;
                        let specific = notes.iter().filter(|note| !note.subject.starts_with(GENERAL));
                        let verdicts: Vec<SupportVerdict> = specific.map(|note| note.verdict).collect();
                        let agrees = verdicts.is_empty() || verdicts.contains(&said);
                        assert!(
                            agrees,
                            "{cloud} {name} in {}: {said}, but {address}: {notes:?}",
                            listed.list
                        );
                        compared += 1;
                    }
                }
            }
            assert!(
                names.len() > 50 && compared > 100,
                "{cloud}: {} names, {compared} addresses",
                names.len()
            );
        }
    }
}
