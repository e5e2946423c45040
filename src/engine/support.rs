//! What Microsoft's documents say about an endpoint on ExpressRoute.
//!
//! Apart from the network path, always: "In all cases the ER column should be respected" (Microsoft,
//! *Office 365 URLs and IP address ranges*) is advice about support, not about where a packet goes.

use std::fmt;

use crate::catalog::Lookup;

/// The verdict of the documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SupportVerdict {
    /// Documented as supported over ExpressRoute.
    Supported,
    /// Documented as not supported over ExpressRoute.
    Unsupported,
    /// The documents say both: the host name decides, the address alone cannot.
    Mixed,
    /// One of Microsoft's, but no document was found that says either.
    NotStated,
    /// Not one of Microsoft's.
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

/// What the documents say about an address, with where they say it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Support {
    /// The verdict over all notes.
    pub verdict: SupportVerdict,
    /// Each statement, the most specific first.
    pub notes: Vec<SupportNote>,
}

/// One statement of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SupportNote {
    /// What it says.
    pub verdict: SupportVerdict,
    /// Of what it says it: a set (`m365:11`) or a tag.
    pub subject: String,
    /// The statement.
    pub text: String,
    /// The document.
    pub source: &'static str,
}

/// A documented statement about service tags.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct SupportRule {
    /// The tag, or the part of its name before a dot.
    pub tag: &'static str,
    /// What the document says.
    pub verdict: SupportRuleVerdict,
    /// The statement.
    pub text: &'static str,
    /// The document.
    pub source: &'static str,
}

/// What a rule can say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SupportRuleVerdict {
    /// Supported.
    Supported,
    /// Not supported.
    Unsupported,
}

const FAQ: &str = "Microsoft, ExpressRoute FAQ, 2026-03-31";
const POWER_PLATFORM: &str = "Microsoft, Power Platform guidance: ExpressRoute, 2021-10";
const M365_ENDPOINTS: &str = "Microsoft 365 endpoints, column ER";
const M365_EXPRESSROUTE: &str = "Microsoft, Azure ExpressRoute for Microsoft 365, 2024-03-15";

/// The statements, narrower tags first.
pub const RULES: &[SupportRule] = &[
    SupportRule {
        tag: "AzureFrontDoor.Frontend",
        verdict: SupportRuleVerdict::Unsupported,
        text: "Azure CDN and Azure Front Door are not supported on ExpressRoute; static content leaves over the internet",
        source: FAQ,
    },
    SupportRule {
        tag: "AzureTrafficManager",
        verdict: SupportRuleVerdict::Unsupported,
        text: "Traffic Manager is not supported on ExpressRoute",
        source: FAQ,
    },
    SupportRule {
        tag: "LogicApps",
        verdict: SupportRuleVerdict::Unsupported,
        text: "Logic Apps is listed as not supported on ExpressRoute, although regional communities carry its addresses",
        source: FAQ,
    },
    SupportRule {
        tag: "MicrosoftDefenderForEndpoint",
        verdict: SupportRuleVerdict::Unsupported,
        text: "Defender for Endpoint has no integration with ExpressRoute",
        source: M365_EXPRESSROUTE,
    },
    SupportRule {
        tag: "PowerPlatformInfra",
        verdict: SupportRuleVerdict::Supported,
        text: "Power Platform is reached through both regional communities of its region pair; its static content (CDN) is not",
        source: POWER_PLATFORM,
    },
    SupportRule {
        tag: "PowerPlatformPlex",
        verdict: SupportRuleVerdict::Supported,
        text: "Power Platform is reached through both regional communities of its region pair; its static content (CDN) is not",
        source: POWER_PLATFORM,
    },
    SupportRule {
        tag: "AzureCloud",
        verdict: SupportRuleVerdict::Supported,
        text: "Azure public services are reachable over Microsoft peering, but for those listed as not supported",
        source: FAQ,
    },
];

/// The rule that speaks of this tag, if any.
pub(super) fn rule_for(tag: &str) -> Option<&'static SupportRule> {
    RULES
        .iter()
        .find(|rule| tag.strip_prefix(rule.tag).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')))
}

/// What the documents say about an address of which the catalog knows `lookup`.
///
/// Endpoint sets speak before tags: they name the address for a purpose, tags only hold it.
pub fn support(lookup: &Lookup<'_>) -> Support {
    let mut notes: Vec<SupportNote> = Vec::new();
    for entry in &lookup.endpoint_sets {
        let set = entry.set;
        notes.push(SupportNote {
            verdict: if set.express_route { SupportVerdict::Supported } else { SupportVerdict::Unsupported },
            subject: format!("m365:{}", set.id),
            text: format!(
                "endpoint set {} ({}, {}) has expressRoute {}",
                set.id, set.display_name, set.category, set.express_route
            ),
            source: M365_ENDPOINTS,
        });
    }
    let by_set = combine(&notes);
    let mut tag_notes: Vec<SupportNote> = Vec::new();
    for entry in &lookup.tags {
        if let Some(rule) = rule_for(&entry.tag.name)
            && !tag_notes.iter().any(|note| note.text == rule.text)
        {
            tag_notes.push(SupportNote {
                verdict: match rule.verdict {
                    SupportRuleVerdict::Supported => SupportVerdict::Supported,
                    SupportRuleVerdict::Unsupported => SupportVerdict::Unsupported,
                },
                subject: entry.tag.name.clone(),
                text: rule.text.to_owned(),
                source: rule.source,
            });
        }
    }
    // Being somewhere in AzureCloud says less than a statement about the service itself.
    let specific: Vec<SupportNote> =
        tag_notes.iter().filter(|note| !note.subject.starts_with("AzureCloud")).cloned().collect();
    // Where something speaks of the service, the general word is left out.
    if !specific.is_empty() || !notes.is_empty() {
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

/// One verdict for several statements; `None` without any.
fn combine(notes: &[SupportNote]) -> Option<SupportVerdict> {
    let supported = notes.iter().any(|note| note.verdict == SupportVerdict::Supported);
    let unsupported = notes.iter().any(|note| note.verdict == SupportVerdict::Unsupported);
    match (supported, unsupported) {
        (true, true) => Some(SupportVerdict::Mixed),
        (true, false) => Some(SupportVerdict::Supported),
        (false, true) => Some(SupportVerdict::Unsupported),
        (false, false) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_match_whole_names_and_regional_ones() {
        let source = |tag: &str| rule_for(tag).map(|rule| rule.tag);
        assert_eq!(source("LogicApps.WestEurope"), Some("LogicApps"));
        assert_eq!(source("LogicAppsManagement"), None);
        assert_eq!(source("AzureFrontDoor.FirstParty"), None);
        assert_eq!(source("AzureCloud.westeurope"), Some("AzureCloud"));
    }
}
