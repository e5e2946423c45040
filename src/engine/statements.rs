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
///
/// A set of bits, since some hundred thousand records are put together: two for each kind of statement, and one for
/// being listed at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Statements(u8);

impl Statements {
    const SETS: u32 = 0;
    const SERVICES: u32 = 2;
    /// What is said of Azure as a whole.
    const GENERAL: u32 = 4;
    const LISTED: u8 = 1 << 6;

    /// Of an endpoint set.
    pub(super) fn of_set(set: &EndpointSet) -> Self {
        let verdict = if set.express_route { SupportVerdict::Supported } else { SupportVerdict::Unsupported };
        Self::listed(Says::of(verdict), Self::SETS)
    }

    /// Of a tag.
    pub(super) fn of_tag(name: &str) -> Self {
        let says = rule_for(name).map(|rule| Says::of(rule.verdict.into())).unwrap_or_default();
        Self::listed(says, if name.starts_with(GENERAL) { Self::GENERAL } else { Self::SERVICES })
    }

    /// Of a community, about which no document says anything.
    pub(super) const fn of_community() -> Self {
        Self(Self::LISTED)
    }

    /// These and others.
    pub(super) const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether any list holds the address.
    pub(super) const fn is_listed(self) -> bool {
        self.0 & Self::LISTED != 0
    }

    /// The verdict over all of them.
    pub(super) fn verdict(self) -> SupportVerdict {
        let said = [Self::SETS, Self::SERVICES, Self::GENERAL];
        let said = said.into_iter().find_map(|kind| self.says(kind).verdict());
        let stated = if self.is_listed() { SupportVerdict::NotStated } else { SupportVerdict::NotApplicable };
        said.unwrap_or(stated)
    }

    /// The bits, of which the highest is not set.
    pub(super) const fn bits(self) -> u8 {
        self.0
    }

    fn listed(says: Says, kind: u32) -> Self {
        Self(Self::LISTED | (u8::from(says.supported) | u8::from(says.unsupported) << 1) << kind)
    }

    const fn says(self, kind: u32) -> Says {
        Says { supported: self.0 >> kind & 1 != 0, unsupported: self.0 >> kind & 2 != 0 }
    }
}

/// How tags begin that hold all of a region or of Azure. Being somewhere in these says less than a statement about the
/// service itself.
pub(super) const GENERAL: &str = "AzureCloud";
