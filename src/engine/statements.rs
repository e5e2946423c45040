//! What statements about an address come to, without their words.

use super::support::{SupportVerdict, rule_for};
use crate::catalog::EndpointSet;

/// Which of the two verdicts some statements give.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Says {
    pub(super) supported: bool,
    pub(super) unsupported: bool,
}

impl Says {
    fn of(verdict: SupportVerdict) -> Self {
        Self {
            supported: verdict == SupportVerdict::Supported,
            unsupported: verdict == SupportVerdict::Unsupported,
        }
    }

    fn and(self, other: Self) -> Self {
        Self {
            supported: self.supported || other.supported,
            unsupported: self.unsupported || other.unsupported,
        }
    }

    /// The verdict of both; `None` where neither is given.
    pub(super) const fn verdict(self) -> Option<SupportVerdict> {
        match (self.supported, self.unsupported) {
            (true, true) => Some(SupportVerdict::Mixed),
            (true, false) => Some(SupportVerdict::Supported),
            (false, true) => Some(SupportVerdict::Unsupported),
            (false, false) => None,
        }
    }
}

/// All statements about an address without their words, gathered list by list: the fast twin of [`support`](super::support()).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Statements {
    sets: Says,
    services: Says,
    /// What is said of Azure as a whole.
    general: Says,
    listed: bool,
}

impl Statements {
    /// Of an endpoint set.
    pub(super) fn of_set(set: &EndpointSet) -> Self {
        let verdict = if set.express_route { SupportVerdict::Supported } else { SupportVerdict::Unsupported };
        Self { sets: Says::of(verdict), ..Self::of_community() }
    }

    /// Of a tag.
    pub(super) fn of_tag(name: &str) -> Self {
        let says = rule_for(name).map(|rule| Says::of(rule.verdict.into())).unwrap_or_default();
        let listed = Self::of_community();
        if name.starts_with(GENERAL) {
            Self { general: says, ..listed }
        } else {
            Self { services: says, ..listed }
        }
    }

    /// Of a community, about which no document says anything.
    pub(super) fn of_community() -> Self {
        Self { listed: true, ..Self::default() }
    }

    /// These and others.
    pub(super) fn and(self, other: Self) -> Self {
        Self {
            sets: self.sets.and(other.sets),
            services: self.services.and(other.services),
            general: self.general.and(other.general),
            listed: self.listed || other.listed,
        }
    }

    /// Whether any list holds the address.
    pub(super) const fn is_listed(self) -> bool {
        self.listed
    }

    /// The verdict over all of them.
    pub(super) fn verdict(self) -> SupportVerdict {
        let said = self.sets.verdict().or(self.services.verdict()).or(self.general.verdict());
        said.unwrap_or(if self.listed { SupportVerdict::NotStated } else { SupportVerdict::NotApplicable })
    }
}

/// How tags begin that hold all of a region or of Azure. Being somewhere in these says less than a statement about the
/// service itself.
pub(super) const GENERAL: &str = "AzureCloud";
