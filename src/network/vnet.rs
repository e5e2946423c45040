//! Virtual networks.

use crate::addr::IpPrefix;
use crate::diag::{Span, Spanned};

/// Index of a [`VirtualNetwork`] in
/// [`Network::virtual_networks`](super::Network::virtual_networks).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VirtualNetworkId(pub u32);

impl VirtualNetworkId {
    /// The index.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// An Azure virtual network.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct VirtualNetwork {
    /// Its name, unique in the network.
    pub name: String,
    /// The Azure region, such as `westeurope`.
    pub region: Option<Spanned<String>>,
    /// Its address space; no two virtual networks of the file overlap.
    pub prefixes: Vec<Spanned<IpPrefix>>,
    /// Its name in the file.
    pub span: Span,
}
