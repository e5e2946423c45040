//! Matches the different spellings of a region.
//!
//! Service tags refer to a region by a short name (`AzureCloud.germanywc`), by a suffix
//! (`Storage.GermanyWestCentral`) and by a number (`regionId` 71, the same for both). Azure Resource Manager
//! writes `germanywestcentral`, exports and documentation write `Germany West Central`. In lower case and
//! without spaces, the suffix and the last two spellings agree, and the number connects them to the short
//! name.

use std::collections::HashMap;

use super::ServiceTag;

/// Returns a name in the form used for comparison: ASCII lower case, without spaces and hyphens.
pub(super) fn key(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, ' ' | '-')).map(|c| c.to_ascii_lowercase()).collect()
}

/// The regional tags of a feed, by service and region number.
pub(super) struct Regions<'a> {
    numbers: HashMap<String, u32>,
    tags: HashMap<(&'a str, u32), Vec<(&'a str, &'a ServiceTag)>>,
}

impl<'a> Regions<'a> {
    /// The services whose regional tags have a community family.
    const SERVICES: [&'static str; 5] = ["AzureCloud", "Storage", "Sql", "AzureCosmosDB", "AzureBackup"];

    pub(super) fn new(tags: &'a [ServiceTag]) -> Self {
        let mut regions = Self { numbers: HashMap::new(), tags: HashMap::new() };
        for tag in tags.iter().filter(|tag| tag.region_id != 0) {
            let Some((service, suffix)) = tag.name.split_once('.') else { continue };
            if !Self::SERVICES.contains(&service) {
                continue;
            }
            regions.numbers.entry(key(suffix)).or_insert(tag.region_id);
            regions.tags.entry((service, tag.region_id)).or_default().push((suffix, tag));
        }
        regions
    }

    /// Returns the tags of a service in a region. If a region has more than one such tag (`Storage.EastUS2`
    /// and `Storage.EastUS2Stage`), returns only the tag whose suffix is the region's name, if there is one.
    pub(super) fn tags(&self, service: &'a str, region: &str) -> Vec<&'a ServiceTag> {
        let Some(number) = self.numbers.get(region) else { return Vec::new() };
        let Some(tags) = self.tags.get(&(service, *number)) else { return Vec::new() };
        match tags.iter().find(|(suffix, _)| key(suffix) == region) {
            Some((_, tag)) => vec![*tag],
            None => tags.iter().map(|(_, tag)| *tag).collect(),
        }
    }
}
