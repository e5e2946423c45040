//! Destinations that rules select: by prefix, or by an entry in Microsoft's lists.

use std::fmt;
use std::net::IpAddr;

use crate::addr::{IpPrefix, IpSet};
use crate::catalog::Catalog;
use crate::diag::Span;
use crate::rib::Community;

/// The destinations of a rule.
///
/// An entry of a list stands for the prefixes that the catalog has for it when the network is evaluated, so a rule
/// follows a change of the lists.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Selector {
    /// A prefix.
    Prefix(IpPrefix),
    /// A service tag, in the catalog's spelling.
    Tag(String),
    /// A product, by its id.
    Product(String),
    /// The communities with one name, or a single community by value; never empty.
    Communities(Vec<Community>),
}

impl Selector {
    /// Returns the selected prefixes, which may overlap. Empty for an entry that the catalog does not have.
    pub fn prefixes<'a>(&'a self, catalog: &'a Catalog) -> impl Iterator<Item = IpPrefix> + use<'a> {
        let (own, tag, product, communities) = match self {
            Self::Prefix(prefix) => (Some(*prefix), None, None, [].as_slice()),
            Self::Tag(name) => (None, catalog.tag(name), None, [].as_slice()),
            Self::Product(id) => (None, None, catalog.product(id), [].as_slice()),
            Self::Communities(communities) => (None, None, None, communities.as_slice()),
        };
        let tagged = tag.into_iter().flat_map(|tag| &tag.prefixes).copied();
        let tagged = tagged.chain(product.into_iter().flat_map(|product| catalog.product_prefixes(product)));
        let routes = communities.iter().flat_map(|community| catalog.routes(*community));
        own.into_iter().chain(tagged).chain(routes.map(|route| route.prefix))
    }

    /// Returns whether the rule selects an address, by a linear scan.
    pub fn contains(&self, catalog: &Catalog, address: IpAddr) -> bool {
        self.prefixes(catalog).any(|prefix| prefix.contains(address))
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Prefix(prefix) => write!(f, "{prefix}"),
            Self::Tag(name) => write!(f, "tag {name}"),
            Self::Product(id) => write!(f, "product {id}"),
            Self::Communities(communities) => {
                let all: Vec<String> = communities.iter().map(ToString::to_string).collect();
                write!(f, "community {}", all.join("+"))
            }
        }
    }
}

/// A rule of an internet edge or an appliance that denies packets by their destination.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DenyRule {
    /// The destinations.
    pub destination: Selector,
    /// The destinations to which the rule does not apply.
    pub except: Vec<Selector>,
    /// The position of the rule in the file.
    pub span: Span,
}

impl DenyRule {
    /// Returns the addresses that the rule denies.
    ///
    /// # Complexity
    ///
    /// `O(n log n)` in the selected prefixes.
    pub fn set(&self, catalog: &Catalog) -> IpSet {
        let except = self.except.iter().flat_map(|selector| selector.prefixes(catalog));
        let except = IpSet::from_prefixes(except);
        IpSet::from_prefixes(self.destination.prefixes(catalog)).difference(&except)
    }

    /// Returns the prefixes that the rule distinguishes: its destinations and exceptions, which may overlap.
    pub fn prefixes<'a>(&'a self, catalog: &'a Catalog) -> impl Iterator<Item = IpPrefix> + use<'a> {
        let selectors = std::iter::once(&self.destination).chain(&self.except);
        selectors.flat_map(|selector| selector.prefixes(catalog))
    }

    /// Returns whether the rule denies an address, by linear scans.
    pub fn denies(&self, catalog: &Catalog, address: IpAddr) -> bool {
        self.destination.contains(catalog, address)
            && !self.except.iter().any(|selector| selector.contains(catalog, address))
    }
}

impl fmt::Display for DenyRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.destination)?;
        for (index, selector) in self.except.iter().enumerate() {
            write!(f, "{} {selector}", if index == 0 { " except" } else { " and" })?;
        }
        Ok(())
    }
}
