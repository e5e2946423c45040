//! The columns of `classify`, whose rows are written one by one.

use std::net::IpAddr;

use crate::engine::SupportVerdict;
use crate::report::Column;
use crate::report::columns::Columns;
use crate::report::views::shared::{
    communities, endpoint_sets, evidence, list_prefix, next_hops, product, support, tags,
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

/// Addresses that are counted together.
#[derive(Clone, Debug)]
pub(crate) struct Counted {
    /// The names of the products.
    pub(crate) product: String,
    /// The path.
    pub(crate) path: PathName,
    /// The documented support.
    pub(crate) support: SupportVerdict,
    /// The number of lines with such an address.
    pub(crate) addresses: u64,
}

/// Returns the columns of `classify --by product`, each with its cell.
pub(crate) fn counted_columns<'c>() -> Columns<'c, Counted> {
    Columns::<Counted>::new()
        .group(|row| row.product.as_str(), product())
        .text("path", "the path to the addresses, as without `--by`", |row| row.path.disposition.word())
        .group(|row| &row.support, support())
        .integer("addresses", "the number of addresses in the list, each as often as it occurs", |row| {
            row.addresses
        })
        .group(|row| &row.path, next_hops())
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
        .group(|row| row.facts.product.as_str(), product())
}
