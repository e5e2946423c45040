//! Combines statements about an address into a verdict. The texts of the statements are not needed.

use super::{GENERAL, Says, SupportVerdict, about_addresses, verdict_of};
use crate::catalog::{EndpointSet, Product, ServiceTag};

/// All statements about an address, without their texts. The statements are added list by list. This is the fast
/// counterpart of [`support`](super::support()).
///
/// The statements are stored as bits, because several hundred thousand records are combined: two bits for each kind of
/// statement, and one bit that is set if any list contains the address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::engine) struct Statements(u8);

impl Statements {
    const SETS: u32 = 0;
    const SERVICES: u32 = 2;
    /// Statements about Azure as a whole.
    const GENERAL: u32 = 4;
    const LISTED: u8 = 1 << 6;

    /// Returns the statement about an endpoint set.
    pub(in crate::engine) fn of_set(set: &EndpointSet) -> Self {
        Self::listed(Says::of(verdict_of(set.express_route)), Self::SETS)
    }

    /// Returns the statements about a tag of a product.
    pub(in crate::engine) fn of_tag(tag: &ServiceTag, product: Option<&'static Product<'static>>) -> Self {
        let statements = product.into_iter().flat_map(about_addresses);
        let says = statements.map(|statement| Says::of(verdict_of(statement.supported)));
        let says = says.fold(Says::default(), Says::and);
        Self::listed(says, if tag.name.starts_with(GENERAL) { Self::GENERAL } else { Self::SERVICES })
    }

    /// Returns the statement about a community. It is empty, because the documentation does not mention communities.
    pub(in crate::engine) const fn of_community() -> Self {
        Self(Self::LISTED)
    }

    /// Combines these statements with others.
    pub(in crate::engine) const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Returns whether any list contains the address.
    pub(in crate::engine) const fn is_listed(self) -> bool {
        self.0 & Self::LISTED != 0
    }

    /// Returns the verdict over all statements.
    pub(in crate::engine) fn verdict(self) -> SupportVerdict {
        let words = [Self::SETS, Self::SERVICES, Self::GENERAL];
        let words = words.into_iter().find_map(|kind| self.says(kind).verdict());
        let stated = if self.is_listed() { SupportVerdict::NotStated } else { SupportVerdict::NotApplicable };
        words.unwrap_or(stated)
    }

    /// Returns the bits. The highest bit is never set.
    pub(in crate::engine) const fn bits(self) -> u8 {
        self.0
    }

    fn listed(says: Says, kind: u32) -> Self {
        Self(Self::LISTED | (u8::from(says.supported) | u8::from(says.unsupported) << 1) << kind)
    }

    const fn says(self, kind: u32) -> Says {
        Says { supported: self.0 >> kind & 1 != 0, unsupported: self.0 >> kind & 2 != 0 }
    }
}
