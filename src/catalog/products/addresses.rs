//! The addresses of a product, in all regions or in those of a tenant.

use super::Product;
use crate::addr::{IpPrefix, IpSet};
use crate::catalog::snapshot::SnapshotError;
use crate::catalog::{Catalog, PowerPlatformRegion, ServiceTag, power_platform, regions};

/// The addresses of a product in one list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductPart {
    /// The list: a service tag, or an endpoint set as `m365:ID`.
    pub list: String,
    /// The region, in Azure Resource Manager's spelling, if the list is that of a region.
    pub region: Option<String>,
    /// The addresses.
    pub addresses: IpSet,
}

/// The regions of a company's environments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TenantRegion {
    /// The name: that of a Power Platform geography, or of an Azure region.
    pub name: String,
    /// The documented pair of the geography, or the region alone.
    pub pair: Vec<String>,
    /// Other regions of the geography whose lists contain the platform's addresses, although no document names them as
    /// a part of the pair.
    pub others: Vec<String>,
}

impl TenantRegion {
    /// Returns all regions, those of the pair first.
    pub fn regions(&self) -> impl Iterator<Item = &str> {
        self.pair.iter().chain(&self.others).map(String::as_str)
    }

    /// Returns whether a region is one of these.
    pub fn contains(&self, region: &str) -> bool {
        self.regions().any(|own| own == region)
    }

    /// Returns the regions of several geographies as one; `None` if there is no geography.
    pub fn of_geographies(all: impl IntoIterator<Item = PowerPlatformRegion>) -> Option<Self> {
        let all: Vec<PowerPlatformRegion> = all.into_iter().collect();
        let name = all.iter().map(|one| one.name.as_str()).collect::<Vec<_>>().join(", ");
        let (mut pair, mut others) = (Vec::new(), Vec::new());
        for one in &all {
            pair.extend(
                one.regions.iter().filter(|region| !pair.contains(*region)).cloned().collect::<Vec<_>>(),
            );
        }
        for other in all.iter().flat_map(|one| &one.others) {
            if !pair.contains(other) && !others.contains(other) {
                others.push(other.clone());
            }
        }
        (!all.is_empty()).then_some(Self { name, pair, others })
    }

    fn of_geography(geography: PowerPlatformRegion) -> Self {
        let PowerPlatformRegion { name, regions, others, .. } = geography;
        Self { name, pair: regions, others }
    }
}

/// The reason why a name is no region.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RegionError {
    /// There is no geography and no region with this name.
    #[error("there is no geography and no Azure region `{name}`; use one of {}, or an Azure region such as `westeurope`", known.join(", "))]
    Unknown {
        /// The name.
        name: String,
        /// The geographies.
        known: Vec<String>,
    },
    /// No document names the regions of the geography.
    #[error(
        "no document names the Azure regions of `{name}`; name the region of the environment, such as `usgovtexas`"
    )]
    Undocumented {
        /// The geography.
        name: String,
    },
    /// The shipped table is damaged.
    #[error(
        "the shipped file `prefixes/regions/power-platform.txt` is damaged: {0}; restore it and rebuild the program"
    )]
    Damaged(#[from] SnapshotError),
}

impl Catalog {
    /// Returns the regions of a Power Platform geography (`Europe`) or of an Azure region (`West Europe`). Case, spaces
    /// and hyphens are ignored, and so is a remark in parentheses (`Brazil` and `South America` name the same).
    ///
    /// # Errors
    ///
    /// Returns a [`RegionError`] if there is no such region or nothing is documented about it.
    pub fn tenant_region(&self, name: &str) -> Result<TenantRegion, RegionError> {
        let geographies = power_platform()?;
        let wanted = regions::key(name);
        let names = |geography: &PowerPlatformRegion| {
            let parts = geography.name.split(['(', ')']).map(regions::key);
            parts.chain([regions::key(&geography.name)]).any(|part| !part.is_empty() && part == wanted)
        };
        if let Some(found) = geographies.iter().find(|geography| names(geography)) {
            let found = found.clone();
            if found.regions.is_empty() {
                return Err(RegionError::Undocumented { name: found.name });
            }
            return Ok(TenantRegion::of_geography(found));
        }
        if self.region_number(&wanted).is_some() {
            return Ok(TenantRegion { name: wanted.clone(), pair: vec![wanted], others: Vec::new() });
        }
        let known = geographies.into_iter().map(|geography| format!("`{}`", geography.name)).collect();
        Err(RegionError::Unknown { name: name.to_owned(), known })
    }

    /// Returns the addresses of a product by list: its own and its platforms' tags and endpoint sets. With a region, a
    /// tag with regional variants counts with the variants of that region only.
    ///
    /// # Complexity
    ///
    /// Linear in the number of tags and in the prefixes of the result.
    pub fn product_parts(
        &self,
        product: &'static Product<'static>,
        region: Option<&TenantRegion>,
    ) -> Vec<ProductPart> {
        let mut parts = self.product_tag_parts(product, region);
        for one in self.platforms_of(product) {
            let sets =
                one.sets.iter().flat_map(|own| self.endpoint_sets().iter().filter(|set| set.id == own.value));
            parts.extend(sets.filter(|set| !set.prefixes.is_empty()).map(|set| ProductPart {
                list: format!("m365:{}", set.id),
                region: None,
                addresses: set_of(&set.prefixes),
            }));
        }
        parts
    }

    /// Like [`Self::product_parts`], without the endpoint sets.
    pub fn product_tag_parts(
        &self,
        product: &'static Product<'static>,
        region: Option<&TenantRegion>,
    ) -> Vec<ProductPart> {
        let tags = self.platforms_of(product).into_iter().flat_map(|one| &one.tags);
        tags.flat_map(|tag| self.tag_parts(tag.value, region)).collect()
    }

    /// Returns the prefixes in all tags and endpoint sets of a product and of its platforms, in all regions.
    pub fn product_prefixes(&self, product: &'static Product<'static>) -> Vec<IpPrefix> {
        let platforms = self.platforms_of(product);
        let tags = platforms.iter().flat_map(|one| &one.tags).filter_map(|tag| self.tag(tag.value));
        let sets = platforms.iter().flat_map(|one| &one.sets);
        let sets = sets.flat_map(|own| self.endpoint_sets().iter().filter(|set| set.id == own.value));
        tags.flat_map(|tag| &tag.prefixes).chain(sets.flat_map(|set| &set.prefixes)).copied().collect()
    }

    /// Returns the addresses of a tag: with a region, those of its variants in the region, if it has variants.
    pub fn tag_parts(&self, name: &str, region: Option<&TenantRegion>) -> Vec<ProductPart> {
        let regional =
            |tag: &&ServiceTag| tag.region_id != 0 && tag.name != name && super::is_variant(name, &tag.name);
        let variants: Vec<&ServiceTag> = self.tags().iter().filter(regional).collect();
        let Some(region) = region.filter(|_| !variants.is_empty()) else {
            return self.tag(name).map(|tag| part(tag, None)).into_iter().collect();
        };
        let in_region = |own: &str| -> Vec<ProductPart> {
            let number = self.region_number(own);
            let all = || variants.iter().filter(|tag| Some(tag.region_id) == number);
            // A region may also have a variant for its test stages (`EastUS2` and `EastUS2Stage`).
            let named = all().find(|tag| suffix(tag).is_some_and(|suffix| suffix == own));
            let all = named.map_or_else(|| all().collect::<Vec<_>>(), |tag| vec![tag]);
            all.into_iter().map(|tag| part(tag, Some(own.to_owned()))).collect()
        };
        region.regions().flat_map(in_region).collect()
    }

    /// Returns the feed's number of a region, which is the same for all spellings of the region.
    fn region_number(&self, region: &str) -> Option<u32> {
        self.tags()
            .iter()
            .find(|tag| suffix(tag).is_some_and(|suffix| suffix == region))
            .map(|tag| tag.region_id)
    }
}

/// Returns the suffix of a regional tag's name, in the form used for comparison.
fn suffix(tag: &ServiceTag) -> Option<String> {
    let (_, suffix) = tag.name.split_once('.').filter(|_| tag.region_id != 0)?;
    Some(regions::key(suffix))
}

fn part(tag: &ServiceTag, region: Option<String>) -> ProductPart {
    ProductPart { list: tag.name.clone(), region, addresses: set_of(&tag.prefixes) }
}

fn set_of(prefixes: &[IpPrefix]) -> IpSet {
    IpSet::from_prefixes(prefixes.iter().copied())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Cloud;

    #[test]
    fn a_region_limits_the_regional_tags() {
        let catalog = Catalog::shipped(Cloud::Public).unwrap();
        let product = catalog.product("Power Apps").unwrap();
        let europe = catalog.tenant_region("europe").unwrap();
        let lists: Vec<String> =
            catalog.product_parts(product, Some(&europe)).into_iter().map(|part| part.list).collect();
        assert_eq!(
            lists.iter().filter(|list| list.starts_with("PowerPlatformInfra")).collect::<Vec<_>>(),
            ["PowerPlatformInfra.WestEurope", "PowerPlatformInfra.NorthEurope"]
        );
        let whole = catalog.product_parts(product, None);
        assert!(whole.iter().any(|part| part.list == "PowerPlatformInfra" && part.region.is_none()));
        // A tag without regional variants has the same addresses everywhere.
        let entra = catalog.product("entra").unwrap();
        assert_eq!(catalog.product_parts(entra, Some(&europe)), catalog.product_parts(entra, None));
    }

    /// The documented pair of the United States and of Brazil does not contain all addresses of the geography.
    #[test]
    fn a_geography_contains_regions_outside_its_pair() {
        let catalog = Catalog::shipped(Cloud::Public).unwrap();
        let product = catalog.product("Power Apps").unwrap();
        for (name, inside, outside) in
            [("United States", 11_590, 2_148), ("Brazil", 1_134, 368), ("Europe", 9_582, 0)]
        {
            let region = catalog.tenant_region(name).unwrap();
            let sum = |pair: bool| -> u64 {
                let parts = catalog.product_parts(product, Some(&region));
                let of = |part: &&ProductPart| {
                    let within = part.region.as_ref().is_some_and(|own| region.pair.contains(own));
                    part.list.starts_with("PowerPlatformInfra.") && within == pair
                };
                let counts = parts.iter().filter(of).map(|part| part.addresses.v4.count().to_string());
                counts.map(|count| count.parse::<u64>().unwrap()).sum()
            };
            assert_eq!((sum(true), sum(false)), (inside, outside), "{name}");
        }
    }

    #[test]
    fn a_region_is_named_in_any_spelling() {
        let catalog = Catalog::shipped(Cloud::Public).unwrap();
        let pair = |name: &str| catalog.tenant_region(name).map(|region| region.pair);
        assert_eq!(pair("South America").unwrap(), ["brazilsouth"]);
        assert_eq!(pair("West Europe").unwrap(), ["westeurope"]);
        assert_eq!(pair("germany-west-central").unwrap(), ["germanywestcentral"]);
        assert!(matches!(pair("Atlantis"), Err(RegionError::Unknown { .. })));
        assert!(matches!(pair("China"), Err(RegionError::Unknown { .. } | RegionError::Undocumented { .. })));
    }
}
