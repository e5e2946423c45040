//! Servers of a site that accept connections from outside.

use std::net::IpAddr;

use crate::addr::Family;
use crate::diag::{Span, Spanned};

/// A server that is reached from outside at public addresses, which the company advertises on a circuit, on the
/// internet, or on both.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Published {
    /// Its name, unique among published servers.
    pub name: String,
    /// The public addresses of the server: at least one, and at most one of each family.
    pub addresses: Vec<Spanned<IpAddr>>,
    /// The position of its name in the file.
    pub span: Span,
}

impl Published {
    /// Returns the server's address of a family.
    pub fn address(&self, family: Family) -> Option<Spanned<IpAddr>> {
        let of_family = |address: &&Spanned<IpAddr>| address.value.is_ipv4() == (family == Family::V4);
        self.addresses.iter().find(of_family).copied()
    }
}
