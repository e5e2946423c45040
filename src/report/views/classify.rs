//! The columns of `classify`, whose rows are written one by one.

use std::net::IpAddr;

use crate::report::Column;
use crate::report::columns::Columns;
use crate::report::views::shared::{
    communities, endpoint_sets, evidence, list_prefix, next_hops, support, tags,
};
use crate::sim::{Facts, PathName};

/// An address with its path and facts.
#[derive(Clone, Debug)]
pub(crate) struct Classified {
    /// The address.
    pub(crate) address: IpAddr,
    /// Its path.
    pub(crate) path: PathName,
    /// The facts about the address in Microsoft's lists.
    pub(crate) facts: Facts,
}

/// Returns the columns of `classify` in their order.
pub fn column_list() -> Vec<Column> {
    columns().columns()
}

/// Returns the columns of `classify`, each with its cell.
pub(crate) fn columns<'c>() -> Columns<'c, Classified> {
    Columns::<Classified>::new()
        .text("address", "the address, in canonical form", |row| row.address.to_string())
        .text(
            "path",
            "the path to the address; without a network file, the path for which the address is eligible",
            |row| row.path.disposition.word(),
        )
        .group_if(|row| row.facts.prefix.as_ref(), list_prefix())
        .group(|row| &row.facts, tags())
        .group(|row| &row.facts, endpoint_sets())
        .group(|row| row.facts.communities.as_slice(), communities())
        .group(|row| row.facts.evidence.as_slice(), evidence())
        .group(|row| &row.facts.support, support())
        .group(|row| &row.path, next_hops())
}
