//! Servers at a site that accept connections from outside.

use std::net::IpAddr;

use crate::addr::Family;
use crate::diag::{Span, Spanned};

/// A server that can be reached from outside at public addresses, which the company advertises on a circuit, on the
/// internet, or on both.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Published {
    /// The server's name, unique among published servers.
    pub name: String,
    /// The public addresses of the server: an IPv4 address, an IPv6 address, or both.
    pub addresses: Vec<Spanned<IpAddr>>,
    /// The position of the server's name in the file.
    pub span: Span,
}

impl Published {
    /// Returns the server's address in an address family.
    pub fn address(&self, family: Family) -> Option<Spanned<IpAddr>> {
        let of_family = |address: &&Spanned<IpAddr>| address.value.is_ipv4() == (family == Family::V4);
        self.addresses.iter().find(of_family).copied()
    }
}
