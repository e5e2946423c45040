//! Microsoft's products as the documents name them: their host names, addresses, communities and documented support.
//!
//! A product owns service tags, endpoint sets and host patterns; each of them has at most one owner in a cloud. So a
//! host name, its addresses and its tags lead to the same product, and every statement about support comes from one
//! table, `prefixes/products/products.txt`. Each line of the table names its document.

mod addresses;
mod hosts;
mod read;
mod verify;

use std::collections::HashMap;
use std::fmt;
use std::sync::OnceLock;

use crate::catalog::shipped;
use crate::catalog::snapshot::SnapshotError;
use crate::catalog::{Catalog, Cloud, EndpointSet, ServiceTag, regions};
use crate::rib::Community;

pub use addresses::{ProductPart, RegionError, TenantRegion};
pub use hosts::{HostOwner, HostPattern};
pub(super) use read::{PRODUCTS, read_products};
pub use verify::{ProductFinding, verify_products};

/// A document that the table cites.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Document<'t> {
    /// Its short name in the table, such as `FAQ`.
    pub id: &'t str,
    /// Its publisher and title.
    pub title: &'t str,
    /// The date of the edition that was read, as `YYYY-MM-DD`.
    pub date: &'t str,
    /// Its address.
    pub url: &'t str,
}

impl fmt::Display for Document<'_> {
    /// Writes the title and the date.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}", self.title, self.date)
    }
}

/// A value with the document that states it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Cited<'t, T> {
    /// The value.
    pub value: T,
    /// The document.
    pub source: Document<'t>,
}

/// A group of products in the guide's second picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Layer<'t> {
    /// The short name in the table, such as `foundation`.
    pub id: &'t str,
    /// The name.
    pub name: &'t str,
}

/// A document's statement about a product on ExpressRoute Microsoft peering.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Statement<'t> {
    /// Whether the document says that the product is supported.
    pub supported: bool,
    /// Whether the statement concerns only host names, not addresses.
    pub names_only: bool,
    /// The statement, in our own words.
    pub text: &'t str,
    /// The document.
    pub source: Document<'t>,
}

/// The communities that carry a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ProductCommunity {
    /// Both regional communities of the environment's pair of regions.
    Pair,
    /// The regional community of one region.
    Region,
    /// This community.
    Value(Community),
}

/// Another product that clients of a product need, and for what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Need<'t> {
    /// The id of the other product.
    pub product: &'t str,
    /// What it is needed for.
    pub text: &'t str,
    /// The document.
    pub source: Document<'t>,
}

/// The addresses from which a product opens connections to a customer's servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Initiates<'t> {
    /// The service tag; `None` if no document names one.
    pub tag: Option<&'t str>,
    /// What the connections are for.
    pub text: &'t str,
    /// The document.
    pub source: Document<'t>,
}

/// One product of a cloud.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Product<'t> {
    /// The cloud.
    pub cloud: Cloud,
    /// The short name, such as `power-apps`.
    pub id: &'t str,
    /// The display name.
    pub name: &'t str,
    /// Other names.
    pub aliases: Vec<&'t str>,
    /// The group.
    pub layer: Layer<'t>,
    /// The id of the platform that it belongs to.
    pub part_of: Option<&'t str>,
    /// The service tags whose addresses are this product's; regional variants are implied.
    pub tags: Vec<Cited<'t, &'t str>>,
    /// The endpoint sets that are this product's.
    pub sets: Vec<Cited<'t, u32>>,
    /// The host names.
    pub hosts: Vec<HostPattern<'t>>,
    /// Other products that its clients need.
    pub needs: Vec<Need<'t>>,
    /// The communities that carry it.
    pub communities: Vec<Cited<'t, ProductCommunity>>,
    /// The ports, as documented: `tcp 443,1433`.
    pub ports: Vec<Cited<'t, &'t str>>,
    /// The statements about its support, then those about the addresses of the platforms that it is a part of.
    pub support: Vec<Statement<'t>>,
    /// The connections that it opens to customers.
    pub initiates: Vec<Initiates<'t>>,
    /// What else a reader must know.
    pub notes: Vec<Cited<'t, &'t str>>,
}

/// The products of all clouds, in the order of the table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProductTable<'t> {
    /// The documents.
    pub documents: Vec<Document<'t>>,
    /// The groups.
    pub layers: Vec<Layer<'t>>,
    /// The products.
    pub products: Vec<Product<'t>>,
}

/// Returns the shipped table, which is read once per process.
///
/// # Errors
///
/// Returns a [`SnapshotError`] if the shipped table was damaged when the program was built.
pub fn shipped_products() -> Result<&'static ProductTable<'static>, SnapshotError> {
    static TABLE: OnceLock<Result<ProductTable<'static>, SnapshotError>> = OnceLock::new();
    match TABLE.get_or_init(|| read_products(shipped::PRODUCTS)) {
        Ok(table) => Ok(table),
        Err(error) => Err(error.clone()),
    }
}

impl<'t> ProductTable<'t> {
    /// Returns the product of a cloud with this id.
    pub fn get(&self, cloud: Cloud, id: &str) -> Option<&Product<'t>> {
        self.products.iter().find(|product| product.cloud == cloud && product.id == id)
    }

    /// Returns the product of a cloud with this id, name or alias. Case, spaces and hyphens are ignored.
    pub fn named(&self, cloud: Cloud, name: &str) -> Option<&Product<'t>> {
        let wanted = regions::key(name);
        let of_cloud = self.products.iter().filter(|product| product.cloud == cloud);
        of_cloud.into_iter().find(|product| product.names().any(|name| regions::key(name) == wanted))
    }

    /// Returns the position of the product that owns each tag. A more specific tag of another product takes precedence
    /// over a regional variant (`AzureFrontDoor.Frontend`).
    pub(in crate::catalog) fn tag_owners(&self, cloud: Cloud, tags: &[ServiceTag]) -> Vec<Option<u16>> {
        let of_cloud = self.products.iter().enumerate().filter(|(_, product)| product.cloud == cloud);
        let owned = of_cloud.flat_map(|(at, product)| {
            product.tags.iter().map(move |tag| (tag.value, u16::try_from(at).ok()))
        });
        let owned: HashMap<&str, Option<u16>> = owned.collect();
        let owner = |tag: &ServiceTag| {
            let name = tag.name.as_str();
            let service = name.split_once('.').map_or(name, |(service, _)| service);
            owned.get(name).or_else(|| owned.get(service)).copied().flatten()
        };
        tags.iter().map(owner).collect()
    }

    /// Returns the position of the product that owns each endpoint set. The instances of a cloud use a number for the
    /// same purpose.
    pub(in crate::catalog) fn set_owners(&self, cloud: Cloud, sets: &[EndpointSet]) -> Vec<Option<u16>> {
        let owner = |set: &EndpointSet| {
            let owns = |product: &Product<'_>| {
                product.cloud == cloud && product.sets.iter().any(|own| own.value == set.id)
            };
            self.products.iter().position(owns).and_then(|at| u16::try_from(at).ok())
        };
        sets.iter().map(owner).collect()
    }

    /// Returns the product and the platforms that it is a part of, the product first.
    pub fn with_platforms<'p>(&'p self, product: &'p Product<'t>) -> Vec<&'p Product<'t>> {
        let mut all = Vec::new();
        let mut next = Some(product);
        while let Some(one) = next {
            all.push(one);
            // `verify_products` reports a circle; it must not hang the program.
            next = one.part_of.and_then(|id| self.get(one.cloud, id));
            if next.is_some_and(|next| all.iter().any(|known| known.id == next.id)) {
                break;
            }
        }
        all
    }
}

impl<'t> Product<'t> {
    /// Returns the id, the name and the aliases.
    pub fn names(&self) -> impl Iterator<Item = &'t str> {
        [self.id, self.name].into_iter().chain(self.aliases.iter().copied())
    }

    /// Returns whether the product owns a service tag: one of its tags, or a regional variant of it.
    pub fn owns_tag(&self, tag: &str) -> bool {
        self.tags.iter().any(|own| is_variant(own.value, tag))
    }
}

/// Returns whether `tag` is the global tag `global` or one of its regional variants.
pub(in crate::catalog) fn is_variant(global: &str, tag: &str) -> bool {
    tag.strip_prefix(global).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// The table of products with the owners of a catalog's records.
#[derive(Clone, Debug)]
pub(in crate::catalog) struct Owners {
    table: &'static ProductTable<'static>,
    /// The position of the product that owns each tag, in the order of the tags.
    tags: Vec<Option<u16>>,
    /// The same for each endpoint set.
    sets: Vec<Option<u16>>,
}

impl Owners {
    /// Finds the owners of the records of a cloud.
    ///
    /// # Errors
    ///
    /// Returns a [`SnapshotError`] if the shipped table was damaged when the program was built.
    pub(in crate::catalog) fn of(
        cloud: Cloud,
        tags: &[ServiceTag],
        sets: &[EndpointSet],
    ) -> Result<Self, SnapshotError> {
        let table = shipped_products()?;
        Ok(Self { table, tags: table.tag_owners(cloud, tags), sets: table.set_owners(cloud, sets) })
    }

    fn product(&self, owners: &[Option<u16>], index: usize) -> Option<&'static Product<'static>> {
        self.table.products.get(usize::from((*owners.get(index)?)?))
    }
}

impl Catalog {
    /// Returns the products of this cloud, in the order of the table.
    pub fn products(&self) -> impl Iterator<Item = &'static Product<'static>> + '_ {
        self.products.table.products.iter().filter(|product| product.cloud == self.cloud)
    }

    /// Returns the table of the products of all clouds.
    pub fn product_table(&self) -> &'static ProductTable<'static> {
        self.products.table
    }

    /// Returns the product and the platforms that it is a part of, the product first.
    pub fn platforms_of(&self, product: &'static Product<'static>) -> Vec<&'static Product<'static>> {
        self.products.table.with_platforms(product)
    }

    /// Returns the product with this id, name or alias. Case, spaces and hyphens are ignored.
    pub fn product(&self, name: &str) -> Option<&'static Product<'static>> {
        self.products.table.named(self.cloud, name)
    }

    /// Returns the product that owns a tag, by the tag's index in [`Catalog::tags`].
    pub fn product_of_tag(&self, index: usize) -> Option<&'static Product<'static>> {
        self.products.product(&self.products.tags, index)
    }

    /// Returns the product that owns an endpoint set, by the set's index in [`Catalog::endpoint_sets`].
    pub fn product_of_set(&self, index: usize) -> Option<&'static Product<'static>> {
        self.products.product(&self.products.sets, index)
    }
}
