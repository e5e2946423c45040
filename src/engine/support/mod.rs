//! Microsoft's documentation about support for an endpoint on ExpressRoute.
//!
//! Support is always separate from the network path. "In all cases the ER column should be respected" (Microsoft,
//! *Office 365 URLs and IP address ranges*) is advice about support, not about the path of a packet.

mod flags;
pub(super) mod ports;
mod service;

pub(in crate::engine) use flags::Statements;
pub use service::service_name;

use std::fmt;
use std::ops::RangeInclusive;

use crate::catalog::{EndpointSet, FeedKind, Lookup, Product, Statement};
use ports::{Transport, TransportPort, atoms, fits};

/// The verdict of the documentation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SupportVerdict {
    /// Documented as supported over ExpressRoute.
    Supported,
    /// Documented as not supported over ExpressRoute.
    Unsupported,
    /// Documented both as supported and as not supported. The host name decides, not the address.
    Mixed,
    /// A Microsoft endpoint for which no document was found that states whether it is supported.
    NotStated,
    /// Not a Microsoft endpoint.
    NotApplicable,
}

impl SupportVerdict {
    /// The word used in every output.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Supported => "supported",
            Self::Unsupported => "unsupported",
            Self::Mixed => "mixed",
            Self::NotStated => "not-stated",
            Self::NotApplicable => "not-applicable",
        }
    }
}

impl fmt::Display for SupportVerdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// The documentation's statements about an address, with their sources.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Support {
    /// The verdict over all notes.
    pub verdict: SupportVerdict,
    /// The statements, most specific first.
    pub notes: Vec<SupportNote>,
}

impl Support {
    /// Returns support without any statement.
    pub(super) const fn none() -> Self {
        Self { verdict: SupportVerdict::NotStated, notes: Vec::new() }
    }
}

/// One statement of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SupportNote {
    /// The verdict of the statement.
    pub verdict: SupportVerdict,
    /// The subject of the statement: an endpoint set (`m365:11`) or a tag.
    pub subject: String,
    /// The statement.
    pub text: String,
    /// The document that contains the statement, with its date.
    pub source: String,
    /// The address of the document.
    pub url: &'static str,
    /// Why the statement does not count for this request; `None` if it counts.
    pub ignored: Option<Ignored>,
}

impl SupportNote {
    /// Returns the note for a statement about a product. `subject`: the tag or the host pattern that leads to the
    /// product.
    pub(super) fn of_statement(statement: &Statement<'static>, subject: String) -> Self {
        Self {
            verdict: verdict_of(statement.supported),
            subject,
            text: statement.text.to_owned(),
            source: statement.source.to_string(),
            url: statement.source.url,
            ignored: None,
        }
    }
}

/// Returns the verdict of a statement.
const fn verdict_of(supported: bool) -> SupportVerdict {
    if supported { SupportVerdict::Supported } else { SupportVerdict::Unsupported }
}

/// Why a statement does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ignored {
    /// The statement applies to ports other than the requested one.
    OtherPorts,
    /// Another endpoint set has a more specific pattern for the host name.
    WiderPattern,
}

impl Ignored {
    /// The word used in every output.
    pub const fn word(self) -> &'static str {
        match self {
            Self::OtherPorts => "other-ports",
            Self::WiderPattern => "wider-pattern",
        }
    }
}

/// Returns title and address of the document whose column ER is about a set.
fn document(set: &EndpointSet) -> (&'static str, &'static str) {
    match set.kind() {
        FeedKind::Intune => (
            "Network endpoints for Microsoft Intune, column ER",
            "https://learn.microsoft.com/intune/fundamentals/endpoints",
        ),
        _ => (
            "Microsoft 365 endpoints, column ER",
            "https://learn.microsoft.com/microsoft-365/enterprise/urls-and-ip-address-ranges",
        ),
    }
}

/// The start of the names of tags that contain a whole region or all of Azure. Membership in such a tag is less
/// specific than a statement about the service itself.
pub(super) const GENERAL: &str = "AzureCloud";

/// Returns the statements about the addresses of a product.
pub(super) fn about_addresses<'p>(
    product: &'p Product<'static>,
) -> impl Iterator<Item = &'p Statement<'static>> {
    product.support.iter().filter(|statement| !statement.names_only)
}

/// Returns the documentation's statements about an address. `lookup` contains the address's catalog entries.
///
/// Endpoint sets take precedence over tags, because endpoint sets state the purpose of an address and tags only contain
/// it.
pub fn support(lookup: &Lookup<'_>) -> Support {
    support_at(lookup, None)
}

/// As [`support`], for one destination port. An endpoint set counts only if its ports match.
pub fn support_at(lookup: &Lookup<'_>, port: Option<TransportPort>) -> Support {
    let mut notes: Vec<SupportNote> =
        lookup.endpoint_sets.iter().map(|entry| set_note(entry.set, port)).collect();
    let by_set = combine(&notes);
    let mut tag_notes: Vec<SupportNote> = Vec::new();
    for entry in &lookup.tags {
        for statement in entry.product.into_iter().flat_map(about_addresses) {
            if !tag_notes.iter().any(|note| note.text == statement.text) {
                tag_notes.push(SupportNote::of_statement(statement, entry.tag.name.clone()));
            }
        }
    }
    let specific: Vec<SupportNote> =
        tag_notes.iter().filter(|note| !note.subject.starts_with(GENERAL)).cloned().collect();
    // If there is a statement about the service, the general statement is omitted.
    if !specific.is_empty() || by_set.is_some() {
        tag_notes = specific;
    }
    let by_tag = combine(&tag_notes);
    let listed =
        !lookup.endpoint_sets.is_empty() || !lookup.tags.is_empty() || !lookup.communities.is_empty();
    let verdict = by_set.or(by_tag).unwrap_or(if listed {
        SupportVerdict::NotStated
    } else {
        SupportVerdict::NotApplicable
    });
    notes.extend(tag_notes);
    Support { verdict, notes }
}

/// Returns the documentation's verdict for all ports of both protocols, TCP first, in as few ranges as possible.
pub fn support_by_port(lookup: &Lookup<'_>) -> Vec<(Transport, RangeInclusive<u16>, SupportVerdict)> {
    let sets: Vec<&EndpointSet> = lookup.endpoint_sets.iter().map(|entry| entry.set).collect();
    let mut all: Vec<(Transport, RangeInclusive<u16>, SupportVerdict)> = Vec::new();
    for atom in atoms(&sets) {
        let port = TransportPort { transport: atom.transport, number: *atom.ports.start() };
        let verdict = support_at(lookup, Some(port)).verdict;
        match all.last_mut() {
            Some((transport, ports, before)) if (*transport, *before) == (atom.transport, verdict) => {
                *ports = *ports.start()..=*atom.ports.end();
            }
            _ => all.push((atom.transport, atom.ports, verdict)),
        }
    }
    all
}

/// Whether some statements contain the verdict "supported", and whether they contain "not supported".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Says {
    pub(super) supported: bool,
    pub(super) unsupported: bool,
}

impl Says {
    pub(super) fn of(verdict: SupportVerdict) -> Self {
        Self {
            supported: verdict == SupportVerdict::Supported,
            unsupported: verdict == SupportVerdict::Unsupported,
        }
    }

    /// Returns what both contain.
    pub(super) const fn and(self, other: Self) -> Self {
        Self {
            supported: self.supported || other.supported,
            unsupported: self.unsupported || other.unsupported,
        }
    }

    /// Returns the combined verdict; `None` if the statements contain neither verdict.
    pub(super) const fn verdict(self) -> Option<SupportVerdict> {
        match (self.supported, self.unsupported) {
            (true, true) => Some(SupportVerdict::Mixed),
            (true, false) => Some(SupportVerdict::Supported),
            (false, true) => Some(SupportVerdict::Unsupported),
            (false, false) => None,
        }
    }
}

/// Returns the statement in the ER column of Microsoft's list for a set. The statement is ignored if the ports of the
/// set do not match.
pub(super) fn set_note(set: &EndpointSet, port: Option<TransportPort>) -> SupportNote {
    let (source, url) = document(set);
    SupportNote {
        verdict: verdict_of(set.express_route),
        subject: format!("m365:{}", set.id),
        text: format!(
            "endpoint set {} ({}, {}) has expressRoute {}",
            set.id, set.display_name, set.category, set.express_route
        ),
        source: source.to_owned(),
        url,
        ignored: port.filter(|port| !fits(set, *port)).map(|_| Ignored::OtherPorts),
    }
}

/// Combines several statements into one verdict; `None` if no statement counts.
pub(super) fn combine(notes: &[SupportNote]) -> Option<SupportVerdict> {
    let says = |verdict| notes.iter().any(|note| note.ignored.is_none() && note.verdict == verdict);
    let (supported, unsupported) = (says(SupportVerdict::Supported), says(SupportVerdict::Unsupported));
    Says { supported, unsupported }.verdict()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Catalog, Cloud};

    #[test]
    fn support_by_port_is_that_of_each_port() {
        let catalog = Catalog::shipped(Cloud::Public).unwrap();
        for address in ["52.112.0.1", "13.107.140.6", "40.96.1.1", "20.50.2.1", "192.0.2.1"] {
            let lookup = catalog.lookup(address.parse().unwrap());
            let ranges = support_by_port(&lookup);
            let covered: u32 =
                ranges.iter().map(|(_, ports, _)| u32::from(ports.end() - ports.start()) + 1).sum();
            assert_eq!(covered, 2 * 65_536, "{address}");
            for (transport, ports, verdict) in ranges {
                for number in [*ports.start(), *ports.end()] {
                    let port = TransportPort { transport, number };
                    assert_eq!(support_at(&lookup, Some(port)).verdict, verdict, "{address} {port}");
                }
            }
        }
    }
}
